/* The lexicon in memory: rows (what a phrase means) and phrases, found by their units. */
#ifndef NEUME_TASTE_WORDS_LEXICON_H
#define NEUME_TASTE_WORDS_LEXICON_H

#include "neume/taste_words.h"

#include "words_text.h"

/* What a phrase does to its neighbours; the head of lexicon_grammar.tsv explains each. */
typedef enum word_role {
    ROLE_NONE,
    ROLE_NOT,
    ROLE_EXCEPT,
    ROLE_NOT_BACK,
    ROLE_BUT,
    ROLE_SOFT,
    ROLE_ALSO,
    ROLE_LIKE,
    ROLE_BY,
    ROLE_LIKE_END,
    ROLE_FORM,
    ROLE_STRONG,
    ROLE_SLIGHT,
    ROLE_OR,
    ROLES,
} word_role;

typedef struct sense {
    neume_slot slot;
    const char *value;
} sense;

typedef struct lexicon_row {
    word_role role;
    uint32_t senses, sense_count;  /* words->senses[senses ..]: what it means, */
    uint32_t denied_count;         /* and behind that what its denial means; none: its senses, excluded */
    const char *english, *chinese; /* the first phrase of each language, "" if none */
} lexicon_row;

typedef struct phrase {
    const char *key; /* neume__units_key() */
    uint32_t length, row;
    bool stemmed, single_word;
} phrase;

struct neume_words {
    neume_arena *arena; /* all text */
    lexicon_row *rows;
    size_t row_count, row_capacity;
    sense *senses;
    size_t sense_count, sense_capacity;
    phrase *phrases;
    size_t phrase_count, phrase_capacity;
    uint32_t *slots; /* of a hash table with open addressing: number of a phrase + 1 */
    size_t slot_count;
    size_t longest_units;
    size_t told_count; /* phrases without the stemmed copies */
};

/* @return the row of a key, NULL if there is none */
const lexicon_row *neume__words_find(const neume_words *words, const char *key, size_t length, bool stemmed);

/* A word of six letters or more that is one slip (Damerau 1964) away from a phrase of one word, or NULL. */
const lexicon_row *neume__words_guess(const neume_words *words, const char *word, size_t length);

#endif
