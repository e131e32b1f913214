#!/bin/bash
# The shipped model on the bundled recording: its card's command stays above a floor. The one test that leans on weights.
. "$(dirname "$0")/lib.sh"

hear=$source_tree/models/$(sed -n 's/^#define NEUME_MODEL_HEAR "\([^"]*\)".*/\1/p' "$source_tree/include/neume/service.h")
"$neume" models verify "$hear" || fail "the model is not what its card says"
"$neume" transcribe --model "$hear" "$source_tree/examples/minuet.flac" -o minuet.csv
"$neume" eval notes "$source_tree/examples/minuet.csv" minuet.csv > score.json
onset=$(sed -n 's/.*"onset": *\([0-9.]*\).*/\1/p' score.json)
awk -v onset="$onset" 'BEGIN { exit !(onset >= 0.90) }' || fail "onset F1 on examples/minuet.flac is $onset, below .90"
echo "model_smoke: all passed"
