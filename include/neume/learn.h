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

/* --- written music, measured -------------------------------------------------------------------------------------- */

/** When the beats fall and what a piece is said to be in. `{0}` at first. */
typedef struct neume_timeline {
    double *beats_s, *downbeats_s; /**< rising; downbeats are beats too */
    size_t beat_count, beat_capacity, downbeat_count, downbeat_capacity;
    bool has_beats;    /**< are beats told at all? */
    double tempo_bpm;  /**< beats a minute; 0 = not told */
    neume_metre metre; /**< the main one; beats 0 = not told */
    neume_key key;     /**< the main one; mode NEUME_MODE_NONE: its signature only */
    bool has_key;
} neume_timeline;

/** A note at its place on the page. */
typedef struct neume_place {
    double time_s;      /**< when it was played; NAN = not told */
    int64_t at, ticks;  /**< from the beginning, repeats unfolded; its value, ties joined, 0 = not told */
    int64_t in_bar;     /**< ticks from where its bar begins, or would begin if it is a pickup */
    int32_t bar, voice; /**< from 0; voice -1 = not told */
    int16_t pitch;      /**< MIDI number */
} neume_place;
typedef struct neume_written_bar {
    int64_t at, ticks;
    neume_metre metre;
    double quarters_a_minute; /**< by the score's tempo marks; 0 = not told */
} neume_written_bar;
typedef struct neume_written_key {
    int64_t at;
    neume_key key;
} neume_written_key;
typedef struct neume_written_chord {
    int64_t at;
    int root, quality; /**< root: pitch class; quality: 0 major, 1 minor, 2 diminished, 3 augmented, 4 other */
} neume_written_chord;
/** A score read from beginning to end: what measuring needs of it. `{0}` at first. */
typedef struct neume_written {
    neume_place *notes;          /**< by at, then pitch, then voice */
    neume_written_bar *bars;     /**< by at, end to end */
    neume_written_key *keys;     /**< by at */
    neume_written_chord *chords; /**< by at */
    size_t note_count, note_capacity, bar_count, bar_capacity, key_count, key_capacity, chord_count, chord_capacity;
    int64_t end;
} neume_written;
NEUME_API void neume_timeline_clear(neume_timeline *timeline);
NEUME_API void neume_written_clear(neume_written *written);
/** Unfolds a score: repeats played, ties joined, without grace notes; staccato does not shorten. The two parts of a bar
 * that a repeat cuts become one bar. @p out is replaced. @retval NEUME_ELIMIT as neume_score_play()  @retval
 * NEUME_ENOMEM */
NEUME_API NEUME_MUST neume_status neume_written_from_score(const neume_score *score, neume_written *out);
/** Joins bars that a repeat cut, orders the notes and finds each one's bar and place in it; for a `written` whose bars
 * and notes (at, ticks, pitch, voice, time) were filled in by hand. */
NEUME_API void neume_written_settle(neume_written *written);

/** All 0 .. 1, -1 where truth or estimate does not tell. */
typedef struct neume_beat_scores {
    double beat, downbeat; /**< F1 within 70 ms, each beat matched once */
    double cmlt, amlt;     /**< share of right beats; amlt: at half or double tempo or off the beat too */
    double tempo1, tempo2; /**< is the tempo within 4 %; tempo2: or 2, 3, 1/2, 1/3 of it */
    double numerator, metre;
    double key, signature; /**< key: neume_key_score() */
} neume_beat_scores;
/** Compares two timelines. Tempo not told is 60 / the median distance of the beats.
 * @param skip_s  beats before are left out on both sides: 0, or 5 as mir_eval does
 * Source: mir_eval.beat (Raffel et al. 2014) for F and for continuity with phase and period within 17.5 % (Hainsworth
 * 2004; Klapuri et al. 2006); tempo: Gouyon et al. 2006. Cost: linear. @retval NEUME_ENOMEM */
NEUME_API NEUME_MUST neume_status neume_beats_score(const neume_timeline *truth, const neume_timeline *estimate,
                                                    double skip_s, neume_beat_scores *out);
/** MIREX weights: 1 the same; 0.5 the same mode a fifth above; 0.3 relative (same signature); 0.2 parallel (same
 * tonic); else 0. */
NEUME_API double neume_key_score(const neume_key *truth, const neume_key *estimate);

/** All 0 .. 1, -1 where truth or estimate does not tell. */
typedef struct neume_place_scores {
    double position; /**< share of true notes found at the right place in the bar */
    double value;    /**< share of true notes found with the right value */
    double voice;    /**< F1 of pairs of notes that follow each other in one voice, among notes found */
    double bars;     /**< share of true bars exactly right; neume_bars_score() */
    int64_t truth, matched;
} neume_place_scores;
/** Compares the places that two scores give to the notes of one performance. Notes match when their pitch is equal and
 * they were played within 50 ms of each other, the nearest first, each once. Places and values are equal within 1/256
 * of a whole note. Voice pairs: each note with all that begin next in its voice (the links of McLeod & Steedman 2018,
 * unweighted). Cost: n log n. @retval NEUME_ENOMEM */
NEUME_API NEUME_MUST neume_status neume_places_score(const neume_written *truth, const neume_written *estimate,
                                                     neume_place_scores *out);
/** Share of true bars that the estimate has exactly (pitches, places in the bar, values), the bars of both being
 * aligned by their longest common subsequence. Cost: the product of the bar counts. @retval NEUME_ENOMEM NEUME_ELIMIT
 */
NEUME_API NEUME_MUST neume_status neume_bars_score(const neume_written *truth, const neume_written *estimate,
                                                   double *out);

/** All 0 .. 1. */
typedef struct neume_distance {
    double pitch; /**< multi-pitch F1: notes matched */
    double voice; /**< as neume_place_scores; -1 when a side has no voices */
    double
        metre; /**< F1 of groupings: bars, beats, sub-beats as stretches of time, whatever their level; -1: no bars */
    double value;   /**< mean of max(0, 1 - |true - estimated| / true) over notes matched */
    double harmony; /**< mean of neume_key_score() of the main keys and of the share of time with the right chord, of
                       those that both tell; -1: none */
    double mean;    /**< of those that are not -1: 1 = the same, so 1 - mean is a distance */
} neume_distance;
/** How near two scores are, in the manner of MV2H: multi-pitch, voice, metre, value and harmony, each note judged as
 * little as possible for more than one fault.
 *
 * There is no common time, so notes that begin together are groups, and the groups of both scores are aligned by
 * dynamic programming: pairing two costs 1 - 2 |A n B| / (|A| + |B|) for their sets of pitches, leaving one out 0.6
 * (McLeod 2019). Paired groups' equal pitches match. Between paired groups time is interpolated: the estimate's bars,
 * beats and ends are compared in the truth's time, groupings within 1/40 of a whole note (50 ms at 120 quarters a
 * minute). Differences from the original: links of voices are unweighted, drums count as pitches.
 * Sources: A. McLeod & M. Steedman, "Evaluating automatic polyphonic music transcription", ISMIR 2018; A. McLeod,
 * "Evaluating non-aligned musical score transcriptions with MV2H", ISMIR LBD 2019.
 * @retval NEUME_ELIMIT the product of the group counts is over 400 million  @retval NEUME_ENOMEM
 * Cost: that product, a byte each. */
NEUME_API NEUME_MUST neume_status neume_score_distance(const neume_score *truth, const neume_score *estimate,
                                                       neume_distance *out);
NEUME_API NEUME_MUST neume_status neume_written_distance(const neume_written *truth, const neume_written *estimate,
                                                         neume_distance *out);

/** What a file tells of a piece of music, be it truth or estimate. `{0}` at first. */
typedef struct neume_reading {
    neume_timeline timeline;
    neume_written written; /**< no bars: it holds no score */
} neume_reading;
/** Reads, by name and content: ASAP's `X_annotations.txt` (with X.mid, midi_score.mid and midi_score_annotations.txt
 * beside it: the notes' places too), POP909's `NNN.beat_midi.txt` (with NNN.key_audio.txt beside it: the key too), JSON
 * of neume analyse and neume convert (keys beats_s, downbeats_s, tempo_bpm, metre, key, measures, notes; each may be
 * missing), ABC (its first tune). @p out is replaced. @retval NEUME_EUNSUPPORTED another format  @retval
 * NEUME_ENOTFOUND NEUME_EIO NEUME_EFORMAT NEUME_ENOMEM NEUME_ELIMIT */
NEUME_API NEUME_MUST neume_status neume_reading_read_file(const char *path, neume_reading *out);
/** The same of a file's bytes; @p name: its path, for its ending and for what stands beside it. */
NEUME_API NEUME_MUST neume_status neume_reading_read(const char *name, const neume_buffer *bytes, neume_reading *out);
NEUME_API void neume_reading_clear(neume_reading *reading);

/** Plays a score as a person might, so that writing it down again can be measured: 60 .. 200 quarter notes a minute
 * that drift by up to 8 %, onsets off by N(0, 15 ms), notes let go early, velocities varied.
 * @param[out] notes  replaced: what was played
 * @param[out] truth  appended: JSON as neume_reading_read_file() takes it: beats, metre, key, and each note's place
 * @retval NEUME_EFORMAT it has no notes or no metre  @retval NEUME_ENOMEM NEUME_ELIMIT */
NEUME_API NEUME_MUST neume_status neume_score_perform(const neume_score *score, uint64_t seed, neume_notes *notes,
                                                      neume_buffer *truth);

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
        share_negative;     /**< relative weights */
    double share_ensembles; /**< of the pieces for several instruments, how many are played by ensembles as they exist,
                               not by instruments thrown together */
    neume_augment_options augment;
    bool keys_as_written; /**< drum keys are seldom exchanged for others: for what is to learn when each is struck */
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
/** Trains the beat network as a recipe says (recipes/beat-3.recipe shows every key): pieces whose beats are known, from
 * scores and from played music, are played anew for every step. Files and statuses as of neume_train_hear(). */
NEUME_API NEUME_MUST neume_status neume_train_beats(const char *recipe_path, const neume_progress *progress);
/** Trains a bar network as a recipe says (recipes/bar-2.recipe, song-1.recipe and tune-1.recipe show every key),
 * likewise; its beats are the true ones or others that the beat network might have found. Files and statuses as of
 * neume_train_hear(). */
NEUME_API NEUME_MUST neume_status neume_train_bars(const char *recipe_path, const neume_progress *progress);
/** The same for the pulse network (recipes/pulse-2.recipe), which reads notes that begin together. */
NEUME_API NEUME_MUST neume_status neume_train_pulse(const char *recipe_path, const neume_progress *progress);
/** The same for the network that settles who plays what (recipes/cast-1.recipe): it learns from what a trained note
 * model hears. */
NEUME_API NEUME_MUST neume_status neume_train_cast(const char *recipe_path, const neume_progress *progress);
/** The same for the network that reads the strokes of drums together (recipes/kit-1.recipe): it learns from what a
 * trained note model's drum branch hears, which becomes part of its file. */
NEUME_API NEUME_MUST neume_status neume_train_kit(const char *recipe_path, const neume_progress *progress);
/** Counts how scores divide their beats and writes the quantiser's table (recipes/rhythms-1.recipe): C source, to be
 * built in. @retval NEUME_EFORMAT a bad recipe  @retval NEUME_EIO the table cannot be written */
NEUME_API NEUME_MUST neume_status neume_train_rhythms(const char *recipe_path);
/** Counts chords under melodies and writes the table of the model of harmony (recipes/harmony-1.recipe): C source, to
 * be built in. @retval NEUME_EFORMAT a bad recipe  @retval NEUME_ENOTFOUND no tunes  @retval NEUME_EIO NEUME_ENOMEM */
NEUME_API NEUME_MUST neume_status neume_train_harmony(const char *recipe_path);

/** How chords found for melodies agree with those the tunes have; shares of the time that has chord symbols. */
typedef struct neume_harmony_scores {
    int tunes;
    double quarters; /**< that have a chord */
    double root;     /**< the true root */
    double chord;    /**< root and kind */
    double tonic;    /**< what the tonic alone would score */
} neume_harmony_scores;
/** @param tunes  an ABC file  @param sources  names of S: fields apart by commas, "" = all tunes with chords
 * @retval NEUME_EFORMAT no tune has chords  @retval NEUME_ENOTFOUND NEUME_EIO NEUME_ENOMEM */
NEUME_API NEUME_MUST neume_status neume_harmony_score(const char *tunes, const char *sources,
                                                      neume_harmony_scores *out);
/** What of a language model of tunes is measured. */
typedef struct neume_lm_eval_options {
    int tunes;          /**< bits per character on so many, spread over the file; 0 = all */
    int titles;         /**< how many titles are looked for among 100; 0 = none */
    int bars;           /**< how many bars are guessed; 0 = none */
    const char *learnt; /**< the ABC the model learnt from: for a model of 6-grams beside it; NULL = without */
    int seed;           /**< chooses titles and bars */
} neume_lm_eval_options;
typedef struct neume_lm_scores {
    double bits;           /**< minus the log2-probability of all tunes from K: to their end, their head given */
    int64_t bytes, tokens; /**< of those texts; the ends of documents are tokens too */
    int tunes;
    int titles;
    double title_recall, title_rank;             /**< share of titles among the first 10 of 100; mean reciprocal rank */
    int bars;                                    /**< bars guessed, and the share that is exactly right: */
    double bar_filled, bar_continued, bar_grams; /**< knowing both sides; knowing what is before; by 6-grams */
} neume_lm_scores;
/** Measures a language model as it is shipped, in any type of weights.
 * @param model  GGUF with a vocabulary of ABC inside  @param tunes  an ABC file that it did not learn from
 * @retval NEUME_EFORMAT NEUME_ENOTFOUND the model, the tunes  @retval NEUME_ECANCELLED NEUME_EIO NEUME_ENOMEM */
NEUME_API NEUME_MUST neume_status neume_lm_evaluate(const char *model, const char *tunes,
                                                    const neume_lm_eval_options *options,
                                                    const neume_progress *progress, neume_lm_scores *out);

/** How varied tunes are. Phrases are notes in a row by step and length, in any key. */
typedef struct neume_variety {
    double self_bleu; /**< how far others have a tune's phrases of 1 to 4 notes: BLEU-4 of each tune against all others,
                           the mean; 1 = all are alike */
    double distinct4, distinct8;    /**< different phrases of 4 and of 8 notes, by all such phrases */
    double pitch_bits, length_bits; /**< entropy of a tune's pitch classes, of its lengths; the means */
} neume_variety;

/** Themes that a language model writes to order. */
typedef struct neume_theme_eval_options {
    int count, seed;
    const char *learnt; /**< the ABC the model learnt from, to look for copies and compare variety; NULL = do not */
} neume_theme_eval_options;
typedef struct neume_theme_scores {
    int themes;
    double valid, full, key, metre, bars, voices; /**< shares: read without a warning; all bars full; as asked */
    int longest_run;                              /**< notes in a row as in one tune learnt, in any key */
    double mean_run;                              /**< the mean over themes of their longest runs */
    double near_copies;                           /**< share with four fifths of the notes as in one tune */
    double abc2midi;       /**< share that abc2midi reads without a word; -1: it is not installed */
    neume_variety variety; /**< of the themes; and of as many tunes learnt, each cut to the notes of a theme: */
    neume_variety learnt_variety;
} neume_theme_scores;
/** Draws keys, metres, dances, lengths and voices by chance and writes a theme for each.
 * @param[in,out] abc  the themes, appended  @retval NEUME_EFORMAT NEUME_ENOTFOUND the model, the tunes
 * @retval NEUME_ECANCELLED NEUME_EIO NEUME_ENOMEM */
NEUME_API NEUME_MUST neume_status neume_themes_evaluate(const char *model, const neume_theme_eval_options *options,
                                                        const neume_progress *progress, neume_theme_scores *out,
                                                        neume_buffer *abc);

/** How many tunes that people wrote the grammar takes (lm_grammar.h). */
typedef struct neume_grammar_scores {
    int tunes, taken;
    bool abc2midi;            /**< it is installed; if not, all count as silent */
    int silent, silent_taken; /**< tunes that abc2midi reads without a word, and those of them that are taken */
} neume_grammar_scores;
/** @param tunes  an ABC file  @param[in,out] refused  a line for each silent tune that is not taken, appended: title,
 * what was taken last, what was refused, apart by tabs  @retval NEUME_EFORMAT NEUME_ENOTFOUND NEUME_ECANCELLED
 * NEUME_EIO NEUME_ENOMEM */
NEUME_API NEUME_MUST neume_status neume_grammar_evaluate(const char *tunes, const neume_progress *progress,
                                                         neume_grammar_scores *out, neume_buffer *refused);

/** Which scores become tunes, and how many did. */
typedef struct neume_tune_counts {
    int least_voices, most_voices;
    int tunes, scores, left_out; /**< left out: files of more or fewer voices, and those that are no scores */
} neume_tune_counts;
/** Appends excerpts of scores as tunes that a language model can learn to write: notes and bars alone, a line a bar
 * with all voices on it, up to the first change of key or metre; the first of a score keeps its title.
 * @param path  a score, or a folder of them and of folders, read in the order of names
 * @param[in,out] counts  added to  @retval NEUME_ENOTFOUND NEUME_ENOMEM */
NEUME_API NEUME_MUST neume_status neume_tunes_from_scores(const char *path, neume_tune_counts *counts,
                                                          neume_buffer *out);
/** Chooses the tokens of music in ABC and writes their table (recipes/vocabulary-1.recipe): C source, to be built in.
 * Statuses as of neume_train_rhythms(). */
NEUME_API NEUME_MUST neume_status neume_train_vocabulary(const char *recipe_path);
/** Trains the language model of tunes as a recipe says (recipes/compose-1.recipe shows every key) on files of ABC.
 * Files and statuses as of neume_train_hear(); validation.tsv holds bits per character. */
NEUME_API NEUME_MUST neume_status neume_train_lm(const char *recipe_path, const neume_progress *progress);

#ifdef __cplusplus
}
#endif
#endif
