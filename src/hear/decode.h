/* From the network's curves to notes, frame by frame, however the frames come. Private to the room. */
#ifndef NEUME_HEAR_DECODE_H
#define NEUME_HEAR_DECODE_H

#include "neume/hear_net.h"

typedef struct hear_decoder hear_decoder;
/* @instruments what notes may be given to; copied */
neume_status hear_decoder_new(const neume_hear_config *config, double sensitivity, const neume_instruments *instruments,
                              hear_decoder **out);
void hear_decoder_free(hear_decoder *decoder);
/* Drums come by hear_decoder_strike() alone: the curves are not asked for them. Before the first push. */
void hear_decoder_leave_drums(hear_decoder *decoder);
/* A hit on a key (27 .. 87); velocity and confidence as probabilities. Hits come in order of time. */
typedef struct hear_hit {
    double onset_s;
    int key;
    float velocity, confidence;
} hear_hit;
neume_status hear_decoder_strike(hear_decoder *decoder, const hear_hit *hit);
/* All hits before this instant have come: later notes are not released. */
void hear_decoder_drums_until(hear_decoder *decoder, double until_s);
/* A threshold (a probability) in log odds, moved by the sensitivity. */
float hear_moved_threshold(double threshold, double sensitivity);
/* Where between frames a curve's peak lies: -.5 .. .5 frames. */
double hear_peak_shift(float before, float here, float after);

/* Takes the next T frames: notes (T, 88, 4) (NULL: only drums are heard) and drums (2T, 122), logits. spectrum: (T,
 * 304, 2) of those frames, to follow bends in; NULL: bends are not wanted. */
neume_status hear_decoder_push(hear_decoder *decoder, const float *notes, const float *drums, const float *spectrum,
                               int64_t frames);
/* The recording ended at end_s: closes what sounds. */
neume_status hear_decoder_end(hear_decoder *decoder, double end_s);

/* How many numbers are kept of each note: 14 log probabilities of its family (which is all at first), and what else
 * tells who plays it. Before the first push. */
void hear_decoder_keep(hear_decoder *decoder, int64_t stride);

/* A note that has begun; its instrument is to be found out. */
typedef struct hear_opened {
    int64_t frame;
    int pitch; /* 0 .. 87 */
    size_t id;
} hear_opened;
/* The notes begun since the last release; borrowed until the next push. */
const hear_opened *hear_decoder_opened(const hear_decoder *decoder, size_t *count);
/* A note's numbers (stride), to be filled in; zeros at first. Borrowed until the next push. */
float *hear_decoder_family(hear_decoder *decoder, size_t id);

/* Appends the notes that are certain by now (after the end: all), in order. */
neume_status hear_decoder_release(hear_decoder *decoder, neume_notes *out);
/* The numbers of all notes released so far, (count, stride) in the order of release, zeros for drums; free with
 * neume__free(). */
neume_status hear_decoder_evidence(const hear_decoder *decoder, float **out, size_t *count);

/* The bends of the notes released so far, in their order. */
neume_bends *hear_decoder_bends(hear_decoder *decoder);

/* After the end: adds notes that swelled where no other note of their pitch was found, and their bends, to the others;
 * @p notes stay in order. */
neume_status hear_decoder_take_soft(hear_decoder *decoder, int program, neume_notes *notes);
/* After the end: notes end where their end was said, not where their sound is over, and so do their bends; but for a
 * piano's that are not short: those may sound under the pedal. */
void hear_decoder_end_as_said(hear_decoder *decoder, neume_notes *notes);

/* Keeps the notes that are not marked. @p goes: as many as notes */
void hear_drop_marked(const bool *goes, neume_notes *notes);

/* --- overtones.c -------------------------------------------------------------------------------------------------- */

/* Drops notes of less confidence than @p doubtful that are partials of surer ones. @p notes in order. */
neume_status hear_drop_overtones(float doubtful, neume_notes *notes);

/* --- solo.c ------------------------------------------------------------------------------------------------------- */

/* Whether notes, in order, are one bowed, blown or sung line that nothing accompanies; *program: what most are played
 * by. */
bool hear_is_line(const neume_notes *notes, int *program);
/* Drops what is no note of a line, parts of glides and, if not @p drums_wanted, strokes that are few or unsure; makes
 * one of held notes that were found in pieces. Instruments with hardly a note leave them to @p program. */
neume_status hear_tidy_line(int program, bool drums_wanted, neume_notes *notes);
/* A glide to a note smears its pitch, so that it is found late: doubtful notes of a line that follow a short rest begin
 * within it. A note that is found with its consonant and again with its vowel is one. */
neume_status hear_begin_line_in_time(neume_bends *bends, neume_notes *notes);

/* --- bends.c ------------------------------------------------------------------------------------------------------ */

/* The bends of notes that were found in pieces and have been made one: of the same pitch, within the note. */
neume_status hear_bends_join(neume_bends *bends, const neume_notes *notes);
/* Moves a note's beginning, and its bend's: level before. To an earlier time. */
neume_status hear_bend_begin(neume_bends *bends, double onset_s, neume_note *note);
/* A note's bend lasts no longer than the note. */
void hear_bend_cut(neume_bends *bends, const neume_note *note);

/* --- fine_pitch.c ------------------------------------------------------------------------------------------------- */

/* Cents from the nominal pitch (0 .. 87) in one frame (304, 2) of the spectrum; 0 where no partial stands out. */
float hear_fine_pitch(const float *frame, int pitch);

/* --- instruments.c ------------------------------------------------------------------------------------------------ */

/* What a family is written as, -1 = not allowed. */
int hear_program_of_family(const neume_instruments *instruments, int family);
/* Whether pitched notes are allowed at all. */
bool hear_any_family(const neume_instruments *instruments);
/* The best allowed family by log probabilities (14); -1 if none is. */
int hear_best_family(const neume_instruments *instruments, const float *evidence);
/* Settles the programs of notes in order of onset; evidence (count, stride): log probabilities (14) of each by itself,
 * or read by a cast net from all of them. */
neume_status hear_settle_instruments(const neume_instruments *instruments, const float *evidence, int64_t stride,
                                     bool read_together, neume_notes *notes);

#endif
