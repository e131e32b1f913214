/* How well notes are placed on the page: position in the bar, value, voice, whole bars.
 *
 * Truth and estimate are two readings of one performance, so a note is recognised by when it was played. */
#include "written.h"

#include <math.h>
#include <stdlib.h>

static const double NEAR_S = 0.05, ROUNDING_S = 1e-9;
static const int64_t SAME_TICKS = NEUME_WHOLE / 256; /* finer differences are roundings of files with coarse ticks */
static const size_t CELLS_MOST = 400000000;

/* --- notes by when they were played ------------------------------------------------------------------------------- */

typedef struct played {
    double time_s;
    int64_t note;
    int16_t pitch;
} played;

typedef struct candidate {
    double apart_s;
    int64_t truth, estimate;
} candidate;
typedef struct candidates {
    candidate *items;
    size_t item_count, item_capacity;
} candidates;

static int by_pitch_and_time(const void *left, const void *right) {
    const played *a = left, *b = right;
    if (a->pitch != b->pitch) return a->pitch - b->pitch;
    if (a->time_s != b->time_s) return a->time_s < b->time_s ? -1 : 1;
    return a->note < b->note ? -1 : a->note > b->note;
}

static int by_distance(const void *left, const void *right) {
    const candidate *a = left, *b = right;
    if (a->apart_s != b->apart_s) return a->apart_s < b->apart_s ? -1 : 1;
    if (a->truth != b->truth) return a->truth < b->truth ? -1 : 1;
    return a->estimate < b->estimate ? -1 : a->estimate > b->estimate;
}

/* @return how many were played at a known time */
static size_t list_played(const neume_written *written, played *out) {
    size_t count = 0;
    for (size_t i = 0; i < written->note_count; i++)
        if (isfinite(written->notes[i].time_s))
            out[count++] = (played){written->notes[i].time_s, (int64_t)i, written->notes[i].pitch};
    qsort(out, count, sizeof *out, by_pitch_and_time);
    return count;
}

static neume_status list_candidates(const played *t, size_t t_count, const played *e, size_t e_count, candidates *out) {
    size_t first = 0;
    for (size_t i = 0; i < t_count; i++) {
        const double least_s = t[i].time_s - NEAR_S - ROUNDING_S, most_s = t[i].time_s + NEAR_S + ROUNDING_S;
        while (first < e_count &&
               (e[first].pitch < t[i].pitch || (e[first].pitch == t[i].pitch && e[first].time_s < least_s)))
            first++;
        for (size_t k = first; k < e_count && e[k].pitch == t[i].pitch && e[k].time_s <= most_s; k++) {
            NEUME_TRY(WRITTEN_MORE(out, item, items));
            out->items[out->item_count++] = (candidate){fabs(e[k].time_s - t[i].time_s), t[i].note, e[k].note};
        }
    }
    return NEUME_OK;
}

static void take_nearest(candidates *all, int64_t *match, int64_t *taken) {
    if (all->item_count) qsort(all->items, all->item_count, sizeof *all->items, by_distance);
    for (size_t i = 0; i < all->item_count; i++) {
        const candidate *c = &all->items[i];
        if (match[c->truth] != NEUME__UNMATCHED || taken[c->estimate] != NEUME__UNMATCHED) continue;
        match[c->truth] = c->estimate;
        taken[c->estimate] = c->truth;
    }
}

/* @param[out] match  (truth notes) the estimated note, or NEUME__UNMATCHED; all the latter at first */
static neume_status match_played(const neume_written *truth, const neume_written *estimate, int64_t *match) {
    const size_t n = truth->note_count, m = estimate->note_count;
    candidates all = {0};
    played *list = neume__calloc(n + m, sizeof *list);
    int64_t *taken = neume__alloc((m + 1) * sizeof *taken);
    neume_status status = list && taken ? NEUME_OK : NEUME_ENOMEM;
    if (status) goto fail;
    for (size_t i = 0; i < m; i++) taken[i] = NEUME__UNMATCHED;
    const size_t t_count = list_played(truth, list), e_count = list_played(estimate, list + n);
    NEUME_GO(list_candidates(list, t_count, list + n, e_count, &all));
    take_nearest(&all, match, taken);
fail:
    neume__free(list);
    neume__free(taken);
    free(all.items);
    return status;
}

/* --- voices ------------------------------------------------------------------------------------------------------- */

/* One side of a matched pair. */
typedef struct link_end {
    int64_t at, next; /* next: when the next notes of its voice begin; -1 = it is the last */
    int64_t pair;
    int32_t voice;
} link_end;

static int by_voice(const void *left, const void *right) {
    const link_end *a = left, *b = right;
    if (a->voice != b->voice) return a->voice < b->voice ? -1 : 1;
    if (a->at != b->at) return a->at < b->at ? -1 : 1;
    return a->pair < b->pair ? -1 : a->pair > b->pair;
}

static int by_pair(const void *left, const void *right) {
    const link_end *a = left, *b = right;
    return a->pair < b->pair ? -1 : a->pair > b->pair;
}

/* Fills next, leaves the ends in order of pairs. */
static void chain(link_end *ends, size_t count) {
    qsort(ends, count, sizeof *ends, by_voice);
    for (size_t i = count; i-- > 0;) {
        const bool last = i + 1 == count || ends[i + 1].voice != ends[i].voice;
        ends[i].next = last ? -1 : ends[i + 1].at == ends[i].at ? ends[i + 1].next : ends[i + 1].at;
    }
    qsort(ends, count, sizeof *ends, by_pair);
}

static bool linked(const link_end *ends, int64_t from, int64_t to) {
    return ends[from].voice == ends[to].voice && ends[from].next == ends[to].at;
}

/* Counts this side's links and those the other side has too. @p order: a copy of ends for sorting */
static void count_links(const link_end *ends, const link_end *other, link_end *order, size_t count, int64_t found[2]) {
    for (size_t i = 0; i < count; i++) order[i] = ends[i];
    qsort(order, count, sizeof *order, by_voice);
    size_t first = 0;
    for (size_t i = 0; i < count; i++) {
        if (order[i].next < 0) continue;
        if (first <= i) first = i + 1;
        while (order[first].voice != order[i].voice || order[first].at < order[i].next) first++;
        for (size_t k = first; k < count && order[k].voice == order[i].voice && order[k].at == order[i].next; k++) {
            found[0]++;
            found[1] += linked(other, order[i].pair, order[k].pair);
        }
    }
}

neume_status neume__score_voices(const neume_written *truth, const neume_written *estimate, const int64_t *match,
                                 double *out) {
    size_t count = 0;
    link_end *ends = neume__calloc(3 * truth->note_count + 1, sizeof *ends);
    if (!ends) return NEUME_ENOMEM;
    link_end *others = ends + truth->note_count, *order = others + truth->note_count;
    bool told = true;
    for (size_t i = 0; i < truth->note_count; i++) {
        if (match[i] == NEUME__UNMATCHED) continue;
        const neume_place *t = &truth->notes[i], *e = &estimate->notes[match[i]];
        told &= t->voice >= 0 && e->voice >= 0;
        ends[count] = (link_end){t->at, -1, (int64_t)count, t->voice};
        others[count] = (link_end){e->at, -1, (int64_t)count, e->voice};
        count++;
    }
    int64_t there[2] = {0}, here[2] = {0};
    if (count && told) {
        chain(ends, count), chain(others, count);
        count_links(ends, others, order, count, there);
        count_links(others, ends, order, count, here);
    }
    neume__free(ends);
    *out = !told ? -1 : !count ? 0 : there[0] + here[0] ? 2 * (double)there[1] / (double)(there[0] + here[0]) : 1;
    return NEUME_OK;
}

/* --- bars --------------------------------------------------------------------------------------------------------- */

/* A bar's content as one number: the sum of its notes', so that their order does not count. */
static uint64_t note_number(const neume_place *note) {
    enum { GRID = 960 }; /* 1/64, triplets and quintuplets of a whole note are whole numbers */
    const int64_t unit = NEUME_WHOLE / GRID;
    const uint64_t at = (uint64_t)((note->in_bar + unit / 2) / unit),
                   ticks = (uint64_t)((note->ticks + unit / 2) / unit);
    uint64_t x = at << 40 ^ ticks << 8 ^ (uint64_t)note->pitch;
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9); /* SplitMix64's finish (Steele et al. 2014) */
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static void number_bars(const neume_written *written, uint64_t *out) {
    for (size_t i = 0; i < written->bar_count; i++) out[i] = 0;
    for (size_t i = 0; i < written->note_count; i++) out[written->notes[i].bar] += note_number(&written->notes[i]);
}

/* The longest common subsequence's length, a row at a time; @p row: (m + 1), zeros. */
static size_t longest_common(const uint64_t *a, size_t n, const uint64_t *b, size_t m, size_t *row) {
    for (size_t i = 0; i < n; i++) {
        size_t corner = 0;
        for (size_t k = 0; k < m; k++) {
            const size_t above = row[k + 1];
            row[k + 1] = a[i] == b[k] ? corner + 1 : row[k] > above ? row[k] : above;
            corner = above;
        }
    }
    return row[m];
}

neume_status neume_bars_score(const neume_written *truth, const neume_written *estimate, double *out) {
    const size_t n = truth->bar_count, m = estimate->bar_count;
    if (!n) return neume_fail(NEUME_EINVAL, "a true score without bars");
    if (m && n > CELLS_MOST / m) return neume_fail(NEUME_ELIMIT, "%zu and %zu bars are too many to align", n, m);
    uint64_t *bars = neume__calloc(n + m, sizeof *bars);
    size_t *row = neume__calloc(m + 1, sizeof *row);
    neume_status status = bars && row ? NEUME_OK : NEUME_ENOMEM;
    if (!status) {
        number_bars(truth, bars);
        number_bars(estimate, bars + n);
        *out = (double)longest_common(bars, n, bars + n, m, row) / (double)n;
    }
    neume__free(bars);
    neume__free(row);
    return status;
}

/* ------------------------------------------------------------------------------------------------------------------ */

static bool values_told(const neume_written *written) {
    for (size_t i = 0; i < written->note_count; i++)
        if (written->notes[i].ticks > 0) return true;
    return false;
}

static bool near_ticks(int64_t a, int64_t b) {
    return a - b <= SAME_TICKS && b - a <= SAME_TICKS;
}

neume_status neume_places_score(const neume_written *truth, const neume_written *estimate, neume_place_scores *out) {
    neume_place_scores scores = {-1, -1, -1, -1, (int64_t)truth->note_count, 0};
    int64_t positions = 0, values = 0;
    int64_t *match = neume__alloc((truth->note_count + 1) * sizeof *match);
    if (!match) return NEUME_ENOMEM;
    for (size_t i = 0; i < truth->note_count; i++) match[i] = NEUME__UNMATCHED;
    neume_status status = match_played(truth, estimate, match);
    if (!status) status = neume__score_voices(truth, estimate, match, &scores.voice);
    for (size_t i = 0; i < truth->note_count && !status; i++) {
        if (match[i] == NEUME__UNMATCHED) continue;
        const neume_place *t = &truth->notes[i], *e = &estimate->notes[match[i]];
        scores.matched++;
        positions += near_ticks(t->in_bar, e->in_bar);
        values += t->ticks > 0 && near_ticks(t->ticks, e->ticks);
    }
    neume__free(match);
    if (!status && values_told(truth) && truth->bar_count) status = neume_bars_score(truth, estimate, &scores.bars);
    if (status) return status;
    if (scores.truth) scores.position = (double)positions / (double)scores.truth;
    if (scores.truth && values_told(truth)) scores.value = (double)values / (double)scores.truth;
    *out = scores;
    return NEUME_OK;
}
