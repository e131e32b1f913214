#include "note_cases.h"

#include "neume/notation.h"

#include <string.h>

static neume_status read_text(const char *text, neume_notes *out) {
    return neume_csv_read_notes(text, strlen(text), out);
}

static void test_what_is_written_is_read_again(void **state) {
    (void)state;
    for_each_seed(seed, 10) {
        neume_rng rng = neume_rng_seeded(seed, 2);
        neume_notes notes = {0}, again = {0};
        neume_buffer text = {0};
        add_random_notes(&notes, &rng, 0, 40);
        assert_ok(neume_csv_write_notes(&notes, &text));
        assert_ok(neume_csv_read_notes(text.data, text.size, &again));
        assert_same_notes(&notes, &again, 5.1e-5);
        neume_buffer_clear(&text);
        neume_notes_clear(&notes);
        neume_notes_clear(&again);
    }
}

static void test_columns_come_in_any_order_and_some_may_lack(void **state) {
    (void)state;
    neume_notes notes = {0};
    assert_ok(read_text("\xef\xbb\xbf"
                        "pitch, \"offset\",colour,onset\r\n60,2.5,red,1.25\r\n\r\n61,1e0,,.5",
                        &notes));
    assert_int_equal(notes.count, 2);
    assert_int_equal(notes.items[0].pitch, 61);
    assert_true(notes.items[1].onset_s == 1.25 && notes.items[1].offset_s == 2.5);
    assert_int_equal(notes.items[1].velocity, 80);
    assert_int_equal(notes.items[1].program, 0);
    neume_notes_clear(&notes);
}

static void test_damage_is_named_and_leaves_the_output(void **state) {
    (void)state;
    static const char *const bad[] = {
        "",
        "a,b,c\n1,2,3\n",
        "onset,offset\n1,2\n",
        "onset,onset,offset,pitch\n1,1,2,3\n",
        "onset,offset,pitch\n1,2,x\n",
        "onset,offset,pitch\n1,2\n",
        "onset,offset,pitch\n2,1,60\n",
        "onset,offset,pitch\n-1,1,60\n",
        "onset,offset,pitch\n1,nan,60\n",
        "onset,offset,pitch\n1,2,128\n",
        "onset,offset,pitch,velocity\n1,2,60,0\n",
        "onset,offset,pitch,program\n1,2,60,1e30\n",
        "onset,offset,pitch,confidence\n1,2,60,2\n",
        "onset,offset,pitch\n1,2,0000000000000000000000000000000000000000000000000000000000000060\n"};
    neume_notes notes = {.count = 7};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(read_text(bad[i], &notes), NEUME_EFORMAT);
        assert_int_equal(notes.count, 7);
    }
}

static void test_a_note_without_length_gets_the_shortest(void **state) {
    (void)state;
    neume_notes notes = {0};
    assert_ok(read_text("onset,offset,pitch\n1,1,60\n", &notes));
    assert_true(notes.items[0].offset_s > 1 && notes.items[0].offset_s < 1.002);
    neume_notes_clear(&notes);
}

static void test_notes_out_of_range_are_not_written(void **state) {
    (void)state;
    neume_note note = {.onset_s = 1, .offset_s = 1, .pitch = 60, .velocity = 1};
    neume_buffer text = {0};
    assert_int_equal(neume_csv_write_notes(&(neume_notes){&note, 1, 1}, &text), NEUME_EINVAL);
    assert_int_equal(text.size, 0);
}

static neume_status there_and_back(void *context) {
    const neume_notes *notes = context;
    neume_notes again = {0};
    neume_buffer text = {0};
    neume_status status = neume_csv_write_notes(notes, &text);
    if (!status) status = neume_csv_read_notes(text.data, text.size, &again);
    neume_buffer_clear(&text);
    neume_notes_clear(&again);
    return status;
}

static void test_lack_of_memory_is_a_status(void **state) {
    (void)state;
    sweep_there_and_back(there_and_back, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_written_is_read_again),
        cmocka_unit_test(test_columns_come_in_any_order_and_some_may_lack),
        cmocka_unit_test(test_damage_is_named_and_leaves_the_output),
        cmocka_unit_test(test_a_note_without_length_gets_the_shortest),
        cmocka_unit_test(test_notes_out_of_range_are_not_written),
        cmocka_unit_test(test_lack_of_memory_is_a_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
