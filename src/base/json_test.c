#include "neume_test.h"

#include "neume/base_json.h"

#include <string.h>

static neume_json *parse(const char *text) {
    neume_json *root = NULL;
    assert_ok(neume_json_parse(text, strlen(text), &root));
    return root;
}

static void test_a_tree_gives_what_its_text_says(void **state) {
    (void)state;
    neume_json *root = parse("{\"list\": [1, 2.5, \"x\\u00e9\"], \"deep\": {\"n\": -3e2}, \"none\": null}");
    const neume_json *list = neume_json_get(root, "list");
    assert_true(neume_json_is_list(list));
    assert_int_equal(neume_json_count(list), 3);
    assert_float_equal(neume_json_number(neume_json_at(list, 1), 0), 2.5, 0);
    assert_string_equal(neume_json_text(neume_json_at(list, 2)), "x\xC3\xA9");
    assert_float_equal(neume_json_number(neume_json_get(neume_json_get(root, "deep"), "n"), 0), -300, 0);
    neume_json_free(root);
}

static void test_what_is_not_there_may_be_asked_for(void **state) {
    (void)state;
    neume_json *root = parse("{\"list\": [1], \"text\": \"t\", \"none\": null}");
    const neume_json *missing = neume_json_get(root, "missing"), *text = neume_json_get(root, "text");
    assert_null(missing);
    assert_null(neume_json_get(missing, "x"));
    assert_null(neume_json_get(text, "x"));
    assert_null(neume_json_at(neume_json_get(root, "list"), 1));
    assert_int_equal(neume_json_count(text), 0);
    assert_false(neume_json_is_list(missing));
    assert_null(neume_json_text(neume_json_get(root, "none")));
    assert_float_equal(neume_json_number(text, 7), 7, 0);
    neume_json_free(root);
    neume_json_free(NULL);
}

static void test_a_text_that_is_no_json_leaves_the_root_alone(void **state) {
    (void)state;
    static const char *const wrong[] = {"",          "{", "[1,]", "{\"a\": nul}", "1", "[] []", "{\"a\": 1, \"a\": 1}",
                                        "[\"\xFF\"]"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        neume_json *root = NULL;
        assert_int_equal(neume_json_parse(wrong[i], strlen(wrong[i]), &root), NEUME_EFORMAT);
        assert_null(root);
    }
    char deep[4000];
    neume_json *root = NULL;
    memset(deep, '[', sizeof deep);
    assert_int_equal(neume_json_parse(deep, sizeof deep, &root), NEUME_ELIMIT);
    assert_null(root);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_tree_gives_what_its_text_says),
        cmocka_unit_test(test_what_is_not_there_may_be_asked_for),
        cmocka_unit_test(test_a_text_that_is_no_json_leaves_the_root_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
