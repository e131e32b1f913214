/* Variety: bounds that hold whatever the tunes are, and what may not change it. */
#include "neume_test.h"

#include "abc2midi.h"
#include "neume/notation.h"
#include "tune_variety.h"

#include <string.h>

static void add(tune_melodies *set, const char *key, const char *body) {
    char text[512];
    neume_abc_place place = {0};
    neume_score *score = NULL;
    snprintf(text, sizeof text, "X:1\nT:\nM:4/4\nL:1/8\nK:%s\n%s\n", key, body);
    assert_ok(neume_abc_read(text, strlen(text), &place, NULL, &score));
    assert_ok(tune_melodies_add_score(set, score));
    neume_score_free(score);
}

static neume_variety measure(tune_melodies *set) {
    neume_variety v;
    assert_ok(tune_variety(set, &v));
    tune_melodies_clear(set);
    return v;
}

static void test_the_same_tune_again_has_no_variety(void **state) {
    (void)state;
    tune_melodies set = {0};
    const char *const tune = "CDEC GABc|d2ef gabc'|";
    add(&set, "C", tune);
    const double phrases = 14 - 1 - 4 + 1;
    for (int i = 0; i < 3; i++) add(&set, "C", tune);
    const neume_variety v = measure(&set);
    assert_true(fabs(v.self_bleu - 1) < 1e-12);
    assert_true(v.distinct4 <= 1.0 / 4 && v.distinct4 >= 1 / phrases / 4);
    assert_true(v.distinct8 <= 1.0 / 4);
}

static void test_tunes_that_share_nothing_are_all_variety(void **state) {
    (void)state;
    tune_melodies set = {0};
    add(&set, "C", "C2 D2 G,2 C2|");
    add(&set, "C", "c4 B3 c3 A3|");
    add(&set, "C", "C D C E C F C G|"); /* steps of other sizes */
    const neume_variety v = measure(&set);
    assert_true(v.self_bleu == 0);
    assert_true(v.distinct4 == 1);
}

static void test_a_key_makes_no_difference(void **state) {
    (void)state;
    tune_melodies set = {0};
    add(&set, "C", "CDEC EFGE|G2A2 GFED|");
    add(&set, "C", "CEGE CEGE|c2A2 GFED|");
    const neume_variety plain = measure(&set);
    add(&set, "D", "DEFD FGAF|A2B2 AGFE|");
    add(&set, "F", "FAcA FAcA|f2d2 cBAG|");
    const neume_variety moved = measure(&set);
    assert_memory_equal(&plain, &moved, sizeof plain);
    assert_true(plain.self_bleu > 0 && plain.self_bleu < 1);
}

static void test_entropy_counts_what_is_equally_often_used(void **state) {
    (void)state;
    tune_melodies set = {0};
    add(&set, "C", "G8|G8|"); /* one pitch, one length: no bits */
    neume_variety v = measure(&set);
    assert_true(v.pitch_bits == 0 && v.length_bits == 0);
    add(&set, "C", "CG, C2G2 c4 c'6|"); /* two classes, not equally often; lengths 1 2 4 6 */
    add(&set, "C", "CEGB ceg'b|");      /* four classes, one length */
    v = measure(&set);
    const double first = -(4 / 6. * log2(4 / 6.) + 2 / 6. * log2(2 / 6.)),
                 lengths = 2 * log2(6 / 2.) / 3 + 2 * log2(6.) / 6;
    assert_true(fabs(v.pitch_bits - (first + 2) / 2) < 1e-12);
    assert_true(fabs(v.length_bits - lengths / 2) < 1e-12);
}

static void test_tunes_too_short_to_have_phrases_are_left_out(void **state) {
    (void)state;
    tune_melodies set = {0};
    neume_variety v = measure(&set);
    assert_true(v.self_bleu == 0 && v.distinct8 == 0 && v.pitch_bits == 0);
    add(&set, "C", "z8|");
    add(&set, "C", "C8|");
    v = measure(&set);
    assert_true(v.self_bleu == 0 && v.distinct4 == 0);
}

static void test_abc2midi_tells_faults(void **state) {
    (void)state;
    if (!abc2midi_installed()) skip();
    const char *const good = "X:1\nT:a\nM:4/4\nL:1/8\nK:C\nCDEF GABc|]\n", *const bad =
                                                                               "X:1\nM:4/4\nL:1/8\nK:C\nCDE:|x(|]\n";
    bool silent = false;
    assert_ok(abc2midi_is_silent(good, strlen(good), &silent));
    assert_true(silent);
    assert_ok(abc2midi_is_silent(bad, strlen(bad), &silent));
    assert_false(silent);
}

static neume_status measure_once(void *context) {
    neume_variety v;
    return tune_variety(context, &v);
}

static void test_failing_memory_leaks_nothing(void **state) {
    (void)state;
    tune_melodies set = {0};
    add(&set, "C", "CDEC EFGE|G2A2 GFED|");
    add(&set, "C", "CEGE CEGE|c2A2 GFED|");
    sweep_allocation_failures(measure_once, &set);
    tune_melodies_clear(&set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_same_tune_again_has_no_variety),
        cmocka_unit_test(test_tunes_that_share_nothing_are_all_variety),
        cmocka_unit_test(test_a_key_makes_no_difference),
        cmocka_unit_test(test_entropy_counts_what_is_equally_often_used),
        cmocka_unit_test(test_tunes_too_short_to_have_phrases_are_left_out),
        cmocka_unit_test(test_abc2midi_tells_faults),
        cmocka_unit_test(test_failing_memory_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
