/** @file
 * Taste learnt and measured from files: what `neume train taste` and `neume eval taste` do.
 */
#ifndef NEUME_LEARN_TASTE_H
#define NEUME_LEARN_TASTE_H

#include "neume/taste.h"
#include "neume/taste_eval.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Tables to read, see neume_taste_data_read_plays(). */
typedef struct neume_taste_files {
    const char *const *plays, *const *held, *const *tags; /**< held: for validation or as the test; may be none */
    size_t plays_count, held_count, tags_count;
} neume_taste_files;

/** What the user asks for instead of the defaults; below 0: not told. */
typedef struct neume_taste_wishes {
    double regularisation, confidence, damping, tags, plays_power;
    int factors, sweeps, neighbours;
    int64_t seed;
    int weighting; /**< a neume_taste_weighting */
} neume_taste_wishes;
extern const neume_taste_wishes neume_taste_no_wishes;

typedef struct neume_taste_training {
    neume_taste_files files;
    const char *algorithm; /**< a name, or "auto": what does best on validation */
    bool search;           /**< choose the settings on validation: the held files, or a fifth of the plays */
    neume_taste_wishes wishes;
    uint64_t seed; /**< of the split when there are no held files */
} neume_taste_training;
/** Reads, chooses, and learns from all plays, the held ones too. @param culprit the file a failure is about, or NULL
 * @param[out] model free with neume_taste_free() */
NEUME_API NEUME_MUST neume_status neume_train_taste(const neume_taste_training *training,
                                                    const neume_progress *progress, const char **culprit,
                                                    neume_taste_model **model);

/** One algorithm, measured. */
typedef struct neume_taste_result {
    neume_taste_options options;
    neume_taste_scores scores;
    double train_s, answer_s;       /**< seconds to train; to answer all users */
    neume_taste_comparison to_best; /**< of NDCG with the best one's, which has 0 */
} neume_taste_result;
typedef struct neume_taste_trial {
    neume_taste_files files;
    const char *algorithms;  /**< names apart by commas; NULL = all, the floors too */
    const char *model;       /**< measure this file instead of training; wants held files */
    neume_taste_split split; /**< when there are no held files */
    int64_t k;
    bool search; /**< choose each one's settings on a fifth of what is shown */
    neume_taste_wishes wishes;
} neume_taste_trial;
/** @param[out] results (*count) in the order asked; free with neume_taste_results_free() */
NEUME_API NEUME_MUST neume_status neume_eval_taste(const neume_taste_trial *trial, const neume_progress *progress,
                                                   const char **culprit, neume_taste_result **results, size_t *count);
NEUME_API void neume_taste_results_free(neume_taste_result *results, size_t count);

#ifdef __cplusplus
}
#endif
#endif
