/* EASE: the best linear item-to-item model in closed form (Steck 2019).
 *
 * With X (users x items) and P = (X'X + lambda I)^-1 the weights are B_ij = -P_ij / P_jj with B_jj = 0, and a history x
 * is scored x B. The matrix to invert may be of items (primal) or of users (dual, by Woodbury's identity):
 *
 *     x B = x - (x P) / diag P,     x P = (x - (x X') K^-1 X) / lambda,     K = X X' + lambda I
 *
 * We take the smaller one: Last.fm-2k has 1,892 users and 17,000 items. In the dual form B never exists; a new history
 * costs a product with K^-1. Tags join as further rows of X, as if each were a listener who plays all of its items
 * (Jeunen, Van Balen & Goethals 2020), which also reaches items that nobody has played.
 *
 * Limit: SIDE_MOST rows of the matrix, 2.1 GB while learning. If both users and items are more, only the most played
 * items take part and the others score 0. */
#include "ease_solve.h"
#include "weigh.h"

#include <cblas.h>
#include <stdlib.h>
#include <string.h>

enum {
    SIDE_MOST = 16384,
    TAG_ITEMS_LEAST = 5, /* tags of fewer items tell too little for the row they cost */
    BATCH = 64,          /* histories scored by one matrix product */
};

typedef struct ease {
    neume_sparse x; /* rows x items: weighed plays, then tags; primal: items are the chosen ones */
    neume_sparse back;
    bool dual;
    float *matrix;   /* dual: K^-1 (rows, rows); primal: B (chosen, chosen) */
    float *diagonal; /* dual: lambda P_jj (items) */
    int32_t *chosen; /* primal: (x.columns) items, rising; NULL = all */
} ease;

static void clear(taste_part *part) {
    ease *e = part->state;
    neume__sparse_clear(&e->x);
    neume__sparse_clear(&e->back);
    neume__free(e->matrix);
    neume__free(e->diagonal);
    neume__free(e->chosen);
    neume__free(e);
}

/* --- X ------------------------------------------------------------------------------------------------------------ */

static neume_status add_rows(const neume_sparse *m, float scale, taste_cells *cells, int32_t *row) {
    for (int64_t r = 0; r < m->rows; r++) {
        for (int64_t at = m->start[r]; at < m->start[r + 1]; at++)
            NEUME_TRY(neume__cells_add(cells, (taste_cell){*row, m->column[at], scale * m->value[at], 0}));
        *row += neume__sparse_length(m, r) > 0;
    }
    return NEUME_OK;
}

static neume_status stack(const taste_part *part, const taste_facts *facts, neume_sparse *out) {
    neume_sparse plays = {0}, tags = {0}, tag_rows = {0};
    taste_cells cells = {0};
    int32_t rows = 0;
    neume_status status;
    NEUME_GO(neume__plays_weigh(&facts->plays, part->options.plays_power, &plays));
    NEUME_GO(add_rows(&plays, 1, &cells, &rows));
    if (part->options.tags > 0) {
        NEUME_GO(neume__tags_weigh(&facts->item_tags, TAG_ITEMS_LEAST, &tags));
        NEUME_GO(neume__sparse_transpose(&tags, &tag_rows));
        NEUME_GO(add_rows(&tag_rows, (float)part->options.tags, &cells, &rows));
    }
    NEUME_GO(neume__sparse_build(&cells, rows, neume__facts_items(facts), out, NULL));
fail:
    neume__cells_clear(&cells);
    neume__sparse_clear(&plays);
    neume__sparse_clear(&tags);
    neume__sparse_clear(&tag_rows);
    return status;
}

/* --- too many items: the most played ------------------------------------------------------------------------------ */

static int by_item(const void *a, const void *b) {
    const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

static neume_status choose_items(const neume_sparse *x, int32_t **out) {
    neume_status status = NEUME_ENOMEM;
    float *length = neume__calloc((size_t)x->columns, sizeof *length);
    neume_taste_hit *hits = neume__alloc(SIDE_MOST * sizeof *hits);
    int32_t *chosen = neume__alloc(SIDE_MOST * sizeof *chosen);
    if (!length || !hits || !chosen) goto fail;
    for (int64_t at = 0; at < neume__sparse_cells(x); at++) length[x->column[at]]++;
    neume_taste_top(length, x->columns, NULL, SIDE_MOST, hits);
    for (int i = 0; i < SIDE_MOST; i++) chosen[i] = hits[i].item;
    qsort(chosen, SIDE_MOST, sizeof *chosen, by_item);
    *out = chosen;
    chosen = NULL;
    status = NEUME_OK;
fail:
    neume__free(length);
    neume__free(hits);
    neume__free(chosen);
    return status;
}

static neume_status keep_columns(const neume_sparse *x, const int32_t *chosen, neume_sparse *out) {
    neume_status status = NEUME_OK;
    taste_cells cells = {0};
    int32_t *place = neume__calloc((size_t)x->columns, sizeof *place); /* + 1; 0 = not chosen */
    if (!place) return NEUME_ENOMEM;
    for (int32_t i = 0; i < SIDE_MOST; i++) place[chosen[i]] = i + 1;
    for (int64_t r = 0; r < x->rows; r++)
        for (int64_t at = x->start[r]; !status && at < x->start[r + 1]; at++)
            if (place[x->column[at]])
                status = neume__cells_add(&cells, (taste_cell){(int32_t)r, place[x->column[at]] - 1, x->value[at], 0});
    if (!status) status = neume__sparse_build(&cells, x->rows, SIDE_MOST, out, NULL);
    neume__cells_clear(&cells);
    neume__free(place);
    return status;
}

/* X, which form, and which items: all that follows from the facts. */
static neume_status prepare(taste_part *part, const taste_facts *facts) {
    neume_sparse all = {0};
    neume_status status;
    ease *e = neume__calloc(1, sizeof *e);
    if (!e) return NEUME_ENOMEM;
    part->state = e;
    NEUME_GO(stack(part, facts, &all));
    e->dual = all.rows <= all.columns && all.rows <= SIDE_MOST;
    if (e->dual || all.columns <= SIDE_MOST) {
        e->x = all;
        all = (neume_sparse){0};
    } else {
        NEUME_GO(choose_items(&all, &e->chosen));
        NEUME_GO(keep_columns(&all, e->chosen, &e->x));
    }
    NEUME_GO(neume__sparse_transpose(&e->x, &e->back));
fail:
    neume__sparse_clear(&all);
    return status;
}

/* --- learning ----------------------------------------------------------------------------------------------------- */

static neume_status learn_dual(ease *e, double lambda) {
    const size_t cells = (size_t)(e->x.rows * e->x.rows), items = (size_t)e->x.columns;
    neume_status status;
    double *k_inverse = NULL, *diagonal = neume__alloc(items * sizeof *diagonal);
    e->matrix = neume__alloc(cells * sizeof *e->matrix);
    e->diagonal = neume__alloc(items * sizeof *e->diagonal);
    status = NEUME_ENOMEM;
    if (!diagonal || !e->matrix || !e->diagonal) goto fail;
    NEUME_GO(neume__ease_dual(&e->x, lambda, &k_inverse));
    NEUME_GO(neume__ease_diagonal(&e->back, lambda, k_inverse, diagonal));
    for (size_t i = 0; i < cells; i++) e->matrix[i] = (float)k_inverse[i];
    for (size_t j = 0; j < items; j++) e->diagonal[j] = (float)(lambda * diagonal[j]);
fail:
    neume__free(k_inverse);
    neume__free(diagonal);
    return status;
}

static neume_status learn_primal(ease *e, double lambda) {
    const int64_t n = e->x.columns;
    double *p = NULL;
    e->matrix = neume__alloc((size_t)(n * n) * sizeof *e->matrix);
    if (!e->matrix) return NEUME_ENOMEM;
    NEUME_TRY(neume__ease_primal(&e->x, lambda, &p));
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++) e->matrix[i * n + j] = i == j ? 0 : (float)(-p[i * n + j] / p[j * n + j]);
    neume__free(p);
    return NEUME_OK;
}

static neume_status learn(taste_part *part, const taste_facts *facts, const neume_progress *progress) {
    (void)progress;
    NEUME_TRY(prepare(part, facts));
    ease *e = part->state;
    return e->dual ? learn_dual(e, part->options.regularisation) : learn_primal(e, part->options.regularisation);
}

/* --- scoring ------------------------------------------------------------------------------------------------------ */

typedef struct batch {
    const ease *e;
    taste_history *weighed; /* (n) */
    float *shared;          /* dual: (n, rows) x X' */
    float *mixed;           /* dual: (n, rows) x X' K^-1 */
    float *scores;
    int64_t items;
} batch;

static neume_status share_one(void *context, int64_t i) {
    const batch *b = context;
    const taste_history *history = &b->weighed[i];
    for (size_t k = 0; k < history->count; k++)
        neume__sparse_add_row(&b->e->back, history->entries[k].item, history->entries[k].weight,
                              b->shared + i * b->e->x.rows);
    return NEUME_OK;
}

/* s = x - (x - t) / (lambda diag P) with t = x X' K^-1 X; where x is 0, t / (lambda diag P). */
static neume_status finish_dual(void *context, int64_t i) {
    const batch *b = context;
    const neume_sparse *x = &b->e->x;
    const taste_history *history = &b->weighed[i];
    float *scores = b->scores + i * b->items;
    for (int64_t r = 0; r < x->rows; r++) neume__sparse_add_row(x, r, b->mixed[i * x->rows + r], scores);
    for (size_t k = 0; k < history->count; k++) scores[history->entries[k].item] -= history->entries[k].weight;
    for (int64_t j = 0; j < b->items; j++) scores[j] /= b->e->diagonal[j];
    for (size_t k = 0; k < history->count; k++) scores[history->entries[k].item] += history->entries[k].weight;
    return NEUME_OK;
}

static neume_status score_dual(batch *b, int64_t n) {
    const int64_t rows = b->e->x.rows;
    neume_status status = NEUME_ENOMEM;
    b->shared = neume__calloc((size_t)(n * rows), sizeof *b->shared);
    b->mixed = neume__alloc((size_t)(n * rows) * sizeof *b->mixed);
    if (!b->shared || !b->mixed) goto fail;
    NEUME_GO(neume_parallel_for(n, share_one, b));
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)n, (int)rows, (int)rows, 1, b->shared, (int)rows,
                b->e->matrix, (int)rows, 0, b->mixed, (int)rows);
    NEUME_GO(neume_parallel_for(n, finish_dual, b));
fail:
    neume__free(b->shared);
    neume__free(b->mixed);
    return status;
}

static int64_t place_of(const ease *e, int32_t item) {
    if (!e->chosen) return item;
    const int32_t *at = bsearch(&item, e->chosen, (size_t)e->x.columns, sizeof *e->chosen, by_item);
    return at ? at - e->chosen : -1;
}

static neume_status score_primal(void *context, int64_t i) {
    const batch *b = context;
    const ease *e = b->e;
    const int64_t n = e->x.columns;
    const taste_history *history = &b->weighed[i];
    float *sum = neume__calloc((size_t)n + 1, sizeof *sum);
    if (!sum) return NEUME_ENOMEM;
    for (size_t k = 0; k < history->count; k++) {
        const int64_t place = place_of(e, history->entries[k].item);
        for (int64_t j = 0; place >= 0 && j < n; j++) sum[j] += history->entries[k].weight * e->matrix[place * n + j];
    }
    for (int64_t j = 0; j < n; j++) b->scores[i * b->items + (e->chosen ? e->chosen[j] : j)] = sum[j];
    neume__free(sum);
    return NEUME_OK;
}

static neume_status score_batch(const taste_part *part, const taste_history *histories, int64_t n, int64_t items,
                                float *scores) {
    taste_history weighed[BATCH] = {{0}};
    batch b = {.e = part->state, .weighed = weighed, .scores = scores, .items = items};
    neume_status status = NEUME_OK;
    for (int64_t i = 0; !status && i < n; i++)
        status = neume__history_weighed(&histories[i], part->options.plays_power, &weighed[i]);
    if (!status) status = b.e->dual ? score_dual(&b, n) : neume_parallel_for(n, score_primal, &b);
    for (int64_t i = 0; i < n; i++) neume__free((void *)weighed[i].entries);
    return status;
}

static neume_status score(const taste_part *part, const taste_facts *facts, const taste_history *histories, int64_t n,
                          float *scores) {
    const int64_t items = neume__facts_items(facts);
    for (int64_t i = 0; i < n; i += BATCH)
        NEUME_TRY(score_batch(part, histories + i, n - i < BATCH ? n - i : BATCH, items, scores + i * items));
    return NEUME_OK;
}

/* --- the file: K^-1 is symmetric, so half of it is kept ------------------------------------------------------------ */

static neume_status save_dual(const taste_part *part, neume_gguf_writer *writer) {
    const ease *e = part->state;
    const int64_t n = e->x.rows, cells = n * (n + 1) / 2;
    float *half = neume__alloc((size_t)cells * sizeof *half), *to = half;
    if (!half) return NEUME_ENOMEM;
    for (int64_t r = 0; r < n; r++) {
        memcpy(to, e->matrix + r * n, (size_t)(r + 1) * sizeof *half);
        to += r + 1;
    }
    neume_status status = neume__array_save(writer, part->prefix, "ease.inverse", half, 1, cells);
    if (!status) status = neume__array_save(writer, part->prefix, "ease.diagonal", e->diagonal, 1, e->x.columns);
    neume__free(half);
    return status;
}

static neume_status save(const taste_part *part, neume_gguf_writer *writer) {
    const ease *e = part->state;
    return e->dual ? save_dual(part, writer)
                   : neume__array_save(writer, part->prefix, "ease.weights", e->matrix, e->x.columns, e->x.columns);
}

static neume_status load_dual(const taste_part *part, const neume_gguf *gguf) {
    ease *e = part->state;
    const int64_t n = e->x.rows;
    float *half = NULL;
    NEUME_TRY(neume__array_load(gguf, part->prefix, "ease.diagonal", 1, e->x.columns, &e->diagonal));
    for (int64_t j = 0; j < e->x.columns; j++)
        if (!(e->diagonal[j] > 0)) return neume_fail(NEUME_EFORMAT, "the model's diagonal is not above 0");
    NEUME_TRY(neume__array_load(gguf, part->prefix, "ease.inverse", 1, n * (n + 1) / 2, &half));
    e->matrix = neume__alloc((size_t)(n * n) * sizeof *e->matrix);
    for (int64_t r = 0, at = 0; e->matrix && r < n; r++)
        for (int64_t c = 0; c <= r; c++) e->matrix[r * n + c] = e->matrix[c * n + r] = half[at++];
    neume__free(half);
    return e->matrix ? NEUME_OK : NEUME_ENOMEM;
}

static neume_status load(taste_part *part, const taste_facts *facts, const neume_gguf *gguf) {
    NEUME_TRY(prepare(part, facts));
    ease *e = part->state;
    return e->dual ? load_dual(part, gguf)
                   : neume__array_load(gguf, part->prefix, "ease.weights", e->x.columns, e->x.columns, &e->matrix);
}

const taste_kind neume__taste_ease = {
    .name = "ease",
    .defaults = {.neighbours = 1, .regularisation = 100, .plays_power = 1, .factors = 1, .sweeps = 1},
    .learn = learn,
    .score = score,
    .clear = clear,
    .save = save,
    .load = load,
};
