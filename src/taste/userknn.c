/* User to user: what people with the same taste play (Herlocker et al. 1999). Nothing is learnt but the plays turned
 * over, so that of all users only those who share an item are met. */
#include "neume/taste.h"
#include "weigh.h"

#include <math.h>

typedef struct neighbours {
    neume_sparse users; /* weighed; rows of length 1 */
    neume_sparse items; /* the same, turned over */
    neume_sparse plays; /* weighed without rarity: what a neighbour recommends */
    float *rare;        /* (items) log((users + 1) / (1 + listeners)) */
} neighbours;

static void clear(taste_part *part) {
    neighbours *s = part->state;
    neume__sparse_clear(&s->users);
    neume__sparse_clear(&s->items);
    neume__sparse_clear(&s->plays);
    neume__free(s->rare);
    neume__free(s);
}

static float weigh_item(const neighbours *s, neume_taste_weighting weighting, const neume_taste_entry *entry) {
    return weighting == NEUME_TASTE_COSINE ? entry->weight : entry->weight * s->rare[entry->item];
}

static neume_status make_rare(const neume_sparse *plays, float **out) {
    float *rare = neume__calloc((size_t)plays->columns, sizeof *rare);
    if (!rare) return NEUME_ENOMEM;
    for (int64_t at = 0; at < neume__sparse_cells(plays); at++) rare[plays->column[at]]++;
    for (int64_t j = 0; j < plays->columns; j++)
        rare[j] = (float)log((double)(plays->rows + 1) / (1 + (double)rare[j]));
    *out = rare;
    return NEUME_OK;
}

static void scale_to_length_one(neume_sparse *m) {
    for (int64_t r = 0; r < m->rows; r++) {
        double square = 0;
        for (int64_t at = m->start[r]; at < m->start[r + 1]; at++)
            square += (double)m->value[at] * (double)m->value[at];
        for (int64_t at = m->start[r]; square > 0 && at < m->start[r + 1]; at++)
            m->value[at] = (float)((double)m->value[at] / sqrt(square));
    }
}

static neume_status learn(taste_part *part, const taste_facts *facts, const neume_progress *progress) {
    (void)progress;
    neume_status status;
    neighbours *s = neume__calloc(1, sizeof *s);
    if (!s) return NEUME_ENOMEM;
    part->state = s;
    NEUME_GO(make_rare(&facts->plays, &s->rare));
    NEUME_GO(neume__plays_weigh(&facts->plays, part->options.plays_power, &s->plays));
    NEUME_GO(neume__sparse_copy(&s->plays, &s->users));
    for (int64_t at = 0; at < neume__sparse_cells(&s->users); at++)
        s->users.value[at] =
            weigh_item(s, part->options.weighting, &(neume_taste_entry){s->users.column[at], s->users.value[at]});
    scale_to_length_one(&s->users);
    NEUME_GO(neume__sparse_transpose(&s->users, &s->items));
fail:
    return status;
}

/* How like each user is to the history; the user whose history it is, to the cell, is nobody's neighbour. */
static void compare(const taste_part *part, const taste_history *history, float *likeness) {
    const neighbours *s = part->state;
    double square = 0;
    for (size_t i = 0; i < history->count; i++) {
        const float weight = weigh_item(s, part->options.weighting, &history->entries[i]);
        square += (double)weight * (double)weight;
        neume__sparse_add_row(&s->items, history->entries[i].item, weight, likeness);
    }
    const float scale = square > 0 ? (float)(1 / sqrt(square)) : 0;
    for (int64_t u = 0; u < s->users.rows; u++) {
        likeness[u] *= scale;
        if (likeness[u] > 1 - 1e-5F) likeness[u] = 0;
    }
}

static neume_status score_one(const taste_part *part, const taste_facts *facts, const taste_history *history,
                              float *scores) {
    const neighbours *s = part->state;
    const int64_t users = neume__facts_users(facts), most = part->options.neighbours;
    taste_history weighed = {0};
    neume_status status = NEUME_ENOMEM;
    float *likeness = neume__calloc((size_t)users, sizeof *likeness);
    neume_taste_hit *hits = neume__alloc((size_t)most * sizeof *hits);
    if (!likeness || !hits) goto fail;
    NEUME_GO(neume__history_weighed(history, part->options.plays_power, &weighed));
    compare(part, &weighed, likeness);
    const size_t found = neume_taste_top(likeness, users, NULL, most, hits);
    for (size_t i = 0; i < found && hits[i].score > 0; i++) /* squared: the nearest count most */
        neume__sparse_add_row(&s->plays, hits[i].item, hits[i].score * hits[i].score, scores);
fail:
    neume__free((void *)weighed.entries);
    neume__free(likeness);
    neume__free(hits);
    return status;
}

static neume_status score(const taste_part *part, const taste_facts *facts, const taste_history *histories, int64_t n,
                          float *scores) {
    return neume__score_each(part, facts, histories, n, scores, score_one);
}

const taste_kind neume__taste_userknn = {
    .name = "userknn",
    .defaults = {.weighting = NEUME_TASTE_TFIDF,
                 .neighbours = 100,
                 .regularisation = 1,
                 .plays_power = 1,
                 .factors = 1,
                 .sweeps = 1},
    .learn = learn,
    .score = score,
    .clear = clear,
};
