/* One voice: from the notes of a draft to items.
 *
 * Notes of a voice may overlap all the same (a draft without the stage voices): time is cut into stretches wherever a
 * note begins or ends, and what goes on is tied, so that the page always plays what the draft says. */
#include "write.h"

#include <stdlib.h>
#include <string.h>

/* A note, kept within the piece and out of the way of the next of its pitch. */
typedef struct sound {
    int64_t at, end;
    const neume__placed *note;
} sound;

typedef struct writing {
    const neume__voice_plan *plan;
    sound *sounds;
    const neume__placed **graces;
    int32_t *members; /* sounds of the stretches */
    int32_t *active;
    neume__stretch *stretches, *bar;
    size_t sound_count, grace_count, member_count, member_capacity, stretch_count, stretch_capacity, bar_count,
        bar_capacity;
    size_t grace, chord, next_key; /* the next ones */
    char chord_text[32];           /* the last */
    neume_metre metre;
    neume_clef clef;
    /* of the item before, for beams */
    bool short_note;
    int beam, tuplet;
} writing;

/* The bar that is being written. */
typedef struct bar {
    const neume__measure *measure;
    neume__grid grid;
    const neume__cell *cell;
    int32_t tuplet;
} bar;

/* --- stretches ---------------------------------------------------------------------------------------------------- */

static int64_t piece_end(const neume__draft *d) {
    const neume__measure *last = &d->measures[d->measure_count - 1];
    return last->at + last->ticks;
}

static int by_place(const void *left, const void *right) {
    const neume__placed *a = *(const neume__placed *const *)left, *b = *(const neume__placed *const *)right;
    if (a->at != b->at) return a->at < b->at ? -1 : 1;
    return a->source < b->source ? -1 : a->source > b->source;
}

static neume_status collect_sounds(writing *w) {
    const neume__voice_plan *plan = w->plan;
    const neume__draft *d = plan->draft;
    const int64_t end = piece_end(d);
    size_t last[128] = {0}; /* the sound of that pitch, + 1 */
    w->sounds = neume__alloc(d->note_count * sizeof *w->sounds);
    w->graces = neume__alloc(d->note_count * sizeof(const neume__placed *));
    if (!w->sounds || !w->graces) return NEUME_ENOMEM;
    for (size_t i = 0; i < d->note_count; i++) {
        const neume__placed *n = &d->notes[i];
        if (n->part != plan->part || neume__staff_of(n, plan->staves) != plan->staff ||
            neume__voice_of(n) != plan->number || n->number < 0 || n->number > 127)
            continue;
        if (n->ticks <= 0) {
            w->graces[w->grace_count++] = n;
            continue;
        }
        sound one = {n->at < 0 ? 0 : n->at, n->at + n->ticks > end ? end : n->at + n->ticks, n};
        sound *before = last[n->number] ? &w->sounds[last[n->number] - 1] : NULL;
        if (one.at >= one.end) continue;
        if (before && before->at == one.at) {
            if (one.end > before->end) *before = one;
            continue;
        }
        if (before && before->end > one.at) before->end = one.at;
        w->sounds[w->sound_count++] = one;
        last[n->number] = w->sound_count;
    }
    if (w->grace_count) qsort(w->graces, w->grace_count, sizeof *w->graces, by_place);
    return NEUME_OK;
}

static neume_status add_stretch(writing *w, neume__stretch stretch) {
    if (w->stretch_count == w->stretch_capacity)
        NEUME_TRY(neume__grow((void **)&w->stretches, &w->stretch_capacity, w->stretch_count + 1, sizeof stretch));
    if (w->member_count + (size_t)stretch.count > w->member_capacity)
        NEUME_TRY(neume__grow((void **)&w->members, &w->member_capacity, w->member_count + (size_t)stretch.count,
                              sizeof *w->members));
    stretch.first = (int32_t)w->member_count;
    for (int32_t i = 0; i < stretch.count; i++) w->members[w->member_count++] = w->active[i];
    w->stretches[w->stretch_count++] = stretch;
    return NEUME_OK;
}

/* What sounds, in order of pitch. */
static void insert_active(writing *w, int32_t *count, int32_t index) {
    int32_t at = (*count)++;
    for (; at > 0 && w->sounds[w->active[at - 1]].note->number > w->sounds[index].note->number; at--)
        w->active[at] = w->active[at - 1];
    w->active[at] = index;
}

static neume_status cut_into_stretches(writing *w) {
    const int64_t end = piece_end(w->plan->draft);
    int32_t active = 0;
    size_t next = 0;
    w->active = neume__alloc((w->sound_count + 1) * sizeof *w->active);
    if (!w->active) return NEUME_ENOMEM;
    for (int64_t now = 0, until; now < end; now = until) {
        int32_t kept = 0;
        for (int32_t i = 0; i < active; i++)
            if (w->sounds[w->active[i]].end > now) w->active[kept++] = w->active[i];
        active = kept;
        for (; next < w->sound_count && w->sounds[next].at <= now; next++) insert_active(w, &active, (int32_t)next);
        until = next < w->sound_count && w->sounds[next].at < end ? w->sounds[next].at : end;
        for (int32_t i = 0; i < active; i++)
            if (w->sounds[w->active[i]].end < until) until = w->sounds[w->active[i]].end;
        NEUME_TRY(add_stretch(w, (neume__stretch){.from = now, .to = until, .count = active}));
    }
    return NEUME_OK;
}

/* --- items -------------------------------------------------------------------------------------------------------- */

static neume_pitch pitch_of(const neume__placed *note, bool spelled) {
    static const int8_t steps[12] = {0, 0, 1, 1, 2, 3, 3, 4, 4, 5, 5, 6},
                        sharps[12] = {0, 1, 0, 1, 0, 0, 1, 0, 1, 0, 1, 0};
    neume_pitch pitch = note->pitch;
    pitch.tied = false;
    if (spelled && neume_pitch_number(pitch) == note->number) return pitch;
    const int number = note->number;
    return (neume_pitch){steps[number % 12], sharps[number % 12], (int8_t)(number / 12 - 1), false};
}

static neume_status add_pitch(writing *w, const neume__placed *note, bool tied) {
    neume_pitch pitch = pitch_of(note, w->plan->draft->parts[w->plan->part].program != NEUME_PROGRAM_DRUMS);
    pitch.tied = tied;
    return neume_voice_add_pitch(w->plan->voice, pitch);
}

/* Written short enough to be played in half of the main note. */
static neume_status add_graces(writing *w, int64_t at, int64_t main_ticks) {
    neume_voice *v = w->plan->voice;
    size_t end = w->grace;
    while (end < w->grace_count && w->graces[end]->at <= at) end++;
    const bool alone = end - w->grace == 1;
    int64_t each = alone ? NEUME_WHOLE / 8 : NEUME_WHOLE / 16;
    while (each > NEUME_WHOLE / 256 && each * (int64_t)(end - w->grace) * 2 > main_ticks) each /= 2;
    for (; w->grace < end; w->grace++) {
        neume_item item = {.at = at,
                           .ticks = each,
                           .grace = alone ? NEUME_GRACE_SLASHED : NEUME_GRACE_LONG,
                           .first = (int32_t)v->pitch_count,
                           .count = 1,
                           .tuplet = -1};
        NEUME_TRY(add_pitch(w, w->graces[w->grace], false));
        NEUME_TRY(neume_voice_add_item(v, item));
    }
    return NEUME_OK;
}

/* The chord symbol that holds at the item that was added last, if it is a new one. */
static neume_status add_chord(writing *w, int64_t at) {
    const neume__draft *d = w->plan->draft;
    const size_t first = w->chord;
    char text[32];
    if (!w->plan->chords) return NEUME_OK;
    while (w->chord < d->chord_count && d->chords[w->chord].at <= at) w->chord++;
    if (w->chord == first) return NEUME_OK;
    neume__chord_text(&d->chords[w->chord - 1], text);
    if (strcmp(text, w->chord_text) == 0) return NEUME_OK;
    memcpy(w->chord_text, text, sizeof text);
    if (!*text) return NEUME_OK;
    neume_words words = {.item = (int32_t)w->plan->voice->item_count - 1, .kind = NEUME_WORDS_CHORD};
    NEUME_TRY(neume_score_string(w->plan->score, text, strlen(text), &words.text));
    return neume_voice_add_words(w->plan->voice, words);
}

static int beam_group(const neume__grid *grid, int64_t at) {
    return grid->beat <= NEUME_WHOLE / 8 ? neume__grid_group(grid, at) : (int)(at / grid->beat);
}

static neume_status add_mark(writing *w, const char *name) {
    neume_words words = {.item = (int32_t)w->plan->voice->item_count - 1, .kind = NEUME_WORDS_MARK, .text = name};
    return neume_voice_add_words(w->plan->voice, words);
}

/* Above chords and tied notes, where players of ABC stumble over the mark. */
static neume_status add_trill_words(writing *w) {
    neume_words words = {
        .item = (int32_t)w->plan->voice->item_count - 1, .kind = NEUME_WORDS_ANNOTATION, .text = "^tr"};
    return neume_voice_add_words(w->plan->voice, words);
}

/* Notes from .. to of a bar's stretch; written: as they look, longer inside tuplets. */
static neume_status add_notes(writing *w, const bar *b, const neume__stretch *s, neume_item item, int64_t written) {
    const neume__stretch *whole = &w->stretches[s->origin];
    const int64_t from = item.at + b->grid.offset - b->measure->at, to = from + item.ticks;
    const bool begins = from == s->from && whole->from >= b->measure->at;
    const bool goes_on = to < s->to || whole->to > b->measure->at + b->measure->ticks;
    bool onset = false, staccato = false, trill = false, entire = begins && !goes_on;
    for (int32_t i = 0; i < s->count; i++) {
        const sound *one = &w->sounds[w->members[s->first + i]];
        onset |= begins && one->at == whole->from;
        entire &= one->at == whole->from && one->end == whole->to;
        staccato |= one->note->staccato;
        trill |= begins && one->note->trill;
    }
    if (onset) NEUME_TRY(add_graces(w, item.at, item.ticks));
    item.first = (int32_t)w->plan->voice->pitch_count;
    item.count = s->count;
    const int beam = beam_group(&b->grid, from);
    const bool is_short = written < NEUME_WHOLE / 4;
    item.joined = is_short && w->short_note && w->tuplet == b->tuplet && (b->tuplet >= 0 || w->beam == beam);
    w->short_note = is_short, w->beam = beam, w->tuplet = b->tuplet;
    for (int32_t i = 0; i < s->count; i++) {
        const sound *one = &w->sounds[w->members[s->first + i]];
        NEUME_TRY(add_pitch(w, one->note, goes_on || one->end > whole->to));
    }
    NEUME_TRY(neume_voice_add_item(w->plan->voice, item));
    NEUME_TRY(add_chord(w, item.at));
    if (trill) NEUME_TRY(entire && s->count == 1 ? add_mark(w, "trill") : add_trill_words(w));
    return entire && staccato ? add_mark(w, "staccato") : NEUME_OK;
}

/* The rests of a second voice are read from the first: they would only crowd the staff. */
static neume_status add_rest(writing *w, neume_item item) {
    item.kind = NEUME_ITEM_REST;
    item.hidden = w->plan->number > 0;
    w->short_note = false;
    NEUME_TRY(neume_voice_add_item(w->plan->voice, item));
    return add_chord(w, item.at);
}

static neume_status add_value(writing *w, const bar *b, const neume__stretch *s, neume_item item, int64_t written) {
    item.at += b->measure->at - b->grid.offset;
    item.tuplet = b->tuplet;
    return s->count ? add_notes(w, b, s, item, written) : add_rest(w, item);
}

/* --- bars --------------------------------------------------------------------------------------------------------- */

/* Where a chord symbol asks for an item: on a beat within from .. to, times of the grid; else to. */
static int64_t chord_cut(const writing *w, const bar *b, int64_t from, int64_t to) {
    const neume__draft *d = w->plan->draft;
    const int64_t shift = b->grid.offset - b->measure->at;
    if (!w->plan->chords) return to;
    for (size_t c = w->chord; c < d->chord_count && d->chords[c].at + shift < to; c++) {
        const int64_t at = d->chords[c].at + shift;
        if (at > from && at % b->grid.beat == 0) return at;
    }
    return to;
}

static neume_status write_plain(writing *w, const bar *b, const neume__stretch *s) {
    int64_t from = s->from > b->cell->from ? s->from : b->cell->from, to = s->to < b->cell->to ? s->to : b->cell->to;
    while (from < to) {
        int64_t cut = chord_cut(w, b, from, to), end = neume__value_end(&b->grid, from, cut, s->count == 0);
        NEUME_TRY(add_value(w, b, s, (neume_item){.at = from, .ticks = end - from}, end - from));
        from = end;
    }
    return NEUME_OK;
}

static neume_status write_in_tuplet(writing *w, const bar *b, const neume__stretch *s) {
    const neume__cell *cell = b->cell;
    int64_t from = s->from > cell->from ? s->from : cell->from, to = s->to < cell->to ? s->to : cell->to;
    const neume__grid units = neume__grid_of_tuplet((cell->to - cell->from) / cell->normal, cell->actual);
    from = neume__cell_written(cell, from), to = neume__cell_written(cell, to);
    while (from < to) {
        int64_t end = neume__value_end(&units, from, to, s->count == 0);
        int64_t at = neume__cell_sounding(cell, from);
        NEUME_TRY(
            add_value(w, b, s, (neume_item){.at = at, .ticks = neume__cell_sounding(cell, end) - at}, end - from));
        w->plan->voice->tuplets[b->tuplet].items++;
        from = end;
    }
    return NEUME_OK;
}

static neume_status write_cell(writing *w, bar *b) {
    b->tuplet = -1;
    if (b->cell->actual) {
        b->tuplet = (int32_t)w->plan->voice->tuplet_count;
        NEUME_TRY(neume_voice_add_tuplet(w->plan->voice, (neume_tuplet){b->cell->actual, b->cell->normal, 0}));
    }
    for (size_t i = 0; i < w->bar_count; i++) {
        const neume__stretch *s = &w->bar[i];
        if (s->to <= b->cell->from || s->from >= b->cell->to) continue;
        NEUME_TRY(b->cell->actual ? write_in_tuplet(w, b, s) : write_plain(w, b, s));
    }
    return NEUME_OK;
}

/* The stretches of a bar, cut to it, in times of its grid. @p next moves to the one that reaches over its end. */
static neume_status fill_bar(writing *w, const bar *b, size_t *next) {
    const int64_t begin = b->measure->at, end = begin + b->measure->ticks, shift = b->grid.offset - begin;
    w->bar_count = 0;
    for (; *next < w->stretch_count && w->stretches[*next].from < end; ++*next) {
        neume__stretch s = w->stretches[*next];
        s.origin = *next;
        s.from = (s.from < begin ? begin : s.from) + shift;
        s.to = (s.to > end ? end : s.to) + shift;
        if (w->bar_count == w->bar_capacity)
            NEUME_TRY(neume__grow((void **)&w->bar, &w->bar_capacity, w->bar_count + 1, sizeof s));
        w->bar[w->bar_count++] = s;
        if (w->stretches[*next].to > end) break;
    }
    return NEUME_OK;
}

/* Places that no tuplet explains move to the next 64th: bad input, written as well as can be. */
static void snap_bar(writing *w, const neume__grid *grid) {
    const int64_t step = NEUME_WHOLE / 64;
    size_t kept = 0;
    for (size_t i = 0; i < w->bar_count; i++) {
        neume__stretch s = w->bar[i];
        if (s.from > grid->offset) s.from = (s.from + step / 2) / step * step;
        if (s.to < grid->end) s.to = (s.to + step / 2) / step * step;
        if (s.to > grid->end) s.to = grid->end;
        if (s.to > s.from) w->bar[kept++] = s;
    }
    w->bar_count = kept;
}

static neume_status write_sounds(writing *w, bar *b) {
    const neume__measure *m = b->measure;
    const bool silent = w->bar_count == 1 && w->bar[0].count == 0;
    if (silent && m->ticks == neume_metre_ticks(w->metre) &&
        chord_cut(w, b, b->grid.offset, b->grid.end) == b->grid.end)
        return add_rest(
            w, (neume_item){
                   .at = m->at, .ticks = m->ticks, .hidden = w->plan->number > 0, .bars = 1, .count = 0, .tuplet = -1});
    neume__cell cells[NEUME__CELLS_MOST];
    size_t count = neume__bar_cells(&b->grid, w->bar, w->bar_count, cells);
    if (!count) {
        snap_bar(w, &b->grid);
        count = neume__bar_cells(&b->grid, w->bar, w->bar_count, cells);
    }
    neume_status status = NEUME_OK;
    for (size_t i = 0; i < count && !status; i++) {
        b->cell = &cells[i];
        status = write_cell(w, b);
    }
    b->cell = NULL;
    return status;
}

/* The metre that a reader needs to count this measure: one that is short or long for its own gets what it has, unless
 * it begins or ends the piece. */
static neume_metre shown_metre(const neume__draft *d, size_t index) {
    const neume__measure *m = &d->measures[index];
    const bool edge = (index == 0 || index + 1 == d->measure_count) && m->ticks < neume_metre_ticks(m->metre);
    if (m->ticks == neume_metre_ticks(m->metre) || edge) return m->metre;
    for (int unit = m->metre.unit > 0 ? m->metre.unit : 4; unit <= 64; unit *= 2)
        if (m->ticks % (NEUME_WHOLE / unit) == 0)
            return (neume_metre){(int16_t)(m->ticks / (NEUME_WHOLE / unit)), (int16_t)unit, 0, NULL};
    return m->metre;
}

static bool same_metre(neume_metre a, neume_metre b) {
    return a.beats == b.beats && a.unit == b.unit && a.sign == b.sign &&
           (a.sum ? b.sum && strcmp(a.sum, b.sum) == 0 : !b.sum);
}

static neume_status write_signs(writing *w, size_t index) {
    const neume__draft *d = w->plan->draft;
    neume_voice *v = w->plan->voice;
    const neume__measure *m = &d->measures[index];
    const neume_metre metre = shown_metre(d, index);
    const neume_clef clef = w->plan->clefs[index];
    if (index > 0 && (clef.sign != w->clef.sign || clef.octave != w->clef.octave))
        NEUME_TRY(neume_voice_add_clef(v, m->at, clef));
    for (; w->next_key < d->key_count && d->keys[w->next_key].at <= m->at; w->next_key++)
        if (index > 0) NEUME_TRY(neume_voice_add_key(v, m->at, d->keys[w->next_key].key));
    if (index > 0 && !same_metre(metre, w->metre)) NEUME_TRY(neume_voice_add_metre(v, m->at, metre));
    if (index > 0 && w->plan->tempi && w->plan->tempi[index] > 0) {
        int64_t beat = neume_metre_beat_ticks(m->metre);
        double quarters = w->plan->tempi[index] * (double)(NEUME_WHOLE / 4) / (double)beat;
        NEUME_TRY(neume_voice_add_tempo(v, m->at, (neume_tempo){beat, (double)(int64_t)(quarters + 0.5), NULL}));
    }
    w->clef = clef, w->metre = metre;
    return NEUME_OK;
}

static neume_status write_bars(writing *w) {
    const neume__draft *d = w->plan->draft;
    size_t stretch = 0;
    for (size_t i = 0; i < d->measure_count; i++) {
        bar b = {.measure = &d->measures[i], .grid = neume__grid_of(&d->measures[i], i == 0), .tuplet = -1};
        NEUME_TRY(write_signs(w, i));
        NEUME_TRY(fill_bar(w, &b, &stretch));
        w->short_note = false;
        NEUME_TRY(write_sounds(w, &b));
        neume_bar line = {.style = i + 1 < d->measure_count ? NEUME_BAR_SINGLE : NEUME_BAR_FINAL};
        NEUME_TRY(neume_voice_add_bar(w->plan->voice, b.measure->at + b.measure->ticks, line));
    }
    return NEUME_OK;
}

neume_status neume__write_voice(const neume__voice_plan *plan) {
    neume_status status = NEUME_OK;
    writing w = {.plan = plan};
    plan->voice->clef = plan->clefs[0];
    NEUME_GO(collect_sounds(&w));
    NEUME_GO(cut_into_stretches(&w));
    NEUME_GO(write_bars(&w));
fail:
    neume__free(w.sounds), neume__free((void *)w.graces), neume__free(w.members), neume__free(w.active);
    neume__free(w.stretches), neume__free(w.bar);
    return status;
}
