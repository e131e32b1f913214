/* Staves and voices: who plays what, and on which line of the page.
 *
 *     part -> one staff or two -> hands (voices_hands.c) -> voices of each staff (voices_streams.c) -> graces */
#include "voices.h"

#include <stdlib.h>

bool neume__next_onsets(neume__draft *draft, int part, int staff, size_t *next, neume__onsets *out) {
    out->count = 0;
    for (; *next < draft->note_count; ++*next) {
        neume__placed *n = &draft->notes[*next];
        if (n->part != part || (staff >= 0 && n->staff != staff) || n->ticks <= 0) continue;
        if (out->count && (n->at != out->at || out->count == NEUME__CHORD_MOST)) break;
        out->at = n->at;
        int at = out->count++;
        for (; at > 0 && out->notes[at - 1]->number > n->number; at--) out->notes[at] = out->notes[at - 1];
        out->notes[at] = n;
    }
    return out->count > 0;
}

/* --- staves ------------------------------------------------------------------------------------------------------- */

enum { PIANOS_END = 8, BELLS_END = 16, HARMONICA = 22, ORGANS_END = 24, HARP = 46 };

/* A twentieth of the notes lies below the first and above the second: two staves. What is played in chords or with both
 * hands is read on two sooner than a melody, bells on one for longer. */
typedef struct reach {
    int low, high;
} reach;
static const reach HANDS = {60, 64}, MELODY = {55, 64}, BELLS = {50, 69};

/* Does a third of the notes begin with another or while one sounds? */
static bool sounds_together(const neume__draft *d, int part) {
    int64_t at = -1, end = 0;
    size_t count = 0, together = 0;
    for (size_t i = 0; i < d->note_count; i++) {
        const neume__placed *n = &d->notes[i];
        if (n->part != part || n->ticks <= 0) continue;
        count++;
        together += n->at == at || n->at < end - n->ticks / 4; /* legato overlaps a little */
        at = n->at;
        if (n->at + n->ticks > end) end = n->at + n->ticks;
    }
    return together * 3 > count;
}

static int choose_staves(const neume__draft *d, int part) {
    const int program = d->parts[part].program;
    const bool bells = program >= PIANOS_END && program < BELLS_END;
    if (program < 0 || (program >= ORGANS_END && program != HARP) || program == HARMONICA) return 1;
    const reach hands = bells ? BELLS : sounds_together(d, part) ? HANDS : MELODY;
    size_t below = 0, above = 0, count = 0;
    for (size_t i = 0; i < d->note_count; i++) {
        if (d->notes[i].part != part) continue;
        count++;
        below += d->notes[i].number < hands.low;
        above += d->notes[i].number > hands.high;
    }
    return below * 20 > count && above * 20 > count ? 2 : 1;
}

/* --- how many voices ---------------------------------------------------------------------------------------------- */

/* One line is written with one voice: overlaps are legato, or a note placed wrongly, unless they last for so much of
 * the time. Where two notes begin together but do not end so, the rest of the longer one counts. */
static const double MELODIC_OVERLAP = 0.15; /* instruments that play one line */
static const double ANY_OVERLAP = 0.03;     /* all others: a tune on the piano */

static bool is_melodic(int program) {
    return (program >= 32 && program <= 43) || (program >= 52 && program <= 54) || (program >= 56 && program <= 87);
}

static double overlap(const neume__draft *d, int part) {
    int64_t sounding = 1, overlapping = 0, at = -1, end = 0;
    for (size_t i = 0; i < d->note_count; i++) {
        const neume__placed *n = &d->notes[i];
        if (n->part != part || n->ticks <= 0) continue;
        const int64_t ends = n->at + n->ticks;
        sounding += n->ticks;
        if (n->at > at && end > n->at) overlapping += (end < ends ? end : ends) - n->at;
        if (n->at == at) overlapping += llabs(ends - end);
        at = n->at;
        if (ends > end) end = ends;
    }
    return (double)overlapping / (double)sounding;
}

static int most_voices(const neume__draft *d, int part) {
    const double overlapping = overlap(d, part);
    if (is_melodic(d->parts[part].program)) return overlapping > MELODIC_OVERLAP ? 2 : 1;
    return overlapping > ANY_OVERLAP ? NEUME__VOICES_MOST : 1;
}

/* --- graces ------------------------------------------------------------------------------------------------------- */

/* A grace note stands with what follows it: of the notes at its place (or the next), the nearest in pitch. */
static void place_grace(neume__draft *d, size_t grace) {
    neume__placed *g = &d->notes[grace];
    const neume__placed *best = NULL;
    for (size_t i = grace + 1; i < d->note_count; i++) {
        const neume__placed *n = &d->notes[i];
        if (n->part != g->part || n->ticks <= 0) continue;
        if (best && n->at > best->at) break;
        if (!best || abs(n->number - g->number) < abs(best->number - g->number)) best = n;
    }
    g->staff = best ? best->staff : 0;
    g->voice = best ? best->voice : 0;
}

neume_status neume__draft_voices(neume__draft *draft) {
    for (size_t i = 0; i < draft->note_count; i++) draft->notes[i].staff = draft->notes[i].voice = 0;
    for (int p = 0; p < (int)draft->part_count; p++) {
        neume__part *part = &draft->parts[p];
        part->staves = (int16_t)choose_staves(draft, p);
        if (part->staves > 1) NEUME_TRY(neume__choose_hands(draft, p));
        for (int staff = 0; staff < part->staves; staff++)
            NEUME_TRY(neume__choose_streams(draft, p, staff, most_voices(draft, p)));
    }
    for (size_t i = 0; i < draft->note_count; i++)
        if (draft->notes[i].ticks <= 0) place_grace(draft, i);
    return NEUME_OK;
}
