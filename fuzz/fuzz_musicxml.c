/* Any bytes as a MusicXML score, plain or compressed: refused or read, never a crash. */
#include "neume/notation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is read as written music plays, and what is written of it reads back. */
static void write_again(neume_score *score) {
    neume_buffer xml = {0}, midi = {0};
    neume_score *again = NULL;
    if (neume_musicxml_write(score, &xml) == NEUME_OK && xml.data &&
        neume_musicxml_read(xml.data, xml.size, &again) == NEUME_EFORMAT)
        __builtin_trap();
    neume_status status = neume_midi_write_score(score, &midi);
    (void)status;
    neume_buffer_clear(&xml);
    neume_buffer_clear(&midi);
    neume_score_free(again);
    neume_score_free(score);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    neume_notes notes = {0};
    neume_score *score = NULL;
    if (neume_musicxml_read(data, size, &score) == NEUME_OK) write_again(score);
    neume_status status = neume_musicxml_read_notes(data, size, &notes);
    (void)status;
    for (size_t i = 0; i < notes.count; i++) {
        const neume_note *note = &notes.items[i];
        if (!(note->onset_s >= 0 && note->offset_s > note->onset_s)) __builtin_trap();
        if (note->pitch < 0 || note->pitch > 127 || note->velocity < 1 || note->velocity > 127) __builtin_trap();
        if (note->program < 0 || note->program > NEUME_PROGRAM_DRUMS) __builtin_trap();
    }
    neume_notes_clear(&notes);
    return 0;
}
