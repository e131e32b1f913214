/* Listens as ListenBrainz writes them: JSON objects one a line, in one long list, or within an answer of the server. A
 * list may be as long as a life, so objects are cut out of the stream by counting braces and each is parsed alone. */
#include "history.h"

#include "neume/base_json.h"

#include <string.h>

enum { OBJECT_LIMIT_BYTES = 16 << 20 };

/* --- one listen --------------------------------------------------------------------------------------------------- */

static bool text_of(const neume_json *object, const char *key, char *out) {
    const char *text = neume_json_text(neume_json_get(object, key));
    return text && history_clean(text, out);
}

/* A score is what ListenBrainz calls feedback: 1 loved, -1 hated, 0 taken back. */
static const char *kind_of(const neume_json *object) {
    const double score = neume_json_number(neume_json_get(object, "score"), 2);
    return score > 1 ? "play" : score > 0 ? "like" : score < 0 ? "ban" : NULL;
}

/* A reason to leave it out, or NULL. */
static const char *time_of(const neume_json *object, int64_t *time_s) {
    const neume_json *at = neume_json_get(object, "listened_at");
    if (!at) at = neume_json_get(object, "created");
    char number[32];
    if (!at) return NULL;
    snprintf(number, sizeof number, "%.0f", neume_json_number(at, -1));
    const char *text = neume_json_text(at);
    return history_time(text ? text : number, time_s) ? NULL : "its time is none";
}

static neume_status take_listen(history_reading *reading, const neume_json *object) {
    char user[NEUME_HISTORY_TEXT_BYTES], artist[NEUME_HISTORY_TEXT_BYTES], name[NEUME_HISTORY_TEXT_BYTES],
        item[NEUME_HISTORY_TEXT_BYTES];
    const bool by_artist = reading->options->by_artist;
    const neume_json *track = neume_json_get(object, "track_metadata");
    neume_history_event event = {.item = item, .artist = artist, .kind = kind_of(object), .value = 1};
    if (!event.kind) return history_leave_out(reading, "its score was taken back");
    if (!text_of(track, "artist_name", artist) || (!by_artist && !text_of(track, "track_name", name)))
        return history_leave_out(reading, "it names no artist and track");
    if (!history_name_item(artist, name, by_artist, item)) return history_leave_out(reading, "its names are too long");
    event.name = by_artist ? artist : name;
    if (text_of(object, "user_name", user)) event.user = user;
    const char *why = time_of(object, &event.time_s);
    if (why) return history_leave_out(reading, why);
    reading->tally.taken++;
    return reading->sink->event(reading->sink->context, &event);
}

/* A listen, or the server's answer {"payload": {"listens": [...]}}. */
static neume_status take_object(history_reading *reading, const neume_buffer *text) {
    neume_json *object = NULL;
    neume_status status = neume_json_parse(text->data, text->size, &object);
    if (status == NEUME_ENOMEM) return status;
    if (status) return history_leave_out(reading, "it is no JSON");
    const neume_json *list = neume_json_get(neume_json_get(object, "payload"), "listens");
    const size_t count = neume_json_count(list);
    if (!list) status = take_listen(reading, object);
    for (size_t i = 0; i < count && !status; i++) status = take_listen(reading, neume_json_at(list, i));
    neume_json_free(object);
    return status;
}

/* --- objects in a stream ------------------------------------------------------------------------------------------ */

typedef struct cutter {
    neume_buffer object;
    int depth;               /* of braces that are open */
    bool in_string, escaped; /* braces in strings do not count */
    bool too_long;
} cutter;

static void note_byte(cutter *cut, char byte) {
    if (cut->escaped)
        cut->escaped = false;
    else if (cut->in_string && byte == '\\')
        cut->escaped = true;
    else if (byte == '"')
        cut->in_string = !cut->in_string;
    else if (!cut->in_string)
        cut->depth += (byte == '{') - (byte == '}');
}

static neume_status end_object(history_reading *reading, cutter *cut) {
    neume_status status = cut->too_long ? history_leave_out(reading, "it is larger than sixteen million bytes")
                                        : take_object(reading, &cut->object);
    cut->object.size = 0;
    cut->too_long = false;
    return status;
}

/* Between objects only their beginning matters; commas and brackets of a list are passed over. */
static neume_status take_bytes(history_reading *reading, cutter *cut, const char *bytes, size_t count) {
    size_t begin = 0;
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] == '\n') reading->line_number++;
        if (!cut->depth && bytes[i] != '{') {
            begin = i + 1;
            continue;
        }
        note_byte(cut, bytes[i]);
        if (cut->depth) continue;
        if (!cut->too_long) NEUME_TRY(neume_buffer_append(&cut->object, bytes + begin, i + 1 - begin));
        NEUME_TRY(end_object(reading, cut));
        begin = i + 1;
    }
    if (cut->object.size + count - begin > OBJECT_LIMIT_BYTES) cut->too_long = true;
    if (!cut->depth || cut->too_long) return NEUME_OK;
    return neume_buffer_append(&cut->object, bytes + begin, count - begin);
}

neume_status history_read_json(history_reading *reading) {
    char chunk[1 << 14];
    cutter cut = {0};
    neume_status status = NEUME_OK;
    rewind(reading->file);
    reading->line_number = 1;
    for (size_t count; !status && (count = fread(chunk, 1, sizeof chunk, reading->file)) > 0;) {
        reading->read_bytes += (double)count;
        neume__progress(reading->progress, reading->read_bytes, reading->total_bytes);
        status = neume_cancelled() ? neume_fail(NEUME_ECANCELLED, "stopped") : take_bytes(reading, &cut, chunk, count);
    }
    if (!status && cut.depth) status = history_leave_out(reading, "the file ends within it");
    neume_buffer_clear(&cut.object);
    return status;
}
