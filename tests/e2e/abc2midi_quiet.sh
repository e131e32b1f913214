#!/bin/bash
# What neume writes as ABC from MIDI, abc2midi reads without a word: tunes played by neume data perform (voices, tuplets, grace notes, pickups),
# the bundled recording's notes, and a piece with many voices.
. "$(dirname "$0")/lib.sh"

# quiet FILE: written down, then read by abc2midi
quiet() {
    "$neume" convert "$1" written.abc --quiet || fail "$1 is not written down"
    abc2midi written.abc -o read.mid > said.txt 2>&1 || true
    [ -s read.mid ] || fail "abc2midi reads nothing of $1: $(head -n 3 said.txt)"
    ! grep -Ei 'warning|error' said.txt || fail "abc2midi complains of $1"
    rm -f read.mid
}

# those named found-long last for hours
find "$source_tree/fuzz/corpus/abc" -name '*.abc' ! -name 'found-long-*' | sort | xargs cat > tunes.abc
"$neume" data perform tunes.abc played --count 40 --quiet
count=0
for midi in played/*.mid; do
    quiet "$midi"
    count=$((count + 1))
done
[ "$count" -ge 5 ] || fail "only $count tunes were played"
quiet "$source_tree/examples/minuet.csv"

# ten instruments, some of two staves and voices: chords, triplets of chords, grace notes and trills
{
    echo "onset,offset,pitch,velocity,program,confidence"
    for program in $(seq 0 8 76); do
        for beat in $(seq 0 31); do
            awk -v b="$beat" -v p="$program" 'BEGIN {
                at = 1 + b * .5 + p * .0001
                n = b % 4 == 1 ? 3 : 1
                for (k = 0; k < n; k++) for (c = 0; c < 1 + p % 3; c++)
                    printf "%.4f,%.4f,%d,80,%d,1\n", at + k * .5 / n, at + (k + .9) * .5 / n, 48 + (b * 5 + k * 2) % 24 + c * 4, p
                if (b % 8 == 5) printf "%.4f,%.4f,%d,70,%d,1\n", at - .06, at, 47 + (b * 5) % 24, p
                if (b % 16 == 7) for (k = 0; k < 6; k++) printf "%.4f,%.4f,%d,70,%d,1\n", at + k * .08, at + k * .08 + .08, 80 + k % 2 * 2, p
            }'
        done
    done
} > many.csv
quiet many.csv
grep -q '"^tr"\|!trill!\|T[A-Ga-g]' written.abc || fail "the trills are not marked"
echo "abc2midi_quiet: all passed"
