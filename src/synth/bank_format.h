/* The bank file, as it lies on disk and in the mapping (little endian):
 *
 *     head (128 bytes) | samples (int16, one note after the other) | counts | preset rows | note rows
 *
 * The tables come last because they are known last; the head says where they begin and holds their SHA-256, so that a
 * damaged table is refused at once. A note's samples have one guard sample before and four after them, so that the
 * mixer interpolates between four points without asking whether they exist. A note that still sounds at its stored end
 * is continued by a loop from its last sample back to loop_start; each pass multiplies its level by loop_gain. The rows
 * of a preset lie together, ordered by pitch, then velocity. */
#ifndef NEUME_SYNTH_BANK_FORMAT_H
#define NEUME_SYNTH_BANK_FORMAT_H

#include "neume/synth.h"

#include <assert.h>

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the bank is mapped as it lies: little endian only");

enum {
    BANK_VERSION = 1,
    BANK_GUARD_BEFORE = 1,
    BANK_GUARD_AFTER = 4,
    BANK_NAME_BYTES = 48,
    BANK_PRESETS_MOST = 65536,
};
#define BANK_MAGIC      "NEUMEBNK"
#define BANK_SUSTAINS_S 1e6f /* the decay time of a note that does not decay */

typedef struct bank_head {
    char magic[8];
    uint32_t version, reserved;
    uint64_t tables_offset; /* bytes from the file's start; a multiple of 8 */
    uint64_t file_bytes;
    char tables_sha256[64]; /* of all bytes from tables_offset on, in hexadecimal */
    uint8_t padding[32];
} bank_head;
static_assert(sizeof(bank_head) == 128, "layout");

typedef struct bank_counts {
    uint64_t presets, notes;
} bank_counts;

typedef struct bank_preset_row {
    char source[BANK_NAME_BYTES]; /* ends in a zero */
    int32_t program, lowest, highest;
    uint32_t first_note, note_count, reserved;
} bank_preset_row;
static_assert(sizeof(bank_preset_row) == 72, "layout");

typedef struct bank_note_row {
    uint64_t offset;             /* of the note's first sample, in samples from the head's end */
    uint32_t length, loop_start; /* samples; loop_start == length: no loop */
    float gain;                  /* one int16 unit is this much */
    float level;                 /* root mean square of the first half second, gain applied */
    float loop_gain;             /* 0 < .. <= 1 */
    float release_s;             /* time constant of the exponential fall after the key is let go */
    float decay_s;               /* fallen 50 dB below its peak while held; BANK_SUSTAINS_S: never */
    float attack_s;              /* reaches 10 % of its peak */
    int16_t pitch, velocity;
    uint32_t reserved;
} bank_note_row;
static_assert(sizeof(bank_note_row) == 48, "layout");

struct neume_bank {
    const uint8_t *map;
    size_t map_bytes;
    const int16_t *samples;
    const bank_preset_row *presets;
    const bank_note_row *notes;
    size_t preset_count, note_count;
    int32_t *nearest; /* (preset_count, 128) first note row of the pitch to play, -1: none */
};

#endif
