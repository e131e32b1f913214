/* Finding the rhythm: likely beats, the best sequence of bars, beats moved onto the notes that they stand for, and
 * whether beats divide in two or in three. */
#include "activation.h"
#include "bars.h"
#include "clock.h"
#include "from_notes.h"
#include "heard.h"
#include "quantise.h"

#include <math.h>
#include <stdlib.h>

#define NEAR_S       0.07 /* how far from a beat its notes may be */
#define NEAR_BEATS   0.15 /* and in beats */
#define THIRDS       .15  /* nats a divided beat that compound metres must win by, where no network tells */
#define CLASS_SECOND .5   /* weight of a second of what the network says of metres */
#define METRE_CHANGE 8.0  /* nats a new metre must win */
enum {
    STRETCH = 15000, /* frames that are followed at once: five minutes */
    BARS_LEAST = 6,  /* beats that bars are read over */
};

/* --- beats onto notes --------------------------------------------------------------------------------------------- */

/* Moves beats to the mean onset of the loudest group of notes near them. */
static void snap_beats(const neume_notes *notes, neume_rhythm *rhythm) {
    size_t from = 0;
    for (size_t b = 0; b < rhythm->count; b++) {
        neume_beat *beat = &rhythm->beats[b];
        const double before = b ? beat->time_s - rhythm->beats[b - 1].time_s : 1;
        const double after = b + 1 < rhythm->count ? rhythm->beats[b + 1].time_s - beat->time_s : 1;
        const double near = fmin(NEAR_S, NEAR_BEATS * fmin(before, after));
        double sum = 0, weight = 0;
        while (from < notes->count && notes->items[from].onset_s < beat->time_s - near) from++;
        for (size_t i = from; i < notes->count && notes->items[i].onset_s <= beat->time_s + near; i++) {
            const double distance = (notes->items[i].onset_s - beat->time_s) / near;
            const double w = notes->items[i].velocity * (1.05 - distance * distance);
            sum += w * notes->items[i].onset_s, weight += w;
        }
        if (weight > 0 && (!b || sum / weight > rhythm->beats[b - 1].time_s + .02)) beat->time_s = sum / weight;
    }
}

static neume_status prepend(neume_rhythm *rhythm) {
    const double length = rhythm->beats[1].time_s - rhythm->beats[0].time_s;
    neume_beat first = rhythm->beats[0];
    NEUME_TRY(neume_rhythm_add(rhythm, first));
    for (size_t i = rhythm->count - 1; i > 0; i--) rhythm->beats[i] = rhythm->beats[i - 1];
    first.time_s -= length;
    first.number = first.number > 1 ? first.number - 1 : neume_metre_beats(first.metre);
    rhythm->beats[0] = first;
    return NEUME_OK;
}

/* One beat more at the end, as long as the one before. */
static neume_status append(neume_rhythm *rhythm) {
    const neume_beat last = rhythm->beats[rhythm->count - 1];
    const double length = rhythm->count > 1 ? last.time_s - rhythm->beats[rhythm->count - 2].time_s : .5;
    neume_beat next = last;
    next.time_s += fmax(length, .05);
    next.number = last.number < neume_metre_beats(last.metre) ? last.number + 1 : 1;
    return neume_rhythm_add(rhythm, next);
}

neume_status neume__rhythm_fit(const neume_notes *notes, neume_rhythm *rhythm) {
    const double first = notes->items[0].onset_s, last = notes->items[notes->count - 1].onset_s;
    if (rhythm->count < 2) NEUME_TRY(append(rhythm));
    while (rhythm->beats[0].time_s > first + NEAR_S) NEUME_TRY(prepend(rhythm));
    size_t early = 0;
    while (early + 2 < rhythm->count && rhythm->beats[early + 1].time_s <= first + .02) early++;
    for (size_t i = early; early && i < rhythm->count; i++) rhythm->beats[i - early] = rhythm->beats[i];
    rhythm->count -= early;
    while (rhythm->beats[rhythm->count - 1].time_s <= last + .02) NEUME_TRY(append(rhythm));
    while (rhythm->count > 2 && rhythm->beats[rhythm->count - 2].time_s > last + .02) rhythm->count--;
    return NEUME_OK;
}

/* Metres whose bars have as many beats as the pointer found; with thirds those that divide in three. */
static void set_metres(neume_rhythm *rhythm, bool thirds, const neume_rhythm_options *options) {
    for (size_t b = 0; b < rhythm->count; b++) {
        neume_metre *metre = &rhythm->beats[b].metre;
        const int beats = neume_metre_beats(*metre);
        if (options->metre.beats && neume_metre_beats(options->metre) == beats)
            *metre = options->metre;
        else if (thirds)
            *metre = (neume_metre){.beats = (int16_t)(3 * beats), .unit = 8};
    }
}

/* --- which metre, by the network ---------------------------------------------------------------------------------- */

/* The likeliest sequence of classes, which may change at downbeats. */
static neume_status choose_metres(const neume__heard *heard, neume_rhythm *rhythm) {
    const double end_s = heard->start_s + (double)heard->frames * NEUME__ACTIVATION_STEP_S;
    double best[NEUME_BEAT_METRES] = {0};
    uint8_t(*from)[NEUME_BEAT_METRES] = calloc(rhythm->count, sizeof *from);
    if (!from) return neume_fail(NEUME_ENOMEM, "no memory to choose a metre");
    for (size_t b = 0; b < rhythm->count; b++) {
        int most = 0;
        for (int k = 1; k < NEUME_BEAT_METRES; k++)
            if (best[k] > best[most]) most = k;
        const double changed = best[most] - METRE_CHANGE;
        for (int k = 0; k < NEUME_BEAT_METRES; k++) {
            const bool change = b && rhythm->beats[b].number == 1 && changed > best[k];
            from[b][k] = (uint8_t)(change ? most : k);
            if (change) best[k] = changed;
        }
        double said[NEUME_BEAT_METRES] = {0};
        neume__heard_metre(heard, rhythm->beats[b].time_s, b + 1 < rhythm->count ? rhythm->beats[b + 1].time_s : end_s,
                           said);
        for (int k = 0; k < NEUME_BEAT_METRES; k++) {
            const bool fits = neume_metre_beats(neume_beat_class_metre(k)) == neume_metre_beats(rhythm->beats[b].metre);
            best[k] = fits ? best[k] + CLASS_SECOND * said[k] : -HUGE_VAL;
        }
    }
    int k = 0;
    for (int other = 1; other < NEUME_BEAT_METRES; other++)
        if (best[other] > best[k]) k = other;
    for (size_t b = rhythm->count; b-- > 0; k = from[b][k]) {
        const int beats = neume_metre_beats(rhythm->beats[b].metre);
        const neume_metre metre = neume_beat_class_metre(k);
        if (neume_metre_beats(metre) == beats) rhythm->beats[b].metre = metre;
    }
    free(from);
    return NEUME_OK;
}

static neume_status check(const neume_rhythm_options *options) {
    if (options->tempo_bpm != 0 && !(options->tempo_bpm >= 10 && options->tempo_bpm <= 400))
        return neume_fail(NEUME_EINVAL, "a tempo is 10 to 400 beats a minute, not %g", options->tempo_bpm);
    if (options->metre.beats && (options->metre.beats < 1 || options->metre.beats > 64 || options->metre.unit < 1))
        return neume_fail(NEUME_EINVAL, "there is no metre %d/%d", options->metre.beats, options->metre.unit);
    return NEUME_OK;
}

/* Beats by the network, a stretch at a time. */
static neume_status find_beats(const neume_notes *notes, const neume_rhythm_options *options, neume__heard *heard,
                               neume_rhythm *out) {
    neume__activation a = {0};
    neume__pointer_place place = {0}, next;
    double start_s;
    const size_t frames = neume__activation_frames(notes, &start_s);
    for (size_t first = 0;; first += place.frame) {
        const bool last = frames - first <= STRETCH;
        NEUME_TRY(
            neume__activation_from_net(notes, options->model, start_s, first, last ? frames - first : STRETCH, &a));
        neume_status status = neume__bar_pointer(&a, options, first ? &place : NULL, last ? NULL : &next, out);
        if (!status) status = neume__heard_add(heard, &a, last ? a.frames : next.frame);
        neume__activation_clear(&a);
        NEUME_TRY(status);
        if (last) return NEUME_OK;
        place = next;
    }
}

/* Without a network: all at once, for accents are told against the whole piece. */
static neume_status find_accents(const neume_notes *notes, const neume_rhythm_options *options, neume_rhythm *out) {
    neume__activation a = {0};
    NEUME_TRY(neume__activation_from_accents(notes, &a));
    const neume_status status = neume__bar_pointer(&a, options, NULL, NULL, out);
    neume__activation_clear(&a);
    return status;
}

/* Beats onto the notes, and as many as these need. */
static neume_status settle(const neume_notes *notes, neume_rhythm *rhythm) {
    snap_beats(notes, rhythm);
    return neume__rhythm_fit(notes, rhythm);
}

/* Bars read over the beats found so far, which become what those bars want. @p fit: they are a file's own and stay
 * where they are; NULL = they are not */
static neume_status read_bars(const neume_notes *notes, const neume_rhythm_options *options, const neume__heard *heard,
                              const neume__clock_fit *fit, neume_rhythm *rhythm) {
    neume_status status = NEUME_OK;
    neume__bar_beliefs beliefs = {0};
    neume__bars bars = {0};
    if (rhythm->count < BARS_LEAST) return NEUME_OK;
    if (options->metre.beats && neume_beat_metre_class(options->metre) < 0) return NEUME_OK;
    const bool song = fit && !fit->own; /* laid under a recording; files whose own quarters these are may be anything */
    NEUME_GO(neume__bar_beliefs_find(options->bars, notes, rhythm, heard, song, &beliefs));
    if (fit) neume__clock_hint(fit, rhythm, &beliefs);
    NEUME_GO(neume__bar_path(&beliefs, options, &bars));
    if (!fit && beliefs.tune && !options->metre.beats)
        NEUME_GO(neume__bars_over_gaps(notes, rhythm, options, &beliefs, &bars));
    NEUME_GO(neume__bars_apply(bars.items, bars.count, rhythm));
    NEUME_GO(fit ? neume__rhythm_fit(notes, rhythm) : settle(notes, rhythm));
    set_metres(rhythm, false, options);
    if (!fit) NEUME_GO(neume__quantise_refit(notes, rhythm));
fail:
    neume__free(bars.items);
    neume__bar_beliefs_clear(&beliefs);
    return status;
}

/* Beats where the notes have them. */
static neume_status find_in_notes(const neume_notes *notes, const neume_rhythm_options *options, neume__heard *heard,
                                  neume_rhythm *out) {
    double thirds = 0;
    NEUME_TRY(options->model ? find_beats(notes, options, heard, out) : find_accents(notes, options, out));
    if (options->model) NEUME_TRY(choose_metres(heard, out));
    NEUME_TRY(settle(notes, out));
    if (!options->model) NEUME_TRY(neume__quantise_thirds(notes, out, &thirds));
    set_metres(out, thirds > THIRDS, options);
    return neume__quantise_refit(notes, out);
}

/* Whether a known 3/4 or 3/8 is so fast that all was heard as 6/8: whole bars as beats. */
static bool sounds_slower(const neume_rhythm_options *options, const neume__heard *heard) {
    if (neume_metre_beats(options->metre) != 3 || neume_metre_compound(options->metre)) return false;
    double said[NEUME_BEAT_METRES] = {0};
    int most = 0;
    const double end_s = heard->start_s + (double)heard->frames * NEUME__ACTIVATION_STEP_S;
    neume__heard_metre(heard, heard->start_s, end_s, said);
    for (int k = 1; k < NEUME_BEAT_METRES; k++)
        if (said[k] > said[most]) most = k;
    return neume_metre_compound(neume_beat_class_metre(most));
}

/* Beats as they would be found if the metre were not known. */
static neume_status find_unbound(const neume_notes *notes, const neume_rhythm_options *options, neume__heard *heard,
                                 neume_rhythm *out) {
    neume_rhythm_options unbound = *options;
    unbound.metre = (neume_metre){0};
    neume__heard_clear(heard);
    neume_rhythm_clear(out);
    return find_in_notes(notes, &unbound, heard, out);
}

/* Found beats give way to those of the notes' own clock. */
static neume_status move_to_clock(const neume_notes *notes, const neume__clock_fit *fit, neume_rhythm *rhythm) {
    neume_rhythm beats = {0};
    const neume_status status = neume__clock_beats(fit, notes, rhythm, &beats);
    if (status) {
        neume_rhythm_clear(&beats);
        return status;
    }
    neume_rhythm_clear(rhythm);
    *rhythm = beats;
    return NEUME_OK;
}

/* What a file tells on purpose is known, if the user does not know better. */
static neume_rhythm_options with_clock(const neume_rhythm_options *options, const neume__clock_fit *fit) {
    neume_rhythm_options known = *options;
    if (!fit->purpose || options->metre.beats) return known;
    known.metre = fit->metre->metre;
    known.tempo_bpm = fit->tempo_bpm;
    return known;
}

/* By the file's clock: its bars where it tells them, or beats found and moved to it. */
static neume_status find_on_clock(const neume_notes *notes, const neume_rhythm_options *options,
                                  const neume__clock_fit *fit, neume__heard *heard, neume_rhythm *out) {
    if (fit->bars && !options->metre.beats) return neume__clock_bars(fit, notes, out);
    const neume_rhythm_options known = with_clock(options, fit);
    NEUME_TRY(find_in_notes(notes, &known, heard, out));
    NEUME_TRY(move_to_clock(notes, fit, out));
    return known.bars ? read_bars(notes, &known, heard, fit, out) : NEUME_OK;
}

neume_status neume_rhythm_find(const neume_notes *notes, const neume_rhythm_options *options, neume_rhythm *out) {
    static const neume_rhythm_options nothing = {0};
    neume_status status = NEUME_OK;
    neume__heard heard = {0};
    neume_rhythm made = {0};
    neume__clock_fit fit = {0};
    bool on_clock = false;
    if (!options) options = &nothing;
    NEUME_TRY(check(options));
    if (!notes->count) {
        neume_rhythm_clear(out);
        return NEUME_OK;
    }
    NEUME_TRY(neume__clock_ask(notes, options, &on_clock, &fit));
    if (on_clock) {
        NEUME_GO(find_on_clock(notes, options, &fit, &heard, &made));
    } else {
        NEUME_GO(find_in_notes(notes, options, &heard, &made));
        if (options->bars && !options->pickup_known) {
            if (sounds_slower(options, &heard)) NEUME_GO(find_unbound(notes, options, &heard, &made));
            NEUME_GO(read_bars(notes, options, &heard, NULL, &made));
        }
    }
    neume_rhythm_clear(out);
    *out = made;
    out->exact = on_clock && fit.exact;
    made = (neume_rhythm){0};
fail:
    neume__heard_clear(&heard);
    neume_rhythm_clear(&made);
    return status;
}

static int compare_doubles(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double neume_rhythm_tempo_bpm(const neume_rhythm *rhythm) {
    if (rhythm->count < 2) return 0;
    double *lengths = malloc((rhythm->count - 1) * sizeof *lengths);
    const size_t n = rhythm->count - 1;
    if (!lengths) return 60 * (double)n / (rhythm->beats[n].time_s - rhythm->beats[0].time_s);
    for (size_t b = 0; b < n; b++) lengths[b] = rhythm->beats[b + 1].time_s - rhythm->beats[b].time_s;
    qsort(lengths, n, sizeof *lengths, compare_doubles);
    const double middle = lengths[n / 2];
    free(lengths);
    return 60 / fmax(middle, 1e-3);
}
