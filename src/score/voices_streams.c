/* Which voice of its staff a note belongs to.
 *
 * Notes that begin and end together are a chord. Chords that begin together go to different voices; a voice prefers to
 * move by small steps, without gaps, not to cross another, and not to be cut short by what follows in it. The cheapest
 * distribution is found by a beam search over onsets, in which a chord may also be divided between two voices that
 * move alike. Cost terms after Chew & Wu (2004) and Temperley's preference rules (2001). */
#include "voices.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { BEAM = 24, NONE = -1 };

/* Prices; tuned on the piano parts of songs (docs/score-log.md). */
static const double STEP = 0.027;     /* a semitone between a voice's chords, up to an octave */
static const double SILENT = 0.49;    /* a quarter note's gap in a voice, up to four */
static const double CUT = 5;          /* a quarter note cut off a note by the next of its voice */
static const double CUT_AT_ALL = 0.2; /* any cut at all */
static const double SMALL_CUT = 0.05; /* of a sixteenth or less, and a quarter of the note or less: played legato */
static const double LOWER = 0.35;     /* a chord in another voice than the first while that is silent */
static const double CROSSED = 1.0;    /* a voice above another that should be above it */
static const double DIVIDED = 0.43;   /* notes of one chord in two voices */
static const double OPENS[NEUME__VOICES_MOST] = {0, 0.34, 4, 6}; /* a voice that was silent in this bar */

/* What a voice did last. */
typedef struct stream {
    int64_t at, end;
    int16_t low, high; /* -1: nothing yet */
} stream;

typedef struct state {
    double cost;
    stream voices[NEUME__VOICES_MOST];
    uint32_t choice; /* two bits a note of the group: its voice */
    int32_t back;
} state;

typedef struct step {
    uint32_t choice;
    int32_t back;
} step;

typedef struct search {
    neume__draft *draft;
    const neume__onsets *group;
    int64_t bar; /* where this group's bar begins */
    int most;    /* voices */
    state beam[BEAM], next[BEAM];
    int count, next_count;
} search;

/* Notes of a group that go to one voice: numbers of the group's notes, as bits. */
typedef struct chord {
    uint32_t notes;
    int16_t low, high;
    int64_t shortest, longest;
} chord;

static chord chord_of(const neume__onsets *g, uint32_t notes) {
    chord c = {.notes = notes, .low = 127, .shortest = INT64_MAX};
    for (int i = 0; i < g->count; i++) {
        if (!(notes >> i & 1)) continue;
        const neume__placed *n = g->notes[i];
        c.low = n->number < c.low ? n->number : c.low, c.high = n->number > c.high ? n->number : c.high;
        c.shortest = n->ticks < c.shortest ? n->ticks : c.shortest;
        c.longest = n->ticks > c.longest ? n->ticks : c.longest;
    }
    return c;
}

static double quarters(int64_t ticks) {
    return (double)ticks / (double)(NEUME_WHOLE / 4);
}

static double price_of_cut(int64_t cut, int64_t length) {
    if (cut * 4 <= length && cut <= NEUME_WHOLE / 16) return SMALL_CUT;
    return CUT_AT_ALL + CUT * quarters(cut);
}

/* What it costs to go on with this chord in that voice. */
static double join(const search *s, const stream *v, const chord *c, int voice) {
    const int64_t at = s->group->at;
    double cost = c->longest > c->shortest ? CUT_AT_ALL + CUT * quarters(c->longest - c->shortest) : 0;
    if (v->high < 0 || v->at < s->bar) cost += OPENS[voice];
    if (v->high < 0) return cost;
    const int distance = abs(voice == 0 ? c->high - v->high : c->low - v->low);
    cost += STEP * (distance < 12 ? distance : 12);
    if (v->end > at) return cost + price_of_cut(v->end - at, v->end - v->at);
    const double gap = quarters(at - v->end);
    return cost + SILENT * (gap < 4 ? gap : 4);
}

/* Order of pitch among voices that sound now, and the first voice's silence. */
static double arrangement(const search *s, const state *one, const bool used[NEUME__VOICES_MOST]) {
    const int64_t at = s->group->at;
    double cost = 0;
    for (int a = 0; a < s->most; a++) {
        const stream *upper = &one->voices[a];
        if (used[a] && a > 0 && !used[0] && one->voices[0].end <= at) cost += LOWER;
        for (int b = a + 1; b < s->most; b++) {
            const stream *lower = &one->voices[b];
            if (upper->end <= at || lower->end <= at || !(used[a] || used[b])) continue;
            if (a < 2 && lower->high >= upper->high) cost += CROSSED;
        }
    }
    return cost;
}

static bool same_streams(const state *a, const state *b) {
    for (int v = 0; v < NEUME__VOICES_MOST; v++) {
        const stream *x = &a->voices[v], *y = &b->voices[v];
        if (x->at != y->at || x->end != y->end || x->low != y->low || x->high != y->high) return false;
    }
    return true;
}

static void keep(search *s, const state *one) {
    int at = s->next_count;
    for (int i = 0; i < s->next_count; i++) {
        if (!same_streams(&s->next[i], one)) continue;
        if (s->next[i].cost <= one->cost) return;
        memmove(&s->next[i], &s->next[i + 1], (size_t)(s->next_count - i - 1) * sizeof *one);
        at = --s->next_count;
        break;
    }
    if (s->next_count == BEAM && s->next[BEAM - 1].cost <= one->cost) return;
    if (s->next_count == BEAM) at = --s->next_count;
    for (; at > 0 && s->next[at - 1].cost > one->cost; at--) s->next[at] = s->next[at - 1];
    s->next[at] = *one;
    s->next_count++;
}

/* Gives the chords, one after another, to voices that are still free in every way. */
static void distribute(search *s, const state *from, const chord *chords, int count, bool used[NEUME__VOICES_MOST]) {
    if (count == 0) {
        state done = *from;
        done.cost += arrangement(s, from, used);
        keep(s, &done);
        return;
    }
    for (int voice = 0; voice < s->most; voice++) {
        if (used[voice]) continue;
        state next = *from;
        next.cost += join(s, &from->voices[voice], chords, voice);
        if (s->next_count == BEAM && next.cost >= s->next[BEAM - 1].cost) continue;
        next.voices[voice] = (stream){s->group->at, s->group->at + chords->shortest, chords->low, chords->high};
        for (int i = 0; i < s->group->count; i++)
            if (chords->notes >> i & 1) next.choice |= (uint32_t)voice << (2 * i);
        used[voice] = true;
        distribute(s, &next, chords + 1, count - 1, used);
        used[voice] = false;
    }
}

/* The notes of a group by length, in order of the highest pitch from above; at most so many, the nearest lengths are
 * one. @return how many */
static int find_chords(const neume__onsets *g, int most, chord out[NEUME__CHORD_MOST]) {
    int count = 0;
    assert(g->count <= NEUME__CHORD_MOST);
    for (int i = 0; i < NEUME__CHORD_MOST; i++) out[i] = (chord){0};
    for (int i = g->count - 1; i >= 0; i--) {
        int k = 0;
        while (k < count && out[k].shortest != g->notes[i]->ticks) k++;
        out[k] = chord_of(g, (k < count ? out[k].notes : 0) | 1U << i);
        if (k == count) count++;
    }
    while (count > most) {
        int a = 0, b = 1;
        for (int i = 0; i < count; i++)
            for (int k = i + 1; k < count; k++)
                if (llabs(out[i].shortest - out[k].shortest) < llabs(out[a].shortest - out[b].shortest)) a = i, b = k;
        out[a] = chord_of(g, out[a].notes | out[b].notes);
        memmove(&out[b], &out[b + 1], (size_t)(count - b - 1) * sizeof *out);
        count--;
    }
    return count;
}

static void try_chords(search *s, int index, const chord *chords, int count, double price) {
    bool used[NEUME__VOICES_MOST] = {0};
    state from = s->beam[index];
    from.back = index, from.choice = 0, from.cost += price;
    distribute(s, &from, chords, count, used);
}

/* All lengths apart; all in one; and one chord divided at every place. */
static void extend(search *s, int index) {
    chord chords[NEUME__CHORD_MOST + 1];
    const int count = find_chords(s->group, s->most, chords);
    try_chords(s, index, chords, count, 0);
    if (count > 1) {
        chord whole = chord_of(s->group, (1U << s->group->count) - 1);
        try_chords(s, index, &whole, 1, 0);
    }
    if (count == s->most || count > 2) return;
    for (int k = 0; k < count; k++)
        for (int border = 1; border < s->group->count; border++) {
            const uint32_t below = chords[k].notes & ((1U << border) - 1), above = chords[k].notes & ~below;
            if (!below || !above || !(above >> border & 1)) continue;
            chord divided[3] = {chord_of(s->group, above), chord_of(s->group, below), chords[!k]};
            try_chords(s, index, divided, count + 1, DIVIDED);
        }
}

/* --- what was found ----------------------------------------------------------------------------------------------- */

static void write_voices(search *s, int part, int staff, const step *steps, uint32_t *choices, size_t groups) {
    neume__onsets g;
    int32_t at = 0;
    for (size_t i = groups; i-- > 0;) {
        choices[i] = steps[i * BEAM + (size_t)at].choice;
        at = steps[i * BEAM + (size_t)at].back;
    }
    for (size_t next = 0, i = 0; neume__next_onsets(s->draft, part, staff, &next, &g); i++)
        for (int n = 0; n < g.count; n++) g.notes[n]->voice = (int16_t)(choices[i] >> (2 * n) & 3);
}

/* Chords end together, and before the next of their voice begins. */
static void shorten(neume__draft *d, int part, int staff) {
    int64_t next_at[NEUME__VOICES_MOST], at[NEUME__VOICES_MOST], end[NEUME__VOICES_MOST];
    for (int v = 0; v < NEUME__VOICES_MOST; v++) next_at[v] = at[v] = end[v] = INT64_MAX;
    for (size_t i = d->note_count; i-- > 0;) {
        neume__placed *n = &d->notes[i];
        if (n->part != part || n->staff != staff || n->ticks <= 0) continue;
        const int v = n->voice;
        if (n->at != at[v]) {
            next_at[v] = at[v], at[v] = n->at, end[v] = INT64_MAX;
            for (size_t k = i + 1; k-- > 0 && d->notes[k].at == n->at;) {
                const neume__placed *other = &d->notes[k];
                if (other->part == part && other->staff == staff && other->voice == v && other->ticks > 0 &&
                    other->at + other->ticks < end[v])
                    end[v] = other->at + other->ticks;
            }
            if (next_at[v] < end[v]) end[v] = next_at[v];
        }
        if (n->at + n->ticks > end[v]) n->ticks = end[v] - n->at;
    }
}

static int64_t bar_of(const neume__draft *d, int64_t at, size_t *measure) {
    while (*measure + 1 < d->measure_count && d->measures[*measure + 1].at <= at) ++*measure;
    return d->measure_count ? d->measures[*measure].at : 0;
}

neume_status neume__choose_streams(neume__draft *draft, int part, int staff, int voices_most) {
    neume__onsets g;
    size_t groups = 0, measure = 0;
    for (size_t next = 0; neume__next_onsets(draft, part, staff, &next, &g);) groups++;
    search *s = neume__calloc(1, sizeof *s);
    step *steps = neume__alloc((groups + 1) * BEAM * sizeof *steps);
    uint32_t *choices = neume__alloc((groups + 1) * sizeof *choices);
    neume_status status = s && steps && choices ? NEUME_OK : NEUME_ENOMEM;
    if (!status) {
        *s = (search){.draft = draft, .group = &g, .most = voices_most, .count = 1};
        for (int v = 0; v < NEUME__VOICES_MOST; v++) s->beam[0].voices[v] = (stream){-1, -1, NONE, NONE};
    }
    for (size_t next = 0, i = 0; !status && neume__next_onsets(draft, part, staff, &next, &g); i++) {
        s->bar = bar_of(draft, g.at, &measure);
        s->next_count = 0;
        for (int k = 0; k < s->count; k++) extend(s, k);
        for (int k = 0; k < s->next_count; k++)
            steps[i * BEAM + (size_t)k] = (step){s->next[k].choice, s->next[k].back};
        memcpy(s->beam, s->next, sizeof s->beam);
        s->count = s->next_count;
    }
    if (!status) write_voices(s, part, staff, steps, choices, groups);
    if (!status) shorten(draft, part, staff);
    neume__free(s), neume__free(steps), neume__free(choices);
    return status;
}
