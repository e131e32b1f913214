#!/bin/bash
# The shipped language model: its card's command on the bundled minuet stays below a ceiling, and a theme comes as it was asked for. As
# beat_smoke, it leans on weights: a model that replaces another must not be worse.
. "$(dirname "$0")/lib.sh"

model=$(sed -n 's/^#define NEUME_MODEL_COMPOSE "\([^"]*\)".*/\1/p' "$source_tree/include/neume/service_compose.h")
"$neume" models verify "$source_tree/models/$model" || fail "the model is not what its card says"
grep -q "neume eval lm examples/minuet.abc" "$source_tree/models/${model%.gguf}.md" || fail "the card names no command"
"$neume" eval lm "$source_tree/examples/minuet.abc" --model "$source_tree/models/$model" > score.json
bits=$(sed -n 's/.*"bits_per_character": *\([0-9.]*\).*/\1/p' score.json)
awk -v bits="$bits" 'BEGIN { exit !(bits > 0 && bits < 1.6) }' || fail "the minuet costs $bits bits a character"
"$neume" compose theme --model "$source_tree/models/$model" --key G --metre 6/8 --rhythm jig --bars 16 --seed 3 > jig.abc
grep -q '^K:G$' jig.abc && grep -q '^M:6/8$' jig.abc || fail "not in G and 6/8: $(cat jig.abc)"
[ "$("$neume" convert jig.abc - --to mid | wc -c)" -gt 400 ] || fail "a jig of next to no notes: $(cat jig.abc)"
echo "compose_smoke: all passed"
