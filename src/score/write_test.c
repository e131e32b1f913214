/* Laws of writing: what is printed plays what the draft says, in any metre. */
#include "neume_test.h"

#include "draft.h"
#include "write.h"

#include <string.h>

static const int64_t QUARTER = NEUME_WHOLE / 4;

static void add_measures(neume__draft *d, int beats, int unit, int count, int64_t first_ticks) {
    for (int i = 0; i < count; i++) {
        neume_metre metre = {(int16_t)beats, (int16_t)unit, 0, NULL};
        int64_t at =
            d->measure_count ? d->measures[d->measure_count - 1].at + d->measures[d->measure_count - 1].ticks : 0;
        int64_t ticks = d->measure_count == 0 && first_ticks ? first_ticks : neume_metre_ticks(metre);
        assert_ok(DRAFT_MORE(d, measure, measures));
        d->measures[d->measure_count++] = (neume__measure){at, ticks, metre};
    }
}

static int64_t end_of(const neume__draft *d) {
    return d->measures[d->measure_count - 1].at + d->measures[d->measure_count - 1].ticks;
}

static void add_part(neume__draft *d, int program, int staves) {
    assert_ok(DRAFT_MORE(d, part, parts));
    d->parts[d->part_count++] = (neume__part){(int16_t)program, (int16_t)staves, NULL};
}

static neume__placed *add_note(neume__draft *d, int64_t at, int64_t ticks, int number) {
    assert_ok(DRAFT_MORE(d, note, notes));
    d->notes[d->note_count] =
        (neume__placed){.at = at, .ticks = ticks, .source = (int32_t)d->note_count, .number = (int16_t)number};
    return &d->notes[d->note_count++];
}

static neume_score *write_out(const neume__draft *d, bool chords) {
    neume_score *score = NULL;
    neume__write_options options = {.title = "Test", .chords = chords};
    assert_ok(neume__draft_write(d, &options, &score));
    return score;
}

/* --- the law ------------------------------------------------------------------------------------------------------ */

typedef struct heard {
    int64_t at, ticks;
    int number, part, staff, voice;
} heard;

static int compare_heard(const void *left, const void *right) {
    const heard *a = left, *b = right;
    if (a->at != b->at) return a->at < b->at ? -1 : 1;
    if (a->number != b->number) return a->number - b->number;
    if (a->part != b->part) return a->part - b->part;
    if (a->staff != b->staff) return a->staff - b->staff;
    return a->ticks < b->ticks ? -1 : a->ticks > b->ticks;
}

static void assert_plays_the_draft(const neume__draft *d, const neume_score *score, uint64_t seed) {
    neume_played played = {0};
    assert_ok(neume_score_play(score, &played));
    if (played.note_count != d->note_count)
        fail_msg("seed %llu: %zu notes played, %zu drafted", (unsigned long long)seed, played.note_count,
                 d->note_count);
    heard *a = calloc(d->note_count + 1, sizeof *a), *b = calloc(d->note_count + 1, sizeof *b);
    for (size_t i = 0; i < d->note_count; i++) {
        const neume__placed *n = &d->notes[i];
        const neume_voice *v = &score->voices[played.notes[i].voice];
        a[i] = (heard){n->at, n->ticks, n->number, n->part, n->part * 2 + n->staff, 0};
        b[i] = (heard){played.notes[i].onset, played.notes[i].ticks, played.notes[i].pitch, v->part, v->staff, 0};
    }
    qsort(a, d->note_count, sizeof *a, compare_heard);
    qsort(b, d->note_count, sizeof *b, compare_heard);
    for (size_t i = 0; i < d->note_count; i++)
        if (compare_heard(&a[i], &b[i]) != 0)
            fail_msg("seed %llu: note %zu: drafted %d at %.4f for %.4f (part %d), played %d at %.4f for %.4f (part %d)",
                     (unsigned long long)seed, i, a[i].number, (double)a[i].at / (double)QUARTER,
                     (double)a[i].ticks / (double)QUARTER, a[i].part, b[i].number, (double)b[i].at / (double)QUARTER,
                     (double)b[i].ticks / (double)QUARTER, b[i].part);
    free(a);
    free(b);
    neume_played_clear(&played);
}

static bool is_one_value(int64_t ticks) {
    if (ticks <= 0 || ticks % NEUME__FINEST) return false;
    ticks /= NEUME__FINEST;
    while (ticks % 2 == 0) ticks /= 2;
    return ticks == 1 || ticks == 3 || ticks == 7;
}

/* Voices have no gap, bar lines stand where measures end, values are single ones, tuplets are complete. */
static void assert_well_formed(const neume__draft *d, const neume_score *score) {
    for (size_t k = 0; k < score->voice_count; k++) {
        const neume_voice *v = &score->voices[k];
        int64_t at = 0, in_tuplet[2] = {-1, 0};
        size_t measure = 0;
        for (size_t i = 0; i < v->item_count; i++) {
            const neume_item *item = &v->items[i];
            assert_true(item->at == at);
            if (item->kind == NEUME_ITEM_BAR) {
                assert_true(at == d->measures[measure].at + d->measures[measure].ticks);
                measure++;
            }
            if (item->kind > NEUME_ITEM_REST || item->grace) continue;
            at += item->ticks;
            if (item->bars) continue;
            int64_t written = item->ticks;
            if (item->tuplet >= 0) {
                const neume_tuplet *t = &v->tuplets[item->tuplet];
                assert_true(written * t->actual % t->normal == 0);
                written = written * t->actual / t->normal;
                if (in_tuplet[0] != item->tuplet) in_tuplet[0] = item->tuplet, in_tuplet[1] = 0;
                assert_true(++in_tuplet[1] <= t->items);
            }
            assert_true(is_one_value(written));
        }
        assert_int_equal(measure, d->measure_count);
    }
}

/* --- random drafts ------------------------------------------------------------------------------------------------ */

/* A place in a beat: halves mostly, sometimes a tuplet's. Each beat of a voice has one division, as a quantiser's. */
static int64_t random_places(neume_rng *rng, int64_t beat, int64_t out[16]) {
    static const int divisions[] = {1, 2, 2, 2, 4, 4, 8, 3, 3, 6, 12, 5, 7};
    int n = divisions[neume_rng_below(rng, 13)], count = 0;
    for (int i = 0; i < n; i++)
        if (i == 0 || neume_rng_chance(rng, 0.7)) out[count++] = beat * i / n;
    return count;
}

static void random_voice(neume__draft *d, neume_rng *rng, neume__placed model, int64_t beat) {
    int64_t places[4096], end = end_of(d);
    size_t count = 0;
    for (int64_t at = d->measures[0].ticks % beat ? d->measures[0].ticks % beat - beat : 0; at < end; at += beat) {
        int64_t inside[16], n = random_places(rng, beat, inside);
        if (neume_rng_chance(rng, 0.1)) { /* a triplet over two beats */
            for (int i = 0; i < 3; i++)
                if (at + 2 * beat <= end && at >= 0) places[count++] = at + 2 * beat * i / 3;
            at += beat;
            continue;
        }
        for (int64_t i = 0; i < n; i++)
            if (at + inside[i] >= 0 && count < 4000) places[count++] = at + inside[i];
    }
    for (size_t i = 0; i < count;) {
        size_t next = i + 1 + (size_t)neume_rng_below(rng, 3);
        int64_t to = next < count ? places[next] : end;
        int chord = neume_rng_chance(rng, 0.2) ? 3 : 1, number = 40 + (int)neume_rng_below(rng, 40);
        for (int c = 0; c < chord && places[i] < to && !neume_rng_chance(rng, 0.15); c++) {
            neume__placed *n = add_note(d, places[i], to - places[i], number + 4 * c);
            n->part = model.part, n->staff = model.staff, n->voice = model.voice;
        }
        i = next;
    }
}

static const struct {
    int beats, unit;
} METRES[] = {{2, 4}, {3, 4}, {4, 4}, {6, 8}, {9, 8}, {12, 8}, {5, 4}, {2, 2}, {3, 8}, {7, 8}, {3, 2}, {6, 4}, {4, 8}};

static void random_draft(neume__draft *d, uint64_t seed) {
    neume_rng rng = neume_rng_seeded(seed, 7);
    const int count = sizeof METRES / sizeof *METRES, first = (int)(seed % (uint64_t)count);
    const int64_t beat =
        neume_metre_beat_ticks((neume_metre){(int16_t)METRES[first].beats, (int16_t)METRES[first].unit, 0, NULL});
    const int64_t pickup = seed % 3 == 0 && METRES[first].beats > 1 ? beat : 0;
    add_measures(d, METRES[first].beats, METRES[first].unit, 3, pickup);
    if (seed % 4 == 0) { /* the same beat, so that the places stay on one grid */
        int other = (int)neume_rng_below(&rng, count);
        neume_metre metre = {(int16_t)METRES[other].beats, (int16_t)METRES[other].unit, 0, NULL};
        if (neume_metre_beat_ticks(metre) == beat) add_measures(d, metre.beats, metre.unit, 2, 0);
        add_measures(d, METRES[first].beats, METRES[first].unit, 2, 0);
    }
    add_part(d, 0, 2);
    add_part(d, 40, 1);
    random_voice(d, &rng, (neume__placed){.part = 0}, beat);
    random_voice(d, &rng, (neume__placed){.part = 0, .staff = 1}, beat);
    random_voice(d, &rng, (neume__placed){.part = 1}, beat);
    neume__draft_sort(d);
}

static void test_what_is_written_plays_the_draft(void **state) {
    (void)state;
    for_each_seed(seed, 1300) {
        neume__draft d = {0};
        random_draft(&d, seed);
        neume_score *score = write_out(&d, false);
        assert_well_formed(&d, score);
        assert_plays_the_draft(&d, score, seed);
        neume_score_free(score);
        neume__draft_clear(&d);
    }
}

static void test_overlapping_notes_of_a_voice_are_tied_not_lost(void **state) {
    (void)state;
    for_each_seed(seed, 200) {
        neume__draft d = {0};
        neume_rng rng = neume_rng_seeded(seed, 8);
        add_measures(&d, 4, 4, 4, 0);
        add_part(&d, 0, 1);
        for (int number = 50; number < 56; number++) /* each pitch by itself never overlaps */
            for (int64_t at = neume_rng_below(&rng, 8) * QUARTER / 2; at + QUARTER <= end_of(&d);) {
                int64_t ticks = (1 + neume_rng_below(&rng, 12)) * QUARTER / 4;
                if (at + ticks > end_of(&d)) break;
                add_note(&d, at, ticks, number);
                at += ticks + neume_rng_below(&rng, 6) * QUARTER / 4;
            }
        neume__draft_sort(&d);
        neume_score *score = write_out(&d, false);
        assert_well_formed(&d, score);
        assert_plays_the_draft(&d, score, seed);
        neume_score_free(score);
        neume__draft_clear(&d);
    }
}

/* --- spelling of lengths ------------------------------------------------------------------------------------------ */

/* A rhythm in sixteenths, notes as numbers and rests as negative ones, and how it is written. */
static void assert_written(int beats, int unit, const int *lengths, const char *expected) {
    neume__draft d = {0};
    char text[256] = "";
    add_measures(&d, beats, unit, 1, 0);
    add_part(&d, 73, 1);
    int64_t at = 0;
    for (; *lengths; lengths++) {
        int64_t ticks = (*lengths > 0 ? *lengths : -*lengths) * (QUARTER / 4);
        if (*lengths > 0) add_note(&d, at, ticks, 60);
        at += ticks;
    }
    neume_score *score = write_out(&d, false);
    const neume_voice *v = &score->voices[0];
    for (size_t i = 0; i < v->item_count; i++) {
        const neume_item *item = &v->items[i];
        char one[32];
        if (item->kind > NEUME_ITEM_REST) continue;
        bool tied = item->kind == NEUME_ITEM_NOTES && v->pitches[item->first].tied;
        snprintf(one, sizeof one, "%s%s%d%s", *text ? " " : "", item->kind == NEUME_ITEM_REST ? "z" : "",
                 item->bars ? 0 : (int)(item->ticks / (QUARTER / 4)), tied ? "-" : "");
        strncat(text, one, sizeof text - strlen(text) - 1);
    }
    assert_string_equal(text, expected);
    neume_score_free(score);
    neume__draft_clear(&d);
}

static void test_lengths_are_spelled_so_that_beats_are_seen(void **state) {
    (void)state;
    static const struct {
        int beats, unit, lengths[8];
        const char *written;
    } rows[] = {
        {4, 4, {16}, "16"},
        {4, 4, {-16}, "z0"},
        {4, 4, {4, 8, 4}, "4 8 4"},
        {4, 4, {2, 4, 4, 4, 2}, "2 4 2- 2 4 2"},
        {4, 4, {6, 2, 8}, "6 2 8"},
        {4, 4, {2, 6, 8}, "2 6 8"},
        {4, 4, {12, 4}, "12 4"},
        {4, 4, {10, 6}, "8- 2 6"},
        {4, 4, {4, -12}, "4 z4 z8"},
        {4, 4, {3, 1, 1, 3, -8}, "3 1 1 3 z8"},
        {4, 4, {3, 3, 2, 8}, "3 1- 2 2 8"},
        {3, 4, {12}, "12"},
        {3, 4, {4, 8}, "4 8"},
        {3, 4, {4, -8}, "4 z4 z4"},
        {6, 8, {6, 6}, "6 6"},
        {6, 8, {2, 4, 6}, "2 4 6"},
        {6, 8, {4, 4, 4}, "4 2- 2 4"},
        {6, 8, {12}, "12"},
        {9, 8, {18}, "12- 6"},
        {12, 8, {12, 6, 6}, "12 6 6"},
        {2, 2, {2, 4, 2, 8}, "2 4 2 8"},
        {5, 4, {12, 8}, "12 8"},
        {5, 4, {20}, "12- 8"},
        {7, 8, {4, 4, 6}, "4 4 6"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_written(rows[i].beats, rows[i].unit, rows[i].lengths, rows[i].written);
}

static void test_a_triplet_over_two_beats_is_one_group(void **state) {
    (void)state;
    neume__draft d = {0};
    add_measures(&d, 4, 4, 1, 0);
    add_part(&d, 0, 1);
    for (int i = 0; i < 3; i++) add_note(&d, 2 * QUARTER * i / 3, 2 * QUARTER / 3, 60 + i);
    for (int i = 0; i < 3; i++) add_note(&d, 2 * QUARTER + QUARTER * i / 3, QUARTER / 3, 60 + i);
    for (int i = 0; i < 5; i++) add_note(&d, 3 * QUARTER + QUARTER * i / 5, QUARTER / 5, 60 + i);
    neume_score *score = write_out(&d, false);
    const neume_voice *v = &score->voices[0];
    assert_int_equal(v->tuplet_count, 3);
    assert_int_equal(v->tuplets[0].actual, 3);
    assert_int_equal(v->tuplets[0].items, 3);
    assert_int_equal(v->tuplets[1].items, 3);
    assert_int_equal(v->tuplets[2].actual, 5);
    assert_int_equal(v->tuplets[2].normal, 4);
    assert_false(v->items[3].joined);
    assert_true(v->items[4].joined);
    neume_score_free(score);
    neume__draft_clear(&d);
}

/* --- signs -------------------------------------------------------------------------------------------------------- */

static void test_grace_notes_and_staccato_stand_at_their_notes(void **state) {
    (void)state;
    neume__draft d = {0};
    add_measures(&d, 2, 4, 2, 0);
    add_part(&d, 73, 1);
    add_note(&d, 0, QUARTER, 60)->staccato = true;
    add_note(&d, QUARTER, 0, 64);
    add_note(&d, QUARTER, 0, 62);
    add_note(&d, QUARTER, 2 * QUARTER, 60)->staccato = true; /* tied over the bar: no mark */
    neume__draft_sort(&d);
    neume_score *score = write_out(&d, false);
    const neume_voice *v = &score->voices[0];
    assert_int_equal(v->words_count, 1);
    assert_string_equal(v->words[0].text, "staccato");
    assert_true(v->items[1].grace && v->items[2].grace && !v->items[3].grace);
    assert_int_equal(neume_pitch_number(v->pitches[v->items[1].first]), 64); /* as played, not by pitch */
    assert_true(v->items[1].at == QUARTER);
    neume_score_free(score);
    neume__draft_clear(&d);
}

static void test_chord_symbols_cut_what_lies_across_them(void **state) {
    (void)state;
    neume__draft d = {0};
    add_measures(&d, 4, 4, 2, 0);
    add_part(&d, 0, 1);
    add_note(&d, 0, 4 * QUARTER, 60);
    static const neume__chord chords[] = {{0, 0, 5, 0, 5, 0, "min7"},
                                          {2 * NEUME_WHOLE / 4, 0, 4, 0, 6, 0, "maj"},
                                          {6 * NEUME_WHOLE / 4, 0, 6, -1, 6, -1, "hdim7"}};
    for (int i = 0; i < 3; i++) {
        assert_ok(DRAFT_MORE(&d, chord, chords));
        d.chords[d.chord_count++] = chords[i];
    }
    neume_score *score = write_out(&d, true);
    const neume_voice *v = &score->voices[0];
    static const char *const texts[] = {"Am7", "G/B", "Bbm7b5"};
    assert_int_equal(v->words_count, 3);
    for (int i = 0; i < 3; i++) {
        assert_string_equal(v->words[i].text, texts[i]);
        assert_true(v->items[v->words[i].item].at == chords[i].at);
    }
    assert_plays_the_draft(&d, score, 0);
    neume_score_free(score);
    neume__draft_clear(&d);
}

static void test_staves_have_clefs_names_and_a_layout(void **state) {
    (void)state;
    neume__draft d = {0};
    add_measures(&d, 4, 4, 2, 0);
    add_part(&d, 0, 2);
    add_part(&d, 41, 1);
    add_part(&d, NEUME_PROGRAM_DRUMS, 1);
    static const int16_t rows[][4] = {{72, 0, 0, 0}, {60, 0, 0, 1}, {40, 0, 1, 0}, {60, 1, 0, 0}, {38, 2, 0, 0}};
    for (int i = 0; i < 5; i++) {
        neume__placed *n = add_note(&d, 0, 4 * QUARTER, rows[i][0]);
        n->part = rows[i][1], n->staff = rows[i][2], n->voice = rows[i][3];
    }
    neume__draft_sort(&d);
    neume_score *score = write_out(&d, false);
    assert_string_equal(score->layout, "{(V1 V2) | V3} V4 V5");
    static const int clefs[] = {NEUME_CLEF_TREBLE, NEUME_CLEF_TREBLE, NEUME_CLEF_BASS, NEUME_CLEF_ALTO,
                                NEUME_CLEF_PERCUSSION};
    for (int i = 0; i < 5; i++) assert_int_equal(score->voices[i].clef.sign, clefs[i]);
    assert_string_equal(score->voices[0].name, "Piano");
    assert_null(score->voices[1].name);
    assert_int_equal(score->voices[4].channel, 10);
    assert_true(score->voices[1].items[2].hidden); /* the second voice is silent in the second bar */
    assert_false(score->voices[0].items[2].hidden);
    neume_score_free(score);
    neume__draft_clear(&d);
}

/* Eight bars at these tempi: so many changes are told. */
static void assert_tempo_changes(const double tempi[8], size_t count, double last) {
    neume__draft d = {0};
    add_measures(&d, 4, 4, 8, 0);
    add_part(&d, 0, 1);
    for (int i = 0; i < 8; i++) {
        assert_ok(DRAFT_MORE(&d, tempo, tempi));
        d.tempi[d.tempo_count++] = (neume__tempo_change){d.measures[i].at, tempi[i]};
    }
    neume_score *score = write_out(&d, false);
    const neume_voice *v = &score->voices[0];
    assert_true(score->tempo.beat == QUARTER);
    assert_int_equal(v->tempo_count, count);
    assert_true(fabs((count ? v->tempi[count - 1].per_minute : score->tempo.per_minute) - last) <= 1);
    neume_score_free(score);
    neume__draft_clear(&d);
}

static void test_only_lasting_changes_of_tempo_are_told(void **state) {
    (void)state;
    assert_tempo_changes((const double[]){100, 104, 97, 60, 100, 102, 101, 99}, 0, 100);
    assert_tempo_changes((const double[]){100, 101, 99, 100, 140, 141, 139, 140}, 1, 140);
}

static neume_status write_once(void *context) {
    neume_score *score = NULL;
    neume__write_options options = {.title = "T", .chords = true};
    neume_status status = neume__draft_write(context, &options, &score);
    neume_score_free(status ? NULL : score);
    return status;
}

static void test_memory_running_out_is_a_status(void **state) {
    (void)state;
    neume__draft d = {0};
    random_draft(&d, 12);
    sweep_allocation_failures(write_once, &d);
    neume__draft_clear(&d);
}

static void test_a_draft_with_gaps_is_refused(void **state) {
    (void)state;
    neume__draft d = {0};
    assert_int_equal(write_once(&d), NEUME_EINVAL);
    add_measures(&d, 4, 4, 2, 0);
    d.measures[1].at += 1;
    assert_int_equal(write_once(&d), NEUME_EINVAL);
    neume__draft_clear(&d);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_written_plays_the_draft),
        cmocka_unit_test(test_overlapping_notes_of_a_voice_are_tied_not_lost),
        cmocka_unit_test(test_lengths_are_spelled_so_that_beats_are_seen),
        cmocka_unit_test(test_a_triplet_over_two_beats_is_one_group),
        cmocka_unit_test(test_grace_notes_and_staccato_stand_at_their_notes),
        cmocka_unit_test(test_chord_symbols_cut_what_lies_across_them),
        cmocka_unit_test(test_staves_have_clefs_names_and_a_layout),
        cmocka_unit_test(test_only_lasting_changes_of_tempo_are_told),
        cmocka_unit_test(test_memory_running_out_is_a_status),
        cmocka_unit_test(test_a_draft_with_gaps_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
