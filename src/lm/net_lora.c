/* Adapters of low rank (Hu et al. 2022). A net of this size is cheap to put together anew, so there are no second paths
 * through it: before each pass every adapted matrix becomes base + scale A B, and behind it the matrix's gradient G
 * gives those of A and B, scale G B' and scale A' G. What is learnt is the same, and so are all digits while B is 0. */
#include "net.h"

#include <math.h>
#include <string.h>

typedef struct adapter {
    lm_slice slice;
    neume_parameter a, b; /* (inputs, rank), (rank, count) */
} adapter;

enum { LAYERS = 4 }; /* of a block */

struct lm_lora {
    int64_t rank;
    float alpha;
    neume_parameters parameters;
    adapter *adapters;   /* LM_SLICES a block */
    neume_tensor *bases; /* LAYERS a block: the matrices without their adapters */
};

static float scale_of(const lm_lora *lora) {
    return lora->alpha / (float)lora->rank;
}

static neume_linear_layer *layer_at(const neume_lm_net *net, int64_t i) {
    lm_block *b = &net->blocks[i / LAYERS];
    neume_linear_layer *const layers[LAYERS] = {&b->qkv, &b->output, &b->gate_up, &b->down};
    return layers[i % LAYERS];
}

neume_parameters *lm_lora_parameters(lm_lora *lora) {
    return &lora->parameters;
}

/* --- making and dropping ------------------------------------------------------------------------------------------ */

/* Only the adapted matrices have gradients, which pass to the adapters. */
static void stop_learning(neume_lm_net *net) {
    for (size_t i = 0; i < net->parameters.count; i++) {
        neume_parameter *p = net->parameters.items[i];
        neume_tensor *tensors[] = {&p->gradient, &p->m, &p->v, &p->average};
        for (size_t k = 0; k < sizeof tensors / sizeof *tensors; k++) neume_tensor_clear(tensors[k]);
    }
}

void lm_lora_free(neume_lm_net *net) {
    lm_lora *lora = net->lora;
    if (!lora) return;
    for (int64_t i = 0; lora->adapters && i < LM_SLICES * net->shape.layers; i++) {
        neume_parameter_clear(&lora->adapters[i].a);
        neume_parameter_clear(&lora->adapters[i].b);
    }
    for (int64_t i = 0; lora->bases && i < LAYERS * net->shape.layers; i++) neume_tensor_clear(&lora->bases[i]);
    neume__free(lora->adapters);
    neume__free(lora->bases);
    neume_parameters_clear(&lora->parameters);
    neume__free(lora);
    net->lora = NULL;
}

/* The deviation of A is that of Kaiming He's uniform initialisation as the reference code calls it (a = sqrt 5). */
static neume_status make_adapter(lm_lora *lora, adapter *made, int64_t l, neume_rng *rng) {
    char prefix[48];
    const int64_t inputs = made->slice.layer->weight.value.dim[0];
    snprintf(prefix, sizeof prefix, "blk.%lld.%s.weight", (long long)l, made->slice.name);
    const neume_parameter_spec a = {prefix, "lora_a", 1 / sqrtf(3 * (float)inputs), 0, true, false},
                               b = {prefix, "lora_b", 0, 0, true, false};
    NEUME_TRY(neume_parameter_init(&made->a, &lora->parameters, &a, rng, NEUME_DIMS(inputs, lora->rank)));
    return neume_parameter_init(&made->b, &lora->parameters, &b, NULL, NEUME_DIMS(lora->rank, made->slice.count));
}

static neume_status make_adapters(neume_lm_net *net, lm_lora *lora, uint64_t seed) {
    const int64_t L = net->shape.layers;
    neume_rng rng = neume_rng_seeded(seed, 9);
    lora->adapters = neume__calloc((size_t)(LM_SLICES * L), sizeof *lora->adapters);
    lora->bases = neume__calloc((size_t)(LAYERS * L), sizeof *lora->bases);
    if (!lora->adapters || !lora->bases) return NEUME_ENOMEM;
    for (int64_t i = 0; i < LM_SLICES * L; i++) {
        lm_slice slices[LM_SLICES];
        lm_list_slices(net, i / LM_SLICES, slices);
        lora->adapters[i].slice = slices[i % LM_SLICES];
        NEUME_TRY(make_adapter(lora, &lora->adapters[i], i / LM_SLICES, &rng));
    }
    stop_learning(net);
    for (int64_t i = 0; i < LAYERS * L; i++) {
        neume_parameter *weight = &layer_at(net, i)->weight;
        NEUME_TRY(neume_tensor_convert(&weight->value, NEUME_F32, &lora->bases[i]));
        NEUME_TRY(neume_tensor_shape(&weight->gradient, NEUME_F32, weight->value.rank, weight->value.dim));
        neume_tensor_zero(&weight->gradient);
    }
    return NEUME_OK;
}

neume_status neume_lm_net_adapt(neume_lm_net *net, int64_t rank, float alpha, uint64_t seed) {
    if (net->lora) return neume_fail(NEUME_EINVAL, "the net has adapters already");
    if (rank < 1 || rank > net->shape.width)
        return neume_fail(NEUME_EINVAL, "an adapter's rank is 1 to %lld", (long long)net->shape.width);
    net->lora = neume__calloc(1, sizeof *net->lora);
    if (!net->lora) return NEUME_ENOMEM;
    net->lora->rank = rank;
    net->lora->alpha = alpha;
    const neume_status status = make_adapters(net, net->lora, seed);
    if (status) lm_lora_free(net);
    return status;
}

void neume_lm_net_merge(neume_lm_net *net) {
    if (!net->lora) return;
    lm_lora_refresh(net);
    lm_lora_free(net);
    stop_learning(net);
}

/* --- a pass ------------------------------------------------------------------------------------------------------- */

NEUME_VECTOR static void add_scaled(float *to, const float *from, float scale, int64_t n) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++) to[i] += scale * from[i];
}

NEUME_VECTOR static float dot(const float *a, const float *b, int64_t n) {
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

/* value += scale A B in the adapter's columns */
static void add_product(const adapter *x, int64_t rank, float scale) {
    const neume_tensor *value = &x->slice.layer->weight.value;
    const int64_t inputs = value->dim[0], columns = value->dim[1], count = x->slice.count;
#pragma omp parallel for schedule(static)
    for (int64_t k = 0; k < inputs; k++)
        for (int64_t r = 0; r < rank; r++)
            add_scaled(neume_f32(value) + k * columns + x->slice.first, neume_f32(&x->b.value) + r * count,
                       scale * neume_f32(&x->a.value)[k * rank + r], count);
}

void lm_lora_refresh(neume_lm_net *net) {
    const lm_lora *lora = net->lora;
    for (int64_t i = 0; i < LAYERS * net->shape.layers; i++) {
        neume_tensor *value = &layer_at(net, i)->weight.value;
        memcpy(value->data, lora->bases[i].data, neume_tensor_bytes(value));
    }
    for (int64_t i = 0; i < LM_SLICES * net->shape.layers; i++)
        add_product(&lora->adapters[i], lora->rank, scale_of(lora));
}

static void collect(adapter *x, int64_t rank, float scale) {
    const neume_tensor *gradient = &x->slice.layer->weight.gradient;
    const int64_t inputs = gradient->dim[0], columns = gradient->dim[1], count = x->slice.count;
    const float *d = neume_f32(gradient) + x->slice.first, *a = neume_f32(&x->a.value), *b = neume_f32(&x->b.value);
    float *d_a = neume_f32(&x->a.gradient), *d_b = neume_f32(&x->b.gradient);
    if (!d_a || !d_b) return;
#pragma omp parallel for schedule(static)
    for (int64_t r = 0; r < rank; r++)
        for (int64_t k = 0; k < inputs; k++) {
            d_a[k * rank + r] += scale * dot(d + k * columns, b + r * count, count);
            add_scaled(d_b + r * count, d + k * columns, scale * a[k * rank + r], count);
        }
}

void lm_lora_collect(neume_lm_net *net) {
    lm_lora *lora = net->lora;
    for (int64_t i = 0; i < LM_SLICES * net->shape.layers; i++) collect(&lora->adapters[i], lora->rank, scale_of(lora));
    for (int64_t i = 0; i < LAYERS * net->shape.layers; i++) neume_tensor_zero(&layer_at(net, i)->weight.gradient);
}

/* --- files -------------------------------------------------------------------------------------------------------- */

static void transpose(const neume_tensor *from, neume_tensor *to) {
    const int64_t rows = from->dim[0], columns = from->dim[1];
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < columns; c++) neume_f32(to)[c * rows + r] = neume_f32(from)[r * columns + c];
}

/* llama.cpp's matrices are (outputs, inputs): lora_a (rank, inputs), lora_b (count, rank). */
neume_status neume_lm_net_export_adapters(const neume_lm_net *net, neume_gguf_writer *writer) {
    neume_tensor turned = {0};
    neume_status status = NEUME_OK;
    if (!net->lora) return neume_fail(NEUME_EINVAL, "the net has no adapters");
    NEUME_TRY(neume_gguf_set_string(writer, "general.type", "adapter"));
    NEUME_TRY(neume_gguf_set_string(writer, "adapter.type", "lora"));
    NEUME_TRY(neume_gguf_set_number(writer, "adapter.lora.alpha", (double)net->lora->alpha));
    for (size_t i = 0; i < net->lora->parameters.count; i++) {
        const neume_parameter *p = net->lora->parameters.items[i];
        NEUME_GO(neume_tensor_shape(&turned, NEUME_F32, NEUME_DIMS(p->value.dim[1], p->value.dim[0])));
        transpose(&p->value, &turned);
        NEUME_GO(neume_gguf_add_tensor(writer, p->name, &turned, false));
    }
fail:
    neume_tensor_clear(&turned);
    return status;
}

static neume_status read_adapters(lm_lora *lora, const neume_gguf *gguf) {
    neume_tensor turned = {0};
    neume_status status = NEUME_OK;
    for (size_t i = 0; i < lora->parameters.count; i++) {
        neume_parameter *p = lora->parameters.items[i];
        NEUME_GO(neume_tensor_shape(&turned, NEUME_F32, NEUME_DIMS(p->value.dim[1], p->value.dim[0])));
        NEUME_GO(neume_gguf_tensor(gguf, p->name, &turned));
        transpose(&turned, &p->value);
    }
fail:
    neume_tensor_clear(&turned);
    return status;
}

neume_status neume_lm_net_import_adapters(neume_lm_net *net, const neume_gguf *gguf) {
    const char *type = neume_gguf_string(gguf, "adapter.type");
    const int64_t rank = neume_gguf_columns(gguf, "blk.0.attn_q.weight.lora_b");
    const float alpha = (float)neume_gguf_number(gguf, "adapter.lora.alpha", 0);
    if (!type || strcmp(type, "lora") != 0 || rank < 1 || rank > net->shape.width)
        return neume_fail(NEUME_EFORMAT, "the file holds no adapters of this net");
    NEUME_TRY(neume_lm_net_adapt(net, rank, alpha, 0));
    const neume_status status = read_adapters(net->lora, gguf);
    if (status) lm_lora_free(net);
    return status;
}
