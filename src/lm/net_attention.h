/* Causal attention of packed documents, without ever holding the matrix of all pairs. Private to the room. */
#ifndef NEUME_LM_NET_ATTENTION_H
#define NEUME_LM_NET_ATTENTION_H

#include "neume/lm_net.h"

typedef struct lm_attention {
    int64_t heads, kv_heads, head_width;
    const float *rotation; /* (context, head_width): half_width cosines, then as many sines, of each position */
    int64_t rows, length;  /* B, T */
    const int32_t *starts; /* (B, T) as in neume_lm_batch */
} lm_attention;

/* The table of all positions' angles; shaped here. */
NEUME_MUST neume_status lm_rotation_fill(const neume_lm_shape *shape, neume_tensor *rotation);

/* qkv (B T, (heads + 2 kv_heads) head_width): each token's queries, keys and values, not yet rotated. Shapes mixed (B
 * T, heads head_width) with qkv's type, and log_sum (B, heads, T): the logarithm of each query's softmax sum. */
NEUME_MUST neume_status lm_attention_forward(const lm_attention *attention, const neume_tensor *qkv,
                                             neume_tensor *mixed, neume_tensor *log_sum);

/* What the forward pass left, and the gradient of its result. */
typedef struct lm_attention_saved {
    const neume_tensor *qkv, *mixed, *log_sum, *d_mixed;
} lm_attention_saved;
/* Shapes d_qkv like qkv. */
NEUME_MUST neume_status lm_attention_backward(const lm_attention *attention, const lm_attention_saved *saved,
                                              neume_tensor *d_qkv);

#endif
