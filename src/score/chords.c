/* Chords: which harmony lasts from where to where.
 *
 * Time is cut into beats. What sounds in a beat, and what lies lowest, is compared with every chord: 13 qualities on 12
 * roots, or none. Its own notes speak for it, others against it, and its root in the bass most of all; since all roots
 * are treated alike, transposing a piece transposes its chords. The best sequence of chords is found by
 * dynamic programming: a change costs, least where a bar begins (Sheh & Ellis 2003 for the sequence; Fujishima 1999 for
 * templates).
 *
 * Names are Harte's (2005). The bass is the chord's note that lies lowest where it begins. */
#include "pitch_class.h"

#include <math.h>

enum { QUALITIES = 13, CHORDS = QUALITIES * PITCH_CLASSES + 1, NO_CHORD = CHORDS - 1 };

/* What is rare must be heard clearly: its price. Prices and weights were chosen on the chords of pop songs (POP909);
 * fitting all of them there as a regression gains nothing. */
static const struct quality {
    const char *name;
    uint16_t notes; /* bit i: i semitones above the root */
    double price;
} QUALITY[QUALITIES] = {
    {"maj", 0x091, 0},    {"min", 0x089, 0},   {"7", 0x491, 1},    {"maj7", 0x891, 1}, {"min7", 0x489, 0.5},
    {"dim", 0x049, 2},    {"aug", 0x111, 3},   {"sus4", 0x0A1, 2}, {"sus2", 0x085, 2}, {"min6", 0x289, 1.1},
    {"maj6", 0x291, 1.1}, {"hdim7", 0x449, 2}, {"dim7", 0x249, 3},
};
static const double OWN_NOTES = 24; /* shared by the notes of the chord */
static const double FOREIGN_NOTE = -8;
static const double BASS_ROOT = 4, BASS_OWN = 1, BASS_FOREIGN = -2;
/* Chords whose notes are alike (augmented, diminished) differ by their bass alone: the nearer above it the root is. */
static const double ROOT_ABOVE_BASS = -1e-6;
static const double NO_CHORD_WORTH = -3, SILENCE_WORTH = 3;

/* What a change costs, tuned on POP909: on the first beat of a bar, in its middle, elsewhere. */
static const double CHANGE_PRICES[3] = {1.5, 3, 5};

typedef struct slot {
    int64_t at, ticks;
    int place; /* entry of CHANGE_PRICES */
    int lowest;
    double sounds[PITCH_CLASSES], bass[PITCH_CLASSES]; /* shares */
    double reached[CHORDS];                            /* the best path that ends here in this chord */
    int16_t from[CHORDS];
} slot;

typedef struct slots {
    slot *items;
    size_t count, capacity;
} slots;

static neume_status cut_measure(const neume__measure *measure, slots *out) {
    int64_t beat = neume_metre_beat_ticks(measure->metre), end = measure->at + measure->ticks;
    if (beat <= 0) beat = NEUME_WHOLE / 4;
    int64_t middle = measure->ticks % (2 * beat) == 0 ? measure->at + measure->ticks / 2 : -1;
    int64_t first = measure->ticks % beat; /* of a pickup the odd rest comes first */
    for (int64_t at = measure->at; at < end;) {
        int64_t ticks = at == measure->at && first ? first : beat;
        if (at + ticks > end) ticks = end - at;
        if (out->count == out->capacity)
            NEUME_TRY(neume__grow((void **)&out->items, &out->capacity, out->count + 1, sizeof *out->items));
        int place = at == measure->at ? 0 : at == middle ? 1 : 2;
        out->items[out->count++] = (slot){.at = at, .ticks = ticks, .place = place, .lowest = INT16_MAX};
        at += ticks;
    }
    return NEUME_OK;
}

/* Calls for every note and beat that it sounds in: first to find the lowest note, then to count. */
static void hear(const neume__draft *draft, slots *all, bool count) {
    size_t first = 0;
    for (size_t i = 0; i < draft->note_count; i++) {
        const neume__placed *note = &draft->notes[i];
        if (is_drum(draft, note) || note->ticks <= 0) continue;
        while (first + 1 < all->count && all->items[first + 1].at <= note->at) first++;
        int64_t end = note->at + note->ticks;
        for (size_t s = first; s < all->count && all->items[s].at < end; s++) {
            slot *here = &all->items[s];
            int64_t from = note->at > here->at ? note->at : here->at, until = here->at + here->ticks;
            double share = (double)((end < until ? end : until) - from) / (double)here->ticks;
            if (share <= 0) continue;
            if (!count && note->number < here->lowest) here->lowest = note->number;
            if (!count) continue;
            here->sounds[note->number % PITCH_CLASSES] += share;
            here->bass[note->number % PITCH_CLASSES] += share * exp2((here->lowest - note->number) / 4.0);
        }
    }
}

static double worth(const slot *here, int chord) {
    if (chord == NO_CHORD) return here->lowest == INT16_MAX ? SILENCE_WORTH : NO_CHORD_WORTH;
    const struct quality *quality = &QUALITY[chord / PITCH_CLASSES];
    int above_bass = (chord - here->lowest % PITCH_CLASSES + PITCH_CLASSES) % PITCH_CLASSES;
    double own = OWN_NOTES / __builtin_popcount(quality->notes);
    double sum = ROOT_ABOVE_BASS * above_bass - quality->price;
    for (int up = 0; up < PITCH_CLASSES; up++) {
        int c = (chord + up) % PITCH_CLASSES;
        bool belongs = quality->notes >> up & 1;
        sum += here->sounds[c] * (belongs ? own : FOREIGN_NOTE);
        sum += here->bass[c] * (!up ? BASS_ROOT : belongs ? BASS_OWN : BASS_FOREIGN);
    }
    return sum;
}

static int best_reached(const slot *here) {
    int best = 0;
    for (int c = 1; c < CHORDS; c++)
        if (here->reached[c] > here->reached[best]) best = c;
    return best;
}

static void walk(slots *all) {
    for (size_t s = 0; s < all->count; s++) {
        slot *here = &all->items[s], *before = s ? here - 1 : NULL;
        int best = before ? best_reached(before) : 0;
        double moved = before ? before->reached[best] - CHANGE_PRICES[here->place] : 0;
        for (int c = 0; c < CHORDS; c++) {
            double stayed = before ? before->reached[c] : 0;
            here->from[c] = (int16_t)(stayed >= moved ? c : best);
            here->reached[c] = fmax(stayed, moved) + worth(here, c);
        }
    }
}

/* As the notes of the chord spell it; where none does, as near to the key as can be. */
static neume_pitch spell(const neume__draft *draft, int64_t at, int64_t end, int pitch_class, size_t *first) {
    while (*first < draft->note_count && draft->notes[*first].at < at) ++*first;
    for (size_t i = *first; i < draft->note_count && draft->notes[i].at < end; i++) {
        const neume__placed *note = &draft->notes[i];
        if (!is_drum(draft, note) && note->number % PITCH_CLASSES == pitch_class) return note->pitch;
    }
    size_t k = 0;
    while (k + 1 < draft->key_count && draft->keys[k + 1].at <= at) k++;
    int fifths = draft->key_count ? neume_key_fifths(&draft->keys[k].key) : 0;
    return fifths_name(fifths_from(fifths - 3, pitch_class));
}

static neume_status add_chord(neume__draft *draft, const slot *first, int64_t end, int chord, size_t *next) {
    neume__chord out = {.at = first->at, .ticks = end - first->at, .root_step = -1, .bass_step = -1, .quality = "N"};
    if (chord != NO_CHORD) {
        int root = chord % PITCH_CLASSES, bass = root;
        const struct quality *quality = &QUALITY[chord / PITCH_CLASSES];
        int up = (first->lowest % PITCH_CLASSES - root + PITCH_CLASSES) % PITCH_CLASSES;
        if (first->lowest != INT16_MAX && quality->notes >> up & 1) bass = (root + up) % PITCH_CLASSES;
        neume_pitch of_root = spell(draft, out.at, end, root, next), of_bass = spell(draft, out.at, end, bass, next);
        out.root_step = of_root.step, out.root_alter = of_root.alter;
        out.bass_step = of_bass.step, out.bass_alter = of_bass.alter;
        out.quality = quality->name;
    }
    NEUME_TRY(DRAFT_MORE(draft, chord, chords));
    draft->chords[draft->chord_count++] = out;
    return NEUME_OK;
}

static neume_status add_chords(neume__draft *draft, const slots *all) {
    int16_t *path = neume__calloc(all->count, sizeof *path);
    if (!path) return NEUME_ENOMEM;
    int chord = best_reached(&all->items[all->count - 1]);
    for (size_t s = all->count; s-- > 0; chord = all->items[s].from[chord]) path[s] = (int16_t)chord;
    neume_status status = NEUME_OK;
    size_t next = 0;
    for (size_t s = 0; s < all->count && !status;) {
        size_t end = s + 1;
        while (end < all->count && path[end] == path[s]) end++;
        const slot *last = &all->items[end - 1];
        status = add_chord(draft, &all->items[s], last->at + last->ticks, path[s], &next);
        s = end;
    }
    neume__free(path);
    return status;
}

neume_status neume__draft_chords(neume__draft *draft) {
    slots all = {0};
    neume_status status = NEUME_OK;
    draft->chord_count = 0;
    for (size_t m = 0; m < draft->measure_count && !status; m++) status = cut_measure(&draft->measures[m], &all);
    if (!status && all.count) {
        hear(draft, &all, false);
        hear(draft, &all, true);
        for (size_t s = 0; s < all.count; s++) scale_to_one(all.items[s].sounds), scale_to_one(all.items[s].bass);
        walk(&all);
        status = add_chords(draft, &all);
    }
    neume__free(all.items);
    return status;
}
