#include "taste_catalogue.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* --- reading ------------------------------------------------------------------------------------------------------ */

const char *taste_copy_text(neume_arena *arena, const char *text, neume_status *status) {
    if (!text) return NULL;
    const size_t size = strlen(text) + 1;
    char *copy = neume_arena_alloc(arena, size);
    if (!copy) *status = NEUME_ENOMEM;
    return copy ? memcpy(copy, text, size) : NULL;
}

static int by_tag(const void *a, const void *b) {
    const int32_t one = ((const taste_tag *)a)->tag, two = ((const taste_tag *)b)->tag;
    return (one > two) - (one < two);
}

static neume_status copy_tags(taste_catalogue *catalogue, const neume_store_item *from, taste_item *to) {
    taste_tag *tags = neume_arena_alloc(catalogue->arena, (from->tag_count + 1) * sizeof *tags);
    double most = 0, squares = 0;
    if (!tags) return NEUME_ENOMEM;
    for (size_t i = 0; i < from->tag_count; i++) {
        NEUME_TRY(neume_ids_add(catalogue->tags, from->tags[i].name, &tags[i].tag));
        most = fmax(most, from->tags[i].weight);
    }
    for (size_t i = 0; i < from->tag_count; i++) {
        tags[i].weight = (float)(from->tags[i].weight / most);
        squares += (double)tags[i].weight * (double)tags[i].weight;
    }
    qsort(tags, from->tag_count, sizeof *tags, by_tag);
    to->tags = tags;
    to->tag_count = from->tag_count;
    to->tag_norm = (float)sqrt(squares);
    return NEUME_OK;
}

static neume_status copy_features(taste_catalogue *catalogue, const neume_store_item *from, taste_item *to) {
    float *features = neume_arena_alloc(catalogue->arena, (catalogue->features + 1) * sizeof *features);
    if (!features) return NEUME_ENOMEM;
    for (size_t i = 0; i < catalogue->features; i++) features[i] = i < from->feature_count ? from->features[i] : NAN;
    to->features = features;
    return NEUME_OK;
}

static neume_status take_item(void *context, const neume_store_item *from) {
    taste_catalogue *catalogue = context;
    int32_t index = 0;
    taste_item to = {.row = from->row, .year = from->year};
    NEUME_TRY(neume_ids_add(catalogue->ids, from->id, &index));
    if (index != catalogue->count) return neume_fail(NEUME_EFORMAT, "an item of the store is there twice");
    to.id = neume_ids_name(catalogue->ids, index);
    neume_status status = NEUME_OK;
    to.name = taste_copy_text(catalogue->arena, from->name, &status);
    to.artist = taste_copy_text(catalogue->arena, from->artist, &status);
    NEUME_TRY(status);
    NEUME_TRY(copy_tags(catalogue, from, &to));
    NEUME_TRY(copy_features(catalogue, from, &to));
    NEUME_TRY(
        neume__grow((void **)&catalogue->items, &catalogue->capacity, (size_t)index + 1, sizeof *catalogue->items));
    catalogue->items[catalogue->count++] = to;
    return NEUME_OK;
}

static int place_of(const taste_catalogue *catalogue, const char *const *names) {
    for (; *names; names++)
        for (size_t i = 0; i < catalogue->features; i++)
            if (strcasecmp(catalogue->feature_names[i], *names) == 0) return (int)i;
    return -1;
}

static neume_status read_feature_names(neume_store *store, taste_catalogue *catalogue) {
    static const char *const tempo[] = {"tempo_bpm", "bpm", "tempo", NULL}, *const valence[] = {"valence", NULL};
    static const char *const arousal[] = {"arousal", "energy", NULL};
    neume_store_counts counts;
    neume_buffer name = {0};
    neume_status status = neume_store_count(store, &counts);
    catalogue->features = status ? 0 : (size_t)counts.features;
    catalogue->feature_names = neume_arena_alloc(catalogue->arena, (catalogue->features + 1) * sizeof(char *));
    if (!catalogue->feature_names) return NEUME_ENOMEM;
    for (size_t i = 0; i < catalogue->features && !status; i++) {
        name.size = 0;
        status = neume_store_feature_name(store, i, &name);
        if (!status) catalogue->feature_names[i] = taste_copy_text(catalogue->arena, name.data, &status);
    }
    neume_buffer_clear(&name);
    if (status) return status;
    catalogue->tempo = place_of(catalogue, tempo);
    catalogue->valence = place_of(catalogue, valence);
    catalogue->arousal = place_of(catalogue, arousal);
    return NEUME_OK;
}

neume_status taste_catalogue_read(neume_store *store, taste_catalogue **out) {
    taste_catalogue *catalogue = neume__calloc(1, sizeof *catalogue);
    neume_status status = catalogue ? NEUME_OK : NEUME_ENOMEM;
    if (status) return status;
    NEUME_GO(neume_arena_new(&catalogue->arena));
    NEUME_GO(neume_ids_new(&catalogue->ids));
    NEUME_GO(neume_ids_new(&catalogue->tags));
    NEUME_GO(read_feature_names(store, catalogue));
    NEUME_GO(neume_store_each_item(store, take_item, catalogue));
    *out = catalogue;
    return NEUME_OK;
fail:
    taste_catalogue_free(catalogue);
    return status;
}

void taste_catalogue_free(taste_catalogue *catalogue) {
    if (!catalogue) return;
    neume_arena_free(catalogue->arena);
    neume_ids_free(catalogue->ids);
    neume_ids_free(catalogue->tags);
    neume__free(catalogue->items);
    neume__free(catalogue);
}

/* --- looking up --------------------------------------------------------------------------------------------------- */

int32_t taste_catalogue_of_row(const taste_catalogue *catalogue, int64_t row) {
    int64_t low = 0, high = catalogue->count;
    while (low < high) {
        const int64_t middle = (low + high) / 2;
        if (catalogue->items[middle].row < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low < catalogue->count && catalogue->items[low].row == row ? (int32_t)low : -1;
}

neume_status taste_catalogue_find(const taste_catalogue *catalogue, const char *words, int32_t *out) {
    const int64_t found = neume_ids_find(catalogue->ids, words);
    if (found >= 0) {
        *out = (int32_t)found;
        return NEUME_OK;
    }
    int32_t best = -1;
    for (int32_t i = 0; i < catalogue->count; i++) {
        const taste_item *item = &catalogue->items[i];
        if (!item->name || strcasecmp(item->name, words) != 0) continue;
        if (best < 0 || item->listeners > catalogue->items[best].listeners) best = i;
    }
    if (best < 0) return neume_fail(NEUME_ENOTFOUND, "no item '%s' in the catalogue", words);
    *out = best;
    return NEUME_OK;
}

double taste_feature(const taste_catalogue *catalogue, int32_t item, int place) {
    return place < 0 ? (double)NAN : (double)catalogue->items[item].features[place];
}

const char *taste_item_name(const taste_item *item) {
    return item->name ? item->name : item->id;
}

/* --- likeness ----------------------------------------------------------------------------------------------------- */

static double tag_cosine(const taste_item *a, const taste_item *b) {
    double sum = 0;
    for (size_t i = 0, j = 0; i < a->tag_count && j < b->tag_count;) {
        if (a->tags[i].tag == b->tags[j].tag)
            sum += (double)a->tags[i++].weight * (double)b->tags[j++].weight;
        else if (a->tags[i].tag < b->tags[j].tag)
            i++;
        else
            j++;
    }
    const double norms = (double)a->tag_norm * (double)b->tag_norm;
    return norms > 0 ? sum / norms : 0;
}

double taste_alike(const void *context, int32_t a, int32_t b) {
    const taste_catalogue *catalogue = context;
    const taste_item *one = &catalogue->items[a], *two = &catalogue->items[b];
    const bool same_artist = one->artist && two->artist && strcmp(one->artist, two->artist) == 0;
    return .7 * tag_cosine(one, two) + .3 * same_artist; /* two songs of an artist differ more than two of a style */
}

neume_status taste_entries_add(taste_entries *entries, int32_t item, float weight) {
    NEUME_TRY(neume__grow((void **)&entries->at, &entries->capacity, entries->count + 1, sizeof *entries->at));
    entries->at[entries->count++] = (neume_taste_entry){item, weight};
    return NEUME_OK;
}
