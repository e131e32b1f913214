/** @file
 * Grammar while writing: which bytes, and which tokens, may come next in a tune in ABC.
 *
 * A ::neume_grammar reads a tune byte by byte. Whatever it lets through from a header on is ABC 2.1 that neume and
 * abc2midi read without a warning, in which every bar is full, every repeat closes and all voices align. It never runs
 * into a dead end: from every state that it reaches, the tune can be ended.
 *
 * It is a plain value: copy it to try something and go back. Its fields are there to be looked at, not to be changed.
 *
 *     neume_grammar g;
 *     neume_grammar_begin(&g, &options);
 *     neume_grammar_prefix(&g, header, strlen(header));
 *     while (!done) {
 *         neume_grammar_mask(tokens, &g, tokens_left, allowed);
 *         ... draw a token among those allowed; its end token where neume_grammar_may_end(&g) ...
 *         neume_grammar_push(&g, bytes, count);
 *     }
 */
#ifndef NEUME_LM_GRAMMAR_H
#define NEUME_LM_GRAMMAR_H

#include "neume/base.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    NEUME_GRAMMAR_WHOLE = 128,     /**< ticks of a whole note: no note shorter than a tick is written */
    NEUME_GRAMMAR_VOICES = 15,     /**< MIDI has no channels for more */
    NEUME_GRAMMAR_TIES = 4,        /**< notes of a chord that may be tied */
    NEUME_GRAMMAR_WORD = 24,       /**< the longest word of a field, a sign or a name */
    NEUME_GRAMMAR_PICKUP_FREE = -1 /**< a first bar may be as short as it likes */
};

/** What stands at the end of what is written. */
typedef enum neume_grammar_end {
    NEUME_GRAMMAR_END_TUNE,  /**< the end of a tune: |] or :| */
    NEUME_GRAMMAR_END_BAR,   /**< bars within a tune, the last with its plain bar line */
    NEUME_GRAMMAR_END_NOTES, /**< bars within a tune; the last one's bar line belongs to what follows */
} neume_grammar_end;

/** What is asked for; `{0}` asks for nothing but a whole tune. Borrowed by the grammar that begins with it. */
typedef struct neume_grammar_options {
    int bars_min, bars_max; /**< measures as written, 0 = any number (within a tune: as many as bars_max says). A pickup
                               is none, a last bar that it completes is one, the two halves around a sign inside a bar
                               are one, each ending has its own */
    int pickup_ticks;       /**< length of the pickup, 0 = none, or NEUME_GRAMMAR_PICKUP_FREE */
    int voices;          /**< 2 .. NEUME_GRAMMAR_VOICES: lines of one bar, `[V:1]..|[V:2]..|`; else as V: lines say */
    int lowest, highest; /**< range in steps, 7 * octave + step with C = 0 and C (middle C) = 28, an octave at least;
                            both 0: C,,, to b'' */
    const char *metre, *unit, *key, *rhythm; /**< M:, L:, K:, R: must have exactly these values; NULL: any */
    bool continuations;                      /**< may a line end in a backslash? */
    bool loose; /**< are old habits taken: an end in || or |, or in a full bar though there was a pickup; lines that
                   begin with a bar line? */
    bool whole_bars; /**< no bar line but at the end of a full bar: no double bar or repeat sign within one */
    neume_grammar_end end;
    int last_bar_ticks; /**< within a tune: the last bar's length where it is not full, 0 = full */
} neume_grammar_options;

/** The bars so far. Places are in ticks from the beginning of a measure. */
typedef struct neume_grammar_bars {
    int16_t at;                     /**< how much of the measure is written */
    int16_t start, section, ending; /**< where in a measure the tune, the repeated section, its endings begin */
    int16_t count;                  /**< measures that are complete */
    uint8_t sign;                   /**< the last bar sign, 0 = none yet */
    uint8_t number;                 /**< of the ending we are in, 0 = none */
    uint8_t expects;                /**< the ending that must begin now, 0 = none */
    bool first;                     /**< no bar line has been written */
    bool open;                      /**< a |: waits for its :| */
    bool implied;                   /**< :| may go back without a |: */
    bool again;                     /**< there have been endings */
    bool fresh;                     /**< nothing sounds since the last sign */
} neume_grammar_bars;

typedef struct neume_grammar {
    const neume_grammar_options *options;
    uint64_t steps_within;          /**< which notes of the staff the chord has, bit 7 * octave + step */
    neume_grammar_bars bars, after; /**< after: when all voices of this line are written */
    /* what is being read */
    uint8_t place, field, stage; /**< where in the grammar; letter of the field; how far in a word */
    uint8_t word_length;
    char word[NEUME_GRAMMAR_WORD];
    uint8_t text_length, utf8_left, utf8_low, utf8_high;
    uint8_t fields; /**< which of M: L: K: R: Q: X: are written */
    bool bracketed; /**< the field stands in brackets */
    bool hornpipe;  /**< R: says so: abc2midi then wants 2/4 or 4/4 */
    /* time */
    int16_t measure, unit; /**< ticks of a bar and of a length of 1 */
    uint8_t beats;         /**< the upper number of the metre */
    bool compound;         /**< beats are three of their units */
    bool no_symbols;       /**< chord symbols are not for this metre */
    bool symbols;          /**< there have been some */
    uint8_t line_bytes;    /**< of this line, 3 = more than two */
    /* the element being written */
    uint8_t need; /**< what must come: 0 nothing, 1 a note or rest, 2 a note, 3 a single note */
    uint8_t marks, mark_count, quotes, spaces;
    int8_t accidental; /**< -2 .. 2, or 3 = none written */
    int8_t step, octave;
    uint8_t kind;            /**< a note, a rest, a whole chord */
    bool grace, chord, tied; /**< inside { } or [ ]; tied: a tie may follow what was last written */
    bool untied;             /**< its decoration is none for tied notes */
    int16_t length_above, length_below;
    uint8_t grace_load, last_load; /**< length of the grace notes in eighths of a unit */
    int16_t chord_length;
    uint8_t notes_within;                /**< so far, of a chord or between { and } */
    uint8_t pitches[NEUME_GRAMMAR_TIES]; /**< of the last element */
    uint8_t pitch_count;
    uint8_t new_ties[NEUME_GRAMMAR_TIES];
    uint8_t ties_met; /**< bit i: the chord holds what tie i waits for */
    /* what several elements share */
    uint8_t tuplet_notes, tuplet_time, tuplet_left;
    int16_t tuplet_each; /**< ticks of each of its notes as written, 0 = none is */
    int16_t last_ticks;  /**< of the element that < or > may change, 0 = none */
    int8_t broken;       /**< > and < waiting for their second note */
    int8_t key_alter[7], alter[7];
    /* voices */
    uint8_t voice, voices, voices_declared;
    bool voice_gap;              /**< a blank stands before "[V:" */
    bool voice_due;              /**< "[V:" must come */
    uint8_t line_opening;        /**< the sign with which the first voice began this line */
    bool opened;                 /**< this voice has begun its line so too */
    uint8_t line_ending;         /**< the number behind its sign */
    int16_t line_start, line_at; /**< where in the measure the line begins, where it ended */
    uint16_t slurs, chord_ties;  /**< voices in which a slur is open; in which a tie leads to a chord */
    uint8_t ties[NEUME_GRAMMAR_VOICES + 1][NEUME_GRAMMAR_TIES];
} neume_grammar;

/** Begins before a header. @param options borrowed as long as the grammar is used; NULL: nothing is asked for */
NEUME_API void neume_grammar_begin(neume_grammar *g, const neume_grammar_options *options);

/** Reads on. @return whether all of it may stand there; if not, @p g is as it was */
NEUME_API bool neume_grammar_push(neume_grammar *g, const char *bytes, size_t count);

/** Reads a header, or a header and the beginning of a tune, from strangers. What breaks the rules is passed over: the
 * fields count as far as they are understood, and the bars begin anew behind the last bar line. Afterwards bars are
 * counted from 0, and the bars of the options are those still to come.
 * @retval NEUME_EFORMAT  the text has no K: line, or no metre that bars can be counted in
 * @retval NEUME_EINVAL   what is open in it cannot be ended in as many bars as the options say */
NEUME_API NEUME_MUST neume_status neume_grammar_prefix(neume_grammar *g, const char *text, size_t count);

/** May the text end here? */
NEUME_API bool neume_grammar_may_end(const neume_grammar *g);

/** Measures written so far, the one that is on its way not counted. */
NEUME_API int neume_grammar_bars_written(const neume_grammar *g);

/** The shortest way to an end, as a text without its zero byte: what is pushed letter by letter until
 * neume_grammar_may_end().
 * @param[out] out  (capacity); cut when it is longer  @return its whole length, at most 64 KiB */
NEUME_API size_t neume_grammar_closing(const neume_grammar *g, char *out, size_t capacity);

/** The strings of a vocabulary, ordered for masks. */
typedef struct neume_grammar_tokens neume_grammar_tokens;

/** @param strings,lengths (V) the bytes of each token, copied; those of length 0 are never allowed
 * @retval NEUME_EINVAL a token is longer than 64 bytes  @retval NEUME_ENOMEM */
NEUME_API NEUME_MUST neume_status neume_grammar_tokens_new(const char *const *strings, const size_t *lengths, size_t v,
                                                           neume_grammar_tokens **out);
NEUME_API void neume_grammar_tokens_free(neume_grammar_tokens *tokens);

/** Which tokens may come next.
 *
 * With every byte of ABC and UTF-8 in the vocabulary as a token of its own, there is always one unless the tune has
 * ended.
 *
 * @param      tokens_left  as many may still be drawn; when that becomes scarce, only what leads to an end by the
 *                          shortest way is allowed. 0 = no limit
 * @param[out] allowed      (V / 64, rounded up) bit t of word t / 64
 * Cost: bench_grammar measures it. */
NEUME_API void neume_grammar_mask(const neume_grammar_tokens *tokens, const neume_grammar *g, size_t tokens_left,
                                  uint64_t *allowed);

#ifdef __cplusplus
}
#endif
#endif
