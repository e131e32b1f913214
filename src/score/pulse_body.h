/* The middle of the pulse network: a transformer over events. Private to the room. */
#ifndef NEUME_SCORE_PULSE_BODY_H
#define NEUME_SCORE_PULSE_BODY_H

#include "neume/nn.h"

typedef struct neume__pulse_body neume__pulse_body;
NEUME_MUST neume_status neume__pulse_body_new(int64_t width, int64_t blocks, neume_parameters *list, neume_rng *rng,
                                              neume__pulse_body **out);
void neume__pulse_body_free(neume__pulse_body *body);
/* x (B, T, D) becomes *y (B, T, D), borrowed until the next call. @p events (B, T, stride): of each event where its
 * channels NEUME_PULSE_TIME and NEUME_PULSE_THERE say it is, and whether. */
NEUME_MUST neume_status neume__pulse_body_forward(neume__pulse_body *body, neume_compute *c, const float *events,
                                                  int64_t stride, const neume_tensor *x, const neume_tensor **y);
/* d (B, T, D), the gradient of y, becomes that of x. */
NEUME_MUST neume_status neume__pulse_body_backward(neume__pulse_body *body, neume_compute *c, neume_tensor *d);

#endif
