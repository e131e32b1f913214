/* Convolution, linear and batch-normalisation layers: parameters plus what the backward pass must remember. */
#include "neume/nn.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* --- convolution -------------------------------------------------------------------------------------------------- */

neume_status neume_conv_layer_init(neume_conv_layer *layer, neume_parameters *list, const char *prefix,
                                   const neume_conv_size *size, neume_conv_spec spec, neume_rng *rng) {
    memset(layer, 0, sizeof *layer);
    layer->spec = spec;
    float scale = sqrtf(2.0f / (float)(size->kernel_t * size->kernel_p * size->inputs));
    neume_parameter_spec weight = {prefix, "weight", scale, 0, true, false},
                         bias = {prefix, "bias", 0, 0, false, false};
    NEUME_TRY(neume_parameter_init(&layer->weight, list, &weight, rng,
                                   NEUME_DIMS(size->kernel_t, size->kernel_p, size->inputs, size->outputs)));
    return size->bias ? neume_parameter_init(&layer->bias, list, &bias, rng, NEUME_DIMS(size->outputs)) : NEUME_OK;
}

void neume_conv_layer_clear(neume_conv_layer *layer) {
    neume_parameter_clear(&layer->weight);
    neume_parameter_clear(&layer->bias);
}

static const neume_tensor *bias_or_null(const neume_parameter *bias) {
    return bias->value.data ? &bias->value : NULL;
}

static neume_tensor *gradient_or_null(neume_parameter *parameter) {
    return parameter->gradient.data ? &parameter->gradient : NULL;
}

neume_status neume_conv_layer_forward(neume_conv_layer *layer, neume_compute *c, const neume_tensor *x,
                                      neume_dtype dtype, neume_tensor *y) {
    int64_t stride = layer->spec.stride_p, P = (x->dim[2] + stride - 1) / stride, M = layer->weight.value.dim[3];
    if (!layer->spec.accumulate) NEUME_TRY(neume_tensor_shape(y, dtype, NEUME_DIMS(x->dim[0], x->dim[1], P, M)));
    layer->x_saved = x;
    return neume_conv2d(c, &layer->spec, x, &layer->weight.value, bias_or_null(&layer->bias), y);
}

neume_status neume_conv_layer_backward(neume_conv_layer *layer, neume_compute *c, const neume_tensor *d_y,
                                       neume_tensor *d_x) {
    assert(!layer->spec.relu && !layer->spec.accumulate); /* those are for inference, with normalisation folded in */
    neume_gradients d = {d_x, gradient_or_null(&layer->weight), gradient_or_null(&layer->bias)};
    return neume_conv2d_backward(c, &layer->spec, layer->x_saved, &layer->weight.value, d_y, &d);
}

/* --- linear ------------------------------------------------------------------------------------------------------- */

neume_status neume_linear_layer_init(neume_linear_layer *layer, neume_parameters *list, const char *prefix,
                                     int64_t inputs, int64_t outputs, neume_rng *rng) {
    memset(layer, 0, sizeof *layer);
    neume_parameter_spec weight = {prefix, "weight", sqrtf(2.0f / (float)inputs), 0, true, false},
                         bias = {prefix, "bias", 0, 0, false, false};
    NEUME_TRY(neume_parameter_init(&layer->weight, list, &weight, rng, NEUME_DIMS(inputs, outputs)));
    return neume_parameter_init(&layer->bias, list, &bias, rng, NEUME_DIMS(outputs));
}

void neume_linear_layer_clear(neume_linear_layer *layer) {
    neume_parameter_clear(&layer->weight);
    neume_parameter_clear(&layer->bias);
}

neume_status neume_linear_layer_forward(neume_linear_layer *layer, neume_compute *c, const neume_tensor *x,
                                        neume_dtype dtype, neume_tensor *y) {
    int64_t dim[NEUME_RANK_MAX];
    memcpy(dim, x->dim, sizeof dim);
    dim[x->rank - 1] = layer->weight.value.dim[1];
    NEUME_TRY(neume_tensor_shape(y, dtype, x->rank, dim));
    layer->x_saved = x;
    return neume_linear(c, x, &layer->weight.value, bias_or_null(&layer->bias), false, y);
}

neume_status neume_linear_layer_backward(neume_linear_layer *layer, neume_compute *c, const neume_tensor *d_y,
                                         neume_tensor *d_x) {
    neume_gradients d = {d_x, gradient_or_null(&layer->weight), gradient_or_null(&layer->bias)};
    return neume_linear_backward(c, layer->x_saved, &layer->weight.value, d_y, &d);
}

/* --- batch normalisation ------------------------------------------------------------------------------------------ */

neume_status neume_norm_layer_init(neume_norm_layer *layer, neume_parameters *list, const char *prefix,
                                   int64_t channels, bool relu) {
    memset(layer, 0, sizeof *layer);
    layer->momentum = 0.99f;
    layer->epsilon = 1e-3f;
    layer->relu = relu;
    struct {
        neume_parameter *parameter;
        neume_parameter_spec spec;
    } all[] = {{&layer->gain, {prefix, "gain", 0, 1, false, false}},
               {&layer->shift, {prefix, "shift", 0, 0, false, false}},
               {&layer->running_mean, {prefix, "mean", 0, 0, false, true}},
               {&layer->running_variance, {prefix, "variance", 0, 1, false, true}}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        NEUME_TRY(neume_parameter_init(all[i].parameter, list, &all[i].spec, NULL, NEUME_DIMS(channels)));
    NEUME_TRY(neume_tensor_shape(&layer->mean, NEUME_F32, NEUME_DIMS(channels)));
    return neume_tensor_shape(&layer->rstd, NEUME_F32, NEUME_DIMS(channels));
}

void neume_norm_layer_clear(neume_norm_layer *layer) {
    neume_parameter_clear(&layer->gain);
    neume_parameter_clear(&layer->shift);
    neume_parameter_clear(&layer->running_mean);
    neume_parameter_clear(&layer->running_variance);
    neume_tensor_clear(&layer->mean);
    neume_tensor_clear(&layer->rstd);
}

/* The running statistics follow the batch's; the variance is recovered from rstd. */
static void follow(neume_norm_layer *layer) {
    for (int64_t c = 0; c < layer->mean.dim[0]; c++) {
        float rstd = neume_f32(&layer->rstd)[c], variance = 1 / (rstd * rstd) - layer->epsilon;
        float *mean = neume_f32(&layer->running_mean.value) + c, *kept = neume_f32(&layer->running_variance.value) + c;
        *mean += (1 - layer->momentum) * (neume_f32(&layer->mean)[c] - *mean);
        *kept += (1 - layer->momentum) * (variance - *kept);
    }
}

static void take_running(neume_norm_layer *layer) {
    for (int64_t c = 0; c < layer->mean.dim[0]; c++) {
        neume_f32(&layer->mean)[c] = neume_f32(&layer->running_mean.value)[c];
        neume_f32(&layer->rstd)[c] = 1 / sqrtf(neume_f32(&layer->running_variance.value)[c] + layer->epsilon);
    }
}

static neume_affine affine_of(const neume_norm_layer *layer) {
    return (neume_affine){neume_f32(&layer->gain.value), neume_f32(&layer->shift.value), neume_f32(&layer->mean),
                          neume_f32(&layer->rstd), layer->relu};
}

neume_status neume_norm_layer_forward(neume_norm_layer *layer, neume_compute *c, bool training, const neume_tensor *x,
                                      const neume_tensor *residual, neume_tensor *y) {
    if (training) {
        NEUME_TRY(neume_channel_moments(c, x, layer->epsilon, neume_f32(&layer->mean), neume_f32(&layer->rstd)));
        follow(layer);
    } else
        take_running(layer);
    neume_affine affine = affine_of(layer);
    layer->x_saved = x;
    layer->y_saved = y;
    return neume_normalise(c, &affine, x, residual, y);
}

neume_status neume_norm_layer_backward(neume_norm_layer *layer, neume_compute *c, neume_tensor *d_y,
                                       neume_tensor *d_x) {
    neume_affine affine = affine_of(layer);
    neume_affine_gradients out = {neume_f32(&layer->gain.gradient), neume_f32(&layer->shift.gradient), d_x};
    return neume_normalise_backward(c, &affine, layer->x_saved, layer->y_saved, d_y, &out);
}
