/* Runs are found by a table of all windows of eight notes; a tune that shares windows is then compared whole, by edit
 * distance with both ends of the learnt tune free (Sellers 1980). */
#include "tune_copies.h"

#include "neume/notation.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 1 << 21, COMPARED = 24, NONE = -1 };

struct tune_library {
    tune_melodies melodies; /* one a tune */
    int32_t *heads;         /* (BUCKETS) a place with that window, NONE */
    int32_t *nexts;         /* (notes) another one */
    int32_t *owners;        /* (notes) whose tune it is */
};

static size_t window_bucket(const int32_t *codes) {
    return (size_t)(tune_codes_hash(codes, TUNE_WINDOW) >> 24) % BUCKETS;
}

/* --- the library -------------------------------------------------------------------------------------------------- */

static neume_status add_tune(tune_library *library, const tune *t) {
    neume_buffer text = {0};
    neume_score *score = NULL;
    neume_abc_place place = {0};
    neume_status status = neume_buffer_print(&text, "X:1\n");
    if (!status) status = neume_buffer_append(&text, t->text, t->size);
    if (!status) status = neume_abc_read(text.data, text.size, &place, NULL, &score);
    if (!status)
        status = tune_melodies_add_score(&library->melodies, score);
    else if (status != NEUME_ENOMEM)
        status = tune_melodies_add(&library->melodies, (tune_melody){0}); /* it cannot be read */
    neume_score_free(score);
    neume_buffer_clear(&text);
    return status;
}

static neume_status index_windows(tune_library *library) {
    const tune_melodies *melodies = &library->melodies;
    const size_t notes = melodies->code_count;
    library->heads = neume__alloc(BUCKETS * sizeof *library->heads);
    library->nexts = neume__alloc((notes + 1) * sizeof *library->nexts);
    library->owners = neume__alloc((notes + 1) * sizeof *library->owners);
    if (!library->heads || !library->nexts || !library->owners) return NEUME_ENOMEM;
    for (size_t i = 0; i < BUCKETS; i++) library->heads[i] = NONE;
    for (size_t t = 0, at = 0; t < melodies->count; t++)
        for (; at < melodies->ends[t]; at++) {
            library->owners[at] = (int32_t)t;
            if (at + TUNE_WINDOW > melodies->ends[t]) continue;
            const size_t bucket = window_bucket(melodies->codes + at);
            library->nexts[at] = library->heads[bucket];
            library->heads[bucket] = (int32_t)at;
        }
    return NEUME_OK;
}

neume_status tune_library_new(const tunes *set, tune_library **out) {
    tune_library *library = neume__calloc(1, sizeof *library);
    if (!library) return NEUME_ENOMEM;
    neume_status status = NEUME_OK;
    for (size_t i = 0; i < set->count && !status; i++) status = add_tune(library, &set->items[i]);
    if (!status) status = index_windows(library);
    if (status)
        tune_library_free(library);
    else
        *out = library;
    return status;
}

void tune_library_free(tune_library *library) {
    if (!library) return;
    tune_melodies_clear(&library->melodies);
    neume__free(library->heads), neume__free(library->nexts), neume__free(library->owners);
    neume__free(library);
}

/* --- comparing ---------------------------------------------------------------------------------------------------- */

/* How far two places go on alike. */
static size_t run_length(const tune_library *library, const tune_melody *m, size_t at, size_t place) {
    const size_t end = library->melodies.ends[library->owners[place]];
    size_t n = 0;
    while (at + n < m->count && place + n < end && m->codes[at + n] == library->melodies.codes[place + n]) n++;
    return n;
}

/* Counts, for each tune, the windows it shares; the longest run of all. */
static int count_shared(const tune_library *library, const tune_melody *m, uint16_t *shared) {
    size_t longest = 0;
    for (size_t at = 0; at + TUNE_WINDOW <= m->count; at++)
        for (int32_t p = library->heads[window_bucket(m->codes + at)]; p != NONE; p = library->nexts[p]) {
            const size_t run = run_length(library, m, at, (size_t)p);
            if (run < TUNE_WINDOW) continue;
            if (run > longest) longest = run;
            if (shared[library->owners[p]] < UINT16_MAX) shared[library->owners[p]]++;
        }
    return (int)longest;
}

static int least_of(int a, int b, int c) {
    const int ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* The least edit distance of a melody to any part of a tune. row: (m->count + 1) */
static int distance_within(const tune_melody *m, const int32_t *codes, size_t count, int *row) {
    for (size_t i = 0; i <= m->count; i++) row[i] = (int)i;
    int best = (int)m->count;
    for (size_t k = 0; k < count; k++) {
        int diagonal = row[0];
        for (size_t i = 1; i <= m->count; i++) {
            const int kept = row[i];
            row[i] = least_of(row[i] + 1, row[i - 1] + 1, diagonal + (m->codes[i - 1] != codes[k]));
            diagonal = kept;
        }
        if (row[m->count] < best) best = row[m->count];
    }
    return best;
}

static size_t most_shared(const uint16_t *shared, size_t count) {
    size_t best = 0;
    for (size_t i = 1; i < count; i++)
        if (shared[i] > shared[best]) best = i;
    return best;
}

static double best_similarity(const tune_library *library, const tune_melody *m, uint16_t *shared, int *row) {
    int least = (int)m->count;
    for (int k = 0; k < COMPARED; k++) {
        const size_t t = most_shared(shared, library->melodies.count);
        if (!shared[t]) break;
        shared[t] = 0;
        const tune_melody learnt = tune_melody_at(&library->melodies, t);
        const int distance = distance_within(m, learnt.codes, learnt.count, row);
        if (distance < least) least = distance;
    }
    return 1 - (double)least / (double)m->count;
}

const tune_melodies *tune_library_melodies(const tune_library *library) {
    return &library->melodies;
}

static neume_status compare(const tune_library *library, const tune_melody *m, tune_copy *out) {
    uint16_t *shared = neume__calloc(library->melodies.count + 1, sizeof *shared);
    int *row = neume__alloc((m->count + 1) * sizeof *row);
    const neume_status status = shared && row ? NEUME_OK : NEUME_ENOMEM;
    if (!status) {
        out->longest_run = count_shared(library, m, shared);
        out->similarity = best_similarity(library, m, shared, row);
    }
    neume__free(shared), neume__free(row);
    return status;
}

neume_status tune_copy_find(const tune_library *library, const neume_score *score, tune_copy *out) {
    tune_melodies own = {0};
    neume_status status = tune_melodies_add_score(&own, score);
    if (!status) {
        const tune_melody m = tune_melody_at(&own, 0);
        *out = (tune_copy){.notes = (int)m.count};
        if (m.count) own.codes[0] = 0; /* what was before the first note is not its own */
        if (m.count) status = compare(library, &m, out);
    }
    tune_melodies_clear(&own);
    return status;
}
