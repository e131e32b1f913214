/** @file
 * What neume remembers of listening: a catalogue of items, listeners under pseudonyms, and what they did when. One
 * SQLite file, which may be encrypted.
 *
 * - A commit survives a kill at any instant; what was not committed is gone as a whole. Several processes may use one
 *   file: writers wait for each other up to ten seconds.
 * - A file of an older version is brought up to date when it is opened, in one transaction; a newer one is refused.
 * - Rows (items, users) are named by numbers above 0 that stay theirs for ever.
 * - Encryption: with a key file, everything that names a listener, an item or a tag and everything that happened is
 *   sealed (XChaCha20-Poly1305) and found again through keyed hashes (BLAKE2b). docs/privacy.md says what stays
 * visible.
 * - One ::neume_store is used by one thread at a time.
 *
 *     neume_store *store = NULL;
 *     int64_t user = 0, item = 0;
 *     NEUME_GO(neume_store_open("neume.db", &(neume_store_options){.create = true}, &store));
 *     NEUME_GO(neume_store_begin(store));
 *     NEUME_GO(neume_store_put_user(store, "alice", &user));
 *     NEUME_GO(neume_store_put_item(store, &(neume_store_item){.id = "42", .name = "Blue in Green"}, &item));
 *     NEUME_GO(neume_store_add_event(store, &(neume_store_event){user, item, NEUME_EVENT_LIKE, 1700000000, 0}));
 *     NEUME_GO(neume_store_commit(store));
 */
#ifndef NEUME_STORE_H
#define NEUME_STORE_H

#include "neume/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct neume_store neume_store;

/* --- the file ----------------------------------------------------------------------------------------------------- */

typedef struct neume_store_options {
    const char *key_path; /**< made by neume_store_key_write(); NULL: the store is not encrypted */
    bool create;          /**< make the file, and its folders, when there is none */
} neume_store_options;

/** Opens a store, and brings it to the newest version.
 * @param options  NULL for the defaults
 * @retval NEUME_ENOTFOUND no such file, and it is not to be made
 * @retval NEUME_EINVAL    a key is missing, superfluous or not this store's
 * @retval NEUME_EFORMAT   no store of neume's, or damaged  @retval NEUME_EUNSUPPORTED made by a newer neume
 * @retval NEUME_EIO NEUME_ENOMEM */
NEUME_API NEUME_MUST neume_status neume_store_open(const char *path, const neume_store_options *options,
                                                   neume_store **out);
NEUME_API void neume_store_close(neume_store *store); /**< what was begun and not committed is dropped */

NEUME_API const char *neume_store_path(const neume_store *store); /**< borrowed from the store */
NEUME_API bool neume_store_is_sealed(const neume_store *store);   /**< is it encrypted? */
NEUME_API int neume_store_version_newest(void);
/** The version of a file as it lies there. Statuses as of neume_store_open(). */
NEUME_API NEUME_MUST neume_status neume_store_version_read(const char *path, int *out);

/** Everything up to the commit happens as a whole or not at all. Without a transaction each call is one. */
NEUME_API NEUME_MUST neume_status neume_store_begin(neume_store *store);
NEUME_API NEUME_MUST neume_status neume_store_commit(neume_store *store);
NEUME_API void neume_store_rollback(neume_store *store); /**< does nothing where nothing was begun */

/** Copies the store as of now into a new file, while others may go on writing; an encrypted one stays so.
 * @retval NEUME_EINVAL that file exists  @retval NEUME_EIO */
NEUME_API NEUME_MUST neume_status neume_store_backup(neume_store *store, const char *path,
                                                     const neume_progress *progress);
/** Reads all of the file and tells whether it is whole. @retval NEUME_EFORMAT the message says what is damaged */
NEUME_API NEUME_MUST neume_status neume_store_check(neume_store *store);

/** Makes a key file of 256 random bits that only its owner may read (mode 0600).
 * @retval NEUME_EINVAL that file exists: a key is never overwritten  @retval NEUME_EIO NEUME_ENOTFOUND */
NEUME_API NEUME_MUST neume_status neume_store_key_write(const char *path);

/** A small text kept by name, not sealed; "" while it was never set. @param[out] out  appended */
NEUME_API NEUME_MUST neume_status neume_store_setting_get(neume_store *store, const char *name, neume_buffer *out);
NEUME_API NEUME_MUST neume_status neume_store_setting_set(neume_store *store, const char *name, const char *value);

typedef struct neume_store_counts {
    int64_t items, users, events, tags, features;
    int64_t last_event; /**< row of the newest event: grows whenever something happens */
    int64_t changes;    /**< grows whenever something is taken back: a listener forgotten, an item's tags replaced */
} neume_store_counts;
NEUME_API NEUME_MUST neume_status neume_store_count(neume_store *store, neume_store_counts *out);

/* --- the catalogue ------------------------------------------------------------------------------------------------ */

typedef struct neume_store_tag {
    const char *name;
    double weight; /**< above 0 */
} neume_store_tag;

/** An item of the catalogue: a song, an album, an artist. Strings are UTF-8; NULL or "" = not known. */
typedef struct neume_store_item {
    int64_t row;    /**< of what is read; not looked at when an item is put */
    const char *id; /**< the importer's name for it; needed */
    const char *name, *artist;
    int year; /**< 0 = not known */
    const neume_store_tag *tags;
    size_t tag_count;
    const float *features; /**< (feature_count) by places of neume_store_feature_place(); NaN = not known */
    size_t feature_count;
    bool heard_only; /**< no catalogue listed it, it was only heard: it goes with the last listener who heard it */
} neume_store_item;

/** Adds an item, or adds to what is known of one of the same id: what is not known in @p item stays, tags replace all
 * tags. @param[out] row  NULL if not wanted */
NEUME_API NEUME_MUST neume_status neume_store_put_item(neume_store *store, const neume_store_item *item, int64_t *row);
/** Sets the weight of one tag; the item's others stay. @retval NEUME_EINVAL no name, or a weight not above 0 */
NEUME_API NEUME_MUST neume_status neume_store_set_tag(neume_store *store, int64_t item, const neume_store_tag *tag);
/** @retval NEUME_ENOTFOUND */
NEUME_API NEUME_MUST neume_status neume_store_find_item(neume_store *store, const char *id, int64_t *row);

typedef neume_status neume_store_item_fn(void *context, const neume_store_item *item);
/** Tells all items in the order of their rows; what is told is borrowed until @p fn returns. A failure of @p fn ends
 * it.
 */
NEUME_API NEUME_MUST neume_status neume_store_each_item(neume_store *store, neume_store_item_fn *fn, void *context);

/** The place of a feature column by name ("tempo", "embedding.17"), made if there is none.
 * @retval NEUME_ELIMIT more than 4,096 columns */
NEUME_API NEUME_MUST neume_status neume_store_feature_place(neume_store *store, const char *name, size_t *place);
/** Appends the name of column @p place to @p out. @retval NEUME_ENOTFOUND */
NEUME_API NEUME_MUST neume_status neume_store_feature_name(neume_store *store, size_t place, neume_buffer *out);

/* --- listeners ---------------------------------------------------------------------------------------------------- */

enum { NEUME_PSEUDONYM_BYTES = 40 }; /**< room for any pseudonym and its zero byte */

/** The pseudonym under which a listener is kept. A number of at most 18 digits, a UUID, and "u" with 16 hexadecimal
 * digits already are one and stay; any other name becomes "u" and 64 bits of its BLAKE2b hash, keyed by this store's
 * salt, which an encrypted store does not show. */
NEUME_API void neume_store_pseudonym(const neume_store *store, const char *name, char out[NEUME_PSEUDONYM_BYTES]);

/** Finds a listener by name or pseudonym, or adds one. @retval NEUME_EINVAL the name is empty */
NEUME_API NEUME_MUST neume_status neume_store_put_user(neume_store *store, const char *name, int64_t *row);
/** @retval NEUME_ENOTFOUND */
NEUME_API NEUME_MUST neume_status neume_store_find_user(neume_store *store, const char *name, int64_t *row);
typedef neume_status neume_store_user_fn(void *context, int64_t row, const char *pseudonym);
NEUME_API NEUME_MUST neume_status neume_store_each_user(neume_store *store, neume_store_user_fn *fn, void *context);

/* --- what happened ------------------------------------------------------------------------------------------------ */

typedef enum neume_event_kind {
    NEUME_EVENT_PLAY, /**< value: how many plays; 0 counts as 1 */
    NEUME_EVENT_LIKE,
    NEUME_EVENT_SKIP,
    NEUME_EVENT_BAN,    /**< never again */
    NEUME_EVENT_RATING, /**< value: 0 .. 1 */
} neume_event_kind;
enum { NEUME_EVENT_KINDS = 5 };
/** "play", "like", "skip", "ban", "rating" */
NEUME_API const char *neume_event_kind_name(neume_event_kind kind);

typedef struct neume_store_event {
    int64_t user, item; /**< rows */
    neume_event_kind kind;
    int64_t time_s; /**< since 1970 in UTC; 0 = not known */
    double value;
} neume_store_event;

/** Adds an event. One of the same user, item, kind and time is there once: the newer value replaces the older one, so
 * that a file may be imported twice. @retval NEUME_EINVAL no such user, or a value that is no number */
NEUME_API NEUME_MUST neume_status neume_store_add_event(neume_store *store, const neume_store_event *event);

typedef neume_status neume_store_event_fn(void *context, const neume_store_event *event);
/** Tells the events of one user (0: of all) in the order in which they were added.
 * @param after  only those added after this row (0: all), see neume_store_counts::last_event */
NEUME_API NEUME_MUST neume_status neume_store_each_event(neume_store *store, int64_t user, int64_t after,
                                                         neume_store_event_fn *fn, void *context);

/** Deletes a listener, all that he did, items that only he had heard, and all models; overwrites the bytes, also those
 * of the journal. Not within a transaction. Copies made before by neume_store_backup() are not reached.
 * @param[out] events  how many went; NULL if not wanted  @retval NEUME_ENOTFOUND no such user */
NEUME_API NEUME_MUST neume_status neume_store_forget_user(neume_store *store, int64_t user, int64_t *events);

/* --- what was learnt ---------------------------------------------------------------------------------------------- */

/** Keeps a model that was trained on this store, sealed like all else: it remembers listeners. Forgetting one deletes
 * it.
 * @param stamp  any words by which the caller knows what it was trained on
 * @retval NEUME_ELIMIT over a gigabyte */
NEUME_API NEUME_MUST neume_status neume_store_model_put(neume_store *store, const char *name, const char *stamp,
                                                        const void *bytes, size_t count);
/** Appends what was kept last. @param bytes  NULL: only the stamp is wanted  @retval NEUME_ENOTFOUND nothing */
NEUME_API NEUME_MUST neume_status neume_store_model_get(neume_store *store, const char *name, neume_buffer *stamp,
                                                        neume_buffer *bytes);

#ifdef __cplusplus
}
#endif
#endif
