/* Any bytes: what the grammar takes of them can be ended, and is then read without a warning; as text of strangers they
 * are refused, or something can be written behind them. */
#include "neume/lm_grammar.h"
#include "neume/notation.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_quietly(const neume_buffer *text) {
    neume_abc_place place = {0};
    neume_report report = {0};
    neume_score *score = NULL;
    if (neume_abc_read(text->data, text->size, &place, &report, &score) || report.warnings) __builtin_trap();
    neume_score_free(score);
    neume_report_clear(&report);
}

static void end(neume_grammar *g, neume_buffer *text) {
    static char closing[65536];
    const size_t length = neume_grammar_closing(g, closing, sizeof closing);
    if (!neume_grammar_push(g, closing, length) || !neume_grammar_may_end(g)) __builtin_trap();
    if (neume_buffer_append(text, closing, length)) __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2) return 0;
    const neume_grammar_options options = {.bars_max = data[0] % 8,
                                           .pickup_ticks = data[0] >> 3 & 1 ? NEUME_GRAMMAR_PICKUP_FREE : 0,
                                           .voices = data[0] >> 4 & 3,
                                           .continuations = data[0] >> 6 & 1};
    neume_buffer text = {0};
    neume_grammar g;
    neume_grammar_begin(&g, &options);
    if (neume_buffer_append(&text, "X:1\n", 4) || !neume_grammar_push(&g, text.data, text.size)) __builtin_trap();
    for (size_t i = 1; i < size && text.size < 4096; i++)
        if (neume_grammar_push(&g, (const char *)&data[i], 1) && neume_buffer_append(&text, &data[i], 1))
            __builtin_trap();
    end(&g, &text);
    read_quietly(&text);
    neume_grammar_begin(&g, &options);
    if (neume_grammar_prefix(&g, (const char *)data + 1, size - 1) == NEUME_OK) end(&g, &text);
    neume_buffer_clear(&text);
    return 0;
}
