#include "neume_test.h"

#include "event_log.h"
#include "recipe.h"

#include <string.h>
#include <unistd.h>

static double rate;
static int64_t steps;
static char name[RECIPE_TEXT_MAX];
static const recipe_key KEYS[] = {
    {"rate", RECIPE_NUMBER, &rate}, {"steps", RECIPE_INTEGER, &steps}, {"name", RECIPE_TEXT, name}};

static void test_values_are_read_and_comments_are_not(void **state) {
    (void)state;
    assert_ok(recipe_parse("r", "# a recipe\n rate = 1.5e-3 # fast\n\nsteps=12\nname =  a b \n", KEYS, 3));
    assert_true(rate == 1.5e-3);
    assert_int_equal(steps, 12);
    assert_string_equal(name, "a b");
}

static void test_mistakes_are_named_with_their_line(void **state) {
    (void)state;
    const char *const bad[] = {"\nspeed = 1",        "\nrate = fast", "\nrate",
                               "rate = 1\nrate = 2", "\nsteps = 1.5", "\nrate = nan"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(recipe_parse("r", bad[i], KEYS, 3), NEUME_EFORMAT);
        assert_non_null(strstr(neume_error_message(), "r line 2"));
    }
}

static void test_crc32c_is_the_standards_example(void **state) {
    (void)state;
    assert_int_equal(event_log_crc32c("123456789", 9), 0xe3069283);
    unsigned char zeros[32] = {0};
    assert_int_equal(event_log_crc32c(zeros, 32), 0x8a9136aa); /* RFC 3720 B.4 */
}

static void test_event_file_holds_version_and_scalar(void **state) {
    (void)state;
    char path[] = "/tmp/neume-events-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    assert_ok(event_log_scalar(path, "loss", 7, 0.5));
    assert_ok(event_log_scalar(path, "loss", 300, 0.25));
    neume_buffer read = {0};
    assert_ok(neume_file_read(path, 1 << 20, &read));
    size_t at = 0, records = 0, tags = 0;
    while (at < read.size) {
        uint64_t length;
        assert_true(read.size - at > 16);
        memcpy(&length, read.data + at, sizeof length);
        assert_true(length <= read.size - at - 16);
        for (size_t i = 0; i + 4 <= length; i++) tags += memcmp(read.data + at + 12 + i, "loss", 4) == 0;
        at += 16 + length;
        records++;
    }
    assert_int_equal(records, 3);
    assert_int_equal(tags, 2);
    neume_buffer_clear(&read);
    unlink(path);
}

static void test_sources_come_by_their_shares(void **state) {
    (void)state;
    static const double shares[] = {0, 1, 3, -2, 0};
    enum { DRAWS = 4000 };
    neume_rng rng = neume_rng_seeded(5, 1);
    int drawn[5] = {0};
    for (int i = 0; i < DRAWS; i++) drawn[recipe_draw_share(shares, 5, &rng)]++;
    assert_int_equal(drawn[1] + drawn[2], DRAWS);
    assert_true(abs(drawn[1] - DRAWS / 4) < 110); /* four standard deviations */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_are_read_and_comments_are_not),
        cmocka_unit_test(test_mistakes_are_named_with_their_line),
        cmocka_unit_test(test_sources_come_by_their_shares),
        cmocka_unit_test(test_crc32c_is_the_standards_example),
        cmocka_unit_test(test_event_file_holds_version_and_scalar),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
