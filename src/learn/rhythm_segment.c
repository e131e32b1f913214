/* How somebody might play a piece: everything here is chosen at random within what players do.
 *
 * Tempo: a base, a slow wander (first-order autoregression of the logarithm, beat by beat), single beats held, a
 * ritardando; timing of each note around it; chords a little spread; lengths short or under the pedal; loudness by
 * phrase, by metre and by chance. The faults of a note model: notes missed, invented, doubled at the octave. */
#include "rhythm_pieces.h"

#include "neume/score_net.h"

#include <math.h>
#include <stdlib.h>

typedef struct player {
    double wander, held, jitter_s, spread_s, length, pedal, metre_accent, loud;
    int transpose;
    double missed, invented;
    double ornaments, rolled; /* shares of notes with a grace note or a trill, and of chords played from below */
    double rolled_s;          /* how much later the note to be played comes than its chord's first */
} player;

static player choose_player(bool mistakes, neume_rng *rng) {
    const bool faulty = mistakes && neume_rng_chance(rng, .5);
    return (player){.wander = neume_rng_chance(rng, .3) ? 0 : neume_rng_uniform(rng, 0, .06),
                    .held = neume_rng_chance(rng, .4) ? neume_rng_uniform(rng, 0, .05) : 0,
                    .jitter_s = neume_rng_uniform(rng, 0, .02),
                    .spread_s = neume_rng_chance(rng, .4) ? neume_rng_uniform(rng, 0, .025) : 0,
                    .length = neume_rng_uniform(rng, .45, 1.15),
                    .pedal = neume_rng_chance(rng, .35) ? neume_rng_uniform(rng, .3, 1) : 0,
                    .metre_accent = neume_rng_chance(rng, .5) ? neume_rng_uniform(rng, 0, 14) : 0,
                    .loud = neume_rng_uniform(rng, 45, 90),
                    .transpose = (int)neume_rng_below(rng, 12) - 6,
                    .missed = faulty ? neume_rng_uniform(rng, 0, .16) : 0,
                    .invented = faulty ? neume_rng_uniform(rng, 0, .08) : 0,
                    .ornaments = neume_rng_chance(rng, .4) ? neume_rng_uniform(rng, 0, .06) : 0,
                    .rolled = neume_rng_chance(rng, .3) ? neume_rng_uniform(rng, 0, .1) : 0};
}

/* Seconds of a beat that lasts so many quarters, before any wandering. */
static double base_interval_s(const rhythm_beat *beat, neume_rng *rng) {
    const double quarters = (double)beat->quarters;
    const bool triple = beat->metre >= 0 && neume_beat_class_metre(beat->metre).beats == 3;
    double bpm = 105 * pow(quarters, -.72); /* halves 64, dotted quarters 78, eighths 173 */
    bpm *= exp(.48 * neume_rng_normal(rng));
    if (triple && neume_rng_chance(rng, .5)) bpm *= exp(neume_rng_uniform(rng, 0, .6)); /* scherzos, waltzes */
    if (neume_rng_chance(rng, .4)) bpm = exp(neume_rng_uniform(rng, log(55), log(210))) / quarters;
    return 60 / fmin(fmax(bpm, 25), 280);
}

static neume_status make_beats(const rhythm_piece *piece, double seconds, const player *how, neume_rng *rng,
                               rhythm_segment *out, size_t first) {
    /* silence tells that a piece begins: as much as a piece has before it when it is read (NEUME__ACTIVATION_FIRST) */
    double time_s = first ? -neume_rng_uniform(rng, .5, 3) : neume_rng_uniform(rng, 1.5, 2.5), drift = 0;
    const double scale = neume_rng_uniform(rng, .8, 1.25); /* played pieces, faster or slower */
    const double base = base_interval_s(&piece->beats[first], rng);
    const double slowing = neume_rng_chance(rng, .2) ? neume_rng_uniform(rng, 0, .02) : 0;
    out->beat_count = 0;
    for (size_t b = first; b < piece->beat_count && time_s < seconds + 4; b++) {
        rhythm_beat beat = piece->beats[b];
        const double next_s = b + 1 < piece->beat_count ? (double)(piece->beats[b + 1].time_s - beat.time_s) : 0;
        beat.time_s = (float)time_s;
        NEUME_TRY(neume__grow((void **)&out->beats, &out->beat_capacity, out->beat_count + 1, sizeof *out->beats));
        out->beats[out->beat_count++] = beat;
        if (piece->played) {
            time_s += next_s * scale;
            continue;
        }
        const double share = (double)beat.quarters / (double)piece->beats[first].quarters;
        drift = .85 * drift + how->wander * neume_rng_normal(rng);
        const double held = how->held > 0 && neume_rng_chance(rng, .08) ? exp(neume_rng_uniform(rng, 0, .5)) : 1;
        time_s +=
            base * share * exp(drift + how->held * neume_rng_normal(rng) + slowing * (double)(b - first) / 8) * held;
    }
    return NEUME_OK;
}

static double seconds_of(const rhythm_segment *s, double beat) {
    const size_t last = s->beat_count - 2;
    const double whole = fmin(fmax(floor(beat), 0), (double)last);
    const size_t i = (size_t)whole;
    const double from = (double)s->beats[i].time_s, to = (double)s->beats[i + 1].time_s;
    return from + (beat - whole) * (to - from);
}

static int velocity_of(const rhythm_note *note, const rhythm_piece *piece, const player *how, neume_rng *rng) {
    if (note->velocity) return (int)fmin(fmax(note->velocity + 6 * neume_rng_normal(rng), 1), 127);
    const double to_beat = fabs((double)note->at - round((double)note->at));
    const size_t b = (size_t)fmax(round((double)note->at), 0);
    double v = how->loud + 9 * neume_rng_normal(rng);
    if (to_beat < .02) v += how->metre_accent * (b < piece->beat_count && piece->beats[b].down ? 1 : .4);
    if (note->pitch > 67) v += 5;
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

static neume_status add_note(const rhythm_piece *piece, const rhythm_note *from, size_t first, const player *how,
                             neume_rng *rng, rhythm_segment *out) {
    const double at = (double)from->at - (double)first;
    double on = seconds_of(out, at) + (piece->played ? 0 : how->jitter_s * neume_rng_normal(rng));
    on += how->spread_s * neume_rng_uniform(rng, 0, 1) + how->rolled_s;
    double off = seconds_of(out, at + (double)from->length);
    off = on + (off - on) * (piece->played ? 1 : how->length * neume_rng_uniform(rng, .85, 1.1));
    if (how->pedal > 0 && neume_rng_chance(rng, how->pedal)) off = fmax(off, seconds_of(out, floor(at) + 1));
    const bool drums = from->program == NEUME_PROGRAM_DRUMS;
    const int pitch = from->pitch + (drums ? 0 : how->transpose);
    if (neume_rng_chance(rng, how->missed) || pitch < 2 || pitch > 125 || on < 0) return NEUME_OK;
    neume_note note = {.onset_s = on,
                       .offset_s = fmax(off, on + .03),
                       .pitch = (int16_t)pitch,
                       .velocity = (int16_t)velocity_of(from, piece, how, rng),
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
    if (piece->beat_count > 24 && neume_rng_chance(rng, .5))
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
        if (!together)
            roll_s = !piece->played && neume_rng_chance(rng, how.rolled) ? neume_rng_uniform(rng, .01, .05) : 0;
        how.rolled_s = together ? fmin(how.rolled_s + roll_s, .3) : 0;
        NEUME_TRY(add_note(piece, note, first, &how, rng, out));
    }
    neume_notes_sort(&out->notes);
    return NEUME_OK;
}

void rhythm_segment_clear(rhythm_segment *segment) {
    neume_notes_clear(&segment->notes);
    free(segment->beats);
    *segment = (rhythm_segment){0};
}
