/* FluidSynth with one font, started. Private to the room. */
#ifndef NEUME_SYNTH_FLUID_H
#define NEUME_SYNTH_FLUID_H

#include "neume/base.h"

#include <fluidsynth.h>

/* `{0}` at first; ended by neume__fluid_clear() on success and on failure. */
typedef struct fluid {
    fluid_settings_t *settings;
    fluid_synth_t *synth;
    int font;
} fluid;

/* Silences FluidSynth's messages and makes settings: dry, without chorus, of this rate and gain; the caller may change
 * them before the start. */
NEUME_MUST neume_status neume__fluid_settle(fluid *f, double rate_hz, double gain);

/* Starts the synthesiser and loads the font. Any thread, each with a fluid of its own.
 * NEUME_EFORMAT: FluidSynth cannot read the font. */
NEUME_MUST neume_status neume__fluid_start(fluid *f, const char *font);
void neume__fluid_clear(fluid *f);

#endif
