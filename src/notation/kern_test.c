#include "note_cases.h"

#include <string.h>

#include "neume/notation.h"

static neume_notes read_ok(const char *text) {
    neume_notes notes = {0};
    assert_ok(neume_notes_read("a.krn", text, strlen(text), &notes));
    return notes;
}

static void test_pitch_letters_and_accidentals(void **state) {
    (void)state;
    static const struct {
        const char *word;
        int pitch;
    } rows[] = {{"4c", 60},  {"4cc", 72},     {"4C", 48},     {"4CC", 36},   {"4b", 71},
                {"4BB", 47}, {"4c#", 61},     {"4e-", 63},    {"4f##", 67},  {"4BB--", 45},
                {"4gn", 67}, {"4f-----", 63}, {"(4aaL/", 81}, {"4cccc", 96}, {"8.dd-X\\J)", 73}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[64];
        snprintf(text, sizeof text, "**kern\n%s\n*-\n", rows[i].word);
        neume_notes notes = read_ok(text);
        assert_int_equal(notes.count, 1);
        assert_int_equal(notes.items[0].pitch, rows[i].pitch);
        neume_notes_clear(&notes);
    }
}

static void test_durations_dots_tuplets_breves_and_rationals(void **state) {
    (void)state;
    static const struct {
        const char *word;
        double quarters;
    } rows[] = {{"4c", 1},    {"8c", 0.5}, {"4.c", 1.5},      {"2..c", 3.5}, {"12c", 1.0 / 3}, {"0c", 8},  {"00c", 16},
                {"000c", 32}, {"0.c", 12}, {"3%2c", 8.0 / 3}, {"20c", 0.2},  {"1c", 4},        {"[1c", 4}, {"6.c", 1}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[64];
        snprintf(text, sizeof text, "**kern\n*MM60\n%s\n*-\n", rows[i].word);
        neume_notes notes = read_ok(text);
        assert_note(&notes.items[0], 0, rows[i].quarters, 60);
        neume_notes_clear(&notes);
    }
}

static void test_tempo_is_120_until_a_mark_changes_it(void **state) {
    (void)state;
    neume_notes notes = read_ok("**kern\n4c\n*MM60\n4d\n*MM240\n4e\n*-\n");
    assert_int_equal(notes.count, 3);
    assert_note(&notes.items[0], 0, 0.5, 60);
    assert_note(&notes.items[1], 0.5, 1.5, 62);
    assert_note(&notes.items[2], 1.5, 1.75, 64);
    assert_int_equal(notes.items[0].velocity, 80);
    neume_notes_clear(&notes);
}

static void test_the_movement_s_word_stands_beside_its_tempo(void **state) {
    (void)state;
    static const char piece[] =
        "!!!OMD:\n!!!OMD: Allegro con brio \n**kern\n*M2/4\n*MM132\n4c\n4d\n!!!OMD: Trio\n4e\n4f\n*-\n";
    neume_score *score = NULL;
    assert_ok(neume_kern_read(piece, strlen(piece), NULL, &score));
    assert_string_equal(score->tempo.text, "Allegro con brio");
    assert_float_equal(score->tempo.per_minute, 132, 1e-9);
    assert_int_equal(score->tempo.beat, NEUME_WHOLE / 4);
    neume_score_free(score);
}

static void test_spines_keep_time_together_and_other_spines_are_skipped(void **state) {
    (void)state;
    neume_notes notes = read_ok("!!!COM: nobody\n**kern\t**dynam\t**kern\t**text\n*MM60\t*\t*MM60\t*\n=1\t=1\t=1\t=1\n"
                                "2C\tff\t4.e\tLa\n!\t!\t!\t!\n.\t.\t8f\tla\n\n4D\t.\t4g\t4c\n*-\t*-\t*-\t*-\n");
    assert_int_equal(notes.count, 5);
    assert_note(&notes.items[0], 0, 2, 48);
    assert_note(&notes.items[1], 0, 1.5, 64);
    assert_note(&notes.items[2], 1.5, 2, 65);
    assert_note(&notes.items[3], 2, 3, 50);
    assert_note(&notes.items[4], 2, 3, 67);
    assert_int_equal(notes.items[0].part, 1); /* the rightmost spine is the top of the page */
    assert_int_equal(notes.items[1].part, 0);
    neume_notes_clear(&notes);
}

static void test_a_spine_splits_joins_exchanges_and_is_added(void **state) {
    (void)state;
    neume_notes notes =
        read_ok("**kern\n*MM60\n*^\n4e\t2c\n4f\t.\n*v\t*v\n4g\n*^\n*x\t*x\n4a\t4A\n*v\t*v\n*+\n*\t**kern\n"
                "4b\t4BB\n*-\t*-\n");
    assert_int_equal(notes.count, 8);
    assert_note(&notes.items[0], 0, 2, 60);
    assert_note(&notes.items[1], 0, 1, 64);
    assert_note(&notes.items[2], 1, 2, 65);
    assert_note(&notes.items[3], 2, 3, 67);
    assert_note(&notes.items[4], 3, 4, 57);
    assert_note(&notes.items[5], 3, 4, 69);
    assert_note(&notes.items[6], 4, 5, 47);
    assert_true(notes.items[6].part != notes.items[7].part);
    neume_notes_clear(&notes);
}

static void test_ties_join_notes_of_chords_across_a_barline(void **state) {
    (void)state;
    neume_notes notes = read_ok("**kern\n*MM60\n[4c 4e\n=\n4c_ 4f\n=\n4c] [4f\n4e]\n4f\n*-\n");
    assert_int_equal(notes.count, 6);
    assert_note(&notes.items[0], 0, 3, 60);
    assert_note(&notes.items[1], 0, 1, 64);
    assert_note(&notes.items[2], 1, 2, 65);
    assert_note(&notes.items[3], 2, 3, 65);
    assert_note(&notes.items[4], 3, 4, 64); /* an end without a beginning is a note */
    assert_note(&notes.items[5], 4, 5, 65);
    neume_notes_clear(&notes);
}

static void test_grace_notes_take_their_time_from_their_note(void **state) {
    (void)state;
    neume_notes notes = read_ok("**kern\t**kern\n*MM60\t*\n4c\t4C\n8qd\t.\n8qe\t.\n4f\t4D\n*-\t*-\n");
    assert_int_equal(notes.count, 6);
    assert_note(&notes.items[2], 1, 2, 50);
    assert_note(&notes.items[3], 1, 1.125, 62);
    assert_note(&notes.items[4], 1.125, 1.25, 64);
    assert_note(&notes.items[5], 1.25, 2, 65);
    neume_notes_clear(&notes);
}

static void test_repeats_are_played(void **state) {
    (void)state;
    neume_notes notes = read_ok("**kern\n*MM60\n*M2/4\n=1|!:\n4c\n4d\n=:|!\n2e\n==\n*-\n");
    static const int heard[] = {60, 62, 60, 62, 64};
    assert_int_equal(notes.count, 5);
    for (int i = 0; i < 5; i++) assert_note(&notes.items[i], i, i + (i == 4 ? 2 : 1), heard[i]);
    neume_notes_clear(&notes);
}

static void test_a_tie_goes_on_in_another_spine_of_its_part(void **state) {
    (void)state;
    neume_notes notes =
        read_ok("**kern\t**kern\n*part1\t*part1\n*staff2\t*staff1\n*MM60\t*\n4C\t[4c\n4c]\t4e\n*-\t*-\n");
    assert_int_equal(notes.count, 3);
    assert_note(&notes.items[1], 0, 2, 60);
    neume_notes_clear(&notes);
}

static void test_what_is_left_out_is_told_once_a_kind(void **state) {
    (void)state;
    static const char text[] =
        "**kern\t**fing\n*M2/4\t*\n=1\t=1\n4cH\t1\n4dH\t.\n=2\t=2\n4e\t.\n=3\t=3\n2f\t.\n==\t==\n*-\t*-\n";
    neume_report report = {0};
    neume_score *score = NULL;
    assert_ok(neume_kern_read(text, sizeof text - 1, &report, &score));
    assert_int_equal(report.warnings, 3);
    assert_non_null(strstr(report.text.data, "line 1: **fing spines are left out\n"));
    assert_non_null(strstr(report.text.data, "line 4: a glissando ('H') is left out (2 times)\n"));
    assert_non_null(strstr(report.text.data, "line 8: a measure is shorter than its metre\n"));
    neume_report_clear(&report);
    neume_score_free(score);
}

static void test_rests_pass_time_and_make_no_note(void **state) {
    (void)state;
    neume_notes notes = read_ok("**kern\n*MM60\n4r\n4rccyy\n4c;\n*-\n");
    assert_int_equal(notes.count, 1);
    assert_note(&notes.items[0], 2, 3, 60);
    neume_notes_clear(&notes);
}

static void test_instruments_by_code_then_name_then_class(void **state) {
    (void)state;
    static const struct {
        const char *lines;
        int program;
    } rows[] = {
        {"*Ivioln\n", 40},          {"*I\"Oboe\n*Ivioln\n", 40}, {"*Ivioln\n*I\"Oboe\n", 40}, {"*I\"Violino I\n", 40},
        {"*ICbras\n*Icor\n", 60},   {"*ICbras\n*Iempty\n", 61},  {"*Iclars|Ioboe\n", 71},     {"*Iempty\n", 0},
        {"*IGsolo\n*Iorgan\n", 19}, {"*Itrngl\n", 128},          {"*ITrd1c2\n*Iclars\n", 71}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[96];
        snprintf(text, sizeof text, "**kern\n%s4c\n*-\n", rows[i].lines);
        neume_notes notes = read_ok(text);
        assert_int_equal(notes.items[0].program, rows[i].program);
        assert_int_equal(notes.items[0].pitch, rows[i].program == 128 ? 81 : 60); /* as it sounds: *ITr moves nothing */
        neume_notes_clear(&notes);
    }
}

static void test_a_unison_of_two_voices_is_one_stroke(void **state) {
    (void)state;
    neume_notes notes = read_ok("**kern\n*MM60\n*^\n4c\t2c\n4d\t.\n*v\t*v\n*-\n");
    assert_int_equal(notes.count, 2);
    assert_note(&notes.items[0], 0, 2, 60);
    neume_notes_clear(&notes);
}

static void test_damage_is_refused_and_leaves_out_alone(void **state) {
    (void)state;
    static const char *const texts[] = {
        "", "hello", "4c\n", "**text\nla\n*-\n", "**kern\t**kern\n4c\n", "**kern\n4c\t4d\n", "**kern\n*^\n4c\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        neume_notes notes = read_ok("**kern\n4c\n*-\n");
        assert_int_equal(neume_notes_read("a.krn", texts[i], strlen(texts[i]), &notes), NEUME_EFORMAT);
        assert_int_equal(notes.count, 1);
        neume_notes_clear(&notes);
    }
}

static void test_splitting_without_end_is_a_limit(void **state) {
    (void)state;
    neume_buffer text = {0};
    assert_ok(neume_buffer_print(&text, "**kern\n"));
    for (int line = 0; line < 11; line++)
        for (int i = 0; i < 1 << line; i++) assert_ok(neume_buffer_print(&text, i + 1 < 1 << line ? "*^\t" : "*^\n"));
    neume_notes notes = {0};
    assert_int_equal(neume_notes_read("a.krn", text.data, text.size, &notes), NEUME_ELIMIT);
    neume_buffer_clear(&text);
}

static void test_endless_time_is_a_limit(void **state) {
    (void)state;
    neume_notes notes = {0};
    neume_buffer text = {0};
    assert_ok(neume_buffer_print(&text, "**kern\n*MM1\n"));
    for (int i = 0; i < 300; i++) assert_ok(neume_buffer_print(&text, "000c\n"));
    assert_int_equal(neume_notes_read("a.krn", text.data, text.size, &notes), NEUME_ELIMIT);
    neume_buffer_clear(&text);
}

static neume_status read_small_score(void *context) {
    (void)context;
    static const char text[] = "**kern\n*MM60\n*^\n[4c\t2c\n*MM90\t*\n8qd\t.\n4c]\t.\n*v\t*v\n*-\n";
    neume_notes notes = {0};
    neume_status status = neume_notes_read("a.krn", text, sizeof text - 1, &notes);
    neume_notes_clear(&notes);
    return status;
}

static void test_every_failed_allocation_is_reported(void **state) {
    (void)state;
    sweep_allocation_failures(read_small_score, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pitch_letters_and_accidentals),
        cmocka_unit_test(test_durations_dots_tuplets_breves_and_rationals),
        cmocka_unit_test(test_tempo_is_120_until_a_mark_changes_it),
        cmocka_unit_test(test_the_movement_s_word_stands_beside_its_tempo),
        cmocka_unit_test(test_spines_keep_time_together_and_other_spines_are_skipped),
        cmocka_unit_test(test_a_spine_splits_joins_exchanges_and_is_added),
        cmocka_unit_test(test_ties_join_notes_of_chords_across_a_barline),
        cmocka_unit_test(test_grace_notes_take_their_time_from_their_note),
        cmocka_unit_test(test_repeats_are_played),
        cmocka_unit_test(test_a_tie_goes_on_in_another_spine_of_its_part),
        cmocka_unit_test(test_what_is_left_out_is_told_once_a_kind),
        cmocka_unit_test(test_rests_pass_time_and_make_no_note),
        cmocka_unit_test(test_instruments_by_code_then_name_then_class),
        cmocka_unit_test(test_a_unison_of_two_voices_is_one_stroke),
        cmocka_unit_test(test_damage_is_refused_and_leaves_out_alone),
        cmocka_unit_test(test_splitting_without_end_is_a_limit),
        cmocka_unit_test(test_endless_time_is_a_limit),
        cmocka_unit_test(test_every_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
