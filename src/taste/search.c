/* Settings by trial: each algorithm has a table of a few that are worth trying, and validation chooses. */
#include "model.h"

#include "neume/taste_eval.h"

/* A number of the options and the values to try; one number is searched after the other, the best kept. */
typedef struct trial {
    neume_taste_algorithm algorithm;
    enum { WHOLE, NUMBER, CHOICE } kind;
    size_t offset;
    double values[6];
    int count;
} trial;

#define FIELD(name) offsetof(neume_taste_options, name)
static const trial trials[] = {
    {NEUME_TASTE_ITEMKNN, CHOICE, FIELD(weighting), {NEUME_TASTE_COSINE, NEUME_TASTE_TFIDF, NEUME_TASTE_BM25}, 3},
    {NEUME_TASTE_ITEMKNN, WHOLE, FIELD(neighbours), {20, 50, 100, 200, 500}, 5},
    {NEUME_TASTE_ITEMKNN, NUMBER, FIELD(plays_power), {0, .5, 1}, 3},
    {NEUME_TASTE_USERKNN, WHOLE, FIELD(neighbours), {50, 100, 200, 400}, 4},
    {NEUME_TASTE_USERKNN, NUMBER, FIELD(plays_power), {0, .5, 1}, 3},
    {NEUME_TASTE_RP3BETA, NUMBER, FIELD(damping), {0, .2, .4, .6, .8}, 5},
    {NEUME_TASTE_RP3BETA, NUMBER, FIELD(plays_power), {0, 1}, 2},
    {NEUME_TASTE_EASE, NUMBER, FIELD(regularisation), {50, 100, 200, 400, 800}, 5},
    {NEUME_TASTE_EASE, NUMBER, FIELD(plays_power), {0, .5, 1, 1.5}, 4},
    {NEUME_TASTE_HYBRID, NUMBER, FIELD(tags), {2, 3, 4, 6}, 4},
    {NEUME_TASTE_HYBRID, NUMBER, FIELD(plays_power), {.5, .7, 1}, 3},
    {NEUME_TASTE_ALS, NUMBER, FIELD(confidence), {.5, 1, 2, 4, 8}, 5},
    {NEUME_TASTE_ALS, NUMBER, FIELD(regularisation), {2, 5, 10, 15, 30}, 5},
    {NEUME_TASTE_ALS, WHOLE, FIELD(factors), {32, 64, 96, 128}, 4},
    {NEUME_TASTE_BPR, WHOLE, FIELD(sweeps), {100, 200, 400}, 3},
    {NEUME_TASTE_BPR, NUMBER, FIELD(regularisation), {.003, .01, .03}, 3},
    {NEUME_TASTE_CONTENT, NUMBER, FIELD(plays_power), {0, .5, 1, 1.5}, 4},
};
#undef FIELD
enum { TRIALS = sizeof trials / sizeof *trials };

static void set(neume_taste_options *options, const trial *t, double value) {
    char *at = (char *)options + t->offset;
    if (t->kind == NUMBER)
        *(double *)(void *)at = value;
    else if (t->kind == WHOLE)
        *(int *)(void *)at = (int)value;
    else
        *(neume_taste_weighting *)(void *)at = (neume_taste_weighting)value;
}

static double get(const neume_taste_options *options, const trial *t) {
    const char *at = (const char *)options + t->offset;
    if (t->kind == NUMBER) return *(const double *)(const void *)at;
    return t->kind == WHOLE ? *(const int *)(const void *)at : (double)*(const neume_taste_weighting *)(const void *)at;
}

/* NDCG of one setting. */
static neume_status try_out(const taste_facts *shown, const taste_facts *hidden, int64_t k,
                            const neume_taste_options *options, double *out) {
    taste_facts copy = {0};
    neume_taste_model *model = NULL;
    neume_taste_scores scores = {0};
    NEUME_TRY(neume__facts_copy(shown, &copy));
    neume_status status = neume__taste_of_facts(&copy, options, NULL, &model);
    if (!status) status = neume__taste_measure(model, hidden, k, &scores);
    if (!status) *out = scores.mean[NEUME_TASTE_NDCG];
    neume_taste_scores_clear(&scores);
    neume_taste_free(model);
    neume__facts_clear(&copy);
    return status;
}

static neume_status search(const taste_facts *shown, const taste_facts *hidden, int64_t k,
                           const neume_progress *progress, neume_taste_options *options) {
    neume_taste_options best = *options;
    double highest = 0;
    NEUME_TRY(try_out(shown, hidden, k, &best, &highest));
    for (int t = 0; t < TRIALS; t++) {
        neume__progress(progress, t, TRIALS);
        if (trials[t].algorithm != options->algorithm) continue;
        const neume_taste_options before = best;
        for (int v = 0; v < trials[t].count; v++) {
            neume_taste_options candidate = before;
            double ndcg = 0;
            if (get(&before, &trials[t]) == trials[t].values[v]) continue;
            set(&candidate, &trials[t], trials[t].values[v]);
            NEUME_TRY(try_out(shown, hidden, k, &candidate, &ndcg));
            if (ndcg <= highest) continue;
            highest = ndcg;
            best = candidate;
        }
    }
    *options = best;
    return NEUME_OK;
}

neume_status neume_taste_search_on(neume_taste_data *shown, neume_taste_data *hidden, int64_t k,
                                   const neume_progress *progress, neume_taste_options *options) {
    const taste_facts *shown_facts = NULL, *hidden_facts = NULL;
    NEUME_TRY(neume__data_facts(shown, &shown_facts));
    NEUME_TRY(neume__data_facts(hidden, &hidden_facts));
    return search(shown_facts, hidden_facts, k, progress, options);
}

neume_status neume_taste_search(neume_taste_data *data, const neume_taste_split *split, int64_t k,
                                const neume_progress *progress, neume_taste_options *options) {
    const taste_facts *facts = NULL;
    taste_facts shown = {0}, hidden = {0};
    NEUME_TRY(neume__data_facts(data, &facts));
    NEUME_TRY(neume__facts_split(facts, split, &shown, &hidden));
    const neume_status status = search(&shown, &hidden, k, progress, options);
    neume__facts_clear(&shown);
    neume__facts_clear(&hidden);
    return status;
}
