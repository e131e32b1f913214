/* See chord_symbol.h. */
#include "chord_symbol.h"

#include <stdio.h>
#include <string.h>

/* "Eb" of "Ebm7": moves on behind it. */
static bool parse_name(const char **text, neume_pitch *out) {
    static const char steps[] = "CDEFGAB";
    const char *step = **text ? strchr(steps, **text) : NULL;
    if (!step) return false;
    *out = (neume_pitch){.step = (int8_t)(step - steps)};
    ++*text;
    for (; **text == '#' || **text == 'b'; ++*text) out->alter = (int8_t)(out->alter + (**text == '#' ? 1 : -1));
    return out->alter >= -2 && out->alter <= 2;
}

/* Beginnings of suffixes; longer ones first. */
static const struct {
    const char *text;
    uint8_t triad;
    const char *written; /* how this triad is written when it takes another's place; NULL = not the usual way */
} TRIADS[] = {
    {"maj", TRIAD_MAJOR, NULL},
    {"min", TRIAD_MINOR, NULL},
    {"dim", TRIAD_DIMINISHED, "dim"},
    {"aug", TRIAD_AUGMENTED, "aug"},
    {"sus", TRIAD_OTHER, NULL},
    {"m7b5", TRIAD_DIMINISHED, NULL},
    {"m", TRIAD_MINOR, "m"},
    {"-", TRIAD_MINOR, NULL},
    {"+", TRIAD_AUGMENTED, NULL},
    {"o", TRIAD_DIMINISHED, NULL},
    {"\xc2\xb0", TRIAD_DIMINISHED, NULL},
    {"", TRIAD_MAJOR, ""},
};

static size_t find_triad(const char *suffix) {
    size_t i = 0;
    while (strncmp(suffix, TRIADS[i].text, strlen(TRIADS[i].text)) != 0) i++;
    return i;
}

bool neume__chord_parse(const char *text, chord_symbol *out) {
    chord_symbol chord = {0};
    const char *at = text;
    if (!parse_name(&at, &chord.root)) return false;
    const size_t length = strcspn(at, "/");
    if (length >= sizeof chord.suffix || strcspn(at, " ,;") < length) return false;
    memcpy(chord.suffix, at, length);
    chord.triad = TRIADS[find_triad(chord.suffix)].triad;
    if (at[length] == '/') {
        const char *bass = at + length + 1;
        chord.has_bass = parse_name(&bass, &chord.bass);
        if (!chord.has_bass || *bass) return false;
    }
    *out = chord;
    return true;
}

static const char *signs(int alter) {
    static const char *const names[5] = {"bb", "b", "", "#", "##"};
    return names[alter + 2];
}

void neume__chord_print(const chord_symbol *chord, char out[CHORD_TEXT_MAX]) {
    static const char steps[] = "CDEFGAB";
    const int length =
        snprintf(out, CHORD_TEXT_MAX, "%c%s%.19s", steps[chord->root.step], signs(chord->root.alter), chord->suffix);
    if (chord->has_bass)
        snprintf(out + length, (size_t)(CHORD_TEXT_MAX - length), "/%c%s", steps[chord->bass.step],
                 signs(chord->bass.alter));
}

void neume__chord_move(chord_symbol *chord, interval by) {
    chord->root.octave = chord->bass.octave = 4;
    chord->root = neume__pitch_move(chord->root, by);
    chord->bass = neume__pitch_move(chord->bass, by);
}

void neume__chord_set_triad(chord_symbol *chord, chord_triad triad) {
    const char *rest = chord->suffix + strlen(TRIADS[find_triad(chord->suffix)].text);
    char suffix[CHORD_SUFFIX_MAX];
    size_t i = 0;
    if (chord->triad == triad || chord->triad == TRIAD_OTHER) return;
    while (!(TRIADS[i].triad == triad && TRIADS[i].written)) i++;
    snprintf(suffix, sizeof suffix, "%s%.14s", TRIADS[i].written, rest);
    memcpy(chord->suffix, suffix, sizeof suffix);
    chord->triad = (uint8_t)triad;
}

int neume__chord_root_class(const chord_symbol *chord) {
    neume_pitch root = chord->root;
    root.octave = 4;
    return neume_pitch_number(root) % 12;
}
