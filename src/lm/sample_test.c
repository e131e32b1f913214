#include "neume_test.h"

#include "neume/lm.h"

#include <string.h>

enum { VOCABULARY = 70, WORDS = 2 };

static neume_lm_sampler *new_sampler(uint64_t seed) {
    neume_lm_sampler *sampler;
    assert_ok(neume_lm_sampler_new(VOCABULARY, seed, &sampler));
    return sampler;
}

static void random_logits(uint64_t seed, float *logits) {
    neume_rng rng = neume_rng_seeded(seed, 3);
    for (int i = 0; i < VOCABULARY; i++) logits[i] = (float)(2 * neume_rng_normal(&rng));
}

static int32_t likeliest(const float *logits) {
    int32_t best = 0;
    for (int32_t i = 1; i < VOCABULARY; i++) best = logits[i] > logits[best] ? i : best;
    return best;
}

static neume_lm_choice choose(neume_lm_sampler *sampler, const neume_lm_sampling *how, const float *logits) {
    neume_lm_choice choice;
    assert_ok(neume_lm_sample(sampler, how, logits, &choice));
    return choice;
}

/* log softmax of logits * per_degree over those of `ids` that are set (NULL: all). */
static double slow_log_probability(const float *logits, double per_degree, const bool *set, int32_t id) {
    double sum = 0;
    for (int i = 0; i < VOCABULARY; i++)
        if (!set || set[i]) sum += exp(per_degree * (double)logits[i]);
    return per_degree * (double)logits[id] - log(sum);
}

/* --- no choice at all --------------------------------------------------------------------------------------------- */

static void test_temperature_zero_top_1_tiny_nucleus_and_min_p_1_are_greedy(void **state) {
    (void)state;
    neume_lm_sampler *sampler = new_sampler(1);
    neume_lm_sampling how[4] = {NEUME_LM_SAMPLING_DEFAULT, NEUME_LM_SAMPLING_DEFAULT, NEUME_LM_SAMPLING_DEFAULT,
                                NEUME_LM_SAMPLING_DEFAULT};
    how[0].temperature = 0, how[1].top_k = 1, how[2].top_p = 1e-9f, how[3].min_p = 1;
    for_each_seed(seed, 100) {
        float logits[VOCABULARY];
        random_logits(seed, logits);
        for (int i = 0; i < 4; i++) {
            const neume_lm_choice choice = choose(sampler, &how[i], logits);
            assert_int_equal(choice.id, likeliest(logits));
            assert_float_equal(choice.log_probability_cut, 0, 1e-12);
            assert_float_equal(choice.log_probability, slow_log_probability(logits, 1, NULL, choice.id), 1e-5);
        }
    }
    neume_lm_sampler_free(sampler);
}

static void test_equals_are_taken_by_the_lowest_id(void **state) {
    (void)state;
    float logits[VOCABULARY] = {0};
    neume_lm_sampler *sampler = new_sampler(1);
    neume_lm_sampling how = NEUME_LM_SAMPLING_DEFAULT;
    const uint64_t from_9[WORDS] = {~(uint64_t)0x1ff, ~(uint64_t)0};
    how.temperature = 0;
    assert_int_equal(choose(sampler, &how, logits).id, 0);
    how.allowed = from_9;
    assert_int_equal(choose(sampler, &how, logits).id, 9);
    neume_lm_sampler_free(sampler);
}

/* --- frequencies -------------------------------------------------------------------------------------------------- */

/* Pearson's test: the draws fit the law `probability` (0 where nothing may be drawn). Chi-square is about normal around
 * its degrees of freedom n with variance 2 n; five deviations are never met by chance at a fixed seed that passed. */
static void assert_draws_follow(const neume_lm_sampling *how, const float *logits, const double *probability) {
    enum { DRAWS = 40000 };
    int counts[VOCABULARY] = {0}, degrees = -1;
    double chi = 0;
    neume_lm_sampler *sampler = new_sampler(11);
    for (int n = 0; n < DRAWS; n++) {
        const neume_lm_choice choice = choose(sampler, how, logits);
        assert_true(probability[choice.id] > 0);
        assert_float_equal(choice.log_probability_cut, log(probability[choice.id]), 1e-4);
        counts[choice.id]++;
    }
    for (int i = 0; i < VOCABULARY; i++) {
        const double want = DRAWS * probability[i];
        if (want < 5) continue; /* too rare for the approximation */
        degrees++;
        chi += (counts[i] - want) * (counts[i] - want) / want;
    }
    if (degrees > 0) assert_true(chi < degrees + 5 * sqrt(2.0 * degrees));
    neume_lm_sampler_free(sampler);
}

/* The law that is left when the `kept` likeliest of the set (NULL: all) are, at 1 / temperature. */
static void slow_law(const float *logits, double per_degree, const bool *set, int kept, double *probability) {
    bool left[VOCABULARY] = {false};
    for (int n = 0; n < kept; n++) {
        int best = -1;
        for (int i = 0; i < VOCABULARY; i++)
            if (!left[i] && (!set || set[i]) && (best < 0 || logits[i] > logits[best])) best = i;
        if (best >= 0) left[best] = true;
    }
    for (int i = 0; i < VOCABULARY; i++)
        probability[i] = left[i] ? exp(slow_log_probability(logits, per_degree, left, i)) : 0;
}

static void test_frequencies_follow_the_softmax_at_every_temperature(void **state) {
    (void)state;
    float logits[VOCABULARY];
    double law[VOCABULARY];
    random_logits(1, logits);
    for (int i = 1; i <= 4; i++) {
        neume_lm_sampling how = NEUME_LM_SAMPLING_DEFAULT;
        how.temperature = 0.5f * (float)i;
        slow_law(logits, 1 / (0.5 * i), NULL, VOCABULARY, law);
        assert_draws_follow(&how, logits, law);
    }
}

static void test_top_k_leaves_the_k_likeliest(void **state) {
    (void)state;
    float logits[VOCABULARY];
    double law[VOCABULARY];
    random_logits(2, logits);
    for (int k = 2; k < 100; k += 13) {
        neume_lm_sampling how = NEUME_LM_SAMPLING_DEFAULT;
        how.top_k = k;
        slow_law(logits, 1, NULL, k, law);
        assert_draws_follow(&how, logits, law);
    }
}

/* How many of the falling order are kept: until their sum reaches top_p, and while at least min_p of the first. */
static int slow_cut(const float *logits, double per_degree, double top_p, double min_p) {
    double law[VOCABULARY], alone[VOCABULARY], sum = 0;
    slow_law(logits, per_degree, NULL, VOCABULARY, law);
    for (int kept = 0;; kept++) {
        if (kept == VOCABULARY || sum >= top_p) return kept;
        slow_law(logits, per_degree, NULL, kept + 1, alone); /* the newcomer is the least likely of them */
        double least = 2, most = 0;
        for (int i = 0; i < VOCABULARY; i++) {
            if (alone[i] > 0) least = fmin(least, law[i]);
            most = fmax(most, law[i]);
        }
        if (kept && least < min_p * most) return kept;
        sum += least;
    }
}

static void test_top_p_and_min_p_leave_what_they_say(void **state) {
    (void)state;
    float logits[VOCABULARY];
    double law[VOCABULARY];
    for_each_seed(seed, 6) {
        neume_lm_sampling how = NEUME_LM_SAMPLING_DEFAULT;
        random_logits(seed, logits);
        how.temperature = 1.25f;
        how.top_p = seed % 2 ? 0.8f : 1;
        how.min_p = seed % 3 ? 0.1f : 0;
        slow_law(logits, 0.8, NULL, slow_cut(logits, 0.8, (double)how.top_p, (double)how.min_p), law);
        assert_draws_follow(&how, logits, law);
    }
}

/* --- mask and penalty --------------------------------------------------------------------------------------------- */

static void test_the_mask_is_never_broken_and_what_it_removes_is_told(void **state) {
    (void)state;
    float logits[VOCABULARY];
    double law[VOCABULARY];
    for_each_seed(seed, 5) {
        neume_rng rng = neume_rng_seeded(seed, 1);
        uint64_t allowed[WORDS] = {0};
        bool set[VOCABULARY] = {false};
        double share = 0;
        neume_lm_sampling how = NEUME_LM_SAMPLING_DEFAULT;
        random_logits(seed, logits);
        for (int i = 0; i < VOCABULARY; i++) {
            set[i] = neume_rng_chance(&rng, 0.2) || i == 69;
            if (set[i])
                allowed[i / 64] |= (uint64_t)1 << i % 64, share += exp(slow_log_probability(logits, 1, NULL, i));
        }
        how.allowed = allowed;
        how.top_k = 6;
        slow_law(logits, 1, set, 6, law);
        assert_draws_follow(&how, logits, law);
        neume_lm_sampler *sampler = new_sampler(seed);
        const neume_lm_choice choice = choose(sampler, &how, logits);
        assert_float_equal(choice.log_allowed, log(share), 1e-5);
        assert_float_equal(choice.log_probability, slow_log_probability(logits, 1, NULL, choice.id), 1e-5);
        neume_lm_sampler_free(sampler);
    }
}

static void test_the_penalty_moves_each_recent_token_once(void **state) {
    (void)state;
    float logits[VOCABULARY], moved[VOCABULARY];
    double law[VOCABULARY];
    const int32_t recent[] = {3, 50, 3, 12, 50};
    neume_lm_sampling how = NEUME_LM_SAMPLING_DEFAULT;
    random_logits(4, logits);
    logits[3] = 1.5f, logits[50] = -1.5f;
    memcpy(moved, logits, sizeof moved);
    moved[3] /= 1.5f, moved[50] *= 1.5f, moved[12] = moved[12] > 0 ? moved[12] / 1.5f : moved[12] * 1.5f;
    how.repetition_penalty = 1.5f;
    how.recent = recent;
    how.recent_count = 5;
    slow_law(moved, 1, NULL, VOCABULARY, law);
    assert_draws_follow(&how, logits, law);
}

/* --- the rest ----------------------------------------------------------------------------------------------------- */

static void test_one_seed_gives_one_sequence(void **state) {
    (void)state;
    float logits[VOCABULARY];
    neume_lm_sampling how = NEUME_LM_SAMPLING_DEFAULT;
    neume_lm_sampler *a = new_sampler(5), *b = new_sampler(5), *other = new_sampler(6);
    int same = 0;
    random_logits(1, logits);
    for (int i = 0; i < 200; i++) {
        const int32_t id = choose(a, &how, logits).id;
        assert_int_equal(choose(b, &how, logits).id, id);
        same += choose(other, &how, logits).id == id;
    }
    assert_true(same < 150);
    neume_lm_sampler_free(a);
    neume_lm_sampler_free(b);
    neume_lm_sampler_free(other);
}

static void test_settings_that_mean_nothing_are_refused(void **state) {
    (void)state;
    const uint64_t nothing[WORDS] = {0};
    const int32_t foreign = VOCABULARY;
    float logits[VOCABULARY] = {0}, broken[VOCABULARY] = {NAN};
    neume_lm_sampler *sampler = new_sampler(1);
    neume_lm_choice choice;
    const neume_lm_sampling bad[] = {
        {-1, 0, 1, 0, 1, NULL, 0, NULL},    {NAN, 0, 1, 0, 1, NULL, 0, NULL},  {1, -1, 1, 0, 1, NULL, 0, NULL},
        {1, 0, 0, 0, 1, NULL, 0, NULL},     {1, 0, 1, 2, 1, NULL, 0, NULL},    {1, 0, 1, 0, 0, NULL, 0, NULL},
        {1, 0, 1, 0, 2, &foreign, 1, NULL}, {1, 0, 1, 0, 1, NULL, 0, nothing},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(neume_lm_sample(sampler, &bad[i], logits, &choice), NEUME_EINVAL);
    const neume_lm_sampling good = NEUME_LM_SAMPLING_DEFAULT;
    assert_int_equal(neume_lm_sample(sampler, &good, broken, &choice), NEUME_EINVAL);
    neume_lm_sampler_free(sampler);
    assert_int_equal(neume_lm_sampler_new(0, 1, &sampler), NEUME_EINVAL);
}

static neume_status make_sampler(void *context) {
    (void)context;
    neume_lm_sampler *sampler = NULL;
    const neume_status status = neume_lm_sampler_new(VOCABULARY, 1, &sampler);
    neume_lm_sampler_free(sampler);
    return status;
}

static void test_every_failing_allocation_is_survived(void **state) {
    (void)state;
    sweep_allocation_failures(make_sampler, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_temperature_zero_top_1_tiny_nucleus_and_min_p_1_are_greedy),
        cmocka_unit_test(test_equals_are_taken_by_the_lowest_id),
        cmocka_unit_test(test_frequencies_follow_the_softmax_at_every_temperature),
        cmocka_unit_test(test_top_k_leaves_the_k_likeliest),
        cmocka_unit_test(test_top_p_and_min_p_leave_what_they_say),
        cmocka_unit_test(test_the_mask_is_never_broken_and_what_it_removes_is_told),
        cmocka_unit_test(test_the_penalty_moves_each_recent_token_once),
        cmocka_unit_test(test_one_seed_gives_one_sequence),
        cmocka_unit_test(test_settings_that_mean_nothing_are_refused),
        cmocka_unit_test(test_every_failing_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
