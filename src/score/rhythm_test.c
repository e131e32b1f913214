/* Beats found, fixed and quantised: what is played in time is written as it was meant. */
#include "neume_test.h"

#include "activation.h"
#include "from_notes.h"
#include "quantise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void play(neume_notes *notes, double onset_s, double length_s, int pitch, int velocity) {
    assert_ok(neume_notes_add(notes, (neume_note){.onset_s = onset_s,
                                                  .offset_s = onset_s + length_s,
                                                  .pitch = (int16_t)pitch,
                                                  .velocity = (int16_t)velocity,
                                                  .confidence = 1}));
}

/* Bars of three from 130 to 90 beats a minute and back, followed at once and in stretches. */
static void test_stretches_find_the_same_beats_as_the_whole(void **state) {
    (void)state;
    enum { FRAMES = 24000, STRETCH = 8000 };
    float *beat = malloc(FRAMES * sizeof *beat), *down = malloc(FRAMES * sizeof *down);
    assert_true(beat && down);
    const neume__activation whole = {.beat = beat, .downbeat = down, .frames = FRAMES};
    const neume_rhythm_options nothing = {0};
    neume_rhythm at_once = {0}, in_stretches = {0};
    for (int t = 0; t < FRAMES; t++) beat[t] = .02F, down[t] = .005F;
    int count = 0;
    for (double at = .8; at < FRAMES * NEUME__ACTIVATION_STEP_S - 1; at += .56 + .1 * sin(at / 20), count++) {
        const int t = (int)lround(at / NEUME__ACTIVATION_STEP_S);
        beat[t] = .8F, down[t] = count % 3 ? .1F : .7F;
    }
    assert_ok(neume__bar_pointer(&whole, &nothing, NULL, NULL, &at_once));
    neume__pointer_place place = {0}, next = {0};
    for (size_t first = 0;; first += place.frame) {
        const bool last = FRAMES - first <= STRETCH;
        const neume__activation part = {.beat = beat + first,
                                        .downbeat = down + first,
                                        .frames = last ? FRAMES - first : STRETCH,
                                        .start_s = (double)first * NEUME__ACTIVATION_STEP_S};
        assert_ok(neume__bar_pointer(&part, &nothing, first ? &place : NULL, last ? NULL : &next, &in_stretches));
        if (last) break;
        place = next;
        assert_true(place.frame > 0 && place.frame <= STRETCH);
    }
    assert_int_equal(in_stretches.count, at_once.count);
    for (size_t b = 0; b < at_once.count; b++) {
        assert_true(fabs(at_once.beats[b].time_s - in_stretches.beats[b].time_s) <
                    2.01 * NEUME__ACTIVATION_STEP_S); /* a beat's first sixteenth is two frames: ties */
        assert_int_equal(at_once.beats[b].number, in_stretches.beats[b].number);
    }
    neume_rhythm_clear(&at_once), neume_rhythm_clear(&in_stretches);
    free(beat), free(down);
}

/* A bass note and chord on each downbeat, chords on other beats, eighths (or thirds) above. */
static void accompany(neume_notes *notes, int bars, int beats, int parts, double beat_s) {
    static const int scale[7] = {0, 2, 4, 5, 7, 9, 11};
    for (int b = 0; b < bars * beats; b++) {
        const double at = 1 + b * beat_s;
        const int bar = b / beats, root = 36 + scale[(bar * 3) % 7];
        if (b % beats == 0)
            play(notes, at, beat_s * .9, root, 100);
        else
            play(notes, at, beat_s * .5, root + 16, 60), play(notes, at, beat_s * .5, root + 19, 60);
        for (int k = 0; k < parts; k++)
            play(notes, at + k * beat_s / parts, beat_s / parts * .9, 72 + scale[(b + k) % 7], k ? 60 : 80);
    }
    neume_notes_sort(notes);
}

static void test_beats_of_a_band_in_time_are_found(void **state) {
    (void)state;
    static const int lengths[] = {3, 4};
    for (size_t i = 0; i < 2; i++) {
        neume_notes notes = {0};
        neume_rhythm rhythm = {0};
        accompany(&notes, 16, lengths[i], 2, .5);
        const neume_rhythm_options known = {.tempo_bpm = 120, .metre = {.beats = (int16_t)lengths[i], .unit = 4}};
        assert_ok(neume_rhythm_find(&notes, &known, &rhythm));
        assert_true(fabs(neume_rhythm_tempo_bpm(&rhythm) - 120) < 2);
        int near = 0;
        for (size_t b = 0; b < rhythm.count; b++) {
            const double beats = (rhythm.beats[b].time_s - 1) / .5;
            near += fabs(beats - round(beats)) < .06;
        }
        assert_true((double)near >= .95 * (double)rhythm.count); /* the very ends may wander */
        neume_rhythm_clear(&rhythm);
        neume_notes_clear(&notes);
    }
}

/* Beats that somebody tapped: a bar of two is 6/8 where they divide in three; a bar of one has no such name. */
static void test_given_beats_are_named_by_how_they_divide(void **state) {
    (void)state;
    static const struct { int counted, parts, beats, unit; } cases[] = {{2, 2, 2, 4}, {2, 3, 6, 8}, {1, 3, 1, 4}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        neume_notes notes = {0};
        neume_rhythm given = {0}, rhythm = {0};
        neume_score *score = NULL;
        accompany(&notes, 8, 2, cases[c].parts, .6);
        for (int b = 0; b < 16; b++)
            assert_ok(neume_rhythm_add(&given, (neume_beat){1 + .6 * b, b % cases[c].counted + 1, {0}}));
        assert_ok(neume_score_from_notes(&notes, &(neume_score_options){.beats = &given}, &rhythm, &score));
        for (size_t b = 0; b < rhythm.count; b++) {
            assert_int_equal(rhythm.beats[b].metre.beats, cases[c].beats);
            assert_int_equal(rhythm.beats[b].metre.unit, cases[c].unit);
        }
        neume_score_free(score);
        neume_rhythm_clear(&given), neume_rhythm_clear(&rhythm);
        neume_notes_clear(&notes);
    }
}

/* What a sure network would say: bars of so many beats, slowing down from 120 to 80 beats a minute. */
static void test_the_bar_pointer_follows_bars_and_tempo(void **state) {
    (void)state;
    for (int beats = 2; beats <= 5; beats++) {
        enum { FRAMES = 2400 };
        float beat[FRAMES], down[FRAMES];
        const neume__activation activation = {.beat = beat, .downbeat = down, .frames = FRAMES};
        const neume_rhythm_options nothing = {0};
        neume_rhythm rhythm = {0};
        double times[200];
        int count = 0;
        for (int t = 0; t < FRAMES; t++) beat[t] = .02F, down[t] = .005F;
        for (double at = .8; at < 47; at += .5 + .25 * at / 48) {
            const int t = (int)lround(at / NEUME__ACTIVATION_STEP_S);
            beat[t] = .9F, down[t] = count % beats ? .05F : .85F;
            times[count++] = at;
        }
        assert_ok(neume__bar_pointer(&activation, &nothing, NULL, NULL, &rhythm));
        int found = 0, right = 0;
        for (int k = 2; k < count - 2; k++)
            for (size_t b = 0; b < rhythm.count; b++)
                if (fabs(rhythm.beats[b].time_s - times[k]) < .05)
                    found++, right += (rhythm.beats[b].number == 1) == (k % beats == 0);
        assert_int_equal(found, count - 4);
        assert_int_equal(right, found);
        neume_rhythm_clear(&rhythm);
    }
}

/* Nothing tells the downbeats apart: then a piece begins with its bar, or within the beat before. */
static void test_where_nothing_else_tells_pieces_begin_with_a_bar(void **state) {
    (void)state;
    enum { FRAMES = 2000, BEAT = 26 };
    for (int pickup = 0; pickup < 2; pickup++) {
        float beat[FRAMES], down[FRAMES];
        const neume_rhythm_options nothing = {0};
        neume_rhythm rhythm = {0};
        for (int t = 0; t < FRAMES; t++) {
            const bool on = t >= NEUME__ACTIVATION_FIRST && (t - NEUME__ACTIVATION_FIRST) % BEAT == 0;
            beat[t] = on ? .9F : .02F, down[t] = on ? .3F : .005F;
        }
        const neume__activation activation = {.beat = beat,
                                              .downbeat = down,
                                              .frames = FRAMES,
                                              .first_onset = NEUME__ACTIVATION_FIRST - (pickup ? BEAT / 2 : 0)};
        assert_ok(neume__bar_pointer(&activation, &nothing, NULL, NULL, &rhythm));
        int asked = 0;
        for (size_t b = 0; b < rhythm.count; b++)
            if (fabs(rhythm.beats[b].time_s - NEUME__ACTIVATION_FIRST * NEUME__ACTIVATION_STEP_S) < .05)
                assert_int_equal(rhythm.beats[b].number, 1), asked++;
        assert_int_equal(asked, 1);
        neume_rhythm_clear(&rhythm);
    }
}

static void test_a_known_pickup_and_metre_are_kept(void **state) {
    (void)state;
    neume_notes notes = {0};
    neume_rhythm rhythm = {0};
    accompany(&notes, 12, 3, 1, .6);
    const neume_rhythm_options known = {
        .tempo_bpm = 100, .metre = {.beats = 9, .unit = 8}, .pickup = 1, .pickup_known = true};
    assert_ok(neume_rhythm_find(&notes, &known, &rhythm));
    for (size_t b = 0; b < rhythm.count; b++) assert_int_equal(rhythm.beats[b].metre.beats, 9);
    assert_int_equal(rhythm.beats[0].number, 3);
    neume_rhythm_clear(&rhythm);
    neume_notes_clear(&notes);
}

static void test_nonsense_options_are_refused(void **state) {
    (void)state;
    neume_notes notes = {0};
    neume_rhythm rhythm = {0};
    accompany(&notes, 2, 4, 1, .5);
    const neume_rhythm_options slow = {.tempo_bpm = 1}, odd = {.metre = {.beats = 4, .unit = 0}};
    assert_int_equal(neume_rhythm_find(&notes, &slow, &rhythm), NEUME_EINVAL);
    assert_int_equal(neume_rhythm_find(&notes, &odd, &rhythm), NEUME_EINVAL);
    notes.count = 0;
    assert_ok(neume_rhythm_find(&notes, NULL, &rhythm));
    assert_int_equal(rhythm.count, 0);
    neume_score *score = NULL;
    assert_int_equal(neume_score_from_notes(&notes, NULL, NULL, &score), NEUME_ENOTFOUND);
    neume_notes_clear(&notes);
}

static void beats_at(neume_rhythm *rhythm, int count, double first_s, double beat_s, neume_metre metre) {
    for (int b = 0; b < count; b++)
        assert_ok(
            neume_rhythm_add(rhythm, (neume_beat){first_s + b * beat_s, b % neume_metre_beats(metre) + 1, metre}));
}

/* Random rhythms of whole parts of a beat, played within a hundredth of a second, come back. */
static void test_played_values_are_written_as_meant(void **state) {
    (void)state;
    static const int parts[] = {1, 2, 4, 3};
    for_each_seed(seed, 40) {
        neume_rng rng = neume_rng_seeded(seed, 5);
        neume_notes notes = {0};
        neume_rhythm rhythm = {0};
        neume__draft draft = {0};
        int64_t meant[600];
        size_t count = 0;
        const int64_t beat_ticks = NEUME_WHOLE / 4;
        for (int b = 0; b < 64; b++) {
            const int s = parts[neume_rng_below(&rng, b % 8 == 0 ? 4 : 3)];
            for (int k = 0; k < s; k++) {
                const double at = 2 + (b + (double)k / s) * .6 + fmax(fmin(.006 * neume_rng_normal(&rng), .01), -.01);
                play(&notes, at, .6 / s * .9, 60 + (int)neume_rng_below(&rng, 12), 80);
                meant[count++] = b * beat_ticks + k * beat_ticks / s;
            }
        }
        beats_at(&rhythm, 65, 2, .6, (neume_metre){.beats = 4, .unit = 4});
        assert_ok(neume__quantise(&notes, &rhythm, &draft));
        assert_int_equal(draft.note_count, count);
        size_t right = 0, lasting = 0;
        for (size_t i = 0; i < count; i++) {
            right += draft.notes[i].at == meant[i];
            if (i + 1 < count) lasting += draft.notes[i].at + draft.notes[i].ticks == meant[i + 1];
        }
        assert_true((double)right >= .98 * (double)count);
        assert_true((double)lasting >= .95 * (double)count);
        neume__draft_clear(&draft);
        neume_rhythm_clear(&rhythm);
        neume_notes_clear(&notes);
    }
}

static void test_threes_speak_for_a_compound_metre_and_twos_against(void **state) {
    (void)state;
    for (int parts = 2; parts <= 3; parts++) {
        neume_notes notes = {0};
        neume_rhythm rhythm = {0};
        double thirds = 0;
        accompany(&notes, 8, 2, parts, .7);
        beats_at(&rhythm, 17, 1, .7, (neume_metre){.beats = 2, .unit = 4});
        assert_ok(neume__quantise_thirds(&notes, &rhythm, &thirds));
        assert_true((thirds > 0) == (parts == 3));
        neume_rhythm_clear(&rhythm);
        neume_notes_clear(&notes);
    }
}

static void test_a_score_from_notes_plays_the_notes(void **state) {
    (void)state;
    neume_notes notes = {0};
    neume_rhythm rhythm = {0};
    neume_score *score = NULL;
    neume_played played = {0};
    accompany(&notes, 8, 4, 2, .5);
    beats_at(&rhythm, 33, 1, .5, (neume_metre){.beats = 4, .unit = 4});
    const neume_score_options options = {.beats = &rhythm, .title = "Test"};
    assert_ok(neume_score_from_notes(&notes, &options, NULL, &score));
    assert_ok(neume_score_play(score, &played));
    assert_int_equal(played.note_count, notes.count);
    int64_t sum = 0, pitches = 0;
    for (size_t i = 0; i < played.note_count; i++) sum += played.notes[i].onset, pitches += played.notes[i].pitch;
    double meant = 0;
    int64_t meant_pitches = 0;
    for (size_t i = 0; i < notes.count; i++) {
        meant += (notes.items[i].onset_s - 1) / .5 * (double)(NEUME_WHOLE / 4);
        meant_pitches += notes.items[i].pitch;
    }
    assert_true(fabs((double)sum / meant - 1) < 1e-6);
    assert_true(pitches == meant_pitches);
    neume_played_clear(&played);
    neume_score_free(score);
    neume_rhythm_clear(&rhythm);
    neume_notes_clear(&notes);
}

/* Beats go on while the last note sounds; bars in which nothing begins are not written. */
static void test_no_empty_bar_follows_the_last_note(void **state) {
    (void)state;
    neume_notes notes = {0};
    neume_rhythm rhythm = {0};
    neume__draft draft = {0};
    for (int b = 0; b < 9; b++) play(&notes, 1 + b * .5, .4, 60 + b % 3, 80);
    beats_at(&rhythm, 16, 1, .5, (neume_metre){.beats = 4, .unit = 4});
    assert_ok(neume__quantise(&notes, &rhythm, &draft));
    assert_int_equal(draft.measure_count, 3);
    assert_true(draft.measures[2].ticks == NEUME_WHOLE);
    neume__draft_clear(&draft);
    neume_rhythm_clear(&rhythm);
    neume_notes_clear(&notes);
}

/* What is written on a clock may be finer than what anybody plays: ninths of a dotted quarter, sixty-fourths. */
static void test_fine_places_are_read_where_nobody_plays(void **state) {
    (void)state;
    static const neume_metre metres[] = {{.beats = 6, .unit = 8}, {.beats = 2, .unit = 4}};
    static const int parts[] = {9, 16};
    for (int kind = 0; kind < 2; kind++)
        for (int exact = 0; exact < 2; exact++) {
            neume_notes notes = {0};
            neume_rhythm rhythm = {0};
            neume__draft draft = {0};
            beats_at(&rhythm, 13, 1, .6, metres[kind]);
            rhythm.exact = exact;
            for (int b = 0; b < 12; b++)
                for (int k = 0; k < (b % 2 ? parts[kind] : 1); k++)
                    play(&notes, 1 + .6 * (b + (double)k / parts[kind]), .6 / parts[kind], 60 + k, 80);
            assert_ok(neume__quantise(&notes, &rhythm, &draft));
            const int64_t beat = neume_metre_beat_ticks(metres[kind]);
            int right = 0, graces = 0;
            for (size_t i = 0; i < draft.note_count; i++) {
                const int k = draft.notes[i].number - 60;
                right += draft.notes[i].at % beat == beat / parts[kind] * k;
                graces += draft.notes[i].ticks == 0;
            }
            assert_int_equal(exact ? right : right < (int)draft.note_count, exact ? (int)draft.note_count : 1);
            if (exact) assert_int_equal(graces, 0);
            neume__draft_clear(&draft);
            neume_rhythm_clear(&rhythm);
            neume_notes_clear(&notes);
        }
}

/* Eighths held for half their length are staccato; a quarter let go in the middle is an eighth and a rest. */
static void test_short_rests_are_staccato(void **state) {
    (void)state;
    neume_notes notes = {0};
    neume_rhythm rhythm = {0};
    neume__draft draft = {0};
    beats_at(&rhythm, 9, 1, .6, (neume_metre){.beats = 4, .unit = 4});
    for (int k = 0; k < 8; k++) play(&notes, 1 + .3 * k, .13, 72 + k % 3, 80);
    for (int k = 0; k < 4; k++) play(&notes, 1 + 2.4 + .6 * k, .3, 72 + k % 3, 80);
    assert_ok(neume__quantise(&notes, &rhythm, &draft));
    for (size_t i = 0; i < draft.note_count; i++) {
        assert_int_equal(draft.notes[i].staccato, i < 8);
        if (i + 1 < draft.note_count) assert_true(draft.notes[i].ticks == NEUME_WHOLE / 8);
    }
    neume__draft_clear(&draft);
    neume_rhythm_clear(&rhythm);
    neume_notes_clear(&notes);
}

/* An eighth before the first bar, in 6/8: its beat is a dotted quarter, but no rests are written before it. A bar that
 * begins with a rest keeps it. */
static void test_an_upbeat_begins_with_its_first_note(void **state) {
    (void)state;
    for (int upbeat = 0; upbeat < 2; upbeat++) {
        neume_notes notes = {0};
        neume_rhythm rhythm = {0};
        neume_analysis analysis = {0};
        beats_at(&rhythm, 9, 1, .6, (neume_metre){.beats = 6, .unit = 8});
        for (size_t b = 0; b < rhythm.count; b++) rhythm.beats[b].number = (int)((b + (size_t)upbeat) % 2) + 1;
        play(&notes, 1.4, .19, 62, 80);
        for (int b = 1; b < 8; b++)
            for (int k = 0; k < 3; k++) play(&notes, 1 + .6 * b + .2 * k, .19, 64 + (b + k) % 5, 80);
        const neume_score_options options = {.beats = &rhythm};
        assert_ok(neume_analyse_notes(&notes, &options, &analysis));
        const int64_t eighth = NEUME_WHOLE / 8;
        assert_true(analysis.measures[0].ticks == (upbeat ? eighth : 6 * eighth));
        assert_true(analysis.places[0].at == (upbeat ? 0 : 2 * eighth));
        assert_int_equal(analysis.places[1].measure, upbeat);
        for (size_t i = 1; i < notes.count; i++)
            assert_true(analysis.places[i].at - analysis.places[0].at == (int64_t)i * eighth);
        for (size_t c = 0; c < analysis.chord_count; c++) { /* chords begin on beats, in seconds */
            const double beat = (analysis.chords[c].start_s - 1) / .6;
            assert_true(c == 0 || fabs(beat - round(beat)) < .01);
        }
        neume_analysis_clear(&analysis);
        neume_rhythm_clear(&rhythm);
        neume_notes_clear(&notes);
    }
}

static size_t count_marks(const neume_score *score, const char *name) {
    size_t count = 0;
    for (size_t v = 0; v < score->voice_count; v++)
        for (size_t i = 0; i < score->voices[v].words_count; i++)
            count += strcmp(score->voices[v].words[i].text, name) == 0;
    return count;
}

/* Quarters over a bass, one of them as a trill; then the same keys as sixteenths, which are no trill. */
static void test_a_trill_is_one_note(void **state) {
    (void)state;
    for (int fast = 0; fast < 2; fast++) {
        neume_notes notes = {0};
        neume_rhythm rhythm = {0};
        neume_score *score = NULL;
        const double gap = fast ? .07 : .15;
        beats_at(&rhythm, 9, 1, .6, (neume_metre){.beats = 4, .unit = 4});
        for (int b = 0; b < 8; b++) play(&notes, 1 + b * .6, .55, 48 + b % 3, 70);
        for (int b = 0; b < 8; b++)
            if (b != 2) play(&notes, 1 + b * .6, .55, 72 + b, 70);
        for (int k = 0; k * gap < .58; k++) play(&notes, 1 + 2 * .6 + k * gap, gap, k % 2 ? 74 : 72, 70);
        neume_notes_sort(&notes);
        const neume_score_options options = {.beats = &rhythm};
        assert_ok(neume_score_from_notes(&notes, &options, NULL, &score));
        assert_int_equal(count_marks(score, "trill"), fast);
        neume_analysis analysis = {0};
        assert_ok(neume_analyse_notes(&notes, &options, &analysis));
        for (size_t i = 0; i < notes.count; i++) /* each note has a place, those of the trill where it begins */
            if (fast && notes.items[i].onset_s > 2.25 && notes.items[i].onset_s < 2.75 && notes.items[i].pitch > 70)
                assert_int_equal(analysis.places[i].at, NEUME_WHOLE / 2);
        neume_analysis_clear(&analysis);
        neume_score_free(score);
        neume_notes_clear(&notes), neume_rhythm_clear(&rhythm);
    }
}

/* Long and short all through is swing, now and then it is a triplet. */
static void test_swing_is_written_in_even_eighths(void **state) {
    (void)state;
    for (int swung = 0; swung < 2; swung++) {
        neume_notes notes = {0};
        neume_rhythm rhythm = {0};
        neume_score *score = NULL;
        beats_at(&rhythm, 33, 1, .5, (neume_metre){.beats = 4, .unit = 4});
        for (int b = 0; b < 32; b++) {
            const double second = swung || b % 8 == 0 ? 2. / 3 : .5;
            play(&notes, 1 + b * .5, second * .5, 60 + b % 7, 80);
            play(&notes, 1 + (b + second) * .5, (1 - second) * .5, 64 + b % 5, 70);
        }
        const neume_score_options options = {.beats = &rhythm};
        assert_ok(neume_score_from_notes(&notes, &options, NULL, &score));
        assert_true((score->tempo.text != NULL) == swung);
        for (size_t i = 0; swung && i < score->voices[0].item_count; i++)
            if (score->voices[0].items[i].kind == NEUME_ITEM_NOTES)
                assert_int_equal(score->voices[0].items[i].ticks, NEUME_WHOLE / 8);
        neume_score_free(score);
        neume_notes_clear(&notes), neume_rhythm_clear(&rhythm);
    }
}

/* A swinging piece has triplets too; they stay what they are. */
static void test_triplets_in_swing_stay_triplets(void **state) {
    (void)state;
    neume_notes notes = {0};
    neume_rhythm rhythm = {0};
    neume__draft draft = {0};
    const int64_t beat_ticks = NEUME_WHOLE / 4;
    int64_t meant[100];
    size_t count = 0;
    beats_at(&rhythm, 33, 1, .5, (neume_metre){.beats = 4, .unit = 4});
    for (int b = 0; b < 32; b++) {
        const bool triplet = b % 8 == 5;
        for (int k = 0; k < 3; k++) {
            if (k == 1 && !triplet) continue;
            play(&notes, 1 + (b + k / 3.) * .5, .15, 60 + (b + k) % 7, 80);
            meant[count++] = b * beat_ticks + (triplet ? k * beat_ticks / 3 : k ? beat_ticks / 2 : 0);
        }
    }
    assert_ok(neume__quantise(&notes, &rhythm, &draft));
    assert_true(draft.swing);
    assert_int_equal(draft.note_count, count);
    for (size_t i = 0; i < count; i++) assert_int_equal(draft.notes[i].at, meant[i]);
    neume__draft_clear(&draft);
    neume_rhythm_clear(&rhythm);
    neume_notes_clear(&notes);
}

/* A triplet in one of many undivided beats, whose notes come too late by the same tenth of a beat, is one. */
static void test_time_bends_within_a_beat(void **state) {
    (void)state;
    enum { BEATS = 12, DIVIDED = 6, PARTS = 3 };
    static const double within[PARTS] = {0, .42, .74};
    const int64_t beat = NEUME_WHOLE / 4;
    neume_notes notes = {0};
    neume_rhythm rhythm = {0};
    neume__draft draft = {0};
    beats_at(&rhythm, BEATS + 1, 1, .8, (neume_metre){.beats = 4, .unit = 4});
    for (int b = 0; b < BEATS; b++)
        for (int k = 0; k < (b == DIVIDED ? PARTS : 1); k++)
            play(&notes, 1 + (b + within[k]) * .8, .1, 60 + (b + k) % 5, 80);
    assert_ok(neume__quantise(&notes, &rhythm, &draft));
    assert_int_equal(draft.note_count, BEATS + PARTS - 1);
    for (int k = 0; k < PARTS; k++) assert_int_equal(draft.notes[DIVIDED + k].at, DIVIDED * beat + k * beat / PARTS);
    neume__draft_clear(&draft);
    neume_rhythm_clear(&rhythm);
    neume_notes_clear(&notes);
}

/* Runs of eight that hurry to their middle or linger there, so that some notes are nearer to another's place. */
static void test_a_bent_run_keeps_its_order(void **state) {
    (void)state;
    enum { BEATS = 12, PARTS = 8 };
    const int64_t beat = NEUME_WHOLE / 4;
    neume_notes notes = {0};
    neume_rhythm rhythm = {0};
    neume__draft draft = {0};
    beats_at(&rhythm, BEATS + 1, 1, .8, (neume_metre){.beats = 4, .unit = 4});
    for (int b = 0; b < BEATS; b++)
        for (int k = 0; k < PARTS; k++) {
            const double x = (double)k / PARTS, bent = x + (b % 2 ? .32 : -.32) * x * (1 - x);
            assert_true(k != PARTS / 2 || lround(bent * PARTS) != k); /* nearest is not meant */
            play(&notes, 1 + (b + bent) * .8, .05, 60 + k, 80);
        }
    assert_ok(neume__quantise(&notes, &rhythm, &draft));
    assert_int_equal(draft.note_count, BEATS * PARTS);
    for (int i = 0; i < BEATS * PARTS; i++) assert_int_equal(draft.notes[i].at, i * beat / PARTS);
    neume__draft_clear(&draft);
    neume_rhythm_clear(&rhythm);
    neume_notes_clear(&notes);
}

/* A short note before another is a grace note, unless it is the same one struck twice. */
static void test_grace_notes_lead_to_another_pitch(void **state) {
    (void)state;
    for (int apart = 0; apart < 3; apart++) {
        neume_notes notes = {0};
        neume_rhythm rhythm = {0};
        neume__draft draft = {0};
        beats_at(&rhythm, 17, 1, .5, (neume_metre){.beats = 4, .unit = 4});
        for (int b = 0; b < 16; b++) {
            if (b == 6) play(&notes, 1 + b * .5 - .065, .06, 67 + apart, 70);
            play(&notes, 1 + b * .5, .4, b == 6 ? 67 : 60 + b % 5, 80);
        }
        assert_ok(neume__quantise(&notes, &rhythm, &draft));
        assert_int_equal(draft.note_count, 17);
        int graces = 0;
        for (size_t i = 0; i < draft.note_count; i++) graces += draft.notes[i].ticks == 0;
        assert_int_equal(graces, apart ? 1 : 0);
        neume__draft_clear(&draft);
        neume_rhythm_clear(&rhythm);
        neume_notes_clear(&notes);
    }
}

/* Programs write them into MIDI files so: on the beat, and the note that they lead to behind them. Nobody plays
 * sixteenths of .15 s so. */
static void test_written_grace_notes_come_on_the_beat(void **state) {
    (void)state;
    static const struct {
        int count;      /* notes before the main one on beat 6 */
        double apart_s; /* from one to the next */
        int graces;
    } cases[] = {{1, .0625, 1}, {1, .125, 0}, {0, 0, 0}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        neume_notes notes = {0};
        neume_rhythm rhythm = {.exact = true};
        neume__draft draft = {0};
        beats_at(&rhythm, 17, 1, .5, (neume_metre){.beats = 4, .unit = 4});
        for (int b = 0; b < 16; b++) {
            const int before = b == 6 ? cases[c].count : 0;
            for (int k = 0; k < before; k++) play(&notes, 4 + cases[c].apart_s * k, cases[c].apart_s, 70 + 2 * k, 70);
            play(&notes, 1 + b * .5 + cases[c].apart_s * before, .5 - cases[c].apart_s * before, 60 + b % 5, 80);
        }
        assert_ok(neume__quantise(&notes, &rhythm, &draft));
        assert_int_equal(draft.note_count, 16 + cases[c].count);
        int graces = 0, on_beat = 0;
        for (size_t i = 0; i < draft.note_count; i++) {
            graces += draft.notes[i].ticks == 0;
            on_beat += draft.notes[i].ticks == NEUME_WHOLE / 4 && draft.notes[i].at % (NEUME_WHOLE / 4) == 0;
        }
        assert_int_equal(graces, cases[c].graces);
        assert_int_equal(on_beat, cases[c].count > cases[c].graces ? 15 : 16);
        neume__draft_clear(&draft);
        neume_rhythm_clear(&rhythm);
        neume_notes_clear(&notes);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_beats_of_a_band_in_time_are_found),
        cmocka_unit_test(test_given_beats_are_named_by_how_they_divide),
        cmocka_unit_test(test_the_bar_pointer_follows_bars_and_tempo),
        cmocka_unit_test(test_where_nothing_else_tells_pieces_begin_with_a_bar),
        cmocka_unit_test(test_stretches_find_the_same_beats_as_the_whole),
        cmocka_unit_test(test_a_known_pickup_and_metre_are_kept),
        cmocka_unit_test(test_nonsense_options_are_refused),
        cmocka_unit_test(test_played_values_are_written_as_meant),
        cmocka_unit_test(test_threes_speak_for_a_compound_metre_and_twos_against),
        cmocka_unit_test(test_no_empty_bar_follows_the_last_note),
        cmocka_unit_test(test_a_score_from_notes_plays_the_notes),
        cmocka_unit_test(test_fine_places_are_read_where_nobody_plays),
        cmocka_unit_test(test_an_upbeat_begins_with_its_first_note),
        cmocka_unit_test(test_short_rests_are_staccato),
        cmocka_unit_test(test_a_trill_is_one_note),
        cmocka_unit_test(test_swing_is_written_in_even_eighths),
        cmocka_unit_test(test_triplets_in_swing_stay_triplets),
        cmocka_unit_test(test_time_bends_within_a_beat),
        cmocka_unit_test(test_a_bent_run_keeps_its_order),
        cmocka_unit_test(test_grace_notes_lead_to_another_pitch),
        cmocka_unit_test(test_written_grace_notes_come_on_the_beat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
