/* Where a passage begins again although its last bar is not full: a tune whose parts have 31 beats because nobody plays
 * the upbeat that belongs to the last bar. A passage that comes again is found by its highest notes, beat by beat and
 * lag by lag. Where that lag is no number of bars, beats are missing before the return, and before what follows it. */
#include "bars.h"

#include <math.h>

enum {
    SLOTS = 12,    /* of a beat */
    EARLY = 2,     /* slots before a beat that belong to it: people play early, too */
    LAG_LEAST = 6, /* beats from a passage to its return */
    LAG_MOST = 200,
    ALONE = 6, /* beats on either side of a return without another one that is surer */
    END = 4,   /* what is missing in the last beats is missing at the end */
};
#define LIKE   .6  /* how alike beats of a return are at least, on the whole: 2 x common notes / notes */
#define ENOUGH 5.0 /* what they are more alike than that, in sum */
#define FALL   3.0 /* so much of which is not lost within a return */
#define SHARE  .6  /* of the passage that comes again at once; less is a rhyme */

/* A place where something returns. */
typedef struct place {
    double sure;
    int lag;
} place;

typedef struct page {
    uint8_t (*top)[SLOTS]; /* (count) highest pitch that begins there; 0 = none */
    place *places;         /* (count + 1) */
    size_t count;
} page;

static neume_status read_page(const neume_notes *notes, const neume_rhythm *rhythm, page *p) {
    size_t b = 0;
    p->count = rhythm->count;
    p->top = neume__calloc(p->count, sizeof *p->top);
    p->places = neume__calloc(p->count + 1, sizeof *p->places);
    if (!p->top || !p->places) return NEUME_ENOMEM;
    for (size_t i = 0; i < notes->count; i++) {
        const neume_note *note = &notes->items[i];
        if (note->program == NEUME_PROGRAM_DRUMS) continue;
        while (b + 2 < p->count && rhythm->beats[b + 1].time_s <= note->onset_s) b++;
        const double from_s = rhythm->beats[b].time_s, lasts_s = fmax(rhythm->beats[b + 1].time_s - from_s, 1e-3);
        const double slot = (double)(b * SLOTS) + round((note->onset_s - from_s) / lasts_s * SLOTS) + EARLY;
        if (slot < 0 || slot >= (double)(p->count * SLOTS)) continue;
        uint8_t *top = &p->top[(size_t)slot / SLOTS][(size_t)slot % SLOTS];
        if (note->pitch > *top) *top = (uint8_t)note->pitch;
    }
    return NEUME_OK;
}

/* How much more alike than LIKE two beats are; 0 where nothing begins in either. */
static double likeness(const uint8_t *a, const uint8_t *b) {
    int notes = 0, common = 0;
    for (int k = 0; k < SLOTS; k++) {
        notes += (a[k] > 0) + (b[k] > 0);
        const bool near = a[k] == b[k] || (k && a[k] == b[k - 1]) || (k + 1 < SLOTS && a[k] == b[k + 1]);
        common += a[k] && near;
    }
    return notes ? 2.0 * common / notes - LIKE : 0;
}

/* Beats from .. to - 1 come again `lag` later. */
static void put_return(page *p, size_t from, size_t to, size_t lag, double sure) {
    if ((double)(to - from) < SHARE * (double)lag) return;
    /* Where parts rhyme the passage seems to begin before it does, where they end otherwise it seems to end before. */
    const size_t again = from + lag > to ? from + lag : to;
    for (size_t at = again; at <= again + lag && at < p->count; at += lag)
        if (sure > p->places[at].sure) p->places[at] = (place){sure, (int)lag};
}

/* All passages that come again after so many beats. */
static void find_returns(page *p, size_t lag) {
    double sum = 0, most = 0;
    size_t from = 0, to = 0;
    for (size_t b = 0; b + lag <= p->count; b++) {
        const bool end = b + lag == p->count;
        if (!end) sum += likeness(p->top[b], p->top[b + lag]);
        if (!end && sum > most) most = sum, to = b + 1;
        if (!end && sum > 0 && sum >= most - FALL) continue;
        if (most >= ENOUGH) {
            put_return(p, from, to, lag, most);
            if (!end) b = to; /* what follows may be another one */
        }
        sum = most = 0, from = b + 1;
    }
}

static bool surest(const page *p, size_t at) {
    const double sure = p->places[at].sure;
    if (sure <= 0) return false;
    for (size_t k = at < ALONE ? 0 : at - ALONE + 1; k < at + ALONE && k < p->count; k++)
        if (k < at ? p->places[k].sure >= sure : p->places[k].sure > sure) return false;
    return true;
}

neume_status neume__bar_gaps(const neume_notes *notes, const neume_rhythm *rhythm, int bar_beats, neume__gap **out,
                             size_t *count) {
    page p = {0};
    neume__gap *gaps = NULL;
    size_t capacity = 0, made = 0;
    neume_status status = NEUME_OK;
    NEUME_GO(read_page(notes, rhythm, &p));
    for (size_t lag = LAG_LEAST; lag <= LAG_MOST && lag < p.count; lag++) find_returns(&p, lag);
    for (size_t at = 1; at + END <= p.count; at++) {
        const int missing = bar_beats - 1 - (p.places[at].lag + bar_beats - 1) % bar_beats;
        if (!missing || !surest(&p, at)) continue;
        NEUME_GO(neume__grow((void **)&gaps, &capacity, made + 1, sizeof *gaps));
        gaps[made++] = (neume__gap){at, missing};
    }
    *out = gaps, *count = made;
    gaps = NULL;
fail:
    neume__free(gaps);
    neume__free(p.top), neume__free(p.places);
    return status;
}
