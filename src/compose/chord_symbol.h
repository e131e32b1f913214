/* Chord symbols as musicians write them: "F#m7", "Bb/D". Private to the room. */
#ifndef NEUME_COMPOSE_CHORD_SYMBOL_H
#define NEUME_COMPOSE_CHORD_SYMBOL_H

#include "pitch.h"

enum { CHORD_TEXT_MAX = 32, CHORD_SUFFIX_MAX = 20 };

typedef enum chord_triad { TRIAD_MAJOR, TRIAD_MINOR, TRIAD_DIMINISHED, TRIAD_AUGMENTED, TRIAD_OTHER } chord_triad;

typedef struct chord_symbol {
    neume_pitch root, bass; /* octaves are of no meaning */
    bool has_bass;
    uint8_t triad;                 /* chord_triad */
    char suffix[CHORD_SUFFIX_MAX]; /* as written: "m7" */
} chord_symbol;

/* @return false: it is none ("N.C.", words) */
bool neume__chord_parse(const char *text, chord_symbol *out);
void neume__chord_print(const chord_symbol *chord, char out[CHORD_TEXT_MAX]);
void neume__chord_move(chord_symbol *chord, interval by);
/* Writes another triad into the suffix; what follows it (7, 6 ...) stays. */
void neume__chord_set_triad(chord_symbol *chord, chord_triad triad);
/* MIDI number % 12 of the root. */
int neume__chord_root_class(const chord_symbol *chord);

#endif
