/* Words: accents as ABC spells them, and lyrics under their notes. */
#include "abc.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* --- text --------------------------------------------------------------------------------------------------------- */

static void put_utf8(neume_buffer *out, unsigned long code, neume_status *status) {
    char bytes[4];
    size_t n = 1;
    if (code < 0x80) {
        bytes[0] = (char)code;
    } else if (code < 0x800) {
        bytes[0] = (char)(0xc0 | code >> 6), bytes[1] = (char)(0x80 | (code & 63)), n = 2;
    } else if (code < 0x10000) {
        bytes[0] = (char)(0xe0 | code >> 12), bytes[1] = (char)(0x80 | (code >> 6 & 63)),
        bytes[2] = (char)(0x80 | (code & 63)), n = 3;
    } else {
        bytes[0] = (char)(0xf0 | code >> 18), bytes[1] = (char)(0x80 | (code >> 12 & 63));
        bytes[2] = (char)(0x80 | (code >> 6 & 63)), bytes[3] = (char)(0x80 | (code & 63)), n = 4;
    }
    if (!*status) *status = neume_buffer_append(out, bytes, n);
}

/* The length of a UTF-8 sequence that begins here, 0 when it is none. */
static size_t utf8_length(abc_span s) {
    unsigned char c = (unsigned char)*s.at;
    size_t n = c < 0x80 ? 1 : c >= 0xc2 && c < 0xe0 ? 2 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xf0 && c < 0xf5 ? 4 : 0;
    if ((size_t)(s.end - s.at) < n) return 0;
    for (size_t i = 1; i < n; i++)
        if (((unsigned char)s.at[i] & 0xc0) != 0x80) return 0;
    return n;
}

/* \'e and the like: mark, letter, character; and the ones without a mark. */
static const struct {
    const char *spelled;
    uint16_t code;
} ACCENTS[] = {
    {"`A", 0xc0},  {"'A", 0xc1},  {"^A", 0xc2},  {"~A", 0xc3},  {"\"A", 0xc4}, {"oA", 0xc5},  {",C", 0xc7},
    {"`E", 0xc8},  {"'E", 0xc9},  {"^E", 0xca},  {"\"E", 0xcb}, {"`I", 0xcc},  {"'I", 0xcd},  {"^I", 0xce},
    {"\"I", 0xcf}, {"~N", 0xd1},  {"`O", 0xd2},  {"'O", 0xd3},  {"^O", 0xd4},  {"~O", 0xd5},  {"\"O", 0xd6},
    {"/O", 0xd8},  {"`U", 0xd9},  {"'U", 0xda},  {"^U", 0xdb},  {"\"U", 0xdc}, {"'Y", 0xdd},  {"`a", 0xe0},
    {"'a", 0xe1},  {"^a", 0xe2},  {"~a", 0xe3},  {"\"a", 0xe4}, {"oa", 0xe5},  {"aa", 0xe5},  {"AA", 0xc5},
    {"ae", 0xe6},  {"AE", 0xc6},  {",c", 0xe7},  {"`e", 0xe8},  {"'e", 0xe9},  {"^e", 0xea},  {"\"e", 0xeb},
    {"`i", 0xec},  {"'i", 0xed},  {"^i", 0xee},  {"\"i", 0xef}, {"~n", 0xf1},  {"`o", 0xf2},  {"'o", 0xf3},
    {"^o", 0xf4},  {"~o", 0xf5},  {"\"o", 0xf6}, {"/o", 0xf8},  {"`u", 0xf9},  {"'u", 0xfa},  {"^u", 0xfb},
    {"\"u", 0xfc}, {"'y", 0xfd},  {"\"y", 0xff}, {"oe", 0x153}, {"OE", 0x152}, {"ss", 0xdf},  {"vs", 0x161},
    {"vz", 0x17e}, {"vc", 0x10d}, {"vr", 0x159}, {"ve", 0x11b}, {"vS", 0x160}, {"vZ", 0x17d}, {"vC", 0x10c},
    {",s", 0x15f}, {",S", 0x15e},
};

/* A backslash's meaning. @return how many characters were used behind it, 0 = none: the backslash stays */
static size_t read_escape(abc_span s, unsigned long *code) {
    if (s.at == s.end) return 0;
    if (*s.at == '\\' || *s.at == '%' || *s.at == '&') {
        *code = (unsigned char)*s.at;
        return 1;
    }
    if (*s.at == 'u' && s.end - s.at >= 5) {
        char digits[5] = {s.at[1], s.at[2], s.at[3], s.at[4], 0};
        char *stop;
        *code = strtoul(digits, &stop, 16);
        if (stop == digits + 4 && *code >= 0x20 && (*code < 0xd800 || *code > 0xdfff)) return 5;
    }
    for (size_t i = 0; s.end - s.at >= 2 && i < sizeof ACCENTS / sizeof *ACCENTS; i++)
        if (s.at[0] == ACCENTS[i].spelled[0] && s.at[1] == ACCENTS[i].spelled[1]) {
            *code = ACCENTS[i].code;
            return 2;
        }
    return 0;
}

/* &eacute; &#233; &amp; ... @return how many characters behind the & were used */
static size_t read_entity(abc_span s, unsigned long *code) {
    static const struct {
        const char *name, *spelled;
    } marks[] = {{"grave;", "`"}, {"acute;", "'"}, {"circ;", "^"},  {"tilde;", "~"}, {"uml;", "\""},
                 {"cedil;", ","}, {"ring;", "o"},  {"slash;", "/"}, {"caron;", "v"}};
    size_t left = (size_t)(s.end - s.at);
    if (left > 3 && *s.at == '#') {
        char digits[9] = "";
        memcpy(digits, s.at + 1, left - 1 < 8 ? left - 1 : 8);
        char *stop;
        *code = strtoul(digits, &stop, 10);
        if (stop > digits && *stop == ';' && *code >= 0x20 && *code < 0x110000 && (*code < 0xd800 || *code > 0xdfff))
            return (size_t)(stop - digits) + 2;
        return 0;
    }
    if (left >= 4 && memcmp(s.at, "amp;", 4) == 0) {
        *code = '&';
        return 4;
    }
    for (size_t i = 0; left > 1 && i < sizeof marks / sizeof *marks; i++) {
        size_t n = strlen(marks[i].name);
        char both[2] = {marks[i].spelled[0], *s.at};
        if (left > n && memcmp(s.at + 1, marks[i].name, n) == 0 && read_escape((abc_span){both, both + 2}, code))
            return n + 1;
    }
    return 0;
}

static bool is_plain(abc_span text) {
    for (const char *c = text.at; c < text.end; c++)
        if (*c == '\\' || *c == '&' || (unsigned char)*c >= 0x80 || (unsigned char)*c < 0x20) return false;
    return true;
}

neume_status abc_text(neume_score *score, abc_span text, const char **out) {
    if (is_plain(text)) return neume_score_string(score, text.at, (size_t)(text.end - text.at), out);
    neume_buffer buffer = {0};
    neume_status status = NEUME_OK;
    while (text.at < text.end && !status) {
        abc_span behind = {text.at + 1, text.end};
        unsigned long code = (unsigned char)*text.at;
        size_t used = *text.at == '\\' ? read_escape(behind, &code) : *text.at == '&' ? read_entity(behind, &code) : 0;
        size_t whole = used ? 0 : utf8_length(text);
        if (code < 0x20) code = ' '; /* tabs and other control characters */
        if (whole > 1)
            status = neume_buffer_append(&buffer, text.at, whole);
        else
            put_utf8(&buffer, code, &status); /* a byte that is no UTF-8 is taken as Latin-1 */
        text.at += 1 + used + (whole > 1 ? whole - 1 : 0);
    }
    if (!status) status = neume_score_string(score, buffer.data ? buffer.data : "", buffer.size, out);
    neume_buffer_clear(&buffer);
    return status;
}

neume_status abc_inline_text(neume_score *score, abc_span text, const char **out) {
    const char *plain;
    NEUME_TRY(abc_text(score, text, &plain));
    abc_span trimmed = abc_trim((abc_span){plain, plain + strlen(plain)});
    size_t length = (size_t)(trimmed.end - trimmed.at);
    char *copy = neume_arena_alloc(score->arena, length + 1);
    if (!copy) return NEUME_ENOMEM;
    for (size_t i = 0; i < length; i++)
        copy[i] = trimmed.at[i] == ']' ? ')' : trimmed.at[i] == '"' ? '\'' : trimmed.at[i];
    *out = copy;
    return NEUME_OK;
}

/* --- lyrics ------------------------------------------------------------------------------------------------------- */

/* The next note of the line that takes a syllable; SIZE_MAX: none. bar: go no further than the next bar line. */
static size_t next_note(const neume_voice *voice, size_t from) {
    for (size_t i = from; i < voice->item_count; i++)
        if (voice->items[i].kind == NEUME_ITEM_NOTES && !voice->items[i].grace) return i;
    return SIZE_MAX;
}

static size_t next_bar(const neume_voice *voice, size_t from) {
    for (size_t i = from; i < voice->item_count; i++)
        if (voice->items[i].kind == NEUME_ITEM_BAR) return i + 1;
    return voice->item_count;
}

/* One syllable: up to a space, '-', '_', '*' or '|'; '~' and "\-" are a space and a hyphen inside. */
static neume_status read_syllable(abc_reader *r, abc_span *text, const char **out) {
    neume_buffer plain = {0};
    neume_status status = NEUME_OK;
    while (text->at < text->end) {
        char c = *text->at;
        bool hyphen = c == '\\' && text->at + 1 < text->end && text->at[1] == '-';
        if (!hyphen && (abc_is_space(c) || abc_in(c, "-_*|"))) break;
        NEUME_GO(neume_buffer_append(&plain, hyphen ? "-" : c == '~' ? " " : &c, 1));
        text->at += hyphen ? 2 : 1;
    }
    if (text->at < text->end && *text->at == '-') {
        NEUME_GO(neume_buffer_append(&plain, "-", 1));
        text->at++;
    }
    NEUME_GO(abc_text(r->score, (abc_span){plain.data, plain.data + plain.size}, out));
fail:
    neume_buffer_clear(&plain);
    return status;
}

neume_status abc_lyrics(abc_reader *r, abc_span text) {
    NEUME_TRY(abc_begin_voice(r));
    neume_voice *voice = &r->score->voices[r->current];
    abc_voice *v = &r->voices[r->current];
    size_t at = v->line_first;
    while (text.at < text.end) {
        char c = *text.at;
        const char *syllable = NULL;
        if (abc_is_space(c)) {
            text.at++;
            continue;
        }
        if (c == '|') {
            at = next_bar(voice, at);
            text.at++;
            continue;
        }
        if (c == '*' || c == '-') /* a lone hyphen takes a note, as the standard has it */
            text.at++;
        else if (c == '_') {
            syllable = "_";
            text.at++;
        } else {
            NEUME_TRY(read_syllable(r, &text, &syllable));
        }
        size_t note = next_note(voice, at);
        if (note == SIZE_MAX) {
            abc_warn(r, "more syllables than notes");
            break;
        }
        if (syllable && *syllable)
            NEUME_TRY(neume_voice_add_words(
                voice, (neume_words){(int32_t)note, NEUME_WORDS_LYRIC, (uint8_t)v->verse, syllable}));
        at = note + 1;
    }
    if (v->verse < 255) v->verse++;
    return NEUME_OK;
}

/* --- small words ------------------------------------------------------------------------------------------------------ */

bool abc_starts(abc_span s, const char *with) {
    size_t length = strlen(with);
    return (size_t)(s.end - s.at) >= length && strncasecmp(s.at, with, length) == 0;
}

/* The number a text begins with, 0 when it is none; large ones stop growing. */
long abc_number_of(abc_span text) {
    long n = 0;
    for (; text.at < text.end && abc_is_digit(*text.at) && n < 100000; text.at++) n = 10 * n + (*text.at - '0');
    return n;
}

bool abc_fraction(abc_span *text, long *above, long *below) {
    const char *at = text->at;
    long a = 0, b = 0;
    if (at == text->end || !abc_is_digit(*at)) return false;
    while (at < text->end && abc_is_digit(*at) && a < 100000) a = 10 * a + (*at++ - '0');
    if (at == text->end || *at != '/') return false;
    at++;
    if (at == text->end || !abc_is_digit(*at)) return false;
    while (at < text->end && abc_is_digit(*at) && b < 100000) b = 10 * b + (*at++ - '0');
    if (a < 1 || b < 1 || a > 1024 || b > 1024) return false;
    *above = a, *below = b, text->at = at;
    return true;
}
