/* Small models for tests, and the slow, obvious way through one: all positions at once, no caches, in doubles. */
#ifndef LM_ENGINE_CASES_H
#define LM_ENGINE_CASES_H

#include "neume_test.h"

#include "engine.h"

#include <string.h>

/* Heads of 12 numbers, so that nothing is a multiple of a vector by luck; weights large enough for every part to tell.
 */
static inline neume_lm_random small_model(const char *architecture, const char *type) {
    return (neume_lm_random){.shape = {.vocabulary = 50,
                                       .width = 48,
                                       .layers = 3,
                                       .heads = 4,
                                       .kv_heads = 2,
                                       .hidden = 70,
                                       .context = 40,
                                       .rope_base = 100,
                                       .epsilon = 1e-5f},
                             .architecture = architecture,
                             .type = type,
                             .tied = true,
                             .deviation = 0.3f,
                             .seed = 7};
}

static inline neume_lm_model *make_model(const neume_lm_random *wanted) {
    neume_buffer bytes = {0};
    neume_lm_model *model;
    assert_ok(neume_lm_random_print(wanted, &bytes));
    assert_ok(neume_lm_model_parse(bytes.data, bytes.size, &model));
    neume_buffer_clear(&bytes);
    return model;
}

static inline void random_ids(uint64_t seed, int64_t vocabulary, int64_t count, int32_t *ids) {
    neume_rng rng = neume_rng_seeded(seed, 5);
    for (int64_t i = 0; i < count; i++) ids[i] = (int32_t)neume_rng_below(&rng, vocabulary);
}

/* --- the obvious way ---------------------------------------------------------------------------------------------- */

enum { SLOW_WIDTH_MOST = 512, SLOW_LENGTH_MOST = 64 };

/* y = w x + bias */
static inline void slow_product(const lm_matrix *w, const float *bias, const double *x, double *y) {
    float row[SLOW_WIDTH_MOST];
    for (int64_t r = 0; r < w->rows; r++) {
        lm_types[w->type].decode(w->data + (size_t)r * w->row_bytes, w->inner, row);
        y[r] = bias ? (double)bias[r] : 0;
        for (int64_t i = 0; i < w->inner; i++) y[r] += (double)row[i] * x[i];
    }
}

static inline void slow_normalise(const double *x, const float *gain, int64_t width, double epsilon, double *y) {
    double sum = 0;
    for (int64_t i = 0; i < width; i++) sum += x[i] * x[i];
    for (int64_t i = 0; i < width; i++) y[i] = (double)gain[i] * x[i] / sqrt(sum / (double)width + epsilon);
}

/* The pair of number i < width / 2 of a head, in the two ways of counting. */
static inline void slow_rotate(const neume_lm_model *m, double *head, int64_t position) {
    const int64_t width = m->head_width;
    for (int64_t i = 0; i < width / 2; i++) {
        const double angle = (double)position * pow((double)m->shape.rope_base, -2.0 * (double)i / (double)width);
        double *a = m->interleaved ? &head[2 * i] : &head[i],
               *b = m->interleaved ? &head[2 * i + 1] : &head[i + width / 2];
        const double was_a = *a, was_b = *b;
        *a = was_a * cos(angle) - was_b * sin(angle);
        *b = was_a * sin(angle) + was_b * cos(angle);
    }
}

typedef double slow_row[SLOW_WIDTH_MOST];

static inline void slow_attend(const neume_lm_model *m, slow_row *q, slow_row *k, slow_row *v, int64_t t, double *out) {
    const int64_t width = m->head_width, group = m->shape.heads / m->shape.kv_heads;
    memset(out, 0, sizeof(slow_row));
    for (int64_t h = 0; h < m->shape.heads; h++) {
        double weights[SLOW_LENGTH_MOST], sum = 0;
        const int64_t at = h * width, kv_at = h / group * width;
        for (int64_t p = 0; p <= t; p++) {
            double dot = 0;
            for (int64_t i = 0; i < width; i++) dot += q[t][at + i] * k[p][kv_at + i];
            sum += weights[p] = exp(dot / sqrt((double)width));
        }
        for (int64_t p = 0; p <= t; p++)
            for (int64_t i = 0; i < width; i++) out[at + i] += weights[p] / sum * v[p][kv_at + i];
    }
}

static inline void slow_block(const neume_lm_model *m, const lm_block *b, int64_t length, slow_row *x) {
    static slow_row q[SLOW_LENGTH_MOST], k[SLOW_LENGTH_MOST], v[SLOW_LENGTH_MOST];
    const int64_t width = m->shape.width;
    const double epsilon = (double)m->shape.epsilon;
    slow_row normed, mixed, branch, up;
    for (int64_t t = 0; t < length; t++) {
        slow_normalise(x[t], b->attention_gain, width, epsilon, normed);
        slow_product(&b->q, b->q_bias, normed, q[t]);
        slow_product(&b->k, b->k_bias, normed, k[t]);
        slow_product(&b->v, b->v_bias, normed, v[t]);
        for (int64_t h = 0; h < m->shape.heads; h++) slow_rotate(m, q[t] + h * m->head_width, t);
        for (int64_t h = 0; h < m->shape.kv_heads; h++) slow_rotate(m, k[t] + h * m->head_width, t);
    }
    for (int64_t t = 0; t < length; t++) {
        slow_attend(m, q, k, v, t, mixed);
        slow_product(&b->o, NULL, mixed, branch);
        for (int64_t i = 0; i < width; i++) x[t][i] += branch[i];
        slow_normalise(x[t], b->feed_gain, width, epsilon, normed);
        slow_product(&b->gate, NULL, normed, branch);
        slow_product(&b->up, NULL, normed, up);
        for (int64_t i = 0; i < m->shape.hidden; i++) up[i] *= branch[i] / (1 + exp(-branch[i]));
        slow_product(&b->down, NULL, up, branch);
        for (int64_t i = 0; i < width; i++) x[t][i] += branch[i];
    }
}

/* logits (length, V) */
static inline void slow_forward(const neume_lm_model *m, const int32_t *ids, int64_t length, float *logits) {
    static slow_row x[SLOW_LENGTH_MOST];
    const lm_matrix *e = &m->embedding;
    for (int64_t t = 0; t < length; t++) {
        float row[SLOW_WIDTH_MOST];
        lm_types[e->type].decode(e->data + (size_t)ids[t] * e->row_bytes, e->inner, row);
        for (int64_t i = 0; i < e->inner; i++) x[t][i] = (double)row[i];
    }
    for (int64_t l = 0; l < m->shape.layers; l++) slow_block(m, &m->blocks[l], length, x);
    for (int64_t t = 0; t < length; t++) {
        slow_row normed, out;
        slow_normalise(x[t], m->output_gain, m->shape.width, (double)m->shape.epsilon, normed);
        slow_product(&m->output, NULL, normed, out);
        for (int64_t i = 0; i < m->shape.vocabulary; i++) logits[t * m->shape.vocabulary + i] = (float)out[i];
    }
}

#endif
