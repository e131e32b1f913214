/* A gated recurrent unit over (B, T, C). The input's part of all frames is one large product before the loop; the loop
 * itself holds one small product a frame, (B, M) by (M, 3M), and runs on (T, B, .) so that a frame lies in one piece.
 * Backward runs the frames in reverse, carrying d_state; the weights' gradients are again one large product at the end.
 */
#include "neume/nn.h"

#include "neume/nn_math.h"

#include <assert.h>

neume_status neume_gru_init(neume_gru *layer, neume_parameters *list, const char *prefix, int64_t inputs,
                            int64_t outputs, neume_rng *rng) {
    char name[64];
    *layer = (neume_gru){0};
    snprintf(name, sizeof name, "%s.input", prefix);
    NEUME_TRY(neume_linear_layer_init(&layer->input, list, name, inputs, 3 * outputs, rng));
    snprintf(name, sizeof name, "%s.recurrent", prefix);
    return neume_linear_layer_init(&layer->recurrent, list, name, outputs, 3 * outputs, rng);
}

void neume_gru_clear(neume_gru *layer) {
    neume_tensor *const tensors[] = {&layer->given,       &layer->states,  &layer->gates, &layer->d_given,
                                     &layer->d_recurrent, &layer->d_state, &layer->typed, &layer->part};
    for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++) neume_tensor_clear(tensors[i]);
    neume_linear_layer_clear(&layer->input);
    neume_linear_layer_clear(&layer->recurrent);
}

/* Frames `first` and on of (T, rows, columns), as (count rows, columns); borrowed. */
static neume_tensor frames_of(const neume_tensor *x, int64_t first, int64_t count) {
    int64_t rows = x->dim[1], columns = x->dim[2];
    return (neume_tensor){neume_f32(x) + first * rows * columns,
                          NEUME_F32,
                          2,
                          {count * rows, columns, 1, 1},
                          (size_t)(count * rows * columns) * sizeof(float)};
}

/* --- one frame of one item ---------------------------------------------------------------------------------------- */

typedef struct gru_row {
    const float *given, *recurrent; /* (3M) each: z, r, n */
    const float *before;            /* (M) */
    float *gates, *after;           /* (4M), (M) */
} gru_row;

NEUME_VECTOR static void row_forward(const gru_row *row, int64_t M) {
    const float *given = row->given, *recurrent = row->recurrent, *before = row->before;
    float *gates = row->gates, *after = row->after;
#pragma omp simd
    for (int64_t i = 0; i < M; i++) {
        float z = neume__sigmoid(given[i] + recurrent[i]);
        float r = neume__sigmoid(given[M + i] + recurrent[M + i]);
        float n = neume__tanh(given[2 * M + i] + r * recurrent[2 * M + i]);
        gates[i] = z;
        gates[M + i] = r;
        gates[2 * M + i] = n;
        gates[3 * M + i] = recurrent[2 * M + i];
        after[i] = (1 - z) * n + z * before[i];
    }
}

typedef struct gru_row_gradient {
    const float *gates, *before;
    float *d_state;               /* (M): of the state behind the frame; becomes the direct part of the one before */
    float *d_given, *d_recurrent; /* (3M) each */
} gru_row_gradient;

NEUME_VECTOR static void row_backward(const gru_row_gradient *row, int64_t M) {
    const float *gates = row->gates, *before = row->before;
    float *d_state = row->d_state, *d_given = row->d_given, *d_recurrent = row->d_recurrent;
#pragma omp simd
    for (int64_t i = 0; i < M; i++) {
        float z = gates[i], r = gates[M + i], n = gates[2 * M + i], d = d_state[i];
        float d_n = d * (1 - z) * (1 - n * n); /* each behind its own tanh or sigmoid */
        float d_z = d * (before[i] - n) * z * (1 - z);
        float d_r = d_n * gates[3 * M + i] * r * (1 - r);
        d_given[i] = d_recurrent[i] = d_z;
        d_given[M + i] = d_recurrent[M + i] = d_r;
        d_given[2 * M + i] = d_n;
        d_recurrent[2 * M + i] = d_n * r;
        d_state[i] = d * z;
    }
}

/* --- forward ------------------------------------------------------------------------------------------------------ */

static neume_status shape_forward(neume_gru *layer, int64_t B, int64_t T, int64_t M) {
    NEUME_TRY(neume_tensor_shape(&layer->states, NEUME_F32, NEUME_DIMS(T + 1, B, M)));
    NEUME_TRY(neume_tensor_shape(&layer->gates, NEUME_F32, NEUME_DIMS(T, B, 4 * M)));
    NEUME_TRY(neume_tensor_shape(&layer->part, NEUME_F32, NEUME_DIMS(B, 3 * M)));
    for (int64_t i = 0; i < B * M; i++) neume_f32(&layer->states)[i] = 0;
    return NEUME_OK;
}

static neume_status frame_forward(neume_gru *layer, neume_compute *c, int64_t t, neume_tensor *y) {
    int64_t B = layer->states.dim[1], M = layer->states.dim[2], T = layer->gates.dim[0];
    const neume_tensor before = frames_of(&layer->states, t, 1);
    float *after = neume_f32(&before) + B * M;
    NEUME_TRY(
        neume_linear(c, &before, &layer->recurrent.weight.value, &layer->recurrent.bias.value, false, &layer->part));
    for (int64_t b = 0; b < B; b++) {
        const gru_row row = {neume_f32(&layer->given) + (b * T + t) * 3 * M, neume_f32(&layer->part) + b * 3 * M,
                             neume_f32(&before) + b * M, neume_f32(&layer->gates) + (t * B + b) * 4 * M, after + b * M};
        row_forward(&row, M);
        neume_tensor_store(y, (b * T + t) * M, M, after + b * M);
    }
    return NEUME_OK;
}

neume_status neume_gru_forward(neume_gru *layer, neume_compute *c, const neume_tensor *x, neume_tensor *y) {
    assert(x->rank == 3);
    int64_t B = x->dim[0], T = x->dim[1], M = layer->recurrent.weight.value.dim[0];
    NEUME_TRY(shape_forward(layer, B, T, M));
    NEUME_TRY(neume_tensor_shape(y, x->dtype, NEUME_DIMS(B, T, M)));
    NEUME_TRY(neume_linear_layer_forward(&layer->input, c, x, NEUME_F32, &layer->given));
    for (int64_t t = 0; t < T; t++) NEUME_TRY(frame_forward(layer, c, t, y));
    return NEUME_OK;
}

/* --- backward ----------------------------------------------------------------------------------------------------- */

static neume_status shape_backward(neume_gru *layer, int64_t B, int64_t T, int64_t M) {
    NEUME_TRY(neume_tensor_shape(&layer->d_given, NEUME_F32, NEUME_DIMS(B, T, 3 * M)));
    NEUME_TRY(neume_tensor_shape(&layer->d_recurrent, NEUME_F32, NEUME_DIMS(T, B, 3 * M)));
    NEUME_TRY(neume_tensor_shape(&layer->d_state, NEUME_F32, NEUME_DIMS(B, M)));
    NEUME_TRY(neume_tensor_shape(&layer->part, NEUME_F32, NEUME_DIMS(B, M)));
    neume_tensor_zero(&layer->d_state);
    return NEUME_OK;
}

/* part is (B, M) here: first the frame's own d_y, then what flows back through the recurrent weights. */
static neume_status frame_backward(neume_gru *layer, neume_compute *c, int64_t t, const neume_tensor *d_y) {
    int64_t B = layer->states.dim[1], M = layer->states.dim[2], T = layer->gates.dim[0];
    const neume_tensor before = frames_of(&layer->states, t, 1), d_recurrent = frames_of(&layer->d_recurrent, t, 1);
    for (int64_t b = 0; b < B; b++) neume_tensor_load(d_y, (b * T + t) * M, M, neume_f32(&layer->part) + b * M);
    neume_tensor_add(&layer->d_state, &layer->part);
    for (int64_t b = 0; b < B; b++) {
        const gru_row_gradient row = {neume_f32(&layer->gates) + (t * B + b) * 4 * M, neume_f32(&before) + b * M,
                                      neume_f32(&layer->d_state) + b * M,
                                      neume_f32(&layer->d_given) + (b * T + t) * 3 * M,
                                      neume_f32(&d_recurrent) + b * 3 * M};
        row_backward(&row, M);
    }
    NEUME_TRY(neume_linear_backward(c, &before, &layer->recurrent.weight.value, &d_recurrent,
                                    &(neume_gradients){.x = &layer->part}));
    neume_tensor_add(&layer->d_state, &layer->part);
    return NEUME_OK;
}

static neume_tensor *gradient_or_null(neume_parameter *parameter) {
    return parameter->gradient.data ? &parameter->gradient : NULL;
}

neume_status neume_gru_backward(neume_gru *layer, neume_compute *c, const neume_tensor *d_y, neume_tensor *d_x) {
    const neume_tensor *x = layer->input.x_saved, *d_given = &layer->d_given;
    int64_t B = x->dim[0], T = x->dim[1], M = layer->states.dim[2];
    NEUME_TRY(shape_backward(layer, B, T, M));
    for (int64_t t = T - 1; t >= 0; t--) NEUME_TRY(frame_backward(layer, c, t, d_y));
    const neume_tensor before = frames_of(&layer->states, 0, T), d_recurrent = frames_of(&layer->d_recurrent, 0, T);
    NEUME_TRY(neume_linear_backward(c, &before, &layer->recurrent.weight.value, &d_recurrent,
                                    &(neume_gradients){.w = gradient_or_null(&layer->recurrent.weight),
                                                       .bias = gradient_or_null(&layer->recurrent.bias)}));
    if (x->dtype != NEUME_F32) {
        NEUME_TRY(neume_tensor_convert(d_given, x->dtype, &layer->typed));
        d_given = &layer->typed;
    }
    if (d_x) NEUME_TRY(neume_tensor_shape(d_x, x->dtype, x->rank, x->dim));
    return neume_linear_layer_backward(&layer->input, c, d_given, d_x);
}
