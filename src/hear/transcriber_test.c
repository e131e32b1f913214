/* A stream and a file give the same notes; nothing grows with length. The model is a tiny untrained one with low
 * thresholds, so that it finds plenty to write. */
#include "same_notes.h"

#include "neume/hear_net.h"

#include <string.h>
#include <unistd.h>

static neume_hear_model *model;

static int setup(void **state) {
    (void)state;
    neume_threads_set(1); /* so small a net is faster on one; more would wait for each other on a busy machine */
    neume_hear_config config = neume_hear_config_default();
    config.channels = 8;
    config.stem_channels = 4;
    config.blocks = 2;
    config.drum_channels = 8;
    config.onset_threshold = config.drum_threshold = 0.03;
    char path[] = "/tmp/neume-model-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    assert_ok(neume_hear_model_random(path, &config, 3));
    assert_ok(neume_hear_model_load(path, &model));
    unlink(path);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    neume_hear_model_free(model);
    return 0;
}

static float *tones(size_t count) {
    neume_rng rng = neume_rng_seeded(1, 1);
    float *pcm = neume__alloc(count * sizeof *pcm);
    assert_non_null(pcm);
    for (size_t i = 0; i < count; i++) {
        double s = (double)i / NEUME_FEATURES_RATE_HZ, beat = fmod(s, 0.5);
        pcm[i] = (float)(0.3 * exp(-4 * beat) * sin(2 * M_PI * 440 * (1 + floor(s * 2) * 0.06) * s) +
                         0.01 * neume_rng_normal(&rng));
    }
    return pcm;
}

static neume_notes hear(const float *pcm, size_t count, size_t step) {
    neume_hear_options options = {.sensitivity = 1.0, .plain_f32 = true};
    neume_transcriber *transcriber = NULL;
    neume_notes notes = {0};
    assert_ok(neume_transcriber_new(model, &options, &transcriber));
    for (size_t at = 0; at < count; at += step)
        assert_ok(neume_transcriber_feed(transcriber, pcm + at, count - at < step ? count - at : step, &notes));
    assert_ok(neume_transcriber_finish(transcriber, &notes));
    neume_transcriber_free(transcriber);
    return notes;
}

static void test_stream_and_file_give_the_same_notes(void **state) {
    (void)state;
    size_t count = 45 * NEUME_FEATURES_RATE_HZ + 17; /* two whole windows and a part */
    float *pcm = tones(count);
    neume_notes whole = hear(pcm, count, count);
    assert_true(whole.count > 50);
    const size_t steps[] = {1000, 22050, 300001};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        neume_notes stream = hear(pcm, count, steps[i]);
        assert_same_notes(&stream, &whole);
        neume_notes_clear(&stream);
    }
    neume_notes_clear(&whole);
    neume__free(pcm);
}

/* Settling keeps everything but the programs, says the same twice, and refuses other notes. */
static void test_settling_changes_programs_only_and_every_note_has_its_bend(void **state) {
    (void)state;
    size_t count = 12 * NEUME_FEATURES_RATE_HZ;
    float *pcm = tones(count);
    neume_hear_options options = {.sensitivity = 1.0, .plain_f32 = true, .bends = true};
    neume_transcriber *transcriber = NULL;
    neume_notes notes = {0}, settled = {0};
    assert_ok(neume_transcriber_new(model, &options, &transcriber));
    assert_ok(neume_transcriber_feed(transcriber, pcm, count, &notes));
    assert_ok(neume_transcriber_finish(transcriber, &notes));
    for (size_t i = 0; i < notes.count; i++) assert_ok(neume_notes_add(&settled, notes.items[i]));
    assert_ok(neume_transcriber_settle(transcriber, &settled));
    assert_true(notes.count > 20);
    size_t families[NEUME_FAMILIES + 1] = {0}, pitched = 0;
    for (size_t i = 0; i < notes.count; i++) {
        const neume_bend *bend = neume_bends_find(neume_transcriber_bends(transcriber), &notes.items[i]);
        bool drum = notes.items[i].program == NEUME_PROGRAM_DRUMS;
        assert_true(drum ? bend == NULL : bend && bend->count >= 1);
        assert_true(drum == (settled.items[i].program == NEUME_PROGRAM_DRUMS));
        families[neume_program_family(settled.items[i].program)] += !drum;
        pitched += !drum;
        notes.items[i].program = settled.items[i].program;
    }
    assert_same_notes(&notes, &settled);
    for (int f = 0; f < NEUME_FAMILIES; f++) assert_true(!families[f] || families[f] * 100 >= pitched * 3);
    assert_ok(neume_transcriber_settle(transcriber, &settled));
    assert_same_notes(&notes, &settled);
    settled.count--;
    assert_int_equal(neume_transcriber_settle(transcriber, &settled), NEUME_EINVAL);
    const size_t all = notes.count;
    assert_ok(neume_transcriber_tidy(transcriber, &notes));
    assert_true(notes.count > 0 && notes.count <= all); /* chords are no line: nothing comes in */
    int shorter = 0;
    for (size_t i = 0, before = 0; i < notes.count; i++, before++) { /* settled: as they were before */
        while (settled.items[before].onset_s < notes.items[i].onset_s ||
               settled.items[before].pitch != notes.items[i].pitch)
            assert_true(++before <= settled.count);
        assert_true(notes.items[i].offset_s <= settled.items[before].offset_s);
        shorter += notes.items[i].offset_s < settled.items[before].offset_s;
    }
    assert_true(shorter > 0);
    for (size_t i = 0; i < notes.count; i++) {
        assert_true(!i || notes.items[i].onset_s >= notes.items[i - 1].onset_s);
        assert_true(notes.items[i].program == NEUME_PROGRAM_DRUMS ||
                    neume_bends_find(neume_transcriber_bends(transcriber), &notes.items[i]));
    }
    neume_notes_clear(&notes);
    neume_notes_clear(&settled);
    neume_transcriber_free(transcriber);
    neume__free(pcm);
}

/* With a network that reads all notes together only programs change, the same way twice; instruments that are not
 * allowed stay out; and what it is given can be had for training. */
static void test_a_cast_net_settles_among_the_allowed(void **state) {
    (void)state;
    size_t count = 12 * NEUME_FEATURES_RATE_HZ, known;
    int64_t stride;
    float *pcm = tones(count), *heard = NULL;
    neume_hear_options options = {.sensitivity = 1.0, .plain_f32 = true};
    neume_cast_net *net = NULL;
    neume_transcriber *transcriber = NULL;
    neume_notes first = {0}, second = {0};
    assert_ok(neume_cast_net_new(model, 5, &net));
    neume_hear_model_take_cast(model, net);
    assert_ok(neume_instruments_parse("violin,flute,drums", &options.instruments));
    for (int time = 0; time < 2; time++) {
        neume_notes *notes = time ? &second : &first;
        options.timbres = time;
        assert_ok(neume_transcriber_new(model, &options, &transcriber));
        assert_ok(neume_transcriber_feed(transcriber, pcm, count, notes));
        assert_ok(neume_transcriber_finish(transcriber, notes));
        assert_ok(neume_transcriber_settle(transcriber, notes));
        assert_ok(neume_transcriber_timbres(transcriber, &heard, &stride, &known));
        assert_int_equal(known, notes->count);
        assert_int_equal(stride,
                         NEUME_HEAR_FAMILIES + (time ? neume_hear_model_timbre_channels(model) : NEUME_CAST_BRIEF));
        neume__free(heard);
        neume_transcriber_free(transcriber);
    }
    assert_true(first.count > 20);
    assert_same_notes(&first, &second); /* short and whole timbres say the same */
    for (size_t i = 0; i < first.count; i++) {
        const int program = first.items[i].program;
        assert_true(program == 40 || program == 73 || program == NEUME_PROGRAM_DRUMS);
    }
    neume_hear_model_take_cast(model, NULL);
    neume_notes_clear(&first);
    neume_notes_clear(&second);
    neume__free(pcm);
}

/* Noise that begins anew now and then, as drums do. */
static float *hits(size_t count) {
    neume_rng rng = neume_rng_seeded(2, 1);
    float *pcm = neume__alloc(count * sizeof *pcm);
    assert_non_null(pcm);
    for (size_t i = 0; i < count; i++) {
        const double since_s = fmod((double)i / NEUME_FEATURES_RATE_HZ, 0.27);
        pcm[i] = (float)(0.4 * exp(-30 * since_s) * neume_rng_normal(&rng));
    }
    return pcm;
}

static neume_notes hear_drums(const float *pcm, size_t count, size_t step, const char *instruments) {
    neume_hear_options options = {.sensitivity = 1.0, .plain_f32 = true};
    neume_transcriber *transcriber = NULL;
    neume_notes notes = {0};
    double last_s = 0;
    assert_ok(neume_instruments_parse(instruments, &options.instruments));
    assert_ok(neume_transcriber_new(model, &options, &transcriber));
    for (size_t at = 0; at < count; at += step)
        assert_ok(neume_transcriber_feed(transcriber, pcm + at, count - at < step ? count - at : step, &notes));
    assert_ok(neume_transcriber_finish(transcriber, &notes));
    assert_ok(neume_transcriber_settle(transcriber, &notes));
    for (size_t i = 0; i < notes.count; i++) {
        assert_true(notes.items[i].onset_s >= last_s);
        last_s = notes.items[i].onset_s;
    }
    neume_transcriber_free(transcriber);
    return notes;
}

/* With a network that reads strokes together: notes still come in order, a stream and a file give the same, and where
 * only drums are asked for they are the same drums. */
static void test_a_kit_net_reads_drums_along_the_way(void **state) {
    (void)state;
    const size_t count = 43 * NEUME_FEATURES_RATE_HZ + 9; /* four whole windows and a part */
    float *pcm = hits(count);
    neume_kit_net *net = NULL;
    size_t next = 0;
    assert_ok(neume_kit_net_new(8, 5, &net));
    neume_kit_net_thresholds(net)->hit = 0.05;
    neume_parameters *list = neume_kit_net_parameters(net);
    neume_rng rng = neume_rng_seeded(4, 4);
    for (size_t p = 0; p < list->count; p++) /* so that it says more than the branch */
        for (int64_t i = 0; i < neume_tensor_count(&list->items[p]->value) && !list->items[p]->statistic; i++)
            neume_f32(&list->items[p]->value)[i] += 0.03f * (float)neume_rng_normal(&rng);
    neume_hear_model_take_kit(model, net);
    neume_notes whole = hear_drums(pcm, count, count, "auto"), stream = hear_drums(pcm, count, 10007, "auto"),
                drums = hear_drums(pcm, count, 50000, "drums"), none = hear_drums(pcm, count, count, "piano");
    assert_same_notes(&stream, &whole);
    assert_true(drums.count > 100);
    for (size_t i = 0; i < whole.count; i++) {
        if (whole.items[i].program != NEUME_PROGRAM_DRUMS) continue;
        assert_true(next < drums.count);
        assert_true(whole.items[i].onset_s == drums.items[next].onset_s &&
                    whole.items[i].pitch == drums.items[next].pitch);
        next++;
    }
    assert_int_equal(next, drums.count);
    for (size_t i = 0; i < none.count; i++) assert_true(none.items[i].program != NEUME_PROGRAM_DRUMS);
    neume_hear_model_take_kit(model, NULL);
    neume_notes_clear(&whole);
    neume_notes_clear(&stream);
    neume_notes_clear(&drums);
    neume_notes_clear(&none);
    neume__free(pcm);
}

static void test_short_recordings_are_fine(void **state) {
    (void)state;
    const size_t counts[] = {0, 1, 440, 441, 4410};
    float *pcm = tones(4410);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        neume_notes notes = hear(pcm, counts[i], 100);
        for (size_t n = 0; n < notes.count; n++)
            assert_true(notes.items[n].onset_s <= (double)counts[i] / NEUME_FEATURES_RATE_HZ + 0.02);
        neume_notes_clear(&notes);
    }
    neume__free(pcm);
}

static void test_level_gain_brings_loud_passages_to_target(void **state) {
    (void)state;
    enum { COUNT = 22050 };
    float *pcm = neume__calloc(COUNT, sizeof *pcm);
    assert_true(neume_hear_level_gain(pcm, COUNT) == 1.0f);
    for (int i = 0; i < COUNT; i++) pcm[i] = 0.02f * (float)sin(0.1 * i);
    assert_true(fabs(20 * log10((double)neume_hear_level_gain(pcm, COUNT) * 0.02 / sqrt(2)) + 20) < 0.2);
    for (int i = 0; i < COUNT; i++) pcm[i] *= 1e-3f;
    assert_true(neume_hear_level_gain(pcm, COUNT) < 32);
    neume__free(pcm);
}

static void test_a_cancelled_run_stops(void **state) {
    (void)state;
    size_t count = 30 * NEUME_FEATURES_RATE_HZ;
    float *pcm = tones(count);
    neume_hear_options options = NEUME_HEAR_OPTIONS_DEFAULT;
    neume_transcriber *transcriber = NULL;
    neume_notes notes = {0};
    assert_ok(neume_transcriber_new(model, &options, &transcriber));
    neume_cancel();
    assert_int_equal(neume_transcriber_feed(transcriber, pcm, count, &notes), NEUME_ECANCELLED);
    neume_cancel_reset();
    neume_transcriber_free(transcriber);
    neume_notes_clear(&notes);
    neume__free(pcm);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stream_and_file_give_the_same_notes),
        cmocka_unit_test(test_settling_changes_programs_only_and_every_note_has_its_bend),
        cmocka_unit_test(test_a_cast_net_settles_among_the_allowed),
        cmocka_unit_test(test_a_kit_net_reads_drums_along_the_way),
        cmocka_unit_test(test_short_recordings_are_fine),
        cmocka_unit_test(test_level_gain_brings_loud_passages_to_target),
        cmocka_unit_test(test_a_cancelled_run_stops),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
