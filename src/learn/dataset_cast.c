/* Casting: which of the bank's presets plays which voice. */
#include "dataset.h"

#include <math.h>

/* Where the instruments of a family plausibly play, from the lowest of its members to the highest (MIDI pitches). */
static const struct {
    int lowest, highest;
} family_ranges[NEUME_FAMILIES] = {
    {21, 108}, /* piano */
    {48, 108}, /* chromatic percussion */
    {28, 103}, /* organ */
    {38, 91},  /* guitar */
    {24, 67},  /* bass */
    {28, 103}, /* strings */
    {33, 96},  /* ensemble, voices */
    {28, 88},  /* brass */
    {34, 96},  /* reed */
    {53, 108}, /* pipe */
    {36, 100}, /* synth lead */
    {33, 96},  /* synth pad */
    {36, 96},  /* synth effects */
    {43, 91},  /* ethnic */
    {0, -1},   /* percussive and */
    {0, -1},   /* sound effects play no part */
};

enum { CAST_TRIES = 12 };

uint32_t index_list_draw(const index_list *list, neume_rng *rng) {
    if (!list->weight_sums) return list->items[neume_rng_below(rng, (int64_t)list->count)];
    double wanted = neume_rng_uniform(rng, 0, list->weight_sums[list->count - 1]);
    size_t low = 0, high = list->count - 1;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (list->weight_sums[middle] <= wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return list->items[low];
}

/* Whether a preset can play a voice: it has the outermost pitches, and its family reaches there. */
static bool can_play(const neume_dataset *d, size_t preset, const scene_voice *voice) {
    neume_bank_preset facts = neume_bank_preset_at(d->bank, preset);
    if (voice->program == NEUME_PROGRAM_DRUMS) return facts.program == NEUME_PROGRAM_DRUMS;
    int family = neume_program_family(facts.program);
    return family < NEUME_FAMILIES && voice->lowest >= family_ranges[family].lowest &&
           voice->highest <= family_ranges[family].highest && neume_bank_has_pitch(d->bank, preset, voice->lowest) &&
           neume_bank_has_pitch(d->bank, preset, voice->highest);
}

/* The list a voice draws its next try from. */
static const index_list *draw_list(scene *s, const scene_voice *voice, cast_rule rule) {
    const neume_dataset *d = s->dataset;
    if (voice->program == NEUME_PROGRAM_DRUMS) return &d->kits;
    int family = neume_program_family(voice->program);
    switch (rule) {
    case CAST_PIANO: {
        bool grand = neume_rng_chance(&s->rng, .7);
        if (d->grands.count && (grand || !d->keyboards.count)) return &d->grands;
        return &d->keyboards;
    }
    case CAST_LINE:
        return &d->lines;
    case CAST_OWN:
        /* Family 0 is not all of the keyboards here: an accompaniment deserves the grands as often as a solo. */
        if (family == 0 && neume_rng_chance(&s->rng, .7)) return d->grands.count ? &d->grands : &d->families[0];
        if (family < NEUME_FAMILIES) return &d->families[family];
        return &d->melodic;
    case CAST_ANY:
        break;
    }
    return &d->melodic;
}

static void cast_voice(scene *s, scene_voice *voice, cast_rule rule) {
    voice->cast = true;
    bool drums = voice->program == NEUME_PROGRAM_DRUMS;
    if (rule == CAST_OWN && !drums && neume_rng_chance(&s->rng, .5)) rule = CAST_ANY;
    for (int i = 0; i < CAST_TRIES; i++) {
        if (i == CAST_TRIES / 2 && rule != CAST_PIANO) rule = CAST_ANY; /* nobody of its own kind: let others try */
        const index_list *list = draw_list(s, voice, rule);
        if (!list->count) list = &s->dataset->melodic;
        if (!list->count) break;
        voice->preset = index_list_draw(list, &s->rng);
        if (can_play(s->dataset, voice->preset, voice)) return;
        if (rule == CAST_PIANO && i == CAST_TRIES - 1) return; /* the notes it lacks are left out when played */
    }
    voice->silent = true;
}

static bool can_vibrate(int program) {
    int family = neume_program_family(program);
    return (family == 5 && program != 45 && program != 46 && program != 47) || family == 6 || family == 7 ||
           family == 8 || family == 9 || family == 10;
}

static void draw_vibrato(scene *s, scene_voice *voice, double chance) {
    int program = neume_bank_preset_at(s->dataset->bank, voice->preset).program;
    if (!can_vibrate(program) || !neume_rng_chance(&s->rng, chance)) return;
    voice->vibrato_cents = neume_rng_uniform(&s->rng, 20, 60);
    voice->vibrato_hz = neume_rng_uniform(&s->rng, 4.5, 7);
}

void scene_cast(scene *s, cast_rule rule) {
    for (size_t i = 0; i < s->voice_count; i++) {
        scene_voice *voice = &s->voices[i];
        if (voice->cast) continue;
        cast_voice(s, voice, rule);
        if (!voice->silent) draw_vibrato(s, voice, rule == CAST_LINE ? .85 : .2);
    }
}
