#include "own_folder.h"

#include "neume/store.h"

#include "store.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- a store in a folder of its own ------------------------------------------------------------------------------- */

/* Where the store, its key and a copy lie. */
typedef struct place {
    char path[OWN_PATH_BYTES], key[OWN_PATH_BYTES], copy[OWN_PATH_BYTES];
} place;

static int make_place(void **state) {
    static place at;
    if (own_folder_make(NULL) != 0) return -1;
    own_path_print("a.db", at.path);
    own_path_print("key", at.key);
    own_path_print("copy.db", at.copy);
    *state = &at;
    return 0;
}

static neume_store *open_at(const char *path, const char *key) {
    neume_store *store = NULL;
    assert_ok(neume_store_open(path, &(neume_store_options){.key_path = key, .create = true}, &store));
    return store;
}

/* Are these bytes anywhere in the store's files? */
static bool in_files(const place *at, const char *text) {
    static const char *const endings[] = {"", "-wal", "-shm"};
    bool found = false;
    for (size_t i = 0; i < 3; i++) {
        char path[OWN_PATH_BYTES + 8];
        neume_buffer bytes = {0};
        snprintf(path, sizeof path, "%s%s", at->path, endings[i]);
        if (neume_file_read(path, 1 << 28, &bytes) == NEUME_OK)
            found = found || memmem(bytes.data, bytes.size, text, strlen(text)) != NULL;
        neume_buffer_clear(&bytes);
    }
    return found;
}

static int64_t put_item(neume_store *store, const char *id) {
    int64_t row = 0;
    assert_ok(neume_store_put_item(store, &(neume_store_item){.id = id}, &row));
    return row;
}

static int64_t put_user(neume_store *store, const char *name) {
    int64_t row = 0;
    assert_ok(neume_store_put_user(store, name, &row));
    return row;
}

/* --- what is put is told ------------------------------------------------------------------------------------------ */

typedef struct told {
    neume_store_item item;
    char id[32], name[32], artist[32], tags[64];
    float features[4];
    int items;
} told;

static neume_status note_item(void *context, const neume_store_item *item) {
    told *at = context;
    at->item = *item;
    at->items++;
    snprintf(at->id, sizeof at->id, "%s", item->id);
    snprintf(at->name, sizeof at->name, "%s", item->name ? item->name : "");
    snprintf(at->artist, sizeof at->artist, "%s", item->artist ? item->artist : "");
    at->tags[0] = '\0';
    for (size_t i = 0; i < item->tag_count; i++)
        snprintf(at->tags + strlen(at->tags), sizeof at->tags - strlen(at->tags), "%s=%g ", item->tags[i].name,
                 item->tags[i].weight);
    for (size_t i = 0; i < item->feature_count && i < 4; i++) at->features[i] = item->features[i];
    return NEUME_OK;
}

static void check_item_returns(neume_store *store) {
    const neume_store_tag tags[] = {{"jazz", 3}, {"calm", .5}};
    size_t tempo = 9, energy = 9;
    told seen = {0};
    assert_ok(neume_store_feature_place(store, "tempo", &tempo));
    assert_ok(neume_store_feature_place(store, "energy", &energy));
    const float features[] = {NAN, .25f};
    const neume_store_item item = {.id = "42",
                                   .name = "Blue in Green",
                                   .artist = "Miles Davis",
                                   .year = 1959,
                                   .tags = tags,
                                   .tag_count = 2,
                                   .features = features,
                                   .feature_count = 2};
    assert_ok(neume_store_put_item(store, &item, NULL));
    /* Putting it again adds to what is known and takes nothing away. */
    assert_ok(neume_store_put_item(
        store, &(neume_store_item){.id = "42", .features = (float[]){.5f}, .feature_count = 1}, NULL));
    assert_ok(neume_store_each_item(store, note_item, &seen));
    assert_int_equal(seen.items, 1);
    assert_string_equal(seen.id, "42");
    assert_string_equal(seen.name, "Blue in Green");
    assert_string_equal(seen.artist, "Miles Davis");
    assert_int_equal(seen.item.year, 1959);
    assert_string_equal(seen.tags, "jazz=3 calm=0.5 ");
    assert_int_equal(seen.item.feature_count, 2);
    assert_true(tempo == 0 && energy == 1);
    assert_true(seen.features[0] == .5f);
    assert_true(seen.features[1] == .25f);
}

static void test_an_item_returns_as_it_was_put(void **state) {
    const place *at = *state;
    neume_store *store = open_at(at->path, NULL);
    check_item_returns(store);
    neume_store_close(store);
}

static void test_an_item_returns_from_an_encrypted_store(void **state) {
    const place *at = *state;
    assert_ok(neume_store_key_write(at->key));
    neume_store *store = open_at(at->path, at->key);
    check_item_returns(store);
    neume_store_close(store);
}

typedef struct log_of_events {
    neume_store_event events[64];
    size_t count;
} log_of_events;

static neume_status note_event(void *context, const neume_store_event *event) {
    log_of_events *at = context;
    assert_true(at->count < 64);
    at->events[at->count++] = *event;
    return NEUME_OK;
}

static void check_events_return(neume_store *store) {
    log_of_events seen = {0};
    const int64_t user = put_user(store, "1"), other = put_user(store, "2"), item = put_item(store, "x");
    for (int kind = 0; kind < NEUME_EVENT_KINDS; kind++) {
        assert_ok(neume_store_add_event(
            store, &(neume_store_event){user, item, (neume_event_kind)kind, 1700000000 + kind, kind / 4.0}));
        assert_ok(neume_store_add_event(store, &(neume_store_event){other, item, (neume_event_kind)kind, 5, 1}));
    }
    assert_ok(neume_store_each_event(store, user, 0, note_event, &seen));
    assert_int_equal(seen.count, NEUME_EVENT_KINDS);
    for (int kind = 0; kind < NEUME_EVENT_KINDS; kind++) {
        assert_int_equal(seen.events[kind].user, user);
        assert_int_equal(seen.events[kind].item, item);
        assert_int_equal((int)seen.events[kind].kind, kind);
        assert_int_equal(seen.events[kind].time_s, 1700000000 + kind);
        assert_true(seen.events[kind].value == kind / 4.0);
    }
}

static void test_events_return_as_they_were_added(void **state) {
    const place *at = *state;
    neume_store *store = open_at(at->path, NULL);
    check_events_return(store);
    neume_store_close(store);
    assert_ok(neume_store_key_write(at->key));
    store = open_at(at->copy, at->key);
    check_events_return(store);
    neume_store_close(store);
}

static void test_the_same_event_twice_is_there_once(void **state) {
    const place *at = *state;
    neume_store *store = open_at(at->path, NULL);
    log_of_events seen = {0};
    neume_store_counts before, after;
    const int64_t user = put_user(store, "1"), item = put_item(store, "x");
    assert_ok(neume_store_add_event(store, &(neume_store_event){user, item, NEUME_EVENT_PLAY, 7, 3}));
    assert_ok(neume_store_count(store, &before));
    assert_ok(neume_store_add_event(store, &(neume_store_event){user, item, NEUME_EVENT_PLAY, 7, 5}));
    assert_ok(neume_store_count(store, &after));
    assert_ok(neume_store_each_event(store, 0, 0, note_event, &seen));
    assert_int_equal(seen.count, 1);
    assert_true(seen.events[0].value == 5);
    assert_int_equal(after.events, 1);
    assert_true(after.changes > before.changes); /* who counts only new events is told */
    neume_store_close(store);
}

static void test_events_after_a_row_are_the_new_ones(void **state) {
    const place *at = *state;
    neume_store *store = open_at(at->path, NULL);
    neume_store_counts counts;
    log_of_events seen = {0};
    const int64_t user = put_user(store, "1"), old = put_item(store, "old"), new = put_item(store, "new");
    assert_ok(neume_store_add_event(store, &(neume_store_event){user, old, NEUME_EVENT_LIKE, 0, 0}));
    assert_ok(neume_store_count(store, &counts));
    assert_ok(neume_store_add_event(store, &(neume_store_event){user, new, NEUME_EVENT_LIKE, 0, 0}));
    assert_ok(neume_store_each_event(store, 0, counts.last_event, note_event, &seen));
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.events[0].item, new);
    neume_store_close(store);
}

static void test_what_names_nobody_is_refused(void **state) {
    const place *at = *state;
    neume_store *store = open_at(at->path, NULL);
    int64_t row = 0;
    const int64_t user = put_user(store, "1"), item = put_item(store, "x");
    assert_int_equal(neume_store_put_user(store, "", &row), NEUME_EINVAL);
    assert_int_equal(neume_store_put_item(store, &(neume_store_item){.id = ""}, &row), NEUME_EINVAL);
    assert_int_equal(neume_store_find_item(store, "y", &row), NEUME_ENOTFOUND);
    assert_int_equal(neume_store_find_user(store, "2", &row), NEUME_ENOTFOUND);
    assert_int_equal(neume_store_add_event(store, &(neume_store_event){user + 1, item, NEUME_EVENT_BAN, 0, 0}),
                     NEUME_EINVAL);
    assert_int_equal(neume_store_add_event(store, &(neume_store_event){user, item, NEUME_EVENT_PLAY, 0, NAN}),
                     NEUME_EINVAL);
    assert_int_equal(row, 0);
    neume_store_close(store);
}

/* --- transactions, versions, copies ------------------------------------------------------------------------------- */

static void test_what_is_not_committed_is_gone(void **state) {
    const place *at = *state;
    neume_store *store = open_at(at->path, NULL);
    neume_store_counts counts;
    put_item(store, "kept");
    assert_ok(neume_store_begin(store));
    put_item(store, "dropped");
    neume_store_rollback(store);
    assert_ok(neume_store_begin(store));
    put_item(store, "dropped too");
    neume_store_close(store);
    store = open_at(at->path, NULL);
    assert_ok(neume_store_count(store, &counts));
    assert_int_equal(counts.items, 1);
    neume_store_close(store);
}

static void test_an_older_file_is_migrated_and_keeps_its_items(void **state) {
    const place *at = *state;
    neume_store_counts counts;
    int version = 0;
    neume_store *store = open_at(at->path, NULL);
    put_item(store, "old");
    assert_ok(store_run_text(store, "DROP TABLE models; DROP TABLE events; DROP TABLE users; PRAGMA user_version = 1"));
    neume_store_close(store);
    assert_ok(neume_store_version_read(at->path, &version));
    assert_int_equal(version, 1);
    store = open_at(at->path, NULL);
    put_user(store, "1");
    assert_ok(neume_store_count(store, &counts));
    assert_int_equal(counts.items, 1);
    neume_store_close(store);
    assert_ok(neume_store_version_read(at->path, &version));
    assert_int_equal(version, neume_store_version_newest());
}

static void test_a_newer_file_is_refused_and_left_alone(void **state) {
    const place *at = *state;
    neume_buffer before = {0}, after = {0};
    neume_store *store = open_at(at->path, NULL);
    assert_ok(store_run_text(store, "PRAGMA user_version = 99"));
    neume_store_close(store);
    assert_ok(neume_file_read(at->path, 1 << 20, &before));
    store = NULL;
    assert_int_equal(neume_store_open(at->path, NULL, &store), NEUME_EUNSUPPORTED);
    assert_null(store);
    assert_non_null(strstr(neume_error_message(), "newer"));
    assert_ok(neume_file_read(at->path, 1 << 20, &after));
    assert_memory_equal(before.data, after.data, before.size);
    neume_buffer_clear(&before);
    neume_buffer_clear(&after);
}

static void test_foreign_and_damaged_files_are_refused(void **state) {
    const place *at = *state;
    neume_store *store = NULL;
    sqlite3 *foreign = NULL;
    assert_int_equal(neume_store_open(at->path, NULL, &store), NEUME_ENOTFOUND);
    assert_ok(neume_file_write(at->path, "this is no database, whatever its name says: it is a text file", 62));
    assert_int_equal(neume_store_open(at->path, NULL, &store), NEUME_EFORMAT);
    assert_int_equal(sqlite3_open(at->copy, &foreign), SQLITE_OK);
    assert_int_equal(sqlite3_exec(foreign, "CREATE TABLE t (x); PRAGMA user_version = 2", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(foreign);
    assert_int_equal(neume_store_open(at->copy, NULL, &store), NEUME_EFORMAT);
    assert_null(store);
}

static void test_bytes_overwritten_anywhere_never_crash(void **state) {
    const place *at = *state;
    neume_buffer whole = {0};
    neume_rng rng = neume_rng_seeded(1, 1);
    neume_store *store = open_at(at->path, NULL);
    check_item_returns(store);
    check_events_return(store);
    neume_store_close(store);
    assert_ok(neume_file_read(at->path, 1 << 24, &whole));
    for (int round = 0; round < 60; round++) {
        neume_buffer bad = {0};
        told seen = {0};
        log_of_events events = {0};
        assert_ok(neume_buffer_append(&bad, whole.data, whole.size));
        for (int i = 0; i < 40; i++) bad.data[neume_rng_below(&rng, (int64_t)bad.size)] = (char)neume_rng_u32(&rng);
        assert_ok(neume_file_write(at->copy, bad.data, bad.size));
        if (neume_store_open(at->copy, NULL, &store) == NEUME_OK) {
            (void)!neume_store_each_item(store, note_item, &seen);
            (void)!neume_store_each_event(store, 0, 0, note_event, &events);
            (void)!neume_store_check(store);
            neume_store_close(store);
        }
        neume_buffer_clear(&bad);
    }
    neume_buffer_clear(&whole);
}

static void test_a_backup_is_the_store_and_replaces_nothing(void **state) {
    const place *at = *state;
    neume_store *store = open_at(at->path, NULL), *copy = NULL;
    told seen = {0};
    struct stat info;
    check_item_returns(store);
    assert_ok(neume_store_backup(store, at->copy, NULL));
    assert_int_equal(neume_store_backup(store, at->copy, NULL), NEUME_EINVAL);
    neume_store_close(store);
    assert_int_equal(stat(at->copy, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_ok(neume_store_open(at->copy, NULL, &copy));
    assert_ok(neume_store_check(copy));
    assert_ok(neume_store_each_item(copy, note_item, &seen));
    assert_string_equal(seen.id, "42");
    neume_store_close(copy);
}

static void test_settings_and_models_return(void **state) {
    const place *at = *state;
    neume_buffer text = {0}, stamp = {0}, bytes = {0};
    neume_store *store = open_at(at->path, NULL);
    assert_ok(neume_store_setting_get(store, "never", &text));
    assert_string_equal(text.data, "");
    assert_ok(neume_store_setting_set(store, "a", "1"));
    assert_ok(neume_store_setting_set(store, "a", "2"));
    assert_ok(neume_store_setting_get(store, "a", &text));
    assert_string_equal(text.data, "2");
    assert_int_equal(neume_store_model_get(store, "taste", &stamp, NULL), NEUME_ENOTFOUND);
    assert_ok(neume_store_model_put(store, "taste", "old", "x", 1));
    assert_ok(neume_store_model_put(store, "taste", "new", "\0yz", 3));
    assert_ok(neume_store_model_get(store, "taste", &stamp, &bytes));
    assert_string_equal(stamp.data, "new");
    assert_int_equal(bytes.size, 3);
    assert_memory_equal(bytes.data, "\0yz", 3);
    neume_store_close(store);
    neume_buffer_clear(&text);
    neume_buffer_clear(&stamp);
    neume_buffer_clear(&bytes);
}

/* --- privacy ------------------------------------------------------------------------------------------------------ */

static void fill_with_names(neume_store *store) {
    const neume_store_tag tag = {"tagname-hauntology", 1};
    const neume_store_item item = {
        .id = "itemid-998877", .name = "name-Ripples", .artist = "artist-Selvedge", .tags = &tag, .tag_count = 1};
    int64_t row = 0;
    assert_ok(neume_store_put_item(store, &item, &row));
    const int64_t user = put_user(store, "123456789012345678");
    assert_ok(neume_store_add_event(store, &(neume_store_event){user, row, NEUME_EVENT_LIKE, 1700000000, 1}));
    assert_ok(neume_store_model_put(store, "taste", "1", "remembers itemid-998877", 23));
}

static const char *const secrets[] = {"itemid-998877", "name-Ripples", "artist-Selvedge", "tagname-hauntology",
                                      "123456789012345678"};

static void test_an_encrypted_file_shows_no_name(void **state) {
    const place *at = *state;
    assert_ok(neume_store_key_write(at->key));
    neume_store *store = open_at(at->path, at->key);
    fill_with_names(store);
    for (size_t i = 0; i < 5; i++) assert_false(in_files(at, secrets[i]));
    neume_store_close(store);
    for (size_t i = 0; i < 5; i++) assert_false(in_files(at, secrets[i]));
    /* The same without a key shows them: the search above can find what is there. */
    assert_int_equal(unlink(at->path), 0);
    store = open_at(at->path, NULL);
    fill_with_names(store);
    for (size_t i = 0; i < 5; i++) assert_true(in_files(at, secrets[i]));
    neume_store_close(store);
}

static void test_another_key_is_refused(void **state) {
    const place *at = *state;
    neume_store *store = NULL;
    assert_ok(neume_store_key_write(at->key));
    neume_store_close(open_at(at->path, at->key));
    assert_int_equal(unlink(at->key), 0);
    assert_ok(neume_store_key_write(at->key));
    assert_int_equal(neume_store_open(at->path, &(neume_store_options){.key_path = at->key}, &store), NEUME_EINVAL);
    assert_non_null(strstr(neume_error_message(), "is not its key"));
    assert_int_equal(neume_store_open(at->path, NULL, &store), NEUME_EINVAL);
    assert_non_null(strstr(neume_error_message(), "encrypted"));
    neume_store_close(open_at(at->copy, NULL));
    assert_int_equal(neume_store_open(at->copy, &(neume_store_options){.key_path = at->key}, &store), NEUME_EINVAL);
    assert_null(store);
}

static void test_a_sealed_event_moved_to_another_user_does_not_open(void **state) {
    const place *at = *state;
    log_of_events seen = {0};
    assert_ok(neume_store_key_write(at->key));
    neume_store *store = open_at(at->path, at->key);
    fill_with_names(store);
    const int64_t other = put_user(store, "2");
    char sql[64];
    snprintf(sql, sizeof sql, "UPDATE events SET user = %lld", (long long)other);
    assert_ok(store_run_text(store, sql));
    assert_int_equal(neume_store_each_event(store, 0, 0, note_event, &seen), NEUME_EFORMAT);
    neume_store_close(store);
}

static void test_names_become_pseudonyms_and_pseudonyms_stay(void **state) {
    const place *at = *state;
    neume_store *store = open_at(at->path, NULL), *other = open_at(at->copy, NULL);
    char one[NEUME_PSEUDONYM_BYTES], two[NEUME_PSEUDONYM_BYTES], again[NEUME_PSEUDONYM_BYTES];
    static const char *const kept[] = {"7", "123456789012345678", "u0123456789abcdef",
                                       "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"};
    for (size_t i = 0; i < 4; i++) {
        neume_store_pseudonym(store, kept[i], one);
        assert_string_equal(one, kept[i]);
    }
    neume_store_pseudonym(store, "alice@example.org", one);
    assert_int_equal(strlen(one), 17);
    neume_store_pseudonym(store, one, again);
    assert_string_equal(one, again);
    neume_store_pseudonym(other, "alice@example.org", two);
    assert_string_not_equal(one, two); /* each store has its own salt */
    const int64_t user = put_user(store, "alice@example.org");
    assert_int_equal(put_user(store, one), user);
    assert_false(in_files(at, "alice"));
    neume_store_close(store);
    neume_store_close(other);
}

static void check_forgotten(const place *at, const char *key) {
    neume_store *store = open_at(at->path, key);
    neume_store_counts before, after;
    log_of_events seen = {0};
    int64_t gone = 0, row = 0;
    fill_with_names(store);
    int64_t user = 0, shared = put_item(store, "listed");
    assert_ok(neume_store_find_user(store, "123456789012345678", &user));
    int64_t only = 0;
    const neume_store_item rare = {.id = "rare-homerecording", .heard_only = true};
    assert_ok(neume_store_put_item(store, &rare, &only));
    assert_ok(neume_store_add_event(store, &(neume_store_event){user, only, NEUME_EVENT_PLAY, 1, 1}));
    const int64_t other = put_user(store, "2");
    assert_ok(neume_store_add_event(store, &(neume_store_event){other, shared, NEUME_EVENT_PLAY, 1, 1}));
    assert_ok(neume_store_count(store, &before));
    assert_ok(neume_store_forget_user(store, user, &gone));
    assert_int_equal(gone, 2);
    assert_int_equal(neume_store_forget_user(store, user, &gone), NEUME_ENOTFOUND);
    assert_ok(neume_store_count(store, &after));
    assert_true(after.changes > before.changes);
    assert_int_equal(after.users, 1);
    assert_int_equal(neume_store_find_user(store, "123456789012345678", &row), NEUME_ENOTFOUND);
    assert_int_equal(neume_store_find_item(store, "rare-homerecording", &row), NEUME_ENOTFOUND);
    assert_ok(neume_store_find_item(store, "itemid-998877", &row)); /* the catalogue lists it */
    neume_buffer stamp = {0};
    assert_int_equal(neume_store_model_get(store, "taste", &stamp, NULL), NEUME_ENOTFOUND);
    neume_buffer_clear(&stamp);
    assert_ok(neume_store_each_event(store, 0, 0, note_event, &seen));
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.events[0].user, other);
    assert_false(in_files(at, "123456789012345678"));
    assert_false(in_files(at, "rare-homerecording"));
    neume_store_close(store);
}

static void test_who_is_forgotten_leaves_no_bytes(void **state) {
    check_forgotten(*state, NULL);
}

static void test_who_is_forgotten_leaves_an_encrypted_store_too(void **state) {
    const place *at = *state;
    assert_ok(neume_store_key_write(at->key));
    check_forgotten(at, at->key);
}

/* --- memory ------------------------------------------------------------------------------------------------------- */

static neume_status open_and_read(void *context) {
    const place *at = context;
    neume_store *store = NULL;
    told seen = {0};
    log_of_events events = {0};
    NEUME_TRY(neume_store_open(at->path, &(neume_store_options){.key_path = at->key}, &store));
    neume_status status = neume_store_each_item(store, note_item, &seen);
    if (!status) status = neume_store_each_event(store, 0, 0, note_event, &events);
    const neume_store_item more = {.id = "n", .name = "m", .features = (float[]){1}, .feature_count = 1};
    if (!status) status = neume_store_put_item(store, &more, NULL);
    neume_store_close(store);
    return status;
}

static void test_no_memory_is_said_and_leaks_nothing(void **state) {
    place *at = *state;
    assert_ok(neume_store_key_write(at->key));
    neume_store *store = open_at(at->path, at->key);
    fill_with_names(store);
    neume_store_close(store);
    sweep_allocation_failures(open_and_read, at);
}

#define in_a_place(test) cmocka_unit_test_setup_teardown(test, make_place, own_folder_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        in_a_place(test_an_item_returns_as_it_was_put),
        in_a_place(test_an_item_returns_from_an_encrypted_store),
        in_a_place(test_events_return_as_they_were_added),
        in_a_place(test_the_same_event_twice_is_there_once),
        in_a_place(test_events_after_a_row_are_the_new_ones),
        in_a_place(test_what_names_nobody_is_refused),
        in_a_place(test_what_is_not_committed_is_gone),
        in_a_place(test_an_older_file_is_migrated_and_keeps_its_items),
        in_a_place(test_a_newer_file_is_refused_and_left_alone),
        in_a_place(test_foreign_and_damaged_files_are_refused),
        in_a_place(test_bytes_overwritten_anywhere_never_crash),
        in_a_place(test_a_backup_is_the_store_and_replaces_nothing),
        in_a_place(test_settings_and_models_return),
        in_a_place(test_an_encrypted_file_shows_no_name),
        in_a_place(test_another_key_is_refused),
        in_a_place(test_a_sealed_event_moved_to_another_user_does_not_open),
        in_a_place(test_names_become_pseudonyms_and_pseudonyms_stay),
        in_a_place(test_who_is_forgotten_leaves_no_bytes),
        in_a_place(test_who_is_forgotten_leaves_an_encrypted_store_too),
        in_a_place(test_no_memory_is_said_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
