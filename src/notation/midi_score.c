/* Written music as a Standard MIDI File: the first track leads (title, tempi, metres, keys), then one a voice.
 *
 * A key of a channel sounds once at a time: a stroke ends where the next of its key begins. At one tick note-offs go
 * first. */
#include "neume/notation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TICKS_A_QUARTER = 480, DRUM_CHANNEL = 9, CHANNELS = 16 };
static const int64_t WRITTEN_A_TICK = NEUME_WHOLE / 4 / TICKS_A_QUARTER;
static const int64_t SHORTEST_UNIT = NEUME_WHOLE / 64; /* that a metre may have */

typedef struct event {
    int64_t tick;
    uint8_t order; /* offs, programs, ons */
    uint8_t bytes[3], length;
} event;

typedef struct events {
    event *items;
    size_t count, capacity;
} events;

static int64_t to_ticks(int64_t written) {
    return (written + WRITTEN_A_TICK / 2) / WRITTEN_A_TICK;
}

static neume_status add(events *e, event one) {
    if (e->count == e->capacity)
        NEUME_TRY(neume__grow((void **)&e->items, &e->capacity, e->count + 1, sizeof *e->items));
    e->items[e->count++] = one;
    return NEUME_OK;
}

static int by_tick(const void *a, const void *b) {
    const event *x = a, *y = b;
    if (x->tick != y->tick) return x->tick < y->tick ? -1 : 1;
    if (x->order != y->order) return x->order - y->order;
    return x->bytes[1] - y->bytes[1];
}

/* --- bytes -------------------------------------------------------------------------------------------------------- */

static neume_status put_big_endian(neume_buffer *out, uint32_t value, int bytes) {
    char b[4];
    for (int i = 0; i < bytes; i++) b[i] = (char)(value >> (8 * (bytes - 1 - i)));
    return neume_buffer_append(out, b, (size_t)bytes);
}

static neume_status put_delta(neume_buffer *out, int64_t delta) {
    char b[5];
    int n = 5;
    b[--n] = (char)(delta & 127);
    while ((delta >>= 7) > 0 && n > 0) b[--n] = (char)(0x80 | (delta & 127));
    return neume_buffer_append(out, b + n, (size_t)(5 - n));
}

static neume_status put_meta(neume_buffer *out, int64_t delta, int type, const void *bytes, size_t count) {
    const char head[2] = {(char)0xff, (char)type};
    NEUME_TRY(put_delta(out, delta));
    NEUME_TRY(neume_buffer_append(out, head, 2));
    NEUME_TRY(put_delta(out, (int64_t)count));
    return neume_buffer_append(out, bytes, count);
}

/* Where a track's length will stand; closed by end_track(). */
static neume_status begin_track(neume_buffer *out, size_t *length_at) {
    NEUME_TRY(neume_buffer_append(out, "MTrk\0\0\0\0", 8));
    *length_at = out->size - 4;
    return NEUME_OK;
}

static neume_status end_track(neume_buffer *out, size_t length_at) {
    NEUME_TRY(put_meta(out, 0, 0x2f, "", 0));
    size_t length = out->size - length_at - 4;
    for (int i = 0; i < 4; i++) out->data[length_at + (size_t)i] = (char)(length >> (8 * (3 - i)));
    return NEUME_OK;
}

/* --- the leading track -------------------------------------------------------------------------------------------- */

typedef struct leading {
    const neume_played *played;
    size_t tempo, metre, key;
    int64_t upbeat; /* where the first metre's bars begin, after a first bar that is shorter; 0 = at once */
    int64_t tick;
    neume_buffer *out;
} leading;

/* A bar shorter than its metre's that the score begins with, where numbers can tell its length: 0 = none. */
static int64_t find_upbeat(const neume_score *score, const neume_played *played) {
    const neume_voice *voice = score->voices;
    if (!score->voice_count || !played->metre_count || played->metres[0].at) return 0;
    size_t i = 0;
    while (i < voice->item_count && (voice->items[i].kind != NEUME_ITEM_BAR || !voice->items[i].at)) i++;
    const int64_t lasts = i < voice->item_count ? voice->items[i].at : 0;
    const bool stays = played->metre_count < 2 || played->metres[1].at > lasts;
    const bool short_bar = lasts < neume_metre_ticks(played->metres[0].metre) && lasts < played->end;
    return stays && short_bar && lasts % SHORTEST_UNIT == 0 ? lasts : 0;
}

static neume_status lead_tempo(leading *l, int64_t delta) {
    double us = 60e6 / l->played->tempi[l->tempo++].quarters_a_minute;
    uint32_t value = us > 0xffffff ? 0xffffff : us < 1 ? 1 : (uint32_t)(us + 0.5);
    const char bytes[3] = {(char)(value >> 16), (char)(value >> 8), (char)value};
    return put_meta(l->out, delta, 0x51, bytes, 3);
}

/* The upbeat's own length as a metre: 1/8, 3/4. */
static neume_metre upbeat_metre(int64_t lasts) {
    int unit = 4;
    while (lasts % (NEUME_WHOLE / unit)) unit *= 2;
    return (neume_metre){.beats = (int16_t)(lasts / (NEUME_WHOLE / unit)), .unit = (int16_t)unit};
}

/* Where the next metre stands. */
static int64_t metre_at(const leading *l) {
    if (l->metre == 1 && l->upbeat && l->tick < to_ticks(l->upbeat)) return to_ticks(l->upbeat);
    return l->metre < l->played->metre_count ? to_ticks(l->played->metres[l->metre].at) : INT64_MAX;
}

static neume_status lead_metre(leading *l, int64_t delta) {
    const bool behind_upbeat = l->metre == 1 && l->upbeat && l->tick < to_ticks(l->upbeat);
    neume_metre m = l->played->metres[behind_upbeat ? 0 : l->metre].metre;
    if (!l->metre && l->upbeat) m = upbeat_metre(l->upbeat);
    if (!behind_upbeat) l->metre++;
    int power = 0;
    while (1 << power < m.unit) power++;
    if (m.beats < 1 || m.beats > 255 || m.unit < 1) m.beats = 4, power = 2;
    const char bytes[4] = {(char)m.beats, (char)power, (char)(neume_metre_compound(m) ? 36 : 24), 8};
    return put_meta(l->out, delta, 0x58, bytes, 4);
}

static neume_status lead_key(leading *l, int64_t delta) {
    const neume_key *key = &l->played->keys[l->key++].key;
    int fifths = neume_key_fifths(key);
    fifths = fifths < -7 ? fifths + 12 : fifths > 7 ? fifths - 12 : fifths;
    bool minor = key->mode == NEUME_MODE_MINOR || key->mode == NEUME_MODE_DORIAN || key->mode == NEUME_MODE_PHRYGIAN;
    const char bytes[2] = {(char)fifths, minor};
    return put_meta(l->out, delta, 0x59, bytes, 2);
}

static neume_status put_leading_track(const neume_score *score, const neume_played *played, neume_buffer *out) {
    size_t length_at;
    leading l = {.played = played, .upbeat = find_upbeat(score, played), .out = out};
    const char *title = neume_score_text(score, 'T');
    NEUME_TRY(begin_track(out, &length_at));
    if (title) NEUME_TRY(put_meta(out, 0, 0x03, title, strlen(title)));
    for (;;) {
        int64_t tempo = l.tempo < played->tempo_count ? to_ticks(played->tempi[l.tempo].at) : INT64_MAX;
        int64_t metre = metre_at(&l);
        int64_t key = l.key < played->key_count ? to_ticks(played->keys[l.key].at) : INT64_MAX;
        int64_t next = tempo < metre ? tempo : metre;
        next = key < next ? key : next;
        if (next == INT64_MAX) break;
        int64_t delta = next > l.tick ? next - l.tick : 0;
        NEUME_TRY(next == tempo ? lead_tempo(&l, delta) : next == metre ? lead_metre(&l, delta) : lead_key(&l, delta));
        l.tick += delta;
    }
    return end_track(out, length_at);
}

/* --- a voice's track ---------------------------------------------------------------------------------------------- */

static int channel_of(const neume_score *score, size_t voice) {
    const neume_voice *v = &score->voices[voice];
    if (v->channel >= 1 && v->channel <= CHANNELS) return v->channel - 1;
    int channel = (int)(voice % (CHANNELS - 1));
    return channel >= DRUM_CHANNEL ? channel + 1 : channel;
}

/* The events of a voice: beginnings come in order, ends mostly do. */
typedef struct track {
    events ons, offs;
} track;

static neume_status add_stroke(track *t, int channel, const neume_played_note *n) {
    uint8_t on = (uint8_t)(0x90 | channel), off = (uint8_t)(0x80 | channel), key = (uint8_t)n->pitch;
    NEUME_TRY(add(&t->ons, (event){to_ticks(n->onset), 2, {on, key, (uint8_t)n->velocity}, 3}));
    return add(&t->offs, (event){to_ticks(n->onset + n->ticks), 0, {off, key, 64}, 3});
}

/* A key sounds once at a time: of two strokes at one moment one remains, a later one ends the earlier. */
static neume_status gather(const neume_score *score, const neume_played *played, size_t voice, track *t) {
    size_t last[128] = {0}; /* of each key: its latest end, + 1 */
    int64_t began[128];
    int channel = channel_of(score, voice), program = -1;
    for (size_t i = 0; i < played->note_count; i++) {
        const neume_played_note *n = &played->notes[i];
        if (n->voice != (int16_t)voice) continue;
        if (n->program != program && n->program < NEUME_PROGRAM_DRUMS)
            NEUME_TRY(
                add(&t->ons, (event){to_ticks(n->onset), 1, {(uint8_t)(0xc0 | channel), (uint8_t)n->program, 0}, 2}));
        program = n->program;
        event *before = last[n->pitch] ? &t->offs.items[last[n->pitch] - 1] : NULL;
        int64_t tick = to_ticks(n->onset), end = to_ticks(n->onset + n->ticks);
        if (before && began[n->pitch] == tick) {
            if (before->tick < end) before->tick = end;
            continue;
        }
        if (before && before->tick > tick) before->tick = tick;
        NEUME_TRY(add_stroke(t, channel, n));
        last[n->pitch] = t->offs.count;
        began[n->pitch] = tick;
    }
    return NEUME_OK;
}

static void order(events *e) {
    for (size_t i = 1; i < e->count; i++)
        if (by_tick(&e->items[i - 1], &e->items[i]) > 0) {
            qsort(e->items, e->count, sizeof *e->items, by_tick);
            return;
        }
}

/* A stretch of a track, gathered before it is appended: most events are four or five bytes. */
typedef struct chunk {
    char bytes[4096];
    size_t count;
} chunk;

static neume_status flush(neume_buffer *out, chunk *c) {
    size_t count = c->count;
    c->count = 0;
    return neume_buffer_append(out, c->bytes, count);
}

static neume_status put_event(neume_buffer *out, chunk *c, const event *e, int64_t *tick) {
    enum { LONGEST_EVENT = 8 };
    int64_t delta = e->tick - *tick;
    *tick = e->tick;
    if (c->count + LONGEST_EVENT > sizeof c->bytes) NEUME_TRY(flush(out, c));
    for (int shift = 21; shift > 0; shift -= 7)
        if (delta >> shift) c->bytes[c->count++] = (char)(0x80 | (delta >> shift & 127));
    c->bytes[c->count++] = (char)(delta & 127);
    for (int i = 0; i < e->length; i++) c->bytes[c->count++] = (char)e->bytes[i];
    return NEUME_OK;
}

static neume_status put_voice_track(const neume_score *score, const neume_played *played, size_t voice, track *t,
                                    neume_buffer *out) {
    size_t length_at, on = 0, off = 0;
    int64_t tick = 0;
    chunk gathered;
    gathered.count = 0;
    const char *name = score->voices[voice].name;
    t->ons.count = t->offs.count = 0;
    NEUME_TRY(gather(score, played, voice, t));
    order(&t->ons);
    order(&t->offs);
    NEUME_TRY(begin_track(out, &length_at));
    if (name) NEUME_TRY(put_meta(out, 0, 0x03, name, strlen(name)));
    while (on < t->ons.count || off < t->offs.count) {
        bool ends = off < t->offs.count && (on == t->ons.count || t->offs.items[off].tick <= t->ons.items[on].tick);
        NEUME_TRY(put_event(out, &gathered, ends ? &t->offs.items[off++] : &t->ons.items[on++], &tick));
    }
    NEUME_TRY(flush(out, &gathered));
    return end_track(out, length_at);
}

neume_status neume_midi_write_score(const neume_score *score, neume_buffer *out) {
    neume_played played = {0};
    neume_buffer file = {0};
    track t = {0};
    neume_status status = NEUME_OK;
    NEUME_GO(neume_score_play(score, &played));
    if (to_ticks(played.end) > 0xfffffff) NEUME_GO(neume_fail(NEUME_ELIMIT, "the score is too long for a MIDI file"));
    NEUME_GO(neume_buffer_append(&file, "MThd\0\0\0\6\0\1", 10));
    NEUME_GO(put_big_endian(&file, (uint32_t)(score->voice_count + 1), 2));
    NEUME_GO(put_big_endian(&file, TICKS_A_QUARTER, 2));
    NEUME_GO(put_leading_track(score, &played, &file));
    for (size_t i = 0; i < score->voice_count; i++) NEUME_GO(put_voice_track(score, &played, i, &t, &file));
    NEUME_GO(neume_buffer_append(out, file.data, file.size));
fail:
    neume_buffer_clear(&file);
    neume__free(t.ons.items);
    neume__free(t.offs.items);
    neume_played_clear(&played);
    return status;
}
