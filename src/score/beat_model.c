/* Beat networks at work: a piece is read in windows, so that memory does not grow with its length, and at five paces,
 * whose logits are averaged: what one tempo leaves open another often tells. What several networks say is averaged by
 * their weights, then with what a pulse network says (docs/decisions/012). */
#include "activation.h"
#include "log_softmax.h"
#include "neume/score_net.h"
#include "pulse_model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    BORDER = 2048,     /* frames on either side, as far as the largest network looks: 2 * (2^10 - 1) */
    CORE = 2 * BORDER, /* frames of a window that are kept, at most */
    GRAIN = BORDER,    /* they are made a multiple of this, so that windows have few sizes: each is prepared apart */
    PACES = 5,
    NETS = 4,
};
static const double paces[PACES] = {1, .9, 1.11, .8, 1.25};

#define NO_BEAT     (-8.0F) /* the logit of a beat in long silence */
#define PULSE_SHARE .5F     /* of what the pulse network says, where an event is */

struct neume_beat_model {
    neume_beat_net *nets[NETS];
    int count;
    neume__pulse_model *pulse; /* NULL: none was joined */
    neume_compute *compute;
    neume_tensor x;
};

neume_status neume_beat_model_load(const char *path, neume_beat_model **out) {
    neume_beat_model *model = calloc(1, sizeof *model);
    neume_status status = NEUME_OK;
    if (!model) return neume_fail(NEUME_ENOMEM, "no memory for a beat network");
    NEUME_GO(neume_beat_net_load(path, NEUME_BEAT_NET_FRAMES, NULL, &model->nets[0]));
    model->count = 1;
    NEUME_GO(neume_compute_new(NEUME_FAST, &model->compute));
    *out = model;
    return NEUME_OK;
fail:
    neume_beat_model_free(model);
    return status;
}

neume_status neume_beat_model_join(neume_beat_model *model, const char *path) {
    if (neume__pulse_model_is(path)) {
        if (model->pulse) return neume_fail(NEUME_ELIMIT, "%s: a second pulse network", path);
        return neume__pulse_model_load(path, &model->pulse);
    }
    if (model->count == NETS) return neume_fail(NEUME_ELIMIT, "%s: more than %d beat networks", path, NETS);
    NEUME_TRY(neume_beat_net_load(path, NEUME_BEAT_NET_FRAMES, NULL, &model->nets[model->count]));
    model->count++;
    return NEUME_OK;
}

void neume_beat_model_free(neume_beat_model *model) {
    if (!model) return;
    neume__pulse_model_free(model->pulse);
    for (int n = 0; n < model->count; n++) neume_beat_net_free(model->nets[n]);
    neume_compute_free(model->compute);
    neume_tensor_clear(&model->x);
    free(model);
}

static float probability(float logit) {
    return 1 / (1 + expf(-logit));
}

static float logit(float p) {
    return logf(fmaxf(p, 1e-6F) / fmaxf(1 - p, 1e-6F));
}

/* A stretch of the piece as heard at one pace: logits (frames, NEUME_BEAT_LOGITS) from frame `first` on, zero before.
 */
typedef struct hearing {
    const neume_notes *notes;
    double start_s;
    size_t first, frames;
    float *logits;
} hearing;

/* Whether a note begins from start_s to end_s. */
static bool begins_within(const neume_notes *notes, double start_s, double end_s) {
    size_t low = 0, high = notes->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (notes->items[middle].onset_s < start_s)
            low = middle + 1;
        else
            high = middle;
    }
    return low < notes->count && notes->items[low].onset_s <= end_s;
}

/* Hours may lie between two notes: where none begins, there is no beat and nothing else to tell. */
static void hear_nothing(float *logits, size_t frames) {
    for (size_t t = 0; t < frames; t++, logits += NEUME_BEAT_LOGITS)
        logits[NEUME_BEAT_AT_BEAT] = logits[NEUME_BEAT_AT_DOWNBEAT] = NO_BEAT;
}

/* Frames from .. from + CORE of the stretch; fewer at the end. */
static neume_status read_window(neume_beat_model *model, const hearing *h, size_t from) {
    const size_t before = h->first + from < BORDER ? h->first + from : BORDER, left = h->frames - from;
    const size_t kept = left < CORE ? left : CORE, frames = before + (kept + GRAIN - 1) / GRAIN * GRAIN + BORDER;
    const neume_tensor *logits = NULL;
    const double start_s = h->start_s + (double)(h->first + from - before) * NEUME_BEAT_STEP_S;
    if (!begins_within(h->notes, start_s, start_s + (double)frames * NEUME_BEAT_STEP_S)) {
        hear_nothing(h->logits + from * NEUME_BEAT_LOGITS, kept);
        return NEUME_OK;
    }
    NEUME_TRY(neume_tensor_shape(&model->x, NEUME_F32, NEUME_DIMS(1, 1, (int64_t)frames, NEUME_BEAT_FEATURES)));
    NEUME_TRY(neume_beat_features(h->notes, start_s, frames, neume_f32(&model->x)));
    double sum = 0;
    for (int n = 0; n < model->count; n++) sum += neume_beat_net_weight(model->nets[n]);
    for (int n = 0; n < model->count; n++) {
        const float weight = (float)(neume_beat_net_weight(model->nets[n]) / sum);
        NEUME_TRY(neume_beat_net_forward(model->nets[n], model->compute, false, &model->x, &logits));
        const float *said = neume_f32(logits) + before * NEUME_BEAT_LOGITS;
        float *mean = h->logits + from * NEUME_BEAT_LOGITS;
        for (size_t i = 0; i < kept * NEUME_BEAT_LOGITS; i++) mean[i] += weight * said[i];
    }
    return NEUME_OK;
}

neume_status neume__activation_make(size_t frames, neume__activation *out) {
    neume__activation made = {.frames = frames};
    made.beat = calloc(frames + 1, sizeof *made.beat);
    made.downbeat = calloc(frames + 1, sizeof *made.downbeat);
    made.metre = calloc(frames + 1, NEUME_BEAT_METRES * sizeof *made.metre);
    made.period = calloc(frames + 1, NEUME_BEAT_PERIODS * sizeof *made.period);
    *out = made;
    if (made.beat && made.downbeat && made.metre && made.period) return NEUME_OK;
    neume__activation_clear(out);
    return neume_fail(NEUME_ENOMEM, "no memory to look for beats");
}

void neume__activation_add(neume__activation *sum, size_t t, const float *said, double shift, float weight) {
    float chances[NEUME_BEAT_PERIODS];
    sum->beat[t] += weight * said[NEUME_BEAT_AT_BEAT];
    sum->downbeat[t] += weight * said[NEUME_BEAT_AT_DOWNBEAT];
    neume__log_softmax(&said[NEUME_BEAT_AT_METRE], NEUME_BEAT_METRES, chances);
    for (int k = 0; k < NEUME_BEAT_METRES; k++) sum->metre[t * NEUME_BEAT_METRES + (size_t)k] += weight * chances[k];
    neume__log_softmax(&said[NEUME_BEAT_AT_PERIOD], NEUME_BEAT_PERIODS, chances);
    for (int k = 0; k < NEUME_BEAT_PERIODS; k++) {
        const double place = fmin(fmax(k + shift, 0), NEUME_BEAT_PERIODS - 1.001);
        const int at = (int)place;
        const double between = (1 - (place - at)) * (double)chances[at] + (place - at) * (double)chances[at + 1];
        sum->period[t * NEUME_BEAT_PERIODS + (size_t)k] += weight * (float)between;
    }
}

/* Adds what is heard at one pace to frame t of the sums; x: the frame of the hearing that is its moment. */
static void add_frame(const hearing *h, double x, double shift, neume__activation *sum, size_t t) {
    const size_t low = (size_t)fmin(fmax(x, 0), (double)(h->frames - 2));
    const double share = fmin(fmax(x - (double)low, 0), 1);
    float said[NEUME_BEAT_LOGITS];
    const float *one = h->logits + low * NEUME_BEAT_LOGITS, *other = one + NEUME_BEAT_LOGITS;
    for (int k = 0; k < NEUME_BEAT_LOGITS; k++)
        said[k] = (float)((1 - share) * (double)one[k] + share * (double)other[k]);
    neume__activation_add(sum, t, said, shift, 1.0F / PACES);
}

/* Adds the stretch that begins `first` frames into the piece, its notes drawn out by `pace`. */
static neume_status add_pace(neume_beat_model *model, const neume_notes *notes, double start_s, size_t first,
                             double pace, neume__activation *sum) {
    neume_status status = NEUME_OK;
    neume_notes drawn = {0};
    hearing h = {.notes = &drawn, .first = (size_t)((double)first * pace)};
    h.frames = (size_t)ceil((double)(first + sum->frames) * pace) + 2 - h.first;
    h.logits = calloc(h.frames * NEUME_BEAT_LOGITS, sizeof *h.logits);
    if (!h.logits) return neume_fail(NEUME_ENOMEM, "no memory to look for beats");
    for (size_t i = 0; i < notes->count; i++) {
        neume_note note = notes->items[i];
        note.onset_s = (note.onset_s - start_s) * pace, note.offset_s = (note.offset_s - start_s) * pace;
        NEUME_GO(neume_notes_add(&drawn, note));
    }
    for (size_t from = 0; from < h.frames; from += CORE) NEUME_GO(read_window(model, &h, from));
    const double shift = neume_beat_period_place(.7 * pace) - neume_beat_period_place(.7);
    for (size_t t = 0; t < sum->frames; t++) add_frame(&h, (double)(first + t) * pace - (double)h.first, shift, sum, t);
fail:
    neume_notes_clear(&drawn);
    free(h.logits);
    return status;
}

/* --- the pulse network joins -------------------------------------------------------------------------------------- */

/* Where an event is, the mean of what both say; beside it, of what both would say beside a beat. */
static void join_event(neume__activation *sum, int64_t frame, float beat, float downbeat) {
    for (int64_t t = frame - 1; t <= frame + 1; t++) {
        if (t < 0 || t >= (int64_t)sum->frames) continue;
        const float part = t == frame ? 1 : .5F; /* as the beat network learnt */
        const float beside = part * probability(beat), down_beside = part * probability(downbeat);
        sum->beat[t] += PULSE_SHARE * (logit(beside) - sum->beat[t]);
        sum->downbeat[t] += PULSE_SHARE * (logit(down_beside) - sum->downbeat[t]);
    }
}

/* From each event to the next, the mean of what both say of metre and period. */
static void join_classes(const neume__activation *events, size_t e, size_t from, size_t to, neume__activation *sum) {
    for (size_t t = from; t < to; t++) {
        float *const metre = &sum->metre[t * NEUME_BEAT_METRES], *const period = &sum->period[t * NEUME_BEAT_PERIODS];
        for (size_t k = 0; k < NEUME_BEAT_METRES; k++)
            metre[k] += PULSE_SHARE * (events->metre[e * NEUME_BEAT_METRES + k] - metre[k]);
        for (size_t k = 0; k < NEUME_BEAT_PERIODS; k++)
            period[k] += PULSE_SHARE * (events->period[e * NEUME_BEAT_PERIODS + k] - period[k]);
    }
}

static neume_status join_pulse(neume__pulse_model *pulse, const neume_notes *notes, neume__activation *sum) {
    double *times_s = NULL;
    neume__activation events = {0};
    const double end_s = sum->start_s + (double)sum->frames * NEUME_BEAT_STEP_S;
    NEUME_TRY(neume__pulse_hear(pulse, notes, sum->start_s - 2 * NEUME_BEAT_STEP_S, end_s + 2 * NEUME_BEAT_STEP_S,
                                &times_s, &events));
    size_t from = 0;
    for (size_t e = 0; e < events.frames; e++) {
        const double next_s = e + 1 < events.frames ? times_s[e + 1] : end_s;
        const size_t to = (size_t)fmax(ceil((next_s - sum->start_s) / NEUME_BEAT_STEP_S), 0);
        join_event(sum, (int64_t)lround((times_s[e] - sum->start_s) / NEUME_BEAT_STEP_S), events.beat[e],
                   events.downbeat[e]);
        join_classes(&events, e, from, to < sum->frames ? to : sum->frames, sum);
        from = to < sum->frames ? to : sum->frames;
    }
    neume__free(times_s);
    neume__activation_clear(&events);
    return NEUME_OK;
}

neume_status neume__activation_from_net(const neume_notes *notes, neume_beat_model *model, double start_s, size_t first,
                                        size_t frames, neume__activation *out) {
    neume_status status = NEUME_OK;
    neume__activation made;
    NEUME_TRY(neume__activation_make(frames, &made));
    made.start_s = start_s + (double)first * NEUME_BEAT_STEP_S;
    made.first_onset = first ? 0 : NEUME__ACTIVATION_FIRST;
    for (int k = 0; k < PACES; k++) NEUME_GO(add_pace(model, notes, start_s, first, paces[k], &made));
    if (model->pulse) NEUME_GO(join_pulse(model->pulse, notes, &made));
    for (size_t t = 0; t < frames; t++) {
        float *const metre = &made.metre[t * NEUME_BEAT_METRES], *const period = &made.period[t * NEUME_BEAT_PERIODS];
        made.beat[t] = probability(made.beat[t]);
        made.downbeat[t] = fminf(probability(made.downbeat[t]), made.beat[t]);
        neume__log_softmax(metre, NEUME_BEAT_METRES, metre);
        neume__log_softmax(period, NEUME_BEAT_PERIODS, period);
    }
    *out = made;
    return NEUME_OK;
fail:
    neume__activation_clear(&made);
    return status;
}
