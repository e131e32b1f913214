/* Notes out of a SoundFont, by FluidSynth, dry. They are rendered at twice the bank's rate and halved by a half-band
 * filter: FluidSynth does not band-limit what it transposes down in rate, so at 22,050 Hz cymbals and attacks would
 * fold over.
 *
 * Each worker has its own synthesiser with its own copy of the font (they share no state) and takes the next preset
 * when it is done with one. */
#include "build.h"
#include "fluid.h"
#include "measure.h"
#include "ranges.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

enum {
    RATE = NEUME_SYNTH_RATE_HZ,
    BLOCK = 64,     /* FluidSynth starts notes on multiples of this */
    PITCH_STEP = 3, /* stored pitches; the mixer transposes by at most one semitone */
    HELD_SAMPLES = RATE * 5 / 2,
    STRUCK_LOW_SAMPLES = RATE * 5,
    STRUCK_HIGH_SAMPLES = RATE * 7 / 2, /* from middle C + an octave up */
    DRUM_SAMPLES = RATE * 4,
    KEY_DOWN_SAMPLES = RATE * 6 / 10, /* for the release time */
    LONGEST_SAMPLES = STRUCK_LOW_SAMPLES,
    BANK_DRUMS = 128,
    KITS_MOST = 3,
};

static const int VELOCITIES[] = {40, 80, 115};
enum { VELOCITY_COUNT = sizeof VELOCITIES / sizeof *VELOCITIES };

/* One worker's synthesiser and its buffers. */
typedef struct renderer {
    fluid fluid;         /* at twice the rate */
    float *left, *right; /* twice the rate */
    float *mono;         /* (LONGEST_SAMPLES) */
} renderer;

static void renderer_clear(renderer *r) {
    neume__fluid_clear(&r->fluid);
    neume__free(r->left);
    neume__free(r->right);
    neume__free(r->mono);
}

static neume_status renderer_init(renderer *r, const char *path) {
    *r = (renderer){0};
    const size_t fine = (2 * LONGEST_SAMPLES + 2 * BLOCK) * sizeof(float);
    r->left = neume__alloc(fine);
    r->right = neume__alloc(fine);
    r->mono = neume__alloc(LONGEST_SAMPLES * sizeof(float));
    if (!r->left || !r->right || !r->mono) return NEUME_ENOMEM;
    NEUME_TRY(neume__fluid_settle(&r->fluid, 2 * RATE, 0.5));
    fluid_settings_setint(r->fluid.settings, "synth.polyphony", 64);
    return neume__fluid_start(&r->fluid, path);
}

/* Half-band low-pass, 47 taps, Hamming window: every second tap but the middle one is zero. The output is centred on
 * the input, so nothing moves in time. */
static void halve_rate(const float *left, const float *right, size_t count, float *mono) {
    enum { ARMS = 12 };
    float tap[ARMS];
    for (int k = 0; k < ARMS; k++) {
        double x = 2 * k + 1;
        tap[k] = (float)(sin(M_PI * x / 2) / (M_PI * x) * (0.54 + 0.46 * cos(M_PI * x / (2 * ARMS))));
    }
    long fine = (long)(2 * count);
    for (long i = 0; i < (long)count; i++) {
        float sum = 0.5f * (left[2 * i] + right[2 * i]);
        for (long k = 0; k < ARMS; k++) {
            long before = 2 * i - (2 * k + 1), after = 2 * i + 2 * k + 1;
            if (before >= 0) sum += tap[k] * (left[before] + right[before]);
            if (after < fine) sum += tap[k] * (left[after] + right[after]);
        }
        mono[i] = 0.5f * sum;
    }
}

/* One note, its key held for `held` of its `count` samples. */
static neume_status render(renderer *r, int pitch, int velocity, size_t held, size_t count) {
    int channel = 0;
    size_t down = (2 * held + BLOCK - 1) / BLOCK * BLOCK, all = (2 * count + BLOCK - 1) / BLOCK * BLOCK;
    fluid_synth_all_sounds_off(r->fluid.synth, channel);
    fluid_synth_write_float(r->fluid.synth, 4 * BLOCK, r->left, 0, 1, r->right, 0, 1);
    if (fluid_synth_noteon(r->fluid.synth, channel, pitch, velocity) != FLUID_OK) {
        memset(r->mono, 0, count * sizeof *r->mono); /* the preset has nothing for this key */
        return NEUME_OK;
    }
    if (down > all) down = all;
    fluid_synth_write_float(r->fluid.synth, (int)down, r->left, 0, 1, r->right, 0, 1);
    fluid_synth_noteoff(r->fluid.synth, channel, pitch);
    if (all > down)
        fluid_synth_write_float(r->fluid.synth, (int)(all - down), r->left + down, 0, 1, r->right + down, 0, 1);
    halve_rate(r->left, r->right, count, r->mono);
    for (size_t i = 0; i < count; i++)
        if (!isfinite(r->mono[i])) return neume_fail(NEUME_EFORMAT, "the font renders a sample that is no number");
    return NEUME_OK;
}

/* How long after the key is let go the sound has fallen by 20 dB (10 ms levels); what it loses anyway is taken off. */
static neume_status measure_release(renderer *r, int pitch, float *release_s) {
    enum { COUNT = RATE * 2, WINDOW = RATE / 100 };
    NEUME_TRY(render(r, pitch, 80, COUNT, COUNT));
    double start = neume__rms(r->mono + KEY_DOWN_SAMPLES - WINDOW, WINDOW);
    double held_fall = 20 * log10((start + 1e-9) / (neume__rms(r->mono + COUNT - WINDOW, WINDOW) + 1e-9));
    double held_rate = fmax(0, held_fall) / ((double)(COUNT - KEY_DOWN_SAMPLES) / RATE);
    NEUME_TRY(render(r, pitch, 80, KEY_DOWN_SAMPLES, COUNT));
    size_t at = KEY_DOWN_SAMPLES;
    while (at + WINDOW < COUNT && neume__rms(r->mono + at, WINDOW) > 0.1 * start) at += WINDOW / 4;
    double fallen = 20 * log10((start + 1e-9) / (neume__rms(r->mono + at, WINDOW) + 1e-9));
    double rate = fmin(fallen, 20) / (((double)(at - KEY_DOWN_SAMPLES) + WINDOW / 2.0) / RATE) - held_rate;
    double constant_s = 20 / M_LN10 / fmax(rate, 1);
    *release_s = (float)fmin(fmax(constant_s, 0.005), 1.5);
    return NEUME_OK;
}

/* The release times of three pitches are shared out to the nearest notes. */
static neume_status add_releases(renderer *r, built_preset *preset, int lowest, int highest) {
    const int pitches[3] = {lowest + (highest - lowest) / 6, (lowest + highest) / 2, highest - (highest - lowest) / 6};
    float release_s[3];
    for (int k = 0; k < 3; k++) NEUME_TRY(measure_release(r, pitches[k], &release_s[k]));
    for (size_t i = 0; i < preset->count; i++) {
        int third = 3 * (preset->notes[i].row.pitch - lowest) / (highest - lowest + 1);
        preset->notes[i].row.release_s = release_s[third < 0 ? 0 : third > 2 ? 2 : third];
    }
    return NEUME_OK;
}

/* Three pitches are tried; two that clearly sound otherwise condemn the preset. */
static neume_status judge(renderer *r, const char *name, int program, program_range range, bool *fits) {
    int wrong = 0, silent = 0, middle = (range.lowest + range.highest) / 2;
    double cents[3] = {0};
    for (int k = -1; k <= 1; k++) {
        int pitch = middle + k * (range.highest - range.lowest) / 4;
        NEUME_TRY(render(r, pitch, 90, RATE, RATE));
        if (neume__peak(r->mono, RATE) < 1e-4f)
            silent++;
        else
            wrong += neume__judge_pitch(r->mono, RATE, pitch, &cents[k + 1]) >= PITCH_OUT_OF_TUNE;
    }
    *fits = wrong < 2 && silent < 2;
    if (!*fits)
        neume_log(NEUME_LOG_WARNING, "%s: program %d (%s) left out: %s (%.0f %.0f %.0f cents)", name, program,
                  neume_program_name(program), silent >= 2 ? "silent" : "other pitch", cents[0], cents[1], cents[2]);
    return NEUME_OK;
}

static neume_status render_program(renderer *r, int program, built_preset *preset) {
    program_range range = neume__program_ranges[program];
    bool fits = false;
    NEUME_TRY(judge(r, preset->source, program, range, &fits));
    if (!fits) return NEUME_OK;
    size_t tried = 0;
    for (int pitch = range.lowest + 1; pitch <= range.highest; pitch += PITCH_STEP) {
        size_t count = !range.struck ? HELD_SAMPLES : pitch < 72 ? STRUCK_LOW_SAMPLES : STRUCK_HIGH_SAMPLES;
        for (int v = 0; v < VELOCITY_COUNT; v++, tried++) {
            note_plan plan = {pitch, VELOCITIES[v], .may_loop = true, .struck = range.struck};
            NEUME_TRY(render(r, pitch, VELOCITIES[v], count, count));
            NEUME_TRY(neume__built_add(preset, &plan, r->mono, count));
        }
    }
    if (2 * preset->count >= tried) return add_releases(r, preset, range.lowest, range.highest);
    neume_log(NEUME_LOG_WARNING, "%s: program %d (%s) left out: most notes have no clear beginning", preset->source,
              program, neume_program_name(program));
    neume__built_clear(preset);
    return NEUME_OK;
}

/* General MIDI's drum keys; a drum font of the avldrums family uses some of them otherwise (choked cymbals on 50, 52
 * and 58, a swishing hi-hat on 48, another crash on 60: see its samples' names), so only those that agree are taken. */
static bool plays_key(int key, bool drums_only) {
    if (!drums_only) return key >= 35 && key <= 81;
    return (key >= 36 && key <= 47) || key == 49 || key == 51 || (key >= 53 && key <= 57) || key == 59;
}

static neume_status render_kit(renderer *r, bool drums_only, built_preset *preset) {
    for (int key = 35; key <= 81; key++)
        for (int v = 0; v < VELOCITY_COUNT && plays_key(key, drums_only); v++) {
            note_plan plan = {key, VELOCITIES[v], .may_loop = false, .struck = true};
            NEUME_TRY(render(r, key, VELOCITIES[v], DRUM_SAMPLES, DRUM_SAMPLES));
            NEUME_TRY(neume__built_add(preset, &plan, r->mono, DRUM_SAMPLES));
        }
    return neume__built_fill_drums(preset);
}

/* --- one font on all cores ---------------------------------------------------------------------------------------- */

typedef struct wanted_preset {
    int bank, program;
} wanted_preset;

typedef struct font_job {
    const char *path;
    bool drums_only;
    bank_writer *writer;
    _Atomic size_t next;
} font_job;

/* What a font is asked for: the same list for every worker. Kits that differ most come first. */
static size_t list_presets(renderer *r, bool drums_only, wanted_preset wanted[SYNTH_PROGRAMS + KITS_MOST]) {
    static const int kits[] = {0, 16, 25, 40, 24, 8, 32};
    size_t count = 0, kit_count = 0;
    fluid_sfont_t *font = fluid_synth_get_sfont_by_id(r->fluid.synth, r->fluid.font);
    for (int program = 0; program < SYNTH_PROGRAMS && !drums_only; program++)
        if (neume__program_ranges[program].highest > 0 && fluid_sfont_get_preset(font, 0, program))
            wanted[count++] = (wanted_preset){0, program};
    for (size_t k = 0; k < sizeof kits / sizeof *kits && kit_count < KITS_MOST; k++) {
        int bank = drums_only ? 0 : BANK_DRUMS;
        if (!fluid_sfont_get_preset(font, bank, kits[k])) continue;
        wanted[count++] = (wanted_preset){bank, kits[k]};
        kit_count++;
    }
    return count;
}

static neume_status render_preset(renderer *r, const font_job *job, wanted_preset wanted, built_preset *preset) {
    neume__source_name(job->path, preset->source);
    bool drums = job->drums_only || wanted.bank == BANK_DRUMS;
    fluid_synth_set_channel_type(r->fluid.synth, 0, drums ? CHANNEL_TYPE_DRUM : CHANNEL_TYPE_MELODIC);
    fluid_synth_program_select(r->fluid.synth, 0, r->fluid.font, wanted.bank, wanted.program);
    preset->program = drums ? NEUME_PROGRAM_DRUMS : wanted.program;
    /* The first blocks of a synthesiser differ a little from all later ones, and which preset it renders first is
     * chance: they are not kept. */
    NEUME_TRY(render(r, NEUME_PITCH_LOWEST, 80, BLOCK, BLOCK));
    NEUME_TRY(drums ? render_kit(r, job->drums_only, preset) : render_program(r, wanted.program, preset));
    neume__built_finish(preset);
    return NEUME_OK;
}

static neume_status work(void *context, int64_t worker) {
    (void)worker;
    font_job *job = context;
    renderer r;
    wanted_preset wanted[SYNTH_PROGRAMS + KITS_MOST];
    neume_status status = renderer_init(&r, job->path);
    size_t count = status == NEUME_OK ? list_presets(&r, job->drums_only, wanted) : 0;
    while (status == NEUME_OK) {
        size_t index = atomic_fetch_add(&job->next, 1);
        if (index >= count) break;
        built_preset preset = {0};
        status = render_preset(&r, job, wanted[index], &preset);
        if (status == NEUME_OK) status = neume__writer_deliver(job->writer, index, &preset);
        neume__built_clear(&preset);
        if (neume_cancelled()) status = neume_fail(NEUME_ECANCELLED, "stopped");
    }
    renderer_clear(&r);
    return status;
}

/* Said by us, because FluidSynth hands what it does not know to other loaders, which complain to standard error. */
static neume_status check_is_font(const char *path) {
    char head[12];
    FILE *file = fopen(path, "rb");
    if (!file) return neume_fail(NEUME_ENOTFOUND, "%s: no such font", path);
    size_t got = fread(head, 1, sizeof head, file);
    fclose(file);
    if (got != sizeof head || memcmp(head, "RIFF", 4) != 0 || memcmp(head + 8, "sfbk", 4) != 0)
        return neume_fail(NEUME_EFORMAT, "%s: not a SoundFont", path);
    return NEUME_OK;
}

neume_status neume__build_font(const char *path, bool drums_only, bank_writer *writer) {
    font_job job = {.path = path, .drums_only = drums_only, .writer = writer};
    NEUME_TRY(check_is_font(path));
    return neume_parallel_for(neume_threads_count(), work, &job);
}
