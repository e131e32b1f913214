#include "musicxml_words.h"

#include <string.h>

static const neume__mark MARKS[] = {
    {"staccato", "staccato", NEUME__MARK_ARTICULATION},
    {"accent", "accent", NEUME__MARK_ARTICULATION},
    {"tenuto", "tenuto", NEUME__MARK_ARTICULATION},
    {"wedge", "staccatissimo", NEUME__MARK_ARTICULATION},
    {"wedge", "spiccato", NEUME__MARK_ARTICULATION},
    {"marcato", "strong-accent", NEUME__MARK_ARTICULATION},
    {"breath", "breath-mark", NEUME__MARK_ARTICULATION},
    {"trill", "trill-mark", NEUME__MARK_ORNAMENT},
    {"turn", "turn", NEUME__MARK_ORNAMENT},
    {"invertedturn", "inverted-turn", NEUME__MARK_ORNAMENT},
    {"lowermordent", "mordent", NEUME__MARK_ORNAMENT},
    {"uppermordent", "inverted-mordent", NEUME__MARK_ORNAMENT},
    {"upbow", "up-bow", NEUME__MARK_TECHNICAL},
    {"downbow", "down-bow", NEUME__MARK_TECHNICAL},
    {"open", "open-string", NEUME__MARK_TECHNICAL},
    {"thumb", "thumb-position", NEUME__MARK_TECHNICAL},
    {"snap", "snap-pizzicato", NEUME__MARK_TECHNICAL},
    {"plus", "stopped", NEUME__MARK_TECHNICAL},
    {"fermata", "fermata", NEUME__MARK_NOTATION},
    {"arpeggio", "arpeggiate", NEUME__MARK_NOTATION},
    {"segno", "segno", NEUME__MARK_DIRECTION},
    {"coda", "coda", NEUME__MARK_DIRECTION},
    {"p", "p", NEUME__MARK_DYNAMIC},
    {"f", "f", NEUME__MARK_DYNAMIC},
    {"pp", "pp", NEUME__MARK_DYNAMIC},
    {"ff", "ff", NEUME__MARK_DYNAMIC},
    {"mp", "mp", NEUME__MARK_DYNAMIC},
    {"mf", "mf", NEUME__MARK_DYNAMIC},
    {"ppp", "ppp", NEUME__MARK_DYNAMIC},
    {"fff", "fff", NEUME__MARK_DYNAMIC},
    {"pppp", "pppp", NEUME__MARK_DYNAMIC},
    {"ffff", "ffff", NEUME__MARK_DYNAMIC},
    {"sf", "sf", NEUME__MARK_DYNAMIC},
    {"sfz", "sfz", NEUME__MARK_DYNAMIC},
    {"fz", "fz", NEUME__MARK_DYNAMIC},
    {"fp", "fp", NEUME__MARK_DYNAMIC},
    {"sfp", "sfp", NEUME__MARK_DYNAMIC},
    {"rf", "rf", NEUME__MARK_DYNAMIC},
    {"rfz", "rfz", NEUME__MARK_DYNAMIC},
};

static const char *const PARENTS[] = {"notations", "articulations", "ornaments",
                                      "technical", "dynamics",      "direction-type"};

const char *neume__mark_parent(neume__mark_place place) {
    return PARENTS[place];
}

const neume__mark *neume__mark_by_name(const char *name) {
    for (size_t i = 0; i < sizeof MARKS / sizeof *MARKS; i++)
        if (strcmp(MARKS[i].name, name) == 0) return &MARKS[i];
    return NULL;
}

const neume__mark *neume__mark_by_element(const char *element, const char *parent) {
    for (size_t i = 0; i < sizeof MARKS / sizeof *MARKS; i++)
        if (strcmp(MARKS[i].element, element) == 0 && strcmp(PARENTS[MARKS[i].place], parent) == 0) return &MARKS[i];
    return NULL;
}

/* The first suffix of a kind is how it is printed. */
static const struct {
    const char *suffix, *kind;
} KINDS[] = {{"", "major"},
             {"m", "minor"},
             {"+", "augmented"},
             {"dim", "diminished"},
             {"7", "dominant"},
             {"maj7", "major-seventh"},
             {"m7", "minor-seventh"},
             {"dim7", "diminished-seventh"},
             {"+7", "augmented-seventh"},
             {"m7b5", "half-diminished"},
             {"m(maj7)", "major-minor"},
             {"6", "major-sixth"},
             {"m6", "minor-sixth"},
             {"9", "dominant-ninth"},
             {"maj9", "major-ninth"},
             {"m9", "minor-ninth"},
             {"11", "dominant-11th"},
             {"m11", "minor-11th"},
             {"13", "dominant-13th"},
             {"m13", "minor-13th"},
             {"sus2", "suspended-second"},
             {"sus4", "suspended-fourth"},
             {"5", "power"},
             {"maj", "major"},
             {"min", "minor"},
             {"-", "minor"},
             {"aug", "augmented"},
             {"o", "diminished"},
             {"M7", "major-seventh"},
             {"min7", "minor-seventh"},
             {"o7", "diminished-seventh"},
             {"sus", "suspended-fourth"},
             {"mM7", "major-minor"}};

const char *neume__chord_kind(const char *suffix) {
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++)
        if (strcmp(KINDS[i].suffix, suffix) == 0) return KINDS[i].kind;
    return NULL;
}

const char *neume__chord_suffix(const char *kind) {
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++)
        if (strcmp(KINDS[i].kind, kind) == 0) return KINDS[i].suffix;
    return NULL;
}

static const char *const TYPES[NEUME__NOTE_TYPES] = {"1024th", "512th",   "256th", "128th", "64th",  "32nd", "16th",
                                                     "eighth", "quarter", "half",  "whole", "breve", "long", "maxima"};

const char *neume__type_name(int type) {
    return TYPES[type];
}

int neume__type_by_name(const char *name) {
    for (int i = 0; i < NEUME__NOTE_TYPES; i++)
        if (strcmp(TYPES[i], name) == 0) return i;
    return -1;
}

int64_t neume__type_ticks(int type, int dots) {
    int64_t plain = (NEUME_WHOLE >> NEUME__TYPE_WHOLE) << type;
    return 2 * plain - (plain >> dots);
}

static const struct {
    const char *sign;
    int line;
} CLEFS[] = {{"G", 2},    {"F", 4}, {"C", 3}, {"C", 4}, {"percussion", 0},
             {"none", 0}, {"C", 1}, {"C", 2}, {"F", 3}, {"G", 1}};

bool neume__clef_by_line(char sign, int line, uint8_t *clef) {
    for (size_t i = 0; i < sizeof CLEFS / sizeof *CLEFS; i++) {
        if (*CLEFS[i].sign != sign || !CLEFS[i].line || (line && line != CLEFS[i].line)) continue;
        *clef = (uint8_t)i;
        return true;
    }
    return false;
}

const char *neume__clef_name(uint8_t clef, int *line) {
    *line = CLEFS[clef].line;
    return CLEFS[clef].sign;
}

static const char *const STYLES[] = {"regular", "light-light", "light-heavy", "heavy-light", "dotted", "none"};

const char *neume__bar_style_name(neume_bar_style style) {
    return STYLES[style];
}

bool neume__bar_style_by_name(const char *name, uint8_t *style) {
    for (size_t i = 0; i < sizeof STYLES / sizeof *STYLES; i++) {
        if (strcmp(STYLES[i], name) != 0) continue;
        *style = (uint8_t)i;
        return true;
    }
    return false;
}
