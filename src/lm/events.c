/* The vocabulary of events: one kind behind the other, loudness last, so that no other id depends on its degrees. */
#include "neume/lm_events.h"

enum { PITCHES = 128, PROGRAMS = 128 };

typedef struct kind_range {
    neume_event_kind kind;
    int32_t values; /* 0 = as many as there are velocities, and off */
} kind_range;

static const kind_range RANGES[] = {
    {NEUME_EVENT_PAD, 1},
    {NEUME_EVENT_BEGIN, 1},
    {NEUME_EVENT_END, 1},
    {NEUME_EVENT_TIE, 1},
    {NEUME_EVENT_TIME, NEUME_EVENT_STEPS},
    {NEUME_EVENT_NOTE, PITCHES},
    {NEUME_EVENT_DRUM, PITCHES},
    {NEUME_EVENT_PROGRAM, PROGRAMS},
    {NEUME_EVENT_VELOCITY, 0},
};
enum { RANGE_COUNT = sizeof RANGES / sizeof *RANGES };

static int32_t values_of(const kind_range *range, int velocities) {
    return range->values ? range->values : velocities + 1;
}

int32_t neume_event_token_count(int velocities) {
    int32_t count = 0;
    for (size_t i = 0; i < RANGE_COUNT; i++) count += values_of(&RANGES[i], velocities);
    return count;
}

int32_t neume_event_token(neume_event event, int velocities) {
    int32_t first = 0;
    for (size_t i = 0; i < RANGE_COUNT; i++) {
        const int32_t values = values_of(&RANGES[i], velocities);
        if (RANGES[i].kind == event.kind) return event.value >= 0 && event.value < values ? first + event.value : -1;
        first += values;
    }
    return -1;
}

neume_event neume_event_of_token(int32_t id, int velocities) {
    int32_t value = id;
    for (size_t i = 0; i < RANGE_COUNT && value >= 0; i++) {
        const int32_t values = values_of(&RANGES[i], velocities);
        if (value < values) return (neume_event){RANGES[i].kind, value};
        value -= values;
    }
    return (neume_event){NEUME_EVENT_NONE, 0};
}
