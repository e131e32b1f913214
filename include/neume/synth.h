/** @file
 * Notes to sound, fast: a bank of rendered single notes is mixed as often as needed, then put into a room.
 *
 * Rendering a note with FluidSynth costs a hundred times more than adding its samples. So a *bank* keeps, for each
 * preset (one font's program, or a drum kit) some pitches and velocities as mono 22,050 Hz samples; mixing a note adds
 * the nearest one, resampled by at most a semitone and a half, shaped to its duration and release. The bank is one
 * file, mapped and read-only.
 */
#ifndef NEUME_SYNTH_H
#define NEUME_SYNTH_H

#include "neume/base.h"
#include "neume/music.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { NEUME_SYNTH_RATE_HZ = 22050 };

/* --- the bank ----------------------------------------------------------------------------------------------------- */

/** Where a bank's sounds come from. */
typedef enum neume_bank_kind {
    NEUME_BANK_FONT,          /**< a SoundFont (.sf2 .sf3): all its General MIDI presets and drum kits */
    NEUME_BANK_PIANO,         /**< a folder of single piano notes named A0v10.ogg, C1v10.ogg ... (Salamander) */
    NEUME_BANK_DRUMKIT,       /**< a Hydrogen drum kit folder (drumkit.xml beside its samples) */
    NEUME_BANK_RECORDED,      /**< a folder of recorded single notes named A4.mp3, Cs5.ogg, Eb3.wav ... */
    NEUME_BANK_DRUMFONT,      /**< a SoundFont that is one drum kit, laid out as the avldrums fonts are */
    NEUME_BANK_INVENTED,      /**< an orchestra and drum kits that nobody built, drawn at random from a number */
    NEUME_BANK_INVENTED_KITS, /**< drum kits alone, likewise */
} neume_bank_kind;

typedef struct neume_bank_source {
    const char *path;
    neume_bank_kind kind;
    int program; /**< of recorded notes: which General MIDI instrument they are; of what is invented: its number */
} neume_bank_source;

/** Renders every source's notes into one bank file, written whole or not at all. Cost: minutes for the full set;
 * progress told. Presets that are silent, out of tune (> 30 cents), in another octave or without a clear beginning (10
 * % of the peak after 120 ms) are left out and logged. Attack delay (10 % of peak) and the release time constant of
 * each note are measured and stored. */
NEUME_MUST neume_status neume_bank_build(const neume_bank_source *sources, size_t count, const neume_progress *progress,
                                         const char *out_path);

typedef struct neume_bank neume_bank;
/** @retval NEUME_EFORMAT not a bank, damaged or of another version */
NEUME_MUST neume_status neume_bank_open(const char *path, neume_bank **out);
void neume_bank_close(neume_bank *bank);

typedef struct neume_bank_preset {
    const char *source;  /**< font or kit name */
    int program;         /**< 0 .. 127, or NEUME_PROGRAM_DRUMS */
    int lowest, highest; /**< pitches it can play; for drums the keys it has lie between */
} neume_bank_preset;
size_t neume_bank_preset_count(const neume_bank *bank);
neume_bank_preset neume_bank_preset_at(const neume_bank *bank, size_t index);
bool neume_bank_has_pitch(const neume_bank *bank, size_t preset, int pitch);

/** A kit that lacks a key plays a neighbour's sound there (36 for 35). The key by which that very sound is best called;
 * @p key itself when no other has its sound, or the preset is no kit. */
int neume_bank_drum_key(const neume_bank *bank, size_t preset, int key);

/** A note as the mixer wants it. */
typedef struct neume_bank_note {
    double onset_s, duration_s; /**< onset may be negative: the note began before the segment */
    int pitch, velocity;
    double detune_cents;              /**< -200 .. 200 */
    double vibrato_cents, vibrato_hz; /**< depth 0 = none */
    float gain;                       /**< linear */
    int borrowed_semitones; /**< 0, or play the stored note that lies so far above, slower: its formants move down with
                               it, as in another instrument of the kind. Ignored where the preset has no such note */
    double loop_from_s, loop_s; /**< loop_s > 0: from loop_from_s after the attack on, about so much sound (whole
                                   periods; 20 ms at least keep it in tune) is repeated, as small samplers do; it fades
                                   on as the note does there */
} neume_bank_note;

/** Adds a note to pcm (count samples at 22,050 Hz), placed to a fraction of a sample; any thread. A pitch the preset
 * lacks adds nothing.
 * @return when the note stops being heard: seconds after its onset at which it has fallen 50 dB below its peak while
 * held (a plucked or struck note dies under the finger), or its duration if it still sounds then; the frame target ends
 * there */
double neume_bank_mix(const neume_bank *bank, size_t preset, const neume_bank_note *note, float *pcm, size_t count);

/* --- playing for listeners ---------------------------------------------------------------------------------------- */

typedef struct neume_render_options {
    const char *font; /**< a SoundFont; NULL: $NEUME_SOUNDFONT, or the first of Debian's that is installed */
    int rate_hz;      /**< 8,000 .. 96,000 */
    bool dry;         /**< without reverberation */
} neume_render_options;
/** Takes frames, left and right in turn. */
typedef neume_status neume_render_sink(void *context, const float *frames, size_t count);
/** Plays notes with FluidSynth, every program with its own sound, and two seconds more for the last to fade. Memory
 * does not grow with the length. Cost: 20 to 30 times real time on a core.
 * @retval NEUME_EUNSUPPORTED no SoundFont is installed  @retval NEUME_ENOTFOUND NEUME_EFORMAT the font asked for
 * @retval NEUME_EINVAL a note or rate that cannot be  @retval NEUME_ECANCELLED neume_cancel() was called
 * @retval NEUME_ENOMEM, and what the sink returns */
NEUME_MUST neume_status neume_render_notes(const neume_notes *notes, const neume_render_options *options,
                                           neume_render_sink *sink, void *context, const neume_progress *progress);

/* --- rooms, microphones, players ---------------------------------------------------------------------------------- */

/** What happens to sound between instrument and file; each is drawn at random with a probability and a strength. */
typedef struct neume_augment_options {
    double strength;    /**< 0 = leave clean, 1 = as designed; scales probabilities */
    double clean_share; /**< share of segments left clean, e.g. .15 */
} neume_augment_options;

/** Room (early taps and a feedback delay network damped more at high frequencies, RT60 .15 - 1.5 s, direct/reverberant
 * -3 .. 18 dB), equaliser (2 - 4 peaks, tilt), compressor, noise (white, pink, brown, hum, crackle; 8 - 45 dB below),
 * low-pass and high-pass, clipping, gain. Works in place; the direct sound keeps its place in time exactly. The peak
 * ends at -24 .. 0 dB of full scale, also of clean segments; silence stays silence.
 * @retval NEUME_EINVAL a sample is no number  @retval NEUME_ENOMEM
 * Cost: about 0.5 ms a second of audio on one core. Source: DESIGN's augmentation table; Schroeder 1962, Jot & Chaigne
 * 1991 for the room; the audio EQ cookbook (Bristow-Johnson) for the filters. */
NEUME_MUST neume_status neume_augment(float *pcm, size_t count, const neume_augment_options *options, neume_rng *rng);

/** Another body and another microphone for one instrument: two or three broad peaks of up to 9 dB and a tilt. */
void neume_colour(float *pcm, size_t count, neume_rng *rng);

#ifdef __cplusplus
}
#endif
#endif
