/* A store's catalogue in memory: items by number from 0 in the order of their rows, their tags as sparse vectors. */
#ifndef NEUME_SRC_SERVICE_TASTE_CATALOGUE_H
#define NEUME_SRC_SERVICE_TASTE_CATALOGUE_H

#include "neume/service_taste.h"

typedef struct taste_tag {
    int32_t tag;
    float weight; /* of the item's heaviest tag: 1 */
} taste_tag;

typedef struct taste_item {
    int64_t row;
    const char *id, *name, *artist; /* name and artist may be NULL */
    int year;
    const taste_tag *tags; /* (tag_count) by number */
    size_t tag_count;
    float tag_norm;
    const float *features; /* (features of the catalogue), NaN = not known */
    double listeners;      /* how many have heard it */
} taste_item;

typedef struct taste_catalogue {
    neume_arena *arena;
    neume_ids *ids, *tags;
    taste_item *items;
    int64_t count;
    size_t capacity;
    size_t features;
    const char **feature_names;
    int tempo, valence, arousal; /* places of features that words speak of; -1 = there is none */
} taste_catalogue;

/* The text, copied; NULL stays NULL. Without memory *status becomes NEUME_ENOMEM, else it stays. */
const char *taste_copy_text(neume_arena *arena, const char *text, neume_status *status);

NEUME_MUST neume_status taste_catalogue_read(neume_store *store, taste_catalogue **out);
void taste_catalogue_free(taste_catalogue *catalogue);
/* The item of a row, -1 if there is none: the event of an item that was deleted. */
int32_t taste_catalogue_of_row(const taste_catalogue *catalogue, int64_t row);
/* An item by id, or by name as people write it. @retval NEUME_ENOTFOUND */
NEUME_MUST neume_status taste_catalogue_find(const taste_catalogue *catalogue, const char *words, int32_t *out);
double taste_feature(const taste_catalogue *catalogue, int32_t item, int place); /* NAN = not known */
/* 0 .. 1: by tags and artist. A neume_taste_alike_fn; its context is the catalogue. */
double taste_alike(const void *context, int32_t a, int32_t b);
/* What an item is called: its name, or its id. */
const char *taste_item_name(const taste_item *item);

/* A growing list of numbers of items with weights. */
typedef struct taste_entries {
    neume_taste_entry *at;
    size_t count, capacity;
} taste_entries;
NEUME_MUST neume_status taste_entries_add(taste_entries *entries, int32_t item, float weight);

#endif
