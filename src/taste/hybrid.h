/* Several algorithms in one. */
#ifndef NEUME_TASTE_HYBRID_H
#define NEUME_TASTE_HYBRID_H

#include "part.h"

/* What is known of a history before any algorithm looks at it: how much each part is to be trusted depends on it. */
enum {
    COVARIATE_ONE,        /* 1: the part's weight for an ordinary history */
    COVARIATE_LENGTH,     /* log2(1 + items) / 5 - 1: 0 at 31 items */
    COVARIATE_MAINSTREAM, /* mean log2(1 + listeners) of its items / 8 - .5 */
    COVARIATE_TAGGED,     /* share of its items that have tags, - .5 */
    COVARIATES,
    HYBRID_PARTS_MOST = 6,
};

typedef struct hybrid {
    taste_part parts[HYBRID_PARTS_MOST];
    int count;
    float *weights;   /* (count, COVARIATES) */
    float *listeners; /* (items) log2(1 + listeners) */
} hybrid;

void neume__hybrid_covariates(const hybrid *h, const taste_facts *facts, const taste_history *history,
                              float out[COVARIATES]);
/* Scores to mean 0 and deviation 1 over all items. */
void neume__hybrid_standardise(float *scores, int64_t items);
/* Parts (learnt on what is shown) to weights under which what is hidden is likely. */
NEUME_MUST neume_status neume__hybrid_mix(const hybrid *h, const taste_facts *shown, const taste_facts *hidden,
                                          uint64_t seed, float *weights);

#endif
