#!/bin/bash
# Recordings that are none, or strange ones: a clear line and exit 3, or a valid result; nothing half-written.
. "$(dirname "$0")/lib.sh"
random_model
mkdir out
transcribe=("$neume" transcribe --model model.gguf)

# refused PATH: exit 3, the file is named, nothing is written
refused() {
    expect 3 "${transcribe[@]}" "$1" -o out/a.mid -o out/a.csv
    says "$(basename "$1")"
    holds out
}
"$wav" tone tone.wav
: > empty.wav
echo "these are words" > words.wav
mkdir folder.wav
head -c 30 tone.wav > header.wav
printf 'RIFF\xff\xff\xff\x7fWAVEfmt \x10\0\0\0\x01\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x10\0data\xff\xff\xff\x7f' > hostile.wav
head -c 100000 /dev/urandom > noise.mp3
"$wav" nothing nothing.wav
for bad in empty.wav words.wav folder.wav header.wav hostile.wav noise.mp3 nothing.wav missing.wav; do refused $bad; done
expect 3 "${transcribe[@]}" - -o out/a.mid < empty.wav
holds out

# a recording that breaks off in the middle: refused, unless what was heard is wanted
flac_file=$source_tree/examples/minuet.flac
head -c $(($(stat -c %s "$flac_file") / 2)) "$flac_file" > broken.flac
refused broken.flac
expect 0 "${transcribe[@]}" --keep-going broken.flac -o out/a.csv
says "breaks off"
holds out a.csv
rm out/a.csv

# strange but sound: a result, and for silence an empty one
for kind in silence dc nan 8khz 192khz 32channels onesample; do
    "$wav" $kind $kind.wav
    expect 0 "${transcribe[@]}" $kind.wav -o out/$kind.json -o out/$kind.mid
done
holds out {silence,dc,nan,8khz,192khz,32channels,onesample}.{json,mid}
grep -q '"notes": *\[ *\]' out/silence.json || fail "silence is not empty"
expect 0 "$neume" convert out/silence.mid out/silence.csv
[ "$(wc -l < out/silence.csv)" = 1 ] || fail "the MIDI file of silence holds notes"
echo "bad_recordings: all passed"
