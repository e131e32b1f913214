#include "neume_test.h"

#include "neume/learn.h"
#include "read_abc.h"

static const int64_t QUARTER = NEUME_WHOLE / 4;

/* A scale in 4/4, a quarter a note and half a second, two voices in turns; @p count at most 32. */
typedef struct page {
    neume_place notes[32];
    neume_written_bar bars[16];
    neume_written written;
} page;

static void lay(page *p, size_t count) {
    *p = (page){0};
    for (size_t i = 0; i < count; i++)
        p->notes[i] = (neume_place){.time_s = 0.5 * (double)i,
                                    .at = (int64_t)i * QUARTER,
                                    .ticks = QUARTER,
                                    .voice = (int32_t)(i % 2),
                                    .pitch = (int16_t)(60 + i)};
    for (size_t i = 0; i < (count + 3) / 4; i++)
        p->bars[i] = (neume_written_bar){(int64_t)i * NEUME_WHOLE, NEUME_WHOLE, {.beats = 4, .unit = 4}, 0};
    p->written = (neume_written){.notes = p->notes, .bars = p->bars, .note_count = count, .bar_count = (count + 3) / 4};
    neume_written_settle(&p->written);
}

static neume_place_scores score(const page *truth, const page *estimate) {
    neume_place_scores out;
    assert_ok(neume_places_score(&truth->written, &estimate->written, &out));
    return out;
}

static void assert_near(double value, double expected) {
    if (!(fabs(value - expected) < 1e-9)) fail_msg("%.6f, expected %.6f", value, expected);
}

static void test_the_same_page_scores_1(void **state) {
    (void)state;
    page truth;
    lay(&truth, 16);
    const neume_place_scores got = score(&truth, &truth);
    assert_near(got.position, 1);
    assert_near(got.value, 1);
    assert_near(got.voice, 1);
    assert_near(got.bars, 1);
    assert_int_equal(got.matched, 16);
}

static void test_bar_lines_a_beat_late_make_all_positions_wrong_but_no_value(void **state) {
    (void)state;
    page truth, estimate;
    lay(&truth, 16);
    lay(&estimate, 16);
    estimate.bars[0].ticks = QUARTER; /* a pickup, which counts from where its bar would begin */
    for (size_t i = 1; i < 5; i++)
        estimate.bars[i] =
            (neume_written_bar){QUARTER + (int64_t)(i - 1) * NEUME_WHOLE, NEUME_WHOLE, {4, 4, 0, NULL}, 0};
    estimate.written.bar_count = 5;
    neume_written_settle(&estimate.written);
    assert_int_equal(estimate.notes[0].in_bar, 3 * QUARTER);
    assert_int_equal(estimate.notes[1].in_bar, 0);
    const neume_place_scores got = score(&truth, &estimate);
    assert_near(got.position, 0);
    assert_near(got.value, 1);
    assert_near(got.bars, 0);
}

static void test_a_note_played_elsewhere_or_left_out_is_missed(void **state) {
    (void)state;
    page truth, estimate;
    lay(&truth, 16);
    lay(&estimate, 15);
    estimate.notes[3].time_s += 0.051;
    estimate.notes[4].time_s += 0.05;
    estimate.notes[5].ticks /= 2;
    const neume_place_scores got = score(&truth, &estimate);
    assert_int_equal(got.matched, 14);
    assert_near(got.position, 14. / 16);
    assert_near(got.value, 13. / 16);
}

static void test_two_notes_of_one_pitch_take_the_nearest_partner(void **state) {
    (void)state;
    page truth, estimate;
    lay(&truth, 2);
    lay(&estimate, 1);
    truth.notes[1].pitch = 60;
    truth.notes[1].time_s = 0.04;
    estimate.notes[0].time_s = 0.035;
    estimate.notes[0].in_bar = QUARTER;
    const neume_place_scores got = score(&truth, &estimate);
    assert_int_equal(got.matched, 1);
    assert_near(got.position, 0.5);
}

/* Truth: two voices of 8 notes, 7 links each. All in one voice: 15 links, none of them true. */
static void test_voices_are_scored_by_what_follows_what(void **state) {
    (void)state;
    page truth, estimate;
    lay(&truth, 16);
    lay(&estimate, 16);
    for (size_t i = 0; i < 16; i++) estimate.notes[i].voice = 1 - estimate.notes[i].voice; /* other names */
    assert_near(score(&truth, &estimate).voice, 1);
    for (size_t i = 0; i < 16; i++) estimate.notes[i].voice = 0;
    assert_near(score(&truth, &estimate).voice, 0);
    for (size_t i = 0; i < 16; i++) estimate.notes[i].voice = (int32_t)(i % 2);
    estimate.notes[15].voice = 0; /* 6 of 7 links of a voice, one false */
    assert_near(score(&truth, &estimate).voice, 2. * 13 / 28);
    estimate.notes[0].voice = -1;
    assert_near(score(&truth, &estimate).voice, -1);
}

static void test_bars_are_aligned_before_they_are_compared(void **state) {
    (void)state;
    neume_score *truth = read_abc("X:1\nL:1/4\nM:4/4\nK:C\nCDEF|GABc|cBAG|FEDC|\n");
    neume_score *estimate = read_abc("X:1\nL:1/4\nM:4/4\nK:C\nCDEF|cBAG|z4|FED2|\n");
    neume_written a = {0}, b = {0};
    double share;
    assert_ok(neume_written_from_score(truth, &a));
    assert_ok(neume_written_from_score(estimate, &b));
    assert_ok(neume_bars_score(&a, &b, &share));
    assert_near(share, 0.5);
    neume_written_clear(&a);
    neume_written_clear(&b);
    neume_score_free(truth);
    neume_score_free(estimate);
}

static void test_a_score_is_unfolded_into_its_bars(void **state) {
    (void)state;
    static const struct {
        const char *abc;
        int64_t quarters[8]; /* of its bars */
        size_t bars, notes;
    } cases[] = {
        {"M:3/4\nL:1/4\nK:C\n|:CDE|FGA:|cde|\n", {3, 3, 3, 3, 3}, 5, 15},
        {"M:3/4\nL:1/4\nK:C\n|:CDE|1FGA:|2BAG|\n", {3, 3, 3, 3}, 4, 12},
        {"M:3/4\nL:1/4\nK:C\n|:C|DEF|GA:|\n", {1, 3, 3, 3, 2}, 5, 12}, /* the pickup makes the last bar whole */
        {"M:3/4\nL:1/4\nK:C\nC|DEF-|F2 G|\n", {1, 3, 3}, 3, 5},        /* a tie is one note */
        {"M:3/4\nL:1/4\nK:C\n{B}.CDE|Z2|FGA|\n", {3, 3, 3, 3}, 4, 6},  /* no grace, no staccato; a rest of two bars */
        {"M:3/4\nL:1/4\nK:C\nCDE|[M:2/4]FG|AB|\n", {3, 2, 2}, 3, 7},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[256];
        neume_written written = {0};
        snprintf(text, sizeof text, "X:1\n%s", cases[i].abc);
        neume_score *tune = read_abc(text);
        assert_ok(neume_written_from_score(tune, &written));
        assert_int_equal(written.bar_count, cases[i].bars);
        assert_int_equal(written.note_count, cases[i].notes);
        for (size_t k = 0; k < cases[i].bars; k++)
            assert_int_equal(written.bars[k].ticks, cases[i].quarters[k] * QUARTER);
        assert_int_equal(written.notes[0].ticks, QUARTER);
        neume_written_clear(&written);
        neume_score_free(tune);
    }
}

static void test_chords_and_keys_come_along(void **state) {
    (void)state;
    neume_score *tune = read_abc("X:1\nL:1/4\nM:2/4\nK:G\n|:\"G\"GA|\"F#m7/A\"Bc:|[K:Dm]\"Bdim\"d2|\n");
    neume_written written = {0};
    assert_ok(neume_written_from_score(tune, &written));
    assert_int_equal(written.chord_count, 5);
    assert_int_equal(written.chords[0].root, 7);
    assert_int_equal(written.chords[0].quality, 0);
    assert_int_equal(written.chords[3].root, 6);
    assert_int_equal(written.chords[3].quality, 1);
    assert_int_equal(written.chords[3].at, 6 * QUARTER);
    assert_int_equal(written.chords[4].quality, 2);
    assert_int_equal(written.key_count, 2);
    assert_int_equal(written.keys[1].at, 8 * QUARTER);
    assert_int_equal(written.keys[1].key.mode, NEUME_MODE_MINOR);
    neume_written_clear(&written);
    neume_score_free(tune);
}

static neume_status score_once(void *context) {
    neume_place_scores out;
    return neume_places_score(context, context, &out);
}

static neume_status unfold_once(void *context) {
    neume_written written = {0};
    neume_status status = neume_written_from_score(context, &written);
    neume_written_clear(&written);
    return status;
}

static void test_all_survives_want_of_memory(void **state) {
    (void)state;
    page truth;
    lay(&truth, 16);
    sweep_allocation_failures(score_once, &truth.written);
    neume_score *tune = read_abc("X:1\nL:1/4\nM:2/4\nK:G\n|:\"G\"GA|\"F#m7/A\"Bc:|Z3|\n");
    sweep_allocation_failures(unfold_once, tune);
    neume_score_free(tune);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_same_page_scores_1),
        cmocka_unit_test(test_bar_lines_a_beat_late_make_all_positions_wrong_but_no_value),
        cmocka_unit_test(test_a_note_played_elsewhere_or_left_out_is_missed),
        cmocka_unit_test(test_two_notes_of_one_pitch_take_the_nearest_partner),
        cmocka_unit_test(test_voices_are_scored_by_what_follows_what),
        cmocka_unit_test(test_bars_are_aligned_before_they_are_compared),
        cmocka_unit_test(test_a_score_is_unfolded_into_its_bars),
        cmocka_unit_test(test_chords_and_keys_come_along),
        cmocka_unit_test(test_all_survives_want_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
