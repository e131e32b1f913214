/* neume eval lm: how well does a language model know music it has not seen? */
#include "cli.h"

#include "neume/learn.h"
#include "neume/service.h"
#include "neume/service_compose.h"

#include <stddef.h>

typedef struct settings {
    cli_common common;
    const char *model, *learnt;
    int tunes, titles, bars, seed;
} settings;

static void defaults(void *at) {
    settings *s = at;
    s->seed = 1;
}

static neume_status print_scores(const neume_lm_scores *s, bool learnt, neume_buffer *out) {
    NEUME_TRY(neume_buffer_print(out, "{\"tunes\": %d, \"bytes\": %lld, \"tokens\": %lld, \"bits_per_character\": %.4f",
                                 s->tunes, (long long)s->bytes, (long long)s->tokens, s->bits / (double)s->bytes));
    if (s->titles)
        NEUME_TRY(neume_buffer_print(out, ", \"titles\": %d, \"title_recall_10_of_100\": %.4f, \"title_mrr\": %.4f",
                                     s->titles, s->title_recall, s->title_rank));
    if (s->bars)
        NEUME_TRY(neume_buffer_print(out, ", \"bars\": %d, \"bar_filled\": %.4f, \"bar_continued\": %.4f", s->bars,
                                     s->bar_filled, s->bar_continued));
    if (s->bars && learnt) NEUME_TRY(neume_buffer_print(out, ", \"bar_6grams\": %.4f", s->bar_grams));
    return neume_buffer_print(out, "}\n");
}

static int run(const cli_call *call) {
    const settings *at = call->settings;
    const neume_lm_eval_options options = {at->tunes, at->titles, at->bars, at->learnt, at->seed};
    neume_buffer path = {0}, text = {0};
    neume_lm_scores scores;
    if (call->count != 1) return cli_usage_error("usage: neume eval lm TUNES.abc");
    cli_bar bar;
    cli_bar_start(&bar, &at->common, "reading");
    const neume_progress progress = cli_bar_progress(&bar);
    neume_status status = neume_model_find(at->model, NEUME_MODEL_COMPOSE, &path);
    if (!status) status = neume_lm_evaluate(path.data, call->operands[0], &options, &progress, &scores);
    cli_bar_end(&bar);
    neume_buffer_clear(&path);
    if (status) {
        cli_complain(NULL);
        return cli_exit_reading(status);
    }
    return print_scores(&scores, at->learnt != NULL, &text) ? EXIT_FAILED : cli_say(&text);
}

static const cli_option options[] = {
    {"model", 'm', CLI_TEXT, offsetof(settings, model), "FILE", "the model; default: the one that ships", NULL, 0, 0},
    {"tunes", 'n', CLI_INT, offsetof(settings, tunes), "N", "only so many tunes, spread over the file", NULL, 1, 1e6},
    {"titles", 0, CLI_INT, offsetof(settings, titles), "N", "look for N titles among 100 each", NULL, 0, 1e5},
    {"bars", 0, CLI_INT, offsetof(settings, bars), "N", "guess N bars that were taken out", NULL, 0, 1e5},
    {"learnt", 0, CLI_TEXT, offsetof(settings, learnt), "FILE", "the ABC it learnt from, for 6-grams beside it", NULL,
     0, 0},
    {"seed", 0, CLI_INT, offsetof(settings, seed), "N", "chooses titles and bars; default 1", NULL, 0, 2147483647},
    {0},
};

const cli_verb cli_eval_lm = {"eval lm",
                              "TUNES.abc",
                              "score a language model on tunes it has not seen",
                              "Bits per character: minus the log2-probability of every tune from its K: line to its "
                              "end, its head given, nothing masked, by the bytes of that text. With --titles: is a "
                              "tune's title among the ten likeliest of 100? With --bars: is a bar that was taken out "
                              "guessed exactly, by the model that sees both sides, by the model that sees what is "
                              "before, by 6-grams?",
                              "neume eval lm data/abc/dev.abc --titles 200 --bars 500 --learnt data/abc/train.abc",
                              options,
                              sizeof(settings),
                              defaults,
                              run};
