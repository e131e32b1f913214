/* XML from strangers, read by expat one element at a time.
 *
 * No external entity is ever fetched and a document that declares entities of its own is refused, so nothing expands;
 * depth is limited, and of an element's text only the first bytes are kept. */
#ifndef NEUME_NOTATION_MUSICXML_XML_H
#define NEUME_NOTATION_MUSICXML_XML_H

#include "neume/base.h"

typedef struct neume__xml_handler {
    void *context;
    /* `parent` is "" for the root; `attributes` are name, value, ..., NULL. */
    neume_status (*start)(void *context, const char *name, const char *parent, const char **attributes);
    /* `text` is what stood directly before the end tag, without spaces around it; may be NULL. */
    neume_status (*end)(void *context, const char *name, const char *parent, const char *text);
} neume__xml_handler;

typedef struct neume__xml neume__xml;

NEUME_MUST neume_status neume__xml_new(neume__xml_handler handler, neume__xml **out);
/* Reads the next bytes; `last` when no more will come. A handler's failure ends the reading and is returned. */
NEUME_MUST neume_status neume__xml_feed(neume__xml *xml, const char *bytes, size_t count, bool last);
void neume__xml_free(neume__xml *xml);
/* A whole MusicXML file, plain or zipped. */
NEUME_MUST neume_status neume__musicxml_feed(const void *bytes, size_t count, neume__xml *xml);

/* The attribute's value, NULL if it is not there; borrowed. */
const char *neume__xml_attribute(const char **attributes, const char *name);
/* A decimal number with optional sign and nothing after it; false if the text is none. Knows no locale. */
bool neume__xml_number(const char *text, double *out);

#endif
