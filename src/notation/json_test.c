#include "note_cases.h"

#include "neume/notation.h"

#include <string.h>

static void test_what_is_written_is_read_again(void **state) {
    (void)state;
    for_each_seed(seed, 10) {
        neume_rng rng = neume_rng_seeded(seed, 2);
        neume_notes notes = {0}, again = {0};
        neume_buffer text = {0};
        add_random_notes(&notes, &rng, 1, 20);
        neume_transcription_info info = {"song.flac", "hear", neume_notes_end_s(&notes), {0}};
        assert_ok(neume_json_write_notes(&notes, &info, &text));
        assert_ok(neume_json_read_notes(text.data, text.size, &again));
        assert_same_notes(&notes, &again, 5.1e-5);
        neume_buffer_clear(&text);
        neume_notes_clear(&notes);
        neume_notes_clear(&again);
    }
}

static void test_the_document_has_the_agreed_keys(void **state) {
    (void)state;
    neume_note note = {1.25, 2, 60, 90, 40, 0, 0.5f};
    neume_buffer text = {0};
    neume_transcription_info info = {"a.wav", NULL, 3, {0}};
    assert_ok(neume_json_write_notes(&(neume_notes){&note, 1, 1}, &info, &text));
    assert_string_equal(text.data,
                        "{\"source\":\"a.wav\",\"model\":\"\",\"duration_s\":3.0000,"
                        "\"instruments\":[{\"program\":40,\"name\":\"Violin\",\"share\":1.0000}],\"notes\":[\n"
                        "{\"onset_s\":1.2500,\"offset_s\":2.0000,\"pitch\":60,\"velocity\":90,\"program\":40,"
                        "\"confidence\":0.500}\n]}\n");
    neume_buffer_clear(&text);
}

static void test_pedals_and_bends_are_written_when_there_are_any(void **state) {
    (void)state;
    neume_note items[] = {{0, 1, 60, 90, 0, 0, 1}, {0.5, 1, 64, 90, 73, 0, 1}, {0.5, 1, 67, 90, 73, 0, 1}};
    neume_notes notes = {items, 3, 3}, again = {0};
    neume_pedal held[] = {{0.1, 1.5}};
    neume_pedals pedals = {held, 1, 1, 0};
    neume_bends bends = {0};
    float cents[] = {-3.6f, 0.2f, 12};
    neume_buffer text = {0};
    assert_ok(neume_bends_add(&bends, &(neume_bend){0.5, 64, cents, 3}));
    neume_transcription_info info = {"a.wav", "m", 2, {&pedals, &bends}};
    assert_ok(neume_json_write_notes(&notes, &info, &text));
    static const char *const parts[] = {
        "\"instruments\":[{\"program\":73,\"name\":\"Flute\",\"share\":0.6667},{\"program\":0,",
        "\"pedals\":[{\"down_s\":0.1000,\"up_s\":1.5000}]", "\"bend_step_s\":0.020",
        "\"pitch\":64,\"velocity\":90,\"program\":73,\"confidence\":1.000,\"bend_cents\":[-4,0,12]}",
        "\"pitch\":67,\"velocity\":90,\"program\":73,\"confidence\":1.000,\"bend_cents\":[]}"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) assert_non_null(strstr(text.data, parts[i]));
    assert_ok(neume_json_read_notes(text.data, text.size, &again));
    assert_same_notes(&notes, &again, 1e-9);
    neume_notes_clear(&again);
    neume_bends_clear(&bends);
    neume_buffer_clear(&text);
}

static void test_any_bytes_in_a_name_give_a_valid_document(void **state) {
    (void)state;
    for_each_seed(seed, 300) {
        neume_rng rng = neume_rng_seeded(seed, 4);
        char name[40] = "";
        for (int i = 0; i < 39; i++) name[i] = (char)(1 + neume_rng_below(&rng, 255));
        if (neume_rng_chance(&rng, 0.5)) memcpy(name + 5, "\xF4\x8F\xBF\xBF\xED\xA0\x80\xC0\x80\xE2\x82\xAC", 12);
        neume_transcription_info info = {name, name, 0, {0}};
        neume_notes none = {0}, again = {0};
        neume_buffer text = {0};
        assert_ok(neume_json_write_notes(&none, &info, &text));
        assert_ok(neume_json_read_notes(text.data, text.size, &again));
        assert_int_equal(again.count, 0);
        neume_buffer_clear(&text);
    }
}

static void test_damage_is_named_and_leaves_the_output(void **state) {
    (void)state;
    static const char *const bad[] = {"",
                                      "{",
                                      "[]",
                                      "{\"notes\":3}",
                                      "{\"notes\":[3]}",
                                      "{\"notes\":[{\"onset_s\":1,\"offset_s\":2}]}",
                                      "{\"notes\":[{\"onset_s\":1,\"offset_s\":2,\"pitch\":\"60\"}]}",
                                      "{\"notes\":[{\"onset_s\":1,\"offset_s\":2,\"pitch\":-1}]}",
                                      "{\"notes\":[{\"onset_s\":3,\"offset_s\":2,\"pitch\":60}]}",
                                      "{\"notes\":[],\"notes\":[]}",
                                      "{\"notes\":[]} x"};
    neume_notes notes = {.count = 7};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(neume_json_read_notes(bad[i], strlen(bad[i]), &notes), NEUME_EFORMAT);
        assert_int_equal(notes.count, 7);
    }
}

static neume_status there_and_back(void *context) {
    const neume_notes *notes = context;
    neume_notes again = {0};
    neume_buffer text = {0};
    neume_transcription_info info = {"a\n\xff\"", "b", 1, {0}};
    neume_status status = neume_json_write_notes(notes, &info, &text);
    if (!status) status = neume_json_read_notes(text.data, text.size, &again);
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
        cmocka_unit_test(test_the_document_has_the_agreed_keys),
        cmocka_unit_test(test_pedals_and_bends_are_written_when_there_are_any),
        cmocka_unit_test(test_any_bytes_in_a_name_give_a_valid_document),
        cmocka_unit_test(test_damage_is_named_and_leaves_the_output),
        cmocka_unit_test(test_lack_of_memory_is_a_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
