#include "neume_test.h"

#include "neume/notation.h"

#include <string.h>

#define HEAD(format) "MThd\0\0\0\6\0" format "\0\2\1\xe0"
#define TRACK(size)  "MTrk\0\0\0" size
#define NOTE         "\0\x90\x3c\x40\x60\x80\x3c\x40"
#define END          "\0\xff\x2f\0"

#define assert_title(bytes, wanted)                                                                                    \
    do {                                                                                                               \
        char title[256] = "";                                                                                          \
        assert_int_equal(neume_midi_title(bytes, sizeof(bytes) - 1, title), *(wanted) != 0);                           \
        assert_string_equal(title, wanted);                                                                            \
    } while (0)

static void test_a_leading_tracks_name_is_the_title(void **state) {
    (void)state;
    assert_title(HEAD("\1") TRACK("\x12") "\0\xff\x51\3\7\xa1\x20"
                                          "\0\xff\3\3Ode" END TRACK("\x0c") NOTE END,
                 "Ode");
    assert_title(HEAD("\0") TRACK("\x13") "\0\xff\3\3Ode" NOTE END, "Ode");
    assert_title(HEAD("\1") "XFIH\0\0\0\2ab" TRACK("\x0b") "\0\xff\3\3Ode" END, "Ode");
}

static void test_a_name_that_is_no_title_is_none(void **state) {
    (void)state;
    assert_title(HEAD("\1") TRACK("\x13") "\0\xff\3\3Ode" NOTE END, ""); /* it plays: the name of an instrument */
    assert_title(HEAD("\1") TRACK("\x0f") "\0\xff\3\7Track 1" END, "");
    assert_title(HEAD("\1") TRACK("\x0a") "\0\xff\3\2 \t" END, "");
    assert_title(HEAD("\1") TRACK("\x0c") NOTE END TRACK("\x0b") "\0\xff\3\3Ode" END, "");
    assert_title("RIFF not a MIDI file", "");
}

static void test_a_file_cut_anywhere_gives_a_part_of_the_name_at_most(void **state) {
    (void)state;
    static const char whole[] = HEAD("\1") TRACK("\x12") "\0\xff\x51\3\7\xa1\x20"
                                                         "\0\xff\3\3Ode" END;
    for (size_t cut = 0; cut < sizeof whole; cut++) {
        char title[256] = "", *copy = malloc(cut ? cut : 1); /* so that a sanitizer sees its end */
        assert_non_null(copy);
        memcpy(copy, whole, cut);
        if (neume_midi_title(copy, cut, title)) assert_memory_equal(title, "Ode", strlen(title));
        free(copy);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_leading_tracks_name_is_the_title),
        cmocka_unit_test(test_a_name_that_is_no_title_is_none),
        cmocka_unit_test(test_a_file_cut_anywhere_gives_a_part_of_the_name_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
