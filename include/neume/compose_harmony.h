/** @file
 * Chords for a melody: what the model of harmony reads and how it is decoded. For learning and measuring it; to put
 * chords into a piece, see neume_harmonise() in compose.h.
 *
 * Time is cut into slots in which harmony stays: half bars where a bar has an even number of beats, else beats. A chord
 * is a state: its root above the tonic and its kind; so nothing here knows of absolute pitch.
 */
#ifndef NEUME_COMPOSE_HARMONY_H
#define NEUME_COMPOSE_HARMONY_H

#include "neume/base.h"
#include "neume/music.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum neume_chord_kind {
    NEUME_CHORD_MAJOR,
    NEUME_CHORD_MINOR,
    NEUME_CHORD_DIMINISHED,
    NEUME_CHORD_SEVENTH, /**< major with a minor seventh */
    NEUME_CHORD_KINDS,
} neume_chord_kind;
enum {
    NEUME_CHORD_STATES = 12 * NEUME_CHORD_KINDS, /**< degree * NEUME_CHORD_KINDS + kind; degree in semitones */
    NEUME_HARMONY_MODES = 2,                     /**< keys with a major third, keys with a minor one */
    NEUME_SLOT_PLACES = 3,                       /**< a bar begins; its middle; elsewhere */
    NEUME_PHRASE_PLACES = 16,                    /**< of a section: bar modulo 8, first half or second */
};

typedef struct neume_harmony_slot {
    int64_t at, ticks;
    int8_t tonic;    /**< pitch class */
    uint8_t mode;    /**< 0 .. NEUME_HARMONY_MODES - 1 */
    uint8_t place;   /**< 0 .. NEUME_SLOT_PLACES - 1 */
    uint8_t phrase;  /**< 0 .. NEUME_PHRASE_PLACES - 1: 2 * bar + half */
    int8_t chord;    /**< the state that a chord symbol tells, -1 = none is said yet */
    bool onset;      /**< a note begins here: the chord may change */
    bool closes;     /**< a section ends with it */
    bool opens;      /**< a section begins with it */
    bool upbeat;     /**< of an incomplete first bar */
    float notes[12]; /**< how much each degree above the tonic sounds in the melody; adds up to 1, or 0 in silence */
} neume_harmony_slot;
typedef struct neume_harmony_slots {
    neume_harmony_slot *items;
    size_t count, capacity;
} neume_harmony_slots;

/** Cuts a piece into slots by its melody (the first pitched voice). @p out is replaced.
 * @retval NEUME_EFORMAT there is no melody  @retval NEUME_ENOMEM */
NEUME_MUST neume_status neume_harmony_slots_find(const neume_score *score, neume_harmony_slots *out);
void neume_harmony_slots_clear(neume_harmony_slots *slots);

/** The likeliest chords (Viterbi 1967) of a hidden Markov model: notes given the chord, a change or none by the place
 * in the bar, the next chord given the last, the chords that sections begin and end with. In tenths of nats, as
 * harmony_table.h holds them.
 * @param[out] states  (count)  @retval NEUME_ENOMEM  Cost: some 50 us a slot. */
NEUME_MUST neume_status neume_harmony_decode(const neume_harmony_slot *slots, size_t count, int8_t *states);

#ifdef __cplusplus
}
#endif
#endif
