/* neume compose vary: variations of a piece. */
#include "cmd_compose.h"

typedef struct settings {
    cli_common common;
    compose_common compose;
    compose_writing writing;
    double strength;
    bool resample;
} settings;

static int run(const cli_call *call) {
    const settings *at = call->settings;
    const neume_writing_options how = compose_options(&at->compose, &at->writing);
    neume_composer *composer = NULL;
    neume_score *piece = NULL;
    neume_ideas ideas = {0};
    if (call->count != 1) return cli_usage_error("usage: neume compose vary FILE");
    int exit_status = compose_check_out(&at->compose);
    if (!exit_status) exit_status = compose_read(call->operands[0], &at->compose, &piece);
    if (!exit_status && (at->resample || at->writing.model)) exit_status = compose_open(&at->writing, &composer);
    if (!exit_status) {
        const neume_status status = neume_compose_vary(composer, piece, at->strength, &how, &ideas);
        exit_status = compose_finish(call->operands[0], status, &ideas, at->common.json, &at->compose);
    }
    neume_composer_free(composer);
    neume_score_free(piece);
    return exit_status;
}

static void defaults(void *settings_) {
    settings *at = settings_;
    compose_defaults(&at->compose, &at->writing, 1);
    at->strength = 0.5;
}

static const cli_option options[] = {
    {"strength", 0, CLI_NUMBER, offsetof(settings, strength), "N",
     "from 0, nothing changes, to 1, every bar may; .5 otherwise", NULL, 0, 1},
    {"resample", 0, CLI_FLAG, offsetof(settings, resample), NULL, "let the language model write the chosen bars anew",
     NULL, 0, 0},
    COMPOSE_WRITING_OPTIONS(settings, writing),
    COMPOSE_OUT_OPTIONS(settings, compose),
    COMPOSE_TUNE_OPTION(settings, compose),
    {0},
};

const cli_verb cli_compose_vary = {
    "compose vary",
    "FILE [--strength N] [-o OUT]",
    "write variations of a tune",
    "Some bars of the melody, by chance and strength, get neighbour notes, broken chords and dotted rhythms; with "
    "--resample (or --model) the language model writes them anew. The notes on the beats (by rules), chord symbols, "
    "upbeats, the last bar of every section and all other voices stay.",
    "neume compose vary tune.abc --strength .7 -n 3 -o variations.pdf",
    options,
    sizeof(settings),
    defaults,
    run};
