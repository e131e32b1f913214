/* Loops over short rows, with all rows of a block in one call: a head is 64 numbers wide, so that calling for each
 * would cost as much as the work. */
#include "net_attention_rows.h"

#include "neume/nn_math.h"

#include <math.h>

/* Tokens lie kilobytes apart, where the processor does not guess what is read next; it is told some rows ahead. */
enum { ROWS_AHEAD = 6 };

/* --- in and out --------------------------------------------------------------------------------------------------- */

NEUME_INLINE float item(const void *data, bool wide, int64_t at) {
    return wide ? ((const float *)data)[at] : neume_bf16_widen(((const uint16_t *)data)[at]);
}

NEUME_INLINE void put_item(void *data, bool wide, int64_t at, float x) {
    if (wide)
        ((float *)data)[at] = x;
    else
        ((uint16_t *)data)[at] = neume_bf16_narrow(x);
}

NEUME_INLINE void announce(const void *data, bool wide, int64_t at, int64_t n) {
    const char *from = (const char *)data + at * (wide ? 4 : 2);
    for (int64_t i = 0; i < n * (wide ? 4 : 2); i += 64) __builtin_prefetch(from + i);
}

NEUME_INLINE void load_all(const lm_head_rows *r, const void *data, bool wide, float *to) {
    for (int64_t t = 0; t < r->count; t++) {
        const int64_t at = r->at + t * r->stride;
        announce(data, wide, at + ROWS_AHEAD * r->stride, r->width);
#pragma omp simd
        for (int64_t i = 0; i < r->width; i++) to[t * r->row + i] = item(data, wide, at + i);
    }
}

NEUME_VECTOR void lm_rows_load(const lm_head_rows *rows, const neume_tensor *from, float *to) {
    if (from->dtype == NEUME_F32)
        load_all(rows, from->data, true, to);
    else
        load_all(rows, from->data, false, to);
}

NEUME_INLINE void store_all(const lm_head_rows *r, const float *from, void *data, bool wide) {
    for (int64_t t = 0; t < r->count; t++)
#pragma omp simd
        for (int64_t i = 0; i < r->width; i++) put_item(data, wide, r->at + t * r->stride + i, from[t * r->row + i]);
}

NEUME_VECTOR void lm_rows_store(const lm_head_rows *rows, const float *from, neume_tensor *to) {
    if (to->dtype == NEUME_F32)
        store_all(rows, from, to->data, true);
    else
        store_all(rows, from, to->data, false);
}

NEUME_INLINE void load_turned(const lm_head_rows *r, const void *data, bool wide, float scale, float *to) {
    const int64_t half = r->width / 2;
    for (int64_t t = 0; t < r->count; t++) {
        const int64_t at = r->at + t * r->stride;
        const float *cosine = r->angles + t * r->width, *sine = cosine + half;
        float *row = to + t * r->row;
        announce(data, wide, at + ROWS_AHEAD * r->stride, r->width);
#pragma omp simd
        for (int64_t i = 0; i < half; i++) {
            const float a = scale * item(data, wide, at + i), b = scale * item(data, wide, at + half + i);
            row[i] = a * cosine[i] - b * sine[i];
            row[half + i] = b * cosine[i] + a * sine[i];
        }
    }
}

NEUME_VECTOR void lm_rows_load_rotated(const lm_head_rows *rows, const neume_tensor *from, float scale, float *to) {
    if (from->dtype == NEUME_F32)
        load_turned(rows, from->data, true, scale, to);
    else
        load_turned(rows, from->data, false, scale, to);
}

NEUME_INLINE void store_turned(const lm_head_rows *r, const float *from, float scale, void *data, bool wide) {
    const int64_t half = r->width / 2;
    for (int64_t t = 0; t < r->count; t++) {
        const int64_t at = r->at + t * r->stride;
        const float *cosine = r->angles + t * r->width, *sine = cosine + half, *row = from + t * r->row;
#pragma omp simd
        for (int64_t i = 0; i < half; i++) {
            const float a = scale * row[i], b = scale * row[half + i];
            put_item(data, wide, at + i, a * cosine[i] + b * sine[i]);
            put_item(data, wide, at + half + i, b * cosine[i] - a * sine[i]);
        }
    }
}

NEUME_VECTOR void lm_rows_store_rotated(const lm_head_rows *rows, const float *from, float scale, neume_tensor *to) {
    if (to->dtype == NEUME_F32)
        store_turned(rows, from, scale, to->data, true);
    else
        store_turned(rows, from, scale, to->data, false);
}

typedef float quad __attribute__((vector_size(16), aligned(4)));

/* to (4, 4) = from' : pairs of rows are shuffled into each other, twice. */
NEUME_INLINE void transpose_square(const float *from, int64_t from_row, float *to, int64_t to_row) {
    const quad *row0 = (const void *)from, *row1 = (const void *)(from + from_row);
    const quad *row2 = (const void *)(from + 2 * from_row), *row3 = (const void *)(from + 3 * from_row);
    const quad low01 = __builtin_shufflevector(*row0, *row1, 0, 4, 1, 5);
    const quad high01 = __builtin_shufflevector(*row0, *row1, 2, 6, 3, 7);
    const quad low23 = __builtin_shufflevector(*row2, *row3, 0, 4, 1, 5);
    const quad high23 = __builtin_shufflevector(*row2, *row3, 2, 6, 3, 7);
    *(quad *)(void *)to = __builtin_shufflevector(low01, low23, 0, 1, 4, 5);
    *(quad *)(void *)(to + to_row) = __builtin_shufflevector(low01, low23, 2, 3, 6, 7);
    *(quad *)(void *)(to + 2 * to_row) = __builtin_shufflevector(high01, high23, 0, 1, 4, 5);
    *(quad *)(void *)(to + 3 * to_row) = __builtin_shufflevector(high01, high23, 2, 3, 6, 7);
}

void lm_rows_transpose(const float *from, int64_t count, int64_t row, int64_t to_row, float *to) {
    for (int64_t i = 0; i < row; i += 4)
        for (int64_t t = 0; t < count; t += 4) transpose_square(from + t * row + i, row, to + i * to_row + t, to_row);
}

/* --- scores ------------------------------------------------------------------------------------------------------- */

NEUME_INLINE float most_of(const float *row, int64_t n) {
    float most = row[0];
#pragma omp simd reduction(max : most)
    for (int64_t i = 0; i < n; i++) most = row[i] > most ? row[i] : most;
    return most;
}

/* Rounding may leave a score above its own most or log-sum by a little. */
NEUME_INLINE float exp_from(float *row, float most, int64_t n) {
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < n; i++) {
        row[i] = neume__exp_negative(row[i] > most ? 0 : row[i] - most);
        sum += row[i];
    }
    return sum;
}

NEUME_INLINE void clear_rest(float *row, int64_t n, int64_t end) {
    for (int64_t i = n; i < end; i++) row[i] = 0;
}

NEUME_VECTOR void lm_scores_exp(const lm_scores *scores, float *x, float *sums, float *log_sums) {
    for (int64_t t = 0; t < scores->count; t++) {
        float *row = x + t * scores->row;
        const int64_t seen = scores->first + t + 1;
        const float most = most_of(row, seen);
        sums[t] = exp_from(row, most, seen);
        log_sums[t] = most + logf(sums[t]);
        clear_rest(row, seen, scores->columns);
    }
}

NEUME_VECTOR void lm_scores_share(const lm_scores *scores, float *x, const float *log_sums) {
    for (int64_t t = 0; t < scores->count; t++) {
        float *row = x + t * scores->row;
        exp_from(row, log_sums[t], scores->first + t + 1);
        clear_rest(row, scores->first + t + 1, scores->columns);
    }
}

NEUME_VECTOR void lm_scores_backward(const lm_scores *scores, const float *share, const float *means, float *d) {
    for (int64_t t = 0; t < scores->count; t++) {
        const float *shares = share + t * scores->row, mean = means[t];
        float *row = d + t * scores->row;
        const int64_t seen = scores->first + t + 1;
#pragma omp simd
        for (int64_t i = 0; i < seen; i++) row[i] = shares[i] * (row[i] - mean);
        clear_rest(row, seen, scores->columns);
    }
}
