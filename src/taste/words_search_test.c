#include "neume_test.h"

#include "neume/taste_search.h"

#include <string.h>

static neume_words *words;

/* The text that answers best, -1 when none has a score. */
static int best(const neume_search_options *options, const char *const *texts, size_t count, const char *question) {
    neume_search *search = NULL;
    float scores[8];
    int found = -1;
    assert_ok(neume_search_new(words, options, texts, count, &search));
    assert_ok(neume_search_score(search, question, scores));
    for (size_t i = 0; i < count; i++)
        if (scores[i] > (found < 0 ? 0 : scores[found])) found = (int)i;
    neume_search_free(search);
    return found;
}

static void test_scores_are_those_of_the_formula(void **state) {
    (void)state;
    static const char *const texts[] = {"rock rock", "rock jazz jazz jazz"};
    const neume_search_options options = neume_search_plain();
    neume_search *search = NULL;
    float scores[2];
    assert_ok(neume_search_new(NULL, &options, texts, 2, &search));
    assert_ok(neume_search_score(search, "jazz", scores));
    const double idf = log(1 + 1.5 / 1.5), length = 4 / 3.0, found = 3 * 2.2 / (3 + 1.2 * (.25 + .75 * length));
    assert_float_equal(scores[0], 0, 0);
    assert_float_equal(scores[1], (idf * found), 1e-6);
    assert_ok(neume_search_score(search, "nothing of it", scores));
    assert_float_equal(scores[1], 0, 0);
    neume_search_free(search);
}

static void test_concepts_find_what_is_said_in_other_words(void **state) {
    (void)state;
    static const char *const texts[] = {"instrumental, tranquil", "female vocalist, furious", "纯音乐，钢琴"};
    const neume_search_options plain = neume_search_plain(), expanded = neume_search_expanded();
    assert_int_equal(best(&plain, texts, 2, "quiet piece without voices"), -1);
    assert_int_equal(best(&expanded, texts, 2, "quiet piece without voices"), 0);
    assert_int_equal(best(&expanded, texts, 2, "a woman is angry"), 1);
    assert_int_equal(best(&expanded, texts, 3, "piano"), 2);
}

static void test_a_question_may_be_anything(void **state) {
    (void)state;
    static const char *const texts[] = {"", "rock"}, *const none[] = {NULL};
    const neume_search_options expanded = neume_search_expanded();
    neume_search *search = NULL;
    assert_int_equal(best(&expanded, texts, 2, ""), -1);
    assert_int_equal(best(&expanded, texts, 2, "\xFF\xFE,,;"), -1);
    assert_int_equal(neume_search_new(NULL, &expanded, texts, 2, &search), NEUME_EINVAL);
    assert_int_equal(best(&expanded, none, 0, "rock"), -1);
}

static neume_status search_once(void *context) {
    (void)context;
    static const char *const texts[] = {"slow rock", "no drums"};
    const neume_search_options expanded = neume_search_expanded();
    neume_search *search = NULL;
    float scores[2];
    neume_status status = neume_search_new(words, &expanded, texts, 2, &search);
    if (!status) status = neume_search_score(search, "slow", scores);
    neume_search_free(search);
    return status;
}

static void test_want_of_memory_is_told(void **state) {
    (void)state;
    sweep_allocation_failures(search_once, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scores_are_those_of_the_formula),
        cmocka_unit_test(test_concepts_find_what_is_said_in_other_words),
        cmocka_unit_test(test_a_question_may_be_anything),
        cmocka_unit_test(test_want_of_memory_is_told),
    };
    if (neume_words_new(&words)) return 1;
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    neume_words_free(words);
    return failed;
}
