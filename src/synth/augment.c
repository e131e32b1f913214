/* What lies between an instrument and a file, in the order sound meets it: room, equaliser, compressor, noise, band
 * limits, clipping, level. Each is drawn by chance; the ranges come from the augmentation table of the hearing model
 * (docs). Nothing moves sound in time: the direct sound passes the room unchanged, all filters have minimal phase. */
#include "filters.h"
#include "noise.h"
#include "room.h"

#include "neume/synth.h"

#include <math.h>

enum { RATE = NEUME_SYNTH_RATE_HZ };

static const double BUTTERWORTH_Q = M_SQRT1_2;

static double decibels(double db) {
    return pow(10, db / 20);
}

static double log_uniform(neume_rng *rng, double low, double high) {
    return low * pow(high / low, neume_rng_uniform(rng, 0, 1));
}

static float peak_of(const float *x, size_t count) {
    float peak = 0;
    for (size_t i = 0; i < count; i++) peak = fmaxf(peak, fabsf(x[i]));
    return peak;
}

static void scale(float *x, size_t count, float gain) {
    for (size_t i = 0; i < count; i++) x[i] *= gain;
}

static neume_status room(float *x, size_t count, neume_rng *rng) {
    room_design design = {.rt60_s = log_uniform(rng, 0.15, 1.5)};
    design.treble_share = neume_rng_uniform(rng, 0.3, 0.9);
    design.direct_db = neume_rng_uniform(rng, -3, 18);
    return neume__room_add(&design, x, count, rng);
}

/* Peaks and a tilt: three shelves, 2.4 octaves apart, each with what the tilt makes of 2.4 octaves. */
static void shape(float *x, size_t count, int64_t peaks, double most_db, neume_rng *rng) {
    for (int64_t k = 0; k < peaks; k++) {
        double frequency_hz = log_uniform(rng, 50, 9000), q = neume_rng_uniform(rng, 0.5, 2);
        biquad peak = neume__biquad_peak(frequency_hz, q, neume_rng_uniform(rng, -most_db, most_db));
        neume__biquad_run(&peak, x, count);
    }
    double tilt_db_per_octave = neume_rng_uniform(rng, -1.5, 1.5);
    for (double frequency_hz = 150; frequency_hz < 5000; frequency_hz *= exp2(2.4)) {
        biquad shelf = neume__biquad_high_shelf(frequency_hz, 0.5, 2.4 * tilt_db_per_octave);
        neume__biquad_run(&shelf, x, count);
    }
}

static neume_status equalise(float *x, size_t count, neume_rng *rng) {
    shape(x, count, 2 + neume_rng_below(rng, 3), 10, rng);
    return NEUME_OK;
}

void neume_colour(float *pcm, size_t count, neume_rng *rng) {
    shape(pcm, count, 2 + neume_rng_below(rng, 2), 9, rng);
}

/* Gain follows a peak meter; it is worked out every 16 samples and moves evenly between. Threshold below the segment's
 * peak. */
static neume_status compress(float *x, size_t count, neume_rng *rng) {
    enum { STEP = 16 };
    float threshold = peak_of(x, count) * (float)decibels(neume_rng_uniform(rng, -35, -10));
    float power = (float)(1 / neume_rng_uniform(rng, 2, 8) - 1);
    float rise = 1 - expf((float)(-STEP / (neume_rng_uniform(rng, 0.001, 0.030) * RATE)));
    float fall = 1 - expf((float)(-STEP / (neume_rng_uniform(rng, 0.05, 0.3) * RATE)));
    float meter = 0, gain = 1;
    if (threshold <= 0) return NEUME_OK;
    for (size_t start = 0; start < count; start += STEP) {
        size_t n = count - start < STEP ? count - start : STEP;
        float peak = peak_of(x + start, n);
        meter += (peak > meter ? rise : fall) * (peak - meter);
        float wanted = meter > threshold ? powf(meter / threshold, power) : 1, step = (wanted - gain) / STEP;
        for (size_t i = 0; i < n; i++) x[start + i] *= gain + step * (float)i;
        gain = wanted;
    }
    return NEUME_OK;
}

static neume_status add_noise(float *x, size_t count, neume_rng *rng) {
    static const double SILENCE_LEVEL = 0.01; /* under silence noise lies as under a signal of this level */
    float *noise = neume__alloc(count * sizeof *noise);
    if (!noise) return NEUME_ENOMEM;
    neume__noise_fill((noise_kind)neume_rng_below(rng, NOISE_KINDS), noise, count, rng);
    double power = 0;
    for (size_t i = 0; i < count; i++) power += (double)(x[i] * x[i]);
    double level = fmax(sqrt(power / (double)count), SILENCE_LEVEL);
    float gain = (float)(level * decibels(-neume_rng_uniform(rng, 8, 45)));
    for (size_t i = 0; i < count; i++) x[i] += gain * noise[i];
    neume__free(noise);
    return NEUME_OK;
}

static neume_status low_pass(float *x, size_t count, neume_rng *rng) {
    biquad filter = neume__biquad_low_pass(neume_rng_uniform(rng, 3500, 11000), BUTTERWORTH_Q);
    neume__biquad_run(&filter, x, count);
    if (neume_rng_chance(rng, 0.5)) neume__biquad_run(&filter, x, count);
    return NEUME_OK;
}

static neume_status high_pass(float *x, size_t count, neume_rng *rng) {
    biquad filter = neume__biquad_high_pass(neume_rng_uniform(rng, 30, 250), BUTTERWORTH_Q);
    neume__biquad_run(&filter, x, count);
    return NEUME_OK;
}

static neume_status clip(float *x, size_t count, neume_rng *rng) {
    float peak = peak_of(x, count), drive = (float)log_uniform(rng, 1.3, 5);
    bool soft = neume_rng_chance(rng, 0.6);
    if (peak <= 0) return NEUME_OK;
    for (size_t i = 0; i < count; i++) {
        float driven = x[i] / peak * drive;
        x[i] = peak * (soft ? tanhf(driven) : fminf(fmaxf(driven, -1), 1));
    }
    return NEUME_OK;
}

/* The peak comes to -24 .. 0 dB of full scale, either way up; near silence is not blown up by more than 40 dB. */
static void set_level(float *x, size_t count, neume_rng *rng) {
    static const double MOST_GAIN = 100;
    double peak = (double)peak_of(x, count), wanted = decibels(neume_rng_uniform(rng, -24, 0));
    double gain = peak > 0 ? fmin(wanted / peak, MOST_GAIN) : 1;
    scale(x, count, (float)(neume_rng_chance(rng, 0.5) ? -gain : gain));
}

neume_status neume_augment(float *pcm, size_t count, const neume_augment_options *options, neume_rng *rng) {
    static const struct {
        double probability; /* at strength 1 */
        neume_status (*apply)(float *, size_t, neume_rng *);
    } effects[] = {{0.5, room},      {0.8, equalise},   {0.3, compress}, {0.5, add_noise},
                   {0.25, low_pass}, {0.15, high_pass}, {0.1, clip}};
    if (count == 0) return NEUME_OK;
    for (size_t i = 0; i < count; i++)
        if (!isfinite(pcm[i])) return neume_fail(NEUME_EINVAL, "sample %zu is no number", i);
    bool clean = neume_rng_chance(rng, options->clean_share);
    for (size_t e = 0; e < sizeof effects / sizeof *effects; e++) {
        bool drawn = neume_rng_chance(rng, effects[e].probability * options->strength);
        if (drawn && !clean) NEUME_TRY(effects[e].apply(pcm, count, rng));
    }
    set_level(pcm, count, rng);
    return NEUME_OK;
}
