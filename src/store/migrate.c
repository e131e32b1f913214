/* The schema, as the steps by which it grew: step n brings a file of version n - 1 to version n. A step is never
 * changed once it has shipped; a new table or column is a new step at the end. */
#include "store.h"

#include <assert.h>
#include <string.h>

/* What may name somebody is text or bytes that an encrypted store seals; keys are keyed hashes (seal.h). */
static const char *const steps[] = {
    /* 1: the catalogue */
    "CREATE TABLE settings (name TEXT PRIMARY KEY, value) WITHOUT ROWID;"
    "CREATE TABLE items (row INTEGER PRIMARY KEY AUTOINCREMENT, key BLOB NOT NULL UNIQUE, id NOT NULL, name, artist,"
    "  year INTEGER, features BLOB, heard_only INTEGER NOT NULL);"
    "CREATE TABLE tags (row INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, name NOT NULL);"
    "CREATE TABLE item_tags (item INTEGER NOT NULL, tag INTEGER NOT NULL, weight REAL NOT NULL,"
    "  PRIMARY KEY (item, tag)) WITHOUT ROWID;"
    "CREATE TABLE feature_columns (place INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);",
    /* 2: listeners and what they did; an event is either readable or sealed */
    "CREATE TABLE users (row INTEGER PRIMARY KEY AUTOINCREMENT, key BLOB NOT NULL UNIQUE, id NOT NULL);"
    "CREATE TABLE events (row INTEGER PRIMARY KEY AUTOINCREMENT, user INTEGER NOT NULL REFERENCES users (row),"
    "  mark INTEGER NOT NULL UNIQUE, item INTEGER REFERENCES items (row), kind INTEGER, time_s INTEGER, value REAL,"
    "  sealed BLOB, CHECK ((sealed IS NULL) <> (item IS NULL)));"
    "CREATE INDEX events_of_user ON events (user);",
    /* 3: what was learnt from them */
    "CREATE TABLE models (name TEXT PRIMARY KEY, stamp TEXT NOT NULL, bytes BLOB NOT NULL);",
};
enum { NEWEST = sizeof steps / sizeof *steps, APPLICATION = 0x6E65756D }; /* "neum", in the file's header */

int neume_store_version_newest(void) {
    return NEWEST;
}

static neume_status pragma(neume_store *store, const char *sql, int64_t *out) {
    sqlite3_stmt *query = NULL;
    NEUME_TRY(store_prepare(store, sql, &query));
    neume_status status = store_number(store, query, out);
    sqlite3_finalize(query);
    return status;
}

typedef struct marks {
    int64_t application, version, pages;
} marks;

static neume_status read_marks(neume_store *store, marks *out) {
    NEUME_TRY(pragma(store, "PRAGMA application_id", &out->application));
    NEUME_TRY(pragma(store, "PRAGMA user_version", &out->version));
    return pragma(store, "PRAGMA page_count", &out->pages);
}

/* All as of one moment: another program may be making the file. */
static neume_status read_marks_at_once(neume_store *store, marks *out) {
    if (store->in_transaction) return read_marks(store, out);
    NEUME_TRY(store_run_text(store, "BEGIN"));
    const neume_status status = read_marks(store, out);
    const neume_status ended = store_run_text(store, "ROLLBACK");
    return status ? status : ended;
}

/* A file that somebody else's program made is refused before anything is written to it. */
neume_status store_version(neume_store *store, int *out) {
    marks found = {0};
    NEUME_TRY(read_marks_at_once(store, &found));
    const int64_t application = found.application, version = found.version, pages = found.pages;
    if (pages && application != APPLICATION && (application || version))
        return neume_fail(NEUME_EFORMAT, "%s: no store of neume's", store->path);
    if (version < 0 || version > NEWEST)
        return neume_fail(NEUME_EUNSUPPORTED, "%s: made by a newer neume: its version is %lld, this one knows up to %d",
                          store->path, (long long)version, NEWEST);
    *out = (int)version;
    return NEUME_OK;
}

static neume_status run_step(neume_store *store, int version) {
    char mark[96];
    assert(version >= 1 && version <= NEWEST);
    snprintf(mark, sizeof mark, "PRAGMA application_id = %d; PRAGMA user_version = %d", APPLICATION, version);
    NEUME_TRY(store_run_text(store, steps[version - 1]));
    return store_run_text(store, mark);
}

neume_status store_migrate(neume_store *store, int wanted) {
    int version = 0;
    bool mine = false;
    NEUME_TRY(store_version(store, &version));
    if (version >= wanted) return NEUME_OK;
    NEUME_TRY(store_begin_own(store, &mine));
    neume_status status = store_version(store, &version); /* another program may have been quicker */
    while (!status && version < wanted) status = run_step(store, ++version);
    return store_end(store, mine, status);
}
