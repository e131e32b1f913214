/* Blocks of a transformer over events. A query and a key are turned by the times of their events (rotary positions: Su
 * et al. 2021), by waves from an eighth of a second to some minute: so an event can ask what was a beat, a bar or a
 * phrase before, whatever the tempo. */
#include "pulse_body.h"

#include "neume/score_net.h"

#include <stdio.h>

enum { BLOCKS_MAX = 12, HEAD = 32, WIDER = 3 };
static const float TIME_UNITS = 50; /* a second, in radians of the fastest wave */
static const float WAVES = 1000;    /* the slowest wave is about so many times as slow */

struct neume__pulse_body {
    int64_t blocks;
    neume_transformer_block block[BLOCKS_MAX];
    neume_layer_norm norm;
    neume_tensor state[BLOCKS_MAX], normed, d_state; /* (B, T, D): behind each block, .. */
    neume_tensor places;                             /* (B, T) */
    int64_t *counts;                                 /* (B) */
    size_t count_capacity;
};

neume_status neume__pulse_body_new(int64_t width, int64_t blocks, neume_parameters *list, neume_rng *rng,
                                   neume__pulse_body **out) {
    neume_status status = NEUME_OK;
    if (blocks < 1 || blocks > BLOCKS_MAX || width % HEAD)
        return neume_fail(NEUME_EFORMAT, "a pulse network has no %lld blocks of width %lld", (long long)blocks,
                          (long long)width);
    neume__pulse_body *body = neume__calloc(1, sizeof *body);
    if (!body) return NEUME_ENOMEM;
    body->blocks = blocks;
    for (int64_t l = 0; l < blocks; l++) {
        const neume_attention_spec spec = {width, width / HEAD, false, WAVES};
        char prefix[32];
        snprintf(prefix, sizeof prefix, "block%d", (int)l);
        NEUME_GO(neume_transformer_init(&body->block[l], list, prefix, &spec, WIDER * width, rng));
    }
    NEUME_GO(neume_layer_norm_init(&body->norm, list, "last_norm", width, false));
    *out = body;
    return NEUME_OK;
fail:
    neume__pulse_body_free(body);
    return status;
}

void neume__pulse_body_free(neume__pulse_body *body) {
    if (!body) return;
    for (int l = 0; l < BLOCKS_MAX; l++) {
        neume_transformer_clear(&body->block[l]);
        neume_tensor_clear(&body->state[l]);
    }
    neume_layer_norm_clear(&body->norm);
    neume_tensor_clear(&body->normed), neume_tensor_clear(&body->d_state), neume_tensor_clear(&body->places);
    neume__free(body->counts);
    neume__free(body);
}

/* Where events lie and how many there are. */
static neume_status place(neume__pulse_body *body, const float *events, int64_t stride, int64_t B, int64_t T) {
    NEUME_TRY(neume__grow((void **)&body->counts, &body->count_capacity, (size_t)B, sizeof *body->counts));
    NEUME_TRY(neume_tensor_shape(&body->places, NEUME_F32, NEUME_DIMS(B, T)));
    for (int64_t b = 0; b < B; b++) {
        int64_t count = 0;
        for (int64_t t = 0; t < T; t++) {
            const float *event = events + (b * T + t) * stride;
            neume_f32(&body->places)[b * T + t] = TIME_UNITS * event[NEUME_PULSE_TIME];
            if (event[NEUME_PULSE_THERE] > 0) count = t + 1;
        }
        body->counts[b] = count ? count : 1; /* nothing is one silent event */
    }
    return NEUME_OK;
}

neume_status neume__pulse_body_forward(neume__pulse_body *body, neume_compute *c, const float *events, int64_t stride,
                                       const neume_tensor *x, const neume_tensor **y) {
    NEUME_TRY(place(body, events, stride, x->dim[0], x->dim[1]));
    for (int64_t l = 0; l < body->blocks; l++) {
        body->block[l].attention.places = neume_f32(&body->places);
        body->block[l].attention.counts = body->counts;
        NEUME_TRY(neume_transformer_forward(&body->block[l], c, x, &body->state[l]));
        x = &body->state[l];
    }
    NEUME_TRY(neume_layer_norm_forward(&body->norm, x, &body->normed));
    *y = &body->normed;
    return NEUME_OK;
}

neume_status neume__pulse_body_backward(neume__pulse_body *body, neume_compute *c, neume_tensor *d) {
    NEUME_TRY(neume_layer_norm_backward(&body->norm, d, &body->d_state));
    for (int64_t l = body->blocks; l-- > 0;) NEUME_TRY(neume_transformer_backward(&body->block[l], c, &body->d_state));
    return neume_tensor_convert(&body->d_state, NEUME_F32, d);
}
