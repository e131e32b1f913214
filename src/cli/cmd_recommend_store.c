/* neume recommend, from a store: for a listener, like an item, by words, after a session, as a radio, from one item to
 * another. */
#include "cmd_recommend.h"

#include <stdlib.h>
#include <string.h>

/* --- the request -------------------------------------------------------------------------------------------------- */

/* "a,b,c" as three items; what is copied is freed with one call. */
typedef struct session {
    char *text;
    const char **items;
    size_t count, capacity;
} session;

static neume_status split_session(const char *words, session *out) {
    out->text = neume__strdup(words);
    if (!out->text) return NEUME_ENOMEM;
    for (char *at = out->text, *next = NULL; at; at = next) {
        next = strchr(at, ',');
        if (next) *next++ = '\0';
        if (!*at) continue;
        NEUME_TRY(neume__grow((void **)&out->items, &out->capacity, out->count + 1, sizeof *out->items));
        out->items[out->count++] = at;
    }
    return NEUME_OK;
}

static void clear_session(session *at) {
    neume__free(at->text);
    neume__free((void *)at->items);
}

static neume_request request_of(const recommend_settings *at, const session *heard) {
    neume_request request = NEUME_REQUEST_DEFAULT;
    request.user = at->user;
    request.like = at->like;
    request.session = heard->items;
    request.session_count = heard->count;
    request.prompt = at->prompt;
    request.from = at->from;
    request.to = at->to;
    request.count = at->most > 0 ? at->most : 1;
    request.diversity = at->diversity;
    request.novelty = at->novelty;
    request.not_again_days = at->not_again_days;
    request.explain = at->explain;
    request.seed = (uint64_t)at->seed;
    return request;
}

/* --- a radio ------------------------------------------------------------------------------------------------------ */

/* Each item is said as soon as it is chosen; without a number it goes on until it is stopped, or nobody reads. */
static int play(const recommend_settings *at, neume_guide *guide, const neume_request *request) {
    neume_radio *radio = NULL;
    neume_status status = neume_radio_new(guide, request, &radio);
    int result = EXIT_DONE;
    for (int played = 0; !status && !result && !neume_cancelled() && (at->most == 0 || played < at->most); played++) {
        neume_suggestion next;
        neume_buffer line = {0};
        status = neume_radio_next(radio, &next);
        if (!status) status = neume_suggestion_print(&next, (size_t)played + 1, at->common.json, &line);
        if (!status)
            result = cli_say(&line);
        else
            neume_buffer_clear(&line);
    }
    neume_radio_free(radio);
    return status ? cli_store_complain(status) : result;
}

/* --- a list or a way ---------------------------------------------------------------------------------------------- */

static int answer(const recommend_settings *at, neume_guide *guide, const neume_request *request) {
    neume_answer found = {0};
    neume_buffer text = {0};
    neume_status status = neume_guide_recommend(guide, request, &found);
    if (!status) status = neume_answer_print(&found, at->common.json, &text);
    neume_answer_clear(&found);
    if (!status) return cli_say(&text);
    neume_buffer_clear(&text);
    return cli_store_complain(status);
}

int cli_recommend_from_store(const recommend_settings *at) {
    neume_store *store = NULL;
    neume_guide *guide = NULL;
    session heard = {0};
    cli_bar bar;
    int result = cli_store_open(&at->store, false, &store);
    if (result) return result;
    cli_bar_start(&bar, &at->common, "learning");
    const neume_progress progress = cli_bar_progress(&bar);
    neume_status status = at->session ? split_session(at->session, &heard) : NEUME_OK;
    if (!status) status = neume_guide_new(store, at->model, &progress, &guide);
    cli_bar_end(&bar);
    if (status) {
        result = cli_store_complain(status);
    } else {
        const neume_rewrite rewrite = {at->rewrite, at->rewrite_model, getenv("NEUME_REWRITE_KEY"), 0};
        neume_request request = request_of(at, &heard);
        if (at->rewrite) request.rewrite = &rewrite;
        result = (at->radio ? play : answer)(at, guide, &request);
    }
    neume_guide_free(guide);
    neume_store_close(store);
    clear_session(&heard);
    return result;
}
