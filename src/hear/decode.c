/* Reading notes off the curves.
 *
 * For each pitch the network gives, every 20 ms, how likely a note begins, sounds and ends. A note begins at a peak of
 * the onset curve above a threshold; the target was a triangle of two frames either side, so the place of the peak
 * between frames follows from its neighbours (Kong et al. 2021): with x- and x+ beside the peak x0, the shift is (x+ -
 * x-) / (2 (x0 - min(x-, x+))) frames. It ends at the next peak of the same pitch, at an offset peak while the frame
 * curve is already low, or when the frame curve has been low for three frames. Everything is decided with one frame of
 * foresight, so a stream and a file give the same notes. Notes leave in order of onset: a finished note waits for
 * earlier ones that still sound, and no note sounds for more than a minute. */
#include "decode.h"

#include <math.h>
#include <string.h>

static const double FRAME_S = 0.02, DRUM_FRAME_S = 0.01;
enum {
    REPEAT_FRAMES = 3,      /* 60 ms: a key is not struck again sooner */
    LOW_FRAMES = 3,         /* how long the frame curve must stay low to end a note */
    FAMILY_FRAMES = 10,     /* the instrument is judged over the first 200 ms */
    NOTE_FRAMES_MAX = 3000, /* a minute */
    DRUM_REPEAT_FRAMES = 4, /* 40 ms */
};
static const double NOTE_S_MIN = 0.04, DRUM_S = 0.1;

/* The program each family is written as: a typical member. */
static const int16_t PROGRAM_OF_FAMILY[NEUME_HEAR_FAMILIES] = {0, 11, 19, 24, 33, 40, 48, 56, 65, 73, 80, 89, 96, 104};

typedef struct sounding {
    bool on;
    double onset_s;
    int64_t onset_frame, low_frames, low_since;
    float confidence, velocity; /* probabilities */
    float family[NEUME_HEAR_FAMILIES];
    int family_frames;
} sounding;

typedef float note_frame[NEUME_PITCHES][NEUME_HEAR_OUTPUTS];
typedef float drum_frame[NEUME_HEAR_DRUM_OUTPUTS];

struct hear_decoder {
    float onset_threshold, frame_threshold, offset_threshold, drum_threshold; /* log odds, as the curves are */
    int64_t frames, drum_frames;                                              /* seen so far */
    note_frame before, here; /* the last two frames; `here` awaits its successor */
    drum_frame drum_before, drum_here;
    int64_t drum_last[NEUME_HEAR_DRUMS]; /* frame of the last hit */
    sounding pitch[NEUME_PITCHES];
    neume_notes finished; /* waiting for earlier ones */
};

static float probability(float logit) {
    return 1 / (1 + expf(-logit));
}

static float log_odds(double p) {
    return (float)log(p / (1 - p));
}

/* Sensitivity moves every threshold by up to two units of log odds either way. */
static float moved(double threshold, double sensitivity) {
    return log_odds(threshold) + (float)(4 * (0.5 - sensitivity));
}

/* What lies before the first and after the last frame: impossible everywhere. */
static void silence(float *curves, size_t count) {
    for (size_t i = 0; i < count; i++) curves[i] = -INFINITY;
}

neume_status hear_decoder_new(const neume_hear_config *config, double sensitivity, hear_decoder **out) {
    if (!(sensitivity >= 0 && sensitivity <= 1))
        return neume_fail(NEUME_EINVAL, "sensitivity must lie between 0 and 1");
    hear_decoder *d = neume__calloc(1, sizeof *d);
    if (!d) return NEUME_ENOMEM;
    d->onset_threshold = moved(config->onset_threshold, sensitivity);
    d->drum_threshold = moved(config->drum_threshold, sensitivity);
    d->frame_threshold = log_odds(config->frame_threshold);
    d->offset_threshold = log_odds(config->offset_threshold);
    for (int i = 0; i < NEUME_HEAR_DRUMS; i++) d->drum_last[i] = -DRUM_REPEAT_FRAMES;
    silence(&d->before[0][0], sizeof d->before / sizeof(float));
    silence(&d->here[0][0], sizeof d->here / sizeof(float));
    silence(d->drum_before, NEUME_HEAR_DRUM_OUTPUTS);
    silence(d->drum_here, NEUME_HEAR_DRUM_OUTPUTS);
    *out = d;
    return NEUME_OK;
}

void hear_decoder_free(hear_decoder *d) {
    if (!d) return;
    neume_notes_clear(&d->finished);
    neume__free(d);
}

/* --- one pitch ---------------------------------------------------------------------------------------------------- */

static bool is_peak(float before, float here, float after, float threshold) {
    return here >= threshold && here > before && here >= after;
}

/* -.5 .. .5 frames */
static double peak_shift(float before, float here, float after) {
    float left = probability(before), right = probability(after), top = probability(here);
    float low = left < right ? left : right, height = top - low;
    return height > 1e-6f ? (double)((right - left) / (2 * height)) : 0;
}

static int best_family(const sounding *s) {
    int best = 0;
    for (int i = 1; i < NEUME_HEAR_FAMILIES; i++)
        if (s->family[i] > s->family[best]) best = i;
    return best;
}

static neume_status close_note(hear_decoder *d, int pitch, double end_s) {
    sounding *s = &d->pitch[pitch];
    double least_s = s->onset_s + NOTE_S_MIN;
    int velocity = (int)lrintf(127 * s->velocity);
    s->on = false;
    return neume_notes_add(&d->finished, (neume_note){
                                             .onset_s = s->onset_s,
                                             .offset_s = end_s > least_s ? end_s : least_s,
                                             .pitch = (int16_t)(NEUME_PITCH_LOWEST + pitch),
                                             .velocity = (int16_t)(velocity < 1     ? 1
                                                                   : velocity > 127 ? 127
                                                                                    : velocity),
                                             .program = PROGRAM_OF_FAMILY[best_family(s)],
                                             .confidence = s->confidence,
                                         });
}

static void follow_family(sounding *s, const float *here) {
    if (s->family_frames >= FAMILY_FRAMES) return;
    for (int i = 0; i < NEUME_HEAR_FAMILIES; i++) s->family[i] += probability(here[NEUME_HEAR_FAMILY + i]);
    s->family_frames++;
}

static void open_note(sounding *s, double onset_s, int64_t frame, const float *here) {
    *s = (sounding){.on = true,
                    .onset_s = onset_s < 0 ? 0 : onset_s,
                    .onset_frame = frame,
                    .confidence = probability(here[NEUME_HEAR_ONSET]),
                    .velocity = probability(here[NEUME_HEAR_VELOCITY])};
}

/* Whether a sounding note ends at this frame, and when. */
static bool ends_here(const hear_decoder *d, sounding *s, int64_t frame, const float *here, double *end_s) {
    bool low = here[NEUME_HEAR_FRAME] < d->frame_threshold;
    if (low && !s->low_frames++) s->low_since = frame;
    if (!low) s->low_frames = 0;
    *end_s = (double)(low ? s->low_since : frame) * FRAME_S;
    bool said =
        here[NEUME_HEAR_OFFSET] >= d->offset_threshold && here[NEUME_HEAR_FRAME] < 0 && frame - s->onset_frame >= 2;
    return said || s->low_frames >= LOW_FRAMES || frame - s->onset_frame >= NOTE_FRAMES_MAX;
}

static neume_status decode_pitch(hear_decoder *d, int pitch, int64_t frame, float onset_after) {
    sounding *s = &d->pitch[pitch];
    const float *before = d->before[pitch], *here = d->here[pitch];
    double end_s;
    bool peak = is_peak(before[NEUME_HEAR_ONSET], here[NEUME_HEAR_ONSET], onset_after, d->onset_threshold);
    if (peak && (!s->on || frame - s->onset_frame >= REPEAT_FRAMES)) {
        double onset_s =
            ((double)frame + peak_shift(before[NEUME_HEAR_ONSET], here[NEUME_HEAR_ONSET], onset_after)) * FRAME_S;
        if (s->on) NEUME_TRY(close_note(d, pitch, onset_s));
        open_note(s, onset_s, frame, here);
        follow_family(s, here);
        return NEUME_OK;
    }
    if (!s->on) return NEUME_OK;
    follow_family(s, here);
    return ends_here(d, s, frame, here, &end_s) ? close_note(d, pitch, end_s) : NEUME_OK;
}

static neume_status decode_drum(hear_decoder *d, int kind, int64_t frame, float after) {
    float before = d->drum_before[kind], here = d->drum_here[kind];
    if (!is_peak(before, here, after, d->drum_threshold) || frame - d->drum_last[kind] < DRUM_REPEAT_FRAMES)
        return NEUME_OK;
    d->drum_last[kind] = frame;
    double onset_s = ((double)frame + peak_shift(before, here, after)) * DRUM_FRAME_S;
    int velocity = (int)lrintf(127 * probability(d->drum_here[NEUME_HEAR_DRUMS + kind]));
    onset_s = onset_s < 0 ? 0 : onset_s;
    return neume_notes_add(&d->finished, (neume_note){onset_s, onset_s + DRUM_S, (int16_t)neume_hear_drum_key(kind),
                                                      (int16_t)(velocity < 1 ? 1 : velocity), NEUME_PROGRAM_DRUMS, 0,
                                                      probability(here)});
}

/* --- all of them -------------------------------------------------------------------------------------------------- */

static neume_status push_frame(hear_decoder *d, const note_frame *next) {
    for (int p = 0; p < NEUME_PITCHES && d->frames > 0; p++)
        NEUME_TRY(decode_pitch(d, p, d->frames - 1, (*next)[p][NEUME_HEAR_ONSET]));
    memcpy(d->before, d->here, sizeof d->here);
    memcpy(d->here, *next, sizeof d->here);
    d->frames++;
    return NEUME_OK;
}

static neume_status push_drum_frame(hear_decoder *d, const drum_frame *next) {
    for (int i = 0; i < NEUME_HEAR_DRUMS && d->drum_frames > 0; i++)
        NEUME_TRY(decode_drum(d, i, d->drum_frames - 1, (*next)[i]));
    memcpy(d->drum_before, d->drum_here, sizeof d->drum_here);
    memcpy(d->drum_here, *next, sizeof d->drum_here);
    d->drum_frames++;
    return NEUME_OK;
}

/* Moves finished notes that begin before `certain_s` to out, in order. */
static neume_status release(hear_decoder *d, double certain_s, neume_notes *out) {
    size_t kept = 0;
    neume_notes_sort(&d->finished);
    for (size_t i = 0; i < d->finished.count; i++) {
        if (d->finished.items[i].onset_s < certain_s)
            NEUME_TRY(neume_notes_add(out, d->finished.items[i]));
        else
            d->finished.items[kept++] = d->finished.items[i];
    }
    d->finished.count = kept;
    return NEUME_OK;
}

/* No note that is not yet finished can begin before this. */
static double certain_s(const hear_decoder *d) {
    double certain = (double)(d->frames - 3) * FRAME_S;
    for (int p = 0; p < NEUME_PITCHES; p++)
        if (d->pitch[p].on && d->pitch[p].onset_s < certain) certain = d->pitch[p].onset_s;
    return certain;
}

neume_status hear_decoder_push(hear_decoder *d, const float *notes, const float *drums, int64_t frames,
                               neume_notes *out) {
    for (int64_t t = 0; t < frames; t++) {
        NEUME_TRY(push_frame(d, (const void *)(notes + t * NEUME_PITCHES * NEUME_HEAR_OUTPUTS)));
        NEUME_TRY(push_drum_frame(d, (const void *)(drums + 2 * t * NEUME_HEAR_DRUM_OUTPUTS)));
        NEUME_TRY(push_drum_frame(d, (const void *)(drums + (2 * t + 1) * NEUME_HEAR_DRUM_OUTPUTS)));
    }
    return release(d, certain_s(d), out);
}

neume_status hear_decoder_finish(hear_decoder *d, double end_s, neume_notes *out) {
    note_frame quiet;
    drum_frame drum_quiet;
    silence(&quiet[0][0], sizeof quiet / sizeof(float));
    silence(drum_quiet, NEUME_HEAR_DRUM_OUTPUTS);
    NEUME_TRY(push_frame(d, (const void *)&quiet));
    NEUME_TRY(push_drum_frame(d, (const void *)&drum_quiet));
    for (int p = 0; p < NEUME_PITCHES; p++)
        if (d->pitch[p].on) NEUME_TRY(close_note(d, p, end_s));
    return release(d, INFINITY, out);
}
