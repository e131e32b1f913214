/* One pass through the model: x = embedding; for each block, x += o(attention(norm(x))), x += down(silu(gate) up) of
 * norm(x); normed = norm(x). Rows are tokens, of one stream or of many; each goes to its own place in its stream's
 * caches before any looks back, so a prompt and a step of many streams are one case. */
#include "engine.h"

#include <string.h>

typedef struct pass {
    neume_lm_session *s;
    const lm_block *block;
    int64_t layer;
    const float *gain; /* of the normalisation that runs now */
} pass;

static float *row_of(float *buffer, int64_t width, int64_t row) {
    return buffer + row * lm_pad(width);
}

/* --- by rows ------------------------------------------------------------------------------------------------------ */

static void embed_row(void *context, int64_t row, float *scratch) {
    (void)scratch;
    const neume_lm_session *s = ((pass *)context)->s;
    const lm_matrix *e = &s->model->embedding;
    s->kernels->decode[e->type](e->data + (size_t)s->rows[row].id * e->row_bytes, e->inner,
                                row_of(s->x, e->inner, row));
}

static void normalise_row(void *context, int64_t row, float *scratch) {
    (void)scratch;
    const pass *p = context;
    const neume_lm_shape *shape = &p->s->model->shape;
    p->s->kernels->normalise(row_of(p->s->x, shape->width, row), p->gain, shape->epsilon, shape->width,
                             row_of(p->s->normed, shape->width, row));
}

static void gate_row(void *context, int64_t row, float *scratch) {
    (void)scratch;
    const neume_lm_session *s = ((pass *)context)->s;
    const int64_t hidden = s->model->shape.hidden;
    s->kernels->gate(row_of(s->gate, hidden, row), row_of(s->up, hidden, row), hidden);
}

/* Turns each pair of numbers of each head by the angle of its position. */
static void rotate(const neume_lm_session *s, float *heads, int64_t count, int64_t position) {
    const int64_t width = s->model->head_width, half = width / 2;
    const int64_t step = s->model->interleaved ? 2 : 1, apart = s->model->interleaved ? 1 : half;
    const float *cosine = s->rotary + position * width, *sine = cosine + half;
    for (int64_t h = 0; h < count; h++, heads += width) {
        for (int64_t i = 0; i < half; i++) {
            float *a = heads + i * step, *b = a + apart;
            const float was_a = *a, was_b = *b;
            *a = was_a * cosine[i] - was_b * sine[i];
            *b = was_a * sine[i] + was_b * cosine[i];
        }
    }
}

/* Turns the row's queries and keys, and puts its keys and values into its stream's caches. */
static void remember_row(void *context, int64_t row, float *scratch) {
    (void)scratch;
    const pass *p = context;
    const neume_lm_session *s = p->s;
    const int64_t width = s->model->head_width, kv_heads = s->model->shape.kv_heads;
    const lm_row *at = &s->rows[row];
    float *k = row_of(s->k, kv_heads * width, row), *v = row_of(s->v, kv_heads * width, row);
    rotate(s, row_of(s->q, s->model->shape.width, row), s->model->shape.heads, at->position);
    rotate(s, k, kv_heads, at->position);
    for (int64_t h = 0; h < kv_heads; h++, k += width, v += width) {
        float *key = lm_keys_at(s, p->layer, at->stream, h) + at->position / LM_KEY_BLOCK * width * LM_KEY_BLOCK +
                     at->position % LM_KEY_BLOCK;
        for (int64_t i = 0; i < width; i++) key[i * LM_KEY_BLOCK] = k[i];
        memcpy(lm_values_at(s, p->layer, at->stream, h) + at->position * lm_pad(width), v, (size_t)width * sizeof *v);
    }
}

/* Head index % H of row index / H looks back. */
static void attend_head(void *context, int64_t index, float *scratch) {
    const pass *p = context;
    const neume_lm_session *s = p->s;
    const neume_lm_shape *shape = &s->model->shape;
    const int64_t width = s->model->head_width, head = index % shape->heads, row = index / shape->heads;
    const int64_t kv_head = head / (shape->heads / shape->kv_heads);
    const lm_row *at = &s->rows[row];
    float *out = scratch + s->context + LM_KEY_BLOCK;
    s->kernels->attend(&(lm_attention){.q = row_of(s->q, shape->width, row) + head * width,
                                       .keys = lm_keys_at(s, p->layer, at->stream, kv_head),
                                       .values = lm_values_at(s, p->layer, at->stream, kv_head),
                                       .length = at->position + 1,
                                       .width = width,
                                       .scale = 1 / __builtin_sqrtf((float)width),
                                       .weights = scratch,
                                       .out = out});
    memcpy(row_of(s->mixed, shape->width, row) + head * width, out, (size_t)width * sizeof *out);
}

static void add_branch_row(void *context, int64_t row, float *scratch) {
    (void)scratch;
    const neume_lm_session *s = ((pass *)context)->s;
    const int64_t width = s->model->shape.width;
    float *x = row_of(s->x, width, row);
    const float *branch = row_of(s->branch, width, row);
    for (int64_t i = 0; i < width; i++) x[i] += branch[i];
}

static void by_rows(pass *p, int64_t count, lm_piece_fn *fn) {
    lm_pool_run(&p->s->pool, count, (double)(count * p->s->model->shape.width), fn, p);
}

/* --- blocks ------------------------------------------------------------------------------------------------------- */

static void multiply(const neume_lm_session *s, const float *x, int64_t count, const lm_output *outputs, int matrices) {
    const lm_product product = {x, lm_pad(outputs[0].w->inner), count, outputs, matrices};
    lm_multiply(s->kernels, &s->pool, &product);
}

static void normalise(pass *p, const float *gain, int64_t count) {
    p->gain = gain;
    by_rows(p, count, normalise_row);
}

static void attention(pass *p, int64_t count) {
    neume_lm_session *s = p->s;
    const lm_block *b = p->block;
    const int64_t width = lm_pad(b->q.rows), kv_width = lm_pad(b->k.rows), heads = s->model->shape.heads;
    double cost = 0;
    for (int64_t i = 0; i < count; i++) cost += 2.0 * (double)(s->rows[i].position + 1) * (double)b->q.rows;
    normalise(p, b->attention_gain, count);
    multiply(s, s->normed, count,
             (lm_output[]){{&b->q, b->q_bias, s->q, width},
                           {&b->k, b->k_bias, s->k, kv_width},
                           {&b->v, b->v_bias, s->v, kv_width}},
             3);
    by_rows(p, count, remember_row);
    lm_pool_run(&s->pool, count * heads, cost, attend_head, p);
    multiply(s, s->mixed, count, &(lm_output){&b->o, NULL, s->branch, width}, 1);
    by_rows(p, count, add_branch_row);
}

static void feedforward(pass *p, int64_t count) {
    neume_lm_session *s = p->s;
    const lm_block *b = p->block;
    const int64_t width = lm_pad(b->down.rows), hidden = lm_pad(b->gate.rows);
    normalise(p, b->feed_gain, count);
    multiply(s, s->normed, count, (lm_output[]){{&b->gate, NULL, s->gate, hidden}, {&b->up, NULL, s->up, hidden}}, 2);
    by_rows(p, count, gate_row);
    multiply(s, s->gate, count, &(lm_output){&b->down, NULL, s->branch, width}, 1);
    by_rows(p, count, add_branch_row);
}

void lm_forward(neume_lm_session *s, int64_t count) {
    pass p = {.s = s};
    by_rows(&p, count, embed_row);
    for (p.layer = 0; p.layer < s->model->shape.layers; p.layer++) {
        p.block = &s->model->blocks[p.layer];
        attention(&p, count);
        feedforward(&p, count);
    }
    normalise(&p, s->model->output_gain, count);
}

void lm_logits(neume_lm_session *s, int64_t first, int64_t count, float *logits) {
    const int64_t vocabulary = s->model->shape.vocabulary;
    multiply(s, row_of(s->normed, s->model->shape.width, first), count,
             &(lm_output){&s->model->output, NULL, logits, vocabulary}, 1);
}
