#!/bin/bash
# From tables of plays to recommendations and their score, by the program alone.
. "$(dirname "$0")/lib.sh"

# Forty listeners of two camps: those of even number play even songs, the others odd ones; tags tell the songs' camps.
awk 'BEGIN { srand(3); for (u = 0; u < 40; u++) for (n = 0; n < 12; n++) {
         i = int(rand() * 30) * 2 + u % 2; if (rand() < .1) i = int(rand() * 60)
         print "u" u "\tsong " i "\t" 1 + int(rand() * 30) } }' > all.tsv
awk 'NR % 6 == 0 { print > "held.tsv"; next } { print > "train.tsv" }' all.tsv
{ echo "item,tag,weight"; for i in $(seq 0 59); do echo "song $i,$([ $((i % 2)) = 0 ] && echo even || echo odd),2"; done; } > tags.csv
printf 'u0\nu1\nstranger\n' > users.txt

for algorithm in popularity random itemknn userknn rp3beta ease als bpr content hybrid auto; do
    expect 0 "$neume" train taste --plays train.tsv --tags tags.csv -a $algorithm --factors 8 --seed 4 -o $algorithm.gguf
    expect 0 "$neume" models info --json $algorithm.gguf
    grep -q '"kind": "taste".*"items": ' stdout || fail "models info does not tell what $algorithm.gguf is"
    expect 0 "$neume" recommend -m $algorithm.gguf --users users.txt -n 5 --tsv
    [ "$(wc -l < stdout)" = 15 ] || fail "$algorithm: not five lines for each of three users"
    cut -f1,3 stdout | sort > answers
    cut -f1,2 train.tsv | sort -u > known
    [ -z "$(comm -12 answers known)" ] || fail "$algorithm: recommends what the user has"
    awk -F'\t' '$2 != (NR - 1) % 5 + 1 { exit 1 }' stdout || fail "$algorithm: ranks are not 1 to 5"
done

# What is learnt from --valid too is known, and not recommended again.
expect 0 "$neume" train taste --plays train.tsv --valid held.tsv -a ease -o both.gguf
expect 0 "$neume" recommend -m both.gguf --users users.txt -n 5 --tsv
cut -f1,3 stdout | sort > answers
cut -f1,2 all.tsv | sort -u > known
[ -z "$(comm -12 answers known)" ] || fail "recommends what the user has, by --valid"

# The camps are easy to tell: EASE finds them, chance does not.
expect 0 "$neume" eval taste --plays train.tsv --test held.tsv --tags tags.csv -a random,ease -k 5
awk -F'\t' '$1 == "random" { chance = $5 } $1 == "ease" { ease = $5 } END { exit !(ease > 1.5 * chance) }' stdout ||
    fail "EASE is not well above chance: $(cat stdout)"
expect 0 "$neume" eval taste -m ease.gguf --test held.tsv --json
grep -q '"ndcg": 0\.[0-9]*, "ndcg_error"' stdout || fail "no NDCG: $(cat stdout)"
expect 0 "$neume" eval taste --plays all.tsv -a itemknn,rp3beta --search --hide 0.3
[ "$(wc -l < stdout)" = 3 ] || fail "not a heading and two lines"
for weighting in cosine tfidf bm25; do
    expect 0 "$neume" eval taste --plays train.tsv --test held.tsv -a itemknn --weighting $weighting --json
    sed 's/.*"ndcg"/"ndcg"/; s/, "train_s.*//' stdout > $weighting.ndcg
done
grep -q '"weighting": 2' stdout || fail "BM25 was not taken: $(cat stdout)"
! cmp -s cosine.ndcg bm25.ndcg && ! cmp -s tfidf.ndcg bm25.ndcg || fail "the weighting makes no difference"
expect 2 "$neume" eval taste --plays train.tsv -a itemknn --weighting heavy

echo "u1	song" > short.tsv
printf 'u1\tsong\tmany\nu2\tsong\tmany\n' > words.tsv
expect 0 "$neume" train taste --plays short.tsv -a popularity -o short.gguf
expect 3 "$neume" train taste --plays words.tsv -a popularity -o words.gguf
says "line 2"
expect 3 "$neume" train taste --plays none.tsv -o none.gguf
expect 2 "$neume" train taste --plays train.tsv
expect 2 "$neume" train taste --plays train.tsv -a magic -o x.gguf
head -c 900 ease.gguf > cut.gguf
expect 3 "$neume" recommend -m cut.gguf --users users.txt --tsv
expect 3 "$neume" recommend -m ease.gguf --users nobody.txt --tsv
expect 2 "$neume" recommend -m ease.gguf
[ ! -e none.gguf ] && [ ! -e words.gguf ] || fail "a failed training left a model"
