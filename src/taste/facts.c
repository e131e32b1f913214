#include "facts.h"

#include <string.h>

neume_status neume__facts_init(taste_facts *facts) {
    neume_status status;
    taste_facts made = {0};
    NEUME_GO(neume_ids_new(&made.users));
    NEUME_GO(neume_ids_new(&made.items));
    NEUME_GO(neume_ids_new(&made.tags));
    NEUME_GO(neume__sparse_init(&made.plays, 0, 0, 0));
    NEUME_GO(neume__sparse_init(&made.item_tags, 0, 0, 0));
    *facts = made;
    return NEUME_OK;
fail:
    neume__facts_clear(&made);
    return status;
}

void neume__facts_clear(taste_facts *facts) {
    neume_ids_free(facts->users);
    neume_ids_free(facts->items);
    neume_ids_free(facts->tags);
    neume__sparse_clear(&facts->plays);
    neume__sparse_clear(&facts->item_tags);
    neume__free(facts->times_s);
    neume__free(facts->features);
    *facts = (taste_facts){0};
}

/* --- copies ------------------------------------------------------------------------------------------------------- */

static neume_status copy_ids(const neume_ids *from, const uint8_t *leave_out, neume_ids *to) {
    int32_t index;
    for (int64_t i = 0; i < neume_ids_count(from); i++)
        if (!leave_out || !leave_out[i]) NEUME_TRY(neume_ids_add(to, neume_ids_name(from, i), &index));
    return NEUME_OK;
}

static void *copy_bytes(const void *from, size_t bytes) {
    void *to = neume__alloc(bytes);
    if (to && bytes) memcpy(to, from, bytes);
    return to;
}

/* The rows that stay, in order, with their times. */
static neume_status copy_rows(const taste_facts *facts, const uint8_t *leave_out, taste_facts *out) {
    const neume_sparse *m = &facts->plays;
    taste_cells cells = {0};
    neume_status status = NEUME_OK;
    int32_t row = 0;
    for (int64_t r = 0; !status && r < m->rows; r++) {
        if (leave_out[r]) continue;
        for (int64_t at = m->start[r]; !status && at < m->start[r + 1]; at++)
            status = neume__cells_add(&cells, (taste_cell){row, m->column[at], m->value[at], facts->times_s[at]});
        row++;
    }
    if (!status) status = neume__facts_add_plays(out, &cells);
    neume__cells_clear(&cells);
    return status;
}

static neume_status copy_all_rows(const taste_facts *facts, taste_facts *out) {
    neume__sparse_clear(&out->plays);
    NEUME_TRY(neume__sparse_copy(&facts->plays, &out->plays));
    out->times_s = copy_bytes(facts->times_s, (size_t)neume__sparse_cells(&facts->plays) * sizeof *facts->times_s);
    return out->times_s ? NEUME_OK : NEUME_ENOMEM;
}

neume_status neume__facts_without(const taste_facts *facts, const uint8_t *leave_out, taste_facts *out) {
    neume_status status;
    taste_facts made = {0};
    NEUME_GO(neume__facts_init(&made));
    NEUME_GO(copy_ids(facts->users, leave_out, made.users));
    NEUME_GO(copy_ids(facts->items, NULL, made.items));
    NEUME_GO(copy_ids(facts->tags, NULL, made.tags));
    NEUME_GO(leave_out ? copy_rows(facts, leave_out, &made) : copy_all_rows(facts, &made));
    neume__sparse_clear(&made.item_tags);
    NEUME_GO(neume__sparse_copy(&facts->item_tags, &made.item_tags));
    if (facts->features) {
        made.features =
            copy_bytes(facts->features, (size_t)(neume__facts_items(facts) * facts->feature_count) * sizeof(float));
        made.feature_count = facts->feature_count;
        status = NEUME_ENOMEM;
        if (!made.features) goto fail;
    }
    *out = made;
    return NEUME_OK;
fail:
    neume__facts_clear(&made);
    return status;
}

neume_status neume__facts_copy(const taste_facts *facts, taste_facts *out) {
    return neume__facts_without(facts, NULL, out);
}

/* --- growing ------------------------------------------------------------------------------------------------------ */

/* The old cells and the new ones, as one matrix of the size that the names ask for. */
static neume_status add_cells(neume_sparse *m, uint32_t **times_s, const taste_cells *more, int64_t rows,
                              int64_t columns) {
    neume_status status = NEUME_OK;
    taste_cells all = {0};
    neume_sparse made = {0};
    uint32_t *times_made = NULL;
    for (int64_t r = 0; r < m->rows; r++)
        for (int64_t at = m->start[r]; at < m->start[r + 1]; at++)
            NEUME_GO(neume__cells_add(
                &all, (taste_cell){(int32_t)r, m->column[at], m->value[at], times_s && *times_s ? (*times_s)[at] : 0}));
    for (size_t i = 0; i < more->count; i++) NEUME_GO(neume__cells_add(&all, more->items[i]));
    NEUME_GO(neume__sparse_build(&all, rows, columns, &made, times_s ? &times_made : NULL));
    neume__sparse_clear(m);
    *m = made;
    if (times_s) {
        neume__free(*times_s);
        *times_s = times_made;
    }
fail:
    neume__cells_clear(&all);
    return status;
}

neume_status neume__facts_add_plays(taste_facts *facts, const taste_cells *cells) {
    return add_cells(&facts->plays, &facts->times_s, cells, neume__facts_users(facts), neume__facts_items(facts));
}

neume_status neume__facts_add_tags(taste_facts *facts, const taste_cells *cells) {
    return add_cells(&facts->item_tags, NULL, cells, neume__facts_items(facts), neume_ids_count(facts->tags));
}

neume_status neume__facts_widen_features(taste_facts *facts, int64_t had) {
    const int64_t items = neume__facts_items(facts);
    size_t bytes;
    if (!facts->feature_count || items <= had) return NEUME_OK;
    NEUME_TRY(neume__mul_size((size_t)items, (size_t)facts->feature_count * sizeof(float), &bytes));
    float *wider = neume__realloc(facts->features, bytes);
    if (!wider) return NEUME_ENOMEM;
    memset(wider + had * facts->feature_count, 0, (size_t)((items - had) * facts->feature_count) * sizeof(float));
    facts->features = wider;
    return NEUME_OK;
}
