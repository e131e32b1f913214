#include "neume_test.h"

#include "neume/nn.h"

#include <string.h>

enum { N = 40003 };

typedef struct model {
    neume_parameter weight, bias, mean;
    neume_parameters list;
} model;

static void init(model *m, int64_t n) {
    *m = (model){0};
    neume_rng rng = neume_rng_seeded(5, 1);
    const neume_parameter_spec weight = {"m", "weight", 1, 0, .decay = true},
                               bias = {"m", "bias", 1, 0, .decay = false},
                               mean = {"m", "mean", 0, 2, .statistic = true};
    assert_ok(neume_parameter_init(&m->weight, &m->list, &weight, &rng, NEUME_DIMS(1, n)));
    assert_ok(neume_parameter_init(&m->bias, &m->list, &bias, &rng, NEUME_DIMS(n)));
    assert_ok(neume_parameter_init(&m->mean, &m->list, &mean, &rng, NEUME_DIMS(n)));
    assert_ok(neume_parameters_prepare_training(&m->list));
}

static void clear(model *m) {
    neume_parameter_clear(&m->weight);
    neume_parameter_clear(&m->bias);
    neume_parameter_clear(&m->mean);
    neume_parameters_clear(&m->list);
}

static void fill_gradients(model *m, uint64_t seed) {
    neume_rng rng = neume_rng_seeded(seed, 2);
    int64_t n = neume_tensor_count(&m->bias.value);
    for (int64_t i = 0; i < n; i++) {
        neume_f32(&m->weight.gradient)[i] = (float)neume_rng_normal(&rng);
        neume_f32(&m->bias.gradient)[i] = (float)neume_rng_normal(&rng);
    }
}

/* Algorithm 2 of the paper, one weight at a time in 64-bit. */
typedef struct reference {
    double m, v, value, average;
} reference;

static void reference_step(reference *r, const neume_adamw *adam, double gradient, double rate, double decay) {
    double t = (double)adam->step, b1 = (double)adam->beta1, b2 = (double)adam->beta2;
    double kept = fmin((double)adam->average_decay, (1 + t) / (10 + t));
    r->m = b1 * r->m + (1 - b1) * gradient;
    r->v = b2 * r->v + (1 - b2) * gradient * gradient;
    double step = r->m / (1 - pow(b1, t)) / (sqrt(r->v / (1 - pow(b2, t))) + (double)adam->epsilon);
    r->value -= rate * (step + decay * r->value);
    r->average = kept * r->average + (1 - kept) * r->value;
}

static void test_ten_steps_agree_with_the_papers_algorithm(void **state) {
    (void)state;
    model m;
    init(&m, N);
    neume_adamw adam = NEUME_ADAMW_DEFAULT;
    adam.clip_norm = 1;
    adam.decay = 0.1f;
    reference weight = {.value = (double)neume_f32(&m.weight.value)[N - 1]},
              bias = {.value = (double)neume_f32(&m.bias.value)[7]};
    weight.average = weight.value, bias.average = bias.value;
    for (uint64_t step = 1; step <= 10; step++) {
        double norm;
        fill_gradients(&m, step);
        neume_adamw_step(&adam, &m.list, 0.01f, &norm);
        assert_true(norm > 1); /* so that clipping is part of what is compared */
        reference_step(&weight, &adam, (double)neume_f32(&m.weight.gradient)[N - 1] / norm, 0.01, 0.1);
        reference_step(&bias, &adam, (double)neume_f32(&m.bias.gradient)[7] / norm, 0.01, 0);
    }
    assert_int_equal(adam.step, 10);
    assert_float_equal(neume_f32(&m.weight.value)[N - 1], weight.value, 1e-5);
    assert_float_equal(neume_f32(&m.weight.average)[N - 1], weight.average, 1e-5);
    assert_float_equal(neume_f32(&m.bias.value)[7], bias.value, 1e-5);
    assert_float_equal(neume_f32(&m.bias.average)[7], bias.average, 1e-5);
    clear(&m);
}

static void test_norm_is_of_all_gradients_together(void **state) {
    (void)state;
    model m;
    init(&m, 2);
    neume_adamw adam = NEUME_ADAMW_DEFAULT;
    const float weight[2] = {1, 2}, bias[2] = {2, 4};
    memcpy(m.weight.gradient.data, weight, sizeof weight);
    memcpy(m.bias.gradient.data, bias, sizeof bias);
    double norm;
    neume_adamw_step(&adam, &m.list, 0, &norm);
    assert_float_equal(norm, 5, 1e-6);
    clear(&m);
}

static void test_a_statistic_is_only_averaged(void **state) {
    (void)state;
    model m;
    init(&m, 3);
    neume_adamw adam = NEUME_ADAMW_DEFAULT;
    neume_f32(&m.mean.value)[1] = 13;
    double norm;
    neume_adamw_step(&adam, &m.list, 0.1f, &norm);
    assert_float_equal(neume_f32(&m.mean.value)[1], 13, 0);
    assert_float_equal(neume_f32(&m.mean.average)[1], 2 + 9, 1e-5); /* step 1 keeps 2/11 of the average */
    clear(&m);
}

static char logged[256];
static void remember(void *context, neume_log_level level, const char *line) {
    (void)context;
    if (level == NEUME_LOG_WARNING) snprintf(logged, sizeof logged, "%s", line);
}

static void test_a_gradient_that_is_not_finite_changes_nothing(void **state) {
    (void)state;
    const float bad[] = {NAN, INFINITY, -INFINITY};
    for (int i = 0; i < 3; i++) {
        model m, before;
        init(&m, 5);
        init(&before, 5);
        neume_adamw adam = NEUME_ADAMW_DEFAULT;
        fill_gradients(&m, 1);
        neume_f32(&m.bias.gradient)[3] = bad[i];
        double norm;
        logged[0] = '\0';
        neume_log_set(remember, NULL);
        neume_adamw_step(&adam, &m.list, 0.1f, &norm);
        neume_log_set(NULL, NULL);
        assert_true(!isfinite(norm));
        assert_non_null(strstr(logged, "skipped"));
        assert_int_equal(adam.step, 0);
        assert_memory_equal(m.weight.value.data, before.weight.value.data, 5 * sizeof(float));
        assert_memory_equal(m.weight.m.data, before.weight.m.data, 5 * sizeof(float));
        clear(&m);
        clear(&before);
    }
}

static void test_steps_find_the_minimum_of_a_bowl(void **state) {
    (void)state;
    model m;
    init(&m, 4);
    neume_adamw adam = NEUME_ADAMW_DEFAULT;
    adam.decay = 0;
    for (int step = 0; step < 2000; step++) {
        double norm;
        for (int i = 0; i < 4; i++) neume_f32(&m.weight.gradient)[i] = neume_f32(&m.weight.value)[i] - (float)i;
        neume_adamw_step(&adam, &m.list, neume_schedule_cosine(step, 10, 2000, 0.05f, 0), &norm);
    }
    for (int i = 0; i < 4; i++) assert_float_equal(neume_f32(&m.weight.value)[i], i, 1e-3);
    clear(&m);
}

static void test_the_same_step_on_one_and_four_threads_is_identical(void **state) {
    (void)state;
    float *values[2];
    for (int i = 0; i < 2; i++) {
        model m;
        init(&m, N);
        neume_adamw adam = NEUME_ADAMW_DEFAULT;
        double norm;
        neume_threads_set(i ? 4 : 1);
        fill_gradients(&m, 9);
        neume_adamw_step(&adam, &m.list, 0.1f, &norm);
        values[i] = malloc(N * sizeof(float));
        assert_non_null(values[i]);
        memcpy(values[i], m.weight.value.data, N * sizeof(float));
        clear(&m);
    }
    neume_threads_set(0);
    assert_memory_equal(values[0], values[1], N * sizeof(float));
    free(values[0]);
    free(values[1]);
}

static void test_schedule_climbs_then_falls_to_its_floor(void **state) {
    (void)state;
    assert_float_equal(neume_schedule_cosine(0, 10, 110, 2, 0.1f), 0.2, 1e-6);
    assert_float_equal(neume_schedule_cosine(9, 10, 110, 2, 0.1f), 2, 1e-6);
    assert_float_equal(neume_schedule_cosine(60, 10, 110, 2, 0.1f), 1.1, 1e-6); /* halfway: the mean of 2 and 0.2 */
    assert_float_equal(neume_schedule_cosine(110, 10, 110, 2, 0.1f), 0.2, 1e-6);
    assert_float_equal(neume_schedule_cosine(500, 10, 110, 2, 0.1f), 0.2, 1e-6);
    assert_float_equal(neume_schedule_cosine(0, 0, 0, 2, 0.5f), 1, 1e-6);
    for (int64_t step = 10; step < 120; step++)
        assert_true(neume_schedule_cosine(step + 1, 10, 110, 2, 0.1f) <= neume_schedule_cosine(step, 10, 110, 2, 0.1f));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ten_steps_agree_with_the_papers_algorithm),
        cmocka_unit_test(test_norm_is_of_all_gradients_together),
        cmocka_unit_test(test_a_statistic_is_only_averaged),
        cmocka_unit_test(test_a_gradient_that_is_not_finite_changes_nothing),
        cmocka_unit_test(test_steps_find_the_minimum_of_a_bowl),
        cmocka_unit_test(test_the_same_step_on_one_and_four_threads_is_identical),
        cmocka_unit_test(test_schedule_climbs_then_falls_to_its_floor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
