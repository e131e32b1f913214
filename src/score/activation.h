/* How likely each moment is a beat and a downbeat. Private to the room. */
#ifndef NEUME_SCORE_ACTIVATION_H
#define NEUME_SCORE_ACTIVATION_H

#include "neume/score.h"

#define NEUME__ACTIVATION_STEP_S 0.02

/* Frame t stands for start_s + t * step. */
typedef struct neume__activation {
    float *beat, *downbeat; /* (T) probabilities; a downbeat is a beat too */
    float *metre, *period;  /* (T, NEUME_BEAT_METRES) and (T, NEUME_BEAT_PERIODS) log probabilities; NULL: unknown */
    size_t frames;          /* T */
    double start_s;
} neume__activation;

/* From accents: where many, loud, long and low notes begin together, and where the harmony changes. */
NEUME_MUST neume_status neume__activation_from_accents(const neume_notes *notes, neume__activation *out);
/* From a network. */
NEUME_MUST neume_status neume__activation_from_net(const neume_notes *notes, neume_beat_model *model,
                                                   neume__activation *out);
void neume__activation_clear(neume__activation *activation);

/* bar_pointer.c: the likeliest beats; @p out is replaced. */
NEUME_MUST neume_status neume__bar_pointer(const neume__activation *activation, const neume_rhythm_options *options,
                                           neume_rhythm *out);

#endif
