/* Lines of a file, their fields, and what fields hold. */
#include "history.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LINE_LIMIT_BYTES = 1 << 20, TELL_EVERY_LINES = 1024 };

/* --- lines -------------------------------------------------------------------------------------------------------- */

static neume_status told_or_stopped(history_reading *reading) {
    if (reading->line_number % TELL_EVERY_LINES) return NEUME_OK;
    neume__progress(reading->progress, reading->read_bytes, reading->total_bytes);
    return neume_cancelled() ? neume_fail(NEUME_ECANCELLED, "stopped") : NEUME_OK;
}

static neume_status append_unless_long(history_reading *reading, const char *bytes, size_t count) {
    if (reading->line.size + count > LINE_LIMIT_BYTES) reading->line_too_long = true;
    return reading->line_too_long ? NEUME_OK : neume_buffer_append(&reading->line, bytes, count);
}

neume_status history_line(history_reading *reading, bool *more) {
    char chunk[4096];
    bool ended = false, any = false;
    reading->line.size = 0;
    reading->line_too_long = false;
    NEUME_TRY(neume_buffer_append(&reading->line, "", 0));
    while (!ended && fgets(chunk, sizeof chunk, reading->file)) {
        size_t count = strlen(chunk); /* a zero byte ends what is read of a line: such lines are no text */
        any = true;
        reading->read_bytes += (double)count;
        ended = count && chunk[count - 1] == '\n';
        while (ended && count && (chunk[count - 1] == '\n' || chunk[count - 1] == '\r')) count--;
        NEUME_TRY(append_unless_long(reading, chunk, count));
    }
    if (ferror(reading->file)) return neume_fail(NEUME_EIO, "%s: %s", reading->path, strerror(errno));
    *more = any;
    reading->line_number += any;
    return told_or_stopped(reading);
}

neume_status history_leave_out(history_reading *reading, const char *why) {
    if (reading->tally.left_out++ == 0) {
        reading->tally.first_bad_line = reading->line_number;
        reading->tally.why = why;
    }
    return NEUME_OK;
}

/* --- fields ------------------------------------------------------------------------------------------------------- */

char history_separator(const char *line) {
    size_t commas = 0, semicolons = 0;
    if (strchr(line, '\t')) return '\t';
    for (; *line; line++) {
        commas += *line == ',';
        semicolons += *line == ';';
    }
    return semicolons > commas ? ';' : ',';
}

/* Copies a field in quotation marks over itself without them; returns where the line goes on. */
static char *unquote(char *field, char separator) {
    char *to = field, *from = field + 1;
    while (*from && !(*from == '"' && from[1] != '"')) {
        if (*from == '"') from++;
        *to++ = *from++;
    }
    if (*from) from++;
    while (*from && *from != separator) from++; /* what stands between the closing mark and the separator is no text */
    const bool last = !*from;
    *to = '\0';
    return last ? NULL : from + 1;
}

neume_status history_split(char *line, char separator, history_fields *out) {
    out->count = 0;
    for (char *field = line, *next = NULL; field; field = next) {
        NEUME_TRY(neume__grow((void **)&out->at, &out->capacity, out->count + 1, sizeof *out->at));
        out->at[out->count++] = field;
        if (*field == '"') {
            next = unquote(field, separator);
            continue;
        }
        next = strchr(field, separator);
        if (next) *next++ = '\0';
    }
    return NEUME_OK;
}

int history_column(const history_fields *heading, const char *names) {
    for (size_t i = 0; i < heading->count; i++) {
        const char *field = heading->at[i];
        const size_t length = strcspn(field, " #"); /* "Date#username" is how lastfmstats.com heads its dates */
        for (const char *name = names; *name; name += strcspn(name, " "), name += *name == ' ')
            if (strcspn(name, " ") == length && length && strncasecmp(name, field, length) == 0) return (int)i;
    }
    return -1;
}

/* --- what fields hold --------------------------------------------------------------------------------------------- */

bool history_clean(const char *field, char out[NEUME_HISTORY_TEXT_BYTES]) {
    char wide[NEUME_HISTORY_TEXT_BYTES + 8];
    neume__text_clean(field, strlen(field), wide, sizeof wide);
    const size_t length = strlen(wide);
    if (!length || length >= NEUME_HISTORY_TEXT_BYTES) return false;
    memcpy(out, wide, length + 1);
    return true;
}

bool history_number(const char *field, double *out) {
    char *end = NULL;
    const double number = strtod(field, &end);
    while (isspace((unsigned char)*end)) end++;
    if (end == field || *end || !isfinite(number)) return false;
    *out = number;
    return true;
}

bool history_name_item(const char *artist, const char *name, bool by_artist, char out[NEUME_HISTORY_TEXT_BYTES]) {
    const int length = by_artist ? snprintf(out, NEUME_HISTORY_TEXT_BYTES, "%s", artist)
                                 : snprintf(out, NEUME_HISTORY_TEXT_BYTES, "%s - %s", artist, name);
    return length > 0 && length < NEUME_HISTORY_TEXT_BYTES;
}
