/** @file
 * Learning and measuring: data sets made on the spot, training loops, scores.
 */
#ifndef NEUME_LEARN_H
#define NEUME_LEARN_H

#include "neume/base.h"
#include "neume/music.h"
#include "neume/synth.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- the score of transcribed notes (mir_eval.transcription; Raffel et al. 2014) ---------------------------------- */

typedef struct neume_note_scores {
    double onset, onset100, offset, multi, frame; /**< F1, 0 .. 1; see neume_score_notes() */
    double drums;                                 /**< -1 when the truth has no drums */
    int64_t truth, estimated;                     /**< pitched notes after merging unisons */
} neume_note_scores;

/** Scores an estimate as mir_eval.transcription does: maximum bipartite matching (Hopcroft & Karp 1973) per pitch.
 * onset: within 50 ms; onset100: within 100 ms; offset: onset and end within max(50 ms, 20 % of the true duration);
 * multi: onset and program / 8 equal; frame: 10 ms cells; drums: hits by key within 50 ms. Programs >= 112 are left
 * out; the same pitch within 20 ms in one set is merged. */
NEUME_API NEUME_MUST neume_status neume_score_notes(const neume_notes *truth, const neume_notes *estimate,
                                                    neume_note_scores *out);

/** Says of every estimated note (pitched, or drum hits) whether it is right: matched within 50 ms. */
typedef void neume_note_visit(void *context, const neume_note *note, bool right);
NEUME_MUST neume_status neume_judge_notes(const neume_notes *truth, const neume_notes *estimate, bool drums,
                                          neume_note_visit *visit, void *context);

/* --- a corpus: many pieces' notes in one file --------------------------------------------------------------------- */

typedef enum neume_corpus_class {
    NEUME_CORPUS_PIANO,   /**< played or written for a keyboard alone */
    NEUME_CORPUS_CHAMBER, /**< several pitched parts, no drums */
    NEUME_CORPUS_BAND,    /**< parts with drums */
    NEUME_CORPUS_DRUMS,   /**< drums alone */
    NEUME_CORPUS_CLASSES,
} neume_corpus_class;

/** Reads all MIDI, MusicXML and kern files under the folders, classes each piece by its content and writes one corpus
 * file. `played` folders (human timing) keep their timing exactly; the others are humanised when sampled. Bad files are
 * logged and counted, not fatal. */
typedef struct neume_corpus_folder {
    const char *path;
    bool played;
} neume_corpus_folder;
NEUME_MUST neume_status neume_corpus_build(const neume_corpus_folder *folders, size_t count,
                                           const neume_progress *progress, const char *out_path);

/* --- segments of training data ------------------------------------------------------------------------------------ */

/** One kind of segment's share of the training mix. */
typedef struct neume_dataset_options {
    const char *corpus_path, *bank_path;
    double share_piano, share_chamber, share_band, share_drums, share_lines, share_random,
        share_negative; /**< relative weights */
    neume_augment_options augment;
    bool validation; /**< take pieces (by hash of their name, 1 in 20) and presets (1 in 12) that training never sees */
    bool all_presets; /**< a bank that training never had: every preset may be used */
} neume_dataset_options;

typedef struct neume_dataset neume_dataset;
NEUME_MUST neume_status neume_dataset_open(const neume_dataset_options *options, neume_dataset **out);
void neume_dataset_close(neume_dataset *dataset);

/** Makes segment number @p seed: the same number gives the same sound on every machine, in any order, from any thread.
 *
 * @param seconds   its length; pcm has seconds * 22,050 samples (rounded), overwritten
 * @param[out] truth replaced: notes that sound in the segment, times relative to its start. A note that began before
 * has a negative onset; ends may lie beyond the segment. offset_s is the end as written (pedal included).
 * @param[out] heard_until_s for each truth note (array grown with neume__grow style, yours): when it stops being heard,
 * <= offset_s */
typedef struct neume_segment {
    neume_notes truth;
    double *heard_until_s; /**< (truth.count), relative to the segment's start */
    size_t heard_capacity;
} neume_segment;
NEUME_MUST neume_status neume_dataset_sample(const neume_dataset *dataset, uint64_t seed, double seconds, float *pcm,
                                             neume_segment *segment);
void neume_segment_clear(neume_segment *segment);

/** Makes segment number @p seed and writes it into a folder as NUMBER.flac and NUMBER.csv (six digits): the notes that
 * begin in it, each until it falls silent or the segment ends. */
NEUME_MUST neume_status neume_dataset_write(const neume_dataset *dataset, uint64_t seed, double seconds,
                                            const char *folder);

/* --- training ----------------------------------------------------------------------------------------------------- */

/** Trains the note model as a recipe file says (recipes/hear-2.recipe shows every key): segments are made on the spot,
 * so no data set is stored. Everything goes to the recipe's run folder: metrics.tsv, checkpoint.gguf (weights, averages
 * and optimiser, written every few minutes and before stopping), model.gguf (averaged weights, for use). A run that
 * finds a checkpoint goes on from it; the same recipe gives the same run.
 * @retval NEUME_EFORMAT a key is unknown or its value bad  @retval NEUME_ECANCELLED stopped; the checkpoint is written
 */
NEUME_API NEUME_MUST neume_status neume_train_hear(const char *recipe_path, const neume_progress *progress);
/** Trains the beat network as a recipe says (recipes/beat-1.recipe shows every key): pieces whose beats are known, from
 * scores and from played music, are played anew for every step. Files and statuses as of neume_train_hear(). */
NEUME_API NEUME_MUST neume_status neume_train_beats(const char *recipe_path, const neume_progress *progress);

#ifdef __cplusplus
}
#endif
#endif
