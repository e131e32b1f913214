/* Segments are made from a corpus written here and a bank of two copies of the tiny font under names that put
 * an oboe of the first and the kit of the second into validation. Held-out drum pieces play only snares and the others
 * only kick drums: what is heard tells which piece it was. */
#include "own_folder.h"
#include "tiny_soundfont.h"

#include "neume/notation.h"
#include "segment.h"

#include <string.h>
#include <unistd.h>

enum {
    RATE = NEUME_SYNTH_RATE_HZ,
    SECONDS = 4,
    COUNT = RATE * SECONDS,
    FONTS = 2,
    KINDS = 7,
    PIECES_A_CLASS = 60, /* about three are held out */
    PIECE_NOTES = 16,
    KICK = 36,
    SNARE = 38,
    CLASS_BIT = 1 /* of corpora: which classes they hold */
};

static char bank_path[OWN_PATH_BYTES], corpus_path[OWN_PATH_BYTES], partial_path[OWN_PATH_BYTES];
static float pcm[COUNT], again[COUNT];

/* --- sources ------------------------------------------------------------------------------------------------------ */

static neume_status make_bank(void) {
    char paths[FONTS][OWN_PATH_BYTES];
    neume_bank_source sources[FONTS];
    neume_status status = NEUME_OK;
    for (int i = 0; i < FONTS && !status; i++) {
        snprintf(paths[i], OWN_PATH_BYTES, "%s/font-%c.sf2", own_folder, "dc"[i]);
        sources[i] = (neume_bank_source){paths[i], NEUME_BANK_FONT, 0};
        status = tiny_soundfont_write(paths[i]);
    }
    if (!status) status = neume_bank_build(sources, FONTS, NULL, bank_path);
    return status;
}

/* A note a second in a range that the tiny font has, of equal length and strength. */
static neume__corpus_note note_of(neume_corpus_class class_, bool held_out, int index) {
    bool drum = class_ == NEUME_CORPUS_DRUMS || (class_ == NEUME_CORPUS_BAND && index % 2);
    int voice = index % 2;
    neume__corpus_note note = {.onset_s = (float)index, .duration_s = 0.5f, .velocity = 90};
    note.pitch = (uint8_t)(drum ? (held_out ? SNARE : KICK) : 66 + index % 5);
    note.program = (uint8_t)(drum                           ? NEUME_PROGRAM_DRUMS
                             : class_ == NEUME_CORPUS_PIANO ? 0
                             : voice                        ? TINY_SUSTAINED_PROGRAM
                                                            : TINY_DECAYING_PROGRAM);
    note.part = (uint8_t)(class_ == NEUME_CORPUS_PIANO ? 0 : voice);
    return note;
}

/* Pieces of all classes whose bit is set. */
static neume_status make_corpus(const char *path, unsigned classes) {
    static neume__corpus_piece pieces[NEUME_CORPUS_CLASSES * PIECES_A_CLASS];
    static neume__corpus_note notes[NEUME_CORPUS_CLASSES * PIECES_A_CLASS * PIECE_NOTES];
    size_t count = 0, note_count = 0;
    for (int c = 0; c < NEUME_CORPUS_CLASSES; c++) {
        if (!(classes & (unsigned)CLASS_BIT << c)) continue;
        for (int i = 0; i < PIECES_A_CLASS; i++) {
            char name[32];
            snprintf(name, sizeof name, "class %d work %d a", c, i);
            uint64_t key = neume__corpus_key(name);
            pieces[count++] = (neume__corpus_piece){.key = key,
                                                    .first = note_count,
                                                    .count = PIECE_NOTES,
                                                    .end_s = PIECE_NOTES,
                                                    .class_ = (uint8_t)c,
                                                    .played = c == NEUME_CORPUS_PIANO};
            for (int k = 0; k < PIECE_NOTES; k++)
                notes[note_count++] = note_of((neume_corpus_class)c, neume__corpus_held_out(key), k);
        }
    }
    return neume__corpus_write(path, pieces, count, notes, note_count);
}

static int setup(void **state) {
    if (own_folder_make(state) != 0) return -1;
    own_path_print("tiny.nbk", bank_path);
    own_path_print("all.corpus", corpus_path);
    own_path_print("partial.corpus", partial_path);
    if (make_bank() == NEUME_OK && make_corpus(corpus_path, ~0u) == NEUME_OK) return 0;
    print_error("%s\n", neume_error_message());
    return -1;
}

/* --- helpers ------------------------------------------------------------------------------------------------------ */

static neume_dataset_options mixed(double strength, bool validation) {
    return (neume_dataset_options){.corpus_path = corpus_path,
                                   .bank_path = bank_path,
                                   .share_piano = 3,
                                   .share_chamber = 3,
                                   .share_band = 3,
                                   .share_drums = 1,
                                   .share_lines = 1,
                                   .share_random = 1,
                                   .share_negative = 1,
                                   .share_ensembles = 0.5,
                                   .augment = {strength, 0.1},
                                   .validation = validation};
}

/* Only one kind: 0 piano, 1 chamber, 2 band, 3 drums, 4 lines, 5 random, 6 negative. */
static neume_dataset_options only(int kind, bool validation) {
    neume_dataset_options o = {.corpus_path = corpus_path, .bank_path = bank_path, .validation = validation};
    double *const shares[KINDS] = {&o.share_piano, &o.share_chamber, &o.share_band,    &o.share_drums,
                                   &o.share_lines, &o.share_random,  &o.share_negative};
    *shares[kind] = 1;
    return o;
}

static neume_dataset *opened(neume_dataset_options options) {
    neume_dataset *dataset = NULL;
    assert_ok(neume_dataset_open(&options, &dataset));
    return dataset;
}

static double rms(const float *x, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) sum += (double)x[i] * (double)x[i];
    return count ? sqrt(sum / (double)count) : 0;
}

/* What holds for the truth of any segment. */
static void check_truth(const neume_segment *segment) {
    for (size_t i = 0; i < segment->truth.count; i++) {
        const neume_note *note = &segment->truth.items[i];
        assert_true(note->onset_s < SECONDS && note->offset_s > note->onset_s && note->offset_s > 0);
        assert_true(segment->heard_until_s[i] > 0 && segment->heard_until_s[i] <= note->offset_s);
        assert_in_range(note->velocity, 1, 127);
        bool drum = note->program == NEUME_PROGRAM_DRUMS;
        assert_in_range(note->pitch, drum ? 0 : NEUME_PITCH_LOWEST,
                        drum ? 127 : NEUME_PITCH_LOWEST + NEUME_PITCHES - 1);
        assert_in_range(note->program, 0, NEUME_PROGRAM_DRUMS);
        if (!drum) assert_true(note->program != 0); /* what sounded, and no font here has a piano */
    }
}

static void check_sound(void) {
    for (size_t i = 0; i < COUNT; i++) assert_true(fabsf(pcm[i]) <= 1);
}

/* --- laws of all segments ----------------------------------------------------------------------------------------- */

static void test_the_same_seed_gives_the_same_segment_bit_for_bit(void **state) {
    (void)state;
    neume_dataset *dataset = opened(mixed(1, false)), *other = opened(mixed(1, false));
    neume_segment a = {0}, b = {0};
    for_each_seed(seed, 20) {
        assert_ok(neume_dataset_sample(dataset, seed, SECONDS, pcm, &a));
        assert_ok(neume_dataset_sample(dataset, seed + 1000, SECONDS, again, &b)); /* order does not matter */
        assert_ok(neume_dataset_sample(other, seed, SECONDS, again, &b));
        assert_memory_equal(pcm, again, sizeof pcm);
        assert_int_equal(a.truth.count, b.truth.count);
        for (size_t i = 0; i < a.truth.count; i++) {
            const neume_note *x = &a.truth.items[i], *y = &b.truth.items[i];
            assert_true(x->onset_s == y->onset_s && x->offset_s == y->offset_s && x->pitch == y->pitch &&
                        x->velocity == y->velocity && x->program == y->program &&
                        a.heard_until_s[i] == b.heard_until_s[i]);
        }
    }
    neume_segment_clear(&a);
    neume_segment_clear(&b);
    neume_dataset_close(dataset);
    neume_dataset_close(other);
}

static void test_other_seeds_give_other_segments(void **state) {
    (void)state;
    neume_dataset *dataset = opened(only(1, false));
    neume_segment segment = {0};
    assert_ok(neume_dataset_sample(dataset, 1, SECONDS, again, &segment));
    for (uint64_t seed = 2; seed < 30; seed++) {
        assert_ok(neume_dataset_sample(dataset, seed, SECONDS, pcm, &segment));
        assert_memory_not_equal(pcm, again, sizeof pcm);
        memcpy(again, pcm, sizeof pcm);
    }
    neume_segment_clear(&segment);
    neume_dataset_close(dataset);
}

static void test_truth_lies_in_the_segment_and_in_range(void **state) {
    (void)state;
    neume_dataset *dataset = opened(mixed(1, false));
    neume_segment segment = {0};
    size_t drums = 0, pitched = 0;
    for_each_seed(seed, 80) {
        assert_ok(neume_dataset_sample(dataset, seed, SECONDS, pcm, &segment));
        check_truth(&segment);
        check_sound();
        for (size_t i = 0; i < segment.truth.count; i++)
            ++*(segment.truth.items[i].program == NEUME_PROGRAM_DRUMS ? &drums : &pitched);
    }
    assert_true(drums > 20 && pitched > 200);
    neume_segment_clear(&segment);
    neume_dataset_close(dataset);
}

/* Whether the pedal holds an earlier note until this one begins. */
static bool sounds_before(const neume_notes *truth, size_t which) {
    const double onset_s = truth->items[which].onset_s;
    for (size_t i = 0; i < truth->count; i++)
        if (truth->items[i].onset_s < onset_s && truth->items[i].offset_s > onset_s - 0.1) return true;
    return false;
}

/* How many notes begin well inside and out of silence; the sound must rise at each. */
static size_t check_onsets(const neume_notes *truth) {
    const size_t before = RATE / 50, after = RATE / 20;
    size_t checked = 0;
    for (size_t i = 0; i < truth->count; i++) {
        double onset_s = truth->items[i].onset_s;
        if (onset_s < 0.1 || onset_s > SECONDS - 0.1) continue;
        size_t at = (size_t)(onset_s * RATE);
        if (sounds_before(truth, i)) continue;
        assert_true(rms(pcm + at, after) > 2 * rms(pcm + at - before, before) + 1e-4);
        checked++;
    }
    return checked;
}

/* What a check of one segment's truth returns, summed over segments. */
typedef size_t truth_check(const neume_notes *truth);

static size_t sum_over_segments(neume_dataset_options options, uint64_t segments, truth_check *check) {
    neume_dataset *dataset = opened(options);
    neume_segment segment = {0};
    size_t sum = 0;
    for_each_seed(seed, segments) {
        assert_ok(neume_dataset_sample(dataset, seed, SECONDS, pcm, &segment));
        sum += check(&segment.truth);
    }
    neume_segment_clear(&segment);
    neume_dataset_close(dataset);
    return sum;
}

/* Equal strokes a second apart: before each the last one has died away. */
static void test_an_onset_raises_the_energy_at_its_place(void **state) {
    (void)state;
    static const int kinds[] = {0, 3};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        assert_true(sum_over_segments(only(kinds[k], false), 30, check_onsets) > 30);
}

/* --- the splits --------------------------------------------------------------------------------------------------- */

static void test_a_piece_belongs_to_one_split(void **state) {
    (void)state;
    neume_dataset *splits[] = {opened(mixed(0, false)), opened(mixed(0, true))};
    size_t count = 0;
    for (int s = 0; s < 2; s++) {
        for (int c = 0; c < NEUME_CORPUS_CLASSES; c++) {
            assert_true(splits[s]->piece_count[c] > 0);
            for (size_t i = 0; i < splits[s]->piece_count[c]; i++, count++) {
                const neume__corpus_piece *piece = &splits[s]->corpus.pieces[splits[s]->pieces[c][i]];
                assert_int_equal(piece->class_, c);
                assert_int_equal(neume__corpus_held_out(piece->key), s);
            }
        }
    }
    assert_int_equal(count, splits[0]->corpus.count);
    neume_dataset_close(splits[0]);
    neume_dataset_close(splits[1]);
}

/* Keys are exchanged now and then, but mostly a bass drum (snare) is one. */
static size_t count_key(const neume_notes *truth, int key) {
    size_t count = 0;
    for (size_t i = 0; i < truth->count; i++) count += truth->items[i].pitch == key;
    return count;
}

static size_t count_kicks(const neume_notes *truth) {
    return count_key(truth, KICK);
}

static size_t count_snares(const neume_notes *truth) {
    return count_key(truth, SNARE);
}

static void test_held_out_pieces_are_heard_in_validation_only(void **state) {
    (void)state;
    assert_true(sum_over_segments(only(3, false), 100, count_kicks) > 150);
    assert_true(sum_over_segments(only(3, true), 100, count_snares) > 150);
    assert_true(sum_over_segments(only(3, false), 100, count_snares) < 30);
    assert_true(sum_over_segments(only(3, true), 100, count_kicks) < 30);
}

static size_t count_drums(const neume_notes *truth) {
    size_t count = 0;
    for (size_t i = 0; i < truth->count; i++) count += truth->items[i].program == NEUME_PROGRAM_DRUMS;
    return count;
}

/* Where keys are to stay as written, hardly any is exchanged for another. */
static void test_keys_stay_as_written_where_that_is_asked_for(void **state) {
    (void)state;
    size_t others[2];
    for (int as_written = 0; as_written < 2; as_written++) {
        neume_dataset_options options = only(3, false);
        options.keys_as_written = as_written;
        others[as_written] =
            sum_over_segments(options, 300, count_drums) - sum_over_segments(options, 300, count_kicks);
    }
    assert_true(others[0] > 20 && others[1] < others[0] / 3);
}

/* A range of pitches is asked for that all presets of the font have. */
static void test_held_out_presets_are_picked_in_validation_only(void **state) {
    (void)state;
    neume_dataset *splits[] = {opened(mixed(0, false)), opened(mixed(0, true))};
    neume_rng rng = neume_rng_seeded(1, 1);
    size_t in_training = 0, in_validation = 0;
    assert_int_equal(splits[0]->preset_count, 3 * FONTS);
    for (size_t i = 0; i < splits[0]->preset_count; i++) {
        assert_true(splits[0]->in_split[i] != splits[1]->in_split[i]);
        in_training += splits[0]->in_split[i];
        in_validation += splits[1]->in_split[i];
    }
    assert_true(in_training > in_validation && in_validation > 0);
    for (int s = 0; s < 2; s++) {
        for (int i = 0; i < 500; i++) {
            assert_true(splits[s]->in_split[dataset_pick(splits[s], 0, 103, 62, 75, &rng)]);
            assert_true(
                splits[s]->in_split[dataset_pick(splits[s], NEUME_PROGRAM_DRUMS, NEUME_PROGRAM_DRUMS, 0, 0, &rng)]);
        }
    }
    neume_dataset_close(splits[0]);
    neume_dataset_close(splits[1]);
}

/* --- the kinds ---------------------------------------------------------------------------------------------------- */

typedef struct heard {
    size_t drums, pitched, segments;
} heard;

static heard sample_kind(neume_dataset_options options, int count) {
    neume_dataset *dataset = opened(options);
    neume_segment segment = {0};
    heard h = {0};
    for_each_seed(seed, count) {
        assert_ok(neume_dataset_sample(dataset, seed, SECONDS, pcm, &segment));
        check_truth(&segment);
        check_sound();
        for (size_t i = 0; i < segment.truth.count; i++)
            ++*(segment.truth.items[i].program == NEUME_PROGRAM_DRUMS ? &h.drums : &h.pitched);
        bool sounds = rms(pcm, COUNT) > 1e-4;
        assert_true(sounds || segment.truth.count == 0); /* no truth without sound */
        h.segments += sounds;
    }
    neume_segment_clear(&segment);
    neume_dataset_close(dataset);
    return h;
}

static void test_every_kind_makes_what_its_name_says(void **state) {
    (void)state;
    static const bool pitched[KINDS] = {true, true, true, false, true, true, false},
                      drums[KINDS] = {false, false, true, true, false, false, true};
    for (int kind = 0; kind < KINDS; kind++) {
        heard h = sample_kind(only(kind, false), 30);
        assert_int_equal(h.pitched > 0, pitched[kind]);
        assert_int_equal(h.drums > 0, drums[kind]);
        if (kind == 6) assert_in_range(h.segments, 1, 29); /* half of them have nothing to hear */
    }
}

static void test_every_kind_works_without_any_class_of_pieces(void **state) {
    (void)state;
    for (int missing = 0; missing <= NEUME_CORPUS_CLASSES; missing++) {
        unsigned all = (1u << NEUME_CORPUS_CLASSES) - 1;
        assert_ok(make_corpus(partial_path, missing < NEUME_CORPUS_CLASSES ? all & ~(1u << missing) : 0));
        for (int kind = 0; kind < KINDS; kind++) {
            neume_dataset_options options = only(kind, false);
            options.corpus_path = partial_path;
            heard h = sample_kind(options, 5);
            bool nothing = missing == NEUME_CORPUS_CLASSES && kind != 5;
            if (nothing || missing == NEUME_CORPUS_DRUMS) assert_true(kind == 2 || h.drums == 0);
            if (nothing) assert_int_equal(h.pitched + h.segments, 0);
        }
    }
}

/* --- failures and files ------------------------------------------------------------------------------------------- */

static void test_missing_sources_are_named(void **state) {
    (void)state;
    neume_dataset *dataset = NULL;
    neume_dataset_options options = mixed(0, false);
    options.corpus_path = "/nowhere/x.corpus";
    assert_int_equal(neume_dataset_open(&options, &dataset), NEUME_ENOTFOUND);
    options = mixed(0, false);
    options.bank_path = corpus_path;
    assert_int_equal(neume_dataset_open(&options, &dataset), NEUME_EFORMAT);
    assert_null(dataset);
}

static neume_status open_and_sample(void *context) {
    neume_dataset_options options = mixed(1, false);
    neume_dataset *dataset = NULL;
    neume_segment segment = {0};
    NEUME_TRY(neume_dataset_open(&options, &dataset));
    neume_status status = neume_dataset_sample(dataset, *(uint64_t *)context, SECONDS, pcm, &segment);
    neume_segment_clear(&segment);
    neume_dataset_close(dataset);
    return status;
}

static void test_opening_and_sampling_survive_failing_allocations(void **state) {
    (void)state;
    for_each_seed(seed, 2) sweep_allocation_failures(open_and_sample, &seed);
}

static void test_a_segment_written_as_files_holds_the_notes_that_begin_in_it(void **state) {
    (void)state;
    char sound[OWN_PATH_BYTES], table[OWN_PATH_BYTES];
    neume_dataset *dataset = opened(only(1, false));
    neume_segment segment = {0};
    neume_notes notes = {0};
    snprintf(sound, sizeof sound, "%s/000007.flac", own_folder);
    snprintf(table, sizeof table, "%s/000007.csv", own_folder);
    assert_ok(neume_dataset_write(dataset, 7, SECONDS, own_folder));
    assert_ok(neume_dataset_sample(dataset, 7, SECONDS, pcm, &segment));
    assert_ok(neume_notes_read_file(table, &notes));
    size_t begun = 0;
    for (size_t i = 0; i < segment.truth.count; i++) begun += segment.truth.items[i].onset_s >= 0;
    assert_true(begun > 0);
    assert_int_equal(notes.count, begun);
    for (size_t i = 0; i < notes.count; i++)
        assert_true(notes.items[i].onset_s >= 0 && notes.items[i].offset_s <= SECONDS + 1e-3);
    assert_int_equal(access(sound, R_OK), 0);
    unlink(sound);
    unlink(table);
    neume_notes_clear(&notes);
    neume_segment_clear(&segment);
    neume_dataset_close(dataset);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_same_seed_gives_the_same_segment_bit_for_bit),
        cmocka_unit_test(test_other_seeds_give_other_segments),
        cmocka_unit_test(test_truth_lies_in_the_segment_and_in_range),
        cmocka_unit_test(test_an_onset_raises_the_energy_at_its_place),
        cmocka_unit_test(test_a_piece_belongs_to_one_split),
        cmocka_unit_test(test_held_out_pieces_are_heard_in_validation_only),
        cmocka_unit_test(test_keys_stay_as_written_where_that_is_asked_for),
        cmocka_unit_test(test_held_out_presets_are_picked_in_validation_only),
        cmocka_unit_test(test_every_kind_makes_what_its_name_says),
        cmocka_unit_test(test_every_kind_works_without_any_class_of_pieces),
        cmocka_unit_test(test_missing_sources_are_named),
        cmocka_unit_test(test_opening_and_sampling_survive_failing_allocations),
        cmocka_unit_test(test_a_segment_written_as_files_holds_the_notes_that_begin_in_it),
    };
    return cmocka_run_group_tests(tests, setup, own_folder_remove);
}
