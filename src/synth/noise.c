/* White: every sample by chance. Brown: its leaky sum (-6 dB an octave). Pink: between them (-3 dB an octave), by
 * adding low-passed whites whose corners lie two octaves apart, each half as strong in power per octave. Hum: the mains
 * and its harmonics. Crackle: short random bursts as of a worn record. */
#include "noise.h"

#include "neume/synth.h"

#include <math.h>

enum { RATE = NEUME_SYNTH_RATE_HZ };

/* Near enough normal: the sum of two even distributions. */
static float chance(neume_rng *rng) {
    uint32_t r = neume_rng_u32(rng);
    return (float)((int32_t)(r & 0xffff) + (int32_t)(r >> 16) - 0xffff) * (1.0f / 0xffff);
}

static void white(float *out, size_t count, neume_rng *rng) {
    for (size_t i = 0; i < count; i++) out[i] = chance(rng);
}

static void brown(float *out, size_t count, neume_rng *rng) {
    float sum = 0;
    const float leak = 1 - 2 * (float)M_PI * 20 / RATE; /* flat below 20 Hz */
    for (size_t i = 0; i < count; i++) out[i] = sum = leak * sum + chance(rng);
}

static void pink(float *out, size_t count, neume_rng *rng) {
    enum { STAGES = 5 };
    float state[STAGES] = {0}, rate[STAGES];
    for (int s = 0; s < STAGES; s++) rate[s] = 1 - expf(-2 * (float)M_PI * 20 * powf(4, (float)s) / RATE);
    for (size_t i = 0; i < count; i++) {
        float in = chance(rng), sum = 0;
        for (int s = 0; s < STAGES; s++) {
            state[s] += rate[s] * (in - state[s]);
            sum += state[s] *
                   exp2f((float)(STAGES - s)); /* amplitude halves while the corner rises by four: -3 dB an octave */
        }
        out[i] = sum + in;
    }
}

static void hum(float *out, size_t count, neume_rng *rng) {
    double mains_hz = (neume_rng_chance(rng, 0.5) ? 50 : 60) * neume_rng_uniform(rng, 0.998, 1.002);
    for (size_t i = 0; i < count; i++) out[i] = 0;
    for (int k = 1; k <= 8; k++) {
        float gain = (float)(neume_rng_uniform(rng, 0, 1) / k);
        double turn = 2 * M_PI * mains_hz * k / RATE, start = neume_rng_uniform(rng, 0, 2 * M_PI);
        float c = (float)cos(start), s = (float)sin(start), step_c = (float)cos(turn), step_s = (float)sin(turn);
        for (size_t i = 0; i < count; i++) {
            out[i] += gain * s;
            float next = c * step_c - s * step_s;
            s = s * step_c + c * step_s;
            c = next;
        }
    }
}

static void crackle(float *out, size_t count, neume_rng *rng) {
    double per_s = neume_rng_uniform(rng, 3, 40);
    for (size_t i = 0; i < count; i++) out[i] = 0;
    for (double at_s = 0; at_s * RATE < (double)count;) {
        at_s -= log(1 - neume_rng_uniform(rng, 0, 1)) / per_s;
        size_t start = (size_t)(at_s * RATE), length = 4 + (size_t)neume_rng_below(rng, 30);
        float gain = (float)neume_rng_uniform(rng, 0.2, 1);
        for (size_t k = 0; k < length && start + k < count; k++)
            out[start + k] += gain * chance(rng) * (1 - (float)k / (float)length);
    }
}

void neume__noise_fill(noise_kind kind, float *out, size_t count, neume_rng *rng) {
    static void (*const makers[NOISE_KINDS])(float *, size_t, neume_rng *) = {white, pink, brown, hum, crackle};
    makers[kind](out, count, rng);
    double power = 0;
    for (size_t i = 0; i < count; i++) power += (double)(out[i] * out[i]);
    float gain = power > 0 ? (float)sqrt((double)count / power) : 0;
    for (size_t i = 0; i < count; i++) out[i] *= gain;
}
