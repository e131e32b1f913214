/** @file
 * The words of music that every room speaks. For now: notes in seconds and the General MIDI instruments.
 */
#ifndef NEUME_MUSIC_H
#define NEUME_MUSIC_H

#include "neume/base.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    NEUME_PROGRAM_DRUMS = 128,   /**< the program of a drum hit; its pitch is a General MIDI drum key */
    NEUME_PROGRAM_EFFECTS = 112, /**< from here on programs are percussive or effects: not scored as pitched */
    NEUME_FAMILIES = 16,         /**< instrument family = program / 8 */
    NEUME_PITCH_LOWEST = 21,     /**< A0: the piano's 88 keys are pitches 21 .. 108 */
    NEUME_PITCHES = 88,
};

/** One note as it sounds. */
typedef struct neume_note {
    double onset_s;   /**< seconds from the start of the recording */
    double offset_s;  /**< end, sustain pedal included; > onset_s */
    int16_t pitch;    /**< MIDI number 0 .. 127 */
    int16_t velocity; /**< 1 .. 127 */
    int16_t program;  /**< General MIDI 0 .. 127, or NEUME_PROGRAM_DRUMS */
    int16_t part;     /**< which part (track and channel, staff) of its source it belongs to; 0 when unknown */
    float confidence; /**< 0 .. 1; 1 for written notes */
} neume_note;

/** Notes that grow; start with `{0}`. */
typedef struct neume_notes {
    neume_note *items;
    size_t count, capacity;
} neume_notes;

NEUME_API NEUME_MUST neume_status neume_notes_add(neume_notes *notes, neume_note note);
/** Orders by onset, then pitch, program, offset, part: the one order in which notes are written. */
NEUME_API void neume_notes_sort(neume_notes *notes);
/** < 0, 0, > 0 in that order. */
int neume_note_compare(const neume_note *a, const neume_note *b);
/** Frees, back to `{0}`. */
NEUME_API void neume_notes_clear(neume_notes *notes);
/** The latest offset, 0 when there are no notes. */
NEUME_API double neume_notes_end_s(const neume_notes *notes);

/** "Acoustic Grand Piano" ...: General MIDI's name of a program 0 .. 127; "Drums" for 128; "" otherwise. Never NULL. */
NEUME_API const char *neume_program_name(int program);
/** "piano", "chromatic percussion", "organ", ...: the family's name; "drums" for NEUME_FAMILIES; "" otherwise. */
NEUME_API const char *neume_family_name(int family);
/** The family's usual member, as it is written when nothing more is known: 40 (violin) for strings. family 0 .. 15 */
NEUME_API int neume_family_program(int family);
/** program / 8, or NEUME_FAMILIES for drums. */
NEUME_API int neume_program_family(int program);
/** The program of an instrument named in words ("Violino I", "Flöte", "Bass guitar", "Voice"), -1 when unknown. */
NEUME_API int neume_program_by_name(const char *name);

/** A sustain pedal held down. */
typedef struct neume_pedal {
    double down_s, up_s;
} neume_pedal;
/** Pedals in order of time, which do not overlap; start with `{0}`. */
typedef struct neume_pedals {
    neume_pedal *items;
    size_t count, capacity;
    int16_t program; /**< of the piano it belongs to */
} neume_pedals;
/** Guesses when a piano's pedal was down and shortens its notes to the length its keys were held: with the pedal they
 * sound as before, but for notes that die away under it. @p notes in order of onset (neume_notes_sort()); other
 * instruments are left alone. @p out is replaced. @retval NEUME_ENOMEM */
NEUME_API NEUME_MUST neume_status neume_pedals_find(neume_notes *notes, neume_pedals *out);
NEUME_API void neume_pedals_clear(neume_pedals *pedals);

/** How a note's pitch moves. */
typedef struct neume_bend {
    double onset_s; /**< which note: it begins here and has this pitch */
    int16_t pitch;
    float *cents; /**< (count) from the pitch as named, every NEUME_BEND_STEP_S from the onset on */
    size_t count;
} neume_bend;
#define NEUME_BEND_STEP_S 0.02
/** In order of onset; start with `{0}`. */
typedef struct neume_bends {
    neume_bend *items;
    size_t count, capacity;
} neume_bends;
/** The bend of a note, NULL when there is none. Cost: logarithmic. */
NEUME_API const neume_bend *neume_bends_find(const neume_bends *bends, const neume_note *note);
/** Appends a copy. */
NEUME_MUST neume_status neume_bends_add(neume_bends *bends, const neume_bend *bend);
NEUME_API void neume_bends_clear(neume_bends *bends);

/** Which instruments a recording may hold; `{0}` = any. */
typedef struct neume_instruments {
    bool restricted;
    bool drums;                      /**< the rest counts only when restricted: are there drums, */
    int16_t program[NEUME_FAMILIES]; /**< and what each family is written as, -1 = none of it is there */
} neume_instruments;
/** Reads "auto" (any), or a list like "piano", "flute,strings,drums": families by the names of neume_family_name(),
 * instruments as neume_program_by_name() knows them. @retval NEUME_EINVAL a name is unknown, with the names that are */
NEUME_API NEUME_MUST neume_status neume_instruments_parse(const char *text, neume_instruments *out);

#ifdef __cplusplus
}
#endif
#endif
