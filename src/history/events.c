/* Tables of what people heard: plays, and Last.fm's exports, which differ only in their columns. */
#include "history.h"

#include <string.h>
#include <strings.h>

/* Which column is what; -1: there is none. */
typedef struct columns {
    int user, item, artist, name, plays, time, kind, rating;
} columns;

static const columns plays_columns = {0, 1, -1, -1, 2, 3, -1, -1};
static const columns lastfm_columns = {-1, -1, 0, 2, -1, 3, -1, -1}; /* artist, album, track, date */

static columns columns_of(const history_fields *heading) {
    return (columns){
        .user = history_column(heading, "user user_id userid username user_name listener"),
        .item = history_column(heading, "item item_id itemid id track_id artist_id artistid"),
        .artist = history_column(heading, "artist artist_name artistname"),
        .name = history_column(heading, "track track_name trackname title song name"),
        .plays = history_column(heading, "plays count weight playcount"),
        .time = history_column(heading, "uts timestamp time time_s date utc_time datetime listened_at"),
        .kind = history_column(heading, "kind event action"),
        .rating = history_column(heading, "rating"),
    };
}

static bool is_heading(const columns *found) {
    return found->item >= 0 || (found->artist >= 0 && (found->name >= 0 || found->time >= 0));
}

neume_history_format history_detect(const char *line) {
    char *copy = neume__strdup(line);
    history_fields fields = {0};
    neume_history_format format = NEUME_HISTORY_PLAYS;
    int64_t time_s = 0;
    double number = 0;
    const char *first = line + strspn(line, " \t\r\n\xEF\xBB\xBF");
    if (copy && *first != '{' && *first != '[' && history_split(copy, history_separator(line), &fields) == NEUME_OK) {
        const columns found = columns_of(&fields);
        if (is_heading(&found)) {
            const bool events = found.user >= 0 || found.plays >= 0 || found.kind >= 0 || found.rating >= 0;
            format = events                              ? NEUME_HISTORY_PLAYS
                     : found.item >= 0 && found.time < 0 ? NEUME_HISTORY_ITEMS
                                                         : NEUME_HISTORY_LASTFM;
        } else if (fields.count == 4 && !history_number(fields.at[2], &number) && history_time(fields.at[3], &time_s)) {
            format = NEUME_HISTORY_LASTFM;
        }
    }
    neume__free(copy);
    neume__free(fields.at);
    return *first == '{' || *first == '[' ? NEUME_HISTORY_LISTENBRAINZ : format;
}

/* --- one line ----------------------------------------------------------------------------------------------------- */

typedef struct texts {
    char user[NEUME_HISTORY_TEXT_BYTES], item[NEUME_HISTORY_TEXT_BYTES], artist[NEUME_HISTORY_TEXT_BYTES],
        name[NEUME_HISTORY_TEXT_BYTES];
} texts;

static const char *field_of(const history_fields *fields, int column) {
    return column >= 0 && (size_t)column < fields->count ? fields->at[column] : "";
}

/* NULL where the field is not there or empty; *bad where it is too long. */
static const char *text_of(const history_fields *fields, int column, char *out) {
    return history_clean(field_of(fields, column), out) ? out : NULL;
}

static const char *kind_of(const char *word) {
    static const char *const words[][2] = {{"", "play"},       {"play", "play"},    {"like", "like"}, {"love", "like"},
                                           {"loved", "like"},  {"skip", "skip"},    {"ban", "ban"},   {"hate", "ban"},
                                           {"dislike", "ban"}, {"rating", "rating"}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(word, words[i][0]) == 0) return words[i][1];
    return NULL;
}

/* A reason to leave the line out, or NULL. */
static const char *read_value(const history_fields *fields, const columns *at, neume_history_event *event) {
    const char *rating = field_of(fields, at->rating), *plays = field_of(fields, at->plays);
    event->kind = kind_of(field_of(fields, at->kind));
    if (!event->kind) return "its kind is none of play, like, skip, ban, rating";
    if (*rating || strcmp(event->kind, "rating") == 0) {
        event->kind = "rating";
        const bool is_number = history_number(*rating ? rating : plays, &event->value);
        return is_number && event->value >= 0 && event->value <= 1 ? NULL : "a rating is a number from 0 to 1";
    }
    event->value = 1;
    if (*plays && !history_number(plays, &event->value)) return "its plays are no number";
    return event->value > 0 && event->value < 1e9 ? NULL : "its plays are not above 0";
}

static const char *read_event(const history_fields *fields, const columns *at, bool by_artist, texts *kept,
                              neume_history_event *event) {
    const char *time = field_of(fields, at->time);
    *event = (neume_history_event){
        .user = text_of(fields, at->user, kept->user),
        .item = text_of(fields, at->item, kept->item),
        .artist = text_of(fields, at->artist, kept->artist),
        .name = text_of(fields, at->name, kept->name),
    };
    if (at->user >= 0 && !event->user) return "it names no user";
    if (!event->item && event->artist && (event->name || by_artist) &&
        history_name_item(event->artist, event->name, by_artist, kept->item))
        event->item = kept->item;
    if (!event->item) return "it names no item, or too long a one";
    if (by_artist && at->item < 0) event->name = event->artist;
    if (*time && !history_time(time, &event->time_s)) return "its time is none";
    return read_value(fields, at, event);
}

static neume_status take_line(history_reading *reading, char separator, const columns *at, history_fields *fields) {
    neume_history_event event;
    texts kept;
    if (reading->line_too_long) return history_leave_out(reading, "it is longer than a million bytes");
    if (!reading->line.size) return NEUME_OK;
    NEUME_TRY(history_split(reading->line.data, separator, fields));
    const char *why = read_event(fields, at, reading->options->by_artist, &kept, &event);
    if (why) return history_leave_out(reading, why);
    reading->tally.taken++;
    return reading->sink->event(reading->sink->context, &event);
}

/* The first line is a heading, or already an entry. */
static neume_status read_heading(history_reading *reading, char separator, columns *at, history_fields *fields,
                                 bool *heading) {
    char *copy = neume__strdup(reading->line.data);
    if (!copy) return NEUME_ENOMEM;
    neume_status status = history_split(copy, separator, fields);
    const columns found = status ? plays_columns : columns_of(fields);
    *heading = !status && is_heading(&found);
    *at = *heading ? found : reading->tally.format == NEUME_HISTORY_LASTFM ? lastfm_columns : plays_columns;
    neume__free(copy);
    return status;
}

neume_status history_read_events(history_reading *reading) {
    const char separator = history_separator(reading->line.data);
    history_fields fields = {0};
    columns at = plays_columns;
    bool skip = false, more = true;
    neume_status status = read_heading(reading, separator, &at, &fields, &skip);
    while (!status && more) {
        if (!skip) status = take_line(reading, separator, &at, &fields);
        skip = false;
        if (!status) status = history_line(reading, &more);
    }
    neume__free(fields.at);
    return status;
}
