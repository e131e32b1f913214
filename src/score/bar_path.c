/* The likeliest bars over found beats, in semi-Markov form: a bar lasts a number of found beats and has a metre, and
 * what the network says of the beats in it is summed. Another length or metre costs; so bars keep both as long as the
 * music does not speak clearly against it. */
#include "bars.h"

#include <math.h>
#include <string.h>

#define DOWN_WEIGHT   .8 /* of where bars begin */
#define LENGTH_WEIGHT .4 /* of a beat's belief in the bar's length: beats say what their neighbours say */
#define METRE_WEIGHT  .4
#define FOUND_METRE   1.0 /* nats a beat for the metre that was found without this network */
#define FOUND_LEVEL   1.0 /* and for keeping the found beats as they are */
#define CHANGE        6.0 /* nats that another length or metre costs */
#define HALVED        4.0 /* nats that a single bar of half the length costs, where bars have four beats */
#define PICKUP        1.0 /* nats that beginning in the last three eighths of a bar costs */
#define MIDDLE        3.0 /* and elsewhere behind its beginning */

/* How long a bar is and how it divides: `beats` of its metre's beats in `halves` halves of found ones. */
typedef struct shape {
    int length, metre, halves;
    bool as_found; /* its beats are the found ones */
    int half;      /* the shape of half its length; -1 = none */
} shape;
enum { HALF = 128, FIRST = 255, SHAPES = NEUME_BAR_LENGTHS * NEUME_BEAT_METRES, LONGEST = 24 };

typedef struct search {
    shape shapes[SHAPES];
    int shape_count;
    int halves;                          /* T: of all found beats */
    double *down, *no_down;              /* (T + 1): the first of each half, the second summed up to it */
    double (*length)[NEUME_BAR_LENGTHS]; /* (T + 1) sums, weighed */
    double (*metre)[NEUME_BEAT_METRES];
    double (*best)[SHAPES];  /* (T + 2 LONGEST): a bar of the shape begins here */
    uint8_t (*from)[SHAPES]; /* the shape of the bar before it; 255: it is the first */
} search;

/* Beats of the metre for one found: how a network of beats errs. */
static bool plausible(double ratio) {
    static const double ratios[] = {1.0 / 3, .5, 2.0 / 3, 1, 1.5, 2, 3, 4};
    for (size_t i = 0; i < sizeof ratios / sizeof *ratios; i++)
        if (fabs(ratio / ratios[i] - 1) < .01) return true;
    return false;
}

static void find_shapes(search *s, const neume_rhythm_options *options) {
    const int wanted = options->metre.beats ? neume_beat_metre_class(options->metre) : -1;
    for (int metre = 0; metre < NEUME_BEAT_METRES; metre++)
        for (int length = 0; length < NEUME_BAR_LENGTHS; length++) {
            const double ratio = neume_metre_beats(neume_beat_class_metre(metre)) / neume_bar_length[length];
            if (options->metre.beats && metre != wanted) continue;
            if (options->tempo_bpm > 0 ? fabs(ratio - 1) > .01 : !plausible(ratio)) continue;
            s->shapes[s->shape_count++] = (shape){.length = length,
                                                  .metre = metre,
                                                  .halves = (int)lround(2 * neume_bar_length[length]),
                                                  .as_found = fabs(ratio - 1) < .01,
                                                  .half = -1};
        }
}

/* 4/4 and 12/8 have halves: 2/4 and 6/8. */
static void find_halves(search *s) {
    for (int k = 0; k < s->shape_count; k++) {
        shape *whole = &s->shapes[k];
        const neume_metre metre = neume_beat_class_metre(whole->metre);
        for (int other = 0; other < s->shape_count && neume_metre_beats(metre) == 4; other++) {
            const neume_metre small = neume_beat_class_metre(s->shapes[other].metre);
            const bool fits = 2 * small.beats == metre.beats && small.unit == metre.unit;
            if (fits && 2 * s->shapes[other].halves == whole->halves) whole->half = other;
        }
    }
}

static neume_status sum_beliefs(search *s, const neume__bar_beliefs *b) {
    s->halves = 2 * (int)b->count;
    const size_t n = (size_t)s->halves + 1;
    s->down = neume__calloc(n, sizeof *s->down);
    s->no_down = neume__calloc(n, sizeof *s->no_down);
    s->length = neume__calloc(n, sizeof *s->length);
    s->metre = neume__calloc(n, sizeof *s->metre);
    s->best = neume__calloc(n + 2 * (size_t)LONGEST, sizeof *s->best);
    s->from = neume__calloc(n + 2 * (size_t)LONGEST, sizeof *s->from);
    if (!s->down || !s->no_down || !s->length || !s->metre || !s->best || !s->from) return NEUME_ENOMEM;
    for (size_t t = 0; t + 1 < n; t++) {
        const size_t beat = t / 2;
        s->down[t] = DOWN_WEIGHT * (double)b->down[beat][t % 2];
        s->no_down[t + 1] = s->no_down[t] + DOWN_WEIGHT * (double)b->no_down[beat][t % 2];
        for (int k = 0; k < NEUME_BAR_LENGTHS; k++)
            s->length[t + 1][k] = s->length[t][k] + .5 * LENGTH_WEIGHT * fmax((double)b->length[beat][k], -6);
        for (int k = 0; k < NEUME_BEAT_METRES; k++)
            s->metre[t + 1][k] = s->metre[t][k] + .5 * METRE_WEIGHT * fmax((double)b->metre[beat][k], -6) +
                                 (b->found[beat] == k ? .5 * FOUND_METRE : 0);
    }
    return NEUME_OK;
}

/* What a bar from half `at` on, which lasts so many halves, is worth; what lies outside the piece says nothing. */
static double worth(const search *s, const shape *bar, int at, int halves) {
    const int from = at < 0 ? 0 : at, end = at + halves, to = end < s->halves ? end : s->halves;
    if (to <= from) return 0;
    double sum = s->no_down[to] - s->no_down[from];
    if (at >= 0) sum += s->down[at] - (s->no_down[at + 1] - s->no_down[at]);
    if (bar->as_found && at % 2 == 0) sum += .5 * FOUND_LEVEL * (to - from);
    return sum + s->length[to][bar->length] - s->length[from][bar->length] + s->metre[to][bar->metre] -
           s->metre[from][bar->metre];
}

/* What it costs that the music begins `before` halves behind the beginning of a bar. */
static double begin_cost(const shape *bar, int before) {
    if (!before) return 0;
    return 8 * (bar->halves - before) <= 3 * bar->halves ? PICKUP : MIDDLE;
}

/* best[] and from[] are counted from LONGEST halves before the first beat, where a pickup's bar may begin. */
/* The best bar, whole or half, before one of shape k at half t. */
static void choose_before(const search *s, int t, int k, double *best, uint8_t *from) {
    for (int other = 0; other < s->shape_count; other++) {
        const shape *bar = &s->shapes[other];
        const double change = other == k ? 0 : CHANGE;
        for (int half = 0; half <= (bar->half >= 0); half++) {
            const int halves = bar->halves / (half ? 2 : 1), before = t - halves;
            if (before < -LONGEST || before >= s->halves || (half && before < 0)) continue;
            const double value =
                s->best[before + LONGEST][other] + worth(s, bar, before, halves) - change - (half ? HALVED : 0);
            if (value > *best) *best = value, *from = (uint8_t)(other + (half ? HALF : 0));
        }
    }
}

static void search_bars(search *s) {
    for (int t = -LONGEST; t <= s->halves + LONGEST; t++)
        for (int k = 0; k < s->shape_count; k++) {
            double *best = &s->best[t + LONGEST][k];
            uint8_t *from = &s->from[t + LONGEST][k];
            *best = t <= 0 && t > -s->shapes[k].halves ? -begin_cost(&s->shapes[k], -t) : -HUGE_VAL;
            *from = FIRST;
            if (t > 0) choose_before(s, t, k, best, from);
        }
}

/* The bar that reaches the end best. */
static neume__bar find_last(const search *s, int *shape_index) {
    double most = -HUGE_VAL;
    neume__bar last = {0};
    for (int k = 0; k < s->shape_count; k++)
        for (int t = s->halves - s->shapes[k].halves; t < s->halves; t++) {
            if (t < -LONGEST) continue;
            const double value = s->best[t + LONGEST][k] + worth(s, &s->shapes[k], t, s->shapes[k].halves);
            if (value > most) {
                most = value;
                *shape_index = k;
                last = (neume__bar){t, s->shapes[k].length, s->shapes[k].metre};
            }
        }
    return last;
}

static neume_status trace(const search *s, neume__bar **out, size_t *count) {
    size_t n = 0;
    int k = 0;
    neume__bar bar = find_last(s, &k);
    neume__bar *bars = neume__calloc((size_t)s->halves + 2, sizeof *bars);
    if (!bars) return NEUME_ENOMEM;
    for (;;) {
        bars[n++] = bar;
        const uint8_t before = s->from[bar.at + LONGEST][k];
        if (before == FIRST) break;
        k = before % HALF;
        const shape *last = &s->shapes[before >= HALF ? s->shapes[k].half : k];
        bar = (neume__bar){bar.at - last->halves, last->length, last->metre};
    }
    for (size_t i = 0, j = n - 1; i < j; i++, j--) {
        const neume__bar swapped = bars[i];
        bars[i] = bars[j], bars[j] = swapped;
    }
    *out = bars, *count = n;
    return NEUME_OK;
}

neume_status neume__bar_path(const neume__bar_beliefs *beliefs, const neume_rhythm_options *options, neume__bar **out,
                             size_t *count) {
    neume_status status = NEUME_OK;
    search *s = neume__calloc(1, sizeof *s);
    if (!s) return NEUME_ENOMEM;
    find_shapes(s, options);
    find_halves(s);
    if (!s->shape_count) {
        status = neume_fail(NEUME_ENOTFOUND, "the bar network knows no such metre");
        goto fail;
    }
    NEUME_GO(sum_beliefs(s, beliefs));
    search_bars(s);
    NEUME_GO(trace(s, out, count));
fail:
    neume__free(s->down), neume__free(s->no_down), neume__free(s->length), neume__free(s->metre);
    neume__free(s->best), neume__free(s->from), neume__free(s);
    return status;
}

/* --- beats by bars ------------------------------------------------------------------------------------------------ */

/* Found beats to seconds; outside them as fast as at their ends. */
static double seconds_at(const neume_rhythm *rhythm, double x) {
    const double last = (double)(rhythm->count - 2);
    const size_t i = (size_t)fmin(fmax(floor(x), 0), last);
    const double from = rhythm->beats[i].time_s, to = rhythm->beats[i + 1].time_s;
    return from + (x - (double)i) * (to - from);
}

neume_status neume__bars_apply(const neume__bar *bars, size_t count, neume_rhythm *rhythm) {
    neume_rhythm made = {0};
    neume_status status = NEUME_OK;
    for (size_t i = 0; i < count; i++) {
        const neume_metre metre = neume_beat_class_metre(bars[i].metre);
        const int beats = neume_metre_beats(metre);
        for (int b = 0; b < beats; b++) {
            const double x = bars[i].at * .5 + b * neume_bar_length[bars[i].length] / beats;
            if (x < -.01 || x > (double)rhythm->count - .99) continue;
            NEUME_GO(neume_rhythm_add(&made, (neume_beat){seconds_at(rhythm, x), b + 1, metre}));
        }
    }
    if (made.count < 2) goto fail; /* too short to say anything: as it was */
    neume_rhythm_clear(rhythm);
    *rhythm = made;
    made = (neume_rhythm){0};
fail:
    neume_rhythm_clear(&made);
    return status;
}
