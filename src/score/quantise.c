/* Quantising: the cheapest reading of each beat.
 *
 * A beat is divided in s equal parts, s = 1, 2, 3 ...; each event (notes that begin together) goes to the nearest of
 * them. A reading costs, in nats,
 *
 *     1/2 sum ((x - k / s) / sigma)^2     the events' distance from their places, in beats
 *   + -log share of the pattern           how often music has notes on just these places of a beat (rhythm_patterns.h)
 *   + CHANGE                              when the beat before was divided in another class (twos, threes, fives)
 *   + CROWD                               for each two events on one place
 *
 * and a dynamic programme over the beats finds the cheapest readings together; then again, with the piece's own
 * patterns counted in. A short note right before another may be taken for a grace note instead (Cambouropoulos 2000;
 * Temperley 2001 for the costs' idea; Nakamura, Yoshii & Sagayama 2017 for patterns). */
#include "quantise.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#define TOGETHER_S  0.035
#define PLAYED_S    0.018 /* how exactly people play: one deviation */
#define LEAST_SIGMA 0.035 /* and in beats, whatever the tempo */
#define STEADY      0.06  /* how much a beat's length changes to the next: one deviation */
#define CHANGE      1.0
#define CROWD       4.0
#define GRACE       2.5
#define GRACE_S     0.09
#define EARLY       0.045 /* an event so little before a beat is on it: no pattern has a place there */
#define UNKNOWN     11.5  /* price of a pattern that the table does not have */
#define OWN         16.0  /* the table is worth so many beats of the piece itself */
#define LEGATO      .5    /* deviation of log(sounding / written) when a note sounds shorter than it is written */
#define EXACT       .3    /* and when it sounds longer */
#define REST_PRICE  .8    /* of a value that leaves a rest */
#define STACCATO    .45

enum { CHOICES = 9 };
static const int divisions[CHOICES] = {1, 2, 3, 4, 6, 8, 12, 5, 7};
static const int classes[CHOICES] = {0, 2, 3, 2, 3, 2, 3, 5, 7}; /* 0 goes with all */
static const double odd_price = 7.5; /* of fives and sevens, which are on no twenty-fourth */

typedef struct rhythm_pattern {
    uint32_t mask; /* bit k: a note begins k twenty-fourths into the beat */
    float price;   /* -log share */
} rhythm_pattern;
#include "rhythm_patterns.h"
enum { PARTS = 24, PATTERNS_MOST = 1024, KINDS = 2 };

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

typedef struct event {
    double x;      /* beats since the first beat */
    double time_s; /* of the first of its notes */
    size_t first, count;
    double mean_s; /* of all of them */
    double place;  /* beats since the first beat, once placed */
    int64_t at;    /* and ticks */
    bool grace;
} event;

typedef struct page {
    const neume_notes *notes;
    const neume_rhythm *rhythm;
    event *events;
    size_t count;
    size_t *begins;   /* (beats + 1) first event of each beat */
    int64_t *beat_at; /* (beats + 1) ticks of each beat */
} page;

/* --- time to beats ------------------------------------------------------------------------------------------------ */

/* Beats since the first one, beyond both ends by the nearest beat's length. *hint: where the last search ended. */
static double beat_of(const neume_rhythm *rhythm, double time_s, size_t *hint) {
    size_t i = *hint;
    while (i > 0 && rhythm->beats[i].time_s > time_s) i--;
    while (i + 2 < rhythm->count && rhythm->beats[i + 1].time_s <= time_s) i++;
    *hint = i;
    const double from = rhythm->beats[i].time_s, to = rhythm->beats[i + 1].time_s;
    return (double)i + (time_s - from) / fmax(to - from, 1e-3);
}

/* Ticks of a place in beats, between whole beats in proportion. */
static double ticks_of(const page *p, double beats) {
    const size_t last = p->rhythm->count - 1;
    const double whole = fmin(fmax(floor(beats), 0), (double)last);
    const size_t i = (size_t)whole;
    return (double)p->beat_at[i] + (beats - whole) * (double)(p->beat_at[i + 1] - p->beat_at[i]);
}

static void gather_events(page *p) {
    size_t hint = 0;
    double sum = 0;
    for (size_t i = 0; i < p->notes->count; i++) {
        const neume_note *note = &p->notes->items[i];
        event *e = p->count ? &p->events[p->count - 1] : NULL;
        if (!e || note->onset_s - e->time_s > TOGETHER_S) {
            e = &p->events[p->count++];
            *e = (event){.time_s = note->onset_s, .first = i};
            sum = 0;
        }
        sum += note->onset_s;
        e->count++;
        e->mean_s = sum / (double)e->count;
        e->x = beat_of(p->rhythm, e->mean_s, &hint);
    }
    const size_t beats = p->rhythm->count;
    size_t k = 0;
    for (size_t b = 0; b <= beats; b++) {
        while (k < p->count && p->events[k].x < (double)b - EARLY && b > 0) k++;
        p->begins[b] = b == beats ? p->count : k;
    }
}

/* --- the cheapest readings ---------------------------------------------------------------------------------------- */

static bool may_be_grace(const page *p, size_t k) {
    return k + 1 < p->count && p->events[k].count == 1 && p->events[k + 1].time_s - p->events[k].time_s <= GRACE_S;
}

static double pattern_price(const price_list *prices, uint32_t mask, int s) {
    if (PARTS % s != 0) return odd_price;
    const size_t i = find_pattern(prices, mask);
    return i < prices->count ? prices->price[i] : UNKNOWN;
}

/* What it costs to read a beat's events in s parts. place (of each event, NULL = not wanted) -1: a grace note.
 * *mask: the places taken, in twenty-fourths. */
static double reading(const page *p, const price_list *prices, size_t beat, int s, int *place, uint32_t *mask) {
    const neume_beat *beats = p->rhythm->beats;
    const size_t next = beat + 1 < p->rhythm->count ? beat + 1 : beat;
    const double seconds = next > beat ? beats[next].time_s - beats[beat].time_s : .5;
    const double sigma = fmax(LEAST_SIGMA, PLAYED_S / fmax(seconds, .05));
    double cost = 0;
    int taken = -1;
    *mask = 0;
    for (size_t k = p->begins[beat]; k < p->begins[beat + 1]; k++) {
        const double x = p->events[k].x - (double)beat;
        const int to = x > 0 ? (int)lround(x * s) : 0;
        const double off = (x - (double)to / s) / sigma;
        double here = .5 * off * off + (to == taken ? CROWD : 0);
        const bool grace = may_be_grace(p, k) && here > GRACE;
        if (grace)
            here = GRACE;
        else
            taken = to;
        if (!grace && to < s && PARTS % s == 0) *mask |= UINT32_C(1) << (to * PARTS / s);
        if (place) place[k - p->begins[beat]] = grace ? -1 : to;
        cost += here;
    }
    return cost + pattern_price(prices, *mask, s);
}

static bool compound_at(const page *p, size_t beat) {
    return neume_metre_compound(p->rhythm->beats[beat].metre);
}

/* Chooses each beat's division; *cost: of the whole. prices (KINDS); only >= 0: as if all beats were of that kind.
 * choice (beats), or NULL. */
static neume_status choose(const page *p, const price_list *prices, int only, uint8_t *choice, double *cost) {
    const size_t beats = p->rhythm->count;
    double before[CHOICES] = {0}, now[CHOICES];
    uint32_t mask;
    uint8_t *from = calloc(beats + 1, CHOICES);
    if (!from) return neume_fail(NEUME_ENOMEM, "no memory to quantise");
    for (size_t b = 0; b < beats; b++) {
        const price_list *list = &prices[only >= 0 ? only : compound_at(p, b)];
        for (int c = 0; c < CHOICES; c++) {
            double best = HUGE_VAL;
            for (int d = 0; d < CHOICES; d++) {
                const bool same = !classes[c] || !classes[d] || classes[c] == classes[d];
                const double value = before[d] + (same || b == 0 ? 0 : CHANGE);
                if (value < best) best = value, from[b * CHOICES + (size_t)c] = (uint8_t)d;
            }
            now[c] = best + reading(p, list, b, divisions[c], NULL, &mask);
        }
        for (int c = 0; c < CHOICES; c++) before[c] = now[c];
    }
    int last = 0;
    for (int c = 1; c < CHOICES; c++)
        if (before[c] < before[last]) last = c;
    if (cost) *cost = before[last];
    for (size_t b = beats; choice && b-- > 0;) choice[b] = (uint8_t)last, last = from[b * CHOICES + (size_t)last];
    free(from);
    return NEUME_OK;
}

/* Counts the patterns of a first reading into the prices. */
static void learn_prices(const page *p, const uint8_t *choice, price_list *prices) {
    double counted[KINDS][PATTERNS_MOST] = {{0}}, beats[KINDS] = {0};
    for (size_t b = 0; b < p->rhythm->count; b++) {
        const int kind = compound_at(p, b);
        uint32_t mask;
        (void)reading(p, &prices[kind], b, divisions[choice[b]], NULL, &mask);
        const size_t i = find_pattern(&prices[kind], mask);
        beats[kind]++;
        if (i < prices[kind].count) counted[kind][i]++;
    }
    for (int kind = 0; kind < KINDS; kind++)
        for (size_t i = 0; i < prices[kind].count; i++)
            prices[kind].price[i] = -log((counted[kind][i] + OWN * exp(-prices[kind].price[i])) / (beats[kind] + OWN));
}

/* The cheapest readings of the whole piece. prices (KINDS) are its own afterwards. */
static neume_status read_piece(const page *p, price_list *prices, uint8_t *choice) {
    for (int kind = 0; kind < KINDS; kind++) price_list_init(&prices[kind], kind);
    NEUME_TRY(choose(p, prices, -1, choice, NULL));
    learn_prices(p, choice, prices);
    return choose(p, prices, -1, choice, NULL);
}

static void place_events(page *p, const price_list *prices, const uint8_t *choice) {
    int place[512];
    uint32_t mask;
    for (size_t b = 0; b < p->rhythm->count; b++) {
        const int s = divisions[choice[b]];
        const size_t first = p->begins[b], count = p->begins[b + 1] - first;
        if (!count) continue;
        const bool fits = count <= sizeof place / sizeof *place;
        if (fits) (void)reading(p, &prices[compound_at(p, b)], b, s, place, &mask);
        const int64_t length = p->beat_at[b + 1] - p->beat_at[b];
        for (size_t k = 0; k < count; k++) {
            event *e = &p->events[first + k];
            const int to = fits ? place[k] : (int)lround((e->x - (double)b) * s);
            e->grace = to < 0;
            e->place = (double)b + (to < 0 ? 0 : (double)to / s);
            const int64_t at = p->beat_at[b] + length * (to < 0 ? 0 : to) / s;
            e->at = at < 0 ? 0 : at;
        }
    }
    for (size_t k = p->count; k-- > 0;) /* grace notes stand where the next note does */
        if (p->events[k].grace) p->events[k].at = k + 1 < p->count ? p->events[k + 1].at : p->events[k].at;
    for (size_t k = 1; k < p->count; k++) /* and nothing goes back in time */
        if (p->events[k].at < p->events[k - 1].at) p->events[k].at = p->events[k - 1].at;
}

/* --- beats from all notes ------------------------------------------------------------------------------------------- */

/* Solves the symmetric system of band 2 in place: row[b] = {diagonal, next, next but one}, right (n) becomes the
 * solution. Rows are positive definite. */
static void solve_band(double (*row)[3], double *right, size_t n) {
    for (size_t b = 0; b < n; b++) {
        const double one = row[b][1] / row[b][0], two = row[b][2] / row[b][0];
        if (b + 1 < n) {
            row[b + 1][0] -= one * row[b][1];
            row[b + 1][1] -= one * row[b][2];
            right[b + 1] -= one * right[b];
        }
        if (b + 2 < n) {
            row[b + 2][0] -= two * row[b][2];
            right[b + 2] -= two * right[b];
        }
    }
    for (size_t b = n; b-- > 0;) {
        if (b + 1 < n) right[b] -= row[b][1] * right[b + 1];
        if (b + 2 < n) right[b] -= row[b][2] * right[b + 2];
        right[b] /= row[b][0];
    }
}

/* Beats' times t that make
 *     sum ((time of an event - t at its place) / PLAYED_S)^2 + sum ((t[b+1] - 2 t[b] + t[b-1]) / (STEADY beat))^2
 * least; a held beat pulls its neighbours less (one step of iteratively reweighted least squares). */
static neume_status refit(const page *p, neume_rhythm *rhythm) {
    const size_t n = rhythm->count;
    double(*row)[3] = calloc(n, sizeof *row), *right = calloc(n, sizeof *right);
    if (!row || !right) {
        free(row), free(right);
        return neume_fail(NEUME_ENOMEM, "no memory to refit beats");
    }
    const double near = 1 / (PLAYED_S * PLAYED_S);
    for (size_t b = 0; b < n; b++) row[b][0] = 1, right[b] = rhythm->beats[b].time_s; /* one second: next to nothing */
    for (size_t k = 0; k < p->count; k++) {
        const event *e = &p->events[k];
        const size_t b = (size_t)e->place;
        const double f = e->place - (double)b;
        if (e->grace || b + (f > 0) >= n) continue;
        row[b][0] += near * (1 - f) * (1 - f), right[b] += near * (1 - f) * e->mean_s;
        if (f <= 0) continue;
        row[b][1] += near * f * (1 - f), row[b + 1][0] += near * f * f, right[b + 1] += near * f * e->mean_s;
    }
    for (size_t b = 1; b + 1 < n; b++) {
        const double before = rhythm->beats[b].time_s - rhythm->beats[b - 1].time_s;
        const double bend = rhythm->beats[b + 1].time_s - rhythm->beats[b].time_s - before;
        const double usual = STEADY * fmax(before, .05), off = bend / (2 * usual);
        const double w = 1 / (usual * usual * (1 + off * off));
        row[b - 1][0] += w, row[b][0] += 4 * w, row[b + 1][0] += w;
        row[b - 1][1] -= 2 * w, row[b][1] -= 2 * w, row[b - 1][2] += w;
    }
    solve_band(row, right, n);
    bool rises = true;
    for (size_t b = 1; b < n; b++) rises &= right[b] > right[b - 1] + .02;
    for (size_t b = 0; rises && b < n; b++) rhythm->beats[b].time_s = right[b];
    free(row), free(right);
    return NEUME_OK;
}

/* --- measures ----------------------------------------------------------------------------------------------------- */

/* Bars begin at beats with number 1; the last is completed. */
static neume_status make_measures(page *p, neume__draft *draft) {
    const neume_rhythm *rhythm = p->rhythm;
    int64_t at = 0;
    for (size_t b = 0; b < rhythm->count; b++) {
        const neume_beat *beat = &rhythm->beats[b];
        const int64_t ticks = neume_metre_beat_ticks(beat->metre);
        if (b == 0 || beat->number == 1) {
            NEUME_TRY(DRAFT_MORE(draft, measure, measures));
            draft->measures[draft->measure_count++] = (neume__measure){at, 0, beat->metre};
        }
        p->beat_at[b] = at;
        at += ticks;
        p->beat_at[b + 1] = at;
        neume__measure *bar = &draft->measures[draft->measure_count - 1];
        bar->ticks = at - bar->at;
        if (b + 1 == rhythm->count) bar->ticks += ticks * (neume_metre_beats(beat->metre) - beat->number);
    }
    return NEUME_OK;
}

/* The last bar is that of the last onset: bars follow while notes begin, and those after it, where only beats went on,
 * are none. */
static neume_status fit_measures(neume__draft *draft) {
    int64_t end = 1;
    for (size_t i = 0; i < draft->note_count; i++) {
        const neume__placed *note = &draft->notes[i];
        if (note->at + 1 > end) end = note->at + 1;
    }
    for (;;) {
        const neume__measure last = draft->measures[draft->measure_count - 1];
        if (last.at + last.ticks >= end) break;
        NEUME_TRY(DRAFT_MORE(draft, measure, measures));
        draft->measures[draft->measure_count++] =
            (neume__measure){last.at + last.ticks, neume_metre_ticks(last.metre), last.metre};
    }
    while (draft->measure_count > 1 && draft->measures[draft->measure_count - 1].at >= end) draft->measure_count--;
    const neume__measure last = draft->measures[draft->measure_count - 1];
    for (size_t i = 0; i < draft->note_count; i++) { /* nothing sounds beyond the last bar */
        neume__placed *note = &draft->notes[i];
        if (note->at + note->ticks > last.at + last.ticks) note->ticks = last.at + last.ticks - note->at;
    }
    return NEUME_OK;
}

/* --- values ------------------------------------------------------------------------------------------------------- */

static double squared(double x) {
    return x * x;
}

/* What a value costs for a note that sounds so long, both in beats. */
static double value_cost(double sounding, double value) {
    const double off = log(fmax(sounding, 1e-3) / value);
    return .5 * squared(off / (off < 0 ? LEGATO : EXACT));
}

/* Ticks to the next notes of the same part within an octave; 0 when there are none soon. */
static int64_t gap_behind(const page *p, size_t k, const neume_note *note, const int16_t *part_of, int16_t part) {
    for (size_t j = k + 1; j < p->count && p->events[j].x - p->events[k].x < 16; j++) {
        const event *e = &p->events[j];
        if (e->at <= p->events[k].at || e->grace) continue;
        for (size_t i = e->first; i < e->first + e->count; i++)
            if (part_of[i] == part && abs(p->notes->items[i].pitch - note->pitch) <= 12) return e->at - p->events[k].at;
    }
    return 0;
}

/* The value of a note: to the next one of its line, or one that leaves a rest. */
static int64_t find_value(const page *p, size_t k, const neume_note *note, int64_t gap, bool *staccato) {
    static const double simple[] = {.25, .5, .75, 1, 1.5, 2, 3, 4, 6, 8};
    static const double compound[] = {1. / 6, 1. / 3, 2. / 3, 1, 4. / 3, 5. / 3, 2, 3, 4, 6, 8};
    const size_t beat = (size_t)fmin(fmax(floor(p->events[k].x), 0), (double)(p->rhythm->count - 1));
    const bool thirds = compound_at(p, beat);
    const double *values = thirds ? compound : simple;
    const size_t count = thirds ? sizeof compound / sizeof *compound : sizeof simple / sizeof *simple;
    const int64_t beat_ticks = p->beat_at[beat + 1] - p->beat_at[beat];
    size_t hint = beat;
    const double sounding =
        (ticks_of(p, beat_of(p->rhythm, note->offset_s, &hint)) - ticks_of(p, p->events[k].x)) / (double)beat_ticks;
    double best = HUGE_VAL;
    int64_t ticks = 0;
    for (size_t i = 0; i < count; i++) {
        const double cost = REST_PRICE + value_cost(sounding, values[i]);
        const int64_t value = (int64_t)llround(values[i] * (double)beat_ticks);
        if (cost < best && (!gap || value < gap || sounding > 1.3 * (double)gap / (double)beat_ticks))
            best = cost, ticks = value;
    }
    *staccato = false;
    if (gap) {
        const double written = (double)gap / (double)beat_ticks, cost = value_cost(sounding, written);
        if (cost < best) {
            ticks = gap;
            *staccato = sounding < STACCATO * written && written <= 1;
        }
    }
    return ticks;
}

/* --- parts -------------------------------------------------------------------------------------------------------- */

/* A keyboard's tracks are its hands, and one part; other tracks are parts of their own. */
static neume_status make_parts(const neume_notes *notes, neume__draft *draft, int16_t *part_of) {
    int16_t track[1024];
    for (size_t i = 0; i < notes->count; i++) {
        const neume_note *note = &notes->items[i];
        const bool joined = note->program < 8 || note->program == NEUME_PROGRAM_DRUMS;
        int16_t found = -1;
        for (size_t k = 0; k < draft->part_count && found < 0; k++)
            if (draft->parts[k].program == note->program && (joined || track[k] == note->part)) found = (int16_t)k;
        if (found < 0 && draft->part_count < 64) {
            NEUME_TRY(DRAFT_MORE(draft, part, parts));
            track[draft->part_count] = note->part;
            found = (int16_t)draft->part_count;
            draft->parts[draft->part_count++] = (neume__part){.program = note->program, .staves = 1};
        }
        part_of[i] = found < 0 ? (int16_t)(draft->part_count - 1) : found;
    }
    return NEUME_OK;
}

static neume_status place_notes(page *p, neume__draft *draft, const int16_t *part_of) {
    for (size_t k = 0; k < p->count; k++) {
        const event *e = &p->events[k];
        for (size_t i = e->first; i < e->first + e->count; i++) {
            const neume_note *note = &p->notes->items[i];
            neume__placed placed = {.at = e->at,
                                    .source = (int32_t)i,
                                    .number = note->pitch,
                                    .velocity = note->velocity,
                                    .part = part_of[i]};
            if (!e->grace)
                placed.ticks = find_value(p, k, note, gap_behind(p, k, note, part_of, part_of[i]), &placed.staccato);
            NEUME_TRY(DRAFT_MORE(draft, note, notes));
            draft->notes[draft->note_count++] = placed;
        }
    }
    return NEUME_OK;
}

/* ------------------------------------------------------------------------------------------------------------------ */

static void page_clear(page *p) {
    free(p->events), free(p->begins), free(p->beat_at);
}

static neume_status page_init(page *p, const neume_notes *notes, const neume_rhythm *rhythm) {
    *p = (page){.notes = notes, .rhythm = rhythm};
    assert(rhythm->count >= 2);
    p->events = calloc(notes->count + 1, sizeof *p->events);
    p->begins = calloc(rhythm->count + 2, sizeof *p->begins);
    p->beat_at = calloc(rhythm->count + 2, sizeof *p->beat_at);
    if (p->events && p->begins && p->beat_at) return NEUME_OK;
    page_clear(p);
    return neume_fail(NEUME_ENOMEM, "no memory to quantise");
}

neume_status neume__quantise_thirds(const neume_notes *notes, const neume_rhythm *rhythm, double *out) {
    page p;
    double cost[KINDS] = {0};
    neume_status status = NEUME_OK;
    NEUME_TRY(page_init(&p, notes, rhythm));
    price_list *prices = calloc(KINDS, sizeof *prices);
    if (!prices) status = neume_fail(NEUME_ENOMEM, "no memory to quantise");
    gather_events(&p);
    for (int kind = 0; kind < KINDS && !status; kind++) {
        price_list_init(&prices[kind], kind);
        status = choose(&p, prices, kind, NULL, &cost[kind]);
    }
    size_t divided = 1;
    for (size_t b = 0; b < rhythm->count; b++) divided += p.begins[b + 1] - p.begins[b] > 1;
    if (!status) *out = (cost[0] - cost[1]) / (double)divided;
    free(prices);
    page_clear(&p);
    return status;
}

neume_status neume__quantise_refit(const neume_notes *notes, neume_rhythm *rhythm) {
    page p;
    neume_status status = NEUME_OK;
    NEUME_TRY(page_init(&p, notes, rhythm));
    uint8_t *choice = calloc(rhythm->count + 1, 1);
    price_list *prices = calloc(KINDS, sizeof *prices);
    if (!choice || !prices) {
        status = neume_fail(NEUME_ENOMEM, "no memory to quantise");
        goto fail;
    }
    gather_events(&p);
    NEUME_GO(read_piece(&p, prices, choice));
    place_events(&p, prices, choice);
    NEUME_GO(refit(&p, rhythm));
fail:
    page_clear(&p);
    free(choice), free(prices);
    return status;
}

neume_status neume__quantise(const neume_notes *notes, const neume_rhythm *rhythm, neume__draft *draft) {
    page p;
    neume_status status = NEUME_OK;
    NEUME_TRY(page_init(&p, notes, rhythm));
    uint8_t *choice = calloc(rhythm->count + 1, 1);
    int16_t *part_of = calloc(notes->count + 1, sizeof *part_of);
    price_list *prices = calloc(KINDS, sizeof *prices);
    if (!choice || !part_of || !prices) {
        status = neume_fail(NEUME_ENOMEM, "no memory to quantise");
        goto fail;
    }
    gather_events(&p);
    NEUME_GO(make_measures(&p, draft));
    NEUME_GO(read_piece(&p, prices, choice));
    place_events(&p, prices, choice);
    NEUME_GO(make_parts(notes, draft, part_of));
    NEUME_GO(place_notes(&p, draft, part_of));
    NEUME_GO(fit_measures(draft));
    neume__draft_sort(draft);
    NEUME_GO(DRAFT_MORE(draft, tempo, tempi));
    const double quarters = (double)neume_metre_beat_ticks(rhythm->beats[0].metre) / (double)(NEUME_WHOLE / 4);
    draft->tempi[draft->tempo_count++] = (neume__tempo_change){0, neume_rhythm_tempo_bpm(rhythm) * quarters};
fail:
    page_clear(&p);
    free(choice), free(part_of), free(prices);
    return status;
}
