/* Tunes in ABC as a language model learns them. Private to the room. */
#ifndef NEUME_LEARN_TUNES_H
#define NEUME_LEARN_TUNES_H

#include "neume/lm_vocabulary.h"

/* One tune of a file, and what can be wished of it. */
typedef struct tune {
    const char *text; /* from its first field behind X: to the end of its last line; borrowed from the set */
    size_t size;
    size_t body;        /* where its K: line begins; size: it has none */
    int bars;           /* full bars as written, 0 = not known */
    int voices;         /* 0 = not known */
    const char *rhythm; /* a wish's value; NULL = not known */
    const char *source; /* likewise */
} tune;

/* Tunes of one or more files; `{0}` at first. */
typedef struct tunes {
    tune *items;
    size_t count, capacity;
    neume_buffer *files; /* what the tunes' texts lie in */
    size_t file_count, file_capacity;
    size_t refused; /* tunes that our reader cannot read */
} tunes;

/* Adds a file's tunes. @param source NULL: each tune's S: says. @retval NEUME_ENOTFOUND NEUME_EIO NEUME_ENOMEM
 * NEUME_EFORMAT there is no tune in it */
NEUME_MUST neume_status tunes_add(tunes *set, const char *path, const char *source);
void tunes_clear(tunes *set);

/* Appends a tune moved along the circle of fifths (1: from C to G), each note spelled as its place in the new key asks,
 * chord symbols and keys with it, by at most a fourth up or down. Words stay. */
NEUME_MUST neume_status tune_shift(const char *text, size_t size, int fifths, neume_buffer *out);
/* How far it can be moved so that all its keys have at most seven signs; false: a key that is none of the usual. */
bool tune_shift_range(const char *text, size_t size, int *least, int *most);

/* What a tune becomes, drawn at random. */
typedef struct tune_drawing {
    double shifted; /* the probability of another key, within five fifths */
    double wished;  /* of any wishes before the tune; each is then told with probability .8 */
    double gaps;    /* of a document with a gap to be filled */
    double titles;  /* of the title being that gap */
    size_t longest; /* tokens; longer ones are cut: their head, and a window that begins at a line */
} tune_drawing;
/* Appends a document of the tune: tokens, and how many of the first are given (weigh nothing). */
NEUME_MUST neume_status tune_draw(const tune *t, const neume_vocabulary *vocabulary, const tune_drawing *how,
                                  neume_rng *rng, neume_tokens *out, size_t *given);
/* Appends the controls of what is known of the tune. */
NEUME_MUST neume_status tune_wishes(const tune *t, const neume_vocabulary *vocabulary, double told, neume_rng *rng,
                                    neume_tokens *out);

#endif
