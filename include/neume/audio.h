/** @file
 * Recordings in and out: any file libsndfile reads (wav flac ogg opus mp3 aiff ...), m4a and the rest through ffmpeg
 * when it is installed, standard input; resampled and mixed to one channel as a stream, so memory does not grow with
 * length.
 */
#ifndef NEUME_AUDIO_H
#define NEUME_AUDIO_H

#include "neume/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct neume_audio_reader neume_audio_reader;

/** Opens a recording for reading as mono at @p rate_hz.
 *
 * Channels are averaged. NaN and infinite samples become 0, others are held within -16 .. 16. Nothing is believed of
 * the header's length: reading goes on to the data's end. A pipe or "-" is first copied to a nameless temporary file
 * ($TMPDIR, at most 16 GiB). What was at t seconds stays at t seconds when resampled. The environment's NEUME_FFMPEG
 * names the program to use as ffmpeg; set but empty, none is used.
 * @param rate_hz  1,000 .. 768,000, and so must the recording's own rate be
 * @retval NEUME_ENOTFOUND no such file  @retval NEUME_EFORMAT not a recording, or damaged before its first sample, or
 * empty
 * @retval NEUME_EUNSUPPORTED needs ffmpeg and there is none  @retval NEUME_EINVAL @p rate_hz
 * @retval NEUME_EIO NEUME_ENOMEM  @retval NEUME_ELIMIT a pipe without end */
NEUME_API NEUME_MUST neume_status neume_audio_open(const char *path, double rate_hz, neume_audio_reader **out);

/** Reads up to @p capacity samples; *got is less only at the end, 0 after it.
 * @retval NEUME_EFORMAT the data breaks off in the middle: what was read before stays good, and the error is told once,
 * at the break, with the last *got samples good too; reads after it give 0. A cut wav or ogg shows no break: it only
 * ends. */
NEUME_API NEUME_MUST neume_status neume_audio_read(neume_audio_reader *reader, float *samples, size_t capacity,
                                                   size_t *got);

/** Seconds the file claims to last, 0 when unknown: for progress bars only. */
NEUME_API double neume_audio_claimed_s(const neume_audio_reader *reader);
/** What a recording says of itself, as neume__text_clean() leaves it; "" = nothing. */
typedef struct neume_audio_tags {
    char title[256], artist[256]; /**< artist: the composer where ffmpeg tells one */
} neume_audio_tags;
/** @return borrowed until the reader is closed */
NEUME_API const neume_audio_tags *neume_audio_tags_of(const neume_audio_reader *reader);
NEUME_API void neume_audio_close(neume_audio_reader *reader);

/** The whole recording in memory, or its first @p limit_s seconds if it is longer; *samples is yours (neume__free). For
 * training and tests. Statuses as of neume_audio_open() and neume_audio_read(): a broken recording is a failure here.
 */
NEUME_API NEUME_MUST neume_status neume_audio_read_file(const char *path, double rate_hz, double limit_s,
                                                        float **samples, size_t *count);

/** A file of sound being written: wav and flac hold 16 bits, ogg is Vorbis; by the path's extension. It takes its name
 * when it is closed.
 * @retval NEUME_EUNSUPPORTED another extension  @retval NEUME_EINVAL a rate or number of channels the format cannot
 * hold
 * @retval NEUME_ENOTFOUND no such folder  @retval NEUME_EIO NEUME_ENOMEM */
typedef struct neume_audio_writer neume_audio_writer;
NEUME_API NEUME_MUST neume_status neume_audio_writer_open(const char *path, int rate_hz, int channels,
                                                          neume_audio_writer **out);
/** count frames of interleaved samples, clipped to -1..1, NaN as 0. @retval NEUME_EIO */
NEUME_API NEUME_MUST neume_status neume_audio_writer_put(neume_audio_writer *writer, const float *frames, size_t count);
/** Ends the file and frees the writer, also on failure. @retval NEUME_EIO nothing is left behind */
NEUME_API NEUME_MUST neume_status neume_audio_writer_close(neume_audio_writer *writer);
/** Gives up: no file. NULL is fine. */
NEUME_API void neume_audio_writer_drop(neume_audio_writer *writer);

/** Writes mono samples (clipped to -1..1, NaN as 0) as 16-bit wav, flac or ogg by the path's extension; whole or not at
 * all.
 * @retval NEUME_EUNSUPPORTED another extension  @retval NEUME_EINVAL a rate the format cannot hold
 * @retval NEUME_ENOTFOUND no such folder  @retval NEUME_EIO NEUME_ENOMEM */
NEUME_API NEUME_MUST neume_status neume_audio_write_file(const char *path, const float *samples, size_t count,
                                                         int rate_hz);

#ifdef __cplusplus
}
#endif
#endif
