/* Variations. By rules each bar, by chance and strength, gets figures that keep what makes the tune: the pitch on every
 * beat that a note begins on, the harmony, upbeats, and the last bar of every section. By the model such bars are
 * written anew, a few at a time, each knowing those before and behind. */
#include "gap.h"
#include "harmonise.h"
#include "revise.h"

#include <assert.h>

/* --- figures ------------------------------------------------------------------------------------------------------ */

typedef struct varying {
    neume_rng *rng;
    double strength;
    const bool *chosen; /* of each bar: may it change? */
    const score_bars *bars;
    size_t bar;
    neume_key key;
    chord_symbol chord;
    bool has_chord;
    int made;
} varying;

/* A note alone, of a plain length that still divides by four, with no tie, tuplet or ornament. */
static bool is_free(const neume_voice *voice, size_t i) {
    const neume_item *item = &voice->items[i];
    if (!neume__is_main_note(item) || item->count != 1 || item->tuplet >= 0 || voice->pitches[item->first].tied)
        return false;
    if (item->slurs_open || item->slurs_close || (i > 0 && voice->items[i - 1].grace)) return false;
    for (size_t k = i; k-- > 0;) { /* no tie into it */
        if (!neume__is_main_note(&voice->items[k])) continue;
        if (voice->pitches[voice->items[k].first].tied) return false;
        break;
    }
    return item->ticks >= NEUME_WHOLE / 8 && neume__is_plain_length(item->ticks) &&
           neume__is_plain_length(item->ticks / 4);
}

static bool is_dotted(int64_t ticks) {
    return !neume__is_plain_length(ticks * 3);
}

static neume_pitch step_away(const neume_key *key, neume_pitch pitch, int steps) {
    const int step = pitch.step + steps;
    neume_pitch out = {(int8_t)floor_mod(step, 7), 0, (int8_t)(pitch.octave + floor_div(step, 7)), false};
    out.alter = key->alter[out.step];
    return out;
}

/* A note in pieces, so long in proportion; its own pitch comes first. */
static neume_status put_figure(voice_edit *edit, size_t i, const int *parts, const neume_pitch *pitches, int count) {
    neume_item piece = edit->from->items[i];
    int sum = 0;
    for (int p = 0; p < count; p++) sum += parts[p];
    assert(sum > 0);
    const int64_t part = piece.ticks / sum;
    for (int p = 0; p < count; p++) {
        piece.ticks = part * parts[p];
        if (p == 0) {
            NEUME_TRY(neume__edit_copy_as(edit, i, piece));
        } else {
            piece.joined = piece.ticks < NEUME_WHOLE / 4;
            NEUME_TRY(neume__edit_add(edit, piece, &pitches[p], 1));
        }
        piece.at += piece.ticks;
    }
    return NEUME_OK;
}

/* x becomes x, its upper or lower neighbour, x. */
static neume_status put_neighbour(varying *v, voice_edit *edit, size_t i) {
    static const int plain[3] = {2, 1, 1}, dotted[3] = {1, 1, 1};
    const neume_pitch own = edit->from->pitches[edit->from->items[i].first];
    const neume_pitch pitches[3] = {own, step_away(&v->key, own, neume_rng_chance(v->rng, 0.6) ? 1 : -1), own};
    return put_figure(edit, i, is_dotted(edit->from->items[i].ticks) ? dotted : plain, pitches, 3);
}

/* The nearest note of the chord below (direction -1) or above a pitch. */
static neume_pitch chord_note(const varying *v, neume_pitch from, int direction) {
    static const int thirds[] = {4, 3, 3, 4, 4}, fifths[] = {7, 7, 6, 8, 7};
    neume_pitch root = v->chord.root, best = from;
    root.octave = 4;
    const interval up[3] = {{0, 0}, {2, thirds[v->chord.triad]}, {4, fifths[v->chord.triad]}};
    int nearest = 100;
    for (int n = 0; n < 3; n++)
        for (int octave = -4; octave <= 4; octave++) {
            neume_pitch note = neume__pitch_move(root, up[n]);
            note.octave = (int8_t)(note.octave + octave);
            const int apart = (neume_pitch_number(note) - neume_pitch_number(from)) * direction;
            if (apart > 0 && apart < nearest) nearest = apart, best = note;
        }
    return best;
}

/* x becomes x and notes of its chord. */
static neume_status put_arpeggio(varying *v, voice_edit *edit, size_t i) {
    static const int plain[4] = {1, 1, 1, 1}, dotted[4] = {3, 1, 1, 1};
    const neume_pitch own = edit->from->pitches[edit->from->items[i].first];
    const int direction = neume_rng_chance(v->rng, 0.6) ? -1 : 1;
    const neume_pitch one = chord_note(v, own, direction), two = chord_note(v, one, direction);
    const neume_pitch pitches[4] = {own, one, two, one};
    return put_figure(edit, i, is_dotted(edit->from->items[i].ticks) ? dotted : plain, pitches, 4);
}

/* Two equal notes become long and short, or short and long. */
static neume_status put_dotted(varying *v, voice_edit *edit, size_t i) {
    neume_item first = edit->from->items[i], second = edit->from->items[i + 1];
    const int64_t half = first.ticks / 2;
    const bool snap = neume_rng_chance(v->rng, 0.2);
    first.ticks += snap ? -half : half;
    second.at = first.at + first.ticks;
    second.ticks += snap ? half : -half;
    NEUME_TRY(neume__edit_copy_as(edit, i, first));
    return neume__edit_copy_as(edit, i + 1, second);
}

/* --- choosing ----------------------------------------------------------------------------------------------------- */

static void follow_chord(varying *v, const neume_voice *voice, size_t item, size_t *w) {
    for (; *w < voice->words_count && voice->words[*w].item <= (int32_t)item; ++*w)
        if (voice->words[*w].kind == NEUME_WORDS_CHORD)
            v->has_chord = neume__chord_parse(voice->words[*w].text, &v->chord);
}

/* Does the next item continue the same beat with an equal note that may move? */
static bool may_dot(const neume_voice *voice, size_t i, const score_bar *bar) {
    if (is_dotted(voice->items[i].ticks)) return false;
    if (i + 1 >= voice->item_count || !is_free(voice, i + 1)) return false;
    const neume_item *item = &voice->items[i];
    return voice->items[i + 1].ticks == item->ticks && (item->at - bar->at + bar->lack) % (2 * item->ticks) == 0 &&
           !neume_metre_compound(bar->metre) && item->ticks <= NEUME_WHOLE / 4;
}

/* Puts a figure in the note's place. @return through *taken how many items it stands for, 0 = none was chosen */
static neume_status vary_note(varying *v, voice_edit *edit, size_t i, size_t *taken) {
    const neume_voice *voice = edit->from;
    const neume_item *item = &voice->items[i];
    const score_bar *bar = neume__bar_at(v->bars, item->at, &v->bar);
    const double chance = 0.25 + 0.6 * v->strength;
    *taken = 0;
    if (!v->chosen[v->bar] || !is_free(voice, i) || !neume_rng_chance(v->rng, chance)) return NEUME_OK;
    *taken = 1;
    v->made++;
    if (may_dot(voice, i, bar) && neume_rng_chance(v->rng, 0.6)) {
        *taken = 2;
        return put_dotted(v, edit, i);
    }
    if (item->ticks >= NEUME_WHOLE / 2 && v->has_chord) return put_arpeggio(v, edit, i);
    if (item->ticks >= NEUME_WHOLE / 4) return put_neighbour(v, edit, i);
    v->made--;
    *taken = 0;
    return NEUME_OK;
}

static bool is_on_beat(const varying *v, const neume_item *item) {
    size_t from = v->bar;
    const score_bar *bar = neume__bar_at(v->bars, item->at, &from);
    if (bar->metre.unit <= 0) return true;
    const int64_t beat = NEUME_WHOLE / bar->metre.unit * (neume_metre_compound(bar->metre) ? 3 : 1);
    return (item->at - bar->at + bar->lack) % beat == 0;
}

static neume_status vary_voice(varying *v, neume_voice *voice) {
    voice_edit edit;
    neume_status status = NEUME_OK;
    size_t w = 0;
    bool figure = false; /* the last note was one */
    neume__edit_begin(&edit, voice);
    for (size_t i = 0, taken; i < voice->item_count && !status; i += taken ? taken : 1) {
        const size_t first = edit.to.item_count;
        taken = 0;
        follow_chord(v, voice, i, &w);
        if (voice->items[i].kind == NEUME_ITEM_KEY) v->key = voice->keys[voice->items[i].first];
        if (neume__is_main_note(&voice->items[i])) status = vary_note(v, &edit, i, &taken);
        if (!status && !taken) status = neume__edit_copy(&edit, i);
        /* What follows a figure on a beat was not beamed to it when it was one long note. */
        if (!status && figure && is_on_beat(v, &voice->items[i])) edit.to.items[first].joined = false;
        figure = taken > 0;
    }
    return neume__edit_end(&edit, voice, status);
}

/* Bars that may change: by chance, but never a section's last, nor one that is not full. */
static void choose_bars(const score_bars *bars, double strength, neume_rng *rng, bool *chosen) {
    for (size_t b = 0; b < bars->count; b++) {
        const score_bar *bar = &bars->items[b];
        const bool closes = b + 1 == bars->count || bars->items[b + 1].opens;
        chosen[b] = !closes && bar->ticks == neume_metre_ticks(bar->metre) && neume_rng_chance(rng, strength);
    }
}

static neume_status vary_by_rules(neume_score *score, const score_bars *bars, const bool *chosen, double strength,
                                  neume_rng *rng) {
    varying v = {.rng = rng, .strength = strength, .chosen = chosen, .bars = bars, .key = score->key};
    NEUME_TRY(vary_voice(&v, &score->voices[neume__melody_voice(score)]));
    const wish passing = {.rng = rng};
    if (v.made || strength <= 0) return NEUME_OK;
    const neume_status status = neume__add_passing_notes(score, &passing);
    return status == NEUME_EUNSUPPORTED ? NEUME_OK : status; /* nothing in it can be varied */
}

/* --- by the model ------------------------------------------------------------------------------------------------- */

enum { RUN_MOST = 4 };

/* Runs of chosen bars, each written anew in the piece as it has become. */
static neume_status vary_by_model(const neume_composer *composer, const score_bars *bars, const bool *chosen,
                                  const neume_writing_options *how, neume_score **score) {
    const size_t upbeat = bars->count && bars->items[0].lack > 0;
    neume_writing_options one = *how;
    one.count = 1;
    for (size_t b = upbeat, end; b < bars->count; b = end) {
        neume_ideas ideas = {0};
        for (end = b; end < bars->count && chosen[end] && end - b < RUN_MOST;) end++;
        if (end == b) {
            end++;
            continue;
        }
        one.seed += 1000003;
        NEUME_TRY(neume_compose_fill(composer, *score, (int)(b - upbeat) + 1, (int)(end - upbeat), &one, &ideas));
        neume_score_free(*score);
        *score = ideas.items[0].score;
        ideas.items[0].score = NULL;
        neume_ideas_clear(&ideas);
    }
    return NEUME_OK;
}

/* ------------------------------------------------------------------------------------------------------------------ */

static neume_status vary_once(const neume_composer *composer, const neume_score *score, double strength,
                              const neume_writing_options *how, neume_score **out) {
    neume_rng rng = neume_rng_seeded(how->seed, 4);
    score_bars bars = {0};
    neume_score *copy = NULL;
    NEUME_TRY(neume__score_copy(score, &copy));
    neume_status status = neume__bars_find(copy, &copy->voices[neume__melody_voice(copy)], &bars);
    bool *chosen = neume__calloc(bars.count + 1, sizeof *chosen);
    if (!chosen) status = NEUME_ENOMEM;
    if (!status) choose_bars(&bars, strength, &rng, chosen);
    if (!status)
        status = composer ? vary_by_model(composer, &bars, chosen, how, &copy)
                          : vary_by_rules(copy, &bars, chosen, strength, &rng);
    neume__free(chosen);
    neume__bars_clear(&bars);
    if (status)
        neume_score_free(copy);
    else
        *out = copy;
    return status;
}

neume_status neume_compose_vary(const neume_composer *composer, const neume_score *score, double strength,
                                const neume_writing_options *how, neume_ideas *out) {
    neume_ideas ideas = {0};
    NEUME_TRY(neume__writing_check(how));
    if (neume__melody_voice(score) < 0) return neume_fail(NEUME_EFORMAT, "there is no melody in it");
    if (!(strength >= 0 && strength <= 1)) return neume_fail(NEUME_EINVAL, "a strength is 0 to 1, not %g", strength);
    neume_status status = NEUME_OK;
    for (int n = 0; n < how->count && !status; n++) {
        neume_writing_options each = *how;
        neume_idea idea = {0};
        each.seed = how->seed + (uint64_t)n;
        status = neume__grow((void **)&ideas.items, &ideas.capacity, ideas.count + 1, sizeof *ideas.items);
        if (!status) status = vary_once(composer, score, strength, &each, &idea.score);
        if (!status) ideas.items[ideas.count++] = idea;
    }
    if (status) {
        neume_ideas_clear(&ideas);
        return status;
    }
    neume_ideas_clear(out);
    *out = ideas;
    return NEUME_OK;
}
