/* A sampled piano: a folder of notes named A0v10.ogg, D#1v10.ogg ... (the Salamander Grand by Alexander Holm, CC
 * BY 3.0). Only one of its velocity layers is at hand. A softer blow is darker and weaker: the soft layer is
 * low-passed, the loud one brightened, and the level follows a power of the velocity. */
#include "build.h"
#include "neume/audio.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

enum { RATE = NEUME_SYNTH_RATE_HZ, LONGEST_S = 6, FIRST_UNDAMPED_PITCH = 90 };

/* Level ~ velocity^1.6: 40 dB log10 of General MIDI (power 2) made a little flatter, as recorded pianos are. */
static const double VELOCITY_POWER = 1.6;
static const float DAMPED_RELEASE_S = 0.07f, UNDAMPED_RELEASE_S = 0.8f;

/* First difference filters: brightness -1 .. 1 mixes the sound with its slow or its quick part (about 2 kHz). */
static void brighten(const float *x, size_t count, float brightness, float *out) {
    float slow = 0;
    const float rate = 1 - expf(-2 * (float)M_PI * 2000 / RATE);
    for (size_t i = 0; i < count; i++) {
        slow += rate * (x[i] - slow);
        out[i] = slow + (1 + brightness) * (x[i] - slow);
    }
}

static neume_status add_layers(built_preset *preset, int pitch, const float *x, size_t count) {
    static const struct {
        int velocity;
        float brightness;
    } layers[] = {{40, -0.6f}, {80, 0}, {115, 0.5f}};
    float *out = neume__alloc(count * sizeof *out);
    neume_status status = out ? NEUME_OK : NEUME_ENOMEM;
    for (size_t l = 0; status == NEUME_OK && l < sizeof layers / sizeof *layers; l++) {
        note_plan plan = {pitch, layers[l].velocity, .may_loop = true, .struck = true, .trim_silence = true};
        brighten(x, count, layers[l].brightness, out);
        float gain = (float)pow(layers[l].velocity / 80.0, VELOCITY_POWER);
        for (size_t i = 0; i < count; i++) out[i] *= gain;
        status = neume__built_add(preset, &plan, out, count);
    }
    neume__free(out);
    return status;
}

static neume_status add_note(built_preset *preset, const char *folder, int pitch) {
    static const char *const names[12] = {"C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"};
    neume_buffer path = {0};
    float *x = NULL;
    size_t count = 0;
    NEUME_TRY(neume_buffer_print(&path, "%s/%s%dv10.ogg", folder, names[pitch % 12], pitch / 12 - 1));
    neume_status status = NEUME_OK;
    if (access(path.data, R_OK) == 0) {
        status = neume_audio_read_file(path.data, RATE, LONGEST_S, &x, &count);
        if (status == NEUME_OK) status = add_layers(preset, pitch, x, count);
        neume__free(x);
    }
    neume_buffer_clear(&path);
    return status;
}

neume_status neume__build_piano(const char *path, bank_writer *writer) {
    built_preset preset = {.source = "Salamander"};
    neume_status status = NEUME_OK;
    for (int pitch = NEUME_PITCH_LOWEST; pitch < NEUME_PITCH_LOWEST + NEUME_PITCHES; pitch++)
        NEUME_GO(add_note(&preset, path, pitch));
    if (preset.count == 0) NEUME_GO(neume_fail(NEUME_ENOTFOUND, "%s: no notes named A0v10.ogg ...", path));
    for (size_t i = 0; i < preset.count; i++) {
        bank_note_row *row = &preset.notes[i].row;
        row->release_s = row->pitch < FIRST_UNDAMPED_PITCH ? DAMPED_RELEASE_S : UNDAMPED_RELEASE_S;
    }
    neume__built_finish(&preset);
    status = neume__writer_deliver(writer, 0, &preset);
fail:
    neume__built_clear(&preset);
    return status;
}
