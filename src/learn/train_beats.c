/* Training the beat network: segments are played on the spot; the loss is binary cross-entropy on beats and downbeats
 * and, where a piece is under way, the cross-entropies of its metre and of the beat's length. */
#include "neume/learn.h"
#include "train_rhythm.h"

#include <math.h>

#define SOUND_WEIGHT .3F /* of frames without a beat in doubt: before the first and behind the last */

static void raise(float *target, int64_t frames, double frame, int channel) {
    const int64_t middle = (int64_t)lround(frame);
    for (int64_t t = middle - 1; t <= middle + 1; t++) {
        if (t < 0 || t >= frames) continue;
        float *cell = &target[t * NEUME_BEAT_LOGITS + channel];
        *cell = fmaxf(*cell, t == middle ? 1 : .5F);
    }
}

/* What the frames from one beat to the next say. */
static void fill_beat(const rhythm_segment *s, size_t b, rhythm_entry *entry) {
    const int64_t from = (int64_t)fmax(0, floor((double)s->beats[b].time_s / NEUME_BEAT_STEP_S));
    const int64_t to = (int64_t)fmin((double)entry->steps, floor((double)s->beats[b + 1].time_s / NEUME_BEAT_STEP_S));
    for (int64_t t = from; t < to; t++) rhythm_entry_classes(entry, t, b);
}

static void fill_targets(const rhythm_segment *segment, rhythm_entry *entry) {
    const size_t n = segment->beat_count;
    const double first = n ? (double)segment->beats[0].time_s : 0, last = n ? (double)segment->beats[n - 1].time_s : 0;
    for (int64_t t = 0; t < entry->steps; t++) {
        const double time_s = (double)t * NEUME_BEAT_STEP_S;
        entry->weight[2 * t] = entry->weight[2 * t + 1] =
            n && time_s >= first - .1 && time_s <= last + .1 ? 1 : SOUND_WEIGHT;
    }
    for (size_t b = 0; b < n; b++) {
        const double frame = (double)segment->beats[b].time_s / NEUME_BEAT_STEP_S;
        raise(entry->target, entry->steps, frame, NEUME_BEAT_AT_BEAT);
        if (segment->beats[b].down) raise(entry->target, entry->steps, frame, NEUME_BEAT_AT_DOWNBEAT);
        if (b + 1 < n) fill_beat(segment, b, entry);
    }
}

static neume_status fill(const rhythm_piece *piece, neume_rng *rng, rhythm_entry *entry) {
    const double seconds = (double)entry->steps * NEUME_BEAT_STEP_S;
    NEUME_TRY(rhythm_segment_make(piece, seconds, true, rng, entry->segment));
    fill_targets(entry->segment, entry);
    return neume_beat_features(&entry->segment->notes, 0, (size_t)entry->steps, entry->x);
}

neume_status neume_train_beats(const char *recipe_path, const neume_progress *progress) {
    static const rhythm_task task = {.kind = NEUME_BEAT_NET_FRAMES,
                                     .name = "neume-beat",
                                     .length_key = "frames",
                                     .length = 1500,
                                     .shortest = 100,
                                     .longest = 20000,
                                     .batch = 16,
                                     .width = 64,
                                     .blocks = 10,
                                     .amount_a_step = NEUME_BEAT_STEP_S / 3600,
                                     .scale = 10,
                                     .binaries = 2,
                                     .distributions = {{NEUME_BEAT_AT_METRE, NEUME_BEAT_METRES, .06F},
                                                       {NEUME_BEAT_AT_PERIOD, NEUME_BEAT_PERIODS, .04F}},
                                     .fill = fill};
    return rhythm_train(&task, recipe_path, progress);
}
