#!/bin/bash
# Model files that are damaged, cut short, someone else's or missing: one clear line, nothing written.
. "$(dirname "$0")/lib.sh"
random_model
"$wav" tone tone.wav 1
mkdir out models

# refused FILE: exit 3, the model is named, nothing is written
refused() {
    expect 3 "$neume" transcribe --model "$1" tone.wav -o out/a.mid
    says "$1"
    holds out
}
size=$(stat -c %s model.gguf)
: > empty.gguf
echo "not a model" > words.gguf
for share in 1 10 50 99; do head -c $((size * share / 100)) model.gguf > cut$share.gguf; done
printf 'GGUF\3\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0' > foreign.gguf
printf 'GGUF\3\0\0\0\xff\xff\xff\xff\xff\xff\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x7f' > hostile.gguf
mkdir folder.gguf
for bad in empty words cut1 cut10 cut50 cut99 foreign hostile folder missing; do refused $bad.gguf; done

# the networks that settle who plays what and hear drums, likewise; one made for another note model says so
shipped() { echo "$source_tree/models/$(sed -n "s/^#define NEUME_MODEL_$1  *\"\([^\"]*\)\".*/\1/p" "$source_tree/include/neume/service.h")"; }
cast=$(shipped CAST) kit=$(shipped KIT)
for network in cast kit; do
    for bad in empty words cut50 foreign hostile missing model; do
        expect 3 "$neume" transcribe --model model.gguf --$network-model $bad.gguf tone.wav -o out/a.mid
        says $bad.gguf
        holds out
    done
    expect 3 "$neume" transcribe --model model.gguf --$network-model "${!network}" tone.wav -o out/a.mid
    says "another note model"
    holds out
done
expect 0 "$neume" transcribe --model model.gguf tone.wav -o out/a.mid # without asking they are passed over
rm out/a.mid

# so the networks that find beats, alone and joined; five of one kind are too many
beats=$(shipped BEATS) beat=${beats%%,*}
for bad in empty words cut50 foreign hostile missing model; do
    for list in "$bad.gguf" "$beat,$bad.gguf"; do
        expect 3 "$neume" analyse --beat-model "$list" "$source_tree/examples/minuet.csv"
        says $bad.gguf
    done
done
expect 3 "$neume" analyse --beat-model "$beat,$beat,$beat,$beat,$beat" "$source_tree/examples/minuet.csv"
says "more than 4"

# the model's folder by environment; a missing one is named
export NEUME_MODELS=$work/models
expect 3 "$neume" transcribe tone.wav -o out/a.mid
says NEUME_MODELS
cp model.gguf models/neume-hear-2.gguf
expect 0 "$neume" transcribe tone.wav -o out/a.mid
holds out a.mid

# verify: as the card says, not as the card says, no card
expect 3 "$neume" models verify models/neume-hear-2.gguf
echo "SHA-256: $(sha256sum models/neume-hear-2.gguf | cut -d' ' -f1)" > models/neume-hear-2.md
expect 0 "$neume" models verify models/neume-hear-2.gguf
expect 0 "$neume" models verify
expect 0 "$neume" models info
grep -q "$(sha256sum models/neume-hear-2.gguf | cut -d' ' -f1)" stdout || fail "models info has another SHA-256"

# info: each kind, and nothing that is none
shows() {
    expect 0 "$neume" models info --json "$1"
    grep -q "\"kind\": \"$2\".*$3" stdout || fail "models info does not tell what $1 is: $(cat stdout)"
}
shows model.gguf "notes of recordings" "\"channels\""
shows "$cast" "players of notes" "\"timbre_channels\""
shows "$kit" "drums of recordings" "\"drum_channels\""
shows "$source_tree/models/neume-compose-2.gguf" language "\"q8_0\": .*\"layers\": 6.*\"vocabulary\": 1280"
shows "$source_tree/models/neume-beat-3.gguf" "beats of notes" "\"blocks\""
shows "$source_tree/models/neume-pulse-2.gguf" "beats of chords" "\"blocks\""
shows "$source_tree/models/neume-bar-2.gguf" "bars of beats" "\"blocks\""
for bad in empty words cut50 foreign hostile missing; do expect 3 "$neume" models info $bad.gguf; done
printf x >> models/neume-hear-2.gguf
expect 3 "$neume" models verify models/neume-hear-2.gguf
echo "bad_models: all passed"
