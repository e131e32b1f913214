/* Bar lines of a line of music: repeats, endings, and overlays (&), which go back to one. */
#include "abc.h"

#include <stdio.h>
#include <string.h>

void abc_go_on(abc_music *m) {
    m->v = &m->r->voices[m->r->current];
    m->voice = &m->r->score->voices[m->r->current];
}

/* --- bar lines ---------------------------------------------------------------------------------------------------- */

/* "1", "1,3", "2-4" or "text in quotes" behind a bar line. */
static neume_status read_ending(abc_music *m, const char **out) {
    abc_span *s = &m->s;
    const char *first = s->at;
    if (abc_peek(*s) == '"') {
        const char *stop = abc_find((abc_span){s->at + 1, s->end}, '"');
        if (!stop) return NEUME_OK;
        s->at = stop + 1;
        return abc_text(m->r->score, (abc_span){first + 1, stop}, out);
    }
    while (s->at < s->end &&
           (abc_is_digit(*s->at) || (abc_in(*s->at, ",-.") && s->at + 1 < s->end && abc_is_digit(s->at[1]))))
        s->at++;
    return neume_score_string(m->r->score, first, (size_t)(s->at - first), out);
}

/* Behind a bar line: "1", "[1", " [1", "[\"text\"" */
static neume_status maybe_ending(abc_music *m, neume_bar *bar) {
    if (abc_is_digit(abc_peek(m->s))) return read_ending(m, &bar->ending);
    abc_span s = m->s;
    while (s.at < s.end && abc_is_space(*s.at)) s.at++;
    if (s.at + 1 < s.end && *s.at == '[' && (abc_is_digit(s.at[1]) || s.at[1] == '"')) {
        if (s.at[1] == '"') { /* a chord may begin with an annotation too: ["Am"CEG] */
            const char *stop = abc_find((abc_span){s.at + 2, s.end}, '"');
            abc_span after = {stop ? stop + 1 : s.end, s.end};
            if (!stop || abc_in(abc_peek(after), "ABCDEFGabcdefg^_=")) return NEUME_OK;
        }
        m->s.at = s.at + 1;
        return read_ending(m, &bar->ending);
    }
    return NEUME_OK;
}

static uint8_t style_of(abc_span lines) {
    size_t n = (size_t)(lines.end - lines.at);
    if (n == 0) return NEUME_BAR_SINGLE;
    if (lines.at[0] == '.') return NEUME_BAR_DOTTED;
    if (lines.at[0] == '[' && lines.end[-1] == ']') return NEUME_BAR_HIDDEN;
    if (lines.at[0] == '[') return NEUME_BAR_HEAVY;
    if (lines.end[-1] == ']') return NEUME_BAR_FINAL;
    return n == 1 ? NEUME_BAR_SINGLE : NEUME_BAR_DOUBLE;
}

/* The next character that belongs to a bar line's strokes? */
static bool is_stroke(abc_span s, const char *first) {
    char c = abc_peek(s), next = s.at + 1 < s.end ? s.at[1] : '\0', last = s.at > first ? s.at[-1] : '\0';
    if (c == '|') return last != ']';
    if (c == '.') return s.at == first && next == '|';
    if (c == '[') return s.at == first && (next == '|' || next == ']');
    return c == ']' && (last == '|' || last == '[');
}

static void end_bar(abc_music *m) {
    abc_voice *v = m->v;
    if (v->tuplet_left) v->tuplet_left = 0;
    v->bar_at = v->at;
    v->last = -1; /* nothing lengthens a note across a bar line */
    memcpy(v->bar_alter, v->key.alter, sizeof v->bar_alter);
    v->space_before = true;
}

neume_status abc_leave_overlay(abc_music *m) {
    if (m->v->overlay_of < 0) return NEUME_OK;
    const int64_t reached = m->v->at;
    m->v->tuplet_left = m->v->broken = 0;
    m->r->current = m->v->overlay_of;
    abc_go_on(m);
    if (reached <= m->v->at) return NEUME_OK;
    neume_item rest = {
        .at = m->v->at, .ticks = reached - m->v->at, .kind = NEUME_ITEM_REST, .hidden = true, .tuplet = -1};
    m->v->at = reached;
    return neume_voice_add_item(m->voice, rest);
}

neume_status abc_read_bar(abc_music *m) {
    neume_bar bar = {0};
    int dots = 0, after = 0;
    while (abc_peek(m->s) == ':') dots++, m->s.at++;
    abc_span strokes = {m->s.at, m->s.at};
    while (is_stroke(m->s, strokes.at)) strokes.end = ++m->s.at;
    bool any = strokes.end > strokes.at;
    while (any && abc_peek(m->s) == ':') after++, m->s.at++;
    if (!any) { /* "::" alone ends one repeat and begins the next; ":" alone is nothing */
        if (dots == 1) {
            abc_warn(m->r, "':' alone is not understood");
            return NEUME_OK;
        }
        after = dots = dots / 2;
    }
    NEUME_TRY(abc_leave_overlay(m));
    if (m->in_grace) abc_warn(m->r, "grace notes without their end");
    m->in_grace = false;
    m->v->overlays = 0;
    bar.style = any ? style_of(strokes) : NEUME_BAR_SINGLE;
    bar.repeat_end = (uint8_t)(dots < 9 ? dots : 9);
    bar.repeat_start = after > 0;
    if (bar.style == NEUME_BAR_DOUBLE && !dots != !after) bar.style = NEUME_BAR_SINGLE; /* "||:" is "|:" */
    NEUME_TRY(maybe_ending(m, &bar));
    end_bar(m);
    return neume_voice_add_bar(m->voice, m->v->at, bar);
}

neume_status abc_read_lone_ending(abc_music *m) {
    neume_bar bar = {.style = NEUME_BAR_HIDDEN};
    m->s.at++;
    NEUME_TRY(read_ending(m, &bar.ending));
    for (size_t i = m->voice->item_count; i-- > 0;) { /* it belongs to the bar line that ended the last line */
        const neume_item *item = &m->voice->items[i];
        if (item->kind <= NEUME_ITEM_REST) break;
        if (item->kind != NEUME_ITEM_BAR || m->voice->bars[item->first].ending) continue;
        m->voice->bars[item->first].ending = bar.ending;
        return NEUME_OK;
    }
    end_bar(m);
    return neume_voice_add_bar(m->voice, m->v->at, bar);
}

/* --- overlays: & goes back to the beginning of the bar ------------------------------------------------------------ */

neume_status abc_read_overlay(abc_music *m) {
    m->s.at++;
    NEUME_TRY(abc_leave_overlay(m));
    abc_reader *r = m->r;
    const int owner = r->current;
    char id[80];
    int index;
    snprintf(id, sizeof id, "%.60so%d", m->voice->id, ++m->v->overlays);
    NEUME_TRY(abc_find_voice(r, (abc_span){id, id + strlen(id)}, &index));
    abc_voice *v = &r->voices[index];
    const abc_voice *of = &r->voices[owner];
    neume_voice *voice = &r->score->voices[index], *main = &r->score->voices[owner];
    v->begun = true;
    v->overlay_of = owner;
    v->key = of->key, v->metre = of->metre, v->unit = of->unit, v->octave = of->octave;
    v->transpose_clef = of->transpose_clef;
    memcpy(v->bar_alter, of->key.alter, sizeof v->bar_alter);
    voice->clef = main->clef, voice->program = main->program, voice->channel = main->channel;
    voice->transpose = main->transpose, voice->staff = main->staff, voice->part = main->part;
    v->at = of->bar_at;
    v->last = -1;
    v->broken = v->tuplet_left = 0;
    r->current = index;
    abc_go_on(m);
    return NEUME_OK;
}
