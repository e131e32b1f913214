#include "factors.h"

#include <string.h>

neume_status neume__factors_new(int64_t rows, int64_t factors, double deviation, uint64_t seed, float **out) {
    const int64_t width = neume__lanes_pad(factors);
    size_t bytes;
    NEUME_TRY(neume__mul_size((size_t)(rows + 1), (size_t)width * sizeof(float), &bytes));
    float *made = neume__alloc_aligned(bytes);
    if (!made) return NEUME_ENOMEM;
    memset(made, 0, bytes);
    for (int64_t r = 0; deviation > 0 && r < rows; r++) {
        neume_rng rng = neume_rng_seeded(seed, (uint64_t)r);
        for (int64_t k = 0; k < factors; k++) made[r * width + k] = (float)(deviation * neume_rng_normal(&rng));
    }
    *out = made;
    return NEUME_OK;
}

typedef struct scoring {
    const float *items, *x;
    int64_t rows, width;
    float *scores;
} scoring;

enum { BLOCK_ROWS = 4096 };

NEUME_VECTOR static void score_rows(const scoring *s, int64_t from, int64_t to) {
    for (int64_t j = from; j < to; j++) s->scores[j] += neume__lanes_dot(s->items + j * s->width, s->x, s->width);
}

static neume_status score_block(void *context, int64_t block) {
    const scoring *s = context;
    const int64_t from = block * BLOCK_ROWS, to = from + BLOCK_ROWS;
    score_rows(s, from, to < s->rows ? to : s->rows);
    return NEUME_OK;
}

void neume__factors_score(const float *items, int64_t rows, int64_t width, const float *x, float *scores) {
    scoring s = {items, x, rows, width, scores};
    const neume_status never_fails = neume_parallel_for((rows + BLOCK_ROWS - 1) / BLOCK_ROWS, score_block, &s);
    (void)never_fails;
}

/* The file has no padding: (rows, factors). */
neume_status neume__factors_save(neume_gguf_writer *writer, const taste_part *part, const char *name,
                                 const float *items, int64_t rows) {
    const int64_t factors = part->options.factors, width = neume__lanes_pad(factors);
    float *packed = neume__alloc((size_t)(rows * factors) * sizeof *packed);
    if (!packed) return NEUME_ENOMEM;
    for (int64_t r = 0; r < rows; r++)
        memcpy(packed + r * factors, items + r * width, (size_t)factors * sizeof *packed);
    const neume_status status = neume__array_save(writer, part->prefix, name, packed, rows, factors);
    neume__free(packed);
    return status;
}

neume_status neume__factors_load(const neume_gguf *gguf, const taste_part *part, const char *name, int64_t rows,
                                 float **out) {
    const int64_t factors = part->options.factors, width = neume__lanes_pad(factors);
    float *packed = NULL, *items = NULL;
    NEUME_TRY(neume__array_load(gguf, part->prefix, name, rows, factors, &packed));
    const neume_status status = neume__factors_new(rows, factors, 0, 0, &items);
    for (int64_t r = 0; !status && r < rows; r++)
        memcpy(items + r * width, packed + r * factors, (size_t)factors * sizeof *packed);
    neume__free(packed);
    if (!status) *out = items;
    return status;
}
