/* Notes as a table: one line a note, the first line names the columns. */
#include "neume/notation.h"

#include "note_check.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MAX = 64, FIELD_BYTES = 64 };

static const char *const column_names[NOTE_NUMBERS] = {"onset", "offset", "pitch", "velocity", "program", "confidence"};

typedef struct span {
    const char *at, *end;
} span;

/* What each column of this file holds: a number of the note, or -1. */
typedef struct header {
    int number[COLUMNS_MAX];
    int columns;
} header;

/* Takes text up to @p stop or the end, and steps behind it. */
static span take(span *text, char stop) {
    size_t left = (size_t)(text->end - text->at);
    const char *found = left ? memchr(text->at, stop, left) : NULL;
    span taken = {text->at, found ? found : text->end};
    text->at = found ? found + 1 : text->end;
    return taken;
}

/* Without white space and quotation marks around it. */
static span trimmed(span s) {
    while (s.at < s.end && (*s.at == ' ' || *s.at == '\t' || *s.at == '"')) s.at++;
    while (s.end > s.at && (s.end[-1] == ' ' || s.end[-1] == '\t' || s.end[-1] == '\r' || s.end[-1] == '"')) s.end--;
    return s;
}

static neume_status read_header(span line, header *out) {
    header h = {.columns = 0};
    bool met[NOTE_NUMBERS] = {false};
    while (line.at < line.end) {
        span name = trimmed(take(&line, ','));
        if (h.columns == COLUMNS_MAX) return neume_fail(NEUME_ELIMIT, "CSV: more than %d columns", COLUMNS_MAX);
        int number = -1;
        for (int i = 0; i < NOTE_NUMBERS; i++)
            if (strlen(column_names[i]) == (size_t)(name.end - name.at) &&
                memcmp(column_names[i], name.at, strlen(column_names[i])) == 0)
                number = i;
        if (number >= 0 && met[number]) return neume_fail(NEUME_EFORMAT, "CSV: two columns %s", column_names[number]);
        if (number >= 0) met[number] = true;
        h.number[h.columns++] = number;
    }
    for (int i = NOTE_ONSET; i <= NOTE_PITCH; i++)
        if (!met[i]) return neume_fail(NEUME_EFORMAT, "CSV: no column %s in the first line", column_names[i]);
    *out = h;
    return NEUME_OK;
}

static neume_status read_number(span field, locale_t locale, size_t line, double *out) {
    char text[FIELD_BYTES], *end;
    size_t length = (size_t)(field.end - field.at);
    if (length >= sizeof text)
        return neume_fail(NEUME_EFORMAT, "CSV: line %zu has a number of %zu letters", line, length);
    memcpy(text, field.at, length);
    text[length] = '\0';
    double value = strtod_l(text, &end, locale);
    if (end != text + length || !isfinite(value))
        return neume_fail(NEUME_EFORMAT, "CSV: '%s' in line %zu is no number", text, line);
    *out = value;
    return NEUME_OK;
}

static neume_status read_note(span line, const header *h, locale_t locale, size_t line_number, neume_note *out) {
    double numbers[NOTE_NUMBERS];
    bool met[NOTE_NUMBERS] = {false};
    memcpy(numbers, neume__note_defaults, sizeof numbers);
    for (int column = 0; column < h->columns && line.at < line.end; column++) {
        span field = trimmed(take(&line, ','));
        int number = h->number[column];
        if (number < 0 || field.at == field.end) continue;
        NEUME_TRY(read_number(field, locale, line_number, &numbers[number]));
        met[number] = true;
    }
    for (int i = NOTE_ONSET; i <= NOTE_PITCH; i++)
        if (!met[i]) return neume_fail(NEUME_EFORMAT, "CSV: no %s in line %zu", column_names[i], line_number);
    return neume__note_from_numbers(numbers, line_number, out);
}

static neume_status read_lines(span text, const header *h, locale_t locale, neume_notes *notes) {
    for (size_t number = 2; text.at < text.end; number++) {
        span line = take(&text, '\n'), content = trimmed(line);
        neume_note note = {0};
        if (content.at == content.end) continue;
        NEUME_TRY(read_note(line, h, locale, number, &note));
        NEUME_TRY(neume_notes_add(notes, note));
    }
    return NEUME_OK;
}

neume_status neume_csv_read_notes(const char *text, size_t count, neume_notes *out) {
    span rest = {text, text + count};
    header h = {.columns = 0};
    if (count >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) rest.at += 3; /* byte order mark */
    NEUME_TRY(read_header(take(&rest, '\n'), &h));
    locale_t locale = newlocale(LC_ALL_MASK, "C", (locale_t)0); /* a decimal point, whatever the program has set */
    if (!locale) return neume_fail(NEUME_ENOMEM, "out of memory");
    neume_notes notes = {0};
    neume_status status = read_lines(rest, &h, locale, &notes);
    freelocale(locale);
    if (status) {
        neume_notes_clear(&notes);
        return status;
    }
    neume_notes_sort(&notes);
    *out = notes;
    return NEUME_OK;
}

/* Printed from whole numbers, so that no locale changes the point: tenths of milliseconds, thousandths of confidence.
 */
static neume_status print_note(const neume_note *n, neume_buffer *out) {
    long long on = llround(n->onset_s * 1e4), off = llround(n->offset_s * 1e4);
    int confidence = (int)lround(fmin(fmax((double)n->confidence, 0), 1) * 1000);
    return neume_buffer_print(out, "%lld.%04lld,%lld.%04lld,%d,%d,%d,%d.%03d\n", on / 10000, on % 10000, off / 10000,
                              off % 10000, n->pitch, n->velocity, n->program, confidence / 1000, confidence % 1000);
}

neume_status neume_csv_write_notes(const neume_notes *notes, neume_buffer *out) {
    NEUME_TRY(neume__notes_check(notes));
    neume_buffer text = {0};
    neume_status status = neume_buffer_print(&text, "onset,offset,pitch,velocity,program,confidence\n");
    for (size_t i = 0; i < notes->count && !status; i++) status = print_note(&notes->items[i], &text);
    if (!status) status = neume_buffer_append(out, text.data, text.size);
    neume_buffer_clear(&text);
    return status;
}
