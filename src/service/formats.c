/* What notes can be written as: a table of names and writers, so that one more format is one more row. */
#include "formats.h"

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

/* --- as written music --------------------------------------------------------------------------------------------- */

typedef neume_status score_writer(const neume_score *score, neume_buffer *out);

/* "song" of "music/song.tar.mp3" is "song.tar": the name without folder and last extension. */
static void clean_stem(const char *path, char out[256]) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *dot = strrchr(name, '.');
    neume__text_clean(name, dot && dot != name ? (size_t)(dot - name) : strlen(name), out, 256);
}

/* What the user says comes before what the recording says. */
static neume_status write_down(const neume_transcription *transcription, score_writer *write, neume_buffer *out) {
    char stem[256] = "";
    neume_score *score = NULL;
    neume_page_options page = transcription->page;
    const char *source = transcription->source;
    if (source && strcmp(source, "-") != 0) clean_stem(source, stem);
    if (!page.title) page.title = transcription->title ? transcription->title : *stem ? stem : NULL;
    if (!page.composer) page.composer = transcription->composer;
    NEUME_TRY(neume_notes_write_down(transcription, &page, &score));
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

/* --- pictures: pages of music, or piano rolls --------------------------------------------------------------------- */

/* A page shows the whole recording, its silent end too, under its file's name without the folder. */
static neume_piano_roll_options roll_options(const neume_transcription *transcription) {
    const char *source = transcription->source, *slash = source ? strrchr(source, '/') : NULL;
    return (neume_piano_roll_options){.end_s = transcription->duration_s, .title = slash ? slash + 1 : source};
}

typedef neume_status roll_drawer(const neume_notes *notes, const neume_piano_roll_options *options, neume_buffer *out);

static neume_status draw(const neume_transcription *transcription, const char *format, roll_drawer *roll,
                         neume_buffer *out) {
    neume_buffer abc = {0};
    const neume_piano_roll_options options = roll_options(transcription);
    if (transcription->page.roll) return roll(&transcription->notes, &options, out);
    neume_status status = write_abc(transcription, &abc);
    if (!status) status = neume_engrave(abc.data, abc.size, format, out);
    neume_buffer_clear(&abc);
    return status;
}

static neume_status write_svg(const neume_transcription *transcription, neume_buffer *out) {
    return draw(transcription, "svg", neume_piano_roll_svg, out);
}

static neume_status write_png(const neume_transcription *transcription, neume_buffer *out) {
    return draw(transcription, "png", neume_piano_roll_png, out);
}

static neume_status write_pdf(const neume_transcription *transcription, neume_buffer *out) {
    return draw(transcription, "pdf", neume_piano_roll_pdf, out);
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

bool neume__is_picture(const char *format) {
    return strcmp(format, "svg") == 0 || strcmp(format, "png") == 0 || strcmp(format, "pdf") == 0;
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

neume_status neume_format_ready(const char *format, const char *path, bool roll) {
    char extension[16];
    if (!format) neume__file_extension(path, extension);
    const char *name = format ? format : extension;
    return neume__is_picture(name) && !roll ? neume_engrave_ready(name) : NEUME_OK;
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
