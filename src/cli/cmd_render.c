/* neume render: a notation file to sound. */
#include "cli.h"

#include "neume/service.h"

typedef struct settings {
    cli_common common;
    const char *font;
    int tune, rate;
    bool dry;
} settings;

static int run(const cli_call *call) {
    const settings *at = call->settings;
    if (call->count != 2) return cli_usage_error("usage: neume render IN OUT");
    const char *in = call->operands[0], *out = call->operands[1];
    neume_notes notes = {0};
    neume_status status = neume_music_read_notes(in, at->tune, &notes);
    if (status) {
        cli_complain(in);
        return cli_exit_reading(status);
    }
    const neume_sound_options options = {at->font, at->rate, at->dry};
    cli_bar bar;
    cli_bar_start(&bar, &at->common, "rendering");
    const neume_progress progress = cli_bar_progress(&bar);
    status = neume_render_file(&notes, &options, out, &progress);
    cli_bar_end(&bar);
    if (status) cli_complain(NULL);
    neume_notes_clear(&notes);
    return cli_exit_writing(status);
}

static const cli_option options[] = {
    {"soundfont", 0, CLI_TEXT, offsetof(settings, font), "FILE",
     "play this SoundFont (.sf2 .sf3); otherwise $NEUME_SOUNDFONT or the first of Debian's that is installed", NULL, 0,
     0},
    {"tune", 0, CLI_INT, offsetof(settings, tune), "N", "of an ABC file play the N-th tune, not the first", NULL, 0,
     1000000},
    {"rate", 0, CLI_INT, offsetof(settings, rate), "HZ", "samples a second; 44100 otherwise", NULL, 8000, 96000},
    {"dry", 0, CLI_FLAG, offsetof(settings, dry), NULL, "without reverberation", NULL, 0, 0},
    {0},
};

const cli_verb cli_render = {"render",
                             "IN OUT",
                             "play music into a file",
                             "Plays any notation that convert reads (ABC, MIDI, MusicXML, kern, CSV, JSON) with "
                             "FluidSynth and a SoundFont, stereo, "
                             "as WAV, FLAC or OGG by OUT's extension.",
                             "neume render tune.abc tune.flac",
                             options,
                             sizeof(settings),
                             NULL,
                             run};
