/* Makes sung lines whose notes are known: what nobody may record for us is drawn. A glottal wave with vibrato, glides
 * into notes, drift and faulty intonation passes five formants (a source and a filter: Fant 1960); consonants interrupt
 * it; a room and noise are added. Writes OUT000.flac and OUT000.csv, 001 .. . The notes are what was meant, not what
 * came out; a note begins where its vowel does.
 *
 *     make_singing FOLDER/NAME COUNT [SEED]
 */
#include "neume/audio.h"
#include "neume/notation.h"
#include "neume/synth.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = NEUME_SYNTH_RATE_HZ, HOP = 64, NOTES = 48, PHRASE = 8, FORMANTS = 5, VOWELS = 5, HARMONICS = 60 };
static const double HOP_S = (double)HOP / RATE;

/* Formants and their widths in Hz (of a tenor, as commonly published). */
static const double vowels[VOWELS][FORMANTS][2] = {
    {{650, 80}, {1080, 90}, {2650, 120}, {2900, 130}, {3250, 140}},
    {{400, 70}, {1700, 80}, {2600, 100}, {3200, 120}, {3580, 120}},
    {{290, 40}, {1870, 90}, {2800, 100}, {3250, 120}, {3540, 120}},
    {{400, 70}, {800, 80}, {2600, 100}, {2800, 130}, {3000, 135}},
    {{350, 40}, {600, 60}, {2700, 100}, {2900, 120}, {3300, 120}},
};

/* How notes follow each other. */
typedef enum articulation { LEGATO, STOP, HISS, HUM, BREATH } articulation;

typedef struct singer {
    double low, high;           /* pitches */
    double vibrato, vibrato_hz; /* cents to each side */
    double off, scoop, glide_s; /* cents: of intonation, below a phrase's first note; and how fast pitch settles */
    double legato;              /* share of notes without a consonant */
    double tilt;                /* harmonic n is n^-tilt as loud */
    double room_s, wet, noise;  /* reverberation time and loudness, hiss */
} singer;

static singer draw_singer(neume_rng *rng) {
    const double low = neume_rng_uniform(rng, 45, 62);
    return (singer){.low = low,
                    .high = low + neume_rng_uniform(rng, 14, 20),
                    .vibrato = neume_rng_uniform(rng, 0, 90),
                    .vibrato_hz = neume_rng_uniform(rng, 4.8, 6.6),
                    .off = neume_rng_uniform(rng, 5, 22),
                    .scoop = neume_rng_uniform(rng, 50, 300),
                    .glide_s = neume_rng_uniform(rng, .02, .08),
                    .legato = neume_rng_uniform(rng, 0, .6),
                    .tilt = neume_rng_uniform(rng, .9, 1.5),
                    .room_s = neume_rng_uniform(rng, .2, 1.4),
                    .wet = neume_rng_uniform(rng, 0, .5),
                    .noise = pow(10, neume_rng_uniform(rng, -4, -2.7))};
}

/* --- what is sung ------------------------------------------------------------------------------------------------- */

/* A degree of the major scale above a ground. */
static int pitch_of(int ground, int degree) {
    static const int scale[7] = {0, 2, 4, 5, 7, 9, 11};
    return ground + 12 * (degree / 7) + scale[degree % 7];
}

/* Mostly steps of a major scale, in phrases with a rest behind them. */
static neume_status compose(const singer *who, neume_rng *rng, neume_notes *out) {
    static const int moves[] = {-4, -2, -1, -1, 1, 1, 2, 0, 4};
    static const double lengths[] = {.5, .5, 1, 1, 1, 2};
    const int ground = (int)who->low + (int)neume_rng_below(rng, 5);
    const double beat_s = 60 / neume_rng_uniform(rng, 70, 130);
    double at_s = .4;
    int degree = (int)neume_rng_below(rng, 7);
    for (int i = 0; i < NOTES; i++) {
        const double lasts_s = beat_s * lengths[neume_rng_below(rng, 6)];
        const bool last = i % PHRASE == PHRASE - 1;
        degree += moves[neume_rng_below(rng, 9)];
        while (degree < 0) degree += 3;
        while (pitch_of(ground, degree) > who->high) degree -= 3;
        const int pitch = pitch_of(ground, degree);
        NEUME_TRY(neume_notes_add(out, (neume_note){.onset_s = at_s,
                                                    .offset_s = at_s + lasts_s * (last ? .75 : 1),
                                                    .pitch = (int16_t)pitch,
                                                    .velocity = 80,
                                                    .program = 52,
                                                    .confidence = 1}));
        at_s += lasts_s + (last ? .5 * beat_s : 0);
    }
    return NEUME_OK;
}

/* --- how it is sung ----------------------------------------------------------------------------------------------- */

/* A moment of the voice. */
typedef struct moment {
    double cents, loud, hiss, formant[FORMANTS][2];
} moment;

static articulation draw_articulation(const singer *who, bool first, neume_rng *rng) {
    static const articulation firsts[] = {STOP, HISS, BREATH}, others[] = {STOP, HISS, HUM, BREATH};
    if (first) return firsts[neume_rng_below(rng, 3)];
    return neume_rng_chance(rng, who->legato) ? LEGATO : others[neume_rng_below(rng, 4)];
}

/* What comes before the vowel: silence, noise or a hum. */
static void consonant(articulation how, moment *voice, long at, neume_rng *rng) {
    const double lasts_s = how == HISS ? neume_rng_uniform(rng, .06, .12) : neume_rng_uniform(rng, .03, .07);
    for (long t = at - (long)(lasts_s / HOP_S); t < at; t++) {
        if (t < 0 || how == LEGATO || how == BREATH) continue;
        voice[t].loud *= how == HUM ? .35 : .05;
        if (how == HISS) voice[t].hiss = .25;
        if (how == STOP && (double)(at - t) * HOP_S < .012) voice[t].hiss = .4;
    }
}

/* How far a vowel has opened t seconds behind its consonant. */
static double opening(articulation how, double t) {
    if (how == LEGATO) return 1;
    if (how == HUM) return 1 - .65 * exp(-t / .02);
    return 1 - exp(-t / (how == BREATH ? .04 : .015));
}

static void sing(const singer *who, const neume_notes *notes, moment *voice, long count, neume_rng *rng) {
    double before = 0; /* cents of the note before; 0 = silence */
    for (size_t i = 0; i < notes->count; i++) {
        const neume_note *note = &notes->items[i];
        const bool rest = i + 1 == notes->count || notes->items[i + 1].onset_s > note->offset_s + .01;
        const long from = (long)(note->onset_s / HOP_S), to = (long)(note->offset_s / HOP_S);
        const double cents = 100 * note->pitch + who->off * neume_rng_normal(rng);
        const double start = before > 0 ? before : cents - neume_rng_uniform(rng, 0, who->scoop);
        const double glide_s = before > 0 ? neume_rng_uniform(rng, .01, who->glide_s) : .05;
        const double loud = pow(10, 2.5 * neume_rng_normal(rng) / 20);
        const articulation how = draw_articulation(who, before <= 0, rng);
        const int64_t vowel = neume_rng_below(rng, VOWELS);
        consonant(how, voice, from, rng);
        for (long k = from; k < count; k++) {
            const double t = (double)(k - from) * HOP_S,
                         swell = sin(M_PI * fmin(t / (note->offset_s - note->onset_s), 1));
            const double swing = fmin(fmax((t - .2) / .25, 0), 1) * sin(2 * M_PI * who->vibrato_hz * (double)k * HOP_S);
            const double fade = k < to ? 1 : rest ? fmax(1 - (double)(k - to) * HOP_S / .08, 0) : 0;
            voice[k].cents = cents + (start - cents) * exp(-t / glide_s) + who->vibrato * swing;
            voice[k].loud = fade * loud * opening(how, t) * (.75 + .25 * swell);
            voice[k].hiss = how == BREATH && t < .04 ? .05 : 0;
            memcpy(voice[k].formant, vowels[vowel], sizeof voice[k].formant);
        }
        before = rest ? 0 : cents;
    }
}

/* Slow drift of pitch, and vowels that pass into each other. */
static void soften(moment *voice, long count, neume_rng *rng) {
    double drift = 0;
    for (long t = 0; t < count; t++) {
        drift += -drift * HOP_S / .6 + 12 * sqrt(2 * HOP_S / .6) * neume_rng_normal(rng);
        voice[t].cents += drift;
        for (int f = 0; f < FORMANTS && t; f++)
            for (int k = 0; k < 2; k++)
                voice[t].formant[f][k] = .9 * voice[t - 1].formant[f][k] + .1 * voice[t].formant[f][k];
        if (t) voice[t].loud = .8 * voice[t - 1].loud + .2 * voice[t].loud;
    }
}

/* --- sound -------------------------------------------------------------------------------------------------------- */

static double formants_at(const moment *now, double hz) {
    double gain = 1;
    for (int f = 0; f < FORMANTS; f++) {
        const double centre = now->formant[f][0], apart = centre * centre - hz * hz, width = now->formant[f][1] * hz;
        gain *= centre * centre / sqrt(apart * apart + width * width);
    }
    return gain;
}

static void sound(const singer *who, const moment *voice, long count, float *pcm, neume_rng *rng) {
    double phase = 0, jitter = 0, gains[HARMONICS + 1] = {0}, last = 0;
    for (long t = 0; t < count; t++) {
        const double hz = 440 * exp2((voice[t].cents - 6900) / 1200);
        jitter = .9 * jitter + .003 * neume_rng_normal(rng);
        for (int n = 1; n <= HARMONICS; n++)
            gains[n] = n * hz < 9000 ? formants_at(&voice[t], n * hz) * pow(n, -who->tilt) : 0;
        for (int i = 0; i < HOP; i++) {
            const double white = neume_rng_normal(rng), hiss = white - last;
            double sum = 0;
            phase = fmod(phase + 2 * M_PI * hz * (1 + jitter) / RATE, 2 * M_PI);
            for (int n = 1; n <= HARMONICS && gains[n] > 0; n++) sum += gains[n] * sin(n * phase);
            pcm[t * HOP + i] = (float)(.1 * voice[t].loud * sum + .1 * (voice[t].hiss + .02 * voice[t].loud) * hiss);
            last = white;
        }
    }
}

/* Direct sound, then exponentially decaying noise (Schroeder 1965), every 31st sample of it. */
static neume_status add_room(const singer *who, float *pcm, size_t count, neume_rng *rng) {
    const size_t taps = (size_t)(1.2 * who->room_s * RATE);
    float *dry = neume__alloc(count * sizeof *dry);
    if (!dry) return NEUME_ENOMEM;
    memcpy(dry, pcm, count * sizeof *dry);
    const double loudness = who->wet * sqrt(31 * 13.8 / (who->room_s * RATE));
    for (size_t tap = RATE / 100; tap < taps; tap += 31) {
        const double decay = exp(-6.9 * (double)tap / (who->room_s * RATE));
        const float gain = (float)(loudness * decay * neume_rng_normal(rng));
        for (size_t i = tap; i < count; i++) pcm[i] += gain * dry[i - tap];
    }
    neume__free(dry);
    return NEUME_OK;
}

static void finish(const singer *who, float *pcm, size_t count, neume_rng *rng) {
    float peak = 1e-9F;
    for (size_t i = 0; i < count; i++) peak = fmaxf(peak, fabsf(pcm[i]));
    for (size_t i = 0; i < count; i++) pcm[i] = .7F * pcm[i] / peak + (float)(who->noise * neume_rng_normal(rng));
}

static neume_status make(const char *out, int number, uint64_t seed) {
    neume_rng rng = neume_rng_seeded(seed, (uint64_t)number);
    const singer who = draw_singer(&rng);
    char path[1100];
    neume_notes notes = {0};
    neume_buffer text = {0};
    moment *voice = NULL;
    float *pcm = NULL;
    neume_status status = NEUME_OK;
    NEUME_GO(compose(&who, &rng, &notes));
    const long count = (long)((neume_notes_end_s(&notes) + 1) / HOP_S);
    const size_t samples = (size_t)count * HOP;
    voice = neume__calloc((size_t)count, sizeof *voice);
    pcm = neume__calloc(samples, sizeof *pcm);
    if (!voice || !pcm) NEUME_GO(NEUME_ENOMEM);
    for (long t = 0; t < count; t++) {
        voice[t].cents = 100 * notes.items[0].pitch; /* before the first note */
        memcpy(voice[t].formant, vowels[0], sizeof voice[t].formant);
    }
    sing(&who, &notes, voice, count, &rng);
    soften(voice, count, &rng);
    sound(&who, voice, count, pcm, &rng);
    NEUME_GO(add_room(&who, pcm, samples, &rng));
    finish(&who, pcm, samples, &rng);
    snprintf(path, sizeof path, "%s%03d.flac", out, number);
    NEUME_GO(neume_audio_write_file(path, pcm, samples, RATE));
    NEUME_GO(neume_csv_write_notes(&notes, &text));
    snprintf(path, sizeof path, "%s%03d.csv", out, number);
    status = neume_file_write(path, text.data, text.size);
fail:
    neume__free(voice), neume__free(pcm);
    neume_buffer_clear(&text);
    neume_notes_clear(&notes);
    return status;
}

int main(int argc, char **argv) {
    if (argc < 3 || argc > 4 || strlen(argv[1]) > 1000) {
        fprintf(stderr, "usage: %s FOLDER/NAME COUNT [SEED]\n", argv[0]);
        return 2;
    }
    for (int i = 0; i < atoi(argv[2]); i++) {
        if (make(argv[1], i, argc == 4 ? strtoull(argv[3], NULL, 10) : 1) == NEUME_OK) continue;
        fprintf(stderr, "make_singing: %s\n", neume_error_message());
        return 1;
    }
    return 0;
}
