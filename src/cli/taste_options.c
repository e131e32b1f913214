#include "taste_options.h"

#include <string.h>

const taste_wishes taste_wishes_none = {-1, -1, -1, -1, -1, -1, -1, -1, -1, NULL};

/* A name's place among the words of TASTE_WEIGHTINGS, of which it is one; -1: not told. */
static int weighting_of(const char *name) {
    static const char names[] = TASTE_WEIGHTINGS;
    const char *found = name ? strstr(names, name) : NULL;
    int place = 0;
    for (const char *at = names; found && at < found; at++) place += *at == ' ';
    return found ? place : -1;
}

neume_taste_wishes taste_wishes_of(const taste_wishes *w) {
    return (neume_taste_wishes){
        w->regularisation, w->confidence, w->damping,    w->tag_weight, w->plays_power,
        w->factors,        w->sweeps,     w->neighbours, w->seed,       weighting_of(w->weighting)};
}
