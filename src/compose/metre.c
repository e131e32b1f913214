/* A tune in another metre, its strong beats on strong beats.
 *
 * Between metres of one kind a table says how the old bar's beats lie in the new bar: in 4/4 to 3/4 the first two beats
 * stay and the last two share the third; back, the third is stretched over two. Between beats that divide in two and in
 * three, each beat is bent at its middle: two eighths become long and short (2/3 and 1/3), and back; a beat of even
 * triplets stays even. Where bars of two metres differ by a factor of two, bars are cut or joined. All of it is one
 * time map, so every map has its inverse, and there and back is the identity (but for even triplets, which become plain
 * eighths of a beat in three and stay these). */
#include "revise.h"
#include "time_map.h"

#include <string.h>

enum { KNOTS = 4 };

/* Beats of the old bar and where they come to lie in the new one. */
typedef struct beat_map {
    int from, to;
    struct {
        int from, to;
    } knots[KNOTS];
    int count;
} beat_map;
static const beat_map BEAT_MAPS[] = {
    {2, 3, {{1, 2}, {2, 3}}, 2}, {3, 4, {{2, 2}, {3, 4}}, 2}, {4, 5, {{3, 3}, {4, 5}}, 2}, {5, 6, {{3, 3}, {5, 6}}, 2},
    {2, 2, {{2, 2}}, 1},         {3, 3, {{3, 3}}, 1},         {4, 4, {{4, 4}}, 1},         {3, 5, {{1, 2}, {3, 5}}, 2},
    {5, 5, {{5, 5}}, 1},         {6, 6, {{6, 6}}, 1},
};

static int64_t beat_ticks(neume_metre metre) {
    return NEUME_WHOLE / metre.unit * (neume_metre_compound(metre) ? 3 : 1);
}

static int beat_count(neume_metre metre) {
    return metre.beats / (neume_metre_compound(metre) ? 3 : 1);
}

/* Turns a row round where it is wanted the other way. */
static bool find_beat_map(int from, int to, beat_map *out) {
    for (size_t i = 0; i < sizeof BEAT_MAPS / sizeof *BEAT_MAPS; i++) {
        *out = BEAT_MAPS[i];
        if (out->from == from && out->to == to) return true;
        if (out->to != from || out->from != to) continue;
        for (int k = 0; k < out->count; k++) {
            const int knot = out->knots[k].from;
            out->knots[k].from = out->knots[k].to;
            out->knots[k].to = knot;
        }
        return true;
    }
    return false;
}

/* Where in the new bar a place of the old one comes to lie, in ticks from its beginning. */
static int64_t place_at(const beat_map *map, int64_t place, int64_t old_beat, int64_t new_beat) {
    int from = 0, to = 0;
    for (int k = 0; k < map->count; k++) {
        const int64_t end = map->knots[k].from * old_beat;
        if (place <= end)
            return to * new_beat + (int64_t)((__int128)(place - from * old_beat) * (map->knots[k].to - to) * new_beat /
                                             ((map->knots[k].from - from) * old_beat));
        from = map->knots[k].from;
        to = map->knots[k].to;
    }
    return to * new_beat;
}

/* --- beats in two and in three ------------------------------------------------------------------------------------ */

/* Is a beat divided against its kind: thirds in a beat of two, a half in a beat of three? Such a beat is not bent. */
static bool beat_is_even(const neume_score *score, int64_t at, int64_t ticks, bool to_three) {
    bool half = false, thirds = false;
    for (size_t v = 0; v < score->voice_count; v++) {
        const neume_voice *voice = &score->voices[v];
        size_t low = 0, high = voice->item_count;
        while (low < high) {
            const size_t middle = (low + high) / 2;
            if (voice->items[middle].at < at)
                low = middle + 1;
            else
                high = middle;
        }
        for (size_t i = low; i < voice->item_count && voice->items[i].at < at + ticks; i++) {
            const neume_item *item = &voice->items[i];
            if (item->kind > NEUME_ITEM_REST || item->grace || item->at == at) continue;
            const int64_t place = item->at - at;
            half |= 2 * place == ticks;
            thirds |= place % (ticks / 3) == 0;
            if (to_three && place % (ticks / 16) != 0) return true;
        }
    }
    return !to_three && half && !thirds;
}

/* --- the map of a piece ------------------------------------------------------------------------------------------- */

typedef struct mapping {
    const neume_score *score;
    neume_metre to;
    time_map map;
    int64_t end;      /* of the new piece so far */
    int64_t old_beat; /* of the bar at hand */
} mapping;

/* A knot inside one beat: at its middle (in two) or at two thirds (in three). @param beat  where it begins in the old
 * bar and in the new one, whose first ticks are `first` */
static neume_status bend_beat(const mapping *m, time_map *out, int64_t first, time_knot beat, int64_t new_beat) {
    const bool to_three = neume_metre_compound(m->to);
    const int64_t old_beat = m->old_beat;
    if (beat_is_even(m->score, first + beat.from, old_beat, to_three)) return NEUME_OK;
    return to_three ? neume__time_map_add(out, beat.from + old_beat / 2, beat.to + new_beat / 3 * 2)
                    : neume__time_map_add(out, beat.from + old_beat / 3 * 2, beat.to + new_beat / 2);
}

/* A whole bar, from place to place: every beat is a knot, so that straight lines between them are enough. */
static neume_status map_whole_bar(const mapping *m, const score_bar *bar, const beat_map *beats, time_map *out) {
    const neume_metre from = bar->metre;
    const int64_t old_beat = beat_ticks(from), new_beat = beat_ticks(m->to), first = bar->at - bar->lack;
    const bool bent = neume_metre_compound(from) != neume_metre_compound(m->to);
    for (int b = 0; b < beat_count(from); b++) {
        const int64_t here = place_at(beats, b * old_beat, old_beat, new_beat),
                      next = place_at(beats, (b + 1) * old_beat, old_beat, new_beat);
        NEUME_TRY(neume__time_map_add(out, b * old_beat, here));
        if (bent) NEUME_TRY(bend_beat(m, out, first, (time_knot){b * old_beat, here}, next - here));
    }
    return neume__time_map_add(out, neume_metre_ticks(from),
                               place_at(beats, neume_metre_ticks(from), old_beat, new_beat));
}

/* Of a bar that is cut only what is there moves. */
static neume_status map_bar(mapping *m, const score_bar *bar) {
    const neume_metre from = bar->metre;
    const int64_t begin = bar->lack, end = bar->lack + bar->ticks;
    beat_map beats;
    time_map whole = {0};
    if (from.beats <= 0 || end > neume_metre_ticks(from))
        return neume_fail(NEUME_EUNSUPPORTED, "a bar is longer than its metre, or has none");
    if (!find_beat_map(beat_count(from), beat_count(m->to), &beats))
        return neume_fail(NEUME_EUNSUPPORTED, "there is no rule from %d/%d to %d/%d", from.beats, from.unit,
                          m->to.beats, m->to.unit);
    m->old_beat = beat_ticks(from);
    neume_status status = map_whole_bar(m, bar, &beats, &whole);
    const int64_t base = neume__time_map_at(&whole, begin);
    if (!status) status = neume__time_map_add(&m->map, bar->at, m->end);
    for (size_t k = 0; k < whole.count && !status; k++) {
        const time_knot knot = whole.items[k];
        if (knot.from > begin && knot.from < end)
            status = neume__time_map_add(&m->map, bar->at + knot.from - begin, m->end + knot.to - base);
    }
    m->end += neume__time_map_at(&whole, end) - base;
    neume__time_map_clear(&whole);
    return status;
}

static neume_status map_bars(neume_score *score, const score_bars *bars, neume_metre to) {
    mapping m = {.score = score, .to = to};
    neume_status status = NEUME_OK;
    for (size_t i = 0; i < bars->count && !status; i++) status = map_bar(&m, &bars->items[i]);
    if (!status && bars->count) {
        const score_bar *last = &bars->items[bars->count - 1];
        status = neume__time_map_add(&m.map, last->at + last->ticks, m.end);
    }
    if (!status) status = neume__time_map_apply(&m.map, score);
    neume__time_map_clear(&m.map);
    return status;
}

/* --- choosing the way --------------------------------------------------------------------------------------------- */

static void relabel(neume_score *score, neume_metre to) {
    score->metre = to;
    for (size_t v = 0; v < score->voice_count; v++)
        for (size_t i = 0; i < score->voices[v].metre_count; i++) score->voices[v].metres[i] = to;
}

/* By the way of a metre of the other kind whose bars have as many beats as ours: 6/8, 2/4, 4/4. */
static neume_metre same_beats(neume_metre from, neume_metre to) {
    const bool three = neume_metre_compound(to);
    return (neume_metre){.beats = (int16_t)(beat_count(from) * (three ? 3 : 1)), .unit = to.unit};
}

static neume_status change(neume_score *score, neume_metre to) {
    const neume_voice *voice = &score->voices[neume__melody_voice(score)];
    const int64_t old_bar = neume_metre_ticks(score->metre), new_bar = neume_metre_ticks(to);
    score_bars bars = {0};
    beat_map beats;
    if (old_bar == new_bar) return NEUME_OK;
    if (score->metre.unit == to.unit && (old_bar == 2 * new_bar || new_bar == 2 * old_bar))
        return neume__rebar(score, new_bar);
    if (score->metre.beats > 0 && !find_beat_map(beat_count(score->metre), beat_count(to), &beats)) {
        const neume_metre middle = same_beats(score->metre, to);
        if (neume_metre_ticks(middle) == old_bar || neume_metre_ticks(middle) == new_bar)
            return neume_fail(NEUME_EUNSUPPORTED, "there is no rule from %d/%d to %d/%d", score->metre.beats,
                              score->metre.unit, to.beats, to.unit);
        NEUME_TRY(change(score, middle));
        relabel(score, middle);
        return change(score, to);
    }
    neume_status status = neume__bars_find(score, voice, &bars);
    if (!status) status = map_bars(score, &bars, to);
    neume__bars_clear(&bars);
    return status;
}

neume_status neume__change_metre(neume_score *score, const wish *wanted) {
    if (wanted->metre.beats < 2 || wanted->metre.beats > 64)
        return neume_fail(NEUME_EUNSUPPORTED, "there is no rule to %d/%d", wanted->metre.beats, wanted->metre.unit);
    NEUME_TRY(change(score, wanted->metre));
    relabel(score, wanted->metre);
    return NEUME_OK;
}
