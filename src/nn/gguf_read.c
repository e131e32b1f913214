/* Reads GGUF, the file of named arrays that llama.cpp and its kin use.
 *
 *   "GGUF" version arrays pairs | pairs: key, type, value | arrays: name, dimensions, type, offset | padding | data
 *
 * Nothing in the file is believed: each read asks whether so many bytes are left, each array is checked to lie inside
 * the data before anyone can ask for it, and counts cost memory only as the bytes that back them are met. Entries are
 * sorted by name, which finds doubles at once and lookups in O(log n). Versions 2 and 3 share this layout. */
#include "gguf.h"

#include <stdlib.h>
#include <string.h>

enum { ARRAY_DEPTH_MOST = 4, ENTRIES_MOST = 1 << 20, ALIGNMENT_MOST = 1 << 16 };
static const size_t file_limit_bytes = (size_t)1 << 36;

typedef struct gguf_value {
    gguf_type type, item_type; /* item_type: of an array */
    uint64_t count;            /* of an array */
    union {
        int64_t integer;
        double number;
        const char *string;
        const float *floats;
        const neume_gguf_text *texts;
    };
    size_t start, end; /* where type and content stand in the file */
} gguf_value;

typedef struct gguf_pair {
    const char *name; /* first, so that one comparison serves pairs and arrays */
    gguf_value value;
} gguf_pair;

typedef struct gguf_array {
    const char *name;
    uint32_t rank, type;
    uint64_t dim[NEUME_RANK_MAX]; /* fastest first, as in the file */
    uint64_t offset, items;
} gguf_array;

struct neume_gguf {
    neume_buffer file;
    size_t at; /* while parsing: the next byte */
    neume_arena *arena;
    gguf_pair *pairs;
    size_t pair_count, pair_capacity;
    gguf_array *arrays;
    size_t array_count, array_capacity;
    size_t alignment, data_start;
};

/* --- bytes -------------------------------------------------------------------------------------------------------- */

static size_t left(const neume_gguf *g) {
    return g->file.size - g->at;
}

static neume_status take(neume_gguf *g, void *to, size_t count) {
    if (count > left(g)) return neume_fail(NEUME_EFORMAT, "the weight file ends early, at byte %zu", g->file.size);
    memcpy(to, g->file.data + g->at, count);
    g->at += count;
    return NEUME_OK;
}

/* A counted string, copied into the arena with a zero behind it. */
static neume_status take_string(neume_gguf *g, size_t longest, const char **out) {
    uint64_t length = 0;
    NEUME_TRY(take(g, &length, sizeof length));
    if (length > left(g)) return neume_fail(NEUME_EFORMAT, "a text in the weight file is longer than the file");
    if (length > longest) return neume_fail(NEUME_ELIMIT, "a name in the weight file is longer than %zu", longest);
    char *text = neume_arena_alloc(g->arena, (size_t)length + 1);
    if (!text) return NEUME_ENOMEM;
    NEUME_TRY(take(g, text, (size_t)length));
    *out = text;
    return NEUME_OK;
}

static neume_status take_name(neume_gguf *g, size_t longest, const char **out) {
    size_t before = g->at;
    NEUME_TRY(take_string(g, longest, out));
    size_t length = g->at - before - sizeof(uint64_t);
    if (length == 0 || strlen(*out) != length)
        return neume_fail(NEUME_EFORMAT, "a name in the weight file is empty or holds a zero byte");
    return NEUME_OK;
}

/* --- pairs -------------------------------------------------------------------------------------------------------- */

static const size_t type_bytes[GGUF_TYPES] = {
    [GGUF_UINT8] = 1, [GGUF_INT8] = 1,    [GGUF_UINT16] = 2, [GGUF_INT16] = 2, [GGUF_UINT32] = 4,  [GGUF_INT32] = 4,
    [GGUF_BOOL] = 1,  [GGUF_FLOAT32] = 4, [GGUF_UINT64] = 8, [GGUF_INT64] = 8, [GGUF_FLOAT64] = 8,
};

static neume_status take_type(neume_gguf *g, gguf_type *out) {
    uint32_t type = 0;
    NEUME_TRY(take(g, &type, sizeof type));
    if (type >= GGUF_TYPES) return neume_fail(NEUME_EFORMAT, "the weight file has a value of unknown type %u", type);
    *out = (gguf_type)type;
    return NEUME_OK;
}

static int64_t integer_of(gguf_type type, const uint8_t raw[8]) {
    uint64_t bits;
    memcpy(&bits, raw, sizeof bits); /* the bytes behind a short type are zero */
    switch (type) {
    case GGUF_INT8:
        return (int8_t)bits;
    case GGUF_INT16:
        return (int16_t)bits;
    case GGUF_INT32:
        return (int32_t)bits;
    default:
        return (int64_t)bits;
    }
}

static neume_status take_scalar(neume_gguf *g, gguf_value *value) {
    uint8_t raw[8] = {0};
    NEUME_TRY(take(g, raw, type_bytes[value->type]));
    if (value->type == GGUF_FLOAT32) {
        float number;
        memcpy(&number, raw, sizeof number);
        value->number = (double)number;
    } else if (value->type == GGUF_FLOAT64) {
        memcpy(&value->number, raw, sizeof value->number);
    } else {
        value->integer = integer_of(value->type, raw);
    }
    return NEUME_OK;
}

static neume_status skip_string(neume_gguf *g) {
    uint64_t length = 0;
    NEUME_TRY(take(g, &length, sizeof length));
    if (length > left(g)) return neume_fail(NEUME_EFORMAT, "a text in the weight file is longer than the file");
    g->at += (size_t)length;
    return NEUME_OK;
}

static neume_status skip_strings(neume_gguf *g, uint64_t count) {
    for (uint64_t i = 0; i < count; i++) NEUME_TRY(skip_string(g));
    return NEUME_OK;
}

static neume_status skip_array(neume_gguf *g, int depth, gguf_type *type, uint64_t *count) {
    NEUME_TRY(take_type(g, type));
    NEUME_TRY(take(g, count, sizeof *count));
    if (*type == GGUF_STRING) return skip_strings(g, *count);
    if (*type != GGUF_ARRAY) {
        if (*count > left(g) / type_bytes[*type])
            return neume_fail(NEUME_EFORMAT, "a list in the weight file is longer than the file");
        g->at += (size_t)*count * type_bytes[*type];
        return NEUME_OK;
    }
    if (depth == ARRAY_DEPTH_MOST) return neume_fail(NEUME_ELIMIT, "the weight file nests lists too deeply");
    for (uint64_t i = 0; i < *count; i++) {
        gguf_type inner_type = GGUF_UINT8;
        uint64_t inner_count = 0;
        NEUME_TRY(skip_array(g, depth + 1, &inner_type, &inner_count));
    }
    return NEUME_OK;
}

/* The strings were met once already, so that their count is backed by bytes of the file. */
static neume_status take_texts(neume_gguf *g, size_t start, gguf_value *value) {
    neume_gguf_text *texts = neume_arena_alloc(g->arena, (size_t)value->count * sizeof *texts);
    if (!texts) return NEUME_ENOMEM;
    g->at = start;
    for (uint64_t i = 0; i < value->count; i++) {
        NEUME_TRY(take_string(g, SIZE_MAX - 1, &texts[i].bytes));
        memcpy(&texts[i].size, g->file.data + start, sizeof texts[i].size);
        start = g->at;
    }
    value->texts = texts;
    return NEUME_OK;
}

static neume_status take_array(neume_gguf *g, gguf_value *value) {
    const size_t head_bytes = sizeof(uint32_t) + sizeof(uint64_t), start = g->at + head_bytes;
    NEUME_TRY(skip_array(g, 1, &value->item_type, &value->count));
    if (value->item_type == GGUF_STRING) return take_texts(g, start, value);
    if (value->item_type != GGUF_FLOAT32) return NEUME_OK;
    size_t bytes = (size_t)value->count * sizeof(float);
    float *floats = neume_arena_alloc(g->arena, bytes);
    if (!floats) return NEUME_ENOMEM;
    memcpy(floats, g->file.data + g->at - bytes, bytes); /* copied, because the file aligns nothing here */
    value->floats = floats;
    return NEUME_OK;
}

static neume_status take_pair(neume_gguf *g) {
    gguf_pair pair = {0};
    NEUME_TRY(take_name(g, GGUF_KEY_LONGEST, &pair.name));
    pair.value.start = g->at;
    NEUME_TRY(take_type(g, &pair.value.type));
    if (pair.value.type == GGUF_STRING)
        NEUME_TRY(take_string(g, SIZE_MAX - 1, &pair.value.string));
    else if (pair.value.type == GGUF_ARRAY)
        NEUME_TRY(take_array(g, &pair.value));
    else
        NEUME_TRY(take_scalar(g, &pair.value));
    pair.value.end = g->at;
    NEUME_TRY(neume__grow((void **)&g->pairs, &g->pair_capacity, g->pair_count + 1, sizeof *g->pairs));
    g->pairs[g->pair_count++] = pair;
    return NEUME_OK;
}

/* --- arrays ------------------------------------------------------------------------------------------------------- */

static neume_status take_array_info(neume_gguf *g) {
    gguf_array array = {.items = 1};
    NEUME_TRY(take_name(g, GGUF_KEY_LONGEST, &array.name));
    NEUME_TRY(take(g, &array.rank, sizeof array.rank));
    if (array.rank > NEUME_RANK_MAX)
        return neume_fail(NEUME_ELIMIT, "array '%s' has %u dimensions", array.name, array.rank);
    for (uint32_t i = 0; i < array.rank; i++) {
        NEUME_TRY(take(g, &array.dim[i], sizeof array.dim[i]));
        if (__builtin_mul_overflow(array.items, array.dim[i], &array.items) || array.items > INT64_MAX)
            return neume_fail(NEUME_EFORMAT, "array '%s' has too large a shape", array.name);
    }
    NEUME_TRY(take(g, &array.type, sizeof array.type));
    NEUME_TRY(take(g, &array.offset, sizeof array.offset));
    NEUME_TRY(neume__grow((void **)&g->arrays, &g->array_capacity, g->array_count + 1, sizeof *g->arrays));
    g->arrays[g->array_count++] = array;
    return NEUME_OK;
}

gguf_block neume__gguf_block_of(uint32_t type) {
    static const gguf_block blocks[] = {
        [GGML_F32] = {1, 4},    [GGML_F16] = {1, 2},      [GGML_Q4_0] = {32, 18},   [GGML_Q5_0] = {32, 22},
        [GGML_Q8_0] = {32, 34}, [GGML_Q4_K] = {256, 144}, [GGML_Q6_K] = {256, 210}, [GGML_BF16] = {1, 2},
    };
    return type < sizeof blocks / sizeof *blocks ? blocks[type] : (gguf_block){0, 0};
}

/* Whether the array's numbers can be widened one by one. */
static bool is_float(uint32_t type) {
    return type == GGML_F32 || type == GGML_F16 || type == GGML_BF16;
}

static neume_status check_inside(const neume_gguf *g, const gguf_array *array) {
    uint64_t data = g->file.size - g->data_start;
    if (array->offset % g->alignment)
        return neume_fail(NEUME_EFORMAT, "array '%s' is not aligned in the weight file", array->name);
    if (array->offset > data) return neume_fail(NEUME_EFORMAT, "array '%s' lies outside the weight file", array->name);
    const gguf_block block = neume__gguf_block_of(array->type);
    if (!block.items) return NEUME_OK;
    if (array->dim[0] % block.items)
        return neume_fail(NEUME_EFORMAT, "the rows of array '%s' are no whole blocks", array->name);
    if (array->items / block.items > (data - array->offset) / block.bytes)
        return neume_fail(NEUME_EFORMAT, "array '%s' lies outside the weight file", array->name);
    return NEUME_OK;
}

/* --- the file ----------------------------------------------------------------------------------------------------- */

static int compare_names(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static neume_status sort_names(void *entries, size_t count, size_t entry_bytes) {
    if (count < 2) return NEUME_OK;
    qsort(entries, count, entry_bytes, compare_names);
    for (size_t i = 1; i < count; i++) {
        const char *entry = (const char *)entries + i * entry_bytes;
        if (compare_names(entry, entry - entry_bytes) == 0)
            return neume_fail(NEUME_EFORMAT, "the weight file names '%s' twice",
                              *(const char *const *)(const void *)entry);
    }
    return NEUME_OK;
}

static neume_status take_header(neume_gguf *g, uint64_t *arrays, uint64_t *pairs) {
    char magic[4];
    uint32_t version = 0;
    if (left(g) < 4 || memcmp(g->file.data, "GGUF", 4) != 0) return neume_fail(NEUME_EFORMAT, "this is no GGUF file");
    NEUME_TRY(take(g, magic, sizeof magic));
    NEUME_TRY(take(g, &version, sizeof version));
    if (version != 2 && version != GGUF_VERSION)
        return neume_fail(NEUME_EFORMAT, "GGUF version %u is not one we read (2, 3, little-endian)", version);
    NEUME_TRY(take(g, arrays, sizeof *arrays));
    NEUME_TRY(take(g, pairs, sizeof *pairs));
    if (*arrays > ENTRIES_MOST || *pairs > ENTRIES_MOST)
        return neume_fail(NEUME_ELIMIT, "the weight file claims more than %d entries", ENTRIES_MOST);
    return NEUME_OK;
}

static neume_status find_alignment(neume_gguf *g) {
    int64_t alignment = neume_gguf_integer(g, "general.alignment", GGUF_ALIGNMENT);
    if (alignment < 8 || alignment % 8 || alignment > ALIGNMENT_MOST)
        return neume_fail(NEUME_EFORMAT, "the weight file's alignment is %lld", (long long)alignment);
    g->alignment = (size_t)alignment;
    return NEUME_OK;
}

static neume_status parse(neume_gguf *g) {
    uint64_t arrays = 0, pairs = 0;
    NEUME_TRY(neume_arena_new(&g->arena));
    NEUME_TRY(take_header(g, &arrays, &pairs));
    for (uint64_t i = 0; i < pairs; i++) NEUME_TRY(take_pair(g));
    NEUME_TRY(sort_names(g->pairs, g->pair_count, sizeof *g->pairs));
    for (uint64_t i = 0; i < arrays; i++) NEUME_TRY(take_array_info(g));
    NEUME_TRY(sort_names(g->arrays, g->array_count, sizeof *g->arrays));
    NEUME_TRY(find_alignment(g));
    g->data_start = (g->at + g->alignment - 1) / g->alignment * g->alignment;
    if (g->data_start > g->file.size) g->data_start = g->file.size; /* a file without arrays need not be padded */
    for (size_t i = 0; i < g->array_count; i++) NEUME_TRY(check_inside(g, &g->arrays[i]));
    return NEUME_OK;
}

/* Takes the buffer over, also on failure. */
static neume_status parse_buffer(neume_buffer *file, neume_gguf **out) {
    neume_status status = NEUME_ENOMEM;
    neume_gguf *g = neume__calloc(1, sizeof *g);
    if (!g) {
        neume_buffer_clear(file);
        return status;
    }
    g->file = *file;
    *file = (neume_buffer){0};
    NEUME_GO(parse(g));
    *out = g;
    return NEUME_OK;
fail:
    neume_gguf_free(g);
    return status;
}

neume_status neume_gguf_read(const char *path, neume_gguf **out) {
    neume_buffer file = {0};
    NEUME_TRY(neume_file_read(path, file_limit_bytes, &file));
    return parse_buffer(&file, out);
}

neume_status neume_gguf_parse(const void *bytes, size_t count, neume_gguf **out) {
    neume_buffer file = {0};
    NEUME_TRY(neume_buffer_append(&file, bytes, count));
    return parse_buffer(&file, out);
}

void neume_gguf_free(neume_gguf *gguf) {
    if (!gguf) return;
    neume_buffer_clear(&gguf->file);
    neume_arena_free(gguf->arena);
    neume__free(gguf->pairs);
    neume__free(gguf->arrays);
    neume__free(gguf);
}

/* --- questions ---------------------------------------------------------------------------------------------------- */

static const gguf_value *find_value(const neume_gguf *g, const char *key) {
    if (!g->pair_count) return NULL;
    const gguf_pair *pair = bsearch(&key, g->pairs, g->pair_count, sizeof *g->pairs, compare_names);
    return pair ? &pair->value : NULL;
}

const char *neume_gguf_string(const neume_gguf *gguf, const char *key) {
    const gguf_value *value = find_value(gguf, key);
    return value && value->type == GGUF_STRING ? value->string : NULL;
}

static bool is_integer(const gguf_value *value) {
    switch (value->type) {
    case GGUF_UINT64:
        return value->integer >= 0; /* larger ones do not fit */
    case GGUF_UINT8:
    case GGUF_INT8:
    case GGUF_UINT16:
    case GGUF_INT16:
    case GGUF_UINT32:
    case GGUF_INT32:
    case GGUF_INT64:
        return true;
    default:
        return false;
    }
}

int64_t neume_gguf_integer(const neume_gguf *gguf, const char *key, int64_t fallback) {
    const gguf_value *value = find_value(gguf, key);
    return value && is_integer(value) ? value->integer : fallback;
}

double neume_gguf_number(const neume_gguf *gguf, const char *key, double fallback) {
    const gguf_value *value = find_value(gguf, key);
    if (value && is_integer(value)) return (double)value->integer;
    return value && (value->type == GGUF_FLOAT32 || value->type == GGUF_FLOAT64) ? value->number : fallback;
}

const float *neume_gguf_floats(const neume_gguf *gguf, const char *key, size_t *count) {
    const gguf_value *value = find_value(gguf, key);
    if (!value || value->type != GGUF_ARRAY || value->item_type != GGUF_FLOAT32) return NULL;
    *count = (size_t)value->count;
    return value->floats;
}

const neume_gguf_text *neume_gguf_texts(const neume_gguf *gguf, const char *key, size_t *count) {
    const gguf_value *value = find_value(gguf, key);
    if (!value || value->type != GGUF_ARRAY || value->item_type != GGUF_STRING) return NULL;
    *count = (size_t)value->count;
    return value->texts;
}

size_t neume__gguf_pair_count(const neume_gguf *gguf) {
    return gguf->pair_count;
}

gguf_raw_pair neume__gguf_pair_at(const neume_gguf *gguf, size_t index) {
    const gguf_pair *pair = &gguf->pairs[index];
    return (gguf_raw_pair){pair->name, gguf->file.data + pair->value.start, pair->value.end - pair->value.start};
}

static const gguf_array *find_array(const neume_gguf *g, const char *name) {
    if (!g->array_count) return NULL;
    return bsearch(&name, g->arrays, g->array_count, sizeof *g->arrays, compare_names);
}

neume_status neume__gguf_check(const neume_gguf *gguf, const char *name, const neume_tensor *model) {
    const gguf_array *array = find_array(gguf, name);
    if (!array) return neume_fail(NEUME_EFORMAT, "the weight file has no array '%s'", name);
    if (!is_float(array->type))
        return neume_fail(NEUME_EFORMAT, "array '%s' has type %u, which we do not read", name, array->type);
    bool same = array->rank == (uint32_t)model->rank;
    for (int i = 0; same && i < model->rank; i++) same = array->dim[model->rank - 1 - i] == (uint64_t)model->dim[i];
    return same ? NEUME_OK : neume_fail(NEUME_EFORMAT, "array '%s' has another shape than the model's", name);
}

static void widen_items(const char *from, uint32_t type, int64_t n, float *to) {
#pragma omp parallel for schedule(static) if (n > 65536)
    for (int64_t i = 0; i < n; i++) {
        uint16_t item;
        memcpy(&item, from + 2 * i, sizeof item);
        uint32_t bits = (uint32_t)item << 16;
        if (type == GGML_F16)
            to[i] = neume__half_widen(item);
        else
            memcpy(&to[i], &bits, sizeof bits);
    }
}

neume_status neume_gguf_tensor(const neume_gguf *gguf, const char *name, neume_tensor *out) {
    if (out->dtype != NEUME_F32)
        return neume_fail(NEUME_EINVAL, "array '%s' is wanted in another type than float", name);
    NEUME_TRY(neume__gguf_check(gguf, name, out));
    const gguf_array *array = find_array(gguf, name);
    const char *from = gguf->file.data + gguf->data_start + array->offset;
    if (array->type == GGML_F32)
        memcpy(out->data, from, neume_tensor_bytes(out));
    else
        widen_items(from, array->type, (int64_t)array->items, neume_f32(out));
    return NEUME_OK;
}

size_t neume_gguf_array_count(const neume_gguf *gguf) {
    return gguf->array_count;
}

static neume_gguf_array raw_array(const neume_gguf *g, const gguf_array *array) {
    const gguf_block block = neume__gguf_block_of(array->type);
    neume_gguf_array raw = {.name = array->name, .type = array->type, .rank = (int)array->rank};
    for (int i = 0; i < NEUME_RANK_MAX; i++) raw.dim[i] = i < raw.rank ? (int64_t)array->dim[raw.rank - 1 - i] : 1;
    if (!block.items) return raw;
    raw.data = g->file.data + g->data_start + array->offset;
    raw.bytes = (size_t)(array->items / block.items) * block.bytes;
    return raw;
}

neume_gguf_array neume_gguf_array_at(const neume_gguf *gguf, size_t index) {
    return raw_array(gguf, &gguf->arrays[index]);
}

bool neume_gguf_array_find(const neume_gguf *gguf, const char *name, neume_gguf_array *out) {
    const gguf_array *array = find_array(gguf, name);
    if (array) *out = raw_array(gguf, array);
    return array != NULL;
}

int64_t neume_gguf_rows(const neume_gguf *gguf, const char *name) {
    const gguf_array *array = find_array(gguf, name);
    return array && array->dim[0] ? (int64_t)(array->items / array->dim[0]) : 0;
}

int64_t neume_gguf_columns(const neume_gguf *gguf, const char *name) {
    const gguf_array *array = find_array(gguf, name);
    return array ? (int64_t)array->dim[0] : 0;
}
