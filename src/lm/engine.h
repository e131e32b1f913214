/* What the parts of the engine share: a model's arrays, a session's memory, the pool. */
#ifndef LM_ENGINE_H
#define LM_ENGINE_H

#include "kernels.h"

#include "neume/lm.h"
#include "neume/nn.h"

#include <stdatomic.h>

/* y = w x: rows are outputs, inner the inputs. Lies in the file. */
typedef struct lm_matrix {
    const uint8_t *data;
    lm_type_index type;
    int64_t rows, inner;
    size_t row_bytes;
} lm_matrix;

typedef struct lm_block {
    const float *attention_gain, *feed_gain; /* (D) */
    lm_matrix q, k, v, o;                    /* (D, D), (kv, D) twice, (D, D) */
    const float *q_bias, *k_bias, *v_bias;   /* NULL: none */
    lm_matrix gate, up, down;                /* (hidden, D) twice, (D, hidden) */
} lm_block;

struct neume_lm_model {
    neume_gguf *file;
    neume_arena *arena; /* blocks, gains, biases */
    const lm_kernels *kernels;
    neume_lm_shape shape;
    int64_t head_width;          /* D / H */
    bool interleaved;            /* rotary pairs are (2i, 2i + 1) as in llama, not (i, i + width / 2) as in qwen2 */
    lm_matrix embedding, output; /* the same when tied */
    const float *output_gain;
    lm_block *blocks;
    size_t bytes;
};

/* The matrix of that name, "blk.3.attn_q.weight"; NULL when the model's blocks have none such. */
lm_matrix *lm_find_matrix(neume_lm_model *model, const char *name);

/* --- the pool ----------------------------------------------------------------------------------------------------- */

typedef struct lm_pool {
    int threads;
    float *scratch; /* (threads, scratch_floats) */
    size_t scratch_floats;
} lm_pool;

/* Does piece `index` of some work with this thread's scratch. */
typedef void lm_piece_fn(void *context, int64_t index, float *scratch);
/* Does all pieces; on the pool if `cost` (multiply-adds, about) is worth waking it. */
void lm_pool_run(const lm_pool *pool, int64_t pieces, double cost, lm_piece_fn *fn, void *context);

/* --- products ----------------------------------------------------------------------------------------------------- */

/* One matrix of a product, and where its results go. */
typedef struct lm_output {
    const lm_matrix *w;
    const float *bias; /* (rows) or NULL */
    float *y;          /* (tokens, stride) */
    int64_t stride;
} lm_output;

/* Several matrices times the same x in one go. */
typedef struct lm_product {
    const float *x; /* (tokens, stride), zero up to lm_pad(inner) */
    int64_t stride, tokens;
    const lm_output *outputs;
    int count;
} lm_product;

/* How many floats of scratch a product with rows of `inner` items needs. */
size_t lm_product_scratch(int64_t inner);
void lm_multiply(const lm_kernels *kernels, const lm_pool *pool, const lm_product *product);

/* --- sessions ----------------------------------------------------------------------------------------------------- */

/* A token and where it goes. */
typedef struct lm_row {
    int32_t id;
    int64_t stream, position;
} lm_row;

struct neume_lm_session {
    const neume_lm_model *model;
    const lm_kernels *kernels; /* the model's; tests take others */
    int64_t streams, context;
    int64_t rows_most; /* how many tokens pass at once */
    int64_t *lengths;  /* (streams) */
    lm_row *rows;      /* (rows_most) those that pass now */
    lm_pool pool;
    float *rotary;        /* (context, head_width): cosines, then sines, of each position */
    float *keys, *values; /* (layers, streams, kv_heads) caches, of sizes below */
    int64_t key_floats;   /* of one cache of keys: (context / 16 rounded up, head_width, 16) */
    int64_t value_floats; /* of one cache of values: (context, lm_pad(head_width)) */
    /* Of the rows that pass now, each (rows_most, lm_pad(...)). */
    float *x, *branch, *normed; /* width */
    float *q, *mixed;           /* width; q has lm_pad(head_width) for each head, mixed too until it is packed */
    float *k, *v;               /* kv_heads * head_width */
    float *gate, *up;           /* hidden */
};

static inline float *lm_keys_at(const neume_lm_session *s, int64_t layer, int64_t stream, int64_t head) {
    return s->keys + ((layer * s->streams + stream) * s->model->shape.kv_heads + head) * s->key_floats;
}

static inline float *lm_values_at(const neume_lm_session *s, int64_t layer, int64_t stream, int64_t head) {
    return s->values + ((layer * s->streams + stream) * s->model->shape.kv_heads + head) * s->value_floats;
}

/* Passes s->rows[0 .. count-1] through the model, appending their keys and values; s->normed becomes what the output
 * matrix reads. The streams' lengths are the caller's to change. */
void lm_forward(neume_lm_session *s, int64_t count);
/* logits (count, V) of rows first .. first + count - 1 of s->normed */
void lm_logits(neume_lm_session *s, int64_t first, int64_t count, float *logits);

#endif
