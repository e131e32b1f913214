/** @file
 * The words of music that every room speaks: notes in seconds, the General MIDI instruments, and written music.
 */
#ifndef NEUME_MUSIC_H
#define NEUME_MUSIC_H

#include "neume/base.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    NEUME_PROGRAM_DRUMS = 128,   /**< the program of a drum hit; its pitch is a General MIDI drum key */
    NEUME_PROGRAM_EFFECTS = 112, /**< from here on programs are percussive or effects: not scored as pitched */
    NEUME_FAMILIES = 16,         /**< instrument family = program / 8 */
    NEUME_PITCH_LOWEST = 21,     /**< A0: the piano's 88 keys are pitches 21 .. 108 */
    NEUME_PITCHES = 88,
};

/** One note as it sounds. */
typedef struct neume_note {
    double onset_s;   /**< seconds from the start of the recording */
    double offset_s;  /**< end, sustain pedal included; > onset_s */
    int16_t pitch;    /**< MIDI number 0 .. 127 */
    int16_t velocity; /**< 1 .. 127 */
    int16_t program;  /**< General MIDI 0 .. 127, or NEUME_PROGRAM_DRUMS */
    int16_t part;     /**< which part (track and channel, staff) of its source it belongs to; 0 when unknown */
    float confidence; /**< 0 .. 1; 1 for written notes */
} neume_note;

/** Notes that grow; start with `{0}`. */
typedef struct neume_notes {
    neume_note *items;
    size_t count, capacity;
} neume_notes;

NEUME_API NEUME_MUST neume_status neume_notes_add(neume_notes *notes, neume_note note);
/** Orders by onset, then pitch, program, offset, part: the one order in which notes are written. */
NEUME_API void neume_notes_sort(neume_notes *notes);
/** < 0, 0, > 0 in that order. */
int neume_note_compare(const neume_note *a, const neume_note *b);
/** Frees, back to `{0}`. */
NEUME_API void neume_notes_clear(neume_notes *notes);
/** The latest offset, 0 when there are no notes. */
NEUME_API double neume_notes_end_s(const neume_notes *notes);

/** "Acoustic Grand Piano" ...: General MIDI's name of a program 0 .. 127; "Drums" for 128; "" otherwise. Never NULL. */
NEUME_API const char *neume_program_name(int program);
/** "piano", "chromatic percussion", "organ", ...: the family's name; "drums" for NEUME_FAMILIES; "" otherwise. */
NEUME_API const char *neume_family_name(int family);
/** The family's usual member, as it is written when nothing more is known: 40 (violin) for strings. family 0 .. 15 */
NEUME_API int neume_family_program(int family);
/** program / 8, or NEUME_FAMILIES for drums. */
NEUME_API int neume_program_family(int program);
/** The program of an instrument named in words ("Violino I", "Flöte", "Bass guitar", "Voice"), -1 when unknown. */
NEUME_API int neume_program_by_name(const char *name);

/** A sustain pedal held down. */
typedef struct neume_pedal {
    double down_s, up_s;
} neume_pedal;
/** Pedals in order of time, which do not overlap; start with `{0}`. */
typedef struct neume_pedals {
    neume_pedal *items;
    size_t count, capacity;
    int16_t program; /**< of the piano it belongs to */
} neume_pedals;
/** Guesses when a piano's pedal was down and shortens its notes to the length its keys were held: with the pedal they
 * sound as before, but for notes that die away under it. @p notes in order of onset (neume_notes_sort()); other
 * instruments are left alone. @p out is replaced. @retval NEUME_ENOMEM */
NEUME_API NEUME_MUST neume_status neume_pedals_find(neume_notes *notes, neume_pedals *out);
NEUME_API void neume_pedals_clear(neume_pedals *pedals);

/** How a note's pitch moves. */
typedef struct neume_bend {
    double onset_s; /**< which note: it begins here and has this pitch */
    int16_t pitch;
    float *cents; /**< (count) from the pitch as named, every NEUME_BEND_STEP_S from the onset on */
    size_t count;
} neume_bend;
#define NEUME_BEND_STEP_S 0.02
/** In order of onset; start with `{0}`. */
typedef struct neume_bends {
    neume_bend *items;
    size_t count, capacity;
} neume_bends;
/** The bend of a note, NULL when there is none. Cost: logarithmic. */
NEUME_API const neume_bend *neume_bends_find(const neume_bends *bends, const neume_note *note);
/** Appends a copy. */
NEUME_MUST neume_status neume_bends_add(neume_bends *bends, const neume_bend *bend);
NEUME_API void neume_bends_clear(neume_bends *bends);

/** Which instruments a recording may hold; `{0}` = any. */
typedef struct neume_instruments {
    bool restricted;
    bool drums;                      /**< the rest counts only when restricted: are there drums, */
    int16_t program[NEUME_FAMILIES]; /**< and what each family is written as, -1 = none of it is there */
} neume_instruments;
/** Reads "auto" (any), or a list like "piano", "flute,strings,drums": families by the names of neume_family_name(),
 * instruments as neume_program_by_name() knows them. @retval NEUME_EINVAL a name is unknown, with the names that are */
NEUME_API NEUME_MUST neume_status neume_instruments_parse(const char *text, neume_instruments *out);

/* --- written music ------------------------------------------------------------------------------------------------ */

/** Written time is counted in ticks, so many a whole note: halves down to 1/1024 and tuplets of 3 (three deep), 5 (two
 * deep), 7, 11 and 13 are whole numbers. */
#define NEUME_WHOLE INT64_C(691891200)

/** A pitch as it is spelled. */
typedef struct neume_pitch {
    int8_t step;   /**< 0 = C .. 6 = B */
    int8_t alter;  /**< semitones: 1 = sharp, -1 = flat; of the sound, whether or not an accidental is printed */
    int8_t octave; /**< 4 begins at middle C */
    bool tied;     /**< goes on in the next note of its voice with this pitch */
} neume_pitch;
/** MIDI number, not clamped. */
NEUME_API int neume_pitch_number(neume_pitch pitch);

typedef enum neume_mode {
    NEUME_MODE_MAJOR,
    NEUME_MODE_MINOR,
    NEUME_MODE_DORIAN,
    NEUME_MODE_PHRYGIAN,
    NEUME_MODE_LYDIAN,
    NEUME_MODE_MIXOLYDIAN,
    NEUME_MODE_LOCRIAN,
    NEUME_MODE_NONE, /**< no key: nothing in the signature but what `alter` says */
} neume_mode;

typedef struct neume_key {
    int8_t tonic_step, tonic_alter;
    uint8_t mode;    /**< neume_mode */
    bool own;        /**< the signature is not what tonic and mode make it */
    int8_t alter[7]; /**< the signature: of C .. B */
} neume_key;
/** The key of a tonic and a mode, signature filled in. */
NEUME_API neume_key neume_key_of(int tonic_step, int tonic_alter, neume_mode mode);
/** Sharps (> 0) or flats (< 0) of a signature that tonic and mode make; -7 .. 7 for keys in use. */
NEUME_API int neume_key_fifths(const neume_key *key);
/** "major", "minor", "dorian" ...; "none". */
NEUME_API const char *neume_mode_name(neume_mode mode);

typedef enum neume_item_kind {
    NEUME_ITEM_NOTES, /**< one note or a chord */
    NEUME_ITEM_REST,
    NEUME_ITEM_BAR, /**< from here on: signs, which take no time */
    NEUME_ITEM_KEY,
    NEUME_ITEM_METRE,
    NEUME_ITEM_TEMPO,
    NEUME_ITEM_CLEF,
    NEUME_ITEM_LABEL,     /**< a part of the form: "A" */
    NEUME_ITEM_BREAK,     /**< the line ends */
    NEUME_ITEM_DIRECTIVE, /**< an instruction that only some programs know, kept as text: "MIDI program 40" */
} neume_item_kind;

typedef enum neume_grace { NEUME_GRACE_NONE, NEUME_GRACE_LONG, NEUME_GRACE_SLASHED } neume_grace;

/** One thing in a voice. */
typedef struct neume_item {
    int64_t at;    /**< ticks from the beginning, repeats not unfolded; of grace notes: where their main note is */
    int64_t ticks; /**< as it sounds (inside tuplets the shorter one); grace notes: as written, though `at` stays */
    uint8_t kind;  /**< neume_item_kind */
    uint8_t grace; /**< neume_grace */
    bool hidden;   /**< a rest that is not printed */
    bool joined;   /**< beamed with the note before it, where both are short enough */
    uint8_t slurs_open, slurs_close;
    uint8_t velocity; /**< 1 .. 127 where the source says how loud just this is, 0 = as the marks say */
    int32_t bars;     /**< of rests: > 0 = so many whole bars */
    int32_t first; /**< notes: the first of `count` entries of the voice's pitches; signs: the entry of their table */
    int32_t count;
    int32_t tuplet; /**< entry of the voice's tuplets, -1 = none */
} neume_item;

typedef struct neume_tuplet {
    int16_t actual, normal; /**< `actual` notes in the time of `normal` */
    int32_t items;          /**< how many notes and rests it holds, graces not counted */
} neume_tuplet;

typedef enum neume_bar_style {
    NEUME_BAR_SINGLE,
    NEUME_BAR_DOUBLE,
    NEUME_BAR_FINAL, /**< thin, thick */
    NEUME_BAR_HEAVY, /**< thick, thin: a beginning */
    NEUME_BAR_DOTTED,
    NEUME_BAR_HIDDEN,
} neume_bar_style;
typedef struct neume_bar {
    uint8_t style;      /**< neume_bar_style */
    uint8_t repeat_end; /**< dots before: how often to go back, usually 0 or 1 */
    bool repeat_start;  /**< dots behind */
    const char *ending; /**< "1", "1,3", "2-4" ...: the ending that begins here; NULL = none */
} neume_bar;

typedef struct neume_metre {
    int16_t beats, unit; /**< 6/8: 6, 8; beats 0 = free */
    char sign;           /**< 'C' common, '|' cut, 0 as numbers */
    const char *sum;     /**< "2+3+2" where the beats are written so; NULL */
} neume_metre;
/** How long a bar is, 0 when free. */
NEUME_API int64_t neume_metre_ticks(neume_metre metre);
/** Is a beat three of its units (6/8, 9/8, 12/8)? */
NEUME_API bool neume_metre_compound(neume_metre metre);

/** From here on a quarter lasts so long. */
typedef struct neume_clock_tempo {
    double time_s, quarters; /**< the same moment in both */
    double quarter_s;
} neume_clock_tempo;
/** A metre whose first bar begins here. */
typedef struct neume_clock_metre {
    double quarters;
    neume_metre metre;
} neume_clock_metre;
/** A key that begins here. */
typedef struct neume_clock_key {
    double quarters;
    neume_key key;
} neume_clock_key;
/** What a file says of its own time: where its quarters lie, its bars, and their keys. In order of time; `{0}` = it
 * says nothing. */
typedef struct neume_clock {
    neume_clock_tempo *tempi; /**< the first at 0 s, 0 quarters */
    neume_clock_metre *metres;
    neume_clock_key *keys;
    size_t tempo_count, tempo_capacity, metre_count, metre_capacity, key_count, key_capacity;
} neume_clock;
/** Seconds to quarters and back; the clock has a tempo. Cost: logarithmic. */
NEUME_API double neume_clock_quarters(const neume_clock *clock, double time_s);
NEUME_API double neume_clock_seconds(const neume_clock *clock, double quarters);
NEUME_API void neume_clock_clear(neume_clock *clock);

typedef struct neume_tempo {
    int64_t beat; /**< ticks of the note that is counted; 0 = words alone */
    double per_minute;
    const char *text; /**< "Allegro"; NULL */
} neume_tempo;

typedef enum neume_clef_sign {
    NEUME_CLEF_TREBLE,
    NEUME_CLEF_BASS,
    NEUME_CLEF_ALTO,
    NEUME_CLEF_TENOR,
    NEUME_CLEF_PERCUSSION,
    NEUME_CLEF_NONE,
    NEUME_CLEF_SOPRANO,      /**< the C clef on the lowest line, */
    NEUME_CLEF_MEZZOSOPRANO, /**< on the second */
    NEUME_CLEF_BARITONE,     /**< the F clef on the middle line */
    NEUME_CLEF_FRENCH,       /**< the G clef on the lowest line */
} neume_clef_sign;
typedef struct neume_clef {
    uint8_t sign;
    int8_t octave; /**< printed 8 above (1) or below (-1); sound is as spelled */
} neume_clef;

typedef enum neume_words_kind {
    NEUME_WORDS_CHORD,      /**< "Am7/C" */
    NEUME_WORDS_ANNOTATION, /**< with the place as its first letter: ^ above, _ below, < left, > right, @ free */
    NEUME_WORDS_MARK,       /**< a decoration or dynamic by its ABC name: "staccato", "trill", "mf", "crescendo(" */
    NEUME_WORDS_LYRIC,      /**< a syllable; verse in `verse`; ends in "-" when the word goes on, "_" when it is held */
} neume_words_kind;
/** Words at a note or rest. */
typedef struct neume_words {
    int32_t item;
    uint8_t kind, verse;
    const char *text; /**< UTF-8 */
} neume_words;

typedef struct neume_voice {
    const char *id, *name, *short_name; /**< names NULL when not said */
    int part, staff;                    /**< staves are numbered from 0 through the whole score */
    int program, channel;               /**< General MIDI, -1 = not said; channel 1 .. 16, 10 = drums */
    int transpose;                      /**< semitones to add to what is written, to hear it */
    neume_clef clef;
    neume_item *items;
    neume_pitch *pitches;
    neume_tuplet *tuplets;
    neume_bar *bars;
    neume_key *keys;
    neume_metre *metres;
    neume_tempo *tempi;
    neume_clef *clefs;
    const char **texts; /**< of labels and directives */
    neume_words *words; /**< in order of items */
    size_t item_count, item_capacity, pitch_count, pitch_capacity, tuplet_count, tuplet_capacity, bar_count,
        bar_capacity, key_count, key_capacity, metre_count, metre_capacity, tempo_count, tempo_capacity, clef_count,
        clef_capacity, text_count, text_capacity, words_count, words_capacity;
} neume_voice;

/** A line at the head (or foot) of a score, under the letter of its ABC field: T title, C composer, R rhythm, S source,
 * O origin, N notes, W words after the tune, P form ... */
typedef struct neume_score_field {
    char letter;
    const char *text;
} neume_score_field;

/** A piece of written music. Its strings live in the arena. */
typedef struct neume_score {
    neume_arena *arena;
    neume_score_field *fields;
    size_t field_count, field_capacity;
    neume_voice *voices;
    size_t voice_count, voice_capacity;
    const char *layout; /**< how voices stand on staves, as ABC's %%score says it; NULL = each on its own */
    neume_key key;      /**< at the beginning, of every voice that does not begin with its own */
    neume_metre metre;
    neume_tempo tempo; /**< beat 0 and text NULL: not said */
    int64_t unit;      /**< the note length that its ABC text counts in; 0 = not said */
} neume_score;

NEUME_API NEUME_MUST neume_status neume_score_new(neume_score **out);
NEUME_API void neume_score_free(neume_score *score);
/** The first field with that letter, NULL when there is none. */
NEUME_API const char *neume_score_text(const neume_score *score, char letter);

/** Building: each appends, strings are copied; @return through the status only, indices are the counts before. */
NEUME_MUST neume_status neume_score_add_field(neume_score *score, char letter, const char *text, size_t length);
NEUME_MUST neume_status neume_score_add_voice(neume_score *score, const char *id, size_t length, neume_voice **out);
NEUME_MUST neume_status neume_score_string(neume_score *score, const char *text, size_t length, const char **out);
NEUME_MUST neume_status neume_voice_add_item(neume_voice *voice, neume_item item);
NEUME_MUST neume_status neume_voice_add_pitch(neume_voice *voice, neume_pitch pitch);
NEUME_MUST neume_status neume_voice_add_tuplet(neume_voice *voice, neume_tuplet tuplet);
NEUME_MUST neume_status neume_voice_add_bar(neume_voice *voice, int64_t at, neume_bar bar);
NEUME_MUST neume_status neume_voice_add_key(neume_voice *voice, int64_t at, neume_key key);
NEUME_MUST neume_status neume_voice_add_metre(neume_voice *voice, int64_t at, neume_metre metre);
NEUME_MUST neume_status neume_voice_add_tempo(neume_voice *voice, int64_t at, neume_tempo tempo);
NEUME_MUST neume_status neume_voice_add_clef(neume_voice *voice, int64_t at, neume_clef clef);
/** A label or a directive; text is borrowed (from neume_score_string()). */
NEUME_MUST neume_status neume_voice_add_text(neume_voice *voice, int64_t at, neume_item_kind kind, const char *text);
NEUME_MUST neume_status neume_voice_add_words(neume_voice *voice, neume_words words);
/** Frees the tables of a voice that belongs to no score. */
void neume_voice_clear(neume_voice *voice);

/** Says in one line where two scores differ in meaning, "" when they do not: notes, lengths, ties, tuplets, signs,
 * words, names and fields; not beams, line ends and how a length is spelled. */
NEUME_API void neume_score_difference(const neume_score *a, const neume_score *b, char *out, size_t size);

/* --- played as written -------------------------------------------------------------------------------------------- */

/** A note of the unfolded score. */
typedef struct neume_played_note {
    int64_t onset, ticks;
    int16_t pitch, velocity;      /**< MIDI */
    int16_t voice, part, program; /**< program 0 .. 127 or NEUME_PROGRAM_DRUMS */
    bool tied;                    /**< while playing: a tie holds it open */
} neume_played_note;
typedef struct neume_played_tempo {
    int64_t at;
    double quarters_a_minute;
} neume_played_tempo;
typedef struct neume_played_metre {
    int64_t at;
    neume_metre metre;
} neume_played_metre;
typedef struct neume_played_key {
    int64_t at;
    neume_key key;
} neume_played_key;

/** A score as it is to be played: repeats and endings unfolded, ties joined, grace notes given time. `{0}` at first. */
typedef struct neume_played {
    neume_played_note *notes;
    neume_played_tempo *tempi;
    neume_played_metre *metres;
    neume_played_key *keys;
    size_t note_count, note_capacity, tempo_count, tempo_capacity, metre_count, metre_capacity, key_count, key_capacity;
    int64_t end;
} neume_played;

/** Plays every voice by itself: |: :| and endings, the form of field P ("AABB", "(AB)3") by its labels; a tie joins
 * equal pitches, in its voice or else in another of its part; a grace note takes up to half of its main note; staccato
 * halves a note; dynamics become velocities, for all voices of a staff and of the part's staves without marks.
 * @retval NEUME_ELIMIT unfolded it has more than 4 million notes  @retval NEUME_ENOMEM
 * Cost: linear. */
NEUME_API NEUME_MUST neume_status neume_score_play(const neume_score *score, neume_played *out);
NEUME_API void neume_played_clear(neume_played *played);
/** The same in seconds, 120 quarters a minute until the first tempo. Unisons of one part are one note, and a new stroke
 * of a key ends the old one. @p out is replaced. @retval NEUME_ELIMIT it lasts longer than 100 hours */
NEUME_API NEUME_MUST neume_status neume_played_notes(const neume_played *played, neume_notes *out);
/** Both at once: what a score sounds. */
NEUME_API NEUME_MUST neume_status neume_score_to_notes(const neume_score *score, neume_notes *out);

#ifdef __cplusplus
}
#endif
#endif
