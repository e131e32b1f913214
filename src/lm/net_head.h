/* From the last normalised rows to the loss, some rows at a time: the logits of all of them never exist at once.
 * Private to the room. */
#ifndef NEUME_LM_NET_HEAD_H
#define NEUME_LM_NET_HEAD_H

#include "neume/lm_net.h"

/* The output is the embedding turned round: logits = x embedding'. */
typedef struct lm_head {
    neume_parameter *embedding;    /* (V, D) */
    neume_tensor logits, d_logits; /* (rows at a time, V): scratch */
} lm_head;
void lm_head_clear(lm_head *head);

/* nll (N): minus each target's log-probability. x (N, D) */
NEUME_MUST neume_status lm_head_losses(lm_head *head, neume_compute *c, const neume_tensor *x, const int32_t *targets,
                                       float *nll);
/* logits (N, V) */
NEUME_MUST neume_status lm_head_logits(lm_head *head, neume_compute *c, const neume_tensor *x, float *logits);
/* *loss = sum(weight nll) / sum(|weight|). Shapes d_x like x; the embedding's gradient is added to. */
NEUME_MUST neume_status lm_head_step(lm_head *head, neume_compute *c, const neume_tensor *x,
                                     const neume_lm_batch *batch, neume_tensor *d_x, double *loss);

#endif
