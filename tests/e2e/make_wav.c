/* Writes the WAV files that the tests need, good and bad ones. usage: e2e_make_wav KIND OUT [SECONDS] */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PCM = 1, FLOAT = 3 }; /* WAVE format tags */

typedef struct wave_kind {
    const char *name;
    int tag, bits, channels, rate_hz;
    double amplitude, offset; /* of a 440 Hz tone with an attack each half second */
    double seconds;           /* unless the command line names them */
} wave_kind;

static const wave_kind kinds[] = {
    {"tone", PCM, 16, 1, 22050, .5, 0, 3},           {"stereo", PCM, 16, 2, 44100, .5, 0, 3},
    {"silence", PCM, 16, 1, 44100, 0, 0, 3},         {"dc", PCM, 16, 1, 44100, 0, .5, 3},
    {"nan", FLOAT, 32, 1, 44100, (double)NAN, 0, 3}, {"8khz", PCM, 16, 1, 8000, .5, 0, 3},
    {"192khz", PCM, 16, 2, 192000, .5, 0, 3},        {"32channels", PCM, 16, 32, 44100, .5, 0, 3},
    {"nothing", PCM, 16, 1, 44100, 0, 0, 0},         {"onesample", PCM, 16, 1, 44100, .5, .1, 1e-6},
    {"long", PCM, 8, 1, 8000, .5, 0, 7200},
};

static void put(FILE *file, uint32_t value, int bytes) {
    for (int i = 0; i < bytes; i++) fputc((int)(value >> (8 * i) & 255), file);
}

static void put_sample(FILE *file, const wave_kind *kind, double value) {
    if (kind->tag == FLOAT) {
        const float sample = (float)value;
        fwrite(&sample, sizeof sample, 1, file);
    } else if (kind->bits == 8) {
        put(file, (uint32_t)lround(128 + 127 * value), 1);
    } else {
        put(file, (uint32_t)lround(32767 * value), 2);
    }
}

static void put_header(FILE *file, const wave_kind *kind, uint32_t frames) {
    const uint32_t frame_bytes = (uint32_t)(kind->channels * kind->bits / 8);
    fputs("RIFF", file);
    put(file, 36 + frames * frame_bytes, 4);
    fputs("WAVEfmt ", file);
    put(file, 16, 4);
    put(file, (uint32_t)kind->tag, 2);
    put(file, (uint32_t)kind->channels, 2);
    put(file, (uint32_t)kind->rate_hz, 4);
    put(file, (uint32_t)kind->rate_hz * frame_bytes, 4);
    put(file, frame_bytes, 2);
    put(file, (uint32_t)kind->bits, 2);
    fputs("data", file);
    put(file, frames * frame_bytes, 4);
}

int main(int argc, char **argv) {
    const wave_kind *kind = NULL;
    for (size_t i = 0; argc >= 3 && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].name, argv[1]) == 0) kind = &kinds[i];
    FILE *file = kind ? fopen(argv[2], "wb") : NULL;
    if (!file) {
        fprintf(stderr, "usage: %s KIND OUT [SECONDS]\n", argv[0]);
        return 2;
    }
    const double seconds = argc > 3 ? atof(argv[3]) : kind->seconds;
    const uint32_t frames = (uint32_t)ceil(seconds * kind->rate_hz);
    put_header(file, kind, frames);
    for (uint32_t i = 0; i < frames; i++) {
        const double t = (double)i / kind->rate_hz, decay = exp(-4 * fmod(t, .5));
        for (int c = 0; c < kind->channels; c++)
            put_sample(file, kind, kind->offset + kind->amplitude * decay * sin(2 * 3.14159265358979 * 440 * t));
    }
    return fclose(file) ? 1 : 0;
}
