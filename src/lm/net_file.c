/* The net in files: a checkpoint holds our layers as they are; an exported model holds llama.cpp's arrays, each matrix
 * transposed (outputs, inputs), and those that we multiply in one go cut apart. */
#include "net.h"

#include <assert.h>
#include <string.h>

#define CHECKPOINT "neume-lm"
#define EXPORTED   "qwen2"

/* --- shape -------------------------------------------------------------------------------------------------------- */

typedef struct shape_key {
    const char *exported, *checkpoint; /* behind the architecture's name; exported NULL: the arrays tell */
    int64_t *integer;
    float *number; /* of the two, which is not NULL */
} shape_key;

enum { SHAPE_KEYS = 9 };

static void list_keys(neume_lm_shape *s, shape_key keys[SHAPE_KEYS]) {
    const shape_key all[SHAPE_KEYS] = {
        {NULL, "vocabulary", &s->vocabulary, NULL},
        {"embedding_length", "width", &s->width, NULL},
        {"block_count", "layers", &s->layers, NULL},
        {"attention.head_count", "heads", &s->heads, NULL},
        {"attention.head_count_kv", "kv_heads", &s->kv_heads, NULL},
        {"feed_forward_length", "hidden", &s->hidden, NULL},
        {"context_length", "context", &s->context, NULL},
        {"rope.freq_base", "rope_base", NULL, &s->rope_base},
        {"attention.layer_norm_rms_epsilon", "epsilon", NULL, &s->epsilon},
    };
    memcpy(keys, all, sizeof all);
}

/* Whether files of this architecture have the key. */
static bool name_key(const shape_key *key, const char *architecture, char name[96]) {
    const char *own = strcmp(architecture, CHECKPOINT) == 0 ? key->checkpoint : key->exported;
    if (own) snprintf(name, 96, "%s.%s", architecture, own);
    return own;
}

static neume_status write_shape(const neume_lm_shape *shape, const char *architecture, neume_gguf_writer *writer) {
    neume_lm_shape copy = *shape;
    shape_key keys[SHAPE_KEYS];
    list_keys(&copy, keys);
    for (int i = 0; i < SHAPE_KEYS; i++) {
        char name[96];
        if (!name_key(&keys[i], architecture, name)) continue;
        if (keys[i].integer)
            NEUME_TRY(neume_gguf_set_integer(writer, name, *keys[i].integer));
        else
            NEUME_TRY(neume_gguf_set_number(writer, name, (double)*keys[i].number));
    }
    return NEUME_OK;
}

/* What the file lacks is 0, which no shape allows. */
static neume_status read_shape(const neume_gguf *gguf, const char *architecture, neume_lm_shape *out) {
    const char *kind = neume_gguf_string(gguf, "general.architecture");
    shape_key keys[SHAPE_KEYS];
    if (!kind || strcmp(kind, architecture) != 0)
        return neume_fail(NEUME_EFORMAT, "the weight file's architecture is '%s', not '%s'", kind ? kind : "",
                          architecture);
    list_keys(out, keys);
    for (int i = 0; i < SHAPE_KEYS; i++) {
        char name[96];
        if (!name_key(&keys[i], architecture, name)) continue;
        if (keys[i].integer)
            *keys[i].integer = neume_gguf_integer(gguf, name, 0);
        else
            *keys[i].number = (float)neume_gguf_number(gguf, name, 0);
    }
    return NEUME_OK;
}

/* A file may claim any shape: the embedding and one matrix tell whether it holds such arrays, before memory is asked
 * for. */
static neume_status make_net(const neume_gguf *gguf, const neume_lm_shape *shape, const char *last_down,
                             neume_lm_net **out) {
    if (neume_gguf_rows(gguf, "token_embd.weight") != shape->vocabulary ||
        neume_gguf_columns(gguf, "token_embd.weight") != shape->width || neume_gguf_rows(gguf, last_down) == 0)
        return neume_fail(NEUME_EFORMAT, "the weight file does not hold a model of the shape it claims");
    const neume_status status = neume_lm_net_new(shape, 0, out);
    return status == NEUME_EINVAL ? NEUME_EFORMAT : status;
}

static void name_last_down(const neume_lm_shape *shape, char name[64]) {
    snprintf(name, 64, "blk.%lld.ffn_down.weight", (long long)shape->layers - 1);
}

/* --- checkpoints -------------------------------------------------------------------------------------------------- */

neume_status neume_lm_net_save(neume_lm_net *net, const neume_adamw *adam, const char *path) {
    neume_gguf_writer *writer = NULL;
    neume_status status = NEUME_OK;
    if (net->lora)
        return neume_fail(NEUME_EUNSUPPORTED, "a net with adapters has no checkpoint: export them, or merge");
    NEUME_TRY(neume_gguf_writer_new(CHECKPOINT, &writer));
    NEUME_GO(write_shape(&net->shape, CHECKPOINT, writer));
    NEUME_GO(neume_parameters_save(&net->parameters, writer, adam, false));
    NEUME_GO(neume_gguf_write(writer, path));
fail:
    neume_gguf_writer_free(writer);
    return status;
}

neume_status neume_lm_net_load(const char *path, neume_adamw *adam, neume_lm_net **out) {
    neume_gguf *gguf = NULL;
    neume_lm_net *net = NULL;
    neume_lm_shape shape = {0};
    char last_down[64];
    neume_status status = NEUME_OK;
    NEUME_TRY(neume_gguf_read(path, &gguf));
    NEUME_GO(read_shape(gguf, CHECKPOINT, &shape));
    name_last_down(&shape, last_down);
    NEUME_GO(make_net(gguf, &shape, last_down, &net));
    if (adam) NEUME_GO(neume_parameters_prepare_training(&net->parameters));
    NEUME_GO(neume_parameters_load(&net->parameters, gguf, adam));
    *out = net;
    net = NULL;
fail:
    neume_lm_net_free(net);
    neume_gguf_free(gguf);
    return status;
}

/* --- exported models ---------------------------------------------------------------------------------------------- */

static void name_array(char name[64], int64_t l, const char *part, const char *kind) {
    snprintf(name, 64, "blk.%lld.%s.%s", (long long)l, part, kind);
}

/* Copies between the slice's columns (inputs, count) of the layer and the file's (count, inputs). */
static void turn_slice(const lm_slice *s, neume_tensor *file, bool to_file) {
    const int64_t inputs = s->layer->weight.value.dim[0], columns = s->layer->weight.value.dim[1];
    float *ours = neume_f32(&s->layer->weight.value) + s->first, *theirs = neume_f32(file);
    for (int64_t m = 0; m < s->count; m++)
        for (int64_t k = 0; k < inputs; k++) {
            float *a = ours + k * columns + m, *b = theirs + m * inputs + k;
            *(to_file ? b : a) = *(to_file ? a : b);
        }
}

static neume_status add_matrix(neume_gguf_writer *writer, const char *name, const neume_tensor *matrix,
                               neume_dtype dtype) {
    if (dtype == NEUME_F32) return neume_gguf_add_tensor(writer, name, matrix, false);
    enum { BF16 = 30 }; /* ggml's number */
    neume_tensor narrow = {0};
    neume_status status = neume_tensor_convert(matrix, dtype, &narrow);
    neume_gguf_array array = {name, BF16, matrix->rank, {0}, narrow.data, neume_tensor_bytes(&narrow)};
    memcpy(array.dim, matrix->dim, sizeof array.dim);
    if (!status) status = neume_gguf_add_array(writer, &array);
    neume_tensor_clear(&narrow);
    return status;
}

static neume_status export_slice(const lm_slice *s, int64_t l, neume_dtype dtype, neume_gguf_writer *writer) {
    char name[64];
    neume_tensor file = {0};
    neume_status status = NEUME_OK;
    NEUME_GO(neume_tensor_shape(&file, NEUME_F32, NEUME_DIMS(s->count, s->layer->weight.value.dim[0])));
    turn_slice(s, &file, true);
    name_array(name, l, s->name, "weight");
    NEUME_GO(add_matrix(writer, name, &file, dtype));
    if (s->layer->bias.value.data) {
        NEUME_GO(neume_tensor_shape(&file, NEUME_F32, NEUME_DIMS(s->count)));
        memcpy(file.data, neume_f32(&s->layer->bias.value) + s->first, neume_tensor_bytes(&file));
        name_array(name, l, s->name, "bias");
        NEUME_GO(neume_gguf_add_tensor(writer, name, &file, false));
    }
fail:
    neume_tensor_clear(&file);
    return status;
}

static neume_status import_slice(const neume_gguf *gguf, const lm_slice *s, int64_t l) {
    char name[64];
    neume_tensor file = {0};
    neume_status status = NEUME_OK;
    NEUME_GO(neume_tensor_shape(&file, NEUME_F32, NEUME_DIMS(s->count, s->layer->weight.value.dim[0])));
    name_array(name, l, s->name, "weight");
    NEUME_GO(neume_gguf_tensor(gguf, name, &file));
    turn_slice(s, &file, false);
    if (s->layer->bias.value.data) {
        NEUME_GO(neume_tensor_shape(&file, NEUME_F32, NEUME_DIMS(s->count)));
        name_array(name, l, s->name, "bias");
        NEUME_GO(neume_gguf_tensor(gguf, name, &file));
        memcpy(neume_f32(&s->layer->bias.value) + s->first, file.data, neume_tensor_bytes(&file));
    }
fail:
    neume_tensor_clear(&file);
    return status;
}

/* Gains have the file's names already. */
neume_status neume_lm_net_export(neume_lm_net *net, neume_dtype dtype, neume_gguf_writer *writer) {
    if (net->lora) lm_lora_refresh(net);
    NEUME_TRY(write_shape(&net->shape, EXPORTED, writer));
    NEUME_TRY(add_matrix(writer, net->embedding.name, &net->embedding.value, dtype));
    for (int64_t p = 0; p <= 2 * net->shape.layers; p++)
        NEUME_TRY(neume_gguf_add_tensor(writer, net->points[p].norm.gain.name, &net->points[p].norm.gain.value, false));
    for (int64_t l = 0; l < net->shape.layers; l++) {
        lm_slice slices[LM_SLICES];
        lm_list_slices(net, l, slices);
        for (int i = 0; i < LM_SLICES; i++) NEUME_TRY(export_slice(&slices[i], l, dtype, writer));
    }
    return NEUME_OK;
}

static neume_status import_arrays(neume_lm_net *net, const neume_gguf *gguf) {
    NEUME_TRY(neume_gguf_tensor(gguf, net->embedding.name, &net->embedding.value));
    for (int64_t p = 0; p <= 2 * net->shape.layers; p++)
        NEUME_TRY(neume_gguf_tensor(gguf, net->points[p].norm.gain.name, &net->points[p].norm.gain.value));
    for (int64_t l = 0; l < net->shape.layers; l++) {
        lm_slice slices[LM_SLICES];
        lm_list_slices(net, l, slices);
        for (int i = 0; i < LM_SLICES; i++) NEUME_TRY(import_slice(gguf, &slices[i], l));
    }
    return NEUME_OK;
}

neume_status neume_lm_net_import(const neume_gguf *gguf, neume_lm_net **out) {
    neume_lm_shape shape = {0};
    char last_down[64];
    NEUME_TRY(read_shape(gguf, EXPORTED, &shape));
    if (neume_gguf_rows(gguf, "output.weight"))
        return neume_fail(NEUME_EUNSUPPORTED, "a model whose output is not its embedding cannot learn on here");
    shape.vocabulary = neume_gguf_rows(gguf, "token_embd.weight");
    name_last_down(&shape, last_down);
    neume_lm_net *net = NULL;
    NEUME_TRY(make_net(gguf, &shape, last_down, &net));
    assert(net);
    const neume_status status = import_arrays(net, gguf);
    if (status)
        neume_lm_net_free(net);
    else
        *out = net;
    return status;
}
