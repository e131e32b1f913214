/* A file into the store: what the room history tells, the room store keeps. */
#include "neume/service_taste.h"

#include <string.h>

typedef struct import {
    neume_store *store;
    const char *user;
    size_t *places; /* the file's feature columns in the store */
    size_t count, capacity;
    float *vector; /* one item's features by the store's places */
    size_t width, vector_capacity;
    neume_store_tag *tags;
    size_t tag_capacity;
} import;

static neume_event_kind kind_of(const char *name) {
    for (int kind = 0; kind < NEUME_EVENT_KINDS; kind++)
        if (strcmp(name, neume_event_kind_name((neume_event_kind)kind)) == 0) return (neume_event_kind)kind;
    return NEUME_EVENT_PLAY;
}

static neume_status take_event(void *context, const neume_history_event *event) {
    import *at = context;
    int64_t user = 0, item = 0;
    const neume_store_item heard = {
        .id = event->item, .name = event->name, .artist = event->artist, .heard_only = true};
    NEUME_TRY(neume_store_put_user(at->store, event->user ? event->user : at->user, &user));
    NEUME_TRY(neume_store_put_item(at->store, &heard, &item));
    return neume_store_add_event(at->store,
                                 &(neume_store_event){user, item, kind_of(event->kind), event->time_s, event->value});
}

static neume_status take_feature(void *context, const char *name) {
    import *at = context;
    size_t place = 0;
    NEUME_TRY(neume_store_feature_place(at->store, name, &place));
    NEUME_TRY(neume__grow((void **)&at->places, &at->capacity, at->count + 1, sizeof *at->places));
    at->places[at->count++] = place;
    if (place + 1 > at->width) at->width = place + 1;
    return neume__grow((void **)&at->vector, &at->vector_capacity, at->width, sizeof *at->vector);
}

static void place_features(import *at, const neume_history_item *item) {
    for (size_t i = 0; i < at->width; i++) at->vector[i] = __builtin_nanf("");
    for (size_t i = 0; i < item->feature_count; i++) at->vector[at->places[i]] = item->features[i];
}

static neume_status take_item(void *context, const neume_history_item *item) {
    import *at = context;
    NEUME_TRY(neume__grow((void **)&at->tags, &at->tag_capacity, item->tag_count, sizeof *at->tags));
    for (size_t i = 0; i < item->tag_count; i++)
        at->tags[i] = (neume_store_tag){item->tags[i].name, item->tags[i].weight};
    if (item->adds_tags) {
        int64_t row = 0;
        NEUME_TRY(neume_store_put_item(at->store, &(neume_store_item){.id = item->id}, &row));
        return neume_store_set_tag(at->store, row, at->tags);
    }
    place_features(at, item);
    const neume_store_item known = {.id = item->id,
                                    .name = item->name,
                                    .artist = item->artist,
                                    .year = item->year,
                                    .tags = at->tags,
                                    .tag_count = item->tag_count,
                                    .features = at->vector,
                                    .feature_count = item->feature_count ? at->width : 0};
    return neume_store_put_item(at->store, &known, NULL);
}

neume_status neume_listening_import(neume_store *store, const char *path, const neume_import_options *options,
                                    const neume_progress *progress, neume_history_tally *tally) {
    static const neume_import_options defaults = {0};
    neume_history_tally counted;
    if (!options) options = &defaults;
import at = {.store = store, .user = options->user ? options->user: "me" };
    const neume_history_sink sink = {&at, take_event, take_item, take_feature};
    NEUME_TRY(neume_store_begin(store));
    neume_status status = neume_history_read_file(path, &options->history, &sink, progress, &counted);
    if (!status) status = neume_store_commit(store);
    if (status)
        neume_store_rollback(store);
    else
        *tally = counted;
    neume__free(at.places);
    neume__free(at.vector);
    neume__free(at.tags);
    return status;
}
