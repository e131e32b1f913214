/* Metrics of recommendations, every item a candidate. */
#include "model.h"
#include "weigh.h"

#include "neume/taste_eval.h"

#include <math.h>
#include <string.h>

enum { LIST_MOST = 1000 };

static const char *const metric_names[NEUME_TASTE_METRICS] = {
    [NEUME_TASTE_PRECISION] = "precision", [NEUME_TASTE_RECALL] = "recall", [NEUME_TASTE_F1] = "f1",
    [NEUME_TASTE_NDCG] = "ndcg",           [NEUME_TASTE_MAP] = "map",       [NEUME_TASTE_HIT] = "hit",
};

const char *neume_taste_metric_name(neume_taste_metric metric) {
    return (unsigned)metric < NEUME_TASTE_METRICS ? metric_names[metric] : NULL;
}

static bool contains(const int32_t *items, int64_t count, int32_t item) {
    for (int64_t i = 0; i < count; i++)
        if (items[i] == item) return true;
    return false;
}

void neume_taste_judge(const int32_t *ranked, int64_t count, const int32_t *hidden, int64_t hidden_count, int64_t k,
                       double out[NEUME_TASTE_METRICS]) {
    double gain = 0, best = 0, precisions = 0, hits = 0;
    const int64_t reachable = k < hidden_count ? k : hidden_count;
    for (int64_t r = 0; r < count && r < k; r++) {
        if (!contains(hidden, hidden_count, ranked[r])) continue;
        hits++;
        gain += 1 / log2((double)(r + 2));
        precisions += hits / (double)(r + 1);
    }
    for (int64_t r = 0; r < reachable; r++) best += 1 / log2((double)(r + 2));
    const double precision = hits / (double)k, recall = hidden_count ? hits / (double)hidden_count : 0;
    out[NEUME_TASTE_PRECISION] = precision;
    out[NEUME_TASTE_RECALL] = recall;
    out[NEUME_TASTE_F1] = hits > 0 ? 2 * precision * recall / (precision + recall) : 0;
    out[NEUME_TASTE_NDCG] = best > 0 ? gain / best : 0;
    out[NEUME_TASTE_MAP] = reachable ? precisions / (double)reachable : 0;
    out[NEUME_TASTE_HIT] = hits > 0 ? 1 : 0;
}

/* --- the lists of all users --------------------------------------------------------------------------------------- */

/* A user of the hidden data, in the model's numbers. */
typedef struct subject {
    const int32_t *hidden; /* (hidden_count) items; -1 = not known to the model */
    int64_t hidden_count;
} subject;

typedef struct measuring {
    const neume_taste_model *model;
    const float *listeners; /* (items) users who played each at training */
    int64_t k, items;
    subject *subjects;
    int64_t *rows; /* (count) of the model's plays, -1 = not known */
    int64_t count;
    int32_t *item_of;  /* the hidden data's cells as the model's items */
    int32_t *lists;    /* (count, k) */
    int64_t *lengths;  /* (count) */
    double *cold_ndcg; /* (count) below 0: none */
    double *cold_recall;
} measuring;

/* Then, of a user's items, those that nobody played at training are ranked among their like. */
static void rank_cold(measuring *m, int64_t s, const float *scores, uint8_t *excluded) {
    const subject *who = &m->subjects[s];
    int32_t cold[LIST_MOST], list[LIST_MOST];
    neume_taste_hit hits[LIST_MOST];
    double metrics[NEUME_TASTE_METRICS];
    int64_t count = 0;
    m->cold_ndcg[s] = -1;
    for (int64_t i = 0; i < who->hidden_count && count < LIST_MOST; i++)
        if (who->hidden[i] >= 0 && m->listeners[who->hidden[i]] == 0) cold[count++] = who->hidden[i];
    if (!count) return;
    for (int64_t j = 0; j < m->items; j++) excluded[j] = m->listeners[j] > 0;
    const size_t found = neume_taste_top(scores, m->items, excluded, m->k, hits);
    for (size_t i = 0; i < found; i++) list[i] = hits[i].item;
    neume_taste_judge(list, (int64_t)found, cold, count, m->k, metrics);
    m->cold_ndcg[s] = metrics[NEUME_TASTE_NDCG];
    m->cold_recall[s] = metrics[NEUME_TASTE_RECALL];
}

static neume_status rank_one(void *context, int64_t s, const taste_history *history, const float *scores) {
    measuring *m = context;
    neume_taste_hit hits[LIST_MOST];
    uint8_t *excluded = neume__calloc((size_t)m->items, 1);
    if (!excluded) return NEUME_ENOMEM;
    for (size_t h = 0; h < history->count; h++) excluded[history->entries[h].item] = 1;
    m->lengths[s] = (int64_t)neume_taste_top(scores, m->items, excluded, m->k, hits);
    for (int64_t r = 0; r < m->lengths[s]; r++) m->lists[s * m->k + r] = hits[r].item;
    rank_cold(m, s, scores, excluded);
    neume__free(excluded);
    return NEUME_OK;
}

/* --- what the lists are worth ------------------------------------------------------------------------------------- */

static void take_means(neume_taste_scores *out) {
    for (int metric = 0; metric < NEUME_TASTE_METRICS; metric++) {
        double sum = 0, square = 0;
        const double n = (double)out->users;
        for (int64_t u = 0; u < out->users; u++) sum += out->of_user[metric][u];
        for (int64_t u = 0; u < out->users; u++) square += pow(out->of_user[metric][u] - sum / n, 2);
        out->mean[metric] = out->users ? sum / n : 0;
        out->error[metric] = out->users > 1 ? sqrt(square / (n - 1) / n) : 0;
    }
}

static neume_status judge_all(const measuring *m, neume_taste_scores *out) {
    out->users = m->count;
    for (int metric = 0; metric < NEUME_TASTE_METRICS; metric++) {
        out->of_user[metric] = neume__calloc((size_t)m->count + 1, sizeof(double));
        if (!out->of_user[metric]) return NEUME_ENOMEM;
    }
    double cold_ndcg = 0, cold_recall = 0;
    for (int64_t s = 0; s < m->count; s++) {
        double metrics[NEUME_TASTE_METRICS];
        neume_taste_judge(m->lists + s * m->k, m->lengths[s], m->subjects[s].hidden, m->subjects[s].hidden_count, m->k,
                          metrics);
        for (int metric = 0; metric < NEUME_TASTE_METRICS; metric++) out->of_user[metric][s] = metrics[metric];
        if (m->cold_ndcg[s] < 0) continue;
        out->cold_users++;
        cold_ndcg += m->cold_ndcg[s];
        cold_recall += m->cold_recall[s];
    }
    out->cold_ndcg = out->cold_users ? cold_ndcg / (double)out->cold_users : 0;
    out->cold_recall = out->cold_users ? cold_recall / (double)out->cold_users : 0;
    take_means(out);
    return NEUME_OK;
}

static double dot(const neume_sparse *m, int64_t a, int64_t b) {
    double sum = 0;
    int64_t x = m->start[a], y = m->start[b];
    while (x < m->start[a + 1] && y < m->start[b + 1]) {
        if (m->column[x] == m->column[y]) sum += (double)m->value[x] * (double)m->value[y];
        const bool step_x = m->column[x] <= m->column[y], step_y = m->column[y] <= m->column[x];
        x += step_x;
        y += step_y;
    }
    return sum;
}

/* Mean over the lists of the mean distance of their pairs. vectors: (items, ...) rows of length 1. */
static double measure_diversity(const measuring *m, const neume_sparse *vectors) {
    double sum = 0;
    int64_t lists = 0;
    for (int64_t s = 0; s < m->count; s++) {
        double apart = 0;
        int64_t pairs = 0;
        for (int64_t i = 0; i < m->lengths[s]; i++)
            for (int64_t j = i + 1; j < m->lengths[s]; j++, pairs++)
                apart += 1 - dot(vectors, m->lists[s * m->k + i], m->lists[s * m->k + j]);
        if (!pairs) continue;
        sum += apart / (double)pairs;
        lists++;
    }
    return lists ? sum / (double)lists : 0;
}

/* Rows of items: by their tags if there are any, else by their listeners. */
static neume_status make_vectors(const taste_facts *facts, neume_sparse *out) {
    if (neume__sparse_cells(&facts->item_tags)) return neume__tags_weigh(&facts->item_tags, 1, out);
    NEUME_TRY(neume__sparse_transpose(&facts->plays, out));
    for (int64_t i = 0; i < out->rows; i++)
        for (int64_t at = out->start[i]; at < out->start[i + 1]; at++)
            out->value[at] = (float)(1 / sqrt((double)neume__sparse_length(out, i)));
    return NEUME_OK;
}

static neume_status judge_lists(const measuring *m, neume_taste_scores *out) {
    const double users = (double)neume__facts_users(&m->model->facts);
    double novelty = 0;
    int64_t met = 0, played = 0, listed = 0;
    neume_sparse vectors = {0};
    uint8_t *seen = neume__calloc((size_t)m->items, 1);
    if (!seen) return NEUME_ENOMEM;
    for (int64_t s = 0; s < m->count; s++)
        for (int64_t r = 0; r < m->lengths[s]; r++, listed++) {
            const int32_t item = m->lists[s * m->k + r];
            seen[item] = 1;
            novelty -= log2(fmax((double)m->listeners[item], 1) / fmax(users, 1));
        }
    for (int64_t j = 0; j < m->items; j++) {
        played += m->listeners[j] > 0;
        met += m->listeners[j] > 0 && seen[j];
    }
    neume__free(seen);
    out->coverage = played ? (double)met / (double)played : 0;
    out->novelty = listed ? novelty / (double)listed : 0;
    NEUME_TRY(make_vectors(&m->model->facts, &vectors));
    out->diversity = measure_diversity(m, &vectors);
    neume__sparse_clear(&vectors);
    return NEUME_OK;
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

static float *count_listeners(const neume_sparse *plays) {
    float *listeners = neume__calloc((size_t)plays->columns + 1, sizeof *listeners);
    for (int64_t at = 0; listeners && at < neume__sparse_cells(plays); at++)
        listeners[plays->column[at]] += plays->value[at] > 0;
    return listeners;
}

/* Those of the hidden data's users who have something hidden, in the model's numbers. */
static void take_subjects(const taste_facts *hidden, measuring *m) {
    const taste_facts *facts = &m->model->facts;
    for (int64_t at = 0; at < neume__sparse_cells(&hidden->plays); at++)
        m->item_of[at] = (int32_t)neume_ids_find(facts->items, neume_ids_name(hidden->items, hidden->plays.column[at]));
    for (int64_t u = 0; u < hidden->plays.rows; u++)
        if (neume__sparse_length(&hidden->plays, u)) {
            m->rows[m->count] = neume_ids_find(facts->users, neume_ids_name(hidden->users, u));
            m->subjects[m->count++] =
                (subject){m->item_of + hidden->plays.start[u], neume__sparse_length(&hidden->plays, u)};
        }
}

neume_status neume__taste_measure(const neume_taste_model *model, const taste_facts *hidden, int64_t k,
                                  neume_taste_scores *out) {
    const size_t users = (size_t)hidden->plays.rows + 1;
    neume_status status = NEUME_ENOMEM;
    neume_taste_scores scores = {0};
    if (k < 1 || k > LIST_MOST)
        return neume_fail(NEUME_EINVAL, "lists of %lld items (1 .. %d)", (long long)k, LIST_MOST);
    float *listeners = count_listeners(&model->facts.plays);
    measuring m = {.model = model, .listeners = listeners, .k = k, .items = neume__facts_items(&model->facts)};
    m.subjects = neume__calloc(users, sizeof *m.subjects);
    m.rows = neume__alloc(users * sizeof *m.rows);
    m.item_of = neume__alloc((size_t)neume__sparse_cells(&hidden->plays) * sizeof *m.item_of);
    m.lists = neume__alloc(users * (size_t)k * sizeof *m.lists);
    m.lengths = neume__calloc(users, sizeof *m.lengths);
    m.cold_ndcg = neume__calloc(users, sizeof *m.cold_ndcg);
    m.cold_recall = neume__calloc(users, sizeof *m.cold_recall);
    if (!listeners || !m.subjects || !m.rows || !m.item_of || !m.lists || !m.lengths || !m.cold_ndcg || !m.cold_recall)
        goto fail;
    take_subjects(hidden, &m);
    NEUME_GO(neume__score_users(model, m.rows, m.count, rank_one, &m));
    NEUME_GO(judge_all(&m, &scores));
    NEUME_GO(judge_lists(&m, &scores));
    neume_taste_scores_clear(out);
    *out = scores;
    scores = (neume_taste_scores){0};
fail:
    neume_taste_scores_clear(&scores);
    neume__free(listeners);
    neume__free(m.subjects);
    neume__free(m.rows);
    neume__free(m.item_of);
    neume__free(m.lists);
    neume__free(m.lengths);
    neume__free(m.cold_ndcg);
    neume__free(m.cold_recall);
    return status;
}

neume_status neume_taste_measure(const neume_taste_model *model, neume_taste_data *hidden, int64_t k,
                                 neume_taste_scores *out) {
    const taste_facts *facts = NULL;
    NEUME_TRY(neume__data_facts(hidden, &facts));
    return neume__taste_measure(model, facts, k, out);
}

void neume_taste_scores_clear(neume_taste_scores *scores) {
    for (int metric = 0; metric < NEUME_TASTE_METRICS; metric++) neume__free(scores->of_user[metric]);
    *scores = (neume_taste_scores){0};
}
