/* Banks of triangular filters over FFT magnitudes, stored sparsely. */
#ifndef NEUME_FEATURES_BANK_H
#define NEUME_FEATURES_BANK_H

#include "neume/base.h"

typedef struct neume__filter {
    int band;      /* which output it adds to */
    int first;     /* its first FFT bin */
    int count;     /* how many FFT bins, in a row */
    size_t weight; /* where its weights begin */
} neume__filter;

/* Start with `{0}`; constant once built. */
typedef struct neume__bank {
    neume__filter *filters;
    size_t filter_count, filter_capacity;
    float *weights;
    size_t weight_count, weight_capacity;
    int fft_bins; /* it looks at FFT bins 0 .. fft_bins - 1 */
} neume__bank;

/* One window's part in the log-frequency spectrum. */
typedef struct neume__log_bank_plan {
    int window_samples;
    double least_half_width_fft_bins; /* 1 in `long`, 1.5 in `short` */
    double from_hz, to_hz;            /* cross-faded over half an octave about each; 0 and INFINITY: no neighbour */
} neume__log_bank_plan;

NEUME_MUST neume_status neume__bank_add_log(neume__bank *bank, const neume__log_bank_plan *plan);
/* 64 Slaney mel bands from 30 to 11,000 Hz, triangles of height 1. */
NEUME_MUST neume_status neume__bank_add_mel(neume__bank *bank, int window_samples);
void neume__bank_clear(neume__bank *bank);

/* sums[band] += weights . magnitudes, for every filter. */
void neume__bank_apply(const neume__bank *bank, const float *magnitude, float *sums);

#endif
