#include "own_folder.h"

#include "seal.h"

#include "neume/store.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const unsigned char salt[STORE_SALT_BYTES] = "sixteen bytes ..";

static store_keys keys_of_salt(void) {
    store_keys keys;
    assert_ok(store_keys_read(NULL, salt, &keys));
    return keys;
}

static void test_what_is_sealed_opens_again(void **state) {
    const store_keys keys = keys_of_salt();
    const store_place place = {.column = "id"};
    (void)state;
    for (size_t count = 0; count < 100; count++) {
        char text[100];
        neume_buffer sealed = {0}, opened = {0};
        memset(text, (int)count, sizeof text);
        assert_ok(neume_buffer_append(&opened, "before ", 7));
        assert_ok(store_seal(&keys, &place, text, count, &sealed));
        assert_ok(store_unseal(&keys, &place, sealed.data, sealed.size, &opened));
        assert_int_equal(opened.size, 7 + count);
        assert_memory_equal(opened.data + 7, text, count);
        neume_buffer_clear(&sealed);
        neume_buffer_clear(&opened);
    }
}

static void test_any_changed_bit_any_other_place_any_other_key_does_not_open(void **state) {
    const store_keys keys = keys_of_salt();
    const store_place place = {.column = "id"}, elsewhere = {.column = "name"};
    neume_buffer sealed = {0}, opened = {0};
    store_keys others = keys;
    (void)state;
    others.seal[31] ^= 1;
    assert_ok(store_seal(&keys, &place, "what was heard", 14, &sealed));
    assert_int_equal(store_unseal(&others, &place, sealed.data, sealed.size, &opened), NEUME_EFORMAT);
    assert_int_equal(store_unseal(&keys, &elsewhere, sealed.data, sealed.size, &opened), NEUME_EFORMAT);
    for (size_t bit = 0; bit < 8 * sealed.size; bit++) {
        sealed.data[bit / 8] ^= (char)(1 << bit % 8);
        assert_int_equal(store_unseal(&keys, &place, sealed.data, sealed.size, &opened), NEUME_EFORMAT);
        sealed.data[bit / 8] ^= (char)(1 << bit % 8);
    }
    for (size_t cut = 0; cut < sealed.size; cut++)
        assert_int_equal(store_unseal(&keys, &place, sealed.data, cut, &opened), NEUME_EFORMAT);
    assert_int_equal(opened.size, 0);
    neume_buffer_clear(&sealed);
    neume_buffer_clear(&opened);
}

static void test_one_text_is_never_sealed_alike(void **state) {
    const store_keys keys = keys_of_salt();
    const store_place place = {.column = "id"};
    neume_buffer one = {0}, two = {0};
    (void)state;
    assert_ok(store_seal(&keys, &place, "abc", 3, &one));
    assert_ok(store_seal(&keys, &place, "abc", 3, &two));
    assert_int_equal(one.size, two.size);
    assert_memory_not_equal(one.data, two.data, one.size);
    neume_buffer_clear(&one);
    neume_buffer_clear(&two);
}

static void test_hashes_tell_kinds_and_salts_apart(void **state) {
    const store_keys keys = keys_of_salt();
    store_keys others;
    unsigned char other_salt[STORE_SALT_BYTES] = {0};
    (void)state;
    assert_ok(store_keys_read(NULL, other_salt, &others));
    const store_key item = store_hash(&keys, 'i', "a", 1), again = store_hash(&keys, 'i', "a", 1);
    const store_key tag = store_hash(&keys, 't', "a", 1), there = store_hash(&others, 'i', "a", 1);
    assert_memory_equal(item.bytes, again.bytes, sizeof item.bytes);
    assert_memory_not_equal(item.bytes, tag.bytes, sizeof item.bytes);
    assert_memory_not_equal(item.bytes, there.bytes, sizeof item.bytes);
}

static void test_a_key_file_is_private_and_never_overwritten(void **state) {
    const char *file = own_path("key");
    struct stat info;
    store_keys keys;
    (void)state;
    assert_ok(neume_store_key_write(file));
    assert_int_equal(stat(file, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(neume_store_key_write(file), NEUME_EINVAL);
    assert_ok(store_keys_read(file, salt, &keys));
    assert_int_equal(chmod(file, 0644), 0);
    assert_int_equal(store_keys_read(file, salt, &keys), NEUME_EINVAL);
    assert_ok(neume_file_write(file, "neume-store-key-1 zz", 20));
    assert_int_equal(chmod(file, 0600), 0);
    assert_int_equal(store_keys_read(file, salt, &keys), NEUME_EFORMAT);
    assert_int_equal(unlink(file), 0);
    assert_int_equal(store_keys_read(file, salt, &keys), NEUME_ENOTFOUND);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_sealed_opens_again),
        cmocka_unit_test(test_any_changed_bit_any_other_place_any_other_key_does_not_open),
        cmocka_unit_test(test_one_text_is_never_sealed_alike),
        cmocka_unit_test(test_hashes_tell_kinds_and_salts_apart),
        in_own_folder(test_a_key_file_is_private_and_never_overwritten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
