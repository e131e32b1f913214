/* Hands and voices of small pieces whose answer everyone would give, and laws that hold for any. */
#include "neume_test.h"

#include "draft.h"

#include <stdlib.h>
#include <string.h>

static const int64_t QUARTER = NEUME_WHOLE / 4;

static void begin(neume__draft *d, int program, int measures) {
    *d = (neume__draft){0};
    for (int i = 0; i < measures; i++) {
        assert_ok(DRAFT_MORE(d, measure, measures));
        d->measures[d->measure_count++] = (neume__measure){i * NEUME_WHOLE, NEUME_WHOLE, {4, 4, 0, NULL}};
    }
    assert_ok(DRAFT_MORE(d, part, parts));
    d->parts[d->part_count++] = (neume__part){.program = (int16_t)program};
}

static void add_note(neume__draft *d, double at, double quarters, int number) {
    assert_ok(DRAFT_MORE(d, note, notes));
    d->notes[d->note_count] = (neume__placed){.at = (int64_t)(at * (double)QUARTER),
                                              .ticks = (int64_t)(quarters * (double)QUARTER),
                                              .source = (int32_t)d->note_count,
                                              .number = (int16_t)number};
    d->note_count++;
}

static const neume__placed *find(const neume__draft *d, double at, int number) {
    for (size_t i = 0; i < d->note_count; i++)
        if (d->notes[i].number == number && d->notes[i].at == (int64_t)(at * (double)QUARTER)) return &d->notes[i];
    fail_msg("no note %d at %g", number, at);
    return NULL;
}

/* Waltz bass and melody, the left hand climbing over middle C while the right is high. */
static void test_the_left_hand_may_climb_over_middle_c(void **state) {
    (void)state;
    neume__draft d;
    begin(&d, 0, 4);
    for (int i = 0; i < 32; i++) {
        static const int broken[] = {48, 55, 60, 64, 67, 64, 60, 55};
        add_note(&d, i * 0.5, 0.5, broken[i % 8]);
        if (i % 2 == 0) add_note(&d, i * 0.5, 1, 79 + i % 3);
    }
    neume__draft_sort(&d);
    assert_ok(neume__draft_voices(&d));
    assert_int_equal(d.parts[0].staves, 2);
    for (size_t i = 0; i < d.note_count; i++) {
        assert_int_equal(d.notes[i].staff, d.notes[i].number < 70);
        assert_int_equal(d.notes[i].voice, 0);
    }
    neume__draft_clear(&d);
}

/* A tune down to the G of a violin stays on one staff; the same with a bass above the tenor's C does not. */
static void test_a_melody_has_one_staff_where_two_hands_have_two(void **state) {
    (void)state;
    for (int hands = 1; hands <= 2; hands++) {
        neume__draft d;
        begin(&d, 0, 4);
        for (int i = 0; i < 16; i++) {
            add_note(&d, i, 1, 57 + 2 * (i % 8));
            if (hands == 2) add_note(&d, i, 1, 55 + i % 3);
        }
        neume__draft_sort(&d);
        assert_ok(neume__draft_voices(&d));
        assert_int_equal(d.parts[0].staves, hands);
        neume__draft_clear(&d);
    }
}

static void test_a_held_note_over_a_moving_one_needs_two_voices(void **state) {
    (void)state;
    neume__draft d;
    begin(&d, 73, 2);
    d.parts[0].program = 24; /* a guitar: one staff */
    add_note(&d, 0, 4, 76);
    for (int i = 0; i < 4; i++) add_note(&d, i, 1, 60 + i);
    for (int i = 0; i < 4; i++) add_note(&d, 4 + i, 1, 72 + i);
    neume__draft_sort(&d);
    assert_ok(neume__draft_voices(&d));
    assert_int_equal(find(&d, 0, 76)->voice, 0);
    for (int i = 0; i < 4; i++) assert_int_equal(find(&d, i, 60 + i)->voice, 1);
    for (int i = 0; i < 4; i++) assert_int_equal(find(&d, 4 + i, 72 + i)->voice, 0);
    assert_true(find(&d, 0, 76)->ticks == 4 * QUARTER);
    neume__draft_clear(&d);
}

static void test_small_overlaps_are_shortened(void **state) {
    (void)state;
    neume__draft d;
    begin(&d, 0, 2);
    for (int i = 0; i < 7; i++) add_note(&d, i, 1.125, 65 + i);
    neume__draft_sort(&d);
    assert_ok(neume__draft_voices(&d));
    assert_int_equal(d.parts[0].staves, 1);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(d.notes[i].voice, 0);
        assert_true(d.notes[i].ticks == QUARTER);
    }
    neume__draft_clear(&d);
}

static void test_a_melody_instrument_has_one_voice(void **state) {
    (void)state;
    neume__draft d;
    begin(&d, 73, 4);
    for (int i = 0; i < 12; i++) add_note(&d, i, i % 6 == 5 ? 1.75 : 1, 65 + i); /* legato, now and then far over */
    neume__draft_sort(&d);
    assert_ok(neume__draft_voices(&d));
    for (size_t i = 0; i < d.note_count; i++) assert_int_equal(d.notes[i].voice, 0);
    assert_true(d.notes[5].ticks == QUARTER);
    neume__draft_clear(&d);
}

/* On a piano, too, where one note in many is placed too long; but not where notes are held. */
static void test_a_tune_on_the_piano_has_one_voice(void **state) {
    (void)state;
    for (int every = 8; every <= 64; every *= 8) {
        neume__draft d;
        begin(&d, 0, 16);
        for (int i = 0; i < 64; i++) add_note(&d, i, (i + 4) % every == 0 ? 2 : 1, 65 + i % 13);
        neume__draft_sort(&d);
        assert_ok(neume__draft_voices(&d));
        size_t second = 0;
        for (size_t i = 0; i < d.note_count; i++) second += d.notes[i].voice > 0;
        if (every == 64) assert_int_equal(second, 0);
        if (every == 64) assert_true(find(&d, 60, 65 + 60 % 13)->ticks == QUARTER);
        if (every == 8) assert_true(second > 4);
        neume__draft_clear(&d);
    }
}

static void test_graces_stand_with_the_nearest_note(void **state) {
    (void)state;
    neume__draft d;
    begin(&d, 0, 1);
    for (int i = 0; i < 4; i++) add_note(&d, i, 1, 43), add_note(&d, i, 1, 76);
    add_note(&d, 2, 0, 45);
    neume__draft_sort(&d);
    assert_ok(neume__draft_voices(&d));
    assert_int_equal(find(&d, 2, 45)->staff, 1);
    neume__draft_clear(&d);
}

/* Whatever comes in: onsets stay, nothing gets longer or vanishes, a voice never overlaps itself, chords end together.
 */
static void assert_lawful(const neume__draft *before, const neume__draft *d) {
    assert_int_equal(before->note_count, d->note_count);
    for (size_t i = 0; i < d->note_count; i++) {
        const neume__placed *n = &d->notes[i];
        assert_true(n->at == before->notes[i].at && n->number == before->notes[i].number);
        assert_true(n->ticks > 0 && n->ticks <= before->notes[i].ticks);
        assert_in_range(n->staff, 0, d->parts[n->part].staves - 1);
        assert_in_range(n->voice, 0, 3);
        for (size_t k = i + 1; k < d->note_count; k++) {
            const neume__placed *m = &d->notes[k];
            if (m->part != n->part || m->staff != n->staff || m->voice != n->voice) continue;
            assert_true(m->at == n->at ? m->ticks == n->ticks : n->at + n->ticks <= m->at);
        }
    }
}

static neume_status run_voices(void *context) {
    return neume__draft_voices(context);
}

static void test_laws_hold_for_random_notes(void **state) {
    (void)state;
    for_each_seed(seed, 60) {
        neume__draft d, before = {0};
        neume_rng rng = neume_rng_seeded(seed, 3);
        begin(&d, seed % 2 ? 0 : 73, 8);
        for (int i = 0; i < 150; i++)
            add_note(&d, 0.25 * (double)neume_rng_below(&rng, 120), 0.25 * (double)(1 + neume_rng_below(&rng, 8)),
                     35 + (int)neume_rng_below(&rng, 55));
        neume__draft_sort(&d);
        before.note_count = d.note_count;
        before.notes = malloc(d.note_count * sizeof *d.notes);
        memcpy(before.notes, d.notes, d.note_count * sizeof *d.notes);
        assert_ok(neume__draft_voices(&d));
        assert_lawful(&before, &d);
        if (seed == 1) sweep_allocation_failures(run_voices, &d);
        neume__draft_clear(&d);
        neume__draft_clear(&before);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_left_hand_may_climb_over_middle_c),
        cmocka_unit_test(test_a_melody_has_one_staff_where_two_hands_have_two),
        cmocka_unit_test(test_a_held_note_over_a_moving_one_needs_two_voices),
        cmocka_unit_test(test_small_overlaps_are_shortened),
        cmocka_unit_test(test_a_melody_instrument_has_one_voice),
        cmocka_unit_test(test_a_tune_on_the_piano_has_one_voice),
        cmocka_unit_test(test_graces_stand_with_the_nearest_note),
        cmocka_unit_test(test_laws_hold_for_random_notes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
