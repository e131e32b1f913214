/** @file
 * Composing: tunes changed as one asks, harmonised, varied; themes, continuations and titles from a language model.
 *
 * Everything works on written music (neume_score), in place: a score whose change failed is to be thrown away. What has
 * chance in it takes a seed, and the same seed gives the same music.
 */
#ifndef NEUME_COMPOSE_H
#define NEUME_COMPOSE_H

#include "neume/base.h"
#include "neume/music.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Gives a piece a title in place of the one it has. @retval NEUME_ENOMEM */
NEUME_API NEUME_MUST neume_status neume_score_set_title(neume_score *score, const char *title);
/** Gives a piece that says no tempo the usual one of its kind of dance (field R) or metre. */
NEUME_API void neume_score_set_usual_tempo(neume_score *score);

/* --- revising ----------------------------------------------------------------------------------------------------- */

/** What a change must leave as it is; any of them together. */
typedef enum neume_keep {
    NEUME_KEEP_NOTHING = 0,
    NEUME_KEEP_MELODY = 1, /**< pitch, place and length of every note of the first voice; grace notes may come and go */
    NEUME_KEEP_RHYTHM = 2, /**< place and length of every note and rest of every voice, and the bars */
    NEUME_KEEP_HARMONY = 4, /**< chord symbols with their places, and every note below the first voice */
} neume_keep;
/** Reads "melody", "rhythm", "harmony" or several with commas. @retval NEUME_EINVAL */
NEUME_API NEUME_MUST neume_status neume_keep_parse(const char *text, unsigned *out);

typedef struct neume_revise_options {
    unsigned keep; /**< neume_keep */
    uint64_t seed; /**< of ornaments */
} neume_revise_options;
/** Does what a plain request in English or Chinese says, exactly and by rules: "transpose to G minor", "up a major
 * third", "for B flat clarinet", "in 3/4", "to dorian", "simplify for beginners", "add grace notes", "for cello",
 * "20 % slower", "augment", "backwards", "remove the lyrics", "swap hands"; several with "and" or commas.
 *
 * @param ask  the request; every word of it must be understood
 * @retval NEUME_EINVAL  a word is not understood, or the words make no request; the message names it
 * @retval NEUME_EUNSUPPORTED  there is no rule for this piece, or what is to be kept would change
 * @retval NEUME_EFORMAT  there is no melody in the score  @retval NEUME_ENOMEM
 * Cost: some microseconds a note. */
NEUME_API NEUME_MUST neume_status neume_revise(neume_score *score, const char *ask,
                                               const neume_revise_options *options);
/** What can be asked for, in one line. */
NEUME_API const char *neume_revise_help(void);

/* --- harmonising -------------------------------------------------------------------------------------------------- */

typedef struct neume_harmonise_options {
    int voices; /**< 0: chord symbols over the melody; 4: soprano, alto, tenor and bass on two staves */
} neume_harmonise_options;
/** Finds chords for a melody (a hidden Markov model, see compose_harmony.h) and writes them as chord symbols in place
 * of those there; or writes four parts: the melody as soprano, in the octave that suits it, and three below it, with
 * the chords that the piece names, or else with those found.
 *
 * Four parts keep the rules of school harmony wherever any way does: ranges, no crossing, no part beyond where its
 * neighbour was, no fifths or octaves in parallel, leading notes rise, sevenths fall.
 *
 * @param[out] faults  of four parts: how many of these rules are broken, usually 0; NULL: nobody wants it
 * @retval NEUME_EFORMAT  there is no melody  @retval NEUME_EINVAL  another number of voices
 * @retval NEUME_EUNSUPPORTED  the melody is too low for parts below it  @retval NEUME_ENOMEM
 * Cost: 50 us a chord; four parts some 5 ms a chord. */
NEUME_API NEUME_MUST neume_status neume_harmonise(neume_score *score, const neume_harmonise_options *options,
                                                  int *faults);

#ifdef __cplusplus
}
#endif
#endif
