/* A prompt as units: a Chinese character, a word, a number or a break, each folded to one form (case, width, accents,
 * traditional characters) and with its place in the prompt. */
#ifndef NEUME_TASTE_WORDS_TEXT_H
#define NEUME_TASTE_WORDS_TEXT_H

#include "neume/base.h"

typedef enum unit_kind {
    UNIT_WORD,      /* letters of an alphabet; what stands behind an apostrophe belongs to it */
    UNIT_CHARACTER, /* one of Chinese, Japanese or Korean */
    UNIT_NUMBER,    /* digits */
    UNIT_BREAK,     /* punctuation that ends a clause */
    UNIT_LIST,      /* punctuation within a list, and a blank between Chinese characters */
    UNIT_OPEN,      /* a quotation mark or a bracket of titles */
    UNIT_CLOSE,
} unit_kind;

typedef struct unit {
    unit_kind kind;
    uint32_t text, length; /* folded, in units.text */
    uint32_t begin, end;   /* bytes of the prompt */
    bool capital;          /* begins with a capital letter in the prompt */
} unit;

typedef struct units {
    unit *items;
    size_t count, capacity;
    neume_buffer text;
} units;

NEUME_MUST neume_status neume__units_read(const char *text, size_t count, units *out);
void neume__units_clear(units *u);

/* Appends units [from, to) as a key of the lexicon: blanks between. stemmed: words without their endings. */
NEUME_MUST neume_status neume__units_key(const units *u, size_t from, size_t to, bool stemmed, neume_buffer *key);

/* Cuts plain endings off an English word in lower case (-s -ing -ed -er -est -ly); @return the new length. */
size_t neume__stem(char *word, size_t length);

/* The simplified form of a traditional character; others stay. */
uint32_t neume__simplified(uint32_t character);

#endif
