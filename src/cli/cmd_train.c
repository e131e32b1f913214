/* neume train: a model from a recipe. */
#include "cli.h"

#include "neume/learn.h"

#include <string.h>

static int run_train(const cli_call *call) {
    enum { HEAR, BEATS, RHYTHMS, KINDS };
    static const char *const names[KINDS] = {"hear", "beats", "rhythms"};
    int kind = 0;
    while (call->count == 2 && kind < KINDS && strcmp(call->operands[0], names[kind]) != 0) kind++;
    if (call->count != 2 || kind == KINDS) return cli_usage_error("usage: neume train hear|beats|rhythms RECIPE");
    cli_bar bar;
    cli_bar_start(&bar, call->settings, "training");
    const neume_progress progress = cli_bar_progress(&bar);
    const neume_status status = kind == HEAR    ? neume_train_hear(call->operands[1], &progress)
                                : kind == BEATS ? neume_train_beats(call->operands[1], &progress)
                                                : neume_train_rhythms(call->operands[1]);
    cli_bar_end(&bar);
    if (status) cli_complain(call->operands[1]);
    return status == NEUME_EFORMAT || status == NEUME_ENOTFOUND ? cli_exit_reading(status) : cli_exit_status(status);
}

const cli_verb cli_train = {"train",
                            "hear|beats|rhythms RECIPE",
                            "train a model as a recipe says",
                            "A recipe is a text of lines 'key = value'; recipes/hear-2.recipe is the one that made the "
                            "shipped note model, recipes/beat-2.recipe the beat network's, and "
                            "recipes/rhythms-1.recipe wrote the quantiser's table. The run's folder "
                            "receives metrics.tsv, validation.tsv, checkpoint.gguf and model.gguf. Ctrl-C stops after "
                            "the current step and writes a checkpoint; the "
                            "same command goes on from there.",
                            "neume train hear recipes/hear-2.recipe",
                            NULL,
                            sizeof(cli_common),
                            NULL,
                            run_train};
