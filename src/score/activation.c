/* Beats by accents.
 *
 * Notes that begin together are one event. Its accent grows with how many notes it has, how loud they are, how long it
 * takes until another begins in the same register, and how
 * low its bass is. An event's accent against the usual accent of its surroundings is how likely it is a beat; where the
 * harmony changes as well, a downbeat. */
#include "activation.h"
#include "onsets.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TOGETHER_S     0.05 /* notes of one chord are played within so much (Dixon 2001: 70 ms between all of them) */
#define SURROUNDINGS_S 4.0  /* to each side */
#define LONGEST_S      1.5  /* intervals beyond this are all long */
#define MARGIN_S                                                                                                       \
    (NEUME__ACTIVATION_FIRST * NEUME__ACTIVATION_STEP_S) /* of silence before the first and behind the last onset */

typedef struct event {
    double time_s, accent;
    size_t first; /* of its notes */
    int lowest;
} event;

/* A drum's part in an accent: bass and snare drums carry the beat, cymbals and shakers all of its divisions. */
static double drum_accent(int key) {
    switch (key) {
    case 35:
    case 36:
        return 1.2;
    case 38:
    case 40:
    case 39:
    case 49:
    case 57:
    case 55:
    case 52:
        return 1.0;
    default:
        return .35;
    }
}

static double note_accent(const neume_notes *notes, size_t i) {
    const neume_note *note = &notes->items[i];
    const double loud = .3 + .7 * (double)note->velocity / 127;
    if (note->program == NEUME_PROGRAM_DRUMS) return loud * drum_accent(note->pitch);
    const double low = note->pitch < 52 ? 1.3 : 1; /* below E3 */
    return loud * low *
           (.15 + fmin(neume__registral_interval(notes, i, LONGEST_S), note->offset_s - note->onset_s + .3));
}

/* Gathers events; *count of them, events holds notes->count. */
static void gather_events(const neume_notes *notes, event *events, size_t *count) {
    *count = 0;
    for (size_t i = 0; i < notes->count; i++) {
        const neume_note *note = &notes->items[i];
        event *e = *count ? &events[*count - 1] : NULL;
        if (!e || note->onset_s - e->time_s > TOGETHER_S) {
            e = &events[(*count)++];
            *e = (event){.time_s = note->onset_s, .first = i, .lowest = 128};
        }
        e->accent += note_accent(notes, i);
        if (note->program == NEUME_PROGRAM_DRUMS) continue;
        if (note->pitch < e->lowest) e->lowest = note->pitch;
    }
    for (size_t k = 0; k < *count; k++) events[k].accent = sqrt(events[k].accent); /* ten notes are no ten beats */
}

/* The mean accent within SURROUNDINGS_S of an event. */
static double usual_accent(const event *events, size_t count, size_t k) {
    double sum = 0;
    int n = 0;
    for (size_t j = k + 1; j-- > 0 && events[k].time_s - events[j].time_s < SURROUNDINGS_S;)
        sum += events[j].accent, n++;
    for (size_t j = k + 1; j < count && events[j].time_s - events[k].time_s < SURROUNDINGS_S; j++)
        sum += events[j].accent, n++;
    return sum / n;
}

static void raise(float *curve, size_t frames, double frame, double p) {
    const int64_t middle = (int64_t)floor(frame);
    for (int64_t t = middle - 1; t <= middle + 2; t++) {
        const double near = 1 - fabs((double)t - frame) / 2; /* a triangle of two frames to each side */
        if (t < 0 || t >= (int64_t)frames || near <= 0) continue;
        if (curve[t] < (float)(p * near)) curve[t] = (float)(p * near);
    }
}

static void draw(const neume_notes *notes, const event *events, size_t count, neume__activation *out) {
    for (size_t k = 0; k < count; k++) {
        const double usual = usual_accent(events, count, k), ratio = events[k].accent / (usual + 1e-9);
        const double beat = 1 / (1 + exp(-3.0 * (ratio - .95)));
        const double change = neume__harmony_change(notes, events[k].first), low = events[k].lowest < 52 ? .25 : 0;
        const double downbeat = beat / (1 + exp(-3.5 * (change + low + .4 * (ratio - 1) - .55)));
        const double frame = (events[k].time_s - out->start_s) / NEUME__ACTIVATION_STEP_S;
        raise(out->beat, out->frames, frame, beat);
        raise(out->downbeat, out->frames, frame, downbeat);
    }
}

size_t neume__activation_frames(const neume_notes *notes, double *start_s) {
    const double first = notes->items[0].onset_s, last = notes->items[notes->count - 1].onset_s;
    *start_s = first - MARGIN_S;
    return (size_t)((last - first + 2 * MARGIN_S) / NEUME__ACTIVATION_STEP_S) + 1;
}

neume_status neume__activation_from_accents(const neume_notes *notes, neume__activation *out) {
    neume_status status = NEUME_OK;
    event *events = NULL;
    neume__activation made = {0};
    size_t count = 0;
    if (!notes->count) return neume_fail(NEUME_ENOTFOUND, "there are no notes");
    made.frames = neume__activation_frames(notes, &made.start_s);
    made.first_onset = NEUME__ACTIVATION_FIRST;
    made.beat = calloc(made.frames, sizeof *made.beat);
    made.downbeat = calloc(made.frames, sizeof *made.downbeat);
    events = calloc(notes->count, sizeof *events);
    if (!made.beat || !made.downbeat || !events) {
        status = neume_fail(NEUME_ENOMEM, "no memory to look for beats");
        goto fail;
    }
    gather_events(notes, events, &count);
    draw(notes, events, count, &made);
    *out = made;
    free(events);
    return NEUME_OK;
fail:
    neume__activation_clear(&made);
    free(events);
    return status;
}

void neume__activation_clear(neume__activation *activation) {
    free(activation->beat), free(activation->downbeat), free(activation->metre), free(activation->period);
    *activation = (neume__activation){0};
}
