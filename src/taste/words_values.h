/* The slots and which values each has. */
#ifndef NEUME_TASTE_WORDS_VALUES_H
#define NEUME_TASTE_WORDS_VALUES_H

#include "neume/taste_words.h"

/* @return NEUME_SLOTS when there is none of that name */
neume_slot neume__slot_find(const char *name, size_t length);
bool neume__value_is_valid(neume_slot slot, const char *value);

/* The point of valence and arousal that a wanted mood, activity or tempo stands for; false: none. */
bool neume__value_emotion(neume_slot slot, const char *value, double *valence, double *arousal);

/* Sets a query's valence and arousal to what its wishes imply. */
void neume__query_feel(neume_query *query);

#endif
