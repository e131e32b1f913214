#include "own_folder.h"

#include "corpus.h"
#include "neume/notation.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_BYTES_MOST = 1 << 20, HEADER_BYTES = 64, RESERVED_FROM = 40 };

static char written[OWN_PATH_BYTES], played[OWN_PATH_BYTES], corpus_path[OWN_PATH_BYTES], damaged_path[OWN_PATH_BYTES];

/* --- music files -------------------------------------------------------------------------------------------------- */

/* Eight notes from `pitch` upwards, dealt out to the programs in turn. */
static void make_piece(const char *name, int pitch, const int *programs, int program_count) {
    neume_notes notes = {0};
    neume_buffer midi = {0};
    for (int i = 0; i < 8; i++) {
        int program = programs[i % program_count];
        int key = program == NEUME_PROGRAM_DRUMS ? 36 + i : pitch + i;
        assert_ok(neume_notes_add(
            &notes, (neume_note){0.5 * i, 0.5 * i + 0.4, (int16_t)key, (int16_t)(60 + i), (int16_t)program, 0, 1}));
    }
    assert_ok(neume_midi_write_notes(&notes, &midi));
    assert_ok(neume_file_write(own_path(name), midi.data, midi.size));
    neume_buffer_clear(&midi);
    neume_notes_clear(&notes);
}

static const int PIANO[] = {0}, STRINGS[] = {40, 42}, BAND[] = {33, NEUME_PROGRAM_DRUMS}, KIT[] = {NEUME_PROGRAM_DRUMS},
                 KEYBOARDS[] = {0, 6, 19};

static neume_status build(void *path) {
    const neume_corpus_folder folders[] = {{written, false}, {played, true}};
    return neume_corpus_build(folders, 2, NULL, path);
}

static int setup(void **state) {
    if (own_folder_make(state) != 0) return -1;
    own_path_print("written", written);
    own_path_print("played", played);
    own_path_print("all.corpus", corpus_path);
    own_path_print("damaged.corpus", damaged_path);
    if (mkdir(written, 0777) != 0 || mkdir(played, 0777) != 0) return -1;
    make_piece("written/etude.mid", 60, PIANO, 1);
    make_piece("written/quartet.mid", 50, STRINGS, 2);
    make_piece("written/song.mid", 40, BAND, 2);
    make_piece("written/groove.mid", 0, KIT, 1);
    make_piece("written/organ.mid", 45, KEYBOARDS, 3);
    make_piece("written/trio.mid", 50, STRINGS, 2);
    make_piece("played/Etude-v2.mid", 62, PIANO, 1);
    make_piece("played/organ_v10.mid", 47, KEYBOARDS, 3);
    if (neume_file_write(own_path("written/bad.mid"), "MThd no music", 13) != NEUME_OK) return -1;
    if (neume_file_write(own_path("written/notes.txt"), "not looked at", 13) != NEUME_OK) return -1;
    return build(corpus_path) == NEUME_OK ? 0 : -1;
}

static neume__corpus open_corpus(void) {
    neume__corpus corpus;
    assert_ok(neume__corpus_open(corpus_path, &corpus));
    return corpus;
}

static const neume__corpus_piece *find(const neume__corpus *corpus, const char *name, bool by_human) {
    for (size_t i = 0; i < corpus->count; i++)
        if (corpus->pieces[i].key == neume__corpus_key(name) && corpus->pieces[i].played == by_human)
            return &corpus->pieces[i];
    fail_msg("%s is not in the corpus", name);
    return NULL;
}

/* --- what is in it ------------------------------------------------------------------------------------------------ */

static void test_pieces_are_classed_by_their_notes(void **state) {
    (void)state;
    neume__corpus corpus = open_corpus();
    assert_int_equal(find(&corpus, "etude", false)->class_, NEUME_CORPUS_PIANO);
    assert_int_equal(find(&corpus, "quartet", false)->class_, NEUME_CORPUS_CHAMBER);
    assert_int_equal(find(&corpus, "song", false)->class_, NEUME_CORPUS_BAND);
    assert_int_equal(find(&corpus, "groove", false)->class_, NEUME_CORPUS_DRUMS);
    assert_int_equal(find(&corpus, "organ", false)->class_, NEUME_CORPUS_CHAMBER); /* three written parts: voices */
    assert_int_equal(find(&corpus, "organ", true)->class_, NEUME_CORPUS_PIANO);    /* played: one keyboard */
    neume__corpus_close(&corpus);
}

static void test_bad_files_copies_and_other_files_are_left_out(void **state) {
    (void)state;
    neume__corpus corpus = open_corpus();
    assert_int_equal(corpus.count, 7);
    size_t quartets = 0;
    for (size_t i = 0; i < corpus.count; i++) {
        uint64_t key = corpus.pieces[i].key;
        assert_true(key != neume__corpus_key("bad") && key != neume__corpus_key("notes"));
        quartets += key == neume__corpus_key("quartet") || key == neume__corpus_key("trio");
    }
    assert_int_equal(quartets, 1);
    neume__corpus_close(&corpus);
}

static void test_notes_are_those_of_the_file(void **state) {
    (void)state;
    neume__corpus corpus = open_corpus();
    const neume__corpus_piece *piece = find(&corpus, "song", false);
    assert_int_equal(piece->count, 8);
    assert_true(fabsf(piece->end_s - 3.9f) < 1e-3f);
    for (uint32_t i = 0; i < piece->count; i++) {
        const neume__corpus_note *note = &corpus.notes[piece->first + i];
        assert_true(fabs((double)note->onset_s - 0.5 * i) < 1e-3 && fabs((double)note->duration_s - 0.4) < 1e-3);
        assert_int_equal(note->velocity, 60 + i);
        assert_int_equal(note->program, BAND[i % 2]);
        assert_int_equal(note->pitch, (i % 2 ? 36 : 40) + (int)i);
    }
    neume__corpus_close(&corpus);
}

static void test_the_played_flag_is_that_of_the_folder(void **state) {
    (void)state;
    neume__corpus corpus = open_corpus();
    size_t by_humans = 0;
    for (size_t i = 0; i < corpus.count; i++) by_humans += corpus.pieces[i].played;
    assert_int_equal(by_humans, 2);
    assert_int_equal(corpus.notes[find(&corpus, "etude", false)->first].pitch, 60);
    assert_int_equal(corpus.notes[find(&corpus, "etude", true)->first].pitch, 62);
    neume__corpus_close(&corpus);
}

static void test_versions_of_one_work_share_a_key(void **state) {
    (void)state;
    uint64_t key = neume__corpus_key("a/b/Sonata.mid");
    const char *const same[] = {"sonata.krn",     "x/SONATA-v2.mid", "sonata_v10.mid", "sonata v3.mid",
                                "sonata (2).xml", "sonata-V1.mid",   "sonata"};
    const char *const other[] = {"sonata2.mid", "sonatav2.mid", "sonata-2.mid", "sonat.mid", "sonata(2).mid", "v2.mid"};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) assert_true(neume__corpus_key(same[i]) == key);
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) assert_true(neume__corpus_key(other[i]) != key);
}

static void test_about_one_work_in_twenty_is_held_out(void **state) {
    (void)state;
    int held_out = 0;
    for (int i = 0; i < 20000; i++) {
        char name[24];
        snprintf(name, sizeof name, "work %d a.mid", i);
        held_out += neume__corpus_held_out(neume__corpus_key(name));
    }
    assert_in_range(held_out, 800, 1200); /* 1000 expected, deviation 31 */
}

static void test_the_same_folders_give_the_same_file(void **state) {
    (void)state;
    neume_buffer a = {0}, b = {0};
    assert_ok(build(damaged_path));
    assert_ok(neume_file_read(corpus_path, FILE_BYTES_MOST, &a));
    assert_ok(neume_file_read(damaged_path, FILE_BYTES_MOST, &b));
    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.data, b.data, a.size);
    neume_buffer_clear(&a);
    neume_buffer_clear(&b);
}

static void test_folders_without_music_are_refused(void **state) {
    (void)state;
    const neume_corpus_folder gone = {"/nowhere/music", false};
    unlink(damaged_path);
    assert_int_equal(neume_corpus_build(&gone, 1, NULL, damaged_path), NEUME_ENOTFOUND);
    assert_int_equal(neume_corpus_build(NULL, 0, NULL, damaged_path), NEUME_EFORMAT);
    assert_int_equal(access(damaged_path, F_OK), -1);
}

/* --- damage ------------------------------------------------------------------------------------------------------- */

static neume_status open_damaged(const char *bytes, size_t size) {
    neume__corpus corpus = {0};
    FILE *file = fopen(damaged_path, "wb"); /* neume_file_write() waits for the disk: a thousand files would be slow */
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    neume_status status = neume__corpus_open(damaged_path, &corpus);
    if (status != NEUME_OK) assert_null(corpus.map);
    neume__corpus_close(&corpus);
    return status;
}

static void test_truncated_and_lengthened_files_are_refused(void **state) {
    (void)state;
    neume_buffer file = {0};
    assert_ok(neume_file_read(corpus_path, FILE_BYTES_MOST, &file));
    for (size_t size = 0; size < file.size; size += size < 80 ? 1 : 7)
        assert_int_equal(open_damaged(file.data, size), NEUME_EFORMAT);
    assert_int_equal(open_damaged(file.data, file.size - 1), NEUME_EFORMAT);
    assert_ok(open_damaged(file.data, file.size));
    assert_int_equal(open_damaged(file.data, file.size + 1), NEUME_EFORMAT); /* with the buffer's final zero */
    neume_buffer_clear(&file);
}

/* The header's last 24 bytes mean nothing yet. */
static void test_every_changed_byte_is_noticed_where_bytes_mean_something(void **state) {
    (void)state;
    neume_buffer file = {0};
    neume_rng rng = neume_rng_seeded(3, 3);
    assert_ok(neume_file_read(corpus_path, FILE_BYTES_MOST, &file));
    for (size_t at = 0; at < file.size; at++) {
        char flip = (char)(1 << neume_rng_below(&rng, 8));
        bool reserved = at >= RESERVED_FROM && at < HEADER_BYTES;
        file.data[at] ^= flip;
        assert_int_equal(open_damaged(file.data, file.size), reserved ? NEUME_OK : NEUME_EFORMAT);
        file.data[at] ^= flip;
    }
    neume_buffer_clear(&file);
}

/* A file made on purpose has a good checksum: each field must be checked for itself. */
static neume_status write_and_open(neume__corpus_piece piece, neume__corpus_note second) {
    const neume__corpus_note notes[] = {{1, 1, 60, 80, 0, 0}, second};
    neume__corpus corpus;
    assert_ok(neume__corpus_write(damaged_path, &piece, 1, notes, 2));
    NEUME_TRY(neume__corpus_open(damaged_path, &corpus));
    neume__corpus_close(&corpus);
    return NEUME_OK;
}

static void test_impossible_fields_are_refused_although_the_checksum_fits(void **state) {
    (void)state;
    const neume__corpus_piece good = {.count = 2, .end_s = 3};
    const neume__corpus_note note = {2, 1, 61, 80, 0, 0};
    assert_ok(write_and_open(good, note));
    neume__corpus_piece pieces[] = {good, good, good, good, good, good, good};
    pieces[0].count = 3;
    pieces[1].first = 1;
    pieces[2].first = UINT64_MAX;
    pieces[3].count = 0;
    pieces[4].class_ = NEUME_CORPUS_CLASSES;
    pieces[5].played = 2;
    pieces[6].end_s = NAN;
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++)
        assert_int_equal(write_and_open(pieces[i], note), NEUME_EFORMAT);
    const neume__corpus_note notes[] = {{0.5f, 1, 61, 80, 0, 0}, {-1, 1, 61, 80, 0, 0},  {INFINITY, 1, 61, 80, 0, 0},
                                        {2, 0, 61, 80, 0, 0},    {2, NAN, 61, 80, 0, 0}, {2, 1, 128, 80, 0, 0},
                                        {2, 1, 61, 0, 0, 0},     {2, 1, 61, 128, 0, 0},  {2, 1, 61, 80, 129, 0}};
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++)
        assert_int_equal(write_and_open(good, notes[i]), NEUME_EFORMAT);
}

static void test_what_is_no_corpus_is_said_to_be_none(void **state) {
    (void)state;
    neume__corpus corpus;
    assert_int_equal(neume__corpus_open("/nowhere/x.corpus", &corpus), NEUME_ENOTFOUND);
    assert_int_equal(neume__corpus_open(own_folder, &corpus), NEUME_EIO);
    assert_int_equal(neume__corpus_open(own_path("written/etude.mid"), &corpus), NEUME_EFORMAT); /* a MIDI file */
}

/* --- memory ------------------------------------------------------------------------------------------------------- */

static neume_status open_and_close(void *path) {
    neume__corpus corpus;
    NEUME_TRY(neume__corpus_open(path, &corpus));
    neume__corpus_close(&corpus);
    return NEUME_OK;
}

static void test_opening_and_building_survive_failing_allocations(void **state) {
    (void)state;
    sweep_allocation_failures(open_and_close, corpus_path);
    sweep_allocation_failures(build, damaged_path);
    assert_ok(open_and_close(damaged_path));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces_are_classed_by_their_notes),
        cmocka_unit_test(test_bad_files_copies_and_other_files_are_left_out),
        cmocka_unit_test(test_notes_are_those_of_the_file),
        cmocka_unit_test(test_the_played_flag_is_that_of_the_folder),
        cmocka_unit_test(test_versions_of_one_work_share_a_key),
        cmocka_unit_test(test_about_one_work_in_twenty_is_held_out),
        cmocka_unit_test(test_the_same_folders_give_the_same_file),
        cmocka_unit_test(test_folders_without_music_are_refused),
        cmocka_unit_test(test_truncated_and_lengthened_files_are_refused),
        cmocka_unit_test(test_every_changed_byte_is_noticed_where_bytes_mean_something),
        cmocka_unit_test(test_impossible_fields_are_refused_although_the_checksum_fits),
        cmocka_unit_test(test_what_is_no_corpus_is_said_to_be_none),
        cmocka_unit_test(test_opening_and_building_survive_failing_allocations),
    };
    return cmocka_run_group_tests(tests, setup, own_folder_remove);
}
