/* The definitions: each operation as its formula reads, in single precision, one thread. The fast ones are held to
 * these. */
#include "compute.h"

static float get(const neume_tensor *tensor, int64_t at) {
    float value;
    neume_tensor_load(tensor, at, 1, &value);
    return value;
}

static void put(neume_tensor *tensor, int64_t at, float value) {
    neume_tensor_store(tensor, at, 1, &value);
}

static int64_t at4(const neume_tensor *t, int64_t a, int64_t b, int64_t c, int64_t d) {
    return ((a * t->dim[1] + b) * t->dim[2] + c) * t->dim[3] + d;
}

/* Calls visit for every (output position, kernel tap) pair whose input lies inside: xi, yi are the indices of channel
 * 0. */
typedef void conv_visit(void *context, const conv_operands *o, int64_t xi, int64_t wi, int64_t yi);

typedef struct position {
    int64_t b, t, q;
} position;

static void each_tap(const conv_operands *o, const neume_tensor *y, position at, conv_visit *visit, void *context) {
    const neume_tensor *x = o->x, *w = o->w;
    for (int64_t i = 0; i < w->dim[0]; i++)
        for (int64_t j = 0; j < w->dim[1]; j++) {
            int64_t from_t = at.t + (i - w->dim[0] / 2) * o->spec->dilation_t;
            int64_t from_p = o->spec->stride_p * at.q + (j - w->dim[1] / 2) * o->spec->dilation_p;
            if (from_t < 0 || from_t >= x->dim[1] || from_p < 0 || from_p >= x->dim[2]) continue;
            visit(context, o, at4(x, at.b, from_t, from_p, 0), at4(w, i, j, 0, 0), at4(y, at.b, at.t, at.q, 0));
        }
}

static void each_position(const conv_operands *o, const neume_tensor *y, conv_visit *visit, void *context) {
    for (int64_t b = 0; b < y->dim[0]; b++)
        for (int64_t t = 0; t < y->dim[1]; t++)
            for (int64_t q = 0; q < y->dim[2]; q++) each_tap(o, y, (position){b, t, q}, visit, context);
}

static void forward_tap(void *context, const conv_operands *o, int64_t xi, int64_t wi, int64_t yi) {
    float *sums = context;
    int64_t K = o->w->dim[2], M = o->w->dim[3];
    for (int64_t k = 0; k < K; k++) {
        float x = get(o->x, xi + k);
        for (int64_t m = 0; m < M; m++) sums[yi + m] += x * neume_f32(o->w)[wi + k * M + m];
    }
}

neume_status plain_conv(const conv_operands *o) {
    int64_t count = neume_tensor_count(o->y), M = o->w->dim[3];
    float *sums = neume__calloc((size_t)count, sizeof *sums);
    if (!sums) return NEUME_ENOMEM;
    each_position(o, o->y, forward_tap, sums);
    for (int64_t i = 0; i < count; i++) {
        float value = sums[i] + (o->bias ? neume_f32(o->bias)[i % M] : 0) + (o->spec->accumulate ? get(o->y, i) : 0);
        put(o->y, i, o->spec->relu && value < 0 ? 0 : value);
    }
    neume__free(sums);
    return NEUME_OK;
}

static void backward_tap(void *context, const conv_operands *o, int64_t xi, int64_t wi, int64_t yi) {
    float *d_x = context;
    int64_t K = o->w->dim[2], M = o->w->dim[3];
    for (int64_t k = 0; k < K; k++)
        for (int64_t m = 0; m < M; m++) {
            float d = get(o->d_y, yi + m);
            if (o->d_w) neume_f32(o->d_w)[wi + k * M + m] += get(o->x, xi + k) * d;
            if (d_x) d_x[xi + k] += neume_f32(o->w)[wi + k * M + m] * d;
        }
}

neume_status plain_conv_backward(const conv_operands *o) {
    int64_t count = neume_tensor_count(o->x);
    float *d_x = o->d_x ? neume__calloc((size_t)count, sizeof *d_x) : NULL;
    if (o->d_x && !d_x) return NEUME_ENOMEM;
    each_position(o, o->d_y, backward_tap, d_x);
    if (d_x) neume_tensor_store(o->d_x, 0, count, d_x);
    neume__free(d_x);
    return NEUME_OK;
}

void plain_linear(const linear_operands *o) {
    int64_t K = o->w->dim[0], M = o->w->dim[1], N = neume_tensor_count(o->x) / K;
    for (int64_t n = 0; n < N; n++)
        for (int64_t m = 0; m < M; m++) {
            float sum = o->bias ? neume_f32(o->bias)[m] : 0;
            for (int64_t k = 0; k < K; k++) sum += get(o->x, n * K + k) * neume_f32(o->w)[k * M + m];
            put(o->y, n * M + m, o->relu && sum < 0 ? 0 : sum);
        }
}

void plain_linear_turned(const linear_operands *o) {
    int64_t M = o->w->dim[0], K = o->w->dim[1], N = neume_tensor_count(o->x) / K;
    for (int64_t n = 0; n < N; n++)
        for (int64_t m = 0; m < M; m++) {
            float sum = 0;
            for (int64_t k = 0; k < K; k++) sum += get(o->x, n * K + k) * neume_f32(o->w)[m * K + k];
            put(o->y, n * M + m, sum);
        }
}

neume_status plain_linear_backward(const linear_operands *o) {
    int64_t K = o->w->dim[0], M = o->w->dim[1], N = neume_tensor_count(o->x) / K;
    for (int64_t n = 0; n < N; n++)
        for (int64_t k = 0; k < K; k++) {
            float sum = 0;
            for (int64_t m = 0; m < M; m++) {
                float d = get(o->d_y, n * M + m);
                sum += neume_f32(o->w)[k * M + m] * d;
                if (o->d_w) neume_f32(o->d_w)[k * M + m] += get(o->x, n * K + k) * d;
            }
            if (o->d_x) put(o->d_x, n * K + k, sum);
        }
    return NEUME_OK;
}

static float *entry(const neume_matrices *m, int64_t g0, int64_t g1, int64_t row, int64_t column) {
    return m->data + g0 * m->group_stride[0] + g1 * m->group_stride[1] + row * m->row_stride +
           column * m->column_stride;
}

void plain_product(const neume_product_size *size, const neume_matrices *a, const neume_matrices *b,
                   const neume_matrices *y) {
    for (int64_t g0 = 0; g0 < size->groups[0]; g0++)
        for (int64_t g1 = 0; g1 < size->groups[1]; g1++)
            for (int64_t r = 0; r < size->rows; r++)
                for (int64_t c = 0; c < size->columns; c++) {
                    float sum = 0;
                    for (int64_t i = 0; i < size->inner; i++) sum += *entry(a, g0, g1, r, i) * *entry(b, g0, g1, i, c);
                    *entry(y, g0, g1, r, c) = sum;
                }
}
