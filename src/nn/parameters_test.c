#include "reread.h"

#include "neume/nn.h"

#include <string.h>

typedef struct model {
    neume_parameter weight, mean;
    neume_parameters list;
} model;

static neume_status init(model *m, uint64_t seed, int64_t inputs) {
    neume_rng rng = neume_rng_seeded(seed, 1);
    const neume_parameter_spec weight = {"block", "weight", 0.5f, 0, .decay = true},
                               mean = {"block", "mean", 0, 1.5f, .statistic = true};
    NEUME_TRY(neume_parameter_init(&m->weight, &m->list, &weight, &rng, NEUME_DIMS(inputs, 40)));
    return neume_parameter_init(&m->mean, &m->list, &mean, NULL, NEUME_DIMS(40));
}

static void clear(model *m) {
    neume_parameter_clear(&m->weight);
    neume_parameter_clear(&m->mean);
    neume_parameters_clear(&m->list);
}

static void fill(neume_tensor *tensor, uint64_t seed) {
    neume_rng rng = neume_rng_seeded(seed, 3);
    int64_t n = neume_tensor_count(tensor);
    for (int64_t i = 0; i < n; i++) neume_f32(tensor)[i] = (float)neume_rng_normal(&rng);
}

static void assert_same(const neume_tensor *a, const neume_tensor *b) {
    assert_true(neume_tensor_same_shape(a, b));
    assert_memory_equal(a->data, b->data, neume_tensor_bytes(a));
}

static neume_gguf *saved(const model *m, const neume_adamw *adam, bool half) {
    neume_gguf_writer *writer;
    assert_ok(neume_gguf_writer_new("neume", &writer));
    assert_ok(neume_parameters_save(&m->list, writer, adam, half));
    return reread(writer);
}

static void test_values_start_at_their_deviation_and_offset(void **state) {
    (void)state;
    model m = {0};
    assert_ok(init(&m, 1, 100));
    assert_string_equal(m.weight.name, "block.weight");
    assert_int_equal(neume_parameters_count(&m.list), 4040);
    double squares = 0;
    for (int i = 0; i < 4000; i++)
        squares += (double)neume_f32(&m.weight.value)[i] * (double)neume_f32(&m.weight.value)[i];
    assert_float_equal(sqrt(squares / 4000), 0.5, 0.03);
    assert_float_equal(neume_f32(&m.mean.value)[39], 1.5, 0);
    clear(&m);
}

static void test_a_name_too_long_for_the_file_is_refused(void **state) {
    (void)state;
    neume_parameter parameter = {0};
    neume_parameters list = {0};
    const neume_parameter_spec
        fits = {"a234567890123456789012345678901234567890123456789", "weight", 0, 0, false, false},
        longer = {"a2345678901234567890123456789012345678901234567890", "weight", 0, 0, false, false};
    assert_ok(neume_parameter_init(&parameter, &list, &fits, NULL, NEUME_DIMS(1)));
    assert_int_equal(strlen(parameter.name), 56);
    neume_parameter_clear(&parameter);
    assert_int_equal(neume_parameter_init(&parameter, &list, &longer, NULL, NEUME_DIMS(1)), NEUME_EINVAL);
    assert_int_equal(list.count, 1);
    neume_parameters_clear(&list);
}

static void test_training_starts_with_the_average_at_the_value(void **state) {
    (void)state;
    model m = {0};
    assert_ok(init(&m, 1, 3));
    assert_ok(neume_parameters_prepare_training(&m.list));
    assert_same(&m.weight.average, &m.weight.value);
    assert_same(&m.mean.average, &m.mean.value);
    assert_null(m.mean.gradient.data);
    fill(&m.weight.gradient, 2);
    neume_parameters_zero_gradients(&m.list);
    for (int i = 0; i < 120; i++) assert_true(neume_f32(&m.weight.gradient)[i] == 0 && neume_f32(&m.weight.m)[i] == 0);
    clear(&m);
}

static void test_swapping_the_average_twice_changes_nothing(void **state) {
    (void)state;
    model m = {0}, before = {0};
    assert_ok(init(&m, 1, 3));
    assert_ok(init(&before, 1, 3));
    assert_ok(neume_parameters_prepare_training(&m.list));
    fill(&m.weight.average, 4);
    float first = neume_f32(&m.weight.average)[0];
    neume_parameters_swap_average(&m.list);
    assert_true(neume_f32(&m.weight.value)[0] == first);
    neume_parameters_swap_average(&m.list);
    assert_same(&m.weight.value, &before.weight.value);
    clear(&m);
    clear(&before);
}

static void test_a_checkpoint_restores_training_exactly(void **state) {
    (void)state;
    model m = {0}, restored = {0};
    neume_adamw adam = NEUME_ADAMW_DEFAULT, adam_restored = NEUME_ADAMW_DEFAULT;
    assert_ok(init(&m, 1, 3));
    assert_ok(init(&restored, 2, 3));
    assert_ok(neume_parameters_prepare_training(&m.list));
    assert_ok(neume_parameters_prepare_training(&restored.list));
    adam.step = 77;
    fill(&m.weight.m, 5), fill(&m.weight.v, 6), fill(&m.weight.average, 7), fill(&m.mean.average, 8);
    neume_gguf *gguf = saved(&m, &adam, false);
    assert_ok(neume_parameters_load(&restored.list, gguf, &adam_restored));
    assert_int_equal(adam_restored.step, 77);
    assert_same(&restored.weight.value, &m.weight.value);
    assert_same(&restored.weight.average, &m.weight.average);
    assert_same(&restored.weight.m, &m.weight.m);
    assert_same(&restored.weight.v, &m.weight.v);
    assert_same(&restored.mean.value, &m.mean.value);
    assert_same(&restored.mean.average, &m.mean.average);
    neume_gguf_free(gguf);
    clear(&m);
    clear(&restored);
}

static void test_halved_weights_keep_eleven_bits_and_vectors_all(void **state) {
    (void)state;
    model m = {0}, loaded = {0};
    assert_ok(init(&m, 1, 3));
    assert_ok(init(&loaded, 2, 3));
    neume_f32(&m.mean.value)[0] = 1e6f; /* would not fit */
    neume_gguf *gguf = saved(&m, NULL, true);
    assert_ok(neume_parameters_load(&loaded.list, gguf, NULL));
    assert_floats_close(neume_f32(&loaded.weight.value), neume_f32(&m.weight.value), 120, 1.0 / 2048, 0x1p-25);
    assert_same(&loaded.mean.value, &m.mean.value);
    neume_gguf_free(gguf);
    clear(&m);
    clear(&loaded);
}

static void test_loading_weights_alone_restarts_the_average(void **state) {
    (void)state;
    model m = {0}, loaded = {0};
    assert_ok(init(&m, 1, 3));
    assert_ok(init(&loaded, 2, 3));
    assert_ok(neume_parameters_prepare_training(&loaded.list));
    neume_gguf *gguf = saved(&m, NULL, false);
    assert_ok(neume_parameters_load(&loaded.list, gguf, NULL));
    assert_same(&loaded.weight.average, &m.weight.value);
    neume_gguf_free(gguf);
    clear(&m);
    clear(&loaded);
}

static void test_a_file_that_does_not_fit_changes_nothing(void **state) {
    (void)state;
    model m = {0}, other = {0}, before = {0};
    neume_adamw adam = NEUME_ADAMW_DEFAULT;
    assert_ok(init(&m, 1, 3));
    assert_ok(init(&before, 1, 3));
    assert_ok(init(&other, 2, 4));
    neume_gguf *wrong_shape = saved(&other, NULL, false);
    other.list.count = 1;
    neume_gguf *missing = saved(&other, NULL, false);
    assert_int_equal(neume_parameters_load(&m.list, wrong_shape, NULL), NEUME_EFORMAT);
    assert_int_equal(neume_parameters_load(&m.list, missing, NULL), NEUME_EFORMAT);
    assert_int_equal(neume_parameters_load(&other.list, missing, &adam), NEUME_EFORMAT); /* no optimiser state */
    assert_same(&m.weight.value, &before.weight.value);
    assert_int_equal(adam.step, 0);
    neume_gguf_free(wrong_shape);
    neume_gguf_free(missing);
    clear(&m);
    clear(&other);
    clear(&before);
}

/* A file of 30 rows of 40 columns: a model of 40 takes all, one of 25 the first 25 of each row, one of 45 rows has them
 * first and keeps its own behind, one of 50 columns takes nothing. */
static void test_borrowing_takes_what_fits(void **state) {
    (void)state;
    model from = {0};
    assert_ok(init(&from, 1, 30));
    neume_gguf *gguf = saved(&from, NULL, false);
    static const struct {
        int64_t rows, columns;
        size_t taken;
    } cases[] = {{30, 40, 2}, {30, 25, 1}, {45, 40, 2}, {30, 50, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        neume_parameter weight = {0}, mean = {0};
        neume_parameters list = {0};
        const int64_t rows = cases[i].rows, columns = cases[i].columns;
        const neume_parameter_spec of_weight = {.prefix = "block", .name = "weight"},
                                   of_mean = {.prefix = i == 1 ? "other" : "block", .name = "mean"};
        assert_ok(neume_parameter_init(&weight, &list, &of_weight, NULL, NEUME_DIMS(rows, columns)));
        assert_ok(neume_parameter_init(&mean, &list, &of_mean, NULL, NEUME_DIMS(columns)));
        assert_int_equal(neume_parameters_borrow(&list, gguf), cases[i].taken);
        for (int64_t at = 0; at < rows * columns; at++) {
            int64_t row = at / columns, column = at % columns;
            float expected = cases[i].taken && row < 30 ? neume_f32(&from.weight.value)[row * 40 + column] : 0;
            assert_true(neume_f32(&weight.value)[at] == expected);
        }
        neume_parameter_clear(&weight);
        neume_parameter_clear(&mean);
        neume_parameters_clear(&list);
    }
    neume_gguf_free(gguf);
    clear(&from);
}

static neume_status make_again(void *context) {
    (void)context;
    model m = {0};
    neume_status status;
    NEUME_GO(init(&m, 1, 3));
    NEUME_GO(neume_parameters_prepare_training(&m.list));
fail:
    clear(&m);
    return status;
}

static void test_every_failing_allocation_is_survived(void **state) {
    (void)state;
    sweep_allocation_failures(make_again, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_start_at_their_deviation_and_offset),
        cmocka_unit_test(test_a_name_too_long_for_the_file_is_refused),
        cmocka_unit_test(test_training_starts_with_the_average_at_the_value),
        cmocka_unit_test(test_swapping_the_average_twice_changes_nothing),
        cmocka_unit_test(test_a_checkpoint_restores_training_exactly),
        cmocka_unit_test(test_halved_weights_keep_eleven_bits_and_vectors_all),
        cmocka_unit_test(test_loading_weights_alone_restarts_the_average),
        cmocka_unit_test(test_a_file_that_does_not_fit_changes_nothing),
        cmocka_unit_test(test_borrowing_takes_what_fits),
        cmocka_unit_test(test_every_failing_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
