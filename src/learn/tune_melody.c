#include "tune_melody.h"

enum { INTERVAL_ZERO = 128, PARTS_OF_WHOLE = 192 };

int tune_code_interval(int32_t code) {
    return code / TUNE_LENGTHS - INTERVAL_ZERO;
}

int tune_code_length(int32_t code) {
    return code % TUNE_LENGTHS;
}

uint64_t tune_codes_hash(const int32_t *codes, size_t count) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < count; i++) hash = (hash ^ (uint32_t)codes[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static int32_t code_of(int interval, int64_t ticks) {
    const int64_t length = ticks * PARTS_OF_WHOLE / NEUME_WHOLE;
    return (interval + INTERVAL_ZERO) * TUNE_LENGTHS + (int32_t)(length < TUNE_LENGTHS ? length : TUNE_LENGTHS - 1);
}

static neume_status add_code(tune_melodies *set, int32_t code) {
    NEUME_TRY(neume__grow((void **)&set->codes, &set->code_capacity, set->code_count + 1, sizeof *set->codes));
    set->codes[set->code_count++] = code;
    return NEUME_OK;
}

static neume_status end_melody(tune_melodies *set) {
    NEUME_TRY(neume__grow((void **)&set->ends, &set->capacity, set->count + 1, sizeof *set->ends));
    set->ends[set->count++] = set->code_count;
    return NEUME_OK;
}

static neume_status add_voice(tune_melodies *set, const neume_voice *v) {
    int before = 0;
    bool tied = false;
    for (size_t i = 0; i < v->item_count; i++) {
        const neume_item *item = &v->items[i];
        if (item->kind != NEUME_ITEM_NOTES || item->grace || !item->count) continue;
        int pitch = 0;
        bool ties = false;
        for (int32_t k = 0; k < item->count; k++) {
            const neume_pitch *p = &v->pitches[item->first + k];
            const int number = neume_pitch_number(*p);
            if (number > pitch) pitch = number;
            ties |= p->tied;
        }
        if (!tied) {
            NEUME_TRY(add_code(set, code_of(pitch - before, item->ticks)));
            before = pitch;
        }
        tied = ties;
    }
    return NEUME_OK;
}

neume_status tune_melodies_add_score(tune_melodies *set, const neume_score *score) {
    if (score->voice_count) NEUME_TRY(add_voice(set, &score->voices[0]));
    return end_melody(set);
}

neume_status tune_melodies_add(tune_melodies *set, tune_melody melody) {
    for (size_t i = 0; i < melody.count; i++) NEUME_TRY(add_code(set, melody.codes[i]));
    return end_melody(set);
}

tune_melody tune_melody_at(const tune_melodies *set, size_t index) {
    const size_t from = index ? set->ends[index - 1] : 0;
    return (tune_melody){set->codes + from, set->ends[index] - from};
}

void tune_melodies_clear(tune_melodies *set) {
    neume__free(set->codes);
    neume__free(set->ends);
    *set = (tune_melodies){0};
}
