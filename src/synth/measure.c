/* How a single note begins, falls, repeats and is tuned. */
#include "measure.h"

#include "bank_format.h"

#include <math.h>
#include <string.h>

enum { RATE = NEUME_SYNTH_RATE_HZ, WINDOW = RATE / 50 }; /* levels are taken over 20 ms */

float neume__peak(const float *x, size_t count) {
    float peak = 0;
    for (size_t i = 0; i < count; i++) peak = fmaxf(peak, fabsf(x[i]));
    return peak;
}

double neume__rms(const float *x, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) sum += (double)x[i] * (double)x[i];
    return count ? sqrt(sum / (double)count) : 0;
}

size_t neume__attack_samples(const float *x, size_t count, float share) {
    float threshold = share * neume__peak(x, count < RATE ? count : RATE);
    size_t i = 0;
    while (i < count && fabsf(x[i]) < threshold) i++;
    return i;
}

size_t neume__end_samples(const float *x, size_t count, float share) {
    float threshold = share * neume__peak(x, count);
    while (count && fabsf(x[count - 1]) < threshold) count--;
    return count;
}

double neume__fall_db_per_s(const float *x, size_t count) {
    const size_t half = RATE * 8 / 10;
    if (count < 2 * half) return 0;
    double before = neume__rms(x + count - 2 * half, half), after = neume__rms(x + count - half, half);
    return 20 * log10((before + 1e-12) / (after + 1e-12)) / 0.8;
}

double neume__decay_s(const float *x, size_t count, double drop_db, double fall_db_per_s) {
    double peak = 0, last = 0;
    size_t windows = count / WINDOW, end = 0;
    for (size_t w = 0; w < windows; w++) peak = fmax(peak, neume__rms(x + w * WINDOW, WINDOW));
    for (size_t w = 0; w < windows; w++) {
        double level = neume__rms(x + w * WINDOW, WINDOW);
        if (level >= peak * pow(10, -drop_db / 20)) end = w + 1, last = level;
    }
    double end_s = (double)(end * WINDOW) / RATE;
    if (end + 1 < windows) return fmax(end_s, 0.01);
    if (fall_db_per_s < 1.5) return BANK_SUSTAINS_S; /* such a note takes half a minute: it is held */
    return end_s + fmax(0, drop_db + 20 * log10((last + 1e-12) / (peak + 1e-12))) / fall_db_per_s;
}

/* Normalised correlation of two stretches. */
static NEUME_VECTOR float alike(const float *a, const float *b, size_t n) {
    float ab = 0, aa = 0, bb = 0;
#pragma omp simd reduction(+ : ab, aa, bb)
    for (size_t i = 0; i < n; i++) {
        ab += a[i] * b[i];
        aa += a[i] * a[i];
        bb += b[i] * b[i];
    }
    return ab / (sqrtf(aa * bb) + 1e-20f);
}

size_t neume__loop_start(const float *x, size_t count) {
    enum { MATCH = 1024, SHORTEST = RATE * 9 / 10, LONGEST = RATE * 11 / 10 };
    size_t best = count - SHORTEST;
    float best_match = -2;
    for (size_t length = SHORTEST; length <= LONGEST; length++) {
        float match = alike(x + count - MATCH, x + count - length - MATCH, MATCH);
        if (match > best_match) best_match = match, best = count - length;
    }
    return best;
}

/* The normalised square difference's complement at a lag (McLeod & Wyvill 2005): 1 for a perfect period. */
static double periodicity(const float *x, size_t n, size_t lag) {
    double both = 0, energy = 1e-20;
    for (size_t i = 0; i + lag < n; i++) {
        both += (double)x[i] * (double)x[i + lag];
        energy += (double)x[i] * (double)x[i] + (double)x[i + lag] * (double)x[i + lag];
    }
    return 2 * both / energy;
}

/* The best periodicity within some cents of a period; *cents is how much higher than the period's pitch it lies. */
static double best_near(const float *x, size_t n, double period, double within_cents, double *cents) {
    long low = (long)floor(period * exp2(-within_cents / 1200)), high = (long)ceil(period * exp2(within_cents / 1200));
    double best = -2;
    long best_lag = low;
    for (long lag = low < 2 ? 2 : low; lag <= high && (size_t)lag < n / 2; lag++) {
        double match = periodicity(x, n, (size_t)lag);
        if (match > best) best = match, best_lag = lag;
    }
    if (best < -1) return best;
    double before = periodicity(x, n, (size_t)best_lag - 1), after = periodicity(x, n, (size_t)best_lag + 1);
    double curve = before - 2 * best + after, shift = curve < 0 ? 0.5 * (before - after) / curve : 0;
    *cents = 1200 * log2(period / ((double)best_lag + shift));
    return best;
}

/* A sound repeats after its own period and all multiples of it, so the pitch asked for is right when the sound repeats
 * after its period but not already after a half or a third of it. Long multiples sharpen the estimate of high notes. */
pitch_verdict neume__judge_pitch(const float *x, size_t count, int pitch, double *cents) {
    size_t skip = RATE / 5, n = RATE * 2 / 5; /* after the attack */
    if (count < skip + n) return PITCH_UNCLEAR;
    x += skip;
    double period = RATE / (440 * exp2((pitch - 69) / 12.0)), ignored;
    double multiple = fmax(1, floor(100 / period));
    double fits = best_near(x, n, period * multiple, fmin(80, 500 / multiple), cents);
    double octave_up = period >= 8 ? best_near(x, n, period / 2, 60, &ignored) : -1;
    double octave_down = best_near(x, n, period * multiple * 2, fmin(80, 250 / multiple), &ignored);
    double third = best_near(x, n, period * multiple * 3, fmin(80, 170 / multiple), &ignored);
    if (octave_up > 0.97 && octave_up > fits - 0.01) return PITCH_ELSEWHERE;
    if (fits > 0.85) return fabs(*cents) > 30 ? PITCH_OUT_OF_TUNE : PITCH_FITS;
    if (fits < 0.5 && fmax(octave_down, third) > 0.9) return PITCH_ELSEWHERE;
    return PITCH_UNCLEAR;
}
