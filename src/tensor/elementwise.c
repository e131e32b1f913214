/* Batch normalisation with residual and relu, as few passes over memory as there can be.
 *
 * A tensor is rows of C channels. Work goes in blocks of whole rows small enough for the first cache: a block is
 * widened to float, computed on, and narrowed back, so one set of float kernels serves both types. Channel sums are
 * kept per block of many rows in float and added up in double, in block order: the same result for any number of
 * threads. */
#include "compute.h"

#include <math.h>
#include <string.h>

enum { BLOCK_ITEMS = 4096, SUM_BLOCKS = 64, PARALLEL_FROM = 8 * BLOCK_ITEMS }; /* waking the pool costs more below */

static int64_t block_rows(int64_t C) {
    return C >= BLOCK_ITEMS ? 1 : BLOCK_ITEMS / C;
}

/* --- channel sums ------------------------------------------------------------------------------------------------- */

/* sums[c] += x, squares[c] += x * other over rows; other may be x itself. */
NEUME_VECTOR static void add_sums(const float *x, const float *other, int64_t rows, int64_t C, float *sums,
                                  float *products) {
    for (int64_t r = 0; r < rows; r++, x += C, other += C)
        for (int64_t c = 0; c < C; c++) {
            sums[c] += x[c];
            products[c] += x[c] * other[c];
        }
}

/* One pass over rows [first, last) of a tensor; `visit` sees float copies. */
typedef struct pass {
    const neume_affine *affine;
    const neume_tensor *x, *y;
    neume_tensor *d_y;
} pass;

/* The gradient behind the relu: where the output was 0 nothing flows. */
NEUME_VECTOR static void mask(float *d, const float *y, int64_t n) {
    for (int64_t i = 0; i < n; i++) d[i] = y[i] > 0 ? d[i] : 0;
}

NEUME_VECTOR static void centre(float *x, const float *mean, const float *rstd, int64_t rows, int64_t C) {
    for (int64_t r = 0; r < rows; r++, x += C)
        for (int64_t c = 0; c < C; c++) x[c] = (x[c] - mean[c]) * rstd[c];
}

static void sum_moments(const pass *p, int64_t at, int64_t rows, int64_t C, float *scratch, float *sums) {
    neume_tensor_load(p->x, at, rows * C, scratch);
    add_sums(scratch, scratch, rows, C, sums, sums + C);
}

static void sum_rows(const pass *p, int64_t at, int64_t rows, int64_t C, float *scratch, float *sums) {
    sum_moments(p, at, rows, C, scratch, sums);
}

static void sum_gradients(const pass *p, int64_t at, int64_t rows, int64_t C, float *scratch, float *sums) {
    int64_t n = rows * C;
    float *d = scratch, *x = scratch + n;
    neume_tensor_load(p->d_y, at, n, d);
    if (p->affine->relu) {
        neume_tensor_load(p->y, at, n, x);
        mask(d, x, n);
        neume_tensor_store(p->d_y, at, n, d);
    }
    neume_tensor_load(p->x, at, n, x);
    centre(x, p->affine->mean, p->affine->rstd, rows, C);
    add_sums(d, x, rows, C, sums, sums + C);
}

typedef void sum_visit(const pass *p, int64_t at, int64_t rows, int64_t C, float *scratch, float *sums);

/* totals (2 C): sums and sums of products over all rows of a tensor with N rows. */
static neume_status sum_channels(const pass *p, int64_t N, int64_t C, sum_visit *visit, double *totals) {
    int64_t step = block_rows(C), parts = N < SUM_BLOCKS * step ? (N + step - 1) / step : SUM_BLOCKS;
    float *partial = neume__calloc((size_t)(parts * 2 * C) + 1, sizeof *partial);
    float *scratch = neume__alloc((size_t)(parts * 2 * step * C) * sizeof *scratch + 1);
    neume_status status = partial && scratch ? NEUME_OK : NEUME_ENOMEM;
    if (!status) {
#pragma omp parallel for
        for (int64_t part = 0; part < parts; part++) {
            int64_t first = N * part / parts, last = N * (part + 1) / parts;
            for (int64_t r = first; r < last; r += step)
                visit(p, r * C, last - r < step ? last - r : step, C, scratch + part * 2 * step * C,
                      partial + part * 2 * C);
        }
        memset(totals, 0, (size_t)(2 * C) * sizeof *totals);
        for (int64_t i = 0; i < parts * 2 * C; i++) totals[i % (2 * C)] += (double)partial[i];
    }
    neume__free(partial);
    neume__free(scratch);
    return status;
}

neume_status add_row_sums(const neume_tensor *d, float *sums) {
    int64_t C = d->dim[d->rank - 1], N = C ? neume_tensor_count(d) / C : 0;
    double *totals = neume__calloc((size_t)(2 * C) + 1, sizeof *totals);
    if (!totals) return NEUME_ENOMEM;
    pass p = {.x = d};
    neume_status status = sum_channels(&p, N, C, sum_rows, totals);
    for (int64_t c = 0; c < C && !status; c++) sums[c] += (float)totals[c];
    neume__free(totals);
    return status;
}

neume_status neume_channel_moments(neume_compute *compute, const neume_tensor *x, float epsilon, float *mean,
                                   float *rstd) {
    (void)compute;
    int64_t C = x->dim[x->rank - 1], N = neume_tensor_count(x) / C;
    double *totals = neume__calloc((size_t)(2 * C), sizeof *totals);
    if (!totals) return NEUME_ENOMEM;
    pass p = {.x = x};
    neume_status status = sum_channels(&p, N, C, sum_moments, totals);
    for (int64_t c = 0; c < C && !status; c++) {
        double m = totals[c] / (double)N, variance = totals[C + c] / (double)N - m * m;
        mean[c] = (float)m;
        rstd[c] = (float)(1 / sqrt((variance > 0 ? variance : 0) + (double)epsilon));
    }
    neume__free(totals);
    return status;
}

/* --- forward ------------------------------------------------------------------------------------------------------ */

/* x = scale x + offset [+ residual], relu */
NEUME_VECTOR static void apply(float *x, const float *scale, const float *offset, const float *residual, int64_t rows,
                               int64_t C) {
    for (int64_t r = 0; r < rows; r++, x += C) {
        for (int64_t c = 0; c < C; c++) x[c] = scale[c] * x[c] + offset[c];
        if (!residual) continue;
        for (int64_t c = 0; c < C; c++) x[c] += residual[c];
        residual += C;
    }
}

NEUME_VECTOR static void rectify(float *x, int64_t n) {
    for (int64_t i = 0; i < n; i++) x[i] = x[i] > 0 ? x[i] : 0;
}

/* Both forward and backward end in x := scale x + offset per channel. */
static float *channel_factors(const neume_affine *a, int64_t C) {
    float *factors = neume__alloc((size_t)(2 * C) * sizeof *factors);
    for (int64_t c = 0; factors && c < C; c++) {
        factors[c] = a->gain[c] * a->rstd[c];
        factors[C + c] = a->shift[c] - a->mean[c] * factors[c];
    }
    return factors;
}

neume_status neume_normalise(neume_compute *compute, const neume_affine *a, const neume_tensor *x,
                             const neume_tensor *residual, neume_tensor *y) {
    (void)compute;
    int64_t C = x->dim[x->rank - 1], N = neume_tensor_count(x) / C, step = block_rows(C);
    if (y != x) NEUME_TRY(neume_tensor_shape(y, x->dtype, x->rank, x->dim));
    float *factors = channel_factors(a, C);
    int threads = neume_threads_count();
    float *scratch = neume__alloc((size_t)(2 * step * C * threads) * sizeof *scratch);
    neume_status status = factors && scratch ? NEUME_OK : NEUME_ENOMEM;
    if (!status) {
#pragma omp parallel for
        for (int64_t part = 0; part < threads; part++) {
            float *block = scratch + part * 2 * step * C, *added = block + step * C;
            int64_t last = N * (part + 1) / threads;
            for (int64_t r = N * part / threads; r < last; r += step) {
                int64_t rows = last - r < step ? last - r : step;
                neume_tensor_load(x, r * C, rows * C, block);
                if (residual) neume_tensor_load(residual, r * C, rows * C, added);
                apply(block, factors, factors + C, residual ? added : NULL, rows, C);
                if (a->relu) rectify(block, rows * C);
                neume_tensor_store(y, r * C, rows * C, block);
            }
        }
    }
    neume__free(factors);
    neume__free(scratch);
    return status;
}

/* --- backward ----------------------------------------------------------------------------------------------------- */

/* d_x = by_d d + by_x x + constant, per channel: the whole of batch normalisation's gradient once the two sums are
 * known. d_x = gain rstd (d - sum d / N - xhat sum(d xhat) / N), xhat = (x - mean) rstd. */
NEUME_VECTOR static void combine(float *d, const float *x, const float *factors, int64_t rows, int64_t C) {
    const float *by_d = factors, *by_x = factors + C, *constant = factors + 2 * C;
    for (int64_t r = 0; r < rows; r++, d += C, x += C)
        for (int64_t c = 0; c < C; c++) d[c] = by_d[c] * d[c] + by_x[c] * x[c] + constant[c];
}

static void combine_all(const neume_tensor *d_y, const neume_tensor *x, const float *factors, float *scratch,
                        neume_tensor *d_x) {
    int64_t C = x->dim[x->rank - 1], N = neume_tensor_count(x) / C, step = block_rows(C);
    int threads = neume_threads_count();
#pragma omp parallel for
    for (int64_t part = 0; part < threads; part++) {
        float *d = scratch + part * 2 * step * C, *block = d + step * C;
        int64_t last = N * (part + 1) / threads;
        for (int64_t r = N * part / threads; r < last; r += step) {
            int64_t rows = last - r < step ? last - r : step;
            neume_tensor_load(d_y, r * C, rows * C, d);
            neume_tensor_load(x, r * C, rows * C, block);
            combine(d, block, factors, rows, C);
            neume_tensor_store(d_x, r * C, rows * C, d);
        }
    }
}

neume_status neume_normalise_backward(neume_compute *compute, const neume_affine *a, const neume_tensor *x,
                                      const neume_tensor *y, neume_tensor *d_y, const neume_affine_gradients *out) {
    (void)compute;
    int64_t C = x->dim[x->rank - 1], N = neume_tensor_count(x) / C, step = block_rows(C);
    NEUME_TRY(neume_tensor_shape(out->x, x->dtype, x->rank, x->dim));
    double *totals = neume__calloc((size_t)(2 * C), sizeof *totals);
    float *factors = neume__alloc((size_t)(3 * C) * sizeof *factors);
    float *scratch = neume__alloc((size_t)(2 * step * C * neume_threads_count()) * sizeof *scratch);
    neume_status status = totals && factors && scratch ? NEUME_OK : NEUME_ENOMEM;
    pass p = {.affine = a, .x = x, .y = y, .d_y = d_y};
    if (!status) status = sum_channels(&p, N, C, sum_gradients, totals);
    for (int64_t c = 0; c < C && !status; c++) {
        double scale = (double)a->gain[c] * (double)a->rstd[c],
               by_x = -scale * (double)a->rstd[c] * totals[C + c] / (double)N;
        out->shift[c] += (float)totals[c];
        out->gain[c] += (float)totals[C + c];
        factors[c] = (float)scale;
        factors[C + c] = (float)by_x;
        factors[2 * C + c] = (float)(-scale * totals[c] / (double)N - by_x * (double)a->mean[c]);
    }
    if (!status) combine_all(d_y, x, factors, scratch, out->x);
    neume__free(totals);
    neume__free(factors);
    neume__free(scratch);
    return status;
}

void neume_tensor_add(neume_tensor *y, const neume_tensor *x) {
    int64_t count = neume_tensor_count(y);
#pragma omp parallel for if (count > PARALLEL_FROM)
    for (int64_t at = 0; at < count; at += BLOCK_ITEMS) {
        float a[BLOCK_ITEMS], b[BLOCK_ITEMS];
        int64_t n = count - at < BLOCK_ITEMS ? count - at : BLOCK_ITEMS;
        neume_tensor_load(y, at, n, a);
        neume_tensor_load(x, at, n, b);
        for (int64_t i = 0; i < n; i++) a[i] += b[i];
        neume_tensor_store(y, at, n, a);
    }
}
