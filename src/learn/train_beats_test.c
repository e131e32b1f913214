/* Pieces with beats, played and learnt from. */
#include "own_folder.h"

#include "bar_grid.h"
#include "neume/learn.h"
#include "neume/notation.h"
#include "neume/score_net.h"
#include "rhythm_pieces.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char jig[] =
    "X:1\nT:A jig\nM:6/8\nL:1/8\nK:G\nD|GAB c2d|e2f g2d|edc BAG|A2D D2D|GAB c2d|e2f g2d|edc BAG|G3 G2|]\n";

static rhythm_piece piece_of(const char *abc) {
    neume_abc_place place = {0};
    neume_score *score = NULL;
    rhythm_piece piece = {0};
    assert_ok(neume_abc_read(abc, strlen(abc), &place, NULL, &score));
    assert_ok(rhythm_piece_of_score(score, &piece));
    neume_score_free(score);
    return piece;
}

static rhythm_piece jig_piece(void) {
    return piece_of(jig);
}

static void test_bars_become_beats(void **state) {
    (void)state;
    rhythm_piece piece = jig_piece();
    size_t down = 0;
    for (size_t b = 0; b < piece.beat_count; b++) {
        assert_int_equal(piece.beats[b].metre, neume_beat_metre_class((neume_metre){.beats = 6, .unit = 8}));
        down += piece.beats[b].down;
    }
    assert_int_equal(rhythm_piece_metre(&piece), neume_beat_metre_class((neume_metre){.beats = 6, .unit = 8}));
    assert_true(down >= 7);
    assert_true(piece.beat_count >= 16 && piece.beat_count <= 18);
    rhythm_piece_clear(&piece);
}

static void test_a_segment_is_played_by_its_beats(void **state) {
    (void)state;
    rhythm_piece piece = jig_piece();
    for_each_seed(seed, 30) {
        neume_rng rng = neume_rng_seeded(seed, 2);
        rhythm_segment segment = {0};
        assert_ok(rhythm_segment_make(&piece, 20, seed % 2, &rng, &segment));
        assert_true(segment.beat_count >= 2 && segment.notes.count > 0);
        for (size_t b = 1; b < segment.beat_count; b++)
            assert_true(segment.beats[b].time_s > segment.beats[b - 1].time_s);
        for (size_t i = 0; i < segment.notes.count; i++) {
            const neume_note *note = &segment.notes.items[i];
            assert_true(note->offset_s > note->onset_s && note->velocity > 0 && note->velocity < 128);
        }
        rhythm_segment_clear(&segment);
    }
    rhythm_piece_clear(&piece);
}

#define HEAD "X:1\nT:Marked\nM:3/4\nL:1/8\n"
#define SIX  "CDEFGA|"
#define BARS SIX SIX SIX SIX SIX SIX
#define NEAR 1e-3

static void test_marks_and_words_tell_how_long_beats_last(void **state) {
    (void)state;
    rhythm_piece piece = piece_of(HEAD "Q:1/4=150\nK:C\n" BARS "[Q:1/4=100]" BARS "[Q:1/4=900]" BARS);
    assert_int_equal(piece.beat_count, 54);
    assert_float_equal(piece.beats[17].marked_s, .4, NEAR);
    assert_float_equal(piece.beats[18].marked_s, .6, NEAR);
    assert_float_equal(piece.beats[36].marked_s, 0, NEAR); /* nobody plays so */
    rhythm_piece_clear(&piece);
    piece = piece_of(HEAD "Q:\"Allegro vivace\"\nK:C\n" BARS); /* the first word that is known in the table's order */
    assert_float_equal(piece.beats[0].marked_s, 60. / 148, NEAR);
    rhythm_piece_clear(&piece);
    piece = piece_of(HEAD "K:C\n" BARS);
    assert_float_equal(piece.beats[0].marked_s, 0, NEAR);
    rhythm_piece_clear(&piece);
}

/* How many of 60 players take the first three bars within a fifth of .4 s a beat. */
static int players_near_the_mark(const char *abc) {
    rhythm_piece piece = piece_of(abc);
    int near = 0;
    for_each_seed(seed, 60) {
        neume_rng rng = neume_rng_seeded(seed, 6);
        rhythm_segment segment = {0};
        assert_ok(rhythm_segment_make(&piece, 20, false, &rng, &segment));
        assert_true(segment.beat_count > 9);
        const double beat_s = (double)(segment.beats[9].time_s - segment.beats[0].time_s) / 9;
        near += fabs(log(beat_s / .4)) < .2;
        rhythm_segment_clear(&segment);
    }
    rhythm_piece_clear(&piece);
    return near;
}

static void test_most_players_obey_the_mark(void **state) {
    (void)state;
    const int marked = players_near_the_mark(HEAD "Q:1/4=150\nK:C\n" BARS BARS BARS BARS);
    const int unmarked = players_near_the_mark(HEAD "K:C\n" BARS BARS BARS BARS);
    assert_true(marked >= 30 && marked > unmarked + 10);
}

/* Where all waits, nobody strikes, but for a trill that is held there. */
static void test_nobody_plays_in_a_pause(void **state) {
    (void)state;
    static const double margin_s = .25; /* grace notes, jitter */
    rhythm_piece piece = piece_of(HEAD "K:C\n" BARS BARS BARS BARS);
    int pauses = 0, broken = 0;
    for_each_seed(seed, 800) {
        neume_rng rng = neume_rng_seeded(seed, 7);
        rhythm_segment segment = {0};
        assert_ok(rhythm_segment_make(&piece, 40, false, &rng, &segment));
        for (size_t b = 0; b + 1 < segment.beat_count; b++) {
            const rhythm_beat *beat = &segment.beats[b];
            const double pause_s = (double)beat->pause_s;
            if (pause_s < 3 * margin_s) continue;
            const double plays_s = (double)(beat[1].time_s - beat->time_s) - pause_s;
            const double from_s = (double)beat->time_s + (double)beat->pause_at * plays_s + margin_s;
            bool struck = false;
            for (size_t i = 0; i < segment.notes.count && !struck; i++) {
                const double on_s = segment.notes.items[i].onset_s;
                struck = on_s > from_s && on_s < from_s + pause_s - 2 * margin_s;
            }
            pauses++, broken += struck;
        }
        rhythm_segment_clear(&segment);
    }
    assert_true(pauses >= 40);
    assert_true(broken * 20 <= pauses);
    rhythm_piece_clear(&piece);
}

static double last_loss(int *lines) {
    char line[256];
    double loss = -1;
    FILE *file = fopen(own_path("run/metrics.tsv"), "r");
    assert_non_null(file);
    for (*lines = 0; fgets(line, sizeof line, file); ++*lines) loss = atof(strrchr(line, '\t'));
    fclose(file);
    return loss;
}

enum { MOST = 64 }; /* beats of a grid */

/* A segment of a piece, and beats drawn for it. */
typedef struct drawn {
    rhythm_segment segment;
    double beats_s[MOST];
    float target[MOST * NEUME_BAR_LOGITS], known[(NEUME_BAR_SPOTS + 2) * MOST];
    bar_grid grid;
} drawn;

static void draw(drawn *d, const rhythm_piece *piece, double exact, uint64_t seed) {
    neume_rng rng = neume_rng_seeded(seed, 4);
    *d = (drawn){0};
    d->grid = (bar_grid){.beats_s = d->beats_s,
                         .target = d->target,
                         .down_known = d->known,
                         .length_known = d->known + NEUME_BAR_SPOTS * MOST,
                         .metre_known = d->known + (NEUME_BAR_SPOTS + 1) * MOST,
                         .most = MOST,
                         .exact = exact};
    assert_ok(rhythm_segment_make(piece, 40, false, &rng, &d->segment));
    bar_grid_draw(&d->grid, &d->segment, &rng);
}

/* Whether a bar is said to begin on found beat i. */
static bool begins(const drawn *d, size_t i) {
    return d->target[i * NEUME_BAR_LOGITS + NEUME_BAR_AT_SPOT] > .5F;
}

/* Whatever level is drawn: a found beat that is said to begin a bar lies on a true downbeat, and a bar that is said to
 * last so many found beats does. */
static void test_found_beats_are_told_truly(void **state) {
    (void)state;
    static drawn d;
    rhythm_piece piece = jig_piece();
    int downs = 0;
    for_each_seed(seed, 60) {
        draw(&d, &piece, 0, seed);
        for (size_t i = 0; i < d.grid.count; i++) {
            assert_true(!i || d.beats_s[i] > d.beats_s[i - 1]);
            if (!begins(&d, i)) continue;
            double nearest = HUGE_VAL;
            for (size_t b = 0; b < d.segment.beat_count; b++)
                if (d.segment.beats[b].down)
                    nearest = fmin(nearest, fabs((double)d.segment.beats[b].time_s - d.beats_s[i]));
            assert_true(nearest < .09); /* up to .015 s, six deviations */
            downs++;
        }
        rhythm_segment_clear(&d.segment);
    }
    assert_true(downs > 60);
    rhythm_piece_clear(&piece);
}

static void test_exact_beats_are_the_true_ones(void **state) {
    (void)state;
    static drawn d;
    rhythm_piece piece = jig_piece();
    for_each_seed(seed, 20) {
        draw(&d, &piece, 1, seed);
        assert_true(d.grid.count + 3 >= d.segment.beat_count);
        size_t b = 0;
        while (fabs((double)d.segment.beats[b].time_s - d.beats_s[0]) > 1e-6) b++;
        for (size_t i = 0; i < d.grid.count; i++, b++) {
            assert_true(fabs((double)d.segment.beats[b].time_s - d.beats_s[i]) < 1e-6);
            if (d.grid.down_known[i * NEUME_BAR_SPOTS] > 0) assert_int_equal(begins(&d, i), d.segment.beats[b].down);
        }
        rhythm_segment_clear(&d.segment);
    }
    rhythm_piece_clear(&piece);
}

/* Every note of a piece in another order stands on the place in its bar that it had, and beats last as long. */
static void test_a_spliced_piece_keeps_its_bars(void **state) {
    (void)state;
    enum { LONG = 8, G = 67, A = 69, E = 76 };
    char abc[sizeof jig * LONG] = "X:1\nT:Long\nM:6/8\nL:1/8\nK:G\nD|";
    for (int k = 0; k < LONG; k++) strcat(abc, "GAB c2d|e2f g2d|edc BAG|A3 D2D|");
    strcat(abc, "G3 G2|]\n");
    rhythm_piece piece = piece_of(abc);
    for (size_t b = 0; b < piece.beat_count; b++) piece.beats[b].time_s = (float)b / 2;
    int sections = 0;
    for_each_seed(seed, 30) {
        neume_rng rng = neume_rng_seeded(seed, 6);
        rhythm_piece other = {0};
        assert_ok(rhythm_piece_splice(&piece, &rng, &other));
        assert_true(other.beat_count > 12 && other.note_count > 12);
        for (size_t b = 1; b < other.beat_count; b++) {
            assert_float_equal(other.beats[b].time_s - other.beats[b - 1].time_s, .5F, 1e-3F);
            if (b > 2) assert_int_equal(other.beats[b].down, other.beats[b - 2].down);
        }
        int before = 0;
        for (size_t i = 0; i < other.note_count; i++) {
            const rhythm_note *note = &other.notes[i];
            const size_t at = (size_t)lroundf(note->at);
            const bool down = at < other.beat_count && other.beats[at].down && fabsf(note->at - (float)at) < .1F;
            assert_true(!i || note->at >= other.notes[i - 1].at - .2F);
            if (note->pitch == E)
                assert_true(down || at >= other.beat_count); /* it begins the second and third of four */
            if (!down) continue;
            sections += (before == G && note->pitch == G) || (before == A && note->pitch != G);
            before = note->pitch;
        }
        rhythm_piece_clear(&other);
    }
    assert_true(sections > 0); /* bars follow that do not in the piece */
    rhythm_piece_clear(&piece);
}

static bool is_same(const neume_note *a, const neume_note *b) {
    return a->pitch == b->pitch && a->velocity == b->velocity && fabs(a->onset_s - b->onset_s) < 1e-9 &&
           fabs(a->offset_s - b->offset_s) < 1e-9;
}

/* Something goes, never nearly all, and what stays stays as it was. */
static void test_a_thinned_segment_keeps_some_notes(void **state) {
    (void)state;
    rhythm_piece piece = jig_piece();
    int fewer = 0;
    for_each_seed(seed, 60) {
        neume_rng rng = neume_rng_seeded(seed, 7);
        rhythm_segment segment = {0};
        assert_ok(rhythm_segment_make(&piece, 20, false, &rng, &segment));
        const size_t before = segment.notes.count;
        neume_note notes[256];
        assert_true(before > 4 && before < 256);
        memcpy(notes, segment.notes.items, before * sizeof *notes);
        rhythm_segment_thin(&segment, &rng);
        assert_true(segment.notes.count <= before && segment.notes.count >= before / 4);
        fewer += segment.notes.count < before;
        for (size_t i = 0, j = 0; i < segment.notes.count; i++, j++) {
            while (j < before && !is_same(&notes[j], &segment.notes.items[i])) j++;
            assert_true(j < before);
        }
        rhythm_segment_clear(&segment);
    }
    assert_true(fewer > 20);
    rhythm_piece_clear(&piece);
}

/* A song of one note a beat whose bars last so many. */
static void write_song(const char *name, const int *bars, int count) {
    neume_notes notes = {0};
    neume_buffer midi = {0}, beats = {0};
    char file[64];
    int b = 0;
    for (int i = 0; i < count; i++)
        for (int k = 0; k < bars[i]; k++, b++) {
            assert_ok(neume_notes_add(&notes, (neume_note){.onset_s = b * .5,
                                                           .offset_s = b * .5 + .4,
                                                           .pitch = (int16_t)(k ? 72 : 48),
                                                           .velocity = 80,
                                                           .confidence = 1}));
            assert_ok(neume_buffer_print(&beats, "%.1f 0.0 %d.0\n", b * .5, k == 0));
        }
    assert_ok(neume_midi_write_notes(&notes, &midi));
    snprintf(file, sizeof file, "%s.mid", name);
    assert_ok(neume_file_write(own_path(file), midi.data, midi.size));
    snprintf(file, sizeof file, "%s.beat_midi.txt", name);
    assert_ok(neume_file_write(own_path(file), beats.data, beats.size));
    neume_notes_clear(&notes), neume_buffer_clear(&midi), neume_buffer_clear(&beats);
}

/* Six beats are two bars of three where others have six, too; among bars of four nobody knows. */
static void test_a_bar_of_six_is_read_by_its_company(void **state) {
    (void)state;
    rhythm_pieces pieces = {0};
    write_song("001", (const int[]){4, 4, 4, 6, 4, 4, 4}, 7);
    write_song("002", (const int[]){6, 6, 6, 6, 6}, 5);
    assert_ok(rhythm_pieces_add_played(&pieces, own_folder));
    assert_int_equal(pieces.count, 2);
    for (size_t i = 0; i < pieces.count; i++) {
        const rhythm_piece *piece = &pieces.items[i];
        const bool fours = piece->beats[4].down;
        const int metre = rhythm_piece_metre(piece);
        assert_int_equal(neume_beat_class_metre(metre).beats, fours ? 4 : 3);
        for (size_t b = 0; b < piece->beat_count - 4; b++) { /* of the last bar nobody knows either */
            const bool six = fours && b >= 12 && b < 18,
                       down = fours ? b == 12 || (!six && b % 4 == (b < 12 ? 0 : 2)) : b % 3 == 0;
            assert_int_equal(piece->beats[b].down, down);
            assert_int_equal(piece->beats[b].metre, six ? -1 : metre);
        }
    }
    rhythm_pieces_clear(&pieces);
}

static void learn_and_go_on(neume_status (*train)(const char *, const neume_progress *), const char *keys,
                            double least) {
    assert_ok(neume_file_write(own_path("tunes.abc"), jig, strlen(jig)));
    double first = 0;
    for (int steps = 20; steps <= 60; steps += 40) {
        char recipe[512];
        snprintf(recipe, sizeof recipe,
                 "run = %s/run\nscores1 = %s/tunes.abc\nsteps = %d\nwarmup = 5\nbatch = 2\n"
                 "blocks = 3\n%s\n",
                 own_folder, own_folder, steps, keys);
        assert_ok(neume_file_write(own_path("recipe"), recipe, strlen(recipe)));
        assert_ok(train(own_path("recipe"), NULL));
        int lines = 0;
        const double loss = last_loss(&lines);
        assert_int_equal(lines, steps / 20); /* the second run does only what is left */
        if (steps == 20) first = loss;
        if (steps == 60) assert_true(loss < least * first);
    }
    assert_ok(neume_file_write(own_path("recipe"), "steps = 3\n", 10));
    assert_int_equal(train(own_path("recipe"), NULL), NEUME_EFORMAT);
    char recipe[512]; /* a folder named too high up is no source without pieces */
    snprintf(recipe, sizeof recipe, "run = %s/more\nscores1 = %s/tunes.abc\nplayed1 = %s/run\nsteps = 1\n", own_folder,
             own_folder, own_folder);
    assert_ok(neume_file_write(own_path("recipe"), recipe, strlen(recipe)));
    assert_int_equal(train(own_path("recipe"), NULL), NEUME_EFORMAT);
}

static void test_beats_are_learnt_and_training_goes_on(void **state) {
    (void)state;
    learn_and_go_on(neume_train_beats, "frames = 300\nwidth = 8\nrate = 0.01", .8);
}

static void test_bars_are_learnt_and_training_goes_on(void **state) {
    (void)state;
    learn_and_go_on(neume_train_bars, "beats = 40\nwidth = 8\nrate = 0.01", .8);
}

/* A bar network that was learnt here. */
typedef struct learnt {
    neume_beat_net *net;
    neume_compute *compute;
    neume_tensor x;
} learnt;

static learnt load_learnt(const char *name) {
    learnt l = {0};
    assert_ok(neume_beat_net_load(own_path(name), NEUME_BEAT_NET_BEATS, NULL, &l.net));
    assert_ok(neume_compute_new(NEUME_PLAIN, &l.compute));
    return l;
}

/* What it says of every beat of a piece that is played to it with its true beats. */
static const float *ask_learnt(learnt *l, const rhythm_piece *piece, bool as_written, drawn *d) {
    const neume_tensor *logits = NULL;
    draw(d, piece, 1, 5);
    const size_t beats = d->grid.count;
    assert_ok(neume_tensor_shape(&l->x, NEUME_F32, NEUME_DIMS(1, 1, (int64_t)beats, NEUME_BAR_FEATURES)));
    assert_ok(neume_bar_features(&d->segment.notes, d->beats_s, beats, neume_f32(&l->x)));
    if (as_written) neume_bar_features_as_written(neume_f32(&l->x), beats);
    assert_ok(neume_beat_net_forward(l->net, l->compute, false, &l->x, &logits));
    return neume_f32(logits);
}

static void free_learnt(learnt *l) {
    neume_beat_net_free(l->net), neume_compute_free(l->compute), neume_tensor_clear(&l->x);
}

/* Of a jig as a whole a network says 6/8, of a waltz 3/4. */
static void test_the_metre_of_the_whole_is_learnt(void **state) {
    (void)state;
    enum { JIG = 4, WALTZ = 1 };
    static const char waltz[] =
        "X:2\nT:A waltz\nM:3/4\nL:1/8\nK:G\nd2 B2 G2|c4 A2|B2 d2 g2|f2 e2 d2|e2 c2 A2|d2 B2 G2|A2 c2 F2|G6|"
        "d2 B2 G2|c4 A2|B2 d2 g2|f2 e2 d2|e2 c2 A2|d2 B2 G2|A2 c2 F2|G6|]\n";
    char text[sizeof jig + sizeof waltz + 1], recipe[512];
    snprintf(text, sizeof text, "%s\n%s", jig, waltz);
    assert_ok(neume_file_write(own_path("both.abc"), text, strlen(text)));
    snprintf(recipe, sizeof recipe,
             "run = %s/whole\nscores1 = %s/both.abc\nsteps = 120\nwarmup = 10\nbatch = 8\nbeats = 24\naverage = 0.9\n"
             "width = 8\nblocks = 3\nrate = 0.01\nexact = 1\nwhole = 1\nvalidate_every = 120\n",
             own_folder, own_folder);
    assert_ok(neume_file_write(own_path("recipe"), recipe, strlen(recipe)));
    assert_ok(neume_train_bars(own_path("recipe"), NULL));

    rhythm_pieces pieces = {0};
    static drawn d;
    assert_ok(rhythm_pieces_add_scores(&pieces, own_path("both.abc")));
    assert_int_equal(pieces.count, 2);
    learnt l = load_learnt("whole/model.gguf");
    for (int k = 0; k < 2; k++) {
        const int metre = rhythm_piece_metre(&pieces.items[k]), other = metre == JIG ? WALTZ : JIG;
        float more = 0;
        const float *logits = ask_learnt(&l, &pieces.items[k], true, &d);
        for (size_t b = 0; b < d.grid.count; b++) {
            const float *said = logits + b * NEUME_BAR_LOGITS + NEUME_BAR_AT_METRE;
            more += (said[metre] - said[other]) / (float)d.grid.count;
        }
        assert_true(more > 1);
        rhythm_segment_clear(&d.segment);
    }
    free_learnt(&l);
    rhythm_pieces_clear(&pieces);
}

/* Three tunes and a fourth of the same notes whose bars begin half a bar later; the mean probability, after training,
 * of a bar's beginning where the three have theirs. */
static double sure_of_three(double doubted) {
    enum { BEATS = 24 };
    char text[4 * sizeof jig + 8] = "", recipe[512];
    for (int k = 0; k < 3; k++) strcat(text, jig), strcat(text, "\n");
    strcat(text, "X:1\nT:A jig\nM:6/8\nL:1/8\nK:G\nD GAB|c2d e2f|g2d edc|BAG A2D|D2D GAB|c2d e2f|g2d edc|BAG G3|]\n");
    assert_ok(neume_file_write(own_path("tunes.abc"), text, strlen(text)));
    snprintf(recipe, sizeof recipe,
             "run = %s/%.1f\nscores1 = %s/tunes.abc\nsteps = 150\nwarmup = 10\nbatch = 8\nbeats = %d\naverage = "
             "0.9\nwidth = 8\n"
             "blocks = 3\nrate = 0.01\nexact = 1\ndoubted = %.1f\nvalidate_every = 150\n",
             own_folder, doubted, own_folder, BEATS, doubted);
    assert_ok(neume_file_write(own_path("recipe"), recipe, strlen(recipe)));
    assert_ok(neume_train_bars(own_path("recipe"), NULL));

    static drawn d;
    rhythm_piece piece = jig_piece();
    double sum = 0;
    int downs = 0;
    char path[64];
    snprintf(path, sizeof path, "%.1f/model.gguf", doubted);
    learnt l = load_learnt(path);
    const float *logits = ask_learnt(&l, &piece, false, &d);
    for (size_t i = 0; i < d.grid.count; i++) {
        if (!begins(&d, i)) continue;
        sum += 1 / (1 + exp(-(double)logits[i * NEUME_BAR_LOGITS]));
        downs++;
    }
    free_learnt(&l);
    rhythm_segment_clear(&d.segment), rhythm_piece_clear(&piece);
    assert_true(downs > 4);
    return sum / downs;
}

static void test_what_contradicts_is_doubted(void **state) {
    (void)state;
    const double all = sure_of_three(0), doubted = sure_of_three(.3);
    assert_true(all < .9 && doubted > all + .05);
}

static void test_pulses_are_learnt_and_training_goes_on(void **state) {
    (void)state;
    learn_and_go_on(neume_train_pulse, "events = 64\nwidth = 64\nrate = 0.003\neven1 = 1", .9);
}

/* Sixteen beats in halves, sixteen whole; the last beat of a piece has no end and is not counted. */
static void test_rhythms_are_counted_by_their_share(void **state) {
    (void)state;
    static const char tune[] = "X:1\nT:Counted\nM:4/4\nL:1/8\nK:C\nCDEF GABc|C2D2 E2F2|CDEF GABc|C2D2 E2F2|"
                               "CDEF GABc|C2D2 E2F2|CDEF GABc|C2D2 E2F2|]\n";
    char recipe[512];
    neume_buffer table = {0};
    assert_ok(neume_file_write(own_path("tune.abc"), tune, strlen(tune)));
    snprintf(recipe, sizeof recipe, "table = %s/table.h\nscores1 = %s/tune.abc\n", own_folder, own_folder);
    assert_ok(neume_file_write(own_path("recipe"), recipe, strlen(recipe)));
    assert_ok(neume_train_rhythms(own_path("recipe")));
    assert_ok(neume_file_read(own_path("table.h"), 1 << 20, &table));
    assert_non_null(strstr(table.data, "{0x001001, 0.66F}")); /* -log(16 / 31) */
    assert_non_null(strstr(table.data, "{0x000001, 0.73F}")); /* -log(15 / 31) */
    assert_null(strstr(strstr(table.data, "0.66F") + 1, "0x"));
    neume_buffer_clear(&table);
    assert_ok(neume_file_write(own_path("recipe"), "scores1 = x\n", 12));
    assert_int_equal(neume_train_rhythms(own_path("recipe")), NEUME_EFORMAT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bars_become_beats),
        cmocka_unit_test(test_a_segment_is_played_by_its_beats),
        cmocka_unit_test(test_marks_and_words_tell_how_long_beats_last),
        cmocka_unit_test(test_most_players_obey_the_mark),
        cmocka_unit_test(test_nobody_plays_in_a_pause),
        cmocka_unit_test(test_found_beats_are_told_truly),
        cmocka_unit_test(test_exact_beats_are_the_true_ones),
        cmocka_unit_test(test_a_spliced_piece_keeps_its_bars),
        cmocka_unit_test(test_a_thinned_segment_keeps_some_notes),
        in_own_folder(test_a_bar_of_six_is_read_by_its_company),
        in_own_folder(test_beats_are_learnt_and_training_goes_on),
        in_own_folder(test_bars_are_learnt_and_training_goes_on),
        in_own_folder(test_the_metre_of_the_whole_is_learnt),
        in_own_folder(test_what_contradicts_is_doubted),
        in_own_folder(test_pulses_are_learnt_and_training_goes_on),
        in_own_folder(test_rhythms_are_counted_by_their_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
