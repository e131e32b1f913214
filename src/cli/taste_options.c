#include "taste_options.h"

#include <string.h>

const taste_wishes taste_wishes_none = {-1, -1, -1, -1, -1, -1, -1, -1, -1, NULL};

/* A name's place among the words of TASTE_WEIGHTINGS; -1: not told. */
static int weighting_of(const char *name) {
    static const char *const names[NEUME_TASTE_WEIGHTINGS] = {"cosine", "tfidf", "bm25"};
    for (int i = 0; name && i < NEUME_TASTE_WEIGHTINGS; i++)
        if (strcmp(name, names[i]) == 0) return i;
    return -1;
}

neume_taste_wishes taste_wishes_of(const taste_wishes *w) {
    return (neume_taste_wishes){
        w->regularisation, w->confidence, w->damping,    w->tag_weight, w->plays_power,
        w->factors,        w->sweeps,     w->neighbours, w->seed,       weighting_of(w->weighting)};
}
