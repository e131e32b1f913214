/* The small words of **kern: one note or rest, and the codes of instruments. */
#ifndef NEUME_NOTATION_KERN_TOKEN_H
#define NEUME_NOTATION_KERN_TOKEN_H

#include "neume/music.h"

#include <stdbool.h>
#include <stddef.h>

/* Bytes of the input, borrowed. */
typedef struct neume__kern_text {
    const char *at;
    size_t size;
} neume__kern_text;

bool neume__kern_equals(neume__kern_text text, const char *word);
bool neume__kern_starts(neume__kern_text text, const char *word);
/* Cuts the part before `separator` (or all) off the front of `rest`; false when nothing is left. */
bool neume__kern_cut(neume__kern_text *rest, char separator, neume__kern_text *out);
/* Without spaces and tabs around it. */
neume__kern_text neume__kern_trim(neume__kern_text text);
/* A plain decimal number at the front of text, -1 if there is none. */
double neume__kern_number(neume__kern_text text);

typedef struct neume__kern_note {
    double quarters; /* -1 when the token names no duration */
    int pitch;       /* MIDI number, -1 for a rest or none */
    neume_pitch spelled;
    bool rest, grace;
    char tie; /* '[' begins, '_' goes on, ']' ends, 0 none */
} neume__kern_note;

/* One note of a token (a chord is several, split at spaces). Signs that neither sound nor last are passed over. */
neume__kern_note neume__kern_note_parse(neume__kern_text text);

/* What the interpretations *I... of a spine have said so far; -1 = nothing. */
typedef struct neume__kern_instrument {
    int by_code, by_name, by_class; /* General MIDI programs; a code knows better than a name, a name than a class */
    int drum_key;                   /* the one key of an untuned percussion instrument */
} neume__kern_instrument;

void neume__kern_instrument_read(neume__kern_instrument *instrument, neume__kern_text interpretation);
int neume__kern_instrument_program(const neume__kern_instrument *instrument);

#endif
