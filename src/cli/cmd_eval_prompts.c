/* neume eval prompts: how well are wishes understood? One JSON object a language, then all. */
#include "cli.h"

#include "neume/learn_words.h"

enum { LIMIT_BYTES = 16 << 20 };

typedef struct settings {
    cli_common common;
    bool verbose;
} settings;

static neume_status print_scores(const neume_prompt_scores *scores, neume_buffer *out) {
    const double both = (double)scores->counts.both, truth = (double)scores->counts.truth,
                 estimate = (double)scores->counts.estimate;
    NEUME_TRY(neume_buffer_print(out, "{\"language\": "));
    NEUME_TRY(cli_json_string(out, *scores->language ? scores->language : "all"));
    return neume_buffer_print(
        out, ", \"prompts\": %zu, \"values\": %zu, \"precision\": %.4f, \"recall\": %.4f, \"f1\": %.4f}\n",
        scores->prompts, scores->counts.truth, estimate > 0 ? both / estimate : 0, truth > 0 ? both / truth : 0,
        truth + estimate > 0 ? 2 * both / (truth + estimate) : 0);
}

static neume_status score(const neume_buffer *table, bool verbose, neume_buffer *out) {
    neume_prompt_scores scores[NEUME_PROMPT_LANGUAGES + 1];
    size_t count = 0;
    neume_words *words = NULL;
    neume_status status = neume_words_new(&words);
    if (!status) status = neume_prompts_score(words, table->data, table->size, scores, &count, verbose ? out : NULL);
    for (size_t i = 1; i < count && !status; i++) status = print_scores(&scores[i], out);
    if (!status) status = print_scores(&scores[0], out);
    neume_words_free(words);
    return status;
}

static int run(const cli_call *call) {
    const settings *at = call->settings;
    int result = EXIT_DONE;
    if (!call->count) return cli_usage_error("usage: neume eval prompts FILE.tsv");
    for (size_t i = 0; i < call->count; i++) {
        neume_buffer table = {0}, out = {0};
        neume_status status = neume_file_read(call->operands[i], LIMIT_BYTES, &table);
        if (!status) status = score(&table, at->verbose, &out);
        neume_buffer_clear(&table);
        if (status) {
            cli_complain(call->operands[i]);
            result = cli_exit_reading(status);
            neume_buffer_clear(&out);
        } else if (cli_say(&out))
            return EXIT_FAILED;
    }
    return result;
}

static const cli_option options[] = {
    {"verbose", 'v', CLI_FLAG, offsetof(settings, verbose), NULL,
     "first list each prompt that was misunderstood: what was missed, what was read into it", NULL, 0, 0},
    {0},
};

const cli_verb cli_eval_prompts = {"eval prompts",
                                   "FILE.tsv...",
                                   "score how wishes in words are understood",
                                   "Understands each prompt of a table with the columns prompt, language and slots "
                                   "(slot=value,value;not.slot=value) by "
                                   "the lexicon alone, and prints precision, recall and F1 over all slot values: a "
                                   "JSON object a language, then one for "
                                   "all.",
                                   "neume eval prompts tests/data/prompts.tsv",
                                   options,
                                   sizeof(settings),
                                   NULL,
                                   run};
