/* How a segment of training data comes to be, in the order of the files:
 *
 *     dataset.c          opens corpus and bank, sorts them by split, and makes a segment: kind -> scene -> sound
 *     dataset_kinds.c    what a segment of each kind is made of
 *     dataset_window.c   a window of a piece becomes notes of a scene: tempo, transposition, timing, velocities
 *     dataset_cast.c     which preset plays which part
 *     dataset_play.c     pedal, overlaps, then sound and truth
 *
 * A scene is a list of voices (an instrument each) and a list of notes (each of one voice). All randomness comes from
 * one generator seeded with the segment's number, so a segment is a pure function of corpus, bank and number. */
#ifndef NEUME_LEARN_DATASET_H
#define NEUME_LEARN_DATASET_H

#include "corpus.h"
#include "neume/learn.h"

enum {
    SCENE_VOICES_MOST = 24,
    CAST_VOICES_MOST = 10, /* parts of one piece that sound at once; an orchestra's others are left out */
};

typedef enum neume__segment_kind {
    NEUME__SEGMENT_PIANO,
    NEUME__SEGMENT_CHAMBER,
    NEUME__SEGMENT_BAND,
    NEUME__SEGMENT_DRUMS,
    NEUME__SEGMENT_LINES,
    NEUME__SEGMENT_RANDOM,
    NEUME__SEGMENT_NEGATIVE,
    NEUME__SEGMENT_KINDS,
} neume__segment_kind;

/* Numbers of pieces or presets, and for pieces the running sum of their weights. */
typedef struct index_list {
    uint32_t *items;
    double *weight_sums; /* (count) or NULL: all weigh the same */
    size_t count, capacity;
} index_list;

struct neume_dataset {
    neume_dataset_options options;
    double shares[NEUME__SEGMENT_KINDS];
    neume__corpus corpus;
    neume_bank *bank;
    index_list pieces[NEUME_CORPUS_CLASSES]; /* of this split, by class */
    index_list families[NEUME_FAMILIES];     /* presets of this split, by instrument family */
    index_list grands, keyboards;            /* acoustic grand pianos; the other keyboards */
    index_list lines;                        /* presets that can sing a line: bowed, blown, sung, leads */
    index_list melodic, kits;                /* all that is pitched; all drum kits */
};

/* --- scenes ------------------------------------------------------------------------------------------------------- */

typedef struct scene_voice {
    int program;           /* as the piece says; NEUME_PROGRAM_DRUMS for drums */
    int lowest, highest;   /* pitches it plays */
    bool written;          /* from a score, so its performance is made up */
    size_t preset;         /* of the bank, once cast */
    double articulation;   /* share of the written duration that is held */
    double level_velocity; /* where its made-up velocities lie */
    double chord_spread_s; /* between the notes of one chord, from the lowest up */
    double detune_cents, vibrato_cents, vibrato_hz;
    float gain;
    bool cast, silent; /* silent: dropped, or nobody can play it */
} scene_voice;

typedef struct scene_note {
    double onset_s, offset_s; /* relative to the segment's start */
    int16_t pitch, velocity;
    uint16_t voice;
} scene_note;

typedef struct scene {
    const neume_dataset *dataset;
    neume_rng rng;
    double seconds;   /* of the segment */
    bool whole_notes; /* leave out notes that began before the segment */
    scene_voice voices[SCENE_VOICES_MOST];
    size_t voice_count;
    scene_note *notes;
    size_t count, capacity;
    bool pedal; /* a sustain pedal on keyboards */
    double velocity_gamma, velocity_offset;
    double detune_cents; /* of the whole ensemble */
} scene;

/* What a window of a piece is to become. */
typedef struct window_request {
    const neume__corpus_piece *piece;
    bool one_voice; /* all parts on one instrument (a piano arrangement) */
    bool top_line;  /* of each part only the highest note, one at a time, bound to each other */
    bool drums_only, pitched_only;
    int voices_most;    /* parts beyond are left out at random */
    double drop_chance; /* of each further part; at least one stays */
    float gain;
} window_request;

/* Adds a random window of a piece; *added = new voices' notes. */
NEUME_MUST neume_status scene_add_window(scene *s, const window_request *request, size_t *added);
NEUME_MUST neume_status scene_add_note(scene *s, scene_note note);
/* A new voice with neutral settings; NULL when the scene has no room for one. */
scene_voice *scene_add_voice(scene *s, int program, bool written);

/* --- casting ------------------------------------------------------------------------------------------------------ */

/* How voices choose their presets. */
typedef enum cast_rule {
    CAST_OWN,   /* own family, or at even odds any family in a plausible range; drums a kit */
    CAST_PIANO, /* pianos: 70 % acoustic grands */
    CAST_LINE,  /* a preset that sings, with vibrato */
    CAST_ANY,   /* any melodic preset */
} cast_rule;
void scene_cast(scene *s, cast_rule rule);
/* An item of a list by weight; the list holds at least one. */
uint32_t index_list_draw(const index_list *list, neume_rng *rng);

/* --- playing ------------------------------------------------------------------------------------------------------ */

/* What was sampled, for manifests and tests. */
typedef struct neume__segment_info {
    neume__segment_kind kind;
    size_t presets[SCENE_VOICES_MOST]; /* that sounded */
    size_t preset_count;
} neume__segment_info;

/* Fills a scene with what its kind asks for. */
NEUME_MUST neume_status scene_compose(scene *s, neume__segment_kind kind);
/* Noise or silence of a negative segment without drums, added to pcm. */
void scene_add_noise(scene *s, float *pcm, size_t count);
/* Pedal, overlaps and order, then every note mixed into pcm (count samples) and into the truth. */
NEUME_MUST neume_status scene_play(scene *s, float *pcm, size_t count, neume_segment *segment,
                                   neume__segment_info *info);

/* --- sampling ----------------------------------------------------------------------------------------------------- */

const char *neume__segment_kind_name(neume__segment_kind kind);

typedef struct neume__sample_request {
    uint64_t seed;
    double seconds;
    int kind;         /* neume__segment_kind, or -1: by the shares */
    bool whole_notes; /* nothing began before the segment's start */
} neume__sample_request;
/* neume_dataset_sample() with more to say; info may be NULL. */
NEUME_MUST neume_status neume__dataset_sample(const neume_dataset *dataset, const neume__sample_request *request,
                                              float *pcm, neume_segment *segment, neume__segment_info *info);

#endif
