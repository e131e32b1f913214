#!/bin/bash
# Every verb explains itself; the manual pages and completions in the tree are the ones that the program prints; convert and eval.
# NEUME_UPDATE_GOLDEN=1 rewrites man/ and completions/.
. "$(dirname "$0")/lib.sh"

verbs=(
    "transcribe"
    "analyse"
    "convert"
    "engrave"
    "render"
    "compose theme"
    "compose inspire"
    "compose continue"
    "compose fill"
    "compose vary"
    "compose title"
    "compose revise"
    "compose harmonise"
    "eval notes"
    "eval score"
    "eval taste"
    "eval lm"
    "eval themes"
    "eval grammar"
    "eval harmony"
    "eval prompts" "eval captions"
    "taste ask"
    "taste import"
    "taste export"
    "taste forget"
    "taste profile"
    "taste stats"
    "taste demo"
    "store key"
    "store backup"
    "store migrate"
    "data bank"
    "data corpus"
    "data perform"
    "data tunes"
    "data render"
    "train taste"
    "train"
    "recommend"
    "models info"
    "models verify"
    "models quantise"
    "models random"
    "completion"
    "help"
    "version"
)

# golden FILE COMMAND...: the file in the tree is what the command prints
golden() {
    local file=$source_tree/$1
    shift
    expect 0 "$@"
    if [ "${NEUME_UPDATE_GOLDEN:-}" = 1 ]; then cp stdout "$file"; fi
    cmp stdout "$file" || fail "$file is not up to date; NEUME_UPDATE_GOLDEN=1 $0"
}

golden man/neume.1 "$neume" help --man
for verb in "${verbs[@]}"; do
    # shellcheck disable=SC2086 # a verb may be two words
    expect 0 "$neume" $verb --help
    grep -q "^usage: neume $verb" stdout || fail "$verb --help does not explain it"
    # shellcheck disable=SC2086
    golden "man/neume-${verb/ /-}.1" "$neume" help --man $verb
done
[ "$(find "$source_tree/man" -name "*.1" | wc -l)" = $((${#verbs[@]} + 1)) ] || fail "man/ holds pages of verbs that are not there"
expect 0 "$neume" help
[ "$(grep -cE '^  [a-z]+' stdout)" = ${#verbs[@]} ] || fail "this test does not know all verbs"
golden completions/neume.bash "$neume" completion bash
golden completions/_neume "$neume" completion zsh
golden completions/neume.fish "$neume" completion fish
bash -n "$source_tree/completions/neume.bash"
# shellcheck disable=SC1091
(. "$source_tree/completions/neume.bash"; COMP_WORDS=(neume eval no); COMP_CWORD=2; _neume; [ "${COMPREPLY[*]}" = notes ]) || fail "bash does not complete eval no"

# convert: CSV to MIDI and back gives the same notes within the MIDI file's tick
printf 'onset,offset,pitch,velocity,program\n0.5,1.0,60,80,0\n0.5,1.25,64,70,40\n1.0,1.1,38,100,128\n' > in.csv
expect 0 "$neume" convert in.csv a.mid
expect 0 "$neume" convert a.mid b.csv
expect 0 "$neume" convert b.csv - --to json
mv stdout c.json
expect 0 "$neume" convert b.csv --json
cmp stdout c.json || fail "--json is not --to json"
expect 0 "$neume" eval notes in.csv b.csv
grep -q '"onset": 1.0000, "onset100": 1.0000, "offset": 1.0000, "multi": 1.0000' stdout || fail "notes changed on the way through MIDI"
grep -q '"drums": 1.0000' stdout || fail "drums changed on the way through MIDI"
expect 2 "$neume" convert in.csv a.docx
expect 3 "$neume" convert missing.mid a.csv
expect 3 "$neume" convert "$neume" c.csv
[ ! -e c.csv ] || fail "a failed conversion left a file"

# convert: ABC keeps its bars and repeats; damage in it is told in one line, and the rest goes on
printf 'X:1\nT:One\nM:2/4\nL:1/8\nK:G\n|:GABc|d4:|\n\nX:2\nT:Two\nK:C\nC h D\n' > two.abc
expect 0 "$neume" convert two.abc tidy.abc
grep -q '^neume: two.abc: left out or mended what could not be understood (1 times' stderr || fail "the stray letter was not told"
expect 0 "$neume" convert tidy.abc again.abc
cmp tidy.abc again.abc || fail "tidied ABC is not tidy"
expect 0 "$neume" convert two.abc --tune 2 - --to abc
grep -q '^T:Two' stdout || fail "--tune 2 is not the second tune"
expect 0 "$neume" convert two.abc one.mid
expect 0 "$neume" convert one.mid one.csv
[ "$(wc -l < one.csv)" = 11 ] || fail "five notes repeated are not ten"
expect 0 "$neume" convert two.abc two.csv --tune 2
[ "$(wc -l < two.csv)" = 3 ] || fail "the second tune has two notes"
expect 3 "$neume" convert two.abc x.mid --tune 3
# a MIDI file that tells its bars, and whose notes lie on them, gives them back; as played, they are found
printf 'X:1\nT:Told\nM:3/4\nL:1/8\nQ:1/4=100\nK:D\nD2FAdA|B2d2f2|e2c2A2|d4A2|[M:2/4]d2fe|dcBA|G2B2|A4|d4|]\n' > told.abc
expect 0 "$neume" convert told.abc told.mid
expect 0 env NEUME_MODELS="$source_tree/models" "$neume" convert told.mid back.abc
grep -q '^D2 FA dA | B2 d2 f2 | e2 c2 A2 | d4 A2 |$' back.abc && grep -q '^\[M:2/4\]d2 fe | dc BA | G2 B2 | A4 |$' back.abc || fail "the bars that told.mid tells are lost"
expect 0 env NEUME_MODELS="$source_tree/models" "$neume" convert --as-played told.mid played.abc
cmp -s back.abc played.abc && fail "--as-played believes the file"
# notes without bars are written down: with the beats that one knows, no network is needed
printf '0 1\n0.5 2\n1.0 1\n1.5 2\n2.0 1\n2.5 2\n3.0 1\n' > beats.txt
for format in abc musicxml mxl; do
    expect 0 "$neume" convert one.mid written.$format --beats beats.txt --metre 2/4 --title "Written down"
    expect 0 "$neume" convert written.$format back.mid
    expect 0 "$neume" convert back.mid back.csv
    [ "$(wc -l < back.csv)" = 11 ] || fail "what was written as $format has other notes"
done
for format in svg png pdf; do
    expect 0 "$neume" convert one.mid page.$format --beats beats.txt --title "Written down"
    expect 0 "$neume" convert one.mid roll.$format --roll
    cmp -s page.$format roll.$format && fail "--roll draws no other $format"
    expect 0 "$neume" convert two.abc page.$format
    expect 0 "$neume" engrave two.abc engraved.$format
done
cmp page.svg engraved.svg && cmp page.png engraved.png || fail "convert and engrave draw another page"
expect 1 env PATH=/nowhere "$neume" convert two.abc lost.pdf
says "abcm2ps is not installed"
[ ! -e lost.pdf ] || fail "a failure left a file"
expect 0 "$neume" convert one.mid named.abc --beats beats.txt
grep -q '^T:One$' named.abc || fail "the title of the MIDI file is not in the ABC"
grep -q '^T:Written down' written.abc && grep -q '^M:2/4' written.abc || fail "title or metre is not in the ABC"
expect 0 "$neume" analyse one.mid --beats beats.txt
grep -q '"beats_s": \[0.000, 0.500' stdout || fail "the beats given are not the beats used"
expect 2 "$neume" analyse one.mid --metre three
printf '1 1\n0.5 2\n' > backwards.txt
expect 3 "$neume" analyse one.mid --beats backwards.txt
printf 'T:No key\nX\n' > bad.abc
expect 3 "$neume" convert bad.abc x.mid
: > empty.abc
expect 3 "$neume" convert empty.abc x.mid
[ ! -e x.mid ] && [ ! -e x.abc ] || fail "a failed conversion left a file"

# eval: rows and their mean; a bad pair is told, the others are scored
printf 'onset,offset,pitch,velocity,program\n0.5,1.0,60,80,0\n' > half.csv
expect 0 "$neume" eval notes in.csv in.csv in.csv half.csv
[ "$(wc -l < stdout)" = 3 ] || fail "not two rows and a mean"
grep -q '"mean of": 2, "onset": 0.8334' stdout || fail "wrong mean: $(tail -n 1 stdout)"
expect 3 "$neume" eval notes in.csv missing.csv in.csv in.csv
grep -q '"onset": 1.0000' stdout || fail "the good pair was not scored"
printf 'onset,offset,pitch,velocity,program,confidence\n0.5,1.0,60,80,0,0.95\n0.5,1.25,64,70,40,0.85\n0.7,1.2,64,70,40,0.15\n' > sure.csv
expect 0 "$neume" eval notes in.csv sure.csv --reliability
tail -n 1 stdout | grep -qF '{"from": 0.1, "notes": 1, "confidence": 0.150, "right": 0.000}' || fail "reliability: $(tail -n 1 stdout)"
tail -n 1 stdout | grep -qF '"error": 0.1167' || fail "reliability: $(tail -n 1 stdout)"
expect 2 "$neume" eval notes in.csv

# data perform, eval score: what was played is the tune; what is missing counts 0
printf 'X:1\nM:6/8\nL:1/8\nK:Em\nB|:EBB BAG|FAA AFD|EBB BAG|FED E2B:|\n\nX:2\nM:4/4\nL:1/4\nK:C\nCDEF|GABcd|efg|ABc|\n' > jig.abc
expect 0 "$neume" data perform jig.abc played
[ "$(ls played)" = "$(printf '0001.abc\n0001.json\n0001.mid')" ] || fail "played holds $(ls played)"
says "left out faulty tunes (1)"
expect 0 "$neume" eval score jig.abc played/0001.json played/0001.json played/0001.json
[ "$(wc -l < stdout)" = 3 ] || fail "not two rows and a mean"
tail -n 1 stdout | grep -q '"mean of": 2, "beat": 1.0000.*"numerator": 1.0000.*"position": 1.0000.*"bars": 1.0000, "mv2h": 1.0000' || fail "the performance is not its tune: $(tail -n 1 stdout)"
expect 0 "$neume" eval score jig.abc played/0001.json --failed 1
tail -n 1 stdout | grep -q '"mean of": 2.*"bars": 0.5000' || fail "--failed 1 does not halve the mean"
expect 3 "$neume" eval score played/0001.json missing.json jig.abc jig.abc
tail -n 1 stdout | grep -q '"beat": 0.0000.*"bars": 0.5000' || fail "a missing estimate does not count 0: $(tail -n 1 stdout)"
expect 3 "$neume" eval score missing.abc jig.abc
expect 2 "$neume" eval score jig.abc
expect 3 "$neume" data perform missing.abc played
echo "verbs: all passed"
