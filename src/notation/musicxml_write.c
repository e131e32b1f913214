/* Written music as MusicXML 4.0, partwise.
 *
 * MusicXML has measures where written music has bar lines: a measure is what lies between two of a part's. Voices of
 * one part whose bar lines stand at the same places share it, one after another with <backup> between; other voices
 * become parts of their own. What MusicXML has no words for is kept where it leaves room: fields and the names of
 * voices in <miscellaneous>, directives in <other-direction>, decorations in <other-notation>; a bar line that does not
 * end a measure which holds something stands in a measure of its own. So what is written reads back as the same music.
 * Source: W3C MusicXML 4.0. */
#include "musicxml_write.h"
#include "gcd.h"

#include <stdio.h>
#include <string.h>

#include "neume/notation.h"

#define PUT(...) NEUME_TRY(neume__xml_put(p, __VA_ARGS__))

enum { DRUM_CHANNEL = 10, DRUM_PITCHES = 64 };

typedef neume__xml_printer printer;
typedef neume__xml_voice voice_printer;

/* The voices of one part; the first one leads: its signs are the part's. */
typedef struct part_printer {
    printer *p;
    voice_printer *voices;
    size_t count;
    neume__xml_wedge wedges[NEUME__XML_WEDGES];
    int number, staves, measure;
    const neume_bar *left; /* what the last bar line leaves to the next measure's beginning */
    bool new_system, ending_open;
} part_printer;

neume_status neume__xml_put(printer *p, const char *format, ...) {
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return neume_buffer_append(p->out, text, (size_t)size < sizeof text ? (size_t)size : sizeof text - 1);
}

/* Bytes of the UTF-8 character at text that XML may hold, 0 when it is none. */
static size_t character_bytes(const unsigned char *text) {
    size_t count = *text < 0x80 ? 1 : *text >= 0xc2 && *text < 0xe0 ? 2 : *text >= 0xe0 && *text < 0xf0 ? 3 : 4;
    if (*text >= 0x80 && (*text < 0xc2 || *text > 0xf4)) return 0;
    for (size_t i = 1; i < count; i++)
        if ((text[i] & 0xc0) != 0x80) return 0;
    if (*text == 0xe0 && text[1] < 0xa0) return 0;
    if (*text == 0xed && text[1] > 0x9f) return 0;
    if (*text == 0xf0 && text[1] < 0x90) return 0;
    if (*text == 0xf4 && text[1] > 0x8f) return 0;
    if (*text == 0xef && text[1] == 0xbf && text[2] >= 0xbe) return 0;
    return count;
}

neume_status neume__xml_put_text(printer *p, const char *text) {
    static const char *const escapes[] = {"<&lt;", ">&gt;", "&&amp;", "\"&quot;"};
    for (size_t bytes; *text; text += bytes) {
        bytes = character_bytes((const unsigned char *)text);
        const char *written = text;
        size_t length = bytes;
        for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++)
            if (*text == escapes[i][0]) written = escapes[i] + 1, length = strlen(written);
        if (!bytes) written = "?", length = bytes = 1;
        if ((unsigned char)*text < 0x20) written = " ";
        NEUME_TRY(neume_buffer_append(p->out, written, length));
    }
    return NEUME_OK;
}

/* --- measures --------------------------------------------------------------------------------------------------------- */

static neume_status put_first_attributes(part_printer *part) {
    printer *p = part->p;
    const neume_voice *lead = part->voices[0].voice;
    PUT("<attributes><divisions>%lld</divisions>", (long long)(NEUME_WHOLE / 4 / p->division));
    NEUME_TRY(neume__xml_put_key(p, &p->score->key));
    NEUME_TRY(neume__xml_put_metre(p, &p->score->metre));
    if (part->staves > 1) PUT("<staves>%d</staves>", part->staves);
    int staff = 0;
    for (size_t i = 0; i < part->count; i++) {
        if (i && part->voices[i].staff == staff) continue;
        staff = part->voices[i].staff;
        NEUME_TRY(neume__xml_put_clef(p, part->voices[i].voice->clef, staff));
    }
    if (lead->transpose) {
        PUT("<transpose><chromatic>%d</chromatic>", lead->transpose % 12);
        if (lead->transpose / 12) PUT("<octave-change>%d</octave-change>", lead->transpose / 12);
        PUT("</transpose>");
    }
    PUT("</attributes>\n");
    return part->number == 1 ? neume__xml_put_tempo(p, &p->score->tempo, true) : NEUME_OK;
}

static bool has_left(const neume_bar *bar) {
    return bar && (bar->repeat_start || bar->ending);
}

/* What an ending is called, and the passes it counts for: "2-4" is 2, 3, 4. */
static neume_status put_ending(printer *p, const char *ending) {
    PUT("<ending number=\"");
    size_t start = p->out->size;
    for (const char *at = ending; *at && strspn(ending, "0123456789,-.") == strlen(ending);) {
        int first, last, read = 0;
        if (sscanf(at, "%3d%n", &first, &read) < 1 || first < 1 || !read) break;
        at += read;
        last = first;
        if (*at == '-' && sscanf(at + 1, "%3d%n", &last, &read) == 1) at += 1 + read;
        for (; first <= last && last < 64; first++) PUT("%s%d", p->out->size > start ? "," : "", first);
        at += strspn(at, ",.");
    }
    if (p->out->size == start) PUT(" ");
    PUT("\" type=\"start\">");
    NEUME_TRY(neume__xml_put_text(p, ending));
    PUT("</ending>");
    return NEUME_OK;
}

static neume_status put_left(part_printer *part, const neume_bar *bar, bool separate) {
    printer *p = part->p;
    if (!has_left(bar)) return NEUME_OK;
    PUT("<barline location=\"left\">");
    if (bar->repeat_start && !separate) PUT("<bar-style>heavy-light</bar-style>");
    if (!bar->repeat_start && separate) PUT("<bar-style>none</bar-style>");
    if (bar->ending) {
        NEUME_TRY(put_ending(p, bar->ending));
        part->ending_open = true;
    }
    if (bar->repeat_start) PUT("<repeat direction=\"forward\"/>");
    PUT("</barline>\n");
    return NEUME_OK;
}

static neume_status put_right(part_printer *part, const neume_bar *bar, bool last) {
    printer *p = part->p;
    bool ends = part->ending_open && (bar->repeat_end || bar->ending || bar->style != NEUME_BAR_SINGLE);
    if (bar->style == NEUME_BAR_SINGLE && !bar->repeat_end && !last && !ends) return NEUME_OK;
    bool plain_repeat = bar->style == NEUME_BAR_SINGLE && bar->repeat_end;
    PUT("<barline location=\"right\"><bar-style>%s</bar-style>",
        neume__bar_style_name(plain_repeat ? NEUME_BAR_FINAL : (neume_bar_style)bar->style));
    if (ends) PUT("<ending number=\" \" type=\"stop\"/>");
    if (ends) part->ending_open = false;
    if (bar->repeat_end) {
        PUT("<repeat direction=\"backward\"");
        if (bar->repeat_end > 1) PUT(" times=\"%d\"", bar->repeat_end + 1);
        PUT("%s/>", bar->style == NEUME_BAR_FINAL ? " winged=\"none\"" : "");
    }
    PUT("</barline>\n");
    return NEUME_OK;
}

/* A bar line at the very beginning of a measure that its left one can say. */
static const neume_bar *separate_bar(const voice_printer *v, size_t *at) {
    size_t i = v->item;
    while (i < v->voice->item_count && v->voice->items[i].kind == NEUME_ITEM_BREAK) i++;
    *at = i;
    if (i >= v->voice->item_count || v->voice->items[i].kind != NEUME_ITEM_BAR) return NULL;
    const neume_bar *bar = &v->voice->bars[v->voice->items[i].first];
    bool start = bar->style == NEUME_BAR_SINGLE && bar->repeat_start && !bar->repeat_end;
    bool ending = bar->style == NEUME_BAR_HIDDEN && bar->ending && !bar->repeat_start && !bar->repeat_end;
    return start || ending ? bar : NULL;
}

static neume_status begin_measure(part_printer *part) {
    printer *p = part->p;
    const neume_bar *bar = NULL;
    size_t at;
    PUT("<measure number=\"%d\">\n", ++part->measure);
    if (part->new_system) PUT("<print new-system=\"yes\"/>\n");
    part->new_system = false;
    bool left = has_left(part->left);
    if (left) NEUME_TRY(put_left(part, part->left, false));
    if (!left) bar = separate_bar(&part->voices[0], &at);
    if (bar) {
        NEUME_TRY(put_left(part, bar, true));
        for (size_t i = 0; i < part->count; i++) {
            separate_bar(&part->voices[i], &at);
            part->voices[i].item = at + 1;
        }
    }
    part->left = NULL;
    return part->measure == 1 ? put_first_attributes(part) : NEUME_OK;
}

/* A rest of several bars is as many measures. */
static neume_status put_long_rest(part_printer *part, voice_printer *v, const neume_item *rest) {
    printer *p = part->p;
    PUT("<attributes><measure-style><multiple-rest>%d</multiple-rest></measure-style></attributes>\n", rest->bars);
    for (int32_t i = 0; i < rest->bars; i++) {
        if (i) PUT("</measure>\n<measure number=\"%d\">\n", ++part->measure);
        NEUME_TRY(neume__xml_put_item(p, v));
    }
    return NEUME_OK;
}

/* Where a voice has its n-th clef, counted from 0. */
static int64_t clef_at(const neume_voice *voice, int n) {
    for (size_t i = 0; i < voice->item_count; i++)
        if (voice->items[i].kind == NEUME_ITEM_CLEF && n-- == 0) return voice->items[i].at;
    return INT64_MAX;
}

/* A clef is its staff's: it is written in the voice that has it first, others may have a note that hangs over. */
static bool writes_clef(const part_printer *part, const voice_printer *v, int64_t at) {
    for (const voice_printer *other = part->voices; other < part->voices + part->count; other++) {
        if (other->staff != v->staff || other == v) continue;
        const int64_t there = clef_at(other->voice, v->clefs);
        if (there < at || (there == at && other < v)) return false;
    }
    return true;
}

/* Whether a voice says a sign itself, or leaves it to another of its part. */
static bool writes_sign(const part_printer *part, voice_printer *v, const neume_item *item) {
    if (item->kind == NEUME_ITEM_TEMPO || item->kind == NEUME_ITEM_DIRECTIVE) return true;
    if (item->kind != NEUME_ITEM_CLEF) return v == part->voices;
    const bool writes = writes_clef(part, v, item->at);
    v->clefs++;
    return writes;
}

/* A voice up to its next bar line. @return through *bar that line, NULL at the end */
static neume_status put_voice_measure(part_printer *part, voice_printer *v, int64_t *ticks, const neume_bar **bar) {
    const neume_voice *voice = v->voice;
    const bool leads = v == part->voices;
    *bar = NULL;
    *ticks = 0;
    for (; v->item < voice->item_count; v->item++) {
        const neume_item *item = &voice->items[v->item];
        if (item->kind == NEUME_ITEM_BAR) {
            *bar = &voice->bars[item->first];
            v->item++;
            return NEUME_OK;
        }
        if (item->kind == NEUME_ITEM_BREAK) {
            part->new_system |= leads;
        } else if (item->kind > NEUME_ITEM_REST) {
            if (writes_sign(part, v, item)) NEUME_TRY(neume__xml_put_sign(part->p, v, item));
        } else {
            NEUME_TRY(item->bars > 1 ? put_long_rest(part, v, item) : neume__xml_put_item(part->p, v));
            *ticks += item->grace ? 0 : item->ticks;
        }
    }
    return NEUME_OK;
}

static neume_status put_measure(part_printer *part, bool *more) {
    printer *p = part->p;
    const neume_bar *bar = NULL, *unused;
    int64_t ticks, before = 0;
    NEUME_TRY(begin_measure(part));
    for (size_t i = 0; i < part->count; i++) {
        if (before) PUT("<backup><duration>%lld</duration></backup>\n", (long long)(before / p->division));
        NEUME_TRY(put_voice_measure(part, &part->voices[i], &ticks, i ? &unused : &bar));
        before = ticks;
    }
    const voice_printer *lead = &part->voices[0];
    *more = lead->item < lead->voice->item_count || has_left(bar);
    if (bar) NEUME_TRY(put_right(part, bar, !*more));
    part->left = bar;
    PUT("</measure>\n");
    return NEUME_OK;
}

/* --- parts -------------------------------------------------------------------------------------------------------- */

/* The next bar line from *item on, or the end; *at is where. @return whether there is one */
static bool next_bar_line(const neume_voice *v, size_t *item, int64_t *at) {
    for (; *item < v->item_count; ++*item) {
        const neume_item *i = &v->items[*item];
        if (i->kind <= NEUME_ITEM_REST && i->bars > 1) *at = -1;
        if (i->kind == NEUME_ITEM_BAR) {
            *at = *at < 0 ? -1 : i->at;
            ++*item;
            return true;
        }
    }
    return false;
}

/* Do two voices have their bar lines at the same places? */
static bool aligned(const neume_voice *a, const neume_voice *b) {
    size_t i = 0, j = 0;
    for (;;) {
        int64_t at = 0, other = 0;
        bool more = next_bar_line(a, &i, &at);
        if (more != next_bar_line(b, &j, &other)) return false;
        if (at < 0 || at != other) return false;
        if (!more) return true;
    }
}

/* May voice i stand in the same part as the one that leads it? */
static bool same_part(const neume_score *score, size_t lead, size_t i) {
    const neume_voice *a = &score->voices[lead], *b = &score->voices[i];
    return a->part == b->part && a->transpose == b->transpose &&
           (a->channel == DRUM_CHANNEL) == (b->channel == DRUM_CHANNEL) && aligned(a, b);
}

/* The voices of the part that begins with voice `first`: those that follow it at once. */
static size_t part_end(const neume_score *score, size_t first) {
    size_t end = first + 1;
    while (end < score->voice_count && same_part(score, first, end)) end++;
    return end;
}

static part_printer begin_part(printer *p, voice_printer *voices, size_t first, size_t end, int number) {
    part_printer part = {.p = p, .voices = voices + first, .count = end - first, .number = number, .staves = 1};
    const neume_voice *v = p->score->voices;
    for (size_t i = first; i < end; i++) {
        if (i > first && v[i].staff != v[i - 1].staff) part.staves++;
        voices[i] =
            (voice_printer){.voice = &v[i], .part = number, .number = (int)(i - first) + 1, .last_sounding = -1};
        voices[i].staff = part.staves;
        voices[i].drums = v[i].channel == DRUM_CHANNEL;
    }
    if (part.staves == 1)
        for (size_t i = first; i < end; i++) voices[i].staff = 0;
    return part;
}

static neume_status put_drum(printer *p, const neume_pitch *pitch, int number, bool midi) {
    char id[16];
    neume__xml_drum_id(*pitch, id);
    if (!midi) {
        PUT("<score-instrument id=\"P%d-%s\"><instrument-name>Drum %d</instrument-name></score-instrument>", number, id,
            neume_pitch_number(*pitch));
        return NEUME_OK;
    }
    int key = neume_pitch_number(*pitch);
    PUT("<midi-instrument id=\"P%d-%s\"><midi-channel>10</midi-channel>", number, id);
    if (key >= 0 && key <= 127) PUT("<midi-unpitched>%d</midi-unpitched>", key + 1);
    PUT("</midi-instrument>");
    return NEUME_OK;
}

/* An instrument for each drum that is struck. */
static neume_status put_drums(printer *p, size_t first, size_t end, int number) {
    neume_pitch seen[DRUM_PITCHES];
    size_t count = 0;
    for (size_t i = first; i < end; i++) {
        const neume_voice *v = &p->score->voices[i];
        for (size_t k = 0; k < v->pitch_count; k++) {
            size_t s = 0;
            while (s < count && (seen[s].step != v->pitches[k].step || seen[s].alter != v->pitches[k].alter ||
                                 seen[s].octave != v->pitches[k].octave))
                s++;
            if (s == count && count < DRUM_PITCHES) seen[count++] = v->pitches[k];
        }
    }
    for (size_t s = 0; s < count; s++) NEUME_TRY(put_drum(p, &seen[s], number, false));
    for (size_t s = 0; s < count; s++) NEUME_TRY(put_drum(p, &seen[s], number, true));
    return NEUME_OK;
}

static neume_status put_score_part(printer *p, size_t first, size_t end, int number) {
    const neume_voice *v = &p->score->voices[first];
    PUT("<score-part id=\"P%d\"><part-name>", number);
    if (v->name) NEUME_TRY(neume__xml_put_text(p, v->name));
    PUT("</part-name>");
    if (v->short_name) {
        PUT("<part-abbreviation>");
        NEUME_TRY(neume__xml_put_text(p, v->short_name));
        PUT("</part-abbreviation>");
    }
    if (v->program >= 0 || v->channel >= 0) {
        PUT("<score-instrument id=\"P%d-I1\"><instrument-name>%s</instrument-name></score-instrument>", number,
            neume_program_name(v->channel == DRUM_CHANNEL ? NEUME_PROGRAM_DRUMS : v->program));
    }
    neume_status status = NEUME_OK;
    if (v->program >= 0 || v->channel >= 0) {
        PUT("<midi-instrument id=\"P%d-I1\">", number);
        if (v->channel >= 0) PUT("<midi-channel>%d</midi-channel>", v->channel);
        if (v->program >= 0) PUT("<midi-program>%d</midi-program>", v->program + 1);
        PUT("</midi-instrument>");
    }
    if (v->channel == DRUM_CHANNEL) status = put_drums(p, first, end, number);
    NEUME_TRY(status);
    PUT("</score-part>\n");
    return NEUME_OK;
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

static neume_status put_field(printer *p, const char *name, const char *text) {
    PUT("<miscellaneous-field name=\"neume:%s\">", name);
    NEUME_TRY(neume__xml_put_text(p, text));
    PUT("</miscellaneous-field>\n");
    return NEUME_OK;
}

static neume_status put_head(printer *p) {
    const neume_score *s = p->score;
    const char *title = neume_score_text(s, 'T');
    PUT("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE score-partwise PUBLIC \"-//Recordare//DTD MusicXML 4.0 "
        "Partwise//EN\" \"http://www.musicxml.org/dtds/partwise.dtd\">\n<score-partwise version=\"4.0\">\n");
    if (title) {
        PUT("<work><work-title>");
        NEUME_TRY(neume__xml_put_text(p, title));
        PUT("</work-title></work>\n");
    }
    PUT("<identification>");
    for (size_t i = 0; i < s->field_count; i++) {
        if (s->fields[i].letter != 'C') continue;
        PUT("<creator type=\"composer\">");
        NEUME_TRY(neume__xml_put_text(p, s->fields[i].text));
        PUT("</creator>");
    }
    PUT("<encoding><software>neume %s</software></encoding>\n<miscellaneous>\n", neume_version());
    for (size_t i = 0; i < s->field_count; i++) {
        const char letter[2] = {s->fields[i].letter, '\0'};
        NEUME_TRY(put_field(p, letter, s->fields[i].text));
    }
    if (s->layout) NEUME_TRY(put_field(p, "layout", s->layout));
    for (size_t i = 0; i < s->voice_count; i++) NEUME_TRY(put_field(p, "voice", s->voices[i].id));
    PUT("</miscellaneous></identification>\n<part-list>\n");
    int number = 0;
    for (size_t i = 0, end; i < s->voice_count; i = end) {
        end = part_end(s, i);
        NEUME_TRY(put_score_part(p, i, end, ++number));
    }
    PUT("</part-list>\n");
    return NEUME_OK;
}

static neume_status put_parts(printer *p, voice_printer *voices) {
    int number = 0;
    for (size_t i = 0, end; i < p->score->voice_count; i = end) {
        end = part_end(p->score, i);
        part_printer part = begin_part(p, voices, i, end, ++number);
        PUT("<part id=\"P%d\">\n", number);
        for (size_t v = 0; v < part.count; v++) part.voices[v].wedges = part.wedges;
        for (bool more = true; more;) NEUME_TRY(put_measure(&part, &more));
        PUT("</part>\n");
    }
    PUT("</score-partwise>\n");
    return NEUME_OK;
}

/* The longest time that all lengths are multiples of. */
static int64_t find_division(const neume_score *score) {
    int64_t division = NEUME_WHOLE / 4;
    neume__xml_piece pieces[NEUME__XML_PIECES];
    for (size_t i = 0; i < score->voice_count; i++) {
        const neume_voice *v = &score->voices[i];
        for (size_t k = 0; k < v->item_count; k++) {
            const neume_item *item = &v->items[k];
            if (item->kind > NEUME_ITEM_REST || item->grace) continue;
            int count = neume__xml_pieces(v, item, pieces);
            for (int piece = 0; piece < count; piece++)
                division = neume__gcd(division, pieces[piece].ticks / (item->bars ? item->bars : 1));
        }
    }
    return division;
}

neume_status neume_musicxml_write(const neume_score *score, neume_buffer *out) {
    neume_buffer text = {0};
    printer p = {score, &text, find_division(score), 0};
    neume_status status = NEUME_OK;
    voice_printer *voices = neume__calloc(score->voice_count + 1, sizeof *voices);
    if (!voices) return NEUME_ENOMEM;
    NEUME_GO(put_head(&p));
    NEUME_GO(put_parts(&p, voices));
    NEUME_GO(neume_buffer_append(out, text.data, text.size));
fail:
    neume__free(voices);
    neume_buffer_clear(&text);
    return status;
}
