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

struct layer_kind;

/* A layer at work. */
typedef struct layer_check {
    const struct layer_kind *kind;
    void *layer;
    neume_compute *c;
    neume_parameters list;
    neume_tensor x, y, d_y, d_x;
} layer_check;

/* What is to be known of a kind of layer; spec is for its init alone. */
typedef struct layer_kind {
    size_t bytes;   /* of the layer */
    int64_t dim[3]; /* of x */
    const void *spec;
    neume_status (*init)(layer_check *); /* its parameters join the list */
    void (*clear)(layer_check *);
    neume_status (*forward)(layer_check *), (*backward)(layer_check *);
} layer_kind;

static inline void check_open(layer_check *k, const layer_kind *kind, neume_backend backend, neume_dtype dtype) {
    *k = (layer_check){.kind = kind, .layer = calloc(1, kind->bytes)};
    assert_non_null(k->layer);
    assert_ok(neume_compute_new(backend, &k->c));
    assert_ok(kind->init(k));
    assert_ok(neume_tensor_shape(&k->x, dtype, 3, kind->dim));
}

static inline void check_close(layer_check *k) {
    k->kind->clear(k);
    free(k->layer);
    neume_compute_free(k->c);
    neume_tensor_clear(&k->x);
    neume_tensor_clear(&k->y);
    neume_tensor_clear(&k->d_y);
    neume_tensor_clear(&k->d_x);
    neume_parameters_clear(&k->list);
}

static inline void check_fill(neume_tensor *tensor, uint64_t seed) {
    neume_rng rng = neume_rng_seeded(seed, 11);
    int64_t n = neume_tensor_count(tensor);
    for (int64_t i = 0; i < n; i++) {
        float value = (float)neume_rng_uniform(&rng, -1, 1);
        neume_tensor_store(tensor, i, 1, &value);
    }
}

/* Every parameter random (a bias of zero hides mistakes), x and d_y too; one forward and backward done. */
static inline void check_run(layer_check *k) {
    assert_ok(neume_parameters_prepare_training(&k->list));
    for (size_t i = 0; i < k->list.count; i++) check_fill(&k->list.items[i]->value, 100 + i);
    check_fill(&k->x, 1);
    assert_ok(k->kind->forward(k));
    assert_ok(neume_tensor_shape(&k->d_y, k->y.dtype, k->y.rank, k->y.dim));
    check_fill(&k->d_y, 2);
    assert_ok(k->kind->backward(k));
}

static inline double check_sum(layer_check *k) {
    double sum = 0;
    assert_ok(k->kind->forward(k));
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

static inline void assert_gradients_are_slopes(const layer_kind *kind) {
    layer_check k;
    check_open(&k, kind, NEUME_PLAIN, NEUME_F32);
    check_run(&k);
    check_slopes(&k, "x", &k.x, &k.d_x);
    for (size_t i = 0; i < k.list.count; i++)
        check_slopes(&k, k.list.items[i]->name, &k.list.items[i]->value, &k.list.items[i]->gradient);
    check_close(&k);
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

/* The same layer computed by another engine or in another type gives the same as the plain one, up to this noise. */
static inline void assert_snr_to_plain(const layer_kind *kind, neume_backend backend, neume_dtype dtype,
                                       double least_db) {
    layer_check plain, other;
    check_open(&plain, kind, NEUME_PLAIN, NEUME_F32);
    check_open(&other, kind, backend, dtype);
    check_run(&plain);
    check_run(&other);
    neume_buffer found = check_results(&other), expected = check_results(&plain);
    assert_int_equal(found.size, expected.size);
    assert_snr_db((float *)(void *)found.data, (float *)(void *)expected.data, found.size / sizeof(float), least_db);
    neume_buffer_clear(&found);
    neume_buffer_clear(&expected);
    check_close(&plain);
    check_close(&other);
}

/* A second backward adds the same gradients once more. */
static inline void assert_gradients_add_up(const layer_kind *kind) {
    layer_check k;
    neume_tensor once = {0};
    check_open(&k, kind, NEUME_PLAIN, NEUME_F32);
    check_run(&k);
    const neume_tensor *gradient = &k.list.items[0]->gradient;
    assert_ok(neume_tensor_convert(gradient, NEUME_F32, &once));
    assert_ok(kind->backward(&k));
    for (int64_t i = 0; i < neume_tensor_count(&once); i++)
        assert_true(fabs((double)neume_f32(gradient)[i] - 2 * (double)neume_f32(&once)[i]) < 1e-4);
    neume_tensor_clear(&once);
    check_close(&k);
}

static inline neume_status check_again(void *context) {
    layer_check *k = context;
    k->kind->clear(k);
    neume_parameters_clear(&k->list);
    NEUME_TRY(k->kind->init(k));
    NEUME_TRY(k->kind->forward(k));
    return k->kind->backward(k);
}

static inline void assert_failing_allocations_are_survived(const layer_kind *kind) {
    layer_check k;
    check_open(&k, kind, NEUME_PLAIN, NEUME_F32);
    check_run(&k);
    sweep_allocation_failures(check_again, &k);
    check_close(&k);
}

#endif
