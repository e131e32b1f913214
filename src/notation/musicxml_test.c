#include "note_cases.h"

#include <string.h>
#include <zip.h>

#include "neume/notation.h"

#define PIANO    "<score-part id='P1'><part-name>Piano</part-name></score-part>"
#define TEMPO_60 "<sound tempo='60'/><attributes><divisions>2</divisions></attributes>"
#define NOTE(step, octave, rest_of_it)                                                                                 \
    "<note><pitch><step>" step "</step><octave>" octave "</octave></pitch>" rest_of_it "</note>"
#define LASTS(divisions) "<duration>" divisions "</duration>"

/* A score of one part with these measures. */
static neume_status read_score(const char *part_list, const char *measures, neume_notes *out) {
    neume_buffer xml = {0};
    assert_ok(neume_buffer_print(&xml,
                                 "<?xml version='1.0' encoding='UTF-8'?><!DOCTYPE score-partwise PUBLIC 'a' 'b.dtd'>"
                                 "<score-partwise><part-list>%s</part-list><part id='P1'>%s</part></score-partwise>",
                                 part_list, measures));
    neume_status status = neume_notes_read("a.musicxml", xml.data, xml.size, out);
    neume_buffer_clear(&xml);
    return status;
}

static neume_notes read_measures(const char *measures) {
    neume_notes notes = {0};
    assert_ok(read_score(PIANO, measures, &notes));
    return notes;
}

static void test_chords_backup_forward_and_changing_divisions(void **state) {
    (void)state;
    neume_notes notes = read_measures(
        "<measure>" TEMPO_60 NOTE("C", "4", LASTS("2")) NOTE("E", "4", "<chord/>" LASTS("2"))
            NOTE("G", "4", LASTS("2")) "<backup>" LASTS("4") "</backup><forward>" LASTS("1") "</forward>" NOTE(
                "C", "3",
                LASTS("1")) "</measure>"
                            "<measure><attributes><divisions>480</divisions></attributes>" NOTE(
                                "D", "4",
                                LASTS("720")) "<note><rest/>" LASTS("240") "</note>" NOTE("F", "4",
                                                                                          LASTS("160")) "</measure>");
    assert_int_equal(notes.count, 6);
    assert_note(&notes.items[0], 0, 1, 60);
    assert_note(&notes.items[1], 0, 1, 64);
    assert_note(&notes.items[2], 0.5, 1, 48);
    assert_note(&notes.items[3], 1, 2, 67);
    assert_note(&notes.items[4], 2, 3.5, 62);
    assert_note(&notes.items[5], 4, 4 + 1.0 / 3, 65);
    neume_notes_clear(&notes);
}

static void test_a_measure_ends_where_its_longest_voice_ends(void **state) {
    (void)state;
    neume_notes notes = read_measures("<measure>" TEMPO_60 NOTE("C", "4", LASTS("8")) "<backup>" LASTS(
        "8") "</backup>" NOTE("E", "4", LASTS("2")) "</measure><measure>" NOTE("G", "4", LASTS("2")) "</measure>");
    assert_int_equal(notes.count, 3);
    assert_note(&notes.items[2], 4, 5, 67);
    neume_notes_clear(&notes);
}

static void test_ties_join_across_measures_but_repeated_notes_do_not(void **state) {
    (void)state;
    neume_notes notes = read_measures("<measure>" TEMPO_60 NOTE("C", "4", LASTS("2") "<tie type='start'/>") NOTE(
        "E", "4",
        "<chord/>" LASTS(
            "2")) "</measure>"
                  "<measure>" NOTE(
                      "C", "4",
                      LASTS("2") "<tie type='stop'/><tie type='start'/>") "</measure>"
                                                                          "<measure>" NOTE(
                                                                              "C", "4", LASTS("2") "<tie type='stop'/>")
                                                                              NOTE("C", "4", LASTS("2")) "</measure>");
    assert_int_equal(notes.count, 3);
    assert_note(&notes.items[0], 0, 3, 60);
    assert_note(&notes.items[1], 0, 1, 64);
    assert_note(&notes.items[2], 3, 4, 60);
    neume_notes_clear(&notes);
}

static void test_accidentals_and_transposing_instruments_sound_where_they_sound(void **state) {
    (void)state;
    neume_notes notes = read_measures(
        "<measure>" TEMPO_60 "<attributes><transpose><diatonic>-1</diatonic><chromatic>-2</"
        "chromatic><octave-change>-1</octave-change></transpose></attributes>"
        "<note><pitch><step>B</step><alter>-1</alter><octave>4</octave></pitch>" LASTS("2") "</note></measure>");
    assert_note(&notes.items[0], 0, 1, 70 - 14);
    neume_notes_clear(&notes);
}

static void test_grace_notes_take_their_time_from_their_note_and_cue_notes_are_silent(void **state) {
    (void)state;
    neume_notes notes =
        read_measures("<measure>" TEMPO_60 NOTE("C", "4", LASTS("2")) NOTE("D", "4", "<grace/>")
                          NOTE("E", "4", "<grace/>") NOTE("F", "4", LASTS("2")) NOTE("A", "4", "<cue/>" LASTS("2"))
                              NOTE("G", "4", "<chord/>" LASTS("2")) NOTE("G", "4", LASTS("2")) "</measure>");
    assert_int_equal(notes.count, 6);
    assert_note(&notes.items[1], 1, 1.125, 62);
    assert_note(&notes.items[2], 1.125, 1.25, 64);
    assert_note(&notes.items[3], 1.25, 2, 65);
    assert_note(&notes.items[4], 2, 3, 67); /* a cue's chord */
    assert_note(&notes.items[5], 3, 4, 67);
    neume_notes_clear(&notes);
}

/* The second voice holds a note while the tempo changes. */
static void test_a_tempo_may_change_while_a_note_is_held(void **state) {
    (void)state;
    neume_notes notes =
        read_measures("<measure>" TEMPO_60 NOTE("C", "4", LASTS("4") "<voice>1</voice>") "<backup>" LASTS(
            "2") "</backup><sound tempo='30'/>"
                 "<backup>" LASTS("2") "</backup>" NOTE("E", "4", LASTS("2") "<voice>2</voice>")
                          NOTE("F", "4", LASTS("2") "<voice>2</voice>") "</measure>");
    assert_int_equal(notes.count, 3);
    assert_note(&notes.items[0], 0, 3, 60);
    assert_note(&notes.items[2], 1, 3, 65);
    neume_notes_clear(&notes);
}

static void test_a_part_that_changes_its_transposition_sounds_on(void **state) {
    (void)state;
    neume_notes notes = read_measures(
        "<measure>" TEMPO_60 "<attributes><transpose><diatonic>-1</diatonic><chromatic>-2</chromatic></transpose>"
        "</attributes>" NOTE("D", "4", LASTS("2")) "</measure><measure><attributes><transpose><diatonic>-2</diatonic>"
                                                   "<chromatic>-3</chromatic></transpose></attributes>" NOTE(
                                                       "E", "4", LASTS("2")) "</measure>");
    assert_int_equal(notes.count, 2);
    assert_note(&notes.items[0], 0, 1, 60);
    assert_note(&notes.items[1], 1, 2, 61);
    neume_notes_clear(&notes);
}

static void test_what_is_left_out_is_told_once_a_kind(void **state) {
    (void)state;
    static const char xml[] =
        "<score-partwise><part-list><score-part id='P1'/></part-list><part id='P1'><measure><attributes><time><beats>2"
        "</beats><beat-type>4</beat-type></time></attributes>" NOTE(
            "C", "4", LASTS("3") "<tie type='start'/><notations><slur type='start'/><glissando/></notations>")
            NOTE("C", "4", "<cue/>" LASTS("1")) "<barline><ending number='1' type='stop'/></barline></measure></part>"
                                                "</score-partwise>";
    static const char *const lines[] = {"part 1, measure 1: <glissando> is left out\n",
                                        "part 1, measure 1: cue notes are left out\n",
                                        "part 1, measure 1: a measure is longer than its metre\n",
                                        "part 1, measure 1: a tie leads to no note\n",
                                        "part 1, measure 1: an ending that has no start is left out\n",
                                        "\na slur has no end\n"};
    neume_report report = {0};
    neume_score *score = NULL;
    assert_ok(neume_musicxml_read(xml, sizeof xml - 1, &report, &score));
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (!strstr(report.text.data, lines[i])) fail_msg("no '%s' in\n%s", lines[i], report.text.data);
    neume_report_clear(&report);
    neume_score_free(score);
}

static void test_tempo_from_sound_and_metronome_marks_of_any_part(void **state) {
    (void)state;
    neume_notes notes = {0};
    static const char list[] = PIANO "<score-part id='P2'><part-name>Flute</part-name></score-part>";
    static const char parts[] = "<measure>" NOTE("C", "4", LASTS("1")) NOTE("D", "4", LASTS("3"))
        NOTE("E", "4",
             LASTS("1")) "</measure></part>"
                         "<part id='P2'><measure><forward>" LASTS(
                             "1") "</forward><direction><direction-type><metronome><beat-unit>quarter</beat-unit>"
                                  "<beat-unit-dot/><per-minute>c. "
                                  "40</per-minute></metronome></direction-type></direction>" NOTE(
                                      "C", "5",
                                      LASTS("3")) "<direction><direction-type><metronome><beat-unit>half</"
                                                  "beat-unit><per-minute>200</per-minute></metronome></direction-type>"
                                                  "<sound tempo='240'/></direction></measure>";
    assert_ok(read_score(list, parts, &notes));
    assert_int_equal(notes.count, 4);
    assert_note(&notes.items[0], 0, 0.5, 60);
    assert_note(&notes.items[1], 0.5, 3.5, 62);
    assert_note(&notes.items[2], 0.5, 3.5, 72);
    assert_note(&notes.items[3], 3.5, 3.75, 64);
    assert_int_equal(notes.items[2].part, 1);
    assert_int_equal(notes.items[2].program, 73);
    neume_notes_clear(&notes);
}

static void test_dynamics_reach_later_voices_at_their_time_and_staff(void **state) {
    (void)state;
    neume_notes notes = read_measures("<measure>" TEMPO_60 NOTE(
        "C", "4",
        LASTS(
            "2") "<staff>1</staff>") "<direction><direction-type><dynamics><ff/></dynamics></"
                                     "direction-type><staff>1</staff></direction>" NOTE(
                                         "D", "4",
                                         LASTS(
                                             "2") "<staff>1</staff>") "<direction><direction-type>"
                                                                      "<dynamics><pp/></"
                                                                      "dynamics></"
                                                                      "direction-type><staff>2</"
                                                                      "staff></direction>"
                                                                      "<direction><direction-type>"
                                                                      "<dynamics><sf/></"
                                                                      "dynamics></"
                                                                      "direction-type><staff>2</"
                                                                      "staff></direction>"
                                                                      "<note "
                                                                      "dynamics='50'><pitch><step>"
                                                                      "E</step><octave>4</"
                                                                      "octave></pitch>" LASTS(
                                                                          "2") "<staff>1</staff></"
                                                                               "note>"
                                                                               "<backup>" LASTS("6") "</backup>" NOTE(
                                                                                   "C", "3",
                                                                                   LASTS("2") "<staf"
                                                                                              "f>2</"
                                                                                              "staff"
                                                                                              ">") NOTE("D", "3",
                                                                                                        LASTS("2") "<"
                                                                                                                   "s"
                                                                                                                   "t"
                                                                                                                   "a"
                                                                                                                   "f"
                                                                                                                   "f"
                                                                                                                   ">"
                                                                                                                   "2"
                                                                                                                   "<"
                                                                                                                   "/"
                                                                                                                   "s"
                                                                                                                   "t"
                                                                                                                   "a"
                                                                                                                   "f"
                                                                                                                   "f"
                                                                                                                   ">")
                                                                                   NOTE("E", "3",
                                                                                        LASTS("2") "<staff>2</staff>")
                                                                                       NOTE("F", "3",
                                                                                            LASTS("2") "<staff>2</"
                                                                                                       "staff>") "</"
                                                                                                                 "measu"
                                                                                                                 "re>");
    static const int velocities[] = {80, 80, 105, 105, 105, 45, 40}; /* C3 C4 D3 D4 E3 E4 F3 */
    assert_int_equal(notes.count, 7);
    for (size_t i = 0; i < 7; i++) assert_int_equal(notes.items[i].velocity, velocities[i]);
    neume_notes_clear(&notes);
}

static void test_programs_count_from_one_and_names_mend_careless_ones(void **state) {
    (void)state;
    static const struct {
        const char *name, *sound, *midi;
        int program;
    } rows[] = {{"Any", "", "<midi-program>41</midi-program>", 40},
                {"Violin I", "", "<midi-program>1</midi-program>", 40},
                {"Violin I", "", "", 40},
                {"Piano", "", "<midi-program>7</midi-program>", 6},
                {"Voice", "<instrument-sound>voice.vocals</instrument-sound>", "<midi-program>69</midi-program>", 53},
                {"Bass", "<instrument-sound>voice.bass</instrument-sound>", "<midi-program>69</midi-program>", 52},
                {"Unknown thing", "", "<midi-program>0</midi-program>", 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char list[512];
        neume_notes notes = {0};
        snprintf(list, sizeof list,
                 "<score-part id='P1'><part-name>%s</part-name><score-instrument id='I'>%s</score-instrument>"
                 "<midi-instrument id='I'><midi-channel>1</midi-channel>%s</midi-instrument></score-part>",
                 rows[i].name, rows[i].sound, rows[i].midi);
        assert_ok(read_score(list, "<measure>" NOTE("C", "4", LASTS("1")) "</measure>", &notes));
        assert_int_equal(notes.items[0].program, rows[i].program);
        neume_notes_clear(&notes);
    }
}

static void test_percussion_by_key_by_name_or_else_a_snare(void **state) {
    (void)state;
    static const char list[] =
        "<score-part id='P1'><part-name>Percussion</part-name>"
        "<score-instrument id='A'><instrument-name>Acoustic Thing</instrument-name></score-instrument>"
        "<score-instrument id='B'><instrument-name>Snare Drum</instrument-name></score-instrument>"
        "<score-instrument id='C'><instrument-name>Squeak</instrument-name></score-instrument>"
        "<midi-instrument "
        "id='A'><midi-channel>10</midi-channel><midi-unpitched>43</midi-unpitched></midi-instrument></score-part>";
#define HIT(id)                                                                                                        \
    "<note><unpitched><display-step>G</display-step><display-octave>5</display-octave></unpitched>" LASTS(             \
        "1") "<instrument id='" id "'/></note>"
    neume_notes notes = {0};
    assert_ok(read_score(list, "<measure>" HIT("A") HIT("B") HIT("C") "</measure>", &notes));
    assert_int_equal(notes.count, 3);
    assert_note(&notes.items[0], 0, 0.5, 42);
    assert_note(&notes.items[1], 0.5, 1, 38);
    assert_note(&notes.items[2], 1, 1.5, 38);
    for (int i = 0; i < 3; i++) assert_int_equal(notes.items[i].program, NEUME_PROGRAM_DRUMS);
    neume_notes_clear(&notes);
}

static void test_hostile_and_damaged_xml_is_refused_and_leaves_out_alone(void **state) {
    (void)state;
    static const struct {
        const char *xml;
        neume_status status;
    } rows[] = {
        {"", NEUME_EFORMAT},
        {"<score-partwise><part-list>", NEUME_EFORMAT},
        {"<html></html>", NEUME_EFORMAT},
        {"<score-timewise/>", NEUME_EUNSUPPORTED},
        {"<!DOCTYPE score-partwise [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><score-partwise>&b;</score-partwise>",
         NEUME_EFORMAT},
        {"<!DOCTYPE score-partwise [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><score-partwise>&a;</score-partwise>",
         NEUME_EFORMAT},
        {"<score-partwise><part id='P1'/></score-partwise>", NEUME_EFORMAT},
        {"<score-partwise><x><part><measure><note><duration>1</duration></note></measure></part></x></score-partwise>",
         NEUME_EFORMAT},
        {"<score-partwise>\xFF\xFE</score-partwise>", NEUME_EFORMAT},
        {"<?xml version='1.0' encoding='KLINGON'?><score-partwise/>", NEUME_EFORMAT},
        {"PK\3\4 no archive", NEUME_EFORMAT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        neume_notes notes = read_measures("<measure>" NOTE("C", "4", LASTS("1")) "</measure>");
        assert_int_equal(neume_notes_read("a.musicxml", rows[i].xml, strlen(rows[i].xml), &notes), rows[i].status);
        assert_int_equal(notes.count, 1);
        neume_notes_clear(&notes);
    }
}

static void test_nonsense_numbers_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *measure;
        neume_status status;
    } rows[] = {
        {"<measure><attributes><divisions>0</divisions></attributes></measure>", NEUME_EFORMAT},
        {"<measure>" NOTE("H", "4", LASTS("1")) "</measure>", NEUME_EFORMAT},
        {"<measure>" NOTE("C", "99", LASTS("1")) "</measure>", NEUME_EFORMAT},
        {"<measure>" NOTE("C", "4", LASTS("1e5")) "</measure>", NEUME_EFORMAT},
        {"<measure>" NOTE("C", "4", LASTS("-1")) "</measure>", NEUME_EFORMAT},
        {"<measure>" NOTE("C", "4", LASTS("900000000000")) "</measure>", NEUME_ELIMIT},
        {"<measure>" NOTE("C", "4", LASTS("90000000")) "</measure>", NEUME_ELIMIT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        neume_notes notes = {0};
        assert_int_equal(read_score(PIANO, rows[i].measure, &notes), rows[i].status);
    }
}

static void test_depth_is_limited(void **state) {
    (void)state;
    neume_buffer xml = {0};
    neume_notes notes = {0};
    assert_ok(neume_buffer_print(&xml, "<score-partwise>"));
    for (int i = 0; i < 100; i++) assert_ok(neume_buffer_print(&xml, "<a>"));
    assert_int_equal(neume_notes_read("a.musicxml", xml.data, xml.size, &notes), NEUME_ELIMIT);
    neume_buffer_clear(&xml);
}

static const char small_score[] =
    "<score-partwise><part-list><score-part id='P1'><part-name>Piano</part-name><score-instrument "
    "id='I'><instrument-name>Flute"
    "</instrument-name></score-instrument></score-part></part-list><part id='P1'><measure>" TEMPO_60
    "<direction><direction-type><dynamics><p/></dynamics></direction-type></direction>" NOTE("D", "4", "<grace/>")
        NOTE("C", "4", LASTS("2")) "</measure></part></score-partwise>";

/* An archive with these two members; NULL leaves one out. */
static void zip_score(const char *container, const char *score, neume_buffer *out) {
    zip_error_t error;
    zip_source_t *archive_bytes = zip_source_buffer_create(NULL, 0, 0, &error);
    zip_source_keep(archive_bytes);
    zip_t *archive = zip_open_from_source(archive_bytes, ZIP_CREATE | ZIP_TRUNCATE, &error);
    assert_non_null(archive);
    const char *names[] = {"META-INF/container.xml", "score.xml"}, *texts[] = {container, score};
    for (int i = 0; i < 2; i++) {
        if (!texts[i]) continue;
        zip_source_t *member = zip_source_buffer(archive, texts[i], strlen(texts[i]), 0);
        assert_true(zip_file_add(archive, names[i], member, 0) >= 0);
    }
    assert_int_equal(zip_close(archive), 0);
    char chunk[512];
    assert_int_equal(zip_source_open(archive_bytes), 0);
    for (zip_int64_t got; (got = zip_source_read(archive_bytes, chunk, sizeof chunk)) > 0;)
        assert_ok(neume_buffer_append(out, chunk, (size_t)got));
    zip_source_close(archive_bytes);
    zip_source_free(archive_bytes);
}

static void test_a_compressed_score_reads_like_a_plain_one(void **state) {
    (void)state;
    static const char container[] =
        "<container><rootfiles><rootfile full-path='score.xml'/><rootfile full-path='x.pdf'/></rootfiles></container>";
    neume_buffer packed = {0};
    neume_notes plain = {0}, unpacked = {0};
    zip_score(container, small_score, &packed);
    assert_ok(neume_notes_read("a.musicxml", packed.data, packed.size, &unpacked));
    assert_ok(neume_notes_read("a.musicxml", small_score, sizeof small_score - 1, &plain));
    assert_int_equal(plain.count, 2);
    assert_int_equal(unpacked.count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_note(&unpacked.items[i], plain.items[i].onset_s, plain.items[i].offset_s, plain.items[i].pitch);
        assert_int_equal(unpacked.items[i].velocity, 53);
        assert_int_equal(unpacked.items[i].program, 73);
    }
    neume_notes_clear(&plain);
    neume_notes_clear(&unpacked);
    neume_buffer_clear(&packed);
}

static void test_an_archive_without_its_container_or_score_is_refused(void **state) {
    (void)state;
    static const char *const containers[] = {
        NULL, "<container/>", "<container><rootfiles><rootfile full-path='other.xml'/></rootfiles></container>"};
    for (size_t i = 0; i < 3; i++) {
        neume_buffer packed = {0};
        neume_notes notes = {0};
        zip_score(containers[i], small_score, &packed);
        assert_int_equal(neume_notes_read("a.musicxml", packed.data, packed.size, &notes), NEUME_EFORMAT);
        neume_buffer_clear(&packed);
    }
}

static neume_status read_small_score(void *context) {
    (void)context;
    neume_notes notes = {0};
    neume_status status = neume_notes_read("a.musicxml", small_score, sizeof small_score - 1, &notes);
    neume_notes_clear(&notes);
    return status;
}

static void test_every_failed_allocation_is_reported(void **state) {
    (void)state;
    sweep_allocation_failures(read_small_score, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chords_backup_forward_and_changing_divisions),
        cmocka_unit_test(test_a_measure_ends_where_its_longest_voice_ends),
        cmocka_unit_test(test_ties_join_across_measures_but_repeated_notes_do_not),
        cmocka_unit_test(test_accidentals_and_transposing_instruments_sound_where_they_sound),
        cmocka_unit_test(test_grace_notes_take_their_time_from_their_note_and_cue_notes_are_silent),
        cmocka_unit_test(test_a_tempo_may_change_while_a_note_is_held),
        cmocka_unit_test(test_a_part_that_changes_its_transposition_sounds_on),
        cmocka_unit_test(test_what_is_left_out_is_told_once_a_kind),
        cmocka_unit_test(test_tempo_from_sound_and_metronome_marks_of_any_part),
        cmocka_unit_test(test_dynamics_reach_later_voices_at_their_time_and_staff),
        cmocka_unit_test(test_programs_count_from_one_and_names_mend_careless_ones),
        cmocka_unit_test(test_percussion_by_key_by_name_or_else_a_snare),
        cmocka_unit_test(test_hostile_and_damaged_xml_is_refused_and_leaves_out_alone),
        cmocka_unit_test(test_nonsense_numbers_are_refused),
        cmocka_unit_test(test_depth_is_limited),
        cmocka_unit_test(test_a_compressed_score_reads_like_a_plain_one),
        cmocka_unit_test(test_an_archive_without_its_container_or_score_is_refused),
        cmocka_unit_test(test_every_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
