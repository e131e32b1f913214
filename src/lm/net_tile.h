/* Products of small float matrices that lie in the caches: attention's unit of work. Private to the room. */
#ifndef NEUME_LM_NET_TILE_H
#define NEUME_LM_NET_TILE_H

#include "neume/base.h"

enum { LM_TILE_ROWS = 8, LM_TILE_COLUMNS = 32 };

/* y (rows, columns) = a (rows, inner) b (inner, columns), or += it. Rows are a multiple of LM_TILE_ROWS, columns of
 * LM_TILE_COLUMNS: pad with what does not matter. a is given by both strides, so that it may be transposed. */
typedef struct lm_tile_product {
    int64_t rows, inner, columns;
    const float *a;
    int64_t a_row, a_column; /* strides in items */
    const float *b;
    int64_t b_row;
    float *y;
    int64_t y_row;
    bool add;
} lm_tile_product;

void lm_tile_multiply(const lm_tile_product *p);

/* n rounded up to a multiple of LM_TILE_COLUMNS (which is one of LM_TILE_ROWS too). */
static inline int64_t lm_tile_padded(int64_t n) {
    return (n + LM_TILE_COLUMNS - 1) / LM_TILE_COLUMNS * LM_TILE_COLUMNS;
}

#endif
