/* What the fuzz targets of written music share. */
#ifndef NEUME_FUZZ_SCORE_H
#define NEUME_FUZZ_SCORE_H

#include "neume/notation.h"

/* What was read as written music plays, and what is written of it reads back. Frees it. */
static inline void try_score(neume_score *score) {
    neume_buffer xml = {0}, midi = {0};
    neume_score *again = NULL;
    neume_notes notes = {0};
    if (neume_musicxml_write(score, &xml) == NEUME_OK && xml.data &&
        neume_musicxml_read(xml.data, xml.size, NULL, &again) == NEUME_EFORMAT)
        __builtin_trap();
    neume_status status = neume_midi_write_score(score, &midi);
    if (neume_score_to_notes(score, &notes) == NEUME_OK && status == NEUME_EFORMAT) __builtin_trap();
    for (size_t i = 0; i < notes.count; i++) {
        const neume_note *note = &notes.items[i];
        if (!(note->onset_s >= 0 && note->offset_s > note->onset_s)) __builtin_trap();
        if (note->pitch < 0 || note->pitch > 127 || note->velocity < 1 || note->velocity > 127) __builtin_trap();
        if (note->program < 0 || note->program > NEUME_PROGRAM_DRUMS) __builtin_trap();
    }
    neume_notes_clear(&notes);
    neume_buffer_clear(&xml);
    neume_buffer_clear(&midi);
    neume_score_free(again);
    neume_score_free(score);
}

#endif
