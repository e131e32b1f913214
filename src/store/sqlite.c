/* SQLite in our words: statuses for codes, prepared queries, sealed columns. */
#include "store.h"

#include <string.h>

neume_status store_failed(const neume_store *store, int code) {
    const char *why = store->db ? sqlite3_errmsg(store->db) : sqlite3_errstr(code);
    switch (code & 0xFF) {
    case SQLITE_NOMEM:
        return neume_fail(NEUME_ENOMEM, "%s: no memory for the store", store->path);
    case SQLITE_CORRUPT:
        return neume_fail(NEUME_EFORMAT, "%s: the store is damaged: %s", store->path, why);
    case SQLITE_NOTADB:
        return neume_fail(NEUME_EFORMAT, "%s: no store of neume's", store->path);
    case SQLITE_CONSTRAINT:
        return neume_fail(NEUME_EINVAL, "%s: a row that is named is not there", store->path);
    case SQLITE_TOOBIG:
        return neume_fail(NEUME_ELIMIT, "%s: a store keeps no more than a gigabyte in one place", store->path);
    case SQLITE_BUSY:
        return neume_fail(NEUME_EIO, "%s: another program has been writing to the store for too long", store->path);
    case SQLITE_READONLY:
        return neume_fail(NEUME_EIO, "%s: the store may not be written to", store->path);
    default:
        return neume_fail(NEUME_EIO, "%s: %s", store->path, why);
    }
}

neume_status store_run_text(neume_store *store, const char *sql) {
    const int code = sqlite3_exec(store->db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? NEUME_OK : store_failed(store, code);
}

neume_status store_prepare(neume_store *store, const char *sql, sqlite3_stmt **out) {
    const int code = sqlite3_prepare_v3(store->db, sql, -1, 0, out, NULL);
    return code == SQLITE_OK ? NEUME_OK : store_failed(store, code);
}

neume_status store_take(neume_store *store, store_query query, sqlite3_stmt **out) {
    sqlite3_stmt **kept = &store->queries[query];
    if (!*kept) NEUME_TRY(store_prepare(store, store_query_texts[query], kept));
    sqlite3_reset(*kept);
    sqlite3_clear_bindings(*kept);
    *out = *kept;
    return NEUME_OK;
}

neume_status store_step(neume_store *store, sqlite3_stmt *query, bool *row) {
    const int code = sqlite3_step(query);
    if (row) *row = code == SQLITE_ROW;
    if (code == SQLITE_ROW) return NEUME_OK;
    neume_status status = code == SQLITE_DONE ? NEUME_OK : store_failed(store, code);
    sqlite3_reset(query);
    return status;
}

neume_status store_finish(neume_store *store, sqlite3_stmt *query) {
    neume_status status = store_step(store, query, NULL);
    sqlite3_reset(query);
    return status;
}

neume_status store_number(neume_store *store, sqlite3_stmt *query, int64_t *out) {
    bool row = false;
    NEUME_TRY(store_step(store, query, &row));
    if (!row) return NEUME_ENOTFOUND;
    *out = sqlite3_column_int64(query, 0);
    sqlite3_reset(query);
    return NEUME_OK;
}

/* --- sealed columns ----------------------------------------------------------------------------------------------- */

static neume_status bound(const neume_store *store, int code) {
    return code == SQLITE_OK ? NEUME_OK : store_failed(store, code);
}

static neume_status bind_sealed(neume_store *store, sqlite3_stmt *query, int index, const void *bytes, size_t count,
                                const store_place *place) {
    neume_buffer sealed = {0};
    neume_status status = store_seal(&store->keys, place, bytes, count, &sealed);
    if (!status) status = bound(store, sqlite3_bind_blob64(query, index, sealed.data, sealed.size, SQLITE_TRANSIENT));
    neume_buffer_clear(&sealed);
    return status;
}

neume_status store_bind_text(neume_store *store, sqlite3_stmt *query, int index, const char *text,
                             const store_place *place) {
    if (!text || !*text) return bound(store, sqlite3_bind_null(query, index));
    if (store->sealed) return bind_sealed(store, query, index, text, strlen(text), place);
    return bound(store, sqlite3_bind_text(query, index, text, -1, SQLITE_TRANSIENT));
}

neume_status store_bind_bytes(neume_store *store, sqlite3_stmt *query, int index, const void *bytes, size_t count,
                              const store_place *place) {
    if (store->sealed) return bind_sealed(store, query, index, bytes, count, place);
    return bound(store, sqlite3_bind_blob64(query, index, bytes, count, SQLITE_TRANSIENT));
}

neume_status store_column(neume_store *store, sqlite3_stmt *query, int column, const store_place *place,
                          neume_buffer *out) {
    const void *bytes = sqlite3_column_blob(query, column);
    const size_t count = (size_t)sqlite3_column_bytes(query, column);
    if (sqlite3_column_type(query, column) == SQLITE_NULL) return NEUME_OK;
    if (!store->sealed) return neume_buffer_append(out, bytes, count);
    neume_status status = store_unseal(&store->keys, place, bytes, count, out);
    return status == NEUME_EFORMAT ? neume_fail(status, "%s: %s", store->path, neume_error_message()) : status;
}

neume_status store_bind_key(neume_store *store, sqlite3_stmt *query, int index, const store_key *key) {
    return bound(store, sqlite3_bind_blob(query, index, key->bytes, sizeof key->bytes, SQLITE_TRANSIENT));
}
