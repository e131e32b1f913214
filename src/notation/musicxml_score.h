/* What a MusicXML score has said so far: parts and instruments, where the cursor of the part stands, the note being
 * read. */
#ifndef NEUME_NOTATION_MUSICXML_SCORE_H
#define NEUME_NOTATION_MUSICXML_SCORE_H

#include "musicxml_xml.h"
#include "written.h"

enum {
    NEUME__MUSICXML_STAVES = 64, /* staves of one part; 0 stands for all of them */
    NEUME__MUSICXML_VOICES = 8,  /* ties are kept apart by voice, modulo this */
    NEUME__MUSICXML_VELOCITY = 80,
};

typedef struct neume__musicxml_instrument {
    const char *id, *name;
    int program, channel, drum_key; /* -1 = not said; program 0 .. 127, channel 1 .. 16, drum_key 0 .. 127 */
    bool voice;                     /* its <instrument-sound> is a singer's */
} neume__musicxml_instrument;

typedef struct neume__musicxml_part {
    const char *id, *name, *short_name;
    size_t first_instrument, instrument_count;
} neume__musicxml_part;

/* A dynamic mark: from here on notes of its staff are so loud, and those right here may be louder. */
typedef struct neume__musicxml_mark {
    double quarters;
    size_t order;
    int staff, velocity, accent; /* staff 0 = all; velocity, accent 0 = not said */
} neume__musicxml_mark;

typedef struct neume__musicxml_note {
    bool chord, grace, cue, rest, unpitched, tie_start, tie_stop;
    int step, octave, staff, voice, velocity; /* step: semitones above C, -1 = none; velocity 0 = not said */
    double alter, duration;
    long instrument; /* index, -1 = the part's first */
} neume__musicxml_note;

typedef struct neume__musicxml_direction {
    int staff, velocity, accent, sound_velocity;
    double tempo_bpm; /* of <sound>; 0 = none */
    double beat_quarters, per_minute;
    int beat_units; /* two make a metric modulation, not a tempo */
} neume__musicxml_direction;

typedef struct neume__musicxml {
    neume_arena *names;
    neume__written written;
    neume__musicxml_part *parts;
    size_t part_count, part_capacity;
    neume__musicxml_instrument *instruments;
    size_t instrument_count, instrument_capacity;
    neume__musicxml_mark *marks; /* of the part being read */
    size_t mark_count, mark_capacity;

    long part;                                                /* the part being read, -1 before the first */
    long instrument;                                          /* the <midi-instrument> being read, -1 if unknown */
    double divisions;                                         /* a quarter */
    double cursor, measure_start, measure_reach, chord_onset; /* quarters */
    double transposition[NEUME__MUSICXML_STAVES], chromatic, octaves; /* semitones to add to what is written */
    int transposed_staff;
    size_t part_first_note;
    size_t tied[128][NEUME__MUSICXML_VOICES]; /* the note a tie holds open, or SIZE_MAX */
    neume__graces graces;
    neume__musicxml_note note;
    neume__musicxml_direction direction;
} neume__musicxml;

/* Begins a part, adds the note just read, ends a part (when its dynamics are known). */
void neume__musicxml_begin_part(neume__musicxml *score, long part);
NEUME_MUST neume_status neume__musicxml_end_note(neume__musicxml *score);
NEUME_MUST neume_status neume__musicxml_end_part(neume__musicxml *score);
/* Moves the cursor by a duration in divisions, negative for <backup>. */
NEUME_MUST neume_status neume__musicxml_move(neume__musicxml *score, double duration);

/* A whole file, plain or zipped, to expat. */
NEUME_MUST neume_status neume__musicxml_feed(const void *bytes, size_t count, neume__xml *xml);
/* The program of an instrument (NULL: of the part's name alone). */
int neume__musicxml_program(const neume__musicxml_instrument *instrument, const neume__musicxml_part *part);
/* The drum key, -1 when nothing tells it. */
int neume__musicxml_drum_key(const neume__musicxml_instrument *instrument, const neume__musicxml_part *part);

/* The handlers of a score's elements; context is a neume__musicxml. */
neume_status neume__musicxml_start(void *context, const char *name, const char *parent, const char **attributes);
neume_status neume__musicxml_end(void *context, const char *name, const char *parent, const char *text);

#endif
