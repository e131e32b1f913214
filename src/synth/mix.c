/* Adds one stored note to a segment: transposed, shaped, placed.
 *
 * A position in the stored note is a closed formula of time, also with vibrato: pitch deviation c sin(wt) cents makes
 * the speed 1 + k sin(wt) (k = c ln 2 / 1200, first order), so the position is t + k (1 - cos wt) / w. Hence a segment
 * may begin anywhere in the note and two segments that meet fit together. In blocks of 32 samples the position moves
 * evenly and the level linearly; between stored samples a cubic runs through four points (Catmull & Rom 1974). */
#include "bank_format.h"

#include <math.h>
#include <string.h>

enum { RATE = NEUME_SYNTH_RATE_HZ, BLOCK = 32 };

static const double SHORTEST_RELEASE_S = 0.008; /* a quicker one clicks */
static const double RELEASE_CONSTANTS = 6.9;    /* after so many time constants it is 60 dB down: the note ends */
static const double SHARP_ATTACK_S = 0.010, LONGEST_SHIFT_S = 0.040;

typedef struct voice {
    const bank_note_row *row;
    const int16_t *samples;
    double start_s; /* of the stored note within the segment; before the onset by the slow attack's shift */
    double speed;   /* stored samples per sample without vibrato */
    double wobble, wobble_rad_s;
    double key_up_s; /* after start_s */
    double release_s;
    float gain;
} voice;

/* Position in the stored note, in samples, unwrapped; t in seconds after its start. */
static double position_at(const voice *v, double t) {
    double position = t;
    if (v->wobble > 0) position += v->wobble * (1 - cos(v->wobble_rad_s * t)) / v->wobble_rad_s;
    return fmax(position, 0) * v->speed * RATE;
}

static float level_at(const voice *v, double t) {
    return t <= v->key_up_s ? v->gain : v->gain * expf((float)((v->key_up_s - t) / v->release_s));
}

/* Position and level move evenly. */
typedef struct ramp {
    double position, step;
    float level, slope;
} ramp;

/* out[i] += level * stored(position); p[-1] .. p[+2] around the range exist. */
static void add_block(float *out, int n, const int16_t *samples, const ramp *r) {
    long whole = (long)floor(r->position);
    const int16_t *base = samples + whole;
    float at = (float)(r->position - (double)whole), move = (float)r->step, level = r->level, slope = r->slope;
    for (int i = 0; i < n; i++) {
        float x = at + move * (float)i;
        int k = (int)x;
        const int16_t *p = base + k;
        float f = x - (float)k, a = p[-1], b = p[0], c = p[1], d = p[2];
        float cubic = b + 0.5f * f * (c - a + f * (2 * a - 5 * b + 4 * c - d + f * (3 * (b - c) + d - a)));
        out[i] += (level + slope * (float)i) * cubic;
    }
}

/* How many of n even steps from `position` stay below `end`. */
static int steps_below(double position, double step, double end, int n) {
    if (position + step * (n - 1) < end) return n;
    int steps = (int)ceil((end - position) / step);
    return steps < 1 ? 1 : steps < n ? steps : n;
}

/* Adds samples first .. last-1 of the segment. */
static void add_voice(const voice *v, float *pcm, long first, long last) {
    const bank_note_row *row = v->row;
    double loop = (double)(row->length - row->loop_start);
    for (long i = first; i < last;) {
        int n = last - i < BLOCK ? (int)(last - i) : BLOCK;
        double t = (double)i / RATE - v->start_s, key_up = ceil((v->key_up_s - t) * RATE);
        if (key_up > 0 && key_up < n) n = (int)key_up;
        double from = position_at(v, t), step = (position_at(v, t + (double)n / RATE) - from) / n;
        float level = level_at(v, t), level_end = level_at(v, t + (double)n / RATE);
        if (from >= row->length) {
            if (loop < 1) return;
            double passes = floor((from - row->loop_start) / loop);
            from -= passes * loop;
            float fallen = powf(row->loop_gain, (float)passes);
            level *= fallen, level_end *= fallen;
        }
        const ramp r = {from, step, level, (level_end - level) / (float)n};
        n = steps_below(from, step, row->length, n);
        add_block(pcm + i, n, v->samples, &r);
        i += n;
    }
}

/* --- which note, how loud ----------------------------------------------------------------------------------------- */

/* The level wanted at a velocity: between two layers even in decibels, outside as General MIDI has it (40 dB log10). */
static float wanted_level(const bank_note_row *rows, size_t count, int velocity) {
    size_t above = 0;
    while (above < count && rows[above].velocity < velocity) above++;
    if (above == 0 || above == count) {
        const bank_note_row *edge = &rows[above ? count - 1 : 0];
        float ratio = (float)velocity / (float)edge->velocity;
        return edge->level * ratio * ratio;
    }
    const bank_note_row *low = &rows[above - 1], *high = &rows[above];
    float share = (float)(velocity - low->velocity) / (float)(high->velocity - low->velocity);
    return low->level * powf(high->level / low->level, share);
}

static const bank_note_row *nearest_layer(const bank_note_row *rows, size_t count, int velocity) {
    const bank_note_row *best = rows;
    for (size_t i = 1; i < count; i++) {
        int distance = rows[i].velocity - velocity, least = best->velocity - velocity;
        if (distance * distance < least * least) best = &rows[i];
    }
    return best;
}

/* --- small samplers ----------------------------------------------------------------------------------------------- */

static const double JOIN_SHARE = 0.25, LOOP_GAIN_LEAST = 0.3, LOOP_GAIN_STEADY = 0.97; /* above: it does not fade */

static double power(const int16_t *x, long n) {
    double sum = 1;
    for (long i = 0; i < n; i++) sum += (double)x[i] * (double)x[i];
    return sum;
}

/* A copy of the note's beginning that ends in a loop of whole periods, joined by a crossfade; NULL: the note is too
 * short for it, or memory. */
static int16_t *make_looped(const voice *v, const neume_bank_note *note, bank_note_row *row) {
    double period = RATE / (440 * exp2((row->pitch - 69) / 12.0));
    long loop = lround(fmax(round(note->loop_s * RATE / period), 1) * period), join = (long)((double)loop * JOIN_SHARE);
    long start = (long)(((double)row->attack_s + note->loop_from_s) * RATE), end = start + loop;
    if (start < loop || end > row->length) return NULL;
    int16_t *copy = neume__alloc((size_t)(end + BANK_GUARD_BEFORE + BANK_GUARD_AFTER) * sizeof *copy);
    if (!copy) return NULL;
    int16_t *x = copy + BANK_GUARD_BEFORE;
    memcpy(copy, v->samples - BANK_GUARD_BEFORE, (size_t)(end + BANK_GUARD_BEFORE) * sizeof *copy);
    for (long i = 0; i < join; i++) {
        long at = end - join + i;
        float share = (float)i / (float)join;
        x[at] = (int16_t)((1 - share) * (float)v->samples[at] + share * (float)v->samples[at - loop]);
    }
    for (long i = 0; i < BANK_GUARD_AFTER; i++) x[end + i] = x[start + i];
    double faded = sqrt(power(v->samples + start, loop) / power(v->samples + start - loop, loop));
    row->loop_gain = (float)(faded > LOOP_GAIN_STEADY ? 1 : fmax(faded, LOOP_GAIN_LEAST));
    row->loop_start = (uint32_t)start;
    row->length = (uint32_t)end;
    return copy;
}

static voice make_voice(const neume_bank *bank, size_t preset, const neume_bank_note *note) {
    const bank_preset_row *owner = &bank->presets[preset];
    int stored = note->pitch + note->borrowed_semitones;
    if (stored < 0 || stored > 127 || !neume_bank_has_pitch(bank, preset, stored)) stored = note->pitch;
    const bank_note_row *rows = &bank->notes[bank->nearest[preset * 128 + (size_t)stored]];
    size_t count = 1, left = owner->note_count - (size_t)(rows - (bank->notes + owner->first_note));
    while (count < left && rows[count].pitch == rows->pitch) count++;
    const bank_note_row *row = nearest_layer(rows, count, note->velocity);
    voice v = {.row = row, .samples = bank->samples + row->offset};
    v.speed = exp2((note->pitch - row->pitch + note->detune_cents / 100) / 12);
    double shift_s = fmin(fmax((double)row->attack_s / v.speed - SHARP_ATTACK_S, 0), LONGEST_SHIFT_S);
    v.start_s = note->onset_s - shift_s;
    if (note->vibrato_cents > 0 && note->vibrato_hz > 0) {
        v.wobble = fmin(note->vibrato_cents, 200) * M_LN2 / 1200;
        v.wobble_rad_s = 2 * M_PI * note->vibrato_hz;
    }
    bool rings_out = owner->program == NEUME_PROGRAM_DRUMS;
    v.key_up_s = rings_out ? 1e9 : shift_s + fmax(note->duration_s, 0);
    v.release_s = fmax((double)row->release_s, SHORTEST_RELEASE_S);
    v.gain = row->gain * note->gain * wanted_level(rows, count, note->velocity) / row->level;
    return v;
}

double neume_bank_mix(const neume_bank *bank, size_t preset, const neume_bank_note *note, float *pcm, size_t count) {
    if (!neume_bank_has_pitch(bank, preset, note->pitch)) return 0;
    voice v = make_voice(bank, preset, note);
    double end_s = v.start_s + v.key_up_s + RELEASE_CONSTANTS * v.release_s;
    double first = ceil(v.start_s * RATE), last = fmin(ceil(end_s * RATE), (double)count);
    first = fmax(first, 0);
    bank_note_row looped = *v.row;
    int16_t *own = note->loop_s > 0 && first < last ? make_looped(&v, note, &looped) : NULL;
    if (own) v.row = &looped, v.samples = own + BANK_GUARD_BEFORE;
    if (first < last) add_voice(&v, pcm, (long)first, (long)last);
    neume__free(own);
    double heard_s = (double)v.row->decay_s / v.speed - (note->onset_s - v.start_s);
    if (bank->presets[preset].program == NEUME_PROGRAM_DRUMS) return heard_s;
    return fmin(fmax(heard_s, 0.01), note->duration_s);
}
