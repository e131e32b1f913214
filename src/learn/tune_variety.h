/* How varied many tunes are among each other. Private to the room. */
#ifndef NEUME_LEARN_TUNE_VARIETY_H
#define NEUME_LEARN_TUNE_VARIETY_H

#include "neume/learn.h"
#include "tune_melody.h"

NEUME_MUST neume_status tune_variety(const tune_melodies *set, neume_variety *out);

#endif
