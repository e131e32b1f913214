#include "neume/music.h"

#include <stdlib.h>

neume_status neume_notes_add(neume_notes *notes, neume_note note) {
    NEUME_TRY(neume__grow((void **)&notes->items, &notes->capacity, notes->count + 1, sizeof *notes->items));
    notes->items[notes->count++] = note;
    return NEUME_OK;
}

/* The documented keys first; velocity and confidence last, so that equal sets of notes always end in the same order. */
int neume_note_compare(const neume_note *a, const neume_note *b) {
    if (a->onset_s != b->onset_s) return a->onset_s < b->onset_s ? -1 : 1;
    if (a->pitch != b->pitch) return a->pitch < b->pitch ? -1 : 1;
    if (a->program != b->program) return a->program < b->program ? -1 : 1;
    if (a->offset_s != b->offset_s) return a->offset_s < b->offset_s ? -1 : 1;
    if (a->part != b->part) return a->part < b->part ? -1 : 1;
    if (a->velocity != b->velocity) return a->velocity < b->velocity ? -1 : 1;
    return (a->confidence > b->confidence) - (a->confidence < b->confidence);
}

static int compare_notes(const void *a, const void *b) {
    return neume_note_compare(a, b);
}

void neume_notes_sort(neume_notes *notes) {
    if (notes->count > 1) qsort(notes->items, notes->count, sizeof *notes->items, compare_notes);
}

void neume_notes_clear(neume_notes *notes) {
    neume__free(notes->items);
    *notes = (neume_notes){0};
}

double neume_notes_end_s(const neume_notes *notes) {
    double end_s = 0;
    for (size_t i = 0; i < notes->count; i++)
        if (notes->items[i].offset_s > end_s) end_s = notes->items[i].offset_s;
    return end_s;
}
