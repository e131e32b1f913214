/* What notes can be written as: a table of names and writers, so that one more format is one more row. */
#include "neume/service.h"

#include <string.h>

typedef neume_status format_writer(const neume_transcription *transcription, neume_buffer *out);

static neume_performance performance_of(const neume_transcription *t) {
    return (neume_performance){t->pedals.count ? &t->pedals : NULL, t->has_bends ? &t->bends : NULL};
}

static neume_status write_midi(const neume_transcription *transcription, neume_buffer *out) {
    const neume_performance performance = performance_of(transcription);
    return neume_midi_write_performance(&transcription->notes, &performance, out);
}

static neume_status write_csv(const neume_transcription *transcription, neume_buffer *out) {
    return neume_csv_write_notes(&transcription->notes, out);
}

static neume_status write_json(const neume_transcription *transcription, neume_buffer *out) {
    const neume_transcription_info info = {transcription->source ? transcription->source : "",
                                           transcription->model ? transcription->model : "", transcription->duration_s,
                                           performance_of(transcription)};
    return neume_json_write_notes(&transcription->notes, &info, out);
}

/* A page shows the whole recording, its silent end too, under its file's name without the folder. */
static neume_piano_roll_options roll_options(const neume_transcription *transcription) {
    const char *source = transcription->source, *slash = source ? strrchr(source, '/') : NULL;
    return (neume_piano_roll_options){.end_s = transcription->duration_s, .title = slash ? slash + 1 : source};
}

static neume_status write_svg(const neume_transcription *transcription, neume_buffer *out) {
    const neume_piano_roll_options options = roll_options(transcription);
    return neume_piano_roll_svg(&transcription->notes, &options, out);
}

static neume_status write_png(const neume_transcription *transcription, neume_buffer *out) {
    const neume_piano_roll_options options = roll_options(transcription);
    return neume_piano_roll_png(&transcription->notes, &options, out);
}

static neume_status write_pdf(const neume_transcription *transcription, neume_buffer *out) {
    const neume_piano_roll_options options = roll_options(transcription);
    return neume_piano_roll_pdf(&transcription->notes, &options, out);
}

/* --- as written music --------------------------------------------------------------------------------------------- */

typedef neume_status score_writer(const neume_score *score, neume_buffer *out);

static neume_status write_down(const neume_transcription *transcription, score_writer *write, neume_buffer *out) {
    neume_score *score = NULL;
    NEUME_TRY(neume_notes_write_down(&transcription->notes, &transcription->page, &score));
    const neume_status status = write(score, out);
    neume_score_free(score);
    return status;
}

static neume_status one_tune(const neume_score *score, neume_buffer *out) {
    return neume_abc_write(score, 1, out);
}

static neume_status write_abc(const neume_transcription *transcription, neume_buffer *out) {
    return write_down(transcription, one_tune, out);
}

static neume_status write_musicxml(const neume_transcription *transcription, neume_buffer *out) {
    return write_down(transcription, neume_musicxml_write, out);
}

static neume_status write_mxl(const neume_transcription *transcription, neume_buffer *out) {
    return write_down(transcription, neume_mxl_write, out);
}

/* ------------------------------------------------------------------------------------------------------------------ */

static const struct {
    const char *name;
    format_writer *write;
} formats[] = {
    {"mid", write_midi}, {"midi", write_midi},         {"csv", write_csv},      {"json", write_json},
    {"abc", write_abc},  {"musicxml", write_musicxml}, {"xml", write_musicxml}, {"mxl", write_mxl},
    {"svg", write_svg},  {"png", write_png},           {"pdf", write_pdf},
};

const char *neume_format_names(void) {
    return "abc musicxml mxl mid csv json svg png pdf";
}

static format_writer *find_writer(const char *name) {
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strcmp(formats[i].name, name) == 0) return formats[i].write;
    return NULL;
}

neume_status neume_format_check(const char *format, const char *path) {
    char extension[16];
    if (!format) neume__file_extension(path, extension);
    const char *name = format ? format : extension;
    if (find_writer(name)) return NEUME_OK;
    if (!*name) return neume_fail(NEUME_EINVAL, "%s: no format is named; possible are %s", path, neume_format_names());
    return neume_fail(NEUME_EINVAL, "cannot write '%s'; possible are %s", name, neume_format_names());
}

neume_status neume_transcription_print(const neume_transcription *transcription, const char *format,
                                       neume_buffer *out) {
    format_writer *write = find_writer(format);
    if (!write) return neume_fail(NEUME_EINVAL, "cannot write '%s'; possible are %s", format, neume_format_names());
    return write(transcription, out);
}

neume_status neume_transcription_write(const neume_transcription *transcription, const char *format, const char *path) {
    char extension[16];
    NEUME_TRY(neume_format_check(format, path));
    if (!format) neume__file_extension(path, extension);
    neume_buffer bytes = {0};
    neume_status status = neume_transcription_print(transcription, format ? format : extension, &bytes);
    if (!status) status = neume_file_write(path, bytes.data, bytes.size);
    neume_buffer_clear(&bytes);
    return status;
}

neume_status neume_music_read_file(const char *path, neume_transcription *out) {
    neume_transcription music = {0};
    neume_status status = NEUME_OK;
    NEUME_GO(neume_music_read_notes(path, 0, &music.notes));
    music.duration_s = neume_notes_end_s(&music.notes);
    music.source = neume__strdup(path);
    if (!music.source) NEUME_GO(NEUME_ENOMEM);
    neume_transcription_clear(out);
    *out = music;
    return NEUME_OK;
fail:
    neume_transcription_clear(&music);
    return status;
}
