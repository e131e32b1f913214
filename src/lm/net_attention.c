/* Attention after Dao et al. 2022 ("FlashAttention"): a block of queries meets the keys it may see, and the shares are
 * used and forgotten; the backward pass computes them again from each query's log-sum. So memory grows with T, not T^2,
 * and no work is done above the diagonal (but for the last keys of a block) or between documents.
 *
 * One task is one row of the batch and one group: a key-value head and the query heads that share it. Its document's
 * keys and values are widened to 32-bit and rotated once; queries come in blocks of 32:
 *
 *     forward    S = Q K'    P = exp(S - max)    O = P V / sum
 *     backward   P = exp(Q K' - log_sum)    dP = dO V'    dS = P (dP - rowsum(dO O))    dQ = dS K    dK += dS' Q
 *                dV += P' dO
 *
 * where Q already carries the scale 1 / sqrt(head_width). Tasks write apart and each works in a fixed order: any number
 * of threads gives the same digits. */
#include "net_attention.h"
#include "net_attention_rows.h"
#include "net_tile.h"

#include <math.h>
#include <string.h>

enum { BLOCK = LM_TILE_COLUMNS }; /* queries */

/* One thread's float matrices, rows of `width` or of `stride` numbers. */
typedef struct workspace {
    int64_t width;  /* head_width, padded */
    int64_t stride; /* T, padded, and a tile more: rows at whole pages would share the same few lines of the cache */
    float *memory;
    float *key, *value, *key_turned, *value_turned, *d_key, *d_value; /* (T padded, width), turned (width, stride) */
    float *query, *mixed, *d_mixed, *d_query;                         /* (BLOCK, width) */
    float *share, *d_share;                                           /* (BLOCK, stride) */
} workspace;

/* What a task works at: document [first, first + count) of a row, one group of heads. */
typedef struct document {
    const lm_attention *attention;
    const neume_tensor *qkv;
    int64_t row, group, first, count;
} document;

/* --- rotation ----------------------------------------------------------------------------------------------------- */

neume_status lm_rotation_fill(const neume_lm_shape *shape, neume_tensor *rotation) {
    const int64_t width = shape->width / shape->heads, half = width / 2;
    NEUME_TRY(neume_tensor_shape(rotation, NEUME_F32, NEUME_DIMS(shape->context, width)));
    for (int64_t t = 0; t < shape->context; t++)
        for (int64_t i = 0; i < half; i++) {
            const double angle = (double)t * pow((double)shape->rope_base, -2.0 * (double)i / (double)width);
            float *at = neume_f32(rotation) + t * width + i;
            at[0] = (float)cos(angle);
            at[half] = (float)sin(angle);
        }
    return NEUME_OK;
}

/* --- a document's vectors in and out ------------------------------------------------------------------------------ */

static int64_t token_of(const document *d, int64_t t) {
    return d->row * d->attention->length + d->first + t;
}

/* Heads in the order they lie in a row of qkv: queries, keys, values. */
static int64_t key_head(const document *d) {
    return d->attention->heads + d->group;
}

static int64_t value_head(const document *d) {
    return key_head(d) + d->attention->kv_heads;
}

/* Tokens from .. from + count - 1 of one head of x. */
static lm_head_rows rows_of(const document *d, const neume_tensor *x, int64_t head, int64_t from, int64_t count) {
    const int64_t width = d->attention->head_width;
    return (lm_head_rows){.count = count,
                          .width = width,
                          .at = token_of(d, from) * x->dim[1] + head * width,
                          .stride = x->dim[1],
                          .row = lm_tile_padded(width),
                          .angles = d->attention->rotation + from * width};
}

static void load_keys_and_values(const document *d, workspace *w) {
    const lm_head_rows keys = rows_of(d, d->qkv, key_head(d), 0, d->count);
    const lm_head_rows values = rows_of(d, d->qkv, value_head(d), 0, d->count);
    lm_rows_load_rotated(&keys, d->qkv, 1, w->key);
    lm_rows_transpose(w->key, lm_tile_padded(d->count), w->width, w->stride, w->key_turned);
    lm_rows_load(&values, d->qkv, w->value);
}

static float score_scale(const document *d) {
    return 1 / sqrtf((float)d->attention->head_width);
}

/* --- products of a block ------------------------------------------------------------------------------------------ */

/* share (BLOCK, keys) = rows (BLOCK, head_width) turned (head_width, keys) */
static void compare(const document *d, const workspace *w, const float *rows, const float *turned, int64_t keys,
                    float *share) {
    lm_tile_multiply(&(lm_tile_product){.rows = BLOCK,
                                        .inner = d->attention->head_width,
                                        .columns = keys,
                                        .a = rows,
                                        .a_row = w->width,
                                        .a_column = 1,
                                        .b = turned,
                                        .b_row = w->stride,
                                        .y = share,
                                        .y_row = w->stride});
}

/* out (BLOCK, width) = share (BLOCK, keys) rows (keys, width) */
static void mix(const workspace *w, const float *share, int64_t keys, const float *rows, float *out) {
    lm_tile_multiply(&(lm_tile_product){.rows = BLOCK,
                                        .inner = keys,
                                        .columns = w->width,
                                        .a = share,
                                        .a_row = w->stride,
                                        .a_column = 1,
                                        .b = rows,
                                        .b_row = w->width,
                                        .y = out,
                                        .y_row = w->width});
}

/* out (keys, width) += share' (keys, count) rows (count, width) */
static void spread(const workspace *w, const float *share, int64_t keys, int64_t count, const float *rows, float *out) {
    lm_tile_multiply(&(lm_tile_product){.rows = keys,
                                        .inner = count,
                                        .columns = w->width,
                                        .a = share,
                                        .a_row = 1,
                                        .a_column = w->stride,
                                        .b = rows,
                                        .b_row = w->width,
                                        .y = out,
                                        .y_row = w->width,
                                        .add = true});
}

/* --- forward ------------------------------------------------------------------------------------------------------ */

static float *log_sums_of(const document *d, const neume_tensor *log_sum, int64_t head) {
    return neume_f32(log_sum) + (d->row * d->attention->heads + head) * d->attention->length + d->first;
}

/* Queries from .. of one head: as many as a block has, or as are left. */
static lm_scores scores_of(const document *d, int64_t from, const workspace *w) {
    const int64_t count = d->count - from < BLOCK ? d->count - from : BLOCK;
    return (lm_scores){count, from, lm_tile_padded(from + count), w->stride};
}

static void forward_block(const document *d, int64_t head, int64_t from, workspace *w, neume_tensor *mixed,
                          float *log_sum) {
    const lm_scores scores = scores_of(d, from, w);
    const lm_head_rows queries = rows_of(d, d->qkv, head, from, scores.count);
    const lm_head_rows results = rows_of(d, mixed, head, from, scores.count);
    float sums[BLOCK];
    lm_rows_load_rotated(&queries, d->qkv, score_scale(d), w->query);
    compare(d, w, w->query, w->key_turned, scores.columns, w->share);
    lm_scores_exp(&scores, w->share, sums, log_sum + from);
    mix(w, w->share, from + scores.count, w->value, w->mixed);
    for (int64_t t = 0; t < scores.count; t++)
        for (int64_t i = 0; i < w->width; i++) w->mixed[t * w->width + i] /= sums[t];
    lm_rows_store(&results, w->mixed, mixed);
}

/* --- backward ----------------------------------------------------------------------------------------------------- */

/* means[t] = sum(d_mixed mixed), which is sum(d_share share) */
static void mean_rows(const workspace *w, int64_t count, float means[BLOCK]) {
    for (int64_t t = 0; t < count; t++) {
        means[t] = 0;
        for (int64_t i = 0; i < w->width; i++) means[t] += w->mixed[t * w->width + i] * w->d_mixed[t * w->width + i];
    }
}

static void backward_block(const document *d, const lm_attention_saved *saved, int64_t head, int64_t from, workspace *w,
                           neume_tensor *d_qkv) {
    const lm_scores scores = scores_of(d, from, w);
    const lm_head_rows queries = rows_of(d, d->qkv, head, from, scores.count);
    const lm_head_rows results = rows_of(d, saved->mixed, head, from, scores.count);
    float means[BLOCK];
    lm_rows_load_rotated(&queries, d->qkv, score_scale(d), w->query);
    lm_rows_load(&results, saved->mixed, w->mixed);
    lm_rows_load(&results, saved->d_mixed, w->d_mixed);
    mean_rows(w, scores.count, means);
    compare(d, w, w->query, w->key_turned, scores.columns, w->share);
    compare(d, w, w->d_mixed, w->value_turned, scores.columns, w->d_share);
    lm_scores_share(&scores, w->share, log_sums_of(d, saved->log_sum, head) + from);
    lm_scores_backward(&scores, w->share, means, w->d_share);
    mix(w, w->d_share, from + scores.count, w->key, w->d_query);
    spread(w, w->d_share, scores.columns, scores.count, w->query, w->d_key);
    spread(w, w->share, scores.columns, scores.count, w->d_mixed, w->d_value);
    lm_rows_store_rotated(&queries, w->d_query, score_scale(d), d_qkv);
}

static void backward_document(const document *d, const lm_attention_saved *saved, workspace *w, neume_tensor *d_qkv) {
    const int64_t shared = d->attention->heads / d->attention->kv_heads, padded = lm_tile_padded(d->count);
    const lm_head_rows keys = rows_of(d, d->qkv, key_head(d), 0, d->count);
    const lm_head_rows values = rows_of(d, d->qkv, value_head(d), 0, d->count);
    lm_rows_transpose(w->value, padded, w->width, w->stride, w->value_turned);
    memset(w->d_key, 0, (size_t)(padded * w->width) * sizeof *w->d_key);
    memset(w->d_value, 0, (size_t)(padded * w->width) * sizeof *w->d_value);
    for (int64_t head = d->group * shared; head < (d->group + 1) * shared; head++)
        for (int64_t from = 0; from < d->count; from += BLOCK) backward_block(d, saved, head, from, w, d_qkv);
    lm_rows_store_rotated(&keys, w->d_key, 1, d_qkv);
    lm_rows_store(&values, w->d_value, d_qkv);
}

/* --- all documents ------------------------------------------------------------------------------------------------ */

/* Every task of a pass; backward when `saved` is there. */
typedef struct pass {
    const lm_attention *attention;
    const neume_tensor *qkv;
    neume_tensor *mixed, *log_sum;
    const lm_attention_saved *saved;
    neume_tensor *d_qkv;
} pass;

static neume_status workspace_init(workspace *w, const lm_attention *a, bool backward) {
    *w = (workspace){.width = lm_tile_padded(a->head_width), .stride = lm_tile_padded(a->length) + LM_TILE_COLUMNS};
    const int64_t whole = w->width * w->stride, block = BLOCK * w->width, scores = BLOCK * w->stride;
    struct {
        float **at;
        int64_t count;
        bool wanted;
    } const parts[] = {
        {&w->key, whole, true},         {&w->value, whole, true},       {&w->key_turned, whole, true},
        {&w->query, block, true},       {&w->mixed, block, true},       {&w->share, scores, true},
        {&w->d_key, whole, backward},   {&w->d_value, whole, backward}, {&w->value_turned, whole, backward},
        {&w->d_mixed, block, backward}, {&w->d_query, block, backward}, {&w->d_share, scores, backward},
    };
    int64_t total = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) total += parts[i].wanted ? parts[i].count : 0;
    w->memory = neume__alloc_aligned((size_t)total * sizeof *w->memory);
    if (!w->memory) return NEUME_ENOMEM;
    memset(w->memory, 0, (size_t)total * sizeof *w->memory); /* what pads a tile is multiplied, so it must be numbers */
    float *next = w->memory;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (parts[i].wanted) *parts[i].at = next, next += parts[i].count;
    return NEUME_OK;
}

static void run_task(const pass *p, int64_t task, workspace *w) {
    const lm_attention *a = p->attention;
    const int64_t shared = a->heads / a->kv_heads;
    document d = {.attention = a, .qkv = p->qkv, .row = task / a->kv_heads, .group = task % a->kv_heads};
    const int32_t *starts = a->starts + d.row * a->length;
    for (; d.first < a->length; d.first += d.count) {
        for (d.count = 1; d.first + d.count < a->length && starts[d.first + d.count] == d.first;) d.count++;
        load_keys_and_values(&d, w);
        if (p->saved) {
            backward_document(&d, p->saved, w, p->d_qkv);
            continue;
        }
        for (int64_t head = d.group * shared; head < (d.group + 1) * shared; head++)
            for (int64_t from = 0; from < d.count; from += BLOCK)
                forward_block(&d, head, from, w, p->mixed, log_sums_of(&d, p->log_sum, head));
    }
}

static neume_status run_tasks(const pass *p) {
    const int64_t tasks = p->attention->rows * p->attention->kv_heads, threads = neume_threads_count();
    workspace *w = neume__calloc((size_t)threads, sizeof *w);
    neume_status status = w ? NEUME_OK : NEUME_ENOMEM;
    for (int64_t i = 0; i < threads && !status; i++) status = workspace_init(&w[i], p->attention, p->saved != NULL);
    if (!status) {
#pragma omp parallel for schedule(static, 1)
        for (int64_t i = 0; i < threads; i++)
            for (int64_t task = i; task < tasks; task += threads) run_task(p, task, &w[i]);
    }
    for (int64_t i = 0; w && i < threads; i++) neume__free(w[i].memory);
    neume__free(w);
    return status;
}

neume_status lm_attention_forward(const lm_attention *attention, const neume_tensor *qkv, neume_tensor *mixed,
                                  neume_tensor *log_sum) {
    const lm_attention *a = attention;
    NEUME_TRY(neume_tensor_shape(mixed, qkv->dtype, NEUME_DIMS(a->rows * a->length, a->heads * a->head_width)));
    NEUME_TRY(neume_tensor_shape(log_sum, NEUME_F32, NEUME_DIMS(a->rows, a->heads, a->length)));
    return run_tasks(&(pass){.attention = a, .qkv = qkv, .mixed = mixed, .log_sum = log_sum});
}

neume_status lm_attention_backward(const lm_attention *attention, const lm_attention_saved *saved,
                                   neume_tensor *d_qkv) {
    NEUME_TRY(neume_tensor_shape(d_qkv, saved->qkv->dtype, saved->qkv->rank, saved->qkv->dim));
    return run_tasks(&(pass){.attention = attention, .qkv = saved->qkv, .saved = saved, .d_qkv = d_qkv});
}
