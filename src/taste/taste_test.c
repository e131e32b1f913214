/* Laws that hold for every algorithm. */
#include "taste_cases.h"

#include <string.h>

enum { K = 8 };
static const small_world world = {40, 60, 3, 12, true, 5};

static neume_taste_data *make_data(const small_world *w) {
    neume_taste_data *data = NULL;
    assert_ok(small_world_make(w, &data));
    return data;
}

static neume_taste_model *train(neume_taste_data *data, neume_taste_options options) {
    neume_taste_model *model = NULL;
    options.factors = options.factors > 8 ? 8 : options.factors;
    assert_ok(neume_taste_train(data, &options, NULL, &model));
    return model;
}

static int64_t items_of(const neume_taste_model *model) {
    return neume_ids_count(neume_taste_items(model));
}

/* Scores of a user that the model knows; the caller frees. */
static float *score_user(const neume_taste_model *model, const char *user) {
    neume_taste_entry *history = NULL;
    size_t count = 0;
    float *scores = neume__alloc((size_t)items_of(model) * sizeof *scores);
    assert_non_null(scores);
    assert_ok(neume_taste_history(model, user, &history, &count));
    assert_ok(neume_taste_score(model, history, count, scores));
    neume_taste_history_free(history);
    return scores;
}

static void assert_same_scores(const neume_taste_model *a, const neume_taste_model *b, const char *user, double rel) {
    float *x = score_user(a, user), *y = score_user(b, user);
    double largest = 0;
    for (int64_t i = 0; i < items_of(b); i++) largest = fmax(largest, fabs((double)y[i]));
    assert_int_equal(items_of(a), items_of(b));
    assert_floats_close(x, y, (size_t)items_of(a), 0, rel * largest);
    neume__free(x);
    neume__free(y);
}

static void test_names_are_found_again(void **state) {
    (void)state;
    neume_ids *ids = NULL;
    int32_t index;
    char name[32];
    assert_ok(neume_ids_new(&ids));
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "n%d", i);
        assert_int_equal(neume_ids_find(ids, name), -1);
        assert_ok(neume_ids_add(ids, name, &index));
        assert_int_equal(index, i);
    }
    assert_ok(neume_ids_add(ids, "n77", &index));
    assert_int_equal(index, 77);
    assert_int_equal(neume_ids_find(ids, "n999"), 999);
    assert_string_equal(neume_ids_name(ids, 5), "n5");
    assert_int_equal(neume_ids_add(ids, "", &index), NEUME_EINVAL);
    assert_int_equal(neume_ids_add(ids, "a\tb", &index), NEUME_EINVAL);
    neume_ids_free(ids);
}

static void test_plays_of_one_item_add_up(void **state) {
    (void)state;
    neume_taste_data *data = NULL;
    const neume_sparse *plays = NULL;
    assert_ok(neume_taste_data_new(&data));
    assert_ok(neume_taste_data_add(data, &(neume_taste_event){"u", "b", 2, 0}));
    assert_ok(neume_taste_data_add(data, &(neume_taste_event){"u", "a", 1, 0}));
    assert_ok(neume_taste_data_plays(data, &plays));
    assert_ok(neume_taste_data_add(data, &(neume_taste_event){"u", "b", 3, 0}));
    assert_ok(neume_taste_data_add(data, &(neume_taste_event){"v", "a", 1, 0}));
    assert_ok(neume_taste_data_plays(data, &plays));
    assert_int_equal(plays->rows, 2);
    assert_int_equal(plays->start[1], 2);
    assert_int_equal(plays->column[0], 0);
    assert_float_equal(plays->value[0], 5, 0);
    assert_int_equal(neume_taste_data_add(data, &(neume_taste_event){"u", "b", NAN, 0}), NEUME_EINVAL);
    neume_taste_data_free(data);
}

/* How many of a user's best are of his camp; none of them is known to him. */
static int count_right(const neume_taste_model *model, int number, int camps, int *all) {
    char user[32];
    neume_taste_entry *history = NULL;
    neume_taste_hit hits[K];
    size_t count = 0, found = 0;
    int right = 0;
    snprintf(user, sizeof user, "user %d", number);
    assert_ok(neume_taste_history(model, user, &history, &count));
    assert_ok(neume_taste_recommend(model, &(neume_taste_query){.history = history, .count = count, .most = K}, hits,
                                    &found));
    for (size_t i = 0; i < found; i++) {
        const char *item = neume_ids_name(neume_taste_items(model), hits[i].item);
        right += strtol(item + strlen("item "), NULL, 10) % camps == number % camps;
        for (size_t k = 0; k < count; k++) assert_int_not_equal(history[k].item, hits[i].item);
    }
    *all += (int)found;
    neume_taste_history_free(history);
    return right;
}

static void test_camps_are_found(void **state) {
    (void)state;
    enum { CAMPS = 3 };
    neume_taste_data *data = make_data(&(small_world){60, 60, CAMPS, 14, true, 3});
    for (int a = 0; a < NEUME_TASTE_ALGORITHMS; a++) {
        neume_taste_options options = neume_taste_defaults((neume_taste_algorithm)a);
        if (a == NEUME_TASTE_POPULARITY || a == NEUME_TASTE_RANDOM) continue;
        neume_taste_model *model = train(data, options);
        int right = 0, all = 0;
        for (int u = 0; u < 30; u++) right += count_right(model, u, CAMPS, &all);
        if (right * 10 < all * 6)
            fail_msg("%s: %d of %d are of the user's camp", neume_taste_algorithm_name(options.algorithm), right, all);
        neume_taste_free(model);
    }
    neume_taste_data_free(data);
}

static void test_a_saved_model_answers_alike(void **state) {
    (void)state;
    neume_taste_data *data = make_data(&world);
    assert_ok(neume_taste_data_set_features(data, "item 3", (const float[]){1, 2}, 2));
    assert_ok(neume_taste_data_set_features(data, "item 9", (const float[]){1, -2}, 2));
    for (int a = 0; a < NEUME_TASTE_ALGORITHMS; a++) {
        neume_taste_options options = neume_taste_defaults((neume_taste_algorithm)a);
        neume_taste_model *model = train(data, options), *again = NULL;
        neume_buffer bytes = {0}, bytes_again = {0};
        assert_ok(neume_taste_print(model, &bytes));
        assert_ok(neume_taste_parse(bytes.data, bytes.size, &again));
        assert_same_scores(again, model, "user 7", 1e-5);
        assert_ok(neume_taste_print(again, &bytes_again));
        assert_int_equal(bytes.size, bytes_again.size);
        assert_memory_equal(bytes.data, bytes_again.data, bytes.size);
        neume_buffer_clear(&bytes);
        neume_buffer_clear(&bytes_again);
        neume_taste_free(model);
        neume_taste_free(again);
    }
    neume_taste_data_free(data);
}

/* Training without user 0 gives the model that forgets him. */
static void test_forgetting_is_never_having_known(void **state) {
    (void)state;
    neume_taste_data *all = make_data(&world), *rest = NULL;
    const neume_ids *users = neume_taste_data_users(all), *items = neume_taste_data_items(all);
    const neume_sparse *plays = NULL, *tags = NULL;
    assert_ok(neume_taste_data_plays(all, &plays));
    assert_ok(neume_taste_data_item_tags(all, &tags));
    assert_ok(neume_taste_data_new(&rest));
    for (int64_t i = 0; i < tags->rows; i++)
        for (int64_t at = tags->start[i]; at < tags->start[i + 1]; at++)
            assert_ok(neume_taste_data_add_tag(rest, neume_ids_name(items, i),
                                               neume_ids_name(neume_taste_data_tags(all), tags->column[at]),
                                               (double)tags->value[at]));
    for (int64_t u = 1; u < plays->rows; u++)
        for (int64_t at = plays->start[u]; at < plays->start[u + 1]; at++)
            assert_ok(neume_taste_data_add(rest, &(neume_taste_event){neume_ids_name(users, u),
                                                                      neume_ids_name(items, plays->column[at]),
                                                                      (double)plays->value[at], 0}));
    for (int a = 0; a < NEUME_TASTE_ALGORITHMS; a++) {
        neume_taste_options options = neume_taste_defaults((neume_taste_algorithm)a);
        neume_taste_model *model = train(all, options), *without = train(rest, options);
        neume_buffer bytes = {0};
        assert_ok(neume_taste_forget(model, (const char *[]){"user 0", "nobody"}, 2));
        assert_int_equal(neume_ids_find(neume_taste_users(model), "user 0"), -1);
        assert_same_scores(model, without, "user 7", 1e-5);
        assert_ok(neume_taste_print(model, &bytes));
        assert_null(memmem(bytes.data, bytes.size, "user 0\n", 7));
        neume_buffer_clear(&bytes);
        neume_taste_free(model);
        neume_taste_free(without);
    }
    neume_taste_data_free(all);
    neume_taste_data_free(rest);
}

static void test_everyone_can_be_forgotten(void **state) {
    (void)state;
    neume_taste_data *data = make_data(&(small_world){2, 10, 2, 4, false, 1});
    for (int a = 0; a < NEUME_TASTE_ALGORITHMS; a++) {
        neume_taste_options options = neume_taste_defaults((neume_taste_algorithm)a);
        neume_taste_model *model = train(data, options);
        float scores[10];
        assert_ok(neume_taste_forget(model, (const char *[]){"user 0", "user 1"}, 2));
        assert_ok(neume_taste_score(model, &(neume_taste_entry){0, 1}, 1, scores));
        neume_taste_free(model);
    }
    neume_taste_data_free(data);
}

static void test_new_users_and_items_come_in(void **state) {
    (void)state;
    neume_taste_data *data = make_data(&world);
    const neume_taste_event events[] = {
        {"newcomer", "item 3", 4, 0}, {"newcomer", "item 6", 2, 0}, {"user 3", "unheard", 9, 0}};
    for (int a = 0; a < NEUME_TASTE_ALGORITHMS; a++) {
        neume_taste_options options = neume_taste_defaults((neume_taste_algorithm)a);
        neume_taste_model *model = train(data, options);
        neume_taste_entry *history = NULL;
        size_t count = 0;
        assert_ok(neume_taste_update(model, events, 3));
        assert_int_equal(items_of(model), 61);
        assert_ok(neume_taste_history(model, "newcomer", &history, &count));
        assert_int_equal(count, 2);
        neume__free(score_user(model, "newcomer"));
        neume_taste_history_free(history);
        neume_taste_free(model);
    }
    neume_taste_data_free(data);
}

static void assert_answered_alike(const neume_taste_model *model, const char *user, const neume_taste_hit *together,
                                  size_t found) {
    neume_taste_entry *history = NULL;
    neume_taste_hit alone[K];
    size_t count = 0, found_alone = 0;
    assert_ok(neume_taste_history(model, user, &history, &count));
    assert_ok(neume_taste_recommend(model, &(neume_taste_query){.history = history, .count = count, .most = K}, alone,
                                    &found_alone));
    assert_int_equal(found, found_alone);
    for (size_t i = 0; i < found; i++)
        assert_float_equal(together[i].score, alone[i].score, 1e-4F + 1e-4F * fabsf(alone[i].score));
    neume_taste_history_free(history);
}

static void test_many_users_are_answered_as_each_alone(void **state) {
    (void)state;
    neume_taste_data *data = make_data(&world);
    for (int a = 0; a < NEUME_TASTE_ALGORITHMS; a++) {
        neume_taste_model *model = train(data, neume_taste_defaults((neume_taste_algorithm)a));
        neume_taste_hit hits[2 * K];
        size_t found[2];
        assert_ok(neume_taste_recommend_users(model, (const char *const[]){"user 3", "nobody"}, 2, K, hits, found));
        assert_answered_alike(model, "user 3", hits, found[0]);
        assert_answered_alike(model, "nobody", hits + K, found[1]);
        neume_taste_free(model);
    }
    neume_taste_data_free(data);
}

static void test_top_equals_sorting(void **state) {
    (void)state;
    enum { N = 1000 };
    for_each_seed(seed, 50) {
        neume_rng rng = neume_rng_seeded(seed, 2);
        float scores[N];
        uint8_t excluded[N];
        neume_taste_hit hits[N + 5];
        for (int i = 0; i < N; i++) {
            scores[i] = (float)neume_rng_below(&rng, 50); /* many are equal */
            excluded[i] = neume_rng_chance(&rng, .3);
        }
        const size_t most = (size_t)neume_rng_below(&rng, N + 5),
                     found = neume_taste_top(scores, N, excluded, (int64_t)most, hits);
        size_t allowed = 0;
        for (int i = 0; i < N; i++) allowed += !excluded[i];
        assert_int_equal(found, most < allowed ? most : allowed);
        for (size_t i = 0; i < found; i++) { /* exactly i items stand before the i-th */
            size_t before = 0;
            for (int j = 0; j < N; j++)
                before +=
                    !excluded[j] && (scores[j] > hits[i].score || (scores[j] == hits[i].score && j < hits[i].item));
            assert_int_equal(before, i);
        }
    }
}

static void test_bad_histories_are_refused(void **state) {
    (void)state;
    neume_taste_data *data = make_data(&world);
    neume_taste_model *model = train(data, neume_taste_defaults(NEUME_TASTE_ITEMKNN));
    float scores[60];
    assert_int_equal(neume_taste_score(model, &(neume_taste_entry){60, 1}, 1, scores), NEUME_EINVAL);
    assert_int_equal(neume_taste_score(model, &(neume_taste_entry){-1, 1}, 1, scores), NEUME_EINVAL);
    assert_int_equal(neume_taste_score(model, &(neume_taste_entry){0, NAN}, 1, scores), NEUME_EINVAL);
    assert_ok(neume_taste_score(model, NULL, 0, scores));
    neume_taste_free(model);
    neume_taste_data_free(data);
}

/* What falls away without an item is that item's part: reasons of a linear model add up to the score. */
static void test_reasons_add_up(void **state) {
    (void)state;
    neume_taste_data *data = make_data(&world);
    neume_taste_options options = neume_taste_defaults(NEUME_TASTE_EASE);
    options.plays_power = 0;
    neume_taste_model *model = train(data, options);
    neume_taste_entry *history = NULL;
    neume_taste_hit best, reasons[60];
    size_t count = 0, found = 0;
    double sum = 0;
    assert_ok(neume_taste_history(model, "user 1", &history, &count));
    assert_ok(neume_taste_recommend(model, &(neume_taste_query){.history = history, .count = count, .most = 1}, &best,
                                    &found));
    assert_ok(neume_taste_explain(model, history, count, best.item, reasons, &found));
    assert_int_equal(found, count);
    for (size_t i = 0; i < found; i++) {
        sum += (double)reasons[i].score;
        assert_true(!i || reasons[i].score <= reasons[i - 1].score);
    }
    assert_float_equal(sum, (double)best.score, 1e-5);
    neume_taste_history_free(history);
    neume_taste_free(model);
    neume_taste_data_free(data);
}

typedef struct sweep {
    neume_taste_options options;
    neume_buffer bytes;
} sweep;

static neume_status train_small(void *context) {
    const sweep *s = context;
    neume_taste_data *data = NULL;
    neume_taste_model *model = NULL;
    NEUME_TRY(small_world_make(&(small_world){6, 8, 2, 3, true, 1}, &data));
    neume_status status = neume_taste_train(data, &s->options, NULL, &model);
    if (!status) status = neume_taste_forget(model, (const char *[]){"user 2"}, 1);
    if (!status) status = neume_taste_update(model, &(neume_taste_event){"user 9", "item 4", 1, 0}, 1);
    neume_taste_free(model);
    neume_taste_data_free(data);
    return status;
}

static neume_status parse_small(void *context) {
    const sweep *s = context;
    neume_taste_model *model = NULL;
    neume_taste_hit hits[K];
    size_t found;
    NEUME_TRY(neume_taste_parse(s->bytes.data, s->bytes.size, &model));
    neume_status status = neume_taste_similar(model, 0, K, hits, &found);
    neume_taste_free(model);
    return status;
}

static void test_allocation_failures_leave_nothing_behind(void **state) {
    (void)state;
    neume_taste_data *data = make_data(&(small_world){6, 8, 2, 3, true, 1});
    for (int a = 0; a < NEUME_TASTE_ALGORITHMS; a++) {
        neume_taste_options options = neume_taste_defaults((neume_taste_algorithm)a);
        sweep s = {.options = options};
        s.options.factors = 2;
        s.options.sweeps = 2;
        s.options.tags = 1;
        sweep_allocation_failures(train_small, &s);
        neume_taste_model *model = train(data, s.options);
        assert_ok(neume_taste_print(model, &s.bytes));
        sweep_allocation_failures(parse_small, &s);
        neume_buffer_clear(&s.bytes);
        neume_taste_free(model);
    }
    neume_taste_data_free(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_are_found_again),
        cmocka_unit_test(test_plays_of_one_item_add_up),
        cmocka_unit_test(test_camps_are_found),
        cmocka_unit_test(test_a_saved_model_answers_alike),
        cmocka_unit_test(test_forgetting_is_never_having_known),
        cmocka_unit_test(test_everyone_can_be_forgotten),
        cmocka_unit_test(test_new_users_and_items_come_in),
        cmocka_unit_test(test_many_users_are_answered_as_each_alone),
        cmocka_unit_test(test_top_equals_sorting),
        cmocka_unit_test(test_bad_histories_are_refused),
        cmocka_unit_test(test_reasons_add_up),
        cmocka_unit_test(test_allocation_failures_leave_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
