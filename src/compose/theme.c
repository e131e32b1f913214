/* Themes: a document of the model's kind whose wishes and header are given, and whose rest it writes. */
#include "composer.h"
#include "pitch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { FIELD_MAX = 24, BARS_USUAL = 16, BARS_IDEA = 4, BARS_MOST = 64, VOICES_MOST = 8, OVERSAMPLING = 2 };

#define SCORES_SOURCE "polish" /* most of the scores of several voices that were learnt */

/* The wish with everything settled that rules settle. */
typedef struct theme_plan {
    char key[FIELD_MAX], metre[FIELD_MAX], rhythm[FIELD_MAX];
    const char *title, *style;
    const neume_mood *mood;
    int bars, voices;
} theme_plan;

/* --- reading wishes ----------------------------------------------------------------------------------------------- */

static const char *const MODE_TEXTS[] = {"maj", "min", "dor", "phr", "lyd", "mix", "loc"};

static int read_mode(const char *text) {
    static const struct {
        const char *begins;
        neume_mode mode;
    } names[] = {{"maj", NEUME_MODE_MAJOR},  {"ion", NEUME_MODE_MAJOR},      {"min", NEUME_MODE_MINOR},
                 {"aeo", NEUME_MODE_MINOR},  {"dor", NEUME_MODE_DORIAN},     {"phr", NEUME_MODE_PHRYGIAN},
                 {"lyd", NEUME_MODE_LYDIAN}, {"mix", NEUME_MODE_MIXOLYDIAN}, {"loc", NEUME_MODE_LOCRIAN}};
    if (!*text) return NEUME_MODE_MAJOR;
    if (strcmp(text, "m") == 0) return NEUME_MODE_MINOR;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strncasecmp(text, names[i].begins, 3) == 0) return (int)names[i].mode;
    return -1;
}

/* "F# minor" as "F#min". */
static neume_status read_key(const char *text, char out[FIELD_MAX]) {
    static const char steps[] = "CDEFGAB";
    const char *step = *text ? strchr(steps, *text) : NULL, *rest = text + 1;
    const int alter = step && *rest == '#' ? 1 : step && *rest == 'b' ? -1 : 0;
    if (alter) rest++;
    while (step && *rest == ' ') rest++;
    const int mode = step ? read_mode(rest) : -1;
    if (mode < 0) return neume_fail(NEUME_EINVAL, "a key is like G, Am, F# minor or D dorian, not '%.40s'", text);
    const neume_key key = neume_key_of((int)(step - steps), alter, (neume_mode)mode);
    const int signs = neume_key_fifths(&key);
    if (abs(signs) > 7) return neume_fail(NEUME_EINVAL, "%.40s would have more than seven sharps or flats", text);
    snprintf(out, FIELD_MAX, "%c%s%s", *step, alter > 0 ? "#" : alter < 0 ? "b" : "", MODE_TEXTS[mode]);
    return NEUME_OK;
}

/* Kinds of tune the model knows, their other names and their metre. */
static const struct {
    const char *name, *other, *metre;
} RHYTHMS[] = {{"reel", "reels", "4/4"},    {"jig", "double jig", "6/8"},       {"slipjig", "slip jig", "9/8"},
               {"slide", "slides", "12/8"}, {"hornpipe", "clog", "4/4"},        {"polka", "polkas", "2/4"},
               {"waltz", "valse", "3/4"},   {"march", "marches", "4/4"},        {"strathspey", "strathspeys", "4/4"},
               {"air", "slow air", "4/4"},  {"barndance", "barn dance", "4/4"}, {"mazurka", "mazurkas", "3/4"},
               {"song", "lied", "4/4"},     {"chorale", "hymn", "4/4"},         {"dance", "dances", "2/4"},
               {"other", "any", NULL}};
enum { RHYTHM_COUNT = sizeof RHYTHMS / sizeof *RHYTHMS };

static neume_status read_rhythm(const char *text, int *out) {
    for (int i = 0; i < RHYTHM_COUNT; i++)
        if (strcasecmp(RHYTHMS[i].name, text) == 0 || strcasecmp(RHYTHMS[i].other, text) == 0) {
            *out = i;
            return NEUME_OK;
        }
    return neume_fail(
        NEUME_EINVAL,
        "there is no rhythm '%.40s'; there are reel jig slipjig slide hornpipe polka waltz march strathspey "
        "air barndance mazurka song chorale dance",
        text);
}

static neume_status read_metre(const char *text, char out[FIELD_MAX]) {
    static const char *const known[] = {"4/4",  "2/2", "2/4", "3/4", "3/2", "6/8", "9/8",
                                        "12/8", "3/8", "6/4", "5/4", "5/8", "7/8"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i], text) == 0) {
            snprintf(out, FIELD_MAX, "%s", text);
            return NEUME_OK;
        }
    return neume_fail(NEUME_EINVAL, "themes are not written in %.20s; 4/4 2/2 2/4 3/4 3/2 6/8 9/8 12/8 3/8 6/4 are",
                      text);
}

/* A tonic with few signs in a mode, by chance. */
static void draw_key(neume_mode mode, neume_rng *rng, char out[FIELD_MAX]) {
    static const int of_mode[] = {0, 3, 2, 4, -1, 1, 5}; /* fifths of the tonic above the signature's major */
    const int signs = (int)neume_rng_below(rng, 5) - 1;  /* a flat to three sharps: what fiddles like */
    const neume_pitch tonic = neume__fifths_pitch(signs + of_mode[mode]);
    snprintf(out, FIELD_MAX, "%c%s%s", "CDEFGAB"[tonic.step],
             tonic.alter > 0   ? "#"
             : tonic.alter < 0 ? "b"
                               : "",
             MODE_TEXTS[mode]);
}

static neume_status make_plan(const neume_theme_wish *wish, int usual_bars, neume_rng *rng, theme_plan *out) {
    theme_plan plan = {.title = wish->title,
                       .style = wish->style,
                       .bars = wish->bars ? wish->bars : usual_bars,
                       .voices = wish->voices};
    int rhythm = -1;
    if (plan.bars < 1 || plan.bars > BARS_MOST)
        return neume_fail(NEUME_EINVAL, "a theme has 1 to %d bars, not %d", BARS_MOST, plan.bars);
    if (plan.voices < 0 || plan.voices > VOICES_MOST)
        return neume_fail(NEUME_EINVAL, "a theme has 1 to %d voices, not %d", VOICES_MOST, plan.voices);
    if (wish->mood) NEUME_TRY(neume_mood_find(wish->mood, &plan.mood));
    if (wish->key) NEUME_TRY(read_key(wish->key, plan.key));
    if (wish->metre) NEUME_TRY(read_metre(wish->metre, plan.metre));
    if (wish->rhythm) NEUME_TRY(read_rhythm(wish->rhythm, &rhythm));
    if (plan.mood && !wish->key) draw_key(plan.mood->modes[neume_rng_below(rng, 2)], rng, plan.key);
    if (plan.mood && rhythm < 0 && !wish->metre)
        NEUME_TRY(read_rhythm(plan.mood->rhythms[neume_rng_below(rng, 3)], &rhythm));
    if (rhythm >= 0) snprintf(plan.rhythm, sizeof plan.rhythm, "%s", RHYTHMS[rhythm].name);
    if (rhythm >= 0 && !wish->metre && RHYTHMS[rhythm].metre)
        snprintf(plan.metre, sizeof plan.metre, "%s", RHYTHMS[rhythm].metre);
    *out = plan;
    return NEUME_OK;
}

/* --- the prompt --------------------------------------------------------------------------------------------------- */

static neume_status add_wishes(const neume_composer *c, const theme_plan *plan, neume_tokens *out) {
    char bars[16], voices[16];
    snprintf(bars, sizeof bars, "%d", plan->bars);
    snprintf(voices, sizeof voices, "%d", plan->voices > 1 ? plan->voices : 1);
    NEUME_TRY(neume_tokens_add(out, NEUME_TOKEN_BEGIN));
    if (plan->style) NEUME_TRY(neume__prompt_wish(c, NEUME_WISH_SOURCE, plan->style, out));
    if (plan->style && out->count != 2)
        return neume_fail(NEUME_EINVAL, "the model knows no style '%.40s'", plan->style);
    if (plan->voices > 1) NEUME_TRY(neume__prompt_wish(c, NEUME_WISH_SOURCE, SCORES_SOURCE, out));
    if (plan->rhythm[0]) NEUME_TRY(neume__prompt_wish(c, NEUME_WISH_RHYTHM, plan->rhythm, out));
    NEUME_TRY(neume__prompt_wish(c, NEUME_WISH_VOICES, voices, out));
    return neume__prompt_wish(c, NEUME_WISH_BARS, bars, out);
}

static neume_status print_title(const theme_plan *plan, const char *usual, neume_buffer *out) {
    char title[128];
    const char *given = plan->title ? plan->title : usual;
    neume__text_clean(given, strlen(given), title, sizeof title);
    for (char *c = title; *c; c++)
        if (*c == '%' || *c == '\\' || *c == '&') *c = ' ';
    return neume_buffer_print(out, "T:%s%s\n", plan->voices > 1 ? "" : " ", title);
}

/* Scores of several voices were learnt with their whole header, the lower half of their voices in the bass. */
static neume_status print_score_header(const theme_plan *plan, neume_buffer *out) {
    NEUME_TRY(print_title(plan, "Theme", out));
    NEUME_TRY(neume_buffer_print(out, "M:%s\nL:1/8\n", plan->metre[0] ? plan->metre : "4/4"));
    for (int i = 1; i <= plan->voices; i++)
        NEUME_TRY(neume_buffer_print(out, "V:%d%s\n", i, 2 * i > plan->voices + 1 ? " clef=bass" : ""));
    return neume_buffer_print(out, "K:%s\n", plan->key[0] ? plan->key : "G");
}

/* As much of the header as is settled, in the order of the tunes that were learnt; the model writes the rest. */
static neume_status print_header(const theme_plan *plan, neume_buffer *out) {
    if (plan->voices > 1) return print_score_header(plan, out);
    if (!plan->title) return neume_buffer_print(out, "T:");
    NEUME_TRY(print_title(plan, "", out));
    if (!plan->metre[0]) return NEUME_OK;
    return neume_buffer_print(out, "M: %s\nL: 1/8\n", plan->metre);
}

static neume_status write_plan(const neume_composer *c, const theme_plan *plan, const neume_writing_options *how,
                               size_t count, neume_ideas *out) {
    const neume_grammar_options rules = {
        .bars_min = plan->bars,
        .bars_max = plan->bars,
        .whole_bars = true,
        .voices = plan->voices > 1 ? plan->voices : 1,
        .lowest = plan->mood ? plan->mood->lowest : 0,
        .highest = plan->mood ? plan->mood->highest : 0,
        .metre = plan->metre[0] ? plan->metre : NULL,
        .unit = "1/8",
        .key = plan->key[0] ? plan->key : NULL,
    };
    neume_grammar grammar;
    neume_buffer header = {0};
    writing_task task = {.grammar = &grammar, .header = true, .title = !plan->title, .end = NEUME_TOKEN_END};
    written *items = neume__calloc(count, sizeof *items);
    neume_status status = items ? add_wishes(c, plan, &task.prompt) : NEUME_ENOMEM;
    if (!status) status = print_header(plan, &header);
    if (!status) status = neume_vocabulary_encode(c->vocabulary, header.data, header.size, &task.prompt);
    neume_grammar_begin(&grammar, &rules);
    /* The number that every file's tune has is no part of what was learnt. */
    if (!status &&
        !(neume_grammar_push(&grammar, "X:1\n", 4) && neume_grammar_push(&grammar, header.data, header.size)))
        status = neume_fail(NEUME_EINVAL, "no tune can begin with this title: %.60s", plan->title ? plan->title : "");
    if (!status) status = neume__write(c, &task, how, items, count);
    if (!status) status = neume__ideas_make(header.data, header.size, "", items, count, out);
    if (items) neume__written_clear(items, count);
    neume__free(items);
    neume_tokens_clear(&task.prompt);
    neume_buffer_clear(&header);
    return status;
}

/* --- what comes out ----------------------------------------------------------------------------------------------- */

/* Readers of ABC know hornpipes in two and four quarters only. */
static bool may_be_called(const char *rhythm, neume_metre metre) {
    return strcmp(rhythm, "hornpipe") != 0 || (metre.unit == 4 && (metre.beats == 2 || metre.beats == 4));
}

/* Where the model ended its lines is no matter: four bars a line read better. */
static void forget_line_ends(neume_score *score) {
    for (size_t i = 0; i < score->voice_count; i++) {
        neume_voice *v = &score->voices[i];
        size_t kept = 0;
        const bool words = v->words_count > 0; /* they name items by number */
        for (size_t k = 0; k < v->item_count && !words; k++)
            if (v->items[k].kind != NEUME_ITEM_BREAK) v->items[kept++] = v->items[k];
        if (!words) v->item_count = kept;
    }
}

static neume_status dress(const theme_plan *plan, neume_score *score) {
    const char *title = neume_score_text(score, 'T');
    if (!title || !*title) NEUME_TRY(neume_score_set_title(score, "Theme"));
    if (plan->rhythm[0] && may_be_called(plan->rhythm, score->metre))
        NEUME_TRY(neume_score_add_field(score, 'R', plan->rhythm, strlen(plan->rhythm)));
    forget_line_ends(score);
    score->tempo = (neume_tempo){0}; /* what the model says of it is seldom meant */
    neume_score_set_usual_tempo(score);
    if (plan->mood) score->tempo.per_minute = (double)(int)(score->tempo.per_minute * plan->mood->tempo + 0.5);
    return NEUME_OK;
}

static neume_status write_themes(const neume_composer *c, const theme_plan *plan, const neume_writing_options *how,
                                 size_t count, neume_ideas *out) {
    const size_t before = out->count;
    NEUME_TRY(write_plan(c, plan, how, count, out));
    for (size_t i = before; i < out->count; i++) NEUME_TRY(dress(plan, out->items[i].score));
    return NEUME_OK;
}

neume_status neume_compose_theme(const neume_composer *composer, const neume_theme_wish *wish,
                                 const neume_writing_options *how, neume_ideas *out) {
    neume_rng rng = neume_rng_seeded(how->seed, 2);
    theme_plan plan;
    neume_ideas ideas = {0};
    NEUME_TRY(neume__writing_check(how));
    NEUME_TRY(make_plan(wish, BARS_USUAL, &rng, &plan));
    const neume_status status = write_themes(composer, &plan, how, (size_t)how->count * OVERSAMPLING, &ideas);
    return neume__ideas_hand_out(status, &ideas, (size_t)how->count, out);
}

/* Each idea draws its own plan. */
neume_status neume_compose_inspire(const neume_composer *composer, const neume_theme_wish *wish,
                                   const neume_writing_options *how, neume_ideas *out) {
    neume_rng rng = neume_rng_seeded(how->seed, 2);
    neume_ideas ideas = {0};
    neume_status status = neume__writing_check(how);
    for (int i = 0; i < how->count && !status; i++) {
        neume_theme_wish own = *wish;
        neume_writing_options each = *how;
        theme_plan plan = {0};
        char key[FIELD_MAX];
        each.seed = how->seed * 1000 + (uint64_t)i;
        if (!own.key && !own.mood) {
            draw_key(neume_rng_chance(&rng, 0.7) ? NEUME_MODE_MAJOR : NEUME_MODE_DORIAN, &rng, key);
            own.key = key;
        }
        if (!own.rhythm && !own.mood && !own.metre) own.rhythm = RHYTHMS[neume_rng_below(&rng, 9)].name;
        status = make_plan(&own, BARS_IDEA, &rng, &plan);
        if (!status) status = write_themes(composer, &plan, &each, OVERSAMPLING, &ideas);
    }
    return neume__ideas_hand_out(status, &ideas, (size_t)how->count, out);
}
