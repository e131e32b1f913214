/* The one drawing behind the three kinds of picture. */
#ifndef NEUME_NOTATION_PIANO_ROLL_H
#define NEUME_NOTATION_PIANO_ROLL_H

#include "neume/notation.h"

#include <cairo.h>

enum { ROLL_DRUM_LANES = 6 };

/* Where everything is, in pixels from the top left. From top to bottom: title, legend, roll, drum strip, time axis. */
typedef struct roll_layout {
    char title[400]; /* "" = none */
    double width, height;
    double left, right;      /* edges of roll and strip */
    double legend_y;         /* top of its first line */
    double roll_y, row_px;   /* top of the roll; a semitone's height */
    double strip_y, lane_px; /* top of the drum strip; a lane's height */
    double axis_y;           /* the time axis' line */
    int lowest, highest;     /* pitches shown */
    double start_s, end_s;
    bool families[NEUME_FAMILIES + 1]; /* present in the span */
    bool lanes[ROLL_DRUM_LANES];
} roll_layout;

/* Chooses the size and the span. @retval NEUME_EINVAL a note or an option is out of range */
NEUME_MUST neume_status neume__roll_layout(const neume_notes *notes, const neume_piano_roll_options *options,
                                           roll_layout *out);
void neume__roll_draw(cairo_t *cr, const roll_layout *layout, const neume_notes *notes);

/* Which lane of the strip a General MIDI drum key belongs to: kick, snare, toms, hi-hat, cymbals, others. */
int neume__roll_drum_lane(int key);
/* Copies text as far as it fits, leaving out what is no UTF-8 or no letter: cairo would refuse to go on. */
void neume__roll_clean_text(const char *text, char *out, size_t capacity);
/* The legend's lines at this width. */
int neume__roll_legend_lines(const roll_layout *layout);

#endif
