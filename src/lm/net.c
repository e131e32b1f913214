/* The net as an object: its parameters and how they begin. */
#include "net.h"

#include <math.h>
#include <string.h>

enum { LARGEST = 1 << 20 };                  /* of any dimension */
static const int64_t most_numbers = 1 << 30; /* of any matrix */

static neume_status check_shape(const neume_lm_shape *s) {
    const int64_t dims[] = {s->vocabulary, s->width, s->layers, s->heads, s->kv_heads, s->hidden, s->context};
    bool good = s->rope_base > 0 && s->epsilon > 0;
    for (size_t i = 0; i < sizeof dims / sizeof *dims; i++) good = good && dims[i] >= 1 && dims[i] <= LARGEST;
    good = good && s->width % s->heads == 0 && s->width / s->heads % 2 == 0 && s->heads % s->kv_heads == 0;
    good = good && s->width * s->vocabulary <= most_numbers && s->width * s->hidden <= most_numbers;
    good = good && s->width * s->context <= most_numbers && s->width * s->width <= most_numbers;
    return good ? NEUME_OK : neume_fail(NEUME_EINVAL, "this is no shape of a language model");
}

/* (inputs, outputs) ~ N(0, scale) */
typedef struct linear_spec {
    const char *name;
    int64_t inputs, outputs;
    float scale;
    bool bias;
} linear_spec;

static neume_status make_linear(neume_lm_net *net, neume_linear_layer *layer, int64_t block, const linear_spec *spec,
                                neume_rng *rng) {
    char prefix[48];
    snprintf(prefix, sizeof prefix, "blk.%lld.%s", (long long)block, spec->name);
    const neume_parameter_spec weight = {prefix, "weight", spec->scale, 0, true, false},
                               bias = {prefix, "bias", 0, 0, false, false};
    NEUME_TRY(
        neume_parameter_init(&layer->weight, &net->parameters, &weight, rng, NEUME_DIMS(spec->inputs, spec->outputs)));
    if (!spec->bias) return NEUME_OK;
    return neume_parameter_init(&layer->bias, &net->parameters, &bias, NULL, NEUME_DIMS(spec->outputs));
}

static neume_status make_norm(neume_lm_net *net, int64_t point, const char *prefix) {
    return lm_norm_init(&net->points[point].norm, &net->parameters, prefix, net->shape.width, net->shape.epsilon);
}

static neume_status make_block(neume_lm_net *net, int64_t l, neume_rng *rng) {
    const neume_lm_shape *s = &net->shape;
    const float inner = .02F, residual = .02F / sqrtf(2 * (float)s->layers);
    lm_block *block = &net->blocks[l];
    char prefix[48];
    snprintf(prefix, sizeof prefix, "blk.%lld.attn_norm", (long long)l);
    NEUME_TRY(make_norm(net, 2 * l, prefix));
    NEUME_TRY(
        make_linear(net, &block->qkv, l, &(linear_spec){"attn_qkv", s->width, lm_qkv_width(s), inner, true}, rng));
    NEUME_TRY(
        make_linear(net, &block->output, l, &(linear_spec){"attn_output", s->width, s->width, residual, false}, rng));
    snprintf(prefix, sizeof prefix, "blk.%lld.ffn_norm", (long long)l);
    NEUME_TRY(make_norm(net, 2 * l + 1, prefix));
    NEUME_TRY(make_linear(net, &block->gate_up, l, &(linear_spec){"ffn_gate_up", s->width, 2 * s->hidden, inner, false},
                          rng));
    return make_linear(net, &block->down, l, &(linear_spec){"ffn_down", s->hidden, s->width, residual, false}, rng);
}

static neume_status make_parts(neume_lm_net *net, neume_rng *rng) {
    const neume_lm_shape *s = &net->shape;
    const neume_parameter_spec embedding = {"token_embd", "weight", .02F, 0, false, false};
    net->blocks = neume__calloc((size_t)s->layers, sizeof *net->blocks);
    net->points = neume__calloc((size_t)(2 * s->layers + 1), sizeof *net->points);
    if (!net->blocks || !net->points) return NEUME_ENOMEM;
    NEUME_TRY(
        neume_parameter_init(&net->embedding, &net->parameters, &embedding, rng, NEUME_DIMS(s->vocabulary, s->width)));
    for (int64_t l = 0; l < s->layers; l++) NEUME_TRY(make_block(net, l, rng));
    NEUME_TRY(make_norm(net, 2 * s->layers, "output_norm"));
    net->head.embedding = &net->embedding;
    return lm_rotation_fill(s, &net->rotation);
}

neume_status neume_lm_net_new(const neume_lm_shape *shape, uint64_t seed, neume_lm_net **out) {
    NEUME_TRY(check_shape(shape));
    neume_lm_net *net = neume__calloc(1, sizeof *net);
    if (!net) return NEUME_ENOMEM;
    net->shape = *shape;
    neume_rng rng = neume_rng_seeded(seed, 7);
    const neume_status status = make_parts(net, &rng);
    if (status)
        neume_lm_net_free(net);
    else
        *out = net;
    return status;
}

void lm_list_slices(const neume_lm_net *net, int64_t l, lm_slice slices[LM_SLICES]) {
    const int64_t D = net->shape.width, F = net->shape.hidden, shared = (lm_qkv_width(&net->shape) - D) / 2;
    lm_block *b = &net->blocks[l];
    const lm_slice all[LM_SLICES] = {
        {"attn_q", &b->qkv, 0, D},         {"attn_k", &b->qkv, D, shared},  {"attn_v", &b->qkv, D + shared, shared},
        {"attn_output", &b->output, 0, D}, {"ffn_gate", &b->gate_up, 0, F}, {"ffn_up", &b->gate_up, F, F},
        {"ffn_down", &b->down, 0, D},
    };
    memcpy(slices, all, sizeof all);
}

static void clear_block(lm_block *block) {
    neume_linear_layer *layers[] = {&block->qkv, &block->output, &block->gate_up, &block->down};
    neume_tensor *kept[] = {&block->qkv_out, &block->mixed, &block->log_sum, &block->gate_up_out, &block->gated};
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) neume_linear_layer_clear(layers[i]);
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) neume_tensor_clear(kept[i]);
}

void neume_lm_net_free(neume_lm_net *net) {
    if (!net) return;
    lm_lora_free(net);
    for (int64_t l = 0; net->blocks && l < net->shape.layers; l++) clear_block(&net->blocks[l]);
    for (int64_t p = 0; net->points && p <= 2 * net->shape.layers; p++) {
        lm_norm_clear(&net->points[p].norm);
        neume_tensor_clear(&net->points[p].state);
        neume_tensor_clear(&net->points[p].normed);
    }
    neume_tensor *scratch[] = {&net->rotation, &net->branch, &net->d_state, &net->d_normed,
                               &net->d_branch, &net->d_in,   &net->d_out};
    for (size_t i = 0; i < sizeof scratch / sizeof *scratch; i++) neume_tensor_clear(scratch[i]);
    neume_parameter_clear(&net->embedding);
    lm_head_clear(&net->head);
    neume_parameters_clear(&net->parameters);
    neume__free(net->blocks);
    neume__free(net->points);
    neume__free(net);
}

const neume_lm_shape *neume_lm_net_shape(const neume_lm_net *net) {
    return &net->shape;
}

neume_parameters *neume_lm_net_parameters(neume_lm_net *net) {
    return net->lora ? lm_lora_parameters(net->lora) : &net->parameters;
}
