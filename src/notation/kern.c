/* Humdrum **kern as it would sound.
 *
 * A Humdrum file is a table: columns are spines, lines are moments. A spine may split (*^), join (*v), be exchanged
 * (*x), begin (*+) and end (*-); its pieces are *subspines* here, and each **kern spine is one part. Time is not
 * written: a data line happens when the first of the notes that still sound comes to its end. So the clock is one
 * number, `now_quarters`, and each subspine knows when its last note ends. A line of grace notes alone takes no time.
 *
 * Pitches stand as they sound: *ITr only says how a transposing instrument's part is to be printed, and *Tr that the
 * encoder has already transposed; neither changes what is read. Repeats (*>) are played once, in the order of the file.
 * Source: D. Huron, The Humdrum Toolkit: Reference Manual; verovio's and humlib's habits where files go beyond it. */
#include <math.h>

#include "kern_token.h"
#include "neume/notation.h"
#include "written.h"

enum { VELOCITY = 80, SUBSPINES_LIMIT = 1024, SPINES_LIMIT = 4096, OTHER_SPINE = -1 };
#define NO_NOTE SIZE_MAX

typedef struct kern_spine {
    neume__kern_instrument instrument;
    size_t tied[128]; /* by pitch: the note that a tie holds open, or NO_NOTE */
} kern_spine;

typedef struct subspine {
    int spine; /* index of the **kern spine, or OTHER_SPINE */
    double end_quarters;
    neume__graces graces;
} subspine;

typedef struct reader {
    neume__written written;
    kern_spine *spines;
    size_t spine_count, spine_capacity;
    subspine *subspines, *spare; /* spare: where a path line builds the new row */
    size_t subspine_count, subspine_capacity, spare_capacity;
    neume__kern_text *fields;
    size_t field_count, field_capacity;
    double now_quarters;
    bool started; /* a note or rest has been read, so that the clock runs */
    long line;
} reader;

static void reader_clear(reader *r) {
    neume__written_clear(&r->written);
    neume__free(r->spines);
    neume__free(r->subspines);
    neume__free(r->spare);
    neume__free(r->fields);
}

/* --- time --------------------------------------------------------------------------------------------------------- */

/* When the next line of notes happens. */
static double next_quarters(const reader *r) {
    double next = INFINITY;
    for (size_t i = 0; i < r->subspine_count; i++) {
        double end = r->subspines[i].end_quarters;
        if (r->subspines[i].spine >= 0 && end > r->now_quarters + NEUME__SAME_TIME && end < next) next = end;
    }
    return r->started && isfinite(next) ? next : r->now_quarters;
}

/* --- spines ------------------------------------------------------------------------------------------------------- */

static neume_status add_spine(reader *r, int *index) {
    if (r->spine_count >= SPINES_LIMIT) return neume_fail(NEUME_ELIMIT, "more than %d **kern spines", SPINES_LIMIT);
    NEUME_TRY(neume__grow((void **)&r->spines, &r->spine_capacity, r->spine_count + 1, sizeof *r->spines));
    kern_spine *spine = &r->spines[r->spine_count];
    *spine = (kern_spine){.instrument = {-1, -1, -1, -1}};
    for (int pitch = 0; pitch < 128; pitch++) spine->tied[pitch] = NO_NOTE;
    *index = (int)r->spine_count++;
    return NEUME_OK;
}

/* A line of exclusive interpretations (**kern **text ...): the first one makes the row, later ones name what *+ began.
 */
static neume_status read_exclusive(reader *r) {
    if (!r->subspine_count) {
        if (r->field_count > SUBSPINES_LIMIT) return neume_fail(NEUME_ELIMIT, "more than %d spines", SUBSPINES_LIMIT);
        NEUME_TRY(neume__grow((void **)&r->subspines, &r->subspine_capacity, r->field_count, sizeof *r->subspines));
        for (size_t i = 0; i < r->field_count; i++)
            r->subspines[i] = (subspine){.spine = OTHER_SPINE, .end_quarters = r->now_quarters};
        r->subspine_count = r->field_count;
    }
    if (r->field_count != r->subspine_count)
        return neume_fail(NEUME_EFORMAT, "line %ld has %zu fields for %zu spines", r->line, r->field_count,
                          r->subspine_count);
    for (size_t i = 0; i < r->field_count; i++) {
        if (!neume__kern_starts(r->fields[i], "**")) continue;
        r->subspines[i].spine = OTHER_SPINE;
        if (neume__kern_equals(r->fields[i], "**kern")) NEUME_TRY(add_spine(r, &r->subspines[i].spine));
    }
    return NEUME_OK;
}

static neume_status push_subspine(reader *r, size_t *count, subspine added) {
    if (*count >= SUBSPINES_LIMIT)
        return neume_fail(NEUME_ELIMIT, "line %ld: more than %d subspines", r->line, SUBSPINES_LIMIT);
    NEUME_TRY(neume__grow((void **)&r->spare, &r->spare_capacity, *count + 1, sizeof *r->spare));
    r->spare[(*count)++] = added;
    return NEUME_OK;
}

/* Pieces of one spine that stand side by side and all say *v become one. */
static bool joins_left(const reader *r, size_t i) {
    return i && neume__kern_equals(r->fields[i - 1], "*v") && r->subspines[i - 1].spine == r->subspines[i].spine;
}

static neume_status follow_path(reader *r, size_t i, size_t *count) {
    const subspine *here = &r->subspines[i];
    neume__kern_text path = r->fields[i];
    if (neume__kern_equals(path, "*-")) return NEUME_OK;
    if (neume__kern_equals(path, "*v") && joins_left(r, i) && *count) {
        subspine *joined = &r->spare[*count - 1];
        if (here->end_quarters > joined->end_quarters) joined->end_quarters = here->end_quarters;
        return NEUME_OK;
    }
    NEUME_TRY(push_subspine(r, count, *here));
    if (neume__kern_equals(path, "*^")) {
        subspine split = *here;
        split.graces.count = 0;
        return push_subspine(r, count, split);
    }
    if (neume__kern_equals(path, "*+"))
        return push_subspine(r, count, (subspine){.spine = OTHER_SPINE, .end_quarters = r->now_quarters});
    return NEUME_OK;
}

static void exchange_subspines(reader *r) {
    for (size_t i = 0; i + 1 < r->field_count; i++) {
        if (!neume__kern_equals(r->fields[i], "*x") || !neume__kern_equals(r->fields[i + 1], "*x")) continue;
        subspine left = r->subspines[i];
        r->subspines[i] = r->subspines[i + 1];
        r->subspines[i + 1] = left;
        i++;
    }
}

static neume_status follow_paths(reader *r) {
    size_t count = 0;
    exchange_subspines(r);
    for (size_t i = 0; i < r->field_count; i++) NEUME_TRY(follow_path(r, i, &count));
    subspine *row = r->subspines;
    size_t capacity = r->subspine_capacity;
    if (!count) { /* all spines have ended; another table may follow */
        double end_quarters = r->now_quarters;
        for (size_t i = 0; i < r->subspine_count; i++)
            if (row[i].end_quarters > end_quarters) end_quarters = row[i].end_quarters;
        r->now_quarters = end_quarters;
        r->started = false;
    }
    r->subspines = r->spare;
    r->subspine_capacity = r->spare_capacity;
    r->subspine_count = count;
    r->spare = row;
    r->spare_capacity = capacity;
    return NEUME_OK;
}

/* --- lines -------------------------------------------------------------------------------------------------------- */

static neume_status read_interpretations(reader *r) {
    bool paths = false;
    for (size_t i = 0; i < r->field_count; i++) {
        neume__kern_text field = r->fields[i];
        static const char *const path_words[] = {"*^", "*v", "*-", "*+", "*x"};
        for (size_t w = 0; w < sizeof path_words / sizeof *path_words; w++)
            paths = paths || neume__kern_equals(field, path_words[w]);
        if (r->subspines[i].spine < 0) continue;
        if (neume__kern_starts(field, "*MM")) {
            neume__kern_text number = {field.at + 3, field.size - 3};
            NEUME_TRY(neume__written_add_tempo(&r->written, next_quarters(r), neume__kern_number(number)));
        } else if (neume__kern_starts(field, "*I")) {
            neume__kern_instrument_read(&r->spines[r->subspines[i].spine].instrument, field);
        }
    }
    return paths ? follow_paths(r) : NEUME_OK;
}

static neume__written_note make_note(const reader *r, int spine, int pitch, double onset, double end) {
    const neume__kern_instrument *instrument = &r->spines[spine].instrument;
    int program = neume__kern_instrument_program(instrument);
    if (program == NEUME_PROGRAM_DRUMS && instrument->drum_key >= 0) pitch = instrument->drum_key;
    return (neume__written_note){.onset_quarters = onset,
                                 .end_quarters = end,
                                 .pitch = (int16_t)pitch,
                                 .velocity = VELOCITY,
                                 .program = (int16_t)program,
                                 .part = (int16_t)spine};
}

static neume_status add_note(reader *r, int spine, const neume__kern_note *token, double quarters) {
    size_t *tied = &r->spines[spine].tied[token->pitch], held = *tied;
    double onset = r->now_quarters, end = onset + quarters;
    if (end > NEUME__WRITTEN_LIMIT_QUARTERS)
        return neume_fail(NEUME_ELIMIT, "line %ld: the score is too long", r->line);
    if ((token->tie == '_' || token->tie == ']') && held != NO_NOTE &&
        fabs(r->written.notes[held].end_quarters - onset) < NEUME__SAME_TIME) {
        r->written.notes[held].end_quarters = end;
    } else {
        NEUME_TRY(neume__written_add(&r->written, make_note(r, spine, token->pitch, onset, end)));
        held = r->written.count - 1;
    }
    if (token->tie) *tied = token->tie == ']' ? NO_NOTE : held;
    return NEUME_OK;
}

static neume_status add_grace(reader *r, subspine *here, const neume__kern_note *token, bool chord) {
    double onset = next_quarters(r);
    return neume__written_add_grace(&r->written, &here->graces, chord,
                                    make_note(r, here->spine, token->pitch, onset, onset));
}

/* One field: a note, a rest or a chord; notes of a chord without a duration last as long as the first. */
static neume_status read_token(reader *r, subspine *here, neume__kern_text field) {
    neume__kern_text piece;
    double quarters = -1, longest = -1;
    bool chord = false;
    while (neume__kern_cut(&field, ' ', &piece)) {
        neume__kern_note token = neume__kern_note_parse(piece);
        if (token.grace) {
            if (token.pitch >= 0) NEUME_TRY(add_grace(r, here, &token, chord));
            chord = true;
            continue;
        }
        if (token.quarters >= 0) quarters = token.quarters;
        if (quarters <= 0) continue;
        if (longest < 0) neume__written_place_graces(&r->written, &here->graces, r->now_quarters);
        if (quarters > longest) longest = quarters;
        if (token.pitch >= 0) NEUME_TRY(add_note(r, here->spine, &token, quarters));
    }
    if (longest > 0) here->end_quarters = r->now_quarters + longest;
    return NEUME_OK;
}

static bool takes_time(neume__kern_text field) {
    neume__kern_text piece;
    while (neume__kern_cut(&field, ' ', &piece)) {
        neume__kern_note token = neume__kern_note_parse(piece);
        if (!token.grace && token.quarters > 0) return true;
    }
    return false;
}

static neume_status read_data(reader *r) {
    bool timed = false;
    for (size_t i = 0; i < r->field_count && !timed; i++)
        timed = r->subspines[i].spine >= 0 && !neume__kern_equals(r->fields[i], ".") && takes_time(r->fields[i]);
    if (timed) {
        r->now_quarters = next_quarters(r);
        r->started = true;
    }
    for (size_t i = 0; i < r->field_count; i++)
        if (r->subspines[i].spine >= 0 && !neume__kern_equals(r->fields[i], "."))
            NEUME_TRY(read_token(r, &r->subspines[i], r->fields[i]));
    return NEUME_OK;
}

static neume_status read_line(reader *r, neume__kern_text line) {
    neume__kern_text field;
    if (!line.size || line.at[0] == '!') return NEUME_OK;
    r->field_count = 0;
    for (neume__kern_text rest = line; neume__kern_cut(&rest, '\t', &field);) {
        NEUME_TRY(neume__grow((void **)&r->fields, &r->field_capacity, r->field_count + 1, sizeof *r->fields));
        r->fields[r->field_count++] = field;
    }
    for (size_t i = 0; i < r->field_count && line.at[0] == '*'; i++)
        if (neume__kern_starts(r->fields[i], "**")) return read_exclusive(r);
    if (!r->subspine_count) return neume_fail(NEUME_EFORMAT, "line %ld comes before any spine such as **kern", r->line);
    if (r->field_count != r->subspine_count)
        return neume_fail(NEUME_EFORMAT, "line %ld has %zu fields for %zu spines", r->line, r->field_count,
                          r->subspine_count);
    if (line.at[0] == '*') return read_interpretations(r);
    return line.at[0] == '=' ? NEUME_OK : read_data(r);
}

neume_status neume_kern_read_notes(const char *text, size_t count, neume_notes *out) {
    reader r = {0};
    neume__kern_text rest = {text, count}, line;
    neume_status status = NEUME_OK;
    if (!text && count) return neume_fail(NEUME_EINVAL, "no text");
    if (neume__kern_starts(rest, "\xEF\xBB\xBF")) rest.at += 3, rest.size -= 3; /* UTF-8's byte order mark */
    while (neume__kern_cut(&rest, '\n', &line)) {
        r.line++;
        while (line.size && line.at[line.size - 1] == '\r') line.size--;
        NEUME_GO(read_line(&r, line));
    }
    if (!r.spine_count) NEUME_GO(neume_fail(NEUME_EFORMAT, "not a Humdrum file with **kern spines"));
    NEUME_GO(neume__written_finish(&r.written, out));
fail:
    reader_clear(&r);
    return status;
}
