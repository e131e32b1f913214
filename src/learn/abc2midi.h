/* What another program says of a tune. Private to the room. */
#ifndef NEUME_LEARN_ABC2MIDI_H
#define NEUME_LEARN_ABC2MIDI_H

#include "neume/base.h"

bool abc2midi_installed(void);
/* Does abcMIDI's abc2midi, the reader that tunes in ABC are held to, read a tune without a warning or an error?
 * @retval NEUME_EIO it cannot be run  @retval NEUME_ENOMEM */
NEUME_MUST neume_status abc2midi_is_silent(const char *abc, size_t size, bool *out);

#endif
