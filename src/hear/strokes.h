/* The instants at which drums are struck, and what the drum branch says there. Private to the room. */
#ifndef NEUME_HEAR_STROKES_H
#define NEUME_HEAR_STROKES_H

#include "neume/hear_net.h"

/* Between frames of 10 ms, as they come, and strokes, which are found with 120 ms of foresight. */
typedef struct hear_strokes hear_strokes;
/* channels: D, the drum branch's. */
neume_status hear_strokes_new(int64_t channels, hear_strokes **out);
void hear_strokes_free(hear_strokes *strokes);
/* The next frames: logits (frames, 122), the branch's last layer (frames, D), its spectrum (frames, 64). */
neume_status hear_strokes_push(hear_strokes *strokes, const float *drums, const float *hidden, const float *mel,
                               int64_t frames);
/* The recording has ended: finds what lies in the last frames. */
neume_status hear_strokes_end(hear_strokes *strokes);
/* All strokes that are kept, (count, stride) in order of time, as neume_kit_view has them; borrowed until the next
 * push. */
const float *hear_strokes_rows(const hear_strokes *strokes, int64_t *stride, int64_t *count);
/* Lets go of the first ones. */
void hear_strokes_drop(hear_strokes *strokes, int64_t count);
/* Strokes before this instant are all found. */
double hear_strokes_known_s(const hear_strokes *strokes);

#endif
