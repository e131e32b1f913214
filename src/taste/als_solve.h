/* One half of a sweep of alternating least squares: all rows of one side, the other side held. */
#ifndef NEUME_TASTE_ALS_SOLVE_H
#define NEUME_TASTE_ALS_SOLVE_H

#include "sparse.h"

enum { ALS_WIDTH_MOST = 1024 };

/* Row u minimises sum over all j of c_uj (p_uj - x_u y_j)^2 + lambda |x_u|^2, where c = 1 and p = 0 but for the row's
 * cells: value v > 0 is p = 1, c = 1 + v; v < 0 is a dislike, p = 0, c = 1 + |v|. (Hu, Koren & Volinsky 2008) */
typedef struct als_side {
    const neume_sparse *cells; /* rows x the other side's rows */
    const float *other;        /* (cells->columns, width) y, padded to whole lanes */
    const float *gram;         /* (width, width) y'y + lambda I, from neume__als_gram() */
    int64_t width;
    int steps;  /* of conjugate gradients, from the x there is (Takacs, Pilaszy & Tikk 2011) */
    float *out; /* (cells->rows, width) x */
} als_side;
NEUME_MUST neume_status neume__als_half(const als_side *side);
void neume__als_gram(const float *y, int64_t rows, int64_t width, double lambda, float *gram);
/* One row exactly, by Cholesky in double precision. */
typedef struct als_row {
    const int32_t *column; /* (count) */
    const float *value;
    int64_t count;
} als_row;
NEUME_MUST neume_status neume__als_exact(const als_side *side, const als_row *row, float *x);

#endif
