/* Drums that nobody built: membranes with a falling pitch, plates of many tones, and noise. */
#include "invent.h"

#include "filters.h"

#include "neume/synth.h"

#include <math.h>
#include <string.h>

enum { RATE = NEUME_SYNTH_RATE_HZ, MODES_MOST = 24 };

/* A drum of middle size, in a kit of middle taste. */
typedef struct drum {
    unsigned char key;
    float tone_hz, tone_fall, tone_s, tone_level; /* membranes: begins tone_fall times as high */
    float plate_hz, plate_s, plate_level;         /* plates: many tones from there up */
    float noise_low_hz, noise_high_hz, noise_s, noise_level;
    float rise_s; /* shaken things begin softly */
    int strokes;  /* claps and rattles: so many, close together */
} drum;

static const drum DRUMS[] = {
    {35, 48, 2.5f, 0.16f, 1, 0, 0, 0, 500, 3000, 0.010f, 0.2f, 0, 1},
    {36, 56, 3.5f, 0.13f, 1, 0, 0, 0, 1000, 6000, 0.008f, 0.3f, 0, 1},
    {37, 480, 1, 0.018f, 0.8f, 0, 0, 0, 1200, 5000, 0.014f, 0.9f, 0, 1},
    {38, 190, 1.4f, 0.07f, 0.7f, 0, 0, 0, 900, 8000, 0.11f, 0.9f, 0, 1},
    {39, 0, 1, 0, 0, 0, 0, 0, 800, 3000, 0.07f, 1, 0, 4},
    {40, 230, 1.3f, 0.05f, 0.8f, 0, 0, 0, 1500, 9000, 0.08f, 0.9f, 0, 1},
    {41, 75, 1.5f, 0.22f, 1, 0, 0, 0, 400, 3000, 0.02f, 0.15f, 0, 1},
    {42, 0, 1, 0, 0, 3200, 0.025f, 0.6f, 6000, 10000, 0.022f, 0.7f, 0, 1},
    {43, 92, 1.5f, 0.20f, 1, 0, 0, 0, 400, 3000, 0.02f, 0.15f, 0, 1},
    {44, 0, 1, 0, 0, 2800, 0.018f, 0.5f, 3500, 8000, 0.03f, 0.7f, 0.004f, 1},
    {45, 115, 1.5f, 0.18f, 1, 0, 0, 0, 400, 3000, 0.02f, 0.15f, 0, 1},
    {46, 0, 1, 0, 0, 3200, 0.25f, 0.6f, 6000, 10000, 0.22f, 0.7f, 0, 1},
    {47, 138, 1.5f, 0.16f, 1, 0, 0, 0, 400, 3000, 0.02f, 0.15f, 0, 1},
    {48, 165, 1.5f, 0.14f, 1, 0, 0, 0, 400, 3000, 0.02f, 0.15f, 0, 1},
    {49, 0, 1, 0, 0, 900, 0.7f, 0.7f, 2000, 10000, 0.5f, 0.8f, 0.002f, 1},
    {50, 200, 1.5f, 0.12f, 1, 0, 0, 0, 400, 3000, 0.02f, 0.15f, 0, 1},
    {51, 0, 1, 0, 0, 1500, 0.6f, 0.7f, 5000, 9000, 0.08f, 0.5f, 0, 1},
    {52, 0, 1, 0, 0, 600, 0.5f, 0.9f, 1500, 7000, 0.35f, 0.8f, 0.003f, 1},
    {53, 720, 1, 0.35f, 0.5f, 2000, 0.5f, 0.6f, 5000, 9000, 0.03f, 0.3f, 0, 1},
    {54, 0, 1, 0, 0, 5200, 0.06f, 0.7f, 6000, 10000, 0.05f, 0.6f, 0.003f, 3},
    {55, 0, 1, 0, 0, 1600, 0.22f, 0.6f, 4000, 10000, 0.18f, 0.8f, 0, 1},
    {56, 560, 1, 0.11f, 0.8f, 840, 0.08f, 0.4f, 2000, 6000, 0.01f, 0.2f, 0, 1},
    {57, 0, 1, 0, 0, 1100, 0.6f, 0.7f, 2500, 10000, 0.45f, 0.8f, 0.002f, 1},
    {59, 0, 1, 0, 0, 1900, 0.5f, 0.7f, 6000, 10000, 0.06f, 0.4f, 0, 1},
    {60, 420, 1.15f, 0.06f, 1, 0, 0, 0, 1000, 4000, 0.012f, 0.25f, 0, 1},
    {61, 310, 1.15f, 0.07f, 1, 0, 0, 0, 1000, 4000, 0.012f, 0.25f, 0, 1},
    {62, 330, 1.1f, 0.03f, 1, 0, 0, 0, 1000, 4000, 0.015f, 0.4f, 0, 1},
    {63, 280, 1.1f, 0.13f, 1, 0, 0, 0, 700, 3500, 0.012f, 0.25f, 0, 1},
    {64, 200, 1.1f, 0.15f, 1, 0, 0, 0, 700, 3500, 0.012f, 0.25f, 0, 1},
    {65, 340, 1.1f, 0.12f, 0.9f, 0, 0, 0, 1500, 7000, 0.04f, 0.5f, 0, 1},
    {66, 240, 1.1f, 0.14f, 0.9f, 0, 0, 0, 1500, 7000, 0.04f, 0.5f, 0, 1},
    {67, 900, 1, 0.12f, 0.8f, 1700, 0.09f, 0.3f, 3000, 8000, 0.006f, 0.2f, 0, 1},
    {68, 680, 1, 0.13f, 0.8f, 1300, 0.09f, 0.3f, 3000, 8000, 0.006f, 0.2f, 0, 1},
    {69, 0, 1, 0, 0, 0, 0, 0, 5000, 10000, 0.035f, 1, 0.012f, 2},
    {70, 0, 1, 0, 0, 0, 0, 0, 4500, 9000, 0.018f, 1, 0.006f, 1},
    {75, 2400, 1, 0.022f, 1, 0, 0, 0, 2000, 8000, 0.004f, 0.2f, 0, 1},
    {76, 1050, 1, 0.030f, 1, 0, 0, 0, 1500, 6000, 0.005f, 0.3f, 0, 1},
    {77, 780, 1, 0.034f, 1, 0, 0, 0, 1500, 6000, 0.005f, 0.3f, 0, 1},
    {80, 0, 1, 0, 0, 4200, 0.05f, 1, 7000, 10000, 0.006f, 0.15f, 0, 1},
    {81, 0, 1, 0, 0, 4200, 0.7f, 1, 7000, 10000, 0.006f, 0.15f, 0, 1},
    {82, 0, 1, 0, 0, 0, 0, 0, 5500, 10000, 0.03f, 1, 0.016f, 1},
};

invent_kit neume__invent_kit(neume_rng *rng) {
    return (invent_kit){.size = exp2(neume_rng_uniform(rng, -0.35, 0.35)),
                        .damping = exp2(neume_rng_uniform(rng, -0.8, 0.8)),
                        .brightness = exp2(neume_rng_uniform(rng, -0.6, 0.3)),
                        .noisy = exp2(neume_rng_uniform(rng, -1, 1)),
                        .seed = (uint64_t)neume_rng_u32(rng)};
}

/* Near 1, the same whenever asked in the same order. */
static double own(neume_rng *rng, double octaves) {
    return exp2(octaves * neume_rng_uniform(rng, -1, 1));
}

/* One tone: begins `fall` times as high and dies away. */
typedef struct mode {
    double hz, fall, decay_s, level, phase;
} mode;

static void add_mode(mode m, float *x, size_t count) {
    for (size_t i = 0; i < count; i++) {
        double t = (double)i / RATE, envelope = exp(-t / m.decay_s);
        if (envelope < 1e-4) return;
        m.phase += 2 * M_PI * m.hz * (1 + (m.fall - 1) * exp(-t / 0.025)) / RATE;
        x[i] += (float)(m.level * envelope * sin(m.phase));
    }
}

static void add_membrane(const drum *d, const invent_kit *kit, neume_rng *rng, float *x, size_t count) {
    static const double ratio[] = {1, 1.59, 2.14, 2.30, 2.65}; /* of an ideal membrane */
    double hz = (double)d->tone_hz * kit->size * own(rng, 0.25),
           decay_s = (double)d->tone_s * kit->damping * own(rng, 0.5);
    double fall = 1 + ((double)d->tone_fall - 1) * own(rng, 1), over = neume_rng_uniform(rng, 0.05, 0.5);
    for (size_t m = 0; m < sizeof ratio / sizeof *ratio; m++) {
        double level = (double)d->tone_level * (m ? over / (double)m : 1), phase = neume_rng_uniform(rng, 0, 6);
        add_mode((mode){hz * ratio[m], fall, decay_s / (1 + 0.8 * (double)m), level, phase}, x, count);
    }
}

static void add_plate(const drum *d, const invent_kit *kit, neume_rng *rng, float *x, size_t count) {
    double low_hz = (double)d->plate_hz * own(rng, 0.3), decay_s = (double)d->plate_s * kit->damping * own(rng, 0.5);
    int modes = 8 + (int)neume_rng_below(rng, MODES_MOST - 8);
    for (int m = 0; m < modes; m++) {
        double hz = low_hz * pow(9500 / low_hz, neume_rng_uniform(rng, 0, 1));
        double lasts_s = decay_s * own(rng, 0.8), level = (double)d->plate_level / sqrt(modes) * own(rng, 1);
        add_mode((mode){hz, 1, lasts_s, level, neume_rng_uniform(rng, 0, 6)}, x, count);
    }
}

/* The envelope of noise: one stroke, or several close together, the last the longest. */
static double noise_envelope(const drum *d, double decay_s, double rise_s, double gap_s, double t) {
    double sum = 0;
    for (int s = 0; s < d->strokes; s++) {
        double since = t - s * gap_s, length_s = s + 1 < d->strokes ? fmin(decay_s, gap_s * 0.5) : decay_s;
        if (since < 0) continue;
        sum += (rise_s > 0 ? fmin(since / rise_s, 1) : 1) * exp(-fmax(since - rise_s, 0) / length_s);
    }
    return sum;
}

static bool add_noise(const drum *d, const invent_kit *kit, neume_rng *rng, float *x, size_t count) {
    float *noise = neume__alloc(count * sizeof *noise);
    if (!noise) return false;
    double low_hz = (double)d->noise_low_hz * kit->brightness * own(rng, 0.3),
           high_hz = fmin((double)d->noise_high_hz * kit->brightness * own(rng, 0.2), 10500);
    double decay_s = (double)d->noise_s * kit->damping * own(rng, 0.5), rise_s = (double)d->rise_s * own(rng, 0.7),
           gap_s = 0.011 * own(rng, 0.6), level = 1.5 * (double)d->noise_level * kit->noisy * own(rng, 0.5);
    biquad high = neume__biquad_high_pass(low_hz, neume_rng_uniform(rng, 0.6, 1.5)),
           low = neume__biquad_low_pass(high_hz, neume_rng_uniform(rng, 0.5, 1.2));
    for (size_t i = 0; i < count; i++) noise[i] = (float)neume_rng_normal(rng);
    neume__biquad_run(&high, noise, count);
    neume__biquad_run(&low, noise, count);
    for (size_t i = 0; i < count; i++)
        x[i] += noise[i] * (float)(level * noise_envelope(d, decay_s, rise_s, gap_s, (double)i / RATE));
    neume__free(noise);
    return true;
}

/* Kits are mixed as somebody likes them: metal and shaken things mostly lie below the skins. */
static double loudness(const drum *d, neume_rng *rng) {
    return pow(10, (d->tone_level > 0 ? neume_rng_uniform(rng, -8, 0) : neume_rng_uniform(rng, -16, 0)) / 20);
}

bool neume__invent_drum(const invent_kit *kit, int key, int velocity, float *x, size_t count) {
    const drum *d = NULL;
    for (size_t i = 0; i < sizeof DRUMS / sizeof *DRUMS; i++)
        if (DRUMS[i].key == key) d = &DRUMS[i];
    if (!d) return false;
    neume_rng rng = neume_rng_seeded(kit->seed, (uint64_t)key);
    memset(x, 0, count * sizeof *x);
    if (d->tone_level > 0) add_membrane(d, kit, &rng, x, count);
    if (d->plate_level > 0) add_plate(d, kit, &rng, x, count);
    if (!add_noise(d, kit, &rng, x, count)) return false;
    float peak = 1e-9f, wanted = (float)(0.6 * pow(velocity / 127.0, 1.6) * loudness(d, &rng));
    for (size_t i = 0; i < count; i++) peak = fmaxf(peak, fabsf(x[i]));
    for (size_t i = 0; i < count; i++) x[i] *= wanted / peak;
    return true;
}
