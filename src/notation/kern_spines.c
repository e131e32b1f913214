/* The spines of a Humdrum file: a spine may split (*^), join (*v), be exchanged (*x), begin (*+) and end (*-). A **kern
 * spine is a staff, spines of one *part are one part. */
#include "kern_read.h"

enum { COLUMNS_LIMIT = 1024, SPINES_LIMIT = 256 };

int64_t neume__kern_next_time(const neume__kern_reader *r) {
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < r->column_count; i++)
        if (r->columns[i].spine >= 0 && r->columns[i].end > r->now && r->columns[i].end < next)
            next = r->columns[i].end;
    return r->started && next < INT64_MAX ? next : r->now;
}

/* --- parts -------------------------------------------------------------------------------------------------------- */

static neume_status add_part(neume__kern_reader *r, int *part) {
    neume__gather_part *added;
    NEUME_TRY(neume__gather_add_part(&r->gather, &added));
    *part = (int)r->gather.part_count - 1;
    return neume__gather_reach(&r->gather, *part, r->measure, 0);
}

/* Parts for the spines that have none, from the right: neighbours with the same *part share one. */
neume_status neume__kern_make_parts(neume__kern_reader *r) {
    const neume__kern_spine *right = NULL;
    for (size_t i = r->spine_count; i-- > 0;) {
        neume__kern_spine *s = &r->spines[i];
        if (s->part >= 0) continue;
        bool joins = right && right->part_said > 0 && right->part_said == s->part_said &&
                     right->staff + 1 < NEUME__GATHER_STAVES;
        s->staff = joins ? right->staff + 1 : 0;
        s->part = joins ? right->part : -1;
        if (!joins) NEUME_TRY(add_part(r, &s->part));
        r->gather.parts[s->part].staves = s->staff + 1;
        right = s;
    }
    return NEUME_OK;
}

static neume_status add_spine(neume__kern_reader *r, int *index) {
    if (r->spine_count >= SPINES_LIMIT) return neume_fail(NEUME_ELIMIT, "more than %d **kern spines", SPINES_LIMIT);
    NEUME_TRY(neume__grow((void **)&r->spines, &r->spine_capacity, r->spine_count + 1, sizeof *r->spines));
    r->spines[r->spine_count] = (neume__kern_spine){.instrument = {-1, -1, -1, -1}, .part = -1, .program = -1};
    *index = (int)r->spine_count++;
    return NEUME_OK;
}

neume_status neume__kern_read_exclusive(neume__kern_reader *r) {
    if (!r->column_count) {
        if (r->field_count > COLUMNS_LIMIT) return neume_fail(NEUME_ELIMIT, "more than %d spines", COLUMNS_LIMIT);
        NEUME_TRY(neume__grow((void **)&r->columns, &r->column_capacity, r->field_count, sizeof *r->columns));
        for (size_t i = 0; i < r->field_count; i++)
            r->columns[i] = (neume__kern_column){NEUME__KERN_SPINE_OTHER, r->now};
        r->column_count = r->field_count;
    }
    if (r->field_count != r->column_count)
        return neume_fail(NEUME_EFORMAT, "line %ld has %zu fields for %zu spines", r->line, r->field_count,
                          r->column_count);
    for (size_t i = 0; i < r->field_count; i++) {
        if (!neume__kern_starts(r->fields[i], "**")) continue;
        int *spine = &r->columns[i].spine;
        *spine = neume__kern_equals(r->fields[i], "**text")    ? NEUME__KERN_SPINE_TEXT
                 : neume__kern_equals(r->fields[i], "**dynam") ? NEUME__KERN_SPINE_DYNAM
                                                               : NEUME__KERN_SPINE_OTHER;
        const bool kern = neume__kern_equals(r->fields[i], "**kern");
        if (kern) NEUME_TRY(add_spine(r, spine));
        if (!kern && *spine == NEUME__KERN_SPINE_OTHER)
            neume__fault_add(&r->gather.faults, r->gather.place, "%.*s spines are left out",
                             (int)(r->fields[i].size < 40 ? r->fields[i].size : 40), r->fields[i].at);
    }
    return NEUME_OK;
}

static neume_status push_column(neume__kern_reader *r, neume__kern_column added) {
    if (r->spare_count >= COLUMNS_LIMIT)
        return neume_fail(NEUME_ELIMIT, "line %ld: more than %d spines", r->line, COLUMNS_LIMIT);
    NEUME_TRY(neume__grow((void **)&r->spare, &r->spare_capacity, r->spare_count + 1, sizeof *r->spare));
    r->spare[r->spare_count++] = added;
    return NEUME_OK;
}

static neume_status follow_path(neume__kern_reader *r, size_t i) {
    neume__kern_text path = r->fields[i];
    const neume__kern_column here = r->columns[i];
    if (neume__kern_equals(path, "*-")) return NEUME_OK;
    bool joins = i && neume__kern_equals(path, "*v") && neume__kern_equals(r->fields[i - 1], "*v") &&
                 r->columns[i - 1].spine == here.spine && r->spare_count;
    if (joins) {
        neume__kern_column *left = &r->spare[r->spare_count - 1];
        if (here.end > left->end) left->end = here.end;
        return NEUME_OK;
    }
    NEUME_TRY(push_column(r, here));
    if (neume__kern_equals(path, "*^")) return push_column(r, here);
    return neume__kern_equals(path, "*+") ? push_column(r, (neume__kern_column){NEUME__KERN_SPINE_OTHER, r->now})
                                          : NEUME_OK;
}

neume_status neume__kern_follow_paths(neume__kern_reader *r) {
    r->spare_count = 0;
    for (size_t i = 0; i + 1 < r->field_count; i++) {
        if (!neume__kern_equals(r->fields[i], "*x") || !neume__kern_equals(r->fields[i + 1], "*x")) continue;
        neume__kern_column left = r->columns[i];
        r->columns[i] = r->columns[i + 1];
        r->columns[i + 1] = left;
        i++;
    }
    int64_t end = r->now;
    for (size_t i = 0; i < r->field_count; i++) {
        if (r->columns[i].end > end) end = r->columns[i].end;
        NEUME_TRY(follow_path(r, i));
    }
    if (!r->spare_count) r->now = end, r->started = false; /* all have ended; another table may follow */
    neume__kern_column *row = r->columns;
    size_t capacity = r->column_capacity;
    r->columns = r->spare, r->column_capacity = r->spare_capacity, r->column_count = r->spare_count;
    r->spare = row, r->spare_capacity = capacity;
    return NEUME_OK;
}
