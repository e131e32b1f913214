/* Data while it is gathered: what has settled into matrices, and the cells that wait. */
#include "facts.h"

#include <math.h>

struct neume_taste_data {
    taste_facts facts;
    taste_cells plays, tags; /* not yet in facts */
    int64_t feature_rows;    /* items for which facts.features has room */
};

neume_status neume_taste_data_new(neume_taste_data **out) {
    neume_taste_data *data = neume__calloc(1, sizeof *data);
    if (!data) return NEUME_ENOMEM;
    const neume_status status = neume__facts_init(&data->facts);
    if (status) {
        neume__free(data);
        return status;
    }
    *out = data;
    return NEUME_OK;
}

void neume_taste_data_free(neume_taste_data *data) {
    if (!data) return;
    neume__facts_clear(&data->facts);
    neume__cells_clear(&data->plays);
    neume__cells_clear(&data->tags);
    neume__free(data);
}

neume_status neume__data_of_facts(taste_facts *facts, neume_taste_data **out) {
    neume_taste_data *data = neume__calloc(1, sizeof *data);
    if (!data) return NEUME_ENOMEM;
    data->facts = *facts;
    data->feature_rows = neume__facts_items(facts);
    *facts = (taste_facts){0};
    *out = data;
    return NEUME_OK;
}

neume_status neume__event_cell(taste_facts *facts, const neume_taste_event *event, taste_cell *out) {
    taste_cell cell = {.value = (float)event->weight};
    if (!isfinite(event->weight) || event->weight == 0 || fabs(event->weight) > 1e30)
        return neume_fail(NEUME_EINVAL, "a play's weight is %g", event->weight);
    if (!(event->time_s >= 0 && event->time_s <= UINT32_MAX))
        return neume_fail(NEUME_EINVAL, "a play's time is %g", event->time_s);
    NEUME_TRY(neume_ids_add(facts->users, event->user, &cell.row));
    NEUME_TRY(neume_ids_add(facts->items, event->item, &cell.column));
    cell.stamp = (uint32_t)event->time_s;
    *out = cell;
    return NEUME_OK;
}

neume_status neume_taste_data_add(neume_taste_data *data, const neume_taste_event *event) {
    taste_cell cell = {0};
    NEUME_TRY(neume__event_cell(&data->facts, event, &cell));
    return neume__cells_add(&data->plays, cell);
}

neume_status neume_taste_data_add_tag(neume_taste_data *data, const char *item, const char *tag, double weight) {
    taste_cell cell = {.value = (float)weight};
    if (!(weight > 0 && weight <= 1e30)) return neume_fail(NEUME_EINVAL, "a tag's weight is %g", weight);
    NEUME_TRY(neume_ids_add(data->facts.items, item, &cell.row));
    NEUME_TRY(neume_ids_add(data->facts.tags, tag, &cell.column));
    return neume__cells_add(&data->tags, cell);
}

neume_status neume_taste_data_set_features(neume_taste_data *data, const char *item, const float *vector,
                                           int64_t count) {
    taste_facts *facts = &data->facts;
    int32_t index;
    if (count < 1 || count > TASTE_FEATURES_MOST || (facts->feature_count && count != facts->feature_count))
        return neume_fail(NEUME_EINVAL, "a vector of %lld features where others have %lld", (long long)count,
                          (long long)facts->feature_count);
    for (int64_t i = 0; i < count; i++)
        if (!isfinite(vector[i])) return neume_fail(NEUME_EINVAL, "a feature of '%s' is no number", item);
    NEUME_TRY(neume_ids_add(facts->items, item, &index));
    facts->feature_count = count;
    NEUME_TRY(neume__facts_widen_features(facts, data->feature_rows));
    data->feature_rows = neume__facts_items(facts);
    for (int64_t i = 0; i < count; i++) facts->features[index * count + i] = vector[i];
    return NEUME_OK;
}

neume_status neume__data_facts(neume_taste_data *data, const taste_facts **out) {
    taste_facts *facts = &data->facts;
    const int64_t users = neume__facts_users(facts), items = neume__facts_items(facts);
    if (data->plays.count || facts->plays.rows != users || facts->plays.columns != items)
        NEUME_TRY(neume__facts_add_plays(facts, &data->plays));
    neume__cells_clear(&data->plays);
    if (data->tags.count || facts->item_tags.rows != items) NEUME_TRY(neume__facts_add_tags(facts, &data->tags));
    neume__cells_clear(&data->tags);
    NEUME_TRY(neume__facts_widen_features(facts, data->feature_rows));
    data->feature_rows = items;
    *out = facts;
    return NEUME_OK;
}

const neume_ids *neume_taste_data_users(const neume_taste_data *data) {
    return data->facts.users;
}

const neume_ids *neume_taste_data_items(const neume_taste_data *data) {
    return data->facts.items;
}

const neume_ids *neume_taste_data_tags(const neume_taste_data *data) {
    return data->facts.tags;
}

neume_status neume_taste_data_plays(neume_taste_data *data, const neume_sparse **out) {
    const taste_facts *facts = NULL;
    NEUME_TRY(neume__data_facts(data, &facts));
    *out = &facts->plays;
    return NEUME_OK;
}

neume_status neume_taste_data_item_tags(neume_taste_data *data, const neume_sparse **out) {
    const taste_facts *facts = NULL;
    NEUME_TRY(neume__data_facts(data, &facts));
    *out = &facts->item_tags;
    return NEUME_OK;
}
