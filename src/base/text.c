/* Text of strangers (tags, file names) made fit for a line on a page. */
#include "neume/base.h"

#include <assert.h>
#include <string.h>

/* The Unicode Standard, table 3-7. */
size_t neume__utf8_read(const char *text, size_t left, uint32_t *out) {
    const unsigned char *at = (const unsigned char *)text;
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000}; /* shorter forms exist of what is below */
    if (!left) return 0;
    const size_t length = *at < 0x80 ? 1 : *at < 0xC2 ? 0 : *at < 0xE0 ? 2 : *at < 0xF0 ? 3 : *at < 0xF5 ? 4 : 0;
    if (!length || length > left) return 0;
    uint32_t c = length == 1 ? *at : *at & (0x7Fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xC0) != 0x80) return 0;
        c = c << 6 | (at[i] & 0x3F);
    }
    if (c < least[length] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) return 0;
    *out = c;
    return length;
}

static bool is_blank(uint32_t c) {
    return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 || c == 0xA0 || c == 0x2028 || c == 0x2029;
}

/* Control characters, marks that turn the direction of writing, and the byte order mark. */
static bool is_control(uint32_t c) {
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) ||
           (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF;
}

void neume__text_clean(const char *text, size_t count, char *out, size_t capacity) {
    assert(capacity);
    const char *at = text;
    size_t used = 0;
    bool blank = false; /* one is due before the next character */
    for (size_t left = count, length; left && *at; at += length, left -= length) {
        uint32_t c = 0;
        const size_t whole = neume__utf8_read(at, left, &c);
        length = whole ? whole : 1;
        if (whole && is_blank(c)) blank = used > 0;
        if (!whole || is_blank(c) || is_control(c)) continue;
        if (used + blank + whole >= capacity) break;
        if (blank) out[used++] = ' ';
        memcpy(out + used, at, whole);
        used += whole;
        blank = false;
    }
    out[used] = '\0';
}
