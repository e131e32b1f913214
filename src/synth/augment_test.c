#include "neume_test.h"

#include "filters.h"
#include "measure.h"
#include "neume/synth.h"
#include "noise.h"
#include "room.h"

#include <string.h>

enum { RATE = NEUME_SYNTH_RATE_HZ, COUNT = RATE * 2, CLICK = RATE / 2 };

static float x[COUNT], y[COUNT];

static const neume_augment_options FULL = {.strength = 1, .clean_share = 0.15};

static void make_tone(float *out) {
    for (int i = 0; i < COUNT; i++) out[i] = 0.1f * sinf((float)i * 0.1f);
}

static void test_the_same_seed_gives_the_same_sound(void **state) {
    (void)state;
    for_each_seed(seed, 20) {
        neume_rng a = neume_rng_seeded(seed, 1), b = a;
        make_tone(x);
        make_tone(y);
        assert_ok(neume_augment(x, COUNT, &FULL, &a));
        assert_ok(neume_augment(y, COUNT, &FULL, &b));
        assert_memory_equal(x, y, sizeof x);
    }
}

static void test_everything_is_finite_and_no_louder_than_full_scale(void **state) {
    (void)state;
    for_each_seed(seed, 100) {
        neume_rng rng = neume_rng_seeded(seed, 2);
        make_tone(x);
        assert_ok(neume_augment(x, COUNT, &FULL, &rng));
        float peak = neume__peak(x, COUNT);
        for (int i = 0; i < COUNT; i++) assert_true(isfinite(x[i]));
        assert_true(peak > 0.06f && peak < 1.001f); /* -24 dB is 0.063 */
    }
}

static void test_strength_0_is_only_a_gain(void **state) {
    (void)state;
    const neume_augment_options none = {.strength = 0, .clean_share = 0};
    for_each_seed(seed, 20) {
        neume_rng rng = neume_rng_seeded(seed, 3);
        make_tone(x);
        make_tone(y);
        assert_ok(neume_augment(x, COUNT, &none, &rng));
        float gain = x[10] / y[10];
        for (int i = 0; i < COUNT; i++) y[i] *= gain;
        assert_floats_close(x, y, COUNT, 1e-4, 1e-6);
    }
}

/* The direct sound of a click stays the largest thing in its surroundings, or is still there when noise is about. */
static void test_a_click_keeps_its_time(void **state) {
    (void)state;
    int found = 0, runs = 200;
    for_each_seed(seed, runs) {
        neume_rng rng = neume_rng_seeded(seed, 4);
        memset(x, 0, sizeof x);
        x[CLICK] = 1;
        assert_ok(neume_augment(x, COUNT, &FULL, &rng));
        int loudest = 0;
        for (int i = 0; i < COUNT; i++)
            if (fabsf(x[i]) > fabsf(x[loudest])) loudest = i;
        found += loudest >= CLICK && loudest <= CLICK + RATE / 1000;
    }
    assert_true(found >= runs * 9 / 10); /* the rest: a crackle or an echo in a very live room is louder */
}

static void test_a_room_leaves_what_comes_before_the_first_echo_and_decays_as_told(void **state) {
    (void)state;
    for_each_seed(seed, 20) {
        neume_rng rng = neume_rng_seeded(seed, 5);
        room_design design = {.rt60_s = 0.6, .treble_share = 0.8, .direct_db = 0};
        memset(x, 0, sizeof x);
        x[CLICK] = 1;
        assert_ok(neume__room_add(&design, x, COUNT, &rng));
        assert_true(fabsf(x[CLICK] - 1) < 1e-6f);
        for (int i = 0; i < CLICK + RATE / 500; i++) assert_true(i == CLICK || fabsf(x[i]) < 1e-6f);
        double room = 0;
        for (int i = CLICK + 1; i < COUNT; i++) room += (double)(x[i] * x[i]);
        assert_true(fabs(10 * log10(room)) < 1); /* direct/reverberant 0 dB */
        double early = neume__rms(x + CLICK + RATE / 5, RATE / 5), late = neume__rms(x + CLICK + RATE / 2, RATE / 5);
        double fall_db_per_s = 20 * log10(early / late) / 0.3;
        assert_true(fall_db_per_s > 80 && fall_db_per_s < 135); /* 100 low, 125 high */
    }
}

static void test_noises_have_unit_level_and_their_colours(void **state) {
    (void)state;
    double treble_share[NOISE_KINDS];
    for (int kind = 0; kind < NOISE_KINDS; kind++) {
        neume_rng rng = neume_rng_seeded(9, (uint64_t)kind);
        neume__noise_fill((noise_kind)kind, x, COUNT, &rng);
        assert_true(fabs(neume__rms(x, COUNT) - 1) < 1e-3);
        biquad high = neume__biquad_high_pass(2000, M_SQRT1_2);
        neume__biquad_run(&high, x, COUNT);
        treble_share[kind] = neume__rms(x, COUNT);
    }
    assert_true(treble_share[NOISE_WHITE] > 0.8);
    assert_true(treble_share[NOISE_PINK] > 0.3 && treble_share[NOISE_PINK] < 0.7);
    assert_true(treble_share[NOISE_BROWN] < 0.15);
    assert_true(treble_share[NOISE_HUM] < 0.02);
}

/* The level of a sine after a filter, in decibels. */
static double response_db(const biquad *filter, double frequency_hz) {
    for (int i = 0; i < COUNT; i++) x[i] = (float)sin(2 * M_PI * frequency_hz * i / RATE);
    neume__biquad_run(filter, x, COUNT);
    return 20 * log10(neume__rms(x + RATE, RATE) * M_SQRT2 + 1e-12);
}

static void test_filters_do_at_their_frequencies_what_they_promise(void **state) {
    (void)state;
    biquad peak = neume__biquad_peak(1000, 1, 9), low = neume__biquad_low_pass(3000, M_SQRT1_2);
    biquad high = neume__biquad_high_pass(200, M_SQRT1_2), shelf = neume__biquad_high_shelf(1000, 0.5, -6);
    assert_true(fabs(response_db(&peak, 1000) - 9) < 0.1);
    assert_true(fabs(response_db(&peak, 60)) < 0.3);
    assert_true(fabs(response_db(&low, 3000) + 3) < 0.1);
    assert_true(fabs(response_db(&low, 100)) < 0.1);
    assert_true(fabs(response_db(&high, 200) + 3) < 0.1);
    assert_true(response_db(&high, 20) < -38);
    assert_true(fabs(response_db(&shelf, 10000) + 6) < 0.3);
    assert_true(fabs(response_db(&shelf, 1000) + 3) < 0.1);
}

static void test_silence_and_nothing_are_welcome_and_nan_is_not(void **state) {
    (void)state;
    neume_rng rng = neume_rng_seeded(1, 1);
    assert_ok(neume_augment(x, 0, &FULL, &rng));
    for_each_seed(seed, 50) {
        memset(x, 0, sizeof x);
        assert_ok(neume_augment(x, COUNT, &FULL, &rng));
        for (int i = 0; i < COUNT; i++) assert_true(isfinite(x[i]) && fabsf(x[i]) < 1.001f);
    }
    x[5] = NAN;
    assert_int_equal(neume_augment(x, COUNT, &FULL, &rng), NEUME_EINVAL);
}

static neume_status augment_all(void *context) {
    (void)context;
    const neume_augment_options always = {.strength = 10, .clean_share = 0};
    neume_rng rng = neume_rng_seeded(3, 3);
    make_tone(x);
    return neume_augment(x, COUNT, &always, &rng);
}

static void test_augmenting_survives_failing_allocations(void **state) {
    (void)state;
    sweep_allocation_failures(augment_all, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_same_seed_gives_the_same_sound),
        cmocka_unit_test(test_everything_is_finite_and_no_louder_than_full_scale),
        cmocka_unit_test(test_strength_0_is_only_a_gain),
        cmocka_unit_test(test_a_click_keeps_its_time),
        cmocka_unit_test(test_a_room_leaves_what_comes_before_the_first_echo_and_decays_as_told),
        cmocka_unit_test(test_noises_have_unit_level_and_their_colours),
        cmocka_unit_test(test_filters_do_at_their_frequencies_what_they_promise),
        cmocka_unit_test(test_silence_and_nothing_are_welcome_and_nan_is_not),
        cmocka_unit_test(test_augmenting_survives_failing_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
