/* What happens to the rows of a transformer between its products: dropping, adding to the residual stream,
 * normalising, gating. Private to the room. */
#ifndef NEUME_LM_NET_ROWS_H
#define NEUME_LM_NET_ROWS_H

#include "neume/nn.h"

/* Which numbers of one tensor are dropped in one pass: a function of the seed and the number's place, so that the
 * backward pass draws the same again. `{0}` drops nothing. */
typedef struct lm_dropout {
    float probability;
    uint32_t step, key; /* item i is hashed from i * step + key */
} lm_dropout;
/* `site` tells the tensors of one pass apart. */
lm_dropout lm_dropout_at(float probability, uint64_t seed, int64_t site);
/* Items `at` .. `at` + n - 1 of the tensor: x times 0 or 1 / (1 - probability). */
void lm_dropout_apply(const lm_dropout *dropout, int64_t at, int64_t n, float *x);

/* Normalisation by the root mean square, where a branch joins the residual stream. */
typedef struct lm_norm {
    neume_parameter gain; /* (D) */
    float epsilon;
    neume_tensor rstd; /* (N) of the last forward */
    neume_tensor sums; /* scratch of the backward pass */
} lm_norm;
NEUME_MUST neume_status lm_norm_init(lm_norm *norm, neume_parameters *list, const char *prefix, int64_t width,
                                     float epsilon);
void lm_norm_clear(lm_norm *norm);

/* above = below + dropout(branch), y = gain above / rms(above). below, above (N, D) 32-bit, branch (N, D) of any type;
 * shapes above, and y with type @p dtype. Without a branch `above` is given and `below` not read. */
typedef struct lm_join {
    const neume_tensor *below, *branch; /* NULL: nothing joins */
    lm_dropout dropout;
    neume_tensor *above;
} lm_join;
NEUME_MUST neume_status lm_norm_forward(lm_norm *norm, const lm_join *join, neume_dtype dtype, neume_tensor *y);
/* d_above (N, D) 32-bit comes in with what reached `above` otherwise, and leaves complete (so it is d_below too);
 * d_branch is shaped with d_y's type when the join had a branch. */
NEUME_MUST neume_status lm_norm_backward(lm_norm *norm, const lm_join *join, const neume_tensor *d_y,
                                         neume_tensor *d_above, neume_tensor *d_branch);

/* y = silu(gate) up, where x (N, 2 F) holds gate and up side by side; shapes y (N, F) like x. */
NEUME_MUST neume_status lm_gate_forward(const neume_tensor *x, neume_tensor *y);
/* Shapes d_x like x. */
NEUME_MUST neume_status lm_gate_backward(const neume_tensor *x, const neume_tensor *d_y, neume_tensor *d_x);

#endif
