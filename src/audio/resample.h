/* A stream from one sampling rate to another (soxr, named only in resample.c). Private to the room. */
#ifndef NEUME_AUDIO_RESAMPLE_H
#define NEUME_AUDIO_RESAMPLE_H

#include "neume/base.h"

typedef struct neume__resampler neume__resampler;
NEUME_MUST neume_status neume__resampler_new(double from_hz, double to_hz, neume__resampler **out);
void neume__resampler_free(neume__resampler *resampler);

/* Takes *in_count samples (on return: how many of them were used), gives up to `capacity`; in = NULL: there are no
 * more, and 0 given then means all is out. Output is aligned: what was at t seconds stays at t seconds. */
size_t neume__resampler_run(neume__resampler *resampler, const float *in, size_t *in_count, float *out,
                            size_t capacity);

#endif
