/** @file
 * JSON of any shape: a tree of values is read, a string is quoted. The door to the library for JSON, which only this
 * room names.
 */
#ifndef NEUME_BASE_JSON_H
#define NEUME_BASE_JSON_H

#include "neume/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Appends @p text with its quotation marks; bytes that are no UTF-8 become U+FFFD. @p text NULL is "". */
NEUME_MUST neume_status neume_json_quote(neume_buffer *out, const char *text);

/** A value of the tree; all belong to the root and live as long as it. Functions that read take NULL for "not there".
 */
typedef struct neume_json neume_json;

/** Parses a whole text (RFC 8259): UTF-8, no key twice in an object.
 * @param[out] out  the root, an object or a list; free with neume_json_free(); untouched on failure
 * @retval NEUME_EFORMAT with the line where it stops  @retval NEUME_ELIMIT nested too deep */
NEUME_MUST neume_status neume_json_parse(const char *text, size_t count, neume_json **out);
void neume_json_free(neume_json *root);

/** A member of an object; NULL: there is none, or it is no object. */
const neume_json *neume_json_get(const neume_json *object, const char *key);
/** How many values a list has; 0: it is none. */
size_t neume_json_count(const neume_json *list);
/** @return NULL when @p list has no such value */
const neume_json *neume_json_at(const neume_json *list, size_t index);
bool neume_json_is_list(const neume_json *value);
bool neume_json_is_object(const neume_json *value);
bool neume_json_is_number(const neume_json *value);
/** A number, or what is given instead. */
double neume_json_number(const neume_json *value, double otherwise);
/** A string in UTF-8, borrowed; NULL: it is none. */
const char *neume_json_text(const neume_json *value);

#ifdef __cplusplus
}
#endif
#endif
