/** @file
 * How good recommendations are: splits, metrics, comparisons.
 *
 * A test hides some of each user's items, trains on the rest and asks for the best k. Every item is a candidate:
 * metrics over a sample of candidates rank algorithms wrongly (Krichene & Rendle 2020). Users without hidden items are
 * left out of every mean.
 */
#ifndef NEUME_TASTE_EVAL_H
#define NEUME_TASTE_EVAL_H

#include "neume/taste.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct neume_taste_split {
    double share;  /**< of each user's items that is hidden, above 0, below 1; at least one of two */
    bool by_time;  /**< hide each user's latest instead of any; wants times */
    uint64_t seed; /**< for hiding any */
} neume_taste_split;
/** Two data sets with the same names: what is shown and what is hidden. Tags and features go with both. */
NEUME_API NEUME_MUST neume_status neume_taste_data_split(neume_taste_data *data, const neume_taste_split *split,
                                                         neume_taste_data **shown, neume_taste_data **hidden);

typedef enum neume_taste_metric {
    NEUME_TASTE_PRECISION, /**< hits / k */
    NEUME_TASTE_RECALL,    /**< hits / hidden */
    NEUME_TASTE_F1,
    NEUME_TASTE_NDCG, /**< gain 1 / log2(rank + 1), over the best possible for min(k, hidden) (Jarvelin 2002) */
    NEUME_TASTE_MAP,  /**< mean over hits of precision at their rank, over min(k, hidden) */
    NEUME_TASTE_HIT,  /**< any hit at all */
    NEUME_TASTE_METRICS,
} neume_taste_metric;
NEUME_API const char *neume_taste_metric_name(neume_taste_metric metric); /**< "precision", ... NULL past the last */

typedef struct neume_taste_scores {
    int64_t users;                        /**< with hidden items */
    double mean[NEUME_TASTE_METRICS];     /**< over users, each 0 .. 1 */
    double error[NEUME_TASTE_METRICS];    /**< standard error of the mean */
    double *of_user[NEUME_TASTE_METRICS]; /**< (users) in the order of their numbers */
    double coverage;                      /**< share of the items played at training that anybody is recommended */
    double novelty;                       /**< mean over recommended of -log2(share of users who played it) */
    double diversity;                     /**< mean over pairs in a list of 1 - cosine of their tags, else listeners */
    int64_t cold_users;                   /**< with hidden items that nobody played at training */
    double cold_ndcg, cold_recall;        /**< of those items, ranked among such items only */
} neume_taste_scores;
NEUME_API void neume_taste_scores_clear(neume_taste_scores *scores); /**< back to `{0}` */

/** Recommends @p k items to every user that @p hidden knows and compares. Users and items that the model does not know
 * are missed.
 * @param[out] out replaced; clear it */
NEUME_API NEUME_MUST neume_status neume_taste_measure(const neume_taste_model *model, neume_taste_data *hidden,
                                                      int64_t k, neume_taste_scores *out);
/** Metrics of one list: for tests and other uses. @param ranked (count) items best first @param hidden (hidden_count)
 * @param k the length the list should have */
NEUME_API void neume_taste_judge(const int32_t *ranked, int64_t count, const int32_t *hidden, int64_t hidden_count,
                                 int64_t k, double out[NEUME_TASTE_METRICS]);

/** Are a's users served better than b's? Both measured on the same hidden data. */
typedef struct neume_taste_comparison {
    double difference, error; /**< mean of a - b over users, its standard error */
    double p;                 /**< two-sided, of a paired test with 10,000 random changes of sign (Fisher 1935) */
} neume_taste_comparison;
NEUME_API NEUME_MUST neume_status neume_taste_compare(const neume_taste_scores *a, const neume_taste_scores *b,
                                                      neume_taste_metric metric, neume_taste_comparison *out);

/** Tries the values that are worth trying for the algorithm, one setting after the other, and keeps what has the
 * highest NDCG at @p k. @param[in,out] options what is not searched for is kept */
NEUME_API NEUME_MUST neume_status neume_taste_search_on(neume_taste_data *shown, neume_taste_data *hidden, int64_t k,
                                                        const neume_progress *progress, neume_taste_options *options);
/** The same on a split of @p data. */
NEUME_API NEUME_MUST neume_status neume_taste_search(neume_taste_data *data, const neume_taste_split *split, int64_t k,
                                                     const neume_progress *progress, neume_taste_options *options);

#ifdef __cplusplus
}
#endif
#endif
