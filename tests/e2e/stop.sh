#!/bin/bash
# Ctrl-C in the middle of a recording: exit 130 soon, and no file, not even a part of one.
. "$(dirname "$0")/lib.sh"
random_model
"$wav" long long.wav 3600
mkdir out
for signal in INT TERM; do
    "$neume" transcribe --model model.gguf long.wav -o out/a.mid --threads 1 2> stderr &
    child=$!
    sleep 0.7 # long enough to be listening, far from the end of an hour
    kill -$signal $child
    status=0; wait $child || status=$?
    [ $status = 130 ] || fail "exit $status after SIG$signal"
    holds out
done
# a reader that goes away is a failed write, not a death by SIGPIPE
"$wav" tone tone.wav 1
{ code=0; "$neume" transcribe --model model.gguf tone.wav -o - --to svg 2> stderr || code=$?; echo $code > status; } | true || true
grep -qx '[01]' status || fail "exit $(cat status) when the reader went away"
echo "stop: all passed"
