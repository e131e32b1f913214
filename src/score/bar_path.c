/* The likeliest bars over found beats, in semi-Markov form: a bar lasts a number of found beats and has a metre, and
 * what the network says of the beats in it is summed. Another length or metre costs, and so does a bar that lasts a
 * part of a beat more or less than the others: beats are found too many or too few there. So bars go on alike as long
 * as the music does not speak clearly against it. A bar of a whole beat more or less is one of that many beats: on a
 * clock it is meant, where people play it is more often a pause, and costs more. And a piece has a home, the metre
 * that most of it is in: networks that hear two minutes at once take thin passages in 4/4 for 2/4. What lies outside
 * the home costs by the beat; the home itself is the metre with which the whole comes out best. Of a tune something is
 * said of the whole, too (bar_model.c): what two bars of two and one of four have alike, their neighbourhood cannot
 * tell. */
#include "bars.h"
#include "log_softmax.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define DOWN_WEIGHT   1.8 /* of where bars begin */
#define HEARD_DOWN    .5  /* of what the beat networks say of that */
#define LENGTH_WEIGHT .6  /* of a beat's belief in the bar's length: beats say what their neighbours say */
#define METRE_WEIGHT  1.0
#define HEARD_METRE   .4  /* of what the beat networks say of metres */
#define WHOLE_METRE   1.0 /* and a beat for what is said of the metre of the whole */
#define NOT_FOUND     1.0 /* nats a beat that leaving the found beats costs where the whole's metre over them is known */
#define FOUND_METRE   .5  /* nats a beat for the metre that they found */
#define FOUND_LEVEL   1.5  /* and for keeping the found beats as they are */
#define FOUND_THIRDS  8.0  /* where they divide in three, as those of a metre told beforehand do */
#define AWAY          1.0  /* nats a beat that another metre than the home costs, */
#define AWAY_HALF     3.0  /* and one of half or twice its bars: these are confused, but follow each other seldom */
#define CHANGE        6.0  /* nats that another length or metre costs */
#define SLIP          6.0  /* nats that a bar longer or shorter by a third, half or two thirds of a found beat costs */
#define WHOLE_SLIP    8.0  /* the same by a whole beat, where no beat is lost or found too many, */
#define PLAYED_SLIP   18.0 /* and where one may be: a pause is often found as a beat more */
#define HALVED        4.0  /* nats that a single bar of half the length costs, where bars have four beats */
#define PICKUP        2.0  /* nats that beginning in the last three eighths of a bar costs */
#define MIDDLE        6.0  /* and elsewhere behind its beginning */

/* How long a bar is and how it divides. */
typedef struct shape {
    int length, metre, sixths; /* sixths: of found beats */
    bool as_found;             /* its beats are the found ones, */
    bool thirds;               /* or thirds of them */
    bool shorter, longer;      /* with a beat less or more it is another metre's bar, and none is told */
    int half;                  /* the shape of half its length; -1 = none */
} shape;
enum {
    SHAPES = NEUME_BAR_LENGTHS * NEUME_BEAT_METRES,
    LONGEST = 12 * 6,
    SLIPS = 9,
    PART_SLIPS = 7,
    RING = LONGEST + 8,
    FIRST = 255,
    NOWHERE = -1
};
static const int slips[SLIPS] = {0, -4, -3, -2, 2, 3, 4, -6, 6}; /* sixths; the last ones are whole beats */
static_assert(SHAPES < FIRST && LONGEST + 6 < RING, "shapes are bytes, and the longest bar is in the ring");

/* The bar before a place: its shape and how long it was. */
typedef struct step {
    uint8_t shape, sixths; /* shape FIRST: there is none */
} step;

typedef struct search {
    shape shapes[SHAPES];
    int shape_count;
    int sixths;                          /* T: of all found beats */
    double *down, *no_down;              /* (T + 1): the first of each sixth, the second summed up to it */
    double (*length)[NEUME_BAR_LENGTHS]; /* (T + 1) sums, weighed */
    double (*metre)[NEUME_BEAT_METRES];
    double best[RING][SHAPES]; /* a bar of the shape begins here; of the last sixths only */
    step (*from)[SHAPES]; /* (LONGEST + T): from LONGEST before the first beat on, where a pickup's bar may begin */
    double whole[NEUME_BEAT_METRES]; /* what is said of the whole, a sixth of a beat, where the found beats are kept, */
    double not_found;                /* and what it costs where they are not */
    double away[NEUME_BEAT_METRES];  /* nats a sixth of a beat, by the home */
    bool steady;                     /* as in the beliefs */
    double as_found, thirds;         /* and for keeping the found beats, or for taking their thirds */
} search;

/* Beats of the metre for one found: how a network of beats errs. */
static bool plausible(double ratio) {
    static const double ratios[] = {1.0 / 3, .5, 2.0 / 3, 1, 1.5, 2, 3, 4};
    for (size_t i = 0; i < sizeof ratios / sizeof *ratios; i++)
        if (fabs(ratio / ratios[i] - 1) < .01) return true;
    return false;
}

/* The metre with so many beats more. beats 0: there is none, like 6/4 with five beats and one more */
static neume_metre with_more(neume_metre metre, int more) {
    const int before = neume_metre_beats(metre), beats = before + more;
    metre.beats = (int16_t)(metre.beats / before * beats);
    return (beats > 1 || !more) && neume_metre_beats(metre) == beats ? metre : (neume_metre){0};
}

static void find_shapes(search *s, const neume_rhythm_options *options) {
    const int wanted = options->metre.beats ? neume_beat_metre_class(options->metre) : -1;
    for (int metre = 0; metre < NEUME_BEAT_METRES; metre++)
        for (int length = 0; length < NEUME_BAR_LENGTHS; length++) {
            const neume_metre said = neume_beat_class_metre(metre);
            const double ratio = neume_metre_beats(said) / neume_bar_length[length];
            const bool as_found = fabs(ratio - 1) < .01, other = as_found && !options->metre.beats;
            if (options->metre.beats && metre != wanted) continue;
            if (options->tempo_bpm > 0 ? fabs(ratio - 1) > .01 : !plausible(ratio)) continue;
            s->shapes[s->shape_count++] = (shape){.length = length,
                                                  .metre = metre,
                                                  .sixths = (int)lround(6 * neume_bar_length[length]),
                                                  .as_found = as_found,
                                                  .shorter = other && with_more(said, -1).beats,
                                                  .longer = other && with_more(said, 1).beats,
                                                  .thirds = fabs(ratio - 3) < .01,
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
            if (fits && 2 * s->shapes[other].sixths == whole->sixths) whole->half = other;
        }
    }
}

/* Which of the network's spots a sixth of a beat is; -1: none, no bar begins there. */
static int spot_of(int sixth) {
    static const int spots[6] = {0, -1, 2, 1, 3, -1};
    return spots[((sixth % 6) + 6) % 6];
}

static double *best_at(search *s, int sixth) {
    return s->best[(sixth + LONGEST) % RING];
}

static neume_status make_room(search *s) {
    const size_t n = (size_t)s->sixths + 1;
    s->down = neume__calloc(n, sizeof *s->down);
    s->no_down = neume__calloc(n, sizeof *s->no_down);
    s->length = neume__calloc(n, sizeof *s->length);
    s->metre = neume__calloc(n, sizeof *s->metre);
    s->from = neume__calloc(n + LONGEST, sizeof *s->from);
    return s->down && s->no_down && s->length && s->metre && s->from ? NEUME_OK : NEUME_ENOMEM;
}

/* What keeping the found beats is worth. A known metre has but one shape for each level, so what is heard of metres
 * says nothing of the level, but for this: found beats that divide in three are the beats of 12/8, not half of them,
 * and whole bars of a fast 3/4. */
static void weigh_levels(search *s, const neume__bar_beliefs *b, const neume_rhythm_options *options) {
    size_t found_in_three = 0;
    for (size_t i = 0; i < b->count; i++)
        found_in_three += b->found[i] >= 0 && neume_metre_compound(neume_beat_class_metre(b->found[i]));
    const bool in_three = options->metre.beats && 2 * found_in_three > b->count;
    const bool waltz = in_three && neume_metre_beats(options->metre) == 3 && !neume_metre_compound(options->metre);
    s->as_found = in_three && neume_metre_compound(options->metre) ? FOUND_THIRDS / 6 : FOUND_LEVEL / 6;
    s->thirds = waltz ? FOUND_THIRDS / 6 : 0;
}

static void sum_beliefs(search *s, const neume__bar_beliefs *b) {
    s->not_found = 0;
    for (int k = 0; k < NEUME_BEAT_METRES; k++) {
        s->whole[k] = WHOLE_METRE / 6 * fmax((double)b->whole_metre[k], -6);
        if (b->whole_metre[k] < 0) s->not_found = NOT_FOUND / 6;
    }
    for (int t = 0; t < s->sixths; t++) {
        const int beat = t / 6, spot = spot_of(t);
        s->no_down[t + 1] = s->no_down[t];
        if (spot >= 0) {
            const double heard = HEARD_DOWN * (double)b->heard_down[beat][spot];
            s->down[t] = DOWN_WEIGHT * (double)b->down[beat][spot] + neume__log_sigmoid(heard);
            s->no_down[t + 1] += DOWN_WEIGHT * (double)b->no_down[beat][spot] + neume__log_sigmoid(-heard);
        }
        for (int k = 0; k < NEUME_BAR_LENGTHS; k++)
            s->length[t + 1][k] = s->length[t][k] + LENGTH_WEIGHT / 6 * fmax((double)b->length[beat][k], -6);
        for (int k = 0; k < NEUME_BEAT_METRES; k++)
            s->metre[t + 1][k] = s->metre[t][k] + METRE_WEIGHT / 6 * fmax((double)b->metre[beat][k], -6) +
                                 HEARD_METRE / 6 * (double)b->heard_metre[beat][k] +
                                 (b->found[beat] == k ? FOUND_METRE / 6 : 0);
    }
}

/* What a bar from sixth `at` on, which lasts so many, is worth; what lies outside the piece says nothing. */
static double worth(const search *s, const shape *bar, int at, int lasts) {
    const int from = at < 0 ? 0 : at, end = at + lasts, to = end < s->sixths ? end : s->sixths;
    if (to <= from) return 0;
    double sum = s->no_down[to] - s->no_down[from];
    if (at >= 0) sum += s->down[at] - (s->no_down[at + 1] - s->no_down[at]);
    if (bar->as_found && at % 6 == 0) sum += s->as_found * (to - from);
    if (bar->thirds && at % 6 == 0) sum += s->thirds * (to - from);
    sum += (bar->as_found ? s->whole[bar->metre] : -s->not_found) * (to - from);
    sum -= s->away[bar->metre] * (to - from);
    return sum + s->length[to][bar->length] - s->length[from][bar->length] + s->metre[to][bar->metre] -
           s->metre[from][bar->metre];
}

/* What it costs that the music begins `before` sixths behind the beginning of a bar. */
static double begin_cost(const shape *bar, int before) {
    if (!before) return 0;
    return 8 * (bar->sixths - before) <= 3 * bar->sixths ? PICKUP : MIDDLE;
}

/* What a bar costs that lasts so much more or less than its shape. */
static double slip_price(const search *s, const shape *bar, int way) {
    if (way < PART_SLIPS) return way ? SLIP : 0;
    const double whole = s->steady ? WHOLE_SLIP : PLAYED_SLIP;
    return (slips[way] < 0 ? bar->shorter : bar->longer) ? whole : HUGE_VAL;
}

/* The best way to end a bar of shape k at sixth t: as long as it is, longer or shorter, or half. */
static double end_bar(search *s, int k, int t, int *sixths) {
    const shape *bar = &s->shapes[k];
    double best = -HUGE_VAL;
    for (int way = 0; way <= SLIPS; way++) {
        if (way == SLIPS && bar->half < 0) break;
        const int lasts = way == SLIPS ? bar->sixths / 2 : bar->sixths + slips[way], at = t - lasts;
        const double price = way == SLIPS ? HALVED : slip_price(s, bar, way);
        if (at < -LONGEST || at >= s->sixths || lasts <= 0 || (way && at < 0)) continue;
        const double value = best_at(s, at)[k] + worth(s, bar, at, lasts) - price;
        if (value > best) best = value, *sixths = lasts;
    }
    return best;
}

/* Bars of all shapes that begin at sixth t, but no first ones. */
static void go_on(search *s, int t) {
    double ends[SHAPES];
    int lasts[SHAPES] = {0}, best = 0;
    for (int k = 0; k < s->shape_count; k++) {
        ends[k] = end_bar(s, k, t, &lasts[k]);
        if (ends[k] > ends[best]) best = k;
    }
    for (int k = 0; k < s->shape_count; k++) {
        const int before = ends[best] - CHANGE > ends[k] ? best : k;
        const double value = ends[before] - (before == k ? 0 : CHANGE);
        if (value <= best_at(s, t)[k]) continue;
        best_at(s, t)[k] = value;
        s->from[t + LONGEST][k] = (step){(uint8_t)before, (uint8_t)lasts[before]};
    }
}

static void search_bars(search *s) {
    for (int t = -LONGEST; t < s->sixths; t++) {
        for (int k = 0; k < s->shape_count; k++) {
            const bool first = t <= 0 && t > -s->shapes[k].sixths && spot_of(t) >= 0;
            best_at(s, t)[k] = first ? -begin_cost(&s->shapes[k], -t) : -HUGE_VAL;
            s->from[t + LONGEST][k].shape = FIRST;
        }
        if (t > 0 && spot_of(t) >= 0) go_on(s, t);
    }
}

/* The bar that reaches the end best; returns where it begins. *most: what all bars together are worth */
static int find_last(search *s, int *shape_index, double *most) {
    int last = 0;
    *most = -HUGE_VAL;
    for (int k = 0; k < s->shape_count; k++)
        for (int t = s->sixths - s->shapes[k].sixths; t < s->sixths; t++) {
            if (t < -LONGEST) continue;
            const double value = best_at(s, t)[k] + worth(s, &s->shapes[k], t, s->shapes[k].sixths);
            if (value > *most) *most = value, *shape_index = k, last = t;
        }
    return last;
}

/* Bars end to end. */
typedef struct path {
    neume__bar *bars;
    size_t count;
    double value;
    bool has[NEUME_BEAT_METRES]; /* half bars count as what they are half of */
} path;

/* What a beat in that metre costs; @p home may be NOWHERE: all are alike. */
static double away_from(int home, int metre) {
    if (home == NOWHERE || metre == home) return 0;
    const neume_metre a = neume_beat_class_metre(home), b = neume_beat_class_metre(metre);
    return a.unit == b.unit && (a.beats == 2 * b.beats || b.beats == 2 * a.beats) ? AWAY_HALF : AWAY;
}

static neume_status find_path(search *s, int home, path *out) {
    size_t n = 0;
    int k = 0;
    path found = {.bars = neume__calloc((size_t)s->sixths + 2, sizeof *found.bars)};
    if (!found.bars) return NEUME_ENOMEM;
    for (int metre = 0; metre < NEUME_BEAT_METRES; metre++) s->away[metre] = away_from(home, metre) / 6;
    search_bars(s);
    int at = find_last(s, &k, &found.value), lasts = s->shapes[k].sixths;
    for (;;) {
        found.has[s->shapes[k].metre] = true;
        const bool halved = 2 * lasts == s->shapes[k].sixths && s->shapes[k].half >= 0;
        const int off = halved ? 0 : lasts - s->shapes[k].sixths, more = off % 6 ? 0 : off / 6;
        found.bars[n++] = (neume__bar){at, lasts, s->shapes[halved ? s->shapes[k].half : k].metre, more};
        const step before = s->from[at + LONGEST][k];
        if (before.shape == FIRST) break;
        k = before.shape, lasts = before.sixths, at -= lasts;
    }
    for (size_t i = 0, j = n - 1; i < j; i++, j--) {
        const neume__bar swapped = found.bars[i];
        found.bars[i] = found.bars[j], found.bars[j] = swapped;
    }
    found.count = n;
    *out = found;
    return NEUME_OK;
}

/* The best path with a home. Homes are looked for among the metres of the best path without: where that has one metre
 * only, it is the answer. @p best  in: that path; replaced */
static neume_status find_home(search *s, path *best) {
    const path anywhere = *best;
    int metres = 0;
    for (int metre = 0; metre < NEUME_BEAT_METRES; metre++) metres += anywhere.has[metre];
    if (metres == 1) return NEUME_OK;
    best->value = -HUGE_VAL;
    for (int metre = 0; metre < NEUME_BEAT_METRES; metre++) {
        path other;
        if (!anywhere.has[metre]) continue;
        NEUME_TRY(find_path(s, metre, &other));
        neume__free(other.value > best->value ? best->bars : other.bars);
        if (other.value > best->value) *best = other;
    }
    return NEUME_OK;
}

neume_status neume__bar_path(const neume__bar_beliefs *beliefs, const neume_rhythm_options *options, neume__bars *out) {
    neume_status status = NEUME_OK;
    path best = {0};
    search *s = neume__calloc(1, sizeof *s);
    if (!s) return NEUME_ENOMEM;
    find_shapes(s, options);
    find_halves(s);
    if (!s->shape_count) {
        status = neume_fail(NEUME_ENOTFOUND, "the bar network knows no such metre");
        goto fail;
    }
    s->sixths = 6 * (int)beliefs->count;
    s->steady = beliefs->steady;
    NEUME_GO(make_room(s));
    sum_beliefs(s, beliefs);
    weigh_levels(s, beliefs, options);
    NEUME_GO(find_path(s, NOWHERE, &best));
    NEUME_GO(find_home(s, &best));
    *out = (neume__bars){best.bars, best.count, best.value};
    best.bars = NULL;
fail:
    neume__free(best.bars);
    neume__free(s->down), neume__free(s->no_down), neume__free(s->length), neume__free(s->metre);
    neume__free(s->from), neume__free(s);
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
        const neume_metre metre = with_more(neume_beat_class_metre(bars[i].metre), bars[i].more);
        const int beats = neume_metre_beats(metre);
        for (int b = 0; b < beats; b++) {
            const double x = (bars[i].at + (double)b * bars[i].lasts / beats) / 6;
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
