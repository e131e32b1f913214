/* By content alone: a history becomes a profile of tags and of features, and items are scored by how near they lie.
 * Knows items that nobody has played yet. Tags are weighed as words in text retrieval (weigh.h); features are centred
 * and scaled to length 1. Where an item has both, both count alike. */
#include "weigh.h"

#include <math.h>
#include <string.h>

typedef struct content {
    neume_sparse tags; /* items x tags, rows of length 1 */
    float *features;   /* (items, F), rows of length 1 or 0; NULL = none */
} content;

static void clear(taste_part *part) {
    content *c = part->state;
    neume__sparse_clear(&c->tags);
    neume__free(c->features);
    neume__free(c);
}

static bool is_told(const float *row, int64_t count) {
    for (int64_t f = 0; f < count; f++)
        if (row[f] != 0) return true;
    return false;
}

static void subtract_mean(const taste_facts *facts, float *to, double *mean) {
    const int64_t items = neume__facts_items(facts), count = facts->feature_count;
    int64_t told = 0;
    for (int64_t i = 0; i < items; i++) {
        if (!is_told(facts->features + i * count, count)) continue;
        told++;
        for (int64_t f = 0; f < count; f++) mean[f] += (double)facts->features[i * count + f];
    }
    for (int64_t i = 0; i < items; i++) {
        if (!is_told(facts->features + i * count, count)) continue;
        for (int64_t f = 0; f < count; f++)
            to[i * count + f] = (float)((double)facts->features[i * count + f] - mean[f] / (double)told);
    }
}

static void scale_to_length_one(float *row, int64_t count) {
    double square = 0;
    for (int64_t f = 0; f < count; f++) square += (double)row[f] * (double)row[f];
    for (int64_t f = 0; square > 0 && f < count; f++) row[f] = (float)((double)row[f] / sqrt(square));
}

static neume_status weigh_features(const taste_facts *facts, float **out) {
    const int64_t items = neume__facts_items(facts), count = facts->feature_count;
    double *mean = neume__calloc((size_t)count, sizeof *mean);
    float *to = neume__calloc((size_t)(items * count), sizeof *to);
    if (!mean || !to) {
        neume__free(mean);
        neume__free(to);
        return NEUME_ENOMEM;
    }
    subtract_mean(facts, to, mean);
    for (int64_t i = 0; i < items; i++) scale_to_length_one(to + i * count, count);
    neume__free(mean);
    *out = to;
    return NEUME_OK;
}

static neume_status learn(taste_part *part, const taste_facts *facts, const neume_progress *progress) {
    (void)progress;
    content *c = neume__calloc(1, sizeof *c);
    if (!c) return NEUME_ENOMEM;
    part->state = c;
    NEUME_TRY(neume__tags_weigh(&facts->item_tags, 2, &c->tags));
    return facts->feature_count ? weigh_features(facts, &c->features) : NEUME_OK;
}

static neume_status score_one(const taste_part *part, const taste_facts *facts, const taste_history *history,
                              float *scores) {
    const content *c = part->state;
    const int64_t items = neume__facts_items(facts), count = c->features ? facts->feature_count : 0;
    taste_history weighed = {0};
    neume_status status = NEUME_ENOMEM;
    float *tags = neume__calloc((size_t)c->tags.columns + 1, sizeof *tags);
    float *features = neume__calloc((size_t)count + 1, sizeof *features);
    if (!tags || !features) goto fail;
    NEUME_GO(neume__history_weighed(history, part->options.plays_power, &weighed));
    for (size_t i = 0; i < weighed.count; i++) {
        const neume_taste_entry *entry = &weighed.entries[i];
        neume__sparse_add_row(&c->tags, entry->item, entry->weight, tags);
        for (int64_t f = 0; f < count; f++) features[f] += entry->weight * c->features[entry->item * count + f];
    }
    for (int64_t j = 0; j < items; j++) {
        double sum = neume__sparse_dot_row(&c->tags, j, tags);
        for (int64_t f = 0; f < count; f++) sum += (double)features[f] * (double)c->features[j * count + f];
        scores[j] = (float)sum;
    }
fail:
    neume__free((void *)weighed.entries);
    neume__free(tags);
    neume__free(features);
    return status;
}

static neume_status score(const taste_part *part, const taste_facts *facts, const taste_history *histories, int64_t n,
                          float *scores) {
    return neume__score_each(part, facts, histories, n, scores, score_one);
}

const taste_kind neume__taste_content = {
    .name = "content",
    .defaults = {.neighbours = 1, .regularisation = 1, .plays_power = 1, .factors = 1, .sweeps = 1},
    .learn = learn,
    .score = score,
    .clear = clear,
};
