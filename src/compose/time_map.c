/* See time_map.h. */
#include "time_map.h"

neume_status neume__time_map_add(time_map *map, int64_t from, int64_t to) {
    if (map->count && map->items[map->count - 1].from == from) return NEUME_OK;
    if (map->count == map->capacity)
        NEUME_TRY(neume__grow((void **)&map->items, &map->capacity, map->count + 1, sizeof *map->items));
    map->items[map->count++] = (time_knot){from, to};
    return NEUME_OK;
}

void neume__time_map_clear(time_map *map) {
    neume__free(map->items);
    *map = (time_map){0};
}

int64_t neume__time_map_at(const time_map *map, int64_t from) {
    if (!map->count) return from;
    size_t low = 0, high = map->count - 1; /* low: the last knot that is not behind `from` */
    while (low < high) {
        const size_t middle = (low + high + 1) / 2;
        if (map->items[middle].from <= from)
            low = middle;
        else
            high = middle - 1;
    }
    const time_knot a = map->items[low];
    if (low + 1 == map->count || from <= a.from) return a.to + from - a.from;
    const time_knot b = map->items[low + 1];
    /* Ticks of a piece of 4,000 whole notes times those of a bar pass 2^63. */
    return a.to + (int64_t)((__int128)(from - a.from) * (b.to - a.to) / (b.from - a.from));
}

/* Do all notes of a tuplet have plain lengths now? Then it needs no bracket. */
static bool became_plain(const time_map *map, const neume_voice *voice, size_t first) {
    for (size_t i = first; i < voice->item_count; i++) {
        const neume_item *item = &voice->items[i];
        if (item->kind > NEUME_ITEM_REST || item->grace) continue;
        if (item->tuplet != voice->items[first].tuplet) break;
        const int64_t at = neume__time_map_at(map, item->at), end = neume__time_map_at(map, item->at + item->ticks);
        if (!neume__is_plain_length(end - at)) return false;
    }
    return true;
}

static neume_status apply_to_voice(const time_map *map, neume_voice *voice) {
    voice_edit edit;
    neume_status status = NEUME_OK;
    int32_t plain = -1, judged = -1;
    neume__edit_begin(&edit, voice);
    for (size_t i = 0; i < voice->item_count && !status; i++) {
        neume_item item = voice->items[i];
        const int64_t end = neume__time_map_at(map, item.at + item.ticks);
        item.at = neume__time_map_at(map, item.at);
        if (!item.grace && item.kind <= NEUME_ITEM_REST) item.ticks = end - item.at;
        if (!item.grace && item.tuplet >= 0 && item.tuplet != judged) {
            judged = item.tuplet;
            plain = became_plain(map, voice, i) ? judged : -1;
        }
        if (item.tuplet >= 0 && item.tuplet == plain) item.tuplet = -1;
        status = neume__edit_copy_spelled(&edit, i, item);
    }
    return neume__edit_end(&edit, voice, status);
}

neume_status neume__time_map_apply(const time_map *map, neume_score *score) {
    for (size_t v = 0; v < score->voice_count; v++) NEUME_TRY(apply_to_voice(map, &score->voices[v]));
    return NEUME_OK;
}
