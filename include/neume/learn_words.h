/** @file
 * How well words are understood: prompts against what a reader would fill in, captions against the lists of aspects
 * that the same people wrote.
 */
#ifndef NEUME_LEARN_WORDS_H
#define NEUME_LEARN_WORDS_H

#include "neume/taste_words.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { NEUME_PROMPT_LANGUAGES = 8 };

/** What a set of prompts came to; F1 = 2 both / (truth + estimate), over all values of all slots at once. */
typedef struct neume_prompt_scores {
    char language[16]; /**< "" = all */
    size_t prompts;
    neume_query_counts counts;
} neume_prompt_scores;

/** Understands each prompt of a table with the columns prompt, language, slots (as neume_query_print() writes them).
 * @param[out] scores (NEUME_PROMPT_LANGUAGES + 1) all first, then each language as it comes
 * @param[out] count  how many of them
 * @param      misses NULL, or grows by a line a prompt that was not understood as told: the prompt, what was missed,
 * what was read into it
 * @retval NEUME_EFORMAT with the line */
NEUME_MUST neume_status neume_prompts_score(const neume_words *words, const char *table, size_t bytes,
                                            neume_prompt_scores *scores, size_t *count, neume_buffer *misses);

#ifdef __cplusplus
}
#endif
#endif
