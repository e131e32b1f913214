/* A model: the facts it was trained on, and the part that learnt from them. */
#include "model.h"

#include <string.h>

neume_status neume__taste_of_facts(taste_facts *facts, const neume_taste_options *options,
                                   const neume_progress *progress, neume_taste_model **out) {
    neume_status status;
    neume_taste_model *model = neume__calloc(1, sizeof *model);
    if (!model) return NEUME_ENOMEM;
    if (!neume__sparse_cells(&facts->plays)) {
        neume__free(model);
        return neume_fail(NEUME_EINVAL, "there are no plays to learn from");
    }
    NEUME_GO(neume__part_learn(&model->part, options, facts, progress));
    model->facts = *facts;
    *facts = (taste_facts){0};
    *out = model;
    return NEUME_OK;
fail:
    neume__free(model);
    return status;
}

neume_status neume_taste_train(neume_taste_data *data, const neume_taste_options *options,
                               const neume_progress *progress, neume_taste_model **out) {
    const taste_facts *facts = NULL;
    taste_facts copy = {0};
    NEUME_TRY(neume__data_facts(data, &facts));
    NEUME_TRY(neume__facts_copy(facts, &copy));
    const neume_status status = neume__taste_of_facts(&copy, options, progress, out);
    neume__facts_clear(&copy);
    return status;
}

void neume_taste_free(neume_taste_model *model) {
    if (!model) return;
    neume__part_clear(&model->part);
    neume__facts_clear(&model->facts);
    neume__free(model);
}

const neume_taste_options *neume_taste_options_of(const neume_taste_model *model) {
    return &model->part.options;
}

const neume_ids *neume_taste_users(const neume_taste_model *model) {
    return model->facts.users;
}

const neume_ids *neume_taste_items(const neume_taste_model *model) {
    return model->facts.items;
}

const neume_ids *neume_taste_tags(const neume_taste_model *model) {
    return model->facts.tags;
}

const neume_sparse *neume_taste_plays(const neume_taste_model *model) {
    return &model->facts.plays;
}

const neume_sparse *neume_taste_item_tags(const neume_taste_model *model) {
    return &model->facts.item_tags;
}

/* --- asking ------------------------------------------------------------------------------------------------------- */

/* A history of the caller's, sorted, in memory that is freed with it. */
typedef struct own_history {
    neume_taste_entry *entries;
    taste_history history;
} own_history;

static neume_status take_history(const neume_taste_model *model, const neume_taste_entry *list, size_t count,
                                 own_history *own) {
    own->entries = neume__alloc(count * sizeof *own->entries);
    if (!own->entries) return NEUME_ENOMEM;
    const neume_status status =
        neume__history_of_list(list, count, neume__facts_items(&model->facts), own->entries, &own->history);
    if (status) neume__free(own->entries);
    return status;
}

/* Nobody's taste is everybody's: without a history the most popular come first, whatever the algorithm. */
neume_status neume__taste_score_history(const neume_taste_model *model, const taste_history *history, float *scores) {
    const neume_sparse *plays = &model->facts.plays;
    if (history->count || model->part.options.algorithm == NEUME_TASTE_RANDOM)
        return neume__part_score(&model->part, &model->facts, history, 1, scores);
    memset(scores, 0, (size_t)plays->columns * sizeof *scores);
    for (int64_t at = 0; at < neume__sparse_cells(plays); at++)
        if (plays->value[at] > 0) scores[plays->column[at]] += 1;
    return NEUME_OK;
}

neume_status neume_taste_score(const neume_taste_model *model, const neume_taste_entry *history, size_t count,
                               float *scores) {
    own_history own;
    NEUME_TRY(take_history(model, history, count, &own));
    const neume_status status = neume__taste_score_history(model, &own.history, scores);
    neume__free(own.entries);
    return status;
}

static neume_status recommend(const neume_taste_model *model, const neume_taste_query *query,
                              const taste_history *history, neume_taste_hit *hits, size_t *count) {
    neume_status status = NEUME_ENOMEM;
    const size_t items = (size_t)neume__facts_items(&model->facts);
    float *scores = neume__alloc(items * sizeof *scores);
    uint8_t *excluded = neume__calloc(items, 1);
    if (!scores || !excluded) goto fail;
    if (query->excluded) memcpy(excluded, query->excluded, items);
    for (size_t i = 0; !query->known_too && i < history->count; i++) excluded[history->entries[i].item] = 1;
    NEUME_GO(neume__taste_score_history(model, history, scores));
    *count = neume_taste_top(scores, (int64_t)items, excluded, query->most, hits);
fail:
    neume__free(scores);
    neume__free(excluded);
    return status;
}

neume_status neume_taste_recommend(const neume_taste_model *model, const neume_taste_query *query,
                                   neume_taste_hit *hits, size_t *count) {
    own_history own;
    NEUME_TRY(take_history(model, query->history, query->count, &own));
    const neume_status status = recommend(model, query, &own.history, hits, count);
    neume__free(own.entries);
    return status;
}

neume_status neume_taste_similar(const neume_taste_model *model, int32_t item, int64_t most, neume_taste_hit *hits,
                                 size_t *count) {
    const neume_taste_entry entry = {item, 1};
    return neume_taste_recommend(model, &(neume_taste_query){.history = &entry, .count = 1, .most = most}, hits, count);
}

neume_status neume_taste_explain(const neume_taste_model *model, const neume_taste_entry *history, size_t count,
                                 int32_t item, neume_taste_hit *reasons, size_t *found) {
    const size_t items = (size_t)neume__facts_items(&model->facts);
    own_history own;
    float *scores = NULL;
    neume_taste_entry *rest = NULL;
    if (item < 0 || (size_t)item >= items) return neume_fail(NEUME_EINVAL, "item %d is none of the model's", item);
    NEUME_TRY(take_history(model, history, count, &own));
    neume_status status = NEUME_ENOMEM;
    scores = neume__alloc(items * sizeof *scores);
    rest = neume__alloc(count * sizeof *rest);
    if (!scores || !rest) goto fail;
    NEUME_GO(neume__taste_score_history(model, &own.history, scores));
    const float whole = scores[item];
    for (size_t i = 0; i < own.history.count; i++) {
        const size_t left = own.history.count - 1;
        memcpy(rest, own.entries, i * sizeof *rest);
        memcpy(rest + i, own.entries + i + 1, (left - i) * sizeof *rest);
        NEUME_GO(neume__part_score(&model->part, &model->facts, &(taste_history){rest, left}, 1, scores));
        reasons[i] = (neume_taste_hit){own.entries[i].item, whole - scores[item]};
    }
    neume__hits_sort(reasons, own.history.count);
    *found = own.history.count;
fail:
    neume__free(rest);
    neume__free(scores);
    neume__free(own.entries);
    return status;
}

neume_status neume_taste_history(const neume_taste_model *model, const char *user, neume_taste_entry **out,
                                 size_t *count) {
    const int64_t row = neume_ids_find(model->facts.users, user);
    *out = NULL;
    *count = 0;
    if (row < 0) return NEUME_OK;
    neume_taste_entry *entries = neume__alloc((size_t)neume__sparse_length(&model->facts.plays, row) * sizeof *entries);
    if (!entries) return NEUME_ENOMEM;
    *count = neume__history_of_row(&model->facts.plays, row, entries).count;
    *out = entries;
    return NEUME_OK;
}

void neume_taste_history_free(neume_taste_entry *history) {
    neume__free(history);
}

/* --- change ------------------------------------------------------------------------------------------------------- */

static void replace(neume_taste_model *model, taste_facts *facts, taste_part *part) {
    neume__part_clear(&model->part);
    neume__facts_clear(&model->facts);
    model->facts = *facts;
    model->part = *part;
}

static neume_status add_events(taste_facts *facts, const neume_taste_event *events, size_t count) {
    taste_cells cells = {0};
    const int64_t items_before = neume__facts_items(facts);
    neume_status status = NEUME_OK;
    for (size_t i = 0; !status && i < count; i++) {
        taste_cell cell = {0};
        status = neume__event_cell(facts, &events[i], &cell);
        if (!status) status = neume__cells_add(&cells, cell);
    }
    if (!status) status = neume__facts_add_plays(facts, &cells);
    if (!status && neume__facts_items(facts) > items_before) status = neume__facts_add_tags(facts, &(taste_cells){0});
    if (!status) status = neume__facts_widen_features(facts, items_before);
    neume__cells_clear(&cells);
    return status;
}

neume_status neume_taste_update(neume_taste_model *model, const neume_taste_event *events, size_t count) {
    neume_status status;
    taste_facts facts = {0};
    taste_part part = {0};
    NEUME_TRY(neume__facts_copy(&model->facts, &facts));
    NEUME_GO(add_events(&facts, events, count));
    NEUME_GO(neume__part_follow(&part, &facts, &model->part, &model->facts));
    replace(model, &facts, &part);
    return NEUME_OK;
fail:
    neume__facts_clear(&facts);
    return status;
}

neume_status neume_taste_forget(neume_taste_model *model, const char *const *users, size_t count) {
    taste_facts facts = {0};
    taste_part part = {0};
    size_t known = 0;
    uint8_t *leave_out = neume__calloc((size_t)neume__facts_users(&model->facts) + 1, 1);
    if (!leave_out) return NEUME_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        const int64_t row = neume_ids_find(model->facts.users, users[i]);
        if (row >= 0) leave_out[row] = 1, known++;
    }
    neume_status status = known ? neume__facts_without(&model->facts, leave_out, &facts) : NEUME_OK;
    neume__free(leave_out);
    if (status || !known) return status;
    NEUME_GO(neume__part_learn(&part, &model->part.options, &facts, NULL));
    replace(model, &facts, &part);
    return NEUME_OK;
fail:
    neume__facts_clear(&facts);
    return status;
}
