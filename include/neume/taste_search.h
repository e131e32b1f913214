/** @file
 * Texts found by texts: a description asked for, descriptions ranked.
 *
 * The ground is Okapi BM25 (Robertson & Zaragoza 2009). Beside the words themselves (fields, each with its own weight)
 * there may be words without their endings, pairs of neighbours, and the concepts that the lexicon reads in a text:
 * "no voices" and "instrumental" are both vocals=no.
 */
#ifndef NEUME_TASTE_SEARCH_H
#define NEUME_TASTE_SEARCH_H

#include "neume/taste_words.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct neume_search_options {
    double k1, b;      /**< how soon repetition saturates, how much length counts against a text */
    bool stems;        /**< English words without their endings */
    bool damped_query; /**< a word said n times in the question counts 1 + ln n, not n */
    double pairs;      /**< weight of pairs of neighbouring words, 0 = none */
    double concepts;   /**< weight of the lexicon's concepts, 0 = none */
    double idf_power;  /**< 1 = BM25's idf as it is; below, rare terms count less */
} neume_search_options;
/** BM25 alone: k1 1.2, b .75, words as they are written, in lower case. */
NEUME_API neume_search_options neume_search_plain(void);
/** What neume searches with; tuned on other clips than the ones that docs/prompts.md reports. */
NEUME_API neume_search_options neume_search_expanded(void);

typedef struct neume_search neume_search;
/** Indexes texts. @param words  NULL when no concepts are asked for; else only read, now and at each question
 * @param texts (count) copied in what matters; a text longer than NEUME_PROMPT_LONGEST_BYTES is cut there */
NEUME_API NEUME_MUST neume_status neume_search_new(const neume_words *words, const neume_search_options *options,
                                                   const char *const *texts, size_t count, neume_search **out);
NEUME_API void neume_search_free(neume_search *search);
/** How well each text answers. @param[out] scores (count) 0 where nothing is shared */
NEUME_API NEUME_MUST neume_status neume_search_score(const neume_search *search, const char *text, float *scores);

#ifdef __cplusplus
}
#endif
#endif
