#include "note_cases.h"

#include "neume/notation.h"

#include <string.h>

static const double tick_s = 1.0 / 960; /* of the files we write */

static void put(neume_buffer *file, const char *bytes, size_t count) {
    assert_ok(neume_buffer_append(file, bytes, count));
}
#define PUT(file, text) put(file, text, sizeof(text) - 1)

/* A file of one track at @p division (two bytes) with these events and an end. */
static neume_buffer file_of(const char *division, const char *events, size_t count) {
    neume_buffer file = {0};
    PUT(&file, "MThd\0\0\0\6\0\1\0\1");
    put(&file, division, 2);
    PUT(&file, "MTrk\0\0\0");
    char size = (char)(count + 4);
    put(&file, &size, 1);
    put(&file, events, count);
    PUT(&file, "\0\xff\x2f\0");
    return file;
}

/* Reads a one-track file at 96 ticks a quarter: at 120 quarters a minute, 0x60 ticks are half a second. */
static neume_notes notes_of(const char *events, size_t count) {
    neume_buffer file = file_of("\0\x60", events, count);
    neume_notes notes = {0};
    assert_ok(neume_midi_read_notes(file.data, file.size, &notes));
    neume_buffer_clear(&file);
    return notes;
}
#define NOTES(events) notes_of(events, sizeof(events) - 1)

static void assert_written_is_read(neume_notes *notes, double tolerance_s) {
    neume_notes again = {0};
    neume_buffer file = {0};
    assert_ok(neume_midi_write_notes(notes, &file));
    assert_ok(neume_midi_read_notes(file.data, file.size, &again));
    assert_same_notes(notes, &again, tolerance_s);
    neume_buffer_clear(&file);
    neume_notes_clear(&again);
}

static void test_what_is_written_is_read_again_within_a_tick(void **state) {
    (void)state;
    for_each_seed(seed, 30) {
        neume_rng rng = neume_rng_seeded(seed, 1);
        neume_notes notes = {0};
        add_random_notes(&notes, &rng, (int)neume_rng_below(&rng, 80), (int)neume_rng_below(&rng, 16));
        assert_written_is_read(&notes, tick_s);
        neume_notes_clear(&notes);
    }
}

/* 42 programs on 15 channels, each with a key of its own, so that sharing a channel loses nothing. */
static void test_more_programs_than_channels_keep_their_sounds(void **state) {
    (void)state;
    for_each_seed(seed, 10) {
        neume_rng rng = neume_rng_seeded(seed, 2);
        neume_notes notes = {0};
        for (int program = 0; program < 126; program += 3) {
            neume_note like = {.pitch = (int16_t)(program + 1), .program = (int16_t)program, .confidence = 1};
            add_row_of_notes(&notes, &rng, like, 1 + (int)neume_rng_below(&rng, 12), 1);
        }
        assert_written_is_read(&notes, tick_s);
        neume_notes_clear(&notes);
    }
}

static void test_overlaps_on_one_key_end_at_the_next_stroke(void **state) {
    (void)state;
    neume_note items[] = {{0, 3, 60, 50, 0, 0, 1}, {1, 2, 60, 60, 0, 0, 1}, {1, 4, 60, 70, 0, 0, 1}};
    neume_notes notes = {items, 3, 3}, again = {0};
    neume_buffer file = {0};
    assert_ok(neume_midi_write_notes(&notes, &file));
    assert_ok(neume_midi_read_notes(file.data, file.size, &again));
    assert_int_equal(again.count, 2);
    assert_note(&again.items[0], 0, 1, 60);
    assert_note(&again.items[1], 1, 4, 60);
    neume_notes_clear(&again);
    neume_buffer_clear(&file);
}

static void test_programs_sharing_a_channel_end_each_others_notes_cleanly(void **state) {
    (void)state;
    neume_notes notes = {0}, again = {0};
    neume_buffer file = {0};
    for (int16_t program = 0; program < 20; program++) /* all strike one key, each a second after the one before */
        assert_ok(neume_notes_add(&notes, (neume_note){20.0 - program, 40, 60, 64, program, 0, 1}));
    assert_ok(neume_midi_write_notes(&notes, &file));
    assert_ok(neume_midi_read_notes(file.data, file.size, &again));
    assert_int_equal(again.count, 20);
    for (size_t i = 0; i < again.count; i++) {
        assert_true(fabs(again.items[i].onset_s - (1.0 + (double)i)) < 1e-9);
        assert_int_equal(again.items[i].program, 19 - (int)i);
        assert_true(again.items[i].offset_s > again.items[i].onset_s + 0.99);
    }
    neume_buffer_clear(&file);
    neume_notes_clear(&notes);
    neume_notes_clear(&again);
}

static void test_the_file_begins_with_format_1_at_480_ticks(void **state) {
    (void)state;
    neume_notes none = {0}, again = {0};
    neume_buffer file = {0};
    assert_ok(neume_midi_write_notes(&none, &file));
    assert_int_equal(file.size, 14 + 8 + 11);
    assert_memory_equal(file.data, "MThd\0\0\0\6\0\1\0\1\1\xe0MTrk\0\0\0\x0b\0\xff\x51\3\7\xa1\x20\0\xff\x2f\0", 33);
    assert_ok(neume_midi_read_notes(file.data, file.size, &again));
    assert_int_equal(again.count, 0);
    neume_buffer_clear(&file);
}

static void test_running_status_and_note_on_without_velocity(void **state) {
    (void)state;
    neume_notes notes = NOTES("\0\x90\x3c\x40\x60\x3c\0\0\xff\1\1x\0\x3e\x40\x60\x3e\0");
    assert_int_equal(notes.count, 2);
    assert_note(&notes.items[0], 0, 0.5, 60);
    assert_note(&notes.items[1], 0.5, 1, 62);
    neume_notes_clear(&notes);
}

static void test_tempo_changes_what_a_tick_lasts(void **state) {
    (void)state; /* 60 quarters a minute in the middle of the note */
    neume_notes notes = NOTES("\0\x90\x3c\x40\x60\xff\x51\3\x0f\x42\x40\x60\x80\x3c\0");
    assert_int_equal(notes.count, 1);
    assert_note(&notes.items[0], 0, 1.5, 60);
    neume_notes_clear(&notes);
}

static void test_smpte_division_ignores_tempo(void **state) {
    (void)state; /* 25 frames of 40 ticks: a tick is a millisecond */
    static const char events[] = "\0\xff\x51\3\x0f\x42\x40\0\x90\x3c\x40\x60\x80\x3c\0";
    neume_buffer file = file_of("\xe7\x28", events, sizeof events - 1);
    neume_notes notes = {0};
    assert_ok(neume_midi_read_notes(file.data, file.size, &notes));
    assert_note(&notes.items[0], 0, 0.096, 60);
    neume_notes_clear(&notes);
    neume_buffer_clear(&file);
}

static void test_pedal_holds_until_its_release_or_the_next_stroke(void **state) {
    (void)state;
    neume_notes notes = NOTES("\0\xb0\x40\x7f\0\x90\x3c\x40\0\x90\x40\x40\x60\x80\x3c\0\0\x80\x40\0"
                              "\x60\x90\x3c\x40\x60\x80\x3c\0\x60\xb0\x40\0");
    assert_int_equal(notes.count, 3);
    assert_note(&notes.items[0], 0, 1, 60); /* struck again */
    assert_note(&notes.items[1], 0, 2, 64); /* released */
    assert_note(&notes.items[2], 1, 2, 60);
    neume_notes_clear(&notes);
}

static void test_notes_without_end_stop_with_the_last_message(void **state) {
    (void)state;
    neume_notes notes = NOTES("\0\x90\x3c\x40\x60\xb1\7\x40\x60\xff\x51\3\x0f\x42\x40");
    assert_int_equal(notes.count, 1);
    assert_note(&notes.items[0], 0, 0.5, 60);
    neume_notes_clear(&notes);
}

static void test_channel_10_is_drums_and_parts_are_numbered_as_they_appear(void **state) {
    (void)state;
    neume_notes notes = NOTES("\0\xc2\x28\0\x92\x3c\x40\x60\x99\x24\x40\x60\x89\x24\0\0\x82\x3c\0\0\xf0\3\1\2\xf7");
    assert_int_equal(notes.count, 2);
    assert_int_equal(notes.items[0].program, 40);
    assert_int_equal(notes.items[0].part, 0);
    assert_int_equal(notes.items[1].program, NEUME_PROGRAM_DRUMS);
    assert_int_equal(notes.items[1].part, 1);
    neume_notes_clear(&notes);
}

static void test_foreign_files_are_refused(void **state) {
    (void)state;
    neume_notes notes = {.count = 7};
    static const char foreign[][15] = {"RIFFxxxxxxxxxx", "MThd\0\0\0\6\0\1\0\1\0\0", "MThd\0\0\0\6\0\2\0\1\0\x60",
                                       "MThd\0\0\0\2\0\1\0\1\0\x60", "MThd\0\0\0\6\0\1\0\1\xe7\0"};
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        assert_int_equal(neume_midi_read_notes(foreign[i], 14, &notes), NEUME_EFORMAT);
    assert_int_equal(neume_midi_read_notes("MThd", 4, &notes), NEUME_EFORMAT);
    assert_int_equal(notes.count, 7);
}

static void test_a_file_of_more_than_75_hours_is_refused(void **state) {
    (void)state; /* the slowest tempo, 16.8 s a quarter, for 2.8 million quarters */
    static const char events[] = "\0\xff\x51\3\xff\xff\xff\xff\xff\xff\x7f\x90\x3c\x40";
    neume_buffer file = file_of("\0\x60", events, sizeof events - 1);
    neume_notes notes = {0};
    assert_int_equal(neume_midi_read_notes(file.data, file.size, &notes), NEUME_ELIMIT);
    neume_buffer_clear(&file);
}

static void test_a_file_cut_anywhere_gives_the_notes_before_the_cut(void **state) {
    (void)state;
    neume_rng rng = neume_rng_seeded(5, 1);
    neume_notes notes = {0};
    neume_buffer file = {0};
    add_random_notes(&notes, &rng, 3, 3);
    assert_ok(neume_midi_write_notes(&notes, &file));
    size_t before = 0;
    for (size_t count = 0; count <= file.size; count++) {
        char *exact = malloc(count ? count : 1); /* of the exact size, so that a sanitizer sees a step too far */
        assert_non_null(exact);
        memcpy(exact, file.data, count);
        neume_notes cut = {0};
        if (count < 14)
            assert_int_equal(neume_midi_read_notes(exact, count, &cut), NEUME_EFORMAT);
        else
            assert_ok(neume_midi_read_notes(exact, count, &cut));
        assert_true(cut.count >= before);
        before = cut.count;
        neume_notes_clear(&cut);
        free(exact);
    }
    assert_int_equal(before, notes.count);
    neume_buffer_clear(&file);
    neume_notes_clear(&notes);
}

static void test_notes_out_of_range_are_not_written(void **state) {
    (void)state;
    static const neume_note bad[] = {{-1, 1, 60, 64, 0, 0, 1}, {1, 1, 60, 64, 0, 0, 1},   {0, 1, 128, 64, 0, 0, 1},
                                     {0, 1, 60, 0, 0, 0, 1},   {0, 1, 60, 64, 129, 0, 1}, {0, 1e9, 60, 64, 0, 0, 1}};
    neume_buffer file = {0};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        neume_note note = bad[i];
        assert_int_equal(neume_midi_write_notes(&(neume_notes){&note, 1, 1}, &file), NEUME_EINVAL);
    }
    assert_int_equal(file.size, 0);
}

static neume_status there_and_back(void *context) {
    const neume_notes *notes = context;
    neume_notes again = {0};
    neume_buffer file = {0};
    neume_status status = neume_midi_write_notes(notes, &file);
    if (!status) status = neume_midi_read_notes(file.data, file.size, &again);
    neume_buffer_clear(&file);
    neume_notes_clear(&again);
    return status;
}

static void test_lack_of_memory_is_a_status(void **state) {
    (void)state;
    sweep_there_and_back(there_and_back, 2);
}

/* Two keys let go under the pedal sound until it comes up; a violin's does not. */
static void test_a_pedal_holds_its_instrument(void **state) {
    (void)state;
    neume_note items[] = {{0, 0.5, 60, 50, 0, 0, 1}, {0.25, 0.75, 64, 60, 0, 0, 1}, {0.25, 0.75, 70, 60, 40, 0, 1}};
    neume_notes notes = {items, 3, 3}, again = {0};
    neume_pedal held[] = {{0.3, 2}};
    neume_pedals pedals = {held, 1, 1, 0};
    neume_buffer file = {0};
    assert_ok(neume_midi_write_performance(&notes, &(neume_performance){&pedals, NULL}, &file));
    assert_ok(neume_midi_read_notes(file.data, file.size, &again));
    assert_int_equal(again.count, 3);
    assert_note(&again.items[0], 0, 2, 60);
    assert_note(&again.items[1], 0.25, 2, 64);
    assert_note(&again.items[2], 0.25, 0.75, 70);
    neume_notes_clear(&again);
    neume_buffer_clear(&file);
    static const neume_pedal bad[][2] = {{{1, 0.5}}, {{0, NAN}}, {{-1, 1}}, {{0, 1e9}}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        neume_pedals wrong = {(neume_pedal *)bad[i], 1, 1, 0};
        assert_int_equal(neume_midi_write_performance(&notes, &(neume_performance){&wrong, NULL}, &file), NEUME_EINVAL);
    }
    assert_int_equal(file.size, 0);
}

/* The wheel's positions in a file, 14 bits; messages are written whole. */
static size_t read_wheel(const neume_buffer *file, int *values, size_t most) {
    size_t count = 0;
    for (size_t i = 22; i + 2 < file->size && count < most; i++) { /* past the file's head */
        const unsigned char *at = (const unsigned char *)file->data + i;
        if (at[0] == 0xe0 && at[1] < 128 && at[2] < 128) values[count++] = at[1] | at[2] << 7;
    }
    return count;
}

static void test_a_lone_note_is_bent_and_a_chord_is_not(void **state) {
    (void)state;
    neume_note items[] = {
        {0, 1, 60, 50, 40, 0, 1}, {1, 2, 62, 50, 40, 0, 1}, {2, 4, 64, 50, 40, 0, 1}, {3, 4, 67, 50, 40, 0, 1}};
    neume_notes notes = {items, 4, 4};
    neume_bends bends = {0};
    float cents[4][3] = {{0, 50, 51}, {-100, -100, 0}, {30, 30, 30}, {30, 30, 30}};
    for (int i = 0; i < 4; i++)
        assert_ok(neume_bends_add(&bends, &(neume_bend){items[i].onset_s, items[i].pitch, cents[i], 3}));
    neume_buffer file = {0};
    assert_ok(neume_midi_write_performance(&notes, &(neume_performance){NULL, &bends}, &file));
    int wheel[16];
    static const int expected[] = {8192, 8192 + 2048, 8192 - 4096, 8192, 8192, 8192};
    assert_int_equal(read_wheel(&file, wheel, 16), 6); /* 51 cents are too near to 50 to be said */
    for (int i = 0; i < 6; i++) assert_in_range(wheel[i], expected[i] - 2, expected[i] + 2);
    neume_notes again = {0};
    assert_ok(neume_midi_read_notes(file.data, file.size, &again));
    assert_int_equal(again.count, 4);
    neume_notes_clear(&again);
    neume_bends_clear(&bends);
    neume_buffer_clear(&file);
}

/* At 96 ticks a quarter: 120 quarters a minute by default, 60 from the second quarter on; 3/4, and 6/8 from the fourth.
 */
static void test_a_clock_tells_tempi_and_metres(void **state) {
    (void)state;
    static const char events[] = "\0\xff\x51\3\xf\x42\x40\0\xff\x51\3\x7\xa1\x20" /* 1 s, then .5 s instead */
                                 "\0\xff\x58\4\1\2\30\10\0\xff\x58\4\3\2\30\10"   /* 1/4, then 3/4 instead */
                                 "\x81\x40\xff\x51\3\xf\x42\x40"                  /* after 192 ticks: 1 s */
                                 "\x81\x40\xff\x58\4\6\3\x24\10"                  /* after 192 more */
                                 "\0\xff\x58\4\0\2\30\10"                         /* no metre */
                                 "\0\xff\x59\2\xfd\1"                             /* three flats, minor */
                                 "\0\x90\x3c\x40\x60\x80\x3c\0";
    neume_buffer file = file_of("\0\x60", events, sizeof events - 1);
    neume_clock clock = {0};
    assert_ok(neume_midi_read_clock(file.data, file.size, &clock));
    assert_int_equal(clock.tempo_count, 2);
    assert_true(clock.tempi[0].quarters == 0 && clock.tempi[0].quarter_s == .5);
    assert_true(clock.tempi[1].quarters == 2 && clock.tempi[1].time_s == 1 && clock.tempi[1].quarter_s == 1);
    assert_int_equal(clock.metre_count, 2);
    assert_true(clock.metres[0].metre.beats == 3 && clock.metres[0].metre.unit == 4 && clock.metres[0].quarters == 0);
    assert_true(clock.metres[1].metre.beats == 6 && clock.metres[1].metre.unit == 8 && clock.metres[1].quarters == 4);
    assert_int_equal(clock.key_count, 1);
    assert_true(neume_key_fifths(&clock.keys[0].key) == -3 && clock.keys[0].key.mode == NEUME_MODE_MINOR);
    neume_clock_clear(&clock);
    neume_buffer_clear(&file);
    file = file_of("\xe8\x28", events, sizeof events - 1); /* 24 frames a second of 40 ticks: no quarters */
    assert_ok(neume_midi_read_clock(file.data, file.size, &clock));
    assert_int_equal(clock.tempo_count + clock.metre_count, 0);
    assert_int_equal(neume_midi_read_clock("RIFF", 4, &clock), NEUME_EFORMAT);
    assert_ok(neume_clock_read("RIFF", 4, &clock)); /* another format has no clock */
    neume_buffer_clear(&file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_clock_tells_tempi_and_metres),
        cmocka_unit_test(test_a_pedal_holds_its_instrument),
        cmocka_unit_test(test_a_lone_note_is_bent_and_a_chord_is_not),
        cmocka_unit_test(test_what_is_written_is_read_again_within_a_tick),
        cmocka_unit_test(test_more_programs_than_channels_keep_their_sounds),
        cmocka_unit_test(test_overlaps_on_one_key_end_at_the_next_stroke),
        cmocka_unit_test(test_programs_sharing_a_channel_end_each_others_notes_cleanly),
        cmocka_unit_test(test_the_file_begins_with_format_1_at_480_ticks),
        cmocka_unit_test(test_running_status_and_note_on_without_velocity),
        cmocka_unit_test(test_tempo_changes_what_a_tick_lasts),
        cmocka_unit_test(test_smpte_division_ignores_tempo),
        cmocka_unit_test(test_pedal_holds_until_its_release_or_the_next_stroke),
        cmocka_unit_test(test_notes_without_end_stop_with_the_last_message),
        cmocka_unit_test(test_channel_10_is_drums_and_parts_are_numbered_as_they_appear),
        cmocka_unit_test(test_foreign_files_are_refused),
        cmocka_unit_test(test_a_file_of_more_than_75_hours_is_refused),
        cmocka_unit_test(test_a_file_cut_anywhere_gives_the_notes_before_the_cut),
        cmocka_unit_test(test_notes_out_of_range_are_not_written),
        cmocka_unit_test(test_lack_of_memory_is_a_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
