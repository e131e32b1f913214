/* Keys: "C minor", "in F-sharp major", 降E大调, "D dorian". A mode without a tonic ("a minor key") is a phrase of the
 * lexicon. */
#include "words_measure.h"

#include <stdio.h>

static const struct {
    const char *words; /* units, apart by blanks */
    const char *name;
} modes[] = {{"major", "major"},       {"minor", "minor"},    {"dorian", "dorian"},
             {"phrygian", "phrygian"}, {"lydian", "lydian"},  {"aeolian", "aeolian"},
             {"大 调", "major"},       {"小 调", "minor"},    {"mixolydian", "mixolydian"},
             {"locrian", "locrian"},   {"moll", "minor"},     {"maj", "major"},
             {"min", "minor"},         {"多 利 亚", "dorian"}};

static size_t read_mode(const units *u, size_t at, const char **name) {
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        const size_t taken = neume__units_match(u, at, modes[i].words);
        *name = modes[i].name;
        if (taken) return taken;
    }
    return 0;
}

/* "c", "eb", "f#" as one word: the letter and 'b', '#' or 0. */
static bool read_letter(const units *u, size_t at, char *letter, char *accidental) {
    if (at >= u->count || u->items[at].kind != UNIT_WORD || u->items[at].length > 2) return false;
    const char *text = u->text.data + u->items[at].text;
    if (*text < 'a' || *text > 'g') return false;
    *letter = (char)(*text - 'a' + 'A');
    if (u->items[at].length == 1) return true;
    if (text[1] != 'b' && text[1] != '#') return false;
    *accidental = text[1];
    return true;
}

/* "a minor key" has no tonic; "in a minor" and "A minor" have. */
static bool is_article(const units *u, size_t at, size_t behind_mode) {
    if (!neume__unit_is(u, at, "a") || u->items[at].capital) return false;
    return neume__unit_is_in(u, behind_mode, "key keys scale tonality mood feel") || at == 0 ||
           !neume__unit_is_in(u, at - 1, "in of");
}

bool neume__key_read(const units *u, size_t at, measure *out) {
    const char *mode = NULL;
    char letter = 0, accidental = 0;
    size_t i = at;
    if (neume__unit_is(u, i, "升"))
        accidental = '#', i++;
    else if (neume__unit_is(u, i, "降"))
        accidental = 'b', i++;
    const size_t tonic = i;
    if (!read_letter(u, i++, &letter, &accidental)) return false;
    if (neume__unit_is(u, i, "sharp"))
        accidental = '#', i++;
    else if (neume__unit_is(u, i, "flat"))
        accidental = 'b', i++;
    const size_t taken = read_mode(u, i, &mode);
    if (!taken || is_article(u, tonic, i + taken)) return false;
    *out = (measure){NEUME_SLOT_KEY, "", i + taken - at};
    if (accidental)
        snprintf(out->value, sizeof out->value, "%c%c %s", letter, accidental, mode);
    else
        snprintf(out->value, sizeof out->value, "%c %s", letter, mode);
    return true;
}
