/* neume eval grammar: of the tunes that people wrote, how many does the grammar take that themes are written under? */
#include "cli.h"

#include "neume/learn.h"

#include <stddef.h>

typedef struct settings {
    cli_common common;
    const char *out;
} settings;

static neume_status print_scores(const neume_grammar_scores *s, neume_buffer *out) {
    NEUME_TRY(neume_buffer_print(out, "{\"tunes\": %d, \"taken\": %.4f", s->tunes,
                                 (double)s->taken / (s->tunes ? s->tunes : 1)));
    if (s->abc2midi)
        NEUME_TRY(neume_buffer_print(out, ", \"abc2midi_silent\": %d, \"taken_of_silent\": %.4f", s->silent,
                                     (double)s->silent_taken / (s->silent ? s->silent : 1)));
    return neume_buffer_print(out, "}\n");
}

static int run(const cli_call *call) {
    const settings *at = call->settings;
    neume_buffer refused = {0}, text = {0};
    neume_grammar_scores scores;
    if (call->count != 1) return cli_usage_error("usage: neume eval grammar TUNES.abc [-o REFUSED.tsv]");
    cli_bar bar;
    cli_bar_start(&bar, &at->common, "reading");
    const neume_progress progress = cli_bar_progress(&bar);
    neume_status status = neume_grammar_evaluate(call->operands[0], &progress, &scores, &refused);
    cli_bar_end(&bar);
    if (!status) status = print_scores(&scores, &text);
    if (status) {
        neume_buffer_clear(&refused);
        cli_complain(NULL);
        return cli_exit_reading(status);
    }
    const int written = at->out ? cli_write(at->out, &refused) : EXIT_DONE;
    neume_buffer_clear(&refused);
    const int said = cli_say(&text);
    return written ? written : said;
}

static const cli_option options[] = {
    {"out", 'o', CLI_TEXT, offsetof(settings, out), "OUT.tsv", "write what is refused here", NULL, 0, 0},
    {0},
};

const cli_verb cli_eval_grammar = {
    "eval grammar",
    "TUNES.abc",
    "say how many tunes the grammar of composing takes",
    "The grammar lets only tunes be written whose bars are full, whose repeats close, and that abc2midi reads without "
    "a "
    "word. How many of the tunes that people wrote does it take, of all and of those that abc2midi, where it is "
    "installed, reads without a word? With --out a line for each of these that it refuses: title, what was taken last, "
    "what was refused.",
    "neume eval grammar data/abc/dev.abc -o refused.tsv",
    options,
    sizeof(settings),
    NULL,
    run};
