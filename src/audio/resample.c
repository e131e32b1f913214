#include "resample.h"

#include <soxr.h>

struct neume__resampler {
    soxr_t soxr;
};

neume_status neume__resampler_new(double from_hz, double to_hz, neume__resampler **out) {
    neume__resampler *resampler = neume__calloc(1, sizeof *resampler);
    if (!resampler) return NEUME_ENOMEM;
    soxr_error_t error = NULL;
    soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
    soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, 0);
    soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
    resampler->soxr = soxr_create(from_hz, to_hz, 1, &error, &io, &quality, &runtime);
    if (!resampler->soxr) {
        neume__free(resampler);
        return neume_fail(NEUME_ENOMEM, "resampler from %g to %g Hz: %s", from_hz, to_hz, error);
    }
    *out = resampler;
    return NEUME_OK;
}

void neume__resampler_free(neume__resampler *resampler) {
    if (!resampler) return;
    soxr_delete(resampler->soxr);
    neume__free(resampler);
}

size_t neume__resampler_run(neume__resampler *resampler, const float *in, size_t *in_count, float *out,
                            size_t capacity) {
    size_t used = 0, given = 0;
    soxr_process(resampler->soxr, in, in ? *in_count : 0, &used, out, capacity, &given);
    *in_count = used;
    return given;
}
