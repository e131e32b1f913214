/* From a <note> to an item of a voice. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "musicxml_read.h"

static const double TICKS_LIMIT = (double)NEUME_WHOLE * 5000;

int64_t neume__read_ticks(const neume__reader *r, double duration) {
    double ticks = duration * (double)(NEUME_WHOLE / 4) / r->divisions;
    return llround(ticks > TICKS_LIMIT ? TICKS_LIMIT : ticks < -TICKS_LIMIT ? -TICKS_LIMIT : ticks);
}

neume_status neume__read_move(neume__reader *r, int64_t ticks) {
    r->cursor += ticks;
    if (r->cursor < 0) r->cursor = 0;
    return neume__gather_reach(&r->gather, r->part, r->measure, r->cursor);
}

void neume__read_wait(neume__read_words *list, neume_words_kind kind, int verse, const char *text) {
    if (list->count >= NEUME__READ_PENDING) return;
    list->words[list->count++].words = (neume_words){.kind = (uint8_t)kind, .verse = (uint8_t)verse, .text = text};
}

/* The duration tells, unless it is the written value in a tuplet that its divisions cannot hold. */
static int64_t note_ticks(const neume__reader *r) {
    const neume__read_note *n = &r->note;
    int64_t told = neume__read_ticks(r, n->duration);
    int64_t written = n->type >= 0 ? neume__type_ticks(n->type, n->dots) : 0;
    if (n->grace) return written ? written : NEUME_WHOLE / 8;
    if (!n->actual || !written) return told;
    int64_t meant = written * n->normal / n->actual, off = llabs(meant - told);
    return off > n->actual && off <= neume__read_ticks(r, 1) && off <= meant / 4 ? meant : told;
}

static long find_instrument(const neume__reader *r) {
    const neume__musicxml_part *part = &r->list.parts[r->listed];
    for (size_t i = 0; r->note.instrument && i < part->instrument_count; i++)
        if (strcmp(r->list.instruments[part->first_instrument + i].id, r->note.instrument) == 0)
            return (long)(part->first_instrument + i);
    return part->instrument_count ? (long)part->first_instrument : -1;
}

/* Neume's instruments of drums say in their id how the drum is spelled. */
static bool spelled_drum(const char *id, neume_pitch *out) {
    static const int8_t steps[7] = {5, 6, 0, 1, 2, 3, 4}; /* A .. G */
    const char *at = id ? strrchr(id, '-') : NULL;
    if (!at || at[1] < 'A' || at[1] > 'G') return false;
    *out = (neume_pitch){.step = steps[at[1] - 'A']};
    for (at += 2; (*at == 's' || *at == 'b') && out->alter < 2 && out->alter > -2; at++)
        out->alter = (int8_t)(out->alter + (*at == 's' ? 1 : -1));
    out->octave = (int8_t)atoi(at);
    return out->octave >= -1 && out->octave <= 10;
}

/* A drum that nothing names is a snare. */
static neume_pitch drum_pitch(neume__reader *r) {
    enum { SNARE = 38 };
    neume_pitch pitch = {(int8_t)r->note.step, (int8_t)r->note.alter, (int8_t)r->note.octave, false};
    if (r->own && spelled_drum(r->note.instrument, &pitch)) return pitch;
    long index = find_instrument(r);
    int key = neume__musicxml_drum_key(index >= 0 ? &r->list.instruments[index] : NULL, &r->list.parts[r->listed]);
    if (key >= 0) return neume__pitch_of_key(key);
    if (!r->note.unpitched) return pitch;
    neume__read_fault(r, "a drum that is not named becomes a snare");
    return r->own && r->note.step >= 0 ? pitch : neume__pitch_of_key(SNARE);
}

neume__read_shift neume__read_rewriting(const neume__reader *r) {
    return (neume__read_shift){r->transposed.semitones - r->first_transposed.semitones,
                               r->transposed.steps - r->first_transposed.steps};
}

/* A pitch moved by an interval; what cannot be spelled so with two accidentals is spelled otherwise. */
static neume_pitch move_pitch(neume_pitch pitch, neume__read_shift by) {
    const int number = neume_pitch_number(pitch) + by.semitones;
    int step = pitch.step + 7 * pitch.octave + by.steps;
    neume_pitch moved = pitch;
    if (step < 0) return pitch;
    moved.step = (int8_t)(step % 7), moved.octave = (int8_t)(step / 7), moved.alter = 0;
    moved.alter = (int8_t)(number - neume_pitch_number(moved));
    if (moved.alter >= -2 && moved.alter <= 2) return moved;
    moved = neume__pitch_of_key(number < 0 ? 0 : number);
    moved.tied = pitch.tied;
    return moved;
}

static neume_pitch note_pitch(neume__reader *r) {
    neume__gather_part *part = &r->gather.parts[r->part];
    neume_pitch pitch = {(int8_t)r->note.step, (int8_t)r->note.alter, (int8_t)r->note.octave, false};
    if (r->note.unpitched && part->channel != 10) part->channel = 10, r->program = NEUME_PROGRAM_DRUMS;
    r->pitched += !r->note.unpitched, r->unpitched += r->note.unpitched;
    if (r->pitched && r->unpitched) neume__read_fault(r, "drums and pitched notes in one part: all become drums");
    if (part->channel == 10) pitch = drum_pitch(r);
    const neume__read_shift by = neume__read_rewriting(r);
    if (by.semitones) pitch = move_pitch(pitch, by);
    pitch.tied = r->note.tied;
    return pitch;
}

/* Players change instruments on the way: a flute becomes a piccolo. */
static neume_status follow_instrument(neume__reader *r) {
    const long index = find_instrument(r);
    if (r->own || index < 0 || r->note.rest || r->program == NEUME_PROGRAM_DRUMS) return NEUME_OK;
    const int program = neume__musicxml_program(&r->list.instruments[index], &r->list.parts[r->listed]);
    if (program == r->program || program == NEUME_PROGRAM_DRUMS) return NEUME_OK;
    r->program = program;
    return neume__gather_change_program(&r->gather, r->part, neume__read_sign_here(r, NEUME_ITEM_DIRECTIVE), program);
}

/* A chord's slurs are all its item's. */
static void join_slurs(const neume__reader *r, neume_item *item) {
    const neume__read_note *n = &r->note;
    if (!item || n->goes_on) return;
    if (n->slurs_open < 8 && item->slurs_open < 100) item->slurs_open = (uint8_t)(item->slurs_open + n->slurs_open);
    if (n->slurs_close < 8 && item->slurs_close < 100)
        item->slurs_close = (uint8_t)(item->slurs_close + n->slurs_close);
}

/* One more note of the last chord. */
static neume_status add_to_chord(neume__reader *r) {
    if (r->last_voice < 0) return NEUME_OK;
    neume_voice *raw = &r->gather.voices[r->last_voice].raw;
    neume_item *item = raw->item_count ? &raw->items[raw->item_count - 1] : NULL;
    join_slurs(r, item);
    if (r->note.rest) return NEUME_OK;
    if (!item || item->kind != NEUME_ITEM_NOTES || item->count >= 128) return NEUME_OK;
    if (r->note.goes_on) {
        if (++r->chord_note < item->count) raw->pitches[item->first + r->chord_note].tied = r->note.tied;
        return NEUME_OK;
    }
    NEUME_TRY(neume_voice_add_pitch(raw, note_pitch(r)));
    item->count++;
    return NEUME_OK;
}

/* A note that was split into tied ones becomes whole again; so does a rest of several bars. */
static neume_status lengthen(neume__reader *r, int64_t ticks) {
    neume__gather_voice *v = &r->gather.voices[r->last_voice];
    neume_item *item = &v->raw.items[v->raw.item_count - 1];
    item->ticks += ticks;
    v->tuplet_ticks += item->tuplet >= 0 ? ticks : 0;
    v->measure = r->measure;
    v->end = r->cursor + ticks;
    if (item->kind == NEUME_ITEM_NOTES && item->count) v->raw.pitches[item->first].tied = r->note.tied;
    r->chord_note = 0;
    return neume__read_move(r, ticks);
}

static neume_status add_words(neume__gather_voice *v, neume_words words) {
    words.item = (int32_t)v->raw.item_count - 1;
    return neume__gather_add_words(v, words);
}

/* Hangs those that wait for a note of this staff and time on a voice's last note. */
static neume_status hang_words(neume__reader *r, neume__gather_voice *v, int staff, int64_t at) {
    int kept = 0;
    neume_status status = NEUME_OK;
    for (int i = 0; i < r->before.count; i++) {
        const neume__read_word *w = &r->before.words[i];
        if (!status && (r->own || ((!w->staff || w->staff == staff) && w->at <= at)))
            status = add_words(v, w->words);
        else
            r->before.words[kept++] = *w;
    }
    r->before.count = kept;
    return status;
}

neume_status neume__read_flush_words(neume__reader *r) {
    if (r->last_voice < 0) return NEUME_OK;
    neume__gather_voice *v = &r->gather.voices[r->last_voice];
    return v->raw.item_count ? hang_words(r, v, v->staff + 1, INT64_MAX) : NEUME_OK;
}

static int32_t whole_bars(const neume__reader *r, int64_t ticks) {
    int64_t bar = neume_metre_ticks(r->metre);
    if (!r->note.whole_measure) return 0;
    if (r->own) return r->rest_left > 0 ? r->rest_left : 1;
    return ticks == (bar ? bar : NEUME_WHOLE) ? 1 : 0;
}

static neume_item make_item(const neume__reader *r, int64_t ticks) {
    const neume__read_note *n = &r->note;
    return (neume_item){.at = r->cursor,
                        .ticks = ticks,
                        .kind = n->rest ? NEUME_ITEM_REST : NEUME_ITEM_NOTES,
                        .grace = n->grace ? (n->slashed ? NEUME_GRACE_SLASHED : NEUME_GRACE_LONG) : NEUME_GRACE_NONE,
                        .hidden = n->hidden && n->rest,
                        .joined = n->joined,
                        .velocity = (uint8_t)(n->rest ? 0 : n->velocity),
                        .slurs_open = (uint8_t)(n->slurs_open < 200 ? n->slurs_open : 200),
                        .slurs_close = (uint8_t)(n->slurs_close < 200 ? n->slurs_close : 200),
                        .bars = n->rest ? whole_bars(r, ticks) : 0,
                        .tuplet = -1};
}

static neume_status add_item(neume__reader *r, int64_t ticks) {
    const neume__read_note *n = &r->note;
    neume__gather *g = &r->gather;
    const int64_t division = neume__read_ticks(r, 1), most = NEUME_WHOLE / 128;
    int64_t at = r->cursor;
    size_t index;
    neume__gather_voice key = {.part = r->part, .staff = n->staff - 1, .number = n->voice, .measure = r->measure};
    NEUME_TRY(neume__gather_find_voice(g, key, r->own ? 0 : division < most ? division : most, &at, &index));
    r->cursor = at;
    r->last_voice = (long)index;
    r->chord_note = 0;
    neume__gather_voice *v = &g->voices[index];
    neume_item item = make_item(r, ticks);
    const neume_tuplet ratio = {(int16_t)n->actual, (int16_t)n->normal, 0};
    NEUME_TRY(neume__gather_tuplet(v, ratio, n->tuplet_starts, n->tuplet_stops, &item));
    item.first = (int32_t)v->raw.pitch_count;
    item.count = item.kind == NEUME_ITEM_NOTES;
    if (item.count) NEUME_TRY(neume_voice_add_pitch(&v->raw, note_pitch(r)));
    NEUME_TRY(neume__gather_add_item(g, index, r->measure, item));
    NEUME_TRY(hang_words(r, v, n->staff, r->cursor));
    for (int i = 0; i < r->at.count; i++) NEUME_TRY(add_words(v, r->at.words[i].words));
    return NEUME_OK;
}

static neume_status end_cue(neume__reader *r, int64_t ticks) {
    neume__read_fault(r, "cue notes are left out");
    if (!r->note.chord) r->cue_at = r->note.grace ? -1 : r->cursor;
    return r->note.grace || r->note.chord ? NEUME_OK : neume__read_move(r, ticks);
}

static neume_status end_chord_note(neume__reader *r, int64_t ticks) {
    if (r->last_voice < 0) return NEUME_OK;
    const neume_voice *raw = &r->gather.voices[r->last_voice].raw;
    const neume_item *item = raw->item_count ? &raw->items[raw->item_count - 1] : NULL;
    if (item && !item->grace && !r->note.rest && item->ticks != ticks)
        neume__read_fault(r, "the notes of a chord have different lengths: the first counts");
    return add_to_chord(r);
}

neume_status neume__read_end_note(neume__reader *r) {
    neume__read_note *n = &r->note;
    int64_t ticks = note_ticks(r);
    r->in_first = false;
    if (r->part < 0) return neume_fail(NEUME_EFORMAT, "a note stands outside of any part");
    if (n->cue) return end_cue(r, ticks);
    if (!n->rest && !n->unpitched && n->step < 0) return neume_fail(NEUME_EFORMAT, "a note has no pitch");
    if (n->chord && r->cue_at >= 0) r->cursor = r->cue_at, n->chord = false; /* its first note was a cue */
    r->cue_at = -1;
    if (n->chord) return end_chord_note(r, ticks);
    if (n->grace && n->rest) return NEUME_OK;
    const neume_voice *last = r->last_voice >= 0 ? &r->gather.voices[r->last_voice].raw : NULL;
    bool goes_on = r->own && last && last->item_count && n->goes_on;
    bool long_rest = r->own && last && last->item_count && n->whole_measure && r->rest_left < 0;
    if (goes_on || long_rest) return lengthen(r, ticks);
    if (!n->grace && ticks <= 0) {
        neume__read_fault(r, "a note without a length is left out");
        return NEUME_OK;
    }
    NEUME_TRY(follow_instrument(r));
    NEUME_TRY(add_item(r, ticks));
    return n->grace ? NEUME_OK : neume__read_move(r, ticks);
}
