#include "read_abc.h"

#include "neume/compose.h"
#include "neume/compose_harmony.h"

static const char TUNE[] = "X:1\nT:Tune\nM:4/4\nL:1/8\nK:G\nD2|G2GB d2Bd|e2ef d3c|(3BcB AG A4|A2GF G2:|\n"
                           "|:Bc|d2BG E2 ~G2|cB A2 FG A2|B2d2 c3/2B/2AG|F2D2 G2:|\n";

static neume_status harmonise(neume_score *score, int voices, int *faults) {
    return neume_harmonise(score, &(neume_harmonise_options){voices}, faults);
}

/* Mostly a step, at times a leap. */
static int move(int step, neume_rng *rng) {
    step += (int)neume_rng_below(rng, 5) - 2 + (neume_rng_chance(rng, 0.1) ? 3 : 0);
    if (step < 28) return 30;
    return step > 39 ? 36 : step;
}

/* Letters of the octave above middle C, and of the next. */
static void write_bar(const int *steps, int beats, neume_buffer *out) {
    for (int beat = 0; beat < beats; beat++)
        assert_ok(neume_buffer_print(out, "%c%s", "CDEFGAB"[steps[beat] % 7], steps[beat] >= 35 ? "'" : ""));
    assert_ok(neume_buffer_print(out, "|"));
}

/* A melody of quarters, mostly by step, in some key; ends on the tonic. */
static void random_melody(uint64_t seed, neume_buffer *out) {
    static const char *const keys[] = {"C", "G", "D", "F", "Bb", "Eb", "A", "Am", "Em", "Dm", "Gm", "Ddor"};
    static const int tonics[] = {28, 32, 29, 31, 34, 30, 33, 33, 30, 29, 32, 29}; /* steps above C0 */
    neume_rng rng = neume_rng_seeded(seed, 3);
    const int key = (int)neume_rng_below(&rng, 12), beats = neume_rng_chance(&rng, 0.5) ? 4 : 3;
    int step = tonics[key];
    assert_ok(neume_buffer_print(out, "X:1\nM:%d/4\nL:1/4\nK:%s\n", beats, keys[key]));
    for (int bar = 0; bar < 8; bar++) {
        int steps[4];
        for (int beat = 0; beat < beats; beat++) {
            steps[beat] = step;
            step = move(step, &rng);
        }
        if (bar == 7) steps[beats - 1] = tonics[key];
        write_bar(steps, beats, out);
    }
    assert_ok(neume_buffer_print(out, "\n"));
}

/* --- a checker that knows nothing of how parts are written -------------------------------------------------------- */

enum { PARTS = 4 };

/* What sounds in a voice at a moment: a MIDI number, -1 in silence. */
static int sounds(const neume_voice *voice, int64_t at) {
    for (size_t i = 0; i < voice->item_count; i++) {
        const neume_item *item = &voice->items[i];
        if (item->kind == NEUME_ITEM_NOTES && !item->grace && item->at <= at && at < item->at + item->ticks)
            return neume_pitch_number(voice->pitches[item->first]);
    }
    return -1;
}

static int64_t next_onset(const neume_score *score, int64_t at) {
    int64_t next = INT64_MAX;
    for (size_t v = 0; v < score->voice_count; v++)
        for (size_t i = 0; i < score->voices[v].item_count; i++) {
            const neume_item *item = &score->voices[v].items[i];
            if (item->kind <= NEUME_ITEM_REST && !item->grace && item->at > at && item->at < next) next = item->at;
        }
    return next;
}

/* Broken rules from one moment to the next; voices from high to low. */
static int count_faults(const int before[PARTS], const int here[PARTS]) {
    static const int lowest[PARTS] = {60, 55, 48, 40}, highest[PARTS] = {81, 74, 67, 62};
    int count = 0;
    for (int p = 0; p < PARTS; p++) {
        if (here[p] < 0) continue;
        count += here[p] < lowest[p] || here[p] > highest[p];
        for (int q = p + 1; q < PARTS; q++) {
            if (here[q] < 0) continue;
            count += here[q] > here[p]; /* crossing */
            if (before[p] < 0 || before[q] < 0) continue;
            if (q == p + 1) count += (here[q] > before[p]) + (here[p] < before[q]); /* overlap */
            const bool both_move = here[p] != before[p] && here[q] != before[q];
            const int apart = (here[p] - here[q]) % 12;
            count += both_move && apart == (before[p] - before[q]) % 12 && (apart == 0 || apart == 7);
        }
    }
    return count;
}

static int check_parts(const neume_score *score) {
    int count = 0, before[PARTS] = {-1, -1, -1, -1};
    for (int64_t at = 0; at != INT64_MAX; at = next_onset(score, at)) {
        int here[PARTS];
        for (int p = 0; p < PARTS; p++) here[p] = sounds(&score->voices[p], at);
        count += count_faults(before, here);
        for (int p = 0; p < PARTS; p++) before[p] = here[p];
    }
    return count;
}

static void test_four_parts_break_no_rule(void **state) {
    (void)state;
    int clean = 0;
    for_each_seed(seed, 60) {
        neume_buffer text = {0};
        int faults = -1;
        random_melody(seed, &text);
        neume_score *score = read_abc(text.data);
        assert_ok(harmonise(score, 4, &faults));
        assert_int_equal(score->voice_count, PARTS);
        const int found = check_parts(score);
        if (faults == 0 && found) fail_msg("seed %d: %d faults in\n%s", (int)seed, found, text.data);
        clean += faults == 0;
        neume_score_free(score);
        neume_buffer_clear(&text);
    }
    if (clean < 51) fail_msg("only %d of 60 melodies could be harmonised without a fault", clean);
}

static void test_the_melody_stays_the_soprano(void **state) {
    (void)state;
    neume_score *before = read_abc(TUNE), *after = read_abc(TUNE);
    assert_ok(harmonise(after, 4, NULL));
    const neume_voice *a = &before->voices[0], *b = &after->voices[0];
    assert_int_equal(a->item_count, b->item_count);
    for (size_t i = 0; i < a->pitch_count; i++)
        assert_int_equal((neume_pitch_number(a->pitches[i]) - neume_pitch_number(b->pitches[i])) % 12, 0);
    for (size_t v = 1; v < 4; v++) { /* all voices are equally long, with the same bar lines */
        assert_int_equal(after->voices[v].bar_count, b->bar_count);
        const neume_voice *part = &after->voices[v];
        int64_t sum = 0, melody = 0;
        for (size_t i = 0; i < part->item_count; i++) sum += part->items[i].ticks;
        for (size_t i = 0; i < b->item_count; i++) melody += b->items[i].ticks;
        assert_int_equal(sum, melody);
    }
    neume_score_free(before);
    neume_score_free(after);
}

static void test_transposing_a_tune_transposes_its_chords(void **state) {
    (void)state;
    neume_score *first = read_abc(TUNE), *then = read_abc(TUNE);
    char difference[256];
    assert_ok(harmonise(first, 0, NULL));
    assert_ok(neume_revise(first, "up a minor third", &(neume_revise_options){0, 0}));
    assert_ok(neume_revise(then, "up a minor third", &(neume_revise_options){0, 0}));
    assert_ok(harmonise(then, 0, NULL));
    neume_score_difference(first, then, difference, sizeof difference);
    assert_string_equal(difference, "");
    neume_score_free(first);
    neume_score_free(then);
}

static void test_a_plain_cadence_is_found(void **state) {
    (void)state;
    neume_score *score = read_abc("X:1\nM:4/4\nL:1/4\nK:C\nCEGE|FAcA|GBdB|c2c2|]\n");
    neume_buffer abc = {0};
    assert_ok(harmonise(score, 0, NULL));
    assert_ok(neume_abc_write(score, 1, &abc));
    if (!strstr(abc.data, "\"C\"CEGE | \"F\"FAcA | \"G") || !strstr(abc.data, "\"C\"c2c2")) fail_msg("%s", abc.data);
    neume_buffer_clear(&abc);
    neume_score_free(score);
}

static void test_decoding_changes_chords_only_where_notes_begin(void **state) {
    (void)state;
    neume_score *score = read_abc("X:1\nM:4/4\nL:1/4\nK:C\nC4|E2G2|B4|c4|]\n");
    neume_harmony_slots slots = {0};
    int8_t states[64];
    assert_ok(neume_harmony_slots_find(score, &slots));
    assert_int_equal(slots.count, 8);
    assert_ok(neume_harmony_decode(slots.items, slots.count, states));
    for (size_t s = 1; s < slots.count; s++) assert_true(slots.items[s].onset || states[s] == states[s - 1]);
    neume_harmony_slots_clear(&slots);
    neume_score_free(score);
}

static void test_odd_scores_are_harmonised_or_refused(void **state) {
    (void)state;
    const char *const empty[] = {"X:1\nK:C\n", "X:1\nK:C\nz4|\n",
                                 "X:1\nL:1/4\nK:C clef=perc\n%%MIDI channel 10\nCDEF|\n"};
    for (size_t e = 0; e < 3; e++) {
        neume_score *score = read_abc(empty[e]);
        assert_int_equal(harmonise(score, 0, NULL), NEUME_EFORMAT);
        assert_int_equal(harmonise(score, 4, NULL), NEUME_EFORMAT);
        assert_int_equal(harmonise(score, 3, NULL), NEUME_EINVAL);
        neume_score_free(score);
    }
    const char *const odd[] = {
        "X:1\nM:none\nL:1/8\nK:none\nCD(3EFGA\n", "X:1\nM:7/8\nL:1/8\nK:C\n|:CDEFGAB|[1c7:|[2C7|]\n",
        "X:1\nM:4/4\nL:1/8\nK:Am\n{g}[Ace]8-|[Ace]3(5cdefg z4 z|Z2|\n",
        "X:1\nM:C|\nL:1/4\nK:Cb\n__B,,,4|^^g''4|(2:3:2C2D2|\n", "X:1\nL:1/4\nK:C\nV:1\nCDEF|\nV:2\nC,4|\n"};
    for (size_t o = 0; o < sizeof odd / sizeof *odd; o++)
        for (int voices = 0; voices <= 4; voices += 4) {
            neume_score *score = read_abc(odd[o]);
            neume_buffer abc = {0};
            const neume_status status = harmonise(score, voices, NULL);
            assert_true(status == NEUME_OK || status == NEUME_EUNSUPPORTED);
            if (!status) assert_ok(neume_abc_write(score, 1, &abc));
            neume_buffer_clear(&abc);
            neume_score_free(score);
        }
}

static neume_status harmonise_text(void *context) {
    neume_abc_place place = {0};
    neume_score *score = NULL;
    neume_status status = neume_abc_read(context, strlen(context), &place, NULL, &score);
    if (!status) status = harmonise(score, 0, NULL);
    if (!status) status = harmonise(score, 4, NULL);
    neume_score_free(score);
    return status;
}

static void test_failed_allocations_leave_nothing_behind(void **state) {
    (void)state;
    static const char text[] = "X:1\nM:2/4\nL:1/4\nK:C\nCE|GB|\n";
    sweep_allocation_failures(harmonise_text, (void *)text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_four_parts_break_no_rule),
        cmocka_unit_test(test_the_melody_stays_the_soprano),
        cmocka_unit_test(test_transposing_a_tune_transposes_its_chords),
        cmocka_unit_test(test_a_plain_cadence_is_found),
        cmocka_unit_test(test_decoding_changes_chords_only_where_notes_begin),
        cmocka_unit_test(test_odd_scores_are_harmonised_or_refused),
        cmocka_unit_test(test_failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
