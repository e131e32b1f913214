/* Metrics against hand-made numbers; splits; comparisons. */
#include "taste_cases.h"

#include "neume/taste_eval.h"

static const double third = 1. / 3;

/* Five users, lists of three. Gains at ranks 1, 2, 3: 1, 1 / log2(3) = .63093, .5. */
static void test_metrics_are_those_computed_by_hand(void **state) {
    (void)state;
    const int32_t ranked[3] = {1, 2, 3};
    const struct {
        int32_t hidden[4];
        int64_t count;
        double precision, recall, f1, ndcg, map, hit;
    } users[5] = {
        {{1}, 1, third, 1, .5, 1, 1, 1},
        {{3}, 1, third, 1, .5, .5, third, 1},
        {{3, 2}, 2, 2 * third, 1, .8, 1.130930 / 1.630930, (.5 + 2 * third) / 2, 1},
        {{4, 5, 6, 7}, 4, 0, 0, 0, 0, 0, 0},
        {{9, 1, 3, 8}, 4, 2 * third, .5, 4. / 7, 1.5 / 2.130930, (1 + 2 * third) / 3, 1},
    };
    for (int u = 0; u < 5; u++) {
        double m[NEUME_TASTE_METRICS];
        neume_taste_judge(ranked, 3, users[u].hidden, users[u].count, 3, m);
        assert_float_equal(m[NEUME_TASTE_PRECISION], users[u].precision, 1e-6);
        assert_float_equal(m[NEUME_TASTE_RECALL], users[u].recall, 1e-6);
        assert_float_equal(m[NEUME_TASTE_F1], users[u].f1, 1e-6);
        assert_float_equal(m[NEUME_TASTE_NDCG], users[u].ndcg, 1e-6);
        assert_float_equal(m[NEUME_TASTE_MAP], users[u].map, 1e-6);
        assert_float_equal(m[NEUME_TASTE_HIT], users[u].hit, 1e-6);
    }
}

static neume_taste_data *make_world(uint64_t seed) {
    neume_taste_data *data = NULL;
    assert_ok(small_world_make(&(small_world){50, 60, 3, 14, true, seed}, &data));
    return data;
}

/* Every play is either shown or hidden, and everybody keeps something. */
static void test_a_split_loses_nothing(void **state) {
    (void)state;
    for_each_seed(seed, 5) {
        neume_taste_data *data = make_world(seed), *parts[2] = {NULL, NULL};
        const neume_sparse *all = NULL, *shown = NULL, *hidden = NULL;
        assert_ok(neume_taste_data_split(data, &(neume_taste_split){.share = .3, .seed = seed}, &parts[0], &parts[1]));
        assert_ok(neume_taste_data_plays(data, &all));
        assert_ok(neume_taste_data_plays(parts[0], &shown));
        assert_ok(neume_taste_data_plays(parts[1], &hidden));
        for (int64_t u = 0; u < all->rows; u++) {
            int64_t s = shown->start[u], h = hidden->start[u];
            assert_true(shown->start[u + 1] > s && hidden->start[u + 1] > h);
            for (int64_t at = all->start[u]; at < all->start[u + 1]; at++) {
                const bool is_shown = s < shown->start[u + 1] && shown->column[s] == all->column[at];
                const neume_sparse *part = is_shown ? shown : hidden;
                const int64_t place = is_shown ? s++ : h++;
                assert_int_equal(part->column[place], all->column[at]);
                assert_float_equal(part->value[place], all->value[at], 0);
            }
            assert_int_equal(s, shown->start[u + 1]);
            assert_int_equal(h, hidden->start[u + 1]);
        }
        neume_taste_data_free(data);
        neume_taste_data_free(parts[0]);
        neume_taste_data_free(parts[1]);
    }
}

static void test_a_split_by_time_hides_the_latest(void **state) {
    (void)state;
    neume_taste_data *data = NULL, *shown = NULL, *hidden = NULL;
    const neume_sparse *plays = NULL;
    assert_ok(neume_taste_data_new(&data));
    for (int i = 0; i < 10; i++) {
        char item[16];
        snprintf(item, sizeof item, "i%d", i);
        assert_ok(neume_taste_data_add(data, &(neume_taste_event){"u", item, 1, 1e9 + (i * 7) % 10}));
    }
    assert_ok(neume_taste_data_split(data, &(neume_taste_split){.share = .2, .by_time = true}, &shown, &hidden));
    assert_ok(neume_taste_data_plays(hidden, &plays));
    assert_int_equal(plays->start[1], 2);
    assert_string_equal(neume_ids_name(neume_taste_data_items(hidden), plays->column[0]), "i4"); /* 28 % 10 = 8 */
    assert_string_equal(neume_ids_name(neume_taste_data_items(hidden), plays->column[1]), "i7"); /* 49 % 10 = 9 */
    neume_taste_data_free(data);
    neume_taste_data_free(shown);
    neume_taste_data_free(hidden);
}

typedef struct measured {
    neume_taste_data *shown, *hidden;
    neume_taste_scores scores[NEUME_TASTE_ALGORITHMS];
} measured;

static void measure_all(measured *m) {
    neume_taste_data *data = make_world(1);
    assert_ok(neume_taste_data_split(data, &(neume_taste_split){.share = .3, .seed = 1}, &m->shown, &m->hidden));
    for (int a = 0; a < NEUME_TASTE_ALGORITHMS; a++) {
        neume_taste_options options = neume_taste_defaults((neume_taste_algorithm)a);
        neume_taste_model *model = NULL;
        options.factors = options.factors > 8 ? 8 : options.factors;
        assert_ok(neume_taste_train(m->shown, &options, NULL, &model));
        assert_ok(neume_taste_measure(model, m->hidden, 5, &m->scores[a]));
        neume_taste_free(model);
    }
    neume_taste_data_free(data);
}

static void measured_clear(measured *m) {
    for (int a = 0; a < NEUME_TASTE_ALGORITHMS; a++) neume_taste_scores_clear(&m->scores[a]);
    neume_taste_data_free(m->shown);
    neume_taste_data_free(m->hidden);
}

static void test_all_beat_chance_and_the_test_says_so(void **state) {
    (void)state;
    measured m = {0};
    neume_taste_comparison c;
    measure_all(&m);
    const neume_taste_scores *chance = &m.scores[NEUME_TASTE_RANDOM];
    assert_ok(neume_taste_compare(chance, chance, NEUME_TASTE_NDCG, &c));
    assert_float_equal(c.difference, 0, 0);
    assert_float_equal(c.p, 1, 1e-9);
    for (int a = 0; a < NEUME_TASTE_ALGORITHMS; a++) {
        if (a == NEUME_TASTE_RANDOM || a == NEUME_TASTE_POPULARITY) continue;
        assert_ok(neume_taste_compare(&m.scores[a], chance, NEUME_TASTE_NDCG, &c));
        assert_true(fabs(c.difference - m.scores[a].mean[NEUME_TASTE_NDCG] + chance->mean[NEUME_TASTE_NDCG]) < 1e-12);
        if (!(c.difference > 0 && c.p < .01))
            fail_msg("%s: difference %g, p %g", neume_taste_algorithm_name((neume_taste_algorithm)a), c.difference,
                     c.p);
    }
    measured_clear(&m);
}

/* An item that nobody played is found by its tags alone. */
static void test_cold_items_are_scored_apart(void **state) {
    (void)state;
    neume_taste_data *data = make_world(1), *hidden = NULL;
    neume_taste_model *model = NULL;
    neume_taste_scores scores = {0};
    neume_taste_options options = neume_taste_defaults(NEUME_TASTE_CONTENT);
    for (int i = 0; i < 3; i++) {
        char item[32], tag[32];
        snprintf(item, sizeof item, "new %d", i);
        snprintf(tag, sizeof tag, "camp %d", i);
        assert_ok(neume_taste_data_add_tag(data, item, tag, 1));
    }
    assert_ok(neume_taste_data_new(&hidden));
    assert_ok(neume_taste_data_add(hidden, &(neume_taste_event){"user 0", "new 0", 1, 0}));
    assert_ok(neume_taste_data_add(hidden, &(neume_taste_event){"user 1", "new 1", 1, 0}));
    assert_ok(neume_taste_train(data, &options, NULL, &model));
    assert_ok(neume_taste_measure(model, hidden, 1, &scores));
    assert_int_equal(scores.cold_users, 2);
    assert_float_equal(scores.cold_ndcg, 1, 1e-9);
    neume_taste_scores_clear(&scores);
    neume_taste_free(model);
    neume_taste_data_free(data);
    neume_taste_data_free(hidden);
}

static void test_searching_does_not_make_it_worse(void **state) {
    (void)state;
    neume_taste_data *data = make_world(2), *shown = NULL, *hidden = NULL;
    assert_ok(neume_taste_data_split(data, &(neume_taste_split){.share = .3, .seed = 1}, &shown, &hidden));
    double ndcg[2];
    for (int searched = 0; searched < 2; searched++) {
        neume_taste_options options = neume_taste_defaults(NEUME_TASTE_RP3BETA);
        neume_taste_model *model = NULL;
        neume_taste_scores scores = {0};
        options.damping = 1;
        if (searched) assert_ok(neume_taste_search_on(shown, hidden, 5, NULL, &options));
        assert_ok(neume_taste_train(shown, &options, NULL, &model));
        assert_ok(neume_taste_measure(model, hidden, 5, &scores));
        ndcg[searched] = scores.mean[NEUME_TASTE_NDCG];
        neume_taste_scores_clear(&scores);
        neume_taste_free(model);
    }
    assert_true(ndcg[1] >= ndcg[0]);
    neume_taste_data_free(data);
    neume_taste_data_free(shown);
    neume_taste_data_free(hidden);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_metrics_are_those_computed_by_hand),
        cmocka_unit_test(test_a_split_loses_nothing),
        cmocka_unit_test(test_a_split_by_time_hides_the_latest),
        cmocka_unit_test(test_all_beat_chance_and_the_test_says_so),
        cmocka_unit_test(test_cold_items_are_scored_apart),
        cmocka_unit_test(test_searching_does_not_make_it_worse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
