/* A melody cut into slots of harmony. */
#include "neume/compose_harmony.h"

#include "chord_symbol.h"
#include "edit.h"

#include <string.h>

void neume_harmony_slots_clear(neume_harmony_slots *slots) {
    neume__free(slots->items);
    *slots = (neume_harmony_slots){0};
}

static int64_t slot_ticks(neume_metre metre) {
    if (metre.beats <= 0) return NEUME_WHOLE / 2;
    const int64_t unit = NEUME_WHOLE / metre.unit;
    const int group = neume_metre_compound(metre) ? 3 : 1, beats = metre.beats / group;
    return beats % 2 == 0 ? unit * group * beats / 2 : unit * group;
}

static bool is_minor(const neume_key *key) {
    return key->mode == NEUME_MODE_MINOR || key->mode == NEUME_MODE_DORIAN || key->mode == NEUME_MODE_PHRYGIAN ||
           key->mode == NEUME_MODE_LOCRIAN;
}

static int tonic_class(const neume_key *key) {
    return neume_pitch_number((neume_pitch){key->tonic_step, key->tonic_alter, 4, false}) % 12;
}

static neume_status add_slot(neume_harmony_slots *slots, neume_harmony_slot slot) {
    if (slots->count == slots->capacity)
        NEUME_TRY(neume__grow((void **)&slots->items, &slots->capacity, slots->count + 1, sizeof *slots->items));
    slots->items[slots->count++] = slot;
    return NEUME_OK;
}

static neume_status cut_bar(const score_bar *bar, int number, bool closes, neume_harmony_slots *out) {
    const int64_t ticks = slot_ticks(bar->metre), begin = bar->at - bar->lack, end = bar->at + bar->ticks;
    for (int64_t at = begin; at < end; at += ticks) {
        const int64_t from = at > bar->at ? at : bar->at, until = at + ticks < end ? at + ticks : end;
        if (until <= from) continue;
        const int64_t place = 2 * (at - begin), whole = neume_metre_ticks(bar->metre);
        const neume_harmony_slot slot = {.at = from,
                                         .ticks = until - from,
                                         .tonic = (int8_t)tonic_class(&bar->key),
                                         .mode = is_minor(&bar->key),
                                         .place = at == begin      ? 0
                                                  : place == whole ? 1
                                                                   : 2,
                                         .phrase = (uint8_t)(floor_mod(number, 8) * 2 + (whole && place >= whole)),
                                         .chord = -1,
                                         .opens = bar->opens && from == bar->at,
                                         .closes = closes && until == end,
                                         .upbeat = number < 0};
        NEUME_TRY(add_slot(out, slot));
    }
    return NEUME_OK;
}

/* What is struck on the slot's first place counts for more than what passes. */
static void hear_note(const neume_voice *voice, const neume_item *item, neume_harmony_slot *slot) {
    const int64_t end = item->at + item->ticks, until = slot->at + slot->ticks;
    const int64_t from = item->at > slot->at ? item->at : slot->at, sounds = (end < until ? end : until) - from;
    const float weight = (float)sounds * (from == slot->at ? 1.5F : 1.0F) / (float)item->count;
    for (int32_t p = 0; p < item->count; p++) {
        const int number = neume_pitch_number(voice->pitches[item->first + p]) + voice->transpose;
        slot->notes[floor_mod(number - slot->tonic, 12)] += weight;
    }
    slot->onset |= item->at == slot->at;
}

static void hear_melody(const neume_voice *voice, neume_harmony_slots *slots) {
    size_t first = 0;
    for (size_t i = 0; i < voice->item_count; i++) {
        const neume_item *item = &voice->items[i];
        if (item->kind > NEUME_ITEM_REST || item->grace) continue;
        while (first + 1 < slots->count && slots->items[first + 1].at <= item->at) first++;
        for (size_t s = first; s < slots->count && slots->items[s].at < item->at + item->ticks; s++) {
            if (item->kind == NEUME_ITEM_NOTES) hear_note(voice, item, &slots->items[s]);
            slots->items[s].onset |= item->at == slots->items[s].at;
        }
    }
    for (size_t s = 0; s < slots->count; s++) {
        float sum = 0;
        for (int c = 0; c < 12; c++) sum += slots->items[s].notes[c];
        for (int c = 0; c < 12 && sum > 0; c++) slots->items[s].notes[c] /= sum;
    }
}

static int kind_of(const chord_symbol *chord) {
    if (chord->triad == TRIAD_MINOR) return NEUME_CHORD_MINOR;
    if (chord->triad == TRIAD_DIMINISHED) return NEUME_CHORD_DIMINISHED;
    return chord->suffix[0] == '7' || chord->suffix[0] == '9' ? NEUME_CHORD_SEVENTH : NEUME_CHORD_MAJOR;
}

/* The symbol in force at the middle of a slot. */
static void read_chords(const neume_voice *voice, neume_harmony_slots *slots) {
    size_t w = 0;
    chord_symbol chord;
    bool any = false;
    for (size_t s = 0; s < slots->count; s++) {
        neume_harmony_slot *slot = &slots->items[s];
        for (; w < voice->words_count && 2 * (voice->items[voice->words[w].item].at - slot->at) < slot->ticks; w++) {
            chord_symbol next;
            if (voice->words[w].kind != NEUME_WORDS_CHORD || !neume__chord_parse(voice->words[w].text, &next)) continue;
            chord = next;
            any = true;
        }
        if (any)
            slot->chord = (int8_t)(floor_mod(neume__chord_root_class(&chord) + voice->transpose - slot->tonic, 12) *
                                       NEUME_CHORD_KINDS +
                                   kind_of(&chord));
    }
}

neume_status neume_harmony_slots_find(const neume_score *score, neume_harmony_slots *out) {
    const int melody = neume__melody_voice(score);
    if (melody < 0) return neume_fail(NEUME_EFORMAT, "there is no melody in it");
    const neume_voice *voice = &score->voices[melody];
    score_bars bars = {0};
    neume_harmony_slots slots = {0};
    neume_status status = neume__bars_find(score, voice, &bars);
    int number = -1; /* in its section; upbeats come before bar 0 */
    for (size_t b = 0; b < bars.count && !status; b++) {
        const bool closes = b + 1 == bars.count || bars.items[b + 1].opens;
        number = bars.items[b].opens ? (bars.items[b].lack > 0 ? -1 : 0) : number + 1;
        status = cut_bar(&bars.items[b], number, closes, &slots);
    }
    neume__bars_clear(&bars);
    if (status) {
        neume_harmony_slots_clear(&slots);
        return status;
    }
    hear_melody(voice, &slots);
    read_chords(voice, &slots);
    neume_harmony_slots_clear(out);
    *out = slots;
    return NEUME_OK;
}
