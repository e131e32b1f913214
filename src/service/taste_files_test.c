/* What is heard comes in as files and goes out again, as a profile, as counts; and a world can be invented. */
#include "taste_world.h"

#include "neume/base_json.h"

/* --- importing and exporting -------------------------------------------------------------------------------------- */

static void test_a_file_twice_is_there_once(void **state) {
    (void)state;
    neume_store *store = make_world();
    neume_store_counts once, twice;
    assert_ok(neume_store_count(store, &once));
    import_items(store);
    import_plays(store, 0);
    assert_ok(neume_store_count(store, &twice));
    assert_int_equal(once.events, twice.events);
    assert_int_equal(once.items, twice.items);
    assert_int_equal(once.users, USERS);
    neume_store_close(store);
}

static void test_a_file_without_sense_leaves_the_store_as_it_was(void **state) {
    (void)state;
    neume_store *store = make_world();
    neume_store_counts before, after;
    neume_history_tally tally;
    assert_ok(neume_store_count(store, &before));
    assert_ok(neume_file_write(own_path("file"), "# read me\nno table\n", 19));
    assert_int_equal(neume_listening_import(store, own_path("file"), NULL, NULL, &tally), NEUME_EFORMAT);
    assert_int_equal(neume_listening_import(store, "/nowhere", NULL, NULL, &tally), NEUME_ENOTFOUND);
    assert_ok(neume_store_count(store, &after));
    assert_memory_equal(&before, &after, sizeof before);
    neume_store_close(store);
}

static void test_who_a_file_does_not_name_is_whom_the_caller_says(void **state) {
    (void)state;
    neume_store *store = open_store("a.db");
    const neume_import_options options = {.user = "alice"};
    neume_history_tally tally;
    int64_t row = 0;
    assert_ok(neume_file_write(own_path("file"), "A,B,T,22 Mar 2021 16:55\n", 24));
    assert_ok(neume_listening_import(store, own_path("file"), &options, NULL, &tally));
    assert_int_equal((int)tally.format, NEUME_HISTORY_LASTFM);
    assert_ok(neume_store_find_user(store, "alice", &row));
    assert_int_equal(neume_store_find_user(store, "me", &row), NEUME_ENOTFOUND);
    assert_ok(neume_listening_import(store, own_path("file"), NULL, NULL, &tally));
    assert_ok(neume_store_find_user(store, "me", &row));
    neume_store_close(store);
}

static void test_an_export_is_json_with_every_event(void **state) {
    (void)state;
    neume_store *store = make_world();
    neume_buffer text = {0};
    neume_json *root = NULL;
    import_text(store, "user,item,kind,rating\n7,i1,like,\n7,i2,,0.25\n");
    assert_ok(neume_listening_export(store, "7", &text));
    assert_ok(neume_json_parse(text.data, text.size, &root));
    const neume_json *events = neume_json_get(root, "events");
    const neume_json *last = neume_json_at(events, neume_json_count(events) - 1);
    assert_string_equal(neume_json_text(neume_json_get(root, "user")), "7");
    assert_string_equal(neume_json_text(neume_json_get(last, "kind")), "rating");
    assert_string_equal(neume_json_text(neume_json_get(last, "name")), "Song 2");
    assert_true(neume_json_number(neume_json_get(last, "value"), 0) == .25);
    assert_int_equal(neume_listening_export(store, "nobody", &text), NEUME_ENOTFOUND);
    neume_json_free(root);
    neume_buffer_clear(&text);
    neume_store_close(store);
}

/* --- profiles and counts ------------------------------------------------------------------------------------------ */

static void test_a_profile_counts_what_was_heard(void **state) {
    (void)state;
    neume_store *store = make_world();
    const neume_profile_options options = {.json = true, .zone_hours = 8};
    neume_buffer text = {0};
    neume_json *root = NULL;
    double by_hour = 0;
    assert_ok(neume_listening_profile(store, "4", &options, &text));
    assert_ok(neume_json_parse(text.data, text.size, &root));
    const double plays = neume_json_number(neume_json_get(root, "plays"), 0);
    for (size_t hour = 0; hour < 24; hour++)
        by_hour += neume_json_number(neume_json_get(neume_json_at(neume_json_get(root, "hours"), hour), "plays"), 0);
    assert_true(plays > 0 && plays == by_hour);
    const neume_json *style = neume_json_at(neume_json_get(root, "styles"), 0);
    assert_string_equal(neume_json_text(neume_json_get(style, "tag")), "jazz");
    /* 1700000000 is 22:13 in Greenwich, the seventh hour of the next day eight hours east of it. */
    assert_true(neume_json_number(neume_json_get(neume_json_at(neume_json_get(root, "hours"), 6), "plays"), 0) > 0);
    neume_json_free(root);
    neume_buffer_clear(&text);
    neume_store_close(store);
}

static void test_published_counts_are_near_and_name_no_item_that_no_catalogue_lists(void **state) {
    (void)state;
    neume_store *store = make_world();
    neume_buffer text = {0};
    neume_json *root = NULL;
    import_text(store, "1,unlisted,900\n2,unlisted,900\n3,unlisted,900\n");
    assert_ok(neume_listening_stats(store, 50, true, &text)); /* so little noise that the truth shows */
    assert_null(strstr(text.data, "unlisted"));
    assert_ok(neume_json_parse(text.data, text.size, &root));
    assert_true(fabs(neume_json_number(neume_json_get(root, "listeners"), 0) - USERS) <= 3);
    assert_int_equal((int)neume_json_number(neume_json_get(root, "items"), 0), ITEMS);
    neume_json_free(root);
    text.size = 0;
    assert_ok(neume_listening_stats(store, 0, true, &text));
    assert_ok(neume_json_parse(text.data, text.size, &root));
    assert_int_equal((int)neume_json_number(neume_json_get(root, "listeners"), 0), USERS);
    neume_json_free(root);
    assert_int_equal(neume_listening_stats(store, -1, true, &text), NEUME_EINVAL);
    neume_buffer_clear(&text);
    neume_store_close(store);
}

static void test_one_seed_invents_one_world(void **state) {
    (void)state;
    neume_store *one = open_store("a.db"), *two = open_store("b.db");
    neume_buffer a = {0}, b = {0};
    assert_ok(neume_listening_demo(one, 5));
    assert_ok(neume_listening_demo(two, 5));
    assert_int_equal(neume_listening_demo(two, 5), NEUME_EINVAL);
    assert_ok(neume_listening_export(one, "17", &a));
    assert_ok(neume_listening_export(two, "17", &b));
    assert_string_equal(a.data, b.data);
    neume_buffer_clear(&a);
    neume_buffer_clear(&b);
    neume_store_close(one);
    neume_store_close(two);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        in_own_folder(test_a_file_twice_is_there_once),
        in_own_folder(test_a_file_without_sense_leaves_the_store_as_it_was),
        in_own_folder(test_who_a_file_does_not_name_is_whom_the_caller_says),
        in_own_folder(test_an_export_is_json_with_every_event),
        in_own_folder(test_a_profile_counts_what_was_heard),
        in_own_folder(test_published_counts_are_near_and_name_no_item_that_no_catalogue_lists),
        in_own_folder(test_one_seed_invents_one_world),
    };
    neume_threads_set(1); /* the matrices are tiny: threads would only wait for each other */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
