#include "ease_solve.h"

#include <lapacke.h>
#include <string.h>

typedef struct gram {
    const neume_sparse *x, *back;
    double *out; /* (rows, rows) */
} gram;

/* One row of XX', up to its diagonal: through each of its columns to the rows that share it. */
static neume_status fill_row(void *context, int64_t r) {
    const gram *g = context;
    double *row = g->out + r * g->x->rows;
    for (int64_t at = g->x->start[r]; at < g->x->start[r + 1]; at++) {
        const int64_t column = g->x->column[at];
        const double value = (double)g->x->value[at];
        for (int64_t to = g->back->start[column]; to < g->back->start[column + 1] && g->back->column[to] <= r; to++)
            row[g->back->column[to]] += value * (double)g->back->value[to];
    }
    return NEUME_OK;
}

typedef struct square {
    double *cells;
    int64_t n;
} square;

/* Copies the half below the diagonal to above it, a block of rows at a time. */
enum { MIRROR_ROWS = 64 };
static neume_status mirror(void *context, int64_t block) {
    const square *s = context;
    const int64_t to = (block + 1) * MIRROR_ROWS < s->n ? (block + 1) * MIRROR_ROWS : s->n;
    for (int64_t r = block * MIRROR_ROWS; r < to; r++)
        for (int64_t c = r + 1; c < s->n; c++) s->cells[r * s->n + c] = s->cells[c * s->n + r];
    return NEUME_OK;
}

/* (XX' + lambda I)^-1 by Cholesky. LAPACK counts columns first, so our lower half is its upper one. */
static neume_status invert(const neume_sparse *x, const neume_sparse *back, double lambda, double **out) {
    const int64_t n = x->rows;
    size_t cells;
    neume_status status;
    double *a = NULL;
    NEUME_TRY(neume__mul_size((size_t)n, (size_t)n, &cells));
    a = neume__calloc(cells + 1, sizeof *a);
    if (!a) return NEUME_ENOMEM;
    NEUME_GO(neume_parallel_for(n, fill_row, &(gram){x, back, a}));
    for (int64_t i = 0; i < n; i++) a[i * n + i] += lambda;
    status = NEUME_EINVAL;
    if (n && (LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'U', (lapack_int)n, a, (lapack_int)n) ||
              LAPACKE_dpotri_work(LAPACK_COL_MAJOR, 'U', (lapack_int)n, a, (lapack_int)n))) {
        neume_fail(status, "the matrix of EASE is singular: regularisation %g is too small", lambda);
        goto fail;
    }
    NEUME_GO(neume_parallel_for((n + MIRROR_ROWS - 1) / MIRROR_ROWS, mirror, &(square){a, n}));
    *out = a;
    return NEUME_OK;
fail:
    neume__free(a);
    return status;
}

neume_status neume__ease_dual(const neume_sparse *x, double lambda, double **k_inverse) {
    neume_sparse back;
    NEUME_TRY(neume__sparse_transpose(x, &back));
    const neume_status status = invert(x, &back, lambda, k_inverse);
    neume__sparse_clear(&back);
    return status;
}

neume_status neume__ease_primal(const neume_sparse *x, double lambda, double **p) {
    neume_sparse back;
    NEUME_TRY(neume__sparse_transpose(x, &back));
    const neume_status status = invert(&back, x, lambda, p);
    neume__sparse_clear(&back);
    return status;
}

typedef struct diagonal {
    const neume_sparse *back;
    double lambda;
    const double *k_inverse;
    double *out;
} diagonal;

static neume_status fill_diagonal(void *context, int64_t j) {
    const diagonal *d = context;
    const neume_sparse *m = d->back;
    double sum = 0;
    for (int64_t a = m->start[j]; a < m->start[j + 1]; a++) {
        const double *row = d->k_inverse + m->column[a] * m->columns;
        double inner = 0;
        for (int64_t b = m->start[j]; b < m->start[j + 1]; b++) inner += row[m->column[b]] * (double)m->value[b];
        sum += inner * (double)m->value[a];
    }
    d->out[j] = (1 - sum) / d->lambda;
    return NEUME_OK;
}

neume_status neume__ease_diagonal(const neume_sparse *x_back, double lambda, const double *k_inverse, double *out) {
    return neume_parallel_for(x_back->rows, fill_diagonal, &(diagonal){x_back, lambda, k_inverse, out});
}
