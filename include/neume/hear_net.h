/** @file
 * The note model's network while it learns, and models made from files in memory: for training, tests and measuring.
 * Programs that only hear include neume/hear.h.
 */
#ifndef NEUME_HEAR_NET_H
#define NEUME_HEAR_NET_H

#include "neume/features.h"
#include "neume/hear.h"
#include "neume/nn.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a trained model is besides its weights. */
typedef struct neume_hear_config {
    char name[64];           /**< "neume-hear-2" */
    int64_t channels;        /**< width C of the pitch trunk, e.g. 64 */
    int64_t stem_channels;   /**< width of the spectrum stem, e.g. 16 */
    int64_t blocks;          /**< residual blocks of the trunk, 1 .. 16 */
    int64_t timbre_channels; /**< width of the timbre branch, e.g. 192 */
    int64_t drum_channels;   /**< width of the drum branch, e.g. 96 */
    int64_t patch_frames;    /**< of a note that its instrument is judged by: 4 .. 64, a multiple of 4 */
    int64_t patch_own;       /**< 1: the timbre branch is told how long the note itself sounds */
    double onset_threshold, frame_threshold, offset_threshold, drum_threshold; /**< chosen on development data */
    /** A note's confidence is sigmoid(scale * log odds of its onset + shift): how often such notes are right. */
    double note_confidence_scale, note_confidence_shift, drum_confidence_scale, drum_confidence_shift;
} neume_hear_config;
neume_hear_config neume_hear_config_default(void);

enum {
    NEUME_HEAR_ONSET,
    NEUME_HEAR_FRAME,
    NEUME_HEAR_OFFSET,
    NEUME_HEAR_VELOCITY,
    NEUME_HEAR_OUTPUTS,
    NEUME_HEAR_FAMILIES = 14,    /**< of notes' instruments: programs 0 .. 111, in eights */
    NEUME_HEAR_DRUM_LOWEST = 27, /**< General MIDI's 47 keys and the GS ones around them */
    NEUME_HEAR_DRUMS = 61,       /**< keys 27 .. 87; an onset and a velocity each */
    NEUME_HEAR_DRUM_OUTPUTS = 2 * NEUME_HEAR_DRUMS,
};

/** The network while it learns: batch statistics, everything kept for backward. */
typedef struct neume_hear_net neume_hear_net;
NEUME_MUST neume_status neume_hear_net_new(const neume_hear_config *config, uint64_t seed, neume_hear_net **out);
void neume_hear_net_free(neume_hear_net *net);
neume_parameters *neume_hear_net_parameters(neume_hear_net *net);
const neume_hear_config *neume_hear_net_config(const neume_hear_net *net);
/** Takes over the four thresholds and the confidence's four numbers; sizes and name stay. */
void neume_hear_net_set_thresholds(neume_hear_net *net, const neume_hear_config *config);

/** Which parts learn; the others keep their weights. All do at first. */
void neume_hear_net_learn(neume_hear_net *net, bool notes, bool drums, bool families);

typedef struct neume_hear_batch {
    neume_tensor spectrum; /**< (B, T, 304, 2) 32-bit, from neume_features_run() */
    neume_tensor mel;      /**< (B, 2 T, 64, 1) 32-bit */
} neume_hear_batch;
/** Measures the mean and deviation of each bin over a batch; call once before training starts. */
NEUME_MUST neume_status neume_hear_net_standardise(neume_hear_net *net, const neume_hear_batch *batch);

/** A note whose instrument is asked for: it begins at this frame of entry b. */
typedef struct neume_hear_place {
    int64_t b, frame;
    int pitch; /**< 0 .. 87 */
} neume_hear_place;

/** How a pass computes, and which of the net's three parts take part: they share nothing, so each may learn alone. */
typedef struct neume_hear_pass {
    neume_compute *compute;
    bool training;     /**< batch statistics */
    neume_dtype dtype; /**< of the activations */
    bool notes, drums;
    const neume_hear_place *places; /**< (place_count): whose instruments are asked for; NULL with count 0 */
    int64_t place_count;
    const neume_tensor *sounding; /**< (B, T, 88, 1) 32-bit, with places: how surely (0 .. 1) each pitch sounds; other
                                     notes' overtones lie where this one's do */
} neume_hear_pass;

/** What the net says: log odds, 32-bit, borrowed until the next call; or its gradients. NULL: that part was not
 * asked. */
typedef struct neume_hear_logits {
    const neume_tensor *notes;    /**< (B, T, 88, NEUME_HEAR_OUTPUTS) */
    const neume_tensor *drums;    /**< (B, 1, 2 T, NEUME_HEAR_DRUM_OUTPUTS) */
    const neume_tensor *families; /**< (places, 1, 1, NEUME_HEAR_FAMILIES): one of them, by softmax */
} neume_hear_logits;
/** @p batch must live until the backward pass. */
NEUME_MUST neume_status neume_hear_net_forward(neume_hear_net *net, const neume_hear_pass *pass,
                                               const neume_hear_batch *batch, neume_hear_logits *out);
/** Adds to the gradients of the parts that took part, given the logits' (32-bit, same shapes). */
NEUME_MUST neume_status neume_hear_net_backward(neume_hear_net *net, neume_compute *c,
                                                const neume_hear_logits *gradients);

/** Writes configuration and weights (inference form: 32-bit). */
NEUME_MUST neume_status neume_hear_net_save(neume_hear_net *net, neume_gguf_writer *writer, const neume_adamw *adam);
/** Makes a net of the file's configuration and loads its weights (and the optimiser's state if wanted). */
NEUME_MUST neume_status neume_hear_net_load(const neume_gguf *gguf, neume_adamw *adam, neume_hear_net **out);

/** A model for inference from a file in memory. */
NEUME_MUST neume_status neume_hear_model_parse(const neume_gguf *gguf, neume_hear_model **out);
/** Writes an untrained model: for tests and for measuring speed. */
NEUME_MUST neume_status neume_hear_model_random(const char *path, const neume_hear_config *config, uint64_t seed);

/** The factor that brings the loud passages (95th percentile of 50 ms levels) of a window to -20 dBFS; at most 30 dB, 1
 * for silence. */
float neume_hear_level_gain(const float *pcm, int64_t count);

/* --- who plays what ----------------------------------------------------------------------------------------------- */

/** What is known of a recording's notes before it is settled who plays them; rows in order of onset. */
typedef struct neume_cast_view {
    const neume_note *notes; /**< (count); drums are passed over */
    const float *families;   /**< (count, stride): NEUME_HEAR_FAMILIES log probabilities each, then the timbre */
    int64_t stride, count;
    bool raw; /**< the timbre is as the note model's branch has it; otherwise neume_cast_net_brief() made it */
} neume_cast_view;

/** A small network that reads a recording's notes together: each with what its neighbours and the whole recording
 * sound like, how high it lies, how long it is and how many sound beside it. */
typedef struct neume_cast_net neume_cast_net;
enum { NEUME_CAST_BRIEF = 32 }; /**< numbers a note's timbre is shortened to */
/** For notes that this note model has heard. */
NEUME_MUST neume_status neume_cast_net_new(const neume_hear_model *model, uint64_t seed, neume_cast_net **out);
/** @p adam NULL: for hearing only. @retval NEUME_EFORMAT not a cast model, damaged */
NEUME_MUST neume_status neume_cast_net_load(const char *path, neume_adamw *adam, neume_cast_net **out);
NEUME_MUST neume_status neume_cast_net_save(const neume_cast_net *net, const char *name, const neume_adamw *adam,
                                            const char *path);
void neume_cast_net_free(neume_cast_net *net);
neume_parameters *neume_cast_net_parameters(neume_cast_net *net);
const char *neume_cast_net_name(const neume_cast_net *net);
/** Whether it was made for this note model: its name and size are the same. */
bool neume_cast_net_fits(const neume_cast_net *net, const neume_hear_model *model);

/** The short form of notes' timbres: (count, timbre channels) to (count, NEUME_CAST_BRIEF). */
NEUME_MUST neume_status neume_cast_net_brief(neume_cast_net *net, neume_compute *c, const float *timbre, int64_t count,
                                             float *out);
/** Families of every note of a recording, log odds (count, NEUME_HEAR_FAMILIES); those of drums mean nothing. Between
 * what the notes' neighbours say by themselves and what the network says, nearer to this (docs/hear-log.md). Memory
 * does not grow with the recording. Cost: notes x the notes within 12 s of them, three times. */
NEUME_MUST neume_status neume_cast_net_read(neume_cast_net *net, neume_compute *c, const neume_cast_view *view,
                                            float *out);
/** What the network says of several short recordings at once, for learning: logits (rows, NEUME_HEAR_FAMILIES),
 * borrowed until the next call. The views are raw; @p rows >= their counts together, rows behind them mean nothing. */
NEUME_MUST neume_status neume_cast_net_forward(neume_cast_net *net, neume_compute *c, const neume_cast_view *views,
                                               size_t view_count, int64_t rows, const float **logits);
/** Adds to the parameters' gradients, given the logits' (rows, NEUME_HEAR_FAMILIES); the views are those of the last
 * forward. */
NEUME_MUST neume_status neume_cast_net_backward(neume_cast_net *net, neume_compute *c, const float *d_logits);

/** Lets a note model settle instruments by a cast net that fits it; the net is the model's from now on. */
void neume_hear_model_take_cast(neume_hear_model *model, neume_cast_net *net);
/** Channels of its timbre branch. */
int64_t neume_hear_model_timbre_channels(const neume_hear_model *model);
/** What was heard of the notes given so far, in their order: the notes' families and raw timbres, as neume_cast_view
 * has them; only for transcribers whose options asked for timbres. Free with neume__free(). */
NEUME_MUST neume_status neume_transcriber_timbres(const neume_transcriber *transcriber, float **out, int64_t *stride,
                                                  size_t *count);

/* --- which drums are struck --------------------------------------------------------------------------------------- */

enum {
    /** Numbers of a stroke before the drum branch's last layer: its time in seconds; of each key, log odds of a hit and
     * of its velocity; the drum spectrum after it and before it. */
    NEUME_STROKE_NUMBERS = 1 + NEUME_HEAR_DRUM_OUTPUTS + 2 * NEUME_FEATURES_MELS,
    NEUME_KIT_STROKES_MOST = 512 /**< read together */
};
/** Strokes in order of time; rows (count, stride): NEUME_STROKE_NUMBERS numbers each, then the drum branch's channels.
 */
typedef struct neume_kit_view {
    const float *rows;
    int64_t stride, count;
} neume_kit_view;

/** A small transformer that reads the strokes of some seconds together and says which drums each of them is. */
typedef struct neume_kit_net neume_kit_net;
/** For drum branches of so many channels. */
NEUME_MUST neume_status neume_kit_net_new(int64_t channels, uint64_t seed, neume_kit_net **out);
/** @p adam NULL: for hearing only. @retval NEUME_EFORMAT not a kit model, damaged */
NEUME_MUST neume_status neume_kit_net_load(const char *path, neume_adamw *adam, neume_kit_net **out);
/** With the drum branch of the note model that the strokes were heard by. */
NEUME_MUST neume_status neume_kit_net_save(const neume_kit_net *net, const neume_hear_model *model, const char *name,
                                           const neume_adamw *adam, const char *path);
void neume_kit_net_free(neume_kit_net *net);
neume_parameters *neume_kit_net_parameters(neume_kit_net *net);
const char *neume_kit_net_name(const neume_kit_net *net);
/** Probability above which a hit is written, and the scale and shift of its confidence; chosen after training. */
typedef struct neume_kit_thresholds {
    double hit, confidence_scale, confidence_shift;
} neume_kit_thresholds;
neume_kit_thresholds *neume_kit_net_thresholds(neume_kit_net *net);
/** Measures what brings each number of a stroke to mean 0 and deviation 1; once, before training. */
NEUME_MUST neume_status neume_kit_net_standardise(neume_kit_net *net, const neume_kit_view *views, size_t count);
/** What the net says of several recordings' strokes at once: logits (view_count, frames, NEUME_HEAR_DRUM_OUTPUTS),
 * borrowed until the next call; @p frames >= each view's count; what lies behind a view's strokes means nothing. The
 * views must live until the backward pass. Cost: strokes x strokes. */
NEUME_MUST neume_status neume_kit_net_forward(neume_kit_net *net, neume_compute *c, const neume_kit_view *views,
                                              size_t view_count, int64_t frames, const float **logits);
/** Adds to the parameters' gradients, given the logits' (as many; zeros behind a view's strokes). */
NEUME_MUST neume_status neume_kit_net_backward(neume_kit_net *net, neume_compute *c, const float *d_logits);

/** Lets a note model read drums by a kit net; the net is the model's from now on. Its drum branch stays as it is. */
void neume_hear_model_take_kit(neume_hear_model *model, neume_kit_net *net);
/** Channels of its drum branch. */
int64_t neume_hear_model_drum_channels(const neume_hear_model *model);
/** The strokes heard so far, for transcribers whose options asked for strokes; borrowed until the next feed. */
neume_kit_view neume_transcriber_strokes(const neume_transcriber *transcriber);

#ifdef __cplusplus
}
#endif
#endif
