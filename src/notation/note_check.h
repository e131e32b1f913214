/* What every format demands of a note, said once. */
#ifndef NEUME_NOTATION_NOTE_CHECK_H
#define NEUME_NOTATION_NOTE_CHECK_H

#include "neume/music.h"

/* The longest recording written or read: 75 hours, so that its ticks fit a MIDI delta time of 28 bits. */
#define NEUME__NOTATION_LONGEST_S 270000.0

/* Fails with @p code unless times are finite, 0 <= onset < offset within the longest recording, and pitch, velocity (1
 * .. 127) and program (0 .. 128) are in range. @p number is how the message calls the note. */
NEUME_MUST neume_status neume__note_check(const neume_note *note, size_t number, neume_status code);
/* The same for all notes, numbered from 1; NEUME_EINVAL. */
NEUME_MUST neume_status neume__notes_check(const neume_notes *notes);

/* The numbers a table of notes has for each, in the order of its columns. */
enum { NOTE_ONSET, NOTE_OFFSET, NOTE_PITCH, NOTE_VELOCITY, NOTE_PROGRAM, NOTE_CONFIDENCE, NOTE_NUMBERS };
/* What a table means that leaves these out (onset, offset and pitch must be there). */
extern const double neume__note_defaults[NOTE_NUMBERS];
/* Makes note @p number of a table; one without length gets the shortest. @retval NEUME_EFORMAT a number is out of range
 */
NEUME_MUST neume_status neume__note_from_numbers(const double numbers[NOTE_NUMBERS], size_t number, neume_note *out);

#endif
