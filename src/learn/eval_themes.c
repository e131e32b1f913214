/* Themes to order: are they valid, as was asked, and their own?
 *
 * Keys, metres, kinds and lengths are drawn at random, a theme is written for each, printed as ABC and read again by
 * the reader that strangers' tunes get. */
#include "neume/compose.h"
#include "neume/learn.h"
#include "neume/notation.h"
#include "tune_copies.h"

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

static neume_status judge(const order *o, const char *abc, size_t size, const tune_library *library,
                          neume_theme_scores *s) {
    neume_score *asked = NULL, *written = NULL;
    neume_abc_place place = {0};
    neume_report report = {0};
    tune_copy copy = {0};
    neume_status status = read_order(o, &asked);
    if (!status) status = neume_abc_read(abc, size, &place, &report, &written);
    if (!status) check(o, asked, written, report.warnings, s);
    if (!status && library) status = tune_copy_find(library, written, &copy);
    if (copy.longest_run > s->longest_run) s->longest_run = copy.longest_run;
    s->mean_run += copy.longest_run;
    s->near_copies += copy.similarity >= NEAR_COPY;
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

static void to_shares(neume_theme_scores *s) {
    double *const sums[] = {&s->valid, &s->full,   &s->key,         &s->metre,
                            &s->bars,  &s->voices, &s->near_copies, &s->mean_run};
    for (size_t i = 0; i < sizeof sums / sizeof *sums; i++) *sums[i] /= s->themes ? s->themes : 1;
}

neume_status neume_themes_evaluate(const char *model, const neume_theme_eval_options *options,
                                   const neume_progress *progress, neume_theme_scores *out, neume_buffer *abc) {
    neume_composer *composer = NULL;
    tunes learnt = {0};
    tune_library *library = NULL;
    neume_theme_scores s = {0};
    neume_rng rng = neume_rng_seeded((uint64_t)options->seed, 47);
    neume_status status = neume_composer_load(model, &composer);
    if (!status && options->learnt) status = tunes_add(&learnt, options->learnt, NULL);
    if (!status && options->learnt) status = tune_library_new(&learnt, &library);
    for (int i = 0; i < options->count && !status; i++) {
        const order o = draw_order(&rng);
        const size_t before = abc->size;
        if (neume_cancelled()) status = neume_fail(NEUME_ECANCELLED, "stopped");
        if (!status) status = write_theme(composer, &o, (uint64_t)options->seed * 1000003 + (uint64_t)i, i + 1, abc);
        if (!status) status = judge(&o, abc->data + before, abc->size - before, library, &s);
        if (!status) status = neume_buffer_append(abc, "\n", 1);
        s.themes++;
        neume__progress(progress, i + 1, options->count);
    }
    to_shares(&s);
    if (!status) *out = s;
    tune_library_free(library);
    tunes_clear(&learnt);
    neume_composer_free(composer);
    return status;
}
