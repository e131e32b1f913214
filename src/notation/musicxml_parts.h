/* The part list of a MusicXML score: parts, their instruments, how those sound. */
#ifndef NEUME_NOTATION_MUSICXML_PARTS_H
#define NEUME_NOTATION_MUSICXML_PARTS_H

#include "neume/base.h"

typedef struct neume__musicxml_instrument {
    const char *id, *name;
    int program, channel, drum_key; /* -1 = not said; program 0 .. 127, channel 1 .. 16, drum_key 0 .. 127 */
    bool voice;                     /* its <instrument-sound> is a singer's */
} neume__musicxml_instrument;

typedef struct neume__musicxml_part {
    const char *id, *name, *short_name;
    size_t first_instrument, instrument_count;
} neume__musicxml_part;

typedef struct neume__musicxml_list {
    neume_arena *names;
    neume__musicxml_part *parts;
    size_t part_count, part_capacity;
    neume__musicxml_instrument *instruments;
    size_t instrument_count, instrument_capacity;
    long instrument; /* the <midi-instrument> being read, -1 if unknown */
} neume__musicxml_list;

/* The program of an instrument (NULL: of the part's name alone). */
int neume__musicxml_program(const neume__musicxml_instrument *instrument, const neume__musicxml_part *part);
/* The drum key, -1 when nothing tells it. */
int neume__musicxml_drum_key(const neume__musicxml_instrument *instrument, const neume__musicxml_part *part);

#endif
