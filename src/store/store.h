/* Inside the room: a connection, its prepared queries, and the keys of its rows. */
#ifndef NEUME_SRC_STORE_H
#define NEUME_SRC_STORE_H

#include "neume/store.h"

#include "queries.h"
#include "seal.h"

#include <sqlite3.h>

struct neume_store {
    sqlite3 *db;
    char *path;
    store_keys keys;
    bool sealed;
    bool in_transaction, changed;       /* changed: something was taken back since it began */
    sqlite3_stmt *queries[QUERY_COUNT]; /* prepared when first used */
};

/* --- sqlite.c: SQLite in our words -------------------------------------------------------------------------------- */

/* Says what SQLite's last call on this connection met. Never tells values, so nothing personal gets into a log. */
neume_status store_failed(const neume_store *store, int code);
NEUME_MUST neume_status store_run_text(neume_store *store, const char *sql); /* statements without results */
/* A query of the table, reset and without bindings; borrowed until the same one is taken again. */
NEUME_MUST neume_status store_take(neume_store *store, store_query query, sqlite3_stmt **out);
NEUME_MUST neume_status store_prepare(neume_store *store, const char *sql, sqlite3_stmt **out); /* finalize it */
/* One step: *row says whether there is a row to read. A query without a next row is reset, which ends its locks. */
NEUME_MUST neume_status store_step(neume_store *store, sqlite3_stmt *query, bool *row);
NEUME_MUST neume_status store_finish(neume_store *store, sqlite3_stmt *query); /* a step that gives no rows */
/* The one number of a query's first row. @retval NEUME_ENOTFOUND without a message: there is no row */
NEUME_MUST neume_status store_number(neume_store *store, sqlite3_stmt *query, int64_t *out);

/* --- texts and bytes that an encrypted store seals ---------------------------------------------------------------- */

/* Binds text (NULL: SQL's null), sealed if the store is. @p place: which row and column it is for, so that sealed bytes
 * moved elsewhere in the file do not open there. */
NEUME_MUST neume_status store_bind_text(neume_store *store, sqlite3_stmt *query, int index, const char *text,
                                        const store_place *place);
NEUME_MUST neume_status store_bind_bytes(neume_store *store, sqlite3_stmt *query, int index, const void *bytes,
                                         size_t count, const store_place *place);
/* Appends what was bound so; nothing for SQL's null. */
NEUME_MUST neume_status store_column(neume_store *store, sqlite3_stmt *query, int column, const store_place *place,
                                     neume_buffer *out);
/* Binds the keyed hash of a name. */
NEUME_MUST neume_status store_bind_key(neume_store *store, sqlite3_stmt *query, int index, const store_key *key);

/* --- migrate.c ---------------------------------------------------------------------------------------------------- */

/* Brings the file to version @p wanted, in one transaction. */
NEUME_MUST neume_status store_migrate(neume_store *store, int wanted);
NEUME_MUST neume_status store_version(neume_store *store, int *out);

/* --- across files ------------------------------------------------------------------------------------------------- */

/* Begins unless the caller has begun; *mine says which, for store_end(). */
NEUME_MUST neume_status store_begin_own(neume_store *store, bool *mine);
/* Commits, or takes back when @p status is a failure, what store_begin_own() began; returns the first failure. */
NEUME_MUST neume_status store_end(neume_store *store, bool mine, neume_status status);

#endif
