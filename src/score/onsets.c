/* What an onset's surroundings say of its weight. */
#include "onsets.h"

#include <math.h>
#include <stdlib.h>

enum { REGISTER = 9 };    /* semitones to each side */
#define TOGETHER_S   0.05 /* notes of one chord are played within so much (Dixon 2001: 70 ms between all of them) */
#define AROUND_S     1.0
#define COUNTED_S    2.0 /* a note's weight in the harmony is its length, at most this */
#define LEAST_WEIGHT .1

double neume__registral_interval(const neume_notes *notes, size_t i, double longest_s) {
    const neume_note *note = &notes->items[i];
    for (size_t j = i + 1; j < notes->count; j++) {
        const neume_note *next = &notes->items[j];
        const double later = next->onset_s - note->onset_s;
        if (later > longest_s) break;
        if (later > TOGETHER_S && abs(next->pitch - note->pitch) <= REGISTER &&
            (next->program == NEUME_PROGRAM_DRUMS) == (note->program == NEUME_PROGRAM_DRUMS))
            return later;
    }
    return longest_s;
}

static void add_chroma(const neume_notes *notes, size_t from, size_t to, double chroma[12]) {
    for (size_t i = from; i < to; i++) {
        const neume_note *note = &notes->items[i];
        if (note->program != NEUME_PROGRAM_DRUMS)
            chroma[note->pitch % 12] += fmin(note->offset_s - note->onset_s, COUNTED_S) + LEAST_WEIGHT;
    }
}

double neume__harmony_change(const neume_notes *notes, size_t first) {
    const double now = notes->items[first].onset_s;
    double before[12] = {0}, after[12] = {0}, dot = 0, a = 1e-9, b = 1e-9;
    size_t from = first, to = first;
    while (from > 0 && now - notes->items[from - 1].onset_s < AROUND_S) from--;
    while (to < notes->count && notes->items[to].onset_s - now < AROUND_S) to++;
    add_chroma(notes, from, first, before);
    add_chroma(notes, first, to, after);
    for (int c = 0; c < 12; c++) dot += before[c] * after[c], a += before[c] * before[c], b += after[c] * after[c];
    return 1 - dot / sqrt(a * b);
}

int neume__drum_class(int key) {
    switch (key) {
    case 35:
    case 36:
        return 0;
    case 38:
    case 40:
        return 1;
    case 37:
    case 39:
        return 2;
    case 42:
    case 44:
        return 3;
    case 46:
        return 4;
    case 41:
    case 43:
    case 45:
    case 47:
    case 48:
    case 50:
        return 5;
    case 49:
    case 52:
    case 55:
    case 57:
        return 6;
    case 51:
    case 53:
    case 59:
        return 7;
    case 54:
    case 69:
    case 70:
    case 82:
        return 8;
    default:
        return 9;
    }
}
