/* A made-up room: what the microphone hears beside the direct sound. */
#ifndef NEUME_SYNTH_ROOM_H
#define NEUME_SYNTH_ROOM_H

#include "neume/base.h"

typedef struct room_design {
    double rt60_s;       /* low sounds have fallen by 60 dB after this */
    double treble_share; /* high ones after this share of it */
    double direct_db;    /* energy of the direct sound above that of the room's */
} room_design;

/* Adds a room, other in its details at each call, to x; the direct sound stays as it is. NEUME_ENOMEM */
NEUME_MUST neume_status neume__room_add(const room_design *design, float *x, size_t count, neume_rng *rng);

#endif
