/** @file
 * Reading and writing music: ABC, MusicXML and Humdrum kern as written music; MIDI, CSV and JSON as notes in seconds;
 * pictures of notes.
 *
 * Every reader takes bytes from strangers: damage is NEUME_EFORMAT with a one-line reason, limits are NEUME_ELIMIT,
 * nothing crashes, `out` stays untouched on failure. Readers sort what they return.
 */
#ifndef NEUME_NOTATION_H
#define NEUME_NOTATION_H

#include "neume/base.h"
#include "neume/music.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { NEUME_NOTATION_LIMIT_BYTES = 256 << 20 };

/** Reads a Standard MIDI File, format 0 or 1 (MIDI 1.0; RP-001).
 *
 * Tempo maps apply; SMPTE division too. The sustain pedal (CC 64 >= 64) extends notes to its release or to the key's
 * next stroke; channel 10 is drums. A note whose end is missing ends with the file. Running status, SysEx and unknown
 * chunks are understood; a truncated last track gives what was read before the cut if at least the header is whole.
 * `part` numbers the pairs (track, channel) that hold notes, in order of appearance. */
NEUME_API NEUME_MUST neume_status neume_midi_read_notes(const void *bytes, size_t count, neume_notes *out);

/** What such a file says of its own time: its tempi, metres and keys as they stand there, sensible or not; in
 * SMPTE division nothing. @retval NEUME_EFORMAT NEUME_ELIMIT NEUME_ENOMEM as of neume_midi_read_notes(), out untouched
 */
NEUME_API NEUME_MUST neume_status neume_midi_read_clock(const void *bytes, size_t count, neume_clock *out);

/** The title of a Standard MIDI File: its first track's name, unless that track plays beside others, or the name is one
 * that programs give by themselves ("Track 1").
 * @param[out] out  as neume__text_clean() leaves it  @return false: none, and out untouched */
NEUME_API bool neume_midi_title(const void *bytes, size_t count, char out[256]);

/** Appends a format 1 file: 480 ticks a quarter at 120 BPM (rounding below 0.6 ms), one track per program with its
 * name, channels 1-16 without 10 in order of programs, drums on 10. With more than 15 programs the least used share a
 * channel by program changes. */
NEUME_API NEUME_MUST neume_status neume_midi_write_notes(const neume_notes *notes, neume_buffer *out);
/** What a MIDI or JSON file may say beside notes; NULL: nothing of it. */
typedef struct neume_performance {
    const neume_pedals *pedals; /**< MIDI: control 64 on its program's channel */
    const neume_bends *bends;   /**< MIDI: pitch wheel (range: 2 semitones), of notes that no other of their program
                                   overlaps, since a wheel moves a whole channel */
} neume_performance;
NEUME_API NEUME_MUST neume_status neume_midi_write_performance(const neume_notes *notes,
                                                               const neume_performance *performance, neume_buffer *out);

/** Reads `onset,offset,pitch,velocity,program[,confidence]` with that header line (columns in any order; only onset,
 * offset and pitch must be there). */
NEUME_API NEUME_MUST neume_status neume_csv_read_notes(const char *text, size_t count, neume_notes *out);
NEUME_API NEUME_MUST neume_status neume_csv_write_notes(const neume_notes *notes, neume_buffer *out);

/** What a transcription file says beside its notes. */
typedef struct neume_transcription_info {
    const char *source; /**< the recording's name as given; any bytes, written as valid UTF-8 */
    const char *model;  /**< name of the model that heard it */
    double duration_s;
    neume_performance performance;
} neume_transcription_info;
/** Appends {"source","model","duration_s","instruments":[{"program","name","share"}],
 * "notes":[{"onset_s","offset_s","pitch","velocity","program","confidence"}]}: shares are of the notes. With pedals
 * also "pedals":[{"down_s","up_s"}]; with bends "bend_step_s" and in each note "bend_cents":[], whole numbers. */
NEUME_API NEUME_MUST neume_status neume_json_write_notes(const neume_notes *notes, const neume_transcription_info *info,
                                                         neume_buffer *out);
NEUME_API NEUME_MUST neume_status neume_json_read_notes(const char *text, size_t count, neume_notes *out);

/* --- written music ------------------------------------------------------------------------------------------------ */

/** What a reader could not understand and left out or mended, one a line: "line 12: ...", "part 1, measure 3: ...".
 * `{0}` at first. */
typedef struct neume_report {
    neume_buffer text; /**< the first 20 warnings */
    int warnings;
} neume_report;
NEUME_API void neume_report_clear(neume_report *report);

/** Reads partwise MusicXML (2.0 - 4.0), plain or compressed (.mxl), as written music: spelling, ties, tuplets, graces,
 * beams, slurs, keys, metres, clefs, transposition, repeats and endings, tempi (<sound> and metronome marks of any
 * part), lyrics, chord symbols, dynamics, fingering and the usual marks; programs from <midi-program> or names, drums
 * by key or name. A part has a voice for each of its voices, silent where those say nothing; measures begin together in
 * all parts. What the writers below wrote reads back as the same score. Expat with no external entities; depth, size
 * and counts are limited.
 *
 * @param[in,out] report  one warning is added for each kind of thing that was left out or mended; NULL: nobody wants
 * them
 * @param[out]    out     untouched on failure; free with neume_score_free()
 * @retval NEUME_EFORMAT NEUME_ELIMIT NEUME_EUNSUPPORTED (timewise) NEUME_ENOMEM */
NEUME_API NEUME_MUST neume_status neume_musicxml_read(const void *bytes, size_t count, neume_report *report,
                                                      neume_score **out);
/** Reads Humdrum **kern spines likewise: spine paths (*^ *v *+ *- *x), ties, chords, grace notes, tuplet reciprocals,
 * *MM tempo, !!!OMD at the head, instruments *I codes and names, **text, **dynam; other spine types are left out.
 * Pitches stand as they sound: *ITr and *Tr move nothing. */
NEUME_API NEUME_MUST neume_status neume_kern_read(const char *text, size_t count, neume_report *report,
                                                  neume_score **out);
/** Appends MusicXML 4.0, partwise. A length that is no single note value is written as tied ones. */
NEUME_API NEUME_MUST neume_status neume_musicxml_write(const neume_score *score, neume_buffer *out);
/** The same compressed. */
NEUME_API NEUME_MUST neume_status neume_mxl_write(const neume_score *score, neume_buffer *out);

/* --- ABC ---------------------------------------------------------------------------------------------------------- */

/** Where the next tune of a file begins; `{0}` = the first. */
typedef struct neume_abc_place {
    size_t at;
    int line; /**< lines before it */
} neume_abc_place;

/** Does it look like ABC: "%abc", or X: before anything but fields and comments? */
NEUME_API bool neume_abc_sniff(const char *text, size_t count);
/** Reads one tune of a file in ABC 2.1 (abcnotation.com/wiki/abc:standard:v2.1) and moves on to the next.
 *
 * Fields, voices (V:, [V:], %%score), overlays (&), tuplets, broken rhythm, graces, decorations, repeats, endings, form
 * (P:), lyrics, inline fields, keys with modes and accidentals, %%MIDI program and channel; older habits (! as a line
 * end, +CEG+) too. Octaves of clefs ("treble-8") and octave= go into the pitches. Macros (m:) and symbol lines (s:) are
 * left out with a warning.
 *
 * @param         place   where to go on; moved behind the tune, also when that is refused
 * @param[in,out] report  warnings are added; NULL: nobody wants them
 * @param[out]    out     untouched on failure; free with neume_score_free()
 * @retval NEUME_ENOTFOUND  there is no tune from there on
 * @retval NEUME_EFORMAT    a tune without K:  @retval NEUME_ELIMIT  too many voices, or too long  @retval NEUME_ENOMEM
 * Cost: linear, some 45 MB a second. */
NEUME_API NEUME_MUST neume_status neume_abc_read(const char *text, size_t count, neume_abc_place *place,
                                                 neume_report *report, neume_score **out);
/** Appends a tune as ABC 2.1 that abc2midi reads without a warning. @param number X: */
NEUME_API NEUME_MUST neume_status neume_abc_write(const neume_score *score, int number, neume_buffer *out);
/** Appends a format 1 MIDI file of a score as it is played: 480 ticks a quarter (exact for all lengths that divide),
 * tempi, metres, keys and titles, one track a voice. */
NEUME_API NEUME_MUST neume_status neume_midi_write_score(const neume_score *score, neume_buffer *out);

/** Draws ABC as sheet music, with the programs abcm2ps and rsvg-convert (Debian: abcm2ps, librsvg2-bin).
 *
 * @param abc     as neume_abc_write() prints it; more than one tune for PDF only, of others the first is drawn
 * @param format  "svg", "png" (192 dots an inch): as high as the music; "pdf": pages of A4
 * @param out     appended to
 * @retval NEUME_EUNSUPPORTED a program is not installed  @retval NEUME_EFORMAT it cannot draw this
 * @retval NEUME_EINVAL another format  @retval NEUME_EIO NEUME_ENOMEM
 * Cost: some 50 ms; works in a folder of its own under TMPDIR, gone afterwards. */
NEUME_API NEUME_MUST neume_status neume_engrave(const char *abc, size_t count, const char *format, neume_buffer *out);

/** Are the programs installed that drawing in this format takes? @retval NEUME_EUNSUPPORTED names the one missing */
NEUME_API NEUME_MUST neume_status neume_engrave_ready(const char *format);

/** Reads any of the formats above, known by content first and the extension of @p name second; written music (of ABC
 * the first tune) is played: neume_score_to_notes(). */
NEUME_API NEUME_MUST neume_status neume_notes_read(const char *name, const void *bytes, size_t count, neume_notes *out);
/** The clock of the same bytes: of MIDI what neume_midi_read_clock() reads, of all else nothing, and @p out stays. */
NEUME_API NEUME_MUST neume_status neume_clock_read(const void *bytes, size_t count, neume_clock *out);
/** Reads ABC (the first tune), MusicXML or kern as written music, known likewise. @param report as above
 * @retval NEUME_EUNSUPPORTED it holds notes without bars: MIDI, CSV, JSON */
NEUME_API NEUME_MUST neume_status neume_score_read(const char *name, const void *bytes, size_t count,
                                                   neume_report *report, neume_score **out);
/** Notes from a file; @p path may be "-". */
NEUME_API NEUME_MUST neume_status neume_notes_read_file(const char *path, neume_notes *out);

/** A picture of notes: time runs right, pitch up; octave lines named C1 .. C8, a time axis in seconds, colour by
 * instrument family with a legend, opacity by velocity, drums in a strip below. */
typedef struct neume_piano_roll_options {
    double start_s, end_s;   /**< the span shown; end 0 = to the last note */
    int width_px, height_px; /**< 0 = chosen by the span: at most 16,000 wide */
    const char *title;       /**< NULL = none; UTF-8 */
} neume_piano_roll_options;
NEUME_API NEUME_MUST neume_status neume_piano_roll_svg(const neume_notes *notes,
                                                       const neume_piano_roll_options *options, neume_buffer *out);
NEUME_API NEUME_MUST neume_status neume_piano_roll_png(const neume_notes *notes,
                                                       const neume_piano_roll_options *options, neume_buffer *out);
NEUME_API NEUME_MUST neume_status neume_piano_roll_pdf(const neume_notes *notes,
                                                       const neume_piano_roll_options *options, neume_buffer *out);

#ifdef __cplusplus
}
#endif
#endif
