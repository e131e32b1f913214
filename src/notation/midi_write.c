/* Notes to a Standard MIDI File that every player and our own reader understand.
 *
 * Notes become strokes (ticks, channel, key); a key of a channel can sound only once at a time, so a stroke ends where
 * the next of its key begins. Strokes become note-on and note-off events, grouped into one track per program; at one
 * tick note-offs go first. Up to 15 pitched programs have a channel each. With more, the least used share channel 16:
 * there each note-on follows its own program change, since tracks are merged by tick and then by their order in the
 * file. */
#include "neume/notation.h"

#include "note_check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    TICKS_A_QUARTER = 480,
    QUARTER_US = 500000, /* 120 quarters a minute */
    TICKS_A_SECOND = 960,
    PROGRAMS = NEUME_PROGRAM_DRUMS + 1,
    PITCHED_CHANNELS = 15,
    DRUM_CHANNEL = 9,
    SHARED_CHANNEL = 15,
    SUSTAIN = 64, /* the controller */
};
static const double BEND_RANGE_CENTS = 200; /* what a wheel spans when nothing else is said */

typedef struct stroke {
    int32_t on, off; /* ticks */
    int16_t program;
    uint8_t channel, key, velocity;
    size_t note; /* which of the notes it is */
} stroke;

/* What happens at one tick happens in this order. */
typedef enum event_kind { NOTE_OFF, PEDAL, BEND, NOTE_ON } event_kind;

typedef struct midi_event {
    int32_t tick;
    int16_t program;
    uint8_t kind, channel, key, value; /* the two data bytes: key and velocity, control and value, low and high bits */
} midi_event;

typedef struct midi_events {
    midi_event *items;
    size_t count, capacity;
} midi_events;

static neume_status add_event(midi_events *events, midi_event one) {
    NEUME_TRY(neume__grow((void **)&events->items, &events->capacity, events->count + 1, sizeof *events->items));
    events->items[events->count++] = one;
    return NEUME_OK;
}

/* Which channel each program plays on. */
typedef struct layout {
    size_t used[PROGRAMS]; /* notes */
    uint8_t channel[PROGRAMS];
    bool shares[PROGRAMS];
} layout;

/* Marks the least used pitched program that does not share yet. */
static void share_least_used(layout *l) {
    int least = -1;
    for (int p = 0; p < NEUME_PROGRAM_DRUMS; p++)
        if (l->used[p] && !l->shares[p] && (least < 0 || l->used[p] <= l->used[least])) least = p;
    if (least >= 0) l->shares[least] = true;
}

static layout lay_out(const neume_notes *notes) {
    layout l = {0};
    for (size_t i = 0; i < notes->count; i++) l.used[notes->items[i].program]++;
    int pitched = 0;
    for (int p = 0; p < NEUME_PROGRAM_DRUMS; p++) pitched += l.used[p] > 0;
    for (int alone = pitched; pitched > PITCHED_CHANNELS && alone >= PITCHED_CHANNELS; alone--) share_least_used(&l);
    uint8_t next = 0;
    for (int p = 0; p < NEUME_PROGRAM_DRUMS; p++) {
        if (!l.used[p]) continue;
        l.channel[p] = l.shares[p] ? SHARED_CHANNEL : next;
        if (!l.shares[p]) next = (uint8_t)(next + 1 == DRUM_CHANNEL ? next + 2 : next + 1);
    }
    l.channel[NEUME_PROGRAM_DRUMS] = DRUM_CHANNEL;
    return l;
}

/* By channel and key, then onset; of strokes that start together the longest first. */
static int by_key(const void *left, const void *right) {
    const stroke *a = left, *b = right;
    if (a->channel != b->channel) return a->channel - b->channel;
    if (a->key != b->key) return a->key - b->key;
    if (a->on != b->on) return a->on < b->on ? -1 : 1;
    if (a->off != b->off) return a->off > b->off ? -1 : 1;
    if (a->program != b->program) return a->program - b->program;
    return b->velocity - a->velocity;
}

/* Lets each key of a channel sound once at a time. @return how many strokes remain */
static size_t part_strokes(stroke *strokes, size_t count) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        stroke s = strokes[i], *before = kept ? &strokes[kept - 1] : NULL;
        if (before && before->channel == s.channel && before->key == s.key) {
            if (before->on == s.on) continue;
            /* Another program's note-off may come later in the file at the same tick: it must not meet this stroke. */
            int32_t latest = before->program == s.program ? s.on : s.on - 1;
            if (before->off > latest) before->off = latest;
            if (before->off <= before->on) kept--;
        }
        strokes[kept++] = s;
    }
    return kept;
}

static int by_track(const void *left, const void *right) {
    const midi_event *a = left, *b = right;
    if (a->program != b->program) return a->program - b->program;
    if (a->tick != b->tick) return a->tick < b->tick ? -1 : 1;
    if (a->kind != b->kind) return a->kind - b->kind;
    return a->key - b->key;
}

static int32_t tick_of(double time_s) {
    return (int32_t)lround(time_s * TICKS_A_SECOND);
}

/* Where the pedal's program shares its channel, the pedal would hold others' notes too: it is left out. */
static neume_status add_pedals(const neume_pedals *pedals, const layout *l, midi_events *events) {
    const int16_t program = pedals->program;
    if (!l->used[program] || l->shares[program]) return NEUME_OK;
    for (size_t i = 0; i < pedals->count; i++) {
        const neume_pedal *p = &pedals->items[i];
        midi_event e = {tick_of(p->down_s), program, PEDAL, l->channel[program], SUSTAIN, 127};
        NEUME_TRY(add_event(events, e));
        e.tick = tick_of(p->up_s);
        e.value = 0;
        NEUME_TRY(add_event(events, e));
    }
    return NEUME_OK;
}

static neume_status add_bend(midi_events *events, const stroke *s, int32_t tick, double cents) {
    int value = 8192 + (int)lround(fmin(fmax(cents, -BEND_RANGE_CENTS), BEND_RANGE_CENTS) / BEND_RANGE_CENTS * 8191);
    return add_event(events,
                     (midi_event){tick, s->program, BEND, s->channel, (uint8_t)(value & 127), (uint8_t)(value >> 7)});
}

/* The wheel while one stroke sounds: at its beginning, and whenever it has moved by two cents or more. */
static neume_status add_bends_of(const stroke *s, const neume_bend *bend, midi_events *events) {
    double last = bend && bend->count ? (double)bend->cents[0] : 0;
    NEUME_TRY(add_bend(events, s, s->on, last));
    for (size_t i = 1; bend && i < bend->count; i++) {
        int32_t tick = s->on + tick_of((double)i * NEUME_BEND_STEP_S);
        if (tick >= s->off || fabs((double)bend->cents[i] - last) < 2) continue;
        last = (double)bend->cents[i];
        NEUME_TRY(add_bend(events, s, tick, last));
    }
    return NEUME_OK;
}

static int by_channel_and_time(const void *left, const void *right) {
    const stroke *a = left, *b = right;
    if (a->channel != b->channel) return a->channel - b->channel;
    if (a->on != b->on) return a->on < b->on ? -1 : 1;
    return a->key - b->key;
}

/* Strokes come ordered by channel and time. A stroke that meets another of its channel plays straight. */
static neume_status add_all_bends(const neume_notes *notes, const neume_bends *bends, stroke *strokes, size_t count,
                                  midi_events *events) {
    int32_t end = -1;
    if (count) qsort(strokes, count, sizeof *strokes, by_channel_and_time);
    for (size_t i = 0; i < count; i++) {
        const stroke *s = &strokes[i], *next = i + 1 < count ? s + 1 : NULL;
        if (i && s->channel != s[-1].channel) end = -1;
        bool alone = s->on >= end && !(next && next->channel == s->channel && next->on < s->off);
        if (s->off > end) end = s->off;
        if (s->channel == DRUM_CHANNEL) continue;
        NEUME_TRY(add_bends_of(s, alone ? neume_bends_find(bends, &notes->items[s->note]) : NULL, events));
    }
    return NEUME_OK;
}

static neume_status make_events(const neume_notes *notes, const neume_performance *performance, const layout *l,
                                stroke *strokes, midi_events *events) {
    for (size_t i = 0; i < notes->count; i++) {
        const neume_note *n = &notes->items[i];
        int32_t on = tick_of(n->onset_s), off = tick_of(n->offset_s);
        strokes[i] = (stroke){
            on, off > on ? off : on + 1, n->program, l->channel[n->program], (uint8_t)n->pitch, (uint8_t)n->velocity,
            i};
    }
    if (notes->count) qsort(strokes, notes->count, sizeof *strokes, by_key);
    size_t kept = part_strokes(strokes, notes->count);
    for (size_t i = 0; i < kept; i++) {
        const stroke *s = &strokes[i];
        NEUME_TRY(add_event(events, (midi_event){s->on, s->program, NOTE_ON, s->channel, s->key, s->velocity}));
        NEUME_TRY(add_event(events, (midi_event){s->off, s->program, NOTE_OFF, s->channel, s->key, 0}));
    }
    if (performance->pedals) NEUME_TRY(add_pedals(performance->pedals, l, events));
    if (performance->bends) NEUME_TRY(add_all_bends(notes, performance->bends, strokes, kept, events));
    if (events->count) qsort(events->items, events->count, sizeof *events->items, by_track);
    return NEUME_OK;
}

/* --- bytes -------------------------------------------------------------------------------------------------------- */

static neume_status put_big_endian(neume_buffer *out, uint32_t value, int bytes) {
    uint8_t data[4];
    for (int i = 0; i < bytes; i++) data[i] = (uint8_t)(value >> 8 * (bytes - 1 - i));
    return neume_buffer_append(out, data, (size_t)bytes);
}

static neume_status put_delta(neume_buffer *out, uint32_t ticks) {
    uint8_t data[4];
    int first = 3;
    data[3] = ticks & 127;
    while ((ticks >>= 7) && first) data[--first] = (uint8_t)(128 | (ticks & 127));
    return neume_buffer_append(out, data + first, (size_t)(4 - first));
}

static neume_status put_track(neume_buffer *out, const neume_buffer *track) {
    static const uint8_t end[] = {0, 0xff, 0x2f, 0};
    NEUME_TRY(neume_buffer_append(out, "MTrk", 4));
    NEUME_TRY(put_big_endian(out, (uint32_t)(track->size + sizeof end), 4));
    NEUME_TRY(neume_buffer_append(out, track->data, track->size));
    return neume_buffer_append(out, end, sizeof end);
}

static neume_status put_program_change(neume_buffer *track, uint32_t delta, const midi_event *e) {
    uint8_t change[] = {(uint8_t)(0xc0 | e->channel), (uint8_t)e->program};
    NEUME_TRY(put_delta(track, delta));
    return neume_buffer_append(track, change, sizeof change);
}

/* Writes the events of one program. @p count >= 1 */
static neume_status fill_track(neume_buffer *track, const midi_event *events, size_t count, bool shares) {
    const char *name = neume_program_name(events[0].program);
    uint8_t head[] = {0, 0xff, 3, (uint8_t)strlen(name)};
    NEUME_TRY(neume_buffer_append(track, head, sizeof head));
    NEUME_TRY(neume_buffer_append(track, name, strlen(name)));
    if (events[0].channel != DRUM_CHANNEL) NEUME_TRY(put_program_change(track, 0, &events[0]));
    int32_t last = 0;
    for (size_t i = 0; i < count; i++) {
        const midi_event *e = &events[i];
        uint32_t delta = (uint32_t)(e->tick - last);
        last = e->tick;
        if (shares && e->kind == NOTE_ON) {
            NEUME_TRY(put_program_change(track, delta, e));
            delta = 0;
        }
        static const uint8_t status_of[] = {[NOTE_OFF] = 0x80, [PEDAL] = 0xb0, [BEND] = 0xe0, [NOTE_ON] = 0x90};
        uint8_t message[] = {(uint8_t)(status_of[e->kind] | e->channel), e->key, e->value};
        NEUME_TRY(put_delta(track, delta));
        NEUME_TRY(neume_buffer_append(track, message, sizeof message));
    }
    return NEUME_OK;
}

static neume_status put_head(neume_buffer *out, uint32_t tracks) {
    static const uint8_t tempo[] = {0, 0xff, 0x51, 3, QUARTER_US >> 16, QUARTER_US >> 8 & 255, QUARTER_US & 255,
                                    0, 0xff, 0x2f, 0};
    NEUME_TRY(neume_buffer_append(out, "MThd", 4));
    NEUME_TRY(put_big_endian(out, 6, 4));
    NEUME_TRY(put_big_endian(out, 1, 2)); /* format 1: tracks that sound together */
    NEUME_TRY(put_big_endian(out, tracks, 2));
    NEUME_TRY(put_big_endian(out, TICKS_A_QUARTER, 2));
    NEUME_TRY(neume_buffer_append(out, "MTrk", 4));
    NEUME_TRY(put_big_endian(out, sizeof tempo, 4));
    return neume_buffer_append(out, tempo, sizeof tempo);
}

static neume_status put_tracks(neume_buffer *file, const layout *l, const midi_event *events, size_t count) {
    uint32_t tracks = 1; /* the tempo's */
    for (size_t i = 0; i < count; i++) tracks += i == 0 || events[i].program != events[i - 1].program;
    neume_status status = put_head(file, tracks);
    neume_buffer track = {0};
    for (size_t from = 0, to; from < count && !status; from = to) {
        for (to = from; to < count && events[to].program == events[from].program;) to++;
        track.size = 0;
        status = fill_track(&track, events + from, to - from, l->shares[events[from].program]);
        if (!status) status = put_track(file, &track);
    }
    neume_buffer_clear(&track);
    return status;
}

static neume_status check_pedals(const neume_pedals *pedals) {
    double last_s = 0;
    if (pedals->program < 0 || pedals->program >= NEUME_PROGRAM_DRUMS)
        return neume_fail(NEUME_EINVAL, "a pedal of program %d", pedals->program);
    for (size_t i = 0; i < pedals->count; i++) {
        const neume_pedal *p = &pedals->items[i];
        if (!(p->down_s >= last_s && p->up_s > p->down_s && p->up_s <= NEUME__NOTATION_LONGEST_S))
            return neume_fail(NEUME_EINVAL, "pedal %zu is held from %g to %g s", i + 1, p->down_s, p->up_s);
        last_s = p->up_s;
    }
    return NEUME_OK;
}

neume_status neume_midi_write_performance(const neume_notes *notes, const neume_performance *performance,
                                          neume_buffer *out) {
    NEUME_TRY(neume__notes_check(notes));
    if (performance->pedals) NEUME_TRY(check_pedals(performance->pedals));
    layout l = lay_out(notes);
    neume_buffer file = {0};
    midi_events events = {0};
    neume_status status = NEUME_OK;
    stroke *strokes = neume__calloc(notes->count, sizeof *strokes);
    NEUME_GO(strokes ? NEUME_OK : NEUME_ENOMEM);
    NEUME_GO(make_events(notes, performance, &l, strokes, &events));
    NEUME_GO(put_tracks(&file, &l, events.items, events.count));
    NEUME_GO(neume_buffer_append(out, file.data, file.size));
fail:
    neume_buffer_clear(&file);
    neume__free(events.items);
    neume__free(strokes);
    return status;
}

neume_status neume_midi_write_notes(const neume_notes *notes, neume_buffer *out) {
    return neume_midi_write_performance(notes, &(neume_performance){0}, out);
}
