/* The inner loops of inference, one set for each kind of processor behind the same names.
 *
 * All sums run in a fixed order: along a row, lane i of a vector takes items i, i + lanes, ...; the lanes are added
 * last. So a product of one token is bit for bit that token's part of a product of many, on one kind of processor. */
#ifndef LM_KERNELS_H
#define LM_KERNELS_H

#include "weight_types.h"

enum {
    LM_PAD = 16,      /* rows of floats are zero up to a multiple of so many: the widest vector */
    LM_TILE_ROWS = 8, /* rows of weights that are multiplied at once, at most */
    LM_KEY_BLOCK = 16 /* positions side by side in a cache of keys */
};

static inline int64_t lm_pad(int64_t items) {
    return (items + LM_PAD - 1) / LM_PAD * LM_PAD;
}

/* y[t][r] = sum over k < inner of w[r][k] x[t][k]; inner a multiple of LM_PAD; strides in floats. */
typedef struct lm_tile {
    const float *w;
    int64_t w_stride, rows; /* 1 to LM_TILE_ROWS */
    const float *x;
    int64_t x_stride, tokens;
    float *y;
    int64_t y_stride;
    int64_t inner;
} lm_tile;

/* One head of attention of one token: out = sum over p of softmax_p(scale q . key_p) value_p. */
typedef struct lm_attention {
    const float *q;      /* (width) */
    const float *keys;   /* blocks of (width, LM_KEY_BLOCK) */
    const float *values; /* (length, lm_pad(width)) */
    int64_t length, width;
    float scale;
    float *weights; /* scratch, length rounded up to LM_KEY_BLOCK */
    float *out;     /* (lm_pad(width)) */
} lm_attention;

typedef struct lm_kernels {
    const char *name;
    lm_decode_fn *decode[LM_TYPES];
    void (*multiply)(const lm_tile *tile);
    void (*attend)(const lm_attention *attention);
    /* y = gain x / sqrt(mean x^2 + epsilon); x zero up to lm_pad(width). */
    void (*normalise)(const float *x, const float *gain, float epsilon, int64_t width, float *y);
    /* gate = gate / (1 + exp(-gate)) up */
    void (*gate)(float *gate, const float *up, int64_t width);
} lm_kernels;

extern const lm_kernels lm_kernels_4;
#ifdef __x86_64__
extern const lm_kernels lm_kernels_8, lm_kernels_16;
#endif

/* Those that this machine can run, the fastest first; NULL beyond. */
const lm_kernels *lm_kernels_at(int index);

#endif
