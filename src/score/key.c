/* Keys: which of 24 a piece is in, and where it moves to another.
 *
 * Every measure votes for every key: what its pitch classes, counted from the key's tonic, are worth by a profile.
 * Where Krumhansl, Temperley and Albrecht & Shanahan asked listeners or counted notes, the profiles here are fitted: a
 * softmax over the 24 keys, weights shared by all transpositions (so transposing a piece transposes its key), on the
 * signatures of 900 organ books and manuscripts (kern), 3,040 folk tunes (ABC) and 231 pop songs (POP909). Presence,
 * length and bass have a profile each, and so have the beginning and the last bass note.
 *
 * The path of keys with the most votes, less a price for every change, is found by dynamic programming (Temperley
 * 1999). Keys with the same signature are then one: a signature is printed anew only for a change that lasts. */
#include "key.h"
#include "pitch_class.h"

#include <math.h>

enum { KEYS = 24, OPENING_MEASURES = 4 }; /* keys 0 .. 11 major, 12 .. 23 minor, by tonic */

enum { PRESENCE, LENGTH, BASS, OPENING, ENDING, VIEWS };
/* [view][major, minor][pitch class above the tonic] */
static const double PROFILES[VIEWS][2][PITCH_CLASSES] = {
    {{3.25, -1.99, 1.07, -4.48, 5.92, 4.54, -7.59, 2.44, -3.00, 2.57, -9.44,
      4.38}, /* which pitch classes sound in a measure */
     {1.54, -4.38, 5.58, 7.40, -2.45, 4.06, -1.99, 0.97, 2.94, -9.12, -1.25, -0.95}},
    {{5.90, -1.92, 3.54, -3.85, 1.57, 1.20, -5.87, 4.07, -1.96, 0.84, -6.19, 0.36}, /* for how long */
     {9.83, -3.04, -0.50, 1.33, -2.32, 2.04, -2.02, 3.79, 0.17, -6.33, 0.12, -0.75}},
    {{4.24, -1.59, 3.69, -3.82, 1.25, 1.58, -6.09, 4.69, -1.67, -0.11, -6.79, 2.29}, /* under what is above them */
     {3.03, -3.15, 1.36, 0.41, -1.92, 3.11, -1.28, 5.22, 1.31, -6.72, 3.16, -2.20}},
    {{5.59, -2.41, 3.13, -5.39, 4.21, 1.74, -5.45, 6.26, -4.81, 3.00, -6.86,
      -1.74}, /* for how long, in the first four measures */
     {3.88, -2.24, 1.72, 2.28, -2.53, 3.14, -1.58, 3.46, -0.65, -6.18, 1.66, -0.22}},
    {{0.59, -1.04, 0.62, -0.31, -0.09, -0.51, -0.52, 0.46, 0.67, -0.28, -1.90, -0.02}, /* the last bass note */
     {1.06, -0.42, 0.54, -0.65, -0.26, 0.74, -0.11, 0.41, -0.98, 1.30, 0.28, 0.43}},
};

/* A measure more is worth less than a first one: neighbours say the same. Votes of so many count as one independent. */
static const double MEASURES_A_VOTE = 32;
/* In votes; tuned on the kern scores' changes of signature. */
static const double CHANGE_PRICES[7] = {2, 8, 8, 4, 4, 4, 4}; /* by distance() */
static const double AWAY_PRICE = 0.75;
/* Of a change of key that is heard but not printed, as a share of those. */
static const double LOCAL_PRICE = 0.25;
enum { SHORTEST_MEASURES = 8 };

typedef struct view {
    double share[VIEWS][PITCH_CLASSES]; /* each adds up to 1, or to 0 when nothing sounds */
    double votes[KEYS];
    double reached[KEYS]; /* the best path that ends here in this key */
    int16_t from[KEYS];   /* and the key before */
} view;

typedef struct span {
    size_t first, end; /* measures */
    int key;
} span;

/* What sounds in one measure; notes from *next on, which is moved to the next measure's first. */
static void see_measure(const neume__draft *draft, size_t measure, size_t *next, view *out) {
    static const double SHORTEST = (double)NEUME_WHOLE / 64; /* so long does a grace note count */
    int64_t end = measure + 1 < draft->measure_count ? draft->measures[measure + 1].at : INT64_MAX;
    int64_t last_at = -1;
    for (; *next < draft->note_count && draft->notes[*next].at < end; ++*next) {
        const neume__placed *note = &draft->notes[*next];
        if (is_drum(draft, note)) continue;
        int c = note->number % PITCH_CLASSES;
        out->share[LENGTH][c] += fmax((double)note->ticks, SHORTEST);
        out->share[PRESENCE][c] = 1;
        if (note->at != last_at) out->share[BASS][c] += 1;
        last_at = note->at;
    }
    for (int v = 0; v < OPENING; v++) scale_to_one(out->share[v]);
    if (measure < OPENING_MEASURES)
        for (int c = 0; c < PITCH_CLASSES; c++) out->share[OPENING][c] = out->share[LENGTH][c] / OPENING_MEASURES;
}

/* The lowest note that sounds when the last one begins, -1 when there is none. */
static int last_bass(const neume__draft *draft) {
    int lowest = -1;
    int64_t last_at = -1;
    for (size_t i = draft->note_count; i-- > 0;) {
        const neume__placed *note = &draft->notes[i];
        if (is_drum(draft, note)) continue;
        if (last_at < 0) last_at = note->at;
        if (last_at - note->at > NEUME_WHOLE) break;
        bool sounds = note->at == last_at || note->at + note->ticks > last_at;
        if (sounds && (lowest < 0 || note->number < lowest)) lowest = note->number;
    }
    return lowest;
}

static double vote(const view *see, int v, int key) {
    double sum = 0;
    for (int c = 0; c < PITCH_CLASSES; c++)
        sum += PROFILES[v][key / PITCH_CLASSES][c] * see->share[v][(c + key) % PITCH_CLASSES];
    return sum;
}

/* @return how many measures have pitched notes */
static size_t see_all(const neume__draft *draft, view *views) {
    size_t next = 0, sounding = 0;
    int bass = last_bass(draft);
    for (size_t m = 0; m < draft->measure_count; m++) {
        see_measure(draft, m, &next, &views[m]);
        double any = 0;
        for (int c = 0; c < PITCH_CLASSES; c++) any += views[m].share[PRESENCE][c];
        sounding += any > 0;
    }
    if (sounding) views[draft->measure_count - 1].share[ENDING][bass % PITCH_CLASSES] = 1;
    double weight = 1 / fmin((double)(sounding ? sounding : 1), MEASURES_A_VOTE);
    for (size_t m = 0; m < draft->measure_count; m++)
        for (int k = 0; k < KEYS; k++)
            for (int v = 0; v < VIEWS; v++) views[m].votes[k] += (v < OPENING ? weight : 1) * vote(&views[m], v, k);
    return sounding;
}

/* The pitch class of the major key with the same signature. */
static int signature(int key) {
    return key < PITCH_CLASSES ? key : (key + 3) % PITCH_CLASSES;
}

/* How many sharps or flats two signatures differ by, the short way round: 0 .. 6. */
static int distance(int key, int other) {
    int fifths = (signature(key) - signature(other) + PITCH_CLASSES) * 7 % PITCH_CLASSES;
    return fifths > 6 ? PITCH_CLASSES - fifths : fifths;
}

/* The key of every measure, by the best path; @p price scales what changes cost. */
static void best_path(view *views, size_t count, double price, int16_t *keys) {
    for (size_t m = 0; m < count; m++)
        for (int k = 0; k < KEYS; k++) {
            double best = m ? views[m - 1].reached[k] : 0;
            views[m].from[k] = (int16_t)k;
            for (int other = 0; m && other < KEYS; other++) {
                double moved = views[m - 1].reached[other] - price * CHANGE_PRICES[distance(k, other)];
                if (moved > best) best = moved, views[m].from[k] = (int16_t)other;
            }
            views[m].reached[k] = views[m].votes[k] + best;
        }
    int best = 0;
    for (int k = 0; k < KEYS; k++)
        if (views[count - 1].reached[k] > views[count - 1].reached[best]) best = k;
    for (size_t m = count; m-- > 0;) {
        keys[m] = (int16_t)best;
        best = views[m].from[best];
    }
}

/* The key of the whole piece, if it had only one; every measure away from its signature then costs. */
static void prefer_home(view *views, size_t count) {
    double all[KEYS] = {0};
    int home = 0;
    for (size_t m = 0; m < count; m++)
        for (int k = 0; k < KEYS; k++) all[k] += views[m].votes[k];
    for (int k = 0; k < KEYS; k++)
        if (all[k] > all[home]) home = k;
    double price = AWAY_PRICE / fmin((double)count, MEASURES_A_VOTE);
    for (size_t m = 0; m < count; m++)
        for (int k = 0; k < KEYS; k++) views[m].votes[k] -= distance(k, home) ? price : 0;
}

/* The one key of a stretch of measures: its signature is given, major or minor is not. */
static int key_of_span(const view *views, span stretch) {
    int major = signature(stretch.key), minor = PITCH_CLASSES + (major + 9) % PITCH_CLASSES;
    double more_major = 0;
    for (size_t m = stretch.first; m < stretch.end; m++) more_major += views[m].votes[major] - views[m].votes[minor];
    return more_major >= 0 ? major : minor;
}

/* Stretches with one signature; those that are too short go to the one before, at the beginning to the one after.
 * @return how many */
static size_t join_measures(const int16_t *keys, size_t count, span *out) {
    size_t spans = 0;
    for (size_t m = 0; m < count;) {
        size_t end = m + 1;
        while (end < count && signature(keys[end]) == signature(keys[m])) end++;
        bool joins = spans && (signature(out[spans - 1].key) == signature(keys[m]) || end - m < SHORTEST_MEASURES);
        bool replaces = spans == 1 && out[0].end < SHORTEST_MEASURES;
        if (!joins && !replaces) out[spans++] = (span){m, end, keys[m]};
        if (joins || replaces) out[spans - 1].end = end;
        if (replaces && !joins) out[0].key = keys[m];
        m = end;
    }
    return spans;
}

/* The tonic is written with at most six sharps or flats in its signature; of six sharps and six flats that which is
 * nearer to the signature before, at first the flats. */
static neume_key write_key(int key, const neume_key *before) {
    /* fifths above C of the major key with this signature, as 0 .. 11 */
    int fifths = signature(key) * 7 % PITCH_CLASSES;
    bool minor = key >= PITCH_CLASSES;
    int old = before ? neume_key_fifths(before) : 0;
    if (fifths > 6 || (fifths == 6 && old <= 0)) fifths -= PITCH_CLASSES;
    neume_pitch tonic = fifths_name(fifths + (minor ? 3 : 0));
    return neume_key_of(tonic.step, tonic.alter, minor ? NEUME_MODE_MINOR : NEUME_MODE_MAJOR);
}

static neume_status add_keys(neume__draft *draft, const view *views, const span *spans, size_t count) {
    for (size_t i = 0; i < count; i++) {
        neume_key *before = draft->key_count ? &draft->keys[draft->key_count - 1].key : NULL;
        neume_key key = write_key(key_of_span(views, spans[i]), before);
        NEUME_TRY(DRAFT_MORE(draft, key, keys));
        int64_t at = i ? draft->measures[spans[i].first].at : 0;
        draft->keys[draft->key_count++] = (neume__key_change){at, key};
    }
    return NEUME_OK;
}

neume_status neume__draft_local_signatures(const neume__draft *draft, int16_t *out) {
    size_t count = draft->measure_count;
    if (!count) return NEUME_OK;
    view *views = neume__calloc(count, sizeof *views);
    if (!views) return NEUME_ENOMEM;
    see_all(draft, views);
    best_path(views, count, LOCAL_PRICE, out);
    for (size_t m = 0; m < count; m++) out[m] = (int16_t)(signature(out[m]) * 7 % PITCH_CLASSES);
    neume__free(views);
    return NEUME_OK;
}

neume_status neume__draft_keys(neume__draft *draft) {
    size_t count = draft->measure_count;
    span whole = {0, count, 0};
    draft->key_count = 0;
    if (!count) return add_keys(draft, NULL, &whole, 1);
    neume_status status = NEUME_ENOMEM;
    view *views = neume__calloc(count, sizeof *views);
    int16_t *keys = views ? neume__calloc(count, sizeof *keys) : NULL;
    span *spans = keys ? neume__calloc(count, sizeof *spans) : NULL;
    if (spans && see_all(draft, views)) {
        prefer_home(views, count);
        best_path(views, count, 1, keys);
        status = add_keys(draft, views, spans, join_measures(keys, count, spans));
    } else if (spans) {
        status = add_keys(draft, views, &whole, 1);
    }
    neume__free(views), neume__free(keys), neume__free(spans);
    return status;
}
