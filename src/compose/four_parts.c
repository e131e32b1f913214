/* The melody as soprano, with alto, tenor and bass on two staves: a note of each for every slot of harmony, longer ones
 * where chord and note stay. */
#include "harmonise.h"
#include "revise.h"
#include "voicing.h"

#include <string.h>

enum { CHOIR = 52 }; /* General MIDI: "Choir Aahs" */

/* --- the soprano -------------------------------------------------------------------------------------------------- */

static int outside(const neume_voice *voice, int octaves) {
    int count = 0;
    for (size_t p = 0; p < voice->pitch_count; p++) {
        const int number = neume_pitch_number(voice->pitches[p]) + voice->transpose + 12 * octaves;
        count += (number < neume__part_lowest[SOPRANO]) * 3 + (number > neume__part_highest[SOPRANO]);
    }
    return count;
}

/* One note at a time, at the pitch that sounds, in the octave that suits a soprano best. */
static void make_soprano(neume_voice *voice) {
    static const int tries[] = {0, 1, -1, 2, -2};
    int best = 0;
    for (size_t i = 0; i < voice->item_count; i++) {
        neume_item *item = &voice->items[i];
        if (item->kind != NEUME_ITEM_NOTES || item->count < 2) continue;
        voice->pitches[item->first] = *neume__top_pitch(voice, item);
        item->count = 1;
    }
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++)
        if (outside(voice, tries[i]) < outside(voice, best)) best = tries[i];
    neume__move_voice(voice, (interval){7 * best, 12 * best});
}

static void hear_soprano(const neume_voice *voice, const neume_harmony_slot *slot, size_t *from, voicing_slot *out) {
    out->first = out->last = out->lowest = -1;
    while (*from < voice->item_count && voice->items[*from].at + voice->items[*from].ticks <= slot->at) ++*from;
    for (size_t i = *from; i < voice->item_count && voice->items[i].at < slot->at + slot->ticks; i++) {
        const neume_item *item = &voice->items[i];
        if (!neume__is_main_note(item) || item->at + item->ticks <= slot->at) continue;
        const int number = neume_pitch_number(voice->pitches[item->first]) + voice->transpose;
        if (out->first < 0) out->first = out->lowest = number;
        if (number < out->lowest) out->lowest = number;
        out->last = number;
    }
}

/* --- chords ------------------------------------------------------------------------------------------------------- */

static void name_chord(const neume_harmony_slot *slot, int state, voicing_slot *out) {
    static const int thirds[NEUME_CHORD_KINDS] = {4, 3, 3, 4}, fifths[NEUME_CHORD_KINDS] = {7, 7, 6, 7};
    const int kind = state % NEUME_CHORD_KINDS, degree = state / NEUME_CHORD_KINDS;
    out->root = (slot->tonic + degree) % 12;
    out->third = (out->root + thirds[kind]) % 12;
    out->fifth = (out->root + fifths[kind]) % 12;
    out->seventh = kind == NEUME_CHORD_SEVENTH ? (out->root + 10) % 12 : -1;
    out->tonic = slot->tonic % 12;
    out->leading = (slot->tonic + 11) % 12;
    out->dominant = (degree == 7 && thirds[kind] == 4) || (degree == 11 && kind == NEUME_CHORD_DIMINISHED);
}

/* --- the parts below ---------------------------------------------------------------------------------------------- */

typedef struct writing {
    const neume_harmony_slots *slots;
    const int8_t *states;
    const voicing *voicings;
    const voicing_slot *soprano;
    score_bars bars;
} writing;

static int part_number(const voicing *v, int part) {
    return part == BASS ? v->bass : part == TENOR ? v->tenor : v->alto;
}

/* Where the part's next note begins: behind slots with the same chord and note in the same bar. */
static size_t end_of_note(const writing *w, size_t s, int part) {
    const int number = part_number(&w->voicings[s], part);
    size_t end = s + 1;
    for (; end < w->slots->count; end++) {
        if (w->slots->items[end].place == 0 || w->slots->items[end].opens || w->states[end] != w->states[s]) break;
        if (w->slots->items[end].at != w->slots->items[end - 1].at + w->slots->items[end - 1].ticks) break;
        if (part_number(&w->voicings[end], part) != number) break;
        if ((w->soprano[end].first < 0) != (w->soprano[s].first < 0)) break;
    }
    return end;
}

static neume_pitch spell(const writing *w, size_t s, int number) {
    neume_pitch pitches[4];
    size_t bar = 0;
    const neume_key *key = &neume__bar_at(&w->bars, w->slots->items[s].at, &bar)->key;
    const int count = neume__chord_pitches(key, w->states[s], pitches);
    for (int p = 0; p < count; p++) {
        const neume_pitch near = neume__pitch_near(pitches[p], number);
        if (neume_pitch_number(near) == number) return near;
    }
    return neume__pitch_near(pitches[0], number);
}

static bool is_shared_sign(const neume_item *item) {
    return item->kind == NEUME_ITEM_BAR || item->kind == NEUME_ITEM_KEY || item->kind == NEUME_ITEM_METRE ||
           item->kind == NEUME_ITEM_BREAK;
}

/* Bar lines and their like up to a moment. */
static neume_status copy_signs(voice_edit *edit, size_t *item, int64_t until) {
    for (; *item < edit->from->item_count && edit->from->items[*item].at <= until; ++*item)
        if (is_shared_sign(&edit->from->items[*item])) NEUME_TRY(neume__edit_copy(edit, *item));
    return NEUME_OK;
}

static neume_status write_part(const writing *w, const neume_voice *soprano, int part, neume_voice *voice) {
    voice_edit edit;
    size_t item = 0;
    neume_status status = NEUME_OK;
    neume__edit_begin(&edit, soprano);
    for (size_t s = 0, end; s < w->slots->count && !status; s = end) {
        const neume_harmony_slot *slot = &w->slots->items[s];
        end = end_of_note(w, s, part);
        const neume_harmony_slot *last = &w->slots->items[end - 1];
        const neume_pitch pitch = spell(w, s, part_number(&w->voicings[s], part));
        const neume_item note = {.at = slot->at, .ticks = last->at + last->ticks - slot->at, .tuplet = -1};
        status = copy_signs(&edit, &item, slot->at);
        if (!status) status = neume__edit_add_spelled(&edit, note, &pitch, w->soprano[s].first >= 0);
    }
    if (!status) status = copy_signs(&edit, &item, INT64_MAX);
    return neume__edit_end(&edit, voice, status);
}

static void set_part(neume_voice *voice, int part) {
    static const struct {
        const char *id, *name, *brief;
        int staff, sign;
    } parts[PARTS] = {{"B", "Bass", "B.", 1, NEUME_CLEF_BASS},
                      {"T", "Tenor", "T.", 1, NEUME_CLEF_BASS},
                      {"A", "Alto", "A.", 0, NEUME_CLEF_TREBLE},
                      {"S", "Soprano", "S.", 0, NEUME_CLEF_TREBLE}};
    voice->id = parts[part].id;
    voice->name = parts[part].name;
    voice->short_name = parts[part].brief;
    voice->part = voice->staff = parts[part].staff;
    voice->clef = (neume_clef){(uint8_t)parts[part].sign, 0};
    voice->program = CHOIR;
    voice->channel = -1;
    voice->transpose = 0;
}

/* The melody alone stays, as the first of four voices. */
static neume_status make_room(neume_score *score) {
    const int melody = neume__melody_voice(score);
    const neume_voice kept = score->voices[melody];
    score->voices[melody] = (neume_voice){0};
    for (size_t v = 0; v < score->voice_count; v++) neume_voice_clear(&score->voices[v]);
    score->voices[0] = kept;
    score->voice_count = 1;
    for (int p = ALTO; p >= BASS; p--) {
        neume_voice *voice = NULL;
        NEUME_TRY(neume_score_add_voice(score, "", 0, &voice));
    }
    return neume_score_string(score, "(S A) (T B)", strlen("(S A) (T B)"), &score->layout);
}

static neume_status find_voicings(const neume_voice *soprano, writing *w, int *faults) {
    voicing_slot *over = neume__calloc(w->slots->count + 1, sizeof *over);
    voicing *found = neume__calloc(w->slots->count + 1, sizeof *found);
    size_t item = 0;
    w->soprano = over;
    w->voicings = found;
    if (!over || !found) return NEUME_ENOMEM;
    for (size_t s = 0; s < w->slots->count; s++) {
        hear_soprano(soprano, &w->slots->items[s], &item, &over[s]);
        name_chord(&w->slots->items[s], w->states[s], &over[s]);
        over[s].same = s > 0 && w->states[s] == w->states[s - 1];
    }
    return neume__voicings_find(over, w->slots->count, found, faults);
}

neume_status neume__write_four_parts(neume_score *score, const neume_harmony_slots *slots, const int8_t *states,
                                     int *faults) {
    writing w = {.slots = slots, .states = states};
    NEUME_TRY(make_room(score));
    neume_voice *soprano = &score->voices[0];
    make_soprano(soprano);
    neume_status status = find_voicings(soprano, &w, faults);
    if (!status) status = neume__bars_find(score, soprano, &w.bars);
    if (!status) {
        neume__drop_words(soprano, 1U << NEUME_WORDS_CHORD, NULL);
        set_part(soprano, SOPRANO);
    }
    for (int part = ALTO; part >= BASS && !status; part--) {
        neume_voice *voice = &score->voices[SOPRANO - part];
        status = write_part(&w, soprano, part, voice);
        set_part(voice, part);
    }
    neume__bars_clear(&w.bars);
    neume__free((void *)w.soprano);
    neume__free((void *)w.voicings);
    return status;
}
