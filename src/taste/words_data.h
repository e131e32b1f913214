/* Texts of this folder that are compiled in (cmake/embed_texts.cmake writes words_data.c from them). */
#ifndef NEUME_TASTE_WORDS_DATA_H
#define NEUME_TASTE_WORDS_DATA_H

#include <stddef.h>

extern const char neume__lexicon[]; /* lexicon_*.tsv, one behind the other */
extern const size_t neume__lexicon_bytes;
extern const char neume__traditional[]; /* traditional.txt */
extern const size_t neume__traditional_bytes;

#endif
