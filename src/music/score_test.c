#include "neume_test.h"

#include <string.h>

#include "neume/music.h"

static const int64_t QUARTER = NEUME_WHOLE / 4;

typedef struct building {
    neume_score *score;
    neume_voice *voice;
    int64_t at;
} building;

static building begin(void) {
    building b = {0};
    assert_ok(neume_score_new(&b.score));
    assert_ok(neume_score_add_voice(b.score, "1", 1, &b.voice));
    return b;
}

/* A quarter note of the C major scale: 'c' .. 'b'. */
static void note(building *b, char name, bool tied) {
    static const char steps[] = "cdefgab";
    neume_pitch pitch = {(int8_t)(strchr(steps, name) - steps), 0, 4, tied};
    neume_item item = {
        .at = b->at, .ticks = QUARTER, .first = (int32_t)b->voice->pitch_count, .count = 1, .tuplet = -1};
    assert_ok(neume_voice_add_pitch(b->voice, pitch));
    assert_ok(neume_voice_add_item(b->voice, item));
    b->at += QUARTER;
}

static void grace(building *b, char name) {
    note(b, name, false);
    b->at -= QUARTER;
    b->voice->items[b->voice->item_count - 1].grace = NEUME_GRACE_LONG;
}

static void label(building *b, const char *text) {
    assert_ok(neume_voice_add_text(b->voice, b->at, NEUME_ITEM_LABEL, text));
}

/* ":", "|", "|:", ":|2" ... @return behind it */
static const char *bar_line(building *b, const char *text) {
    static const char *const endings[] = {"0", "1", "2", "3"};
    neume_bar bar = {0};
    for (; *text == ':'; text++) bar.repeat_end++;
    while (*text == '|') text++;
    bar.repeat_start = *text == ':';
    text += bar.repeat_start;
    if (*text >= '1' && *text <= '3') bar.ending = endings[*text++ - '0'];
    assert_ok(neume_voice_add_bar(b->voice, b->at, bar));
    return text;
}

/* Notes c .. g, '-' a tie, bar lines as in ABC; a digit is an ending of the bar line before it. */
static void music(building *b, const char *text) {
    while (*text) {
        if (*text == ':' || *text == '|') {
            text = bar_line(b, text);
            continue;
        }
        if (*text != '-') note(b, *text, text[1] == '-');
        text++;
    }
}

/* What is heard, as letters; every note must follow the last without a gap. */
static void assert_heard(building *b, const char *expected) {
    neume_played played = {0};
    char heard[256];
    size_t n = 0;
    int64_t at = 0;
    assert_ok(neume_score_play(b->score, &played));
    for (size_t i = 0; i < played.note_count && n + 1 < sizeof heard; i++) {
        static const char names[] = "c?d?ef?g?a?b";
        assert_true(played.notes[i].onset == at);
        at += played.notes[i].ticks;
        heard[n++] = names[played.notes[i].pitch % 12];
    }
    heard[n] = '\0';
    assert_string_equal(heard, expected);
    assert_true(played.end == at);
    neume_played_clear(&played);
    neume_score_free(b->score);
}

static void test_repeats_and_endings_unfold(void **state) {
    (void)state;
    static const struct {
        const char *written, *heard;
    } rows[] = {
        {"cd|ef", "cdef"},
        {"cd:|ef", "cdcdef"},
        {"cd|:ef:|g", "cdefefg"},
        {"cd:|ef:|g", "cdcdefefg"},
        {"|:cd:||:ef:|", "cdcdefef"},
        {"cd::|e", "cdcdcde"},
        {"cd|1e:|2f|g", "cdecdfg"},
        {"|:cd|1e:|2f:|g", "cdecdfg"},
        {"|:cd|1e:|2f:|3g|a", "cdecdfcdga"},
        {"|:c|1d:|2e|:f|1g:|2a|b", "cdcefgfab"},
        {"c|:d:|e|:f:|g", "cddeffg"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        building b = begin();
        music(&b, rows[i].written);
        assert_heard(&b, rows[i].heard);
    }
}

static void test_the_form_says_which_parts_are_played(void **state) {
    (void)state;
    static const struct {
        const char *form, *heard;
    } rows[] = {{"AB", "cdef"},        {"ABA", "cdefcd"},           {"A2B", "cdcdef"},
                {"(AB)2", "cdefcdef"}, {"A(AB)2A", "cdcdefcdefcd"}, {"XB", "ef"},
                {"?", "cdef"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        building b = begin();
        assert_ok(neume_score_add_field(b.score, 'P', rows[i].form, strlen(rows[i].form)));
        label(&b, "A");
        music(&b, "cd|");
        label(&b, "B");
        music(&b, "ef|");
        assert_heard(&b, rows[i].heard);
    }
}

static void test_a_tie_joins_equal_pitches_even_across_a_bar_line(void **state) {
    (void)state;
    building b = begin();
    music(&b, "c-|cd-|e");
    neume_played played = {0};
    assert_ok(neume_score_play(b.score, &played));
    assert_int_equal(played.note_count, 3);
    assert_true(played.notes[0].ticks == 2 * QUARTER);
    assert_true(played.notes[1].ticks == QUARTER); /* d is tied to e: that is no tie */
    neume_played_clear(&played);
    neume_score_free(b.score);
}

static void test_grace_notes_take_their_time_from_the_main_note(void **state) {
    (void)state;
    for (int graces = 1; graces <= 20; graces += 19) {
        building b = begin();
        music(&b, "c");
        for (int i = 0; i < graces; i++) grace(&b, 'd');
        music(&b, "e");
        neume_played played = {0};
        assert_ok(neume_score_play(b.score, &played));
        assert_int_equal(played.note_count, 2 + graces);
        const neume_played_note *main = &played.notes[played.note_count - 1];
        assert_int_equal(main->pitch, 64);
        assert_true(main->onset + main->ticks == 2 * QUARTER && main->ticks >= QUARTER / 2);
        assert_true(played.notes[1].onset == QUARTER && played.notes[1].pitch == 62);
        neume_played_clear(&played);
        neume_score_free(b.score);
    }
}

static void test_seconds_follow_the_tempi(void **state) {
    (void)state;
    building b = begin();
    b.score->tempo = (neume_tempo){QUARTER, 60, NULL};
    music(&b, "cd");
    assert_ok(neume_voice_add_tempo(b.voice, b.at, (neume_tempo){2 * QUARTER, 60, NULL}));
    music(&b, "ef");
    neume_played played = {0};
    neume_notes notes = {0};
    assert_ok(neume_score_play(b.score, &played));
    assert_ok(neume_played_notes(&played, &notes));
    static const double onsets[] = {0, 1, 2, 2.5};
    for (int i = 0; i < 4; i++) assert_true(fabs(notes.items[i].onset_s - onsets[i]) < 1e-9);
    assert_true(fabs(notes.items[3].offset_s - 3) < 1e-9);
    neume_notes_clear(&notes);
    neume_played_clear(&played);
    neume_score_free(b.score);
}

static void test_keys_have_the_signatures_of_their_modes(void **state) {
    (void)state;
    static const struct {
        int step, alter, fifths;
        neume_mode mode;
    } rows[] = {{0, 0, 0, NEUME_MODE_MAJOR},  {4, 0, 1, NEUME_MODE_MAJOR},      {6, -1, -2, NEUME_MODE_MAJOR},
                {5, 0, 0, NEUME_MODE_MINOR},  {1, 0, 0, NEUME_MODE_DORIAN},     {2, 0, 0, NEUME_MODE_PHRYGIAN},
                {3, 0, 0, NEUME_MODE_LYDIAN}, {4, 0, 0, NEUME_MODE_MIXOLYDIAN}, {6, 0, 0, NEUME_MODE_LOCRIAN},
                {3, 1, 6, NEUME_MODE_MAJOR},  {0, 0, -3, NEUME_MODE_MINOR},     {0, 0, 0, NEUME_MODE_NONE}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        neume_key key = neume_key_of(rows[i].step, rows[i].alter, rows[i].mode);
        int sum = 0;
        for (int s = 0; s < 7; s++) sum += key.alter[s];
        assert_int_equal(neume_key_fifths(&key), rows[i].fifths);
        assert_int_equal(sum, rows[i].fifths);
    }
    neume_key flats = neume_key_of(6, -1, NEUME_MODE_MAJOR); /* B flat: B and E */
    assert_true(flats.alter[6] == -1 && flats.alter[2] == -1 && flats.alter[5] == 0);
}

static void test_a_difference_is_told_and_line_ends_are_none(void **state) {
    (void)state;
    char told[200];
    building a = begin(), b = begin(), c = begin();
    music(&a, "cd|ef");
    music(&b, "cd|");
    assert_ok(neume_voice_add_item(b.voice, (neume_item){.at = b.at, .kind = NEUME_ITEM_BREAK, .tuplet = -1}));
    music(&b, "ef");
    music(&c, "cd|eg");
    neume_score_difference(a.score, b.score, told, sizeof told);
    assert_string_equal(told, "");
    neume_score_difference(a.score, c.score, told, sizeof told);
    assert_non_null(strstr(told, "item 4"));
    c.score->key = neume_key_of(4, 0, NEUME_MODE_MAJOR);
    neume_score_difference(a.score, c.score, told, sizeof told);
    assert_string_equal(told, "the key");
    neume_score_free(a.score);
    neume_score_free(b.score);
    neume_score_free(c.score);
}

static void test_a_score_that_unfolds_without_end_is_refused(void **state) {
    (void)state;
    building b = begin();
    assert_ok(neume_score_add_field(b.score, 'P', "((((((A99)99)99)99)99)99)99", 27));
    label(&b, "A");
    for (int i = 0; i < 6000; i++) note(&b, 'c', false);
    neume_played played = {0};
    assert_int_equal(neume_score_play(b.score, &played), NEUME_ELIMIT);
    assert_int_equal(played.note_count, 0);
    neume_score_free(b.score);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_repeats_and_endings_unfold),
        cmocka_unit_test(test_the_form_says_which_parts_are_played),
        cmocka_unit_test(test_a_tie_joins_equal_pitches_even_across_a_bar_line),
        cmocka_unit_test(test_grace_notes_take_their_time_from_the_main_note),
        cmocka_unit_test(test_seconds_follow_the_tempi),
        cmocka_unit_test(test_keys_have_the_signatures_of_their_modes),
        cmocka_unit_test(test_a_difference_is_told_and_line_ends_are_none),
        cmocka_unit_test(test_a_score_that_unfolds_without_end_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
