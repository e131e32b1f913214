/* A weight file of any size that has learnt nothing: its matrices are even noise, its gains around 1. */
#include "weight_types.h"

#include "neume/lm.h"
#include "neume/nn.h"

#include <string.h>

typedef struct plan {
    const neume_lm_random *wanted;
    neume_gguf_writer *writer;
    neume_rng rng;
} plan;

/* --- sizes -------------------------------------------------------------------------------------------------------- */

static neume_status set_size(const plan *p, const char *name, int64_t value) {
    char key[128];
    snprintf(key, sizeof key, "%s.%s", p->wanted->architecture, name);
    return neume_gguf_set_integer(p->writer, key, value);
}

static neume_status set_number(const plan *p, const char *name, float value) {
    char key[128];
    snprintf(key, sizeof key, "%s.%s", p->wanted->architecture, name);
    return neume_gguf_set_number(p->writer, key, (double)value);
}

static neume_status set_sizes(const plan *p) {
    const neume_lm_shape *s = &p->wanted->shape;
    NEUME_TRY(set_size(p, "block_count", s->layers));
    NEUME_TRY(set_size(p, "context_length", s->context));
    NEUME_TRY(set_size(p, "embedding_length", s->width));
    NEUME_TRY(set_size(p, "feed_forward_length", s->hidden));
    NEUME_TRY(set_size(p, "attention.head_count", s->heads));
    NEUME_TRY(set_size(p, "attention.head_count_kv", s->kv_heads));
    NEUME_TRY(set_number(p, "attention.layer_norm_rms_epsilon", s->epsilon));
    return set_number(p, "rope.freq_base", s->rope_base);
}

/* --- arrays ------------------------------------------------------------------------------------------------------- */

static neume_status add_matrix(plan *p, const char *name, int64_t rows, int64_t items) {
    const double reach = (double)p->wanted->deviation * 1.7320508; /* an even law reaches sqrt 3 of its deviation */
    lm_type_index type = lm_type_named(p->wanted->type);
    if (items % lm_types[type].block_items) type = type == LM_Q4_K && items % 32 == 0 ? LM_Q8_0 : LM_F16;
    const size_t row_bytes = lm_row_bytes(type, items);
    uint8_t *bytes = neume__alloc((size_t)rows * row_bytes);
    float *row = neume__alloc((size_t)items * sizeof *row);
    neume_status status = bytes && row ? NEUME_OK : NEUME_ENOMEM;
    for (int64_t r = 0; r < rows && !status; r++) {
        for (int64_t i = 0; i < items; i++) row[i] = (float)neume_rng_uniform(&p->rng, -reach, reach);
        lm_types[type].encode(row, items, bytes + (size_t)r * row_bytes);
    }
    if (!status)
        status = neume_gguf_add_array(p->writer, &(neume_gguf_array){.name = name,
                                                                     .type = lm_types[type].number,
                                                                     .rank = 2,
                                                                     .dim = {rows, items, 1, 1},
                                                                     .data = bytes,
                                                                     .bytes = (size_t)rows * row_bytes});
    neume__free(bytes);
    neume__free(row);
    return status;
}

/* Items around `centre`. */
static neume_status add_vector(plan *p, const char *name, int64_t items, float centre) {
    neume_tensor vector = {0};
    neume_status status = neume_tensor_shape(&vector, NEUME_F32, NEUME_DIMS(items));
    for (int64_t i = 0; i < items && !status; i++)
        neume_f32(&vector)[i] = centre + (float)neume_rng_uniform(&p->rng, -0.05, 0.05);
    if (!status) status = neume_gguf_add_tensor(p->writer, name, &vector, false);
    neume_tensor_clear(&vector);
    return status;
}

static neume_status add_block(plan *p, int64_t layer) {
    const neume_lm_shape *s = &p->wanted->shape;
    const int64_t kv_width = s->width / s->heads * s->kv_heads;
    const bool biased = strcmp(p->wanted->architecture, "qwen2") == 0;
    const struct {
        const char *name;
        int64_t rows, items; /* items 0: a vector of `rows` around `centre` */
        float centre;
    } arrays[] = {
        {"attn_norm.weight", s->width, 0, 1},
        {"ffn_norm.weight", s->width, 0, 1},
        {"attn_q.weight", s->width, s->width, 0},
        {"attn_k.weight", kv_width, s->width, 0},
        {"attn_v.weight", kv_width, s->width, 0},
        {"attn_output.weight", s->width, s->width, 0},
        {"ffn_gate.weight", s->hidden, s->width, 0},
        {"ffn_up.weight", s->hidden, s->width, 0},
        {"ffn_down.weight", s->width, s->hidden, 0},
        {"attn_q.bias", s->width, 0, 0},
        {"attn_k.bias", kv_width, 0, 0},
        {"attn_v.bias", kv_width, 0, 0},
    };
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        char name[64];
        if (!biased && strstr(arrays[i].name, ".bias")) continue;
        snprintf(name, sizeof name, "blk.%lld.%s", (long long)layer, arrays[i].name);
        NEUME_TRY(arrays[i].items ? add_matrix(p, name, arrays[i].rows, arrays[i].items)
                                  : add_vector(p, name, arrays[i].rows, arrays[i].centre));
    }
    return NEUME_OK;
}

static neume_status add_all(plan *p) {
    const neume_lm_shape *s = &p->wanted->shape;
    NEUME_TRY(set_sizes(p));
    NEUME_TRY(add_matrix(p, "token_embd.weight", s->vocabulary, s->width));
    NEUME_TRY(add_vector(p, "output_norm.weight", s->width, 1));
    if (!p->wanted->tied) NEUME_TRY(add_matrix(p, "output.weight", s->vocabulary, s->width));
    for (int64_t l = 0; l < s->layers; l++) NEUME_TRY(add_block(p, l));
    return NEUME_OK;
}

static neume_status check(const neume_lm_random *wanted) {
    const neume_lm_shape *s = &wanted->shape;
    const lm_type_index type = lm_type_named(wanted->type);
    if (type == LM_TYPES || !lm_types[type].encode)
        return neume_fail(NEUME_EINVAL, "'%s' is none of f32, f16, bf16, q8_0, q4_0, q4_k", wanted->type);
    if (strcmp(wanted->architecture, "qwen2") != 0 && strcmp(wanted->architecture, "llama") != 0)
        return neume_fail(NEUME_EINVAL, "'%s' is neither qwen2 nor llama", wanted->architecture);
    if (s->vocabulary < 1 || s->width < 1 || s->layers < 1 || s->heads < 1 || s->kv_heads < 1 || s->hidden < 1 ||
        s->context < 1 || s->width % s->heads || s->width / s->heads % 2 || s->heads % s->kv_heads)
        return neume_fail(NEUME_EINVAL, "sizes that no model can have (heads divide the width evenly)");
    return NEUME_OK;
}

static neume_status compose(const neume_lm_random *wanted, neume_gguf_writer **out) {
    plan p = {wanted, NULL, neume_rng_seeded(wanted->seed, 0)};
    NEUME_TRY(check(wanted));
    NEUME_TRY(neume_gguf_writer_new(wanted->architecture, &p.writer));
    const neume_status status = add_all(&p);
    if (status)
        neume_gguf_writer_free(p.writer);
    else
        *out = p.writer;
    return status;
}

neume_status neume_lm_random_write(const char *path, const neume_lm_random *wanted) {
    neume_gguf_writer *writer;
    NEUME_TRY(compose(wanted, &writer));
    const neume_status status = neume_gguf_write(writer, path);
    neume_gguf_writer_free(writer);
    return status;
}

neume_status neume_lm_random_print(const neume_lm_random *wanted, neume_buffer *out) {
    neume_gguf_writer *writer;
    NEUME_TRY(compose(wanted, &writer));
    const neume_status status = neume_gguf_print(writer, out);
    neume_gguf_writer_free(writer);
    return status;
}
