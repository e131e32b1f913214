/* neume eval captions: do captions find the aspects of their own clip? One JSON object a file. */
#include "cli.h"

#include "neume/learn_words.h"

enum { LIMIT_BYTES = 256 << 20 };

typedef struct settings {
    cli_common common;
    int clips, seed;
} settings;

static void defaults(void *settings_) {
    settings *at = settings_;
    at->clips = 1000;
    at->seed = 1;
}

static neume_status score(const neume_buffer *csv, const settings *at, neume_buffer *out) {
    neume_caption_scores s = {0};
    neume_words *words = NULL;
    neume_status status = neume_words_new(&words);
    if (!status)
        status = neume_captions_score(words, csv->data ? csv->data : "", csv->size, (size_t)at->clips,
                                      (uint64_t)at->seed, &s);
    neume_words_free(words);
    if (status) return status;
    return neume_buffer_print(
        out,
        "{\"clips\": %zu, \"seed\": %d, \"bm25\": {\"mrr\": %.4f, \"first\": %.4f}, \"bm25_damped\": "
        "{\"mrr\": %.4f, \"first\": %.4f}, \"neume\": {\"mrr\": %.4f, \"first\": %.4f}, "
        "\"difference\": %.4f, \"standard_error\": %.4f}\n",
        s.clips, at->seed, s.mrr[NEUME_CAPTIONS_PLAIN], s.first[NEUME_CAPTIONS_PLAIN], s.mrr[NEUME_CAPTIONS_DAMPED],
        s.first[NEUME_CAPTIONS_DAMPED], s.mrr[NEUME_CAPTIONS_EXPANDED], s.first[NEUME_CAPTIONS_EXPANDED], s.difference,
        s.standard_error);
}

static int run(const cli_call *call) {
    const settings *at = call->settings;
    if (call->count != 1) return cli_usage_error("usage: neume eval captions FILE.csv");
    neume_buffer csv = {0}, out = {0};
    neume_status status = neume_file_read(call->operands[0], LIMIT_BYTES, &csv);
    if (!status) status = score(&csv, at, &out);
    neume_buffer_clear(&csv);
    if (!status) return cli_say(&out);
    cli_complain(call->operands[0]);
    neume_buffer_clear(&out);
    return cli_exit_reading(status);
}

static const cli_option options[] = {
    {"clips", 0, CLI_INT, offsetof(settings, clips), "N", "how many clips are chosen; default 1000", NULL, 1, 10000000},
    {"seed", 0, CLI_INT, offsetof(settings, seed), "N", "which ones; default 1", NULL, 0, 2147483647},
    {0},
};

const cli_verb cli_eval_captions = {
    "eval captions",
    "FILE.csv",
    "score how captions find their own aspects",
    "Takes a table of MusicCaps (CSV with the columns caption and aspect_list), chooses clips by a seed, and ranks for "
    "each caption the aspect lists of all chosen clips. Prints the mean reciprocal rank of the right list and how "
    "often "
    "it comes first: by BM25, by BM25 with a question's repeated words damped, and by neume's search (without endings, "
    "with pairs of words and the lexicon's concepts); the difference is the last less the better of the others, with "
    "its standard error, paired by caption.",
    "neume eval captions musiccaps-public.csv",
    options,
    sizeof(settings),
    defaults,
    run};
