#include "draft_cases.h"

static int tonic_of(const neume_key *key) {
    return class_of(key->tonic_step, key->tonic_alter);
}

static void test_a_cadence_gives_its_key_for_all_24(void **state) {
    (void)state;
    for (int k = 0; k < 24; k++) {
        neume__draft draft = empty_draft(CADENCE_MEASURES, 0);
        put_cadence(&draft, 0, k % 12, k >= 12);
        assert_ok(neume__draft_keys(&draft));
        assert_int_equal(draft.key_count, 1);
        assert_int_equal(draft.keys[0].at, 0);
        assert_int_equal(tonic_of(&draft.keys[0].key), k % 12);
        assert_int_equal(draft.keys[0].key.mode, k >= 12 ? NEUME_MODE_MINOR : NEUME_MODE_MAJOR);
        assert_in_range(neume_key_fifths(&draft.keys[0].key) + 6, 0, 12);
        neume__draft_clear(&draft);
    }
}

static void test_transposing_a_piece_transposes_its_keys(void **state) {
    (void)state;
    for_each_seed(seed, 30) {
        neume__draft low = random_draft(seed, 40, 0), high = random_draft(seed, 40, (int)(seed % 11) + 1);
        assert_ok(neume__draft_keys(&low));
        assert_ok(neume__draft_keys(&high));
        assert_int_equal(low.key_count, high.key_count);
        for (size_t i = 0; i < low.key_count; i++) {
            assert_int_equal(low.keys[i].at, high.keys[i].at);
            assert_int_equal(low.keys[i].key.mode, high.keys[i].key.mode);
            assert_int_equal((tonic_of(&low.keys[i].key) + (int)(seed % 11) + 1) % 12, tonic_of(&high.keys[i].key));
        }
        neume__draft_clear(&low), neume__draft_clear(&high);
    }
}

static void test_keys_change_where_measures_begin_and_never_to_the_same_signature(void **state) {
    (void)state;
    for_each_seed(seed, 30) {
        neume__draft draft = random_draft(seed, 60, 0);
        assert_ok(neume__draft_keys(&draft));
        for (size_t i = 0; i < draft.key_count; i++) {
            assert_int_equal(draft.keys[i].at % NEUME_WHOLE, 0);
            if (i) assert_true(draft.keys[i].at > draft.keys[i - 1].at);
            if (i) assert_int_not_equal(neume_key_fifths(&draft.keys[i].key), neume_key_fifths(&draft.keys[i - 1].key));
        }
        neume__draft_clear(&draft);
    }
}

static void test_a_change_that_lasts_is_written_and_a_short_one_is_not(void **state) {
    (void)state;
    enum { C = 0, A_FLAT = 8, SECTION = 3 };
    for (int sections = 0; sections <= SECTION; sections += SECTION) { /* in A flat: none but its cadence's, or many */
        neume__draft draft = empty_draft((2 * SECTION + sections) * CADENCE_MEASURES, 0);
        for (int s = 0; s < 2 * SECTION + sections; s++)
            put_cadence(&draft, s * CADENCE_MEASURES, s >= SECTION && s < SECTION + sections ? A_FLAT : C, false);
        if (!sections) put_chord(&draft, SECTION * CADENCE_MEASURES, A_FLAT, TRIAD_MAJOR);
        neume__draft_sort(&draft);
        assert_ok(neume__draft_keys(&draft));
        assert_int_equal(draft.key_count, sections ? 3 : 1);
        assert_int_equal(neume_key_fifths(&draft.keys[0].key), 0);
        if (sections) {
            assert_int_equal(neume_key_fifths(&draft.keys[1].key), -4);
            assert_int_equal(draft.keys[1].at, SECTION * CADENCE_MEASURES * NEUME_WHOLE);
            assert_int_equal(neume_key_fifths(&draft.keys[2].key), 0);
        }
        neume__draft_clear(&draft);
    }
}

static void test_without_pitched_notes_it_is_c_major(void **state) {
    (void)state;
    for (int drums = 0; drums < 3; drums++) { /* 2: not even measures */
        neume__draft draft = empty_draft(drums == 2 ? 0 : CADENCE_MEASURES, NEUME_PROGRAM_DRUMS);
        if (drums == 1) put_cadence(&draft, 0, 6, true);
        assert_ok(neume__draft_keys(&draft));
        assert_int_equal(draft.key_count, 1);
        assert_int_equal(tonic_of(&draft.keys[0].key), 0);
        assert_int_equal(draft.keys[0].key.mode, NEUME_MODE_MAJOR);
        assert_int_equal(neume_key_fifths(&draft.keys[0].key), 0);
        neume__draft_clear(&draft);
    }
}

static neume_status keys_again(void *draft) {
    neume__draft *d = draft;
    neume__free(d->keys);
    d->keys = NULL, d->key_count = d->key_capacity = 0;
    return neume__draft_keys(d);
}

static void test_failing_allocations_are_said(void **state) {
    (void)state;
    neume__draft draft = empty_draft(CADENCE_MEASURES, 0);
    put_cadence(&draft, 0, 2, false);
    sweep_allocation_failures(keys_again, &draft);
    neume__draft_clear(&draft);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_cadence_gives_its_key_for_all_24),
        cmocka_unit_test(test_transposing_a_piece_transposes_its_keys),
        cmocka_unit_test(test_keys_change_where_measures_begin_and_never_to_the_same_signature),
        cmocka_unit_test(test_a_change_that_lasts_is_written_and_a_short_one_is_not),
        cmocka_unit_test(test_without_pitched_notes_it_is_c_major),
        cmocka_unit_test(test_failing_allocations_are_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
