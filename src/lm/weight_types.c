/* Weights to and from their blocks, as the formulas of weight_types.h read. Encoding takes the item of the largest size
 * as the end of the scale, so that no item is cut off. */
#include "weight_types.h"

#include "neume/nn_math.h"

#include <math.h>

enum { BLOCK = 32 };

/* --- floats ------------------------------------------------------------------------------------------------------- */

static void decode_f32(const void *row, int64_t items, float *out) {
    memcpy(out, row, (size_t)items * sizeof *out);
}

static void encode_f32(const float *row, int64_t items, void *out) {
    memcpy(out, row, (size_t)items * sizeof *row);
}

static void decode_f16(const void *row, int64_t items, float *out) {
    for (int64_t i = 0; i < items; i++) out[i] = neume__half_widen(lm_half_at((const uint16_t *)row + i));
}

static void encode_f16(const float *row, int64_t items, void *out) {
    for (int64_t i = 0; i < items; i++) {
        const float held = fminf(fmaxf(row[i], -65504.0f), 65504.0f);
        const uint16_t half = neume__half_narrow(held);
        memcpy((uint16_t *)out + i, &half, sizeof half);
    }
}

static void decode_bf16(const void *row, int64_t items, float *out) {
    for (int64_t i = 0; i < items; i++) out[i] = neume__float_of((uint32_t)lm_half_at((const uint16_t *)row + i) << 16);
}

static void encode_bf16(const float *row, int64_t items, void *out) {
    for (int64_t i = 0; i < items; i++) {
        const uint32_t bits = neume__bits_of(row[i]);
        const uint16_t high = (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16); /* to nearest, ties to even */
        memcpy((uint16_t *)out + i, &high, sizeof high);
    }
}

/* --- blocks of 32 ------------------------------------------------------------------------------------------------- */

/* Of the item with the largest size, sign and all. */
static float largest(const float *items) {
    float most = 0;
    for (int i = 0; i < BLOCK; i++)
        if (fabsf(items[i]) > fabsf(most)) most = items[i];
    return most;
}

/* Writes the scale and returns 1 / scale, as it will be read. */
static float put_scale(float scale, uint8_t *out) {
    const uint16_t half = neume__half_narrow(fminf(fmaxf(scale, -65504.0f), 65504.0f));
    const float kept = neume__half_widen(half);
    memcpy(out, &half, sizeof half);
    return kept == 0 ? 0 : 1 / kept;
}

static int to_level(float value, int low, int high) {
    const int level = (int)lrintf(value);
    return level < low ? low : level > high ? high : level;
}

static void decode_q8_0(const void *row, int64_t items, float *out) {
    const uint8_t *block = row;
    for (; items > 0; items -= BLOCK, block += 34, out += BLOCK) {
        const float d = neume__half_widen(lm_half_at(block));
        for (int i = 0; i < BLOCK; i++) out[i] = d * (float)(int8_t)block[2 + i];
    }
}

static void encode_q8_0(const float *row, int64_t items, void *out) {
    uint8_t *block = out;
    for (; items > 0; items -= BLOCK, block += 34, row += BLOCK) {
        const float per_step = put_scale(fabsf(largest(row)) / 127, block);
        for (int i = 0; i < BLOCK; i++) block[2 + i] = (uint8_t)to_level(row[i] * per_step, -127, 127);
    }
}

static void decode_q5_0(const void *row, int64_t items, float *out) {
    const uint8_t *block = row;
    for (; items > 0; items -= BLOCK, block += 22, out += BLOCK) {
        const float d = neume__half_widen(lm_half_at(block));
        uint32_t high;
        memcpy(&high, block + 2, sizeof high);
        for (int i = 0; i < BLOCK / 2; i++) {
            const int low_item = (block[6 + i] & 15) | (int)(high >> i & 1) << 4;
            const int high_item = block[6 + i] >> 4 | (int)(high >> (i + 16) & 1) << 4;
            out[i] = d * (float)(low_item - 16);
            out[i + 16] = d * (float)(high_item - 16);
        }
    }
}

static void decode_q4_0(const void *row, int64_t items, float *out) {
    const uint8_t *block = row;
    for (; items > 0; items -= BLOCK, block += 18, out += BLOCK) {
        const float d = neume__half_widen(lm_half_at(block));
        for (int i = 0; i < BLOCK / 2; i++) {
            out[i] = d * (float)((block[2 + i] & 15) - 8);
            out[i + 16] = d * (float)((block[2 + i] >> 4) - 8);
        }
    }
}

/* The largest item becomes level 0, which is -8: that side reaches one level further than the other. */
static void encode_q4_0(const float *row, int64_t items, void *out) {
    uint8_t *block = out;
    for (; items > 0; items -= BLOCK, block += 18, row += BLOCK) {
        const float per_step = put_scale(largest(row) / -8, block);
        for (int i = 0; i < BLOCK / 2; i++) {
            const int low = to_level(row[i] * per_step + 8, 0, 15), high = to_level(row[i + 16] * per_step + 8, 0, 15);
            block[2 + i] = (uint8_t)(low | high << 4);
        }
    }
}

/* --- the table ---------------------------------------------------------------------------------------------------- */

const lm_type lm_types[LM_TYPES] = {
    [LM_F32] = {"f32", 0, 1, 4, decode_f32, encode_f32},
    [LM_F16] = {"f16", 1, 1, 2, decode_f16, encode_f16},
    [LM_BF16] = {"bf16", 30, 1, 2, decode_bf16, encode_bf16},
    [LM_Q8_0] = {"q8_0", 8, BLOCK, 34, decode_q8_0, encode_q8_0},
    [LM_Q5_0] = {"q5_0", 6, BLOCK, 22, decode_q5_0, NULL},
    [LM_Q4_0] = {"q4_0", 2, BLOCK, 18, decode_q4_0, encode_q4_0},
    [LM_Q4_K] = {"q4_k", 12, 256, 144, lm_decode_q4_k, lm_encode_q4_k},
    [LM_Q6_K] = {"q6_k", 14, 256, 210, lm_decode_q6_k, NULL},
};

lm_type_index lm_type_of(uint32_t number) {
    lm_type_index i = 0;
    while (i < LM_TYPES && lm_types[i].number != number) i++;
    return i;
}

lm_type_index lm_type_named(const char *name) {
    lm_type_index i = 0;
    while (i < LM_TYPES && strcmp(lm_types[i].name, name) != 0) i++;
    return i;
}
