/* Any notation to any. ABC, MusicXML and kern are written music and stay it: to ABC (of ABC all tunes, tidied), to
 * MusicXML, to MIDI (in ticks, with metre and key) and on engraved pages; to the other formats they go as the notes
 * they sound. Notes without bars are written down first where the other side is written music. */
#include "formats.h"

#include <string.h>

static const char *format_of(const neume_convert_options *options, const char *out, char extension[16]) {
    if (options->format) return options->format;
    neume__file_extension(out, extension);
    return extension;
}

static neume_status write_abc(const neume_score *score, neume_buffer *out) {
    return neume_abc_write(score, 1, out);
}

typedef neume_status score_writer(const neume_score *score, neume_buffer *out);

/* What written music stays written music in; NULL: another format. */
static score_writer *find_score_writer(const char *format) {
    static const struct {
        const char *name;
        score_writer *write;
    } writers[] = {{"abc", write_abc},       {"musicxml", neume_musicxml_write}, {"xml", neume_musicxml_write},
                   {"mxl", neume_mxl_write}, {"mid", neume_midi_write_score},    {"midi", neume_midi_write_score}};
    for (size_t i = 0; i < sizeof writers / sizeof *writers; i++)
        if (strcmp(format, writers[i].name) == 0) return writers[i].write;
    return NULL;
}

neume_status neume_convert_check(const neume_convert_options *options, const char *out) {
    char extension[16];
    const char *format = format_of(options, out, extension);
    if (find_score_writer(format)) return NEUME_OK;
    if (!*format || neume_format_check(options->format, out) == NEUME_OK)
        return neume_format_check(options->format, out);
    return neume_fail(NEUME_EINVAL, "cannot write '%s'; possible are abc musicxml mxl %s", format,
                      neume_format_names());
}

/* The tunes of a file one by one; a tune that is refused is left out. */
typedef struct reading {
    const char *path;
    neume_page_options page; /* of notes without bars */
    neume_buffer file;
    neume_abc_place place;
    neume_report report;
    int number, refused;
    char refusal[200]; /* of the first */
} reading;

/* One line for all that was left out. */
static void tell_warnings(const reading *r) {
    if (r->refused) neume_log(NEUME_LOG_WARNING, "%s: tunes left out: %d (%s)", r->path, r->refused, r->refusal);
    if (!r->report.warnings || !r->report.text.data) return;
    size_t first = strcspn(r->report.text.data, "\n");
    neume_log(NEUME_LOG_WARNING, "%s: left out or mended what could not be understood (%d times; %.*s)", r->path,
              r->report.warnings, (int)first, r->report.text.data);
}

static neume_status next_tune(reading *r, neume_score **out) {
    for (;;) {
        neume_status status = neume_abc_read(r->file.data, r->file.size, &r->place, &r->report, out);
        if (status != NEUME_EFORMAT) return status;
        if (!r->refused++) snprintf(r->refusal, sizeof r->refusal, "%s", neume_error_message());
        r->number++;
    }
}

static neume_status no_tune(const reading *r) {
    return neume_fail(NEUME_EFORMAT, "%s: %s", r->path, r->refused ? r->refusal : "there is no tune in it");
}

static neume_status print_all(reading *r, neume_buffer *out) {
    for (bool first = true;; first = false) {
        neume_score *score = NULL;
        neume_status status = next_tune(r, &score);
        if (status == NEUME_ENOTFOUND && !first) return NEUME_OK;
        if (status == NEUME_ENOTFOUND) return no_tune(r);
        NEUME_TRY(status);
        if (!first) status = neume_buffer_append(out, "\n", 1);
        if (!status) status = neume_abc_write(score, ++r->number, out);
        neume_score_free(score);
        NEUME_TRY(status);
    }
}

static neume_status find_tune(reading *r, int tune, neume_score **out) {
    for (;;) {
        neume_score *score = NULL;
        neume_status status = next_tune(r, &score);
        if (status == NEUME_ENOTFOUND && tune)
            return neume_fail(NEUME_ENOTFOUND, "%s: there is no tune %d", r->path, tune);
        if (status == NEUME_ENOTFOUND) return no_tune(r);
        NEUME_TRY(status);
        if (++r->number >= tune) {
            *out = score;
            return NEUME_OK;
        }
        neume_score_free(score);
        neume_report_clear(&r->report); /* nobody asked for that one */
    }
}

static neume_status set_title(const reading *r, neume_transcription *music) {
    char title[256];
    if (!neume_midi_title(r->file.data, r->file.size, title)) return NEUME_OK;
    return (music->title = neume__strdup(title)) ? NEUME_OK : NEUME_ENOMEM;
}

/* Takes the notes over. */
static neume_status print_notes(const reading *r, neume_notes *notes, const char *format, neume_buffer *out) {
    neume_transcription music = {
        .notes = *notes, .duration_s = neume_notes_end_s(notes), .source = neume__strdup(r->path), .page = r->page};
    *notes = (neume_notes){0};
    neume_status status = music.source ? set_title(r, &music) : NEUME_ENOMEM;
    if (!status) status = neume_clock_read(r->file.data, r->file.size, &music.clock);
    if (!status) status = neume_transcription_print(&music, format, out);
    neume_transcription_clear(&music);
    return status;
}

static neume_status print_played(const neume_score *score, const reading *r, const char *format, neume_buffer *out) {
    neume_notes notes = {0};
    NEUME_TRY(neume_score_to_notes(score, &notes));
    return print_notes(r, &notes, format, out);
}

/* Written music stays it where the other format is such, too. */
static neume_status print_score(const neume_score *score, const reading *r, const char *format, neume_buffer *out) {
    score_writer *write = find_score_writer(format);
    return write ? write(score, out) : print_played(score, r, format, out);
}

static neume_status convert_abc(reading *r, int tune, const char *format, neume_buffer *out) {
    neume_score *score = NULL;
    if (strcmp(format, "abc") == 0 && !tune) return print_all(r, out);
    NEUME_TRY(find_tune(r, tune, &score));
    const neume_status status = print_score(score, r, format, out);
    neume_score_free(score);
    return status;
}

/* MusicXML and kern; notes without bars are written down where the other format is written music. */
static neume_status convert_other(reading *r, const char *format, neume_buffer *out) {
    neume_notes notes = {0};
    neume_score *score = NULL;
    neume_status status = neume_score_read(r->path, r->file.data, r->file.size, &r->report, &score);
    if (!status) {
        status = print_score(score, r, format, out);
        neume_score_free(score);
        return status;
    }
    if (status != NEUME_EUNSUPPORTED) return status;
    NEUME_TRY(neume_notes_read(r->path, r->file.data, r->file.size, &notes));
    return print_notes(r, &notes, format, out);
}

/* The whole file in memory. @return through *abc whether it is ABC */
static neume_status reading_open(reading *r, const char *in, bool *abc) {
    char extension[16];
    *r = (reading){.path = in};
    NEUME_TRY(neume_file_read(in, NEUME_NOTATION_LIMIT_BYTES, &r->file));
    neume__file_extension(in, extension);
    *abc = r->file.size && (neume_abc_sniff(r->file.data, r->file.size) || strcmp(extension, "abc") == 0);
    return NEUME_OK;
}

static neume_status reading_close(reading *r, neume_status status) {
    if (!status) tell_warnings(r);
    neume_report_clear(&r->report);
    neume_buffer_clear(&r->file);
    return status;
}

neume_status neume_convert_print(const char *in, const neume_convert_options *options, const char *out,
                                 neume_buffer *bytes) {
    char extension[16];
    bool abc;
    reading r;
    NEUME_TRY(neume_convert_check(options, out));
    const char *format = format_of(options, out, extension);
    if (neume__is_picture(format) && !options->page.roll) return neume_engrave_print(in, options, out, bytes);
    NEUME_TRY(reading_open(&r, in, &abc));
    r.page = options->page;
    return reading_close(&r, abc ? convert_abc(&r, options->tune, format, bytes) : convert_other(&r, format, bytes));
}

/* Of the music, its notes and clock are read. */
static neume_status read_music(const char *in, int tune, neume_transcription *out) {
    bool abc;
    reading r;
    neume_score *score = NULL;
    NEUME_TRY(reading_open(&r, in, &abc));
    neume_status status;
    if (abc) {
        status = find_tune(&r, tune, &score);
        if (!status) status = neume_score_to_notes(score, &out->notes);
        neume_score_free(score);
    } else {
        status = neume_notes_read(in, r.file.data, r.file.size, &out->notes);
        if (!status) status = neume_clock_read(r.file.data, r.file.size, &out->clock);
    }
    return reading_close(&r, status);
}

neume_status neume_music_read_notes(const char *in, int tune, neume_notes *out) {
    neume_transcription music = {0};
    const neume_status status = read_music(in, tune, &music);
    if (!status) {
        *out = music.notes;
        music.notes = (neume_notes){0};
    }
    neume_transcription_clear(&music);
    return status;
}

neume_status neume_music_read_file(const char *path, neume_transcription *out) {
    neume_transcription music = {0};
    neume_status status = NEUME_OK;
    NEUME_GO(read_music(path, 0, &music));
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

/* --- engraving ---------------------------------------------------------------------------------------------------- */

neume_status neume_engrave_check(const neume_convert_options *options, const char *out) {
    char extension[16];
    const char *format = format_of(options, out, extension);
    if (neume__is_picture(format)) return NEUME_OK;
    return neume_fail(NEUME_EINVAL, "cannot engrave '%s'; possible are svg png pdf", format);
}

neume_status neume_engrave_print(const char *in, const neume_convert_options *options, const char *out,
                                 neume_buffer *page) {
    char extension[16];
    NEUME_TRY(neume_engrave_check(options, out));
    const char *format = format_of(options, out, extension);
    int tune = options->tune ? options->tune : strcmp(format, "pdf") == 0 ? 0 : 1;
    const neume_convert_options to_abc = {"abc", tune, options->page};
    neume_buffer abc = {0};
    neume_status status = neume_convert_print(in, &to_abc, "", &abc);
    if (!status) status = neume_engrave(abc.data, abc.size, format, page);
    neume_buffer_clear(&abc);
    return status;
}
