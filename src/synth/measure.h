/* Questions to a single note's samples (mono, NEUME_SYNTH_RATE_HZ). */
#ifndef NEUME_SYNTH_MEASURE_H
#define NEUME_SYNTH_MEASURE_H

#include "neume/base.h"

/* The largest |x|. */
float neume__peak(const float *x, size_t count);
double neume__rms(const float *x, size_t count);
/* The first sample at or above a share of the first second's peak. */
size_t neume__attack_samples(const float *x, size_t count, float share);
/* Where x falls for good below peak * share: one past the last sample at or above it. */
size_t neume__end_samples(const float *x, size_t count, float share);
/* Decibels a second by which the last 1.6 s fall; 0 when shorter. */
double neume__fall_db_per_s(const float *x, size_t count);
/* When the 20 ms level has fallen by drop_db below its peak, continued at fall_db_per_s after the end; BANK_SUSTAINS_S:
 * never. */
double neume__decay_s(const float *x, size_t count, double drop_db, double fall_db_per_s);
/* The loop start (for a loop that ends at count) with the best match of the samples before both; needs 1.5 s. */
size_t neume__loop_start(const float *x, size_t count);

/* What a note's period says of its pitch: ok also when it has no clear period (bells): only clear evidence convicts. */
typedef enum pitch_verdict { PITCH_FITS, PITCH_UNCLEAR, PITCH_OUT_OF_TUNE, PITCH_ELSEWHERE } pitch_verdict;
pitch_verdict neume__judge_pitch(const float *x, size_t count, int pitch, double *cents);

#endif
