/* Private to the room. */
#ifndef NEUME_SERVICE_FORMATS_H
#define NEUME_SERVICE_FORMATS_H

#include "neume/service.h"

/* Is it drawn: svg, png, pdf? */
bool neume__is_picture(const char *format);

#endif
