/* Phrases are windows of n notes in a row, by step and length, so in any key. All windows of all tunes are sorted;
 * equal ones then stand together, and what two tunes share is read off in one pass. */
#include "tune_variety.h"

#include <math.h>
#include <stdlib.h>

enum { BLEU_NOTES = 4, CLASSES = 12 };

typedef struct phrase {
    uint64_t hash;
    size_t tune;
} phrase;

typedef struct phrases {
    phrase *items;
    size_t count, capacity;
} phrases;

static int by_hash(const void *left, const void *right) {
    const phrase *a = left, *b = right;
    if (a->hash != b->hash) return a->hash < b->hash ? -1 : 1;
    return (a->tune > b->tune) - (a->tune < b->tune);
}

/* A tune's first note has no step to it and begins no phrase. */
static neume_status find_phrases(const tune_melodies *set, size_t n, phrases *out) {
    out->count = 0;
    for (size_t t = 0; t < set->count; t++) {
        const tune_melody m = tune_melody_at(set, t);
        for (size_t at = 1; at + n <= m.count; at++) {
            NEUME_TRY(neume__grow((void **)&out->items, &out->capacity, out->count + 1, sizeof *out->items));
            out->items[out->count++] = (phrase){tune_codes_hash(m.codes + at, n), t};
        }
    }
    if (out->count) qsort(out->items, out->count, sizeof *out->items, by_hash);
    return NEUME_OK;
}

static size_t same_phrase_end(const phrases *p, size_t at) {
    size_t end = at;
    while (end < p->count && p->items[end].hash == p->items[at].hash) end++;
    return end;
}

static size_t same_tune_end(const phrases *p, size_t at, size_t end) {
    size_t next = at;
    while (next < end && p->items[next].tune == p->items[at].tune) next++;
    return next;
}

static double distinct_share(const phrases *p) {
    size_t distinct = 0;
    for (size_t at = 0; at < p->count; at = same_phrase_end(p, at)) distinct++;
    return p->count ? (double)distinct / (double)p->count : 0;
}

/* --- BLEU --------------------------------------------------------------------------------------------------------- */

/* Of each tune: its phrases, and those of them that another tune has as often. */
typedef struct shared {
    double all, matched;
} shared;

/* items[at .. end - 1] are one phrase. */
static void match_phrase(const phrases *p, size_t at, size_t end, shared *of_tune) {
    size_t most = 0, second = 0, owner = 0;
    for (size_t i = at, next; i < end; i = next) {
        next = same_tune_end(p, i, end);
        const size_t count = next - i;
        if (count > most)
            second = most, most = count, owner = p->items[i].tune;
        else if (count > second)
            second = count;
    }
    for (size_t i = at, next; i < end; i = next) {
        next = same_tune_end(p, i, end);
        const size_t count = next - i, elsewhere = p->items[i].tune == owner ? second : most;
        of_tune[p->items[i].tune].all += (double)count;
        of_tune[p->items[i].tune].matched += (double)(count < elsewhere ? count : elsewhere);
    }
}

/* logs[t] gains the logarithm of the share of tune t's phrases of n notes that others have; -infinity = none. */
static void add_precision(const phrases *p, size_t tunes, shared *of_tune, double *logs) {
    for (size_t t = 0; t < tunes; t++) of_tune[t] = (shared){0, 0};
    for (size_t at = 0, end; at < p->count; at = end) {
        end = same_phrase_end(p, at);
        match_phrase(p, at, end, of_tune);
    }
    for (size_t t = 0; t < tunes; t++) logs[t] += log(of_tune[t].matched / fmax(of_tune[t].all, 1));
}

/* Without a price for brevity: among so many references one is always as long. */
static double mean_bleu(const double *logs, const shared *longest, size_t tunes) {
    double sum = 0;
    size_t count = 0;
    for (size_t t = 0; t < tunes; t++) {
        if (longest[t].all == 0) continue;
        sum += exp(logs[t] / BLEU_NOTES);
        count++;
    }
    return count ? sum / (double)count : 0;
}

static neume_status measure_phrases(const tune_melodies *set, phrases *p, neume_variety *out) {
    shared *of_tune = neume__calloc(set->count, sizeof *of_tune);
    double *logs = neume__calloc(set->count, sizeof *logs);
    neume_status status = of_tune && logs ? NEUME_OK : NEUME_ENOMEM;
    for (size_t n = 1; n <= BLEU_NOTES && !status; n++) {
        status = find_phrases(set, n, p);
        if (!status) add_precision(p, set->count, of_tune, logs);
    }
    if (!status) {
        out->self_bleu = mean_bleu(logs, of_tune, set->count);
        out->distinct4 = distinct_share(p);
        status = find_phrases(set, 2 * BLEU_NOTES, p);
    }
    if (!status) out->distinct8 = distinct_share(p);
    neume__free(of_tune);
    neume__free(logs);
    return status;
}

/* --- entropy ------------------------------------------------------------------------------------------------------ */

static double entropy_bits(const int *counts, size_t kinds, size_t all) {
    double bits = 0;
    for (size_t i = 0; i < kinds; i++)
        if (counts[i]) bits -= counts[i] / (double)all * log2(counts[i] / (double)all);
    return bits;
}

/* The means over tunes; from the first note on, so a key more or less makes no difference. */
static void measure_entropies(const tune_melodies *set, neume_variety *out) {
    size_t tunes = 0;
    out->pitch_bits = out->length_bits = 0;
    for (size_t t = 0; t < set->count; t++) {
        int classes[CLASSES] = {0}, lengths[TUNE_LENGTHS] = {0}, pitch = 0;
        const tune_melody m = tune_melody_at(set, t);
        for (size_t i = 0; i < m.count; i++) {
            pitch += tune_code_interval(m.codes[i]);
            classes[pitch % CLASSES]++;
            lengths[tune_code_length(m.codes[i])]++;
        }
        if (!m.count) continue;
        out->pitch_bits += entropy_bits(classes, CLASSES, m.count);
        out->length_bits += entropy_bits(lengths, TUNE_LENGTHS, m.count);
        tunes++;
    }
    out->pitch_bits /= tunes ? (double)tunes : 1;
    out->length_bits /= tunes ? (double)tunes : 1;
}

neume_status tune_variety(const tune_melodies *set, neume_variety *out) {
    phrases p = {0};
    neume_variety measured = {0};
    const neume_status status = measure_phrases(set, &p, &measured);
    neume__free(p.items);
    if (status) return status;
    measure_entropies(set, &measured);
    *out = measured;
    return NEUME_OK;
}
