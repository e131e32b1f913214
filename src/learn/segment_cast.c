/* Who plays what. A part keeps an instrument of its family half of the time; otherwise any that reaches its notes,
 * because a model that has heard a melody only on violins thinks melodies are violins. */
#include "segment.h"

#include <math.h>
#include <string.h>

static const double OWN_FAMILY = 0.5, ONE_FAMILY = 0.25, ONE_PIANO = 0.12, GRAND_PIANO = 0.7, PART_SILENT = 0.15,
                    SHORTENED = 0.5, VIBRATO = 0.15, BORROWED = 0.4, LOOPED = 0.35, LAYERED = 0.3;
enum { MELODIC_FAMILIES = 13 };

/* How often a family is taken when a part leaves its own: as music uses them, but for pianos, of which there are
 * enough. */
static const double FAMILY_WEIGHT[MELODIC_FAMILIES] = {1, 0.6, 0.8, 1.4, 0.8, 1.6, 1.2, 1.4, 1.4, 1.1, 0.7, 0.6, 0.2};

/* How much a preset must fit, most first: program and pitches; program alone (notes it lacks fall silent); pitched or
 * drums alone; and, only in a bank so small that the split has none of those, the same of the other split. */
enum { FIT_ALL, FIT_PROGRAM, FIT_SORT, FIT_OTHER_SPLIT, FITS };

typedef struct wanted {
    int first, last, lowest, highest;
} wanted;

static bool fits(const neume_bank_preset *preset, const wanted *w, int fit) {
    const bool drums = preset->program == NEUME_PROGRAM_DRUMS;
    if (drums != (w->first == NEUME_PROGRAM_DRUMS)) return false;
    if (fit >= FIT_SORT) return true;
    if (preset->program < w->first || preset->program > w->last) return false;
    return drums || fit == FIT_PROGRAM || (preset->lowest <= w->lowest && preset->highest >= w->highest);
}

int dataset_pick(const neume_dataset *d, int first, int last, int lowest, int highest, neume_rng *rng) {
    const wanted w = {first, last, lowest, highest};
    for (int fit = FIT_ALL; fit < FITS; fit++) {
        int found = 0, chosen = 0; /* one of `found` with equal chance, in one pass (reservoir sampling) */
        for (size_t i = 0; i < d->preset_count; i++) {
            if (!(d->in_split[i] || fit == FIT_OTHER_SPLIT) || !fits(&d->presets[i], &w, fit)) continue;
            if (neume_rng_below(rng, ++found) == 0) chosen = (int)i;
        }
        if (found) return chosen;
    }
    return 0;
}

static int line_preset(const neume_dataset *d, const casting *part, neume_rng *rng) {
    static const struct {
        int first, last;
    } singers[] = {{40, 44}, {40, 44}, {52, 54}, {52, 54}, {56, 63}, {64, 71}, {72, 79}, {72, 79}, {80, 87}};
    int which = (int)neume_rng_below(rng, (int64_t)(sizeof singers / sizeof *singers));
    return dataset_pick(d, singers[which].first, singers[which].last, part->lowest, part->highest, rng);
}

static int draw_family(neume_rng *rng) {
    double total = 0;
    for (int f = 0; f < MELODIC_FAMILIES; f++) total += FAMILY_WEIGHT[f];
    double at = neume_rng_uniform(rng, 0, total);
    int family = 0;
    while (family + 1 < MELODIC_FAMILIES && at >= FAMILY_WEIGHT[family]) at -= FAMILY_WEIGHT[family++];
    return family;
}

/* common: the family that all parts share, -1 = each has its own. */
static int part_preset(const neume_dataset *d, const casting *part, int common, neume_rng *rng) {
    int family = common >= 0 ? common : neume_rng_chance(rng, OWN_FAMILY) ? part->program / 8 : draw_family(rng);
    return dataset_pick(d, 8 * family, 8 * family + 7, part->lowest, part->highest, rng);
}

static bool can_shake(const neume_dataset *d, int preset) {
    return d->presets[preset].program >= 40 && d->presets[preset].program < 80;
}

static void give_manner(const neume_dataset *d, const playing *how, casting *part, bool one_piano, neume_rng *rng) {
    bool line = how->kind == PLAY_LINE, shakes = line || (neume_rng_chance(rng, VIBRATO) && can_shake(d, part->preset));
    part->gain = how->kind == PLAY_PIANO ? 1 : pow(10, neume_rng_uniform(rng, -9, 3) / 20);
    part->articulation =
        how->humanised && !one_piano && neume_rng_chance(rng, SHORTENED) ? neume_rng_uniform(rng, 0.5, 1) : 1;
    part->detune_cents = how->detune_cents + (how->kind == PLAY_PIANO ? 0 : 4 * neume_rng_normal(rng));
    part->vibrato_cents = shakes ? neume_rng_uniform(rng, 10, line ? 60 : 35) : 0;
    part->vibrato_hz = neume_rng_uniform(rng, 4.5, 7);
    part->level = neume_rng_uniform(rng, 45, 105);
    part->borrowed_semitones = neume_rng_chance(rng, BORROWED) ? (int)neume_rng_below(rng, 15) - 7 : 0;
    if (neume_rng_chance(rng, LOOPED)) { /* a small sampler */
        part->loop_from_s = neume_rng_uniform(rng, 0.05, 0.4);
        part->loop_s = 0.02 * pow(10, neume_rng_uniform(rng, 0, 1));
    }
}

static int count_parts(const casting parts[PARTS_MAX]) {
    int count = 0;
    for (int i = 0; i < PARTS_MAX; i++) count += parts[i].present;
    return count;
}

/* A line has one part that sounds; elsewhere some fall silent, but never all. */
static void choose_silent(const playing *how, casting parts[PARTS_MAX], neume_rng *rng) {
    int count = count_parts(parts), left = count;
    int soloist = how->kind == PLAY_LINE && count ? (int)neume_rng_below(rng, count) : -1;
    for (int i = 0, seen = 0; i < PARTS_MAX; i++) {
        if (!parts[i].present) continue;
        if (soloist >= 0)
            parts[i].silent = seen != soloist;
        else
            parts[i].silent = how->kind != PLAY_PIANO && left > 1 && neume_rng_chance(rng, PART_SILENT);
        left -= parts[i].silent;
        seen++;
    }
}

/* There are few sounds of each family: two of them together make a third, as the players of a section do. */
static void add_layer(const neume_dataset *d, const playing *how, casting *part, neume_rng *rng) {
    int program = d->presets[part->preset].program;
    part->second_preset = -1;
    if (how->kind == PLAY_PIANO || !neume_rng_chance(rng, LAYERED)) return;
    int second = dataset_pick(d, program, program, part->lowest, part->highest, rng);
    if (second == part->preset || d->presets[second].program != program) return;
    part->second_preset = second;
    part->second_gain = pow(10, neume_rng_uniform(rng, -10, 3) / 20);
}

void dataset_cast(const neume_dataset *d, const playing *how, casting parts[PARTS_MAX], int *kit, neume_rng *rng) {
    bool one_piano = how->kind == PLAY_PIANO || (how->kind == PLAY_CHAMBER && neume_rng_chance(rng, ONE_PIANO));
    int piano = one_piano ? dataset_pick(d, 0, neume_rng_chance(rng, GRAND_PIANO) ? 1 : 7, 60, 60, rng) : 0;
    const bool one_family = how->kind == PLAY_CHAMBER && !one_piano && neume_rng_chance(rng, ONE_FAMILY);
    const int common = one_family ? draw_family(rng) : -1; /* a string quartet, a choir, a brass band */
    bool together = (how->kind == PLAY_CHAMBER || how->kind == PLAY_BAND) && d->options.share_ensembles > 0 &&
                    neume_rng_chance(rng, d->options.share_ensembles);
    ensemble players;
    if (together) ensemble_draw(d, how->kind == PLAY_BAND, &players, rng);
    choose_silent(how, parts, rng);
    for (int i = 0; i < PARTS_MAX; i++) {
        if (!parts[i].present) continue;
        parts[i].preset = together                 ? ensemble_preset(d, &players, &parts[i], rng)
                          : one_piano              ? piano
                          : how->kind == PLAY_LINE ? line_preset(d, &parts[i], rng)
                                                   : part_preset(d, &parts[i], common, rng);
        give_manner(d, how, &parts[i], one_piano, rng);
        add_layer(d, how, &parts[i], rng);
    }
    *kit = dataset_pick(d, NEUME_PROGRAM_DRUMS, NEUME_PROGRAM_DRUMS, 0, 0, rng);
}
