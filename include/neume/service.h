/** @file
 * What neume is asked to do, each use case as one call: the one place where the rooms are wired together.
 *
 * A program, a server or an embedding application calls these; below them each room knows only its own matter.
 */
#ifndef NEUME_SERVICE_H
#define NEUME_SERVICE_H

#include "neume/base.h"
#include "neume/hear.h"
#include "neume/lm.h"
#include "neume/music.h"
#include "neume/notation.h"
#include "neume/score.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- models ------------------------------------------------------------------------------------------------------- */

#define NEUME_MODEL_HEAR "neume-hear-2.gguf" /**< the note model that ships */
#define NEUME_MODEL_CAST "neume-cast-1.gguf" /**< the network that settles who plays what it heard */
#define NEUME_MODEL_KIT  "neume-kit-1.gguf"  /**< the networks that hear drums */
/** The networks of beats that ship, A,B: they answer together. */
#define NEUME_MODEL_BEATS "neume-beat-3.gguf,neume-pulse-2.gguf"
/** The networks of bars: the second reads songs that a sequencer laid under a recording, the third tells the metre of a
 * tune. */
#define NEUME_MODEL_BARS "neume-bar-2.gguf,neume-song-1.gguf,neume-tune-1.gguf"

/** Finds a model's file, in this order: @p asked itself; the folder in the environment variable NEUME_MODELS;
 * share/neume/models beside the folder of the program or library that holds this code; the source tree's models/ when
 * that is not installed yet.
 *
 * @param      asked  path of a model file, or NULL for the one that ships
 * @param      name   file name looked for when @p asked is NULL, e.g. NEUME_MODEL_HEAR
 * @param[out] out    the path; free with neume_buffer_clear()
 * @retval NEUME_ENOTFOUND the message says where it was looked for  @retval NEUME_ENOMEM */
NEUME_API NEUME_MUST neume_status neume_model_find(const char *asked, const char *name, neume_buffer *out);

/** Paths of what hearing needs; NULL: what ships. */
typedef struct neume_hearing_files {
    const char *model; /**< a note model */
    const char *cast;  /**< a network that settles who plays what; NULL: if it is there and was made for the model */
    const char *kit;   /**< networks that hear drums; NULL: likewise */
} neume_hearing_files;

/** Loads a note model and the networks that go with it.
 *
 * @param      files  NULL: all that ships
 * @param[out] path   the file that was read last, for messages; free with neume_buffer_clear()
 * @retval as neume_model_find() and neume_hear_model_load(); NEUME_EUNSUPPORTED a network was made for another model */
NEUME_API NEUME_MUST neume_status neume_hearing_open(const neume_hearing_files *files, neume_buffer *path,
                                                     neume_hear_model **out);

/** The SHA-256 of a model file, and the one its card (the .md file beside it) promises. */
typedef struct neume_model_digest {
    char actual[65];   /**< hexadecimal, zero-terminated */
    char promised[65]; /**< "" when there is no card, or it names none */
    size_t bytes;      /**< the file's size */
} neume_model_digest;
/** @retval NEUME_ENOTFOUND no such file  @retval NEUME_EIO NEUME_ENOMEM NEUME_ELIMIT */
NEUME_API NEUME_MUST neume_status neume_model_digest_read(const char *path, neume_model_digest *out);

/** What a model file holds, whatever its kind. */
enum { NEUME_MODEL_FACTS_MOST = 8 };
typedef struct neume_model_fact {
    const char *label; /**< static: "layers", "vocabulary" ..; of types "q8_0" .. */
    int64_t value;
} neume_model_fact;
typedef struct neume_model_info {
    char name[64];            /**< "" when it has none */
    const char *kind;         /**< static: "notes of recordings", "beats of notes", "language", "taste" */
    const char *architecture; /**< static: as the file says it */
    int64_t numbers;          /**< in all arrays */
    neume_model_fact types[NEUME_MODEL_FACTS_MOST]; /**< in what types they are kept, how many in each */
    neume_model_fact facts[NEUME_MODEL_FACTS_MOST]; /**< its shape */
    int type_count, fact_count;
} neume_model_info;
/** Loads it, so a damaged one is told. @retval NEUME_EFORMAT  none of these kinds, or damaged  @retval NEUME_ENOTFOUND
 * NEUME_EIO NEUME_ELIMIT NEUME_ENOMEM */
NEUME_API NEUME_MUST neume_status neume_model_info_read(const char *path, neume_model_info *out);

/** A note model that has learnt nothing: shows that files load and programs run, and how fast a model of its size is.
 */
typedef struct neume_random_model {
    uint64_t seed;
    int channels, blocks; /**< 0: as in the model that ships */
} neume_random_model;
/** @retval NEUME_EFORMAT sizes no model can have  @retval NEUME_EIO NEUME_ENOMEM */
NEUME_MUST neume_status neume_model_write_random(const char *path, const neume_random_model *wanted);

/* --- transcribing ------------------------------------------------------------------------------------------------- */

typedef struct neume_transcribe_options {
    neume_hear_options hear;
    bool key_offsets; /**< a piano's notes end when its keys are let go, with the pedal beside them, not when they fall
                         silent */
    bool keep_going;  /**< a recording that breaks off in the middle gives what was heard before the break */
} neume_transcribe_options;
#define NEUME_TRANSCRIBE_OPTIONS_DEFAULT                                                                               \
    { .hear = NEUME_HEAR_OPTIONS_DEFAULT }

/** How notes are written down as a score; `{0}` = find everything. Strings are borrowed. */
typedef struct neume_page_options {
    const char *title, *composer; /**< NULL = as the source tells: its tags, or its file's name for a title */
    const char *beats_path;       /**< a file of lines "seconds number-in-bar": the beats; NULL = find them */
    const char *model;            /**< paths A,B of beat networks; NULL = those that ship */
    const char *bar_model;        /**< and of one or two bar networks */
    double tempo_bpm;             /**< beats a minute; 0 = find it */
    neume_metre metre;            /**< beats 0 = find it */
    int pickup;                   /**< beats before the first downbeat; with pickup_known */
    bool pickup_known;
    bool as_played; /**< do not believe the tempo, bars and keys that a MIDI file tells */
    bool chords;    /**< chord symbols above the first staff */
    bool roll;      /**< pictures (svg, png, pdf) are piano rolls, not the engraved score */
} neume_page_options;
/** Reads "6/8". @retval NEUME_EINVAL */
NEUME_API NEUME_MUST neume_status neume_metre_parse(const char *text, neume_metre *out);

/** What was heard. Start with `{0}`, free with neume_transcription_clear(). */
typedef struct neume_transcription {
    neume_notes notes;
    neume_pedals pedals; /**< when key_offsets were asked for */
    neume_bends bends;   /**< when bends were asked for */
    neume_clock clock;   /**< what a MIDI file says of its own time; of all else nothing */
    bool has_bends;
    double duration_s;       /**< of the recording as read, not as its header claims */
    char *source;            /**< the recording's path as given */
    char *title, *composer;  /**< as the recording's tags tell, NULL = they do not */
    char *model;             /**< name of the model that heard it; NULL = none did */
    neume_page_options page; /**< how it is written down as a score */
    bool broken_off;         /**< the recording was damaged in the middle; what follows the break is missing */
} neume_transcription;

/** Hears a recording from its first to its last sample, in constant memory but for the notes.
 *
 * @param      path      any format that neume_audio_open() reads; "-" is standard input
 * @param      options   NULL for the defaults
 * @param      progress  told seconds heard and seconds claimed by the file; NULL if nobody listens
 * @param[out] out       replaced on success, untouched on failure
 * @retval NEUME_ENOTFOUND NEUME_EFORMAT NEUME_EUNSUPPORTED NEUME_EIO NEUME_ENOMEM as the recording deserves
 * @retval NEUME_ECANCELLED neume_cancel() was called
 *
 *     neume_buffer path = {0};
 *     neume_hear_model *model = NULL;
 *     neume_transcription heard = {0};
 *     NEUME_GO(neume_hearing_open(NULL, &path, &model));
 *     NEUME_GO(neume_transcribe_file(model, "song.mp3", NULL, NULL, &heard));
 *     NEUME_GO(neume_transcription_write(&heard, NULL, "song.mid"));
 */
NEUME_API NEUME_MUST neume_status neume_transcribe_file(const neume_hear_model *model, const char *path,
                                                        const neume_transcribe_options *options,
                                                        const neume_progress *progress, neume_transcription *out);
NEUME_API void neume_transcription_clear(neume_transcription *transcription);

/* --- writing ------------------------------------------------------------------------------------------------------ */

/** Is there a writer for this format? @p format is a word like "mid"; NULL takes @p path's extension.
 * @retval NEUME_EINVAL no; the message names those that are */
NEUME_API NEUME_MUST neume_status neume_format_check(const char *format, const char *path);
/** Can it be written on this machine? Pages of music are drawn by other programs; @p roll: piano rolls are wanted.
 * @retval NEUME_EUNSUPPORTED names the program that is missing */
NEUME_API NEUME_MUST neume_status neume_format_ready(const char *format, const char *path, bool roll);
/** The formats music can be written in, "abc musicxml ... pdf": one string, words apart by a space. */
NEUME_API const char *neume_format_names(void);

/** Appends notes in a format (one of neume_format_names()) to @p out: as they are heard, or written down as a score, of
 * which "svg", "png" and "pdf" are the engraved pages (see neume_engrave()) unless page.roll asks for piano rolls.
 * @retval NEUME_EINVAL unknown format; also statuses of neume_notes_write_down() and neume_engrave() */
NEUME_API NEUME_MUST neume_status neume_transcription_print(const neume_transcription *transcription,
                                                            const char *format, neume_buffer *out);
/** Writes notes to a file, whole or not at all; @p format NULL takes the path's extension; "-" is standard output. */
NEUME_API NEUME_MUST neume_status neume_transcription_write(const neume_transcription *transcription,
                                                            const char *format, const char *path);

/** Notes in order as a score: beats, bars, voices, key and spelling found as neume_score_from_notes() does. Of the
 * music its notes and its clock count.
 * @retval NEUME_ENOTFOUND no notes, no beat network, no file of beats  @retval NEUME_EINVAL NEUME_EFORMAT NEUME_ENOMEM
 */
NEUME_API NEUME_MUST neume_status neume_notes_write_down(const neume_transcription *music,
                                                         const neume_page_options *page, neume_score **out);
/** Appends {"duration_s","tempo_bpm","metre","key","beats_s","downbeats_s","chords":[{"start_s","end_s","label"}],
 * "instruments":[{"program","name","share"}]}; statuses as of neume_notes_write_down(). */
NEUME_API NEUME_MUST neume_status neume_analysis_print(const neume_transcription *music, const neume_page_options *page,
                                                       neume_buffer *out);
/** Appends
 * {"measures":[{"at","ticks","metre"}],"notes":[{"onset_s","pitch","at_ticks","ticks","measure","part","staff",
 * "voice"}]}: where each performed note stands on the page, in ticks of NEUME_WHOLE; for measuring. */
NEUME_API NEUME_MUST neume_status neume_places_print(const neume_transcription *music, const neume_page_options *page,
                                                     neume_buffer *out);

/** Reads notes from any notation (see neume_notes_read_file()), ready to be written in another. @p out: replaced on
 * success. */
NEUME_API NEUME_MUST neume_status neume_music_read_file(const char *path, neume_transcription *out);

/* --- converting --------------------------------------------------------------------------------------------------- */

typedef struct neume_convert_options {
    const char *format;      /**< "abc", "mid" ...; NULL = as the output's extension says */
    int tune;                /**< of an ABC file: which, counted from 1; 0 = all (to ABC) or the first (to all else) */
    neume_page_options page; /**< how notes without bars (MIDI, CSV, JSON) are written down */
} neume_convert_options;
/** Is there a writer? @retval NEUME_EINVAL no; the message names those that are */
NEUME_API NEUME_MUST neume_status neume_convert_check(const neume_convert_options *options, const char *out);
/** A notation file in another notation, appended to @p bytes. ABC, MusicXML and kern keep bars, keys and
 * repeats on the way to ABC, MusicXML ("musicxml" "xml" "mxl") and MIDI; what of ABC could not be understood is told in
 * the log, one line.
 *
 * @param in   "-" is standard input
 * @param out  the file it is meant for: names the format where the options do not; not written
 * @retval NEUME_EUNSUPPORTED notes without bars to ABC  @retval NEUME_ENOTFOUND no such file, no such tune
 * @retval NEUME_EFORMAT NEUME_ELIMIT NEUME_EIO NEUME_ENOMEM */
NEUME_API NEUME_MUST neume_status neume_convert_print(const char *in, const neume_convert_options *options,
                                                      const char *out, neume_buffer *bytes);

/** Can it be engraved as that (svg, png, pdf)? @retval NEUME_EINVAL no */
NEUME_API NEUME_MUST neume_status neume_engrave_check(const neume_convert_options *options, const char *out);
/** A notation file as a page of music, appended to @p page; parameters as of neume_convert_print(), statuses also as of
 * neume_engrave(). Of ABC, PDF holds all tunes unless one is chosen. */
NEUME_API NEUME_MUST neume_status neume_engrave_print(const char *in, const neume_convert_options *options,
                                                      const char *out, neume_buffer *page);

/* --- sounding ----------------------------------------------------------------------------------------------------- */

/** The notes of any notation file as they sound; of ABC the tune-th (0 = the first). Statuses as of
 * neume_convert_print(); @p out is replaced. */
NEUME_API NEUME_MUST neume_status neume_music_read_notes(const char *in, int tune, neume_notes *out);
typedef struct neume_sound_options {
    const char *font; /**< a SoundFont; NULL: $NEUME_SOUNDFONT, or the first of Debian's that is installed */
    int rate_hz;      /**< 8,000 .. 96,000; 0 = 44,100 */
    bool dry;         /**< without reverberation */
} neume_sound_options;
/** Plays notes into a stereo file (wav, flac, ogg by its extension), whole or not at all, in constant memory.
 * @retval NEUME_EUNSUPPORTED no SoundFont is installed, or another extension  @retval NEUME_ENOTFOUND NEUME_EFORMAT the
 * font asked for  @retval NEUME_EINVAL the rate  @retval NEUME_ECANCELLED NEUME_EIO NEUME_ENOMEM */
NEUME_API NEUME_MUST neume_status neume_render_file(const neume_notes *notes, const neume_sound_options *options,
                                                    const char *out, const neume_progress *progress);

#ifdef __cplusplus
}
#endif
#endif
