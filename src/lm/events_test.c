/* Events: what is said in them comes back; what strangers say in them does no harm. */
#include "neume_test.h"

#include "neume/lm_events.h"

#include <stdlib.h>
#include <string.h>

enum { KEYS = (NEUME_PROGRAM_DRUMS + 1) * 128, NOTES_MOST = 120 };

/* Few keys, so that strokes of one overlap, and drums among them. */
static neume_notes draw_notes(neume_rng *rng, double length_s) {
    static const int16_t programs[] = {0, 40, NEUME_PROGRAM_DRUMS};
    neume_notes notes = {0};
    const int64_t count = neume_rng_below(rng, NOTES_MOST);
    for (int64_t i = 0; i < count; i++) {
        const double onset_s = neume_rng_uniform(rng, 0, length_s);
        const neume_note note = {.onset_s = onset_s,
                                 .offset_s = onset_s + neume_rng_uniform(rng, .0101, 4),
                                 .pitch = (int16_t)(60 + neume_rng_below(rng, 5)),
                                 .velocity = (int16_t)(1 + neume_rng_below(rng, 127)),
                                 .program = programs[neume_rng_below(rng, 3)]};
        assert_ok(neume_notes_add(&notes, note));
    }
    neume_notes_sort(&notes);
    return notes;
}

static int64_t step_of(double s) {
    return llround(s * NEUME_EVENT_STEPS_PER_S);
}

/* What the keys of instruments can play of it: in one step one stroke, the longest and loudest, and a stroke ends where
 * the next one of its key begins. Drums last a step. */
static neume_notes playable(const neume_notes *notes) {
    neume_notes out = {0};
    for (size_t i = 0; i < notes->count; i++) {
        neume_note n = notes->items[i];
        bool merged = false;
        for (size_t k = 0; k < out.count; k++) {
            neume_note *before = &out.items[k];
            if (before->program != n.program || before->pitch != n.pitch) continue;
            if (step_of(before->onset_s) == step_of(n.onset_s)) {
                before->offset_s = fmax(before->offset_s, n.offset_s);
                if (n.velocity > before->velocity) before->velocity = n.velocity;
                merged = true;
            } else {
                before->offset_s = fmin(before->offset_s, n.onset_s);
            }
        }
        if (!merged) assert_ok(neume_notes_add(&out, n));
    }
    for (size_t i = 0; i < out.count; i++)
        if (out.items[i].program == NEUME_PROGRAM_DRUMS) out.items[i].offset_s = out.items[i].onset_s + .01;
    return out;
}

static const neume_note *find(const neume_notes *notes, const neume_note *like) {
    for (size_t i = 0; i < notes->count; i++) {
        const neume_note *n = &notes->items[i];
        if (n->pitch == like->pitch && n->program == like->program && step_of(n->onset_s) == step_of(like->onset_s))
            return n;
    }
    return NULL;
}

static void assert_same_music(const neume_notes *back, const neume_notes *notes, int velocities) {
    assert_int_equal(back->count, notes->count);
    for (size_t i = 0; i < notes->count; i++) {
        const neume_note *n = &notes->items[i], *b = find(back, n);
        assert_non_null(b);
        assert_true(fabs(b->onset_s - n->onset_s) < .0051);
        assert_true(fabs(b->offset_s - n->offset_s) < .0051);
        assert_true(abs(b->velocity - n->velocity) <= 127 / velocities);
        assert_true(velocities < NEUME_EVENT_VELOCITIES_MOST || b->velocity == n->velocity);
    }
}

/* Says a piece in segments of so many steps and reads it again. */
static neume_notes there_and_back(const neume_notes *notes, int velocities, int64_t steps) {
    const int64_t end = step_of(neume_notes_end_s(notes)) + 1;
    neume_event_encoder *encoder = NULL;
    neume_event_decoder *decoder = NULL;
    neume_notes back = {0};
    size_t ignored = 1;
    assert_ok(neume_event_encoder_new(notes, velocities, &encoder));
    assert_ok(neume_event_decoder_new(velocities, &decoder));
    for (int64_t at = 0; at < end; at += steps) {
        neume_tokens tokens = {0};
        assert_ok(neume_event_encode(encoder, at, steps, &tokens));
        assert_ok(neume_event_decode(decoder, tokens.ids, tokens.count, at, steps));
        neume_tokens_clear(&tokens);
    }
    neume_event_decoder_finish(decoder, &back, &ignored);
    assert_int_equal(ignored, 0);
    neume_event_decoder_free(decoder);
    neume_event_encoder_free(encoder);
    return back;
}

static void test_notes_come_back_to_the_step(void **state) {
    (void)state;
    for_each_seed(seed, 300) {
        neume_rng rng = neume_rng_seeded(seed, 1);
        const int velocities = 1 + (int)neume_rng_below(&rng, NEUME_EVENT_VELOCITIES_MOST);
        neume_notes notes = draw_notes(&rng, 5), plain = playable(&notes);
        neume_notes back = there_and_back(&notes, velocities, NEUME_EVENT_STEPS);
        assert_same_music(&back, &plain, velocities);
        neume_notes_clear(&notes), neume_notes_clear(&plain), neume_notes_clear(&back);
    }
}

static void test_a_piece_cut_into_segments_is_joined_again(void **state) {
    (void)state;
    for_each_seed(seed, 300) {
        neume_rng rng = neume_rng_seeded(seed, 2);
        neume_notes notes = draw_notes(&rng, 30);
        neume_notes plain = playable(&notes);
        neume_notes back = there_and_back(&notes, 127, 1 + neume_rng_below(&rng, 300));
        assert_same_music(&back, &plain, 127);
        neume_notes_clear(&notes), neume_notes_clear(&plain), neume_notes_clear(&back);
    }
}

static void test_every_token_says_one_event(void **state) {
    (void)state;
    assert_int_equal(neume_event_token_count(1), 4 + NEUME_EVENT_STEPS + 3 * 128 + 2);
    for (int velocities = 1; velocities <= NEUME_EVENT_VELOCITIES_MOST; velocities += 18) {
        const int32_t count = neume_event_token_count(velocities);
        for (int32_t id = 0; id < count; id++)
            assert_int_equal(neume_event_token(neume_event_of_token(id, velocities), velocities), id);
        assert_int_equal(neume_event_of_token(count, velocities).kind, NEUME_EVENT_NONE);
        assert_int_equal(neume_event_of_token(-1, velocities).kind, NEUME_EVENT_NONE);
        assert_int_equal(neume_event_token((neume_event){NEUME_EVENT_NOTE, 128}, velocities), -1);
        assert_int_equal(neume_event_token((neume_event){NEUME_EVENT_VELOCITY, velocities + 1}, velocities), -1);
    }
    assert_int_equal(neume_event_of_token(NEUME_TOKEN_PAD, 1).kind, NEUME_EVENT_PAD);
    assert_int_equal(neume_event_of_token(NEUME_TOKEN_BEGIN, 1).kind, NEUME_EVENT_BEGIN);
    assert_int_equal(neume_event_of_token(NEUME_TOKEN_END, 1).kind, NEUME_EVENT_END);
}

/* --- strangers ---------------------------------------------------------------------------------------------------- */

typedef struct said {
    neume_event events[16];
    size_t count;
} said;

/* Reads one segment of a second. */
static void hear(neume_event_decoder *decoder, const said *words, int64_t first_step) {
    int32_t ids[16];
    for (size_t i = 0; i < words->count; i++) ids[i] = neume_event_token(words->events[i], 1);
    assert_ok(neume_event_decode(decoder, ids, words->count, first_step, 100));
}

static void test_nonsense_is_passed_over_and_counted(void **state) {
    (void)state;
    static const said words = {{{NEUME_EVENT_BEGIN, 0},
                                {NEUME_EVENT_NOTE, 60}, /* 1: no such note sounds on */
                                {NEUME_EVENT_TIE, 0},
                                {NEUME_EVENT_TIE, 0}, /* 2: once is enough */
                                {NEUME_EVENT_TIME, 50},
                                {NEUME_EVENT_NOTE, 62},
                                {NEUME_EVENT_NOTE, 62}, /* 3: it has just begun */
                                {NEUME_EVENT_TIME, 40}, /* 4: time goes back */
                                {NEUME_EVENT_NOTE, 64}, /* 5: and this at no time */
                                {NEUME_EVENT_TIME, 60},
                                {NEUME_EVENT_VELOCITY, 0},
                                {NEUME_EVENT_NOTE, 65}, /* 6: silent already */
                                {NEUME_EVENT_DRUM, 35}, /* 7: drums have no end */
                                {NEUME_EVENT_NOTE, 62},
                                {NEUME_EVENT_END, 0},
                                {NEUME_EVENT_NOTE, 66}}, /* 8: the end was said */
                               16};
    neume_event_decoder *decoder = NULL;
    neume_notes notes = {0};
    size_t ignored;
    assert_ok(neume_event_decoder_new(1, &decoder));
    hear(decoder, &words, 0);
    neume_event_decoder_finish(decoder, &notes, &ignored);
    assert_int_equal(ignored, 8);
    assert_int_equal(notes.count, 1);
    assert_int_equal(notes.items[0].pitch, 62);
    assert_true(notes.items[0].onset_s == .5 && notes.items[0].offset_s == .6);
    neume_notes_clear(&notes);
    neume_event_decoder_free(decoder);
}

/* A note that the next segment does not tie ends where that begins; one that it does sounds on. */
static void test_only_tied_notes_sound_on(void **state) {
    (void)state;
    static const said first = {{{NEUME_EVENT_TIE, 0},
                                {NEUME_EVENT_TIME, 50},
                                {NEUME_EVENT_PROGRAM, 40},
                                {NEUME_EVENT_NOTE, 60},
                                {NEUME_EVENT_NOTE, 62}},
                               5};
    static const said second = {{{NEUME_EVENT_PROGRAM, 40}, {NEUME_EVENT_NOTE, 62}, {NEUME_EVENT_TIE, 0}}, 3};
    neume_event_decoder *decoder = NULL;
    neume_notes notes = {0};
    assert_ok(neume_event_decoder_new(1, &decoder));
    hear(decoder, &first, 0);
    hear(decoder, &second, 100);
    neume_event_decoder_finish(decoder, &notes, NULL);
    assert_int_equal(notes.count, 2);
    assert_true(notes.items[0].offset_s == 1 && notes.items[1].offset_s == 2);
    assert_int_equal(notes.items[1].program, 40);
    neume_notes_clear(&notes);
    neume_event_decoder_free(decoder);
}

static void test_what_is_out_of_range_is_refused(void **state) {
    (void)state;
    static const neume_note bad[] = {
        {.offset_s = 1, .pitch = 128},  {.offset_s = 1, .program = 129},         {.onset_s = -1},
        {.onset_s = 1, .offset_s = .5}, {.onset_s = (double)NAN, .offset_s = 1}, {.onset_s = 1e9, .offset_s = 1e9}};
    neume_event_encoder *encoder = NULL;
    neume_event_decoder *decoder = NULL;
    neume_tokens tokens = {0};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        neume_note note = bad[i];
        const neume_notes notes = {&note, 1, 1};
        assert_int_equal(neume_event_encoder_new(&notes, 1, &encoder), NEUME_EINVAL);
    }
    assert_int_equal(neume_event_encoder_new(&(neume_notes){0}, 0, &encoder), NEUME_EINVAL);
    assert_int_equal(neume_event_decoder_new(128, &decoder), NEUME_EINVAL);
    assert_null(encoder);
    assert_null(decoder);
    assert_ok(neume_event_encoder_new(&(neume_notes){0}, 1, &encoder));
    assert_ok(neume_event_decoder_new(1, &decoder));
    assert_int_equal(neume_event_encode(encoder, 0, NEUME_EVENT_STEPS + 1, &tokens), NEUME_EINVAL);
    assert_int_equal(neume_event_encode(encoder, -1, 1, &tokens), NEUME_EINVAL);
    assert_ok(neume_event_decode(decoder, NULL, 0, 100, 100));
    assert_int_equal(neume_event_decode(decoder, NULL, 0, 199, 100), NEUME_EINVAL);
    assert_int_equal(neume_event_decode(decoder, NULL, 0, 200, 0), NEUME_EINVAL);
    neume_event_decoder_free(decoder);
    neume_event_encoder_free(encoder);
}

static neume_status say_and_hear(void *context) {
    const neume_notes *notes = context;
    neume_event_encoder *encoder = NULL;
    neume_event_decoder *decoder = NULL;
    neume_tokens tokens = {0};
    neume_status status = neume_event_encoder_new(notes, 8, &encoder);
    if (!status) status = neume_event_encode(encoder, 0, NEUME_EVENT_STEPS, &tokens);
    if (!status) status = neume_event_decoder_new(8, &decoder);
    if (!status) status = neume_event_decode(decoder, tokens.ids, tokens.count, 0, NEUME_EVENT_STEPS);
    neume_event_decoder_free(decoder);
    neume_event_encoder_free(encoder);
    neume_tokens_clear(&tokens);
    return status;
}

static void test_failing_memory_leaks_nothing(void **state) {
    (void)state;
    neume_rng rng = neume_rng_seeded(1, 3);
    neume_notes notes = draw_notes(&rng, 5);
    sweep_allocation_failures(say_and_hear, &notes);
    neume_notes_clear(&notes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_notes_come_back_to_the_step),
        cmocka_unit_test(test_a_piece_cut_into_segments_is_joined_again),
        cmocka_unit_test(test_every_token_says_one_event),
        cmocka_unit_test(test_nonsense_is_passed_over_and_counted),
        cmocka_unit_test(test_only_tied_notes_sound_on),
        cmocka_unit_test(test_what_is_out_of_range_is_refused),
        cmocka_unit_test(test_failing_memory_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
