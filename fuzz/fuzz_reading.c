/* Any bytes are read as JSON, as ASAP's and as POP909's annotations; what is accepted can be compared with itself. */
#include "neume/learn.h"

#include <math.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *name, const neume_buffer *bytes) {
    neume_reading reading = {0};
    neume_beat_scores beats;
    neume_place_scores places;
    if (neume_reading_read(name, bytes, &reading) == NEUME_OK) {
        const neume_written *w = &reading.written;
        if (neume_beats_score(&reading.timeline, &reading.timeline, 0, &beats)) abort();
        if (w->bar_count && w->bar_count < 1000 && w->note_count < 1000 && neume_places_score(w, w, &places)) abort();
        for (size_t i = 0; i < w->note_count; i++)
            if (w->bar_count && (size_t)w->notes[i].bar >= w->bar_count) abort();
    }
    neume_reading_clear(&reading);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    neume_buffer bytes = {0};
    if (neume_buffer_append(&bytes, data, size)) return 0;
    check("x.json", &bytes);
    check("nowhere/x_annotations.txt", &bytes);
    check("nowhere/001.beat_midi.txt", &bytes);
    neume_buffer_clear(&bytes);
    return 0;
}
