/* A played score in seconds: tempi applied, and what sounds of voices that share a keyboard. */
#include "neume/music.h"

#include <stdlib.h>

/* Ticks to seconds, asked in rising order. */
typedef struct time_map {
    const neume_played *played;
    size_t next;
    int64_t at;
    double seconds, seconds_a_tick;
} time_map;

static const double QUARTERS_A_MINUTE = 120;

static time_map map_begin(const neume_played *played) {
    return (time_map){played, 0, 0, 0, 60 / QUARTERS_A_MINUTE / (double)(NEUME_WHOLE / 4)};
}

static double map_to(time_map *m, int64_t at) {
    while (m->next < m->played->tempo_count && m->played->tempi[m->next].at <= at) {
        const neume_played_tempo *tempo = &m->played->tempi[m->next++];
        m->seconds += (double)(tempo->at - m->at) * m->seconds_a_tick;
        m->at = tempo->at;
        m->seconds_a_tick = 60 / tempo->quarters_a_minute / (double)(NEUME_WHOLE / 4);
    }
    return m->seconds + (double)(at - m->at) * m->seconds_a_tick;
}

static int by_part_and_key(const void *left, const void *right) {
    const neume_note *a = left, *b = right;
    if (a->part != b->part) return a->part < b->part ? -1 : 1;
    if (a->program != b->program) return a->program < b->program ? -1 : 1;
    if (a->pitch != b->pitch) return a->pitch < b->pitch ? -1 : 1;
    if (a->onset_s != b->onset_s) return a->onset_s < b->onset_s ? -1 : 1;
    return (a->offset_s > b->offset_s) - (a->offset_s < b->offset_s);
}

/* One key of a part is struck once at a time: unisons of its voices are one note, and a new stroke ends the old one. */
static void strike_each_key_once(neume_notes *notes) {
    const double together_s = 1e-6;
    size_t kept = 0;
    if (notes->count) qsort(notes->items, notes->count, sizeof *notes->items, by_part_and_key);
    for (size_t i = 0; i < notes->count; i++) {
        neume_note *note = &notes->items[i], *before = kept ? &notes->items[kept - 1] : NULL;
        if (before && before->part == note->part && before->program == note->program && before->pitch == note->pitch) {
            if (note->onset_s - before->onset_s < together_s) {
                if (note->offset_s > before->offset_s) before->offset_s = note->offset_s;
                if (note->velocity > before->velocity) before->velocity = note->velocity;
                continue;
            }
            if (before->offset_s > note->onset_s) before->offset_s = note->onset_s;
        }
        notes->items[kept++] = *note;
    }
    notes->count = kept;
}

neume_status neume_played_notes(const neume_played *played, neume_notes *out) {
    static const double LONGEST_S = 100.0 * 3600; /* no score lasts longer; a damaged tempo easily does */
    neume_notes notes = {0};
    time_map onsets = map_begin(played);
    neume_status status = NEUME_OK;
    for (size_t i = 0; i < played->note_count && !status; i++) {
        const neume_played_note *n = &played->notes[i];
        double onset_s = map_to(&onsets, n->onset);
        time_map ends = onsets;
        neume_note note = {onset_s, map_to(&ends, n->onset + n->ticks), n->pitch, n->velocity, n->program, n->part, 1};
        status = note.offset_s > LONGEST_S ? neume_fail(NEUME_ELIMIT, "the score lasts longer than 100 hours")
                                           : neume_notes_add(&notes, note);
    }
    if (status) {
        neume_notes_clear(&notes);
        return status;
    }
    strike_each_key_once(&notes);
    neume_notes_sort(&notes);
    neume_notes_clear(out);
    *out = notes;
    return NEUME_OK;
}

neume_status neume_score_to_notes(const neume_score *score, neume_notes *out) {
    neume_played played = {0};
    neume_status status = neume_score_play(score, &played);
    if (!status) status = neume_played_notes(&played, out);
    neume_played_clear(&played);
    return status;
}
