#!/bin/bash
# The shipped model on the bundled recording: its card's command stays above a floor. The one test that leans on weights.
. "$(dirname "$0")/lib.sh"

"$neume" models verify "$source_tree/models/neume-hear-2.gguf" || fail "the model is not what its card says"
"$neume" transcribe --model "$source_tree/models/neume-hear-2.gguf" "$source_tree/examples/minuet.flac" -o minuet.csv
"$neume" eval notes "$source_tree/examples/minuet.csv" minuet.csv > score.json
onset=$(sed -n 's/.*"onset": *\([0-9.]*\).*/\1/p' score.json)
awk -v onset="$onset" 'BEGIN { exit !(onset >= 0.90) }' || fail "onset F1 on examples/minuet.flac is $onset, below .90"
echo "model_smoke: all passed"
