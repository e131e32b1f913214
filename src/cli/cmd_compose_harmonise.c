/* neume compose harmonise: chords for a melody, as symbols or in four parts. */
#include "cmd_compose.h"

typedef struct settings {
    cli_common common;
    compose_common compose;
    int voices;
} settings;

static int run(const cli_call *call) {
    const settings *at = call->settings;
    const neume_harmonise_options options = {at->voices};
    neume_score *piece = NULL;
    int faults = 0;
    if (call->count != 1) return cli_usage_error("usage: neume compose harmonise FILE");
    int exit_status = compose_check_out(&at->compose);
    if (!exit_status) exit_status = compose_read(call->operands[0], &at->compose, &piece);
    if (exit_status) return exit_status;
    const neume_status status = neume_harmonise(piece, &options, &faults);
    if (!status && faults && !at->common.quiet)
        neume_log(NEUME_LOG_WARNING, "%s: no way below this melody keeps all rules; places that do not: %d",
                  call->operands[0], faults);
    exit_status = status ? compose_failed(call->operands[0], status) : compose_write(&piece, 1, &at->compose);
    neume_score_free(piece);
    return exit_status;
}

static const cli_option options[] = {
    {"voices", 0, CLI_INT, offsetof(settings, voices), "N",
     "4: write soprano, alto, tenor and bass; otherwise chord symbols", NULL, 0, 4},
    COMPOSE_OUT_OPTIONS(settings, compose),
    COMPOSE_TUNE_OPTION(settings, compose),
    {0},
};

const cli_verb cli_compose_harmonise = {
    "compose harmonise",
    "FILE [-o OUT]",
    "find chords for a melody",
    "Writes chord symbols over the melody (the first voice), as tunes with chords would have them: likelihoods counted "
    "from such tunes, the best sequence over the whole piece. With --voices 4 the melody becomes the soprano of four "
    "parts with the chords that the file names, or else those found: without parallel fifths and octaves, crossing "
    "parts "
    "or unresolved leading notes wherever that can be.",
    "neume compose harmonise tune.abc --voices 4 -o hymn.pdf",
    options,
    sizeof(settings),
    NULL,
    run};
