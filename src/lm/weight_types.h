/* The types that weights are kept in, as ggml lays them out: blocks of items that share a scale.
 *
 *   f32, f16, bf16   one number an item
 *   q8_0   32 items: half scale d, 32 signed bytes q;                      w = d q
 *   q5_0   32 items: half d, 32 high bits, 16 bytes of two low nibbles;    w = d (q - 16)
 *   q4_0   32 items: half d, 16 bytes of two nibbles;                      w = d (q - 8)
 *   q4_k   256 items: half d, half m, 8 pairs (a, b) of 6 bits in 12 bytes, 128 bytes of two nibbles;
 *          each pair serves 32 items:                                      w = d a q - m b
 *   q6_k   256 items: low nibbles, high 2 bits, 16 signed scales a, half d; w = d a (q - 32)
 *
 * In q5_0 and q4_0 byte i holds items i (low nibble) and i + 16. In q4_k the bytes go 32 at a time: the low nibbles are
 * one stretch of 32 items, the high ones the next. Source: github.com/ggml-org/ggml, src/ggml-common.h. */
#ifndef LM_WEIGHT_TYPES_H
#define LM_WEIGHT_TYPES_H

#include "neume/base.h"

typedef enum lm_type_index {
    LM_F32,
    LM_F16,
    LM_BF16,
    LM_Q8_0,
    LM_Q5_0,
    LM_Q4_0,
    LM_Q4_K,
    LM_Q6_K,
    LM_TYPES
} lm_type_index;

/* Widens `items` items (whole blocks) to floats. */
typedef void lm_decode_fn(const void *row, int64_t items, float *out);
/* Narrows `items` items (whole blocks) of which all are finite. */
typedef void lm_encode_fn(const float *row, int64_t items, void *out);

typedef struct lm_type {
    const char *name;
    uint32_t number; /* in a GGUF file */
    int64_t block_items, block_bytes;
    lm_decode_fn *decode; /* the definition; the kernels have faster ones */
    lm_encode_fn *encode; /* NULL: only read */
} lm_type;

extern const lm_type lm_types[LM_TYPES];

/* @return an index into lm_types, or LM_TYPES */
lm_type_index lm_type_of(uint32_t number);
lm_type_index lm_type_named(const char *name);

static inline size_t lm_row_bytes(lm_type_index type, int64_t items) {
    return (size_t)(items / lm_types[type].block_items * lm_types[type].block_bytes);
}

/* Of one stretch j < 8 of a q4_k block: the 6-bit scale a and shift b. The first four pairs fill the low 6 bits of
 * bytes 0-3 and 4-7; the last four have their low nibbles in bytes 8-11 and their high bits in what the first eight
 * leave. */
typedef struct lm_pair {
    uint8_t a, b;
} lm_pair;
static inline lm_pair lm_q4_k_pair(const uint8_t packed[12], int j) {
    if (j < 4) return (lm_pair){packed[j] & 63, packed[j + 4] & 63};
    return (lm_pair){(uint8_t)((packed[j + 4] & 15) | packed[j - 4] >> 6 << 4),
                     (uint8_t)(packed[j + 4] >> 4 | packed[j] >> 6 << 4)};
}

static inline uint16_t lm_half_at(const void *bytes) {
    uint16_t half;
    __builtin_memcpy(&half, bytes, sizeof half);
    return half;
}

/* The K types (weight_types_k.c). */
lm_decode_fn lm_decode_q4_k, lm_decode_q6_k;
lm_encode_fn lm_encode_q4_k;

#endif
