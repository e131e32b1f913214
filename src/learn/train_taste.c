/* A model of taste from tables of plays: settings chosen on validation, then learnt from everything. */
#include "taste_files.h"

#include <string.h>

static const double validation_share = .2;

/* What "auto" chooses among: the ones that win somewhere. */
static const neume_taste_algorithm contenders[] = {NEUME_TASTE_ITEMKNN, NEUME_TASTE_RP3BETA, NEUME_TASTE_EASE,
                                                   NEUME_TASTE_ALS, NEUME_TASTE_HYBRID};
enum { CONTENDERS = sizeof contenders / sizeof *contenders, K = 10 };

static neume_status measure(neume_taste_data *shown, neume_taste_data *hidden, const neume_taste_options *options,
                            double *ndcg) {
    neume_taste_model *model = NULL;
    neume_taste_scores scores = {0};
    NEUME_TRY(neume_taste_train(shown, options, NULL, &model));
    const neume_status status = neume_taste_measure(model, hidden, K, &scores);
    *ndcg = scores.mean[NEUME_TASTE_NDCG];
    neume_taste_scores_clear(&scores);
    neume_taste_free(model);
    return status;
}

static neume_status choose_algorithm(neume_taste_data *shown, neume_taste_data *hidden,
                                     const neume_taste_training *training, const neume_progress *progress,
                                     neume_taste_options *options) {
    double highest = -1;
    for (int i = 0; i < CONTENDERS; i++) {
        double ndcg = 0;
        neume_taste_options candidate = neume_taste_defaults(contenders[i]);
        neume__taste_wishes_apply(&training->wishes, &candidate);
        neume__progress(progress, i, CONTENDERS + 1);
        NEUME_TRY(measure(shown, hidden, &candidate, &ndcg));
        if (ndcg > highest) {
            highest = ndcg;
            *options = candidate;
        }
    }
    return NEUME_OK;
}

static neume_status choose(neume_taste_data *shown, neume_taste_data *hidden, const neume_taste_training *training,
                           const neume_progress *progress, neume_taste_options *options) {
    if (strcmp(training->algorithm, "auto") == 0)
        NEUME_TRY(choose_algorithm(shown, hidden, training, progress, options));
    return training->search ? neume_taste_search_on(shown, hidden, K, progress, options) : NEUME_OK;
}

/* Choosing sees the plays and the held files apart; without held files, the plays split. */
static neume_status choose_on_files(const neume_taste_training *training, const neume_progress *progress,
                                    const char **culprit, neume_taste_options *options) {
    neume_taste_data *data = NULL, *held = NULL, *shown = NULL, *hidden = NULL;
    neume_status status;
    NEUME_TRY(neume__taste_files_read(&training->files, culprit, &data, &held));
    if (training->files.held_count) {
        status = choose(data, held, training, progress, options);
    } else {
        const neume_taste_split split = {.share = validation_share, .seed = training->seed};
        status = neume_taste_data_split(data, &split, &shown, &hidden);
        if (!status) status = choose(shown, hidden, training, progress, options);
    }
    neume_taste_data_free(data);
    neume_taste_data_free(held);
    neume_taste_data_free(shown);
    neume_taste_data_free(hidden);
    return status;
}

neume_status neume_train_taste(const neume_taste_training *training, const neume_progress *progress,
                               const char **culprit, neume_taste_model **model) {
    const bool automatic = strcmp(training->algorithm, "auto") == 0;
    neume_taste_algorithm algorithm = NEUME_TASTE_EASE;
    neume_taste_data *data = NULL;
    *culprit = NULL;
    if (!automatic) NEUME_TRY(neume_taste_algorithm_find(training->algorithm, &algorithm));
    neume_taste_options options = neume_taste_defaults(algorithm);
    neume__taste_wishes_apply(&training->wishes, &options);
    if (automatic || training->search) NEUME_TRY(choose_on_files(training, progress, culprit, &options));
    NEUME_TRY(neume__taste_files_read(&training->files, culprit, &data, NULL));
    const neume_status status = neume_taste_train(data, &options, progress, model);
    neume_taste_data_free(data);
    return status;
}
