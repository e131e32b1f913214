#include "neume_test.h"

#include "neume/music.h"

static neume_note random_note(neume_rng *rng) {
    double onset_s = (double)neume_rng_below(rng, 20);
    return (neume_note){.onset_s = onset_s,
                        .offset_s = onset_s + 1 + (double)neume_rng_below(rng, 3),
                        .pitch = (int16_t)neume_rng_below(rng, 5),
                        .velocity = (int16_t)(1 + neume_rng_below(rng, 3)),
                        .program = (int16_t)neume_rng_below(rng, 3),
                        .part = (int16_t)neume_rng_below(rng, 2),
                        .confidence = 1};
}

static void test_sorting_orders_by_onset_pitch_program_offset_part(void **state) {
    (void)state;
    for_each_seed(seed, 20) {
        neume_rng rng = neume_rng_seeded(seed, 1);
        neume_notes notes = {0};
        for (int i = 0; i < 200; i++) assert_ok(neume_notes_add(&notes, random_note(&rng)));
        neume_notes_sort(&notes);
        for (size_t i = 1; i < notes.count; i++) {
            const neume_note *a = &notes.items[i - 1], *b = &notes.items[i];
            double keys_a[] = {a->onset_s, a->pitch, a->program, a->offset_s, a->part};
            double keys_b[] = {b->onset_s, b->pitch, b->program, b->offset_s, b->part};
            int key = 0;
            while (key < 4 && keys_a[key] == keys_b[key]) key++;
            assert_true(keys_a[key] <= keys_b[key]);
        }
        neume_notes_clear(&notes);
        assert_null(notes.items);
    }
}

static void test_end_is_the_latest_offset_not_the_last_notes(void **state) {
    (void)state;
    neume_notes notes = {0};
    assert_true(neume_notes_end_s(&notes) == 0);
    assert_ok(neume_notes_add(&notes, (neume_note){.onset_s = 0, .offset_s = 9}));
    assert_ok(neume_notes_add(&notes, (neume_note){.onset_s = 1, .offset_s = 2}));
    assert_true(neume_notes_end_s(&notes) == 9);
    neume_notes_clear(&notes);
}

static neume_status add_many(void *context) {
    (void)context;
    neume_notes notes = {0};
    neume_status status = NEUME_OK;
    for (int i = 0; i < 100 && !status; i++) status = neume_notes_add(&notes, (neume_note){.offset_s = 1});
    neume_notes_clear(&notes);
    return status;
}

static void test_adding_survives_lack_of_memory(void **state) {
    (void)state;
    sweep_allocation_failures(add_many, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sorting_orders_by_onset_pitch_program_offset_part),
        cmocka_unit_test(test_end_is_the_latest_offset_not_the_last_notes),
        cmocka_unit_test(test_adding_survives_lack_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
