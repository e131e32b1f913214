/* neume compose continue, neume compose fill: more of a piece, and some of it anew. */
#include "cmd_compose.h"

#include <stdlib.h>

typedef struct settings {
    cli_common common;
    compose_common compose;
    compose_writing writing;
    const char *range; /* fill: "5-8" */
    int bars;          /* continue */
} settings;

/* "5-8" or "5". */
static bool read_range(const char *text, int *first, int *last) {
    char *end;
    const long a = strtol(text, &end, 10), b = *end == '-' ? strtol(end + 1, &end, 10) : a;
    *first = (int)a;
    *last = (int)b;
    return end != text && !*end && a >= 1 && b >= a && b < 100000;
}

static int write_bars(const cli_call *call, bool fill, int first, int last) {
    const settings *at = call->settings;
    const neume_writing_options how = compose_options(&at->compose, &at->writing);
    neume_composer *composer = NULL;
    neume_score *piece = NULL;
    neume_ideas ideas = {0};
    int exit_status = compose_check_out(&at->compose);
    if (!exit_status) exit_status = compose_read(call->operands[0], &at->compose, &piece);
    if (!exit_status) exit_status = compose_open(&at->writing, &composer);
    if (!exit_status) {
        const neume_status status = fill ? neume_compose_fill(composer, piece, first, last, &how, &ideas)
                                         : neume_compose_continue(composer, piece, at->bars, &how, &ideas);
        exit_status = compose_finish(call->operands[0], status, &ideas, at->common.json, &at->compose);
    }
    neume_composer_free(composer);
    neume_score_free(piece);
    return exit_status;
}

static int run_continue(const cli_call *call) {
    if (call->count != 1) return cli_usage_error("usage: neume compose continue FILE");
    return write_bars(call, false, 0, 0);
}

static int run_fill(const cli_call *call) {
    const settings *at = call->settings;
    int first = 0, last = 0;
    if (call->count != 1 || !at->range) return cli_usage_error("usage: neume compose fill FILE --bars FIRST-LAST");
    if (!read_range(at->range, &first, &last)) return cli_usage_error("bars are like 5-8, not '%s'", at->range);
    return write_bars(call, true, first, last);
}

static void defaults(void *settings_) {
    settings *at = settings_;
    compose_defaults(&at->compose, &at->writing, 1);
    at->bars = 8;
}

static const cli_option continue_options[] = {
    {"bars", 0, CLI_INT, offsetof(settings, bars), "N", "so many bars more; 8 otherwise", NULL, 1, 64},
    COMPOSE_WRITING_OPTIONS(settings, writing),
    COMPOSE_OUT_OPTIONS(settings, compose),
    COMPOSE_TUNE_OPTION(settings, compose),
    {0},
};

static const cli_option fill_options[] = {
    {"bars", 0, CLI_TEXT, offsetof(settings, range), "FIRST-LAST", "which bars, counted from 1 behind an upbeat", NULL,
     0, 0},
    COMPOSE_WRITING_OPTIONS(settings, writing),
    COMPOSE_OUT_OPTIONS(settings, compose),
    COMPOSE_TUNE_OPTION(settings, compose),
    {0},
};

const cli_verb cli_compose_continue = {"compose continue",
                                       "FILE [-o OUT]",
                                       "go on behind the end of a tune",
                                       "The language model goes on where a tune of one voice ends, in its key and "
                                       "metre, for exactly as many bars as --bars "
                                       "says. What is there stays as it is.",
                                       "neume compose continue tune.abc --bars 8 -o longer.abc",
                                       continue_options,
                                       sizeof(settings),
                                       defaults,
                                       run_continue};

const cli_verb cli_compose_fill = {"compose fill",
                                   "FILE --bars FIRST-LAST [-o OUT]",
                                   "write some bars of a tune anew",
                                   "The language model writes these bars of the melody, knowing what stands before and "
                                   "behind them. Every other bar and "
                                   "voice stays as it is; chord symbols stay where notes begin under them.",
                                   "neume compose fill tune.abc --bars 5-8 -n 3",
                                   fill_options,
                                   sizeof(settings),
                                   defaults,
                                   run_fill};
