/* For tests of whole networks: each parameter is moved along its own gradient, and the loss must change by step *
 * |gradient|^2. Kinks of a relu and single precision leave a few per cent; a wrong sign, a missing term or a wrong
 * layer is off by far more. (Layers by themselves are checked item by item: src/nn/layer_check.h.) */
#ifndef NEUME_HEAR_SLOPE_CHECK_H
#define NEUME_HEAR_SLOPE_CHECK_H

#include "neume_test.h"

#include "neume/nn.h"

#include <string.h>

typedef struct slope_check {
    double (*loss)(void *context);
    void *context;
    double step;             /* as a share of the parameter's size */
    double share, allowance; /* by how much both may differ: of the gradient's, and besides */
} slope_check;

static inline double sum_of_squares(const neume_tensor *x) {
    double sum = 0;
    for (int64_t i = 0; i < neume_tensor_count(x); i++) sum += (double)neume_f32(x)[i] * (double)neume_f32(x)[i];
    return sum;
}

static inline void assert_slope(const slope_check *check, neume_parameter *parameter) {
    const int64_t count = neume_tensor_count(&parameter->value);
    const double squares = sum_of_squares(&parameter->gradient);
    const double step = check->step * sqrt((sum_of_squares(&parameter->value) + 1e-2) / squares);
    float *value = neume_f32(&parameter->value), *gradient = neume_f32(&parameter->gradient);
    float *kept = neume__alloc((size_t)count * sizeof *kept);
    double side[2];
    assert_non_null(kept);
    memcpy(kept, value, (size_t)count * sizeof *kept);
    for (int s = 0; s < 2; s++) {
        for (int64_t i = 0; i < count; i++) value[i] = kept[i] + (float)((s ? step : -step) * (double)gradient[i]);
        side[s] = check->loss(check->context);
    }
    memcpy(value, kept, (size_t)count * sizeof *kept);
    neume__free(kept);
    const double measured = (side[1] - side[0]) / (2 * step);
    if (!(fabs(measured - squares) <= check->share * squares + check->allowance))
        fail_msg("%s: gradient says %g, difference %g", parameter->name, squares, measured);
}

/* Weights of any size, so that every layer matters. */
static inline void shake_parameters(neume_parameters *list, double amount) {
    neume_rng rng = neume_rng_seeded(11, 2);
    for (size_t p = 0; p < list->count; p++)
        for (int64_t i = 0; i < neume_tensor_count(&list->items[p]->value) && !list->items[p]->statistic; i++)
            neume_f32(&list->items[p]->value)[i] += (float)(amount * neume_rng_normal(&rng));
}

#endif
