/* With a model that has learnt nothing: what holds, holds by the grammar and by how pieces are put together. */
#include "read_abc.h"

#include "neume/compose.h"
#include "neume/lm.h"

#include <unistd.h>

static const char TUNE[] = "X:1\nT:Tune\nR:reel\nM:4/4\nL:1/8\nK:G\nD2|\"G\"G2GB d2Bd|\"C\"e2ef \"D\"d3c|"
                           "\"G\"B2AG \"Am\"A4|\"D7\"A2GF \"G\"G2:|\n|:Bc|\"G\"d2BG \"Em\"E2 G2|\"Am\"cBA2 \"D\"FGA2|"
                           "\"G\"B2d2 \"C\"c3/2B/2AG|\"D\"F2D2 \"G\"G2:|\n";
static char model_path[] = "/tmp/neume_compose_test_XXXXXX";
static neume_composer *composer;

static int set_up(void **state) {
    (void)state;
    const neume_lm_random wanted = {.shape = {1280, 16, 1, 2, 2, 32, 640, 1e4F, 1e-5F},
                                    .architecture = "qwen2",
                                    .type = "f32",
                                    .tied = true,
                                    .deviation = 0.02F,
                                    .seed = 1};
    const int file = mkstemp(model_path);
    if (file < 0) return 1;
    close(file);
    return neume_lm_random_write(model_path, &wanted) || neume_composer_load(model_path, &composer);
}

static int tear_down(void **state) {
    (void)state;
    neume_composer_free(composer);
    unlink(model_path);
    return 0;
}

static neume_writing_options writing(int count, uint64_t seed) {
    return (neume_writing_options){count, 1, 1, seed};
}

static void assert_same_score(const neume_score *a, const neume_score *b) {
    char difference[256];
    neume_score_difference(a, b, difference, sizeof difference);
    assert_string_equal(difference, "");
}

/* How many whole bars a piece has; each must be full but for an upbeat and the bar that it completes. */
static int count_bars(const neume_score *score) {
    const neume_voice *voice = &score->voices[0];
    const int64_t whole = neume_metre_ticks(score->metre);
    int64_t sum = 0;
    for (size_t i = 0; i < voice->item_count; i++)
        if (voice->items[i].kind <= NEUME_ITEM_REST && !voice->items[i].grace) sum += voice->items[i].ticks;
    return (int)(sum / whole);
}

/* ------------------------------------------------------------------------------------------------------------------ */

static void test_themes_are_what_was_asked_for(void **state) {
    (void)state;
    static const struct {
        const char *key, *metre;
        int bars;
        neume_mode mode;
    } cases[] = {{"Em", "6/8", 4, NEUME_MODE_MINOR},
                 {"D dorian", "4/4", 3, NEUME_MODE_DORIAN},
                 {"Bb", "3/4", 2, NEUME_MODE_MAJOR}};
    for (size_t c = 0; c < 3; c++) {
        const neume_theme_wish wish = {
            .title = "A Theme", .key = cases[c].key, .metre = cases[c].metre, .bars = cases[c].bars};
        const neume_writing_options how = writing(3, c + 1);
        neume_ideas ideas = {0};
        assert_ok(neume_compose_theme(composer, &wish, &how, &ideas));
        assert_int_equal(ideas.count, 3);
        for (size_t i = 0; i < ideas.count; i++) {
            const neume_score *score = ideas.items[i].score;
            assert_int_equal(score->key.mode, cases[c].mode);
            assert_int_equal(score->key.tonic_step, strchr("CDEFGAB", cases[c].key[0]) - "CDEFGAB");
            assert_string_equal(neume_score_text(score, 'T'), "A Theme");
            assert_true(score->tempo.beat > 0);
            assert_int_equal(score->voice_count, 1);
            assert_int_equal(score->voices[0].metre_count + score->voices[0].key_count, 0);
            const int bars = count_bars(score); /* a last bar may lack what an upbeat has, and endings are bars */
            assert_true(bars == cases[c].bars || bars == cases[c].bars - 1);
            if (i) assert_true(ideas.items[i - 1].rank >= ideas.items[i].rank);
        }
        neume_ideas_clear(&ideas);
    }
}

static void test_moods_choose_what_is_not_said(void **state) {
    (void)state;
    const neume_theme_wish wish = {.title = "Sad", .mood = "悲伤", .bars = 2};
    const neume_writing_options how = writing(2, 5);
    neume_ideas ideas = {0};
    assert_ok(neume_compose_theme(composer, &wish, &how, &ideas));
    for (size_t i = 0; i < ideas.count; i++)
        assert_true(ideas.items[i].score->key.mode == NEUME_MODE_MINOR ||
                    ideas.items[i].score->key.mode == NEUME_MODE_DORIAN);
    assert_ok(neume_compose_inspire(composer, &(neume_theme_wish){.bars = 1}, &how, &ideas));
    assert_int_equal(ideas.count, 2);
    neume_ideas_clear(&ideas);
    const neume_mood *mood = NULL, *same = NULL;
    assert_ok(neume_mood_find("happy", &mood));
    assert_ok(neume_mood_find("joyful_activation", &same));
    assert_ptr_equal(mood, same);
    assert_int_equal(neume_mood_find("grumpy", &mood), NEUME_EINVAL);
    assert_int_equal(neume_mood_find("", &mood), NEUME_EINVAL);
}

static void test_the_same_seed_gives_the_same_music(void **state) {
    (void)state;
    const neume_theme_wish wish = {.title = "Again", .key = "C", .metre = "2/4", .bars = 2};
    const neume_writing_options how = writing(1, 9);
    neume_ideas one = {0}, two = {0};
    assert_ok(neume_compose_theme(composer, &wish, &how, &one));
    assert_ok(neume_compose_theme(composer, &wish, &how, &two));
    assert_same_score(one.items[0].score, two.items[0].score);
    neume_ideas_clear(&one);
    neume_ideas_clear(&two);
}

static void test_what_is_continued_stays(void **state) {
    (void)state;
    neume_score *tune = read_abc(TUNE);
    const neume_writing_options how = writing(2, 2);
    neume_ideas ideas = {0};
    assert_ok(neume_compose_continue(composer, tune, 3, &how, &ideas));
    const neume_voice *a = &tune->voices[0], *b = &ideas.items[0].score->voices[0];
    const int more = count_bars(ideas.items[0].score) - count_bars(tune);
    assert_true(more == 3 || more == 2); /* the last bar may complete the tune's upbeat */
    for (size_t p = 0; p < a->pitch_count; p++)
        assert_int_equal(neume_pitch_number(a->pitches[p]), neume_pitch_number(b->pitches[p]));
    neume_ideas_clear(&ideas);
    neume_score_free(tune);
}

/* Notes of a voice outside some time are those of another's. */
static void assert_same_outside(const neume_voice *a, const neume_voice *b, int64_t from, int64_t to) {
    size_t i = 0, k = 0;
    for (;;) {
        while (i < a->item_count &&
               (a->items[i].kind > NEUME_ITEM_REST || (a->items[i].at >= from && a->items[i].at < to)))
            i++;
        while (k < b->item_count &&
               (b->items[k].kind > NEUME_ITEM_REST || (b->items[k].at >= from && b->items[k].at < to)))
            k++;
        if (i == a->item_count || k == b->item_count) break;
        assert_int_equal(a->items[i].at, b->items[k].at);
        assert_int_equal(a->items[i].ticks, b->items[k].ticks);
        assert_int_equal(neume_pitch_number(a->pitches[a->items[i].first]),
                         neume_pitch_number(b->pitches[b->items[k].first]));
        i++, k++;
    }
    assert_true(i == a->item_count && k == b->item_count);
}

static void test_filling_leaves_all_other_bars(void **state) {
    (void)state;
    neume_score *tune = read_abc(TUNE);
    const int64_t bar = NEUME_WHOLE, upbeat = NEUME_WHOLE / 4;
    for (int first = 1; first <= 3; first++) {
        const neume_writing_options how = writing(2, (uint64_t)first);
        neume_ideas ideas = {0};
        assert_ok(neume_compose_fill(composer, tune, first, first + 1, &how, &ideas));
        const int64_t from = upbeat + (first - 1) * bar, to = first == 3 ? from + bar * 7 / 4 : from + 2 * bar;
        assert_same_outside(&tune->voices[0], &ideas.items[0].score->voices[0], from, to);
        neume_ideas_clear(&ideas);
    }
    const neume_writing_options how = writing(1, 1);
    neume_ideas ideas = {0};
    assert_int_equal(neume_compose_fill(composer, tune, 0, 1, &how, &ideas), NEUME_EINVAL);
    assert_int_equal(neume_compose_fill(composer, tune, 3, 2, &how, &ideas), NEUME_EINVAL);
    assert_int_equal(neume_compose_fill(composer, tune, 8, 100, &how, &ideas), NEUME_EINVAL);
    neume_score_free(tune);
}

static void test_titles_are_words_with_probabilities(void **state) {
    (void)state;
    neume_score *tune = read_abc(TUNE);
    const neume_writing_options how = writing(4, 3);
    neume_title titles[4];
    size_t count = 0;
    double sum = 0;
    assert_ok(neume_compose_titles(composer, tune, &how, titles, &count));
    assert_true(count >= 1 && count <= 4);
    for (size_t t = 0; t < count; t++) {
        assert_true(titles[t].text[0] && !strchr(titles[t].text, '\n'));
        sum += titles[t].probability;
        if (t) assert_true(titles[t - 1].probability >= titles[t].probability);
    }
    assert_true(sum <= 1 + 1e-9);
    neume_score_free(tune);
}

static void test_variations_keep_beats_chords_and_cadences(void **state) {
    (void)state;
    neume_score *tune = read_abc(TUNE);
    for_each_seed(seed, 20) {
        const neume_writing_options how = writing(1, seed);
        neume_ideas ideas = {0};
        assert_ok(neume_compose_vary(NULL, tune, 1, &how, &ideas));
        const neume_voice *a = &tune->voices[0], *b = &ideas.items[0].score->voices[0];
        assert_true(a->pitch_count < b->pitch_count ||
                    memcmp(a->items, b->items, a->item_count * sizeof *a->items) != 0);
        size_t chords_a = 0, chords_b = 0;
        for (size_t w = 0; w < a->words_count; w++) chords_a += a->words[w].kind == NEUME_WORDS_CHORD;
        for (size_t w = 0; w < b->words_count; w++) chords_b += b->words[w].kind == NEUME_WORDS_CHORD;
        assert_int_equal(chords_a, chords_b);
        const int64_t upbeat = NEUME_WHOLE / 4, bar = NEUME_WHOLE, half = upbeat + 3 * bar;
        assert_int_equal(count_bars(ideas.items[0].score), count_bars(tune));
        for (size_t i = 0, k = 0; i < a->item_count; i++) { /* the last bar of each half */
            const neume_item *item = &a->items[i];
            const bool closing = (item->at >= half && item->at < half + bar) || item->at >= 2 * half + upbeat + bar;
            if (item->kind != NEUME_ITEM_NOTES || !closing) continue;
            while (k < b->item_count && (b->items[k].at < item->at || b->items[k].kind != NEUME_ITEM_NOTES)) k++;
            assert_int_equal(b->items[k].at, item->at);
            assert_int_equal(neume_pitch_number(b->pitches[b->items[k].first]),
                             neume_pitch_number(a->pitches[item->first]));
        }
        neume_ideas_clear(&ideas);
    }
    neume_score_free(tune);
}

static void test_strength_nought_changes_nothing(void **state) {
    (void)state;
    neume_score *tune = read_abc(TUNE);
    const neume_writing_options how = writing(1, 1);
    neume_ideas ideas = {0};
    assert_ok(neume_compose_vary(NULL, tune, 0, &how, &ideas));
    assert_same_score(tune, ideas.items[0].score);
    assert_ok(neume_compose_vary(composer, tune, 0, &how, &ideas));
    assert_same_score(tune, ideas.items[0].score);
    assert_ok(neume_compose_vary(composer, tune, 0.7, &how, &ideas));
    assert_int_equal(count_bars(ideas.items[0].score), count_bars(tune));
    assert_int_equal(neume_compose_vary(NULL, tune, 1.5, &how, &ideas), NEUME_EINVAL);
    neume_ideas_clear(&ideas);
    neume_score_free(tune);
}

static void test_bad_wishes_and_scores_are_refused(void **state) {
    (void)state;
    const neume_writing_options how = writing(1, 1);
    const neume_theme_wish wishes[] = {{.key = "H"},          {.key = "G# major"}, {.metre = "17/3"},
                                       {.rhythm = "waltzer"}, {.mood = "grey"},    {.style = "baroque"},
                                       {.bars = 65},          {.bars = -1},        {.voices = 9}};
    neume_ideas ideas = {0};
    for (size_t w = 0; w < sizeof wishes / sizeof *wishes; w++)
        assert_int_equal(neume_compose_theme(composer, &wishes[w], &how, &ideas), NEUME_EINVAL);
    const neume_writing_options bad[] = {{0, 1, 1, 1}, {65, 1, 1, 1}, {1, 5, 1, 1}, {1, 1, 0, 1}, {1, -1, 1, 1}};
    for (size_t b = 0; b < sizeof bad / sizeof *bad; b++)
        assert_int_equal(neume_compose_theme(composer, &(neume_theme_wish){0}, &bad[b], &ideas), NEUME_EINVAL);
    const char *const empty[] = {"X:1\nK:C\n", "X:1\nK:C\nz4|\n",
                                 "X:1\nL:1/4\nK:C clef=perc\n%%MIDI channel 10\nCDEF|\n"};
    for (size_t e = 0; e < 3; e++) {
        neume_score *score = read_abc(empty[e]);
        neume_title title;
        size_t count;
        assert_int_equal(neume_compose_continue(composer, score, 2, &how, &ideas), NEUME_EFORMAT);
        assert_int_equal(neume_compose_fill(composer, score, 1, 1, &how, &ideas), NEUME_EFORMAT);
        assert_int_equal(neume_compose_vary(NULL, score, 0.5, &how, &ideas), NEUME_EFORMAT);
        assert_int_equal(neume_compose_titles(composer, score, &how, &title, &count), NEUME_EFORMAT);
        neume_score_free(score);
    }
}

typedef struct sweep {
    neume_score *tune;
} sweep;

static neume_status write_everything(void *context) {
    const sweep *s = context;
    const neume_writing_options how = writing(1, 1);
    neume_ideas ideas = {0};
    neume_title title;
    size_t count;
    neume_status status = neume_compose_vary(NULL, s->tune, 0.5, &how, &ideas);
    if (!status) status = neume_compose_fill(composer, s->tune, 1, 1, &how, &ideas);
    if (!status) status = neume_compose_titles(composer, s->tune, &how, &title, &count);
    neume_ideas_clear(&ideas);
    return status;
}

static void test_failed_allocations_leave_nothing_behind(void **state) {
    (void)state;
    sweep s = {read_abc("X:1\nT:T\nM:2/4\nL:1/4\nK:C\nCE|GB|cc|\n")};
    sweep_allocation_failures(write_everything, &s);
    neume_score_free(s.tune);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_themes_are_what_was_asked_for),
        cmocka_unit_test(test_moods_choose_what_is_not_said),
        cmocka_unit_test(test_the_same_seed_gives_the_same_music),
        cmocka_unit_test(test_what_is_continued_stays),
        cmocka_unit_test(test_filling_leaves_all_other_bars),
        cmocka_unit_test(test_titles_are_words_with_probabilities),
        cmocka_unit_test(test_variations_keep_beats_chords_and_cadences),
        cmocka_unit_test(test_strength_nought_changes_nothing),
        cmocka_unit_test(test_bad_wishes_and_scores_are_refused),
        cmocka_unit_test(test_failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
