/** @file
 * Numbers that layers and weight files are made of: fast exponentials, and 16-bit floats.
 *
 * Exponential and logarithm are plain arithmetic, so that a compiler turns a loop over them into vector instructions
 * (a call of expf() in a loop stays a call). Accuracy is a few units in the last place, which tests hold against libm.
 *
 * exp(x) = 2^k exp(r) with k = round(x / ln 2) and |r| <= ln 2 / 2, where six terms of the Taylor series leave 1e-7.
 * log1p(e) = 2 atanh(s) with s = e / (2 + e): for e in 0..1, s is at most 1/3 and eight terms of its series leave 2e-9.
 */
#ifndef NEUME_NN_MATH_H
#define NEUME_NN_MATH_H

#include "neume/base.h"

#include <string.h>

#define NEUME_INLINE static inline __attribute__((always_inline))

/* exp(x) for x <= 0; 0 below -87, where the result would be denormal. */
NEUME_INLINE float neume__exp_negative(float x) {
    const float round_magic = 12582912.0f; /* 1.5 * 2^23: adding and subtracting it rounds to an integer */
    float held = x < -87.0f ? -87.0f : x;
    float shifted = held * 1.44269504f + round_magic;
    float k = shifted - round_magic;
    float r = (held - k * 0.693359375f) + k * 2.12194440e-4f; /* ln 2 in two parts (Cody & Waite 1980) */
    float series = 1.0f / 720;
    series = series * r + 1.0f / 120;
    series = series * r + 1.0f / 24;
    series = series * r + 1.0f / 6;
    series = series * r + 0.5f;
    series = series * r + 1.0f;
    series = series * r + 1.0f;
    uint32_t bits; /* k stands in the lowest bits of shifted: moved into the exponent, it makes 2^k */
    float power;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits << 23) + (127u << 23);
    memcpy(&power, &bits, sizeof power);
    return x < -87.0f ? 0.0f : series * power;
}

/* log(1 + e) for 0 <= e <= 1. */
NEUME_INLINE float neume__log1p_unit(float e) {
    float s = e / (2.0f + e), q = s * s;
    float series = 1.0f / 15;
    series = series * q + 1.0f / 13;
    series = series * q + 1.0f / 11;
    series = series * q + 1.0f / 9;
    series = series * q + 1.0f / 7;
    series = series * q + 1.0f / 5;
    series = series * q + 1.0f / 3;
    series = series * q + 1.0f;
    return 2.0f * s * series;
}

NEUME_INLINE float neume__sigmoid(float x) {
    float e = neume__exp_negative(-__builtin_fabsf(x));
    return (x >= 0 ? 1.0f : e) / (1.0f + e);
}

NEUME_INLINE float neume__tanh(float x) {
    float e = neume__exp_negative(-2.0f * __builtin_fabsf(x));
    return __builtin_copysignf((1.0f - e) / (1.0f + e), x);
}

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
