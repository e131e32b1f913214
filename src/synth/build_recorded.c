/* An instrument or a drum kit as a folder of recorded single notes, one file a note, named by it: A4.mp3, C#5.ogg,
 * Cs5.wav, Eb3.flac. One dynamic is at hand; the mixer makes the others of it. What the file holds before the attack is
 * cut away. */
#include "build.h"
#include "ranges.h"

#include "neume/audio.h"

#include <ctype.h>
#include <dirent.h>
#include <string.h>

enum { RATE = NEUME_SYNTH_RATE_HZ, LONGEST_S = 6, VELOCITY = 80 };

/* The pitch a file's name says, -1 if it is no note's name. */
static int pitch_of_name(const char *name) {
    static const int steps[7] = {9, 11, 0, 2, 4, 5, 7}; /* A .. G above C */
    if (*name < 'A' || *name > 'G') return -1;
    int pitch = steps[*name++ - 'A'];
    if (*name == '#' || *name == 's') name++, pitch++;
    if (*name == 'b') name++, pitch--;
    if (!isdigit((unsigned char)*name)) return -1;
    pitch += 12 * (*name++ - '0' + 1);
    return *name == '.' && pitch >= 0 && pitch < 128 ? pitch : -1;
}

/* Notes beyond what the instrument plays are left out; drums have keys, not notes. */
static bool is_played(int program, int pitch) {
    if (program >= SYNTH_PROGRAMS) return true;
    const program_range *range = &neume__program_ranges[program];
    return pitch >= range->lowest && pitch <= range->highest;
}

static neume_status add_note(built_preset *preset, const char *folder, const char *name, int pitch) {
    neume_buffer path = {0};
    float *x = NULL;
    size_t count = 0;
    const bool drum = preset->program == NEUME_PROGRAM_DRUMS,
               struck = preset->program >= SYNTH_PROGRAMS || neume__program_ranges[preset->program].struck;
    const note_plan plan = {pitch, VELOCITY, .may_loop = !drum, .struck = struck, .trim_silence = true};
    NEUME_TRY(neume_buffer_print(&path, "%s/%s", folder, name));
    neume_status status = neume_audio_read_file(path.data, RATE, LONGEST_S, &x, &count);
    if (!status) status = neume__built_add(preset, &plan, x, count);
    neume__free(x);
    neume_buffer_clear(&path);
    return status;
}

static neume_status add_notes(built_preset *preset, const char *folder, DIR *listing) {
    for (const struct dirent *entry; (entry = readdir(listing));) {
        const int pitch = pitch_of_name(entry->d_name);
        if (pitch >= 0 && is_played(preset->program, pitch)) NEUME_TRY(add_note(preset, folder, entry->d_name, pitch));
    }
    return preset->count ? NEUME_OK : neume_fail(NEUME_ENOTFOUND, "%s: no notes named A4.mp3, Cs5.ogg ...", folder);
}

neume_status neume__build_recorded(const char *path, int program, bank_writer *writer) {
    static const float release_s = 0.08f;
    built_preset preset = {.program = program};
    DIR *listing = opendir(path);
    if (!listing) return neume_fail(NEUME_ENOTFOUND, "%s: no such folder", path);
    neume__source_name(path, preset.source);
    neume_status status = add_notes(&preset, path, listing);
    closedir(listing);
    for (size_t i = 0; i < preset.count; i++) preset.notes[i].row.release_s = release_s;
    if (!status && program == NEUME_PROGRAM_DRUMS) status = neume__built_fill_drums(&preset);
    if (!status) {
        neume__built_finish(&preset);
        status = neume__writer_deliver(writer, 0, &preset);
    }
    neume__built_clear(&preset);
    return status;
}
