/* A weight file becomes a model: a table says which arrays there are, of what shape, and every array of the file is
 * looked up in it. Matrices stay where they lie in the file; gains and biases are copied as floats. */
#include "engine.h"

#include <stdlib.h>
#include <string.h>

/* --- sizes -------------------------------------------------------------------------------------------------------- */

static neume_status read_size(const neume_gguf *file, const char *architecture, const char *name, int64_t most,
                              int64_t *out) {
    char key[128];
    snprintf(key, sizeof key, "%s.%s", architecture, name);
    *out = neume_gguf_integer(file, key, 0);
    if (*out < 1 || *out > most)
        return neume_fail(NEUME_EFORMAT, "the model's %s is missing or not 1 to %lld", key, (long long)most);
    return NEUME_OK;
}

static neume_status read_number(const neume_gguf *file, const char *architecture, const char *name, double fallback,
                                float *out) {
    char key[128];
    snprintf(key, sizeof key, "%s.%s", architecture, name);
    const double number = neume_gguf_number(file, key, fallback);
    if (!(number > 0 && number < 1e12)) return neume_fail(NEUME_EFORMAT, "the model's %s is missing or absurd", key);
    *out = (float)number;
    return NEUME_OK;
}

/* What other models of these architectures may ask and this engine does not do. */
static neume_status check_plain(const neume_gguf *file, const char *architecture, int64_t head_width) {
    static const char *const widths[] = {"attention.key_length", "attention.value_length", "rope.dimension_count"};
    char key[128];
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        snprintf(key, sizeof key, "%s.%s", architecture, widths[i]);
        if (neume_gguf_integer(file, key, head_width) != head_width)
            return neume_fail(NEUME_EUNSUPPORTED, "the model's %s is not the width of a head, %lld", key,
                              (long long)head_width);
    }
    snprintf(key, sizeof key, "%s.rope.scaling.type", architecture);
    const char *scaling = neume_gguf_string(file, key);
    if (scaling && strcmp(scaling, "none") != 0)
        return neume_fail(NEUME_EUNSUPPORTED, "the model stretches its positions (%s), which is not done here",
                          scaling);
    return NEUME_OK;
}

static neume_status read_shape(neume_lm_model *m) {
    neume_lm_shape *s = &m->shape;
    const char *architecture = neume_gguf_string(m->file, "general.architecture");
    if (!architecture || (strcmp(architecture, "qwen2") != 0 && strcmp(architecture, "llama") != 0))
        return neume_fail(NEUME_EUNSUPPORTED, "the model's architecture is '%s', not qwen2 or llama",
                          architecture ? architecture : "");
    m->interleaved = architecture[0] == 'l';
    NEUME_TRY(read_size(m->file, architecture, "block_count", 1024, &s->layers));
    NEUME_TRY(read_size(m->file, architecture, "context_length", 1 << 24, &s->context));
    NEUME_TRY(read_size(m->file, architecture, "embedding_length", 1 << 16, &s->width));
    NEUME_TRY(read_size(m->file, architecture, "feed_forward_length", 1 << 18, &s->hidden));
    NEUME_TRY(read_size(m->file, architecture, "attention.head_count", 1 << 10, &s->heads));
    NEUME_TRY(read_size(m->file, architecture, "attention.head_count_kv", 1 << 10, &s->kv_heads));
    NEUME_TRY(read_number(m->file, architecture, "attention.layer_norm_rms_epsilon", 0, &s->epsilon));
    NEUME_TRY(read_number(m->file, architecture, "rope.freq_base", 10000, &s->rope_base));
    if (s->width % s->heads || s->width / s->heads % 2 || s->heads % s->kv_heads)
        return neume_fail(NEUME_EFORMAT, "a model of width %lld cannot have %lld heads in %lld groups",
                          (long long)s->width, (long long)s->heads, (long long)s->kv_heads);
    m->head_width = s->width / s->heads;
    s->vocabulary = neume_gguf_rows(m->file, "token_embd.weight");
    if (s->vocabulary < 1 || s->vocabulary > INT32_MAX)
        return neume_fail(NEUME_EFORMAT, "the model has no tokens (token_embd.weight)");
    return check_plain(m->file, architecture, m->head_width);
}

/* --- arrays ------------------------------------------------------------------------------------------------------- */

typedef enum size_name { NOTHING, VOCABULARY, WIDTH, KV_WIDTH, HIDDEN } size_name;

/* Where an array goes: a matrix, or a vector when it has no columns. */
typedef struct slot {
    const char *name;
    size_t offset; /* in lm_block, or in the model */
    size_name rows, columns;
    bool optional;
} slot;

#define IN_MODEL(field) offsetof(neume_lm_model, field)
#define IN_BLOCK(field) offsetof(lm_block, field)
static const slot model_slots[] = {
    {"token_embd.weight", IN_MODEL(embedding), VOCABULARY, WIDTH, false},
    {"output_norm.weight", IN_MODEL(output_gain), WIDTH, NOTHING, false},
    {"output.weight", IN_MODEL(output), VOCABULARY, WIDTH, true},
    {0},
};
static const slot block_slots[] = {
    {"attn_norm.weight", IN_BLOCK(attention_gain), WIDTH, NOTHING, false},
    {"attn_q.weight", IN_BLOCK(q), WIDTH, WIDTH, false},
    {"attn_q.bias", IN_BLOCK(q_bias), WIDTH, NOTHING, true},
    {"attn_k.weight", IN_BLOCK(k), KV_WIDTH, WIDTH, false},
    {"attn_k.bias", IN_BLOCK(k_bias), KV_WIDTH, NOTHING, true},
    {"attn_v.weight", IN_BLOCK(v), KV_WIDTH, WIDTH, false},
    {"attn_v.bias", IN_BLOCK(v_bias), KV_WIDTH, NOTHING, true},
    {"attn_output.weight", IN_BLOCK(o), WIDTH, WIDTH, false},
    {"ffn_norm.weight", IN_BLOCK(feed_gain), WIDTH, NOTHING, false},
    {"ffn_gate.weight", IN_BLOCK(gate), HIDDEN, WIDTH, false},
    {"ffn_up.weight", IN_BLOCK(up), HIDDEN, WIDTH, false},
    {"ffn_down.weight", IN_BLOCK(down), WIDTH, HIDDEN, false},
    {0},
};

static int64_t size_of(const neume_lm_model *m, size_name name) {
    switch (name) {
    case VOCABULARY:
        return m->shape.vocabulary;
    case WIDTH:
        return m->shape.width;
    case KV_WIDTH:
        return m->shape.kv_heads * m->head_width;
    case HIDDEN:
        return m->shape.hidden;
    default:
        return 1;
    }
}

/* The slot of that name and the struct that it is in; NULL when models have none such. */
static const slot *find_slot(neume_lm_model *m, const char *name, char **owner) {
    const slot *at = model_slots;
    *owner = (char *)m;
    if (strncmp(name, "blk.", 4) == 0) {
        char *end;
        const long layer = strtol(name + 4, &end, 10);
        if (end == name + 4 || *end != '.' || layer < 0 || layer >= m->shape.layers) return NULL;
        *owner = (char *)&m->blocks[layer];
        name = end + 1;
        at = block_slots;
    }
    while (at->name && strcmp(at->name, name) != 0) at++;
    return at->name ? at : NULL;
}

lm_matrix *lm_find_matrix(neume_lm_model *model, const char *name) {
    char *owner;
    const slot *at = find_slot(model, name, &owner);
    const bool found = at && owner != (char *)model && at->columns != NOTHING;
    return found ? (lm_matrix *)(void *)(owner + at->offset) : NULL;
}

static neume_status take_vector(neume_lm_model *m, const neume_gguf_array *array, lm_type_index type,
                                const float **out) {
    float *copy = neume_arena_alloc(m->arena, (size_t)lm_pad(array->dim[0]) * sizeof *copy);
    if (!copy) return NEUME_ENOMEM;
    if (lm_types[type].block_items > 1)
        return neume_fail(NEUME_EUNSUPPORTED, "array '%s' has type %s, and is no matrix", array->name,
                          lm_types[type].name);
    lm_types[type].decode(array->data, array->dim[0], copy);
    *out = copy;
    return NEUME_OK;
}

static neume_status take_array(neume_lm_model *m, const neume_gguf_array *array) {
    char *owner;
    const slot *at = find_slot(m, array->name, &owner);
    const lm_type_index type = lm_type_of(array->type);
    if (!at) return neume_fail(NEUME_EFORMAT, "array '%s' is not part of such a model", array->name);
    if (type == LM_TYPES)
        return neume_fail(NEUME_EUNSUPPORTED, "array '%s' has type %u, which is not read here", array->name,
                          array->type);
    const int64_t rows = size_of(m, at->rows), columns = size_of(m, at->columns);
    const bool vector = at->columns == NOTHING;
    if (array->rank != (vector ? 1 : 2) || array->dim[0] != rows || array->dim[1] != columns)
        return neume_fail(NEUME_EFORMAT, "array '%s' has another shape than the model's", array->name);
    m->bytes += array->bytes;
    if (vector) return take_vector(m, array, type, (const float **)(void *)(owner + at->offset));
    *(lm_matrix *)(void *)(owner + at->offset) =
        (lm_matrix){array->data, type, rows, columns, lm_row_bytes(type, columns)};
    return NEUME_OK;
}

static neume_status check_complete(const char *prefix, const slot *slots, const void *owner) {
    for (const slot *at = slots; at->name; at++) {
        const void *first; /* of a matrix its data, of a vector the vector */
        memcpy(&first, (const char *)owner + at->offset, sizeof first);
        if (!first && !at->optional)
            return neume_fail(NEUME_EFORMAT, "the model has no array '%s%s'", prefix, at->name);
    }
    return NEUME_OK;
}

static neume_status take_arrays(neume_lm_model *m) {
    const size_t count = neume_gguf_array_count(m->file);
    m->blocks = neume_arena_alloc(m->arena, (size_t)m->shape.layers * sizeof *m->blocks);
    if (!m->blocks) return NEUME_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        const neume_gguf_array array = neume_gguf_array_at(m->file, i);
        NEUME_TRY(take_array(m, &array));
    }
    NEUME_TRY(check_complete("", model_slots, m));
    for (int64_t l = 0; l < m->shape.layers; l++) {
        char prefix[32];
        snprintf(prefix, sizeof prefix, "blk.%lld.", (long long)l);
        NEUME_TRY(check_complete(prefix, block_slots, &m->blocks[l]));
    }
    if (!m->output.data) m->output = m->embedding;
    return NEUME_OK;
}

/* --- a model ------------------------------------------------------------------------------------------------------ */

/* Takes the file over, also on failure. */
static neume_status make(neume_gguf *file, neume_lm_model **out) {
    neume_status status = NEUME_ENOMEM;
    neume_lm_model *m = neume__calloc(1, sizeof *m);
    if (!m) {
        neume_gguf_free(file);
        return status;
    }
    m->file = file;
    m->kernels = lm_kernels_at(0);
    NEUME_GO(neume_arena_new(&m->arena));
    NEUME_GO(read_shape(m));
    NEUME_GO(take_arrays(m));
    *out = m;
    return NEUME_OK;
fail:
    neume_lm_model_free(m);
    return status;
}

neume_status neume_lm_model_load(const char *path, neume_lm_model **out) {
    neume_gguf *file;
    NEUME_TRY(neume_gguf_read(path, &file));
    return make(file, out);
}

neume_status neume_lm_model_parse(const void *bytes, size_t count, neume_lm_model **out) {
    neume_gguf *file;
    NEUME_TRY(neume_gguf_parse(bytes, count, &file));
    return make(file, out);
}

void neume_lm_model_free(neume_lm_model *model) {
    if (!model) return;
    neume_gguf_free(model->file);
    neume_arena_free(model->arena);
    neume__free(model);
}

const neume_lm_shape *neume_lm_model_shape(const neume_lm_model *model) {
    return &model->shape;
}

size_t neume_lm_model_bytes(const neume_lm_model *model) {
    return model->bytes;
}
