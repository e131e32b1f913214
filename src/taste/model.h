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
/* Best first; equal ones by number. */
void neume__hits_sort(neume_taste_hit *hits, size_t count);

#endif
