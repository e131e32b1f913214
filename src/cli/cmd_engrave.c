/* neume engrave: a notation file to a page of music. */
#include "cli.h"

#include "neume/service.h"

#include <string.h>

typedef struct settings {
    cli_common common;
    const char *to;
    int tune;
} settings;

static int run(const cli_call *call) {
    const settings *at = call->settings;
    if (call->count != 2) return cli_usage_error("usage: neume engrave IN OUT");
    const char *in = call->operands[0], *out = call->operands[1];
    const neume_convert_options options = {at->to, at->tune, {0}};
    if (strcmp(out, "-") == 0 && !options.format)
        return cli_usage_error("writing to standard output needs --to FORMAT");
    if (neume_engrave_check(&options, out)) return cli_usage_error("%s", neume_error_message());
    if (neume_format_ready(options.format, out, false)) return cli_complain(NULL), EXIT_FAILED;
    neume_buffer page = {0};
    neume_status status = neume_engrave_print(in, &options, out, &page);
    if (!status) return cli_write(out, &page);
    cli_complain(in);
    neume_buffer_clear(&page);
    return cli_exit_reading(status);
}

static const cli_option options[] = {
    {"to", 0, CLI_TEXT, offsetof(settings, to), "FORMAT", "write this format whatever OUT is called: svg, png, pdf",
     NULL, 0, 0},
    {"tune", 0, CLI_INT, offsetof(settings, tune), "N",
     "take the N-th tune of the file; without it PDF holds all, SVG and PNG the first", NULL, 0, 1000000},
    {0},
};

const cli_verb cli_engrave = {
    "engrave",
    "IN OUT",
    "print music as a page",
    "Draws ABC, MusicXML or kern as sheet music: SVG, PNG or PDF by OUT's extension. PDF has pages of A4, SVG "
    "and PNG are as high as the music. "
    "The programs abcm2ps and rsvg-convert (Debian: abcm2ps, librsvg2-bin) do the drawing.",
    "neume engrave tune.abc tune.pdf",
    options,
    sizeof(settings),
    NULL,
    run};
