/* Any bytes are read as a MIDI file; the notes of one that is accepted can be written and read again. Overlaps on a key
 * end where its next stroke begins, so there may be fewer. */
#include "neume/notation.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    neume_notes notes = {0}, again = {0};
    neume_buffer text = {0};
    char title[256];
    if (neume_midi_title(data, size, title) && !*title) abort();
    if (neume_midi_read_notes(data, size, &notes) == NEUME_OK) {
        for (size_t i = 0; i < notes.count; i++)
            if (!(notes.items[i].offset_s > notes.items[i].onset_s)) abort();
        if (neume_midi_write_notes(&notes, &text)) abort();
        if (neume_midi_read_notes(text.data, text.size, &again)) abort();
        if (again.count > notes.count) abort();
    }
    neume_clock clock = {0};
    if (neume_midi_read_clock(data, size, &clock) == NEUME_OK)
        for (size_t i = 0; i < clock.tempo_count; i++) {
            const neume_clock_tempo *tempo = &clock.tempi[i];
            if (!(tempo->quarter_s >= 0) || (i && !(tempo->time_s >= tempo[-1].time_s))) abort();
            if (!(neume_clock_quarters(&clock, tempo->time_s) >= tempo->quarters)) abort();
        }
    neume_clock_clear(&clock);
    neume_buffer_clear(&text);
    neume_notes_clear(&notes);
    neume_notes_clear(&again);
    return 0;
}
