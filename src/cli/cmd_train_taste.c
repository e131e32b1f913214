/* neume train taste: a model of taste from tables of plays, or from a store. */
#include "cli_store.h"
#include "taste_options.h"

typedef struct settings {
    cli_common common;
    cli_store store;
    cli_list plays, valid, tags;
    const char *algorithm, *output;
    bool search;
    taste_wishes wishes;
} settings;

static void set_defaults(void *at) {
    settings *s = at;
    s->algorithm = "auto";
    s->wishes = taste_wishes_none;
}

static int say_model(const settings *at, const neume_taste_model *model) {
    neume_buffer text = {0};
    const neume_taste_options *o = neume_taste_options_of(model);
    neume_status status = neume_buffer_print(
        &text,
        at->common.json ? "{\"algorithm\": \"%s\", \"users\": %lld, \"items\": %lld, \"plays\": %lld, \"tags\": %lld}\n"
                        : "%s: %lld users, %lld items, %lld plays, %lld tags\n",
        neume_taste_algorithm_name(o->algorithm), (long long)neume_ids_count(neume_taste_users(model)),
        (long long)neume_ids_count(neume_taste_items(model)),
        (long long)neume_taste_plays(model)->start[neume_taste_plays(model)->rows],
        (long long)neume_ids_count(neume_taste_tags(model)));
    if (status) return cli_exit_status(status);
    return cli_say(&text);
}

/* The model lies in the store afterwards, and in a file only if one is named. */
static int learn_from_store(const settings *at) {
    neume_store *store = NULL;
    cli_bar bar;
    const int opened = cli_store_open(&at->store, false, &store);
    if (opened) return opened;
    cli_bar_start(&bar, &at->common, "training");
    const neume_progress progress = cli_bar_progress(&bar);
    const neume_status status = neume_listening_learn(store, at->algorithm, at->output, &progress);
    cli_bar_end(&bar);
    neume_store_close(store);
    return status ? cli_store_complain(status) : EXIT_DONE;
}

static int run(const cli_call *call) {
    const settings *at = call->settings;
    if (at->store.path && !at->plays.count && !call->count) return learn_from_store(at);
    const char *culprit = NULL;
    neume_taste_model *model = NULL;
    cli_bar bar;
    if (!at->output || !at->plays.count || call->count)
        return cli_usage_error("usage: neume train taste --plays FILE -o MODEL | --store FILE");
    const neume_taste_training training = {
        .files = {at->plays.items, at->valid.items, at->tags.items, at->plays.count, at->valid.count, at->tags.count},
        .algorithm = at->algorithm,
        .search = at->search,
        .wishes = taste_wishes_of(&at->wishes),
        .seed = at->wishes.seed < 0 ? 1 : (uint64_t)at->wishes.seed,
    };
    cli_bar_start(&bar, &at->common, "training");
    const neume_progress progress = cli_bar_progress(&bar);
    neume_status status = neume_train_taste(&training, &progress, &culprit, &model);
    cli_bar_end(&bar);
    if (status) {
        cli_complain(culprit);
        return culprit ? cli_exit_reading(status) : cli_exit_status(status);
    }
    int result = EXIT_DONE;
    status = neume_taste_save(model, at->output);
    if (status) {
        cli_complain(at->output);
        result = cli_exit_writing(status);
    } else if (!at->common.quiet) {
        result = say_model(at, model);
    }
    neume_taste_free(model);
    return result;
}

static const cli_option options[] = {
    {"plays", 0, CLI_LIST, offsetof(settings, plays), "FILE",
     "lines of user, item, number of plays and, if known, the time in seconds since 1970; may be repeated", NULL, 0, 0},
    {"valid", 0, CLI_LIST, offsetof(settings, valid), "FILE",
     "more plays: settings are chosen on them, then the model learns from these too", NULL, 0, 0},
    {"tags", 0, CLI_LIST, offsetof(settings, tags), "FILE", "lines of item, tag and weight; may be repeated", NULL, 0,
     0},
    {"algorithm", 'a', CLI_CHOICE, offsetof(settings, algorithm), "NAME",
     "what learns; auto, the default, takes what does best on validation",
     "auto popularity random itemknn userknn rp3beta ease als bpr content hybrid", 0, 0},
    {"search", 0, CLI_FLAG, offsetof(settings, search), NULL,
     "try several values of each setting on validation: the files of --valid, or a fifth of the plays", NULL, 0, 0},
    TASTE_WISHES,
    {"seed", 0, CLI_INT, offsetof(settings, wishes) + offsetof(taste_wishes, seed), "N",
     "of whatever is left to chance", NULL, 0, 2147483647},
    {"output", 'o', CLI_TEXT, offsetof(settings, output), "MODEL", "the file to write", NULL, 0, 0},
    CLI_STORE_OPTIONS(settings, store),
    {0},
};

const cli_verb cli_train_taste = {
    "train taste",
    "--plays FILE -o MODEL | --store FILE",
    "learn what people like from what they played",
    "Learns to recommend. Columns are apart by tabs, or by commas; a first line of words is skipped. "
    "Algorithms: popularity and random (floors), itemknn (Sarwar 2001; cosine, TF-IDF, BM25), userknn, rp3beta (Paudel "
    "2017), ease (Steck 2019), als (Hu 2008), bpr (Rendle 2009), content (tags alone), hybrid (several, mixed for each "
    "user). The model's file holds the "
    "users' names as given, and what they played: names should be pseudonyms. "
    "With --store and without --plays it learns from all that the store has, and the model lies in the store: "
    "neume recommend does so itself while the store is small.",
    "neume train taste --plays train.tsv --tags tags.tsv --algorithm ease -o taste.gguf",
    options,
    sizeof(settings),
    set_defaults,
    run};
