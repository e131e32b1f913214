/* Longer and shorter values, and time turned round. */
#include "revise.h"
#include "time_map.h"

/* --- augmentation and diminution ---------------------------------------------------------------------------------- */

static neume_status scale_metre(neume_metre *metre, bool longer) {
    if (metre->beats <= 0) return NEUME_OK;
    if (!longer && metre->unit > 32) return neume_fail(NEUME_EUNSUPPORTED, "its values are too short to be halved");
    metre->sign = 0;
    if (!longer)
        metre->unit = (int16_t)(metre->unit * 2);
    else if (metre->unit > 1)
        metre->unit = (int16_t)(metre->unit / 2);
    else
        return neume_fail(NEUME_EUNSUPPORTED, "its values are too long to be doubled");
    return NEUME_OK;
}

static neume_status scale_graces_and_metres(neume_voice *voice, bool longer) {
    for (size_t i = 0; i < voice->item_count; i++)
        if (voice->items[i].grace)
            voice->items[i].ticks = longer ? voice->items[i].ticks * 2 : voice->items[i].ticks / 2;
    for (size_t i = 0; i < voice->metre_count; i++) NEUME_TRY(scale_metre(&voice->metres[i], longer));
    return NEUME_OK;
}

static void scale_tempo(neume_tempo *tempo, bool longer) {
    tempo->beat = longer ? tempo->beat * 2 : tempo->beat / 2;
}

/* sounds_same: the tempo's beat is scaled too. */
static neume_status scale_values(neume_score *score, bool longer, bool sounds_same) {
    const int64_t unit = NEUME_WHOLE;
    time_map map = {0};
    neume_status status = neume__time_map_add(&map, 0, 0);
    const int64_t end = (neume__score_end(score) / unit + 1) * unit;
    if (!status) status = neume__time_map_add(&map, end, longer ? end * 2 : end / 2);
    if (!status) status = neume__time_map_apply(&map, score);
    neume__time_map_clear(&map);
    if (!status) status = scale_metre(&score->metre, longer);
    for (size_t v = 0; v < score->voice_count && !status; v++) {
        neume_voice *voice = &score->voices[v];
        status = scale_graces_and_metres(voice, longer);
        for (size_t t = 0; t < voice->tempo_count && sounds_same; t++) scale_tempo(&voice->tempi[t], longer);
    }
    if (sounds_same && !score->tempo.beat)
        score->tempo = (neume_tempo){NEUME_WHOLE / 4, 120, score->tempo.text}; /* what is not said is played so */
    if (sounds_same) scale_tempo(&score->tempo, longer);
    score->unit = longer ? score->unit * 2 : score->unit / 2;
    return status;
}

neume_status neume__augment(neume_score *score, const wish *wanted) {
    (void)wanted;
    return scale_values(score, true, false);
}

neume_status neume__diminish(neume_score *score, const wish *wanted) {
    (void)wanted;
    return scale_values(score, false, false);
}

neume_status neume__double_values(neume_score *score, const wish *wanted) {
    (void)wanted;
    return scale_values(score, true, true);
}

neume_status neume__halve_values(neume_score *score, const wish *wanted) {
    (void)wanted;
    return scale_values(score, false, true);
}

/* --- retrograde --------------------------------------------------------------------------------------------------- */

bool neume__has_endings(const neume_score *score) {
    for (size_t v = 0; v < score->voice_count; v++)
        for (size_t b = 0; b < score->voices[v].bar_count; b++)
            if (score->voices[v].bars[b].ending) return true;
    return false;
}

/* Signs that hold from their place on cannot be turned round. */
static bool changes_on_the_way(const neume_score *score) {
    for (size_t v = 0; v < score->voice_count; v++)
        for (size_t i = 0; i < score->voices[v].item_count; i++) {
            const neume_item *item = &score->voices[v].items[i];
            if (item->at > 0 && item->kind >= NEUME_ITEM_KEY && item->kind <= NEUME_ITEM_CLEF) return true;
        }
    return false;
}

static neume_bar reversed_bar(neume_bar bar) {
    const neume_bar from = bar;
    bar.repeat_start = from.repeat_end > 0;
    bar.repeat_end = from.repeat_start ? 1 : 0;
    if (from.style == NEUME_BAR_FINAL) bar.style = NEUME_BAR_HEAVY;
    if (from.style == NEUME_BAR_HEAVY) bar.style = NEUME_BAR_FINAL;
    return bar;
}

/* A pitch is tied in the new order when the one that came before was tied to it. */
static void reverse_ties(voice_edit *edit) {
    neume_voice *to = &edit->to;
    for (size_t i = 0; i < to->item_count; i++) {
        const neume_item *item = &to->items[i];
        if (!neume__is_main_note(item)) continue;
        size_t next = i + 1;
        while (next < to->item_count && !neume__is_main_note(&to->items[next])) next++;
        for (int32_t p = 0; p < item->count; p++) {
            neume_pitch *pitch = &to->pitches[item->first + p];
            bool tied = false;
            for (int32_t q = 0; next < to->item_count && q < to->items[next].count; q++) {
                const neume_pitch *other = &to->pitches[to->items[next].first + q];
                tied |= other->tied && neume_pitch_number(*other) == neume_pitch_number(*pitch);
            }
            pitch->tied = tied;
        }
    }
}

static neume_status copy_reversed(voice_edit *edit, size_t i, int64_t end) {
    neume_item item = edit->from->items[i];
    if (item.kind == NEUME_ITEM_BAR)
        return end == item.at
                   ? NEUME_OK
                   : neume_voice_add_bar(&edit->to, end - item.at, reversed_bar(edit->from->bars[item.first]));
    const uint8_t opens = item.slurs_open;
    item.at = end - item.at - item.ticks;
    item.slurs_open = item.slurs_close;
    item.slurs_close = opens;
    item.joined = i + 1 < edit->from->item_count && edit->from->items[i + 1].joined;
    return neume__edit_copy_as(edit, i, item);
}

/* Signs at the beginning stay there; graces and line ends go. A bar line stands at the new end where one stood at the
 * old. */
static neume_status reverse_voice(neume_voice *voice, int64_t end) {
    voice_edit edit;
    neume_status status = NEUME_OK;
    neume__edit_begin(&edit, voice);
    for (size_t i = 0; i < voice->item_count && !status; i++)
        if (voice->items[i].kind >= NEUME_ITEM_KEY && voice->items[i].kind <= NEUME_ITEM_CLEF)
            status = neume__edit_copy(&edit, i);
    neume_bar last = {.style = NEUME_BAR_FINAL};
    for (size_t i = voice->item_count; i-- > 0 && !status;) {
        const neume_item *item = &voice->items[i];
        const bool opens = item->kind == NEUME_ITEM_BAR && item->at == 0;
        if (opens) last = reversed_bar(voice->bars[item->first]);
        if (opens || item->grace || item->kind == NEUME_ITEM_BREAK || item->kind > NEUME_ITEM_BAR) continue;
        if (item->kind == NEUME_ITEM_BAR && item->at == end && voice->bars[item->first].repeat_end)
            status = neume_voice_add_bar(&edit.to, 0, reversed_bar(voice->bars[item->first]));
        else
            status = copy_reversed(&edit, i, end);
    }
    if (!status) status = neume_voice_add_bar(&edit.to, end, last);
    if (!status) reverse_ties(&edit);
    return neume__edit_end(&edit, voice, status);
}

/* A chord symbol holds until the next one: turned round, it begins where that one began. */
typedef struct chord_places {
    int64_t *at;
    const char **texts;
    size_t count;
} chord_places;

static neume_status lift_chords(neume_voice *voice, chord_places *out) {
    out->at = neume__calloc(voice->words_count + 1, sizeof *out->at);
    out->texts = neume__calloc(voice->words_count + 1, sizeof *out->texts);
    if (!out->at || !out->texts) return NEUME_ENOMEM;
    for (size_t w = 0; w < voice->words_count; w++) {
        if (voice->words[w].kind != NEUME_WORDS_CHORD) continue;
        out->at[out->count] = voice->items[voice->words[w].item].at;
        out->texts[out->count++] = voice->words[w].text;
    }
    neume__drop_words(voice, 1U << NEUME_WORDS_CHORD, NULL);
    return NEUME_OK;
}

static neume_status put_chord(neume_score *score, neume_voice *voice, int64_t at, const char *text) {
    for (size_t i = 0; i < voice->item_count; i++) {
        const neume_item *item = &voice->items[i];
        if (item->kind <= NEUME_ITEM_REST && !item->grace && item->at >= at)
            return neume__add_word(score, voice, (int32_t)i, NEUME_WORDS_CHORD, text);
    }
    return NEUME_OK;
}

static neume_status reverse_with_chords(neume_score *score, neume_voice *voice, int64_t end) {
    chord_places chords = {0};
    neume_status status = lift_chords(voice, &chords);
    if (!status) status = reverse_voice(voice, end);
    for (size_t c = 0; c < chords.count && !status; c++) {
        const int64_t until = c + 1 < chords.count ? chords.at[c + 1] : end;
        status = put_chord(score, voice, end - until, chords.texts[c]);
    }
    neume__free(chords.at);
    neume__free((void *)chords.texts);
    return status;
}

neume_status neume__reverse(neume_score *score, const wish *wanted) {
    (void)wanted;
    if (neume__has_endings(score) || changes_on_the_way(score))
        return neume_fail(NEUME_EUNSUPPORTED,
                          "a piece with endings, or that changes key, metre or tempo, cannot be reversed");
    const int64_t end = neume__score_end(score);
    for (size_t v = 0; v < score->voice_count; v++) NEUME_TRY(reverse_with_chords(score, &score->voices[v], end));
    return NEUME_OK;
}
