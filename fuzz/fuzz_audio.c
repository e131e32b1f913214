/* Any bytes are opened as a recording and read: a refusal or sound, never a crash. ffmpeg is another program, so it is
 * kept out. */
#include "neume/audio.h"

#include <math.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#ifdef NEUME_SANITIZED
/* libsndfile 1.2.0 forgets libvorbis's tables when it refuses a damaged ogg file: no leak of ours. */
NEUME_API const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
    return "leak:vorbis_info_init\n";
}
#endif

enum { BLOCK_SAMPLES = 4096, SAMPLES_MOST = 1000000 };

static void read_all(neume_audio_reader *reader) {
    static float samples[BLOCK_SAMPLES];
    size_t got = 1;
    int breaks = 0;
    for (size_t total = 0; got && total < SAMPLES_MOST; total += got) {
        if (neume_audio_read(reader, samples, BLOCK_SAMPLES, &got)) breaks++;
        for (size_t i = 0; i < got; i++)
            if (!isfinite(samples[i])) abort();
    }
    if (breaks > 1) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    setenv("NEUME_FFMPEG", "", 1);
    int file = memfd_create("fuzz", MFD_CLOEXEC);
    char path[64];
    neume_audio_reader *reader = NULL;
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    if (file >= 0 && write(file, data, size) == (ssize_t)size && neume_audio_open(path, 22050, &reader) == NEUME_OK)
        read_all(reader);
    neume_audio_close(reader);
    if (file >= 0) close(file);
    return 0;
}
