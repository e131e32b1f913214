/* Written music grows item by item and dies as one. */
#include "neume/music.h"

#include "table.h"

#include <string.h>

int neume_pitch_number(neume_pitch pitch) {
    static const int semitones[7] = {0, 2, 4, 5, 7, 9, 11};
    return 12 * (pitch.octave + 1) + semitones[pitch.step] + pitch.alter;
}

/* --- keys --------------------------------------------------------------------------------------------------------- */

/* Fifths above C of C .. B, and of a mode's tonic above its signature's major. */
static const int STEP_FIFTHS[7] = {0, 2, 4, -1, 1, 3, 5};
static const int MODE_FIFTHS[] = {0, -3, -2, -4, 1, -1, -5, 0};
static const int SHARPS_ORDER[7] = {3, 0, 4, 1, 5, 2, 6}; /* F C G D A E B */

int neume_key_fifths(const neume_key *key) {
    if (key->mode == NEUME_MODE_NONE) return 0;
    return STEP_FIFTHS[key->tonic_step] + 7 * key->tonic_alter + MODE_FIFTHS[key->mode];
}

neume_key neume_key_of(int tonic_step, int tonic_alter, neume_mode mode) {
    neume_key key = {.tonic_step = (int8_t)tonic_step, .tonic_alter = (int8_t)tonic_alter, .mode = (uint8_t)mode};
    int fifths = neume_key_fifths(&key);
    for (int i = 0; i < fifths; i++) key.alter[SHARPS_ORDER[i % 7]]++;
    for (int i = 0; i < -fifths; i++) key.alter[SHARPS_ORDER[6 - i % 7]]--;
    return key;
}

const char *neume_mode_name(neume_mode mode) {
    static const char *const names[] = {"major",  "minor",      "dorian",  "phrygian",
                                        "lydian", "mixolydian", "locrian", "none"};
    return names[mode];
}

/* --- metres ------------------------------------------------------------------------------------------------------- */

int64_t neume_metre_ticks(neume_metre metre) {
    return metre.beats > 0 && metre.unit > 0 ? NEUME_WHOLE / metre.unit * metre.beats : 0;
}

bool neume_metre_compound(neume_metre metre) {
    return metre.unit >= 8 && metre.beats > 3 && metre.beats % 3 == 0;
}

/* --- building ----------------------------------------------------------------------------------------------------- */

neume_status neume_score_new(neume_score **out) {
    neume_score *score = neume__calloc(1, sizeof *score);
    neume_status status = score ? neume_arena_new(&score->arena) : NEUME_ENOMEM;
    if (status) {
        neume_score_free(score);
        return status;
    }
    score->key = neume_key_of(0, 0, NEUME_MODE_MAJOR);
    *out = score;
    return NEUME_OK;
}

void neume_voice_clear(neume_voice *v) {
    void *tables[] = {v->items, v->pitches, v->tuplets, v->bars, v->keys, v->metres, v->tempi, v->clefs, v->words};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) neume__free(tables[i]);
    neume__free((void *)v->texts);
    *v = (neume_voice){0};
}

void neume_score_free(neume_score *score) {
    if (!score) return;
    for (size_t i = 0; i < score->voice_count; i++) neume_voice_clear(&score->voices[i]);
    neume__free(score->voices);
    neume__free(score->fields);
    neume_arena_free(score->arena);
    neume__free(score);
}

const char *neume_score_text(const neume_score *score, char letter) {
    for (size_t i = 0; i < score->field_count; i++)
        if (score->fields[i].letter == letter) return score->fields[i].text;
    return NULL;
}

neume_status neume_score_string(neume_score *score, const char *text, size_t length, const char **out) {
    char *copy = neume_arena_alloc(score->arena, length + 1);
    if (!copy) return NEUME_ENOMEM;
    memcpy(copy, text, length);
    *out = copy;
    return NEUME_OK;
}

neume_status neume_score_add_field(neume_score *score, char letter, const char *text, size_t length) {
    neume_score_field field = {letter, NULL};
    NEUME_TRY(neume_score_string(score, text, length, &field.text));
    NEUME_TRY(ONE_MORE(score, field, fields));
    score->fields[score->field_count++] = field;
    return NEUME_OK;
}

neume_status neume_score_add_voice(neume_score *score, const char *id, size_t length, neume_voice **out) {
    neume_voice voice = {
        .program = -1, .channel = -1, .part = (int)score->voice_count, .staff = (int)score->voice_count};
    NEUME_TRY(neume_score_string(score, id, length, &voice.id));
    NEUME_TRY(ONE_MORE(score, voice, voices));
    score->voices[score->voice_count] = voice;
    *out = &score->voices[score->voice_count++];
    return NEUME_OK;
}

neume_status neume_voice_add_item(neume_voice *voice, neume_item item) {
    NEUME_TRY(ONE_MORE(voice, item, items));
    voice->items[voice->item_count++] = item;
    return NEUME_OK;
}

neume_status neume_voice_add_pitch(neume_voice *voice, neume_pitch pitch) {
    NEUME_TRY(ONE_MORE(voice, pitch, pitches));
    voice->pitches[voice->pitch_count++] = pitch;
    return NEUME_OK;
}

neume_status neume_voice_add_tuplet(neume_voice *voice, neume_tuplet tuplet) {
    NEUME_TRY(ONE_MORE(voice, tuplet, tuplets));
    voice->tuplets[voice->tuplet_count++] = tuplet;
    return NEUME_OK;
}

static neume_status add_sign(neume_voice *voice, int64_t at, neume_item_kind kind, size_t entry) {
    return neume_voice_add_item(
        voice, (neume_item){.at = at, .kind = (uint8_t)kind, .first = (int32_t)entry, .count = 1, .tuplet = -1});
}

neume_status neume_voice_add_bar(neume_voice *voice, int64_t at, neume_bar bar) {
    NEUME_TRY(ONE_MORE(voice, bar, bars));
    voice->bars[voice->bar_count++] = bar;
    return add_sign(voice, at, NEUME_ITEM_BAR, voice->bar_count - 1);
}

neume_status neume_voice_add_key(neume_voice *voice, int64_t at, neume_key key) {
    NEUME_TRY(ONE_MORE(voice, key, keys));
    voice->keys[voice->key_count++] = key;
    return add_sign(voice, at, NEUME_ITEM_KEY, voice->key_count - 1);
}

neume_status neume_voice_add_metre(neume_voice *voice, int64_t at, neume_metre metre) {
    NEUME_TRY(ONE_MORE(voice, metre, metres));
    voice->metres[voice->metre_count++] = metre;
    return add_sign(voice, at, NEUME_ITEM_METRE, voice->metre_count - 1);
}

neume_status neume_voice_add_tempo(neume_voice *voice, int64_t at, neume_tempo tempo) {
    NEUME_TRY(ONE_MORE(voice, tempo, tempi));
    voice->tempi[voice->tempo_count++] = tempo;
    return add_sign(voice, at, NEUME_ITEM_TEMPO, voice->tempo_count - 1);
}

neume_status neume_voice_add_clef(neume_voice *voice, int64_t at, neume_clef clef) {
    NEUME_TRY(ONE_MORE(voice, clef, clefs));
    voice->clefs[voice->clef_count++] = clef;
    return add_sign(voice, at, NEUME_ITEM_CLEF, voice->clef_count - 1);
}

neume_status neume_voice_add_text(neume_voice *voice, int64_t at, neume_item_kind kind, const char *text) {
    NEUME_TRY(ONE_MORE(voice, text, texts));
    voice->texts[voice->text_count++] = text;
    return add_sign(voice, at, kind, voice->text_count - 1);
}

neume_status neume_voice_add_words(neume_voice *voice, neume_words words) {
    NEUME_TRY(ONE_MORE(voice, words, words));
    voice->words[voice->words_count++] = words;
    return NEUME_OK;
}
