/* Transposing: every pitch moves by one and the same interval, spelled; so do keys and chord symbols. */
#include "revise.h"

#include "chord_symbol.h"

#include <string.h>

enum { OCTAVE_STEPS = 7, OCTAVE_SEMITONES = 12 };

void neume__move_voice(neume_voice *voice, interval by) {
    for (size_t p = 0; p < voice->pitch_count; p++) voice->pitches[p] = neume__pitch_move(voice->pitches[p], by);
}

static neume_status move_chords(neume_score *score, neume_voice *voice, interval by) {
    for (size_t w = 0; w < voice->words_count; w++) {
        neume_words *words = &voice->words[w];
        chord_symbol chord;
        char text[CHORD_TEXT_MAX];
        if (words->kind != NEUME_WORDS_CHORD || !neume__chord_parse(words->text, &chord)) continue;
        neume__chord_move(&chord, by);
        neume__chord_print(&chord, text);
        NEUME_TRY(neume_score_string(score, text, strlen(text), &words->text));
    }
    return NEUME_OK;
}

neume_status neume__transpose_score(neume_score *score, interval by, int only) {
    const bool octaves = by.semitones % OCTAVE_SEMITONES == 0 && by.steps % OCTAVE_STEPS == 0;
    if (only < 0) score->key = neume__key_move(&score->key, by);
    for (size_t v = 0; v < score->voice_count; v++) {
        neume_voice *voice = &score->voices[v];
        if (!neume__voice_is_pitched(voice) || (only >= 0 && (int)v != only)) continue;
        neume__move_voice(voice, by);
        for (size_t k = 0; k < voice->key_count; k++) voice->keys[k] = neume__key_move(&voice->keys[k], by);
        if (!octaves) NEUME_TRY(move_chords(score, voice, by));
    }
    return NEUME_OK;
}

neume_status neume__transpose_by_interval(neume_score *score, const wish *wanted) {
    const int sign = wanted->words >> WORD_DOWN & 1 ? -1 : 1;
    const interval by = {sign * wanted->by.steps, sign * wanted->by.semitones};
    return neume__transpose_score(score, neume__interval_usable(&score->key, by), -1);
}

neume_status neume__transpose_octaves(neume_score *score, const wish *wanted) {
    const int octaves =
        (wanted->words >> WORD_DOWN & 1 ? -1 : 1) * (wanted->words >> WORD_NUMBER & 1  ? (int)wanted->number
                                                     : wanted->words >> WORD_TWICE & 1 ? 2
                                                                                       : 1);
    if (octaves < -3 || octaves > 3) return neume_fail(NEUME_EUNSUPPORTED, "more than three octaves are too many");
    return neume__transpose_score(score, (interval){OCTAVE_STEPS * octaves, OCTAVE_SEMITONES * octaves}, -1);
}

neume_status neume__transpose_semitones(neume_score *score, const wish *wanted) {
    const double each = wanted->words >> WORD_TONE & 1 ? 2 : 1,
                 semitones = (wanted->words >> WORD_NUMBER & 1 ? wanted->number : 1) * each;
    if (semitones > 36 || semitones != (double)(int)semitones)
        return neume_fail(NEUME_EUNSUPPORTED, "%g semitones are no interval", semitones);
    const int sign = wanted->words >> WORD_DOWN & 1 ? -1 : 1;
    return neume__transpose_score(score, neume__interval_from(&score->key, sign * (int)semitones), -1);
}

/* "to E minor": the tonic first, then the mode. */
neume_status neume__transpose_to_key(neume_score *score, const wish *wanted) {
    const int direction = (wanted->words >> WORD_UP & 1) - (wanted->words >> WORD_DOWN & 1);
    if (score->key.mode == NEUME_MODE_NONE) return neume_fail(NEUME_EUNSUPPORTED, "the piece names no key to leave");
    const interval by = neume__interval_between(&score->key, wanted->step, wanted->alter, direction);
    const neume_key target = neume_key_of(wanted->step, wanted->alter,
                                          wanted->words >> WORD_MODE & 1 ? wanted->mode : (neume_mode)score->key.mode);
    const int signs = neume_key_fifths(&target);
    if (signs < -7 || signs > 7) return neume_fail(NEUME_EUNSUPPORTED, "that key has more than seven sharps or flats");
    NEUME_TRY(neume__transpose_score(score, by, -1));
    return wanted->words >> WORD_MODE & 1 ? neume__change_mode(score, wanted) : NEUME_OK;
}

/* --- for transposing instruments ---------------------------------------------------------------------------------- */

/* What sounds when C is written, by General MIDI program and the instrument's key. */
static const struct {
    int program, step, alter, sounds;
} TRANSPOSING[] = {
    {71, 6, -1, -2}, {71, 5, 0, -3},   {71, 2, -1, 3},   {56, 6, -1, -2}, {56, 1, 0, 2},  {64, 6, -1, -2},
    {65, 2, -1, -9}, {66, 6, -1, -14}, {67, 2, -1, -21}, {60, 3, 0, -7},  {69, 3, 0, -7}, {57, 6, -1, -14},
};

static neume_status find_transposition(const wish *wanted, int *sounds) {
    for (size_t i = 0; i < sizeof TRANSPOSING / sizeof *TRANSPOSING; i++)
        if (TRANSPOSING[i].program == wanted->program && TRANSPOSING[i].step == wanted->step &&
            TRANSPOSING[i].alter == wanted->alter) {
            *sounds = TRANSPOSING[i].sounds;
            return NEUME_OK;
        }
    return neume_fail(NEUME_EUNSUPPORTED, "there is no %s in that key", neume_program_name(wanted->program));
}

/* The melody is written so that the instrument sounds it where it was. */
neume_status neume__write_for_instrument(neume_score *score, const wish *wanted) {
    const int melody = neume__melody_voice(score);
    neume_voice *voice = &score->voices[melody];
    int sounds = 0;
    NEUME_TRY(find_transposition(wanted, &sounds));
    const interval by = neume__interval_from(&score->key, -sounds - voice->transpose);
    if (score->voice_count > 1) {
        voice_edit edit;
        neume_status status = NEUME_OK;
        const bool own = voice->item_count && voice->items[0].kind == NEUME_ITEM_KEY;
        neume__edit_begin(&edit, voice);
        if (!own) status = neume_voice_add_key(&edit.to, 0, score->key);
        for (size_t i = 0; i < voice->item_count && !status; i++) status = neume__edit_copy(&edit, i);
        NEUME_TRY(neume__edit_end(&edit, voice, status));
    }
    NEUME_TRY(neume__transpose_score(score, by, score->voice_count > 1 ? melody : -1));
    voice->transpose += -by.semitones;
    voice->program = wanted->program;
    voice->name = voice->short_name = NULL;
    return NEUME_OK;
}
