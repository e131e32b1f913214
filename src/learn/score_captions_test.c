#include "neume_test.h"

#include "neume/learn_words.h"

#include <string.h>

static neume_words *words;

static const char table[] =
    "id,caption,aspect_list\n"
    "1,\"A calm, slow piano piece without any voice.\",\"['piano', 'slow tempo', 'no vocals']\"\n"
    "2,\"Loud \"\"metal\"\" guitars, a man screams\",\"['heavy metal', 'male vocal', 'e-guitar']\"\n"
    "3,Female singer over jazz drums,\"['jazz', 'drums', 'female vocalist']\"\r\n";

static void test_captions_find_their_own_aspects(void **state) {
    (void)state;
    neume_caption_scores scores;
    assert_ok(neume_captions_score(words, table, sizeof table - 1, 100, 1, &scores));
    assert_int_equal(scores.clips, 3);
    for (int k = 0; k < NEUME_CAPTIONS_SEARCHES; k++) assert_float_equal(scores.mrr[k], 1, 1e-12);
    assert_ok(neume_captions_score(words, table, sizeof table - 1, 2, 1, &scores));
    assert_int_equal(scores.clips, 2);
}

static void test_tables_of_another_kind_are_refused(void **state) {
    (void)state;
    static const char *const tables[] = {"", "a,b\n1,2\n", "caption,aspect_list\n", "caption,aspect_list\nx",
                                         "\"caption"};
    neume_caption_scores scores;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        assert_int_equal(neume_captions_score(words, tables[i], strlen(tables[i]), 9, 1, &scores), NEUME_EFORMAT);
}

static neume_status score_table(void *context) {
    (void)context;
    static const char small[] = "caption,aspect_list\nsad song,sad\n";
    neume_caption_scores scores;
    return neume_captions_score(words, small, sizeof small - 1, 9, 1, &scores);
}

static void test_want_of_memory_is_told(void **state) {
    (void)state;
    sweep_allocation_failures(score_table, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_captions_find_their_own_aspects),
        cmocka_unit_test(test_tables_of_another_kind_are_refused),
        cmocka_unit_test(test_want_of_memory_is_told),
    };
    if (neume_words_new(&words)) return 1;
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    neume_words_free(words);
    return failed;
}
