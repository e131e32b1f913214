/* Playing with the pedal and then undoing it by ear. */
#include "neume_test.h"

#include "neume/music.h"

static void add(neume_notes *notes, double onset_s, double offset_s, int pitch) {
    assert_ok(neume_notes_add(notes, (neume_note){onset_s, offset_s, (int16_t)pitch, 80, 0, 0, 1}));
}

/* A broken chord held by the pedal: all ends at 2 s, whenever it was struck. */
static void test_notes_that_end_together_were_held_by_the_pedal(void **state) {
    (void)state;
    neume_notes notes = {0};
    neume_pedals pedals = {0};
    add(&notes, 0.0, 0.45, 48); /* before: it ends by itself */
    add(&notes, 0.5, 2.00, 48);
    add(&notes, 0.8, 2.01, 55);
    add(&notes, 1.1, 2.00, 60);
    add(&notes, 2.1, 2.50, 65); /* after: alone */
    assert_ok(neume_pedals_find(&notes, &pedals));
    assert_int_equal(pedals.count, 1);
    assert_true(pedals.items[0].down_s > 0.45 && pedals.items[0].down_s < 0.6);
    assert_true(fabs(pedals.items[0].up_s - 2) < 0.02);
    assert_true(notes.items[0].offset_s == 0.45 && notes.items[4].offset_s == 2.5);
    assert_true(fabs(notes.items[1].offset_s - 0.8) < 0.01 && fabs(notes.items[2].offset_s - 1.1) < 0.01);
    neume_pedals_clear(&pedals);
    neume_notes_clear(&notes);
}

static void test_chords_and_other_instruments_need_no_pedal(void **state) {
    (void)state;
    neume_notes notes = {0};
    neume_pedals pedals = {0};
    for (int i = 0; i < 10; i++)
        for (int k = 0; k < 3; k++) add(&notes, i, i + 0.9, 60 + 4 * k);
    for (int k = 0; k < 5; k++)
        assert_ok(neume_notes_add(&notes, (neume_note){20 + k, 26, (int16_t)(60 + k), 80, 48, 0, 1}));
    assert_ok(neume_pedals_find(&notes, &pedals));
    assert_int_equal(pedals.count, 0);
    for (int i = 0; i < 30; i++) assert_true(fabs(notes.items[i].offset_s - notes.items[i].onset_s - 0.9) < 1e-9);
    neume_pedals_clear(&pedals);
    neume_notes_clear(&notes);
}

/* What was shortened must sound again as long when the pedal is played: the end of each note is its key's, or, when the
 * pedal is down then, the pedal's or the next stroke's of that key. */
static double sounding_end_s(const neume_notes *notes, const neume_pedals *pedals, const neume_note *note) {
    double end_s = note->offset_s;
    for (size_t i = 0; i < pedals->count; i++)
        if (end_s >= pedals->items[i].down_s && end_s < pedals->items[i].up_s) end_s = pedals->items[i].up_s;
    for (const neume_note *other = note + 1; other < notes->items + notes->count; other++)
        if (other->pitch == note->pitch && other->onset_s < end_s && other->onset_s >= note->offset_s)
            return other->onset_s;
    return end_s;
}

static void test_with_its_pedal_everything_sounds_as_before(void **state) {
    (void)state;
    for_each_seed(seed, 200) {
        neume_rng rng = neume_rng_seeded(seed, 1);
        neume_notes notes = {0}, before = {0};
        neume_pedals pedals = {0};
        double last_s[128] = {0};
        for (int i = 0; i < 60; i++) { /* half of the notes end at the next whole second, as a pedal would have it */
            double onset_s = 0.2 * i + neume_rng_uniform(&rng, 0, 0.1),
                   end_s = onset_s + neume_rng_uniform(&rng, 0.1, 1);
            int pitch = 50 + (int)neume_rng_below(&rng, 30);
            if (neume_rng_chance(&rng, 0.5)) end_s = ceil(onset_s + 0.1);
            if (onset_s < last_s[pitch]) continue;
            last_s[pitch] = end_s;
            add(&notes, onset_s, end_s, pitch);
        }
        neume_notes_sort(&notes);
        for (size_t i = 0; i < notes.count; i++) assert_ok(neume_notes_add(&before, notes.items[i]));
        assert_ok(neume_pedals_find(&notes, &pedals));
        for (size_t i = 0; i < pedals.count; i++) {
            assert_true(pedals.items[i].up_s > pedals.items[i].down_s);
            if (i) assert_true(pedals.items[i].down_s > pedals.items[i - 1].up_s);
        }
        for (size_t i = 0; i < notes.count; i++) {
            assert_true(notes.items[i].offset_s > notes.items[i].onset_s);
            assert_true(notes.items[i].offset_s <= before.items[i].offset_s);
            double heard_s = sounding_end_s(&notes, &pedals, &notes.items[i]);
            assert_true(fabs(heard_s - before.items[i].offset_s) < 0.05);
        }
        neume_pedals_clear(&pedals);
        neume_notes_clear(&before);
        neume_notes_clear(&notes);
    }
}

static void test_no_notes_no_pedal(void **state) {
    (void)state;
    neume_notes none = {0};
    neume_pedals pedals = {0};
    assert_ok(neume_pedals_find(&none, &pedals));
    assert_int_equal(pedals.count, 0);
    neume_pedals_clear(&pedals);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_notes_that_end_together_were_held_by_the_pedal),
        cmocka_unit_test(test_chords_and_other_instruments_need_no_pedal),
        cmocka_unit_test(test_with_its_pedal_everything_sounds_as_before),
        cmocka_unit_test(test_no_notes_no_pedal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
