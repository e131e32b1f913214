/* The floors of every comparison: what most people like, and chance. */
#include "part.h"

#include <math.h>

static float *popular(const taste_part *part) {
    return part->state;
}

/* How many people played it; among equals, how much they did, which adds less than one. */
static neume_status learn_popularity(taste_part *part, const taste_facts *facts, const neume_progress *progress) {
    (void)progress;
    const int64_t items = neume__facts_items(facts), cells = neume__sparse_cells(&facts->plays);
    float *people = neume__calloc((size_t)items, sizeof *people);
    if (!people) return NEUME_ENOMEM;
    for (int64_t at = 0; at < cells; at++)
        if (facts->plays.value[at] > 0) people[facts->plays.column[at]] += 1;
    part->state = people;
    return NEUME_OK;
}

static neume_status score_popularity(const taste_part *part, const taste_facts *facts, const taste_history *histories,
                                     int64_t n, float *scores) {
    (void)histories;
    const int64_t items = neume__facts_items(facts);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < items; j++) scores[i * items + j] = popular(part)[j];
    return NEUME_OK;
}

static void clear_popularity(taste_part *part) {
    neume__free(part->state);
}

const taste_kind neume__taste_popularity = {
    .name = "popularity",
    .defaults = {.neighbours = 1, .regularisation = 1, .factors = 1, .sweeps = 1},
    .learn = learn_popularity,
    .score = score_popularity,
    .clear = clear_popularity,
};

/* --- random ------------------------------------------------------------------------------------------------------- */

static neume_status learn_random(taste_part *part, const taste_facts *facts, const neume_progress *progress) {
    (void)part, (void)facts, (void)progress;
    return NEUME_OK;
}

/* The same history always meets the same chance. */
static neume_status score_one_random(const taste_part *part, const taste_facts *facts, const taste_history *history,
                                     float *scores) {
    uint64_t stream = history->count;
    for (size_t i = 0; i < history->count; i++) stream = stream * 0x100000001b3u + (uint64_t)history->entries[i].item;
    neume_rng rng = neume_rng_seeded(part->options.seed, stream);
    for (int64_t j = 0; j < neume__facts_items(facts); j++) scores[j] = (float)neume_rng_uniform(&rng, 0, 1);
    return NEUME_OK;
}

static neume_status score_random(const taste_part *part, const taste_facts *facts, const taste_history *histories,
                                 int64_t n, float *scores) {
    return neume__score_each(part, facts, histories, n, scores, score_one_random);
}

static void clear_random(taste_part *part) {
    (void)part;
}

const taste_kind neume__taste_random = {
    .name = "random",
    .defaults = {.neighbours = 1, .regularisation = 1, .factors = 1, .sweeps = 1, .seed = 1},
    .learn = learn_random,
    .score = score_random,
    .clear = clear_random,
};
