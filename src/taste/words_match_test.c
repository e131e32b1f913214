#include "neume_test.h"

#include "neume/taste_match.h"

#include <string.h>

static neume_words *words;

static const char *const calm_tags[] = {"chillout", "piano", "instrumental"},
                         *const loud_tags[] = {"death metal", "male vocalists"},
                         *const retro_tags[] = {"synthpop", "80s", "seen live"},
                         *const weak_tags[] = {"piano", "country"};
static const float weak_weights[] = {100, 1};
static const neume_match_item items[] = {
    {.title = "Slow one",
     .artist = "Bill Evans",
     .tags = calm_tags,
     .tag_count = 3,
     .tempo_bpm = 60,
     .valence = .4,
     .arousal = -.6},
    {.title = "Fury",
     .artist = "Some Band",
     .tags = loud_tags,
     .tag_count = 2,
     .tempo_bpm = 180,
     .valence = -.6,
     .arousal = .9},
    {.title = "Neon",
     .artist = "Frédéric Chopin",
     .tags = retro_tags,
     .tag_count = 3,
     .year = 1984,
     .valence = NAN,
     .arousal = NAN},
    {.title = "", .tags = weak_tags, .tag_weights = weak_weights, .tag_count = 2, .valence = NAN, .arousal = NAN},
};
enum { ITEMS = sizeof items / sizeof *items };

static neume_status make_matcher(neume_matcher **out) {
    neume_matcher *made = NULL;
    neume_status status = neume_matcher_new(words, &made);
    for (int i = 0; i < ITEMS && !status; i++) status = neume_matcher_add(made, &items[i]);
    if (status)
        neume_matcher_free(made);
    else
        *out = made;
    return status;
}

/* Which item fits best; how many are hidden; why the best one does. */
static int best(const char *prompt, int *hidden, char reason[200]) {
    neume_matcher *matcher = NULL;
    neume_query query = neume_query_none();
    neume_buffer text = {0};
    float scores[ITEMS];
    uint8_t excluded[ITEMS];
    int found = -1;
    assert_ok(make_matcher(&matcher));
    assert_int_equal(neume_matcher_count(matcher), ITEMS);
    assert_ok(neume_words_understand(words, prompt, strlen(prompt), &query));
    assert_ok(neume_matcher_score(matcher, &query, scores, excluded));
    *hidden = 0;
    for (int i = 0; i < ITEMS; i++) {
        *hidden += excluded[i];
        assert_true(scores[i] >= 0 && scores[i] <= 1.5f);
        if (!excluded[i] && (found < 0 || scores[i] > scores[found])) found = i;
    }
    assert_ok(neume_matcher_explain(matcher, &query, found, &text));
    snprintf(reason, 200, "%s", text.data ? text.data : "");
    neume_buffer_clear(&text);
    neume_query_clear(&query);
    neume_matcher_free(matcher);
    return found;
}

static void test_tags_answer_in_the_words_of_the_query(void **state) {
    (void)state;
    static const struct {
        const char *prompt;
        int item, hidden;
        const char *reason;
    } cases[] = {
        {"something calm, no vocals", 0, 0, "calm, instrumental, as you asked"},
        {"安静的钢琴", 0, 0, "符合你的要求：平静、钢琴"},
        {"angry metal", 1, 0, "metal, as you asked"},
        {"八十年代的电子", 2, 0, "符合你的要求：电子、1980年代"},
        {"like Chopin nocturnes", 2, 0, "Chopin nocturnes, as you asked"},
        {"180 bpm", 1, 0, "180 bpm, as you asked"},
        {"piano, not electronic, no metal", 0, 2, "piano, as you asked"},
        {"piano but not country", 0, 0, "piano, as you asked"}, /* one listener's "country" hides nothing */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char reason[200];
        int hidden = 0;
        const int item = best(cases[i].prompt, &hidden, reason);
        if (item != cases[i].item || hidden != cases[i].hidden || strcmp(reason, cases[i].reason) != 0)
            fail_msg("'%s' finds %d and hides %d because '%s'", cases[i].prompt, item, hidden, reason);
    }
}

static void test_a_blend_is_between_its_parts(void **state) {
    (void)state;
    float own[] = {10, 20, 30, 1e9f}, zero[] = {10, 20, 30, 1e9f}, one[] = {10, 20, 30, 1e9f};
    const float query[] = {.3f, .1f, .2f, 0}, flat[] = {1, 1, 1, 1};
    const uint8_t excluded[] = {0, 0, 0, 1};
    neume_scores_blend(zero, query, excluded, 4, 0);
    neume_scores_blend(one, query, excluded, 4, 1);
    neume_scores_blend(own, query, excluded, 4, .5);
    assert_true(zero[0] < zero[1] && zero[1] < zero[2]);
    assert_true(one[0] > one[2] && one[2] > one[1]);
    for (int i = 0; i < 3; i++) assert_float_equal(own[i], (zero[i] + one[i]) / 2, 1e-5);
    assert_float_equal(own[3], 1e9f, 0);
    neume_scores_blend(one, flat, excluded, 4, 1); /* what says nothing changes nothing */
    for (int i = 0; i < 3; i++) assert_float_equal(one[i], 0, 0);
}

static neume_status make_and_free(void *context) {
    (void)context;
    neume_matcher *matcher = NULL;
    const neume_status status = make_matcher(&matcher);
    neume_matcher_free(matcher);
    return status == NEUME_OK || status == NEUME_ENOMEM ? status : NEUME_EINVAL;
}

static void test_want_of_memory_is_told(void **state) {
    (void)state;
    sweep_allocation_failures(make_and_free, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tags_answer_in_the_words_of_the_query),
        cmocka_unit_test(test_a_blend_is_between_its_parts),
        cmocka_unit_test(test_want_of_memory_is_told),
    };
    if (neume_words_new(&words)) return 1;
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    neume_words_free(words);
    return failed;
}
