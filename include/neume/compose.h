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

/* --- with a language model ---------------------------------------------------------------------------------------- */

/** A language model of tunes, ready to write: weights, vocabulary, grammar. Read-only; for many threads. */
typedef struct neume_composer neume_composer;
/** @param path  a weight file (lm.h)  @retval NEUME_EFORMAT  its vocabulary is not that of music in ABC; also statuses
 * of neume_lm_model_load() */
NEUME_API NEUME_MUST neume_status neume_composer_load(const char *path, neume_composer **out);
NEUME_API void neume_composer_free(neume_composer *composer);

/** How is written, whatever is written. */
typedef struct neume_writing_options {
    int count;          /**< how many ideas are given back, 1 .. 64; twice as many are written, the best stay */
    double temperature; /**< 0 .. 4; 0 = always the likeliest */
    double top_p;       /**< 0 .. 1: the likeliest tokens that together have this probability */
    uint64_t seed;
} neume_writing_options;
#define NEUME_WRITING_OPTIONS_DEFAULT                                                                                  \
    { 1, 0.9, 0.95, 1 }

/** A piece, and how likely the model finds it. */
typedef struct neume_idea {
    neume_score *score;
    double likelihood; /**< mean natural logarithm of its tokens' probabilities */
    double repetition; /**< share of bars that are the bar before once more */
    double
        rank; /**< likelihood less prices for repetition, silence and an open end: ideas stand in falling order of it */
} neume_idea;
/** Start with `{0}`. */
typedef struct neume_ideas {
    neume_idea *items;
    size_t count, capacity;
} neume_ideas;
NEUME_API void neume_ideas_clear(neume_ideas *ideas);

/** What a theme should be like; NULL and 0: as it comes. Strings are borrowed. */
typedef struct neume_theme_wish {
    const char *title;
    const char *key;    /**< "G", "Am", "D dorian", "Bbmix" */
    const char *metre;  /**< "6/8" */
    const char *rhythm; /**< a dance or kind: reel, jig, hornpipe, waltz, air, march ... */
    const char
        *style; /**< a collection the model learnt from: session oneill aird ryan nottingham hymnal folk song ... */
    const char *mood; /**< as neume_mood_find() knows */
    int bars;         /**< 1 .. 64; 0 = 16 */
    int voices;       /**< 0 or 1: one; 2 .. 8 */
} neume_theme_wish;
/** Writes themes: valid ABC with full bars, in the key, the metre and exactly of the length asked for.
 * @param[out] out  replaced; the best first  @retval NEUME_EINVAL  a wish is not understood, an option out of range
 * @retval NEUME_ELIMIT  the model's context is too short for so many bars  @retval NEUME_ENOMEM */
NEUME_API NEUME_MUST neume_status neume_compose_theme(const neume_composer *composer, const neume_theme_wish *wish,
                                                      const neume_writing_options *how, neume_ideas *out);
/** Writes short themes for a mood or a rhythm, each in a key, metre and kind that suit it; ranked together. Parameters
 * as of neume_compose_theme(); 4 bars unless the wish says how many. */
NEUME_API NEUME_MUST neume_status neume_compose_inspire(const neume_composer *composer, const neume_theme_wish *wish,
                                                        const neume_writing_options *how, neume_ideas *out);
/** Goes on behind the end of a piece of one voice; what is there stays.
 * @param bars  how many more, 1 .. 64  @retval NEUME_EUNSUPPORTED  it has several voices, or a metre that cannot be
 * counted  @retval NEUME_EFORMAT  it has no melody  @retval NEUME_ELIMIT NEUME_ENOMEM */
NEUME_API NEUME_MUST neume_status neume_compose_continue(const neume_composer *composer, const neume_score *score,
                                                         int bars, const neume_writing_options *how, neume_ideas *out);
/** Writes some bars of the melody anew, knowing what stands before and behind them; everything else stays.
 * @param first,last  bars counted from 1, an upbeat not counted  @retval NEUME_EINVAL  there are no such bars; else as
 * of neume_compose_continue() */
NEUME_API NEUME_MUST neume_status neume_compose_fill(const neume_composer *composer, const neume_score *score,
                                                     int first, int last, const neume_writing_options *how,
                                                     neume_ideas *out);

/** Varies a melody: some bars, by chance and strength, get neighbour notes, broken chords and dotted rhythms (without a
 * model), or are written anew (with one). Chord symbols, upbeats, the last bar of every section and all other voices
 * stay.
 * @param composer  NULL = by rules  @param strength  0 = nothing changes .. 1 = every bar may
 * @param[out] out  replaced: how->count variations, in the order of their seeds; no ranks
 * @retval NEUME_EINVAL NEUME_EFORMAT NEUME_EUNSUPPORTED NEUME_ELIMIT NEUME_ENOMEM */
NEUME_API NEUME_MUST neume_status neume_compose_vary(const neume_composer *composer, const neume_score *score,
                                                     double strength, const neume_writing_options *how,
                                                     neume_ideas *out);

/** A title the model would give. */
typedef struct neume_title {
    char text[256];
    double probability; /**< of the distinct titles that were written: they add up to 1 */
} neume_title;
/** Writes titles for a piece, the likeliest first.
 * @param[out] out  (how->count)  @param[out] count  how many different ones there are, at most how->count */
NEUME_API NEUME_MUST neume_status neume_compose_titles(const neume_composer *composer, const neume_score *score,
                                                       const neume_writing_options *how, neume_title *out,
                                                       size_t *count);

/* --- moods -------------------------------------------------------------------------------------------------------- */

/** What a mood means for a tune, one row of a table (mood.c). */
typedef struct neume_mood {
    const char *name;       /**< as emotion is recognised: "amazement" .. "sadness" */
    const char *words;      /**< other words for it, English and Chinese, apart by spaces */
    const char *rhythms[3]; /**< kinds of tune, the first most of all */
    neume_mode modes[2];
    double tempo;        /**< times the usual tempo */
    int lowest, highest; /**< range: steps, 7 * octave + step, middle C = 28 */
} neume_mood;
/** By name or other word. @retval NEUME_EINVAL  no such mood; the message names those that are */
NEUME_API NEUME_MUST neume_status neume_mood_find(const char *word, const neume_mood **out);

#ifdef __cplusplus
}
#endif
#endif
