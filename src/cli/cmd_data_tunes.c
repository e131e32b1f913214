/* neume data tunes: scores of a few voices as tunes for the language model. */
#include "cli.h"

#include "neume/learn.h"

#include <stddef.h>
#include <stdio.h>

typedef struct settings {
    cli_common common;
    int least, most;
} settings;

static void defaults(void *at) {
    settings *s = at;
    s->least = 2;
    s->most = 4;
}

static int run(const cli_call *call) {
    const settings *at = call->settings;
    if (call->count < 2) return cli_usage_error("usage: neume data tunes SCORES... OUT.abc");
    neume_buffer tunes = {0};
    neume_tune_counts counts = {.least_voices = at->least, .most_voices = at->most};
    neume_status status = NEUME_OK;
    for (size_t i = 0; i + 1 < call->count && !status; i++)
        status = neume_tunes_from_scores(call->operands[i], &counts, &tunes);
    if (!status && !counts.tunes)
        status = neume_fail(NEUME_EFORMAT, "no score of %d to %d voices", at->least, at->most);
    if (status) {
        neume_buffer_clear(&tunes);
        cli_complain(NULL);
        return cli_exit_reading(status);
    }
    if (!at->common.quiet)
        fprintf(stderr, "neume: %d tunes of %d scores; %d other files\n", counts.tunes, counts.scores, counts.left_out);
    return cli_write(call->operands[call->count - 1], &tunes);
}

static const cli_option options[] = {
    {"least", 0, CLI_INT, offsetof(settings, least), "N", "voices a score has at least; default 2", NULL, 1, 64},
    {"most", 0, CLI_INT, offsetof(settings, most), "N", "voices a score has at most; default 4", NULL, 1, 64},
    {0},
};

const cli_verb cli_data_tunes = {
    "data tunes",
    "SCORES... OUT.abc",
    "cut scores of a few voices into tunes that the language model learns from",
    "Reads MusicXML, kern and ABC files, and folders of them, and writes excerpts of 16 bars: notes and bars alone, a "
    "line a bar with all voices on it, up to a score's first change of key or metre.",
    "neume data tunes --most 4 chorales quartets parts.abc",
    options,
    sizeof(settings),
    defaults,
    run};
