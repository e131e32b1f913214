/** @file
 * Listening as use cases: what was heard comes into a store, leaves it, is forgotten, described and counted; and a
 * guide that recommends from it, by people, by sound and by words.
 *
 *     neume_store *store = NULL;
 *     neume_guide *guide = NULL;
 *     neume_answer answer = {0};
 *     neume_request request = NEUME_REQUEST_DEFAULT;
 *     request.user = "alice";
 *     request.prompt = "quiet piano, no vocals";
 *     NEUME_GO(neume_store_open("neume.db", NULL, &store));
 *     NEUME_GO(neume_guide_new(store, NULL, NULL, &guide));
 *     NEUME_GO(neume_guide_recommend(guide, &request, &answer));
 *
 * Listeners are named as they were imported, or by pseudonym (see neume_store_pseudonym()). Nothing here writes a name,
 * a title or a pseudonym to the log. docs/privacy.md says what is kept and what is not.
 */
#ifndef NEUME_SERVICE_TASTE_H
#define NEUME_SERVICE_TASTE_H

#include "neume/base.h"
#include "neume/history.h"
#include "neume/store.h"
#include "neume/taste.h"
#include "neume/taste_words.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- what was heard ----------------------------------------------------------------------------------------------- */

/** Where the store lies, in this order: @p asked; $NEUME_STORE; $XDG_DATA_HOME/neume/neume.db;
 * ~/.local/share/neume/neume.db. @param[out] out appended @retval NEUME_ENOTFOUND there is no home folder */
NEUME_API NEUME_MUST neume_status neume_listening_path(const char *asked, neume_buffer *out);

typedef struct neume_import_options {
    neume_history_options history;
    const char *user; /**< whose listening it is where the file names nobody; NULL = "me" */
} neume_import_options;
/** Takes a file into the store, all of it or, on failure, nothing. The same file twice is there once.
 * @param options NULL for the defaults @param[out] tally replaced on success
 * Statuses as of neume_history_read_file() and the store's. */
NEUME_API NEUME_MUST neume_status neume_listening_import(neume_store *store, const char *path,
                                                         const neume_import_options *options,
                                                         const neume_progress *progress, neume_history_tally *tally);

/** Appends all that is known of a listener as one JSON object:
 * {"user","events":[{"item","name","artist","kind","time","value"}]}. @retval NEUME_ENOTFOUND no such listener */
NEUME_API NEUME_MUST neume_status neume_listening_export(neume_store *store, const char *user, neume_buffer *out);

/** Deletes a listener with all that he did, from events and from what was learnt; a model that was learnt with him is
 * learnt anew when it is next asked for. @param[out] events how many went @retval NEUME_ENOTFOUND */
NEUME_API NEUME_MUST neume_status neume_listening_forget(neume_store *store, const char *user, int64_t *events);

typedef struct neume_profile_options {
    double zone_hours; /**< east of Greenwich; hours of the day are told in that zone */
    bool json;
} neume_profile_options;
/** Appends what a listener's page shows: counts, styles, artists, moods by hour, novelty. As JSON
 * {"user","counts":{"play",...},"items","artists","first","last","styles":[{"tag","share","usual"}],"top_artists":
 * [{"artist","plays"}],"hours":[{"hour","plays","mood","valence","arousal"}],"novelty":{"new_share","surprise_bits"}}.
 * @retval NEUME_ENOTFOUND */
NEUME_API NEUME_MUST neume_status neume_listening_profile(neume_store *store, const char *user,
                                                          const neume_profile_options *options, neume_buffer *out);

/** Appends counts over all listeners. With @p epsilon above 0 they are fit to be published: each is a number of
 * listeners with noise, such that all of them together are epsilon-differentially private (docs/privacy.md).
 * @retval NEUME_EINVAL epsilon below 0 or no number */
NEUME_API NEUME_MUST neume_status neume_listening_stats(neume_store *store, double epsilon, bool json,
                                                        neume_buffer *out);

/** Fills an empty store with an invented catalogue and invented listeners: the same for the same seed.
 * @retval NEUME_EINVAL the store is not empty */
NEUME_API NEUME_MUST neume_status neume_listening_demo(neume_store *store, uint64_t seed);

/* --- learning and recommending ------------------------------------------------------------------------------------ */

/** Trains on all that the store has, and keeps the model in it. @param algorithm "ease", "als" ...; NULL or "auto":
 * chosen by size @param path also writes the model to this file; NULL: no
 * @retval NEUME_ENOTFOUND no such algorithm, or nothing to learn from */
NEUME_API NEUME_MUST neume_status neume_listening_learn(neume_store *store, const char *algorithm, const char *path,
                                                        const neume_progress *progress);

/** Who recommends: a store's catalogue in memory and what was learnt. One thread at a time; the store must outlive it.
 */
typedef struct neume_guide neume_guide;
/** @param model_path a model that was trained elsewhere on items of the same ids; NULL: the store's own, brought up to
 * date, or trained if there is none and it does not take long. Before anybody has heard anything there is none, and
 * words, tags and features are what is left.
 * @retval NEUME_ENOTFOUND the store is empty, or too large to train in passing: neume_listening_learn() does it */
NEUME_API NEUME_MUST neume_status neume_guide_new(neume_store *store, const char *model_path,
                                                  const neume_progress *progress, neume_guide **out);
NEUME_API void neume_guide_free(neume_guide *guide);

/** What is asked for; any of its parts together. Strings are borrowed. */
typedef struct neume_request {
    const char *user;           /**< for whom; NULL = for anybody */
    const char *like;           /**< an item, by id or by name; NULL = none */
    const char *const *session; /**< (session_count) items heard just now, the last one last */
    size_t session_count;
    const char *prompt; /**< in Chinese or English, or as it was understood and edited: "mood=calm;not.style=pop" */
    const neume_rewrite *rewrite; /**< who helps to understand the prompt; NULL = nobody, and no network */
    const char *from, *to;        /**< a way from one item to another; both or none */
    int count;                    /**< how many are wanted, 1 .. 10000 */
    double diversity;             /**< 0 = the best .. 1 = the most various */
    double novelty;               /**< -1 = what all know .. 1 = what few know */
    double not_again_days; /**< what he heard in the last days is not told again; below 0: whatever he knows is not */
    int64_t now_s;         /**< since 1970, for not_again_days; 0 = the clock's */
    bool explain;          /**< with reasons */
    uint64_t seed;         /**< of a radio's choice */
} neume_request;
#define NEUME_REQUEST_DEFAULT                                                                                          \
    { .count = 10, .diversity = .2, .not_again_days = -1 }

/** An item that is recommended; borrowed from what it is part of. */
typedef struct neume_suggestion {
    const char *id, *name, *artist; /**< name and artist may be NULL */
    int year;                       /**< 0 = not known */
    double score;                   /**< comparable within one answer */
    const char *const *reasons;     /**< (reason_count) in the prompt's language, English without one */
    size_t reason_count;
} neume_suggestion;

/** Start with {0}, free with neume_answer_clear(). */
typedef struct neume_answer {
    neume_suggestion *items; /**< (count) best first; of a way, in its order */
    size_t count;
    char *understood; /**< the prompt as a query, to be edited and sent again; NULL without a prompt */
    neume_arena *arena;
} neume_answer;

/** @param[out] out replaced on success
 * @retval NEUME_EINVAL a number is out of its range, only one end of a way, or nothing is asked for
 * @retval NEUME_ENOTFOUND no such listener or item  @retval NEUME_ELIMIT the prompt is too long */
NEUME_API NEUME_MUST neume_status neume_guide_recommend(neume_guide *guide, const neume_request *request,
                                                        neume_answer *out);
NEUME_API void neume_answer_clear(neume_answer *answer);
/** Appends lines "rank, id, artist, name, year" or JSON {"understood","items":[{"rank","id","name","artist","year",
 * "score","reasons":[]}]}. */
NEUME_API NEUME_MUST neume_status neume_answer_print(const neume_answer *answer, bool json, neume_buffer *out);

/** Appends one of them, as a line of text with its reasons below, or as a line of JSON. @param rank from 1 */
NEUME_API NEUME_MUST neume_status neume_suggestion_print(const neume_suggestion *item, size_t rank, bool json,
                                                         neume_buffer *out);

/** Music that goes on for ever: each item goes with what was asked for and with what the radio just played. None comes
 * again before half the catalogue was heard, no artist within three items where there are others. */
typedef struct neume_radio neume_radio;
/** @param request copied; count is not looked at. The guide must outlive the radio. Statuses as above */
NEUME_API NEUME_MUST neume_status neume_radio_new(neume_guide *guide, const neume_request *request, neume_radio **out);
/** @param[out] next borrowed until the next call */
NEUME_API NEUME_MUST neume_status neume_radio_next(neume_radio *radio, neume_suggestion *next);
NEUME_API void neume_radio_free(neume_radio *radio);

#ifdef __cplusplus
}
#endif
#endif
