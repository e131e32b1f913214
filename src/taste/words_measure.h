/* What is said in numbers and letters rather than words: beats a minute, decades, keys. */
#ifndef NEUME_TASTE_WORDS_MEASURE_H
#define NEUME_TASTE_WORDS_MEASURE_H

#include "neume/taste_words.h"

#include "words_text.h"

typedef struct measure {
    neume_slot slot;
    char value[24];
    size_t units; /* how many it takes */
} measure;

/* The measure that begins at unit @p at; false: none. */
bool neume__measure_read(const units *u, size_t at, measure *out);
/* Its parts: each reads one kind. */
bool neume__key_read(const units *u, size_t at, measure *out);
/* A number in digits, Chinese numerals or English words from unit @p at; @return the units it takes, 0: none.
 * @param[out] digits how many digits it was written with, 0 if with a unit of ten or in English words */
size_t neume__number_read(const units *u, size_t at, int *value, int *digits);

bool neume__unit_is(const units *u, size_t at, const char *text);
/* How many units of @p phrase, whose units are apart by blanks, stand from @p at on; 0 unless all do. */
size_t neume__units_match(const units *u, size_t at, const char *phrase);
/* Is unit @p at one of the words in @p set, apart by blanks? */
bool neume__unit_is_in(const units *u, size_t at, const char *set);

#endif
