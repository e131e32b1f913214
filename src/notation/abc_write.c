/* Written music as ABC 2.1, one tune.
 *
 * Each voice is printed line by line by itself; the lines of several voices take turns. An accidental is written
 * wherever a reader would hear another pitch without it, be it one for whom accidentals count in all octaves (the
 * standard) or in their own alone (older programs). */
#include "gcd.h"
#include "tuplet.h"

#include "neume/notation.h"

#include <math.h>
#include <string.h>

/* SOUNDS_: notes and rests in a line; abcm2ps breaks fuller ones, within a bar. Of several voices the fullest counts,
 * and between its notes those of the others want room. */
enum { BARS_A_LINE = 4, SOUNDS_ALONE = 44, SOUNDS_OF_SEVERAL = 28, VERSES_MOST = 256, OCTAVES = 12 };

typedef struct printer {
    const neume_score *score;
    neume_buffer *out;
    int64_t unit;
} printer;

/* Where the printing of one voice stands. */
typedef struct voice_printer {
    printer *p;
    const neume_voice *voice;
    size_t item, words; /* the next ones */
    neume_key key;
    int8_t step_alter[7], own_alter[OCTAVES][7]; /* what a note without accidental would be */
    int8_t clef_octave;
    bool follows; /* the last thing on the line sounds: notes that are not beamed to it want a space */
    bool broken;  /* the voice has line ends of its own */
    int last_tuplet;
    const char *ending; /* left over from the last line's bar line */
} voice_printer;

static neume_status put(printer *p, const char *text) {
    return neume_buffer_append(p->out, text, strlen(text));
}

/* Text as ABC can hold it: what would be read otherwise is escaped. quoted: between "", where a " cannot be. */
static neume_status put_text(printer *p, const char *text, bool quoted) {
    for (const char *c = text; *c; c++) {
        if (*c == '\\' || *c == '%' || *c == '&')
            NEUME_TRY(neume_buffer_print(p->out, "\\%c", *c));
        else if (*c == '"' && quoted)
            NEUME_TRY(put(p, "''"));
        else
            NEUME_TRY(neume_buffer_append(p->out, (unsigned char)*c < 0x20 ? " " : c, 1));
    }
    return NEUME_OK;
}

/* --- lengths ------------------------------------------------------------------------------------------------------ */

static neume_status put_length(printer *p, int64_t ticks) {
    int64_t common = neume__gcd(ticks, p->unit), above = ticks / common, below = p->unit / common;
    if (below == 1) return above == 1 ? NEUME_OK : neume_buffer_print(p->out, "%lld", (long long)above);
    if (above != 1) NEUME_TRY(neume_buffer_print(p->out, "%lld", (long long)above));
    return below == 2 ? put(p, "/") : neume_buffer_print(p->out, "/%lld", (long long)below);
}

static bool is_power_of_two(int64_t n) {
    return n > 0 && (n & (n - 1)) == 0;
}

/* What the text would cost in this unit: characters behind notes. */
static int64_t cost_of_unit(const neume_score *score, int64_t unit) {
    int64_t cost = 0;
    for (size_t i = 0; i < score->voice_count; i++) {
        const neume_voice *v = &score->voices[i];
        for (size_t k = 0; k < v->item_count; k++) {
            if (v->items[k].kind > NEUME_ITEM_REST || v->items[k].ticks <= 0) continue;
            int64_t ticks = neume__written_ticks(v, &v->items[k]), common = neume__gcd(ticks, unit);
            cost += (ticks / common > 1) + (ticks / common > 9) + 2 * (unit / common > 1);
        }
    }
    return cost;
}

static int64_t choose_unit(const neume_score *score) {
    if (score->unit > 0 && NEUME_WHOLE % score->unit == 0 && is_power_of_two(NEUME_WHOLE / score->unit))
        return score->unit;
    static const int denominators[] = {8, 4, 16};
    int64_t best = NEUME_WHOLE / 8, least = INT64_MAX;
    for (size_t i = 0; i < sizeof denominators / sizeof *denominators; i++) {
        int64_t cost = cost_of_unit(score, NEUME_WHOLE / denominators[i]);
        if (cost < least) least = cost, best = NEUME_WHOLE / denominators[i];
    }
    return best;
}

/* --- fields ------------------------------------------------------------------------------------------------------- */

static neume_status put_key_value(printer *p, const neume_key *key) {
    static const char *const modes[] = {"", "m", "dor", "phr", "lyd", "mix", "loc"};
    static const char *const alters[] = {"bb", "b", "", "#", "##"};
    static const int8_t pipes[7] = {1, 0, 0, 1, 0, 0, 0};
    if (key->mode == NEUME_MODE_NONE) {
        if (memcmp(key->alter, pipes, sizeof pipes) == 0) return put(p, "Hp");
        NEUME_TRY(put(p, "none"));
    } else {
        NEUME_TRY(neume_buffer_print(p->out, "%c%s%s", "CDEFGAB"[key->tonic_step], alters[key->tonic_alter + 2],
                                     modes[key->mode]));
        if (!key->own) return NEUME_OK;
        NEUME_TRY(put(p, " exp"));
    }
    static const char *const signs[] = {"__", "_", "=", "^", "^^"};
    for (int i = 0; i < 7; i++)
        if (key->alter[i]) NEUME_TRY(neume_buffer_print(p->out, " %s%c", signs[key->alter[i] + 2], "cdefgab"[i]));
    return NEUME_OK;
}

static neume_status put_metre_value(printer *p, const neume_metre *metre) {
    if (metre->beats <= 0) return put(p, "none");
    if (metre->sign) return put(p, metre->sign == 'C' ? "C" : "C|");
    if (metre->sum) return neume_buffer_print(p->out, "(%s)/%d", metre->sum, metre->unit);
    return neume_buffer_print(p->out, "%d/%d", metre->beats, metre->unit);
}

static neume_status put_tempo_value(printer *p, const neume_tempo *tempo) {
    if (tempo->text) {
        NEUME_TRY(put(p, "\""));
        NEUME_TRY(put_text(p, tempo->text, true));
        NEUME_TRY(put(p, tempo->beat ? "\" " : "\""));
    }
    if (!tempo->beat) return NEUME_OK;
    int64_t common = neume__gcd(tempo->beat, NEUME_WHOLE);
    NEUME_TRY(
        neume_buffer_print(p->out, "%lld/%lld=", (long long)(tempo->beat / common), (long long)(NEUME_WHOLE / common)));
    double whole = floor(tempo->per_minute + 0.5);
    if (fabs(tempo->per_minute - whole) < 1e-9) return neume_buffer_print(p->out, "%.0f", whole);
    return neume_buffer_print(p->out, "%.10g", tempo->per_minute);
}

static neume_status put_clef_value(printer *p, neume_clef clef) {
    static const char *const names[] = {"treble", "bass",  "alto",  "tenor", "perc",
                                        "none",   "alto1", "alto2", "bass3", "treble1"};
    static const char *const octaves[] = {"-15", "-8", "", "+8", "+15"};
    return neume_buffer_print(p->out, "clef=%s%s", names[clef.sign], octaves[clef.octave + 2]);
}

static bool is_usual_clef(neume_clef clef) {
    return clef.sign == NEUME_CLEF_TREBLE && clef.octave == 0;
}

static neume_status put_name(printer *p, const char *key, const char *name) {
    if (!name) return NEUME_OK;
    NEUME_TRY(neume_buffer_print(p->out, " %s=\"", key));
    NEUME_TRY(put_text(p, name, true));
    return put(p, "\"");
}

static neume_status put_voice_field(printer *p, const neume_voice *v) {
    NEUME_TRY(neume_buffer_print(p->out, "V:%s", v->id));
    if (!is_usual_clef(v->clef)) {
        NEUME_TRY(put(p, " "));
        NEUME_TRY(put_clef_value(p, v->clef));
    }
    if (v->transpose) NEUME_TRY(neume_buffer_print(p->out, " transpose=%d", v->transpose));
    NEUME_TRY(put_name(p, "name", v->name));
    NEUME_TRY(put_name(p, "snm", v->short_name));
    return put(p, "\n");
}

static bool wants_voice_field(const neume_score *score) {
    const neume_voice *v = score->voices;
    return score->voice_count > 1 || (score->voice_count == 1 && (v->name || v->short_name || v->transpose ||
                                                                  strcmp(v->id, "1") != 0 || !is_usual_clef(v->clef)));
}

static neume_status put_fields(printer *p, bool after) {
    for (size_t i = 0; i < p->score->field_count; i++) {
        const neume_score_field *f = &p->score->fields[i];
        if ((f->letter == 'W') != after) continue;
        if (f->letter == '%')
            NEUME_TRY(put(p, "%%"));
        else
            NEUME_TRY(neume_buffer_print(p->out, "%c:", f->letter));
        NEUME_TRY(f->letter == '%' ? put(p, f->text) : put_text(p, f->text, false));
        NEUME_TRY(put(p, "\n"));
    }
    return NEUME_OK;
}

static neume_status put_head(printer *p, int number) {
    const neume_score *s = p->score;
    NEUME_TRY(neume_buffer_print(p->out, "X:%d\n", number));
    if (!neume_score_text(s, 'T')) NEUME_TRY(put(p, "T:\n"));
    NEUME_TRY(put_fields(p, false));
    NEUME_TRY(put(p, "M:"));
    NEUME_TRY(put_metre_value(p, &s->metre));
    NEUME_TRY(neume_buffer_print(p->out, "\nL:1/%lld\n", (long long)(NEUME_WHOLE / p->unit)));
    if (s->tempo.beat || s->tempo.text) {
        NEUME_TRY(put(p, "Q:"));
        NEUME_TRY(put_tempo_value(p, &s->tempo));
        NEUME_TRY(put(p, "\n"));
    }
    if (s->layout) NEUME_TRY(neume_buffer_print(p->out, "%%%%score %s\n", s->layout));
    const bool voices = wants_voice_field(s);
    if (!voices && s->voice_count && s->voices[0].program >= 0)
        NEUME_TRY(neume_buffer_print(p->out, "%%%%MIDI program %d\n", s->voices[0].program));
    for (size_t i = 0; voices && i < s->voice_count; i++) NEUME_TRY(put_voice_field(p, &s->voices[i]));
    NEUME_TRY(put(p, "K:"));
    NEUME_TRY(put_key_value(p, &s->key));
    return put(p, "\n");
}

/* --- notes -------------------------------------------------------------------------------------------------------- */

static void forget_accidentals(voice_printer *v) {
    memcpy(v->step_alter, v->key.alter, sizeof v->step_alter);
    for (int o = 0; o < OCTAVES; o++) memcpy(v->own_alter[o], v->key.alter, sizeof v->own_alter[o]);
}

static neume_status put_pitch(voice_printer *v, neume_pitch pitch) {
    static const char *const signs[] = {"__", "_", "=", "^", "^^"};
    int octave = pitch.octave - v->clef_octave, own = pitch.octave + 1;
    int alter = pitch.alter < -2 ? -2 : pitch.alter > 2 ? 2 : pitch.alter;
    if (own < 0 || own >= OCTAVES) own = 0;
    if (v->step_alter[pitch.step] != alter || v->own_alter[own][pitch.step] != alter)
        NEUME_TRY(put(v->p, signs[alter + 2]));
    v->step_alter[pitch.step] = v->own_alter[own][pitch.step] = (int8_t)alter;
    char name[2] = {(octave > 4 ? "cdefgab" : "CDEFGAB")[pitch.step], '\0'};
    NEUME_TRY(put(v->p, name));
    for (int o = octave; o > 5; o--) NEUME_TRY(put(v->p, "'"));
    for (int o = octave; o < 4; o++) NEUME_TRY(put(v->p, ","));
    return NEUME_OK;
}

static neume_status put_notes(voice_printer *v, const neume_item *item) {
    const neume_pitch *pitches = v->voice->pitches + item->first;
    bool all_tied = true, chord = item->count > 1;
    for (int32_t i = 0; i < item->count; i++) all_tied &= pitches[i].tied;
    if (chord) NEUME_TRY(put(v->p, "["));
    for (int32_t i = 0; i < item->count; i++) {
        NEUME_TRY(put_pitch(v, pitches[i]));
        if (chord && pitches[i].tied && !all_tied) NEUME_TRY(put(v->p, "-"));
    }
    if (chord) NEUME_TRY(put(v->p, "]"));
    NEUME_TRY(put_length(v->p, neume__written_ticks(v->voice, item)));
    return all_tied ? put(v->p, "-") : NEUME_OK;
}

/* One letter, for those that everyone understands so; NULL. */
static const char *short_name(const char *mark) {
    static const char *const names[][2] = {{"staccato", "."}, {"roll", "~"},         {"upbow", "u"},
                                           {"downbow", "v"},  {"lowermordent", "M"}, {"uppermordent", "P"},
                                           {"segno", "S"},    {"coda", "O"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(mark, names[i][0]) == 0) return names[i][1];
    return NULL;
}

/* What stands before a note but for lyrics: marks of one letter, or all else. */
static neume_status put_words_of(voice_printer *v, int32_t item, bool letters) {
    const neume_voice *voice = v->voice;
    for (size_t i = v->words; i < voice->words_count && voice->words[i].item == item; i++) {
        const neume_words *w = &voice->words[i];
        const bool mark = w->kind == NEUME_WORDS_MARK;
        const char *letter = mark ? short_name(w->text) : NULL;
        if (w->kind == NEUME_WORDS_LYRIC || letters != (letter != NULL)) continue;
        if (letter) {
            NEUME_TRY(put(v->p, letter));
            continue;
        }
        NEUME_TRY(put(v->p, mark ? "!" : "\""));
        NEUME_TRY(mark ? put(v->p, w->text) : put_text(v->p, w->text, true));
        NEUME_TRY(put(v->p, mark ? "!" : "\""));
    }
    return NEUME_OK;
}

/* abc2midi takes letters behind everything else, not before. */
static neume_status put_words(voice_printer *v, int32_t item) {
    const neume_voice *voice = v->voice;
    while (v->words < voice->words_count && voice->words[v->words].item < item) v->words++;
    NEUME_TRY(put_words_of(v, item, false));
    return put_words_of(v, item, true);
}

/* How many notes and rests from here on belong to the same tuplet. */
static int count_tuplet(const neume_voice *v, size_t from) {
    int count = 0, tuplet = v->items[from].tuplet;
    for (size_t i = from; i < v->item_count; i++) {
        const neume_item *item = &v->items[i];
        if (item->kind > NEUME_ITEM_REST || item->grace) continue;
        if (item->tuplet != tuplet) break;
        count++;
    }
    return count;
}

/* Are all of the tuplet that begins there single notes and rests of one length? Only then programs agree on its short
 * form: abc2midi takes chords and grace notes for other lengths. */
static bool even_tuplet(const neume_voice *voice, size_t at) {
    for (size_t i = at; i < voice->item_count; i++) {
        const neume_item *item = &voice->items[i];
        if (item->kind != NEUME_ITEM_NOTES && item->kind != NEUME_ITEM_REST) continue;
        if (!item->grace && item->tuplet != voice->items[at].tuplet) break;
        if (item->grace || item->ticks != voice->items[at].ticks || (item->kind == NEUME_ITEM_NOTES && item->count > 1))
            return false;
    }
    return true;
}

static neume_status put_tuplet(voice_printer *v, size_t at) {
    static const int usual[] = {0, 0, 3, 2, 3, 0, 2, 0, 3};
    const neume_tuplet *t = &v->voice->tuplets[v->voice->items[at].tuplet];
    int count = count_tuplet(v->voice, at);
    if (t->actual <= 8 && usual[t->actual] == t->normal && count == t->actual && even_tuplet(v->voice, at))
        return neume_buffer_print(v->p->out, "(%d", t->actual);
    return neume_buffer_print(v->p->out, "(%d:%d:%d", t->actual, t->normal, count);
}

static bool is_grace(const voice_printer *v, size_t i) {
    return i < v->voice->item_count && v->voice->items[i].kind == NEUME_ITEM_NOTES && v->voice->items[i].grace;
}

static neume_status put_rest(voice_printer *v, const neume_item *item) {
    if (item->bars) {
        NEUME_TRY(put(v->p, item->hidden ? "X" : "Z"));
        return item->bars > 1 ? neume_buffer_print(v->p->out, "%d", item->bars) : NEUME_OK;
    }
    NEUME_TRY(put(v->p, item->hidden ? "x" : "z"));
    return put_length(v->p, neume__written_ticks(v->voice, item));
}

/* Is that item of the same group of grace notes? */
static bool same_graces(const voice_printer *v, size_t i, int kind) {
    return is_grace(v, i) && v->voice->items[i].grace == kind;
}

static neume_status put_sounding(voice_printer *v, size_t i) {
    const neume_item *item = &v->voice->items[i];
    bool first_grace = item->grace && !(i > 0 && same_graces(v, i - 1, item->grace));
    bool last_grace = item->grace && !same_graces(v, i + 1, item->grace);
    bool after_grace = !item->grace && i > 0 && is_grace(v, i - 1);
    if (v->follows && !after_grace && (!item->grace || first_grace) && !(item->joined && !item->grace))
        NEUME_TRY(put(v->p, " "));
    if (!item->grace && item->tuplet >= 0 && item->tuplet != v->last_tuplet) NEUME_TRY(put_tuplet(v, i));
    if (!item->grace) v->last_tuplet = item->tuplet;
    if (first_grace) NEUME_TRY(put(v->p, item->grace == NEUME_GRACE_SLASHED ? "{/" : "{"));
    for (int s = 0; s < item->slurs_open; s++) NEUME_TRY(put(v->p, "("));
    NEUME_TRY(put_words(v, (int32_t)i));
    NEUME_TRY(item->kind == NEUME_ITEM_REST ? put_rest(v, item) : put_notes(v, item));
    for (int s = 0; s < item->slurs_close; s++) NEUME_TRY(put(v->p, ")"));
    if (last_grace) NEUME_TRY(put(v->p, "}"));
    v->follows = true;
    return NEUME_OK;
}

/* --- signs -------------------------------------------------------------------------------------------------------- */

static bool is_plain_ending(const char *ending) {
    return *ending >= '0' && *ending <= '9' && strspn(ending, "0123456789,-.") == strlen(ending);
}

static neume_status put_ending(printer *p, const char *ending) {
    if (is_plain_ending(ending)) return neume_buffer_print(p->out, "[%s", ending);
    NEUME_TRY(put(p, "[\""));
    NEUME_TRY(put_text(p, ending, true));
    return put(p, "\"");
}

/* Is a line's first thing written with a space before it? */
static bool line_has_text(const printer *p) {
    char last = p->out->size ? p->out->data[p->out->size - 1] : '\n';
    return last != '\n' && last != ' ';
}

/* Is there a bar line before the next item with nothing sounding between them? An ending would be taken for its own. */
static bool follows_bar(const voice_printer *v) {
    for (size_t i = v->item; i-- > 0 && v->voice->items[i].kind > NEUME_ITEM_REST;)
        if (v->voice->items[i].kind == NEUME_ITEM_BAR) return true;
    return false;
}

/* An ending whose bar line ends a line is written at the next line's beginning. abc2midi misreads "||:" and ":||".
 */
static neume_status put_bar(voice_printer *v, const neume_bar *bar, bool ends_line) {
    static const char *const strokes[] = {"|", "||", "|]", "[|", ".|", "[|]"};
    const bool plain = bar->style == NEUME_BAR_DOUBLE && !bar->repeat_start != !bar->repeat_end;
    bool lone =
        bar->style == NEUME_BAR_HIDDEN && bar->ending && !bar->repeat_end && !bar->repeat_start && !follows_bar(v);
    if (line_has_text(v->p)) NEUME_TRY(put(v->p, " "));
    if (bar->style == NEUME_BAR_SINGLE && bar->repeat_end == 1 && bar->repeat_start) {
        NEUME_TRY(put(v->p, "::"));
    } else if (!lone) {
        for (int i = 0; i < bar->repeat_end; i++) NEUME_TRY(put(v->p, ":"));
        NEUME_TRY(put(v->p, plain ? "|" : strokes[bar->style]));
        if (bar->repeat_start) NEUME_TRY(put(v->p, ":"));
    }
    const bool moves = ends_line && bar->ending && is_plain_ending(bar->ending);
    v->ending = moves ? bar->ending : NULL;
    if (bar->ending && !moves) NEUME_TRY(put_ending(v->p, bar->ending));
    forget_accidentals(v);
    v->follows = false;
    return put(v->p, " ");
}

/* Does the line end behind the next item? */
static bool ends_line(const voice_printer *v) {
    size_t next = v->item + 1;
    return next + 1 < v->voice->item_count && v->voice->items[next].kind == NEUME_ITEM_BREAK;
}

static neume_status put_sign(voice_printer *v, const neume_item *item) {
    const neume_voice *voice = v->voice;
    printer *p = v->p;
    switch (item->kind) {
    case NEUME_ITEM_BAR:
        return put_bar(v, &voice->bars[item->first], ends_line(v));
    case NEUME_ITEM_KEY:
        v->key = voice->keys[item->first];
        forget_accidentals(v);
        NEUME_TRY(put(p, "[K:"));
        NEUME_TRY(put_key_value(p, &v->key));
        break;
    case NEUME_ITEM_METRE:
        NEUME_TRY(put(p, "[M:"));
        NEUME_TRY(put_metre_value(p, &voice->metres[item->first]));
        break;
    case NEUME_ITEM_TEMPO:
        NEUME_TRY(put(p, "[Q:"));
        NEUME_TRY(put_tempo_value(p, &voice->tempi[item->first]));
        break;
    case NEUME_ITEM_CLEF:
        v->clef_octave = voice->clefs[item->first].octave;
        NEUME_TRY(put(p, "[K:"));
        NEUME_TRY(put_clef_value(p, voice->clefs[item->first]));
        break;
    case NEUME_ITEM_LABEL:
        NEUME_TRY(put(p, "[P:"));
        NEUME_TRY(put_text(p, voice->texts[item->first], false));
        break;
    default:
        NEUME_TRY(neume_buffer_print(p->out, "[I:%s", voice->texts[item->first]));
        break;
    }
    return put(p, "]");
}

/* --- lines -------------------------------------------------------------------------------------------------------- */

/* A syllable as w: wants it. */
static neume_status put_syllable(printer *p, const char *text) {
    size_t length = strlen(text);
    if (strcmp(text, "_") == 0) return put(p, "_ ");
    bool goes_on = length > 1 && text[length - 1] == '-';
    for (size_t i = 0; i < length - goes_on; i++) {
        char c = text[i];
        if (c == ' ')
            NEUME_TRY(put(p, "~"));
        else if (c == '-')
            NEUME_TRY(put(p, "\\-"));
        else if (!strchr("_*|", c))
            NEUME_TRY(put_text(p, (char[]){c, '\0'}, false));
    }
    return put(p, goes_on ? "- " : " ");
}

static const char *lyric_at(const neume_voice *v, size_t *words, int32_t item, int verse) {
    while (*words < v->words_count && v->words[*words].item < item) ++*words;
    for (size_t i = *words; i < v->words_count && v->words[i].item == item; i++)
        if (v->words[i].kind == NEUME_WORDS_LYRIC && v->words[i].verse == verse) return v->words[i].text;
    return NULL;
}

static neume_status put_verse(printer *p, const neume_voice *v, size_t first, size_t end, size_t words, int verse) {
    NEUME_TRY(put(p, "w: "));
    int skipped = 0;
    for (size_t i = first; i < end; i++) {
        if (v->items[i].kind != NEUME_ITEM_NOTES || v->items[i].grace) continue;
        const char *lyric = lyric_at(v, &words, (int32_t)i, verse);
        skipped += !lyric;
        if (!lyric) continue;
        for (; skipped > 0; skipped--) NEUME_TRY(put(p, "*"));
        NEUME_TRY(put_syllable(p, lyric));
    }
    return put(p, "\n");
}

static neume_status put_lyrics(printer *p, const neume_voice *v, size_t first, size_t end) {
    size_t words = 0;
    int verses = 0;
    while (words < v->words_count && v->words[words].item < (int32_t)first) words++;
    for (size_t i = words; i < v->words_count && v->words[i].item < (int32_t)end; i++)
        if (v->words[i].kind == NEUME_WORDS_LYRIC && v->words[i].verse >= verses) verses = v->words[i].verse + 1;
    for (int verse = 0; verse < verses; verse++) NEUME_TRY(put_verse(p, v, first, end, words, verse));
    return NEUME_OK;
}

/* Ends the line, unless there is nothing on it: an empty line would end the tune. */
static neume_status end_line(printer *p) {
    while (p->out->size && p->out->data[p->out->size - 1] == ' ') p->out->data[--p->out->size] = '\0';
    return p->out->size && p->out->data[p->out->size - 1] != '\n' ? put(p, "\n") : NEUME_OK;
}

/* Notes and rests in the voice's next bars. */
static int count_sounds(const voice_printer *v, int bars) {
    int sounds = 0, ended = 0;
    for (size_t i = v->item; i < v->voice->item_count && ended < bars; i++) {
        const neume_item *item = &v->voice->items[i];
        sounds += item->kind <= NEUME_ITEM_REST && !item->grace;
        ended += item->kind == NEUME_ITEM_BAR && sounds > 0;
    }
    return sounds;
}

/* How many bars the next line has: as many of BARS_A_LINE as no voice has too many notes in. */
static int fit_bars(const voice_printer *voices, size_t count) {
    const int most = count > 1 ? SOUNDS_OF_SEVERAL : SOUNDS_ALONE;
    int bars = BARS_A_LINE;
    for (size_t i = 0; i < count; i++)
        while (bars > 1 && count_sounds(&voices[i], bars) > most) bars--;
    return bars;
}

/* One line of a voice: to its own line end, or so many bars. */
static neume_status put_line(voice_printer *v, int most) {
    size_t first = v->item;
    int bars = 0;
    bool sounded = false;
    v->follows = false;
    if (v->ending) NEUME_TRY(put_ending(v->p, v->ending));
    if (v->ending) NEUME_TRY(put(v->p, " "));
    v->ending = NULL;
    for (; v->item < v->voice->item_count; v->item++) {
        const neume_item *item = &v->voice->items[v->item];
        if (item->kind == NEUME_ITEM_BREAK) {
            v->item++;
            break;
        }
        NEUME_TRY(item->kind <= NEUME_ITEM_REST ? put_sounding(v, v->item) : put_sign(v, item));
        sounded |= item->kind <= NEUME_ITEM_REST;
        if (item->kind == NEUME_ITEM_BAR && sounded && !v->broken && ++bars == most) {
            v->item++;
            break;
        }
    }
    NEUME_TRY(end_line(v->p));
    return put_lyrics(v->p, v->voice, first, v->item);
}

static voice_printer begin_voice(printer *p, const neume_voice *voice) {
    voice_printer v = {
        .p = p, .voice = voice, .key = p->score->key, .clef_octave = voice->clef.octave, .last_tuplet = -1};
    for (size_t i = 0; i < voice->item_count; i++) v.broken |= voice->items[i].kind == NEUME_ITEM_BREAK;
    forget_accidentals(&v);
    return v;
}

static neume_status put_instrument(printer *p, const neume_voice *v) {
    if (v->channel >= 0) NEUME_TRY(neume_buffer_print(p->out, "%%%%MIDI channel %d\n", v->channel));
    return v->program >= 0 && wants_voice_field(p->score)
               ? neume_buffer_print(p->out, "%%%%MIDI program %d\n", v->program)
               : NEUME_OK;
}

static neume_status put_body(printer *p, voice_printer *voices) {
    const neume_score *s = p->score;
    const bool several = s->voice_count > 1;
    for (size_t i = 0; i < s->voice_count; i++) voices[i] = begin_voice(p, &s->voices[i]);
    for (bool first = true, more = true; more; first = false) {
        const int bars = fit_bars(voices, s->voice_count);
        more = false;
        for (size_t i = 0; i < s->voice_count; i++) {
            voice_printer *v = &voices[i];
            bool instrument = first && (v->voice->program >= 0 || v->voice->channel >= 0);
            if (v->item >= v->voice->item_count && !instrument) continue;
            if (several && instrument) NEUME_TRY(neume_buffer_print(p->out, "V:%s\n", v->voice->id));
            if (first) NEUME_TRY(put_instrument(p, v->voice));
            if (v->item >= v->voice->item_count) continue;
            if (several) NEUME_TRY(neume_buffer_print(p->out, "[V:%s] ", v->voice->id));
            NEUME_TRY(put_line(v, bars));
            more |= v->item < v->voice->item_count;
        }
    }
    return NEUME_OK;
}

neume_status neume_abc_write(const neume_score *score, int number, neume_buffer *out) {
    neume_buffer text = {0};
    printer p = {score, &text, choose_unit(score)};
    neume_status status = NEUME_OK;
    voice_printer *voices = neume__calloc(score->voice_count + 1, sizeof *voices);
    if (!voices) return NEUME_ENOMEM;
    NEUME_GO(put_head(&p, number));
    NEUME_GO(put_body(&p, voices));
    NEUME_GO(put_fields(&p, true));
    NEUME_GO(neume_buffer_append(out, text.data, text.size));
fail:
    neume__free(voices);
    neume_buffer_clear(&text);
    return status;
}
