/* Training the network that reads strokes together, end to end, over an untrained drum branch that hears a lot. */
#include "tiny_sources.h"

#include "neume/hear_net.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STEPS = 6, CANCEL_AT = 3, FILE_BYTES_MOST = 1 << 24 };

static char model_path[OWN_PATH_BYTES];

/* An untrained note model whose drum curves lie high enough to be strokes. */
static neume_status make_model(void) {
    neume_hear_config config = neume_hear_config_default();
    neume_hear_net *net = NULL;
    neume_gguf_writer *writer = NULL;
    neume_status status = NEUME_OK;
    config.channels = config.drum_channels = config.timbre_channels = 4;
    config.stem_channels = 2;
    config.blocks = 1;
    snprintf(config.name, sizeof config.name, "tiny");
    NEUME_GO(neume_hear_net_new(&config, 5, &net));
    neume_parameters *list = neume_hear_net_parameters(net);
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i]->name, "drums.bias") == 0)
            for (int k = 0; k < NEUME_HEAR_DRUMS; k++) neume_f32(&list->items[i]->value)[k] = -1;
    NEUME_GO(neume_gguf_writer_new("neume-hear", &writer));
    NEUME_GO(neume_hear_net_save(net, writer, NULL));
    NEUME_GO(neume_gguf_write(writer, model_path));
fail:
    neume_gguf_writer_free(writer);
    neume_hear_net_free(net);
    return status;
}

static int setup(void **state) {
    if (tiny_sources_make(state) != 0) return -1;
    own_path_print("tiny.gguf", model_path);
    return make_model() == NEUME_OK ? 0 : -1;
}

static void write_recipe(const char *run) {
    neume_buffer text = {0};
    assert_ok(neume_buffer_print(&text,
                                 "run = %s/%s\ncorpus = %s\nbank = %s\nsecond_bank = %s\nshare_second = .5\nmodel = "
                                 "%s\nname = tiny-kit\nseconds = 4\npool = 6\nvalidate_segments = 2\nbatch = 2\nsteps "
                                 "= %d\nwarmup = 2\nshare_drums = 1\nshare_band = 1\nvalidate_every = %d\n",
                                 own_folder, run, corpus_path, bank_path, bank_path, model_path, STEPS, STEPS));
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

static void cancel_later(void *context, double done, double total) {
    (void)total;
    if (*(bool *)context && done >= CANCEL_AT) neume_cancel();
}

static void test_a_run_writes_its_logs_and_a_model_that_fits_its_note_model(void **state) {
    (void)state;
    char path[OWN_PATH_BYTES];
    neume_hear_model *model = NULL;
    write_recipe("whole");
    assert_ok(neume_train_kit(recipe_path, NULL));
    neume_buffer metrics = read_of("whole", "metrics.tsv"), validation = read_of("whole", "validation.tsv");
    double step, heard_h, loss, threshold, f;
    assert_int_equal(sscanf(metrics.data, "%lf %lf %lf", &step, &heard_h, &loss), 3);
    assert_true(step == STEPS && heard_h > 0 && loss > 0 && loss < 1000); /* an untrained branch says anything */
    assert_int_equal(sscanf(validation.data, "%lf %lf %lf", &step, &threshold, &f), 3);
    assert_true(step == STEPS && threshold >= 0.05 && threshold <= 0.95 && f > 0 && f <= 1);
    assert_ok(neume_hear_model_load(model_path, &model));
    snprintf(path, sizeof path, "%s/whole/model.gguf", own_folder);
    assert_ok(neume_hear_model_load_kit(model, path));
    neume_hear_model_free(model);
    neume_buffer_clear(&metrics);
    neume_buffer_clear(&validation);
}

/* Compares with the run of the test before. */
static void test_a_cancelled_run_goes_on_and_ends_as_if_never_cancelled(void **state) {
    (void)state;
    bool cancels = true;
    const neume_progress progress = {cancel_later, &cancels};
    write_recipe("broken");
    const neume_status status = neume_train_kit(recipe_path, &progress);
    neume_cancel_reset();
    assert_int_equal(status, NEUME_ECANCELLED);
    cancels = false;
    assert_ok(neume_train_kit(recipe_path, &progress));
    neume_buffer whole = read_of("whole", "model.gguf"), broken = read_of("broken", "model.gguf");
    assert_int_equal(whole.size, broken.size);
    assert_memory_equal(whole.data, broken.data, whole.size);
    neume_buffer_clear(&whole);
    neume_buffer_clear(&broken);
}

static void test_bad_recipes_are_refused(void **state) {
    (void)state;
    static const char *const bad[] = {"run = r\n",
                                      "run = r\nspeed = 1\n",
                                      "run = r\nmodel = m\ncorpus = c\nbank = b\nbatch = 0\n",
                                      "run = r\nmodel = m\ncorpus = c\nbank = b\npool = 0\n",
                                      "run = r\nmodel = m\ncorpus = c\nbank = b\nspread = -1\n",
                                      "run = r\nmodel = m\ncorpus = c\nbank = b\nshare_second = .5\n",
                                      "run = r\nmodel = m\ncorpus = c\nbank = b\nseconds = 1e9\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_ok(neume_file_write(recipe_path, bad[i], strlen(bad[i])));
        assert_int_equal(neume_train_kit(recipe_path, NULL), NEUME_EFORMAT);
    }
    assert_int_equal(neume_train_kit("/nowhere/x.recipe", NULL), NEUME_ENOTFOUND);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_run_writes_its_logs_and_a_model_that_fits_its_note_model),
        cmocka_unit_test(test_a_cancelled_run_goes_on_and_ends_as_if_never_cancelled),
        cmocka_unit_test(test_bad_recipes_are_refused),
    };
    return cmocka_run_group_tests(tests, setup, own_folder_remove);
}
