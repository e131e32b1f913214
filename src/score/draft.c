/* Drafts: made, ordered, freed. */
#include "draft.h"

#include <stdlib.h>

static int compare_placed(const void *left, const void *right) {
    const neume__placed *a = left, *b = right;
    if (a->at != b->at) return a->at < b->at ? -1 : 1;
    if ((a->ticks == 0) != (b->ticks == 0)) return a->ticks == 0 ? -1 : 1;
    if (a->number != b->number) return a->number < b->number ? -1 : 1;
    if (a->part != b->part) return a->part < b->part ? -1 : 1;
    return a->source < b->source ? -1 : a->source > b->source;
}

void neume__draft_sort(neume__draft *draft) {
    if (draft->note_count) qsort(draft->notes, draft->note_count, sizeof *draft->notes, compare_placed);
}

void neume__draft_clear(neume__draft *draft) {
    free(draft->measures), free(draft->notes), free(draft->parts), free(draft->keys), free(draft->chords);
    free(draft->tempi), free(draft->taken);
    *draft = (neume__draft){0};
}
