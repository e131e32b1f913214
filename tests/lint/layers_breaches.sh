#!/bin/sh
# The layer check finds each kind of breach in a small tree made for it, and nothing in a lawful one.
set -eu
check=$(cd "$(dirname "$0")/../../tools" && pwd)/check-layers
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree/tools" "$tree/src/low" "$tree/src/high" "$tree/include/neume"
printf 'room low:\nroom high: low\nlibrary sndfile.h: low\n' > "$tree/tools/layers.txt"
: > "$tree/include/neume/low.h"; : > "$tree/src/high/own.h"

# try STATUS FILE LINE: does the tree with this one line give this status?
try() {
    echo "$3" > "$tree/$2"
    status=0; "$check" "$tree" > "$tree/said" || status=$?
    if [ "$status" != "$1" ]; then echo "expected $1, got $status for $2: $3"; cat "$tree/said"; exit 1; fi
    if [ "$1" = 1 ] && ! grep -q "^$2:1: " "$tree/said"; then echo "the breach's place is not named: $2"; cat "$tree/said"; exit 1; fi
    rm "$tree/$2"
}

try 0 src/high/a.c '#include "neume/low.h"'
try 0 src/high/a.c '#include "own.h"'
try 0 src/low/a.c '#include <sndfile.h>'
try 1 src/low/a.c '#include "neume/high.h"'
try 1 src/low/a.c '#  include "neume/elsewhere.h"'
try 1 src/high/a.c '#include "../low/private.h"'
try 1 src/low/a.c '#include "own.h"'
try 1 src/high/a.c '#include <sndfile.h>'
try 1 include/neume/low.h '#include "neume/high.h"'
