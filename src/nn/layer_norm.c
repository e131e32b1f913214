/* The point-wise parts of a transformer block: normalisation of each row by its own statistics, and GELU.
 *
 * With x' = (x - mean) rstd and g = d_y gain, the gradient is d_x = rstd (g - average(g) - x' average(g x')): the two
 * averages are what the mean and the deviation feed back. By the root mean square alone, mean = 0 and average(g) is
 * absent. Rows are cut into a fixed number of strips, each with its own sums for gain and shift, added in order at the
 * end. */
#include "neume/nn.h"

#include "neume/nn_math.h"
#include "slices.h"

#include <math.h>

enum { STRIPS = 64, BLOCK = 1024 };

typedef struct row_sums {
    float a, b;
} row_sums;

neume_status neume_layer_norm_init(neume_layer_norm *layer, neume_parameters *list, const char *prefix,
                                   int64_t channels, bool rms) {
    *layer = (neume_layer_norm){.rms = rms, .epsilon = 1e-5f};
    const neume_parameter_spec gain = {prefix, "gain", 0, 1, false, false},
                               shift = {prefix, "shift", 0, 0, false, false};
    NEUME_TRY(neume_parameter_init(&layer->gain, list, &gain, NULL, NEUME_DIMS(channels)));
    return rms ? NEUME_OK : neume_parameter_init(&layer->shift, list, &shift, NULL, NEUME_DIMS(channels));
}

void neume_layer_norm_clear(neume_layer_norm *layer) {
    neume_parameter_clear(&layer->gain);
    neume_parameter_clear(&layer->shift);
    neume_tensor_clear(&layer->mean);
    neume_tensor_clear(&layer->rstd);
    neume_tensor_clear(&layer->scratch);
}

/* --- one row ------------------------------------------------------------------------------------------------------ */

NEUME_VECTOR static float row_mean(const float *x, int64_t n) {
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < n; i++) sum += x[i];
    return sum / (float)n;
}

NEUME_VECTOR static float row_spread(const float *x, float mean, int64_t n) {
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < n; i++) sum += (x[i] - mean) * (x[i] - mean);
    return sum / (float)n;
}

/* x becomes y. */
NEUME_VECTOR static void row_normalise(float *x, row_sums moments, const float *gain, const float *shift, int64_t n) {
    for (int64_t i = 0; i < n; i++) x[i] = (x[i] - moments.a) * moments.b * gain[i];
    if (!shift) return;
    for (int64_t i = 0; i < n; i++) x[i] += shift[i];
}

/* x becomes x', d_y becomes g; gains and shifts collect. */
NEUME_VECTOR static row_sums row_collect(float *x, float *d_y, row_sums moments, const float *gain, float *sums,
                                         int64_t n) {
    float all = 0, along = 0;
#pragma omp simd reduction(+ : all, along)
    for (int64_t i = 0; i < n; i++) {
        float unit = (x[i] - moments.a) * moments.b, g = d_y[i] * gain[i];
        sums[i] += d_y[i] * unit;
        sums[n + i] += d_y[i];
        all += g;
        along += g * unit;
        x[i] = unit;
        d_y[i] = g;
    }
    return (row_sums){all / (float)n, along / (float)n};
}

NEUME_VECTOR static void row_gradient(const float *unit, float *g, row_sums averages, float rstd, int64_t n) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++) g[i] = rstd * (g[i] - averages.a - unit[i] * averages.b);
}

/* --- all rows ----------------------------------------------------------------------------------------------------- */

/* Each strip's scratch: a row of x, a row of d_y, the sums of gain and of shift. */
static neume_status prepare(neume_layer_norm *layer, const neume_tensor *x, int64_t *rows) {
    int64_t channels = layer->gain.value.dim[0];
    *rows = neume_tensor_count(x) / channels;
    NEUME_TRY(neume_tensor_shape(&layer->mean, NEUME_F32, NEUME_DIMS(*rows)));
    NEUME_TRY(neume_tensor_shape(&layer->rstd, NEUME_F32, NEUME_DIMS(*rows)));
    return neume_tensor_shape(&layer->scratch, NEUME_F32, NEUME_DIMS(STRIPS, 4, channels));
}

static void normalise_row(neume_layer_norm *layer, const neume_tensor *x, neume_tensor *y, int64_t row, float *held) {
    int64_t n = layer->gain.value.dim[0];
    neume_tensor_load(x, row * n, n, held);
    float mean = layer->rms ? 0 : row_mean(held, n);
    float rstd = 1 / sqrtf(row_spread(held, mean, n) + layer->epsilon);
    neume_f32(&layer->mean)[row] = mean;
    neume_f32(&layer->rstd)[row] = rstd;
    row_normalise(held, (row_sums){mean, rstd}, neume_f32(&layer->gain.value), neume_f32(&layer->shift.value), n);
    neume_tensor_store(y, row * n, n, held);
}

neume_status neume_layer_norm_forward(neume_layer_norm *layer, const neume_tensor *x, neume_tensor *y) {
    int64_t rows, width = 4 * layer->gain.value.dim[0];
    NEUME_TRY(prepare(layer, x, &rows));
    NEUME_TRY(neume_tensor_shape(y, x->dtype, x->rank, x->dim));
    layer->x_saved = x;
#pragma omp parallel for schedule(static) if (rows * width >= NEUME_PARALLEL_FROM)
    for (int64_t strip = 0; strip < STRIPS; strip++)
        for (int64_t row = rows * strip / STRIPS; row < rows * (strip + 1) / STRIPS; row++)
            normalise_row(layer, x, y, row, neume_f32(&layer->scratch) + strip * width);
    return NEUME_OK;
}

static void row_backward(neume_layer_norm *layer, const neume_tensor *d_y, neume_tensor *d_x, int64_t row,
                         float *held) {
    int64_t n = layer->gain.value.dim[0];
    row_sums moments = {neume_f32(&layer->mean)[row], neume_f32(&layer->rstd)[row]};
    neume_tensor_load(layer->x_saved, row * n, n, held);
    neume_tensor_load(d_y, row * n, n, held + n);
    row_sums averages = row_collect(held, held + n, moments, neume_f32(&layer->gain.value), held + 2 * n, n);
    if (layer->rms) averages.a = 0;
    if (!d_x) return;
    row_gradient(held, held + n, averages, moments.b, n);
    neume_tensor_store(d_x, row * n, n, held + n);
}

static void add_sums(neume_layer_norm *layer) {
    int64_t n = layer->gain.value.dim[0];
    float *gain = neume_f32(&layer->gain.gradient), *shift = neume_f32(&layer->shift.gradient);
    for (int64_t strip = 0; strip < STRIPS; strip++) {
        const float *sums = neume_f32(&layer->scratch) + (4 * strip + 2) * n;
        for (int64_t i = 0; gain && i < n; i++) gain[i] += sums[i];
        for (int64_t i = 0; shift && i < n; i++) shift[i] += sums[n + i];
    }
}

neume_status neume_layer_norm_backward(neume_layer_norm *layer, const neume_tensor *d_y, neume_tensor *d_x) {
    const neume_tensor *x = layer->x_saved;
    int64_t rows = layer->mean.dim[0], width = 4 * layer->gain.value.dim[0];
    if (d_x) NEUME_TRY(neume_tensor_shape(d_x, x->dtype, x->rank, x->dim));
    neume_tensor_zero(&layer->scratch);
#pragma omp parallel for schedule(static) if (rows * width >= NEUME_PARALLEL_FROM)
    for (int64_t strip = 0; strip < STRIPS; strip++)
        for (int64_t row = rows * strip / STRIPS; row < rows * (strip + 1) / STRIPS; row++)
            row_backward(layer, d_y, d_x, row, neume_f32(&layer->scratch) + strip * width);
    add_sums(layer);
    return NEUME_OK;
}

/* --- GELU --------------------------------------------------------------------------------------------------------- */

static const float slope = 1.5957691216f, cubic = 0.044715f; /* 2 sqrt(2 / pi); the paper's fit */

NEUME_VECTOR static void gelu_block(float *x, int64_t n) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++) x[i] *= neume__sigmoid(slope * x[i] * (1 + cubic * x[i] * x[i]));
}

/* With s = sigmoid(u): (x s)' = s + x s (1 - s) u'. */
NEUME_VECTOR static void gelu_block_backward(const float *x, float *d, int64_t n) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        float square = x[i] * x[i], s = neume__sigmoid(slope * x[i] * (1 + cubic * square));
        d[i] *= s + x[i] * s * (1 - s) * slope * (1 + 3 * cubic * square);
    }
}

neume_status neume_gelu(const neume_tensor *x, neume_tensor *y) {
    int64_t count = neume_tensor_count(x);
    NEUME_TRY(neume_tensor_shape(y, x->dtype, x->rank, x->dim));
#pragma omp parallel for schedule(static) if (count >= NEUME_PARALLEL_FROM)
    for (int64_t at = 0; at < count; at += BLOCK) {
        float held[BLOCK];
        int64_t n = count - at < BLOCK ? count - at : BLOCK;
        neume_tensor_load(x, at, n, held);
        gelu_block(held, n);
        neume_tensor_store(y, at, n, held);
    }
    return NEUME_OK;
}

neume_status neume_gelu_backward(const neume_tensor *x, const neume_tensor *d_y, neume_tensor *d_x) {
    int64_t count = neume_tensor_count(x);
    NEUME_TRY(neume_tensor_shape(d_x, x->dtype, x->rank, x->dim));
#pragma omp parallel for schedule(static) if (count >= NEUME_PARALLEL_FROM)
    for (int64_t at = 0; at < count; at += BLOCK) {
        float held[BLOCK], gradient[BLOCK];
        int64_t n = count - at < BLOCK ? count - at : BLOCK;
        neume_tensor_load(x, at, n, held);
        neume_tensor_load(d_y, at, n, gradient);
        gelu_block_backward(held, gradient, n);
        neume_tensor_store(d_x, at, n, gradient);
    }
    return NEUME_OK;
}
