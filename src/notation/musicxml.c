/* MusicXML to notes: the door. A plain score goes straight to expat; a compressed one (.mxl) is a zip archive whose
 * META-INF/container.xml names the score's file, which is unpacked through expat piece by piece and never held whole.
 *
 * A score is a list of parts, each read from its beginning with a cursor that notes push forward and <backup> pushes
 * back. What belongs to all parts (tempo) is gathered in quarters and applied when all is read: see written.h. */
#include <string.h>
#include <zip.h>

#include "musicxml_score.h"
#include "neume/notation.h"

enum { CHUNK_BYTES = 1 << 16, CONTAINER_LIMIT_BYTES = 1 << 16, PATH_BYTES = 1024 };

/* --- bytes to a score --------------------------------------------------------------------------------------------- */

typedef struct reading {
    neume__musicxml score;
    neume__xml *xml;
} reading;

static void reading_free(reading *r) {
    if (!r) return;
    neume__xml_free(r->xml);
    neume_arena_free(r->score.names);
    neume__written_clear(&r->score.written);
    neume__free(r->score.parts);
    neume__free(r->score.instruments);
    neume__free(r->score.marks);
    neume__free(r);
}

static neume_status reading_new(reading **out) {
    neume_status status;
    reading *r = neume__calloc(1, sizeof *r);
    if (!r) return NEUME_ENOMEM;
    r->score.part = r->score.instrument = -1;
    r->score.divisions = 1;
    NEUME_GO(neume_arena_new(&r->score.names));
    NEUME_GO(neume__xml_new((neume__xml_handler){&r->score, neume__musicxml_start, neume__musicxml_end}, &r->xml));
    *out = r;
    return NEUME_OK;
fail:
    reading_free(r);
    return status;
}

/* --- the archive -------------------------------------------------------------------------------------------------- */

typedef struct container {
    char path[PATH_BYTES]; /* of the first root file, "" until it was met */
} container;

static neume_status start_container_element(void *context, const char *name, const char *parent,
                                            const char **attributes) {
    container *c = context;
    const char *path = neume__xml_attribute(attributes, "full-path");
    if (strcmp(name, "rootfile") != 0 || strcmp(parent, "rootfiles") != 0 || !path || c->path[0]) return NEUME_OK;
    size_t size = strlen(path);
    if (size >= sizeof c->path) return neume_fail(NEUME_EFORMAT, "the archive's score has too long a name");
    memcpy(c->path, path, size + 1);
    return NEUME_OK;
}

static neume_status open_member(zip_t *archive, const char *path, zip_file_t **out) {
    zip_file_t *file = zip_fopen(archive, path, 0);
    if (!file) return neume_fail(NEUME_EFORMAT, "the archive holds no readable '%s'", path);
    *out = file;
    return NEUME_OK;
}

/* Feeds a member of the archive to expat; what the archive says of its size is not believed. */
static neume_status feed_member(zip_t *archive, const char *path, size_t limit_bytes, neume__xml *xml) {
    neume_status status;
    zip_file_t *file = NULL;
    size_t total = 0;
    char *chunk = neume__alloc(CHUNK_BYTES);
    if (!chunk) return NEUME_ENOMEM;
    NEUME_GO(open_member(archive, path, &file));
    for (zip_int64_t got = 1; got > 0;) {
        got = zip_fread(file, chunk, CHUNK_BYTES);
        if (got < 0) NEUME_GO(neume_fail(NEUME_EFORMAT, "'%s' in the archive is damaged", path));
        total += (size_t)got;
        if (total > limit_bytes) NEUME_GO(neume_fail(NEUME_ELIMIT, "'%s' in the archive is too large", path));
        NEUME_GO(neume__xml_feed(xml, chunk, (size_t)got, got == 0));
    }
fail:
    if (file) zip_fclose(file);
    neume__free(chunk);
    return status;
}

static neume_status find_root_file(zip_t *archive, container *out) {
    neume__xml *xml;
    NEUME_TRY(neume__xml_new((neume__xml_handler){out, start_container_element, NULL}, &xml));
    neume_status status = feed_member(archive, "META-INF/container.xml", CONTAINER_LIMIT_BYTES, xml);
    neume__xml_free(xml);
    NEUME_TRY(status);
    return out->path[0] ? NEUME_OK : neume_fail(NEUME_EFORMAT, "the archive names no score");
}

static neume_status open_archive(const void *bytes, size_t count, zip_t **out) {
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *source = zip_source_buffer_create(bytes, count, 0, &error);
    zip_t *archive = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : NULL;
    neume_status status = NEUME_OK;
    if (!archive) {
        bool memory = zip_error_code_zip(&error) == ZIP_ER_MEMORY;
        status = neume_fail(memory ? NEUME_ENOMEM : NEUME_EFORMAT, "zip archive: %s", zip_error_strerror(&error));
        zip_source_free(source);
    }
    zip_error_fini(&error);
    if (archive) *out = archive;
    return status;
}

static neume_status feed_archive(const void *bytes, size_t count, neume__xml *xml) {
    zip_t *archive = NULL;
    container found = {0};
    NEUME_TRY(open_archive(bytes, count, &archive));
    neume_status status = find_root_file(archive, &found);
    if (status == NEUME_OK) status = feed_member(archive, found.path, NEUME_NOTATION_LIMIT_BYTES, xml);
    zip_discard(archive);
    return status;
}

neume_status neume__musicxml_feed(const void *bytes, size_t count, neume__xml *xml) {
    static const char zip_magic[4] = {'P', 'K', 3, 4};
    if (!bytes && count) return neume_fail(NEUME_EINVAL, "no bytes");
    if (count > NEUME_NOTATION_LIMIT_BYTES) return neume_fail(NEUME_ELIMIT, "a score of more than 256 MB");
    bool zipped = count >= sizeof zip_magic && !memcmp(bytes, zip_magic, sizeof zip_magic);
    return zipped ? feed_archive(bytes, count, xml) : neume__xml_feed(xml, bytes, count, true);
}

/* --- the door ----------------------------------------------------------------------------------------------------- */

neume_status neume_musicxml_read_notes(const void *bytes, size_t count, neume_notes *out) {
    neume_status status;
    reading *r = NULL;
    NEUME_GO(reading_new(&r));
    NEUME_GO(neume__musicxml_feed(bytes, count, r->xml));
    NEUME_GO(neume__written_finish(&r->score.written, out));
fail:
    reading_free(r);
    return status;
}
