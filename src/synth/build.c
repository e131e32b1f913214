/* Makes a bank: every source renders its presets, here they are measured, packed and written as they come, the tables
 * at the end. Presets are written in the order of their sources whatever thread finishes first, so the same sources
 * give the same file. The file is written beside its place and renamed when it is whole. */
#include "build.h"
#include "measure.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    RATE = NEUME_SYNTH_RATE_HZ,
    PRESETS_IN_A_SOURCE = 160,                /* 112 programs and some kits */
    SLOWEST_ATTACK_SAMPLES = RATE * 12 / 100, /* a note that swells for longer has no onset to speak of */
    FULL_SCALE = 30000,                       /* each note's peak as stored: quiet notes lose nothing to rounding */
};

/* --- one note ----------------------------------------------------------------------------------------------------- */

/* Blends the last 50 ms into what precedes the loop's start, so that going back is not heard. */
static void close_loop(float *x, size_t length, size_t loop_start, float loop_gain) {
    const size_t fade = RATE / 20;
    for (size_t i = 0; i < fade; i++) {
        float share = (float)(i + 1) / (float)fade;
        float *end = &x[length - fade + i];
        *end = (1 - share) * *end + share * loop_gain * x[loop_start - fade + i];
    }
}

static void fade_out(float *x, size_t length, size_t fade) {
    if (fade > length) fade = length;
    for (size_t i = 0; i < fade; i++) x[length - fade + i] *= 1 - (float)(i + 1) / (float)fade;
}

static neume_status pack(const float *x, built_note *note) {
    const bank_note_row *row = &note->row;
    size_t total = BANK_GUARD_BEFORE + row->length + BANK_GUARD_AFTER;
    int16_t *samples = neume__calloc(total, sizeof *samples);
    if (!samples) return NEUME_ENOMEM;
    float scale = 1 / row->gain;
    for (size_t i = 0; i < row->length; i++) samples[BANK_GUARD_BEFORE + i] = (int16_t)lrintf(x[i] * scale);
    for (size_t i = 0; i < BANK_GUARD_AFTER && row->loop_start < row->length; i++)
        samples[BANK_GUARD_BEFORE + row->length + i] = (int16_t)lrintf(x[row->loop_start + i] * row->loop_gain * scale);
    note->samples = samples;
    return NEUME_OK;
}

/* Cuts the note where it is 60 dB down, or loops its last second, or fades it; fills the row. */
static void shape(const note_plan *plan, float *x, size_t count, bank_note_row *row) {
    size_t end = neume__end_samples(x, count, 1e-3f);
    double fall = neume__fall_db_per_s(x, end);
    row->length = row->loop_start = (uint32_t)end;
    row->loop_gain = 1;
    bool rings_on = plan->may_loop && end + RATE / 10 >= count && end >= 2 * RATE;
    if (!rings_on)
        fall = fmax(fall, 20); /* it does end */
    else if (!plan->struck && fabs(fall) < 3)
        fall = 0; /* a player's swelling and fading, not a decay */
    fall = fmax(fall, 0);
    row->decay_s = (float)fmin(neume__decay_s(x, end, 50, fall), (double)BANK_SUSTAINS_S);
    row->attack_s = (float)((double)neume__attack_samples(x, end, 0.1f) / RATE);
    if (rings_on) {
        row->loop_start = (uint32_t)neume__loop_start(x, end);
        row->loop_gain = (float)pow(10, -fall / 20 * (double)(end - row->loop_start) / RATE);
        close_loop(x, end, row->loop_start, row->loop_gain);
    } else {
        fade_out(x, end, end + RATE / 10 < count ? RATE / 200 : RATE / 20);
    }
}

neume_status neume__built_add(built_preset *preset, const note_plan *plan, const float *x, size_t count) {
    built_note note = {.row = {.pitch = (int16_t)plan->pitch, .velocity = (int16_t)plan->velocity, .release_s = 0.05f}};
    neume_status status = NEUME_OK;
    if (plan->trim_silence) {
        size_t attack = neume__attack_samples(x, count, 0.05f), lead = attack > RATE / 500 ? attack - RATE / 500 : 0;
        x += lead;
        count -= lead;
    }
    float peak = neume__peak(x, count);
    if (peak < 1e-4f || count < RATE / 100) return NEUME_OK;
    if (neume__attack_samples(x, count, 0.1f) > SLOWEST_ATTACK_SAMPLES) return NEUME_OK;
    float *own = neume__alloc(count * sizeof *own);
    if (!own) return NEUME_ENOMEM;
    memcpy(own, x, count * sizeof *own);
    shape(plan, own, count, &note.row);
    size_t half_second = note.row.length < RATE / 2 ? note.row.length : RATE / 2;
    note.row.gain = peak / FULL_SCALE;
    note.row.level = (float)neume__rms(own, half_second) * sqrtf(2 * (float)half_second / RATE);
    status = pack(own, &note);
    if (status == NEUME_OK)
        status = neume__grow((void **)&preset->notes, &preset->capacity, preset->count + 1, sizeof *preset->notes);
    if (status == NEUME_OK)
        preset->notes[preset->count++] = note;
    else
        neume__free(note.samples);
    neume__free(own);
    return status;
}

neume_status neume__built_alias(built_preset *preset, size_t index, int pitch) {
    NEUME_TRY(neume__grow((void **)&preset->notes, &preset->capacity, preset->count + 1, sizeof *preset->notes));
    built_note alias = preset->notes[index];
    alias.shares = alias.samples ? index : alias.shares;
    alias.samples = NULL;
    alias.row.pitch = (int16_t)pitch;
    preset->notes[preset->count++] = alias;
    return NEUME_OK;
}

/* --- one preset --------------------------------------------------------------------------------------------------- */

static bool has_key(const built_preset *preset, int key) {
    for (size_t i = 0; i < preset->count; i++)
        if (preset->notes[i].row.pitch == key) return true;
    return false;
}

neume_status neume__built_fill_drums(built_preset *preset) {
    static const unsigned char same[][8] = {
        /* wanted, then who may stand in, best first; zero ends */
        {35, 36},         {36, 35},         {38, 40},         {40, 38},         {42, 44}, {44, 42}, {41, 43}, {43, 41},
        {45, 47, 48, 50}, {47, 45, 48, 50}, {48, 50, 47, 45}, {50, 48, 47, 45}, {49, 57}, {57, 49}, {51, 59}, {59, 51}};
    size_t before = preset->count;
    bool had[128] = {false};
    for (int key = 0; key < 128; key++) had[key] = has_key(preset, key);
    for (size_t w = 0; w < sizeof same / sizeof *same; w++) {
        int stand_in = 0;
        for (size_t s = 1; same[w][s] && !stand_in; s++)
            if (had[same[w][s]]) stand_in = same[w][s];
        if (had[same[w][0]] || !stand_in) continue;
        for (size_t i = 0; i < before; i++)
            if (preset->notes[i].row.pitch == stand_in) NEUME_TRY(neume__built_alias(preset, i, same[w][0]));
    }
    return NEUME_OK;
}

/* Common loudness: velocity-80 notes of the middle (drums: bass and snare drum) have this root mean square. */
static const double PITCHED_LEVEL = 0.05, DRUM_LEVEL = 0.04;

static bool counts_for_loudness(const built_preset *preset, const bank_note_row *row, int middle) {
    if (preset->program == NEUME_PROGRAM_DRUMS) return row->pitch == 36 || row->pitch == 38;
    return abs(row->pitch - middle) <= 9;
}

static double mean_power(const built_preset *preset, int middle, bool all) {
    double power = 0, count = 0;
    for (size_t i = 0; i < preset->count; i++) {
        const bank_note_row *row = &preset->notes[i].row;
        if (!all && (!counts_for_loudness(preset, row, middle) || abs(row->velocity - 80) > 20)) continue;
        power += (double)row->level * (double)row->level;
        count++;
    }
    return count > 0 ? power / count : 0;
}

void neume__built_finish(built_preset *preset) {
    int lowest = 127, highest = 0;
    for (size_t i = 0; i < preset->count; i++) {
        int pitch = preset->notes[i].row.pitch;
        if (pitch < lowest) lowest = pitch;
        if (pitch > highest) highest = pitch;
    }
    double power = mean_power(preset, (lowest + highest) / 2, false);
    if (power <= 0) power = mean_power(preset, 0, true);
    if (power <= 0) return;
    double wanted = preset->program == NEUME_PROGRAM_DRUMS ? DRUM_LEVEL : PITCHED_LEVEL;
    float factor = (float)(wanted / sqrt(power));
    for (size_t i = 0; i < preset->count; i++) {
        preset->notes[i].row.gain *= factor;
        preset->notes[i].row.level *= factor;
    }
}

void neume__built_clear(built_preset *preset) {
    for (size_t i = 0; i < preset->count; i++) neume__free(preset->notes[i].samples);
    neume__free(preset->notes);
    *preset = (built_preset){0};
}

void neume__source_name(const char *path, char out[BANK_NAME_BYTES]) {
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/') end--;
    size_t start = end;
    while (start > 0 && path[start - 1] != '/') start--;
    for (size_t dot = end; dot > start + 1; dot--)
        if (path[dot] == '.' && end - dot <= 4 && strncmp(path + dot, ".sf", 3) == 0) end = dot;
    snprintf(out, BANK_NAME_BYTES, "%.*s", (int)(end - start), path + start);
}

/* --- the writer --------------------------------------------------------------------------------------------------- */

struct bank_writer {
    FILE *file;
    const char *path;
    uint64_t samples; /* written so far */
    neume_buffer presets, notes;
    size_t preset_count, note_count;
    pthread_mutex_t lock;
    built_preset waiting[PRESETS_IN_A_SOURCE]; /* made before their turn */
    bool is_made[PRESETS_IN_A_SOURCE];
    size_t next; /* whose turn it is */
};

static neume_status put(bank_writer *writer, const void *bytes, size_t count) {
    if (fwrite(bytes, 1, count, writer->file) == count) return NEUME_OK;
    return neume_fail(NEUME_EIO, "%s: %s", writer->path, strerror(errno));
}

static int by_pitch_then_velocity(const void *a, const void *b) {
    const bank_note_row *x = a, *y = b;
    return (x->pitch * 128 + x->velocity) - (y->pitch * 128 + y->velocity);
}

static neume_status put_samples(bank_writer *writer, built_preset *preset) {
    for (size_t i = 0; i < preset->count; i++) {
        built_note *note = &preset->notes[i];
        if (!note->samples) {
            note->row.offset = preset->notes[note->shares].row.offset;
            continue;
        }
        size_t total = BANK_GUARD_BEFORE + note->row.length + BANK_GUARD_AFTER;
        note->row.offset = writer->samples + BANK_GUARD_BEFORE;
        NEUME_TRY(put(writer, note->samples, total * sizeof *note->samples));
        writer->samples += total;
    }
    return NEUME_OK;
}

static neume_status put_preset(bank_writer *writer, built_preset *preset) {
    if (preset->count == 0) return NEUME_OK;
    NEUME_TRY(put_samples(writer, preset));
    bank_preset_row row = {.program = preset->program, .lowest = 127};
    memcpy(row.source, preset->source, sizeof row.source);
    row.source[sizeof row.source - 1] = '\0';
    row.first_note = (uint32_t)writer->note_count;
    row.note_count = (uint32_t)preset->count;
    size_t before = writer->notes.size;
    int reach = preset->program == NEUME_PROGRAM_DRUMS ? 0 : 1; /* a stored note also plays its neighbours */
    for (size_t i = 0; i < preset->count; i++) {
        const bank_note_row *note = &preset->notes[i].row;
        if (note->pitch - reach < row.lowest) row.lowest = note->pitch - reach;
        if (note->pitch + reach > row.highest) row.highest = note->pitch + reach;
        NEUME_TRY(neume_buffer_append(&writer->notes, note, sizeof *note));
    }
    const int last_key = NEUME_PITCH_LOWEST + NEUME_PITCHES - 1;
    if (row.highest > last_key) row.highest = last_key;
    if (row.lowest < NEUME_PITCH_LOWEST) row.lowest = NEUME_PITCH_LOWEST;
    qsort(writer->notes.data + before, preset->count, sizeof(bank_note_row), by_pitch_then_velocity);
    NEUME_TRY(neume_buffer_append(&writer->presets, &row, sizeof row));
    writer->preset_count++;
    writer->note_count += preset->count;
    return NEUME_OK;
}

neume_status neume__writer_deliver(bank_writer *writer, size_t index, built_preset *preset) {
    neume_status status = NEUME_OK;
    assert(index < PRESETS_IN_A_SOURCE);
    pthread_mutex_lock(&writer->lock);
    writer->waiting[index] = *preset;
    writer->is_made[index] = true;
    *preset = (built_preset){0};
    while (status == NEUME_OK && writer->next < PRESETS_IN_A_SOURCE && writer->is_made[writer->next]) {
        status = put_preset(writer, &writer->waiting[writer->next]);
        neume__built_clear(&writer->waiting[writer->next++]);
    }
    pthread_mutex_unlock(&writer->lock);
    return status;
}

static neume_status build_source(bank_writer *writer, const neume_bank_source *source) {
    writer->next = 0;
    memset(writer->is_made, 0, sizeof writer->is_made);
    switch (source->kind) {
    case NEUME_BANK_FONT:
        return neume__build_font(source->path, false, writer);
    case NEUME_BANK_DRUMFONT:
        return neume__build_font(source->path, true, writer);
    case NEUME_BANK_PIANO:
        return neume__build_piano(source->path, writer);
    case NEUME_BANK_RECORDED:
        return neume__build_recorded(source->path, source->program, writer);
    case NEUME_BANK_DRUMKIT:
        return neume__build_drumkit(source->path, writer);
    case NEUME_BANK_INVENTED:
        return neume__build_invented((uint64_t)source->program, writer);
    case NEUME_BANK_INVENTED_KITS:
        return neume__build_invented_kits((uint64_t)source->program, writer);
    }
    return neume_fail(NEUME_EINVAL, "unknown kind of bank source: %d", (int)source->kind);
}

/* Appends the tables, then rewrites the head that points at them. */
static neume_status put_tables(bank_writer *writer) {
    neume_buffer tables = {0};
    bank_counts counts = {writer->preset_count, writer->note_count};
    bank_head head = {.magic = BANK_MAGIC, .version = BANK_VERSION};
    char hash[65];
    neume_status status;
    NEUME_GO(neume_buffer_append(&tables, &counts, sizeof counts));
    NEUME_GO(neume_buffer_append(&tables, writer->presets.data, writer->presets.size));
    NEUME_GO(neume_buffer_append(&tables, writer->notes.data, writer->notes.size));
    head.tables_offset = (sizeof head + writer->samples * sizeof(int16_t) + 7) / 8 * 8;
    head.file_bytes = head.tables_offset + tables.size;
    neume__sha256_hex(tables.data, tables.size, hash);
    memcpy(head.tables_sha256, hash, sizeof head.tables_sha256);
    static const char zeros[8];
    NEUME_GO(put(writer, zeros, head.tables_offset - sizeof head - writer->samples * sizeof(int16_t)));
    NEUME_GO(put(writer, tables.data, tables.size));
    if (fseek(writer->file, 0, SEEK_SET) != 0) NEUME_GO(neume_fail(NEUME_EIO, "%s: %s", writer->path, strerror(errno)));
    NEUME_GO(put(writer, &head, sizeof head));
fail:
    neume_buffer_clear(&tables);
    return status;
}

static neume_status build_all(bank_writer *writer, const neume_bank_source *sources, size_t count,
                              const neume_progress *progress) {
    static const bank_head nothing_yet;
    NEUME_TRY(put(writer, &nothing_yet, sizeof nothing_yet));
    for (size_t s = 0; s < count; s++) {
        size_t before = writer->preset_count;
        neume__progress(progress, (double)s, (double)count);
        NEUME_TRY(build_source(writer, &sources[s]));
        neume_log(NEUME_LOG_INFO, "%s: %zu presets", sources[s].path, writer->preset_count - before);
        if (neume_cancelled()) return neume_fail(NEUME_ECANCELLED, "stopped");
    }
    neume__progress(progress, (double)count, (double)count);
    if (writer->preset_count == 0) return neume_fail(NEUME_EFORMAT, "no source had a usable preset");
    return put_tables(writer);
}

static neume_status open_beside(const char *out_path, neume_buffer *temporary, FILE **file) {
    NEUME_TRY(neume_buffer_print(temporary, "%s.XXXXXX", out_path));
    int descriptor = mkstemp(temporary->data);
    if (descriptor >= 0) *file = fdopen(descriptor, "wb");
    if (descriptor < 0 || !*file) return neume_fail(NEUME_EIO, "%s: %s", out_path, strerror(errno));
    return NEUME_OK;
}

neume_status neume_bank_build(const neume_bank_source *sources, size_t count, const neume_progress *progress,
                              const char *out_path) {
    neume_buffer temporary = {0};
    neume_status status = NEUME_OK;
    bank_writer *writer = neume__calloc(1, sizeof *writer);
    if (!writer) return NEUME_ENOMEM;
    writer->path = out_path;
    pthread_mutex_init(&writer->lock, NULL);
    status = open_beside(out_path, &temporary, &writer->file);
    if (status == NEUME_OK) status = build_all(writer, sources, count, progress);
    mode_t mask = umask(0);
    umask(mask);
    bool kept = writer->file && fflush(writer->file) == 0 && fchmod(fileno(writer->file), 0666 & ~mask) == 0 &&
                fsync(fileno(writer->file)) == 0;
    if (writer->file) kept = fclose(writer->file) == 0 && kept;
    if (status == NEUME_OK && (!kept || rename(temporary.data, out_path) != 0))
        status = neume_fail(NEUME_EIO, "%s: %s", out_path, strerror(errno));
    if (status != NEUME_OK && writer->file) unlink(temporary.data);
    for (size_t i = 0; i < PRESETS_IN_A_SOURCE; i++) neume__built_clear(&writer->waiting[i]);
    pthread_mutex_destroy(&writer->lock);
    neume_buffer_clear(&writer->presets);
    neume_buffer_clear(&writer->notes);
    neume_buffer_clear(&temporary);
    neume__free(writer);
    return status;
}
