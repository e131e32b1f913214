/* Between the sources of sound (fonts, piano, drum kits) and the bank's writer: a preset while it is made. */
#ifndef NEUME_SYNTH_BUILD_H
#define NEUME_SYNTH_BUILD_H

#include "bank_format.h"

/* One note, made but not yet placed in the file. */
typedef struct built_note {
    bank_note_row row; /* all but offset */
    int16_t *samples; /* guards included: BANK_GUARD_BEFORE + row.length + BANK_GUARD_AFTER; NULL: shares those of .. */
    size_t shares;    /* .. this earlier note of its preset */
} built_note;

typedef struct built_preset {
    char source[BANK_NAME_BYTES];
    int program;
    built_note *notes;
    size_t count, capacity;
} built_preset;

/* How a rendered or recorded note is to be kept. */
typedef struct note_plan {
    int pitch, velocity;
    bool may_loop;     /* still sounding at its end: continue it by a loop; otherwise it is faded out */
    bool struck;       /* dies away: the loop keeps the measured decay */
    bool trim_silence; /* a recording: what precedes the attack goes */
} note_plan;

/* Measures x (count samples at NEUME_SYNTH_RATE_HZ), cuts, loops and packs it and adds it to the preset; silence adds
 * nothing. */
NEUME_MUST neume_status neume__built_add(built_preset *preset, const note_plan *plan, const float *x, size_t count);
/* A second key or velocity for a note the preset has; its samples are stored once. */
NEUME_MUST neume_status neume__built_alias(built_preset *preset, size_t index, int pitch);
/* Orders the rows and brings the preset to the common loudness. */
void neume__built_finish(built_preset *preset);
void neume__built_clear(built_preset *preset);
/* Drum keys the kit lacks are played by a neighbour of the same kind of drum. */
NEUME_MUST neume_status neume__built_fill_drums(built_preset *preset);
/* "/a/b/Font.sf2" -> "Font". */
void neume__source_name(const char *path, char out[BANK_NAME_BYTES]);

/* Where finished presets go, in the order of their index within the source; any thread. Takes over what the preset
 * owns. */
typedef struct bank_writer bank_writer;
NEUME_MUST neume_status neume__writer_deliver(bank_writer *writer, size_t index, built_preset *preset);

NEUME_MUST neume_status neume__build_font(const char *path, bool drums_only, bank_writer *writer);
NEUME_MUST neume_status neume__build_piano(const char *path, bank_writer *writer);
NEUME_MUST neume_status neume__build_recorded(const char *path, int program, bank_writer *writer);
NEUME_MUST neume_status neume__build_drumkit(const char *path, bank_writer *writer);
/* See build_invented.c: the orchestra of that number. */
NEUME_MUST neume_status neume__build_invented(uint64_t number, bank_writer *writer);
/* Sixteen drum kits of that number; the first four are the orchestra's. */
NEUME_MUST neume_status neume__build_invented_kits(uint64_t number, bank_writer *writer);

#endif
