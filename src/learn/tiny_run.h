/* For tests of trainings over an untrained note model: the model, reading what a run wrote, and what holds of every
 * run: a broken one goes on and ends as if never broken, a bad recipe is refused. */
#ifndef NEUME_LEARN_TINY_RUN_H
#define NEUME_LEARN_TINY_RUN_H

#include "tiny_sources.h"

#include "neume/hear_net.h"

#include <string.h>

enum { TINY_STEPS = 6, TINY_CANCEL_AT = 3, TINY_FILE_BYTES_MOST = 1 << 24 };

static char tiny_model_path[OWN_PATH_BYTES];

/* A head's biases are raised, so that its curves peak everywhere. */
typedef struct tiny_head {
    const char *bias; /* "notes.bias" */
    int count;        /* the first ones */
    float value;
} tiny_head;

static inline neume_status tiny_model_make(const tiny_head *head) {
    neume_hear_config config = neume_hear_config_default();
    neume_hear_net *net = NULL;
    neume_gguf_writer *writer = NULL;
    neume_status status = NEUME_OK;
    own_path_print("tiny.gguf", tiny_model_path);
    config.channels = config.drum_channels = 4;
    config.stem_channels = 2;
    config.blocks = 1;
    config.timbre_channels = 6;
    snprintf(config.name, sizeof config.name, "tiny");
    NEUME_GO(neume_hear_net_new(&config, 5, &net));
    neume_parameters *list = neume_hear_net_parameters(net);
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i]->name, head->bias) == 0)
            for (int k = 0; k < head->count; k++) neume_f32(&list->items[i]->value)[k] = head->value;
    NEUME_GO(neume_gguf_writer_new("neume-hear", &writer));
    NEUME_GO(neume_hear_net_save(net, writer, NULL));
    NEUME_GO(neume_gguf_write(writer, tiny_model_path));
fail:
    neume_gguf_writer_free(writer);
    neume_hear_net_free(net);
    return status;
}

/* A file of a run's folder. */
static inline neume_buffer tiny_run_read(const char *run, const char *name) {
    char path[OWN_PATH_BYTES];
    neume_buffer read = {0};
    snprintf(path, sizeof path, "%s/%s/%s", own_folder, run, name);
    assert_ok(neume_file_read(path, TINY_FILE_BYTES_MOST, &read));
    return read;
}

/* The first three numbers of a run's table. */
static inline void tiny_run_row(const char *run, const char *name, double row[3]) {
    neume_buffer text = tiny_run_read(run, name);
    assert_int_equal(sscanf(text.data, "%lf %lf %lf", &row[0], &row[1], &row[2]), 3);
    neume_buffer_clear(&text);
}

typedef neume_status (*tiny_train)(const char *recipe, const neume_progress *progress);

static void tiny_cancel_later(void *context, double done, double total) {
    (void)total;
    if (*(bool *)context && done >= TINY_CANCEL_AT) neume_cancel();
}

/* The recipe's run is "broken"; run "whole" has ended. */
static inline void assert_a_broken_run_ends_as_the_whole(tiny_train train) {
    bool cancels = true;
    const neume_progress progress = {tiny_cancel_later, &cancels};
    const neume_status status = train(recipe_path, &progress);
    neume_cancel_reset();
    assert_int_equal(status, NEUME_ECANCELLED);
    cancels = false;
    assert_ok(train(recipe_path, &progress));
    neume_buffer whole = tiny_run_read("whole", "model.gguf"), broken = tiny_run_read("broken", "model.gguf");
    assert_int_equal(whole.size, broken.size);
    assert_memory_equal(whole.data, broken.data, whole.size);
    neume_buffer_clear(&whole);
    neume_buffer_clear(&broken);
}

static inline void assert_recipes_are_refused(tiny_train train, const char *const *bad, size_t count) {
    for (size_t i = 0; i < count; i++) {
        assert_ok(neume_file_write(recipe_path, bad[i], strlen(bad[i])));
        assert_int_equal(train(recipe_path, NULL), NEUME_EFORMAT);
    }
    assert_int_equal(train("/nowhere/x.recipe", NULL), NEUME_ENOTFOUND);
}

#endif
