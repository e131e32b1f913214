/* What the beat networks say of a whole piece, kept for the reading of bars. Private to the room. */
#ifndef NEUME_SCORE_HEARD_H
#define NEUME_SCORE_HEARD_H

#include "activation.h"
#include "neume/score_net.h"

enum { NEUME__HEARD_CELL = 5 }; /* frames whose metres are kept as their mean: a tenth of a second */

/* Frame t stands for start_s + t * NEUME__ACTIVATION_STEP_S. 2 MB an hour. */
typedef struct neume__heard {
    float *down;                       /* (frames) probability that a bar begins */
    float (*metre)[NEUME_BEAT_METRES]; /* (frames / NEUME__HEARD_CELL, the last may be less) mean log probabilities */
    size_t frames, down_capacity, metre_capacity;
    double start_s;
} neume__heard;

/* Appends the first `frames` of a stretch that begins where the one before ended. */
NEUME_MUST neume_status neume__heard_add(neume__heard *heard, const neume__activation *stretch, size_t frames);
/* The log odds that a bar begins within two frames of a moment; -9.2 to 9.2, 0: nothing was heard at all. */
double neume__heard_down(const neume__heard *heard, double time_s);
/* Adds to sum (NEUME_BEAT_METRES) the log probabilities of metres from one moment to another, times its seconds. */
void neume__heard_metre(const neume__heard *heard, double from_s, double to_s, double *sum);
void neume__heard_clear(neume__heard *heard);

#endif
