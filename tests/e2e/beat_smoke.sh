#!/bin/bash
# The shipped beat and bar models on the bundled minuet: their cards' command writes it down in the printed metre, key and tempo, and most
# bars as they are printed. As model_smoke, it leans on weights: a model that replaces another must not fall below.
. "$(dirname "$0")/lib.sh"

beats=$(sed -n 's/^#define NEUME_MODEL_BEATS "\([^"]*\)".*/\1/p' "$source_tree/include/neume/service.h")
bars=$(sed -n 's/^#define NEUME_MODEL_BARS *"\([^"]*\)".*/\1/p' "$source_tree/include/neume/service.h")
printed=$source_tree/examples/minuet.abc
value() { sed -n "s/.*\"$1\": *\([0-9.]*\).*/\1/p" score.json; }
# at_least NAME FLOOR FILE
at_least() { awk -v got="$(value "$1")" -v floor="$2" 'BEGIN { exit !(got >= floor) }' || fail "$1 of $3 is $(value "$1"), below $2"; }

for model in ${beats//,/ } ${bars//,/ }; do
    "$neume" models verify "$source_tree/models/$model" || fail "$model is not what its card says"
    grep -Eq "neume analyse (examples/minuet.csv|even.mid|0001.mid)" "$source_tree/models/${model%.gguf}.md" || fail "the card of $model names no command"
done
# minuet.csv holds the notes as played, minuet.flac is their sound, even.mid a sequence laid under a recording, on a
# clock that tells no bars: of 16 bars 12, 5 and 12 must be the printed ones
cp "$source_tree"/examples/minuet.* .
sed 's/^Q:.*/Q:1\/4=120/' minuet.abc > even.abc
"$neume" convert even.abc even.csv
awk -F, -v OFS=, 'NR > 1 { $1 += .04; $2 += .04 } 1' even.csv > late.csv
"$neume" convert late.csv even.mid
while read -r file bpm least; do
    "$neume" analyse "$file" > analysis.json
    grep -q '"metre": "3/4", "key": "G major"' analysis.json || fail "$file is not in 3/4 and G major: $(head -c 150 analysis.json)"
    tempo=$(sed -n 's/.*"tempo_bpm": *\([0-9.]*\).*/\1/p' analysis.json)
    awk -v tempo="$tempo" -v bpm="$bpm" 'BEGIN { exit !(tempo > bpm / 1.06 && tempo < bpm * 1.06) }' || fail "the tempo of $file is $tempo, not $bpm"
    "$neume" analyse "$file" --places > places.json
    "$neume" eval score "$printed" places.json > score.json
    at_least bars "$least" "$file"
    at_least mv2h 0.9 "$file"
done << 'END'
minuet.csv 126 0.75
minuet.flac 126 0.3
even.mid 120 0.75
END
# bars of two beats or of four: what is heard beat by beat fits both
"$neume" data perform "$source_tree/tests/data/polka.abc" .
"$neume" analyse 0001.mid > analysis.json
grep -q '"metre": "2/4"' analysis.json || fail "the polka is not in 2/4: $(head -c 150 analysis.json)"
"$neume" analyse 0001.mid --bar-model "$source_tree/models/${bars%%,*}" > alone.json
grep -q '"metre": "4/4"' alone.json || fail "the polka needs no network of tunes: $(head -c 150 alone.json)"
# parts of 31 beats: the last bar of each lacks one, and the next part begins in time
mkdir parts
"$neume" data perform "$source_tree/tests/data/schottische.abc" parts
"$neume" analyse parts/0001.mid --places > places.json
"$neume" eval score parts/0001.json places.json > score.json
at_least bars 0.9 "the schottische"
echo "beat_smoke: all passed"
