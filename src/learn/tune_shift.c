/* A tune in another key, on its text: what a copyist does who only knows the circle of fifths.
 *
 * On that circle F C G D A E B are places -1 .. 5 and a sharp adds 7. Moving a tune by k fifths adds k to every place:
 * tonics, chord roots, notes with accidentals. A note without one follows its key signature, so only its letter moves,
 * and every letter moves by the same number of steps. */
#include "tunes.h"

#include <string.h>
#include <strings.h>

enum { SIGNS_MOST = 7 };

typedef struct shifting {
    const char *text;
    size_t size, at;
    int fifths, steps; /* steps: of the staff, -3 .. 3 */
    neume_buffer *out;
} shifting;

static const int8_t places[7] = {0, 2, 4, -1, 1, 3, 5}; /* of C D E F G A B */
static const int letters[7] = {3, 0, 4, 1, 5, 2, 6};    /* of places -1 .. 5 */

static char at(const shifting *s, size_t i) {
    return s->at + i < s->size ? s->text[s->at + i] : '\0';
}

static int step_of(char letter) {
    const char *found = letter ? strchr("CDEFGABcdefgab", letter) : NULL;
    return found ? (int)(found - "CDEFGABcdefgab") : -1;
}

static neume_status copy(shifting *s, size_t count) {
    NEUME_TRY(neume_buffer_append(s->out, s->text + s->at, count));
    s->at += count;
    return NEUME_OK;
}

static int floor_of(int a, int b) {
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

/* A place on the circle as letter and sharps. */
static void spell(int place, int *step, int *sharps) {
    *sharps = floor_of(place + 1, 7);
    *step = letters[place + 1 - 7 * *sharps];
}

/* A key's or a chord's root ("F#", "Bb") where the text stands; its size, 0 = none. */
static size_t read_root(const shifting *s, int *place) {
    const int step = step_of(at(s, 0));
    if (step < 0 || step > 6) return 0;
    const int sharps = at(s, 1) == '#' ? 1 : at(s, 1) == 'b' ? -1 : 0;
    *place = places[step] + 7 * sharps;
    return sharps ? 2 : 1;
}

static neume_status write_root(shifting *s, int place) {
    static const char *const signs[] = {"bb", "b", "", "#", "##"};
    int step, sharps;
    spell(place, &step, &sharps);
    NEUME_TRY(neume_buffer_append(s->out, &"CDEFGAB"[step], 1));
    return neume_buffer_append(s->out, signs[sharps + 2], strlen(signs[sharps + 2]));
}

/* --- notes -------------------------------------------------------------------------------------------------------- */

static neume_status write_note(shifting *s, int step, int octave) {
    const char *names = octave > 0 ? "cdefgab" : "CDEFGAB";
    NEUME_TRY(neume_buffer_append(s->out, &names[step], 1));
    for (int i = 1; i < octave; i++) NEUME_TRY(neume_buffer_append(s->out, "'", 1));
    for (int i = octave; i < 0; i++) NEUME_TRY(neume_buffer_append(s->out, ",", 1));
    return NEUME_OK;
}

static neume_status write_sign(shifting *s, int sharps) {
    static const char *const signs[] = {"__", "_", "=", "^", "^^"};
    if (sharps < -2) sharps = -2;
    if (sharps > 2) sharps = 2;
    return neume_buffer_append(s->out, signs[sharps + 2], strlen(signs[sharps + 2]));
}

/* A note: accidentals, letter, octave marks. 0 octave: "C" .. "B". */
static neume_status shift_note(shifting *s) {
    int sharps = 0;
    bool told = false;
    size_t i = 0;
    for (; at(s, i) && strchr("^_=", at(s, i)); i++)
        told = true, sharps += at(s, i) == '^' ? 1 : at(s, i) == '_' ? -1 : 0;
    int step = step_of(at(s, i));
    if (step < 0) return copy(s, i ? i : 1);
    int octave = step / 7;
    for (i++; at(s, i) == ',' || at(s, i) == '\''; i++) octave += at(s, i) == '\'' ? 1 : -1;
    s->at += i;
    const int moved = step % 7 + s->steps;
    if (told) {
        int there, moved_sharps;
        spell(places[step % 7] + 7 * sharps + s->fifths, &there, &moved_sharps);
        NEUME_TRY(write_sign(s, moved_sharps));
    }
    octave += floor_of(moved, 7);
    return write_note(s, moved - 7 * floor_of(moved, 7), octave);
}

/* --- words around them -------------------------------------------------------------------------------------------- */

static size_t to_line_end(const shifting *s) {
    const char *end = memchr(s->text + s->at, '\n', s->size - s->at);
    return end ? (size_t)(end - s->text) - s->at : s->size - s->at;
}

/* "K: Gmaj" or "[K:G]": the letters up to the tonic, then the tonic moved; the rest stays. */
static neume_status shift_key(shifting *s, size_t before) {
    NEUME_TRY(copy(s, before));
    while (at(s, 0) == ' ') NEUME_TRY(copy(s, 1));
    int place;
    const size_t size = read_root(s, &place);
    if (!size) return NEUME_OK;
    s->at += size;
    return write_root(s, place + s->fifths);
}

static neume_status shift_quote(shifting *s) {
    NEUME_TRY(copy(s, 1));
    int place;
    bool root = true; /* at the beginning and behind a stroke */
    while (at(s, 0) && at(s, 0) != '"' && at(s, 0) != '\n') {
        const size_t size = root ? read_root(s, &place) : 0;
        root = at(s, size ? size - 1 : 0) == '/' && !size;
        if (size) {
            s->at += size;
            NEUME_TRY(write_root(s, place + s->fifths));
        } else {
            NEUME_TRY(copy(s, 1));
        }
    }
    return at(s, 0) == '"' ? copy(s, 1) : NEUME_OK;
}

static neume_status copy_enclosed(shifting *s, char sign) {
    size_t i = 1;
    while (at(s, i) && at(s, i) != sign && at(s, i) != '\n') i++;
    return copy(s, at(s, i) == sign ? i + 1 : 1);
}

static bool is_letter(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static neume_status shift_line_start(shifting *s, bool *whole_line) {
    const char c = at(s, 0);
    *whole_line = c == '%' || (is_letter(c) && at(s, 1) == ':' && !strchr("|:", at(s, 2) ? at(s, 2) : ' '));
    if (!*whole_line) return NEUME_OK;
    if (c == 'K') NEUME_TRY(shift_key(s, 2));
    return copy(s, to_line_end(s));
}

static neume_status shift_music(shifting *s) {
    const char c = at(s, 0);
    if (c == '[' && at(s, 1) == 'K' && at(s, 2) == ':') {
        NEUME_TRY(shift_key(s, 3));
        return copy_enclosed(s, ']');
    }
    if (c == '[' && is_letter(at(s, 1)) && at(s, 2) == ':') return copy_enclosed(s, ']');
    if (c == '"') return shift_quote(s);
    if (c == '!') return copy_enclosed(s, '!');
    if (c == '%') return copy(s, to_line_end(s));
    return strchr("^_=", c) || step_of(c) >= 0 ? shift_note(s) : copy(s, 1);
}

neume_status tune_shift(const char *text, size_t size, int fifths, neume_buffer *out) {
    shifting s = {.text = text, .size = size, .fifths = fifths, .out = out};
    s.steps = ((4 * fifths) % 7 + 7) % 7;
    if (s.steps > 3) s.steps -= 7;
    bool line_starts = true;
    while (s.at < s.size) {
        bool whole_line = false;
        if (line_starts) NEUME_TRY(shift_line_start(&s, &whole_line));
        line_starts = at(&s, 0) == '\n';
        if (line_starts)
            NEUME_TRY(copy(&s, 1));
        else if (!whole_line && s.at < s.size)
            NEUME_TRY(at(&s, 0) ? shift_music(&s) : copy(&s, 1));
    }
    return NEUME_OK;
}

/* --- how far ------------------------------------------------------------------------------------------------------ */

/* The signs of a key's mode against the major of the same tonic; false: not a mode. */
static bool mode_signs(const char *word, size_t size, int *signs) {
    static const struct {
        const char *name;
        int signs;
    } modes[] = {{"maj", 0},  {"ion", 0}, {"min", -3}, {"aeo", -3}, {"dor", -2},
                 {"phr", -4}, {"lyd", 1}, {"mix", -1}, {"loc", -5}};
    *signs = size == 0 ? 0 : -3;
    if (size == 0 || (size == 1 && word[0] == 'm')) return true;
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        if (size < 3 || strncasecmp(word, modes[i].name, 3) != 0) continue;
        *signs = modes[i].signs;
        return true;
    }
    return false;
}

static bool narrow(const shifting *at_key, int *least, int *most) {
    shifting s = *at_key;
    while (at(&s, 0) == ' ') s.at++;
    int place, signs;
    const size_t size = read_root(&s, &place);
    if (!size) return false;
    s.at += size;
    while (at(&s, 0) == ' ') s.at++;
    size_t word = 0;
    while (is_letter(at(&s, word))) word++;
    if (!mode_signs(s.text + s.at, word, &signs)) return false;
    s.at += word;
    while (at(&s, 0) == ' ') s.at++;
    if (at(&s, 0) && !strchr("\n]%", at(&s, 0))) return false; /* accidentals of its own, a clef */
    const int sharps = place + signs;
    if (-SIGNS_MOST - sharps > *least) *least = -SIGNS_MOST - sharps;
    if (SIGNS_MOST - sharps < *most) *most = SIGNS_MOST - sharps;
    return *least <= *most;
}

bool tune_shift_range(const char *text, size_t size, int *least, int *most) {
    shifting s = {.text = text, .size = size};
    *least = -2 * SIGNS_MOST, *most = 2 * SIGNS_MOST;
    bool any = false;
    for (; s.at + 2 < size; s.at++) {
        const bool field = s.at == 0 || text[s.at - 1] == '\n' || text[s.at - 1] == '[';
        if (!field || text[s.at] != 'K' || text[s.at + 1] != ':') continue;
        shifting key = s;
        key.at += 2;
        if (!narrow(&key, least, most)) return false;
        any = true;
    }
    return any;
}
