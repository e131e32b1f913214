#include "layer_check.h"

enum { B = 2, T = 4, C = 3, M = 5 };

static neume_status forward(layer_check *k) {
    return neume_lstm_forward(k->layer, k->c, &k->x, &k->y);
}

static neume_status backward(layer_check *k) {
    return neume_lstm_backward(k->layer, k->c, &k->d_y, &k->d_x);
}

static neume_status init(layer_check *k) {
    neume_rng rng = neume_rng_seeded(1, 1);
    return neume_lstm_init(k->layer, &k->list, "lstm", C, M, &rng);
}

static void clear(layer_check *k) {
    neume_lstm_clear(k->layer);
}

static const layer_kind lstm = {.bytes = sizeof(neume_lstm),
                                .dim = {B, T, C},
                                .init = init,
                                .clear = clear,
                                .forward = forward,
                                .backward = backward};

static void test_gradients_are_the_slopes(void **state) {
    (void)state;
    assert_gradients_are_slopes(&lstm);
}

static void test_gradients_add_up(void **state) {
    (void)state;
    assert_gradients_add_up(&lstm);
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
    double h[M] = {0}, cell[M] = {0}, x[C], next[M];
    check_open(&k, &lstm, NEUME_PLAIN, NEUME_F32);
    const neume_lstm *l = k.layer;
    check_run(&k);
    for (int t = 0; t < T; t++) {
        for (int j = 0; j < C; j++) x[j] = (double)neume_f32(&k.x)[(T + t) * C + j]; /* item 1 */
        for (int i = 0; i < M; i++) {
            const double in = sigmoid(sum_at(l, x, h, 0, i)), forget = sigmoid(sum_at(l, x, h, 1, i));
            cell[i] = forget * cell[i] + in * tanh(sum_at(l, x, h, 2, i));
            next[i] = sigmoid(sum_at(l, x, h, 3, i)) * tanh(cell[i]);
            assert_true(fabs((double)neume_f32(&k.y)[(T + t) * M + i] - next[i]) < 1e-5);
        }
        memcpy(h, next, sizeof h);
    }
    check_close(&k);
}

static void test_only_the_forget_gates_bias_begins_elsewhere(void **state) {
    (void)state;
    layer_check k;
    check_open(&k, &lstm, NEUME_PLAIN, NEUME_F32);
    const neume_lstm *l = k.layer;
    for (int i = 0; i < 4 * M; i++)
        assert_true(neume_f32(&l->input.bias.value)[i] == (i >= M && i < 2 * M ? 1.0F : 0.0F));
    check_close(&k);
}

/* A gradient given to the last frame alone reaches the first frame's input, through every cell between. */
static void test_the_last_frames_gradient_reaches_the_first(void **state) {
    (void)state;
    layer_check k;
    check_open(&k, &lstm, NEUME_PLAIN, NEUME_F32);
    check_run(&k);
    neume_tensor_zero(&k.d_y);
    for (int i = 0; i < M; i++) neume_f32(&k.d_y)[(T - 1) * M + i] = 1; /* item 0 */
    assert_ok(backward(&k));
    for (int j = 0; j < C; j++) {
        assert_true(neume_f32(&k.d_x)[j] != 0);
        assert_true(neume_f32(&k.d_x)[T * C + j] == 0); /* item 1 was asked for nothing */
    }
    check_close(&k);
}

/* 32-bit sums in another order: some 120 dB; bfloat16 rounds x, y and the input's gradient: some 40. */
static void test_fast_and_bfloat16_agree_with_plain(void **state) {
    (void)state;
    assert_snr_to_plain(&lstm, NEUME_FAST, NEUME_F32, 100);
    assert_snr_to_plain(&lstm, NEUME_FAST, NEUME_BF16, 30);
}

static void test_every_failing_allocation_is_survived(void **state) {
    (void)state;
    assert_failing_allocations_are_survived(&lstm);
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
