/* neume taste ask: what is understood of a wish. */
#include "cli.h"

#include "neume/service_prompt.h"

#include <stdlib.h>
#include <string.h>

typedef struct settings {
    cli_common common;
    const char *rewrite, *rewrite_model;
} settings;

static neume_status print(const neume_query *query, bool json, neume_buffer *out) {
    NEUME_TRY(json ? neume_query_print_json(query, out) : neume_query_print(query, out));
    return neume_buffer_append(out, "\n", 1);
}

/* "-" reads the prompt from standard input. */
static neume_status get_prompt(const char *operand, neume_buffer *out) {
    if (strcmp(operand, "-") == 0) return neume_file_read("-", NEUME_PROMPT_LONGEST_BYTES, out);
    return neume_buffer_append(out, operand, strlen(operand));
}

static int run(const cli_call *call) {
    const settings *at = call->settings;
    if (!call->count) return cli_usage_error("usage: neume taste ask \"PROMPT\"...");
    const neume_rewrite rewrite = {at->rewrite, at->rewrite_model, getenv("NEUME_REWRITE_KEY"), 0};
    neume_buffer out = {0};
    for (size_t i = 0; i < call->count; i++) {
        neume_query query = neume_query_none();
        neume_buffer prompt = {0};
        neume_status status = get_prompt(call->operands[i], &prompt);
        if (!status) status = neume_prompt_ask(prompt.data, prompt.size, at->rewrite ? &rewrite : NULL, &query);
        if (!status) status = print(&query, at->common.json, &out);
        neume_query_clear(&query);
        neume_buffer_clear(&prompt);
        if (status) {
            neume_buffer_clear(&out);
            cli_complain(NULL);
            return cli_exit_reading(status);
        }
    }
    return cli_say(&out);
}

static const cli_option options[] = {
    {"rewrite", 0, CLI_TEXT, offsetof(settings, rewrite), "URL",
     "let a language model behind this OpenAI-compatible URL read the prompt; without an answer the lexicon does", NULL,
     0, 0},
    {"rewrite-model", 0, CLI_TEXT, offsetof(settings, rewrite_model), "NAME", "the name of the model to ask for", NULL,
     0, 0},
    {0},
};

const cli_verb cli_taste_ask = {
    "taste ask",
    "\"PROMPT\"...",
    "show what is understood of a wish in words",
    "Turns each prompt, in Chinese or English, into a query: slot=value,value;not.slot=value, or JSON with the emotion "
    "and the tags as well. Slots are mood, style, instrument, activity, tempo, tempo_bpm, vocals, decade, key, "
    "language "
    "and like. A query may be edited and given back in place of a prompt. All of it works without network; with "
    "--rewrite the prompt is sent to the URL named, with the key in the environment variable NEUME_REWRITE_KEY if "
    "there "
    "is one.",
    "neume taste ask \"something calm to study to, no vocals\"",
    options,
    sizeof(settings),
    NULL,
    run};
