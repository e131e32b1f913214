/* Algorithms of taste side by side, on one split, against floors. */
#include "taste_files.h"

#include <string.h>

static const double inner_share = .2; /* of what is shown, for choosing settings */

typedef struct arena_of_trial {
    neume_taste_data *shown, *hidden;
    const neume_taste_trial *trial;
} arena_of_trial;

static neume_status read_trial(const neume_taste_trial *trial, const char **culprit, arena_of_trial *out) {
    neume_taste_data *data = NULL, *held = NULL;
    NEUME_TRY(neume__taste_files_read(&trial->files, culprit, &data, &held));
    neume_status status = NEUME_OK;
    if (trial->files.held_count) {
        out->shown = data;
        out->hidden = held;
        return NEUME_OK;
    }
    status = neume_taste_data_split(data, &trial->split, &out->shown, &out->hidden);
    neume_taste_data_free(data);
    neume_taste_data_free(held);
    return status;
}

static neume_status measure(const arena_of_trial *at, const neume_taste_model *model, neume_taste_result *result) {
    const double start_s = neume_clock_s();
    NEUME_TRY(neume_taste_measure(model, at->hidden, at->trial->k, &result->scores));
    result->answer_s = neume_clock_s() - start_s;
    return NEUME_OK;
}

static neume_status run_one(const arena_of_trial *at, neume_taste_algorithm algorithm, neume_taste_result *result) {
    neume_taste_model *model = NULL;
    neume_taste_options *options = &result->options;
    *options = neume_taste_defaults(algorithm);
    neume__taste_wishes_apply(&at->trial->wishes, options);
    if (at->trial->search) {
        const neume_taste_split inner = {.share = inner_share, .seed = at->trial->split.seed + 1};
        NEUME_TRY(neume_taste_search(at->shown, &inner, at->trial->k, NULL, options));
    }
    const double start_s = neume_clock_s();
    NEUME_TRY(neume_taste_train(at->shown, options, NULL, &model));
    result->train_s = neume_clock_s() - start_s;
    const neume_status status = measure(at, model, result);
    neume_taste_free(model);
    return status;
}

static neume_status measure_model(const arena_of_trial *at, const char **culprit, neume_taste_result *result) {
    neume_taste_model *model = NULL;
    *culprit = at->trial->model;
    NEUME_TRY(neume_taste_load(at->trial->model, &model));
    *culprit = NULL;
    result->options = *neume_taste_options_of(model);
    const neume_status status = measure(at, model, result);
    neume_taste_free(model);
    return status;
}

/* The next name of a list apart by commas. @return false at its end */
static bool take_name(const char **list, char *name, size_t capacity) {
    const size_t length = strcspn(*list, ",");
    if (!**list) return false;
    snprintf(name, capacity, "%.*s", (int)length, *list);
    *list += length + ((*list)[length] == ',');
    return true;
}

static neume_status list_algorithms(const char *names, neume_taste_algorithm *out, size_t *count) {
    char name[64];
    for (int i = 0; !names && i < NEUME_TASTE_ALGORITHMS; i++) out[(*count)++] = (neume_taste_algorithm)i;
    while (names && take_name(&names, name, sizeof name)) {
        if (*count == NEUME_TASTE_ALGORITHMS) return neume_fail(NEUME_EINVAL, "an algorithm is named twice");
        NEUME_TRY(neume_taste_algorithm_find(name, &out[(*count)++]));
    }
    return *count ? NEUME_OK : neume_fail(NEUME_EINVAL, "no algorithm is named");
}

static neume_status compare_to_best(neume_taste_result *results, size_t count) {
    size_t best = 0;
    for (size_t i = 1; i < count; i++)
        if (results[i].scores.mean[NEUME_TASTE_NDCG] > results[best].scores.mean[NEUME_TASTE_NDCG]) best = i;
    for (size_t i = 0; i < count; i++) {
        results[i].to_best = (neume_taste_comparison){0, 0, 1};
        if (i != best && results[i].scores.users > 1)
            NEUME_TRY(
                neume_taste_compare(&results[i].scores, &results[best].scores, NEUME_TASTE_NDCG, &results[i].to_best));
    }
    return NEUME_OK;
}

static neume_status run_all(const arena_of_trial *at, const neume_progress *progress, const char **culprit,
                            neume_taste_result *results, size_t *count) {
    neume_taste_algorithm algorithms[NEUME_TASTE_ALGORITHMS];
    if (at->trial->model) {
        *count = 1;
        return measure_model(at, culprit, results);
    }
    NEUME_TRY(list_algorithms(at->trial->algorithms, algorithms, count));
    for (size_t i = 0; i < *count; i++) {
        NEUME_TRY(run_one(at, algorithms[i], &results[i]));
        neume__progress(progress, (double)(i + 1), (double)*count);
    }
    return compare_to_best(results, *count);
}

neume_status neume_eval_taste(const neume_taste_trial *trial, const neume_progress *progress, const char **culprit,
                              neume_taste_result **results, size_t *count) {
    arena_of_trial at = {.trial = trial};
    size_t made = 0;
    *culprit = NULL;
    neume_taste_result *all = neume__calloc(NEUME_TASTE_ALGORITHMS, sizeof *all);
    if (!all) return NEUME_ENOMEM;
    neume_status status = read_trial(trial, culprit, &at);
    if (!status) status = run_all(&at, progress, culprit, all, &made);
    neume_taste_data_free(at.shown);
    neume_taste_data_free(at.hidden);
    if (status) {
        neume_taste_results_free(all, NEUME_TASTE_ALGORITHMS);
        return status;
    }
    *results = all;
    *count = made;
    return NEUME_OK;
}

void neume_taste_results_free(neume_taste_result *results, size_t count) {
    for (size_t i = 0; i < count; i++) neume_taste_scores_clear(&results[i].scores);
    neume__free(results);
}
