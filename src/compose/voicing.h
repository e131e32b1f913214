/* Four-part writing as a shortest path. Private to the room. */
#ifndef NEUME_COMPOSE_VOICING_H
#define NEUME_COMPOSE_VOICING_H

#include "neume/base.h"

/* What stands fixed at one chord: the soprano's notes over it, and which notes it has. MIDI numbers. */
typedef struct voicing_slot {
    int first, last, lowest;         /* of the soprano here; first -1 = it is silent */
    int root, third, fifth, seventh; /* pitch classes; seventh -1 = none */
    int leading, tonic;              /* pitch classes of the key's leading note and tonic */
    bool dominant;                   /* the leading note must rise to the tonic, if that is in the next chord */
    bool same;                       /* the same chord as in the slot before */
} voicing_slot;

typedef struct voicing {
    uint8_t bass, tenor, alto;
} voicing;

/* What no part may leave, as MIDI numbers: bass E2 - D4, tenor C3 - G4, alto G3 - D5, soprano C4 - A5. */
enum { BASS, TENOR, ALTO, SOPRANO, PARTS };
extern const uint8_t neume__part_lowest[PARTS], neume__part_highest[PARTS];

/* The smoothest voicings that break no rule: parts in their ranges and in order; no part passes where its neighbour
 * was; no fifths, octaves or unisons in parallel or contrary motion; leading notes rise, sevenths fall or stay, neither
 * is doubled. Where no way is free of faults, the one with the fewest.
 * @param[out] out  (count)  @param[out] faults  how many rules are broken  @retval NEUME_ENOMEM */
neume_status neume__voicings_find(const voicing_slot *slots, size_t count, voicing *out, int *faults);

#endif
