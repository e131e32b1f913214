/* The vocabulary: whatever the text, it comes back. */
#include "neume_test.h"

#include "neume/lm_vocabulary.h"

#include <stdlib.h>
#include <string.h>

static neume_vocabulary *abc(void) {
    neume_vocabulary *v = NULL;
    assert_ok(neume_vocabulary_new_abc(&v));
    return v;
}

static void assert_comes_back(const neume_vocabulary *v, const char *text, size_t count) {
    neume_tokens tokens = {0};
    neume_buffer back = {0};
    assert_ok(neume_vocabulary_encode(v, text, count, &tokens));
    assert_ok(neume_vocabulary_decode(v, tokens.ids, tokens.count, &back));
    assert_int_equal(back.size, count);
    if (count) assert_memory_equal(back.data, text, count);
    neume_buffer_clear(&back);
    neume_tokens_clear(&tokens);
}

static void test_any_bytes_come_back(void **state) {
    (void)state;
    neume_vocabulary *v = abc();
    neume_rng rng = neume_rng_seeded(1, 1);
    for (int i = 0; i < 20000; i++) {
        static const char music[] = "ABCdefg'',,__^=2/34|:[]z \n\"K:T\\!(>-";
        char text[40];
        const size_t count = (size_t)neume_rng_below(&rng, sizeof text);
        for (size_t k = 0; k < count; k++)
            text[k] = i % 2 ? (char)neume_rng_u32(&rng) : music[neume_rng_below(&rng, sizeof music - 1)];
        assert_comes_back(v, text, count);
    }
    neume_vocabulary_free(v);
}

static void test_a_tune_is_read_in_musicians_units(void **state) {
    (void)state;
    neume_vocabulary *v = abc();
    const char *const tune = "M:6/8\nK:D\n|:\"D\"A2d ^c'3/2 d,,|\n";
    const char *const units[] = {"M:6/8", "\n",   "K:D", "\n", "|:", "\"D\"", "A",  "2",
                                 "d",     " ^c'", "3/2", " d", ",",  ",",     "|\n"};
    neume_tokens tokens = {0};
    assert_ok(neume_vocabulary_encode(v, tune, strlen(tune), &tokens));
    assert_int_equal(tokens.count, sizeof units / sizeof *units);
    for (size_t i = 0; i < tokens.count; i++) {
        size_t size;
        const char *text = neume_vocabulary_text(v, tokens.ids[i], &size);
        assert_int_equal(size, strlen(units[i]));
        assert_memory_equal(text, units[i], size);
    }
    neume_tokens_clear(&tokens);
    neume_vocabulary_free(v);
}

static void test_its_names_make_it_again(void **state) {
    (void)state;
    neume_vocabulary *v = abc(), *again = NULL;
    const int32_t count = neume_vocabulary_count(v);
    const char **names = calloc((size_t)count, sizeof *names);
    size_t *sizes = calloc((size_t)count, sizeof *sizes);
    for (int32_t i = 0; i < count; i++) names[i] = neume_vocabulary_name(v, i, &sizes[i]);
    assert_ok(neume_vocabulary_new(names, sizes, (size_t)count, &again));
    assert_int_equal(neume_vocabulary_count(again), 1280);
    assert_int_equal(neume_vocabulary_control(again, "eos"), NEUME_TOKEN_END);
    assert_int_equal(neume_vocabulary_control(again, "eot"), NEUME_TOKEN_FILLED);
    assert_true(neume_vocabulary_control(again, "bars:64") > neume_vocabulary_control(again, "bars:1"));
    assert_int_equal(neume_vocabulary_control(again, "bars:65"), -1);
    names[count - 1] = names[count - 2], sizes[count - 1] = sizes[count - 2];
    neume_vocabulary *none = NULL;
    assert_int_equal(neume_vocabulary_new(names, sizes, (size_t)count, &none), NEUME_EFORMAT);
    assert_int_equal(neume_vocabulary_new(names, sizes, 20, &none), NEUME_EFORMAT);
    assert_null(none);
    free(names);
    free(sizes);
    neume_vocabulary_free(again);
    neume_vocabulary_free(v);
}

static void test_controls_stand_for_no_text(void **state) {
    (void)state;
    neume_vocabulary *v = abc();
    size_t size;
    neume_vocabulary_text(v, neume_vocabulary_control(v, "rhythm:reel"), &size);
    assert_int_equal(size, 0);
    assert_comes_back(v, "<eos>", 5);
    neume_vocabulary_free(v);
}

static void test_failing_memory_leaks_nothing(void **state) {
    (void)state;
    for (int64_t n = 1;; n++) {
        neume_vocabulary *v = NULL;
        neume__alloc_fail_after(n);
        const neume_status status = neume_vocabulary_new_abc(&v);
        neume__alloc_fail_after(0);
        if (status == NEUME_OK) {
            neume_vocabulary_free(v);
            return;
        }
        assert_int_equal(status, NEUME_ENOMEM);
        assert_null(v);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_bytes_come_back),          cmocka_unit_test(test_a_tune_is_read_in_musicians_units),
        cmocka_unit_test(test_its_names_make_it_again),      cmocka_unit_test(test_controls_stand_for_no_text),
        cmocka_unit_test(test_failing_memory_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
