/* What is known: users, items, tags and what connects them. Data being gathered and every model hold one. */
#ifndef NEUME_TASTE_FACTS_H
#define NEUME_TASTE_FACTS_H

#include "sparse.h"

#include "neume/taste_eval.h"

enum { TASTE_FEATURES_MOST = 4096 };

typedef struct taste_facts {
    neume_ids *users, *items, *tags;
    neume_sparse plays;     /* users x items */
    neume_sparse item_tags; /* items x tags */
    uint32_t *times_s;      /* (cells of plays) seconds since 1970, 0 = not told */
    float *features;        /* (items, feature_count); a row of zeros: not told */
    int64_t feature_count;
} taste_facts;

NEUME_MUST neume_status neume__facts_init(taste_facts *facts); /* no users, no items */
NEUME_MUST neume_status neume__facts_copy(const taste_facts *facts, taste_facts *out);
/* A copy without the users for whom leave_out[user] is nonzero; the others keep their order. Items stay. */
NEUME_MUST neume_status neume__facts_without(const taste_facts *facts, const uint8_t *leave_out, taste_facts *out);
void neume__facts_clear(taste_facts *facts);

/* Adds cells to plays or item_tags, which grow to the names there are. */
NEUME_MUST neume_status neume__facts_add_plays(taste_facts *facts, const taste_cells *cells);
NEUME_MUST neume_status neume__facts_add_tags(taste_facts *facts, const taste_cells *cells);
/* Makes room for the features of all items, zeros for new ones; had: for how many items there is room. */
NEUME_MUST neume_status neume__facts_widen_features(taste_facts *facts, int64_t had);

static inline int64_t neume__facts_items(const taste_facts *facts) {
    return neume_ids_count(facts->items);
}
static inline int64_t neume__facts_users(const taste_facts *facts) {
    return neume_ids_count(facts->users);
}

/* data.c: what was gathered so far, all events in it. */
NEUME_MUST neume_status neume__data_facts(neume_taste_data *data, const taste_facts **out);
/* The cell of an event, with names added where they are new. */
NEUME_MUST neume_status neume__event_cell(taste_facts *facts, const neume_taste_event *event, taste_cell *out);
/* Takes the facts over on success. */
NEUME_MUST neume_status neume__data_of_facts(taste_facts *facts, neume_taste_data **out);

/* split.c: the facts twice, with the plays that are shown and with those that are hidden. */
NEUME_MUST neume_status neume__facts_split(const taste_facts *facts, const neume_taste_split *split, taste_facts *shown,
                                           taste_facts *hidden);

#endif
