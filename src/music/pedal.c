/* Keys and pedal, guessed from what was heard.
 *
 * A transcriber hears when a piano's note falls silent, not when its key is let go. When the pedal comes up, several
 * notes that were struck at different times end at once: such moments are looked for. The pedal must have gone down
 * after the last note that ended before by itself, and each key is let go when the hand plays on. Played with that
 * pedal, the shortened notes end when they were heard to end. */
#include "neume/music.h"

#include <math.h>
#include <stdlib.h>

static const double TOGETHER_S = 0.04;     /* notes that end within this end together */
static const double STRUCK_APART_S = 0.15; /* onsets this far apart are no chord */
static const double SHORTEST_S = 0.15;     /* a pedal held for less is none */
static const double KEY_LEAST_S = 0.08, AFTER_S = 0.02;
enum { REACH_SEMITONES = 12, NOTES_LEAST = 2 };

/* A piano note by its end. */
typedef struct ending {
    neume_note *note;
    double onset_s, end_s;
} ending;

static int by_end(const void *left, const void *right) {
    const ending *a = left, *b = right;
    if (a->end_s != b->end_s) return a->end_s < b->end_s ? -1 : 1;
    return (a->onset_s > b->onset_s) - (a->onset_s < b->onset_s);
}

static bool is_piano(const neume_note *note) {
    return neume_program_family(note->program) == 0;
}

/* Endings [from, to) that lie together and were struck apart; false if there is none at `from`. */
static bool released_together(const ending *all, size_t count, size_t from, size_t *to) {
    double first_s = all[from].onset_s, last_s = first_s;
    for (*to = from; *to < count && all[*to].end_s - all[from].end_s <= TOGETHER_S; ++*to) {
        first_s = fmin(first_s, all[*to].onset_s);
        last_s = fmax(last_s, all[*to].onset_s);
    }
    return *to - from >= NOTES_LEAST && last_s - first_s >= STRUCK_APART_S;
}

/* A note that is cut off by the next stroke of its own key says nothing of the pedal. */
static bool is_restruck(const neume_notes *notes, const neume_note *note) {
    for (const neume_note *other = note + 1; other < notes->items + notes->count; other++) {
        if (other->onset_s > note->offset_s + TOGETHER_S) return false;
        if (is_piano(other) && other->pitch == note->pitch) return true;
    }
    return false;
}

/* When the hand that plays this note moves on: the next onset within reach. notes are in order of onset. */
static double next_onset_s(const neume_notes *notes, const neume_note *note) {
    for (const neume_note *other = note + 1; other < notes->items + notes->count; other++) {
        bool near = is_piano(other) && abs(other->pitch - note->pitch) <= REACH_SEMITONES;
        if (near && other->onset_s > note->onset_s + TOGETHER_S) return other->onset_s;
    }
    return HUGE_VAL;
}

static void let_go(const neume_notes *notes, ending *e, double down_s) {
    double key_s = fmax(next_onset_s(notes, e->note), e->onset_s + KEY_LEAST_S);
    if (e->onset_s < down_s) key_s = fmax(key_s, down_s + AFTER_S); /* the key holds until the pedal does */
    e->note->offset_s = fmin(key_s, e->end_s);
}

static neume_status add_pedal(neume_pedals *pedals, neume_pedal one) {
    NEUME_TRY(neume__grow((void **)&pedals->items, &pedals->capacity, pedals->count + 1, sizeof *pedals->items));
    pedals->items[pedals->count++] = one;
    return NEUME_OK;
}

static neume_status find_all(neume_notes *notes, ending *all, size_t count, neume_pedals *out) {
    double free_from_s = 0; /* up to here the pedal was up, or notes ended by themselves */
    for (size_t from = 0, to; from < count; from = to) {
        bool together = released_together(all, count, from, &to);
        double up_s = all[to > from ? to - 1 : from].end_s, down_s = free_from_s + AFTER_S;
        if (!together || up_s - down_s < SHORTEST_S) {
            to = from + 1;
            free_from_s = fmax(free_from_s, all[from].end_s);
            continue;
        }
        NEUME_TRY(add_pedal(out, (neume_pedal){down_s, up_s}));
        for (size_t i = from; i < to; i++) let_go(notes, &all[i], down_s);
        free_from_s = up_s;
    }
    return NEUME_OK;
}

neume_status neume_pedals_find(neume_notes *notes, neume_pedals *out) {
    neume_pedals found = {0};
    size_t count = 0;
    ending *all = neume__calloc(notes->count + 1, sizeof *all);
    if (!all) return NEUME_ENOMEM;
    for (size_t i = 0; i < notes->count; i++) {
        neume_note *note = &notes->items[i];
        if (!is_piano(note)) continue;
        found.program = note->program;
        if (!is_restruck(notes, note)) all[count++] = (ending){note, note->onset_s, note->offset_s};
    }
    qsort(all, count, sizeof *all, by_end);
    neume_status status = find_all(notes, all, count, &found);
    neume__free(all);
    if (status) {
        neume_pedals_clear(&found);
        return status;
    }
    neume_pedals_clear(out);
    *out = found;
    return NEUME_OK;
}

void neume_pedals_clear(neume_pedals *pedals) {
    neume__free(pedals->items);
    *pedals = (neume_pedals){0};
}
