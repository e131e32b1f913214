/* Items with their tags and features. A row is found by the keyed hash of its id, so that an encrypted store can find
 * what it does not show. */
#include "store.h"

#include <math.h>
#include <string.h>

enum { FEATURE_COLUMNS = 4096 };

static store_key key_of(const neume_store *store, char kind, const char *name) {
    return store_hash(&store->keys, kind, name, strlen(name));
}

/* The row of a key. @retval NEUME_ENOTFOUND without a message */
static neume_status find_row(neume_store *store, store_query which, const store_key *key, int64_t *row) {
    sqlite3_stmt *query = NULL;
    NEUME_TRY(store_take(store, which, &query));
    NEUME_TRY(store_bind_key(store, query, 1, key));
    return store_number(store, query, row);
}

neume_status neume_store_find_item(neume_store *store, const char *id, int64_t *row) {
    const store_key key = key_of(store, 'i', id);
    neume_status status = find_row(store, QUERY_ITEM_FIND, &key, row);
    return status == NEUME_ENOTFOUND ? neume_fail(status, "no item '%s' in the store", id) : status;
}

/* --- tags --------------------------------------------------------------------------------------------------------- */

static neume_status tag_row(neume_store *store, const char *name, int64_t *row) {
    const store_place place = {"tag", key_of(store, 't', name)};
    sqlite3_stmt *query = NULL;
    neume_status status = find_row(store, QUERY_TAG_FIND, &place.row, row);
    if (status != NEUME_ENOTFOUND) return status;
    NEUME_TRY(store_take(store, QUERY_TAG_ADD, &query));
    NEUME_TRY(store_bind_key(store, query, 1, &place.row));
    NEUME_TRY(store_bind_text(store, query, 2, name, &place));
    NEUME_TRY(store_finish(store, query));
    *row = sqlite3_last_insert_rowid(store->db);
    return NEUME_OK;
}

static neume_status add_tag(neume_store *store, int64_t item, const neume_store_tag *tag) {
    sqlite3_stmt *query = NULL;
    int64_t row = 0;
    if (!tag->name || !*tag->name || !(tag->weight > 0) || !isfinite(tag->weight))
        return neume_fail(NEUME_EINVAL, "a tag needs a name and a weight above 0");
    NEUME_TRY(tag_row(store, tag->name, &row));
    NEUME_TRY(store_take(store, QUERY_ITEM_ADD_TAG, &query));
    sqlite3_bind_int64(query, 1, item);
    sqlite3_bind_int64(query, 2, row);
    sqlite3_bind_double(query, 3, tag->weight);
    return store_finish(store, query);
}

neume_status neume_store_set_tag(neume_store *store, int64_t item, const neume_store_tag *tag) {
    bool mine = false;
    NEUME_TRY(store_begin_own(store, &mine));
    store->changed = true;
    return store_end(store, mine, add_tag(store, item, tag));
}

static neume_status replace_tags(neume_store *store, int64_t row, const neume_store_item *item) {
    sqlite3_stmt *query = NULL;
    NEUME_TRY(store_take(store, QUERY_ITEM_DROP_TAGS, &query));
    sqlite3_bind_int64(query, 1, row);
    NEUME_TRY(store_finish(store, query));
    for (size_t i = 0; i < item->tag_count; i++) NEUME_TRY(add_tag(store, row, &item->tags[i]));
    return NEUME_OK;
}

/* --- features ----------------------------------------------------------------------------------------------------- */

static neume_status find_feature(neume_store *store, const char *name, int64_t *place) {
    sqlite3_stmt *query = NULL;
    NEUME_TRY(store_take(store, QUERY_FEATURE_FIND, &query));
    sqlite3_bind_text(query, 1, name, -1, SQLITE_STATIC);
    return store_number(store, query, place);
}

neume_status neume_store_feature_place(neume_store *store, const char *name, size_t *place) {
    sqlite3_stmt *query = NULL;
    int64_t found = 0;
    neume_status status = find_feature(store, name, &found);
    if (status == NEUME_ENOTFOUND) {
        NEUME_TRY(store_take(store, QUERY_FEATURE_COUNT, &query));
        NEUME_TRY(store_number(store, query, &found));
        if (found >= FEATURE_COLUMNS) return neume_fail(NEUME_ELIMIT, "more than %d feature columns", FEATURE_COLUMNS);
        NEUME_TRY(store_take(store, QUERY_FEATURE_ADD, &query));
        sqlite3_bind_int64(query, 1, found);
        sqlite3_bind_text(query, 2, name, -1, SQLITE_STATIC);
        status = store_finish(store, query);
    }
    if (!status) *place = (size_t)found;
    return status;
}

neume_status neume_store_feature_name(neume_store *store, size_t place, neume_buffer *out) {
    sqlite3_stmt *query = NULL;
    bool row = false;
    NEUME_TRY(store_take(store, QUERY_FEATURE_NAME, &query));
    sqlite3_bind_int64(query, 1, (int64_t)place);
    NEUME_TRY(store_step(store, query, &row));
    if (!row) return neume_fail(NEUME_ENOTFOUND, "no feature column %zu", place);
    neume_status status =
        neume_buffer_append(out, sqlite3_column_blob(query, 0), (size_t)sqlite3_column_bytes(query, 0));
    sqlite3_reset(query);
    return status;
}

/* The item's old vector, at least @p count long, NaN where nothing is known. */
static neume_status read_features(neume_store *store, int64_t row, const store_place *place, size_t count,
                                  neume_buffer *out) {
    static const float unknown = NAN;
    sqlite3_stmt *query = NULL;
    NEUME_TRY(store_take(store, QUERY_ITEM_FEATURES, &query));
    sqlite3_bind_int64(query, 1, row);
    NEUME_TRY(store_step(store, query, NULL));
    neume_status status = store_column(store, query, 0, place, out);
    sqlite3_reset(query);
    if (!status && out->size % sizeof unknown)
        return neume_fail(NEUME_EFORMAT, "%s: an item's features are damaged", store->path);
    while (!status && out->size < count * sizeof unknown) status = neume_buffer_append(out, &unknown, sizeof unknown);
    return status;
}

static neume_status merge_features(neume_store *store, int64_t row, const store_key *key,
                                   const neume_store_item *item) {
    const store_place place = {"feature", *key};
    sqlite3_stmt *query = NULL;
    neume_buffer merged = {0};
    neume_status status = read_features(store, row, &place, item->feature_count, &merged);
    if (status) goto done;
    for (size_t i = 0; i < item->feature_count; i++)
        if (isfinite(item->features[i])) memcpy(merged.data + i * sizeof(float), &item->features[i], sizeof(float));
    status = store_take(store, QUERY_ITEM_SET_FEATURES, &query);
    if (status) goto done;
    sqlite3_bind_int64(query, 1, row);
    status = store_bind_bytes(store, query, 2, merged.data, merged.size, &place);
    if (!status) status = store_finish(store, query);
done:
    neume_buffer_clear(&merged);
    return status;
}

/* --- putting an item ---------------------------------------------------------------------------------------------- */

static neume_status bind_names(neume_store *store, sqlite3_stmt *query, int first, const neume_store_item *item,
                               const store_key *key) {
    const store_place name = {"name", *key}, artist = {"artist", *key};
    NEUME_TRY(store_bind_text(store, query, first, item->name, &name));
    NEUME_TRY(store_bind_text(store, query, first + 1, item->artist, &artist));
    if (item->year) sqlite3_bind_int(query, first + 2, item->year);
    sqlite3_bind_int(query, first + 3, item->heard_only);
    return NEUME_OK;
}

static neume_status add_item(neume_store *store, const neume_store_item *item, const store_key *key, int64_t *row) {
    const store_place id = {"id", *key};
    sqlite3_stmt *query = NULL;
    NEUME_TRY(store_take(store, QUERY_ITEM_ADD, &query));
    NEUME_TRY(store_bind_key(store, query, 1, key));
    NEUME_TRY(store_bind_text(store, query, 2, item->id, &id));
    NEUME_TRY(bind_names(store, query, 3, item, key));
    NEUME_TRY(store_finish(store, query));
    *row = sqlite3_last_insert_rowid(store->db);
    return NEUME_OK;
}

static neume_status update_item(neume_store *store, const neume_store_item *item, const store_key *key, int64_t row) {
    sqlite3_stmt *query = NULL;
    NEUME_TRY(store_take(store, QUERY_ITEM_UPDATE, &query));
    sqlite3_bind_int64(query, 1, row);
    NEUME_TRY(bind_names(store, query, 2, item, key));
    if (item->tag_count || item->feature_count) store->changed = true;
    return store_finish(store, query);
}

static neume_status put_item(neume_store *store, const neume_store_item *item, int64_t *row) {
    const store_key key = key_of(store, 'i', item->id);
    neume_status status = find_row(store, QUERY_ITEM_FIND, &key, row);
    if (status == NEUME_ENOTFOUND)
        status = add_item(store, item, &key, row);
    else if (!status)
        status = update_item(store, item, &key, *row);
    if (!status && item->tag_count) status = replace_tags(store, *row, item);
    if (!status && item->feature_count) status = merge_features(store, *row, &key, item);
    return status;
}

neume_status neume_store_put_item(neume_store *store, const neume_store_item *item, int64_t *row) {
    bool mine = false;
    int64_t put = 0;
    if (!item->id || !*item->id) return neume_fail(NEUME_EINVAL, "an item needs an id");
    NEUME_TRY(store_begin_own(store, &mine));
    NEUME_TRY(store_end(store, mine, put_item(store, item, &put)));
    if (row) *row = put;
    return NEUME_OK;
}

/* --- telling all items -------------------------------------------------------------------------------------------- */

/* One item's texts, kept for the length of a call: names are places in `text` until it no longer grows. */
typedef struct item_page {
    neume_buffer id, name, artist, features, tag_text;
    neume_store_tag *tags;
    size_t *tag_at; /* of each name in tag_text */
    size_t tag_count, tag_capacity, at_capacity;
} item_page;

static void page_empty(item_page *page) {
    page->id.size = page->name.size = page->artist.size = page->features.size = page->tag_text.size = 0;
    page->tag_count = 0;
}

static void page_clear(item_page *page) {
    neume_buffer_clear(&page->id);
    neume_buffer_clear(&page->name);
    neume_buffer_clear(&page->artist);
    neume_buffer_clear(&page->features);
    neume_buffer_clear(&page->tag_text);
    neume__free(page->tags);
    neume__free(page->tag_at);
}

static neume_status page_add_tag(neume_store *store, sqlite3_stmt *query, item_page *page) {
    store_place place = {.column = "tag"};
    if (sqlite3_column_bytes(query, 2) != STORE_HASH_BYTES)
        return neume_fail(NEUME_EFORMAT, "%s: a tag's key is damaged", store->path);
    memcpy(place.row.bytes, sqlite3_column_blob(query, 2), STORE_HASH_BYTES);
    NEUME_TRY(neume__grow((void **)&page->tags, &page->tag_capacity, page->tag_count + 1, sizeof *page->tags));
    NEUME_TRY(neume__grow((void **)&page->tag_at, &page->at_capacity, page->tag_count + 1, sizeof *page->tag_at));
    page->tag_at[page->tag_count] = page->tag_text.size;
    page->tags[page->tag_count++].weight = sqlite3_column_double(query, 1);
    NEUME_TRY(store_column(store, query, 3, &place, &page->tag_text));
    return neume_buffer_append(&page->tag_text, "", 1);
}

static neume_status page_read_tags(neume_store *store, int64_t row, item_page *page) {
    sqlite3_stmt *query = NULL;
    bool more = true;
    NEUME_TRY(store_take(store, QUERY_ITEM_TAGS, &query));
    sqlite3_bind_int64(query, 1, row);
    for (;;) {
        NEUME_TRY(store_step(store, query, &more));
        if (!more) break;
        NEUME_TRY(page_add_tag(store, query, page));
    }
    for (size_t i = 0; i < page->tag_count; i++) page->tags[i].name = page->tag_text.data + page->tag_at[i];
    return NEUME_OK;
}

static const char *text_of(const neume_buffer *text) {
    return text->size ? text->data : NULL;
}

/* Columns: row, key, id, name, artist, year, features, heard_only. */
static neume_status page_read(neume_store *store, sqlite3_stmt *query, item_page *page, neume_store_item *out) {
    store_place place = {.column = "id"};
    page_empty(page);
    if (sqlite3_column_bytes(query, 1) != STORE_HASH_BYTES)
        return neume_fail(NEUME_EFORMAT, "%s: an item's key is damaged", store->path);
    memcpy(place.row.bytes, sqlite3_column_blob(query, 1), STORE_HASH_BYTES);
    const store_place name = {"name", place.row}, artist = {"artist", place.row}, features = {"feature", place.row};
    NEUME_TRY(store_column(store, query, 2, &place, &page->id));
    NEUME_TRY(store_column(store, query, 3, &name, &page->name));
    NEUME_TRY(store_column(store, query, 4, &artist, &page->artist));
    NEUME_TRY(store_column(store, query, 6, &features, &page->features));
    NEUME_TRY(page_read_tags(store, sqlite3_column_int64(query, 0), page));
    *out = (neume_store_item){
        .row = sqlite3_column_int64(query, 0),
        .id = page->id.size ? page->id.data : "",
        .name = text_of(&page->name),
        .artist = text_of(&page->artist),
        .year = sqlite3_column_int(query, 5),
        .tags = page->tags,
        .tag_count = page->tag_count,
        .features = (const float *)(const void *)page->features.data,
        .feature_count = page->features.size / sizeof(float),
        .heard_only = sqlite3_column_int(query, 7) != 0,
    };
    return NEUME_OK;
}

neume_status neume_store_each_item(neume_store *store, neume_store_item_fn *fn, void *context) {
    sqlite3_stmt *query = NULL;
    item_page page = {0};
    neume_store_item item;
    bool row = false;
    NEUME_TRY(store_prepare(
        store, "SELECT row, key, id, name, artist, year, features, heard_only FROM items ORDER BY row", &query));
    neume_status status = store_step(store, query, &row);
    while (!status && row) {
        status = page_read(store, query, &page, &item);
        if (!status) status = fn(context, &item);
        if (!status) status = store_step(store, query, &row);
    }
    sqlite3_finalize(query);
    page_clear(&page);
    return status;
}
