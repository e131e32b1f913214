/* A model's file in another type: array by array, row by row. */
#include "weight_types.h"

#include "neume/lm.h"
#include "neume/nn.h"

#include <math.h>
#include <string.h>

/* Signal and noise of one array. */
typedef struct loss {
    double signal, noise;
} loss;

static void count_loss(const float *was, const float *is, int64_t items, loss *sum) {
    for (int64_t i = 0; i < items; i++) {
        const double off = (double)is[i] - (double)was[i];
        sum->signal += (double)was[i] * (double)was[i];
        sum->noise += off * off;
    }
}

/* The wanted type, or a finer one whose blocks the row fills. */
static lm_type_index fitting(lm_type_index wanted, int64_t row_items) {
    if (wanted == LM_Q4_K && row_items % lm_types[LM_Q4_K].block_items) wanted = LM_Q8_0;
    return row_items % lm_types[wanted].block_items ? LM_F16 : wanted;
}

static neume_status check_finite(const char *name, const float *row, int64_t items) {
    for (int64_t i = 0; i < items; i++)
        if (!isfinite(row[i])) return neume_fail(NEUME_EFORMAT, "array '%s' holds a number that is not finite", name);
    return NEUME_OK;
}

/* Rewrites `array` (rows of `from`) into `bytes`, of type `to`. `rows` has room for two rows of floats. */
static neume_status rewrite(const neume_gguf_array *array, lm_type_index from, lm_type_index to, float *rows,
                            uint8_t *bytes, loss *sum) {
    const int64_t items = array->dim[1];
    const uint8_t *source = array->data;
    float *again = rows + items;
    for (int64_t r = 0; r < array->dim[0]; r++, source += lm_row_bytes(from, items), bytes += lm_row_bytes(to, items)) {
        lm_types[from].decode(source, items, rows);
        NEUME_TRY(check_finite(array->name, rows, items));
        lm_types[to].encode(rows, items, bytes);
        lm_types[to].decode(bytes, items, again);
        count_loss(rows, again, items, sum);
    }
    return NEUME_OK;
}

typedef struct task {
    neume_gguf_writer *writer;
    lm_type_index type;
    neume_lm_array_fn *told;
    void *context;
} task;

static void tell(const task *t, const neume_gguf_array *array, lm_type_index type, const loss *sum) {
    if (t->told)
        t->told(t->context, array->name, lm_types[type].name,
                sum->noise > 0 ? 10 * log10(sum->signal / sum->noise) : HUGE_VAL);
}

static neume_status quantise_matrix(const task *t, const neume_gguf_array *array, lm_type_index from) {
    const int64_t items = array->dim[1];
    const lm_type_index to = fitting(t->type, items);
    loss sum = {0, 0};
    neume_gguf_array made = *array;
    made.type = lm_types[to].number;
    made.bytes = (size_t)array->dim[0] * lm_row_bytes(to, items);
    uint8_t *bytes = neume__alloc(made.bytes);
    float *rows = neume__alloc((size_t)items * 2 * sizeof *rows);
    neume_status status = bytes && rows ? NEUME_OK : NEUME_ENOMEM;
    made.data = bytes;
    if (!status) status = rewrite(array, from, to, rows, bytes, &sum);
    if (!status) status = neume_gguf_add_array(t->writer, &made);
    if (!status) tell(t, array, to, &sum);
    neume__free(bytes);
    neume__free(rows);
    return status;
}

static neume_status quantise_array(const task *t, const neume_gguf_array *array) {
    const lm_type_index from = lm_type_of(array->type);
    if (from == LM_TYPES)
        return neume_fail(NEUME_EUNSUPPORTED, "array '%s' has type %u, which is not read here", array->name,
                          array->type);
    if (array->rank == 2) return quantise_matrix(t, array, from);
    NEUME_TRY(neume_gguf_add_array(t->writer, array));
    tell(t, array, from, &(loss){0, 0});
    return NEUME_OK;
}

static neume_status quantise_all(const task *t, const neume_gguf *file) {
    NEUME_TRY(neume_gguf_copy_pairs(t->writer, file));
    for (size_t i = 0; i < neume_gguf_array_count(file); i++) {
        const neume_gguf_array array = neume_gguf_array_at(file, i);
        NEUME_TRY(quantise_array(t, &array));
    }
    return NEUME_OK;
}

neume_status neume_lm_quantise(const char *from, const char *to, const char *type, neume_lm_array_fn *told,
                               void *context) {
    neume_status status;
    neume_gguf *file = NULL;
    task t = {NULL, lm_type_named(type), told, context};
    if (t.type == LM_TYPES || !lm_types[t.type].encode)
        return neume_fail(NEUME_EINVAL, "'%s' is none of f32, f16, bf16, q8_0, q4_0, q4_k", type);
    NEUME_GO(neume_gguf_read(from, &file));
    NEUME_GO(neume_gguf_writer_new("", &t.writer));
    NEUME_GO(quantise_all(&t, file));
    NEUME_GO(neume_gguf_write(t.writer, to));
fail:
    neume_gguf_free(file);
    neume_gguf_writer_free(t.writer);
    return status;
}
