#!/bin/bash
# What is drawn at random among the tokens that the grammar allows, abc2midi reads without a word.
. "$(dirname "$0")/lib.sh"
command -v abc2midi > /dev/null || { echo "abc2midi is not installed: skipped"; exit 0; }

"$build/e2e_draw_tunes" 200
for tune in tune*.abc; do
    abc2midi "$tune" -o read.mid > said.txt 2>&1 || true
    [ -s read.mid ] || fail "abc2midi reads nothing of $tune: $(head -n 3 said.txt)"
    if grep -aEi 'warning|error' said.txt; then
        cat "$tune"
        fail "abc2midi complains of $tune"
    fi
    rm -f read.mid
done
echo "grammar: all passed"
