/* The decoder on curves drawn by hand. */
#include "same_notes.h"

#include "decode.h"

#include <string.h>

enum { T = 200 };

/* Probabilities to be turned into logits; quiet everywhere at first. */
typedef struct curves {
    int family[NEUME_PITCHES]; /* what all notes of a pitch are played by */
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
    c->family[p] = family;
    for (int t = 0; t < T; t++) {
        double near = 1 - fabs(t * 0.02 - onset_s) / 0.04, end = 1 - fabs(t * 0.02 - offset_s) / 0.06;
        float *cell = c->notes[t][p];
        if (near > (double)cell[NEUME_HEAR_ONSET]) cell[NEUME_HEAR_ONSET] = (float)near;
        if (end > (double)cell[NEUME_HEAR_OFFSET]) cell[NEUME_HEAR_OFFSET] = (float)end;
        if (t * 0.02 < onset_s - 0.01 || t * 0.02 > offset_s) continue;
        cell[NEUME_HEAR_FRAME] = 0.95f;
        cell[NEUME_HEAR_VELOCITY] = 0.5f;
    }
}

static void to_logits(float *x, size_t n) {
    for (size_t i = 0; i < n; i++) {
        float p = x[i] < 0.001f ? 0.001f : x[i] > 0.999f ? 0.999f : x[i];
        x[i] = logf(p / (1 - p));
    }
}

/* Answers for the network which instruments the new notes have, and takes what is certain. */
static void answer_and_release(hear_decoder *decoder, const curves *c, neume_notes *notes) {
    size_t count;
    const hear_opened *opened = hear_decoder_opened(decoder, &count);
    for (size_t i = 0; i < count; i++) {
        float *family = hear_decoder_family(decoder, opened[i].id);
        for (int f = 0; f < NEUME_HEAR_FAMILIES; f++) family[f] = f == c->family[opened[i].pitch] ? -0.1f : -5;
    }
    assert_ok(hear_decoder_release(decoder, notes));
}

static neume_instruments allowed; /* any */

/* @p line: soft notes are taken, too, as violins */
static neume_notes decode_as(const curves *drawn, int step, double sensitivity, bool line) {
    curves *c = curves_new();
    memcpy(c, drawn, sizeof *c);
    to_logits(&c->notes[0][0][0], sizeof c->notes / sizeof(float));
    to_logits(&c->drums[0][0], sizeof c->drums / sizeof(float));
    neume_hear_config config = neume_hear_config_default();
    hear_decoder *decoder = NULL;
    neume_notes notes = {0};
    assert_ok(hear_decoder_new(&config, sensitivity, &allowed, &decoder));
    for (int t = 0; t < T; t += step) {
        assert_ok(
            hear_decoder_push(decoder, &c->notes[t][0][0], &c->drums[2 * t][0], NULL, T - t < step ? T - t : step));
        answer_and_release(decoder, c, &notes);
    }
    assert_ok(hear_decoder_end(decoder, T * 0.02));
    answer_and_release(decoder, c, &notes);
    if (line) assert_ok(hear_decoder_take_soft(decoder, 40, &notes));
    hear_decoder_free(decoder);
    neume__free(c);
    return notes;
}

static neume_notes decode(const curves *drawn, int step, double sensitivity) {
    return decode_as(drawn, step, sensitivity, false);
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

/* A pitch that sounds without having begun. */
static void draw_swell(curves *c, int key, double onset_s, double offset_s, float onset) {
    for (int t = (int)(onset_s / 0.02); t * 0.02 < offset_s; t++) {
        c->notes[t][key - NEUME_PITCH_LOWEST][NEUME_HEAR_FRAME] = 0.9f;
        c->notes[t][key - NEUME_PITCH_LOWEST][NEUME_HEAR_ONSET] = onset;
    }
}

/* Only a line takes what swells; it ends where a note of its pitch begins. */
static void test_what_swells_is_a_note_of_a_line(void **state) {
    (void)state;
    static const struct {
        double lasts_s;
        float onset;
        double struck_s, end_s; /* struck again: 0 = not; where the soft note ends, 0 = there is none */
    } cases[] = {{1, .15F, 0, 2}, {1, .15F, 1.5, 1.5}, {.08, .15F, 0, 0}, {1, .02F, 0, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        curves *c = curves_new();
        draw_swell(c, 60, 1, 1 + cases[i].lasts_s, cases[i].onset);
        if (cases[i].struck_s > 0) draw_note(c, 60, cases[i].struck_s, 2, 5);
        const size_t struck = cases[i].struck_s > 0, soft = cases[i].end_s > 0;
        neume_notes plain = decode(c, T, 0.5), line = decode_as(c, T, 0.5, true), split = decode_as(c, 7, 0.5, true);
        assert_int_equal(plain.count, struck);
        assert_int_equal(line.count, struck + soft);
        assert_same_notes(&split, &line);
        if (soft) {
            assert_true(fabs(line.items[0].onset_s - 0.94) < 0.021);
            assert_true(fabs(line.items[0].offset_s - cases[i].end_s) < 0.021);
            assert_int_equal(line.items[0].program, 40);
        }
        neume_notes_clear(&plain), neume_notes_clear(&line), neume_notes_clear(&split);
        neume__free(c);
    }
}

/* The whole of the curves, which become logits, with bends. */
static hear_decoder *decode_with_bends(curves *c, neume_notes *notes) {
    float *spectrum = neume__calloc((size_t)T * NEUME_FEATURES_BINS * NEUME_FEATURES_CHANNELS, sizeof *spectrum);
    const neume_hear_config config = neume_hear_config_default();
    hear_decoder *decoder = NULL;
    assert_non_null(spectrum);
    to_logits(&c->notes[0][0][0], sizeof c->notes / sizeof(float));
    to_logits(&c->drums[0][0], sizeof c->drums / sizeof(float));
    assert_ok(hear_decoder_new(&config, 0.5, &allowed, &decoder));
    assert_ok(hear_decoder_push(decoder, &c->notes[0][0][0], &c->drums[0][0], spectrum, T));
    assert_ok(hear_decoder_end(decoder, T * 0.02));
    answer_and_release(decoder, c, notes);
    neume__free(spectrum);
    return decoder;
}

/* A soft note's bend is told from its beginning, and one of two notes made one to its end. */
static void test_bends_last_as_long_as_notes_of_a_line(void **state) {
    (void)state;
    curves *c = curves_new();
    neume_notes notes = {0};
    draw_swell(c, 60, 1, 2, .15F);
    draw_note(c, 72, 2.5, 2.9, 5);
    draw_note(c, 72, 2.94, 3.5, 5);
    hear_decoder *decoder = decode_with_bends(c, &notes);
    assert_ok(hear_decoder_take_soft(decoder, 40, &notes));
    assert_int_equal(notes.count, 3);
    notes.items[1].offset_s = notes.items[2].offset_s;
    notes.count = 2;
    assert_ok(hear_bends_join(hear_decoder_bends(decoder), &notes));
    for (size_t i = 0; i < notes.count; i++) {
        const neume_note *note = &notes.items[i];
        const neume_bend *bend = neume_bends_find(hear_decoder_bends(decoder), note);
        assert_non_null(bend);
        assert_true(fabs((double)bend->count * 0.02 - (note->offset_s - note->onset_s)) < 0.061);
    }
    neume_notes_clear(&notes);
    hear_decoder_free(decoder);
    neume__free(c);
}

/* In a line a doubtful note behind a short rest begins within it, with its bend; a sure one, one behind a long rest and
 * one behind none where they are. */
static void test_glided_notes_of_a_line_begin_in_time(void **state) {
    (void)state;
    static const struct {
        double onset_s, offset_s, begins_s;
        float confidence;
    } cases[] = {
        {.5, 1, .5, .5F}, {1.2, 1.6, 1.15, .5F}, {1.8, 2.2, 1.8, .9F}, {2.6, 3, 2.6, .5F}, {3.04, 3.5, 3.04, .5F}};
    enum { CASES = sizeof cases / sizeof *cases };
    curves *c = curves_new();
    neume_notes notes = {0};
    for (int i = 0; i < CASES; i++) draw_note(c, 60 + i, cases[i].onset_s, cases[i].offset_s, 5);
    hear_decoder *decoder = decode_with_bends(c, &notes);
    assert_int_equal(notes.count, CASES);
    for (int i = 0; i < CASES; i++) {
        notes.items[i].offset_s = cases[i].offset_s;
        notes.items[i].confidence = cases[i].confidence;
    }
    assert_ok(hear_begin_line_in_time(hear_decoder_bends(decoder), &notes));
    for (int i = 0; i < CASES; i++) {
        const neume_note *note = &notes.items[i];
        const neume_bend *bend = neume_bends_find(hear_decoder_bends(decoder), note);
        assert_true(fabs(note->onset_s - cases[i].begins_s) < .003);
        assert_non_null(bend);
        assert_true(fabs((double)bend->count * .02 - (note->offset_s - note->onset_s)) < .081);
    }
    neume_notes_clear(&notes);
    hear_decoder_free(decoder);
    neume__free(c);
}

/* What is sung with a consonant begins once, between it and its vowel; what lasts as long as a note begins again. */
static void test_a_sung_consonant_is_no_note(void **state) {
    (void)state;
    static const struct {
        double again_s;
        int key;
        size_t notes;
        double begins_s;
    } cases[] = {{1.08, 60, 1, 1.04}, {1.16, 60, 2, 1}, {1.08, 64, 2, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        curves *c = curves_new();
        neume_notes notes = {0};
        draw_note(c, 60, 1, cases[i].again_s, 5);
        draw_note(c, cases[i].key, cases[i].again_s, 1.6, 5);
        hear_decoder *decoder = decode_with_bends(c, &notes);
        assert_int_equal(notes.count, 2);
        assert_ok(hear_begin_line_in_time(hear_decoder_bends(decoder), &notes));
        assert_int_equal(notes.count, cases[i].notes);
        assert_true(fabs(notes.items[0].onset_s - cases[i].begins_s) < .003);
        const neume_note *last = &notes.items[notes.count - 1];
        const neume_bend *bend = neume_bends_find(hear_decoder_bends(decoder), last);
        assert_non_null(bend);
        assert_true(fabs((double)bend->count * .02 - (last->offset_s - last->onset_s)) < .061);
        neume_notes_clear(&notes);
        hear_decoder_free(decoder);
        neume__free(c);
    }
}

/* A tail or a pedal sounds on behind the end that is said: a violin's note is over there, and so is its bend, a
 * piano's only if it is short. */
static void test_a_tail_is_no_note_but_under_the_pedal(void **state) {
    (void)state;
    curves *c = curves_new();
    neume_notes notes = {0};
    static const struct {
        int key, family;
        double said_s, end_s;
    } cases[] = {{60, 0, 2, 3}, {64, 5, 2, 2}, {67, 0, 1.12, 1.12}};
    for (size_t i = 0; i < 3; i++) {
        draw_note(c, cases[i].key, 1, 3, cases[i].family);
        c->notes[(int)round(cases[i].said_s / .02)][cases[i].key - NEUME_PITCH_LOWEST][NEUME_HEAR_OFFSET] = .9F;
    }
    hear_decoder *decoder = decode_with_bends(c, &notes);
    assert_int_equal(notes.count, 3);
    for (size_t i = 0; i < 3; i++) assert_true(fabs(notes.items[i].offset_s - 3) < .05);
    hear_decoder_end_as_said(decoder, &notes);
    for (size_t i = 0; i < 3; i++) {
        const neume_note *note = &notes.items[i];
        const neume_bend *bend = neume_bends_find(hear_decoder_bends(decoder), note);
        assert_int_equal(note->pitch, cases[i].key);
        assert_true(fabs(note->offset_s - cases[i].end_s) < .05);
        assert_non_null(bend);
        assert_true(fabs((double)bend->count * .02 - (note->offset_s - note->onset_s)) < .061);
    }
    neume_notes_clear(&notes);
    hear_decoder_free(decoder);
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
    c->drums[99][38 - NEUME_HEAR_DRUM_LOWEST] = 0.5f;
    c->drums[100][38 - NEUME_HEAR_DRUM_LOWEST] = 0.9f;
    c->drums[101][38 - NEUME_HEAR_DRUM_LOWEST] = 0.5f;
    neume_notes notes = decode(c, T, 0.5);
    assert_int_equal(notes.count, 1);
    assert_int_equal(notes.items[0].pitch, 38);
    assert_int_equal(notes.items[0].program, NEUME_PROGRAM_DRUMS);
    assert_true(fabs(notes.items[0].onset_s - 1) < 1e-6);
    neume_notes_clear(&notes);
    neume__free(c);
}

/* A bass drum that sounds like both of its keys is one stroke; a bass drum and a cymbal are two. */
static void test_of_rival_drum_keys_the_likeliest_is_written(void **state) {
    (void)state;
    curves *c = curves_new();
    const struct {
        int key;
        float likely;
    } peaks[] = {{35, 0.7f}, {36, 0.8f}, {49, 0.6f}};
    for (size_t i = 0; i < sizeof peaks / sizeof *peaks; i++) {
        c->drums[99][peaks[i].key - NEUME_HEAR_DRUM_LOWEST] = 0.5f;
        c->drums[100][peaks[i].key - NEUME_HEAR_DRUM_LOWEST] = peaks[i].likely;
    }
    neume_notes notes = decode(c, T, 0.5);
    assert_int_equal(notes.count, 2);
    assert_int_equal(notes.items[0].pitch + notes.items[1].pitch, 36 + 49);
    neume_notes_clear(&notes);
    neume__free(c);
}

/* Two instruments three octaves apart take turns; one note in four is mistaken for one of a third and a fourth. */
static void test_instruments_are_settled_by_the_whole_recording(void **state) {
    (void)state;
    enum { NOTES = 200 };
    static float evidence[NOTES][NEUME_HEAR_FAMILIES];
    neume_notes notes = {0};
    for (int i = 0; i < NOTES; i++) {
        const bool low = i % 2;
        const int right = low ? 4 : 9, said = i % 8 < 2 ? (i % 3 ? 7 : 1) : right;
        for (int f = 0; f < NEUME_HEAR_FAMILIES; f++) evidence[i][f] = f == said ? -0.7f : f == right ? -1.5f : -4;
        assert_ok(neume_notes_add(&notes, (neume_note){0.1 * i, 0.1 * i + 0.2, (int16_t)(low ? 40 : 76), 80, 0, 0, 1}));
    }
    assert_ok(hear_settle_instruments(&(neume_instruments){0}, &evidence[0][0], NEUME_HEAR_FAMILIES, false, &notes));
    for (int i = 0; i < NOTES; i++) assert_int_equal(neume_program_family(notes.items[i].program), i % 2 ? 4 : 9);
    neume_instruments only;
    assert_ok(neume_instruments_parse("trumpet,cello", &only)); /* neither: the likelier of the two */
    assert_ok(hear_settle_instruments(&only, &evidence[0][0], NEUME_HEAR_FAMILIES, false, &notes));
    for (int i = 0; i < NOTES; i++) assert_true(notes.items[i].program == 56 || notes.items[i].program == 42);
    neume_notes_clear(&notes);
}

static void test_only_what_is_allowed_is_written(void **state) {
    (void)state;
    curves *c = curves_new();
    draw_note(c, 60, 1, 2, 5);
    c->drums[100][38 - NEUME_HEAR_DRUM_LOWEST] = 0.9f;
    static const struct {
        const char *instruments;
        int programs[2];
    } cases[] = {{"auto", {40, 128}}, {"viola,drums", {41, 128}}, {"piano", {0, -1}}, {"drums", {128, -1}}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_ok(neume_instruments_parse(cases[i].instruments, &allowed));
        neume_notes notes = decode(c, T, 0.5);
        assert_int_equal(notes.count, cases[i].programs[1] < 0 ? 1 : 2);
        for (size_t k = 0; k < notes.count; k++)
            assert_true(notes.items[k].program == cases[i].programs[0] ||
                        notes.items[k].program == cases[i].programs[1]);
        neume_notes_clear(&notes);
    }
    allowed = (neume_instruments){0};
    neume__free(c);
}

/* Hits that come from elsewhere, later than the notes: nothing is released before what they may still precede. */
static void test_drums_left_to_others_come_in_order(void **state) {
    (void)state;
    curves *c = curves_new();
    hear_decoder *decoder = NULL;
    neume_notes notes = {0};
    const neume_hear_config config = neume_hear_config_default();
    draw_note(c, 60, 0.5, 0.9, 0);
    draw_note(c, 64, 1.5, 1.9, 0);
    c->drums[100][9] = 0.9f; /* not asked for */
    to_logits(&c->notes[0][0][0], sizeof c->notes / sizeof(float));
    to_logits(&c->drums[0][0], sizeof c->drums / sizeof(float));
    assert_ok(hear_decoder_new(&config, 0.5, &allowed, &decoder));
    hear_decoder_leave_drums(decoder);
    assert_ok(hear_decoder_push(decoder, &c->notes[0][0][0], &c->drums[0][0], NULL, T));
    answer_and_release(decoder, c, &notes);
    assert_int_equal(notes.count, 0);
    assert_ok(hear_decoder_strike(decoder, &(hear_hit){0.3, 42, 0.5f, 0.8f}));
    hear_decoder_drums_until(decoder, 1);
    answer_and_release(decoder, c, &notes);
    assert_int_equal(notes.count, 2);
    assert_ok(hear_decoder_strike(decoder, &(hear_hit){1.2, 36, 0.5f, 0.8f}));
    assert_ok(hear_decoder_end(decoder, T * 0.02));
    answer_and_release(decoder, c, &notes);
    static const int pitches[] = {42, 60, 36, 64};
    assert_int_equal(notes.count, 4);
    for (int i = 0; i < 4; i++) assert_int_equal(notes.items[i].pitch, pitches[i]);
    assert_int_equal(notes.items[0].velocity, 64);
    neume_notes_clear(&notes);
    hear_decoder_free(decoder);
    neume__free(c);
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
    assert_int_equal(hear_decoder_new(&config, 1.5, &(neume_instruments){0}, &decoder), NEUME_EINVAL);
    assert_int_equal(hear_decoder_new(&config, NAN, &(neume_instruments){0}, &decoder), NEUME_EINVAL);
    assert_null(decoder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_onset_is_found_between_frames),
        cmocka_unit_test(test_a_repeated_note_is_two),
        cmocka_unit_test(test_what_swells_is_a_note_of_a_line),
        cmocka_unit_test(test_bends_last_as_long_as_notes_of_a_line),
        cmocka_unit_test(test_glided_notes_of_a_line_begin_in_time),
        cmocka_unit_test(test_a_sung_consonant_is_no_note),
        cmocka_unit_test(test_a_tail_is_no_note_but_under_the_pedal),
        cmocka_unit_test(test_any_split_gives_the_same_notes_in_order),
        cmocka_unit_test(test_more_sensitivity_never_loses_onsets),
        cmocka_unit_test(test_drum_hits_are_written_by_their_keys),
        cmocka_unit_test(test_of_rival_drum_keys_the_likeliest_is_written),
        cmocka_unit_test(test_instruments_are_settled_by_the_whole_recording),
        cmocka_unit_test(test_only_what_is_allowed_is_written),
        cmocka_unit_test(test_drums_left_to_others_come_in_order),
        cmocka_unit_test(test_silence_is_no_notes),
        cmocka_unit_test(test_sensitivity_outside_its_range_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
