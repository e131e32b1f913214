/* Logits as log probabilities. Private to the room. */
#ifndef NEUME_SCORE_LOG_SOFTMAX_H
#define NEUME_SCORE_LOG_SOFTMAX_H

#include <math.h>

static inline void neume__log_softmax(const float *logit, int classes, float *out) {
    double most = (double)logit[0], sum = 0;
    for (int k = 1; k < classes; k++) most = fmax(most, (double)logit[k]);
    for (int k = 0; k < classes; k++) sum += exp((double)logit[k] - most);
    for (int k = 0; k < classes; k++) out[k] = (float)((double)logit[k] - most - log(sum));
}

#endif
