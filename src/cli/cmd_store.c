/* neume store: the file that listening is kept in. */
#include "cli_store.h"

#include <string.h>

typedef struct settings {
    cli_common common;
    cli_store store;
} settings;

static const cli_option options[] = {
    CLI_STORE_OPTIONS(settings, store),
    {0},
};

/* --- key ---------------------------------------------------------------------------------------------------------- */

static int run_key(const cli_call *call) {
    if (call->count != 1) return cli_usage_error("usage: neume store key FILE");
    const neume_status status = neume_store_key_write(call->operands[0]);
    if (!status) return EXIT_DONE;
    cli_complain(NULL);
    return cli_exit_writing(status);
}

const cli_verb cli_store_key = {"store key",
                                "FILE",
                                "make a key file for an encrypted store",
                                "Writes 256 random bits into a new file that only its owner may read. A store that is "
                                "begun with --key FILE is encrypted with it and opens with no other. Who loses the key "
                                "loses the store: keep a copy elsewhere.",
                                "neume store key neume.key",
                                NULL,
                                sizeof(cli_common),
                                NULL,
                                run_key};

/* --- backup ------------------------------------------------------------------------------------------------------- */

static int run_backup(const cli_call *call) {
    const settings *at = call->settings;
    neume_store *store = NULL;
    cli_bar bar;
    if (call->count != 1) return cli_usage_error("usage: neume store backup FILE");
    const int opened = cli_store_open(&at->store, false, &store);
    if (opened) return opened;
    cli_bar_start(&bar, &at->common, "copying");
    const neume_progress progress = cli_bar_progress(&bar);
    const neume_status status = neume_store_backup(store, call->operands[0], &progress);
    cli_bar_end(&bar);
    neume_store_close(store);
    if (!status) return EXIT_DONE;
    cli_complain(call->operands[0]);
    return cli_exit_writing(status);
}

const cli_verb cli_store_backup = {"store backup",
                                   "FILE",
                                   "copy the store into a new file",
                                   "Others may go on reading and writing meanwhile; the copy is the store as it was at "
                                   "one moment. The copy of an encrypted store is encrypted with the same key. Whoever "
                                   "is forgotten later stays in copies made before.",
                                   "neume store backup monday.db",
                                   options,
                                   sizeof(settings),
                                   NULL,
                                   run_backup};

/* --- migrate ------------------------------------------------------------------------------------------------------ */

static int say_versions(const settings *at, int old) {
    neume_buffer text = {0};
    const int new = neume_store_version_newest();
    neume_status status;
    if (at->common.json)
        status = neume_buffer_print(&text, "{\"from\": %d, \"to\": %d}\n", old, new);
    else if (old == new)
        status = neume_buffer_print(&text, "version %d, the newest; whole\n", new);
    else
        status = neume_buffer_print(&text, "version %d is now version %d; whole\n", old, new);
    return status ? cli_exit_status(status) : cli_say(&text);
}

static int run_migrate(const cli_call *call) {
    const settings *at = call->settings;
    neume_store *store = NULL;
    neume_buffer path = {0};
    int old = 0;
    if (call->count) return cli_usage_error("usage: neume store migrate [--store FILE]");
    neume_status status = neume_listening_path(at->store.path, &path);
    if (!status) status = neume_store_version_read(path.data, &old);
    neume_buffer_clear(&path);
    if (status) return cli_store_complain(status);
    const int opened = cli_store_open(&at->store, false, &store);
    if (opened) return opened;
    status = neume_store_check(store);
    neume_store_close(store);
    return status ? cli_store_complain(status) : say_versions(at, old);
}

const cli_verb cli_store_migrate = {"store migrate",
                                    "",
                                    "bring a store up to date and check that it is whole",
                                    "Every verb that opens an older store does so; this one says it, and reads all of "
                                    "the file for damage. A store of a newer neume is refused and left alone.",
                                    "neume store migrate --store neume.db",
                                    options,
                                    sizeof(settings),
                                    NULL,
                                    run_migrate};
