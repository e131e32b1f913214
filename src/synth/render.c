/* Notes to sound as a listener wants it: FluidSynth plays a SoundFont, stereo, with its reverb, block by block.
 *
 * Every program has a channel of its own, so nothing is ever switched while it sounds. A key struck again before its
 * end is let go first; an end counts only if its own stroke is the key's latest. */
#include "neume/synth.h"

#include "fluid.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    BLOCK = 1024,
    CHANNELS = 144, /* FluidSynth counts them in sixteens; one a program, and drums */
    BANK_DRUMS = 128,
    LATEST_S = 100 * 3600,
};
static const double TAIL_S = 2;

static const char *const fonts[] = {
    "/usr/share/sounds/sf2/FluidR3_GM.sf2",
    "/usr/share/sounds/sf3/MuseScore_General.sf3",
    "/usr/share/sounds/sf3/MuseScore_General_Lite.sf3",
    "/usr/share/sounds/sf3/default-GM.sf3",
    "/usr/share/sounds/sf2/default-GM.sf2",
    "/usr/share/sounds/sf2/TimGM6mb.sf2",
};

typedef struct event {
    double time_s;
    size_t note;
    bool on;
} event;

typedef struct player {
    const neume_notes *notes;
    const neume_render_options *options;
    fluid fluid;
    event *events;
    size_t *sounding; /* (CHANNELS, 128): which note holds the key, + 1 */
    int64_t written;  /* frames */
} player;

static neume_status find_font(const char *asked, const char **out) {
    const char *named = asked ? asked : getenv("NEUME_SOUNDFONT");
    if (named && *named) {
        if (access(named, R_OK) != 0) return neume_fail(NEUME_ENOTFOUND, "%s: no such SoundFont", named);
        *out = named;
        return NEUME_OK;
    }
    for (size_t i = 0; i < sizeof fonts / sizeof *fonts; i++)
        if (access(fonts[i], R_OK) == 0) {
            *out = fonts[i];
            return NEUME_OK;
        }
    return neume_fail(NEUME_EUNSUPPORTED,
                      "there is no SoundFont (Debian: apt install fluid-soundfont-gm), and none is named");
}

static neume_status start(player *p) {
    const char *font = NULL;
    NEUME_TRY(find_font(p->options->font, &font));
    NEUME_TRY(neume__fluid_settle(&p->fluid, p->options->rate_hz, 0.4));
    if (!fluid_is_soundfont(font)) return neume_fail(NEUME_EFORMAT, "%s: not a SoundFont", font);
    fluid_settings_setint(p->fluid.settings, "synth.midi-channels", CHANNELS);
    fluid_settings_setint(p->fluid.settings, "synth.reverb.active", !p->options->dry);
    return neume__fluid_start(&p->fluid, font);
}

/* --- events ------------------------------------------------------------------------------------------------------- */

static int by_time(const void *left, const void *right) {
    const event *a = left, *b = right;
    if (a->time_s != b->time_s) return a->time_s < b->time_s ? -1 : 1;
    if (a->on != b->on) return a->on - b->on; /* ends first */
    return a->note < b->note ? -1 : a->note > b->note;
}

static neume_status list_events(player *p) {
    p->events = neume__calloc(2 * p->notes->count + 1, sizeof *p->events);
    p->sounding = neume__calloc((size_t)CHANNELS * 128, sizeof *p->sounding);
    if (!p->events || !p->sounding) return NEUME_ENOMEM;
    for (size_t i = 0; i < p->notes->count; i++) {
        const neume_note *n = &p->notes->items[i];
        if (!(n->onset_s >= 0 && n->offset_s > n->onset_s && n->offset_s < LATEST_S) || n->pitch < 0 ||
            n->pitch > 127 || n->program < 0 || n->program > NEUME_PROGRAM_DRUMS)
            return neume_fail(NEUME_EINVAL, "note %zu cannot be played", i);
        p->events[2 * i] = (event){n->onset_s, i, true};
        p->events[2 * i + 1] = (event){n->offset_s, i, false};
    }
    qsort(p->events, 2 * p->notes->count, sizeof *p->events, by_time);
    bool seen[NEUME_PROGRAM_DRUMS + 1] = {false};
    for (size_t i = 0; i < p->notes->count; i++) seen[p->notes->items[i].program] = true;
    for (int program = 0; program <= NEUME_PROGRAM_DRUMS; program++) {
        bool drums = program == NEUME_PROGRAM_DRUMS;
        if (!seen[program]) continue;
        fluid_synth_set_channel_type(p->fluid.synth, program, drums ? CHANNEL_TYPE_DRUM : CHANNEL_TYPE_MELODIC);
        if (fluid_synth_program_select(p->fluid.synth, program, p->fluid.font, drums ? BANK_DRUMS : 0,
                                       drums ? 0 : program) != FLUID_OK)
            fluid_synth_program_change(p->fluid.synth, program,
                                       drums ? 0 : program); /* the font lacks it: its own choice */
    }
    return NEUME_OK;
}

static void play(player *p, const event *e) {
    const neume_note *n = &p->notes->items[e->note];
    size_t *held = &p->sounding[n->program * 128 + n->pitch];
    if (e->on) {
        if (*held) fluid_synth_noteoff(p->fluid.synth, n->program, n->pitch);
        fluid_synth_noteon(p->fluid.synth, n->program, n->pitch, n->velocity);
        *held = e->note + 1;
    } else if (*held == e->note + 1) {
        fluid_synth_noteoff(p->fluid.synth, n->program, n->pitch);
        *held = 0;
    }
}

/* --- sound -------------------------------------------------------------------------------------------------------- */

static neume_status write_until(player *p, double time_s, neume_render_sink *sink, void *context) {
    float frames[2 * BLOCK];
    int64_t end = (int64_t)(time_s * p->options->rate_hz + 0.5);
    while (p->written < end) {
        int n = end - p->written < BLOCK ? (int)(end - p->written) : BLOCK;
        if (neume_cancelled()) return neume_fail(NEUME_ECANCELLED, "stopped");
        if (fluid_synth_write_float(p->fluid.synth, n, frames, 0, 2, frames, 1, 2) != FLUID_OK)
            return neume_fail(NEUME_EIO, "FluidSynth stopped playing");
        NEUME_TRY(sink(context, frames, (size_t)n));
        p->written += n;
    }
    return NEUME_OK;
}

neume_status neume_render_notes(const neume_notes *notes, const neume_render_options *options, neume_render_sink *sink,
                                void *context, const neume_progress *progress) {
    if (options->rate_hz < 8000 || options->rate_hz > 96000)
        return neume_fail(NEUME_EINVAL, "sound is made at 8,000 to 96,000 samples a second, not %d", options->rate_hz);
    player p = {.notes = notes, .options = options};
    double end_s = neume_notes_end_s(notes) + TAIL_S;
    neume_status status = NEUME_OK;
    NEUME_GO(start(&p));
    NEUME_GO(list_events(&p));
    for (size_t i = 0; i < 2 * notes->count; i++) {
        NEUME_GO(write_until(&p, p.events[i].time_s, sink, context));
        play(&p, &p.events[i]);
        neume__progress(progress, p.events[i].time_s, end_s);
    }
    NEUME_GO(write_until(&p, end_s, sink, context));
fail:
    neume__fluid_clear(&p.fluid);
    neume__free(p.events);
    neume__free(p.sounding);
    return status;
}
