/* The likeliest chords. See compose_harmony.h. */
#include "neume/compose_harmony.h"

#include "harmony_table.h"

enum { STATES = NEUME_CHORD_STATES };

static double hears(const neume_harmony_slot *slot, int state) {
    double cost = 0;
    for (int c = 0; c < 12; c++) cost += (double)slot->notes[c] * NOTE_COSTS[slot->mode][state][c];
    return cost * EVIDENCE + (PHRASE_COSTS[slot->mode][slot->phrase][state] - USED_COSTS[slot->mode][state]) * PHRASE;
}

static double moves(const neume_harmony_slot *slot, int from, int to) {
    if (from == to) return STAY_COSTS[slot->place];
    return CHANGE_COSTS[slot->place] + NEXT_COSTS[slot->mode][from][to];
}

typedef struct reached {
    double cost[STATES];
    uint8_t from[STATES];
} reached;

/* A slot in which nothing begins goes on with the chord before it. */
static void step(const neume_harmony_slot *slot, const reached *before, reached *here) {
    for (int to = 0; to < STATES; to++) {
        double least = before ? before->cost[to] + moves(slot, to, to) : FIRST_COSTS[slot->mode][to];
        here->from[to] = (uint8_t)to;
        for (int from = 0; before && slot->onset && from < STATES; from++) {
            const double cost = before->cost[from] + moves(slot, from, to);
            if (cost < least) least = cost, here->from[to] = (uint8_t)from;
        }
        here->cost[to] = least + hears(slot, to) + (slot->closes ? LAST_COSTS[slot->mode][to] : 0);
    }
}

neume_status neume_harmony_decode(const neume_harmony_slot *slots, size_t count, int8_t *states) {
    size_t bytes;
    NEUME_TRY(neume__mul_size(count + 1, sizeof(reached), &bytes));
    reached *path = neume__alloc(bytes);
    if (!path) return NEUME_ENOMEM;
    for (size_t s = 0; s < count; s++) step(&slots[s], s ? &path[s - 1] : NULL, &path[s]);
    int best = 0;
    for (int c = 1; c < STATES && count; c++)
        if (path[count - 1].cost[c] < path[count - 1].cost[best]) best = c;
    for (size_t s = count; s-- > 0; best = path[s].from[best]) states[s] = (int8_t)best;
    neume__free(path);
    return NEUME_OK;
}
