#include "neume_test.h"

#include "cli.h"

#include <string.h>

typedef struct settings {
    cli_common common;
    cli_list outputs;
    const char *model, *shape;
    int count;
    double strength;
    bool loud;
} settings;

static const cli_option options[] = {
    {"output", 'o', CLI_LIST, offsetof(settings, outputs), "OUT", "", NULL, 0, 0},
    {"model", 'm', CLI_TEXT, offsetof(settings, model), "FILE", "", NULL, 0, 0},
    {"shape", 0, CLI_CHOICE, offsetof(settings, shape), "SHAPE", "", "round square", 0, 0},
    {"count", 'n', CLI_INT, offsetof(settings, count), "N", "", NULL, 1, 9},
    {"strength", 0, CLI_NUMBER, offsetof(settings, strength), "X", "", NULL, 0, 1},
    {"loud", 'l', CLI_FLAG, offsetof(settings, loud), NULL, "", NULL, 0, 0},
    {0},
};
static const cli_verb verb = {"test", "", "", "", "", options, sizeof(settings), NULL, NULL};

/* Parses up to seven words, the rest NULL. */
static neume_status parse(cli_call *call, const char *const words[8]) {
    int count = 0;
    while (words[count]) count++;
    return cli_parse(&verb, count, (char **)(uintptr_t)words, call);
}

static void test_options_and_operands_mix_in_any_order(void **state) {
    (void)state;
    cli_call call;
    assert_ok(parse(&call, (const char *const[8]){"a.wav", "-o", "x.mid", "--output=y.svg", "-n3", "-lmz", "b.wav"}));
    const settings *at = call.settings;
    assert_int_equal(call.count, 2);
    assert_string_equal(call.operands[1], "b.wav");
    assert_int_equal(at->outputs.count, 2);
    assert_string_equal(at->outputs.items[1], "y.svg");
    assert_int_equal(at->count, 3);
    assert_true(at->loud);
    assert_string_equal(at->model, "z");
    cli_call_clear(&verb, &call);
}

static void test_double_dash_ends_options_and_single_dash_is_an_operand(void **state) {
    (void)state;
    cli_call call;
    assert_ok(parse(&call, (const char *const[8]){"-", "--", "-o", NULL}));
    assert_int_equal(call.count, 2);
    assert_string_equal(call.operands[0], "-");
    assert_string_equal(call.operands[1], "-o");
    cli_call_clear(&verb, &call);
}

static void test_wrong_values_are_wrong_usage(void **state) {
    (void)state;
    static const char *const wrong[][8] = {
        {"--nothing"},   {"-x"},           {"--output"},        {"--count=0"},
        {"--count=2.5"}, {"--count=ten"},  {"--strength=nan"},  {"--strength"},
        {"--loud=yes"},  {"--shape=roun"}, {"--shape", "ound"}, {"--shape=round square"},
        {"--shape="},    {"--count="},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        cli_call call;
        if (parse(&call, wrong[i]) != NEUME_EINVAL) fail_msg("case %zu was taken: %s", i, wrong[i][0]);
        cli_call_clear(&verb, &call);
    }
}

static neume_status parse_once(void *context) {
    cli_call call;
    neume_status status = parse(&call, context);
    cli_call_clear(&verb, &call);
    return status;
}

static void test_parsing_survives_want_of_memory(void **state) {
    (void)state;
    static const char *const words[8] = {"a", "-o", "b", "-o", "c", "d", NULL};
    sweep_allocation_failures(parse_once, (void *)(uintptr_t)words);
}

static void test_every_verb_is_found_by_its_own_name(void **state) {
    (void)state;
    for (const cli_verb *const *each = cli_verbs; *each; each++) {
        char name[64];
        char *words[2] = {name, NULL};
        int taken = 0;
        snprintf(name, sizeof name, "%s", (*each)->name);
        char *space = strchr(name, ' ');
        if (space) *space = '\0', words[1] = space + 1;
        assert_ptr_equal(cli_find_verb(space ? 2 : 1, words, &taken), *each);
        assert_int_equal(taken, space ? 2 : 1);
    }
}

/* Two options of one name, or a verb's own that hides a common one, would be a trap. */
static void test_no_verb_has_two_options_of_one_name_or_letter(void **state) {
    (void)state;
    for (const cli_verb *const *each = cli_verbs; *each; each++) {
        const cli_option *all[64];
        size_t count = 0;
        for (const cli_option *option = (*each)->options; option && option->name; option++) all[count++] = option;
        for (const cli_option *option = cli_common_options; option->name; option++) all[count++] = option;
        for (size_t i = 0; i < count; i++)
            for (size_t j = 0; j < i; j++) {
                assert_string_not_equal(all[i]->name, all[j]->name);
                if (all[i]->letter) assert_int_not_equal(all[i]->letter, all[j]->letter);
            }
    }
}

static void test_json_strings_escape_what_json_forbids(void **state) {
    (void)state;
    neume_buffer text = {0};
    assert_ok(cli_json_string(&text, "a\"b\\c\n"));
    assert_string_equal(text.data, "\"a\\\"b\\\\c\\u000a\"");
    neume_buffer_clear(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options_and_operands_mix_in_any_order),
        cmocka_unit_test(test_double_dash_ends_options_and_single_dash_is_an_operand),
        cmocka_unit_test(test_wrong_values_are_wrong_usage),
        cmocka_unit_test(test_parsing_survives_want_of_memory),
        cmocka_unit_test(test_every_verb_is_found_by_its_own_name),
        cmocka_unit_test(test_no_verb_has_two_options_of_one_name_or_letter),
        cmocka_unit_test(test_json_strings_escape_what_json_forbids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
