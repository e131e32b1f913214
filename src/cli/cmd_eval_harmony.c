/* neume eval harmony: how often are a melody's chords those that the tune has? */
#include "cli.h"

#include "neume/learn.h"

typedef struct settings {
    cli_common common;
    const char *sources;
} settings;

static int run(const cli_call *call) {
    const settings *at = call->settings;
    neume_harmony_scores scores;
    neume_buffer text = {0};
    if (call->count != 1) return cli_usage_error("usage: neume eval harmony TUNES");
    const neume_status status = neume_harmony_score(call->operands[0], at->sources ? at->sources : "", &scores);
    if (status) {
        cli_complain(call->operands[0]);
        return cli_exit_reading(status);
    }
    if (neume_buffer_print(&text,
                           "{\"tunes\": %d, \"quarters\": %.0f, \"root\": %.4f, \"chord\": %.4f, \"tonic\": %.4f}\n",
                           scores.tunes, scores.quarters, scores.root, scores.chord, scores.tonic))
        return EXIT_FAILED;
    return cli_say(&text);
}

static const cli_option options[] = {
    {"sources", 0, CLI_TEXT, offsetof(settings, sources), "LIST",
     "only tunes of these collections (their S: fields), apart by commas", NULL, 0, 0},
    {0},
};

const cli_verb cli_eval_harmony = {"eval harmony",
                                   "TUNES",
                                   "score chords found for melodies",
                                   "Finds chords for the melodies of an ABC file and compares them with the tunes' "
                                   "chord symbols. root: the share of time "
                                   "with the true root; chord: with root and kind (major, minor, diminished, seventh); "
                                   "tonic: what saying the tonic all "
                                   "the time would score.",
                                   "neume eval harmony data/abc/dev.abc --sources nottingham",
                                   options,
                                   sizeof(settings),
                                   NULL,
                                   run};
