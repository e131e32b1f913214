/* What stands beside the notes: words, marks, graces, slurs; the tempo; and what of a score is to be kept. */
#include "revise.h"

#include <string.h>

neume_status neume__add_word(neume_score *score, neume_voice *voice, int32_t item, neume_words_kind kind,
                             const char *text) {
    neume_words words = {.item = item, .kind = (uint8_t)kind};
    NEUME_TRY(neume_score_string(score, text, strlen(text), &words.text));
    NEUME_TRY(neume_voice_add_words(voice, words));
    for (size_t w = voice->words_count - 1; w > 0 && voice->words[w - 1].item > item; w--) {
        voice->words[w] = voice->words[w - 1];
        voice->words[w - 1] = words;
    }
    return NEUME_OK;
}

static bool is_one_of(const char *const *marks, const char *text) {
    for (; marks && *marks; marks++)
        if (strcmp(*marks, text) == 0) return true;
    return !marks;
}

void neume__drop_words(neume_voice *voice, unsigned kinds, const char *const *marks) {
    size_t kept = 0;
    for (size_t w = 0; w < voice->words_count; w++) {
        const neume_words *words = &voice->words[w];
        if (!(kinds >> words->kind & 1) || !is_one_of(marks, words->text)) voice->words[kept++] = *words;
    }
    voice->words_count = kept;
}

static void drop_everywhere(neume_score *score, unsigned kinds, const char *const *marks) {
    for (size_t v = 0; v < score->voice_count; v++) neume__drop_words(&score->voices[v], kinds, marks);
}

neume_status neume__remove_chords(neume_score *score, const wish *wanted) {
    (void)wanted;
    drop_everywhere(score, 1U << NEUME_WORDS_CHORD, NULL);
    return NEUME_OK;
}

neume_status neume__remove_lyrics(neume_score *score, const wish *wanted) {
    (void)wanted;
    drop_everywhere(score, 1U << NEUME_WORDS_LYRIC, NULL);
    size_t kept = 0;
    for (size_t f = 0; f < score->field_count; f++)
        if (score->fields[f].letter != 'W') score->fields[kept++] = score->fields[f];
    score->field_count = kept;
    return NEUME_OK;
}

neume_status neume__remove_dynamics(neume_score *score, const wish *wanted) {
    static const char *const marks[] = {"pppp",        "ppp", "pp",   "p",   "mp",         "mf",         "f",
                                        "ff",          "fff", "ffff", "sfz", "crescendo(", "crescendo)", "diminuendo(",
                                        "diminuendo)", "<(",  "<)",   ">(",  ">)",         NULL};
    (void)wanted;
    drop_everywhere(score, 1U << NEUME_WORDS_MARK, marks);
    return NEUME_OK;
}

neume_status neume__remove_slurs(neume_score *score, const wish *wanted) {
    (void)wanted;
    for (size_t v = 0; v < score->voice_count; v++)
        for (size_t i = 0; i < score->voices[v].item_count; i++)
            score->voices[v].items[i].slurs_open = score->voices[v].items[i].slurs_close = 0;
    return NEUME_OK;
}

static neume_status remove_graces(neume_voice *voice) {
    voice_edit edit;
    neume_status status = NEUME_OK;
    neume__edit_begin(&edit, voice);
    for (size_t i = 0; i < voice->item_count && !status; i++)
        if (!voice->items[i].grace) status = neume__edit_copy(&edit, i);
    return neume__edit_end(&edit, voice, status);
}

neume_status neume__remove_ornaments(neume_score *score, const wish *wanted) {
    static const char *const marks[] = {"trill",        "trill(",       "trill)",  "mordent",       "lowermordent",
                                        "pralltriller", "uppermordent", "turn",    "turnx",         "invertedturn",
                                        "roll",         "arpeggio",     "tremolo", "invertedturnx", NULL};
    (void)wanted;
    drop_everywhere(score, 1U << NEUME_WORDS_MARK, marks);
    for (size_t v = 0; v < score->voice_count; v++) NEUME_TRY(remove_graces(&score->voices[v]));
    return NEUME_OK;
}

/* --- tempo -------------------------------------------------------------------------------------------------------- */

enum { SLOWEST = 10, FASTEST = 400 };

/* "faster" alone is a fifth; "20 % faster", "twice as fast"; "120 bpm" sets it. */
neume_status neume__tempo_change(neume_score *score, const wish *wanted) {
    const bool number = wanted->words >> WORD_NUMBER & 1, percent = wanted->words >> WORD_PERCENT & 1,
               slower = wanted->words >> WORD_SLOWER & 1, faster = wanted->words >> WORD_FASTER & 1,
               twice = (wanted->words >> WORD_TWICE & 1), half = wanted->words >> WORD_HALF & 1;
    if (!number && !slower && !faster && !twice && !half)
        return neume_fail(NEUME_EUNSUPPORTED, "to which tempo? say a number of beats a minute, faster or slower");
    double factor = twice ? 2 : half ? 0.5 : 1.2;
    if (number && percent) factor = 1 + wanted->number / 100;
    if (slower) factor = half ? 0.5 : number && percent ? 1 - wanted->number / 100 : 1 / factor;
    if (!score->tempo.beat) {
        const bool compound = neume_metre_compound(score->metre);
        score->tempo.beat = compound ? NEUME_WHOLE / 8 * 3 : NEUME_WHOLE / 4;
        score->tempo.per_minute = compound ? 80 : 120; /* 120 quarters: what is played when nothing is said */
    }
    const double before = score->tempo.per_minute;
    if (number && !percent) factor = wanted->number / before;
    const double after = before * factor;
    if (!(after >= SLOWEST && after <= FASTEST))
        return neume_fail(NEUME_EUNSUPPORTED, "%.4g beats a minute are no tempo", after);
    score->tempo.per_minute = after;
    score->tempo.text = NULL; /* "Allegro" may be wrong now */
    for (size_t v = 0; v < score->voice_count; v++)
        for (size_t t = 0; t < score->voices[v].tempo_count; t++) score->voices[v].tempi[t].per_minute *= factor;
    return NEUME_OK;
}

/* --- what is kept ------------------------------------------------------------------------------------------------- */

static neume_status put_number(neume_buffer *out, int64_t number) {
    return neume_buffer_append(out, &number, sizeof number);
}

static neume_status put_pitch(neume_buffer *out, neume_pitch pitch) {
    return put_number(out, pitch.step | pitch.octave * 8 | (pitch.alter + 4) * 4096 | pitch.tied * 65536);
}

/* Main notes with their place, and their top pitch alone or all of them. */
static neume_status put_notes(const neume_voice *voice, bool all, neume_buffer *out) {
    for (size_t i = 0; i < voice->item_count; i++) {
        const neume_item *item = &voice->items[i];
        if (!neume__is_main_note(item)) continue;
        NEUME_TRY(put_number(out, item->at));
        NEUME_TRY(put_number(out, item->ticks));
        if (!all) NEUME_TRY(put_pitch(out, *neume__top_pitch(voice, item)));
        for (int32_t p = 0; all && p < item->count; p++) NEUME_TRY(put_pitch(out, voice->pitches[item->first + p]));
    }
    return NEUME_OK;
}

static neume_status put_rhythm(const neume_voice *voice, neume_buffer *out) {
    for (size_t i = 0; i < voice->item_count; i++) {
        const neume_item *item = &voice->items[i];
        if (item->kind > NEUME_ITEM_REST || item->grace) continue;
        NEUME_TRY(put_number(out, item->kind));
        NEUME_TRY(put_number(out, item->at));
        NEUME_TRY(put_number(out, item->ticks));
    }
    return NEUME_OK;
}

static neume_status put_chords(const neume_voice *voice, neume_buffer *out) {
    for (size_t w = 0; w < voice->words_count; w++) {
        const neume_words *words = &voice->words[w];
        if (words->kind != NEUME_WORDS_CHORD) continue;
        NEUME_TRY(put_number(out, voice->items[words->item].at));
        NEUME_TRY(neume_buffer_append(out, words->text, strlen(words->text) + 1));
    }
    return NEUME_OK;
}

neume_status neume__kept(const neume_score *score, unsigned keep, neume_buffer *out) {
    const int melody = neume__melody_voice(score);
    for (size_t v = 0; v < score->voice_count; v++) {
        const neume_voice *voice = &score->voices[v];
        if (keep & NEUME_KEEP_MELODY && (int)v == melody) NEUME_TRY(put_notes(voice, false, out));
        if (keep & NEUME_KEEP_RHYTHM) NEUME_TRY(put_rhythm(voice, out));
        if (keep & NEUME_KEEP_HARMONY) NEUME_TRY(put_chords(voice, out));
        if (keep & NEUME_KEEP_HARMONY && (int)v != melody) NEUME_TRY(put_notes(voice, true, out));
    }
    if (keep & NEUME_KEEP_RHYTHM) NEUME_TRY(put_number(out, neume_metre_ticks(score->metre)));
    return NEUME_OK;
}
