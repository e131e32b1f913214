/* Attention of packed documents against the formula, and its gradient against slopes. */
#include "neume_test.h"

#include "net_attention.h"
#include "net_tile.h"

#include <string.h>

/* Two rows of 70 tokens: blocks of 32 queries end inside documents, and documents inside blocks. */
enum { ROWS = 2, LENGTH = 70, HEADS = 4, KV_HEADS = 2, WIDTH = 6, QKV = (HEADS + 2 * KV_HEADS) * WIDTH };
static const neume_lm_shape SHAPE = {10, HEADS *WIDTH, 1, HEADS, KV_HEADS, 8, 80, 100, 1e-5F};
static int32_t starts[ROWS * LENGTH];

static void fill(neume_tensor *x, uint64_t seed) {
    neume_rng rng = neume_rng_seeded(seed, 5);
    for (int64_t i = 0; i < neume_tensor_count(x); i++) neume_f32(x)[i] = (float)neume_rng_uniform(&rng, -1, 1);
}

/* Row 0: documents from 0, 3, 4, 40; row 1 is one document. */
static void fill_starts(void) {
    for (int t = 0; t < LENGTH; t++) {
        starts[t] = t < 3 ? 0 : t < 4 ? 3 : t < 40 ? 4 : 40;
        starts[LENGTH + t] = 0;
    }
}

static lm_attention attention_of(const neume_tensor *rotation) {
    fill_starts();
    return (lm_attention){HEADS, KV_HEADS, WIDTH, neume_f32(rotation), ROWS, LENGTH, starts};
}

/* One head's vector of one token, rotated to its position in its document. */
static void rotated(const neume_tensor *qkv, int row, int t, int head, double out[WIDTH]) {
    const float *x = neume_f32(qkv) + (row * LENGTH + t) * QKV + head * WIDTH;
    const int half = WIDTH / 2, position = t - starts[row * LENGTH + t];
    for (int i = 0; i < half; i++) {
        const double angle = position * pow((double)SHAPE.rope_base, -2.0 * i / WIDTH);
        const double a = (double)x[i], b = (double)x[half + i];
        out[i] = a * cos(angle) - b * sin(angle);
        out[half + i] = a * sin(angle) + b * cos(angle);
    }
}

/* The definition, for one query of one head. */
static void attend(const neume_tensor *qkv, int row, int t, int head, double out[WIDTH]) {
    const int group = head / (HEADS / KV_HEADS), first = starts[row * LENGTH + t];
    double q[WIDTH], k[WIDTH], share[LENGTH], sum = 0;
    rotated(qkv, row, t, head, q);
    memset(out, 0, WIDTH * sizeof *out);
    for (int s = first; s <= t; s++) {
        double score = 0;
        rotated(qkv, row, s, HEADS + group, k);
        for (int i = 0; i < WIDTH; i++) score += q[i] * k[i];
        sum += share[s] = exp(score / sqrt(WIDTH));
    }
    for (int s = first; s <= t; s++)
        for (int i = 0; i < WIDTH; i++)
            out[i] += share[s] / sum *
                      (double)neume_f32(qkv)[(row * LENGTH + s) * QKV + (HEADS + KV_HEADS + group) * WIDTH + i];
}

static void test_attention_is_its_formula(void **state) {
    (void)state;
    neume_tensor rotation = {0}, qkv = {0}, mixed = {0}, log_sum = {0};
    assert_ok(lm_rotation_fill(&SHAPE, &rotation));
    assert_ok(neume_tensor_shape(&qkv, NEUME_F32, NEUME_DIMS(ROWS * LENGTH, QKV)));
    fill(&qkv, 1);
    const lm_attention attention = attention_of(&rotation);
    assert_ok(lm_attention_forward(&attention, &qkv, &mixed, &log_sum));
    for (int row = 0; row < ROWS; row++)
        for (int t = 0; t < LENGTH; t++)
            for (int head = 0; head < HEADS; head++) {
                double expected[WIDTH];
                attend(&qkv, row, t, head, expected);
                for (int i = 0; i < WIDTH; i++) {
                    const float found = neume_f32(&mixed)[((row * LENGTH + t) * HEADS + head) * WIDTH + i];
                    assert_true(fabs((double)found - expected[i]) < 1e-5);
                }
            }
    neume_tensor *all[] = {&rotation, &qkv, &mixed, &log_sum};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) neume_tensor_clear(all[i]);
}

typedef struct gradient_case {
    lm_attention attention;
    neume_tensor rotation, qkv, mixed, log_sum, d_mixed, d_qkv;
} gradient_case;

static double weighed(gradient_case *g) {
    double sum = 0;
    assert_ok(lm_attention_forward(&g->attention, &g->qkv, &g->mixed, &g->log_sum));
    for (int64_t i = 0; i < neume_tensor_count(&g->mixed); i++)
        sum += (double)neume_f32(&g->d_mixed)[i] * (double)neume_f32(&g->mixed)[i];
    return sum;
}

/* Sums of 3,360 numbers near 1/4 carry some 1e-5 of rounding, which h = .05 makes 1e-4. */
static void test_attention_gradient_is_the_slope(void **state) {
    (void)state;
    gradient_case g = {0};
    const float h = .05F;
    assert_ok(lm_rotation_fill(&SHAPE, &g.rotation));
    g.attention = attention_of(&g.rotation);
    assert_ok(neume_tensor_shape(&g.qkv, NEUME_F32, NEUME_DIMS(ROWS * LENGTH, QKV)));
    assert_ok(neume_tensor_shape(&g.d_mixed, NEUME_F32, NEUME_DIMS(ROWS * LENGTH, HEADS * WIDTH)));
    fill(&g.qkv, 1);
    fill(&g.d_mixed, 2);
    (void)weighed(&g);
    const lm_attention_saved saved = {&g.qkv, &g.mixed, &g.log_sum, &g.d_mixed};
    assert_ok(lm_attention_backward(&g.attention, &saved, &g.d_qkv));
    for (int64_t i = 0; i < neume_tensor_count(&g.qkv); i += 7) { /* 7 and the row of 48 share no factor: all columns */
        float *at = neume_f32(&g.qkv) + i;
        const float kept = *at;
        double sums[4];
        const float steps[4] = {-2 * h, -h, h, 2 * h};
        for (int s = 0; s < 4; s++) *at = kept + steps[s], sums[s] = weighed(&g);
        *at = kept;
        const double slope = (8 * (sums[2] - sums[1]) - (sums[3] - sums[0])) / (12 * (double)h);
        assert_true(fabs(slope - (double)neume_f32(&g.d_qkv)[i]) < 1e-3);
    }
    neume_tensor *all[] = {&g.rotation, &g.qkv, &g.mixed, &g.log_sum, &g.d_mixed, &g.d_qkv};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) neume_tensor_clear(all[i]);
}

/* The definition, one number after the other. */
static void multiply_plainly(const lm_tile_product *p) {
    for (int64_t r = 0; r < p->rows; r++)
        for (int64_t m = 0; m < p->columns; m++) {
            float sum = p->add ? p->y[r * p->y_row + m] : 0;
            for (int64_t k = 0; k < p->inner; k++) sum += p->a[r * p->a_row + k * p->a_column] * p->b[k * p->b_row + m];
            p->y[r * p->y_row + m] = sum;
        }
}

static void test_a_tile_product_is_the_sum_of_products(void **state) {
    (void)state;
    enum { R = 16, K = 11, M = 64 };
    float a[R * K], b[K * M], y[R * M], expected[R * M];
    for (int i = 0; i < R * K; i++) a[i] = (float)(i % 7) - 3;
    for (int i = 0; i < K * M; i++) b[i] = (float)(i % 5) - 2;
    for (int i = 0; i < 4; i++) {
        const bool turned = i & 1, add = i & 2;
        lm_tile_product product = {R, K, M, a, turned ? 1 : K, turned ? R : 1, b, M, y, M, add};
        for (int j = 0; j < R * M; j++) y[j] = expected[j] = (float)(j % 3);
        lm_tile_multiply(&product);
        product.y = expected;
        multiply_plainly(&product);
        assert_memory_equal(y, expected, sizeof y); /* small whole numbers: no rounding */
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_tile_product_is_the_sum_of_products),
        cmocka_unit_test(test_attention_is_its_formula),
        cmocka_unit_test(test_attention_gradient_is_the_slope),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
