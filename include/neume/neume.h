/** @file
 * All of neume's public doors at once.
 *
 * Threads: different objects may be used from different threads at the same time. One object belongs to one thread at a
 * time, except that a neume_hear_model is constant after loading and may serve any number of transcribers. A
 * transcriber uses the library's one thread pool itself, so hearing several recordings at once gains little. The error
 * message is kept per thread. neume_cancel() may be called from anywhere, a signal handler included.
 */
#ifndef NEUME_NEUME_H
#define NEUME_NEUME_H

#include "neume/audio.h"
#include "neume/base.h"
#include "neume/hear.h"
#include "neume/music.h"
#include "neume/notation.h"
#include "neume/service.h"

#endif
