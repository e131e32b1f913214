/* Instruments that nobody built: sounds drawn at random within what physics and craft allow of a kind of instrument.
 * Private to the room. */
#ifndef NEUME_SYNTH_INVENT_H
#define NEUME_SYNTH_INVENT_H

#include "neume/base.h"

enum { INVENT_BODIES_MOST = 16 };

/* A broad peak of an instrument's body or of a mouth: it stays where it is while the pitch moves. */
typedef struct invent_body {
    double hz, octaves, db;
} invent_body;

/* Which multiples of the fundamental sound: strings and pipes, or bars. */
typedef enum invent_modes { MODES_HARMONIC, MODES_BAR, MODES_TUNED_BAR, MODES_TUBE, MODES_DRAWBARS } invent_modes;

/* One instrument. */
typedef struct invent_design {
    invent_modes modes;
    double tilt_db;          /* an octave, negative: darker above */
    double even_db, even_hz; /* even partials are so much weaker below that frequency (stopped pipes) */
    double jitter_db;        /* deviation of each partial's level */
    double pluck_at;         /* share of the string at which it is plucked or struck; 0: not */
    double stiffness;        /* of strings at middle C: partial k lies at k sqrt(1 + stiffness k^2) */
    double low_pass_hz;      /* 12 dB an octave above */
    int bodies;
    invent_body body[INVENT_BODIES_MOST];
    double attack_s, attack_spread; /* higher partials begin later by so much an octave */
    bool struck;
    double decay_s, decay_octave, damping; /* to -60 dB at middle C; halvings an octave up; more for high partials */
    double after_db, after_ratio;          /* the second, slower part of the decay */
    double wander_db, wander_hz;           /* slow changes of each partial */
    double vibrato_cents, vibrato_hz;
    int players;
    double spread_cents;
    double noise_db, noise_hz, burst_db, burst_s; /* breath and bow all along; hammer, pick or chiff at the beginning */
    double loud_db;                               /* brightness an octave of partials gains from soft to loud */
    double drive, cab_hz;                         /* an overdriven amplifier and its loudspeaker; 0: none */
    uint64_t seed;
} invent_design;

/* A random instrument for a General MIDI program; false: none is known for it. */
bool neume__invent_design(int program, neume_rng *rng, invent_design *out);
/* One note: count samples at NEUME_SYNTH_RATE_HZ, the key held throughout. About 10 ms. */
NEUME_MUST neume_status neume__invent_note(const invent_design *design, int pitch, int velocity, float *x,
                                           size_t count);

/* A drum kit's random traits, and one of its drums; false: the key is not one it has. */
typedef struct invent_kit {
    double size, damping, brightness, noisy;
    uint64_t seed;
} invent_kit;
invent_kit neume__invent_kit(neume_rng *rng);
bool neume__invent_drum(const invent_kit *kit, int key, int velocity, float *x, size_t count);

#endif
