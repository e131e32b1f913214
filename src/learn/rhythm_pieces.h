/* Pieces whose beats are known, and 30-second segments of them as somebody might play them. Private to the room. */
#ifndef NEUME_LEARN_RHYTHM_PIECES_H
#define NEUME_LEARN_RHYTHM_PIECES_H

#include "neume/base.h"
#include "neume/music.h"

/* Times are in beats since the piece's first beat, so that any tempo can be put under them. */
typedef struct rhythm_note {
    float at, length;
    uint8_t pitch, velocity, program;
} rhythm_note;
typedef struct rhythm_beat {
    float time_s;   /* played pieces */
    float quarters; /* its length as written */
    bool down;
    int8_t metre;   /* of its bar: neume_beat_metre_class, -1 = nobody knows */
    float marked_s; /* how long it lasts by the score's tempo marks; 0 = they say nothing */
    /* as played in a segment */
    float pause_at, pause_s; /* where in the beat all waits, and how long */
    float swell;             /* 0 at a phrase's ends to 1 in its middle */
} rhythm_beat;
typedef struct rhythm_piece {
    rhythm_note *notes; /* in order of at */
    rhythm_beat *beats;
    size_t note_count, beat_count;
    bool played; /* beats have times, and notes their player's timing */
    bool held_out;
} rhythm_piece;
typedef struct rhythm_pieces {
    rhythm_piece *items;
    size_t count, capacity;
} rhythm_pieces;

/* Adds all tunes of an ABC file, or all scores of a folder. Bad ones are left out and counted in the log. */
neume_status rhythm_pieces_add_scores(rhythm_pieces *pieces, const char *path);
/* Adds a folder of NNN.mid with NNN.beat_midi.txt (POP909), or of X_BPM_beat_N-M.mid, played to a click (Groove). */
neume_status rhythm_pieces_add_played(rhythm_pieces *pieces, const char *folder);
void rhythm_pieces_clear(rhythm_pieces *pieces);

/* A piece's beats and notes from written music, repeats played. NEUME_EFORMAT: bars are mostly irregular, or there is
 * no metre. */
neume_status rhythm_piece_of_score(const neume_score *score, rhythm_piece *out);
/* The class of metre that most beats stand in; NEUME_BEAT_METRES: in none. */
int rhythm_piece_metre(const rhythm_piece *piece);
/* Sections of whole bars of a piece in a random order, some of them again: what is learnt by heart is not learnt. Its
 * last section ends with the piece's beats or a bar. @param[out] out  cleared by the caller */
neume_status rhythm_piece_splice(const rhythm_piece *piece, neume_rng *rng, rhythm_piece *out);
void rhythm_piece_clear(rhythm_piece *piece);

/* A segment: notes and beats in seconds from its beginning. */
typedef struct rhythm_segment {
    neume_notes notes;
    rhythm_beat *beats;
    size_t beat_count, beat_capacity;
    bool from_start; /* the caller's wish: that it begins where the piece does */
} rhythm_segment;
/* Chooses a place in the piece and plays it: tempo and its wandering, timing, loudness, pedal, transposition, and with
 * `mistakes` the faults of a note model. */
neume_status rhythm_segment_make(const rhythm_piece *piece, double seconds, bool mistakes, neume_rng *rng,
                                 rhythm_segment *out);
/* Leaves out all notes above or below some pitch, or some by chance: the music for fewer hands. */
void rhythm_segment_thin(rhythm_segment *segment, neume_rng *rng);
/* The seconds of the beats around beat b, the mean of up to three; b + 1 < beat_count. */
double rhythm_segment_period(const rhythm_segment *segment, size_t b);
void rhythm_segment_clear(rhythm_segment *segment);

#endif
