/* How well items fit a prompt that was understood: each wish is a probe that finds evidence in tags, years and
 * features.
 */
#ifndef NEUME_SRC_SERVICE_TASTE_MATCH_H
#define NEUME_SRC_SERVICE_TASTE_MATCH_H

#include "taste_catalogue.h"

typedef struct taste_probe {
    neume_slot slot; /* NEUME_SLOTS: a tag, or the emotion */
    bool emotion;
    const char *value; /* borrowed from the query */
    bool excluded;
    double weight;
    float *tags;    /* (tags of the catalogue) how well each tag names the value, 0 .. 1 */
    int32_t *likes; /* (like_count) items that are meant: of an artist, of a name */
    size_t like_count;
} taste_probe;

typedef struct taste_match {
    const taste_catalogue *catalogue;
    const neume_query *query;
    taste_probe *probes;
    size_t count;
    bool from_minus_one; /* features of emotion reach from -1, not from 0, to 1 */
    neume_arena *arena;
} taste_match;

/* @param query borrowed */
NEUME_MUST neume_status taste_match_new(const taste_catalogue *catalogue, const neume_query *query, taste_match **out);
void taste_match_free(taste_match *match);
/* Are two tags one but for case and hyphens? */
bool taste_same_words(const char *a, const char *b);
/* 0 .. 1: does the item have what the probe looks for? */
double taste_evidence(const taste_match *match, const taste_probe *probe, int32_t item);
/* All wishes together: 1 = all that is wanted and nothing that is not; below 0: what is not wanted outweighs. */
double taste_match_score(const taste_match *match, int32_t item);

#endif
