/* Sixteen floats at once: one register with AVX-512, two with AVX2, four with SSE or NEON; the compiler's own vectors,
 * so there is one source for all. Rows of factors are padded with zeros to whole lanes and begin on a line of 64 bytes.
 */
#ifndef NEUME_TASTE_LANES_H
#define NEUME_TASTE_LANES_H

#include <stdint.h>

enum { LANES = 16 };
typedef float taste_lanes __attribute__((vector_size(LANES * sizeof(float))));

static inline int64_t neume__lanes_pad(int64_t width) {
    return (width + LANES - 1) / LANES * LANES;
}

static inline __attribute__((always_inline)) const taste_lanes *neume__lanes_of(const float *row) {
    return (const taste_lanes *)(const void *)row;
}

static inline __attribute__((always_inline)) float neume__lanes_dot(const float *a, const float *b, int64_t width) {
    const taste_lanes *x = neume__lanes_of(a), *y = neume__lanes_of(b);
    taste_lanes sum = x[0] * y[0];
    float total = 0;
    for (int64_t k = 1; k < width / LANES; k++) sum += x[k] * y[k];
    for (int l = 0; l < LANES; l++) total += sum[l];
    return total;
}

/* to += scale * x */
static inline __attribute__((always_inline)) void neume__lanes_add(float *to, float scale, const float *x,
                                                                   int64_t width) {
    taste_lanes *t = (taste_lanes *)(void *)to;
    for (int64_t k = 0; k < width / LANES; k++) t[k] += scale * neume__lanes_of(x)[k];
}

/* to = x + scale * to */
static inline __attribute__((always_inline)) void neume__lanes_turn(float *to, float scale, const float *x,
                                                                    int64_t width) {
    taste_lanes *t = (taste_lanes *)(void *)to;
    for (int64_t k = 0; k < width / LANES; k++) t[k] = neume__lanes_of(x)[k] + scale * t[k];
}

#endif
