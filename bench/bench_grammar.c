/* What the grammar costs a step: bench_grammar [TUNES]
 *
 * Draws random tunes of the models' tokens under the mask and prints, as TSV: masks, microseconds each, share of a step
 * at 2,000 tokens a second. */
#include "neume/lm_vocabulary.h"

#include "grammar_cases.h"

#include <stdlib.h>

int main(int argc, char **argv) {
    static walk_vocabulary w;
    neume_vocabulary *vocabulary;
    const uint64_t tunes = argc > 1 ? strtoull(argv[1], NULL, 10) : 200;
    double spent_s = 0;
    int64_t masks = 0;
    if (neume_vocabulary_new_abc(&vocabulary)) return 1;
    for (w.v = 0; w.v < (size_t)neume_vocabulary_count(vocabulary); w.v++)
        w.strings[w.v] = neume_vocabulary_text(vocabulary, (int32_t)w.v, &w.lengths[w.v]);
    if (neume_grammar_tokens_new(w.strings, w.lengths, w.v, &w.tokens)) return 1;
    for (uint64_t seed = 1; seed <= tunes; seed++) {
        neume_buffer text = {0};
        walk_case c;
        uint64_t allowed[WALK_TOKENS / 64];
        neume_grammar g;
        if (walk(seed, &w, &c, &text)) return 1;
        neume_grammar_begin(&g, &c.options);
        for (size_t i = 0; i < text.size; i++) {
            if (!neume_grammar_push(&g, text.data + i, 1)) return 1;
            const double begun_s = neume_clock_s();
            neume_grammar_mask(w.tokens, &g, 0, allowed);
            spent_s += neume_clock_s() - begun_s;
            masks++;
        }
        neume_buffer_clear(&text);
    }
    const double each_us = 1e6 * spent_s / (double)masks;
    printf("masks\tus_each\tshare_of_step\n%lld\t%.1f\t%.3f\n", (long long)masks, each_us, each_us / 500);
    neume_grammar_tokens_free(w.tokens);
    neume_vocabulary_free(vocabulary);
    return 0;
}
