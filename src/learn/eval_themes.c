/* Themes to order: are they valid, as was asked, and their own?
 *
 * Keys, metres, kinds and lengths are drawn at random, a theme is written for each, printed as ABC and read again by
 * the reader that strangers' tunes get. */
#include "abc2midi.h"
#include "neume/compose.h"
#include "neume/learn.h"
#include "neume/notation.h"
#include "tune_copies.h"
#include "tune_variety.h"

#include <stdio.h>
#include <string.h>

#define NEAR_COPY .8 /* of a theme's notes stand so in one tune learnt */

typedef struct order {
    char key[16], metre[8];
    const char *rhythm;
    int bars, voices;
} order;

typedef struct kind {
    const char *rhythm, *metre;
} kind;

static const kind kinds[] = {{"reel", "4/4"},  {"jig", "6/8"},     {"hornpipe", "4/4"}, {"waltz", "3/4"},
                             {"polka", "2/4"}, {"slipjig", "9/8"}, {"slide", "12/8"},   {"strathspey", "4/4"},
                             {"march", "2/4"}, {"air", "3/4"},     {NULL, "5/4"},       {NULL, "2/2"}};

static order draw_order(neume_rng *rng) {
    static const char *const tonics[] = {"C", "G", "D", "A", "E", "F", "Bb", "Eb"}, *const modes[] = {"", "m", "dor",
                                                                                                      "mix"};
    static const int lengths[] = {4, 8, 12, 16, 24, 32};
    enum { TONICS = 8, MODES = 4, LENGTHS = 6, KINDS = sizeof kinds / sizeof *kinds };
    order o = {.bars = lengths[neume_rng_below(rng, LENGTHS)], .voices = 1};
    const kind *k = &kinds[neume_rng_below(rng, KINDS)];
    o.rhythm = k->rhythm;
    snprintf(o.metre, sizeof o.metre, "%s", k->metre);
    const char *tonic = tonics[neume_rng_below(rng, TONICS)];
    snprintf(o.key, sizeof o.key, "%s%s", tonic, modes[neume_rng_below(rng, MODES)]);
    if (neume_rng_chance(rng, .1)) {
        o.voices = 2 + (int)neume_rng_below(rng, 3);
        o.rhythm = NULL;
        if (o.bars > 8) o.bars = 8;
    }
    return o;
}

/* --- checking ----------------------------------------------------------------------------------------------------- */

static int64_t end_of(const neume_voice *v) {
    return v->item_count ? v->items[v->item_count - 1].at + v->items[v->item_count - 1].ticks : 0;
}

/* Every bar line stands where a bar ends; around a sign inside a bar the parts add up. */
static bool voice_is_full(const neume_voice *v, int64_t bar, int64_t end) {
    int64_t before = 0, part = 0;
    for (size_t i = 0; i < v->item_count; i++) {
        if (v->items[i].kind != NEUME_ITEM_BAR || v->items[i].at == before) continue;
        part += v->items[i].at - before;
        before = v->items[i].at;
        if (part > bar) return false;
        if (part == bar) part = 0;
    }
    return part == 0 && end_of(v) == end && before == end;
}

static bool is_full(const neume_score *score) {
    const int64_t bar = neume_metre_ticks(score->metre), end = end_of(&score->voices[0]);
    for (size_t i = 0; i < score->voice_count; i++)
        if (!voice_is_full(&score->voices[i], bar, end)) return false;
    return bar > 0 && end > 0;
}

/* The asked key and metre, as the reader understands them. */
static neume_status read_order(const order *o, neume_score **out) {
    char text[96];
    neume_abc_place place = {0};
    snprintf(text, sizeof text, "X:1\nM:%s\nL:1/8\nK:%s\nz|\n", o->metre, o->key);
    return neume_abc_read(text, strlen(text), &place, NULL, out);
}

static bool same_key(const neume_key *a, const neume_key *b) {
    return a->tonic_step == b->tonic_step && a->tonic_alter == b->tonic_alter && a->mode == b->mode;
}

static void check(const order *o, const neume_score *asked, const neume_score *written, int warnings,
                  neume_theme_scores *s) {
    const int64_t bar = neume_metre_ticks(written->metre);
    s->valid += warnings == 0;
    s->full += is_full(written);
    s->key += same_key(&written->key, &asked->key);
    s->metre += written->metre.beats == asked->metre.beats && written->metre.unit == asked->metre.unit;
    s->bars += bar > 0 && end_of(&written->voices[0]) == o->bars * bar;
    s->voices += (int)written->voice_count == o->voices;
}

/* What the themes are held to, and what is noted of them. */
typedef struct judge {
    tune_library *library; /* NULL = nothing is known of what was learnt */
    bool abc2midi;
    tune_melodies themes, others; /* others: tunes learnt, as long */
    neume_rng rng;                /* chooses them */
} judge;

static neume_status compare(judge *j, const neume_score *written, neume_theme_scores *s) {
    enum { DRAWS = 64 };
    tune_copy copy = {0};
    NEUME_TRY(tune_copy_find(j->library, written, &copy));
    if (copy.longest_run > s->longest_run) s->longest_run = copy.longest_run;
    s->mean_run += copy.longest_run;
    s->near_copies += copy.similarity >= NEAR_COPY;
    const tune_melodies *learnt = tune_library_melodies(j->library);
    const size_t notes = tune_melody_at(&j->themes, j->themes.count - 1).count;
    tune_melody other = {0};
    for (int i = 0; i < DRAWS && other.count < notes; i++) {
        const tune_melody drawn = tune_melody_at(learnt, (size_t)neume_rng_below(&j->rng, (int64_t)learnt->count));
        if (drawn.count > other.count) other = drawn;
    }
    if (other.count > notes) other.count = notes;
    return tune_melodies_add(&j->others, other);
}

static neume_status listen(judge *j, const order *o, const char *abc, size_t size, neume_theme_scores *s) {
    neume_score *asked = NULL, *written = NULL;
    neume_abc_place place = {0};
    neume_report report = {0};
    bool silent = false;
    neume_status status = read_order(o, &asked);
    if (!status) status = neume_abc_read(abc, size, &place, &report, &written);
    if (!status) check(o, asked, written, report.warnings, s);
    if (!status) status = tune_melodies_add_score(&j->themes, written);
    if (!status && j->library) status = compare(j, written, s);
    if (!status && j->abc2midi) status = abc2midi_is_silent(abc, size, &silent);
    s->abc2midi += silent;
    neume_report_clear(&report);
    neume_score_free(asked);
    neume_score_free(written);
    return status;
}

static neume_status write_theme(const neume_composer *composer, const order *o, uint64_t seed, int number,
                                neume_buffer *abc) {
    const neume_theme_wish wish = {
        .key = o->key, .metre = o->metre, .rhythm = o->rhythm, .bars = o->bars, .voices = o->voices};
    neume_writing_options how = NEUME_WRITING_OPTIONS_DEFAULT;
    neume_ideas ideas = {0};
    how.seed = seed;
    neume_status status = neume_compose_theme(composer, &wish, &how, &ideas);
    if (!status) status = neume_abc_write(ideas.items[0].score, number, abc);
    neume_ideas_clear(&ideas);
    return status;
}

static neume_status sum_up(const judge *j, neume_theme_scores *s) {
    double *const sums[] = {&s->valid,  &s->full,        &s->key,      &s->metre,   &s->bars,
                            &s->voices, &s->near_copies, &s->mean_run, &s->abc2midi};
    for (size_t i = 0; i < sizeof sums / sizeof *sums; i++) *sums[i] /= s->themes ? s->themes : 1;
    if (!j->abc2midi) s->abc2midi = -1;
    NEUME_TRY(tune_variety(&j->themes, &s->variety));
    return tune_variety(&j->others, &s->learnt_variety);
}

static neume_status judge_open(judge *j, const neume_theme_eval_options *options) {
    tunes learnt = {0};
    *j = (judge){.abc2midi = abc2midi_installed(), .rng = neume_rng_seeded((uint64_t)options->seed, 48)};
    if (!options->learnt) return NEUME_OK;
    neume_status status = tunes_add(&learnt, options->learnt, NULL);
    if (!status) status = tune_library_new(&learnt, &j->library);
    tunes_clear(&learnt);
    return status;
}

static void judge_close(judge *j) {
    tune_library_free(j->library);
    tune_melodies_clear(&j->themes);
    tune_melodies_clear(&j->others);
}

static neume_status write_themes(const neume_composer *composer, const neume_theme_eval_options *options,
                                 const neume_progress *progress, judge *j, neume_theme_scores *s, neume_buffer *abc) {
    neume_rng rng = neume_rng_seeded((uint64_t)options->seed, 47);
    for (int i = 0; i < options->count; i++) {
        const order o = draw_order(&rng);
        const size_t before = abc->size;
        if (neume_cancelled()) return neume_fail(NEUME_ECANCELLED, "stopped");
        NEUME_TRY(write_theme(composer, &o, (uint64_t)options->seed * 1000003 + (uint64_t)i, i + 1, abc));
        NEUME_TRY(listen(j, &o, abc->data + before, abc->size - before, s));
        NEUME_TRY(neume_buffer_append(abc, "\n", 1));
        s->themes++;
        neume__progress(progress, i + 1, options->count);
    }
    return NEUME_OK;
}

neume_status neume_themes_evaluate(const char *model, const neume_theme_eval_options *options,
                                   const neume_progress *progress, neume_theme_scores *out, neume_buffer *abc) {
    neume_composer *composer = NULL;
    judge j;
    neume_theme_scores s = {0};
    neume_status status = judge_open(&j, options);
    if (!status) status = neume_composer_load(model, &composer);
    if (!status) status = write_themes(composer, options, progress, &j, &s, abc);
    if (!status) status = sum_up(&j, &s);
    if (!status) *out = s;
    neume_composer_free(composer);
    judge_close(&j);
    return status;
}
