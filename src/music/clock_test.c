/* A file's clock: seconds to quarters and back. */
#include "neume_test.h"

#include "neume/music.h"

#include <math.h>

static void test_quarters_and_seconds_are_each_others_inverse(void **state) {
    (void)state;
    neume_clock_tempo tempi[] = {{0, 0, .5}, {2, 4, .25}, {3, 8, 1}};
    const neume_clock clock = {.tempi = tempi, .tempo_count = 3};
    assert_true(fabs(neume_clock_quarters(&clock, 1) - 2) < 1e-12);
    assert_true(fabs(neume_clock_quarters(&clock, 2.5) - 6) < 1e-12);
    assert_true(fabs(neume_clock_quarters(&clock, 5) - 10) < 1e-12);
    assert_true(fabs(neume_clock_seconds(&clock, 6) - 2.5) < 1e-12);
    for (double time_s = -1; time_s < 9; time_s += .0625)
        assert_true(fabs(neume_clock_seconds(&clock, neume_clock_quarters(&clock, time_s)) - time_s) < 1e-9);
}

/* A tempo of no length stands in damaged files: its quarters take no time, and nothing is divided by it. */
static void test_quarters_without_length_take_no_time(void **state) {
    (void)state;
    neume_clock_tempo tempi[] = {{0, 0, .5}, {1, 2, 0}, {1, 6, .5}};
    const neume_clock clock = {.tempi = tempi, .tempo_count = 3};
    assert_true(fabs(neume_clock_seconds(&clock, 4) - 1) < 1e-12);
    assert_true(fabs(neume_clock_quarters(&clock, 2) - 8) < 1e-12);
    neume_clock_tempo only = {0, 0, 0};
    const neume_clock still = {.tempi = &only, .tempo_count = 1};
    assert_true(neume_clock_quarters(&still, 7) == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quarters_and_seconds_are_each_others_inverse),
        cmocka_unit_test(test_quarters_without_length_take_no_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
