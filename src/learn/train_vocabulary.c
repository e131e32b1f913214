/* Choosing the tokens of music in ABC (lm/vocabulary_table.h): what notation is made of is in by rule (every spelled
 * pitch, common keys, metres and lengths), then the units of a corpus by count, then words by what they save. */
#include "neume/learn.h"
#include "neume/lm_vocabulary.h"
#include "recipe.h"
#include "tune_units.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_LIMIT_BYTES = 256 << 20, SLOTS = 1 << 18, WORDS = 230, UNIT_LONGEST = 40 };

typedef struct counted {
    const char *text; /* in the corpus */
    size_t size;
    int64_t count;
    tune_unit_kind kind;
} counted;

typedef struct counts {
    counted *slots; /* (SLOTS), open addressing */
    size_t used;
} counts;

typedef struct table {
    neume_buffer out;
    char (*names)[UNIT_LONGEST + 8];
    size_t count, capacity;
} table;

/* --- counting ----------------------------------------------------------------------------------------------------- */

/* FNV-1a (Fowler, Noll & Vo). */
static size_t hash_of(const char *text, size_t size) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < size; i++) hash = (hash ^ (uint8_t)text[i]) * UINT64_C(0x100000001b3);
    return (size_t)(hash >> 20);
}

static neume_status count_unit(counts *c, const char *text, size_t size, tune_unit_kind kind) {
    size_t at = hash_of(text, size) % SLOTS;
    while (c->slots[at].count && (c->slots[at].size != size || memcmp(c->slots[at].text, text, size) != 0))
        at = (at + 1) % SLOTS;
    if (!c->slots[at].count++) {
        if (++c->used > SLOTS / 2) return neume_fail(NEUME_ELIMIT, "more than %d different units", SLOTS / 2);
        c->slots[at].text = text, c->slots[at].size = size, c->slots[at].kind = kind;
    }
    return NEUME_OK;
}

static neume_status count_corpus(counts *c, const neume_buffer *corpus) {
    tune_reader reader = {.text = corpus->data, .size = corpus->size};
    tune_unit_kind kind;
    const char *unit;
    size_t size;
    while (tune_next_unit(&reader, &kind, &unit, &size))
        if (size > 1 && size <= UNIT_LONGEST && unit[0] != 'X') NEUME_TRY(count_unit(c, unit, size, kind));
    return NEUME_OK;
}

/* A word that is also notes ("Bee", " face") would swallow them. */
static bool is_music(const counted *unit) {
    for (size_t i = 0; i < unit->size; i++)
        if (!strchr(" ABCDEFGabcdefgzxZ',", unit->text[i])) return false;
    return true;
}

static int64_t saving(const counted *unit) {
    return unit->kind == TUNE_UNIT_WORD ? unit->count * (int64_t)(unit->size - 1) : unit->count;
}

static int by_saving(const void *a, const void *b) {
    const counted *x = a, *y = b;
    if (saving(x) != saving(y)) return saving(x) < saving(y) ? 1 : -1;
    const int order = memcmp(x->text, y->text, x->size < y->size ? x->size : y->size);
    return order ? order : (x->size > y->size) - (x->size < y->size);
}

/* --- the table ---------------------------------------------------------------------------------------------------- */

static neume_status put_name(table *t, const char *text, size_t size) {
    for (size_t i = 0; i < t->count; i++)
        if (strlen(t->names[i]) == size && memcmp(t->names[i], text, size) == 0) return NEUME_OK;
    NEUME_TRY(neume__grow((void **)&t->names, &t->capacity, t->count + 1, sizeof *t->names));
    memcpy(t->names[t->count], text, size);
    t->names[t->count++][size] = '\0';
    NEUME_TRY(neume_buffer_print(&t->out, "    \""));
    for (size_t i = 0; i < size; i++) {
        const unsigned char c = (unsigned char)text[i];
        if (c == '\n')
            NEUME_TRY(neume_buffer_print(&t->out, "\\n"));
        else if (c == '"' || c == '\\')
            NEUME_TRY(neume_buffer_print(&t->out, "\\%c", c));
        else if (c < 0x20 || c > 0x7e)
            NEUME_TRY(neume_buffer_print(&t->out, "\\%03o", c));
        else
            NEUME_TRY(neume_buffer_append(&t->out, text + i, 1));
    }
    return neume_buffer_print(&t->out, "\",\n");
}

static neume_status put_each(table *t, const char *before, const char *words, const char *after) {
    for (const char *w = words; *w;) {
        const size_t size = strcspn(w, " ");
        char name[UNIT_LONGEST];
        const int length = snprintf(name, sizeof name, "%s%.*s%s", before, (int)size, w, after);
        NEUME_TRY(put_name(t, name, (size_t)length));
        w += size + (w[size] == ' ');
    }
    return NEUME_OK;
}

static neume_status put_controls(table *t) {
    NEUME_TRY(put_each(
        t, "<", "pad bos eos pre suf mid eot spare7 spare8 spare9 spare10 spare11 spare12 spare13 spare14 spare15",
        ">"));
    NEUME_TRY(
        put_each(t, "<rhythm:",
                 "reel jig slipjig slide hornpipe polka waltz march strathspey air barndance mazurka song chorale "
                 "dance other",
                 ">"));
    NEUME_TRY(put_each(
        t, "<source:", "session oneill aird ryan nottingham hymnal folk song quartet orchestra polish other", ">"));
    for (int n = 1; n <= 64 + 8; n++) {
        char name[UNIT_LONGEST];
        const int length =
            n <= 64 ? snprintf(name, sizeof name, "<bars:%d>", n) : snprintf(name, sizeof name, "<voices:%d>", n - 64);
        NEUME_TRY(put_name(t, name, (size_t)length));
    }
    for (unsigned b = 0; b < 256; b++) {
        char name[UNIT_LONGEST];
        NEUME_TRY(put_name(t, name, (size_t)snprintf(name, sizeof name, "<0x%02X>", b)));
    }
    return NEUME_OK;
}

static neume_status put_pitches(table *t) {
    static const char *const octaves[] = {"", "'", ",", ",,"}, *const signs[] = {"", "^", "_", "="};
    for (int blank = 0; blank < 2; blank++)
        for (size_t sign = 0; sign < 4; sign++)
            for (size_t octave = 0; octave < 4; octave++)
                for (const char *step = "CDEFGABcdefgab"; *step; step++) {
                    if (*step >= 'a' ? octave > 1 : octave == 1) continue;
                    char name[8];
                    const int length =
                        snprintf(name, sizeof name, "%s%s%c%s", blank ? " " : "", signs[sign], *step, octaves[octave]);
                    if (length > 1) NEUME_TRY(put_name(t, name, (size_t)length));
                }
    return NEUME_OK;
}

static neume_status put_by_rule(table *t) {
    NEUME_TRY(put_pitches(t));
    NEUME_TRY(put_each(t, "", "// /2 /4 /8 3/2 3/4 3/8 5/2 7/2 10 12 16", ""));
    NEUME_TRY(put_each(t, "K:", "C G D A E B F# Cb Gb Db Ab Eb Bb F", ""));
    NEUME_TRY(put_each(t, "K:", "Am Em Bm F#m C#m G#m Dm Gm Cm Fm Bbm Ebm", ""));
    NEUME_TRY(put_each(t, "K:", "Ddor Gdor Ador Edor Bdor Dmix Gmix Amix Emix Cmix", ""));
    NEUME_TRY(put_each(t, "M:", "2/4 3/4 4/4 6/8 9/8 12/8 5/4 2/2 3/8 3/2 C C|", ""));
    NEUME_TRY(put_each(t, "L:", "1/4 1/8 1/16", ""));
    return put_each(t, "[V:", "1 2 3 4 5 6 7 8", "]");
}

static neume_status put_by_count(table *t, counts *c, size_t wanted) {
    qsort(c->slots, SLOTS, sizeof *c->slots, by_saving);
    const size_t music = wanted > WORDS ? wanted - WORDS : 0;
    for (int words = 0; words < 2; words++)
        for (size_t i = 0; i < SLOTS && t->count < (words ? wanted : music); i++) {
            const counted *unit = &c->slots[i];
            if ((unit->kind == TUNE_UNIT_WORD) != words || unit->count < 2 || (words && is_music(unit))) continue;
            NEUME_TRY(put_name(t, unit->text, unit->size));
        }
    return NEUME_OK;
}

neume_status neume_train_vocabulary(const char *recipe_path) {
    char path[RECIPE_TEXT_MAX] = "", tunes[RECIPE_TEXT_MAX] = "";
    int64_t wanted = 1280;
    const recipe_key keys[] = {
        {"table", RECIPE_TEXT, path}, {"tunes", RECIPE_TEXT, tunes}, {"tokens", RECIPE_INTEGER, &wanted}};
    NEUME_TRY(recipe_read(recipe_path, keys, sizeof keys / sizeof *keys));
    if (!path[0] || !tunes[0] || wanted < 1 || wanted > 65536)
        return neume_fail(NEUME_EFORMAT, "%s: a recipe needs table = FILE, tunes = FILE and tokens of 1 .. 65536",
                          recipe_path);
    neume_buffer corpus = {0};
    counts c = {.slots = neume__calloc(SLOTS, sizeof *c.slots)};
    table t = {0};
    neume_status status = c.slots ? neume_file_read(tunes, TEXT_LIMIT_BYTES, &corpus) : NEUME_ENOMEM;
    if (!status) status = count_corpus(&c, &corpus);
    if (!status)
        status = neume_buffer_print(
            &t.out, "/* The tokens of music in ABC: controls, bytes, strings. Chosen by neume train vocabulary. */\n"
                    "static const char *const vocabulary_names[] = {\n");
    if (!status) status = put_controls(&t);
    if (!status) status = put_by_rule(&t);
    if (!status) status = put_by_count(&t, &c, (size_t)wanted);
    if (!status) status = neume_buffer_print(&t.out, "};\n");
    if (!status) status = neume_file_write(path, t.out.data, t.out.size);
    neume_buffer_clear(&t.out);
    neume_buffer_clear(&corpus);
    neume__free(t.names);
    neume__free(c.slots);
    return status;
}
