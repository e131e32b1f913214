/* Listening end to end: files come in, a guide answers, a listener is forgotten. */
#include "neume_test.h"

#include "neume/base_json.h"
#include "neume/service_taste.h"

#include <string.h>
#include <unistd.h>

/* --- a small world ------------------------------------------------------------------------------------------------ */

enum { USERS = 30, ITEMS = 40, GROUPS = 4 };

typedef struct place {
    char folder[64], store[96], other[96], file[96];
} place;

static int make_place(void **state) {
    place *at = calloc(1, sizeof *at);
    if (!at) return -1;
    strcpy(at->folder, "/tmp/neume-taste-XXXXXX");
    if (!mkdtemp(at->folder)) return -1;
    snprintf(at->store, sizeof at->store, "%s/a.db", at->folder);
    snprintf(at->other, sizeof at->other, "%s/b.db", at->folder);
    snprintf(at->file, sizeof at->file, "%s/file", at->folder);
    *state = at;
    return 0;
}

static int drop_place(void **state) {
    place *at = *state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", at->folder);
    const int result = system(command);
    free(at);
    return result;
}

static neume_store *open_store(const char *path) {
    neume_store *store = NULL;
    assert_ok(neume_store_open(path, &(neume_store_options){.create = true}, &store));
    return store;
}

static neume_history_tally import_text(const place *at, neume_store *store, const char *text) {
    neume_history_tally tally = {0};
    assert_ok(neume_file_write(at->file, text, strlen(text)));
    assert_ok(neume_listening_import(store, at->file, NULL, NULL, &tally));
    return tally;
}

/* Item i is of group i % GROUPS, whose name is its first tag. */
static const char *const groups[GROUPS] = {"jazz", "metal", "ambient", "folk"};

static void import_items(const place *at, neume_store *store) {
    neume_buffer text = {0};
    assert_ok(neume_buffer_print(&text, "id,name,artist,year,tags,tempo_bpm\n"));
    for (int i = 0; i < ITEMS; i++)
        assert_ok(neume_buffer_print(&text, "i%d,Song %d,Artist %d,%d,%s:3|%s,%d\n", i, i, i % 20, 1950 + i,
                                     groups[i % GROUPS], i % 8 < 4 ? "piano" : "guitar", 60 + 30 * (i % GROUPS)));
    assert_int_equal(import_text(at, store, text.data).taken, ITEMS);
    neume_buffer_clear(&text);
}

/* A listener hears his group's items, and one in six of others. */
static void print_plays(int user, neume_buffer *text) {
    neume_rng rng = neume_rng_seeded((uint64_t)user, 5);
    for (int play = 0; play < 8; play++) {
        const int64_t other = neume_rng_below(&rng, ITEMS), group = user % GROUPS;
        const int64_t own = group + GROUPS * neume_rng_below(&rng, ITEMS / GROUPS);
        const int64_t item = neume_rng_chance(&rng, 1.0 / 6) ? other : own;
        assert_ok(
            neume_buffer_print(text, "%d\ti%lld\t%d\t%d\n", user, (long long)item, play + 1, 1700000000 + 3600 * play));
    }
}

/* One listener is left out; 0: nobody is. */
static void import_plays(const place *at, neume_store *store, int without) {
    neume_buffer text = {0};
    for (int user = 1; user <= USERS; user++)
        if (user != without) print_plays(user, &text);
    import_text(at, store, text.data);
    neume_buffer_clear(&text);
}

static neume_store *make_world(const place *at) {
    neume_store *store = open_store(at->store);
    import_items(at, store);
    import_plays(at, store, 0);
    return store;
}

static neume_guide *make_guide(neume_store *store) {
    neume_guide *guide = NULL;
    assert_ok(neume_guide_new(store, NULL, NULL, &guide));
    return guide;
}

/* Is the item of the group's? */
static bool of_group(const char *id, int group) {
    return atoi(id + 1) % GROUPS == group;
}

/* --- importing and exporting -------------------------------------------------------------------------------------- */

static void test_a_file_twice_is_there_once(void **state) {
    const place *at = *state;
    neume_store *store = make_world(at);
    neume_store_counts once, twice;
    assert_ok(neume_store_count(store, &once));
    import_items(at, store);
    import_plays(at, store, 0);
    assert_ok(neume_store_count(store, &twice));
    assert_int_equal(once.events, twice.events);
    assert_int_equal(once.items, twice.items);
    assert_int_equal(once.users, USERS);
    neume_store_close(store);
}

static void test_a_file_without_sense_leaves_the_store_as_it_was(void **state) {
    const place *at = *state;
    neume_store *store = make_world(at);
    neume_store_counts before, after;
    neume_history_tally tally;
    assert_ok(neume_store_count(store, &before));
    assert_ok(neume_file_write(at->file, "# read me\nno table\n", 19));
    assert_int_equal(neume_listening_import(store, at->file, NULL, NULL, &tally), NEUME_EFORMAT);
    assert_int_equal(neume_listening_import(store, "/nowhere", NULL, NULL, &tally), NEUME_ENOTFOUND);
    assert_ok(neume_store_count(store, &after));
    assert_memory_equal(&before, &after, sizeof before);
    neume_store_close(store);
}

static void test_who_a_file_does_not_name_is_whom_the_caller_says(void **state) {
    const place *at = *state;
    neume_store *store = open_store(at->store);
    const neume_import_options options = {.user = "alice"};
    neume_history_tally tally;
    int64_t row = 0;
    assert_ok(neume_file_write(at->file, "A,B,T,22 Mar 2021 16:55\n", 24));
    assert_ok(neume_listening_import(store, at->file, &options, NULL, &tally));
    assert_int_equal((int)tally.format, NEUME_HISTORY_LASTFM);
    assert_ok(neume_store_find_user(store, "alice", &row));
    assert_int_equal(neume_store_find_user(store, "me", &row), NEUME_ENOTFOUND);
    assert_ok(neume_listening_import(store, at->file, NULL, NULL, &tally));
    assert_ok(neume_store_find_user(store, "me", &row));
    neume_store_close(store);
}

static void test_an_export_is_json_with_every_event(void **state) {
    const place *at = *state;
    neume_store *store = make_world(at);
    neume_buffer text = {0};
    neume_json *root = NULL;
    import_text(at, store, "user,item,kind,rating\n7,i1,like,\n7,i2,,0.25\n");
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

/* --- recommending ------------------------------------------------------------------------------------------------- */

static void test_a_listener_gets_his_style_and_nothing_he_knows(void **state) {
    const place *at = *state;
    neume_store *store = make_world(at);
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
    const place *at = *state;
    neume_store *store = make_world(at);
    import_text(at, store,
                "user,item,kind,time\nnew,i0,play,1000000000\nnew,i4,play,1000864000\nnew,i8,ban,1000000000\n");
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
    const place *at = *state;
    neume_store *store = make_world(at);
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
    const place *at = *state;
    neume_store *store = make_world(at);
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
    const place *at = *state;
    neume_store *store = make_world(at);
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
    const place *at = *state;
    neume_store *store = make_world(at);
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
    const place *at = *state;
    neume_store *store = open_store(at->store);
    neume_guide *guide = NULL;
    assert_int_equal(neume_guide_new(store, NULL, NULL, &guide), NEUME_ENOTFOUND);
    import_items(at, store);
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
    const place *at = *state;
    neume_store *store = make_world(at);
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
    import_text(at, store, line);
    guide = make_guide(store);
    assert_false(is_answered(guide, &request, first));
    neume_guide_free(guide);
    neume_store_close(store);
}

static void test_requests_that_cannot_be_met_are_said(void **state) {
    const place *at = *state;
    neume_store *store = make_world(at);
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
    const place *at = *state;
    neume_store *store = make_world(at), *without = open_store(at->other);
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
    import_items(at, without);
    import_plays(at, without, 13);
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
    const place *at = *state;
    neume_log_set(keep_log, NULL);
    neume_store *store = make_world(at);
    import_text(at, store, "secretname,i1,3\nsecretname,secretsong,1\n");
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

/* --- profiles and counts ------------------------------------------------------------------------------------------ */

static void test_a_profile_counts_what_was_heard(void **state) {
    const place *at = *state;
    neume_store *store = make_world(at);
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
    const place *at = *state;
    neume_store *store = make_world(at);
    neume_buffer text = {0};
    neume_json *root = NULL;
    import_text(at, store, "1,unlisted,900\n2,unlisted,900\n3,unlisted,900\n");
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
    const place *at = *state;
    neume_store *one = open_store(at->store), *two = open_store(at->other);
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
    const place *at = *state;
    neume_store *store = make_world(at);
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

#define in_a_place(test) cmocka_unit_test_setup_teardown(test, make_place, drop_place)

int main(void) {
    const struct CMUnitTest tests[] = {
        in_a_place(test_a_file_twice_is_there_once),
        in_a_place(test_a_file_without_sense_leaves_the_store_as_it_was),
        in_a_place(test_who_a_file_does_not_name_is_whom_the_caller_says),
        in_a_place(test_an_export_is_json_with_every_event),
        in_a_place(test_a_listener_gets_his_style_and_nothing_he_knows),
        in_a_place(test_not_again_lets_old_ones_return_but_never_banned_ones),
        in_a_place(test_like_and_session_and_words_find_their_style),
        in_a_place(test_reasons_speak_the_language_of_the_prompt),
        in_a_place(test_more_novelty_never_answers_what_more_people_know),
        in_a_place(test_a_way_has_its_ends_and_a_radio_does_not_go_in_circles),
        in_a_place(test_a_catalogue_without_listeners_answers_words_and_likes),
        in_a_place(test_what_was_heard_since_counts_without_training_anew),
        in_a_place(test_requests_that_cannot_be_met_are_said),
        in_a_place(test_who_is_forgotten_is_as_if_he_had_never_been_there),
        in_a_place(test_the_log_names_nobody_and_nothing),
        in_a_place(test_a_profile_counts_what_was_heard),
        in_a_place(test_published_counts_are_near_and_name_no_item_that_no_catalogue_lists),
        in_a_place(test_one_seed_invents_one_world),
        in_a_place(test_no_memory_is_said_and_leaks_nothing),
    };
    neume_threads_set(1); /* the matrices are tiny: threads would only wait for each other */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
