/* A guide answers requests from what is heard and what is known of the items. */
#include "taste_world.h"

/* --- recommending ------------------------------------------------------------------------------------------------- */

static void test_a_listener_gets_his_style_and_nothing_he_knows(void **state) {
    (void)state;
    neume_store *store = make_world();
    neume_guide *guide = make_guide(store);
    neume_request request = NEUME_REQUEST_DEFAULT;
    int own = 0, all = 0;
    request.count = 2;
    for (int user = 1; user <= USERS; user++) {
        char name[16];
        neume_answer answer = {0};
        neume_buffer known = {0};
        snprintf(name, sizeof name, "%d", user);
        request.user = name;
        assert_ok(neume_guide_recommend(guide, &request, &answer));
        assert_ok(neume_listening_export(store, name, &known));
        for (size_t i = 0; i < answer.count; i++) {
            char quoted[32];
            snprintf(quoted, sizeof quoted, "\"item\": \"%s\"", answer.items[i].id);
            assert_null(strstr(known.data, quoted));
            own += of_group(answer.items[i].id, user % GROUPS);
            all++;
        }
        neume_buffer_clear(&known);
        neume_answer_clear(&answer);
    }
    assert_true(own > .8 * all);
    neume_guide_free(guide);
    neume_store_close(store);
}

static bool is_answered(neume_guide *guide, const neume_request *request, const char *id) {
    neume_answer answer = {0};
    bool found = false;
    assert_ok(neume_guide_recommend(guide, request, &answer));
    for (size_t i = 0; i < answer.count; i++) found = found || strcmp(answer.items[i].id, id) == 0;
    neume_answer_clear(&answer);
    return found;
}

static void test_not_again_lets_old_ones_return_but_never_banned_ones(void **state) {
    (void)state;
    neume_store *store = make_world();
    import_text(store, "user,item,kind,time\nnew,i0,play,1000000000\nnew,i4,play,1000864000\nnew,i8,ban,1000000000\n");
    neume_guide *guide = make_guide(store);
    neume_request request = NEUME_REQUEST_DEFAULT;
    request.user = "new";
    request.count = ITEMS;
    request.now_s = 1000864000 + 3600;
    assert_false(is_answered(guide, &request, "i0"));
    request.not_again_days = 7;
    assert_true(is_answered(guide, &request, "i0"));
    assert_false(is_answered(guide, &request, "i4"));
    assert_false(is_answered(guide, &request, "i8"));
    request.not_again_days = 0;
    assert_true(is_answered(guide, &request, "i4"));
    assert_false(is_answered(guide, &request, "i8"));
    neume_guide_free(guide);
    neume_store_close(store);
}

/* All of an answer's items are of the group. */
static void assert_all_of(neume_guide *guide, const neume_request *request, int group) {
    neume_answer answer = {0};
    assert_ok(neume_guide_recommend(guide, request, &answer));
    assert_int_equal(answer.count, request->count);
    for (size_t i = 0; i < answer.count; i++) assert_true(of_group(answer.items[i].id, group));
    neume_answer_clear(&answer);
}

static void test_like_and_session_and_words_find_their_style(void **state) {
    (void)state;
    neume_store *store = make_world();
    neume_guide *guide = make_guide(store);
    const char *const session[] = {"i2", "Song 6"};
    neume_request request = NEUME_REQUEST_DEFAULT;
    request.count = 4;
    request.diversity = 0;
    request.like = "i1";
    assert_all_of(guide, &request, 1);
    request.like = "song 3"; /* by name, whatever the case */
    assert_all_of(guide, &request, 3);
    request.like = NULL;
    request.session = session;
    request.session_count = 2;
    assert_all_of(guide, &request, 2);
    request.session_count = 0;
    request.prompt = "some jazz please";
    assert_all_of(guide, &request, 0);
    request.prompt = "来点爵士乐";
    assert_all_of(guide, &request, 0);
    request.prompt = "style=metal";
    assert_all_of(guide, &request, 1);
    neume_guide_free(guide);
    neume_store_close(store);
}

static void test_reasons_speak_the_language_of_the_prompt(void **state) {
    (void)state;
    neume_store *store = make_world();
    neume_guide *guide = make_guide(store);
    neume_answer answer = {0};
    neume_request request = NEUME_REQUEST_DEFAULT;
    request.explain = true;
    request.user = "4";
    request.prompt = "jazz with piano";
    assert_ok(neume_guide_recommend(guide, &request, &answer));
    assert_string_equal(answer.understood, "style=jazz;instrument=piano");
    assert_true(answer.items[0].reason_count >= 1);
    assert_string_equal(answer.items[0].reasons[0], "jazz, piano, as you asked");
    request.prompt = "钢琴爵士乐";
    assert_ok(neume_guide_recommend(guide, &request, &answer));
    assert_non_null(strstr(answer.items[0].reasons[0], "钢琴"));
    request.explain = false;
    assert_ok(neume_guide_recommend(guide, &request, &answer));
    assert_int_equal(answer.items[0].reason_count, 0);
    neume_answer_clear(&answer);
    neume_guide_free(guide);
    neume_store_close(store);
}

static int listeners_of(neume_store *store, const char *id) {
    char name[16], quoted[32];
    int count = 0;
    snprintf(quoted, sizeof quoted, "\"item\": \"%s\"", id);
    for (int user = 1; user <= USERS; user++) {
        neume_buffer known = {0};
        snprintf(name, sizeof name, "%d", user);
        assert_ok(neume_listening_export(store, name, &known));
        count += strstr(known.data, quoted) != NULL;
        neume_buffer_clear(&known);
    }
    return count;
}

static void test_more_novelty_never_answers_what_more_people_know(void **state) {
    (void)state;
    neume_store *store = make_world();
    neume_guide *guide = make_guide(store);
    int listeners[3] = {0};
    for (int k = 0; k < 3; k++) {
        neume_answer answer = {0};
        neume_request request = NEUME_REQUEST_DEFAULT;
        request.prompt = "jazz";
        request.count = 5;
        request.diversity = 0;
        request.novelty = k - 1;
        assert_ok(neume_guide_recommend(guide, &request, &answer));
        for (size_t i = 0; i < answer.count; i++) listeners[k] += listeners_of(store, answer.items[i].id);
        neume_answer_clear(&answer);
    }
    assert_true(listeners[0] >= listeners[1] && listeners[1] >= listeners[2] && listeners[0] > listeners[2]);
    neume_guide_free(guide);
    neume_store_close(store);
}

static void test_a_way_has_its_ends_and_a_radio_does_not_go_in_circles(void **state) {
    (void)state;
    neume_store *store = make_world();
    neume_guide *guide = make_guide(store);
    neume_answer way = {0};
    neume_radio *radio = NULL;
    neume_request request = NEUME_REQUEST_DEFAULT;
    request.from = "i0";
    request.to = "i1";
    request.count = 6;
    assert_ok(neume_guide_recommend(guide, &request, &way));
    assert_int_equal(way.count, 6);
    assert_string_equal(way.items[0].id, "i0");
    assert_string_equal(way.items[5].id, "i1");
    neume_answer_clear(&way);
    request = (neume_request)NEUME_REQUEST_DEFAULT;
    request.like = "i2";
    request.seed = 3;
    assert_ok(neume_radio_new(guide, &request, &radio));
    int last[ITEMS], artists[3] = {-1, -1, -1};
    for (int i = 0; i < ITEMS; i++) last[i] = -ITEMS;
    for (int played = 0; played < 3 * ITEMS; played++) { /* for ever */
        neume_suggestion next;
        assert_ok(neume_radio_next(radio, &next));
        const int item = atoi(next.id + 1), artist = item % 20;
        assert_true(played - last[item] >= 3);
        for (int i = 0; i < 3; i++) assert_int_not_equal(artists[i], artist);
        artists[played % 3] = artist;
        last[item] = played;
    }
    neume_radio_free(radio);
    neume_guide_free(guide);
    neume_store_close(store);
}

static void test_a_catalogue_without_listeners_answers_words_and_likes(void **state) {
    (void)state;
    neume_store *store = open_store("a.db");
    neume_guide *guide = NULL;
    assert_int_equal(neume_guide_new(store, NULL, NULL, &guide), NEUME_ENOTFOUND);
    import_items(store);
    guide = make_guide(store);
    neume_request request = NEUME_REQUEST_DEFAULT;
    request.count = 4;
    request.prompt = "folk";
    assert_all_of(guide, &request, 3);
    request.prompt = NULL;
    request.like = "i1";
    request.diversity = 0;
    assert_all_of(guide, &request, 1);
    neume_guide_free(guide);
    neume_store_close(store);
}

static void test_what_was_heard_since_counts_without_training_anew(void **state) {
    (void)state;
    neume_store *store = make_world();
    neume_guide *guide = make_guide(store);
    neume_request request = NEUME_REQUEST_DEFAULT;
    request.user = "1";
    request.count = 3;
    neume_answer answer = {0};
    assert_ok(neume_guide_recommend(guide, &request, &answer));
    char line[64], first[16];
    snprintf(first, sizeof first, "%s", answer.items[0].id);
    neume_answer_clear(&answer);
    neume_guide_free(guide);
    snprintf(line, sizeof line, "1\t%s\t5\t1800000000\n", first);
    import_text(store, line);
    guide = make_guide(store);
    assert_false(is_answered(guide, &request, first));
    neume_guide_free(guide);
    neume_store_close(store);
}

static void test_requests_that_cannot_be_met_are_said(void **state) {
    (void)state;
    neume_store *store = make_world();
    neume_guide *guide = make_guide(store);
    neume_answer answer = {0};
    neume_request request = NEUME_REQUEST_DEFAULT;
    assert_int_equal(neume_guide_recommend(guide, &request, &answer), NEUME_EINVAL);
    request.user = "nobody";
    assert_int_equal(neume_guide_recommend(guide, &request, &answer), NEUME_ENOTFOUND);
    request.user = "1";
    request.count = 0;
    assert_int_equal(neume_guide_recommend(guide, &request, &answer), NEUME_EINVAL);
    request.count = 1;
    request.diversity = 2;
    assert_int_equal(neume_guide_recommend(guide, &request, &answer), NEUME_EINVAL);
    request.diversity = 0;
    request.from = "i1";
    assert_int_equal(neume_guide_recommend(guide, &request, &answer), NEUME_EINVAL);
    request.from = NULL;
    request.like = "no such song";
    assert_int_equal(neume_guide_recommend(guide, &request, &answer), NEUME_ENOTFOUND);
    assert_null(answer.items);
    neume_guide_free(guide);
    neume_store_close(store);
}

/* --- memory ------------------------------------------------------------------------------------------------------- */

static neume_status recommend_once(void *context) {
    neume_answer answer = {0};
    neume_request request = NEUME_REQUEST_DEFAULT;
    request.user = "3";
    request.prompt = "calm jazz like Artist 4";
    request.explain = true;
    request.count = 2;
    const neume_status status = neume_guide_recommend(context, &request, &answer);
    neume_answer_clear(&answer);
    return status;
}

static neume_status profile_once(void *context) {
    neume_buffer text = {0};
    const neume_status status = neume_listening_profile(context, "3", NULL, &text);
    neume_buffer_clear(&text);
    return status;
}

static void test_no_memory_is_said_and_leaks_nothing(void **state) {
    (void)state;
    neume_store *store = make_world();
    neume_guide *guide = make_guide(store);
    assert_ok(recommend_once(guide)); /* the lexicon, thousands of allocations, is swept in its own room */
    sweep_allocation_failures(recommend_once, guide);
    for (int64_t n = 1; n < 40; n++) {
        neume__alloc_fail_after(n);
        const neume_status status = profile_once(store);
        neume__alloc_fail_after(0);
        assert_int_equal(status, NEUME_ENOMEM);
    }
    neume_guide_free(guide);
    neume_store_close(store);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        in_own_folder(test_a_listener_gets_his_style_and_nothing_he_knows),
        in_own_folder(test_not_again_lets_old_ones_return_but_never_banned_ones),
        in_own_folder(test_like_and_session_and_words_find_their_style),
        in_own_folder(test_reasons_speak_the_language_of_the_prompt),
        in_own_folder(test_more_novelty_never_answers_what_more_people_know),
        in_own_folder(test_a_way_has_its_ends_and_a_radio_does_not_go_in_circles),
        in_own_folder(test_a_catalogue_without_listeners_answers_words_and_likes),
        in_own_folder(test_what_was_heard_since_counts_without_training_anew),
        in_own_folder(test_requests_that_cannot_be_met_are_said),
        in_own_folder(test_no_memory_is_said_and_leaks_nothing),
    };
    neume_threads_set(1); /* the matrices are tiny: threads would only wait for each other */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
