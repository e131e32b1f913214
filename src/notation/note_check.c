#include "note_check.h"

neume_status neume__note_check(const neume_note *note, size_t number, neume_status code) {
    if (!(note->onset_s >= 0 && note->onset_s < note->offset_s && note->offset_s <= NEUME__NOTATION_LONGEST_S))
        return neume_fail(code, "note %zu lasts from %g to %g s", number, note->onset_s, note->offset_s);
    if (note->pitch < 0 || note->pitch > 127) return neume_fail(code, "note %zu has pitch %d", number, note->pitch);
    if (note->velocity < 1 || note->velocity > 127)
        return neume_fail(code, "note %zu has velocity %d", number, note->velocity);
    if (note->program < 0 || note->program > NEUME_PROGRAM_DRUMS)
        return neume_fail(code, "note %zu has program %d", number, note->program);
    return NEUME_OK;
}

neume_status neume__notes_check(const neume_notes *notes) {
    for (size_t i = 0; i < notes->count; i++) NEUME_TRY(neume__note_check(&notes->items[i], i + 1, NEUME_EINVAL));
    return NEUME_OK;
}

void neume__note_lengthen(neume_note *note) {
    static const double shortest_s = 0.001;
    if (note->offset_s == note->onset_s) note->offset_s += shortest_s;
}
