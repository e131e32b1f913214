/* For tests of layers: every gradient against the slope of the forward pass, and the fast backend against the plain
 * one.
 *
 * The number whose slope is taken is sum(d_y y) with random d_y. The slope is (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) /
 * 12h with h = 0.02: its own error is of order h^4, and 32-bit rounding of a few dozen results of size 1 (some 1e-6)
 * divided by h gives 1e-4 at worst. A wrong term in a gradient shows as 1e-2 and more. */
#ifndef NEUME_NN_LAYER_CHECK_H
#define NEUME_NN_LAYER_CHECK_H

#include "neume_test.h"

#include "neume/nn.h"

#include <string.h>

typedef struct layer_check {
    void *layer;
    neume_compute *c;
    neume_parameters list;
    neume_tensor x, y, d_y, d_x;
    neume_status (*forward)(struct layer_check *);
    neume_status (*backward)(struct layer_check *);
} layer_check;

static inline void check_fill(neume_tensor *tensor, uint64_t seed) {
    neume_rng rng = neume_rng_seeded(seed, 11);
    int64_t n = neume_tensor_count(tensor);
    for (int64_t i = 0; i < n; i++) {
        float value = (float)neume_rng_uniform(&rng, -1, 1);
        neume_tensor_store(tensor, i, 1, &value);
    }
}

/* Every parameter random (a bias of zero hides mistakes), x and d_y too; one forward and backward done. */
static inline void check_begin(layer_check *k) {
    assert_ok(neume_parameters_prepare_training(&k->list));
    for (size_t i = 0; i < k->list.count; i++) check_fill(&k->list.items[i]->value, 100 + i);
    check_fill(&k->x, 1);
    assert_ok(k->forward(k));
    assert_ok(neume_tensor_shape(&k->d_y, k->y.dtype, k->y.rank, k->y.dim));
    check_fill(&k->d_y, 2);
    assert_ok(k->backward(k));
}

static inline void check_end(layer_check *k) {
    neume_tensor_clear(&k->x);
    neume_tensor_clear(&k->y);
    neume_tensor_clear(&k->d_y);
    neume_tensor_clear(&k->d_x);
    neume_parameters_clear(&k->list);
}

static inline double check_sum(layer_check *k) {
    double sum = 0;
    assert_ok(k->forward(k));
    int64_t n = neume_tensor_count(&k->y);
    for (int64_t i = 0; i < n; i++) sum += (double)neume_f32(&k->d_y)[i] * (double)neume_f32(&k->y)[i];
    return sum;
}

static inline void check_slopes(layer_check *k, const char *name, neume_tensor *value, const neume_tensor *gradient) {
    int64_t n = neume_tensor_count(value);
    for (int64_t i = 0; i < n; i++) {
        float *at = neume_f32(value) + i, kept = *at;
        double sums[4];
        const float steps[4] = {-0.04f, -0.02f, 0.02f, 0.04f};
        for (int s = 0; s < 4; s++) *at = kept + steps[s], sums[s] = check_sum(k);
        *at = kept;
        double slope = (8 * (sums[2] - sums[1]) - (sums[3] - sums[0])) / 0.24, found = (double)neume_f32(gradient)[i];
        if (!(fabs(found - slope) <= 1e-3 + 1e-3 * fabs(slope)))
            fail_msg("%s, item %lld: gradient %.6g, slope %.6g", name, (long long)i, found, slope);
    }
}

static inline void assert_gradients_are_slopes(layer_check *k) {
    check_begin(k);
    check_slopes(k, "x", &k->x, &k->d_x);
    for (size_t i = 0; i < k->list.count; i++)
        check_slopes(k, k->list.items[i]->name, &k->list.items[i]->value, &k->list.items[i]->gradient);
}

/* Everything that came out, as 32-bit numbers in one row: y, d_x, gradients. */
static inline neume_buffer check_results(const layer_check *k) {
    neume_buffer all = {0};
    const neume_tensor *tensors[64] = {&k->y, &k->d_x};
    size_t count = 2;
    for (size_t i = 0; i < k->list.count; i++) tensors[count++] = &k->list.items[i]->gradient;
    for (size_t i = 0; i < count; i++)
        for (int64_t j = 0; j < neume_tensor_count(tensors[i]); j++) {
            float value;
            neume_tensor_load(tensors[i], j, 1, &value);
            assert_ok(neume_buffer_append(&all, &value, sizeof value));
        }
    return all;
}

/* The same layer computed again by another engine (or in another type) gives the same, up to this noise. */
static inline void assert_snr_to(layer_check *k, const layer_check *model, double least_db) {
    check_begin(k);
    neume_buffer found = check_results(k), expected = check_results(model);
    assert_int_equal(found.size, expected.size);
    assert_snr_db((float *)(void *)found.data, (float *)(void *)expected.data, found.size / sizeof(float), least_db);
    neume_buffer_clear(&found);
    neume_buffer_clear(&expected);
}

/* A second backward adds the same gradients once more. */
static inline void assert_gradients_add_up(layer_check *k) {
    neume_tensor *gradient = &k->list.items[0]->gradient, once = {0};
    check_begin(k);
    assert_ok(neume_tensor_convert(gradient, NEUME_F32, &once));
    assert_ok(k->backward(k));
    for (int64_t i = 0; i < neume_tensor_count(&once); i++)
        assert_true(fabs((double)neume_f32(gradient)[i] - 2 * (double)neume_f32(&once)[i]) < 1e-4);
    neume_tensor_clear(&once);
}

#endif
