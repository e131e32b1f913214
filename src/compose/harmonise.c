/* Chord symbols over a melody. */
#include "harmonise.h"

#include "revise.h"

#include <string.h>

/* --- chords of a key ---------------------------------------------------------------------------------------------- */

static neume_pitch degree_pitch(const neume_key *key, int degree) {
    static const int8_t steps[12] = {0, 1, 1, 2, 2, 3, 3, 4, 5, 5, 6, 6};
    const neume_pitch tonic = {key->tonic_step, key->tonic_alter, 4, false};
    return neume__pitch_move(tonic, (interval){steps[degree], degree});
}

chord_symbol neume__chord_of_state(const neume_key *key, int state) {
    static const char *const suffixes[NEUME_CHORD_KINDS] = {"", "m", "dim", "7"};
    static const uint8_t triads[NEUME_CHORD_KINDS] = {TRIAD_MAJOR, TRIAD_MINOR, TRIAD_DIMINISHED, TRIAD_MAJOR};
    const int kind = state % NEUME_CHORD_KINDS;
    chord_symbol chord = {.root = degree_pitch(key, state / NEUME_CHORD_KINDS), .triad = triads[kind]};
    memcpy(chord.suffix, suffixes[kind], strlen(suffixes[kind]) + 1);
    return chord;
}

int neume__chord_pitches(const neume_key *key, int state, neume_pitch out[4]) {
    static const int thirds[NEUME_CHORD_KINDS] = {4, 3, 3, 4}, fifths[NEUME_CHORD_KINDS] = {7, 7, 6, 7};
    const int kind = state % NEUME_CHORD_KINDS;
    out[0] = degree_pitch(key, state / NEUME_CHORD_KINDS);
    out[1] = neume__pitch_move(out[0], (interval){2, thirds[kind]});
    out[2] = neume__pitch_move(out[0], (interval){4, fifths[kind]});
    out[3] = neume__pitch_move(out[0], (interval){6, 10});
    return kind == NEUME_CHORD_SEVENTH ? 4 : 3;
}

/* --- writing ------------------------------------------------------------------------------------------------------ */

static neume_status write_symbol(neume_score *score, neume_voice *voice, size_t *item, int64_t at, const char *text) {
    for (; *item < voice->item_count; ++*item) {
        const neume_item *here = &voice->items[*item];
        if (here->kind <= NEUME_ITEM_REST && !here->grace && here->at >= at) break;
    }
    if (*item == voice->item_count) return NEUME_OK;
    return neume__add_word(score, voice, (int32_t)*item, NEUME_WORDS_CHORD, text);
}

/* A symbol where the chord changes, and anew where a section begins. */
static neume_status write_symbols(neume_score *score, const neume_harmony_slots *slots, const int8_t *states) {
    neume_voice *voice = &score->voices[neume__melody_voice(score)];
    score_bars bars = {0};
    size_t item = 0, bar = 0;
    int8_t before = -1;
    neume__drop_words(voice, 1U << NEUME_WORDS_CHORD, NULL);
    neume_status status = neume__bars_find(score, voice, &bars);
    for (size_t s = 0; s < slots->count && !status; s++) {
        const neume_harmony_slot *slot = &slots->items[s];
        char text[CHORD_TEXT_MAX];
        if (slot->opens) before = -1;
        if (slot->upbeat || states[s] == before) continue;
        const chord_symbol chord = neume__chord_of_state(&neume__bar_at(&bars, slot->at, &bar)->key, states[s]);
        neume__chord_print(&chord, text);
        status = write_symbol(score, voice, &item, slot->at, text);
        before = states[s];
    }
    neume__bars_clear(&bars);
    return status;
}

neume_status neume_harmonise(neume_score *score, const neume_harmonise_options *options, int *faults) {
    neume_harmony_slots slots = {0};
    int broken = 0;
    if (options->voices != 0 && options->voices != 4)
        return neume_fail(NEUME_EINVAL, "a harmony has chord symbols alone or 4 voices, not %d", options->voices);
    NEUME_TRY(neume_harmony_slots_find(score, &slots));
    int8_t *states = neume__alloc(slots.count + 1);
    neume_status status = states ? neume_harmony_decode(slots.items, slots.count, states) : NEUME_ENOMEM;
    for (size_t s = 0; s < slots.count && !status && options->voices; s++)
        if (slots.items[s].chord >= 0) states[s] = slots.items[s].chord;
    if (!status)
        status = options->voices ? neume__write_four_parts(score, &slots, states, &broken)
                                 : write_symbols(score, &slots, states);
    if (!status && faults) *faults = broken;
    neume__free(states);
    neume_harmony_slots_clear(&slots);
    return status;
}
