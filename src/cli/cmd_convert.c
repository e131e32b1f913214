/* neume convert: notes from one notation to another. */
#include "cli.h"

#include "cli_page.h"

#include <string.h>

typedef struct settings {
    cli_common common;
    cli_page page;
    const char *to;
    int tune;
    bool roll;
} settings;

static int run(const cli_call *call) {
    const settings *at = call->settings;
    const bool json = at->common.json && call->count == 1; /* --json instead of OUT: JSON on standard output */
    if (call->count != 2 && !json) return cli_usage_error("usage: neume convert IN OUT");
    const char *in = call->operands[0], *out = json ? "-" : call->operands[1];
    neume_convert_options options = {json ? "json" : at->to, at->tune, {0}};
    if (cli_page_read(&at->page, &options.page)) return cli_usage_error("%s", neume_error_message());
    if (strcmp(out, "-") == 0 && !options.format)
        return cli_usage_error("writing to standard output needs --to FORMAT");
    options.page.roll = at->roll;
    if (neume_convert_check(&options, out)) return cli_usage_error("%s", neume_error_message());
    if (neume_format_ready(options.format, out, at->roll)) return cli_complain(NULL), EXIT_FAILED;
    neume_buffer bytes = {0};
    neume_status status = neume_convert_print(in, &options, out, &bytes);
    if (!status) return cli_write(out, &bytes);
    cli_complain(in);
    neume_buffer_clear(&bytes);
    return cli_exit_reading(status);
}

static const cli_option options[] = {
    {"to", 0, CLI_TEXT, offsetof(settings, to), "FORMAT",
     "write this format whatever OUT is called: abc, musicxml, mxl, mid, csv, json, svg, png, pdf", NULL, 0, 0},
    {"tune", 0, CLI_INT, offsetof(settings, tune), "N",
     "of an ABC file take the N-th tune; without it all go to ABC and PDF, the first to other formats", NULL, 0,
     1000000},
    CLI_PAGE_OPTIONS(settings, page),
    CLI_PAGE_AS_PLAYED(settings, page),
    {"roll", 0, CLI_FLAG, offsetof(settings, roll), NULL, "draw svg, png and pdf as a piano roll instead of a score",
     NULL, 0, 0},
    {0},
};

const cli_verb cli_convert = {
    "convert",
    "IN OUT",
    "turn notes from one notation into another",
    "Reads ABC, MIDI, MusicXML (.musicxml .xml .mxl), Humdrum kern (.krn), CSV or JSON notes and writes what OUT's "
    "extension says: ABC, MusicXML (.musicxml .xml .mxl), an engraved page (.pdf .svg .png; with --roll a piano roll), "
    "MIDI, CSV or JSON. ABC, MusicXML and kern keep their bars, keys and repeats; of MIDI, CSV and JSON they are "
    "found. A MIDI file's own tempo and bars are believed where its notes lie on them, as a notation program or a "
    "sequencer writes them. What IN is, is known by its content. - is "
    "standard input or output; --json without OUT prints JSON.",
    "neume convert score.musicxml score.mid",
    options,
    sizeof(settings),
    NULL,
    run};
