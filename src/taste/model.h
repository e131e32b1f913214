#ifndef NEUME_TASTE_MODEL_H
#define NEUME_TASTE_MODEL_H

#include "part.h"

struct neume_taste_model {
    taste_facts facts;
    taste_part part;
};

/* Takes the facts over on success. */
NEUME_MUST neume_status neume__taste_of_facts(taste_facts *facts, const neume_taste_options *options,
                                              const neume_progress *progress, neume_taste_model **out);
/* An empty history meets popularity. scores (items). */
NEUME_MUST neume_status neume__taste_score_history(const neume_taste_model *model, const taste_history *history,
                                                   float *scores);
NEUME_MUST neume_status neume__taste_measure(const neume_taste_model *model, const taste_facts *hidden, int64_t k,
                                             neume_taste_scores *out);
/* Scores users by their rows (-1: not known) and calls visit for each, on the pool. scores (items), until visit
 * returns. */
typedef neume_status taste_visit(void *context, int64_t user, const taste_history *history, const float *scores);
NEUME_MUST neume_status neume__score_users(const neume_taste_model *model, const int64_t *rows, int64_t count,
                                           taste_visit *visit, void *context);
/* Best first; equal ones by number. */
void neume__hits_sort(neume_taste_hit *hits, size_t count);

#endif
