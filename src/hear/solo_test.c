/* What is dropped from a line by itself, and what must stay. */
#include "neume_test.h"

#include "decode.h"

enum { CELLO = 42, FLUTE = 73, PIANO = 0, LINE = 12 };
static const double STEP_S = .5;

static void add(neume_notes *notes, double onset_s, double lasts_s, int pitch, int program, float confidence) {
    assert_ok(neume_notes_add(notes, (neume_note){.onset_s = onset_s,
                                                  .offset_s = onset_s + lasts_s,
                                                  .pitch = (int16_t)pitch,
                                                  .velocity = 80,
                                                  .program = (int16_t)program,
                                                  .confidence = confidence}));
}

/* Notes that follow each other by whole tones, half a second each. */
static neume_notes line_of(int program, double lasts_s) {
    neume_notes notes = {0};
    for (int i = 0; i < LINE; i++) add(&notes, i * STEP_S, lasts_s, 60 + 2 * (i % 5), program, .9F);
    return notes;
}

static neume_status tidy(bool drums_wanted, neume_notes *notes) {
    int program;
    return hear_is_line(notes, &program) ? hear_tidy_line(program, drums_wanted, notes) : NEUME_OK;
}

/* How many notes are left; the notes are cleared. */
static size_t left_of(neume_notes *notes, bool drums_wanted) {
    neume_notes_sort(notes);
    assert_ok(tidy(drums_wanted, notes));
    const size_t count = notes->count;
    neume_notes_clear(notes);
    return count;
}

static void test_glides_go(void **state) {
    (void)state;
    neume_notes notes = line_of(CELLO, .45);
    add(&notes, 1.44, .06, 65, CELLO, .5F); /* through a semitone to the next note */
    add(&notes, 2.15, .1, 67, CELLO, .6F);  /* within a note that swings */
    add(&notes, 3.2, .2, 72, CELLO, .4F);   /* an overtone of one */
    add(&notes, 4.5, .4, 69, CELLO, .95F);  /* one pitch between two semitones: the longer stays */
    assert_int_equal(left_of(&notes, false), LINE);
}

/* A note that breaks off for a moment goes on, unless something begins there. */
static void test_a_held_note_is_one(void **state) {
    (void)state;
    static const struct {
        double rest_s;
        float confidence;
        int pitch;
        size_t more;
    } cases[] = {{.04, .3F, 62, 0}, {.04, .6F, 62, 1}, {.08, .3F, 62, 1}, {.04, .3F, 66, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        neume_notes notes = line_of(CELLO, .45);
        notes.items[1].offset_s = .7;
        add(&notes, .7 + cases[i].rest_s, .2, cases[i].pitch, CELLO, cases[i].confidence);
        neume_notes_sort(&notes);
        assert_ok(tidy(false, &notes));
        assert_int_equal(notes.count, LINE + cases[i].more);
        assert_true(fabs(notes.items[1].offset_s - (cases[i].more ? .7 : .94)) < 1e-9);
        neume_notes_clear(&notes);
    }
}

static void test_what_may_be_music_stays(void **state) {
    (void)state;
    static const struct {
        int program, pitch;
        double onset_s, lasts_s;
        float confidence;
    } extra[] = {
        {CELLO, 65, 1.44, .06, .9F}, /* a grace note that is sure */
        {PIANO, 65, 1.44, .06, .5F}, /* nothing glides on a piano */
        {CELLO, 70, 1.44, .06, .5F}, /* a leap is no glide */
        {CELLO, 63, 6.0, .45, .5F},  /* nor is what follows and lasts as long */
    };
    for (size_t i = 0; i < sizeof extra / sizeof *extra; i++) {
        neume_notes notes = line_of(extra[i].program, .45);
        add(&notes, extra[i].onset_s, extra[i].lasts_s, extra[i].pitch, extra[i].program, extra[i].confidence);
        assert_int_equal(left_of(&notes, false), LINE + 1);
    }
}

static void test_what_is_no_line_stays(void **state) {
    (void)state;
    neume_notes together = line_of(CELLO, 1), tails = line_of(CELLO, STEP_S + .1), few = {0}, nothing = {0};
    add(&together, 1.44, .06, 65, CELLO, .5F);
    assert_int_equal(left_of(&together, false), LINE + 1);
    add(&tails, 1.44, .06, 65, CELLO, .5F);
    assert_int_equal(left_of(&tails, false), LINE); /* what a room adds to a line is no second one */
    for (int i = 0; i < 7; i++) add(&few, i * STEP_S, i ? .06 : .5, 60 + i % 2, CELLO, .5F);
    assert_int_equal(left_of(&few, false), 7);
    assert_int_equal(left_of(&nothing, false), 0);
}

static void test_breath_is_no_drum(void **state) {
    (void)state;
    static const struct {
        int strokes;
        float confidence;
        bool noises;
    } cases[] = {{2, .9F, true}, {3, .9F, false}, {12, .9F, false}, {12, .5F, true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int wanted = 0; wanted < 2; wanted++) {
            neume_notes notes = line_of(FLUTE, .45);
            for (int k = 0; k < cases[i].strokes; k++)
                add(&notes, k * .5, .1, 42, NEUME_PROGRAM_DRUMS, cases[i].confidence);
            const bool stay = wanted || !cases[i].noises;
            assert_int_equal(left_of(&notes, wanted), LINE + (stay ? (size_t)cases[i].strokes : 0));
        }
}

static void test_a_line_has_one_player(void **state) {
    (void)state;
    for (int others = 2; others <= 4; others++) {
        neume_notes notes = line_of(FLUTE, .45);
        for (int i = 0; i < others; i++) notes.items[3 * i].program = CELLO;
        assert_ok(tidy(false, &notes));
        int flutes = 0;
        for (size_t i = 0; i < notes.count; i++) flutes += notes.items[i].program == FLUTE;
        assert_int_equal(flutes, others == 2 ? LINE : LINE - others);
        neume_notes_clear(&notes);
    }
}

static neume_status tidy_line(void *context) {
    return tidy(false, context);
}

static void test_without_memory(void **state) {
    (void)state;
    neume_notes notes = line_of(CELLO, .45);
    sweep_allocation_failures(tidy_line, &notes);
    neume_notes_clear(&notes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_glides_go),
        cmocka_unit_test(test_a_held_note_is_one),
        cmocka_unit_test(test_what_may_be_music_stays),
        cmocka_unit_test(test_what_is_no_line_stays),
        cmocka_unit_test(test_breath_is_no_drum),
        cmocka_unit_test(test_a_line_has_one_player),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
