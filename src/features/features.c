/* Each frame looks at the same moment through four windows. Long windows tell close low pitches apart, short ones tell
 * when: the `long` channel takes each pitch from the shortest window that still separates semitones there.
 *
 *     samples centred on 441 t --+-- Hann 8192 --> bands below 180 Hz --+
 *                                +-- Hann 4096 --> bands to 400 Hz -----+--> ln(1 + 3000 m) --> channel `long`
 *                                +-- Hann 2048 --> bands above ---------+
 *                                +-- Hann 1024 --> all bands --------------> ln(1 + 3000 m) --> channel `short`
 *                                        +-------> 64 mel bands -----------> ln(1 + 1000 m) --> drum frame 2 t
 *     samples about 441 t + 221 ---- Hann 1024 --> 64 mel bands -----------> ln(1 + 1000 m) --> drum frame 2 t + 1
 *
 * Frames are cut into chunks, one task each. A chunk first copies its samples, with zeros beyond the ends, so that no
 * inner loop asks where the recording begins. Every frame is computed by itself, so splits do not change a bit. */
#include "neume/features.h"

#include "bank.h"
#include "spectrum.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum {
    LONGEST_WINDOW_SAMPLES = 2 * NEUME_FEATURES_MARGIN_SAMPLES,
    SHORT_WINDOW_SAMPLES = 1024,
    CHUNK_FRAMES = 32,
    HALF_HOP_SAMPLES = 221, /* round(220.5) */
    SEGMENT_SAMPLES = LONGEST_WINDOW_SAMPLES + (CHUNK_FRAMES - 1) * NEUME_FEATURES_HOP_SAMPLES,
    PARTS = 4, /* windows: three of channel `long`, one of `short` */
};

static const float log_spectrum_gain = 3000, mel_gain = 1000;

static const neume__log_bank_plan plans[PARTS] = {
    {8192, 1.0, 0, 180},
    {4096, 1.0, 180, 400},
    {2048, 1.0, 400, INFINITY},
    {SHORT_WINDOW_SAMPLES, 1.5, 0, INFINITY},
};

struct neume_features {
    neume__bank banks[PARTS], mel_bank;
    neume__spectrum *spectra[PARTS]; /* the last serves the mel bands too */
};

neume_status neume_features_new(neume_features **out) {
    neume_status status;
    neume_features *features = neume__calloc(1, sizeof *features);
    if (!features) return NEUME_ENOMEM;
    NEUME_GO(neume__bank_add_mel(&features->mel_bank, SHORT_WINDOW_SAMPLES));
    for (int part = 0; part < PARTS; part++) {
        NEUME_GO(neume__bank_add_log(&features->banks[part], &plans[part]));
        int bins = features->banks[part].fft_bins;
        if (part == PARTS - 1 && bins < features->mel_bank.fft_bins) bins = features->mel_bank.fft_bins;
        NEUME_GO(neume__spectrum_new(plans[part].window_samples, bins, &features->spectra[part]));
    }
    *out = features;
    return NEUME_OK;
fail:
    neume_features_free(features);
    return status;
}

void neume_features_free(neume_features *features) {
    if (!features) return;
    for (int part = 0; part < PARTS; part++) {
        neume__bank_clear(&features->banks[part]);
        neume__spectrum_free(features->spectra[part]);
    }
    neume__bank_clear(&features->mel_bank);
    neume__free(features);
}

/* What one call of neume_features_run() asks for. */
typedef struct job {
    const neume_features *features;
    const neume_features_span *span;
    float *log_spectrum, *mel;
} job;

/* What one task needs to itself. */
typedef struct scratch {
    float segment[SEGMENT_SAMPLES];
    float work[2 * LONGEST_WINDOW_SAMPLES + 2];
    float magnitude[LONGEST_WINDOW_SAMPLES / 2];
    float sums[2][NEUME_FEATURES_BINS]; /* by channel */
    float mel_sums[NEUME_FEATURES_MELS];
} scratch;

/* Samples start .. start + n - 1 of the recording, times the gain, zero where there is none. */
static void copy_segment(const neume_features_span *span, int64_t start, int64_t n, float *segment) {
    int64_t from = span->pcm_start - start, to = from + span->count; /* where the samples lie in the segment */
    if (from < 0) from = 0;
    if (to > n) to = n;
    memset(segment, 0, (size_t)n * sizeof *segment);
    const int64_t ahead = start - span->pcm_start;
    for (int64_t i = from; i < to; i++) segment[i] = span->gain * span->pcm[ahead + i];
}

/* ln(1 + gain m); 1 + x rounds, which costs at most 6e-8 absolute. */
static void compress(const float *sums, int n, float gain, float *out, int stride) {
    for (int i = 0; i < n; i++) out[i * stride] = logf(1.0f + gain * sums[i]);
}

/* `s->magnitude` holds a short spectrum. */
static void mel_frame(const neume_features *features, scratch *s, float *out) {
    memset(s->mel_sums, 0, sizeof s->mel_sums);
    neume__bank_apply(&features->mel_bank, s->magnitude, s->mel_sums);
    compress(s->mel_sums, NEUME_FEATURES_MELS, mel_gain, out, 1);
}

/* centre: the frame's middle sample, with the margin on both sides of it. mel: two frames, or NULL. */
static void run_frame(const neume_features *features, const float *centre, scratch *s, float *out, float *mel) {
    memset(s->sums, 0, sizeof s->sums);
    for (int part = 0; part < PARTS; part++) {
        bool is_short = part == PARTS - 1;
        neume__spectrum_run(features->spectra[part], centre - plans[part].window_samples / 2, s->work, s->magnitude);
        neume__bank_apply(&features->banks[part], s->magnitude, s->sums[is_short]);
    }
    for (int c = 0; c < NEUME_FEATURES_CHANNELS; c++)
        compress(s->sums[c], NEUME_FEATURES_BINS, log_spectrum_gain, out + c, NEUME_FEATURES_CHANNELS);
    if (!mel) return;
    mel_frame(features, s, mel);
    const float *between = centre + HALF_HOP_SAMPLES - SHORT_WINDOW_SAMPLES / 2;
    neume__spectrum_run(features->spectra[PARTS - 1], between, s->work, s->magnitude);
    mel_frame(features, s, mel + NEUME_FEATURES_MELS);
}

static neume_status run_chunk(void *context, int64_t index) {
    const job *j = context;
    int64_t done = index * CHUNK_FRAMES, frames = j->span->frames - done;
    if (frames > CHUNK_FRAMES) frames = CHUNK_FRAMES;
    scratch *s = neume__alloc_aligned(sizeof *s);
    if (!s) return NEUME_ENOMEM;
    int64_t start = (j->span->first + done) * NEUME_FEATURES_HOP_SAMPLES - NEUME_FEATURES_MARGIN_SAMPLES;
    copy_segment(j->span, start, LONGEST_WINDOW_SAMPLES + (frames - 1) * NEUME_FEATURES_HOP_SAMPLES, s->segment);
    for (int64_t t = 0; t < frames; t++) {
        const float *centre = s->segment + NEUME_FEATURES_MARGIN_SAMPLES + t * NEUME_FEATURES_HOP_SAMPLES;
        float *out = j->log_spectrum + (done + t) * NEUME_FEATURES_BINS * NEUME_FEATURES_CHANNELS;
        run_frame(j->features, centre, s, out, j->mel ? j->mel + (done + t) * 2 * NEUME_FEATURES_MELS : NULL);
    }
    neume__free(s);
    return NEUME_OK;
}

neume_status neume_features_run(const neume_features *features, const neume_features_span *span, float *log_spectrum,
                                float *mel) {
    assert(features && span->count >= 0 && span->frames >= 0 && (span->pcm || !span->count));
    job j = {features, span, log_spectrum, mel};
    return neume_parallel_for((span->frames + CHUNK_FRAMES - 1) / CHUNK_FRAMES, run_chunk, &j);
}
