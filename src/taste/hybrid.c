/* The hybrid: several algorithms, each scoring every item, mixed for each user.
 *
 * Each part's scores are standardised over the items; the sum is weighted by numbers that depend on the history: its
 * length, how mainstream it is, how much of it is tagged (so that a short or strange history leans on content). The
 * weights are learnt on a fifth of everybody's plays, hidden from the parts meanwhile: a conditional logit (McFadden
 * 1974) of hidden items against all that any part puts forward (hybrid_mix.c). Then the parts learn again from
 * everything.
 *
 * Which parts: EASE (with tags if there are any), ALS, RP3beta, user kNN, popularity, and content. Items and users
 * that are new to all others are within content's reach. */
#include "hybrid.h"

#include <math.h>
#include <string.h>

static const double hidden_share = .2;

static hybrid *hybrid_of(const taste_part *part) {
    return part->state;
}

static void clear(taste_part *part) {
    hybrid *h = hybrid_of(part);
    for (int i = 0; i < h->count; i++) neume__part_clear(&h->parts[i]);
    neume__free(h->weights);
    neume__free(h->listeners);
    neume__free(h);
}

/* --- what the mixture looks at ------------------------------------------------------------------------------------ */

static neume_status count_listeners(const taste_facts *facts, float **out) {
    const int64_t items = neume__facts_items(facts);
    float *listeners = neume__calloc((size_t)items, sizeof *listeners);
    if (!listeners) return NEUME_ENOMEM;
    for (int64_t at = 0; at < neume__sparse_cells(&facts->plays); at++)
        listeners[facts->plays.column[at]] += facts->plays.value[at] > 0;
    for (int64_t j = 0; j < items; j++) listeners[j] = log2f(1 + listeners[j]);
    *out = listeners;
    return NEUME_OK;
}

void neume__hybrid_covariates(const hybrid *h, const taste_facts *facts, const taste_history *history,
                              float out[COVARIATES]) {
    float mainstream = 0, tagged = 0;
    const float count = (float)history->count;
    for (size_t i = 0; i < history->count; i++) {
        mainstream += h->listeners[history->entries[i].item];
        tagged += neume__sparse_length(&facts->item_tags, history->entries[i].item) > 0;
    }
    out[COVARIATE_ONE] = 1;
    out[COVARIATE_LENGTH] = log2f(1 + count) / 5 - 1;
    out[COVARIATE_MAINSTREAM] = history->count ? mainstream / count / 8 - .5F : 0;
    out[COVARIATE_TAGGED] = history->count ? tagged / count - .5F : 0;
}

void neume__hybrid_standardise(float *scores, int64_t items) {
    double sum = 0, square = 0;
    for (int64_t j = 0; j < items; j++) sum += (double)scores[j];
    const double mean = sum / (double)items;
    for (int64_t j = 0; j < items; j++) square += ((double)scores[j] - mean) * ((double)scores[j] - mean);
    const double deviation = sqrt(square / (double)items);
    const float scale = deviation > 0 ? (float)(1 / deviation) : 0;
    for (int64_t j = 0; j < items; j++) scores[j] = (scores[j] - (float)mean) * scale;
}

/* --- learning ----------------------------------------------------------------------------------------------------- */

static bool has_content(const taste_facts *facts) {
    return neume__sparse_cells(&facts->item_tags) > 0 || facts->features;
}

/* Which parts, with which settings: found by `neume eval taste --search` on Last.fm-2k's validation part. */
static int choose_parts(const taste_part *part, const taste_facts *facts, neume_taste_options *out) {
    static const neume_taste_algorithm always[] = {NEUME_TASTE_EASE, NEUME_TASTE_ALS, NEUME_TASTE_RP3BETA,
                                                   NEUME_TASTE_USERKNN, NEUME_TASTE_POPULARITY};
    int count = 0;
    for (size_t i = 0; i < sizeof always / sizeof *always; i++) out[count++] = neume_taste_defaults(always[i]);
    out[0].tags = neume__sparse_cells(&facts->item_tags) ? part->options.tags : 0;
    out[0].plays_power = part->options.plays_power;
    out[1].factors = part->options.factors;
    if (has_content(facts)) out[count++] = neume_taste_defaults(NEUME_TASTE_CONTENT);
    for (int i = 0; i < count; i++) out[i].seed = part->options.seed;
    return count;
}

static void name_part(int number, taste_part *child) {
    snprintf(child->prefix, sizeof child->prefix, "part%d.", number);
}

static neume_status learn_parts(taste_part *part, const neume_taste_options *options, int count,
                                const taste_facts *facts, const neume_progress *progress, double done) {
    hybrid *h = hybrid_of(part);
    for (h->count = 0; h->count < count; h->count++) {
        taste_part *child = &h->parts[h->count];
        name_part(h->count, child);
        NEUME_TRY(neume__part_learn(child, &options[h->count], facts, NULL));
        neume__progress(progress, done + .5 * (h->count + 1) / count, 1);
    }
    return count_listeners(facts, &h->listeners);
}

static void forget_parts(hybrid *h) {
    for (int i = 0; i < h->count; i++) neume__part_clear(&h->parts[i]);
    h->count = 0;
    neume__free(h->listeners);
    h->listeners = NULL;
}

static neume_status learn(taste_part *part, const taste_facts *facts, const neume_progress *progress) {
    neume_taste_options options[HYBRID_PARTS_MOST];
    taste_facts shown = {0}, hidden = {0};
    const neume_taste_split split = {.share = hidden_share, .seed = part->options.seed};
    hybrid *h = neume__calloc(1, sizeof *h);
    if (!h) return NEUME_ENOMEM;
    part->state = h;
    const int count = choose_parts(part, facts, options);
    h->weights = neume__calloc((size_t)count * COVARIATES, sizeof *h->weights);
    if (!h->weights) return NEUME_ENOMEM;
    NEUME_TRY(neume__facts_split(facts, &split, &shown, &hidden));
    neume_status status = learn_parts(part, options, count, &shown, progress, 0);
    if (!status) status = neume__hybrid_mix(h, &shown, &hidden, part->options.seed, h->weights);
    neume__facts_clear(&shown);
    neume__facts_clear(&hidden);
    if (status) return status;
    forget_parts(h);
    return learn_parts(part, options, count, facts, progress, .5);
}

/* --- scoring ------------------------------------------------------------------------------------------------------ */

typedef struct mixing {
    const hybrid *h;
    const taste_facts *facts;
    const taste_history *histories;
    int number; /* of the part */
    int64_t items;
    float *of_part, *sum; /* (n, items) */
} mixing;

static neume_status add_part(void *context, int64_t i) {
    const mixing *m = context;
    float covariates[COVARIATES], weight = 0, *scores = m->of_part + i * m->items, *sum = m->sum + i * m->items;
    neume__hybrid_covariates(m->h, m->facts, &m->histories[i], covariates);
    for (int c = 0; c < COVARIATES; c++) weight += m->h->weights[m->number * COVARIATES + c] * covariates[c];
    neume__hybrid_standardise(scores, m->items);
    for (int64_t j = 0; j < m->items; j++) sum[j] += weight * scores[j];
    return NEUME_OK;
}

static neume_status score(const taste_part *part, const taste_facts *facts, const taste_history *histories, int64_t n,
                          float *scores) {
    const hybrid *h = hybrid_of(part);
    mixing m = {h, facts, histories, 0, neume__facts_items(facts), NULL, scores};
    neume_status status = NEUME_OK;
    m.of_part = neume__alloc((size_t)(n * m.items) * sizeof *m.of_part);
    if (!m.of_part) return NEUME_ENOMEM;
    for (m.number = 0; !status && m.number < h->count; m.number++) {
        status = neume__part_score(&h->parts[m.number], facts, histories, n, m.of_part);
        if (!status) status = neume_parallel_for(n, add_part, &m);
    }
    neume__free(m.of_part);
    return status;
}

/* --- the file ----------------------------------------------------------------------------------------------------- */

static neume_status save(const taste_part *part, neume_gguf_writer *writer) {
    const hybrid *h = hybrid_of(part);
    NEUME_TRY(neume__array_save(writer, part->prefix, "hybrid.weights", h->weights, h->count, COVARIATES));
    for (int i = 0; i < h->count; i++) NEUME_TRY(neume__part_save(&h->parts[i], writer));
    return NEUME_OK;
}

static neume_status load(taste_part *part, const taste_facts *facts, const neume_gguf *gguf) {
    char name[64];
    hybrid *h = neume__calloc(1, sizeof *h);
    if (!h) return NEUME_ENOMEM;
    part->state = h;
    snprintf(name, sizeof name, "%shybrid.weights", part->prefix);
    const int64_t count = neume_gguf_rows(gguf, name);
    if (*part->prefix || count < 1 || count > HYBRID_PARTS_MOST)
        return neume_fail(NEUME_EFORMAT, "a hybrid of %lld parts", (long long)count);
    NEUME_TRY(neume__array_load(gguf, part->prefix, "hybrid.weights", count, COVARIATES, &h->weights));
    for (; h->count < count; h->count++) {
        name_part(h->count, &h->parts[h->count]);
        NEUME_TRY(neume__part_load(&h->parts[h->count], facts, gguf));
    }
    return count_listeners(facts, &h->listeners);
}

/* The parts follow, the mixture stays. */
static neume_status follow(taste_part *part, const taste_facts *facts, const taste_part *old,
                           const taste_facts *before) {
    const hybrid *was = hybrid_of(old);
    hybrid *h = neume__calloc(1, sizeof *h);
    if (!h) return NEUME_ENOMEM;
    part->state = h;
    h->weights = neume__alloc((size_t)was->count * COVARIATES * sizeof *h->weights);
    if (!h->weights) return NEUME_ENOMEM;
    memcpy(h->weights, was->weights, (size_t)was->count * COVARIATES * sizeof *h->weights);
    for (; h->count < was->count; h->count++)
        NEUME_TRY(neume__part_follow(&h->parts[h->count], facts, &was->parts[h->count], before));
    return count_listeners(facts, &h->listeners);
}

const taste_kind neume__taste_hybrid = {
    .name = "hybrid",
    .defaults =
        {.neighbours = 1, .regularisation = 1, .tags = 4, .plays_power = .7, .factors = 64, .sweeps = 1, .seed = 1},
    .learn = learn,
    .score = score,
    .clear = clear,
    .save = save,
    .load = load,
    .follow = follow,
};
