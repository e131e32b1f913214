/* Compressed MusicXML: a zip archive with the score and the list that names it. */
#include <string.h>
#include <zip.h>

#include "neume/notation.h"

static const char CONTAINER[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<container><rootfiles><rootfile full-path=\"score.musicxml\" "
    "media-type=\"application/vnd.recordare.musicxml+xml\"/></rootfiles></container>\n";

static neume_status zip_failure(const char *what) {
    return neume_fail(NEUME_ENOMEM, "the zip archive could not be %s", what);
}

static neume_status add_member(zip_t *archive, const char *name, const void *bytes, size_t count) {
    enum { DAY_ONE = 315576000 }; /* 1980, the first time zip knows: the same music is the same file */
    zip_source_t *source = zip_source_buffer(archive, bytes, count, 0);
    if (!source) return zip_failure("filled");
    zip_int64_t index = zip_file_add(archive, name, source, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
        zip_source_free(source);
        return zip_failure("filled");
    }
    zip_file_set_mtime(archive, (zip_uint64_t)index, DAY_ONE, 0);
    return NEUME_OK;
}

static neume_status copy_source(zip_source_t *source, neume_buffer *out) {
    char chunk[4096];
    if (zip_source_open(source) < 0) return zip_failure("read");
    neume_status status = NEUME_OK;
    for (zip_int64_t got; !status && (got = zip_source_read(source, chunk, sizeof chunk)) > 0;)
        status = neume_buffer_append(out, chunk, (size_t)got);
    zip_source_close(source);
    return status;
}

static neume_status zip_score(const neume_buffer *text, neume_buffer *out) {
    zip_source_t *source = zip_source_buffer_create(NULL, 0, 0, NULL);
    zip_t *archive = source ? zip_open_from_source(source, ZIP_CREATE | ZIP_TRUNCATE, NULL) : NULL;
    if (!archive) {
        zip_source_free(source);
        return zip_failure("made");
    }
    zip_source_keep(source); /* it outlives the archive, whose bytes it holds */
    neume_status status = add_member(archive, "META-INF/container.xml", CONTAINER, sizeof CONTAINER - 1);
    if (!status) status = add_member(archive, "score.musicxml", text->data, text->size);
    if (status)
        zip_discard(archive);
    else if (zip_close(archive) < 0) {
        zip_discard(archive);
        status = zip_failure("written");
    }
    if (!status) status = copy_source(source, out);
    zip_source_free(source);
    return status;
}

neume_status neume_mxl_write(const neume_score *score, neume_buffer *out) {
    neume_buffer text = {0};
    neume_status status = neume_musicxml_write(score, &text);
    if (!status) status = zip_score(&text, out);
    neume_buffer_clear(&text);
    return status;
}
