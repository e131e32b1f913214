/* How a length is spelled in single values.
 *
 * A bar is groups of beats: 4/4 is two groups of two, 7/8 two, two and three, 6/8 two groups of three. A note is one
 * value where it shows the groups, and within a group the beats: it fills whole beats, or it is dotted on the beat (or
 * ends on one), or it is a beat's length off the beat. Below the beat everything is halves. What is not so is cut at
 * the next strong place and tied. After Gould, Behind Bars (2011), 166-172. */
#include "write.h"

#include <stdlib.h>

/* 1, dotted, and where `doubly` double dotted values of the notes there are. */
static bool is_single(int64_t ticks, bool doubly) {
    if (ticks <= 0 || ticks % NEUME__FINEST) return false;
    int64_t units = ticks / NEUME__FINEST;
    while (units % 2 == 0) units /= 2;
    return units == 1 || units == 3 || (doubly && units == 7);
}

/* --- grids -------------------------------------------------------------------------------------------------------- */

static void add_group(neume__grid *grid, int beats) {
    if (grid->groups == NEUME__GROUPS_MOST || beats <= 0) return;
    grid->edges[grid->groups + 1] = grid->edges[grid->groups] + beats * grid->beat;
    grid->groups++;
}

/* Twos, and a three where the number is odd: 5 = 3 + 2, 7 = 2 + 2 + 3. */
static void add_usual_groups(neume__grid *grid, int beats) {
    if (beats == 5 || beats == 6) add_group(grid, 3), beats -= 3;
    for (; beats > 3; beats -= 2) add_group(grid, 2);
    add_group(grid, beats);
}

static void add_written_groups(neume__grid *grid, const char *sum) {
    for (const char *at = sum; *at;) {
        char *after;
        long beats = strtol(at, &after, 10);
        if (after == at) break;
        if (beats > 0 && beats < 64) add_group(grid, (int)beats);
        at = *after ? after + 1 : after;
    }
}

neume__grid neume__grid_of(const neume__measure *measure, bool first) {
    neume__grid grid = {.compound = neume_metre_compound(measure->metre)};
    const int64_t whole = neume_metre_ticks(measure->metre);
    const int beats = measure->metre.beats;
    grid.beat = measure->metre.unit > 0 ? NEUME_WHOLE / measure->metre.unit : NEUME_WHOLE / 4;
    if (measure->metre.sum)
        add_written_groups(&grid, measure->metre.sum);
    else if (grid.compound)
        for (int i = 0; i < beats / 3; i++) add_group(&grid, 3);
    else
        add_usual_groups(&grid, beats);
    grid.offset = first && measure->ticks < whole ? whole - measure->ticks : 0;
    grid.end = grid.offset + measure->ticks;
    while (grid.groups < NEUME__GROUPS_MOST && grid.edges[grid.groups] < grid.end)
        add_group(&grid, grid.compound ? 3 : 2);
    return grid;
}

neume__grid neume__grid_of_tuplet(int64_t unit, int count) {
    return (neume__grid){.end = unit * count, .beat = unit, .edges = {0, unit * count}, .groups = 1};
}

int neume__grid_group(const neume__grid *grid, int64_t at) {
    int group = 0;
    while (group + 1 < grid->groups && grid->edges[group + 1] <= at) group++;
    return group;
}

/* --- values ------------------------------------------------------------------------------------------------------- */

/* In one block that is halved and halved again. */
static int64_t block_end(int64_t block, int64_t from, int64_t to, bool rest) {
    int64_t base = 0;
    for (; block > NEUME__FINEST && block % 2 == 0; block /= 2) {
        if (from == base && to == base + block) return to;
        const int64_t half = base + block / 2;
        if (from >= half) {
            base = half;
        } else if (to > half) {
            const int64_t quarter = block / 4;
            bool dotted = from == base && (to == half + quarter || to == half + quarter + quarter / 2);
            bool across = from == base + quarter && (to == half + quarter || to == base + block);
            if (!rest && (dotted || across) && is_single(to - from, true)) return to;
            to = half;
        }
    }
    return to;
}

/* In one group; times from its beginning. */
static int64_t group_end(const neume__grid *grid, int64_t size, int64_t from, int64_t to, bool rest) {
    const int64_t beat = grid->beat, floor = from / beat * beat, length = to - from;
    if (to <= floor + beat) return floor + block_end(beat, from - floor, to - floor, rest);
    if (from != floor) {
        bool off_beat = length == beat && from - floor == beat / 2;
        bool dotted = length == beat + beat / 2 && to % beat == 0;
        if (!rest && (off_beat || dotted)) return to;
        return floor + block_end(beat, from - floor, beat, rest);
    }
    if (!rest && (length * 2 == beat * 3 || length * 4 == beat * 7) && is_single(length, true)) return to;
    int64_t best = from + beat;
    for (int64_t end = best; end <= to; end += beat) {
        bool even = !rest || end - from == beat || (from == 0 && (end == size || grid->compound || size % 4 == 0));
        if (even && is_single(end - from, false)) best = end;
    }
    return best;
}

/* Across groups, from the edge of one: as many as make one value. */
static int64_t groups_end(const neume__grid *grid, int group, int64_t to, bool rest) {
    const int64_t from = grid->edges[group];
    int64_t best = -1;
    for (int i = group + 1; i <= grid->groups && grid->edges[i] <= to; i++) {
        const int64_t length = grid->edges[i] - from;
        if (is_single(length, false) && (!rest || from % length == 0)) best = grid->edges[i];
    }
    return best;
}

/* 4/4: a half note on the second beat, three beats that begin or end with the bar. */
static bool crosses_the_middle(const neume__grid *grid, int64_t from, int64_t to) {
    const int64_t beat = grid->beat;
    if (grid->groups != 2 || grid->edges[1] != 2 * beat || grid->edges[2] != 4 * beat) return false;
    return (from == beat && (to == 3 * beat || to == 4 * beat)) || (from == 0 && to == 3 * beat);
}

int64_t neume__value_end(const neume__grid *grid, int64_t from, int64_t to, bool rest) {
    const int group = neume__grid_group(grid, from);
    const int64_t base = grid->edges[group], edge = grid->edges[group + 1];
    if (to > edge && edge > from) {
        int64_t best = from == base ? groups_end(grid, group, to, rest) : -1;
        if (!rest && crosses_the_middle(grid, from, to)) return to;
        if (best > from) return best;
        to = edge;
    }
    int64_t end = base + group_end(grid, edge - base, from - base, to - base, rest);
    return end > from ? end : to;
}

int neume__value_count(const neume__grid *grid, int64_t from, int64_t to, bool rest) {
    int count = 0;
    for (; from < to; count++) from = neume__value_end(grid, from, to, rest);
    return count;
}
