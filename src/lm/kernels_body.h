/* The inner loops, written once on vectors of LANES floats and compiled for each kind of processor: a file defines
 * LANES and LM_KERNELS, includes this, and is compiled for a processor that has such vectors. The vectors are the
 * compiler's own (GCC manual, "Vector Extensions"), so one text serves SSE, AVX2, AVX-512 and NEON. Products and sums
 * may fuse here.
 *
 * Weights are widened to floats in a small buffer that stays in the first cache, then multiplied: the multiplication is
 * one piece of code for all types, and what is read from memory is as short as in the file. */
#include "kernels.h"

#include "neume/nn_math.h"

#include <math.h>
#if LANES > 4
#include <immintrin.h>
#endif

typedef float vf __attribute__((vector_size(LANES * 4)));
typedef int32_t vi __attribute__((vector_size(LANES * 4)));
typedef uint32_t vu __attribute__((vector_size(LANES * 4)));
typedef uint16_t vh __attribute__((vector_size(LANES * 2)));
typedef float v4 __attribute__((vector_size(16)));

NEUME_INLINE vf load(const float *from) {
    vf v;
    memcpy(&v, from, sizeof v);
    return v;
}

NEUME_INLINE void store(float *to, vf v) {
    memcpy(to, &v, sizeof v);
}

NEUME_INLINE vf all(float value) {
    return value - (vf){0};
}

NEUME_INLINE vf larger(vf a, vf b) {
    const vi mask = a > b;
    return (vf)(((vi)a & mask) | ((vi)b & ~mask));
}

/* --- widening ----------------------------------------------------------------------------------------------------- */

NEUME_INLINE vf widen_halves(vh halves) {
#if LANES == 16
    return (vf)_mm512_cvtph_ps((__m256i)halves);
#elif LANES == 8
    return (vf)_mm256_cvtph_ps((__m128i)halves);
#else
    vf v;
    for (int i = 0; i < LANES; i++) v[i] = neume__half_widen(halves[i]);
    return v;
#endif
}

static void decode_f16(const void *row, int64_t items, float *out) {
    const int64_t whole = items / LANES * LANES;
    for (int64_t i = 0; i < whole; i += LANES) {
        vh halves;
        memcpy(&halves, (const uint16_t *)row + i, sizeof halves);
        store(out + i, widen_halves(halves));
    }
    for (int64_t i = whole; i < items; i++) out[i] = neume__half_widen(lm_half_at((const uint16_t *)row + i));
}

static void decode_bf16(const void *row, int64_t items, float *out) {
    const int64_t whole = items / LANES * LANES;
    for (int64_t i = 0; i < whole; i += LANES) {
        vh halves;
        memcpy(&halves, (const uint16_t *)row + i, sizeof halves);
        store(out + i, (vf)(__builtin_convertvector(halves, vu) << 16));
    }
    for (int64_t i = whole; i < items; i++)
        out[i] = neume__float_of((uint32_t)lm_half_at((const uint16_t *)row + i) << 16);
}

/* LANES bytes from `from` on. (The compiler's own conversion takes a byte at a time.) */
NEUME_INLINE vi bytes_at(const uint8_t *from) {
#if LANES == 16
    return (vi)_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i_u *)(const void *)from));
#elif LANES == 8
    return (vi)_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i_u *)(const void *)from));
#else
    return (vi){from[0], from[1], from[2], from[3]};
#endif
}

NEUME_INLINE vi signed_bytes_at(const uint8_t *from) {
#if LANES == 16
    return (vi)_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i_u *)(const void *)from));
#elif LANES == 8
    return (vi)_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i_u *)(const void *)from));
#else
    return (vi){(int8_t)from[0], (int8_t)from[1], (int8_t)from[2], (int8_t)from[3]};
#endif
}

NEUME_INLINE float scale_at(const uint8_t *block) {
#if LANES > 4
    return _cvtsh_ss(lm_half_at(block));
#else
    return neume__half_widen(lm_half_at(block));
#endif
}

static void decode_q8_0(const void *row, int64_t items, float *out) {
    const uint8_t *block = row;
    for (; items > 0; items -= 32, block += 34, out += 32) {
        const vf d = all(scale_at(block));
        for (int i = 0; i < 32; i += LANES)
            store(out + i, d * __builtin_convertvector(signed_bytes_at(block + 2 + i), vf));
    }
}

/* LANES bits of `bits` from bit `first` on, as 0 or 16. */
NEUME_INLINE vi fifth_bits(uint32_t bits, int first) {
    vu at;
    for (int i = 0; i < LANES; i++) at[i] = (uint32_t)i;
    const vu wide = (vu){0} + (bits >> first);
    return (vi)((wide >> at & 1) << 4);
}

static void decode_q5_0(const void *row, int64_t items, float *out) {
    const uint8_t *block = row;
    for (; items > 0; items -= 32, block += 22, out += 32) {
        const vf d = all(scale_at(block));
        uint32_t high;
        memcpy(&high, block + 2, sizeof high);
        for (int i = 0; i < 16; i += LANES) {
            const vi pair = bytes_at(block + 6 + i);
            const vi low = (pair & 15) | fifth_bits(high, i), top = pair >> 4 | fifth_bits(high, i + 16);
            store(out + i, d * __builtin_convertvector(low - 16, vf));
            store(out + i + 16, d * __builtin_convertvector(top - 16, vf));
        }
    }
}

static void decode_q4_0(const void *row, int64_t items, float *out) {
    const uint8_t *block = row;
    for (; items > 0; items -= 32, block += 18, out += 32) {
        const vf d = all(scale_at(block));
        for (int i = 0; i < 16; i += LANES) {
            const vi pair = bytes_at(block + 2 + i);
            store(out + i, d * __builtin_convertvector((pair & 15) - 8, vf));
            store(out + i + 16, d * __builtin_convertvector((pair >> 4) - 8, vf));
        }
    }
}

static void decode_q4_k(const void *row, int64_t items, float *out) {
    const uint8_t *block = row;
    for (; items > 0; items -= 256, block += 144) {
        const float d = scale_at(block), m = scale_at(block + 2);
        for (int j = 0; j < 8; j += 2, out += 64) {
            const lm_pair low = lm_q4_k_pair(block + 4, j), high = lm_q4_k_pair(block + 4, j + 1);
            const vf a = all(d * (float)low.a), b = all(m * (float)low.b);
            const vf a_high = all(d * (float)high.a), b_high = all(m * (float)high.b);
            for (int i = 0; i < 32; i += LANES) {
                const vi pair = bytes_at(block + 16 + 16 * j + i);
                store(out + i, a * __builtin_convertvector(pair & 15, vf) - b);
                store(out + 32 + i, a_high * __builtin_convertvector(pair >> 4, vf) - b_high);
            }
        }
    }
}

/* Quarter by quarter, in stretches of 16 items, which share a scale. */
static void decode_q6_k(const void *row, int64_t items, float *out) {
    const uint8_t *block = row;
    for (; items > 0; items -= 256, block += 210) {
        const float d = scale_at(block + 208);
        for (int stretch = 0; stretch < 16; stretch++, out += 16) {
            const int half = stretch / 8, quarter = stretch % 8 / 2, at = stretch % 2 * 16;
            const uint8_t *low = block + 64 * half + 32 * (quarter % 2) + at, *high = block + 128 + 32 * half + at;
            const vf a = all(d * (float)(int8_t)block[192 + stretch]);
            for (int i = 0; i < 16; i += LANES) {
                const vi q =
                    (bytes_at(low + i) >> (quarter < 2 ? 0 : 4) & 15) | (bytes_at(high + i) >> (2 * quarter) & 3) << 4;
                store(out + i, a * __builtin_convertvector(q - 32, vf));
            }
        }
    }
}

/* --- products ----------------------------------------------------------------------------------------------------- */

enum { ROWS = 4, TOKENS_MOST = LANES == 16 ? 6 : 3 }; /* their sums fit the registers */

/* The sums over four pairs of lanes are still to be added up. */
NEUME_INLINE v4 fold(vf v) {
#if LANES == 16
    const vf w = v + __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
    return __builtin_shufflevector(w, w, 0, 1, 2, 3) + __builtin_shufflevector(w, w, 4, 5, 6, 7);
#elif LANES == 8
    return __builtin_shufflevector(v, v, 0, 1, 2, 3) + __builtin_shufflevector(v, v, 4, 5, 6, 7);
#else
    return v;
#endif
}

/* The four sums of four vectors. */
NEUME_INLINE v4 sums_of(const vf rows[ROWS]) {
    const v4 a = fold(rows[0]), b = fold(rows[1]), c = fold(rows[2]), d = fold(rows[3]);
    const v4 ab = __builtin_shufflevector(a, b, 0, 4, 1, 5) + __builtin_shufflevector(a, b, 2, 6, 3, 7);
    const v4 cd = __builtin_shufflevector(c, d, 0, 4, 1, 5) + __builtin_shufflevector(c, d, 2, 6, 3, 7);
    return __builtin_shufflevector(ab, cd, 0, 1, 4, 5) + __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
}

/* `rows` and `tokens` are numbers where this is called, so that the sums are registers. */
NEUME_INLINE void multiply_some(const lm_tile *tile, const int rows, const int tokens, int64_t first) {
    vf sum[TOKENS_MOST][ROWS] = {0};
    const float *x = tile->x + first * tile->x_stride;
    for (int64_t k = 0; k < tile->inner; k += LANES) {
        vf w[ROWS];
#pragma GCC unroll 4
        for (int r = 0; r < rows; r++) w[r] = load(tile->w + r * tile->w_stride + k);
#pragma GCC unroll 6
        for (int t = 0; t < tokens; t++) {
            const vf at = load(x + t * tile->x_stride + k);
#pragma GCC unroll 4
            for (int r = 0; r < rows; r++) sum[t][r] += w[r] * at;
        }
    }
#pragma GCC unroll 6
    for (int t = 0; t < tokens; t++) {
        const v4 sums = sums_of(sum[t]);
        memcpy(tile->y + (first + t) * tile->y_stride, &sums, (size_t)rows * sizeof(float));
    }
}

NEUME_INLINE void multiply_rows(const lm_tile *tile, const int rows) {
    int64_t first = 0;
    for (; tile->tokens - first >= TOKENS_MOST; first += TOKENS_MOST) multiply_some(tile, rows, TOKENS_MOST, first);
#if LANES == 16
    if (tile->tokens - first >= 4) multiply_some(tile, rows, 4, first), first += 4;
#endif
    if (tile->tokens - first >= 2) multiply_some(tile, rows, 2, first), first += 2;
    if (tile->tokens > first) multiply_some(tile, rows, 1, first);
}

/* One token: eight rows side by side, to hide the latency of their sums. */
static void multiply_one(const lm_tile *tile) {
    vf sum[2 * ROWS] = {0};
    for (int64_t k = 0; k < tile->inner; k += LANES) {
        const vf x = load(tile->x + k);
#pragma GCC unroll 8
        for (int r = 0; r < 2 * ROWS; r++) sum[r] += load(tile->w + r * tile->w_stride + k) * x;
    }
    const v4 low = sums_of(sum), high = sums_of(sum + ROWS);
    memcpy(tile->y, &low, sizeof low);
    memcpy(tile->y + ROWS, &high, sizeof high);
}

static void multiply(const lm_tile *tile) {
    lm_tile part = *tile;
    if (tile->tokens == 1 && tile->rows == 2 * ROWS) {
        multiply_one(tile);
        return;
    }
    for (int64_t left = tile->rows; left > 0;) {
        const int64_t rows = left < ROWS ? 1 : ROWS;
        if (rows == ROWS)
            multiply_rows(&part, ROWS);
        else
            multiply_rows(&part, 1);
        part.w += rows * tile->w_stride;
        part.y += rows;
        left -= rows;
    }
}

/* --- attention ---------------------------------------------------------------------------------------------------- */

enum { CHAINS = 4 }; /* CHAINS: sums that grow side by side, to hide their latency */

/* weights[p] = scale q . key_p of `chains` vectors of positions from `first` on. */
NEUME_INLINE void score_some(const lm_attention *a, const int chains, int64_t first) {
    vf sum[CHAINS] = {0};
    const float *keys[CHAINS];
    for (int c = 0; c < chains; c++) {
        const int64_t p = first + c * LANES;
        keys[c] = a->keys + p / LM_KEY_BLOCK * a->width * LM_KEY_BLOCK + p % LM_KEY_BLOCK;
    }
    for (int64_t i = 0; i < a->width; i++) {
        const vf q = all(a->q[i]);
#pragma GCC unroll 4
        for (int c = 0; c < chains; c++) sum[c] += q * load(keys[c] + i * LM_KEY_BLOCK);
    }
    for (int c = 0; c < chains; c++) store(a->weights + first + c * LANES, sum[c] * all(a->scale));
}

static void score(const lm_attention *a, int64_t padded) {
    int64_t p = 0;
    for (; padded - p >= CHAINS * LANES; p += CHAINS * LANES) score_some(a, CHAINS, p);
    for (; p < padded; p += LANES) score_some(a, 1, p);
    for (p = a->length; p < padded; p++) a->weights[p] = -INFINITY;
}

/* weights = exp(weights - largest). @return 1 / their sum */
static float soften(float *weights, int64_t padded) {
    vf most = load(weights), sum = {0};
    for (int64_t p = LANES; p < padded; p += LANES) most = larger(load(weights + p), most);
    float top = most[0], total = 0;
    for (int i = 1; i < LANES; i++) top = most[i] > top ? most[i] : top;
    for (int64_t p = 0; p < padded; p++) weights[p] = neume__exp_negative(weights[p] - top);
    for (int64_t p = 0; p < padded; p += LANES) sum += load(weights + p);
    for (int i = 0; i < LANES; i++) total += sum[i];
    return 1 / total;
}

/* out = share * (sum of weighted values) for `vectors` vectors of items from `first` on, two positions at a time. */
NEUME_INLINE void mix_some(const lm_attention *a, const int vectors, int64_t first, float share) {
    vf even[CHAINS] = {0}, odd[CHAINS] = {0};
    const int64_t stride = lm_pad(a->width);
    const float *value = a->values + first;
    int64_t p = 0;
    for (; p + 1 < a->length; p += 2, value += 2 * stride) {
        const vf w = all(a->weights[p]), w_odd = all(a->weights[p + 1]);
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++) {
            even[v] += w * load(value + v * LANES);
            odd[v] += w_odd * load(value + stride + v * LANES);
        }
    }
    for (int v = 0; v < vectors; v++) {
        if (p < a->length) even[v] += all(a->weights[p]) * load(value + v * LANES);
        store(a->out + first + v * LANES, all(share) * (even[v] + odd[v]));
    }
}

static void attend(const lm_attention *a) {
    const int64_t padded = (a->length + LM_KEY_BLOCK - 1) / LM_KEY_BLOCK * LM_KEY_BLOCK, width = lm_pad(a->width);
    score(a, padded);
    const float share = soften(a->weights, padded);
    int64_t i = 0;
    for (; width - i >= CHAINS * LANES; i += CHAINS * LANES) mix_some(a, CHAINS, i, share);
    for (; i < width; i += LANES) mix_some(a, 1, i, share);
}

/* --- the rest ----------------------------------------------------------------------------------------------------- */

static void normalise(const float *x, const float *gain, float epsilon, int64_t width, float *y) {
    vf sum = {0};
    float total = 0;
    for (int64_t i = 0; i < width; i += LANES) sum += load(x + i) * load(x + i);
    for (int i = 0; i < LANES; i++) total += sum[i];
    const float scale = 1 / sqrtf(total / (float)width + epsilon);
    for (int64_t i = 0; i < width; i++) y[i] = gain[i] * (x[i] * scale);
}

static void gate(float *gates, const float *up, int64_t width) {
    for (int64_t i = 0; i < width; i++) gates[i] = gates[i] * neume__sigmoid(gates[i]) * up[i];
}

static void decode_f32(const void *row, int64_t items, float *out) {
    memcpy(out, row, (size_t)items * sizeof *out);
}

const lm_kernels LM_KERNELS = {
    .name = LANES == 16  ? "AVX-512"
            : LANES == 8 ? "AVX2"
                         : "128 bits",
    .decode = {[LM_F32] = decode_f32,
               [LM_F16] = decode_f16,
               [LM_BF16] = decode_bf16,
               [LM_Q8_0] = decode_q8_0,
               [LM_Q5_0] = decode_q5_0,
               [LM_Q4_0] = decode_q4_0,
               [LM_Q4_K] = decode_q4_k,
               [LM_Q6_K] = decode_q6_k},
    .multiply = multiply,
    .attend = attend,
    .normalise = normalise,
    .gate = gate,
};
