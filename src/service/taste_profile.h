/* A listener's page in numbers, before it is printed. */
#ifndef NEUME_SRC_SERVICE_TASTE_PROFILE_H
#define NEUME_SRC_SERVICE_TASTE_PROFILE_H

#include "taste_opinions.h"

enum { PROFILE_STYLES = 10, PROFILE_ARTISTS = 10, PROFILE_HOURS = 24 };

typedef struct profile_share {
    const char *name; /* borrowed from the catalogue; NULL past the last one */
    double value;
    double usual; /* of the catalogue as a whole, for styles */
} profile_share;

typedef struct profile_hour {
    double plays;
    const char *mood;        /* borrowed; NULL = no item of that hour has one */
    double valence, arousal; /* mean of the items that have them; NAN = none has */
} profile_hour;

typedef struct taste_profile {
    char pseudonym[NEUME_PSEUDONYM_BYTES];
    int64_t counts[NEUME_EVENT_KINDS];
    double plays;
    int64_t items, artists;
    int64_t first_s, last_s; /* 0 = no event has a time */
    profile_share styles[PROFILE_STYLES];
    profile_share top_artists[PROFILE_ARTISTS];
    profile_hour hours[PROFILE_HOURS];
    double new_share;     /* of the plays of the last 30 days: of what was never played before; NAN = no times */
    double surprise_bits; /* mean over what is played of -log2 of the share of listeners who know it */
} taste_profile;

/* @param listeners how many listeners the store has */
NEUME_MUST neume_status taste_profile_reckon(const taste_catalogue *catalogue, const taste_events *events,
                                             int64_t listeners, double zone_hours, taste_profile *out);
/* Fills in how many listeners each item has. */
NEUME_MUST neume_status taste_count_listeners(neume_store *store, taste_catalogue *catalogue);

#endif
