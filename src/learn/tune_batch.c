#include "tune_batch.h"

#include <stdlib.h>
#include <string.h>

neume_status tune_batch_init(tune_batch *batch, int64_t rows, int64_t length) {
    const size_t cells = (size_t)(rows * length);
    *batch = (tune_batch){.rows = rows, .length = length};
    batch->tokens = neume__calloc(cells, sizeof *batch->tokens);
    batch->targets = neume__calloc(cells, sizeof *batch->targets);
    batch->weights = neume__calloc(cells, sizeof *batch->weights);
    batch->starts = neume__calloc(cells, sizeof *batch->starts);
    batch->used = neume__calloc((size_t)rows, sizeof *batch->used);
    if (batch->tokens && batch->targets && batch->weights && batch->starts && batch->used) return NEUME_OK;
    tune_batch_clear(batch);
    return NEUME_ENOMEM;
}

void tune_batch_clear(tune_batch *batch) {
    neume__free(batch->tokens), neume__free(batch->targets), neume__free(batch->weights);
    neume__free(batch->starts), neume__free(batch->used), neume__free(batch->places);
    *batch = (tune_batch){0};
}

void tune_documents_clear(tune_documents *documents) {
    neume_tokens_clear(&documents->tokens);
    neume__free(documents->begins), neume__free(documents->given);
    *documents = (tune_documents){0};
}

void tune_documents_empty(tune_documents *documents) {
    documents->tokens.count = documents->count = 0;
}

neume_status tune_documents_close(tune_documents *documents, size_t given) {
    const size_t n = documents->count;
    NEUME_TRY(neume__grow((void **)&documents->begins, &documents->capacity, n + 2, sizeof *documents->begins));
    NEUME_TRY(neume__grow((void **)&documents->given, &documents->given_capacity, n + 1, sizeof *documents->given));
    if (n == 0) documents->begins[0] = 0;
    documents->given[n] = given;
    documents->begins[++documents->count] = documents->tokens.count;
    return NEUME_OK;
}

typedef struct sized {
    size_t document, size;
} sized;

static int longest_first(const void *a, const void *b) {
    const sized *x = a, *y = b;
    if (x->size != y->size) return x->size < y->size ? 1 : -1;
    return (x->document > y->document) - (x->document < y->document);
}

static int64_t fullest_row(const tune_batch *batch, size_t size) {
    int64_t best = -1;
    for (int64_t b = 0; b < batch->rows; b++)
        if (batch->used[b] + (int64_t)size <= batch->length && (best < 0 || batch->used[b] > batch->used[best]))
            best = b;
    return best;
}

static void place(tune_batch *batch, int64_t row, const int32_t *ids, size_t size, size_t given) {
    const int64_t start = batch->used[row], at = row * batch->length + start;
    for (size_t t = 0; t < size; t++) {
        batch->tokens[at + (int64_t)t] = ids[t];
        batch->starts[at + (int64_t)t] = (int32_t)start;
        const bool asked = t + 1 < size && t + 1 >= given;
        batch->targets[at + (int64_t)t] = asked ? ids[t + 1] : NEUME_TOKEN_PAD;
        batch->weights[at + (int64_t)t] = asked ? 1 : 0;
    }
    batch->used[row] += (int64_t)size;
}

/* What no document fills is one document of nothing. */
static void fill_rest(tune_batch *batch) {
    for (int64_t b = 0; b < batch->rows; b++)
        for (int64_t t = batch->used[b]; t < batch->length; t++) {
            const int64_t at = b * batch->length + t;
            batch->tokens[at] = batch->targets[at] = NEUME_TOKEN_PAD;
            batch->weights[at] = 0;
            batch->starts[at] = (int32_t)batch->used[b];
        }
}

neume_status tune_batch_pack(tune_batch *batch, const tune_documents *documents) {
    sized *order = neume__alloc(documents->count * sizeof *order);
    if (!order) return NEUME_ENOMEM;
    const neume_status status =
        neume__grow((void **)&batch->places, &batch->place_capacity, documents->count, sizeof *batch->places);
    if (status) {
        neume__free(order);
        return status;
    }
    for (size_t i = 0; i < documents->count; i++)
        order[i] = (sized){i, documents->begins[i + 1] - documents->begins[i]};
    qsort(order, documents->count, sizeof *order, longest_first);
    memset(batch->used, 0, (size_t)batch->rows * sizeof *batch->used);
    for (size_t i = 0; i < documents->count; i++) {
        const size_t document = order[i].document;
        const int64_t row = fullest_row(batch, order[i].size);
        batch->places[document] = row < 0 ? -1 : row * batch->length + batch->used[row];
        if (row >= 0)
            place(batch, row, documents->tokens.ids + documents->begins[document], order[i].size,
                  documents->given[document]);
    }
    fill_rest(batch);
    neume__free(order);
    return NEUME_OK;
}

neume_lm_batch tune_batch_view(const tune_batch *batch) {
    return (neume_lm_batch){.rows = batch->rows,
                            .length = batch->length,
                            .tokens = batch->tokens,
                            .targets = batch->targets,
                            .weights = batch->weights,
                            .starts = batch->starts};
}
