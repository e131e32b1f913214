/* Training the network that settles who plays what, end to end, over an untrained note model that hears a lot. */
#include "tiny_run.h"

static int setup(void **state) {
    static const tiny_head head = {"notes.bias", NEUME_HEAR_FRAME + 1, 1};
    if (tiny_sources_make(state) != 0) return -1;
    return tiny_model_make(&head) == NEUME_OK ? 0 : -1;
}

static void write_recipe(const char *run) {
    neume_buffer text = {0};
    assert_ok(neume_buffer_print(&text,
                                 "run = %s/%s\ncorpus = %s\nbank = %s\nmodel = %s\nname = tiny-cast\nseconds = 4\n"
                                 "pool = 6\nvalidate_segments = 2\nbatch = 2\nsteps = %d\nwarmup = 2\n"
                                 "share_ensembles = .5\nvalidate_every = %d\n",
                                 own_folder, run, corpus_path, bank_path, tiny_model_path, TINY_STEPS, TINY_STEPS));
    assert_ok(neume_file_write(recipe_path, text.data, text.size));
    neume_buffer_clear(&text);
}

static void test_a_run_writes_its_logs_and_a_model_that_fits_its_note_model(void **state) {
    (void)state;
    char path[OWN_PATH_BYTES];
    neume_hear_model *model = NULL;
    double metrics[3], validation[3];
    write_recipe("whole");
    assert_ok(neume_train_cast(recipe_path, NULL));
    tiny_run_row("whole", "metrics.tsv", metrics); /* step, hours, loss */
    assert_true(metrics[0] == TINY_STEPS && metrics[1] > 0 && metrics[2] > 0 && metrics[2] < 20);
    tiny_run_row("whole", "validation.tsv", validation); /* asked, right */
    assert_true(validation[0] == TINY_STEPS && validation[1] > 0 && validation[2] >= 0 && validation[2] <= 1);
    assert_ok(neume_hear_model_load(tiny_model_path, &model));
    snprintf(path, sizeof path, "%s/whole/model.gguf", own_folder);
    assert_ok(neume_hear_model_load_cast(model, path));
    neume_hear_model_free(model);
}

static void test_a_cancelled_run_goes_on_and_ends_as_if_never_cancelled(void **state) {
    (void)state;
    write_recipe("broken");
    assert_a_broken_run_ends_as_the_whole(neume_train_cast);
}

static void test_bad_recipes_are_refused(void **state) {
    (void)state;
    static const char *const bad[] = {"run = r\n", "run = r\nspeed = 1\n",
                                      "run = r\nmodel = m\ncorpus = c\nbank = b\nbatch = 0\n",
                                      "run = r\nmodel = m\ncorpus = c\nbank = b\npool = 0\n",
                                      "run = r\nmodel = m\ncorpus = c\nbank = b\nseconds = 1e9\n"};
    assert_recipes_are_refused(neume_train_cast, bad, sizeof bad / sizeof *bad);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_run_writes_its_logs_and_a_model_that_fits_its_note_model),
        cmocka_unit_test(test_a_cancelled_run_goes_on_and_ends_as_if_never_cancelled),
        cmocka_unit_test(test_bad_recipes_are_refused),
    };
    return cmocka_run_group_tests(tests, setup, own_folder_remove);
}
