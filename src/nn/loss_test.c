#include "neume_test.h"

#include "neume/nn.h"

#include "neume/nn_math.h"

enum { N = 50021 }; /* several slices on several cores, and a rest */

typedef struct loss_case {
    float value[N], target[N], weight[N], gradient[N];
} loss_case;

static loss_case *random_case(double range) {
    loss_case *made = malloc(sizeof *made);
    assert_non_null(made);
    neume_rng rng = neume_rng_seeded(3, 1);
    for (int i = 0; i < N; i++) {
        made->value[i] = (float)neume_rng_uniform(&rng, -range, range);
        made->target[i] = (float)(i % 3 == 0 ? neume_rng_uniform(&rng, 0, 1) : (double)neume_rng_below(&rng, 2));
        made->weight[i] = (float)neume_rng_uniform(&rng, 0, 3);
    }
    return made;
}

static double exact_binary(double z, double t) {
    return (z > 0 ? z : 0) - z * t + log1p(exp(-fabs(z)));
}

static double exact_huber(double value, double t) {
    double size = fabs(value - t);
    return size < 1 ? 0.5 * size * size : size - 0.5;
}

/* Loss and gradient agree with 64-bit arithmetic: 1e-6 of the value, a few units in the last place of 32-bit. */
static void check_against_double(loss_case *x, double sum, double (*exact)(double, double), double scale) {
    double expected = 0;
    for (int i = 0; i < N; i++) {
        double z = (double)x->value[i], t = (double)x->target[i], w = (double)x->weight[i] * scale, h = 1e-6;
        double slope = w * (exact(z + h, t) - exact(z - h, t)) / (2 * h);
        expected += w * exact(z, t);
        if (fabs((double)x->gradient[i] - slope) > 2e-6 * w + 1e-9)
            fail_msg("item %d: gradient %g, expected %g", i, (double)x->gradient[i], slope);
    }
    if (fabs(sum - expected) > 1e-6 * expected) fail_msg("loss %.9g, expected %.9g", sum, expected);
}

static void test_binary_loss_and_gradient_agree_with_double(void **state) {
    (void)state;
    for (double range = 0.01; range < 200; range *= 10) {
        loss_case *x = random_case(range);
        double sum = neume_loss_binary(x->value, x->target, x->weight, N, 0.25f, x->gradient);
        check_against_double(x, sum, exact_binary, 0.25);
        free(x);
    }
}

static void test_huber_loss_and_gradient_agree_with_double(void **state) {
    (void)state;
    loss_case *x = random_case(4);
    double sum = neume_loss_huber(x->value, x->target, x->weight, N, 2, x->gradient);
    check_against_double(x, sum, exact_huber, 2);
    free(x);
}

static void test_extreme_logits_stay_finite(void **state) {
    (void)state;
    float value[4] = {1e30f, -1e30f, 1e30f, -1e30f}, target[4] = {1, 0, 0, 1}, weight[4] = {1, 1, 1, 1}, gradient[4];
    assert_true(neume_loss_binary(value, target, weight, 2, 1, gradient) == 0);
    assert_true(isfinite(neume_loss_binary(value, target, weight, 4, 1, gradient)));
    assert_true(gradient[0] == 0 && gradient[1] == 0 && gradient[2] == 1 && gradient[3] == -1);
}

static void test_not_a_number_is_not_hidden(void **state) {
    (void)state;
    float value[1] = {NAN}, target[1] = {1}, weight[1] = {1}, gradient[1];
    assert_true(isnan(neume_loss_binary(value, target, weight, 1, 1, gradient)));
    assert_true(isnan(gradient[0]));
}

static void test_sum_does_not_depend_on_the_number_of_threads(void **state) {
    (void)state;
    loss_case *x = random_case(5);
    neume_threads_set(1);
    double one = neume_loss_binary(x->value, x->target, x->weight, N, 1, x->gradient);
    neume_threads_set(4);
    double four = neume_loss_binary(x->value, x->target, x->weight, N, 1, x->gradient);
    neume_threads_set(0);
    assert_true(one == four);
    free(x);
}

/* Rows of 7 numbers of which 2 .. 6 are classes; the definition in double, its gradient softmax - target. */
static void test_softmax_loss_and_gradient_agree_with_double(void **state) {
    (void)state;
    enum { ROWS = 3000, STRIDE = 7, FIRST = 2, CLASSES = 5 };
    static float logit[ROWS * STRIDE], target[ROWS * STRIDE], weight[ROWS], gradient[ROWS * STRIDE];
    neume_rng rng = neume_rng_seeded(5, 5);
    double expected = 0;
    for (int r = 0; r < ROWS; r++) {
        float *t = target + r * STRIDE + FIRST, *z = logit + r * STRIDE + FIRST, sum = 0;
        weight[r] = r % 5 ? (float)neume_rng_uniform(&rng, 0.1, 2) : 0;
        for (int k = 0; k < CLASSES; k++) {
            z[k] = (float)(r % 7 ? 3 * neume_rng_normal(&rng) : 300 * neume_rng_normal(&rng));
            sum += t[k] = (float)neume_rng_uniform(&rng, 0, 1);
        }
        for (int k = 0; k < CLASSES; k++) t[k] /= sum;
        double top = -1e9, all = 0;
        for (int k = 0; k < CLASSES; k++) top = fmax(top, (double)z[k]);
        for (int k = 0; k < CLASSES; k++) all += exp((double)z[k] - top);
        for (int k = 0; k < CLASSES; k++)
            expected += 0.5 * (double)weight[r] * (double)t[k] * (top + log(all) - (double)z[k]);
    }
    for (int i = 0; i < ROWS * STRIDE; i++) gradient[i] = 77;
    const neume_loss_rows rows = {ROWS, STRIDE, FIRST, CLASSES};
    double loss = neume_loss_softmax(&rows, logit, target, weight, 0.5f, gradient);
    assert_true(fabs(loss - expected) < 1e-5 * expected);
    for (int r = 0; r < ROWS; r++) {
        const float *z = logit + r * STRIDE + FIRST;
        double top = -1e9, all = 0;
        for (int k = 0; k < CLASSES; k++) top = fmax(top, (double)z[k]);
        for (int k = 0; k < CLASSES; k++) all += exp((double)z[k] - top);
        assert_true(gradient[r * STRIDE] == 77 && gradient[r * STRIDE + 1] == 77); /* not its business */
        for (int k = 0; k < CLASSES; k++) {
            double share = exp((double)z[k] - top) / all - (double)target[r * STRIDE + FIRST + k];
            assert_true(fabs((double)gradient[r * STRIDE + FIRST + k] - 0.5 * (double)weight[r] * share) < 1e-6);
        }
    }
}

static void test_an_empty_loss_is_zero(void **state) {
    (void)state;
    assert_true(neume_loss_binary(NULL, NULL, NULL, 0, 1, NULL) == 0);
}

static void test_vector_functions_agree_with_the_library(void **state) {
    (void)state;
    for (float x = -86; x <= 0; x += 0.0137f) {
        assert_float_equal(neume__exp_negative(x) / expf(x), 1, 1e-6f);
        float e = expf(x);
        if (e > 1e-30f) assert_float_equal(neume__log1p_unit(e) / log1pf(e), 1, 1e-6f);
        assert_float_equal(neume__sigmoid(x), (float)(1 / (1 + exp(-(double)x))), 1e-6f);
        assert_float_equal(neume__tanh(-x / 10), tanhf(-x / 10), 1e-6f);
    }
    assert_true(neume__exp_negative(0) == 1 && neume__exp_negative(-INFINITY) == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_binary_loss_and_gradient_agree_with_double),
        cmocka_unit_test(test_huber_loss_and_gradient_agree_with_double),
        cmocka_unit_test(test_extreme_logits_stay_finite),
        cmocka_unit_test(test_not_a_number_is_not_hidden),
        cmocka_unit_test(test_sum_does_not_depend_on_the_number_of_threads),
        cmocka_unit_test(test_softmax_loss_and_gradient_agree_with_double),
        cmocka_unit_test(test_an_empty_loss_is_zero),
        cmocka_unit_test(test_vector_functions_agree_with_the_library),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
