/* See gap.h. The melody is printed with two marks in it, labels that no tune has; the text is cut where they stand. */
#include "gap.h"

#include "neume/notation.h"

#include <string.h>

static const char BEGIN_MARK[] = "[P:@1]", END_MARK[] = "[P:@2]";

void neume__gap_text_clear(gap_text *gap) {
    neume_buffer_clear(&gap->text);
    *gap = (gap_text){0};
}

static bool is_plain_line(const neume_voice *voice, const neume_item *item) {
    const neume_bar *bar = &voice->bars[item->first];
    return bar->style == NEUME_BAR_SINGLE && !bar->repeat_end && !bar->repeat_start && !bar->ending;
}

/* Is the bar line at a moment an ordinary one? */
static bool plain_line_at(const neume_voice *voice, int64_t at) {
    for (size_t i = 0; i < voice->item_count; i++)
        if (voice->items[i].kind == NEUME_ITEM_BAR && voice->items[i].at == at &&
            !is_plain_line(voice, &voice->items[i]))
            return false;
    return true;
}

/* Copies the voice with its marks: the first behind all signs at `from`, the second before what sounds at `to`, or
 * before its bar line when that is special. Lyrics and line ends are left out. */
static neume_status mark_voice(const neume_voice *voice, int64_t from, int64_t to, bool plain, voice_edit *edit) {
    bool begun = false, ended = false;
    for (size_t i = 0; i < voice->item_count; i++) {
        const neume_item *item = &voice->items[i];
        const bool sounds = item->kind <= NEUME_ITEM_REST, line = item->kind == NEUME_ITEM_BAR;
        if (!begun && sounds && item->at >= from) {
            NEUME_TRY(neume_voice_add_text(&edit->to, from, NEUME_ITEM_LABEL, "@1"));
            begun = true;
        }
        if (!ended && begun && item->at >= to && (sounds || (line && !plain))) {
            NEUME_TRY(neume_voice_add_text(&edit->to, to, NEUME_ITEM_LABEL, "@2"));
            ended = true;
        }
        if (item->kind != NEUME_ITEM_BREAK && item->kind != NEUME_ITEM_LABEL) NEUME_TRY(neume__edit_copy(edit, i));
    }
    if (!begun) NEUME_TRY(neume_voice_add_text(&edit->to, from, NEUME_ITEM_LABEL, "@1"));
    return ended ? NEUME_OK : neume_voice_add_text(&edit->to, to, NEUME_ITEM_LABEL, "@2");
}

static neume_status print_marked(const neume_score *score, int64_t from, int64_t to, bool plain, neume_buffer *out) {
    const neume_voice *melody = &score->voices[neume__melody_voice(score)];
    neume_score alone = *score;
    neume_voice voice = {0};
    voice_edit edit;
    neume__edit_begin(&edit, melody);
    edit.to.id = "1";
    edit.to.name = edit.to.short_name = NULL;
    NEUME_TRY(neume__edit_end(&edit, &voice, mark_voice(melody, from, to, plain, &edit)));
    size_t kept = 0;
    for (size_t w = 0; w < voice.words_count; w++)
        if (voice.words[w].kind != NEUME_WORDS_LYRIC) voice.words[kept++] = voice.words[w];
    voice.words_count = kept;
    alone.voices = &voice;
    alone.voice_count = 1;
    alone.layout = NULL;
    const neume_status status = neume__tune_text(&alone, out);
    neume_voice_clear(&voice);
    return status;
}

/* Takes a mark out of the text. @return where it stood */
static size_t take_mark(neume_buffer *text, const char *mark) {
    char *at = strstr(text->data, mark);
    if (!at) return text->size;
    const size_t place = (size_t)(at - text->data);
    size_t size = strlen(mark);
    size += at[size] == ' ';
    memmove(at, at + size, text->size - place - size + 1);
    text->size -= size;
    return place;
}

neume_status neume__gap_text(const neume_score *score, int64_t from, int64_t to, gap_text *out, bool *plain) {
    gap_text gap = {0};
    const int64_t end = neume__score_end(score);
    *plain = to < end && plain_line_at(&score->voices[neume__melody_voice(score)], to);
    neume_status status = print_marked(score, from, to, *plain, &gap.text);
    if (status) {
        neume__gap_text_clear(&gap);
        return status;
    }
    gap.from = take_mark(&gap.text, BEGIN_MARK);
    gap.to = take_mark(&gap.text, END_MARK);
    gap.body = neume__tune_body(gap.text.data, gap.text.size);
    *out = gap;
    return NEUME_OK;
}

neume_status neume__score_copy(const neume_score *score, neume_score **out) {
    neume_buffer abc = {0};
    neume_abc_place place = {0};
    neume_status status = neume_abc_write(score, 1, &abc);
    if (!status) status = neume_abc_read(abc.data, abc.size, &place, NULL, out);
    neume_buffer_clear(&abc);
    return status;
}

/* --- splicing ----------------------------------------------------------------------------------------------------- */

static bool has_chords(const neume_voice *voice, int64_t begin, int64_t end) {
    for (size_t w = 0; w < voice->words_count; w++) {
        const int64_t at = voice->items[voice->words[w].item].at;
        if (voice->words[w].kind == NEUME_WORDS_CHORD && at >= begin && at < end) return true;
    }
    return false;
}

/* The chord symbol that an old item at this moment has. */
static const char *chord_at(const neume_voice *voice, int64_t at) {
    for (size_t w = 0; w < voice->words_count; w++)
        if (voice->words[w].kind == NEUME_WORDS_CHORD && voice->items[voice->words[w].item].at == at)
            return voice->words[w].text;
    return NULL;
}

static neume_status copy_stretch(neume_score *score, voice_edit *edit, const neume_voice *from, int64_t begin,
                                 int64_t end) {
    const neume_voice *old = edit->from;
    const bool chords = has_chords(from, begin, end);
    const size_t words = edit->to.words_count;
    edit->from = from;
    edit->tuplet_from = -1;
    for (size_t i = 0; i < from->item_count; i++) {
        const neume_item *item = &from->items[i];
        const bool inside = item->at >= begin && item->at < end, line = item->kind == NEUME_ITEM_BAR;
        if (!inside || (item->kind > NEUME_ITEM_REST && !(line && item->at > begin))) continue;
        NEUME_TRY(neume__edit_copy(edit, i));
        const char *chord = chords || item->kind > NEUME_ITEM_REST || item->grace ? NULL : chord_at(old, item->at);
        const neume_words kept = {.item = (int32_t)edit->to.item_count - 1, .kind = NEUME_WORDS_CHORD, .text = chord};
        if (chord) NEUME_TRY(neume_voice_add_words(&edit->to, kept));
    }
    edit->from = old;
    edit->tuplet_from = -1;
    for (size_t w = words; w < edit->to.words_count; w++) { /* the other score's strings die with it */
        const char *text = edit->to.words[w].text;
        NEUME_TRY(neume_score_string(score, text, strlen(text), &edit->to.words[w].text));
    }
    return NEUME_OK;
}

/* Old signs stay, but for bar lines inside: the new music has its own. */
neume_status neume__splice(neume_score *score, neume_voice *voice, const neume_voice *from, int64_t begin,
                           int64_t end) {
    voice_edit edit;
    neume_status status = NEUME_OK;
    bool done = false;
    neume__edit_begin(&edit, voice);
    for (size_t i = 0; i < voice->item_count && !status; i++) {
        const neume_item *item = &voice->items[i];
        const bool sounds = item->kind <= NEUME_ITEM_REST, line = item->kind == NEUME_ITEM_BAR;
        const bool inside = item->at >= begin && item->at < end;
        if (!done && ((sounds && item->at >= begin) || item->at >= end)) {
            status = copy_stretch(score, &edit, from, begin, end);
            done = true;
        }
        if (!status && !(inside && (sounds || (line && item->at > begin)))) status = neume__edit_copy(&edit, i);
    }
    return neume__edit_end(&edit, voice, status);
}
