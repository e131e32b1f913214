/* A beat network at work: a piece is read in windows, so that memory does not grow with its length. */
#include "activation.h"
#include "neume/score_net.h"

#include <math.h>
#include <stdlib.h>

enum {
    CORE = 6000,   /* frames of a window that are kept: two minutes */
    BORDER = 2048, /* frames on either side, as far as the largest network looks: 2 * (2^10 - 1) */

};

struct neume_beat_model {
    neume_beat_net *net;
    neume_compute *compute;
    neume_tensor x;
};

neume_status neume_beat_model_load(const char *path, neume_beat_model **out) {
    neume_beat_model *model = calloc(1, sizeof *model);
    neume_status status = NEUME_OK;
    if (!model) return neume_fail(NEUME_ENOMEM, "no memory for a beat network");
    NEUME_GO(neume_beat_net_load(path, NULL, &model->net));
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

static void log_softmax(const float *logit, int classes, float *out) {
    double most = (double)logit[0], sum = 0;
    for (int k = 1; k < classes; k++) most = fmax(most, (double)logit[k]);
    for (int k = 0; k < classes; k++) sum += exp((double)logit[k] - most);
    for (int k = 0; k < classes; k++) out[k] = (float)((double)logit[k] - most - log(sum));
}

/* Frames from .. from + CORE of the stretch that begins `first` frames into the piece; fewer at the end. */
static neume_status read_window(neume_beat_model *model, const neume_notes *notes, size_t first, size_t from,
                                neume__activation *out) {
    const size_t before = first + from < BORDER ? first + from : BORDER, left = out->frames - from;
    const size_t kept = left < CORE ? left : CORE, frames = before + kept + BORDER;
    const neume_tensor *logits = NULL;
    NEUME_TRY(neume_tensor_shape(&model->x, NEUME_F32, NEUME_DIMS(1, 1, (int64_t)frames, NEUME_BEAT_FEATURES)));
    const double start_s = out->start_s + ((double)from - (double)before) * NEUME_BEAT_STEP_S;
    NEUME_TRY(neume_beat_features(notes, start_s, frames, neume_f32(&model->x)));
    NEUME_TRY(neume_beat_net_forward(model->net, model->compute, false, &model->x, &logits));
    for (size_t t = from; t < from + kept; t++) {
        const float *said = neume_f32(logits) + (before + t - from) * NEUME_BEAT_LOGITS;
        out->beat[t] = probability(said[NEUME_BEAT_AT_BEAT]);
        out->downbeat[t] = fminf(probability(said[NEUME_BEAT_AT_DOWNBEAT]), out->beat[t]);
        log_softmax(&said[NEUME_BEAT_AT_METRE], NEUME_BEAT_METRES, &out->metre[t * NEUME_BEAT_METRES]);
        log_softmax(&said[NEUME_BEAT_AT_PERIOD], NEUME_BEAT_PERIODS, &out->period[t * NEUME_BEAT_PERIODS]);
    }
    return NEUME_OK;
}

neume_status neume__activation_from_net(const neume_notes *notes, neume_beat_model *model, double start_s, size_t first,
                                        size_t frames, neume__activation *out) {
    neume_status status = NEUME_OK;
    neume__activation made = {.frames = frames, .start_s = start_s + (double)first * NEUME_BEAT_STEP_S};
    made.beat = calloc(frames, sizeof *made.beat);
    made.downbeat = calloc(frames, sizeof *made.downbeat);
    made.metre = calloc(frames, NEUME_BEAT_METRES * sizeof *made.metre);
    made.period = calloc(frames, NEUME_BEAT_PERIODS * sizeof *made.period);
    if (!made.beat || !made.downbeat || !made.metre || !made.period) {
        status = neume_fail(NEUME_ENOMEM, "no memory to look for beats");
        goto fail;
    }
    for (size_t from = 0; from < frames; from += CORE) NEUME_GO(read_window(model, notes, first, from, &made));
    *out = made;
    return NEUME_OK;
fail:
    neume__activation_clear(&made);
    return status;
}
