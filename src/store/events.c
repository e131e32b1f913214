/* Listeners, what they did, and forgetting them. */
#include "store.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "sealed events are kept as they lie in memory");

/* --- pseudonyms --------------------------------------------------------------------------------------------------- */

static bool all_of(const char *text, size_t count, int (*is)(int)) {
    for (size_t i = 0; i < count; i++)
        if (!is((unsigned char)text[i])) return false;
    return true;
}

static bool is_uuid(const char *name) {
    static const int groups[] = {8, 4, 4, 4, 12};
    if (strlen(name) != 36) return false;
    for (int i = 0; i < 5; i++) {
        if (!all_of(name, (size_t)groups[i], isxdigit)) return false;
        name += groups[i];
        if (i < 4 && *name++ != '-') return false;
    }
    return true;
}

static bool is_pseudonym(const char *name) {
    const size_t length = strlen(name);
    return (length >= 1 && length <= 18 && all_of(name, length, isdigit)) ||
           (length == 17 && *name == 'u' && all_of(name + 1, 16, isxdigit)) || is_uuid(name);
}

void neume_store_pseudonym(const neume_store *store, const char *name, char out[NEUME_PSEUDONYM_BYTES]) {
    if (is_pseudonym(name))
        strcpy(out, name);
    else
        snprintf(out, NEUME_PSEUDONYM_BYTES, "u%016llx", (unsigned long long)store_hash_pseudonym(&store->keys, name));
}

/* --- listeners ---------------------------------------------------------------------------------------------------- */

static neume_status find_user(neume_store *store, const store_key *key, int64_t *row) {
    sqlite3_stmt *query = NULL;
    NEUME_TRY(store_take(store, QUERY_USER_FIND, &query));
    NEUME_TRY(store_bind_key(store, query, 1, key));
    return store_number(store, query, row);
}

static store_key user_key(const neume_store *store, const char *pseudonym) {
    return store_hash(&store->keys, 'u', pseudonym, strlen(pseudonym));
}

neume_status neume_store_find_user(neume_store *store, const char *name, int64_t *row) {
    char pseudonym[NEUME_PSEUDONYM_BYTES];
    neume_store_pseudonym(store, name, pseudonym);
    const store_key key = user_key(store, pseudonym);
    neume_status status = find_user(store, &key, row);
    return status == NEUME_ENOTFOUND ? neume_fail(status, "no such listener in the store") : status;
}

neume_status neume_store_put_user(neume_store *store, const char *name, int64_t *row) {
    char pseudonym[NEUME_PSEUDONYM_BYTES];
    sqlite3_stmt *query = NULL;
    if (!*name) return neume_fail(NEUME_EINVAL, "a listener needs a name");
    neume_store_pseudonym(store, name, pseudonym);
    const store_place place = {"user", user_key(store, pseudonym)};
    neume_status status = find_user(store, &place.row, row);
    if (status != NEUME_ENOTFOUND) return status;
    NEUME_TRY(store_take(store, QUERY_USER_ADD, &query));
    NEUME_TRY(store_bind_key(store, query, 1, &place.row));
    NEUME_TRY(store_bind_text(store, query, 2, pseudonym, &place));
    NEUME_TRY(store_finish(store, query));
    *row = sqlite3_last_insert_rowid(store->db);
    return NEUME_OK;
}

static neume_status tell_user(neume_store *store, sqlite3_stmt *query, neume_buffer *name, neume_store_user_fn *fn,
                              void *context) {
    store_place place = {.column = "user"};
    name->size = 0;
    if (sqlite3_column_bytes(query, 1) != STORE_HASH_BYTES)
        return neume_fail(NEUME_EFORMAT, "%s: a listener's key is damaged", store->path);
    memcpy(place.row.bytes, sqlite3_column_blob(query, 1), STORE_HASH_BYTES);
    NEUME_TRY(store_column(store, query, 2, &place, name));
    return fn(context, sqlite3_column_int64(query, 0), name->size ? name->data : "");
}

neume_status neume_store_each_user(neume_store *store, neume_store_user_fn *fn, void *context) {
    sqlite3_stmt *query = NULL;
    neume_buffer name = {0};
    bool row = false;
    NEUME_TRY(store_prepare(store, "SELECT row, key, id FROM users ORDER BY row", &query));
    neume_status status = store_step(store, query, &row);
    while (!status && row) {
        status = tell_user(store, query, &name, fn, context);
        if (!status) status = store_step(store, query, &row);
    }
    sqlite3_finalize(query);
    neume_buffer_clear(&name);
    return status;
}

/* --- events ------------------------------------------------------------------------------------------------------- */

const char *neume_event_kind_name(neume_event_kind kind) {
    static const char *const names[NEUME_EVENT_KINDS] = {"play", "like", "skip", "ban", "rating"};
    return (unsigned)kind < NEUME_EVENT_KINDS ? names[kind] : "?";
}

/* What an encrypted store seals of an event. */
typedef struct packed_event {
    int64_t item, kind, time_s;
    double value;
} packed_event;

/* Of one user, item, kind and time there is one event: its mark, a keyed hash, tells them apart without showing them.
 */
static int64_t mark_of(const neume_store *store, const neume_store_event *event) {
    const int64_t what[4] = {event->user, event->item, event->kind, event->time_s};
    const store_key hash = store_hash(&store->keys, 'e', what, sizeof what);
    int64_t mark;
    memcpy(&mark, hash.bytes, sizeof mark);
    return mark;
}

static store_place event_place(int64_t user, int64_t mark) {
    store_place place = {.column = "event"};
    memcpy(place.row.bytes, &user, sizeof user);
    memcpy(place.row.bytes + sizeof user, &mark, sizeof mark);
    return place;
}

static neume_status bind_event(neume_store *store, sqlite3_stmt *query, const neume_store_event *event) {
    const int64_t mark = mark_of(store, event);
    sqlite3_bind_int64(query, 1, event->user);
    sqlite3_bind_int64(query, 2, mark);
    if (store->sealed) {
        const packed_event packed = {event->item, event->kind, event->time_s, event->value};
        const store_place place = event_place(event->user, mark);
        return store_bind_bytes(store, query, 7, &packed, sizeof packed, &place);
    }
    sqlite3_bind_int64(query, 3, event->item);
    sqlite3_bind_int(query, 4, (int)event->kind);
    sqlite3_bind_int64(query, 5, event->time_s);
    sqlite3_bind_double(query, 6, event->value);
    return NEUME_OK;
}

static neume_status add_event(neume_store *store, const neume_store_event *event) {
    sqlite3_stmt *query = NULL;
    const sqlite3_int64 last = sqlite3_last_insert_rowid(store->db);
    sqlite3_set_last_insert_rowid(store->db, 0);
    NEUME_TRY(store_take(store, QUERY_EVENT_ADD, &query));
    NEUME_TRY(bind_event(store, query, event));
    neume_status status = store_finish(store, query);
    if (sqlite3_last_insert_rowid(store->db) == 0) {
        store->changed = true; /* one was there, and has another value now */
        sqlite3_set_last_insert_rowid(store->db, last);
    }
    return status;
}

neume_status neume_store_add_event(neume_store *store, const neume_store_event *event) {
    bool mine = false;
    if (event->user <= 0 || event->item <= 0 || (unsigned)event->kind >= NEUME_EVENT_KINDS || !isfinite(event->value))
        return neume_fail(NEUME_EINVAL, "an event needs a user, an item, a kind and a finite value");
    NEUME_TRY(store_begin_own(store, &mine));
    return store_end(store, mine, add_event(store, event));
}

/* Columns: user, mark, item, kind, time_s, value, sealed. */
static neume_status read_event(neume_store *store, sqlite3_stmt *query, neume_store_event *out) {
    packed_event packed = {sqlite3_column_int64(query, 2), sqlite3_column_int64(query, 3),
                           sqlite3_column_int64(query, 4), sqlite3_column_double(query, 5)};
    const int64_t user = sqlite3_column_int64(query, 0);
    if (store->sealed) {
        const store_place place = event_place(user, sqlite3_column_int64(query, 1));
        neume_buffer opened = {0};
        neume_status status = store_column(store, query, 6, &place, &opened);
        if (!status && opened.size != sizeof packed) status = neume_fail(NEUME_EFORMAT, "an event is damaged");
        if (!status) memcpy(&packed, opened.data, sizeof packed);
        neume_buffer_clear(&opened);
        NEUME_TRY(status);
    }
    if (packed.kind < 0 || packed.kind >= NEUME_EVENT_KINDS)
        return neume_fail(NEUME_EFORMAT, "%s: an event of an unknown kind", store->path);
    *out = (neume_store_event){user, packed.item, (neume_event_kind)packed.kind, packed.time_s, packed.value};
    return NEUME_OK;
}

static neume_status tell_events(neume_store *store, sqlite3_stmt *query, neume_store_event_fn *fn, void *context) {
    neume_store_event event;
    bool row = false;
    NEUME_TRY(store_step(store, query, &row));
    while (row) {
        NEUME_TRY(read_event(store, query, &event));
        NEUME_TRY(fn(context, &event));
        NEUME_TRY(store_step(store, query, &row));
    }
    return NEUME_OK;
}

neume_status neume_store_each_event(neume_store *store, int64_t user, int64_t after, neume_store_event_fn *fn,
                                    void *context) {
    static const char all[] = "SELECT user, mark, item, kind, time_s, value, sealed FROM events WHERE row > ?1 "
                              "ORDER BY row";
    static const char of_user[] = "SELECT user, mark, item, kind, time_s, value, sealed FROM events "
                                  "WHERE user = ?2 AND row > ?1 ORDER BY row";
    sqlite3_stmt *query = NULL;
    NEUME_TRY(store_prepare(store, user ? of_user : all, &query));
    sqlite3_bind_int64(query, 1, after);
    if (user) sqlite3_bind_int64(query, 2, user);
    neume_status status = tell_events(store, query, fn, context);
    sqlite3_finalize(query);
    return status;
}

/* --- forgetting --------------------------------------------------------------------------------------------------- */

static neume_status delete_by(neume_store *store, store_query which, int64_t row, int64_t *count) {
    sqlite3_stmt *query = NULL;
    NEUME_TRY(store_take(store, which, &query));
    if (row) sqlite3_bind_int64(query, 1, row);
    NEUME_TRY(store_finish(store, query));
    if (count) *count = sqlite3_changes(store->db);
    return NEUME_OK;
}

static neume_status note_heard(void *context, const neume_store_event *event) {
    return delete_by(context, QUERY_HEARD_ADD, event->item, NULL);
}

/* Items that no catalogue lists and nobody who is left has heard. An encrypted store cannot join events with items, so
 * what is heard is gathered in a table in memory. */
static neume_status delete_unheard(neume_store *store) {
    NEUME_TRY(store_run_text(store, "CREATE TEMP TABLE IF NOT EXISTS heard (item INTEGER PRIMARY KEY);"
                                    "DELETE FROM temp.heard"));
    NEUME_TRY(neume_store_each_event(store, 0, 0, note_heard, store));
    NEUME_TRY(delete_by(store, QUERY_UNHEARD_TAGS_DELETE, 0, NULL));
    NEUME_TRY(delete_by(store, QUERY_UNHEARD_DELETE, 0, NULL));
    NEUME_TRY(delete_by(store, QUERY_TAGS_DELETE, 0, NULL));
    return store_run_text(store, "DELETE FROM temp.heard");
}

static neume_status forget(neume_store *store, int64_t user, int64_t *events) {
    int64_t users = 0;
    NEUME_TRY(delete_by(store, QUERY_EVENTS_DELETE, user, events));
    NEUME_TRY(delete_by(store, QUERY_USER_DELETE, user, &users));
    if (!users) return neume_fail(NEUME_ENOTFOUND, "no such listener in the store");
    store->changed = true;
    NEUME_TRY(delete_by(store, QUERY_MODELS_DELETE, 0, NULL));
    return delete_unheard(store);
}

neume_status neume_store_forget_user(neume_store *store, int64_t user, int64_t *events) {
    int64_t gone = 0;
    NEUME_TRY(neume_store_begin(store));
    NEUME_TRY(store_end(store, true, forget(store, user, &gone)));
    /* Deleted rows are overwritten in the file (secure_delete); the journal still has the old pages until it is
     * emptied. Another program that is reading may prevent that: then the next one to close the file does it. */
    NEUME_TRY(store_run_text(store, "PRAGMA wal_checkpoint(TRUNCATE)"));
    if (events) *events = gone;
    return NEUME_OK;
}
