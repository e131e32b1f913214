#include "neighbours.h"

#include <stdlib.h>
#include <string.h>

/* Rows are worked on in blocks, so that each piece of work has one row of sums, and enough of them for every core. */
enum { BLOCK_ROWS = 64 };

typedef struct work {
    const taste_product *product;
    int32_t *column; /* (rows, most) */
    float *value;
    int64_t *length; /* (rows) */
} work;

/* The sums of one row, and which of them were touched. */
typedef struct sums {
    float *value; /* (columns) */
    uint8_t *touched;
    int32_t *order;
    neume_taste_hit *hits;
    int64_t count;
} sums;

static void add_row(const taste_product *p, int64_t row, sums *s) {
    s->count = 0;
    for (int64_t at = p->left->start[row]; at < p->left->start[row + 1]; at++) {
        const int64_t u = p->left->column[at];
        const float weight = p->left->value[at];
        for (int64_t to = p->right->start[u]; to < p->right->start[u + 1]; to++) {
            const int32_t j = p->right->column[to];
            if (!s->touched[j]) s->touched[j] = 1, s->order[s->count++] = j;
            s->value[j] += weight * p->right->value[to];
        }
    }
}

static int by_item(const void *a, const void *b) {
    const neume_taste_hit *x = a, *y = b;
    return (x->item > y->item) - (x->item < y->item);
}

static int by_score(const void *a, const void *b) {
    const neume_taste_hit *x = a, *y = b;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    return by_item(a, b);
}

/* Chooses the largest, and leaves the sums at zero for the next row. */
static void take_largest(const work *w, int64_t row, sums *s) {
    const taste_product *p = w->product;
    int64_t found = 0;
    for (int64_t i = 0; i < s->count; i++) {
        const int32_t j = s->order[i];
        const float score = s->value[j] * (p->scale ? p->scale[j] : 1);
        if (j != row && score > 0) s->hits[found++] = (neume_taste_hit){j, score};
        s->value[j] = 0;
        s->touched[j] = 0;
    }
    if (found > p->most) {
        qsort(s->hits, (size_t)found, sizeof *s->hits, by_score);
        found = p->most;
    }
    qsort(s->hits, (size_t)found, sizeof *s->hits, by_item);
    for (int64_t i = 0; i < found; i++) {
        w->column[row * p->most + i] = s->hits[i].item;
        w->value[row * p->most + i] = s->hits[i].score;
    }
    w->length[row] = found;
}

static neume_status fill_block(void *context, int64_t block) {
    const work *w = context;
    const size_t columns = (size_t)w->product->right->columns;
    const int64_t rows = w->product->left->rows, from = block * BLOCK_ROWS;
    sums s = {.value = neume__calloc(columns, sizeof(float)),
              .touched = neume__calloc(columns, 1),
              .order = neume__alloc(columns * sizeof(int32_t)),
              .hits = neume__alloc(columns * sizeof(neume_taste_hit))};
    const bool good = s.value && s.touched && s.order && s.hits;
    for (int64_t row = from; good && row < rows && row < from + BLOCK_ROWS; row++) {
        add_row(w->product, row, &s);
        take_largest(w, row, &s);
    }
    neume__free(s.value);
    neume__free(s.touched);
    neume__free(s.order);
    neume__free(s.hits);
    return good ? NEUME_OK : NEUME_ENOMEM;
}

static neume_status pack(const work *w, int64_t rows, int64_t columns, neume_sparse *out) {
    int64_t cells = 0;
    for (int64_t r = 0; r < rows; r++) cells += w->length[r];
    NEUME_TRY(neume__sparse_init(out, rows, columns, cells));
    for (int64_t r = 0; r < rows; r++) {
        const int64_t from = r * w->product->most, to = out->start[r];
        memcpy(out->column + to, w->column + from, (size_t)w->length[r] * sizeof *out->column);
        memcpy(out->value + to, w->value + from, (size_t)w->length[r] * sizeof *out->value);
        out->start[r + 1] = to + w->length[r];
    }
    return NEUME_OK;
}

neume_status neume__neighbours(const taste_product *asked, neume_sparse *out) {
    size_t cells;
    taste_product bounded = *asked, *product = &bounded;
    const int64_t rows = product->left->rows;
    if (product->most > product->right->columns) product->most = (int)product->right->columns;
    NEUME_TRY(neume__mul_size((size_t)rows, (size_t)product->most, &cells));
    work w = {product, neume__alloc(cells * sizeof(int32_t)), neume__alloc(cells * sizeof(float)),
              neume__calloc((size_t)rows + 1, sizeof(int64_t))};
    neume_status status = NEUME_ENOMEM;
    if (!w.column || !w.value || !w.length) goto fail;
    NEUME_GO(neume_parallel_for((rows + BLOCK_ROWS - 1) / BLOCK_ROWS, fill_block, &w));
    NEUME_GO(pack(&w, rows, product->right->columns, out));
fail:
    neume__free(w.column);
    neume__free(w.value);
    neume__free(w.length);
    return status;
}
