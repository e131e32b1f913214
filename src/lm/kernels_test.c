#include "neume_test.h"

#include "kernels.h"

#include "neume/nn_math.h"

#include <string.h>

/* Bytes of any block type; its scales are made small numbers. */
static void random_rows(lm_type_index type, uint64_t seed, int64_t items, uint8_t *bytes) {
    neume_rng rng = neume_rng_seeded(seed, type);
    const size_t count = lm_row_bytes(type, items), block = (size_t)lm_types[type].block_bytes;
    for (size_t i = 0; i < count; i++) bytes[i] = (uint8_t)neume_rng_u32(&rng);
    for (size_t at = 0; at < count; at += block) {
        const float scale = (float)neume_rng_uniform(&rng, -1, 1);
        const uint16_t half = neume__half_narrow(scale), high = (uint16_t)(neume__bits_of(scale) >> 16);
        memcpy(bytes + at + (type == LM_Q6_K ? 208 : 0), type == LM_BF16 ? &high : &half, sizeof half);
        if (type == LM_Q4_K) memcpy(bytes + at + 2, &half, sizeof half);
        if (type == LM_F32) memcpy(bytes + at, &scale, sizeof scale);
    }
}

static void test_widening_is_exactly_the_definition(void **state) {
    (void)state;
    enum { ITEMS = 768 };
    for (int k = 0; lm_kernels_at(k); k++) {
        for (lm_type_index type = 0; type < LM_TYPES; type++) {
            for_each_seed(seed, 20) {
                uint8_t bytes[ITEMS * 4];
                float plain[ITEMS], fast[ITEMS];
                const int64_t items = lm_types[type].block_items == 1 ? ITEMS - 5 : ITEMS;
                random_rows(type, seed, items, bytes);
                lm_types[type].decode(bytes, items, plain);
                lm_kernels_at(k)->decode[type](bytes, items, fast);
                assert_memory_equal(fast, plain, (size_t)items * sizeof(float));
            }
        }
    }
}

static void test_halves_of_every_kind_are_widened(void **state) {
    (void)state;
    static uint16_t halves[65536];
    static float plain[65536], fast[65536];
    for (uint32_t i = 0; i < 65536; i++) halves[i] = (i >> 10 & 31) == 31 ? 0 : (uint16_t)i;
    lm_types[LM_F16].decode(halves, 65536, plain);
    for (int k = 0; lm_kernels_at(k); k++) {
        lm_kernels_at(k)->decode[LM_F16](halves, 65536, fast);
        assert_memory_equal(fast, plain, sizeof plain);
    }
}

static void fill(neume_rng *rng, float *to, int64_t count) {
    for (int64_t i = 0; i < count; i++) to[i] = (float)neume_rng_normal(rng);
}

enum { INNER = 112, TOKENS = 15, STRIDE = LM_TILE_ROWS + 1 };

static void check_product(const lm_kernels *kernels, int64_t rows, int64_t tokens) {
    float w[LM_TILE_ROWS * INNER], x[TOKENS * INNER], y[TOKENS * STRIDE];
    neume_rng rng = neume_rng_seeded((uint64_t)tokens, 3);
    fill(&rng, w, LM_TILE_ROWS * INNER);
    fill(&rng, x, TOKENS * INNER);
    fill(&rng, y, TOKENS * STRIDE);
    const float beyond = y[rows];
    kernels->multiply(&(lm_tile){w, INNER, rows, x, INNER, tokens, y, STRIDE, INNER});
    for (int64_t i = 0; i < tokens * rows; i++) {
        const int64_t t = i / rows, r = i % rows;
        double sum = 0;
        for (int64_t k = 0; k < INNER; k++) sum += (double)w[r * INNER + k] * (double)x[t * INNER + k];
        assert_float_equal(y[t * STRIDE + r], (float)sum, 1e-4);
    }
    assert_true(y[rows] == beyond);
}

static void test_products_of_any_shape_are_the_sums_that_they_say(void **state) {
    (void)state;
    for (int k = 0; lm_kernels_at(k); k++)
        for (int64_t rows = 1; rows <= LM_TILE_ROWS; rows++)
            for (int64_t tokens = 1; tokens <= TOKENS; tokens++) check_product(lm_kernels_at(k), rows, tokens);
}

static void test_attention_is_the_softmax_of_its_definition(void **state) {
    (void)state;
    enum { LONGEST = 150, WIDTH = 36, PADDED = 48 };
    static float keys[160 * WIDTH], values[LONGEST * PADDED], weights[160];
    float q[WIDTH], out[PADDED];
    neume_rng rng = neume_rng_seeded(1, 2);
    fill(&rng, keys, 160 * WIDTH);
    fill(&rng, values, LONGEST * PADDED);
    fill(&rng, q, WIDTH);
    for (int k = 0; lm_kernels_at(k); k++) {
        for (int64_t length = 1; length <= LONGEST; length++) {
            double want[WIDTH] = {0}, total = 0;
            for (int64_t p = 0; p < length; p++) {
                double dot = 0;
                for (int64_t i = 0; i < WIDTH; i++)
                    dot += (double)q[i] * (double)keys[(p / 16 * WIDTH + i) * 16 + p % 16];
                const double weight = exp(0.5 * dot);
                total += weight;
                for (int64_t i = 0; i < WIDTH; i++) want[i] += weight * (double)values[p * PADDED + i];
            }
            lm_kernels_at(k)->attend(&(lm_attention){q, keys, values, length, WIDTH, 0.5f, weights, out});
            for (int64_t i = 0; i < WIDTH; i++) assert_float_equal(out[i], (float)(want[i] / total), 1e-4);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_widening_is_exactly_the_definition),
        cmocka_unit_test(test_halves_of_every_kind_are_widened),
        cmocka_unit_test(test_products_of_any_shape_are_the_sums_that_they_say),
        cmocka_unit_test(test_attention_is_the_softmax_of_its_definition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
