/* Writes a small but valid SoundFont (SoundFont 2.01 specification, sections 4 to 8) for tests: a decaying preset, a
 * sustained one, one that is out of tune, and a drum kit.
 *
 *     RIFF sfbk = LIST INFO (version, engine, name) + LIST sdta (samples) + LIST pdta (nine tables)
 *
 * Every preset has one zone naming one instrument, every instrument one zone naming one sample, so all index tables
 * count up. */
#ifndef NEUME_TINY_SOUNDFONT_H
#define NEUME_TINY_SOUNDFONT_H

#include <math.h>
#include <string.h>

#include "neume/base.h"

enum {
    TINY_DECAYING_PROGRAM = 11,  /* vibraphone */
    TINY_SUSTAINED_PROGRAM = 68, /* oboe */
    TINY_MISTUNED_PROGRAM = 73,  /* flute, 50 cents sharp */
    TINY_RATE_HZ = 44000,        /* so that A4 = 440 Hz has a period of exactly 100 samples */
    TINY_TONE_SAMPLES = 4400,
    TINY_NOISE_SAMPLES = 13200,
    TINY_GAP_SAMPLES = 46, /* of silence after each sample, as the specification asks */
    TINY_PRESETS = 4,
};

/* Generators of the specification's table 8.1.2. */
enum {
    TINY_DECAY = 36,
    TINY_SUSTAIN = 37,
    TINY_RELEASE = 38,
    TINY_INSTRUMENT = 41,
    TINY_FINE_TUNE = 52,
    TINY_SAMPLE = 53,
    TINY_MODES = 54
};

static inline neume_status tiny_u16(neume_buffer *b, int value) {
    uint8_t bytes[2] = {(uint8_t)(value & 0xff), (uint8_t)(value >> 8 & 0xff)};
    return neume_buffer_append(b, bytes, 2);
}

static inline neume_status tiny_u32(neume_buffer *b, size_t value) {
    NEUME_TRY(tiny_u16(b, (int)(value & 0xffff)));
    return tiny_u16(b, (int)(value >> 16 & 0xffff));
}

static inline neume_status tiny_name(neume_buffer *b, const char *name) {
    char field[20] = {0};
    snprintf(field, sizeof field, "%s", name);
    return neume_buffer_append(b, field, sizeof field);
}

static inline neume_status tiny_chunk(neume_buffer *to, const char *id, const char *list, neume_buffer *content) {
    neume_status status = neume_buffer_append(to, id, 4);
    if (!status) status = tiny_u32(to, content->size + (list ? 4 : 0));
    if (!status && list) status = neume_buffer_append(to, list, 4);
    if (!status) status = neume_buffer_append(to, content->data, content->size);
    neume_buffer_clear(content);
    return status;
}

/* A tone of period 100 with six harmonics, then a burst of falling noise. */
static inline neume_status tiny_samples(neume_buffer *smpl) {
    neume_rng rng = neume_rng_seeded(7, 7);
    for (int i = 0; i < TINY_TONE_SAMPLES; i++) {
        double x = 0;
        for (int h = 1; h <= 6; h++) x += sin(2 * M_PI * h * i / 100) / h;
        NEUME_TRY(tiny_u16(smpl, (int)(x * 10000)));
    }
    for (int i = 0; i < TINY_GAP_SAMPLES; i++) NEUME_TRY(tiny_u16(smpl, 0));
    for (int i = 0; i < TINY_NOISE_SAMPLES; i++)
        NEUME_TRY(tiny_u16(smpl, (int)(20000 * neume_rng_uniform(&rng, -1, 1) * exp(-i / 2000.0))));
    for (int i = 0; i < TINY_GAP_SAMPLES; i++) NEUME_TRY(tiny_u16(smpl, 0));
    return NEUME_OK;
}

typedef struct tiny_generator {
    int id, value;
} tiny_generator;

static const struct {
    int bank, program;
    tiny_generator generators[5]; /* TINY_SAMPLE comes last; zero ends */
} tiny_presets[TINY_PRESETS] = {
    {0,
     TINY_DECAYING_PROGRAM,
     {{TINY_DECAY, 2400}, {TINY_SUSTAIN, 1000}, {TINY_RELEASE, -2400}, {TINY_MODES, 1}, {TINY_SAMPLE, 0}}},
    {0, TINY_SUSTAINED_PROGRAM, {{TINY_RELEASE, -2400}, {TINY_MODES, 1}, {TINY_SAMPLE, 0}}},
    {0, TINY_MISTUNED_PROGRAM, {{TINY_FINE_TUNE, 50}, {TINY_MODES, 1}, {TINY_SAMPLE, 0}}},
    {128, 0, {{TINY_SAMPLE, 1}}},
};

static inline neume_status tiny_preset_tables(neume_buffer *pdta) {
    neume_buffer phdr = {0}, pbag = {0}, pmod = {0}, pgen = {0};
    for (int p = 0; p <= TINY_PRESETS; p++) {
        bool last = p == TINY_PRESETS;
        NEUME_TRY(tiny_name(&phdr, last ? "EOP" : "preset"));
        NEUME_TRY(tiny_u16(&phdr, last ? 0 : tiny_presets[p].program));
        NEUME_TRY(tiny_u16(&phdr, last ? 0 : tiny_presets[p].bank));
        NEUME_TRY(tiny_u16(&phdr, p));
        for (int k = 0; k < 3; k++) NEUME_TRY(tiny_u32(&phdr, 0));
        NEUME_TRY(tiny_u16(&pbag, p));
        NEUME_TRY(tiny_u16(&pbag, 0));
        NEUME_TRY(tiny_u16(&pgen, last ? 0 : TINY_INSTRUMENT));
        NEUME_TRY(tiny_u16(&pgen, last ? 0 : p));
    }
    for (int k = 0; k < 5; k++) NEUME_TRY(tiny_u16(&pmod, 0));
    NEUME_TRY(tiny_chunk(pdta, "phdr", NULL, &phdr));
    NEUME_TRY(tiny_chunk(pdta, "pbag", NULL, &pbag));
    NEUME_TRY(tiny_chunk(pdta, "pmod", NULL, &pmod));
    return tiny_chunk(pdta, "pgen", NULL, &pgen);
}

static inline neume_status tiny_instrument_tables(neume_buffer *pdta) {
    neume_buffer inst = {0}, ibag = {0}, imod = {0}, igen = {0};
    int generators = 0;
    for (int p = 0; p <= TINY_PRESETS; p++) {
        NEUME_TRY(tiny_name(&inst, p == TINY_PRESETS ? "EOI" : "instrument"));
        NEUME_TRY(tiny_u16(&inst, p));
        NEUME_TRY(tiny_u16(&ibag, generators));
        NEUME_TRY(tiny_u16(&ibag, 0));
        for (int g = 0; p < TINY_PRESETS && g < 5 && tiny_presets[p].generators[g].id; g++, generators++) {
            NEUME_TRY(tiny_u16(&igen, tiny_presets[p].generators[g].id));
            NEUME_TRY(tiny_u16(&igen, tiny_presets[p].generators[g].value));
        }
    }
    NEUME_TRY(tiny_u32(&igen, 0));
    for (int k = 0; k < 5; k++) NEUME_TRY(tiny_u16(&imod, 0));
    NEUME_TRY(tiny_chunk(pdta, "inst", NULL, &inst));
    NEUME_TRY(tiny_chunk(pdta, "ibag", NULL, &ibag));
    NEUME_TRY(tiny_chunk(pdta, "imod", NULL, &imod));
    return tiny_chunk(pdta, "igen", NULL, &igen);
}

static inline neume_status tiny_sample_table(neume_buffer *pdta) {
    const size_t noise = TINY_TONE_SAMPLES + TINY_GAP_SAMPLES;
    const size_t rows[3][4] = {{0, TINY_TONE_SAMPLES, 1000, 4000}, /* start, end, loop of 30 periods */
                               {noise, noise + TINY_NOISE_SAMPLES, noise + 8, noise + TINY_NOISE_SAMPLES - 8},
                               {0, 0, 0, 0}};
    neume_buffer shdr = {0};
    for (int s = 0; s < 3; s++) {
        NEUME_TRY(tiny_name(&shdr, s == 2 ? "EOS" : s ? "noise" : "tone"));
        for (int k = 0; k < 4; k++) NEUME_TRY(tiny_u32(&shdr, rows[s][k]));
        NEUME_TRY(tiny_u32(&shdr, s == 2 ? 0 : TINY_RATE_HZ));
        NEUME_TRY(tiny_u16(&shdr, s == 2 ? 0 : 69)); /* root key A4; no correction */
        NEUME_TRY(tiny_u16(&shdr, 0));
        NEUME_TRY(tiny_u16(&shdr, s == 2 ? 0 : 1)); /* mono */
    }
    return tiny_chunk(pdta, "shdr", NULL, &shdr);
}

/* Writes the font to `path`. A failure leaks: it ends the test anyway. */
static inline neume_status tiny_soundfont_write(const char *path) {
    neume_buffer version = {0}, text = {0}, info = {0}, smpl = {0}, sdta = {0}, pdta = {0}, body = {0}, file = {0};
    NEUME_TRY(tiny_u16(&version, 2));
    NEUME_TRY(tiny_u16(&version, 1));
    NEUME_TRY(tiny_chunk(&info, "ifil", NULL, &version));
    NEUME_TRY(neume_buffer_append(&text, "EMU8000\0", 8));
    NEUME_TRY(tiny_chunk(&info, "isng", NULL, &text));
    NEUME_TRY(neume_buffer_append(&text, "tiny\0\0", 6));
    NEUME_TRY(tiny_chunk(&info, "INAM", NULL, &text));
    NEUME_TRY(tiny_samples(&smpl));
    NEUME_TRY(tiny_chunk(&sdta, "smpl", NULL, &smpl));
    NEUME_TRY(tiny_preset_tables(&pdta));
    NEUME_TRY(tiny_instrument_tables(&pdta));
    NEUME_TRY(tiny_sample_table(&pdta));
    NEUME_TRY(tiny_chunk(&body, "LIST", "INFO", &info));
    NEUME_TRY(tiny_chunk(&body, "LIST", "sdta", &sdta));
    NEUME_TRY(tiny_chunk(&body, "LIST", "pdta", &pdta));
    NEUME_TRY(tiny_chunk(&file, "RIFF", "sfbk", &body));
    neume_status status = neume_file_write(path, file.data, file.size);
    neume_buffer_clear(&file);
    return status;
}

#endif
