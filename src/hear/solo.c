/* One bowed, blown or sung line by itself. Its pitch glides between notes and swings around them, so the network finds
 * short notes beside the true ones; breath, bow and consonants sound to it like strokes of drums; and it names notes of
 * one timbre differently; other notes swell so softly that no beginning is found. In a line that nothing accompanies
 * all this can be told, for two notes cannot sound at once. The numbers were chosen on synthetic singing and lines of
 * recorded notes (docs/hear-log.md). */
#include "decode.h"

#include <math.h>
#include <stdlib.h>

enum {
    NOTES_LEAST = 8, /* of a line */
    NEAR_NOTES = 6,  /* how many before and behind a note are looked at */
};
static const float PLAIN = .5F;       /* confidence of notes that may accompany */
static const double TOGETHER = .2;    /* share of the time in which two notes sound, at most */
static const double TAIL_S = .05;     /* of a note behind its end, in a room: not counted */
static const double GLIDING = .8;     /* share of notes whose pitch can glide, at least */
static const double CONSONANT_S = .1; /* sung before its vowel, at most */
static const double SHORT_S = .15, LONGER = 1.5, GAP_S = .08, INSIDE_S = .03; /* of a note that is part of a glide */
static const float DOUBTFUL = .7F;                                            /* its confidence, at most */
static const double SHARED = .5;                    /* of the shorter of two notes that are one */
static const double ON_S = .06;                     /* a note goes on behind so short a rest, ... */
static const float HARDLY = .4F;                    /* ... if hardly anything began there */
static const double STROKES = .25;                  /* fewer strokes a note are noises, ... */
static const double UNSURE = .6;                    /* ... and so are more, if they are no surer on the average */
static const double SHARE_LEAST = .2;               /* of notes that an instrument of a line plays */
static const double REST_S = .1, REST_MOST_S = .25; /* before a note that was reached by a glide, ... */
static const double REACHED = .25;                  /* ... and the share of it that the note is heard late */

static bool is_drum(const neume_note *note) {
    return note->program == NEUME_PROGRAM_DRUMS;
}

/* Bowed strings, ensembles and voices, brass, reeds, pipes. */
static bool glides(const neume_note *note) {
    return (note->program >= 40 && note->program <= 44) || (note->program >= 48 && note->program <= 79);
}

/* How many notes each program plays, drums left out. */
static size_t count_plays(const neume_notes *notes, size_t plays[NEUME_PROGRAM_DRUMS]) {
    size_t all = 0;
    for (size_t i = 0; i < notes->count; i++) {
        if (is_drum(&notes->items[i])) continue;
        plays[notes->items[i].program]++;
        all++;
    }
    return all;
}

bool hear_is_line(const neume_notes *notes, int *program) {
    double until_s = 0, sounding_s = 0, together_s = 0;
    size_t plays[NEUME_PROGRAM_DRUMS] = {0}, gliding = 0;
    const size_t count = count_plays(notes, plays);
    for (size_t i = 0; i < notes->count; i++) {
        const neume_note *note = &notes->items[i];
        if (is_drum(note)) continue;
        gliding += glides(note);
        if (note->confidence < PLAIN) continue;
        together_s += fmax(fmin(until_s, note->offset_s) - note->onset_s - TAIL_S, 0);
        sounding_s += fmax(note->offset_s - fmax(note->onset_s, until_s), 0);
        until_s = fmax(until_s, note->offset_s);
    }
    *program = 0;
    for (int p = 1; p < NEUME_PROGRAM_DRUMS; p++)
        if (plays[p] > plays[*program]) *program = p;
    return count >= NOTES_LEAST && (double)gliding >= GLIDING * (double)count && together_s < TOGETHER * sounding_s;
}

static double lasts_s(const neume_note *note) {
    return note->offset_s - note->onset_s;
}

/* Whether a doubtful note lies within a longer one, or is the semitone through which that one is reached or left. */
static bool belongs_to(const neume_note *note, const neume_note *other, int apart) {
    if (note->confidence >= DOUBTFUL || lasts_s(other) < LONGER * lasts_s(note)) return false;
    if (other->onset_s - INSIDE_S < note->onset_s && note->offset_s < other->offset_s + INSIDE_S) return true;
    return apart == 1 && lasts_s(note) < SHORT_S && other->onset_s - GAP_S <= note->offset_s &&
           note->onset_s <= other->offset_s + GAP_S;
}

/* Whether both are one pitch between two semitones, and the other is held longer. */
static bool yields_to(const neume_note *note, const neume_note *other, int apart) {
    const double shared_s = fmin(note->offset_s, other->offset_s) - fmax(note->onset_s, other->onset_s);
    return apart == 1 && lasts_s(note) < lasts_s(other) && shared_s > SHARED * lasts_s(note);
}

static bool is_glide(const neume_notes *notes, size_t i) {
    const neume_note *note = &notes->items[i];
    const size_t from = i < NEAR_NOTES ? 0 : i - NEAR_NOTES;
    if (is_drum(note)) return false;
    for (size_t j = from; j < notes->count && j <= i + NEAR_NOTES; j++) {
        const neume_note *other = &notes->items[j];
        const int apart = abs(note->pitch - other->pitch);
        if (!apart || is_drum(other)) continue;
        if (belongs_to(note, other, apart) || yields_to(note, other, apart)) return true;
    }
    return false;
}

/* A held note that was found in pieces is one; drums may lie between them. */
static void go_on(neume_notes *notes) {
    size_t kept = 0, last = SIZE_MAX;
    for (size_t i = 0; i < notes->count; i++) {
        const neume_note note = notes->items[i];
        neume_note *before = last == SIZE_MAX ? NULL : &notes->items[last];
        const bool pitched = !is_drum(&note);
        if (pitched && before && before->pitch == note.pitch && note.confidence < HARDLY &&
            note.onset_s - before->offset_s < ON_S) {
            before->offset_s = fmax(before->offset_s, note.offset_s);
            continue;
        }
        if (pitched) last = kept;
        notes->items[kept++] = note;
    }
    notes->count = kept;
}

/* Instruments with few notes leave them to the main one. */
static void gather(int program, neume_notes *notes) {
    size_t plays[NEUME_PROGRAM_DRUMS] = {0};
    const size_t all = count_plays(notes, plays);
    for (size_t i = 0; i < notes->count; i++) {
        neume_note *note = &notes->items[i];
        const bool few = !is_drum(note) && (double)plays[note->program] < SHARE_LEAST * (double)all;
        if (few) note->program = (int16_t)program;
    }
}

/* Consonants, breath and bow: few, or found without conviction. */
static bool strokes_are_noises(const neume_notes *notes) {
    double strokes = 0, confidence = 0;
    for (size_t i = 0; i < notes->count; i++) {
        if (!is_drum(&notes->items[i])) continue;
        strokes++;
        confidence += (double)notes->items[i].confidence;
    }
    return strokes < STROKES * ((double)notes->count - strokes) || confidence < UNSURE * strokes;
}

neume_status hear_tidy_line(int program, bool drums_wanted, neume_notes *notes) {
    const bool noises = !drums_wanted && strokes_are_noises(notes);
    bool *goes = neume__calloc(notes->count, sizeof *goes);
    if (!goes) return NEUME_ENOMEM;
    for (size_t i = 0; i < notes->count; i++) goes[i] = is_glide(notes, i) || (noises && is_drum(&notes->items[i]));
    hear_drop_marked(goes, notes);
    neume__free(goes);
    go_on(notes);
    gather(program, notes);
    return NEUME_OK;
}

/* A consonant that is sung, as m, n and l are, begins a note, and so does its vowel. */
static bool begun_twice(const neume_note *consonant, const neume_note *vowel) {
    return consonant->pitch == vowel->pitch && lasts_s(consonant) < CONSONANT_S &&
           vowel->onset_s - consonant->offset_s < INSIDE_S;
}

neume_status hear_begin_line_in_time(neume_bends *bends, neume_notes *notes) {
    double until_s = -HUGE_VAL;
    size_t before = SIZE_MAX;
    neume_status status = NEUME_OK;
    bool *goes = neume__calloc(notes->count, sizeof *goes);
    if (!goes) return NEUME_ENOMEM;
    for (size_t i = 0; i < notes->count; i++) {
        neume_note *note = &notes->items[i];
        const double rest_s = note->onset_s - until_s;
        if (is_drum(note)) continue;
        if (before != SIZE_MAX && begun_twice(&notes->items[before], note)) {
            NEUME_GO(hear_bend_begin(bends, (notes->items[before].onset_s + note->onset_s) / 2, note));
            goes[before] = true;
        } else if (note->confidence < DOUBTFUL && rest_s > REST_S && rest_s < REST_MOST_S) {
            NEUME_GO(hear_bend_begin(bends, note->onset_s - REACHED * rest_s, note));
        }
        until_s = fmax(until_s, note->offset_s);
        before = i;
    }
    hear_drop_marked(goes, notes);
    neume_notes_sort(notes); /* strokes may lie in the rests */
fail:
    neume__free(goes);
    return status;
}
