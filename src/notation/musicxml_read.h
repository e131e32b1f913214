/* MusicXML on its way to written music: what has been said so far.
 *
 *   musicxml_read.c             finds an element's handler; the door
 *   musicxml_read_head.c        titles, the list of parts
 *   musicxml_read_measure.c     parts, measures, bar lines
 *   musicxml_read_attributes.c  keys, metres, clefs, transposition
 *   musicxml_read_direction.c   chord symbols, words, tempi
 *   musicxml_read_note.c        what a note says of itself,
 *   musicxml_read_item.c        and how it takes its place in a voice
 *
 * Each file ends with the elements it knows. gather.h weaves the voices. */
#ifndef NEUME_NOTATION_MUSICXML_READ_H
#define NEUME_NOTATION_MUSICXML_READ_H

#include <string.h>

#include "gather.h"
#include "musicxml_parts.h"
#include "musicxml_words.h"
#include "musicxml_xml.h"

enum { NEUME__READ_PENDING = 64, NEUME__READ_ROWS = 128 };
#define NEUME__READ_DURATION_LIMIT 1e14 /* divisions: more than the longest note of ABC or kern in ticks */

/* Words that wait for their note. */
typedef struct neume__read_word {
    neume_words words;
    int staff;  /* of the note they wait for, 0 = the next one */
    int64_t at; /* and from when on it may come */
} neume__read_word;
typedef struct neume__read_words {
    neume__read_word words[NEUME__READ_PENDING];
    int count;
} neume__read_words;

typedef struct neume__read_note {
    bool chord, grace, slashed, cue, rest, whole_measure, unpitched, tied, hidden, goes_on, joined;
    bool tuplet_starts, tuplet_stops;
    int step, octave, alter, staff, type, dots, actual, normal, slurs_open, slurs_close, velocity;
    long voice;
    double duration; /* divisions */
    const char *instrument;
} neume__read_note;

typedef struct neume__read_chord {
    int step, alter, bass, bass_alter, degrees;
    char kind[40], text[64], degree[64];
    bool has_text;
    int degree_value, degree_alter, staff;
} neume__read_chord;

typedef struct neume__read_direction {
    const char *words, *placement, *justify, *directive, *other;
    neume__read_words marks; /* staff and place come at the end */
    int staff;
    long voice;
    neume_tempo tempo; /* of the metronome */
    int type, dots;    /* of its note, not yet counted */
    double sound_bpm;
    bool metronome_done;
} neume__read_direction;

typedef struct neume__read_bar {
    bool left, present, style_said, forward, plain;
    neume_bar bar;
} neume__read_bar;

/* An interval, up when positive. */
typedef struct neume__read_shift {
    int semitones, steps;
} neume__read_shift;

typedef struct neume__reader {
    neume__gather gather;
    const struct neume__read_row *rows[NEUME__READ_ROWS]; /* by name */
    size_t row_count;
    neume__musicxml_list list;
    const char *title, *movement;
    const char **ids; /* of voices, as neume wrote them */
    size_t id_count, id_capacity;
    neume_buffer lyric;

    int64_t cursor, cue_at; /* ticks from the measure's beginning; of the last note, if that was a cue, else -1 */
    double divisions;
    long listed;     /* the part in the list */
    long bar_sign;   /* the sign of the last measure's end, -1 */
    long last_voice; /* of the last note, -1 */
    neume_metre metre;
    neume__lack lack;

    neume__read_note note;
    neume__read_words before, at; /* of directions, of the note itself */
    neume__read_direction direction;
    neume__read_bar barline;
    neume__read_chord chord;
    neume__read_shift transposed, first_transposed; /* written to sounding; what the part began with */
    int part;                                       /* of the gathered ones, -1 before the first */
    int32_t measure, chord_note;
    int program;            /* that the part sounds with here */
    int pitched, unpitched; /* notes of the part */
    int rest_left;          /* of a rest of several bars: measures to come */
    int verse, syllabic;
    int fifths, key_step, clef_staff, clef_line, clef_octave, chromatic, octaves, diatonic;
    neume_key key;
    char field[16]; /* the name of the <miscellaneous-field> */
    char wedge[17]; /* by number: '<' '>' */
    char clef_sign;
    uint8_t mode;
    bool own;      /* written by neume */
    bool implicit; /* the measure is meant to be as long as it is */
    bool ending_open;
    bool bar_silent; /* nothing was said of the last bar line */
    bool attributed; /* the part's first attributes are over */
    bool in_first;   /* nothing of the part but those has been met */
    bool extends, in_dynamics, own_key, diatonic_said;
} neume__reader;

/* An element by name and parent (NULL: any), and what it does. */
typedef struct neume__read_row {
    const char *name, *parent;
    neume_status (*start)(neume__reader *r, const char **attributes);
    neume_status (*end)(neume__reader *r, const char *text);
} neume__read_row;
/* Each ends with {0}. */
extern const neume__read_row neume__read_head_rows[], neume__read_measure_rows[], neume__read_attributes_rows[],
    neume__read_note_rows[], neume__read_direction_rows[];

static inline bool neume__read_is(const char *value, const char *word) {
    return value && strcmp(value, word) == 0;
}
int neume__read_number(const char *text, int low, int high, int otherwise);
/* A copy in one line that lives as long as the score; NULL for none and nothing. */
NEUME_MUST neume_status neume__read_keep(neume__reader *r, const char *text, const char **out);
neume__gather_sign neume__read_sign_here(const neume__reader *r, neume_item_kind kind);
NEUME_MUST neume_status neume__read_add_sign(neume__reader *r, neume__gather_sign sign);
/* Something here was left out or mended. */
void neume__read_fault(neume__reader *r, const char *what);

NEUME_MUST neume_status neume__read_add_titles(neume__reader *r);
NEUME_MUST neume_status neume__read_duration(const char *text, double *out);
int64_t neume__read_ticks(const neume__reader *r, double duration);
NEUME_MUST neume_status neume__read_move(neume__reader *r, int64_t ticks);
NEUME_MUST neume_status neume__read_end_note(neume__reader *r);
/* From what the part is written in now to what it began with. */
neume__read_shift neume__read_rewriting(const neume__reader *r);
/* Words that wait: more than there is room for are left out. */
void neume__read_wait(neume__read_words *list, neume_words_kind kind, int verse, const char *text);
/* Words that still wait belong to the last note, if its staff is theirs. */
NEUME_MUST neume_status neume__read_flush_words(neume__reader *r);

#endif
