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
#include "net_tile.h"

#include "neume/nn_math.h"

#include <math.h>
#include <string.h>

enum { BLOCK = LM_TILE_COLUMNS }; /* queries */

/* One thread's float matrices, all of `width` columns or of `reach`. */
typedef struct workspace {
    int64_t width, reach; /* head_width and T, padded */
    float *memory;
    float *key, *value, *key_turned, *value_turned, *d_key, *d_value; /* (reach, width), turned (width, reach) */
    float *query, *mixed, *d_mixed, *d_query;                         /* (BLOCK, width) */
    float *share, *d_share;                                           /* (BLOCK, reach) */
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

/* Turns the pairs (i, i + half) by the angles of one position, back again with direction -1, and scales. */
NEUME_VECTOR static void rotate(float *x, const float *angles, int64_t half, float direction, float scale) {
#pragma omp simd
    for (int64_t i = 0; i < half; i++) {
        const float cosine = scale * angles[i], sine = scale * direction * angles[half + i];
        const float a = x[i], b = x[half + i];
        x[i] = a * cosine - b * sine;
        x[half + i] = b * cosine + a * sine;
    }
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

static int64_t offset_of(const document *d, const neume_tensor *x, int64_t t, int64_t head) {
    return token_of(d, t) * x->dim[1] + head * d->attention->head_width;
}

/* Rows from..from + count of one head, to (count, width). */
static void load_head(const document *d, const neume_tensor *x, int64_t head, int64_t from, int64_t count,
                      const workspace *w, float *to) {
    for (int64_t t = 0; t < count; t++)
        neume_tensor_load(x, offset_of(d, x, from + t, head), d->attention->head_width, to + t * w->width);
}

static void store_head(const document *d, neume_tensor *x, int64_t head, int64_t from, int64_t count,
                       const workspace *w, const float *rows) {
    for (int64_t t = 0; t < count; t++)
        neume_tensor_store(x, offset_of(d, x, from + t, head), d->attention->head_width, rows + t * w->width);
}

static void rotate_rows(const document *d, int64_t from, int64_t count, const workspace *w, float direction,
                        float scale, float *rows) {
    const int64_t width = d->attention->head_width;
    for (int64_t t = 0; t < count; t++)
        rotate(rows + t * w->width, d->attention->rotation + (from + t) * width, width / 2, direction, scale);
}

/* to (width, reach) from rows (count, width); the columns up to the next full tile are 0. */
static void turn(const document *d, const workspace *w, const float *rows, float *to) {
    const int64_t padded = lm_tile_padded(d->count);
    for (int64_t i = 0; i < d->attention->head_width; i++) {
        float *line = to + i * w->reach;
        for (int64_t t = 0; t < d->count; t++) line[t] = rows[t * w->width + i];
        memset(line + d->count, 0, (size_t)(padded - d->count) * sizeof *line);
    }
}

static void load_keys_and_values(const document *d, workspace *w) {
    load_head(d, d->qkv, key_head(d), 0, d->count, w, w->key);
    rotate_rows(d, 0, d->count, w, 1, 1, w->key);
    turn(d, w, w->key, w->key_turned);
    load_head(d, d->qkv, value_head(d), 0, d->count, w, w->value);
}

static float score_scale(const document *d) {
    return 1 / sqrtf((float)d->attention->head_width);
}

static void load_queries(const document *d, int64_t head, int64_t from, int64_t count, workspace *w) {
    load_head(d, d->qkv, head, from, count, w, w->query);
    rotate_rows(d, from, count, w, 1, score_scale(d), w->query);
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
                                        .b_row = w->reach,
                                        .y = share,
                                        .y_row = w->reach});
}

/* out (BLOCK, width) = share (BLOCK, keys) rows (keys, width) */
static void mix(const workspace *w, const float *share, int64_t keys, const float *rows, float *out) {
    lm_tile_multiply(&(lm_tile_product){.rows = BLOCK,
                                        .inner = keys,
                                        .columns = w->width,
                                        .a = share,
                                        .a_row = w->reach,
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
                                        .a_column = w->reach,
                                        .b = rows,
                                        .b_row = w->width,
                                        .y = out,
                                        .y_row = w->width,
                                        .add = true});
}

/* --- rows of scores ----------------------------------------------------------------------------------------------- */

NEUME_VECTOR static float row_most(const float *row, int64_t n) {
    float most = row[0];
#pragma omp simd reduction(max : most)
    for (int64_t i = 0; i < n; i++) most = row[i] > most ? row[i] : most;
    return most;
}

/* exp(row - most) of the first n, 0 up to `end`; the sum. */
NEUME_VECTOR static float row_exp(float *row, float most, int64_t n, int64_t end) {
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < n; i++) {
        row[i] = neume__exp_negative(row[i] > most ? 0 : row[i] - most);
        sum += row[i];
    }
    for (int64_t i = n; i < end; i++) row[i] = 0;
    return sum;
}

NEUME_VECTOR static void row_scale(float *row, float factor, int64_t n) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++) row[i] *= factor;
}

NEUME_VECTOR static float row_dot(const float *a, const float *b, int64_t n) {
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

/* d becomes share (d - mean) of the first n, 0 up to `end`. */
NEUME_VECTOR static void row_softmax_backward(float *d, const float *share, float mean, int64_t n, int64_t end) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++) d[i] = share[i] * (d[i] - mean);
    for (int64_t i = n; i < end; i++) d[i] = 0;
}

/* --- forward ------------------------------------------------------------------------------------------------------ */

static float *log_sums_of(const document *d, const neume_tensor *log_sum, int64_t head) {
    return neume_f32(log_sum) + (d->row * d->attention->heads + head) * d->attention->length + d->first;
}

static void forward_block(const document *d, int64_t head, int64_t from, workspace *w, neume_tensor *mixed,
                          float *log_sum) {
    const int64_t count = d->count - from < BLOCK ? d->count - from : BLOCK, keys = from + count;
    const int64_t padded = lm_tile_padded(keys);
    float sums[BLOCK];
    load_queries(d, head, from, count, w);
    compare(d, w, w->query, w->key_turned, padded, w->share);
    for (int64_t t = 0; t < count; t++) {
        float *row = w->share + t * w->reach;
        const float most = row_most(row, from + t + 1);
        sums[t] = row_exp(row, most, from + t + 1, padded);
        log_sum[from + t] = most + logf(sums[t]);
    }
    mix(w, w->share, keys, w->value, w->mixed);
    for (int64_t t = 0; t < count; t++) row_scale(w->mixed + t * w->width, 1 / sums[t], w->width);
    store_head(d, mixed, head, from, count, w, w->mixed);
}

/* --- backward ----------------------------------------------------------------------------------------------------- */

static void backward_block(const document *d, const lm_attention_saved *saved, int64_t head, int64_t from, workspace *w,
                           neume_tensor *d_qkv) {
    const int64_t count = d->count - from < BLOCK ? d->count - from : BLOCK, keys = from + count;
    const int64_t padded = lm_tile_padded(keys);
    const float *log_sum = log_sums_of(d, saved->log_sum, head) + from;
    load_queries(d, head, from, count, w);
    load_head(d, saved->mixed, head, from, count, w, w->mixed);
    load_head(d, saved->d_mixed, head, from, count, w, w->d_mixed);
    compare(d, w, w->query, w->key_turned, padded, w->share);
    compare(d, w, w->d_mixed, w->value_turned, padded, w->d_share);
    for (int64_t t = 0; t < count; t++) {
        float *share = w->share + t * w->reach;
        row_exp(share, log_sum[t], from + t + 1, padded);
        row_softmax_backward(w->d_share + t * w->reach, share,
                             row_dot(w->mixed + t * w->width, w->d_mixed + t * w->width, d->attention->head_width),
                             from + t + 1, padded);
    }
    mix(w, w->d_share, keys, w->key, w->d_query);
    spread(w, w->d_share, padded, count, w->query, w->d_key);
    spread(w, w->share, padded, count, w->d_mixed, w->d_value);
    rotate_rows(d, from, count, w, -1, score_scale(d), w->d_query);
    store_head(d, d_qkv, head, from, count, w, w->d_query);
}

static void backward_document(const document *d, const lm_attention_saved *saved, workspace *w, neume_tensor *d_qkv) {
    const int64_t shared = d->attention->heads / d->attention->kv_heads, padded = lm_tile_padded(d->count);
    turn(d, w, w->value, w->value_turned);
    memset(w->d_key, 0, (size_t)(padded * w->width) * sizeof *w->d_key);
    memset(w->d_value, 0, (size_t)(padded * w->width) * sizeof *w->d_value);
    for (int64_t head = d->group * shared; head < (d->group + 1) * shared; head++)
        for (int64_t from = 0; from < d->count; from += BLOCK) backward_block(d, saved, head, from, w, d_qkv);
    rotate_rows(d, 0, d->count, w, -1, 1, w->d_key);
    store_head(d, d_qkv, key_head(d), 0, d->count, w, w->d_key);
    store_head(d, d_qkv, value_head(d), 0, d->count, w, w->d_value);
}

/* --- all documents ------------------------------------------------------------------------------------------------ */

/* Every task of a pass; backward when d_qkv is there. */
typedef struct pass {
    const lm_attention *attention;
    const neume_tensor *qkv;
    neume_tensor *mixed, *log_sum;
    const lm_attention_saved *saved;
    neume_tensor *d_qkv;
} pass;

static neume_status workspace_init(workspace *w, const lm_attention *a, bool backward) {
    *w = (workspace){.width = lm_tile_padded(a->head_width), .reach = lm_tile_padded(a->length)};
    const int64_t whole = w->width * w->reach, block = BLOCK * w->width, scores = BLOCK * w->reach;
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
        if (p->d_qkv) {
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
    for (int64_t i = 0; i < threads && !status; i++) status = workspace_init(&w[i], p->attention, p->d_qkv != NULL);
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
