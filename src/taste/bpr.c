/* Bayesian personalised ranking (Rendle et al. 2009): an item that was played should stand above one that was not.
 *
 * The scores it ranks are those of a factored item-to-item model (FISM: Kabbur, Ning & Karypis 2013):
 *
 *     s_j = bias_j + x . target_j,     x = (1 / sqrt n) sum over the history of source_i
 *
 * so that a history has a vector without any learning, whoever's it is. While learning, a played item does not stand in
 * the history it is judged by. Plain stochastic descent, one user after another: slow on millions of plays, but the
 * same seed gives the same model. */
#include "factors.h"

#include <math.h>
#include <string.h>

static const double learning_rate = .05, first_deviation = .1;

typedef struct bpr {
    float *source, *target; /* (items, width) */
    float *bias;            /* (items) */
    int64_t rows, width;
} bpr;

static void clear(taste_part *part) {
    bpr *b = part->state;
    neume__free(b->source);
    neume__free(b->target);
    neume__free(b->bias);
    neume__free(b);
}

static neume_status start(taste_part *part, const taste_facts *facts) {
    bpr *b = neume__calloc(1, sizeof *b);
    if (!b) return NEUME_ENOMEM;
    part->state = b;
    b->rows = neume__facts_items(facts);
    b->width = neume__lanes_pad(part->options.factors);
    return NEUME_OK;
}

/* --- learning ----------------------------------------------------------------------------------------------------- */

/* What one user's turn needs: vectors of the width. */
typedef struct turn {
    bpr *b;
    float *sum;     /* of the history's sources */
    float *without; /* the history's vector without the item that is judged */
    float *apart;   /* target of the played minus that of the other */
    float *pull;    /* what all of the turn's judgements ask of the sources together */
    float *own;     /* (longest history, width) what each item's own judgement asked: not of itself */
    float rate, decay;
} turn;

static bool is_played(const neume_sparse *plays, int64_t user, int32_t item) {
    int64_t low = plays->start[user], high = plays->start[user + 1];
    while (low < high) {
        const int64_t middle = (low + high) / 2;
        if (plays->column[middle] < item)
            low = middle + 1;
        else
            high = middle;
    }
    return low < plays->start[user + 1] && plays->column[low] == item;
}

/* An item that the user has not played; after some tries any, for users who have played nearly all. */
static int32_t draw_other(const neume_sparse *plays, int64_t user, neume_rng *rng) {
    enum { TRIES = 100 };
    int32_t item = 0;
    for (int i = 0; i < TRIES; i++) {
        item = (int32_t)neume_rng_below(rng, plays->columns);
        if (!is_played(plays, user, item)) break;
    }
    return item;
}

/* One judgement: `played` against `other`. Moves both targets and says in own[] what the sources should do. */
NEUME_VECTOR static void judge(const turn *t, int32_t played, int32_t other, float scale, float *own) {
    const int64_t width = t->b->width;
    float *up = t->b->target + played * width, *down = t->b->target + other * width;
    const float *source = t->b->source + played * width;
    for (int64_t k = 0; k < width; k++) {
        t->without[k] = scale * (t->sum[k] - source[k]);
        t->apart[k] = up[k] - down[k];
    }
    const float ahead = t->b->bias[played] - t->b->bias[other] + neume__lanes_dot(t->without, t->apart, width);
    const float push = t->rate / (1 + expf(ahead));
    for (int64_t k = 0; k < width; k++) {
        own[k] = push * scale * t->apart[k];
        t->pull[k] += own[k];
        up[k] += push * t->without[k] - t->decay * up[k];
        down[k] += -push * t->without[k] - t->decay * down[k];
    }
    t->b->bias[played] += push - t->decay * t->b->bias[played];
    t->b->bias[other] += -push - t->decay * t->b->bias[other];
}

static void learn_user(const turn *t, const neume_sparse *plays, int64_t user, neume_rng *rng) {
    const int64_t width = t->b->width, from = plays->start[user], count = neume__sparse_length(plays, user);
    const float scale = 1 / sqrtf((float)(count - 1));
    memset(t->sum, 0, (size_t)width * sizeof *t->sum);
    memset(t->pull, 0, (size_t)width * sizeof *t->pull);
    for (int64_t i = 0; i < count; i++)
        neume__lanes_add(t->sum, 1, t->b->source + plays->column[from + i] * width, width);
    for (int64_t i = 0; i < count; i++)
        judge(t, plays->column[from + i], draw_other(plays, user, rng), scale, t->own + i * width);
    for (int64_t i = 0; i < count; i++) {
        float *source = t->b->source + plays->column[from + i] * width;
        for (int64_t k = 0; k < width; k++) source[k] += t->pull[k] - t->own[i * width + k] - t->decay * source[k];
    }
}

/* Dislikes are left out: they would have to be told from what was merely not played. */
static neume_status keep_likes(const neume_sparse *plays, neume_sparse *out) {
    NEUME_TRY(neume__sparse_init(out, plays->rows, plays->columns, neume__sparse_cells(plays)));
    for (int64_t u = 0; u < plays->rows; u++) {
        out->start[u + 1] = out->start[u];
        for (int64_t at = plays->start[u]; at < plays->start[u + 1]; at++)
            if (plays->value[at] > 0) out->column[out->start[u + 1]++] = plays->column[at];
    }
    return NEUME_OK;
}

static int64_t longest_row(const neume_sparse *m) {
    int64_t longest = 0;
    for (int64_t r = 0; r < m->rows; r++)
        if (neume__sparse_length(m, r) > longest) longest = neume__sparse_length(m, r);
    return longest;
}

static neume_status run_sweeps(const taste_part *part, const neume_sparse *plays, turn *t,
                               const neume_progress *progress) {
    const int sweeps = part->options.sweeps;
    neume_rng rng = neume_rng_seeded(part->options.seed, UINT32_MAX);
    for (int s = 0; s < sweeps; s++) {
        t->rate = (float)(learning_rate * (1 - (double)s / sweeps));
        t->decay = t->rate * (float)part->options.regularisation;
        for (int64_t u = 0; u < plays->rows; u++)
            if (neume__sparse_length(plays, u) > 1) learn_user(t, plays, u, &rng);
        if (neume_cancelled()) return neume_fail(NEUME_ECANCELLED, "stopped");
        neume__progress(progress, s + 1, sweeps);
    }
    return NEUME_OK;
}

static neume_status learn(taste_part *part, const taste_facts *facts, const neume_progress *progress) {
    neume_sparse plays = {0};
    float *scratch = NULL;
    neume_status status;
    NEUME_TRY(start(part, facts));
    bpr *b = part->state;
    const neume_taste_options *o = &part->options;
    NEUME_GO(keep_likes(&facts->plays, &plays));
    NEUME_GO(neume__factors_new(b->rows, o->factors, first_deviation, o->seed, &b->source));
    NEUME_GO(neume__factors_new(b->rows, o->factors, first_deviation, o->seed + 1, &b->target));
    NEUME_GO(neume__factors_new(4 + longest_row(&plays), o->factors, 0, 0, &scratch));
    b->bias = neume__calloc((size_t)b->rows, sizeof *b->bias);
    status = NEUME_ENOMEM;
    if (!b->bias) goto fail;
    turn t = {.b = b,
              .sum = scratch,
              .without = scratch + b->width,
              .apart = scratch + 2 * b->width,
              .pull = scratch + 3 * b->width,
              .own = scratch + 4 * b->width};
    NEUME_GO(run_sweeps(part, &plays, &t, progress));
fail:
    neume__sparse_clear(&plays);
    neume__free(scratch);
    return status;
}

/* --- scoring and the file ----------------------------------------------------------------------------------------- */

static neume_status score_one(const taste_part *part, const taste_facts *facts, const taste_history *history,
                              float *scores) {
    (void)facts;
    const bpr *b = part->state;
    float *x = NULL;
    const float scale = history->count ? 1 / sqrtf((float)history->count) : 0;
    NEUME_TRY(neume__factors_new(1, part->options.factors, 0, 0, &x));
    for (size_t i = 0; i < history->count; i++)
        neume__lanes_add(x, copysignf(scale, history->entries[i].weight),
                         b->source + history->entries[i].item * b->width, b->width);
    memcpy(scores, b->bias, (size_t)b->rows * sizeof *scores);
    neume__factors_score(b->target, b->rows, b->width, x, scores);
    neume__free(x);
    return NEUME_OK;
}

static neume_status score(const taste_part *part, const taste_facts *facts, const taste_history *histories, int64_t n,
                          float *scores) {
    return neume__score_each(part, facts, histories, n, scores, score_one);
}

static neume_status save(const taste_part *part, neume_gguf_writer *writer) {
    const bpr *b = part->state;
    NEUME_TRY(neume__factors_save(writer, part, "bpr.source", b->source, b->rows));
    NEUME_TRY(neume__factors_save(writer, part, "bpr.target", b->target, b->rows));
    return neume__array_save(writer, part->prefix, "bpr.bias", b->bias, 1, b->rows);
}

static neume_status load(taste_part *part, const taste_facts *facts, const neume_gguf *gguf) {
    NEUME_TRY(start(part, facts));
    bpr *b = part->state;
    NEUME_TRY(neume__factors_load(gguf, part, "bpr.source", b->rows, &b->source));
    NEUME_TRY(neume__factors_load(gguf, part, "bpr.target", b->rows, &b->target));
    return neume__array_load(gguf, part->prefix, "bpr.bias", 1, b->rows, &b->bias);
}

const taste_kind neume__taste_bpr = {
    .name = "bpr",
    .defaults = {.neighbours = 1, .regularisation = .01, .factors = 64, .sweeps = 200, .seed = 1},
    .learn = learn,
    .score = score,
    .clear = clear,
    .save = save,
    .load = load,
};
