/* What the plain and the fast implementations share; private to the room. */
#ifndef NEUME_TENSOR_COMPUTE_H
#define NEUME_TENSOR_COMPUTE_H

#include "neume/tensor.h"

typedef struct onednn onednn; /* engine, stream, cache of primitives; NULL on the plain backend */

struct neume_compute {
    neume_backend backend;
    onednn *fast;
    double flops;
};

neume_status onednn_new(onednn **out);
void onednn_free(onednn *fast);
void onednn_hold(onednn *fast, bool hold);
double onednn_prepare_s(const onednn *fast);

/* A convolution's operands; absent ones are NULL. */
typedef struct conv_operands {
    const neume_conv_spec *spec;
    const neume_tensor *x, *w, *bias, *d_y;
    neume_tensor *y, *d_x, *d_w, *d_bias;
} conv_operands;
neume_status onednn_conv(onednn *fast, const conv_operands *o);
neume_status onednn_conv_backward(onednn *fast, const conv_operands *o);
neume_status plain_conv(const conv_operands *o);
neume_status plain_conv_backward(const conv_operands *o);

typedef struct linear_operands {
    const neume_tensor *x, *w, *bias, *d_y;
    bool relu;
    neume_tensor *y, *d_x, *d_w, *d_bias;
} linear_operands;
neume_status onednn_linear(onednn *fast, const linear_operands *o);
neume_status onednn_linear_turned(onednn *fast, const linear_operands *o);
neume_status onednn_linear_backward(onednn *fast, const linear_operands *o);
void plain_linear(const linear_operands *o);
void plain_linear_turned(const linear_operands *o);
neume_status plain_linear_backward(const linear_operands *o);

neume_status onednn_product_batch(onednn *fast, const neume_product_size *size, const neume_matrices *a,
                                  const neume_matrices *b, const neume_matrices *y);
void plain_product(const neume_product_size *size, const neume_matrices *a, const neume_matrices *b,
                   const neume_matrices *y);

/* Adds the sum over rows of d (..., C) to sums (C). */
neume_status add_row_sums(const neume_tensor *d, float *sums);

#endif
