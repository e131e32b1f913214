/* The magnitude spectrum of one windowed piece of sound. */
#ifndef NEUME_FEATURES_SPECTRUM_H
#define NEUME_FEATURES_SPECTRUM_H

#include "neume/base.h"

/* Window, FFT plan and twiddles of one window length; constant after _new, so threads share it. */
typedef struct neume__spectrum neume__spectrum;

/* window_samples: N, a power of two. bins: how many of the N/2 magnitudes are wanted, from 0 Hz up; at most N/2. */
NEUME_MUST neume_status neume__spectrum_new(int window_samples, int bins, neume__spectrum **out);
void neume__spectrum_free(neume__spectrum *spectrum);

/* samples (N) -> magnitude (bins): 2 |X| / sum of the window, so a sine of amplitude 1 on a bin gives 1.
 * work: 2 N + 2 floats of the caller's. */
void neume__spectrum_run(const neume__spectrum *spectrum, const float *samples, float *work, float *magnitude);

#endif
