/* Beats as the beat network may find them in a segment whose beats are known, and what the bar network should say of
 * them. Private to the room. */
#ifndef NEUME_LEARN_BAR_GRID_H
#define NEUME_LEARN_BAR_GRID_H

#include "rhythm_pieces.h"

/* What is to be said of each of `count` found beats, at most `most`, and how much it counts. The arrays are the
 * caller's, all but the first filled with zeros. */
typedef struct bar_grid {
    double *beats_s;                   /* (most) */
    float *target;                     /* (most, NEUME_BAR_LOGITS) */
    float *down_known;                 /* (most, NEUME_BAR_SPOTS): whether a bar begins there */
    float *length_known, *metre_known; /* (most) */
    size_t count, most;
    double exact; /* chance that found beats are the true ones all through, as a file's clock tells them */
} bar_grid;
/* Draws beats: exact ones by that chance, otherwise mostly the true ones, else twice as fast or slow, duple for triple,
 * between the true ones, or off by a part of a beat from some moment on; a few of them a little early or late. */
void bar_grid_draw(bar_grid *grid, const rhythm_segment *segment, neume_rng *rng);

#endif
