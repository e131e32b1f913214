/* Building a corpus: walk the folders, read each file on the pool, class the pieces, leave out doubles, write.
 *
 * The order of pieces is the order of paths, so the same folders give the same corpus on every machine. A piece whose
 * notes equal an earlier one's is dropped: collections copy each other under other names, and a copy in the other split
 * would be a leak. */
#include "corpus.h"

#include "neume/notation.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FOLDER_DEPTH_MOST = 16, FILES_A_BATCH = 64, PIECE_NOTES_LEAST = 4, MESSAGE_BYTES = 200 };
static const float NOTE_LEAST_S = 0.01f;        /* shorter notes are not heard as notes */
static const double PIECE_LONGEST_S = 4 * 3600; /* beyond that, a time in the file is damage */

typedef struct entry {
    char *path;
    bool played;
    bool bad;
    neume__corpus_note *notes; /* (count) */
    size_t count;
    neume_corpus_class class_;
    uint64_t content; /* hash of the notes */
    char message[MESSAGE_BYTES];
} entry;

typedef struct entries {
    entry *items;
    size_t count, capacity;
} entries;

static void entries_clear(entries *list) {
    for (size_t i = 0; i < list->count; i++) {
        neume__free(list->items[i].path);
        neume__free(list->items[i].notes);
    }
    neume__free(list->items);
    *list = (entries){0};
}

/* --- walking ------------------------------------------------------------------------------------------------------ */

static bool is_music_file(const char *name) {
    static const char *const extensions[] = {"mid", "midi", "krn", "musicxml", "xml", "mxl"};
    char extension[16];
    neume__file_extension(name, extension);
    for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++)
        if (strcmp(extension, extensions[i]) == 0) return true;
    return false;
}

static neume_status add_file(entries *list, char *path, bool played) {
    NEUME_TRY(neume__grow((void **)&list->items, &list->capacity, list->count + 1, sizeof *list->items));
    list->items[list->count++] = (entry){.path = path, .played = played};
    return NEUME_OK;
}

static neume_status walk(entries *list, const char *folder, bool played, int depth);

/* Takes path over. */
static neume_status visit(entries *list, char *path, bool played, int depth) {
    struct stat info;
    neume_status status = NEUME_OK;
    if (stat(path, &info) != 0) {
        neume_log(NEUME_LOG_WARNING, "%s: %s", path, strerror(errno));
    } else if (S_ISDIR(info.st_mode)) {
        status = walk(list, path, played, depth + 1);
    } else if (S_ISREG(info.st_mode) && is_music_file(path)) {
        status = add_file(list, path, played);
        if (status == NEUME_OK) return NEUME_OK;
    }
    neume__free(path);
    return status;
}

static neume_status walk(entries *list, const char *folder, bool played, int depth) {
    if (depth > FOLDER_DEPTH_MOST) return neume_fail(NEUME_ELIMIT, "%s: folders nest too deep", folder);
    DIR *directory = opendir(folder);
    if (!directory) return neume_fail(errno == ENOENT ? NEUME_ENOTFOUND : NEUME_EIO, "%s: %s", folder, strerror(errno));
    neume_status status = NEUME_OK;
    for (struct dirent *item; status == NEUME_OK && (item = readdir(directory));) {
        if (item->d_name[0] == '.') continue;
        neume_buffer path = {0};
        status = neume_buffer_print(&path, "%s/%s", folder, item->d_name);
        if (status == NEUME_OK)
            status = visit(list, path.data, played, depth);
        else
            neume_buffer_clear(&path);
    }
    closedir(directory);
    return status;
}

static int compare_paths(const void *a, const void *b) {
    return strcmp(((const entry *)a)->path, ((const entry *)b)->path);
}

/* --- one piece ---------------------------------------------------------------------------------------------------- */

neume_corpus_class neume__corpus_classify(const neume_notes *notes, bool played) {
    bool parts[256] = {false}, drums = false, pitched = false, keyboard = true;
    int part_count = 0;
    for (size_t i = 0; i < notes->count; i++) {
        const neume_note *note = &notes->items[i];
        if (note->program == NEUME_PROGRAM_DRUMS) {
            drums = true;
            continue;
        }
        pitched = true;
        int family = neume_program_family(note->program);
        if (family != 0 && family != 2) keyboard = false; /* neither piano nor organ */
        bool *seen = &parts[note->part & 255];
        if (!*seen) *seen = true, part_count++;
    }
    if (drums) return pitched ? NEUME_CORPUS_BAND : NEUME_CORPUS_DRUMS;
    return keyboard && (played || part_count <= 2) ? NEUME_CORPUS_PIANO : NEUME_CORPUS_CHAMBER;
}

/* The electronic kit of the Groove recordings sends three keys that General MIDI knows otherwise or not at all. */
static int16_t standard_drum_key(int16_t key) {
    switch (key) {
    case 22:
        return 42; /* closed hi-hat, edge */
    case 26:
        return 46; /* open hi-hat, edge */
    case 58:
        return 43; /* floor tom, rim */
    default:
        return key;
    }
}

static uint64_t hash_notes(const neume__corpus_note *notes, size_t count) {
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < count; i++) {
        uint64_t onset_ms = (uint64_t)(notes[i].onset_s * 1000);
        hash = (hash ^ onset_ms) * 0x100000001b3u;
        hash = (hash ^ notes[i].pitch ^ ((uint64_t)notes[i].program << 8)) * 0x100000001b3u;
    }
    return hash ^ count;
}

/* Packs what was read; fails when it is no piece at all. */
static neume_status pack_notes(const neume_notes *notes, entry *to) {
    if (notes->count < PIECE_NOTES_LEAST || notes->count > UINT32_MAX)
        return neume_fail(NEUME_EFORMAT, "%zu notes are no piece", notes->count);
    to->class_ = neume__corpus_classify(notes, to->played);
    to->notes = neume__alloc(notes->count * sizeof *to->notes);
    if (!to->notes) return NEUME_ENOMEM;
    for (size_t i = 0; i < notes->count; i++) {
        const neume_note *note = &notes->items[i];
        if (!(note->onset_s >= 0 && note->offset_s <= PIECE_LONGEST_S))
            return neume_fail(NEUME_EFORMAT, "a note lies at %g s", note->onset_s);
        if (note->pitch < 0 || note->pitch > 127 || note->program < 0 || note->program > NEUME_PROGRAM_DRUMS)
            return neume_fail(NEUME_EFORMAT, "pitch %d of program %d", note->pitch, note->program);
        int16_t pitch = to->class_ == NEUME_CORPUS_DRUMS ? standard_drum_key(note->pitch) : note->pitch;
        int velocity = note->velocity < 1 ? 1 : note->velocity > 127 ? 127 : note->velocity;
        int part = note->part < 0 ? 0 : note->part > 255 ? 255 : note->part;
        to->notes[i] = (neume__corpus_note){.onset_s = (float)note->onset_s,
                                            .duration_s = fmaxf((float)(note->offset_s - note->onset_s), NOTE_LEAST_S),
                                            .pitch = (uint8_t)pitch,
                                            .velocity = (uint8_t)velocity,
                                            .program = (uint8_t)note->program,
                                            .part = (uint8_t)part};
    }
    to->count = notes->count;
    to->content = hash_notes(to->notes, to->count);
    return NEUME_OK;
}

static neume_status read_piece(void *context, int64_t index) {
    entry *piece = (entry *)context + index;
    if (neume_cancelled()) return neume_fail(NEUME_ECANCELLED, "cancelled");
    neume_notes notes = {0};
    neume_status status = neume_notes_read_file(piece->path, &notes);
    if (status == NEUME_OK) status = pack_notes(&notes, piece);
    neume_notes_clear(&notes);
    if (status == NEUME_OK || status == NEUME_ENOMEM || status == NEUME_ECANCELLED) return status;
    piece->bad = true;
    snprintf(piece->message, sizeof piece->message, "%s", neume_error_message());
    return NEUME_OK;
}

/* --- all pieces --------------------------------------------------------------------------------------------------- */

static neume_status read_pieces(entries *list, const neume_progress *progress) {
    for (size_t done = 0; done < list->count;) {
        size_t batch = list->count - done < FILES_A_BATCH ? list->count - done : FILES_A_BATCH;
        NEUME_TRY(neume_parallel_for((int64_t)batch, read_piece, list->items + done));
        for (size_t i = done; i < done + batch; i++)
            if (list->items[i].bad)
                neume_log(NEUME_LOG_WARNING, "%s: left out: %s", list->items[i].path, list->items[i].message);
        done += batch;
        neume__progress(progress, (double)done, (double)list->count);
    }
    return NEUME_OK;
}

typedef struct content_place {
    uint64_t content;
    size_t place;
} content_place;

static int compare_contents(const void *a, const void *b) {
    const content_place *one = a, *two = b;
    if (one->content != two->content) return one->content < two->content ? -1 : 1;
    return (one->place > two->place) - (one->place < two->place);
}

/* Marks later copies of a piece as bad. */
static neume_status drop_doubles(entries *list, size_t *dropped) {
    content_place *places = neume__alloc(list->count * sizeof *places);
    if (!places) return NEUME_ENOMEM;
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++)
        if (!list->items[i].bad) places[count++] = (content_place){list->items[i].content, i};
    qsort(places, count, sizeof *places, compare_contents);
    *dropped = 0;
    for (size_t i = 1; i < count; i++) {
        if (places[i].content != places[i - 1].content) continue;
        list->items[places[i].place].bad = true;
        ++*dropped;
    }
    neume__free(places);
    return NEUME_OK;
}

static neume__corpus_piece piece_of(const entry *from, size_t first) {
    neume__corpus_piece piece = {.key = neume__corpus_key(from->path),
                                 .first = first,
                                 .count = (uint32_t)from->count,
                                 .class_ = (uint8_t)from->class_,
                                 .played = from->played};
    for (size_t i = 0; i < from->count; i++)
        piece.end_s = fmaxf(piece.end_s, from->notes[i].onset_s + from->notes[i].duration_s);
    return piece;
}

static neume_status write_entries(entries *list, const char *out_path) {
    size_t count = 0, note_count = 0, at = 0;
    for (size_t i = 0; i < list->count; i++)
        if (!list->items[i].bad) count++, note_count += list->items[i].count;
    if (count == 0) return neume_fail(NEUME_EFORMAT, "no piece of music in the folders");
    neume_status status = NEUME_ENOMEM;
    neume__corpus_piece *pieces = neume__alloc(count * sizeof *pieces);
    neume__corpus_note *notes = neume__alloc(note_count * sizeof *notes);
    if (!pieces || !notes) goto fail;
    count = 0;
    for (size_t i = 0; i < list->count; i++) {
        entry *from = &list->items[i];
        if (from->bad) continue;
        pieces[count++] = piece_of(from, at);
        memcpy(notes + at, from->notes, from->count * sizeof *notes);
        at += from->count;
        neume__free(from->notes); /* all notes twice would be much memory */
        from->notes = NULL;
    }
    status = neume__corpus_write(out_path, pieces, count, notes, note_count);
fail:
    neume__free(notes);
    neume__free(pieces);
    return status;
}

static void log_summary(const entries *list, size_t doubles) {
    size_t bad = 0, classes[NEUME_CORPUS_CLASSES] = {0}, notes = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].bad) {
            bad++;
            continue;
        }
        classes[list->items[i].class_]++;
        notes += list->items[i].count;
    }
    neume_log(NEUME_LOG_INFO,
              "corpus: %zu files: %zu piano, %zu chamber, %zu band, %zu drums, %zu notes; %zu unreadable, %zu doubles "
              "left out",
              list->count, classes[NEUME_CORPUS_PIANO], classes[NEUME_CORPUS_CHAMBER], classes[NEUME_CORPUS_BAND],
              classes[NEUME_CORPUS_DRUMS], notes, bad - doubles, doubles);
}

neume_status neume_corpus_build(const neume_corpus_folder *folders, size_t count, const neume_progress *progress,
                                const char *out_path) {
    entries list = {0};
    size_t doubles = 0;
    neume_status status = NEUME_OK;
    for (size_t i = 0; i < count; i++) NEUME_GO(walk(&list, folders[i].path, folders[i].played, 0));
    if (list.count) qsort(list.items, list.count, sizeof *list.items, compare_paths);
    NEUME_GO(read_pieces(&list, progress));
    NEUME_GO(drop_doubles(&list, &doubles));
    log_summary(&list, doubles);
    status = write_entries(&list, out_path);
fail:
    entries_clear(&list);
    return status;
}
