#include "als_solve.h"

#include "lanes.h"

#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <string.h>

enum { BLOCK_ROWS = 256, GRAM_BLOCK = 4 };

void neume__als_gram(const float *y, int64_t rows, int64_t width, double lambda, float *gram) {
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)width, (int)width, (int)rows, 1, y, (int)width, y,
                (int)width, 0, gram, (int)width);
    for (int64_t k = 0; k < width; k++) gram[k * width + k] += (float)lambda;
}

/* out = gram p, four lanes of columns at a time; gram is symmetric, so its rows serve as columns. */
static inline __attribute__((always_inline)) void multiply_gram(const float *gram, const float *p, int64_t width,
                                                                float *out) {
    const int64_t lanes = width / LANES;
    for (int64_t from = 0; from < lanes; from += GRAM_BLOCK) {
        taste_lanes sum[GRAM_BLOCK] = {{0}};
        const int64_t count = lanes - from < GRAM_BLOCK ? lanes - from : GRAM_BLOCK;
        if (count == GRAM_BLOCK)
            for (int64_t j = 0; j < width; j++)
                for (int k = 0; k < GRAM_BLOCK; k++) sum[k] += p[j] * neume__lanes_of(gram + j * width)[from + k];
        else
            for (int64_t j = 0; j < width; j++)
                for (int64_t k = 0; k < count; k++) sum[k] += p[j] * neume__lanes_of(gram + j * width)[from + k];
        for (int64_t k = 0; k < count; k++) ((taste_lanes *)(void *)out)[from + k] = sum[k];
    }
}

/* out = A p with A = gram + sum |v| y y'. */
static inline __attribute__((always_inline)) void multiply(const als_side *s, const als_row *row, const float *p,
                                                           float *out) {
    multiply_gram(s->gram, p, s->width, out);
    for (int64_t i = 0; i < row->count; i++) {
        const float *y = s->other + row->column[i] * s->width;
        neume__lanes_add(out, fabsf(row->value[i]) * neume__lanes_dot(y, p, s->width), y, s->width);
    }
}

/* r = b - A x, with b = sum over likes of (1 + v) y. */
static inline __attribute__((always_inline)) void first_residual(const als_side *s, const als_row *row, const float *x,
                                                                 float *r) {
    multiply_gram(s->gram, x, s->width, r);
    taste_lanes *lanes = (taste_lanes *)(void *)r;
    for (int64_t k = 0; k < s->width / LANES; k++) lanes[k] = -lanes[k];
    for (int64_t i = 0; i < row->count; i++) {
        const float *y = s->other + row->column[i] * s->width, v = row->value[i];
        neume__lanes_add(r, (v > 0 ? 1 + v : 0) - fabsf(v) * neume__lanes_dot(y, x, s->width), y, s->width);
    }
}

/* Conjugate gradients from the x there is; stops early when nothing is left to gain. */
NEUME_VECTOR static void improve_row(const als_side *s, const als_row *row, float *x) {
    static const float nothing_left = 1e-20F;
    float r[ALS_WIDTH_MOST] __attribute__((aligned(64))), p[ALS_WIDTH_MOST] __attribute__((aligned(64))),
        a_p[ALS_WIDTH_MOST] __attribute__((aligned(64)));
    first_residual(s, row, x, r);
    memcpy(p, r, (size_t)s->width * sizeof *p);
    float square = neume__lanes_dot(r, r, s->width);
    for (int step = 0; step < s->steps && square > nothing_left; step++) {
        multiply(s, row, p, a_p);
        const float length = square / neume__lanes_dot(p, a_p, s->width);
        neume__lanes_add(x, length, p, s->width);
        neume__lanes_add(r, -length, a_p, s->width);
        const float next = neume__lanes_dot(r, r, s->width);
        neume__lanes_turn(p, next / square, r, s->width);
        square = next;
    }
}

static neume_status improve_block(void *context, int64_t block) {
    const als_side *s = context;
    const int64_t from = block * BLOCK_ROWS, rows = s->cells->rows;
    if (neume_cancelled()) return neume_fail(NEUME_ECANCELLED, "stopped");
    for (int64_t r = from; r < rows && r < from + BLOCK_ROWS; r++) {
        const int64_t at = s->cells->start[r];
        const als_row row = {s->cells->column + at, s->cells->value + at, neume__sparse_length(s->cells, r)};
        float *x = s->out + r * s->width;
        if (row.count)
            improve_row(s, &row, x);
        else
            memset(x, 0, (size_t)s->width * sizeof *x);
    }
    return NEUME_OK;
}

neume_status neume__als_half(const als_side *side) {
    return neume_parallel_for((side->cells->rows + BLOCK_ROWS - 1) / BLOCK_ROWS, improve_block, (void *)side);
}

/* --- exactly ------------------------------------------------------------------------------------------------------ */

static void fill_system(const als_side *side, const als_row *row, double *a, double *b) {
    const int64_t n = side->width;
    for (int64_t k = 0; k < n * n; k++) a[k] = (double)side->gram[k];
    for (int64_t i = 0; i < row->count; i++) {
        const float *y = side->other + row->column[i] * n;
        const double v = (double)row->value[i];
        for (int64_t j = 0; j < n; j++) {
            if (v > 0) b[j] += (1 + v) * (double)y[j];
            for (int64_t k = 0; k <= j; k++) a[j * n + k] += fabs(v) * (double)y[j] * (double)y[k];
        }
    }
}

neume_status neume__als_exact(const als_side *side, const als_row *row, float *x) {
    const int64_t n = side->width;
    neume_status status = NEUME_ENOMEM;
    double *a = neume__alloc((size_t)(n * n) * sizeof *a), *b = neume__calloc((size_t)n, sizeof *b);
    if (!a || !b) goto fail;
    fill_system(side, row, a, b);
    status = NEUME_OK; /* LAPACK counts columns first: our lower half is its upper one */
    if (LAPACKE_dposv_work(LAPACK_COL_MAJOR, 'U', (lapack_int)n, 1, a, (lapack_int)n, b, (lapack_int)n))
        status = neume_fail(NEUME_EINVAL, "a history's equations are singular: the regularisation is too small");
    for (int64_t k = 0; !status && k < n; k++) x[k] = (float)b[k];
fail:
    neume__free(a);
    neume__free(b);
    return status;
}
