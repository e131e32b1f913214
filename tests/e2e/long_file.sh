#!/bin/bash
# Two hours of sound in the memory of half a minute (make soak): peak below 250 MB for both, with the model that ships.
. "$(dirname "$0")/lib.sh"
for seconds in 36 7200; do
    "$wav" long long.wav $seconds
    "$build/e2e_peak_memory" 250 "$neume" transcribe long.wav -o long.mid --progress never || fail "$seconds s need too much memory"
done
echo "long_file: all passed"
