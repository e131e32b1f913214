#include "neume_test.h"

#include "gguf.h"

#include <string.h>
#include <unistd.h>

static const neume_gguf_text words[2] = {{"a\0b", 3}, {"", 0}};
static const float matrix[6] = {1, -2.5f, 3, 0.1f, 65504, 6e-5f};

static void compose(neume_gguf_writer **out) {
    neume_tensor tensor = {0};
    assert_ok(neume_gguf_writer_new("neume", out));
    assert_ok(neume_gguf_set_string(*out, "general.name", "first"));
    assert_ok(neume_gguf_set_string(*out, "general.name", "small model")); /* replaces */
    assert_ok(neume_gguf_set_integer(*out, "neume.layers", -7));
    assert_ok(neume_gguf_set_number(*out, "neume.rate", 0.125));
    assert_ok(neume_gguf_set_floats(*out, "neume.window", matrix, 4));
    assert_ok(neume_gguf_set_texts(*out, "neume.words", words, 2));
    assert_ok(neume_tensor_shape(&tensor, NEUME_F32, NEUME_DIMS(2, 3)));
    memcpy(tensor.data, matrix, sizeof matrix);
    assert_ok(neume_gguf_add_tensor(*out, "weight", &tensor, false));
    assert_ok(neume_gguf_add_tensor(*out, "half", &tensor, true));
    assert_int_equal(neume_gguf_add_tensor(*out, "half", &tensor, true), NEUME_EINVAL);
    ((float *)tensor.data)[0] = 65505;
    assert_int_equal(neume_gguf_add_tensor(*out, "large", &tensor, true), NEUME_EINVAL);
    neume_tensor_clear(&tensor);
}

static neume_buffer compose_bytes(void) {
    neume_gguf_writer *writer;
    neume_buffer bytes = {0};
    compose(&writer);
    assert_ok(neume_gguf_print(writer, &bytes));
    neume_gguf_writer_free(writer);
    return bytes;
}

static void check_content(const neume_gguf *gguf) {
    size_t count = 0;
    neume_tensor tensor = {0};
    assert_string_equal(neume_gguf_string(gguf, "general.architecture"), "neume");
    assert_string_equal(neume_gguf_string(gguf, "general.name"), "small model");
    assert_int_equal(neume_gguf_integer(gguf, "neume.layers", 1), -7);
    assert_float_equal(neume_gguf_number(gguf, "neume.rate", 0), 0.125, 0);
    const float *window = neume_gguf_floats(gguf, "neume.window", &count);
    assert_int_equal(count, 4);
    assert_memory_equal(window, matrix, 4 * sizeof *matrix);
    const neume_gguf_text *texts = neume_gguf_texts(gguf, "neume.words", &count);
    assert_int_equal(count, 2);
    assert_int_equal(texts[0].size, 3);
    assert_memory_equal(texts[0].bytes, "a\0b", 4);
    assert_int_equal(texts[1].size, 0);
    assert_ok(neume_tensor_shape(&tensor, NEUME_F32, NEUME_DIMS(2, 3)));
    assert_ok(neume_gguf_tensor(gguf, "weight", &tensor));
    assert_memory_equal(tensor.data, matrix, sizeof matrix);
    assert_ok(neume_gguf_tensor(gguf, "half", &tensor));
    assert_floats_close(neume_f32(&tensor), matrix, 6, 1.0 / 2048, 0x1p-25); /* 11 bits; multiples of 2^-24 */
    neume_tensor_clear(&tensor);
}

static void test_what_was_written_is_read(void **state) {
    (void)state;
    char path[] = "/tmp/neume-gguf-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    neume_gguf_writer *writer;
    neume_gguf *gguf;
    compose(&writer);
    assert_ok(neume_gguf_write(writer, path));
    neume_gguf_writer_free(writer);
    assert_ok(neume_gguf_read(path, &gguf));
    check_content(gguf);
    neume_gguf_free(gguf);
    unlink(path);
    assert_int_equal(neume_gguf_read(path, &gguf), NEUME_ENOTFOUND);
}

static void test_what_is_absent_or_of_another_kind_is_refused(void **state) {
    (void)state;
    neume_buffer bytes = compose_bytes();
    neume_gguf *gguf;
    size_t count;
    neume_tensor flat = {0}, turned = {0};
    assert_ok(neume_gguf_parse(bytes.data, bytes.size, &gguf));
    assert_null(neume_gguf_string(gguf, "none"));
    assert_null(neume_gguf_string(gguf, "neume.layers"));
    assert_null(neume_gguf_floats(gguf, "general.name", &count));
    assert_int_equal(neume_gguf_integer(gguf, "neume.rate", 5), 5);
    assert_float_equal(neume_gguf_number(gguf, "neume.layers", 0), -7, 0); /* an integer is a number */
    assert_float_equal(neume_gguf_number(gguf, "general.name", 9), 9, 0);
    assert_ok(neume_tensor_shape(&flat, NEUME_F32, NEUME_DIMS(6)));
    assert_ok(neume_tensor_shape(&turned, NEUME_F32, NEUME_DIMS(3, 2)));
    assert_int_equal(neume_gguf_tensor(gguf, "weight", &flat), NEUME_EFORMAT);
    assert_int_equal(neume_gguf_tensor(gguf, "weight", &turned), NEUME_EFORMAT);
    assert_int_equal(neume_gguf_tensor(gguf, "none", &flat), NEUME_EFORMAT);
    neume_tensor_clear(&flat);
    neume_tensor_clear(&turned);
    neume_gguf_free(gguf);
    neume_buffer_clear(&bytes);
}

/* --- files composed byte by byte, as others write them ------------------------------------------------------------ */

static void put(neume_buffer *out, uint64_t value, size_t bytes) {
    assert_ok(neume_buffer_append(out, &value, bytes));
}

static void put_text(neume_buffer *out, const char *text) {
    put(out, strlen(text), 8);
    assert_ok(neume_buffer_append(out, text, strlen(text)));
}

static void put_start(neume_buffer *out, uint64_t arrays, uint64_t pairs) {
    assert_ok(neume_buffer_append(out, "GGUF", 4));
    put(out, 3, 4);
    put(out, arrays, 8);
    put(out, pairs, 8);
}

static void put_pair(neume_buffer *out, const char *key, gguf_type type, uint64_t value, size_t bytes) {
    put_text(out, key);
    put(out, (uint64_t)type, 4);
    put(out, value, bytes);
}

static neume_status parse_and_free(const neume_buffer *bytes) {
    neume_gguf *gguf = NULL;
    neume_status status = neume_gguf_parse(bytes->data, bytes->size, &gguf);
    neume_gguf_free(gguf);
    return status;
}

/* What a program copies of a file without knowing it reads the same. */
static void check_copy(const neume_gguf *from) {
    neume_gguf_writer *writer;
    neume_gguf *copy;
    neume_buffer bytes = {0};
    size_t count = 0;
    assert_ok(neume_gguf_writer_new("other", &writer));
    assert_ok(neume_gguf_copy_pairs(writer, from));
    for (size_t i = 0; i < neume_gguf_array_count(from); i++) {
        const neume_gguf_array array = neume_gguf_array_at(from, i);
        assert_ok(neume_gguf_add_array(writer, &array));
    }
    assert_ok(neume_gguf_print(writer, &bytes));
    neume_gguf_writer_free(writer);
    assert_ok(neume_gguf_parse(bytes.data, bytes.size, &copy));
    assert_int_equal(neume_gguf_integer(copy, "i16", 0), -300);
    assert_int_equal(neume_gguf_integer(copy, "general.alignment", 0), 0); /* the writer's own */
    const neume_gguf_text *texts = neume_gguf_texts(copy, "texts", &count);
    assert_int_equal(count, 2);
    assert_int_equal(texts[0].size, 1);
    assert_string_equal(texts[0].bytes, "a");
    assert_int_equal(texts[1].size, 0);
    assert_int_equal(neume_gguf_array_count(copy), neume_gguf_array_count(from));
    for (size_t i = 0; i < neume_gguf_array_count(from); i++) {
        const neume_gguf_array a = neume_gguf_array_at(from, i);
        neume_gguf_array b;
        assert_true(neume_gguf_array_find(copy, a.name, &b));
        assert_true(a.type == b.type && a.rank == b.rank && a.bytes == b.bytes);
        assert_memory_equal(a.dim, b.dim, sizeof a.dim);
        assert_memory_equal(a.data, b.data, a.bytes);
    }
    assert_false(neume_gguf_array_find(copy, "none", &(neume_gguf_array){0}));
    neume_gguf_free(copy);
    neume_buffer_clear(&bytes);
}

/* A file with every type of value, lists of texts and lists of lists, its own alignment and a bfloat16 array. */
static void test_a_foreign_file_is_read(void **state) {
    (void)state;
    neume_buffer b = {0};
    put_start(&b, 2, 15);
    put_pair(&b, "u8", GGUF_UINT8, 200, 1);
    put_pair(&b, "i8", GGUF_INT8, (uint8_t)-3, 1);
    put_pair(&b, "u16", GGUF_UINT16, 60000, 2);
    put_pair(&b, "i16", GGUF_INT16, (uint16_t)-300, 2);
    put_pair(&b, "u32", GGUF_UINT32, 4000000000, 4);
    put_pair(&b, "i32", GGUF_INT32, (uint32_t)-70000, 4);
    put_pair(&b, "f32", GGUF_FLOAT32, 0x3fc00000, 4);
    put_pair(&b, "bool", GGUF_BOOL, 1, 1);
    put_pair(&b, "u64", GGUF_UINT64, UINT64_MAX, 8);
    put_pair(&b, "i64", GGUF_INT64, (uint64_t)-5, 8);
    put_pair(&b, "f64", GGUF_FLOAT64, 0x3ff8000000000000, 8);
    put_pair(&b, "general.alignment", GGUF_UINT32, 64, 4);
    put_pair(&b, "texts", GGUF_ARRAY, GGUF_STRING, 4);
    put(&b, 2, 8);
    put_text(&b, "a");
    put_text(&b, "");
    put_pair(&b, "lists", GGUF_ARRAY, GGUF_ARRAY, 4);
    put(&b, 2, 8);
    for (int i = 0; i < 2; i++) put(&b, GGUF_UINT16, 4), put(&b, 1, 8), put(&b, 7, 2);
    put_text(&b, "general.name");
    put(&b, GGUF_STRING, 4);
    put_text(&b, "foreign");
    put_text(&b, "bf");
    put(&b, 2, 4), put(&b, 2, 8), put(&b, 1, 8), put(&b, GGML_BF16, 4), put(&b, 64, 8);
    put_text(&b, "quantised");
    put(&b, 1, 4), put(&b, 32, 8), put(&b, 8, 4), put(&b, 0, 8); /* type 8: Q8_0 */
    while (b.size % 64) put(&b, 0, 1);
    for (int i = 0; i < 8; i++) put(&b, 0, 8);
    put(&b, 0x3fc0, 2), put(&b, 0xc000, 2);

    neume_gguf *g;
    neume_tensor tensor = {0};
    assert_ok(neume_gguf_parse(b.data, b.size, &g));
    assert_int_equal(neume_gguf_integer(g, "u8", 0), 200);
    assert_int_equal(neume_gguf_integer(g, "i8", 0), -3);
    assert_int_equal(neume_gguf_integer(g, "u16", 0), 60000);
    assert_int_equal(neume_gguf_integer(g, "i16", 0), -300);
    assert_int_equal(neume_gguf_integer(g, "u32", 0), 4000000000);
    assert_int_equal(neume_gguf_integer(g, "i32", 0), -70000);
    assert_int_equal(neume_gguf_integer(g, "u64", 11), 11);
    assert_int_equal(neume_gguf_integer(g, "i64", 0), -5);
    assert_float_equal(neume_gguf_number(g, "f32", 0), 1.5, 0);
    assert_float_equal(neume_gguf_number(g, "f64", 0), 1.5, 0);
    assert_string_equal(neume_gguf_string(g, "general.name"), "foreign");
    assert_ok(neume_tensor_shape(&tensor, NEUME_F32, NEUME_DIMS(1, 2))); /* GGUF says 2, 1: fastest first */
    assert_ok(neume_gguf_tensor(g, "bf", &tensor));
    assert_float_equal(neume_f32(&tensor)[0], 1.5, 0);
    assert_float_equal(neume_f32(&tensor)[1], -2, 0);
    assert_ok(neume_tensor_shape(&tensor, NEUME_F32, NEUME_DIMS(32)));
    assert_int_equal(neume_gguf_tensor(g, "quantised", &tensor), NEUME_EFORMAT);
    neume_tensor_clear(&tensor);
    check_copy(g);
    neume_gguf_free(g);
    neume_buffer_clear(&b);
}

static void test_a_name_twice_is_refused(void **state) {
    (void)state;
    neume_buffer pairs = {0}, arrays = {0};
    put_start(&pairs, 0, 3);
    put_pair(&pairs, "a", GGUF_UINT8, 1, 1);
    put_pair(&pairs, "b", GGUF_UINT8, 1, 1);
    put_pair(&pairs, "a", GGUF_UINT8, 1, 1);
    assert_int_equal(parse_and_free(&pairs), NEUME_EFORMAT);
    put_start(&arrays, 2, 0);
    for (int i = 0; i < 2; i++) {
        put_text(&arrays, "a");
        put(&arrays, 1, 4), put(&arrays, 0, 8), put(&arrays, GGML_F32, 4), put(&arrays, 0, 8);
    }
    assert_int_equal(parse_and_free(&arrays), NEUME_EFORMAT);
    assert_non_null(strstr(neume_error_message(), "twice"));
    neume_buffer_clear(&pairs);
    neume_buffer_clear(&arrays);
}

/* One array entry with this shape and place, and 64 bytes of data. */
static neume_status parse_array(uint64_t rank, const uint64_t *dim, uint64_t type, uint64_t offset) {
    neume_buffer b = {0};
    put_start(&b, 1, 0);
    put_text(&b, "a");
    put(&b, rank, 4);
    for (uint64_t i = 0; i < rank && i < 8; i++) put(&b, dim[i], 8);
    put(&b, type, 4), put(&b, offset, 8);
    while (b.size % 32) put(&b, 0, 1);
    for (int i = 0; i < 8; i++) put(&b, 0, 8);
    neume_status status = parse_and_free(&b);
    neume_buffer_clear(&b);
    return status;
}

static void test_an_array_outside_the_file_is_refused(void **state) {
    (void)state;
    const uint64_t fits[8] = {8, 1, 2, 1, 1}, longer[1] = {17}, wraps[2] = {1ull << 33, 1ull << 33},
                   huge[1] = {1ull << 62};
    assert_ok(parse_array(4, fits, GGML_F32, 0));
    assert_ok(parse_array(4, fits, GGML_F16, 32));
    assert_int_equal(parse_array(4, fits, GGML_F32, 32), NEUME_EFORMAT);
    assert_int_equal(parse_array(4, fits, GGML_F16, 31), NEUME_EFORMAT); /* not aligned */
    assert_int_equal(parse_array(1, longer, GGML_F32, 0), NEUME_EFORMAT);
    assert_int_equal(parse_array(2, wraps, GGML_F32, 0), NEUME_EFORMAT);
    assert_int_equal(parse_array(1, huge, GGML_F32, 0), NEUME_EFORMAT);
    assert_int_equal(parse_array(4, fits, GGML_F32, 1ull << 63), NEUME_EFORMAT);
    assert_int_equal(parse_array(5, fits, GGML_F32, 0), NEUME_ELIMIT);
}

static void test_claims_beyond_reason_are_refused(void **state) {
    (void)state;
    neume_buffer many = {0}, deep = {0}, long_list = {0};
    put_start(&many, UINT64_MAX, 0);
    assert_int_equal(parse_and_free(&many), NEUME_ELIMIT);
    put_start(&deep, 0, 1);
    put_pair(&deep, "deep", GGUF_ARRAY, GGUF_ARRAY, 4);
    for (int i = 0; i < 20; i++) put(&deep, 1, 8), put(&deep, GGUF_ARRAY, 4);
    assert_int_equal(parse_and_free(&deep), NEUME_ELIMIT);
    put_start(&long_list, 0, 1);
    put_pair(&long_list, "list", GGUF_ARRAY, GGUF_FLOAT64, 4);
    put(&long_list, (1ull << 61) + 1, 8); /* times 8 bytes is 8 bytes, to one who does not check */
    put(&long_list, 0, 8);
    assert_int_equal(parse_and_free(&long_list), NEUME_EFORMAT);
    assert_int_equal(neume_gguf_parse("RIFFxxxx", 8, &(neume_gguf *){NULL}), NEUME_EFORMAT);
    neume_buffer_clear(&many);
    neume_buffer_clear(&deep);
    neume_buffer_clear(&long_list);
}

/* --- damage ------------------------------------------------------------------------------------------------------- */

static void test_every_truncation_is_refused(void **state) {
    (void)state;
    neume_buffer bytes = compose_bytes();
    size_t content = bytes.size - 20; /* the last array has 12 bytes; 20 of padding follow */
    for (size_t size = 0; size < content; size++) {
        neume_buffer cut = {0};
        assert_ok(neume_buffer_append(&cut, bytes.data, size));
        assert_int_equal(parse_and_free(&cut), NEUME_EFORMAT);
        neume_buffer_clear(&cut);
    }
    bytes.size = content;
    assert_ok(parse_and_free(&bytes));
    neume_buffer_clear(&bytes);
}

/* Whether a file with one to three bits flipped is refused; one that is not must be readable. */
static bool is_refused_when_damaged(const neume_buffer *bytes, uint64_t seed) {
    neume_rng rng = neume_rng_seeded(seed, 7);
    neume_buffer damaged = {0};
    neume_gguf *gguf = NULL;
    neume_tensor tensor = {0};
    assert_ok(neume_buffer_append(&damaged, bytes->data, bytes->size));
    for (int64_t flips = 1 + neume_rng_below(&rng, 3); flips > 0; flips--)
        damaged.data[neume_rng_below(&rng, (int64_t)bytes->size)] ^= (char)(1 << neume_rng_below(&rng, 8));
    neume_status status = neume_gguf_parse(damaged.data, damaged.size, &gguf);
    assert_true(status == NEUME_OK || status == NEUME_EFORMAT || status == NEUME_ELIMIT);
    if (status == NEUME_OK) {
        assert_ok(neume_tensor_shape(&tensor, NEUME_F32, NEUME_DIMS(2, 3)));
        (void)!neume_gguf_tensor(gguf, "weight", &tensor);
        (void)!neume_gguf_tensor(gguf, "half", &tensor);
    }
    neume_tensor_clear(&tensor);
    neume_gguf_free(gguf);
    neume_buffer_clear(&damaged);
    return status != NEUME_OK;
}

static void test_flipped_bits_give_a_status_never_a_crash(void **state) {
    (void)state;
    neume_buffer bytes = compose_bytes();
    int refused = 0;
    for_each_seed(seed, 3000) refused += is_refused_when_damaged(&bytes, seed);
    assert_true(refused > 300);
    neume_buffer_clear(&bytes);
}

static neume_status read_again(void *context) {
    const neume_buffer *bytes = context;
    neume_gguf *gguf = NULL;
    NEUME_TRY(neume_gguf_parse(bytes->data, bytes->size, &gguf));
    neume_gguf_free(gguf);
    return NEUME_OK;
}

static neume_status write_again(void *context) {
    neume_status status;
    neume_gguf_writer *writer = NULL;
    neume_buffer out = {0};
    NEUME_TRY(neume_gguf_writer_new("neume", &writer));
    NEUME_GO(neume_gguf_set_number(writer, "a", 1));
    NEUME_GO(neume_gguf_set_floats(writer, "b", matrix, 6));
    NEUME_GO(neume_gguf_set_texts(writer, "d", words, 2));
    NEUME_GO(neume_gguf_add_tensor(writer, "c", context, true));
    NEUME_GO(neume_gguf_print(writer, &out));
fail:
    neume_buffer_clear(&out);
    neume_gguf_writer_free(writer);
    return status;
}

static void test_every_failing_allocation_is_survived(void **state) {
    (void)state;
    neume_buffer bytes = compose_bytes();
    neume_tensor tensor = {0};
    assert_ok(neume_tensor_shape(&tensor, NEUME_F32, NEUME_DIMS(6)));
    neume_tensor_zero(&tensor);
    sweep_allocation_failures(read_again, &bytes);
    sweep_allocation_failures(write_again, &tensor);
    neume_tensor_clear(&tensor);
    neume_buffer_clear(&bytes);
}

static void test_every_half_comes_back_and_rounding_is_to_even(void **state) {
    (void)state;
    for (uint32_t half = 0; half < 65536; half++) {
        float value = neume__half_widen((uint16_t)half);
        if (isnan(value))
            assert_true(isnan(neume__half_widen(neume__half_narrow(value))));
        else
            assert_int_equal(neume__half_narrow(value), half);
    }
    assert_float_equal(neume__half_widen(1), 0x1p-24, 0);
    assert_float_equal(neume__half_widen(0x7bff), 65504, 0);
    assert_int_equal(neume__half_narrow(1 + 0x1p-11f), 0x3c00);     /* a tie: down to even */
    assert_int_equal(neume__half_narrow(1 + 3 * 0x1p-11f), 0x3c02); /* a tie: up to even */
    assert_int_equal(neume__half_narrow(0x1.8p-24f), 2);            /* among the denormal, too */
    assert_int_equal(neume__half_narrow(-65520), 0xfc00);
    assert_int_equal(neume__half_narrow(65519), 0x7bff);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_written_is_read),
        cmocka_unit_test(test_what_is_absent_or_of_another_kind_is_refused),
        cmocka_unit_test(test_a_foreign_file_is_read),
        cmocka_unit_test(test_a_name_twice_is_refused),
        cmocka_unit_test(test_an_array_outside_the_file_is_refused),
        cmocka_unit_test(test_claims_beyond_reason_are_refused),
        cmocka_unit_test(test_every_truncation_is_refused),
        cmocka_unit_test(test_flipped_bits_give_a_status_never_a_crash),
        cmocka_unit_test(test_every_failing_allocation_is_survived),
        cmocka_unit_test(test_every_half_comes_back_and_rounding_is_to_even),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
