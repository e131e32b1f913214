/* Bends of notes that are looked through once more (docs/decisions/014): when a note is joined to another, begins
 * earlier or ends sooner, so does its bend. */
#include "decode.h"

#include <math.h>
#include <string.h>

/* The bend of a note; NULL: it has none. */
static neume_bend *bend_of(neume_bends *bends, const neume_note *note) {
    const neume_bend *found = neume_bends_find(bends, note);
    return found ? &bends->items[found - bends->items] : NULL;
}

/* A bend goes on with another one's, level in between. */
static neume_status extend(neume_bend *bend, const neume_bend *more) {
    const double apart = round((more->onset_s - bend->onset_s) / NEUME_BEND_STEP_S);
    const size_t from = fmax(apart, 0) > (double)bend->count ? (size_t)apart : bend->count;
    float *cents = neume__calloc(from + more->count + 1, sizeof *cents);
    if (!cents) return NEUME_ENOMEM;
    if (bend->count) memcpy(cents, bend->cents, bend->count * sizeof *cents);
    if (more->count) memcpy(cents + from, more->cents, more->count * sizeof *cents);
    neume__free(bend->cents);
    bend->cents = cents;
    bend->count = from + more->count;
    return NEUME_OK;
}

neume_status hear_bends_join(neume_bends *bends, const neume_notes *notes) {
    const neume_bend *const end = bends->items + bends->count;
    for (size_t i = 0; i < notes->count && bends->count; i++) {
        const neume_note *note = &notes->items[i];
        neume_bend *bend = bend_of(bends, note);
        if (!bend || note->program == NEUME_PROGRAM_DRUMS) continue;
        for (const neume_bend *more = bend + 1; more < end && more->onset_s < note->offset_s - NEUME_BEND_STEP_S;
             more++)
            if (more->pitch == bend->pitch) NEUME_TRY(extend(bend, more));
    }
    return NEUME_OK;
}

/* A bend that begins earlier than it did goes before those that it passes. */
static void keep_order(neume_bends *bends, size_t i) {
    for (; i && bends->items[i - 1].onset_s > bends->items[i].onset_s; i--) {
        const neume_bend passed = bends->items[i - 1];
        bends->items[i - 1] = bends->items[i];
        bends->items[i] = passed;
    }
}

neume_status hear_bend_begin(neume_bends *bends, double onset_s, neume_note *note) {
    neume_bend *bend = bend_of(bends, note);
    const size_t more = (size_t)fmax(round((note->onset_s - onset_s) / NEUME_BEND_STEP_S), 0);
    note->onset_s = onset_s;
    if (!bend) return NEUME_OK;
    float *cents = neume__calloc(bend->count + more + 1, sizeof *cents);
    if (!cents) return NEUME_ENOMEM;
    for (size_t i = 0; i < more && bend->count; i++) cents[i] = bend->cents[0];
    if (bend->count) memcpy(cents + more, bend->cents, bend->count * sizeof *cents);
    neume__free(bend->cents);
    *bend = (neume_bend){onset_s, bend->pitch, cents, bend->count + more};
    keep_order(bends, (size_t)(bend - bends->items));
    return NEUME_OK;
}

void hear_bend_cut(neume_bends *bends, const neume_note *note) {
    neume_bend *bend = bend_of(bends, note);
    const size_t most = (size_t)ceil((note->offset_s - note->onset_s) / NEUME_BEND_STEP_S);
    if (bend && bend->count > most) bend->count = most;
}
