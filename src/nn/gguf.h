/* What the reader and the writer of GGUF share: the numbers of the format, and 16-bit floats. */
#ifndef NEUME_NN_GGUF_H
#define NEUME_NN_GGUF_H

#include "neume/nn.h"

#include <string.h>

/* github.com/ggml-org/ggml/blob/master/docs/gguf.md, "File Structure" */
enum { GGUF_VERSION = 3, GGUF_ALIGNMENT = 32, GGUF_NAME_LONGEST = 64, GGUF_KEY_LONGEST = 65535 };

typedef enum gguf_type {
    GGUF_UINT8,
    GGUF_INT8,
    GGUF_UINT16,
    GGUF_INT16,
    GGUF_UINT32,
    GGUF_INT32,
    GGUF_FLOAT32,
    GGUF_BOOL,
    GGUF_STRING,
    GGUF_ARRAY,
    GGUF_UINT64,
    GGUF_INT64,
    GGUF_FLOAT64,
    GGUF_TYPES,
} gguf_type;

enum { GGML_F32 = 0, GGML_F16 = 1, GGML_BF16 = 30 };

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "GGUF's numbers are copied as they are: little-endian only");

/* The array exists, in a type we widen, with the shape of `model`. NEUME_EFORMAT says what is wrong. */
NEUME_MUST neume_status neume__gguf_check(const neume_gguf *gguf, const char *name, const neume_tensor *model);

/* Half precision (IEEE 754 binary16): 1 sign bit, 5 of exponent (bias 15), 10 of fraction. Numbers below 2^-14 are
 * multiples of 2^-24 there and are handled as integers, so that no denormal float is met: threads of ours flush those
 * to zero. Narrowing rounds to nearest, ties to even, and overflows to infinity. */
static inline float neume__float_of(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline uint32_t neume__bits_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline float neume__half_widen(uint16_t half) {
    uint32_t sign = (uint32_t)(half & 0x8000) << 16, exponent = half >> 10 & 31, fraction = half & 0x3ff;
    if (exponent == 31) return neume__float_of(sign | 0x7f800000 | fraction << 13);
    if (exponent == 0) {
        float value = (float)fraction * 0x1p-24f;
        return sign ? -value : value;
    }
    return neume__float_of(sign | (exponent + 112) << 23 | fraction << 13);
}

static inline uint16_t neume__half_narrow(float value) {
    uint32_t bits = neume__bits_of(value), sign = bits >> 16 & 0x8000, size = bits & 0x7fffffff;
    if (size > 0x7f800000) return (uint16_t)(sign | 0x7e00);
    if (size >= 0x477ff000) return (uint16_t)(sign | 0x7c00); /* 65520 and more round to infinity */
    if (size < 0x38800000) {                                  /* below 2^-14: a multiple of 2^-24 */
        float shifted = neume__float_of(size) + 0.5f;         /* whose last bit is worth 2^-24: adding rounds */
        return (uint16_t)(sign | (neume__bits_of(shifted) - 0x3f000000));
    }
    uint32_t rounded = size + 0xfff + (size >> 13 & 1);
    return (uint16_t)(sign | ((rounded - (112u << 23)) >> 13));
}

#endif
