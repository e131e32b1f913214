/* neume analyse: tempo, beats, metre, key, chords and instruments of a recording or of notes. */
#include "cli.h"

#include "cli_page.h"

#include <string.h>

typedef struct settings {
    cli_common common;
    cli_page page;
    const char *model, *cast_model, *kit_model;
    bool places;
} settings;

static bool is_notation(const char *path) {
    static const char *const known[] = {"mid", "midi", "abc", "musicxml", "xml", "mxl", "krn", "csv", "json"};
    char extension[16];
    neume__file_extension(path, extension);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(extension, known[i]) == 0) return true;
    return false;
}

static neume_status listen(const settings *at, const char *song, neume_transcription *out) {
    neume_buffer path = {0};
    neume_hear_model *model = NULL;
    const neume_hearing_files files = {at->model, at->cast_model, at->kit_model};
    neume_status status = neume_hearing_open(&files, &path, &model);
    neume_buffer_clear(&path);
    if (!status) {
        cli_bar bar;
        cli_bar_start(&bar, &at->common, song);
        const neume_progress progress = cli_bar_progress(&bar);
        status = neume_transcribe_file(model, song, NULL, &progress, out);
        cli_bar_end(&bar);
    }
    neume_hear_model_free(model);
    return status;
}

static int run(const cli_call *call) {
    const settings *at = call->settings;
    if (call->count != 1) return cli_usage_error("usage: neume analyse SONG");
    const char *song = call->operands[0];
    neume_page_options page;
    if (cli_page_read(&at->page, &page)) return cli_usage_error("%s", neume_error_message());
    neume_transcription music = {0};
    neume_buffer text = {0};
    neume_status status = is_notation(song) ? neume_music_read_file(song, &music) : listen(at, song, &music);
    if (!status)
        status = at->places ? neume_places_print(&music, &page, &text) : neume_analysis_print(&music, &page, &text);
    neume_transcription_clear(&music);
    if (!status) return cli_say(&text);
    cli_complain(song);
    neume_buffer_clear(&text);
    return cli_exit_reading(status);
}

static const cli_option options[] = {
    CLI_PAGE_OPTIONS(settings, page),
    CLI_PAGE_AS_PLAYED(settings, page),
    {"model", 0, CLI_TEXT, offsetof(settings, model), "FILE", "hear with this note model instead of the one that ships",
     NULL, 0, 0},
    {"cast-model", 0, CLI_TEXT, offsetof(settings, cast_model), "FILE",
     "settle who plays what with this network instead of the one that ships", NULL, 0, 0},
    {"kit-model", 0, CLI_TEXT, offsetof(settings, kit_model), "FILE",
     "hear drums with these networks instead of those that ship", NULL, 0, 0},
    {"places", 0, CLI_FLAG, offsetof(settings, places), NULL,
     "instead say where each note stands on the page: measures, and notes with their ticks, staff and voice", NULL, 0,
     0},
    {0},
};

const cli_verb cli_analyse = {
    "analyse",
    "SONG",
    "tempo, beats, metre, key, chords and instruments",
    "Hears a recording, or reads notes (MIDI, ABC, MusicXML, kern, CSV, JSON), and prints as JSON: duration_s, "
    "tempo_bpm, "
    "metre, key, beats_s, downbeats_s, chords in Harte's syntax, and instruments with their shares of the notes.",
    "neume analyse song.mp3",
    options,
    sizeof(settings),
    NULL,
    run};
