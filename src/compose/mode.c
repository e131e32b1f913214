/* The same tune in another mode, on the same tonic.
 *
 * Each step of the scale moves as the two signatures differ there; an accidental moves with its step, but a note that
 * the new mode already has stays. In minor, the seventh is raised where it leads: before the tonic, and over the
 * dominant's chords. So major to minor and back gives the tune again. */
#include "revise.h"

#include "chord_symbol.h"

#include <string.h>

typedef struct mode_change {
    neume_key from, to;
} mode_change;

static int degree(const neume_key *key, int step) {
    return floor_mod(step - key->tonic_step, 7);
}

static int8_t changed_alter(const mode_change *m, neume_pitch pitch) {
    const int8_t to = m->to.alter[pitch.step], from = m->from.alter[pitch.step];
    if (pitch.alter == to) return to;
    return (int8_t)(pitch.alter + to - from);
}

/* A raised seventh stays what it was in major. */
static int8_t leading_alter(const mode_change *m, neume_pitch pitch, bool leads) {
    const bool raises = m->to.mode == NEUME_MODE_MINOR && m->from.mode == NEUME_MODE_MAJOR;
    if (raises && leads && degree(&m->to, pitch.step) == 6 && pitch.alter == m->from.alter[pitch.step])
        return pitch.alter;
    return changed_alter(m, pitch);
}

/* --- chords ------------------------------------------------------------------------------------------------------- */

static bool is_dominant(const mode_change *m, const chord_symbol *chord) {
    const int at = degree(&m->to, chord->root.step);
    return (at == 4 && chord->triad == TRIAD_MAJOR) || (at == 6 && chord->triad == TRIAD_DIMINISHED);
}

static neume_pitch chord_note(const chord_symbol *chord, int steps) {
    static const int third[] = {4, 3, 3, 4}, fifth[] = {7, 7, 6, 8};
    neume_pitch root = chord->root;
    root.octave = 4;
    return neume__pitch_move(root, (interval){steps, steps == 2 ? third[chord->triad] : fifth[chord->triad]});
}

static chord_triad triad_of(neume_pitch root, neume_pitch third, neume_pitch fifth) {
    const int low = neume_pitch_number(third) - neume_pitch_number(root),
              high = neume_pitch_number(fifth) - neume_pitch_number(root);
    if (low == 4) return high == 8 ? TRIAD_AUGMENTED : TRIAD_MAJOR;
    return high == 6 ? TRIAD_DIMINISHED : TRIAD_MINOR;
}

static void change_chord(const mode_change *m, chord_symbol *chord) {
    const bool leads = is_dominant(m, chord);
    if (chord->has_bass) chord->bass.alter = leading_alter(m, chord->bass, leads);
    if (chord->triad == TRIAD_OTHER) {
        chord->root.alter = leading_alter(m, chord->root, leads);
        return;
    }
    neume_pitch notes[3] = {chord_note(chord, 0), chord_note(chord, 2), chord_note(chord, 4)};
    for (int i = 0; i < 3; i++) notes[i].alter = leading_alter(m, notes[i], leads);
    neume__chord_set_triad(chord, triad_of(notes[0], notes[1], notes[2]));
    chord->root.alter = notes[0].alter;
}

static neume_status change_words(neume_score *score, const mode_change *m, neume_words *words) {
    chord_symbol chord;
    char text[CHORD_TEXT_MAX];
    if (!neume__chord_parse(words->text, &chord)) return NEUME_OK;
    change_chord(m, &chord);
    neume__chord_print(&chord, text);
    return neume_score_string(score, text, strlen(text), &words->text);
}

/* --- notes -------------------------------------------------------------------------------------------------------- */

/* Does the next note of the voice, or the chord over it, make the seventh lead? */
static bool leads_on(const mode_change *m, const neume_voice *voice, size_t i) {
    for (size_t k = i + 1; k < voice->item_count; k++) {
        const neume_item *next = &voice->items[k];
        if (next->kind == NEUME_ITEM_REST) return false;
        if (!neume__is_main_note(next)) continue;
        const neume_pitch *top = neume__top_pitch(voice, next), *here = neume__top_pitch(voice, &voice->items[i]);
        if (here->tied && top->step == here->step) continue;
        const int rise = neume_pitch_number(*top) - neume_pitch_number(*here);
        return degree(&m->to, top->step) == 0 && rise > 0 && rise <= 2;
    }
    return false;
}

static neume_status change_voice(neume_score *score, const mode_change *m, neume_voice *voice) {
    size_t w = 0;
    bool dominant = false;
    for (size_t i = 0; i < voice->item_count; i++) {
        const neume_item *item = &voice->items[i];
        for (; w < voice->words_count && voice->words[w].item <= (int32_t)i; w++) {
            chord_symbol chord;
            if (voice->words[w].kind != NEUME_WORDS_CHORD) continue;
            dominant = neume__chord_parse(voice->words[w].text, &chord) && is_dominant(m, &chord);
            NEUME_TRY(change_words(score, m, &voice->words[w]));
        }
        if (item->kind != NEUME_ITEM_NOTES) continue;
        const bool leads = dominant || leads_on(m, voice, i);
        for (int32_t p = 0; p < item->count; p++) {
            neume_pitch *pitch = &voice->pitches[item->first + p];
            pitch->alter = leading_alter(m, *pitch, leads);
        }
    }
    return NEUME_OK;
}

static bool changes_key(const neume_score *score) {
    for (size_t v = 0; v < score->voice_count; v++)
        for (size_t i = 0; i < score->voices[v].item_count; i++)
            if (score->voices[v].items[i].kind == NEUME_ITEM_KEY && score->voices[v].items[i].at > 0) return true;
    return false;
}

neume_status neume__change_mode(neume_score *score, const wish *wanted) {
    const mode_change m = {score->key, neume_key_of(score->key.tonic_step, score->key.tonic_alter, wanted->mode)};
    const int signs = neume_key_fifths(&m.to);
    if (m.from.mode == NEUME_MODE_NONE) return neume_fail(NEUME_EUNSUPPORTED, "the piece names no key to change");
    if (signs < -7 || signs > 7) return neume_fail(NEUME_EUNSUPPORTED, "that key has more than seven sharps or flats");
    if (changes_key(score)) return neume_fail(NEUME_EUNSUPPORTED, "the piece changes its key; its mode is not one");
    if (m.from.mode == m.to.mode) return NEUME_OK;
    for (size_t v = 0; v < score->voice_count; v++) {
        neume_voice *voice = &score->voices[v];
        if (neume__voice_is_pitched(voice)) NEUME_TRY(change_voice(score, &m, voice));
        for (size_t k = 0; k < voice->key_count; k++) voice->keys[k] = m.to;
    }
    score->key = m.to;
    return NEUME_OK;
}

/* "to the relative minor": the mode changes, and the tonic moves so that the signature stays. */
neume_status neume__change_to_relative(neume_score *score, const wish *wanted) {
    const neume_mode from = (neume_mode)score->key.mode;
    const bool down = wanted->mode == NEUME_MODE_MINOR && from == NEUME_MODE_MAJOR,
               up = wanted->mode == NEUME_MODE_MAJOR && from == NEUME_MODE_MINOR;
    if (!down && !up) return neume_fail(NEUME_EUNSUPPORTED, "only major and minor have relatives");
    NEUME_TRY(neume__transpose_score(score, down ? (interval){-2, -3} : (interval){2, 3}, -1));
    return neume__change_mode(score, wanted);
}
