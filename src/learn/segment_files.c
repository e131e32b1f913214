/* A segment as files, for people and other programs to look at: the very sound and truth that training sees. */
#include "neume/learn.h"

#include "neume/audio.h"
#include "neume/notation.h"

/* What is heard of a segment: the notes that begin in it, ending when they fall silent. */
static neume_status audible_notes(const neume_segment *segment, double seconds, neume_notes *out) {
    for (size_t i = 0; i < segment->truth.count; i++) {
        neume_note note = segment->truth.items[i];
        if (note.onset_s < 0 || note.onset_s >= seconds) continue;
        note.offset_s = segment->heard_until_s[i] < seconds ? segment->heard_until_s[i] : seconds;
        if (note.offset_s > note.onset_s) NEUME_TRY(neume_notes_add(out, note));
    }
    return NEUME_OK;
}

static neume_status write_notes(const neume_segment *segment, double seconds, const char *path) {
    neume_notes notes = {0};
    neume_buffer text = {0};
    neume_status status = audible_notes(segment, seconds, &notes);
    if (!status) status = neume_csv_write_notes(&notes, &text);
    if (!status) status = neume_file_write(path, text.data, text.size);
    neume_buffer_clear(&text);
    neume_notes_clear(&notes);
    return status;
}

neume_status neume_dataset_write(const neume_dataset *dataset, uint64_t seed, double seconds, const char *folder) {
    const size_t samples = (size_t)(seconds * NEUME_SYNTH_RATE_HZ + .5);
    neume_segment segment = {0};
    neume_buffer sound_path = {0}, notes_path = {0};
    neume_status status = NEUME_OK;
    float *pcm = neume__alloc(samples * sizeof *pcm);
    if (!pcm) return NEUME_ENOMEM;
    NEUME_GO(neume_buffer_print(&sound_path, "%s/%06llu.flac", folder, (unsigned long long)seed));
    NEUME_GO(neume_buffer_print(&notes_path, "%s/%06llu.csv", folder, (unsigned long long)seed));
    NEUME_GO(neume_dataset_sample(dataset, seed, seconds, pcm, &segment));
    NEUME_GO(neume_audio_write_file(sound_path.data, pcm, samples, NEUME_SYNTH_RATE_HZ));
    status = write_notes(&segment, seconds, notes_path.data);
fail:
    neume_segment_clear(&segment);
    neume_buffer_clear(&sound_path);
    neume_buffer_clear(&notes_path);
    neume__free(pcm);
    return status;
}
