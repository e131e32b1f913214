/* The bar networks at work: whatever they say, beats count through bars, the right one of two is asked, and parts that
 * come again have their bars alike. */
#include "neume_test.h"

#include "bars.h"

#include <string.h>
#include <unistd.h>

static void add(neume_notes *notes, double onset_s, int pitch) {
    const neume_note note = {
        .onset_s = onset_s, .offset_s = onset_s + .2, .pitch = (int16_t)pitch, .velocity = 70, .confidence = 1};
    assert_ok(neume_notes_add(notes, note));
}

/* A network that says at every step what the logits `said` mean, however the music goes; none: anything. */
static void write_sure_net(neume_beat_net_kind kind, const int *said, int count, const char *path) {
    const neume_beat_net_size size = {6, 2, kind};
    neume_rng rng = neume_rng_seeded(3, 3);
    neume_beat_net *net = NULL;
    assert_ok(neume_beat_net_new(&size, &rng, &net));
    neume_parameters *list = neume_beat_net_parameters(net);
    for (size_t i = 0; i < list->count; i++) {
        neume_tensor *value = &list->items[i]->value;
        if (count && strcmp(list->items[i]->name, "output.weight") == 0)
            memset(neume_f32(value), 0, (size_t)neume_tensor_count(value) * sizeof(float));
        for (int k = 0; k < count && strcmp(list->items[i]->name, "output.bias") == 0; k++)
            neume_f32(value)[said[k]] = 50;
    }
    assert_ok(neume_beat_net_save(net, "tiny", NULL, path));
    neume_beat_net_free(net);
}

static void write_net(neume_beat_net_kind kind, const char *path) {
    write_sure_net(kind, NULL, 0, path);
}

/* Whatever a network says, beats rise and count through their bars; more beats than one window holds. */
static void test_any_network_gives_beats_in_order(void **state) {
    (void)state;
    char path[] = "/tmp/neume-bars-XXXXXX";
    const int file = mkstemp(path);
    neume_bar_model *model = NULL;
    neume_notes notes = {0};
    neume_rhythm rhythm = {0};
    assert_true(file >= 0 && close(file) == 0);
    write_net(NEUME_BEAT_NET_FRAMES, path);
    assert_int_equal(neume_bar_model_load(path, &model), NEUME_EFORMAT);
    write_net(NEUME_BEAT_NET_BEATS, path);
    assert_ok(neume_bar_model_load(path, &model));
    neume_rng rng = neume_rng_seeded(4, 5);
    for (int i = 0; i < 600; i++)
        if (neume_rng_chance(&rng, .7)) add(&notes, 1 + i * .25, 40 + (int)neume_rng_below(&rng, 40));
    const neume_rhythm_options options = {.bars = model};
    assert_ok(neume_rhythm_find(&notes, &options, &rhythm));
    assert_true(rhythm.count > 20);
    for (size_t b = 1; b < rhythm.count; b++) {
        assert_true(rhythm.beats[b].time_s > rhythm.beats[b - 1].time_s);
        assert_true(rhythm.beats[b].number == rhythm.beats[b - 1].number + 1 || rhythm.beats[b].number == 1);
        assert_true(rhythm.beats[b].number <= neume_metre_beats(rhythm.beats[b].metre));
    }
    neume_rhythm_clear(&rhythm), neume_notes_clear(&notes), neume_bar_model_free(model);
    unlink(path);
}

/* Bars of so many quarters, three or four: the lengths' classes have the same numbers. */
static void write_net_of_bars(int quarters, const char *path) {
    const int metre = neume_beat_metre_class((neume_metre){.beats = (int16_t)quarters, .unit = 4});
    const int said[] = {NEUME_BAR_AT_METRE + metre, NEUME_BAR_AT_LENGTH + quarters};
    write_sure_net(NEUME_BEAT_NET_BEATS, said, 2, path);
}

/* A second network reads notes that lie on their file's clock beside its own quarters, and only these. */
static void test_songs_on_a_clock_have_their_network(void **state) {
    (void)state;
    char path[] = "/tmp/neume-bars-XXXXXX";
    const int file = mkstemp(path);
    neume_bar_model *bars = NULL;
    neume_clock_tempo tempo = {0, 0, .5};
    const neume_clock clock = {.tempi = &tempo, .tempo_count = 1};
    assert_true(file >= 0 && close(file) == 0);
    write_net_of_bars(3, path);
    assert_ok(neume_bar_model_load(path, &bars));
    write_net_of_bars(4, path);
    for (int k = 0; k < 8; k++) {
        const bool two = k & 4, on_clock = k & 2, beside = k & 1;
        neume_notes notes = {0};
        neume_rhythm rhythm = {0};
        const neume_rhythm_options options = {.bars = bars, .clock = on_clock ? &clock : NULL};
        for (int i = 0; i < 160; i++) add(&notes, (beside ? .04 : 0) + i * .25, 60 + i * 5 % 12);
        if (k == 4) assert_ok(neume_bar_model_join(bars, path));
        assert_ok(neume_rhythm_find(&notes, &options, &rhythm));
        assert_true(rhythm.count > 20);
        const int wanted = two && on_clock && beside ? 4 : 3;
        for (size_t b = 0; b < rhythm.count; b++) assert_int_equal(rhythm.beats[b].metre.beats, wanted);
        neume_rhythm_clear(&rhythm), neume_notes_clear(&notes);
    }
    neume_bar_model_free(bars);
    unlink(path);
}

/* Bars of three quarters or four, as likely. */
static void write_net_of_either(const char *path) {
    int said[4];
    for (int k = 0; k < 2; k++) {
        said[2 * k] = NEUME_BAR_AT_METRE + neume_beat_metre_class((neume_metre){.beats = (int16_t)(3 + k), .unit = 4});
        said[2 * k + 1] = NEUME_BAR_AT_LENGTH + 3 + k;
    }
    write_sure_net(NEUME_BEAT_NET_BEATS, said, 4, path);
}

/* The beats of a bar that are found in eighths, alone or over a bass, where a third network says that the whole has so
 * many quarters in a bar; a fourth network is one too many. */
static int beats_of_whole(int quarters, bool chords, const char *path) {
    neume_bar_model *bars = NULL;
    neume_notes notes = {0};
    neume_rhythm rhythm = {0};
    write_net_of_either(path);
    assert_ok(neume_bar_model_load(path, &bars));
    assert_ok(neume_bar_model_join(bars, path));
    write_net_of_bars(quarters, path);
    assert_ok(neume_bar_model_join(bars, path));
    assert_int_equal(neume_bar_model_join(bars, path), NEUME_ELIMIT);
    for (int i = 0; i < 700; i++) {
        add(&notes, i * .25, 60 + i * 5 % 12);
        if (chords) add(&notes, i * .25, 48);
    }
    const neume_rhythm_options options = {.bars = bars};
    assert_ok(neume_rhythm_find(&notes, &options, &rhythm));
    assert_true(rhythm.count > 300); /* more than one window */
    const int beats = neume_metre_beats(rhythm.beats[rhythm.count / 2].metre);
    neume_rhythm_clear(&rhythm), neume_notes_clear(&notes), neume_bar_model_free(bars);
    return beats;
}

static void test_the_metre_of_a_tune_is_that_of_the_whole(void **state) {
    (void)state;
    char path[] = "/tmp/neume-bars-XXXXXX";
    const int file = mkstemp(path);
    assert_true(file >= 0 && close(file) == 0);
    for (int quarters = 3; quarters <= 4; quarters++) assert_int_equal(beats_of_whole(quarters, false, path), quarters);
    assert_int_equal(beats_of_whole(3, true, path), beats_of_whole(4, true, path));
    unlink(path);
}

/* A network of frames that hears nothing but 6/8 in beats of three quarters of a second. */
static void write_net_of_jigs(const char *path) {
    const int jig = neume_beat_metre_class((neume_metre){.beats = 6, .unit = 8});
    const int said[] = {NEUME_BEAT_AT_METRE + jig, NEUME_BEAT_AT_PERIOD + (int)neume_beat_period_place(.75)};
    write_sure_net(NEUME_BEAT_NET_FRAMES, said, 2, path);
}

/* What sounds like 6/8 all through and is known to be in 3/4 is written in 3/4: beats are found as 6/8 has them, a beat
 * of which is a whole bar, so quarters are shorter than without that knowledge. */
static void test_a_fast_waltz_that_sounds_like_a_jig(void **state) {
    (void)state;
    char path[] = "/tmp/neume-bars-XXXXXX";
    const int file = mkstemp(path);
    neume_bar_model *bars = NULL;
    neume_beat_model *beats = NULL;
    neume_notes notes = {0};
    neume_rhythm jig = {0}, waltz = {0};
    assert_true(file >= 0 && close(file) == 0);
    write_net_of_jigs(path);
    assert_ok(neume_beat_model_load(path, &beats));
    write_net(NEUME_BEAT_NET_BEATS, path);
    assert_ok(neume_bar_model_load(path, &bars));
    for (int i = 0; i < 240; i++) add(&notes, 1 + i * .25, 60 + i % 3);
    const neume_rhythm_options free = {.model = beats}, known = {beats, bars, .metre = {.beats = 3, .unit = 4}};
    assert_ok(neume_rhythm_find(&notes, &free, &jig));
    assert_ok(neume_rhythm_find(&notes, &known, &waltz));
    assert_true(neume_metre_compound(jig.beats[0].metre) && waltz.count > 20);
    for (size_t b = 0; b < waltz.count; b++) assert_int_equal(neume_beat_metre_class(waltz.beats[b].metre), 1);
    assert_true(neume_rhythm_tempo_bpm(&waltz) > 2.5 * neume_rhythm_tempo_bpm(&jig));
    neume_rhythm_clear(&jig), neume_rhythm_clear(&waltz), neume_notes_clear(&notes);
    neume_beat_model_free(beats), neume_bar_model_free(bars);
    unlink(path);
}

/* --- parts that come again ---------------------------------------------------------------------------------------- */

/* Two parts of so many quarters, each twice. They rhyme: the last ones of both are alike, and where a part comes again
 * it ends otherwise. Everybody plays a little early or late. */
static void play_parts(int quarters, uint64_t seed, neume_notes *notes, neume_rhythm *rhythm) {
    enum { RHYME = 4, OTHER_END = 2 };
    neume_rng rng = neume_rng_seeded(seed, 9);
    int part[2][2 * 40], last = 0;
    for (int p = 0; p < 2; p++)
        for (int i = 0; i < 2 * quarters; i++) part[p][i] = 60 + (int)neume_rng_below(&rng, 20);
    for (int i = 2 * (quarters - RHYME); i < 2 * quarters; i++) part[1][i] = part[0][i];
    for (int p = 0; p < 4; p++)
        for (int i = 0; i < 2 * quarters; i++) {
            const double at_s = 1 + (p * quarters + i / 2.0) * .5 + neume_rng_uniform(&rng, -.02, .02);
            const bool end = p % 2 && i >= 2 * (quarters - OTHER_END);
            add(notes, at_s, end ? 80 + (last++ % 4) : part[p / 2][i]);
        }
    for (int b = 0; b < 4 * quarters; b++)
        assert_ok(neume_rhythm_add(rhythm, (neume_beat){1 + b * .5, 1 + b % 4, {.beats = 4, .unit = 4}}));
}

static void test_a_part_that_is_no_number_of_bars_leaves_a_gap(void **state) {
    (void)state;
    for_each_seed(seed, 20) for (int quarters = 30; quarters <= 34; quarters++) for (int bar_beats = 2; bar_beats <= 4;
                                                                                     bar_beats++) {
        const int missing = (bar_beats - quarters % bar_beats) % bar_beats;
        neume_notes notes = {0};
        neume_rhythm rhythm = {0};
        neume__gap *gaps = NULL;
        size_t count = 0;
        play_parts(quarters, seed, &notes, &rhythm);
        assert_ok(neume__bar_gaps(&notes, &rhythm, bar_beats, &gaps, &count));
        assert_int_equal(count, missing ? 3 : 0);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(gaps[i].beat, (i + 1) * (size_t)quarters);
            assert_int_equal(gaps[i].missing, missing);
        }
        neume__free(gaps);
        neume_notes_clear(&notes), neume_rhythm_clear(&rhythm);
    }
}

/* Over gaps a part's bars lie alike both times; the bars between lack beats, or have one more. */
static void test_bars_lie_alike_where_a_part_comes_again(void **state) {
    (void)state;
    char path[] = "/tmp/neume-bars-XXXXXX";
    const int file = mkstemp(path);
    neume_bar_model *model = NULL;
    assert_true(file >= 0 && close(file) == 0);
    write_net_of_bars(4, path);
    assert_ok(neume_bar_model_load(path, &model));
    const neume_rhythm_options options = {.bars = model};
    for (int quarters = 31; quarters <= 33; quarters += 2)
        for (int worse = 0; worse < 2; worse++) {
            static const neume__heard nothing = {0};
            enum { MOST = 6 * 4 * 40 };
            bool begins[MOST] = {false};
            neume_notes notes = {0};
            neume_rhythm rhythm = {0};
            neume__bar_beliefs beliefs = {0};
            neume__bars bars = {0};
            play_parts(quarters, 3, &notes, &rhythm);
            assert_ok(neume__bar_beliefs_find(model, &notes, &rhythm, &nothing, false, &beliefs));
            assert_true(beliefs.tune);
            assert_ok(neume__bar_path(&beliefs, &options, &bars));
            bars.worth = worse ? 1e6 : -1e6; /* whatever the network thinks of the beats that are put in */
            assert_ok(neume__bars_over_gaps(&notes, &rhythm, &options, &beliefs, &bars));
            int odd = 0, alike = 0;
            for (size_t i = 0; i < bars.count; i++) {
                const neume__bar *bar = &bars.items[i];
                if (i) assert_int_equal(bar->at, bar[-1].at + bar[-1].lasts);
                assert_int_equal(bar->lasts, 6 * (4 + bar->more));
                odd += bar->more != 0;
                if (bar->at >= 0) begins[bar->at] = true;
            }
            for (int part = 0; part < 3; part++)
                for (int x = 6 * 8; x < 6 * 24; x++)
                    alike += begins[6 * part * quarters + x] && begins[6 * (part + 1) * quarters + x];
            assert_int_equal(alike, worse ? 0 : 3 * 4);
            assert_true(worse ? !odd : odd >= 3);
            neume__free(bars.items), neume__bar_beliefs_clear(&beliefs);
            neume_notes_clear(&notes), neume_rhythm_clear(&rhythm);
        }
    neume_bar_model_free(model);
    unlink(path);
}

typedef struct asked {
    neume_notes notes;
    neume_rhythm rhythm;
    neume_rhythm_options options;
} asked;

static neume_status read_over_gaps(void *context) {
    static const neume__heard nothing = {0};
    const asked *a = context;
    neume__bar_beliefs beliefs = {0};
    neume__bars bars = {0};
    neume_status status = NEUME_OK;
    NEUME_GO(neume__bar_beliefs_find(a->options.bars, &a->notes, &a->rhythm, &nothing, false, &beliefs));
    NEUME_GO(neume__bar_path(&beliefs, &a->options, &bars));
    bars.worth = -1e6;
    NEUME_GO(neume__bars_over_gaps(&a->notes, &a->rhythm, &a->options, &beliefs, &bars));
fail:
    neume__free(bars.items);
    neume__bar_beliefs_clear(&beliefs);
    return status;
}

static void test_gaps_without_memory(void **state) {
    (void)state;
    char path[] = "/tmp/neume-bars-XXXXXX";
    const int file = mkstemp(path);
    asked a = {0};
    assert_true(file >= 0 && close(file) == 0);
    write_net_of_bars(4, path);
    assert_ok(neume_bar_model_load(path, &a.options.bars));
    play_parts(31, 4, &a.notes, &a.rhythm);
    sweep_allocation_failures(read_over_gaps, &a);
    neume_notes_clear(&a.notes), neume_rhythm_clear(&a.rhythm), neume_bar_model_free(a.options.bars);
    unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_network_gives_beats_in_order),
        cmocka_unit_test(test_songs_on_a_clock_have_their_network),
        cmocka_unit_test(test_the_metre_of_a_tune_is_that_of_the_whole),
        cmocka_unit_test(test_a_fast_waltz_that_sounds_like_a_jig),
        cmocka_unit_test(test_a_part_that_is_no_number_of_bars_leaves_a_gap),
        cmocka_unit_test(test_bars_lie_alike_where_a_part_comes_again),
        cmocka_unit_test(test_gaps_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
