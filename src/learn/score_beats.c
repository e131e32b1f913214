/* How well beats, tempo, metre and key are found.
 *
 * Beats are points in time, so the best one-to-one matching within a tolerance is found by walking both lists once.
 * Continuity asks more: a beat counts only if the step to its neighbour is right too; "allowed" levels (twice, half,
 * off the beat) are other readings of the same truth, and the best of them counts. */
#include "neume/learn.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double NEAR_S = 0.07;
static const double ROUNDING_S = 1e-9;
static const double CONTINUITY = 0.175; /* of a beat: phase and period */
static const double TEMPO_NEAR = 0.04;

void neume_timeline_clear(neume_timeline *timeline) {
    free(timeline->beats_s), free(timeline->downbeats_s);
    *timeline = (neume_timeline){0};
}

/* Rising moments, borrowed. */
typedef struct moments {
    const double *s;
    size_t count;
} moments;

static moments from_second(const double *s, size_t count, double first_s) {
    while (count && *s < first_s) s++, count--;
    return (moments){s, count};
}

static double f1_near(moments truth, moments estimate) {
    size_t hits = 0;
    if (!truth.count && !estimate.count) return 1;
    for (size_t t = 0, e = 0; t < truth.count && e < estimate.count;) {
        const double late_s = estimate.s[e] - truth.s[t];
        if (fabs(late_s) <= NEAR_S + ROUNDING_S)
            hits++, t++, e++;
        else if (late_s < 0)
            e++;
        else
            t++;
    }
    return 2 * (double)hits / (double)(truth.count + estimate.count);
}

/* --- continuity --------------------------------------------------------------------------------------------------- */

/* Is estimated beat e at the true beat t, and its step to the neighbour (the next for a first beat) as long as there?
 */
static bool steps_right(moments truth, size_t t, moments estimate, size_t e) {
    const bool ahead = e == 0 || t == 0;
    if (ahead && (e + 1 >= estimate.count || t + 1 >= truth.count)) return false;
    const size_t t0 = ahead ? t : t - 1, e0 = ahead ? e : e - 1;
    const double true_step_s = truth.s[t0 + 1] - truth.s[t0], step_s = estimate.s[e0 + 1] - estimate.s[e0];
    return fabs(estimate.s[e] - truth.s[t]) < CONTINUITY * true_step_s && fabs(1 - step_s / true_step_s) < CONTINUITY;
}

static double share_continuous(moments truth, moments estimate) {
    size_t right = 0, nearest = 0, used = SIZE_MAX;
    if (truth.count < 2 || estimate.count < 2) return 0;
    for (size_t e = 0; e < estimate.count; e++) {
        while (nearest + 1 < truth.count &&
               fabs(truth.s[nearest + 1] - estimate.s[e]) < fabs(truth.s[nearest] - estimate.s[e]))
            nearest++;
        if (nearest == used || !steps_right(truth, nearest, estimate, e)) continue;
        used = nearest;
        right++;
    }
    return (double)right / (double)(truth.count > estimate.count ? truth.count : estimate.count);
}

/* Every second of the moments. */
static moments thin(moments all, size_t first, double *out) {
    size_t count = 0;
    for (size_t i = first; i < all.count; i += 2) out[count++] = all.s[i];
    return (moments){out, count};
}

static neume_status score_continuity(moments truth, moments estimate, neume_beat_scores *out) {
    out->cmlt = out->amlt = share_continuous(truth, estimate);
    if (truth.count < 2) return NEUME_OK;
    const size_t doubled = 2 * truth.count - 1;
    double *twice = neume__alloc(2 * doubled * sizeof *twice);
    if (!twice) return NEUME_ENOMEM;
    for (size_t i = 0; i < doubled; i++) twice[i] = i % 2 ? (truth.s[i / 2] + truth.s[i / 2 + 1]) / 2 : truth.s[i / 2];
    const moments both = {twice, doubled};
    out->amlt = fmax(out->amlt, share_continuous(both, estimate));
    out->amlt = fmax(out->amlt, share_continuous(thin(both, 1, twice + doubled), estimate));
    for (size_t first = 0; first < 2; first++)
        out->amlt = fmax(out->amlt, share_continuous(thin(truth, first, twice + doubled), estimate));
    neume__free(twice);
    return NEUME_OK;
}

/* --- tempo -------------------------------------------------------------------------------------------------------- */

static int by_size(const void *left, const void *right) {
    const double a = *(const double *)left, b = *(const double *)right;
    return a < b ? -1 : a > b;
}

/* As told, or from the median distance of beats; 0 when neither is known. */
static neume_status find_tempo(const neume_timeline *timeline, double *out) {
    const size_t steps = timeline->beat_count ? timeline->beat_count - 1 : 0;
    *out = timeline->tempo_bpm;
    if (*out > 0 || !steps) return NEUME_OK;
    double *step_s = neume__alloc(steps * sizeof *step_s);
    if (!step_s) return NEUME_ENOMEM;
    for (size_t i = 0; i < steps; i++) step_s[i] = timeline->beats_s[i + 1] - timeline->beats_s[i];
    qsort(step_s, steps, sizeof *step_s, by_size);
    const double median_s = (step_s[(steps - 1) / 2] + step_s[steps / 2]) / 2;
    neume__free(step_s);
    *out = median_s > 0 ? 60 / median_s : 0;
    return NEUME_OK;
}

static neume_status score_tempo(const neume_timeline *truth, const neume_timeline *estimate, neume_beat_scores *out) {
    static const double levels[] = {1, 2, 3, 1. / 2, 1. / 3};
    double true_bpm, bpm;
    NEUME_TRY(find_tempo(truth, &true_bpm));
    NEUME_TRY(find_tempo(estimate, &bpm));
    if (!(true_bpm > 0) || (!(bpm > 0) && !estimate->has_beats)) return NEUME_OK;
    out->tempo1 = out->tempo2 = 0;
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        const double meant = true_bpm * levels[i];
        if (fabs(bpm - meant) > TEMPO_NEAR * meant + ROUNDING_S) continue;
        if (i == 0) out->tempo1 = 1;
        out->tempo2 = 1;
    }
    return NEUME_OK;
}

/* --- key ---------------------------------------------------------------------------------------------------------- */

static int pitch_class(const neume_key *key) {
    return (neume_pitch_number((neume_pitch){key->tonic_step, key->tonic_alter, 4, false}) + 120) % 12;
}

static bool same_signature(const neume_key *a, const neume_key *b) {
    return memcmp(a->alter, b->alter, sizeof a->alter) == 0;
}

/* Sharps less flats: where it stands on the circle of fifths, whose ends meet (C# = Db). */
static int sharps(const neume_key *key) {
    int sum = 0;
    for (int i = 0; i < 7; i++) sum += key->alter[i];
    return (sum + 24) % 12;
}

double neume_key_score(const neume_key *truth, const neume_key *estimate) {
    const int steps = (pitch_class(estimate) - pitch_class(truth) + 12) % 12;
    if (truth->mode == estimate->mode) return steps == 0 ? 1 : steps == 7 ? .5 : 0;
    if (sharps(truth) == sharps(estimate)) return .3;
    return steps == 0 ? .2 : 0;
}

/* ------------------------------------------------------------------------------------------------------------------ */

neume_status neume_beats_score(const neume_timeline *truth, const neume_timeline *estimate, double skip_s,
                               neume_beat_scores *out) {
    neume_beat_scores scores = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
    if (truth->has_beats && estimate->has_beats) {
        const moments t = from_second(truth->beats_s, truth->beat_count, skip_s),
                      e = from_second(estimate->beats_s, estimate->beat_count, skip_s);
        scores.beat = f1_near(t, e);
        scores.downbeat = f1_near(from_second(truth->downbeats_s, truth->downbeat_count, skip_s),
                                  from_second(estimate->downbeats_s, estimate->downbeat_count, skip_s));
        NEUME_TRY(score_continuity(t, e, &scores));
    }
    NEUME_TRY(score_tempo(truth, estimate, &scores));
    if (truth->metre.beats && estimate->metre.beats) {
        scores.numerator = truth->metre.beats == estimate->metre.beats;
        scores.metre = truth->metre.beats == estimate->metre.beats && truth->metre.unit == estimate->metre.unit;
    }
    if (truth->has_key && estimate->has_key) {
        scores.signature = same_signature(&truth->key, &estimate->key);
        if (truth->key.mode != NEUME_MODE_NONE) scores.key = neume_key_score(&truth->key, &estimate->key);
    }
    *out = scores;
    return NEUME_OK;
}
