/* What the parts of the MusicXML writer share: the printer, and the note printed by itself. */
#ifndef NEUME_NOTATION_MUSICXML_WRITE_H
#define NEUME_NOTATION_MUSICXML_WRITE_H

#include "musicxml_words.h"

enum { NEUME__XML_SLURS = 16, NEUME__XML_WEDGES = 17, NEUME__XML_PIECES = 16, NEUME__XML_VERSES = 256 };

typedef struct neume__xml_printer {
    const neume_score *score;
    neume_buffer *out;
    int64_t division; /* ticks */
    int keys;         /* those with a name of their own so far */
} neume__xml_printer;

/* The hairpins of a part that are open, by their number. */
typedef struct neume__xml_wedge {
    char kind; /* '<' '>', 0 = none */
    int voice;
} neume__xml_wedge;

/* A voice on its way to paper. */
typedef struct neume__xml_voice {
    const neume_voice *voice;
    size_t item, words;      /* the next ones */
    int part, number, staff; /* counted from 1; staff 0 = the part has only one */
    bool drums;
    bool slurs[NEUME__XML_SLURS];    /* which numbers are open */
    uint8_t stack[NEUME__XML_SLURS]; /* in which order */
    int slur_count;
    int32_t last_sounding;           /* the last item that is no grace, -1 */
    bool goes_on[NEUME__XML_VERSES]; /* of each verse: its word is not over */
    int clefs;                       /* changes so far */
    neume__xml_wedge *wedges;        /* (NEUME__XML_WEDGES) the part's; [0] is never used */
} neume__xml_voice;

/* One note of those that a length is split into. */
typedef struct neume__xml_piece {
    int type, dots;
    int64_t ticks; /* as it sounds */
} neume__xml_piece;
/* The note values that an item is written with. @return how many */
int neume__xml_pieces(const neume_voice *voice, const neume_item *item, neume__xml_piece out[NEUME__XML_PIECES]);

NEUME_MUST neume_status neume__xml_put(neume__xml_printer *p, const char *format, ...) NEUME_PRINTF(2, 3);
/* Text with what XML would misread escaped. */
NEUME_MUST neume_status neume__xml_put_text(neume__xml_printer *p, const char *text);
NEUME_MUST neume_status neume__xml_put_key(neume__xml_printer *p, const neume_key *key);
NEUME_MUST neume_status neume__xml_put_metre(neume__xml_printer *p, const neume_metre *metre);
/* @param staff from 1; 0 = the part has only one */
NEUME_MUST neume_status neume__xml_put_clef(neume__xml_printer *p, neume_clef clef, int staff);
/* @param head of the whole piece */
NEUME_MUST neume_status neume__xml_put_tempo(neume__xml_printer *p, const neume_tempo *tempo, bool head);
/* Any sign of a voice but bar lines and line ends. */
NEUME_MUST neume_status neume__xml_put_sign(neume__xml_printer *p, const neume__xml_voice *v, const neume_item *item);
/* A note, chord or rest with all that hangs on it. */
NEUME_MUST neume_status neume__xml_put_item(neume__xml_printer *p, neume__xml_voice *v);
/* "C", "Bb": a drum's pitch as a part of its instrument's id. */
void neume__xml_drum_id(neume_pitch pitch, char out[16]);

#endif
