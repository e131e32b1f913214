/* neume models random: model files of any size that have learnt nothing. */
#include "cli.h"

#include "neume/service.h"

#include <string.h>

typedef struct random_settings {
    cli_common common;
    int seed;
    int channels, blocks;                                            /* of hear */
    int vocabulary, width, layers, heads, kv_heads, hidden, context; /* of lm */
    const char *architecture, *type;
} random_settings;

static neume_status write_hear(const char *path, const random_settings *at) {
    const neume_random_model wanted = {(uint64_t)at->seed, at->channels, at->blocks};
    return neume_model_write_random(path, &wanted);
}

static neume_status write_lm(const char *path, const random_settings *at) {
    const neume_lm_shape usual = NEUME_LM_SHAPE_DEFAULT;
    neume_lm_random wanted = {.shape = usual,
                              .architecture = at->architecture,
                              .type = at->type,
                              .tied = true,
                              .deviation = 0.02f,
                              .seed = (uint64_t)at->seed};
    wanted.shape.vocabulary = at->vocabulary;
    wanted.shape.width = at->width;
    wanted.shape.layers = at->layers;
    wanted.shape.heads = at->heads;
    wanted.shape.kv_heads = at->kv_heads ? at->kv_heads : at->heads;
    wanted.shape.hidden = at->hidden;
    wanted.shape.context = at->context;
    return neume_lm_random_write(path, &wanted);
}

static int run_random(const cli_call *call) {
    const random_settings *at = call->settings;
    const char *kind = call->count == 2 ? call->operands[0] : "";
    const bool hear = strcmp(kind, "hear") == 0;
    if (!hear && strcmp(kind, "lm") != 0) return cli_usage_error("usage: neume models random hear|lm OUT.gguf");
    const neume_status status = hear ? write_hear(call->operands[1], at) : write_lm(call->operands[1], at);
    if (status) cli_complain(call->operands[1]);
    return cli_exit_writing(status);
}

#define AT(field) offsetof(random_settings, field)
static const cli_option random_options[] = {
    {"seed", 0, CLI_INT, AT(seed), "K", "the same seed gives the same model", NULL, 0, 2e9},
    {"channels", 0, CLI_INT, AT(channels), "C", "hear: width of the pitch trunk; default as in the model that ships",
     NULL, 4, 1024},
    {"blocks", 0, CLI_INT, AT(blocks), "N", "hear: residual blocks of the trunk; default as in the model that ships",
     NULL, 1, 16},
    {"vocabulary", 0, CLI_INT, AT(vocabulary), "V", "lm: how many tokens; default 1280", NULL, 1, 1e6},
    {"width", 0, CLI_INT, AT(width), "D", "lm: numbers a token; default 256", NULL, 2, 65536},
    {"layers", 0, CLI_INT, AT(layers), "L", "lm: blocks; default 6", NULL, 1, 1024},
    {"heads", 0, CLI_INT, AT(heads), "H", "lm: heads of attention; default 4", NULL, 1, 1024},
    {"kv-heads", 0, CLI_INT, AT(kv_heads), "H", "lm: heads of keys and values; default as many as heads", NULL, 1,
     1024},
    {"hidden", 0, CLI_INT, AT(hidden), "N", "lm: width of the feedforward part; default 704", NULL, 1, 262144},
    {"context", 0, CLI_INT, AT(context), "T", "lm: the longest text in tokens; default 1024", NULL, 1, 1e6},
    {"architecture", 0, CLI_CHOICE, AT(architecture), "NAME", "lm: qwen2 (the default) or llama", "qwen2 llama", 0, 0},
    {"type", 0, CLI_CHOICE, AT(type), "TYPE",
     "lm: type of the weights, f32 (the default), f16, bf16, q8_0, q4_0 or q4_k", "f32 f16 bf16 q8_0 q4_0 q4_k", 0, 0},
    {0},
};

static void random_defaults(void *settings) {
    const neume_lm_shape usual = NEUME_LM_SHAPE_DEFAULT;
    random_settings *at = settings;
    at->vocabulary = (int)usual.vocabulary;
    at->width = (int)usual.width;
    at->layers = (int)usual.layers;
    at->heads = (int)usual.heads;
    at->hidden = (int)usual.hidden;
    at->context = (int)usual.context;
    at->architecture = "qwen2";
    at->type = "f32";
}

const cli_verb cli_models_random = {
    "models random",
    "hear|lm OUT.gguf",
    "write a model with random weights, for tests",
    "Such a model has learnt nothing: it shows that files load and programs run, and how fast a model of its size is, "
    "without a trained one. hear is a note model, lm a language model.",
    "neume models random hear random.gguf --seed 1",
    random_options,
    sizeof(random_settings),
    random_defaults,
    run_random};
