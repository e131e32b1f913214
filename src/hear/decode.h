/* From the network's curves to notes, frame by frame, however the frames come. Private to the room. */
#ifndef NEUME_HEAR_DECODE_H
#define NEUME_HEAR_DECODE_H

#include "neume/hear_net.h"

typedef struct hear_decoder hear_decoder;
neume_status hear_decoder_new(const neume_hear_config *config, double sensitivity, hear_decoder **out);
void hear_decoder_free(hear_decoder *decoder);
/* Takes the next T frames: notes (T, 88, 18) and drums (2T, 20), logits; appends the notes that are certain, in order.
 */
neume_status hear_decoder_push(hear_decoder *decoder, const float *notes, const float *drums, int64_t frames,
                               neume_notes *out);
/* The recording ended at end_s: closes what sounds and appends it. */
neume_status hear_decoder_finish(hear_decoder *decoder, double end_s, neume_notes *out);

#endif
