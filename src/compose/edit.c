/* See edit.h. */
#include "edit.h"

#include <string.h>

void neume__edit_begin(voice_edit *edit, const neume_voice *from) {
    *edit = (voice_edit){.from = from, .tuplet_from = -1, .tuplet_to = -1};
    edit->to = (neume_voice){.id = from->id,
                             .name = from->name,
                             .short_name = from->short_name,
                             .part = from->part,
                             .staff = from->staff,
                             .program = from->program,
                             .channel = from->channel,
                             .transpose = from->transpose,
                             .clef = from->clef};
}

neume_status neume__edit_copy_words(voice_edit *edit, size_t item, int kind) {
    const neume_voice *from = edit->from;
    size_t low = 0, high = from->words_count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (from->words[middle].item < (int32_t)item)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < from->words_count && from->words[low].item == (int32_t)item; low++) {
        neume_words words = from->words[low];
        if (kind >= 0 && words.kind != kind) continue;
        words.item = (int32_t)edit->to.item_count - 1;
        NEUME_TRY(neume_voice_add_words(&edit->to, words));
    }
    return NEUME_OK;
}

static neume_status copy_sign(voice_edit *edit, const neume_item *item) {
    const neume_voice *from = edit->from;
    neume_voice *to = &edit->to;
    switch (item->kind) {
    case NEUME_ITEM_BAR:
        return neume_voice_add_bar(to, item->at, from->bars[item->first]);
    case NEUME_ITEM_KEY:
        return neume_voice_add_key(to, item->at, from->keys[item->first]);
    case NEUME_ITEM_METRE:
        return neume_voice_add_metre(to, item->at, from->metres[item->first]);
    case NEUME_ITEM_TEMPO:
        return neume_voice_add_tempo(to, item->at, from->tempi[item->first]);
    case NEUME_ITEM_CLEF:
        return neume_voice_add_clef(to, item->at, from->clefs[item->first]);
    case NEUME_ITEM_LABEL:
    case NEUME_ITEM_DIRECTIVE:
        return neume_voice_add_text(to, item->at, item->kind, from->texts[item->first]);
    default:
        return neume_voice_add_item(to, *item);
    }
}

static neume_status copy_tuplet(voice_edit *edit, neume_item *item) {
    if (item->tuplet < 0) return NEUME_OK;
    if (item->tuplet != edit->tuplet_from) {
        NEUME_TRY(neume_voice_add_tuplet(&edit->to, edit->from->tuplets[item->tuplet]));
        edit->tuplet_from = item->tuplet;
        edit->tuplet_to = (int32_t)edit->to.tuplet_count - 1;
    }
    item->tuplet = edit->tuplet_to;
    return NEUME_OK;
}

neume_status neume__edit_copy_as(voice_edit *edit, size_t i, neume_item item) {
    if (item.kind > NEUME_ITEM_REST) return copy_sign(edit, &item);
    const int32_t first = (int32_t)edit->to.pitch_count;
    for (int32_t p = 0; item.kind == NEUME_ITEM_NOTES && p < item.count; p++)
        NEUME_TRY(neume_voice_add_pitch(&edit->to, edit->from->pitches[item.first + p]));
    item.first = first;
    NEUME_TRY(copy_tuplet(edit, &item));
    NEUME_TRY(neume_voice_add_item(&edit->to, item));
    return neume__edit_copy_words(edit, i, -1);
}

neume_status neume__edit_copy(voice_edit *edit, size_t item) {
    return neume__edit_copy_as(edit, item, edit->from->items[item]);
}

neume_status neume__edit_add(voice_edit *edit, neume_item item, const neume_pitch *pitches, int32_t count) {
    item.kind = count ? NEUME_ITEM_NOTES : NEUME_ITEM_REST;
    item.first = (int32_t)edit->to.pitch_count;
    item.count = count;
    for (int32_t p = 0; p < count; p++) NEUME_TRY(neume_voice_add_pitch(&edit->to, pitches[p]));
    return neume_voice_add_item(&edit->to, item);
}

neume_status neume__edit_end(voice_edit *edit, neume_voice *voice, neume_status status) {
    if (status) {
        neume_voice_clear(&edit->to);
        return status;
    }
    neume_voice_clear(voice);
    *voice = edit->to;
    return NEUME_OK;
}

/* --- lengths ------------------------------------------------------------------------------------------------------ */

enum { FINEST = 256 }; /* parts of a whole note */

/* The longest plain length that is not longer; 0 when there is none. */
static int64_t plain_below(int64_t ticks) {
    for (int64_t value = 4 * NEUME_WHOLE; value >= NEUME_WHOLE / FINEST; value /= 2) {
        if (value + value / 2 <= ticks) return value + value / 2;
        if (value <= ticks) return value;
    }
    return 0;
}

bool neume__is_plain_length(int64_t ticks) {
    return ticks > 0 && plain_below(ticks) == ticks;
}

void neume__edit_tie_last(voice_edit *edit) {
    const neume_item *last = &edit->to.items[edit->to.item_count - 1];
    for (int32_t p = 0; last->kind == NEUME_ITEM_NOTES && p < last->count; p++)
        edit->to.pitches[last->first + p].tied = true;
}

/* The first piece of a length: plain, or what odd remains of tuplets leave. */
static int64_t first_piece(int64_t ticks) {
    const int64_t plain = plain_below(ticks);
    return plain ? plain : ticks;
}

neume_status neume__edit_add_spelled(voice_edit *edit, neume_item item, const neume_pitch *pitches, int32_t count) {
    const int64_t end = item.at + item.ticks;
    const uint8_t closes = item.slurs_close;
    for (;;) {
        item.ticks = first_piece(end - item.at);
        item.slurs_close = item.at + item.ticks == end ? closes : 0;
        NEUME_TRY(neume__edit_add(edit, item, pitches, count));
        item.at += item.ticks;
        if (item.at >= end) return NEUME_OK;
        neume__edit_tie_last(edit);
        item.slurs_open = 0;
    }
}

neume_status neume__edit_copy_spelled(voice_edit *edit, size_t i, neume_item item) {
    const neume_item *old = &edit->from->items[i];
    const int64_t end = item.at + item.ticks;
    const uint8_t closes = item.slurs_close;
    if (item.kind > NEUME_ITEM_REST || item.grace || item.bars > 0 || item.tuplet >= 0)
        return neume__edit_copy_as(edit, i, item);
    item.ticks = first_piece(item.ticks);
    item.slurs_close = item.at + item.ticks == end ? closes : 0;
    NEUME_TRY(neume__edit_copy_as(edit, i, item));
    if (item.at + item.ticks == end) return NEUME_OK;
    neume__edit_tie_last(edit);
    item.at += item.ticks;
    item.ticks = end - item.at;
    item.slurs_open = 0;
    item.slurs_close = closes;
    return neume__edit_add_spelled(edit, item, edit->from->pitches + old->first,
                                   item.kind == NEUME_ITEM_NOTES ? old->count : 0);
}

/* --- voices ------------------------------------------------------------------------------------------------------- */

enum { DRUM_CHANNEL = 10 };

bool neume__voice_is_pitched(const neume_voice *voice) {
    return voice->channel != DRUM_CHANNEL && voice->clef.sign != NEUME_CLEF_PERCUSSION &&
           voice->program < NEUME_PROGRAM_EFFECTS;
}

int neume__melody_voice(const neume_score *score) {
    for (size_t v = 0; v < score->voice_count; v++) {
        const neume_voice *voice = &score->voices[v];
        for (size_t i = 0; i < voice->item_count && neume__voice_is_pitched(voice); i++)
            if (neume__is_main_note(&voice->items[i])) return (int)v;
    }
    return -1;
}

neume_pitch *neume__top_pitch(const neume_voice *voice, const neume_item *item) {
    neume_pitch *top = &voice->pitches[item->first];
    for (int32_t p = 1; p < item->count; p++)
        if (neume_pitch_number(*top) < neume_pitch_number(voice->pitches[item->first + p]))
            top = &voice->pitches[item->first + p];
    return top;
}

int64_t neume__score_end(const neume_score *score) {
    int64_t end = 0;
    for (size_t v = 0; v < score->voice_count; v++)
        for (size_t i = 0; i < score->voices[v].item_count; i++) {
            const neume_item *item = &score->voices[v].items[i];
            const int64_t until = item->at + (item->grace ? 0 : item->ticks);
            if (until > end) end = until;
        }
    return end;
}
