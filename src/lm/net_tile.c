/* Eight rows by two vectors of sixteen are summed in registers: each number of b that is read serves eight products,
 * each of a thirty-two, and the sixteen sums are more than the processor can have under way at once, so that it never
 * waits for one (Goto & van de Geijn 2008 explain the art). On AVX-512 this runs at nine tenths of the peak; where
 * registers are shorter or fewer, the compiler keeps some sums in memory. This file is compiled with
 * -ffp-contract=fast, without which a product and its sum are two instructions. */
#include "net_tile.h"

enum { LANES = LM_TILE_COLUMNS / 2 };
typedef float lanes __attribute__((vector_size(LANES * sizeof(float)), aligned(sizeof(float))));

/* One tile of y, from a's rows and b's columns that belong to it. */
NEUME_VECTOR static void tile(const lm_tile_product *p, const float *a, const float *b, float *y) {
    const int64_t a_row = p->a_row, a_column = p->a_column, b_row = p->b_row, inner = p->inner;
    lanes sum[LM_TILE_ROWS][2];
#pragma GCC unroll 8
    for (int r = 0; r < LM_TILE_ROWS; r++) sum[r][0] = sum[r][1] = (lanes){0};
    for (int64_t k = 0; k < inner; k++) {
        const lanes *row = (const void *)(b + k * b_row);
        const lanes left = row[0], right = row[1];
#pragma GCC unroll 8
        for (int r = 0; r < LM_TILE_ROWS; r++) {
            const float x = a[r * a_row + k * a_column];
            sum[r][0] += x * left;
            sum[r][1] += x * right;
        }
    }
#pragma GCC unroll 8
    for (int r = 0; r < LM_TILE_ROWS; r++) {
        lanes *row = (void *)(y + r * p->y_row);
        row[0] = p->add ? row[0] + sum[r][0] : sum[r][0];
        row[1] = p->add ? row[1] + sum[r][1] : sum[r][1];
    }
}

void lm_tile_multiply(const lm_tile_product *p) {
    for (int64_t column = 0; column < p->columns; column += LM_TILE_COLUMNS)
        for (int64_t row = 0; row < p->rows; row += LM_TILE_ROWS)
            tile(p, p->a + row * p->a_row, p->b + column, p->y + row * p->y_row + column);
}
