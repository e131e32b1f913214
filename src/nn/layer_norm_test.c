#include "layer_check.h"

enum { ROWS = 15, CHANNELS = 7 };

static neume_status forward(layer_check *k) {
    return neume_layer_norm_forward(k->layer, &k->x, &k->y);
}

static neume_status backward(layer_check *k) {
    return neume_layer_norm_backward(k->layer, &k->d_y, &k->d_x);
}

typedef struct norm_spec {
    bool rms;
    float epsilon; /* 0.1 keeps rows of small spread smooth at the step of the difference */
} norm_spec;

static neume_status init(layer_check *k) {
    const norm_spec *spec = k->kind->spec;
    NEUME_TRY(neume_layer_norm_init(k->layer, &k->list, "norm", CHANNELS, spec->rms));
    ((neume_layer_norm *)k->layer)->epsilon = spec->epsilon;
    return NEUME_OK;
}

static void clear(layer_check *k) {
    neume_layer_norm_clear(k->layer);
}

static layer_kind norm(const norm_spec *spec) {
    return (layer_kind){.bytes = sizeof(neume_layer_norm),
                        .dim = {ROWS / 5, 5, CHANNELS},
                        .spec = spec,
                        .init = init,
                        .clear = clear,
                        .forward = forward,
                        .backward = backward};
}

static const norm_spec usual = {false, 1e-5f};

static void test_gradients_are_the_slopes(void **state) {
    (void)state;
    for (int rms = 0; rms < 2; rms++) {
        const norm_spec smooth = {rms, 0.1f};
        const layer_kind kind = norm(&smooth);
        assert_gradients_are_slopes(&kind);
    }
}

static void test_gradients_add_up(void **state) {
    (void)state;
    const layer_kind kind = norm(&usual);
    assert_gradients_add_up(&kind);
}

static void test_every_failing_allocation_is_survived(void **state) {
    (void)state;
    const layer_kind kind = norm(&usual);
    assert_failing_allocations_are_survived(&kind);
}

static void test_rows_get_mean_0_and_deviation_1(void **state) {
    (void)state;
    layer_check k;
    const layer_kind kind = norm(&usual);
    check_open(&k, &kind, NEUME_PLAIN, NEUME_F32);
    check_fill(&k.x, 1);
    assert_ok(forward(&k));
    for (int row = 0; row < ROWS; row++) {
        double sum = 0, squares = 0;
        for (int i = 0; i < CHANNELS; i++) {
            double y = (double)neume_f32(&k.y)[row * CHANNELS + i];
            sum += y;
            squares += y * y;
        }
        assert_true(fabs(sum) < 1e-5);
        assert_true(fabs(squares / CHANNELS - 1) < 1e-3); /* epsilon takes a little */
    }
    check_close(&k);
}

static void test_rms_norm_does_not_change_with_the_size_of_its_input(void **state) {
    (void)state;
    layer_check k;
    neume_tensor y = {0};
    const norm_spec exact = {true, 0};
    const layer_kind kind = norm(&exact);
    check_open(&k, &kind, NEUME_PLAIN, NEUME_F32);
    check_fill(&k.x, 1);
    assert_ok(forward(&k));
    assert_ok(neume_tensor_convert(&k.y, NEUME_F32, &y));
    for (int i = 0; i < ROWS * CHANNELS; i++) neume_f32(&k.x)[i] *= 8;
    assert_ok(forward(&k));
    assert_floats_close(neume_f32(&k.y), neume_f32(&y), ROWS * CHANNELS, 1e-6, 1e-6);
    neume_tensor_clear(&y);
    check_close(&k);
}

/* bfloat16 has 8 bits: some 48 dB for one rounding; x, y, d_y and d_x are rounded. */
static void test_bfloat16_agrees_with_float(void **state) {
    (void)state;
    const layer_kind kind = norm(&usual);
    assert_snr_to_plain(&kind, NEUME_PLAIN, NEUME_BF16, 38);
}

static neume_status gelu_forward(layer_check *k) {
    return neume_gelu(&k->x, &k->y);
}

static neume_status gelu_backward(layer_check *k) {
    return neume_gelu_backward(&k->x, &k->d_y, &k->d_x);
}

static neume_status no_init(layer_check *k) {
    (void)k;
    return NEUME_OK;
}

static void no_clear(layer_check *k) {
    (void)k;
}

static void test_gelu_follows_its_definition_and_slope(void **state) {
    (void)state;
    layer_check k;
    const layer_kind gelu = {.bytes = 1,
                             .dim = {2, 1, 60},
                             .init = no_init,
                             .clear = no_clear,
                             .forward = gelu_forward,
                             .backward = gelu_backward};
    assert_gradients_are_slopes(&gelu);
    check_open(&k, &gelu, NEUME_PLAIN, NEUME_F32);
    for (int i = 0; i < 120; i++) neume_f32(&k.x)[i] = (float)(i - 60) / 8;
    assert_ok(gelu_forward(&k));
    for (int i = 0; i < 120; i++) { /* x times the normal distribution, which the formula meets to 1e-3 */
        double x = (double)neume_f32(&k.x)[i];
        assert_true(fabs((double)neume_f32(&k.y)[i] - x * 0.5 * erfc(-x / sqrt(2.0))) < 1e-3);
    }
    check_close(&k);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradients_are_the_slopes),
        cmocka_unit_test(test_gradients_add_up),
        cmocka_unit_test(test_every_failing_allocation_is_survived),
        cmocka_unit_test(test_rows_get_mean_0_and_deviation_1),
        cmocka_unit_test(test_rms_norm_does_not_change_with_the_size_of_its_input),
        cmocka_unit_test(test_bfloat16_agrees_with_float),
        cmocka_unit_test(test_gelu_follows_its_definition_and_slope),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
