/* Self-attention: each frame asks all frames (a query against their keys) and takes a mixture of their values.
 *
 * Heads are not repacked: head h of (B, T, D) is columns h D/H .. of every frame, and the products run on those
 * strides. Rotary positions turn each pair of numbers (2i, 2i + 1) of a query or key by t base^(-2i / (D/H)), so that a
 * query and a key meet at an angle that depends on their distance alone; the gradient is turned back by the same angle.
 * Backward of a row p = softmax(s): d_s = p (d_p - sum(p d_p)). Masked places have p = 0, so nothing flows there. */
#include "neume/nn.h"

#include "neume/nn_math.h"
#include "slices.h"

#include <assert.h>
#include <math.h>

typedef struct part {
    neume_linear_layer *layer;
    const char *name;
} part;

neume_status neume_attention_init(neume_attention *layer, neume_parameters *list, const char *prefix,
                                  const neume_attention_spec *spec, neume_rng *rng) {
    *layer = (neume_attention){.spec = *spec};
    if (spec->heads < 1 || spec->width < spec->heads || spec->width % spec->heads)
        return neume_fail(NEUME_EINVAL, "%lld channels cannot be cut into %lld heads", (long long)spec->width,
                          (long long)spec->heads);
    if (spec->rotary_base > 0 && spec->width / spec->heads % 2)
        return neume_fail(NEUME_EINVAL, "rotary positions need an even width of each head");
    const part parts[] = {
        {&layer->query, "query"}, {&layer->key, "key"}, {&layer->value, "value"}, {&layer->output, "output"}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s.%s", prefix, parts[i].name);
        NEUME_TRY(neume_linear_layer_init(parts[i].layer, list, name, spec->width, spec->width, rng));
    }
    return NEUME_OK;
}

void neume_attention_clear(neume_attention *layer) {
    neume_tensor *const tensors[] = {&layer->q,        &layer->k,     &layer->v,   &layer->share, &layer->mixed,
                                     &layer->rotation, &layer->d_q,   &layer->d_k, &layer->d_v,   &layer->d_share,
                                     &layer->d_mixed,  &layer->typed, &layer->part};
    for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++) neume_tensor_clear(tensors[i]);
    neume_linear_layer_clear(&layer->query);
    neume_linear_layer_clear(&layer->key);
    neume_linear_layer_clear(&layer->value);
    neume_linear_layer_clear(&layer->output);
}

/* --- positions ---------------------------------------------------------------------------------------------------- */

static neume_status prepare_rotation(neume_attention *layer, int64_t batch, int64_t frames) {
    int64_t width = layer->spec.width / layer->spec.heads, rows = layer->places ? batch * frames : frames;
    bool is_ready =
        !layer->places && !layer->rotation_is_placed && layer->rotation.data && layer->rotation.dim[0] >= frames;
    if (layer->spec.rotary_base <= 0 || is_ready) return NEUME_OK;
    layer->rotation_is_placed = layer->places != NULL;
    NEUME_TRY(neume_tensor_shape(&layer->rotation, NEUME_F32, NEUME_DIMS(rows, width)));
    for (int64_t i = 0; i < width; i += 2) {
        const double speed = pow((double)layer->spec.rotary_base, -(double)i / (double)width);
        for (int64_t t = 0; t < rows; t++) {
            double angle = speed * (layer->places ? (double)layer->places[t] : (double)t);
            neume_f32(&layer->rotation)[t * width + i] = (float)cos(angle);
            neume_f32(&layer->rotation)[t * width + i + 1] = (float)sin(angle);
        }
    }
    return NEUME_OK;
}

/* Turns all heads of all frames in place; direction -1 turns back. */
static void rotate(const neume_attention *layer, neume_tensor *x, float direction) {
    if (layer->spec.rotary_base <= 0) return;
    int64_t frames = x->dim[1], rows = x->dim[0] * frames, D = x->dim[2], width = D / layer->spec.heads;
#pragma omp parallel for schedule(static) if (rows * D >= NEUME_PARALLEL_FROM)
    for (int64_t row = 0; row < rows; row++) {
        const float *angle = neume_f32(&layer->rotation) + (layer->places ? row : row % frames) * width;
        float *pair = neume_f32(x) + row * D;
        for (int64_t i = 0; i < D; i += 2) {
            float cosine = angle[i % width], sine = direction * angle[i % width + 1], a = pair[i], b = pair[i + 1];
            pair[i] = a * cosine - b * sine;
            pair[i + 1] = a * sine + b * cosine;
        }
    }
}

/* --- softmax ------------------------------------------------------------------------------------------------------ */

/* The first `seen` become shares of the scaled scores, the rest 0. */
NEUME_VECTOR static void softmax_row(float *row, int64_t seen, int64_t n, float scale) {
    float most = row[0], sum = 0;
#pragma omp simd reduction(max : most)
    for (int64_t i = 0; i < seen; i++) most = row[i] > most ? row[i] : most;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < seen; i++) {
        row[i] = neume__exp_negative(scale * (row[i] - most));
        sum += row[i];
    }
    float share = 1 / sum;
    for (int64_t i = 0; i < seen; i++) row[i] *= share;
    for (int64_t i = seen; i < n; i++) row[i] = 0;
}

/* d becomes the gradient of the unscaled scores. */
NEUME_VECTOR static void softmax_row_backward(const float *share, float *d, int64_t n, float scale) {
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < n; i++) sum += share[i] * d[i];
#pragma omp simd
    for (int64_t i = 0; i < n; i++) d[i] = scale * share[i] * (d[i] - sum);
}

static float score_scale(const neume_attention *layer) {
    return 1 / sqrtf((float)layer->spec.width / (float)layer->spec.heads);
}

/* How many frames a row of scores looks at. */
static int64_t seen_by(const neume_attention *layer, int64_t row, int64_t frames) {
    int64_t there = layer->counts ? layer->counts[row / (layer->spec.heads * frames)] : frames;
    return layer->spec.causal && row % frames + 1 < there ? row % frames + 1 : there;
}

static void softmax(const neume_attention *layer, neume_tensor *share) {
    int64_t n = share->dim[3], rows = neume_tensor_count(share) / n;
#pragma omp parallel for schedule(static) if (rows * n >= NEUME_PARALLEL_FROM)
    for (int64_t row = 0; row < rows; row++)
        softmax_row(neume_f32(share) + row * n, seen_by(layer, row, n), n, score_scale(layer));
}

static void softmax_backward(const neume_attention *layer, const neume_tensor *share, neume_tensor *d) {
    int64_t n = share->dim[3], rows = neume_tensor_count(share) / n;
#pragma omp parallel for schedule(static) if (rows * n >= NEUME_PARALLEL_FROM)
    for (int64_t row = 0; row < rows; row++)
        softmax_row_backward(neume_f32(share) + row * n, neume_f32(d) + row * n, n, score_scale(layer));
}

/* --- products ----------------------------------------------------------------------------------------------------- */

/* (B, T, D) as B H matrices of (T, D/H). */
static neume_matrices heads_of(const neume_tensor *x, int64_t heads) {
    int64_t D = x->dim[2];
    return (neume_matrices){neume_f32(x), {x->dim[1] * D, D / heads}, D, 1};
}

/* (B, H, T, T) as B H matrices of (T, T). */
static neume_matrices shares_of(const neume_tensor *x) {
    int64_t T = x->dim[2];
    return (neume_matrices){neume_f32(x), {x->dim[1] * T * T, T * T}, T, 1};
}

static neume_matrices turned(neume_matrices m) {
    return (neume_matrices){m.data, {m.group_stride[0], m.group_stride[1]}, m.column_stride, m.row_stride};
}

/* y (T, T) = a (T, D/H) b (T, D/H) transposed. */
static neume_status scores(neume_attention *layer, neume_compute *c, const neume_tensor *a, const neume_tensor *b,
                           neume_tensor *y) {
    int64_t H = layer->spec.heads, T = a->dim[1];
    const neume_product_size size = {{a->dim[0], H}, T, a->dim[2] / H, T};
    const neume_matrices left = heads_of(a, H), right = turned(heads_of(b, H)), out = shares_of(y);
    return neume_product(c, &size, &left, &right, &out);
}

/* y (T, D/H) = shares (T, T), as they are or transposed, times x (T, D/H). */
static neume_status mix(neume_attention *layer, neume_compute *c, neume_matrices shares, const neume_tensor *x,
                        neume_tensor *y) {
    int64_t H = layer->spec.heads, T = x->dim[1];
    const neume_product_size size = {{x->dim[0], H}, T, T, x->dim[2] / H};
    NEUME_TRY(neume_tensor_shape(y, NEUME_F32, x->rank, x->dim));
    const neume_matrices right = heads_of(x, H), out = heads_of(y, H);
    return neume_product(c, &size, &shares, &right, &out);
}

/* --- forward and backward ----------------------------------------------------------------------------------------- */

neume_status neume_attention_forward(neume_attention *layer, neume_compute *c, const neume_tensor *x, neume_tensor *y) {
    assert(x->rank == 3 && x->dim[2] == layer->spec.width);
    int64_t B = x->dim[0], T = x->dim[1];
    bool same = x->dtype == NEUME_F32;
    NEUME_TRY(prepare_rotation(layer, B, T));
    NEUME_TRY(neume_linear_layer_forward(&layer->query, c, x, NEUME_F32, &layer->q));
    NEUME_TRY(neume_linear_layer_forward(&layer->key, c, x, NEUME_F32, &layer->k));
    NEUME_TRY(neume_linear_layer_forward(&layer->value, c, x, NEUME_F32, &layer->v));
    rotate(layer, &layer->q, 1);
    rotate(layer, &layer->k, 1);
    NEUME_TRY(neume_tensor_shape(&layer->share, NEUME_F32, NEUME_DIMS(B, layer->spec.heads, T, T)));
    NEUME_TRY(scores(layer, c, &layer->q, &layer->k, &layer->share));
    softmax(layer, &layer->share);
    neume_tensor *mixed = same ? &layer->mixed : &layer->part;
    NEUME_TRY(mix(layer, c, shares_of(&layer->share), &layer->v, mixed));
    if (!same) NEUME_TRY(neume_tensor_convert(mixed, x->dtype, &layer->mixed));
    return neume_linear_layer_forward(&layer->output, c, &layer->mixed, x->dtype, y);
}

/* One projection's backward; its gradient of x is added to d_x, or is d_x when it comes first. */
static neume_status project_backward(neume_attention *layer, neume_compute *c, neume_linear_layer *linear,
                                     const neume_tensor *d, neume_tensor *d_x) {
    const neume_tensor *x = linear->x_saved;
    bool first = linear == &layer->query;
    neume_tensor *into = !d_x || first ? d_x : &layer->part;
    if (x->dtype != NEUME_F32) {
        NEUME_TRY(neume_tensor_convert(d, x->dtype, &layer->typed));
        d = &layer->typed;
    }
    if (into) NEUME_TRY(neume_tensor_shape(into, x->dtype, x->rank, x->dim));
    NEUME_TRY(neume_linear_layer_backward(linear, c, d, into));
    if (into && !first) neume_tensor_add(d_x, into);
    return NEUME_OK;
}

/* The gradient of what the output layer saw, in 32-bit, in d_mixed. */
static neume_status output_backward(neume_attention *layer, neume_compute *c, const neume_tensor *d_y) {
    bool same = layer->mixed.dtype == NEUME_F32;
    neume_tensor *d_mixed = same ? &layer->d_mixed : &layer->typed;
    NEUME_TRY(neume_tensor_shape(d_mixed, layer->mixed.dtype, layer->mixed.rank, layer->mixed.dim));
    NEUME_TRY(neume_linear_layer_backward(&layer->output, c, d_y, d_mixed));
    return same ? NEUME_OK : neume_tensor_convert(d_mixed, NEUME_F32, &layer->d_mixed);
}

neume_status neume_attention_backward(neume_attention *layer, neume_compute *c, const neume_tensor *d_y,
                                      neume_tensor *d_x) {
    neume_matrices shares = shares_of(&layer->share);
    NEUME_TRY(output_backward(layer, c, d_y));
    NEUME_TRY(neume_tensor_shape(&layer->d_share, NEUME_F32, layer->share.rank, layer->share.dim));
    NEUME_TRY(mix(layer, c, turned(shares), &layer->d_mixed, &layer->d_v));
    NEUME_TRY(scores(layer, c, &layer->d_mixed, &layer->v, &layer->d_share));
    softmax_backward(layer, &layer->share, &layer->d_share);
    neume_matrices d_scores = shares_of(&layer->d_share);
    NEUME_TRY(mix(layer, c, d_scores, &layer->k, &layer->d_q));
    NEUME_TRY(mix(layer, c, turned(d_scores), &layer->q, &layer->d_k));
    rotate(layer, &layer->d_q, -1);
    rotate(layer, &layer->d_k, -1);
    NEUME_TRY(project_backward(layer, c, &layer->query, &layer->d_q, d_x));
    NEUME_TRY(project_backward(layer, c, &layer->key, &layer->d_k, d_x));
    return project_backward(layer, c, &layer->value, &layer->d_v, d_x);
}
