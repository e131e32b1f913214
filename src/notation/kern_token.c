/* A **kern note is a bag of signs in nearly any order: "[8.cc#/L" is a tied dotted eighth c''#.
 *
 * Durations are reciprocals of a whole note: 4 a quarter, 12 a triplet eighth, 0 a breve (00 a long, 000 a maxima), 3%2
 * the reciprocal 3/2, that is two thirds of a whole note. Letters double for octaves: c is middle C, cc an octave up, C
 * one below c, CC two. Source: D. Huron, The Humdrum Toolkit: Reference Manual, section "kern". */
#include "kern_token.h"

#include <string.h>

enum { RECIPROCAL_DIGITS = 6, DOTS_LIMIT = 8, NUMBER_DIGITS = 9 };

bool neume__kern_equals(neume__kern_text text, const char *word) {
    return text.size == strlen(word) && !memcmp(text.at, word, text.size);
}

bool neume__kern_starts(neume__kern_text text, const char *word) {
    size_t size = strlen(word);
    return text.size >= size && !memcmp(text.at, word, size);
}

bool neume__kern_cut(neume__kern_text *rest, char separator, neume__kern_text *out) {
    if (!rest->at) return false;
    const char *end = rest->size ? memchr(rest->at, separator, rest->size) : NULL;
    if (!end) {
        *out = *rest;
        *rest = (neume__kern_text){0};
        return true;
    }
    size_t size = (size_t)(end - rest->at);
    *out = (neume__kern_text){rest->at, size};
    *rest = (neume__kern_text){end + 1, rest->size - size - 1};
    return true;
}

neume__kern_text neume__kern_trim(neume__kern_text text) {
    while (text.size && (*text.at == ' ' || *text.at == '\t')) text.at++, text.size--;
    while (text.size && (text.at[text.size - 1] == ' ' || text.at[text.size - 1] == '\t')) text.size--;
    return text;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

double neume__kern_number(neume__kern_text text) {
    double value = 0, place = 1;
    size_t i = 0;
    for (; i < text.size && i < NUMBER_DIGITS && is_digit(text.at[i]); i++) value = value * 10 + (text.at[i] - '0');
    if (!i) return -1;
    if (i < text.size && text.at[i] == '.')
        for (i++; i < text.size && is_digit(text.at[i]) && place > 1e-9; i++)
            value += (text.at[i] - '0') * (place /= 10);
    return value;
}

/* Reads digits from text[*i] on; false when there are none or absurdly many. */
static bool read_digits(neume__kern_text text, size_t *i, int *value, int *zeros) {
    size_t start = *i;
    *value = *zeros = 0;
    for (; *i < text.size && is_digit(text.at[*i]); (*i)++) {
        if (*i - start >= RECIPROCAL_DIGITS) return false;
        *value = *value * 10 + (text.at[*i] - '0');
        if (!*value) ++*zeros;
    }
    return *i > start;
}

/* The duration whose first digit is text[*i], -1 if it means nothing; moves *i behind it. */
static double read_duration(neume__kern_text text, size_t *i) {
    int over, zeros, under = 1, unused;
    double quarters, dot = 0.5;
    if (!read_digits(text, i, &over, &zeros)) return -1;
    if (*i + 1 < text.size && text.at[*i] == '%' && is_digit(text.at[*i + 1])) {
        ++*i;
        if (!read_digits(text, i, &under, &unused) || !under) return -1;
    }
    if (over)
        quarters = 4.0 * under / over;
    else if (zeros <= 3)
        quarters = 4.0 * (1 << zeros);
    else
        return -1;
    double whole = quarters;
    for (int dots = 0; *i < text.size && text.at[*i] == '.' && dots < DOTS_LIMIT; dots++, ++*i, dot /= 2)
        whole += quarters * dot;
    return whole;
}

/* The pitch whose first letter is text[*i]; moves *i behind its letters and accidentals, of which two count. */
static neume_pitch read_pitch(neume__kern_text text, size_t *i) {
    static const int8_t steps[7] = {5, 6, 0, 1, 2, 3, 4}; /* of a .. g, above c */
    char letter = text.at[*i];
    bool low = letter >= 'A' && letter <= 'G';
    int repeats = 0, alter = 0;
    for (; *i < text.size && text.at[*i] == letter; ++*i) repeats += repeats < 20;
    for (; *i < text.size && strchr("#-n", text.at[*i]) && text.at[*i]; ++*i)
        alter += text.at[*i] == '#' && alter < 2 ? 1 : text.at[*i] == '-' && alter > -2 ? -1 : 0;
    return (neume_pitch){.step = steps[letter - (low ? 'A' : 'a')],
                         .alter = (int8_t)alter,
                         .octave = (int8_t)(low ? 4 - repeats : 3 + repeats)};
}

neume__kern_note neume__kern_note_parse(neume__kern_text text) {
    neume__kern_note note = {.quarters = -1, .pitch = -1};
    bool pitched = false;
    for (size_t i = 0; i < text.size;) {
        char c = text.at[i];
        if (is_digit(c) && note.quarters < 0) {
            size_t before = i;
            note.quarters = read_duration(text, &i);
            if (i == before) i++;
        } else if (((c >= 'a' && c <= 'g') || (c >= 'A' && c <= 'G')) && !pitched) {
            pitched = true;
            note.spelled = read_pitch(text, &i);
            note.pitch = neume_pitch_number(note.spelled);
            if (note.pitch < 0 || note.pitch > 127) note.pitch = -1;
        } else {
            if (c == 'r') note.rest = true;
            if (c == 'q') note.grace = true;
            if (c == '[' || c == '_' || c == ']') note.tie = c;
            i++;
        }
    }
    if (note.rest) note.pitch = -1; /* a rest's letters only say where it is drawn */
    return note;
}
