/* A recording flows through in blocks of a second: read, hear, forget. Only the notes are kept. */
#include "neume/service.h"

#include "neume/audio.h"
#include "neume/features.h"

enum { BLOCK_SAMPLES = NEUME_FEATURES_RATE_HZ }; /* 1 s: often enough for progress and for Ctrl-C */

/* Everything that is open while one recording is heard. */
typedef struct session {
    neume_audio_reader *reader;
    neume_transcriber *transcriber;
    float *block; /* (BLOCK_SAMPLES) */
    int64_t samples;
} session;

static void close_hearing(session *hearing) {
    neume_audio_close(hearing->reader);
    neume_transcriber_free(hearing->transcriber);
    neume__free(hearing->block);
}

static neume_status open_hearing(const neume_hear_model *model, const char *path, const neume_hear_options *options,
                                 session *hearing) {
    NEUME_TRY(neume_audio_open(path, NEUME_FEATURES_RATE_HZ, &hearing->reader));
    NEUME_TRY(neume_transcriber_new(model, options, &hearing->transcriber));
    hearing->block = neume__alloc(BLOCK_SAMPLES * sizeof *hearing->block);
    return hearing->block ? NEUME_OK : NEUME_ENOMEM;
}

/* Hears one block; *got is 0 at the end. A break in the middle ends the recording if the caller keeps going. */
static neume_status hear_block(session *hearing, bool keep_going, neume_transcription *heard, size_t *got) {
    if (neume_cancelled()) return neume_fail(NEUME_ECANCELLED, "cancelled");
    *got = 0;
    neume_status status = neume_audio_read(hearing->reader, hearing->block, BLOCK_SAMPLES, got);
    if (status == NEUME_EFORMAT && keep_going)
        heard->broken_off = true;
    else
        NEUME_TRY(status);
    hearing->samples += (int64_t)*got;
    return *got ? neume_transcriber_feed(hearing->transcriber, hearing->block, *got, &heard->notes) : NEUME_OK;
}

/* NULL when nothing is told. */
static neume_status copy_tag(const char *tag, char **out) {
    if (*tag && !(*out = neume__strdup(tag))) return NEUME_ENOMEM;
    return NEUME_OK;
}

static neume_status add_names(const session *hearing, const char *path, const char *model, neume_transcription *heard) {
    const neume_audio_tags *tags = neume_audio_tags_of(hearing->reader);
    heard->source = neume__strdup(path);
    heard->model = neume__strdup(model);
    if (!heard->source || !heard->model) return NEUME_ENOMEM;
    NEUME_TRY(copy_tag(tags->title, &heard->title));
    return copy_tag(tags->artist, &heard->composer);
}

static neume_status add_performance(const session *hearing, const neume_transcribe_options *options,
                                    neume_transcription *heard) {
    const neume_bends *bends = neume_transcriber_bends(hearing->transcriber);
    heard->has_bends = options->hear.bends;
    for (size_t i = 0; i < bends->count; i++) NEUME_TRY(neume_bends_add(&heard->bends, &bends->items[i]));
    return options->key_offsets ? neume_pedals_find(&heard->notes, &heard->pedals) : NEUME_OK;
}

neume_status neume_transcribe_file(const neume_hear_model *model, const char *path,
                                   const neume_transcribe_options *options, const neume_progress *progress,
                                   neume_transcription *out) {
    static const neume_transcribe_options defaults = NEUME_TRANSCRIBE_OPTIONS_DEFAULT;
    if (!options) options = &defaults;
    session hearing = {0};
    neume_transcription heard = {0};
    neume_status status = NEUME_OK;
    NEUME_GO(open_hearing(model, path, &options->hear, &hearing));
    const double claimed_s = neume_audio_claimed_s(hearing.reader);
    for (size_t got = 1; got && !heard.broken_off;) {
        NEUME_GO(hear_block(&hearing, options->keep_going, &heard, &got));
        neume__progress(progress, (double)hearing.samples / NEUME_FEATURES_RATE_HZ, claimed_s);
    }
    NEUME_GO(neume_transcriber_finish(hearing.transcriber, &heard.notes));
    NEUME_GO(neume_transcriber_settle(hearing.transcriber, &heard.notes));
    heard.duration_s = (double)hearing.samples / NEUME_FEATURES_RATE_HZ;
    NEUME_GO(add_names(&hearing, path, neume_hear_model_name(model), &heard));
    neume_notes_sort(&heard.notes);
    NEUME_GO(neume_transcriber_tidy(hearing.transcriber, &heard.notes));
    NEUME_GO(add_performance(&hearing, options, &heard));
    neume_transcription_clear(out);
    *out = heard;
    close_hearing(&hearing);
    return NEUME_OK;
fail:
    neume_transcription_clear(&heard);
    close_hearing(&hearing);
    return status;
}

void neume_transcription_clear(neume_transcription *transcription) {
    neume_notes_clear(&transcription->notes);
    neume_pedals_clear(&transcription->pedals);
    neume_bends_clear(&transcription->bends);
    neume_clock_clear(&transcription->clock);
    neume__free(transcription->source);
    neume__free(transcription->title);
    neume__free(transcription->composer);
    neume__free(transcription->model);
    *transcription = (neume_transcription){0};
}
