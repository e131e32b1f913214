/* neume train: a model from a recipe. */
#include "cli.h"

#include "neume/learn.h"

#include <string.h>

typedef struct training {
    const char *name;
    neume_status (*long_run)(const char *recipe, const neume_progress *progress);
    neume_status (*count)(const char *recipe); /* or this: seconds, nothing to show */
} training;

static const training trainings[] = {
    {"hear", neume_train_hear, NULL},       {"cast", neume_train_cast, NULL},
    {"kit", neume_train_kit, NULL},         {"beats", neume_train_beats, NULL},
    {"bars", neume_train_bars, NULL},       {"pulse", neume_train_pulse, NULL},
    {"lm", neume_train_lm, NULL},           {"rhythms", NULL, neume_train_rhythms},
    {"harmony", NULL, neume_train_harmony}, {"vocabulary", NULL, neume_train_vocabulary},
};
enum { TRAININGS = sizeof trainings / sizeof *trainings };
#define NAMES "hear|cast|kit|beats|bars|pulse|lm|rhythms|harmony|vocabulary"

static int run_train(const cli_call *call) {
    int kind = 0;
    while (call->count == 2 && kind < TRAININGS && strcmp(call->operands[0], trainings[kind].name) != 0) kind++;
    if (call->count != 2 || kind == TRAININGS) return cli_usage_error("usage: neume train " NAMES " RECIPE");
    const char *recipe = call->operands[1];
    cli_bar bar;
    cli_bar_start(&bar, call->settings, "training");
    const neume_progress progress = cli_bar_progress(&bar);
    const neume_status status =
        trainings[kind].count ? trainings[kind].count(recipe) : trainings[kind].long_run(recipe, &progress);
    cli_bar_end(&bar);
    if (status) cli_complain(recipe);
    return status == NEUME_EFORMAT || status == NEUME_ENOTFOUND ? cli_exit_reading(status) : cli_exit_status(status);
}

const cli_verb cli_train = {"train",
                            NAMES " RECIPE",
                            "train a model as a recipe says",
                            "A recipe is a text of lines 'key = value'; recipes/hear-2.recipe is the one that made the "
                            "shipped note model, recipes/cast-1.recipe the one that settles who plays what, "
                            "recipes/kit-1.recipe the one that reads drums, "
                            "recipes/beat-3.recipe the beat network's, recipes/pulse-2.recipe the pulse network's, "
                            "recipes/compose-1.recipe the language model's; "
                            "recipes/rhythms-1.recipe wrote the quantiser's table and recipes/vocabulary-1.recipe the "
                            "language model's tokens. The run's folder "
                            "receives metrics.tsv, validation.tsv, checkpoint.gguf and model.gguf. Ctrl-C stops after "
                            "the current step and writes a checkpoint; the "
                            "same command goes on from there.",
                            "neume train hear recipes/hear-2.recipe",
                            NULL,
                            sizeof(cli_common),
                            NULL,
                            run_train};
