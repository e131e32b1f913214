/* Who is forgotten is gone; who is known is named nowhere. */
#include "taste_world.h"

/* --- forgetting --------------------------------------------------------------------------------------------------- */

static void answer_for(neume_store *store, const char *user, neume_buffer *out) {
    neume_guide *guide = make_guide(store);
    neume_answer answer = {0};
    neume_request request = NEUME_REQUEST_DEFAULT;
    request.user = user;
    request.explain = true;
    assert_ok(neume_guide_recommend(guide, &request, &answer));
    assert_ok(neume_answer_print(&answer, true, out));
    neume_answer_clear(&answer);
    neume_guide_free(guide);
}

static void test_who_is_forgotten_is_as_if_he_had_never_been_there(void **state) {
    (void)state;
    neume_store *store = make_world(), *without = open_store("b.db");
    neume_buffer forgotten = {0}, never = {0}, stamp = {0}, bytes = {0};
    neume_taste_model *model = NULL;
    neume_guide *guide = make_guide(store); /* learnt with him */
    neume_answer answer = {0};
    neume_request request = NEUME_REQUEST_DEFAULT;
    int64_t events = 0;
    neume_guide_free(guide);
    assert_ok(neume_listening_forget(store, "13", &events));
    assert_true(events > 0);
    assert_int_equal(neume_listening_forget(store, "13", &events), NEUME_ENOTFOUND);
    guide = make_guide(store);
    request.user = "13";
    assert_int_equal(neume_guide_recommend(guide, &request, &answer), NEUME_ENOTFOUND);
    neume_guide_free(guide);
    /* The model that was learnt since does not know him. */
    assert_ok(neume_store_model_get(store, "taste", &stamp, &bytes));
    assert_ok(neume_taste_parse(bytes.data, bytes.size, &model));
    assert_int_equal(neume_ids_find(neume_taste_users(model), "13"), -1);
    assert_true(neume_ids_find(neume_taste_users(model), "14") >= 0);
    neume_taste_free(model);
    /* And answers others as if he had never been there. */
    import_items(without);
    import_plays(without, 13);
    answer_for(store, "12", &forgotten);
    answer_for(without, "12", &never);
    assert_string_equal(forgotten.data, never.data);
    neume_buffer_clear(&forgotten);
    neume_buffer_clear(&never);
    neume_buffer_clear(&stamp);
    neume_buffer_clear(&bytes);
    neume_store_close(store);
    neume_store_close(without);
}

static neume_buffer log_text;
static void keep_log(void *context, neume_log_level level, const char *line) {
    (void)context, (void)level;
    (void)!neume_buffer_print(&log_text, "%s\n", line);
}

static void test_the_log_names_nobody_and_nothing(void **state) {
    (void)state;
    neume_log_set(keep_log, NULL);
    neume_store *store = make_world();
    import_text(store, "secretname,i1,3\nsecretname,secretsong,1\n");
    neume_buffer text = {0};
    int64_t events = 0;
    answer_for(store, "secretname", &text);
    assert_ok(neume_listening_profile(store, "secretname", NULL, &text));
    assert_ok(neume_listening_stats(store, 1, false, &text));
    assert_ok(neume_listening_forget(store, "secretname", &events));
    assert_int_equal(neume_listening_profile(store, "secretname", NULL, &text), NEUME_ENOTFOUND);
    assert_null(strstr(neume_error_message(), "secretname"));
    neume_log_set(NULL, NULL);
    if (log_text.data) assert_null(strstr(log_text.data, "secret"));
    neume_buffer_clear(&log_text);
    neume_buffer_clear(&text);
    neume_store_close(store);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        in_own_folder(test_who_is_forgotten_is_as_if_he_had_never_been_there),
        in_own_folder(test_the_log_names_nobody_and_nothing),
    };
    neume_threads_set(1); /* the matrices are tiny: threads would only wait for each other */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
