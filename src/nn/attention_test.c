#include "layer_check.h"

enum { B = 2, T = 5, D = 8, H = 2 };

static neume_status forward(layer_check *k) {
    return neume_attention_forward(k->layer, k->c, &k->x, &k->y);
}

static neume_status backward(layer_check *k) {
    return neume_attention_backward(k->layer, k->c, &k->d_y, &k->d_x);
}

typedef struct kind {
    bool causal;
    float rotary_base;
    neume_backend backend;
    neume_dtype dtype;
} kind;

static void begin(layer_check *k, neume_attention *layer, kind wanted) {
    neume_rng rng = neume_rng_seeded(1, 1);
    const neume_attention_spec spec = {D, H, wanted.causal, wanted.rotary_base};
    *k = (layer_check){.layer = layer, .forward = forward, .backward = backward};
    assert_ok(neume_compute_new(wanted.backend, &k->c));
    assert_ok(neume_attention_init(layer, &k->list, "attention", &spec, &rng));
    assert_ok(neume_tensor_shape(&k->x, wanted.dtype, NEUME_DIMS(B, T, D)));
}

static void end(layer_check *k) {
    neume_attention_clear(k->layer);
    neume_compute_free(k->c);
    check_end(k);
}

static const kind kinds[] = {{false, 0, NEUME_PLAIN, NEUME_F32},
                             {true, 0, NEUME_PLAIN, NEUME_F32},
                             {false, 100, NEUME_PLAIN, NEUME_F32},
                             {true, 100, NEUME_PLAIN, NEUME_F32}};

static void test_gradients_are_the_slopes(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        layer_check k;
        neume_attention layer;
        begin(&k, &layer, kinds[i]);
        assert_gradients_are_slopes(&k);
        end(&k);
    }
}

static void test_gradients_add_up(void **state) {
    (void)state;
    layer_check k;
    neume_attention layer;
    begin(&k, &layer, kinds[3]);
    assert_gradients_add_up(&k);
    end(&k);
}

/* 32-bit sums in another order: some 120 dB; bfloat16 rounds at every layer: a model trains well with 30. */
static void test_fast_and_bfloat16_agree_with_plain(void **state) {
    (void)state;
    layer_check plain, fast, rounded;
    neume_attention layers[3];
    begin(&plain, &layers[0], (kind){true, 100, NEUME_PLAIN, NEUME_F32});
    begin(&fast, &layers[1], (kind){true, 100, NEUME_FAST, NEUME_F32});
    begin(&rounded, &layers[2], (kind){true, 100, NEUME_FAST, NEUME_BF16});
    check_begin(&plain);
    assert_snr_to(&fast, &plain, 100);
    assert_snr_to(&rounded, &plain, 30);
    end(&plain);
    end(&fast);
    end(&rounded);
}

static void test_shares_of_each_row_sum_to_one(void **state) {
    (void)state;
    layer_check k;
    neume_attention layer;
    begin(&k, &layer, kinds[1]);
    check_begin(&k);
    for (int row = 0; row < B * H * T; row++) {
        float sum = 0;
        for (int i = 0; i < T; i++) {
            float share = neume_f32(&layer.share)[row * T + i];
            sum += share;
            if (i > row % T) assert_true(share == 0);
        }
        assert_float_equal(sum, 1, 1e-5f);
    }
    end(&k);
}

/* Scores of many thousands must not overflow. */
static void test_large_scores_stay_finite(void **state) {
    (void)state;
    layer_check k;
    neume_attention layer;
    begin(&k, &layer, kinds[0]);
    check_begin(&k);
    for (int i = 0; i < B * T * D; i++) neume_f32(&k.x)[i] *= 1e4f;
    assert_ok(forward(&k));
    for (int i = 0; i < B * T * D; i++) assert_true(isfinite((double)neume_f32(&k.y)[i]) != 0);
    end(&k);
}

/* The number of results of frames 0 .. T-2 that change when the last frame does. */
static int changes_before_the_last_frame(kind wanted) {
    layer_check k;
    neume_attention layer;
    neume_tensor y = {0};
    int changes = 0;
    begin(&k, &layer, wanted);
    check_begin(&k);
    assert_ok(neume_tensor_convert(&k.y, NEUME_F32, &y));
    for (int i = 0; i < D; i++) neume_f32(&k.x)[(T - 1) * D + i] += 1;
    assert_ok(forward(&k));
    for (int i = 0; i < (T - 1) * D; i++) changes += neume_f32(&k.y)[i] != neume_f32(&y)[i];
    neume_tensor_clear(&y);
    end(&k);
    return changes;
}

static void test_causal_attention_does_not_see_the_future(void **state) {
    (void)state;
    assert_int_equal(changes_before_the_last_frame(kinds[1]), 0);
    assert_int_equal(changes_before_the_last_frame(kinds[3]), 0);
    assert_true(changes_before_the_last_frame(kinds[0]) > 0);
}

/* How far reversing the frames is from reversing the results. */
static double reversal_error(float rotary_base) {
    layer_check k;
    neume_attention layer;
    neume_tensor x = {0}, y = {0};
    double worst = 0;
    begin(&k, &layer, (kind){false, rotary_base, NEUME_PLAIN, NEUME_F32});
    check_begin(&k);
    assert_ok(neume_tensor_convert(&k.x, NEUME_F32, &x));
    assert_ok(neume_tensor_convert(&k.y, NEUME_F32, &y));
    for (int b = 0; b < B; b++)
        for (int t = 0; t < T; t++)
            memcpy(neume_f32(&k.x) + (b * T + t) * D, neume_f32(&x) + (b * T + T - 1 - t) * D, D * sizeof(float));
    assert_ok(forward(&k));
    for (int b = 0; b < B; b++)
        for (int t = 0; t < T; t++)
            for (int i = 0; i < D; i++)
                worst = fmax(worst, fabs((double)neume_f32(&k.y)[(b * T + t) * D + i] -
                                         (double)neume_f32(&y)[(b * T + T - 1 - t) * D + i]));
    neume_tensor_clear(&x);
    neume_tensor_clear(&y);
    end(&k);
    return worst;
}

static void test_order_is_known_only_with_positions(void **state) {
    (void)state;
    assert_true(reversal_error(0) < 1e-5);
    assert_true(reversal_error(100) > 1e-3);
}

/* When all frames are alike, a row of scores is the one before it moved by a frame. */
static void test_rotary_scores_depend_on_distance_alone(void **state) {
    (void)state;
    layer_check k;
    neume_attention layer;
    begin(&k, &layer, kinds[2]);
    check_begin(&k);
    for (int t = 1; t < T; t++)
        memcpy(neume_f32(&k.x) + t * D, neume_f32(&k.x), D * sizeof(float)); /* item 0: all alike */
    assert_ok(forward(&k));
    const float *share = neume_f32(&layer.share);
    for (int t = 0; t + 2 < T; t++) { /* the ratio of two shares of a row is exp of a difference of scores */
        float here = share[t * T + t] / share[t * T + t + 1],
              next = share[(t + 1) * T + t + 1] / share[(t + 1) * T + t + 2];
        assert_float_equal(here / next, 1, 1e-4f);
    }
    end(&k);
}

static void test_heads_that_do_not_fit_are_refused(void **state) {
    (void)state;
    neume_attention layer;
    neume_parameters list = {0};
    const neume_attention_spec uneven = {8, 3, false, 0}, odd = {6, 2, false, 100};
    assert_int_equal(neume_attention_init(&layer, &list, "a", &uneven, NULL), NEUME_EINVAL);
    assert_int_equal(neume_attention_init(&layer, &list, "a", &odd, NULL), NEUME_EINVAL);
    neume_parameters_clear(&list);
}

static neume_status compute_again(void *context) {
    layer_check *k = context;
    neume_attention_clear(k->layer);
    neume_parameters_clear(&k->list);
    neume_rng rng = neume_rng_seeded(1, 1);
    const neume_attention_spec spec = {D, H, true, 100};
    NEUME_TRY(neume_attention_init(k->layer, &k->list, "a", &spec, &rng));
    NEUME_TRY(forward(k));
    return backward(k);
}

static void test_every_failing_allocation_is_survived(void **state) {
    (void)state;
    layer_check k;
    neume_attention layer;
    begin(&k, &layer, kinds[3]);
    check_begin(&k);
    sweep_allocation_failures(compute_again, &k);
    end(&k);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradients_are_the_slopes),
        cmocka_unit_test(test_gradients_add_up),
        cmocka_unit_test(test_fast_and_bfloat16_agree_with_plain),
        cmocka_unit_test(test_shares_of_each_row_sum_to_one),
        cmocka_unit_test(test_large_scores_stay_finite),
        cmocka_unit_test(test_causal_attention_does_not_see_the_future),
        cmocka_unit_test(test_order_is_known_only_with_positions),
        cmocka_unit_test(test_rotary_scores_depend_on_distance_alone),
        cmocka_unit_test(test_heads_that_do_not_fit_are_refused),
        cmocka_unit_test(test_every_failing_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
