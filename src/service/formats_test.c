#include "neume_test.h"

#include "neume/service.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void fill(neume_transcription *music) {
    *music = (neume_transcription){.duration_s = 2};
    assert_ok(neume_notes_add(&music->notes, (neume_note){0.5, 1.0, 60, 80, 0, 0, 1}));
    assert_ok(neume_notes_add(&music->notes, (neume_note){0.75, 1.5, 67, 90, 40, 1, .5f}));
}

static void test_every_format_named_can_be_checked_and_printed(void **state) {
    (void)state;
    neume_transcription music;
    fill(&music);
    char names[64], *rest = NULL;
    snprintf(names, sizeof names, "%s", neume_format_names());
    for (const char *name = strtok_r(names, " ", &rest); name; name = strtok_r(NULL, " ", &rest)) {
        neume_buffer out = {0};
        char path[32];
        snprintf(path, sizeof path, "x/y.%s", name);
        assert_ok(neume_format_check(name, NULL));
        assert_ok(neume_format_check(NULL, path));
        assert_ok(neume_transcription_print(&music, name, &out));
        assert_true(out.size > 20);
        neume_buffer_clear(&out);
    }
    neume_transcription_clear(&music);
}

static neume_buffer print_svg(const neume_transcription *music) {
    neume_buffer out = {0};
    assert_ok(neume_transcription_print(music, "svg", &out));
    return out;
}

static void test_pictures_are_pages_of_music_unless_rolls_are_asked_for(void **state) {
    (void)state;
    neume_transcription music;
    fill(&music);
    neume_buffer page = print_svg(&music);
    music.page.roll = true;
    neume_buffer roll = print_svg(&music);
    assert_non_null(strstr(page.data, "abcm2ps"));
    assert_null(strstr(roll.data, "abcm2ps"));
    setenv("PATH", "/nowhere", 1);
    assert_int_equal(neume_format_ready("pdf", NULL, false), NEUME_EUNSUPPORTED);
    assert_non_null(strstr(neume_error_message(), "abcm2ps is not installed"));
    assert_int_equal(neume_format_ready(NULL, "x.PNG", false), NEUME_EUNSUPPORTED);
    assert_ok(neume_format_ready("pdf", NULL, true));
    assert_ok(neume_format_ready("mid", "x.pdf", false));
    neume_buffer_clear(&page);
    neume_buffer_clear(&roll);
    neume_transcription_clear(&music);
}

static void assert_head(const neume_transcription *music, const char *title, const char *composer) {
    char line[64];
    neume_buffer out = {0};
    assert_ok(neume_transcription_print(music, "abc", &out));
    snprintf(line, sizeof line, "\nT:%s\n%s%s", title, composer ? "C:" : "M:", composer ? composer : "");
    if (!strstr(out.data, line)) fail_msg("no '%s' in %s", line, out.data);
    neume_buffer_clear(&out);
}

static void test_what_the_user_says_comes_before_tags_and_those_before_the_files_name(void **state) {
    (void)state;
    neume_transcription music;
    fill(&music);
    assert_head(&music, "", NULL);
    music.source = neume__strdup("folder/My\x01 song.tar.flac");
    assert_head(&music, "My song.tar", NULL);
    music.title = neume__strdup("Tag"), music.composer = neume__strdup("Somebody");
    assert_head(&music, "Tag", "Somebody");
    music.page.title = "Mine", music.page.composer = "Me";
    assert_head(&music, "Mine", "Me");
    neume_transcription_clear(&music);
}

static void test_unknown_formats_are_refused_with_the_list_of_known_ones(void **state) {
    (void)state;
    static const char *const wrong[] = {"x.doc", "x", "x.", "folder.mid/x", "-"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(neume_format_check(NULL, wrong[i]), NEUME_EINVAL);
        assert_non_null(strstr(neume_error_message(), neume_format_names()));
    }
    assert_int_equal(neume_format_check("doc", "x.mid"), NEUME_EINVAL);
    assert_ok(neume_format_check("mid", "x.doc"));
}

static void test_what_is_written_reads_back_as_the_same_notes(void **state) {
    (void)state;
    neume_transcription music, again = {0};
    char path[] = "/tmp/neume-format-XXXXXX";
    const int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    fill(&music);
    static const char *const formats[] = {"mid", "csv", "json"};
    for (int i = 0; i < 3; i++) {
        assert_ok(neume_transcription_write(&music, formats[i], path));
        assert_ok(neume_music_read_file(path, &again));
        assert_int_equal(again.notes.count, 2);
        assert_int_equal(again.notes.items[1].pitch, 67);
        assert_int_equal(again.notes.items[1].program, 40);
        assert_float_equal(again.notes.items[1].onset_s, .75, .0011); /* a MIDI tick is 1/960 s */
        assert_float_equal(again.duration_s, 1.5, .0011);
        assert_string_equal(again.source, path);
    }
    assert_int_equal(neume_music_read_file("/nowhere", &again), NEUME_ENOTFOUND);
    assert_int_equal(again.notes.count, 2); /* untouched on failure */
    unlink(path);
    neume_transcription_clear(&again);
    neume_transcription_clear(&music);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_format_named_can_be_checked_and_printed),
        cmocka_unit_test(test_what_the_user_says_comes_before_tags_and_those_before_the_files_name),
        cmocka_unit_test(test_unknown_formats_are_refused_with_the_list_of_known_ones),
        cmocka_unit_test(test_what_is_written_reads_back_as_the_same_notes),
        cmocka_unit_test(test_pictures_are_pages_of_music_unless_rolls_are_asked_for), /* spoils PATH: the last */
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
