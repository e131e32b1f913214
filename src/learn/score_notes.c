/* How well transcribed notes agree with the truth.
 *
 * A true note and an estimated one fit when their pitch is equal and their onsets (ends, families) lie close; each may
 * be matched once, so the hits are a maximum matching of a bipartite graph, and F1 = 2 hits / (truth + estimate). Both
 * sets are sorted by pitch and onset, so the candidates of a true note are a short run of the estimate; the graph is
 * never stored. Hopcroft & Karp (1973): phases of a breadth-first search for the length of the shortest augmenting
 * paths, then a depth-first search for many of them at once; here with a stack of its own, since dense music makes long
 * chains. Definitions: mir_eval.transcription (Raffel et al., ISMIR 2014). */
#include "neume/learn.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double ROUNDING_S = 1e-9; /* 50 ms means 50 ms, whatever binary fractions make of it */
static const double WINDOW_S = 0.11;   /* wider than any tolerance below */
static const double NEAR_S = 0.05;     /* onset, and the least tolerance of an end */
static const double NEAR_SOFT_S = 0.1; /* onsets of bowed, blown and sung notes */
static const double END_SHARE = 0.2;   /* of the true duration */
static const double UNISON_S = 0.02;   /* one pitch struck twice within this is one note */
static const double FRAME_S = 0.01;

enum { UNMATCHED = -1, UNREACHED = -1 };

typedef bool fits_fn(const neume_note *truth, const neume_note *estimate);

static bool onset_within(const neume_note *t, const neume_note *e, double tolerance_s) {
    return fabs(t->onset_s - e->onset_s) <= tolerance_s + ROUNDING_S;
}

static bool fits_onset(const neume_note *t, const neume_note *e) {
    return onset_within(t, e, NEAR_S);
}

static bool fits_soft_onset(const neume_note *t, const neume_note *e) {
    return onset_within(t, e, NEAR_SOFT_S);
}

static bool fits_offset(const neume_note *t, const neume_note *e) {
    double tolerance_s = fmax(NEAR_S, END_SHARE * (t->offset_s - t->onset_s));
    return fits_onset(t, e) && fabs(t->offset_s - e->offset_s) <= tolerance_s + ROUNDING_S;
}

static bool fits_family(const neume_note *t, const neume_note *e) {
    return fits_onset(t, e) && neume_program_family(t->program) == neume_program_family(e->program);
}

/* --- the sets of notes -------------------------------------------------------------------------------------------- */

static int by_pitch_and_time(const void *left, const void *right) {
    const neume_note *a = left, *b = right;
    if (a->pitch != b->pitch) return a->pitch - b->pitch;
    if (a->onset_s != b->onset_s) return a->onset_s < b->onset_s ? -1 : 1;
    if (a->offset_s != b->offset_s) return a->offset_s < b->offset_s ? -1 : 1;
    if (a->velocity != b->velocity) return a->velocity - b->velocity;
    return a->program - b->program;
}

/* Makes one note of the notes that start within UNISON_S of its start; it is as long as the longest. */
static void merge_unisons(neume_notes *notes) {
    size_t kept = 0;
    for (size_t i = 0; i < notes->count; i++) {
        const neume_note *note = &notes->items[i];
        neume_note *last = kept ? &notes->items[kept - 1] : NULL;
        if (last && last->pitch == note->pitch && note->onset_s - last->onset_s < UNISON_S)
            last->offset_s = fmax(last->offset_s, note->offset_s);
        else
            notes->items[kept++] = *note;
    }
    notes->count = kept;
}

/* Copies the drums, or the pitched notes with unisons merged, by pitch and onset. @p out must be cleared in any case.
 */
static neume_status take_notes(const neume_notes *all, bool drums, neume_notes *out) {
    for (size_t i = 0; i < all->count; i++) {
        const neume_note *note = &all->items[i];
        if (!isfinite(note->onset_s) || !isfinite(note->offset_s))
            return neume_fail(NEUME_EINVAL, "note %zu lasts from %g to %g s", i + 1, note->onset_s, note->offset_s);
        bool wanted = drums ? note->program == NEUME_PROGRAM_DRUMS : note->program < NEUME_PROGRAM_EFFECTS;
        if (wanted) NEUME_TRY(neume_notes_add(out, *note));
    }
    if (out->count) qsort(out->items, out->count, sizeof *out->items, by_pitch_and_time);
    if (!drums) merge_unisons(out);
    return NEUME_OK;
}

/* --- maximum matching --------------------------------------------------------------------------------------------- */

typedef struct matcher {
    const neume_notes *truth, *estimate;
    fits_fn *fits;
    int64_t *first, *beyond; /* (truth) the run of estimated notes worth a look */
    int64_t *left;           /* (truth) the estimated note matched */
    int64_t *right;          /* (estimate) the true note matched */
    int64_t *depth;          /* (truth) steps from an unmatched note */
    int64_t *next;           /* (truth) the candidate to try next in this phase */
    int64_t *path;           /* (truth) queue, then stack */
    int64_t *memory;
} matcher;

static neume_status matcher_init(matcher *m, const neume_notes *truth, const neume_notes *estimate) {
    size_t t = truth->count, e = estimate->count;
    int64_t *at = neume__calloc(6 * t + e, sizeof *at);
    if (!at) return NEUME_ENOMEM;
    *m = (matcher){truth, estimate, NULL, at, at + t, at + 2 * t, at + 6 * t, at + 3 * t, at + 4 * t, at + 5 * t, at};
    size_t first = 0, beyond = 0;
    for (size_t i = 0; i < t; i++) {
        const neume_note *note = &truth->items[i], *other = estimate->items;
        while (first < e && (other[first].pitch < note->pitch ||
                             (other[first].pitch == note->pitch && other[first].onset_s < note->onset_s - WINDOW_S)))
            first++;
        if (beyond < first) beyond = first;
        while (beyond < e && other[beyond].pitch == note->pitch && other[beyond].onset_s <= note->onset_s + WINDOW_S)
            beyond++;
        m->first[i] = (int64_t)first;
        m->beyond[i] = (int64_t)beyond;
    }
    return NEUME_OK;
}

static bool fits(const matcher *m, int64_t t, int64_t e) {
    return m->fits(&m->truth->items[t], &m->estimate->items[e]);
}

/* Breadth first from all unmatched true notes. @return whether an unmatched estimated note can be reached */
static bool measure_depths(matcher *m) {
    size_t head = 0, tail = 0;
    bool reached = false;
    for (size_t t = 0; t < m->truth->count; t++) {
        m->depth[t] = m->left[t] == UNMATCHED ? 0 : UNREACHED;
        m->next[t] = m->first[t];
        if (m->left[t] == UNMATCHED) m->path[tail++] = (int64_t)t;
    }
    while (head < tail) {
        int64_t t = m->path[head++];
        for (int64_t e = m->first[t]; e < m->beyond[t]; e++) {
            if (!fits(m, t, e)) continue;
            int64_t owner = m->right[e];
            if (owner == UNMATCHED)
                reached = true;
            else if (m->depth[owner] == UNREACHED) {
                m->depth[owner] = m->depth[t] + 1;
                m->path[tail++] = owner;
            }
        }
    }
    return reached;
}

/* Depth first from an unmatched true note, along growing depths; matches along the path found. */
static bool augment(matcher *m, int64_t root) {
    size_t length = 1;
    m->path[0] = root;
    while (length) {
        int64_t t = m->path[length - 1], e = m->next[t];
        if (e >= m->beyond[t]) { /* a dead end for this phase */
            m->depth[t] = UNREACHED;
            if (--length) m->next[m->path[length - 1]]++;
            continue;
        }
        int64_t owner = m->right[e];
        if (!fits(m, t, e) || (owner != UNMATCHED && m->depth[owner] != m->depth[t] + 1))
            m->next[t]++;
        else if (owner != UNMATCHED)
            m->path[length++] = owner;
        else {
            while (length) {
                t = m->path[--length];
                m->left[t] = m->next[t];
                m->right[m->next[t]] = t;
            }
            return true;
        }
    }
    return false;
}

static double f1(int64_t hits, size_t truth, size_t estimate) {
    return truth + estimate ? 2.0 * (double)hits / (double)(truth + estimate) : 1;
}

static double matched_f1(matcher *m, fits_fn *rule) {
    int64_t hits = 0;
    m->fits = rule;
    for (size_t t = 0; t < m->truth->count; t++) m->left[t] = UNMATCHED;
    for (size_t e = 0; e < m->estimate->count; e++) m->right[e] = UNMATCHED;
    while (measure_depths(m))
        for (size_t t = 0; t < m->truth->count; t++)
            if (m->left[t] == UNMATCHED && augment(m, (int64_t)t)) hits++;
    return f1(hits, m->truth->count, m->estimate->count);
}

/* --- frames ------------------------------------------------------------------------------------------------------- */

/* Frames in which something sounds, from .. to - 1; pitches one above the other in one long row of frames. */
typedef struct frame_run {
    int64_t from, to;
} frame_run;

/* Takes the next run of frames, notes that overlap joined; false at the end. */
static bool next_run(const neume_notes *notes, size_t *at, frame_run *out) {
    static const double longest_frames = 1099511627776.0; /* 2^40: a row per pitch */
    frame_run run = {0, 0};
    for (; *at < notes->count; ++*at) {
        const neume_note *note = &notes->items[*at];
        double limit = longest_frames / 2 - 1, from = note->onset_s / FRAME_S + 1, to = note->offset_s / FRAME_S;
        int64_t row = note->pitch * (int64_t)longest_frames;
        frame_run next = {row + (int64_t)fmin(fmax(from, -limit), limit),
                          row + (int64_t)fmin(fmax(to, -limit), limit) + 1};
        if (next.from >= next.to) continue;
        if (run.to > run.from && next.from > run.to) break;
        if (run.to == run.from)
            run = next;
        else if (next.to > run.to)
            run.to = next.to;
    }
    *out = run;
    return run.to > run.from;
}

static double frame_f1(const neume_notes *truth, const neume_notes *estimate) {
    size_t t = 0, e = 0;
    int64_t frames_t = 0, frames_e = 0, both = 0;
    frame_run a, b;
    bool more_t = next_run(truth, &t, &a), more_e = next_run(estimate, &e, &b);
    while (more_t || more_e) {
        if (more_t && more_e) {
            int64_t from = a.from > b.from ? a.from : b.from, to = a.to < b.to ? a.to : b.to;
            if (to > from) both += to - from;
        }
        if (more_t && (!more_e || a.to <= b.to)) {
            frames_t += a.to - a.from;
            more_t = next_run(truth, &t, &a);
        } else {
            frames_e += b.to - b.from;
            more_e = next_run(estimate, &e, &b);
        }
    }
    return f1(both, (size_t)frames_t, (size_t)frames_e);
}

/* ------------------------------------------------------------------------------------------------------------------ */

static neume_status score_pitched(const neume_notes *truth, const neume_notes *estimate, neume_note_scores *scores) {
    neume_notes t = {0}, e = {0};
    matcher m = {0};
    neume_status status = NEUME_OK;
    NEUME_GO(take_notes(truth, false, &t));
    NEUME_GO(take_notes(estimate, false, &e));
    NEUME_GO(matcher_init(&m, &t, &e));
    scores->truth = (int64_t)t.count;
    scores->estimated = (int64_t)e.count;
    scores->onset = matched_f1(&m, fits_onset);
    scores->onset100 = matched_f1(&m, fits_soft_onset);
    scores->offset = matched_f1(&m, fits_offset);
    scores->multi = matched_f1(&m, fits_family);
    scores->frame = frame_f1(&t, &e);
fail:
    neume__free(m.memory);
    neume_notes_clear(&t);
    neume_notes_clear(&e);
    return status;
}

static neume_status score_drums(const neume_notes *truth, const neume_notes *estimate, neume_note_scores *scores) {
    neume_notes t = {0}, e = {0};
    matcher m = {0};
    neume_status status = NEUME_OK;
    NEUME_GO(take_notes(truth, true, &t));
    NEUME_GO(take_notes(estimate, true, &e));
    NEUME_GO(matcher_init(&m, &t, &e));
    scores->drums = t.count ? matched_f1(&m, fits_onset) : -1;
fail:
    neume__free(m.memory);
    neume_notes_clear(&t);
    neume_notes_clear(&e);
    return status;
}

neume_status neume_score_notes(const neume_notes *truth, const neume_notes *estimate, neume_note_scores *out) {
    neume_note_scores scores = {0};
    NEUME_TRY(score_pitched(truth, estimate, &scores));
    NEUME_TRY(score_drums(truth, estimate, &scores));
    *out = scores;
    return NEUME_OK;
}

neume_status neume_judge_notes(const neume_notes *truth, const neume_notes *estimate, bool drums,
                               neume_note_visit *visit, void *context) {
    neume_notes t = {0}, e = {0};
    matcher m = {0};
    neume_status status = NEUME_OK;
    NEUME_GO(take_notes(truth, drums, &t));
    NEUME_GO(take_notes(estimate, drums, &e));
    NEUME_GO(matcher_init(&m, &t, &e));
    matched_f1(&m, fits_onset);
    for (size_t i = 0; i < e.count; i++) visit(context, &e.items[i], m.right[i] != UNMATCHED);
fail:
    neume__free(m.memory);
    neume_notes_clear(&t);
    neume_notes_clear(&e);
    return status;
}
