/* What comes again, and after how long. Private to the room. */
#ifndef NEUME_SCORE_REPEATS_H
#define NEUME_SCORE_REPEATS_H

#include "neume/music.h"

enum { NEUME__REPEAT_LAGS = 48, NEUME__REPEAT_FEATURES = 2 * NEUME__REPEAT_LAGS };

/* Frame t stands for start_s + t * NEUME_BEAT_STEP_S; what it says are NEUME__REPEAT_FEATURES numbers from
 * out[t * stride] on: for each lag from .2 to 6.4 seconds, even in its logarithm, how much of the accents within four
 * seconds of t comes again after it (by the second of lag), then how alike is what comes again. Notes outside the
 * frames count. Cost: pairs of onsets not further apart than the longest lag. */
NEUME_MUST neume_status neume__repeat_features(const neume_notes *notes, double start_s, size_t frames, size_t stride,
                                               float *out);

#endif
