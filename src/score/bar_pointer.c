/* The likeliest sequence of beats, bars and tempi: a bar pointer in semi-Markov form.
 *
 * The hidden state is (how many beats a bar has, which of them this is, how long it lasts). A beat that lasts d frames
 * begins in frame t and explains frames t .. t + d - 1: the first sixteenth of them as beat (or downbeat), the others
 * as none. Sums of logarithms from the beginning make that one subtraction, so a state needs no positions inside the
 * beat (Krebs, Boeck & Widmer, "An efficient state-space model for joint tempo and meter tracking", 2015, have them).
 * What a network says of metre and of the beat's length counts by the second.
 * From beat to beat the length changes with probability exp(-lambda |d' / d - 1|), and behind the last beat of a bar
 * the number of beats may change.
 *
 *     into[t][k][j]   best log probability that state k with length j begins in frame t
 *     from[t][k][j]   the length of the beat before it (and for downbeats, which bar it ended)
 *
 * Only the last LONGEST frames of `into` are kept; `from` is one byte each. Long pieces are followed in stretches: what
 * the best path says of all but the last minute of one is final, and the next begins there. */
#include "activation.h"
#include "neume/score_net.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FASTEST_BPM   260.0
#define SLOWEST_BPM   30.0
#define LAMBDA        20.0 /* how steady: 100 for bands in Krebs et al.; soloists breathe (docs/score-log.md) */
#define USUAL_BPM     95.0 /* the middle of the log-normal prior of tempo */
#define USUAL_WIDTH   .55  /* its deviation, in nats */
#define BAR_CHANGE    1e-4 /* probability that the next bar has another number of beats */
#define FLOOR         0.02 /* no moment is surer than this */
#define DOWN_USUAL    .4   /* share of beats that are downbeats: evidence is counted against it */
#define DOWN_WEIGHT   1.0  /* of what the network says of downbeats */
#define DOUBT         .03  /* least probability of a downbeat, and of none */
#define METRE_SECOND  1.0  /* weight of a second of what the network says of metre */
#define PERIOD_SECOND 1.5  /* and of the beat's length */
#define BEGIN_WEIGHT  8.0  /* of where pieces begin, against the network's belief, which every beat repeats */
#define UNHEARD       .01  /* least probability of a number of beats, and of a length */
enum {
    LENGTHS = 64,
    BARS = 4,
    STATES = 2 + 3 + 4 + 5,
    REACH = 9,
    LAG = 3000,
    EARLY = 2 /* frames that a note may come before its beat */
};
static const int bar_beats[BARS] = {2, 3, 4, 5};
static const double bar_prior[BARS] = {.30, .27, .40, .03};

/* How often pieces begin on a beat of the bar, and within it: tunes begin with the bar or shortly before it, hardly
 * ever in its middle (600 tunes of the training set; smoothed). */
static const double begins_on[BARS][5] = {{.50, .05}, {.42, .03, .42}, {.50, .01, .03, .33}, {.55, .03, .03, .03, .1}};
static const double begins_in[BARS][5] = {{.03, .42}, {.03, .05, .07}, {.03, .01, .02, .12}, {.03, .02, .02, .02, .1}};

typedef struct pointer {
    int length[LENGTHS];             /* frames, rising */
    int lengths, longest;            /* how many, and the last */
    double change[LENGTHS][LENGTHS]; /* log probability, [from][to] */
    double prior[LENGTHS];           /* log, of tempo: once a beat, weakly */
    double *beat, *downbeat, *none;  /* (T + 1) sums of log observations before frame t */
    double *metre;                   /* (T + 1, BARS) sums of weighted log probabilities before frame t, or NULL */
    const float *period;             /* (T, NEUME_BEAT_PERIODS) of the activation, or NULL */
    double place[LENGTHS];           /* of each length among the periods */
    double (*period_worth)[LENGTHS]; /* ring of the last `longest` frames: what the network says of each length */
    float *into;                     /* (longest + 1, STATES, lengths) ring */
    uint8_t *from;                   /* (T + longest + 1, STATES, lengths) */
    uint8_t *bar_from;               /* (T + longest + 1, BARS, lengths): downbeats: the bar that ended */
    int64_t frames, first_onset;     /* first_onset negative: not asked */
    bool allowed[BARS];
} pointer;

static int first_state(int bar) {
    static const int first[BARS] = {0, 2, 5, 9};
    return first[bar];
}

static void find_lengths(pointer *p, const neume_rhythm_options *options) {
    double fastest = FASTEST_BPM, slowest = SLOWEST_BPM;
    if (options->tempo_bpm > 0) fastest = options->tempo_bpm * 1.15, slowest = options->tempo_bpm / 1.15;
    const double frames_a_minute = 60 / NEUME__ACTIVATION_STEP_S;
    const double shortest = frames_a_minute / fastest, longest = frames_a_minute / slowest;
    for (int i = 0; i < LENGTHS; i++) {
        const int d = (int)lround(shortest * pow(longest / shortest, (double)i / (LENGTHS - 1)));
        if (!p->lengths || d > p->length[p->lengths - 1]) p->length[p->lengths++] = d < 2 ? 2 : d;
    }
    p->longest = p->length[p->lengths - 1];
    for (int i = 0; i < p->lengths; i++) {
        double sum = 0;
        for (int j = 0; j < p->lengths; j++) sum += exp(-LAMBDA * fabs((double)p->length[j] / p->length[i] - 1));
        for (int j = 0; j < p->lengths; j++)
            p->change[i][j] = -LAMBDA * fabs((double)p->length[j] / p->length[i] - 1) - log(sum);
        const double off = log(frames_a_minute / p->length[i] / USUAL_BPM) / USUAL_WIDTH;
        p->prior[i] = options->tempo_bpm > 0 ? 0 : -.5 * off * off;
        p->place[i] =
            fmin(neume_beat_period_place(p->length[i] * NEUME__ACTIVATION_STEP_S), NEUME_BEAT_PERIODS - 1.001);
    }
}

static neume_status observe(pointer *p, const neume__activation *a) {
    const size_t n = (size_t)p->frames + (size_t)p->longest + 2;
    p->beat = calloc(n, sizeof *p->beat);
    p->downbeat = calloc(n, sizeof *p->downbeat);
    p->none = calloc(n, sizeof *p->none);
    p->from = calloc(n, (size_t)STATES * (size_t)p->lengths);
    p->bar_from = calloc(n, (size_t)BARS * (size_t)p->lengths);
    p->into = calloc((size_t)(p->longest + 1) * (size_t)STATES * (size_t)p->lengths, sizeof *p->into);
    if (!p->beat || !p->downbeat || !p->none || !p->from || !p->bar_from || !p->into)
        return neume_fail(NEUME_ENOMEM, "no memory to look for beats");
    for (size_t t = 0; t + 1 < n; t++) {
        const double any = t < a->frames ? (double)a->beat[t] : 0, down = t < a->frames ? (double)a->downbeat[t] : 0;
        const double is = log(FLOOR + (1 - FLOOR) * any);
        const double share = fmin(fmax(down / fmax(any, 1e-6), DOUBT), 1 - DOUBT);
        p->beat[t + 1] = p->beat[t] + is + DOWN_WEIGHT * log((1 - share) / (1 - DOWN_USUAL));
        p->downbeat[t + 1] = p->downbeat[t] + is + DOWN_WEIGHT * log(share / DOWN_USUAL);
        p->none[t + 1] = p->none[t] + log(1 - (1 - FLOOR) * any);
    }
    return NEUME_OK;
}

/* What the network says of how many beats bars have. */
static neume_status observe_metre(pointer *p, const neume__activation *a) {
    if (!a->metre) return NEUME_OK;
    const size_t n = (size_t)p->frames + (size_t)p->longest + 2;
    p->metre = calloc(n, BARS * sizeof *p->metre);
    if (!p->metre) return neume_fail(NEUME_ENOMEM, "no memory to look for bars");
    for (size_t t = 0; t + 1 < n; t++) {
        double sum[BARS] = {0};
        for (int k = 0; t < a->frames && k < NEUME_BEAT_METRES; k++)
            for (int bar = 0; bar < BARS; bar++)
                if (neume_metre_beats(neume_beat_class_metre(k)) == bar_beats[bar])
                    sum[bar] += exp((double)a->metre[t * NEUME_BEAT_METRES + (size_t)k]);
        for (int bar = 0; bar < BARS; bar++)
            p->metre[(t + 1) * BARS + (size_t)bar] =
                p->metre[t * BARS + (size_t)bar] +
                (t < a->frames ? METRE_SECOND * NEUME__ACTIVATION_STEP_S * log(fmax(sum[bar], UNHEARD)) : 0);
    }
    p->period = a->period;
    p->period_worth = calloc((size_t)p->longest + 1, sizeof *p->period_worth);
    return p->period_worth ? NEUME_OK : neume_fail(NEUME_ENOMEM, "no memory to look for bars");
}

static float *ring(const pointer *p, int64_t t) {
    return p->into + (size_t)(t % (p->longest + 1)) * (size_t)STATES * (size_t)p->lengths;
}

/* What the network says of each length at frame t, weighed. */
static void weigh_periods(pointer *p, int64_t t) {
    const float *row = p->period + (size_t)t * NEUME_BEAT_PERIODS;
    for (int i = 0; i < p->lengths; i++) {
        const int low = (int)p->place[i];
        const double share = p->place[i] - low;
        const double chance = (1 - share) * exp((double)row[low]) + share * exp((double)row[low + 1]);
        p->period_worth[t % (p->longest + 1)][i] =
            PERIOD_SECOND * NEUME__ACTIVATION_STEP_S * p->length[i] * log(fmax(chance, UNHEARD));
    }
}

/* What the frames before t are worth as beat b, of length i, in such a bar. */
static double beat_worth(const pointer *p, int64_t t, int i, int bar, int b) {
    const int d = p->length[i];
    const int64_t start = t - d, shown = start + (d + 15) / 16;
    const double *yes = b ? p->beat : p->downbeat;
    double worth = yes[shown] - yes[start] + p->none[t] - p->none[shown];
    if (start <= p->first_onset + EARLY && p->first_onset + EARLY < t) {
        const bool on = p->first_onset + EARLY - start <= 2 * EARLY + d / 8;
        worth += BEGIN_WEIGHT * log((on ? begins_on : begins_in)[bar][b]);
    }
    if (p->metre) worth += p->metre[t * BARS + bar] - p->metre[start * BARS + bar];
    if (p->period && start < p->frames) worth += p->period_worth[start % (p->longest + 1)][i];
    return worth;
}

/* The best way into each length at frame t out of beats that end there, whose log probabilities are `ends`. */
static void hand_over(const pointer *p, const double *ends, float *into, uint8_t *from) {
    for (int j = 0; j < p->lengths; j++) {
        double best = -HUGE_VAL;
        const int low = j > REACH ? j - REACH : 0, high = j + REACH < p->lengths ? j + REACH : p->lengths - 1;
        for (int i = low; i <= high; i++) {
            const double value = ends[i] + p->change[i][j];
            if (value > best) best = value, from[j] = (uint8_t)i;
        }
        into[j] = (float)(best + .5 * p->prior[j] / 8); /* the prior is worth one observation every few bars */
    }
}

/* All that begins at frame t. */
static void step(pointer *p, int64_t t) {
    float *into = ring(p, t);
    uint8_t *from = p->from + (size_t)t * (size_t)STATES * (size_t)p->lengths;
    uint8_t *bar_from = p->bar_from + (size_t)t * (size_t)BARS * (size_t)p->lengths;
    double bar_end[BARS][LENGTHS] = {{0}};
    for (int bar = 0; bar < BARS; bar++)
        for (int b = 0; b < bar_beats[bar]; b++) {
            const int state = first_state(bar) + b;
            double ends[LENGTHS];
            for (int i = 0; i < p->lengths; i++) {
                const int d = p->length[i];
                ends[i] = t >= d && p->allowed[bar]
                              ? (double)ring(p, t - d)[state * p->lengths + i] + beat_worth(p, t, i, bar, b)
                              : -HUGE_VAL;
            }
            if (b + 1 < bar_beats[bar])
                hand_over(p, ends, into + (state + 1) * p->lengths, from + (state + 1) * p->lengths);
            else
                memcpy(bar_end[bar], ends, sizeof ends);
        }
    for (int bar = 0; bar < BARS; bar++) {
        double ends[LENGTHS];
        for (int i = 0; i < p->lengths; i++) {
            ends[i] = -HUGE_VAL;
            for (int other = 0; other < BARS; other++) {
                const double value = bar_end[other][i] + (other == bar ? 0 : log(BAR_CHANGE));
                if (value > ends[i]) ends[i] = value, bar_from[bar * p->lengths + i] = (uint8_t)other;
            }
        }
        const int state = first_state(bar);
        hand_over(p, ends, into + state * p->lengths, from + state * p->lengths);
    }
}

/* Anything may begin within the first beat. */
static void start(pointer *p, int64_t t, const neume_rhythm_options *options) {
    float *into = ring(p, t);
    for (int bar = 0; bar < BARS; bar++)
        for (int b = 0; b < bar_beats[bar]; b++)
            for (int i = 0; i < p->lengths; i++) {
                float *value = &into[(first_state(bar) + b) * p->lengths + i];
                const int beats = bar_beats[bar], before = options->pickup % beats;
                if (!p->allowed[bar] || t >= p->length[i]) continue;
                if (options->pickup_known && b != (beats - before) % beats) continue;
                const double worth = log(bar_prior[bar] / beats) + p->prior[i] + p->none[t];
                if (worth > (double)*value) {
                    *value = (float)worth;
                    p->from[((size_t)t * STATES + (size_t)(first_state(bar) + b)) * (size_t)p->lengths + (size_t)i] =
                        255;
                }
            }
}

/* The stretch begins with this beat. */
static void go_on(const pointer *p, const neume__pointer_place *from) {
    const int at = (first_state(from->bar) + from->beat) * p->lengths + from->length;
    ring(p, 0)[at] = 0;
    p->from[at] = 255;
}

typedef struct place {
    int64_t t;
    int bar, b, i;
} place;

/* Where the best path ends: in a beat that begins before the last frame and lasts beyond it. */
static place find_end(const pointer *p) {
    place best = {0};
    double most = -HUGE_VAL;
    for (int64_t t = p->frames - 1; t >= 0 && t >= p->frames - p->longest; t--)
        for (int bar = 0; bar < BARS; bar++)
            for (int b = 0; b < bar_beats[bar]; b++)
                for (int i = 0; i < p->lengths; i++) {
                    const int64_t end = t + p->length[i];
                    if (end < p->frames) continue;
                    const double value =
                        (double)ring(p, t)[(first_state(bar) + b) * p->lengths + i] + beat_worth(p, end, i, bar, b);
                    if (value > most) most = value, best = (place){t, bar, b, i};
                }
    return best;
}

static bool step_back(const pointer *p, place *at) {
    const size_t lengths = (size_t)p->lengths;
    const uint8_t i =
        p->from[((size_t)at->t * STATES + (size_t)(first_state(at->bar) + at->b)) * lengths + (size_t)at->i];
    if (i == 255) return false;
    if (at->b == 0) {
        at->bar = p->bar_from[((size_t)at->t * BARS + (size_t)at->bar) * lengths + i];
        at->b = bar_beats[at->bar];
    }
    at->b--;
    at->i = i;
    at->t -= p->length[i];
    return true;
}

/* The states from the first of the stretch on; returns their number. @p path has room for all frames / 2. */
static size_t trace(const pointer *p, place *path) {
    size_t count = 0;
    place at = find_end(p);
    do path[count++] = at;
    while (step_back(p, &at));
    for (size_t i = 0, j = count - 1; i < j; i++, j--) {
        const place swapped = path[i];
        path[i] = path[j], path[j] = swapped;
    }
    return count;
}

static neume_status read_path(const pointer *p, const neume__activation *a, neume__pointer_place *next,
                              neume_rhythm *out) {
    neume_status status = NEUME_OK;
    place *path = malloc(((size_t)p->frames / 2 + 2) * sizeof *path);
    if (!path) return neume_fail(NEUME_ENOMEM, "no memory to look for beats");
    const size_t count = trace(p, path);
    for (size_t k = 0; k < count && !status; k++) {
        const place *at = &path[k];
        if (next && k && (at->t >= p->frames - LAG || k + 1 == count)) {
            *next = (neume__pointer_place){(size_t)at->t, at->bar, at->b, at->i};
            break;
        }
        status = neume_rhythm_add(out, (neume_beat){a->start_s + (double)at->t * NEUME__ACTIVATION_STEP_S,
                                                    at->b + 1,
                                                    {.beats = (int16_t)bar_beats[at->bar], .unit = 4}});
    }
    free(path);
    return status;
}

static void allow(pointer *p, neume_metre metre) {
    const int beats = metre.beats ? neume_metre_beats(metre) : 0;
    bool any = false;
    for (int bar = 0; bar < BARS; bar++) any |= p->allowed[bar] = !beats || bar_beats[bar] == beats;
    /* bars of one beat or of six and more are followed as bars of two, three or four of them */
    for (int bar = 0; bar < BARS && !any; bar++) p->allowed[bar] = beats == 1 || beats % bar_beats[bar] == 0;
    for (int bar = 0; bar < BARS; bar++) any |= p->allowed[bar];
    if (!any) p->allowed[0] = true;
}

neume_status neume__bar_pointer(const neume__activation *activation, const neume_rhythm_options *options,
                                const neume__pointer_place *from, neume__pointer_place *next, neume_rhythm *out) {
    neume_status status = NEUME_OK;
    pointer *p = calloc(1, sizeof *p);
    if (!p) return neume_fail(NEUME_ENOMEM, "no memory to look for beats");
    p->frames = (int64_t)activation->frames;
    p->first_onset = activation->first_onset && !options->pickup_known ? (int64_t)activation->first_onset : -1 - EARLY;
    assert(!next || p->frames > 2 * LAG);
    find_lengths(p, options);
    allow(p, options->metre);
    NEUME_GO(observe(p, activation));
    NEUME_GO(observe_metre(p, activation));
    for (int64_t t = 0; t < p->frames; t++) {
        float *into = ring(p, t);
        for (int k = 0; k < STATES * p->lengths; k++) into[k] = -INFINITY;
        if (p->period) weigh_periods(p, t);
        if (t > 0) step(p, t);
        if (from && t == 0)
            go_on(p, from);
        else if (!from && t < p->longest)
            start(p, t, options);
    }
    NEUME_GO(read_path(p, activation, next, out));
fail:
    free(p->beat), free(p->downbeat), free(p->none), free(p->into), free(p->from), free(p->bar_from);
    free(p->metre), free(p->period_worth), free(p);
    return status;
}
