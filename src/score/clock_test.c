/* Beats by a file's own clock: what was written on it, and what was only recorded beside it. */
#include "neume_test.h"

#include "clock.h"
#include "from_notes.h"

#include <math.h>

static const double quarter_s = .6;

/* At 100 quarters a minute, then at 80 from the 32nd quarter on. */
static neume_clock_tempo tempi[] = {{0, 0, .6}, {19.2, 32, .75}};
static const neume_clock two_tempi = {.tempi = tempi, .tempo_count = 2};

static void play(neume_notes *notes, double onset_s, int pitch, int velocity) {
    assert_ok(neume_notes_add(notes, (neume_note){.onset_s = onset_s,
                                                  .offset_s = onset_s + .2,
                                                  .pitch = (int16_t)pitch,
                                                  .velocity = (int16_t)velocity,
                                                  .confidence = 1}));
}

/* Bars of so many quarters: a bass and a chord on the first, a chord on the others, now and then an eighth; all later
 * by `moved` quarters and, each by itself, by a normal of `uneven_s`. */
static neume_notes band(const neume_clock *clock, int bars, int beats, double moved, double uneven_s, neume_rng *rng) {
    neume_notes notes = {0};
    for (int b = 0; b < bars * beats; b++) {
        const double at = neume_clock_seconds(clock, b + moved) + uneven_s * neume_rng_normal(rng);
        const int root = 40 + 7 * (b / beats % 3);
        if (b % beats == 0) play(&notes, at, root, 110);
        play(&notes, at, root + 24, b % beats ? 50 : 90), play(&notes, at, root + 28, b % beats ? 50 : 90);
        const double half = neume_clock_seconds(clock, b + moved + .5) + uneven_s * neume_rng_normal(rng);
        if (neume_rng_below(rng, 3) == 0) play(&notes, half, root + 31, 50);
    }
    neume_notes_sort(&notes);
    return notes;
}

/* Each beat lies at a whole number of quarters behind `moved`, none is left out. */
static void assert_quarters(const neume_rhythm *rhythm, const neume_clock *clock, double moved) {
    assert_true(rhythm->count > 2);
    for (size_t b = 0; b < rhythm->count; b++) {
        const double quarters = neume_clock_quarters(clock, rhythm->beats[b].time_s) - moved;
        assert_true(fabs(quarters - round(quarters)) < 2e-3);
        if (b)
            assert_true(fabs(quarters - neume_clock_quarters(clock, rhythm->beats[b - 1].time_s) + moved - 1) < 2e-3);
    }
}

static void test_what_lies_on_the_clock_is_told_from_what_does_not(void **state) {
    (void)state;
    for_each_seed(seed, 20) {
        neume_rng rng = neume_rng_seeded(seed, 1);
        const double moved = neume_rng_uniform(&rng, 0, 1);
        neume_notes written = band(&two_tempi, 16, 4, moved, 0, &rng), played = band(&two_tempi, 16, 4, .12, .03, &rng);
        neume_clock_tempo other = {0, 0, .5};
        const neume_clock by_default = {.tempi = &other, .tempo_count = 1};
        neume__clock_fit fit = {0};
        bool fits = false;
        assert_ok(neume__clock_fits(&written, &two_tempi, &fits, &fit));
        assert_true(fits && fit.exact);
        const double off = 12 * (fit.phase - moved); /* which sixteenth is open */
        assert_true(fabs(off - round(off)) < 1e-6);
        assert_true(fit.possible[((lround(-off) % 12) + 12) % 12]);
        assert_ok(neume__clock_fits(&played, &two_tempi, &fits, &fit)); /* not laid on it, and not begun with it */
        assert_false(fits);
        assert_ok(neume__clock_fits(&played, &by_default, &fits, &fit));
        assert_false(fits);
        neume_notes_clear(&written), neume_notes_clear(&played);
    }
}

/* With a deviation of 25 ms; beats are the click's, and the notes' own timing is nobody's clock. */
static void test_who_plays_to_a_click_is_believed(void **state) {
    (void)state;
    for_each_seed(seed, 20) {
        neume_rng rng = neume_rng_seeded(seed, 3);
        neume_notes notes = band(&two_tempi, 16, 4, 0, .025, &rng);
        neume__clock_fit fit = {0};
        bool fits = false;
        assert_ok(neume__clock_fits(&notes, &two_tempi, &fits, &fit));
        assert_true(fits && fit.own && !fit.exact);
        neume_rhythm rhythm = {0};
        const neume_rhythm_options options = {.clock = &two_tempi};
        assert_ok(neume_rhythm_find(&notes, &options, &rhythm));
        assert_false(rhythm.exact);
        assert_quarters(&rhythm, &two_tempi, 0);
        neume_rhythm_clear(&rhythm);
        neume_notes_clear(&notes);
    }
}

static void test_a_few_notes_and_mad_tempi_tell_nothing(void **state) {
    (void)state;
    neume_rng rng = neume_rng_seeded(7, 1);
    neume_notes few = {0}, many = band(&two_tempi, 16, 4, 0, 0, &rng);
    for (int i = 0; i < 6; i++) play(&few, i * quarter_s, 60, 80);
    neume__clock_fit fit = {0};
    bool fits = true;
    assert_ok(neume__clock_fits(&few, &two_tempi, &fits, &fit));
    assert_false(fits);
    neume_clock_tempo mad[] = {{0, 0, .6}, {6, 10, 1e-6}};
    const neume_clock clock = {.tempi = mad, .tempo_count = 2};
    assert_ok(neume__clock_fits(&many, &clock, &fits, &fit));
    assert_false(fits);
    const neume_clock empty = {0};
    assert_ok(neume__clock_fits(&many, &empty, &fits, &fit));
    assert_false(fits);
    neume_notes_clear(&few), neume_notes_clear(&many);
}

/* No network here: accents find beats roughly, and the clock says where they are. */
static void test_beats_are_the_clocks_wherever_the_sequence_begins(void **state) {
    (void)state;
    static const double begins[] = {0, .08, .3, .93};
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++) {
        neume_rng rng = neume_rng_seeded(i, 2);
        neume_notes notes = band(&two_tempi, 16, 4, begins[i], 0, &rng);
        neume_rhythm rhythm = {0};
        const neume_rhythm_options options = {.clock = &two_tempi};
        assert_ok(neume_rhythm_find(&notes, &options, &rhythm));
        assert_quarters(&rhythm, &two_tempi, begins[i]);
        neume_rhythm_clear(&rhythm);
        neume_notes_clear(&notes);
    }
}

/* Beats count on from one to the next. */
static void assert_counted(const neume_rhythm *rhythm, int beats) {
    for (size_t b = 1; b < rhythm->count; b++)
        assert_int_equal(rhythm->beats[b].number, rhythm->beats[b - 1].number % beats + 1);
}

/* The music sounds like fours. */
static void test_a_metre_told_on_purpose_is_believed(void **state) {
    (void)state;
    neume_rng rng = neume_rng_seeded(3, 2);
    neume_notes notes = band(&two_tempi, 12, 4, 0, 0, &rng);
    neume_clock_metre waltz = {0, {.beats = 3, .unit = 4}};
    neume_clock clock = two_tempi;
    clock.metres = &waltz, clock.metre_count = 1;
    neume_rhythm rhythm = {0};
    neume_rhythm_options options = {.clock = &clock};
    assert_ok(neume_rhythm_find(&notes, &options, &rhythm));
    assert_quarters(&rhythm, &clock, 0);
    assert_counted(&rhythm, 3);
    assert_int_equal(rhythm.beats[0].metre.beats, 3);
    waltz.metre = (neume_metre){.beats = 6, .unit = 8}; /* dotted quarters */
    assert_ok(neume_rhythm_find(&notes, &options, &rhythm));
    assert_counted(&rhythm, 2);
    assert_true(fabs(rhythm.beats[1].time_s - rhythm.beats[0].time_s - 1.5 * quarter_s) < 1e-9);
    options.metre = (neume_metre){.beats = 2, .unit = 4}; /* the user knows better */
    assert_ok(neume_rhythm_find(&notes, &options, &rhythm));
    assert_int_equal(rhythm.beats[0].metre.beats, 2);
    options.tempo_bpm = 50;
    assert_ok(neume_rhythm_find(&notes, &options, &rhythm));
    assert_true(fabs(neume_rhythm_tempo_bpm(&rhythm) / 50 - 1) < .16);
    neume_rhythm_clear(&rhythm);
    neume_notes_clear(&notes);
}

/* 3/4, and from the 12th quarter 2/4; music begins in the third bar. */
static void test_bars_change_where_the_file_says(void **state) {
    (void)state;
    neume_clock_metre metres[] = {{0, {.beats = 3, .unit = 4}}, {12, {.beats = 2, .unit = 4}}};
    neume_clock clock = two_tempi;
    clock.metres = metres, clock.metre_count = 2;
    neume_rng rng = neume_rng_seeded(4, 2);
    neume_notes notes = band(&two_tempi, 8, 4, 7, 0, &rng);
    neume_rhythm rhythm = {0};
    const neume_rhythm_options options = {.clock = &clock};
    static const int numbers[] = {2, 3, 1, 2, 3, 1, 2, 1, 2, 1, 2};
    assert_ok(neume_rhythm_find(&notes, &options, &rhythm));
    assert_true(fabs(rhythm.beats[0].time_s - 7 * quarter_s) < 1e-9);
    for (size_t b = 0; b < sizeof numbers / sizeof *numbers; b++) assert_int_equal(rhythm.beats[b].number, numbers[b]);
    neume_rhythm_clear(&rhythm);
    neume_notes_clear(&notes);
}

/* As notation programs write an upbeat of a quarter: a bar in 1/4. */
static void test_a_short_first_bar_is_an_upbeat(void **state) {
    (void)state;
    neume_clock_metre metres[] = {{0, {.beats = 1, .unit = 4}}, {1, {.beats = 3, .unit = 4}}};
    neume_clock clock = two_tempi;
    clock.metres = metres, clock.metre_count = 2;
    neume_rng rng = neume_rng_seeded(6, 2);
    neume_notes notes = band(&two_tempi, 8, 4, 0, 0, &rng);
    neume_rhythm rhythm = {0};
    const neume_rhythm_options options = {.clock = &clock};
    assert_ok(neume_rhythm_find(&notes, &options, &rhythm));
    assert_true(fabs(rhythm.beats[0].time_s) < 1e-9);
    assert_int_equal(rhythm.beats[0].number, 3);
    assert_int_equal(rhythm.beats[1].number, 1);
    for (size_t b = 0; b < rhythm.count; b++) assert_int_equal(rhythm.beats[b].metre.beats, 3);
    neume_rhythm_clear(&rhythm);
    neume_notes_clear(&notes);
}

/* 4/4 at the head of a file may mean nothing, but it is a hint. */
static void test_a_default_metre_is_only_evidence(void **state) {
    (void)state;
    enum { BEATS = 8 };
    neume_clock_metre common = {0, {.beats = 4, .unit = 4}};
    neume_clock clock = two_tempi;
    clock.metres = &common, clock.metre_count = 1;
    neume_rng rng = neume_rng_seeded(5, 2);
    neume_notes notes = band(&two_tempi, 8, 3, 0, 0, &rng);
    neume__clock_fit fit = {0};
    bool fits = false;
    assert_ok(neume__clock_fits(&notes, &clock, &fits, &fit));
    assert_true(fits && fit.own && fit.metre);
    assert_false(fit.bars || fit.purpose);
    neume_rhythm rhythm = {0};
    for (int b = 0; b < BEATS; b++) assert_ok(neume_rhythm_add(&rhythm, (neume_beat){b * quarter_s, 1, {0}}));
    float down[BEATS][NEUME_BAR_SPOTS] = {{0}}, metre[BEATS][NEUME_BEAT_METRES] = {{0}};
    neume__bar_beliefs beliefs = {.down = down, .heard_metre = metre, .count = BEATS};
    neume__clock_hint(&fit, &rhythm, &beliefs);
    for (int b = 0; b < BEATS; b++) {
        assert_int_equal(down[b][0] > 0, b % 4 == 0);
        for (int k = 0; k < NEUME_BEAT_METRES; k++)
            assert_int_equal(metre[b][k] > 0, k == neume_beat_metre_class(common.metre));
    }
    neume_rhythm_clear(&rhythm);
    neume_notes_clear(&notes);
}

/* E major and then, with the ninth bar, F; whatever the music sounds like. C major alone is a default. */
static void test_keys_told_on_purpose_are_believed(void **state) {
    (void)state;
    neume_clock_metre metres[] = {{0, {.beats = 4, .unit = 4}}};
    neume_clock_key keys[] = {{0, neume_key_of(2, 0, NEUME_MODE_MAJOR)}, {32, neume_key_of(3, 0, NEUME_MODE_MAJOR)}};
    neume_clock clock = two_tempi;
    clock.metres = metres, clock.metre_count = 1, clock.keys = keys, clock.key_count = 2;
    neume_rng rng = neume_rng_seeded(8, 2);
    neume_notes notes = band(&two_tempi, 16, 4, 0, 0, &rng);
    neume_rhythm rhythm = {0};
    neume__draft draft = {0};
    neume_score_options options = {.rhythm = {.clock = &clock, .metre = metres[0].metre}};
    assert_ok(neume__draft_from_notes(&notes, &options, &rhythm, &draft));
    assert_int_equal(draft.key_count, 2);
    assert_int_equal(neume_key_fifths(&draft.keys[0].key), 4);
    assert_int_equal(neume_key_fifths(&draft.keys[1].key), -1);
    assert_true(draft.keys[1].at > 7 * NEUME_WHOLE && draft.keys[1].at <= 9 * NEUME_WHOLE);
    neume__draft_clear(&draft), neume_rhythm_clear(&rhythm);
    keys[0].key = neume_key_of(0, 0, NEUME_MODE_MAJOR), clock.key_count = 1;
    assert_ok(neume__draft_from_notes(&notes, &options, &rhythm, &draft));
    const int found = neume_key_fifths(&draft.keys[0].key);
    neume__draft_clear(&draft), neume_rhythm_clear(&rhythm);
    options.rhythm.clock = NULL;
    assert_ok(neume__draft_from_notes(&notes, &options, &rhythm, &draft));
    assert_int_equal(neume_key_fifths(&draft.keys[0].key), found);
    neume__draft_clear(&draft), neume_rhythm_clear(&rhythm);
    neume_notes_clear(&notes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_lies_on_the_clock_is_told_from_what_does_not),
        cmocka_unit_test(test_who_plays_to_a_click_is_believed),
        cmocka_unit_test(test_a_few_notes_and_mad_tempi_tell_nothing),
        cmocka_unit_test(test_beats_are_the_clocks_wherever_the_sequence_begins),
        cmocka_unit_test(test_a_metre_told_on_purpose_is_believed),
        cmocka_unit_test(test_bars_change_where_the_file_says),
        cmocka_unit_test(test_a_short_first_bar_is_an_upbeat),
        cmocka_unit_test(test_a_default_metre_is_only_evidence),
        cmocka_unit_test(test_keys_told_on_purpose_are_believed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
