/* A MusicXML score as written music: every element is looked up by name and parent among those that the other files
 * know. Elements fill in a note, a direction, a bar line; when they end, what was gathered takes effect.
 * Source: W3C MusicXML 4.0, score-partwise. */
#include "musicxml_read.h"

#include <stdlib.h>
#include <string.h>

#include "neume/notation.h"

typedef neume__reader reader;

/* --- what the handlers share -------------------------------------------------------------------------------------- */

int neume__read_number(const char *text, int low, int high, int otherwise) {
    double value;
    return neume__xml_number(text, &value) && value >= low && value <= high ? (int)value : otherwise;
}

neume_status neume__read_keep(reader *r, const char *text, const char **out) {
    *out = NULL;
    if (!text || !*text) return NEUME_OK;
    char *copy = neume_arena_alloc(r->gather.score->arena, strlen(text) + 1);
    if (!copy) return NEUME_ENOMEM;
    for (size_t i = 0; text[i]; i++) copy[i] = (unsigned char)text[i] < ' ' ? ' ' : text[i]; /* lines become one */
    for (char *c = copy; *c && !r->own; c++)
        if (*c == '"') *c = '\''; /* which ABC cannot quote */
    *out = copy;
    return NEUME_OK;
}

neume__gather_sign neume__read_sign_here(const reader *r, neume_item_kind kind) {
    return (neume__gather_sign){.measure = r->measure, .staff = -1, .at = r->cursor, .kind = (uint8_t)kind};
}

neume_status neume__read_add_sign(reader *r, neume__gather_sign sign) {
    return r->part < 0 ? NEUME_OK : neume__gather_add_sign(&r->gather, r->part, sign);
}

void neume__read_fault(reader *r, const char *what) {
    if (!r->own) neume__fault_add(&r->gather.faults, r->gather.place, "%s", what);
}

/* --- elements ----------------------------------------------------------------------------------------------------- */

static int by_name(const void *left, const void *right) {
    const neume__read_row *const *a = left, *const *b = right;
    return strcmp((*a)->name, (*b)->name);
}

static void list_rows(reader *r) {
    static const neume__read_row *const tables[] = {neume__read_head_rows, neume__read_measure_rows,
                                                    neume__read_attributes_rows, neume__read_note_rows,
                                                    neume__read_direction_rows};
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
        for (const neume__read_row *row = tables[t]; row->name && r->row_count < NEUME__READ_ROWS; row++)
            r->rows[r->row_count++] = row;
    qsort(r->rows, r->row_count, sizeof *r->rows, by_name);
}

static const neume__read_row *find_row(const reader *r, const char *name, const char *parent) {
    size_t low = 0, high = r->row_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(r->rows[middle]->name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < r->row_count && strcmp(r->rows[low]->name, name) == 0; low++)
        if (strcmp(r->rows[low]->parent, parent) == 0) return r->rows[low];
    return NULL;
}

/* Whose children are music, each of them. */
static bool holds_marks(const char *parent) {
    return strcmp(parent, "articulations") == 0 || strcmp(parent, "ornaments") == 0 ||
           strcmp(parent, "technical") == 0 || strcmp(parent, "notations") == 0 ||
           strcmp(parent, "direction-type") == 0 || strcmp(parent, "dynamics") == 0;
}

/* Marks come by their own table. @return whether it is one */
static bool read_mark(reader *r, const char *name, const char *parent, const char **attributes) {
    const neume__mark *mark = neume__mark_by_element(name, parent);
    if (!mark) return false;
    const char *text = mark->name;
    const bool directed =
        mark->place == NEUME__MARK_DIRECTION || (mark->place == NEUME__MARK_DYNAMIC && !r->in_dynamics);
    if (strcmp(name, "fermata") == 0 && neume__read_is(neume__xml_attribute(attributes, "type"), "inverted") && !r->own)
        text = "invertedfermata";
    neume__read_wait(directed ? &r->direction.marks : &r->at, NEUME_WORDS_MARK, 0, text);
    return true;
}

/* Says of an element that nobody knows when it is music. */
static void judge_element(reader *r, const char *name, const char *parent) {
    static const char *const looks[] = {"articulations",   "ornaments", "technical", "dynamics", "metronome",
                                        "accidental-mark", "tied",      "dashes",    "bracket",  "staff-divide"};
    static const char *const music[] = {"figured-bass", "listening", "interchangeable"};
    bool lost = holds_marks(parent);
    for (size_t i = 0; i < sizeof looks / sizeof *looks; i++) lost &= strcmp(name, looks[i]) != 0;
    for (size_t i = 0; i < sizeof music / sizeof *music; i++) lost |= strcmp(name, music[i]) == 0;
    if (lost && !r->own) neume__fault_add(&r->gather.faults, r->gather.place, "<%s> is left out", name);
}

static neume_status check_root(const char *name) {
    if (strcmp(name, "score-partwise") == 0) return NEUME_OK;
    return strcmp(name, "score-timewise") == 0
               ? neume_fail(NEUME_EUNSUPPORTED, "timewise MusicXML: only score-partwise is read")
               : neume_fail(NEUME_EFORMAT, "not MusicXML: the root is <%s>", name);
}

static neume_status start_element(void *context, const char *name, const char *parent, const char **attributes) {
    reader *r = context;
    if (!*parent) return check_root(name);
    if (strcmp(name, "dynamics") == 0) r->in_dynamics = strcmp(parent, "notations") == 0;
    const neume__read_row *row = find_row(r, name, parent);
    if (row) return row->start ? row->start(r, attributes) : NEUME_OK;
    if (!holds_marks(parent) || !read_mark(r, name, parent, attributes)) judge_element(r, name, parent);
    return NEUME_OK;
}

static neume_status end_element(void *context, const char *name, const char *parent, const char *text) {
    reader *r = context;
    const neume__read_row *row = find_row(r, name, parent);
    return row && row->end ? row->end(r, text) : NEUME_OK;
}

/* --- the door ----------------------------------------------------------------------------------------------------- */

static void reader_free(reader *r) {
    if (!r) return;
    neume__gather_clear(&r->gather);
    neume_arena_free(r->list.names);
    neume__free(r->list.parts);
    neume__free(r->list.instruments);
    neume__free((void *)r->ids);
    neume_buffer_clear(&r->lyric);
    neume__free(r);
}

neume_status neume_musicxml_read(const void *bytes, size_t count, neume_report *report, neume_score **out) {
    neume_status status;
    neume__xml *xml = NULL;
    neume_score *score = NULL;
    reader *r = neume__calloc(1, sizeof *r);
    if (!r) return NEUME_ENOMEM;
    r->part = -1;
    r->list.instrument = -1;
    r->divisions = 1;
    list_rows(r);
    NEUME_GO(neume__gather_begin(&r->gather));
    NEUME_GO(neume_arena_new(&r->list.names));
    NEUME_GO(neume__xml_new((neume__xml_handler){r, start_element, end_element}, &xml));
    NEUME_GO(neume__musicxml_feed(bytes, count, xml));
    NEUME_GO(neume__read_add_titles(r));
    NEUME_GO(neume__gather_finish(&r->gather, r->ids, r->id_count, &score));
    NEUME_GO(neume__faults_tell(&r->gather.faults, report));
    *out = score;
    score = NULL;
fail:
    neume_score_free(score);
    neume__xml_free(xml);
    reader_free(r);
    return status;
}
