/* Early reflections are a handful of single echoes; they feed a feedback delay network, which makes the dense tail
 * (Schroeder 1962 for feedback delays as reverberation; Jot & Chaigne 1991 for the network and its damping):
 *
 *     eight delay lines of lengths d, each through a gain and a one-pole low-pass, mixed by the Householder matrix
 *     I - 2/8 (all ones), which loses nothing, and fed back.
 *
 * Sound that went round a line of d seconds has lost 60 dB * d / RT60, so the line's gain is 10^(-3 d / RT60); the
 * one-pole brings it to 10^(-3 d / (share RT60)) at half the sample rate. */
#include "room.h"

#include "neume/synth.h"

#include <math.h>
#include <string.h>

enum {
    RATE = NEUME_SYNTH_RATE_HZ,
    LINES = 8,
    LINE_SAMPLES = 2048, /* a power of two above the longest delay */
    TAPS_MOST = 10,
};

typedef struct network {
    float line[LINES][LINE_SAMPLES];
    uint32_t delay[LINES];
    float gain[LINES], pole[LINES], damped[LINES];
} network;

static void network_init(network *net, const room_design *design, neume_rng *rng) {
    memset(net, 0, sizeof *net);
    for (int l = 0; l < LINES; l++) {
        double delay_s = (0.022 + 0.007 * l) * neume_rng_uniform(rng, 0.9, 1.1); /* 20 - 78 ms, none twice */
        net->delay[l] = (uint32_t)(delay_s * RATE);
        double low = pow(10, -3 * delay_s / design->rt60_s);
        double high = pow(10, -3 * delay_s / (design->rt60_s * design->treble_share)), share = high / low;
        net->pole[l] = (float)((1 - share) / (1 + share));
        net->gain[l] = (float)(low * (1 - (1 - share) / (1 + share)));
    }
}

/* One sample round the network: in goes to all lines, out is their sum with alternating signs. */
static float network_step(network *net, uint32_t now, float in) {
    float heard[LINES], sum = 0, out = 0;
    for (int l = 0; l < LINES; l++) {
        float late = net->line[l][(now - net->delay[l]) % LINE_SAMPLES];
        net->damped[l] = net->gain[l] * late + net->pole[l] * net->damped[l];
        heard[l] = net->damped[l];
        sum += heard[l];
        out += l % 2 ? -heard[l] : heard[l];
    }
    sum *= 2.0f / LINES;
    for (int l = 0; l < LINES; l++) net->line[l][now % LINE_SAMPLES] = in + heard[l] - sum;
    return out;
}

/* wet = random echoes of dry between 2 and 50 ms, later ones weaker. */
static void add_echoes(const float *dry, size_t count, float *wet, neume_rng *rng) {
    int taps = 5 + (int)neume_rng_below(rng, TAPS_MOST - 4);
    for (int k = 0; k < taps; k++) {
        double delay_s = neume_rng_uniform(rng, 0.002, 0.050);
        float gain = (float)(neume_rng_uniform(rng, 0.3, 1) * exp(-delay_s / 0.03));
        size_t delay = (size_t)(delay_s * RATE);
        if (neume_rng_chance(rng, 0.5)) gain = -gain;
        for (size_t i = delay; i < count; i++) wet[i] += gain * dry[i - delay];
    }
}

static double energy(const float *x, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) sum += (double)(x[i] * x[i]);
    return sum;
}

neume_status neume__room_add(const room_design *design, float *x, size_t count, neume_rng *rng) {
    float *wet = neume__calloc(count, sizeof *wet);
    network *net = neume__alloc(sizeof *net);
    if (!wet || !net) {
        neume__free(wet);
        neume__free(net);
        return NEUME_ENOMEM;
    }
    network_init(net, design, rng);
    add_echoes(x, count, wet, rng);
    float late = (float)neume_rng_uniform(rng, 0.3, 1);
    for (size_t i = 0; i < count; i++) wet[i] += late * network_step(net, (uint32_t)i, 0.35f * wet[i] + 1e-18f);
    double dry_energy = energy(x, count), wet_energy = energy(wet, count);
    if (dry_energy > 0 && wet_energy > 1e-12 * dry_energy) {
        float gain = (float)sqrt(dry_energy / wet_energy * pow(10, -design->direct_db / 10));
        for (size_t i = 0; i < count; i++) x[i] += gain * wet[i];
    }
    neume__free(wet);
    neume__free(net);
    return NEUME_OK;
}
