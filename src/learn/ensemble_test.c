/* Who is asked to play: instruments of the register, of one source where it has them, keyboards for keyboards. */
#include "neume_test.h"

#include "segment.h"

#include <string.h>

enum { PRESETS = 2 * 128, TRIES = 400 };

static neume_bank_preset presets[PRESETS];
static bool in_split[PRESETS];
static neume_dataset dataset = {.presets = presets, .in_split = in_split, .preset_count = PRESETS};

static int setup(void **state) {
    (void)state;
    for (int i = 0; i < PRESETS; i++) {
        presets[i] = (neume_bank_preset){i < 128 ? "one" : "two", i % 128, 21, 108};
        in_split[i] = true;
    }
    return 0;
}

static casting part_of(int program, int lowest, int highest) {
    return (casting){.present = true, .program = program, .lowest = lowest, .highest = highest};
}

static int program_played(ensemble *e, casting part, neume_rng *rng) {
    return presets[ensemble_preset(&dataset, e, &part, rng)].program;
}

static void test_as_written_a_part_keeps_its_kind_of_instrument(void **state) {
    (void)state;
    neume_rng rng = neume_rng_seeded(1, 1);
    for (int i = 0; i < TRIES; i++) {
        ensemble e;
        ensemble_draw(&dataset, true, &e, &rng);
        const int violin = program_played(&e, part_of(40, 60, 80), &rng),
                  harp = program_played(&e, part_of(46, 40, 90), &rng),
                  piano = program_played(&e, part_of(0, 30, 90), &rng),
                  flute = program_played(&e, part_of(73, 60, 90), &rng);
        assert_in_range(violin, 40, 44);
        assert_in_range(harp, 45, 46);
        assert_in_range(piano, 0, 3);
        assert_in_range(flute, 72, 79);
    }
}

/* Whatever ensemble it is, the part below is not given to the instrument of the part above by more than the ensemble
 * says, and a keyboard's part never to a violin. */
static void test_ensembles_vary_and_keyboards_stay_keyboards(void **state) {
    (void)state;
    neume_rng rng = neume_rng_seeded(2, 1);
    int seen[128] = {0}, quartets = 0;
    for (int i = 0; i < TRIES; i++) {
        ensemble e;
        ensemble_draw(&dataset, false, &e, &rng);
        const int high = program_played(&e, part_of(40, 65, 85), &rng),
                  low = program_played(&e, part_of(42, 36, 55), &rng),
                  keys = program_played(&e, part_of(1, 30, 90), &rng);
        seen[high]++;
        quartets += high == 40 && (low == 42 || low == 43);
        assert_true(keys < 26 || keys == 46);
        if (high == 72 || high == 73) assert_in_range(low, 42, 72);
        if (high == 56) assert_true(low == 57 || low == 58 || (low >= 32 && low <= 35));
    }
    int kinds = 0;
    for (int p = 0; p < 128; p++) kinds += seen[p] > 0;
    assert_true(kinds > 12 && quartets > TRIES / 30 && seen[40] > seen[73]);
}

static void test_players_come_from_one_source_more_often_than_not(void **state) {
    (void)state;
    neume_rng rng = neume_rng_seeded(3, 1);
    int same = 0;
    for (int i = 0; i < TRIES; i++) {
        ensemble e;
        casting a = part_of(40, 60, 80), b = part_of(71, 55, 75);
        ensemble_draw(&dataset, true, &e, &rng);
        same += presets[ensemble_preset(&dataset, &e, &a, &rng)].source ==
                presets[ensemble_preset(&dataset, &e, &b, &rng)].source;
    }
    assert_true(same > TRIES * 3 / 4 && same < TRIES);
}

static void test_an_instrument_that_lacks_the_notes_is_not_asked(void **state) {
    (void)state;
    neume_rng rng = neume_rng_seeded(4, 1);
    for (int p = 40; p < 45; p++) presets[p].lowest = presets[128 + p].lowest = p == 42 ? 36 : 60;
    for (int i = 0; i < TRIES / 4; i++) {
        ensemble e;
        ensemble_draw(&dataset, true, &e, &rng);
        assert_int_equal(program_played(&e, part_of(40, 40, 62), &rng), 42);
    }
    setup(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_written_a_part_keeps_its_kind_of_instrument),
        cmocka_unit_test(test_ensembles_vary_and_keyboards_stay_keyboards),
        cmocka_unit_test(test_players_come_from_one_source_more_often_than_not),
        cmocka_unit_test(test_an_instrument_that_lacks_the_notes_is_not_asked),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
