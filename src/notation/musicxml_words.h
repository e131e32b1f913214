/* The words that MusicXML and written music have for the same things; used by its writer and its reader. */
#ifndef NEUME_NOTATION_MUSICXML_WORDS_H
#define NEUME_NOTATION_MUSICXML_WORDS_H

#include "neume/music.h"

/* Where a mark stands in MusicXML. */
typedef enum neume__mark_place {
    NEUME__MARK_NOTATION, /* directly in <notations> */
    NEUME__MARK_ARTICULATION,
    NEUME__MARK_ORNAMENT,
    NEUME__MARK_TECHNICAL,
    NEUME__MARK_DYNAMIC,   /* in a direction */
    NEUME__MARK_DIRECTION, /* directly in <direction-type> */
} neume__mark_place;
typedef struct neume__mark {
    const char *name, *element; /* ABC's decoration, MusicXML's element */
    uint8_t place;              /* neume__mark_place */
} neume__mark;

/* The element that marks of that place stand in. */
const char *neume__mark_parent(neume__mark_place place);
const neume__mark *neume__mark_by_name(const char *name);
const neume__mark *neume__mark_by_element(const char *element, const char *parent);

/* A chord symbol's kind by how it is printed behind the root ("m7"), NULL; and back, NULL. */
const char *neume__chord_kind(const char *suffix);
const char *neume__chord_suffix(const char *kind);

/* A note value without dots: 0 = 1024th .. 13 = maxima. */
enum { NEUME__NOTE_TYPES = 14, NEUME__TYPE_EIGHTH = 7, NEUME__TYPE_QUARTER = 8, NEUME__TYPE_WHOLE = 10 };
const char *neume__type_name(int type);
int neume__type_by_name(const char *name); /* -1 */
int64_t neume__type_ticks(int type, int dots);

/* The clef of a sign (G F C) on a line from below, 0 = its usual one. @return whether there is such a clef */
bool neume__clef_by_line(char sign, int line, uint8_t *clef);
/* And back: "G", "percussion" ...; *line 0 = it stands on none. */
const char *neume__clef_name(uint8_t clef, int *line);

const char *neume__bar_style_name(neume_bar_style style);
/* false: no such style */
bool neume__bar_style_by_name(const char *name, uint8_t *style);

#endif
