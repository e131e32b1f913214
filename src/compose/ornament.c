/* Ornaments by rule and chance: grace notes, trills and passing notes, all from the key.
 *
 * - A slashed grace, the step above, before a note of a quarter or longer on a beat.
 * - A trill on a dotted quarter or longer, and on the last note but one when it is a step above the last.
 * - A passing note between two notes a third apart, when the first is an eighth or longer and divides in two. */
#include "revise.h"

#include <string.h>

static const double GRACE_CHANCE = 0.4, TRILL_CHANCE = 0.6, PASSING_CHANCE = 0.6;

typedef struct decorating {
    neume_score *score;
    neume_rng *rng;
    bool graces, trills, passing;
    score_bars bars;
    size_t bar;
    neume_key key;
    int made;
} decorating;

/* The step above or below, as the key has it. */
static neume_pitch neighbour(const neume_key *key, neume_pitch pitch, int steps) {
    const int step = pitch.step + steps;
    neume_pitch out = {(int8_t)floor_mod(step, 7), 0, (int8_t)(pitch.octave + floor_div(step, 7)), false};
    out.alter = key->alter[out.step];
    return out;
}

static bool is_on_beat(const decorating *d, const neume_item *item) {
    size_t from = d->bar;
    const score_bar *bar = neume__bar_at(&d->bars, item->at, &from);
    const int64_t beat = bar->metre.unit > 0
                             ? NEUME_WHOLE / bar->metre.unit * (neume_metre_compound(bar->metre) ? 3 : 1)
                             : NEUME_WHOLE / 4;
    return (item->at - bar->at + bar->lack) % beat == 0;
}

/* The next main note when it follows at once; NULL when a rest or nothing does. */
static const neume_item *next_note(const neume_voice *voice, size_t i) {
    for (size_t k = i + 1; k < voice->item_count; k++) {
        const neume_item *item = &voice->items[k];
        if (item->kind == NEUME_ITEM_REST || item->grace) return NULL;
        if (item->kind == NEUME_ITEM_NOTES) return item;
        if (item->kind == NEUME_ITEM_BAR && neume__bar_opens_section(&voice->bars[item->first])) return NULL;
    }
    return NULL;
}

static bool wants_grace(const decorating *d, const neume_voice *voice, size_t i) {
    const neume_item *item = &voice->items[i];
    const bool has_one = i > 0 && voice->items[i - 1].grace;
    return d->graces && item->ticks >= NEUME_WHOLE / 4 && !has_one && is_on_beat(d, item) &&
           neume_rng_chance(d->rng, GRACE_CHANCE);
}

static bool wants_passing(const decorating *d, const neume_voice *voice, size_t i, int *direction) {
    const neume_item *item = &voice->items[i], *next = next_note(voice, i);
    if (!d->passing || !next || item->count != 1 || item->tuplet >= 0 || voice->pitches[item->first].tied) return false;
    if (item->ticks < NEUME_WHOLE / 8 || !neume__is_plain_length(item->ticks / 2)) return false;
    const neume_pitch *from = &voice->pitches[item->first], *to = neume__top_pitch(voice, next);
    const int steps = 7 * (to->octave - from->octave) + to->step - from->step;
    *direction = steps / 2;
    return (steps == 2 || steps == -2) && neume_rng_chance(d->rng, PASSING_CHANCE);
}

static bool wants_trill(const decorating *d, const neume_voice *voice, size_t i) {
    const neume_item *item = &voice->items[i], *next = next_note(voice, i);
    if (!d->trills || item->count != 1 || voice->pitches[item->first].tied) return false;
    const bool closes = next && !next_note(voice, (size_t)(next - voice->items)) && item->ticks >= NEUME_WHOLE / 8;
    const neume_pitch *here = &voice->pitches[item->first], *after = closes ? neume__top_pitch(voice, next) : here;
    if (closes && 7 * (here->octave - after->octave) + here->step - after->step == 1) return true;
    return item->ticks >= NEUME_WHOLE / 8 * 3 && neume_rng_chance(d->rng, TRILL_CHANCE);
}

static neume_status decorate_note(decorating *d, voice_edit *edit, size_t i) {
    const neume_item *item = &edit->from->items[i];
    const neume_pitch top = *neume__top_pitch(edit->from, item);
    int direction = 0;
    if (wants_grace(d, edit->from, i)) {
        const neume_pitch grace = neighbour(&d->key, top, 1);
        const neume_item small = {
            .at = item->at, .ticks = NEUME_WHOLE / 16, .grace = NEUME_GRACE_SLASHED, .tuplet = -1};
        NEUME_TRY(neume__edit_add(edit, small, &grace, 1));
        d->made++;
    }
    if (!wants_passing(d, edit->from, i, &direction)) {
        NEUME_TRY(neume__edit_copy(edit, i));
        if (!wants_trill(d, edit->from, i)) return NEUME_OK;
        d->made++;
        return neume__add_word(d->score, &edit->to, (int32_t)edit->to.item_count - 1, NEUME_WORDS_MARK, "trill");
    }
    neume_item first = *item, second = *item;
    const neume_pitch passing = neighbour(&d->key, top, direction);
    first.ticks = item->ticks / 2;
    first.slurs_close = 0;
    second.ticks = item->ticks - first.ticks;
    second.at = item->at + first.ticks;
    second.slurs_open = 0;
    second.joined = first.ticks < NEUME_WHOLE / 4;
    d->made++;
    NEUME_TRY(neume__edit_copy_as(edit, i, first));
    return neume__edit_add(edit, second, &passing, 1);
}

static neume_status decorate_voice(decorating *d, neume_voice *voice) {
    voice_edit edit;
    neume_status status = NEUME_OK;
    neume__edit_begin(&edit, voice);
    for (size_t i = 0; i < voice->item_count && !status; i++) {
        const neume_item *item = &voice->items[i];
        if (item->kind == NEUME_ITEM_KEY) d->key = voice->keys[item->first];
        status = neume__is_main_note(item) ? decorate_note(d, &edit, i) : neume__edit_copy(&edit, i);
    }
    return neume__edit_end(&edit, voice, status);
}

/* With the melody or the rhythm kept there are no passing notes: they would change it. */
static neume_status decorate(neume_score *score, const wish *wanted, decorating d) {
    neume_voice *voice = &score->voices[neume__melody_voice(score)];
    d.score = score;
    d.rng = wanted->rng;
    d.key = score->key;
    d.passing &= !(wanted->keep & (NEUME_KEEP_MELODY | NEUME_KEEP_RHYTHM));
    if (!d.passing && !d.graces && !d.trills)
        return neume_fail(NEUME_EUNSUPPORTED, "passing notes would change what is to be kept");
    neume_status status = neume__bars_find(score, voice, &d.bars);
    if (!status && d.bars.count) status = decorate_voice(&d, voice);
    neume__bars_clear(&d.bars);
    if (!status && !d.made) return neume_fail(NEUME_EUNSUPPORTED, "there is no note that such an ornament fits");
    return status;
}

neume_status neume__ornament(neume_score *score, const wish *wanted) {
    return decorate(score, wanted, (decorating){.graces = true, .trills = true, .passing = true});
}

neume_status neume__add_graces(neume_score *score, const wish *wanted) {
    return decorate(score, wanted, (decorating){.graces = true});
}

neume_status neume__add_trills(neume_score *score, const wish *wanted) {
    return decorate(score, wanted, (decorating){.trills = true});
}

neume_status neume__add_passing_notes(neume_score *score, const wish *wanted) {
    return decorate(score, wanted, (decorating){.passing = true});
}
