#include "read_abc.h"

#include "neume/compose.h"

static const char TUNE[] =
    "X:1\nT:Tune\nM:4/4\nL:1/8\nK:G\nD2|\"G\"G2GB d2Bd|\"C\"e2ef \"D\"d3c|\"G\"(3BcB AG \"Am\"A4-|"
    "\"D7\"A2GF \"G\"G2:|\n|:Bc|\"G\"d2BG \"Em\"E2 ~G2|\"Am\"cB {d}A2 \"D\"FG A2|"
    "\"G\"B2d2 \"C\"c3/2B/2AG|\"D\"F2D2 \"G\"G2:|\n";
static const char MARCH[] = "X:1\nM:4/4\nL:1/8\nK:G\nD2|G2GB d2Bd|e2ef d3c|B2AG A4-|A2GF G2:|\n";
static const char JIG[] = "X:1\nM:6/8\nL:1/8\nK:D\nA|\"D\"dfd \"A\"cec|\"Bm\"d3 \"G\"B2G|\"A\"A2c ece|\"D\"d3-d2:|\n";
static const char PIANO[] =
    "X:1\nM:3/4\nL:1/4\n%%score {1 2}\nV:1\nV:2 clef=bass\nK:F\n[V:1]\"F\"A/G/ F c|\"Bb\"d2 d|"
    "\"C7\"c B G|\"F\"F3|]\nw: A la la la la la la la la end\n[V:2]F, A, C|B,, D F|C, [EG] [EB]|"
    "[F,A,]3|]\n";

static neume_status revise(neume_score *score, const char *ask, unsigned keep) {
    return neume_revise(score, ask, &(neume_revise_options){keep, 7});
}

static neume_score *revised(const char *text, const char *ask) {
    neume_score *score = read_abc(text);
    assert_ok(revise(score, ask, 0));
    return score;
}

static void assert_abc_holds(const neume_score *score, const char *part) {
    neume_buffer abc = {0};
    assert_ok(neume_abc_write(score, 1, &abc));
    if (!strstr(abc.data, part)) fail_msg("no '%s' in\n%s", part, abc.data);
    neume_buffer_clear(&abc);
}

static void assert_same_score(const neume_score *a, const neume_score *b) {
    char difference[256];
    neume_score_difference(a, b, difference, sizeof difference);
    if (!*difference) return;
    neume_buffer abc = {0};
    assert_ok(neume_abc_write(a, 1, &abc));
    assert_ok(neume_abc_write(b, 2, &abc));
    fail_msg("%s\n%s", difference, abc.data);
}

/* The same notes at the same times; ties may be written otherwise. */
static void assert_same_sound(const neume_score *a, const neume_score *b) {
    neume_played x = {0}, y = {0};
    assert_ok(neume_score_play(a, &x));
    assert_ok(neume_score_play(b, &y));
    assert_int_equal(x.note_count, y.note_count);
    for (size_t i = 0; i < x.note_count; i++) {
        assert_int_equal(x.notes[i].onset, y.notes[i].onset);
        assert_int_equal(x.notes[i].ticks, y.notes[i].ticks);
        assert_int_equal(x.notes[i].pitch, y.notes[i].pitch);
    }
    neume_played_clear(&x);
    neume_played_clear(&y);
}

static void assert_there_and_back(const char *text, const char *there, const char *back, bool exactly) {
    neume_score *before = read_abc(text), *after = revised(text, there);
    assert_ok(revise(after, back, 0));
    if (exactly)
        assert_same_score(before, after);
    else
        assert_same_sound(before, after);
    neume_score_free(before);
    neume_score_free(after);
}

/* Every bar is full, but for upbeats and the bars that they complete. */
static void assert_bars_full(const neume_score *score) {
    const int64_t whole = neume_metre_ticks(score->metre);
    for (size_t v = 0; v < score->voice_count; v++) {
        const neume_voice *voice = &score->voices[v];
        int64_t bar = 0, open = 0;
        for (size_t i = 0; i < voice->item_count; i++) {
            if (voice->items[i].kind != NEUME_ITEM_BAR) continue;
            const int64_t ticks = voice->items[i].at - bar;
            bar = voice->items[i].at;
            if (ticks == whole || ticks == 0) continue;
            assert_true(ticks < whole);
            open = open ? open + ticks : ticks;
            if (open == whole) open = 0;
        }
        assert_int_equal(open, 0);
    }
}

/* ------------------------------------------------------------------------------------------------------------------ */

static void test_transposing_there_and_back_gives_the_same_score(void **state) {
    (void)state;
    const char *const tunes[] = {TUNE, JIG, PIANO};
    const char *const pairs[][2] = {{"up a major third", "down a major third"},
                                    {"3 semitones down", "3 semitones up"},
                                    {"an octave higher", "an octave lower"},
                                    {"升高小二度", "降低小二度"},
                                    {"up a perfect fifth and down a minor sixth", "up a minor second"}};
    for (size_t t = 0; t < 3; t++)
        for (size_t p = 0; p < sizeof pairs / sizeof *pairs; p++)
            assert_there_and_back(tunes[t], pairs[p][0], pairs[p][1], true);
    assert_there_and_back(TUNE, "to E flat", "to G", true);
    assert_there_and_back(JIG, "移到降B大调", "移到D大调", true);
}

static void test_keys_are_spelled_as_musicians_do(void **state) {
    (void)state;
    neume_score *score = revised(TUNE, "transpose to F# minor");
    assert_abc_holds(score, "K:F#m\nC2 | \"F#m\"F2FA c2Ac | \"Bm\"d2de \"C#\"c3B");
    assert_ok(revise(score, "up 1 semitone", 0));
    assert_abc_holds(score, "K:Gm");
    neume_score_free(score);
    score = revised("X:1\nL:1/4\nK:B\nBdf^f|", "up a major third");
    assert_abc_holds(score, "K:Eb");
    neume_score_free(score);
}

static void test_a_part_for_clarinet_sounds_as_before(void **state) {
    (void)state;
    neume_score *before = read_abc(TUNE), *after = revised(TUNE, "for B flat clarinet");
    assert_abc_holds(after, "transpose=-2\nK:A\n");
    for (size_t i = 0; i < before->voices[0].pitch_count; i++)
        assert_int_equal(neume_pitch_number(before->voices[0].pitches[i]),
                         neume_pitch_number(after->voices[0].pitches[i]) + after->voices[0].transpose);
    neume_score_free(before);
    neume_score_free(after);
}

static void test_modes_go_there_and_back(void **state) {
    (void)state;
    assert_there_and_back(TUNE, "to minor", "to major", true);
    assert_there_and_back(JIG, "to mixolydian", "to major", true);
    assert_there_and_back(TUNE, "to the relative minor", "to the relative major", true);
    neume_score *score = revised(TUNE, "改成小调");
    assert_abc_holds(score, "K:Gm");
    assert_abc_holds(score, "\"D7\"A2G^F \"Gm\"G2");
    neume_score_free(score);
}

static void test_another_metre_fills_every_bar_and_goes_back(void **state) {
    (void)state;
    const char *const pairs[][3] = {
        {TUNE, "in 3/4", "in 4/4"},  {TUNE, "2/4拍", "四四拍"},   {MARCH, "to 12/8", "to 4/4"},
        {TUNE, "in 5/4", "in 4/4"},  {JIG, "in 2/4", "in 6/8"},   {PIANO, "in 4/4", "in 3/4"},
        {PIANO, "to 2/4", "to 3/4"}, {PIANO, "to 9/8", "to 3/4"}, {MARCH, "in 6/8", "in 4/4"}};
    for (size_t p = 0; p < sizeof pairs / sizeof *pairs; p++) {
        neume_score *score = revised(pairs[p][0], pairs[p][1]);
        assert_bars_full(score);
        neume_score_free(score);
        assert_there_and_back(pairs[p][0], pairs[p][1], pairs[p][2], false);
    }
    neume_score *waltz = revised(TUNE, "make it a waltz");
    assert_abc_holds(waltz, "M:3/4");
    assert_abc_holds(waltz, "\"G\"G2GB dB/d/ | \"C\"e2ef \"D\"d3/c/");
    neume_score_free(waltz);
}

static void test_values_and_mirrors_undo_themselves(void **state) {
    (void)state;
    const char *const tunes[] = {TUNE, JIG, PIANO};
    for (size_t t = 0; t < 3; t++) {
        assert_there_and_back(tunes[t], "augment", "diminish", true);
        assert_there_and_back(tunes[t], "halve note values", "double the note values", false);
        assert_there_and_back(tunes[t], "remove chords, invert", "invert", false);
    }
    neume_score *once = revised(TUNE, "remove ornaments and slurs"),
                *twice = revised(TUNE, "remove ornaments, backwards");
    assert_ok(revise(twice, "backwards", 0));
    assert_same_sound(once, twice);
    neume_score_free(once);
    neume_score_free(twice);
}

static void test_what_is_kept_is_not_touched(void **state) {
    (void)state;
    static const struct {
        const char *ask, *keep;
        bool possible;
    } cases[] = {
        {"add ornaments", "melody", true},
        {"add ornaments", "rhythm", true},
        {"add passing notes", "rhythm", false},
        {"transpose to A", "melody", false},
        {"transpose to A", "rhythm", true},
        {"transpose to A", "harmony", false},
        {"simplify", "rhythm", true},
        {"simplify", "melody", true},
        {"for tuba", "melody,harmony", true},
        {"in 3/4", "rhythm", false},
        {"remove chords", "harmony", false},
        {"remove lyrics", "melody,rhythm,harmony", true},
        {"invert", "harmony", true},
        {"invert", "melody", false},
        {"slower", "melody,rhythm,harmony", true},
        {"to minor", "harmony", false},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        unsigned keep = 0;
        neume_score *score = read_abc(TUNE);
        assert_ok(neume_keep_parse(cases[c].keep, &keep));
        const neume_status status = revise(score, cases[c].ask, keep);
        if (cases[c].possible)
            assert_ok(status);
        else if (status != NEUME_EUNSUPPORTED)
            fail_msg("'%s' keeping the %s: %s", cases[c].ask, cases[c].keep, neume_status_name(status));
        neume_score_free(score);
    }
}

static void test_simplified_music_has_no_short_notes(void **state) {
    (void)state;
    neume_score *score = revised(TUNE, "simplify for beginners");
    const neume_voice *voice = &score->voices[0];
    for (size_t i = 0; i < voice->item_count; i++) {
        assert_false(voice->items[i].grace);
        if (voice->items[i].kind == NEUME_ITEM_NOTES) assert_true(voice->items[i].ticks >= NEUME_WHOLE / 4);
    }
    assert_bars_full(score);
    neume_score_free(score);
}

static void test_hands_swap(void **state) {
    (void)state;
    neume_score *score = revised(PIANO, "swap hands");
    assert_abc_holds(score, "V:2 clef=bass");
    assert_ok(revise(score, "交换左右手", 0));
    neume_score *before = read_abc(PIANO);
    assert_same_score(before, score);
    neume_score_free(score);
    neume_score_free(before);
}

static void test_tempo_is_set_and_scaled(void **state) {
    (void)state;
    neume_score *score = revised(TUNE, "tempo 100, 20% faster");
    assert_abc_holds(score, "Q:1/4=120");
    assert_ok(revise(score, "half as fast and then twice as fast", 0));
    assert_abc_holds(score, "Q:1/4=120");
    assert_int_equal(revise(score, "tempo 9000", 0), NEUME_EUNSUPPORTED);
    neume_score_free(score);
}

static void test_what_is_not_understood_is_said_and_nothing_is_done(void **state) {
    (void)state;
    const char *const asks[] = {"sound like Bach",
                                "transpose to G and paint it blue",
                                "octave",
                                "",
                                " , ",
                                "remove",
                                "弹得像肖邦",
                                "to H minor",
                                "in 3/5",
                                "up \xff\xfe",
                                "3 3 3",
                                "minor chords hands"};
    for (size_t a = 0; a < sizeof asks / sizeof *asks; a++) {
        neume_score *before = read_abc(TUNE), *score = read_abc(TUNE);
        assert_int_equal(revise(score, asks[a], 0), NEUME_EINVAL);
        assert_same_score(before, score);
        neume_score_free(before);
        neume_score_free(score);
    }
    assert_true(strlen(neume_revise_help()) > 100);
}

static void test_scores_without_melody_are_refused(void **state) {
    (void)state;
    const char *const texts[] = {"X:1\nK:C\n", "X:1\nK:C\nz4|z4|\n",
                                 "X:1\nL:1/4\nK:C clef=perc\n%%MIDI channel 10\nCDEF|\n"};
    for (size_t t = 0; t < 3; t++) {
        neume_score *score = read_abc(texts[t]);
        assert_int_equal(revise(score, "up an octave", 0), NEUME_EFORMAT);
        neume_score_free(score);
    }
}

static void test_no_request_breaks_odd_scores(void **state) {
    (void)state;
    static const char *const odd[] = {"X:1\nM:none\nL:1/8\nK:none\nCD(3EFGA\n",
                                      "X:1\nM:7/8\nL:1/8\nK:C\n|:CDEFGAB|[1c7:|[2C7|]\n",
                                      "X:1\nM:4/4\nL:1/8\nK:Am\n{g}[Ace]8-|[Ace]3(5cdefg z4 z|Z2|\n",
                                      "X:1\nM:C|\nL:1/4\nK:Cb\n__B,,,4|^^g''4|(2:3:2C2D2|\n"};
    static const char *const asks[] = {"up a major third",
                                       "to D minor",
                                       "in 3/4",
                                       "in 6/8",
                                       "in 2/4",
                                       "to minor",
                                       "simplify",
                                       "ornament",
                                       "augment",
                                       "diminish",
                                       "backwards",
                                       "invert",
                                       "for cello",
                                       "swap hands",
                                       "faster",
                                       "remove ornaments",
                                       "merge short notes",
                                       "for B flat clarinet",
                                       "limit the range to an octave",
                                       "halve note values"};
    for (size_t o = 0; o < sizeof odd / sizeof *odd; o++)
        for (size_t a = 0; a < sizeof asks / sizeof *asks; a++) {
            neume_score *score = read_abc(odd[o]);
            const neume_status status = revise(score, asks[a], 0);
            assert_true(status == NEUME_OK || status == NEUME_EUNSUPPORTED);
            neume_buffer abc = {0};
            if (!status) assert_ok(neume_abc_write(score, 1, &abc));
            neume_buffer_clear(&abc);
            neume_score_free(score);
        }
}

static neume_status revise_all(void *context) {
    static const char ask[] = "to minor, ornament, in 3/4, in 6/8, in 12/8, augment, simplify, for cello, backwards";
    neume_abc_place place = {0};
    neume_score *score = NULL;
    neume_status status = neume_abc_read(context, strlen(context), &place, NULL, &score);
    if (!status) status = revise(score, ask, 0);
    neume_score_free(score);
    return status;
}

static void test_failed_allocations_leave_nothing_behind(void **state) {
    (void)state;
    sweep_allocation_failures(revise_all, (void *)TUNE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_transposing_there_and_back_gives_the_same_score),
        cmocka_unit_test(test_keys_are_spelled_as_musicians_do),
        cmocka_unit_test(test_a_part_for_clarinet_sounds_as_before),
        cmocka_unit_test(test_modes_go_there_and_back),
        cmocka_unit_test(test_another_metre_fills_every_bar_and_goes_back),
        cmocka_unit_test(test_values_and_mirrors_undo_themselves),
        cmocka_unit_test(test_what_is_kept_is_not_touched),
        cmocka_unit_test(test_simplified_music_has_no_short_notes),
        cmocka_unit_test(test_hands_swap),
        cmocka_unit_test(test_tempo_is_set_and_scaled),
        cmocka_unit_test(test_what_is_not_understood_is_said_and_nothing_is_done),
        cmocka_unit_test(test_scores_without_melody_are_refused),
        cmocka_unit_test(test_no_request_breaks_odd_scores),
        cmocka_unit_test(test_failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
