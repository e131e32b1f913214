/* What the bar network is told of each beat: what begins in each twelfth of it, its harmony, and how like it is to the
 * beats some way before and behind it. An onset between two twelfths counts for both, in proportion. */
#include "neume/score_net.h"
#include "onsets.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    S = NEUME_BAR_SLOTS,
    EVENTS = 0,         /* something begins */
    NOTES = EVENTS + S, /* how many notes, as a square root */
    LOUD = NOTES + S,   /* the loudest one */
    LONG = LOUD + S,    /* beats until another note begins in the register, the most of all notes */
    LASTS = LONG + S,   /* beats that notes last, the most */
    BASS = LASTS + S,   /* how low the lowest is, of those that are lower than any other within a beat */
    TOP = BASS + S,     /* how high the highest */
    LEAP = TOP + S,     /* of the highest from the one before */
    DRUMS = LEAP + S,   /* + 0, S, 2 S: kicks, snares, the rest */
    CHROMA = DRUMS + 3 * S,
    CHANGE = CHROMA + 12, /* of harmony on the beat, comparing one, two and four beats; then halfway, two beats */
    TEMPO = CHANGE + 4,   /* how long the beat is, in octaves from .6 seconds */
    UNEVEN = TEMPO + 1,   /* and from the beat before */
    HELD = UNEVEN + 1,    /* notes that sound on from before */
    FIRST = HELD + 1,     /* the first note of all begins here */
    LAST = FIRST + 1,
    SOLID = LAST + 1, /* always 1: marks where the piece is */
    LIKE = SOLID + 1, /* for each lag: rhythm as before, as behind, pitches as before, as behind */
};

#define LEAST_SHARE 1e-3 /* less is rounding: it would make a beat without onsets like the one behind it */

static const int lags[NEUME_BAR_LAGS] = {1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 12, 14,
                                         15, 16, 18, 20, 24, 28, 30, 32, 36, 40, 48, 64};

/* A pitched note's place: the nearest twelfth, counted from the first beat. */
typedef struct mark {
    int slot, pitch;
} mark;

typedef struct page {
    const double *beats_s;
    size_t count;
    float *out;
    double (*halves)[12]; /* (2 count) pitch classes that begin in each half of a beat */
    mark *marks;          /* in order of slot */
    size_t mark_count;
    size_t *first_mark; /* (count + 1) */
} page;

static double length_of(const page *p, size_t b) {
    const size_t i = b + 1 < p->count ? b : p->count - 2;
    return fmax(p->beats_s[i + 1] - p->beats_s[i], 1e-3);
}

/* Seconds to beats; before the first and behind the last beat as fast as there. */
static double beat_at(const page *p, double time_s) {
    size_t low = 0, high = p->count - 1;
    while (low + 1 < high) {
        const size_t middle = (low + high) / 2;
        if (p->beats_s[middle] <= time_s)
            low = middle;
        else
            high = middle;
    }
    return (double)low + (time_s - p->beats_s[low]) / length_of(p, low);
}

static void put(const page *p, double x, int channel, double value) {
    const double slot = x * S, whole = floor(slot);
    for (int side = 0; side < 2; side++) {
        const double at = whole + side, share = side ? slot - whole : 1 - (slot - whole);
        if (share < LEAST_SHARE || at < 0 || at >= (double)(p->count * S)) continue;
        const size_t i = (size_t)at;
        float *cell = &p->out[i / S * NEUME_BAR_FEATURES + (size_t)channel + i % S];
        const float v = (float)(value * share);
        if (fabsf(v) > fabsf(*cell)) *cell = v;
    }
}

static float *feature(const page *p, double x, int channel) {
    if (x < 0 || x >= (double)p->count) return NULL;
    return &p->out[(size_t)x * NEUME_BAR_FEATURES + (size_t)channel];
}

static int drum_kind(int key) {
    if (key == 35 || key == 36) return 0;
    return key >= 37 && key <= 40 ? 1 : 2;
}

/* --- notes -------------------------------------------------------------------------------------------------------- */

/* Whether no other note within a beat is lower (or higher). */
static bool is_edge(const neume_notes *notes, size_t i, double within_s, bool low) {
    const neume_note *note = &notes->items[i];
    for (int side = -1; side <= 1; side += 2)
        for (size_t j = i + (size_t)side; j < notes->count; j += (size_t)side) {
            const neume_note *other = &notes->items[j];
            if (fabs(other->onset_s - note->onset_s) > within_s) break;
            if (other->program == NEUME_PROGRAM_DRUMS) continue;
            if (low ? other->pitch < note->pitch : other->pitch > note->pitch) return false;
        }
    return true;
}

static void put_pitched(page *p, const neume_notes *notes, size_t i, int *last_top) {
    const neume_note *note = &notes->items[i];
    const double x = beat_at(p, note->onset_s), beat_s = x >= 0 ? length_of(p, (size_t)x) : length_of(p, 0);
    const double lasts = fmin((note->offset_s - note->onset_s) / beat_s, 4);
    put(p, x, LONG, fmin(neume__registral_interval(notes, i, 4 * beat_s) / beat_s, 4) / 2);
    put(p, x, LASTS, lasts / 2);
    if (is_edge(notes, i, beat_s, true)) put(p, x, BASS, .3 + fmax(72 - note->pitch, 0) / 36.0);
    if (is_edge(notes, i, .05, false)) {
        put(p, x, TOP, .3 + fmax(note->pitch - 48, 0) / 36.0);
        if (*last_top) put(p, x, LEAP, (note->pitch - *last_top) / 12.0);
        *last_top = note->pitch;
    }
    const double half = x * 2 + 1.0 / S; /* a little early is on the beat */
    if (half >= 0 && half < 2 * (double)p->count)
        p->halves[(size_t)half][note->pitch % 12] += .5 + .25 * fmin(lasts, 2);
    float *chroma = feature(p, x + .5 / S, CHROMA + note->pitch % 12);
    if (chroma) *chroma = fminf(*chroma + (float)(.4 + .2 * fmin(lasts, 2)), 1.5F);
    const double ends = beat_at(p, note->offset_s);
    for (double held = ceil(x + .1); held < ends - .2 && held < (double)p->count; held++)
        if (held >= 0) *feature(p, held, HELD) += .15F;
    if (x * S < -.5) return;
    p->marks[p->mark_count++] = (mark){(int)lround(x * S), note->pitch};
}

static void put_notes(page *p, const neume_notes *notes) {
    int last_top = 0;
    for (size_t i = 0; i < notes->count; i++) {
        const neume_note *note = &notes->items[i];
        const double x = beat_at(p, note->onset_s);
        put(p, x, EVENTS, 1);
        put(p, x, LOUD, note->velocity / 100.0);
        if (note->program == NEUME_PROGRAM_DRUMS)
            put(p, x, DRUMS + S * drum_kind(note->pitch), .4 + note->velocity / 200.0);
        else
            put_pitched(p, notes, i, &last_top);
        const double slot = round(x * S);
        if (slot < 0 || slot >= (double)(p->count * S)) continue;
        float *many = &p->out[(size_t)slot / S * NEUME_BAR_FEATURES + NOTES + (size_t)slot % S];
        *many = (float)sqrt((double)(*many * *many) + .25);
    }
    if (!notes->count) return;
    const double begins = beat_at(p, notes->items[0].onset_s) + .5 / S;
    float *first = begins > -1 ? feature(p, fmax(begins, 0), FIRST) : NULL;
    float *last = feature(p, beat_at(p, notes->items[notes->count - 1].onset_s) + .5 / S, LAST);
    if (first) *first = 1;
    if (last) *last = 1;
}

/* --- beats -------------------------------------------------------------------------------------------------------- */

/* 1 - cosine between the harmony of some halves of beats and that of as many behind them. */
static float harmony_change(const page *p, size_t half, size_t reach) {
    double before[12] = {0}, after[12] = {0}, dot = 0, a = 1e-6, b = 1e-6;
    for (size_t k = 0; k < reach; k++)
        for (int c = 0; c < 12; c++) {
            if (half >= k + 1) before[c] += p->halves[half - k - 1][c];
            if (half + k < 2 * p->count) after[c] += p->halves[half + k][c];
        }
    for (int c = 0; c < 12; c++) dot += before[c] * after[c], a += before[c] * before[c], b += after[c] * after[c];
    return (float)(1 - dot / sqrt(a * b));
}

static float same_rhythm(const page *p, size_t one, size_t other) {
    const float *x = p->out + one * NEUME_BAR_FEATURES + EVENTS, *y = p->out + other * NEUME_BAR_FEATURES + EVENTS;
    float dot = 0, a = 0, b = 0;
    for (int k = 0; k < S; k++) dot += x[k] * y[k], a += x[k] * x[k], b += y[k] * y[k];
    return a > 0 && b > 0 ? dot / sqrtf(a * b) : 0;
}

static float same_pitches(const page *p, size_t one, size_t other) {
    const size_t n = p->first_mark[one + 1] - p->first_mark[one], m = p->first_mark[other + 1] - p->first_mark[other];
    const int shift = ((int)other - (int)one) * S;
    size_t same = 0;
    for (size_t i = p->first_mark[one]; i < p->first_mark[one + 1]; i++)
        for (size_t j = p->first_mark[other]; j < p->first_mark[other + 1]; j++)
            if (p->marks[i].pitch == p->marks[j].pitch && abs(p->marks[j].slot - shift - p->marks[i].slot) <= 1) {
                same++;
                break;
            }
    return n && m ? (float)(2 * same) / (float)(n + m) : 0;
}

static void find_marks(page *p) {
    size_t i = 0;
    for (size_t b = 0; b <= p->count; b++) {
        while (i < p->mark_count && p->marks[i].slot < (int)b * S) i++;
        p->first_mark[b] = i;
    }
}

static void compare_beats(const page *p, size_t b) {
    float *like = p->out + b * NEUME_BAR_FEATURES + LIKE;
    for (int k = 0; k < NEUME_BAR_LAGS; k++) {
        const size_t lag = (size_t)lags[k];
        if (b + lag >= p->count) break;
        float *later = like + lag * NEUME_BAR_FEATURES;
        like[NEUME_BAR_LAGS + k] = later[k] = same_rhythm(p, b, b + lag);
        like[3 * NEUME_BAR_LAGS + k] = later[2 * NEUME_BAR_LAGS + k] = same_pitches(p, b, b + lag);
    }
}

static void tell_beats(const page *p) {
    for (size_t b = 0; b < p->count; b++) {
        float *row = p->out + b * NEUME_BAR_FEATURES;
        for (size_t k = 0; k < 3; k++) row[CHANGE + k] = harmony_change(p, 2 * b, (size_t)2 << k);
        row[CHANGE + 3] = harmony_change(p, 2 * b + 1, 4);
        row[TEMPO] = (float)log2(length_of(p, b) / .6);
        row[UNEVEN] = b ? (float)log2(length_of(p, b) / length_of(p, b - 1)) : 0;
        row[SOLID] = 1;
        compare_beats(p, b);
    }
}

neume_status neume_bar_features(const neume_notes *notes, const double *beats_s, size_t count, float *out) {
    static_assert(LIKE + 4 * NEUME_BAR_LAGS == NEUME_BAR_FEATURES, "all channels are filled");
    page p = {.beats_s = beats_s, .count = count, .out = out};
    memset(out, 0, count * NEUME_BAR_FEATURES * sizeof *out);
    if (count < 2) return NEUME_OK;
    p.halves = neume__calloc(2 * count, sizeof *p.halves);
    p.marks = neume__calloc(notes->count + 1, sizeof *p.marks);
    p.first_mark = neume__calloc(count + 1, sizeof *p.first_mark);
    neume_status status = NEUME_OK;
    if (p.halves && p.marks && p.first_mark) {
        put_notes(&p, notes);
        find_marks(&p);
        tell_beats(&p);
    } else {
        status = neume_fail(NEUME_ENOMEM, "no memory to look for bars");
    }
    neume__free(p.halves), neume__free(p.marks), neume__free(p.first_mark);
    return status;
}

void neume_bar_features_as_written(float *features, size_t count) {
    for (size_t b = 0; b < count; b++) {
        float *row = features + b * NEUME_BAR_FEATURES;
        row[TEMPO] = row[UNEVEN] = row[HELD] = 0;
        for (int k = 0; k < S; k++) row[LOUD + k] = row[LASTS + k] = 0;
    }
}

void neume_bar_features_hide(float *features, size_t count, neume_rng *rng) {
    static const double kinds = .12, lags_alone = .15; /* probabilities */
    bool hidden[NEUME_BAR_FEATURES] = {0};
    for (int k = 0; k < NEUME_BAR_FEATURES; k++) {
        const bool with_last = (k < CHROMA && k % S) || (k > CHROMA && k < CHANGE);
        if (k == SOLID) continue;
        hidden[k] = with_last ? hidden[k - 1] : neume_rng_chance(rng, k < LIKE ? kinds : lags_alone);
    }
    for (size_t b = 0; b < count; b++)
        for (int k = 0; k < NEUME_BAR_FEATURES; k++)
            if (hidden[k]) features[b * NEUME_BAR_FEATURES + (size_t)k] = 0;
}
