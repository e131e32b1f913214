/* What the pulse network is told of each event, notes that begin together: see the list of channels. */
#include "onsets.h"
#include "repeats.h"

#include "neume/score_net.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define TOGETHER_S 0.05
#define LONGEST_S  4.0
#define SHORTEST_S 0.03
#define STRETCH_S  60.0

enum {
    TIME = NEUME_PULSE_TIME,   /* seconds since the first event of the window */
    THERE = NEUME_PULSE_THERE, /* 1; 0: there is no such event */
    NOTES = 2,                 /* how many, as a square root */
    LOUD = 3,                  /* their mean velocity, */
    LOUDEST = 4,               /* the highest, */
    LOUDER = 5,                /* and against the events about it */
    REGISTERS = 6,             /* + 0 .. 6: octaves from C1 on */
    BASS = 13,                 /* the lowest sounding note begins */
    TOP = 14,                  /* the highest does */
    LONG = 15,                 /* seconds until another note begins in the register, the most, as a logarithm */
    LASTS = 16,                /* how long the notes last, the most, */
    BASS_LASTS = 17,           /* and the lowest, likewise */
    CHROMA = 18,               /* + 0 .. 11 */
    CHANGE = 30,               /* how far the harmony of the next second is from that of the last */
    LOW = 31,                  /* how low the lowest note is */
    HIGH = 32,                 /* how high the highest */
    LEAP = 33,                 /* of the lowest note from the lowest one before */
    TOP_LEAP = 34,             /* and of the highest */
    SOUNDING = 35,             /* notes that still sound */
    DRUMS = 36,                /* + 0 .. 9 */
    BEFORE = 46,               /* + 0 .. 15: seconds since the event before, */
    BEFORE_2 = 62,             /* since the one before that, */
    AFTER = 78,                /* until the next, */
    AFTER_2 = 94,              /* and the one after that: bumps on a logarithm */
    REPEATS = 110,             /* + 0 .. 95: repeats.c */
    BUMPS = 16,
};
static_assert(REPEATS + NEUME__REPEAT_FEATURES == NEUME_PULSE_FEATURES, "all channels are filled");

neume_status neume_pulse_events_find(const neume_notes *notes, neume_pulse_event **out, size_t *count) {
    size_t n = 0;
    neume_pulse_event *events = neume__calloc(notes->count + 1, sizeof *events);
    if (!events) return NEUME_ENOMEM;
    for (size_t i = 0, end; i < notes->count; i = end) {
        double sum_s = 0;
        for (end = i; end < notes->count && notes->items[end].onset_s - notes->items[i].onset_s <= TOGETHER_S; end++)
            sum_s += notes->items[end].onset_s;
        events[n++] = (neume_pulse_event){sum_s / (double)(end - i), i, end};
    }
    *out = events, *count = n;
    return NEUME_OK;
}

static float logarithm(double seconds) {
    return (float)(log(fmin(fmax(seconds, SHORTEST_S), LONGEST_S) / .3) / 2);
}

/* A distance in time as a bump over even steps of its logarithm. */
static void put_bump(float *cells, double seconds) {
    const double place = log(fmin(fmax(seconds, SHORTEST_S), LONGEST_S) / SHORTEST_S) / log(LONGEST_S / SHORTEST_S);
    for (int k = 0; k < BUMPS; k++) {
        const double from = place * (BUMPS - 1) - k;
        cells[k] = (float)exp(-from * from);
    }
}

/* What the passage tells by its notes. */
typedef struct passage {
    const neume_notes *notes;
    const neume_pulse_event *events;
    size_t count;
} passage;

static double mean_velocity(const passage *p, size_t e) {
    double sum = 0;
    for (size_t i = p->events[e].first; i < p->events[e].end; i++) sum += p->notes->items[i].velocity;
    return sum / (double)(p->events[e].end - p->events[e].first) / 127;
}

/* Lowest and highest pitch among the event's notes; low > high: only drums. */
static void range_of(const passage *p, size_t e, int *low, int *high) {
    *low = 128, *high = -1;
    for (size_t i = p->events[e].first; i < p->events[e].end; i++) {
        const neume_note *note = &p->notes->items[i];
        if (note->program == NEUME_PROGRAM_DRUMS) continue;
        if (note->pitch < *low) *low = note->pitch;
        if (note->pitch > *high) *high = note->pitch;
    }
}

/* Of notes that began within four seconds before and still sound: how many, the lowest and the highest. */
static int sounding(const passage *p, size_t e, int *low, int *high) {
    const double now = p->events[e].time_s;
    int n = 0;
    for (size_t j = p->events[e].first; j-- > 0 && now - p->notes->items[j].onset_s < 4;) {
        const neume_note *note = &p->notes->items[j];
        if (note->program == NEUME_PROGRAM_DRUMS || note->offset_s < now + .05) continue;
        if (note->pitch < *low) *low = note->pitch;
        if (note->pitch > *high) *high = note->pitch;
        n++;
    }
    return n;
}

static void put_notes(const passage *p, size_t e, float *row) {
    int low, high, lowest, highest;
    range_of(p, e, &low, &high);
    lowest = low, highest = high;
    row[SOUNDING] = (float)(.15 * sounding(p, e, &lowest, &highest));
    for (size_t i = p->events[e].first; i < p->events[e].end; i++) {
        const neume_note *note = &p->notes->items[i];
        const float loud = (float)note->velocity / 127, lasts = logarithm(note->offset_s - note->onset_s);
        row[LOUDEST] = fmaxf(row[LOUDEST], loud);
        if (note->program == NEUME_PROGRAM_DRUMS) {
            float *const cell = &row[DRUMS + neume__drum_class(note->pitch)];
            *cell = fmaxf(*cell, .4F + .6F * loud);
            continue;
        }
        const int octave = note->pitch < 24 ? 0 : note->pitch >= 108 ? 6 : (note->pitch - 24) / 12;
        row[REGISTERS + octave] = fmaxf(row[REGISTERS + octave], .5F + .5F * loud);
        row[CHROMA + note->pitch % 12] = fmaxf(row[CHROMA + note->pitch % 12], .5F + .5F * loud);
        row[LONG] = fmaxf(row[LONG], 1 + logarithm(neume__registral_interval(p->notes, i, LONGEST_S)));
        row[LASTS] = fmaxf(row[LASTS], 1 + lasts);
        if (note->pitch == low) row[BASS_LASTS] = 1 + lasts;
    }
    if (high < 0) return;
    row[BASS] = low <= lowest, row[TOP] = high >= highest;
    row[LOW] = (float)(72 - low) / 24, row[HIGH] = (float)(high - 60) / 24;
    for (size_t before = e; before-- > 0 && e - before < 8;) {
        int low_before, high_before;
        range_of(p, before, &low_before, &high_before);
        if (high_before < 0) continue;
        row[LEAP] = (float)(low - low_before) / 12, row[TOP_LEAP] = (float)(high - high_before) / 12;
        break;
    }
}

static double distance_s(const passage *p, size_t e, size_t steps, bool after) {
    if (after ? e + steps >= p->count : e < steps) return LONGEST_S;
    return after ? p->events[e + steps].time_s - p->events[e].time_s
                 : p->events[e].time_s - p->events[e - steps].time_s;
}

static void put_event(const passage *p, size_t e, float *row) {
    double about = 0;
    int n = 0;
    for (size_t k = e > 4 ? e - 4 : 0; k < p->count && k <= e + 4; k++) about += mean_velocity(p, k), n++;
    row[NOTES] = (float)(sqrt((double)(p->events[e].end - p->events[e].first)) / 2);
    row[LOUD] = (float)mean_velocity(p, e);
    row[LOUDER] = row[LOUD] - (float)(about / n);
    row[CHANGE] = (float)neume__harmony_change(p->notes, p->events[e].first);
    put_bump(row + BEFORE, distance_s(p, e, 1, false));
    put_bump(row + BEFORE_2, distance_s(p, e, 2, false));
    put_bump(row + AFTER, distance_s(p, e, 1, true));
    put_bump(row + AFTER_2, distance_s(p, e, 2, true));
    put_notes(p, e, row);
}

/* Of events first .. first + count - 1, in stretches of so many seconds that silences take no room. */
static neume_status put_repeats(const passage *p, size_t first, size_t count, float *out) {
    const size_t most = (size_t)(STRETCH_S / NEUME_BEAT_STEP_S) + 1;
    float *rows = neume__alloc(most * NEUME__REPEAT_FEATURES * sizeof *rows);
    neume_status status = rows ? NEUME_OK : NEUME_ENOMEM;
    for (size_t e = 0, end; e < count && !status; e = end) {
        const double start_s = p->events[first + e].time_s;
        for (end = e + 1; end < count && p->events[first + end].time_s - start_s < STRETCH_S; end++) {
        }
        const size_t frames = (size_t)((p->events[first + end - 1].time_s - start_s) / NEUME_BEAT_STEP_S) + 1;
        status = neume__repeat_features(p->notes, start_s, frames, NEUME__REPEAT_FEATURES, rows);
        for (size_t k = e; k < end && !status; k++) {
            const size_t t = (size_t)((p->events[first + k].time_s - start_s) / NEUME_BEAT_STEP_S);
            memcpy(out + k * NEUME_PULSE_FEATURES + REPEATS, rows + t * NEUME__REPEAT_FEATURES,
                   NEUME__REPEAT_FEATURES * sizeof *rows);
        }
    }
    neume__free(rows);
    return status;
}

neume_status neume_pulse_features(const neume_notes *notes, const neume_pulse_event *events, size_t event_count,
                                  size_t first, size_t count, float *out) {
    const passage p = {notes, events, event_count};
    memset(out, 0, count * NEUME_PULSE_FEATURES * sizeof *out);
    if (!count) return NEUME_OK;
    for (size_t e = 0; e < count; e++) {
        float *row = out + e * NEUME_PULSE_FEATURES;
        row[TIME] = (float)(events[first + e].time_s - events[first].time_s);
        row[THERE] = 1;
        put_event(&p, first + e, row);
    }
    return put_repeats(&p, first, count, out);
}
