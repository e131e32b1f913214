/* neume train: a model from a recipe. */
#include "cli.h"

#include "neume/learn.h"

#include <string.h>

static int run_train(const cli_call *call) {
    if (call->count != 2 || (strcmp(call->operands[0], "hear") != 0 && strcmp(call->operands[0], "beats") != 0))
        return cli_usage_error("usage: neume train hear|beats RECIPE");
    cli_bar bar;
    cli_bar_start(&bar, call->settings, "training");
    const neume_progress progress = cli_bar_progress(&bar);
    const neume_status status = strcmp(call->operands[0], "hear") == 0
                                    ? neume_train_hear(call->operands[1], &progress)
                                    : neume_train_beats(call->operands[1], &progress);
    cli_bar_end(&bar);
    if (status) cli_complain(call->operands[1]);
    return status == NEUME_EFORMAT || status == NEUME_ENOTFOUND ? cli_exit_reading(status) : cli_exit_status(status);
}

const cli_verb cli_train = {"train",
                            "hear|beats RECIPE",
                            "train a model as a recipe says",
                            "A recipe is a text of lines 'key = value'; recipes/hear-2.recipe is the one that made the "
                            "shipped note model. The run's folder "
                            "receives metrics.tsv, validation.tsv, checkpoint.gguf and model.gguf. Ctrl-C stops after "
                            "the current step and writes a checkpoint; the "
                            "same command goes on from there.",
                            "neume train hear recipes/hear-2.recipe",
                            NULL,
                            sizeof(cli_common),
                            NULL,
                            run_train};
