/* Invented instruments: in tune, the same whenever asked, begun at once, louder when struck harder. */
#include "neume_test.h"

#include "invent.h"
#include "measure.h"
#include "ranges.h"

#include "neume/synth.h"

#include <string.h>

enum { RATE = NEUME_SYNTH_RATE_HZ, COUNT = RATE, SEEDS = 3 };

static float x[COUNT], again[COUNT];

static void assert_sound(const float *pcm, size_t count, const char *what, int number) {
    for (size_t i = 0; i < count; i++)
        if (!isfinite(pcm[i]) || fabsf(pcm[i]) > 1)
            fail_msg("%s %d: sample %zu is %g", what, number, i, (double)pcm[i]);
    if (neume__peak(pcm, count) < 0.01f) fail_msg("%s %d is silent", what, number);
    if (neume__attack_samples(pcm, count, 0.1f) > RATE * 12 / 100) fail_msg("%s %d begins late", what, number);
}

/* Bells and drawbars have other periods than their pitch's, and sections beat: those are only listened to. */
static void assert_in_tune(const invent_design *design, int program, int pitch) {
    double cents = 0;
    if (design->modes != MODES_HARMONIC || design->players > 1 || pitch < 40 || pitch > 90) return;
    const pitch_verdict verdict = neume__judge_pitch(x, COUNT, pitch, &cents);
    if (verdict == PITCH_ELSEWHERE || (verdict == PITCH_OUT_OF_TUNE && fabs(cents) > 40))
        fail_msg("program %d, pitch %d: verdict %d, %.1f cents", program, pitch, (int)verdict, cents);
}

/* At the ends of its range and in the middle. */
static void assert_plays(const invent_design *design, int program, const program_range *range) {
    const int pitches[] = {range->lowest, (range->lowest + range->highest) / 2, range->highest};
    for (size_t i = 0; i < sizeof pitches / sizeof *pitches; i++) {
        assert_ok(neume__invent_note(design, pitches[i], 80, x, COUNT));
        assert_sound(x, COUNT, "program", program);
        assert_in_tune(design, program, pitches[i]);
    }
}

static void test_every_program_that_is_known_sounds_where_it_should(void **state) {
    (void)state;
    int known = 0;
    for (int program = 0; program < SYNTH_PROGRAMS; program++) {
        const program_range *range = &neume__program_ranges[program];
        neume_rng rng = neume_rng_seeded(3, (uint64_t)program);
        invent_design design;
        if (!range->highest || !neume__invent_design(program, &rng, &design)) continue;
        known++;
        assert_true(design.players >= 1 && design.bodies <= INVENT_BODIES_MOST);
        assert_true(design.struck == range->struck || program == 38 || program == 39);
        assert_plays(&design, program, range);
    }
    assert_true(known > 80);
}

static void test_the_same_number_gives_the_same_sound_and_another_another(void **state) {
    (void)state;
    for_each_seed(seed, SEEDS) {
        neume_rng rng = neume_rng_seeded(seed, 40), same = neume_rng_seeded(seed, 40),
                  other = neume_rng_seeded(seed, 41);
        invent_design a, b, c;
        assert_true(neume__invent_design(40, &rng, &a) && neume__invent_design(40, &same, &b) &&
                    neume__invent_design(40, &other, &c));
        assert_ok(neume__invent_note(&a, 67, 90, x, COUNT));
        assert_ok(neume__invent_note(&b, 67, 90, again, COUNT));
        assert_memory_equal(x, again, sizeof x);
        assert_ok(neume__invent_note(&c, 67, 90, again, COUNT));
        assert_memory_not_equal(x, again, sizeof x);
    }
}

static void test_harder_strokes_are_louder_and_plucked_notes_die(void **state) {
    (void)state;
    neume_rng rng = neume_rng_seeded(5, 24);
    invent_design guitar;
    assert_true(neume__invent_design(24, &rng, &guitar));
    assert_ok(neume__invent_note(&guitar, 60, 40, x, COUNT));
    assert_ok(neume__invent_note(&guitar, 60, 110, again, COUNT));
    assert_true(neume__peak(again, COUNT) > 3 * neume__peak(x, COUNT));
    assert_true(neume__rms(x + COUNT * 3 / 4, COUNT / 4) < 0.7 * neume__rms(x, COUNT / 4));
}

static void test_a_kit_has_its_drums_each_of_its_own(void **state) {
    (void)state;
    int keys = 0;
    double last = 0;
    for_each_seed(seed, SEEDS) {
        neume_rng rng = neume_rng_seeded(seed, 9);
        const invent_kit kit = neume__invent_kit(&rng);
        for (int key = 0; key < 128; key++) {
            if (!neume__invent_drum(&kit, key, 100, x, COUNT)) continue;
            assert_sound(x, COUNT, "drum", key);
            const double level = neume__rms(x, COUNT);
            assert_true(level != last); /* no key is another's copy */
            last = level;
            keys++;
        }
        assert_true(neume__invent_drum(&kit, 36, 100, x, COUNT) && neume__invent_drum(&kit, 42, 100, again, COUNT));
        double rough[2] = {0}; /* a hi-hat moves quickly, a bass drum slowly */
        for (size_t i = 1; i < COUNT; i++) {
            rough[0] += fabs((double)(x[i] - x[i - 1]));
            rough[1] += fabs((double)(again[i] - again[i - 1]));
        }
        assert_true(rough[1] / neume__rms(again, COUNT) > 2 * rough[0] / neume__rms(x, COUNT));
        assert_false(neume__invent_drum(&kit, 34, 100, x, COUNT));
    }
    assert_true(keys >= SEEDS * 40);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_program_that_is_known_sounds_where_it_should),
        cmocka_unit_test(test_the_same_number_gives_the_same_sound_and_another_another),
        cmocka_unit_test(test_harder_strokes_are_louder_and_plucked_notes_die),
        cmocka_unit_test(test_a_kit_has_its_drums_each_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
