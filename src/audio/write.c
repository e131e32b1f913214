/* Writing: the file is made in memory by libsndfile and then written whole or not at all by base. */
#include "neume/audio.h"

#include <assert.h>
#include <math.h>
#include <sndfile.h>
#include <string.h>

enum { BLOCK_SAMPLES = 4096 }; /* libsndfile's Vorbis encoder keeps a whole write on the stack */

static const struct {
    const char *extension;
    int format;
} writers[] = {
    {"wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16},
    {"flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16},
    {"ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS},
};

/* A file in memory, as libsndfile wants to see one. */
typedef struct memory_file {
    neume_buffer bytes;
    sf_count_t at;
    neume_status status;
} memory_file;

static sf_count_t memory_size(void *context) {
    return (sf_count_t)((memory_file *)context)->bytes.size;
}

static sf_count_t memory_tell(void *context) {
    return ((memory_file *)context)->at;
}

static sf_count_t memory_seek(sf_count_t offset, int whence, void *context) {
    memory_file *file = context;
    sf_count_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? file->at : memory_size(file);
    if (from + offset >= 0 && from + offset <= memory_size(file)) file->at = from + offset;
    return file->at;
}

static sf_count_t memory_read(void *out, sf_count_t count, void *context) {
    memory_file *file = context;
    if (count > memory_size(file) - file->at) count = memory_size(file) - file->at;
    if (count > 0) memcpy(out, file->bytes.data + file->at, (size_t)count);
    file->at += count;
    return count;
}

/* Overwrites what is there (a header once the length is known), then grows. */
static sf_count_t memory_write(const void *in, sf_count_t count, void *context) {
    memory_file *file = context;
    sf_count_t over = memory_size(file) - file->at;
    if (over > count) over = count;
    if (over > 0) memcpy(file->bytes.data + file->at, in, (size_t)over);
    if (!file->status)
        file->status = neume_buffer_append(&file->bytes, (const char *)in + over, (size_t)(count - over));
    if (file->status) return 0;
    file->at += count;
    return count;
}

/* 16-bit steps, so that what is read back is the nearest one: sample / 32768. */
static float clipped(float x) {
    return isnan(x) ? 0 : fmaxf(-1, fminf(32767.0f / 32768, x));
}

static bool write_block(SNDFILE *handle, bool vorbis, const float *samples, size_t count) {
    float floats[BLOCK_SAMPLES];
    short steps[BLOCK_SAMPLES];
    for (size_t i = 0; i < count; i++) {
        floats[i] = clipped(samples[i]);
        steps[i] = (short)lrintf(floats[i] * 32768);
    }
    sf_count_t n = (sf_count_t)count;
    return (vorbis ? sf_writef_float(handle, floats, n) : sf_writef_short(handle, steps, n)) == n;
}

static neume_status encode(memory_file *file, SF_INFO *info, const char *path, const float *samples, size_t count) {
    SF_VIRTUAL_IO io = {memory_size, memory_seek, memory_read, memory_write, memory_tell};
    SNDFILE *handle = sf_open_virtual(&io, SFM_WRITE, info, file);
    if (!handle && file->status) return file->status;
    if (!handle)
        return neume_fail(NEUME_EINVAL, "%s: cannot be written at %d samples a second", path, info->samplerate);
    bool vorbis = (info->format & SF_FORMAT_SUBMASK) == SF_FORMAT_VORBIS, good = true;
    for (size_t at = 0; at < count && good; at += BLOCK_SAMPLES)
        good = write_block(handle, vorbis, samples + at, count - at < BLOCK_SAMPLES ? count - at : BLOCK_SAMPLES);
    good = sf_close(handle) == 0 && good;
    if (file->status) return file->status;
    return good ? NEUME_OK : neume_fail(NEUME_EIO, "%s: could not be encoded", path);
}

neume_status neume_audio_write_file(const char *path, const float *samples, size_t count, int rate_hz) {
    assert(path && (samples || !count));
    char extension[16];
    neume__file_extension(path, extension);
    SF_INFO info = {.samplerate = rate_hz, .channels = 1};
    for (size_t i = 0; i < sizeof writers / sizeof *writers; i++)
        if (strcmp(extension, writers[i].extension) == 0) info.format = writers[i].format;
    if (!info.format) return neume_fail(NEUME_EUNSUPPORTED, "%s: sound is written as wav, flac or ogg", path);
    memory_file file = {0};
    neume_status status = encode(&file, &info, path, samples, count);
    if (!status) status = neume_file_write(path, file.bytes.data, file.bytes.size);
    neume_buffer_clear(&file.bytes);
    return status;
}
