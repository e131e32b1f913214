/* Reading notes off the curves.
 *
 * For each pitch the network gives, every 20 ms, how likely a note begins, sounds and ends. A note begins at a peak of
 * the onset curve above a threshold; the target was a triangle of two frames either side, so the place of the peak
 * between frames follows from its neighbours (Kong et al. 2021): with x- and x+ beside the peak x0, the shift is (x+ -
 * x-) / (2 (x0 - min(x-, x+))) frames. It ends at the next peak of the same pitch, at an offset peak while the frame
 * curve is already low, or when the frame curve has been low for three frames. Everything is decided with one frame of
 * foresight, so a stream and a file give the same notes. Notes leave in order of onset: a finished note waits for
 * earlier ones that still sound, and no note sounds for more than a minute.
 *
 * The offset curve often says an end while the frame curve is still high: a room, a tail or a pedal sounds on. Which of
 * these it is cannot be seen here, so the end that was said is kept beside the note for those whose tails are no notes
 * (hear_decoder_end_as_said()).
 *
 * A sung or bowed note may swell without any peak of the onset curve. Where the frame curve stays high and no note
 * sounds, a soft note is kept aside: among others it is more often an overtone or a rest of sound than a note, so only
 * a line by itself takes it (solo.c). */
#include "decode.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double FRAME_S = 0.02, DRUM_FRAME_S = 0.01;
enum {
    REPEAT_FRAMES = 3,      /* 60 ms: a key is not struck again sooner */
    LOW_FRAMES = 3,         /* how long the frame curve must stay low to end a note */
    NOTE_FRAMES_MAX = 3000, /* a minute */
    DRUM_REPEAT_FRAMES = 4, /* 40 ms */
};
static const double NOTE_S_MIN = 0.04, DRUM_S = 0.1;
static const double SAID_ODDS = 0.25; /* of an end against sound: at least, to be said */
static const double SHORT_S = 0.15;   /* a piano's note that is let go sooner was hardly under the pedal */
static const double SOFT_QUIET = 0.3, SOFT_HIGH = 0.6, SOFT_ONSET = 0.1; /* probabilities */
enum {
    SOFT_FRAMES = 6, /* how long the frame curve must be high for a soft note */
    SOFT_BEFORE = 3, /* frames that it begins earlier */
};

typedef struct sounding {
    bool on;
    double onset_s;
    int64_t onset_frame, low_frames, low_since;
    int64_t said_frame;         /* its end was said, though it may sound on; 0: it was not */
    float confidence, velocity; /* probabilities */
    size_t id;
    float *cents; /* (frames since the onset), when bends are wanted; the memory stays for the pitch's next note */
    size_t cents_count, cents_capacity;
} sounding;

/* A pitch where a soft note may begin. */
typedef struct swelling {
    int64_t high_frames, high_since;
    float onset;              /* the highest since the frame curve left the ground, log odds */
    float cents[SOFT_FRAMES]; /* of the high frames, when bends are wanted */
} swelling;

/* An end that was said before a note's sound was over. */
typedef struct said_end {
    double onset_s, end_s; /* of the note */
    int pitch;
} said_end;

/* A note that waits for earlier ones. */
typedef struct finished_note {
    neume_note note;
    size_t id; /* DRUM: its instrument is no question */
} finished_note;
static const size_t DRUM = SIZE_MAX;

typedef float note_frame[NEUME_PITCHES][NEUME_HEAR_OUTPUTS];
typedef float drum_frame[NEUME_HEAR_DRUM_OUTPUTS];

struct hear_decoder {
    neume_hear_config config;
    float onset_threshold, frame_threshold, offset_threshold, drum_threshold, soft_threshold; /* log odds */
    float said_odds;                                                                          /* likewise */
    int64_t frames, drum_frames;                                                              /* seen so far */
    note_frame before, here; /* the last two frames; `here` awaits its successor */
    drum_frame drum_before, drum_here;
    int64_t drum_last[NEUME_HEAR_DRUMS]; /* frame of the last hit */
    sounding pitch[NEUME_PITCHES];
    neume_instruments instruments;
    finished_note *finished;
    size_t finished_count, finished_capacity;
    hear_opened *opened; /* since the last release */
    size_t opened_count, opened_capacity;
    float *families; /* (begun, stride) by id */
    int64_t stride;
    size_t begun, families_capacity;
    size_t *released; /* ids in the order of release */
    size_t released_count, released_capacity;
    bool pitched; /* notes are allowed, not only drums */
    bool ended;
    bool drums_left; /* to hear_decoder_strike() */
    double drums_until_s;
    float spectrum[NEUME_FEATURES_BINS * NEUME_FEATURES_CHANNELS]; /* of `here`, when bends are wanted */
    bool bends_wanted;
    neume_bends closed_bends, bends; /* of notes not yet released, and released */
    swelling swelling[NEUME_PITCHES];
    sounding soft[NEUME_PITCHES];
    neume_notes soft_notes; /* finished */
    neume_bends soft_bends;
    said_end *said;
    size_t said_count, said_capacity;
};

static float probability(float logit) {
    return 1 / (1 + expf(-logit));
}

/* How often notes of such an onset are right. */
static float calibrated(float logit, double scale, double shift) {
    return probability((float)(scale * (double)logit + shift));
}

static float log_odds(double p) {
    return (float)log(p / (1 - p));
}

/* Sensitivity moves every threshold by up to two units of log odds either way. */
float hear_moved_threshold(double threshold, double sensitivity) {
    return log_odds(threshold) + (float)(4 * (0.5 - sensitivity));
}

/* What lies before the first and after the last frame: impossible everywhere. */
static void silence(float *curves, size_t count) {
    for (size_t i = 0; i < count; i++) curves[i] = -INFINITY;
}

neume_status hear_decoder_new(const neume_hear_config *config, double sensitivity, const neume_instruments *instruments,
                              hear_decoder **out) {
    if (!(sensitivity >= 0 && sensitivity <= 1))
        return neume_fail(NEUME_EINVAL, "sensitivity must lie between 0 and 1");
    hear_decoder *d = neume__calloc(1, sizeof *d);
    if (!d) return NEUME_ENOMEM;
    d->config = *config;
    d->stride = NEUME_HEAR_FAMILIES;
    d->instruments = *instruments;
    d->pitched = hear_any_family(instruments);
    d->drums_until_s = HUGE_VAL;
    d->onset_threshold = hear_moved_threshold(config->onset_threshold, sensitivity);
    d->drum_threshold = hear_moved_threshold(config->drum_threshold, sensitivity);
    d->soft_threshold = hear_moved_threshold(SOFT_ONSET, sensitivity);
    d->frame_threshold = log_odds(config->frame_threshold);
    d->offset_threshold = log_odds(config->offset_threshold);
    d->said_odds = (float)log(SAID_ODDS);
    for (int i = 0; i < NEUME_HEAR_DRUMS; i++) d->drum_last[i] = -DRUM_REPEAT_FRAMES;
    silence(&d->before[0][0], sizeof d->before / sizeof(float));
    silence(&d->here[0][0], sizeof d->here / sizeof(float));
    silence(d->drum_before, NEUME_HEAR_DRUM_OUTPUTS);
    silence(d->drum_here, NEUME_HEAR_DRUM_OUTPUTS);
    *out = d;
    return NEUME_OK;
}

void hear_decoder_keep(hear_decoder *d, int64_t stride) {
    d->stride = stride;
}

void hear_decoder_leave_drums(hear_decoder *d) {
    d->drums_left = true;
    d->drums_until_s = 0;
}

void hear_decoder_drums_until(hear_decoder *d, double until_s) {
    d->drums_until_s = until_s;
}

void hear_decoder_free(hear_decoder *d) {
    if (!d) return;
    neume__free(d->finished);
    neume__free(d->opened);
    neume__free(d->families);
    neume__free(d->released);
    for (int p = 0; p < NEUME_PITCHES; p++) neume__free(d->pitch[p].cents), neume__free(d->soft[p].cents);
    neume_notes_clear(&d->soft_notes);
    neume_bends_clear(&d->soft_bends);
    neume_bends_clear(&d->closed_bends);
    neume_bends_clear(&d->bends);
    neume__free(d->said);
    neume__free(d);
}

/* --- one pitch ---------------------------------------------------------------------------------------------------- */

static bool is_peak(float before, float here, float after, float threshold) {
    return here >= threshold && here > before && here >= after;
}

/* -.5 .. .5 frames */
double hear_peak_shift(float before, float here, float after) {
    float left = probability(before), right = probability(after), top = probability(here);
    float low = left < right ? left : right, height = top - low;
    return height > 1e-6f ? (double)((right - left) / (2 * height)) : 0;
}

static neume_status add_finished(hear_decoder *d, const finished_note *one) {
    NEUME_TRY(neume__grow((void **)&d->finished, &d->finished_capacity, d->finished_count + 1, sizeof *d->finished));
    d->finished[d->finished_count++] = *one;
    return NEUME_OK;
}

static int16_t velocity_of(float probability_) {
    int velocity = (int)lrintf(127 * probability_);
    return (int16_t)(velocity < 1 ? 1 : velocity > 127 ? 127 : velocity);
}

static neume_note note_of(const sounding *s, int pitch, double end_s) {
    const double least_s = s->onset_s + NOTE_S_MIN;
    return (neume_note){.onset_s = s->onset_s,
                        .offset_s = end_s > least_s ? end_s : least_s,
                        .pitch = (int16_t)(NEUME_PITCH_LOWEST + pitch),
                        .velocity = velocity_of(s->velocity),
                        .confidence = s->confidence};
}

/* Keeps the end that was said of a note, for those that do not sound on. */
static neume_status keep_said(hear_decoder *d, const sounding *s, const neume_note *note) {
    const double end_s = fmax((double)s->said_frame * FRAME_S, s->onset_s + NOTE_S_MIN);
    if (!s->said_frame || end_s >= note->offset_s) return NEUME_OK;
    NEUME_TRY(neume__grow((void **)&d->said, &d->said_capacity, d->said_count + 1, sizeof *d->said));
    d->said[d->said_count++] = (said_end){note->onset_s, end_s, note->pitch};
    return NEUME_OK;
}

static neume_status close_note(hear_decoder *d, int pitch, double end_s) {
    sounding *s = &d->pitch[pitch];
    const finished_note one = {note_of(s, pitch, end_s), s->id};
    s->on = false;
    NEUME_TRY(keep_said(d, s, &one.note));
    if (d->bends_wanted) {
        const neume_bend bend = {one.note.onset_s, one.note.pitch, s->cents, s->cents_count};
        NEUME_TRY(neume_bends_add(&d->closed_bends, &bend));
    }
    return add_finished(d, &one);
}

/* One more frame of a sounding note. */
static neume_status follow_bend(hear_decoder *d, int pitch, sounding *s) {
    if (!d->bends_wanted) return NEUME_OK;
    NEUME_TRY(neume__grow((void **)&s->cents, &s->cents_capacity, s->cents_count + 1, sizeof *s->cents));
    s->cents[s->cents_count++] = hear_fine_pitch(d->spectrum, pitch);
    return NEUME_OK;
}

static neume_status open_note(hear_decoder *d, int pitch, double onset_s, int64_t frame) {
    const float *here = d->here[pitch];
    const hear_opened opened = {frame, pitch, d->begun};
    NEUME_TRY(neume__grow((void **)&d->opened, &d->opened_capacity, d->opened_count + 1, sizeof *d->opened));
    NEUME_TRY(neume__grow((void **)&d->families, &d->families_capacity, (d->begun + 1) * (size_t)d->stride,
                          sizeof *d->families));
    memset(d->families + d->begun * (size_t)d->stride, 0, (size_t)d->stride * sizeof *d->families);
    d->opened[d->opened_count++] = opened;
    sounding *s = &d->pitch[pitch];
    *s = (sounding){.on = true,
                    .cents = s->cents,
                    .cents_capacity = s->cents_capacity,
                    .onset_s = onset_s < 0 ? 0 : onset_s,
                    .onset_frame = frame,
                    .confidence = calibrated(here[NEUME_HEAR_ONSET], d->config.note_confidence_scale,
                                             d->config.note_confidence_shift),
                    .velocity = probability(here[NEUME_HEAR_VELOCITY]),
                    .id = d->begun++};
    return follow_bend(d, pitch, s);
}

/* Whether a sounding note ends at this frame, and when. */
static bool ends_here(const hear_decoder *d, sounding *s, int64_t frame, const float *here, double *end_s) {
    bool low = here[NEUME_HEAR_FRAME] < d->frame_threshold;
    if (low && !s->low_frames++) s->low_since = frame;
    if (!low) s->low_frames = 0;
    *end_s = (double)(low ? s->low_since : frame) * FRAME_S;
    const bool may_end = here[NEUME_HEAR_OFFSET] >= d->offset_threshold && frame - s->onset_frame >= 2;
    const bool said = may_end && here[NEUME_HEAR_FRAME] < 0;
    const bool likely = may_end && here[NEUME_HEAR_OFFSET] - here[NEUME_HEAR_FRAME] > d->said_odds;
    if (likely && !s->said_frame) s->said_frame = frame;
    return said || s->low_frames >= LOW_FRAMES || frame - s->onset_frame >= NOTE_FRAMES_MAX;
}

static neume_status decode_pitch(hear_decoder *d, int pitch, int64_t frame, float onset_after) {
    sounding *s = &d->pitch[pitch];
    const float *before = d->before[pitch], *here = d->here[pitch];
    double end_s;
    bool peak = is_peak(before[NEUME_HEAR_ONSET], here[NEUME_HEAR_ONSET], onset_after, d->onset_threshold);
    if (peak && (!s->on || frame - s->onset_frame >= REPEAT_FRAMES)) {
        double onset_s =
            ((double)frame + hear_peak_shift(before[NEUME_HEAR_ONSET], here[NEUME_HEAR_ONSET], onset_after)) * FRAME_S;
        if (s->on) NEUME_TRY(close_note(d, pitch, onset_s));
        return open_note(d, pitch, onset_s, frame);
    }
    if (!s->on) return NEUME_OK;
    return ends_here(d, s, frame, here, &end_s) ? close_note(d, pitch, end_s) : follow_bend(d, pitch, s);
}

static neume_status close_soft(hear_decoder *d, int pitch, double end_s) {
    sounding *s = &d->soft[pitch];
    const neume_note note = note_of(s, pitch, end_s);
    s->on = false;
    if (d->bends_wanted) {
        const neume_bend bend = {note.onset_s, note.pitch, s->cents, s->cents_count};
        NEUME_TRY(neume_bends_add(&d->soft_bends, &bend));
    }
    return neume_notes_add(&d->soft_notes, note);
}

/* The bend of a soft note that has just been found, from its beginning on. */
static neume_status recall_bend(hear_decoder *d, const swelling *w, sounding *s) {
    const int64_t before = w->high_since < SOFT_BEFORE ? w->high_since : SOFT_BEFORE;
    const int64_t unknown = before + w->high_frames - SOFT_FRAMES;
    if (!d->bends_wanted) return NEUME_OK;
    NEUME_TRY(neume__grow((void **)&s->cents, &s->cents_capacity, (size_t)(before + w->high_frames), sizeof *s->cents));
    for (int64_t i = 0; i < unknown; i++) s->cents[s->cents_count++] = w->cents[0];
    for (int i = 0; i < SOFT_FRAMES; i++) s->cents[s->cents_count++] = w->cents[i];
    return NEUME_OK;
}

static neume_status open_soft(hear_decoder *d, int pitch) {
    const swelling *w = &d->swelling[pitch];
    sounding *s = &d->soft[pitch];
    *s =
        (sounding){.on = true,
                   .cents = s->cents,
                   .cents_capacity = s->cents_capacity,
                   .onset_s = fmax((double)(w->high_since - SOFT_BEFORE) * FRAME_S, 0),
                   .onset_frame = w->high_since,
                   .confidence = calibrated(w->onset, d->config.note_confidence_scale, d->config.note_confidence_shift),
                   .velocity = probability(d->here[pitch][NEUME_HEAR_VELOCITY])};
    return recall_bend(d, w, s);
}

/* Whether the frame curve has been high for long, and a beginning was not out of the question. */
static bool has_swelled(const hear_decoder *d, int pitch, int64_t frame, swelling *w) {
    const float *here = d->here[pitch];
    if (here[NEUME_HEAR_FRAME] < log_odds(SOFT_QUIET)) *w = (swelling){.onset = -INFINITY};
    w->onset = fmaxf(w->onset, here[NEUME_HEAR_ONSET]);
    const bool high = here[NEUME_HEAR_FRAME] >= log_odds(SOFT_HIGH);
    if (high && !w->high_frames++) w->high_since = frame;
    if (!high) w->high_frames = 0;
    if (high && d->bends_wanted) {
        memmove(w->cents, w->cents + 1, (SOFT_FRAMES - 1) * sizeof *w->cents);
        w->cents[SOFT_FRAMES - 1] = hear_fine_pitch(d->spectrum, pitch);
    }
    return w->high_frames >= SOFT_FRAMES && w->onset >= d->soft_threshold;
}

/* Behind decode_pitch(): a soft note ends where a true one begins. */
static neume_status decode_soft(hear_decoder *d, int pitch, int64_t frame) {
    const sounding *loud = &d->pitch[pitch];
    sounding *s = &d->soft[pitch];
    double end_s;
    if (loud->on) {
        d->swelling[pitch] = (swelling){.onset = -INFINITY};
        return s->on ? close_soft(d, pitch, loud->onset_s) : NEUME_OK;
    }
    if (s->on)
        return ends_here(d, s, frame, d->here[pitch], &end_s) ? close_soft(d, pitch, end_s) : follow_bend(d, pitch, s);
    if (!has_swelled(d, pitch, frame, &d->swelling[pitch])) return NEUME_OK;
    NEUME_TRY(open_soft(d, pitch));
    d->swelling[pitch] = (swelling){.onset = -INFINITY};
    return NEUME_OK;
}

/* One stroke sounds like several keys; a set has one bass drum, one snare, one pair of hats, one ride, toms a step
 * apart. Of such keys only the likeliest is written. */
static int drum_rivals(int key) {
    switch (key) {
    case 35:
    case 36:
        return 1;
    case 38:
    case 40:
        return 2;
    case 42:
    case 44:
        return 3;
    case 49:
    case 52:
    case 55:
    case 57:
        return 4;
    case 51:
    case 53:
    case 59:
        return 5;
    case 41:
    case 43:
        return 6;
    case 45:
    case 47:
        return 7;
    case 48:
    case 50:
        return 8;
    default:
        return 0;
    }
}

static bool is_likeliest(const hear_decoder *d, int kind, const float *after) {
    int rivals = drum_rivals(NEUME_HEAR_DRUM_LOWEST + kind);
    for (int i = 0; i < NEUME_HEAR_DRUMS && rivals; i++) {
        if (i == kind || drum_rivals(NEUME_HEAR_DRUM_LOWEST + i) != rivals) continue;
        float other = fmaxf(fmaxf(d->drum_before[i], d->drum_here[i]), after[i]);
        if (other > d->drum_here[kind] || (other == d->drum_here[kind] && i < kind)) return false;
    }
    return true;
}

neume_status hear_decoder_strike(hear_decoder *d, const hear_hit *hit) {
    const double onset_s = hit->onset_s < 0 ? 0 : hit->onset_s;
    const finished_note one = {{.onset_s = onset_s,
                                .offset_s = onset_s + DRUM_S,
                                .pitch = (int16_t)hit->key,
                                .velocity = velocity_of(hit->velocity),
                                .program = NEUME_PROGRAM_DRUMS,
                                .confidence = hit->confidence},
                               DRUM};
    if (d->instruments.restricted && !d->instruments.drums) return NEUME_OK;
    return add_finished(d, &one);
}

static neume_status decode_drum(hear_decoder *d, int kind, int64_t frame, const float *next) {
    float before = d->drum_before[kind], here = d->drum_here[kind], after = next[kind];
    if (!is_peak(before, here, after, d->drum_threshold) || frame - d->drum_last[kind] < DRUM_REPEAT_FRAMES ||
        !is_likeliest(d, kind, next))
        return NEUME_OK;
    d->drum_last[kind] = frame;
    const hear_hit hit = {((double)frame + hear_peak_shift(before, here, after)) * DRUM_FRAME_S,
                          NEUME_HEAR_DRUM_LOWEST + kind, probability(d->drum_here[NEUME_HEAR_DRUMS + kind]),
                          calibrated(here, d->config.drum_confidence_scale, d->config.drum_confidence_shift)};
    return hear_decoder_strike(d, &hit);
}

/* --- all of them -------------------------------------------------------------------------------------------------- */

static neume_status push_frame(hear_decoder *d, const note_frame *next, const float *spectrum) {
    for (int p = 0; p < NEUME_PITCHES && d->frames > 0 && d->pitched && next; p++) {
        NEUME_TRY(decode_pitch(d, p, d->frames - 1, (*next)[p][NEUME_HEAR_ONSET]));
        NEUME_TRY(decode_soft(d, p, d->frames - 1));
    }
    if (next) {
        memcpy(d->before, d->here, sizeof d->here);
        memcpy(d->here, *next, sizeof d->here);
    }
    d->bends_wanted = spectrum != NULL;
    if (spectrum) memcpy(d->spectrum, spectrum, sizeof d->spectrum);
    d->frames++;
    return NEUME_OK;
}

static neume_status push_drum_frame(hear_decoder *d, const drum_frame *next) {
    for (int i = 0; i < NEUME_HEAR_DRUMS && d->drum_frames > 0 && !d->drums_left; i++)
        NEUME_TRY(decode_drum(d, i, d->drum_frames - 1, *next));
    memcpy(d->drum_before, d->drum_here, sizeof d->drum_here);
    memcpy(d->drum_here, *next, sizeof d->drum_here);
    d->drum_frames++;
    return NEUME_OK;
}

static int compare_finished(const void *a, const void *b) {
    const finished_note *x = a, *y = b;
    return neume_note_compare(&x->note, &y->note);
}

/* No note that is not yet finished can begin before this. */
static double certain_s(const hear_decoder *d) {
    double certain = fmin((double)(d->frames - 3) * FRAME_S, d->drums_until_s);
    for (int p = 0; p < NEUME_PITCHES; p++)
        if (d->pitch[p].on && d->pitch[p].onset_s < certain) certain = d->pitch[p].onset_s;
    return certain;
}

neume_status hear_decoder_push(hear_decoder *d, const float *notes, const float *drums, const float *spectrum,
                               int64_t frames) {
    enum { WIDTH = NEUME_FEATURES_BINS * NEUME_FEATURES_CHANNELS };
    for (int64_t t = 0; t < frames; t++) {
        NEUME_TRY(push_frame(d, notes ? (const void *)(notes + t * NEUME_PITCHES * NEUME_HEAR_OUTPUTS) : NULL,
                             spectrum ? spectrum + t * WIDTH : NULL));
        NEUME_TRY(push_drum_frame(d, (const void *)(drums + 2 * t * NEUME_HEAR_DRUM_OUTPUTS)));
        NEUME_TRY(push_drum_frame(d, (const void *)(drums + (2 * t + 1) * NEUME_HEAR_DRUM_OUTPUTS)));
    }
    return NEUME_OK;
}

neume_status hear_decoder_end(hear_decoder *d, double end_s) {
    note_frame quiet;
    drum_frame drum_quiet;
    silence(&quiet[0][0], sizeof quiet / sizeof(float));
    silence(drum_quiet, NEUME_HEAR_DRUM_OUTPUTS);
    NEUME_TRY(push_frame(d, (const void *)&quiet, d->bends_wanted ? d->spectrum : NULL));
    NEUME_TRY(push_drum_frame(d, (const void *)&drum_quiet));
    for (int p = 0; p < NEUME_PITCHES; p++) {
        if (d->pitch[p].on) NEUME_TRY(close_note(d, p, end_s));
        if (d->soft[p].on) NEUME_TRY(close_soft(d, p, end_s));
    }
    d->ended = true;
    return NEUME_OK;
}

/* --- what comes out ----------------------------------------------------------------------------------------------- */

const hear_opened *hear_decoder_opened(const hear_decoder *d, size_t *count) {
    *count = d->opened_count;
    return d->opened;
}

float *hear_decoder_family(hear_decoder *d, size_t id) {
    return d->families + id * (size_t)d->stride;
}

/* Moves a released note's bend over; few wait, so they are simply looked through. */
static neume_status release_bend(hear_decoder *d, const neume_note *note) {
    neume_bends *closed = &d->closed_bends;
    for (size_t i = 0; i < closed->count; i++) {
        neume_bend *bend = &closed->items[i];
        if (bend->onset_s != note->onset_s || bend->pitch != note->pitch) continue;
        neume_status status = neume_bends_add(&d->bends, bend);
        neume__free(bend->cents);
        *bend = closed->items[--closed->count];
        return status;
    }
    return NEUME_OK;
}

neume_bends *hear_decoder_bends(hear_decoder *d) {
    return &d->bends;
}

static neume_status release_one(hear_decoder *d, const finished_note *one, neume_notes *out) {
    neume_note note = one->note;
    if (one->id != DRUM) {
        int family = hear_best_family(&d->instruments, hear_decoder_family(d, one->id));
        note.program = (int16_t)hear_program_of_family(&d->instruments, family);
    }
    NEUME_TRY(neume__grow((void **)&d->released, &d->released_capacity, d->released_count + 1, sizeof *d->released));
    NEUME_TRY(neume_notes_add(out, note));
    d->released[d->released_count++] = one->id;
    return one->id == DRUM ? NEUME_OK : release_bend(d, &note);
}

neume_status hear_decoder_release(hear_decoder *d, neume_notes *out) {
    size_t kept = 0;
    double until_s = d->ended ? HUGE_VAL : certain_s(d);
    if (d->finished_count > 1) qsort(d->finished, d->finished_count, sizeof *d->finished, compare_finished);
    for (size_t i = 0; i < d->finished_count; i++) {
        if (d->finished[i].note.onset_s >= until_s)
            d->finished[kept++] = d->finished[i];
        else
            NEUME_TRY(release_one(d, &d->finished[i], out));
    }
    d->finished_count = kept;
    d->opened_count = 0;
    return NEUME_OK;
}

neume_status hear_decoder_evidence(const hear_decoder *d, float **out, size_t *count) {
    const size_t stride = (size_t)d->stride;
    float *evidence = neume__calloc((d->released_count + 1) * stride, sizeof *evidence);
    if (!evidence) return NEUME_ENOMEM;
    for (size_t i = 0; i < d->released_count; i++)
        if (d->released[i] != DRUM)
            memcpy(evidence + i * stride, d->families + d->released[i] * stride, stride * sizeof *evidence);
    *out = evidence;
    *count = d->released_count;
    return NEUME_OK;
}

static int compare_bends(const void *a, const void *b) {
    const neume_bend *x = a, *y = b;
    if (x->onset_s != y->onset_s) return x->onset_s < y->onset_s ? -1 : 1;
    return x->pitch - y->pitch;
}

neume_status hear_decoder_take_soft(hear_decoder *d, int program, neume_notes *notes) {
    for (size_t i = 0; i < d->soft_notes.count; i++) {
        neume_note note = d->soft_notes.items[i];
        note.program = (int16_t)program;
        NEUME_TRY(neume_notes_add(notes, note));
    }
    for (size_t i = 0; i < d->soft_bends.count; i++) NEUME_TRY(neume_bends_add(&d->bends, &d->soft_bends.items[i]));
    neume_notes_sort(notes);
    if (d->bends.count > 1) qsort(d->bends.items, d->bends.count, sizeof *d->bends.items, compare_bends);
    neume_notes_clear(&d->soft_notes);
    neume_bends_clear(&d->soft_bends);
    return NEUME_OK;
}

/* --- ends --------------------------------------------------------------------------------------------------------- */

static int compare_said(const void *a, const void *b) {
    const said_end *x = a, *y = b;
    if (x->onset_s != y->onset_s) return x->onset_s < y->onset_s ? -1 : 1;
    return x->pitch - y->pitch;
}

void hear_decoder_end_as_said(hear_decoder *d, neume_notes *notes) {
    if (d->said_count > 1) qsort(d->said, d->said_count, sizeof *d->said, compare_said);
    for (size_t i = 0; i < notes->count && d->said_count; i++) {
        neume_note *note = &notes->items[i];
        const said_end asked = {.onset_s = note->onset_s, .pitch = note->pitch};
        if (note->program == NEUME_PROGRAM_DRUMS) continue;
        const said_end *found = bsearch(&asked, d->said, d->said_count, sizeof *d->said, compare_said);
        if (!found || (neume_program_family(note->program) == 0 && found->end_s - found->onset_s > SHORT_S)) continue;
        note->offset_s = found->end_s;
        hear_bend_cut(&d->bends, note);
    }
}
