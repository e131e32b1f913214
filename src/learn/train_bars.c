/* Training the bar network: segments are played on the spot and their beats found, rightly or not, as bar_grid.h says;
 * the loss is binary cross-entropy on where bars begin and the cross-entropies of their length and metre. */
#include "bar_grid.h"
#include "neume/learn.h"
#include "train_rhythm.h"

static neume_status fill_from(const rhythm_piece *piece, neume_rng *rng, rhythm_entry *entry) {
    const double seconds = entry->whole ? neume_rng_uniform(rng, 40, 240) : neume_rng_uniform(rng, 20, 120);
    bar_grid grid = {.target = entry->target,
                     .down_known = entry->weight,
                     .length_known = entry->first,
                     .metre_known = entry->second,
                     .most = (size_t)entry->steps,
                     .exact = entry->variety.exact};
    grid.beats_s = neume__calloc(grid.most, sizeof *grid.beats_s);
    if (!grid.beats_s) return NEUME_ENOMEM;
    entry->segment->from_start = entry->whole;
    neume_status status = rhythm_segment_make(piece, seconds, true, rng, entry->segment);
    if (!status) {
        if (neume_rng_chance(rng, entry->variety.thinned)) rhythm_segment_thin(entry->segment, rng);
        bar_grid_draw(&grid, entry->segment, rng);
        status = neume_bar_features(&entry->segment->notes, grid.beats_s, grid.count, entry->x);
        if (entry->whole) neume_bar_features_as_written(entry->x, grid.count);
        if (neume_rng_chance(rng, entry->variety.hidden)) neume_bar_features_hide(entry->x, grid.count, rng);
    }
    neume__free(grid.beats_s);
    return status;
}

static neume_status fill(const rhythm_piece *piece, neume_rng *rng, rhythm_entry *entry) {
    enum { BEATS_LEAST = 16 };
    rhythm_piece spliced = {0};
    neume_status status = NEUME_OK;
    if (neume_rng_chance(rng, entry->variety.spliced)) status = rhythm_piece_splice(piece, rng, &spliced);
    const bool whole = spliced.beat_count < BEATS_LEAST || !spliced.note_count;
    if (!status) status = fill_from(whole ? piece : &spliced, rng, entry);
    rhythm_piece_clear(&spliced);
    return status;
}

neume_status neume_train_bars(const char *recipe_path, const neume_progress *progress) {
    static const rhythm_task task = {
        .kind = NEUME_BEAT_NET_BEATS,
        .name = "neume-bar",
        .length_key = "beats",
        .length = 160,
        .shortest = 16,
        .longest = 2000,
        .batch = 32,
        .width = 112,
        .blocks = 6,
        .amount_a_step = 1e-6,
        .scale = 1,
        .binaries = NEUME_BAR_SPOTS,
        .distributions = {{NEUME_BAR_AT_LENGTH, NEUME_BAR_LENGTHS, .5F}, {NEUME_BAR_AT_METRE, NEUME_BEAT_METRES, .5F}},
        .fill = fill};
    return rhythm_train(&task, recipe_path, progress);
}
