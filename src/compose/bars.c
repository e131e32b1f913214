/* The bars of a voice: from its bar lines, with the metre and key that hold in them. */
#include "edit.h"

#include <string.h>

static neume_status add_bar(score_bars *bars, score_bar bar) {
    if (bars->count == bars->capacity)
        NEUME_TRY(neume__grow((void **)&bars->items, &bars->capacity, bars->count + 1, sizeof *bars->items));
    bars->items[bars->count++] = bar;
    return NEUME_OK;
}

void neume__bars_clear(score_bars *bars) {
    neume__free(bars->items);
    *bars = (score_bars){0};
}

/* A bar that is not full lacks its beginning (an upbeat) when it is the piece's first, or completes the one before;
 * else it lacks its end. */
static void find_lacks(score_bars *bars) {
    for (size_t i = 0; i < bars->count; i++) {
        score_bar *bar = &bars->items[i];
        const score_bar *before = i ? bar - 1 : NULL;
        const int64_t whole = neume_metre_ticks(bar->metre);
        if (whole <= bar->ticks) continue;
        if (!before || (before->ticks < whole && before->lack == 0 && before->ticks + bar->ticks <= whole))
            bar->lack = whole - bar->ticks;
    }
}

bool neume__bar_opens_section(const neume_bar *line) {
    return line->repeat_start || line->repeat_end || line->ending || line->style != NEUME_BAR_SINGLE;
}

neume_status neume__bars_find(const neume_score *score, const neume_voice *voice, score_bars *out) {
    score_bars bars = {0};
    score_bar now = {.metre = score->metre, .key = score->key, .opens = true};
    neume_status status = NEUME_OK;
    neume_metre metre = now.metre; /* as last said: of the bar itself, or from the next one on */
    neume_key key = now.key;
    int64_t end = 0;
    for (size_t i = 0; i < voice->item_count && !status; i++) {
        const neume_item *item = &voice->items[i];
        if (item->kind <= NEUME_ITEM_REST && !item->grace) end = item->at + item->ticks;
        if (item->kind == NEUME_ITEM_METRE) metre = voice->metres[item->first];
        if (item->kind == NEUME_ITEM_KEY) key = voice->keys[item->first];
        if (item->at == now.at) now.metre = metre, now.key = key;
        if (item->kind != NEUME_ITEM_BAR) continue;
        const bool opens = neume__bar_opens_section(&voice->bars[item->first]);
        if (item->at == now.at) {
            now.opens |= opens;
            continue;
        }
        now.ticks = item->at - now.at;
        status = add_bar(&bars, now);
        now = (score_bar){.at = item->at, .metre = metre, .key = key, .opens = opens};
    }
    if (!status && end > now.at) {
        now.ticks = end - now.at;
        status = add_bar(&bars, now);
    }
    if (status) {
        neume__bars_clear(&bars);
        return status;
    }
    find_lacks(&bars);
    neume__bars_clear(out);
    *out = bars;
    return NEUME_OK;
}

const score_bar *neume__bar_at(const score_bars *bars, int64_t at, size_t *from) {
    while (*from + 1 < bars->count && bars->items[*from + 1].at <= at) ++*from;
    return bars->count ? &bars->items[*from] : NULL;
}
