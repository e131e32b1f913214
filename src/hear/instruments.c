/* Which instrument plays which note, judged by the whole recording.
 *
 * The network says of each note how likely each family is, from its first half second or so, and is often unsure. Two
 * things are known beside that. A note's neighbours in time and pitch mostly belong to the same instrument: so log
 * probabilities are averaged over them. And a recording has few instruments: so families that would have hardly a note
 * are struck off, the smallest first, and their notes go where they fit next best. The numbers were chosen on recorded
 * instruments (docs/hear-log.md). */
#include "decode.h"

#include <math.h>
#include <string.h>

static const double REACH_S = 12, FADE_S = 4, FADE_SEMITONES = 4; /* of neighbours */
static const double OWN_WEIGHT = 1.5;                             /* a note's own evidence, a neighbour's being 1 */
static const double SHARE_LEAST = 0.03;
enum { F = NEUME_HEAR_FAMILIES };

int hear_program_of_family(const neume_instruments *instruments, int family) {
    return instruments->restricted ? instruments->program[family] : neume_family_program(family);
}

static bool is_allowed(const neume_instruments *instruments, int family) {
    return hear_program_of_family(instruments, family) >= 0;
}

bool hear_any_family(const neume_instruments *instruments) {
    for (int i = 0; i < F; i++)
        if (is_allowed(instruments, i)) return true;
    return false;
}

int hear_best_family(const neume_instruments *instruments, const float *evidence) {
    int best = -1;
    for (int i = 0; i < F; i++)
        if (is_allowed(instruments, i) && (best < 0 || evidence[i] > evidence[best])) best = i;
    return best;
}

static bool is_pitched(const neume_note *note) {
    return note->program != NEUME_PROGRAM_DRUMS;
}

/* Adds a neighbour's evidence to a note's sum, by how near it is. */
static void add_neighbour(const neume_note *note, const neume_note *other, const float *evidence, double *sum,
                          double *weights) {
    double distance =
        fabs(note->onset_s - other->onset_s) / FADE_S + fabs((double)(note->pitch - other->pitch)) / FADE_SEMITONES;
    double weight = exp(-distance) * (note == other ? OWN_WEIGHT : 1);
    for (int f = 0; f < F; f++) sum[f] += weight * (double)evidence[f];
    *weights += weight;
}

static void smooth(const neume_notes *notes, const float *evidence, int64_t stride, double (*smoothed)[F]) {
    size_t first = 0;
    for (size_t i = 0; i < notes->count; i++) {
        const neume_note *note = &notes->items[i];
        double sum[F] = {0}, weights = 0;
        if (!is_pitched(note)) continue;
        while (notes->items[first].onset_s < note->onset_s - REACH_S) first++;
        for (size_t j = first; j < notes->count && notes->items[j].onset_s <= note->onset_s + REACH_S; j++)
            if (is_pitched(&notes->items[j]))
                add_neighbour(note, &notes->items[j], evidence + j * (size_t)stride, sum, &weights);
        for (int f = 0; f < F; f++) smoothed[i][f] = sum[f] / weights;
    }
}

/* Gives each note to the best family that is left. @return the smallest family that is too small, -1 when none is */
static int give(const neume_notes *notes, double (*evidence)[F], const bool *left, int *family) {
    size_t count[F] = {0}, all = 0;
    int smallest = -1;
    for (size_t i = 0; i < notes->count; i++) {
        if (!is_pitched(&notes->items[i])) continue;
        int best = -1;
        for (int f = 0; f < F; f++)
            if (left[f] && (best < 0 || evidence[i][f] > evidence[i][best])) best = f;
        family[i] = best;
        count[best]++;
        all++;
    }
    for (int f = 0; f < F; f++) {
        bool too_small = count[f] && (double)count[f] < SHARE_LEAST * (double)all;
        if (too_small && (smallest < 0 || count[f] < count[smallest])) smallest = f;
    }
    return smallest;
}

static void settle(const neume_instruments *instruments, double (*evidence)[F], neume_notes *notes, int *family) {
    bool left[F], any = false;
    for (int f = 0; f < F; f++) any |= left[f] = is_allowed(instruments, f);
    if (!any) return; /* only drums were allowed: there is no pitched note */
    for (int gone; (gone = give(notes, evidence, left, family)) >= 0;) left[gone] = false;
    for (size_t i = 0; i < notes->count; i++)
        if (is_pitched(&notes->items[i]))
            notes->items[i].program = (int16_t)hear_program_of_family(instruments, family[i]);
}

static void take(const neume_notes *notes, const float *evidence, int64_t stride, double (*taken)[F]) {
    for (size_t i = 0; i < notes->count; i++)
        for (int f = 0; f < F; f++) taken[i][f] = (double)evidence[i * (size_t)stride + (size_t)f];
}

neume_status hear_settle_instruments(const neume_instruments *instruments, const float *evidence, int64_t stride,
                                     bool read_together, neume_notes *notes) {
    double(*judged)[F] = neume__calloc(notes->count + 1, sizeof *judged);
    int *family = neume__calloc(notes->count + 1, sizeof *family);
    if (judged && family) {
        if (read_together)
            take(notes, evidence, stride, judged);
        else
            smooth(notes, evidence, stride, judged);
        settle(instruments, judged, notes, family);
    }
    neume_status status = judged && family ? NEUME_OK : NEUME_ENOMEM;
    neume__free(judged);
    neume__free(family);
    return status;
}
