/* Models that were trained on this store lie in it: a listener is forgotten by both in one transaction, and what a
 * model remembers is sealed like all else. */
#include "store.h"

#include <string.h>

static store_place model_place(const neume_store *store, const char *name) {
    return (store_place){"model", store_hash(&store->keys, 'm', name, strlen(name))};
}

neume_status neume_store_model_put(neume_store *store, const char *name, const char *stamp, const void *bytes,
                                   size_t count) {
    const store_place place = model_place(store, name);
    sqlite3_stmt *query = NULL;
    NEUME_TRY(store_take(store, QUERY_MODEL_PUT, &query));
    sqlite3_bind_text(query, 1, name, -1, SQLITE_STATIC);
    sqlite3_bind_text(query, 2, stamp, -1, SQLITE_STATIC);
    neume_status status = store_bind_bytes(store, query, 3, bytes, count, &place);
    if (!status) status = store_finish(store, query);
    sqlite3_clear_bindings(query);
    return status;
}

neume_status neume_store_model_get(neume_store *store, const char *name, neume_buffer *stamp, neume_buffer *bytes) {
    const store_place place = model_place(store, name);
    sqlite3_stmt *query = NULL;
    bool row = false;
    NEUME_TRY(store_take(store, QUERY_MODEL_GET, &query));
    sqlite3_bind_text(query, 1, name, -1, SQLITE_STATIC);
    NEUME_TRY(store_step(store, query, &row));
    if (!row) return neume_fail(NEUME_ENOTFOUND, "%s: nothing was learnt from it yet", store->path);
    neume_status status =
        neume_buffer_append(stamp, sqlite3_column_blob(query, 0), (size_t)sqlite3_column_bytes(query, 0));
    if (!status && bytes) status = store_column(store, query, 1, &place, bytes);
    sqlite3_reset(query);
    return status;
}
