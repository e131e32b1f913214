/* Bars over beats some of which are missing. The bar network takes bars to go on as they are, so no bar of three beats
 * among bars of four is found where a part that lacks a beat comes again: it hears the next part a beat late instead.
 * So it is asked once more, of the same music with the missing beats put in, as though the player had waited. Where
 * bars come out much better then, they are taken, and the beats put in are taken out of them again. */
#include "bars.h"

#include <math.h>
#include <string.h>

#define GAP 4.0 /* nats that a beat put in costs: more than keeping it as found is worth */

enum { SIXTHS = 6, LONGEST = 16 };

/* The music with beats put in. */
typedef struct filled {
    neume_notes notes;
    neume_rhythm rhythm;
    size_t *found; /* (beats + 1): the found beat that a beat is, or the next one where it was put in */
    neume__bar_beliefs beliefs;
} filled;

static void filled_clear(filled *f) {
    neume_notes_clear(&f->notes);
    neume_rhythm_clear(&f->rhythm);
    neume__free(f->found);
    neume__bar_beliefs_clear(&f->beliefs);
}

/* How many found beats most bars last; 0: no whole number. */
static int usual_beats(const neume__bars *bars) {
    size_t lasting[LONGEST] = {0};
    int usual = 0;
    for (size_t i = 0; i < bars->count; i++) {
        const int beats = bars->items[i].lasts / SIXTHS;
        if (bars->items[i].lasts % SIXTHS == 0 && beats < LONGEST) lasting[beats]++;
    }
    for (int k = 1; k < LONGEST; k++)
        if (lasting[k] > lasting[usual]) usual = k;
    return usual;
}

static neume_status add_beat(filled *f, double time_s, neume_metre metre, size_t found) {
    f->found[f->rhythm.count] = found;
    return neume_rhythm_add(&f->rhythm, (neume_beat){time_s, 1, metre});
}

/* Notes that begin before a moment, from the `next` one on, so much later. */
static neume_status add_notes(filled *f, const neume_notes *notes, size_t *next, double before_s, double later_s) {
    for (; *next < notes->count && notes->items[*next].onset_s < before_s; ++*next) {
        neume_note note = notes->items[*next];
        note.onset_s += later_s, note.offset_s += later_s;
        NEUME_TRY(neume_notes_add(&f->notes, note));
    }
    return NEUME_OK;
}

static neume_status fill(const neume_notes *notes, const neume_rhythm *rhythm, const neume__gap *gaps, size_t count,
                         filled *f) {
    size_t next = 0, beats = rhythm->count + 1;
    double later_s = 0;
    for (size_t g = 0; g < count; g++) beats += (size_t)gaps[g].missing;
    f->found = neume__calloc(beats, sizeof *f->found);
    if (!f->found) return NEUME_ENOMEM;
    for (size_t b = 0, g = 0; b < rhythm->count; b++) {
        const neume_beat *beat = &rhythm->beats[b];
        for (; g < count && gaps[g].beat == b; g++) {
            const double lasts_s = beat->time_s - beat[-1].time_s;
            NEUME_TRY(add_notes(f, notes, &next, beat->time_s - lasts_s / 8, later_s)); /* people play early, too */
            for (int k = 0; k < gaps[g].missing; k++, later_s += lasts_s)
                NEUME_TRY(add_beat(f, beat->time_s + later_s, beat->metre, b));
        }
        NEUME_TRY(add_beat(f, beat->time_s + later_s, beat->metre, b));
    }
    f->found[f->rhythm.count] = rhythm->count;
    return add_notes(f, notes, &next, HUGE_VAL, later_s);
}

static bool put_in(const filled *f, size_t beat) {
    return f->found[beat] == f->found[beat + 1];
}

/* What the bar network says of the music so; what the beat networks said is known of the found beats. */
static neume_status believe(const neume_rhythm_options *options, const neume__bar_beliefs *before, filled *f) {
    static const neume__heard nothing = {0};
    neume__bar_beliefs *after = &f->beliefs;
    NEUME_TRY(neume__bar_beliefs_find(options->bars, &f->notes, &f->rhythm, &nothing, before->steady, after));
    for (size_t b = 0; b < after->count; b++) {
        if (put_in(f, b)) continue;
        memcpy(after->heard_down[b], before->heard_down[f->found[b]], sizeof *after->heard_down);
        memcpy(after->heard_metre[b], before->heard_metre[f->found[b]], sizeof *after->heard_metre);
    }
    return NEUME_OK;
}

/* A sixth of the filled beats in found ones. */
static int found_sixth(const filled *f, int sixth) {
    const int beats = (int)f->rhythm.count, beat = sixth / SIXTHS;
    if (sixth <= 0) return sixth;
    if (beat >= beats) return sixth + SIXTHS * ((int)f->found[beats] - beats);
    return SIXTHS * (int)f->found[beat] + (put_in(f, (size_t)beat) ? 0 : sixth % SIXTHS);
}

/* Bars without what was put in. A single beat that is left of one belongs to the bar before it.
 * @return false: such bars cannot be written */
static bool take_out(const filled *f, neume__bars *bars) {
    size_t kept = 0;
    for (size_t i = 0; i < bars->count; i++) {
        neume__bar bar = bars->items[i], *before = kept ? &bars->items[kept - 1] : NULL;
        const int at = found_sixth(f, bar.at), lasts = found_sixth(f, bar.at + bar.lasts) - at;
        const int less = bar.lasts - lasts, beats = neume_metre_beats(neume_beat_class_metre(bar.metre));
        if (lasts <= 0) continue;
        bar.at = at, bar.lasts = lasts;
        if (less) {
            if (less % SIXTHS || bar.more || SIXTHS * beats != lasts + less) return false;
            bar.more = -less / SIXTHS;
        }
        if (less && lasts == SIXTHS) {
            if (!before || before->more || before->lasts != SIXTHS * beats) return false;
            before->lasts += SIXTHS, before->more = 1;
            continue;
        }
        bars->items[kept++] = bar;
    }
    bars->count = kept;
    return true;
}

neume_status neume__bars_over_gaps(const neume_notes *notes, const neume_rhythm *rhythm,
                                   const neume_rhythm_options *options, const neume__bar_beliefs *beliefs,
                                   neume__bars *bars) {
    const int usual = usual_beats(bars);
    neume_status status = NEUME_OK;
    filled f = {0};
    neume__gap *gaps = NULL;
    neume__bars other = {0};
    size_t count = 0;
    if (usual < 2) return NEUME_OK;
    NEUME_GO(neume__bar_gaps(notes, rhythm, usual, &gaps, &count));
    if (!count) goto fail; /* nothing to do */
    NEUME_GO(fill(notes, rhythm, gaps, count, &f));
    NEUME_GO(believe(options, beliefs, &f));
    NEUME_GO(neume__bar_path(&f.beliefs, options, &other));
    const double price = GAP * (double)(f.rhythm.count - rhythm->count);
    if (other.worth - price > bars->worth && take_out(&f, &other)) {
        const neume__bars worse = *bars;
        *bars = other, other = worse;
    }
fail:
    neume__free(gaps);
    neume__free(other.items);
    filled_clear(&f);
    return status;
}
