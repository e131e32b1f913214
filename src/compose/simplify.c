/* Easier to play: fewer ornaments, fewer notes, smaller range.
 *
 * Notes that begin off a grid (eighths; for beginners quarters, in compound metres eighths) give their time to the note
 * before them, chords become their top note (melody) or lowest (other voices), and what lies outside an octave and a
 * half comes into it by octaves. Notes with a chord symbol stay, so that the harmony stays. */
#include "revise.h"

#include <assert.h>
#include <string.h>

enum { RANGE_SEMITONES = 18, BEGINNER_SEMITONES = 12 };

static bool has_chord(const neume_voice *voice, size_t item, size_t *w) {
    while (*w < voice->words_count && voice->words[*w].item < (int32_t)item) ++*w;
    for (size_t i = *w; i < voice->words_count && voice->words[i].item == (int32_t)item; i++)
        if (voice->words[i].kind == NEUME_WORDS_CHORD) return true;
    return false;
}

/* Items that stay wait for the next one that stays: until then they last. */
typedef struct merging {
    voice_edit edit;
    const score_bars *bars;
    int64_t grid;
    size_t bar, words, kept; /* kept: the item that is waiting for its end */
    bool waiting;
} merging;

static neume_status put_waiting(merging *m, int64_t until) {
    if (!m->waiting) return NEUME_OK;
    neume_item item = m->edit.from->items[m->kept];
    m->waiting = false;
    item.ticks = until - item.at;
    item.tuplet = -1;
    item.bars = item.ticks == m->edit.from->items[m->kept].ticks ? item.bars : 0;
    return neume__edit_copy_spelled(&m->edit, m->kept, item);
}

static neume_status merge_item(merging *m, size_t i) {
    const neume_voice *voice = m->edit.from;
    const neume_item *item = &voice->items[i];
    if (item->grace) return NEUME_OK;
    if (item->kind > NEUME_ITEM_REST) {
        NEUME_TRY(put_waiting(m, item->at));
        return neume__edit_copy(&m->edit, i);
    }
    const score_bar *bar = neume__bar_at(m->bars, item->at, &m->bar);
    const int64_t place = item->at - bar->at + bar->lack;
    const bool stays = place % m->grid == 0 || has_chord(voice, i, &m->words) || !m->waiting;
    if (!stays) return NEUME_OK;
    NEUME_TRY(put_waiting(m, item->at));
    m->kept = i;
    m->waiting = true;
    return NEUME_OK;
}

/* A tie to a note that is gone now, or has another pitch, ends. */
static void end_loose_ties(neume_voice *voice) {
    neume_item *last = NULL;
    for (size_t i = 0; i < voice->item_count; i++) {
        neume_item *item = &voice->items[i];
        if (item->kind > NEUME_ITEM_REST || item->grace) continue;
        for (int32_t p = 0; last && last->kind == NEUME_ITEM_NOTES && p < last->count; p++) {
            neume_pitch *pitch = &voice->pitches[last->first + p];
            bool goes_on = false;
            for (int32_t q = 0; item->kind == NEUME_ITEM_NOTES && q < item->count; q++)
                goes_on |= neume_pitch_number(voice->pitches[item->first + q]) == neume_pitch_number(*pitch);
            pitch->tied &= goes_on;
        }
        last = item;
    }
}

static void single_notes(neume_voice *voice, bool lowest) {
    for (size_t i = 0; i < voice->item_count; i++) {
        neume_item *item = &voice->items[i];
        if (item->kind != NEUME_ITEM_NOTES || item->count < 2) continue;
        neume_pitch *chosen = neume__top_pitch(voice, item);
        for (int32_t p = 0; p < item->count && lowest; p++)
            if (neume_pitch_number(voice->pitches[item->first + p]) < neume_pitch_number(*chosen))
                chosen = &voice->pitches[item->first + p];
        voice->pitches[item->first] = *chosen;
        item->count = 1;
    }
}

static neume_status merge_voice(const score_bars *bars, neume_voice *voice, int64_t grid) {
    merging m = {.bars = bars, .grid = grid};
    neume_status status = NEUME_OK;
    if (!bars->count) return NEUME_OK;
    neume__edit_begin(&m.edit, voice);
    for (size_t i = 0; i < voice->item_count && !status; i++) status = merge_item(&m, i);
    if (!status && m.waiting) {
        const neume_item *last = NULL;
        for (size_t i = m.kept; i < voice->item_count; i++)
            if (voice->items[i].kind <= NEUME_ITEM_REST && !voice->items[i].grace) last = &voice->items[i];
        assert(last);
        status = put_waiting(&m, last->at + last->ticks);
    }
    status = neume__edit_end(&m.edit, voice, status);
    if (!status) end_loose_ties(voice);
    return status;
}

static neume_status merge_to(neume_score *score, const wish *wanted, int64_t grid) {
    const int melody = neume__melody_voice(score);
    score_bars bars = {0};
    neume_status status = neume__bars_find(score, &score->voices[melody], &bars);
    for (size_t v = 0; v < score->voice_count && !status; v++) {
        neume_voice *voice = &score->voices[v];
        const bool is_melody = (int)v == melody;
        if (!neume__voice_is_pitched(voice) || (wanted->keep & NEUME_KEEP_MELODY && is_melody)) continue;
        if (wanted->keep & NEUME_KEEP_HARMONY && !is_melody) continue;
        if (!(wanted->keep & NEUME_KEEP_RHYTHM)) status = merge_voice(&bars, voice, grid);
        if (!status) single_notes(voice, !is_melody);
    }
    neume__bars_clear(&bars);
    return status;
}

static int64_t usual_grid(const neume_score *score, bool beginner) {
    return beginner && !neume_metre_compound(score->metre) && score->metre.unit <= 4 ? NEUME_WHOLE / 4
                                                                                     : NEUME_WHOLE / 8;
}

neume_status neume__merge_short_notes(neume_score *score, const wish *wanted) {
    return merge_to(score, wanted, usual_grid(score, false));
}

/* --- range -------------------------------------------------------------------------------------------------------- */

static void voice_range(const neume_voice *voice, int *low, int *high, double *mean) {
    double sum = 0;
    int count = 0;
    *low = 127, *high = 0;
    for (size_t i = 0; i < voice->item_count; i++) {
        if (!neume__is_main_note(&voice->items[i])) continue;
        const int number = neume_pitch_number(*neume__top_pitch(voice, &voice->items[i]));
        *low = number < *low ? number : *low;
        *high = number > *high ? number : *high;
        sum += number;
        count++;
    }
    *mean = count ? sum / count : 0;
}

static void fold_voice(neume_voice *voice, int range) {
    int low, high;
    double mean;
    voice_range(voice, &low, &high, &mean);
    if (high - low <= range) return;
    const int floor_ = (int)(mean - range / 2.0), ceiling = floor_ + range;
    for (size_t p = 0; p < voice->pitch_count; p++) {
        neume_pitch *pitch = &voice->pitches[p];
        while (neume_pitch_number(*pitch) > ceiling) pitch->octave--;
        while (neume_pitch_number(*pitch) < floor_) pitch->octave++;
    }
}

static void fold(neume_score *score, const wish *wanted, int range) {
    const int melody = neume__melody_voice(score);
    for (size_t v = 0; v < score->voice_count; v++) {
        const unsigned kept = (int)v == melody ? NEUME_KEEP_MELODY : NEUME_KEEP_HARMONY;
        if (neume__voice_is_pitched(&score->voices[v]) && !(wanted->keep & kept)) fold_voice(&score->voices[v], range);
    }
}

/* "limit the range to an octave", "... to 10 semitones"; a range in octaves by default. */
neume_status neume__limit_range(neume_score *score, const wish *wanted) {
    const bool number = wanted->words >> WORD_NUMBER & 1, octave = wanted->words >> WORD_OCTAVE & 1;
    const double octaves = octave ? (number ? wanted->number : 1) * 12 : number ? wanted->number : RANGE_SEMITONES;
    if (octaves < 12 || octaves > 96) return neume_fail(NEUME_EUNSUPPORTED, "a range is an octave at least");
    fold(score, wanted, (int)octaves);
    return NEUME_OK;
}

neume_status neume__simplify(neume_score *score, const wish *wanted) {
    const bool beginner = wanted->words >> WORD_BEGINNER & 1;
    NEUME_TRY(neume__remove_ornaments(score, wanted));
    NEUME_TRY(merge_to(score, wanted, usual_grid(score, beginner)));
    fold(score, wanted, beginner ? BEGINNER_SEMITONES : RANGE_SEMITONES);
    return NEUME_OK;
}
