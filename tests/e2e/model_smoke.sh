#!/bin/bash
# The shipped note model, and the networks that settle who plays what and hear drums, on the bundled recordings: their cards' commands stay above a floor. The one test
# that leans on their weights.
. "$(dirname "$0")/lib.sh"

hear=$source_tree/models/$(sed -n 's/^#define NEUME_MODEL_HEAR "\([^"]*\)".*/\1/p' "$source_tree/include/neume/service.h")
cast=$source_tree/models/$(sed -n 's/^#define NEUME_MODEL_CAST "\([^"]*\)".*/\1/p' "$source_tree/include/neume/service.h")
kit=$source_tree/models/$(sed -n 's/^#define NEUME_MODEL_KIT  *"\([^"]*\)".*/\1/p' "$source_tree/include/neume/service.h")
"$neume" models verify "$hear" "$cast" "$kit" || fail "a model is not what its card says"
"$neume" transcribe --model "$hear" --cast-model "$cast" "$source_tree/examples/minuet.flac" -o minuet.csv
"$neume" eval notes "$source_tree/examples/minuet.csv" minuet.csv > score.json
onset=$(sed -n 's/.*"onset": *\([0-9.]*\).*/\1/p' score.json)
awk -v onset="$onset" 'BEGIN { exit !(onset >= 0.90) }' || fail "onset F1 on examples/minuet.flac is $onset, below .90"
family=$(sed -n 's/.*"multi": *\([0-9.]*\).*/\1/p' score.json)
awk -v family="$family" 'BEGIN { exit !(family >= 0.85) }' || fail "with its family, F1 on examples/minuet.flac is $family, below .85: not all of it is a piano"
"$neume" transcribe --model "$hear" --kit-model "$kit" "$source_tree/examples/beat.flac" -o beat.csv
"$neume" eval notes "$source_tree/examples/beat.csv" beat.csv > score.json
drums=$(sed -n 's/.*"drums": *\([0-9.]*\).*/\1/p' score.json)
awk -v drums="$drums" 'BEGIN { exit !(drums >= 0.75) }' || fail "F1 of drums on examples/beat.flac is $drums, below .75"
echo "model_smoke: all passed"
