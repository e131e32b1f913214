/* Queries as lines and as JSON. */
#include "neume_test.h"

#include "neume/taste_words.h"

#include <string.h>

/* A query of random wishes with values that each slot has. */
static neume_query random_query(neume_rng *rng) {
    static const char *const values[NEUME_SLOTS][3] = {{"calm", "sad", "powerful"},
                                                       {"rock", "hip-hop", "bossa-nova"},
                                                       {"piano", "guzheng", "flute"},
                                                       {"run", "sleep", "focus"},
                                                       {"slow", "medium", "fast"},
                                                       {"20", "120", "400"},
                                                       {"yes", "no", "female"},
                                                       {"1920s", "1980s", "2020s"},
                                                       {"minor", "Bb major", "F# dorian"},
                                                       {"cantonese", "english", "x"},
                                                       {"Miles Davis", "夜的\"钢琴曲\"", "a\\b"}};
    neume_query query = neume_query_none();
    const int64_t count = neume_rng_below(rng, 12);
    for (int64_t i = 0; i < count; i++) {
        const int slot = (int)neume_rng_below(rng, NEUME_SLOTS);
        char value[64];
        snprintf(value, sizeof value, "%s", values[slot][neume_rng_below(rng, 3)]);
        assert_ok(neume_query_add(&query, &(neume_wish){(neume_slot)slot, neume_rng_chance(rng, 0.3), value,
                                                        neume_rng_chance(rng, 0.5) ? 1 : 1.5}));
    }
    assert_ok(neume_query_add_tag(&query, "chill", 1.25));
    assert_ok(neume_query_add_tag(&query, "noise", -1));
    if (neume_rng_chance(rng, 0.5)) query.valence = -0.25, query.arousal = 0.5;
    query.chinese = neume_rng_chance(rng, 0.5);
    return query;
}

static void assert_same_wishes(const neume_query *a, const neume_query *b, bool weights) {
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        assert_int_equal(a->wishes[i].slot, b->wishes[i].slot);
        assert_int_equal(a->wishes[i].excluded, b->wishes[i].excluded);
        assert_string_equal(a->wishes[i].value, b->wishes[i].value);
        if (weights) assert_float_equal(a->wishes[i].weight, b->wishes[i].weight, 0.005);
    }
}

static void test_what_is_printed_is_parsed_again(void **state) {
    (void)state;
    for_each_seed(seed, 200) {
        neume_rng rng = neume_rng_seeded(seed, 1);
        neume_query query = random_query(&rng), again = neume_query_none();
        neume_buffer line = {0}, second = {0};
        assert_ok(neume_query_print(&query, &line));
        assert_ok(neume_query_parse(line.data ? line.data : "", line.size, &again));
        assert_same_wishes(&query, &again, false);
        assert_ok(neume_query_print(&again, &second));
        assert_int_equal(line.size, second.size);
        if (line.size) assert_string_equal(line.data, second.data);
        neume_buffer_clear(&line);
        neume_buffer_clear(&second);
        neume_query_clear(&query);
        neume_query_clear(&again);
    }
}

static void test_json_keeps_everything(void **state) {
    (void)state;
    for_each_seed(seed, 200) {
        neume_rng rng = neume_rng_seeded(seed, 2);
        neume_query query = random_query(&rng), again = neume_query_none();
        neume_buffer json = {0};
        assert_ok(neume_query_print_json(&query, &json));
        assert_ok(neume_query_parse_json(json.data, json.size, &again));
        assert_same_wishes(&query, &again, true);
        assert_int_equal(query.tag_count, again.tag_count);
        assert_int_equal(isnan(query.valence), isnan(again.valence));
        if (!isnan(query.valence)) assert_float_equal(query.arousal, again.arousal, 0.005);
        assert_int_equal(query.chinese, again.chinese);
        neume_buffer_clear(&json);
        neume_query_clear(&query);
        neume_query_clear(&again);
    }
}

static void test_lines_that_are_no_queries_leave_the_output(void **state) {
    (void)state;
    static const char *const lines[] = {"mood=greenish",  "colour=red",   "mood=calm,,sad",
                                        "tempo_bpm=fast", "decade=1985s", "key=H minor",
                                        "tempo_bpm=9000", "not.=x",       "=",
                                        "vocals=maybe",   "mood=calm;x=y"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        neume_query query = neume_query_none();
        assert_ok(neume_query_add(&query, &(neume_wish){NEUME_SLOT_STYLE, false, (char[]){"pop"}, 1}));
        assert_int_equal(neume_query_parse(lines[i], strlen(lines[i]), &query), NEUME_EFORMAT);
        assert_int_equal(query.count, 1);
        neume_query_clear(&query);
    }
}

static void test_json_of_strangers_is_checked(void **state) {
    (void)state;
    static const char *const texts[] = {"[]",
                                        "{\"mood\":[\"greenish\"]}",
                                        "{\"mood\":{}}",
                                        "{\"tempo_bpm\":[1e99]}",
                                        "{\"not\":{\"tempo\":[null]}}",
                                        "{\"like\":[\"a;b\"]}",
                                        "{\"style\":[\"\"]}",
                                        "{"};
    neume_query query = neume_query_none();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_equal(neume_query_parse_json(texts[i], strlen(texts[i]), &query), NEUME_EFORMAT);
    static const char loose[] =
        "{\"mood\":\"calm\",\"tempo_bpm\":120,\"not.style\":[\"pop\"],\"valence\":7,\"other\":[1]}";
    assert_ok(neume_query_parse_json(loose, sizeof loose - 1, &query));
    assert_int_equal(query.count, 3);
    assert_true(isnan(query.valence));
    neume_query_clear(&query);
}

static neume_status parse_both(void *context) {
    (void)context;
    static const char line[] = "mood=calm,sad;not.like=Bach",
                      json[] = "{\"mood\":[\"calm\"],\"not\":{\"like\":\"Bach\"}}";
    neume_query query = neume_query_none();
    neume_buffer text = {0};
    neume_status status = neume_query_parse(line, sizeof line - 1, &query);
    if (!status) status = neume_query_print_json(&query, &text);
    neume_buffer_clear(&text);
    if (!status) status = neume_query_parse_json(json, sizeof json - 1, &query);
    neume_query_clear(&query);
    return status;
}

static void test_want_of_memory_is_told(void **state) {
    (void)state;
    sweep_allocation_failures(parse_both, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_printed_is_parsed_again),
        cmocka_unit_test(test_json_keeps_everything),
        cmocka_unit_test(test_lines_that_are_no_queries_leave_the_output),
        cmocka_unit_test(test_json_of_strangers_is_checked),
        cmocka_unit_test(test_want_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
