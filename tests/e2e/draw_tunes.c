/* Writes random tunes that the grammar allows: tune1.abc, tune2.abc ... usage: e2e_draw_tunes COUNT */
#include "grammar_cases.h"

#include <stdlib.h>

int main(int argc, char **argv) {
    static walk_vocabulary w;
    const int count = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 0;
    if (walk_vocabulary_init(&w)) return 1;
    for (int i = 1; i <= count; i++) {
        neume_buffer text = {0};
        walk_case c;
        char name[40];
        snprintf(name, sizeof name, "tune%d.abc", i);
        const char *wrong = walk((uint64_t)i, &w, &c, &text);
        if (wrong) fprintf(stderr, "%s: %s\n", name, wrong);
        if (wrong || neume_buffer_append(&text, "\n", 1) || neume_file_write(name, text.data, text.size)) return 1;
        neume_buffer_clear(&text);
    }
    neume_grammar_tokens_free(w.tokens);
    return 0;
}
