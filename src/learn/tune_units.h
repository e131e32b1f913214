/* The units a musician sees in ABC: what the vocabulary counts, and where a tune may be cut. Private to the room. */
#ifndef NEUME_LEARN_TUNE_UNITS_H
#define NEUME_LEARN_TUNE_UNITS_H

#include "neume/base.h"

typedef enum tune_unit_kind {
    TUNE_UNIT_OTHER, /**< a byte of its own */
    TUNE_UNIT_FIELD, /**< "K:D", "M:6/8": a whole line */
    TUNE_UNIT_WORD,  /**< of a title or a line of lyrics, with the blank before it */
    TUNE_UNIT_QUOTE, /**< "\"Am\"" with its quotes: chord symbols and annotations */
    TUNE_UNIT_MARK,  /**< "!trill!" */
    TUNE_UNIT_NOTE,  /**< a blank, accidentals, the letter, octave marks */
    TUNE_UNIT_LENGTH,
    TUNE_UNIT_BAR, /**< a bar line with the blank before it, its ending's number, and the line's end behind it */
    TUNE_UNIT_TUPLET,
    TUNE_UNIT_BROKEN, /**< "<", ">>" */
    TUNE_UNIT_INLINE, /**< "[K:G]" */
    TUNE_UNIT_LINE,   /**< the end of a line */
} tune_unit_kind;

/* Where a reader of units stands; `{text, size}` at first. */
typedef struct tune_reader {
    const char *text;
    size_t size, at;
    bool words; /* inside a line of words */
} tune_reader;

/* The next unit, at least one byte; false at the end. */
bool tune_next_unit(tune_reader *reader, tune_unit_kind *kind, const char **unit, size_t *size);

#endif
