/* Reading is a stream through three small stages, each pulling from the one before:
 *
 *     source (libsndfile or ffmpeg, mono) --> block --> resampler, if rates differ --> caller
 *
 * The first block is read when the recording is opened: only then is it known that there is sound in it. */
#include "neume/audio.h"

#include "resample.h"
#include "source.h"

#include <assert.h>
#include <string.h>

enum { BLOCK_SAMPLES = 8192 };

struct neume_audio_reader {
    neume__source *source;
    neume__resampler *resampler; /* NULL: rates are equal */
    char *name;                  /* for messages */
    double rate_hz;
    int64_t given;           /* samples handed out */
    bool source_ended, told; /* told: the break was reported */
    size_t at, count;        /* of the block's samples */
    float block[BLOCK_SAMPLES];
};

static void fill_block(neume_audio_reader *reader) {
    reader->at = 0;
    reader->count = reader->source_ended ? 0 : reader->source->read(reader->source, reader->block, BLOCK_SAMPLES);
    if (reader->count < BLOCK_SAMPLES) reader->source_ended = true;
}

neume_status neume_audio_open(const char *path, double rate_hz, neume_audio_reader **out) {
    if (!(rate_hz >= NEUME__RATE_LEAST_HZ && rate_hz <= NEUME__RATE_MOST_HZ))
        return neume_fail(NEUME_EINVAL, "cannot read at %g samples a second", rate_hz);
    neume_status status = NEUME_ENOMEM;
    neume_audio_reader *reader = neume__calloc(1, sizeof *reader);
    if (!reader) return status;
    reader->rate_hz = rate_hz;
    reader->name = neume__strdup(strcmp(path, "-") == 0 ? "standard input" : path);
    if (!reader->name) goto fail;
    NEUME_GO(neume__source_open(path, rate_hz, &reader->source));
    fill_block(reader);
    if (reader->count == 0) {
        status = neume_fail(NEUME_EFORMAT, "%s: no sound in it that can be read", reader->name);
        goto fail;
    }
    if (reader->source->rate_hz < rate_hz || reader->source->rate_hz > rate_hz)
        NEUME_GO(neume__resampler_new(reader->source->rate_hz, rate_hz, &reader->resampler));
    *out = reader;
    return NEUME_OK;
fail:
    neume_audio_close(reader);
    return status;
}

void neume_audio_close(neume_audio_reader *reader) {
    if (!reader) return;
    neume__resampler_free(reader->resampler);
    if (reader->source) reader->source->close(reader->source);
    neume__free(reader->name);
    neume__free(reader);
}

double neume_audio_claimed_s(const neume_audio_reader *reader) {
    return reader->source->claimed_s;
}

const neume_audio_tags *neume_audio_tags_of(const neume_audio_reader *reader) {
    return &reader->source->tags;
}

/* One step: up to `capacity` samples, 0 at the end only. */
static size_t pull_straight(neume_audio_reader *reader, float *samples, size_t capacity) {
    if (reader->at == reader->count) fill_block(reader);
    size_t n = reader->count - reader->at;
    if (n > capacity) n = capacity;
    memcpy(samples, reader->block + reader->at, n * sizeof *samples);
    reader->at += n;
    return n;
}

static size_t pull_resampled(neume_audio_reader *reader, float *samples, size_t capacity) {
    for (;;) {
        if (reader->at == reader->count) fill_block(reader);
        size_t n = reader->count - reader->at;
        const float *in = n ? reader->block + reader->at : NULL;
        size_t given = neume__resampler_run(reader->resampler, in, &n, samples, capacity);
        if (in) reader->at += n;
        if (given || !in) return given;
    }
}

neume_status neume_audio_read(neume_audio_reader *reader, float *samples, size_t capacity, size_t *got) {
    assert(reader && got);
    size_t done = 0;
    while (done < capacity) {
        size_t n = reader->resampler ? pull_resampled(reader, samples + done, capacity - done)
                                     : pull_straight(reader, samples + done, capacity - done);
        if (n == 0) break;
        done += n;
    }
    *got = done;
    reader->given += (int64_t)done;
    if (done == capacity || !reader->source->broken || reader->told) return NEUME_OK;
    reader->told = true;
    return neume_fail(NEUME_EFORMAT, "%s: damaged, breaks off after %.1f seconds", reader->name,
                      (double)reader->given / reader->rate_hz);
}

neume_status neume_audio_read_file(const char *path, double rate_hz, double limit_s, float **samples, size_t *count) {
    neume_audio_reader *reader = NULL;
    NEUME_TRY(neume_audio_open(path, rate_hz, &reader));
    neume_status status;
    float *all = NULL;
    size_t size = 0, capacity = 0, got = BLOCK_SAMPLES;
    while (got == BLOCK_SAMPLES && (double)size < limit_s * rate_hz) {
        NEUME_GO(neume__grow((void **)&all, &capacity, size + BLOCK_SAMPLES, sizeof *all));
        NEUME_GO(neume_audio_read(reader, all + size, BLOCK_SAMPLES, &got));
        size += got;
    }
    if ((double)size > limit_s * rate_hz) size = limit_s > 0 ? (size_t)(limit_s * rate_hz) : 0;
    neume_audio_close(reader);
    *samples = all;
    *count = size;
    return NEUME_OK;
fail:
    neume__free(all);
    neume_audio_close(reader);
    return status;
}
