/* Tones a known distance off pitch are measured as far off. */
#include "neume_test.h"

#include "decode.h"

enum { RATE = NEUME_FEATURES_RATE_HZ, FRAMES = 50 };

/* Five partials falling off, vibrato of the given depth; 1 s. */
static void make_tone(double hz, double off_cents, double vibrato_cents, float *pcm) {
    double phase = 0;
    for (int i = 0; i < RATE; i++) {
        double cents = off_cents + vibrato_cents * sin(2 * M_PI * 5.5 * i / RATE);
        phase += 2 * M_PI * hz * exp2(cents / 1200) / RATE;
        double x = 0;
        for (int h = 1; h <= 5; h++) x += sin(h * phase) / h;
        pcm[i] = (float)(0.2 * x);
    }
}

/* The worst error in cents over the tone's middle. */
static double worst_error(int pitch, double off_cents, double vibrato_cents) {
    static float pcm[RATE], spectrum[FRAMES][NEUME_FEATURES_BINS * NEUME_FEATURES_CHANNELS];
    neume_features *features = NULL;
    make_tone(27.5 * exp2(pitch / 12.0), off_cents, vibrato_cents, pcm);
    assert_ok(neume_features_new(&features));
    assert_ok(neume_features_run(features, &(neume_features_span){pcm, RATE, 0, 0, FRAMES, 1}, spectrum[0], NULL));
    neume_features_free(features);
    double worst = 0;
    for (int t = 12; t < 38; t++) {
        double truth = off_cents + vibrato_cents * sin(2 * M_PI * 5.5 * t * 0.02);
        worst = fmax(worst, fabs((double)hear_fine_pitch(spectrum[t], pitch) - truth));
    }
    return worst;
}

/* 8 cents is what players' intonation is judged by; bins are 33 apart. */
static void test_a_steady_tone_is_measured_within_8_cents(void **state) {
    (void)state;
    for (int pitch = 15; pitch <= 63; pitch += 4)
        for (double off = -45; off <= 45; off += 15) {
            double error = worst_error(pitch, off, 0);
            if (error > 8) fail_msg("pitch %d, %g cents off: wrong by %g", pitch, off, error);
        }
}

/* From A3 on the windows are short enough; they still flatten a vibrato somewhat. */
static void test_a_vibrato_is_followed(void **state) {
    (void)state;
    for (int pitch = 36; pitch <= 60; pitch += 6) {
        double error = worst_error(pitch, 5, 30);
        if (error > 15) fail_msg("pitch %d: vibrato wrong by %g", pitch, error);
    }
}

static void test_silence_is_in_tune(void **state) {
    (void)state;
    static const float silence[NEUME_FEATURES_BINS * NEUME_FEATURES_CHANNELS];
    for (int pitch = 0; pitch < NEUME_PITCHES; pitch++) assert_true(hear_fine_pitch(silence, pitch) == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_steady_tone_is_measured_within_8_cents),
        cmocka_unit_test(test_a_vibrato_is_followed),
        cmocka_unit_test(test_silence_is_in_tune),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
