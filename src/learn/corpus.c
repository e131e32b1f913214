/* The corpus file: mapping, checking, writing. The file is trusted with nothing: a checksum finds accidents, and
 * the checks of each field keep even a file made on purpose from leading the sampler outside its arrays. */
#include "corpus.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct corpus_header {
    char magic[8];
    uint32_t version;
    uint32_t byte_order; /* reads as BYTE_ORDER_MARK where numbers lie as they do here */
    uint64_t piece_count, note_count;
    uint64_t checksum; /* of everything behind the header and of the counts */
    uint8_t reserved[24];
} corpus_header;

_Static_assert(sizeof(corpus_header) == 64, "the file's layout");

enum { CORPUS_VERSION = 1, BYTE_ORDER_MARK = 0x01020304 };
static const char corpus_magic[8] = {'N', 'E', 'U', 'M', 'E', 'C', 'P', '\n'};

/* A checksum at memory speed: four FNV-like lanes over 64-bit words. Every step is a bijection of its lane, so a change
 * of one word always changes the sum. */
static uint64_t checksum_of(const void *bytes, size_t size, uint64_t seed) {
    const unsigned char *at = bytes;
    uint64_t lane[4] = {seed, seed ^ 0x9e3779b97f4a7c15u, seed + 1, ~seed};
    size_t words = size / 8;
    for (size_t i = 0; i < words; i++) {
        uint64_t word;
        memcpy(&word, at + 8 * i, 8);
        uint64_t mixed = (lane[i & 3] ^ word) * 0x100000001b3u;
        lane[i & 3] = mixed ^ (mixed >> 29);
    }
    uint64_t rest = 0;
    memcpy(&rest, at + 8 * words, size % 8);
    uint64_t sum = rest ^ size;
    for (int i = 0; i < 4; i++) sum = (sum ^ lane[i]) * 0x9e3779b97f4a7c15u, sum ^= sum >> 31;
    return sum;
}

static uint64_t header_checksum(const corpus_header *header, const void *body, size_t body_bytes) {
    uint64_t seed = header->piece_count * 0x9e3779b97f4a7c15u + header->note_count;
    return checksum_of(body, body_bytes, seed);
}

static bool note_is_sound(const neume__corpus_note *note) {
    return isfinite(note->onset_s) && note->onset_s >= 0 && isfinite(note->duration_s) && note->duration_s > 0 &&
           note->pitch < 128 && note->velocity >= 1 && note->velocity < 128 && note->program <= NEUME_PROGRAM_DRUMS;
}

static neume_status check_piece(const neume__corpus *corpus, size_t index) {
    const neume__corpus_piece *piece = &corpus->pieces[index];
    if (piece->class_ >= NEUME_CORPUS_CLASSES || piece->played > 1 || piece->count == 0 ||
        piece->first > corpus->note_count || piece->count > corpus->note_count - piece->first ||
        !isfinite(piece->end_s) || piece->end_s <= 0)
        return neume_fail(NEUME_EFORMAT, "corpus: piece %zu is damaged", index);
    const neume__corpus_note *notes = corpus->notes + piece->first;
    for (size_t i = 0; i < piece->count; i++) {
        if (!note_is_sound(&notes[i]) || (i && notes[i].onset_s < notes[i - 1].onset_s))
            return neume_fail(NEUME_EFORMAT, "corpus: note %zu of piece %zu is damaged", i, index);
    }
    return NEUME_OK;
}

/* Finds pieces and notes in the mapped bytes and checks them all. */
static neume_status parse_corpus(neume__corpus *corpus) {
    corpus_header header;
    if (!corpus->map || corpus->map_bytes < sizeof header)
        return neume_fail(NEUME_EFORMAT, "corpus: the file is too short");
    memcpy(&header, corpus->map, sizeof header);
    if (memcmp(header.magic, corpus_magic, sizeof corpus_magic) != 0 || header.byte_order != BYTE_ORDER_MARK)
        return neume_fail(NEUME_EFORMAT, "corpus: not a corpus file");
    if (header.version != CORPUS_VERSION)
        return neume_fail(NEUME_EFORMAT, "corpus: version %u, this program reads %d", header.version, CORPUS_VERSION);
    size_t body_bytes = corpus->map_bytes - sizeof header;
    size_t most = body_bytes / sizeof(neume__corpus_note);
    if (header.piece_count > most || header.note_count > most ||
        header.piece_count * sizeof(neume__corpus_piece) + header.note_count * sizeof(neume__corpus_note) != body_bytes)
        return neume_fail(NEUME_EFORMAT, "corpus: the file's length does not fit its header");
    const char *body = (const char *)corpus->map + sizeof header;
    if (header_checksum(&header, body, body_bytes) != header.checksum)
        return neume_fail(NEUME_EFORMAT, "corpus: the checksum does not fit: the file is damaged");
    corpus->count = (size_t)header.piece_count;
    corpus->note_count = (size_t)header.note_count;
    corpus->pieces = (const void *)body;
    corpus->notes = (const void *)(body + corpus->count * sizeof(neume__corpus_piece));
    for (size_t i = 0; i < corpus->count; i++) NEUME_TRY(check_piece(corpus, i));
    return NEUME_OK;
}

static neume_status map_file(const char *path, neume__corpus *corpus) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return neume_fail(errno == ENOENT ? NEUME_ENOTFOUND : NEUME_EIO, "%s: %s", path, strerror(errno));
    struct stat info;
    if (fstat(file, &info) != 0 || !S_ISREG(info.st_mode)) {
        close(file);
        return neume_fail(NEUME_EIO, "%s: not a plain file", path);
    }
    if (info.st_size == 0) {
        close(file);
        return neume_fail(NEUME_EFORMAT, "corpus: the file is too short");
    }
    corpus->map_bytes = (size_t)info.st_size;
    corpus->map = mmap(NULL, corpus->map_bytes, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (corpus->map != MAP_FAILED) return NEUME_OK;
    corpus->map = NULL;
    return neume_fail(NEUME_EIO, "%s: %s", path, strerror(errno));
}

neume_status neume__corpus_open(const char *path, neume__corpus *out) {
    neume__corpus corpus = {0};
    NEUME_TRY(map_file(path, &corpus));
    neume_status status = parse_corpus(&corpus);
    if (status != NEUME_OK) {
        neume__corpus_close(&corpus);
        return status;
    }
    *out = corpus;
    return NEUME_OK;
}

void neume__corpus_close(neume__corpus *corpus) {
    if (corpus->map) munmap(corpus->map, corpus->map_bytes);
    *corpus = (neume__corpus){0};
}

neume_status neume__corpus_write(const char *path, const neume__corpus_piece *pieces, size_t count,
                                 const neume__corpus_note *notes, size_t note_count) {
    corpus_header header = {.version = CORPUS_VERSION, .byte_order = BYTE_ORDER_MARK};
    memcpy(header.magic, corpus_magic, sizeof corpus_magic);
    header.piece_count = count;
    header.note_count = note_count;
    size_t piece_bytes, note_bytes;
    NEUME_TRY(neume__mul_size(count, sizeof *pieces, &piece_bytes));
    NEUME_TRY(neume__mul_size(note_count, sizeof *notes, &note_bytes));
    size_t total = sizeof header + piece_bytes + note_bytes;
    char *file = neume__alloc(total);
    if (!file) return NEUME_ENOMEM;
    char *body = file + sizeof header;
    if (count) memcpy(body, pieces, piece_bytes);
    if (note_count) memcpy(body + piece_bytes, notes, note_bytes);
    header.checksum = header_checksum(&header, body, piece_bytes + note_bytes);
    memcpy(file, &header, sizeof header);
    neume_status status = neume_file_write(path, file, total);
    neume__free(file);
    return status;
}

/* The length of a base name without a version at its end: -v2, _v10, " (3)". */
static size_t strip_version(const char *name, size_t length) {
    size_t end = length;
    if (end && name[end - 1] == ')') end--;
    size_t digits = end;
    while (digits && name[digits - 1] >= '0' && name[digits - 1] <= '9') digits--;
    if (digits == end || digits < 2) return length;
    bool in_brackets = end < length && name[digits - 1] == '(' && name[digits - 2] == ' ';
    bool versioned = end == length && (name[digits - 1] == 'v' || name[digits - 1] == 'V') &&
                     (name[digits - 2] == '-' || name[digits - 2] == '_' || name[digits - 2] == ' ');
    return (in_brackets || versioned) && digits > 2 ? digits - 2 : length;
}

uint64_t neume__corpus_key(const char *path) {
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    size_t length = strip_version(name, dot && dot != name ? (size_t)(dot - name) : strlen(name));
    uint64_t key = 0xcbf29ce484222325u;
    for (size_t i = 0; i < length; i++) {
        unsigned char letter = (unsigned char)name[i];
        if (letter >= 'A' && letter <= 'Z') letter = (unsigned char)(letter - 'A' + 'a');
        key = (key ^ letter) * 0x100000001b3u;
    }
    return key;
}

bool neume__corpus_held_out(uint64_t key) {
    return (key >> 20) % 20 == 0;
}
