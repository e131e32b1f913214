/* An orchestra of invented instruments: every program of General MIDI that has a recipe, and some drum kits, from one
 * number; or many kits alone. Fonts and recordings are few and copy one another; a model that has heard only them knows
 * the recordings, not the instruments. */
#include "build.h"
#include "invent.h"
#include "ranges.h"

#include <stdio.h>
#include <string.h>

enum {
    RATE = NEUME_SYNTH_RATE_HZ,
    KITS = 4,
    KITS_ALONE = 16,
    PITCH_STEP = 3,
    STRUCK_SAMPLES = 4 * RATE,
    HELD_SAMPLES = 5 * RATE / 2,
    DRUM_SAMPLES = 2 * RATE,
    DRUM_LOWEST = 27,
    DRUM_HIGHEST = 87,
};

static neume_status build_notes(const invent_design *design, const program_range *range, float *x,
                                built_preset *preset) {
    static const int velocities[] = {50, 100};
    size_t count = design->struck ? STRUCK_SAMPLES : HELD_SAMPLES;
    const int lowest = (unsigned char)range->lowest, highest = (unsigned char)range->highest; /* both below 128 */
    for (int pitch = lowest; pitch <= highest; pitch += PITCH_STEP)
        for (size_t v = 0; v < sizeof velocities / sizeof *velocities; v++) {
            const note_plan plan = {pitch, velocities[v], .may_loop = true, .struck = design->struck};
            NEUME_TRY(neume__invent_note(design, pitch, velocities[v], x, count));
            NEUME_TRY(neume__built_add(preset, &plan, x, count));
        }
    return NEUME_OK;
}

static neume_status build_program(uint64_t number, int program, float *x, built_preset *preset) {
    neume_rng rng = neume_rng_seeded(number, (uint64_t)program);
    invent_design design;
    if (!neume__invent_design(program, &rng, &design)) return NEUME_OK;
    preset->program = program;
    snprintf(preset->source, sizeof preset->source, "invented-%llu", (unsigned long long)number);
    NEUME_TRY(build_notes(&design, &neume__program_ranges[program], x, preset));
    for (size_t i = 0; i < preset->count; i++)
        preset->notes[i].row.release_s = (float)neume_rng_uniform(&rng, 0.03, design.struck ? 0.12 : 0.2);
    return NEUME_OK;
}

static neume_status build_kit(uint64_t number, int kit_number, float *x, built_preset *preset) {
    static const int velocities[] = {50, 110};
    neume_rng rng = neume_rng_seeded(number, 1000 + (uint64_t)kit_number);
    const invent_kit kit = neume__invent_kit(&rng);
    preset->program = NEUME_PROGRAM_DRUMS;
    snprintf(preset->source, sizeof preset->source, "invented-%llu-%d", (unsigned long long)number, kit_number);
    for (int key = DRUM_LOWEST; key <= DRUM_HIGHEST; key++)
        for (size_t v = 0; v < sizeof velocities / sizeof *velocities; v++) {
            const note_plan plan = {key, velocities[v], .struck = true};
            if (neume__invent_drum(&kit, key, velocities[v], x, DRUM_SAMPLES))
                NEUME_TRY(neume__built_add(preset, &plan, x, DRUM_SAMPLES));
        }
    return NEUME_OK;
}

typedef struct orchestra {
    uint64_t number;
    int programs; /* its presets before the kits: all, or none */
    bank_writer *writer;
} orchestra;

/* Preset i of an orchestra: a program, or behind them a kit. Programs without a recipe deliver nothing to be kept. */
static neume_status build_one(void *context, int64_t i) {
    const orchestra *o = context;
    built_preset preset = {0};
    float *x = neume__alloc(STRUCK_SAMPLES * sizeof *x);
    if (!x) return NEUME_ENOMEM;
    neume_status status = i < o->programs ? build_program(o->number, (int)i, x, &preset)
                                          : build_kit(o->number, (int)i - o->programs, x, &preset);
    if (!status) {
        neume__built_finish(&preset);
        status = neume__writer_deliver(o->writer, (size_t)i, &preset);
    }
    neume__built_clear(&preset);
    neume__free(x);
    return status;
}

neume_status neume__build_invented(uint64_t number, bank_writer *writer) {
    orchestra o = {number, SYNTH_PROGRAMS, writer};
    return neume_parallel_for(SYNTH_PROGRAMS + KITS, build_one, &o);
}

neume_status neume__build_invented_kits(uint64_t number, bank_writer *writer) {
    orchestra o = {number, 0, writer};
    return neume_parallel_for(KITS_ALONE, build_one, &o);
}
