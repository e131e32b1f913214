/** @file
 * Music as events: the notes of some seconds as the tokens a language model can read and write (MIDI-like, as MT3).
 *
 * A piece is cut into segments. A segment's tokens are
 *
 *     BEGIN  { PROGRAM NOTE .. }  TIE  { TIME { PROGRAM VELOCITY NOTE|DRUM .. } .. }  END
 *
 * First, up to TIE, the notes that sound on from the segment before; then what happens, in the order of time. TIME
 * counts steps of 10 ms from the segment's beginning; TIME, PROGRAM and VELOCITY are said when they change and hold
 * until then. VELOCITY 0 makes NOTE the end of a note; drums have no end. An event belongs to the segment in which its
 * step lies, so segments that follow each other can be joined again without a loss.
 *
 * A key of an instrument sounds once at a time: a new stroke ends the note before, and strokes in the same step are
 * one. No note is shorter than a step. Parts and confidences are not told.
 *
 * Sources: Hawthorne et al. 2021, "Sequence-to-Sequence Piano Transcription with Transformers", section 3.2; Gardner et
 * al. 2022, "MT3: Multi-Task Multitrack Music Transcription", section 3.2.
 */
#ifndef NEUME_LM_EVENTS_H
#define NEUME_LM_EVENTS_H

#include "neume/lm_vocabulary.h"
#include "neume/music.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    NEUME_EVENT_STEPS_PER_S = 100,
    NEUME_EVENT_STEPS = 1000,           /**< the longest segment: 10 s */
    NEUME_EVENT_STEP_LAST = 1000000000, /**< where a segment may begin at the latest: after 10^7 s */
    NEUME_EVENT_VELOCITIES_MOST = 127,  /**< as many degrees of loudness are told apart at most */
};

typedef enum neume_event_kind {
    NEUME_EVENT_PAD, /**< nothing; the first three are the same tokens as NEUME_TOKEN_PAD, _BEGIN and _END */
    NEUME_EVENT_BEGIN,
    NEUME_EVENT_END,
    NEUME_EVENT_TIE,      /**< the notes that sound on are all said */
    NEUME_EVENT_TIME,     /**< steps 0 .. NEUME_EVENT_STEPS - 1 from the segment's beginning */
    NEUME_EVENT_NOTE,     /**< pitch 0 .. 127 */
    NEUME_EVENT_DRUM,     /**< General MIDI drum key 0 .. 127 */
    NEUME_EVENT_PROGRAM,  /**< General MIDI 0 .. 127 */
    NEUME_EVENT_VELOCITY, /**< 0 = off, 1 .. so many degrees as there are */
    NEUME_EVENT_NONE,     /**< what no token says */
} neume_event_kind;

typedef struct neume_event {
    neume_event_kind kind;
    int32_t value;
} neume_event;

/** How many tokens there are. @param velocities degrees of loudness, 1 (loudness is not told) ..
 * NEUME_EVENT_VELOCITIES_MOST (exact), here and below */
NEUME_API int32_t neume_event_token_count(int velocities);
/** The token that says an event, -1 when none does. */
NEUME_API int32_t neume_event_token(neume_event event, int velocities);
/** What a token says; NEUME_EVENT_NONE for an id outside the vocabulary. */
NEUME_API neume_event neume_event_of_token(int32_t id, int velocities);

/** The notes of a piece on the grid of steps. Read-only once it is made; for many threads. */
typedef struct neume_event_encoder neume_event_encoder;
/** @param notes  in any order; copied
 * @retval NEUME_EINVAL  a note is out of MIDI's range, or begins before 0 s or beyond 10^7 s,
 * or there are not so many velocities  @retval NEUME_ENOMEM */
NEUME_API NEUME_MUST neume_status neume_event_encoder_new(const neume_notes *notes, int velocities,
                                                          neume_event_encoder **out);
NEUME_API void neume_event_encoder_free(neume_event_encoder *encoder);
/** Appends the tokens of one segment.
 * @param first_step,steps  from where in the piece, 0 .. NEUME_EVENT_STEP_LAST, and how much, 1 .. NEUME_EVENT_STEPS
 * @retval NEUME_EINVAL  they are outside  @retval NEUME_ENOMEM  Cost: O(notes of the piece + events log(events)). */
NEUME_API NEUME_MUST neume_status neume_event_encode(const neume_event_encoder *encoder, int64_t first_step,
                                                     int64_t steps, neume_tokens *out);

/** Reads segments one after the other and joins their notes. */
typedef struct neume_event_decoder neume_event_decoder;
/** @retval NEUME_EINVAL  there are not so many velocities  @retval NEUME_ENOMEM */
NEUME_API NEUME_MUST neume_status neume_event_decoder_new(int velocities, neume_event_decoder **out);
NEUME_API void neume_event_decoder_free(neume_event_decoder *decoder);
/** Reads a segment: any ids in any order. What has no meaning where it stands is passed over and counted: ends of notes
 * that do not sound, times that go back or lie beyond the segment, with all that is said to happen then.
 * @param first_step,steps  as in neume_event_encode(); not before the end of the segment before
 * @retval NEUME_EINVAL  they are outside, or go back  @retval NEUME_ENOMEM */
NEUME_API NEUME_MUST neume_status neume_event_decode(neume_event_decoder *decoder, const int32_t *ids, size_t count,
                                                     int64_t first_step, int64_t steps);
/** Ends what still sounds where the last segment ends and hands the notes out, in neume_notes_sort()'s order; the
 * decoder is then as new.
 * @param[out] out  replaced  @param[out] ignored  how many tokens were passed over; NULL: nobody wants it */
NEUME_API void neume_event_decoder_finish(neume_event_decoder *decoder, neume_notes *out, size_t *ignored);

#ifdef __cplusplus
}
#endif
#endif
