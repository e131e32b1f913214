/* Losses over millions of items a step: one pass computes the sum and the gradient together.
 *
 * The binary cross-entropy of a logit z against t is max(z, 0) - z t + log(1 + exp(-|z|)), which never overflows, and
 * its gradient is sigmoid(z) - t. Inside a chunk sums are 32-bit (vectors of them); chunks add up in 64-bit. */
#include "neume/nn.h"

#include "neume/nn_math.h"
#include "slices.h"

#include <math.h>
#include <string.h>

typedef struct loss_items {
    const float *value, *target, *weight;
    float scale;
    float *gradient;
} loss_items;

NEUME_VECTOR static float binary_chunk(const void *context, int64_t start, int64_t end) {
    const loss_items *items = context;
    const float *value = items->value, *target = items->target, *weight = items->weight;
    float *gradient = items->gradient, scale = items->scale, sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = start; i < end; i++) {
        float z = value[i], t = target[i], w = weight[i] * scale;
        float e = neume__exp_negative(-__builtin_fabsf(z));
        float sigmoid = (z >= 0 ? 1.0f : e) / (1.0f + e);
        sum += w * ((z > 0 ? z : 0.0f) - z * t + neume__log1p_unit(e));
        gradient[i] = w * (sigmoid - t);
    }
    return sum;
}

NEUME_VECTOR static float huber_chunk(const void *context, int64_t start, int64_t end) {
    const loss_items *items = context;
    const float *value = items->value, *target = items->target, *weight = items->weight;
    float *gradient = items->gradient, scale = items->scale, sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = start; i < end; i++) {
        float error = value[i] - target[i], w = weight[i] * scale, size = __builtin_fabsf(error);
        sum += w * (size < 1 ? 0.5f * error * error : size - 0.5f);
        gradient[i] = w * (size < 1 ? error : __builtin_copysignf(1.0f, error));
    }
    return sum;
}

double neume_loss_binary(const float *logit, const float *target, const float *weight, int64_t n, float scale,
                         float *d_logit) {
    loss_items items = {logit, target, weight, scale, d_logit};
    return neume__sum_slices(binary_chunk, &items, n);
}

double neume_loss_huber(const float *value, const float *target, const float *weight, int64_t n, float scale,
                        float *d_value) {
    loss_items items = {value, target, weight, scale, d_value};
    return neume__sum_slices(huber_chunk, &items, n);
}

/* --- one of several classes --------------------------------------------------------------------------------------- */

/* One row: log(sum exp) is taken from the largest logit, so nothing overflows. */
static double softmax_row(const float *z, const float *target, int64_t classes, float weight, float *gradient) {
    float top = z[0], sum = 0;
    double loss = 0;
    for (int64_t k = 1; k < classes; k++) top = z[k] > top ? z[k] : top;
    for (int64_t k = 0; k < classes; k++) {
        gradient[k] = neume__exp_negative(z[k] - top);
        sum += gradient[k];
    }
    float log_sum = logf(sum);
    for (int64_t k = 0; k < classes; k++) {
        loss += (double)(target[k] * (log_sum - (z[k] - top)));
        gradient[k] = weight * (gradient[k] / sum - target[k]);
    }
    return (double)weight * loss;
}

double neume_loss_softmax(const neume_loss_rows *layout, const float *logit, const float *target, const float *weight,
                          float scale, float *d_logit) {
    double sums[NEUME_SLICES], total = 0;
#pragma omp parallel for schedule(static) if (layout->rows * layout->classes >= NEUME_PARALLEL_FROM)
    for (int64_t slice = 0; slice < NEUME_SLICES; slice++) {
        sums[slice] = 0;
        int64_t end = neume__slice_start(layout->rows, slice + 1);
        for (int64_t r = neume__slice_start(layout->rows, slice); r < end; r++) {
            int64_t at = r * layout->stride + layout->first;
            if (weight[r] > 0)
                sums[slice] += softmax_row(logit + at, target + at, layout->classes, weight[r] * scale, d_logit + at);
            else
                memset(d_logit + at, 0, (size_t)layout->classes * sizeof *d_logit);
        }
    }
    for (int slice = 0; slice < NEUME_SLICES; slice++) total += sums[slice];
    return total;
}
