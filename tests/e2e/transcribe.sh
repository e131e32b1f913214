#!/bin/bash
# Transcribing as people do it: formats, streams, batches, and each wrong usage told before any listening.
. "$(dirname "$0")/lib.sh"
random_model
"$wav" tone tone.wav; "$wav" stereo stereo.wav 2
transcribe=("$neume" transcribe --model model.gguf)

# every format, by extension; each file begins as its format does
mkdir out
expect 0 "${transcribe[@]}" tone.wav --roll -o out/a.mid -o out/a.csv -o out/a.json -o out/a.svg -o out/a.png -o out/a.pdf
holds out a.csv a.json a.mid a.pdf a.png a.svg
[ "$(head -c 4 out/a.mid)" = MThd ] || fail "a.mid is no MIDI file"
[ "$(head -n 1 out/a.csv)" = onset,offset,pitch,velocity,program,confidence ] || fail "a.csv has another header"
[ "$(head -c 5 out/a.pdf)" = %PDF- ] || fail "a.pdf is no PDF"
grep -q '<svg' out/a.svg || fail "a.svg is no SVG"
[ "$(head -c 4 out/a.png | tail -c 3)" = PNG ] || fail "a.png is no PNG"
grep -q '"duration_s"' out/a.json || fail "a.json lacks duration_s"

# pictures are the score; what cannot draw it is told before any listening
mkdir pages
printf '0 1\n1 2\n2 1\n3 2\n4 1\n' > beats.txt
expect 0 "${transcribe[@]}" tone.wav --beats beats.txt --title Tune --composer Me -o pages/a.svg -o pages/a.png -o pages/a.pdf -o pages/a.abc
holds pages a.abc a.pdf a.png a.svg
grep -q 'abcm2ps' pages/a.svg && grep -q 'Tune' pages/a.svg && grep -q 'Me' pages/a.svg || fail "a.svg is not the score"
[ "$(head -c 5 pages/a.pdf)" = %PDF- ] || fail "the score is no PDF"
[ "$(head -c 4 pages/a.png | tail -c 3)" = PNG ] || fail "the score is no PNG"
grep -q '^T:Tune' pages/a.abc && grep -q '^C:Me' pages/a.abc || fail "title or composer is not in the ABC"
rm pages/*
for option in "-o pages/a.pdf" "-o pages/a.abc -o pages/a.svg" "-O pages --to mid,png"; do
    # shellcheck disable=SC2086
    expect 1 env PATH=/nowhere "${transcribe[@]}" tone.wav $option; says "is not installed"
    holds pages
done
expect 0 env PATH=/nowhere "${transcribe[@]}" tone.wav --roll -o pages/a.svg

# JSON on standard output is the same as in the file; f32 and another number of threads run too
expect 0 "${transcribe[@]}" tone.wav --json
cmp stdout out/a.json || fail "--json and -o a.json differ"
expect 0 "${transcribe[@]}" --f32 --threads 1 --sensitivity 1 --quiet tone.wav -o out/b.csv
[ ! -s stderr ] || fail "--quiet spoke"

# a stream gives the same notes as the file
expect 0 "${transcribe[@]}" - -o - --to csv < tone.wav
cmp stdout out/a.csv || fail "standard input gives other notes than the file"
# shellcheck disable=SC2002 # a pipe cannot be sought in, a file can
cat tone.wav | "${transcribe[@]}" - -o piped.csv
cmp piped.csv out/a.csv || fail "a pipe gives other notes than the file"

# a batch: the bad one is told, the others are written
mkdir batch
echo "no music here" > text.wav
expect 3 "${transcribe[@]}" tone.wav text.wav stereo.wav -O batch --to mid,csv
says text.wav
holds batch stereo.csv stereo.mid tone.csv tone.mid
expect 0 "${transcribe[@]}" tone.wav -O made --to csv
holds made tone.csv
mkdir quiet
"$wav" silence silence.wav
expect 3 "${transcribe[@]}" --sensitivity 0 silence.wav tone.wav -O quiet --to mid,abc; says "silence.wav: there are no notes"
holds quiet silence.mid tone.abc tone.mid

# wrong usage
mkdir no sub
cp tone.wav sub/tone.wav
expect 2 "${transcribe[@]}"
expect 2 "${transcribe[@]}" tone.wav
expect 2 "${transcribe[@]}" tone.wav stereo.wav -o no/a.mid
expect 2 "${transcribe[@]}" tone.wav -o no/a.mid -o no/a.mid
expect 2 "${transcribe[@]}" tone.wav -o no/a.xyz; says "mid csv json svg png pdf"
expect 2 "${transcribe[@]}" tone.wav -o no/a
expect 2 "${transcribe[@]}" tone.wav -O no
expect 2 "${transcribe[@]}" tone.wav -O no --to mid,doc
expect 2 "${transcribe[@]}" tone.wav sub/tone.wav -O no --to mid; says "same files"
expect 2 "${transcribe[@]}" tone.wav -o tone.wav
expect 2 "${transcribe[@]}" tone.wav -o -
expect 2 "${transcribe[@]}" tone.wav -o no/a.mid --sensitivity 2
expect 2 "${transcribe[@]}" tone.wav -o no/a.mid --wrong
expect 2 "$neume" transcripe
expect 2 "$neume" eval
holds no

# what plays, where notes end, how their pitch moves
expect 0 "${transcribe[@]}" tone.wav -o - --to csv --instruments flute,drums --sensitivity 1
awk -F, 'NR > 1 && $5 != 73 && $5 != 128 { exit 1 }' stdout || fail "--instruments flute,drums gave other programs"
expect 0 "${transcribe[@]}" tone.wav --json --bends --offsets key --sensitivity 1
grep -q '"instruments":\[' stdout && grep -q '"bend_step_s":0.020' stdout || fail "--json lacks instruments or bends"
[ "$(grep -c '"onset_s"' stdout)" = "$(grep -c '"bend_cents":\[' stdout)" ] || fail "a note without its bend"
expect 0 "${transcribe[@]}" tone.wav -o out/folder.mid.mid --bends --offsets key --instruments piano
rm out/folder.mid.mid
expect 2 "${transcribe[@]}" tone.wav -o no/a.mid --instruments kazoo; says "kazoo"
expect 2 "${transcribe[@]}" tone.wav -o no/a.mid --offsets never; says "pedal or key"
holds no

# a place that cannot be written to
expect 1 "${transcribe[@]}" tone.wav -o missing/a.mid; says missing
expect 1 "${transcribe[@]}" tone.wav -O missing/deeper --to mid
echo file > file
expect 2 "${transcribe[@]}" tone.wav -O file --to mid
mkdir out/folder.mid
expect 1 "${transcribe[@]}" tone.wav -o out/folder.mid
if [ "$(id -u)" != 0 ]; then
    chmod 555 no
    expect 1 "${transcribe[@]}" tone.wav -o no/a.mid
fi
holds no
expect 1 sh -c "'$neume' transcribe --model model.gguf tone.wav -o - --to json > /dev/full"
holds out a.csv a.json a.mid a.pdf a.png a.svg b.csv folder.mid
echo "transcribe: all passed"
