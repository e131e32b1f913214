/* Keys, keyed hashes and sealed bytes; libsodium is named in seal.c alone.
 *
 * A key file holds 256 random bits. With the store's own salt it gives three keys by BLAKE2b: one seals (XChaCha20 with
 * Poly1305, a random nonce before each text), one makes the keyed hashes by which rows are found, one the pseudonyms.
 * Two stores with one key file share none of them. A store without a key file has the same hashes, keyed by its salt
 * alone, and seals nothing. */
#ifndef NEUME_SRC_STORE_SEAL_H
#define NEUME_SRC_STORE_SEAL_H

#include "neume/base.h"

enum { STORE_KEY_BYTES = 32, STORE_SALT_BYTES = 16, STORE_HASH_BYTES = 16 };

typedef struct store_keys {
    unsigned char seal[STORE_KEY_BYTES], index[STORE_KEY_BYTES], pseudonym[STORE_KEY_BYTES];
} store_keys;

/* The keyed hash of a name. */
typedef struct store_key {
    unsigned char bytes[STORE_HASH_BYTES];
} store_key;

/* Where sealed bytes belong: authenticated with them. */
typedef struct store_place {
    char column[8];
    store_key row;
} store_place;

NEUME_MUST neume_status store_random(void *out, size_t count);
NEUME_MUST neume_status store_keys_read(const char *key_path, const unsigned char salt[STORE_SALT_BYTES],
                                        store_keys *out); /* key_path NULL: from the salt alone */
void store_keys_clear(store_keys *keys);                  /* overwrites them */

/* @p kind keeps an item and a tag of one name apart: 'i', 't', 'u', 'e'. */
store_key store_hash(const store_keys *keys, char kind, const void *bytes, size_t count);
uint64_t store_hash_pseudonym(const store_keys *keys, const char *name);

/* Appends nonce, sealed bytes and tag. */
NEUME_MUST neume_status store_seal(const store_keys *keys, const store_place *place, const void *bytes, size_t count,
                                   neume_buffer *out);
/* Appends what was sealed. @retval NEUME_EFORMAT sealed with another key, for another place, or damaged */
NEUME_MUST neume_status store_unseal(const store_keys *keys, const store_place *place, const void *sealed, size_t count,
                                     neume_buffer *out);

#endif
