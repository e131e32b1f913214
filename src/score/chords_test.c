#include "draft_cases.h"

static void harmonise(neume__draft *draft) {
    assert_ok(neume__draft_keys(draft));
    assert_ok(neume__draft_spell(draft));
    assert_ok(neume__draft_chords(draft));
}

static int root_of(const neume__chord *chord) {
    return chord->root_step < 0 ? -1 : class_of(chord->root_step, chord->root_alter);
}

static void test_every_quality_is_known_on_every_root(void **state) {
    (void)state;
    static const struct {
        const char *name;
        unsigned notes;
    } QUALITIES[] = {{"maj", 0x091},  {"min", 0x089},   {"7", 0x491},    {"maj7", 0x891}, {"min7", 0x489},
                     {"dim", 0x049},  {"aug", 0x111},   {"sus4", 0x0A1}, {"sus2", 0x085}, {"min6", 0x289},
                     {"maj6", 0x291}, {"hdim7", 0x449}, {"dim7", 0x249}};
    for (size_t q = 0; q < sizeof QUALITIES / sizeof *QUALITIES; q++)
        for (int root = 0; root < 12; root++) {
            neume__draft draft = empty_draft(1, 0);
            put_chord(&draft, 0, root, QUALITIES[q].notes);
            harmonise(&draft);
            assert_int_equal(draft.chord_count, 1);
            assert_string_equal(draft.chords[0].quality, QUALITIES[q].name);
            assert_int_equal(root_of(&draft.chords[0]), root);
            assert_int_equal(draft.chords[0].bass_step, draft.chords[0].root_step);
            assert_int_equal(draft.chords[0].ticks, NEUME_WHOLE);
            neume__draft_clear(&draft);
        }
}

static void test_a_cadence_is_named_as_it_is_spelled(void **state) {
    (void)state;
    neume__draft draft = empty_draft(CADENCE_MEASURES, 0);
    put_cadence(&draft, 0, 10, true); /* B flat minor */
    harmonise(&draft);
    static const struct {
        int step, alter;
        const char *quality;
    } EXPECTED[] = {{6, -1, "min"}, {2, -1, "min"}, {3, 0, "maj"}, {6, -1, "min"}};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(draft.chords[i].at, i * NEUME_WHOLE);
        assert_int_equal(draft.chords[i].root_step, EXPECTED[i].step);
        assert_int_equal(draft.chords[i].root_alter, EXPECTED[i].alter);
        assert_string_equal(draft.chords[i].quality, EXPECTED[i].quality);
    }
    neume__draft_clear(&draft);
}

static void test_the_bass_makes_an_inversion(void **state) {
    (void)state;
    neume__draft draft = empty_draft(1, 0);
    static const int C_OVER_E[] = {40, 60, 64, 67, 72};
    for (int i = 0; i < 5; i++) put(&draft, 0, NEUME_WHOLE, C_OVER_E[i]);
    harmonise(&draft);
    assert_int_equal(draft.chord_count, 1);
    assert_string_equal(draft.chords[0].quality, "maj");
    assert_int_equal(draft.chords[0].root_step, 0);
    assert_int_equal(draft.chords[0].bass_step, 2);
    neume__draft_clear(&draft);
}

static void test_passing_notes_leave_a_chord_alone(void **state) {
    (void)state;
    neume__draft draft = empty_draft(2, 0);
    put_chord(&draft, 0, 0, TRIAD_MAJOR);
    put_chord(&draft, 1, 5, TRIAD_MAJOR);
    for (int i = 0; i < 8; i++) put(&draft, i * QUARTER, QUARTER / 2, 79 + i % 3);
    neume__draft_sort(&draft);
    harmonise(&draft);
    assert_int_equal(draft.chord_count, 2);
    assert_int_equal(draft.chords[1].at, NEUME_WHOLE);
    neume__draft_clear(&draft);
}

static void test_a_chord_may_change_in_the_middle_of_a_bar(void **state) {
    (void)state;
    neume__draft draft = empty_draft(2, 0);
    static const int ROOTS[] = {0, 5, 7, 0};
    for (int h = 0; h < 4; h++)
        for (int up = 0; up < 12; up++)
            if (TRIAD_MAJOR >> up & 1) put(&draft, h * NEUME_WHOLE / 2, NEUME_WHOLE / 2, 48 + ROOTS[h] + up);
    harmonise(&draft);
    assert_int_equal(draft.chord_count, 4);
    for (int h = 0; h < 4; h++) {
        assert_int_equal(draft.chords[h].at, h * NEUME_WHOLE / 2);
        assert_int_equal(root_of(&draft.chords[h]), ROOTS[h]);
    }
    neume__draft_clear(&draft);
}

static void test_transposing_a_piece_transposes_its_chords(void **state) {
    (void)state;
    for_each_seed(seed, 30) {
        int up = (int)(seed % 11) + 1;
        neume__draft low = random_draft(seed, 20, 0), high = random_draft(seed, 20, up);
        harmonise(&low);
        harmonise(&high);
        assert_int_equal(low.chord_count, high.chord_count);
        for (size_t i = 0; i < low.chord_count; i++) {
            int root = root_of(&low.chords[i]);
            assert_int_equal(low.chords[i].at, high.chords[i].at);
            assert_string_equal(low.chords[i].quality, high.chords[i].quality);
            assert_int_equal(root < 0 ? -1 : (root + up) % 12, root_of(&high.chords[i]));
        }
        neume__draft_clear(&low), neume__draft_clear(&high);
    }
}

static void test_chords_follow_each_other_without_gaps(void **state) {
    (void)state;
    for_each_seed(seed, 30) {
        neume__draft draft = random_draft(seed, 20, 0);
        harmonise(&draft);
        int64_t at = 0;
        for (size_t i = 0; i < draft.chord_count; i++) {
            assert_int_equal(draft.chords[i].at, at);
            at += draft.chords[i].ticks;
        }
        assert_int_equal(at, 20 * NEUME_WHOLE);
        neume__draft_clear(&draft);
    }
}

static void test_silence_and_drums_are_no_chord(void **state) {
    (void)state;
    neume__draft draft = empty_draft(CADENCE_MEASURES, NEUME_PROGRAM_DRUMS);
    put_cadence(&draft, 0, 0, false);
    harmonise(&draft);
    assert_int_equal(draft.chord_count, 1);
    assert_int_equal(draft.chords[0].root_step, -1);
    assert_string_equal(draft.chords[0].quality, "N");
    neume__draft_clear(&draft);
}

static neume_status chords_again(void *draft) {
    neume__draft *d = draft;
    neume__free(d->chords);
    d->chords = NULL, d->chord_count = d->chord_capacity = 0;
    return neume__draft_chords(d);
}

static void test_failing_allocations_are_said(void **state) {
    (void)state;
    neume__draft draft = empty_draft(CADENCE_MEASURES, 0);
    put_cadence(&draft, 0, 2, false);
    assert_ok(neume__draft_keys(&draft));
    assert_ok(neume__draft_spell(&draft));
    sweep_allocation_failures(chords_again, &draft);
    neume__draft_clear(&draft);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_quality_is_known_on_every_root),
        cmocka_unit_test(test_a_cadence_is_named_as_it_is_spelled),
        cmocka_unit_test(test_the_bass_makes_an_inversion),
        cmocka_unit_test(test_passing_notes_leave_a_chord_alone),
        cmocka_unit_test(test_a_chord_may_change_in_the_middle_of_a_bar),
        cmocka_unit_test(test_transposing_a_piece_transposes_its_chords),
        cmocka_unit_test(test_chords_follow_each_other_without_gaps),
        cmocka_unit_test(test_silence_and_drums_are_no_chord),
        cmocka_unit_test(test_failing_allocations_are_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
