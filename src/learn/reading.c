/* Truths and estimates from files: one reading, whatever the format. */
#include "reading.h"

#include "neume/base_json.h"
#include "neume/notation.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LIMIT_BYTES = 64 << 20 };

void neume_reading_clear(neume_reading *reading) {
    neume_timeline_clear(&reading->timeline);
    neume_written_clear(&reading->written);
}

neume_status neume__timeline_add_beat(neume_timeline *timeline, double time_s, bool downbeat) {
    if (!isfinite(time_s)) return neume_fail(NEUME_EFORMAT, "a beat at no time");
    timeline->has_beats = true;
    NEUME_TRY(WRITTEN_MORE(timeline, beat, beats_s));
    timeline->beats_s[timeline->beat_count++] = time_s;
    if (!downbeat) return NEUME_OK;
    NEUME_TRY(WRITTEN_MORE(timeline, downbeat, downbeats_s));
    timeline->downbeats_s[timeline->downbeat_count++] = time_s;
    return NEUME_OK;
}

/* --- words -------------------------------------------------------------------------------------------------------- */

bool neume__metre_parse(const char *text, size_t bytes, neume_metre *out) {
    char word[16], *after;
    if (!bytes || bytes >= sizeof word) return false;
    memcpy(word, text, bytes);
    word[bytes] = '\0';
    const long beats = strtol(word, &after, 10), unit = *after == '/' ? strtol(after + 1, &after, 10) : 0;
    if (*after || beats < 1 || beats > 128 || unit < 1 || unit > 128) return false;
    *out = (neume_metre){.beats = (int16_t)beats, .unit = (int16_t)unit};
    return true;
}

bool neume__key_parse(const char *text, size_t bytes, neume_key *out) {
    static const int steps[7] = {5, 6, 0, 1, 2, 3, 4}; /* A .. G */
    const char *at = text, *end = text + bytes;
    int alter = 0;
    if (at == end || *at < 'A' || *at > 'G') return false;
    const int step = steps[*at++ - 'A'];
    for (; at < end && (*at == '#' || *at == 'b'); at++) alter += *at == '#' ? 1 : -1;
    if (end - at >= 3 && memcmp(at, "\xE2\x99", 2) == 0) alter = at[2] == '\xAF' ? 1 : -1, at += 3; /* sharp, flat */
    while (at < end && strchr(" :_-", *at)) at++;
    neume_mode mode = NEUME_MODE_MAJOR;
    const size_t left = (size_t)(end - at);
    for (int m = NEUME_MODE_MAJOR; m < NEUME_MODE_NONE && left >= 3; m++)
        if (strncmp(at, neume_mode_name((neume_mode)m), 3) == 0) mode = (neume_mode)m;
    if (left == 1 && *at == 'm') mode = NEUME_MODE_MINOR;
    *out = neume_key_of(step, alter, mode);
    return true;
}

neume_key neume__key_of_signature(int fifths) {
    static const int steps[12] = {0, 4, 1, 5, 2, 6, 3, 0, 4, 1, 5, 2}; /* C G D A E B F# C# ...; F is at -1 */
    const int at = (fifths % 7 + 7) % 7, step = at == 6 ? 3 : steps[at];
    neume_key key = neume_key_of(step, 0, NEUME_MODE_MAJOR);
    /* the same letter, seven fifths apart, is one sharp higher */
    key = neume_key_of(step, (fifths - neume_key_fifths(&key)) / 7, NEUME_MODE_MAJOR);
    key.mode = NEUME_MODE_NONE;
    return key;
}

/* --- JSON --------------------------------------------------------------------------------------------------------- */

static double number_of(const neume_json *object, const char *key, double otherwise) {
    return neume_json_number(neume_json_get(object, key), otherwise);
}

/* 1.5 or {"time_s": 1.5} */
static double time_of(const neume_json *value) {
    return neume_json_number(value, number_of(value, "time_s", NAN));
}

static neume_status take_beats(const neume_json *root, neume_timeline *out) {
    const neume_json *beats = neume_json_get(root, "beats_s"), *downbeats = neume_json_get(root, "downbeats_s");
    if (!neume_json_is_list(beats)) return NEUME_OK;
    out->has_beats = true;
    for (size_t i = 0; i < neume_json_count(beats); i++)
        NEUME_TRY(neume__timeline_add_beat(out, time_of(neume_json_at(beats, i)), false));
    for (size_t i = 0; i < neume_json_count(downbeats); i++) {
        const double time_s = time_of(neume_json_at(downbeats, i));
        if (!isfinite(time_s)) return neume_fail(NEUME_EFORMAT, "JSON: a downbeat at no time");
        NEUME_TRY(WRITTEN_MORE(out, downbeat, downbeats_s));
        out->downbeats_s[out->downbeat_count++] = time_s;
    }
    return NEUME_OK;
}

/* "6/8", {"beats": 6, "unit": 8} or [6, 8] */
static bool take_metre(const neume_json *value, neume_metre *out) {
    const char *text = neume_json_text(value);
    if (text) return neume__metre_parse(text, strlen(text), out);
    double beats = number_of(value, "beats", number_of(value, "numerator", 0)),
           unit = number_of(value, "unit", number_of(value, "denominator", 4));
    if (neume_json_count(value) >= 2)
        beats = neume_json_number(neume_json_at(value, 0), 0), unit = neume_json_number(neume_json_at(value, 1), 0);
    if (!(beats >= 1 && beats <= 128 && unit >= 1 && unit <= 128)) return false;
    *out = (neume_metre){.beats = (int16_t)beats, .unit = (int16_t)unit};
    return true;
}

/* "G major", {"name": "G major"}, {"tonic": "G", "mode": "major"}, or a list whose first is such */
static bool take_key(const neume_json *value, neume_key *out) {
    if (neume_json_count(value)) value = neume_json_at(value, 0);
    const neume_json *name = neume_json_get(value, "name");
    const char *text = neume_json_text(name ? name : value), *tonic = neume_json_text(neume_json_get(value, "tonic")),
               *mode = neume_json_text(neume_json_get(value, "mode"));
    char both[32];
    if (text) return neume__key_parse(text, strlen(text), out);
    if (!tonic || !mode) return false;
    const int length = snprintf(both, sizeof both, "%s %s", tonic, mode);
    return length < (int)sizeof both && neume__key_parse(both, (size_t)length, out);
}

static const double TICKS_MOST = 1e16; /* of a place: 14 million whole notes */
static const int64_t BAR_MOST = 1024 * NEUME_WHOLE;

static neume_status take_ticks(const neume_json *object, const char *key, int64_t *out) {
    const double ticks = number_of(object, key, NAN);
    if (!(fabs(ticks) < TICKS_MOST)) return neume_fail(NEUME_EFORMAT, "JSON: no number %s", key);
    *out = llround(ticks);
    return NEUME_OK;
}

static neume_status take_bars(const neume_json *list, neume_written *out) {
    for (size_t i = 0; i < neume_json_count(list); i++) {
        neume_written_bar bar = {0};
        const neume_json *object = neume_json_at(list, i), *metre = neume_json_get(object, "metre");
        NEUME_TRY(take_ticks(object, "at", &bar.at));
        NEUME_TRY(take_ticks(object, "ticks", &bar.ticks));
        if (bar.ticks < 0 || bar.ticks > BAR_MOST) return neume_fail(NEUME_EFORMAT, "JSON: a bar of no length");
        if (metre && !take_metre(metre, &bar.metre)) return neume_fail(NEUME_EFORMAT, "JSON: a bar without metre");
        NEUME_TRY(neume__written_add_bar(out, bar));
    }
    return NEUME_OK;
}

/* Part, staff and voice as one number; -1 when they are not told. */
static int32_t voice_of(const neume_json *object) {
    enum { VOICES = 256, STAVES = 256, PARTS = 4096 };
    const double voice = number_of(object, "voice", -1), staff = number_of(object, "staff", 0),
                 part = number_of(object, "part", 0);
    if (!(voice >= 0 && voice < VOICES && staff >= 0 && staff < STAVES && part >= 0 && part < PARTS)) return -1;
    return ((int32_t)part * STAVES + (int32_t)staff) * VOICES + (int32_t)voice;
}

static neume_status take_notes(const neume_json *list, neume_written *out) {
    for (size_t i = 0; i < neume_json_count(list); i++) {
        const neume_json *object = neume_json_at(list, i);
        neume_place note = {.time_s = number_of(object, "onset_s", NAN), .voice = voice_of(object)};
        const double pitch = number_of(object, "pitch", -1);
        NEUME_TRY(take_ticks(object, "at_ticks", &note.at));
        NEUME_TRY(take_ticks(object, "ticks", &note.ticks));
        if (!(pitch >= 0 && pitch <= 127)) return neume_fail(NEUME_EFORMAT, "JSON: a note without pitch");
        if (note.ticks < 0) return neume_fail(NEUME_EFORMAT, "JSON: a note of no length");
        note.pitch = (int16_t)pitch;
        NEUME_TRY(neume__written_add_note(out, note));
    }
    return NEUME_OK;
}

static neume_status take_all(const neume_json *root, neume_reading *out) {
    const neume_json *metre = neume_json_get(root, "metre"), *key = neume_json_get(root, "key"),
                     *bars = neume_json_get(root, "measures"), *notes = neume_json_get(root, "notes");
    NEUME_TRY(take_beats(root, &out->timeline));
    out->timeline.tempo_bpm = number_of(root, "tempo_bpm", 0);
    if (metre && !take_metre(metre, &out->timeline.metre)) out->timeline.metre = (neume_metre){0};
    if (key) out->timeline.has_key = take_key(key, &out->timeline.key);
    if (!bars || !notes) return NEUME_OK;
    NEUME_TRY(take_bars(bars, &out->written));
    return take_notes(notes, &out->written);
}

neume_status neume__reading_from_json(const char *text, neume_reading *out) {
    neume_json *root = NULL;
    NEUME_TRY(neume_json_parse(text, strlen(text), &root));
    neume_status status = take_all(root, out);
    neume_json_free(root);
    return status;
}

/* --- scores ------------------------------------------------------------------------------------------------------- */

/* The one place that turns a file of written music into a score. */
static neume_status read_score(const char *path, const neume_buffer *bytes, neume_score **out) {
    neume_abc_place place = {0};
    if (neume_abc_sniff(bytes->data, bytes->size)) return neume_abc_read(bytes->data, bytes->size, &place, NULL, out);
    return neume_fail(NEUME_EUNSUPPORTED, "%s: not a format whose bars can be read (ABC, JSON, annotations)", path);
}

static neume_status from_score(const char *path, const neume_buffer *bytes, neume_reading *out) {
    neume_score *score = NULL;
    NEUME_TRY(read_score(path, bytes, &score));
    assert(score);
    neume_status status = neume_written_from_score(score, &out->written);
    if (score->tempo.beat > 0 && score->metre.beats)
        out->timeline.tempo_bpm = score->tempo.per_minute * (double)score->tempo.beat * score->metre.unit /
                                  (double)(neume_metre_compound(score->metre) ? 3 * NEUME_WHOLE : NEUME_WHOLE);
    neume_score_free(score);
    return status;
}

/* ------------------------------------------------------------------------------------------------------------------ */

/* Metre, key and places: what one part tells, the other does too. */
static neume_status settle(neume_reading *reading) {
    neume_timeline *timeline = &reading->timeline;
    neume_written *written = &reading->written;
    neume_written_settle(written);
    if (!timeline->metre.beats) (void)neume__written_main_metre(written, &timeline->metre);
    if (!timeline->has_key) timeline->has_key = neume__written_main_key(written, &timeline->key);
    if (!timeline->has_key || written->key_count || timeline->key.mode == NEUME_MODE_NONE) return NEUME_OK;
    NEUME_TRY(WRITTEN_MORE(written, key, keys));
    written->keys[written->key_count++] = (neume_written_key){0, timeline->key};
    return NEUME_OK;
}

static bool ends_with(const char *path, const char *ending) {
    const size_t n = strlen(path), m = strlen(ending);
    return n >= m && strcmp(path + n - m, ending) == 0;
}

neume_status neume__sibling(const char *path, const char *ending, const char *other, neume_buffer *out) {
    const size_t kept = strlen(path) - (ends_with(path, ending) ? strlen(ending) : 0);
    return neume_buffer_print(out, "%.*s%s", (int)kept, path, other);
}

static neume_status read_any(const char *path, const neume_buffer *bytes, neume_reading *out) {
    const char *text = bytes->data ? bytes->data : "";
    if (ends_with(path, "_annotations.txt")) return neume__reading_from_asap(path, text, out);
    if (ends_with(path, ".beat_midi.txt")) return neume__reading_from_pop909(path, text, out);
    if (text[strspn(text, " \t\r\n")] == '{') return neume__reading_from_json(text, out);
    return from_score(path, bytes, out);
}

neume_status neume_reading_read(const char *name, const neume_buffer *bytes, neume_reading *out) {
    neume_reading reading = {0};
    neume_status status = read_any(name, bytes, &reading);
    if (!status) status = settle(&reading);
    if (status) {
        neume_reading_clear(&reading);
        return status;
    }
    neume_reading_clear(out);
    *out = reading;
    return NEUME_OK;
}

neume_status neume_reading_read_file(const char *path, neume_reading *out) {
    neume_buffer bytes = {0};
    NEUME_TRY(neume_file_read(path, LIMIT_BYTES, &bytes));
    neume_status status = neume_reading_read(path, &bytes, out);
    neume_buffer_clear(&bytes);
    return status;
}
