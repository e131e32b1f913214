/* A map from old time to new: monotone, continuous, straight between its knots. Changes of metre and of note values are
 * such maps, so that all voices, signs and words move together. Private to the room. */
#ifndef NEUME_COMPOSE_TIME_MAP_H
#define NEUME_COMPOSE_TIME_MAP_H

#include "edit.h"

typedef struct time_knot {
    int64_t from, to;
} time_knot;
typedef struct time_map {
    time_knot *items; /* in order; the first is {0, 0} */
    size_t count, capacity;
} time_map;

neume_status neume__time_map_add(time_map *map, int64_t from, int64_t to);
void neume__time_map_clear(time_map *map);
/* Behind the last knot time goes on at the same speed. */
int64_t neume__time_map_at(const time_map *map, int64_t from);
/* Moves everything in a score; lengths that are no single value become tied ones, tuplets that became plain lose their
 * bracket. */
neume_status neume__time_map_apply(const time_map *map, neume_score *score);

#endif
