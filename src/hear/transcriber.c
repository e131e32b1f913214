/* A recording of any length, window by window.
 *
 * Window w covers frames 512 w .. 512 w + 511 and is computed with 80 frames (1.6 s, more than the network's reach)
 * on either side. Where windows lie, and the level each is brought to, depends on samples alone; a stream and a file
 * are the same thing. The last window is cut to what is left, rounded up to 128 frames so that few shapes occur. */
#include "decode.h"
#include "runner.h"
#include "strokes.h"

#include <math.h>
#include <string.h>

enum {
    WINDOW_FRAMES = 512,
    MARGIN_FRAMES = 80,
    ROUND_FRAMES = 128,
    HOP = NEUME_FEATURES_HOP_SAMPLES,
    REACH_SAMPLES =
        MARGIN_FRAMES * HOP + NEUME_FEATURES_MARGIN_SAMPLES, /* before the first and after the last frame's centre */
};

/* Drums are read from the strokes of this long before and after, at most so many. */
static const double STROKES_AROUND_S = 8, SAME_KEY_S = 0.04;
static const double OVERTONE = 0.7; /* confidence under which a note may be an overtone, at a sensitivity of .5 */
enum { STROKES_AT_ONCE = 256, STROKES_AROUND = (NEUME_KIT_STROKES_MOST - STROKES_AT_ONCE) / 2, STROKES_STEP = 64 };

struct neume_transcriber {
    hear_runner runner;
    neume_features *features;
    hear_decoder *decoder;
    neume_instruments instruments;
    bool bends;
    float *pcm; /* samples pcm_start .. pcm_start + pcm_count - 1 of the recording */
    size_t pcm_count, pcm_capacity;
    int64_t pcm_start, next_frame;
    int64_t spectrum_first; /* the frame that the runner's spectrum begins with */
    int64_t stride;         /* numbers kept of each note: see hear_decoder_keep() */
    int64_t heard_stride;   /* as the runner says them: with the whole timbre, where that is wanted */
    float *said;            /* scratch: what the runner says of the notes just begun */
    neume_hear_place *places;
    size_t said_capacity, places_capacity;
    bool drums_only;       /* nothing else may be found */
    hear_strokes *strokes; /* NULL: nobody wants them */
    int64_t settled;       /* strokes of those kept that have been read */
    float hit_threshold;   /* log odds */
    float doubtful;        /* confidence under which a note may be an overtone */
    double key_last_s[NEUME_HEAR_DRUMS];
};

static float probability(float logit) {
    return 1 / (1 + expf(-logit));
}

/* Strokes are looked for where a network will read them, or training wants them. */
static neume_status begin_strokes(neume_transcriber *t, const neume_hear_options *options) {
    const neume_hear_model *model = t->runner.model;
    const bool drums = !options->instruments.restricted || options->instruments.drums, reads = model->kit && drums;
    t->drums_only = !hear_any_family(&options->instruments);
    for (int k = 0; k < NEUME_HEAR_DRUMS; k++) t->key_last_s[k] = -1;
    if (!reads && !options->strokes) return NEUME_OK;
    t->runner.wants_hidden = true;
    if (reads) hear_decoder_leave_drums(t->decoder);
    if (reads) t->hit_threshold = hear_moved_threshold(neume_kit_net_thresholds(model->kit)->hit, options->sensitivity);
    return hear_strokes_new(model->layers.config.drum_channels, &t->strokes);
}

neume_status neume_transcriber_new(const neume_hear_model *model, const neume_hear_options *options,
                                   neume_transcriber **out) {
    neume_status status = NEUME_OK;
    neume_transcriber *t = neume__calloc(1, sizeof *t);
    if (!t) return NEUME_ENOMEM;
    t->instruments = options->instruments;
    t->bends = options->bends;
    t->doubtful = probability(hear_moved_threshold(OVERTONE, options->sensitivity));
    NEUME_GO(hear_decoder_new(&model->layers.config, options->sensitivity, &options->instruments, &t->decoder));
    const int64_t channels = model->layers.config.timbre_channels;
    t->heard_stride = NEUME_HEAR_FAMILIES + (options->timbres || model->cast ? channels : 0);
    t->stride = model->cast && !options->timbres ? NEUME_HEAR_FAMILIES + NEUME_CAST_BRIEF : t->heard_stride;
    hear_decoder_keep(t->decoder, t->stride);
    NEUME_GO(neume_features_new(&t->features));
    NEUME_GO(hear_runner_init(&t->runner, model, options->plain_f32));
    NEUME_GO(begin_strokes(t, options));
    *out = t;
    return NEUME_OK;
fail:
    neume_transcriber_free(t);
    return status;
}

void neume_transcriber_free(neume_transcriber *t) {
    if (!t) return;
    hear_runner_clear(&t->runner);
    hear_decoder_free(t->decoder);
    hear_strokes_free(t->strokes);
    neume_features_free(t->features);
    neume__free(t->pcm);
    neume__free(t->said);
    neume__free(t->places);
    neume__free(t);
}

/* Stores what was said of the notes just begun, their timbres as short as they are needed. */
static neume_status keep_notes(neume_transcriber *t, const hear_opened *opened, size_t count) {
    const size_t heard = (size_t)t->heard_stride, channels = heard - NEUME_HEAR_FAMILIES;
    const bool shorten = t->stride < t->heard_stride;
    neume_status status = NEUME_OK;
    float *timbre = t->said + count * heard, *brief = timbre + count * channels; /* scratch behind what was said */
    for (size_t i = 0; i < count && shorten; i++)
        memcpy(timbre + i * channels, t->said + i * heard + NEUME_HEAR_FAMILIES, channels * sizeof *timbre);
    if (shorten) {
        neume_hear_model *model = (neume_hear_model *)t->runner.model; /* the cast net alone changes, under its lock */
        pthread_mutex_lock(&model->nets_lock);
        status = neume_cast_net_brief(model->cast, t->runner.compute, timbre, (int64_t)count, brief);
        pthread_mutex_unlock(&model->nets_lock);
    }
    for (size_t i = 0; i < count && !status; i++) {
        float *kept = hear_decoder_family(t->decoder, opened[i].id);
        memcpy(kept, t->said + i * heard, (shorten ? NEUME_HEAR_FAMILIES : heard) * sizeof *kept);
        if (shorten) memcpy(kept + NEUME_HEAR_FAMILIES, brief + i * NEUME_CAST_BRIEF, NEUME_CAST_BRIEF * sizeof *kept);
    }
    return status;
}

/* Asks which instruments the notes play that have just begun, and lets go those that are certain. */
static neume_status name_and_release(neume_transcriber *t, neume_notes *notes) {
    size_t count;
    const hear_opened *opened = hear_decoder_opened(t->decoder, &count);
    NEUME_TRY(neume__grow((void **)&t->places, &t->places_capacity, count, sizeof *t->places));
    NEUME_TRY(neume__grow((void **)&t->said, &t->said_capacity,
                          count * (2 * (size_t)t->heard_stride + NEUME_CAST_BRIEF), sizeof *t->said));
    for (size_t i = 0; i < count; i++)
        t->places[i] = (neume_hear_place){0, opened[i].frame - t->spectrum_first, opened[i].pitch};
    NEUME_TRY(hear_runner_families(&t->runner, t->places, (int64_t)count, t->heard_stride, t->said));
    NEUME_TRY(keep_notes(t, opened, count));
    return hear_decoder_release(t->decoder, notes);
}

/* --- drums, read together ----------------------------------------------------------------------------------------- */

/* The hits of one stroke, by what the network says of it. */
static neume_status write_hits(neume_transcriber *t, double onset_s, const float *logits) {
    const neume_kit_thresholds *chosen = neume_kit_net_thresholds(t->runner.model->kit);
    for (int k = 0; k < NEUME_HEAR_DRUMS; k++) {
        if (!(logits[k] >= t->hit_threshold) || onset_s - t->key_last_s[k] < SAME_KEY_S) continue; /* no NaN either */
        const double said = chosen->confidence_scale * (double)logits[k] + chosen->confidence_shift;
        const hear_hit hit = {onset_s, NEUME_HEAR_DRUM_LOWEST + k, probability(logits[NEUME_HEAR_DRUMS + k]),
                              probability((float)said)};
        t->key_last_s[k] = onset_s;
        NEUME_TRY(hear_decoder_strike(t->decoder, &hit));
    }
    return NEUME_OK;
}

/* Reads strokes first .. end - 1 of those kept, with what lies around them. */
static neume_status read_strokes(neume_transcriber *t, const neume_kit_view *all, int64_t first, int64_t end) {
    neume_hear_model *model = (neume_hear_model *)t->runner.model; /* its nets alone change, under their lock */
    int64_t from = first, to = end;
    const double first_s = (double)all->rows[first * all->stride], end_s = (double)all->rows[(end - 1) * all->stride];
    while (from > 0 && first - from < STROKES_AROUND &&
           (double)all->rows[(from - 1) * all->stride] >= first_s - STROKES_AROUND_S)
        from--;
    while (to < all->count && to - end < STROKES_AROUND &&
           (double)all->rows[to * all->stride] <= end_s + STROKES_AROUND_S)
        to++;
    const neume_kit_view some = {all->rows + from * all->stride, all->stride, to - from};
    const int64_t frames = (some.count + STROKES_STEP - 1) / STROKES_STEP * STROKES_STEP; /* few shapes occur */
    const float *logits;
    pthread_mutex_lock(&model->nets_lock);
    neume_status status = neume_kit_net_forward(model->kit, t->runner.compute, &some, 1, frames, &logits);
    for (int64_t i = first; i < end && !status; i++)
        status = write_hits(t, (double)all->rows[i * all->stride], logits + (i - from) * NEUME_HEAR_DRUM_OUTPUTS);
    pthread_mutex_unlock(&model->nets_lock);
    return status;
}

/* Reads the strokes whose surroundings have been heard, and lets go of those that surround no other. */
static neume_status settle_strokes(neume_transcriber *t) {
    neume_kit_view all = neume_transcriber_strokes(t);
    const double known_s = hear_strokes_known_s(t->strokes);
    int64_t end = t->settled, drop = 0;
    while (end < all.count && (double)all.rows[end * all.stride] < known_s - STROKES_AROUND_S) end++;
    for (int64_t first = t->settled; first < end; first += STROKES_AT_ONCE)
        NEUME_TRY(read_strokes(t, &all, first, first + STROKES_AT_ONCE < end ? first + STROKES_AT_ONCE : end));
    const double open_s = end < all.count ? (double)all.rows[end * all.stride] : known_s;
    hear_decoder_drums_until(t->decoder, open_s - 0.02);
    while (drop < end && (double)all.rows[drop * all.stride] < open_s - STROKES_AROUND_S) drop++;
    hear_strokes_drop(t->strokes, drop);
    t->settled = end - drop;
    return NEUME_OK;
}

static neume_status hear_drums(neume_transcriber *t, int64_t frames) {
    hear_runner *r = &t->runner;
    const int64_t first = 2 * MARGIN_FRAMES;
    if (!t->strokes) return NEUME_OK;
    NEUME_TRY(hear_strokes_push(t->strokes, neume_f32(&r->drums) + first * NEUME_HEAR_DRUM_OUTPUTS,
                                neume_f32(&r->drum_hidden) + first * r->model->layers.config.drum_channels,
                                neume_f32(&r->mel) + first * NEUME_FEATURES_MELS, 2 * frames));
    return r->model->kit ? settle_strokes(t) : NEUME_OK;
}

static neume_status end_drums(neume_transcriber *t) {
    if (!t->strokes) return NEUME_OK;
    NEUME_TRY(hear_strokes_end(t->strokes));
    return t->runner.model->kit ? settle_strokes(t) : NEUME_OK;
}

neume_kit_view neume_transcriber_strokes(const neume_transcriber *t) {
    neume_kit_view view = {0};
    if (t->strokes) view.rows = hear_strokes_rows(t->strokes, &view.stride, &view.count);
    return view;
}

/* --- windows ------------------------------------------------------------------------------------------------------ */

/* Hears frames [next_frame, next_frame + frames), `computed` >= frames of them being worked out. */
static neume_status hear_window(neume_transcriber *t, int64_t frames, int64_t computed, neume_notes *notes) {
    hear_runner *r = &t->runner;
    int64_t T = computed + 2 * MARGIN_FRAMES, first = t->next_frame - MARGIN_FRAMES;
    NEUME_TRY(
        neume_tensor_shape(&r->spectrum, NEUME_F32, NEUME_DIMS(1, T, NEUME_FEATURES_BINS, NEUME_FEATURES_CHANNELS)));
    NEUME_TRY(neume_tensor_shape(&r->mel, NEUME_F32, NEUME_DIMS(1, 2 * T, NEUME_FEATURES_MELS, 1)));
    int64_t count = (int64_t)t->pcm_count;
    neume_features_span span = {t->pcm, count, t->pcm_start, first, T, neume_hear_level_gain(t->pcm, count)};
    NEUME_TRY(neume_features_run(t->features, &span, neume_f32(&r->spectrum), neume_f32(&r->mel)));
    NEUME_TRY(hear_runner_run(r, t->drums_only));
    const float *curves =
        t->drums_only ? NULL : neume_f32(&r->notes) + MARGIN_FRAMES * NEUME_PITCHES * NEUME_HEAR_OUTPUTS;
    const float *drums = neume_f32(&r->drums) + 2 * MARGIN_FRAMES * NEUME_HEAR_DRUM_OUTPUTS;
    const float *spectrum = neume_f32(&r->spectrum) + MARGIN_FRAMES * NEUME_FEATURES_BINS * NEUME_FEATURES_CHANNELS;
    NEUME_TRY(hear_decoder_push(t->decoder, curves, drums, t->bends ? spectrum : NULL, frames));
    NEUME_TRY(hear_drums(t, frames));
    t->next_frame += frames;
    t->spectrum_first = first;
    return name_and_release(t, notes);
}

/* Drops samples that no later window reaches. */
static void forget(neume_transcriber *t) {
    int64_t keep_from = t->next_frame * HOP - REACH_SAMPLES, drop = keep_from - t->pcm_start;
    if (drop <= 0) return;
    if (drop > (int64_t)t->pcm_count) drop = (int64_t)t->pcm_count;
    memmove(t->pcm, t->pcm + drop, (t->pcm_count - (size_t)drop) * sizeof *t->pcm);
    t->pcm_count -= (size_t)drop;
    t->pcm_start += drop;
}

/* How many samples the next whole window still lacks; 0 when it can be heard. */
static int64_t missing_samples(const neume_transcriber *t) {
    int64_t need = (t->next_frame + WINDOW_FRAMES - 1) * HOP + REACH_SAMPLES,
            have = t->pcm_start + (int64_t)t->pcm_count;
    return need > have ? need - have : 0;
}

neume_status neume_transcriber_feed(neume_transcriber *t, const float *pcm, size_t count, neume_notes *notes) {
    while (count) {
        size_t take = (size_t)missing_samples(t) < count ? (size_t)missing_samples(t) : count;
        NEUME_TRY(neume__grow((void **)&t->pcm, &t->pcm_capacity, t->pcm_count + take, sizeof *t->pcm));
        memcpy(t->pcm + t->pcm_count, pcm, take * sizeof *pcm);
        t->pcm_count += take;
        pcm += take;
        count -= take;
        if (missing_samples(t)) return NEUME_OK;
        if (neume_cancelled()) return neume_fail(NEUME_ECANCELLED, "stopped");
        NEUME_TRY(hear_window(t, WINDOW_FRAMES, WINDOW_FRAMES, notes));
        forget(t);
    }
    return NEUME_OK;
}

neume_status neume_transcriber_finish(neume_transcriber *t, neume_notes *notes) {
    int64_t samples = t->pcm_start + (int64_t)t->pcm_count, all_frames = samples ? 1 + samples / HOP : 0;
    while (t->next_frame < all_frames) {
        int64_t left = all_frames - t->next_frame, frames = left < WINDOW_FRAMES ? left : WINDOW_FRAMES;
        int64_t computed = (frames + ROUND_FRAMES - 1) / ROUND_FRAMES * ROUND_FRAMES;
        if (neume_cancelled()) return neume_fail(NEUME_ECANCELLED, "stopped");
        NEUME_TRY(hear_window(t, frames, computed, notes));
        forget(t);
    }
    NEUME_TRY(end_drums(t));
    NEUME_TRY(hear_decoder_end(t->decoder, (double)samples / NEUME_FEATURES_RATE_HZ));
    return name_and_release(t, notes);
}

/* Settles by the cast net, which reads all notes together. */
static neume_status settle_together(neume_transcriber *t, const float *evidence, neume_notes *notes) {
    neume_hear_model *model = (neume_hear_model *)t->runner.model; /* the cast net alone changes, under its lock */
    const bool raw = t->stride == t->heard_stride;
    const neume_cast_view view = {notes->items, evidence, t->stride, (int64_t)notes->count, raw};
    float *judged = neume__alloc((notes->count + 1) * NEUME_HEAR_FAMILIES * sizeof *judged);
    if (!judged) return NEUME_ENOMEM;
    pthread_mutex_lock(&model->nets_lock);
    neume_status status = neume_cast_net_read(model->cast, t->runner.compute, &view, judged);
    pthread_mutex_unlock(&model->nets_lock);
    if (!status) status = hear_settle_instruments(&t->instruments, judged, NEUME_HEAR_FAMILIES, true, notes);
    neume__free(judged);
    return status;
}

static neume_status settle(neume_transcriber *t, const float *evidence, neume_notes *notes) {
    return t->runner.model->cast ? settle_together(t, evidence, notes)
                                 : hear_settle_instruments(&t->instruments, evidence, t->stride, false, notes);
}

neume_status neume_transcriber_settle(neume_transcriber *t, neume_notes *notes) {
    size_t count;
    float *evidence = NULL;
    NEUME_TRY(hear_decoder_evidence(t->decoder, &evidence, &count));
    neume_status status =
        count == notes->count
            ? settle(t, evidence, notes)
            : neume_fail(NEUME_EINVAL, "%zu notes were heard, but %zu are to be settled", count, notes->count);
    neume__free(evidence);
    return status;
}

neume_status neume_transcriber_tidy(neume_transcriber *t, neume_notes *notes) {
    int program;
    NEUME_TRY(hear_drop_overtones(t->doubtful, notes));
    if (!hear_is_line(notes, &program)) {
        hear_decoder_end_as_said(t->decoder, notes);
        return NEUME_OK;
    }
    NEUME_TRY(hear_decoder_take_soft(t->decoder, program, notes));
    NEUME_TRY(hear_tidy_line(program, t->instruments.restricted && t->instruments.drums, notes));
    NEUME_TRY(hear_bends_join(hear_decoder_bends(t->decoder), notes));
    return hear_begin_line_in_time(hear_decoder_bends(t->decoder), notes);
}

neume_status neume_transcriber_timbres(const neume_transcriber *t, float **out, int64_t *stride, size_t *count) {
    *stride = t->stride;
    return hear_decoder_evidence(t->decoder, out, count);
}

const neume_bends *neume_transcriber_bends(const neume_transcriber *t) {
    return hear_decoder_bends(t->decoder);
}
