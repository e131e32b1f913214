/* Whatever is drawn among the tokens that the grammar allows is a whole tune. */
#include "neume_test.h"

#include "grammar_cases.h"

#include "neume/lm_vocabulary.h"

enum { TUNES = 250 };

static neume_score *read_quietly(const neume_buffer *text, uint64_t seed) {
    neume_abc_place place = {0};
    neume_report report = {0};
    neume_score *score = NULL;
    assert_ok(neume_abc_read(text->data, text->size, &place, &report, &score));
    if (report.warnings) fail_msg("seed %llu: %s\n%s", (unsigned long long)seed, report.text.data, text->data);
    neume_report_clear(&report);
    return score;
}

static void check(const walk_case *c, const neume_buffer *text, uint64_t seed) {
    neume_score *score = read_quietly(text, seed);
    const neume_grammar_options *o = &c->options;
    for (size_t v = 0; v < score->voice_count; v++) {
        const int bars = walk_bars(score, &score->voices[v]);
        if (bars < 1 || bars < o->bars_min || (o->bars_max && bars > o->bars_max))
            fail_msg("seed %llu, voice %zu: %d bars of %d to %d\n%s", (unsigned long long)seed, v, bars, o->bars_min,
                     o->bars_max, text->data);
    }
    neume_score_free(score);
}

static void walk_all(const walk_vocabulary *w, uint64_t first, int count) {
    for (uint64_t seed = first; seed < first + (uint64_t)count; seed++) {
        neume_buffer text = {0};
        walk_case c;
        const char *wrong = walk(seed, w, &c, &text);
        if (wrong) fail_msg("seed %llu: %s\n%s", (unsigned long long)seed, wrong, text.data);
        check(&c, &text, seed);
        neume_buffer_clear(&text);
    }
}

static void test_random_tunes_are_whole_and_their_bars_full(void **state) {
    (void)state;
    static walk_vocabulary w;
    assert_ok(walk_vocabulary_init(&w));
    walk_all(&w, 1, TUNES);
    neume_grammar_tokens_free(w.tokens);
}

static void test_so_they_are_of_the_tokens_that_models_know(void **state) {
    (void)state;
    static walk_vocabulary w;
    neume_vocabulary *vocabulary;
    assert_ok(neume_vocabulary_new_abc(&vocabulary));
    for (w.v = 0; w.v < (size_t)neume_vocabulary_count(vocabulary); w.v++)
        w.strings[w.v] = neume_vocabulary_text(vocabulary, (int32_t)w.v, &w.lengths[w.v]);
    assert_ok(neume_grammar_tokens_new(w.strings, w.lengths, w.v, &w.tokens));
    walk_all(&w, 100000, TUNES);
    neume_grammar_tokens_free(w.tokens);
    neume_vocabulary_free(vocabulary);
}

static void test_from_everywhere_there_is_a_way_to_an_end(void **state) {
    (void)state;
    static walk_vocabulary w;
    assert_ok(walk_vocabulary_init(&w));
    for_each_seed(seed, 20) {
        neume_buffer text = {0};
        walk_case c;
        assert_null(walk(seed, &w, &c, &text));
        neume_grammar g;
        neume_grammar_begin(&g, &c.options);
        for (size_t i = 0; i < text.size; i++) {
            static char closing[65536];
            assert_true(neume_grammar_push(&g, text.data + i, 1));
            if (i % 7) continue;
            const size_t length = neume_grammar_closing(&g, closing, sizeof closing);
            neume_grammar end = g;
            if (!neume_grammar_push(&end, closing, length) || !neume_grammar_may_end(&end))
                fail_msg("seed %llu: %.*s|||%.*s", (unsigned long long)seed, (int)i + 1, text.data, (int)length,
                         closing);
        }
        neume_buffer_clear(&text);
    }
    neume_grammar_tokens_free(w.tokens);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_tunes_are_whole_and_their_bars_full),
        cmocka_unit_test(test_so_they_are_of_the_tokens_that_models_know),
        cmocka_unit_test(test_from_everywhere_there_is_a_way_to_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
