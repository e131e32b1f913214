/* A beat network at work: a piece is read in windows, so that memory does not grow with its length, and at five paces,
 * whose logits are averaged: what one tempo leaves open another often tells. */
#include "activation.h"
#include "log_softmax.h"
#include "neume/score_net.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    BORDER = 2048,     /* frames on either side, as far as the largest network looks: 2 * (2^10 - 1) */
    CORE = 2 * BORDER, /* frames of a window that are kept, at most */
    GRAIN = BORDER,    /* they are made a multiple of this, so that windows have few sizes: each is prepared apart */
    PACES = 5,
};
static const double paces[PACES] = {1, .9, 1.11, .8, 1.25};

struct neume_beat_model {
    neume_beat_net *net;
    neume_compute *compute;
    neume_tensor x;
};

neume_status neume_beat_model_load(const char *path, neume_beat_model **out) {
    neume_beat_model *model = calloc(1, sizeof *model);
    neume_status status = NEUME_OK;
    if (!model) return neume_fail(NEUME_ENOMEM, "no memory for a beat network");
    NEUME_GO(neume_beat_net_load(path, NEUME_BEAT_NET_FRAMES, NULL, &model->net));
    NEUME_GO(neume_compute_new(NEUME_FAST, &model->compute));
    *out = model;
    return NEUME_OK;
fail:
    neume_beat_model_free(model);
    return status;
}

void neume_beat_model_free(neume_beat_model *model) {
    if (!model) return;
    neume_beat_net_free(model->net);
    neume_compute_free(model->compute);
    neume_tensor_clear(&model->x);
    free(model);
}

static float probability(float logit) {
    return 1 / (1 + expf(-logit));
}

/* A stretch of the piece as heard at one pace: logits (frames, NEUME_BEAT_LOGITS) from frame `first` on. */
typedef struct hearing {
    const neume_notes *notes;
    double start_s;
    size_t first, frames;
    float *logits;
} hearing;

/* Frames from .. from + CORE of the stretch; fewer at the end. */
static neume_status read_window(neume_beat_model *model, const hearing *h, size_t from) {
    const size_t before = h->first + from < BORDER ? h->first + from : BORDER, left = h->frames - from;
    const size_t kept = left < CORE ? left : CORE, frames = before + (kept + GRAIN - 1) / GRAIN * GRAIN + BORDER;
    const neume_tensor *logits = NULL;
    NEUME_TRY(neume_tensor_shape(&model->x, NEUME_F32, NEUME_DIMS(1, 1, (int64_t)frames, NEUME_BEAT_FEATURES)));
    const double start_s = h->start_s + (double)(h->first + from - before) * NEUME_BEAT_STEP_S;
    NEUME_TRY(neume_beat_features(h->notes, start_s, frames, neume_f32(&model->x)));
    NEUME_TRY(neume_beat_net_forward(model->net, model->compute, false, &model->x, &logits));
    memcpy(h->logits + from * NEUME_BEAT_LOGITS, neume_f32(logits) + before * NEUME_BEAT_LOGITS,
           kept * NEUME_BEAT_LOGITS * sizeof *h->logits);
    return NEUME_OK;
}

/* Adds what is heard at one pace to frame t of the sums; x: the frame of the hearing that is its moment. */
static void add_frame(const hearing *h, double x, double shift, neume__activation *sum, size_t t) {
    const size_t low = (size_t)fmin(fmax(x, 0), (double)(h->frames - 2));
    const double share = fmin(fmax(x - (double)low, 0), 1);
    float said[NEUME_BEAT_LOGITS], chances[NEUME_BEAT_PERIODS];
    const float *one = h->logits + low * NEUME_BEAT_LOGITS, *other = one + NEUME_BEAT_LOGITS;
    for (int k = 0; k < NEUME_BEAT_LOGITS; k++)
        said[k] = (float)((1 - share) * (double)one[k] + share * (double)other[k]);
    sum->beat[t] += said[NEUME_BEAT_AT_BEAT] / PACES;
    sum->downbeat[t] += said[NEUME_BEAT_AT_DOWNBEAT] / PACES;
    neume__log_softmax(&said[NEUME_BEAT_AT_METRE], NEUME_BEAT_METRES, chances);
    for (int k = 0; k < NEUME_BEAT_METRES; k++) sum->metre[t * NEUME_BEAT_METRES + (size_t)k] += chances[k] / PACES;
    neume__log_softmax(&said[NEUME_BEAT_AT_PERIOD], NEUME_BEAT_PERIODS, chances);
    for (int k = 0; k < NEUME_BEAT_PERIODS; k++) {
        const double place = fmin(fmax(k + shift, 0), NEUME_BEAT_PERIODS - 1.001);
        const int at = (int)place;
        const double between = (1 - (place - at)) * (double)chances[at] + (place - at) * (double)chances[at + 1];
        sum->period[t * NEUME_BEAT_PERIODS + (size_t)k] += (float)between / PACES;
    }
}

/* Adds the stretch that begins `first` frames into the piece, its notes drawn out by `pace`. */
static neume_status add_pace(neume_beat_model *model, const neume_notes *notes, double start_s, size_t first,
                             double pace, neume__activation *sum) {
    neume_status status = NEUME_OK;
    neume_notes drawn = {0};
    hearing h = {.notes = &drawn, .first = (size_t)((double)first * pace)};
    h.frames = (size_t)ceil((double)(first + sum->frames) * pace) + 2 - h.first;
    h.logits = malloc(h.frames * NEUME_BEAT_LOGITS * sizeof *h.logits);
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

neume_status neume__activation_from_net(const neume_notes *notes, neume_beat_model *model, double start_s, size_t first,
                                        size_t frames, neume__activation *out) {
    neume_status status = NEUME_OK;
    neume__activation made = {.frames = frames,
                              .start_s = start_s + (double)first * NEUME_BEAT_STEP_S,
                              .first_onset = first ? 0 : NEUME__ACTIVATION_FIRST};
    made.beat = calloc(frames, sizeof *made.beat);
    made.downbeat = calloc(frames, sizeof *made.downbeat);
    made.metre = calloc(frames, NEUME_BEAT_METRES * sizeof *made.metre);
    made.period = calloc(frames, NEUME_BEAT_PERIODS * sizeof *made.period);
    if (!made.beat || !made.downbeat || !made.metre || !made.period) {
        status = neume_fail(NEUME_ENOMEM, "no memory to look for beats");
        goto fail;
    }
    for (int k = 0; k < PACES; k++) NEUME_GO(add_pace(model, notes, start_s, first, paces[k], &made));
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
