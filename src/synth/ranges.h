/* What each General MIDI program usually plays, and how. */
#ifndef NEUME_SYNTH_RANGES_H
#define NEUME_SYNTH_RANGES_H

#include <stdbool.h>

enum { SYNTH_PROGRAMS = 112 }; /* from here on: percussive and effects, not rendered as pitched */

typedef struct program_range {
    signed char lowest, highest; /* usual sounding pitches; 0 0: the program has no one pitch and is left out */
    bool struck;                 /* dies away under the finger: plucked or struck */
} program_range;

extern const program_range neume__program_ranges[SYNTH_PROGRAMS];

#endif
