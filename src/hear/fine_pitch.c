/* How far a sounding note is from its nominal pitch.
 *
 * A partial shows as a hill in the log-frequency spectrum, whose bins are a third of a semitone apart. Through the
 * highest of the bins around the nominal place and its two neighbours goes a parabola (the values are near to
 * logarithms, and a window's main lobe is near to one); its top is where the partial lies. The first four partials are
 * averaged, each by how far its hill stands out; on a logarithmic axis all partials move as far as the note. */
#include "architecture.h"
#include "decode.h"

#include <math.h>

enum { PARTIALS = 4, LONG = 0 };
static const double BIN_CENTS = 100.0 / 3, CENTS_MOST = 60;

/* The hill near bin `centre` of one frame, in bins from it; *height is how far it stands out, 0 if there is none. */
static double find_hill(const float *frame, int64_t centre, double *height) {
    enum { SIDE = 2 };
    double v[2 * SIDE + 1];
    int top = SIDE;
    *height = 0;
    if (centre < SIDE || centre + SIDE >= NEUME_FEATURES_BINS) return 0;
    for (int i = -SIDE; i <= SIDE; i++) v[i + SIDE] = (double)frame[(centre + i) * NEUME_FEATURES_CHANNELS + LONG];
    for (int i = SIDE - 1; i <= SIDE + 1; i++)
        if (v[i] > v[top]) top = i;
    double curve = v[top - 1] - 2 * v[top] + v[top + 1], slope = v[top + 1] - v[top - 1];
    if (v[top] < v[top - 1] || v[top] < v[top + 1] || curve >= 0) return 0;
    *height = fmax(fmin(v[top] - v[0], v[top] - v[2 * SIDE]), 0);
    return top - SIDE - slope / (2 * curve);
}

float hear_fine_pitch(const float *frame, int pitch) {
    static const int64_t shift[PARTIALS] = {0, 36, 57, 72};
    static const double exact[PARTIALS] = {0, 36, 57.0587, 72}; /* 36 log2 h */
    double sum = 0, weights = 0;
    for (int h = 0; h < PARTIALS; h++) {
        double height, bins = find_hill(frame, 3 * pitch + 1 + shift[h], &height);
        double cents = (bins + (double)shift[h] - exact[h]) * BIN_CENTS;
        if (fabs(cents) > CENTS_MOST) continue;
        sum += height * cents;
        weights += height;
    }
    return weights > 0 ? (float)(sum / weights) : 0;
}
