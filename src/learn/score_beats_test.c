#include "neume_test.h"

#include "neume/learn.h"

enum { BEATS = 16 };

/* A timeline on the stack; downbeats every `bar` beats. */
typedef struct beats {
    double s[2 * BEATS], down_s[2 * BEATS];
    neume_timeline timeline;
} beats;

static void lay(beats *b, size_t count, double first_s, double step_s, size_t bar) {
    size_t down = 0;
    for (size_t i = 0; i < count; i++) {
        b->s[i] = first_s + (double)i * step_s;
        if (i % bar == 0) b->down_s[down++] = b->s[i];
    }
    b->timeline = (neume_timeline){
        .beats_s = b->s, .downbeats_s = b->down_s, .beat_count = count, .downbeat_count = down, .has_beats = true};
}

static neume_beat_scores score(const beats *truth, const beats *estimate, double skip_s) {
    neume_beat_scores out;
    assert_ok(neume_beats_score(&truth->timeline, &estimate->timeline, skip_s, &out));
    return out;
}

static void assert_near(double value, double expected) {
    if (!(fabs(value - expected) < 1e-9)) fail_msg("%.6f, expected %.6f", value, expected);
}

static void test_equal_beats_score_1(void **state) {
    (void)state;
    beats truth;
    lay(&truth, BEATS, 1, 0.5, 4);
    const neume_beat_scores got = score(&truth, &truth, 0);
    const double all[] = {got.beat, got.downbeat, got.cmlt, got.amlt, got.tempo1, got.tempo2};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) assert_near(all[i], 1);
    assert_near(got.key, -1);
    assert_near(got.metre, -1);
}

static void test_beats_count_within_70_ms_and_once(void **state) {
    (void)state;
    beats truth, late, twice;
    lay(&truth, BEATS, 1, 0.5, 4);
    lay(&late, BEATS, 1.07, 0.5, 4);
    assert_near(score(&truth, &late, 0).beat, 1);
    lay(&late, BEATS, 1.071, 0.5, 4);
    assert_near(score(&truth, &late, 0).beat, 0);
    lay(&truth, 1, 1, 1, 1);
    lay(&twice, 2, 0.99, 0.02, 1);
    assert_near(score(&truth, &twice, 0).beat, 2. / 3);
}

static void test_downbeats_a_beat_late_are_wrong_though_beats_are_right(void **state) {
    (void)state;
    beats truth, shifted;
    lay(&truth, BEATS, 1, 0.5, 4);
    lay(&shifted, BEATS, 1, 0.5, 4);
    for (size_t i = 0; i < shifted.timeline.downbeat_count; i++) shifted.down_s[i] += 0.5;
    const neume_beat_scores got = score(&truth, &shifted, 0);
    assert_near(got.beat, 1);
    assert_near(got.downbeat, 0);
}

static void test_double_half_and_off_beat_are_right_at_other_levels_only(void **state) {
    (void)state;
    beats truth, estimate;
    lay(&truth, BEATS, 1, 0.5, 4);
    lay(&estimate, 2 * BEATS - 1, 1, 0.25, 4);
    neume_beat_scores got = score(&truth, &estimate, 0);
    assert_true(got.cmlt < 0.1);
    assert_near(got.amlt, 1);
    assert_near(got.tempo1, 0);
    assert_near(got.tempo2, 1);
    lay(&estimate, BEATS / 2, 1.5, 1, 4);
    got = score(&truth, &estimate, 0);
    assert_near(got.cmlt, 0);
    assert_near(got.amlt, 1);
    lay(&estimate, BEATS - 1, 1.25, 0.5, 4);
    got = score(&truth, &estimate, 0);
    assert_near(got.beat, 0);
    assert_near(got.cmlt, 0);
    assert_near(got.amlt, 1);
    assert_near(got.tempo1, 1);
}

static void test_tempo_is_right_within_4_percent(void **state) {
    (void)state;
    beats truth, none = {.timeline = {.tempo_bpm = 104}};
    lay(&truth, BEATS, 1, 0.6, 4);
    assert_near(score(&truth, &none, 0).tempo1, 1);
    none.timeline.tempo_bpm = 104.1;
    assert_near(score(&truth, &none, 0).tempo1, 0);
    none.timeline.tempo_bpm = 300;
    assert_near(score(&truth, &none, 0).tempo2, 1);
    none.timeline.tempo_bpm = 150;
    assert_near(score(&truth, &none, 0).tempo2, 0);
    assert_near(score(&truth, &none, 0).beat, -1);
}

static void test_skipped_seconds_do_not_count(void **state) {
    (void)state;
    beats truth, estimate;
    lay(&truth, BEATS, 0, 0.5, 4);
    lay(&estimate, BEATS, 0, 0.5, 4);
    for (size_t i = 0; i < 4; i++) estimate.s[i] += 0.2;
    assert_near(score(&truth, &estimate, 0).beat, 0.75);
    assert_near(score(&truth, &estimate, 2).beat, 1);
}

static void test_keys_are_weighed_as_mirex_does(void **state) {
    (void)state;
    static const struct {
        int step, alter;
        neume_mode mode;
        double weight;
    } cases[] = {{0, 0, NEUME_MODE_MAJOR, 1},   {4, 0, NEUME_MODE_MAJOR, 0.5}, {3, 0, NEUME_MODE_MAJOR, 0},
                 {5, 0, NEUME_MODE_MINOR, 0.3}, {0, 0, NEUME_MODE_MINOR, 0.2}, {4, 0, NEUME_MODE_MINOR, 0},
                 {1, 0, NEUME_MODE_DORIAN, 0.3}};
    const neume_key truth = neume_key_of(0, 0, NEUME_MODE_MAJOR);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const neume_key key = neume_key_of(cases[i].step, cases[i].alter, cases[i].mode);
        assert_near(neume_key_score(&truth, &key), cases[i].weight);
    }
    const neume_key sharp = neume_key_of(0, 1, NEUME_MODE_MAJOR), flat = neume_key_of(1, -1, NEUME_MODE_MAJOR);
    assert_near(neume_key_score(&sharp, &flat), 1);
}

static neume_status score_twice(void *context) {
    const beats *b = context;
    neume_beat_scores out;
    return neume_beats_score(&b[0].timeline, &b[1].timeline, 0, &out);
}

static void test_scoring_survives_want_of_memory(void **state) {
    (void)state;
    beats both[2];
    lay(&both[0], BEATS, 1, 0.5, 4);
    lay(&both[1], BEATS, 1, 0.25, 4);
    sweep_allocation_failures(score_twice, both);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_beats_score_1),
        cmocka_unit_test(test_beats_count_within_70_ms_and_once),
        cmocka_unit_test(test_downbeats_a_beat_late_are_wrong_though_beats_are_right),
        cmocka_unit_test(test_double_half_and_off_beat_are_right_at_other_levels_only),
        cmocka_unit_test(test_tempo_is_right_within_4_percent),
        cmocka_unit_test(test_skipped_seconds_do_not_count),
        cmocka_unit_test(test_keys_are_weighed_as_mirex_does),
        cmocka_unit_test(test_scoring_survives_want_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
