#!/bin/bash
# Listening end to end: the demo world and every line that it says to try; imports, profiles, recommendations, forgetting; an encrypted store.
. "$(dirname "$0")/lib.sh"
export OMP_NUM_THREADS=1 # small matrices: more threads only wait for each other
unset NEUME_STORE NEUME_STORE_KEY
export XDG_DATA_HOME=$work/data

# The demo says what to try; each line works.
expect 0 "$neume" taste demo
cp stdout demo.txt
[ "$(grep -c '^  neume ' demo.txt)" -ge 10 ] || fail "the demo says too little to try"
expect 3 "$neume" taste demo
says "is not empty"
while read -r line; do
    expect 0 bash -c "${line/#neume/$neume}"
    [ -s stdout ] || fail "nothing is printed by: $line"
done < <(sed -n 's/^  neume /neume /p' demo.txt)

# One seed, one world; recommendations are the same twice.
expect 0 "$neume" taste demo --store a.db --quiet
expect 0 "$neume" taste demo --store b.db --quiet
expect 0 "$neume" recommend --user 9 --store a.db --json
mv stdout first.json
expect 0 "$neume" recommend --user 9 --store b.db --json
cmp stdout first.json || fail "one seed gave two worlds"
[ "$(grep -c '"rank"' first.json)" = 10 ] || fail "not ten items"

# Nothing known is recommended; what is wanted is.
expect 0 "$neume" taste export --user 9 --store a.db -o nine.json
grep -o '"id": "song-[0-9]*"' first.json | sed 's/"id"/"item"/' > told
if grep -qFf told nine.json; then fail "something known was recommended"; fi
expect 0 "$neume" recommend --prompt "style=metal;not.instrument=drums" --store a.db -n 3
grep -qx 'understood: style=metal;not.instrument=drums' stdout || fail "the query is not shown: $(head -n 1 stdout)"
expect 0 "$neume" recommend --prompt "来点爵士乐" --user 9 --store a.db -n 1 --explain
grep -q '符合你的要求：爵士' stdout || fail "reasons are not in the prompt's language"
expect 0 "$neume" recommend --from song-001 --to song-007 -n 5 --store a.db
sed -n 1p stdout | grep -q song-001 && sed -n 5p stdout | grep -q song-007 || fail "a way without its ends"
# A radio goes on until nobody listens.
set +o pipefail
[ "$("$neume" recommend --like song-042 --radio -n 0 --store a.db 2> /dev/null | head -n 900 | wc -l)" = 900 ] || fail "the radio ended"
set -o pipefail

# The store's model is learnt anew on demand, and lies in a file if one is named.
expect 0 "$neume" train taste --store a.db --algorithm itemknn -o knn.gguf --quiet
echo 9 > users.txt
expect 0 "$neume" recommend -m knn.gguf --users users.txt -n 3 --tsv
[ "$(grep -cP '^9\t[123]\tsong-[0-9]+\t' stdout)" = 3 ] || fail "the batch form: $(cat stdout)"
expect 0 "$neume" recommend --user 9 -n 3 --store a.db -m knn.gguf
expect 3 "$neume" train taste --store missing.db

# Wrong usage is said before any work.
expect 2 "$neume" recommend --store a.db
expect 2 "$neume" recommend --user 9 -n 0 --store a.db
expect 2 "$neume" recommend --user 9 --diversity 2 --store a.db
expect 3 "$neume" recommend --user 9 --from song-001 --store a.db
expect 3 "$neume" recommend --user nobody --store a.db
expect 3 "$neume" recommend --like "no such song" --store a.db
expect 3 "$neume" recommend --user 9 --store missing.db
expect 2 "$neume" taste import
expect 2 "$neume" taste export --store a.db

# Imports: into the usual place when none is named; damaged lines are counted, foreign files refused whole.
printf 'id,name,artist,year,tags,tempo_bpm\nx,Ex,Someone,1999,jazz:2|calm,70\ny,Why,Someone,2005,metal,160\n' > items.csv
printf 'alice\tx\t3\nalice\ty\tmany\nbob@example.org\tx\t1\t1700000000\n' > plays.tsv
printf 'Someone,Album,Why,22 Mar 2021 16:55\n' > lastfm.csv
printf '[{"listened_at":7,"track_metadata":{"artist_name":"A","track_name":"T"},"user_name":"carol"}]' > listens.json
expect 0 "$neume" taste import items.csv plays.tsv lastfm.csv listens.json
grep -qx 'items.csv: items, 2 taken' stdout || fail "items: $(cat stdout)"
grep -qx 'plays.tsv: plays, 2 taken, 1 left out, the first at line 2: its plays are no number' stdout || fail "plays: $(cat stdout)"
grep -qx 'lastfm.csv: lastfm, 1 taken' stdout && grep -qx 'listens.json: listenbrainz, 1 taken' stdout || fail "exports: $(cat stdout)"
[ -s data/neume/neume.db ] || fail "the store is not in XDG_DATA_HOME"
[ "$(stat -c %a data/neume/neume.db)" = 600 ] || fail "others may read the store"
expect 3 "$neume" taste import "$neume" --as listenbrainz
expect 3 "$neume" taste import missing.tsv
expect 0 "$neume" taste profile --user me --json
grep -q '"play": 1' stdout || fail "a file that names nobody is not mine"
grep -q bob data/neume/neume.db && fail "a name is in the store"
expect 0 "$neume" taste profile --user bob@example.org
expect 0 "$neume" taste stats
grep -q '^listeners  4' stdout || fail "not four listeners: $(cat stdout)"

# Forgotten: nothing answers, and no byte is left.
expect 0 "$neume" taste forget --user carol
expect 3 "$neume" taste export --user carol
expect 3 "$neume" recommend --user carol
expect 0 "$neume" taste forget --user 9 --store a.db
expect 3 "$neume" recommend --user 9 --store a.db
expect 0 "$neume" recommend --user 10 --store a.db

# An encrypted store shows neither users nor what they heard, and opens with its key alone.
expect 0 "$neume" store key right.key
expect 0 "$neume" store key wrong.key
expect 1 "$neume" store key right.key
[ "$(stat -c %a right.key)" = 600 ] || fail "others may read the key"
printf 'id,name,tags\nitem-secret-1,Name Secret,tagsecret\nitem-secret-2,Other Secret,tagsecret\n' > secret.csv
printf '123456789012\titem-secret-1\t3\n987654321098\titem-secret-2\t1\n987654321098\titem-secret-1\t1\n' > secret.tsv
expect 0 "$neume" taste import secret.csv secret.tsv --store sealed.db --key right.key
expect 0 env NEUME_STORE_KEY=right.key "$neume" recommend --user 123456789012 --store sealed.db
grep -q item-secret-2 stdout || fail "the encrypted store does not answer: $(cat stdout)"
if grep -aiqE 'secret|123456789012|987654321098' sealed.db sealed.db-wal 2> /dev/null; then fail "the encrypted store shows a name"; fi
expect 3 "$neume" recommend --user 123456789012 --store sealed.db
says "is encrypted"
expect 3 "$neume" recommend --user 123456789012 --store sealed.db --key wrong.key
says "is not its key"

# store: backups are whole, replace nothing, and stay encrypted
expect 0 "$neume" store backup copy.db --store sealed.db --key right.key
expect 1 "$neume" store backup copy.db --store sealed.db --key right.key
expect 0 "$neume" store migrate --store copy.db --key right.key
grep -q 'whole' stdout || fail "the copy is not whole"
expect 3 "$neume" store migrate --store items.csv
echo "listening: all passed"
