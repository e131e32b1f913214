/* A session: its memory, and what its callers may ask. */
#include "engine.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* --- memory ------------------------------------------------------------------------------------------------------- */

enum {
    ROWS_MOST = 256, /* tokens that pass at once: each weight is widened once for so many */
    STREAMS_MOST = 1 << 20
};

/* *out = count * width floats, all zero (what stands beyond a row's end must be). */
static neume_status floats(int64_t count, int64_t width, float **out) {
    size_t total, bytes;
    NEUME_TRY(neume__mul_size((size_t)count, (size_t)width, &total));
    NEUME_TRY(neume__mul_size(total, sizeof **out, &bytes));
    *out = neume__calloc(total, sizeof **out);
    return *out ? NEUME_OK : NEUME_ENOMEM;
}

/* Angle position * base^(-2i / width). */
static void fill_rotary(neume_lm_session *s) {
    const int64_t width = s->model->head_width, half = width / 2;
    for (int64_t i = 0; i < half; i++) {
        const double rate = pow((double)s->model->shape.rope_base, -2.0 * (double)i / (double)width);
        for (int64_t p = 0; p < s->context; p++) {
            s->rotary[p * width + i] = (float)cos(rate * (double)p);
            s->rotary[p * width + half + i] = (float)sin(rate * (double)p);
        }
    }
}

static neume_status allocate_caches(neume_lm_session *s) {
    const int64_t blocks = (s->context + LM_KEY_BLOCK - 1) / LM_KEY_BLOCK, width = s->model->head_width;
    size_t count;
    NEUME_TRY(neume__mul_size((size_t)s->streams, (size_t)(s->model->shape.layers * s->model->shape.kv_heads), &count));
    s->key_floats = blocks * LM_KEY_BLOCK * width;
    s->value_floats = s->context * lm_pad(width);
    NEUME_TRY(floats((int64_t)count, s->key_floats, &s->keys));
    return floats((int64_t)count, s->value_floats, &s->values);
}

static neume_status allocate_rows(neume_lm_session *s) {
    const neume_lm_shape *shape = &s->model->shape;
    const int64_t width = lm_pad(shape->width), kv_width = lm_pad(shape->kv_heads * s->model->head_width);
    float **const wide[] = {&s->x, &s->branch, &s->normed, &s->q, &s->mixed};
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) NEUME_TRY(floats(s->rows_most, width, wide[i]));
    NEUME_TRY(floats(s->rows_most, kv_width, &s->k));
    NEUME_TRY(floats(s->rows_most, kv_width, &s->v));
    NEUME_TRY(floats(s->rows_most, lm_pad(shape->hidden), &s->gate));
    return floats(s->rows_most, lm_pad(shape->hidden), &s->up);
}

static size_t larger(size_t a, size_t b) {
    return a > b ? a : b;
}

static neume_status allocate(neume_lm_session *s) {
    const neume_lm_shape *shape = &s->model->shape;
    const size_t attention = (size_t)(s->context + LM_KEY_BLOCK + lm_pad(s->model->head_width));
    s->lengths = neume__calloc((size_t)s->streams, sizeof *s->lengths);
    s->rows = neume__calloc((size_t)s->rows_most, sizeof *s->rows);
    if (!s->lengths || !s->rows) return NEUME_ENOMEM;
    s->pool.threads = neume_threads_count();
    s->pool.scratch_floats =
        larger(attention, larger(lm_product_scratch(shape->width), lm_product_scratch(shape->hidden)));
    NEUME_TRY(floats(s->pool.threads, (int64_t)s->pool.scratch_floats, &s->pool.scratch));
    NEUME_TRY(floats(s->context, s->model->head_width, &s->rotary));
    fill_rotary(s);
    NEUME_TRY(allocate_rows(s));
    return allocate_caches(s);
}

neume_status neume_lm_session_new(const neume_lm_model *model, int64_t streams, int64_t context,
                                  neume_lm_session **out) {
    if (streams < 1 || streams > STREAMS_MOST)
        return neume_fail(NEUME_EINVAL, "a session of %lld streams, not 1 to %d", (long long)streams, STREAMS_MOST);
    if (context < 1 || context > model->shape.context)
        return neume_fail(NEUME_EINVAL, "a context of %lld tokens; the model's own is %lld", (long long)context,
                          (long long)model->shape.context);
    neume_lm_session *s = neume__calloc(1, sizeof *s);
    if (!s) return NEUME_ENOMEM;
    s->model = model;
    s->kernels = model->kernels;
    s->streams = streams;
    s->context = context;
    const int64_t useful = context > streams ? context : streams;
    s->rows_most = useful < ROWS_MOST ? useful : ROWS_MOST;
    neume_status status = allocate(s);
    if (status != NEUME_OK) {
        neume_lm_session_free(s);
        return status;
    }
    *out = s;
    return NEUME_OK;
}

void neume_lm_session_free(neume_lm_session *session) {
    if (!session) return;
    void *const owned[] = {session->lengths, session->rows,   session->pool.scratch,
                           session->rotary,  session->keys,   session->values,
                           session->x,       session->branch, session->normed,
                           session->q,       session->mixed,  session->k,
                           session->v,       session->gate,   session->up};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) neume__free(owned[i]);
    neume__free(session);
}

/* --- growing ------------------------------------------------------------------------------------------------------ */

static neume_status check_id(const neume_lm_session *s, int32_t id) {
    if (id >= 0 && id < s->model->shape.vocabulary) return NEUME_OK;
    return neume_fail(NEUME_EINVAL, "token %d is not one of the model's %lld", id,
                      (long long)s->model->shape.vocabulary);
}

static neume_status check_room(const neume_lm_session *s, int64_t stream, int64_t count) {
    if (count <= s->context - s->lengths[stream]) return NEUME_OK;
    return neume_fail(NEUME_ELIMIT, "%lld tokens do not fit behind the %lld that stream %lld has (context %lld)",
                      (long long)count, (long long)s->lengths[stream], (long long)stream, (long long)s->context);
}

static neume_status check_feed(const neume_lm_session *s, int64_t stream, const int32_t *ids, int64_t count) {
    if (stream < 0 || stream >= s->streams) return neume_fail(NEUME_EINVAL, "no stream %lld", (long long)stream);
    if (count < 1) return neume_fail(NEUME_EINVAL, "%lld tokens to feed", (long long)count);
    NEUME_TRY(check_room(s, stream, count));
    for (int64_t i = 0; i < count; i++) NEUME_TRY(check_id(s, ids[i]));
    return NEUME_OK;
}

/* Feeds the next tokens, as many as pass at once. @return how many */
static int64_t feed_some(neume_lm_session *s, int64_t stream, const int32_t *ids, int64_t count) {
    const int64_t n = count < s->rows_most ? count : s->rows_most;
    for (int64_t i = 0; i < n; i++) s->rows[i] = (lm_row){ids[i], stream, s->lengths[stream] + i};
    lm_forward(s, n);
    s->lengths[stream] += n;
    return n;
}

neume_status neume_lm_session_feed(neume_lm_session *session, int64_t stream, const int32_t *ids, int64_t count,
                                   float *logits) {
    NEUME_TRY(check_feed(session, stream, ids, count));
    int64_t last = 0;
    for (int64_t done = 0; done < count; done += last) last = feed_some(session, stream, ids + done, count - done);
    if (logits) lm_logits(session, last - 1, 1, logits);
    return NEUME_OK;
}

neume_status neume_lm_session_score(neume_lm_session *session, int64_t stream, const int32_t *ids, int64_t count,
                                    float *logits) {
    NEUME_TRY(check_feed(session, stream, ids, count));
    for (int64_t done = 0; done < count;) {
        const int64_t n = feed_some(session, stream, ids + done, count - done);
        lm_logits(session, 0, n, logits + done * session->model->shape.vocabulary);
        done += n;
    }
    return NEUME_OK;
}

/* The results of n rows stand one behind the other; each moves to its stream's place, the last one first. */
static void spread(const neume_lm_session *s, int64_t n, float *logits, int64_t base) {
    const int64_t vocabulary = s->model->shape.vocabulary;
    for (int64_t i = n - 1; i >= 0; i--) {
        const int64_t to = s->rows[i].stream, from = base + i;
        if (to != from)
            memmove(logits + to * vocabulary, logits + from * vocabulary, (size_t)vocabulary * sizeof *logits);
    }
}

static void step_rows(neume_lm_session *s, int64_t n, float *logits) {
    const int64_t base = s->rows[0].stream;
    lm_forward(s, n);
    lm_logits(s, 0, n, logits + base * s->model->shape.vocabulary);
    spread(s, n, logits, base);
    for (int64_t i = 0; i < n; i++) s->lengths[s->rows[i].stream]++;
}

neume_status neume_lm_session_step(neume_lm_session *session, const int32_t *ids, float *logits) {
    neume_lm_session *s = session;
    for (int64_t b = 0; b < s->streams; b++) {
        if (ids[b] < 0) continue;
        NEUME_TRY(check_id(s, ids[b]));
        NEUME_TRY(check_room(s, b, 1));
    }
    int64_t n = 0;
    for (int64_t b = 0; b < s->streams; b++) {
        if (ids[b] >= 0) s->rows[n++] = (lm_row){ids[b], b, s->lengths[b]};
        if (n == s->rows_most || (n && b == s->streams - 1)) {
            step_rows(s, n, logits);
            n = 0;
        }
    }
    return NEUME_OK;
}

/* --- going back --------------------------------------------------------------------------------------------------- */

int64_t neume_lm_session_length(const neume_lm_session *session, int64_t stream) {
    assert(stream >= 0 && stream < session->streams);
    return session->lengths[stream];
}

void neume_lm_session_truncate(neume_lm_session *session, int64_t stream, int64_t length) {
    assert(stream >= 0 && stream < session->streams && length >= 0);
    if (length < session->lengths[stream]) session->lengths[stream] = length;
}

void neume_lm_session_copy(neume_lm_session *session, int64_t from, int64_t to) {
    const neume_lm_session *s = session;
    assert(from >= 0 && from < s->streams && to >= 0 && to < s->streams);
    if (from == to) return;
    const int64_t length = s->lengths[from], width = s->model->head_width;
    const int64_t key_floats = (length + LM_KEY_BLOCK - 1) / LM_KEY_BLOCK * LM_KEY_BLOCK * width;
    for (int64_t l = 0; l < s->model->shape.layers; l++) {
        for (int64_t h = 0; h < s->model->shape.kv_heads; h++) {
            memcpy(lm_keys_at(s, l, to, h), lm_keys_at(s, l, from, h), (size_t)key_floats * sizeof(float));
            memcpy(lm_values_at(s, l, to, h), lm_values_at(s, l, from, h),
                   (size_t)(length * lm_pad(width)) * sizeof(float));
        }
    }
    session->lengths[to] = length;
}
