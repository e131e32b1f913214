/* From notes to events: the notes are set on the grid once, then any segment can be asked for. */
#include "neume/lm_events.h"

#include <math.h>
#include <stdlib.h>

static const double LATEST_S = (double)NEUME_EVENT_STEP_LAST / NEUME_EVENT_STEPS_PER_S;

/* A note on the grid. */
typedef struct grid_note {
    int64_t on, off; /* steps; off > on, drums have none */
    int32_t pitch, program;
    int32_t velocity; /* degree, 1 .. */
} grid_note;

struct neume_event_encoder {
    grid_note *notes; /* by key: program, pitch, then on */
    size_t count;
    int velocities;
};

/* What happens to a key. */
typedef struct stroke {
    int64_t step; /* of the piece */
    int32_t program, velocity, pitch;
} stroke;

/* --- the grid ----------------------------------------------------------------------------------------------------- */

static bool is_whole(const neume_note *n) {
    return n->onset_s >= 0 && n->onset_s <= LATEST_S && n->offset_s <= LATEST_S * 2 && n->offset_s >= n->onset_s &&
           n->pitch >= 0 && n->pitch < 128 && n->program >= 0 && n->program <= NEUME_PROGRAM_DRUMS;
}

static int32_t degree_of(int velocity, int velocities) {
    if (velocity < 1) velocity = 1;
    if (velocity > 127) velocity = 127;
    return (velocity * velocities + 126) / 127;
}

static grid_note to_grid(const neume_note *n, int velocities) {
    grid_note g = {.on = llround(n->onset_s * NEUME_EVENT_STEPS_PER_S),
                   .off = llround(n->offset_s * NEUME_EVENT_STEPS_PER_S),
                   .pitch = n->pitch,
                   .program = n->program,
                   .velocity = degree_of(n->velocity, velocities)};
    if (g.off <= g.on) g.off = g.on + 1;
    return g;
}

static int by_key(const void *left, const void *right) {
    const grid_note *a = left, *b = right;
    if (a->program != b->program) return a->program - b->program;
    if (a->pitch != b->pitch) return a->pitch - b->pitch;
    return (a->on > b->on) - (a->on < b->on);
}

/* Strokes of a key in one step become one, as long and as loud as any of them; a new stroke ends the note before. */
static void settle_keys(neume_event_encoder *e) {
    size_t kept = 0;
    for (size_t i = 0; i < e->count; i++) {
        const grid_note n = e->notes[i];
        grid_note *before = kept ? &e->notes[kept - 1] : NULL;
        const bool same_key = before && before->program == n.program && before->pitch == n.pitch;
        if (same_key && before->on == n.on) {
            if (n.off > before->off) before->off = n.off;
            if (n.velocity > before->velocity) before->velocity = n.velocity;
            continue;
        }
        if (same_key && before->off > n.on) before->off = n.on;
        e->notes[kept++] = n;
    }
    e->count = kept;
}

neume_status neume_event_encoder_new(const neume_notes *notes, int velocities, neume_event_encoder **out) {
    if (velocities < 1 || velocities > NEUME_EVENT_VELOCITIES_MOST)
        return neume_fail(NEUME_EINVAL, "1 to %d velocities, not %d", NEUME_EVENT_VELOCITIES_MOST, velocities);
    for (size_t i = 0; i < notes->count; i++)
        if (!is_whole(&notes->items[i])) return neume_fail(NEUME_EINVAL, "note %zu is out of range", i);
    neume_event_encoder *e = neume__calloc(1, sizeof *e);
    if (!e) return NEUME_ENOMEM;
    e->notes = neume__calloc(notes->count, sizeof *e->notes);
    if (!e->notes) {
        neume_event_encoder_free(e);
        return NEUME_ENOMEM;
    }
    e->velocities = velocities;
    for (size_t i = 0; i < notes->count; i++) e->notes[e->count++] = to_grid(&notes->items[i], velocities);
    if (e->count) qsort(e->notes, e->count, sizeof *e->notes, by_key);
    settle_keys(e);
    *out = e;
    return NEUME_OK;
}

void neume_event_encoder_free(neume_event_encoder *encoder) {
    if (!encoder) return;
    neume__free(encoder->notes);
    neume__free(encoder);
}

/* --- a segment ---------------------------------------------------------------------------------------------------- */

typedef struct speaker {
    const neume_event_encoder *encoder;
    neume_tokens *out;
    int64_t step; /* what was said last; -1 = nothing yet */
    int32_t program, velocity;
} speaker;

static neume_status say(const speaker *s, neume_event_kind kind, int32_t value) {
    return neume_tokens_add(s->out, neume_event_token((neume_event){kind, value}, s->encoder->velocities));
}

static neume_status say_program(speaker *s, int32_t program) {
    if (program == s->program) return NEUME_OK;
    s->program = program;
    return say(s, NEUME_EVENT_PROGRAM, program);
}

static neume_status say_ties(speaker *s, int64_t first_step) {
    for (size_t i = 0; i < s->encoder->count; i++) {
        const grid_note *n = &s->encoder->notes[i];
        if (n->program == NEUME_PROGRAM_DRUMS || n->on >= first_step || n->off < first_step) continue;
        NEUME_TRY(say_program(s, n->program));
        NEUME_TRY(say(s, NEUME_EVENT_NOTE, n->pitch));
    }
    return say(s, NEUME_EVENT_TIE, 0);
}

static neume_status say_stroke(speaker *s, const stroke *now, int64_t first_step) {
    const bool drum = now->program == NEUME_PROGRAM_DRUMS;
    if (now->step != s->step) NEUME_TRY(say(s, NEUME_EVENT_TIME, (int32_t)(now->step - first_step)));
    s->step = now->step;
    if (!drum) NEUME_TRY(say_program(s, now->program));
    if (now->velocity != s->velocity) NEUME_TRY(say(s, NEUME_EVENT_VELOCITY, now->velocity));
    s->velocity = now->velocity;
    return say(s, drum ? NEUME_EVENT_DRUM : NEUME_EVENT_NOTE, now->pitch);
}

/* MT3's order: of what happens at once, instrument by instrument, ends come first. */
static int by_time(const void *left, const void *right) {
    const stroke *a = left, *b = right;
    if (a->step != b->step) return a->step < b->step ? -1 : 1;
    if (a->program != b->program) return a->program - b->program;
    if (a->velocity != b->velocity) return a->velocity - b->velocity;
    return a->pitch - b->pitch;
}

typedef struct strokes {
    stroke *items;
    size_t count, capacity;
} strokes;

static neume_status add_stroke(strokes *list, const grid_note *n, int64_t step, int32_t velocity) {
    NEUME_TRY(neume__grow((void **)&list->items, &list->capacity, list->count + 1, sizeof *list->items));
    list->items[list->count++] = (stroke){.step = step, .program = n->program, .velocity = velocity, .pitch = n->pitch};
    return NEUME_OK;
}

static neume_status find_strokes(const neume_event_encoder *e, int64_t first_step, int64_t end_step, strokes *out) {
    for (size_t i = 0; i < e->count; i++) {
        const grid_note *n = &e->notes[i];
        const bool ends = n->program != NEUME_PROGRAM_DRUMS && n->off >= first_step && n->off < end_step;
        if (n->on >= first_step && n->on < end_step) NEUME_TRY(add_stroke(out, n, n->on, n->velocity));
        if (ends) NEUME_TRY(add_stroke(out, n, n->off, 0));
    }
    if (out->count) qsort(out->items, out->count, sizeof *out->items, by_time);
    return NEUME_OK;
}

neume_status neume_event_encode(const neume_event_encoder *encoder, int64_t first_step, int64_t steps,
                                neume_tokens *out) {
    if (first_step < 0 || first_step > NEUME_EVENT_STEP_LAST || steps < 1 || steps > NEUME_EVENT_STEPS)
        return neume_fail(NEUME_EINVAL, "a segment has 1 to %d steps", NEUME_EVENT_STEPS);
    speaker s = {.encoder = encoder, .out = out, .step = -1, .program = -1, .velocity = -1};
    strokes found = {0};
    neume_status status = find_strokes(encoder, first_step, first_step + steps, &found);
    if (!status) status = say(&s, NEUME_EVENT_BEGIN, 0);
    if (!status) status = say_ties(&s, first_step);
    for (size_t i = 0; i < found.count && !status; i++) status = say_stroke(&s, &found.items[i], first_step);
    if (!status) status = say(&s, NEUME_EVENT_END, 0);
    neume__free(found.items);
    return status;
}
