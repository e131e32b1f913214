/* Inside the room: a reading in progress, lines and their fields, times. */
#ifndef NEUME_SRC_HISTORY_H
#define NEUME_SRC_HISTORY_H

#include "neume/history.h"

#include <stdio.h>

/* --- a reading ---------------------------------------------------------------------------------------------------- */

typedef struct history_reading {
    FILE *file;
    const char *path;
    const neume_history_options *options;
    const neume_history_sink *sink;
    const neume_progress *progress;
    double total_bytes, read_bytes; /* total 0: not known */
    neume_buffer line;              /* the one read last, without its end; its bytes may be changed */
    bool line_too_long;
    int64_t line_number;
    neume_history_tally tally;
} history_reading;

/* The next line. *more is false at the end. A line over the limit is skipped and line_too_long is set.
 * @retval NEUME_ECANCELLED NEUME_EIO NEUME_ENOMEM */
NEUME_MUST neume_status history_line(history_reading *reading, bool *more);
/* Counts an entry that was left out, and keeps the first one's reason. Returns NEUME_OK: reading goes on. */
neume_status history_leave_out(history_reading *reading, const char *why);

/* --- fields of a line --------------------------------------------------------------------------------------------- */

typedef struct history_fields {
    char **at; /* into the line, each ended by a zero byte */
    size_t count, capacity;
} history_fields;
/* Tab, comma or semicolon: what the line has most of, tabs first. */
char history_separator(const char *line);
/* Splits a line in place; fields in quotation marks may hold separators, and "" for a mark (RFC 4180). */
NEUME_MUST neume_status history_split(char *line, char separator, history_fields *out);

/* Text of a field made clean. @return false when nothing is left of it, or it is too long */
bool history_clean(const char *field, char out[NEUME_HISTORY_TEXT_BYTES]);
bool history_number(const char *field, double *out); /* all of the field is one finite number */
/* Any of the ways of neume_history.h to write a time. @return false: it is none, or outside the years 1970 .. 9999 */
bool history_time(const char *field, int64_t *time_s);
/* "ARTIST - NAME" or only the artist. @return false when it does not fit */
bool history_name_item(const char *artist, const char *name, bool by_artist, char out[NEUME_HISTORY_TEXT_BYTES]);

/* --- formats ------------------------------------------------------------------------------------------------------ */

/* Each reads from the reading's current line on to the end of the file. */
NEUME_MUST neume_status history_read_events(history_reading *reading); /* plays and Last.fm */
NEUME_MUST neume_status history_read_items(history_reading *reading);
NEUME_MUST neume_status history_read_tags(history_reading *reading);
NEUME_MUST neume_status history_read_json(history_reading *reading);
/* What a first line is the beginning of. */
neume_history_format history_detect(const char *line);
/* The column of a heading whose name is one of `names` (apart by spaces; letter case does not count); -1 if none is. */
int history_column(const history_fields *heading, const char *names);

#endif
