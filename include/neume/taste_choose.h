/** @file
 * Choosing from scores: what a list, a radio or a way between two songs is made of once every item has a score.
 *
 * Nothing here knows where scores come from. All functions are pure; any number of threads may call them.
 */
#ifndef NEUME_TASTE_CHOOSE_H
#define NEUME_TASTE_CHOOSE_H

#include "neume/taste.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Makes scores of mean 0 and deviation 1, so that two kinds can be added. Scores that are all alike become 0. */
NEUME_API void neume_taste_standardise(float *scores, int64_t count);

/** How alike two items are, 0 (nothing in common) .. 1 (the same). */
typedef double neume_taste_alike_fn(const void *context, int32_t a, int32_t b);
typedef struct neume_taste_alike {
    neume_taste_alike_fn *fn;
    const void *context;
} neume_taste_alike;

/** A list of good items that are not all alike: maximal marginal relevance (Carbonell & Goldstein 1998). Each next item
 * is the one with the greatest (1 - diversity) relevance - diversity (likeness to the most alike one chosen so far);
 * relevance is the score scaled to 0 .. 1 over the candidates.
 *
 * @param candidates (count) best first, as neume_taste_top() gives them
 * @param diversity  0 (the best) .. 1 (the most various)
 * @param[out] chosen in the order of choice, as many as the smaller of count and most; may not overlap the candidates
 * @retval NEUME_ENOMEM. Cost: O(count most) likenesses */
NEUME_API NEUME_MUST neume_status neume_taste_diversify(const neume_taste_hit *candidates, size_t count,
                                                        double diversity, const neume_taste_alike *alike, size_t most,
                                                        neume_taste_hit *chosen);

typedef struct neume_taste_journey {
    int32_t from, to;
    const float *like_from, *like_to; /**< (items) how well each item goes with either end, any scale */
    const uint8_t *excluded;          /**< (items) nonzero: not on the way; NULL = none */
    int64_t items;
    size_t steps; /**< with both ends, at least 2 */
} neume_taste_journey;
/** A way from one item to another in steps that listeners can follow: step k of n is the item that goes best with a
 * mixture of both ends, 1 - k/n of the one and k/n of the other, and with the item before. No item comes twice.
 * @param[out] way (steps) begins with from, ends with to @param[out] found fewer than steps when items run out
 * @retval NEUME_EINVAL fewer than 2 steps, or both ends are one @retval NEUME_ENOMEM. Cost: O(items steps) */
NEUME_API NEUME_MUST neume_status neume_taste_travel(const neume_taste_journey *journey, const neume_taste_alike *alike,
                                                     int32_t *way, size_t *found);

/** A whole number with mean 0 for publishing a count: two-sided geometric noise (Ghosh, Roughgarden & Sundararajan
 * 2009), which makes a count epsilon-differentially private when one person changes it by at most @p sensitivity. Whole
 * numbers have none of the holes of Laplace noise in floating point (Mironov 2012).
 * @param bits random, from a source that nobody can guess @param epsilon above 0 */
NEUME_API int64_t neume_taste_noise(const uint64_t bits[2], double epsilon, double sensitivity);

#ifdef __cplusplus
}
#endif
#endif
