#include "neume/tensor.h"

#include <assert.h>
#include <string.h>

static size_t item_bytes(neume_dtype dtype) {
    return dtype == NEUME_F32 ? sizeof(float) : sizeof(uint16_t);
}

neume_status neume_tensor_shape(neume_tensor *tensor, neume_dtype dtype, int rank, const int64_t *dim) {
    assert(rank >= 1 && rank <= NEUME_RANK_MAX);
    size_t bytes = item_bytes(dtype);
    for (int i = 0; i < rank; i++) {
        if (dim[i] < 0) return neume_fail(NEUME_EINVAL, "a tensor's dimension %d is negative", i);
        NEUME_TRY(neume__mul_size(bytes, (size_t)dim[i], &bytes));
    }
    if (bytes > tensor->capacity_bytes || !tensor->data) {
        void *grown = neume__alloc_aligned(bytes);
        if (!grown) return NEUME_ENOMEM;
        neume__free(tensor->data);
        tensor->data = grown;
        tensor->capacity_bytes = bytes;
    }
    tensor->dtype = dtype;
    tensor->rank = rank;
    for (int i = 0; i < NEUME_RANK_MAX; i++) tensor->dim[i] = i < rank ? dim[i] : 1;
    return NEUME_OK;
}

void neume_tensor_clear(neume_tensor *tensor) {
    neume__free(tensor->data);
    *tensor = (neume_tensor){0};
}

int64_t neume_tensor_count(const neume_tensor *tensor) {
    int64_t count = tensor->rank ? 1 : 0;
    for (int i = 0; i < tensor->rank; i++) count *= tensor->dim[i];
    return count;
}

size_t neume_tensor_bytes(const neume_tensor *tensor) {
    return (size_t)neume_tensor_count(tensor) * item_bytes(tensor->dtype);
}

bool neume_tensor_same_shape(const neume_tensor *a, const neume_tensor *b) {
    return a->rank == b->rank && memcmp(a->dim, b->dim, sizeof a->dim) == 0;
}

void neume_tensor_zero(neume_tensor *tensor) {
    memset(tensor->data, 0, neume_tensor_bytes(tensor));
}

NEUME_VECTOR static void widen(const uint16_t *from, float *to, int64_t n) {
    for (int64_t i = 0; i < n; i++) to[i] = neume_bf16_widen(from[i]);
}

NEUME_VECTOR static void narrow(const float *from, uint16_t *to, int64_t n) {
    for (int64_t i = 0; i < n; i++) to[i] = neume_bf16_narrow(from[i]);
}

void neume_tensor_load(const neume_tensor *tensor, int64_t at, int64_t n, float *to) {
    if (tensor->dtype == NEUME_F32)
        memcpy(to, (const float *)tensor->data + at, (size_t)n * sizeof *to);
    else
        widen((const uint16_t *)tensor->data + at, to, n);
}

void neume_tensor_store(neume_tensor *tensor, int64_t at, int64_t n, const float *from) {
    if (tensor->dtype == NEUME_F32)
        memcpy((float *)tensor->data + at, from, (size_t)n * sizeof *from);
    else
        narrow(from, (uint16_t *)tensor->data + at, n);
}

neume_status neume_tensor_convert(const neume_tensor *x, neume_dtype dtype, neume_tensor *out) {
    assert(out != x);
    NEUME_TRY(neume_tensor_shape(out, dtype, x->rank, x->dim));
    int64_t count = neume_tensor_count(x);
    enum { BLOCK = 4096 };
#pragma omp parallel for if (count > 8 * BLOCK)
    for (int64_t at = 0; at < count; at += BLOCK) {
        float block[BLOCK];
        int64_t n = count - at < BLOCK ? count - at : BLOCK;
        neume_tensor_load(x, at, n, block);
        neume_tensor_store(out, at, n, block);
    }
    return NEUME_OK;
}
