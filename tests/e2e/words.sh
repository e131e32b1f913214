#!/bin/bash
# Wishes in words: understood without network, edited and given back, measured; a language model that is not there does no harm.
. "$(dirname "$0")/lib.sh"

expect 0 "$neume" taste ask "more like Miles Davis but calmer" "不要电子，不要说唱，其他都行" "適合冥想的氛圍音樂"
printf 'mood=calm;like=Miles Davis\nnot.style=electronic,hip-hop\nstyle=ambient;activity=meditate\n' | diff - stdout || fail "misunderstood"
expect 0 "$neume" taste ask "mood=calm; not.style=pop"
[ "$(cat stdout)" = "mood=calm;not.style=pop" ] || fail "a query is not taken as it is"
expect 0 "$neume" taste ask --json "slow blues in a minor key"
grep -q '"style":[[]"blues"[]].*"key":[[]"minor"[]]' stdout || fail "wrong JSON"
expect 0 "$neume" taste ask --rewrite http://127.0.0.1:1 "jazz, no drums"
says "the language model did not help"
[ "$(cat stdout)" = "style=jazz;not.instrument=drums" ] || fail "no answer without the language model"
head -c 20000 /dev/zero | tr '\0' 'a' > long.txt
expect 3 "$neume" taste ask - < long.txt
expect 2 "$neume" taste ask

printf 'prompt\tlanguage\tslots\nsad piano\ten\tmood=sad;instrument=piano\n快乐\tzh\tmood=happy\n' > prompts.tsv
expect 0 "$neume" eval prompts prompts.tsv
[ "$(wc -l < stdout)" = 3 ] && grep -q '"language": "all", "prompts": 2, "values": 3, .*"f1": 1.0000' stdout || fail "wrong scores"
printf 'sad\ten\tmood=greenish\n' > bad.tsv
expect 3 "$neume" eval prompts bad.tsv
says "line 1"
printf 'caption,aspect_list\n"calm piano","piano"\n"loud drums","drums"\n' > captions.csv
expect 0 "$neume" eval captions captions.csv
grep -q '"clips": 2, .*"neume": {"mrr": 1.0000' stdout || fail "wrong ranks"
expect 3 "$neume" eval captions prompts.tsv
echo "words: all passed"
