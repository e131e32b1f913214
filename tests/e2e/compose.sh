#!/bin/bash
# Composing from files: every verb of the group reads and writes the formats it names, and says what it cannot do.
. "$(dirname "$0")/lib.sh"

cat > tune.abc <<'TUNE'
X:1
T:The Tune
R:reel
M:4/4
L:1/8
K:G
D2|"G"G2GB d2Bd|"C"e2ef "D"d3c|"G"(3BcB AG "Am"A4|"D7"A2GF "G"G2:|
TUNE

# revise: ABC to standard output, every format into a file, and what is not understood changes nothing
expect 0 "$neume" compose revise tune.abc --ask "transpose to A minor, in 3/4"
grep -q '^K:Am' stdout && grep -q '^M:3/4' stdout || fail "not in A minor and 3/4: $(cat stdout)"
for format in abc musicxml mxl mid csv json svg png pdf; do
    expect 0 "$neume" compose revise tune.abc --ask "up an octave" --title "Higher" -o "out.$format"
    [ -s "out.$format" ] || fail "nothing in out.$format"
done
grep -q '^T:Higher' out.abc || fail "the title is not set"
expect 0 "$neume" compose revise out.mxl --ask "an octave lower" --tune 1 -o back.abc
grep -q '"G"G2 GB d2 Bd' back.abc || fail "not what it was: $(cat back.abc)"
expect 2 "$neume" compose revise tune.abc --ask "paint it blue" -o blue.abc
says "I do not understand 'paint'"
says "transpose to a key"
expect 2 "$neume" compose revise tune.abc
expect 2 "$neume" compose revise tune.abc --ask "faster" --keep soul
expect 2 "$neume" compose revise tune.abc --ask "faster" -o x.docx
expect 3 "$neume" compose revise tune.abc --ask "transpose to A" --keep melody -o blue.abc
says "would change what is to be kept"
printf 'X:1\nK:C\n' > empty.abc
expect 3 "$neume" compose revise empty.abc --ask "faster" -o blue.abc
expect 3 "$neume" compose revise missing.abc --ask "faster" -o blue.abc
[ ! -e blue.abc ] || fail "a failure left a file"

# harmonise: chord symbols; four parts
expect 0 "$neume" compose harmonise tune.abc
grep -q '"G"G2GB' stdout || fail "no chords: $(cat stdout)"
for format in abc musicxml mid pdf; do
    expect 0 "$neume" compose harmonise tune.abc --voices 4 -o "parts.$format"
    [ -s "parts.$format" ] || fail "nothing in parts.$format"
done
grep -q '^V:T clef=bass' parts.abc || fail "no tenor: $(cat parts.abc)"
if command -v abc2midi > said.txt; then
    printf 'X:1\nM:3/4\nL:1/4\nK:F\n|:FAc|BGE|FGA|F3:|\n' > waltz.abc
    expect 0 "$neume" compose harmonise waltz.abc --voices 4 -o parts.abc
    abc2midi parts.abc -o parts2.mid > said.txt 2>&1 || true
    ! grep -Ei 'warning|error' said.txt || fail "abc2midi complains of four parts: $(cat said.txt)"
fi
expect 2 "$neume" compose harmonise tune.abc --voices 3
expect 3 "$neume" compose harmonise empty.abc
expect 0 "$neume" eval harmony tune.abc
grep -q '"tunes": 1, "quarters": 15,' stdout || fail "eval harmony: $(cat stdout)"
expect 3 "$neume" eval harmony tune.abc --sources elsewhere

"$build/make_tiny_font" font.sf2
NEUME_SOUNDFONT=$work/font.sf2 expect 0 "$neume" compose revise tune.abc --ask "faster" -o out.wav
[ "$(stat -c %s out.wav)" -gt 100000 ] || fail "no sound"
echo "compose: all passed"
