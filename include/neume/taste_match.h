/** @file
 * Which items of a catalogue fit a query, how well, and why: what people call the music (tags, title, artist) is read
 * with the same lexicon as the query, so that an item tagged "chillout" answers a wish for calm.
 *
 * Threads: items are added by one; afterwards any number may ask.
 */
#ifndef NEUME_TASTE_MATCH_H
#define NEUME_TASTE_MATCH_H

#include "neume/taste_words.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What is known of an item; borrowed for the call. Text may be NULL. */
typedef struct neume_match_item {
    const char *title, *artist;
    const char *const *tags;
    const float *tag_weights; /**< NULL = all alike; those not above 0 are left out */
    size_t tag_count;
    int year;                /**< 0 = not known */
    double tempo_bpm;        /**< 0 = not known */
    double valence, arousal; /**< -1 .. 1; NAN = not known */
} neume_match_item;

typedef struct neume_matcher neume_matcher;
/** @param words borrowed, must outlive the matcher */
NEUME_API NEUME_MUST neume_status neume_matcher_new(const neume_words *words, neume_matcher **out);
NEUME_API void neume_matcher_free(neume_matcher *matcher);
/** Adds an item; its number is how many were added before. Each different tag is read once. */
NEUME_API NEUME_MUST neume_status neume_matcher_add(neume_matcher *matcher, const neume_match_item *item);
NEUME_API int64_t neume_matcher_count(const neume_matcher *matcher);

/** How well each item fits: the share of what is wished that it has, by weight, 0 .. 1, and a little for finer tags and
 * for being near in emotion.
 * @param[out] scores   (items)
 * @param[out] excluded (items) or NULL: 1 where an item has what the query excludes, else 0
 * Cost: one pass over all items' facts. */
NEUME_API NEUME_MUST neume_status neume_matcher_score(const neume_matcher *matcher, const neume_query *query,
                                                      float *scores, uint8_t *excluded);

/** Appends why an item answers a query, in the prompt's language: "calm, piano, as you asked",
 * "符合你的要求：平静、钢琴". Nothing when it has nothing of what was wished. */
NEUME_API NEUME_MUST neume_status neume_matcher_explain(const neume_matcher *matcher, const neume_query *query,
                                                        int64_t item, neume_buffer *out);

/** Blends a query's scores into others, e.g. those of a listener's profile: each is brought to mean 0 and deviation 1
 * over the items that are not excluded, then scores = (1 - share) scores + share query_scores.
 * @param      share    0 .. 1 how much the query counts
 * @param      excluded (count) or NULL; excluded items keep what they had
 * @param[out] scores   (count) in place */
NEUME_API void neume_scores_blend(float *scores, const float *query_scores, const uint8_t *excluded, int64_t count,
                                  double share);

#ifdef __cplusplus
}
#endif
#endif
