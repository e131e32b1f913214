/* Training the pulse network: segments are played on the spot; the loss is binary cross-entropy on which events are
 * beats and downbeats and, where a piece is under way, the cross-entropies of its metre and of the beat's length. */
#include "neume/learn.h"
#include "train_rhythm.h"

#include <math.h>

#define OUTSIDE_WEIGHT .3F  /* of events before the first beat and behind the last */
#define NEAR_S         0.07 /* an event so near a beat may be on it; the nearest is */
#define SECONDS        90.0 /* of a segment, if it has no more events than fit */

/* The first beat behind each event; the one before it holds the event. */
static size_t beat_behind(const rhythm_segment *s, double time_s, size_t from) {
    while (from < s->beat_count && (double)s->beats[from].time_s <= time_s) from++;
    return from;
}

/* The event nearest to beat b is on it, if any is near. */
static void fill_beat(const rhythm_segment *s, size_t b, const neume_pulse_event *events, int64_t count,
                      rhythm_entry *entry) {
    int64_t nearest = -1;
    double least = NEAR_S;
    for (int64_t t = 0; t < count; t++) {
        const double apart = fabs(events[t].time_s - (double)s->beats[b].time_s);
        if (apart < least) least = apart, nearest = t;
        if (events[t].time_s > (double)s->beats[b].time_s + NEAR_S) break;
    }
    if (nearest < 0) return;
    entry->target[nearest * NEUME_BEAT_LOGITS + NEUME_BEAT_AT_BEAT] = 1;
    if (s->beats[b].down) entry->target[nearest * NEUME_BEAT_LOGITS + NEUME_BEAT_AT_DOWNBEAT] = 1;
}

static void fill_targets(const rhythm_segment *s, const neume_pulse_event *events, int64_t count, rhythm_entry *entry) {
    const size_t n = s->beat_count;
    size_t behind = 0;
    for (int64_t t = 0; t < count; t++) {
        behind = beat_behind(s, events[t].time_s + NEAR_S, behind);
        const bool inside = behind > 0 && behind < n;
        entry->weight[2 * t] = entry->weight[2 * t + 1] = inside ? 1 : OUTSIDE_WEIGHT;
        if (inside) rhythm_entry_classes(entry, t, behind - 1);
    }
    for (size_t b = 0; b < n; b++) fill_beat(s, b, events, count, entry);
}

static neume_status fill(const rhythm_piece *piece, neume_rng *rng, rhythm_entry *entry) {
    neume_pulse_event *events = NULL;
    size_t all = 0;
    NEUME_TRY(rhythm_segment_make(piece, SECONDS, true, rng, entry->segment));
    NEUME_TRY(neume_pulse_events_find(&entry->segment->notes, &events, &all));
    const size_t count = all < (size_t)entry->steps ? all : (size_t)entry->steps;
    fill_targets(entry->segment, events, (int64_t)count, entry);
    const neume_status status = neume_pulse_features(&entry->segment->notes, events, all, 0, count, entry->x);
    neume__free(events);
    return status;
}

neume_status neume_train_pulse(const char *recipe_path, const neume_progress *progress) {
    static const rhythm_task task = {.kind = NEUME_BEAT_NET_EVENTS,
                                     .name = "neume-pulse",
                                     .length_key = "events",
                                     .length = 512,
                                     .shortest = 32,
                                     .longest = 4096,
                                     .batch = 8,
                                     .width = 128,
                                     .blocks = 4,
                                     .amount_a_step = 1e-6,
                                     .scale = 1,
                                     .binaries = 2,
                                     .distributions = {{NEUME_BEAT_AT_METRE, NEUME_BEAT_METRES, .3F},
                                                       {NEUME_BEAT_AT_PERIOD, NEUME_BEAT_PERIODS, .2F}},
                                     .fill = fill};
    return rhythm_train(&task, recipe_path, progress);
}
