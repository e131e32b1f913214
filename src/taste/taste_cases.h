/* For tests: a small world whose taste is known. Users and items belong to camps; people play mostly their camp's
 * items, and an item's tags tell its camp. */
#ifndef NEUME_TASTE_CASES_H
#define NEUME_TASTE_CASES_H

#include "neume_test.h"

#include "neume/taste.h"

typedef struct small_world {
    int users, items, camps, plays; /* plays: items a user */
    bool tagged;
    uint64_t seed;
} small_world;

static inline neume_status add_user(neume_taste_data *data, const small_world *w, int user, neume_rng *rng) {
    char name[32], item[32];
    snprintf(name, sizeof name, "user %d", user);
    for (int n = 0; n < w->plays; n++) {
        int64_t i = neume_rng_below(rng, w->items);
        if (neume_rng_chance(rng, .9)) i = i / w->camps * w->camps + user % w->camps;
        snprintf(item, sizeof item, "item %d", (int)(i % w->items));
        const neume_taste_event event = {name, item, 1 + (double)neume_rng_below(rng, 20), 1e9 + n};
        NEUME_TRY(neume_taste_data_add(data, &event));
    }
    return NEUME_OK;
}

static inline neume_status small_world_make(const small_world *w, neume_taste_data **out) {
    neume_rng rng = neume_rng_seeded(w->seed, 1);
    neume_taste_data *data = NULL;
    neume_status status;
    char item[32], tag[32];
    NEUME_TRY(neume_taste_data_new(&data));
    for (int i = 0; i < w->items && w->tagged; i++) {
        snprintf(item, sizeof item, "item %d", i);
        snprintf(tag, sizeof tag, "camp %d", i % w->camps);
        NEUME_GO(neume_taste_data_add_tag(data, item, tag, 3));
        snprintf(tag, sizeof tag, "shade %d", (int)neume_rng_below(&rng, 5));
        NEUME_GO(neume_taste_data_add_tag(data, item, tag, 1));
    }
    for (int u = 0; u < w->users; u++) NEUME_GO(add_user(data, w, u, &rng));
    *out = data;
    return NEUME_OK;
fail:
    neume_taste_data_free(data);
    return status;
}

#endif
