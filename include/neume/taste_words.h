/** @file
 * Words of listeners: wishes for music in Chinese and English, understood without network into a query that people can
 * read and edit.
 *
 * A ::neume_words is the lexicon (src/taste/lexicon_*.tsv, compiled in; more rows may be added).
 * neume_words_understand() turns a prompt into a ::neume_query: slots with values, each wanted or excluded, the emotion
 * that the words imply, and tags for what is finer than a slot's values. docs/prompts.md tells which word means what.
 *
 * Threads: a neume_words is only read once its rows are added; any number of threads may ask it. A query belongs to one
 * thread.
 */
#ifndef NEUME_TASTE_WORDS_H
#define NEUME_TASTE_WORDS_H

#include "neume/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- queries ------------------------------------------------------------------------------------------------------ */

typedef enum neume_slot {
    NEUME_SLOT_MOOD, /**< calm happy sad energetic tense romantic nostalgic solemn dreamy angry tender powerful */
    NEUME_SLOT_STYLE,
    NEUME_SLOT_INSTRUMENT,
    NEUME_SLOT_ACTIVITY,  /**< study sleep run relax work party drive meditate focus */
    NEUME_SLOT_TEMPO,     /**< slow medium fast */
    NEUME_SLOT_TEMPO_BPM, /**< 20 .. 400 */
    NEUME_SLOT_VOCALS,    /**< yes no male female */
    NEUME_SLOT_DECADE,    /**< "1980s" */
    NEUME_SLOT_KEY,       /**< "C minor", "Bb major", "minor" */
    NEUME_SLOT_LANGUAGE,
    NEUME_SLOT_LIKE, /**< an artist, a composer or a title */
    NEUME_SLOTS,
} neume_slot;

enum { NEUME_PROMPT_LONGEST_BYTES = 16384, NEUME_VALUE_LONGEST_BYTES = 128, NEUME_WISHES_MOST = 256 };

/** "mood", "tempo_bpm" ...; NULL past the last one. */
NEUME_API const char *neume_slot_name(neume_slot slot);

/** One thing that is wanted, or not. */
typedef struct neume_wish {
    neume_slot slot;
    bool excluded;
    char *value;
    double weight; /**< 1 = plainly said, above = stressed, below = a little; above 0, at most 4 */
} neume_wish;

/** What people would tag such music with. */
typedef struct neume_query_tag {
    char *tag;
    double weight; /**< below 0: excluded */
} neume_query_tag;

/** A prompt understood. Start with neume_query_none(); free with neume_query_clear(). */
typedef struct neume_query {
    neume_wish *wishes; /**< by slot, wanted ones first, then in the order they were said */
    size_t count, capacity;
    neume_query_tag *tags;
    size_t tag_count, tag_capacity;
    double valence, arousal; /**< -1 .. 1 (Russell 1980); NAN: the words imply none */
    bool chinese;            /**< the prompt was, so reasons are */
} neume_query;

NEUME_API neume_query neume_query_none(void);
NEUME_API void neume_query_clear(neume_query *query);

/** Adds a wish; one that is there already keeps the greater weight.
 * @retval NEUME_EINVAL a value that the slot does not have, or text that does not fit a line
 * @retval NEUME_ELIMIT more than NEUME_WISHES_MOST */
NEUME_API NEUME_MUST neume_status neume_query_add(neume_query *query, const neume_wish *wish);
/** Adds a tag, or to its weight. */
NEUME_API NEUME_MUST neume_status neume_query_add_tag(neume_query *query, const char *tag, double weight);

/** Appends `mood=calm,sad;not.style=pop`, without a line end. Weights, tags and emotion are not told. */
NEUME_API NEUME_MUST neume_status neume_query_print(const neume_query *query, neume_buffer *out);
/** Reads what neume_query_print() wrote, or a person. @param[out] out replaced on success
 * @retval NEUME_EFORMAT no such slot, or no such value of it */
NEUME_API NEUME_MUST neume_status neume_query_parse(const char *text, size_t count, neume_query *out);

/** Appends one JSON object:
 * {"mood":["calm"],"not":{"style":["pop"]},"weights":{...},"tags":[...],"valence":,"arousal":, "prompt_language":}. */
NEUME_API NEUME_MUST neume_status neume_query_print_json(const neume_query *query, neume_buffer *out);
/** Reads such an object; slots may also hold one string or number in place of a list, and "not.style" is read too.
 * @retval NEUME_EFORMAT NEUME_ELIMIT */
NEUME_API NEUME_MUST neume_status neume_query_parse_json(const char *text, size_t count, neume_query *out);

/** How many values two queries share, for precision and recall: F1 = 2 both / (truth + estimate). */
typedef struct neume_query_counts {
    size_t both, truth, estimate;
} neume_query_counts;
NEUME_API neume_query_counts neume_query_compare(const neume_query *truth, const neume_query *estimate);

/* --- the lexicon -------------------------------------------------------------------------------------------------- */

typedef struct neume_words neume_words;
/** The lexicon that is compiled in. Cost: some milliseconds, once a program. */
NEUME_API NEUME_MUST neume_status neume_words_new(neume_words **out);
NEUME_API void neume_words_free(neume_words *words);
/** Adds rows, in the format that the head of src/taste/lexicon_grammar.tsv tells; a phrase that is there already is
 * taken over. @retval NEUME_EFORMAT with the line */
NEUME_API NEUME_MUST neume_status neume_words_add(neume_words *words, const char *table, size_t count);
/** How many phrases it knows. */
NEUME_API size_t neume_words_count(const neume_words *words);
/** What people call a value, e.g. "钢琴" for piano; the value itself when the lexicon has no name for it. Borrowed. */
NEUME_API const char *neume_words_name(const neume_words *words, neume_slot slot, const char *value, bool chinese);

/** Understands a prompt. Any bytes are a prompt: those that are no UTF-8 are passed over.
 * @param[out] out replaced on success; a prompt without any known word gives no wishes
 * @retval NEUME_ELIMIT longer than NEUME_PROMPT_LONGEST_BYTES  @retval NEUME_ENOMEM
 * Cost: linear in the prompt but for misspelt words, each compared with every single word of its first letter. */
NEUME_API NEUME_MUST neume_status neume_words_understand(const neume_words *words, const char *prompt, size_t count,
                                                         neume_query *out);

/** Where a language model answers as OpenAI's chat completions do. */
typedef struct neume_rewrite {
    const char *url;   /**< "http://localhost:8080"; "/v1/chat/completions" is added unless it ends so already */
    const char *model; /**< NULL = "default", which local servers accept */
    const char *key;   /**< sent as bearer token; NULL = none. Never logged, and not kept */
    double timeout_s;  /**< for the whole exchange; 0 = 20 */
} neume_rewrite;
/** Understands a prompt with a language model's help: it is sent the prompt and asked for a query as JSON. Whatever
 * goes wrong (no connection, a slow, huge or wrong answer, slots or values that there are not) is one warning in the
 * log, and the lexicon's query is the answer. @param[out] rewritten NULL, or whether the model's query was taken
 * @retval NEUME_ELIMIT NEUME_ENOMEM as neume_words_understand() */
NEUME_API NEUME_MUST neume_status neume_words_rewrite(const neume_words *words, const neume_rewrite *rewrite,
                                                      const char *prompt, size_t count, neume_query *out,
                                                      bool *rewritten);

#ifdef __cplusplus
}
#endif
#endif
