/* A bar network at work: beats are read in windows, so that memory does not grow with a piece's length. */
#include "bars.h"
#include "log_softmax.h"

#include <math.h>
#include <string.h>

enum {
    BORDER = 128, /* beats on either side: as far as the network and the comparisons look */
    CORE = 256,   /* beats of a window that are kept */
};
#define TOGETHER_S .02 /* notes that begin so near each other do it at once */
#define ONE_LINE   .1  /* share of notes that do, or overlap, in music of one line */

struct neume_bar_model {
    neume_beat_net *net;
    neume_beat_net *steady; /* for songs on a sequencer's clock; NULL = net */
    neume_beat_net *tune;   /* knows the metre of a whole tune; NULL = nothing does */
    neume_compute *compute;
    neume_tensor x;
};

neume_status neume_bar_model_load(const char *path, neume_bar_model **out) {
    neume_bar_model *model = neume__calloc(1, sizeof *model);
    neume_status status = NEUME_OK;
    if (!model) return NEUME_ENOMEM;
    NEUME_GO(neume_beat_net_load(path, NEUME_BEAT_NET_BEATS, NULL, &model->net));
    NEUME_GO(neume_compute_new(NEUME_FAST, &model->compute));
    *out = model;
    return NEUME_OK;
fail:
    neume_bar_model_free(model);
    return status;
}

neume_status neume_bar_model_join(neume_bar_model *model, const char *path) {
    neume_beat_net **place = model->steady ? &model->tune : &model->steady;
    if (*place) return neume_fail(NEUME_ELIMIT, "more than three bar networks");
    return neume_beat_net_load(path, NEUME_BEAT_NET_BEATS, NULL, place);
}

void neume_bar_model_free(neume_bar_model *model) {
    if (!model) return;
    neume_beat_net_free(model->net);
    neume_beat_net_free(model->steady);
    neume_beat_net_free(model->tune);
    neume_compute_free(model->compute);
    neume_tensor_clear(&model->x);
    neume__free(model);
}

void neume__bar_beliefs_clear(neume__bar_beliefs *beliefs) {
    neume__free(beliefs->down), neume__free(beliefs->no_down);
    neume__free(beliefs->length), neume__free(beliefs->metre), neume__free(beliefs->found);
    neume__free(beliefs->heard_down), neume__free(beliefs->heard_metre);
    *beliefs = (neume__bar_beliefs){0};
}

static void believe(const float *logit, size_t b, neume__bar_beliefs *out) {
    for (int k = 0; k < NEUME_BAR_SPOTS; k++) {
        const double x = (double)logit[NEUME_BAR_AT_SPOT + k];
        out->down[b][k] = (float)neume__log_sigmoid(x);
        out->no_down[b][k] = (float)((double)out->down[b][k] - x);
    }
    neume__log_softmax(&logit[NEUME_BAR_AT_LENGTH], NEUME_BAR_LENGTHS, out->length[b]);
    neume__log_softmax(&logit[NEUME_BAR_AT_METRE], NEUME_BEAT_METRES, out->metre[b]);
}

/* Whether nobody plays two notes at once: hardly any note begins with another, or while most of one still sounds. */
static bool is_one_line(const neume_notes *notes) {
    size_t together = 0;
    for (size_t i = 0; i + 1 < notes->count; i++) {
        const neume_note *a = &notes->items[i], *b = &notes->items[i + 1];
        const double shorter = fmin(a->offset_s - a->onset_s, b->offset_s - b->onset_s);
        const double shared = fmin(a->offset_s, b->offset_s) - b->onset_s;
        together += b->onset_s - a->onset_s < TOGETHER_S || shared > shorter / 2;
    }
    return notes->count && (double)together < ONE_LINE * (double)notes->count;
}

/* Adds what the tunes' network says of the metre on the beats of a window that are kept, as a mean over all. */
static neume_status ask_of_whole(neume_bar_model *model, size_t before, size_t kept, neume__bar_beliefs *out) {
    const neume_tensor *logits = NULL;
    neume_bar_features_as_written(neume_f32(&model->x), (size_t)model->x.dim[2]);
    NEUME_TRY(neume_beat_net_forward(model->tune, model->compute, false, &model->x, &logits));
    for (size_t b = before; b < before + kept; b++)
        for (size_t k = 0; k < NEUME_BEAT_METRES; k++)
            out->whole_metre[k] += neume_f32(logits)[b * NEUME_BAR_LOGITS + NEUME_BAR_AT_METRE + k] / (float)out->count;
    return NEUME_OK;
}

/* Beats from .. from + CORE; fewer at the end. */
static neume_status read_window(neume_bar_model *model, const neume_notes *notes, const double *beats_s, size_t from,
                                neume__bar_beliefs *out) {
    const size_t before = from < BORDER ? from : BORDER, left = out->count - from;
    const size_t kept = left < CORE ? left : CORE, behind = left - kept < BORDER ? left - kept : BORDER;
    const size_t beats = before + kept + behind;
    const neume_tensor *logits = NULL;
    NEUME_TRY(neume_tensor_shape(&model->x, NEUME_F32, NEUME_DIMS(1, 1, (int64_t)beats, NEUME_BAR_FEATURES)));
    NEUME_TRY(neume_bar_features(notes, beats_s + from - before, beats, neume_f32(&model->x)));
    neume_beat_net *net = out->steady && model->steady ? model->steady : model->net;
    NEUME_TRY(neume_beat_net_forward(net, model->compute, false, &model->x, &logits));
    for (size_t b = 0; b < kept; b++) believe(neume_f32(logits) + (before + b) * NEUME_BAR_LOGITS, from + b, out);
    return out->tune && model->tune ? ask_of_whole(model, before, kept, out) : NEUME_OK;
}

/* What the beat networks said of beat b, which lasts to the next; the last as long as the one before. @p downs: of
 * where bars begin, too */
static void recall(const neume__heard *heard, const double *beats_s, size_t b, bool downs, neume__bar_beliefs *out) {
    const double at = beats_s[b], lasts = b + 1 < out->count ? beats_s[b + 1] - at : b ? at - beats_s[b - 1] : .5;
    double metre[NEUME_BEAT_METRES] = {0};
    neume__heard_metre(heard, at, at + lasts, metre);
    for (int k = 0; k < NEUME_BEAT_METRES; k++) out->heard_metre[b][k] = (float)(metre[k] / fmax(lasts, .02));
    for (int k = 0; k < NEUME_BAR_SPOTS && downs; k++)
        out->heard_down[b][k] = (float)neume__heard_down(heard, at + neume_bar_spot[k] * lasts);
}

static neume_status make_room(size_t n, neume__bar_beliefs *out) {
    out->count = n;
    out->down = neume__calloc(n, sizeof *out->down);
    out->no_down = neume__calloc(n, sizeof *out->no_down);
    out->length = neume__calloc(n, sizeof *out->length);
    out->metre = neume__calloc(n, sizeof *out->metre);
    out->heard_down = neume__calloc(n, sizeof *out->heard_down);
    out->heard_metre = neume__calloc(n, sizeof *out->heard_metre);
    out->found = neume__calloc(n, sizeof *out->found);
    const bool all = out->down && out->no_down && out->length && out->metre && out->heard_down && out->heard_metre;
    return all && out->found ? NEUME_OK : NEUME_ENOMEM;
}

neume_status neume__bar_beliefs_find(neume_bar_model *model, const neume_notes *notes, const neume_rhythm *rhythm,
                                     const neume__heard *heard, bool steady, neume__bar_beliefs *out) {
    neume_status status = NEUME_OK;
    const size_t n = rhythm->count;
    neume__bar_beliefs made = {.steady = steady, .tune = !steady && is_one_line(notes)};
    double *beats_s = neume__calloc(n, sizeof *beats_s);
    if (!beats_s) return NEUME_ENOMEM;
    NEUME_GO(make_room(n, &made));
    for (size_t b = 0; b < n; b++) {
        beats_s[b] = rhythm->beats[b].time_s;
        made.found[b] = (int8_t)neume_beat_metre_class(rhythm->beats[b].metre);
    }
    const bool downs = !steady || !model->steady; /* a network for such music knows better where bars begin */
    for (size_t b = 0; b < n; b++) recall(heard, beats_s, b, downs, &made);
    for (size_t from = 0; from < n; from += CORE) NEUME_GO(read_window(model, notes, beats_s, from, &made));
    float most = -HUGE_VALF;
    for (int k = 0; k < NEUME_BEAT_METRES; k++) most = fmaxf(most, made.whole_metre[k]);
    for (int k = 0; k < NEUME_BEAT_METRES; k++) made.whole_metre[k] -= most;
    *out = made;
    made = (neume__bar_beliefs){0};
fail:
    neume__free(beats_s);
    neume__bar_beliefs_clear(&made);
    return status;
}
