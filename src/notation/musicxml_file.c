/* A file of MusicXML to expat: a plain score goes straight there; a compressed one (.mxl) is a zip archive whose
 * META-INF/container.xml names the score's file, which is unpacked piece by piece and never held whole. */
#include <string.h>
#include <zip.h>

#include "musicxml_xml.h"
#include "neume/notation.h"

enum { CHUNK_BYTES = 1 << 16, CONTAINER_LIMIT_BYTES = 1 << 16, PATH_BYTES = 1024 };

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
