/* From events to notes. A table knows for each key which note sounds on it; whatever ids come, a key has at most one,
 * notes are longer than nothing, and time goes forward. */
#include "neume/lm_events.h"

#include <math.h>
#include <string.h>

enum { PITCHES = 128, PROGRAMS = 128, DRUM_ROW = NEUME_PROGRAM_DRUMS };

struct neume_event_decoder {
    int velocities;
    int64_t end_step; /* of the segments read */
    neume_notes notes;
    size_t last[PROGRAMS + 1][PITCHES]; /* the entry of notes that sounds on a key, or a drum's last; 0 = none, else
                                           the entry + 1 */
    bool tied[PROGRAMS][PITCHES];       /* said before TIE to sound on */
    size_t ignored;
};

/* How a segment is understood so far. */
typedef struct segment {
    int64_t first_step, steps;
    int64_t at; /* of the segment; -1 = at no time */
    int32_t program, velocity;
    bool in_ties;
} segment;

neume_status neume_event_decoder_new(int velocities, neume_event_decoder **out) {
    if (velocities < 1 || velocities > NEUME_EVENT_VELOCITIES_MOST)
        return neume_fail(NEUME_EINVAL, "1 to %d velocities, not %d", NEUME_EVENT_VELOCITIES_MOST, velocities);
    neume_event_decoder *d = neume__calloc(1, sizeof *d);
    if (!d) return NEUME_ENOMEM;
    d->velocities = velocities;
    *out = d;
    return NEUME_OK;
}

void neume_event_decoder_free(neume_event_decoder *decoder) {
    if (!decoder) return;
    neume_notes_clear(&decoder->notes);
    neume__free(decoder);
}

/* --- notes -------------------------------------------------------------------------------------------------------- */

static double seconds(int64_t step) {
    return (double)step / NEUME_EVENT_STEPS_PER_S;
}

static int64_t onset_step(const neume_note *note) {
    return llround(note->onset_s * NEUME_EVENT_STEPS_PER_S);
}

/* The middle of what a degree stands for. */
static int16_t velocity_of(int32_t degree, int velocities) {
    const int least = (degree - 1) * 127 / velocities + 1, most = degree * 127 / velocities;
    return (int16_t)((least + most) / 2);
}

static bool end_note(neume_event_decoder *d, int32_t program, int32_t pitch, int64_t step) {
    size_t *last = &d->last[program][pitch];
    neume_note *note = *last ? &d->notes.items[*last - 1] : NULL;
    if (!note || onset_step(note) >= step) return false;
    note->offset_s = seconds(step);
    *last = 0;
    return true;
}

static void end_untied(neume_event_decoder *d, segment *s) {
    s->in_ties = false;
    s->at = 0;
    for (int32_t program = 0; program < PROGRAMS; program++)
        for (int32_t pitch = 0; pitch < PITCHES; pitch++)
            if (!d->tied[program][pitch]) (void)end_note(d, program, pitch, s->first_step);
}

/* A note that begins; as long as nothing ends it, it is one step long, as drums stay. */
static neume_status strike(neume_event_decoder *d, const segment *s, int32_t row, int32_t pitch, bool *taken) {
    const int64_t step = s->first_step + s->at;
    const size_t last = d->last[row][pitch];
    *taken = s->at >= 0 && s->velocity > 0 && !(last && onset_step(&d->notes.items[last - 1]) == step);
    if (!*taken) return NEUME_OK;
    NEUME_TRY(neume_notes_add(&d->notes, (neume_note){.onset_s = seconds(step),
                                                      .offset_s = seconds(step + 1),
                                                      .pitch = (int16_t)pitch,
                                                      .velocity = velocity_of(s->velocity, d->velocities),
                                                      .program = (int16_t)row,
                                                      .confidence = 1}));
    if (row != DRUM_ROW) (void)end_note(d, row, pitch, step);
    d->last[row][pitch] = d->notes.count;
    return NEUME_OK;
}

/* --- events ------------------------------------------------------------------------------------------------------- */

static bool tie(neume_event_decoder *d, int32_t program, int32_t pitch) {
    if (!d->last[program][pitch]) return false;
    d->tied[program][pitch] = true;
    return true;
}

static neume_status read_note(neume_event_decoder *d, const segment *s, int32_t pitch, bool *taken) {
    if (!s->in_ties && s->velocity > 0) return strike(d, s, s->program, pitch, taken);
    if (s->in_ties)
        *taken = tie(d, s->program, pitch);
    else
        *taken = s->at >= 0 && end_note(d, s->program, pitch, s->first_step + s->at);
    return NEUME_OK;
}

/* The first time ends the ties even where TIE was forgotten. */
static bool read_time(neume_event_decoder *d, segment *s, int64_t at, int64_t *latest) {
    if (s->in_ties) end_untied(d, s);
    const bool taken = at >= *latest && at < s->steps;
    s->at = taken ? at : -1;
    if (taken) *latest = at;
    return taken;
}

static bool read_tie(neume_event_decoder *d, segment *s) {
    const bool taken = s->in_ties;
    if (taken) end_untied(d, s);
    return taken;
}

static neume_status read_events(neume_event_decoder *d, segment *s, const int32_t *ids, size_t count, size_t *read) {
    int64_t latest = 0;
    for (*read = 0; *read < count;) {
        const neume_event event = neume_event_of_token(ids[(*read)++], d->velocities);
        bool taken = true;
        switch (event.kind) {
        case NEUME_EVENT_END:
            return NEUME_OK;
        case NEUME_EVENT_PAD:
            break;
        case NEUME_EVENT_BEGIN:
            taken = *read == 1;
            break;
        case NEUME_EVENT_TIE:
            taken = read_tie(d, s);
            break;
        case NEUME_EVENT_TIME:
            taken = read_time(d, s, event.value, &latest);
            break;
        case NEUME_EVENT_PROGRAM:
            s->program = event.value;
            break;
        case NEUME_EVENT_VELOCITY:
            s->velocity = event.value;
            break;
        case NEUME_EVENT_NOTE:
            NEUME_TRY(read_note(d, s, event.value, &taken));
            break;
        case NEUME_EVENT_DRUM:
            NEUME_TRY(strike(d, s, DRUM_ROW, event.value, &taken));
            break;
        case NEUME_EVENT_NONE:
            taken = false;
            break;
        }
        d->ignored += !taken;
    }
    return NEUME_OK;
}

neume_status neume_event_decode(neume_event_decoder *decoder, const int32_t *ids, size_t count, int64_t first_step,
                                int64_t steps) {
    if (first_step < decoder->end_step || first_step > NEUME_EVENT_STEP_LAST || steps < 1 || steps > NEUME_EVENT_STEPS)
        return neume_fail(NEUME_EINVAL, "segments follow each other and have 1 to %d steps", NEUME_EVENT_STEPS);
    segment s = {
        .first_step = first_step, .steps = steps, .at = -1, .velocity = (decoder->velocities + 1) / 2, .in_ties = true};
    size_t read = 0;
    memset(decoder->tied, 0, sizeof decoder->tied);
    NEUME_TRY(read_events(decoder, &s, ids, count, &read));
    if (s.in_ties) end_untied(decoder, &s);
    for (size_t i = read; i < count; i++) decoder->ignored += ids[i] != NEUME_TOKEN_PAD;
    decoder->end_step = first_step + steps;
    return NEUME_OK;
}

void neume_event_decoder_finish(neume_event_decoder *decoder, neume_notes *out, size_t *ignored) {
    for (int32_t program = 0; program < PROGRAMS; program++)
        for (int32_t pitch = 0; pitch < PITCHES; pitch++) (void)end_note(decoder, program, pitch, decoder->end_step);
    neume_notes_sort(&decoder->notes);
    neume_notes_clear(out);
    *out = decoder->notes;
    if (ignored) *ignored = decoder->ignored;
    memset(decoder->last, 0, sizeof decoder->last);
    decoder->notes = (neume_notes){0};
    decoder->end_step = 0;
    decoder->ignored = 0;
}
