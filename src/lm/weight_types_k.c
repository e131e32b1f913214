/* The K types: blocks of 256 items, whose stretches have scales of their own, themselves in few bits.
 *
 * q4_k is the hard one to write: each stretch of 32 items wants the line w = a q - b (q = 0..15, b >= 0) that lies
 * closest to them. For given levels q the best line is a least-squares fit, for a given line the best levels are the
 * nearest ones: a few starts, each refined in turn, find a good pair. */
#include "weight_types.h"

#include "neume/nn_math.h"

#include <float.h>
#include <math.h>

enum { BLOCK = 256, STRETCH = 32, STRETCHES = 8, LEVEL_MOST = 15, SHORT_MOST = 63 };

/* --- reading ------------------------------------------------------------------------------------------------------ */

void lm_decode_q4_k(const void *row, int64_t items, float *out) {
    const uint8_t *block = row;
    for (; items > 0; items -= BLOCK, block += 144, out += BLOCK) {
        const float d = neume__half_widen(lm_half_at(block)), m = neume__half_widen(lm_half_at(block + 2));
        for (int j = 0; j < STRETCHES; j++) {
            const lm_pair pair = lm_q4_k_pair(block + 4, j);
            const uint8_t *levels = block + 16 + j / 2 * STRETCH;
            for (int i = 0; i < STRETCH; i++) {
                const int q = j % 2 ? levels[i] >> 4 : levels[i] & 15;
                out[j * STRETCH + i] = d * (float)pair.a * (float)q - m * (float)pair.b;
            }
        }
    }
}

/* Each half of 128 items has 64 bytes of low nibbles, 32 of high bits and 8 scales. Quarter k of 32 items: nibbles of
 * bytes 32 (k % 2) on, low ones in the first two quarters, high ones in the last two; high bits 2k and 2k + 1. */
void lm_decode_q6_k(const void *row, int64_t items, float *out) {
    const uint8_t *block = row;
    for (; items > 0; items -= BLOCK, block += 210, out += BLOCK) {
        const float d = neume__half_widen(lm_half_at(block + 208));
        for (int i = 0; i < BLOCK; i++) {
            const int half = i / 128, quarter = i % 128 / 32, at = i % 32;
            const uint8_t low = block[64 * half + 32 * (quarter % 2) + at], high = block[128 + 32 * half + at];
            const int q = (quarter < 2 ? low & 15 : low >> 4) | (high >> (2 * quarter) & 3) << 4;
            out[i] = d * (float)(int8_t)block[192 + i / 16] * (float)(q - 32);
        }
    }
}

/* --- writing q4_k ------------------------------------------------------------------------------------------------- */

typedef struct line {
    float a, b; /* w = a q - b */
} line;

static void nearest_levels(const float *x, line l, uint8_t *levels) {
    const float per_step = l.a > 0 ? 1 / l.a : 0;
    for (int i = 0; i < STRETCH; i++) {
        const float q = rintf((x[i] + l.b) * per_step);
        levels[i] = (uint8_t)fminf(fmaxf(q, 0), LEVEL_MOST);
    }
}

static double squared_error(const float *x, line l, const uint8_t *levels) {
    double sum = 0;
    for (int i = 0; i < STRETCH; i++) {
        const double off = (double)(l.a * (float)levels[i] - l.b - x[i]);
        sum += off * off;
    }
    return sum;
}

/* The least-squares line through (level, item), with b >= 0. */
static line fit(const float *x, const uint8_t *levels, line old) {
    double q = 0, qq = 0, y = 0, qy = 0;
    for (int i = 0; i < STRETCH; i++) {
        const double level = levels[i], item = (double)x[i];
        q += level, qq += level * level, y += item, qy += level * item;
    }
    const double spread = STRETCH * qq - q * q;
    if (spread <= 0) return old;
    double a = (STRETCH * qy - q * y) / spread, b = (a * q - y) / STRETCH;
    if (b < 0) b = 0, a = qq > 0 ? qy / qq : 0;
    return a > 0 ? (line){(float)a, (float)b} : old;
}

static line best_line(const float *x) {
    enum { STARTS = 9, ROUNDS = 3 };
    float low = 0, high = 0;
    double least = DBL_MAX;
    for (int i = 0; i < STRETCH; i++) low = fminf(low, x[i]), high = fmaxf(high, x[i]);
    line best = {(high - low) / LEVEL_MOST, -low};
    for (int s = 0; s < STARTS; s++) { /* from a scale that cuts the ends off by a third to one that leaves room */
        line l = {(high - low) / ((float)LEVEL_MOST + 0.6f * (float)(s - 2)), -low};
        for (int round = 0; round < ROUNDS; round++) {
            uint8_t levels[STRETCH];
            nearest_levels(x, l, levels);
            l = fit(x, levels, l);
            nearest_levels(x, l, levels);
            const double error = squared_error(x, l, levels);
            if (error < least) least = error, best = l;
        }
    }
    return best;
}

/* Writes the half nearest to `most` / 63 and returns it. */
static float put_unit(float most, uint8_t *out) {
    const uint16_t half = neume__half_narrow(fminf(most / SHORT_MOST, 65504.0f));
    memcpy(out, &half, sizeof half);
    return neume__half_widen(half);
}

static uint8_t to_short(float value, float unit) {
    return unit > 0 ? (uint8_t)fminf(rintf(value / unit), SHORT_MOST) : 0;
}

static void put_pair(uint8_t packed[12], int j, lm_pair pair) {
    if (j < 4) {
        packed[j] = pair.a, packed[j + 4] = pair.b;
        return;
    }
    packed[j + 4] = (uint8_t)((pair.a & 15) | (pair.b & 15) << 4);
    packed[j - 4] = (uint8_t)(packed[j - 4] | pair.a >> 4 << 6);
    packed[j] = (uint8_t)(packed[j] | pair.b >> 4 << 6);
}

static void encode_block(const float *x, uint8_t *block) {
    line lines[STRETCHES];
    float a_most = 0, b_most = 0;
    for (int j = 0; j < STRETCHES; j++) {
        lines[j] = best_line(x + j * STRETCH);
        a_most = fmaxf(a_most, lines[j].a), b_most = fmaxf(b_most, lines[j].b);
    }
    const float d = put_unit(a_most, block), m = put_unit(b_most, block + 2);
    for (int j = 0; j < STRETCHES; j++) {
        uint8_t levels[STRETCH], *to = block + 16 + j / 2 * STRETCH;
        const lm_pair pair = {to_short(lines[j].a, d), to_short(lines[j].b, m)};
        put_pair(block + 4, j, pair);
        nearest_levels(x + j * STRETCH, (line){d * (float)pair.a, m * (float)pair.b}, levels);
        for (int i = 0; i < STRETCH; i++) to[i] = (uint8_t)(j % 2 ? to[i] | levels[i] << 4 : levels[i]);
    }
}

void lm_encode_q4_k(const float *row, int64_t items, void *out) {
    uint8_t *block = out;
    for (; items > 0; items -= BLOCK, block += 144, row += BLOCK) encode_block(row, block);
}
