/* A file of ABC (abcnotation.com, standard 2.1): its tunes one by one, their lines, what kind each is.
 *
 * A tune begins at X: (or, in a file without one, at the first field) and ends at an empty line or the next X:. Its
 * head ends with K:. Reading is lenient: what makes no sense is left out, with a warning that names the line. */
#include "abc.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "report.h"

void abc_warn(abc_reader *r, const char *format, ...) {
    char what[160], line[192];
    va_list arguments;
    if (!r->report) return;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    snprintf(line, sizeof line, "line %d: %s", r->line, what);
    if (neume__report_add(r->report, line)) return; /* counted all the same */
}

/* --- lines -------------------------------------------------------------------------------------------------------- */

typedef struct lines {
    const char *at, *end;
    int number;
} lines;

static bool next_line(lines *l, abc_span *out) {
    if (l->at >= l->end) return false;
    const char *stop = memchr(l->at, '\n', (size_t)(l->end - l->at));
    const char *old = memchr(l->at, '\r', (size_t)((stop ? stop : l->end) - l->at));
    if (old && old + 1 < l->end && old[1] != '\n') stop = old; /* line ends of the old Macintosh */
    *out = (abc_span){l->at, stop ? stop : l->end};
    l->at = stop ? stop + 1 : l->end;
    l->number++;
    return true;
}

static bool is_empty(abc_span line) {
    line = abc_trim(line);
    return line.at == line.end;
}

/* A letter and a colon. */
static bool is_head_field(abc_span line) {
    return line.end - line.at >= 2 && line.at[1] == ':' && (isalpha((unsigned char)*line.at) || *line.at == '+');
}

/* The same where music may stand: "d:|" is music. */
static bool is_field(abc_span line) {
    const char next = line.end - line.at > 2 ? line.at[2] : '\0';
    return is_head_field(line) && (!abc_in(*line.at, "abcdefgABCDEFGzx") || (next != '|' && next != ':'));
}

/* Without its comment; "%" inside quotes is no comment in music, "\%" never is. */
static abc_span without_comment(abc_span line, bool music) {
    bool quoted = false;
    for (const char *c = line.at; c < line.end; c++) {
        if (*c == '"' && music) quoted = !quoted;
        if (*c == '%' && !quoted && (c == line.at || c[-1] != '\\')) {
            line.end = c;
            break;
        }
    }
    return abc_trim(line);
}

/* --- a tune ------------------------------------------------------------------------------------------------------- */

static neume_status field_line(abc_reader *r, abc_span line) {
    char letter = *line.at;
    abc_span text = without_comment((abc_span){line.at + 2, line.end}, false);
    if (letter == '+') letter = r->last_field ? r->last_field : 'N';
    r->last_field = letter;
    return abc_field(r, letter, text);
}

static neume_status tune_line(abc_reader *r, abc_span line) {
    if (line.end - line.at >= 2 && line.at[0] == '%' && line.at[1] == '%')
        return abc_directive(r, abc_trim((abc_span){line.at + 2, line.end}));
    if (line.at < line.end && *line.at == '%') return NEUME_OK;
    if (r->in_body ? is_field(line) : is_head_field(line)) return field_line(r, line);
    abc_span music = without_comment(line, true);
    if (music.at == music.end) return NEUME_OK;
    if (!r->in_body) {
        abc_warn(r, "text before K: is left out");
        return NEUME_OK;
    }
    return abc_music_line(r, music);
}

/* Fields before the first tune count for all tunes. */
static neume_status file_head(abc_reader *r, const char *text, const char *end) {
    lines l = {text, end, 0};
    abc_span line;
    while (next_line(&l, &line)) {
        if (is_field(line) && *line.at == 'X') break;
        r->line = l.number;
        bool directive = line.end - line.at > 2 && line.at[0] == '%' && line.at[1] == '%';
        if ((is_field(line) && !abc_in(*line.at, "KVwWTPs+")) || directive) NEUME_TRY(tune_line(r, line));
    }
    return NEUME_OK;
}

static neume_status read_tune(abc_reader *r, lines *l) {
    abc_span line;
    bool first = true;
    for (lines before = *l; next_line(l, &line); before = *l) {
        if (is_empty(line) || (!first && is_field(line) && *line.at == 'X')) {
            if (!is_empty(line)) *l = before;
            break;
        }
        first = false;
        r->line = l->number;
        NEUME_TRY(tune_line(r, line));
    }
    if (!r->in_body) return neume_fail(NEUME_EFORMAT, "line %d: the tune has no K: field", r->tune_line);
    return abc_finish(r);
}

/* Where the next tune begins: X:, or a field or music in a file that has no X: at all. */
static bool find_tune(lines *l, bool any) {
    abc_span line;
    for (lines before = *l; next_line(l, &line); before = *l) {
        if (is_field(line) && (*line.at == 'X' || (any && abc_in(*line.at, "TMLKQR")))) {
            *l = before;
            return true;
        }
    }
    return false;
}

static bool has_numbered_tunes(const char *text, size_t count) {
    lines l = {text, text + count, 0};
    return find_tune(&l, false);
}

bool neume_abc_sniff(const char *text, size_t count) {
    lines l = {text, text + (count < 4096 ? count : 4096), 0};
    abc_span line;
    if (count >= 4 && memcmp(text, "%abc", 4) == 0) return true;
    if (count >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) l.at += 3;
    while (next_line(&l, &line)) {
        if (is_empty(line) || *line.at == '%') continue;
        if (is_field(line) && *line.at == 'X') return true;
        if (!is_field(line)) return false;
    }
    return false;
}

neume_status neume_abc_read(const char *text, size_t count, neume_abc_place *place, neume_report *report,
                            neume_score **out) {
    if (count > NEUME_NOTATION_LIMIT_BYTES) return neume_fail(NEUME_ELIMIT, "the ABC file is too large");
    size_t mark = count >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    neume_abc_place here = {place->at < mark ? mark : place->at, place->line};
    if (here.at > count) return neume_fail(NEUME_EINVAL, "no such place in the ABC file");
    lines l = {text + here.at, text + count, here.line};
    bool any = here.line == 0 && !has_numbered_tunes(text, count);
    if (!find_tune(&l, any)) return neume_fail(NEUME_ENOTFOUND, here.line ? "no more tunes" : "there is no tune in it");
    abc_reader *r = neume__calloc(1, sizeof *r);
    if (!r) return NEUME_ENOMEM;
    r->report = report;
    r->current = -1;
    r->program = -1;
    r->tune_line = l.number + 1;
    neume_status status = neume_score_new(&r->score);
    if (!status && !any) status = file_head(r, text + mark, text + count);
    if (!status) status = read_tune(r, &l);
    if (status == NEUME_OK || status == NEUME_EFORMAT) *place = (neume_abc_place){(size_t)(l.at - text), l.number};
    if (status)
        neume_score_free(r->score);
    else
        *out = r->score;
    neume__free(r->voices);
    neume__free(r);
    return status;
}
