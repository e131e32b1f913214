/* What the network should say, written out cell by cell.
 *
 * An onset is a triangle of 40 ms half-width on the 20 ms grid, so the peak's neighbours tell where between frames it
 * lies and strokes 80 ms apart stay two. A note sounds until it is let go or can no longer be heard, whichever comes
 * first; its last frame does not count either way. Velocity is asked only where a note begins. */
#include "train_hear.h"

#include <math.h>
#include <string.h>

static const double FRAME_S = 0.02, ONSET_WIDTH_S = 0.04, OFFSET_WIDTH_S = 0.06, DRUM_FRAME_S = 0.01,
                    DRUM_WIDTH_S = 0.02;

/* Pianos play half of all notes: without these weights, what sounds unfamiliar would be called a piano. */
static const float FAMILY_WEIGHT[NEUME_HEAR_FAMILIES] = {0.5f, 2.0f, 1.5f, 1.4f, 1.6f, 1.0f, 1.0f,
                                                         1.3f, 1.3f, 1.5f, 1.3f, 1.3f, 1.2f, 1.0f};

neume_status hear_targets_shape(hear_targets *g, int64_t B, int64_t T, int64_t places) {
    neume__free(g->places);
    g->places = neume__calloc((size_t)places + 1, sizeof *g->places);
    if (!g->places) return NEUME_ENOMEM;
    NEUME_TRY(neume_tensor_shape(&g->sounding, NEUME_F32, NEUME_DIMS(B, T, NEUME_PITCHES, 1)));
    NEUME_TRY(neume_tensor_shape(&g->families, NEUME_F32, NEUME_DIMS(places, NEUME_HEAR_FAMILIES)));
    NEUME_TRY(neume_tensor_shape(&g->families_weight, NEUME_F32, NEUME_DIMS(places)));
    NEUME_TRY(neume_tensor_shape(&g->notes, NEUME_F32, NEUME_DIMS(B, T, NEUME_PITCHES, NEUME_HEAR_OUTPUTS)));
    NEUME_TRY(neume_tensor_shape(&g->notes_weight, NEUME_F32, NEUME_DIMS(B, T, NEUME_PITCHES, NEUME_HEAR_OUTPUTS)));
    NEUME_TRY(neume_tensor_shape(&g->drums, NEUME_F32, NEUME_DIMS(B, 2 * T, NEUME_HEAR_DRUM_OUTPUTS)));
    return neume_tensor_shape(&g->drums_weight, NEUME_F32, NEUME_DIMS(B, 2 * T, NEUME_HEAR_DRUM_OUTPUTS));
}

void hear_targets_clear(hear_targets *g) {
    neume__free(g->places);
    g->places = NULL;
    neume_tensor_clear(&g->sounding);
    neume_tensor_clear(&g->families);
    neume_tensor_clear(&g->families_weight);
    neume_tensor_clear(&g->notes);
    neume_tensor_clear(&g->notes_weight);
    neume_tensor_clear(&g->drums);
    neume_tensor_clear(&g->drums_weight);
}

/* One entry's cells: [frame][pitch][output] and [frame][output]. */
typedef struct cells {
    float (*note)[NEUME_PITCHES][NEUME_HEAR_OUTPUTS], (*note_weight)[NEUME_PITCHES][NEUME_HEAR_OUTPUTS];
    float (*drum)[NEUME_HEAR_DRUM_OUTPUTS], (*drum_weight)[NEUME_HEAR_DRUM_OUTPUTS];
    int64_t T;
} cells;

static cells cells_of(hear_targets *g, int64_t b) {
    int64_t T = g->notes.dim[1], note = b * T * NEUME_PITCHES * NEUME_HEAR_OUTPUTS,
            drum = b * 2 * T * NEUME_HEAR_DRUM_OUTPUTS;
    return (cells){(void *)(neume_f32(&g->notes) + note), (void *)(neume_f32(&g->notes_weight) + note),
                   (void *)(neume_f32(&g->drums) + drum), (void *)(neume_f32(&g->drums_weight) + drum), T};
}

static void start(const cells *c, const hear_recipe *r) {
    for (int64_t t = 0; t < c->T; t++)
        for (int p = 0; p < NEUME_PITCHES; p++) {
            memset(c->note[t][p], 0, sizeof c->note[t][p]);
            memset(c->note_weight[t][p], 0, sizeof c->note_weight[t][p]);
            c->note_weight[t][p][NEUME_HEAR_ONSET] = (float)r->weight_onset;
            c->note_weight[t][p][NEUME_HEAR_FRAME] = (float)r->weight_frame;
            c->note_weight[t][p][NEUME_HEAR_OFFSET] = (float)r->weight_offset;
        }
    for (int64_t t = 0; t < 2 * c->T; t++)
        for (int i = 0; i < NEUME_HEAR_DRUM_OUTPUTS; i++) {
            c->drum[t][i] = 0;
            c->drum_weight[t][i] = i < NEUME_HEAR_DRUMS ? (float)r->weight_drum : 0;
        }
}

static int64_t clamp(int64_t x, int64_t low, int64_t high) {
    return x < low ? low : x > high ? high : x;
}

/* Raises one output of a pitch to a triangle around time_s. */
static void raise_triangle(const cells *c, int p, int output, double time_s, double width_s) {
    int64_t first = clamp((int64_t)ceil((time_s - width_s) / FRAME_S), 0, c->T),
            last = clamp((int64_t)floor((time_s + width_s) / FRAME_S), -1, c->T - 1);
    for (int64_t t = first; t <= last; t++) {
        float value = (float)(1 - fabs((double)t * FRAME_S - time_s) / width_s);
        if (value > c->note[t][p][output]) c->note[t][p][output] = value;
    }
}

static void fill_note(const cells *c, const neume_note *note, double heard_until_s, const hear_recipe *r) {
    int p = note->pitch - NEUME_PITCH_LOWEST;
    if (p < 0 || p >= NEUME_PITCHES) return;
    int64_t first = clamp((int64_t)ceil(note->onset_s / FRAME_S - 0.5), 0, c->T),
            last = clamp((int64_t)floor(heard_until_s / FRAME_S), -1, c->T - 1);
    for (int64_t t = first; t <= last; t++) c->note[t][p][NEUME_HEAR_FRAME] = 1;
    if (last > first && last < c->T - 1) c->note_weight[last][p][NEUME_HEAR_FRAME] = 0;
    if (note->onset_s >= 0) raise_triangle(c, p, NEUME_HEAR_ONSET, note->onset_s, ONSET_WIDTH_S);
    if (heard_until_s >= note->offset_s - 1e-3) raise_triangle(c, p, NEUME_HEAR_OFFSET, note->offset_s, OFFSET_WIDTH_S);
    for (int64_t t = first; t <= last && t < first + 2 && note->onset_s >= 0; t++) {
        c->note[t][p][NEUME_HEAR_VELOCITY] = (float)note->velocity / 127;
        c->note_weight[t][p][NEUME_HEAR_VELOCITY] = (float)r->weight_velocity;
    }
}

static void fill_drum(const cells *c, const neume_note *note, const hear_recipe *r) {
    int kind = note->pitch - NEUME_HEAR_DRUM_LOWEST;
    if (kind < 0 || kind >= NEUME_HEAR_DRUMS || note->onset_s < 0) return;
    int64_t first = clamp((int64_t)ceil((note->onset_s - DRUM_WIDTH_S) / DRUM_FRAME_S), 0, 2 * c->T);
    int64_t last = clamp((int64_t)floor((note->onset_s + DRUM_WIDTH_S) / DRUM_FRAME_S), -1, 2 * c->T - 1);
    for (int64_t t = first; t <= last; t++) {
        float value = (float)(1 - fabs((double)t * DRUM_FRAME_S - note->onset_s) / DRUM_WIDTH_S);
        if (value > c->drum[t][kind]) c->drum[t][kind] = value;
        c->drum[t][NEUME_HEAR_DRUMS + kind] = (float)note->velocity / 127;
        c->drum_weight[t][NEUME_HEAR_DRUMS + kind] = (float)r->weight_drum_velocity;
    }
}

/* Onsets are few: their cells weigh more. */
static void emphasise(const cells *c, const hear_recipe *r) {
    for (int64_t t = 0; t < c->T; t++)
        for (int p = 0; p < NEUME_PITCHES; p++)
            c->note_weight[t][p][NEUME_HEAR_ONSET] *= 1 + (float)r->onset_emphasis * c->note[t][p][NEUME_HEAR_ONSET];
}

void hear_targets_fill(hear_targets *targets, int64_t b, const neume_segment *segment, const hear_recipe *recipe) {
    cells c = cells_of(targets, b);
    start(&c, recipe);
    for (size_t i = 0; i < segment->truth.count; i++) {
        const neume_note *note = &segment->truth.items[i];
        if (note->program == NEUME_PROGRAM_DRUMS)
            fill_drum(&c, note, recipe);
        else
            fill_note(&c, note, segment->heard_until_s[i], recipe);
    }
    emphasise(&c, recipe);
}

/* --- instruments -------------------------------------------------------------------------------------------------- */

/* Long enough to be told apart, and whole enough in the segment. */
static bool can_be_asked(const neume_segment *segment, size_t i, double seconds) {
    static const double LEAST_S = 0.06, EARLIEST_S = 0.04, TAIL_S = 0.1;
    const neume_note *note = &segment->truth.items[i];
    int p = note->pitch - NEUME_PITCH_LOWEST;
    return note->program / 8 < NEUME_HEAR_FAMILIES && p >= 0 && p < NEUME_PITCHES && note->onset_s >= EARLIEST_S &&
           note->onset_s < seconds - TAIL_S && segment->heard_until_s[i] - note->onset_s >= LEAST_S;
}

/* Where instruments play in unison, each has its share. */
static void share_families(const neume_segment *segment, const neume_note *note, float *families) {
    static const double UNISON_S = 0.03;
    float sum = 0;
    for (size_t i = 0; i < segment->truth.count; i++) {
        const neume_note *other = &segment->truth.items[i];
        int family = other->program / 8;
        if (family < NEUME_HEAR_FAMILIES && other->pitch == note->pitch &&
            fabs(other->onset_s - note->onset_s) < UNISON_S)
            families[family] = 1;
    }
    for (int f = 0; f < NEUME_HEAR_FAMILIES; f++) sum += families[f];
    for (int f = 0; f < NEUME_HEAR_FAMILIES; f++) families[f] /= sum;
}

void hear_targets_place(hear_targets *targets, int64_t b, const neume_segment *segment, const hear_recipe *recipe,
                        neume_rng *rng) {
    hear_targets *g = targets;
    int64_t quota = recipe->places / recipe->batch, found = 0, first = b * quota;
    double seconds = (double)g->notes.dim[1] * FRAME_S;
    size_t chosen[256];                                 /* the recipe allows no more a segment */
    for (size_t i = 0; i < segment->truth.count; i++) { /* reservoir sampling */
        if (!can_be_asked(segment, i, seconds)) continue;
        int64_t at = found < quota ? found : neume_rng_below(rng, found + 1);
        if (at < quota) chosen[at] = i;
        found++;
    }
    memset(neume_f32(&g->families) + first * NEUME_HEAR_FAMILIES, 0,
           (size_t)(quota * NEUME_HEAR_FAMILIES) * sizeof(float));
    int64_t each = g->notes.dim[1] * NEUME_PITCHES;
    for (int64_t i = b * each; i < (b + 1) * each; i++)
        neume_f32(&g->sounding)[i] = neume_f32(&g->notes)[i * NEUME_HEAR_OUTPUTS + NEUME_HEAR_FRAME];
    for (int64_t k = 0; k < quota; k++) {
        g->places[first + k] = (neume_hear_place){.b = b};
        neume_f32(&g->families_weight)[first + k] = 0;
        if (k >= found) continue;
        const neume_note *note = &segment->truth.items[chosen[k]];
        int64_t late = neume_rng_below(rng, 4) - 1; /* the decoder is not always right to the frame */
        g->places[first + k] = (neume_hear_place){
            b, (int64_t)floor(note->onset_s / FRAME_S + 0.5) + (late > 1 ? 0 : late), note->pitch - NEUME_PITCH_LOWEST};
        neume_f32(&g->families_weight)[first + k] = FAMILY_WEIGHT[note->program / 8];
        share_families(segment, note, neume_f32(&g->families) + (first + k) * NEUME_HEAR_FAMILIES);
    }
}
