/* neume taste: what was heard comes in, goes out, is forgotten, described and counted. */
#include "cli_store.h"

#include <string.h>

/* --- import ------------------------------------------------------------------------------------------------------- */

typedef struct import_settings {
    cli_common common;
    cli_store store;
    const char *user, *format, *by;
} import_settings;

static void set_import_defaults(void *at) {
    ((import_settings *)at)->format = "auto";
    ((import_settings *)at)->by = "track";
}

static neume_history_format find_format(const char *name) {
    int format = NEUME_HISTORY_AUTO;
    while (strcmp(name, neume_history_format_name((neume_history_format)format)) != 0) format++;
    return (neume_history_format)format;
}

static neume_status print_tally_json(const char *file, const neume_history_tally *tally, neume_buffer *out) {
    NEUME_TRY(neume_buffer_print(out, "{\"file\": "));
    NEUME_TRY(cli_json_string(out, file));
    NEUME_TRY(neume_buffer_print(out,
                                 ", \"format\": \"%s\", \"taken\": %lld, \"left_out\": %lld, \"first_bad_line\": %lld, "
                                 "\"why\": ",
                                 neume_history_format_name(tally->format), (long long)tally->taken,
                                 (long long)tally->left_out, (long long)tally->first_bad_line));
    NEUME_TRY(cli_json_string(out, tally->why));
    return neume_buffer_print(out, "}\n");
}

static neume_status print_tally(const char *file, const neume_history_tally *tally, neume_buffer *out) {
    NEUME_TRY(neume_buffer_print(out, "%s: %s, %lld taken", file, neume_history_format_name(tally->format),
                                 (long long)tally->taken));
    if (tally->left_out)
        NEUME_TRY(neume_buffer_print(out, ", %lld left out, the first at line %lld: %s", (long long)tally->left_out,
                                     (long long)tally->first_bad_line, tally->why));
    return neume_buffer_print(out, "\n");
}

static int import_file(const import_settings *at, neume_store *store, const char *file) {
    const neume_import_options options = {
        .history = {.format = find_format(at->format), .by_artist = strcmp(at->by, "artist") == 0}, .user = at->user};
    neume_history_tally tally;
    neume_buffer text = {0};
    cli_bar bar;
    cli_bar_start(&bar, &at->common, file);
    const neume_progress progress = cli_bar_progress(&bar);
    neume_status status = neume_listening_import(store, file, &options, &progress, &tally);
    cli_bar_end(&bar);
    if (status) {
        cli_complain(file);
        return cli_exit_reading(status);
    }
    if (at->common.quiet && !at->common.json) return EXIT_DONE;
    status = (at->common.json ? print_tally_json : print_tally)(file, &tally, &text);
    return status ? cli_exit_status(status) : cli_say(&text);
}

static int run_import(const cli_call *call) {
    const import_settings *at = call->settings;
    neume_store *store = NULL;
    if (!call->count) return cli_usage_error("usage: neume taste import FILE...");
    int result = cli_store_open(&at->store, true, &store);
    for (size_t i = 0; i < call->count && store && !neume_cancelled(); i++) {
        const int one = import_file(at, store, call->operands[i]);
        if (one) result = one;
    }
    neume_store_close(store);
    return result;
}

static const cli_option import_options[] = {
    {"as", 0, CLI_CHOICE, offsetof(import_settings, format), "FORMAT",
     "what the files are; auto, the default, looks at their first line", "auto plays items tags listenbrainz lastfm", 0,
     0},
    {"by", 0, CLI_CHOICE, offsetof(import_settings, by), "WHAT",
     "what listens of ListenBrainz and Last.fm count for: the track, as is usual, or the artist", "track artist", 0, 0},
    {"user", 0, CLI_TEXT, offsetof(import_settings, user), "NAME",
     "whose listening it is, where the file does not say; 'me' if not given", NULL, 0, 0},
    CLI_STORE_OPTIONS(import_settings, store),
    {0},
};

const cli_verb cli_taste_import = {
    "taste import",
    "FILE...",
    "take listening data and catalogues into the store",
    "Plays are lines of user, item, plays and perhaps a time; items have a heading with id and any of name, artist, "
    "year, "
    "tags (jazz:3|calm) and numbers, which become features; exports of ListenBrainz (JSON) and of Last.fm (CSV) are "
    "known. A heading may name the columns of plays: user, item, plays, time, kind (play, like, skip, ban, rating), "
    "rating (0 to 1). A file is taken as a whole or not at all; lines that make no sense are left out and counted; the "
    "same file twice is there once. Names of users become pseudonyms: see docs/privacy.md.",
    "neume taste import plays.tsv items.csv",
    import_options,
    sizeof(import_settings),
    set_import_defaults,
    run_import};

/* --- one listener ------------------------------------------------------------------------------------------------- */

typedef struct user_settings {
    cli_common common;
    cli_store store;
    const char *user, *output;
    double zone_hours;
} user_settings;

static int run_export(const cli_call *call) {
    const user_settings *at = call->settings;
    neume_store *store = NULL;
    neume_buffer text = {0};
    if (!at->user || call->count) return cli_usage_error("usage: neume taste export --user U [-o FILE]");
    const int opened = cli_store_open(&at->store, false, &store);
    if (opened) return opened;
    const neume_status status = neume_listening_export(store, at->user, &text);
    neume_store_close(store);
    if (!status) return cli_write(at->output ? at->output : "-", &text);
    neume_buffer_clear(&text);
    return cli_store_complain(status);
}

static int run_forget(const cli_call *call) {
    const user_settings *at = call->settings;
    neume_store *store = NULL;
    neume_buffer text = {0};
    int64_t events = 0;
    if (!at->user || call->count) return cli_usage_error("usage: neume taste forget --user U");
    const int opened = cli_store_open(&at->store, false, &store);
    if (opened) return opened;
    neume_status status = neume_listening_forget(store, at->user, &events);
    neume_store_close(store);
    if (status) return cli_store_complain(status);
    if (at->common.quiet) return EXIT_DONE;
    status = neume_buffer_print(&text, at->common.json ? "{\"forgotten_events\": %lld}\n" : "forgotten: %lld events\n",
                                (long long)events);
    return status ? cli_exit_status(status) : cli_say(&text);
}

static int run_profile(const cli_call *call) {
    const user_settings *at = call->settings;
    neume_store *store = NULL;
    neume_buffer text = {0};
    if (!at->user || call->count) return cli_usage_error("usage: neume taste profile --user U");
    const int opened = cli_store_open(&at->store, false, &store);
    if (opened) return opened;
    const neume_profile_options options = {.zone_hours = at->zone_hours, .json = at->common.json};
    const neume_status status = neume_listening_profile(store, at->user, &options, &text);
    neume_store_close(store);
    if (!status) return cli_say(&text);
    neume_buffer_clear(&text);
    return cli_store_complain(status);
}

#define USER_OPTION                                                                                                    \
    { "user", 'u', CLI_TEXT, offsetof(user_settings, user), "NAME", "the listener, by name or pseudonym", NULL, 0, 0 }

static const cli_option export_options[] = {
    USER_OPTION,
    {"output", 'o', CLI_TEXT, offsetof(user_settings, output), "FILE", "write to this file", NULL, 0, 0},
    CLI_STORE_OPTIONS(user_settings, store),
    {0},
};
static const cli_option forget_options[] = {USER_OPTION, CLI_STORE_OPTIONS(user_settings, store), {0}};
static const cli_option profile_options[] = {
    USER_OPTION,
    {"zone", 0, CLI_NUMBER, offsetof(user_settings, zone_hours), "HOURS",
     "tell hours of the day so many hours east of Greenwich", NULL, -14, 14},
    CLI_STORE_OPTIONS(user_settings, store),
    {0},
};

const cli_verb cli_taste_export = {"taste export",
                                   "--user U",
                                   "print all that is known of a listener, as JSON",
                                   "Every play, like, skip, ban and rating with its item and time.",
                                   "neume taste export --user alice -o alice.json",
                                   export_options,
                                   sizeof(user_settings),
                                   NULL,
                                   run_export};

const cli_verb cli_taste_forget = {
    "taste forget",
    "--user U",
    "delete a listener with all that he did",
    "Events, the pseudonym, items that nobody else has heard and no catalogue lists, and the model that was learnt "
    "with "
    "him: it is learnt anew without him when it is next needed. The bytes are overwritten. Backups made before, and "
    "models written to files by neume train taste -o, are not reached: delete them, or make them anew.",
    "neume taste forget --user alice",
    forget_options,
    sizeof(user_settings),
    NULL,
    run_forget};

const cli_verb cli_taste_profile = {
    "taste profile",
    "--user U",
    "show what a listener hears, when and in which mood",
    "Counts, styles beside what is usual in the catalogue, artists, plays and moods by hour of the day, the share of "
    "the "
    "last month's plays that were first ones, and the mean surprise: how few of all listeners know what he hears, in "
    "bits.",
    "neume taste profile --user alice --zone 8",
    profile_options,
    sizeof(user_settings),
    NULL,
    run_profile};

/* --- all listeners ------------------------------------------------------------------------------------------------ */

typedef struct stats_settings {
    cli_common common;
    cli_store store;
    double epsilon;
} stats_settings;

static int run_stats(const cli_call *call) {
    const stats_settings *at = call->settings;
    neume_store *store = NULL;
    neume_buffer text = {0};
    if (call->count) return cli_usage_error("usage: neume taste stats [--epsilon E]");
    const int opened = cli_store_open(&at->store, false, &store);
    if (opened) return opened;
    const neume_status status = neume_listening_stats(store, at->epsilon, at->common.json, &text);
    neume_store_close(store);
    if (!status) return cli_say(&text);
    neume_buffer_clear(&text);
    return cli_store_complain(status);
}

static const cli_option stats_options[] = {
    {"epsilon", 0, CLI_NUMBER, offsetof(stats_settings, epsilon), "E",
     "add noise, so that the numbers may be published: less of E is more noise; 1 is usual", NULL, 1e-3, 100},
    CLI_STORE_OPTIONS(stats_settings, store),
    {0},
};

const cli_verb cli_taste_stats = {"taste stats",
                                  "",
                                  "count listeners and what they hear",
                                  "With --epsilon the counts are differentially private: whether any one listener is "
                                  "among them changes the chance of "
                                  "any answer by a factor of at most e to the power of epsilon. Each asking spends its "
                                  "own epsilon: publish one answer, "
                                  "not many.",
                                  "neume taste stats --epsilon 1",
                                  stats_options,
                                  sizeof(stats_settings),
                                  NULL,
                                  run_stats};
