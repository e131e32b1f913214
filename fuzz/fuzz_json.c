/* Any bytes are read as a transcription; one that is accepted can be written and read again. */
#include "neume/notation.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    neume_notes notes = {0}, again = {0};
    neume_buffer text = {0};
    if (neume_json_read_notes((const char *)data, size, &notes) == NEUME_OK) {
        for (size_t i = 0; i < notes.count; i++)
            if (!(notes.items[i].offset_s > notes.items[i].onset_s)) abort();
        if (neume_json_write_notes(&notes, &(neume_transcription_info){"a", "b", 1, {0}}, &text)) abort();
        if (neume_json_read_notes(text.data, text.size, &again)) abort();
        if (again.count != notes.count) abort();
    }
    neume_buffer_clear(&text);
    neume_notes_clear(&notes);
    neume_notes_clear(&again);
    return 0;
}
