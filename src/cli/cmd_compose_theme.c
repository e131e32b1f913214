/* neume compose theme, neume compose inspire: new tunes. */
#include "cmd_compose.h"

typedef struct settings {
    cli_common common;
    compose_common compose;
    compose_writing writing;
    neume_theme_wish wish;
} settings;

typedef neume_status writer(const neume_composer *composer, const neume_theme_wish *wish,
                            const neume_writing_options *how, neume_ideas *out);

static int write_themes(const cli_call *call, writer *write, const char *usage) {
    const settings *at = call->settings;
    const neume_writing_options how = compose_options(&at->compose, &at->writing);
    neume_theme_wish wish = at->wish;
    compose_common out = at->compose;
    neume_composer *composer = NULL;
    neume_ideas ideas = {0};
    if (call->count) return cli_usage_error("%s", usage);
    wish.title = at->compose.title;
    int exit_status = compose_check_out(&at->compose);
    if (!exit_status) exit_status = compose_open(&at->writing, &composer);
    if (exit_status) return exit_status;
    exit_status = compose_finish(NULL, write(composer, &wish, &how, &ideas), &ideas, at->common.json, &out);
    neume_composer_free(composer);
    return exit_status;
}

static int run_theme(const cli_call *call) {
    return write_themes(call, neume_compose_theme, "usage: neume compose theme");
}

static int run_inspire(const cli_call *call) {
    return write_themes(call, neume_compose_inspire, "usage: neume compose inspire");
}

static void theme_defaults(void *at) {
    compose_defaults(&((settings *)at)->compose, &((settings *)at)->writing, 1);
}

static void inspire_defaults(void *at) {
    compose_defaults(&((settings *)at)->compose, &((settings *)at)->writing, 5);
}

static const cli_option options[] = {
    {"key", 0, CLI_TEXT, offsetof(settings, wish.key), "KEY", "the key, like G, Am, \"F# minor\", \"D dorian\"", NULL,
     0, 0},
    {"metre", 0, CLI_TEXT, offsetof(settings, wish.metre), "N/N", "the metre, like 3/4 or 6/8", NULL, 0, 0},
    {"rhythm", 0, CLI_TEXT, offsetof(settings, wish.rhythm), "NAME",
     "the kind of tune: reel, jig, slipjig, slide, hornpipe, polka, waltz, march, strathspey, air, barndance, mazurka, "
     "song, chorale, dance",
     NULL, 0, 0},
    {"style", 0, CLI_TEXT, offsetof(settings, wish.style), "NAME",
     "as a collection has it: session, oneill, aird, ryan, nottingham, hymnal, folk, song, quartet, orchestra, polish",
     NULL, 0, 0},
    {"mood", 0, CLI_TEXT, offsetof(settings, wish.mood), "WORD",
     "amazement, solemnity, tenderness, nostalgia, calmness, power, joyful_activation, tension, sadness, or a plain "
     "word "
     "in English or Chinese: happy, sad, calm",
     NULL, 0, 0},
    {"bars", 0, CLI_INT, offsetof(settings, wish.bars), "N", "so many bars, exactly", NULL, 1, 64},
    {"voices", 0, CLI_INT, offsetof(settings, wish.voices), "N", "so many voices", NULL, 1, 8},
    COMPOSE_WRITING_OPTIONS(settings, writing),
    COMPOSE_OUT_OPTIONS(settings, compose),
    {0},
};

const cli_verb cli_compose_theme = {"compose theme",
                                    "[-o OUT]",
                                    "write a tune",
                                    "A language model of tunes writes what it finds likely, under a grammar that makes "
                                    "every bar full, every repeat close "
                                    "and the tune exactly as long as asked, in the key and metre asked for; twice as "
                                    "many are written as -n says, the best "
                                    "ranked are given. A mood chooses mode, kind, tempo and range where these are not "
                                    "said. Without --bars a theme has 16.",
                                    "neume compose theme --key Em --rhythm jig --bars 16 -n 3 -o jigs.pdf",
                                    options,
                                    sizeof(settings),
                                    theme_defaults,
                                    run_theme};

const cli_verb cli_compose_inspire = {
    "compose inspire",
    "[--mood WORD] [-n N] [-o OUT]",
    "write several short ideas to begin with",
    "Short themes (4 bars unless --bars says otherwise) for a mood or a kind of tune, each in a key, metre and kind of "
    "its "
    "own where these are not said, ranked by how likely the model finds them and how little they repeat.",
    "neume compose inspire --mood happy -n 5",
    options,
    sizeof(settings),
    inspire_defaults,
    run_inspire};
