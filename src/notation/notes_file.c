/* Any file of music, known by its content first and its extension second. Written music sounds as it is played. */
#include "neume/notation.h"

#include <string.h>

/* One of the two: written music, or notes in seconds. */
typedef struct format {
    neume_status (*score)(const void *bytes, size_t count, neume_report *report, neume_score **out);
    neume_status (*notes)(const void *bytes, size_t count, neume_notes *out);
} format;

/* The first tune. */
static neume_status read_abc(const void *bytes, size_t count, neume_report *report, neume_score **out) {
    neume_abc_place place = {0};
    return neume_abc_read(bytes, count, &place, report, out);
}

static neume_status read_kern(const void *bytes, size_t count, neume_report *report, neume_score **out) {
    return neume_kern_read(bytes, count, report, out);
}

static neume_status read_csv(const void *bytes, size_t count, neume_notes *out) {
    return neume_csv_read_notes(bytes, count, out);
}

static neume_status read_json(const void *bytes, size_t count, neume_notes *out) {
    return neume_json_read_notes(bytes, count, out);
}

static bool starts(const neume_buffer *file, size_t at, const char *with) {
    size_t length = strlen(with);
    return file->size - at >= length && memcmp(file->data + at, with, length) == 0;
}

/* Where the text begins: behind a byte order mark and white space. */
static size_t text_start(const neume_buffer *file) {
    size_t at = starts(file, 0, "\xef\xbb\xbf") ? 3 : 0;
    while (at < file->size && strchr(" \t\r\n", file->data[at]) && file->data[at]) at++;
    return at;
}

static format format_of(const neume_buffer *file, const char *extension) {
    size_t at = text_start(file);
    if (starts(file, 0, "MThd")) return (format){.notes = neume_midi_read_notes};
    if (starts(file, 0, "PK\x03\x04") || starts(file, at, "<") || starts(file, 0, "\xff\xfe<") ||
        starts(file, 0, "\xfe\xff"))
        return (format){.score = neume_musicxml_read};
    if (starts(file, at, "{")) return (format){.notes = read_json};
    if (starts(file, at, "**") || starts(file, at, "!")) return (format){.score = read_kern};
    if (strcmp(extension, "csv") == 0 || starts(file, at, "onset") ||
        memmem(file->data, file->size < 200 ? file->size : 200, "onset,", 6))
        return (format){.notes = read_csv};
    if (neume_abc_sniff(file->data, file->size) || strcmp(extension, "abc") == 0) return (format){.score = read_abc};
    return (format){0};
}

static format find_format(const char *name, const void *bytes, size_t count) {
    char extension[16];
    const neume_buffer file = {(char *)(uintptr_t)bytes, count, count};
    neume__file_extension(name, extension);
    return count ? format_of(&file, extension) : (format){0};
}

static neume_status no_format(const char *name) {
    return neume_fail(NEUME_EFORMAT, "%s: not ABC, MIDI, MusicXML, kern, CSV or JSON notes", name);
}

neume_status neume_notes_read(const char *name, const void *bytes, size_t count, neume_notes *out) {
    const format found = find_format(name, bytes, count);
    neume_score *score = NULL;
    if (found.notes) return found.notes(bytes, count, out);
    if (!found.score) return no_format(name);
    NEUME_TRY(found.score(bytes, count, NULL, &score));
    neume_status status = neume_score_to_notes(score, out);
    neume_score_free(score);
    return status;
}

neume_status neume_clock_read(const void *bytes, size_t count, neume_clock *out) {
    const neume_buffer file = {(char *)(uintptr_t)bytes, count, count};
    return starts(&file, 0, "MThd") ? neume_midi_read_clock(bytes, count, out) : NEUME_OK;
}

neume_status neume_score_read(const char *name, const void *bytes, size_t count, neume_report *report,
                              neume_score **out) {
    const format found = find_format(name, bytes, count);
    if (found.score) return found.score(bytes, count, report, out);
    if (!found.notes) return no_format(name);
    return neume_fail(NEUME_EUNSUPPORTED,
                      "%s: holds notes without bars; written music comes from ABC, MusicXML and kern", name);
}

neume_status neume_notes_read_file(const char *path, neume_notes *out) {
    neume_buffer file = {0};
    NEUME_TRY(neume_file_read(path, NEUME_NOTATION_LIMIT_BYTES, &file));
    neume_status status = neume_notes_read(path, file.data, file.size, out);
    neume_buffer_clear(&file);
    return status;
}
