/* Item to item: two items are alike when the same people play them.
 *
 *   cosine, TF-IDF         Sarwar et al. 2001; an item is a document whose words are its listeners, weighed as in text
 *                          retrieval (Salton & Buckley 1988)
 *   BM25                   a listener is the document and items are its words (Robertson & Zaragoza 2009)
 *   RP3beta                a walk of three steps from the user over items and other users, popular ends held back by
 *                          beta (Paudel et al. 2017)
 *
 * All come to a table of each item's most alike ones; a history's scores are the sum of its items' rows. */
#include "neighbours.h"
#include "weigh.h"

#include <math.h>

/* Plays, of which a hundred are nothing unusual; B of .5 and .8 did worse on the validation part of Last.fm 2k. */
static const double bm25_k1 = 100, bm25_b = 1;

static neume_sparse *table(const taste_part *part) {
    return part->state;
}

static void clear_table(taste_part *part) {
    neume__sparse_clear(table(part));
    neume__free(part->state);
}

static neume_status keep_table(taste_part *part, const taste_product *product) {
    neume_sparse *made = neume__calloc(1, sizeof *made);
    if (!made) return NEUME_ENOMEM;
    const neume_status status = neume__neighbours(product, made);
    if (status)
        neume__free(made);
    else
        part->state = made;
    return status;
}

static neume_status score_one(const taste_part *part, const taste_facts *facts, const taste_history *history,
                              float *scores) {
    (void)facts;
    taste_history weighed;
    NEUME_TRY(neume__history_weighed(history, part->options.plays_power, &weighed));
    for (size_t i = 0; i < weighed.count; i++)
        neume__sparse_add_row(table(part), weighed.entries[i].item, weighed.entries[i].weight, scores);
    neume__free((void *)weighed.entries);
    return NEUME_OK;
}

static neume_status score(const taste_part *part, const taste_facts *facts, const taste_history *histories, int64_t n,
                          float *scores) {
    return neume__score_each(part, facts, histories, n, scores, score_one);
}

/* --- as text ------------------------------------------------------------------------------------------------------ */

/* Cosine: each item's listeners as a vector of length 1. TF-IDF: listeners who play little count more. */
static void weigh_cosine(neume_sparse *items, const neume_sparse *users, bool idf) {
    for (int64_t i = 0; i < items->rows; i++) {
        double square = 0;
        for (int64_t at = items->start[i]; at < items->start[i + 1]; at++) {
            const double rare =
                log((double)(items->rows + 1) / (double)(1 + neume__sparse_length(users, items->column[at])));
            if (idf) items->value[at] *= (float)rare;
            square += (double)items->value[at] * (double)items->value[at];
        }
        for (int64_t at = items->start[i]; square > 0 && at < items->start[i + 1]; at++)
            items->value[at] = (float)((double)items->value[at] / sqrt(square));
    }
}

static double sum_row(const neume_sparse *m, int64_t row) {
    double sum = 0;
    for (int64_t at = m->start[row]; at < m->start[row + 1]; at++) sum += (double)m->value[at];
    return sum;
}

/* A listener as a document and items as its words: rare ones count more, and each less where many are played. */
static neume_status weigh_bm25(neume_sparse *items, const neume_sparse *users) {
    double all = 0;
    double *plays = neume__calloc((size_t)users->rows, sizeof *plays);
    if (!plays) return NEUME_ENOMEM;
    for (int64_t u = 0; u < users->rows; u++) all += plays[u] = sum_row(users, u);
    const double mean = all > 0 ? all / (double)users->rows : 1;
    for (int64_t i = 0; i < items->rows; i++) {
        const double rare = log((double)users->rows) - log1p((double)neume__sparse_length(items, i));
        for (int64_t at = items->start[i]; at < items->start[i + 1]; at++) {
            const double x = (double)items->value[at];
            const double length = 1 - bm25_b + bm25_b * plays[items->column[at]] / mean;
            items->value[at] = (float)(x * (bm25_k1 + 1) / (bm25_k1 * length + x) * rare);
        }
    }
    neume__free(plays);
    return NEUME_OK;
}

/* Dislikes say nothing about which items are alike. */
static void drop_dislikes(neume_sparse *m) {
    for (int64_t at = 0; at < neume__sparse_cells(m); at++)
        if (m->value[at] < 0) m->value[at] = 0;
}

static neume_status learn_itemknn(taste_part *part, const taste_facts *facts, const neume_progress *progress) {
    (void)progress;
    const bool bm25 = part->options.weighting == NEUME_TASTE_BM25;
    neume_sparse users = {0}, items = {0}, back = {0};
    neume_status status;
    NEUME_GO(bm25 ? neume__sparse_copy(&facts->plays, &users)
                  : neume__plays_weigh(&facts->plays, part->options.plays_power, &users));
    drop_dislikes(&users);
    NEUME_GO(neume__sparse_transpose(&users, &items));
    if (bm25)
        NEUME_GO(weigh_bm25(&items, &users));
    else
        weigh_cosine(&items, &users, part->options.weighting == NEUME_TASTE_TFIDF);
    NEUME_GO(neume__sparse_transpose(&items, &back));
    NEUME_GO(keep_table(part, &(taste_product){&items, &back, NULL, part->options.neighbours}));
fail:
    neume__sparse_clear(&users);
    neume__sparse_clear(&items);
    neume__sparse_clear(&back);
    return status;
}

const taste_kind neume__taste_itemknn = {
    .name = "itemknn",
    .defaults = {.weighting = NEUME_TASTE_TFIDF,
                 .neighbours = 500,
                 .regularisation = 1,
                 .plays_power = 1,
                 .factors = 1,
                 .sweeps = 1},
    .learn = learn_itemknn,
    .score = score,
    .clear = clear_table,
};

/* --- RP3beta ------------------------------------------------------------------------------------------------------ */

/* Each cell as the chance to be the next step: its share of its row. */
static void scale_to_shares(neume_sparse *m) {
    for (int64_t r = 0; r < m->rows; r++) {
        const double sum = sum_row(m, r);
        for (int64_t at = m->start[r]; sum > 0 && at < m->start[r + 1]; at++)
            m->value[at] = (float)((double)m->value[at] / sum);
    }
}

static neume_status learn_rp3beta(taste_part *part, const taste_facts *facts, const neume_progress *progress) {
    (void)progress;
    neume_sparse users = {0}, items = {0};
    float *scale = NULL;
    neume_status status;
    NEUME_GO(neume__plays_weigh(&facts->plays, part->options.plays_power, &users));
    drop_dislikes(&users);
    NEUME_GO(neume__sparse_transpose(&users, &items));
    scale = neume__calloc((size_t)items.rows, sizeof *scale);
    status = NEUME_ENOMEM;
    if (!scale) goto fail;
    for (int64_t i = 0; i < items.rows; i++) scale[i] = (float)pow(fmax(sum_row(&items, i), 1), -part->options.damping);
    scale_to_shares(&users);
    scale_to_shares(&items);
    NEUME_GO(keep_table(part, &(taste_product){&items, &users, scale, part->options.neighbours}));
fail:
    neume__free(scale);
    neume__sparse_clear(&users);
    neume__sparse_clear(&items);
    return status;
}

const taste_kind neume__taste_rp3beta = {
    .name = "rp3beta",
    .defaults = {.neighbours = 400, .regularisation = 1, .damping = .2, .plays_power = 1, .factors = 1, .sweeps = 1},
    .learn = learn_rp3beta,
    .score = score,
    .clear = clear_table,
};
