/* A pulse network at work: a stretch of a piece is read in windows of events, so that memory does not grow with its
 * length, and at three paces, whose answers are averaged. */
#include "pulse_model.h"

#include "neume/score_net.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    BORDER = 128, /* events on either side of those that are kept */
    CORE = 256,
    PACES = 3,
};
static const double paces[PACES] = {1, .87, 1.15};

struct neume__pulse_model {
    neume_beat_net *net;
    neume_compute *compute;
    neume_tensor x;
};

bool neume__pulse_model_is(const char *path) {
    neume_gguf *gguf = NULL;
    if (neume_gguf_read(path, &gguf)) return false;
    const char *architecture = neume_gguf_string(gguf, "general.architecture");
    const bool is = architecture && strcmp(architecture, "neume-pulse") == 0;
    neume_gguf_free(gguf);
    return is;
}

neume_status neume__pulse_model_load(const char *path, neume__pulse_model **out) {
    neume__pulse_model *model = neume__calloc(1, sizeof *model);
    neume_status status = NEUME_OK;
    if (!model) return NEUME_ENOMEM;
    NEUME_GO(neume_beat_net_load(path, NEUME_BEAT_NET_EVENTS, NULL, &model->net));
    NEUME_GO(neume_compute_new(NEUME_FAST, &model->compute));
    *out = model;
    return NEUME_OK;
fail:
    neume__pulse_model_free(model);
    return status;
}

void neume__pulse_model_free(neume__pulse_model *model) {
    if (!model) return;
    neume_beat_net_free(model->net);
    neume_compute_free(model->compute);
    neume_tensor_clear(&model->x);
    neume__free(model);
}

/* Notes and their events. */
typedef struct passage {
    neume_notes notes;
    neume_pulse_event *events;
    size_t count;
} passage;

static void passage_clear(passage *p) {
    neume_notes_clear(&p->notes);
    neume__free(p->events);
}

/* Notes drawn out by `pace`; the events are those of the notes as they were. */
static neume_status draw_out(const neume_notes *notes, double pace, passage *out) {
    *out = (passage){0};
    NEUME_TRY(neume_pulse_events_find(notes, &out->events, &out->count));
    for (size_t e = 0; e < out->count; e++) out->events[e].time_s *= pace;
    for (size_t i = 0; i < notes->count; i++) {
        neume_note note = notes->items[i];
        note.onset_s *= pace, note.offset_s *= pace;
        NEUME_TRY(neume_notes_add(&out->notes, note));
    }
    return NEUME_OK;
}

/* Adds what is said of events from .. from + CORE - 1 at one pace to the sums, whose first event is `first`. */
static neume_status add_window(neume__pulse_model *model, const passage *p, size_t from, size_t first, double pace,
                               neume__activation *sums) {
    const size_t start = from < BORDER ? 0 : from - BORDER;
    const size_t end = from + CORE + BORDER < p->count ? from + CORE + BORDER : p->count;
    const double shift = neume_beat_period_place(.7 * pace) - neume_beat_period_place(.7);
    const neume_tensor *logits = NULL;
    NEUME_TRY(neume_tensor_shape(&model->x, NEUME_F32, NEUME_DIMS(1, 1, (int64_t)(end - start), NEUME_PULSE_FEATURES)));
    NEUME_TRY(neume_pulse_features(&p->notes, p->events, p->count, start, end - start, neume_f32(&model->x)));
    NEUME_TRY(neume_beat_net_forward(model->net, model->compute, false, &model->x, &logits));
    for (size_t e = from < first ? first : from; e < from + CORE && e < first + sums->frames; e++)
        neume__activation_add(sums, e - first, neume_f32(logits) + (e - start) * NEUME_BEAT_LOGITS, shift,
                              1.0F / PACES);
    return NEUME_OK;
}

/* Windows begin at the same events whatever stretch is asked for. */
static neume_status hear_events(neume__pulse_model *model, const neume_notes *notes, size_t first,
                                neume__activation *sums) {
    for (int k = 0; k < PACES; k++) {
        passage drawn;
        neume_status status = draw_out(notes, paces[k], &drawn);
        for (size_t from = first - first % CORE; from < first + sums->frames && !status; from += CORE)
            status = add_window(model, &drawn, from, first, paces[k], sums);
        passage_clear(&drawn);
        NEUME_TRY(status);
    }
    return NEUME_OK;
}

neume_status neume__pulse_hear(neume__pulse_model *model, const neume_notes *notes, double from_s, double to_s,
                               double **times_s, neume__activation *out) {
    neume_status status = NEUME_OK;
    neume_pulse_event *events = NULL;
    neume__activation made = {0};
    double *times = NULL;
    size_t count = 0, first = 0, end;
    NEUME_TRY(neume_pulse_events_find(notes, &events, &count));
    while (first < count && events[first].time_s < from_s) first++;
    for (end = first; end < count && events[end].time_s < to_s; end++) {
    }
    NEUME_GO(neume__activation_make(end - first, &made));
    times = neume__calloc(end - first + 1, sizeof *times);
    if (!times) {
        status = NEUME_ENOMEM;
        goto fail;
    }
    for (size_t e = first; e < end; e++) times[e - first] = events[e].time_s;
    NEUME_GO(hear_events(model, notes, first, &made));
    *times_s = times, *out = made;
    times = NULL, made = (neume__activation){0};
fail:
    neume__free(times);
    neume__free(events);
    neume__activation_clear(&made);
    return status;
}
