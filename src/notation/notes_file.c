/* Any file of notes, known by its content first and its extension second. */
#include "neume/notation.h"

#include <string.h>

typedef neume_status read_bytes(const void *bytes, size_t count, neume_notes *out);

static neume_status read_csv(const void *bytes, size_t count, neume_notes *out) {
    return neume_csv_read_notes(bytes, count, out);
}

static neume_status read_json(const void *bytes, size_t count, neume_notes *out) {
    return neume_json_read_notes(bytes, count, out);
}

static neume_status read_kern(const void *bytes, size_t count, neume_notes *out) {
    return neume_kern_read_notes(bytes, count, out);
}

/* The first tune, played. */
static neume_status read_abc(const void *bytes, size_t count, neume_notes *out) {
    neume_abc_place place = {0};
    neume_score *score = NULL;
    neume_played played = {0};
    NEUME_TRY(neume_abc_read(bytes, count, &place, NULL, &score));
    neume_status status = neume_score_play(score, &played);
    if (!status) status = neume_played_notes(&played, out);
    neume_played_clear(&played);
    neume_score_free(score);
    return status;
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

static read_bytes *reader_of(const neume_buffer *file, const char *extension) {
    size_t at = text_start(file);
    if (starts(file, 0, "MThd")) return neume_midi_read_notes;
    if (starts(file, 0, "PK\x03\x04") || starts(file, at, "<") || starts(file, 0, "\xff\xfe<") ||
        starts(file, 0, "\xfe\xff"))
        return neume_musicxml_read_notes;
    if (starts(file, at, "{")) return read_json;
    if (starts(file, at, "**") || starts(file, at, "!")) return read_kern;
    if (strcmp(extension, "csv") == 0 || starts(file, at, "onset") ||
        memmem(file->data, file->size < 200 ? file->size : 200, "onset,", 6))
        return read_csv;
    if (neume_abc_sniff(file->data, file->size) || strcmp(extension, "abc") == 0) return read_abc;
    return NULL;
}

neume_status neume_notes_read(const char *name, const void *bytes, size_t count, neume_notes *out) {
    char extension[16];
    const neume_buffer file = {(char *)(uintptr_t)bytes, count, count};
    neume__file_extension(name, extension);
    read_bytes *read = count ? reader_of(&file, extension) : NULL;
    if (!read) return neume_fail(NEUME_EFORMAT, "%s: not ABC, MIDI, MusicXML, kern, CSV or JSON notes", name);
    return read(bytes, count, out);
}

static neume_status read_kern_score(const void *bytes, size_t count, neume_score **out) {
    return neume_kern_read(bytes, count, out);
}

static neume_status read_abc_score(const void *bytes, size_t count, neume_score **out) {
    neume_abc_place place = {0};
    return neume_abc_read(bytes, count, &place, NULL, out);
}

neume_status neume_score_read(const char *name, const void *bytes, size_t count, neume_score **out) {
    static const struct {
        read_bytes *notes;
        neume_status (*score)(const void *bytes, size_t count, neume_score **out);
    } readers[] = {
        {read_abc, read_abc_score}, {neume_musicxml_read_notes, neume_musicxml_read}, {read_kern, read_kern_score}};
    char extension[16];
    const neume_buffer file = {(char *)(uintptr_t)bytes, count, count};
    neume__file_extension(name, extension);
    read_bytes *read = count ? reader_of(&file, extension) : NULL;
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++)
        if (readers[i].notes == read) return readers[i].score(bytes, count, out);
    if (!read) return neume_fail(NEUME_EFORMAT, "%s: not ABC, MIDI, MusicXML, kern, CSV or JSON notes", name);
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
