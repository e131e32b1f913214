/* Small nets and batches for tests. */
#ifndef NEUME_LM_NET_CASES_H
#define NEUME_LM_NET_CASES_H

#include "neume_test.h"

#include "neume/lm_net.h"

#include <string.h>

enum {
    CASE_ROWS = 2,
    CASE_LENGTH = 40,
    CASE_COUNT = CASE_ROWS * CASE_LENGTH,
    CASE_VOCABULARY = 50,
    CASE_LOGITS = CASE_COUNT * CASE_VOCABULARY
};

/* Four query heads share two of keys and values. */
static const neume_lm_shape case_shape = {CASE_VOCABULARY, 32, 2, 4, 2, 48, 64, 1e4F, 1e-5F};

/* Documents of row 0 begin at 0 and 13; row 1 is one. */
typedef struct net_case {
    neume_lm_net *net;
    neume_lm_pass pass;
    neume_lm_batch batch;
    int32_t tokens[CASE_COUNT], targets[CASE_COUNT], starts[CASE_COUNT];
    float weights[CASE_COUNT];
} net_case;

static inline void case_fill(net_case *k) {
    neume_rng rng = neume_rng_seeded(3, 3);
    for (int i = 0; i < CASE_COUNT; i++) {
        k->tokens[i] = (int32_t)neume_rng_below(&rng, CASE_VOCABULARY);
        k->targets[i] = (int32_t)neume_rng_below(&rng, CASE_VOCABULARY);
        k->weights[i] = i % 5 == 4 ? 0 : (float)(1 + i % 3);
        k->starts[i] = i >= 13 && i < CASE_LENGTH ? 13 : 0;
    }
    k->batch = (neume_lm_batch){CASE_ROWS, CASE_LENGTH, k->tokens, k->targets, k->weights, k->starts};
}

/* @p spread > 0: every parameter uniform within it (gains around 1), so that nothing hides behind zeros. */
static inline void case_begin(net_case *k, neume_backend backend, double spread) {
    memset(k, 0, sizeof *k);
    assert_ok(neume_lm_net_new(&case_shape, 1, &k->net));
    assert_ok(neume_compute_new(backend, &k->pass.compute));
    neume_parameters *list = neume_lm_net_parameters(k->net);
    neume_rng rng = neume_rng_seeded(5, 5);
    for (size_t p = 0; spread > 0 && p < list->count; p++) {
        neume_tensor *value = &list->items[p]->value;
        const bool gain = strstr(list->items[p]->name, "norm") != NULL;
        for (int64_t i = 0; i < neume_tensor_count(value); i++)
            neume_f32(value)[i] = (float)(gain + neume_rng_uniform(&rng, -spread, spread));
    }
    assert_ok(neume_parameters_prepare_training(list));
    case_fill(k);
}

static inline void case_end(net_case *k) {
    neume_lm_net_free(k->net);
    neume_compute_free(k->pass.compute);
}

/* The loss, with fresh gradients. */
static inline double case_step(net_case *k) {
    double loss = 0;
    neume_parameters_zero_gradients(neume_lm_net_parameters(k->net));
    assert_ok(neume_lm_net_step(k->net, &k->pass, &k->batch, &loss));
    return loss;
}

static inline void case_logits(net_case *k, float out[CASE_LOGITS]) {
    assert_ok(neume_lm_net_logits(k->net, &k->pass, &k->batch, out));
}

/* @return the loss before the last step */
static inline double case_learn(net_case *k, float rate, int steps) {
    neume_adamw adam = NEUME_ADAMW_DEFAULT;
    double loss = 0, norm;
    for (int i = 0; i < steps; i++) {
        loss = case_step(k);
        neume_adamw_step(&adam, neume_lm_net_parameters(k->net), rate, &norm);
    }
    return loss;
}

/* With every allocation failing once, the call, which is given a small case, says so. */
static inline void case_sweep(neume_status (*call)(void *)) {
    net_case k;
    case_begin(&k, NEUME_PLAIN, 0);
    k.batch.length = 4;
    k.batch.rows = 1;
    sweep_allocation_failures(call, &k);
    case_end(&k);
}

#endif
