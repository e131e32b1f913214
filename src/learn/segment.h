/* Making one segment of training sound. Private to the room.
 *
 *   a kind is drawn (piano, chamber, band ...)          segment_sample.c
 *     -> a piece, a window of it, how it is played      segment_play.c
 *     -> an instrument for every part                   segment_cast.c
 *     -> strokes: notes with preset, gain, detune
 *   -> mixed from the bank, with the truth beside it    segment_sample.c
 *   -> room, microphone, noise                          synth/augment
 *
 * Everything is drawn from one random stream seeded by the segment's number. */
#ifndef NEUME_LEARN_SEGMENT_H
#define NEUME_LEARN_SEGMENT_H

#include "corpus.h"

struct neume_dataset {
    neume_dataset_options options;
    neume__corpus corpus;
    neume_bank *bank;
    size_t *pieces[NEUME_CORPUS_CLASSES]; /* of this split, by class */
    size_t piece_count[NEUME_CORPUS_CLASSES];
    neume_bank_preset *presets;
    bool *in_split; /* whether this split may use the preset */
    size_t preset_count;
};

/* One note to be sounded. */
typedef struct stroke {
    double onset_s, end_s; /* relative to the segment; pedal included */
    int pitch, velocity, preset;
    double detune_cents, vibrato_cents, vibrato_hz;
    float gain;
    int borrowed_semitones;
    double loop_from_s, loop_s;
} stroke;

typedef struct strokes {
    stroke *items;
    size_t count, capacity;
} strokes;

typedef enum play_kind { PLAY_PIANO, PLAY_CHAMBER, PLAY_BAND, PLAY_DRUMS, PLAY_LINE } play_kind;

/* How one piece is played in one segment. */
typedef struct playing {
    play_kind kind;
    double tempo, gain; /* factors */
    int transposition;  /* semitones */
    double velocity_gamma, velocity_offset, detune_cents;
    double drum_gain; /* a factor: drums beside the other parts */
    bool humanised;   /* written music gets human timing and touch; played music keeps its own */
} playing;

/* --- segment_cast.c ----------------------------------------------------------------------------------------------- */

enum { PARTS_MAX = 256 };

/* What a part of a piece is played on. */
typedef struct casting {
    bool present, silent;
    int program, lowest, highest; /* of the part, transposed */
    int preset, borrowed_semitones;
    int second_preset; /* sounds with it, -1: none */
    double gain, articulation, detune_cents, vibrato_cents, vibrato_hz,
        level,               /* level: mean velocity of humanised parts */
        loop_from_s, loop_s, /* as in neume_bank_note */
        second_gain;
} casting;

/* Fills presets and manners for all parts that are present; *kit is the drum preset. */
void dataset_cast(const neume_dataset *dataset, const playing *how, casting parts[PARTS_MAX], int *kit, neume_rng *rng);
/* A random preset of the split with a program in first .. last that covers the pitches; failing that one that fits less
 * (see FIT_...). The other split is touched only when this one has no pitched preset, or no kit, at all. */
int dataset_pick(const neume_dataset *dataset, int first, int last, int lowest, int highest, neume_rng *rng);

/* --- segment_ensemble.c ------------------------------------------------------------------------------------------- */

typedef struct ensemble {
    size_t voices, keyboard; /* which of the tables' */
    const char *source;      /* whose sounds; NULL: anyone's */
    int last_first, last_preset;
} ensemble;
/* as_written: every part is played by what it was written for. */
void ensemble_draw(const neume_dataset *dataset, bool as_written, ensemble *out, neume_rng *rng);
/* What plays this part; ask part by part, in order. */
int ensemble_preset(const neume_dataset *dataset, ensemble *ensemble, const casting *part, neume_rng *rng);

/* --- segment_play.c ----------------------------------------------------------------------------------------------- */

/* Adds a random window of a random piece of the class, played that way. Nothing if the split has no such piece. */
neume_status dataset_play(const neume_dataset *dataset, neume_corpus_class class_, const playing *how, double seconds,
                          strokes *out, neume_rng *rng);
neume_status strokes_add(strokes *all, stroke one);

#endif
