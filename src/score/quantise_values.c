/* Note values: how long a note is written, from when its line goes on and how long it sounds. */
#include "quantise_page.h"

#include <math.h>
#include <stdlib.h>

#define LEGATO      .5  /* deviation of log(sounding / written) when a note sounds shorter than it is written */
#define EXACT       .3  /* and when it sounds longer */
#define REST_PRICE  .8  /* of a value that leaves a rest */
#define CRUMB       .4  /* beats: a rest that is shorter is seldom written between notes of a line, */
#define CRUMB_PRICE 1.4 /* and costs this */
#define STACCATO    .45

/* Ticks of a place in beats, between whole beats in proportion. */
static double ticks_of(const neume__page *p, double beats) {
    const size_t last = p->rhythm->count - 1;
    const double whole = fmin(fmax(floor(beats), 0), (double)last);
    const size_t i = (size_t)whole;
    return (double)p->beat_at[i] + (beats - whole) * (double)(p->beat_at[i + 1] - p->beat_at[i]);
}

static double squared(double x) {
    return x * x;
}

/* What a value costs for a note that sounds so long, both in beats. */
static double value_cost(double sounding, double value) {
    const double off = log(fmax(sounding, 1e-3) / value);
    return .5 * squared(off / (off < 0 ? LEGATO : EXACT));
}

/* Ticks to the next notes of the same part within an octave; 0 when there are none soon. */
static int64_t gap_behind(const neume__page *p, size_t k, const neume_note *note, const int16_t *part_of,
                          int16_t part) {
    for (size_t j = k + 1; j < p->count && p->events[j].x - p->events[k].x < 16; j++) {
        const neume__event *e = &p->events[j];
        if (e->at <= p->events[k].at || e->grace) continue;
        for (size_t i = e->first; i < e->end; i++)
            if (!neume__trills_took(&p->trills, i) && part_of[i] == part &&
                abs(p->notes->items[i].pitch - note->pitch) <= 12)
                return e->at - p->events[k].at;
    }
    return 0;
}

int64_t neume__page_value(const neume__page *p, size_t k, size_t i, const int16_t *part_of, bool *staccato) {
    const neume_note *note = &p->notes->items[i];
    const int64_t gap = gap_behind(p, k, note, part_of, part_of[i]);
    static const double simple[] = {.25, .5, .75, 1, 1.5, 2, 3, 4, 6, 8};
    static const double compound[] = {1. / 6, 1. / 3, 2. / 3, 1, 4. / 3, 5. / 3, 2, 3, 4, 6, 8};
    const size_t beat = (size_t)fmin(fmax(floor(p->events[k].x), 0), (double)(p->rhythm->count - 1));
    const bool thirds = neume__page_compound(p, beat);
    const double *values = thirds ? compound : simple;
    const size_t count = thirds ? sizeof compound / sizeof *compound : sizeof simple / sizeof *simple;
    const int64_t beat_ticks = p->beat_at[beat + 1] - p->beat_at[beat];
    size_t hint = beat;
    const double sounding = (ticks_of(p, neume__page_beat(p, neume__trills_end(&p->trills, p->notes, i), &hint)) -
                             ticks_of(p, p->events[k].x)) /
                            (double)beat_ticks;
    double best = HUGE_VAL;
    int64_t ticks = 0;
    for (size_t v = 0; v < count; v++) {
        const int64_t value = (int64_t)llround(values[v] * (double)beat_ticks);
        const bool crumb = gap > value && (double)(gap - value) < CRUMB * (double)beat_ticks;
        const double cost = (crumb ? CRUMB_PRICE : REST_PRICE) + value_cost(sounding, values[v]);
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
