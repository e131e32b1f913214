/* One note of an invented instrument: partials with levels, beginnings and ends of their own, and noise.
 *
 * What tells instruments apart is put in as physics has it (Fletcher & Rossing, The Physics of Musical Instruments,
 * 1998): strings are stiff and lack the partials that have a node where they are plucked, high partials die first, a
 * closed cylinder lacks even partials, bodies and mouths have peaks that stay in place, brass grows brighter as it
 * grows louder, pipes speak with a chiff. */
#include "invent.h"

#include "filters.h"

#include "neume/synth.h"

#include <math.h>
#include <string.h>

enum { RATE = NEUME_SYNTH_RATE_HZ, BLOCK = 64, PARTIALS_MOST = 60, DRAWBARS = 6 };

static const double HIGHEST_HZ = 9500, QUIETEST_DB = -75, MIDDLE_C_HZ = 261.6256;

static double amplitude(double db) {
    return pow(10, db / 20);
}

/* --- one partial -------------------------------------------------------------------------------------------------- */

typedef struct partial {
    double hz, db; /* as it is loudest */
    double attack_s, late_s, decay_db_s, after_db_s;
    double wander_phase;
} partial;

static double mode_ratio(const invent_design *d, int k, double stiffness) {
    static const double bar[] = {1, 2.756, 5.404, 8.933, 13.34}, tuned[] = {1, 4, 10.1, 16.5},
                        tube[] = {1, 1.5, 2, 2.5, 3, 4.2}, drawbars[DRAWBARS] = {1, 2, 3, 4, 6, 8};
    const size_t i = (size_t)k - 1;
    switch (d->modes) {
    case MODES_BAR:
        return i < sizeof bar / sizeof *bar ? bar[i] : 0;
    case MODES_TUNED_BAR:
        return i < sizeof tuned / sizeof *tuned ? tuned[i] : 0;
    case MODES_TUBE:
        return i < sizeof tube / sizeof *tube ? tube[i] : 0;
    case MODES_DRAWBARS:
        return i < DRAWBARS ? drawbars[i] : 0;
    case MODES_HARMONIC:
        break;
    }
    return k * sqrt(1 + stiffness * k * k);
}

static double body_db(const invent_design *d, double hz) {
    double db = 0;
    for (int b = 0; b < d->bodies; b++) {
        double off = log2(hz / d->body[b].hz) / d->body[b].octaves;
        db += d->body[b].db * exp(-off * off);
    }
    double above = hz / d->low_pass_hz;
    return db - 10 * log10(1 + above * above * above * above);
}

/* How loud partial k is; softness 0 .. 1. */
static double partial_db(const invent_design *d, int k, double ratio, double hz, double softness, neume_rng *rng) {
    double octaves = log2(ratio), db = d->tilt_db * octaves - softness * d->loud_db * octaves + body_db(d, hz);
    if (d->modes == MODES_HARMONIC && k % 2 == 0 && hz < d->even_hz) db -= d->even_db;
    if (d->pluck_at > 0) db += 20 * log10(fabs(sin(M_PI * k * d->pluck_at)) + 0.03);
    return db + d->jitter_db * neume_rng_normal(rng);
}

static partial make_partial(const invent_design *d, double ratio, double hz, double db) {
    double octaves = log2(ratio), up = log2(hz / ratio / MIDDLE_C_HZ);
    partial p = {.hz = hz, .db = db, .attack_s = d->attack_s, .late_s = d->attack_s * d->attack_spread * octaves};
    if (d->struck) {
        double sixty_s = d->decay_s * exp2(-d->decay_octave * up) / (1 + d->damping * hz / 1000);
        p.decay_db_s = 60 / fmax(sixty_s, 0.05);
        p.after_db_s = p.decay_db_s / d->after_ratio;
    }
    return p;
}

/* Level at a time, beside its loudest; 1 = that. */
static double level_at(const invent_design *d, const partial *p, double t) {
    double since = t - p->late_s;
    if (since <= 0) return 0;
    double rise = d->struck ? fmin(since / p->attack_s, 1) : 1 - exp(-2.3 * since / p->attack_s);
    double fall = 1;
    if (d->struck) {
        double quick = amplitude(-p->decay_db_s * since), slow = amplitude(d->after_db - p->after_db_s * since);
        fall = quick > slow ? quick : slow;
    }
    double wander = d->wander_db * sin(2 * M_PI * d->wander_hz * t + p->wander_phase);
    return rise * fall * amplitude(wander);
}

/* Adds a partial, block by block: its level moves evenly, its frequency stands still within one. */
static void add_partial(const invent_design *d, const partial *p, double vibrato_phase, neume_rng *rng, float *x,
                        size_t count) {
    double phase = neume_rng_uniform(rng, 0, 2 * M_PI), loudest = amplitude(p->db), level = loudest * level_at(d, p, 0);
    for (size_t i = 0; i < count; i += BLOCK) {
        size_t n = count - i < BLOCK ? count - i : BLOCK;
        double t = (double)i / RATE, next = loudest * level_at(d, p, t + (double)BLOCK / RATE);
        double cents = d->vibrato_cents * fmin(t / 0.5, 1) * sin(2 * M_PI * d->vibrato_hz * t + vibrato_phase);
        double turn = 2 * M_PI * p->hz * exp2(cents / 1200) / RATE;
        float re = (float)cos(phase), im = (float)sin(phase), c = (float)cos(turn), s = (float)sin(turn);
        float at = (float)level, step = (float)((next - level) / BLOCK);
        for (size_t j = 0; j < n; j++) {
            x[i + j] += at * im;
            float turned = re * c - im * s;
            im = re * s + im * c;
            re = turned;
            at += step;
        }
        phase = fmod(phase + turn * (double)n, 2 * M_PI);
        level = next;
    }
}

/* --- one note ----------------------------------------------------------------------------------------------------- */

static void add_player(const invent_design *d, int pitch, double softness, neume_rng *rng, float *x, size_t count) {
    double cents = d->players > 1 ? d->spread_cents * neume_rng_normal(rng) : 0;
    double base_hz = 440 * exp2((pitch - 69 + cents / 100) / 12), vibrato_phase = neume_rng_uniform(rng, 0, 2 * M_PI);
    double stiffness = d->stiffness * exp2((pitch - 60) / 9.0);
    for (int k = 1; k <= PARTIALS_MOST; k++) {
        neume_rng own =
            neume_rng_seeded(d->seed, (uint64_t)k + 100 * (uint64_t)pitch); /* the same in all layers of a note */
        double ratio = mode_ratio(d, k, stiffness), hz = base_hz * ratio;
        if (ratio <= 0 || hz > HIGHEST_HZ) break;
        double db = partial_db(d, k, ratio, hz, softness, &own);
        if (db < QUIETEST_DB) continue;
        partial p = make_partial(d, ratio, hz, db);
        p.wander_phase = neume_rng_uniform(rng, 0, 2 * M_PI);
        add_partial(d, &p, vibrato_phase, rng, x, count);
    }
}

static void to_peak(float *x, size_t count, float peak) {
    float most = 1e-9f;
    for (size_t i = 0; i < count; i++) most = fmaxf(most, fabsf(x[i]));
    for (size_t i = 0; i < count; i++) x[i] *= peak / most;
}

/* Noise beside the tone, whose peak is 1. */
static neume_status add_noise(const invent_design *d, neume_rng *rng, float *x, size_t count) {
    float *noise = neume__alloc(count * sizeof *noise);
    if (!noise) return NEUME_ENOMEM;
    for (size_t i = 0; i < count; i++) noise[i] = (float)neume_rng_normal(rng);
    biquad low = neume__biquad_low_pass(d->noise_hz, 0.7);
    neume__biquad_run(&low, noise, count);
    double steady = amplitude(d->noise_db), burst = amplitude(d->burst_db);
    for (size_t i = 0; i < count; i++) {
        double t = (double)i / RATE, breath = d->struck ? 0 : steady * fmin(t / d->attack_s, 1);
        x[i] += noise[i] * (float)(breath + burst * exp(-t / d->burst_s));
    }
    neume__free(noise);
    return NEUME_OK;
}

static void overdrive(const invent_design *d, float *x, size_t count) {
    biquad cab = neume__biquad_low_pass(d->cab_hz, 0.8), rumble = neume__biquad_high_pass(90, 0.7);
    for (size_t i = 0; i < count; i++) x[i] = tanhf((float)d->drive * x[i]);
    neume__biquad_run(&cab, x, count);
    neume__biquad_run(&rumble, x, count);
}

neume_status neume__invent_note(const invent_design *d, int pitch, int velocity, float *x, size_t count) {
    neume_rng rng = neume_rng_seeded(d->seed, (uint64_t)pitch * 128 + (uint64_t)velocity);
    memset(x, 0, count * sizeof *x);
    for (int player = 0; player < d->players; player++) add_player(d, pitch, (100 - velocity) / 100.0, &rng, x, count);
    to_peak(x, count, 1);
    NEUME_TRY(add_noise(d, &rng, x, count));
    if (d->drive > 0) overdrive(d, x, count);
    to_peak(x, count, (float)(0.5 * pow(velocity / 80.0, 1.8)));
    return NEUME_OK;
}
