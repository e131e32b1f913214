#include "own_folder.h"
#include "tiny_soundfont.h"

#include "measure.h"
#include "neume/audio.h"
#include "neume/synth.h"

#include <sys/stat.h>
#include <unistd.h>

enum { RATE = NEUME_SYNTH_RATE_HZ, SECONDS = 4, COUNT = RATE * SECONDS };

static char font_path[OWN_PATH_BYTES], bank_path[OWN_PATH_BYTES], kit_path[OWN_PATH_BYTES], other_path[OWN_PATH_BYTES];
static neume_bank *bank;
static float pcm[COUNT];

static int make_kit(void) {
    static const char xml[] =
        "<drumkit_info><instrumentList>"
        "<instrument><name>Kick &amp; boom</name><layer><filename>k.wav</filename><min>0</min><max>1"
        "</max></layer></instrument>"
        "<instrument><name>Hi-Hat closed</name><filename>k.wav</filename></instrument>"
        "<instrument><name>Sangban</name><filename>k.wav</filename></instrument>"
        "<instrument><name>Snare</name><filename>../k.wav</filename></instrument>"
        "<instrument><name>Crash</name><filename>gone.wav</filename></instrument>"
        "</instrumentList></drumkit_info>";
    float hit[RATE / 2];
    for (int i = 0; i < RATE / 2; i++)
        hit[i] = i < 500 ? 0 : 0.5f * sinf((float)i * 0.05f) * expf(-(float)(i - 500) / 2000);
    if (mkdir(kit_path, 0777) != 0) return -1;
    if (neume_audio_write_file(own_path("kit/k.wav"), hit, RATE / 2, RATE) != NEUME_OK) return -1;
    return neume_file_write(own_path("kit/drumkit.xml"), xml, sizeof xml - 1) == NEUME_OK ? 0 : -1;
}

static int setup(void **state) {
    if (own_folder_make(state) != 0) return -1;
    own_path_print("tiny.sf2", font_path);
    own_path_print("tiny.nbk", bank_path);
    own_path_print("other.nbk", other_path);
    own_path_print("kit", kit_path);
    if (tiny_soundfont_write(font_path) != NEUME_OK || make_kit() != 0) return -1;
    neume_bank_source sources[] = {{font_path, NEUME_BANK_FONT, 0}, {kit_path, NEUME_BANK_DRUMKIT, 0}};
    if (neume_bank_build(sources, 2, NULL, bank_path) != NEUME_OK || neume_bank_open(bank_path, &bank) != NEUME_OK) {
        print_error("%s\n", neume_error_message());
        return -1;
    }
    return 0;
}

static int teardown(void **state) {
    neume_bank_close(bank);
    return own_folder_remove(state);
}

static size_t preset_of(int program, const char *source) {
    for (size_t i = 0; i < neume_bank_preset_count(bank); i++) {
        neume_bank_preset preset = neume_bank_preset_at(bank, i);
        if (preset.program == program && strcmp(preset.source, source) == 0) return i;
    }
    return SIZE_MAX;
}

static double mix(int program, neume_bank_note note) {
    size_t preset = preset_of(program, "tiny");
    assert_true(preset != SIZE_MAX);
    memset(pcm, 0, sizeof pcm);
    if (note.gain == 0) note.gain = 1;
    return neume_bank_mix(bank, preset, &note, pcm, COUNT);
}

static void test_presets_are_those_of_the_sources_and_the_mistuned_one_is_left_out(void **state) {
    (void)state;
    assert_int_equal(neume_bank_preset_count(bank), 4);
    assert_true(preset_of(TINY_DECAYING_PROGRAM, "tiny") != SIZE_MAX);
    assert_true(preset_of(TINY_SUSTAINED_PROGRAM, "tiny") != SIZE_MAX);
    assert_true(preset_of(TINY_MISTUNED_PROGRAM, "tiny") == SIZE_MAX);
    assert_true(preset_of(NEUME_PROGRAM_DRUMS, "tiny") != SIZE_MAX);
    assert_true(preset_of(NEUME_PROGRAM_DRUMS, "kit") != SIZE_MAX);
}

static void test_mixed_notes_have_the_pitch_asked_for(void **state) {
    (void)state;
    neume_bank_preset preset = neume_bank_preset_at(bank, preset_of(TINY_SUSTAINED_PROGRAM, "tiny"));
    assert_in_range(preset.lowest, 57, 59);
    for (int pitch = preset.lowest; pitch <= preset.highest; pitch++) {
        double cents = 99;
        mix(TINY_SUSTAINED_PROGRAM, (neume_bank_note){.duration_s = 2, .pitch = pitch, .velocity = 80});
        assert_int_equal(neume__judge_pitch(pcm, COUNT, pitch, &cents), PITCH_FITS);
        assert_true(fabs(cents) < 10);
    }
}

static void test_detuning_moves_the_pitch_and_vibrato_swings_around_it(void **state) {
    (void)state;
    double cents = 0;
    mix(TINY_SUSTAINED_PROGRAM, (neume_bank_note){.duration_s = 2, .pitch = 70, .velocity = 80, .detune_cents = 25});
    neume__judge_pitch(pcm, COUNT, 70, &cents);
    assert_true(fabs(cents - 25) < 5);
    mix(TINY_SUSTAINED_PROGRAM,
        (neume_bank_note){.duration_s = 2, .pitch = 70, .velocity = 80, .vibrato_cents = 15, .vibrato_hz = 5});
    neume__judge_pitch(pcm, COUNT, 70, &cents); /* over 0.4 s: two whole swings */
    assert_true(fabs(cents) < 6);
}

static void test_a_note_begins_where_it_is_placed(void **state) {
    (void)state;
    for (int k = 0; k < 20; k++) {
        double onset_s = 0.1 + 0.0371 * k;
        mix(TINY_DECAYING_PROGRAM,
            (neume_bank_note){.onset_s = onset_s, .duration_s = 1, .pitch = 60 + k, .velocity = 100});
        double found_s = (double)neume__attack_samples(pcm, COUNT, 0.1f) / RATE;
        assert_true(fabs(found_s - onset_s) < 0.005);
    }
}

static void test_a_released_note_dies_and_a_held_one_does_not(void **state) {
    (void)state;
    double heard_s = mix(TINY_SUSTAINED_PROGRAM, (neume_bank_note){.duration_s = 3.5, .pitch = 72, .velocity = 80});
    assert_true(fabs(heard_s - 3.5) < 1e-9);
    double early = neume__rms(pcm + RATE / 2, RATE / 4), late = neume__rms(pcm + RATE * 13 / 4, RATE / 5);
    assert_true(early > 0.01 && fabs(20 * log10(late / early)) < 1.5); /* beyond the stored 2.5 s: the loop */
    mix(TINY_SUSTAINED_PROGRAM, (neume_bank_note){.duration_s = 1, .pitch = 72, .velocity = 80});
    assert_true(neume__rms(pcm + RATE * 3 / 2, RATE / 4) < 0.02 * early);
    assert_true(neume__rms(pcm + RATE * 3, RATE / 2) < 1e-9);
}

static void test_a_struck_note_is_heard_until_it_has_fallen_by_50_db(void **state) {
    (void)state;
    neume_bank_note note = {.duration_s = 30, .pitch = 60, .velocity = 80};
    double heard_s = mix(TINY_DECAYING_PROGRAM, note);
    assert_true(heard_s > 1 && heard_s < 4); /* its envelope falls 100 dB in 4 s */
    size_t at = (size_t)(heard_s * RATE);
    double fallen_db = 20 * log10(neume__rms(pcm, RATE / 20) / neume__rms(pcm + at - RATE / 40, RATE / 20));
    assert_true(fallen_db > 44 && fallen_db < 56);
}

static void test_a_segment_may_begin_inside_a_note(void **state) {
    (void)state;
    enum { CUT = RATE };
    static float whole[COUNT];
    neume_bank_note note = {
        .onset_s = 0.3, .duration_s = 3, .pitch = 71, .velocity = 90, .vibrato_cents = 30, .vibrato_hz = 6};
    mix(TINY_SUSTAINED_PROGRAM, note);
    memcpy(whole, pcm, sizeof whole);
    note.onset_s -= 1;
    mix(TINY_SUSTAINED_PROGRAM, note);
    assert_snr_db(pcm, whole + CUT, COUNT - CUT, 40);
}

static void test_louder_velocities_sound_louder(void **state) {
    (void)state;
    double before = 0;
    for (int velocity = 10; velocity <= 127; velocity += 9) {
        mix(TINY_SUSTAINED_PROGRAM, (neume_bank_note){.duration_s = 1, .pitch = 72, .velocity = velocity});
        double level = neume__rms(pcm, RATE / 2);
        assert_true(level > before);
        before = level;
    }
}

static void test_velocity_80_in_the_middle_has_the_common_level(void **state) {
    (void)state;
    mix(TINY_SUSTAINED_PROGRAM, (neume_bank_note){.duration_s = 1, .pitch = 75, .velocity = 80});
    assert_true(fabs(neume__rms(pcm, RATE / 2) - 0.05) < 0.01);
}

static void test_drums_ring_out_whatever_their_duration(void **state) {
    (void)state;
    mix(NEUME_PROGRAM_DRUMS, (neume_bank_note){.onset_s = 0.5, .duration_s = 0.01, .pitch = 38, .velocity = 100});
    double start = neume__rms(pcm + RATE / 2, RATE / 50), after = neume__rms(pcm + RATE * 55 / 100, RATE / 50);
    assert_true(start > 0 && after > 0.2 * start); /* the noise falls by e in 45 ms */
    assert_false(neume_bank_has_pitch(bank, preset_of(NEUME_PROGRAM_DRUMS, "tiny"), 30));
}

static void test_a_hydrogen_kit_keeps_the_drums_whose_names_and_files_are_good(void **state) {
    (void)state;
    size_t kit = preset_of(NEUME_PROGRAM_DRUMS, "kit");
    assert_true(neume_bank_has_pitch(bank, kit, 36));
    assert_true(neume_bank_has_pitch(bank, kit, 35)); /* stood in for */
    assert_true(neume_bank_has_pitch(bank, kit, 42));
    assert_false(neume_bank_has_pitch(bank, kit, 38)); /* its file lies outside the kit */
    assert_false(neume_bank_has_pitch(bank, kit, 49));
    memset(pcm, 0, sizeof pcm);
    assert_true(neume_bank_has_pitch(bank, kit, 35)); /* played by the bass drum it has */
    assert_int_equal(neume_bank_drum_key(bank, kit, 35), 36);
    assert_int_equal(neume_bank_drum_key(bank, kit, 36), 36);
    assert_int_equal(neume_bank_drum_key(bank, kit, 44), 42);
    assert_int_equal(neume_bank_drum_key(bank, kit, 99), 99);
    neume_bank_note note = {.onset_s = 0.2, .pitch = 36, .velocity = 90, .gain = 1};
    (void)neume_bank_mix(bank, kit, &note, pcm, COUNT);
    double found_s = (double)neume__attack_samples(pcm, COUNT, 0.1f) / RATE;
    assert_true(fabs(found_s - 0.2) < 0.005); /* the recording's leading 23 ms of silence are gone */
}

static void test_a_pitch_the_preset_lacks_adds_nothing(void **state) {
    (void)state;
    assert_true(mix(TINY_SUSTAINED_PROGRAM, (neume_bank_note){.duration_s = 1, .pitch = 30, .velocity = 80}) == 0);
    assert_true(mix(TINY_SUSTAINED_PROGRAM, (neume_bank_note){.duration_s = 1, .pitch = -7, .velocity = 80}) == 0);
    assert_true(neume__peak(pcm, COUNT) == 0);
}

/* Whichever worker renders which preset. */
static void test_the_same_sources_give_the_same_file_on_any_number_of_threads(void **state) {
    (void)state;
    neume_bank_source sources[] = {{font_path, NEUME_BANK_FONT, 0}, {kit_path, NEUME_BANK_DRUMKIT, 0}};
    neume_buffer first = {0};
    assert_ok(neume_file_read(bank_path, 1 << 30, &first));
    for (int threads = 1; threads <= 4; threads += 3) {
        neume_buffer again = {0};
        neume_threads_set(threads);
        assert_ok(neume_bank_build(sources, 2, NULL, other_path));
        assert_ok(neume_file_read(other_path, 1 << 30, &again));
        assert_int_equal(first.size, again.size);
        assert_memory_equal(first.data, again.data, first.size);
        neume_buffer_clear(&again);
    }
    neume_threads_set(0);
    neume_buffer_clear(&first);
}

static void test_invented_kits_are_drums_alone_of_their_own(void **state) {
    (void)state;
    neume_bank_source sources[] = {{"7", NEUME_BANK_INVENTED_KITS, 7}, {"8", NEUME_BANK_INVENTED_KITS, 8}};
    neume_bank *made = NULL;
    static float played[2][COUNT];
    assert_ok(neume_bank_build(sources, 2, NULL, other_path));
    assert_ok(neume_bank_open(other_path, &made));
    assert_int_equal(neume_bank_preset_count(made), 32);
    for (size_t i = 0; i < 32; i++) {
        assert_int_equal(neume_bank_preset_at(made, i).program, NEUME_PROGRAM_DRUMS);
        assert_true(neume_bank_has_pitch(made, i, 36) && neume_bank_has_pitch(made, i, 42));
        if (i < 16) continue;
        memset(played, 0, sizeof played);
        const neume_bank_note hit = {.duration_s = 0.1, .pitch = 38, .velocity = 100, .gain = 1};
        assert_true(neume_bank_mix(made, i - 16, &hit, played[0], COUNT) > 0);
        assert_true(neume_bank_mix(made, i, &hit, played[1], COUNT) > 0);
        assert_memory_not_equal(played[0], played[1], sizeof played[0]);
    }
    neume_bank_close(made);
}

/* Rises through zero in .1 .. .3 s. */
static int count_periods(const float *played) {
    int rises = 0;
    for (int i = RATE / 10; i < RATE / 10 + RATE / 5; i++) rises += played[i] < 0 && played[i + 1] >= 0;
    return rises;
}

/* A folder of tones, one file a note: each is found under the pitch its name says, and sounds at that pitch. */
static void test_recorded_notes_are_kept_under_their_names(void **state) {
    (void)state;
    static const struct {
        const char *name;
        int pitch;
    } files[] = {{"notes/A4.wav", 69},    {"notes/Cs5.wav", 73}, {"notes/Eb3.wav", 51},
                 {"notes/README.md", -1}, {"notes/H4.wav", -1},  {"notes/A4", -1}};
    char notes_path[OWN_PATH_BYTES];
    static float tone[RATE];
    own_path_print("notes", notes_path);
    assert_int_equal(mkdir(notes_path, 0777), 0);
    for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
        for (int i = 0; i < RATE; i++) {
            double hz = 440 * exp2((files[f].pitch - 69) / 12.0), s = (double)i / RATE;
            tone[i] = (float)(fmin(1, s / 0.01) * 0.3 * sin(2 * M_PI * hz * s));
        }
        const char *path = own_path(files[f].name);
        if (files[f].pitch >= 0)
            assert_ok(neume_audio_write_file(path, tone, RATE, RATE));
        else
            assert_ok(neume_file_write(path, "no sound", 8));
    }
    neume_bank_source source = {notes_path, NEUME_BANK_RECORDED, 73};
    neume_bank *made = NULL;
    assert_ok(neume_bank_build(&source, 1, NULL, other_path));
    assert_ok(neume_bank_open(other_path, &made));
    assert_int_equal(neume_bank_preset_count(made), 1);
    assert_int_equal(neume_bank_preset_at(made, 0).program, 73);
    assert_true(neume_bank_has_pitch(made, 0, 69) && neume_bank_has_pitch(made, 0, 73));
    static float played[RATE / 2];
    memset(played, 0, sizeof played);
    neume_bank_note note = {.duration_s = 0.5, .pitch = 69, .velocity = 80, .gain = 1};
    assert_true(neume_bank_mix(made, 0, &note, played, RATE / 2) > 0.4);
    assert_in_range(count_periods(played), 86, 90);
    static float looped[RATE / 2]; /* the same from a small sampler: the pitch stays, the sound goes on evenly */
    memset(looped, 0, sizeof looped);
    note.loop_from_s = 0.06, note.loop_s = 0.03;
    assert_true(neume_bank_mix(made, 0, &note, looped, RATE / 2) > 0.4);
    assert_in_range(count_periods(looped), 86, 90);
    for (int i = 0; i < RATE / 20; i++) assert_true(looped[i] == played[i]);
    double whole = 0, repeated = 0;
    for (int i = RATE / 10; i < RATE * 2 / 5; i++) {
        whole += (double)(played[i] * played[i]);
        repeated += (double)(looped[i] * looped[i]);
    }
    assert_true(fabs(repeated / whole - 1) < 0.02);
    neume_bank_close(made);
    for (size_t f = 0; f < sizeof files / sizeof *files; f++) unlink(own_path(files[f].name));
    assert_int_equal(neume_bank_build(&source, 1, NULL, other_path), NEUME_ENOTFOUND); /* nothing there any more */
    rmdir(notes_path);
}

static void test_a_bank_that_cannot_be_built_leaves_no_file(void **state) {
    (void)state;
    neume_bank_source sources[] = {{"/nowhere/font.sf2", NEUME_BANK_FONT, 0}};
    unlink(other_path);
    assert_int_equal(neume_bank_build(sources, 1, NULL, other_path), NEUME_ENOTFOUND);
    assert_int_equal(access(other_path, F_OK), -1);
    sources[0] = (neume_bank_source){bank_path, NEUME_BANK_FONT, 0};
    assert_int_equal(neume_bank_build(sources, 1, NULL, other_path), NEUME_EFORMAT);
    assert_int_equal(access(other_path, F_OK), -1);
}

static void expect_refused(const char *bytes, size_t count) {
    neume_bank *opened = NULL;
    assert_ok(neume_file_write(other_path, bytes, count));
    assert_int_equal(neume_bank_open(other_path, &opened), NEUME_EFORMAT);
    assert_null(opened);
}

static void test_damaged_banks_are_refused(void **state) {
    (void)state;
    neume_buffer file = {0};
    uint64_t tables;
    assert_ok(neume_file_read(bank_path, 1 << 30, &file));
    memcpy(&tables, file.data + 16, sizeof tables);
    assert_true(tables < file.size);
    const size_t cuts[] = {0, 1, 127, 128, 143, 144, tables, tables + 8, file.size - 48, file.size - 1};
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) expect_refused(file.data, cuts[i]);
    neume_rng rng = neume_rng_seeded(5, 5);
    for (int k = 0; k < 60; k++) {
        bool in_head = k < 30;
        size_t at = (size_t)(in_head ? neume_rng_below(&rng, 128)
                                     : (int64_t)tables + neume_rng_below(&rng, (int64_t)(file.size - tables)));
        char bit = (char)(1 << neume_rng_below(&rng, 8));
        file.data[at] ^= bit;
        expect_refused(file.data, file.size);
        file.data[at] ^= bit;
    }
    neume_buffer_clear(&file);
    neume_bank *none = NULL;
    assert_int_equal(neume_bank_open("/nowhere/x.nbk", &none), NEUME_ENOTFOUND);
}

static neume_status open_and_close(void *context) {
    neume_bank *opened = NULL;
    NEUME_TRY(neume_bank_open(context, &opened));
    neume_bank_close(opened);
    return NEUME_OK;
}

static void test_opening_survives_failing_allocations(void **state) {
    (void)state;
    sweep_allocation_failures(open_and_close, bank_path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_presets_are_those_of_the_sources_and_the_mistuned_one_is_left_out),
        cmocka_unit_test(test_mixed_notes_have_the_pitch_asked_for),
        cmocka_unit_test(test_detuning_moves_the_pitch_and_vibrato_swings_around_it),
        cmocka_unit_test(test_a_note_begins_where_it_is_placed),
        cmocka_unit_test(test_a_released_note_dies_and_a_held_one_does_not),
        cmocka_unit_test(test_a_struck_note_is_heard_until_it_has_fallen_by_50_db),
        cmocka_unit_test(test_a_segment_may_begin_inside_a_note),
        cmocka_unit_test(test_louder_velocities_sound_louder),
        cmocka_unit_test(test_velocity_80_in_the_middle_has_the_common_level),
        cmocka_unit_test(test_drums_ring_out_whatever_their_duration),
        cmocka_unit_test(test_a_hydrogen_kit_keeps_the_drums_whose_names_and_files_are_good),
        cmocka_unit_test(test_a_pitch_the_preset_lacks_adds_nothing),
        cmocka_unit_test(test_the_same_sources_give_the_same_file_on_any_number_of_threads),
        cmocka_unit_test(test_invented_kits_are_drums_alone_of_their_own),
        cmocka_unit_test(test_recorded_notes_are_kept_under_their_names),
        cmocka_unit_test(test_a_bank_that_cannot_be_built_leaves_no_file),
        cmocka_unit_test(test_damaged_banks_are_refused),
        cmocka_unit_test(test_opening_survives_failing_allocations),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
