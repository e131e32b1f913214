/* Counting chords under melodies: the table of the model of harmony (compose/harmony_table.h), as costs in tenths of
 * nats; and measuring what it says. Only tunes of the collections that the recipe names count. */
#include "neume/compose_harmony.h"
#include "neume/learn.h"
#include "neume/notation.h"
#include "recipe.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MODES = NEUME_HARMONY_MODES,
    STATES = NEUME_CHORD_STATES,
    PLACES = NEUME_SLOT_PLACES,
    PHRASES = NEUME_PHRASE_PLACES,
    LARGEST = 255
};

static const double PHRASE_PRIOR = 10, SEEN_LEAST = 0.05; /* slots */

typedef struct counts {
    double notes[MODES][STATES][12], next[MODES][STATES][STATES], first[MODES][STATES], last[MODES][STATES];
    double used[MODES][STATES], phrase[MODES][PHRASES][STATES], stays[PLACES], changes[PLACES];
    int tunes;
} counts;

/* "nottingham,openhymnal" names "nottingham"; an empty list names all. */
static bool is_named(const char *list, const char *name) {
    const size_t length = name ? strlen(name) : 0;
    if (!*list) return true;
    for (const char *at = list; length && (at = strstr(at, name)); at++)
        if ((at == list || at[-1] == ',') && (at[length] == ',' || at[length] == '\0')) return true;
    return false;
}

/* Calls for each tune of an ABC file that the list of sources names and that has chords. */
typedef neume_status slots_fn(void *context, neume_harmony_slots *slots);
static neume_status for_each_tune(const char *path, const char *sources, slots_fn *fn, void *context) {
    neume_buffer text = {0};
    neume_abc_place place = {0};
    neume_harmony_slots slots = {0};
    neume_status status = neume_file_read(path, NEUME_NOTATION_LIMIT_BYTES, &text);
    while (!status) {
        neume_score *score = NULL;
        status = neume_abc_read(text.data, text.size, &place, NULL, &score);
        if (status == NEUME_EFORMAT || status == NEUME_ELIMIT) {
            status = NEUME_OK;
            continue;
        }
        if (!status && is_named(sources, neume_score_text(score, 'S'))) {
            status = neume_harmony_slots_find(score, &slots);
            bool chords = false;
            for (size_t s = 0; s < slots.count && !status; s++) chords |= slots.items[s].chord >= 0;
            if (!status && chords) status = fn(context, &slots);
            if (status == NEUME_EFORMAT) status = NEUME_OK; /* no melody */
        }
        neume_score_free(score);
    }
    neume_harmony_slots_clear(&slots);
    neume_buffer_clear(&text);
    return status == NEUME_ENOTFOUND && place.line ? NEUME_OK : status;
}

/* --- counting ----------------------------------------------------------------------------------------------------- */

static neume_status count_tune(void *context, neume_harmony_slots *slots) {
    counts *c = context;
    int8_t before = -1;
    c->tunes++;
    for (size_t s = 0; s < slots->count; s++) {
        const neume_harmony_slot *slot = &slots->items[s];
        const int8_t chord = slot->chord;
        if (chord < 0) continue;
        c->used[slot->mode][chord]++;
        c->phrase[slot->mode][slot->phrase][chord]++;
        for (int n = 0; n < 12; n++) c->notes[slot->mode][chord][n] += (double)slot->notes[n];
        if (before < 0) c->first[slot->mode][chord]++;
        if (slot->closes) c->last[slot->mode][chord]++;
        if (before == chord) c->stays[slot->place]++;
        if (before >= 0 && before != chord) {
            c->changes[slot->place]++;
            c->next[slot->mode][before][chord]++;
        }
        before = chord;
    }
    return NEUME_OK;
}

static int cost(double share) {
    const double tenths = -10 * log(fmax(share, 1e-12));
    return (int)fmin(round(fmax(tenths, 0)), LARGEST);
}

/* Of a mode, shrunk towards all of it: a chord follows another as often as it was seen, or as often as it is used. */
static void next_costs(const counts *c, int mode, int from, double prior, int out[STATES]) {
    double sum = 0, used = 0;
    for (int to = 0; to < STATES; to++) sum += c->next[mode][from][to], used += c->used[mode][to] + SEEN_LEAST;
    for (int to = 0; to < STATES; to++)
        out[to] = cost((c->next[mode][from][to] + prior * (c->used[mode][to] + SEEN_LEAST) / used) / (sum + prior));
}

/* Notes over a chord, shrunk towards notes over chords of its kind, by their distance from the root. */
static void note_costs(const counts *c, int mode, int state, double prior, int out[12]) {
    const int kind = state % NEUME_CHORD_KINDS, root = state / NEUME_CHORD_KINDS;
    double general[12], all = 0, sum = 0;
    for (int n = 0; n < 12; n++) general[n] = 0.5;
    for (int m = 0; m < MODES; m++)
        for (int r = 0; r < 12; r++)
            for (int n = 0; n < 12; n++) general[(n - r + 12) % 12] += c->notes[m][r * NEUME_CHORD_KINDS + kind][n];
    for (int n = 0; n < 12; n++) all += general[n], sum += c->notes[mode][state][n];
    for (int n = 0; n < 12; n++)
        out[n] = cost((c->notes[mode][state][n] + prior * general[(n - root + 12) % 12] / all) / (sum + prior));
}

static void share_costs(const double seen[STATES], int out[STATES]) {
    double sum = 0;
    for (int s = 0; s < STATES; s++) sum += seen[s] + SEEN_LEAST;
    for (int s = 0; s < STATES; s++) out[s] = cost((seen[s] + SEEN_LEAST) / sum);
}

static neume_status print_row(const int *costs, int count, neume_buffer *out) {
    NEUME_TRY(neume_buffer_print(out, "{"));
    for (int i = 0; i < count; i++) NEUME_TRY(neume_buffer_print(out, "%s%d", i ? "," : "", costs[i]));
    return neume_buffer_print(out, "},\n");
}

typedef struct smoothing {
    double next, notes, evidence, phrase;
} smoothing;

static neume_status print_modes(const counts *c, const smoothing *by, const char *name, neume_buffer *out) {
    const bool notes = strcmp(name, "NOTE_COSTS") == 0;
    NEUME_TRY(
        neume_buffer_print(out, "static const uint8_t %s[%d][%d][%d] = {\n", name, MODES, STATES, notes ? 12 : STATES));
    for (int mode = 0; mode < MODES; mode++) {
        NEUME_TRY(neume_buffer_print(out, "{"));
        for (int state = 0; state < STATES; state++) {
            int costs[STATES];
            if (notes)
                note_costs(c, mode, state, by->notes, costs);
            else
                next_costs(c, mode, state, by->next, costs);
            NEUME_TRY(print_row(costs, notes ? 12 : STATES, out));
        }
        NEUME_TRY(neume_buffer_print(out, "},\n"));
    }
    return neume_buffer_print(out, "};\n");
}

static neume_status print_ends(const char *name, const double seen[MODES][STATES], neume_buffer *out) {
    int costs[STATES];
    NEUME_TRY(neume_buffer_print(out, "static const uint8_t %s[%d][%d] = {\n", name, MODES, STATES));
    for (int mode = 0; mode < MODES; mode++) {
        share_costs(seen[mode], costs);
        NEUME_TRY(print_row(costs, STATES, out));
    }
    return neume_buffer_print(out, "};\n");
}

/* Shrunk towards the whole mode. */
static void phrase_costs(const counts *c, int mode, int phrase, int out[STATES]) {
    double used = 0, sum = 0;
    for (int s = 0; s < STATES; s++) used += c->used[mode][s] + SEEN_LEAST, sum += c->phrase[mode][phrase][s];
    for (int s = 0; s < STATES; s++)
        out[s] = cost((c->phrase[mode][phrase][s] + PHRASE_PRIOR * (c->used[mode][s] + SEEN_LEAST) / used) /
                      (sum + PHRASE_PRIOR));
}

static neume_status print_phrases(const counts *c, neume_buffer *out) {
    int costs[STATES];
    NEUME_TRY(neume_buffer_print(out, "static const uint8_t PHRASE_COSTS[%d][%d][%d] = {\n", MODES, PHRASES, STATES));
    for (int mode = 0; mode < MODES; mode++) {
        NEUME_TRY(neume_buffer_print(out, "{"));
        for (int p = 0; p < PHRASES; p++) {
            phrase_costs(c, mode, p, costs);
            NEUME_TRY(print_row(costs, STATES, out));
        }
        NEUME_TRY(neume_buffer_print(out, "},\n"));
    }
    return neume_buffer_print(out, "};\n");
}

static neume_status print_places(const char *name, const double seen[PLACES], const double other[PLACES],
                                 neume_buffer *out) {
    int costs[PLACES];
    for (int p = 0; p < PLACES; p++) costs[p] = cost((seen[p] + 1) / (seen[p] + other[p] + 2));
    NEUME_TRY(neume_buffer_print(out, "static const uint8_t %s[%d] = ", name, PLACES));
    NEUME_TRY(print_row(costs, PLACES, out));
    out->size -= 2; /* the comma and the line's end */
    return neume_buffer_print(out, ";\n");
}

static neume_status print_table(const counts *c, const char *sources, const smoothing *by, neume_buffer *out) {
    NEUME_TRY(neume_buffer_print(out,
                                 "/* Chords under melodies: costs in tenths of nats, of keys with a major third and "
                                 "with a minor one.\n * Counted by neume train harmony on %d tunes (%s). */\n"
                                 "/* clang-format off */\n#include <stdint.h>\n\n"
                                 "#define EVIDENCE %.2f /* what a slot's notes weigh beside one change of chord */\n"
                                 "#define PHRASE %.2f /* and its place in the phrase */\n",
                                 c->tunes, *sources ? sources : "all sources", by->evidence, by->phrase));
    NEUME_TRY(print_places("STAY_COSTS", c->stays, c->changes, out));
    NEUME_TRY(print_places("CHANGE_COSTS", c->changes, c->stays, out));
    NEUME_TRY(print_ends("FIRST_COSTS", c->first, out));
    NEUME_TRY(print_ends("LAST_COSTS", c->last, out));
    NEUME_TRY(print_ends("USED_COSTS", c->used, out));
    NEUME_TRY(print_phrases(c, out));
    NEUME_TRY(print_modes(c, by, "NOTE_COSTS", out));
    NEUME_TRY(print_modes(c, by, "NEXT_COSTS", out));
    return neume_buffer_print(out, "/* clang-format on */\n");
}

neume_status neume_train_harmony(const char *recipe_path) {
    char table[RECIPE_TEXT_MAX] = "", tunes[RECIPE_TEXT_MAX] = "", sources[RECIPE_TEXT_MAX] = "";
    smoothing by = {5, 5, 1.5, 1};
    const recipe_key keys[] = {{"table", RECIPE_TEXT, table},
                               {"tunes", RECIPE_TEXT, tunes},
                               {"sources", RECIPE_TEXT, sources},
                               {"prior_next", RECIPE_NUMBER, &by.next},
                               {"prior_notes", RECIPE_NUMBER, &by.notes},
                               {"evidence", RECIPE_NUMBER, &by.evidence},
                               {"phrase", RECIPE_NUMBER, &by.phrase}};
    neume_buffer text = {0};
    NEUME_TRY(recipe_read(recipe_path, keys, sizeof keys / sizeof *keys));
    if (!table[0] || !tunes[0])
        return neume_fail(NEUME_EFORMAT, "%s: a recipe needs table = and tunes = FILE", recipe_path);
    counts *c = calloc(1, sizeof *c);
    if (!c) return neume_fail(NEUME_ENOMEM, "no memory to count");
    neume_status status = for_each_tune(tunes, sources, count_tune, c);
    if (!status) status = print_table(c, sources, &by, &text);
    if (!status) status = neume_file_write(table, text.data, text.size);
    neume_buffer_clear(&text);
    free(c);
    return status;
}

/* --- measuring ---------------------------------------------------------------------------------------------------- */

/* Slots are weighed by their length. The truth is not shown: decoding looks at notes alone. */
static neume_status score_tune(void *context, neume_harmony_slots *slots) {
    neume_harmony_scores *scores = context;
    int8_t *states = neume__alloc(slots->count + 1);
    if (!states) return NEUME_ENOMEM;
    const neume_status status = neume_harmony_decode(slots->items, slots->count, states);
    scores->tunes++;
    for (size_t s = 0; s < slots->count && !status; s++) {
        const neume_harmony_slot *slot = &slots->items[s];
        const double quarters = 4.0 * (double)slot->ticks / (double)NEUME_WHOLE;
        if (slot->chord < 0) continue;
        const int root = slot->chord / NEUME_CHORD_KINDS;
        scores->quarters += quarters;
        scores->root += quarters * (states[s] / NEUME_CHORD_KINDS == root);
        scores->chord += quarters * (states[s] == slot->chord);
        scores->tonic += quarters * (root == 0);
    }
    neume__free(states);
    return status;
}

neume_status neume_harmony_score(const char *tunes, const char *sources, neume_harmony_scores *out) {
    neume_harmony_scores scores = {0};
    NEUME_TRY(for_each_tune(tunes, sources, score_tune, &scores));
    if (scores.quarters <= 0) return neume_fail(NEUME_EFORMAT, "%s: no tune in it has chords", tunes);
    scores.root /= scores.quarters;
    scores.chord /= scores.quarters;
    scores.tonic /= scores.quarters;
    *out = scores;
    return NEUME_OK;
}
