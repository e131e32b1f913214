/** @file
 * From notes in seconds to written music: beats, bars, voices, keys and spelling.
 */
#ifndef NEUME_SCORE_H
#define NEUME_SCORE_H

#include "neume/base.h"
#include "neume/music.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A beat: what a conductor shows. In 6/8, 9/8 and 12/8 it is a dotted note, else the unit of the metre. */
typedef struct neume_beat {
    double time_s;
    int number;        /**< in its bar, from 1: the downbeat */
    neume_metre metre; /**< of the bar that it stands in */
} neume_beat;
/** In order of time; start with `{0}`. */
typedef struct neume_rhythm {
    neume_beat *beats;
    size_t count, capacity;
    bool exact; /**< the beats are those of a clock that the notes were laid on: nobody's timing lies between */
} neume_rhythm;
NEUME_API void neume_rhythm_clear(neume_rhythm *rhythm);
NEUME_API NEUME_MUST neume_status neume_rhythm_add(neume_rhythm *rhythm, neume_beat beat);
/** How many beats a bar has: 6/8 has 2, 3/8 has 3, 4/4 has 4. */
NEUME_API int neume_metre_beats(neume_metre metre);
/** How long one of them is. */
NEUME_API int64_t neume_metre_beat_ticks(neume_metre metre);

/* --- finding beats ------------------------------------------------------------------------------------------------ */

/** Trained networks that hear beats in notes (neume/score_net.h). May be used by one thread at a time. */
typedef struct neume_beat_model neume_beat_model;
/** One network. @retval NEUME_EFORMAT not a beat network, damaged  @retval NEUME_ENOTFOUND NEUME_EIO NEUME_ENOMEM */
NEUME_API NEUME_MUST neume_status neume_beat_model_load(const char *path, neume_beat_model **out);
/** Another beat network or a pulse network, whose answers are averaged with the others'. At most one pulse network.
 * @retval NEUME_ELIMIT too many  also statuses of neume_beat_model_load() */
NEUME_API NEUME_MUST neume_status neume_beat_model_join(neume_beat_model *model, const char *path);
NEUME_API void neume_beat_model_free(neume_beat_model *model);

/** Trained networks that read bars over found beats. May be used by one thread at a time. */
typedef struct neume_bar_model neume_bar_model;
/** @retval NEUME_EFORMAT not a bar network, damaged  @retval NEUME_ENOTFOUND NEUME_EIO NEUME_ENOMEM */
NEUME_API NEUME_MUST neume_status neume_bar_model_load(const char *path, neume_bar_model **out);
/** Another network. The first is for notes that lie on their file's clock, but not on its own quarters: sequences that
 * were laid under a recording. Their beats are exact, and most are songs. The second tells the metre of a whole piece
 * of one line, a tune, from beats that are taken to be right.
 * @retval NEUME_ELIMIT there are both  also statuses of neume_bar_model_load() */
NEUME_API NEUME_MUST neume_status neume_bar_model_join(neume_bar_model *model, const char *path);
NEUME_API void neume_bar_model_free(neume_bar_model *model);

/** What is known of a piece beforehand; `{0}` = nothing. */
typedef struct neume_rhythm_options {
    neume_beat_model *model; /**< NULL = by accents alone, which is much worse */
    neume_bar_model *bars;   /**< NULL = bars as the beat network has them; not asked where the pickup is known */
    double tempo_bpm;        /**< beats a minute, held within 15 %; 0 = find it */
    neume_metre metre;       /**< of the whole piece; beats 0 = find it */
    int pickup;              /**< beats before the first downbeat; with pickup_known */
    bool pickup_known;
    const neume_clock *clock; /**< of the file that the notes come from; used where they lie on it, unless tempo or
                                 pickup are known; NULL = none */
} neume_rhythm_options;
/** Finds beats, bars and metre in notes: how likely each moment is a beat and a downbeat, then the likeliest sequence
 * of bars by a semi-Markov form of the bar pointer (Whiteley, Cemgil & Godsill 2006; Krebs, Boeck & Widmer 2015).
 * Notes that a sequencer or a notation program laid on the file's own grid take their beats from it.
 *
 * @param      notes    in order (neume_notes_sort()); without any, no beats are found
 * @param      options  NULL = nothing is known
 * @param[out] out      replaced on success; spans all onsets
 * @retval NEUME_EINVAL  tempo outside 10 .. 400, a metre without beats or unit  @retval NEUME_ENOMEM
 * Cost: some 0.2 s and 4 MB a minute of music. */
NEUME_API NEUME_MUST neume_status neume_rhythm_find(const neume_notes *notes, const neume_rhythm_options *options,
                                                    neume_rhythm *out);
/** The middle tempo, in beats a minute; 0 with fewer than two beats. */
NEUME_API double neume_rhythm_tempo_bpm(const neume_rhythm *rhythm);

/* --- writing down ------------------------------------------------------------------------------------------------- */

typedef struct neume_score_options {
    neume_rhythm_options rhythm;
    const neume_rhythm *beats;    /**< use these instead of finding them; NULL = find. Where the first is in no metre
                                     (beats 0), as many as are counted, simple or compound as they divide */
    const char *title, *composer; /**< NULL = none */
    bool chords;                  /**< with chord symbols */
} neume_score_options;
/** Writes notes down: beats, quantised onsets and values, parts, hands and voices, key and spelling.
 *
 * @param      notes   in order
 * @param[out] rhythm  the beats used, replaced; NULL = not wanted
 * @param[out] out     untouched on failure; free with neume_score_free()
 * @retval NEUME_ENOTFOUND there are no notes  @retval NEUME_EINVAL as of neume_rhythm_find()  @retval NEUME_ENOMEM */
NEUME_API NEUME_MUST neume_status neume_score_from_notes(const neume_notes *notes, const neume_score_options *options,
                                                         neume_rhythm *rhythm, neume_score **out);

/* --- analysing ---------------------------------------------------------------------------------------------------- */

/** A bar, in ticks (NEUME_WHOLE) from the beginning of the first. */
typedef struct neume_measure {
    int64_t at, ticks;
    neume_metre metre;
} neume_measure;
/** Where a note stands on the page. */
typedef struct neume_note_place {
    int64_t at, ticks;               /**< ticks 0: a grace note */
    int measure, part, staff, voice; /**< counted from 0 */
} neume_note_place;
typedef struct neume_chord_span {
    double start_s, end_s;
    char label[32]; /**< in Harte's syntax: "D:min7/b3", "N" = none */
} neume_chord_span;
/** What a listener would say of the music. Start with `{0}`. */
typedef struct neume_analysis {
    neume_rhythm rhythm;
    neume_key key; /**< at the beginning */
    neume_chord_span *chords;
    neume_measure *measures;
    neume_note_place *places; /**< (place_count), one of each note, in the notes' order */
    size_t chord_count, chord_capacity, measure_count, place_count;
} neume_analysis;
/** Beats, key, chords and places of notes in order; of no notes, nothing in C major. Statuses as of
 * neume_score_from_notes(); @p out is replaced on success. */
NEUME_API NEUME_MUST neume_status neume_analyse_notes(const neume_notes *notes, const neume_score_options *options,
                                                      neume_analysis *out);
NEUME_API void neume_analysis_clear(neume_analysis *analysis);

#ifdef __cplusplus
}
#endif
#endif
