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
    return NULL;
}

neume_status neume_notes_read_file(const char *path, neume_notes *out) {
    char extension[16];
    neume_buffer file = {0};
    NEUME_TRY(neume_file_read(path, NEUME_NOTATION_LIMIT_BYTES, &file));
    neume__file_extension(path, extension);
    read_bytes *read = reader_of(&file, extension);
    neume_status status = read ? read(file.data, file.size, out)
                               : neume_fail(NEUME_EFORMAT, "%s: not MIDI, MusicXML, kern, CSV or JSON notes", path);
    neume_buffer_clear(&file);
    return status;
}
