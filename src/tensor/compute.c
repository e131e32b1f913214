/* The switch between the plain and the fast implementation of each operation, and the checks both rely on. */
#include "compute.h"

#include <assert.h>

neume_status neume_compute_new(neume_backend backend, neume_compute **out) {
    neume_compute *c = neume__calloc(1, sizeof *c);
    if (!c) return NEUME_ENOMEM;
    c->backend = backend;
    neume_status status = backend == NEUME_FAST ? onednn_new(&c->fast) : NEUME_OK;
    if (status)
        neume__free(c);
    else
        *out = c;
    return status;
}

void neume_compute_free(neume_compute *c) {
    if (!c) return;
    onednn_free(c->fast);
    neume__free(c);
}

neume_backend neume_compute_backend(const neume_compute *c) {
    return c->backend;
}

void neume_compute_hold(neume_compute *c, bool hold) {
    if (c->fast) onednn_hold(c->fast, hold);
}

double neume_compute_prepare_s(const neume_compute *c) {
    return c->fast ? onednn_prepare_s(c->fast) : 0;
}

double neume_compute_flops(const neume_compute *c) {
    return c->flops;
}

static int64_t divide_up(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

static bool conv_shapes_agree(const neume_conv_spec *spec, const neume_tensor *x, const neume_tensor *w,
                              const neume_tensor *y) {
    return x->rank == 4 && w->rank == 4 && y->rank == 4 && w->dtype == NEUME_F32 && w->dim[0] % 2 && w->dim[1] % 2 &&
           w->dim[2] == x->dim[3] && w->dim[3] == y->dim[3] && y->dim[0] == x->dim[0] && y->dim[1] == x->dim[1] &&
           y->dim[2] == divide_up(x->dim[2], spec->stride_p);
}

static double conv_flops(const neume_tensor *w, const neume_tensor *y) {
    return 2.0 * (double)neume_tensor_count(y) * (double)(w->dim[0] * w->dim[1] * w->dim[2]);
}

neume_status neume_conv2d(neume_compute *c, const neume_conv_spec *spec, const neume_tensor *x, const neume_tensor *w,
                          const neume_tensor *bias, neume_tensor *y) {
    assert(conv_shapes_agree(spec, x, w, y));
    c->flops += conv_flops(w, y);
    conv_operands o = {.spec = spec, .x = x, .w = w, .bias = bias, .y = y};
    return c->backend == NEUME_FAST ? onednn_conv(c->fast, &o) : plain_conv(&o);
}

neume_status neume_conv2d_backward(neume_compute *c, const neume_conv_spec *spec, const neume_tensor *x,
                                   const neume_tensor *w, const neume_tensor *d_y, const neume_gradients *d) {
    assert(conv_shapes_agree(spec, x, w, d_y));
    assert(d_y->dtype == x->dtype);
    c->flops += conv_flops(w, d_y) * ((d->x != NULL) + (d->w != NULL));
    conv_operands o = {.spec = spec, .x = x, .w = w, .d_y = d_y, .d_x = d->x, .d_w = d->w, .d_bias = d->bias};
    if (d->x) NEUME_TRY(neume_tensor_shape(d->x, x->dtype, x->rank, x->dim));
    if (d->bias) NEUME_TRY(add_row_sums(d_y, neume_f32(d->bias)));
    return c->backend == NEUME_FAST ? onednn_conv_backward(c->fast, &o) : plain_conv_backward(&o);
}

neume_status neume_linear(neume_compute *c, const neume_tensor *x, const neume_tensor *w, const neume_tensor *bias,
                          bool relu, neume_tensor *y) {
    assert(x->dim[x->rank - 1] == w->dim[0] && y->dim[y->rank - 1] == w->dim[1]);
    c->flops += 2.0 * (double)neume_tensor_count(y) * (double)w->dim[0];
    linear_operands o = {.x = x, .w = w, .bias = bias, .relu = relu, .y = y};
    if (c->backend == NEUME_FAST) return onednn_linear(c->fast, &o);
    plain_linear(&o);
    return NEUME_OK;
}

neume_status neume_linear_turned(neume_compute *c, const neume_tensor *x, const neume_tensor *w, neume_tensor *y) {
    assert(x->dim[x->rank - 1] == w->dim[1] && y->dim[y->rank - 1] == w->dim[0]);
    c->flops += 2.0 * (double)neume_tensor_count(y) * (double)w->dim[1];
    linear_operands o = {.x = x, .w = w, .y = y};
    if (c->backend == NEUME_FAST) return onednn_linear_turned(c->fast, &o);
    plain_linear_turned(&o);
    return NEUME_OK;
}

neume_status neume_linear_backward(neume_compute *c, const neume_tensor *x, const neume_tensor *w,
                                   const neume_tensor *d_y, const neume_gradients *d) {
    assert(x->dim[x->rank - 1] == w->dim[0] && d_y->dim[d_y->rank - 1] == w->dim[1] && d_y->dtype == x->dtype);
    c->flops += 2.0 * (double)neume_tensor_count(d_y) * (double)w->dim[0] * ((d->x != NULL) + (d->w != NULL));
    linear_operands o = {.x = x, .w = w, .d_y = d_y, .d_x = d->x, .d_w = d->w, .d_bias = d->bias};
    if (d->x) NEUME_TRY(neume_tensor_shape(d->x, x->dtype, x->rank, x->dim));
    if (d->bias) NEUME_TRY(add_row_sums(d_y, neume_f32(d->bias)));
    return c->backend == NEUME_FAST ? onednn_linear_backward(c->fast, &o) : plain_linear_backward(&o);
}

neume_status neume_product(neume_compute *c, const neume_product_size *size, const neume_matrices *a,
                           const neume_matrices *b, const neume_matrices *y) {
    c->flops += 2.0 * (double)(size->groups[0] * size->groups[1] * size->rows) * (double)(size->inner * size->columns);
    if (c->backend == NEUME_FAST) return onednn_product_batch(c->fast, size, a, b, y);
    plain_product(size, a, b, y);
    return NEUME_OK;
}
