/* How near two scores are, whatever their bars and tempo: in the manner of MV2H (sources: neume/learn.h).
 *
 * First the groups of notes that begin together are aligned, like words of two texts. From then on the estimate's time
 * can be told in the truth's: between two aligned groups it runs evenly. A bar in the wrong place, a wrong value or a
 * wrong voice then counts once, in its own term. */
#include "written.h"

#include "neume/score.h"

#include <math.h>
#include <stdlib.h>

static const double LEFT_OUT = 0.6;                  /* the cost of a group without partner (McLeod 2019) */
static const double NEAR_TICKS = NEUME_WHOLE / 40.0; /* 50 ms at 120 quarters a minute */
static const size_t CELLS_MOST = 400000000;

/* --- groups ------------------------------------------------------------------------------------------------------- */

typedef struct group {
    uint64_t low, high; /* which of the 128 pitches */
    int64_t at;
    size_t first, count; /* notes, by pitch */
} group;

static int bits(uint64_t low, uint64_t high) {
    return __builtin_popcountll(low) + __builtin_popcountll(high);
}

static size_t make_groups(const neume_written *written, group *out) {
    size_t count = 0;
    for (size_t i = 0; i < written->note_count; i++) {
        const neume_place *note = &written->notes[i];
        if (!count || out[count - 1].at != note->at) out[count++] = (group){.at = note->at, .first = i};
        const unsigned pitch = (unsigned)note->pitch & 127;
        *(pitch < 64 ? &out[count - 1].low : &out[count - 1].high) |= UINT64_C(1) << pitch % 64;
        out[count - 1].count++;
    }
    return count;
}

static double pairing_cost(const group *a, const group *b) {
    const int common = bits(a->low & b->low, a->high & b->high);
    return 1 - 2.0 * common / (bits(a->low, a->high) + bits(b->low, b->high));
}

/* --- alignment ---------------------------------------------------------------------------------------------------- */

/* What belongs to one comparison. */
typedef struct comparison {
    const neume_written *truth, *estimate;
    group *t, *e; /* in one block, with t first */
    size_t t_count, e_count;
    int64_t *match;      /* (truth notes) */
    double (*anchor)[2]; /* the same moment in the estimate's and the truth's time, rising */
    size_t anchors;
} comparison;

enum { STEP_BOTH, STEP_TRUTH, STEP_ESTIMATE };

/* Fills the steps that lead cheapest to each cell, (t_count + 1, e_count + 1); @p row: (e_count + 1). */
static void find_steps(const comparison *c, uint8_t *step, double *row) {
    const size_t width = c->e_count + 1;
    for (size_t k = 0; k < width; k++) row[k] = LEFT_OUT * (double)k, step[k] = STEP_ESTIMATE;
    for (size_t i = 1; i <= c->t_count; i++) {
        double corner = row[0];
        row[0] = LEFT_OUT * (double)i;
        step[i * width] = STEP_TRUTH;
        for (size_t k = 1; k < width; k++) {
            const double both = corner + pairing_cost(&c->t[i - 1], &c->e[k - 1]), truth = row[k] + LEFT_OUT,
                         estimate = row[k - 1] + LEFT_OUT;
            const uint8_t best = both <= truth && both <= estimate ? STEP_BOTH
                                 : truth <= estimate               ? STEP_TRUTH
                                                                   : STEP_ESTIMATE;
            corner = row[k];
            row[k] = best == STEP_BOTH ? both : best == STEP_TRUTH ? truth : estimate;
            step[i * width + k] = best;
        }
    }
}

/* Matches equal pitches of two groups, both in order of pitch. @return whether there were any */
static bool match_notes(comparison *c, const group *t, const group *e) {
    size_t k = e->first, found = 0;
    for (size_t i = t->first; i < t->first + t->count; i++) {
        while (k < e->first + e->count && c->estimate->notes[k].pitch < c->truth->notes[i].pitch) k++;
        if (k == e->first + e->count || c->estimate->notes[k].pitch != c->truth->notes[i].pitch) continue;
        c->match[i] = (int64_t)k++;
        found++;
    }
    return found > 0;
}

static void walk_back(comparison *c, const uint8_t *step) {
    size_t i = c->t_count, k = c->e_count;
    while (i || k) {
        const uint8_t s = step[i * (c->e_count + 1) + k];
        if (s == STEP_BOTH && match_notes(c, &c->t[i - 1], &c->e[k - 1])) {
            double *anchor = c->anchor[c->anchors++];
            anchor[0] = (double)c->e[k - 1].at;
            anchor[1] = (double)c->t[i - 1].at;
        }
        i -= s != STEP_ESTIMATE;
        k -= s != STEP_TRUTH;
    }
    for (size_t a = 0; a < c->anchors / 2; a++)
        for (int side = 0; side < 2; side++) {
            const double kept = c->anchor[a][side];
            c->anchor[a][side] = c->anchor[c->anchors - 1 - a][side];
            c->anchor[c->anchors - 1 - a][side] = kept;
        }
}

static neume_status align(comparison *c) {
    size_t cells;
    NEUME_TRY(neume__mul_size(c->t_count + 1, c->e_count + 1, &cells));
    if (cells > CELLS_MOST)
        return neume_fail(NEUME_ELIMIT, "%zu and %zu groups of notes are too many to align", c->t_count, c->e_count);
    uint8_t *step = neume__alloc(cells);
    double *row = neume__alloc((c->e_count + 1) * sizeof *row);
    neume_status status = step && row ? NEUME_OK : NEUME_ENOMEM;
    if (!status) {
        find_steps(c, step, row);
        walk_back(c, step);
    }
    neume__free(step);
    neume__free(row);
    return status;
}

/* A moment of the estimate in the truth's time; beyond the anchors time runs as it does on the whole. */
static double to_truth(const comparison *c, double at) {
    const double(*a)[2] = (const double(*)[2])c->anchor;
    const size_t last = c->anchors - 1;
    if (!c->anchors) return at;
    const double span = a[last][0] - a[0][0], slope = span > 0 ? (a[last][1] - a[0][1]) / span : 1;
    if (at <= a[0][0]) return a[0][1] + slope * (at - a[0][0]);
    if (at >= a[last][0]) return a[last][1] + slope * (at - a[last][0]);
    size_t low = 0, high = last;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        *(a[middle][0] <= at ? &low : &high) = middle;
    }
    return a[low][1] + (at - a[low][0]) * (a[high][1] - a[low][1]) / (a[high][0] - a[low][0]);
}

/* --- metre -------------------------------------------------------------------------------------------------------- */

typedef struct grouping {
    double start, end;
    bool used;
} grouping;
typedef struct groupings {
    grouping *items;
    size_t item_count, item_capacity;
} groupings;

static int by_start(const void *left, const void *right) {
    const grouping *a = left, *b = right;
    if (a->start != b->start) return a->start < b->start ? -1 : 1;
    return a->end < b->end ? -1 : a->end > b->end;
}

/* Cuts a bar into stretches, counted from where its first beat is or would be. */
static neume_status cut_bar(const neume_written *written, size_t number, int64_t length, groupings *out) {
    const neume_written_bar *bar = &written->bars[number];
    const int64_t end = bar->at + bar->ticks;
    for (int64_t at = bar->at - neume__written_lack(written, number); at < end && length > 0; at += length) {
        const int64_t start = at < bar->at ? bar->at : at, until = at + length < end ? at + length : end;
        if (until <= start) continue;
        NEUME_TRY(WRITTEN_MORE(out, item, items));
        out->items[out->item_count++] = (grouping){(double)start, (double)until, false};
    }
    return NEUME_OK;
}

static neume_status list_groupings(const neume_written *written, groupings *out) {
    for (size_t i = 0; i < written->bar_count; i++) {
        const neume_metre metre = written->bars[i].metre;
        const int64_t beat = neume_metre_beat_ticks(metre);
        NEUME_TRY(cut_bar(written, i, written->bars[i].ticks + neume__written_lack(written, i), out));
        NEUME_TRY(cut_bar(written, i, beat, out));
        NEUME_TRY(cut_bar(written, i, beat / (neume_metre_compound(metre) ? 3 : 2), out));
    }
    return NEUME_OK;
}

/* The unused grouping nearest to one of the truth's, NULL when none is near. */
static grouping *find_grouping(const grouping *truth, groupings *estimate, size_t first) {
    grouping *best = NULL;
    for (size_t k = first; k < estimate->item_count && estimate->items[k].start <= truth->start + NEAR_TICKS; k++) {
        grouping *g = &estimate->items[k];
        if (g->used || fabs(g->end - truth->end) > NEAR_TICKS) continue;
        if (!best || fabs(g->end - truth->end) < fabs(best->end - truth->end)) best = g;
    }
    return best;
}

static neume_status score_metre(const comparison *c, double *out) {
    groupings truth = {0}, estimate = {0};
    size_t hits = 0, first = 0;
    neume_status status = NEUME_OK;
    if (!c->truth->bar_count || !c->estimate->bar_count) return NEUME_OK;
    NEUME_GO(list_groupings(c->truth, &truth));
    NEUME_GO(list_groupings(c->estimate, &estimate));
    for (size_t i = 0; i < estimate.item_count; i++) {
        grouping *g = &estimate.items[i];
        g->start = to_truth(c, g->start);
        g->end = to_truth(c, g->end);
    }
    qsort(truth.items, truth.item_count, sizeof *truth.items, by_start);
    qsort(estimate.items, estimate.item_count, sizeof *estimate.items, by_start);
    for (size_t i = 0; i < truth.item_count; i++) {
        while (first < estimate.item_count && estimate.items[first].start < truth.items[i].start - NEAR_TICKS) first++;
        grouping *found = find_grouping(&truth.items[i], &estimate, first);
        if (found) found->used = true, hits++;
    }
    *out = 2 * (double)hits / (double)(truth.item_count + estimate.item_count);
fail:
    free(truth.items);
    free(estimate.items);
    return status;
}

/* --- value and harmony -------------------------------------------------------------------------------------------- */

static double score_values(const comparison *c) {
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < c->truth->note_count; i++) {
        if (c->match[i] == NEUME__UNMATCHED) continue;
        const neume_place *t = &c->truth->notes[i], *e = &c->estimate->notes[c->match[i]];
        if (t->ticks <= 0) continue;
        const double lasts = to_truth(c, (double)(e->at + e->ticks)) - to_truth(c, (double)e->at);
        sum += fmax(0, 1 - fabs((double)t->ticks - lasts) / (double)t->ticks);
        count++;
    }
    return count ? sum / (double)count : 0;
}

/* The share of the time with a true chord in which the estimate has the same. */
static double score_chords(const comparison *c) {
    const neume_written *t = c->truth, *e = c->estimate;
    double right = 0;
    size_t k = 0;
    for (size_t i = 0; i < t->chord_count; i++) {
        const double start = (double)t->chords[i].at,
                     end = (double)(i + 1 < t->chord_count ? t->chords[i + 1].at : t->end);
        while (k + 1 < e->chord_count && to_truth(c, (double)e->chords[k + 1].at) <= start) k++;
        for (size_t j = k; j < e->chord_count; j++) {
            const double from = fmax(start, to_truth(c, (double)e->chords[j].at)),
                         until =
                             fmin(end, to_truth(c, (double)(j + 1 < e->chord_count ? e->chords[j + 1].at : e->end)));
            if (from >= end) break;
            if (until > from && t->chords[i].root == e->chords[j].root && t->chords[i].quality == e->chords[j].quality)
                right += until - from;
        }
    }
    const double all = (double)(t->end - t->chords[0].at);
    return all > 0 ? fmin(1, right / all) : 0;
}

static double score_harmony(const comparison *c) {
    neume_key truth, estimate;
    const bool keys = neume__written_main_key(c->truth, &truth) && neume__written_main_key(c->estimate, &estimate) &&
                      truth.mode != NEUME_MODE_NONE && estimate.mode != NEUME_MODE_NONE,
               chords = c->truth->chord_count && c->estimate->chord_count;
    const double sum = (keys ? neume_key_score(&truth, &estimate) : 0) + (chords ? score_chords(c) : 0);
    return keys || chords ? sum / (keys + chords) : -1;
}

/* ------------------------------------------------------------------------------------------------------------------ */

static double score_pitches(const comparison *c) {
    const size_t all = c->truth->note_count + c->estimate->note_count;
    size_t hits = 0;
    for (size_t i = 0; i < c->truth->note_count; i++) hits += c->match[i] != NEUME__UNMATCHED;
    return all ? 2 * (double)hits / (double)all : 1;
}

static neume_status compare(comparison *c, neume_distance *out) {
    NEUME_TRY(align(c));
    neume_distance d = {.pitch = score_pitches(c), .metre = -1, .value = score_values(c), .harmony = score_harmony(c)};
    NEUME_TRY(neume__score_voices(c->truth, c->estimate, c->match, &d.voice));
    NEUME_TRY(score_metre(c, &d.metre));
    const double terms[] = {d.pitch, d.voice, d.metre, d.value, d.harmony};
    int told = 0;
    for (size_t i = 0; i < sizeof terms / sizeof *terms; i++)
        if (terms[i] >= 0) d.mean += terms[i], told++;
    d.mean /= told;
    *out = d;
    return NEUME_OK;
}

neume_status neume_written_distance(const neume_written *truth, const neume_written *estimate, neume_distance *out) {
    const size_t n = truth->note_count, m = estimate->note_count;
    comparison c = {.truth = truth, .estimate = estimate};
    c.t = neume__calloc(n + m + 1, sizeof *c.t);
    c.match = neume__alloc((n + 1) * sizeof *c.match);
    c.anchor = neume__calloc(n + 1, sizeof *c.anchor);
    neume_status status = c.t && c.match && c.anchor ? NEUME_OK : NEUME_ENOMEM;
    if (!status) {
        c.t_count = make_groups(truth, c.t);
        c.e = c.t + n;
        c.e_count = make_groups(estimate, c.e);
        for (size_t i = 0; i < n; i++) c.match[i] = NEUME__UNMATCHED;
        status = compare(&c, out);
    }
    neume__free(c.t);
    neume__free(c.match);
    neume__free(c.anchor);
    return status;
}

neume_status neume_score_distance(const neume_score *truth, const neume_score *estimate, neume_distance *out) {
    neume_written t = {0}, e = {0};
    neume_status status = neume_written_from_score(truth, &t);
    if (!status) status = neume_written_from_score(estimate, &e);
    if (!status) status = neume_written_distance(&t, &e, out);
    neume_written_clear(&t);
    neume_written_clear(&e);
    return status;
}
