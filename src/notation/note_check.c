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

const double neume__note_defaults[NOTE_NUMBERS] = {[NOTE_VELOCITY] = 80, [NOTE_CONFIDENCE] = 1};

neume_status neume__note_from_numbers(const double numbers[NOTE_NUMBERS], size_t number, neume_note *out) {
    static const double shortest_s = 0.001;
    neume_note note = {.onset_s = numbers[NOTE_ONSET], .offset_s = numbers[NOTE_OFFSET]};
    for (int i = NOTE_PITCH; i <= NOTE_PROGRAM; i++)
        if (!(numbers[i] >= 0 && numbers[i] <= NEUME_PROGRAM_DRUMS))
            return neume_fail(NEUME_EFORMAT, "note %zu has a number of %g", number, numbers[i]);
    if (!(numbers[NOTE_CONFIDENCE] >= 0 && numbers[NOTE_CONFIDENCE] <= 1))
        return neume_fail(NEUME_EFORMAT, "note %zu has confidence %g", number, numbers[NOTE_CONFIDENCE]);
    note.pitch = (int16_t)numbers[NOTE_PITCH];
    note.velocity = (int16_t)numbers[NOTE_VELOCITY];
    note.program = (int16_t)numbers[NOTE_PROGRAM];
    note.confidence = (float)numbers[NOTE_CONFIDENCE];
    if (note.offset_s == note.onset_s) note.offset_s += shortest_s;
    NEUME_TRY(neume__note_check(&note, number, NEUME_EFORMAT));
    *out = note;
    return NEUME_OK;
}
