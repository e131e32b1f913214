/* MusicXML on its way to written music: what has been said so far. musicxml_read.c knows the elements, this room's
 * gather.h weaves the voices, musicxml_read_note.c makes notes. */
#ifndef NEUME_NOTATION_MUSICXML_READ_H
#define NEUME_NOTATION_MUSICXML_READ_H

#include "gather.h"
#include "musicxml_score.h"
#include "musicxml_words.h"

enum { NEUME__READ_PENDING = 64 };

typedef struct neume__read_words {
    neume_words words[NEUME__READ_PENDING];
    int count;
} neume__read_words;

typedef struct neume__read_note {
    bool chord, grace, slashed, cue, rest, whole_measure, unpitched, tied, hidden, goes_on, joined;
    bool tuplet_starts, tuplet_stops;
    int step, octave, alter, staff, type, dots, actual, normal, slurs_open, slurs_close;
    long voice;
    double duration; /* divisions */
    const char *instrument;
} neume__read_note;

typedef struct neume__read_chord {
    int step, alter, bass, bass_alter, degrees;
    char kind[40], text[64], degree[64];
    bool has_text;
    int degree_value, degree_alter;
} neume__read_chord;

typedef struct neume__read_direction {
    const char *words, *placement, *justify, *directive;
    neume_tempo tempo; /* of the metronome */
    int type, dots;    /* of its note, not yet counted */
    double sound_bpm;
    bool metronome_done;
} neume__read_direction;

typedef struct neume__read_bar {
    bool left, present, style_said, forward, plain;
    neume_bar bar;
} neume__read_bar;

typedef struct neume__reader {
    neume__gather gather;
    neume__musicxml list; /* parts and instruments, told by the other reader's handlers */
    bool own;             /* written by neume */
    int part;             /* of the gathered ones, -1 before the first */
    long listed;          /* the same in the list */
    int32_t measure;
    int64_t cursor, note_at; /* ticks from the measure's beginning; of the last note that was no chord's */
    double divisions;
    neume_metre metre;
    long bar_sign;   /* the sign of the last measure's end, -1 */
    bool bar_silent; /* nothing was said of it */
    bool attributed; /* the part's first attributes are over */
    bool in_first;   /* nothing of the part but those has been met */
    int rest_left;   /* of a rest of several bars: measures to come */
    long last_voice; /* of the last note, -1 */
    int32_t chord_note;
    neume__read_note note;
    neume__read_words before, at; /* of directions, of the note itself */
    neume__read_direction direction;
    neume__read_chord chord;
    neume__read_bar barline;
    char wedge[17]; /* by number: '<' '>' */
    int verse, syllabic;
    neume_buffer lyric;
    bool extends, in_dynamics;
    int fifths, key_step, clef_staff, clef_line, clef_octave, transpose_chromatic, transpose_octaves;
    bool own_key, transposed;
    neume_key key;
    uint8_t mode;
    char clef_sign;
    char field[16]; /* the name of the <miscellaneous-field> */
    const char **ids;
    size_t id_count, id_capacity;
    const char *title, *movement;
} neume__reader;

int64_t neume__read_ticks(const neume__reader *r, double duration);
NEUME_MUST neume_status neume__read_move(neume__reader *r, int64_t ticks);
NEUME_MUST neume_status neume__read_end_note(neume__reader *r);
/* Words that wait: more than there is room for are left out. */
void neume__read_wait(neume__read_words *list, neume_words_kind kind, int verse, const char *text);

#endif
