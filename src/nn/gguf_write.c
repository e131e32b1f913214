/* Composes GGUF in memory: pairs are kept as the bytes they become, arrays as copies; the whole is laid out once. */
#include "gguf.h"

#include <string.h>

typedef struct pair {
    char *key;
    neume_buffer value; /* type and content */
} pair;

typedef struct array {
    char *name;
    neume_tensor shape; /* its rank and dimensions; no data */
    uint32_t type;
    void *data;
    size_t bytes;
} array;

struct neume_gguf_writer {
    pair *pairs;
    size_t pair_count, pair_capacity;
    array *arrays;
    size_t array_count, array_capacity;
};

neume_status neume_gguf_writer_new(const char *architecture, neume_gguf_writer **out) {
    neume_gguf_writer *writer = neume__calloc(1, sizeof *writer);
    if (!writer) return NEUME_ENOMEM;
    neume_status status = neume_gguf_set_string(writer, "general.architecture", architecture);
    if (status != NEUME_OK) {
        neume_gguf_writer_free(writer);
        return status;
    }
    *out = writer;
    return NEUME_OK;
}

void neume_gguf_writer_free(neume_gguf_writer *writer) {
    if (!writer) return;
    for (size_t i = 0; i < writer->pair_count; i++) {
        neume__free(writer->pairs[i].key);
        neume_buffer_clear(&writer->pairs[i].value);
    }
    for (size_t i = 0; i < writer->array_count; i++) {
        neume__free(writer->arrays[i].name);
        neume__free(writer->arrays[i].data);
    }
    neume__free(writer->pairs);
    neume__free(writer->arrays);
    neume__free(writer);
}

/* --- pairs -------------------------------------------------------------------------------------------------------- */

static pair *find_pair(neume_gguf_writer *writer, const char *key) {
    for (size_t i = 0; i < writer->pair_count; i++)
        if (strcmp(writer->pairs[i].key, key) == 0) return &writer->pairs[i];
    return NULL;
}

static neume_status add_pair(neume_gguf_writer *writer, const char *key, neume_buffer value) {
    size_t length = strlen(key);
    if (length == 0 || length > GGUF_KEY_LONGEST) return neume_fail(NEUME_EINVAL, "a key of %zu bytes", length);
    NEUME_TRY(neume__grow((void **)&writer->pairs, &writer->pair_capacity, writer->pair_count + 1, sizeof(pair)));
    char *copy = neume__strdup(key);
    if (!copy) return NEUME_ENOMEM;
    writer->pairs[writer->pair_count++] = (pair){copy, value};
    return NEUME_OK;
}

typedef struct content {
    gguf_type type;
    const void *head, *tail; /* head: a length or an item type and count; tail: the bytes themselves */
    size_t head_bytes, tail_bytes;
} content;

/* The value is composed apart and the pair changed last, so that a failure leaves the old one. */
static neume_status set(neume_gguf_writer *writer, const char *key, const content *c) {
    neume_status status;
    neume_buffer value = {0};
    pair *old = find_pair(writer, key);
    uint32_t type = c->type;
    NEUME_GO(neume_buffer_append(&value, &type, sizeof type));
    NEUME_GO(neume_buffer_append(&value, c->head, c->head_bytes));
    NEUME_GO(neume_buffer_append(&value, c->tail, c->tail_bytes));
    if (!old) NEUME_GO(add_pair(writer, key, value));
    if (!old) return NEUME_OK;
    neume_buffer_clear(&old->value);
    old->value = value;
    return NEUME_OK;
fail:
    neume_buffer_clear(&value);
    return status;
}

neume_status neume_gguf_set_string(neume_gguf_writer *writer, const char *key, const char *value) {
    uint64_t length = strlen(value);
    return set(writer, key, &(content){GGUF_STRING, &length, value, sizeof length, (size_t)length});
}

neume_status neume_gguf_set_integer(neume_gguf_writer *writer, const char *key, int64_t value) {
    if (strcmp(key, "general.alignment") == 0)
        return neume_fail(NEUME_EINVAL, "the alignment is the writer's own choice (%d)", GGUF_ALIGNMENT);
    return set(writer, key, &(content){GGUF_INT64, NULL, &value, 0, sizeof value});
}

neume_status neume_gguf_set_number(neume_gguf_writer *writer, const char *key, double value) {
    return set(writer, key, &(content){GGUF_FLOAT64, NULL, &value, 0, sizeof value});
}

neume_status neume_gguf_set_floats(neume_gguf_writer *writer, const char *key, const float *values, size_t count) {
    size_t bytes;
    struct __attribute__((packed)) {
        uint32_t type;
        uint64_t count;
    } head = {GGUF_FLOAT32, count};
    NEUME_TRY(neume__mul_size(count, sizeof *values, &bytes));
    return set(writer, key, &(content){GGUF_ARRAY, &head, values, sizeof head, bytes});
}

neume_status neume_gguf_set_texts(neume_gguf_writer *writer, const char *key, const neume_gguf_text *texts,
                                  size_t count) {
    struct __attribute__((packed)) {
        uint32_t type;
        uint64_t count;
    } head = {GGUF_STRING, count};
    neume_buffer all = {0};
    neume_status status = NEUME_OK;
    for (size_t i = 0; i < count && !status; i++) {
        status = neume_buffer_append(&all, &texts[i].size, sizeof texts[i].size);
        if (!status) status = neume_buffer_append(&all, texts[i].bytes, (size_t)texts[i].size);
    }
    if (!status) status = set(writer, key, &(content){GGUF_ARRAY, &head, all.data, sizeof head, all.size});
    neume_buffer_clear(&all);
    return status;
}

neume_status neume_gguf_copy_pairs(neume_gguf_writer *writer, const neume_gguf *from) {
    for (size_t i = 0; i < neume__gguf_pair_count(from); i++) {
        const gguf_raw_pair raw = neume__gguf_pair_at(from, i);
        uint32_t type;
        if (strcmp(raw.key, "general.alignment") == 0) continue;
        memcpy(&type, raw.value, sizeof type);
        NEUME_TRY(set(writer, raw.key, &(content){type, NULL, raw.value + sizeof type, 0, raw.bytes - sizeof type}));
    }
    return NEUME_OK;
}

/* --- arrays ------------------------------------------------------------------------------------------------------- */

static neume_status check_name(const neume_gguf_writer *writer, const char *name) {
    size_t length = strlen(name);
    if (length == 0 || length > GGUF_NAME_LONGEST)
        return neume_fail(NEUME_EINVAL, "the array name '%s' is empty or longer than %d", name, GGUF_NAME_LONGEST);
    for (size_t i = 0; i < writer->array_count; i++)
        if (strcmp(writer->arrays[i].name, name) == 0)
            return neume_fail(NEUME_EINVAL, "the array name '%s' is used twice", name);
    return NEUME_OK;
}

/* Values that are not finite pass as they are; finite ones must stay finite. */
static neume_status narrow_items(const float *from, int64_t n, uint16_t *to) {
    for (int64_t i = 0; i < n; i++) {
        float size = __builtin_fabsf(from[i]);
        if (size > 65504.0f && size <= 3.4028235e38f)
            return neume_fail(NEUME_EINVAL, "%g is too large for half precision", (double)from[i]);
        to[i] = neume__half_narrow(from[i]);
    }
    return NEUME_OK;
}

static neume_status copy_items(const neume_tensor *tensor, bool half, void *to) {
    enum { BLOCK = 1024 };
    int64_t count = neume_tensor_count(tensor);
    for (int64_t at = 0; at < count; at += BLOCK) {
        float items[BLOCK];
        int64_t n = count - at < BLOCK ? count - at : BLOCK;
        neume_tensor_load(tensor, at, n, items);
        if (half)
            NEUME_TRY(narrow_items(items, n, (uint16_t *)to + at));
        else
            memcpy((float *)to + at, items, (size_t)n * sizeof *items);
    }
    return NEUME_OK;
}

/* Room for one more array, whose bytes the caller fills in; it counts once it is filled. */
static neume_status reserve_array(neume_gguf_writer *writer, const char *name, size_t bytes, array **out) {
    NEUME_TRY(check_name(writer, name));
    NEUME_TRY(neume__grow((void **)&writer->arrays, &writer->array_capacity, writer->array_count + 1, sizeof(array)));
    array made = {.name = neume__strdup(name), .data = neume__alloc(bytes), .bytes = bytes};
    if (!made.name || !made.data) {
        neume__free(made.name);
        neume__free(made.data);
        return NEUME_ENOMEM;
    }
    *out = &writer->arrays[writer->array_count];
    **out = made;
    return NEUME_OK;
}

neume_status neume_gguf_add_tensor(neume_gguf_writer *writer, const char *name, const neume_tensor *tensor, bool half) {
    array *made = NULL;
    const size_t item_bytes = half ? sizeof(uint16_t) : sizeof(float);
    NEUME_TRY(reserve_array(writer, name, (size_t)neume_tensor_count(tensor) * item_bytes, &made));
    made->type = half ? GGML_F16 : GGML_F32;
    made->shape = *tensor;
    made->shape.data = NULL;
    neume_status status = copy_items(tensor, half, made->data);
    if (status == NEUME_OK) {
        writer->array_count++;
    } else {
        neume__free(made->name);
        neume__free(made->data);
    }
    return status;
}

neume_status neume_gguf_add_array(neume_gguf_writer *writer, const neume_gguf_array *from) {
    array *made = NULL;
    if (!from->data) return neume_fail(NEUME_EINVAL, "array '%s' has no data", from->name);
    NEUME_TRY(reserve_array(writer, from->name, from->bytes, &made));
    made->type = from->type;
    made->shape.rank = from->rank;
    memcpy(made->shape.dim, from->dim, sizeof from->dim);
    memcpy(made->data, from->data, from->bytes);
    writer->array_count++;
    return NEUME_OK;
}

/* --- the file ----------------------------------------------------------------------------------------------------- */

static neume_status put_string(neume_buffer *out, const char *text) {
    uint64_t length = strlen(text);
    NEUME_TRY(neume_buffer_append(out, &length, sizeof length));
    return neume_buffer_append(out, text, (size_t)length);
}

static neume_status put_padding(neume_buffer *out) {
    static const char zeros[GGUF_ALIGNMENT];
    return neume_buffer_append(out, zeros, (GGUF_ALIGNMENT - out->size % GGUF_ALIGNMENT) % GGUF_ALIGNMENT);
}

static neume_status put_header(const neume_gguf_writer *writer, neume_buffer *out) {
    uint32_t version = GGUF_VERSION;
    uint64_t counts[2] = {writer->array_count, writer->pair_count};
    NEUME_TRY(neume_buffer_append(out, "GGUF", 4));
    NEUME_TRY(neume_buffer_append(out, &version, sizeof version));
    NEUME_TRY(neume_buffer_append(out, counts, sizeof counts));
    for (size_t i = 0; i < writer->pair_count; i++) {
        NEUME_TRY(put_string(out, writer->pairs[i].key));
        NEUME_TRY(neume_buffer_append(out, writer->pairs[i].value.data, writer->pairs[i].value.size));
    }
    return NEUME_OK;
}

static neume_status put_array_info(neume_buffer *out, const array *a, uint64_t offset) {
    uint32_t rank = (uint32_t)a->shape.rank;
    uint64_t dim[NEUME_RANK_MAX];
    for (uint32_t i = 0; i < rank; i++) dim[i] = (uint64_t)a->shape.dim[rank - 1 - i];
    NEUME_TRY(put_string(out, a->name));
    NEUME_TRY(neume_buffer_append(out, &rank, sizeof rank));
    NEUME_TRY(neume_buffer_append(out, dim, rank * sizeof *dim));
    NEUME_TRY(neume_buffer_append(out, &a->type, sizeof a->type));
    return neume_buffer_append(out, &offset, sizeof offset);
}

static neume_status put_all(const neume_gguf_writer *writer, neume_buffer *out) {
    uint64_t offset = 0;
    NEUME_TRY(put_header(writer, out));
    for (size_t i = 0; i < writer->array_count; i++) {
        NEUME_TRY(put_array_info(out, &writer->arrays[i], offset));
        offset += (writer->arrays[i].bytes + GGUF_ALIGNMENT - 1) / GGUF_ALIGNMENT * GGUF_ALIGNMENT;
    }
    for (size_t i = 0; i < writer->array_count; i++) {
        NEUME_TRY(put_padding(out));
        NEUME_TRY(neume_buffer_append(out, writer->arrays[i].data, writer->arrays[i].bytes));
    }
    return put_padding(out);
}

neume_status neume_gguf_print(const neume_gguf_writer *writer, neume_buffer *out) {
    neume_buffer file = {0};
    neume_status status = put_all(writer, &file);
    if (status == NEUME_OK) status = neume_buffer_append(out, file.data, file.size);
    neume_buffer_clear(&file);
    return status;
}

neume_status neume_gguf_write(const neume_gguf_writer *writer, const char *path) {
    neume_buffer file = {0};
    neume_status status = put_all(writer, &file);
    if (status == NEUME_OK) status = neume_file_write(path, file.data, file.size);
    neume_buffer_clear(&file);
    return status;
}
