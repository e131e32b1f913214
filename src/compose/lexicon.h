/* The words of requests. Private to the room. */
#ifndef NEUME_COMPOSE_LEXICON_H
#define NEUME_COMPOSE_LEXICON_H

/* What kind of word it is: each a bit of wish.words. */
typedef enum word_class {
    WORD_FILLER, /* says nothing: "please", "the" */
    WORD_TRANSPOSE,
    WORD_UP,
    WORD_DOWN,
    WORD_OCTAVE,
    WORD_INTERVAL, /* value: steps * 100 + semitones */
    WORD_SEMITONE,
    WORD_TONE,
    WORD_KEY,   /* put together from letters, signs and modes */
    WORD_SHARP, /* before or behind a letter */
    WORD_FLAT,
    WORD_MODE, /* value: neume_mode */
    WORD_KEYNESS,
    WORD_RELATIVE,
    WORD_METRE, /* value: beats * 100 + unit */
    WORD_NUMBER,
    WORD_PERCENT,
    WORD_TEMPO,
    WORD_FASTER,
    WORD_SLOWER,
    WORD_TWICE,
    WORD_HALF,
    WORD_VALUES,
    WORD_REVERSE,
    WORD_INVERT,
    WORD_AUGMENT,
    WORD_DIMINISH,
    WORD_REMOVE,
    WORD_ADD,
    WORD_ORNAMENTS,
    WORD_ORNAMENT,
    WORD_GRACES,
    WORD_TRILLS,
    WORD_PASSING,
    WORD_CHORDS,
    WORD_LYRICS,
    WORD_DYNAMICS,
    WORD_SLURS,
    WORD_SWAP,
    WORD_HANDS,
    WORD_SIMPLIFY,
    WORD_BEGINNER,
    WORD_MERGE,
    WORD_SHORT,
    WORD_RANGE,
    WORD_INSTRUMENT, /* value: program */
    WORD_AND,        /* a new clause begins */
    WORD_UNKNOWN,
} word_class;

typedef struct lexicon_word {
    const char *text; /* lower case; words apart by one blank */
    word_class kind;
    int value;
} lexicon_word;

/* The longest entry that the text begins with (of English: up to the end of a word); NULL when there is none.
 * @param text lower case */
const lexicon_word *neume__lexicon_find(const char *text);

#endif
