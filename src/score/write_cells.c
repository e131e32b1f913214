/* Where the tuplets of a bar are.
 *
 * A place that is no halving of the bar lies in a tuplet. Candidates are the beat, its parts and its doubles; each may
 * be 3, 5, 7 ... units in the time of fewer. The cheapest division of the bar wins: fewest written values, so that a
 * tuplet does not cut notes that go on, then fewest and simplest tuplets. Dynamic programming over a quarter of a
 * beat. */
#include "write.h"

enum { SLOTS_MOST = 96 };
/* Prices in written values: of a tuplet, one that is no triplet, finer units than its own, a tie into or out of it,
 * beats hidden inside it. By hand, from how triplets over one and two beats are to be told apart. */
static const double TUPLET = 1, UNUSUAL = 0.3, FINER = 0.2, TIE = 0.5, HIDES_BEAT = 3, LONGER = 0.1, RUN = 0.01;

typedef struct search {
    const neume__grid *grid;
    const neume__stretch *stretches;
    size_t count;
    int64_t slot, base; /* slots begin at base */
    int slots;
} search;

static bool is_odd(int64_t at) {
    return at % NEUME__FINEST != 0;
}

static int64_t clip(int64_t at, int64_t low, int64_t high) {
    return at < low ? low : at > high ? high : at;
}

static int64_t slot_at(const search *s, int index) {
    return clip(s->base + index * s->slot, s->grid->offset, s->grid->end);
}

static bool inside(const neume__cell *cell, int64_t at) {
    return at > cell->from && at < cell->to;
}

int64_t neume__cell_written(const neume__cell *cell, int64_t at) {
    return (at - cell->from) * cell->actual / cell->normal;
}

int64_t neume__cell_sounding(const neume__cell *cell, int64_t written) {
    return cell->from + written * cell->normal / cell->actual;
}

static double count_values(const search *s, const neume__cell *cell) {
    const int64_t length = cell->to - cell->from;
    const neume__grid units =
        neume__grid_of_tuplet(cell->normal ? length / cell->normal : length, cell->actual ? cell->actual : 1);
    double cost = 0;
    for (size_t i = 0; i < s->count; i++) {
        const neume__stretch *one = &s->stretches[i];
        int64_t from = clip(one->from, cell->from, cell->to), to = clip(one->to, cell->from, cell->to);
        if (from == to) continue;
        if (!cell->actual) {
            cost += neume__value_count(s->grid, from, to, one->count == 0);
            continue;
        }
        cost +=
            neume__value_count(&units, neume__cell_written(cell, from), neume__cell_written(cell, to), one->count == 0);
        if (one->count) cost += TIE * ((one->from < cell->from) + (one->to > cell->to));
    }
    return cost;
}

/* Are all places inside it multiples of a part of it? */
static bool divides(const search *s, const neume__cell *cell, int64_t parts) {
    const int64_t length = cell->to - cell->from;
    for (size_t i = 0; i < s->count; i++) {
        int64_t at = s->stretches[i].from;
        if (inside(cell, at) && (at - cell->from) * parts % length != 0) return false;
    }
    return true;
}

/* The largest of 1, 2, 4, 8 (in dotted time 3, 6, 12) below n. */
static int normal_of(int n, bool dotted) {
    int normal = dotted ? 3 : 1;
    while (normal * 2 < n) normal *= 2;
    return normal;
}

/* Which tuplet writes this cell. @return its price, < 0 when none does */
static double find_tuplet(const search *s, neume__cell *cell) {
    static const int actuals[] = {3, 5, 7, 9, 11, 13, 15};
    const int64_t length = cell->to - cell->from;
    bool odd = false, beats = false;
    for (size_t i = 0; i < s->count; i++) {
        int64_t at = s->stretches[i].from;
        odd |= inside(cell, at) && is_odd(at);
        beats |= inside(cell, at) && at % s->grid->beat == 0;
    }
    if (!odd) return -1;
    const bool dotted = NEUME_WHOLE * 3 % length == 0 && NEUME_WHOLE % length != 0;
    for (size_t i = 0; i < sizeof actuals / sizeof *actuals; i++) {
        for (int finer = 0; finer < 3; finer++) {
            const int n = actuals[i];
            if ((dotted && n < 5) || !divides(s, cell, (int64_t)n << finer)) continue;
            cell->actual = (int16_t)n, cell->normal = (int16_t)normal_of(n, dotted);
            double values = count_values(s, cell);
            double price = values + TUPLET + UNUSUAL * (n > 3) + FINER * finer + (beats ? HIDES_BEAT : 0);
            if (n == 3 && finer == 1 && values >= 5) cell->actual = 6, cell->normal = 4;
            return price;
        }
    }
    return -1;
}

/* May a tuplet of so many slots begin there? */
static bool is_aligned(const search *s, int first, int slots) {
    const int64_t length = slots * s->slot, at = s->base + first * s->slot, beat = s->grid->beat;
    if (length < NEUME_WHOLE / 32 || at < s->grid->offset || at + length > s->grid->end) return false;
    const int64_t main_beat = s->grid->compound ? 3 * beat : beat;
    if (length % 3 == 0 && NEUME_WHOLE % length != 0)
        return s->grid->compound && at % (length < main_beat ? length : main_beat) == 0 && length <= 2 * main_beat;
    if (length <= beat) return at % length == 0;
    if (length == 2 * beat)
        return at % beat == 0 && (!s->grid->compound || at / main_beat == (at + length - 1) / main_beat);
    return length == 4 * beat && at % length == 0 && !s->grid->compound;
}

/* The end of the plain run from there on: before the first place that is odd. */
static bool is_plain(const search *s, int64_t from, int64_t to) {
    for (size_t i = 0; i < s->count; i++) {
        int64_t at = s->stretches[i].from;
        if (at > from && at < to && is_odd(at)) return false;
    }
    return true;
}

typedef struct step {
    double cost;
    neume__cell cell;
    int back;
} step;

static void relax(step *steps, int from, int to, double price, const neume__cell *cell) {
    if (price < 0 || steps[from].cost < 0) return;
    double cost = steps[from].cost + price;
    if (steps[to].cost < 0 || cost < steps[to].cost) steps[to] = (step){cost, *cell, from};
}

static void try_tuplets(const search *s, step *steps, int from) {
    static const int sizes[] = {1, 2, 4, 6, 8, 12, 16, 24};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        if (from + sizes[k] > s->slots || !is_aligned(s, from, sizes[k])) continue;
        neume__cell cell = {slot_at(s, from), slot_at(s, from + sizes[k]), 0, 0};
        double price = find_tuplet(s, &cell);
        relax(steps, from, from + sizes[k], price < 0 ? price : price + LONGER * (double)k, &cell);
    }
}

static size_t collect(const step *steps, int slots, neume__cell *cells) {
    size_t count = 0;
    for (int at = slots; at > 0; at = steps[at].back) cells[count++] = steps[at].cell;
    for (size_t i = 0; i < count / 2; i++) {
        neume__cell swapped = cells[i];
        cells[i] = cells[count - 1 - i];
        cells[count - 1 - i] = swapped;
    }
    return count;
}

size_t neume__bar_cells(const neume__grid *grid, const neume__stretch *stretches, size_t count,
                        neume__cell cells[NEUME__CELLS_MOST]) {
    search s = {.grid = grid, .stretches = stretches, .count = count};
    if (is_plain(&s, grid->offset, grid->end)) {
        cells[0] = (neume__cell){grid->offset, grid->end, 0, 0};
        return 1;
    }
    step steps[SLOTS_MOST + 1];
    s.slot = grid->beat / 4;
    s.base = grid->offset / grid->beat * grid->beat;
    const int64_t slots = (grid->end - s.base + s.slot - 1) / s.slot;
    if (slots > SLOTS_MOST) return 0;
    s.slots = (int)slots;
    for (int i = 1; i <= s.slots; i++) steps[i].cost = -1;
    steps[0] = (step){0};
    for (int from = 0; from < s.slots; from++) {
        if (steps[from].cost < 0) continue;
        for (int to = from + 1; to <= s.slots; to++) {
            neume__cell cell = {slot_at(&s, from), slot_at(&s, to), 0, 0};
            if (!is_plain(&s, cell.from, cell.to)) break;
            relax(steps, from, to, RUN + count_values(&s, &cell), &cell);
        }
        try_tuplets(&s, steps, from);
    }
    return steps[s.slots].cost < 0 ? 0 : collect(steps, s.slots, cells);
}
