#include "bar_grid.h"

#include "neume/score_net.h"

#include <math.h>

/* How often a beat of so many true ones is found, by the beats of a bar, were all tempi alike. */
typedef struct level {
    int bar_beats;
    bool compound;
    double beats, chance;
} level;
static const level levels[] = {
    {2, false, 1, .6},       {2, false, 2, .15},      {2, false, .5, .25},     {2, true, 1, .65},
    {2, true, 2, .12},       {2, true, 2.0 / 3, .12}, {2, true, 1.0 / 3, .11}, {3, false, 1, .55},
    {3, false, 1.5, .2},     {3, false, 3, .08},      {3, false, 2, .05},      {3, false, .5, .12},
    {3, true, 1, .7},        {3, true, 2, .1},        {3, true, 3, .1},        {3, true, 1.0 / 3, .1},
    {4, false, 1, .62},      {4, false, 2, .23},      {4, false, .5, .12},     {4, false, 4, .03},
    {4, true, 1, .65},       {4, true, 2, .2},        {4, true, 1.0 / 3, .1},  {4, true, 4, .05},
    {4, true, 2.0 / 3, .07},
};
enum { LEVELS = sizeof levels / sizeof *levels };
#define USUAL_BPM   95.0
#define USUAL_WIDTH .6
/* probabilities */
#define HALF_OFF  .06 /* that beats are found between the true ones, */
#define THIRD_OFF .12 /* and that they are where a beat has three parts */
#define TURN      .25 /* that they are found otherwise from some moment on, */
#define SLIP      .4  /* and then off from where they were by a part of a beat */

/* The bar that holds beat x: its first beat and the next bar's. @return false: not whole in the segment */
static bool bar_of(const rhythm_segment *s, double x, size_t *from, size_t *to) {
    size_t b = (size_t)fmin(fmax(floor(x + .05), 0), (double)(s->beat_count - 1));
    while (b > 0 && !s->beats[b].down) b--;
    *from = b;
    for (*to = b + 1; *to < s->beat_count && !s->beats[*to].down; ++*to) {
    }
    return s->beats[b].down && *to < s->beat_count;
}

static double seconds_at(const rhythm_segment *s, double x) {
    const size_t i = (size_t)fmin(fmax(floor(x), 0), (double)(s->beat_count - 2));
    const double from = (double)s->beats[i].time_s, to = (double)s->beats[i + 1].time_s;
    return from + (x - (double)i) * (to - from);
}

/* How gladly beats are found so far apart: as the bar pointer's prior of tempo has it. */
static double usual(double beat_s) {
    const double off = log(60 / beat_s / USUAL_BPM) / USUAL_WIDTH;
    return exp(-.5 * off * off);
}

/* How many true beats a found one shall last, by the bar at x and its tempo. */
static double draw_level(const rhythm_segment *s, double x, neume_rng *rng) {
    size_t from, to;
    if (!bar_of(s, x, &from, &to)) return 1;
    const int8_t metre = s->beats[from].metre;
    const bool compound = metre >= 0 && neume_metre_compound(neume_beat_class_metre(metre));
    const double beat_s = (double)(s->beats[to].time_s - s->beats[from].time_s) / (double)(to - from);
    double chance[LEVELS] = {0}, sum = 0;
    for (int i = 0; i < LEVELS; i++) {
        if (levels[i].bar_beats != (int)(to - from) || levels[i].compound != compound) continue;
        sum += chance[i] = levels[i].chance * usual(beat_s * levels[i].beats);
    }
    double at = neume_rng_uniform(rng, 0, sum);
    for (int i = 0; i < LEVELS; i++) {
        at -= chance[i];
        if (chance[i] > 0 && at < 0) return levels[i].beats;
    }
    return 1;
}

static bool in_threes(const rhythm_segment *s, double x) {
    const int8_t metre = s->beats[(size_t)fmin(fmax(x, 0), (double)(s->beat_count - 1))].metre;
    return metre >= 0 && neume_metre_compound(neume_beat_class_metre(metre));
}

/* Where the first found beat lies: on a beat; where two make one, on any; where three halves do, on a downbeat. */
static double draw_phase(const rhythm_segment *s, double beats, neume_rng *rng) {
    size_t down = 0;
    while (down + 1 < s->beat_count && !s->beats[down].down) down++;
    const bool any = beats <= 1 || fabs(beats - 2) < .1;
    double x = any ? (double)neume_rng_below(rng, 2) : (double)down;
    if (beats > 3.5) x += 2 * (double)neume_rng_below(rng, 2);
    if (in_threes(s, x) && neume_rng_chance(rng, THIRD_OFF)) return x + (double)(1 + neume_rng_below(rng, 2)) / 3;
    if (neume_rng_chance(rng, HALF_OFF)) x += beats / 2;
    return x;
}

/* By how much found beats come later than they should from some moment on. */
static double draw_slip(const rhythm_segment *s, double x, neume_rng *rng) {
    if (in_threes(s, x)) return (double)(1 + neume_rng_below(rng, 3)) / 3;
    return neume_rng_chance(rng, .5) ? .5 : 1;
}

static int length_class(double found) {
    for (int k = 0; k < NEUME_BAR_LENGTHS; k++)
        if (fabs(found / neume_bar_length[k] - 1) < .04) return k;
    return -1;
}

static bool bar_begins(const rhythm_segment *s, double x) {
    const double near = round(x);
    return near >= 0 && near < (double)s->beat_count && fabs(x - near) < .05 && s->beats[(size_t)near].down;
}

static void tell(bar_grid *grid, const rhythm_segment *s, double x, double beats) {
    const size_t i = grid->count++;
    float *target = grid->target + i * NEUME_BAR_LOGITS;
    size_t from, to;
    const bool inside = x > -.1 && x + beats * 2 / 3 < (double)s->beat_count - .5;
    for (int k = 0; k < NEUME_BAR_SPOTS; k++) {
        target[NEUME_BAR_AT_SPOT + k] = bar_begins(s, x + beats * neume_bar_spot[k]);
        grid->down_known[i * NEUME_BAR_SPOTS + (size_t)k] = inside;
    }
    if (!bar_of(s, x, &from, &to)) return;
    const int length = length_class((double)(to - from) / beats);
    const int8_t metre = s->beats[from].metre;
    if (length >= 0) target[NEUME_BAR_AT_LENGTH + length] = grid->length_known[i] = 1;
    if (metre >= 0) target[NEUME_BAR_AT_METRE + metre] = grid->metre_known[i] = 1;
}

void bar_grid_draw(bar_grid *grid, const rhythm_segment *s, neume_rng *rng) {
    grid->count = 0;
    if (s->beat_count < 4) return;
    const bool exact = neume_rng_chance(rng, grid->exact);
    double beats = exact ? 1 : draw_level(s, 4, rng);
    double x = exact ? (double)neume_rng_below(rng, 2) : draw_phase(s, beats, rng);
    const double late_s = !exact && neume_rng_chance(rng, .5) ? neume_rng_uniform(rng, 0, .015) : 0;
    /* beats are found from the first note on, not from the first bar's beginning */
    while (s->notes.count && seconds_at(s, x + beats) < s->notes.items[0].onset_s) x += beats;
    const double turn =
        !exact && neume_rng_chance(rng, TURN) ? neume_rng_uniform(rng, 0, (double)s->beat_count) : HUGE_VAL;
    for (bool turned = false; x < (double)s->beat_count - 1 && grid->count < grid->most; x += beats) {
        if (x > turn && !turned) {
            turned = true;
            beats = draw_level(s, x, rng);
            if (neume_rng_chance(rng, SLIP)) x += draw_slip(s, x, rng);
        }
        const double at = seconds_at(s, x) + late_s * neume_rng_normal(rng);
        grid->beats_s[grid->count] = grid->count ? fmax(at, grid->beats_s[grid->count - 1] + .02) : at;
        tell(grid, s, x, beats);
    }
}
