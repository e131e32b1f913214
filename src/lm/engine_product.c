/* Products of matrices with one token or many, and the pool that they run on.
 *
 * A piece of work is a few rows of a matrix: they are widened into scratch, a few at a time for one token (so that they
 * stay in the first cache), more for many tokens (so that each token's numbers are fetched less often). */
#include "engine.h"

#include <string.h>

/* --- the pool ----------------------------------------------------------------------------------------------------- */

/* In multiply-adds: less work stays on one thread. Waking another takes some ten microseconds, in which one thread with
 * wide vectors does about so many; where the line lies exactly, no bench of ours shows. */
static const double worth_waking = 400e3;

typedef struct job {
    const lm_pool *pool;
    int64_t pieces;
    lm_piece_fn *fn;
    void *context;
    _Atomic int64_t next;    /* the next piece to do */
    _Atomic int64_t entered; /* threads so far */
} job;

static void work(job *j) {
    const int64_t me = atomic_fetch_add(&j->entered, 1);
    float *scratch = j->pool->scratch + (size_t)me * j->pool->scratch_floats;
    for (int64_t i; (i = atomic_fetch_add(&j->next, 1)) < j->pieces;) j->fn(j->context, i, scratch);
}

void lm_pool_run(const lm_pool *pool, int64_t pieces, double cost, lm_piece_fn *fn, void *context) {
    if (pool->threads == 1 || pieces == 1 || cost < worth_waking) {
        for (int64_t i = 0; i < pieces; i++) fn(context, i, pool->scratch);
        return;
    }
    job j = {pool, pieces, fn, context, 0, 0};
#pragma omp parallel num_threads(pool->threads)
    work(&j);
}

/* --- products ----------------------------------------------------------------------------------------------------- */

enum { PIECE_ROWS = 64, NEAR_BYTES = 32 << 10, FAR_BYTES = 256 << 10 }; /* good parts of a first and a second cache */

typedef struct pieces {
    const lm_kernels *kernels;
    const lm_product *product;
} pieces;

static int64_t pieces_of(const lm_output *output) {
    return (output->w->rows + PIECE_ROWS - 1) / PIECE_ROWS;
}

/* How many rows are widened at once: whole tiles, but half a tile where rows are too long for the cache. */
static int64_t rows_at_once(int64_t inner, int64_t tokens) {
    const int64_t bytes = tokens == 1 ? NEAR_BYTES : FAR_BYTES, most = tokens == 1 ? LM_TILE_ROWS : PIECE_ROWS;
    const int64_t fit = bytes / (int64_t)sizeof(float) / lm_pad(inner) / LM_TILE_ROWS * LM_TILE_ROWS;
    return fit < LM_TILE_ROWS ? LM_TILE_ROWS / 2 : fit > most ? most : fit;
}

size_t lm_product_scratch(int64_t inner) {
    return (size_t)(rows_at_once(inner, 2) * lm_pad(inner));
}

/* Asks for bytes that are read soon: while a few rows are multiplied, the next ones travel from memory. (Beyond the end
 * of the weights this asks in vain.) */
static void fetch(const uint8_t *bytes, size_t count) {
    for (size_t i = 0; i < count; i += 64) __builtin_prefetch(bytes + i);
}

/* Rows `first` to `last` of the matrix as floats; *stride apart. In place when they are. */
static const float *widen(const lm_kernels *kernels, const lm_matrix *w, int64_t first, int64_t last, float *scratch,
                          int64_t *stride) {
    const int64_t padded = lm_pad(w->inner);
    const uint8_t *row = w->data + (size_t)first * w->row_bytes;
    *stride = padded;
    if (w->type == LM_F32 && padded == w->inner) return (const float *)(const void *)row;
    for (int64_t r = first; r < last; r++, row += w->row_bytes) {
        fetch(row + (size_t)(last - first) * w->row_bytes, w->row_bytes);
        float *to = scratch + (r - first) * padded;
        kernels->decode[w->type](row, w->inner, to);
        for (int64_t i = w->inner; i < padded; i++) to[i] = 0;
    }
    return scratch;
}

static void add_bias(const lm_output *o, int64_t first, int64_t last, int64_t tokens) {
    for (int64_t t = 0; t < tokens; t++)
        for (int64_t r = first; r < last; r++) o->y[t * o->stride + r] += o->bias[r];
}

/* All tokens times rows first to last, which are widened already. */
static void multiply_widened(const lm_kernels *kernels, const lm_tile *rows, int64_t tokens_at_once) {
    for (int64_t t = 0; t < rows->tokens; t += tokens_at_once) {
        for (int64_t r = 0; r < rows->rows; r += LM_TILE_ROWS) {
            lm_tile tile = *rows;
            tile.w += r * rows->w_stride;
            tile.rows = rows->rows - r < LM_TILE_ROWS ? rows->rows - r : LM_TILE_ROWS;
            tile.x += t * rows->x_stride;
            tile.tokens = rows->tokens - t < tokens_at_once ? rows->tokens - t : tokens_at_once;
            tile.y += t * rows->y_stride + r;
            kernels->multiply(&tile);
        }
    }
}

static void multiply_piece(void *context, int64_t index, float *scratch) {
    enum { TOKENS_AT_ONCE = 12 }; /* whole tiles of every kernel; their numbers stay in the first cache for all rows */
    const pieces *all = context;
    const lm_product *p = all->product;
    const lm_output *o = p->outputs;
    for (; index >= pieces_of(o); o++) index -= pieces_of(o);
    const int64_t first = index * PIECE_ROWS, end = first + PIECE_ROWS < o->w->rows ? first + PIECE_ROWS : o->w->rows;
    const int64_t step = rows_at_once(o->w->inner, p->tokens);
    for (int64_t r = first; r < end; r += step) {
        const int64_t last = r + step < end ? r + step : end;
        lm_tile tile = {.rows = last - r, .x = p->x, .x_stride = p->stride, .tokens = p->tokens};
        tile.w = widen(all->kernels, o->w, r, last, scratch, &tile.w_stride);
        tile.y = o->y + r;
        tile.y_stride = o->stride;
        tile.inner = lm_pad(o->w->inner);
        multiply_widened(all->kernels, &tile, TOKENS_AT_ONCE);
    }
    if (o->bias) add_bias(o, first, end, p->tokens);
}

void lm_multiply(const lm_kernels *kernels, const lm_pool *pool, const lm_product *product) {
    pieces all = {kernels, product};
    int64_t count = 0;
    double cost = 0;
    for (int i = 0; i < product->count; i++) {
        const lm_matrix *w = product->outputs[i].w;
        count += pieces_of(&product->outputs[i]);
        cost += (double)w->rows * (double)w->inner * (double)product->tokens;
    }
    lm_pool_run(pool, count, cost, multiply_piece, &all);
}
