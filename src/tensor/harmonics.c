/* Harmonics side by side: the partials of a tone lie at fixed distances in log frequency, so a pitch can look at all of
 * its own in one product. Gathering costs memory traffic only; the weights sit in the linear layer behind it. */
#include "neume/tensor.h"

#include <string.h>

static size_t item_bytes(const neume_tensor *tensor) {
    return tensor->dtype == NEUME_F32 ? sizeof(float) : sizeof(uint16_t);
}

/* First bin that harmonic h of pitch p looks at. */
static int64_t first_bin(const neume_harmonics *h, int64_t pitch, int harmonic) {
    return h->step * pitch + h->first + h->shift[harmonic] - h->side;
}

static void gather_frame(const neume_harmonics *h, const char *x, int64_t bins, size_t bin_bytes, char *y) {
    size_t window = (size_t)(2 * h->side + 1);
    for (int64_t p = 0; p < h->pitches; p++)
        for (int i = 0; i < h->count; i++, y += window * bin_bytes) {
            int64_t from = first_bin(h, p, i);
            if (from >= 0 && from + (int64_t)window <= bins) {
                memcpy(y, x + (size_t)from * bin_bytes, window * bin_bytes);
                continue;
            }
            for (int64_t s = 0; s < (int64_t)window; s++) {
                bool inside = from + s >= 0 && from + s < bins;
                if (inside)
                    memcpy(y + (size_t)s * bin_bytes, x + (size_t)(from + s) * bin_bytes, bin_bytes);
                else
                    memset(y + (size_t)s * bin_bytes, 0, bin_bytes);
            }
        }
}

neume_status neume_harmonics_gather(neume_compute *c, const neume_harmonics *h, const neume_tensor *x,
                                    neume_tensor *y) {
    (void)c; /* copying is the same on both backends */
    int64_t C = x->dim[3], F = x->dim[2], rows = x->dim[0] * x->dim[1], width = h->count * (2 * h->side + 1) * C;
    NEUME_TRY(neume_tensor_shape(y, x->dtype, NEUME_DIMS(x->dim[0], x->dim[1], h->pitches, width)));
    size_t item = item_bytes(x), x_frame = (size_t)(F * C) * item, y_frame = (size_t)(h->pitches * width) * item;
#pragma omp parallel for
    for (int64_t r = 0; r < rows; r++)
        gather_frame(h, (const char *)x->data + (size_t)r * x_frame, F, (size_t)C * item,
                     (char *)y->data + (size_t)r * y_frame);
    return NEUME_OK;
}

NEUME_VECTOR static void add(float *to, const float *from, int64_t n) {
    for (int64_t i = 0; i < n; i++) to[i] += from[i];
}

/* d_y of one frame is read through a pitch's worth of floats; sums are kept in 32 bits. */
static void scatter_frame(const neume_harmonics *h, const neume_tensor *d_y, int64_t at, float *pitch, float *sums,
                          int64_t bins) {
    int64_t window = 2 * h->side + 1, width = d_y->dim[3], C = width / (h->count * window);
    for (int64_t p = 0; p < h->pitches; p++) {
        neume_tensor_load(d_y, at + p * width, width, pitch);
        for (int i = 0; i < h->count; i++) {
            int64_t from = first_bin(h, p, i), low = from < 0 ? -from : 0,
                    high = from + window > bins ? bins - from : window;
            if (low < high) add(sums + (from + low) * C, pitch + (i * window + low) * C, (high - low) * C);
        }
    }
}

neume_status neume_harmonics_scatter(neume_compute *c, const neume_harmonics *h, const neume_tensor *d_y,
                                     neume_tensor *d_x) {
    (void)c;
    int64_t C = d_x->dim[3], F = d_x->dim[2], rows = d_x->dim[0] * d_x->dim[1], width = d_y->dim[3];
    int failed = 0;
#pragma omp parallel
    {
        float *scratch = neume__alloc((size_t)(F * C + width) * sizeof *scratch);
        if (!scratch) {
#pragma omp atomic write
            failed = 1;
        }
#pragma omp for
        for (int64_t r = 0; r < rows; r++) {
            if (!scratch) continue;
            memset(scratch, 0, (size_t)(F * C) * sizeof *scratch);
            scatter_frame(h, d_y, r * h->pitches * width, scratch + F * C, scratch, F);
            neume_tensor_store(d_x, r * F * C, F * C, scratch);
        }
        neume__free(scratch);
    }
    return failed ? neume_fail(NEUME_ENOMEM, "out of memory in a harmonic convolution") : NEUME_OK;
}
