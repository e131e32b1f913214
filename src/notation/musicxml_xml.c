#include "musicxml_xml.h"

#include <expat.h>
#include <string.h>

enum { DEPTH_LIMIT = 64, NAME_BYTES = 32, TEXT_BYTES = 16384, CHUNK_BYTES = 1 << 20 };

struct neume__xml {
    XML_Parser parser;
    neume__xml_handler handler;
    char path[DEPTH_LIMIT][NAME_BYTES]; /* names of the open elements; longer ones are cut, which we know none of */
    int depth;
    char text[TEXT_BYTES + 1];
    size_t text_size;
    neume_status status; /* a handler's failure */
};

static void stop(neume__xml *xml, neume_status status) {
    if (xml->status != NEUME_OK) return;
    xml->status = status;
    XML_StopParser(xml->parser, XML_FALSE);
}

static const char *parent_of(const neume__xml *xml, int depth) {
    return depth > 0 ? xml->path[depth - 1] : "";
}

static void XMLCALL on_start(void *user, const XML_Char *name, const XML_Char **attributes) {
    neume__xml *xml = user;
    if (xml->status != NEUME_OK) return;
    xml->text_size = 0;
    if (xml->depth == DEPTH_LIMIT) {
        stop(xml, neume_fail(NEUME_ELIMIT, "XML elements nest deeper than %d", DEPTH_LIMIT));
        return;
    }
    size_t size = strnlen(name, NAME_BYTES - 1);
    memcpy(xml->path[xml->depth], name, size);
    xml->path[xml->depth][size] = 0;
    int depth = xml->depth++;
    neume_status status =
        xml->handler.start(xml->handler.context, xml->path[depth], parent_of(xml, depth), (const char **)attributes);
    if (status != NEUME_OK) stop(xml, status);
}

static char *trimmed(neume__xml *xml) {
    static const char spaces[] = " \t\r\n";
    while (xml->text_size && strchr(spaces, xml->text[xml->text_size - 1])) xml->text_size--;
    xml->text[xml->text_size] = 0;
    return xml->text + strspn(xml->text, spaces);
}

static void XMLCALL on_end(void *user, const XML_Char *name) {
    neume__xml *xml = user;
    (void)name;
    if (xml->status != NEUME_OK) return;
    int depth = --xml->depth;
    neume_status status =
        xml->handler.end ? xml->handler.end(xml->handler.context, xml->path[depth], parent_of(xml, depth), trimmed(xml))
                         : NEUME_OK;
    xml->text_size = 0;
    if (status != NEUME_OK) stop(xml, status);
}

static void XMLCALL on_text(void *user, const XML_Char *text, int count) {
    neume__xml *xml = user;
    size_t room = TEXT_BYTES - xml->text_size, size = (size_t)count < room ? (size_t)count : room;
    memcpy(xml->text + xml->text_size, text, size);
    xml->text_size += size;
}

// NOLINTNEXTLINE(readability-function-size): the parameters are expat's
static void XMLCALL on_entity(void *user, const XML_Char *name, int is_parameter, const XML_Char *value, int value_size,
                              const XML_Char *base, const XML_Char *system, const XML_Char *public,
                              const XML_Char *notation) {
    (void)name, (void)is_parameter, (void)value, (void)value_size, (void)base, (void)system, (void)public,
        (void)notation;
    stop(user, neume_fail(NEUME_EFORMAT, "the XML declares entities of its own"));
}

neume_status neume__xml_new(neume__xml_handler handler, neume__xml **out) {
    static const XML_Memory_Handling_Suite memory = {neume__alloc, neume__realloc, neume__free};
    neume__xml *xml = neume__calloc(1, sizeof *xml);
    if (!xml) return NEUME_ENOMEM;
    xml->handler = handler;
    xml->parser = XML_ParserCreate_MM(NULL, &memory, NULL);
    if (!xml->parser) {
        neume__free(xml);
        return NEUME_ENOMEM;
    }
    XML_SetUserData(xml->parser, xml);
    XML_SetElementHandler(xml->parser, on_start, on_end);
    XML_SetCharacterDataHandler(xml->parser, on_text);
    XML_SetEntityDeclHandler(xml->parser, on_entity);
    *out = xml;
    return NEUME_OK;
}

static neume_status feed_chunk(neume__xml *xml, const char *bytes, size_t count, bool last) {
    if (XML_Parse(xml->parser, bytes, (int)count, last) == XML_STATUS_OK) return NEUME_OK;
    if (xml->status != NEUME_OK) return xml->status;
    enum XML_Error error = XML_GetErrorCode(xml->parser);
    if (error == XML_ERROR_NO_MEMORY) return NEUME_ENOMEM;
    return neume_fail(NEUME_EFORMAT, "XML line %lu: %s", (unsigned long)XML_GetCurrentLineNumber(xml->parser),
                      XML_ErrorString(error));
}

neume_status neume__xml_feed(neume__xml *xml, const char *bytes, size_t count, bool last) {
    while (count > CHUNK_BYTES) {
        NEUME_TRY(feed_chunk(xml, bytes, CHUNK_BYTES, false));
        bytes += CHUNK_BYTES;
        count -= CHUNK_BYTES;
    }
    return feed_chunk(xml, bytes, count, last);
}

void neume__xml_free(neume__xml *xml) {
    if (!xml) return;
    XML_ParserFree(xml->parser);
    neume__free(xml);
}

const char *neume__xml_attribute(const char **attributes, const char *name) {
    for (; *attributes; attributes += 2)
        if (!strcmp(attributes[0], name)) return attributes[1];
    return NULL;
}

bool neume__xml_number(const char *text, double *out) {
    double value = 0, place = 1;
    bool negative = text && *text == '-', any = false;
    if (!text) return false;
    if (*text == '-' || *text == '+') text++;
    for (; *text >= '0' && *text <= '9'; text++, any = true) {
        value = value * 10 + (*text - '0');
        if (value > 1e15) return false;
    }
    if (*text == '.')
        for (text++; *text >= '0' && *text <= '9'; text++, any = true) value += (*text - '0') * (place /= 10);
    if (!any || *text) return false;
    *out = negative ? -value : value;
    return true;
}
