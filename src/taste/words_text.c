/* Prompts are written in many hands: "ROCK", "ｒｏｃｋ", "搖滾" and "摇滚" are to meet in one key of the lexicon.
 *
 * Each character is folded by Unicode's compatibility decomposition (utf8proc: width, ligatures, accents, case) and
 * from traditional to simplified by a table of characters (traditional.txt, from OpenCC). One traditional character has
 * one simplified form nearly always, so no phrases need to be looked up. */
#include "words_text.h"

#include <string.h>
#include <utf8proc.h>

typedef struct reader {
    const char *text;
    size_t at, count;
    units *out;
    unit open; /* a word or number that may go on */
    bool is_open;
} reader;

static bool is_character(uint32_t c) {
    return (c >= 0x3041 && c <= 0x30FF) || (c >= 0x3400 && c <= 0x9FFF) || (c >= 0xAC00 && c <= 0xD7A3) ||
           (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x3FFFF) || c == 0x3007;
}

static bool is_letter(uint32_t c) {
    if (c < 0x80) return (c >= 'a' && c <= 'z') || c == '#';
    const utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)c);
    return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
}

static bool is_one_of(uint32_t c, const char *set) {
    for (size_t length; *set; set += length) {
        uint32_t other = 0;
        length = neume__utf8_read(set, strlen(set), &other);
        if (other == c) return true;
    }
    return false;
}

static bool is_apostrophe(uint32_t c) {
    return is_one_of(c, "'’‘`");
}

static neume_status close_unit(reader *r) {
    if (!r->is_open) return NEUME_OK;
    r->is_open = false;
    units *u = r->out;
    r->open.length = (uint32_t)u->text.size - r->open.text;
    NEUME_TRY(neume__grow((void **)&u->items, &u->capacity, u->count + 1, sizeof *u->items));
    u->items[u->count++] = r->open;
    return NEUME_OK;
}

static neume_status append_character(neume_buffer *out, uint32_t c) {
    utf8proc_uint8_t bytes[4];
    const utf8proc_ssize_t length = utf8proc_encode_char((utf8proc_int32_t)c, bytes);
    return neume_buffer_append(out, bytes, (size_t)length);
}

/* Adds folded character @p c to the open unit, or opens one of its kind. */
static neume_status add_to(reader *r, unit_kind kind, uint32_t c, const unit *place) {
    const bool goes_on = r->is_open && r->open.kind == kind && (kind == UNIT_WORD || kind == UNIT_NUMBER);
    if (!goes_on) {
        NEUME_TRY(close_unit(r));
        r->open = *place;
        r->open.kind = kind;
        r->open.text = (uint32_t)r->out->text.size;
        r->is_open = true;
    }
    r->open.end = place->end;
    return append_character(&r->out->text, c);
}

static unit_kind kind_of_mark(uint32_t c) {
    if (is_one_of(c, "《「『“〈【\"")) return UNIT_OPEN;
    if (is_one_of(c, "》」』”〉】")) return UNIT_CLOSE;
    if (is_one_of(c, "、+")) return UNIT_LIST;
    return UNIT_BREAK;
}

static bool is_mark(uint32_t c) {
    return is_one_of(c, "《》「」『』“”〈〉【】\"、+,.;:!?，。；：！？…()（）[]{}—–~～\n\r");
}

/* A point behind a single letter, or with no blank behind it, ends no clause: "B.B. King", "S.H.E". */
static bool is_abbreviation(const reader *r, const unit *place) {
    const bool letter = r->is_open && r->open.kind == UNIT_WORD && r->open.end - r->open.begin == 1;
    const char *next = r->text + place->end;
    return letter || (place->end < r->count && ((*next >= 'a' && *next <= 'z') || (*next >= 'A' && *next <= 'Z')));
}

/* One folded character. A hyphen and everything unknown only part words; "&" is a word. */
static neume_status add_folded(reader *r, uint32_t c, const unit *place) {
    if (c == 0x266F) c = '#';
    if (c == 0x266D) c = 'b';
    if (is_apostrophe(c)) return NEUME_OK;
    if (is_character(c)) return add_to(r, UNIT_CHARACTER, neume__simplified(c), place);
    if (c >= '0' && c <= '9') return add_to(r, UNIT_NUMBER, c, place);
    if (is_letter(c)) return add_to(r, UNIT_WORD, c, place);
    if (is_mark(c) && !(c == '.' && is_abbreviation(r, place))) return add_to(r, kind_of_mark(c), c, place);
    NEUME_TRY(close_unit(r));
    if (c != '&') return NEUME_OK;
    NEUME_TRY(add_to(r, UNIT_WORD, 'a', place));
    NEUME_TRY(add_to(r, UNIT_WORD, 'n', place));
    NEUME_TRY(add_to(r, UNIT_WORD, 'd', place));
    return close_unit(r);
}

/* A blank between Chinese characters stands for a comma. */
static neume_status add_blank(reader *r, const unit *place) {
    NEUME_TRY(close_unit(r));
    const size_t count = r->out->count;
    uint32_t next = 0;
    const size_t left = r->count - place->end;
    const bool after = count && r->out->items[count - 1].kind == UNIT_CHARACTER;
    if (!after || !neume__utf8_read(r->text + place->end, left, &next) || !is_character(next)) return NEUME_OK;
    NEUME_TRY(add_to(r, UNIT_BREAK, ' ', place));
    return close_unit(r);
}

/* Kana and Hangul are whole as they are: decomposition would take them apart. */
static neume_status fold(reader *r, uint32_t c, const unit *place) {
    utf8proc_int32_t parts[24];
    if (c == ' ' || c == '\t' || c == 0x3000 || c == 0xA0) return add_blank(r, place);
    if ((is_character(c) && (c < 0xF900 || c > 0xFAFF)) || is_mark(c)) return add_folded(r, c, place);
    const utf8proc_ssize_t count = utf8proc_decompose_char(
        (utf8proc_int32_t)c, parts, sizeof parts / sizeof *parts,
        UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK | UTF8PROC_IGNORE, NULL);
    for (utf8proc_ssize_t i = 0; i < count && i < (utf8proc_ssize_t)(sizeof parts / sizeof *parts); i++)
        NEUME_TRY(add_folded(r, (uint32_t)parts[i], place));
    return NEUME_OK;
}

neume_status neume__units_read(const char *text, size_t count, units *out) {
    units made = {0};
    reader r = {.text = text, .count = count, .out = &made};
    neume_status status = NEUME_OK;
    while (r.at < count) {
        uint32_t c = 0;
        size_t length = neume__utf8_read(text + r.at, count - r.at, &c);
        const bool whole = length > 0;
        if (!whole) length = 1;
        const unit place = {.begin = (uint32_t)r.at,
                            .end = (uint32_t)(r.at + length),
                            .capital = utf8proc_category((utf8proc_int32_t)c) == UTF8PROC_CATEGORY_LU};
        if (whole) NEUME_GO(fold(&r, c, &place));
        r.at += length;
    }
    NEUME_GO(close_unit(&r));
    *out = made;
    return NEUME_OK;
fail:
    neume__units_clear(&made);
    return status;
}

void neume__units_clear(units *u) {
    neume__free(u->items);
    neume_buffer_clear(&u->text);
    *u = (units){0};
}

neume_status neume__units_key(const units *u, size_t from, size_t to, bool stemmed, neume_buffer *key) {
    for (size_t i = from; i < to; i++) {
        const unit *one = &u->items[i];
        if (i > from) NEUME_TRY(neume_buffer_append(key, " ", 1));
        NEUME_TRY(neume_buffer_append(key, u->text.data + one->text, one->length));
        if (!stemmed || one->kind != UNIT_WORD) continue;
        key->size -= one->length;
        key->size += neume__stem(key->data + key->size, one->length);
        key->data[key->size] = '\0';
    }
    return NEUME_OK;
}
