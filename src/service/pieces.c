/* Pieces of written music in and out of files of any format. */
#include "formats.h"

#include "neume/service_compose.h"

#include <stdio.h>
#include <string.h>

/* --- reading ------------------------------------------------------------------------------------------------------ */

neume_status neume_piece_read(const char *path, int tune, neume_score **out) {
    neume_buffer abc = {0};
    neume_abc_place place = {0};
    const neume_convert_options as_abc = {"abc", tune ? tune : 1, {0}};
    /* By way of ABC: it says all that written music says here, and what reads files is there already. */
    neume_status status = neume_convert_print(path, &as_abc, "", &abc);
    if (!status) status = neume_abc_read(abc.data, abc.size, &place, NULL, out);
    neume_buffer_clear(&abc);
    return status;
}

/* --- writing ------------------------------------------------------------------------------------------------------ */

static bool is_sound(const char *format) {
    return strcmp(format, "wav") == 0 || strcmp(format, "flac") == 0 || strcmp(format, "ogg") == 0;
}

static const char *format_of(const char *format, const char *path, char extension[16]) {
    if (format) return format;
    neume__file_extension(path, extension);
    return strcmp(path, "-") == 0 ? "abc" : extension;
}

neume_status neume_pieces_check(const char *format, const char *path) {
    char extension[16];
    const char *name = format_of(format, path, extension);
    if (is_sound(name) && strcmp(path, "-") == 0)
        return neume_fail(NEUME_EINVAL, "sound is not written to standard output");
    if (is_sound(name)) return NEUME_OK;
    if (neume_format_check(name, path))
        return neume_fail(NEUME_EINVAL, "cannot write '%s'; possible are %s wav flac ogg", name, neume_format_names());
    return neume_format_ready(name, path, false);
}

static neume_status print_all(neume_score *const *pieces, size_t count, neume_buffer *abc) {
    for (size_t i = 0; i < count; i++) {
        if (i) NEUME_TRY(neume_buffer_append(abc, "\n", 1));
        NEUME_TRY(neume_abc_write(pieces[i], (int)i + 1, abc));
    }
    return NEUME_OK;
}

static neume_status print_page(neume_score *const *pieces, size_t count, const char *format, neume_buffer *out) {
    neume_buffer abc = {0};
    neume_status status = print_all(pieces, count, &abc);
    if (!status) status = neume_engrave(abc.data, abc.size, format, out);
    neume_buffer_clear(&abc);
    return status;
}

static neume_status print_notes(const neume_score *piece, const char *format, neume_buffer *out) {
    neume_transcription music = {0};
    neume_status status = neume_score_to_notes(piece, &music.notes);
    music.duration_s = neume_notes_end_s(&music.notes);
    if (!status) status = neume_transcription_print(&music, format, out);
    neume_transcription_clear(&music);
    return status;
}

static neume_status print_one(neume_score *const *pieces, size_t count, const char *format, neume_buffer *out) {
    if (strcmp(format, "abc") == 0) return print_all(pieces, count, out);
    if (neume__is_picture(format)) return print_page(pieces, count, format, out);
    if (strcmp(format, "musicxml") == 0 || strcmp(format, "xml") == 0) return neume_musicxml_write(*pieces, out);
    if (strcmp(format, "mxl") == 0) return neume_mxl_write(*pieces, out);
    if (strcmp(format, "mid") == 0 || strcmp(format, "midi") == 0) return neume_midi_write_score(*pieces, out);
    return print_notes(*pieces, format, out);
}

static neume_status play_into(const neume_score *piece, const char *path) {
    neume_notes notes = {0};
    neume_status status = neume_score_to_notes(piece, &notes);
    if (!status) status = neume_render_file(&notes, &(neume_sound_options){0}, path, NULL);
    neume_notes_clear(&notes);
    return status;
}

static neume_status write_one(neume_score *const *pieces, size_t count, const char *format, const char *path) {
    neume_buffer bytes = {0};
    if (is_sound(format)) return play_into(*pieces, path);
    neume_status status = print_one(pieces, count, format, &bytes);
    if (!status) status = neume_file_write(path, bytes.data, bytes.size);
    neume_buffer_clear(&bytes);
    return status;
}

/* "theme.mid" is "theme-2.mid". */
static neume_status number_path(const char *path, size_t number, neume_buffer *out) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *dot = strrchr(name, '.');
    const size_t stem = dot && dot != name ? (size_t)(dot - path) : strlen(path);
    return neume_buffer_print(out, "%.*s-%zu%s", (int)stem, path, number, path + stem);
}

neume_status neume_pieces_write(neume_score *const *pieces, size_t count, const char *format, const char *path) {
    char extension[16];
    const char *name = format_of(format, path, extension);
    const bool together = strcmp(name, "abc") == 0 || strcmp(name, "pdf") == 0 || strcmp(path, "-") == 0;
    NEUME_TRY(neume_pieces_check(format, path));
    if (!count) return neume_fail(NEUME_EINVAL, "there is nothing to write");
    NEUME_TRY(write_one(pieces, together ? count : 1, name, path));
    for (size_t i = 1; i < count && !together; i++) {
        neume_buffer numbered = {0};
        neume_status status = number_path(path, i + 1, &numbered);
        if (!status) status = write_one(pieces + i, 1, name, numbered.data);
        neume_buffer_clear(&numbered);
        NEUME_TRY(status);
    }
    return NEUME_OK;
}
