/* Fields: M: L: K: R: Q: X: V: with values that are known, others with free text; P: and changes of key, metre and unit
 * in the body.
 *
 * A value is compared with every legal one as it grows, so that what has begun can always be ended. */
#include "grammar.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "neume/music.h"

/* --- tables ------------------------------------------------------------------------------------------------------- */

/* plain: abc2midi has no accompaniment for chord symbols in it */
static const struct {
    const char *text;
    uint8_t beats, unit;
    bool plain;
} METRES[] = {{"C", 4, 4, false},     {"C|", 2, 2, false},   {"2/2", 2, 2, false},  {"3/2", 3, 2, true},
              {"4/2", 4, 2, true},    {"2/4", 2, 4, false},  {"3/4", 3, 4, false},  {"4/4", 4, 4, false},
              {"5/4", 5, 4, false},   {"6/4", 6, 4, false},  {"7/4", 7, 4, false},  {"3/8", 3, 8, false},
              {"4/8", 4, 8, true},    {"5/8", 5, 8, false},  {"6/8", 6, 8, false},  {"7/8", 7, 8, false},
              {"8/8", 8, 8, true},    {"9/8", 9, 8, false},  {"10/8", 10, 8, true}, {"11/8", 11, 8, true},
              {"12/8", 12, 8, false}, {"6/16", 6, 16, true}, {"9/16", 9, 16, true}, {"12/16", 12, 16, true}};
enum { METRE_COUNT = sizeof METRES / sizeof *METRES };

static const char *const UNITS[] = {"1/2", "1/4", "1/8", "1/16", "1/32"};
enum { UNIT_COUNT = sizeof UNITS / sizeof *UNITS };

static const struct {
    const char *name;
    neume_mode mode;
} MODES[] = {{"", NEUME_MODE_MAJOR},        {"maj", NEUME_MODE_MAJOR},         {"major", NEUME_MODE_MAJOR},
             {"ion", NEUME_MODE_MAJOR},     {"ionian", NEUME_MODE_MAJOR},      {"m", NEUME_MODE_MINOR},
             {"min", NEUME_MODE_MINOR},     {"minor", NEUME_MODE_MINOR},       {"aeo", NEUME_MODE_MINOR},
             {"aeolian", NEUME_MODE_MINOR}, {"dor", NEUME_MODE_DORIAN},        {"dorian", NEUME_MODE_DORIAN},
             {"phr", NEUME_MODE_PHRYGIAN},  {"phrygian", NEUME_MODE_PHRYGIAN}, {"lyd", NEUME_MODE_LYDIAN},
             {"lydian", NEUME_MODE_LYDIAN}, {"mix", NEUME_MODE_MIXOLYDIAN},    {"mixolydian", NEUME_MODE_MIXOLYDIAN},
             {"loc", NEUME_MODE_LOCRIAN},   {"locrian", NEUME_MODE_LOCRIAN}};
enum { MODE_COUNT = sizeof MODES / sizeof *MODES };

static const char *const CLEFS[] = {"clef=treble", "clef=bass", "clef=alto", "clef=tenor", "clef=treble-8"};
enum { CLEF_COUNT = sizeof CLEFS / sizeof *CLEFS };

/* How far a value matches: not at all, as a beginning, whole. */
typedef enum match { MATCH_NONE, MATCH_BEGUN, MATCH_WHOLE } match;

static match match_text(const char *word, const char *value) {
    const size_t length = strlen(word);
    if (strncmp(word, value, length) != 0) return MATCH_NONE;
    return value[length] ? MATCH_BEGUN : MATCH_WHOLE;
}

static match better(match a, match b) {
    return a > b ? a : b;
}

/* --- each field ------------------------------------------------------------------------------------------------------ */

static bool in_header(const grammar *g) {
    return !(g->fields & FIELD_KEY);
}

/* abc2midi wants hornpipes in 2/4 or 4/4. */
static bool metre_allowed(const grammar *g, int i) {
    if (!in_header(g) && METRES[i].plain) return false;
    if (g->hornpipe && METRES[i].unit != 4) return false;
    return !g->hornpipe || METRES[i].beats == 2 || METRES[i].beats == 4;
}

static match match_metre(const grammar *g, const char *word) {
    match best = MATCH_NONE;
    for (int i = 0; i < METRE_COUNT; i++)
        if (metre_allowed(g, i)) best = better(best, match_text(word, METRES[i].text));
    return best;
}

static match match_unit(const char *word) {
    match best = MATCH_NONE;
    for (int i = 0; i < UNIT_COUNT; i++) best = better(best, match_text(word, UNITS[i]));
    return best;
}

static match match_mode(const char *word, const char *name) {
    const size_t length = strlen(word);
    if (strcmp(word, "M") == 0) return name[0] == 'm' ? MATCH_BEGUN : MATCH_NONE; /* alone, it means nothing agreed */
    if (strncasecmp(word, name, length) != 0) return MATCH_NONE;
    return name[length] ? MATCH_BEGUN : MATCH_WHOLE;
}

/* "Bb dorian", "F#m", "G": tonic, mode; at most seven sharps or flats. */
static match match_key(const char *word, neume_key *key) {
    const int step = grammar_step(word[0]);
    match best = MATCH_NONE;
    if (!*word) return MATCH_BEGUN;
    if (step < 0 || word[0] >= 'a') return MATCH_NONE;
    const int alter = word[1] == '#' ? 1 : word[1] == 'b' ? -1 : 0;
    const char *mode = word + 1 + (alter != 0);
    const bool apart = *mode == ' ';
    if (apart) mode++;
    for (int i = 0; i < MODE_COUNT; i++) {
        const neume_key found = neume_key_of(step, alter, MODES[i].mode);
        const match m = match_mode(mode, MODES[i].name);
        if (m == MATCH_NONE || abs(neume_key_fifths(&found)) > 7) continue;
        best = better(best, m == MATCH_WHOLE && apart && !*mode ? MATCH_BEGUN : m);
        if (m == MATCH_WHOLE && key) *key = found;
    }
    if (best != MATCH_NONE || alter || apart || *mode) return best;
    return MATCH_BEGUN; /* a sharp or flat may follow */
}

/* 120, 1/4=120 */
static match match_tempo(const char *word) {
    const char *c = word;
    int digits = 0;
    if (*c >= '1' && *c <= '9' && c[1] == '/') {
        const char *below[] = {"2", "4", "8", "16"};
        match best = MATCH_NONE;
        size_t length = strlen(c + 2), used = strcspn(c + 2, "=");
        for (int i = 0; i < 4 && used == length; i++) best = better(best, match_text(c + 2, below[i]));
        if (used == length) return best ? MATCH_BEGUN : MATCH_NONE;
        bool known = false;
        for (int i = 0; i < 4; i++) known |= strlen(below[i]) == used && strncmp(c + 2, below[i], used) == 0;
        if (!known) return MATCH_NONE;
        c += 2 + used + 1;
    }
    if (*c == '0') return MATCH_NONE;
    while (grammar_digit(*c)) c++, digits++;
    if (*c || digits > 3) return MATCH_NONE;
    return digits >= 2 ? MATCH_WHOLE : MATCH_BEGUN;
}

static match match_number(const char *word) {
    const size_t digits = strspn(word, "0123456789");
    if (word[digits] || digits > 6 || word[0] == '0') return MATCH_NONE;
    return digits ? MATCH_WHOLE : MATCH_BEGUN;
}

/* The next voice's number; in the header a clef may stand behind it. */
static match match_voice(const grammar *g, const char *word) {
    char number[8];
    const int length = snprintf(number, sizeof number, "%d", g->bracketed ? g->voice + 1 : g->voices_declared + 1);
    const match m = match_text(word, number);
    match best = MATCH_NONE;
    if (m != MATCH_NONE || g->bracketed || strncmp(word, number, (size_t)length) != 0 || word[length] != ' ') return m;
    for (int i = 0; i < CLEF_COUNT; i++) best = better(best, match_text(word + length + 1, CLEFS[i]));
    return best;
}

static const char *forced(const grammar *g) {
    const neume_grammar_options *o = g->options;
    return g->field == 'M' ? o->metre : g->field == 'L' ? o->unit : g->field == 'K' ? o->key : o->rhythm;
}

static match match_value(const grammar *g, const char *word) {
    if (in_header(g) && grammar_in((char)g->field, "MLKR") && forced(g)) return match_text(word, forced(g));
    switch (g->field) {
    case 'M':
        return match_metre(g, word);
    case 'L':
        return match_unit(word);
    case 'K':
        return match_key(word, NULL);
    case 'Q':
        return match_tempo(word);
    case 'X':
        return match_number(word);
    case 'V':
        return match_voice(g, word);
    default: /* P: */
        return !*word ? MATCH_BEGUN : *word >= 'A' && *word <= 'Z' && !word[1] ? MATCH_WHOLE : MATCH_NONE;
    }
}

/* --- values take effect ------------------------------------------------------------------------------------------- */

static bool set_metre(grammar *g, const char *word) {
    for (int i = 0; i < METRE_COUNT; i++) {
        if (strcmp(METRES[i].text, word) != 0) continue;
        g->measure = (int16_t)(METRES[i].beats * NEUME_GRAMMAR_WHOLE / METRES[i].unit);
        g->beats = METRES[i].beats;
        g->no_symbols = METRES[i].plain;
        g->compound = METRES[i].unit >= 8 && METRES[i].beats > 3 && METRES[i].beats % 3 == 0;
        if (!in_header(g)) g->bars.start = g->bars.section = 0, g->bars.implied = false;
        return true;
    }
    return false;
}

static bool set_unit(grammar *g, const char *word) {
    const int below = match_unit(word) == MATCH_WHOLE ? (int)strtol(word + 2, NULL, 10) : 0;
    if (below) g->unit = (int16_t)(NEUME_GRAMMAR_WHOLE / below);
    return below > 0;
}

static bool set_key(grammar *g, const char *word) {
    neume_key key;
    if (match_key(word, &key) != MATCH_WHOLE) return false;
    memcpy(g->key_alter, key.alter, sizeof g->key_alter);
    memcpy(g->alter, key.alter, sizeof g->alter);
    return true;
}

bool grammar_set_field(grammar *g, char letter, const char *value, size_t count) {
    static const char letters[] = "MLKRQX";
    char word[NEUME_GRAMMAR_WORD];
    const char *known = strchr(letters, letter);
    if (count >= sizeof word) return false;
    memcpy(word, value, count);
    word[count] = '\0';
    if (letter == 'M' && !set_metre(g, word)) return false;
    if (letter == 'L' && !set_unit(g, word)) return false;
    if (letter == 'K' && !set_key(g, word)) return false;
    if (letter == 'V' && !g->bracketed) g->voices_declared++;
    if (known) g->fields = (uint8_t)(g->fields | 1 << (known - letters));
    return true;
}

int16_t grammar_usual_unit(const grammar *g) {
    return 4 * g->measure < 3 * NEUME_GRAMMAR_WHOLE ? NEUME_GRAMMAR_WHOLE / 16 : NEUME_GRAMMAR_WHOLE / 8;
}

/* K: ends the header. */
static void begin_body(grammar *g) {
    if (!(g->fields & FIELD_UNIT)) g->unit = grammar_usual_unit(g);
    if (g->options->voices > 1)
        g->voices = (uint8_t)g->options->voices;
    else
        g->voices = g->voices_declared > 1 ? g->voices_declared : 1;
}

static bool end_value(grammar *g) {
    const bool header = in_header(g);
    if (match_value(g, g->word) != MATCH_WHOLE) return false;
    const char letter = (char)g->field;
    if (letter != 'R' && !grammar_set_field(g, letter, g->word, g->word_length)) return false;
    if (letter == 'R') g->fields |= FIELD_RHYTHM;
    if (header && letter == 'K') begin_body(g);
    const bool bracketed = g->bracketed;
    g->bracketed = false;
    if (letter == 'V' && bracketed) grammar_enter_voice(g);
    grammar_go(g, bracketed ? PLACE_MUSIC : in_header(g) ? PLACE_HEADER_LINE : PLACE_BODY_LINE);
    return true;
}

bool grammar_value(grammar *g, char c) {
    if (c == (g->bracketed ? ']' : '\n')) return end_value(g);
    if (c == ' ' && !g->word_length && g->stage++ < 4 && !g->bracketed) return true;
    return grammar_add(g, c) && match_value(g, g->word) != MATCH_NONE;
}

/* --- which fields may begin ----------------------------------------------------------------------------------------- */

static bool header_ready(const grammar *g) {
    const neume_grammar_options *o = g->options;
    const int wanted = FIELD_METRE | (o->unit ? FIELD_UNIT : 0) | (o->rhythm ? FIELD_RHYTHM : 0);
    return (g->fields & wanted) == wanted;
}

static bool header_field(const grammar *g, char letter) {
    const int voices = g->options->voices ? g->options->voices : NEUME_GRAMMAR_VOICES;
    switch (letter) {
    case 'M':
        return !(g->fields & FIELD_METRE);
    case 'L':
        return !(g->fields & FIELD_UNIT);
    case 'K':
        return header_ready(g);
    case 'R':
        return !(g->fields & FIELD_RHYTHM);
    case 'Q':
        return !(g->fields & FIELD_TEMPO);
    case 'X':
        return !(g->fields & FIELD_NUMBER);
    case 'V':
        return voices > 1 && g->voices_declared < voices;
    default:
        return grammar_in(letter, "TCSONZBDFGH");
    }
}

bool grammar_header_line(grammar *g, char c) {
    if (!header_field(g, c)) return false;
    g->field = (uint8_t)c;
    grammar_go(g, PLACE_COLON);
    return true;
}

bool grammar_colon(grammar *g, char c) {
    const bool known = grammar_in((char)g->field, "MLKQXVP") || (g->field == 'R' && g->options->rhythm);
    grammar_go(g, known ? PLACE_VALUE : PLACE_TEXT);
    g->text_length = 0;
    return c == ':';
}

bool grammar_body_field(const grammar *g, char letter) {
    const grammar_bars *b = &g->bars;
    if (g->voice_due) return letter == 'V';
    if (letter == 'V' || grammar_several(g) || grammar_within(g) || !b->fresh || b->expects || g->need) return false;
    if (grammar_limit(g) <= b->at || grammar_tie_waits(g) || grammar_slurred(g)) return false;
    const bool between = !b->open && b->number != 1;
    return letter == 'K' || letter == 'L' || (letter == 'P' && between) || (letter == 'M' && between && b->at == 0);
}
