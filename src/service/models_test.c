#include "own_folder.h"

#include "neume/service.h"

#include <string.h>
#include <unistd.h>

static int leave_folder(void **state) {
    unsetenv("NEUME_MODELS");
    return own_folder_remove(state);
}

static void test_model_named_by_environment_is_found_there_and_nowhere_else(void **state) {
    (void)state;
    neume_buffer path = {0};
    setenv("NEUME_MODELS", own_folder, 1);
    assert_int_equal(neume_model_find(NULL, "a.gguf", &path), NEUME_ENOTFOUND);
    assert_null(path.data);
    assert_ok(neume_file_write(own_path("a.gguf"), "abc", 3));
    assert_ok(neume_model_find(NULL, "a.gguf", &path));
    assert_string_equal(path.data, own_path("a.gguf"));
    neume_buffer_clear(&path);
}

static void test_model_asked_for_by_path_must_be_a_file(void **state) {
    (void)state;
    neume_buffer path = {0};
    assert_int_equal(neume_model_find(own_path("a.gguf"), "a.gguf", &path), NEUME_ENOTFOUND);
    assert_int_equal(neume_model_find(own_folder, "a.gguf", &path), NEUME_ENOTFOUND);
    assert_ok(neume_file_write(own_path("a.gguf"), "abc", 3));
    assert_ok(neume_model_find(own_path("a.gguf"), "other", &path));
    assert_string_equal(path.data, own_path("a.gguf"));
    neume_buffer_clear(&path);
}

/* SHA-256 of "abc": FIPS 180-4's first example. */
#define DIGEST_OF_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static void test_digest_is_compared_with_the_card_beside_the_file(void **state) {
    (void)state;
    neume_model_digest digest;
    assert_int_equal(neume_model_digest_read(own_path("a.gguf"), &digest), NEUME_ENOTFOUND);
    assert_ok(neume_file_write(own_path("a.gguf"), "abc", 3));
    assert_ok(neume_model_digest_read(own_path("a.gguf"), &digest));
    assert_string_equal(digest.actual, DIGEST_OF_ABC);
    assert_string_equal(digest.promised, "");
    assert_int_equal(digest.bytes, 3);
    const char card[] = "# a\n\n| SHA-256 | `BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD` |\n";
    assert_ok(neume_file_write(own_path("a.md"), card, sizeof card - 1));
    assert_ok(neume_model_digest_read(own_path("a.gguf"), &digest));
    assert_string_equal(digest.promised, DIGEST_OF_ABC);
}

static void test_card_with_a_number_of_another_length_promises_nothing(void **state) {
    (void)state;
    neume_model_digest digest;
    assert_ok(neume_file_write(own_path("a.gguf"), "abc", 3));
    const char card[] = "SHA-256: " DIGEST_OF_ABC "0\n";
    assert_ok(neume_file_write(own_path("a.md"), card, sizeof card - 1));
    assert_ok(neume_model_digest_read(own_path("a.gguf"), &digest));
    assert_string_equal(digest.promised, "");
}

static neume_status find_and_digest(void *context) {
    neume_buffer path = {0};
    neume_model_digest digest;
    neume_status status = neume_model_find(NULL, context, &path);
    if (!status) status = neume_model_digest_read(path.data, &digest);
    neume_buffer_clear(&path);
    return status;
}

static void test_want_of_memory_is_told(void **state) {
    (void)state;
    setenv("NEUME_MODELS", own_folder, 1);
    assert_ok(neume_file_write(own_path("a.gguf"), "abc", 3));
    assert_ok(neume_file_write(own_path("a.md"), "card", 4));
    sweep_allocation_failures(find_and_digest, (void *)(uintptr_t) "a.gguf");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, own_folder_make, leave_folder)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_model_named_by_environment_is_found_there_and_nowhere_else),
        TEST(test_model_asked_for_by_path_must_be_a_file),
        TEST(test_digest_is_compared_with_the_card_beside_the_file),
        TEST(test_card_with_a_number_of_another_length_promises_nothing),
        TEST(test_want_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
