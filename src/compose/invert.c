/* Inversion in the key: each voice turns round its own first note, step for step, and accidentals change their side. So
 * twice is the same voice again. */
#include "revise.h"

static void invert_voice(const neume_score *score, neume_voice *voice) {
    neume_key key = score->key;
    int axis = -1;
    for (size_t i = 0; i < voice->item_count; i++) {
        const neume_item *item = &voice->items[i];
        if (item->kind == NEUME_ITEM_KEY) key = voice->keys[item->first];
        if (item->kind != NEUME_ITEM_NOTES) continue;
        const neume_pitch *top = neume__top_pitch(voice, item);
        if (axis < 0 && item->grace) continue; /* ornaments before the first note turn with it, below */
        if (axis < 0) axis = 7 * top->octave + top->step;
        for (int32_t p = 0; p < item->count; p++) {
            neume_pitch *pitch = &voice->pitches[item->first + p];
            const int place = 2 * axis - 7 * pitch->octave - pitch->step,
                      offset = pitch->alter - key.alter[pitch->step];
            pitch->step = (int8_t)floor_mod(place, 7);
            pitch->octave = (int8_t)floor_div(place, 7);
            pitch->alter = (int8_t)(key.alter[pitch->step] - offset);
        }
    }
}

/* Chord symbols no longer fit and go; with the harmony kept, the melody alone is turned. */
neume_status neume__invert(neume_score *score, const wish *wanted) {
    const bool harmony = wanted->keep & NEUME_KEEP_HARMONY;
    for (size_t v = 0; v < score->voice_count; v++) {
        neume_voice *voice = &score->voices[v];
        if (!neume__voice_is_pitched(voice) || (harmony && (int)v != neume__melody_voice(score))) continue;
        invert_voice(score, voice);
        if (!harmony) neume__drop_words(voice, 1U << NEUME_WORDS_CHORD, NULL);
    }
    return NEUME_OK;
}
