/* Implicit alternating least squares (Hu, Koren & Volinsky 2008): everything not played is a weak no, everything played
 * a yes, the surer the more it was played. Each half of a sweep improves each row by a few steps of conjugate gradients
 * (als_solve.c). Only the items' vectors are kept: a history's own vector is solved for exactly when it is asked about,
 * so who was there at training and who was not are answered in the same way. */
#include "als_solve.h"
#include "factors.h"

#include <math.h>
#include <string.h>

enum { STEPS = 3 };

typedef struct als {
    float *items; /* (items, width) */
    float *gram;  /* (width, width) items' items + lambda I */
    int64_t rows, width;
    double lambda;
} als;

static void clear(taste_part *part) {
    als *a = part->state;
    neume__free(a->items);
    neume__free(a->gram);
    neume__free(a);
}

/* Lambda acts as a threshold under the singular values of the plays (exactly so where all confidences are 1), and those
 * grow with the square root of the number of plays: the setting is told for 10,000 of them. */
static double lambda_for(const taste_part *part, const taste_facts *facts) {
    return part->options.regularisation * sqrt((double)neume__sparse_cells(&facts->plays) / 1e4) + 1e-3;
}

static neume_status start(taste_part *part, const taste_facts *facts) {
    als *a = neume__calloc(1, sizeof *a);
    if (!a) return NEUME_ENOMEM;
    part->state = a;
    a->rows = neume__facts_items(facts);
    a->lambda = lambda_for(part, facts);
    a->width = neume__lanes_pad(part->options.factors);
    a->gram = neume__alloc_aligned((size_t)(a->width * a->width) * sizeof *a->gram);
    return a->gram ? NEUME_OK : NEUME_ENOMEM;
}

static float confidence(const taste_part *part, float plays) {
    return (float)part->options.confidence * neume__log_plays(plays);
}

static neume_status weigh(const taste_part *part, const taste_facts *facts, neume_sparse *users, neume_sparse *items) {
    NEUME_TRY(neume__sparse_copy(&facts->plays, users));
    for (int64_t at = 0; at < neume__sparse_cells(users); at++) users->value[at] = confidence(part, users->value[at]);
    return neume__sparse_transpose(users, items);
}

static neume_status sweep(const taste_part *part, const neume_sparse *by_user, const neume_sparse *by_item,
                          float *users) {
    const als *a = part->state;
    neume__als_gram(a->items, by_item->rows, a->width, a->lambda, a->gram);
    NEUME_TRY(neume__als_half(&(als_side){by_user, a->items, a->gram, a->width, STEPS, users}));
    neume__als_gram(users, by_user->rows, a->width, a->lambda, a->gram);
    return neume__als_half(&(als_side){by_item, users, a->gram, a->width, STEPS, a->items});
}

static neume_status learn(taste_part *part, const taste_facts *facts, const neume_progress *progress) {
    static const double first_deviation = .1;
    neume_sparse by_user = {0}, by_item = {0};
    float *users = NULL;
    neume_status status;
    NEUME_TRY(start(part, facts));
    als *a = part->state;
    const neume_taste_options *o = &part->options;
    NEUME_GO(weigh(part, facts, &by_user, &by_item));
    NEUME_GO(neume__factors_new(by_item.rows, o->factors, first_deviation, o->seed, &a->items));
    NEUME_GO(neume__factors_new(by_user.rows, o->factors, 0, 0, &users));
    for (int s = 0; s < o->sweeps; s++) {
        NEUME_GO(sweep(part, &by_user, &by_item, users));
        neume__progress(progress, s + 1, o->sweeps);
    }
    neume__als_gram(a->items, a->rows, a->width, a->lambda, a->gram);
fail:
    neume__sparse_clear(&by_user);
    neume__sparse_clear(&by_item);
    neume__free(users);
    return status;
}

static neume_status score_one(const taste_part *part, const taste_facts *facts, const taste_history *history,
                              float *scores) {
    (void)facts;
    const als *a = part->state;
    const als_side side = {.other = a->items, .gram = a->gram, .width = a->width};
    neume_status status = NEUME_ENOMEM;
    int32_t *column = neume__alloc(history->count * sizeof *column);
    float *value = neume__alloc(history->count * sizeof *value);
    float x[ALS_WIDTH_MOST] __attribute__((aligned(64)));
    if (!column || !value) goto fail;
    for (size_t i = 0; i < history->count; i++) {
        column[i] = history->entries[i].item;
        value[i] = confidence(part, history->entries[i].weight);
    }
    NEUME_GO(neume__als_exact(&side, &(als_row){column, value, (int64_t)history->count}, x));
    neume__factors_score(a->items, a->rows, a->width, x, scores);
fail:
    neume__free(column);
    neume__free(value);
    return status;
}

static neume_status score(const taste_part *part, const taste_facts *facts, const taste_history *histories, int64_t n,
                          float *scores) {
    return neume__score_each(part, facts, histories, n, scores, score_one);
}

static neume_status save(const taste_part *part, neume_gguf_writer *writer) {
    const als *a = part->state;
    return neume__factors_save(writer, part, "als.items", a->items, a->rows);
}

static neume_status load(taste_part *part, const taste_facts *facts, const neume_gguf *gguf) {
    NEUME_TRY(start(part, facts));
    als *a = part->state;
    NEUME_TRY(neume__factors_load(gguf, part, "als.items", a->rows, &a->items));
    neume__als_gram(a->items, a->rows, a->width, a->lambda, a->gram);
    return NEUME_OK;
}

/* New items get the vector that their listeners' vectors ask for; the old ones stay. */
static neume_status follow(taste_part *part, const taste_facts *facts, const taste_part *old,
                           const taste_facts *before) {
    neume_sparse by_user = {0}, by_item = {0};
    float *users = NULL;
    neume_status status;
    const als *was = old->state;
    const int64_t had = neume__facts_items(before);
    NEUME_TRY(start(part, facts));
    als *a = part->state;
    NEUME_GO(neume__factors_new(a->rows, part->options.factors, 0, 0, &a->items));
    memcpy(a->items, was->items, (size_t)(had * a->width) * sizeof *a->items);
    NEUME_GO(weigh(part, facts, &by_user, &by_item));
    NEUME_GO(neume__factors_new(by_user.rows, part->options.factors, 0, 0, &users));
    NEUME_GO(neume__als_half(&(als_side){&by_user, a->items, was->gram, a->width, STEPS, users}));
    neume__als_gram(users, by_user.rows, a->width, a->lambda, a->gram);
    const neume_sparse fresh = {a->rows - had, by_item.columns, by_item.start + had, by_item.column, by_item.value};
    NEUME_GO(neume__als_half(
        &(als_side){&fresh, users, a->gram, a->width, part->options.factors, a->items + had * a->width}));
    neume__als_gram(a->items, a->rows, a->width, a->lambda, a->gram);
fail:
    neume__sparse_clear(&by_user);
    neume__sparse_clear(&by_item);
    neume__free(users);
    return status;
}

const taste_kind neume__taste_als = {
    .name = "als",
    .defaults = {.neighbours = 1, .regularisation = 15, .confidence = 2, .factors = 64, .sweeps = 15, .seed = 1},
    .learn = learn,
    .score = score,
    .clear = clear,
    .save = save,
    .load = load,
    .follow = follow,
};
