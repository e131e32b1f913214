/* The decoder on curves drawn by hand. */
#include "same_notes.h"

#include "decode.h"

#include <string.h>

enum { T = 200 };

/* Probabilities to be turned into logits; quiet everywhere at first. */
typedef struct curves {
    float notes[T][NEUME_PITCHES][NEUME_HEAR_OUTPUTS], drums[2 * T][NEUME_HEAR_DRUM_OUTPUTS];
} curves;

static curves *curves_new(void) {
    curves *c = neume__calloc(1, sizeof *c);
    assert_non_null(c);
    return c;
}

/* What the network is taught to say of a note. */
static void draw_note(curves *c, int key, double onset_s, double offset_s, int family) {
    int p = key - NEUME_PITCH_LOWEST;
    for (int t = 0; t < T; t++) {
        double near = 1 - fabs(t * 0.02 - onset_s) / 0.04, end = 1 - fabs(t * 0.02 - offset_s) / 0.06;
        float *cell = c->notes[t][p];
        if (near > (double)cell[NEUME_HEAR_ONSET]) cell[NEUME_HEAR_ONSET] = (float)near;
        if (end > (double)cell[NEUME_HEAR_OFFSET]) cell[NEUME_HEAR_OFFSET] = (float)end;
        if (t * 0.02 < onset_s - 0.01 || t * 0.02 > offset_s) continue;
        cell[NEUME_HEAR_FRAME] = 0.95f;
        cell[NEUME_HEAR_VELOCITY] = 0.5f;
        cell[NEUME_HEAR_FAMILY + family] = 0.9f;
    }
}

static void to_logits(float *x, size_t n) {
    for (size_t i = 0; i < n; i++) {
        float p = x[i] < 0.001f ? 0.001f : x[i] > 0.999f ? 0.999f : x[i];
        x[i] = logf(p / (1 - p));
    }
}

static neume_notes decode(const curves *drawn, int step, double sensitivity) {
    curves *c = curves_new();
    memcpy(c, drawn, sizeof *c);
    to_logits(&c->notes[0][0][0], sizeof c->notes / sizeof(float));
    to_logits(&c->drums[0][0], sizeof c->drums / sizeof(float));
    neume_hear_config config = neume_hear_config_default();
    hear_decoder *decoder = NULL;
    neume_notes notes = {0};
    assert_ok(hear_decoder_new(&config, sensitivity, &decoder));
    for (int t = 0; t < T; t += step)
        assert_ok(
            hear_decoder_push(decoder, &c->notes[t][0][0], &c->drums[2 * t][0], T - t < step ? T - t : step, &notes));
    assert_ok(hear_decoder_finish(decoder, T * 0.02, &notes));
    hear_decoder_free(decoder);
    neume__free(c);
    return notes;
}

static void test_onset_is_found_between_frames(void **state) {
    (void)state;
    for (int i = 0; i < 20; i++) {
        double onset_s = 1 + 0.001 * i;
        curves *c = curves_new();
        draw_note(c, 60, onset_s, 2, 5);
        neume_notes notes = decode(c, T, 0.5);
        assert_int_equal(notes.count, 1);
        assert_true(fabs(notes.items[0].onset_s - onset_s) < 0.0015);
        assert_true(fabs(notes.items[0].offset_s - 2) < 0.05);
        assert_int_equal(notes.items[0].pitch, 60);
        assert_int_equal(neume_program_family(notes.items[0].program), 5);
        assert_int_equal(notes.items[0].velocity, 64);
        neume_notes_clear(&notes);
        neume__free(c);
    }
}

static void test_a_repeated_note_is_two(void **state) {
    (void)state;
    curves *c = curves_new();
    draw_note(c, 72, 1.00, 1.12, 0);
    draw_note(c, 72, 1.12, 1.50, 0);
    neume_notes notes = decode(c, T, 0.5);
    assert_int_equal(notes.count, 2);
    assert_true(fabs(notes.items[0].offset_s - notes.items[1].onset_s) < 1e-9);
    neume_notes_clear(&notes);
    neume__free(c);
}

static curves *random_curves(uint64_t seed) {
    neume_rng rng = neume_rng_seeded(seed, 1);
    curves *c = curves_new();
    for (int i = 0; i < 60; i++) {
        double onset_s = neume_rng_uniform(&rng, 0, T * 0.02);
        draw_note(c, (int)neume_rng_below(&rng, 88) + 21, onset_s, onset_s + neume_rng_uniform(&rng, 0.03, 3),
                  (int)neume_rng_below(&rng, 14));
    }
    for (int t = 0; t < T; t++)
        for (int p = 0; p < NEUME_PITCHES; p++)
            c->notes[t][p][NEUME_HEAR_ONSET] *= (float)neume_rng_uniform(&rng, 0.3, 1);
    for (int i = 0; i < 40; i++)
        c->drums[neume_rng_below(&rng, 2 * T)][neume_rng_below(&rng, NEUME_HEAR_DRUMS)] =
            (float)neume_rng_uniform(&rng, 0, 1);
    return c;
}

static void test_any_split_gives_the_same_notes_in_order(void **state) {
    (void)state;
    for_each_seed(seed, 20) {
        curves *c = random_curves(seed);
        neume_notes whole = decode(c, T, 0.5);
        assert_true(whole.count > 20);
        for (int step = 1; step < T; step = step * 3 + 1) {
            neume_notes split = decode(c, step, 0.5);
            assert_same_notes(&split, &whole);
            neume_notes_clear(&split);
        }
        for (size_t i = 0; i < whole.count; i++) {
            assert_true(whole.items[i].offset_s > whole.items[i].onset_s);
            if (i) assert_true(whole.items[i].onset_s >= whole.items[i - 1].onset_s);
        }
        neume_notes_clear(&whole);
        neume__free(c);
    }
}

static void test_more_sensitivity_never_loses_onsets(void **state) {
    (void)state;
    curves *c = random_curves(77);
    size_t before = 0;
    for (int i = 0; i <= 10; i++) {
        neume_notes notes = decode(c, T, 0.1 * i);
        assert_true(notes.count >= before);
        before = notes.count;
        neume_notes_clear(&notes);
    }
    neume__free(c);
}

static void test_drum_hits_are_written_by_their_keys(void **state) {
    (void)state;
    curves *c = curves_new();
    c->drums[99][1] = 0.5f;
    c->drums[100][1] = 0.9f;
    c->drums[101][1] = 0.5f;
    neume_notes notes = decode(c, T, 0.5);
    assert_int_equal(notes.count, 1);
    assert_int_equal(notes.items[0].pitch, 38);
    assert_int_equal(notes.items[0].program, NEUME_PROGRAM_DRUMS);
    assert_true(fabs(notes.items[0].onset_s - 1) < 1e-6);
    neume_notes_clear(&notes);
    neume__free(c);
    for (int kind = 0; kind < NEUME_HEAR_DRUMS; kind++)
        assert_int_equal(neume_hear_drum_class(neume_hear_drum_key(kind)), kind);
    assert_int_equal(neume_hear_drum_class(0), -1);
    assert_int_equal(neume_hear_drum_class(127), -1);
}

static void test_silence_is_no_notes(void **state) {
    (void)state;
    curves *c = curves_new();
    neume_notes notes = decode(c, 64, 0.5);
    assert_int_equal(notes.count, 0);
    neume_notes_clear(&notes);
    neume__free(c);
}

static void test_sensitivity_outside_its_range_is_refused(void **state) {
    (void)state;
    neume_hear_config config = neume_hear_config_default();
    hear_decoder *decoder = NULL;
    assert_int_equal(hear_decoder_new(&config, 1.5, &decoder), NEUME_EINVAL);
    assert_int_equal(hear_decoder_new(&config, NAN, &decoder), NEUME_EINVAL);
    assert_null(decoder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_onset_is_found_between_frames),
        cmocka_unit_test(test_a_repeated_note_is_two),
        cmocka_unit_test(test_any_split_gives_the_same_notes_in_order),
        cmocka_unit_test(test_more_sensitivity_never_loses_onsets),
        cmocka_unit_test(test_drum_hits_are_written_by_their_keys),
        cmocka_unit_test(test_silence_is_no_notes),
        cmocka_unit_test(test_sensitivity_outside_its_range_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
