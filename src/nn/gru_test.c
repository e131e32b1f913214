#include "layer_check.h"

enum { B = 2, T = 4, C = 3, M = 5 };

static neume_status forward(layer_check *k) {
    return neume_gru_forward(k->layer, k->c, &k->x, &k->y);
}

static neume_status backward(layer_check *k) {
    return neume_gru_backward(k->layer, k->c, &k->d_y, &k->d_x);
}

static neume_status init(layer_check *k) {
    neume_rng rng = neume_rng_seeded(1, 1);
    return neume_gru_init(k->layer, &k->list, "gru", C, M, &rng);
}

static void clear(layer_check *k) {
    neume_gru_clear(k->layer);
}

static const layer_kind gru = {.bytes = sizeof(neume_gru),
                               .dim = {B, T, C},
                               .init = init,
                               .clear = clear,
                               .forward = forward,
                               .backward = backward};

static void test_gradients_are_the_slopes(void **state) {
    (void)state;
    assert_gradients_are_slopes(&gru);
}

static void test_gradients_add_up(void **state) {
    (void)state;
    assert_gradients_add_up(&gru);
}

/* The rows of W x + b that belong to one gate (0 z, 1 r, 2 n), in 64-bit. */
static double part(const neume_linear_layer *linear, const double *x, int inputs, int gate, int i) {
    double sum = (double)neume_f32(&linear->bias.value)[gate * M + i];
    for (int j = 0; j < inputs; j++) sum += x[j] * (double)neume_f32(&linear->weight.value)[j * 3 * M + gate * M + i];
    return sum;
}

static void test_frames_follow_the_papers_formula(void **state) {
    (void)state;
    layer_check k;
    double h[M] = {0}, x[C], next[M];
    check_open(&k, &gru, NEUME_PLAIN, NEUME_F32);
    const neume_gru *l = k.layer;
    check_run(&k);
    for (int t = 0; t < T; t++) {
        for (int j = 0; j < C; j++) x[j] = (double)neume_f32(&k.x)[(T + t) * C + j]; /* item 1 */
        for (int i = 0; i < M; i++) {
            double z = 1 / (1 + exp(-part(&l->input, x, C, 0, i) - part(&l->recurrent, h, M, 0, i)));
            double r = 1 / (1 + exp(-part(&l->input, x, C, 1, i) - part(&l->recurrent, h, M, 1, i)));
            double n = tanh(part(&l->input, x, C, 2, i) + r * part(&l->recurrent, h, M, 2, i));
            next[i] = (1 - z) * n + z * h[i];
            assert_true(fabs((double)neume_f32(&k.y)[(T + t) * M + i] - next[i]) < 1e-5);
        }
        memcpy(h, next, sizeof h);
    }
    check_close(&k);
}

/* 32-bit sums in another order: some 120 dB; bfloat16 rounds x, y and the input's gradient: some 40. */
static void test_fast_and_bfloat16_agree_with_plain(void **state) {
    (void)state;
    assert_snr_to_plain(&gru, NEUME_FAST, NEUME_F32, 100);
    assert_snr_to_plain(&gru, NEUME_FAST, NEUME_BF16, 30);
}

static void test_every_failing_allocation_is_survived(void **state) {
    (void)state;
    assert_failing_allocations_are_survived(&gru);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradients_are_the_slopes),
        cmocka_unit_test(test_gradients_add_up),
        cmocka_unit_test(test_frames_follow_the_papers_formula),
        cmocka_unit_test(test_fast_and_bfloat16_agree_with_plain),
        cmocka_unit_test(test_every_failing_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
