#include "neume_test.h"

#include "neume/learn_words.h"

#include <string.h>

static neume_words *words;

static void score(const char *table, neume_prompt_scores *scores, size_t *count, neume_buffer *misses) {
    assert_ok(neume_prompts_score(words, table, strlen(table), scores, count, misses));
}

static void test_values_are_counted_by_language(void **state) {
    (void)state;
    neume_prompt_scores scores[NEUME_PROMPT_LANGUAGES + 1];
    size_t count = 0;
    neume_buffer misses = {0};
    score("prompt\tlanguage\tslots\nsad piano\ten\tmood=sad;instrument=piano\nsad "
          "jazz\ten\tmood=happy\n快乐\tzh\tmood=happy\n",
          scores, &count, &misses);
    assert_int_equal(count, 3);
    assert_int_equal(scores[0].counts.both, 3);
    assert_int_equal(scores[0].counts.truth, 4);
    assert_int_equal(scores[0].counts.estimate, 5);
    assert_string_equal(scores[1].language, "en");
    assert_int_equal(scores[1].counts.estimate, 4);
    assert_int_equal(scores[2].prompts, 1);
    assert_string_equal(misses.data, "sad jazz\tmissed: mood=happy\tread into it: mood=sad;style=jazz\n");
    neume_buffer_clear(&misses);
}

static void test_a_line_that_is_no_query_is_named(void **state) {
    (void)state;
    static const char table[] = "sad\ten\tmood=sad\nsad\ten\tmood=greenish\n";
    neume_prompt_scores scores[NEUME_PROMPT_LANGUAGES + 1];
    size_t count = 0;
    assert_int_equal(neume_prompts_score(words, table, sizeof table - 1, scores, &count, NULL), NEUME_EFORMAT);
    assert_non_null(strstr(neume_error_message(), "line 2"));
}

/* The figures of docs/prompts.md; a change of the lexicon may cost one prompt to win another, but not many. */
static void test_our_own_prompts_are_understood(void **state) {
    (void)state;
    static const char *const files[] = {"tests/data/prompts.tsv", "tests/data/prompts_later.tsv"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        neume_prompt_scores scores[NEUME_PROMPT_LANGUAGES + 1];
        neume_buffer table = {0};
        size_t count = 0;
        assert_ok(neume_file_read(files[i], 1 << 20, &table));
        score(table.data, scores, &count, NULL);
        const neume_query_counts *all = &scores[0].counts;
        assert_true(2 * (double)all->both / (double)(all->truth + all->estimate) > 0.96);
        neume_buffer_clear(&table);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_are_counted_by_language),
        cmocka_unit_test(test_a_line_that_is_no_query_is_named),
        cmocka_unit_test(test_our_own_prompts_are_understood),
    };
    if (neume_words_new(&words)) return 1;
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    neume_words_free(words);
    return failed;
}
