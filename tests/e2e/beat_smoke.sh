#!/bin/bash
# The shipped beat and bar models on the bundled minuet: their cards' command writes it down in the printed metre, key and tempo, and most
# bars as they are printed. As model_smoke, it leans on weights: a model that replaces another must not fall below.
. "$(dirname "$0")/lib.sh"

beats=$(sed -n 's/^#define NEUME_MODEL_BEATS "\([^"]*\)".*/\1/p' "$source_tree/include/neume/service.h")
bar=$(sed -n 's/^#define NEUME_MODEL_BAR  *"\([^"]*\)".*/\1/p' "$source_tree/include/neume/service.h")
printed=$source_tree/examples/minuet.abc
value() { sed -n "s/.*\"$1\": *\([0-9.]*\).*/\1/p" score.json; }
# at_least NAME FLOOR FILE
at_least() { awk -v got="$(value "$1")" -v floor="$2" 'BEGIN { exit !(got >= floor) }' || fail "$1 of $3 is $(value "$1"), below $2"; }

for model in ${beats//,/ } "$bar"; do
    "$neume" models verify "$source_tree/models/$model" || fail "$model is not what its card says"
    grep -q "neume analyse examples/minuet.csv" "$source_tree/models/${model%.gguf}.md" || fail "the card of $model names no command"
done
# examples/minuet.csv holds the notes as played, minuet.flac is their sound: of 16 bars 12 and 5 must be the printed ones
while read -r file bars; do
    "$neume" analyse "$source_tree/examples/$file" > analysis.json
    grep -q '"metre": "3/4", "key": "G major"' analysis.json || fail "$file is not in 3/4 and G major: $(head -c 150 analysis.json)"
    tempo=$(sed -n 's/.*"tempo_bpm": *\([0-9.]*\).*/\1/p' analysis.json)
    awk -v tempo="$tempo" 'BEGIN { exit !(tempo > 126 / 1.06 && tempo < 126 * 1.06) }' || fail "the tempo of $file is $tempo, not 126"
    "$neume" analyse "$source_tree/examples/$file" --places > places.json
    "$neume" eval score "$printed" places.json > score.json
    at_least bars "$bars" "$file"
    at_least mv2h 0.9 "$file"
done << 'END'
minuet.csv 0.75
minuet.flac 0.3
END
echo "beat_smoke: all passed"
