#!/bin/sh
# Every door compiles alone, as C17 and (where there is a C++ compiler) as C++. usage: headers.sh C-COMPILER
set -eu
cd "$(dirname "$0")/../.."
failed=0
for header in include/neume/*.h; do
    name=${header#include/}
    echo "#include \"$name\"" | "$1" -std=c17 -Wall -Wextra -Wpedantic -Werror -Iinclude -fsyntax-only -x c - || { echo "$name does not compile alone as C17"; failed=1; }
    command -v c++ >/dev/null || continue
    echo "#include \"$name\"" | c++ -std=c++17 -Wall -Wextra -Werror -Iinclude -fsyntax-only -x c++ - || { echo "$name does not compile alone as C++"; failed=1; }
done
exit $failed
