#include "neume_test.h"

#include "neume/notation.h"

#include <string.h>

typedef neume_status draw_fn(const neume_notes *notes, const neume_piano_roll_options *options, neume_buffer *out);
static draw_fn *const kinds[] = {neume_piano_roll_svg, neume_piano_roll_png, neume_piano_roll_pdf};
static const char *const beginnings[] = {"<?xml", "\x89PNG\r\n\x1a\n", "%PDF-"};

static neume_note items[] = {{0.5, 1, 60, 90, 0, 0, 1},    {1, 2.5, 64, 30, 40, 0, 1},   {0, 0.1, 36, 100, 128, 0, 1},
                             {2, 2.1, 38, 100, 128, 0, 1}, {2, 2.1, 81, 100, 128, 0, 1}, {3, 4, 100, 127, 73, 0, 1}};
static const neume_notes some = {items, 6, 6}, none = {0};

static void assert_drawn(draw_fn *draw, const neume_notes *notes, const neume_piano_roll_options *options,
                         neume_buffer *out) {
    assert_ok(draw(notes, options, out));
    assert_true(out->size > 100);
}

static bool same_picture(const neume_notes *a, const neume_notes *b, const neume_piano_roll_options *options) {
    neume_buffer x = {0}, y = {0};
    assert_drawn(neume_piano_roll_png, a, options, &x);
    assert_drawn(neume_piano_roll_png, b, options, &y);
    bool same = x.size == y.size && memcmp(x.data, y.data, x.size) == 0;
    neume_buffer_clear(&x);
    neume_buffer_clear(&y);
    return same;
}

static void test_each_kind_is_what_it_says_with_notes_and_without(void **state) {
    (void)state;
    for (int kind = 0; kind < 3; kind++)
        for (int empty = 0; empty < 2; empty++) {
            neume_buffer out = {0};
            assert_drawn(kinds[kind], empty ? &none : &some, &(neume_piano_roll_options){.title = "Title"}, &out);
            assert_memory_equal(out.data, beginnings[kind], strlen(beginnings[kind]));
            neume_buffer_clear(&out);
            assert_drawn(kinds[kind], empty ? &none : &some, NULL, &out);
            neume_buffer_clear(&out);
        }
}

static void test_the_same_notes_give_the_same_bytes(void **state) {
    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        neume_buffer first = {0}, second = {0};
        neume_piano_roll_options options = {.title = "Again"};
        assert_drawn(kinds[kind], &some, &options, &first);
        assert_drawn(kinds[kind], &some, &options, &second);
        assert_int_equal(first.size, second.size);
        assert_memory_equal(first.data, second.data, first.size);
        assert_null(memmem(first.data, first.size, "CreationDate", 12));
        neume_buffer_clear(&first);
        neume_buffer_clear(&second);
    }
}

/* The width and height in a PNG's first chunk. */
static void assert_png_size(const neume_piano_roll_options *options, const neume_notes *notes, int width, int height) {
    neume_buffer out = {0};
    assert_drawn(neume_piano_roll_png, notes, options, &out);
    const unsigned char *head = (const unsigned char *)out.data + 16;
    assert_int_equal(head[0] << 24 | head[1] << 16 | head[2] << 8 | head[3], width);
    if (height) assert_int_equal(head[4] << 24 | head[5] << 16 | head[6] << 8 | head[7], height);
    neume_buffer_clear(&out);
}

static void test_the_size_is_the_one_asked_for(void **state) {
    (void)state;
    static const int sizes[] = {200, 333, 1024, 3000};
    for (int w = 0; w < 4; w++)
        for (int h = 0; h < 4; h++)
            assert_png_size(&(neume_piano_roll_options){.width_px = sizes[w], .height_px = sizes[h]}, &some, sizes[w],
                            sizes[h]);
}

static void test_a_long_recording_is_at_most_16000_wide(void **state) {
    (void)state;
    neume_note late = {36000, 36001, 60, 90, 0, 0, 1};
    assert_png_size(NULL, &(neume_notes){&late, 1, 1}, 16000, 0);
}

static void test_what_can_be_heard_can_be_seen(void **state) {
    (void)state;
    neume_note one = {1, 2, 60, 90, 0, 0, 1}, other = one;
    neume_notes a = {&one, 1, 1}, b = {&other, 1, 1};
    neume_piano_roll_options options = {.end_s = 5};
    assert_true(same_picture(&a, &b, &options));
    other.velocity = 20;
    assert_false(same_picture(&a, &b, &options));
    other = one, other.offset_s = 3;
    assert_false(same_picture(&a, &b, &options));
    other = one, other.program = 24;
    assert_false(same_picture(&a, &b, &options));
    other = one, other.program = 1; /* another piano: one colour a family */
    assert_true(same_picture(&a, &b, &options));
}

static void test_notes_outside_the_span_are_not_shown(void **state) {
    (void)state;
    neume_note pair[] = {{1, 2, 60, 90, 0, 0, 1}, {7, 9, 90, 90, 40, 0, 1}};
    neume_notes one = {pair, 1, 1}, both = {pair, 2, 2};
    assert_true(same_picture(&one, &both, &(neume_piano_roll_options){.start_s = 0.5, .end_s = 7}));
    assert_false(same_picture(&one, &both, &(neume_piano_roll_options){.start_s = 0.5, .end_s = 8}));
}

static void test_all_pitches_keys_and_families_fit_any_size(void **state) {
    (void)state;
    neume_notes all = {0};
    neume_buffer out = {0};
    for (int i = 0; i < 128; i++) {
        neume_note pitched = {i * 0.1, i * 0.1 + 1, (int16_t)i, (int16_t)(i ? i : 1), (int16_t)i, 0, 1}, drum = pitched;
        drum.program = NEUME_PROGRAM_DRUMS;
        assert_ok(neume_notes_add(&all, pitched));
        assert_ok(neume_notes_add(&all, drum));
    }
    assert_drawn(neume_piano_roll_png, &all, &(neume_piano_roll_options){.width_px = 200, .height_px = 200}, &out);
    neume_buffer_clear(&out);
    assert_drawn(neume_piano_roll_pdf, &all, &(neume_piano_roll_options){.start_s = 1e-3, .end_s = 2e-3}, &out);
    neume_buffer_clear(&out);
    neume_notes_clear(&all);
}

static void test_a_title_may_be_any_bytes(void **state) {
    (void)state;
    for_each_seed(seed, 50) {
        neume_rng rng = neume_rng_seeded(seed, 1);
        char title[600] = "";
        for (int64_t i = neume_rng_below(&rng, 599); i >= 0; i--) title[i] = (char)(1 + neume_rng_below(&rng, 255));
        for (int kind = 0; kind < 3; kind += 2) {
            neume_buffer out = {0};
            assert_drawn(kinds[kind], &none, &(neume_piano_roll_options){.title = title}, &out);
            neume_buffer_clear(&out);
        }
    }
}

static void test_impossible_pictures_are_refused(void **state) {
    (void)state;
    static const neume_piano_roll_options bad[] = {
        {.start_s = -1},  {.start_s = NAN}, {.end_s = INFINITY}, {.start_s = 2, .end_s = 1},
        {.width_px = 10}, {.width_px = -1}, {.height_px = 16001}};
    neume_buffer out = {0};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        for (int kind = 0; kind < 3; kind++) assert_int_equal(kinds[kind](&some, &bad[i], &out), NEUME_EINVAL);
    neume_note wrong = {1, 2, 60, 90, 200, 0, 1};
    assert_int_equal(neume_piano_roll_svg(&(neume_notes){&wrong, 1, 1}, NULL, &out), NEUME_EINVAL);
    assert_null(out.data);
}

static neume_status draw_all_kinds(void *context) {
    (void)context;
    neume_buffer out = {0};
    neume_status status = NEUME_OK;
    for (int kind = 0; kind < 3 && !status; kind++) status = kinds[kind](&some, NULL, &out);
    neume_buffer_clear(&out);
    return status;
}

static void test_lack_of_memory_is_a_status(void **state) {
    (void)state;
    sweep_allocation_failures(draw_all_kinds, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_kind_is_what_it_says_with_notes_and_without),
        cmocka_unit_test(test_the_same_notes_give_the_same_bytes),
        cmocka_unit_test(test_the_size_is_the_one_asked_for),
        cmocka_unit_test(test_a_long_recording_is_at_most_16000_wide),
        cmocka_unit_test(test_what_can_be_heard_can_be_seen),
        cmocka_unit_test(test_notes_outside_the_span_are_not_shown),
        cmocka_unit_test(test_all_pitches_keys_and_families_fit_any_size),
        cmocka_unit_test(test_a_title_may_be_any_bytes),
        cmocka_unit_test(test_impossible_pictures_are_refused),
        cmocka_unit_test(test_lack_of_memory_is_a_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
