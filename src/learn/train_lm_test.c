/* A language model trained on a few tunes, whole: it learns, goes on, is measured. */
#include "own_folder.h"

#include "neume/learn.h"
#include "neume/lm_vocabulary.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TUNES = 160 };

/* Tunes of one shape in several keys: what comes next can be learnt. */
static void write_tunes(const char *path, int first) {
    static const char *const keys[] = {"C", "G", "D", "F"}, *const steps = "CDEFGABcdefgab";
    neume_buffer text = {0};
    for (int i = 0; i < TUNES; i++) {
        const int from = (first + i) % 6;
        assert_ok(
            neume_buffer_print(&text, "X:%d\nT:Tune number %d\nM:4/4\nL:1/8\nK:%s\n", i + 1, first + i, keys[i % 4]));
        for (int bar = 0; bar < 4; bar++)
            assert_ok(neume_buffer_print(&text, "%c2%c2 %c2%c2|%s", steps[from + bar], steps[from + bar + 1],
                                         steps[from + bar + 2], steps[from + bar], bar == 3 ? "\n\n" : ""));
    }
    assert_ok(neume_file_write(path, text.data, text.size));
    neume_buffer_clear(&text);
}

static double last_value(const char *file, int *lines) {
    char line[256];
    double value = -1;
    FILE *in = fopen(own_path(file), "r");
    assert_non_null(in);
    for (*lines = 0; fgets(line, sizeof line, in); ++*lines) value = atof(strrchr(line, '\t'));
    fclose(in);
    return value;
}

static void run(int steps) {
    char recipe[1024];
    snprintf(
        recipe, sizeof recipe,
        "run = %s/run\ntunes1 = %s/learn.abc\nvalidation = %s/new.abc\nvalidation_tunes = 20\nsteps = %d\nwarmup = "
        "5\nrows = 2\nlength = 256\nwidth = 32\nlayers = 2\nheads = 2\nkv_heads = 1\nhidden = 64\nrate = 0.01\n"
        "dropout = 0\ndecay = 0.01\nvalidate_every = 40\n",
        own_folder, own_folder, own_folder, steps);
    assert_ok(neume_file_write(own_path("recipe"), recipe, strlen(recipe)));
    assert_ok(neume_train_lm(own_path("recipe"), NULL));
}

static void test_a_model_of_tunes_learns_goes_on_and_is_measured(void **state) {
    (void)state;
    char learn[OWN_PATH_BYTES], new[OWN_PATH_BYTES], model[OWN_PATH_BYTES];
    int lines;
    own_path_print("learn.abc", learn), own_path_print("new.abc", new), own_path_print("run/model.gguf", model);
    write_tunes(learn, 0);
    write_tunes(new, TUNES);
    run(40);
    const double first = last_value("run/validation.tsv", &lines);
    run(120);
    const double second = last_value("run/validation.tsv", &lines);
    assert_int_equal(lines, 3); /* the second run does only what is left */
    assert_true(second < .8 * first);

    const neume_lm_eval_options options = {.tunes = 20, .titles = 20, .bars = 40, .learnt = learn, .seed = 1};
    neume_lm_scores scores = {0};
    assert_ok(neume_lm_evaluate(model, new, &options, NULL, &scores));
    assert_int_equal(scores.tunes, 20);
    assert_true(fabs(scores.bits / (double)scores.bytes - second) < .05); /* the engine pays what the net pays */
    assert_true(scores.bars > 30 && scores.bar_grams > .2);
    assert_int_equal(scores.titles, 20);
    assert_true(scores.title_recall >= 0 && scores.title_recall <= 1);
    assert_int_equal(neume_lm_evaluate(learn, new, &options, NULL, &scores), NEUME_EFORMAT);
}

int main(void) {
    const struct CMUnitTest tests[] = {in_own_folder(test_a_model_of_tunes_learns_goes_on_and_is_measured)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
