#include "seal.h"

#include "neume/store.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A key file is one line: these words and 64 hexadecimal digits. */
static const char key_words[] = "neume-store-key-1 ";
enum { KEY_TEXT_BYTES = sizeof key_words - 1 + 2 * STORE_KEY_BYTES };

static neume_status wake(void) {
    return sodium_init() < 0 ? neume_fail(NEUME_EIO, "the system gives no random numbers") : NEUME_OK;
}

neume_status store_random(void *out, size_t count) {
    NEUME_TRY(wake());
    randombytes_buf(out, count);
    return NEUME_OK;
}

/* --- the key file ------------------------------------------------------------------------------------------------- */

static neume_status write_synced(int file, const char *path, const char *text, size_t count) {
    const bool done = write(file, text, count) == (ssize_t)count && fsync(file) == 0;
    return done ? NEUME_OK : neume_fail(NEUME_EIO, "%s: %s", path, strerror(errno));
}

neume_status neume_store_key_write(const char *path) {
    unsigned char key[STORE_KEY_BYTES];
    char text[KEY_TEXT_BYTES + 2];
    NEUME_TRY(store_random(key, sizeof key));
    memcpy(text, key_words, sizeof key_words);
    sodium_bin2hex(text + sizeof key_words - 1, 2 * STORE_KEY_BYTES + 1, key, sizeof key);
    sodium_memzero(key, sizeof key);
    text[KEY_TEXT_BYTES] = '\n';
    const int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0)
        return errno == EEXIST ? neume_fail(NEUME_EINVAL, "%s exists: a key is never overwritten", path)
                               : neume_fail(NEUME_EIO, "%s: %s", path, strerror(errno));
    neume_status status = write_synced(file, path, text, KEY_TEXT_BYTES + 1);
    close(file);
    sodium_memzero(text, sizeof text);
    if (status) unlink(path);
    return status;
}

static neume_status check_mode(const char *path) {
    struct stat info;
    if (stat(path, &info)) return neume_fail(NEUME_ENOTFOUND, "%s: no such key file", path);
    if (info.st_mode & (S_IRWXG | S_IRWXO))
        return neume_fail(NEUME_EINVAL, "%s: a key that others may read is none; chmod 600 makes it private", path);
    return NEUME_OK;
}

static neume_status parse_key(const char *path, const neume_buffer *text, unsigned char key[STORE_KEY_BYTES]) {
    size_t count = 0;
    const size_t words = sizeof key_words - 1;
    if (text->size < KEY_TEXT_BYTES || memcmp(text->data, key_words, words) != 0 ||
        sodium_hex2bin(key, STORE_KEY_BYTES, text->data + words, 2 * STORE_KEY_BYTES, NULL, &count, NULL) != 0 ||
        count != STORE_KEY_BYTES)
        return neume_fail(NEUME_EFORMAT, "%s: no key file of neume's", path);
    return NEUME_OK;
}

static neume_status read_key(const char *path, unsigned char key[STORE_KEY_BYTES]) {
    neume_buffer text = {0};
    NEUME_TRY(check_mode(path));
    neume_status status = neume_file_read(path, 4096, &text);
    if (!status) status = parse_key(path, &text, key);
    if (text.data) sodium_memzero(text.data, text.size);
    neume_buffer_clear(&text);
    return status;
}

/* --- keys of a store ---------------------------------------------------------------------------------------------- */

/* BLAKE2b of salt and purpose, keyed by the key file: independent keys, each for one use. */
static void derive(const unsigned char *key, const unsigned char salt[STORE_SALT_BYTES], const char *purpose,
                   unsigned char out[STORE_KEY_BYTES]) {
    crypto_generichash_state state;
    crypto_generichash_init(&state, key, key ? STORE_KEY_BYTES : 0, STORE_KEY_BYTES);
    crypto_generichash_update(&state, salt, STORE_SALT_BYTES);
    crypto_generichash_update(&state, (const unsigned char *)purpose, strlen(purpose));
    crypto_generichash_final(&state, out, STORE_KEY_BYTES);
}

neume_status store_keys_read(const char *key_path, const unsigned char salt[STORE_SALT_BYTES], store_keys *out) {
    unsigned char key[STORE_KEY_BYTES];
    NEUME_TRY(wake());
    if (key_path) NEUME_TRY(read_key(key_path, key));
    const unsigned char *master = key_path ? key : NULL;
    derive(master, salt, "seal", out->seal);
    derive(master, salt, "index", out->index);
    derive(master, salt, "pseudonym", out->pseudonym);
    sodium_memzero(key, sizeof key);
    return NEUME_OK;
}

void store_keys_clear(store_keys *keys) {
    sodium_memzero(keys, sizeof *keys);
}

store_key store_hash(const store_keys *keys, char kind, const void *bytes, size_t count) {
    store_key hash;
    crypto_generichash_state state;
    crypto_generichash_init(&state, keys->index, sizeof keys->index, sizeof hash.bytes);
    crypto_generichash_update(&state, (const unsigned char *)&kind, 1);
    crypto_generichash_update(&state, bytes, count);
    crypto_generichash_final(&state, hash.bytes, sizeof hash.bytes);
    return hash;
}

uint64_t store_hash_pseudonym(const store_keys *keys, const char *name) {
    unsigned char hash[STORE_HASH_BYTES];
    uint64_t bits = 0;
    crypto_generichash(hash, sizeof hash, (const unsigned char *)name, strlen(name), keys->pseudonym,
                       sizeof keys->pseudonym);
    for (int i = 0; i < 8; i++) bits = bits << 8 | hash[i];
    return bits;
}

/* --- sealing ------------------------------------------------------------------------------------------------------ */

enum {
    NONCE_BYTES = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, /* 192 bits: random ones do not meet */
    TAG_BYTES = crypto_aead_xchacha20poly1305_ietf_ABYTES,
};

neume_status store_seal(const store_keys *keys, const store_place *place, const void *bytes, size_t count,
                        neume_buffer *out) {
    unsigned char nonce[NONCE_BYTES];
    randombytes_buf(nonce, sizeof nonce);
    NEUME_TRY(neume__grow((void **)&out->data, &out->capacity, out->size + sizeof nonce + count + TAG_BYTES + 1, 1));
    NEUME_TRY(neume_buffer_append(out, nonce, sizeof nonce));
    crypto_aead_xchacha20poly1305_ietf_encrypt((unsigned char *)out->data + out->size, NULL, bytes, count,
                                               (const unsigned char *)place, sizeof *place, NULL, nonce, keys->seal);
    out->size += count + TAG_BYTES;
    out->data[out->size] = '\0';
    return NEUME_OK;
}

neume_status store_unseal(const store_keys *keys, const store_place *place, const void *sealed, size_t count,
                          neume_buffer *out) {
    const unsigned char *nonce = sealed;
    if (count < NONCE_BYTES + TAG_BYTES) return neume_fail(NEUME_EFORMAT, "sealed bytes are cut short");
    const size_t inside = count - NONCE_BYTES - TAG_BYTES;
    NEUME_TRY(neume__grow((void **)&out->data, &out->capacity, out->size + inside + 1, 1));
    if (crypto_aead_xchacha20poly1305_ietf_decrypt((unsigned char *)out->data + out->size, NULL, NULL,
                                                   nonce + NONCE_BYTES, count - NONCE_BYTES,
                                                   (const unsigned char *)place, sizeof *place, nonce, keys->seal) != 0)
        return neume_fail(NEUME_EFORMAT, "sealed bytes do not open: another key, or damaged");
    out->size += inside;
    out->data[out->size] = '\0';
    return NEUME_OK;
}
