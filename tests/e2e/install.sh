#!/bin/bash
# make install into an empty folder: the program finds its model there, and a stranger's program builds against the library.
. "$(dirname "$0")/lib.sh"
case ${NEUME_SANITIZE:-} in ?*) echo "install: not with a sanitizer, which the stranger's program would lack"; exit 0 ;; esac
DESTDIR=$work/root cmake --install "$build" --prefix /opt/neume > log || { cat log; fail "cmake --install"; }
prefix=$work/root/opt/neume
libdir=$(dirname "$(find "$prefix" -name 'libneume.so.0' | head -n 1)")
for file in bin/neume include/neume/neume.h share/man/man1/neume.1 share/man/man1/neume-transcribe.1 share/neume/examples/minuet.flac \
            share/bash-completion/completions/neume share/zsh/site-functions/_neume share/fish/vendor_completions.d/neume.fish; do
    [ -s "$prefix/$file" ] || fail "$file is not installed"
done

# only the public names are seen outside
nm -D --defined-only "$libdir/libneume.so" | awk '$2 ~ /[TDBR]/ {print $3}' > symbols
grep -qx neume_transcribe_file symbols || fail "neume_transcribe_file is not exported"
if grep -vE '^neume_[a-z]' symbols | grep -v '^_'; then fail "names that are not ours to export"; fi
if grep '^neume__' symbols; then fail "internal names are exported"; fi

# the installed program finds a model beside itself
mkdir -p "$prefix/share/neume/models"
random_model
cp model.gguf "$prefix/share/neume/models/neume-hear-2.gguf"
"$wav" tone tone.wav 1
expect 0 "$prefix/bin/neume" transcribe tone.wav -o a.csv
expect 0 "$prefix/bin/neume" models info
grep -q "$prefix" stdout || [ "$(grep -c /share/neume/models stdout)" = 1 ] || fail "it took another model"

# a stranger's program, by pkg-config; the library finds the model too
export PKG_CONFIG_PATH=$libdir/pkgconfig
# shellcheck disable=SC2046 # words on purpose
cc -std=c17 "$source_tree/examples/embed.c" -o embed $(pkg-config --cflags --libs neume)
expect 0 env LD_LIBRARY_PATH="$libdir" ./embed tone.wav
grep -q 'notes in' stdout || fail "embed printed something else"
echo "install: all passed"
