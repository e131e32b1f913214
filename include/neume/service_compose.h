/** @file
 * Composing as use cases: a file is read, changed or made anew, and written in any notation, as a page or as sound.
 */
#ifndef NEUME_SERVICE_COMPOSE_H
#define NEUME_SERVICE_COMPOSE_H

#include "neume/compose.h"
#include "neume/service.h"

#ifdef __cplusplus
extern "C" {
#endif

#define NEUME_MODEL_COMPOSE "neume-compose-2.gguf" /**< the language model that ships */

/** Loads the language model of tunes: @p asked, or the one that ships (see neume_model_find()). */
NEUME_API NEUME_MUST neume_status neume_composer_open(const char *asked, neume_composer **out);

/** Ideas as JSON, appended: [{"rank","likelihood","repetition","abc"}]. */
NEUME_API NEUME_MUST neume_status neume_ideas_print(const neume_ideas *ideas, neume_buffer *out);

/** Reads one piece of written music from any notation; notes without bars (MIDI, CSV, JSON) are written down first.
 *
 * @param path  "-" is standard input
 * @param tune  of an ABC file: which, counted from 1; 0 = the first
 * @param[out] out  free with neume_score_free()
 * @retval NEUME_ENOTFOUND NEUME_EFORMAT NEUME_ELIMIT NEUME_EIO NEUME_ENOMEM */
NEUME_API NEUME_MUST neume_status neume_piece_read(const char *path, int tune, neume_score **out);

/** Can pieces be written so? @param format  a word like "abc" or "wav"; NULL takes @p path's extension, and ABC for "-"
 * @retval NEUME_EINVAL no such format  @retval NEUME_EUNSUPPORTED a program that draws pages is not installed */
NEUME_API NEUME_MUST neume_status neume_pieces_check(const char *format, const char *path);
/** Writes pieces: all of them into one ABC or PDF file; of other formats the first one into @p path, the n-th one
 * beside it with "-n" before the extension. wav, flac and ogg are played with the usual SoundFont.
 * @param path  "-" is standard output (not for sound)
 * @retval NEUME_EINVAL NEUME_EUNSUPPORTED as of neume_pieces_check()  @retval NEUME_EIO NEUME_ENOMEM */
NEUME_API NEUME_MUST neume_status neume_pieces_write(neume_score *const *pieces, size_t count, const char *format,
                                                     const char *path);

#ifdef __cplusplus
}
#endif
#endif
