#include "layer_check.h"

enum { B = 2, T = 4, C = 3, M = 5 };

static neume_status forward(layer_check *k) {
    return neume_lstm_forward(k->layer, k->c, &k->x, &k->y);
}

static neume_status backward(layer_check *k) {
    return neume_lstm_backward(k->layer, k->c, &k->d_y, &k->d_x);
}

static void begin(layer_check *k, neume_lstm *layer, neume_backend backend, neume_dtype dtype) {
    neume_rng rng = neume_rng_seeded(1, 1);
    *k = (layer_check){.layer = layer, .forward = forward, .backward = backward};
    assert_ok(neume_compute_new(backend, &k->c));
    assert_ok(neume_lstm_init(layer, &k->list, "lstm", C, M, &rng));
    assert_ok(neume_tensor_shape(&k->x, dtype, NEUME_DIMS(B, T, C)));
}

static void end(layer_check *k) {
    neume_lstm_clear(k->layer);
    neume_compute_free(k->c);
    check_end(k);
}

static void test_gradients_are_the_slopes(void **state) {
    (void)state;
    layer_check k;
    neume_lstm layer;
    begin(&k, &layer, NEUME_PLAIN, NEUME_F32);
    assert_gradients_are_slopes(&k);
    end(&k);
}

static void test_gradients_add_up(void **state) {
    (void)state;
    layer_check k;
    neume_lstm layer;
    begin(&k, &layer, NEUME_PLAIN, NEUME_F32);
    assert_gradients_add_up(&k);
    end(&k);
}

/* The sum in front of a gate (0 i, 1 f, 2 g, 3 o), in 64-bit. */
static double sum_at(const neume_lstm *l, const double *x, const double *h, int gate, int i) {
    const int at = gate * M + i;
    double sum = (double)neume_f32(&l->input.bias.value)[at];
    for (int j = 0; j < C; j++) sum += x[j] * (double)neume_f32(&l->input.weight.value)[j * 4 * M + at];
    for (int j = 0; j < M; j++) sum += h[j] * (double)neume_f32(&l->recurrent.value)[j * 4 * M + at];
    return sum;
}

static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
}

static void test_frames_follow_the_papers_formula(void **state) {
    (void)state;
    layer_check k;
    neume_lstm l;
    double h[M] = {0}, cell[M] = {0}, x[C], next[M];
    begin(&k, &l, NEUME_PLAIN, NEUME_F32);
    check_begin(&k);
    for (int t = 0; t < T; t++) {
        for (int j = 0; j < C; j++) x[j] = (double)neume_f32(&k.x)[(T + t) * C + j]; /* item 1 */
        for (int i = 0; i < M; i++) {
            const double in = sigmoid(sum_at(&l, x, h, 0, i)), forget = sigmoid(sum_at(&l, x, h, 1, i));
            cell[i] = forget * cell[i] + in * tanh(sum_at(&l, x, h, 2, i));
            next[i] = sigmoid(sum_at(&l, x, h, 3, i)) * tanh(cell[i]);
            assert_true(fabs((double)neume_f32(&k.y)[(T + t) * M + i] - next[i]) < 1e-5);
        }
        memcpy(h, next, sizeof h);
    }
    end(&k);
}

static void test_only_the_forget_gates_bias_begins_elsewhere(void **state) {
    (void)state;
    layer_check k;
    neume_lstm l;
    begin(&k, &l, NEUME_PLAIN, NEUME_F32);
    for (int i = 0; i < 4 * M; i++)
        assert_true(neume_f32(&l.input.bias.value)[i] == (i >= M && i < 2 * M ? 1.0F : 0.0F));
    end(&k);
}

/* A gradient given to the last frame alone reaches the first frame's input, through every cell between. */
static void test_the_last_frames_gradient_reaches_the_first(void **state) {
    (void)state;
    layer_check k;
    neume_lstm l;
    begin(&k, &l, NEUME_PLAIN, NEUME_F32);
    check_begin(&k);
    neume_tensor_zero(&k.d_y);
    for (int i = 0; i < M; i++) neume_f32(&k.d_y)[(T - 1) * M + i] = 1; /* item 0 */
    assert_ok(backward(&k));
    for (int j = 0; j < C; j++) {
        assert_true(neume_f32(&k.d_x)[j] != 0);
        assert_true(neume_f32(&k.d_x)[T * C + j] == 0); /* item 1 was asked for nothing */
    }
    end(&k);
}

/* 32-bit sums in another order: some 120 dB; bfloat16 rounds x, y and the input's gradient: some 40. */
static void test_fast_and_bfloat16_agree_with_plain(void **state) {
    (void)state;
    layer_check plain, fast, rounded;
    neume_lstm layers[3];
    begin(&plain, &layers[0], NEUME_PLAIN, NEUME_F32);
    begin(&fast, &layers[1], NEUME_FAST, NEUME_F32);
    begin(&rounded, &layers[2], NEUME_FAST, NEUME_BF16);
    check_begin(&plain);
    assert_snr_to(&fast, &plain, 100);
    assert_snr_to(&rounded, &plain, 30);
    end(&plain);
    end(&fast);
    end(&rounded);
}

static neume_status compute_again(void *context) {
    layer_check *k = context;
    neume_lstm_clear(k->layer);
    neume_parameters_clear(&k->list);
    neume_rng rng = neume_rng_seeded(1, 1);
    NEUME_TRY(neume_lstm_init(k->layer, &k->list, "a", C, M, &rng));
    NEUME_TRY(forward(k));
    return backward(k);
}

static void test_every_failing_allocation_is_survived(void **state) {
    (void)state;
    layer_check k;
    neume_lstm layer;
    begin(&k, &layer, NEUME_PLAIN, NEUME_F32);
    check_begin(&k);
    sweep_allocation_failures(compute_again, &k);
    end(&k);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradients_are_the_slopes),
        cmocka_unit_test(test_gradients_add_up),
        cmocka_unit_test(test_frames_follow_the_papers_formula),
        cmocka_unit_test(test_only_the_forget_gates_bias_begins_elsewhere),
        cmocka_unit_test(test_the_last_frames_gradient_reaches_the_first),
        cmocka_unit_test(test_fast_and_bfloat16_agree_with_plain),
        cmocka_unit_test(test_every_failing_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
