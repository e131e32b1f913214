/* Humdrum **kern as written music.
 *
 * A Humdrum file is a table: columns are spines, lines are moments. Time is not written: a data line happens when the
 * first of the notes that still sound comes to its end. So the clock is one number, `now`, and each column knows when
 * its last note ends. The rightmost spine stands highest on the page; the pieces of a split spine are voices of its
 * staff. Bar lines stand across all spines. **text and **dynam belong to the **kern spine left of them. Left out:
 * endings and the order of sections (*>), ossias and other spines. Source: D. Huron, The Humdrum Toolkit: Reference
 * Manual; verovio's and humlib's habits where files go beyond it. */
#include "kern_read.h"

#include <string.h>

#include "neume/notation.h"

/* --- lines -------------------------------------------------------------------------------------------------------- */

/* !!!OMD: how it is to go, "Allegro"; of several at the head the last. */
static neume_status read_movement(neume__kern_reader *r, neume__kern_text line) {
    const neume__kern_text text = neume__kern_trim((neume__kern_text){line.at + 7, line.size - 7});
    if (r->measure || r->started || !text.size || text.size > NEUME__KERN_TEXT_MOST) return NEUME_OK;
    return neume_score_string(r->gather.score, text.at, text.size, &r->gather.score->tempo.text);
}

/* !!!COM: composer, !!!OTL: title */
static neume_status read_reference(neume__kern_reader *r, neume__kern_text line) {
    if (neume__kern_starts(line, "!!!OMD:")) return read_movement(r, line);
    bool title = neume__kern_starts(line, "!!!OTL:"), composer = neume__kern_starts(line, "!!!COM:");
    if (!title && !composer) return NEUME_OK;
    const neume__kern_text text = neume__kern_trim((neume__kern_text){line.at + 7, line.size - 7});
    if (!text.size || text.size > 4 * NEUME__KERN_TEXT_MOST) return NEUME_OK;
    NEUME_TRY(neume_score_add_field(r->gather.score, title ? 'T' : 'C', text.at, text.size));
    neume_score *score = r->gather.score;
    neume_score_field added = score->fields[score->field_count - 1];
    if (title) { /* titles first */
        memmove(score->fields + 1, score->fields, (score->field_count - 1) * sizeof added);
        score->fields[0] = added;
    }
    return NEUME_OK;
}

static neume_status read_line(neume__kern_reader *r, neume__kern_text line) {
    neume__kern_text field;
    if (!line.size) return NEUME_OK;
    if (line.at[0] == '!') return read_reference(r, line);
    r->field_count = 0;
    for (neume__kern_text rest = line; neume__kern_cut(&rest, '\t', &field);) {
        NEUME_TRY(neume__grow((void **)&r->fields, &r->field_capacity, r->field_count + 1, sizeof *r->fields));
        r->fields[r->field_count++] = field;
    }
    for (size_t i = 0; i < r->field_count && line.at[0] == '*'; i++)
        if (neume__kern_starts(r->fields[i], "**")) return neume__kern_read_exclusive(r);
    if (!r->column_count) return neume_fail(NEUME_EFORMAT, "line %ld comes before any spine such as **kern", r->line);
    if (r->field_count != r->column_count)
        return neume_fail(NEUME_EFORMAT, "line %ld has %zu fields for %zu spines", r->line, r->field_count,
                          r->column_count);
    if (line.at[0] == '*') return neume__kern_read_interpretations(r);
    return line.at[0] == '=' ? neume__kern_read_bar(r) : neume__kern_read_data(r);
}

/* --- the end ------------------------------------------------------------------------------------------------------ */

static bool same_metre(neume_metre a, neume_metre b) {
    return a.beats == b.beats && a.unit == b.unit && a.sign == b.sign;
}

/* The first key, metre and tempo are the score's; other parts keep theirs where it differs. */
static void lift_head(neume__kern_reader *r) {
    neume_score *score = r->gather.score;
    for (size_t p = 0; p < r->gather.part_count; p++) {
        neume__gather_part *part = &r->gather.parts[p];
        size_t kept = 0;
        for (size_t i = 0; i < part->sign_count; i++) {
            const neume__gather_sign *s = &part->signs[i];
            bool first = s->measure == 0 && s->at <= 0, lifted = false;
            if (first && p == 0) {
                if (s->kind == NEUME_ITEM_KEY) score->key = s->key, lifted = true;
                if (s->kind == NEUME_ITEM_METRE) score->metre = s->metre, lifted = true;
                if (s->kind == NEUME_ITEM_TEMPO)
                    score->tempo.beat = s->tempo.beat, score->tempo.per_minute = s->tempo.per_minute, lifted = true;
            } else if (first) {
                lifted = (s->kind == NEUME_ITEM_KEY && memcmp(&s->key, &score->key, sizeof s->key) == 0) ||
                         (s->kind == NEUME_ITEM_METRE && same_metre(s->metre, score->metre));
            }
            if (!lifted) part->signs[kept++] = *s;
        }
        part->sign_count = kept;
    }
}

neume_status neume_kern_read(const char *text, size_t count, neume_report *report, neume_score **out) {
    neume__kern_reader r = {0};
    neume_score *score = NULL;
    neume__kern_text rest = {text, count}, line;
    neume_status status = NEUME_OK;
    if (!text && count) return neume_fail(NEUME_EINVAL, "no text");
    NEUME_GO(neume__gather_begin(&r.gather));
    if (neume__kern_starts(rest, "\xEF\xBB\xBF")) rest.at += 3, rest.size -= 3; /* UTF-8's byte order mark */
    while (neume__kern_cut(&rest, '\n', &line)) {
        r.gather.place = (neume__place){.line = ++r.line, .measure = r.measure + 1};
        while (line.size && line.at[line.size - 1] == '\r') line.size--;
        NEUME_GO(read_line(&r, line));
    }
    if (!r.spine_count) NEUME_GO(neume_fail(NEUME_EFORMAT, "not a Humdrum file with **kern spines"));
    NEUME_GO(neume__kern_make_parts(&r));
    lift_head(&r);
    NEUME_GO(neume__gather_finish(&r.gather, NULL, 0, &score));
    NEUME_GO(neume__faults_tell(&r.gather.faults, report));
    *out = score;
    score = NULL;
fail:
    neume_score_free(score);
    neume__gather_clear(&r.gather);
    neume__free(r.spines);
    neume__free(r.columns);
    neume__free(r.spare);
    neume__free(r.fields);
    return status;
}
