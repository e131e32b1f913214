/* A pulse network at work. Private to the room. */
#ifndef NEUME_SCORE_PULSE_MODEL_H
#define NEUME_SCORE_PULSE_MODEL_H

#include "activation.h"

typedef struct neume__pulse_model neume__pulse_model;
bool neume__pulse_model_is(const char *path); /* whether the file says so */
/* @retval NEUME_EFORMAT not a pulse network, damaged */
NEUME_MUST neume_status neume__pulse_model_load(const char *path, neume__pulse_model **out);
void neume__pulse_model_free(neume__pulse_model *model);

/* What is said of the events within from_s <= time < to_s; notes outside are heard along.
 * @param[out] times_s  (out->frames) when each event is; free with neume__free()
 * @param[out] out      a frame an event: logits of beat and downbeat, log probabilities that need not sum to 1 */
NEUME_MUST neume_status neume__pulse_hear(neume__pulse_model *model, const neume_notes *notes, double from_s,
                                          double to_s, double **times_s, neume__activation *out);

#endif
