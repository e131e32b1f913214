/* Spelling: whether a black key is written as a sharp or as a flat (and B sharp, E sharp, F flat, double sharps ...).
 *
 * Pitches stand on the line of fifths: ... Bb F C G D A E B F# C# ... are ... -2 -1 0 1 2 3 4 5 6 7 ... The same key of
 * the piano is found there every 12 places; two of these, the flat and the sharp side of the key signature, are the
 * candidates for each note.
 *
 * In Meredith's ps13 (2006) each pitch class near a note votes, as a tonic, for the candidate which is a name of its
 * chromatic scale: 5 fifths below to 6 above it, all votes alike. Here the votes have weights by that distance, for
 * three neighbourhoods, and so do the candidate's place in the key and the steps from the note before and to the next
 * one (a sharp wants to rise). Everything is counted from the signature of the measure's own key, so transposing a
 * piece transposes its spelling, and the piece stays on the signature's side of the enharmonic circle. The weights are
 * those of a logistic regression on the spelled notes of 900 organ books and manuscripts (kern) and 3,040 folk tunes
 * (ABC). */
#include "key.h"
#include "pitch_class.h"

enum { FLATTEST = -9, SHARPEST = 14, PLACES = 24 }; /* candidates, in fifths above the signature's major tonic */
enum { TONIC_FLATTEST = -5 };                       /* how pitch classes around a note are named */
enum { CHORD, NEAR, WIDE, SCOPES }; /* notes that begin together; 6 before and after; Meredith's window */
enum { NEAR_NOTES = 6, WIDE_BEFORE = 10, WIDE_AFTER = 40 };
enum { DISTANCES = 36, DISTANCE_ZERO = 15 }; /* a candidate above a tonic, in fifths: -15 .. 19 */
enum { MOST_ACCIDENTALS = 6 };
enum { STEPS = 6, STEP_NONE = 5 };              /* -2 .. 2 semitones as 0 .. 4, 5 = no such neighbour */
enum { STEP_NOTES = 24, MODES = 2, SIDES = 2 }; /* a neighbour is looked for among so many notes */

#include "spelling_weights.h"

typedef struct reference {
    int fifths, minor;
} reference;

typedef struct clues {
    int fifths; /* of the signature */
    int minor;
    int flat, sharp;                     /* the candidates, in fifths above the signature's tonic */
    int before, next;                    /* steps */
    double share[SCOPES][PITCH_CLASSES]; /* of the notes around, by fifths above the flattest tonic */
} clues;

static void count_around(const neume__draft *draft, size_t note, clues *out) {
    const neume__placed *notes = draft->notes;
    size_t first = note > WIDE_BEFORE ? note - WIDE_BEFORE : 0, end = note + WIDE_AFTER;
    double sum[SCOPES] = {0};
    for (size_t i = first; i < end && i < draft->note_count; i++) {
        if (is_drum(draft, &notes[i])) continue;
        int tonic = fifths_from(out->fifths + TONIC_FLATTEST, notes[i].number) - out->fifths - TONIC_FLATTEST;
        bool in[SCOPES] = {notes[i].at == notes[note].at, i + NEAR_NOTES >= note && i <= note + NEAR_NOTES, true};
        for (int s = 0; s < SCOPES; s++)
            if (in[s]) out->share[s][tonic] += 1, sum[s] += 1;
    }
    for (int s = 0; s < SCOPES; s++)
        for (int t = 0; t < PITCH_CLASSES; t++) out->share[s][t] /= sum[s];
}

/* The step to the nearest note of the same part in one direction, at most a whole tone away. */
static int step(const neume__draft *draft, size_t note, int direction) {
    const neume__placed *here = &draft->notes[note], *found = NULL;
    for (int k = 1; k <= STEP_NOTES; k++) {
        if (direction < 0 ? note < (size_t)k : note + (size_t)k >= draft->note_count) break;
        const neume__placed *other = direction < 0 ? here - k : here + k;
        if (found && other->at != found->at) break;
        int apart = other->number - here->number;
        if (other->at == here->at || other->part != here->part || apart < -2 || apart > 2) continue;
        if (!found || (apart != 0 && (found->number == here->number || apart * apart == 1))) found = other;
    }
    return found ? found->number - here->number + 2 : STEP_NONE;
}

static clues gather(const neume__draft *draft, size_t note, reference from) {
    clues out = {.fifths = from.fifths, .minor = from.minor};
    out.flat = fifths_from(out.fifths + FLATTEST, draft->notes[note].number) - out.fifths;
    out.sharp = out.flat + PITCH_CLASSES;
    out.before = step(draft, note, -1);
    out.next = step(draft, note, 1);
    count_around(draft, note, &out);
    return out;
}

static double worth(const clues *seen, int place) {
    double sum = PLACE_WEIGHTS[seen->minor][place - FLATTEST];
    for (int s = 0; s < SCOPES; s++)
        for (int t = 0; t < PITCH_CLASSES; t++)
            sum += VOTE_WEIGHTS[s][place - (t + TONIC_FLATTEST) + DISTANCE_ZERO] * seen->share[s][t];
    if (place == seen->sharp) sum += STEP_WEIGHTS[0][seen->before] + STEP_WEIGHTS[1][seen->next];
    return sum;
}

static neume_pitch name_pitch(int fifths, int number) {
    static const int NATURAL[7] = {0, 2, 4, 5, 7, 9, 11};
    neume_pitch pitch = fifths_name(fifths);
    pitch.octave = (int8_t)((number - pitch.alter - NATURAL[pitch.step]) / PITCH_CLASSES - 1);
    return pitch;
}

/* What names are counted from: the signature that the music has just here, printed or not, on the printed one's side of
 * the circle unless that would take more than six sharps or flats (then C sharp minor within a piece in A flat major,
 * not D flat minor). */
static reference refer(const neume_key *key, int local) {
    int fifths = fifths_from(neume_key_fifths(key) - 6, local * 7);
    if (fifths > MOST_ACCIDENTALS) fifths -= PITCH_CLASSES;
    if (fifths < -MOST_ACCIDENTALS) fifths += PITCH_CLASSES;
    return (reference){fifths, key->mode == NEUME_MODE_MINOR};
}

static void spell_note(neume__draft *draft, size_t note, reference from) {
    clues seen = gather(draft, note, from);
    int place = worth(&seen, seen.sharp) > worth(&seen, seen.flat) ? seen.sharp : seen.flat;
    draft->notes[note].pitch = name_pitch(place + seen.fifths, draft->notes[note].number);
}

neume_status neume__draft_spell(neume__draft *draft) {
    static const neume_key C_MAJOR = {.mode = NEUME_MODE_MAJOR};
    int16_t *local = neume__calloc(draft->measure_count + 1, sizeof *local);
    if (!local) return NEUME_ENOMEM;
    neume_status status = neume__draft_local_signatures(draft, local);
    for (size_t i = 0, k = 0, m = 0; !status && i < draft->note_count; i++) {
        const neume__placed *note = &draft->notes[i];
        while (k + 1 < draft->key_count && draft->keys[k + 1].at <= note->at) k++;
        while (m + 1 < draft->measure_count && draft->measures[m + 1].at <= note->at) m++;
        if (!is_drum(draft, note))
            spell_note(draft, i, refer(draft->key_count ? &draft->keys[k].key : &C_MAJOR, local[m]));
    }
    neume__free(local);
    return status;
}
