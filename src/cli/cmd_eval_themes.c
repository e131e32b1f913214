/* neume eval themes: are themes written to order valid, as asked, and no copies? */
#include "cli.h"

#include "neume/learn.h"
#include "neume/service.h"
#include "neume/service_compose.h"

#include <stddef.h>

typedef struct settings {
    cli_common common;
    const char *model, *learnt, *out;
    int count, seed;
} settings;

static void defaults(void *at) {
    settings *s = at;
    s->count = 100;
    s->seed = 1;
}

static neume_status print_variety(const neume_variety *v, const char *key, neume_buffer *out) {
    return neume_buffer_print(out,
                              ", \"%s\": {\"self_bleu\": %.4f, \"distinct_4\": %.4f, \"distinct_8\": %.4f, "
                              "\"pitch_class_bits\": %.3f, \"length_bits\": %.3f}",
                              key, v->self_bleu, v->distinct4, v->distinct8, v->pitch_bits, v->length_bits);
}

static neume_status print_scores(const neume_theme_scores *s, bool learnt, neume_buffer *out) {
    NEUME_TRY(
        neume_buffer_print(out,
                           "{\"themes\": %d, \"valid\": %.4f, \"bars_full\": %.4f, \"key\": %.4f, \"metre\": %.4f, "
                           "\"bars\": %.4f, \"voices\": %.4f",
                           s->themes, s->valid, s->full, s->key, s->metre, s->bars, s->voices));
    if (s->abc2midi >= 0) NEUME_TRY(neume_buffer_print(out, ", \"abc2midi_silent\": %.4f", s->abc2midi));
    if (learnt)
        NEUME_TRY(neume_buffer_print(out, ", \"longest_run\": %d, \"mean_run\": %.2f, \"near_copies\": %.4f",
                                     s->longest_run, s->mean_run, s->near_copies));
    NEUME_TRY(print_variety(&s->variety, "diversity", out));
    if (learnt) NEUME_TRY(print_variety(&s->learnt_variety, "diversity_learnt", out));
    return neume_buffer_print(out, "}\n");
}

static int run(const cli_call *call) {
    const settings *at = call->settings;
    const neume_theme_eval_options options = {at->count, at->seed, at->learnt};
    neume_buffer path = {0}, abc = {0}, text = {0};
    neume_theme_scores scores;
    if (call->count) return cli_usage_error("usage: neume eval themes [-n N] [--learnt TUNES.abc] [-o OUT.abc]");
    cli_bar bar;
    cli_bar_start(&bar, &at->common, "writing");
    const neume_progress progress = cli_bar_progress(&bar);
    neume_status status = neume_model_find(at->model, NEUME_MODEL_COMPOSE, &path);
    if (!status) status = neume_themes_evaluate(path.data, &options, &progress, &scores, &abc);
    cli_bar_end(&bar);
    neume_buffer_clear(&path);
    if (status || (status = print_scores(&scores, at->learnt != NULL, &text))) {
        neume_buffer_clear(&abc);
        cli_complain(NULL);
        return cli_exit_reading(status);
    }
    const int written = at->out ? cli_write(at->out, &abc) : EXIT_DONE;
    neume_buffer_clear(&abc);
    const int said = cli_say(&text);
    return written ? written : said;
}

static const cli_option options[] = {
    {"model", 'm', CLI_TEXT, offsetof(settings, model), "FILE", "the model; default: the one that ships", NULL, 0, 0},
    {"count", 'n', CLI_INT, offsetof(settings, count), "N", "how many themes; default 100", NULL, 1, 1000000},
    {"learnt", 0, CLI_TEXT, offsetof(settings, learnt), "FILE",
     "the ABC it learnt from: copies, and people's diversity", NULL, 0, 0},
    {"out", 'o', CLI_TEXT, offsetof(settings, out), "OUT.abc", "write the themes here", NULL, 0, 0},
    {"seed", 0, CLI_INT, offsetof(settings, seed), "N", "of all chance; default 1", NULL, 0, 2147483647},
    {0},
};

const cli_verb cli_eval_themes = {
    "eval themes",
    "",
    "score themes that a language model writes to order",
    "Draws keys, metres, dances, lengths and voices at random, writes a theme for each and reads it again: valid "
    "(without a warning), all bars full, key, metre, number of bars and voices as asked, and, where it is installed, "
    "read by abc2midi without a word. Diversity, from 0 to 1: how far the other themes have a theme's phrases of 1 to "
    "4 "
    "notes (self-BLEU; steps and lengths, in any key), and how many of all phrases of 4 and of 8 notes are different; "
    "in "
    "bits: the entropy of a theme's pitch classes and of its lengths. With --learnt the same of as many tunes learnt, "
    "each cut to the length of a theme; the longest run of notes that stands so in a tune learnt, in any key; the mean "
    "of each theme's longest run; and the share of near copies: four fifths of a theme's notes found in one tune.",
    "neume eval themes -n 1000 --learnt data/abc/train.abc -o themes.abc",
    options,
    sizeof(settings),
    defaults,
    run};
