/* What comes again, and after how long: an autocorrelation of onsets, for the beat network.
 *
 * Bars are what repeats. For each pair of onsets (i, j), d seconds apart, the cell of lag d at their middle gets the
 * product of their accents, a count, and how alike they are: the same pitches or drums, or the same step on to the next
 * note after as long a time (a sequence). Each lag is smoothed over time, then accents are divided by the accents' own
 * squares, likenesses by counts (compare the autocorrelation of Brown 1993 and the self-similarity of Foote & Uchihashi
 * 2001). */
#include "repeats.h"

#include "neume/score_net.h"
#include "onsets.h"

#include <math.h>
#include <stdlib.h>

#define SHORTEST_S 0.2
#define LONGEST_S  6.4
#define TOGETHER_S 0.05
#define SMOOTH_S   2.0  /* half a box; two boxes make a triangle of four seconds to each side */
#define STEP_RATIO 1.25 /* intervals of time so much alike count as equal */
enum { LAGS = NEUME__REPEAT_LAGS, ROWS = 3 * LAGS + 1, ENERGY = 3 * LAGS };

/* Notes that begin together. */
typedef struct onset {
    double time_s, accent;
    uint64_t keys[4]; /* bits 0 .. 127: pitches, 128 .. 255: drums */
    int count, top;   /* top: the highest pitch, -1 = only drums */
} onset;

static double accent_of(const neume_notes *notes, size_t i) {
    const neume_note *note = &notes->items[i];
    const double loud = .3 + .7 * (double)note->velocity / 127;
    if (note->program != NEUME_PROGRAM_DRUMS) return loud * (.3 + neume__registral_interval(notes, i, 1));
    const bool carries = note->pitch <= 40 || note->pitch == 49 || note->pitch == 57;
    return loud * (carries ? 1 : .35);
}

/* Those of notes within `margin` seconds of the frames. @p out has room for all notes. */
static size_t gather(const neume_notes *notes, double from_s, double to_s, onset *out) {
    size_t count = 0;
    for (size_t i = 0; i < notes->count; i++) {
        const neume_note *note = &notes->items[i];
        if (note->onset_s < from_s) continue;
        if (note->onset_s > to_s) break;
        if (!count || note->onset_s - out[count - 1].time_s > TOGETHER_S)
            out[count++] = (onset){.time_s = note->onset_s, .top = -1};
        onset *o = &out[count - 1];
        const bool drum = note->program == NEUME_PROGRAM_DRUMS;
        const int key = note->pitch + (drum ? 128 : 0);
        o->keys[key / 64] |= UINT64_C(1) << (key % 64);
        o->accent = fmax(o->accent, accent_of(notes, i));
        if (!drum && note->pitch > o->top) o->top = note->pitch;
        o->count++;
    }
    return count;
}

/* The same step on to the next onset, after about as long a time. */
static bool same_step(const onset *list, size_t count, size_t i, size_t j) {
    if (j + 1 >= count || list[i].top < 0 || list[j].top < 0 || list[i + 1].top < 0 || list[j + 1].top < 0)
        return false;
    const double a = list[i + 1].time_s - list[i].time_s, b = list[j + 1].time_s - list[j].time_s;
    return list[i + 1].top - list[i].top == list[j + 1].top - list[j].top && a < STEP_RATIO * b && b < STEP_RATIO * a;
}

static double likeness(const onset *list, size_t count, size_t i, size_t j) {
    int common = 0;
    for (int k = 0; k < 4; k++) common += __builtin_popcountll(list[i].keys[k] & list[j].keys[k]);
    const double same = common / sqrt((double)list[i].count * (double)list[j].count);
    return .5 * fmin(same, 1) + (same_step(list, count, i, j) ? .5 : 0);
}

typedef struct grid {
    float *row[ROWS]; /* accents, counts and likenesses of each lag, then the accents' squares; each (frames) */
    float *scratch;   /* (frames) */
    size_t frames;
    double start_s;
} grid;

static void put(const grid *g, int row, double time_s, double value) {
    const double frame = (time_s - g->start_s) / NEUME_BEAT_STEP_S;
    if (frame >= 0 && frame < (double)g->frames) g->row[row][(size_t)frame] += (float)value;
}

static void add_pairs(const grid *g, const onset *list, size_t count) {
    const double octaves = log(LONGEST_S / SHORTEST_S);
    for (size_t i = 0; i < count; i++) {
        put(g, ENERGY, list[i].time_s, list[i].accent * list[i].accent);
        for (size_t j = i + 1; j < count && list[j].time_s - list[i].time_s < LONGEST_S; j++) {
            const double lag_s = list[j].time_s - list[i].time_s, middle_s = (list[i].time_s + list[j].time_s) / 2;
            if (lag_s < SHORTEST_S) continue;
            const double place = log(lag_s / SHORTEST_S) / octaves * (LAGS - 1),
                         accents = list[i].accent * list[j].accent;
            const double alike = likeness(list, count, i, j);
            const int low = (int)fmin(place, LAGS - 2);
            for (int side = 0; side < 2; side++) {
                const double share = side ? place - low : 1 - (place - low);
                put(g, low + side, middle_s, share * accents);
                put(g, LAGS + low + side, middle_s, share);
                put(g, 2 * LAGS + low + side, middle_s, share * alike);
            }
        }
    }
}

/* The mean over a box of SMOOTH_S to each side. */
static void smooth(grid *g, int row) {
    const size_t half = (size_t)(SMOOTH_S / NEUME_BEAT_STEP_S), n = g->frames;
    const float *from = g->row[row];
    double sum = 0;
    for (size_t t = 0; t < half && t < n; t++) sum += (double)from[t];
    for (size_t t = 0; t < n; t++) {
        if (t + half < n) sum += (double)from[t + half];
        if (t > half) sum -= (double)from[t - half - 1];
        g->scratch[t] = (float)(sum / (double)(2 * half + 1));
    }
    float *const smoothed = g->scratch;
    g->scratch = g->row[row];
    g->row[row] = smoothed;
}

neume_status neume__repeat_features(const neume_notes *notes, double start_s, size_t frames, size_t stride,
                                    float *out) {
    const size_t margin = (size_t)((2 * SMOOTH_S + .5) / NEUME_BEAT_STEP_S), n = frames + 2 * margin;
    grid g = {.frames = n, .start_s = start_s - (double)margin * NEUME_BEAT_STEP_S};
    const double end_s = start_s + (double)(frames + margin) * NEUME_BEAT_STEP_S;
    float *cells = calloc((ROWS + 1) * n, sizeof *cells);
    onset *list = calloc(notes->count + 1, sizeof *list);
    if (!cells || !list) {
        free(cells), free(list);
        return neume_fail(NEUME_ENOMEM, "no memory to look for repeats");
    }
    for (int row = 0; row < ROWS; row++) g.row[row] = cells + (size_t)row * n;
    g.scratch = cells + ROWS * n;
    add_pairs(&g, list, gather(notes, g.start_s - LONGEST_S, end_s + LONGEST_S, list));
    for (int row = 0; row < ROWS; row++) smooth(&g, row), smooth(&g, row);
    for (int lag = 0; lag < LAGS; lag++) {
        const float lag_s = (float)(SHORTEST_S * pow(LONGEST_S / SHORTEST_S, (double)lag / (LAGS - 1)));
        for (size_t t = 0; t < frames; t++) {
            const size_t at = t + margin;
            float *cell = &out[t * stride + (size_t)lag];
            cell[0] = g.row[lag][at] / (g.row[ENERGY][at] + 1e-4F) / lag_s;
            cell[LAGS] = g.row[2 * LAGS + lag][at] / (g.row[LAGS + lag][at] + 2e-3F);
        }
    }
    free(cells), free(list);
    return NEUME_OK;
}
