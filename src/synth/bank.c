/* Opens a bank: maps the file, believes nothing in it before it is checked, and looks up once, for every preset and
 * pitch, which stored note will sound. */
#include "bank_format.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static neume_status map_file(const char *path, neume_bank *bank) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return neume_fail(errno == ENOENT ? NEUME_ENOTFOUND : NEUME_EIO, "%s: %s", path, strerror(errno));
    struct stat info;
    neume_status status = NEUME_OK;
    if (fstat(file, &info) != 0)
        status = neume_fail(NEUME_EIO, "%s: %s", path, strerror(errno));
    else if (info.st_size < (off_t)(sizeof(bank_head) + sizeof(bank_counts)))
        status = neume_fail(NEUME_EFORMAT, "%s: too short for a bank", path);
    if (status == NEUME_OK) {
        void *map = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_SHARED, file, 0);
        if (map == MAP_FAILED)
            status = neume_fail(NEUME_EIO, "%s: %s", path, strerror(errno));
        else
            bank->map = map, bank->map_bytes = (size_t)info.st_size;
    }
    close(file);
    return status;
}

static bool head_is_right(const neume_bank *bank) {
    const bank_head *head = (const bank_head *)bank->map;
    static const uint8_t zeros[sizeof head->padding];
    return memcmp(head->magic, BANK_MAGIC, sizeof head->magic) == 0 && head->version == BANK_VERSION &&
           head->reserved == 0 && memcmp(head->padding, zeros, sizeof zeros) == 0 &&
           head->file_bytes == bank->map_bytes && head->tables_offset % 8 == 0 && head->tables_offset >= sizeof *head &&
           head->tables_offset <= bank->map_bytes - sizeof(bank_counts);
}

/* Sets the table pointers; false when the counts do not fill the rest of the file exactly or the hash is another. */
static bool tables_are_right(neume_bank *bank) {
    const bank_head *head = (const bank_head *)bank->map;
    const uint8_t *tables = bank->map + head->tables_offset;
    size_t bytes = bank->map_bytes - head->tables_offset;
    const bank_counts *counts = (const bank_counts *)tables;
    if (counts->presets > BANK_PRESETS_MOST || counts->notes > bytes / sizeof(bank_note_row)) return false;
    size_t presets_bytes = counts->presets * sizeof(bank_preset_row);
    if (bytes != sizeof *counts + presets_bytes + counts->notes * sizeof(bank_note_row)) return false;
    char hash[65];
    neume__sha256_hex(tables, bytes, hash);
    if (memcmp(hash, head->tables_sha256, sizeof head->tables_sha256) != 0) return false;
    bank->presets = (const bank_preset_row *)(tables + sizeof *counts);
    bank->notes = (const bank_note_row *)(tables + sizeof *counts + presets_bytes);
    bank->preset_count = counts->presets;
    bank->note_count = counts->notes;
    bank->samples = (const int16_t *)(bank->map + sizeof *head);
    return true;
}

static bool positive(float x) {
    return x > 0 && x <= 2 * BANK_SUSTAINS_S; /* false for NaN */
}

static bool note_is_right(const bank_note_row *note, uint64_t sample_count) {
    if (note->offset < BANK_GUARD_BEFORE || note->offset > sample_count) return false;
    if ((uint64_t)note->length + BANK_GUARD_AFTER > sample_count - note->offset) return false;
    return note->length > 0 && note->loop_start <= note->length && positive(note->gain) && positive(note->level) &&
           positive(note->loop_gain) && note->loop_gain <= 1 && positive(note->release_s) && positive(note->decay_s) &&
           note->attack_s >= 0 && note->attack_s < 10 && note->pitch >= 0 && note->pitch < 128 && note->velocity >= 1 &&
           note->velocity <= 127;
}

static bool preset_is_right(const neume_bank *bank, const bank_preset_row *preset) {
    if (memchr(preset->source, 0, sizeof preset->source) == NULL) return false;
    if (preset->program < 0 || preset->program > NEUME_PROGRAM_DRUMS) return false;
    if (preset->lowest < 0 || preset->highest > 127 || preset->lowest > preset->highest) return false;
    if (preset->first_note > bank->note_count || preset->note_count > bank->note_count - preset->first_note ||
        preset->note_count == 0)
        return false;
    const bank_note_row *rows = bank->notes + preset->first_note;
    for (uint32_t i = 1; i < preset->note_count; i++)
        if (rows[i].pitch * 128 + rows[i].velocity <= rows[i - 1].pitch * 128 + rows[i - 1].velocity) return false;
    return true;
}

static neume_status check(const char *path, neume_bank *bank) {
    if (!head_is_right(bank)) return neume_fail(NEUME_EFORMAT, "%s: not a bank of this version, or cut short", path);
    if (!tables_are_right(bank)) return neume_fail(NEUME_EFORMAT, "%s: the bank's tables are damaged", path);
    uint64_t sample_count = (((const bank_head *)bank->map)->tables_offset - sizeof(bank_head)) / sizeof(int16_t);
    for (size_t i = 0; i < bank->note_count; i++)
        if (!note_is_right(&bank->notes[i], sample_count))
            return neume_fail(NEUME_EFORMAT, "%s: note %zu of the bank is impossible", path, i);
    for (size_t i = 0; i < bank->preset_count; i++)
        if (!preset_is_right(bank, &bank->presets[i]))
            return neume_fail(NEUME_EFORMAT, "%s: preset %zu of the bank is impossible", path, i);
    return NEUME_OK;
}

/* The stored pitch nearest to `pitch`: drums only the key itself, others within a semitone and a half. */
static int32_t find_nearest(const neume_bank *bank, const bank_preset_row *preset, int pitch) {
    int best = 128;
    int32_t found = -1;
    if (pitch < preset->lowest || pitch > preset->highest) return -1;
    for (uint32_t i = 0; i < preset->note_count; i++) {
        int distance = abs(bank->notes[preset->first_note + i].pitch - pitch);
        if (distance < best) best = distance, found = (int32_t)(preset->first_note + i);
    }
    return best <= (preset->program == NEUME_PROGRAM_DRUMS ? 0 : 1) ? found : -1;
}

neume_status neume_bank_open(const char *path, neume_bank **out) {
    neume_status status = NEUME_OK;
    neume_bank *bank = neume__calloc(1, sizeof *bank);
    if (!bank) return NEUME_ENOMEM;
    NEUME_GO(map_file(path, bank));
    NEUME_GO(check(path, bank));
    bank->nearest = neume__alloc(bank->preset_count * 128 * sizeof *bank->nearest);
    if (!bank->nearest) NEUME_GO(NEUME_ENOMEM);
    for (size_t p = 0; p < bank->preset_count; p++)
        for (int pitch = 0; pitch < 128; pitch++)
            bank->nearest[p * 128 + (size_t)pitch] = find_nearest(bank, &bank->presets[p], pitch);
    *out = bank;
    return NEUME_OK;
fail:
    neume_bank_close(bank);
    return status;
}

void neume_bank_close(neume_bank *bank) {
    if (!bank) return;
    if (bank->map) munmap((void *)(uintptr_t)bank->map, bank->map_bytes);
    neume__free(bank->nearest);
    neume__free(bank);
}

size_t neume_bank_preset_count(const neume_bank *bank) {
    return bank->preset_count;
}

neume_bank_preset neume_bank_preset_at(const neume_bank *bank, size_t index) {
    assert(index < bank->preset_count);
    const bank_preset_row *row = &bank->presets[index];
    return (neume_bank_preset){row->source, row->program, row->lowest, row->highest};
}

bool neume_bank_has_pitch(const neume_bank *bank, size_t preset, int pitch) {
    return preset < bank->preset_count && pitch >= 0 && pitch < 128 && bank->nearest[preset * 128 + (size_t)pitch] >= 0;
}

int neume_bank_drum_key(const neume_bank *bank, size_t preset, int key) {
    static const int commonest[] = {36, 38, 42, 49, 51, 43, 47, 45, 48, 50};
    if (!neume_bank_has_pitch(bank, preset, key)) return key;
    const bank_preset_row *kit = &bank->presets[preset];
    const uint64_t sound = bank->notes[bank->nearest[preset * 128 + (size_t)key]].offset;
    if (kit->program != NEUME_PROGRAM_DRUMS) return key;
    for (size_t i = 0; i < sizeof commonest / sizeof *commonest; i++) {
        int32_t note = bank->nearest[preset * 128 + (size_t)commonest[i]];
        if (note >= 0 && bank->notes[note].offset == sound) return commonest[i];
    }
    return key;
}
