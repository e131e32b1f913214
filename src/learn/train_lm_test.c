/* A language model trained on a few tunes, whole: it learns, goes on, is measured. */
#include "neume_test.h"

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

static double last_value(const char *folder, const char *file, int *lines) {
    char path[256], line[256];
    double value = -1;
    snprintf(path, sizeof path, "%s/run/%s", folder, file);
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    for (*lines = 0; fgets(line, sizeof line, in); ++*lines) value = atof(strrchr(line, '\t'));
    fclose(in);
    return value;
}

static void run(const char *folder, int steps) {
    char path[256], recipe[1024];
    snprintf(path, sizeof path, "%s/recipe", folder);
    snprintf(
        recipe, sizeof recipe,
        "run = %s/run\ntunes1 = %s/learn.abc\nvalidation = %s/new.abc\nvalidation_tunes = 20\nsteps = %d\nwarmup = "
        "5\nrows = 2\nlength = 256\nwidth = 32\nlayers = 2\nheads = 2\nkv_heads = 1\nhidden = 64\nrate = 0.01\n"
        "dropout = 0\ndecay = 0.01\nvalidate_every = 40\n",
        folder, folder, folder, steps);
    assert_ok(neume_file_write(path, recipe, strlen(recipe)));
    assert_ok(neume_train_lm(path, NULL));
}

static void test_a_model_of_tunes_learns_goes_on_and_is_measured(void **state) {
    (void)state;
    char folder[] = "/tmp/neume-lm-XXXXXX", learn[64], new[64], model[64], command[64];
    int lines;
    assert_non_null(mkdtemp(folder));
    snprintf(learn, sizeof learn, "%s/learn.abc", folder), snprintf(new, sizeof new, "%s/new.abc", folder);
    snprintf(model, sizeof model, "%s/run/model.gguf", folder);
    write_tunes(learn, 0);
    write_tunes(new, TUNES);
    run(folder, 40);
    const double first = last_value(folder, "validation.tsv", &lines);
    run(folder, 120);
    const double second = last_value(folder, "validation.tsv", &lines);
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
    snprintf(command, sizeof command, "rm -rf %s", folder);
    assert_int_equal(system(command), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_model_of_tunes_learns_goes_on_and_is_measured)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
