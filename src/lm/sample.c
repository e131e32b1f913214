/* The choice of the next token.
 *
 * The cuts by rank and by probability all keep the first few tokens in falling order, so that order is needed no
 * further than they reach: the allowed tokens are made a heap, in O(V), and the likeliest is taken from its top until a
 * cut says stop. Where nothing cuts, no order is needed at all. */
#include "neume/lm.h"
#include "neume/nn_math.h"

#include <math.h>
#include <string.h>

/* A token that may be chosen. */
typedef struct candidate {
    float logit; /* with penalty and temperature */
    int32_t id;
} candidate;

struct neume_lm_sampler {
    int64_t vocabulary;
    neume_rng rng;
    candidate *heap; /* (V) */
    candidate *kept; /* (V) in falling order */
    float *shares;   /* (V) scratch: exponentials */
};

neume_status neume_lm_sampler_new(int64_t vocabulary, uint64_t seed, neume_lm_sampler **out) {
    if (vocabulary < 1 || vocabulary > INT32_MAX)
        return neume_fail(NEUME_EINVAL, "a vocabulary of %lld", (long long)vocabulary);
    neume_lm_sampler *s = neume__calloc(1, sizeof *s);
    if (!s) return NEUME_ENOMEM;
    s->vocabulary = vocabulary;
    s->rng = neume_rng_seeded(seed, 1);
    s->heap = neume__calloc((size_t)vocabulary, sizeof *s->heap);
    s->kept = neume__calloc((size_t)vocabulary, sizeof *s->kept);
    s->shares = neume__calloc((size_t)vocabulary, sizeof *s->shares);
    if (!s->heap || !s->kept || !s->shares) {
        neume_lm_sampler_free(s);
        return NEUME_ENOMEM;
    }
    *out = s;
    return NEUME_OK;
}

void neume_lm_sampler_free(neume_lm_sampler *sampler) {
    if (!sampler) return;
    neume__free(sampler->heap);
    neume__free(sampler->kept);
    neume__free(sampler->shares);
    neume__free(sampler);
}

/* --- candidates --------------------------------------------------------------------------------------------------- */

static bool is_allowed(const uint64_t *allowed, int64_t id) {
    return !allowed || (allowed[id / 64] >> (id % 64) & 1);
}

static neume_status check(const neume_lm_sampler *s, const neume_lm_sampling *how) {
    if (!(how->temperature >= 0) || !isfinite(how->temperature) || how->top_k < 0 || !(how->top_p > 0) ||
        !(how->min_p >= 0 && how->min_p <= 1) || !(how->repetition_penalty > 0) || !isfinite(how->repetition_penalty))
        return neume_fail(NEUME_EINVAL, "a sampling setting is out of range");
    for (int64_t i = 0; i < how->recent_count; i++)
        if (how->recent[i] < 0 || how->recent[i] >= s->vocabulary)
            return neume_fail(NEUME_EINVAL, "token %d is not in the vocabulary", how->recent[i]);
    return NEUME_OK;
}

/* Logits by id: the heap serves as a table before it is one. */
static void apply_penalty(neume_lm_sampler *s, const neume_lm_sampling *how, const float *logits) {
    for (int64_t i = 0; how->repetition_penalty != 1 && i < how->recent_count; i++) {
        const float was = logits[how->recent[i]];
        s->heap[how->recent[i]].logit = was > 0 ? was / how->repetition_penalty : was * how->repetition_penalty;
    }
}

/* Fills the heap with the allowed tokens, in no order. @return how many */
static int64_t gather(neume_lm_sampler *s, const neume_lm_sampling *how, const float *logits) {
    const float per_degree = how->temperature > 0 ? 1 / how->temperature : 1;
    int64_t count = 0;
    for (int64_t i = 0; i < s->vocabulary; i++) s->heap[i] = (candidate){logits[i], (int32_t)i};
    apply_penalty(s, how, logits);
    for (int64_t i = 0; i < s->vocabulary; i++)
        if (is_allowed(how->allowed, i)) s->heap[count++] = (candidate){s->heap[i].logit * per_degree, (int32_t)i};
    return count;
}

/* --- order -------------------------------------------------------------------------------------------------------- */

/* Equal logits: the lower id comes first, so that the order is one. */
static bool before(candidate a, candidate b) {
    return a.logit > b.logit || (a.logit == b.logit && a.id < b.id);
}

static void sift(candidate *heap, int64_t count, int64_t at) {
    const candidate moved = heap[at];
    for (int64_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && before(heap[child + 1], heap[child])) child++;
        if (!before(heap[child], moved)) break;
        heap[at] = heap[child];
    }
    heap[at] = moved;
}

static candidate pop(candidate *heap, int64_t *count) {
    const candidate top = heap[0];
    heap[0] = heap[--*count];
    if (*count) sift(heap, *count, 0);
    return top;
}

/* --- sums of exponentials ----------------------------------------------------------------------------------------- */

NEUME_VECTOR static void logit_shares(const float *logits, int64_t count, float most, float *shares) {
    for (int64_t i = 0; i < count; i++) shares[i] = neume__exp_negative(logits[i] - most);
}

NEUME_VECTOR static void candidate_shares(const candidate *items, int64_t count, float most, float *shares) {
    for (int64_t i = 0; i < count; i++) shares[i] = neume__exp_negative(items[i].logit - most);
}

static double sum_of(const float *shares, int64_t count) {
    double sum[4] = {0};
    for (int64_t i = 0; i < count; i++) sum[i % 4] += (double)shares[i];
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* shares = exp(logit - *most), *most being the largest logit. @return their sum */
static double share_out(const candidate *items, int64_t count, float *most, float *shares) {
    *most = items[0].logit;
    for (int64_t i = 1; i < count; i++) *most = items[i].logit > *most ? items[i].logit : *most;
    candidate_shares(items, count, *most, shares);
    return sum_of(shares, count);
}

/* --- cuts --------------------------------------------------------------------------------------------------------- */

/* Takes from the heap what the cuts leave. @return how many, at least 1 */
static int64_t cut(neume_lm_sampler *s, const neume_lm_sampling *how, int64_t count) {
    const int64_t most = how->temperature == 0 ? 1 : how->top_k > 0 && how->top_k < count ? how->top_k : count;
    float top;
    if (most == count && how->top_p >= 1 && how->min_p <= 0) {
        memcpy(s->kept, s->heap, (size_t)count * sizeof *s->kept);
        return count;
    }
    const double total = share_out(s->heap, count, &top, s->shares);
    double reached = 0;
    int64_t kept = 0;
    for (int64_t i = count / 2; i-- > 0;) sift(s->heap, count, i);
    while (kept < most && reached < (double)how->top_p) {
        const candidate next = pop(s->heap, &count);
        const double share = (double)neume__exp_negative(next.logit - top);
        if (kept && share < (double)how->min_p) break;
        reached += share / total;
        s->kept[kept++] = next;
    }
    return kept;
}

/* --- the choice --------------------------------------------------------------------------------------------------- */

/* The one at `point` of 0 .. 1 along the kept ones' probabilities; *log_probability of it. */
static candidate draw(neume_lm_sampler *s, int64_t count, double point, double *log_probability) {
    float most;
    const double total = share_out(s->kept, count, &most, s->shares);
    int64_t i = 0;
    for (double sum = (double)s->shares[0]; sum <= point * total && i + 1 < count;) sum += (double)s->shares[++i];
    *log_probability = (double)(s->kept[i].logit - most) - log(total);
    return s->kept[i];
}

/* log sum exp of the model's own logits, of all and of the allowed. */
static void own_law(const neume_lm_sampler *s, const uint64_t *allowed, const float *logits, double *all,
                    double *some) {
    float most = logits[0];
    double sum = 0;
    for (int64_t i = 1; i < s->vocabulary; i++) most = logits[i] > most ? logits[i] : most;
    logit_shares(logits, s->vocabulary, most, s->shares);
    for (int64_t i = 0; allowed && i < s->vocabulary; i++) sum += is_allowed(allowed, i) ? (double)s->shares[i] : 0;
    *all = (double)most + log(sum_of(s->shares, s->vocabulary));
    *some = (double)most + log(sum);
}

neume_status neume_lm_sample(neume_lm_sampler *sampler, const neume_lm_sampling *how, const float *logits,
                             neume_lm_choice *out) {
    double all, some;
    neume_lm_choice choice;
    NEUME_TRY(check(sampler, how));
    own_law(sampler, how->allowed, logits, &all, &some);
    if (!isfinite(all)) return neume_fail(NEUME_EINVAL, "the model's logits are not numbers");
    const int64_t allowed = gather(sampler, how, logits);
    if (!allowed) return neume_fail(NEUME_EINVAL, "the mask allows no token");
    const int64_t kept = cut(sampler, how, allowed);
    const double point = kept > 1 ? neume_rng_uniform(&sampler->rng, 0, 1) : 0;
    choice.id = draw(sampler, kept, point, &choice.log_probability_cut).id;
    choice.log_probability = (double)logits[choice.id] - all;
    choice.log_allowed = how->allowed ? some - all : 0;
    *out = choice;
    return NEUME_OK;
}
