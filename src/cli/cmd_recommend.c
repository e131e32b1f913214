/* neume recommend: what somebody may like. */
#include "cmd_recommend.h"

#include "neume/service_recommend.h"

enum { USERS_LIMIT_BYTES = 1 << 28 };

static void set_defaults(void *settings) {
    const neume_request usual = NEUME_REQUEST_DEFAULT;
    recommend_settings *at = settings;
    at->most = usual.count;
    at->diversity = usual.diversity;
    at->not_again_days = usual.not_again_days;
    at->seed = 1;
}

/* A table for a file of users, from a model's file alone. */
static int recommend_to_file(const recommend_settings *at) {
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
    cli_complain(culprit);
    return cli_exit_reading(status);
}

static int run(const cli_call *call) {
    const recommend_settings *at = call->settings;
    const bool asked = at->user || at->like || at->prompt || at->session || at->from || at->to;
    if (at->users || at->tsv) {
        if (!at->model || !at->users || !at->tsv || !at->most || asked || call->count)
            return cli_usage_error("usage: neume recommend -m MODEL --users FILE -n 10 --tsv");
        return recommend_to_file(at);
    }
    if (call->count || !asked)
        return cli_usage_error("usage: neume recommend --user U | --like ITEM | --prompt WORDS | --session A,B,C | "
                               "--from A --to B");
    if (!at->most && !at->radio) return cli_usage_error("only a radio goes on without end: -n 0 needs --radio");
    return cli_recommend_from_store(at);
}

static const cli_option options[] = {
    {"user", 'u', CLI_TEXT, offsetof(recommend_settings, user), "NAME", "for this listener, by name or pseudonym", NULL,
     0, 0},
    {"like", 0, CLI_TEXT, offsetof(recommend_settings, like), "ITEM", "like this item, by id or by name", NULL, 0, 0},
    {"prompt", 'p', CLI_TEXT, offsetof(recommend_settings, prompt), "WORDS",
     "as these words wish, in Chinese or English; or a query as it was understood, edited: 'mood=calm;not.style=pop'",
     NULL, 0, 0},
    {"session", 0, CLI_TEXT, offsetof(recommend_settings, session), "A,B,C",
     "after these items, heard just now, the last one last", NULL, 0, 0},
    {"from", 0, CLI_TEXT, offsetof(recommend_settings, from), "ITEM", "a way that begins with this item", NULL, 0, 0},
    {"to", 0, CLI_TEXT, offsetof(recommend_settings, to), "ITEM", "and ends with this one", NULL, 0, 0},
    {"radio", 0, CLI_FLAG, offsetof(recommend_settings, radio), NULL,
     "go on for ever (-n 0) or for so many, each item going with those before it", NULL, 0, 0},
    {"count", 'n', CLI_INT, offsetof(recommend_settings, most), "N", "how many; default 10", NULL, 0, 10000},
    {"explain", 'e', CLI_FLAG, offsetof(recommend_settings, explain), NULL, "say why, in the prompt's language", NULL,
     0, 0},
    {"diversity", 0, CLI_NUMBER, offsetof(recommend_settings, diversity), "D",
     "from 0, the best, to 1, the most various; default 0.2", NULL, 0, 1},
    {"novelty", 0, CLI_NUMBER, offsetof(recommend_settings, novelty), "N",
     "from -1, what everybody knows, to 1, what few know; default 0", NULL, -1, 1},
    {"not-again", 0, CLI_NUMBER, offsetof(recommend_settings, not_again_days), "DAYS",
     "leave out what the listener heard in the last DAYS days, not all that he knows", NULL, 0, 36500},
    {"seed", 0, CLI_INT, offsetof(recommend_settings, seed), "N", "of the radio's choice", NULL, 0, 2147483647},
    {"rewrite", 0, CLI_TEXT, offsetof(recommend_settings, rewrite), "URL",
     "let a language model behind this OpenAI-compatible URL read the prompt; without an answer the lexicon does", NULL,
     0, 0},
    {"rewrite-model", 0, CLI_TEXT, offsetof(recommend_settings, rewrite_model), "NAME",
     "the name of the model to ask for", NULL, 0, 0},
    {"model", 'm', CLI_TEXT, offsetof(recommend_settings, model), "MODEL",
     "a model that neume train taste wrote; else the store's own, which is brought up to date", NULL, 0, 0},
    CLI_STORE_OPTIONS(recommend_settings, store),
    {"users", 0, CLI_TEXT, offsetof(recommend_settings, users), "FILE",
     "with -m and --tsv and without a store: recommend to each of the users, one a line", NULL, 0, 0},
    {"tsv", 0, CLI_FLAG, offsetof(recommend_settings, tsv), NULL, "print user, rank, item and score apart by tabs",
     NULL, 0, 0},
    {0},
};

const cli_verb cli_recommend = {
    "recommend",
    "--user U | --like ITEM | --prompt WORDS | ...",
    "recommend music by people, by sound and by words",
    "What is asked for may be joined: --user U --prompt \"...\" fits the words to the listener. What a listener banned "
    "is "
    "never told, what he knows only with --not-again. The model is learnt from the store when it is first needed, and "
    "follows what is heard since. For batches: neume recommend -m MODEL --users FILE -n 10 --tsv prints for every user "
    "the "
    "items that he may like best, without those that he has; users whom the model does not know get what most people "
    "like.",
    "neume recommend --user alice --prompt 'quiet piano, no vocals' -n 10 --explain",
    options,
    sizeof(recommend_settings),
    set_defaults,
    run};
