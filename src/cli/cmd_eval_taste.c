/* neume eval taste: how well does each algorithm recommend? */
#include "taste_options.h"

typedef struct settings {
    cli_common common;
    cli_list plays, test, tags;
    const char *algorithms, *model;
    double share;
    int k, seed;
    bool by_time, search;
    taste_wishes wishes;
} settings;

static void set_defaults(void *at) {
    settings *s = at;
    s->share = .2;
    s->k = 10;
    s->seed = 1;
    s->wishes = taste_wishes_none;
}

static neume_status print_row(const neume_taste_result *r, neume_buffer *out) {
    const neume_taste_scores *s = &r->scores;
    NEUME_TRY(neume_buffer_print(out, "%s", neume_taste_algorithm_name(r->options.algorithm)));
    for (int metric = 0; metric < NEUME_TASTE_METRICS; metric++)
        NEUME_TRY(neume_buffer_print(out, "\t%.4f", s->mean[metric]));
    return neume_buffer_print(out, "\t%.4f\t%.4f\t%.4f\t%.4f\t%.3f\t%.2f\t%.3f\t%.4f\t%.3f\t%.3f\n",
                              s->error[NEUME_TASTE_NDCG], r->to_best.difference, r->to_best.error, r->to_best.p,
                              s->coverage, s->novelty, s->diversity, s->cold_ndcg, r->train_s, r->answer_s);
}

static neume_status print_table(const neume_taste_result *results, size_t count, neume_buffer *out) {
    NEUME_TRY(neume_buffer_print(out, "algorithm"));
    for (int metric = 0; metric < NEUME_TASTE_METRICS; metric++)
        NEUME_TRY(neume_buffer_print(out, "\t%s", neume_taste_metric_name((neume_taste_metric)metric)));
    NEUME_TRY(neume_buffer_print(out, "\tndcg_error\tto_best\tto_best_error\tp\tcoverage\tnovelty\tdiversity\tcold_ndcg"
                                      "\ttrain_s\tanswer_s\n"));
    for (size_t i = 0; i < count; i++) NEUME_TRY(print_row(&results[i], out));
    return NEUME_OK;
}

static neume_status print_options(const neume_taste_options *o, neume_buffer *out) {
    return neume_buffer_print(out,
                              "\"options\": {\"weighting\": %d, \"neighbours\": %d, \"lambda\": %g, \"alpha\": %g, "
                              "\"beta\": %g, \"tag_weight\": %g, \"plays_power\": %g, \"factors\": %d, \"sweeps\": %d}",
                              (int)o->weighting, o->neighbours, o->regularisation, o->confidence, o->damping, o->tags,
                              o->plays_power, o->factors, o->sweeps);
}

static neume_status print_object(const neume_taste_result *r, neume_buffer *out) {
    const neume_taste_scores *s = &r->scores;
    NEUME_TRY(neume_buffer_print(out, "{\"algorithm\": \"%s\", \"users\": %lld",
                                 neume_taste_algorithm_name(r->options.algorithm), (long long)s->users));
    for (int metric = 0; metric < NEUME_TASTE_METRICS; metric++) {
        const char *name = neume_taste_metric_name((neume_taste_metric)metric);
        NEUME_TRY(neume_buffer_print(out, ", \"%s\": %.6f, \"%s_error\": %.6f", name, s->mean[metric], name,
                                     s->error[metric]));
    }
    NEUME_TRY(neume_buffer_print(
        out,
        ", \"coverage\": %.6f, \"novelty\": %.4f, \"diversity\": %.4f, \"cold_users\": %lld, "
        "\"cold_ndcg\": %.6f, \"cold_recall\": %.6f, \"to_best\": %.6f, \"to_best_error\": %.6f, "
        "\"p\": %.4f, \"train_s\": %.3f, \"answer_s\": %.3f, ",
        s->coverage, s->novelty, s->diversity, (long long)s->cold_users, s->cold_ndcg, s->cold_recall,
        r->to_best.difference, r->to_best.error, r->to_best.p, r->train_s, r->answer_s));
    NEUME_TRY(print_options(&r->options, out));
    return neume_buffer_print(out, "}\n");
}

static neume_status print_results(const settings *at, const neume_taste_result *results, size_t count,
                                  neume_buffer *out) {
    if (!at->common.json) return print_table(results, count, out);
    for (size_t i = 0; i < count; i++) NEUME_TRY(print_object(&results[i], out));
    return NEUME_OK;
}

static int run(const cli_call *call) {
    const settings *at = call->settings;
    const char *culprit = NULL;
    neume_taste_result *results = NULL;
    neume_buffer text = {0};
    size_t count = 0;
    cli_bar bar;
    if (call->count || (!at->plays.count && !at->model) || (at->model && !at->test.count))
        return cli_usage_error("usage: neume eval taste --plays FILE [--test FILE], or -m MODEL --test FILE");
    const neume_taste_trial trial = {
        .files = {at->plays.items, at->test.items, at->tags.items, at->plays.count, at->test.count, at->tags.count},
        .algorithms = at->algorithms,
        .model = at->model,
        .split = {at->share, at->by_time, (uint64_t)at->seed},
        .k = at->k,
        .search = at->search,
        .wishes = taste_wishes_of(&at->wishes),
    };
    cli_bar_start(&bar, &at->common, "measuring");
    const neume_progress progress = cli_bar_progress(&bar);
    neume_status status = neume_eval_taste(&trial, &progress, &culprit, &results, &count);
    cli_bar_end(&bar);
    if (!status) status = print_results(at, results, count, &text);
    neume_taste_results_free(results, count);
    if (!status) return cli_say(&text);
    neume_buffer_clear(&text);
    cli_complain(culprit);
    return culprit ? cli_exit_reading(status) : cli_exit_status(status);
}

static const cli_option options[] = {
    {"plays", 0, CLI_LIST, offsetof(settings, plays), "FILE", "lines of user, item, plays and, if known, time", NULL, 0,
     0},
    {"test", 0, CLI_LIST, offsetof(settings, test), "FILE", "the plays to be guessed; otherwise some are hidden", NULL,
     0, 0},
    {"tags", 0, CLI_LIST, offsetof(settings, tags), "FILE", "lines of item, tag and weight", NULL, 0, 0},
    {"algorithms", 'a', CLI_TEXT, offsetof(settings, algorithms), "NAME,NAME", "which ones; default all", NULL, 0, 0},
    {"model", 'm', CLI_TEXT, offsetof(settings, model), "MODEL", "measure this model on the files of --test", NULL, 0,
     0},
    {"hide", 0, CLI_NUMBER, offsetof(settings, share), "SHARE", "of each user's items; default 0.2", NULL, 1e-6,
     .999999},
    {"by-time", 0, CLI_FLAG, offsetof(settings, by_time), NULL, "hide each user's latest items instead of any", NULL, 0,
     0},
    {"split-seed", 0, CLI_INT, offsetof(settings, seed), "N", "of hiding; default 1", NULL, 0, 2147483647},
    {"k", 'k', CLI_INT, offsetof(settings, k), "K", "length of the lists; default 10", NULL, 1, 1000},
    {"search", 0, CLI_FLAG, offsetof(settings, search), NULL,
     "choose each algorithm's settings on a fifth of what is shown to it", NULL, 0, 0},
    TASTE_WISHES,
    {0},
};

const cli_verb cli_eval_taste = {
    "eval taste",
    "--plays FILE [--test FILE]",
    "score recommendations against what was really played",
    "Hides some of each user's items (or takes those of --test), trains on the rest, recommends k items out of all, "
    "and "
    "prints a line for each algorithm: precision, recall, F1, NDCG, MAP and hit rate at k, means over users; the "
    "standard "
    "error of NDCG; the difference in NDCG to the best algorithm, its error, and p of a paired test; coverage, novelty "
    "(bits), diversity; NDCG of items that nobody had played, ranked among such; seconds. Where tags were given by "
    "the same people whose plays are hidden, they tell a little about what is hidden.",
    "neume eval taste --plays train.tsv --test valid.tsv --tags tags.tsv",
    options,
    sizeof(settings),
    set_defaults,
    run};
