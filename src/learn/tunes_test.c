/* Tunes as a language model learns them: moved to other keys, with gaps, packed in rows. */
#include "own_folder.h"

#include "neume/learn.h"
#include "neume/music.h"
#include "neume/notation.h"
#include "tune_batch.h"
#include "tune_copies.h"
#include "tunes.h"

#include <stdlib.h>
#include <string.h>

static const char *const some_tunes[] = {
    "T:One\nM:6/8\nL:1/8\nR:jig\nK:G\n|:\"G\"GAB \"Am7/C\"c2^c|d3 =f2e|\"D7\"d2A FED|G3 G3:|\n",
    "T:Two\nM:4/4\nL:1/8\nK: Edor\nE2BE dEBE|E2BE AFDF|!trill!^c'2 {gf}e2 (3Bcd e2|_B,,2 ^^F2 z4|]\n",
    "T:Three\nM:3/4\nL:1/4\nK:Bbmaj\n\"^slow\"B2 F|[K:Gm]G _A ^F|[BDG,]3|]\nw: one two three\n",
};
enum { TUNES = sizeof some_tunes / sizeof *some_tunes };

static neume_notes notes_of(const char *text, size_t size) {
    neume_buffer whole = {0};
    neume_score *score = NULL;
    neume_abc_place place = {0};
    neume_notes notes = {0};
    assert_ok(neume_buffer_print(&whole, "X:1\n%.*s", (int)size, text));
    assert_ok(neume_abc_read(whole.data, whole.size, &place, NULL, &score));
    assert_ok(neume_score_to_notes(score, &notes));
    neume_score_free(score);
    neume_buffer_clear(&whole);
    return notes;
}

/* Every pitch goes as far as the first, which goes @p fifths up, in whichever octave is near. */
static void assert_moves(const char *text, size_t size, int fifths) {
    neume_buffer moved = {0};
    assert_ok(tune_shift(text, size, fifths, &moved));
    neume_notes here = notes_of(text, size), there = notes_of(moved.data, moved.size);
    assert_int_equal(here.count, there.count);
    const int by = there.items[0].pitch - here.items[0].pitch;
    assert_int_equal(((by - 7 * fifths) % 12 + 12) % 12, 0);
    assert_true(abs(by) <= 6);
    for (size_t k = 0; k < here.count; k++) assert_int_equal(there.items[k].pitch, here.items[k].pitch + by);
    neume_notes_clear(&here);
    neume_notes_clear(&there);
    neume_buffer_clear(&moved);
}

static void test_a_moved_tune_sounds_the_same_elsewhere(void **state) {
    (void)state;
    for (size_t i = 0; i < TUNES; i++) {
        int least, most;
        const size_t size = strlen(some_tunes[i]);
        assert_true(tune_shift_range(some_tunes[i], size, &least, &most));
        assert_true(least <= -4 && most >= 4);
        for (int fifths = -4; fifths <= 4; fifths++) assert_moves(some_tunes[i], size, fifths);
    }
}

static void test_there_and_back_is_nowhere(void **state) {
    (void)state;
    for (size_t i = 0; i < TUNES; i++)
        for (int fifths = -4; fifths <= 4; fifths++) {
            neume_buffer there = {0}, back = {0};
            assert_ok(tune_shift(some_tunes[i], strlen(some_tunes[i]), fifths, &there));
            assert_ok(tune_shift(there.data, there.size, -fifths, &back));
            assert_string_equal(back.data, some_tunes[i]);
            neume_buffer_clear(&there);
            neume_buffer_clear(&back);
        }
}

static void test_keys_beyond_seven_signs_are_not_offered(void **state) {
    (void)state;
    int least, most;
    assert_true(tune_shift_range("K:C\nC|\n", 7, &least, &most));
    assert_int_equal(least, -7);
    assert_int_equal(most, 7);
    assert_true(tune_shift_range("K:F#m\nC|\n[K:Eb]C\n", 17, &least, &most));
    assert_int_equal(least, -4);
    assert_int_equal(most, 4);
    assert_false(tune_shift_range("K:HP\nC|\n", 8, &least, &most));
    assert_false(tune_shift_range("K:D exp _B\nC|\n", 14, &least, &most));
    assert_false(tune_shift_range("T:none\n", 7, &least, &most));
}

static void write_tunes(const char *path) {
    neume_buffer file = {0};
    for (size_t i = 0; i < TUNES; i++) assert_ok(neume_buffer_print(&file, "X:%zu\n%s\n", i + 1, some_tunes[i]));
    assert_ok(neume_file_write(path, file.data, file.size));
    neume_buffer_clear(&file);
}

static void load_tunes(tunes *set) {
    write_tunes(own_path("tunes.abc"));
    assert_ok(tunes_add(set, own_path("tunes.abc"), NULL));
    assert_int_equal(set->count, TUNES);
}

static void test_what_can_be_wished_is_known(void **state) {
    (void)state;
    tunes set = {0};
    load_tunes(&set);
    assert_int_equal(set.items[0].bars, 4);
    assert_int_equal(set.items[2].bars, 3);
    assert_string_equal(set.items[0].rhythm, "jig");
    assert_string_equal(set.items[1].rhythm, "reel");
    assert_string_equal(set.items[2].rhythm, "waltz");
    assert_int_equal(strncmp(set.items[1].text + set.items[1].body, "K: Edor", 7), 0);
    tunes_clear(&set);
}

/* The text of a document: its prefix, middle and suffix in order. */
static void assemble(const neume_vocabulary *v, const neume_tokens *tokens, neume_buffer *out) {
    neume_buffer parts[3] = {{0}, {0}, {0}};
    int part = 0;
    for (size_t i = 0; i < tokens->count; i++) {
        const int32_t id = tokens->ids[i];
        if (id >= NEUME_TOKEN_PREFIX && id <= NEUME_TOKEN_MIDDLE)
            part = id == NEUME_TOKEN_PREFIX ? 0 : id == NEUME_TOKEN_MIDDLE ? 1 : 2;
        assert_ok(neume_vocabulary_decode(v, &id, 1, &parts[part]));
    }
    for (int i = 0; i < 3; i++) {
        if (parts[i].size) assert_ok(neume_buffer_append(out, parts[i].data, parts[i].size));
        neume_buffer_clear(&parts[i]);
    }
}

static void test_a_document_with_a_gap_holds_the_whole_tune(void **state) {
    (void)state;
    tunes set = {0};
    neume_vocabulary *v = NULL;
    neume_tokens tokens = {0};
    neume_rng rng = neume_rng_seeded(3, 3);
    load_tunes(&set);
    assert_ok(neume_vocabulary_new_abc(&v));
    int gaps = 0;
    for (int i = 0; i < 300; i++) {
        const tune *t = &set.items[i % TUNES];
        const tune_drawing how = {.wished = .5, .gaps = .5, .titles = .3, .longest = 1000};
        size_t given;
        neume_buffer text = {0};
        tokens.count = 0;
        assert_ok(tune_draw(t, v, &how, &rng, &tokens, &given));
        assert_int_equal(tokens.ids[0], NEUME_TOKEN_BEGIN);
        assert_true(given >= 1 && given <= 5);
        gaps += tokens.ids[tokens.count - 1] == NEUME_TOKEN_FILLED;
        assemble(v, &tokens, &text);
        assert_int_equal(text.size, t->size);
        assert_memory_equal(text.data, t->text, t->size);
        neume_buffer_clear(&text);
    }
    assert_true(gaps > 100 && gaps < 200);
    neume_tokens_clear(&tokens);
    neume_vocabulary_free(v);
    tunes_clear(&set);
}

static void test_rows_hold_whole_documents_and_ask_for_what_follows(void **state) {
    (void)state;
    enum { ROWS = 3, LENGTH = 20, DOCUMENTS = 9 };
    tune_documents documents = {0};
    tune_batch batch;
    neume_rng rng = neume_rng_seeded(1, 9);
    assert_ok(tune_batch_init(&batch, ROWS, LENGTH));
    for (int i = 0; i < DOCUMENTS; i++) {
        const int64_t size = 3 + neume_rng_below(&rng, 10);
        for (int64_t k = 0; k < size; k++) assert_ok(neume_tokens_add(&documents.tokens, (int32_t)(100 * i + k)));
        assert_ok(tune_documents_close(&documents, 2));
    }
    assert_ok(tune_batch_pack(&batch, &documents));
    int64_t filled = 0;
    for (int i = 0; i < DOCUMENTS; i++) {
        const int64_t size = (int64_t)(documents.begins[i + 1] - documents.begins[i]), at = batch.places[i];
        if (at < 0) continue;
        filled += size;
        for (int64_t k = 0; k < size; k++) {
            assert_int_equal(batch.tokens[at + k], 100 * i + k);
            assert_int_equal(batch.starts[at + k], at % LENGTH);
            assert_int_equal(batch.weights[at + k] > 0, k >= 1 && k + 1 < size);
            if (batch.weights[at + k] > 0) assert_int_equal(batch.targets[at + k], 100 * i + k + 1);
        }
    }
    assert_true(filled > ROWS * LENGTH * 3 / 4);
    tune_documents_clear(&documents);
    tune_batch_clear(&batch);
}

static void test_voices_stand_side_by_side(void **state) {
    (void)state;
    const char *text =
        "X:1\nT:Two\nC:Nobody\nM:2/4\nL:1/4\nQ:\"Fast\" 1/4=120\nK:G\nV:1\n!f!G\"D7\"A|B2|c2|[K:D]d2|]\nV:2\n"
        "G,2|Z|C2|D2|]\n";
    assert_ok(neume_file_write(own_path("parts.abc"), text, strlen(text)));
    neume_buffer out = {0};
    neume_tune_counts counts = {.least_voices = 2, .most_voices = 4};
    assert_ok(neume_tunes_from_scores(own_path("parts.abc"), &counts, &out));
    assert_string_equal(out.data,
                        "X:1\nT:Two\nM:2/4\nL:1/4\nV:1\nV:2\nK:G\n[V:1] GA | [V:2] G,2 |\n[V:1] B2 | [V:2] z2 "
                        "|\n[V:1] c2 | [V:2] C2 |\n\n");
    assert_int_equal(counts.tunes, 1);
    counts.least_voices = 3;
    assert_ok(neume_tunes_from_scores(own_path("parts.abc"), &counts, &out));
    assert_int_equal(counts.left_out, 1);
    assert_int_equal(counts.tunes, 1);
    neume_buffer_clear(&out);
}

static neume_score *score_of(const char *text) {
    neume_score *score = NULL;
    neume_abc_place place = {0};
    assert_ok(neume_abc_read(text, strlen(text), &place, NULL, &score));
    return score;
}

static void test_copies_are_found_in_any_key(void **state) {
    (void)state;
    tunes set = {0};
    tune_library *library = NULL;
    load_tunes(&set);
    assert_ok(tune_library_new(&set, &library));
    const struct {
        const char *text;
        int run;
        bool copy;
    } cases[] = {
        {"X:1\nM:4/4\nL:1/8\nK:Edor\nE2BE dEBE|E2BE AFDF|^c'2 e2 (3Bcd e2|_B,,2 ^^F2 z4|]\n", 22, true}, /* itself */
        {"X:1\nM:4/4\nL:1/8\nK:Ador\nA2eA gAeA|A2eA dBGB|A8|]\n", 14, true}, /* moved, cut */
        {"X:1\nM:4/4\nL:1/8\nK:C\nCEGC FACF|DFAD EGBE|]\n", 0, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        neume_score *score = score_of(cases[i].text);
        tune_copy copy;
        assert_ok(tune_copy_find(library, score, &copy));
        if (cases[i].run) assert_true(abs(copy.longest_run - cases[i].run) <= 2);
        if (!cases[i].run) assert_int_equal(copy.longest_run, 0);
        assert_int_equal(copy.similarity >= .8, cases[i].copy);
        neume_score_free(score);
    }
    tune_library_free(library);
    tunes_clear(&set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_moved_tune_sounds_the_same_elsewhere),
        cmocka_unit_test(test_there_and_back_is_nowhere),
        cmocka_unit_test(test_keys_beyond_seven_signs_are_not_offered),
        cmocka_unit_test(test_what_can_be_wished_is_known),
        cmocka_unit_test(test_a_document_with_a_gap_holds_the_whole_tune),
        cmocka_unit_test(test_copies_are_found_in_any_key),
        cmocka_unit_test(test_voices_stand_side_by_side),
        cmocka_unit_test(test_rows_hold_whole_documents_and_ask_for_what_follows),
    };
    return cmocka_run_group_tests(tests, own_folder_make, own_folder_remove);
}
