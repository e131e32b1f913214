/* How somebody might play a piece: everything here is chosen at random within what players do.
 *
 * Tempo: the one that is marked or a base, other ones from some bar on, phrases slow at their ends (arches: Todd 1985),
 * a slow wander (first-order autoregression of the logarithm, beat by beat), single beats held, pauses, a ritardando;
 * timing of each note around it, a hand or the melody ahead, uneven halves of beats; chords a little spread; lengths
 * short or under the pedal; loudness by phrase, by voice, by metre and by chance. The faults of a note model: notes
 * missed, invented, doubled at the octave. */
#include "rhythm_pieces.h"

#include "neume/score_net.h"

#include <math.h>
#include <stdlib.h>

#define PLACE_ERROR 1e-3 /* of places in beats: they are 32-bit floats */
#define OBEY        .8   /* share of players who take the marked tempo, ... */
#define TASTE       .18  /* ... or nearly: its logarithm's standard deviation */

typedef struct player {
    double wander, held, jitter_s, spread_s, length, pedal, metre_accent, loud;
    int transpose;
    double missed, invented;
    double ornaments, rolled; /* shares of notes with a grace note or a trill, and of chords played from below */
    double arch;              /* how much slower phrases end than they go in the middle, in nats */
    int phrase_bars;
    double pauses, sections;   /* shares of beats after which all waits, and of bars where another tempo begins */
    double melody_s, bass_s;   /* how much the highest and the lowest note of a chord come before the rest */
    double uneven;             /* how far the middle of a beat comes late, in beats */
    double melody_loud, swell; /* of the highest notes, and of phrases towards their middle */
    bool obeys;                /* the tempo that is marked */
    /* of the note to be played */
    double rolled_s;      /* how much later it comes than its chord's first */
    bool highest, lowest; /* in its chord */
} player;

/* 0 for some players, for others up to the most. */
static double some(neume_rng *rng, double players, double most) {
    return neume_rng_chance(rng, players) ? neume_rng_uniform(rng, 0, most) : 0;
}

static player choose_player(bool mistakes, neume_rng *rng) {
    const bool faulty = mistakes && neume_rng_chance(rng, .5);
    player p = {0};
    p.wander = neume_rng_chance(rng, .3) ? 0 : neume_rng_uniform(rng, 0, .06);
    p.held = neume_rng_chance(rng, .4) ? neume_rng_uniform(rng, 0, .05) : 0;
    p.jitter_s = neume_rng_uniform(rng, 0, .02);
    p.spread_s = neume_rng_chance(rng, .4) ? neume_rng_uniform(rng, 0, .025) : 0;
    p.length = neume_rng_uniform(rng, .45, 1.15);
    p.pedal = neume_rng_chance(rng, .35) ? neume_rng_uniform(rng, .3, 1) : 0;
    p.metre_accent = neume_rng_chance(rng, .5) ? neume_rng_uniform(rng, 0, 14) : 0;
    p.loud = neume_rng_uniform(rng, 45, 90);
    p.transpose = (int)neume_rng_below(rng, 12) - 6;
    p.missed = faulty ? neume_rng_uniform(rng, 0, .16) : 0;
    p.invented = faulty ? neume_rng_uniform(rng, 0, .08) : 0;
    p.ornaments = neume_rng_chance(rng, .4) ? neume_rng_uniform(rng, 0, .06) : 0;
    p.rolled = neume_rng_chance(rng, .3) ? neume_rng_uniform(rng, 0, .1) : 0;
    p.arch = some(rng, .5, .4);
    p.phrase_bars = 2 << neume_rng_below(rng, 3);
    p.pauses = some(rng, .35, .03);
    p.sections = some(rng, .3, .06);
    p.melody_s = some(rng, .4, .04);
    p.bass_s = some(rng, .25, .05);
    p.uneven = some(rng, .3, .06);
    p.melody_loud = some(rng, .5, 20);
    p.swell = some(rng, .5, 20);
    p.obeys = neume_rng_chance(rng, OBEY);
    return p;
}

/* Seconds of a beat that lasts so many quarters, before any wandering. */
static double base_interval_s(const rhythm_beat *beat, neume_rng *rng) {
    const double quarters = (double)beat->quarters;
    const bool triple = beat->metre >= 0 && neume_beat_class_metre(beat->metre).beats == 3;
    double bpm = 105 * pow(quarters, -.72); /* halves 64, dotted quarters 78, eighths 173 */
    bpm *= exp(.48 * neume_rng_normal(rng));
    if (triple && neume_rng_chance(rng, .5)) bpm *= exp(neume_rng_uniform(rng, 0, .6)); /* scherzos, waltzes */
    if (neume_rng_chance(rng, .4)) bpm = exp(neume_rng_uniform(rng, log(55), log(210))) / quarters;
    if (neume_rng_chance(rng, .12))
        bpm = exp(neume_rng_uniform(rng, log(32), log(62))) * pow(quarters, -.4); /* adagio */
    return 60 / fmin(fmax(bpm, 25), 280);
}

/* Where a beat lies in its phrase. */
typedef struct phrase {
    int bars;        /* begun, of this phrase */
    double place;    /* 0 at its beginning to 1 at its end, as far as bars of one length tell */
    bool last_beats; /* of its last bar */
} phrase;

/* Goes on to beat b. Bars are taken to be as long as the one before. */
static void follow_phrase(phrase *p, const rhythm_piece *piece, size_t b, int phrase_bars) {
    if (piece->beats[b].down) p->bars = (p->bars + 1) % phrase_bars;
    size_t bar = b, next = b + 1;
    while (bar > 0 && !piece->beats[bar].down && b - bar < 12) bar--;
    while (next < piece->beat_count && !piece->beats[next].down && next - b < 12) next++;
    const double in_bar = (double)(b - bar) / (double)(next - bar);
    p->place = (p->bars + in_bar) / phrase_bars;
    p->last_beats = p->bars == phrase_bars - 1 && in_bar >= .5;
}

/* How long beat b lasts against the base tempo, in nats, by its place in the phrase and what the player feels. */
static double bend(const phrase *p, const player *how, double *drift, double *section, bool down, neume_rng *rng) {
    const double from_middle = 2 * p->place - 1;
    *drift = .85 * *drift + how->wander * neume_rng_normal(rng);
    if (down && neume_rng_chance(rng, how->sections))
        *section = fmin(fmax(.5 * *section + .3 * neume_rng_normal(rng), -.7), .7);
    const double held = how->held > 0 && neume_rng_chance(rng, .08) ? neume_rng_uniform(rng, 0, .5) : 0;
    const double arch = how->arch * (from_middle * from_middle * (from_middle > 0 ? 1 : .5) - .25);
    return *drift + *section + held + arch + how->held * neume_rng_normal(rng);
}

/* All waits, somewhere in the beat: players do so behind a chord, at a comma, before a new part. */
static void add_pause(rhythm_beat *beat, const phrase *p, const player *how, double lasts_s, neume_rng *rng) {
    static const float places[] = {0, .5F, .75F, 1};
    if (!neume_rng_chance(rng, fmin(how->pauses * (p->last_beats ? 6 : .5), .5))) return;
    beat->pause_at = places[neume_rng_below(rng, 4)];
    beat->pause_s = (float)(lasts_s * exp(neume_rng_uniform(rng, -1.5, .9)));
}

static neume_status make_beats(const rhythm_piece *piece, double seconds, const player *how, neume_rng *rng,
                               rhythm_segment *out, size_t first) {
    /* silence tells that a piece begins: as much as a piece has before it when it is read (NEUME__ACTIVATION_FIRST) */
    double time_s = first ? -neume_rng_uniform(rng, .5, 3) : neume_rng_uniform(rng, 1.5, 2.5), drift = 0, section = 0;
    const double scale = neume_rng_uniform(rng, .8, 1.25); /* played pieces, faster or slower */
    const double base = base_interval_s(&piece->beats[first], rng), taste = exp(TASTE * neume_rng_normal(rng));
    const double slowing = some(rng, .2, .02);
    phrase at = {.bars = first ? (int)neume_rng_below(rng, how->phrase_bars) : how->phrase_bars - 1};
    out->beat_count = 0;
    for (size_t b = first; b < piece->beat_count && time_s < seconds + 4; b++) {
        rhythm_beat beat = piece->beats[b];
        const double next_s = b + 1 < piece->beat_count ? (double)(piece->beats[b + 1].time_s - beat.time_s) : 0;
        const double share = (double)beat.quarters / (double)piece->beats[first].quarters;
        double lasts_s = next_s * scale;
        if (!piece->played) {
            follow_phrase(&at, piece, b, how->phrase_bars);
            const double bent = bend(&at, how, &drift, &section, beat.down, rng);
            const double marked_s = how->obeys ? (double)beat.marked_s * taste : 0;
            lasts_s = (marked_s > 0 ? marked_s : base * share) * exp(bent + slowing * (double)(b - first) / 8);
            add_pause(&beat, &at, how, lasts_s, rng);
        }
        beat.time_s = (float)time_s;
        beat.swell = (float)(1 - fabs(2 * at.place - 1));
        time_s += lasts_s + (double)beat.pause_s;
        NEUME_TRY(neume__grow((void **)&out->beats, &out->beat_capacity, out->beat_count + 1, sizeof *out->beats));
        out->beats[out->beat_count++] = beat;
    }
    return NEUME_OK;
}

/* Seconds at a place in beats. What begins where all waits begins before. */
static double seconds_of(const rhythm_segment *s, double beat) {
    const double last = (double)(s->beat_count - 2), whole = fmin(fmax(floor(beat + PLACE_ERROR), 0), last);
    const rhythm_beat *from = &s->beats[(size_t)whole];
    const double pause_s = (double)from->pause_s, lasts_s = (double)(from[1].time_s - from->time_s) - pause_s;
    const bool behind = beat - whole > (double)from->pause_at + PLACE_ERROR;
    return (double)from->time_s + (beat - whole) * lasts_s + (behind ? pause_s : 0);
}

static int velocity_of(const rhythm_note *note, const rhythm_piece *piece, const rhythm_beat *beat, const player *how,
                       neume_rng *rng) {
    if (note->velocity) return (int)fmin(fmax(note->velocity + 6 * neume_rng_normal(rng), 1), 127);
    const double to_beat = fabs((double)note->at - round((double)note->at));
    const size_t b = (size_t)fmax(round((double)note->at), 0);
    double v = how->loud + how->swell * (double)beat->swell + 9 * neume_rng_normal(rng);
    if (to_beat < .02) v += how->metre_accent * (b < piece->beat_count && piece->beats[b].down ? 1 : .4);
    if (note->pitch > 67) v += 5;
    if (how->highest) v += how->melody_loud * (note->pitch >= 60 ? 1 : .3);
    return (int)fmin(fmax(v, 8), 127);
}

/* What players add and scores only hint at: a short note before this one, or a trill instead of it. */
static neume_status ornament(neume_note *note, neume_rng *rng, rhythm_segment *out) {
    const int step = neume_rng_chance(rng, .5) ? 2 : 1;
    neume_note extra = *note;
    const double lasts = note->offset_s - note->onset_s;
    if (lasts > .3 && neume_rng_chance(rng, .4)) {
        const double each = neume_rng_uniform(rng, .06, .12);
        for (int k = 1; k * each < lasts - .05; k++) {
            extra.pitch = (int16_t)(note->pitch + (k % 2 ? step : 0));
            extra.onset_s = note->onset_s + k * each + .008 * neume_rng_normal(rng);
            extra.offset_s = extra.onset_s + each;
            NEUME_TRY(neume_notes_add(&out->notes, extra));
        }
        note->offset_s = note->onset_s + each;
        return NEUME_OK;
    }
    if (lasts > .2 && neume_rng_chance(rng, .3)) { /* a mordent, on the beat */
        const double each = neume_rng_uniform(rng, .05, .09);
        extra.offset_s = extra.onset_s + each;
        NEUME_TRY(neume_notes_add(&out->notes, extra));
        extra.pitch = (int16_t)(note->pitch + (neume_rng_chance(rng, .5) ? step : -step));
        extra.onset_s += each, extra.offset_s += each;
        note->onset_s += 2 * each;
        return neume_notes_add(&out->notes, extra);
    }
    extra.pitch = (int16_t)(note->pitch + (neume_rng_chance(rng, .5) ? step : -step));
    extra.onset_s = note->onset_s - neume_rng_uniform(rng, .04, .1);
    extra.offset_s = note->onset_s;
    return extra.onset_s > 0 ? neume_notes_add(&out->notes, extra) : NEUME_OK;
}

/* What a note model hears that nobody played: an octave, or an echo. */
static neume_status invent_note(neume_note note, neume_rng *rng, rhythm_segment *out) {
    if (neume_rng_chance(rng, .6))
        note.pitch = (int16_t)(note.pitch + (neume_rng_chance(rng, .5) ? 12 : -12));
    else
        note.onset_s += neume_rng_uniform(rng, 0, .5), note.offset_s = note.onset_s + .1;
    return note.pitch >= 0 && note.pitch < 128 ? neume_notes_add(&out->notes, note) : NEUME_OK;
}

/* When the note that stands at a place in beats is struck. */
static double onset_of(const rhythm_piece *piece, double at, const player *how, neume_rng *rng,
                       const rhythm_segment *segment) {
    double on = seconds_of(segment, piece->played ? at : at + how->uneven * sin(M_PI * (at - floor(at))));
    if (!piece->played) {
        on += how->jitter_s * neume_rng_normal(rng);
        if (how->highest && !how->lowest) on -= how->melody_s * neume_rng_uniform(rng, 0, 1);
        if (how->lowest && !how->highest) on -= how->bass_s * neume_rng_uniform(rng, 0, 1);
    }
    return on + how->spread_s * neume_rng_uniform(rng, 0, 1) + how->rolled_s;
}

/* How long it sounds: short, long, or with the pedal to the next beat. */
static double lasts_s(const rhythm_piece *piece, const rhythm_note *from, double at, const player *how, neume_rng *rng,
                      const rhythm_segment *segment) {
    const double due_s = seconds_of(segment, at);
    double lasts = seconds_of(segment, at + (double)from->length) - due_s;
    if (!piece->played) lasts *= how->length * neume_rng_uniform(rng, .85, 1.1);
    if (how->pedal > 0 && neume_rng_chance(rng, how->pedal))
        lasts = fmax(lasts, seconds_of(segment, floor(at) + 1) - due_s);
    return fmax(lasts, .03);
}

static neume_status add_note(const rhythm_piece *piece, const rhythm_note *from, size_t first, const player *how,
                             neume_rng *rng, rhythm_segment *out) {
    const double at = (double)from->at - (double)first, on = onset_of(piece, at, how, rng, out);
    const size_t beat = (size_t)fmin(fmax(floor(at + PLACE_ERROR), 0), (double)(out->beat_count - 1));
    const bool drums = from->program == NEUME_PROGRAM_DRUMS;
    const int pitch = from->pitch + (drums ? 0 : how->transpose);
    if (neume_rng_chance(rng, how->missed) || pitch < 2 || pitch > 125 || on < 0) return NEUME_OK;
    neume_note note = {.onset_s = on,
                       .offset_s = on + lasts_s(piece, from, at, how, rng, out),
                       .pitch = (int16_t)pitch,
                       .velocity = (int16_t)velocity_of(from, piece, &out->beats[beat], how, rng),
                       .program = from->program,
                       .confidence = 1};
    if (!drums && !piece->played && neume_rng_chance(rng, how->ornaments)) NEUME_TRY(ornament(&note, rng, out));
    NEUME_TRY(neume_notes_add(&out->notes, note));
    return drums || !neume_rng_chance(rng, how->invented) ? NEUME_OK : invent_note(note, rng, out);
}

neume_status rhythm_segment_make(const rhythm_piece *piece, double seconds, bool mistakes, neume_rng *rng,
                                 rhythm_segment *out) {
    player how = choose_player(mistakes, rng);
    size_t first = 0;
    double roll_s = 0;
    out->notes.count = 0;
    /* from its beginning or anywhere */
    if (!out->from_start && piece->beat_count > 24 && neume_rng_chance(rng, .5))
        first = (size_t)neume_rng_below(rng, (int64_t)(piece->beat_count - 16));
    NEUME_TRY(make_beats(piece, seconds, &how, rng, out, first));
    if (out->beat_count < 2) return NEUME_OK;
    const double last = (double)out->beats[out->beat_count - 1].time_s;
    for (size_t i = 0; i < piece->note_count; i++) {
        const rhythm_note *note = &piece->notes[i];
        if ((double)note->at < (double)first - .5) continue;
        const double at = (double)note->at - (double)first;
        if (at > (double)out->beat_count || seconds_of(out, at) > fmin(seconds + 2, last + 4)) break;
        const bool together = i && (double)(note->at - piece->notes[i - 1].at) < 1e-4; /* in order of pitch */
        const bool more = i + 1 < piece->note_count && (double)(note[1].at - note->at) < 1e-4;
        if (!together)
            roll_s = !piece->played && neume_rng_chance(rng, how.rolled) ? neume_rng_uniform(rng, .01, .05) : 0;
        how.highest = !more, how.lowest = !together;
        how.rolled_s = together ? fmin(how.rolled_s + roll_s, .3) : 0;
        NEUME_TRY(add_note(piece, note, first, &how, rng, out));
    }
    neume_notes_sort(&out->notes);
    return NEUME_OK;
}

void rhythm_segment_thin(rhythm_segment *segment, neume_rng *rng) {
    enum { ABOVE, BELOW, SOME };
    neume_notes *notes = &segment->notes;
    const int64_t way = neume_rng_below(rng, 3);
    const int from = 58 + (int)neume_rng_below(rng, 24), to = 42 + (int)neume_rng_below(rng, 24);
    const double share = neume_rng_uniform(rng, .05, .3);
    size_t kept = 0;
    for (size_t pass = 0; pass < 2; pass++) { /* first to see how many stay: a quarter at least */
        if (pass && kept < notes->count / 4) return;
        neume_rng dice = *rng;
        kept = 0;
        for (size_t i = 0; i < notes->count; i++) {
            const int pitch = notes->items[i].pitch;
            const bool goes = way == ABOVE ? pitch > from : way == BELOW ? pitch < to : neume_rng_chance(&dice, share);
            if (goes) continue;
            if (pass) notes->items[kept] = notes->items[i];
            kept++;
        }
    }
    notes->count = kept;
}

double rhythm_segment_period(const rhythm_segment *s, size_t b) {
    const size_t from = b ? b - 1 : 0, to = b + 2 < s->beat_count ? b + 2 : s->beat_count - 1;
    return (double)(s->beats[to].time_s - s->beats[from].time_s) / (double)(to - from);
}

void rhythm_segment_clear(rhythm_segment *segment) {
    neume_notes_clear(&segment->notes);
    free(segment->beats);
    *segment = (rhythm_segment){0};
}
