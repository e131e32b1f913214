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

static void fill_noise(float *pcm, int count) {
    neume_rng rng = neume_rng_seeded(7, 1);
    for (int i = 0; i < count; i++) pcm[i] = (float)neume_rng_uniform(&rng, -1, 1);
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
        assert_ok(neume_features_run(features, &(neume_features_span){pcm, RATE, 0, 25, 1, 1}, frame, NULL));
        double m = (exp((double)frame[2 * (3 * p + 1)]) - 1) / 3000;
        if (loudest(frame, 0) != 3 * p + 1 || fabs(m - 1) > 0.02)
            fail_msg("key %d: loudest bin %d, not %d; amplitude %.3f", p, loudest(frame, 0), 3 * p + 1, m);
    }
    neume_features_free(features);
}

/* The definition in features.h, computed from it by a slow Fourier sum. */
static double slow_magnitude(const float *pcm, int count, int centre, int window, int k) {
    double re = 0, im = 0, sum = 0;
    for (int i = 0; i < window; i++) {
        double w = 0.5 - 0.5 * cos(2 * M_PI * i / window);
        int at = centre - window / 2 + i;
        sum += w;
        if (at < 0 || at >= count) continue;
        re += w * (double)pcm[at] * cos(2 * M_PI * (double)k * i / window);
        im -= w * (double)pcm[at] * sin(2 * M_PI * (double)k * i / window);
    }
    return 2 * hypot(re, im) / sum;
}

static double slow_mel_point_hz(int i) {
    double low = 30 * 0.015, high = 15 + 27 * log(11.0) / log(6.4), mel = low + (high - low) * i / (MELS + 1);
    return mel < 15 ? mel / 0.015 : 1000 * pow(6.4, (mel - 15) / 27);
}

static void slow_mel(const float *pcm, int count, int centre, float out[MELS]) {
    double m[512];
    for (int k = 0; k < 512; k++) m[k] = slow_magnitude(pcm, count, centre, 1024, k);
    for (int band = 0; band < MELS; band++) {
        double low = slow_mel_point_hz(band), mid = slow_mel_point_hz(band + 1), high = slow_mel_point_hz(band + 2);
        double sum = 0;
        for (int k = 0; k < 512; k++) {
            double hz = k * (double)RATE / 1024;
            sum += m[k] * fmax(0, fmin((hz - low) / (mid - low), (high - hz) / (high - mid)));
        }
        out[band] = (float)log1p(1000 * sum);
    }
}

static void test_mel_bands_equal_the_slow_definition(void **state) {
    (void)state;
    enum { COUNT = 4000 };
    neume_features *features = made();
    static float pcm[COUNT], spectrum[9 * FRAME], mel[18 * MELS];
    fill_noise(pcm, COUNT);
    assert_ok(neume_features_run(features, &(neume_features_span){pcm, COUNT, 0, 0, 9, 1}, spectrum, mel));
    const int frames[] = {0, 1, 7, 16};
    for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
        float slow[MELS];
        slow_mel(pcm, COUNT, (int)floor(220.5 * frames[i] + 0.5), slow);
        assert_floats_close(mel + frames[i] * MELS, slow, MELS, 1e-5, 1e-4);
    }
    neume_features_free(features);
}

/* Band k of one window alone: a triangle in octaves, scaled to 1 for a sine of amplitude 1 at its centre. */
static double slow_band(const float *pcm, int count, int centre, int window, double least_bins, int band) {
    double f = 27.5 * exp2((band - 1) / 36.0), bin_hz = (double)RATE / window;
    double half = fmax(1.0 / 36, log2(1 + least_bins * bin_hz / f)), sum = 0, sine = 0;
    for (int k = 1; k < window / 2; k++) {
        double weight = 1 - fabs(log2(k * bin_hz / f)) / half, d = k - f / bin_hz;
        if (weight <= 0) continue;
        sum += weight * slow_magnitude(pcm, count, centre, window, k);
        sine += weight * (fabs(d) < 1e-9 ? 1 : fabs(sin(M_PI * d) / (M_PI * d * (1 - d * d))));
    }
    return sum / sine;
}

static double slow_long(const float *pcm, int count, int centre, int band) {
    const double edges_hz[] = {180, 400}, f = 27.5 * exp2((band - 1) / 36.0);
    double sum = 0, left = 1;
    for (int i = 0; i < 3; i++) {
        double rise = i == 2 ? 0 : fmin(1, fmax(0, 0.5 + log2(f / edges_hz[i]) / 0.5));
        if (left * (1 - rise) > 0) sum += left * (1 - rise) * slow_band(pcm, count, centre, 8192 >> i, 1, band);
        left *= rise;
    }
    return sum;
}

static void test_both_channels_equal_the_slow_definition(void **state) {
    (void)state;
    enum { COUNT = 9000 };
    neume_features *features = made();
    static float pcm[COUNT], frame[FRAME];
    fill_noise(pcm, COUNT);
    assert_ok(neume_features_run(features, &(neume_features_span){pcm, COUNT, 0, 10, 1, 1}, frame, NULL));
    const int bands[] = {0, 1, 40, 91, 98, 105, 130, 139, 145, 150, 200, 303}; /* with both cross-fades among them */
    for (size_t i = 0; i < sizeof bands / sizeof *bands; i++) {
        float slow[2] = {(float)log1p(3000 * slow_long(pcm, COUNT, 4410, bands[i])),
                         (float)log1p(3000 * slow_band(pcm, COUNT, 4410, 1024, 1.5, bands[i]))};
        assert_floats_close(frame + 2 * bands[i], slow, 2, 1e-4, 1e-4);
    }
    neume_features_free(features);
}

static void test_any_split_gives_the_same_bits(void **state) {
    (void)state;
    enum { COUNT = 2 * RATE, FRAMES = 100, FIRST = -3 };
    neume_features *features = made();
    static float pcm[COUNT], whole[FRAMES * FRAME], parts[FRAMES * FRAME];
    static float whole_mel[2 * FRAMES * MELS], parts_mel[2 * FRAMES * MELS];
    fill_noise(pcm, COUNT);
    assert_ok(
        neume_features_run(features, &(neume_features_span){pcm, COUNT, 0, FIRST, FRAMES, 0.7f}, whole, whole_mel));
    const int lengths[] = {1, 33, 7, 50, 9}; /* their sum is FRAMES */
    for (int i = 0, t = 0; i < 5; t += lengths[i++]) {
        int from = (FIRST + t) * 441 - 4096, to = (FIRST + t + lengths[i] - 1) * 441 + 4096; /* just what is needed */
        if (from < 0) from = 0;
        if (to > COUNT) to = COUNT;
        assert_ok(neume_features_run(features,
                                     &(neume_features_span){pcm + from, to - from, from, FIRST + t, lengths[i], 0.7f},
                                     parts + t * FRAME, parts_mel + 2 * t * MELS));
    }
    assert_memory_equal(whole, parts, sizeof whole);
    assert_memory_equal(whole_mel, parts_mel, sizeof whole_mel);
    neume_features_free(features);
}

typedef struct nested {
    const neume_features *features;
    const float *pcm;
    float out[4][3 * FRAME];
} nested;

static neume_status run_nested(void *context, int64_t index) {
    nested *n = context;
    return neume_features_run(n->features, &(neume_features_span){n->pcm, RATE, 0, 20, 3, 1}, n->out[index], NULL);
}

static void test_one_object_serves_many_threads_at_once(void **state) {
    (void)state;
    neume_features *features = made();
    static float pcm[RATE], alone[3 * FRAME];
    static nested n;
    fill_noise(pcm, RATE);
    n = (nested){.features = features, .pcm = pcm};
    assert_ok(neume_features_run(features, &(neume_features_span){pcm, RATE, 0, 20, 3, 1}, alone, NULL));
    assert_ok(neume_parallel_for(4, run_nested, &n));
    for (int i = 0; i < 4; i++) assert_memory_equal(n.out[i], alone, sizeof alone);
    neume_features_free(features);
}

static void test_silence_is_exactly_0(void **state) {
    (void)state;
    neume_features *features = made();
    static float pcm[RATE], spectrum[3 * FRAME], mel[6 * MELS];
    memset(spectrum, 1, sizeof spectrum);
    memset(mel, 1, sizeof mel);
    assert_ok(neume_features_run(features, &(neume_features_span){pcm, RATE, 0, 0, 2, 1}, spectrum, mel));
    assert_ok(neume_features_run(features, &(neume_features_span){NULL, 0, 0, 5000, 1, 1}, spectrum + 2 * FRAME,
                                 mel + 4 * MELS));
    for (int i = 0; i < 3 * FRAME; i++) assert_true(spectrum[i] == 0);
    for (int i = 0; i < 6 * MELS; i++) assert_true(mel[i] == 0);
    neume_features_free(features);
}

static double channel_sum(const float *frame, int channel) {
    double sum = 0;
    for (int k = 0; k < BINS; k++) sum += (double)frame[2 * k + channel];
    return sum;
}

static void test_an_impulse_is_seen_by_the_frames_within_half_a_window(void **state) {
    (void)state;
    neume_features *features = made();
    static float pcm[RATE], spectrum[50 * FRAME];
    pcm[441 * 25] = 1;
    assert_ok(neume_features_run(features, &(neume_features_span){pcm, RATE, 0, 0, 50, 1}, spectrum, NULL));
    for (int t = 0; t < 50; t++) {
        int away_samples = abs(t - 25) * 441;
        assert_int_equal(channel_sum(spectrum + t * FRAME, 0) > 0, away_samples < 4096);
        assert_int_equal(channel_sum(spectrum + t * FRAME, 1) > 0, away_samples < 512);
        if (t != 25) assert_true(channel_sum(spectrum + 25 * FRAME, 1) > channel_sum(spectrum + t * FRAME, 1));
    }
    neume_features_free(features);
}

static void test_gain_is_the_same_as_louder_samples(void **state) {
    (void)state;
    neume_features *features = made();
    static float pcm[RATE], louder[RATE], a[FRAME], b[FRAME];
    fill_noise(pcm, RATE);
    for (int i = 0; i < RATE; i++) louder[i] = 0.1f * pcm[i];
    assert_ok(neume_features_run(features, &(neume_features_span){pcm, RATE, 0, 25, 1, 0.1f}, a, NULL));
    assert_ok(neume_features_run(features, &(neume_features_span){louder, RATE, 0, 25, 1, 1}, b, NULL));
    assert_memory_equal(a, b, sizeof a);
    neume_features_free(features);
}

static neume_status whole_life(void *context) {
    static float spectrum[40 * FRAME], mel[80 * MELS];
    neume_features *features = NULL;
    NEUME_TRY(neume_features_new(&features));
    neume_status status =
        neume_features_run(features, &(neume_features_span){context, RATE, 0, 0, 40, 1}, spectrum, mel);
    neume_features_free(features);
    return status;
}

static void test_every_failed_allocation_is_told_and_leaks_nothing(void **state) {
    (void)state;
    static float pcm[RATE];
    sweep_allocation_failures(whole_life, pcm);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_piano_key_peaks_in_its_own_bin_at_its_amplitude),
        cmocka_unit_test(test_mel_bands_equal_the_slow_definition),
        cmocka_unit_test(test_both_channels_equal_the_slow_definition),
        cmocka_unit_test(test_any_split_gives_the_same_bits),
        cmocka_unit_test(test_one_object_serves_many_threads_at_once),
        cmocka_unit_test(test_silence_is_exactly_0),
        cmocka_unit_test(test_an_impulse_is_seen_by_the_frames_within_half_a_window),
        cmocka_unit_test(test_gain_is_the_same_as_louder_samples),
        cmocka_unit_test(test_every_failed_allocation_is_told_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
