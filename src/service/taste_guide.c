/* A guide: the catalogue in memory, the model, and a request answered. */
#include "taste_guide.h"

#include "taste_learn.h"

#include <math.h>
#include <string.h>
#include <time.h>

/* Candidates from which a various list is chosen. */
enum { LEAST_CANDIDATES = 100, CANDIDATES_EACH = 5, MOST_WANTED = 10000 };

/* --- making one --------------------------------------------------------------------------------------------------- */

static neume_status find_in_model(neume_guide *guide) {
    const int64_t count = guide->catalogue->count;
    guide->in_model = neume__alloc((size_t)(count + 1) * sizeof *guide->in_model);
    guide->popularity = neume__calloc((size_t)count + 1, sizeof *guide->popularity);
    if (!guide->in_model || !guide->popularity) return NEUME_ENOMEM;
    const neume_ids *ids = guide->model ? neume_taste_items(guide->model) : NULL;
    guide->model_items = ids ? neume_ids_count(ids) : 0;
    for (int64_t i = 0; i < count; i++)
        guide->in_model[i] = ids ? (int32_t)neume_ids_find(ids, guide->catalogue->items[i].id) : -1;
    return NEUME_OK;
}

/* How many have heard each item, as the model's plays tell. */
static neume_status count_listeners(neume_guide *guide) {
    const neume_sparse *plays = guide->model ? neume_taste_plays(guide->model) : NULL;
    float *listeners = neume__calloc((size_t)guide->model_items + 1, sizeof *listeners);
    if (!listeners) return NEUME_ENOMEM;
    for (int64_t i = 0; plays && i < plays->start[plays->rows]; i++)
        if (plays->value[i] > 0) listeners[plays->column[i]]++;
    for (int64_t i = 0; i < guide->catalogue->count; i++) {
        const int32_t at = guide->in_model[i];
        guide->catalogue->items[i].listeners = at < 0 ? 0 : (double)listeners[at];
        guide->popularity[i] = (float)log1p(guide->catalogue->items[i].listeners);
    }
    neume_taste_standardise(guide->popularity, guide->catalogue->count);
    neume__free(listeners);
    return NEUME_OK;
}

neume_status neume_guide_new(neume_store *store, const char *model_path, const neume_progress *progress,
                             neume_guide **out) {
    neume_guide *guide = neume__calloc(1, sizeof *guide);
    neume_status status = guide ? NEUME_OK : NEUME_ENOMEM;
    if (status) return status;
    guide->store = store;
    NEUME_GO(taste_catalogue_read(store, &guide->catalogue));
    if (!guide->catalogue->count) {
        status = neume_fail(NEUME_ENOTFOUND, "%s: empty; neume taste import fills it, neume taste demo invents one",
                            neume_store_path(store));
        goto fail;
    }
    NEUME_GO(model_path ? neume_taste_load(model_path, &guide->model)
                        : taste_model_of(store, guide->catalogue, progress, &guide->model));
    NEUME_GO(find_in_model(guide));
    NEUME_GO(count_listeners(guide));
    *out = guide;
    return NEUME_OK;
fail:
    neume_guide_free(guide);
    return status;
}

void neume_guide_free(neume_guide *guide) {
    if (!guide) return;
    taste_catalogue_free(guide->catalogue);
    neume_taste_free(guide->model);
    neume_matcher_free(guide->matcher);
    neume_words_free(guide->words);
    neume__free(guide->in_model);
    neume__free(guide->popularity);
    neume__free(guide);
}

/* --- a request looked up ------------------------------------------------------------------------------------------ */

static neume_status check_numbers(const neume_request *request) {
    if (request->count < 1 || request->count > MOST_WANTED)
        return neume_fail(NEUME_EINVAL, "from 1 to %d items can be wanted", MOST_WANTED);
    if (!(request->diversity >= 0 && request->diversity <= 1) || !(fabs(request->novelty) <= 1))
        return neume_fail(NEUME_EINVAL, "diversity lies between 0 and 1, novelty between -1 and 1");
    if (!request->from != !request->to) return neume_fail(NEUME_EINVAL, "a way needs both ends");
    if (!request->user && !request->like && !request->session_count && !request->prompt && !request->from)
        return neume_fail(NEUME_EINVAL, "for whom, like what, or which words?");
    return NEUME_OK;
}

/* Bans are always left out; what he knows, or only what he heard of late, besides. */
static bool leave_out(const taste_opinion *opinion, const neume_request *request, int64_t now_s) {
    if (opinion->banned) return true;
    if (request->not_again_days < 0) return true;
    return opinion->last_s > 0 && (double)(now_s - opinion->last_s) < request->not_again_days * 86400;
}

static neume_status add_user(neume_guide *guide, const neume_request *request, taste_wanted *out) {
    const int64_t now_s = request->now_s ? request->now_s : (int64_t)time(NULL);
    taste_opinions opinions = {0};
    int64_t user = 0;
    NEUME_TRY(neume_store_find_user(guide->store, request->user, &user));
    NEUME_TRY(taste_opinions_read(guide->store, guide->catalogue, user, &opinions));
    neume_status status = NEUME_OK;
    for (size_t i = 0; i < opinions.count && !status; i++) {
        const taste_opinion *opinion = &opinions.at[i];
        if (leave_out(opinion, request, now_s)) out->excluded[opinion->item] = 1;
        if (opinion->weight > 0 || opinion->weight < 0)
            status = taste_entries_add(&out->history, opinion->item, opinion->weight);
    }
    taste_opinions_clear(&opinions);
    out->own_count = out->history.count;
    return status;
}

/* What is named now counts more than what was heard once: as much as all of the listener's past. */
static neume_status add_named(const neume_guide *guide, const char *words, double weight, taste_wanted *out) {
    int32_t item = 0;
    double past = 0;
    NEUME_TRY(taste_catalogue_find(guide->catalogue, words, &item));
    for (size_t i = 0; i < out->own_count; i++) past += fmax(0, (double)out->history.at[i].weight);
    out->excluded[item] = 1;
    return taste_entries_add(&out->history, item, (float)(weight * fmax(1, past)));
}

/* The last one heard counts fully, each before it less. */
static neume_status add_session(const neume_guide *guide, const neume_request *request, taste_wanted *out) {
    double weight = 1;
    for (size_t i = request->session_count; i-- > 0; weight *= .8)
        NEUME_TRY(add_named(guide, request->session[i], weight, out));
    return NEUME_OK;
}

static neume_status add_likes(const neume_guide *guide, taste_wanted *out) {
    int32_t likes[TASTE_MOST_LIKES];
    for (size_t i = 0; i < out->query.count; i++) {
        const neume_wish *wish = &out->query.wishes[i];
        if (wish->slot != NEUME_SLOT_LIKE || wish->excluded) continue;
        const size_t count = taste_likes_of(guide->catalogue, wish->value, likes);
        for (size_t k = 0; k < count; k++)
            NEUME_TRY(taste_entries_add(&out->history, likes[k], (float)(1.0 / (double)count)));
    }
    return NEUME_OK;
}

static neume_status read_prompt(const neume_guide *guide, const neume_request *request, neume_query *out) {
    const char *prompt = request->prompt;
    const size_t count = strlen(prompt);
    if (strchr(prompt, '=') && neume_query_parse(prompt, count, out) == NEUME_OK) return NEUME_OK;
    if (!request->rewrite) return neume_words_understand(guide->words, prompt, count, out);
    return neume_words_rewrite(guide->words, request->rewrite, prompt, count, out, NULL);
}

/* What has something that is not wanted is left out; what else fits how well is kept. */
static neume_status understand(neume_guide *guide, const neume_request *request, taste_wanted *out) {
    const size_t items = (size_t)guide->catalogue->count;
    if (!guide->words) NEUME_TRY(neume_words_new(&guide->words));
    if (!guide->matcher) NEUME_TRY(taste_matcher_of(guide->catalogue, guide->words, &guide->matcher));
    NEUME_TRY(read_prompt(guide, request, &out->query));
    out->fit = neume__alloc((items + 1) * sizeof *out->fit);
    uint8_t *hidden = neume__calloc(items + 1, 1);
    neume_status status = out->fit && hidden ? NEUME_OK : NEUME_ENOMEM;
    if (!status) status = neume_matcher_score(guide->matcher, &out->query, out->fit, hidden);
    for (size_t i = 0; i < items && !status; i++) out->excluded[i] |= hidden[i];
    neume__free(hidden);
    return status ? status : add_likes(guide, out);
}

neume_status taste_wanted_read(neume_guide *guide, const neume_request *request, taste_wanted *out) {
    *out = (taste_wanted){.request = request, .query = neume_query_none()};
    NEUME_TRY(check_numbers(request));
    neume_status status;
    out->excluded = neume__calloc((size_t)guide->catalogue->count + 1, 1);
    NEUME_GO(out->excluded ? NEUME_OK : NEUME_ENOMEM);
    if (request->user) NEUME_GO(add_user(guide, request, out));
    if (request->like) NEUME_GO(add_named(guide, request->like, 1, out));
    NEUME_GO(add_session(guide, request, out));
    if (request->prompt) NEUME_GO(understand(guide, request, out));
    return NEUME_OK;
fail:
    taste_wanted_clear(out);
    return status;
}

void taste_wanted_clear(taste_wanted *wanted) {
    neume__free(wanted->history.at);
    neume__free(wanted->excluded);
    neume__free(wanted->fit);
    neume_query_clear(&wanted->query);
    *wanted = (taste_wanted){0};
}

/* --- scores ------------------------------------------------------------------------------------------------------- */

/* Tags and features beside people, when there are people; alone they carry everything. */
static const double content_counts = .3;
/* What is said counts more than what was heard, and much more than what most people hear. */
static const double prompt_share = .8, prompt_share_alone = .95;
/* Likeness is reckoned to the heaviest of a history. */
enum { MOST_LIKENED = 24 };

static neume_status score_by_model(const neume_guide *guide, const taste_entries *history, float *scores) {
    float *all = neume__alloc((size_t)(guide->model_items + 1) * sizeof *all);
    neume_taste_entry *known = neume__alloc((history->count + 1) * sizeof *known);
    size_t count = 0;
    neume_status status = all && known ? NEUME_OK : NEUME_ENOMEM;
    for (size_t i = 0; i < history->count && !status; i++) {
        const int32_t item = guide->in_model[history->at[i].item];
        if (item >= 0) known[count++] = (neume_taste_entry){item, history->at[i].weight};
    }
    if (!status) status = neume_taste_score(guide->model, known, count, all);
    float least = 0;
    for (int64_t i = 0; i < guide->model_items && !status; i++) least = fminf(least, all[i]);
    for (int64_t i = 0; i < guide->catalogue->count && !status; i++)
        scores[i] = guide->in_model[i] >= 0 ? all[guide->in_model[i]] : least;
    neume__free(all);
    neume__free(known);
    return status;
}

/* The largest magnitudes of a history first, at most MOST_LIKENED. */
static size_t heaviest(const taste_entries *history, neume_taste_entry out[MOST_LIKENED]) {
    size_t count = 0;
    for (size_t i = 0; i < history->count; i++) {
        const neume_taste_entry entry = history->at[i];
        size_t at = count;
        while (at > 0 && fabsf(out[at - 1].weight) < fabsf(entry.weight)) at--;
        if (at >= MOST_LIKENED) continue;
        if (count < MOST_LIKENED) count++;
        memmove(out + at + 1, out + at, (count - at - 1) * sizeof *out);
        out[at] = entry;
    }
    return count;
}

static void score_by_likeness(const neume_guide *guide, const taste_entries *history, float *scores) {
    neume_taste_entry heavy[MOST_LIKENED];
    const size_t count = heaviest(history, heavy);
    for (int32_t i = 0; i < guide->catalogue->count; i++) {
        double sum = 0;
        for (size_t k = 0; k < count; k++)
            sum += (double)heavy[k].weight * taste_alike(guide->catalogue, i, heavy[k].item);
        scores[i] = (float)sum;
    }
    neume_taste_standardise(scores, guide->catalogue->count);
}

static void add_scaled(float *to, const float *from, double scale, int64_t count) {
    for (int64_t i = 0; i < count; i++) to[i] += (float)(scale * (double)from[i]);
}

neume_status taste_score_history(const neume_guide *guide, const taste_entries *history, float *scores) {
    const int64_t count = guide->catalogue->count;
    if (!guide->model) {
        score_by_likeness(guide, history, scores);
        return NEUME_OK;
    }
    NEUME_TRY(score_by_model(guide, history, scores));
    neume_taste_standardise(scores, count);
    if (!history->count) return NEUME_OK;
    float *likeness = neume__alloc((size_t)(count + 1) * sizeof *likeness);
    if (!likeness) return NEUME_ENOMEM;
    score_by_likeness(guide, history, likeness);
    add_scaled(scores, likeness, content_counts, count);
    neume__free(likeness);
    return NEUME_OK;
}

neume_status taste_score_wanted(const neume_guide *guide, const taste_wanted *wanted, float *scores) {
    const int64_t count = guide->catalogue->count;
    NEUME_TRY(taste_score_history(guide, &wanted->history, scores));
    const double share = wanted->history.count ? prompt_share : prompt_share_alone;
    if (wanted->fit) neume_scores_blend(scores, wanted->fit, wanted->excluded, count, share);
    add_scaled(scores, guide->popularity, -wanted->request->novelty, count);
    return NEUME_OK;
}

/* --- answers ------------------------------------------------------------------------------------------------------ */

static neume_status choose_list(const neume_guide *guide, const taste_wanted *wanted, neume_taste_hit *chosen,
                                size_t *found) {
    const int64_t items = guide->catalogue->count;
    const size_t most = (size_t)wanted->request->count;
    const size_t pool = most * CANDIDATES_EACH > LEAST_CANDIDATES ? most * CANDIDATES_EACH : LEAST_CANDIDATES;
    const neume_taste_alike alike = {taste_alike, guide->catalogue};
    float *scores = neume__alloc((size_t)(items + 1) * sizeof *scores);
    neume_taste_hit *candidates = neume__alloc(pool * sizeof *candidates);
    neume_status status = scores && candidates ? taste_score_wanted(guide, wanted, scores) : NEUME_ENOMEM;
    if (!status) {
        const size_t count = neume_taste_top(scores, items, wanted->excluded, (int64_t)pool, candidates);
        status = neume_taste_diversify(candidates, count, wanted->request->diversity, &alike, most, chosen);
        *found = count < most ? count : most;
    }
    neume__free(scores);
    neume__free(candidates);
    return status;
}

static neume_status score_end(const neume_guide *guide, const char *words, int32_t *item, float *scores) {
    taste_entries history = {0};
    NEUME_TRY(taste_catalogue_find(guide->catalogue, words, item));
    neume_status status = taste_entries_add(&history, *item, 1);
    if (!status) status = taste_score_history(guide, &history, scores);
    neume__free(history.at);
    return status;
}

/* A way has as many items as are wanted, both ends with them. */
static neume_status choose_way(const neume_guide *guide, const taste_wanted *wanted, neume_taste_hit *chosen,
                               size_t *found) {
    const size_t items = (size_t)guide->catalogue->count, steps = (size_t)wanted->request->count;
    const neume_taste_alike alike = {taste_alike, guide->catalogue};
    neume_taste_journey journey = {.items = guide->catalogue->count, .excluded = wanted->excluded, .steps = steps};
    float *scores = neume__alloc(2 * items * sizeof *scores);
    int32_t *way = neume__alloc(steps * sizeof *way);
    neume_status status = scores && way ? NEUME_OK : NEUME_ENOMEM;
    if (!status) status = score_end(guide, wanted->request->from, &journey.from, scores);
    if (!status) status = score_end(guide, wanted->request->to, &journey.to, scores + items);
    journey.like_from = scores;
    journey.like_to = scores + items;
    if (!status) status = neume_taste_travel(&journey, &alike, way, found);
    for (size_t i = 0; i < *found && !status; i++)
        chosen[i] = (neume_taste_hit){way[i], (float)taste_alike(guide->catalogue, way[i], journey.to)};
    neume__free(scores);
    neume__free(way);
    return status;
}

static neume_status fill_answer(const neume_guide *guide, const taste_wanted *wanted, const neume_taste_hit *chosen,
                                size_t count, neume_answer *answer) {
    NEUME_TRY(neume_arena_new(&answer->arena));
    answer->items = neume_arena_alloc(answer->arena, (count + 1) * sizeof *answer->items);
    if (!answer->items) return NEUME_ENOMEM;
    for (; answer->count < count; answer->count++)
        NEUME_TRY(taste_suggest(guide, wanted, chosen[answer->count].item, (double)chosen[answer->count].score,
                                answer->arena, &answer->items[answer->count]));
    if (!wanted->fit) return NEUME_OK;
    neume_buffer text = {0};
    neume_status status = neume_buffer_append(&text, "", 0);
    if (!status) status = neume_query_print(&wanted->query, &text);
    if (!status && !(answer->understood = neume_arena_alloc(answer->arena, text.size + 1))) status = NEUME_ENOMEM;
    if (!status) memcpy(answer->understood, text.data, text.size + 1);
    neume_buffer_clear(&text);
    return status;
}

neume_status neume_guide_recommend(neume_guide *guide, const neume_request *request, neume_answer *out) {
    taste_wanted wanted;
    neume_answer answer = {0};
    size_t found = 0;
    NEUME_TRY(taste_wanted_read(guide, request, &wanted));
    neume_taste_hit *chosen = neume__alloc((size_t)request->count * sizeof *chosen);
    neume_status status = chosen ? NEUME_OK : NEUME_ENOMEM;
    if (!status) status = (request->from ? choose_way : choose_list)(guide, &wanted, chosen, &found);
    if (!status) status = fill_answer(guide, &wanted, chosen, found, &answer);
    neume__free(chosen);
    taste_wanted_clear(&wanted);
    if (status) {
        neume_answer_clear(&answer);
        return status;
    }
    neume_answer_clear(out);
    *out = answer;
    return NEUME_OK;
}

void neume_answer_clear(neume_answer *answer) {
    neume_arena_free(answer->arena);
    *answer = (neume_answer){0};
}
