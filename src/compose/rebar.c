/* Bar lines anew: 2/4 as 4/4 and back. Notes stay where they are; those that a new line cuts are tied across it. */
#include "revise.h"

/* Where the new lines fall; the ends of sections keep the lines that they have. */
typedef struct ruling {
    int64_t *lines;
    size_t count, capacity;
} ruling;

static neume_status add_line(ruling *r, int64_t at) {
    if (r->count == r->capacity)
        NEUME_TRY(neume__grow((void **)&r->lines, &r->capacity, r->count + 1, sizeof *r->lines));
    r->lines[r->count++] = at;
    return NEUME_OK;
}

/* Lines of one section, counted from the end of its upbeat. It must be a whole number of bars, its upbeat and its last
 * bar together being one; the first section's upbeat may stand alone. */
static neume_status rule_section(ruling *r, const score_bar *first, int64_t end, int64_t bar_ticks) {
    const int64_t upbeat = first->lack ? first->ticks : 0, rest = (end - first->at - upbeat) % bar_ticks;
    if (rest && rest + upbeat != bar_ticks)
        return neume_fail(NEUME_EUNSUPPORTED, "a section has an odd number of bars, which cannot be joined in twos");
    for (int64_t at = first->at + (upbeat ? upbeat % bar_ticks : bar_ticks); at < end; at += bar_ticks)
        if (at > first->at) NEUME_TRY(add_line(r, at));
    return NEUME_OK;
}

static neume_status rule_score(const score_bars *bars, int64_t bar_ticks, ruling *out) {
    for (size_t first = 0, next; first < bars->count; first = next) {
        for (next = first + 1; next < bars->count && !bars->items[next].opens;) next++;
        const score_bar *last = &bars->items[next - 1];
        NEUME_TRY(rule_section(out, &bars->items[first], last->at + last->ticks, bar_ticks));
    }
    return NEUME_OK;
}

static bool is_plain_line(const neume_voice *voice, const neume_item *item) {
    if (item->kind != NEUME_ITEM_BAR) return false;
    const neume_bar *bar = &voice->bars[item->first];
    return bar->style == NEUME_BAR_SINGLE && !bar->repeat_end && !bar->repeat_start && !bar->ending;
}

/* A note or rest in pieces between bar lines; `next` is the first line behind its beginning. */
static neume_status copy_cut(voice_edit *edit, size_t i, const ruling *r, size_t *next) {
    const neume_item *old = &edit->from->items[i];
    const int64_t end = old->at + old->ticks;
    neume_item piece = *old;
    const bool cut = *next < r->count && r->lines[*next] < end && !old->grace;
    if (!cut) return neume__edit_copy(edit, i);
    if (old->tuplet >= 0) return neume_fail(NEUME_EUNSUPPORTED, "a tuplet lies across a new bar line");
    piece.bars = 0;
    piece.slurs_close = 0;
    piece.ticks = r->lines[*next] - piece.at;
    NEUME_TRY(neume__edit_copy_spelled(edit, i, piece));
    while (piece.at + piece.ticks < end) {
        neume__edit_tie_last(edit);
        piece.at = r->lines[(*next)++];
        const int64_t until = *next < r->count && r->lines[*next] < end ? r->lines[*next] : end;
        piece.ticks = until - piece.at;
        piece.slurs_open = 0;
        piece.slurs_close = until == end ? old->slurs_close : 0;
        NEUME_TRY(neume_voice_add_bar(&edit->to, piece.at, (neume_bar){0}));
        NEUME_TRY(neume__edit_add_spelled(edit, piece, edit->from->pitches + old->first,
                                          old->kind == NEUME_ITEM_NOTES ? old->count : 0));
    }
    return NEUME_OK;
}

/* Old lines go, but for the last one of a voice. */
static neume_status rule_voice(const ruling *r, neume_voice *voice, int64_t end) {
    voice_edit edit;
    neume_status status = NEUME_OK;
    size_t next = 0;
    neume__edit_begin(&edit, voice);
    for (size_t i = 0; i < voice->item_count && !status; i++) {
        const neume_item *item = &voice->items[i];
        if (is_plain_line(voice, item) && item->at < end) continue;
        for (; next < r->count && r->lines[next] <= item->at && !status; next++)
            status = neume_voice_add_bar(&edit.to, r->lines[next], (neume_bar){0});
        if (!status && item->kind <= NEUME_ITEM_REST)
            status = copy_cut(&edit, i, r, &next);
        else if (!status)
            status = neume__edit_copy(&edit, i);
    }
    return neume__edit_end(&edit, voice, status);
}

neume_status neume__rebar(neume_score *score, int64_t bar_ticks) {
    score_bars bars = {0};
    ruling r = {0};
    const int64_t end = neume__score_end(score);
    neume_status status = neume__bars_find(score, &score->voices[neume__melody_voice(score)], &bars);
    if (!status) status = rule_score(&bars, bar_ticks, &r);
    for (size_t v = 0; v < score->voice_count && !status; v++) status = rule_voice(&r, &score->voices[v], end);
    neume__free(r.lines);
    neume__bars_clear(&bars);
    return status;
}
