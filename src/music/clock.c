/* A file's own time: pieces of constant tempo, end to end. */
#include "neume/music.h"

/* The last tempo that begins at or before a moment, told in seconds or in quarters; the first for what lies before. */
static const neume_clock_tempo *tempo_at(const neume_clock *clock, double time_s, double quarters) {
    size_t low = 0, high = clock->tempo_count;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        const neume_clock_tempo *tempo = &clock->tempi[middle];
        *(tempo->time_s <= time_s && tempo->quarters <= quarters ? &low : &high) = middle;
    }
    return &clock->tempi[low];
}

double neume_clock_quarters(const neume_clock *clock, double time_s) {
    const neume_clock_tempo *tempo = tempo_at(clock, time_s, 1e300);
    return tempo->quarters + (tempo->quarter_s > 0 ? (time_s - tempo->time_s) / tempo->quarter_s : 0);
}

double neume_clock_seconds(const neume_clock *clock, double quarters) {
    const neume_clock_tempo *tempo = tempo_at(clock, 1e300, quarters);
    return tempo->time_s + (quarters - tempo->quarters) * tempo->quarter_s;
}

void neume_clock_clear(neume_clock *clock) {
    neume__free(clock->tempi);
    neume__free(clock->metres);
    neume__free(clock->keys);
    *clock = (neume_clock){0};
}
