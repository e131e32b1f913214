/* With V = 1,280 the logits of 8,192 tokens are 42 MB in 32-bit; in chunks of 512 rows they are 2.6 MB, stay near the
 * processor, and each chunk's gradient is taken and used before the next chunk is begun. */
#include "net_head.h"

#include "neume/nn_math.h"

#include <math.h>
#include <string.h>

enum { CHUNK = 512 };

void lm_head_clear(lm_head *head) {
    neume_tensor_clear(&head->logits);
    neume_tensor_clear(&head->d_logits);
}

/* --- one row ------------------------------------------------------------------------------------------------------ */

NEUME_VECTOR static float row_most(const float *x, int64_t n) {
    float most = x[0];
#pragma omp simd reduction(max : most)
    for (int64_t i = 0; i < n; i++) most = x[i] > most ? x[i] : most;
    return most;
}

NEUME_VECTOR static float row_exp_sum(const float *x, float most, int64_t n) {
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < n; i++) sum += neume__exp_negative(x[i] - most);
    return sum;
}

NEUME_VECTOR static void row_softmax(float *x, float log_sum, float factor, int64_t n) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++) x[i] = factor * neume__exp_negative(x[i] > log_sum ? 0 : x[i] - log_sum);
}

static float row_log_sum(const float *x, int64_t n) {
    const float most = row_most(x, n);
    return most + logf(row_exp_sum(x, most, n));
}

/* --- chunks ------------------------------------------------------------------------------------------------------- */

/* `count` rows of x from row `first`, borrowed. */
static neume_tensor rows_of(const neume_tensor *x, int64_t first, int64_t count) {
    neume_tensor part = *x;
    const size_t item = x->dtype == NEUME_F32 ? sizeof(float) : sizeof(uint16_t);
    part.data = (char *)x->data + (size_t)(first * x->dim[1]) * item;
    part.dim[0] = count;
    return part;
}

static int64_t chunk_at(int64_t first, int64_t rows) {
    return rows - first < CHUNK ? rows - first : CHUNK;
}

static neume_status chunk_logits(lm_head *head, neume_compute *c, const neume_tensor *part) {
    const int64_t V = head->embedding->value.dim[0];
    NEUME_TRY(neume_tensor_shape(&head->logits, NEUME_F32, NEUME_DIMS(part->dim[0], V)));
    return neume_linear_turned(c, part, &head->embedding->value, &head->logits);
}

neume_status lm_head_losses(lm_head *head, neume_compute *c, const neume_tensor *x, const int32_t *targets,
                            float *nll) {
    const int64_t rows = x->dim[0], V = head->embedding->value.dim[0];
    for (int64_t first = 0; first < rows; first += CHUNK) {
        const neume_tensor part = rows_of(x, first, chunk_at(first, rows));
        NEUME_TRY(chunk_logits(head, c, &part));
#pragma omp parallel for schedule(static)
        for (int64_t r = 0; r < part.dim[0]; r++) {
            const float *row = neume_f32(&head->logits) + r * V;
            nll[first + r] = row_log_sum(row, V) - row[targets[first + r]];
        }
    }
    return NEUME_OK;
}

neume_status lm_head_logits(lm_head *head, neume_compute *c, const neume_tensor *x, float *logits) {
    const int64_t rows = x->dim[0], V = head->embedding->value.dim[0];
    for (int64_t first = 0; first < rows; first += CHUNK) {
        const neume_tensor part = rows_of(x, first, chunk_at(first, rows));
        NEUME_TRY(chunk_logits(head, c, &part));
        memcpy(logits + first * V, head->logits.data, neume_tensor_bytes(&head->logits));
    }
    return NEUME_OK;
}

/* --- with gradients ----------------------------------------------------------------------------------------------- */

/* The row's logits become their gradient; returns weight * nll. */
static double row_step(float *row, int32_t target, float weight, double scale, int64_t V) {
    const float log_sum = row_log_sum(row, V), factor = (float)((double)weight * scale);
    const double nll = (double)log_sum - (double)row[target];
    row_softmax(row, log_sum, factor, V);
    row[target] -= factor;
    return (double)weight * nll;
}

/* The chunk's logits become gradients, in the type of x. */
static double chunk_step(lm_head *head, const neume_lm_batch *batch, int64_t first, double scale) {
    const int64_t rows = head->logits.dim[0], V = head->logits.dim[1];
    double lost[CHUNK], sum = 0;
#pragma omp parallel for schedule(static)
    for (int64_t r = 0; r < rows; r++) {
        float *row = neume_f32(&head->logits) + r * V;
        lost[r] = row_step(row, batch->targets[first + r], batch->weights[first + r], scale, V);
        neume_tensor_store(&head->d_logits, r * V, V, row);
    }
    for (int64_t r = 0; r < rows; r++) sum += lost[r];
    return sum;
}

/* 1 / sum(|weight|), 0 when there is none */
static double scale_of(const neume_lm_batch *batch) {
    double sum = 0;
    for (int64_t i = 0; i < batch->rows * batch->length; i++) sum += fabs((double)batch->weights[i]);
    return sum > 0 ? 1 / sum : 0;
}

neume_status lm_head_step(lm_head *head, neume_compute *c, const neume_tensor *x, const neume_lm_batch *batch,
                          neume_tensor *d_x, double *loss) {
    const int64_t rows = x->dim[0], V = head->embedding->value.dim[0];
    const double scale = scale_of(batch);
    double sum = 0;
    NEUME_TRY(neume_tensor_shape(d_x, x->dtype, x->rank, x->dim));
    for (int64_t first = 0; first < rows; first += CHUNK) {
        const neume_tensor part = rows_of(x, first, chunk_at(first, rows));
        neume_tensor d_part = rows_of(d_x, first, part.dim[0]);
        NEUME_TRY(chunk_logits(head, c, &part));
        NEUME_TRY(neume_tensor_shape(&head->d_logits, x->dtype, NEUME_DIMS(part.dim[0], V)));
        sum += chunk_step(head, batch, first, scale);
        NEUME_TRY(neume_linear(c, &head->d_logits, &head->embedding->value, NULL, false, &d_part));
        /* the turned layer's weight gradient is the plain one's with input and output exchanged */
        const neume_gradients d = {.w = &head->embedding->gradient};
        if (d.w->data) NEUME_TRY(neume_linear_backward(c, &head->d_logits, &head->embedding->value, &part, &d));
    }
    *loss = sum * scale;
    return NEUME_OK;
}
