#include "layer_check.h"

enum { B = 2, T = 5, D = 8, H = 2 };

static neume_status forward(layer_check *k) {
    return neume_attention_forward(k->layer, k->c, &k->x, &k->y);
}

static neume_status backward(layer_check *k) {
    return neume_attention_backward(k->layer, k->c, &k->d_y, &k->d_x);
}

static neume_status init(layer_check *k) {
    neume_rng rng = neume_rng_seeded(1, 1);
    return neume_attention_init(k->layer, &k->list, "attention", k->kind->spec, &rng);
}

static void clear(layer_check *k) {
    neume_attention_clear(k->layer);
}

static layer_kind attention(const neume_attention_spec *spec) {
    return (layer_kind){.bytes = sizeof(neume_attention),
                        .dim = {B, T, D},
                        .spec = spec,
                        .init = init,
                        .clear = clear,
                        .forward = forward,
                        .backward = backward};
}

static const neume_attention_spec plain = {D, H, false, 0}, causal = {D, H, true, 0}, rotary = {D, H, false, 100},
                                  both = {D, H, true, 100};

static void test_gradients_are_the_slopes(void **state) {
    (void)state;
    const neume_attention_spec *const specs[] = {&plain, &causal, &rotary, &both};
    for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
        const layer_kind kind = attention(specs[i]);
        assert_gradients_are_slopes(&kind);
    }
}

static void test_gradients_add_up(void **state) {
    (void)state;
    const layer_kind kind = attention(&both);
    assert_gradients_add_up(&kind);
}

/* 32-bit sums in another order: some 120 dB; bfloat16 rounds at every layer: a model trains well with 30. */
static void test_fast_and_bfloat16_agree_with_plain(void **state) {
    (void)state;
    const layer_kind kind = attention(&both);
    assert_snr_to_plain(&kind, NEUME_FAST, NEUME_F32, 100);
    assert_snr_to_plain(&kind, NEUME_FAST, NEUME_BF16, 30);
}

static void test_every_failing_allocation_is_survived(void **state) {
    (void)state;
    const layer_kind kind = attention(&both);
    assert_failing_allocations_are_survived(&kind);
}

static void test_shares_of_each_row_sum_to_one(void **state) {
    (void)state;
    layer_check k;
    const layer_kind kind = attention(&causal);
    check_open(&k, &kind, NEUME_PLAIN, NEUME_F32);
    check_run(&k);
    for (int row = 0; row < B * H * T; row++) {
        float sum = 0;
        for (int i = 0; i < T; i++) {
            float share = neume_f32(&((const neume_attention *)k.layer)->share)[row * T + i];
            sum += share;
            if (i > row % T) assert_true(share == 0);
        }
        assert_float_equal(sum, 1, 1e-5f);
    }
    check_close(&k);
}

/* Scores of many thousands must not overflow. */
static void test_large_scores_stay_finite(void **state) {
    (void)state;
    layer_check k;
    const layer_kind kind = attention(&plain);
    check_open(&k, &kind, NEUME_PLAIN, NEUME_F32);
    check_run(&k);
    for (int i = 0; i < B * T * D; i++) neume_f32(&k.x)[i] *= 1e4f;
    assert_ok(forward(&k));
    for (int i = 0; i < B * T * D; i++) assert_true(isfinite((double)neume_f32(&k.y)[i]) != 0);
    check_close(&k);
}

/* The number of results of frames 0 .. T-2 that change when the last frame does. */
static int changes_before_the_last_frame(const neume_attention_spec *spec) {
    layer_check k;
    neume_tensor y = {0};
    int changes = 0;
    const layer_kind kind = attention(spec);
    check_open(&k, &kind, NEUME_PLAIN, NEUME_F32);
    check_run(&k);
    assert_ok(neume_tensor_convert(&k.y, NEUME_F32, &y));
    for (int i = 0; i < D; i++) neume_f32(&k.x)[(T - 1) * D + i] += 1;
    assert_ok(forward(&k));
    for (int i = 0; i < (T - 1) * D; i++) changes += neume_f32(&k.y)[i] != neume_f32(&y)[i];
    neume_tensor_clear(&y);
    check_close(&k);
    return changes;
}

static void test_causal_attention_does_not_see_the_future(void **state) {
    (void)state;
    assert_int_equal(changes_before_the_last_frame(&causal), 0);
    assert_int_equal(changes_before_the_last_frame(&both), 0);
    assert_true(changes_before_the_last_frame(&plain) > 0);
}

/* How far reversing the frames is from reversing the results. */
static double reversal_error(const neume_attention_spec *spec) {
    layer_check k;
    neume_tensor x = {0}, y = {0};
    double worst = 0;
    const layer_kind kind = attention(spec);
    check_open(&k, &kind, NEUME_PLAIN, NEUME_F32);
    check_run(&k);
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
    check_close(&k);
    return worst;
}

static void test_order_is_known_only_with_positions(void **state) {
    (void)state;
    assert_true(reversal_error(&plain) < 1e-5);
    assert_true(reversal_error(&rotary) > 1e-3);
}

static const float places[B * T] = {0, 0.3f, 1.1f, 4, 9, -2, -1.5f, 0, 0.2f, 7};
static const int64_t counts[B] = {3, 5};

static neume_status init_placed(layer_check *k) {
    NEUME_TRY(init(k));
    ((neume_attention *)k->layer)->places = places;
    ((neume_attention *)k->layer)->counts = counts;
    return NEUME_OK;
}

static layer_kind placed(const neume_attention_spec *spec) {
    layer_kind kind = attention(spec);
    kind.init = init_placed;
    return kind;
}

static void test_frames_may_lie_anywhere_and_be_fewer(void **state) {
    (void)state;
    layer_check k;
    neume_tensor y = {0};
    const layer_kind kind = placed(&rotary);
    assert_gradients_are_slopes(&kind);
    check_open(&k, &kind, NEUME_PLAIN, NEUME_F32);
    check_run(&k);
    assert_ok(neume_tensor_convert(&k.y, NEUME_F32, &y));
    for (int i = 0; i < 2 * D; i++) neume_f32(&k.x)[3 * D + i] += 1; /* of the first, what is not there */
    assert_ok(forward(&k));
    assert_memory_equal(k.y.data, y.data, 3 * D * sizeof(float));
    float later[B * T]; /* all of them, by as much: distances alone count */
    for (int i = 0; i < B * T; i++) later[i] = places[i] + 2;
    check_run(&k);
    ((neume_attention *)k.layer)->places = later;
    assert_ok(forward(&k));
    for (int i = 0; i < B * T * D; i++) assert_float_equal(neume_f32(&k.y)[i], neume_f32(&y)[i], 1e-5f);
    float counted[B * T]; /* frame t at t is what it is without places, also after others */
    for (int i = 0; i < B * T; i++) counted[i] = (float)(i % T);
    ((neume_attention *)k.layer)->places = counted;
    assert_ok(forward(&k));
    assert_ok(neume_tensor_convert(&k.y, NEUME_F32, &y));
    ((neume_attention *)k.layer)->places = later;
    assert_ok(forward(&k));
    ((neume_attention *)k.layer)->places = NULL;
    assert_ok(forward(&k));
    for (int i = 0; i < B * T * D; i++) assert_float_equal(neume_f32(&k.y)[i], neume_f32(&y)[i], 1e-5f);
    neume_tensor_clear(&y);
    check_close(&k);
}

/* When all frames are alike, a row of scores is the one before it moved by a frame. */
static void test_rotary_scores_depend_on_distance_alone(void **state) {
    (void)state;
    layer_check k;
    const layer_kind kind = attention(&rotary);
    check_open(&k, &kind, NEUME_PLAIN, NEUME_F32);
    check_run(&k);
    for (int t = 1; t < T; t++)
        memcpy(neume_f32(&k.x) + t * D, neume_f32(&k.x), D * sizeof(float)); /* item 0: all alike */
    assert_ok(forward(&k));
    const float *share = neume_f32(&((const neume_attention *)k.layer)->share);
    for (int t = 0; t + 2 < T; t++) { /* the ratio of two shares of a row is exp of a difference of scores */
        float here = share[t * T + t] / share[t * T + t + 1],
              next = share[(t + 1) * T + t + 1] / share[(t + 1) * T + t + 2];
        assert_float_equal(here / next, 1, 1e-4f);
    }
    check_close(&k);
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradients_are_the_slopes),
        cmocka_unit_test(test_gradients_add_up),
        cmocka_unit_test(test_fast_and_bfloat16_agree_with_plain),
        cmocka_unit_test(test_shares_of_each_row_sum_to_one),
        cmocka_unit_test(test_large_scores_stay_finite),
        cmocka_unit_test(test_causal_attention_does_not_see_the_future),
        cmocka_unit_test(test_order_is_known_only_with_positions),
        cmocka_unit_test(test_frames_may_lie_anywhere_and_be_fewer),
        cmocka_unit_test(test_rotary_scores_depend_on_distance_alone),
        cmocka_unit_test(test_heads_that_do_not_fit_are_refused),
        cmocka_unit_test(test_every_failing_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
