#include "weigh.h"

#include <math.h>

static double mean_log(const neume_taste_entry *entries, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) sum += log1p(fabs((double)entries[i].weight));
    return count ? sum / (double)count : 1;
}

taste_history neume__history_weigh(const taste_history *history, double power, neume_taste_entry *entries) {
    const double mean = mean_log(history->entries, history->count);
    for (size_t i = 0; i < history->count; i++) {
        const double plays = (double)history->entries[i].weight;
        const double size = power > 0 ? pow(log1p(fabs(plays)) / mean, power) : 1;
        entries[i] = (neume_taste_entry){history->entries[i].item, (float)copysign(size, plays)};
    }
    return (taste_history){entries, history->count};
}

neume_status neume__history_weighed(const taste_history *history, double power, taste_history *out) {
    neume_taste_entry *entries = neume__alloc(history->count * sizeof *entries);
    if (!entries) return NEUME_ENOMEM;
    *out = neume__history_weigh(history, power, entries);
    return NEUME_OK;
}

neume_status neume__plays_weigh(const neume_sparse *plays, double power, neume_sparse *out) {
    neume_sparse made;
    neume_taste_entry *entries = neume__alloc((size_t)plays->columns * sizeof *entries);
    if (!entries) return NEUME_ENOMEM;
    const neume_status status = neume__sparse_init(&made, plays->rows, plays->columns, neume__sparse_cells(plays));
    for (int64_t r = 0; !status && r < plays->rows; r++) {
        const taste_history row = neume__history_of_row(plays, r, entries);
        neume__history_weigh(&row, power, entries);
        made.start[r + 1] = made.start[r];
        for (size_t i = 0; i < row.count; i++) {
            made.column[made.start[r + 1]] = entries[i].item;
            made.value[made.start[r + 1]++] = entries[i].weight;
        }
    }
    neume__free(entries);
    if (!status) *out = made;
    return status;
}

/* --- tags --------------------------------------------------------------------------------------------------------- */

static double *count_items(const neume_sparse *item_tags) {
    double *count = neume__calloc((size_t)item_tags->columns + 1, sizeof *count);
    for (int64_t at = 0; count && at < neume__sparse_cells(item_tags); at++) count[item_tags->column[at]]++;
    return count;
}

static void scale_to_length_one(neume_sparse *m, int64_t row) {
    double square = 0;
    for (int64_t at = m->start[row]; at < m->start[row + 1]; at++)
        square += (double)m->value[at] * (double)m->value[at];
    const float scale = square > 0 ? (float)(1 / sqrt(square)) : 0;
    for (int64_t at = m->start[row]; at < m->start[row + 1]; at++) m->value[at] *= scale;
}

neume_status neume__tags_weigh(const neume_sparse *item_tags, int64_t rarest, neume_sparse *out) {
    neume_sparse made;
    double *items = count_items(item_tags);
    if (!items) return NEUME_ENOMEM;
    const neume_status status =
        neume__sparse_init(&made, item_tags->rows, item_tags->columns, neume__sparse_cells(item_tags));
    for (int64_t r = 0; !status && r < item_tags->rows; r++) {
        int64_t *to = &made.start[r + 1];
        *to = made.start[r];
        for (int64_t at = item_tags->start[r]; at < item_tags->start[r + 1]; at++) {
            const int32_t tag = item_tags->column[at];
            if (items[tag] < (double)rarest) continue;
            made.column[*to] = tag;
            made.value[(*to)++] =
                (float)(log1p((double)item_tags->value[at]) * log((double)(item_tags->rows + 1) / items[tag]));
        }
        scale_to_length_one(&made, r);
    }
    neume__free(items);
    if (!status) *out = made;
    return status;
}
