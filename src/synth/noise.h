/* Noises that lie under recordings. */
#ifndef NEUME_SYNTH_NOISE_H
#define NEUME_SYNTH_NOISE_H

#include "neume/base.h"

typedef enum noise_kind { NOISE_WHITE, NOISE_PINK, NOISE_BROWN, NOISE_HUM, NOISE_CRACKLE, NOISE_KINDS } noise_kind;

/* Fills out with noise whose root mean square is 1 (of silence, when there was no crackle, 0). */
void neume__noise_fill(noise_kind kind, float *out, size_t count, neume_rng *rng);

#endif
