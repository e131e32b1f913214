/* What a listener thinks of items, reckoned from what he did. */
#ifndef NEUME_SRC_SERVICE_TASTE_OPINIONS_H
#define NEUME_SRC_SERVICE_TASTE_OPINIONS_H

#include "taste_catalogue.h"

typedef struct taste_opinion {
    int32_t item;
    float weight; /* above 0: liked so much; below 0: disliked */
    bool banned;
    int64_t last_s; /* when it was heard last; 0 = not known */
    double plays;
} taste_opinion;

typedef struct taste_opinions {
    taste_opinion *at; /* by item */
    size_t count, capacity;
} taste_opinions;

/* How much one event says; 0 = nothing. */
double taste_event_weight(const neume_store_event *event);
/* Events of one user, in any order, as opinions; the later of a like and a ban counts. @p events is sorted. */
NEUME_MUST neume_status taste_opinions_of(const taste_catalogue *catalogue, neume_store_event *events, size_t count,
                                          taste_opinions *out);
/* The same for a user of the store. Clear with taste_opinions_clear(). */
NEUME_MUST neume_status taste_opinions_read(neume_store *store, const taste_catalogue *catalogue, int64_t user,
                                            taste_opinions *out);
void taste_opinions_clear(taste_opinions *opinions);

/* A user's events, as they were added; free with neume__free(). */
typedef struct taste_events {
    neume_store_event *at;
    size_t count, capacity;
} taste_events;
NEUME_MUST neume_status taste_events_read(neume_store *store, int64_t user, int64_t after, taste_events *out);

#endif
