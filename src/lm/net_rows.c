/* Each pass over memory does all there is to do to a row: it is widened to 32-bit, worked at in the first cache and
 * narrowed again. Sums over rows (a gain's gradient) are kept in a fixed number of strips and added in order, so that
 * any number of threads gives the same digits. */
#include "net_rows.h"

#include "neume/nn_math.h"

#include <math.h>

enum { STRIPS = 64, BLOCK = 512, PARALLEL_FROM = 32768 };

static int64_t rows_of(const neume_tensor *x) {
    return x->dim[0];
}

/* --- dropping ----------------------------------------------------------------------------------------------------- */

lm_dropout lm_dropout_at(float probability, uint64_t seed, int64_t site) {
    if (!(probability > 0)) return (lm_dropout){0};
    neume_rng rng = neume_rng_seeded(seed, (uint64_t)site);
    lm_dropout dropout = {.probability = probability, .step = neume_rng_u32(&rng) | 1, .key = neume_rng_u32(&rng)};
    return dropout;
}

/* The finisher is Wellons' "lowbias32" (nullprogram.com/blog/2018/07/31). */
NEUME_VECTOR void lm_dropout_apply(const lm_dropout *dropout, int64_t at, int64_t n, float *x) {
    if (!(dropout->probability > 0)) return;
    const uint32_t step = dropout->step, key = dropout->key, first = (uint32_t)at;
    const uint32_t below = (uint32_t)((double)dropout->probability * 0x1p32);
    const float kept = 1 / (1 - dropout->probability);
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        uint32_t h = (first + (uint32_t)i) * step + key;
        h = (h ^ h >> 16) * 0x7feb352du;
        h = (h ^ h >> 15) * 0x846ca68bu;
        h ^= h >> 16;
        x[i] = h < below ? 0 : x[i] * kept;
    }
}

/* --- normalisation ------------------------------------------------------------------------------------------------ */

neume_status lm_norm_init(lm_norm *norm, neume_parameters *list, const char *prefix, int64_t width, float epsilon) {
    *norm = (lm_norm){.epsilon = epsilon};
    const neume_parameter_spec gain = {prefix, "weight", 0, 1, false, false};
    return neume_parameter_init(&norm->gain, list, &gain, NULL, NEUME_DIMS(width));
}

void lm_norm_clear(lm_norm *norm) {
    neume_parameter_clear(&norm->gain);
    neume_tensor_clear(&norm->rstd);
    neume_tensor_clear(&norm->sums);
}

NEUME_VECTOR static float row_add_squares(float *above, const float *below, const float *branch, int64_t n) {
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < n; i++) {
        above[i] = below[i] + branch[i];
        sum += above[i] * above[i];
    }
    return sum;
}

NEUME_VECTOR static float row_squares(const float *x, int64_t n) {
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < n; i++) sum += x[i] * x[i];
    return sum;
}

NEUME_VECTOR static void row_gain(const float *x, float rstd, const float *gain, int64_t n, float *y) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++) y[i] = x[i] * rstd * gain[i];
}

static void forward_row(lm_norm *norm, const lm_join *join, int64_t row, float *held, neume_tensor *y) {
    const int64_t n = norm->gain.value.dim[0];
    float *above = neume_f32(join->above) + row * n, squares;
    if (join->branch) {
        neume_tensor_load(join->branch, row * n, n, held);
        lm_dropout_apply(&join->dropout, row * n, n, held);
        squares = row_add_squares(above, neume_f32(join->below) + row * n, held, n);
    } else
        squares = row_squares(above, n);
    const float rstd = 1 / sqrtf(squares / (float)n + norm->epsilon);
    neume_f32(&norm->rstd)[row] = rstd;
    row_gain(above, rstd, neume_f32(&norm->gain.value), n, held);
    neume_tensor_store(y, row * n, n, held);
}

neume_status lm_norm_forward(lm_norm *norm, const lm_join *join, neume_dtype dtype, neume_tensor *y) {
    const neume_tensor *model = join->branch ? join->branch : join->above;
    const int64_t rows = rows_of(model), n = norm->gain.value.dim[0];
    if (join->branch) NEUME_TRY(neume_tensor_shape(join->above, NEUME_F32, model->rank, model->dim));
    NEUME_TRY(neume_tensor_shape(y, dtype, model->rank, model->dim));
    NEUME_TRY(neume_tensor_shape(&norm->rstd, NEUME_F32, NEUME_DIMS(rows)));
    NEUME_TRY(neume_tensor_shape(&norm->sums, NEUME_F32, NEUME_DIMS(STRIPS, 2, n)));
#pragma omp parallel for schedule(static) if (rows * n >= PARALLEL_FROM)
    for (int64_t strip = 0; strip < STRIPS; strip++)
        for (int64_t row = rows * strip / STRIPS; row < rows * (strip + 1) / STRIPS; row++)
            forward_row(norm, join, row, neume_f32(&norm->sums) + 2 * strip * n, y);
    return NEUME_OK;
}

/* With u = x rstd and g = d_y gain: sums += d_y u; the average of g u. */
NEUME_VECTOR static float row_collect(const float *x, float rstd, float *d_y, const float *gain, float *sums,
                                      int64_t n) {
    float along = 0;
#pragma omp simd reduction(+ : along)
    for (int64_t i = 0; i < n; i++) {
        const float unit = x[i] * rstd;
        sums[i] += d_y[i] * unit;
        d_y[i] *= gain[i];
        along += d_y[i] * unit;
    }
    return along / (float)n;
}

/* d += rstd (g - u average(g u)), of which g receives a copy: the branch's gradient, before dropping. */
NEUME_VECTOR static void row_gradient(const float *x, float rstd, float along, float *g, float *d, int64_t n) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        d[i] += rstd * (g[i] - x[i] * rstd * along);
        g[i] = d[i];
    }
}

/* held: (2, n), first the row's gradient, then the strip's sums */
static void backward_row(lm_norm *norm, const lm_join *join, const neume_tensor *d_y, int64_t row, float *held,
                         float *d_above) {
    const int64_t n = norm->gain.value.dim[0];
    const float *x = neume_f32(join->above) + row * n, rstd = neume_f32(&norm->rstd)[row];
    neume_tensor_load(d_y, row * n, n, held);
    const float along = row_collect(x, rstd, held, neume_f32(&norm->gain.value), held + n, n);
    row_gradient(x, rstd, along, held, d_above + row * n, n);
}

neume_status lm_norm_backward(lm_norm *norm, const lm_join *join, const neume_tensor *d_y, neume_tensor *d_above,
                              neume_tensor *d_branch) {
    const int64_t rows = rows_of(d_y), n = norm->gain.value.dim[0];
    if (join->branch) NEUME_TRY(neume_tensor_shape(d_branch, d_y->dtype, d_y->rank, d_y->dim));
    neume_tensor_zero(&norm->sums);
#pragma omp parallel for schedule(static) if (rows * n >= PARALLEL_FROM)
    for (int64_t strip = 0; strip < STRIPS; strip++) {
        float *held = neume_f32(&norm->sums) + 2 * strip * n;
        for (int64_t row = rows * strip / STRIPS; row < rows * (strip + 1) / STRIPS; row++) {
            backward_row(norm, join, d_y, row, held, neume_f32(d_above));
            if (!join->branch) continue;
            lm_dropout_apply(&join->dropout, row * n, n, held);
            neume_tensor_store(d_branch, row * n, n, held);
        }
    }
    float *gain = neume_f32(&norm->gain.gradient);
    for (int64_t strip = 0; gain && strip < STRIPS; strip++)
        for (int64_t i = 0; i < n; i++) gain[i] += neume_f32(&norm->sums)[(2 * strip + 1) * n + i];
    return NEUME_OK;
}

/* --- gating ------------------------------------------------------------------------------------------------------- */

/* gate becomes silu(gate) up. */
NEUME_VECTOR static void gate_block(float *gate, const float *up, int64_t n) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++) gate[i] *= neume__sigmoid(gate[i]) * up[i];
}

/* gate and up become their gradients: silu'(g) = s (1 + g (1 - s)). */
NEUME_VECTOR static void gate_block_backward(float *gate, float *up, const float *d, int64_t n) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        const float s = neume__sigmoid(gate[i]), silu = gate[i] * s;
        gate[i] = d[i] * up[i] * (s + silu * (1 - s));
        up[i] = d[i] * silu;
    }
}

static int64_t block_at(int64_t from, int64_t n) {
    return n - from < BLOCK ? n - from : BLOCK;
}

neume_status lm_gate_forward(const neume_tensor *x, neume_tensor *y) {
    const int64_t rows = rows_of(x), F = x->dim[1] / 2;
    NEUME_TRY(neume_tensor_shape(y, x->dtype, NEUME_DIMS(rows, F)));
#pragma omp parallel for schedule(static) if (rows * F >= PARALLEL_FROM)
    for (int64_t row = 0; row < rows; row++)
        for (int64_t from = 0; from < F; from += BLOCK) {
            float gate[BLOCK], up[BLOCK];
            const int64_t n = block_at(from, F), at = row * 2 * F + from;
            neume_tensor_load(x, at, n, gate);
            neume_tensor_load(x, at + F, n, up);
            gate_block(gate, up, n);
            neume_tensor_store(y, row * F + from, n, gate);
        }
    return NEUME_OK;
}

neume_status lm_gate_backward(const neume_tensor *x, const neume_tensor *d_y, neume_tensor *d_x) {
    const int64_t rows = rows_of(x), F = x->dim[1] / 2;
    NEUME_TRY(neume_tensor_shape(d_x, x->dtype, x->rank, x->dim));
#pragma omp parallel for schedule(static) if (rows * F >= PARALLEL_FROM)
    for (int64_t row = 0; row < rows; row++)
        for (int64_t from = 0; from < F; from += BLOCK) {
            float gate[BLOCK], up[BLOCK], d[BLOCK];
            const int64_t n = block_at(from, F), at = row * 2 * F + from;
            neume_tensor_load(x, at, n, gate);
            neume_tensor_load(x, at + F, n, up);
            neume_tensor_load(d_y, row * F + from, n, d);
            gate_block_backward(gate, up, d, n);
            neume_tensor_store(d_x, at, n, gate);
            neume_tensor_store(d_x, at + F, n, up);
        }
    return NEUME_OK;
}
