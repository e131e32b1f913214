/* Standard MIDI Files to notes.
 *
 * A file is chunks; a track chunk is a row of (delta time, event). Three passes: read every track's events with their
 * tick, put them in one order of time, then walk that order with the tempo turning ticks into seconds and sixteen
 * channels each remembering program, pedal and sounding keys. Source: The Complete MIDI 1.0 Detailed Specification, and
 * Standard MIDI Files 1.0 (RP-001). */
#include "neume/notation.h"

#include "gather.h"
#include "note_check.h"

#include <stdlib.h>
#include <string.h>

enum { CHANNELS = 16, KEYS = 128, DRUM_CHANNEL = 9, EVENTS_MAX = 64 << 20, TRACKS_MAX = 65536, CONTROL_PEDAL = 64 };
static const double SHORTEST_S = 0.001;

typedef enum event_kind {
    EVENT_TEMPO,
    EVENT_METRE,
    EVENT_KEY,
    EVENT_CHANNEL
} event_kind; /* at one tick in this order */

typedef struct event {
    int64_t tick;
    uint32_t order; /* where it stood in the file */
    uint32_t tempo_us;
    uint16_t track;
    uint8_t kind, status, a, b; /* of a metre: beats, and the unit's power of two; of a key: sharps, and 1 for minor */
} event;

typedef struct events {
    event *items;
    size_t count, capacity;
} events;

/* Bytes being read; `short_of` is set once a read runs past the end. */
typedef struct reader {
    const uint8_t *at, *end;
    bool short_of;
} reader;

static uint8_t byte(reader *r) {
    if (r->at < r->end) return *r->at++;
    r->short_of = true;
    return 0;
}

static uint32_t big_endian(reader *r, int bytes) {
    uint32_t value = 0;
    while (bytes--) value = value << 8 | byte(r);
    return value;
}

/* Seven bits a byte, at most four bytes (RP-001). */
static uint32_t variable_length(reader *r) {
    uint32_t value = 0;
    for (int i = 0; i < 4; i++) {
        uint8_t next = byte(r);
        value = value << 7 | (next & 127);
        if (next < 128) return value;
    }
    r->short_of = true;
    return 0;
}

static void skip(reader *r, uint32_t count) {
    if ((size_t)(r->end - r->at) < count) {
        r->at = r->end;
        r->short_of = true;
    } else
        r->at += count;
}

static neume_status add_event(events *all, event e) {
    if (all->count >= EVENTS_MAX) return neume_fail(NEUME_ELIMIT, "a MIDI file with more than %d events", EVENTS_MAX);
    NEUME_TRY(neume__grow((void **)&all->items, &all->capacity, all->count + 1, sizeof *all->items));
    e.order = (uint32_t)all->count;
    all->items[all->count++] = e;
    return NEUME_OK;
}

static neume_status read_meta(reader *r, event e, events *all) {
    enum { TEMPO = 0x51, METRE = 0x58, KEY = 0x59 };
    const uint8_t what = byte(r);
    const uint32_t length = variable_length(r);
    const reader before = *r;
    if (what == TEMPO && length == 3) {
        e.kind = EVENT_TEMPO;
        e.tempo_us = big_endian(r, 3);
    } else if ((what == METRE || what == KEY) && length >= 2) {
        e.kind = what == METRE ? EVENT_METRE : EVENT_KEY;
        e.a = byte(r), e.b = byte(r);
    }
    const bool known = r->at > before.at && !r->short_of;
    *r = before;
    skip(r, length);
    return known ? add_event(all, e) : NEUME_OK;
}

static neume_status read_channel_message(reader *r, event e, events *all) {
    bool two = (e.status & 0xf0) != 0xc0 && (e.status & 0xf0) != 0xd0;
    e.kind = EVENT_CHANNEL;
    e.a = byte(r) & 127;
    e.b = two ? byte(r) & 127 : 0;
    return r->short_of ? NEUME_OK : add_event(all, e);
}

/* Reads until the track's end or the first sign of damage; what came before counts. */
static neume_status read_track(reader r, uint16_t track, events *all) {
    int64_t tick = 0;
    uint8_t running = 0; /* kept over meta events and SysEx: some writers do, though RP-001 has them cancel it */
    while (r.at < r.end && !r.short_of) {
        tick += variable_length(&r);
        if (r.at >= r.end) break;
        uint8_t status = *r.at & 128 ? byte(&r) : running;
        if (status < 0xf0) running = status;
        event e = {.tick = tick, .track = track, .status = status};
        if (status == 0xff)
            NEUME_TRY(read_meta(&r, e, all));
        else if (status == 0xf0 || status == 0xf7)
            skip(&r, variable_length(&r));
        else if (status >= 0x80 && status < 0xf0)
            NEUME_TRY(read_channel_message(&r, e, all));
        else
            return NEUME_OK; /* no status to run on, or a system message that files do not hold */
    }
    return NEUME_OK;
}

static neume_status read_chunks(reader *r, events *all) {
    uint32_t tracks = 0;
    while (r->end - r->at >= 8) {
        bool is_track = memcmp(r->at, "MTrk", 4) == 0;
        r->at += 4;
        uint32_t size = big_endian(r, 4);
        size_t left = (size_t)(r->end - r->at), here = size < left ? size : left;
        if (is_track && tracks >= TRACKS_MAX)
            return neume_fail(NEUME_ELIMIT, "a MIDI file with more than %d tracks", TRACKS_MAX);
        if (is_track) NEUME_TRY(read_track((reader){r->at, r->at + here, false}, (uint16_t)tracks++, all));
        r->at += here;
    }
    return NEUME_OK;
}

static int by_time(const void *a, const void *b) {
    const event *x = a, *y = b;
    if (x->tick != y->tick) return x->tick < y->tick ? -1 : 1;
    if (x->kind != y->kind) return x->kind < y->kind ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

/* --- playing the events ------------------------------------------------------------------------------------------- */

typedef struct sounding {
    bool on, held; /* held: the key is up, the pedal keeps it */
    double onset_s;
    int16_t velocity, program, part;
} sounding;

typedef struct player {
    sounding keys[CHANNELS][KEYS];
    bool pedal[CHANNELS];
    int16_t program[CHANNELS];
    int32_t *part_of; /* (tracks used, CHANNELS): part + 1, 0 = not met */
    int16_t parts;
    neume_notes notes;
} player;

static neume_status end_note(player *p, int channel, int key, double time_s) {
    sounding *s = &p->keys[channel][key];
    if (!s->on) return NEUME_OK;
    s->on = false;
    double least_s = s->onset_s + SHORTEST_S;
    return neume_notes_add(&p->notes, (neume_note){s->onset_s, time_s > least_s ? time_s : least_s, (int16_t)key,
                                                   s->velocity, s->program, s->part, 1});
}

static int16_t part_of(player *p, const event *e) {
    int32_t *part = &p->part_of[(size_t)e->track * CHANNELS + (e->status & 15)];
    if (!*part) {
        *part = p->parts + 1;
        if (p->parts < INT16_MAX - 1) p->parts++;
    }
    return (int16_t)(*part - 1);
}

static neume_status note_on(player *p, const event *e, double time_s) {
    int channel = e->status & 15;
    NEUME_TRY(end_note(p, channel, e->a, time_s));
    p->keys[channel][e->a] = (sounding){.on = true,
                                        .onset_s = time_s,
                                        .velocity = e->b,
                                        .program = channel == DRUM_CHANNEL ? NEUME_PROGRAM_DRUMS : p->program[channel],
                                        .part = part_of(p, e)};
    return NEUME_OK;
}

static neume_status note_off(player *p, int channel, int key, double time_s) {
    sounding *s = &p->keys[channel][key];
    if (!s->on || s->held) return NEUME_OK;
    if (!p->pedal[channel]) return end_note(p, channel, key, time_s);
    s->held = true;
    return NEUME_OK;
}

static neume_status set_pedal(player *p, int channel, bool down, double time_s) {
    bool released = p->pedal[channel] && !down;
    p->pedal[channel] = down;
    for (int key = 0; key < KEYS && released; key++)
        if (p->keys[channel][key].held) {
            NEUME_TRY(end_note(p, channel, key, time_s));
            p->keys[channel][key].held = false;
        }
    return NEUME_OK;
}

static neume_status play(player *p, const event *e, double time_s) {
    int channel = e->status & 15;
    switch (e->status & 0xf0) {
    case 0x80:
        return note_off(p, channel, e->a, time_s);
    case 0x90:
        return e->b ? note_on(p, e, time_s) : note_off(p, channel, e->a, time_s);
    case 0xb0:
        return e->a == CONTROL_PEDAL ? set_pedal(p, channel, e->b >= 64, time_s) : NEUME_OK;
    case 0xc0:
        p->program[channel] = e->a;
        return NEUME_OK;
    default:
        return NEUME_OK;
    }
}

/* How long a tick lasts; a tempo event changes it, except in SMPTE time, which ignores tempo. */
typedef struct tick_length {
    double seconds;       /* at the start 120 quarters a minute */
    uint32_t per_quarter; /* 0: SMPTE */
} tick_length;

static neume_status read_division(uint32_t division, tick_length *out) {
    if (division & 0x8000) {
        int frames = 256 - (int)(division >> 8), ticks = (int)(division & 255);
        if (ticks == 0) return neume_fail(NEUME_EFORMAT, "a MIDI file without a time division");
        *out = (tick_length){1 / ((frames == 29 ? 30000.0 / 1001 : frames) * ticks), 0};
        return NEUME_OK;
    }
    if (!division) return neume_fail(NEUME_EFORMAT, "a MIDI file without a time division");
    *out = (tick_length){0.5 / division, division};
    return NEUME_OK;
}

static neume_status play_all(player *p, const events *all, tick_length tick) {
    double time_s = 0, end_s = 0;
    int64_t last = 0;
    for (size_t i = 0; i < all->count; i++) {
        const event *e = &all->items[i];
        time_s += (double)(e->tick - last) * tick.seconds;
        last = e->tick;
        if (time_s > NEUME__NOTATION_LONGEST_S)
            return neume_fail(NEUME_ELIMIT, "a MIDI file longer than %g s", NEUME__NOTATION_LONGEST_S);
        if (e->kind == EVENT_CHANNEL) {
            NEUME_TRY(play(p, e, time_s));
            end_s = time_s; /* the file's music ends with its last channel message, whatever tempo is set after it */
        } else if (e->kind == EVENT_TEMPO && tick.per_quarter)
            tick.seconds = e->tempo_us / 1e6 / tick.per_quarter;
    }
    for (int channel = 0; channel < CHANNELS; channel++)
        for (int key = 0; key < KEYS; key++) NEUME_TRY(end_note(p, channel, key, end_s));
    return NEUME_OK;
}

static size_t tracks_used(const events *all) {
    size_t used = 1;
    for (size_t i = 0; i < all->count; i++)
        if (all->items[i].track >= used) used = all->items[i].track + 1u;
    return used;
}

/* A file's events in order of time, and how long its ticks are. */
typedef struct midi_file {
    events all;
    tick_length tick;
} midi_file;

static neume_status read_file(const void *bytes, size_t count, midi_file *out) {
    reader r = {bytes, (const uint8_t *)bytes + count, false};
    if (count < 14 || memcmp(bytes, "MThd", 4) != 0) return neume_fail(NEUME_EFORMAT, "not a MIDI file");
    r.at += 4;
    uint32_t header = big_endian(&r, 4), format = big_endian(&r, 2);
    r.at += 2;
    NEUME_TRY(read_division(big_endian(&r, 2), &out->tick));
    if (header < 6 || format > 1) return neume_fail(NEUME_EFORMAT, "a MIDI file of unknown format %u", format);
    skip(&r, header - 6);
    const neume_status status = read_chunks(&r, &out->all);
    if (status) {
        neume__free(out->all.items);
        return status;
    }
    if (out->all.count) qsort(out->all.items, out->all.count, sizeof *out->all.items, by_time);
    return NEUME_OK;
}

neume_status neume_midi_read_notes(const void *bytes, size_t count, neume_notes *out) {
    midi_file file = {0};
    neume_status status;
    NEUME_TRY(read_file(bytes, count, &file));
    player *p = neume__calloc(1, sizeof *p);
    if (p) p->part_of = neume__calloc(tracks_used(&file.all) * CHANNELS, sizeof *p->part_of);
    NEUME_GO(p && p->part_of ? NEUME_OK : NEUME_ENOMEM);
    NEUME_GO(play_all(p, &file.all, file.tick));
    neume_notes_sort(&p->notes);
    *out = p->notes;
    p->notes = (neume_notes){0};
fail:
    neume__free(file.all.items);
    if (p) {
        neume_notes_clear(&p->notes);
        neume__free(p->part_of);
    }
    neume__free(p);
    return status;
}

/* --- its clock ---------------------------------------------------------------------------------------------------- */

static neume_status add_tempo(neume_clock *clock, double quarters, double quarter_s) {
    neume_clock_tempo next = {0, quarters, quarter_s};
    if (clock->tempo_count) next.time_s = neume_clock_seconds(clock, quarters);
    if (clock->tempo_count && clock->tempi[clock->tempo_count - 1].quarters >= quarters) clock->tempo_count--;
    NEUME_TRY(
        neume__grow((void **)&clock->tempi, &clock->tempo_capacity, clock->tempo_count + 1, sizeof *clock->tempi));
    clock->tempi[clock->tempo_count++] = next;
    return NEUME_OK;
}

static neume_status add_metre(neume_clock *clock, double quarters, const event *e) {
    enum { BEATS_MOST = 64, POWER_MOST = 6 };
    if (!e->a || e->a > BEATS_MOST || e->b > POWER_MOST) return NEUME_OK;
    const neume_clock_metre next = {quarters, {.beats = e->a, .unit = (int16_t)(1 << e->b)}};
    if (clock->metre_count && clock->metres[clock->metre_count - 1].quarters >= quarters) clock->metre_count--;
    NEUME_TRY(
        neume__grow((void **)&clock->metres, &clock->metre_capacity, clock->metre_count + 1, sizeof *clock->metres));
    clock->metres[clock->metre_count++] = next;
    return NEUME_OK;
}

static neume_status add_key(neume_clock *clock, double quarters, const event *e) {
    const int fifths = e->a < 128 ? e->a : e->a - 256;
    if (fifths < -7 || fifths > 7 || e->b > 1) return NEUME_OK;
    if (clock->key_count && clock->keys[clock->key_count - 1].quarters >= quarters) clock->key_count--;
    NEUME_TRY(neume__grow((void **)&clock->keys, &clock->key_capacity, clock->key_count + 1, sizeof *clock->keys));
    clock->keys[clock->key_count++] =
        (neume_clock_key){quarters, neume__key_of_fifths(fifths, e->b ? NEUME_MODE_MINOR : NEUME_MODE_MAJOR)};
    return NEUME_OK;
}

neume_status neume_midi_read_clock(const void *bytes, size_t count, neume_clock *out) {
    midi_file file = {0};
    neume_clock made = {0};
    neume_status status = NEUME_OK;
    NEUME_TRY(read_file(bytes, count, &file));
    const double a_quarter = file.tick.per_quarter;
    if (a_quarter > 0) NEUME_GO(add_tempo(&made, 0, file.tick.seconds * a_quarter));
    for (size_t i = 0; i < file.all.count && a_quarter > 0; i++) {
        const event *e = &file.all.items[i];
        const double quarters = (double)e->tick / a_quarter;
        if (e->kind == EVENT_TEMPO) NEUME_GO(add_tempo(&made, quarters, e->tempo_us / 1e6));
        if (e->kind == EVENT_METRE) NEUME_GO(add_metre(&made, quarters, e));
        if (e->kind == EVENT_KEY) NEUME_GO(add_key(&made, quarters, e));
    }
    *out = made;
    made = (neume_clock){0};
fail:
    neume_clock_clear(&made);
    neume__free(file.all.items);
    return status;
}
