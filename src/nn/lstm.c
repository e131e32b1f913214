/* A long short-term memory over (B, T, C). As in gru.c the input's part of all frames is one large product before the
 * loop, and the loop holds one small product a frame, (B, M) by (M, 4M), whose weights are held packed meanwhile. Every
 * gate's sum is Wx + Uh + b, so one gradient, d_gates, serves the input's weights, the recurrent ones and the biases:
 * three large products at the end.
 *
 * All is kept as (B, T, .), as the layers around have it; what the recurrent product reads and writes is gathered in
 * one piece a frame: state (B, M) and part (B, 4M).
 */
#include "neume/nn.h"

#include "neume/nn_math.h"

#include <assert.h>
#include <math.h>

static const float FORGET_BIAS = 1; /* cells remember from the start (Jozefowicz et al. 2015) */

neume_status neume_lstm_init(neume_lstm *layer, neume_parameters *list, const char *prefix, int64_t inputs,
                             int64_t outputs, neume_rng *rng) {
    char name[64];
    const neume_parameter_spec recurrent = {prefix, "recurrent", sqrtf(1 / (float)outputs), 0, true, false};
    *layer = (neume_lstm){0};
    snprintf(name, sizeof name, "%s.input", prefix);
    NEUME_TRY(neume_linear_layer_init(&layer->input, list, name, inputs, 4 * outputs, rng));
    for (int64_t i = outputs; i < 2 * outputs; i++) neume_f32(&layer->input.bias.value)[i] = FORGET_BIAS;
    return neume_parameter_init(&layer->recurrent, list, &recurrent, rng, NEUME_DIMS(outputs, 4 * outputs));
}

void neume_lstm_clear(neume_lstm *layer) {
    neume_tensor *const tensors[] = {&layer->gates,   &layer->cells,   &layer->before, &layer->state, &layer->part,
                                     &layer->d_gates, &layer->d_state, &layer->d_cell, &layer->d_part};
    for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++) neume_tensor_clear(tensors[i]);
    neume_linear_layer_clear(&layer->input);
    neume_parameter_clear(&layer->recurrent);
}

/* --- one frame of one item ---------------------------------------------------------------------------------------- */

typedef struct lstm_row {
    float *gates;      /* (4M): i, f, g, o; at first the input's part of them */
    float *part;       /* (4M): the recurrent part; its first M numbers become the state */
    const float *cell; /* (M) before the frame */
    float *after;      /* (M) and behind it */
} lstm_row;

NEUME_VECTOR static void row_forward(const lstm_row *row, int64_t M) {
    const float *cell = row->cell;
    float *gates = row->gates, *part = row->part, *after = row->after;
#pragma omp simd
    for (int64_t j = 0; j < M; j++) {
        float i = neume__sigmoid(gates[j] + part[j]);
        float f = neume__sigmoid(gates[M + j] + part[M + j]);
        float g = neume__tanh(gates[2 * M + j] + part[2 * M + j]);
        float o = neume__sigmoid(gates[3 * M + j] + part[3 * M + j]);
        gates[j] = i, gates[M + j] = f, gates[2 * M + j] = g, gates[3 * M + j] = o;
        after[j] = f * cell[j] + i * g;
        part[j] = o * neume__tanh(after[j]);
    }
}

typedef struct lstm_row_gradient {
    const float *gates, *cell, *after, *d_state;
    float *d_cell;  /* (M): of the cell behind the frame; becomes that of the one before */
    float *d_gates; /* (4M) */
} lstm_row_gradient;

NEUME_VECTOR static void row_backward(const lstm_row_gradient *row, int64_t M) {
    const float *gates = row->gates, *cell = row->cell, *after = row->after, *d_state = row->d_state;
    float *d_cell = row->d_cell, *d_gates = row->d_gates;
#pragma omp simd
    for (int64_t j = 0; j < M; j++) {
        float i = gates[j], f = gates[M + j], g = gates[2 * M + j], o = gates[3 * M + j];
        float shown = neume__tanh(after[j]), d = d_cell[j] + d_state[j] * o * (1 - shown * shown);
        d_gates[j] = d * g * i * (1 - i); /* each behind its own tanh or sigmoid */
        d_gates[M + j] = d * cell[j] * f * (1 - f);
        d_gates[2 * M + j] = d * i * (1 - g * g);
        d_gates[3 * M + j] = d_state[j] * shown * o * (1 - o);
        d_cell[j] = d * f;
    }
}

/* --- forward ------------------------------------------------------------------------------------------------------ */

static neume_status shape_forward(neume_lstm *layer, neume_dtype dtype, int64_t B, int64_t T, int64_t M) {
    NEUME_TRY(neume_tensor_shape(&layer->cells, NEUME_F32, NEUME_DIMS(B, T + 1, M)));
    NEUME_TRY(neume_tensor_shape(&layer->before, dtype, NEUME_DIMS(B, T, M)));
    NEUME_TRY(neume_tensor_shape(&layer->state, dtype, NEUME_DIMS(B, M)));
    NEUME_TRY(neume_tensor_shape(&layer->part, NEUME_F32, NEUME_DIMS(B, 4 * M)));
    neume_tensor_zero(&layer->state);
    for (int64_t b = 0; b < B; b++)
        for (int64_t i = 0; i < M; i++) neume_f32(&layer->cells)[b * (T + 1) * M + i] = 0;
    return NEUME_OK;
}

static float *cell_at(const neume_lstm *layer, int64_t b, int64_t t) {
    return neume_f32(&layer->cells) + (b * layer->cells.dim[1] + t) * layer->cells.dim[2];
}

static neume_status frame_forward(neume_lstm *layer, neume_compute *c, int64_t t, neume_tensor *y) {
    const int64_t B = y->dim[0], T = y->dim[1], M = y->dim[2];
    const size_t row_bytes = neume_tensor_bytes(&layer->state) / (size_t)B;
    NEUME_TRY(neume_linear(c, &layer->state, &layer->recurrent.value, NULL, false, &layer->part));
    for (int64_t b = 0; b < B; b++) {
        const lstm_row row = {neume_f32(&layer->gates) + (b * T + t) * 4 * M, neume_f32(&layer->part) + b * 4 * M,
                              cell_at(layer, b, t), cell_at(layer, b, t + 1)};
        char *state = (char *)layer->state.data + (size_t)b * row_bytes;
        memcpy((char *)layer->before.data + (size_t)(b * T + t) * row_bytes, state, row_bytes);
        row_forward(&row, M);
        neume_tensor_store(y, (b * T + t) * M, M, row.part);
        neume_tensor_store(&layer->state, b * M, M, row.part);
    }
    return NEUME_OK;
}

neume_status neume_lstm_forward(neume_lstm *layer, neume_compute *c, const neume_tensor *x, neume_tensor *y) {
    assert(x->rank == 3);
    const int64_t B = x->dim[0], T = x->dim[1], M = layer->recurrent.value.dim[0];
    NEUME_TRY(shape_forward(layer, x->dtype, B, T, M));
    NEUME_TRY(neume_tensor_shape(y, x->dtype, NEUME_DIMS(B, T, M)));
    NEUME_TRY(neume_linear_layer_forward(&layer->input, c, x, NEUME_F32, &layer->gates));
    neume_status status = NEUME_OK;
    neume_compute_hold(c, true);
    for (int64_t t = 0; t < T && !status; t++) status = frame_forward(layer, c, t, y);
    neume_compute_hold(c, false);
    return status;
}

/* --- backward ----------------------------------------------------------------------------------------------------- */

static neume_status shape_backward(neume_lstm *layer, neume_dtype dtype, int64_t B, int64_t T, int64_t M) {
    NEUME_TRY(neume_tensor_shape(&layer->d_gates, dtype, NEUME_DIMS(B, T, 4 * M)));
    NEUME_TRY(neume_tensor_shape(&layer->d_part, dtype, NEUME_DIMS(B, 4 * M)));
    NEUME_TRY(neume_tensor_shape(&layer->d_state, NEUME_F32, NEUME_DIMS(B, M)));
    NEUME_TRY(neume_tensor_shape(&layer->d_cell, NEUME_F32, NEUME_DIMS(B, M)));
    neume_tensor_zero(&layer->d_state);
    neume_tensor_zero(&layer->d_cell);
    return NEUME_OK;
}

/* d_state holds what comes back through the frame behind; part is scratch, in whose rows the gates' gradients are made
 * and the frame's own d_y is widened. */
static neume_status frame_backward(neume_lstm *layer, neume_compute *c, int64_t t, const neume_tensor *d_y) {
    const int64_t B = layer->before.dim[0], T = layer->before.dim[1], M = layer->before.dim[2];
    for (int64_t b = 0; b < B; b++) {
        float *part = neume_f32(&layer->part) + b * 4 * M, *d_state = neume_f32(&layer->d_state) + b * M;
        neume_tensor_load(d_y, (b * T + t) * M, M, part);
        for (int64_t i = 0; i < M; i++) d_state[i] += part[i];
        const lstm_row_gradient row = {neume_f32(&layer->gates) + (b * T + t) * 4 * M,
                                       cell_at(layer, b, t),
                                       cell_at(layer, b, t + 1),
                                       d_state,
                                       neume_f32(&layer->d_cell) + b * M,
                                       part};
        row_backward(&row, M);
        neume_tensor_store(&layer->d_gates, (b * T + t) * 4 * M, 4 * M, part);
        neume_tensor_store(&layer->d_part, b * 4 * M, 4 * M, part);
    }
    return t > 0 ? neume_linear_turned(c, &layer->d_part, &layer->recurrent.value, &layer->d_state) : NEUME_OK;
}

neume_status neume_lstm_backward(neume_lstm *layer, neume_compute *c, const neume_tensor *d_y, neume_tensor *d_x) {
    const neume_tensor *x = layer->input.x_saved;
    const int64_t B = x->dim[0], T = x->dim[1], M = layer->recurrent.value.dim[0];
    NEUME_TRY(shape_backward(layer, x->dtype, B, T, M));
    neume_status status = NEUME_OK;
    neume_compute_hold(c, true);
    for (int64_t t = T - 1; t >= 0 && !status; t--) status = frame_backward(layer, c, t, d_y);
    neume_compute_hold(c, false);
    NEUME_TRY(status);
    if (layer->recurrent.gradient.data)
        NEUME_TRY(neume_linear_backward(c, &layer->before, &layer->recurrent.value, &layer->d_gates,
                                        &(neume_gradients){.w = &layer->recurrent.gradient}));
    return neume_linear_layer_backward(&layer->input, c, &layer->d_gates, d_x);
}
