/* Every fast operation against its plain twin, and every gradient against finite differences of the plain forward. */
#include "neume_test.h"

#include "neume/tensor.h"

#include <string.h>

static neume_compute *plain, *fast;

static int setup(void **state) {
    (void)state;
    assert_ok(neume_compute_new(NEUME_PLAIN, &plain));
    assert_ok(neume_compute_new(NEUME_FAST, &fast));
    return 0;
}

static int teardown(void **state) {
    (void)state;
    neume_compute_free(plain);
    neume_compute_free(fast);
    return 0;
}

/* A tensor of normal numbers, rounded to bfloat16 so that both types hold it exactly. */
static neume_tensor random_tensor(neume_rng *rng, neume_dtype dtype, int rank, const int64_t *dim) {
    neume_tensor wide = {0}, narrow = {0}, out = {0};
    assert_ok(neume_tensor_shape(&wide, NEUME_F32, rank, dim));
    for (int64_t i = 0; i < neume_tensor_count(&wide); i++) neume_f32(&wide)[i] = (float)neume_rng_normal(rng);
    assert_ok(neume_tensor_convert(&wide, NEUME_BF16, &narrow));
    assert_ok(neume_tensor_convert(&narrow, dtype, &out));
    neume_tensor_clear(&wide);
    neume_tensor_clear(&narrow);
    return out;
}

static neume_tensor empty_tensor(neume_dtype dtype, int rank, const int64_t *dim) {
    neume_tensor out = {0};
    assert_ok(neume_tensor_shape(&out, dtype, rank, dim));
    neume_tensor_zero(&out);
    return out;
}

static void assert_same(const neume_tensor *a, const neume_tensor *b, double rel, double abs_) {
    neume_tensor x = {0}, y = {0};
    assert_true(neume_tensor_same_shape(a, b));
    assert_ok(neume_tensor_convert(a, NEUME_F32, &x));
    assert_ok(neume_tensor_convert(b, NEUME_F32, &y));
    assert_floats_close(neume_f32(&x), neume_f32(&y), (size_t)neume_tensor_count(&x), rel, abs_);
    neume_tensor_clear(&x);
    neume_tensor_clear(&y);
}

/* Rounding to 8 bits happens at most twice on the way (result, and once inside for post-operations): 2^-7 relative;
 * sums of n products of unit normals have deviation sqrt(n), whose own rounding is the absolute part. */
static double tolerance(neume_dtype dtype) {
    return dtype == NEUME_F32 ? 2e-5 : 0.02;
}

typedef struct conv_case {
    neume_conv_spec spec;
    int64_t B, T, P, K, M, I, J;
    neume_dtype dtype;
    bool bias;
} conv_case;

static const conv_case CONV_CASES[] = {
    {{1, 1, 1, false, false}, 2, 7, 11, 3, 5, 3, 3, NEUME_F32, true},
    {{1, 4, 1, true, false}, 1, 20, 8, 16, 16, 5, 1, NEUME_F32, true},
    {{1, 1, 12, false, true}, 1, 4, 30, 16, 16, 1, 3, NEUME_F32, false},
    {{2, 1, 1, true, true}, 2, 5, 9, 4, 8, 3, 3, NEUME_F32, true},
    {{2, 1, 1, false, false}, 1, 5, 8, 16, 32, 3, 3, NEUME_F32, false},
    {{1, 8, 2, true, true}, 2, 33, 12, 16, 16, 3, 3, NEUME_F32, true},
    {{1, 1, 1, true, false}, 2, 16, 20, 16, 32, 3, 3, NEUME_BF16, true},
    {{1, 2, 1, true, true}, 1, 20, 8, 32, 32, 5, 1, NEUME_BF16, true},
    {{1, 1, 1, false, false}, 1, 9, 17, 2, 16, 5, 5, NEUME_BF16, false},
    {{2, 1, 1, false, false}, 1, 6, 16, 16, 32, 3, 3, NEUME_BF16, false},
};

static void check_conv_forward(const conv_case *k, uint64_t seed) {
    neume_rng rng = neume_rng_seeded(seed, 1);
    neume_tensor x = random_tensor(&rng, k->dtype, NEUME_DIMS(k->B, k->T, k->P, k->K));
    neume_tensor w = random_tensor(&rng, NEUME_F32, NEUME_DIMS(k->I, k->J, k->K, k->M));
    neume_tensor bias = random_tensor(&rng, NEUME_F32, NEUME_DIMS(k->M));
    int64_t Q = (k->P + k->spec.stride_p - 1) / k->spec.stride_p;
    neume_tensor y = random_tensor(&rng, k->dtype, NEUME_DIMS(k->B, k->T, Q, k->M)), expected = {0};
    assert_ok(neume_tensor_convert(&y, k->dtype, &expected));
    assert_ok(neume_conv2d(plain, &k->spec, &x, &w, k->bias ? &bias : NULL, &expected));
    assert_ok(neume_conv2d(fast, &k->spec, &x, &w, k->bias ? &bias : NULL, &y));
    assert_same(&y, &expected, tolerance(k->dtype), tolerance(k->dtype) * sqrt((double)(k->I * k->J * k->K)));
    neume_tensor *all[] = {&x, &w, &bias, &y, &expected};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) neume_tensor_clear(all[i]);
}

static void test_fast_convolution_equals_plain(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof CONV_CASES / sizeof *CONV_CASES; i++) check_conv_forward(&CONV_CASES[i], i);
}

static void check_conv_backward(const conv_case *k, uint64_t seed) {
    neume_rng rng = neume_rng_seeded(seed, 2);
    neume_conv_spec spec = {k->spec.stride_p, k->spec.dilation_t, k->spec.dilation_p, false, false};
    int64_t Q = (k->P + spec.stride_p - 1) / spec.stride_p;
    neume_tensor x = random_tensor(&rng, k->dtype, NEUME_DIMS(k->B, k->T, k->P, k->K));
    neume_tensor w = random_tensor(&rng, NEUME_F32, NEUME_DIMS(k->I, k->J, k->K, k->M));
    neume_tensor d_y = random_tensor(&rng, k->dtype, NEUME_DIMS(k->B, k->T, Q, k->M));
    neume_tensor d_x[2] = {{0}}, d_w[2], d_bias[2];
    for (int i = 0; i < 2; i++) {
        d_w[i] = empty_tensor(NEUME_F32, 4, w.dim);
        d_bias[i] = empty_tensor(NEUME_F32, NEUME_DIMS(k->M));
        assert_ok(neume_conv2d_backward(i ? fast : plain, &spec, &x, &w, &d_y,
                                        &(neume_gradients){&d_x[i], &d_w[i], &d_bias[i]}));
    }
    double tol = tolerance(k->dtype);
    assert_same(&d_x[1], &d_x[0], tol, tol * sqrt((double)(k->I * k->J * k->M)));
    assert_same(&d_w[1], &d_w[0], tol, tol * sqrt((double)(k->B * k->T * Q)));
    assert_same(&d_bias[1], &d_bias[0], tol, tol * sqrt((double)(k->B * k->T * Q)));
    neume_tensor *all[] = {&x, &w, &d_y, &d_x[0], &d_x[1], &d_w[0], &d_w[1], &d_bias[0], &d_bias[1]};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) neume_tensor_clear(all[i]);
}

static void test_fast_convolution_gradients_equal_plain(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof CONV_CASES / sizeof *CONV_CASES; i++) check_conv_backward(&CONV_CASES[i], i);
}

/* sum(y * d) as a function of anything; its derivative is what backward computes. */
static double dot(const neume_tensor *a, const neume_tensor *b) {
    double sum = 0;
    for (int64_t i = 0; i < neume_tensor_count(a); i++) sum += (double)neume_f32(a)[i] * (double)neume_f32(b)[i];
    return sum;
}

/* Convolution is linear in x and in w, so a central difference with a wide step is exact up to rounding: 1e-3 of values
 * near 1. */
static void test_convolution_gradient_is_the_difference(void **state) {
    (void)state;
    neume_rng rng = neume_rng_seeded(7, 3);
    neume_conv_spec spec = {2, 2, 1, false, false};
    neume_tensor x = random_tensor(&rng, NEUME_F32, NEUME_DIMS(1, 6, 7, 2)),
                 w = random_tensor(&rng, NEUME_F32, NEUME_DIMS(3, 3, 2, 3));
    neume_tensor d_y = random_tensor(&rng, NEUME_F32, NEUME_DIMS(1, 6, 4, 3)), y = empty_tensor(NEUME_F32, 4, d_y.dim);
    neume_tensor d_x = {0}, d_w = empty_tensor(NEUME_F32, 4, w.dim);
    assert_ok(neume_conv2d_backward(plain, &spec, &x, &w, &d_y, &(neume_gradients){.x = &d_x, .w = &d_w}));
    struct {
        neume_tensor *value, *gradient;
    } both[] = {{&x, &d_x}, {&w, &d_w}};
    for (int which = 0; which < 2; which++)
        for (int64_t i = 0; i < neume_tensor_count(both[which].value); i++) {
            float *at = neume_f32(both[which].value) + i, kept = *at;
            *at = kept + 0.5f;
            assert_ok(neume_conv2d(plain, &spec, &x, &w, NULL, &y));
            double above = dot(&y, &d_y);
            *at = kept - 0.5f;
            assert_ok(neume_conv2d(plain, &spec, &x, &w, NULL, &y));
            double below = dot(&y, &d_y);
            *at = kept;
            assert_true(fabs(above - below - (double)neume_f32(both[which].gradient)[i]) < 1e-3);
        }
    neume_tensor *all[] = {&x, &w, &d_y, &y, &d_x, &d_w};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) neume_tensor_clear(all[i]);
}

static void check_linear(neume_dtype dtype, bool relu) {
    neume_rng rng = neume_rng_seeded(9, dtype);
    const int64_t K = 48, M = 17, N = 70;
    neume_tensor x = random_tensor(&rng, dtype, NEUME_DIMS(2, 35, K)),
                 w = random_tensor(&rng, NEUME_F32, NEUME_DIMS(K, M));
    neume_tensor bias = random_tensor(&rng, NEUME_F32, NEUME_DIMS(M)),
                 d_y = random_tensor(&rng, dtype, NEUME_DIMS(2, 35, M));
    neume_tensor y[2], d_x[2] = {{0}}, d_w[2], d_bias[2];
    for (int i = 0; i < 2; i++) {
        y[i] = empty_tensor(dtype, 3, d_y.dim);
        d_w[i] = empty_tensor(NEUME_F32, 2, w.dim);
        d_bias[i] = empty_tensor(NEUME_F32, 1, bias.dim);
        assert_ok(neume_linear(i ? fast : plain, &x, &w, &bias, relu, &y[i]));
        assert_ok(
            neume_linear_backward(i ? fast : plain, &x, &w, &d_y, &(neume_gradients){&d_x[i], &d_w[i], &d_bias[i]}));
    }
    double tol = tolerance(dtype);
    assert_same(&y[1], &y[0], tol, tol * sqrt((double)K));
    assert_same(&d_x[1], &d_x[0], tol, tol * sqrt((double)M));
    assert_same(&d_w[1], &d_w[0], tol, tol * sqrt((double)N));
    assert_same(&d_bias[1], &d_bias[0], tol, tol * sqrt((double)N));
    neume_tensor *all[] = {&x, &w, &bias, &d_y, y, y + 1, d_x, d_x + 1, d_w, d_w + 1, d_bias, d_bias + 1};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) neume_tensor_clear(all[i]);
}

static void test_fast_linear_and_its_gradients_equal_plain(void **state) {
    (void)state;
    check_linear(NEUME_F32, false);
    check_linear(NEUME_F32, true);
    check_linear(NEUME_BF16, true);
}

static void assert_linear_equals_plain(const neume_tensor *x, const neume_tensor *w) {
    neume_tensor found = empty_tensor(NEUME_F32, NEUME_DIMS(x->dim[0], w->dim[1]));
    neume_tensor expected = empty_tensor(NEUME_F32, NEUME_DIMS(x->dim[0], w->dim[1]));
    assert_ok(neume_linear(fast, x, w, NULL, false, &found));
    assert_ok(neume_linear(plain, x, w, NULL, false, &expected));
    assert_same(&found, &expected, tolerance(x->dtype), .1);
    neume_tensor_clear(&found);
    neume_tensor_clear(&expected);
}

/* Two matrices of one shape share a prepared operation, and the second holding begins after one of them changed. */
static void test_held_weights_are_told_apart_and_let_go(void **state) {
    (void)state;
    neume_rng rng = neume_rng_seeded(12, 1);
    neume_tensor x = random_tensor(&rng, NEUME_BF16, NEUME_DIMS(9, 48)), w[2];
    for (int i = 0; i < 2; i++) w[i] = random_tensor(&rng, NEUME_F32, NEUME_DIMS(48, 32));
    for (int holding = 0; holding < 2; holding++) {
        neume_compute_hold(fast, true);
        for (int i = 0; i < 5; i++) assert_linear_equals_plain(&x, &w[i % 3 == 2]);
        neume_compute_hold(fast, false);
        for (int i = 0; i < 48 * 32; i++) neume_f32(&w[0])[i] *= -2;
        assert_linear_equals_plain(&x, &w[0]);
    }
    neume_tensor_clear(&x);
    for (int i = 0; i < 2; i++) neume_tensor_clear(&w[i]);
}

static void assert_turned_gives(const neume_tensor *x, const neume_tensor *turned, const neume_tensor *expected) {
    for (int i = 0; i < 2; i++) {
        neume_tensor y = empty_tensor(NEUME_F32, NEUME_DIMS(x->dim[0], turned->dim[0]));
        assert_ok(neume_linear_turned(i ? fast : plain, x, turned, &y));
        assert_same(&y, expected, tolerance(x->dtype), tolerance(x->dtype) * sqrt((double)x->dim[1]));
        neume_tensor_clear(&y);
    }
}

static void test_a_turned_product_is_that_of_the_transposed(void **state) {
    (void)state;
    neume_rng rng = neume_rng_seeded(10, 1);
    const int64_t K = 48, M = 17;
    for (int dtype = NEUME_F32; dtype <= NEUME_BF16; dtype++) {
        neume_tensor x = random_tensor(&rng, (neume_dtype)dtype, NEUME_DIMS(70, K));
        neume_tensor w = random_tensor(&rng, NEUME_F32, NEUME_DIMS(K, M));
        neume_tensor turned = empty_tensor(NEUME_F32, NEUME_DIMS(M, K));
        neume_tensor expected = empty_tensor(NEUME_F32, NEUME_DIMS(70, M));
        for (int64_t i = 0; i < K * M; i++) neume_f32(&turned)[i % M * K + i / M] = neume_f32(&w)[i];
        assert_ok(neume_linear(plain, &x, &w, NULL, false, &expected));
        assert_turned_gives(&x, &turned, &expected);
        neume_tensor *all[] = {&x, &w, &turned, &expected};
        for (size_t i = 0; i < sizeof all / sizeof *all; i++) neume_tensor_clear(all[i]);
    }
}

static void test_fast_strided_product_equals_plain(void **state) {
    (void)state;
    neume_rng rng = neume_rng_seeded(11, 1);
    const int64_t B = 2, H = 3, T = 9, D = 8; /* attention: q k^T on (B, T, H, D) */
    neume_tensor q = random_tensor(&rng, NEUME_F32, NEUME_DIMS(B, T, H, D)),
                 k = random_tensor(&rng, NEUME_F32, NEUME_DIMS(B, T, H, D));
    neume_tensor y[2];
    neume_product_size size = {{B, H}, T, D, T};
    for (int i = 0; i < 2; i++) {
        y[i] = empty_tensor(NEUME_F32, NEUME_DIMS(B, H, T, T));
        neume_matrices a = {neume_f32(&q), {T * H * D, D}, H * D, 1}, b = {neume_f32(&k), {T * H * D, D}, 1, H * D};
        neume_matrices out = {neume_f32(&y[i]), {H * T * T, T * T}, T, 1};
        assert_ok(neume_product(i ? fast : plain, &size, &a, &b, &out));
    }
    assert_same(&y[1], &y[0], 1e-5, 1e-5);
    neume_tensor *all[] = {&q, &k, y, y + 1};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) neume_tensor_clear(all[i]);
}

static const neume_harmonics HARMONICS = {5, 3, 1, 1, 3, {-4, 0, 6}};

static void test_harmonics_gather_takes_the_named_bins(void **state) {
    (void)state;
    neume_rng rng = neume_rng_seeded(13, 1);
    neume_tensor x = random_tensor(&rng, NEUME_F32, NEUME_DIMS(1, 2, 18, 2)), y = {0};
    assert_ok(neume_harmonics_gather(fast, &HARMONICS, &x, &y));
    for (int64_t t = 0; t < 2; t++)
        for (int64_t p = 0; p < 5; p++)
            for (int h = 0; h < 3; h++)
                for (int64_t s = 0; s < 3; s++)
                    for (int64_t c = 0; c < 2; c++) {
                        int64_t bin = 3 * p + 1 + HARMONICS.shift[h] + s - 1;
                        float expected = bin >= 0 && bin < 18 ? neume_f32(&x)[(t * 18 + bin) * 2 + c] : 0;
                        assert_true(neume_f32(&y)[((t * 5 + p) * 9 + h * 3 + s) * 2 + c] == expected);
                    }
    neume_tensor_clear(&x);
    neume_tensor_clear(&y);
}

/* <gather(x), d> = <x, scatter(d)> for all x, d: scatter is the transpose. Sums of 180 products in single precision:
 * 1e-4. */
static void test_harmonics_scatter_is_the_transpose(void **state) {
    (void)state;
    for_each_seed(seed, 5) {
        neume_rng rng = neume_rng_seeded(seed, 14);
        neume_tensor x = random_tensor(&rng, NEUME_F32, NEUME_DIMS(2, 3, 18, 2)), y = {0},
                     d_x = empty_tensor(NEUME_F32, 4, x.dim);
        assert_ok(neume_harmonics_gather(fast, &HARMONICS, &x, &y));
        neume_tensor d_y = random_tensor(&rng, NEUME_F32, 4, y.dim);
        assert_ok(neume_harmonics_scatter(fast, &HARMONICS, &d_y, &d_x));
        assert_true(fabs(dot(&y, &d_y) - dot(&x, &d_x)) < 1e-3);
        neume_tensor *all[] = {&x, &y, &d_x, &d_y};
        for (size_t i = 0; i < sizeof all / sizeof *all; i++) neume_tensor_clear(all[i]);
    }
}

enum { NORM_N = 40, NORM_C = 6 };

typedef struct norm_case {
    neume_tensor x, residual, d_y;
    float gain[NORM_C], shift[NORM_C], mean[NORM_C], rstd[NORM_C];
} norm_case;

/* The definition, in double: batch normalisation of x (N, C), residual (or none), relu. */
static void slow_normalise(const norm_case *k, bool with_residual, bool relu, double *y) {
    const int64_t N = NORM_N, C = NORM_C;
    const float *x = neume_f32(&k->x), *residual = with_residual ? neume_f32(&k->residual) : NULL;
    const float *gain = k->gain, *shift = k->shift;
    for (int64_t c = 0; c < C; c++) {
        double mean = 0, variance = 0;
        for (int64_t n = 0; n < N; n++) mean += (double)x[n * C + c] / (double)N;
        for (int64_t n = 0; n < N; n++) variance += pow((double)x[n * C + c] - mean, 2) / (double)N;
        for (int64_t n = 0; n < N; n++) {
            double value = (double)gain[c] * ((double)x[n * C + c] - mean) / sqrt(variance + 1e-3) + (double)shift[c];
            if (residual) value += (double)residual[n * C + c];
            y[n * C + c] = relu && value < 0 ? 0 : value;
        }
    }
}

static norm_case norm_case_new(uint64_t seed, neume_dtype dtype) {
    neume_rng rng = neume_rng_seeded(seed, 15);
    norm_case k = {random_tensor(&rng, dtype, NEUME_DIMS(NORM_N, NORM_C)),
                   random_tensor(&rng, dtype, NEUME_DIMS(NORM_N, NORM_C)),
                   random_tensor(&rng, dtype, NEUME_DIMS(NORM_N, NORM_C)),
                   {0},
                   {0},
                   {0},
                   {0}};
    for (int c = 0; c < NORM_C; c++) {
        k.gain[c] = 1 + 0.3f * (float)neume_rng_normal(&rng);
        k.shift[c] = 0.3f * (float)neume_rng_normal(&rng);
    }
    return k;
}

static void norm_case_clear(norm_case *k) {
    neume_tensor_clear(&k->x);
    neume_tensor_clear(&k->residual);
    neume_tensor_clear(&k->d_y);
}

static void test_normalise_equals_its_definition(void **state) {
    (void)state;
    for (int variant = 0; variant < 4; variant++) {
        norm_case k = norm_case_new((uint64_t)variant, NEUME_F32);
        neume_affine affine = {k.gain, k.shift, k.mean, k.rstd, variant & 1};
        neume_tensor *residual = variant & 2 ? &k.residual : NULL, y = {0};
        assert_ok(neume_channel_moments(fast, &k.x, 1e-3f, k.mean, k.rstd));
        assert_ok(neume_normalise(fast, &affine, &k.x, residual, &y));
        double expected[NORM_N * NORM_C];
        slow_normalise(&k, residual != NULL, affine.relu, expected);
        for (int i = 0; i < NORM_N * NORM_C; i++) assert_true(fabs((double)neume_f32(&y)[i] - expected[i]) < 1e-5);
        neume_tensor_clear(&y);
        norm_case_clear(&k);
    }
}

/* Central differences of the definition in double, step 1e-4: error about 1e-7; the float result is good to 1e-5. */
static void test_normalise_gradient_is_the_difference(void **state) {
    (void)state;
    norm_case k = norm_case_new(5, NEUME_F32);
    neume_affine affine = {k.gain, k.shift, k.mean, k.rstd, true};
    neume_tensor y = {0}, d = {0}, d_x = {0};
    float d_gain[NORM_C] = {0}, d_shift[NORM_C] = {0};
    assert_ok(neume_channel_moments(fast, &k.x, 1e-3f, k.mean, k.rstd));
    assert_ok(neume_normalise(fast, &affine, &k.x, &k.residual, &y));
    assert_ok(neume_tensor_convert(&k.d_y, NEUME_F32, &d));
    assert_ok(neume_normalise_backward(fast, &affine, &k.x, &y, &d, &(neume_affine_gradients){d_gain, d_shift, &d_x}));
    struct {
        float *value, *gradient;
        int count;
    } parts[] = {{neume_f32(&k.x), neume_f32(&d_x), NORM_N * NORM_C},
                 {neume_f32(&k.residual), neume_f32(&d), NORM_N * NORM_C},
                 {k.gain, d_gain, NORM_C},
                 {k.shift, d_shift, NORM_C}};
    for (size_t part = 0; part < 4; part++)
        for (int i = 0; i < parts[part].count; i++) {
            double side[2], out[NORM_N * NORM_C];
            float kept = parts[part].value[i], step = 1.0f / 1024;
            for (int s = 0; s < 2; s++) {
                parts[part].value[i] = kept + (s ? step : -step);
                slow_normalise(&k, true, true, out);
                side[s] = 0;
                for (int j = 0; j < NORM_N * NORM_C; j++) side[s] += out[j] * (double)neume_f32(&k.d_y)[j];
            }
            parts[part].value[i] = kept;
            double expected = (side[1] - side[0]) / (2 * (double)step);
            assert_true(fabs((double)parts[part].gradient[i] - expected) < 2e-3 * (1 + fabs(expected)));
        }
    neume_tensor_clear(&y);
    neume_tensor_clear(&d);
    neume_tensor_clear(&d_x);
    norm_case_clear(&k);
}

static void test_bfloat16_rounds_to_nearest_even(void **state) {
    (void)state;
    neume_tensor x = empty_tensor(NEUME_F32, NEUME_DIMS(5)), narrow = {0}, wide = {0};
    const float in[5] = {1, 1 + 1.0f / 256, 1 + 3.0f / 256, -2.5f, INFINITY},
                expected[5] = {1, 1, 1 + 4.0f / 256, -2.5f, INFINITY};
    memcpy(x.data, in, sizeof in);
    assert_ok(neume_tensor_convert(&x, NEUME_BF16, &narrow));
    assert_ok(neume_tensor_convert(&narrow, NEUME_F32, &wide));
    for (int i = 0; i < 5; i++) assert_true(neume_f32(&wide)[i] == expected[i]);
    neume_f32(&x)[0] = NAN;
    assert_ok(neume_tensor_convert(&x, NEUME_BF16, &narrow));
    assert_ok(neume_tensor_convert(&narrow, NEUME_F32, &wide));
    assert_true(isnan(neume_f32(&wide)[0]));
    neume_tensor_clear(&x);
    neume_tensor_clear(&narrow);
    neume_tensor_clear(&wide);
}

static void test_impossible_shapes_are_refused(void **state) {
    (void)state;
    neume_tensor x = {0};
    assert_int_equal(neume_tensor_shape(&x, NEUME_F32, NEUME_DIMS(-1, 2)), NEUME_EINVAL);
    assert_int_equal(neume_tensor_shape(&x, NEUME_F32, NEUME_DIMS(INT64_MAX / 2, 8)), NEUME_ELIMIT);
    assert_null(x.data);
}

static neume_status measure_peak(void *context) {
    double flops;
    return neume_compute_measure_peak(context, NEUME_F32, &flops);
}

static void test_the_peak_is_measured_without_being_counted(void **state) {
    (void)state;
    neume_compute *c = NULL;
    double flops = 0;
    assert_ok(neume_compute_new(NEUME_FAST, &c));
    assert_ok(neume_compute_measure_peak(c, NEUME_F32, &flops));
    assert_true(isfinite(flops) && flops > 1e7);
    assert_true(neume_compute_flops(c) == 0);
    sweep_allocation_failures(measure_peak, c);
    neume_compute_free(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fast_convolution_equals_plain),
        cmocka_unit_test(test_fast_convolution_gradients_equal_plain),
        cmocka_unit_test(test_convolution_gradient_is_the_difference),
        cmocka_unit_test(test_fast_linear_and_its_gradients_equal_plain),
        cmocka_unit_test(test_held_weights_are_told_apart_and_let_go),
        cmocka_unit_test(test_a_turned_product_is_that_of_the_transposed),
        cmocka_unit_test(test_fast_strided_product_equals_plain),
        cmocka_unit_test(test_harmonics_gather_takes_the_named_bins),
        cmocka_unit_test(test_harmonics_scatter_is_the_transpose),
        cmocka_unit_test(test_normalise_equals_its_definition),
        cmocka_unit_test(test_normalise_gradient_is_the_difference),
        cmocka_unit_test(test_bfloat16_rounds_to_nearest_even),
        cmocka_unit_test(test_impossible_shapes_are_refused),
        cmocka_unit_test(test_the_peak_is_measured_without_being_counted),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
