/** @file
 * Arrays of numbers with a shape, and the few operations that music models are made of.
 *
 * Sound is (B, T, P, C): batch, frames, pitches or bins, channels; the last index runs fastest ("nhwc"). Weights are
 * 32-bit; activations are 32-bit or bfloat16 (the high half of a float: same range, 8 bits of precision), which modern
 * processors multiply two to eight times faster. Every operation exists twice: plain C, slow and obvious, which is the
 * definition, and a fast one (oneDNN, or our own vector loops), which a test holds to the plain one. ::neume_compute
 * chooses. Shape letters: B batch, T frames, P pitches or bins, C channels, N rows (B T P together), K inputs, M
 * outputs.
 */
#ifndef NEUME_TENSOR_H
#define NEUME_TENSOR_H

#include "neume/base.h"

#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum neume_dtype { NEUME_F32, NEUME_BF16 } neume_dtype;

enum { NEUME_RANK_MAX = 4 };

/** Owned memory with a shape; start with `{0}`. */
typedef struct neume_tensor {
    void *data; /**< 64-byte aligned; float or uint16_t items */
    neume_dtype dtype;
    int rank;
    int64_t dim[NEUME_RANK_MAX]; /**< unused ones are 1 */
    size_t capacity_bytes;
} neume_tensor;

/** Gives a tensor a shape, growing its memory when needed; old content is lost (and not cleared).
 * @retval NEUME_EINVAL a negative dimension  @retval NEUME_ELIMIT NEUME_ENOMEM */
NEUME_MUST neume_status neume_tensor_shape(neume_tensor *tensor, neume_dtype dtype, int rank, const int64_t *dim);
/** The same with `NEUME_DIMS(2, 3, 4)`. */
#define NEUME_DIMS(...)                                                                                                \
    (int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (const int64_t[]) {                                     \
        __VA_ARGS__                                                                                                    \
    }
void neume_tensor_clear(neume_tensor *tensor); /**< frees, back to `{0}` */
int64_t neume_tensor_count(const neume_tensor *tensor);
size_t neume_tensor_bytes(const neume_tensor *tensor);
bool neume_tensor_same_shape(const neume_tensor *a, const neume_tensor *b); /**< type apart */
void neume_tensor_zero(neume_tensor *tensor);
/** out takes the shape of x and the given type; rounds to nearest even. out may not be x. */
NEUME_MUST neume_status neume_tensor_convert(const neume_tensor *x, neume_dtype dtype, neume_tensor *out);
static inline float *neume_f32(const neume_tensor *tensor) {
    return (float *)tensor->data;
}

/** A bfloat16 as a float, and a float rounded to nearest, ties to even; NaN stays NaN because its upper bits are kept
 * set. */
static inline float neume_bf16_widen(uint16_t x) {
    const uint32_t bits = (uint32_t)x << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}
static inline uint16_t neume_bf16_narrow(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    const uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16, nan = (bits & 0x7fffffff) > 0x7f800000;
    return (uint16_t)(nan ? bits >> 16 | 0x40 : rounded);
}

/** Copies n items from item `at` on, widening or rounding as needed. */
void neume_tensor_load(const neume_tensor *tensor, int64_t at, int64_t n, float *to);
void neume_tensor_store(neume_tensor *tensor, int64_t at, int64_t n, const float *from);

/* --- who computes ------------------------------------------------------------------------------------------------- */

typedef enum neume_backend { NEUME_PLAIN, NEUME_FAST } neume_backend;

/** An engine with its cache of prepared operations (by shape). For one thread at a time; the work runs on the pool. */
typedef struct neume_compute neume_compute;
NEUME_MUST neume_status neume_compute_new(neume_backend backend, neume_compute **out);
void neume_compute_free(neume_compute *compute);
neume_backend neume_compute_backend(const neume_compute *compute);
/** While held, all weights stay as they are, so that an operation which meets the same array again finds it packed: for
 * loops over frames. */
void neume_compute_hold(neume_compute *compute, bool hold);
/** Whether this machine multiplies bfloat16 faster than float (AVX-512 BF16 or AMX). */
bool neume_compute_has_bf16(void);
/** Seconds spent preparing operations so far: the part of start-up that is not ours. */
double neume_compute_prepare_s(const neume_compute *compute);
/** Multiply-adds asked of convolutions and products so far, times two: for a step's share of the hardware peak. */
double neume_compute_flops(const neume_compute *compute);
/** Measures that peak: operations a second of a 2048 x 2048 x 2048 product, x and y of this type; the best of six. */
NEUME_MUST neume_status neume_compute_measure_peak(neume_compute *c, neume_dtype dtype, double *flops);

/* --- convolution -------------------------------------------------------------------------------------------------- */

/** Zero padding keeps T; P becomes ceil(P / stride_p). Kernels are odd. */
typedef struct neume_conv_spec {
    int64_t stride_p, dilation_t, dilation_p; /**< all >= 1 */
    bool relu;                                /**< y = max(0, .) last (forward only) */
    bool accumulate;                          /**< y += before the relu (forward only): a residual connection */
} neume_conv_spec;
#define NEUME_CONV_SPEC_DEFAULT                                                                                        \
    { 1, 1, 1, false, false }

/** y[b,t,q,m] = bias[m] + sum over i,j,k of w[i,j,k,m] x[b, t + (i - I/2) dilation_t, stride_p q + (j - J/2)
 * dilation_p, k].
 *
 * @param x (B, T, P, K)  @param w (I, J, K, M) 32-bit  @param bias (M) 32-bit or NULL
 * @param[in,out] y (B, T, Q, M), already shaped, any type
 * Fast: oneDNN; in bf16 when x is, sums in 32-bit. */
NEUME_MUST neume_status neume_conv2d(neume_compute *c, const neume_conv_spec *spec, const neume_tensor *x,
                                     const neume_tensor *w, const neume_tensor *bias, neume_tensor *y);
/** Where the gradients of an operation y = f(x, w, bias) go; NULL = not wanted. */
typedef struct neume_gradients {
    neume_tensor *x;        /**< overwritten; takes shape and type of x */
    neume_tensor *w, *bias; /**< 32-bit, of the parameter's shape; *added* to */
} neume_gradients;
/** The gradients, given that of y (its shape, the type of x). */
NEUME_MUST neume_status neume_conv2d_backward(neume_compute *c, const neume_conv_spec *spec, const neume_tensor *x,
                                              const neume_tensor *w, const neume_tensor *d_y, const neume_gradients *d);

/* --- products ----------------------------------------------------------------------------------------------------- */

/** y = x w + bias: x (..., K) seen as (N, K), w (K, M), bias (M) or NULL, y (..., M) already shaped, any type; relu: y
 * = max(0, y). */
NEUME_MUST neume_status neume_linear(neume_compute *c, const neume_tensor *x, const neume_tensor *w,
                                     const neume_tensor *bias, bool relu, neume_tensor *y);
/** y = x times the transposed w: x (..., K) seen as (N, K), w (M, K), y (..., M) already shaped, any type. A language
 * model's output uses its embedding so. */
NEUME_MUST neume_status neume_linear_turned(neume_compute *c, const neume_tensor *x, const neume_tensor *w,
                                            neume_tensor *y);
/** The gradients, given that of y (type of x). */
NEUME_MUST neume_status neume_linear_backward(neume_compute *c, const neume_tensor *x, const neume_tensor *w,
                                              const neume_tensor *d_y, const neume_gradients *d);

/** Batched product of float matrices: y[g] = alpha a[g] b[g] for g < G, each matrix given by strides, so that attention
 * runs on (B, T, H, D) without repacking. a is (rows, inner), b (inner, columns), y (rows, columns). G = groups[0] *
 * groups[1]. */
typedef struct neume_matrices {
    float *data;
    int64_t group_stride[2], row_stride, column_stride; /**< in items */
} neume_matrices;
typedef struct neume_product_size {
    int64_t groups[2], rows, inner, columns;
} neume_product_size;
NEUME_MUST neume_status neume_product(neume_compute *c, const neume_product_size *size, const neume_matrices *a,
                                      const neume_matrices *b, const neume_matrices *y);

/* --- harmonics ---------------------------------------------------------------------------------------------------- */

/** Which bins a pitch looks at: harmonic h of pitch p is bin step p + first + shift[h], with `side` neighbours on
 * either side. */
typedef struct neume_harmonics {
    int64_t pitches, step, first, side;
    int count;
    int64_t shift[16]; /**< bins from the fundamental, negative for sub-harmonics */
} neume_harmonics;
/** y[b,t,p,(h (2 side + 1) + s) C + c] = x[b,t,bin + s - side,c], 0 outside: with a linear layer behind it, the
 * harmonic convolution (HPPNet, Wei et al. 2022). x (B, T, F, C), y (B, T, pitches, count (2 side + 1) C) shaped here,
 * type of x. */
NEUME_MUST neume_status neume_harmonics_gather(neume_compute *c, const neume_harmonics *h, const neume_tensor *x,
                                               neume_tensor *y);
/** d_x (shaped by the caller like x) is overwritten with the scattered sums. */
NEUME_MUST neume_status neume_harmonics_scatter(neume_compute *c, const neume_harmonics *h, const neume_tensor *d_y,
                                                neume_tensor *d_x);

/* --- normalisation ------------------------------------------------------------------------------------------------ */

/** Mean and 1 / sqrt(variance + epsilon) of each channel over all rows of x (..., C). */
NEUME_MUST neume_status neume_channel_moments(neume_compute *c, const neume_tensor *x, float epsilon, float *mean,
                                              float *rstd);
/** y = [max(0,] gain (x - mean) rstd + shift [+ residual] [)]; all per channel; residual NULL or of x's shape. y is
 * shaped here with x's type; y may be x. */
typedef struct neume_affine {
    const float *gain, *shift, *mean, *rstd; /**< (C) each */
    bool relu;
} neume_affine;
NEUME_MUST neume_status neume_normalise(neume_compute *c, const neume_affine *affine, const neume_tensor *x,
                                        const neume_tensor *residual, neume_tensor *y);
typedef struct neume_affine_gradients {
    float *gain, *shift; /**< (C), added to */
    neume_tensor *x;     /**< shaped here and overwritten; not d_y */
} neume_affine_gradients;
/** Backward of the two together (Ioffe & Szegedy 2015): d_y becomes, in place, the gradient behind the relu (which is
 * the residual's). y is the forward's result (for the relu). */
NEUME_MUST neume_status neume_normalise_backward(neume_compute *c, const neume_affine *affine, const neume_tensor *x,
                                                 const neume_tensor *y, neume_tensor *d_y,
                                                 const neume_affine_gradients *out);
/** y += x, same shape and type. */
void neume_tensor_add(neume_tensor *y, const neume_tensor *x);

#ifdef __cplusplus
}
#endif
#endif
