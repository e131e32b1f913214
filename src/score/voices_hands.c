/* Which hand plays a note.
 *
 * At every onset the lower notes go to the left hand and the others to the right; where the border lies is found by
 * Viterbi search over the places of both hands, which only as many as BEAM of are followed. A hand likes to stay where
 * it is, to span no more than it can, and the left to lie below middle C. */
#include "voices.h"

#include <math.h>
#include <string.h>

enum { BEAM = 48, LEFT = 1, RIGHT = 0 };

/* Prices of a hand's work; tuned on the piano parts of songs (docs/score-log.md). */
static const double MIDDLE = 58;        /* between the hands, as MIDI pitch */
static const double WRONG_SIDE = 0.085; /* a semitone beyond the middle, for each note */
static const double JUMP = 0.066;       /* a semitone from where the hand was */
static const double FORGETS = 1.6;      /* whole notes after which that counts half */
static const double WIDE = 0.9;         /* a semitone of span beyond WIDE_FROM */
static const double WIDE_FROM = 11;     /* semitones */
static const double TOO_WIDE = 9.6;     /* a span beyond TOO_WIDE_FROM */
static const double TOO_WIDE_FROM = 17; /* semitones */
static const double GAP = 0.06;         /* saved by a semitone between the hands, up to an octave */
static const double CROSSING = 0.4;     /* a semitone that the left hand stands above the right */
static const double APART = 0.44;       /* notes of one length and near each other in two hands */
static const double SWAPS = 1.3;        /* a note within what the other hand played just before */
static const double MANY = 3;           /* each note more than five in a hand */

typedef struct hand {
    double place;      /* mean pitch of what it played last */
    int64_t at, end;   /* when; until when it holds */
    int16_t low, high; /* what it holds */
} hand;

typedef struct state {
    double cost;
    hand hands[2];
    int32_t back;
    int8_t left; /* how many of the group's notes */
} state;

typedef struct step {
    int32_t back;
    int8_t left;
} step;

/* What it costs a hand to play notes first .. end of a group; it moves there. */
static double play(hand *h, int which, const neume__onsets *g, int first, int end) {
    if (first == end) return 0;
    double cost = 0, sum = 0;
    int64_t until = g->at;
    for (int i = first; i < end; i++) {
        const neume__placed *n = g->notes[i];
        const double beyond = which == LEFT ? n->number - MIDDLE : MIDDLE - n->number;
        cost += beyond > 0 ? WRONG_SIDE * beyond : 0;
        sum += n->number;
        if (n->at + n->ticks > until) until = n->at + n->ticks;
    }
    const double place = sum / (end - first), rest = (double)(g->at - h->at) / (double)NEUME_WHOLE;
    cost += JUMP * fabs(place - h->place) / (1 + rest / FORGETS) + MANY * (end - first > 5 ? end - first - 5 : 0);
    int16_t low = g->notes[first]->number, high = g->notes[end - 1]->number;
    if (h->end > g->at) { /* still holding others */
        low = low < h->low ? low : h->low, high = high > h->high ? high : h->high;
        until = until > h->end ? until : h->end;
    }
    const double span = high - low;
    cost += (span > WIDE_FROM ? WIDE * (span - WIDE_FROM) : 0) + (span > TOO_WIDE_FROM ? TOO_WIDE : 0);
    *h = (hand){place, g->at, until, low, high};
    return cost;
}

/* Notes that lie in what the other hand played just before change hands. */
static double swaps(const state *from, const neume__onsets *g, int left) {
    double cost = 0;
    for (int i = 0; i < g->count; i++) {
        const hand *other = &from->hands[i < left ? RIGHT : LEFT];
        const int number = g->notes[i]->number;
        if (g->at - other->at <= NEUME_WHOLE && number >= other->low && number <= other->high) cost += SWAPS;
    }
    return cost;
}

static double between(const neume__onsets *g, int left) {
    if (left == 0 || left == g->count) return 0;
    const neume__placed *below = g->notes[left - 1], *above = g->notes[left];
    const double gap = above->number - below->number;
    return (gap < 5 && below->ticks == above->ticks ? APART : 0) - GAP * (gap < 12 ? gap : 12);
}

static state extend(const state *from, const neume__onsets *g, int left) {
    state next = *from;
    next.cost += play(&next.hands[LEFT], LEFT, g, 0, left) + play(&next.hands[RIGHT], RIGHT, g, left, g->count);
    next.cost += between(g, left) + swaps(from, g, left);
    const double over = next.hands[LEFT].place - next.hands[RIGHT].place;
    if (over > 0) next.cost += CROSSING * over;
    next.left = (int8_t)left;
    return next;
}

static bool same_place(const state *a, const state *b) {
    for (int h = 0; h < 2; h++)
        if (a->hands[h].at != b->hands[h].at || a->hands[h].low != b->hands[h].low ||
            a->hands[h].high != b->hands[h].high)
            return false;
    return true;
}

/* Keeps a state if it is among the best and no cheaper one is in its place; the beam is in order of cost. */
static void keep(state *beam, int *count, const state *one) {
    int at = *count;
    for (int i = 0; i < *count; i++) {
        if (!same_place(&beam[i], one)) continue;
        if (beam[i].cost <= one->cost) return;
        memmove(&beam[i], &beam[i + 1], (size_t)(*count - i - 1) * sizeof *beam);
        at = --*count;
        break;
    }
    if (*count == BEAM && beam[BEAM - 1].cost <= one->cost) return;
    if (*count == BEAM) at = --*count;
    for (; at > 0 && beam[at - 1].cost > one->cost; at--) beam[at] = beam[at - 1];
    beam[at] = *one;
    ++*count;
}

static void write_staves(neume__draft *draft, int part, const step *steps, int8_t *lefts, size_t groups) {
    neume__onsets g;
    int32_t at = 0; /* the best state is the first */
    for (size_t i = groups; i-- > 0;) {
        lefts[i] = steps[i * BEAM + (size_t)at].left;
        at = steps[i * BEAM + (size_t)at].back;
    }
    for (size_t next = 0, i = 0; neume__next_onsets(draft, part, -1, &next, &g); i++)
        for (int n = 0; n < g.count; n++) g.notes[n]->staff = n < lefts[i];
}

neume_status neume__choose_hands(neume__draft *draft, int part) {
    neume__onsets g;
    size_t groups = 0;
    for (size_t next = 0; neume__next_onsets(draft, part, -1, &next, &g);) groups++;
    step *steps = neume__alloc((groups + 1) * BEAM * sizeof *steps);
    int8_t *lefts = neume__alloc(groups + 1);
    neume_status status = steps && lefts ? NEUME_OK : NEUME_ENOMEM;
    state beam[BEAM] = {{.hands = {{MIDDLE + 12, -NEUME_WHOLE, -1, 0, 0}, {MIDDLE - 12, -NEUME_WHOLE, -1, 0, 0}}}};
    int count = 1;
    for (size_t next = 0, i = 0; !status && neume__next_onsets(draft, part, -1, &next, &g); i++) {
        state new_beam[BEAM];
        int new_count = 0;
        for (int s = 0; s < count; s++)
            for (int left = 0; left <= g.count; left++) {
                state one = extend(&beam[s], &g, left);
                one.back = s;
                keep(new_beam, &new_count, &one);
            }
        for (int s = 0; s < new_count; s++) steps[i * BEAM + (size_t)s] = (step){new_beam[s].back, new_beam[s].left};
        memcpy(beam, new_beam, (size_t)new_count * sizeof *beam);
        count = new_count;
    }
    if (!status) write_staves(draft, part, steps, lefts, groups);
    neume__free(steps), neume__free(lefts);
    return status;
}
