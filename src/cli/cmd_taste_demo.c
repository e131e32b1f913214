/* neume taste demo: an invented world to try everything on. */
#include "cli_store.h"

#include <string.h>

typedef struct settings {
    cli_common common;
    cli_store store;
    int seed;
} settings;

static void set_defaults(void *at) {
    ((settings *)at)->store.path = "neume-demo.db";
    ((settings *)at)->seed = 1;
}

/* What to try next; tests/e2e/listening.sh runs each of these lines. */
static const char *const next_lines[] = {
    "taste profile --user 7",
    "recommend --user 7 -n 5 --explain",
    "recommend --like song-042 -n 5",
    "recommend --prompt \"quiet piano for studying, no vocals\" -n 5 --explain",
    "recommend --prompt \"我想听一首旋律优美的轻音乐\" --user 7 -n 5 --explain",
    "recommend --session song-001,song-013 -n 5 --novelty 0.5",
    "recommend --like song-042 --radio -n 8",
    "recommend --from song-001 --to song-007 -n 6",
    "taste stats --epsilon 1",
    "taste export --user 7",
    "taste forget --user 7",
};

static int say_next(const settings *at) {
    neume_buffer text = {0};
    neume_status status =
        neume_buffer_print(&text, "invented 400 songs and 240 listeners in %s; try\n", at->store.path);
    for (size_t i = 0; i < sizeof next_lines / sizeof *next_lines && !status; i++)
        status = neume_buffer_print(&text, "  neume %s --store %s\n", next_lines[i], at->store.path);
    return status ? cli_exit_status(status) : cli_say(&text);
}

static int run(const cli_call *call) {
    const settings *at = call->settings;
    neume_store *store = NULL;
    if (call->count) return cli_usage_error("usage: neume taste demo [--store FILE]");
    const int opened = cli_store_open(&at->store, true, &store);
    if (opened) return opened;
    const neume_status status = neume_listening_demo(store, (uint64_t)at->seed);
    neume_store_close(store);
    if (status) return cli_store_complain(status);
    return at->common.quiet ? EXIT_DONE : say_next(at);
}

static const cli_option options[] = {
    {"seed", 0, CLI_INT, offsetof(settings, seed), "N", "another world for another number", NULL, 0, 2147483647},
    CLI_STORE_OPTIONS(settings, store),
    {0},
};

const cli_verb cli_taste_demo = {"taste demo",
                                 "",
                                 "invent a small world of music and listeners to try things on",
                                 "Makes a store of its own, neume-demo.db in this folder unless --store names another, "
                                 "with 400 invented songs of twelve styles (tags, years, tempo, emotion, an invented "
                                 "embedding) and 240 invented listeners with what they heard in 120 days, and prints "
                                 "what to try next.",
                                 "neume taste demo --store world.db",
                                 options,
                                 sizeof(settings),
                                 set_defaults,
                                 run};
