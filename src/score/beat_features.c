/* What the beat network is told about each 20 ms: see the list of channels. Onsets are shared between the two frames
 * around them, in proportion. */
#include "onsets.h"
#include "repeats.h"

#include "neume/score_net.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TOGETHER_S 0.05
#define LONGEST_S  2.0

enum {
    EVENTS = 0,    /* something begins */
    NOTES = 1,     /* how many notes, as a square root */
    LOUD = 2,      /* their mean velocity */
    REGISTERS = 3, /* + 0 .. 6: octaves from C1 on */
    BASS = 10,     /* the lowest sounding note begins */
    TOP = 11,      /* the highest does */
    LONG = 12,     /* seconds until another note begins in the register, the most of all notes */
    LASTS = 13,    /* how long the notes last, the most */
    CHROMA = 14,   /* + 0 .. 11 */
    CHANGE = 26,   /* how far the harmony of the next second is from that of the last */
    SINCE = 27,    /* seconds since the last event */
    DRUMS = 28,    /* + 0 .. 9 */
    SOUNDING = 38, /* pitched notes that sound here */
    LOW = 39,      /* how low the lowest beginning note is */
    SPREAD = 40,   /* of its pitches */
    LEAP = 41,     /* of the lowest note from the lowest one before */
    ENDS = 42,     /* notes end here */
    SOLID = 43,    /* always 1: marks where the piece is */
    REPEATS = 44,  /* + 0 .. 95: repeats.c */
};

typedef struct frames {
    float *out;
    size_t count;
    double start_s;
} frames;

static double frame_of(const frames *f, double time_s) {
    return (time_s - f->start_s) / NEUME_BEAT_STEP_S;
}

static void put(const frames *f, double time_s, int channel, double value, bool sum) {
    const double at = frame_of(f, time_s), whole = floor(at);
    for (int side = 0; side < 2; side++) {
        const double t = whole + side, share = side ? at - whole : 1 - (at - whole);
        if (t < 0 || t >= (double)f->count) continue;
        float *cell = &f->out[(size_t)t * NEUME_BEAT_FEATURES + (size_t)channel];
        const float v = (float)(value * share);
        if (sum)
            *cell += v;
        else if (fabsf(v) > fabsf(*cell))
            *cell = v;
    }
}

/* Lowest and highest pitch that sounds with notes[i], from those that began within four seconds before. */
static void sounding_range(const neume_notes *notes, size_t i, int *low, int *high) {
    const double now = notes->items[i].onset_s;
    *low = *high = notes->items[i].pitch;
    for (size_t j = i; j-- > 0 && now - notes->items[j].onset_s < 4;) {
        const neume_note *note = &notes->items[j];
        if (note->program == NEUME_PROGRAM_DRUMS || note->offset_s < now + .05) continue;
        if (note->pitch < *low) *low = note->pitch;
        if (note->pitch > *high) *high = note->pitch;
    }
    for (size_t j = i + 1; j < notes->count && notes->items[j].onset_s - now < TOGETHER_S; j++) {
        const neume_note *note = &notes->items[j];
        if (note->program == NEUME_PROGRAM_DRUMS) continue;
        if (note->pitch < *low) *low = note->pitch;
        if (note->pitch > *high) *high = note->pitch;
    }
}

static void put_note(const frames *f, const neume_notes *notes, size_t i) {
    const neume_note *note = &notes->items[i];
    const double loud = (double)note->velocity / 127;
    if (note->program == NEUME_PROGRAM_DRUMS) {
        put(f, note->onset_s, DRUMS + neume__drum_class(note->pitch), .4 + .6 * loud, false);
        return;
    }
    int low, high;
    sounding_range(notes, i, &low, &high);
    const int octave = note->pitch < 24 ? 0 : note->pitch >= 108 ? 6 : (note->pitch - 24) / 12;
    put(f, note->onset_s, REGISTERS + octave, .5 + .5 * loud, false);
    put(f, note->onset_s, CHROMA + note->pitch % 12, .5 + .5 * loud, false);
    if (note->pitch == low) put(f, note->onset_s, BASS, 1, false);
    if (note->pitch == high) put(f, note->onset_s, TOP, 1, false);
    put(f, note->onset_s, LONG, neume__registral_interval(notes, i, LONGEST_S), false);
    put(f, note->onset_s, LASTS, fmin(note->offset_s - note->onset_s, LONGEST_S), false);
    put(f, note->offset_s, ENDS, .5, true);
    const double from = fmax(frame_of(f, note->onset_s), 0), to = fmin(frame_of(f, note->offset_s), (double)f->count);
    for (double t = ceil(from); t < to; t++) f->out[(size_t)t * NEUME_BEAT_FEATURES + SOUNDING] += .15F;
}

/* --- events: notes that begin together ---------------------------------------------------------------------------- */

static void put_event(const frames *f, const neume_notes *notes, size_t first, size_t end, int *last_low) {
    const double at = notes->items[first].onset_s;
    double loud = 0;
    int pitched = 0, low = 128, high = 0;
    for (size_t i = first; i < end; i++) {
        const neume_note *note = &notes->items[i];
        loud += (double)note->velocity / 127;
        if (note->program == NEUME_PROGRAM_DRUMS) continue;
        pitched++;
        if (note->pitch < low) low = note->pitch;
        if (note->pitch > high) high = note->pitch;
    }
    put(f, at, EVENTS, 1, false);
    put(f, at, LOUD, loud / (double)(end - first), false);
    put(f, at, CHANGE, neume__harmony_change(notes, first), false);
    put(f, at, SINCE, first ? fmin(at - notes->items[first - 1].onset_s, LONGEST_S) : LONGEST_S, false);
    if (!pitched) return;
    put(f, at, NOTES, sqrt(pitched) / 2, false);
    put(f, at, LOW, (double)(72 - low) / 24, false);
    put(f, at, SPREAD, (double)(high - low) / 24, false);
    put(f, at, LEAP, *last_low < 128 ? (double)(low - *last_low) / 12 : 0, false);
    *last_low = low;
}

neume_status neume_beat_features(const neume_notes *notes, double start_s, size_t count, float *out) {
    const frames f = {out, count, start_s};
    int last_low = 128;
    memset(out, 0, count * NEUME_BEAT_FEATURES * sizeof *out);
    for (size_t t = 0; t < count; t++) out[t * NEUME_BEAT_FEATURES + SOLID] = 1;
    for (size_t i = 0, end; i < notes->count; i = end) {
        for (end = i; end < notes->count && notes->items[end].onset_s - notes->items[i].onset_s <= TOGETHER_S; end++) {
        }
        put_event(&f, notes, i, end, &last_low);
        for (size_t k = i; k < end; k++) put_note(&f, notes, k);
    }
    static_assert(REPEATS + NEUME__REPEAT_FEATURES == NEUME_BEAT_FEATURES, "all channels are filled");
    return neume__repeat_features(notes, start_s, count, NEUME_BEAT_FEATURES, out + REPEATS);
}
