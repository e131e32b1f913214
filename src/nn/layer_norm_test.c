#include "layer_check.h"

enum { CHANNELS = 7 };

static neume_status forward(layer_check *k) {
    return neume_layer_norm_forward(k->layer, &k->x, &k->y);
}

static neume_status backward(layer_check *k) {
    return neume_layer_norm_backward(k->layer, &k->d_y, &k->d_x);
}

static void begin(layer_check *k, neume_layer_norm *layer, bool rms, neume_dtype dtype) {
    *k = (layer_check){.layer = layer, .forward = forward, .backward = backward};
    assert_ok(neume_layer_norm_init(layer, &k->list, "norm", CHANNELS, rms));
    assert_ok(neume_tensor_shape(&k->x, dtype, NEUME_DIMS(3, 5, CHANNELS)));
}

static void end(layer_check *k) {
    neume_layer_norm_clear(k->layer);
    check_end(k);
}

static void test_gradients_are_the_slopes(void **state) {
    (void)state;
    for (int rms = 0; rms < 2; rms++) {
        layer_check k;
        neume_layer_norm layer;
        begin(&k, &layer, rms, NEUME_F32);
        layer.epsilon = 0.1f; /* keeps rows of small spread smooth at the step of the difference */
        assert_gradients_are_slopes(&k);
        end(&k);
    }
}

static void test_gradients_add_up(void **state) {
    (void)state;
    layer_check k;
    neume_layer_norm layer;
    begin(&k, &layer, false, NEUME_F32);
    assert_gradients_add_up(&k);
    end(&k);
}

static void test_rows_get_mean_0_and_deviation_1(void **state) {
    (void)state;
    layer_check k;
    neume_layer_norm layer;
    begin(&k, &layer, false, NEUME_F32);
    check_fill(&k.x, 1);
    assert_ok(forward(&k));
    for (int row = 0; row < 15; row++) {
        double sum = 0, squares = 0;
        for (int i = 0; i < CHANNELS; i++) {
            double y = (double)neume_f32(&k.y)[row * CHANNELS + i];
            sum += y;
            squares += y * y;
        }
        assert_true(fabs(sum) < 1e-5);
        assert_true(fabs(squares / CHANNELS - 1) < 1e-3); /* epsilon takes a little */
    }
    end(&k);
}

static void test_rms_norm_does_not_change_with_the_size_of_its_input(void **state) {
    (void)state;
    layer_check k;
    neume_layer_norm layer;
    neume_tensor y = {0};
    begin(&k, &layer, true, NEUME_F32);
    layer.epsilon = 0;
    check_fill(&k.x, 1);
    assert_ok(forward(&k));
    assert_ok(neume_tensor_convert(&k.y, NEUME_F32, &y));
    for (int i = 0; i < 15 * CHANNELS; i++) neume_f32(&k.x)[i] *= 8;
    assert_ok(forward(&k));
    assert_floats_close(neume_f32(&k.y), neume_f32(&y), 15 * CHANNELS, 1e-6, 1e-6);
    neume_tensor_clear(&y);
    end(&k);
}

/* bfloat16 has 8 bits: some 48 dB for one rounding; x, y, d_y and d_x are rounded. */
static void test_bfloat16_agrees_with_float(void **state) {
    (void)state;
    layer_check k, rounded;
    neume_layer_norm layer, other;
    begin(&k, &layer, false, NEUME_F32);
    begin(&rounded, &other, false, NEUME_BF16);
    check_begin(&k);
    assert_snr_to(&rounded, &k, 38);
    end(&k);
    end(&rounded);
}

static neume_status gelu_forward(layer_check *k) {
    return neume_gelu(&k->x, &k->y);
}

static neume_status gelu_backward(layer_check *k) {
    return neume_gelu_backward(&k->x, &k->d_y, &k->d_x);
}

static void test_gelu_follows_its_definition_and_slope(void **state) {
    (void)state;
    layer_check k = {.forward = gelu_forward, .backward = gelu_backward};
    assert_ok(neume_tensor_shape(&k.x, NEUME_F32, NEUME_DIMS(2, 60)));
    assert_gradients_are_slopes(&k);
    for (int i = 0; i < 120; i++) neume_f32(&k.x)[i] = (float)(i - 60) / 8;
    assert_ok(gelu_forward(&k));
    for (int i = 0; i < 120; i++) { /* x times the normal distribution, which the formula meets to 1e-3 */
        double x = (double)neume_f32(&k.x)[i];
        assert_true(fabs((double)neume_f32(&k.y)[i] - x * 0.5 * erfc(-x / sqrt(2.0))) < 1e-3);
    }
    check_end(&k);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradients_are_the_slopes),
        cmocka_unit_test(test_gradients_add_up),
        cmocka_unit_test(test_rows_get_mean_0_and_deviation_1),
        cmocka_unit_test(test_rms_norm_does_not_change_with_the_size_of_its_input),
        cmocka_unit_test(test_bfloat16_agrees_with_float),
        cmocka_unit_test(test_gelu_follows_its_definition_and_slope),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
