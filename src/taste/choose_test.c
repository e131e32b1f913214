#include "neume_test.h"

#include "neume/taste_choose.h"

#include <string.h>

enum { ITEMS = 60, GROUPS = 6 };

/* Items of one group are alike. */
static double same_group(const void *context, int32_t a, int32_t b) {
    (void)context;
    return a == b ? 1 : a % GROUPS == b % GROUPS ? .8 : .1;
}
static const neume_taste_alike by_group = {same_group, NULL};

static void random_candidates(uint64_t seed, neume_taste_hit hits[ITEMS]) {
    neume_rng rng = neume_rng_seeded(seed, 1);
    float score = 10;
    for (int i = 0; i < ITEMS; i++) {
        hits[i] = (neume_taste_hit){i, score};
        score -= (float)neume_rng_uniform(&rng, 0, 1);
    }
}

static void test_standardised_scores_have_mean_0_and_deviation_1(void **state) {
    (void)state;
    for_each_seed(seed, 20) {
        neume_rng rng = neume_rng_seeded(seed, 2);
        float scores[100];
        double sum = 0, squares = 0;
        for (int i = 0; i < 100; i++) scores[i] = (float)(1000 + 7 * neume_rng_normal(&rng));
        neume_taste_standardise(scores, 100);
        for (int i = 0; i < 100; i++) sum += (double)scores[i], squares += (double)scores[i] * (double)scores[i];
        assert_true(fabs(sum) < 1e-3);
        assert_true(fabs(squares - 100) < 1e-2);
    }
    float alike[3] = {4, 4, 4};
    neume_taste_standardise(alike, 3);
    for (int i = 0; i < 3; i++) assert_true(alike[i] <= 0 && alike[i] >= 0);
    neume_taste_standardise(alike, 0);
}

static void test_without_diversity_the_best_are_chosen_in_order(void **state) {
    (void)state;
    for_each_seed(seed, 20) {
        neume_taste_hit hits[ITEMS], chosen[10];
        random_candidates(seed, hits);
        assert_ok(neume_taste_diversify(hits, ITEMS, 0, &by_group, 10, chosen));
        assert_memory_equal(hits, chosen, sizeof chosen);
    }
}

static int groups_in(const neume_taste_hit *chosen, size_t count) {
    unsigned seen = 0;
    for (size_t i = 0; i < count; i++) seen |= 1u << chosen[i].item % GROUPS;
    return __builtin_popcount(seen);
}

static void test_more_diversity_never_shows_fewer_groups_and_the_first_stays(void **state) {
    (void)state;
    for_each_seed(seed, 20) {
        neume_taste_hit hits[ITEMS], little[GROUPS], much[GROUPS];
        random_candidates(seed, hits);
        assert_ok(neume_taste_diversify(hits, ITEMS, .1, &by_group, GROUPS, little));
        assert_ok(neume_taste_diversify(hits, ITEMS, .95, &by_group, GROUPS, much));
        assert_int_equal(much[0].item, 0);
        assert_int_equal(groups_in(much, GROUPS), GROUPS);
        assert_true(groups_in(little, GROUPS) <= GROUPS);
    }
}

static void test_a_list_never_repeats_and_ends_with_the_candidates(void **state) {
    neume_taste_hit hits[ITEMS], chosen[ITEMS + 1];
    bool seen[ITEMS] = {false};
    (void)state;
    chosen[ITEMS].item = -1;
    random_candidates(1, hits);
    assert_ok(neume_taste_diversify(hits, ITEMS, .5, &by_group, 2 * ITEMS, chosen));
    assert_int_equal(chosen[ITEMS].item, -1); /* nothing is written behind the candidates' number */
    for (size_t i = 0; i < ITEMS; i++) {
        assert_false(seen[chosen[i].item]);
        seen[chosen[i].item] = true;
    }
    assert_ok(neume_taste_diversify(hits, 0, .5, &by_group, 5, NULL));
}

/* Items on a line: the nearer two are, the more alike. */
static double near(const void *context, int32_t a, int32_t b) {
    (void)context;
    return 1 - fabs((double)(a - b)) / ITEMS;
}
static const neume_taste_alike on_a_line = {near, NULL};

static neume_taste_journey line_journey(int32_t from, int32_t to, float *like) {
    for (int32_t i = 0; i < ITEMS; i++) {
        like[i] = (float)near(NULL, i, from);
        like[ITEMS + i] = (float)near(NULL, i, to);
    }
    return (neume_taste_journey){
        .from = from, .to = to, .like_from = like, .like_to = like + ITEMS, .items = ITEMS, .steps = 8};
}

static void test_a_way_keeps_its_ends_and_repeats_nothing(void **state) {
    float like[2 * ITEMS];
    int32_t way[8];
    size_t found = 0;
    uint8_t excluded[ITEMS] = {0};
    bool seen[ITEMS] = {false};
    (void)state;
    neume_taste_journey journey = line_journey(5, 50, like);
    for (int i = 20; i < 30; i++) excluded[i] = 1;
    journey.excluded = excluded;
    assert_ok(neume_taste_travel(&journey, &on_a_line, way, &found));
    assert_int_equal(found, 8);
    assert_int_equal(way[0], 5);
    assert_int_equal(way[7], 50);
    for (size_t i = 0; i < found; i++) {
        assert_false(seen[way[i]] || excluded[way[i]]);
        seen[way[i]] = true;
    }
}

static void test_a_way_leaves_the_one_end_for_the_other(void **state) {
    float like[2 * ITEMS];
    int32_t way[8];
    size_t found = 0;
    (void)state;
    const neume_taste_journey journey = line_journey(5, 50, like);
    assert_ok(neume_taste_travel(&journey, &on_a_line, way, &found));
    double early = 0, late = 0;
    for (int i = 1; i < 4; i++) early += fabs((double)way[i] - 50), late += fabs((double)way[i + 3] - 50);
    assert_true(late < early);
}

static void test_a_way_without_ends_is_refused_and_a_short_one_ends(void **state) {
    float like[2 * ITEMS];
    int32_t way[8];
    size_t found = 0;
    (void)state;
    neume_taste_journey journey = line_journey(5, 5, like);
    assert_int_equal(neume_taste_travel(&journey, &on_a_line, way, &found), NEUME_EINVAL);
    journey = line_journey(0, 2, like);
    journey.items = 3;
    assert_ok(neume_taste_travel(&journey, &on_a_line, way, &found));
    assert_int_equal(found, 3);
    assert_int_equal(way[1], 1);
}

static void test_noise_has_mean_0_and_the_spread_that_epsilon_asks(void **state) {
    neume_rng rng = neume_rng_seeded(3, 3);
    (void)state;
    for (double epsilon = .1; epsilon < 3; epsilon *= 3) {
        enum { N = 40000 };
        const double a = exp(-epsilon), spread = 2 * a / ((1 - a) * (1 - a));
        double sum = 0, squares = 0;
        for (int i = 0; i < N; i++) {
            const uint64_t bits[2] = {(uint64_t)neume_rng_u32(&rng) << 32 | neume_rng_u32(&rng),
                                      (uint64_t)neume_rng_u32(&rng) << 32 | neume_rng_u32(&rng)};
            const double noise = (double)neume_taste_noise(bits, epsilon, 1);
            sum += noise;
            squares += noise * noise;
        }
        assert_true(fabs(sum / N) < 5 * sqrt(spread / N));
        assert_true(fabs(squares / N - spread) < .1 * spread);
    }
}

static neume_status travel(void *context) {
    float like[2 * ITEMS];
    int32_t way[8];
    size_t found = 0;
    (void)context;
    const neume_taste_journey journey = line_journey(5, 50, like);
    return neume_taste_travel(&journey, &on_a_line, way, &found);
}

static neume_status diversify(void *context) {
    neume_taste_hit hits[ITEMS], chosen[4];
    (void)context;
    random_candidates(1, hits);
    return neume_taste_diversify(hits, ITEMS, .5, &by_group, 4, chosen);
}

static void test_no_memory_is_said(void **state) {
    (void)state;
    sweep_allocation_failures(travel, NULL);
    sweep_allocation_failures(diversify, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_standardised_scores_have_mean_0_and_deviation_1),
        cmocka_unit_test(test_without_diversity_the_best_are_chosen_in_order),
        cmocka_unit_test(test_more_diversity_never_shows_fewer_groups_and_the_first_stays),
        cmocka_unit_test(test_a_list_never_repeats_and_ends_with_the_candidates),
        cmocka_unit_test(test_a_way_keeps_its_ends_and_repeats_nothing),
        cmocka_unit_test(test_a_way_leaves_the_one_end_for_the_other),
        cmocka_unit_test(test_a_way_without_ends_is_refused_and_a_short_one_ends),
        cmocka_unit_test(test_noise_has_mean_0_and_the_spread_that_epsilon_asks),
        cmocka_unit_test(test_no_memory_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
