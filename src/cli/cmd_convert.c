/* neume convert: notes from one notation to another. */
#include "cli.h"

#include "neume/service.h"

#include <string.h>

typedef struct settings {
    cli_common common;
    const char *to;
} settings;

static int run(const cli_call *call) {
    const settings *at = call->settings;
    const bool json = at->common.json && call->count == 1; /* --json instead of OUT: JSON on standard output */
    if (call->count != 2 && !json) return cli_usage_error("usage: neume convert IN OUT");
    const char *in = call->operands[0], *out = json ? "-" : call->operands[1], *format = json ? "json" : at->to;
    if (strcmp(out, "-") == 0 && !format) return cli_usage_error("writing to standard output needs --to FORMAT");
    if (neume_format_check(format, out)) return cli_usage_error("%s", neume_error_message());
    neume_transcription music = {0};
    neume_status status = neume_music_read_file(in, &music);
    if (status) {
        cli_complain(in);
        return cli_exit_reading(status);
    }
    status = neume_transcription_write(&music, format, out);
    if (status) cli_complain(NULL);
    neume_transcription_clear(&music);
    return cli_exit_writing(status);
}

static const cli_option options[] = {
    {"to", 0, CLI_TEXT, offsetof(settings, to), "FORMAT",
     "write this format whatever OUT is called: mid, csv, json, svg, png, pdf", NULL, 0, 0},
    {0},
};

const cli_verb cli_convert = {
    "convert",
    "IN OUT",
    "turn notes from one notation into another",
    "Reads MIDI, MusicXML (.musicxml .xml .mxl), Humdrum kern (.krn), CSV or JSON notes and writes what OUT's "
    "extension says: MIDI, CSV, "
    "JSON or a piano roll (.svg .png .pdf). What IN is, is known by its content. - is standard input or output; --json "
    "without OUT prints JSON.",
    "neume convert score.musicxml score.mid",
    options,
    sizeof(settings),
    NULL,
    run};
