/* Long arrays are cut into a fixed number of slices, whatever the number of cores: each slice sums on its own and the
 * sums are added in order, so the same input gives the same digits on one core and on sixty-four. */
#ifndef NEUME_NN_SLICES_H
#define NEUME_NN_SLICES_H

#include <stdint.h>

enum {
    NEUME_SLICES = 256,
    NEUME_PARALLEL_FROM = 32768, /* numbers below which waking the pool costs more than it saves */
};

static inline int64_t neume__slice_start(int64_t n, int64_t slice) {
    return n / NEUME_SLICES * slice + n % NEUME_SLICES * slice / NEUME_SLICES;
}

/* The sum over items start to end of an array, in 32-bit: a chunk is short enough for it. */
typedef float neume__sum_chunk(const void *items, int64_t start, int64_t end);

/* The sum over n items, in 64-bit over the chunks. */
static inline double neume__sum_slices(neume__sum_chunk *chunk, const void *items, int64_t n) {
    enum { CHUNK = 1024 };
    double sums[NEUME_SLICES], total = 0;
#pragma omp parallel for schedule(static) if (n >= NEUME_PARALLEL_FROM)
    for (int64_t slice = 0; slice < NEUME_SLICES; slice++) {
        const int64_t end = neume__slice_start(n, slice + 1);
        sums[slice] = 0;
        for (int64_t at = neume__slice_start(n, slice); at < end; at += CHUNK)
            sums[slice] += (double)chunk(items, at, end - at < CHUNK ? end : at + CHUNK);
    }
    for (int slice = 0; slice < NEUME_SLICES; slice++) total += sums[slice];
    return total;
}

#endif
