/* The best of many scores, exactly. */
#include "model.h"

#include <stdlib.h>

enum { BLOCK = 64 };

/* The largest of a block: the compiler makes vector instructions of it. */
NEUME_VECTOR static float largest(const float *scores) {
    float lane[16];
    for (int l = 0; l < 16; l++) lane[l] = scores[l];
    for (int i = 16; i < BLOCK; i += 16)
        for (int l = 0; l < 16; l++) lane[l] = scores[i + l] > lane[l] ? scores[i + l] : lane[l];
    float most = lane[0];
    for (int l = 1; l < 16; l++) most = lane[l] > most ? lane[l] : most;
    return most;
}

/* Is a better than b? Equal scores: the smaller number. */
static bool is_better(neume_taste_hit a, neume_taste_hit b) {
    return a.score != b.score ? a.score > b.score : a.item < b.item;
}

/* A heap whose root is the worst of the hits kept. */
static void sink(neume_taste_hit *heap, size_t count, size_t at) {
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && is_better(heap[child], heap[child + 1])) child++;
        if (!is_better(heap[at], heap[child])) return;
        const neume_taste_hit worse = heap[child];
        heap[child] = heap[at];
        heap[at] = worse;
    }
}

static void rise(neume_taste_hit *heap, size_t at) {
    while (at && is_better(heap[(at - 1) / 2], heap[at])) {
        const neume_taste_hit parent = heap[(at - 1) / 2];
        heap[(at - 1) / 2] = heap[at];
        heap[at] = parent;
        at = (at - 1) / 2;
    }
}

/* Items come in rising order, so an equal score that comes later is never better. */
static size_t offer(neume_taste_hit *heap, size_t kept, size_t most, neume_taste_hit hit) {
    if (kept < most) {
        heap[kept] = hit;
        rise(heap, kept);
        return kept + 1;
    }
    if (hit.score > heap[0].score) {
        heap[0] = hit;
        sink(heap, kept, 0);
    }
    return kept;
}

size_t neume_taste_top(const float *scores, int64_t items, const uint8_t *excluded, int64_t most,
                       neume_taste_hit *hits) {
    size_t kept = 0;
    const size_t wanted = most > 0 ? (size_t)most : 0;
    for (int64_t from = 0; wanted && from < items; from += BLOCK) {
        const int64_t to = from + BLOCK < items ? from + BLOCK : items;
        if (kept == wanted && to - from == BLOCK && largest(scores + from) <= hits[0].score) continue;
        for (int64_t i = from; i < to; i++)
            if (!excluded || !excluded[i]) kept = offer(hits, kept, wanted, (neume_taste_hit){(int32_t)i, scores[i]});
    }
    for (size_t left = kept; left > 1; left--) { /* heap sort: the worst goes last */
        const neume_taste_hit worst = hits[0];
        hits[0] = hits[left - 1];
        hits[left - 1] = worst;
        sink(hits, left - 1, 0);
    }
    return kept;
}

static int compare_hits(const void *a, const void *b) {
    const neume_taste_hit *x = a, *y = b;
    return is_better(*x, *y) ? -1 : is_better(*y, *x);
}

void neume__hits_sort(neume_taste_hit *hits, size_t count) {
    if (count) qsort(hits, count, sizeof *hits, compare_hits);
}
