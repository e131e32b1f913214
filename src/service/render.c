/* Notes to a file of sound. */
#include "neume/audio.h"
#include "neume/service.h"
#include "neume/synth.h"

enum { USUAL_RATE_HZ = 44100 };

static neume_status put(void *context, const float *frames, size_t count) {
    return neume_audio_writer_put(context, frames, count);
}

neume_status neume_render_file(const neume_notes *notes, const neume_sound_options *options, const char *out,
                               const neume_progress *progress) {
    const neume_render_options how = {options->font, options->rate_hz ? options->rate_hz : USUAL_RATE_HZ, options->dry};
    neume_audio_writer *writer = NULL;
    NEUME_TRY(neume_audio_writer_open(out, how.rate_hz, 2, &writer));
    neume_status status = neume_render_notes(notes, &how, put, writer, progress);
    if (!status) return neume_audio_writer_close(writer);
    neume_audio_writer_drop(writer);
    return status;
}
