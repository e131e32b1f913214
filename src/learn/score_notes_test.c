#include "neume_test.h"

#include "neume/learn.h"

typedef struct set {
    neume_note items[8];
    size_t count;
} set;

static neume_note_scores score(set truth, set estimate) {
    neume_note_scores scores;
    assert_ok(neume_score_notes(&(neume_notes){truth.items, truth.count, 8},
                                &(neume_notes){estimate.items, estimate.count, 8}, &scores));
    return scores;
}

static neume_note note(double onset_s, double offset_s, int pitch, int program) {
    return (neume_note){onset_s, offset_s, (int16_t)pitch, 64, (int16_t)program, 0, 1};
}

static void assert_near(double value, double expected) {
    if (!(fabs(value - expected) < 1e-12)) fail_msg("%.6f, expected %.6f", value, expected);
}

static void test_equal_sets_score_1(void **state) {
    (void)state;
    set s = {{note(0, 1, 60, 0), note(0.5, 1, 64, 40), note(1, 1.2, 36, 128)}, 3};
    neume_note_scores got = score(s, s);
    double all[] = {got.onset, got.onset100, got.offset, got.multi, got.frame, got.drums};
    for (int i = 0; i < 6; i++) assert_near(all[i], 1);
    assert_int_equal(got.truth, 2);
    assert_int_equal(got.estimated, 2);
}

static void test_two_empty_sets_score_1_and_one_empty_0(void **state) {
    (void)state;
    set none = {.count = 0}, one = {{note(0, 1, 60, 0)}, 1};
    assert_near(score(none, none).onset, 1);
    assert_near(score(none, none).frame, 1);
    assert_near(score(none, none).drums, -1);
    assert_near(score(one, none).onset, 0);
    assert_near(score(none, one).frame, 0);
}

static void test_tolerances_are_50_ms_and_100_ms_inclusive(void **state) {
    (void)state;
    set truth = {{note(1, 2, 60, 0)}, 1};
    static const struct {
        double late_s, onset, onset100;
    } cases[] = {{0.05, 1, 1}, {-0.05, 1, 1}, {0.051, 0, 1}, {-0.051, 0, 1},
                 {0.1, 0, 1},  {0.101, 0, 0}, {-0.101, 0, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        neume_note_scores got = score(truth, (set){{note(1 + cases[i].late_s, 2, 60, 0)}, 1});
        assert_near(got.onset, cases[i].onset);
        assert_near(got.onset100, cases[i].onset100);
    }
}

static void test_a_wrong_octave_scores_0(void **state) {
    (void)state;
    neume_note_scores got = score((set){{note(1, 2, 60, 0)}, 1}, (set){{note(1, 2, 72, 0)}, 1});
    assert_near(got.onset100, 0);
    assert_near(got.frame, 0);
}

static void test_an_end_may_miss_by_a_fifth_of_the_note(void **state) {
    (void)state;
    set truth = {{note(0, 2, 60, 0)}, 1};
    assert_near(score(truth, (set){{note(0, 2.4, 60, 0)}, 1}).offset, 1);
    assert_near(score(truth, (set){{note(0, 1.59, 60, 0)}, 1}).offset, 0);
    set brief = {{note(0, 0.1, 60, 0)}, 1};
    assert_near(score(brief, (set){{note(0, 0.15, 60, 0)}, 1}).offset, 1);
    assert_near(score(brief, (set){{note(0, 0.151, 60, 0)}, 1}).offset, 0);
}

static void test_multi_asks_for_the_family_not_the_program(void **state) {
    (void)state;
    set truth = {{note(0, 1, 60, 40)}, 1};
    assert_near(score(truth, (set){{note(0, 1, 60, 47)}, 1}).multi, 1);
    assert_near(score(truth, (set){{note(0, 1, 60, 48)}, 1}).multi, 0);
    assert_near(score(truth, (set){{note(0, 1, 60, 48)}, 1}).onset, 1);
}

static void test_effects_and_drums_are_no_pitched_notes(void **state) {
    (void)state;
    set truth = {{note(0, 1, 60, 0), note(0, 1, 61, 112), note(0, 1, 62, 128)}, 3};
    neume_note_scores got = score(truth, (set){{note(0, 1, 60, 0), note(0, 1, 61, 0), note(0.04, 1, 62, 128)}, 3});
    assert_int_equal(got.truth, 1);
    assert_int_equal(got.estimated, 2);
    assert_near(got.onset, 2.0 / 3);
    assert_near(got.drums, 1);
}

static void test_unisons_within_20_ms_are_one_note(void **state) {
    (void)state;
    set truth = {{note(0, 1, 60, 0), note(0.019, 2, 60, 40), note(0.021, 1, 60, 0)}, 3};
    neume_note_scores got = score(truth, (set){{note(0, 2, 60, 0)}, 1});
    assert_int_equal(got.truth, 2);
    assert_near(got.offset, 2.0 / 3);
    assert_near(got.multi, 2.0 / 3);
}

/* Taking candidates in order, the first true note would take the only estimate that the second can have. */
static void test_matching_is_maximum_where_greed_fails(void **state) {
    (void)state;
    set truth = {{note(1.00, 2, 60, 0), note(1.04, 2, 60, 40)}, 2};
    set estimate = {{note(0.99, 2, 60, 40), note(1.02, 2, 60, 0), note(1.09, 2, 60, 0)}, 3};
    assert_near(score(truth, estimate).onset, 0.8);
    set chain_truth = {{note(1.00, 2, 60, 0), note(1.03, 2, 60, 0), note(1.06, 2, 60, 0), note(0.97, 2, 60, 0)}, 4};
    set chain = {{note(0.93, 2, 60, 0), note(0.96, 2, 60, 0), note(0.99, 2, 60, 0), note(1.02, 2, 60, 0)}, 4};
    assert_near(score(chain_truth, chain).onset, 1);
}

static void test_frames_count_cells_once(void **state) {
    (void)state;
    /* Truth sounds in frames 1 .. 100 of two notes that overlap, the estimate in 51 .. 150: 50 of 100 and 100. */
    set truth = {{note(0, 0.605, 60, 0), note(0.3, 1.005, 60, 0)}, 2};
    assert_near(score(truth, (set){{note(0.505, 1.505, 60, 0)}, 1}).frame, 0.5);
}

/* Every pair allowed that fits, tried in all ways: the truth for small random sets. */
static int best_by_trial(const neume_note *truth, size_t t, const neume_note *estimate, size_t count, unsigned taken) {
    if (t == 0) return 0;
    int best = best_by_trial(truth + 1, t - 1, estimate, count, taken);
    for (size_t e = 0; e < count; e++) {
        bool near_enough = fabs(truth->onset_s - estimate[e].onset_s) <= 0.05 + 1e-9;
        if (taken >> e & 1 || !near_enough || truth->program / 8 != estimate[e].program / 8) continue;
        int with = 1 + best_by_trial(truth + 1, t - 1, estimate, count, taken | 1u << e);
        if (with > best) best = with;
    }
    return best;
}

static void test_matching_equals_exhaustive_search(void **state) {
    (void)state;
    for_each_seed(seed, 500) {
        neume_rng rng = neume_rng_seeded(seed, 1);
        set sets[2] = {{.count = 0}, {.count = 0}};
        for (int s = 0; s < 2; s++)
            for (int i = 0; i < 6; i++) /* 21 ms apart at least: no unisons */
                sets[s].items[sets[s].count++] =
                    note(i * 0.03 + neume_rng_uniform(&rng, 0, 0.009), 1, 60, (int)neume_rng_below(&rng, 2) * 8);
        int best = best_by_trial(sets[0].items, 6, sets[1].items, 6, 0);
        assert_near(score(sets[0], sets[1]).multi, best / 6.0);
    }
}

static void test_ten_hours_of_dense_music_are_scored_soon(void **state) {
    (void)state;
    neume_notes truth = {0}, estimate = {0};
    for (int i = 0; i < 120000; i++) { /* one long chain: every estimate fits two true notes */
        assert_ok(neume_notes_add(&truth, note(i * 0.09, i * 0.09 + 0.05, 60, 0)));
        assert_ok(neume_notes_add(&estimate, note(i * 0.09 + 0.045, i * 0.09 + 0.1, 60, 0)));
    }
    neume_note_scores got;
    double start_s = neume_clock_s();
    assert_ok(neume_score_notes(&truth, &estimate, &got));
    assert_near(got.onset, 1);
    assert_true(neume_clock_s() - start_s < 20); /* milliseconds; a quadratic way would take minutes */
    neume_notes_clear(&truth);
    neume_notes_clear(&estimate);
}

static neume_status score_some(void *context) {
    (void)context;
    neume_note items[] = {note(0, 1, 60, 0), note(0, 1, 36, 128)};
    neume_notes notes = {items, 2, 2};
    neume_note_scores scores;
    return neume_score_notes(&notes, &notes, &scores);
}

static void test_lack_of_memory_is_a_status(void **state) {
    (void)state;
    sweep_allocation_failures(score_some, NULL);
}

static void test_times_that_are_no_numbers_are_refused(void **state) {
    (void)state;
    neume_note bad = note(NAN, 1, 60, 0);
    neume_notes notes = {&bad, 1, 1}, none = {0};
    neume_note_scores scores = {.onset = 7};
    assert_int_equal(neume_score_notes(&none, &notes, &scores), NEUME_EINVAL);
    assert_near(scores.onset, 7);
}

typedef struct judgement {
    int notes, right;
} judgement;

static void count_judgement(void *context, const neume_note *note, bool right) {
    judgement *j = context;
    j->notes++;
    j->right += right;
    assert_true(note->confidence == (right ? 0.9f : 0.2f));
}

/* Confidence marks which are right: near in time, of the pitch, each truth once; drums apart. */
static void test_every_estimated_note_is_judged_once(void **state) {
    (void)state;
    neume_note truth_items[] = {{1, 2, 60, 80, 0, 0, 1}, {2, 3, 62, 80, 0, 0, 1}, {1, 1.1, 36, 80, 128, 0, 1}};
    neume_note heard_items[] = {{1.04, 2, 60, 80, 0, 0, 0.9f},  {1.2, 2, 60, 80, 0, 0, 0.2f},
                                {2.06, 3, 62, 80, 0, 0, 0.2f},  {2, 3, 63, 80, 0, 0, 0.2f},
                                {1, 1.1, 36, 80, 128, 0, 0.9f}, {1, 1.1, 38, 80, 128, 0, 0.2f}};
    neume_notes truth = {truth_items, 3, 3}, heard = {heard_items, 6, 6};
    judgement pitched = {0}, drums = {0};
    assert_ok(neume_judge_notes(&truth, &heard, false, count_judgement, &pitched));
    assert_ok(neume_judge_notes(&truth, &heard, true, count_judgement, &drums));
    assert_true(pitched.notes == 4 && pitched.right == 1);
    assert_true(drums.notes == 2 && drums.right == 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_estimated_note_is_judged_once),
        cmocka_unit_test(test_equal_sets_score_1),
        cmocka_unit_test(test_two_empty_sets_score_1_and_one_empty_0),
        cmocka_unit_test(test_tolerances_are_50_ms_and_100_ms_inclusive),
        cmocka_unit_test(test_a_wrong_octave_scores_0),
        cmocka_unit_test(test_an_end_may_miss_by_a_fifth_of_the_note),
        cmocka_unit_test(test_multi_asks_for_the_family_not_the_program),
        cmocka_unit_test(test_effects_and_drums_are_no_pitched_notes),
        cmocka_unit_test(test_unisons_within_20_ms_are_one_note),
        cmocka_unit_test(test_matching_is_maximum_where_greed_fails),
        cmocka_unit_test(test_frames_count_cells_once),
        cmocka_unit_test(test_matching_equals_exhaustive_search),
        cmocka_unit_test(test_ten_hours_of_dense_music_are_scored_soon),
        cmocka_unit_test(test_lack_of_memory_is_a_status),
        cmocka_unit_test(test_times_that_are_no_numbers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
