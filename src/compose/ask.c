/* Reading a request. It is cut into words of the lexicon, the longest first; numbers, metres (3/4), keys (Bbm, F sharp
 * minor) and the names of instruments are read by their form. "and" or a comma ends a clause. */
#include "ask.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { WORD_MAX = 64, CLAUSE_WORDS = 24 };

typedef struct word {
    word_class kind;
    int value;
    double number;
    int step, alter;  /* WORD_KEY */
    bool upper, lone; /* a letter that may be a key: as a capital; without signs of its own */
} word;

static size_t copy_lower(const char *text, char out[WORD_MAX]) {
    size_t n = 0;
    for (; text[n] && n + 1 < WORD_MAX; n++) out[n] = (char)((unsigned char)text[n] < 128 ? tolower(text[n]) : text[n]);
    out[n] = '\0';
    return n;
}

static bool is_letter(char c) {
    return isalpha((unsigned char)c) != 0;
}

/* "G", "Bb", "f#m", "Am": how many bytes, 0 when it is no key. */
static size_t read_key(const char *text, word *out, int *mode) {
    static const char steps[] = "cdefgab";
    const char *step = *text ? strchr(steps, tolower(*text)) : NULL;
    size_t n = 1;
    if (!step) return 0;
    *out = (word){.kind = WORD_KEY, .step = (int)(step - steps), .upper = isupper((unsigned char)*text)};
    if (text[n] == '#' || (text[n] == 'b' && !is_letter(text[n + 1])) || (text[n] == 'b' && text[n + 1] == 'm'))
        out->alter = text[n++] == '#' ? 1 : -1;
    out->lone = n == 1;
    *mode = -1;
    if (text[n] == 'm' && !is_letter(text[n + 1])) *mode = NEUME_MODE_MINOR, n++, out->lone = false;
    return is_letter(text[n]) || isdigit((unsigned char)text[n]) ? 0 : n;
}

static size_t read_number(const char *text, word *out) {
    char *end;
    if (!isdigit((unsigned char)*text)) return 0;
    out->number = strtod(text, &end);
    out->kind = WORD_NUMBER;
    if (*end == '/' && isdigit((unsigned char)end[1])) {
        const long unit = strtol(end + 1, &end, 10);
        if (unit < 1 || unit > 64 || (unit & (unit - 1)) || out->number > 64) return 0;
        *out = (word){.kind = WORD_METRE, .value = (int)out->number * 100 + (int)unit};
    }
    return (size_t)(end - text);
}

/* "alto saxophone", "violin": two words before one. */
static size_t read_instrument(const char *text, word *out) {
    char name[WORD_MAX];
    for (int words = 2; words > 0; words--) {
        size_t n = 0;
        for (int w = 0; w < words; w++) {
            if (w && text[n] == ' ') n++;
            while (is_letter(text[n])) n++;
        }
        if (n == 0 || n >= sizeof name) continue;
        memcpy(name, text, n);
        name[n] = '\0';
        const int program = neume_program_by_name(name);
        if (program < 0 || program >= NEUME_PROGRAM_DRUMS) continue;
        *out = (word){.kind = WORD_INSTRUMENT, .value = program};
        return n;
    }
    return 0;
}

static neume_status unknown_word(const char *text) {
    size_t n = 1;
    if ((unsigned char)*text < 128)
        while (is_letter(text[n])) n++;
    else
        while (text[n] && ((unsigned char)text[n] & 0xC0) == 0x80) n++;
    return neume_fail(NEUME_EINVAL, "I do not understand '%.*s'; understood are: %s", (int)(n < 40 ? n : 40), text,
                      neume_revise_help());
}

/* Reads the next word and moves on. A key's "m" comes as a second word through *mode. */
static neume_status read_word(const char **text, word *out, int *mode) {
    char lower[WORD_MAX];
    *mode = -1;
    copy_lower(*text, lower);
    const lexicon_word *known = neume__lexicon_find(lower);
    size_t n = read_number(*text, out);
    const bool article = known && strcmp(known->text, "a") == 0;
    if (!n && (!known || article)) n = read_key(*text, out, mode);
    if (!n && known) {
        *out = (word){.kind = known->kind, .value = known->value, .number = known->value};
        n = strlen(known->text);
    }
    if (!n) n = read_instrument(*text, out);
    if (!n) return unknown_word(*text);
    *text += n;
    return NEUME_OK;
}

static const char *skip_blanks(const char *text) {
    while (*text == ' ' || *text == '\t' || *text == '\n' || *text == '!' || *text == '.' || *text == '"') text++;
    return text;
}

/* --- keys from their words ---------------------------------------------------------------------------------------- */

static bool is_sign(const word *w) {
    return w && (w->kind == WORD_SHARP || w->kind == WORD_FLAT);
}

/* Is the letter but an article? "a" is, unless a mode or "key" follows; "A" is at the beginning of more words. */
static bool is_article(const word *letter, const word *next) {
    const bool named = next && (next->kind == WORD_MODE || next->kind == WORD_KEYNESS);
    return letter->lone && letter->step == 5 && !named && (!letter->upper || next);
}

/* Signs beside a letter go into it. */
static void join_keys(word *words, size_t count) {
    for (size_t i = 0; i < count; i++) {
        word *before = i ? &words[i - 1] : NULL, *after = i + 1 < count ? &words[i + 1] : NULL;
        word *sign = is_sign(after) ? after : is_sign(before) ? before : NULL;
        if (words[i].kind != WORD_KEY) continue;
        if (sign) {
            words[i].alter += sign->kind == WORD_SHARP ? 1 : -1;
            sign->kind = WORD_FILLER;
            words[i].lone = false;
        }
        if (is_article(&words[i], after)) words[i].kind = WORD_FILLER;
    }
}

static void take(wish *out, const word *w) {
    out->words |= UINT64_C(1) << w->kind;
    switch (w->kind) {
    case WORD_INTERVAL:
        out->by = (interval){w->value / 100, w->value % 100};
        break;
    case WORD_KEY:
        out->step = w->step;
        out->alter = w->alter;
        break;
    case WORD_MODE:
        out->mode = (neume_mode)w->value;
        break;
    case WORD_METRE:
        out->metre = (neume_metre){.beats = (int16_t)(w->value / 100), .unit = (int16_t)(w->value % 100)};
        break;
    case WORD_NUMBER:
        out->number = w->number;
        break;
    case WORD_INSTRUMENT:
        out->program = w->value;
        break;
    default:
        break;
    }
}

neume_status neume__ask_next(const char **text, wish *out, bool *more) {
    word words[CLAUSE_WORDS];
    size_t count = 0;
    wish wanted = {0};
    const char *at = skip_blanks(*text);
    bool ended = false;
    while (*at && !ended) {
        int mode;
        if (count + 2 > CLAUSE_WORDS) return neume_fail(NEUME_EINVAL, "the request is too long");
        if (*at == ',' || *at == ';') {
            at = skip_blanks(at + 1);
            ended = count > 0;
            continue;
        }
        NEUME_TRY(read_word(&at, &words[count], &mode));
        at = skip_blanks(at);
        if (words[count].kind == WORD_AND)
            ended = count > 0;
        else
            count++;
        if (mode >= 0) words[count++] = (word){.kind = WORD_MODE, .value = mode};
    }
    join_keys(words, count);
    for (size_t i = 0; i < count; i++) take(&wanted, &words[i]);
    *text = at;
    *more = count > 0;
    *out = wanted;
    return NEUME_OK;
}
