/* What the grammar takes and what it refuses, case by case. */
#include "neume_test.h"

#include "neume/lm_grammar.h"

#include <string.h>

#define HEAD "X:1\nT:Tune\nM:4/4\nL:1/8\nK:G\n"
#define DUET "X:1\nM:4/4\nL:1/8\nV:1\nV:2\nK:G\n"

static bool takes(const neume_grammar_options *options, const char *head, const char *body) {
    neume_grammar g;
    neume_grammar_begin(&g, options);
    if (!neume_grammar_push(&g, head, strlen(head))) fail_msg("the header is refused: %s", head);
    return neume_grammar_push(&g, body, strlen(body));
}

static bool is_whole(const neume_grammar_options *options, const char *text) {
    neume_grammar g;
    neume_grammar_begin(&g, options);
    if (!neume_grammar_push(&g, text, strlen(text))) return false;
    return neume_grammar_may_end(&g);
}

static void test_good_tunes_are_taken_whole(void **state) {
    (void)state;
    int bad = 0;
    const neume_grammar_options free_pickup = {.pickup_ticks = NEUME_GRAMMAR_PICKUP_FREE, .continuations = true};
    static const char *const tunes[] = {
        HEAD "GABc d2d2|edcB A4|GABc d2ef|g4 G4|]\n",
        HEAD "|:GABc d2d2|edcB A4:|\n|:g2fe d2cB|A4 G4:|\n",
        HEAD "D2|GABc d2d2|edcB A2:|\n",
        HEAD "|:D2|GABc d2d2|edcB A2::d2|g4 f4|e4 d2:|\n",
        HEAD "|:GABc d2d2|1 edcB A4:|2 edcB G4|]\n",
        HEAD "|:GABc d2d2|[1edcB A4:|[2edcB G4||\n|:g8|d8:|\n",
        HEAD "\"G\"G2 \"D7/F#\"F2 \"Em\"E2 \"^slow\"D2|G8|]",
        HEAD "(3GAB (3cde d2 c2|(3:2:3GAB c2 d4|]",
        HEAD "G>A B<c d2-d2|{g}d2 {ef}e2 ~g4|g4-g2 x2|]",
        HEAD "[GBd]2 [GBd]2 [G2B2]d2-|d8|]",
        HEAD "(GA Bc) (d4|e2) .f.g Tg4|!trill!a4 !mf!g4|]",
        HEAD "G3/2A/ B//c//d/ e3 f7/4g/4|G8|]",
        HEAD "GABc d2d2|\\\nedcB A4|]",
        HEAD "G8|A8||\nK:D\nD8|[M:3/4]D6|[K:G]G6|]",
        HEAD "G8|\nP:B\nA8|]",
        "M:6/8\nL:1/8\nR:jig\nK:A dorian\nA|ABc d2e|fed c2:|\n",
        "M:3/4\nL:1/4\nQ:1/4=120\nK:Bb\nB2c|d2e|f3|]",
        "M:9/8\nL:1/8\nT:\xc3\x89tude \xe2\x99\xad\nK:F#m\nf3 e3 c3|B3 A3 F3|]",
        "M:2/4\nK:C\nGABc defg|g8|]",
        "M:6/8\nK:C\nGAB      cde|g6:|\n|:GAB cde|g6:|\n",
        "M:C|\nL:1/4\nK:Ebmaj\nEFGA|B2B2|]",
        DUET "[V:1]|:G8|[V:2]|:G,8|\n[V:1]A4 B4:|[V:2]D4 D,4:|\n",
        DUET "[V:1]D2|[V:2]z2|\n[V:1]G8-|[V:2][G,B,]8|\n[V:1]G6|][V:2]G,6|]\n",
        DUET "[V:1]|:G8|1[V:2]|:G,8|1\n[V:1]A8:|2[V:2]D8:|2\n[V:1]G8|][V:2]D8|]\n",
    };
    for (size_t i = 0; i < sizeof tunes / sizeof *tunes; i++)
        if (!is_whole(&free_pickup, tunes[i])) print_error("refused: %s\n", tunes[i]), bad++;
    assert_int_equal(bad, 0);
}

static void test_what_would_spoil_a_tune_is_refused(void **state) {
    (void)state;
    int bad = 0;
    static const char *const bodies[] = {
        "GABc d2d2e",        /* longer than its bar */
        "GABc|",             /* too short, and no pickup asked for */
        "GABc d3>",          /* no room for the second note */
        "G>A>",              /* broken twice */
        "(3GA|",             /* an unfinished triplet */
        "(3G2AB",            /* of unequal notes */
        "G8||||",            /* two signs */
        "G8-|A",             /* a tie to another pitch */
        "G8-|^G",            /* or to another accidental */
        "G-z",               /* or to a rest */
        "[GB]4-[Gc]",        /* or to a chord without it */
        "[GB2",              /* two lengths in a chord */
        "{g}z",              /* no note behind grace notes */
        "((G",               /* a slur in a slur */
        "G8:|G8:|",          /* where would it go back to? */
        "|:G8|:",            /* the repeat is open */
        "|:G8|]",            /* and must be closed */
        "|:G8|2",            /* a second ending first */
        "|:G8|1G8|]",        /* a first one alone */
        "|:G8|1G8:|1",       /* or twice */
        "G2\n",              /* a line ends inside a bar */
        "G8|\n\n",           /* the tune would end */
        "\"H\"",             /* no chord */
        "!nonsense!",        /* no decoration */
        "G0",                /* no length */
        "G2/4",              /* not reduced */
        "Z",                 /* whole bars of rest */
        "G8|w:",             /* lyrics */
        "G,,,,",             /* below all staves */
        "\"^a; b\"",         /* a second chord symbol */
        "!fermata!",   "\t", /* nor these */
    };
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
        if (takes(NULL, HEAD, bodies[i])) print_error("taken: %s\n", bodies[i]), bad++;
    assert_int_equal(bad, 0);
    assert_false(takes(NULL, DUET, "[V:2]"));
    assert_false(takes(NULL, DUET, "[V:1]G8|[V:2]G4|"));
    assert_false(takes(NULL, DUET, "[V:1]G8|[V:2]G8|]"));
    assert_false(takes(NULL, DUET, "[V:1]G8|\n"));
}

static void test_headers_hold_legal_values_only(void **state) {
    (void)state;
    static const char *const lines[] = {
        "M:5/7", "L:1/7",     "K:H",       "K:G#\n", "K:C\n",           "T:\xff",
        "T:\n",  "T:a\xc3\n", "M:4/4\nM:", "Y:",     "R:hornpipe\nM:6", "M:3/4\nR:Hornpipe"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (takes(NULL, "X:1\n", lines[i])) fail_msg("taken: %s", lines[i]);
    const neume_grammar_options asked = {.metre = "6/8", .key = "Dm", .rhythm = "jig"};
    assert_false(takes(&asked, "", "M:4"));
    assert_false(takes(&asked, "M:6/8\nL:1/8\n", "K:"));
    assert_true(takes(&asked, "M:6/8\nL:1/8\n", "R:jig\nK:Dm\n"));
}

static void test_the_bars_asked_for_are_written(void **state) {
    (void)state;
    const neume_grammar_options two = {.bars_min = 2, .bars_max = 2};
    assert_true(is_whole(&two, HEAD "G8|A8|]"));
    assert_false(is_whole(&two, HEAD "G8|]"));
    assert_false(takes(&two, HEAD, "G8|A8|G"));
    assert_false(takes(&two, HEAD, "|:G8|1A8"));
    assert_true(is_whole(&two, HEAD "|:G8|A8:|"));
    const neume_grammar_options pickup = {.bars_min = 2, .bars_max = 2, .pickup_ticks = 32};
    assert_true(is_whole(&pickup, HEAD "D2|G8|A6|]"));
    assert_false(takes(&pickup, HEAD, "D2|G8|A7|"));
    assert_false(takes(&pickup, HEAD, "D4"));
}

static void test_the_range_is_kept(void **state) {
    (void)state;
    const neume_grammar_options octave = {.lowest = 28, .highest = 35};
    assert_true(takes(&octave, HEAD, "CDEFGABc|"));
    assert_false(takes(&octave, HEAD, "d"));
    assert_false(takes(&octave, HEAD, "C,"));
}

static void closes(const neume_grammar_options *options, const char *prefix, const char *expected) {
    neume_grammar g;
    char closing[200] = "";
    neume_grammar_begin(&g, options);
    assert_ok(neume_grammar_prefix(&g, prefix, strlen(prefix)));
    const size_t length = neume_grammar_closing(&g, closing, sizeof closing - 1);
    assert_true(length < sizeof closing);
    assert_string_equal(closing, expected);
}

static void test_text_of_strangers_is_taken_up(void **state) {
    (void)state;
    const neume_grammar_options two = {.bars_min = 2, .bars_max = 2};
    closes(&two, HEAD, "z8|z8|]");
    closes(&two, "X:7\nM: 6/8 % jig\nK:G clef=treble\nabc def ghi|Z3 !D.C.! a9|", "z6|z6|]");
    closes(&two, HEAD "D2|GABc d2d2|", "z8|z6|]");
    closes(&two, HEAD "|:GABc d2d2|", "z8|z8:|");
    closes(&two, HEAD "|:abc|qqq|", "z8|z8:|");
    closes(&two, DUET "[V:1]G8|[V:2]G8|\n", "[V:1]z8|[V:2]z8|\n[V:1]z8|][V:2]z8|]");
    neume_grammar g;
    neume_grammar_begin(&g, &two);
    assert_int_equal(neume_grammar_prefix(&g, "M:4/4\n", 6), NEUME_EFORMAT);
    assert_int_equal(neume_grammar_prefix(&g, "M:none\nK:C\n", 11), NEUME_EFORMAT);
}

static void test_bars_inside_a_tune_are_filled(void **state) {
    (void)state;
    const neume_grammar_options bars = {.bars_min = 2, .bars_max = 2, .end = NEUME_GRAMMAR_END_BAR};
    const neume_grammar_options notes = {.bars_min = 2, .bars_max = 2, .end = NEUME_GRAMMAR_END_NOTES};
    const neume_grammar_options last = {
        .bars_min = 2, .bars_max = 2, .end = NEUME_GRAMMAR_END_NOTES, .last_bar_ticks = 96};
    closes(&bars, HEAD "|:GABc d2d2|", "z8|z8|");
    closes(&notes, HEAD "|:GABc d2d2|", "z8|z8");
    closes(&last, HEAD "|:D2|GABc d2d2|", "z8|z6");
}

static void test_hurry_leads_straight_to_the_end(void **state) {
    (void)state;
    static const char *const strings[] = {"z", "8", "|", "]", "z8", "c", "8|", "G"};
    static const size_t lengths[] = {1, 1, 1, 1, 2, 1, 2, 1};
    neume_grammar_tokens *tokens;
    neume_grammar g;
    uint64_t allowed;
    assert_ok(neume_grammar_tokens_new(strings, lengths, 8, &tokens));
    neume_grammar_begin(&g, NULL);
    assert_true(neume_grammar_push(&g, HEAD, strlen(HEAD)));
    neume_grammar_mask(tokens, &g, 0, &allowed);
    assert_int_equal(allowed, 1 << 0 | 1 << 2 | 1 << 4 | 1 << 5 | 1 << 7); /* "|" may become "|:" */
    neume_grammar_mask(tokens, &g, 4, &allowed);
    assert_int_equal(allowed, 1 << 0 | 1 << 4);
    neume_grammar_tokens_free(tokens);
}

static neume_status make_tokens(void *context) {
    static const char *const strings[] = {"ab", "abc", "", "b", "b"};
    static const size_t lengths[] = {2, 3, 0, 1, 1};
    neume_grammar_tokens *tokens = NULL;
    (void)context;
    const neume_status status = neume_grammar_tokens_new(strings, lengths, 5, &tokens);
    neume_grammar_tokens_free(tokens);
    return status;
}

static void test_token_trees_survive_failing_memory(void **state) {
    (void)state;
    sweep_allocation_failures(make_tokens, NULL);
    const char *const long_one[] = {"x"};
    const size_t length[] = {65};
    neume_grammar_tokens *tokens;
    assert_int_equal(neume_grammar_tokens_new(long_one, length, 1, &tokens), NEUME_EINVAL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_tunes_are_taken_whole),
        cmocka_unit_test(test_what_would_spoil_a_tune_is_refused),
        cmocka_unit_test(test_headers_hold_legal_values_only),
        cmocka_unit_test(test_the_bars_asked_for_are_written),
        cmocka_unit_test(test_the_range_is_kept),
        cmocka_unit_test(test_text_of_strangers_is_taken_up),
        cmocka_unit_test(test_bars_inside_a_tune_are_filled),
        cmocka_unit_test(test_hurry_leads_straight_to_the_end),
        cmocka_unit_test(test_token_trees_survive_failing_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
