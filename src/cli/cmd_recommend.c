/* neume recommend: what somebody may like. */
#include "cli.h"

#include "neume/service_recommend.h"

enum { USERS_LIMIT_BYTES = 1 << 28 };

typedef struct settings {
    cli_common common;
    const char *model, *users;
    int most;
    bool tsv;
} settings;

static void set_defaults(void *at) {
    ((settings *)at)->most = 10;
}

static int exit_complaining(const char *file, neume_status status) {
    cli_complain(file);
    return cli_exit_reading(status);
}

/* A table for a file of users. */
static int recommend_to_file(const settings *at) {
    neume_taste_model *model = NULL;
    neume_buffer users = {0}, table = {0};
    const char *culprit = at->model;
    neume_status status = neume_taste_load(at->model, &model);
    if (!status) status = neume_file_read(culprit = at->users, USERS_LIMIT_BYTES, &users);
    if (!status) status = neume_recommend_table(model, users.data ? users.data : "", at->most, &table);
    neume_taste_free(model);
    neume_buffer_clear(&users);
    if (!status) return cli_say(&table);
    neume_buffer_clear(&table);
    return exit_complaining(culprit, status);
}

static int run(const cli_call *call) {
    const settings *at = call->settings;
    if (!at->model || !at->users || !at->tsv || call->count)
        return cli_usage_error("usage: neume recommend -m MODEL --users FILE -n 10 --tsv");
    return recommend_to_file(at);
}

static const cli_option options[] = {
    {"model", 'm', CLI_TEXT, offsetof(settings, model), "MODEL", "a model that neume train taste wrote", NULL, 0, 0},
    {"users", 0, CLI_TEXT, offsetof(settings, users), "FILE", "recommend to each of the users, one a line", NULL, 0, 0},
    {"count", 'n', CLI_INT, offsetof(settings, most), "N", "how many items for each user; default 10", NULL, 1, 1000},
    {"tsv", 0, CLI_FLAG, offsetof(settings, tsv), NULL, "print user, rank, item and score apart by tabs", NULL, 0, 0},
    {0},
};

const cli_verb cli_recommend = {
    "recommend",
    "-m MODEL --users FILE --tsv",
    "recommend items to users",
    "Prints for every user the items that he may like best, without those that he has. Users "
    "whom the model does not know get what most people like.",
    "neume recommend -m taste.gguf --users users.txt -n 10 --tsv",
    options,
    sizeof(settings),
    set_defaults,
    run};
