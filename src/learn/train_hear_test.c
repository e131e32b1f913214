/* Training end to end, as small as it gets, and the targets cell by cell. */
#include "tiny_sources.h"

#include "train_hear.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    STEPS = 6,
    CANCEL_AT = 3,
    FILE_BYTES_MOST = 64 << 20,
    T = 64, /* frames of the targets under test */
    QUOTA = 4
};

/* --- runs --------------------------------------------------------------------------------------------------------- */

/* No segments to validate on: thresholds stay as they are, and the run is quick. */
static void write_recipe(const char *run) {
    neume_buffer text = {0};
    assert_ok(neume_buffer_print(
        &text,
        "run = %s/%s # where it writes\n"
        "corpus = %s\nbank = %s\nname = tiny\n"
        "channels = 4\nstem_channels = 2\nblocks = 1\ndrum_channels = 4\ntimbre_channels = 4\nplaces = 8\n"
        "batch = 2\nsegment_frames = 32\nsteps = %d\nwarmup = 2\n"
        "validate_every = %d\nvalidate_segments = 0\nprecision = f32\n",
        own_folder, run, corpus_path, bank_path, STEPS, STEPS));
    assert_ok(neume_file_write(recipe_path, text.data, text.size));
    neume_buffer_clear(&text);
}

static neume_buffer read_of(const char *run, const char *name) {
    char path[OWN_PATH_BYTES];
    neume_buffer read = {0};
    snprintf(path, sizeof path, "%s/%s/%s", own_folder, run, name);
    assert_ok(neume_file_read(path, FILE_BYTES_MOST, &read));
    return read;
}

static bool run_has(const char *run, const char *name) {
    char path[OWN_PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s/%s", own_folder, run, name);
    return access(path, R_OK) == 0;
}

static size_t count_lines(const neume_buffer *text) {
    size_t lines = 0;
    for (size_t i = 0; i < text->size; i++) lines += text->data[i] == '\n';
    return lines;
}

typedef struct steps_seen {
    double last;
    int count;
    bool cancels;
} steps_seen;

static void see_step(void *context, double done, double total) {
    steps_seen *seen = context;
    assert_true(total == STEPS && done > seen->last);
    seen->last = done;
    seen->count++;
    if (seen->cancels && done >= CANCEL_AT) neume_cancel();
}

static void test_a_run_writes_its_table_its_checkpoint_and_a_model_that_loads(void **state) {
    (void)state;
    steps_seen seen = {0};
    neume_progress progress = {see_step, &seen};
    write_recipe("whole");
    assert_ok(neume_train_hear(recipe_path, &progress));
    assert_int_equal(seen.count, STEPS);
    neume_buffer metrics = read_of("whole", "metrics.tsv"), validation = read_of("whole", "validation.tsv");
    assert_int_equal(count_lines(&metrics), 2); /* head, last step */
    assert_non_null(strstr(metrics.data, "\n6\t"));
    assert_null(strstr(metrics.data, "nan"));
    assert_int_equal(count_lines(&validation), HEAR_GROUPS); /* once, at the end */
    assert_true(run_has("whole", "checkpoint.gguf"));
    char path[OWN_PATH_BYTES];
    neume_hear_model *model = NULL;
    snprintf(path, sizeof path, "%s/whole/model.gguf", own_folder);
    assert_ok(neume_hear_model_load(path, &model));
    assert_string_equal(neume_hear_model_name(model), "tiny");
    neume_hear_model_free(model);
    neume_buffer_clear(&metrics);
    neume_buffer_clear(&validation);
}

/* Takes the model of the run before. */
static void test_validation_scores_are_shares_and_repeat(void **state) {
    (void)state;
    char path[OWN_PATH_BYTES];
    hear_recipe recipe;
    hear_validation a, b;
    neume_hear_model *model = NULL;
    write_recipe("whole");
    assert_ok(hear_recipe_read(recipe_path, &recipe));
    recipe.validate_segments = 1;
    recipe.data.corpus_path = recipe.corpus;
    recipe.data.bank_path = recipe.bank;
    snprintf(path, sizeof path, "%s/whole/model.gguf", own_folder);
    assert_ok(neume_hear_model_load(path, &model));
    hear_validator validator = {0};
    assert_ok(hear_validator_init(&validator, &recipe));
    assert_ok(hear_validate(&validator, model, NULL, &a));
    assert_ok(hear_validate(&validator, model, NULL, &b));
    hear_validator_clear(&validator);
    double sum = 0;
    for (int g = 0; g < HEAR_GROUPS; g++) {
        const neume_note_scores *x = &a.group[g], *y = &b.group[g];
        assert_true(x->onset >= 0 && x->onset <= 1 && x->truth + x->estimated > 0);
        assert_true(x->onset == y->onset && x->offset == y->offset && x->frame == y->frame && x->drums == y->drums);
        sum += x->onset;
    }
    assert_true(fabs(a.mean - sum / HEAR_GROUPS) < 1e-12 && a.mean < 1); /* six steps teach nothing */
    neume_hear_model_free(model);
}

/* Compares with the run of two tests before. */
static void test_a_cancelled_run_goes_on_and_ends_as_if_never_cancelled(void **state) {
    (void)state;
    steps_seen seen = {.cancels = true};
    neume_progress progress = {see_step, &seen};
    write_recipe("broken");
    neume_status status = neume_train_hear(recipe_path, &progress);
    neume_cancel_reset();
    assert_int_equal(status, NEUME_ECANCELLED);
    assert_int_equal(seen.count, CANCEL_AT);
    assert_true(run_has("broken", "checkpoint.gguf") && !run_has("broken", "model.gguf"));
    seen = (steps_seen){.last = CANCEL_AT};
    assert_ok(neume_train_hear(recipe_path, &progress));
    assert_int_equal(seen.count, STEPS - CANCEL_AT);
    neume_buffer whole = read_of("whole", "model.gguf"), broken = read_of("broken", "model.gguf");
    assert_int_equal(whole.size, broken.size);
    assert_memory_equal(whole.data, broken.data, whole.size);
    neume_buffer_clear(&whole);
    neume_buffer_clear(&broken);
}

static void test_a_finished_run_has_nothing_left_to_do(void **state) {
    (void)state;
    steps_seen seen = {0};
    neume_progress progress = {see_step, &seen};
    neume_buffer before = read_of("whole", "model.gguf"), table = read_of("whole", "validation.tsv");
    write_recipe("whole");
    assert_ok(neume_train_hear(recipe_path, &progress));
    assert_int_equal(seen.count, 0);
    neume_buffer after = read_of("whole", "model.gguf"), table_after = read_of("whole", "validation.tsv");
    assert_int_equal(before.size, after.size);
    assert_memory_equal(before.data, after.data, before.size);
    assert_int_equal(table.size, table_after.size);
    neume_buffer_clear(&table);
    neume_buffer_clear(&table_after);
    neume_buffer_clear(&before);
    neume_buffer_clear(&after);
}

static void test_bad_recipes_are_named_with_their_line(void **state) {
    (void)state;
    static const char *const bad[] = {"run = r\nspeed = 1\n", "run = r\nrate = fast\n", "run = r\nrun = s\n",
                                      "run = r\nsteps 6\n", "# one\nbatch = 2.5\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_ok(neume_file_write(recipe_path, bad[i], strlen(bad[i])));
        assert_int_equal(neume_train_hear(recipe_path, NULL), NEUME_EFORMAT);
        assert_non_null(strstr(neume_error_message(), "tiny.recipe line 2"));
    }
    static const char *const incomplete[] = {"run = r\ncorpus = c\n", "run = r\ncorpus = c\nbank = b\nbatch = 0\n",
                                             "run = r\ncorpus = c\nbank = b\nsegment_frames = 15\n",
                                             "run = r\ncorpus = c\nbank = b\nsteps = -1\n"};
    for (size_t i = 0; i < sizeof incomplete / sizeof *incomplete; i++) {
        assert_ok(neume_file_write(recipe_path, incomplete[i], strlen(incomplete[i])));
        assert_int_equal(neume_train_hear(recipe_path, NULL), NEUME_EFORMAT);
    }
    assert_int_equal(neume_train_hear("/nowhere/x.recipe", NULL), NEUME_ENOTFOUND);
}

/* --- targets ------------------------------------------------------------------------------------------------------ */

static const hear_recipe WEIGHTS = {.weight_onset = 1,
                                    .weight_frame = 0.5,
                                    .weight_offset = 0.25,
                                    .weight_velocity = 0.125,
                                    .batch = 2,
                                    .places = 2 * QUOTA,
                                    .weight_drum = 2,
                                    .weight_drum_velocity = 3,
                                    .onset_emphasis = 2};

/* Targets of one segment, in the second place of a batch of two whose first stays empty. */
typedef struct filled {
    hear_targets targets;
    float (*note)[NEUME_PITCHES][NEUME_HEAR_OUTPUTS], (*weight)[NEUME_PITCHES][NEUME_HEAR_OUTPUTS];
    float (*drum)[NEUME_HEAR_DRUM_OUTPUTS], (*drum_weight)[NEUME_HEAR_DRUM_OUTPUTS];
} filled;

static filled fill(const neume_note *notes, const double *heard_until_s, size_t count) {
    filled f = {0};
    neume_segment segment = {0}, silence = {0};
    assert_ok(hear_targets_shape(&f.targets, 2, T, 2 * QUOTA));
    segment.heard_until_s = neume__calloc(count, sizeof *segment.heard_until_s);
    assert_non_null(segment.heard_until_s);
    for (size_t i = 0; i < count; i++) {
        assert_ok(neume_notes_add(&segment.truth, notes[i]));
        segment.heard_until_s[i] = heard_until_s[i];
    }
    hear_targets_fill(&f.targets, 0, &silence, &WEIGHTS);
    hear_targets_fill(&f.targets, 1, &segment, &WEIGHTS);
    neume_rng rng = neume_rng_seeded(1, 1);
    hear_targets_place(&f.targets, 0, &silence, &WEIGHTS, &rng);
    hear_targets_place(&f.targets, 1, &segment, &WEIGHTS, &rng);
    neume_segment_clear(&segment);
    const float *quiet = neume_f32(&f.targets.notes);
    for (size_t i = 0; i < (size_t)T * NEUME_PITCHES * NEUME_HEAR_OUTPUTS; i++) assert_true(quiet[i] == 0);
    f.note = (void *)(neume_f32(&f.targets.notes) + (size_t)T * NEUME_PITCHES * NEUME_HEAR_OUTPUTS);
    f.weight = (void *)(neume_f32(&f.targets.notes_weight) + (size_t)T * NEUME_PITCHES * NEUME_HEAR_OUTPUTS);
    f.drum = (void *)(neume_f32(&f.targets.drums) + (size_t)2 * T * NEUME_HEAR_DRUM_OUTPUTS);
    f.drum_weight = (void *)(neume_f32(&f.targets.drums_weight) + (size_t)2 * T * NEUME_HEAR_DRUM_OUTPUTS);
    return f;
}

static bool close_to(float a, double b) {
    return fabs((double)a - b) < 1e-5;
}

/* Struck at frame 10.25, fallen silent at 25.5, let go at 35. */
static const neume_note PLUCKED = {0.205, 0.7, 60, 100, 25, 0, 1};

static void test_an_onset_peaks_at_its_frame_and_a_note_sounds_until_it_is_no_longer_heard(void **state) {
    (void)state;
    const double heard_s = 0.51;
    filled f = fill(&PLUCKED, &heard_s, 1);
    int p = 60 - NEUME_PITCH_LOWEST;
    for (int t = 0; t < T; t++) {
        double onset = fmax(0, 1 - fabs(t - 10.25) / 2);
        assert_true(close_to(f.note[t][p][NEUME_HEAR_ONSET], onset));
        assert_true(close_to(f.weight[t][p][NEUME_HEAR_ONSET], 1 + 2 * onset));
        assert_true(f.note[t][p][NEUME_HEAR_FRAME] == (t >= 10 && t <= 25 ? 1 : 0));
        assert_true(
            close_to(f.weight[t][p][NEUME_HEAR_FRAME], t == 25 ? 0 : 0.5)); /* its last frame counts neither way */
        assert_true(f.note[t][p][NEUME_HEAR_OFFSET] == 0);                  /* it died before it was let go */
        assert_true(close_to(f.weight[t][p][NEUME_HEAR_OFFSET], 0.25));
    }
    hear_targets_clear(&f.targets);
}

static void test_velocity_is_asked_only_where_a_note_begins(void **state) {
    (void)state;
    const double heard_s = 0.51;
    filled f = fill(&PLUCKED, &heard_s, 1);
    int p = 60 - NEUME_PITCH_LOWEST;
    for (int t = 0; t < T; t++) {
        bool begins = t == 10 || t == 11;
        assert_true(close_to(f.note[t][p][NEUME_HEAR_VELOCITY], begins ? 100.0 / 127 : 0));
        assert_true(close_to(f.weight[t][p][NEUME_HEAR_VELOCITY], begins ? 0.125 : 0));
        for (int i = 0; i < NEUME_HEAR_OUTPUTS; i++) { /* the neighbour hears nothing */
            double weight = i == NEUME_HEAR_ONSET ? 1 : i == NEUME_HEAR_FRAME ? 0.5 : i == NEUME_HEAR_OFFSET ? 0.25 : 0;
            assert_true(f.note[t][p + 1][i] == 0 && close_to(f.weight[t][p + 1][i], weight));
        }
    }
    hear_targets_clear(&f.targets);
}

/* A guitar, a violin in unison with a flute; a note too short, one from before and a drum are not asked about. */
static void test_instruments_are_asked_of_the_notes_that_begin(void **state) {
    (void)state;
    const neume_note notes[] = {{0.2, 1, 60, 80, 25, 0, 1},   {0.5, 1, 72, 80, 40, 0, 1},
                                {0.5, 1, 72, 80, 73, 0, 1},   {-0.1, 1, 50, 80, 40, 0, 1},
                                {0.6, 0.61, 52, 80, 0, 0, 1}, {0.3, 0.4, 38, 80, 128, 0, 1}};
    const double heard_s[] = {1, 1, 1, 1, 0.61, 0.4};
    filled f = fill(notes, heard_s, 6);
    int asked[128] = {0};
    for (int k = 0; k < 2 * QUOTA; k++) {
        const neume_hear_place *place = &f.targets.places[k];
        const float *share = neume_f32(&f.targets.families) + k * NEUME_HEAR_FAMILIES;
        assert_int_equal(place->b, k / QUOTA);
        if (neume_f32(&f.targets.families_weight)[k] == 0) continue;
        const int pitch = place->pitch + NEUME_PITCH_LOWEST;
        asked[pitch]++;
        assert_in_range(place->frame, pitch == 60 ? 9 : 24, pitch == 60 ? 11 : 26);
        assert_true(pitch == 60 ? share[3] == 1 : share[5] == 0.5f && share[9] == 0.5f);
    }
    assert_true(asked[60] == 1 && asked[72] == 2 && !asked[50] && !asked[52] && !asked[38]);
    hear_targets_clear(&f.targets);
}

static void test_an_offset_is_marked_where_a_note_is_let_go_while_it_is_heard(void **state) {
    (void)state;
    const neume_note held = {-0.5, 0.6, 72, 100, 40, 0, 1};
    filled f = fill(&held, &held.offset_s, 1);
    int p = 72 - NEUME_PITCH_LOWEST;
    for (int t = 0; t < T; t++) {
        assert_true(close_to(f.note[t][p][NEUME_HEAR_OFFSET], fmax(0, 1 - fabs(t - 30.0) / 3)));
        assert_true(f.note[t][p][NEUME_HEAR_ONSET] == 0); /* it began before: no onset, no velocity */
        assert_true(f.weight[t][p][NEUME_HEAR_VELOCITY] == 0);
        if (t != 30 && t != 29) assert_true(f.note[t][p][NEUME_HEAR_FRAME] == (t < 30 ? 1 : 0));
    }
    hear_targets_clear(&f.targets);
}

static void test_a_drum_peaks_at_its_10_ms_frame_and_is_no_note(void **state) {
    (void)state;
    const neume_note drum = {0.205, 0.3, 38, 64, NEUME_PROGRAM_DRUMS, 0, 1};
    filled f = fill(&drum, &drum.offset_s, 1);
    int kind = 38 - NEUME_HEAR_DRUM_LOWEST;
    for (int t = 0; t < 2 * T; t++) {
        for (int i = 0; i < NEUME_HEAR_DRUMS; i++) {
            double peak = i == kind ? fmax(0, 1 - fabs(t - 20.5) / 2) : 0;
            assert_true(close_to(f.drum[t][i], peak) && close_to(f.drum_weight[t][i], 2));
            assert_true(close_to(f.drum[t][NEUME_HEAR_DRUMS + i], peak > 0 ? 64.0 / 127 : 0));
            assert_true(close_to(f.drum_weight[t][NEUME_HEAR_DRUMS + i], peak > 0 ? 3 : 0));
        }
    }
    for (int t = 0; t < T; t++)
        for (int p = 0; p < NEUME_PITCHES; p++) assert_true(f.note[t][p][NEUME_HEAR_ONSET] == 0);
    hear_targets_clear(&f.targets);
}

static void test_notes_outside_the_segment_or_the_piano_change_nothing(void **state) {
    (void)state;
    const neume_note notes[] = {{2, 3, 60, 80, 0, 0, 1},
                                {0.2, 1, 20, 80, 0, 0, 1},
                                {0.2, 1, 109, 80, 0, 0, 1},
                                {1.5, 2, 38, 80, NEUME_PROGRAM_DRUMS, 0, 1}};
    const double heard_s[] = {3, 1, 1, 2};
    filled f = fill(notes, heard_s, 4);
    for (int t = 0; t < T; t++)
        for (int p = 0; p < NEUME_PITCHES; p++)
            for (int i = 0; i < NEUME_HEAR_OUTPUTS; i++) assert_true(f.note[t][p][i] == 0);
    for (int t = 0; t < 2 * T; t++)
        for (int i = 0; i < NEUME_HEAR_DRUM_OUTPUTS; i++) assert_true(f.drum[t][i] == 0);
    hear_targets_clear(&f.targets);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_onset_peaks_at_its_frame_and_a_note_sounds_until_it_is_no_longer_heard),
        cmocka_unit_test(test_velocity_is_asked_only_where_a_note_begins),
        cmocka_unit_test(test_instruments_are_asked_of_the_notes_that_begin),
        cmocka_unit_test(test_an_offset_is_marked_where_a_note_is_let_go_while_it_is_heard),
        cmocka_unit_test(test_a_drum_peaks_at_its_10_ms_frame_and_is_no_note),
        cmocka_unit_test(test_notes_outside_the_segment_or_the_piano_change_nothing),
        cmocka_unit_test(test_bad_recipes_are_named_with_their_line),
        cmocka_unit_test(test_a_run_writes_its_table_its_checkpoint_and_a_model_that_loads),
        cmocka_unit_test(test_validation_scores_are_shares_and_repeat),
        cmocka_unit_test(test_a_cancelled_run_goes_on_and_ends_as_if_never_cancelled),
        cmocka_unit_test(test_a_finished_run_has_nothing_left_to_do),
    };
    return cmocka_run_group_tests(tests, tiny_sources_make, own_folder_remove);
}
