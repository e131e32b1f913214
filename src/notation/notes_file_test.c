#include "neume_test.h"

#include "neume/notation.h"

#include <string.h>
#include <unistd.h>

#define CSV  "onset,offset,pitch\n0,0.5,60\n"
#define JSON "{\"notes\":[{\"onset_s\":0,\"offset_s\":0.5,\"pitch\":60}]}"
#define KERN "**kern\n*MM120\n4c\n*-\n"
#define XML                                                                                                            \
    "<?xml version=\"1.0\"?>\n<score-partwise><part-list><score-part "                                                 \
    "id=\"P1\"><part-name>Oboe</part-name></score-part>"                                                               \
    "</part-list><part id=\"P1\"><measure number=\"1\"><attributes><divisions>1</divisions></attributes><note><pitch>" \
    "<step>C</step><octave>4</octave></pitch><duration>1</duration></note></measure></part></score-partwise>"
#define MIDI "MThd\0\0\0\6\0\1\0\1\0\x60MTrk\0\0\0\x0c\0\x90\x3c\x40\x60\x80\x3c\0\0\xff\x2f\0"

/* Writes a file of this name into a fresh folder, reads it and removes it. */
static neume_status read_as(const char *name, const void *bytes, size_t count, neume_notes *out) {
    char folder[] = "/tmp/neume-test-XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_ok(neume_file_write(path, bytes, count));
    neume_status status = neume_notes_read_file(path, out);
    unlink(path);
    rmdir(folder);
    return status;
}

static void assert_middle_c(const char *name, const void *bytes, size_t count) {
    neume_notes notes = {0};
    assert_ok(read_as(name, bytes, count, &notes));
    assert_int_equal(notes.count, 1);
    assert_int_equal(notes.items[0].pitch, 60);
    assert_true(fabs(notes.items[0].offset_s - 0.5) < 0.02);
    neume_notes_clear(&notes);
}

static void test_content_tells_the_format_whatever_the_name(void **state) {
    (void)state;
    static const char *const names[] = {"a", "a.mid", "a.csv", "a.json", "a.krn", "a.musicxml", "a.txt"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_middle_c(names[i], MIDI, sizeof MIDI - 1);
        assert_middle_c(names[i], JSON, sizeof JSON - 1);
        assert_middle_c(names[i], " \n" JSON, sizeof JSON + 1);
        assert_middle_c(names[i], KERN, sizeof KERN - 1);
        assert_middle_c(names[i], "!!!COM: Anon\n" KERN, sizeof KERN + 12);
        assert_middle_c(names[i], XML, sizeof XML - 1);
        assert_middle_c(names[i], "\xef\xbb\xbf" XML, sizeof XML + 2);
        assert_middle_c(names[i], CSV, sizeof CSV - 1);
    }
}

static void test_other_files_are_refused(void **state) {
    (void)state;
    neume_notes notes = {.count = 7};
    assert_int_equal(read_as("a.txt", "hello", 5, &notes), NEUME_EFORMAT);
    assert_int_equal(read_as("a.mid", "", 0, &notes), NEUME_EFORMAT);
    assert_int_equal(read_as("a.wav", "RIFF....WAVE", 12, &notes), NEUME_EFORMAT);
    assert_int_equal(read_as("a.csv", "x,y\n1,2\n", 8, &notes), NEUME_EFORMAT);
    assert_int_equal(neume_notes_read_file("/tmp/no-such-folder/a.mid", &notes), NEUME_ENOTFOUND);
    assert_int_equal(notes.count, 7);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_content_tells_the_format_whatever_the_name),
        cmocka_unit_test(test_other_files_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
