/** @file
 * Layers with forward and backward, what they learn, how it is updated, and the file it is kept in.
 *
 * There is no graph: a model is a C struct of layers, its forward calls theirs in order and its backward calls them in
 * reverse. A layer remembers what its backward needs (borrowed pointers to the caller's tensors, which must live until
 * then).
 */
#ifndef NEUME_NN_H
#define NEUME_NN_H

#include "neume/base.h"
#include "neume/tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- parameters --------------------------------------------------------------------------------------------------- */

/** One named array that training changes, with everything that goes with it. All 32-bit. */
typedef struct neume_parameter {
    char name[64]; /**< as in the weight file, e.g. "block3.time.weight" */
    neume_tensor value;
    neume_tensor gradient; /**< shaped only while training */
    neume_tensor m, v;     /**< Adam's moments; shaped only while training */
    neume_tensor average;  /**< exponential moving average of value; shaped only while training */
    bool decay;            /**< weight decay applies (matrices yes, gains and biases no) */
    bool frozen;           /**< the optimiser leaves it as it is */
    bool statistic;        /**< not learned by gradient (running mean and variance), but saved and averaged */
} neume_parameter;

/** A model's parameters in order; the list borrows, the layers own. Start with `{0}`. */
typedef struct neume_parameters {
    neume_parameter **items;
    size_t count, capacity;
} neume_parameters;

/** Shapes a parameter, fills it with offset + N(0, scale) (scale 0: rng may be NULL) and adds it to the list.
 * @retval NEUME_EINVAL the joined name is longer than 56 bytes (GGUF allows 64, and the optimiser's state adds
 * "average.") */
typedef struct neume_parameter_spec {
    const char *prefix, *name; /**< joined by a dot */
    float scale, offset;       /**< value = offset + scale * normal */
    bool decay, statistic;
} neume_parameter_spec;
NEUME_MUST neume_status neume_parameter_init(neume_parameter *parameter, neume_parameters *list,
                                             const neume_parameter_spec *spec, neume_rng *rng, int rank,
                                             const int64_t *dim);
void neume_parameter_clear(neume_parameter *parameter);
void neume_parameters_clear(neume_parameters *list); /**< frees the list, not the parameters */
/** Shapes gradients, moments and averages (average = value). */
NEUME_MUST neume_status neume_parameters_prepare_training(neume_parameters *list);
void neume_parameters_zero_gradients(neume_parameters *list);
/** Exchanges each value with its average: evaluate and save between two calls. */
void neume_parameters_swap_average(neume_parameters *list);
int64_t neume_parameters_count(const neume_parameters *list); /**< numbers in all */

/* --- layers ------------------------------------------------------------------------------------------------------- */

typedef struct neume_conv_layer {
    neume_conv_spec spec;
    neume_parameter weight, bias; /**< (I, J, K, M), (M); bias has no data when the layer has none */
    const neume_tensor *x_saved;
} neume_conv_layer;
typedef struct neume_conv_size {
    int64_t kernel_t, kernel_p, inputs, outputs;
    bool bias;
} neume_conv_size;
/** He initialisation: deviation sqrt(2 / (I J K)) (He et al. 2015). */
NEUME_MUST neume_status neume_conv_layer_init(neume_conv_layer *layer, neume_parameters *list, const char *prefix,
                                              const neume_conv_size *size, neume_conv_spec spec, neume_rng *rng);
void neume_conv_layer_clear(neume_conv_layer *layer);
/** Shapes y with type @p dtype. */
NEUME_MUST neume_status neume_conv_layer_forward(neume_conv_layer *layer, neume_compute *c, const neume_tensor *x,
                                                 neume_dtype dtype, neume_tensor *y);
/** Shapes d_x like x_saved (NULL = not wanted). */
NEUME_MUST neume_status neume_conv_layer_backward(neume_conv_layer *layer, neume_compute *c, const neume_tensor *d_y,
                                                  neume_tensor *d_x);

typedef struct neume_linear_layer {
    neume_parameter weight, bias; /**< (K, M), (M) */
    const neume_tensor *x_saved;
} neume_linear_layer;
NEUME_MUST neume_status neume_linear_layer_init(neume_linear_layer *layer, neume_parameters *list, const char *prefix,
                                                int64_t inputs, int64_t outputs, neume_rng *rng);
void neume_linear_layer_clear(neume_linear_layer *layer);
NEUME_MUST neume_status neume_linear_layer_forward(neume_linear_layer *layer, neume_compute *c, const neume_tensor *x,
                                                   neume_dtype dtype, neume_tensor *y);
NEUME_MUST neume_status neume_linear_layer_backward(neume_linear_layer *layer, neume_compute *c,
                                                    const neume_tensor *d_y, neume_tensor *d_x);

/** Batch normalisation, with an optional residual and relu behind it (Ioffe & Szegedy 2015). */
typedef struct neume_norm_layer {
    neume_parameter gain, shift;                    /**< (C) */
    neume_parameter running_mean, running_variance; /**< (C) statistics for inference */
    float momentum, epsilon;                        /**< .99, 1e-3 */
    bool relu;
    neume_tensor mean, rstd; /**< (C) of the last forward */
    const neume_tensor *x_saved, *y_saved;
} neume_norm_layer;
NEUME_MUST neume_status neume_norm_layer_init(neume_norm_layer *layer, neume_parameters *list, const char *prefix,
                                              int64_t channels, bool relu);
void neume_norm_layer_clear(neume_norm_layer *layer);
/** training: batch statistics, and the running ones follow; otherwise the running ones. residual may be NULL. */
NEUME_MUST neume_status neume_norm_layer_forward(neume_norm_layer *layer, neume_compute *c, bool training,
                                                 const neume_tensor *x, const neume_tensor *residual, neume_tensor *y);
/** d_y becomes the residual's gradient. Only after a training forward. */
NEUME_MUST neume_status neume_norm_layer_backward(neume_norm_layer *layer, neume_compute *c, neume_tensor *d_y,
                                                  neume_tensor *d_x);

/* --- layers of sequence models: (B, T, C), activations in either type, inner work in 32-bit ----------------------- */

/** Layer normalisation over the last index (Ba, Kiros & Hinton 2016), or by the root mean square alone (Zhang &
 * Sennrich 2019). */
typedef struct neume_layer_norm {
    neume_parameter gain, shift; /**< (C); shift has no data when rms */
    bool rms;
    float epsilon;           /**< 1e-5 */
    neume_tensor mean, rstd; /**< (N) of the last forward */
    neume_tensor scratch;
    const neume_tensor *x_saved;
} neume_layer_norm;
NEUME_MUST neume_status neume_layer_norm_init(neume_layer_norm *layer, neume_parameters *list, const char *prefix,
                                              int64_t channels, bool rms);
void neume_layer_norm_clear(neume_layer_norm *layer);
/** Shapes y with the type of x. (No engine: plain loops on the pool.) */
NEUME_MUST neume_status neume_layer_norm_forward(neume_layer_norm *layer, const neume_tensor *x, neume_tensor *y);
/** Shapes d_x like x_saved (NULL = not wanted); d_y of any type. */
NEUME_MUST neume_status neume_layer_norm_backward(neume_layer_norm *layer, const neume_tensor *d_y, neume_tensor *d_x);

/** y = x / (1 + exp(-2 sqrt(2 / pi) (x + 0.044715 x^3))): GELU by its tanh formula (Hendrycks & Gimpel 2016). Shapes y
 * like x. */
NEUME_MUST neume_status neume_gelu(const neume_tensor *x, neume_tensor *y);
/** Shapes d_x like x; d_y of any type. */
NEUME_MUST neume_status neume_gelu_backward(const neume_tensor *x, const neume_tensor *d_y, neume_tensor *d_x);

/** Multi-head self-attention (Vaswani et al. 2017), with rotary positions (Su et al. 2021) when asked. */
typedef struct neume_attention_spec {
    int64_t width, heads; /**< D; H divides it */
    bool causal;          /**< frame t sees frames 0 .. t only */
    float rotary_base;    /**< 10000 as in the paper; 0 = positions are not told. Needs an even D / H */
} neume_attention_spec;
typedef struct neume_attention {
    neume_attention_spec spec;
    neume_linear_layer query, key, value, output; /**< (D, D) each */
    neume_tensor q, k, v;                         /**< (B, T, D) of the last forward, rotated */
    neume_tensor share;                           /**< (B, H, T, T): softmax(q k / sqrt(D / H)); each row sums to 1 */
    neume_tensor mixed;                           /**< (B, T, D) share v, type of x */
    neume_tensor rotation;   /**< (T, D / H), with places (B T, D / H): cosine and sine of each pair's angle */
    bool rotation_is_placed; /**< whether it was made for places */
    /** To be set before each forward where wanted, and to live until the backward: */
    const float *places;   /**< (B, T) where frames lie, for rotary positions; NULL: frame t at t */
    const int64_t *counts; /**< (B) how many frames are there, 1 .. T; nothing looks at the others. NULL: all */
    neume_tensor d_q, d_k, d_v, d_share, d_mixed, typed, part; /**< scratch */
} neume_attention;
/** Parameters "query.weight", "query.bias", "key. ...". @retval NEUME_EINVAL a head's width is not whole, or odd with
 * rotary positions */
NEUME_MUST neume_status neume_attention_init(neume_attention *layer, neume_parameters *list, const char *prefix,
                                             const neume_attention_spec *spec, neume_rng *rng);
void neume_attention_clear(neume_attention *layer);
/** x (B, T, D); shapes y like x, with its type. Memory O(B H T^2). */
NEUME_MUST neume_status neume_attention_forward(neume_attention *layer, neume_compute *c, const neume_tensor *x,
                                                neume_tensor *y);
/** d_y has the type of x; shapes d_x like x_saved (NULL = not wanted). */
NEUME_MUST neume_status neume_attention_backward(neume_attention *layer, neume_compute *c, const neume_tensor *d_y,
                                                 neume_tensor *d_x);

/** A block of a transformer, its norms before its parts (Vaswani et al. 2017; Xiong et al. 2020), in 32-bit:
 * x += attention(norm(x)); x += narrow(gelu(widen(norm(x)))). */
typedef struct neume_transformer_block {
    neume_layer_norm first_norm, second_norm;
    neume_attention attention; /**< its places and counts: to be set before each forward where wanted */
    neume_linear_layer widen, narrow;
    neume_tensor normed, mixed, renormed, wide, bent; /**< of the last forward; mixed with x added */
    neume_tensor d_inner, d_wide, d_back;             /**< scratch */
} neume_transformer_block;
/** Parameters "norm. ...", "attention. ...", "feed_norm. ...", "widen. ...", "narrow. ...". @p wide: channels between.
 * @retval NEUME_EINVAL as neume_attention_init() */
NEUME_MUST neume_status neume_transformer_init(neume_transformer_block *block, neume_parameters *list,
                                               const char *prefix, const neume_attention_spec *spec, int64_t wide,
                                               neume_rng *rng);
void neume_transformer_clear(neume_transformer_block *block);
/** x (B, T, D); shapes y like x. Both must live until the backward. */
NEUME_MUST neume_status neume_transformer_forward(neume_transformer_block *block, neume_compute *c,
                                                  const neume_tensor *x, neume_tensor *y);
/** @p d (B, T, D), the gradient of y, becomes that of x. */
NEUME_MUST neume_status neume_transformer_backward(neume_transformer_block *block, neume_compute *c, neume_tensor *d);

/** Gated recurrent unit (Cho et al. 2014), the reset gate behind the product; h before the first frame is 0:
 * z, r = sigmoid(Wx + Uh), n = tanh(Wx + r (Uh)), h' = (1 - z) n + z h, each with its biases. */
typedef struct neume_gru {
    neume_linear_layer input, recurrent; /**< (C, 3M), (M, 3M): z, r, n */
    neume_tensor given;                  /**< (B, T, 3M) the input's part */
    neume_tensor states;                 /**< (T + 1, B, M) h, from the zero before the first frame */
    neume_tensor gates;                  /**< (T, B, 4M): z, r, n and the recurrent part of n */
    neume_tensor d_given, d_recurrent, d_state, typed, part; /**< scratch */
} neume_gru;
/** Parameters "input.weight", "input.bias", "recurrent. ...". */
NEUME_MUST neume_status neume_gru_init(neume_gru *layer, neume_parameters *list, const char *prefix, int64_t inputs,
                                       int64_t outputs, neume_rng *rng);
void neume_gru_clear(neume_gru *layer);
/** x (B, T, C); shapes y (B, T, M) with the type of x. */
NEUME_MUST neume_status neume_gru_forward(neume_gru *layer, neume_compute *c, const neume_tensor *x, neume_tensor *y);
/** d_y of any type; shapes d_x like x_saved (NULL = not wanted). */
NEUME_MUST neume_status neume_gru_backward(neume_gru *layer, neume_compute *c, const neume_tensor *d_y,
                                           neume_tensor *d_x);

/** Long short-term memory (Hochreiter & Schmidhuber 1997; with forget gates, Gers et al. 2000); state and cell before
 * the first frame are 0: i, f, o = sigmoid(Wx + Uh + b), g = tanh(Wx + Uh + b), c' = f c + i g, h' = o tanh(c'). */
typedef struct neume_lstm {
    neume_linear_layer input;  /**< (C, 4M): i, f, g, o; its bias is the gates' */
    neume_parameter recurrent; /**< (M, 4M) */
    neume_tensor gates;        /**< (B, T, 4M) behind their sigmoid or tanh */
    neume_tensor cells;        /**< (B, T + 1, M) c, from the zero before the first frame */
    neume_tensor before;       /**< (B, T, M) h before each frame, type of x */
    neume_tensor state, part, d_gates, d_state, d_cell, d_part; /**< scratch */
} neume_lstm;
/** Parameters "input.weight", "input.bias" (the forget gates' begins at 1), "recurrent". */
NEUME_MUST neume_status neume_lstm_init(neume_lstm *layer, neume_parameters *list, const char *prefix, int64_t inputs,
                                        int64_t outputs, neume_rng *rng);
void neume_lstm_clear(neume_lstm *layer);
/** x (B, T, C); shapes y (B, T, M) with the type of x. */
NEUME_MUST neume_status neume_lstm_forward(neume_lstm *layer, neume_compute *c, const neume_tensor *x, neume_tensor *y);
/** d_y (B, T, M) of any type; shapes d_x like x_saved (NULL = not wanted). */
NEUME_MUST neume_status neume_lstm_backward(neume_lstm *layer, neume_compute *c, const neume_tensor *d_y,
                                            neume_tensor *d_x);

/* --- losses: logits in, gradient out ------------------------------------------------------------------------------ */

/** Sum over i of weight[i] * binary cross-entropy(logit[i], target[i]) * scale; d_logit[i] (overwritten) its gradient.
 * target in 0..1, weight >= 0. */
double neume_loss_binary(const float *logit, const float *target, const float *weight, int64_t n, float scale,
                         float *d_logit);
/** Where a row's classes lie among its numbers. */
typedef struct neume_loss_rows {
    int64_t rows, stride;   /**< row r begins at item r * stride */
    int64_t first, classes; /**< of them, items first .. first + classes - 1 are one distribution's logits */
} neume_loss_rows;
/** Sum over rows of weight[r] * cross-entropy(softmax of the row's logits, its targets) * scale; the classes' d_logit
 * is overwritten, other items are left alone. A row's targets sum to 1 (to anything when its weight is 0). */
double neume_loss_softmax(const neume_loss_rows *layout, const float *logit, const float *target, const float *weight,
                          float scale, float *d_logit);
/** Smooth-L1 (Huber, delta 1): for values, not logits. */
double neume_loss_huber(const float *value, const float *target, const float *weight, int64_t n, float scale,
                        float *d_value);

/* --- optimiser ---------------------------------------------------------------------------------------------------- */

/** AdamW (Loshchilov & Hutter 2019) with clipping by the global norm (clip_norm 0: none) and a moving average of the
 * weights, whose decay is min(average_decay, (1 + step) / (10 + step)): it forgets the random start quickly. */
typedef struct neume_adamw {
    float rate, beta1, beta2, epsilon, decay, clip_norm, average_decay;
    int64_t step; /**< steps done */
} neume_adamw;
#define NEUME_ADAMW_DEFAULT                                                                                            \
    { 1e-3f, .9f, .98f, 1e-8f, .01f, 1.0f, .998f, 0 }
/** Applies the gradients with the given rate; *norm is their global norm before clipping. A norm that is not finite
 * skips the step (said in the log). */
void neume_adamw_step(neume_adamw *adam, neume_parameters *list, float rate, double *norm);
/** Linear warm-up, then a half cosine to floor * peak (Loshchilov & Hutter 2017). */
float neume_schedule_cosine(int64_t step, int64_t warmup, int64_t total, float peak, float floor);

/* --- GGUF: the file weights are kept in (version 3, github.com/ggml-org/ggml/blob/master/docs/gguf.md) ------------ */

typedef struct neume_gguf neume_gguf; /**< a file read into memory, checked */
/** @retval NEUME_EFORMAT not GGUF, truncated, an offset outside, a name twice  @retval NEUME_ENOTFOUND NEUME_EIO
 * NEUME_ELIMIT NEUME_ENOMEM */
NEUME_MUST neume_status neume_gguf_read(const char *path, neume_gguf **out);
NEUME_MUST neume_status neume_gguf_parse(const void *bytes, size_t count, neume_gguf **out); /**< copies */
void neume_gguf_free(neume_gguf *gguf);
/** Metadata: NULL / fallback when absent or of another type; borrowed until free. */
const char *neume_gguf_string(const neume_gguf *gguf, const char *key);
int64_t neume_gguf_integer(const neume_gguf *gguf, const char *key, int64_t fallback);
double neume_gguf_number(const neume_gguf *gguf, const char *key, double fallback);
const float *neume_gguf_floats(const neume_gguf *gguf, const char *key,
                               size_t *count); /**< an array of f32; NULL when absent */
/** Copies the array of that name into a 32-bit tensor, already shaped: its shape must agree. Types F32, F16, BF16 are
 * widened. (GGUF lists dimensions fastest first; ours are slowest first.) @retval NEUME_EFORMAT missing, other shape or
 * type */
NEUME_MUST neume_status neume_gguf_tensor(const neume_gguf *gguf, const char *name, neume_tensor *out);
/** A list of texts; each ends in a zero byte that its size does not count. NULL when absent or of another type. */
typedef struct neume_gguf_text {
    const char *bytes;
    uint64_t size;
} neume_gguf_text;
const neume_gguf_text *neume_gguf_texts(const neume_gguf *gguf, const char *key, size_t *count);

/** An array as it lies in the file, for those who know its type themselves (quantised blocks). */
typedef struct neume_gguf_array {
    const char *name;
    uint32_t type; /**< ggml's number: 0 F32, 1 F16, 2 Q4_0, 6 Q5_0, 8 Q8_0, 12 Q4_K, 14 Q6_K, 30 BF16 */
    int rank;
    int64_t dim[NEUME_RANK_MAX]; /**< slowest first; unused ones are 1 */
    const void *data;            /**< inside the file, whole blocks a row; NULL when the type is none of these */
    size_t bytes;
} neume_gguf_array;
size_t neume_gguf_array_count(const neume_gguf *gguf);
neume_gguf_array neume_gguf_array_at(const neume_gguf *gguf, size_t index); /**< in the order of their names */
bool neume_gguf_array_find(const neume_gguf *gguf, const char *name, neume_gguf_array *out);

/** The last dimension (fastest) of the array of that name, 0 when there is none. */
int64_t neume_gguf_columns(const neume_gguf *gguf, const char *name);
/** Rows of an array: its items over its columns; 0 when the file lacks it. */
int64_t neume_gguf_rows(const neume_gguf *gguf, const char *name);

/** Composing a file: set metadata, add arrays, write once. */
typedef struct neume_gguf_writer neume_gguf_writer;
NEUME_MUST neume_status neume_gguf_writer_new(const char *architecture, neume_gguf_writer **out);
void neume_gguf_writer_free(neume_gguf_writer *writer);
NEUME_MUST neume_status neume_gguf_set_string(neume_gguf_writer *writer, const char *key, const char *value);
NEUME_MUST neume_status neume_gguf_set_integer(neume_gguf_writer *writer, const char *key,
                                               int64_t value); /**< stored as INT64 */
NEUME_MUST neume_status neume_gguf_set_number(neume_gguf_writer *writer, const char *key,
                                              double value); /**< stored as FLOAT64 */
NEUME_MUST neume_status neume_gguf_set_floats(neume_gguf_writer *writer, const char *key, const float *values,
                                              size_t count);
/** A list of texts, which may hold any bytes. */
NEUME_MUST neume_status neume_gguf_set_texts(neume_gguf_writer *writer, const char *key, const neume_gguf_text *texts,
                                             size_t count);
/** Copies; half = store as F16 (values beyond 65504 are refused), otherwise F32. */
NEUME_MUST neume_status neume_gguf_add_tensor(neume_gguf_writer *writer, const char *name, const neume_tensor *tensor,
                                              bool half);
/** Copies an array whose bytes are ready. */
NEUME_MUST neume_status neume_gguf_add_array(neume_gguf_writer *writer, const neume_gguf_array *array);
/** All metadata of another file, over what is set already. */
NEUME_MUST neume_status neume_gguf_copy_pairs(neume_gguf_writer *writer, const neume_gguf *from);
NEUME_MUST neume_status neume_gguf_write(const neume_gguf_writer *writer, const char *path); /**< atomically */
NEUME_MUST neume_status neume_gguf_print(const neume_gguf_writer *writer, neume_buffer *out);

/** All parameters of a list to and from a file under their names (statistics too; half: matrices only); with the
 * optimiser's state (moments, averages, step) when @p adam is not NULL. */
NEUME_MUST neume_status neume_parameters_save(const neume_parameters *list, neume_gguf_writer *writer,
                                              const neume_adamw *adam, bool half);
NEUME_MUST neume_status neume_parameters_load(neume_parameters *list, const neume_gguf *gguf, neume_adamw *adam);
/** Takes over the arrays that the file has under the same name with the same shape, with more columns (the first are
 * taken) or, of matrices, with fewer rows (they become the first); the others stay as they are.
 * @return how many were taken */
size_t neume_parameters_borrow(neume_parameters *list, const neume_gguf *gguf);

#ifdef __cplusplus
}
#endif
#endif
