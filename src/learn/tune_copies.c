/* Runs are found by a table of all windows of eight notes; a tune that shares windows is then compared whole, by edit
 * distance with both ends of the learnt tune free (Sellers 1980). */
#include "tune_copies.h"

#include "neume/notation.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 1 << 21, COMPARED = 24, NONE = -1 };

typedef struct melody {
    int32_t *codes; /* one a note: how far from the one before, how long */
    size_t count, capacity;
} melody;

struct tune_library {
    melody notes;   /* of all tunes on end */
    size_t *begins; /* (count + 1) where each tune's begin */
    size_t count;
    int32_t *heads;  /* (BUCKETS) a place with that window, NONE */
    int32_t *nexts;  /* (notes) another one */
    int32_t *owners; /* (notes) whose tune it is */
};

/* --- melodies ----------------------------------------------------------------------------------------------------- */

/* Of a chord the highest note; ties and graces are left out. */
static neume_status read_melody(const neume_score *score, melody *out) {
    if (!score->voice_count) return NEUME_OK;
    const neume_voice *v = &score->voices[0];
    int before = 0;
    bool tied = false;
    for (size_t i = 0; i < v->item_count; i++) {
        const neume_item *item = &v->items[i];
        if (item->kind != NEUME_ITEM_NOTES || item->grace || !item->count) continue;
        int pitch = 0;
        bool ties = false;
        for (int32_t k = 0; k < item->count; k++) {
            const neume_pitch *p = &v->pitches[item->first + k];
            const int number = neume_pitch_number(*p);
            if (number > pitch) pitch = number;
            ties |= p->tied;
        }
        if (!tied) {
            NEUME_TRY(neume__grow((void **)&out->codes, &out->capacity, out->count + 1, sizeof *out->codes));
            out->codes[out->count++] = (int32_t)((pitch - before + 128) * 4096 + item->ticks * 192 / NEUME_WHOLE);
            before = pitch;
        }
        tied = ties;
    }
    return NEUME_OK;
}

static size_t window_bucket(const int32_t *codes) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (int i = 0; i < TUNE_WINDOW; i++) hash = (hash ^ (uint32_t)codes[i]) * UINT64_C(0x100000001b3);
    return (size_t)(hash >> 24) % BUCKETS;
}

/* --- the library -------------------------------------------------------------------------------------------------- */

static neume_status add_tune(tune_library *library, const tune *t) {
    neume_buffer text = {0};
    neume_score *score = NULL;
    neume_abc_place place = {0};
    neume_status status = neume_buffer_print(&text, "X:1\n");
    if (!status) status = neume_buffer_append(&text, t->text, t->size);
    if (!status) status = neume_abc_read(text.data, text.size, &place, NULL, &score);
    if (!status) status = read_melody(score, &library->notes);
    library->begins[++library->count] = library->notes.count;
    neume_score_free(score);
    neume_buffer_clear(&text);
    return status == NEUME_ENOMEM ? status : NEUME_OK;
}

static neume_status index_windows(tune_library *library) {
    const size_t notes = library->notes.count;
    library->heads = neume__alloc(BUCKETS * sizeof *library->heads);
    library->nexts = neume__alloc((notes + 1) * sizeof *library->nexts);
    library->owners = neume__alloc((notes + 1) * sizeof *library->owners);
    if (!library->heads || !library->nexts || !library->owners) return NEUME_ENOMEM;
    for (size_t i = 0; i < BUCKETS; i++) library->heads[i] = NONE;
    for (size_t t = 0; t < library->count; t++)
        for (size_t at = library->begins[t]; at < library->begins[t + 1]; at++) {
            library->owners[at] = (int32_t)t;
            if (at + TUNE_WINDOW > library->begins[t + 1]) continue;
            const size_t bucket = window_bucket(library->notes.codes + at);
            library->nexts[at] = library->heads[bucket];
            library->heads[bucket] = (int32_t)at;
        }
    return NEUME_OK;
}

neume_status tune_library_new(const tunes *set, tune_library **out) {
    tune_library *library = neume__calloc(1, sizeof *library);
    if (!library) return NEUME_ENOMEM;
    library->begins = neume__calloc(set->count + 1, sizeof *library->begins);
    neume_status status = library->begins ? NEUME_OK : NEUME_ENOMEM;
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
    neume__free(library->notes.codes), neume__free(library->begins), neume__free(library->heads);
    neume__free(library->nexts), neume__free(library->owners);
    neume__free(library);
}

/* --- comparing ---------------------------------------------------------------------------------------------------- */

/* How far two places go on alike. */
static size_t run_length(const tune_library *library, const melody *m, size_t at, size_t place) {
    const size_t end = library->begins[library->owners[place] + 1];
    size_t n = 0;
    while (at + n < m->count && place + n < end && m->codes[at + n] == library->notes.codes[place + n]) n++;
    return n;
}

/* Counts, for each tune, the windows it shares; the longest run of all. */
static int count_shared(const tune_library *library, const melody *m, uint16_t *shared) {
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
static int distance_within(const melody *m, const int32_t *codes, size_t count, int *row) {
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

static double best_similarity(const tune_library *library, const melody *m, uint16_t *shared, int *row) {
    int least = (int)m->count;
    for (int k = 0; k < COMPARED; k++) {
        const size_t t = most_shared(shared, library->count);
        if (!shared[t]) break;
        shared[t] = 0;
        const size_t from = library->begins[t], to = library->begins[t + 1];
        const int distance = distance_within(m, library->notes.codes + from, to - from, row);
        if (distance < least) least = distance;
    }
    return 1 - (double)least / (double)m->count;
}

neume_status tune_copy_find(const tune_library *library, const neume_score *score, tune_copy *out) {
    melody m = {0};
    neume_status status = read_melody(score, &m);
    uint16_t *shared = neume__calloc(library->count + 1, sizeof *shared);
    int *row = neume__alloc((m.count + 1) * sizeof *row);
    if (!status && (!shared || !row)) status = NEUME_ENOMEM;
    if (!status) {
        *out = (tune_copy){.notes = (int)m.count};
        if (m.count) {
            m.codes[0] = 0; /* what was before the first note is not its own */
            out->longest_run = count_shared(library, &m, shared);
            out->similarity = best_similarity(library, &m, shared, row);
        }
    }
    neume__free(shared), neume__free(row), neume__free(m.codes);
    return status;
}
