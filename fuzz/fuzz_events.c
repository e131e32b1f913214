/* Any tokens in any order: what is understood of them is music, and said again and heard again it is the same. */
#include "neume/lm_events.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ID_BYTES = 2, SEGMENT_IDS = 48 };

static void must(bool holds) {
    if (!holds) __builtin_trap();
}

/* Ids a little below and above those there are. */
static void read_ids(const uint8_t *data, size_t count, int velocities, int32_t *out) {
    for (size_t i = 0; i < count; i++)
        out[i] = (data[ID_BYTES * i] | data[ID_BYTES * i + 1] << 8) % (neume_event_token_count(velocities) + 8) - 4;
}

/* @return where the last segment ends */
static int64_t hear(const uint8_t *data, size_t size, int velocities, int64_t steps, neume_notes *out) {
    neume_event_decoder *decoder = NULL;
    int32_t ids[SEGMENT_IDS];
    size_t ignored;
    int64_t at = 0;
    must(neume_event_decoder_new(velocities, &decoder) == NEUME_OK);
    for (size_t used = 0; used + ID_BYTES <= size; at += steps) {
        size_t count = (size - used) / ID_BYTES;
        if (count > SEGMENT_IDS) count = SEGMENT_IDS;
        read_ids(data + used, count, velocities, ids);
        must(neume_event_decode(decoder, ids, count, at, steps) == NEUME_OK);
        used += ID_BYTES * count;
    }
    neume_event_decoder_finish(decoder, out, &ignored);
    must(ignored + out->count <= size / ID_BYTES);
    neume_event_decoder_free(decoder);
    return at;
}

static void say_and_hear(const neume_notes *notes, int velocities, int64_t steps, int64_t end, neume_notes *out) {
    neume_event_encoder *encoder = NULL;
    neume_event_decoder *decoder = NULL;
    size_t ignored;
    must(neume_event_encoder_new(notes, velocities, &encoder) == NEUME_OK);
    must(neume_event_decoder_new(velocities, &decoder) == NEUME_OK);
    for (int64_t at = 0; at < end; at += steps) {
        neume_tokens tokens = {0};
        must(neume_event_encode(encoder, at, steps, &tokens) == NEUME_OK);
        must(neume_event_decode(decoder, tokens.ids, tokens.count, at, steps) == NEUME_OK);
        neume_tokens_clear(&tokens);
    }
    neume_event_decoder_finish(decoder, out, &ignored);
    must(ignored == 0);
    neume_event_decoder_free(decoder);
    neume_event_encoder_free(encoder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 3) return 0;
    const int velocities = data[0] % NEUME_EVENT_VELOCITIES_MOST + 1;
    const int64_t steps = (data[1] | data[2] << 8) % NEUME_EVENT_STEPS + 1;
    neume_notes notes = {0}, back = {0};
    const int64_t end = hear(data + 3, size - 3, velocities, steps, &notes);
    for (size_t i = 0; i < notes.count; i++) must(notes.items[i].offset_s > notes.items[i].onset_s);
    say_and_hear(&notes, velocities, steps, end, &back);
    must(back.count == notes.count);
    for (size_t i = 0; i < notes.count; i++) must(neume_note_compare(&notes.items[i], &back.items[i]) == 0);
    neume_notes_clear(&notes);
    neume_notes_clear(&back);
    return 0;
}
