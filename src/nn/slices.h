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

#endif
