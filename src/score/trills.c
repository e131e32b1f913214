/* Trills.
 *
 * A trill is a run of at least six notes on two keys a step apart, in turn, each as soon after the one before as no
 * written figure is played for long. The lower key is the written one (the upper of the two begins as often as not),
 * the first note of the run stands for it. */
#include "trills.h"

#include <stdlib.h>

enum { LEAST = 6, STEP_MOST = 2 };
#define SOON_S   0.16 /* between two of its notes, at most */
#define MEAN_S   0.115
#define SLOWER   1.9 /* no gap is longer than this many before it */
#define TOO_SOON .02 /* those would be one chord */

/* The next note of a run that is at `i`, on key `pitch`; 0: none. */
static size_t next_of(const neume_notes *notes, const neume__trills *t, size_t i, int pitch) {
    const neume_note *from = &notes->items[i];
    for (size_t j = i + 1; j < notes->count && notes->items[j].onset_s - from->onset_s <= SOON_S; j++) {
        const neume_note *note = &notes->items[j];
        if (note->pitch == from->pitch && note->program == from->program && note->part == from->part) return 0;
        if (note->pitch == pitch && note->program == from->program && note->part == from->part && t->of[j] < 0 &&
            note->onset_s - from->onset_s > TOO_SOON)
            return j;
    }
    return 0;
}

/* How many notes of pitches a and b follow each other from note i on; *last: the last of them. */
static int length_of(const neume_notes *notes, const neume__trills *t, size_t i, int other, size_t *last) {
    const int own = notes->items[i].pitch;
    int count = 1;
    double gap = SOON_S;
    *last = i;
    for (;;) {
        const size_t next = next_of(notes, t, *last, count % 2 ? other : own);
        if (!next) return count;
        const double now = notes->items[next].onset_s - notes->items[*last].onset_s;
        if (now > SLOWER * gap) return count;
        gap = now;
        *last = next;
        count++;
    }
}

static void take_run(const neume_notes *notes, neume__trills *t, size_t i, int other, int count) {
    const int own = notes->items[i].pitch;
    size_t at = i;
    for (int k = 1; k < count; k++) {
        const size_t next = next_of(notes, t, at, k % 2 ? other : own);
        t->of[next] = (int32_t)i;
        at = next;
    }
    t->of[i] = (int32_t)i;
    t->pitch[i] = (int16_t)(own < other ? own : other);
    t->end_s[i] = notes->items[at].offset_s;
}

neume_status neume__trills_find(const neume_notes *notes, neume__trills *out) {
    out->of = malloc((notes->count + 1) * sizeof *out->of);
    out->pitch = calloc(notes->count + 1, sizeof *out->pitch);
    out->end_s = calloc(notes->count + 1, sizeof *out->end_s);
    if (!out->of || !out->pitch || !out->end_s) return neume_fail(NEUME_ENOMEM, "no memory to look for trills");
    for (size_t i = 0; i < notes->count; i++) out->of[i] = -1;
    for (size_t i = 0; i < notes->count; i++) {
        if (out->of[i] >= 0 || notes->items[i].program == NEUME_PROGRAM_DRUMS) continue;
        for (int step = -STEP_MOST; step <= STEP_MOST && out->of[i] < 0; step++) {
            size_t last;
            if (!step) continue;
            const int count = length_of(notes, out, i, notes->items[i].pitch + step, &last);
            const double lasts = notes->items[last].onset_s - notes->items[i].onset_s;
            if (count >= LEAST && lasts <= MEAN_S * (count - 1))
                take_run(notes, out, i, notes->items[i].pitch + step, count);
        }
    }
    return NEUME_OK;
}

void neume__trills_clear(neume__trills *trills) {
    free(trills->of), free(trills->pitch), free(trills->end_s);
    *trills = (neume__trills){0};
}
