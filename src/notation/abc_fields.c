/* What the fields of a tune say. */
#include "abc.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The next word, "quoted ones" whole; name="two words" too. */
static bool next_word(abc_span *text, abc_span *word) {
    while (text->at < text->end && abc_is_space(*text->at)) text->at++;
    if (text->at == text->end) return false;
    bool quoted = false;
    word->at = text->at;
    while (text->at < text->end && (quoted || !abc_is_space(*text->at))) quoted ^= *text->at++ == '"';
    word->end = text->at;
    return true;
}

/* --- clefs and how a voice is to be read -------------------------------------------------------------------------- */

/* Settings that K: and V: may carry. */
typedef struct settings {
    bool clef_said, octave_said, transpose_said;
    neume_clef clef;
    int clef_octave, octave, transpose;
} settings;

static bool read_clef(abc_span word, settings *out) {
    static const struct {
        const char *name;
        uint8_t sign;
    } clefs[] = {{"treble1", NEUME_CLEF_FRENCH},
                 {"treble", NEUME_CLEF_TREBLE},
                 {"bass3", NEUME_CLEF_BARITONE},
                 {"bass", NEUME_CLEF_BASS},
                 {"alto1", NEUME_CLEF_SOPRANO},
                 {"alto2", NEUME_CLEF_MEZZOSOPRANO},
                 {"alto4", NEUME_CLEF_TENOR},
                 {"alto", NEUME_CLEF_ALTO},
                 {"tenor", NEUME_CLEF_TENOR},
                 {"perc", NEUME_CLEF_PERCUSSION},
                 {"none", NEUME_CLEF_NONE},
                 {"soprano", NEUME_CLEF_SOPRANO},
                 {"mezzosoprano", NEUME_CLEF_MEZZOSOPRANO},
                 {"baritone", NEUME_CLEF_BARITONE},
                 {"G1", NEUME_CLEF_FRENCH},
                 {"G", NEUME_CLEF_TREBLE},
                 {"F3", NEUME_CLEF_BARITONE},
                 {"F", NEUME_CLEF_BASS},
                 {"C1", NEUME_CLEF_SOPRANO},
                 {"C2", NEUME_CLEF_MEZZOSOPRANO},
                 {"C4", NEUME_CLEF_TENOR},
                 {"C", NEUME_CLEF_ALTO}};
    bool said = abc_starts(word, "clef=");
    if (said) word.at += 5;
    while (word.at < word.end && *word.at == '"') word.at++;
    for (size_t i = 0; i < sizeof clefs / sizeof *clefs; i++) {
        size_t length = strlen(clefs[i].name);
        if (!abc_starts(word, clefs[i].name) || (*clefs[i].name < 'a' && !said)) continue;
        char after = word.at + length < word.end ? word.at[length] : '\0';
        if (after && !abc_in(after, "+-^_12345\"")) continue;
        out->clef_said = true;
        out->clef = (neume_clef){clefs[i].sign, 0};
        const char *sign = word.at + length;
        while (sign < word.end && !abc_in(*sign, "+-^_")) sign++;
        out->clef_octave = 0;
        if (sign + 1 < word.end && sign[1] == '8') out->clef_octave = *sign == '+' || *sign == '^' ? 1 : -1;
        if (sign + 2 < word.end && sign[1] == '1' && sign[2] == '5')
            out->clef_octave = *sign == '+' || *sign == '^' ? 2 : -2;
        out->clef.octave = (int8_t)out->clef_octave;
        return true;
    }
    return said;
}

static bool read_setting(abc_span word, settings *out) {
    long value = 0;
    const char *equals = abc_find(word, '=');
    char number[16] = "";
    if (equals) {
        size_t length = (size_t)(word.end - equals - 1);
        memcpy(number, equals + 1, length < sizeof number - 1 ? length : sizeof number - 1);
        value = strtol(number, NULL, 10);
    }
    if (abc_starts(word, "octave=") && labs(value) <= 9) {
        out->octave_said = true;
        out->octave = (int)value;
        return true;
    }
    if ((abc_starts(word, "transpose=") || abc_starts(word, "t=")) && labs(value) <= 60) {
        out->transpose_said = true;
        out->transpose = (int)value;
        return true;
    }
    static const char *const looks[] = {
        "middle=", "m=", "stafflines=", "staffscale=", "stem=", "cue=", "shift=", "score=", "sound="};
    for (size_t i = 0; i < sizeof looks / sizeof *looks; i++)
        if (abc_starts(word, looks[i])) return true;
    return read_clef(word, out);
}

static void apply_settings(abc_reader *r, int index, const settings *s) {
    neume_voice *voice = &r->score->voices[index];
    abc_voice *v = &r->voices[index];
    if (s->clef_said) voice->clef = s->clef, v->transpose_clef = s->clef_octave;
    if (s->octave_said) v->octave = s->octave;
    if (s->transpose_said) voice->transpose = s->transpose;
}

/* --- K: ----------------------------------------------------------------------------------------------------------- */

static bool read_mode(abc_span word, neume_mode *out) {
    static const struct {
        const char *name;
        neume_mode mode;
    } modes[] = {{"maj", NEUME_MODE_MAJOR},  {"ion", NEUME_MODE_MAJOR},      {"min", NEUME_MODE_MINOR},
                 {"aeo", NEUME_MODE_MINOR},  {"dor", NEUME_MODE_DORIAN},     {"phr", NEUME_MODE_PHRYGIAN},
                 {"lyd", NEUME_MODE_LYDIAN}, {"mix", NEUME_MODE_MIXOLYDIAN}, {"loc", NEUME_MODE_LOCRIAN}};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (abc_starts(word, modes[i].name)) {
            *out = modes[i].mode;
            return true;
        }
    if (word.end - word.at == 1 && (*word.at == 'm' || *word.at == 'M')) {
        *out = *word.at == 'm' ? NEUME_MODE_MINOR : NEUME_MODE_MAJOR;
        return true;
    }
    return false;
}

/* "^f", "_b", "=c", "__e" behind the key. */
static bool read_key_accidental(abc_span word, neume_key *key) {
    int alter = 0;
    bool natural = false;
    while (word.at < word.end && abc_in(*word.at, "^_=")) {
        alter += *word.at == '^' ? 1 : *word.at == '_' ? -1 : 0;
        natural |= *word.at++ == '=';
    }
    if (word.end - word.at != 1 || (!alter && !natural)) return false;
    int step = abc_step(*word.at);
    if (step < 0 || alter < -2 || alter > 2) return false;
    key->alter[step] = (int8_t)alter;
    key->own = true;
    return true;
}

/* Tonic and mode stuck together ("F#m", "Bbdor") or in two words. @return whether it is a key at all */
static bool read_tonic(abc_span *text, neume_key *key) {
    abc_span word;
    abc_span rest = *text;
    if (!next_word(&rest, &word)) return false;
    int step = abc_step(*word.at);
    if (step < 0 || *word.at >= 'a') return false;
    int alter = 0;
    word.at++;
    if (abc_peek(word) == '#')
        alter = 1, word.at++;
    else if (abc_peek(word) == 'b')
        alter = -1, word.at++;
    neume_mode mode = NEUME_MODE_MAJOR;
    abc_span after = rest, next;
    if (word.at < word.end) {
        if (!read_mode(word, &mode)) {
            if (!abc_in(*word.at, "^_=")) return false; /* "clef=..." begins with a step's letter too */
            rest.at = word.at;                          /* "D^f" */
        }
    } else if (next_word(&after, &next) && read_mode(next, &mode)) {
        rest = after;
    }
    *key = neume_key_of(step, alter, mode);
    if (abs(neume_key_fifths(key)) > 14) return false;
    *text = rest;
    return true;
}

static neume_key no_key(void) {
    return (neume_key){.mode = NEUME_MODE_NONE};
}

/* @return whether a key was said (K: may hold a clef alone) */
static bool read_key(abc_reader *r, abc_span text, neume_key *key, settings *s) {
    abc_span word, whole = text;
    bool said = true;
    if (text.at == text.end || abc_starts(text, "none")) {
        *key = no_key();
        if (text.at < text.end) text.at += 4;
    } else if (abc_starts(text, "HP") && !abc_starts(text, "HPm")) {
        *key = no_key();
        if (text.at[1] == 'p') key->alter[0] = key->alter[3] = 1, key->own = true; /* the pipes' F sharp and C sharp */
        text.at += 2;
    } else {
        said = read_tonic(&text, key);
    }
    while (next_word(&text, &word)) {
        bool has = false;
        if (abc_starts(word, "exp")) {
            memset(key->alter, 0, sizeof key->alter);
            key->own = true;
            continue;
        }
        /* several accidentals may stick together: ^f_b */
        while (word.at < word.end && abc_in(*word.at, "^_=")) {
            abc_span one = word;
            while (one.at < one.end && abc_in(*one.at, "^_=")) one.at++;
            one = (abc_span){word.at, one.at < one.end ? one.at + 1 : one.end};
            has = said && read_key_accidental(one, key);
            word.at = one.end;
        }
        if (!has && word.at < word.end && !read_setting(word, s) && said)
            abc_warn(r, "K: '%.*s' is not understood", (int)(whole.end - whole.at), whole.at);
    }
    return said;
}

static neume_status field_key(abc_reader *r, abc_span text) {
    neume_key key = r->in_body && r->current >= 0 ? r->voices[r->current].key : r->score->key;
    settings s = {0};
    const bool said = read_key(r, text, &key, &s);
    if (!r->in_body) {
        if (said) r->score->key = key;
        r->in_body = true;
        r->clef = s.clef_said ? s.clef : (neume_clef){0};
        r->clef_octave = s.clef_octave;
        if (s.clef_said || s.octave_said || s.transpose_said) {
            if (!r->score->voice_count) NEUME_TRY(abc_begin_voice(r));
            for (size_t i = 0; i < r->score->voice_count; i++) apply_settings(r, (int)i, &s);
        }
        for (size_t i = 0; i < r->score->voice_count; i++) r->voices[i].key = r->score->key;
        if (r->current >= 0 && !r->voices[r->current].begun)
            r->current = 0; /* voices declared in the head: the first begins */
        return NEUME_OK;
    }
    NEUME_TRY(abc_begin_voice(r));
    abc_voice *v = &r->voices[r->current];
    neume_voice *voice = &r->score->voices[r->current];
    if (s.clef_said) {
        v->transpose_clef = s.clef_octave;
        NEUME_TRY(neume_voice_add_clef(voice, v->at, s.clef));
    }
    if (s.octave_said) v->octave = s.octave;
    if (!said) return NEUME_OK;
    v->key = key;
    memcpy(v->bar_alter, key.alter, sizeof v->bar_alter);
    return neume_voice_add_key(voice, v->at, key);
}

/* --- V: ----------------------------------------------------------------------------------------------------------- */

static int64_t usual_unit(neume_metre metre) {
    return metre.beats && 4 * metre.beats < 3 * metre.unit ? NEUME_WHOLE / 16 : NEUME_WHOLE / 8;
}

neume_status abc_find_voice(abc_reader *r, abc_span id, int *index) {
    for (size_t i = 0; i < r->score->voice_count; i++) {
        const char *own = r->score->voices[i].id;
        if (strlen(own) == (size_t)(id.end - id.at) && memcmp(own, id.at, (size_t)(id.end - id.at)) == 0) {
            *index = (int)i;
            return NEUME_OK;
        }
    }
    if (r->score->voice_count >= NEUME__ABC_VOICES)
        return neume_fail(NEUME_ELIMIT, "line %d: too many voices", r->line);
    neume_voice *voice;
    *index = (int)r->score->voice_count;
    NEUME_TRY(neume__grow((void **)&r->voices, &r->voice_capacity, r->score->voice_count + 1, sizeof *r->voices));
    NEUME_TRY(neume_score_add_voice(r->score, id.at, (size_t)(id.end - id.at), &voice));
    r->voices[*index] =
        (abc_voice){.key = r->score->key, .metre = r->score->metre, .unit = r->unit, .last = -1, .overlay_of = -1};
    voice->clef = r->clef;
    r->voices[*index].transpose_clef = r->clef_octave;
    return NEUME_OK;
}

neume_status abc_begin_voice(abc_reader *r) {
    if (r->current < 0) {
        static const char one[] = "1";
        if (r->score->voice_count)
            r->current = 0;
        else
            NEUME_TRY(abc_find_voice(r, (abc_span){one, one + 1}, &r->current));
    }
    abc_voice *v = &r->voices[r->current];
    if (!v->begun) {
        v->begun = true;
        v->key = r->score->key;
        v->metre = r->score->metre;
        if (!v->unit) v->unit = r->unit ? r->unit : usual_unit(v->metre);
        memcpy(v->bar_alter, v->key.alter, sizeof v->bar_alter);
    }
    return NEUME_OK;
}

static abc_span value_of(abc_span word) {
    const char *equals = abc_find(word, '=');
    abc_span value = {equals ? equals + 1 : word.end, word.end};
    if (value.at < value.end && *value.at == '"') value.at++;
    const char *quote = abc_find(value, '"');
    if (quote) value.end = quote;
    return value;
}

static neume_status field_voice(abc_reader *r, abc_span text) {
    abc_span id, word;
    int index;
    settings s = {0};
    char plain[64];
    size_t length = 0;
    if (!next_word(&text, &id)) return NEUME_OK;
    for (const char *c = id.at; c < id.end && length < sizeof plain; c++)
        if (isalnum((unsigned char)*c) || *c == '_' || *c == '-') plain[length++] = *c;
    if (!length) {
        abc_warn(r, "V: '%.*s' is no voice", (int)(id.end - id.at), id.at);
        return NEUME_OK;
    }
    NEUME_TRY(abc_find_voice(r, (abc_span){plain, plain + length}, &index));
    neume_voice *voice = &r->score->voices[index];
    while (next_word(&text, &word)) {
        if (abc_starts(word, "name=") || abc_starts(word, "nm="))
            NEUME_TRY(abc_text(r->score, value_of(word), &voice->name));
        else if (abc_starts(word, "sname=") || abc_starts(word, "snm=") || abc_starts(word, "subname="))
            NEUME_TRY(abc_text(r->score, value_of(word), &voice->short_name));
        else if (abc_starts(word, "program="))
            voice->program = (int)abc_number_of(value_of(word)) & 127;
        else
            read_setting(word, &s); /* the rest is looks */
    }
    apply_settings(r, index, &s);
    r->current = index;
    if (!r->in_body) return NEUME_OK;
    abc_voice *v = &r->voices[index];
    v->line_first = voice->item_count;
    v->verse = 0;
    return abc_begin_voice(r);
}

/* --- U: and directives -------------------------------------------------------------------------------------------- */

/* U: T = !trill! */
static neume_status field_user(abc_reader *r, abc_span text) {
    if (text.at == text.end || (unsigned char)*text.at >= 128) return NEUME_OK;
    int letter = (unsigned char)*text.at++;
    const char *equals = abc_find(text, '=');
    if (!equals) return NEUME_OK;
    abc_span value = abc_trim((abc_span){equals + 1, text.end});
    if (value.end - value.at >= 2 && abc_in(*value.at, "!+") && value.end[-1] == *value.at) value.at++, value.end--;
    for (const char *c = value.at; c < value.end; c++)
        if (!abc_in_name(*c)) {
            abc_warn(r, "U: '%.*s' is no decoration", (int)(value.end - value.at), value.at);
            return NEUME_OK;
        }
    if (abc_starts(value, "nil") || abc_starts(value, "none")) value.end = value.at;
    return neume_score_string(r->score, value.at, (size_t)(value.end - value.at), &r->user[letter]);
}

/* "MIDI program 40" (a channel before it), "MIDI channel 10" */
static neume_status midi_directive(abc_reader *r, abc_span text) {
    char line[200];
    int a = 0, b = 0;
    snprintf(line, sizeof line, "%.*s", (int)(text.end - text.at), text.at);
    if (line[4] == '=') line[4] = ' '; /* [I:MIDI=program 40] */
    line[strcspn(line, "%]")] = '\0';
    for (char *c = line; *c; c++)
        if ((unsigned char)*c < ' ' || (unsigned char)*c > '~') *c = ' ';
    for (size_t n = strlen(line); n && abc_is_space(line[n - 1]);) line[--n] = '\0';
    int programs = sscanf(line, "MIDI program %d %d", &a, &b);
    int program = programs == 2 ? b : programs == 1 ? a : -1;
    const bool is_program = program >= 0 && program <= 127;
    const bool is_channel = !is_program && sscanf(line, "MIDI channel %d", &a) == 1 && a >= 1 && a <= 16;
    if (r->current < 0 && is_program) r->program = program;
    if (r->current < 0) return is_program ? NEUME_OK : neume_score_add_field(r->score, '%', line, strlen(line));
    abc_voice *v = &r->voices[r->current];
    neume_voice *voice = &r->score->voices[r->current];
    if (is_program && v->at == 0) { /* before any note: the last one counts */
        voice->program = program;
        return NEUME_OK;
    }
    if (is_channel) {
        voice->channel = a;
        return NEUME_OK;
    }
    const char *kept;
    NEUME_TRY(neume_score_string(r->score, line, strlen(line), &kept));
    return neume_voice_add_text(voice, v->at, NEUME_ITEM_DIRECTIVE, kept);
}

neume_status abc_directive(abc_reader *r, abc_span text) {
    if (abc_starts(text, "score") || abc_starts(text, "staves")) {
        abc_span layout = abc_trim((abc_span){text.at + (abc_starts(text, "score") ? 5 : 6), text.end});
        while (layout.at < layout.end && (isalnum((unsigned char)layout.end[-1]) == 0) &&
               !abc_in(layout.end[-1], ")}]|*"))
            layout.end--;
        for (const char *c = layout.at; c < layout.end; c++)
            if (!isalnum((unsigned char)*c) && !abc_in(*c, " \t_-(){}[]|*")) {
                abc_warn(r, "%%%%score is not understood");
                return NEUME_OK;
            }
        return neume_score_string(r->score, layout.at, (size_t)(layout.end - layout.at), &r->score->layout);
    }
    if (abc_starts(text, "MIDI")) return midi_directive(r, text);
    return NEUME_OK; /* looks */
}

/* --- all ---------------------------------------------------------------------------------------------------------- */

static neume_status field_label(abc_reader *r, abc_span text) {
    const char *label;
    NEUME_TRY(abc_inline_text(r->score, text, &label));
    while (abc_in(*label, ":| ")) label++; /* behind "P:" they would make a bar line of it */
    if (!*label) return NEUME_OK;
    if (!r->in_body) return neume_score_add_field(r->score, 'P', label, strlen(label));
    NEUME_TRY(abc_begin_voice(r));
    return neume_voice_add_text(&r->score->voices[r->current], r->voices[r->current].at, NEUME_ITEM_LABEL, label);
}

neume_status abc_field(abc_reader *r, char letter, abc_span text) {
    const char *said;
    switch (letter) {
    case 'K':
        return field_key(r, text);
    case 'M':
        return abc_field_metre(r, text);
    case 'L':
        return abc_field_unit(r, text);
    case 'Q':
        return abc_field_tempo(r, text);
    case 'V':
        return field_voice(r, text);
    case 'P':
        return field_label(r, text);
    case 'U':
        return field_user(r, text);
    case 'I':
        return abc_directive(r, text);
    case 'w':
        return r->in_body ? abc_lyrics(r, text) : NEUME_OK;
    case 'm':
        abc_warn(r, "macros are not known: the m: line is left out");
        return NEUME_OK;
    case 's':
        abc_warn(r, "symbol lines are not known: the s: line is left out");
        return NEUME_OK;
    case 'X':
    case 'r':
        return NEUME_OK;
    default:
        break;
    }
    if (text.at == text.end) return NEUME_OK;
    NEUME_TRY(abc_text(r->score, text, &said));
    text = abc_trim((abc_span){said, said + strlen(said)}); /* control characters have become spaces */
    return text.at < text.end ? neume_score_add_field(r->score, letter, text.at, (size_t)(text.end - text.at))
                              : NEUME_OK;
}
