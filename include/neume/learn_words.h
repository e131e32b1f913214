/** @file
 * How well words are understood: prompts against what a reader would fill in, captions against the lists of aspects
 * that the same people wrote.
 */
#ifndef NEUME_LEARN_WORDS_H
#define NEUME_LEARN_WORDS_H

#include "neume/taste_search.h"

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

/** The searches that are compared. */
enum {
    NEUME_CAPTIONS_PLAIN,    /**< neume_search_plain() */
    NEUME_CAPTIONS_DAMPED,   /**< the same, with the question's repeated words damped: BM25 at its best here */
    NEUME_CAPTIONS_EXPANDED, /**< neume_search_expanded() */
    NEUME_CAPTIONS_SEARCHES,
};

/** How well captions find the list of aspects of their own clip. */
typedef struct neume_caption_scores {
    size_t clips;
    double mrr[NEUME_CAPTIONS_SEARCHES];   /**< mean reciprocal rank */
    double first[NEUME_CAPTIONS_SEARCHES]; /**< share of captions whose own list comes first */
    double difference;                     /**< mrr of expanded less that of damped */
    double standard_error;                 /**< of the difference, paired by caption */
} neume_caption_scores;

/** Chooses clips of a table of MusicCaps (CSV with the columns caption and aspect_list) by a seed and ranks, for each
 * caption, the aspect lists of all chosen clips; lists with equal scores share the middle of their ranks.
 * @param clips  how many are chosen; all, when there are fewer
 * @retval NEUME_EFORMAT no such columns, or no clip at all */
NEUME_MUST neume_status neume_captions_score(const neume_words *words, const char *csv, size_t bytes, size_t clips,
                                             uint64_t seed, neume_caption_scores *out);

#ifdef __cplusplus
}
#endif
#endif
