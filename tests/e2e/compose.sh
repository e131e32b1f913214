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

# with a language model that has learnt nothing: the grammar alone makes tunes of what it writes
expect 0 "$neume" models random lm lm.gguf --width 32 --heads 2 --layers 2 --hidden 64 --context 1024
for format in abc musicxml mid pdf; do
    expect 0 "$neume" compose theme --model lm.gguf --key Em --metre 6/8 --bars 4 --title "A theme" -o "theme.$format"
    [ -s "theme.$format" ] || fail "nothing in theme.$format"
done
grep -q '^K:Em' theme.abc && grep -q '^M:6/8' theme.abc && grep -q '^Q:' theme.abc || fail "not what was asked: $(cat theme.abc)"
expect 0 "$neume" compose theme --model lm.gguf --key Em --metre 6/8 --bars 4 --title "A theme" -o again.abc
cmp theme.abc again.abc || fail "the same seed gives other music"
expect 0 "$neume" compose theme --model lm.gguf --bars 2 -n 3 -o three.mid
[ -s three.mid ] && [ -s three-2.mid ] && [ -s three-3.mid ] || fail "not three files"
expect 0 "$neume" compose inspire --model lm.gguf --mood 快乐 -n 2 --bars 2
[ "$(grep -c '^X:' stdout)" = 2 ] || fail "not two ideas: $(cat stdout)"
expect 0 "$neume" compose inspire --model lm.gguf --rhythm waltz --style session -n 2 --bars 2 --json
grep -q '"rank": ' stdout || fail "no ranks: $(cat stdout)"
expect 0 "$neume" compose continue tune.abc --model lm.gguf --bars 2 -o longer.abc
grep -q 'G2GB d2Bd' longer.abc || fail "the beginning is gone: $(cat longer.abc)"
expect 0 "$neume" compose fill tune.abc --model lm.gguf --bars 2-3 -o filled.abc
grep -q 'G2GB d2Bd' filled.abc && grep -q 'A2GF "G"G2' filled.abc || fail "other bars changed: $(cat filled.abc)"
expect 2 "$neume" compose fill tune.abc --model lm.gguf --bars 3-9
expect 2 "$neume" compose fill tune.abc --model lm.gguf --bars three
expect 0 "$neume" compose title tune.abc --model lm.gguf -n 3
expect 0 "$neume" compose title tune.abc --model lm.gguf -n 3 --json
grep -q '"probability": ' stdout || fail "no titles: $(cat stdout)"
expect 0 "$neume" compose vary tune.abc --strength .8 -n 2 -o varied.pdf
expect 0 "$neume" compose vary tune.abc --strength .8 --model lm.gguf -o varied.abc
expect 2 "$neume" compose theme --model lm.gguf --mood grumpy
says "there is no mood 'grumpy'"
expect 2 "$neume" compose theme --model lm.gguf --key H
expect 3 "$neume" compose theme --model tune.abc
expect 3 "$neume" compose continue empty.abc --model lm.gguf

"$build/make_tiny_font" font.sf2
NEUME_SOUNDFONT=$work/font.sf2 expect 0 "$neume" compose revise tune.abc --ask "faster" -o out.wav
[ "$(stat -c %s out.wav)" -gt 100000 ] || fail "no sound"
echo "compose: all passed"
