#include "neume_test.h"

#include <string.h>

#include "neume/notation.h"

static const char TUNE[] = "X:1\nT:Song\nM:6/8\nL:1/8\nQ:3/8=80\nV:1\nV:2\nK:Dm\n[V:1]%s\n[V:2]D,6|[Q:1/4=60]D,6|\n";

static neume_score *read_tune(const char *melody) {
    char text[512];
    neume_abc_place place = {0};
    neume_score *score = NULL;
    snprintf(text, sizeof text, TUNE, melody);
    assert_ok(neume_abc_read(text, strlen(text), &place, NULL, &score));
    return score;
}

/* The file, read back, holds the notes as played, within its tick. */
static void test_the_file_sounds_as_the_score_is_played(void **state) {
    (void)state;
    static const char *const melodies[] = {"d2f a3|^c2e g3|", "|:dfa d'>af:|{ef}d3-d3|", "(4dfad' [dfa]3|z3 a3|",
                                           "ddd ddd|[dd]6|"};
    for (size_t i = 0; i < sizeof melodies / sizeof *melodies; i++) {
        neume_score *score = read_tune(melodies[i]);
        neume_played played = {0};
        neume_notes expected = {0}, read = {0};
        neume_buffer midi = {0};
        assert_ok(neume_score_play(score, &played));
        assert_ok(neume_played_notes(&played, &expected));
        assert_ok(neume_midi_write_score(score, &midi));
        assert_ok(neume_midi_read_notes(midi.data, midi.size, &read));
        assert_int_equal(read.count, expected.count); /* two strokes of one key at once are one in both */
        for (size_t n = 0; n < read.count; n++) {
            assert_int_equal(read.items[n].pitch, expected.items[n].pitch);
            assert_true(fabs(read.items[n].onset_s - expected.items[n].onset_s) < 2e-3);
            assert_true(fabs(read.items[n].offset_s - expected.items[n].offset_s) < 2e-3);
            assert_int_equal(read.items[n].velocity, expected.items[n].velocity);
        }
        neume_buffer_clear(&midi);
        neume_notes_clear(&read);
        neume_notes_clear(&expected);
        neume_played_clear(&played);
        neume_score_free(score);
    }
}

static void test_the_first_track_tells_title_metre_key_and_tempo(void **state) {
    (void)state;
    neume_score *score = read_tune("d6|");
    neume_buffer midi = {0};
    assert_ok(neume_midi_write_score(score, &midi));
    static const char title[] = "\xff\x03\x04Song", metre[] = "\xff\x58\x04\x06\x03", key[] = "\xff\x59\x02\xff\x01",
                      tempo[] = "\xff\x51\x03\x07\xa1\x20"; /* 500,000 us: 120 quarters a minute */
    assert_non_null(memmem(midi.data, midi.size, title, sizeof title - 1));
    assert_non_null(memmem(midi.data, midi.size, metre, sizeof metre - 1));
    assert_non_null(memmem(midi.data, midi.size, key, sizeof key - 1));
    assert_non_null(memmem(midi.data, midi.size, tempo, sizeof tempo - 1));
    neume_buffer_clear(&midi);
    neume_score_free(score);
}

static neume_clock clock_of(const char *tune) {
    neume_abc_place place = {0};
    neume_score *score = NULL;
    neume_buffer midi = {0};
    neume_clock clock = {0};
    assert_ok(neume_abc_read(tune, strlen(tune), &place, NULL, &score));
    assert_ok(neume_midi_write_score(score, &midi));
    assert_ok(neume_midi_read_clock(midi.data, midi.size, &clock));
    neume_buffer_clear(&midi);
    neume_score_free(score);
    return clock;
}

/* So that other programs, and this one, have the bar lines where they are. */
static void test_an_upbeat_is_a_short_bar(void **state) {
    (void)state;
    neume_clock clock = clock_of("X:1\nM:6/8\nL:1/8\nK:G\nde|:g3 gab|d'3 d'3:|[M:3/4]g6|]\n");
    assert_int_equal(clock.metre_count, 3);
    assert_true(clock.metres[0].metre.beats == 1 && clock.metres[0].metre.unit == 4);
    assert_true(clock.metres[1].metre.beats == 6 && clock.metres[1].metre.unit == 8);
    assert_true(clock.metres[0].quarters == 0 && clock.metres[1].quarters == 1);
    assert_true(clock.metres[2].metre.beats == 3 && clock.metres[2].quarters == 1 + 4 * 3);
    neume_clock_clear(&clock);
    clock = clock_of("X:1\nM:4/4\nL:1/16\nK:G\nG3|d16|]\n");
    assert_int_equal(clock.metre_count, 2);
    assert_true(clock.metres[0].metre.beats == 3 && clock.metres[0].metre.unit == 16);
    neume_clock_clear(&clock);
    static const char *const whole[] = {"X:1\nM:4/4\nL:1/4\nK:G\n|GABc|d4|]\n", "X:1\nM:4/4\nL:1/4\nK:G\nGA|]\n",
                                        "X:1\nM:none\nL:1/4\nK:G\nG|GABc|]\n"};
    static const size_t metres[] = {1, 1, 0}; /* a full bar, nothing behind, no metre */
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
        clock = clock_of(whole[i]);
        assert_int_equal(clock.metre_count, metres[i]);
        neume_clock_clear(&clock);
    }
}

static void test_instruments_and_drums_have_their_channels(void **state) {
    (void)state;
    static const char text[] = "X:1\nT:\nL:1/4\nK:C\nV:1\n%%MIDI program 40\nC|\nV:2\n%%MIDI channel "
                               "10\nC|\nV:3\n%%MIDI program 70\nC|[I:MIDI=program 71]D|\n";
    neume_abc_place place = {0};
    neume_score *score = NULL;
    neume_buffer midi = {0};
    neume_notes notes = {0};
    assert_ok(neume_abc_read(text, strlen(text), &place, NULL, &score));
    assert_ok(neume_midi_write_score(score, &midi));
    assert_ok(neume_midi_read_notes(midi.data, midi.size, &notes));
    static const int programs[] = {40, 70, NEUME_PROGRAM_DRUMS, 71};
    assert_int_equal(notes.count, 4);
    for (int i = 0; i < 4; i++) assert_int_equal(notes.items[i].program, programs[i]);
    neume_notes_clear(&notes);
    neume_buffer_clear(&midi);
    neume_score_free(score);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_file_sounds_as_the_score_is_played),
        cmocka_unit_test(test_the_first_track_tells_title_metre_key_and_tempo),
        cmocka_unit_test(test_an_upbeat_is_a_short_bar),
        cmocka_unit_test(test_instruments_and_drums_have_their_channels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
