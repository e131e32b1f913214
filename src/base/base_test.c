#include "neume_test.h"

#include <string.h>
#include <unistd.h>

static void test_failure_message_is_one_line(void **state) {
    (void)state;
    assert_int_equal(neume_fail(NEUME_EFORMAT, "bar %d\nis bad", 3), NEUME_EFORMAT);
    assert_string_equal(neume_error_message(), "bar 3 is bad");
}

static void assert_cleaned(const char *text, size_t capacity, const char *wanted) {
    char out[64];
    memset(out, '#', sizeof out);
    neume__text_clean(text, strlen(text), out, capacity);
    assert_string_equal(out, wanted);
    assert_int_equal(out[capacity], '#');
}

static void test_text_of_strangers_becomes_one_clean_line(void **state) {
    (void)state;
    assert_cleaned("Dvo\xC5\x99\xC3\xA1k", 60, "Dvo\xC5\x99\xC3\xA1k");
    assert_cleaned(" \t a \r\n b\xC2\xA0 ", 60, "a b");
    assert_cleaned("\x01x\x7F\xC2\x9By\xEF\xBB\xBF\xE2\x80\xAE", 60, "xy");
    assert_cleaned("a\xFF\xE9"
                   "b\xC0\x80\xE0\x80\x80\xED\xA0\x80\xF4\x90\x80\x80"
                   "c\xE2\x82",
                   60, "abc");
    assert_cleaned("\xF0\x9F\x8E\xB5", 60, "\xF0\x9F\x8E\xB5");
    assert_cleaned("abcdef", 4, "abc");
    assert_cleaned("ab\xC3\xA9", 4, "ab"); /* no half characters */
    assert_cleaned("ab  c", 4, "ab");      /* nor a blank at the end */
    assert_cleaned("abc", 1, "");
    char out[8];
    neume__text_clean("a\0b", 3, out, sizeof out);
    assert_string_equal(out, "a");
    neume__text_clean("\xC3\xA9", 1, out, sizeof out); /* the character ends behind the text */
    assert_string_equal(out, "");
}

static void test_sha256_of_abc_is_the_standards_example(void **state) {
    (void)state;
    char hex[65];
    neume__sha256_hex("abc", 3, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    neume__sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56, hex);
    assert_string_equal(hex, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void test_random_stream_repeats_from_its_seed(void **state) {
    (void)state;
    neume_rng a = neume_rng_seeded(42, 54), b = neume_rng_seeded(42, 54), c = neume_rng_seeded(42, 55);
    assert_int_equal(neume_rng_u32(&a), 0xa15c02b7); /* the published demo's first number for this seed and stream */
    neume_rng_u32(&b);
    int same = 0;
    for (int i = 0; i < 100; i++) {
        uint32_t next = neume_rng_u32(&a);
        assert_int_equal(next, neume_rng_u32(&b));
        same += next == neume_rng_u32(&c);
    }
    assert_true(same < 3);
}

static void test_normal_numbers_have_mean_0_and_deviation_1(void **state) {
    (void)state;
    neume_rng rng = neume_rng_seeded(1, 1);
    double sum = 0, squares = 0;
    for (int i = 0; i < 20000; i++) {
        double x = neume_rng_normal(&rng);
        sum += x;
        squares += x * x;
    }
    assert_true(sum / 20000 < 0.03 && sum / 20000 > -0.03);
    assert_true(squares / 20000 < 1.05 && squares / 20000 > 0.95);
}

static void test_file_is_whole_or_absent(void **state) {
    (void)state;
    char folder[] = "/tmp/neume-test-XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/a.txt", folder);
    assert_ok(neume_file_write(path, "hello", 5));
    neume_buffer read = {0};
    assert_ok(neume_file_read(path, 100, &read));
    assert_string_equal(read.data, "hello");
    neume_buffer_clear(&read);
    assert_int_equal(neume_file_read(path, 4, &read), NEUME_ELIMIT);
    assert_null(read.data);
    unlink(path);
    assert_int_equal(neume_file_read(path, 100, &read), NEUME_ENOTFOUND);
    snprintf(path, sizeof path, "%s/none/a.txt", folder);
    assert_int_equal(neume_file_write(path, "hello", 5), NEUME_ENOTFOUND);
    assert_int_equal(rmdir(folder), 0); /* nothing was left behind */
}

static void test_a_program_gets_its_streams_and_tells_how_it_ended(void **state) {
    (void)state;
    const char *const says[] = {"sh", "-c", "cat; exit 3", NULL}, *const dies[] = {"sh", "-c", "kill -9 $$", NULL};
    const char *const missing[] = {"neume-no-such-program", NULL};
    const int nothing[] = {-1, -1, -1};
    FILE *in = tmpfile(), *said = tmpfile();
    char text[8] = "";
    int status = 0;
    assert_true(in && said && fputs("psalm", in) >= 0 && fflush(in) == 0 && fseek(in, 0, SEEK_SET) == 0);
    assert_ok(neume__program_run(says, (int[]){fileno(in), fileno(said), -1}, &status));
    assert_int_equal(status, 3);
    assert_int_equal(fseek(said, 0, SEEK_SET), 0);
    assert_non_null(fgets(text, sizeof text, said));
    assert_string_equal(text, "psalm");
    fclose(in);
    fclose(said);
    assert_ok(neume__program_run(dies, nothing, &status));
    assert_int_equal(status, 128 + 9);
    assert_int_equal(neume__program_run(missing, nothing, &status), NEUME_EIO);
    assert_true(neume__program_installed("sh") && !neume__program_installed(missing[0]));
}

static void test_extension_is_lower_case_and_short(void **state) {
    (void)state;
    char out[16];
    neume__file_extension("/a.b/Song.MP3", out);
    assert_string_equal(out, "mp3");
    neume__file_extension("/a.b/song", out);
    assert_string_equal(out, "");
}

static void test_arena_items_are_zero_and_reused(void **state) {
    (void)state;
    neume_arena *arena = NULL;
    assert_ok(neume_arena_new(&arena));
    for (int round = 0; round < 3; round++) {
        for (size_t size = 0; size < 100000; size = size * 3 + 7) {
            unsigned char *item = neume_arena_alloc(arena, size);
            assert_non_null(item);
            for (size_t i = 0; i < size; i++) assert_int_equal(item[i], 0);
            memset(item, 0xff, size);
        }
        neume_arena_clear(arena);
    }
    neume_arena_free(arena);
}

static neume_status fails_at_3_and_7(void *context, int64_t i) {
    __atomic_add_fetch((int *)context, 1, __ATOMIC_RELAXED);
    return i == 3 || i == 7 ? neume_fail(NEUME_EINVAL, "item %d", (int)i) : NEUME_OK;
}

static void test_parallel_for_runs_all_and_reports_the_first(void **state) {
    (void)state;
    int calls = 0;
    assert_int_equal(neume_parallel_for(20, fails_at_3_and_7, &calls), NEUME_EINVAL);
    assert_int_equal(calls, 20);
    assert_string_equal(neume_error_message(), "item 3");
}

static void test_sizes_that_overflow_are_refused(void **state) {
    (void)state;
    size_t out = 5;
    assert_int_equal(neume__mul_size(SIZE_MAX / 2, 3, &out), NEUME_ELIMIT);
    assert_int_equal(out, 5);
    void *array = NULL;
    size_t capacity = 0;
    assert_int_equal(neume__grow(&array, &capacity, SIZE_MAX / 4, 8), NEUME_ELIMIT);
    assert_null(array);
}

static neume_status build_and_drop(void *unused) {
    (void)unused;
    neume_buffer text = {0};
    neume_status status = NEUME_OK;
    for (int i = 0; i < 100 && !status; i++) status = neume_buffer_print(&text, "line %d\n", i);
    neume_buffer_clear(&text);
    neume_arena *arena = NULL;
    if (!status) status = neume_arena_new(&arena);
    if (!status && !neume_arena_alloc(arena, 1000)) status = NEUME_ENOMEM;
    neume_arena_free(arena);
    return status;
}

static void test_every_failed_allocation_is_a_status(void **state) {
    (void)state;
    sweep_allocation_failures(build_and_drop, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_failure_message_is_one_line),
        cmocka_unit_test(test_text_of_strangers_becomes_one_clean_line),
        cmocka_unit_test(test_sha256_of_abc_is_the_standards_example),
        cmocka_unit_test(test_random_stream_repeats_from_its_seed),
        cmocka_unit_test(test_normal_numbers_have_mean_0_and_deviation_1),
        cmocka_unit_test(test_file_is_whole_or_absent),
        cmocka_unit_test(test_a_program_gets_its_streams_and_tells_how_it_ended),
        cmocka_unit_test(test_extension_is_lower_case_and_short),
        cmocka_unit_test(test_arena_items_are_zero_and_reused),
        cmocka_unit_test(test_parallel_for_runs_all_and_reports_the_first),
        cmocka_unit_test(test_sizes_that_overflow_are_refused),
        cmocka_unit_test(test_every_failed_allocation_is_a_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
