#!/bin/bash
# Pages of music: every note of the tune is on the page, the formats are what they say, and what cannot be drawn leaves nothing.
. "$(dirname "$0")/lib.sh"

printf 'X:1\nT:First\nM:2/4\nL:1/8\nK:G\nGABc|d2d2|\n\nX:2\nT:Second\nK:C\nV:1\nV:2 clef=bass\n[V:1]CDEF|\n[V:2]C,4|\n' > tunes.abc
expect 0 "$neume" engrave tunes.abc first.svg
[ "$(grep -o 'href="#hd"' first.svg | wc -l)" = 6 ] || fail "the page has not the tune's six notes"
grep -q 'First' first.svg || fail "the title is not on the page"
grep -q 'CreationDate' first.svg && fail "the page says when it was made"
expect 0 "$neume" engrave tunes.abc second.svg --tune 2
grep -q 'Second' second.svg || fail "--tune 2 is not the second tune"
expect 0 "$neume" engrave tunes.abc first.png
[ "$(head -c 4 first.png | tail -c 3)" = PNG ] || fail "not a PNG"
expect 0 "$neume" engrave tunes.abc - --to pdf
[ "$(head -c 5 stdout)" = "%PDF-" ] || fail "not a PDF"
expect 2 "$neume" engrave tunes.abc first.docx
expect 2 "$neume" engrave tunes.abc
expect 3 "$neume" engrave missing.abc a.svg
expect 3 "$neume" engrave tunes.abc a.svg --tune 9
TMPDIR=$PWD expect 0 "$neume" engrave tunes.abc b.svg
{ printf 'X:1\nL:1/16\nK:C\n'; for i in $(seq 500); do echo 'CDEFGABcCDEFGABc|CDEFGABcCDEFGABc|CDEFGABcCDEFGABc|'; done; } > long.abc
for format in svg png; do
    expect 3 "$neume" engrave long.abc long.$format
    says "PDF has pages"
    [ ! -e long.$format ] || fail "a failure left a file"
done
expect 0 "$neume" engrave long.abc long.pdf
cmp b.svg first.svg || fail "the same music gives another page"
[ -z "$(find . -name 'neume-page-*')" ] || fail "the folder for drawing is still there"
expect 1 env PATH=/nowhere "$neume" engrave tunes.abc a.svg
grep -q 'abcm2ps is not installed' stderr || fail "it does not say what is missing"
[ ! -e a.svg ] || fail "a failure left a file"
