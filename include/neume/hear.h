/** @file
 * Sound to notes: the acoustic model and the decoder that reads notes off its curves.
 *
 * A recording is cut into fixed windows of 10.24 s (512 frames) that overlap by a margin on each side; only a window's
 * middle is believed. The windows' places depend on nothing but the sample count, so a stream and a file give the same
 * notes.
 */
#ifndef NEUME_HEAR_H
#define NEUME_HEAR_H

#include "neume/base.h"
#include "neume/music.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct neume_hear_model neume_hear_model;

/** Loads and checks a GGUF file of architecture "neume-hear".
 * @retval NEUME_ENOTFOUND NEUME_EFORMAT (damaged, truncated, another program's) NEUME_ENOMEM */
NEUME_API NEUME_MUST neume_status neume_hear_model_load(const char *path, neume_hear_model **out);
NEUME_API void neume_hear_model_free(neume_hear_model *model);
/** The model's name and version as its file says, e.g. "neume-hear-2"; borrowed. */
NEUME_API const char *neume_hear_model_name(const neume_hear_model *model);

/** Lets the model settle who plays what by a network that reads a recording's notes together: a GGUF file of
 * architecture "neume-cast". Before the first transcriber is made of the model.
 * @retval NEUME_EUNSUPPORTED it was made for another note model  @retval NEUME_ENOTFOUND NEUME_EFORMAT NEUME_ENOMEM */
NEUME_API NEUME_MUST neume_status neume_hear_model_load_cast(neume_hear_model *model, const char *path);

/** Lets the model hear drums by another branch, and a network that reads the strokes of some seconds together: a GGUF
 * file of architecture "neume-kit". Before the first transcriber is made of the model.
 * @retval NEUME_EUNSUPPORTED it was made for another note model  @retval NEUME_ENOTFOUND NEUME_EFORMAT
 * NEUME_ENOMEM */
NEUME_API NEUME_MUST neume_status neume_hear_model_load_kit(neume_hear_model *model, const char *path);

typedef struct neume_hear_options {
    double sensitivity; /**< 0 .. 1: how faint a note is still written; .5 = the model's own thresholds, which balance
                           misses and false notes */
    bool plain_f32;     /**< compute in 32-bit floats even where the machine has faster 16-bit ones */
    bool bends;         /**< follow how the pitch of each note moves: see neume_transcriber_bends() */
    neume_instruments instruments; /**< every note is given to one of these */
    bool timbres;                  /**< keep what each note sounded like: for training alone */
    bool strokes;                  /**< keep what is heard of each stroke on a drum: for training alone */
} neume_hear_options;
#define NEUME_HEAR_OPTIONS_DEFAULT                                                                                     \
    { .sensitivity = 0.5 }

/** One recording being heard; not for two threads at once (it uses the pool itself). The model must outlive it. */
typedef struct neume_transcriber neume_transcriber;
NEUME_API NEUME_MUST neume_status neume_transcriber_new(const neume_hear_model *model,
                                                        const neume_hear_options *options, neume_transcriber **out);
NEUME_API void neume_transcriber_free(neume_transcriber *transcriber);

/** Takes the next samples (mono, 22,050 Hz) and appends the notes that are certain by now to @p notes, in order of
 * onset. Memory is constant however long the recording is. */
NEUME_API NEUME_MUST neume_status neume_transcriber_feed(neume_transcriber *transcriber, const float *pcm, size_t count,
                                                         neume_notes *notes);
/** The recording has ended: appends the remaining notes. */
NEUME_API NEUME_MUST neume_status neume_transcriber_finish(neume_transcriber *transcriber, neume_notes *notes);

/** The bends of all notes given so far; empty when the options did not ask for them. Borrowed until the next call. */
NEUME_API const neume_bends *neume_transcriber_bends(const neume_transcriber *transcriber);

/** Looks at the whole recording again and settles which note is played by which instrument: neighbours in time and
 * pitch mostly belong together, and what would have very few notes is not there. Call after neume_transcriber_finish().
 *
 * @param[in,out] notes all notes that feeding and finishing appended, in that order; only their programs change
 * @retval NEUME_EINVAL these are not those notes  @retval NEUME_ENOMEM
 * Cost: notes x the notes within six seconds; 64 bytes a note are kept while a recording is heard. */
NEUME_API NEUME_MUST neume_status neume_transcriber_settle(neume_transcriber *transcriber, neume_notes *notes);

/** Drops what is no note: doubtful finds that begin with a longer, surer note and are partials of it. Notes end where
 * their end is heard, though their tails sound on, but for a piano's that are not short: those may sound under the
 * pedal. Where the whole recording is one bowed, blown or sung line that nothing accompanies, it is heard as such
 * instead: adds notes that swelled without a beginning, drops doubtful ones that are part of a glide or a vibrato and,
 * if there are few, strokes that breath, bow and consonants were taken for (unless drums were asked for); instruments
 * with under a fifth of the notes leave them to the main one; doubtful notes behind a short rest begin within it. Call
 * once, after neume_transcriber_settle().
 * @param[in,out] notes those notes, in order of onset  @retval NEUME_ENOMEM */
NEUME_API NEUME_MUST neume_status neume_transcriber_tidy(neume_transcriber *transcriber, neume_notes *notes);

#ifdef __cplusplus
}
#endif
#endif
