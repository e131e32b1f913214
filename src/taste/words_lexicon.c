/* Rows of three columns become a hash table from folded phrases to rows. Each phrase lies there twice, as it is and
 * with English endings cut; what is written exactly is preferred, so that "blues" is no plural of "blue". */
#include "words_lexicon.h"

#include "words_data.h"
#include "words_values.h"

#include <string.h>

typedef struct span {
    const char *at;
    size_t count;
} span;

static const char *const role_names[ROLES] = {"-",    "not", "except",   "not-back", "but",    "soft",   "also",
                                              "like", "by",  "like-end", "form",     "strong", "slight", "or"};

/* Takes text up to @p stop or the end, trimmed, and steps behind it. */
static span take(span *rest, char stop) {
    const char *found = rest->count ? memchr(rest->at, stop, rest->count) : NULL;
    span taken = {rest->at, found ? (size_t)(found - rest->at) : rest->count};
    const size_t passed = taken.count + (found ? 1 : 0);
    *rest = (span){rest->at + passed, rest->count - passed};
    while (taken.count && (*taken.at == ' ' || *taken.at == '\r')) taken.at++, taken.count--;
    while (taken.count && (taken.at[taken.count - 1] == ' ' || taken.at[taken.count - 1] == '\r')) taken.count--;
    return taken;
}

static const char *keep(neume_words *words, const char *text, size_t count) {
    char *copy = neume_arena_alloc(words->arena, count + 1);
    if (copy) memcpy(copy, text, count);
    return copy;
}

/* --- the hash table ----------------------------------------------------------------------------------------------- */

/* FNV-1a. */
static uint64_t hash_of(const char *key, size_t length, bool stemmed) {
    uint64_t hash = 0xcbf29ce484222325u + stemmed;
    for (size_t i = 0; i < length; i++) hash = (hash ^ (unsigned char)key[i]) * 0x100000001b3u;
    return hash;
}

/* Where the key is, or the empty place where it would be. */
static size_t place_of(const neume_words *words, const char *key, size_t length, bool stemmed) {
    size_t at = hash_of(key, length, stemmed) & (words->slot_count - 1);
    while (words->slots[at]) {
        const phrase *p = &words->phrases[words->slots[at] - 1];
        if (p->length == length && p->stemmed == stemmed && memcmp(p->key, key, length) == 0) break;
        at = (at + 1) & (words->slot_count - 1);
    }
    return at;
}

const lexicon_row *neume__words_find(const neume_words *words, const char *key, size_t length, bool stemmed) {
    if (!words->slot_count || !length) return NULL;
    const uint32_t found = words->slots[place_of(words, key, length, stemmed)];
    return found ? &words->rows[words->phrases[found - 1].row] : NULL;
}

static neume_status make_room(neume_words *words) {
    if (2 * (words->phrase_count + 1) < words->slot_count) return NEUME_OK;
    const size_t count = words->slot_count ? 2 * words->slot_count : 1024;
    uint32_t *slots = neume__calloc(count, sizeof *slots);
    if (!slots) return NEUME_ENOMEM;
    neume__free(words->slots);
    words->slots = slots;
    words->slot_count = count;
    for (size_t i = 0; i < words->phrase_count; i++) {
        const phrase *p = &words->phrases[i];
        slots[place_of(words, p->key, p->length, p->stemmed)] = (uint32_t)i + 1;
    }
    return NEUME_OK;
}

/* An exact phrase told again belongs to the later row; what is only stemmed stays with the first. */
static neume_status add_phrase(neume_words *words, const neume_buffer *key, bool stemmed, bool single_word) {
    const uint32_t row = (uint32_t)words->row_count - 1;
    NEUME_TRY(make_room(words));
    const size_t at = place_of(words, key->data, key->size, stemmed);
    if (words->slots[at]) {
        if (!stemmed) words->phrases[words->slots[at] - 1].row = row;
        return NEUME_OK;
    }
    const char *text = keep(words, key->data, key->size);
    if (!text) return NEUME_ENOMEM;
    NEUME_TRY(neume__grow((void **)&words->phrases, &words->phrase_capacity, words->phrase_count + 1,
                          sizeof *words->phrases));
    words->phrases[words->phrase_count++] = (phrase){text, (uint32_t)key->size, row, stemmed, single_word};
    words->slots[at] = (uint32_t)words->phrase_count;
    return NEUME_OK;
}

/* --- rows --------------------------------------------------------------------------------------------------------- */

static neume_status read_phrase(neume_words *words, span text) {
    units u = {0};
    neume_buffer key = {0};
    neume_status status = neume__units_read(text.at, text.count, &u);
    const bool single = u.count == 1 && u.items[0].kind == UNIT_WORD;
    for (int stemmed = 0; stemmed < 2 && !status && u.count; stemmed++) {
        key.size = 0;
        status = neume__units_key(&u, 0, u.count, stemmed, &key);
        if (!status) status = add_phrase(words, &key, stemmed, single);
    }
    if (u.count > words->longest_units) words->longest_units = u.count;
    words->told_count++;
    neume_buffer_clear(&key);
    neume__units_clear(&u);
    return status;
}

static neume_status read_phrases(neume_words *words, span column, const char **first) {
    *first = "";
    while (column.count) {
        const span text = take(&column, ',');
        if (!text.count) continue;
        if (!**first) *first = keep(words, text.at, text.count);
        if (!*first) return NEUME_ENOMEM;
        NEUME_TRY(read_phrase(words, text));
    }
    return NEUME_OK;
}

static word_role role_of(span name) {
    for (int i = 0; i < ROLES; i++)
        if (strlen(role_names[i]) == name.count && memcmp(role_names[i], name.at, name.count) == 0) return (word_role)i;
    return ROLES;
}

/* "mood=calm", "op=not" or "-". */
static neume_status read_sense(neume_words *words, span text, size_t line, lexicon_row *row, uint32_t *count) {
    span name = take(&text, '=');
    if (name.count == 1 && *name.at == '-') return NEUME_OK;
    if (name.count == 2 && memcmp(name.at, "op", 2) == 0) {
        row->role = role_of(text);
        return row->role == ROLES ? neume_fail(NEUME_EFORMAT, "lexicon: no such role in line %zu", line) : NEUME_OK;
    }
    sense made = {NEUME_SLOTS, keep(words, text.at, text.count)};
    if (!made.value) return NEUME_ENOMEM;
    made.slot = neume__slot_find(name.at, name.count);
    if (made.slot == NEUME_SLOTS || !neume__value_is_valid(made.slot, made.value))
        return neume_fail(NEUME_EFORMAT, "lexicon: no such slot or value in line %zu", line);
    NEUME_TRY(
        neume__grow((void **)&words->senses, &words->sense_capacity, words->sense_count + 1, sizeof *words->senses));
    words->senses[words->sense_count++] = made;
    ++*count;
    return NEUME_OK;
}

static neume_status read_senses(neume_words *words, span column, size_t line, lexicon_row *row) {
    span wanted = take(&column, '!');
    row->senses = (uint32_t)words->sense_count;
    while (wanted.count) NEUME_TRY(read_sense(words, take(&wanted, ';'), line, row, &row->sense_count));
    while (column.count) NEUME_TRY(read_sense(words, take(&column, ';'), line, row, &row->denied_count));
    return NEUME_OK;
}

static neume_status read_row(neume_words *words, span text, size_t line) {
    lexicon_row row = {0};
    NEUME_TRY(read_senses(words, take(&text, '\t'), line, &row));
    NEUME_TRY(neume__grow((void **)&words->rows, &words->row_capacity, words->row_count + 1, sizeof *words->rows));
    row.english = row.chinese = "";
    words->rows[words->row_count++] = row;
    lexicon_row *made = &words->rows[words->row_count - 1];
    NEUME_TRY(read_phrases(words, take(&text, '\t'), &made->english));
    return read_phrases(words, take(&text, '\t'), &made->chinese);
}

neume_status neume_words_add(neume_words *words, const char *table, size_t count) {
    span rest = {table, count};
    for (size_t line = 1; rest.count; line++) {
        const span text = take(&rest, '\n');
        if (text.count && *text.at != '#') NEUME_TRY(read_row(words, text, line));
    }
    return NEUME_OK;
}

neume_status neume_words_new(neume_words **out) {
    neume_words *made = neume__calloc(1, sizeof *made);
    if (!made) return NEUME_ENOMEM;
    neume_status status = neume_arena_new(&made->arena);
    if (!status) status = neume_words_add(made, neume__lexicon, neume__lexicon_bytes);
    if (status) {
        neume_words_free(made);
        return status;
    }
    *out = made;
    return NEUME_OK;
}

void neume_words_free(neume_words *words) {
    if (!words) return;
    neume_arena_free(words->arena);
    neume__free(words->rows);
    neume__free(words->senses);
    neume__free(words->phrases);
    neume__free(words->slots);
    neume__free(words);
}

size_t neume_words_count(const neume_words *words) {
    return words->told_count;
}

const char *neume_words_name(const neume_words *words, neume_slot slot, const char *value, bool chinese) {
    for (size_t i = 0; i < words->row_count; i++) {
        const lexicon_row *row = &words->rows[i];
        const char *name = chinese ? row->chinese : row->english;
        if (row->sense_count != 1 || !*name) continue;
        const sense *only = &words->senses[row->senses];
        if (only->slot == slot && strcmp(only->value, value) == 0) return name;
    }
    return value;
}
