#include "neume_test.h"

#include "own_folder.h"
#include "read_abc.h"
#include "reading.h"

static const int64_t QUARTER = NEUME_WHOLE / 4;

static void put(const char *name, const char *text) {
    assert_ok(neume_file_write(own_path(name), text, strlen(text)));
}

static neume_reading read_file(const char *name) {
    neume_reading reading = {0};
    assert_ok(neume_reading_read_file(own_path(name), &reading));
    return reading;
}

static void assert_near(double value, double expected) {
    if (!(fabs(value - expected) < 1e-6)) fail_msg("%.9f, expected %.9f", value, expected);
}

/* --- words -------------------------------------------------------------------------------------------------------- */

static void test_keys_are_read_in_many_spellings(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int step, alter, mode; /* mode -1: refused */
    } cases[] = {{"G major", 4, 0, NEUME_MODE_MAJOR},
                 {"Bb:min", 6, -1, NEUME_MODE_MINOR},
                 {"F# dorian", 3, 1, NEUME_MODE_DORIAN},
                 {"Am", 5, 0, NEUME_MODE_MINOR},
                 {"C", 0, 0, NEUME_MODE_MAJOR},
                 {"E\xE2\x99\xAD minor", 2, -1, NEUME_MODE_MINOR},
                 {"H", 0, 0, -1},
                 {"", 0, 0, -1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        neume_key key;
        assert_int_equal(neume__key_parse(cases[i].text, strlen(cases[i].text), &key), cases[i].mode >= 0);
        if (cases[i].mode < 0) continue;
        assert_int_equal(key.tonic_step, cases[i].step);
        assert_int_equal(key.tonic_alter, cases[i].alter);
        assert_int_equal(key.mode, cases[i].mode);
    }
}

static void test_a_signature_alone_has_its_sharps_or_flats(void **state) {
    (void)state;
    for (int fifths = -7; fifths <= 7; fifths++) {
        neume_key key = neume__key_of_signature(fifths);
        int sum = 0;
        for (int i = 0; i < 7; i++) sum += key.alter[i];
        assert_int_equal(sum, fifths);
        assert_int_equal(key.mode, NEUME_MODE_NONE);
    }
}

/* --- JSON --------------------------------------------------------------------------------------------------------- */

static const char *const DRAFT =
    "{\"tempo_bpm\": 120.5, \"metre\": {\"beats\": 6, \"unit\": 8}, \"key\": {\"tonic\": \"D\", \"mode\": \"minor\"},\n"
    "\"beats_s\": [0.5, 1e0, {\"time_s\": 1.5}], \"downbeats_s\": [0.5], \"other\": [true, null, \"a\\\"]\", -1],\n"
    "\"measures\": [{\"at\": 0, \"ticks\": 172972800, \"metre\": \"4/4\"}, {\"at\": 172972800, \"ticks\": 691891200, "
    "\"metre\": \"4/4\"}],\n"
    "\"notes\": [{\"onset_s\": 0.75, \"pitch\": 62, \"at_ticks\": 172972800, \"ticks\": 345945600, \"staff\": 1, "
    "\"voice\": 0}, {\"onset_s\": 0.5, \"pitch\": 60, \"at_ticks\": 0, \"ticks\": 172972800, \"staff\": 0, \"voice\": "
    "0}]}";

static void test_json_gives_timeline_and_places(void **state) {
    (void)state;
    put("x.json", DRAFT);
    neume_reading r = read_file("x.json");
    assert_int_equal(r.timeline.beat_count, 3);
    assert_near(r.timeline.beats_s[2], 1.5);
    assert_int_equal(r.timeline.downbeat_count, 1);
    assert_near(r.timeline.tempo_bpm, 120.5);
    assert_int_equal(r.timeline.metre.beats, 6);
    assert_int_equal(r.timeline.key.mode, NEUME_MODE_MINOR);
    assert_int_equal(r.written.note_count, 2);
    assert_int_equal(r.written.notes[0].pitch, 60);
    assert_int_equal(r.written.notes[0].in_bar, 3 * QUARTER);
    assert_int_equal(r.written.notes[1].bar, 1);
    assert_int_equal(r.written.notes[1].in_bar, 0);
    assert_int_not_equal(r.written.notes[1].voice, r.written.notes[0].voice);
    neume_reading_clear(&r);
}

static void test_what_json_does_not_tell_is_not_told(void **state) {
    (void)state;
    put("x.json", "{\"measures\": [{\"at\": 0, \"ticks\": 1, \"metre\": \"3/4\"}], \"notes\": []}");
    neume_reading r = read_file("x.json");
    assert_false(r.timeline.has_beats);
    assert_false(r.timeline.has_key);
    assert_int_equal(r.timeline.metre.beats, 3);
    neume_reading_clear(&r);
    put("x.json", "{\"beats_s\": [], \"key\": null}");
    r = read_file("x.json");
    assert_true(r.timeline.has_beats);
    assert_false(r.timeline.has_key);
    assert_int_equal(r.written.bar_count, 0);
    neume_reading_clear(&r);
}

static void test_json_cut_off_or_spoilt_anywhere_is_refused_or_read(void **state) {
    (void)state;
    char text[2048];
    const size_t length = strlen(DRAFT);
    for (size_t cut = 0; cut < length; cut++) {
        neume_reading r = {0};
        memcpy(text, DRAFT, cut);
        text[cut] = '\0';
        assert_int_equal(neume__reading_from_json(text, &r), NEUME_EFORMAT);
        neume_reading_clear(&r);
        memcpy(text, DRAFT, length + 1);
        text[cut] = "{}[]\",:0x"[cut % 9];
        neume_status status = neume__reading_from_json(text, &r);
        assert_true(status == NEUME_OK || status == NEUME_EFORMAT);
        neume_reading_clear(&r);
    }
    char *deep = malloc(4001);
    assert_non_null(deep);
    memset(deep, '[', 4000), deep[4000] = '\0';
    neume_reading r = {0};
    assert_int_equal(neume__reading_from_json(deep, &r), NEUME_ELIMIT);
    free(deep);
}

static void test_json_that_is_wrong_is_told_in_one_line(void **state) {
    (void)state;
    static const char *const wrong[] = {"", "{\"a\": 1, \"a\": 2}", "{} {}", "{\"a\": \"\xFF\"}", "{\"a\": 01}"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        neume_reading r = {0};
        assert_int_equal(neume__reading_from_json(wrong[i], &r), NEUME_EFORMAT);
        assert_non_null(strstr(neume_error_message(), "JSON: line 1: "));
        assert_null(strchr(neume_error_message(), '\n'));
    }
}

/* --- annotations -------------------------------------------------------------------------------------------------- */

static void put_notes(const char *name, const double *onset_s, const int *pitch, size_t count) {
    neume_notes notes = {0};
    neume_buffer bytes = {0};
    for (size_t i = 0; i < count; i++)
        assert_ok(neume_notes_add(&notes, (neume_note){onset_s[i], onset_s[i] + 0.1, (int16_t)pitch[i], 80, 0, 0, 1}));
    assert_ok(neume_midi_write_notes(&notes, &bytes));
    assert_ok(neume_file_write(own_path(name), bytes.data, bytes.size));
    neume_notes_clear(&notes);
    neume_buffer_clear(&bytes);
}

/* A beat of pickup, then bars of 3/4 whose third is played slower; in the score a beat lasts half a second. */
static void test_asap_places_played_notes_in_the_scores_bars(void **state) {
    (void)state;
    put("midi_score_annotations.txt",
        "0.0 0.0 b,,-3\n0.5 0.5 db,3/4,\n1.0 1.0 b\n1.5 1.5 b\n2.0 2.0 db\n2.5 2.5 b\n3.0 3.0 bR\n");
    put("p_annotations.txt",
        "1.0\t1.0\tb,,-3\n2.0\t2.0\tdb,3/4,\n3.0\t3.0\tb\n4.0\t4.0\tb\n6.0\t6.0\tdb\n7.0\t7.0\tb\n8.0\t8.0\tbR\n");
    /*                                  pickup, bar 1: beats 1, 2 1/2, 3 1/3; bar 2: beat 1 */
    put_notes("midi_score.mid", (const double[]){0.0, 0.5, 1.25, 1.6667, 2.0, 2.5},
              (const int[]){60, 62, 64, 65, 67, 69}, 6);
    /* the last but one is a wrong note, the last too late */
    put_notes("p.mid", (const double[]){1.05, 1.9, 3.6, 4.6, 6.0, 7.3}, (const int[]){60, 62, 64, 65, 66, 69}, 6);
    neume_reading r = read_file("p_annotations.txt");
    static const int64_t in_bar[] = {2 * NEUME_WHOLE / 4, 0, 3 * NEUME_WHOLE / 8, 7 * NEUME_WHOLE / 12};
    assert_int_equal(r.written.note_count, 4);
    for (size_t i = 0; i < 4; i++) assert_int_equal(r.written.notes[i].in_bar, in_bar[i]);
    assert_near(r.written.notes[1].time_s, 1.9);
    assert_int_equal(r.written.notes[3].bar, 1);
    assert_int_equal(r.timeline.beat_count, 7);
    assert_int_equal(r.timeline.downbeat_count, 2);
    assert_int_equal(r.timeline.metre.beats, 3);
    assert_int_equal(r.timeline.key.alter[6], -1);
    assert_int_equal(r.timeline.key.mode, NEUME_MODE_NONE);
    neume_reading_clear(&r);

    put("midi_score_annotations.txt", "0.0 0.0 db,3/4,0\n"); /* not side by side: beats alone */
    r = read_file("p_annotations.txt");
    assert_int_equal(r.written.bar_count, 0);
    assert_int_equal(r.timeline.beat_count, 7);
    neume_reading_clear(&r);
    put("p_annotations.txt", "2.0 2.0 db,3/4\n1.0 1.0 b\n");
    assert_int_equal(neume_reading_read_file(own_path("p_annotations.txt"), &r), NEUME_EFORMAT);
}

static void test_pop909_gives_beats_bars_and_the_longest_key(void **state) {
    (void)state;
    put("001.beat_midi.txt",
        "0.1 1.0 0.0\n0.6 0.0 1.0\n1.1 1.0 0.0\n1.6 0.0 0.0\n2.1 1.0 1.0\n2.6 0.0 0.0\n3.1 0.0 0.0\n3.6 0.0 1.0\n");
    put("001.key_audio.txt", "0.0\t9.0\tG:min\n9.0\t30.0\tDb:maj\n");
    neume_reading r = read_file("001.beat_midi.txt");
    assert_int_equal(r.timeline.beat_count, 8);
    assert_int_equal(r.timeline.downbeat_count, 3);
    assert_int_equal(r.timeline.metre.beats, 3);
    assert_int_equal(r.timeline.key.tonic_alter, -1);
    neume_reading_clear(&r);
    put("001.beat_midi.txt", "0.1 1.0 0.0\n0.6 0.0\n");
    assert_int_equal(neume_reading_read_file(own_path("001.beat_midi.txt"), &r), NEUME_EFORMAT);
}

static void test_other_files_are_refused(void **state) {
    (void)state;
    neume_reading r = {0};
    put("x.txt", "nothing of music");
    assert_int_equal(neume_reading_read_file(own_path("x.txt"), &r), NEUME_EUNSUPPORTED);
    put("x.txt", "");
    assert_int_equal(neume_reading_read_file(own_path("x.txt"), &r), NEUME_EUNSUPPORTED);
    assert_int_equal(neume_reading_read_file(own_path("missing"), &r), NEUME_ENOTFOUND);
}

/* --- performing --------------------------------------------------------------------------------------------------- */

static const char *const JIG = "X:1\nM:6/8\nL:1/8\nK:Em\nB|:EBB BAG|FAA AFD|EBB BAG|1 FED E2B:|2 FED E3|]\n";

static void test_a_performance_is_read_back_as_its_score(void **state) {
    (void)state;
    put("x.abc", JIG);
    for_each_seed(seed, 20) {
        neume_score *tune = read_abc(JIG);
        neume_notes played = {0};
        neume_buffer truth = {0};
        neume_distance d;
        double bars;
        assert_ok(neume_score_perform(tune, seed, &played, &truth));
        put("x.json", truth.data);
        neume_reading told = read_file("x.json"), written = read_file("x.abc");
        assert_ok(neume_bars_score(&written.written, &told.written, &bars));
        assert_ok(neume_written_distance(&written.written, &told.written, &d));
        assert_near(bars, 1);
        assert_near(d.mean, 1);
        assert_int_equal(played.count, told.written.note_count);
        assert_int_equal(told.timeline.downbeat_count, 8);
        assert_int_equal(told.timeline.metre.unit, 8);
        assert_int_equal(told.timeline.key.mode, NEUME_MODE_MINOR);
        for (size_t i = 1; i < told.timeline.beat_count; i++) { /* a dotted quarter at 60 .. 200 quarters, 8 % off */
            const double step_s = told.timeline.beats_s[i] - told.timeline.beats_s[i - 1];
            assert_true(step_s > 90. / 200 / 1.081 && step_s < 90. / 60 / 0.919);
        }
        neume_reading_clear(&told);
        neume_reading_clear(&written);
        neume_notes_clear(&played);
        neume_buffer_clear(&truth);
        neume_score_free(tune);
    }
}

static void test_faulty_tunes_are_not_performed(void **state) {
    (void)state;
    static const char *const faulty[] = {"X:1\nM:4/4\nL:1/4\nK:C\nCDEF|GAB|CDEFG|AB|CDEF|\n",
                                         "X:1\nM:4/4\nL:1/4\nK:C\nz4|\n", "X:1\nM:none\nL:1/4\nK:C\nCDE|FG|\n"};
    for (size_t i = 0; i < sizeof faulty / sizeof *faulty; i++) {
        neume_score *tune = read_abc(faulty[i]);
        neume_notes played = {0};
        neume_buffer truth = {0};
        assert_int_equal(neume_score_perform(tune, 1, &played, &truth), NEUME_EFORMAT);
        assert_int_equal(truth.size, 0);
        neume_score_free(tune);
    }
}

static neume_status perform_once(void *context) {
    neume_notes played = {0};
    neume_buffer truth = {0};
    neume_status status = neume_score_perform(context, 1, &played, &truth);
    neume_notes_clear(&played);
    neume_buffer_clear(&truth);
    return status;
}

static neume_status read_once(void *context) {
    neume_reading reading = {0};
    neume_status status = neume__reading_from_json(context, &reading);
    neume_reading_clear(&reading);
    return status;
}

static void test_all_survives_want_of_memory(void **state) {
    (void)state;
    neume_score *tune = read_abc(JIG);
    sweep_allocation_failures(perform_once, tune);
    sweep_allocation_failures(read_once, (void *)(uintptr_t)DRAFT);
    neume_score_free(tune);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_are_read_in_many_spellings),
        cmocka_unit_test(test_a_signature_alone_has_its_sharps_or_flats),
        cmocka_unit_test(test_json_gives_timeline_and_places),
        cmocka_unit_test(test_what_json_does_not_tell_is_not_told),
        cmocka_unit_test(test_json_cut_off_or_spoilt_anywhere_is_refused_or_read),
        cmocka_unit_test(test_json_that_is_wrong_is_told_in_one_line),
        cmocka_unit_test(test_asap_places_played_notes_in_the_scores_bars),
        cmocka_unit_test(test_pop909_gives_beats_bars_and_the_longest_key),
        cmocka_unit_test(test_other_files_are_refused),
        cmocka_unit_test(test_a_performance_is_read_back_as_its_score),
        cmocka_unit_test(test_faulty_tunes_are_not_performed),
        cmocka_unit_test(test_all_survives_want_of_memory),
    };
    return cmocka_run_group_tests(tests, own_folder_make, own_folder_remove);
}
