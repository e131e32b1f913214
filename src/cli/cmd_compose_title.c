/* neume compose title: what a tune might be called. */
#include "cmd_compose.h"

typedef struct settings {
    cli_common common;
    compose_common compose;
    compose_writing writing;
} settings;

static neume_status print_title(const neume_title *title, bool json, bool first, neume_buffer *out) {
    if (!json) return neume_buffer_print(out, "%.4f\t%s\n", title->probability, title->text);
    NEUME_TRY(
        neume_buffer_print(out, "%s{\"probability\": %.4f, \"title\": ", first ? "[" : ",\n", title->probability));
    NEUME_TRY(cli_json_string(out, title->text));
    return neume_buffer_print(out, "}");
}

static int print_titles(const neume_title *titles, size_t count, bool json) {
    neume_buffer text = {0};
    neume_status status = NEUME_OK;
    for (size_t t = 0; t < count && !status; t++) status = print_title(&titles[t], json, t == 0, &text);
    if (!status && json) status = neume_buffer_print(&text, count ? "]\n" : "[]\n");
    return status ? EXIT_FAILED : cli_say(&text);
}

static int run(const cli_call *call) {
    const settings *at = call->settings;
    const neume_writing_options how = compose_options(&at->compose, &at->writing);
    neume_composer *composer = NULL;
    neume_score *piece = NULL;
    neume_title titles[64];
    size_t count = 0;
    if (call->count != 1) return cli_usage_error("usage: neume compose title FILE");
    int exit_status = compose_read(call->operands[0], &at->compose, &piece);
    if (!exit_status) exit_status = compose_open(&at->writing, &composer);
    if (!exit_status) {
        const neume_status status = neume_compose_titles(composer, piece, &how, titles, &count);
        exit_status = status ? compose_failed(call->operands[0], status) : print_titles(titles, count, at->common.json);
    }
    neume_composer_free(composer);
    neume_score_free(piece);
    return exit_status;
}

static void defaults(void *settings_) {
    settings *at = settings_;
    compose_defaults(&at->compose, &at->writing, 5);
}

static const cli_option options[] = {
    COMPOSE_WRITING_OPTIONS(settings, writing),
    {"seed", 0, CLI_NUMBER, offsetof(settings, compose.seed), "N",
     "what is left to chance follows this number: the same seed gives the same titles", NULL, 0, 9e15},
    COMPOSE_TUNE_OPTION(settings, compose),
    {0},
};

const cli_verb cli_compose_title = {
    "compose title",
    "FILE",
    "find titles for a tune",
    "The language model, which learnt titles with their tunes, writes titles for this one. Prints them with their "
    "probabilities, which add up to 1 over all different ones that were written, the likeliest first.",
    "neume compose title tune.abc -n 5",
    options,
    sizeof(settings),
    defaults,
    run};
