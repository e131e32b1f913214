/* A piece in another order. */
#include "rhythm_pieces.h"

#include <stdlib.h>

enum { SECTIONS = 8, BEATS_MOST = 400, ENOUGH = 220, SHORTEST = 12, LONGEST = 92 };
#define EARLY .15F /* beats that a note may begin before the section that it belongs to */

/* The downbeat at or behind beat b; the piece's end if there is none. */
static size_t down_from(const rhythm_piece *piece, size_t b) {
    while (b < piece->beat_count && !piece->beats[b].down) b++;
    return b;
}

/* Beats from .. to of the piece go on where the other ended, as long as they were. */
static void add_beats(const rhythm_piece *piece, size_t from, size_t to, double *time_s, rhythm_piece *out) {
    for (size_t b = from; b < to && out->beat_count < BEATS_MOST; b++) {
        rhythm_beat beat = piece->beats[b];
        beat.time_s = (float)*time_s;
        *time_s += (double)(piece->beats[b + 1].time_s - piece->beats[b].time_s);
        out->beats[out->beat_count++] = beat;
    }
}

static neume_status add_notes(const rhythm_piece *piece, size_t from, size_t to, float moved, size_t *capacity,
                              rhythm_piece *out) {
    for (size_t i = 0; i < piece->note_count; i++) {
        rhythm_note note = piece->notes[i];
        if (note.at < (float)from - EARLY) continue;
        if (note.at >= (float)to - EARLY) break;
        note.at += moved;
        if (note.at < 0) note.at = 0;
        NEUME_TRY(neume__grow((void **)&out->notes, capacity, out->note_count + 1, sizeof *out->notes));
        out->notes[out->note_count++] = note;
    }
    return NEUME_OK;
}

neume_status rhythm_piece_splice(const rhythm_piece *piece, neume_rng *rng, rhythm_piece *out) {
    size_t capacity = 0;
    double time_s = 0;
    *out = (rhythm_piece){.played = piece->played, .held_out = piece->held_out};
    out->beats = neume__calloc(BEATS_MOST, sizeof *out->beats);
    if (!out->beats) return NEUME_ENOMEM;
    for (int k = 0; k < SECTIONS && out->beat_count < ENOUGH; k++) {
        const size_t any = (size_t)neume_rng_below(rng, (int64_t)piece->beat_count);
        const size_t from = !k && neume_rng_chance(rng, .5) ? 0 : down_from(piece, any);
        size_t to = down_from(piece, from + SHORTEST + (size_t)neume_rng_below(rng, LONGEST - SHORTEST));
        if (to >= piece->beat_count) to = piece->beat_count - 1; /* nobody knows how long the last beat is */
        if (to < from + SHORTEST) continue;
        const float moved = (float)out->beat_count - (float)from;
        add_beats(piece, from, to, &time_s, out);
        NEUME_TRY(add_notes(piece, from, to, moved, &capacity, out));
    }
    return NEUME_OK;
}
