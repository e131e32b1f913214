/** @file
 * Listening histories and catalogues as other programs write them, read one entry at a time: tables of plays, items and
 * tags, exports of ListenBrainz and of Last.fm.
 *
 * A file is never in memory as a whole. An entry that makes no sense is left out and counted, and the first such line
 * is remembered; a file in which nothing makes sense is NEUME_EFORMAT.
 *
 * Formats, told apart by what they begin with:
 * - plays: `user item plays [time]`, columns apart by tabs, commas or semicolons, or with a heading that names columns
 *   (user, item, plays, time, kind, rating in any order);
 * - items: a heading with `id` (or `item`) and any of name, artist, year, tags; every other column of numbers is a
 *   feature. Tags are apart by `|`, each with an optional weight: `jazz:3|calm`;
 * - tags: `item tag weight`, only when it is asked for, because plays look alike;
 * - ListenBrainz: listens as JSON, one a line, as a list, or as the server answers
 * (https://listenbrainz.readthedocs.io); entries with a score of 1 or -1 are likes and bans;
 * - Last.fm: the exports by friends of it, `artist,album,track,date` without a heading, or with one in any order; dates
 *   as `31 Jan 2017 14:05`, ISO 8601, or seconds or milliseconds since 1970, all UTC.
 */
#ifndef NEUME_HISTORY_H
#define NEUME_HISTORY_H

#include "neume/base.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { NEUME_HISTORY_TEXT_BYTES = 256 }; /**< longest id, name, artist or tag, with its zero byte */

typedef enum neume_history_format {
    NEUME_HISTORY_AUTO,
    NEUME_HISTORY_PLAYS,
    NEUME_HISTORY_ITEMS,
    NEUME_HISTORY_TAGS,
    NEUME_HISTORY_LISTENBRAINZ,
    NEUME_HISTORY_LASTFM,
} neume_history_format;
/** "auto", "plays" ...; NULL past the last one. */
NEUME_API const char *neume_history_format_name(neume_history_format format);

/** Something that somebody did; clean UTF-8, borrowed until the call returns. */
typedef struct neume_history_event {
    const char *user;          /**< NULL: the file does not say */
    const char *item;          /**< its id: as the file has it, or "ARTIST - NAME" */
    const char *artist, *name; /**< NULL: the file does not say */
    const char *kind;          /**< "play", "like", "skip", "ban" or "rating" */
    int64_t time_s;            /**< since 1970; 0 = not known */
    double value;              /**< plays, at least 1; a rating 0 .. 1 */
} neume_history_event;

typedef struct neume_history_tag {
    const char *name;
    double weight; /**< above 0 */
} neume_history_tag;

/** An item of a catalogue, borrowed until the call returns. */
typedef struct neume_history_item {
    const char *id, *name, *artist; /**< name and artist NULL: the file does not say */
    int year;                       /**< 0: the file does not say */
    const neume_history_tag *tags;
    size_t tag_count;
    const float *features; /**< (feature_count) by the columns told before; NaN: the file does not say */
    size_t feature_count;
    bool adds_tags; /**< of a table of tags: this one is set, others stay */
} neume_history_item;

/** Who is told. A failure ends the reading and is passed on. */
typedef struct neume_history_sink {
    void *context;
    neume_status (*event)(void *context, const neume_history_event *event);
    neume_status (*item)(void *context, const neume_history_item *item);
    /** Before the first item: the columns that may hold features, in their order. */
    neume_status (*feature)(void *context, const char *name);
} neume_history_sink;

typedef struct neume_history_options {
    neume_history_format format;
    bool by_artist; /**< ListenBrainz and Last.fm: what is heard is the artist, not the track */
} neume_history_options;

/** What became of a file's entries. */
typedef struct neume_history_tally {
    neume_history_format format;
    int64_t taken, left_out;
    int64_t first_bad_line; /**< 0: none was left out */
    const char *why;        /**< what was wrong there; never NULL, never anything out of the file */
} neume_history_tally;

/** Reads a file, "-" is standard input. @param options NULL for the defaults @param progress told bytes; may be NULL
 * @param[out] tally  replaced on success
 * @retval NEUME_ENOTFOUND NEUME_EIO  @retval NEUME_EFORMAT nothing in it could be understood
 * @retval NEUME_ECANCELLED NEUME_ENOMEM */
NEUME_API NEUME_MUST neume_status neume_history_read_file(const char *path, const neume_history_options *options,
                                                          const neume_history_sink *sink,
                                                          const neume_progress *progress, neume_history_tally *tally);
/** The same for bytes in memory. */
NEUME_API NEUME_MUST neume_status neume_history_read(const void *bytes, size_t count,
                                                     const neume_history_options *options,
                                                     const neume_history_sink *sink, neume_history_tally *tally);

#ifdef __cplusplus
}
#endif
#endif
