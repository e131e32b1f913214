/* The title of a Standard MIDI File: in a file of format 0 its track's name is the sequence's, in one of format 1 the
 * first track's (RP-001). In practice a first track that plays is named for its instrument, so only a leading track's
 * name counts, and names that sequencers give by themselves do not. */
#include "neume/notation.h"

#include <string.h>
#include <strings.h>

typedef struct reader {
    const uint8_t *at, *end;
} reader;

static uint32_t number(reader *r, int bytes) {
    uint32_t value = 0;
    while (bytes-- && r->at < r->end) value = value << 8 | *r->at++;
    return value;
}

/* Seven bits a byte, at most four bytes. */
static uint32_t variable_length(reader *r) {
    uint32_t value = 0;
    for (int i = 0; i < 4 && r->at < r->end; i++) {
        value = value << 7 | (*r->at & 127);
        if (*r->at++ < 128) break;
    }
    return value;
}

static bool find_first_track(reader *r) {
    while (r->end - r->at >= 8) {
        const bool track = memcmp(r->at, "MTrk", 4) == 0;
        r->at += 4;
        const size_t size = number(r, 4), left = (size_t)(r->end - r->at);
        const uint8_t *after = r->at + (size < left ? size : left);
        if (track) r->end = after;
        if (track) return true;
        r->at = after;
    }
    return false;
}

/* The name in a track, up to its first channel message; *plays: there is one. */
static void read_name(reader r, char out[256], bool *plays) {
    while (r.at < r.end) {
        (void)variable_length(&r);
        const uint32_t status = number(&r, 1), kind = status == 0xff ? number(&r, 1) : 0;
        *plays = status < 0xf0;
        if (*plays || (status != 0xff && status != 0xf0 && status != 0xf7)) return;
        const size_t length = variable_length(&r), left = (size_t)(r.end - r.at), here = length < left ? length : left;
        if (status == 0xff && kind == 0x2f) return;
        if (status == 0xff && kind == 0x03 && !*out) neume__text_clean((const char *)r.at, here, out, 256);
        r.at += here;
    }
}

static bool says_nothing(const char *name) {
    static const char *const words[] = {"untitled", "track", "tempo", "conductor",
                                        "control",  "midi",  "piano", "new song"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strncasecmp(name, words[i], strlen(words[i])) == 0) return true;
    return !*name;
}

bool neume_midi_title(const void *bytes, size_t count, char out[256]) {
    char name[256] = "";
    bool plays = false;
    reader r = {bytes, (const uint8_t *)bytes + count};
    if (count < 14 || memcmp(bytes, "MThd", 4) != 0) return false;
    r.at += 8;
    const uint32_t format = number(&r, 2);
    r.at = bytes;
    if (!find_first_track(&r)) return false;
    read_name(r, name, &plays);
    if ((format == 1 && plays) || says_nothing(name)) return false;
    memcpy(out, name, sizeof name);
    return true;
}
