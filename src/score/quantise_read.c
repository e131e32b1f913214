/* Reading onsets: where in its beat each one stands, by cost.
 *
 * A beat is divided in s equal parts, s = 1, 2, 3 ...; each event (notes that begin together) goes to the nearest of
 * them, less what the beat's events share. A reading costs, in nats,
 *
 *     1/2 sum ((x - k / s) / sigma)^2     the events' distance from their places, in beats, but for what they share:
 *                                         beats are found a little off, and players bend the time within one
 *   + -log share of the pattern           how often music has notes on just these places of a beat (rhythm_patterns.h)
 *   + CHANGE                              when the beat before was divided in another class (twos, threes, fives)
 *   + crowd                               for each two events on one place
 *
 * and a dynamic programme over the beats finds the cheapest readings together; then again, with the piece's own
 * patterns counted in. Where two thirds of a beat are its usual middle, the piece swings. A short note right before
 * one of another pitch may be taken for a grace note instead (Cambouropoulos 2000; Temperley 2001 for the costs' idea;
 * Nakamura, Yoshii & Sagayama 2017 for patterns). */
#include "quantise_page.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHANGE        1.0
#define GRACE         4.5
#define GRACE_S       0.09
#define GRACE_AT_ONCE 6.0  /* each of those that stand where the note that they lead to should */
#define UNKNOWN       11.5 /* price of a pattern that the table does not have */
#define OWN           16.0 /* the table is worth so many beats of the piece itself */
#define SWING_MARGIN  10.0 /* nats by which a piece must be cheaper to read in swing */

/* How music lies on its beats where people play, and where it was written on a file's clock. */
typedef struct manner {
    double sigma, deviation_s; /* how far an event is from its place: the greater of both, in beats and in seconds */
    double edge, bend;         /* how far a beat's two ends are off, and time is bent between them, in beats */
    double crowd;              /* price of two events on one place: hands apart, chords rolled */
    double odd;                /* and of fives and sevens, which are on no twenty-fourth */
    double near; /* so many times as dear are the deviations of what may be a grace note: it is played more exactly */
} manner;
static const manner played = {.045, NEUME__PLAYED_S, .03, .2, 1.5, 10, 1.3};
static const manner written = {.01, NEUME__EXACT_S, 0, 0, 4, 7.5, 1};

/* Into how many parts a beat may be divided, and of which class these are; the last, where nobody plays only, is 16 in
 * simple beats and 9 in compound ones. */
enum { KINDS = 2, PLAYED_CHOICES = 9, CHOICES };
static const int divisions[KINDS][CHOICES] = {{1, 2, 3, 4, 6, 8, 12, 5, 7, 16}, {1, 2, 3, 4, 6, 8, 12, 5, 7, 9}};
static const int classes[KINDS][CHOICES] = {{0, 2, 3, 2, 3, 2, 3, 5, 7, 2}, {0, 2, 3, 2, 3, 2, 3, 5, 7, 3}};

typedef struct rhythm_pattern {
    uint32_t mask; /* bit k: a note begins k twenty-fourths into the beat */
    float price;   /* -log share */
} rhythm_pattern;
#include "rhythm_patterns.h"
enum { PARTS = 24, PATTERNS_MOST = 1024 };

/* The table as prices, which a piece may change. */
typedef struct price_list {
    const rhythm_pattern *patterns;
    size_t count;
    double price[PATTERNS_MOST];
} price_list;

static void price_list_init(price_list *list, bool compound) {
    list->patterns = compound ? compound_patterns : simple_patterns;
    list->count = compound ? sizeof compound_patterns / sizeof *compound_patterns
                           : sizeof simple_patterns / sizeof *simple_patterns;
    assert(list->count <= PATTERNS_MOST);
    for (size_t i = 0; i < list->count; i++) list->price[i] = (double)list->patterns[i].price;
}

/* Where a mask stands in the list, or its count. */
static size_t find_pattern(const price_list *list, uint32_t mask) {
    size_t low = 0, high = list->count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (list->patterns[middle].mask < mask)
            low = middle + 1;
        else
            high = middle;
    }
    return low < list->count && list->patterns[low].mask == mask ? low : list->count;
}

/* Whether an event has a note of that pitch. */
static bool has_pitch(const neume__page *p, const neume__event *e, int pitch) {
    for (size_t i = e->first; i < e->end; i++)
        if (!neume__trills_took(&p->trills, i) && p->notes->items[i].pitch == pitch) return true;
    return false;
}

/* A short note right before another, which it leads to: so not one that is struck again. */
static bool may_be_grace(const neume__page *p, size_t k) {
    const neume__event *e = &p->events[k];
    if (k + 1 >= p->count || e->count != 1 || e[1].time_s - e->time_s > GRACE_S) return false;
    size_t i = e->first;
    while (neume__trills_took(&p->trills, i)) i++;
    return !has_pitch(p, e + 1, p->notes->items[i].pitch);
}

static double pattern_price(const price_list *prices, uint32_t mask, int s, const manner *how) {
    if (PARTS % s != 0) return how->odd;
    const size_t i = find_pattern(prices, mask);
    return i < prices->count ? prices->price[i] : UNKNOWN;
}

/* What the deviations of a beat's events have in common: that of its beginning, of its end, and the bend between, each
 * normal. With the events' own they have the covariance I + U U', in units of sigma. */
enum { SHARED = 3 };
typedef struct shared {
    double across[SHARED];         /* U' r: of the deviations r */
    double within[SHARED][SHARED]; /* U' U */
} shared;

/* A beat that is divided in s parts. */
typedef struct division {
    size_t beat;
    int s;
    const manner *how;
    double sigma;        /* in beats */
    double bent[SHARED]; /* what its events are taken to share, in deviations */
} division;

static division divide(const neume__page *p, size_t beat, int s) {
    const neume_beat *beats = p->rhythm->beats;
    const size_t next = beat + 1 < p->rhythm->count ? beat + 1 : beat;
    const double seconds = next > beat ? beats[next].time_s - beats[beat].time_s : .5;
    const manner *how = p->rhythm->exact ? &written : &played;
    return (division){beat, s, how, fmax(how->sigma, how->deviation_s / fmax(seconds, .05)), {0}};
}

/* By how many beats one deviation of each moves what stands at x of a beat. */
static void moves_at(const manner *how, double x, double *move) {
    const double at = fmin(fmax(x, 0), 1);
    move[0] = how->edge * (1 - at), move[1] = how->edge * at, move[2] = how->bend * at * (1 - at);
}

static void share(const division *d, double x, int to, shared *all) {
    const double off = (x - (double)d->beat - (double)to / d->s) / d->sigma;
    double u[SHARED];
    moves_at(d->how, x - (double)d->beat, u);
    for (int i = 0; i < SHARED; i++) u[i] /= d->sigma;
    for (int i = 0; i < SHARED; i++) {
        all->across[i] += u[i] * off;
        for (int j = 0; j < SHARED; j++) all->within[i][j] += u[i] * u[j];
    }
}

/* What is too much in 1/2 r'r for r' (I + U U')^-1 r: 1/2 (U'r)' (I + U'U)^-1 (U'r) (Woodbury), by Cholesky.
 * likely (SHARED): the likeliest of what is shared, in deviations, (I + U'U)^-1 U'r */
static double forgiven(const shared *all, double *likely) {
    double root[SHARED][SHARED] = {{0}}, sum = 0;
    for (int i = 0; i < SHARED; i++) {
        likely[i] = all->across[i];
        for (int j = 0; j <= i; j++) {
            double left = all->within[i][j] + (i == j);
            for (int k = 0; k < j; k++) left -= root[i][k] * root[j][k];
            root[i][j] = i == j ? sqrt(left) : left / root[j][j];
            if (j < i) likely[i] -= root[i][j] * likely[j];
        }
        likely[i] /= root[i][i];
        sum += likely[i] * likely[i];
    }
    for (int i = SHARED; i-- > 0;) {
        for (int j = i + 1; j < SHARED; j++) likely[i] -= root[j][i] * likely[j];
        likely[i] /= root[i][i];
    }
    return sum / 2;
}

/* What it costs that something at x (beats) stands on the place nearest to where it would be but for what is shared,
 * *to; `taken`: where the one before stands. */
static double place_cost(const division *d, double x, int taken, int *to) {
    double move[SHARED];
    x -= (double)d->beat;
    moves_at(d->how, x, move);
    const double meant = x - d->bent[0] * move[0] - d->bent[1] * move[1] - d->bent[2] * move[2];
    *to = meant > 0 ? (int)lround(meant * d->s) : 0;
    const double off = (x - (double)*to / d->s) / d->sigma;
    return .5 * off * off + (*to == taken ? d->how->crowd : 0);
}

/* Files that were written on a clock have grace notes where the note that they lead to should be, and that one later:
 * the event that takes event k's place if k and what lies between are such; k: none. */
static size_t graces_on_place(const neume__page *p, const division *d, size_t k, int taken) {
    int to;
    size_t main = k;
    if (!p->rhythm->exact) return k;
    double plain = place_cost(d, p->events[k].x, taken, &to);
    const double on_place = plain;
    while (may_be_grace(p, main) && main + 1 < p->begins[d->beat + 1]) {
        main++;
        plain += place_cost(d, p->events[main].x, to, &to);
    }
    return main > k && on_place + GRACE_AT_ONCE * (double)(main - k) < plain ? main : k;
}

/* What it costs to put a beat's events on its places, and what mask (beat_reading), place (reading()) and likely
 * (forgiven()) are then. */
static double put(const neume__page *p, const division *d, int *place, uint32_t *mask, double *likely) {
    shared all = {0};
    double cost = 0;
    int taken = -1, to;
    *mask = 0;
    for (size_t k = p->begins[d->beat]; k < p->begins[d->beat + 1]; k++) {
        const size_t first = k, main = graces_on_place(p, d, k, taken);
        for (; k < main; k++) {
            if (place) place[k - p->begins[d->beat]] = -1;
            cost += GRACE_AT_ONCE;
        }
        double here = place_cost(d, p->events[first].x, taken, &to);
        const bool grace = may_be_grace(p, k) && here * d->how->near > GRACE;
        if (grace) {
            here = fmin(here, GRACE);
        } else {
            taken = to;
            share(d, p->events[first].x, to, &all);
        }
        if (!grace && to < d->s && PARTS % d->s == 0) *mask |= UINT32_C(1) << (to * PARTS / d->s);
        if (place) place[k - p->begins[d->beat]] = grace ? -1 : to;
        cost += here;
    }
    return cost - forgiven(&all, likely);
}

/* What a beat begins to be read with: nothing is shared, or its beginning, its end or its middle lies half a place off.
 * In places at its beginning and end, and four times that of its middle. */
enum { STARTS = 7 };
static const double starts[STARTS][SHARED] = {{0},         {.5, 0, 0}, {-.5, 0, 0}, {0, .5, 0},
                                              {0, -.5, 0}, {0, 0, 2},  {0, 0, -2}};

/* A beat's events read in some parts. */
typedef struct beat_reading {
    double cost, bend; /* bend: by how many beats time is bent, four times what the beat's middle comes late */
    uint32_t mask;     /* the places taken, in twenty-fourths */
} beat_reading;

/* A beat's events in s parts. What they share and where they stand are sought together: from each start places are
 * chosen, then what is likely to be shared, then places again; the cheapest counts. place (of each event, NULL = not
 * wanted) -1: a grace note. */
static beat_reading reading(const neume__page *p, const price_list *prices, size_t beat, int s, int *place) {
    const bool alone = p->begins[beat + 1] - p->begins[beat] < 2;
    division d = divide(p, beat, s), best = d;
    double likely[SHARED];
    beat_reading out = {.cost = HUGE_VAL};
    for (int start = 0; start < (d.how->edge > 0 && !alone ? STARTS : 1); start++) {
        for (int i = 0; i < SHARED && start; i++)
            d.bent[i] = starts[start][i] / (s * (i < 2 ? d.how->edge : d.how->bend));
        for (int again = 0; again < 2; again++) {
            double cost = put(p, &d, NULL, &out.mask, likely);
            cost += pattern_price(prices, out.mask, s, d.how);
            if (cost < out.cost) out.cost = cost, best = d;
            memcpy(d.bent, likely, sizeof likely);
        }
    }
    (void)put(p, &best, place, &out.mask, likely);
    out.bend = likely[2] * best.how->bend;
    return out;
}

/* Chooses each beat's division; *cost: of the whole. prices (KINDS); only >= 0: as if all beats were of that kind.
 * choice (beats), or NULL. */
static neume_status choose(const neume__page *p, const price_list *prices, int only, uint8_t *choice, double *cost) {
    const size_t beats = p->rhythm->count;
    const int choices = p->rhythm->exact ? CHOICES : PLAYED_CHOICES;
    double before[CHOICES] = {0}, now[CHOICES];
    uint8_t *from = calloc(beats + 1, CHOICES);
    if (!from) return neume_fail(NEUME_ENOMEM, "no memory to quantise");
    for (size_t b = 0; b < beats; b++) {
        const int kind = only >= 0 ? only : neume__page_compound(p, b);
        const int *class = classes[kind]; /* 0 goes with all */
        for (int c = 0; c < choices; c++) {
            double best = HUGE_VAL;
            for (int d = 0; d < choices; d++) {
                const bool same = !class[c] || !class[d] || class[c] == class[d];
                const double value = before[d] + (same || b == 0 ? 0 : CHANGE);
                if (value < best) best = value, from[b * CHOICES + (size_t)c] = (uint8_t)d;
            }
            now[c] = best + reading(p, &prices[kind], b, divisions[kind][c], NULL).cost;
        }
        for (int c = 0; c < choices; c++) before[c] = now[c];
    }
    int last = 0;
    for (int c = 1; c < choices; c++)
        if (before[c] < before[last]) last = c;
    if (cost) *cost = before[last];
    for (size_t b = beats; choice && b-- > 0;) choice[b] = (uint8_t)last, last = from[b * CHOICES + (size_t)last];
    free(from);
    return NEUME_OK;
}

/* Counts the patterns of a first reading into the prices. */
static void learn_prices(const neume__page *p, const uint8_t *choice, price_list *prices) {
    double counted[KINDS][PATTERNS_MOST] = {{0}}, beats[KINDS] = {0};
    for (size_t b = 0; b < p->rhythm->count; b++) {
        const int kind = neume__page_compound(p, b);
        const uint32_t mask = reading(p, &prices[kind], b, divisions[kind][choice[b]], NULL).mask;
        const size_t i = find_pattern(&prices[kind], mask);
        beats[kind]++;
        if (i < prices[kind].count) counted[kind][i]++;
    }
    for (int kind = 0; kind < KINDS; kind++)
        for (size_t i = 0; i < prices[kind].count; i++)
            prices[kind].price[i] = -log((counted[kind][i] + OWN * exp(-prices[kind].price[i])) / (beats[kind] + OWN));
}

/* Off-beats at two thirds become as cheap as those at the half, and the other way round. */
static void swing_prices(price_list *list) {
    static const uint32_t even[2] = {0x001001, 0x001000}, uneven[2] = {0x010001, 0x010000};
    for (int k = 0; k < 2; k++) {
        const size_t i = find_pattern(list, even[k]), j = find_pattern(list, uneven[k]);
        if (i == list->count || j == list->count) continue;
        const double price = list->price[i];
        list->price[i] = list->price[j];
        list->price[j] = price;
    }
}

/* Twice: by the table, then with the piece's own patterns. */
static neume_status read_twice(const neume__page *p, bool swing, price_list *prices, uint8_t *choice, double *cost) {
    for (int kind = 0; kind < KINDS; kind++) price_list_init(&prices[kind], kind);
    if (swing) swing_prices(&prices[0]);
    NEUME_TRY(choose(p, prices, -1, choice, NULL));
    learn_prices(p, choice, prices);
    return choose(p, prices, -1, choice, cost);
}

/* The cheapest readings of the whole piece, straight or in swing. prices (KINDS) are its own afterwards. */
static neume_status read_piece(neume__page *p, price_list *prices, uint8_t *choice) {
    double straight, swung;
    NEUME_TRY(read_twice(p, true, prices, choice, &swung));
    NEUME_TRY(read_twice(p, false, prices, choice, &straight));
    p->swing = swung + SWING_MARGIN < straight;
    return p->swing ? read_twice(p, true, prices, choice, &swung) : NEUME_OK;
}

static void place_events(neume__page *p, const price_list *prices, const uint8_t *choice) {
    int place[512] = {0};
    for (size_t b = 0; b < p->rhythm->count; b++) {
        const int kind = neume__page_compound(p, b), s = divisions[kind][choice[b]];
        const size_t first = p->begins[b], count = p->begins[b + 1] - first;
        const bool fits = count <= sizeof place / sizeof *place;
        const double bend = fits ? reading(p, &prices[kind], b, s, place).bend : 0;
        for (size_t k = 0; k < count; k++) {
            neume__event *e = &p->events[first + k];
            const int to = fits ? place[k] : (int)lround((e->x - (double)b) * s);
            e->grace = to < 0;
            e->place = (double)b + (to < 0 ? 0 : (double)to / s);
            const double at = e->place - (double)b;
            e->bend = bend * at * (1 - at);
        }
    }
}

neume_status neume__page_read(neume__page *p) {
    neume_status status = NEUME_OK;
    uint8_t *choice = calloc(p->rhythm->count + 1, 1);
    price_list *prices = calloc(KINDS, sizeof *prices);
    if (!choice || !prices) {
        status = neume_fail(NEUME_ENOMEM, "no memory to quantise");
        goto fail;
    }
    NEUME_GO(read_piece(p, prices, choice));
    place_events(p, prices, choice);
fail:
    free(choice), free(prices);
    return status;
}

neume_status neume__page_costs(const neume__page *p, double *twos, double *threes) {
    neume_status status = NEUME_OK;
    price_list *prices = calloc(KINDS, sizeof *prices);
    if (!prices) return neume_fail(NEUME_ENOMEM, "no memory to quantise");
    for (int kind = 0; kind < KINDS; kind++) price_list_init(&prices[kind], kind);
    NEUME_GO(choose(p, prices, 0, NULL, twos));
    NEUME_GO(choose(p, prices, 1, NULL, threes));
fail:
    free(prices);
    return status;
}
