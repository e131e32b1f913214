#include "neume_test.h"

#include "neume/features.h"

#include <string.h>

enum { RATE = NEUME_FEATURES_RATE_HZ, BINS = NEUME_FEATURES_BINS, MELS = NEUME_FEATURES_MELS, FRAME = 2 * BINS };

static neume_features *made(void) {
    neume_features *features = NULL;
    assert_ok(neume_features_new(&features));
    return features;
}

static void fill_sine(float *pcm, int count, double hz) {
    for (int i = 0; i < count; i++) pcm[i] = (float)sin(2 * M_PI * hz * i / RATE);
}

static int loudest(const float *frame, int channel) {
    int best = 0;
    for (int k = 0; k < BINS; k++)
        if (frame[2 * k + channel] > frame[2 * best + channel]) best = k;
    return best;
}

static void test_each_piano_key_peaks_in_its_own_bin_at_its_amplitude(void **state) {
    (void)state;
    neume_features *features = made();
    static float pcm[RATE], frame[FRAME];
    for (int p = 0; p < 88; p++) {
        fill_sine(pcm, RATE, 27.5 * exp2(p / 12.0));
        assert_ok(neume_features_run(features, pcm, RATE, 0, 25, 1, 1, frame, NULL));
        double m = (exp((double)frame[2 * (3 * p + 1)]) - 1) / 3000;
        if (loudest(frame, 0) != 3 * p + 1 || fabs(m - 1) > 0.02)
            fail_msg("key %d: loudest bin %d, not %d; amplitude %.3f", p, loudest(frame, 0), 3 * p + 1, m);
    }
    neume_features_free(features);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_piano_key_peaks_in_its_own_bin_at_its_amplitude),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
