/* Notes to a file of sound. */
#include "neume/audio.h"
#include "neume/service.h"

static neume_status put(void *context, const float *frames, size_t count) {
    return neume_audio_writer_put(context, frames, count);
}

neume_status neume_render_file(const neume_notes *notes, const neume_render_options *options, const char *out,
                               const neume_progress *progress) {
    neume_audio_writer *writer = NULL;
    NEUME_TRY(neume_audio_writer_open(out, options->rate_hz, 2, &writer));
    neume_status status = neume_render_notes(notes, options, put, writer, progress);
    if (!status) return neume_audio_writer_close(writer);
    neume_audio_writer_drop(writer);
    return status;
}
