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

/* log(1 / (1 + exp(-x))): the log probability of what has these log odds. */
static inline double neume__log_sigmoid(double x) {
    return x > 0 ? -log1p(exp(-x)) : x - log1p(exp(x));
}

#endif
