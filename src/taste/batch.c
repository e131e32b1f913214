/* Many users at once: scored in batches, because matrix products like company, then each looked at on the pool. */
#include "model.h"

enum { BATCH = 64 };

typedef struct batch {
    const neume_taste_model *model;
    taste_visit *visit;
    void *context;
    int64_t first;
    taste_history histories[BATCH];
    const float *scores;
} batch;

static neume_status visit_one(void *context, int64_t i) {
    const batch *b = context;
    return b->visit(b->context, b->first + i, &b->histories[i], b->scores + i * neume__facts_items(&b->model->facts));
}

/* Histories of the batch's users, one after another in `entries`. */
static void take_histories(batch *b, const int64_t *rows, int64_t n, neume_taste_entry *entries) {
    for (int64_t i = 0; i < n; i++) {
        b->histories[i] =
            rows[i] < 0 ? (taste_history){entries, 0} : neume__history_of_row(&b->model->facts.plays, rows[i], entries);
        entries += b->histories[i].count;
    }
}

static neume_status score_batch(const batch *b, int64_t n, float *scores) {
    const int64_t items = neume__facts_items(&b->model->facts);
    NEUME_TRY(neume__part_score(&b->model->part, &b->model->facts, b->histories, n, scores));
    for (int64_t i = 0; i < n; i++)
        if (!b->histories[i].count)
            NEUME_TRY(neume__taste_score_history(b->model, &b->histories[i], scores + i * items));
    return NEUME_OK;
}

static int64_t longest_batch(const neume_sparse *plays, const int64_t *rows, int64_t count) {
    int64_t longest = 0;
    for (int64_t first = 0; first < count; first += BATCH) {
        int64_t cells = 0;
        for (int64_t i = first; i < count && i < first + BATCH; i++)
            cells += rows[i] < 0 ? 0 : neume__sparse_length(plays, rows[i]);
        if (cells > longest) longest = cells;
    }
    return longest;
}

neume_status neume__score_users(const neume_taste_model *model, const int64_t *rows, int64_t count, taste_visit *visit,
                                void *context) {
    neume_status status = NEUME_ENOMEM;
    const int64_t items = neume__facts_items(&model->facts);
    batch b = {.model = model, .visit = visit, .context = context};
    neume_taste_entry *entries =
        neume__alloc((size_t)longest_batch(&model->facts.plays, rows, count) * sizeof *entries);
    float *scores = neume__alloc((size_t)(BATCH * items) * sizeof *scores);
    b.scores = scores;
    if (!entries || !scores) goto fail;
    for (b.first = 0; b.first < count; b.first += BATCH) {
        const int64_t n = count - b.first < BATCH ? count - b.first : BATCH;
        take_histories(&b, rows + b.first, n, entries);
        NEUME_GO(score_batch(&b, n, scores));
        NEUME_GO(neume_parallel_for(n, visit_one, &b));
    }
    status = NEUME_OK;
fail:
    neume__free(entries);
    neume__free(scores);
    return status;
}

/* --- the best for each -------------------------------------------------------------------------------------------- */

typedef struct answers {
    int64_t items, most;
    neume_taste_hit *hits; /* (users, most) */
    size_t *found;
} answers;

static neume_status take_best(void *context, int64_t user, const taste_history *history, const float *scores) {
    const answers *a = context;
    uint8_t *excluded = neume__calloc((size_t)a->items, 1);
    if (!excluded) return NEUME_ENOMEM;
    for (size_t i = 0; i < history->count; i++) excluded[history->entries[i].item] = 1;
    a->found[user] = neume_taste_top(scores, a->items, excluded, a->most, a->hits + user * a->most);
    neume__free(excluded);
    return NEUME_OK;
}

neume_status neume_taste_recommend_users(const neume_taste_model *model, const char *const *users, size_t count,
                                         int64_t most, neume_taste_hit *hits, size_t *found) {
    answers a = {neume__facts_items(&model->facts), most, hits, found};
    int64_t *rows = neume__alloc(count * sizeof *rows);
    if (!rows) return NEUME_ENOMEM;
    for (size_t i = 0; i < count; i++) rows[i] = neume_ids_find(model->facts.users, users[i]);
    const neume_status status = neume__score_users(model, rows, (int64_t)count, take_best, &a);
    neume__free(rows);
    return status;
}
