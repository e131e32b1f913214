/* A connection: opened, begun, committed, counted, copied, closed. */
#include "store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUSY_MS = 10000, BACKUP_PAGES = 256 };

/* --- opening ------------------------------------------------------------------------------------------------------ */

/* The folders above a file, each for its owner alone. */
static neume_status make_folders(const char *path) {
    char *copy = neume__strdup(path);
    if (!copy) return NEUME_ENOMEM;
    neume_status status = NEUME_OK;
    for (char *slash = strchr(copy + 1, '/'); slash && !status; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(copy, 0700) != 0 && errno != EEXIST) status = neume_fail(NEUME_EIO, "%s: %s", copy, strerror(errno));
        *slash = '/';
    }
    neume__free(copy);
    return status;
}

/* Made empty by us, so that only its owner may read it; SQLite gives its journal the same mode. */
static neume_status make_file(const char *path, const neume_store_options *options) {
    struct stat info;
    if (stat(path, &info) == 0) return NEUME_OK;
    if (!options->create) return neume_fail(NEUME_ENOTFOUND, "%s: no such store", path);
    NEUME_TRY(make_folders(path));
    const int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) return neume_fail(NEUME_EIO, "%s: %s", path, strerror(errno));
    close(file);
    return NEUME_OK;
}

static neume_status connect(const char *path, neume_store **out) {
    neume_store *store = neume__calloc(1, sizeof *store);
    neume_status status = NEUME_ENOMEM;
    if (!store) return status;
    store->path = neume__strdup(path);
    if (!store->path) goto fail;
    const int code = sqlite3_open_v2(path, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code != SQLITE_OK) {
        status = store_failed(store, code);
        goto fail;
    }
    sqlite3_busy_timeout(store->db, BUSY_MS);
    sqlite3_extended_result_codes(store->db, 1);
    *out = store;
    return NEUME_OK;
fail:
    neume_store_close(store);
    return status;
}

/* A known text, sealed: whoever opens it has the right key. */
static const char check_words[] = "neume store";
static const store_place check_place = {.column = "check"};

static neume_status set_bytes(neume_store *store, const char *name, const void *bytes, size_t count) {
    sqlite3_stmt *query = NULL;
    NEUME_TRY(store_take(store, QUERY_SETTING_SET, &query));
    sqlite3_bind_text(query, 1, name, -1, SQLITE_STATIC);
    sqlite3_bind_blob64(query, 2, bytes, count, SQLITE_STATIC);
    return store_finish(store, query);
}

/* A new store's salt, and the words that tell the right key from a wrong one. */
static neume_status begin_keys(neume_store *store, const char *key_path) {
    unsigned char salt[STORE_SALT_BYTES];
    neume_buffer check = {0};
    NEUME_TRY(store_random(salt, sizeof salt));
    NEUME_TRY(store_keys_read(key_path, salt, &store->keys));
    NEUME_TRY(set_bytes(store, "salt", salt, sizeof salt));
    if (!key_path) return NEUME_OK;
    neume_status status = store_seal(&store->keys, &check_place, check_words, sizeof check_words, &check);
    if (!status) status = set_bytes(store, "key_check", check.data, check.size);
    neume_buffer_clear(&check);
    store->sealed = true;
    return status;
}

static neume_status check_keys(neume_store *store, const char *key_path, const neume_buffer *salt,
                               const neume_buffer *check) {
    neume_buffer opened = {0};
    if (salt->size != STORE_SALT_BYTES) return neume_fail(NEUME_EFORMAT, "%s: its salt is damaged", store->path);
    if (check->size && !key_path) return neume_fail(NEUME_EINVAL, "%s is encrypted: name its key file", store->path);
    if (!check->size && key_path)
        return neume_fail(NEUME_EINVAL, "%s is not encrypted: it takes no key file", store->path);
    NEUME_TRY(store_keys_read(key_path, (const unsigned char *)salt->data, &store->keys));
    store->sealed = check->size > 0;
    if (!store->sealed) return NEUME_OK;
    neume_status status = store_unseal(&store->keys, &check_place, check->data, check->size, &opened);
    neume_buffer_clear(&opened);
    if (status != NEUME_EFORMAT) return status;
    return neume_fail(NEUME_EINVAL, "%s: %s is not its key", store->path, key_path);
}

static neume_status settle_keys(neume_store *store, const char *key_path) {
    neume_buffer salt = {0}, check = {0};
    neume_status status = neume_store_setting_get(store, "salt", &salt);
    if (!status) status = neume_store_setting_get(store, "key_check", &check);
    if (!status) status = salt.size ? check_keys(store, key_path, &salt, &check) : begin_keys(store, key_path);
    neume_buffer_clear(&salt);
    neume_buffer_clear(&check);
    return status;
}

/* Where two programs begin one file, SQLite refuses the change of journal to one of them at once, without the wait that
 * sqlite3_busy_timeout() asks for. */
static neume_status begin_wal(neume_store *store) {
    enum { PAUSE_MS = 10 };
    int code = SQLITE_BUSY;
    for (int waited_ms = 0; (code & 0xFF) == SQLITE_BUSY && waited_ms < BUSY_MS; waited_ms += PAUSE_MS) {
        if (waited_ms) sqlite3_sleep(PAUSE_MS);
        code = sqlite3_exec(store->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
    }
    return code == SQLITE_OK ? NEUME_OK : store_failed(store, code);
}

/* A new file gets tables and keys as a whole, so that a kill in between leaves an empty file, which is begun again. */
static neume_status prepare(neume_store *store, const char *key_path) {
    int version = 0;
    bool mine = false;
    NEUME_TRY(store_version(store, &version));
    NEUME_TRY(begin_wal(store));
    NEUME_TRY(store_run_text(store, "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
                                    "PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY"));
    if (version == neume_store_version_newest()) return settle_keys(store, key_path);
    NEUME_TRY(store_begin_own(store, &mine));
    neume_status status = store_migrate(store, neume_store_version_newest());
    if (!status) status = settle_keys(store, key_path);
    return store_end(store, mine, status);
}

neume_status neume_store_open(const char *path, const neume_store_options *options, neume_store **out) {
    static const neume_store_options defaults = {0};
    neume_store *store = NULL;
    if (!options) options = &defaults;
    if (!*path) return neume_fail(NEUME_EINVAL, "a store needs a file name");
    NEUME_TRY(make_file(path, options));
    NEUME_TRY(connect(path, &store));
    assert(store);
    neume_status status = prepare(store, options->key_path);
    if (status)
        neume_store_close(store);
    else
        *out = store;
    return status;
}

void neume_store_close(neume_store *store) {
    if (!store) return;
    neume_store_rollback(store);
    for (int i = 0; i < QUERY_COUNT; i++) sqlite3_finalize(store->queries[i]);
    sqlite3_close(store->db);
    store_keys_clear(&store->keys);
    neume__free(store->path);
    neume__free(store);
}

neume_status neume_store_version_read(const char *path, int *out) {
    neume_store *store = NULL;
    NEUME_TRY(make_file(path, &(neume_store_options){0}));
    NEUME_TRY(connect(path, &store));
    neume_status status = store_version(store, out);
    neume_store_close(store);
    return status;
}

const char *neume_store_path(const neume_store *store) {
    return store->path;
}

bool neume_store_is_sealed(const neume_store *store) {
    return store->sealed;
}

/* --- transactions ------------------------------------------------------------------------------------------------- */

static neume_status run_query(neume_store *store, store_query which) {
    sqlite3_stmt *query = NULL;
    NEUME_TRY(store_take(store, which, &query));
    return store_finish(store, query);
}

neume_status neume_store_begin(neume_store *store) {
    if (store->in_transaction) return neume_fail(NEUME_EINVAL, "%s: already begun", store->path);
    NEUME_TRY(run_query(store, QUERY_BEGIN));
    store->in_transaction = true;
    store->changed = false;
    return NEUME_OK;
}

neume_status neume_store_commit(neume_store *store) {
    if (store->changed) NEUME_TRY(run_query(store, QUERY_CHANGE));
    NEUME_TRY(run_query(store, QUERY_COMMIT));
    store->in_transaction = false;
    return NEUME_OK;
}

void neume_store_rollback(neume_store *store) {
    if (!store->in_transaction) return;
    /* SQLite has already rolled back after some failures: then there is nothing to roll back, which is no failure. */
    sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    store->in_transaction = false;
}

neume_status store_begin_own(neume_store *store, bool *mine) {
    *mine = !store->in_transaction;
    return *mine ? neume_store_begin(store) : NEUME_OK;
}

neume_status store_end(neume_store *store, bool mine, neume_status status) {
    if (!mine) return status;
    if (!status) status = neume_store_commit(store);
    if (status) neume_store_rollback(store);
    return status;
}

/* --- settings and counts ------------------------------------------------------------------------------------------ */

neume_status neume_store_setting_get(neume_store *store, const char *name, neume_buffer *out) {
    sqlite3_stmt *query = NULL;
    bool row = false;
    NEUME_TRY(store_take(store, QUERY_SETTING_GET, &query));
    sqlite3_bind_text(query, 1, name, -1, SQLITE_STATIC);
    NEUME_TRY(store_step(store, query, &row));
    if (!row) return neume_buffer_append(out, "", 0);
    const void *bytes = sqlite3_column_blob(query, 0);
    neume_status status = neume_buffer_append(out, bytes, (size_t)sqlite3_column_bytes(query, 0));
    sqlite3_reset(query);
    return status;
}

neume_status neume_store_setting_set(neume_store *store, const char *name, const char *value) {
    sqlite3_stmt *query = NULL;
    NEUME_TRY(store_take(store, QUERY_SETTING_SET, &query));
    sqlite3_bind_text(query, 1, name, -1, SQLITE_STATIC);
    sqlite3_bind_text(query, 2, value, -1, SQLITE_STATIC);
    return store_finish(store, query);
}

neume_status neume_store_count(neume_store *store, neume_store_counts *out) {
    sqlite3_stmt *query = NULL;
    bool row = false;
    NEUME_TRY(store_take(store, QUERY_COUNTS, &query));
    NEUME_TRY(store_step(store, query, &row));
    *out = (neume_store_counts){
        .items = sqlite3_column_int64(query, 0),
        .users = sqlite3_column_int64(query, 1),
        .events = sqlite3_column_int64(query, 2),
        .tags = sqlite3_column_int64(query, 3),
        .features = sqlite3_column_int64(query, 4),
        .last_event = sqlite3_column_int64(query, 5),
        .changes = sqlite3_column_int64(query, 6),
    };
    sqlite3_reset(query);
    return NEUME_OK;
}

/* --- copies and checks -------------------------------------------------------------------------------------------- */

static neume_status copy_pages(neume_store *store, sqlite3 *to, const neume_progress *progress) {
    sqlite3_backup *copy = sqlite3_backup_init(to, "main", store->db, "main");
    if (!copy) return neume_fail(NEUME_EIO, "%s: %s", store->path, sqlite3_errmsg(to));
    int code = SQLITE_OK;
    while (code == SQLITE_OK && !neume_cancelled()) {
        code = sqlite3_backup_step(copy, BACKUP_PAGES);
        const int total = sqlite3_backup_pagecount(copy);
        neume__progress(progress, total - sqlite3_backup_remaining(copy), total);
    }
    sqlite3_backup_finish(copy);
    if (code == SQLITE_OK) return neume_fail(NEUME_ECANCELLED, "stopped");
    return code == SQLITE_DONE ? NEUME_OK : store_failed(store, code);
}

static neume_status copy_to(neume_store *store, const char *path, const neume_progress *progress) {
    sqlite3 *to = NULL;
    const int code = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE, NULL);
    neume_status status = code == SQLITE_OK ? copy_pages(store, to, progress)
                                            : neume_fail(NEUME_EIO, "%s: %s", path, sqlite3_errstr(code));
    if (sqlite3_close(to) != SQLITE_OK && !status) status = neume_fail(NEUME_EIO, "%s: cannot be closed", path);
    return status;
}

/* Under another name until it is whole. A link, unlike a renaming, never replaces what is there. */
neume_status neume_store_backup(neume_store *store, const char *path, const neume_progress *progress) {
    neume_buffer part = {0};
    NEUME_TRY(neume_buffer_print(&part, "%s.XXXXXX", path));
    const int file = mkostemp(part.data, O_CLOEXEC);
    neume_status status = file < 0 ? neume_fail(NEUME_EIO, "%s: %s", path, strerror(errno)) : NEUME_OK;
    if (file >= 0) close(file);
    if (!status) status = copy_to(store, part.data, progress);
    if (!status && link(part.data, path) != 0)
        status = errno == EEXIST ? neume_fail(NEUME_EINVAL, "%s exists: a backup replaces nothing", path)
                                 : neume_fail(NEUME_EIO, "%s: %s", path, strerror(errno));
    if (file >= 0) unlink(part.data);
    neume_buffer_clear(&part);
    return status;
}

neume_status neume_store_check(neume_store *store) {
    sqlite3_stmt *query = NULL;
    bool row = false;
    NEUME_TRY(store_prepare(store, "PRAGMA integrity_check(1)", &query));
    neume_status status = store_step(store, query, &row);
    if (!status) {
        const char *found = row ? (const char *)sqlite3_column_text(query, 0) : NULL;
        if (!found || strcmp(found, "ok") != 0)
            status = neume_fail(NEUME_EFORMAT, "%s: %s", store->path, found ? found : "cannot be checked");
    }
    sqlite3_finalize(query);
    return status;
}
