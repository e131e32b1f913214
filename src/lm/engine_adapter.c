/* Adapters (LoRA, Hu et al. 2022) merged into a model: W + strength alpha / rank B A, for A (rank, inputs) and B
 * (outputs, rank), named as llama.cpp names them: blk.N.attn_q.weight.lora_a and .lora_b. Floats keep their type; block
 * types become q8_0 where they were shorter, because a small change would drown in coarse steps. */
#include "engine.h"

#include <assert.h>
#include <string.h>

typedef struct factors {
    float *a, *b; /* (rank, inputs), (outputs, rank) */
    int64_t rank;
    float scale;
} factors;

typedef struct change {
    lm_matrix *at, made;
} change;

/* --- reading ------------------------------------------------------------------------------------------------------ */

static neume_status widen(neume_arena *arena, const neume_gguf_array *array, float **out) {
    const lm_type_index type = lm_type_of(array->type);
    if (type == LM_TYPES || array->rank != 2 || lm_types[type].block_items > 1)
        return neume_fail(NEUME_EFORMAT, "array '%s' of the adapter is no matrix of floats", array->name);
    const int64_t items = array->dim[0] * array->dim[1];
    float *wide = neume_arena_alloc(arena, (size_t)items * sizeof *wide);
    if (!wide) return NEUME_ENOMEM;
    lm_types[type].decode(array->data, items, wide);
    *out = wide;
    return NEUME_OK;
}

/* The two matrices whose first is `a`, and the model's that they change. */
static neume_status read_pair(neume_lm_model *m, const neume_gguf *file, const neume_gguf_array *a, neume_arena *arena,
                              lm_matrix **at, factors *out) {
    char name[128];
    neume_gguf_array b;
    const int length = (int)(strlen(a->name) - strlen(".lora_a"));
    snprintf(name, sizeof name, "%.*s", length, a->name);
    *at = lm_find_matrix(m, name);
    snprintf(name, sizeof name, "%.*s.lora_b", length, a->name);
    if (!*at || !neume_gguf_array_find(file, name, &b))
        return neume_fail(NEUME_EFORMAT, "the adapter's '%s' has no partner, or nothing to change", a->name);
    if (a->dim[1] != (*at)->inner || b.dim[0] != (*at)->rows || b.dim[1] != a->dim[0] || a->dim[0] < 1)
        return neume_fail(NEUME_EFORMAT, "the adapter's '%s' is made for a model of another shape", a->name);
    out->rank = a->dim[0];
    NEUME_TRY(widen(arena, a, &out->a));
    return widen(arena, &b, &out->b);
}

static neume_status check_kind(const neume_lm_model *m, const neume_gguf *file) {
    const char *kind = neume_gguf_string(file, "adapter.type"), *name = neume_gguf_string(file, "general.architecture");
    if (!kind || strcmp(kind, "lora") != 0) return neume_fail(NEUME_EFORMAT, "the file holds no adapter (LoRA)");
    if (!name || strcmp(name, m->interleaved ? "llama" : "qwen2") != 0)
        return neume_fail(NEUME_EFORMAT, "the adapter is made for another architecture");
    return NEUME_OK;
}

/* --- merging ------------------------------------------------------------------------------------------------------ */

static void add_product(const factors *f, int64_t row, float *w, int64_t inner) {
    for (int64_t k = 0; k < f->rank; k++) {
        const float by = f->scale * f->b[row * f->rank + k];
        for (int64_t i = 0; i < inner; i++) w[i] += by * f->a[k * inner + i];
    }
}

/* *made = at + the product, in memory of the model's. */
static neume_status merge(neume_lm_model *m, const lm_matrix *at, const factors *f, lm_matrix *made) {
    assert(f->a && f->b);
    const bool shorter = lm_types[at->type].block_items > 1;
    *made = *at;
    made->type = shorter ? LM_Q8_0 : at->type;
    made->row_bytes = lm_row_bytes(made->type, at->inner);
    uint8_t *bytes = neume_arena_alloc(m->arena, (size_t)at->rows * made->row_bytes);
    float *row = neume__alloc((size_t)at->inner * sizeof *row);
    if (!bytes || !row) {
        neume__free(row);
        return NEUME_ENOMEM;
    }
    for (int64_t r = 0; r < at->rows; r++) {
        lm_types[at->type].decode(at->data + (size_t)r * at->row_bytes, at->inner, row);
        add_product(f, r, row, at->inner);
        lm_types[made->type].encode(row, at->inner, bytes + (size_t)r * made->row_bytes);
    }
    neume__free(row);
    made->data = bytes;
    return NEUME_OK;
}

static bool ends_with(const char *text, const char *end) {
    const size_t length = strlen(text), tail = strlen(end);
    return length > tail && strcmp(text + length - tail, end) == 0;
}

/* All changes, none of them made yet; `changes` has room for as many as there are arrays. */
static neume_status prepare(neume_lm_model *m, const neume_gguf *file, float strength, neume_arena *arena,
                            change *changes, size_t *count) {
    const double alpha = neume_gguf_number(file, "adapter.lora.alpha", 0);
    size_t pairs = 0;
    for (size_t i = 0; i < neume_gguf_array_count(file); i++) {
        const neume_gguf_array array = neume_gguf_array_at(file, i);
        factors f = {0};
        if (ends_with(array.name, ".lora_b")) continue;
        if (!ends_with(array.name, ".lora_a"))
            return neume_fail(NEUME_EFORMAT, "array '%s' is no part of an adapter", array.name);
        NEUME_TRY(read_pair(m, file, &array, arena, &changes[pairs].at, &f));
        assert(f.rank > 0);
        f.scale = alpha != 0 ? strength * (float)(alpha / (double)f.rank) : strength;
        NEUME_TRY(merge(m, changes[pairs].at, &f, &changes[pairs].made));
        pairs++;
    }
    if (pairs * 2 != neume_gguf_array_count(file))
        return neume_fail(NEUME_EFORMAT, "half of a pair is missing in the adapter");
    *count = pairs;
    return NEUME_OK;
}

neume_status neume_lm_model_adapt(neume_lm_model *model, const char *path, float strength) {
    neume_status status = NEUME_ENOMEM;
    neume_gguf *file = NULL;
    neume_arena *arena = NULL;
    change *changes = NULL;
    size_t count = 0;
    NEUME_TRY(neume_gguf_read(path, &file));
    NEUME_GO(check_kind(model, file));
    NEUME_GO(neume_arena_new(&arena));
    changes = neume__calloc(neume_gguf_array_count(file) + 1, sizeof *changes);
    if (!changes) {
        status = NEUME_ENOMEM;
        goto fail;
    }
    NEUME_GO(prepare(model, file, strength, arena, changes, &count));
    for (size_t i = 0; i < count; i++) {
        model->bytes += (size_t)changes[i].made.rows * (changes[i].made.row_bytes - changes[i].at->row_bytes);
        *changes[i].at = changes[i].made;
    }
fail:
    neume__free(changes);
    neume_arena_free(arena);
    neume_gguf_free(file);
    return status;
}
