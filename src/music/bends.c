#include "neume/music.h"

#include <string.h>

neume_status neume_bends_add(neume_bends *bends, const neume_bend *bend) {
    neume_bend copy = *bend;
    copy.cents = neume__alloc((bend->count + 1) * sizeof *copy.cents);
    if (!copy.cents) return NEUME_ENOMEM;
    if (bend->count) memcpy(copy.cents, bend->cents, bend->count * sizeof *copy.cents);
    neume_status status = neume__grow((void **)&bends->items, &bends->capacity, bends->count + 1, sizeof *bends->items);
    if (status)
        neume__free(copy.cents);
    else
        bends->items[bends->count++] = copy;
    return status;
}

const neume_bend *neume_bends_find(const neume_bends *bends, const neume_note *note) {
    size_t low = 0, high = bends->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (bends->items[middle].onset_s < note->onset_s)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < bends->count && bends->items[low].onset_s == note->onset_s; low++)
        if (bends->items[low].pitch == note->pitch) return &bends->items[low];
    return NULL;
}

void neume_bends_clear(neume_bends *bends) {
    for (size_t i = 0; i < bends->count; i++) neume__free(bends->items[i].cents);
    neume__free(bends->items);
    *bends = (neume_bends){0};
}
