/* Overtones that were taken for notes. A strong partial of a note looks like a fainter note an octave or more above it,
 * and the network is unsure of it. What tells them from notes that are played is not one thing but three: such a find
 * begins with a note of which it is a partial, is over before it, and is doubtful while that one is not. */
#include "decode.h"

#include <math.h>

static const double TOGETHER_S = .04; /* between the onsets of a note and its partial */
static const double LONGER = 1.2;     /* how much longer the note is, at least */
static const float SURE = .6F;        /* its confidence, at least */

/* Partials 2, 3, 4 and 5, in semitones. */
static bool is_partial(int apart) {
    return apart == 12 || apart == 19 || apart == 24 || apart == 28;
}

static bool has_partial(const neume_note *note, const neume_note *other) {
    return note->program != NEUME_PROGRAM_DRUMS && note->confidence >= SURE && is_partial(other->pitch - note->pitch) &&
           fabs(note->onset_s - other->onset_s) < TOGETHER_S &&
           note->offset_s - note->onset_s >= LONGER * (other->offset_s - other->onset_s);
}

static bool is_overtone(const neume_notes *notes, size_t i, float doubtful) {
    const neume_note *note = &notes->items[i];
    if (note->program == NEUME_PROGRAM_DRUMS || note->confidence >= doubtful) return false;
    for (size_t j = i; j-- > 0 && notes->items[j].onset_s > note->onset_s - TOGETHER_S;)
        if (has_partial(&notes->items[j], note)) return true;
    for (size_t j = i + 1; j < notes->count && notes->items[j].onset_s < note->onset_s + TOGETHER_S; j++)
        if (has_partial(&notes->items[j], note)) return true;
    return false;
}

void hear_drop_marked(const bool *goes, neume_notes *notes) {
    size_t kept = 0;
    for (size_t i = 0; i < notes->count; i++)
        if (!goes[i]) notes->items[kept++] = notes->items[i];
    notes->count = kept;
}

neume_status hear_drop_overtones(float doubtful, neume_notes *notes) {
    bool *goes = neume__calloc(notes->count + 1, sizeof *goes);
    if (!goes) return NEUME_ENOMEM;
    for (size_t i = 0; i < notes->count; i++) goes[i] = is_overtone(notes, i, doubtful);
    hear_drop_marked(goes, notes);
    neume__free(goes);
    return NEUME_OK;
}
