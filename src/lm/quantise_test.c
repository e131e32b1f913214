#include "engine_cases.h"

#include <unistd.h>

static void normal_row(uint64_t seed, float scale, int64_t items, float *row) {
    neume_rng rng = neume_rng_seeded(seed, 8);
    for (int64_t i = 0; i < items; i++) row[i] = scale * (float)neume_rng_normal(&rng);
}

/* --- blocks ------------------------------------------------------------------------------------------------------- */

enum { ITEMS = 1024 };

/* Noise of normal numbers, in decibels below them: a uniform step of d has noise d^2 / 12, and the steps span the
 * largest of 32 items (about 2.4 deviations): 8 bits 43 dB or more, 4 bits 20. Floats round to half a unit in the last
 * place. */
static const struct {
    lm_type_index type;
    double snr_db;
} promises[] = {{LM_F32, 200}, {LM_F16, 70}, {LM_BF16, 52}, {LM_Q8_0, 43}, {LM_Q4_0, 20}, {LM_Q4_K, 22}};

static void test_what_is_written_in_few_bits_is_near_what_it_was(void **state) {
    (void)state;
    for (size_t p = 0; p < sizeof promises / sizeof *promises; p++) {
        const lm_type *type = &lm_types[promises[p].type];
        for_each_seed(seed, 30) {
            float row[ITEMS], again[ITEMS];
            uint8_t bytes[ITEMS * 4];
            normal_row(seed, powf(10, (float)(seed % 5) - 3), ITEMS, row);
            type->encode(row, ITEMS, bytes);
            type->decode(bytes, ITEMS, again);
            assert_snr_db(again, row, ITEMS, promises[p].snr_db);
        }
    }
}

static void test_what_was_read_is_written_the_same(void **state) {
    (void)state;
    static const lm_type_index types[] = {LM_F32, LM_F16, LM_BF16, LM_Q8_0, LM_Q4_0};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        const lm_type *type = &lm_types[types[i]];
        for_each_seed(seed, 30) {
            float row[ITEMS], again[ITEMS];
            uint8_t bytes[ITEMS * 4];
            normal_row(seed, 0.1f, ITEMS, row);
            type->encode(row, ITEMS, bytes);
            type->decode(bytes, ITEMS, row);
            type->encode(row, ITEMS, bytes);
            type->decode(bytes, ITEMS, again);
            assert_floats_close(again, row, ITEMS, 1e-3, 0); /* the scale, a half, may round once more */
        }
    }
}

static void test_odd_rows_survive(void **state) {
    (void)state;
    static const float values[] = {0, 1e-30f, -1e-30f, 3, -3, 1e-7f, 65000, -65000};
    for (lm_type_index type = 0; type < LM_TYPES; type++) {
        if (!lm_types[type].encode) continue;
        for (size_t v = 0; v < sizeof values / sizeof *values; v++) {
            float row[256], again[256];
            uint8_t bytes[256 * 4];
            for (int i = 0; i < 256; i++) row[i] = values[v];
            lm_types[type].encode(row, 256, bytes);
            lm_types[type].decode(bytes, 256, again);
            assert_floats_close(again, row, 256, 0.02, 1e-7); /* below 2^-24 a half is 0 */
        }
    }
}

/* --- files -------------------------------------------------------------------------------------------------------- */

typedef struct files {
    char from[32], to[32];
} files;

static void make_files(files *f) {
    strcpy(f->from, "/tmp/neume-lm-XXXXXX");
    strcpy(f->to, "/tmp/neume-lm-XXXXXX");
    const int a = mkstemp(f->from), b = mkstemp(f->to);
    assert_true(a >= 0 && b >= 0);
    close(a);
    close(b);
}

static void remove_files(const files *f) {
    unlink(f->from);
    unlink(f->to);
}

typedef struct report {
    int arrays, exact;
    double least_db;
    char types[16][8]; /* that occurred */
} report;

static void note(void *context, const char *name, const char *type, double snr_db) {
    report *r = context;
    (void)name;
    int i = 0;
    while (r->types[i][0] && strcmp(r->types[i], type) != 0) i++;
    snprintf(r->types[i], sizeof r->types[i], "%s", type);
    r->arrays++;
    r->exact += isinf(snr_db);
    if (snr_db < r->least_db) r->least_db = snr_db;
}

static void test_a_model_in_fewer_bits_says_nearly_the_same(void **state) {
    (void)state;
    static const struct {
        const char *type;
        double arrays_db, logits_db;
    } wanted[] = {{"f16", 70, 55}, {"bf16", 50, 35}, {"q8_0", 40, 30}, {"q4_0", 20, 8}, {"q4_k", 20, 8}};
    enum { LENGTH = 20, VOCABULARY = 50 };
    files f;
    int32_t ids[LENGTH];
    static float whole[LENGTH * VOCABULARY], shorter[LENGTH * VOCABULARY];
    neume_lm_random small = small_model("qwen2", "f32");
    small.shape.width = 256, small.shape.hidden = 288, small.deviation = 0.05f;
    make_files(&f);
    assert_ok(neume_lm_random_write(f.from, &small));
    random_ids(1, VOCABULARY, LENGTH, ids);
    neume_lm_model *model;
    assert_ok(neume_lm_model_load(f.from, &model));
    slow_forward(model, ids, LENGTH, whole);
    neume_lm_model_free(model);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        report r = {.least_db = INFINITY};
        assert_ok(neume_lm_quantise(f.from, f.to, wanted[i].type, note, &r));
        assert_int_equal(r.arrays, 2 + 12 * 3);
        assert_int_equal(r.exact, 1 + 5 * 3); /* gains and biases */
        assert_true(r.least_db > wanted[i].arrays_db);
        assert_ok(neume_lm_model_load(f.to, &model));
        slow_forward(model, ids, LENGTH, shorter);
        assert_snr_db(shorter, whole, LENGTH * VOCABULARY, wanted[i].logits_db);
        neume_lm_model_free(model);
    }
    remove_files(&f);
}

static void test_rows_that_are_no_whole_blocks_go_to_a_finer_type(void **state) {
    (void)state;
    files f;
    report r = {.least_db = INFINITY};
    neume_lm_random small = small_model("qwen2", "f32"); /* rows of 48 and 70 */
    make_files(&f);
    assert_ok(neume_lm_random_write(f.from, &small));
    assert_ok(neume_lm_quantise(f.from, f.to, "q8_0", note, &r));
    assert_string_equal(r.types[0], "f32"); /* a gain */
    assert_string_equal(r.types[1], "f16");
    assert_string_equal(r.types[2], "");
    small.shape.width = 256, small.shape.hidden = 288;
    assert_ok(neume_lm_random_write(f.from, &small));
    assert_ok(neume_lm_quantise(f.from, f.to, "q4_k", note, &r));
    assert_string_equal(r.types[2], "q4_k");
    assert_string_equal(r.types[3], "q8_0"); /* rows of 288 */
    remove_files(&f);
}

static void test_what_cannot_be_done_is_refused(void **state) {
    (void)state;
    files f;
    make_files(&f);
    assert_int_equal(neume_lm_quantise(f.from, f.to, "q6_k", NULL, NULL), NEUME_EINVAL);
    assert_int_equal(neume_lm_quantise(f.from, f.to, "q8_0", NULL, NULL), NEUME_EFORMAT); /* an empty file */
    remove_files(&f);
    assert_int_equal(neume_lm_quantise(f.from, f.to, "q8_0", NULL, NULL), NEUME_ENOTFOUND);
}

static neume_status quantise_again(void *context) {
    const files *f = context;
    return neume_lm_quantise(f->from, f->to, "q8_0", NULL, NULL);
}

static void test_every_failing_allocation_is_survived(void **state) {
    (void)state;
    files f;
    const neume_lm_random small = small_model("qwen2", "f32");
    make_files(&f);
    assert_ok(neume_lm_random_write(f.from, &small));
    sweep_allocation_failures(quantise_again, &f);
    remove_files(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_written_in_few_bits_is_near_what_it_was),
        cmocka_unit_test(test_what_was_read_is_written_the_same),
        cmocka_unit_test(test_odd_rows_survive),
        cmocka_unit_test(test_a_model_in_fewer_bits_says_nearly_the_same),
        cmocka_unit_test(test_rows_that_are_no_whole_blocks_go_to_a_finer_type),
        cmocka_unit_test(test_what_cannot_be_done_is_refused),
        cmocka_unit_test(test_every_failing_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
