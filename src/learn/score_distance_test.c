#include "neume_test.h"

#include "neume/learn.h"
#include "read_abc.h"

static neume_distance distance(const char *truth, const char *estimate) {
    char text[2][512];
    neume_distance out;
    snprintf(text[0], sizeof text[0], "X:1\n%s", truth);
    snprintf(text[1], sizeof text[1], "X:1\n%s", estimate);
    neume_score *a = read_abc(text[0]), *b = read_abc(text[1]);
    assert_ok(neume_score_distance(a, b, &out));
    neume_score_free(a);
    neume_score_free(b);
    return out;
}

static void assert_near(double value, double expected) {
    if (!(fabs(value - expected) < 1e-9)) fail_msg("%.6f, expected %.6f", value, expected);
}

static const char *const TUNE = "M:4/4\nL:1/4\nK:C\n\"C\"CDEF|\"G\"GABc|\"Am\"d2 c2|\"C\"B4|\n";

static void test_a_score_is_at_no_distance_from_itself(void **state) {
    (void)state;
    const neume_distance got = distance(TUNE, TUNE);
    const double all[] = {got.pitch, got.voice, got.metre, got.value, got.harmony, got.mean};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) assert_near(all[i], 1);
}

/* Everything twice as long: the same sounds at half the level. Bars of 4/4 are then half as long as the true ones; true
 * beats (1) and sub-beats (1/2) meet the estimate's sub-beats (1/2) and nothing longer than 2 quarters. */
static void test_doubled_values_cost_metre_only(void **state) {
    (void)state;
    const neume_distance got = distance(TUNE, "M:4/4\nL:1/2\nK:C\n\"C\"CD|EF|\"G\"GA|Bc|\"Am\"d2|c2|\"C\"B2-|B2|\n");
    assert_near(got.pitch, 1);
    assert_near(got.voice, 1);
    assert_near(got.value, 1);
    assert_near(got.harmony, 1);
    assert_true(got.metre > 0.3 && got.metre < 0.8);
    assert_near(got.mean, (4 + got.metre) / 5);
}

static void test_bars_shifted_by_a_beat_keep_beats(void **state) {
    (void)state;
    const neume_distance got =
        distance("M:4/4\nL:1/4\nK:C\nCDEF|GABc|defg|\n", "M:4/4\nL:1/4\nK:C\nC|DEFG|ABcd|efg|\n");
    assert_near(got.pitch, 1);
    assert_near(got.value, 1);
    /* 3 bars, 12 beats, 24 sub-beats; of the estimate's 4 bars the first is a beat long and meets nothing */
    assert_near(got.metre, 2. * (12 + 24) / (39 + 40));
}

static void test_a_bar_left_out_costs_its_notes(void **state) {
    (void)state;
    const neume_distance got = distance("M:4/4\nL:1/4\nK:C\nCDEF|GABc|defg|\n", "M:4/4\nL:1/4\nK:C\nCDEF|defg|\n");
    assert_near(got.pitch, 2. * 8 / 20);
    assert_near(got.voice, 1);
    assert_true(got.metre < 1);
}

static void test_other_notes_match_nothing(void **state) {
    (void)state;
    const neume_distance got = distance("M:4/4\nL:1/4\nK:C\nCDEF|\n", "M:4/4\nL:1/4\nK:C\n^c'^d'^g'^a'|\n");
    assert_near(got.pitch, 0);
    assert_near(got.value, 0);
    assert_near(got.voice, 0);
    assert_true(got.mean < 0.5);
}

static void test_a_wrong_value_counts_by_how_wrong_it_is(void **state) {
    (void)state;
    const neume_distance got = distance("M:4/4\nL:1/4\nK:C\nC2 D2|E4|\n", "M:4/4\nL:1/4\nK:C\nC z D2|E4|\n");
    assert_near(got.value, (0.5 + 1 + 1) / 3);
    assert_near(got.pitch, 1);
    assert_near(got.metre, 1);
}

static void test_voices_swapped_in_the_middle_cost_two_links(void **state) {
    (void)state;
    const char *head = "M:4/4\nL:1/4\nK:C\nV:1\n%s|%s|\nV:2\n%s|%s|\n";
    char truth[256], estimate[256];
    snprintf(truth, sizeof truth, head, "cdef", "gfed", "CDEF", "GFED");
    snprintf(estimate, sizeof estimate, head, "cdef", "GFED", "CDEF", "gfed");
    assert_near(distance(truth, estimate).voice, 12. / 14);
    assert_near(distance(truth, estimate).pitch, 1);
}

static void test_keys_and_chords_make_harmony(void **state) {
    (void)state;
    const char *truth = "M:4/4\nL:1/4\nK:C\n\"C\"CDEF|\"G\"GABc|\n";
    assert_near(distance(truth, "M:4/4\nL:1/4\nK:Am\nCDEF|GABc|\n").harmony, 0.3);
    assert_near(distance(truth, "M:4/4\nL:1/4\nK:C\n\"C\"CDEF|GABc|\n").harmony, 0.75);
    assert_near(distance(truth, "M:4/4\nL:1/4\nK:C\n\"C\"CD\"G\"EF|GABc|\n").harmony, 0.875);
    assert_near(distance(truth, "M:4/4\nL:1/4\nK:C\n\"C\"CDEF|\"Gm\"GABc|\n").harmony, 0.75);
}

static neume_status measure_once(void *context) {
    neume_distance out;
    return neume_score_distance(context, context, &out);
}

static void test_measuring_survives_want_of_memory(void **state) {
    (void)state;
    neume_score *tune = read_abc("X:1\nM:4/4\nL:1/4\nK:C\n\"C\"CDEF|[GB]ABc|\n");
    sweep_allocation_failures(measure_once, tune);
    neume_score_free(tune);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_score_is_at_no_distance_from_itself),
        cmocka_unit_test(test_doubled_values_cost_metre_only),
        cmocka_unit_test(test_bars_shifted_by_a_beat_keep_beats),
        cmocka_unit_test(test_a_bar_left_out_costs_its_notes),
        cmocka_unit_test(test_other_notes_match_nothing),
        cmocka_unit_test(test_a_wrong_value_counts_by_how_wrong_it_is),
        cmocka_unit_test(test_voices_swapped_in_the_middle_cost_two_links),
        cmocka_unit_test(test_keys_and_chords_make_harmony),
        cmocka_unit_test(test_measuring_survives_want_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
