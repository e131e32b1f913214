/* Bars over found beats: what the network is told, the likeliest bars, and the beats that they want. */
#include "neume_test.h"

#include "bars.h"

#include <math.h>
#include <string.h>

/* --- what the network is told ------------------------------------------------------------------------------------- */

static void add(neume_notes *notes, double onset_s, double length_s, int pitch) {
    assert_ok(neume_notes_add(notes, (neume_note){.onset_s = onset_s,
                                                  .offset_s = onset_s + length_s,
                                                  .pitch = (int16_t)pitch,
                                                  .velocity = 70,
                                                  .confidence = 1}));
}

/* A random bar of three beats, over and over. */
static void repeat_bar(neume_notes *notes, int bars, double beat_s, uint64_t seed) {
    neume_rng rng = neume_rng_seeded(seed, 5);
    int pitches[12], starts[12], count = 0;
    for (int slot = 0; slot < 36; slot += 3)
        if (slot % 12 == 0 || neume_rng_chance(&rng, .5))
            starts[count] = slot, pitches[count++] = 48 + (int)neume_rng_below(&rng, 36);
    for (int bar = 0; bar < bars; bar++)
        for (int i = 0; i < count; i++)
            add(notes, (bar * 3 + starts[i] / 12.0) * beat_s + 1, .8 * beat_s / 4, pitches[i]);
}

static void test_features_know_no_tempo(void **state) {
    (void)state;
    enum { BEATS = 30 };
    for_each_seed(seed, 20) {
        neume_notes slow = {0}, fast = {0};
        static float a[BEATS * NEUME_BAR_FEATURES], b[BEATS * NEUME_BAR_FEATURES];
        double slow_s[BEATS], fast_s[BEATS];
        repeat_bar(&slow, BEATS / 3, 1, seed), repeat_bar(&fast, BEATS / 3, .5, seed);
        for (int i = 0; i < BEATS; i++) slow_s[i] = i + 1, fast_s[i] = i * .5 + 1;
        assert_ok(neume_bar_features(&slow, slow_s, BEATS, a));
        assert_ok(neume_bar_features(&fast, fast_s, BEATS, b));
        int different = 0, channel = -1;
        for (int i = 0; i < BEATS * NEUME_BAR_FEATURES; i++) {
            if (fabsf(a[i] - b[i]) < 1e-4F) continue;
            assert_true(channel < 0 || channel == i % NEUME_BAR_FEATURES); /* the tempo itself: an octave */
            assert_float_equal(a[i] - b[i], 1, 1e-4F);
            channel = i % NEUME_BAR_FEATURES, different++;
        }
        assert_int_equal(different, BEATS);
        neume_notes_clear(&slow), neume_notes_clear(&fast);
    }
}

/* The last 4 x NEUME_BAR_LAGS features compare beats; lags[2] is three beats, lags[0] one. */
static void test_features_see_what_comes_again(void **state) {
    (void)state;
    enum { BEATS = 30, LIKE = NEUME_BAR_FEATURES - 4 * NEUME_BAR_LAGS, THREE = 2 };
    static float x[BEATS * NEUME_BAR_FEATURES];
    double beats_s[BEATS];
    for (int i = 0; i < BEATS; i++) beats_s[i] = i * .6 + 1;
    for_each_seed(seed, 20) {
        neume_notes notes = {0};
        repeat_bar(&notes, BEATS / 3, .6, seed);
        assert_ok(neume_bar_features(&notes, beats_s, BEATS, x));
        for (int b = 3; b < BEATS - 3; b++)
            for (int kind = 0; kind < 4; kind++)
                assert_float_equal(x[b * NEUME_BAR_FEATURES + LIKE + kind * NEUME_BAR_LAGS + THREE], 1, 1e-4F);
        neume_notes_clear(&notes);
    }
}

/* Beats without onsets stay so when those of their neighbours are early or late by what doubles lose. */
static void test_features_forgive_rounding(void **state) {
    (void)state;
    enum { BEATS = 30, LIKE = NEUME_BAR_FEATURES - 4 * NEUME_BAR_LAGS };
    static float exact[BEATS * NEUME_BAR_FEATURES], x[BEATS * NEUME_BAR_FEATURES];
    double beats_s[BEATS];
    for (int i = 0; i < BEATS; i++) beats_s[i] = i;
    for (int round = 0; round < 60; round++) {
        const double off_s = round == 0 ? 0 : (round % 2 ? 1 : -1) * exp(-20 - .5 * round);
        neume_notes notes = {0};
        for (int i = 0; i < BEATS; i++)
            if (i % 4 < 2) add(&notes, i + (i % 4 == 0 ? off_s : 0), .5, 60 + i % 5);
        assert_ok(neume_bar_features(&notes, beats_s, BEATS, round ? x : exact));
        for (int b = 0; b < BEATS && round; b++)
            for (int k = LIKE; k < NEUME_BAR_FEATURES; k++)
                assert_float_equal(x[b * NEUME_BAR_FEATURES + k], exact[b * NEUME_BAR_FEATURES + k], 1e-4F);
        neume_notes_clear(&notes);
    }
}

static neume_status features_of_a_tune(void *context) {
    static float x[12 * NEUME_BAR_FEATURES];
    static const double beats_s[12] = {1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6, 6.5};
    return neume_bar_features(context, beats_s, 12, x);
}

/* Over many draws each number is hidden now and then, never the one that marks the piece; a number hidden is hidden in
 * all beats, and others stay as they were. */
static void test_features_are_hidden_for_all_beats(void **state) {
    (void)state;
    enum { BEATS = 3 };
    int times[NEUME_BAR_FEATURES] = {0}, never = 0;
    for_each_seed(seed, 120) {
        neume_rng rng = neume_rng_seeded(seed, 1);
        float x[BEATS * NEUME_BAR_FEATURES];
        for (int i = 0; i < BEATS * NEUME_BAR_FEATURES; i++) x[i] = 1;
        neume_bar_features_hide(x, BEATS, &rng);
        for (int k = 0; k < NEUME_BAR_FEATURES; k++) {
            times[k] += x[k] < .5F;
            for (int b = 1; b < BEATS; b++) assert_true(x[k] == x[b * NEUME_BAR_FEATURES + k]);
        }
    }
    for (int k = 0; k < NEUME_BAR_FEATURES; k++) {
        never += !times[k];
        assert_true(times[k] < 60);
    }
    assert_int_equal(never, 1);
}

static void test_features_without_memory_or_beats(void **state) {
    (void)state;
    neume_notes notes = {0};
    float x[NEUME_BAR_FEATURES];
    const double beat_s = 1;
    repeat_bar(&notes, 4, .5, 1);
    sweep_allocation_failures(features_of_a_tune, &notes);
    assert_ok(neume_bar_features(&notes, &beat_s, 1, x));
    assert_ok(neume_bar_features(&notes, &beat_s, 0, x));
    neume_notes_clear(&notes);
    assert_ok(neume_bar_features(&notes, (double[]){0, 1}, 2, (float[2 * NEUME_BAR_FEATURES]){0}));
}

/* --- the likeliest bars ------------------------------------------------------------------------------------------- */

enum { FOUND = 48 };
#define SURE  12.0F /* nats against anything else */
#define FAINT .05F  /* of it: six bars are a little surer than a whole beat costs on a clock */

/* Beliefs of a network that is sure of everything: bars of this length and metre, from sixth `phase` on. */
typedef struct sure {
    float down[FOUND][NEUME_BAR_SPOTS], no_down[FOUND][NEUME_BAR_SPOTS], length[FOUND][NEUME_BAR_LENGTHS],
        metre[FOUND][NEUME_BEAT_METRES];
    float heard_down[FOUND][NEUME_BAR_SPOTS], heard_metre[FOUND][NEUME_BEAT_METRES]; /* all zero: nothing */
    int8_t found[FOUND];
} sure;

static neume__bar_beliefs be_sure(sure *s, int length, int metre, int phase) {
    const int sixths = (int)lround(6 * neume_bar_length[length]);
    for (int b = 0; b < FOUND; b++) {
        s->found[b] = -1;
        for (int k = 0; k < NEUME_BAR_LENGTHS; k++) s->length[b][k] = k == length ? -.1F : -SURE;
        for (int k = 0; k < NEUME_BEAT_METRES; k++) s->metre[b][k] = k == metre ? -.1F : -SURE;
        for (int k = 0; k < NEUME_BAR_SPOTS; k++) {
            const int at = 6 * b + (int)lround(6 * neume_bar_spot[k]);
            const bool down = (at - phase + 100 * sixths) % sixths == 0;
            s->down[b][k] = down ? -.05F : -SURE, s->no_down[b][k] = down ? -SURE : -.05F;
        }
    }
    return (neume__bar_beliefs){.down = s->down,
                                .no_down = s->no_down,
                                .length = s->length,
                                .metre = s->metre,
                                .heard_down = s->heard_down,
                                .heard_metre = s->heard_metre,
                                .found = s->found,
                                .count = FOUND};
}

static neume_status find_bars(const neume__bar_beliefs *beliefs, const neume_rhythm_options *options, neume__bar **bars,
                              size_t *count) {
    neume__bars found = {0};
    const neume_status status = neume__bar_path(beliefs, options, &found);
    *bars = found.items, *count = found.count;
    return status;
}

/* As bar_path.c has them. */
static bool possible(int length, int metre) {
    static const double ratios[] = {1.0 / 3, .5, 2.0 / 3, 1, 1.5, 2, 3, 4};
    const double ratio = neume_metre_beats(neume_beat_class_metre(metre)) / neume_bar_length[length];
    for (size_t i = 0; i < sizeof ratios / sizeof *ratios; i++)
        if (fabs(ratio - ratios[i]) < .01) return true;
    return false;
}

/* Where bars may begin. */
static bool is_spot(int sixth) {
    return sixth % 6 != 1 && sixth % 6 != 5;
}

static void test_what_the_network_is_sure_of_is_found(void **state) {
    (void)state;
    static const neume_rhythm_options nothing = {0};
    static sure s;
    for (int length = 0; length < NEUME_BAR_LENGTHS; length++)
        for (int metre = 0; metre < NEUME_BEAT_METRES; metre++)
            for (int phase = 0; phase < 6 * neume_bar_length[length]; phase++) {
                const int sixths = (int)lround(6 * neume_bar_length[length]);
                if (!possible(length, metre) || !is_spot(phase) || !is_spot(phase + sixths)) continue;
                const neume__bar_beliefs beliefs = be_sure(&s, length, metre, phase);
                neume__bar *bars = NULL;
                size_t count = 0;
                assert_ok(find_bars(&beliefs, &nothing, &bars, &count));
                assert_true(count >= 1 && bars[0].at <= 0 && bars[count - 1].at < 6 * FOUND);
                for (size_t i = 0; i < count; i++) {
                    assert_int_equal(bars[i].lasts, sixths);
                    assert_int_equal(bars[i].metre, metre);
                    assert_int_equal((bars[i].at - phase + 100 * sixths) % sixths, 0);
                    if (i) assert_int_equal(bars[i].at, bars[i - 1].at + sixths);
                }
                neume__free(bars);
            }
}

static void test_what_is_known_is_kept(void **state) {
    (void)state;
    static sure s;
    const neume__bar_beliefs beliefs = be_sure(&s, 3, 1, 2); /* three beats, 3/4 */
    const neume_rhythm_options slow = {.tempo_bpm = 80}, waltz = {.metre = {.beats = 6, .unit = 8}},
                               odd = {.metre = {.beats = 11, .unit = 8}};
    neume__bar *bars = NULL;
    size_t count = 0;
    assert_ok(find_bars(&beliefs, &slow, &bars, &count));
    for (size_t i = 0; i < count; i++)
        assert_int_equal(bars[i].lasts, 6 * neume_metre_beats(neume_beat_class_metre(bars[i].metre)));
    neume__free(bars), bars = NULL;
    assert_ok(find_bars(&beliefs, &waltz, &bars, &count));
    for (size_t i = 0; i < count; i++) assert_int_equal(neume_beat_class_metre(bars[i].metre).beats, 6);
    neume__free(bars), bars = NULL;
    assert_int_equal(find_bars(&beliefs, &odd, &bars, &count), NEUME_ENOTFOUND);
}

/* Bars of two beats that divide in three are heard, and the user knows better: they are halves of 12/8, and no beat is
 * halved for it, or each is a whole bar of a fast 3/4. Of beats that divide in two nothing such is known. */
static void test_a_known_metre_in_threes_keeps_beats_in_threes(void **state) {
    (void)state;
    static sure s;
    enum { TWO = 2 };
    const neume_metre jig = {.beats = 6, .unit = 8}, march = {.beats = 2, .unit = 4};
    static const struct {
        neume_metre metre;
        int thirds, halves; /* sixths that a bar lasts, as found beats divide */
    } known[] = {{{.beats = 12, .unit = 8}, 4 * 6, 2 * 6}, {{.beats = 3, .unit = 4}, 1 * 6, 2 * 6}};
    for (int i = 0; i < 4; i++) {
        const neume_rhythm_options options = {.metre = known[i / 2].metre};
        const neume__bar_beliefs beliefs = be_sure(&s, TWO, neume_beat_metre_class(jig), 0);
        for (int b = 0; b < FOUND; b++) {
            s.found[b] = (int8_t)neume_beat_metre_class(i % 2 ? jig : march);
            for (int k = 0; k < NEUME_BAR_SPOTS; k++)
                s.down[b][k] /= 3, s.no_down[b][k] /= 3; /* as networks are sure */
            for (int k = 0; k < NEUME_BAR_LENGTHS; k++) s.length[b][k] /= 3;
        }
        neume__bar *bars = NULL;
        size_t count = 0;
        assert_ok(find_bars(&beliefs, &options, &bars, &count));
        for (size_t k = 0; k < count; k++)
            assert_int_equal(bars[k].lasts, i % 2 ? known[i / 2].thirds : known[i / 2].halves);
        neume__free(bars);
    }
}

/* From a moment on beats were found a part of a beat late: one bar is longer and all others are as long as before. */
static void test_a_slip_costs_one_bar(void **state) {
    (void)state;
    static const neume_rhythm_options nothing = {0};
    static const int parts[] = {2, 3, 4}; /* sixths; 4 late is 2 early */
    static sure s, late;
    enum { TURN = 24, BAR = 12, TWO = 2 };
    const int jig = neume_beat_metre_class((neume_metre){.beats = 6, .unit = 8});
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const neume__bar_beliefs beliefs = be_sure(&s, TWO, jig, 0);
        be_sure(&late, TWO, jig, parts[i]);
        memcpy(s.down[TURN], late.down[TURN], sizeof s.down / FOUND * (FOUND - TURN));
        memcpy(s.no_down[TURN], late.no_down[TURN], sizeof s.no_down / FOUND * (FOUND - TURN));
        neume__bar *bars = NULL;
        size_t count = 0;
        assert_ok(find_bars(&beliefs, &nothing, &bars, &count));
        int other = 0;
        for (size_t k = 0; k < count; k++) {
            const int wanted = bars[k].at < 6 * TURN ? 0 : parts[i];
            assert_int_equal(bars[k].metre, jig);
            assert_int_equal((bars[k].at - wanted + BAR) % BAR, 0);
            other += bars[k].lasts != BAR;
        }
        assert_int_equal(other, 1);
        neume__free(bars);
    }
}

/* From a beat on, bars of 4/4 begin a beat later or earlier: one bar has five of them or three, and is called so. Where
 * a found beat may be none it takes more to believe that; where the metre is told no bar is of another. */
static void test_a_beat_more_is_a_bar_of_five(void **state) {
    (void)state;
    static const neume_rhythm_options options[2] = {{0}, {.metre = {.beats = 4, .unit = 4}}};
    static sure s, late;
    enum { FOUR = 4 };
    const int common = neume_beat_metre_class((neume_metre){.beats = 4, .unit = 4});
    for (int i = 0; i < 16; i++) {
        const int more = i % 2 ? 1 : -1;
        const bool faint = i / 4 % 2, told = i / 8;
        const size_t turn =
            more > 0 ? 24 : 25; /* behind the last bar's beginning that was, before the first that will be */
        neume__bar_beliefs beliefs = be_sure(&s, FOUR, common, 0);
        be_sure(&late, FOUR, common, 6 * more);
        memcpy(s.down[turn], late.down[turn], sizeof s.down / FOUND * (FOUND - turn));
        memcpy(s.no_down[turn], late.no_down[turn], sizeof s.no_down / FOUND * (FOUND - turn));
        for (size_t b = turn; b < FOUND && faint; b++)
            for (int k = 0; k < NEUME_BAR_SPOTS; k++) s.down[b][k] *= FAINT, s.no_down[b][k] *= FAINT;
        beliefs.steady = i / 2 % 2;
        neume__bar *bars = NULL;
        neume_rhythm rhythm = {0};
        size_t count = 0;
        for (int b = 0; b < FOUND; b++)
            assert_ok(neume_rhythm_add(&rhythm, (neume_beat){b, 1, {.beats = 4, .unit = 4}}));
        assert_ok(find_bars(&beliefs, &options[told], &bars, &count));
        assert_ok(neume__bars_apply(bars, count, &rhythm));
        int odd = 0;
        for (size_t b = 0; b < rhythm.count; b++) {
            odd += rhythm.beats[b].number == 1 && rhythm.beats[b].metre.beats == 4 + more;
            if (beliefs.steady && !told) assert_true(fabs(rhythm.beats[b].time_s - (double)b) < 1e-9);
        }
        assert_int_equal(odd, !told && (beliefs.steady || !faint));
        if (beliefs.steady && !told) assert_int_equal(rhythm.count, FOUND);
        neume__free(bars);
        neume_rhythm_clear(&rhythm);
    }
}

/* Bars of two beats or of four: beat by beat nothing tells, but of the whole something is said. */
static void test_the_whole_decides_between_two_and_four(void **state) {
    (void)state;
    static const neume_rhythm_options nothing = {0};
    static sure s;
    const int metres[2] = {neume_beat_metre_class((neume_metre){.beats = 2, .unit = 4}),
                           neume_beat_metre_class((neume_metre){.beats = 4, .unit = 4})};
    static const int lengths[2] = {2, 4}; /* classes of two and four beats */
    for (int four = 0; four < 2; four++) {
        neume__bar_beliefs beliefs = be_sure(&s, lengths[1], metres[1], 0);
        neume__bar *bars = NULL;
        size_t count = 0;
        for (int b = 0; b < FOUND; b++) {
            for (int k = 0; k < 2; k++) s.length[b][lengths[k]] = s.metre[b][metres[k]] = logf(.5F);
            if (b % 4 == 2) s.down[b][0] = s.no_down[b][0] = logf(.5F);
        }
        for (int k = 0; k < NEUME_BEAT_METRES; k++) beliefs.whole_metre[k] = k == metres[four] ? 0 : -2;
        assert_ok(find_bars(&beliefs, &nothing, &bars, &count));
        assert_true(count >= FOUND / 4);
        for (size_t i = 0; i < count; i++) assert_int_equal(bars[i].metre, metres[four]);
        neume__free(bars);
    }
}

/* Found beats may be halves of 4/4 or quarters of 2/4; where 2/4 is said of the whole, they are not left for 4/4. */
static void test_what_is_said_of_the_whole_keeps_the_found_beats(void **state) {
    (void)state;
    static const neume_rhythm_options nothing = {0};
    static sure s;
    const int two = neume_beat_metre_class((neume_metre){.beats = 2, .unit = 4});
    const int four = neume_beat_metre_class((neume_metre){.beats = 4, .unit = 4});
    for (int said = 0; said < 2; said++) {
        neume__bar_beliefs beliefs = be_sure(&s, 2, two, 0);
        neume__bar *bars = NULL;
        size_t count = 0;
        for (int b = 0; b < FOUND; b++) s.metre[b][two] = logf(.12F), s.metre[b][four] = logf(.88F);
        for (int k = 0; k < NEUME_BEAT_METRES && said; k++) beliefs.whole_metre[k] = k == two ? 0 : -2;
        assert_ok(find_bars(&beliefs, &nothing, &bars, &count));
        assert_true(count >= FOUND / 2);
        for (size_t i = 0; i < count; i++) assert_int_equal(bars[i].metre, said ? two : four);
        neume__free(bars);
    }
}

/* The bar network knows how long bars are, but for 3/4 or 9/8 and where they begin; the beat networks know just that.
 */
static neume__bar_beliefs be_told(sure *s, int metre, int other, int phase) {
    const neume__bar_beliefs beliefs = be_sure(s, 3, metre, 0);
    for (int b = 0; b < FOUND; b++) {
        for (int k = 0; k < NEUME_BAR_SPOTS; k++) {
            s->down[b][k] = s->no_down[b][k] = logf(.5F);
            s->heard_down[b][k] = k == 0 && b % 3 == phase ? 3 : -3;
        }
        s->metre[b][metre] = s->metre[b][other] = logf(.5F);
        for (int k = 0; k < NEUME_BEAT_METRES; k++) s->heard_metre[b][k] = k == metre ? -.1F : -4;
    }
    return beliefs;
}

static void test_what_was_heard_decides_between_equals(void **state) {
    (void)state;
    static const neume_rhythm_options nothing = {0};
    static sure s;
    const int threes[2] = {neume_beat_metre_class((neume_metre){.beats = 3, .unit = 4}),
                           neume_beat_metre_class((neume_metre){.beats = 9, .unit = 8})};
    for (int k = 0; k < 6; k++) {
        const int phase = k / 2, metre = threes[k % 2];
        const neume__bar_beliefs beliefs = be_told(&s, metre, threes[1 - k % 2], phase);
        neume__bar *bars = NULL;
        size_t count = 0;
        assert_ok(find_bars(&beliefs, &nothing, &bars, &count));
        assert_true(count >= FOUND / 3);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(bars[i].metre, metre);
            assert_int_equal((bars[i].at - 6 * phase + 18) % 18, 0);
        }
        neume__free(bars);
    }
}

enum { PASSAGE_FROM = FOUND / 4 / 4 * 4, PASSAGE_END = FOUND / 2 / 4 * 4 };

/* Bars of 4/4 and a passage that is 2/4 by so many nats a beat, the length as the metre. */
static neume__bar_beliefs be_unsettled(sure *s, float nats) {
    enum { TWO = 2, FOUR = 4 };
    const int small = neume_beat_metre_class((neume_metre){.beats = 2, .unit = 4}),
              whole = neume_beat_metre_class((neume_metre){.beats = 4, .unit = 4});
    const neume__bar_beliefs beliefs = be_sure(s, FOUR, whole, 0);
    for (int b = PASSAGE_FROM; b < PASSAGE_END; b++) {
        s->metre[b][small] = s->length[b][TWO] = -.1F;
        s->metre[b][whole] = s->length[b][FOUR] = -.1F - nats;
        if (b % 4 == 2) s->down[b][0] = s->no_down[b][0] = logf(.5F);
    }
    return beliefs;
}

/* Without a home both passages would be 2/4: they last long enough to pay for two changes. */
static void test_a_doubtful_passage_stays_at_home(void **state) {
    (void)state;
    static const neume_rhythm_options nothing = {0};
    static sure s;
    for (int clear = 0; clear < 2; clear++) {
        const neume__bar_beliefs beliefs = be_unsettled(&s, clear ? SURE : 1.5F);
        neume__bar *bars = NULL;
        size_t count = 0;
        assert_ok(find_bars(&beliefs, &nothing, &bars, &count));
        for (size_t i = 0; i < count; i++) {
            const bool away = clear && bars[i].at >= 6 * PASSAGE_FROM && bars[i].at < 6 * PASSAGE_END;
            assert_int_equal(neume_beat_class_metre(bars[i].metre).beats, away ? 2 : 4);
            assert_int_equal(bars[i].lasts, away ? 12 : 24);
        }
        neume__free(bars);
    }
}

static neume_status path_of(void *context) {
    static const neume_rhythm_options nothing = {0};
    neume__bar *bars = NULL;
    size_t count;
    NEUME_TRY(find_bars(context, &nothing, &bars, &count));
    neume__free(bars);
    return NEUME_OK;
}

static void test_a_path_without_memory(void **state) {
    (void)state;
    static sure s;
    neume__bar_beliefs beliefs = be_unsettled(&s, SURE);
    sweep_allocation_failures(path_of, &beliefs);
}

/* --- their beats -------------------------------------------------------------------------------------------------- */

static neume_rhythm found_beats(int count, double beat_s) {
    neume_rhythm rhythm = {0};
    for (int b = 0; b < count; b++)
        assert_ok(neume_rhythm_add(&rhythm, (neume_beat){b * beat_s, b % 2 + 1, {.beats = 6, .unit = 8}}));
    return rhythm;
}

/* Dotted quarters that should have been quarters: three to two found ones. */
static void test_six_eighths_become_a_waltz(void **state) {
    (void)state;
    neume_rhythm rhythm = found_beats(12, .9);
    neume__bar bars[6];
    for (int i = 0; i < 6; i++) bars[i] = (neume__bar){12 * i, 12, 1, 0}; /* two found beats, 3/4 */
    assert_ok(neume__bars_apply(bars, 6, &rhythm));
    assert_int_equal(rhythm.count, 17); /* the last lies behind the last found one */
    for (size_t b = 0; b < rhythm.count; b++) {
        assert_true(fabs(rhythm.beats[b].time_s - (double)b * .6) < 1e-9);
        assert_int_equal(rhythm.beats[b].number, (int)b % 3 + 1);
        assert_int_equal(rhythm.beats[b].metre.beats, 3);
    }
    neume_rhythm_clear(&rhythm);
}

static void test_a_pickup_keeps_its_beats(void **state) {
    (void)state;
    neume_rhythm rhythm = found_beats(13, .5);
    neume__bar bars[4];
    for (int i = 0; i < 4; i++)
        bars[i] = (neume__bar){24 * i - 18, 24, 2, 0}; /* four found beats, 4/4; one before them */
    assert_ok(neume__bars_apply(bars, 4, &rhythm));
    assert_int_equal(rhythm.count, 13);
    for (size_t b = 0; b < rhythm.count; b++) assert_int_equal(rhythm.beats[b].number, (int)(b + 3) % 4 + 1);
    neume_rhythm_clear(&rhythm);
}

/* --- what the beat networks said ------------------------------------------------------------------------------------ */

enum { SAID = 1003 };

/* Frame 200 begins a bar, another metre from frame 500 on. */
static neume__activation say(size_t from, size_t frames) {
    neume__activation a;
    assert_ok(neume__activation_make(frames, &a));
    a.start_s = 10 + (double)from * NEUME__ACTIVATION_STEP_S;
    for (size_t t = 0; t < frames; t++) {
        a.downbeat[t] = from + t == 200 ? .9F : .1F;
        for (int k = 0; k < NEUME_BEAT_METRES; k++)
            a.metre[t * NEUME_BEAT_METRES + (size_t)k] = k == (from + t < 500 ? 1 : 2) ? -.1F : -3;
    }
    return a;
}

static void test_what_was_said_is_kept_in_stretches(void **state) {
    (void)state;
    static const size_t cuts[] = {0, 333, 1003};
    neume__heard heard = {0};
    assert_float_equal((float)neume__heard_down(&heard, 14), 0, 0);
    for (int i = 0; i < 2; i++) {
        neume__activation a = say(cuts[i], SAID - cuts[i]); /* the first goes on behind what is kept of it */
        assert_ok(neume__heard_add(&heard, &a, cuts[i + 1] - cuts[i]));
        neume__activation_clear(&a);
    }
    assert_int_equal(heard.frames, SAID);
    assert_float_equal((float)neume__heard_down(&heard, 10 + 201 * .02), logf(9), 1e-3F);
    assert_float_equal((float)neume__heard_down(&heard, 10 + 300 * .02), -logf(9), 1e-3F);
    double sum[NEUME_BEAT_METRES] = {0};
    neume__heard_metre(&heard, 19, 21, sum); /* frames 450 to 549 */
    assert_float_equal((float)sum[1], -3.1F, .1F);
    assert_float_equal((float)sum[2], -3.1F, .1F);
    assert_float_equal((float)sum[3], -6, .1F);
    double none[NEUME_BEAT_METRES] = {0};
    neume__heard_metre(&heard, 0, 9, none), neume__heard_metre(&heard, 40, 50, none);
    for (int k = 0; k < NEUME_BEAT_METRES; k++) assert_true(none[k] == 0);
    neume__heard_clear(&heard);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_features_know_no_tempo),
        cmocka_unit_test(test_features_see_what_comes_again),
        cmocka_unit_test(test_features_forgive_rounding),
        cmocka_unit_test(test_features_are_hidden_for_all_beats),
        cmocka_unit_test(test_features_without_memory_or_beats),
        cmocka_unit_test(test_what_the_network_is_sure_of_is_found),
        cmocka_unit_test(test_what_is_known_is_kept),
        cmocka_unit_test(test_a_known_metre_in_threes_keeps_beats_in_threes),
        cmocka_unit_test(test_a_slip_costs_one_bar),
        cmocka_unit_test(test_a_beat_more_is_a_bar_of_five),
        cmocka_unit_test(test_the_whole_decides_between_two_and_four),
        cmocka_unit_test(test_what_is_said_of_the_whole_keeps_the_found_beats),
        cmocka_unit_test(test_what_was_heard_decides_between_equals),
        cmocka_unit_test(test_a_doubtful_passage_stays_at_home),
        cmocka_unit_test(test_a_path_without_memory),
        cmocka_unit_test(test_six_eighths_become_a_waltz),
        cmocka_unit_test(test_a_pickup_keeps_its_beats),
        cmocka_unit_test(test_what_was_said_is_kept_in_stretches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
