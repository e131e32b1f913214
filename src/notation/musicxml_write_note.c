/* A note of written music as MusicXML: its length in note values, its pitch, ties, beams, and the words around it. */
#include "musicxml_write.h"
#include "tuplet.h"

#include <stdio.h>
#include <string.h>

#define PUT(...) NEUME_TRY(neume__xml_put(p, __VA_ARGS__))

/* --- lengths ------------------------------------------------------------------------------------------------------ */

static bool single_value(int64_t ticks, neume__xml_piece *out) {
    for (int type = 0; type < NEUME__NOTE_TYPES; type++)
        for (int dots = 0; dots <= 3; dots++)
            if (neume__type_ticks(type, dots) == ticks) {
                *out = (neume__xml_piece){type, dots, ticks};
                return true;
            }
    return false;
}

static int largest_type(int64_t ticks) {
    int type = NEUME__NOTE_TYPES - 1;
    while (type > 0 && neume__type_ticks(type, 0) > ticks) type--;
    return type;
}

int neume__xml_pieces(const neume_voice *voice, const neume_item *item, neume__xml_piece out[NEUME__XML_PIECES]) {
    int64_t left = neume__written_ticks(voice, item), whole = left, sounded = 0;
    int count = 0;
    if (item->grace || item->bars) { /* cannot be split */
        if (!single_value(left, out)) out[0] = (neume__xml_piece){largest_type(left), 0, item->ticks};
        out[0].ticks = item->ticks;
        return 1;
    }
    while (left > 0 && count < NEUME__XML_PIECES) {
        neume__xml_piece *piece = &out[count++];
        if (!single_value(left, piece)) *piece = (neume__xml_piece){.type = largest_type(left)};
        left -= neume__type_ticks(piece->type, piece->dots);
    }
    if (left || !count) { /* no sum of note values: as near as one gets, the duration tells */
        out[0] = (neume__xml_piece){largest_type(whole), 0, item->ticks};
        return 1;
    }
    for (int i = 0; i < count; i++) {
        int64_t ticks = neume__type_ticks(out[i].type, out[i].dots);
        if (item->tuplet >= 0)
            ticks = ticks * voice->tuplets[item->tuplet].normal / voice->tuplets[item->tuplet].actual;
        out[i].ticks = i == count - 1 ? item->ticks - sounded : ticks;
        sounded += ticks;
    }
    return count;
}

/* --- words before a note ------------------------------------------------------------------------------------------ */

static neume_status put_direction_start(neume__xml_printer *p, const char *placement) {
    return placement ? neume__xml_put(p, "<direction placement=\"%s\"><direction-type>", placement)
                     : neume__xml_put(p, "<direction><direction-type>");
}

static neume_status put_direction_end(neume__xml_printer *p, const neume__xml_voice *v) {
    PUT("</direction-type><voice>%d</voice>", v->number);
    if (v->staff) PUT("<staff>%d</staff>", v->staff);
    PUT("</direction>\n");
    return NEUME_OK;
}

/* A letter with its accidental at the front of a chord symbol; moves on behind it. */
static bool read_root(const char **text, char *step, int *alter) {
    if (**text < 'A' || **text > 'G') return false;
    *step = *(*text)++;
    *alter = 0;
    for (; (**text == '#' || **text == 'b') && *alter > -2 && *alter < 2; ++*text) *alter += **text == '#' ? 1 : -1;
    return true;
}

static neume_status put_harmony(neume__xml_printer *p, const neume__xml_voice *v, const char *text) {
    char step = 0, bass = 0;
    int alter = 0, bass_alter = 0;
    char suffix[64] = "";
    const char *rest = text, *slash = NULL;
    bool rooted = strlen(text) < sizeof suffix && read_root(&rest, &step, &alter);
    PUT("<harmony>");
    if (!rooted) {
        PUT("<root><root-step text=\"\">C</root-step></root><kind text=\"");
        NEUME_TRY(neume__xml_put_text(p, text));
        PUT("\">none</kind>");
    } else {
        slash = strrchr(rest, '/');
        const char *after = slash ? slash + 1 : "";
        if (!read_root(&after, &bass, &bass_alter) || *after) bass = 0;
        snprintf(suffix, sizeof suffix, "%.*s", (int)(bass ? slash - rest : (long)strlen(rest)), rest);
        const char *kind = neume__chord_kind(suffix);
        PUT("<root><root-step>%c</root-step>", step);
        if (alter) PUT("<root-alter>%d</root-alter>", alter);
        PUT("</root><kind text=\"");
        NEUME_TRY(neume__xml_put_text(p, suffix));
        PUT("\">%s</kind>", kind ? kind : "other");
        if (bass) PUT("<bass><bass-step>%c</bass-step>", bass);
        if (bass && bass_alter) PUT("<bass-alter>%d</bass-alter>", bass_alter);
        if (bass) PUT("</bass>");
    }
    if (v->staff) PUT("<staff>%d</staff>", v->staff);
    PUT("</harmony>\n");
    return NEUME_OK;
}

static neume_status put_annotation(neume__xml_printer *p, const neume__xml_voice *v, const char *text) {
    const char *placement = *text == '_' ? "below" : *text == '^' ? "above" : NULL;
    const char *justify = *text == '<'   ? " justify=\"right\""
                          : *text == '>' ? " justify=\"left\""
                          : placement    ? ""
                                         : " justify=\"center\"";
    NEUME_TRY(put_direction_start(p, placement));
    PUT("<words%s>", justify);
    NEUME_TRY(neume__xml_put_text(p, *text ? text + 1 : text));
    PUT("</words>");
    return put_direction_end(p, v);
}

/* The number of a hairpin of that kind that is open, this voice's first; 0 = none. */
static int find_wedge(const neume__xml_voice *v, char kind) {
    int found = 0;
    for (int i = NEUME__XML_WEDGES - 1; i > 0; i--)
        if (v->wedges[i].kind == kind && (!found || v->wedges[found].voice != v->number)) found = i;
    return found;
}

/* "crescendo(" opens and "crescendo)" closes a hairpin. @return its number, 0 when it is none or cannot be numbered */
static int take_wedge(const neume__xml_voice *v, const char *mark, const char **type) {
    const char kind = strncmp(mark, "crescendo", 9) == 0 ? '<' : strncmp(mark, "diminuendo", 10) == 0 ? '>' : '\0';
    const char end = kind ? mark[kind == '<' ? 9 : 10] : '\0';
    if ((end != '(' && end != ')') || mark[kind == '<' ? 10 : 11]) return 0;
    int number = end == ')' ? find_wedge(v, kind) : 1;
    if (end == '(')
        while (number < NEUME__XML_WEDGES && v->wedges[number].kind) number++;
    if (number == NEUME__XML_WEDGES) return 0;
    *type = end == ')' ? "stop" : kind == '<' ? "crescendo" : "diminuendo";
    if (number) v->wedges[number] = (neume__xml_wedge){end == '(' ? kind : '\0', v->number};
    return number;
}

/* Marks that stand in directions. @param done says whether this one does */
static neume_status put_direction_mark(neume__xml_printer *p, const neume__xml_voice *v, const char *text, bool *done) {
    const neume__mark *mark = neume__mark_by_name(text);
    const char *type;
    const int wedge = take_wedge(v, text, &type);
    *done = wedge || (mark && mark->place >= NEUME__MARK_DYNAMIC);
    if (!*done) return NEUME_OK;
    NEUME_TRY(put_direction_start(p, wedge || mark->place == NEUME__MARK_DYNAMIC ? "below" : "above"));
    if (wedge) {
        PUT("<wedge type=\"%s\" number=\"%d\"/>", type, wedge);
    } else if (mark->place == NEUME__MARK_DYNAMIC) {
        PUT("<dynamics><%s/></dynamics>", mark->element);
    } else {
        PUT("<%s/>", mark->element);
    }
    return put_direction_end(p, v);
}

/* All words of the next item up to its first mark that stands in notations. @return through *first_mark that one */
static neume_status put_words_before(neume__xml_printer *p, neume__xml_voice *v, size_t *first_mark) {
    const neume_voice *voice = v->voice;
    int32_t item = (int32_t)v->item;
    while (v->words < voice->words_count && voice->words[v->words].item < item) v->words++;
    size_t i = v->words;
    for (bool done = true; i < voice->words_count && voice->words[i].item == item; i++) {
        const neume_words *w = &voice->words[i];
        if (w->kind == NEUME_WORDS_LYRIC) break;
        if (w->kind == NEUME_WORDS_CHORD) NEUME_TRY(put_harmony(p, v, w->text));
        if (w->kind == NEUME_WORDS_ANNOTATION) NEUME_TRY(put_annotation(p, v, w->text));
        if (w->kind == NEUME_WORDS_MARK) NEUME_TRY(put_direction_mark(p, v, w->text, &done));
        if (!done) break;
    }
    *first_mark = i;
    return NEUME_OK;
}

/* --- a note's notations ------------------------------------------------------------------------------------------- */

static neume_status put_mark(neume__xml_printer *p, const char *text) {
    const neume__mark *mark = neume__mark_by_name(text);
    const bool trill_ends = strcmp(text, "trill)") == 0;
    if (*text >= '0' && *text <= '5' && !text[1]) {
        PUT("<technical><fingering>%c</fingering></technical>", *text);
        return NEUME_OK;
    }
    if (trill_ends || strcmp(text, "trill(") == 0) {
        PUT("<ornaments><wavy-line type=\"%s\"/></ornaments>", trill_ends ? "stop" : "start");
        return NEUME_OK;
    }
    if (!mark || mark->place == NEUME__MARK_DIRECTION) {
        PUT("<other-notation type=\"single\">!");
        NEUME_TRY(neume__xml_put_text(p, text));
        PUT("!</other-notation>");
        return NEUME_OK;
    }
    if (mark->place == NEUME__MARK_NOTATION) {
        PUT("<%s/>", mark->element);
        return NEUME_OK;
    }
    const char *parent = neume__mark_parent(mark->place);
    PUT("<%s><%s/></%s>", parent, mark->element, parent);
    return NEUME_OK;
}

static neume_status put_slur(neume__xml_printer *p, neume__xml_voice *v, bool opens) {
    int number = 0;
    if (opens) {
        while (number < NEUME__XML_SLURS - 1 && v->slurs[number]) number++;
        v->slurs[number] = true;
        if (v->slur_count < NEUME__XML_SLURS) v->stack[v->slur_count++] = (uint8_t)number;
    } else if (v->slur_count) {
        number = v->stack[--v->slur_count];
        v->slurs[number] = false;
    }
    PUT("<slur type=\"%s\" number=\"%d\"/>", opens ? "start" : "stop", number + 1);
    return NEUME_OK;
}

/* Slurs from before end first, then new ones begin, then those end that last for this note alone. */
static neume_status put_slurs(neume__xml_printer *p, neume__xml_voice *v, const neume_item *item) {
    int closes = item->slurs_close;
    for (; closes > 0 && v->slur_count > 0; closes--) NEUME_TRY(put_slur(p, v, false));
    for (int i = 0; i < item->slurs_open; i++) NEUME_TRY(put_slur(p, v, true));
    for (; closes > 0; closes--) NEUME_TRY(put_slur(p, v, false));
    return NEUME_OK;
}

/* The nearest note or rest of its voice, graces left out; -1. */
static int32_t neighbour(const neume_voice *v, int32_t from, int direction) {
    for (int32_t i = from + direction; i >= 0 && i < (int32_t)v->item_count; i += direction)
        if (v->items[i].kind <= NEUME_ITEM_REST && !v->items[i].grace) return i;
    return -1;
}

static neume_status put_tuplet(neume__xml_printer *p, const neume__xml_voice *v, bool first, bool last) {
    const neume_item *item = &v->voice->items[v->item];
    if (item->tuplet < 0 || item->grace) return NEUME_OK;
    int32_t before = neighbour(v->voice, (int32_t)v->item, -1), after = neighbour(v->voice, (int32_t)v->item, 1);
    if (first && (before < 0 || v->voice->items[before].tuplet != item->tuplet))
        PUT("<tuplet type=\"start\" number=\"1\"/>");
    if (last && (after < 0 || v->voice->items[after].tuplet != item->tuplet))
        PUT("<tuplet type=\"stop\" number=\"1\"/>");
    return NEUME_OK;
}

/* --- beams -------------------------------------------------------------------------------------------------------- */

static int flags_of(const neume_voice *v, int32_t index) {
    neume__xml_piece pieces[NEUME__XML_PIECES];
    const neume_item *item = index >= 0 ? &v->items[index] : NULL;
    if (!item || item->kind != NEUME_ITEM_NOTES || neume__xml_pieces(v, item, pieces) != 1) return 0;
    return pieces[0].type < NEUME__TYPE_QUARTER ? NEUME__TYPE_QUARTER - pieces[0].type : 0;
}

/* Is this item beamed with the one before it? Nothing but graces may lie between. */
static bool beamed(const neume_voice *v, int32_t index) {
    if (index <= 0 || !v->items[index].joined || !flags_of(v, index)) return false;
    int32_t i = index - 1;
    while (i > 0 && v->items[i].grace) i--;
    return !v->items[i].grace && flags_of(v, i) > 0;
}

static neume_status put_beams(neume__xml_printer *p, const neume__xml_voice *v) {
    const neume_voice *voice = v->voice;
    int32_t here = (int32_t)v->item, before = neighbour(voice, here, -1), after = neighbour(voice, here, 1);
    bool to_left = beamed(voice, here), to_right = after >= 0 && beamed(voice, after);
    if (voice->items[here].grace || (!to_left && !to_right)) return NEUME_OK;
    int left = to_left ? flags_of(voice, before) : 0, right = to_right ? flags_of(voice, after) : 0;
    int flags = flags_of(voice, here);
    for (int k = 1; k <= flags && k <= 8; k++)
        PUT("<beam number=\"%d\">%s</beam>", k,
            left >= k && right >= k ? "continue"
            : right >= k            ? "begin"
            : left >= k             ? "end"
            : to_left               ? "backward hook"
                                    : "forward hook");
    return NEUME_OK;
}

/* --- lyrics ------------------------------------------------------------------------------------------------------- */

static neume_status put_lyrics(neume__xml_printer *p, neume__xml_voice *v) {
    const neume_voice *voice = v->voice;
    for (size_t i = v->words; i < voice->words_count && voice->words[i].item == (int32_t)v->item; i++) {
        const neume_words *w = &voice->words[i];
        if (w->kind != NEUME_WORDS_LYRIC) continue;
        PUT("<lyric number=\"%d\">", w->verse + 1);
        if (strcmp(w->text, "_") == 0) {
            PUT("<extend type=\"continue\"/></lyric>");
            continue;
        }
        static const char *const syllabics[] = {"single", "begin", "end", "middle"};
        size_t length = strlen(w->text);
        bool goes_on = length > 1 && w->text[length - 1] == '-', *went_on = &v->goes_on[w->verse];
        char text[256];
        snprintf(text, sizeof text, "%.*s", (int)(length - goes_on), w->text);
        PUT("<syllabic>%s</syllabic><text>", syllabics[2 * *went_on + goes_on]);
        NEUME_TRY(neume__xml_put_text(p, text));
        PUT("</text></lyric>");
        *went_on = goes_on;
    }
    return NEUME_OK;
}

/* --- one note ----------------------------------------------------------------------------------------------------- */

void neume__xml_drum_id(neume_pitch pitch, char out[16]) {
    static const char *const alters[] = {"bb", "b", "", "s", "ss"};
    int alter = pitch.alter < -2 ? -2 : pitch.alter > 2 ? 2 : pitch.alter;
    snprintf(out, 16, "%c%s%d", "CDEFGAB"[pitch.step], alters[alter + 2], pitch.octave);
}

static bool was_tied(const neume__xml_voice *v, neume_pitch pitch) {
    if (v->last_sounding < 0) return false;
    const neume_item *before = &v->voice->items[v->last_sounding];
    for (int32_t i = 0; before->kind == NEUME_ITEM_NOTES && i < before->count; i++) {
        neume_pitch other = v->voice->pitches[before->first + i];
        if (other.tied && neume_pitch_number(other) == neume_pitch_number(pitch)) return true;
    }
    return false;
}

static neume_status put_pitch(neume__xml_printer *p, const neume__xml_voice *v, neume_pitch pitch) {
    char step = "CDEFGAB"[pitch.step];
    if (v->drums) {
        PUT("<unpitched><display-step>%c</display-step><display-octave>%d</display-octave></unpitched>", step,
            pitch.octave);
        return NEUME_OK;
    }
    PUT("<pitch><step>%c</step>", step);
    if (pitch.alter) PUT("<alter>%d</alter>", pitch.alter);
    PUT("<octave>%d</octave></pitch>", pitch.octave);
    return NEUME_OK;
}

/* Which of an item's notes is printed: piece of its length, note of its chord. */
typedef struct place {
    const neume__xml_piece *piece;
    bool first_piece, last_piece;
    int32_t note;
} place;

static neume_status put_value(neume__xml_printer *p, const neume__xml_voice *v, const place *at) {
    const neume_item *item = &v->voice->items[v->item];
    PUT("<voice>%d</voice>", v->number);
    if (!item->bars) {
        PUT("<type>%s</type>", neume__type_name(at->piece->type));
        for (int i = 0; i < at->piece->dots; i++) PUT("<dot/>");
    }
    if (item->tuplet >= 0) {
        const neume_tuplet *t = &v->voice->tuplets[item->tuplet];
        PUT("<time-modification><actual-notes>%d</actual-notes><normal-notes>%d</normal-notes></time-modification>",
            t->actual, t->normal);
    }
    if (v->staff) PUT("<staff>%d</staff>", v->staff);
    return NEUME_OK;
}

static neume_status put_notations(neume__xml_printer *p, neume__xml_voice *v, const place *at, const bool tied[2],
                                  size_t mark) {
    const neume_voice *voice = v->voice;
    const neume_item *item = &voice->items[v->item];
    size_t start = p->out->size;
    PUT("<notations>");
    size_t empty = p->out->size;
    if (tied[0]) PUT("<tied type=\"stop\"/>");
    if (tied[1]) PUT("<tied type=\"start\"/>");
    if (at->note == 0) NEUME_TRY(put_tuplet(p, v, at->first_piece, at->last_piece));
    if (at->note == 0 && at->first_piece) {
        NEUME_TRY(put_slurs(p, v, item));
        for (; mark < voice->words_count && voice->words[mark].item == (int32_t)v->item; mark++)
            if (voice->words[mark].kind == NEUME_WORDS_MARK) NEUME_TRY(put_mark(p, voice->words[mark].text));
    }
    if (p->out->size > empty) {
        PUT("</notations>");
    } else {
        p->out->size = start;
        p->out->data[start] = '\0';
    }
    return NEUME_OK;
}

static neume_status put_note(neume__xml_printer *p, neume__xml_voice *v, const place *at, size_t mark) {
    const neume_item *item = &v->voice->items[v->item];
    const bool rest = item->kind == NEUME_ITEM_REST;
    const neume_pitch pitch = rest ? (neume_pitch){0} : v->voice->pitches[item->first + at->note];
    const bool tied[2] = {!rest && (!at->first_piece || (!item->grace && was_tied(v, pitch))),
                          !rest && (!at->last_piece || pitch.tied)};
    PUT("<note%s%s", item->hidden ? " print-object=\"no\"" : "", at->first_piece ? "" : " attack=\"0\"");
    if (item->velocity) PUT(" dynamics=\"%.2f\"", item->velocity / 0.9);
    PUT(">");
    if (item->grace) PUT(item->grace == NEUME_GRACE_SLASHED ? "<grace slash=\"yes\"/>" : "<grace/>");
    if (at->note > 0) PUT("<chord/>");
    if (rest)
        PUT(item->bars ? "<rest measure=\"yes\"/>" : "<rest/>");
    else
        NEUME_TRY(put_pitch(p, v, pitch));
    if (!item->grace)
        PUT("<duration>%lld</duration>", (long long)(at->piece->ticks / (item->bars ? item->bars : 1) / p->division));
    if (tied[0]) PUT("<tie type=\"stop\"/>");
    if (tied[1]) PUT("<tie type=\"start\"/>");
    if (v->drums && !rest) {
        char id[16];
        neume__xml_drum_id(pitch, id);
        PUT("<instrument id=\"P%d-%s\"/>", v->part, id);
    }
    NEUME_TRY(put_value(p, v, at));
    if (at->note == 0 && at->first_piece && at->last_piece) NEUME_TRY(put_beams(p, v));
    NEUME_TRY(put_notations(p, v, at, tied, mark));
    if (at->note == 0 && at->first_piece) NEUME_TRY(put_lyrics(p, v));
    PUT("</note>\n");
    return NEUME_OK;
}

neume_status neume__xml_put_item(neume__xml_printer *p, neume__xml_voice *v) {
    const neume_item *item = &v->voice->items[v->item];
    neume__xml_piece pieces[NEUME__XML_PIECES];
    int count = neume__xml_pieces(v->voice, item, pieces);
    size_t mark;
    NEUME_TRY(put_words_before(p, v, &mark));
    for (int i = 0; i < count; i++) {
        place at = {&pieces[i], i == 0, i == count - 1, 0};
        int32_t notes = item->kind == NEUME_ITEM_REST ? 1 : item->count;
        for (; at.note < notes; at.note++) NEUME_TRY(put_note(p, v, &at, mark));
    }
    if (!item->grace) v->last_sounding = (int32_t)v->item;
    return NEUME_OK;
}
