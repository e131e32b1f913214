#include "neume_test.h"

#include "neume/music.h"

#include <string.h>

static void test_every_general_midi_name_finds_its_program(void **state) {
    (void)state;
    for (int program = 0; program <= NEUME_PROGRAM_DRUMS; program++) {
        assert_true(strlen(neume_program_name(program)) > 2);
        assert_int_equal(neume_program_by_name(neume_program_name(program)), program);
    }
    assert_string_equal(neume_program_name(-1), "");
    assert_string_equal(neume_program_name(129), "");
}

static void test_families_are_blocks_of_eight_and_drums_stand_apart(void **state) {
    (void)state;
    assert_int_equal(neume_program_family(0), 0);
    assert_int_equal(neume_program_family(47), 5);
    assert_int_equal(neume_program_family(127), 15);
    assert_int_equal(neume_program_family(NEUME_PROGRAM_DRUMS), NEUME_FAMILIES);
    assert_string_equal(neume_family_name(neume_program_family(40)), "strings");
    assert_string_equal(neume_family_name(neume_program_family(73)), "pipe");
    assert_string_equal(neume_family_name(NEUME_FAMILIES), "drums");
    assert_string_equal(neume_family_name(17), "");
    for (int family = 0; family < NEUME_FAMILIES; family++)
        assert_int_equal(neume_program_family(neume_family_program(family)), family);
}

static const struct {
    const char *name;
    int program;
} NAMES[] = {
    {"Violino I", 40},
    {"Violin", 40},
    {"Vln. 2", 40},
    {"VIOLINEN", 40},
    {"1. Violine", 40},
    {"Viola", 41},
    {"Bratsche", 41},
    {"Vla.", 41},
    {"Violoncello", 42},
    {"Cello", 42},
    {"Vc.", 42},
    {"Violoncelli", 42},
    {"Contrabasso", 43},
    {"Bass", 43},
    {"Kontrabässe", 43},
    {"Viola da gamba", 42},
    {"Flauto", 73},
    {"Flute 1", 73},
    {"2 Flöten", 73},
    {"Floete", 73},
    {"Flo\xCC\x88te", 73},
    {"Flûte traversière", 73},
    {"Flauto piccolo", 72},
    {"Blockflöte", 74},
    {"Oboe", 68},
    {"Hautbois", 68},
    {"Corno inglese", 69},
    {"Englischhorn", 69},
    {"Clarinetto in Si b", 71},
    {"Klarinette (B)", 71},
    {"Bass Clarinet", 71},
    {"Clarino", 56},
    {"Fagotto", 70},
    {"Bassoon", 70},
    {"Kontrafagott", 70},
    {"Corno", 60},
    {"Horn in F", 60},
    {"Hörner", 60},
    {"Tromba", 56},
    {"B\u266d Trumpet", 56},
    {"Trombone", 57},
    {"Posaunen", 57},
    {"Tuba", 58},
    {"Timpani", 47},
    {"Pauken", 47},
    {"Arpa", 46},
    {"Harp", 46},
    {"Piano", 0},
    {"Klavier", 0},
    {"Pianoforte", 0},
    {"Organo", 19},
    {"Orgel", 19},
    {"Cembalo", 6},
    {"Harpsichord", 6},
    {"Chitarra", 24},
    {"Guitar", 24},
    {"Gitarre", 24},
    {"Bass guitar", 33},
    {"E-Gitarre", 27},
    {"Electric Guitar 2", 27},
    {"Voice", 53},
    {"Voce", 53},
    {"Singstimme", 53},
    {"Canto", 53},
    {"Soprano", 52},
    {"Alto", 52},
    {"Tenor", 52},
    {"Bass voice", 52},
    {"Chœur", 52},
    {"Celesta", 8},
    {"Glockenspiel", 9},
    {"Alto Saxophone", 65},
    {"Tenor Sax", 66},
    {"Altsaxophon", 65},
    {"Drumset", 128},
    {"Schlagzeug", 128},
    {"Steel Drums 1", 114},
    {"Große Trommel", 128},
    {"Basso", 43},
    {"Basset Horn", 71},
};

static void test_names_in_scores_find_their_instrument(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (neume_program_by_name(NAMES[i].name) != NAMES[i].program)
            fail_msg("'%s' is %d, expected %d", NAMES[i].name, neume_program_by_name(NAMES[i].name), NAMES[i].program);
}

static void test_unknown_names_are_unknown(void **state) {
    (void)state;
    static const char *const names[] = {"", " ", "MusicXML Part", "P1", "Staff 3", "\xC3", "\xCC", "\xFF\xFE", "12"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) assert_int_equal(neume_program_by_name(names[i]), -1);
}

static void test_a_name_of_any_length_is_read_safely(void **state) {
    (void)state;
    char name[2000];
    for (size_t length = 200; length < sizeof name; length += 7) {
        memset(name, 'x', length);
        memcpy(name + length - 3, "\xC3\x9F", 3);
        assert_int_equal(neume_program_by_name(name), -1);
        memcpy(name, "oboe ", 5);
        assert_int_equal(neume_program_by_name(name), 68);
    }
}

static void test_a_list_of_instruments_names_families_and_members(void **state) {
    (void)state;
    neume_instruments got;
    assert_ok(neume_instruments_parse("auto", &got));
    assert_false(got.restricted);
    assert_ok(neume_instruments_parse("piano", &got));
    assert_true(got.restricted && !got.drums && got.program[0] == 0 && got.program[5] == -1);
    assert_ok(neume_instruments_parse("Flute,strings,drums,Electric Bass (pick)", &got));
    assert_true(got.drums && got.program[9] == 73 && got.program[5] == 48 - 8 && got.program[4] == 34);
    assert_true(got.program[0] == -1);
    static const char *const bad[] = {"", "piano,", ",piano", "xyz"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(neume_instruments_parse(bad[i], &got), NEUME_EINVAL);
    char name[300];
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = 0;
    assert_int_equal(neume_instruments_parse(name, &got), NEUME_EINVAL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_general_midi_name_finds_its_program),
        cmocka_unit_test(test_families_are_blocks_of_eight_and_drums_stand_apart),
        cmocka_unit_test(test_names_in_scores_find_their_instrument),
        cmocka_unit_test(test_unknown_names_are_unknown),
        cmocka_unit_test(test_a_name_of_any_length_is_read_safely),
        cmocka_unit_test(test_a_list_of_instruments_names_families_and_members),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
