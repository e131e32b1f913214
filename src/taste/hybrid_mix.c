/* Weights for the hybrid's parts: a conditional logit, solved by Newton's method.
 *
 * A user's hidden items each compete with the items that any part puts among its best and that are neither known nor
 * hidden. An item's features are its standardised scores by each part times each covariate of the history; the weights
 * w maximise
 *
 *     sum over users, over hidden items i, of log( exp(w x_i) / (exp(w x_i) + sum over rivals of exp(w x_j)) ) / hidden
 *
 * less a small ridge, which is concave: a few steps of Newton find its top. For some users the history is cut short at
 * random, so that the weights know what to do with newcomers. */
#include "hybrid.h"

#include <lapacke.h>
#include <math.h>
#include <string.h>

enum {
    USERS_MOST = 4000, /* enough for two dozen weights */
    RIVALS = 100,      /* of each part */
    BATCH = 32,
    NEWTON_STEPS = 12,
    CUT_EVERY = 5, /* of so many users one has his history cut short */
    WEIGHTS_MOST = HYBRID_PARTS_MOST * COVARIATES,
};
static const double ridge = 1e-3; /* for each user */

/* One user's contest: rows of standardised scores, hidden items first. */
typedef struct contest {
    float covariates[COVARIATES];
    float *scores; /* (count, parts) */
    int32_t *items;
    int64_t hidden, count;
} contest;

typedef struct mixer {
    const hybrid *h;
    const taste_facts *shown, *hidden;
    uint64_t seed;
    int64_t *users; /* (count) */
    int64_t count;
    contest *contests; /* (count) */
} mixer;

/* --- gathering ---------------------------------------------------------------------------------------------------- */

/* The user's shown plays, for some users only a random few. @param entries (length of the row) */
static taste_history take_history(const mixer *m, int64_t user, neume_taste_entry *entries) {
    taste_history history = neume__history_of_row(&m->shown->plays, user, entries);
    if (user % CUT_EVERY || history.count < 2) return history;
    neume_rng rng = neume_rng_seeded(m->seed, (uint64_t)user);
    const size_t keep = 1 + (size_t)neume_rng_below(&rng, (int64_t)history.count);
    size_t kept = 0;
    for (size_t i = 0; i < history.count; i++) /* each with the chance that leaves `keep` (Knuth, algorithm S) */
        if (neume_rng_below(&rng, (int64_t)(history.count - i)) < (int64_t)(keep - kept)) entries[kept++] = entries[i];
    return (taste_history){entries, kept};
}

enum { FREE, TAKEN };

static void add_item(contest *c, int32_t item, uint8_t *taken) {
    if (taken[item] == TAKEN) return;
    taken[item] = TAKEN;
    c->items[c->count++] = item;
}

/* Scores of one user by each part, wherever they lie. */
typedef struct user_scores {
    float *of_part[HYBRID_PARTS_MOST]; /* each (items) */
} user_scores;

/* Hidden items, then each part's best. */
static void choose_items(const mixer *m, int64_t user, const user_scores *scores, uint8_t *taken, contest *c) {
    const neume_sparse *hidden = &m->hidden->plays, *shown = &m->shown->plays;
    neume_taste_hit hits[RIVALS];
    for (int64_t at = hidden->start[user]; at < hidden->start[user + 1]; at++)
        if (hidden->value[at] > 0) add_item(c, hidden->column[at], taken);
    c->hidden = c->count;
    for (int64_t at = shown->start[user]; at < shown->start[user + 1]; at++) taken[shown->column[at]] = TAKEN;
    for (int p = 0; p < m->h->count; p++) {
        const size_t found = neume_taste_top(scores->of_part[p], shown->columns, taken, RIVALS, hits);
        for (size_t i = 0; i < found; i++) add_item(c, hits[i].item, taken);
    }
}

static neume_status fill_contest(const mixer *m, int64_t user, const user_scores *scores, contest *c) {
    const int64_t items = m->shown->plays.columns;
    const int parts = m->h->count;
    uint8_t *taken = neume__calloc((size_t)items, 1);
    c->items =
        neume__alloc((size_t)(neume__sparse_length(&m->hidden->plays, user) + parts * RIVALS) * sizeof *c->items);
    if (c->items && taken) {
        choose_items(m, user, scores, taken, c);
        c->scores = neume__alloc((size_t)(c->count * parts) * sizeof *c->scores);
    }
    neume__free(taken);
    if (!c->items || !c->scores) return NEUME_ENOMEM;
    for (int64_t i = 0; i < c->count; i++)
        for (int p = 0; p < parts; p++) c->scores[i * parts + p] = scores->of_part[p][c->items[i]];
    return NEUME_OK;
}

/* Users are scored in batches, because matrix products like company. */
typedef struct batch {
    const mixer *m;
    int64_t first, n;
    taste_history histories[BATCH];
    neume_taste_entry *entries; /* of all histories */
    float *scores;              /* (parts, n, items) */
} batch;

static neume_status gather_one(void *context, int64_t i) {
    const batch *b = context;
    const mixer *m = b->m;
    const int64_t items = m->shown->plays.columns;
    user_scores scores = {{NULL}};
    contest *c = &m->contests[b->first + i];
    neume__hybrid_covariates(m->h, m->shown, &b->histories[i], c->covariates);
    for (int p = 0; p < m->h->count; p++) {
        scores.of_part[p] = b->scores + (p * b->n + i) * items;
        neume__hybrid_standardise(scores.of_part[p], items);
    }
    return fill_contest(m, m->users[b->first + i], &scores, c);
}

static neume_status gather_batch(batch *b) {
    const mixer *m = b->m;
    const int64_t items = m->shown->plays.columns;
    neume_taste_entry *entries = b->entries;
    for (int64_t i = 0; i < b->n; i++) {
        b->histories[i] = take_history(m, m->users[b->first + i], entries);
        entries += b->histories[i].count;
    }
    for (int p = 0; p < m->h->count; p++)
        NEUME_TRY(neume__part_score(&m->h->parts[p], m->shown, b->histories, b->n, b->scores + p * b->n * items));
    return neume_parallel_for(b->n, gather_one, b);
}

static neume_status gather(const mixer *m) {
    neume_status status = NEUME_ENOMEM;
    const size_t items = (size_t)m->shown->plays.columns, cells = (size_t)neume__sparse_cells(&m->shown->plays);
    batch b = {.m = m};
    b.entries = neume__alloc(cells * sizeof *b.entries);
    b.scores = neume__alloc((size_t)m->h->count * BATCH * items * sizeof *b.scores);
    if (!b.entries || !b.scores) goto fail;
    for (b.first = 0; b.first < m->count; b.first += BATCH) {
        b.n = m->count - b.first < BATCH ? m->count - b.first : BATCH;
        NEUME_GO(gather_batch(&b));
    }
    status = NEUME_OK;
fail:
    neume__free(b.entries);
    neume__free(b.scores);
    return status;
}

/* --- Newton ------------------------------------------------------------------------------------------------------- */

typedef struct slope {
    double gradient[WEIGHTS_MOST], curve[WEIGHTS_MOST * WEIGHTS_MOST]; /* curve: minus the second derivatives */
} slope;

/* Within one contest scores count by part only: v_p = sum over covariates of w. Adds to first and second derivatives
 * by v. */
typedef struct part_slope {
    double gradient[HYBRID_PARTS_MOST], curve[HYBRID_PARTS_MOST][HYBRID_PARTS_MOST];
} part_slope;

static double value_of(const float *row, const double *v, int parts) {
    double sum = 0;
    for (int p = 0; p < parts; p++) sum += v[p] * (double)row[p];
    return sum;
}

typedef struct rivals {
    double top, total; /* the largest value; sum of exp(value - top) */
    double mean[HYBRID_PARTS_MOST], product[HYBRID_PARTS_MOST][HYBRID_PARTS_MOST];
} rivals;

/* Sums over the rivals, weighed by exp(value). */
static void sum_rivals(const contest *c, const double *v, int parts, rivals *r) {
    memset(r, 0, sizeof *r);
    r->top = -1e300;
    for (int64_t i = 0; i < c->count; i++) r->top = fmax(r->top, value_of(c->scores + i * parts, v, parts));
    for (int64_t i = c->hidden; i < c->count; i++) {
        const float *row = c->scores + i * parts;
        const double e = exp(value_of(row, v, parts) - r->top);
        r->total += e;
        for (int p = 0; p < parts; p++) {
            r->mean[p] += e * (double)row[p];
            for (int q = 0; q <= p; q++) r->product[p][q] += e * (double)row[p] * (double)row[q];
        }
    }
}

static void add_hidden(const contest *c, const float *row, const double *v, int parts, const rivals *r, part_slope *s) {
    const double e = exp(value_of(row, v, parts) - r->top), total = r->total + e, share = 1 / (double)c->hidden;
    double mean[HYBRID_PARTS_MOST];
    for (int p = 0; p < parts; p++) mean[p] = (r->mean[p] + e * (double)row[p]) / total;
    for (int p = 0; p < parts; p++) {
        s->gradient[p] += share * ((double)row[p] - mean[p]);
        for (int q = 0; q <= p; q++)
            s->curve[p][q] +=
                share * ((r->product[p][q] + e * (double)row[p] * (double)row[q]) / total - mean[p] * mean[q]);
    }
}

/* From derivatives by v to those by w: v_p = sum over c of w_pc covariate_c. */
static void spread(const contest *c, const part_slope *s, int parts, slope *to) {
    const int n = parts * COVARIATES;
    for (int a = 0; a < n; a++) {
        const int p = a / COVARIATES;
        const double x = (double)c->covariates[a % COVARIATES];
        to->gradient[a] += s->gradient[p] * x;
        for (int b = 0; b < n; b++) {
            const int q = b / COVARIATES;
            to->curve[a * n + b] +=
                x * (double)c->covariates[b % COVARIATES] * (p >= q ? s->curve[p][q] : s->curve[q][p]);
        }
    }
}

static void add_contest(const contest *c, const double *w, int parts, slope *to) {
    double v[HYBRID_PARTS_MOST] = {0};
    part_slope s = {{0}, {{0}}};
    rivals r;
    for (int a = 0; a < parts * COVARIATES; a++) v[a / COVARIATES] += w[a] * (double)c->covariates[a % COVARIATES];
    sum_rivals(c, v, parts, &r);
    for (int64_t i = 0; i < c->hidden; i++) add_hidden(c, c->scores + i * parts, v, parts, &r, &s);
    if (c->hidden) spread(c, &s, parts, to);
}

/* One step, no longer than 1 in any weight so that a poor start cannot throw it off. */
static neume_status step(const mixer *m, slope *s, double *w) {
    const int parts = m->h->count, n = parts * COVARIATES;
    double longest = 0;
    memset(s, 0, sizeof *s);
    for (int64_t u = 0; u < m->count; u++) add_contest(&m->contests[u], w, parts, s);
    for (int a = 0; a < n; a++) {
        s->gradient[a] -= ridge * (double)(m->count + 1) * w[a];
        s->curve[a * n + a] += ridge * (double)(m->count + 1);
    }
    if (LAPACKE_dposv_work(LAPACK_COL_MAJOR, 'U', n, 1, s->curve, n, s->gradient, n))
        return neume_fail(NEUME_EINVAL, "the hybrid's weights cannot be told apart");
    for (int a = 0; a < n; a++) longest = fmax(longest, fabs(s->gradient[a]));
    for (int a = 0; a < n; a++) w[a] += s->gradient[a] / fmax(longest, 1);
    return NEUME_OK;
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

static void choose_users(mixer *m) {
    const int64_t rows = m->hidden->plays.rows, every = rows / USERS_MOST + 1;
    for (int64_t u = 0; u < rows; u += every)
        if (neume__sparse_length(&m->hidden->plays, u)) m->users[m->count++] = u;
}

neume_status neume__hybrid_mix(const hybrid *h, const taste_facts *shown, const taste_facts *hidden, uint64_t seed,
                               float *weights) {
    mixer m = {.h = h, .shown = shown, .hidden = hidden, .seed = seed};
    double w[WEIGHTS_MOST] = {0};
    neume_status status = NEUME_ENOMEM;
    slope *s = neume__alloc(sizeof *s);
    m.users = neume__alloc((USERS_MOST + 1) * sizeof *m.users);
    m.contests = neume__calloc(USERS_MOST + 1, sizeof *m.contests);
    if (!s || !m.users || !m.contests) goto fail;
    choose_users(&m);
    NEUME_GO(gather(&m));
    for (int p = 0; p < h->count; p++) w[p * COVARIATES] = .1; /* without any evidence, all alike */
    for (int i = 0; i < NEWTON_STEPS && m.count; i++) NEUME_GO(step(&m, s, w));
    for (int a = 0; a < h->count * COVARIATES; a++) weights[a] = (float)w[a];
    status = NEUME_OK;
fail:
    for (int64_t u = 0; m.contests && u < m.count; u++) {
        neume__free(m.contests[u].items);
        neume__free(m.contests[u].scores);
    }
    neume__free(m.contests);
    neume__free(m.users);
    neume__free(s);
    return status;
}
