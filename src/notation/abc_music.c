/* A line of music. One function for each thing that may stand there; each takes what it understands off the front of
 * the line. */
#include "abc.h"
#include "gcd.h"
#include "tuplet.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

typedef abc_music music;

/* --- words that wait ---------------------------------------------------------------------------------------------- */

static void wait_words(music *m, neume_words_kind kind, const char *text) {
    abc_voice *v = m->v;
    if (v->pending_count == NEUME__ABC_PENDING) {
        abc_warn(m->r, "too many words at one note");
        return;
    }
    v->pending[v->pending_count++] = (abc_pending){(uint8_t)kind, text};
}

static neume_status flush_words(music *m, int32_t item) {
    abc_voice *v = m->v;
    for (int i = 0; i < v->pending_count; i++)
        NEUME_TRY(neume_voice_add_words(m->voice, (neume_words){item, v->pending[i].kind, 0, v->pending[i].text}));
    v->pending_count = 0;
    return NEUME_OK;
}

/* --- lengths ------------------------------------------------------------------------------------------------------ */

static const int64_t LONGEST = 50000 * NEUME_WHOLE; /* tune or note; of a broken pair half of that, as one grows */

/* Beyond the longest note it is just too long: ten times as much at most. */
static int64_t read_number(abc_span *s) {
    int64_t n = 0;
    while (s->at < s->end && abc_is_digit(*s->at)) {
        if (n <= LONGEST) n = 10 * n + (*s->at - '0');
        s->at++;
    }
    return n;
}

/* "3/2", "/", "//", "" -> ticks of so many units. Inside tuplets lengths are plain fractions of a whole note, so that
 * they can be told again from the tuplet's rounded ones. */
static int64_t read_length(music *m) {
    abc_span *s = &m->s;
    int64_t above = 1, below = 1;
    if (abc_is_digit(abc_peek(*s))) above = read_number(s);
    while (abc_peek(*s) == '/') {
        s->at++;
        const int64_t by = abc_is_digit(abc_peek(*s)) ? read_number(s) : 2;
        below = by < 1 || by > NEUME_WHOLE / below ? 1 : below * by;
    }
    const int64_t common = neume__gcd(m->v->unit, below), unit = m->v->unit / common, parts = below / common;
    if (above < 1 || above > INT64_MAX / unit) {
        abc_warn(m->r, "a length cannot be %lld", (long long)above);
        above = 1;
    }
    const int64_t ticks = unit * above;
    if (ticks / parts <= LONGEST && ticks % parts == 0 &&
        (!m->v->tuplet_left || (ticks / parts) % neume__plain_ticks == 0))
        return ticks / parts;
    abc_warn(m->r, "a length of %lld/%lld is not understood", (long long)above, (long long)below);
    return m->v->unit;
}

/* --- a note or rest takes its place ------------------------------------------------------------------------------- */

/* What the tuplet that is open makes of a written length. */
static int64_t take_tuplet(music *m, int64_t ticks) {
    abc_voice *v = m->v;
    if (!v->tuplet_left) return ticks;
    v->tuplet_left--;
    return ticks * v->tuplet_normal / v->tuplet_actual;
}

/* One written length of a broken pair; 0: there is no such length. */
static int64_t broken_length(int64_t ticks, int n, bool longer, bool in_tuplet) {
    const int64_t share = ticks >> n;
    if (ticks % (INT64_C(1) << n) || ticks > LONGEST / 2 || (in_tuplet && share % neume__plain_ticks)) return 0;
    return longer ? 2 * ticks - share : share;
}

/* The second note of a broken pair, if it can be told exactly. */
static int64_t take_broken(music *m, int64_t ticks) {
    int n = abs(m->v->broken), longer = m->v->broken < 0;
    m->v->broken = 0;
    int64_t length = n ? broken_length(ticks, n, longer, m->v->tuplet_left > 0) : 0;
    return length ? length : ticks;
}

static neume_status add_sounding(music *m, neume_item item) {
    abc_voice *v = m->v;
    if (v->at + item.ticks > LONGEST) return neume_fail(NEUME_ELIMIT, "line %d: the tune is too long", m->r->line);
    const bool in_tuplet = v->tuplet_left && !m->in_grace;
    item.at = v->at;
    item.tuplet = in_tuplet ? (int32_t)m->voice->tuplet_count - 1 : -1;
    item.joined = !v->space_before;
    v->space_before = false;
    if (m->in_grace) {
        item.grace = v->slashed_grace ? NEUME_GRACE_SLASHED : NEUME_GRACE_LONG;
    } else {
        item.ticks = take_tuplet(m, take_broken(m, item.ticks));
        v->last = (int32_t)m->voice->item_count;
        v->at += item.ticks;
    }
    item.slurs_open = (uint8_t)v->slurs;
    v->slurs = 0;
    NEUME_TRY(flush_words(m, (int32_t)m->voice->item_count));
    return neume_voice_add_item(m->voice, item);
}

/* --- pitches ------------------------------------------------------------------------------------------------------ */

/* ^ ^^ _ __ = and quarter tones (^/ _3/2), which are rounded towards the natural. @return whether there was one */
static bool read_accidental(music *m, int *alter) {
    abc_span *s = &m->s;
    char c = abc_peek(*s);
    if (c != '^' && c != '_' && c != '=') return false;
    const char *from = s->at;
    while (abc_peek(*s) == c) s->at++;
    const int64_t sign = c == '^' ? 1 : c == '_' ? -1 : 0;
    int64_t by = s->at - from > 2 ? 2 : s->at - from;
    if (c != '=' && (abc_peek(*s) == '/' || abc_is_digit(abc_peek(*s)))) {
        int64_t above = abc_is_digit(abc_peek(*s)) ? read_number(s) : 1, below = 1;
        if (abc_peek(*s) == '/') {
            s->at++;
            below = abc_is_digit(abc_peek(*s)) ? read_number(s) : 2;
        }
        by = below > 0 ? by * above / below : 0;
        abc_warn(m->r, "microtones are rounded to semitones, towards the natural");
    }
    *alter = (int)(sign * (by > 2 ? 2 : by));
    return true;
}

/* A note's name with its octave; false: there is none. */
static bool read_pitch(music *m, neume_pitch *out) {
    abc_span *s = &m->s, before = m->s;
    int alter = 0, octave;
    bool said = read_accidental(m, &alter);
    char c = abc_peek(*s);
    int step = abc_step(c);
    if (step < 0) {
        *s = before;
        return false;
    }
    s->at++;
    octave = islower((unsigned char)c) ? 5 : 4;
    for (; abc_peek(*s) == '\'' || abc_peek(*s) == ','; s->at++) octave += *s->at == '\'' ? 1 : -1;
    octave += m->v->octave + m->v->transpose_clef;
    if (octave < -1 || octave > 10) {
        abc_warn(m->r, "a note lies outside all octaves");
        octave = octave < 0 ? -1 : 10;
    }
    if (said) m->v->bar_alter[step] = (int8_t)alter;
    *out = (neume_pitch){(int8_t)step, said ? (int8_t)alter : m->v->bar_alter[step], (int8_t)octave, false};
    return true;
}

static bool read_tie(music *m) {
    if (abc_peek(m->s) != '-') return false;
    m->s.at++;
    return true;
}

/* Accidentals inside graces count for the rest of the bar too (standard 4.2). */
static neume_status read_note(music *m) {
    neume_pitch pitch;
    if (!read_pitch(m, &pitch)) {
        abc_warn(m->r, "an accidental without its note");
        m->s.at++;
        return NEUME_OK;
    }
    neume_item item = {
        .kind = NEUME_ITEM_NOTES, .first = (int32_t)m->voice->pitch_count, .count = 1, .ticks = read_length(m)};
    pitch.tied = read_tie(m);
    NEUME_TRY(neume_voice_add_pitch(m->voice, pitch));
    return add_sounding(m, item);
}

static neume_status read_decoration(music *m);

/* [CEG]2, [C2E2G2]: as long as its first note. stop: ']', or '+' in the oldest files */
static neume_status read_chord(music *m, char stop) {
    neume_item item = {.kind = NEUME_ITEM_NOTES, .first = (int32_t)m->voice->pitch_count};
    int64_t length = 0;
    m->s.at++;
    while (m->s.at < m->s.end && *m->s.at != stop) {
        neume_pitch pitch;
        if (abc_in(*m->s.at, "^_=CDEFGABcdefgab") && read_pitch(m, &pitch)) {
            int64_t own = read_length(m);
            if (item.count && own != length)
                abc_warn(m->r, "the notes of a chord have different lengths: the first counts");
            if (!item.count) length = own;
            pitch.tied = read_tie(m);
            NEUME_TRY(neume_voice_add_pitch(m->voice, pitch));
            item.count++;
        } else if (abc_in(*m->s.at, "\"!.~uvTHLMOPSRJ(")) {
            NEUME_TRY(read_decoration(m));
        } else {
            if (!abc_in(*m->s.at, " \t`)zxy0123456789/")) abc_warn(m->r, "'%c' in a chord is not understood", *m->s.at);
            m->s.at++;
        }
    }
    if (m->s.at < m->s.end) m->s.at++;
    int64_t unit = m->v->unit, whole = read_length(m);
    if (read_tie(m))
        for (int32_t i = 0; i < item.count; i++) m->voice->pitches[item.first + i].tied = true;
    if (!item.count) {
        abc_warn(m->r, "an empty chord");
        return NEUME_OK;
    }
    item.ticks = whole == unit ? length : length / unit * whole + length % unit * whole / unit;
    if (m->v->tuplet_left && item.ticks % neume__plain_ticks) {
        abc_warn(m->r, "the length of a chord in a tuplet is not understood");
        item.ticks = length;
    }
    return add_sounding(m, item);
}

/* z x: a rest; Z X: so many bars. y is room on paper. */
static neume_status read_rest(music *m) {
    char c = *m->s.at++;
    if (c == 'y') {
        read_length(m);
        return NEUME_OK;
    }
    neume_item item = {.kind = NEUME_ITEM_REST, .hidden = c == 'x' || c == 'X'};
    if (m->in_grace) {
        read_length(m); /* silence is no ornament */
        return NEUME_OK;
    }
    if (c == 'z' || c == 'x') {
        item.ticks = read_length(m);
        return add_sounding(m, item);
    }
    int64_t bars = abc_is_digit(abc_peek(m->s)) ? read_number(&m->s) : 1;
    int64_t bar = neume_metre_ticks(m->v->metre);
    item.bars = bars < 1 || bars > NEUME__ABC_LONGEST ? 1 : (int32_t)bars;
    item.ticks = item.bars * (bar ? bar : NEUME_WHOLE);
    m->v->broken = m->v->tuplet_left = 0;
    NEUME_TRY(add_sounding(m, item));
    m->v->last = -1; /* whole bars are not lengthened */
    return NEUME_OK;
}

/* --- rhythm ------------------------------------------------------------------------------------------------------- */

/* a>b: a is longer by half of b. */
static void read_broken(music *m) {
    char c = *m->s.at;
    int n = 0;
    while (abc_peek(m->s) == c) n++, m->s.at++;
    abc_voice *v = m->v;
    if (v->last < 0 || m->in_grace || n > 4) {
        if (!m->in_grace) abc_warn(m->r, "'%c' without a note before it", c);
        return;
    }
    neume_item *item = &m->voice->items[v->last];
    const neume_tuplet *tuplet = item->tuplet < 0 ? NULL : &m->voice->tuplets[item->tuplet];
    int64_t before = item->ticks, length = broken_length(neume__written_ticks(m->voice, item), n, c == '>', tuplet);
    if (v->broken || !length) {
        abc_warn(m->r, "'%c' where it means nothing", c);
        return;
    }
    item->ticks = tuplet ? length * tuplet->normal / tuplet->actual : length;
    v->at += item->ticks - before;
    for (size_t i = (size_t)v->last + 1; i < m->voice->item_count; i++) m->voice->items[i].at += item->ticks - before;
    v->broken = c == '>' ? n : -n;
}

static neume_status begin_tuplet(music *m, int64_t actual, int64_t normal, int64_t notes) {
    static const int usual[10] = {1, 1, 3, 2, 3, 0, 2, 0, 3, 0};
    if (actual < 2 || actual > 15) {
        abc_warn(m->r, "a tuplet of %lld is not understood", (long long)actual);
        return NEUME_OK;
    }
    if (!normal && actual < 10) normal = usual[actual];
    if (!normal) normal = neume_metre_compound(m->v->metre) ? 3 : 2;
    if (!notes) notes = actual;
    if (normal > 16 || notes > 256) return NEUME_OK;
    m->v->tuplet_actual = (int)actual, m->v->tuplet_normal = (int)normal, m->v->tuplet_left = (int)notes;
    return neume_voice_add_tuplet(m->voice, (neume_tuplet){(int16_t)actual, (int16_t)normal, (int32_t)notes});
}

/* (3 (3:2:3 (3:: or a slur */
static neume_status read_paren(music *m) {
    int64_t number[3] = {0, 0, 0};
    m->s.at++;
    if (!abc_is_digit(abc_peek(m->s))) {
        m->v->slurs++;
        return NEUME_OK;
    }
    for (int i = 0; i < 3; i++) {
        if (abc_is_digit(abc_peek(m->s))) number[i] = read_number(&m->s);
        if (abc_peek(m->s) != ':' || i == 2) break;
        if (m->s.at + 1 < m->s.end && m->s.at[1] == '|') break;
        m->s.at++;
    }
    return begin_tuplet(m, number[0], number[1], number[2]);
}

static void close_slur(music *m) {
    m->s.at++;
    for (size_t i = m->voice->item_count; i-- > 0;) {
        neume_item *item = &m->voice->items[i];
        if (item->kind > NEUME_ITEM_REST) continue;
        if (item->slurs_close < 255) item->slurs_close++;
        return;
    }
}

/* --- decorations, chord symbols ----------------------------------------------------------------------------------- */

static const char *long_name(char letter) {
    static const struct {
        char letter;
        const char *name;
    } names[] = {{'.', "staccato"}, {'~', "roll"},         {'H', "fermata"}, {'L', "accent"}, {'M', "lowermordent"},
                 {'O', "coda"},     {'P', "uppermordent"}, {'S', "segno"},   {'T', "trill"},  {'u', "upbow"},
                 {'v', "downbow"},  {'J', "slide"},        {'R', "roll"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].letter == letter) return names[i].name;
    return NULL;
}

/* Text that can be a decoration's name: no space, no bar. */
static const char *decoration_end(abc_span s, char stop) {
    for (const char *c = s.at; c < s.end && c - s.at < 40; c++) {
        if (*c == stop) return c;
        if (!abc_in_name(*c)) return NULL;
    }
    return NULL;
}

static neume_status named_decoration(music *m, const char *stop) {
    const char *name;
    size_t length = (size_t)(stop - m->s.at);
    NEUME_TRY(neume_score_string(m->r->score, m->s.at, length, &name));
    m->s.at = stop + 1;
    if (length) wait_words(m, NEUME_WORDS_MARK, name);
    return NEUME_OK;
}

/* !trill! or the end of a line, as old files have it; +trill+ or an old chord +CEG+ */
static neume_status read_shout(music *m) {
    char c = *m->s.at;
    abc_span inside = {m->s.at + 1, m->s.end};
    const char *stop = decoration_end(inside, c);
    if (c == '+' && stop) {
        bool chord = true;
        for (const char *p = inside.at; p < stop; p++) chord &= abc_in(*p, "ABCDEFGabcdefg^_=,'0123456789/");
        if (chord) return read_chord(m, '+');
    }
    m->s.at++;
    if (stop) return named_decoration(m, stop);
    if (c == '+') abc_warn(m->r, "'+' is not understood");
    return NEUME_OK;
}

/* "Am7" is a chord; "^text" "_text" "<text" ">text" "@text" are annotations. */
static neume_status read_quoted(music *m) {
    const char *stop = abc_find((abc_span){m->s.at + 1, m->s.end}, '"');
    abc_span inside = {m->s.at + 1, stop ? stop : m->s.end};
    const char *text;
    if (!stop) abc_warn(m->r, "a quotation without its end");
    m->s.at = stop ? stop + 1 : m->s.end;
    if (inside.at == inside.end) return NEUME_OK;
    bool annotation = abc_in(*inside.at, "^_<>@");
    NEUME_TRY(abc_text(m->r->score, inside, &text));
    if (*text) wait_words(m, annotation ? NEUME_WORDS_ANNOTATION : NEUME_WORDS_CHORD, text);
    return NEUME_OK;
}

static neume_status read_decoration(music *m) {
    char c = *m->s.at;
    if (c == '"') return read_quoted(m);
    if (c == '!' || c == '+') return read_shout(m);
    m->s.at++;
    const char *name = m->r->user[(unsigned char)c & 127];
    if (!name) name = long_name(c);
    if (name && *name)
        wait_words(m, NEUME_WORDS_MARK, name);
    else if (!name && c != '(')
        abc_warn(m->r, "'%c' stands for nothing", c);
    return NEUME_OK;
}

/* {abc} {/a} */
static neume_status read_graces(music *m) {
    char c = *m->s.at++;
    m->in_grace = c == '{';
    m->v->slashed_grace = m->in_grace && abc_peek(m->s) == '/';
    if (m->v->slashed_grace) m->s.at++;
    m->v->space_before = true;
    return NEUME_OK;
}

/* --- inline fields ------------------------------------------------------------------------------------------------ */

static bool is_inline_field(abc_span s) {
    return s.end - s.at >= 3 && isalpha((unsigned char)s.at[1]) && s.at[2] == ':' && s.at[1] != 'w' &&
           !(s.at + 3 < s.end && (s.at[3] == '|' || s.at[3] == ':'));
}

static neume_status read_inline_field(music *m) {
    const char *stop = abc_find(m->s, ']');
    char letter = m->s.at[1];
    abc_span text = abc_trim((abc_span){m->s.at + 3, stop ? stop : m->s.end});
    if (!stop) abc_warn(m->r, "an inline field without its end");
    m->s.at = stop ? stop + 1 : m->s.end;
    size_t line_first = m->v->line_first;
    NEUME_TRY(abc_field(m->r, letter, text));
    if (letter != 'V') m->r->voices[m->r->current].line_first = line_first;
    abc_go_on(m);
    return NEUME_OK;
}

static neume_status read_bracket(music *m) {
    char next = m->s.at + 1 < m->s.end ? m->s.at[1] : '\0';
    if (next == '|' || next == ']') return abc_read_bar(m);
    if (is_inline_field(m->s)) return read_inline_field(m);
    if (abc_is_digit(next)) return abc_read_lone_ending(m);
    return read_chord(m, ']');
}

/* --- the line ----------------------------------------------------------------------------------------------------- */

static neume_status read_other(music *m) {
    unsigned char c = (unsigned char)*m->s.at;
    if (c < 128 && (m->r->user[c] || long_name((char)c))) return read_decoration(m);
    m->s.at++;
    if (c >= 0x80) {
        while (m->s.at < m->s.end && ((unsigned char)*m->s.at & 0xc0) == 0x80) m->s.at++;
        abc_warn(m->r, "a character that ABC does not know");
    } else if (isalpha(c)) {
        abc_warn(m->r, "'%c' stands for nothing", c);
    } else if (!abc_in((char)c, "*;?#$@\\]") || c == ']') {
        abc_warn(m->r, "'%c' is not understood", c);
    }
    return NEUME_OK;
}

static neume_status read_one(music *m) {
    char c = *m->s.at;
    switch (c) {
    case 'A':
    case 'B':
    case 'C':
    case 'D':
    case 'E':
    case 'F':
    case 'G':
    case 'a':
    case 'b':
    case 'c':
    case 'd':
    case 'e':
    case 'f':
    case 'g':
    case '^':
    case '_':
    case '=':
        return read_note(m);
    case 'z':
    case 'x':
    case 'Z':
    case 'X':
    case 'y':
        return read_rest(m);
    case '|':
    case ':':
        return abc_read_bar(m);
    case '[':
        return read_bracket(m);
    case '(':
        return read_paren(m);
    case ')':
        close_slur(m);
        return NEUME_OK;
    case '>':
    case '<':
        read_broken(m);
        return NEUME_OK;
    case '{':
    case '}':
        return read_graces(m);
    case '"':
    case '!':
    case '+':
        return read_decoration(m);
    case '&':
        return abc_read_overlay(m);
    case ' ':
    case '\t':
        m->v->space_before = true;
        m->s.at++;
        return NEUME_OK;
    case '`':
    case '\r':
        m->s.at++;
        return NEUME_OK;
    case '-': /* a tie apart from its note */
        m->s.at++;
        if (m->v->last >= 0 && m->voice->items[m->v->last].count)
            m->voice->pitches[m->voice->items[m->v->last].first + m->voice->items[m->v->last].count - 1].tied = true;
        return NEUME_OK;
    case '.':
        if (m->s.at + 1 < m->s.end && m->s.at[1] == '|') return abc_read_bar(m);
        return read_decoration(m);
    default:
        return read_other(m);
    }
}

neume_status abc_music_line(abc_reader *r, abc_span text) {
    NEUME_TRY(abc_begin_voice(r));
    music m = {.r = r, .s = text};
    abc_go_on(&m);
    m.v->line_first = m.voice->item_count;
    m.v->verse = 0;
    m.v->space_before = true;
    const bool continued = text.end > text.at && text.end[-1] == '\\';
    if (continued) m.s.end--;
    while (m.s.at < m.s.end) NEUME_TRY(read_one(&m));
    if (m.in_grace) abc_warn(r, "grace notes without their end");
    NEUME_TRY(abc_leave_overlay(&m));
    if (continued) return NEUME_OK;
    return neume_voice_add_item(m.voice, (neume_item){.at = m.v->at, .kind = NEUME_ITEM_BREAK, .tuplet = -1});
}
