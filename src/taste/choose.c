/* Lists, ways and noise from scores: see the door. */
#include "neume/taste_choose.h"

#include <math.h>
#include <string.h>

void neume_taste_standardise(float *scores, int64_t count) {
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < count; i++) sum += (double)scores[i];
    const double mean = count ? sum / (double)count : 0;
    for (int64_t i = 0; i < count; i++) squares += ((double)scores[i] - mean) * ((double)scores[i] - mean);
    const double deviation = count ? sqrt(squares / (double)count) : 0;
    const double scale = deviation > 1e-12 * (1 + fabs(mean)) ? 1 / deviation : 0;
    for (int64_t i = 0; i < count; i++) scores[i] = (float)(((double)scores[i] - mean) * scale);
}

/* --- lists that are not all alike --------------------------------------------------------------------------------- */

typedef struct candidate {
    double relevance; /* 0 .. 1 */
    double likeness;  /* to the most alike one chosen so far */
    bool taken;
} candidate;

static size_t best_of(const candidate *all, size_t count, double diversity) {
    size_t best = count;
    double best_value = -INFINITY;
    for (size_t i = 0; i < count; i++) {
        const double value = (1 - diversity) * all[i].relevance - diversity * all[i].likeness;
        if (all[i].taken || !(value > best_value)) continue;
        best = i;
        best_value = value;
    }
    return best;
}

static void scale_relevance(const neume_taste_hit *candidates, size_t count, candidate *all) {
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < count; i++) {
        low = fmin(low, (double)candidates[i].score);
        high = fmax(high, (double)candidates[i].score);
    }
    for (size_t i = 0; i < count; i++)
        all[i].relevance = high > low ? ((double)candidates[i].score - low) / (high - low) : 1;
}

neume_status neume_taste_diversify(const neume_taste_hit *candidates, size_t count, double diversity,
                                   const neume_taste_alike *alike, size_t most, neume_taste_hit *chosen) {
    candidate *all = neume__calloc(count + 1, sizeof *all);
    if (!all) return NEUME_ENOMEM;
    scale_relevance(candidates, count, all);
    for (size_t taken = 0; taken < most && taken < count; taken++) {
        const size_t best = best_of(all, count, diversity);
        all[best].taken = true;
        chosen[taken] = candidates[best];
        for (size_t i = 0; i < count && diversity > 0; i++)
            if (!all[i].taken)
                all[i].likeness =
                    fmax(all[i].likeness, alike->fn(alike->context, candidates[i].item, candidates[best].item));
    }
    neume__free(all);
    return NEUME_OK;
}

/* --- from one item to another ------------------------------------------------------------------------------------- */

/* Half as much as going with the ends: without it a way jumps, with more of it it never arrives. */
static const double weight_of_step_before = .5;

static void scale_to_one(const float *scores, int64_t count, float *out) {
    float low = INFINITY, high = -INFINITY;
    for (int64_t i = 0; i < count; i++) {
        low = fminf(low, scores[i]);
        high = fmaxf(high, scores[i]);
    }
    for (int64_t i = 0; i < count; i++) out[i] = high > low ? (scores[i] - low) / (high - low) : 0;
}

/* A journey under way. */
typedef struct walker {
    const neume_taste_journey *journey;
    const neume_taste_alike *alike;
    const float *from, *to; /* (items) how well each goes with either end, 0 .. 1 */
    uint8_t *used;          /* (items) */
} walker;

/* -1: none is left. */
static int32_t best_step(const walker *w, double share, int32_t before) {
    int32_t best = -1;
    double best_value = -INFINITY;
    for (int32_t i = 0; i < w->journey->items; i++) {
        if (w->used[i] || (w->journey->excluded && w->journey->excluded[i])) continue;
        const double ends = (1 - share) * (double)w->from[i] + share * (double)w->to[i];
        const double value = ends + weight_of_step_before * w->alike->fn(w->alike->context, i, before);
        if (value > best_value) best = i, best_value = value;
    }
    return best;
}

static size_t walk(const walker *w, int32_t *way) {
    const neume_taste_journey *journey = w->journey;
    size_t made = 0;
    way[made++] = journey->from;
    w->used[journey->from] = w->used[journey->to] = 1;
    for (size_t step = 1; step + 1 < journey->steps; step++) {
        const int32_t next = best_step(w, (double)step / (double)(journey->steps - 1), way[made - 1]);
        if (next < 0) break;
        w->used[next] = 1;
        way[made++] = next;
    }
    way[made++] = journey->to;
    return made;
}

neume_status neume_taste_travel(const neume_taste_journey *journey, const neume_taste_alike *alike, int32_t *way,
                                size_t *found) {
    const size_t items = (size_t)journey->items;
    if (journey->steps < 2 || journey->from == journey->to)
        return neume_fail(NEUME_EINVAL, "a way needs two ends and at least two steps");
    float *ends = neume__alloc(2 * items * sizeof *ends);
    uint8_t *used = neume__calloc(items, sizeof *used);
    if (ends && used) {
        scale_to_one(journey->like_from, journey->items, ends);
        scale_to_one(journey->like_to, journey->items, ends + items);
        *found = walk(&(walker){journey, alike, ends, ends + items, used}, way);
    }
    const neume_status status = ends && used ? NEUME_OK : NEUME_ENOMEM;
    neume__free(ends);
    neume__free(used);
    return status;
}

/* --- noise -------------------------------------------------------------------------------------------------------- */

/* How often a coin that falls on heads with probability a does so before the first tails: P(n) = (1 - a) a^n. */
static int64_t geometric(uint64_t bits, double log_a) {
    const double uniform = ((double)(bits >> 11) + .5) * 0x1p-53; /* (0, 1) */
    return (int64_t)floor(log(uniform) / log_a);
}

int64_t neume_taste_noise(const uint64_t bits[2], double epsilon, double sensitivity) {
    const double log_a = -epsilon / sensitivity;
    return geometric(bits[0], log_a) - geometric(bits[1], log_a);
}
