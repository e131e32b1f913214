#include "tune_units.h"

#include <string.h>

enum { QUOTE_LONGEST = 14, FIELD_LONGEST = 24 };

static bool among(char c, const char *set) {
    return c && strchr(set, c);
}

static char at(const tune_reader *r, size_t i) {
    return r->at + i < r->size ? r->text[r->at + i] : '\0';
}

static size_t run_of(const tune_reader *r, size_t from, const char *set) {
    size_t i = from;
    while (among(at(r, i), set)) i++;
    return i;
}

static bool letter(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* From one sign to its like on the same line; 0: there is none near. */
static size_t enclosed(const tune_reader *r, char sign, size_t longest) {
    for (size_t i = 1; i < longest && at(r, i) && at(r, i) != '\n'; i++)
        if (at(r, i) == sign) return i + 1;
    return 0;
}

static size_t field(tune_reader *r) {
    const bool begins = r->at == 0 || r->text[r->at - 1] == '\n';
    if (!begins || !letter(at(r, 0)) || at(r, 1) != ':' || among(at(r, 2), "|:")) return 0;
    size_t end = 2;
    while (at(r, end) && at(r, end) != '\n') end++;
    if (among(at(r, 0), "KMLRSQV") && end <= FIELD_LONGEST) return end;
    r->words = true;
    return 2;
}

static size_t word(const tune_reader *r) {
    const size_t blank = at(r, 0) == ' ';
    size_t i = blank;
    while (letter(at(r, i)) || (i > blank && at(r, i) == '\'')) i++;
    return i > blank ? i : 0;
}

static size_t note(const tune_reader *r) {
    const size_t blank = at(r, 0) == ' ';
    size_t i = run_of(r, blank, "^_=");
    if (among(at(r, i), "zxZ") && i == blank) return i + 1;
    if (i > blank + 2 || !among(at(r, i), "ABCDEFGabcdefg")) return 0;
    return run_of(r, i + 1, ",'");
}

static size_t length(const tune_reader *r) {
    const size_t digits = run_of(r, 0, "0123456789"), strokes = run_of(r, digits, "/");
    return strokes > digits ? run_of(r, strokes, "0123456789") : digits;
}

static size_t bar(const tune_reader *r) {
    const size_t blank = at(r, 0) == ' ', end = run_of(r, blank, ":|[]");
    if (!memchr(r->text + r->at, '|', end) || (end > blank && at(r, end - 1) == '[' && !among(at(r, end), "1234")))
        return 0;
    size_t i = end;
    if (among(at(r, i), "1234")) i++;
    if (at(r, i) == ' ' && at(r, i + 1) == '\n') i++;
    if (at(r, i) == '\\' && at(r, i + 1) == '\n') i++;
    return at(r, i) == '\n' ? i + 1 : i;
}

static size_t tuplet(const tune_reader *r) {
    const size_t blank = at(r, 0) == ' ';
    return at(r, blank) == '(' && among(at(r, blank + 1), "23456789") ? blank + 2 : 0;
}

static size_t broken(const tune_reader *r) {
    const size_t blank = at(r, 0) == ' ', end = run_of(r, blank, "<>");
    return end > blank ? end : 0;
}

static size_t inline_field(const tune_reader *r) {
    if (at(r, 0) != '[' || !letter(at(r, 1)) || at(r, 2) != ':') return 0;
    for (size_t i = 3; i < FIELD_LONGEST && at(r, i) && at(r, i) != '\n'; i++)
        if (at(r, i) == ']') return i + 1;
    return 0;
}

static size_t music_unit(const tune_reader *r, tune_unit_kind *kind) {
    const struct {
        tune_unit_kind kind;
        size_t size;
    } readings[] = {
        {TUNE_UNIT_INLINE, inline_field(r)},
        {TUNE_UNIT_BAR, bar(r)},
        {TUNE_UNIT_NOTE, note(r)},
        {TUNE_UNIT_LENGTH, length(r)},
        {TUNE_UNIT_TUPLET, tuplet(r)},
        {TUNE_UNIT_BROKEN, broken(r)},
        {TUNE_UNIT_QUOTE, at(r, 0) == '"' ? enclosed(r, '"', QUOTE_LONGEST) : 0},
        {TUNE_UNIT_MARK, at(r, 0) == '!' ? enclosed(r, '!', FIELD_LONGEST) : 0},
    };
    for (size_t i = 0; i < sizeof readings / sizeof *readings; i++) {
        if (!readings[i].size) continue;
        *kind = readings[i].kind;
        return readings[i].size;
    }
    *kind = TUNE_UNIT_OTHER;
    return 1;
}

bool tune_next_unit(tune_reader *reader, tune_unit_kind *kind, const char **unit, size_t *size) {
    if (reader->at >= reader->size) return false;
    *unit = reader->text + reader->at;
    if (at(reader, 0) == '\n') {
        reader->words = false, *kind = TUNE_UNIT_LINE, *size = 1;
    } else if ((*size = field(reader)) > 0) {
        *kind = TUNE_UNIT_FIELD;
    } else if (reader->words) {
        *size = word(reader), *kind = *size ? TUNE_UNIT_WORD : TUNE_UNIT_OTHER;
        if (!*size) *size = 1;
    } else {
        *size = music_unit(reader, kind);
    }
    reader->at += *size;
    return true;
}
