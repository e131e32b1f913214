/* Finding strokes in the drum branch's curves.
 *
 * A stroke is a frame whose loudest key is louder than every key within three frames of it: what begins within 30 ms is
 * one stroke of several drums. It is kept with what a reader of all strokes (kit_net.c) wants to know: each key's log
 * odds thereabouts, the spectrum after it and before it, and the branch's last layer. */
#include "strokes.h"

#include "decode.h"

#include <math.h>
#include <string.h>

enum {
    K = NEUME_HEAR_DRUMS,
    MELS = NEUME_FEATURES_MELS,
    APART = 3,          /* frames */
    SOUNDS = 12,        /* frames of spectrum after the stroke */
    BEFORE_FIRST = 6,   /* and before it, from so many frames ... */
    BEFORE_LAST = 2,    /* ... to so many */
    KEPT = BEFORE_FIRST /* frames behind the one that is looked at */
};
static const float FAINTEST = -2.5f; /* log odds: nothing below is a stroke */
static const double FRAME_S = 0.01;

struct hear_strokes {
    int64_t channels, width;         /* width: numbers of a frame: logits, spectrum, the branch's last layer */
    float *frames;                   /* (count, width), from frame `first` of the recording on */
    int64_t first, count, looked_at; /* frames before looked_at have been looked at */
    size_t frame_capacity;
    float *rows;
    int64_t row_count;
    size_t row_capacity;
    bool ended;
};

neume_status hear_strokes_new(int64_t channels, hear_strokes **out) {
    hear_strokes *s = neume__calloc(1, sizeof *s);
    if (!s) return NEUME_ENOMEM;
    s->channels = channels;
    s->width = NEUME_HEAR_DRUM_OUTPUTS + MELS + channels;
    *out = s;
    return NEUME_OK;
}

void hear_strokes_free(hear_strokes *s) {
    if (!s) return;
    neume__free(s->frames);
    neume__free(s->rows);
    neume__free(s);
}

/* A frame of the recording; the nearest one where there is none. */
static const float *frame_at(const hear_strokes *s, int64_t frame) {
    int64_t i = frame - s->first;
    i = i < 0 ? 0 : i < s->count ? i : s->count - 1;
    return s->frames + i * s->width;
}

static bool is_there(const hear_strokes *s, int64_t frame) {
    return frame >= s->first && frame < s->first + s->count;
}

static int loudest_key(const float *logits) {
    int key = 0;
    for (int k = 1; k < K; k++)
        if (logits[k] > logits[key]) key = k;
    return key;
}

/* Whether frame t is a stroke, and of which key above all. */
static bool is_stroke(const hear_strokes *s, int64_t t, int *key) {
    const float *here = frame_at(s, t);
    *key = loudest_key(here);
    if (here[*key] < FAINTEST) return false;
    for (int64_t e = 1; e <= APART; e++) {
        const float *before = frame_at(s, t - e), *after = frame_at(s, t + e);
        if (is_there(s, t - e) && before[loudest_key(before)] >= here[*key]) return false;
        if (is_there(s, t + e) && after[loudest_key(after)] > here[*key]) return false;
    }
    return true;
}

/* The mean spectrum of frames first .. last. */
static void mean_spectrum(const hear_strokes *s, int64_t first, int64_t last, float out[MELS]) {
    memset(out, 0, MELS * sizeof *out);
    for (int64_t t = first; t <= last; t++)
        for (int i = 0; i < MELS; i++)
            out[i] += frame_at(s, t)[NEUME_HEAR_DRUM_OUTPUTS + i] / (float)(last - first + 1);
}

static neume_status add_stroke(hear_strokes *s, int64_t t, int key) {
    const int64_t stride = NEUME_STROKE_NUMBERS + s->channels;
    const float *here = frame_at(s, t);
    NEUME_TRY(neume__grow((void **)&s->rows, &s->row_capacity, (size_t)((s->row_count + 1) * stride), sizeof *s->rows));
    float *row = s->rows + s->row_count++ * stride, *keys = row + 1;
    const float low = -HUGE_VALF, before = is_there(s, t - 1) ? frame_at(s, t - 1)[key] : low,
                after = is_there(s, t + 1) ? frame_at(s, t + 1)[key] : low;
    const double time_s = ((double)t + hear_peak_shift(before, here[key], after)) * FRAME_S;
    row[0] = time_s > 0 ? (float)time_s : 0;
    memcpy(keys, here, NEUME_HEAR_DRUM_OUTPUTS * sizeof *keys);
    for (int64_t e = -APART; e <= APART; e++)
        for (int k = 0; k < K; k++) keys[k] = fmaxf(keys[k], frame_at(s, t + e)[k]);
    mean_spectrum(s, t, t + SOUNDS - 1, keys + NEUME_HEAR_DRUM_OUTPUTS);
    mean_spectrum(s, t - BEFORE_FIRST, t - BEFORE_LAST, keys + NEUME_HEAR_DRUM_OUTPUTS + MELS);
    memcpy(row + NEUME_STROKE_NUMBERS, here + NEUME_HEAR_DRUM_OUTPUTS + MELS, (size_t)s->channels * sizeof *row);
    return NEUME_OK;
}

/* Looks at frames up to, not including, `end`. */
static neume_status look(hear_strokes *s, int64_t end) {
    for (; s->looked_at < end; s->looked_at++) {
        int key;
        if (is_stroke(s, s->looked_at, &key)) NEUME_TRY(add_stroke(s, s->looked_at, key));
    }
    return NEUME_OK;
}

/* Drops frames that nothing looks at any more. */
static void forget(hear_strokes *s) {
    int64_t drop = s->looked_at - KEPT - s->first;
    if (drop <= 0) return;
    if (drop > s->count) drop = s->count;
    memmove(s->frames, s->frames + drop * s->width, (size_t)((s->count - drop) * s->width) * sizeof *s->frames);
    s->first += drop;
    s->count -= drop;
}

neume_status hear_strokes_push(hear_strokes *s, const float *drums, const float *hidden, const float *mel,
                               int64_t frames) {
    NEUME_TRY(neume__grow((void **)&s->frames, &s->frame_capacity, (size_t)((s->count + frames) * s->width),
                          sizeof *s->frames));
    for (int64_t t = 0; t < frames; t++) {
        float *frame = s->frames + s->count++ * s->width;
        memcpy(frame, drums + t * NEUME_HEAR_DRUM_OUTPUTS, NEUME_HEAR_DRUM_OUTPUTS * sizeof *frame);
        memcpy(frame + NEUME_HEAR_DRUM_OUTPUTS, mel + t * MELS, MELS * sizeof *frame);
        memcpy(frame + NEUME_HEAR_DRUM_OUTPUTS + MELS, hidden + t * s->channels, (size_t)s->channels * sizeof *frame);
    }
    NEUME_TRY(look(s, s->first + s->count - SOUNDS));
    forget(s);
    return NEUME_OK;
}

neume_status hear_strokes_end(hear_strokes *s) {
    s->ended = true;
    return s->count ? look(s, s->first + s->count) : NEUME_OK;
}

const float *hear_strokes_rows(const hear_strokes *s, int64_t *stride, int64_t *count) {
    *stride = NEUME_STROKE_NUMBERS + s->channels;
    *count = s->row_count;
    return s->rows;
}

void hear_strokes_drop(hear_strokes *s, int64_t count) {
    const int64_t stride = NEUME_STROKE_NUMBERS + s->channels;
    if (count <= 0) return;
    memmove(s->rows, s->rows + count * stride, (size_t)((s->row_count - count) * stride) * sizeof *s->rows);
    s->row_count -= count;
}

double hear_strokes_known_s(const hear_strokes *s) {
    return s->ended ? HUGE_VAL : (double)(s->looked_at - 1) * FRAME_S;
}
