/* Beats by the clock of the file that the notes come from.
 *
 * MIDI files tell tempo and metre, and nobody knows whether they mean it: a performance is often recorded at the
 * 120 quarters a minute that files have by default. But notes that were written, drawn or quantised begin on places of
 * the clock's quarters, and what was played by hand does not. So that is asked first: are the moments at which notes
 * begin on sixteenths and thirds of a quarter, or at least on halves of these, all of them moved by one same amount (a
 * sequence is often laid under a recording and begins anywhere)? The share by chance is known, so a few dozen notes
 * tell. */
#include "clock.h"

#include "from_notes.h"

#include <math.h>

enum {
    CELLS = 480, /* a quarter; all grids' places are whole numbers */
    NEAR = 5,    /* cells that a note may be off */
    TWELFTH = CELLS / NEUME__CLOCK_PHASES,
    PLACES = 6,          /* of sixteenths and thirds in a quarter, and as many of their halves */
    OWN_BONUS_SHARE = 2, /* one found beat in so many speaks for the file's own quarters */
    DOWNBEATS_COUNT = 2, /* a found downbeat speaks twice */
    BEATS_LEAST = 2,     /* of a metre that is told on purpose; 1/4 is a habit of some programs */
    UNIT_MOST = 16
};
#define FIT_SHARE     .6           /* of the moments that are on the grid */
#define FINE          .7           /* what one on its finer places counts */
#define FIT_NATS      20.0         /* more than by chance */
#define POSSIBLE      .08          /* of all moments: so many less may lie on another grid for it to be possible, too */
#define VOTE_QUARTERS .125         /* how far a beat may be from a quarter that it speaks for */
#define OWN           (1.0 / 1000) /* quarters that a grid may be off the file's own */
#define LEAST_S       .12          /* and the lengths of a quarter that are believed */
#define MOST_S        6.0
#define TURN          6.283185307179586
#define CLICK_SHARE   .4   /* of the moments' directions that must agree where somebody played to a click, */
#define CLICK_NATS    15.0 /* and how sure */
#define CLICK_NEAR    .05  /* quarters that they may lie off the file's own in the mean */
#define UNSTEADY      .1   /* by which tempi may differ and be one */
#define BPM_LEAST     20.0 /* tempi that beats are looked for at */
#define BPM_MOST      300.0
#define METRE_HINT    7.0F /* log odds that the metre is worth, a beat */
#define HINT          16.0 /* nats that all bar lines of a file are worth together */
static const int places[PLACES] = {0, CELLS / 4, CELLS / 3, CELLS / 2, 2 * CELLS / 3, 3 * CELLS / 4};
static const int fine_places[PLACES] = {CELLS / 8,     CELLS / 6,     3 * CELLS / 8,
                                        5 * CELLS / 8, 5 * CELLS / 6, 7 * CELLS / 8};

/* --- do they fit? ------------------------------------------------------------------------------------------------- */

static bool sane(const neume_clock *clock, double last_s) {
    for (size_t i = 0; i < clock->tempo_count && clock->tempi[i].time_s <= last_s; i++)
        if (clock->tempi[i].quarter_s < LEAST_S || clock->tempi[i].quarter_s > MOST_S) return false;
    return clock->tempo_count > 0;
}

static double part_of_quarter(double quarters) {
    return quarters - floor(quarters);
}

/* The moments at which notes begin, as parts of a quarter. @return how many */
static size_t list_moments(const neume_notes *notes, const neume_clock *clock, double *out) {
    size_t count = 0;
    double before = -HUGE_VAL;
    for (size_t i = 0; i < notes->count; i++) {
        const double quarters = neume_clock_quarters(clock, notes->items[i].onset_s);
        if (quarters - before < 1.0 / CELLS) continue;
        out[count++] = part_of_quarter(quarters);
        before = quarters;
    }
    return count;
}

/* Moments near the places of a grid that begins at cell `first`. */
static double on_grid(const size_t near[CELLS], int first) {
    double sum = 0;
    for (int i = 0; i < PLACES; i++)
        sum += (double)near[(first + places[i]) % CELLS] + FINE * (double)near[(first + fine_places[i]) % CELLS];
    return sum;
}

/* For each cell of a quarter, the moments near it. */
static void count_near(const double *moments, size_t count, size_t near[CELLS]) {
    size_t cells[CELLS] = {0};
    for (size_t i = 0; i < count; i++) cells[(int)(moments[i] * CELLS) % CELLS]++;
    for (int c = 0; c < CELLS; c++) {
        near[c] = 0;
        for (int k = -NEAR; k <= NEAR; k++) near[c] += cells[(c + k + CELLS) % CELLS];
    }
}

/* The grid that most moments lie on. @return their number */
static double best_grid(const size_t near[CELLS], int *first) {
    double most = 0;
    for (int c = 0; c < CELLS; c++) {
        const double sum = on_grid(near, c);
        if (sum > most) most = sum, *first = c;
    }
    return most;
}

/* How far the moments on the grid lie behind its places, in the mean: where it begins exactly. */
static double centre(const double *moments, size_t count, int first) {
    double sum = 0;
    size_t on = 0;
    for (size_t i = 0; i < count; i++)
        for (int k = 0; k < PLACES; k++) {
            double off = moments[i] - (first + places[k]) / (double)CELLS;
            off -= round(off);
            if (fabs(off) > (NEAR + 1.0) / CELLS) continue;
            sum += off, on++;
            break;
        }
    return on ? sum / (double)on : 0;
}

/* Nats by which a share of moments on a grid is more than chance has it. */
static double surprise(double on, double count) {
    const double chance = (1 + FINE) * PLACES * (2 * NEAR + 1) / (double)CELLS;
    const double share = fmin(on / count, 1 - 1e-9);
    return count * (share * log(share / chance) + (1 - share) * log((1 - share) / (1 - chance)));
}

/* What the file says of metres: one, or several. Some programs write 1/4 where they know nothing. */
static void read_metres(neume__clock_fit *fit) {
    const neume_clock *clock = fit->clock;
    const neume_clock_metre *first = clock->metres;
    bool changes = false, sensible = false;
    if (!clock->metre_count || first->quarters > 0) return;
    for (size_t i = 0; i < clock->metre_count; i++) {
        const neume_metre metre = clock->metres[i].metre;
        if (metre.unit > UNIT_MOST) return;
        changes |= metre.beats != first->metre.beats || metre.unit != first->metre.unit;
        sensible |= neume_metre_beats(metre) >= BEATS_LEAST;
    }
    if (!sensible) return;
    fit->bars = changes;
    fit->metre = changes ? NULL : first;
    fit->purpose = fit->metre && (first->metre.beats != 4 || first->metre.unit != 4);
}

static double quarters_of(int64_t ticks) {
    return 4 * (double)ticks / NEUME_WHOLE;
}

/* Quarters that a beat lasts. */
static double beat_of(const neume__clock_fit *fit) {
    return fit->purpose ? quarters_of(neume_metre_beat_ticks(fit->metre->metre)) : 1;
}

/* The tempo of the clock up to the last note, if it keeps to one. */
static double steady_bpm(const neume_clock *clock, double last_s, double beat) {
    double least = HUGE_VAL, most = 0;
    for (size_t i = 0; i < clock->tempo_count; i++) {
        const double until = i + 1 < clock->tempo_count ? fmin(clock->tempi[i + 1].time_s, last_s) : last_s;
        if (until <= clock->tempi[i].time_s) continue;
        least = fmin(least, clock->tempi[i].quarter_s), most = fmax(most, clock->tempi[i].quarter_s);
    }
    const double bpm = 60 / (beat * sqrt(least * most));
    return most <= least * (1 + UNSTEADY) && bpm >= BPM_LEAST && bpm <= BPM_MOST ? bpm : 0;
}

/* Were the notes laid on the clock? */
static bool fit_written(const double *moments, size_t moment_count, neume__clock_fit *out) {
    const double count = (double)moment_count;
    size_t near[CELLS];
    int first = 0;
    count_near(moments, moment_count, near);
    const double on = best_grid(near, &first);
    if (on < FIT_SHARE * count || surprise(on, count) < FIT_NATS) return false;
    out->exact = true;
    out->phase = first / (double)CELLS + centre(moments, moment_count, first);
    for (int k = 0; k < NEUME__CLOCK_PHASES; k++) {
        const double begins = out->phase + (double)k / NEUME__CLOCK_PHASES;
        out->possible[k] = on_grid(near, first + k * TWELFTH) >= on - POSSIBLE * count;
        out->own |= out->possible[k] && fabs(begins - round(begins)) < OWN;
    }
    return true;
}

/* Or were they played to its click? Then they gather about its quarters' halves, thirds or sixteenths (Rayleigh's test
 * of directions; a chance of e^-CLICK_NATS), and these lie where the file has them. */
static bool fit_played(const double *moments, size_t count, neume__clock_fit *out) {
    static const int parts[] = {2, 3, 4};
    double most = 0, behind = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        double x = 0, y = 0;
        for (size_t k = 0; k < count; k++)
            x += cos(TURN * parts[i] * moments[k]), y += sin(TURN * parts[i] * moments[k]);
        const double length = hypot(x, y) / (double)count;
        if (length > most) most = length, behind = atan2(y, x) / (TURN * parts[i]);
    }
    if (most < CLICK_SHARE || (double)count * most * most < CLICK_NATS || fabs(behind) > CLICK_NEAR) return false;
    out->possible[0] = out->own = true;
    return true;
}

neume_status neume__clock_fits(const neume_notes *notes, const neume_clock *clock, bool *fits, neume__clock_fit *out) {
    *fits = false;
    if (!notes->count || !sane(clock, notes->items[notes->count - 1].onset_s)) return NEUME_OK;
    double *moments = neume__calloc(notes->count, sizeof *moments);
    if (!moments) return NEUME_ENOMEM;
    const size_t count = list_moments(notes, clock, moments);
    *out = (neume__clock_fit){.clock = clock};
    *fits = fit_written(moments, count, out) || fit_played(moments, count, out);
    neume__free(moments);
    if (out->own) read_metres(out);
    out->tempo_bpm = steady_bpm(clock, notes->items[notes->count - 1].onset_s, beat_of(out));
    return NEUME_OK;
}

neume_status neume__clock_ask(const neume_notes *notes, const neume_rhythm_options *options, bool *fits,
                              neume__clock_fit *out) {
    *fits = false;
    if (!options->clock || options->tempo_bpm > 0 || options->pickup_known) return NEUME_OK;
    return neume__clock_fits(notes, options->clock, fits, out);
}

/* --- beats -------------------------------------------------------------------------------------------------------- */

/* Beats of one metre from one quarter to another, bars counted from the first. Of those that end before the notes
 * begin, or begin behind the first one that follows them, none. */
static neume_status add_beats(const neume__clock_fit *fit, const neume_clock_metre *from, double until,
                              const double notes[2], neume_rhythm *out) {
    const double beat = quarters_of(neume_metre_beat_ticks(from->metre));
    const int beats = neume_metre_beats(from->metre);
    const double skipped = fmax(floor((notes[0] + OWN - from->quarters) / beat), 0);
    for (int64_t b = (int64_t)skipped;; b++) {
        const double at = from->quarters + (double)b * beat;
        const bool behind =
            out->count && neume_clock_quarters(fit->clock, out->beats[out->count - 1].time_s) > notes[1] + OWN;
        if (at > until - OWN || behind) return NEUME_OK;
        const neume_beat next = {neume_clock_seconds(fit->clock, at), (int)(b % beats) + 1, from->metre};
        NEUME_TRY(neume_rhythm_add(out, next));
    }
}

static void find_ends(const neume__clock_fit *fit, const neume_notes *notes, double out[2]) {
    out[0] = neume_clock_quarters(fit->clock, notes->items[0].onset_s);
    out[1] = neume_clock_quarters(fit->clock, notes->items[notes->count - 1].onset_s);
}

/* A first metre of one short bar is an upbeat to the next: that one's bar, begun before. */
static size_t open_bars(const neume_clock *clock, neume_clock_metre *first) {
    *first = clock->metres[0];
    if (clock->metre_count < 2) return 0;
    const neume_clock_metre *next = &clock->metres[1];
    const double lasts = next->quarters - first->quarters;
    if (lasts > quarters_of(neume_metre_ticks(first->metre)) + OWN ||
        lasts > quarters_of(neume_metre_ticks(next->metre)) - OWN)
        return 0;
    *first = (neume_clock_metre){next->quarters - quarters_of(neume_metre_ticks(next->metre)), next->metre};
    return 1;
}

neume_status neume__clock_bars(const neume__clock_fit *fit, const neume_notes *notes, neume_rhythm *out) {
    const neume_clock *clock = fit->clock;
    neume_clock_metre now;
    double ends[2];
    find_ends(fit, notes, ends);
    for (size_t i = open_bars(clock, &now); i < clock->metre_count; i++) {
        const double until = i + 1 < clock->metre_count ? clock->metres[i + 1].quarters : HUGE_VAL;
        if (until > ends[0] + OWN) NEUME_TRY(add_beats(fit, &now, until, ends, out));
        if (i + 1 < clock->metre_count) now = clock->metres[i + 1];
    }
    return neume__rhythm_fit(notes, out);
}

/* Where a beat begins: at the possible place that most found beats are near to, downbeats above all. */
static double choose_beats(const neume__clock_fit *fit, const neume_rhythm *found) {
    const double beat = beat_of(fit);
    double best = fit->phase, most = -1;
    for (int k = 0; k < (int)lround(beat * NEUME__CLOCK_PHASES); k++) {
        const double begins = fit->phase + (double)k / NEUME__CLOCK_PHASES;
        if (!fit->possible[k % NEUME__CLOCK_PHASES]) continue;
        const bool own = fit->own && fabs(begins / beat - round(begins / beat)) < OWN;
        double votes = own ? (double)found->count / OWN_BONUS_SHARE : 0;
        for (size_t b = 0; b < found->count; b++) {
            const double beats = (neume_clock_quarters(fit->clock, found->beats[b].time_s) - begins) / beat;
            const double vote = 1 - fabs(beats - round(beats)) * beat / VOTE_QUARTERS;
            votes += fmax(vote, 0) * (found->beats[b].number == 1 ? DOWNBEATS_COUNT : 1);
        }
        if (votes > most) most = votes, best = begins;
    }
    return best;
}

/* As many beats as the found ones say, counted so that most found downbeats are the first of their bar. */
static void number_beats(const neume_rhythm *found, neume_rhythm *out) {
    size_t near = 0, firsts[64] = {0}, best = 0;
    for (size_t b = 0; b < out->count; b++) {
        const double time_s = out->beats[b].time_s;
        while (near + 1 < found->count &&
               fabs(found->beats[near + 1].time_s - time_s) <= fabs(found->beats[near].time_s - time_s))
            near++;
        out->beats[b].metre = found->beats[near].metre;
        const size_t beats = (size_t)neume_metre_beats(out->beats[b].metre);
        if (found->beats[near].number == 1 && beats && beats < 64) firsts[b % beats]++;
    }
    for (size_t k = 1; k < 64; k++)
        if (firsts[k] > firsts[best]) best = k;
    for (size_t b = 0; b < out->count; b++) {
        const size_t beats = (size_t)neume_metre_beats(out->beats[b].metre);
        out->beats[b].number = beats ? (int)((b + beats - best % beats) % beats) + 1 : 1;
    }
}

neume_status neume__clock_beats(const neume__clock_fit *fit, const neume_notes *notes, const neume_rhythm *found,
                                neume_rhythm *out) {
    static const neume_metre quarters = {.beats = 1, .unit = 4};
    const double first = choose_beats(fit, found), beat = beat_of(fit);
    double ends[2];
    find_ends(fit, notes, ends);
    const neume_clock_metre from = {first + beat * floor((ends[0] + OWN - first) / beat),
                                    fit->purpose ? fit->metre->metre : quarters};
    NEUME_TRY(add_beats(fit, &from, HUGE_VAL, ends, out));
    number_beats(found, out);
    return neume__rhythm_fit(notes, out);
}

void neume__clock_hint(const neume__clock_fit *fit, const neume_rhythm *rhythm, neume__bar_beliefs *beliefs) {
    if (!fit->metre) return;
    const double bar = quarters_of(neume_metre_ticks(fit->metre->metre));
    const double all = (neume_clock_quarters(fit->clock, rhythm->beats[rhythm->count - 1].time_s) -
                        neume_clock_quarters(fit->clock, rhythm->beats[0].time_s)) /
                       bar;
    const int metre = neume_beat_metre_class(fit->metre->metre);
    for (size_t b = 0; b < beliefs->count; b++) {
        const double bars = (neume_clock_quarters(fit->clock, rhythm->beats[b].time_s) - fit->metre->quarters) / bar;
        if (fabs(bars - round(bars)) < OWN) beliefs->down[b][0] += (float)(HINT / fmax(all, 1));
        if (metre >= 0) beliefs->heard_metre[b][metre] += METRE_HINT;
    }
}
