#include "draft_cases.h"

static void spell(neume__draft *draft) {
    assert_ok(neume__draft_keys(draft));
    assert_ok(neume__draft_spell(draft));
}

/* Place on the line of fifths, C = 0. */
static int fifths_of(neume_pitch pitch) {
    static const int PLACES[7] = {0, 2, 4, -1, 1, 3, 5};
    return PLACES[pitch.step] + 7 * pitch.alter;
}

static void test_every_name_sounds_as_its_note(void **state) {
    (void)state;
    for_each_seed(seed, 50) {
        neume__draft draft = random_draft(seed, 30, (int)(seed % 40) - 40); /* also below C */
        spell(&draft);
        for (size_t i = 0; i < draft.note_count; i++) {
            assert_int_equal(neume_pitch_number(draft.notes[i].pitch), draft.notes[i].number);
            assert_in_range(draft.notes[i].pitch.alter + 2, 0, 4);
            assert_false(draft.notes[i].pitch.tied);
        }
        neume__draft_clear(&draft);
    }
}

static void test_a_cadence_is_spelled_by_its_signature_and_leading_note_in_all_24_keys(void **state) {
    (void)state;
    for (int k = 0; k < 24; k++) {
        neume__draft draft = empty_draft(CADENCE_MEASURES, 0);
        put_cadence(&draft, 0, k % 12, k >= 12);
        spell(&draft);
        const neume_key *key = &draft.keys[0].key;
        for (size_t i = 0; i < draft.note_count; i++) {
            neume_pitch pitch = draft.notes[i].pitch;
            bool leading = k >= 12 && (draft.notes[i].number - k % 12 + 1) % 12 == 0;
            assert_int_equal(pitch.alter, key->alter[pitch.step] + leading);
        }
        neume__draft_clear(&draft);
    }
}

static void test_transposing_a_piece_transposes_its_spelling(void **state) {
    (void)state;
    /* G major to A major, with passing notes: a whole tone is two fifths */
    static const int CHROMATIC[] = {67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 77, 76, 75, 74, 73, 72, 71};
    neume__draft drafts[2];
    for (int d = 0; d < 2; d++) {
        drafts[d] = empty_draft(3 * CADENCE_MEASURES, 0);
        for (int c = 0; c < 3; c++) put_cadence(&drafts[d], c * CADENCE_MEASURES, 7 + 2 * d, false);
        for (int i = 0; i < 20; i++)
            put(&drafts[d], CADENCE_MEASURES * NEUME_WHOLE + i * QUARTER, QUARTER, CHROMATIC[i] + 2 * d);
        neume__draft_sort(&drafts[d]);
        spell(&drafts[d]);
    }
    for (size_t i = 0; i < drafts[0].note_count; i++)
        assert_int_equal(fifths_of(drafts[0].notes[i].pitch) + 2, fifths_of(drafts[1].notes[i].pitch));
    neume__draft_clear(&drafts[0]), neume__draft_clear(&drafts[1]);
}

/* The names of the last of the given notes, behind cadences in a key. */
static neume_pitch spell_last(int tonic, bool minor, const int *numbers, int count) {
    neume__draft draft = empty_draft(2 * CADENCE_MEASURES + 2, 0);
    put_cadence(&draft, 0, tonic, minor);
    put_cadence(&draft, CADENCE_MEASURES, tonic, minor);
    int64_t at = 2 * CADENCE_MEASURES * NEUME_WHOLE;
    for (int i = 0; i < count; i++) put(&draft, at + i * QUARTER, QUARTER, numbers[i]);
    spell(&draft);
    neume_pitch pitch = draft.notes[draft.note_count - 2].pitch;
    neume__draft_clear(&draft);
    return pitch;
}

static void test_a_chromatic_note_goes_where_it_leads(void **state) {
    (void)state;
    enum { C_STEP, D_STEP, E_STEP, F_STEP, G_STEP, A_STEP, B_STEP };
    /* the last but one of each is looked at: C sharp to D in D minor, F sharp to G and B flat to A in C major, G sharp
     * to A in A minor, A flat to G in C minor, B natural as C flat's other name in E flat minor */
    static const struct {
        int tonic;
        bool minor;
        int notes[4], step, alter;
    } CASES[] = {{2, true, {74, 76, 73, 74}, C_STEP, 1},   {0, false, {64, 62, 66, 67}, F_STEP, 1},
                 {0, false, {72, 72, 70, 69}, B_STEP, -1}, {9, true, {69, 71, 68, 69}, G_STEP, 1},
                 {0, true, {72, 70, 68, 67}, A_STEP, -1},  {3, true, {70, 73, 71, 70}, C_STEP, -1}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        neume_pitch pitch = spell_last(CASES[i].tonic, CASES[i].minor, CASES[i].notes, 4);
        assert_int_equal(pitch.step, CASES[i].step);
        assert_int_equal(pitch.alter, CASES[i].alter);
    }
}

static void test_drums_are_left_alone(void **state) {
    (void)state;
    neume__draft draft = empty_draft(CADENCE_MEASURES, NEUME_PROGRAM_DRUMS);
    put_cadence(&draft, 0, 4, false);
    for (size_t i = 0; i < draft.note_count; i++) draft.notes[i].pitch = (neume_pitch){6, 2, 9, false};
    spell(&draft);
    for (size_t i = 0; i < draft.note_count; i++) {
        assert_int_equal(draft.notes[i].pitch.step, 6);
        assert_int_equal(draft.notes[i].pitch.octave, 9);
    }
    neume__draft_clear(&draft);
}

static neume_status spell_again(void *draft) {
    return neume__draft_spell(draft);
}

static void test_failing_allocations_are_said(void **state) {
    (void)state;
    neume__draft draft = empty_draft(CADENCE_MEASURES, 0);
    put_cadence(&draft, 0, 2, false);
    assert_ok(neume__draft_keys(&draft));
    sweep_allocation_failures(spell_again, &draft);
    neume__draft_clear(&draft);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_name_sounds_as_its_note),
        cmocka_unit_test(test_a_cadence_is_spelled_by_its_signature_and_leading_note_in_all_24_keys),
        cmocka_unit_test(test_transposing_a_piece_transposes_its_spelling),
        cmocka_unit_test(test_a_chromatic_note_goes_where_it_leads),
        cmocka_unit_test(test_drums_are_left_alone),
        cmocka_unit_test(test_failing_allocations_are_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
