/* See voicing.h. Each chord has some hundred voicings; what school harmony forbids between two of them costs FAULT,
 * what it dislikes costs little: leaps, doubled thirds, missing fifths, the fifth in the bass, hidden octaves. The
 * cheapest path through all chords (dynamic programming) has no fault wherever any path has none. */
#include "voicing.h"

#include <stdlib.h>

const uint8_t neume__part_lowest[PARTS] = {40, 48, 55, 60}, neume__part_highest[PARTS] = {62, 67, 74, 81};

enum { FAULT = 1 << 20, WIDEST = 12, WIDEST_BELOW = 19 };

/* Prices, in semitones of motion. */
enum {
    DOUBLED_THIRD = 4,
    NO_FIFTH = 5,
    NO_THIRD = 40,
    NO_ROOT = 60,
    THIRD_IN_BASS = 3,
    FIFTH_IN_BASS = 14,
    SEVENTH_IN_BASS = 20,
    UNISON = 5,
    LEAP = 3,         /* for each semitone over a fourth */
    HIDDEN = 6,       /* an octave or fifth of the outer parts reached in one direction by a soprano that leaps */
    STRANGE_STEP = 6, /* a tritone */
    MISSING_SEVENTH = 2,
};

typedef struct node {
    voicing v;
    int own;       /* price of the voicing itself */
    int64_t total; /* of the best path here */
    int32_t from;  /* entry of the column before */
} node;
typedef struct column {
    node *nodes;
    size_t count, capacity;
} column;

static bool in_chord(const voicing_slot *s, int number) {
    const int c = number % 12;
    return c == s->root || c == s->third || c == s->fifth || c == s->seventh;
}

/* How often more than once a pitch class is there. */
static int doubled(const int parts[PARTS], int class) {
    int count = 0;
    for (int p = 0; p < PARTS; p++) count += parts[p] >= 0 && parts[p] % 12 == class;
    return count > 1 ? count - 1 : 0;
}

static bool has(const int parts[PARTS], int class) {
    for (int p = 0; p < PARTS; p++)
        if (parts[p] >= 0 && parts[p] % 12 == class) return true;
    return false;
}

static int own_price(const voicing_slot *s, const int parts[PARTS]) {
    int price = 0;
    if (s->dominant) price += FAULT * doubled(parts, s->leading);
    if (s->seventh >= 0) price += FAULT * doubled(parts, s->seventh);
    if (!has(parts, s->root)) price += NO_ROOT;
    if (!has(parts, s->third)) price += NO_THIRD;
    if (!has(parts, s->fifth)) price += NO_FIFTH;
    if (s->seventh >= 0 && !has(parts, s->seventh)) price += MISSING_SEVENTH;
    price += DOUBLED_THIRD * doubled(parts, s->third);
    const int bass = parts[BASS] % 12;
    if (bass == s->third) price += THIRD_IN_BASS;
    if (bass == s->fifth) price += FIFTH_IN_BASS;
    if (bass == s->seventh) price += SEVENTH_IN_BASS;
    for (int p = 0; p + 1 < PARTS; p++)
        if (parts[p + 1] >= 0 && parts[p] == parts[p + 1]) price += UNISON;
    return price;
}

static neume_status add_node(column *c, const voicing_slot *s, int bass, int tenor, int alto) {
    const int parts[PARTS] = {bass, tenor, alto, s->first};
    if (c->count == c->capacity)
        NEUME_TRY(neume__grow((void **)&c->nodes, &c->capacity, c->count + 1, sizeof *c->nodes));
    c->nodes[c->count++] = (node){{(uint8_t)bass, (uint8_t)tenor, (uint8_t)alto}, own_price(s, parts), 0, -1};
    return NEUME_OK;
}

/* All voicings below the soprano's lowest note here, neighbours within an octave but for tenor and bass. */
static neume_status list_voicings(const voicing_slot *s, column *out) {
    const bool silent = s->first < 0;
    const int top = neume__part_highest[ALTO], ceiling = silent || s->lowest > top ? top : s->lowest;
    int floor_ = silent ? 0 : s->first - WIDEST;
    if (floor_ > ceiling - WIDEST / 2) floor_ = ceiling - WIDEST / 2; /* a soprano that leaves the alto far below */
    if (floor_ < neume__part_lowest[ALTO]) floor_ = neume__part_lowest[ALTO];
    for (int alto = floor_; alto <= ceiling; alto++) {
        if (!in_chord(s, alto)) continue;
        for (int tenor = neume__part_lowest[TENOR]; tenor <= alto && tenor <= neume__part_highest[TENOR]; tenor++) {
            if (!in_chord(s, tenor) || alto - tenor > WIDEST) continue;
            for (int bass = neume__part_lowest[BASS]; bass <= tenor && bass <= neume__part_highest[BASS]; bass++)
                if (in_chord(s, bass) && tenor - bass <= WIDEST_BELOW) NEUME_TRY(add_node(out, s, bass, tenor, alto));
        }
    }
    return NEUME_OK;
}

/* --- from one chord to the next ----------------------------------------------------------------------------------- */

typedef struct pair {
    int from[PARTS], to[PARTS]; /* the soprano's -1 where it is silent */
} pair;

static bool is_perfect(int low, int high) {
    const int apart = (high - low) % 12;
    return apart == 0 || apart == 7;
}

static int count_parallels(const pair *m) {
    int count = 0;
    for (int low = 0; low < PARTS; low++)
        for (int high = low + 1; high < PARTS; high++) {
            if (m->from[high] < 0 || m->to[high] < 0 || m->from[low] == m->to[low] || m->from[high] == m->to[high])
                continue;
            const int before = (m->from[high] - m->from[low]) % 12, after = (m->to[high] - m->to[low]) % 12;
            count += before == after && is_perfect(m->from[low], m->from[high]);
        }
    return count;
}

static int count_overlaps(const pair *m) {
    int count = 0;
    for (int p = 0; p + 1 < PARTS; p++) {
        if (m->from[p + 1] >= 0) count += m->to[p] > m->from[p + 1];
        if (m->to[p + 1] >= 0) count += m->to[p + 1] < m->from[p];
    }
    return count;
}

/* Of the parts that are ours to lead. */
static int count_unresolved(const voicing_slot *s, const voicing_slot *next, const pair *m) {
    int count = 0;
    const bool tonic_follows = next->root == next->tonic || next->third == next->tonic || next->fifth == next->tonic;
    for (int p = BASS; p <= ALTO; p++) {
        const int class = m->from[p] % 12, motion = m->to[p] - m->from[p];
        if (s->dominant && class == s->leading && tonic_follows && !next->dominant) count += motion != 1;
        if (s->seventh >= 0 && class == s->seventh) count += !(motion == 0 || motion == -1 || motion == -2);
    }
    return count;
}

static int motion_price(const pair *m) {
    int price = 0;
    for (int p = BASS; p <= ALTO; p++) {
        const int motion = abs(m->to[p] - m->from[p]);
        price += p == BASS ? motion / 2 : motion;
        if (motion > 5 && !(p == BASS && (motion == 7 || motion == 12))) price += LEAP * (motion - 5);
        if (motion == 6) price += STRANGE_STEP;
    }
    const int soprano = m->to[SOPRANO] - m->from[SOPRANO], bass = m->to[BASS] - m->from[BASS];
    const bool sings = m->from[SOPRANO] >= 0 && m->to[SOPRANO] >= 0;
    if (sings && abs(soprano) > 2 && soprano * bass > 0 && is_perfect(m->to[BASS], m->to[SOPRANO])) price += HIDDEN;
    return price;
}

static int64_t edge_price(const voicing_slot *s, const voicing_slot *next, const node *from, const node *to) {
    const pair m = {{from->v.bass, from->v.tenor, from->v.alto, s->last},
                    {to->v.bass, to->v.tenor, to->v.alto, next->first}};
    const int faults = count_parallels(&m) + count_overlaps(&m) + (next->same ? 0 : count_unresolved(s, next, &m));
    return (int64_t)faults * FAULT + motion_price(&m);
}

/* --- the path ----------------------------------------------------------------------------------------------------- */

static void reach(const voicing_slot *s, const voicing_slot *before, const column *last, column *here) {
    for (size_t i = 0; i < here->count; i++) {
        node *to = &here->nodes[i];
        int64_t least = INT64_MAX;
        for (size_t k = 0; before && k < last->count; k++) {
            const int64_t total = last->nodes[k].total + edge_price(before, s, &last->nodes[k], to);
            if (total < least) least = total, to->from = (int32_t)k;
        }
        to->total = (before ? least : 0) + to->own;
    }
}

neume_status neume__voicings_find(const voicing_slot *slots, size_t count, voicing *out, int *faults) {
    column *columns = neume__calloc(count + 1, sizeof *columns);
    neume_status status = columns ? NEUME_OK : NEUME_ENOMEM;
    for (size_t s = 0; s < count && !status; s++) {
        status = list_voicings(&slots[s], &columns[s]);
        if (!status && !columns[s].count)
            status = neume_fail(NEUME_EUNSUPPORTED, "the melody is too low for three parts below it");
        if (!status) reach(&slots[s], s ? &slots[s - 1] : NULL, s ? &columns[s - 1] : NULL, &columns[s]);
    }
    int32_t best = 0;
    for (size_t i = 1; !status && count && i < columns[count - 1].count; i++)
        if (columns[count - 1].nodes[i].total < columns[count - 1].nodes[best].total) best = (int32_t)i;
    if (!status && count) *faults = (int)(columns[count - 1].nodes[best].total / FAULT);
    for (size_t s = count; !status && s-- > 0; best = columns[s].nodes[best].from) out[s] = columns[s].nodes[best].v;
    for (size_t s = 0; columns && s < count; s++) neume__free(columns[s].nodes);
    neume__free(columns);
    return status;
}
