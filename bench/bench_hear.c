/* How fast the note model learns and hears, and what share of the machine's peak that is.
 *
 * The peak is the best rate of a 2048 x 2048 x 2048 product in the same type. `make bench` runs this on an idle
 * machine: another busy process costs several times, because the threads wait for each other. */
#include "bench.h"

#include "neume/features.h"
#include "neume/hear_net.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void fill(neume_tensor *tensor, neume_rng *rng) {
    for (int64_t i = 0; i < neume_tensor_count(tensor); i++) neume_f32(tensor)[i] = (float)neume_rng_uniform(rng, 0, 5);
}

static const char *name_of(neume_dtype dtype) {
    return dtype == NEUME_F32 ? "f32" : "bf16";
}

/* One step of learning: forward and backward over 8 segments of 5.12 s (data and optimiser apart). */
static void bench_training(neume_dtype dtype) {
    enum { PLACES = 384 };
    const int64_t B = 8, T = 256;
    neume_hear_config config = neume_hear_config_default();
    neume_hear_net *net = NULL;
    neume_compute *c = NULL;
    neume_hear_batch batch = {0};
    neume_rng rng = neume_rng_seeded(1, 1);
    must(neume_hear_net_new(&config, 1, &net));
    must(neume_compute_new(NEUME_FAST, &c));
    must(
        neume_tensor_shape(&batch.spectrum, NEUME_F32, NEUME_DIMS(B, T, NEUME_FEATURES_BINS, NEUME_FEATURES_CHANNELS)));
    must(neume_tensor_shape(&batch.mel, NEUME_F32, NEUME_DIMS(B, 2 * T, NEUME_FEATURES_MELS, 1)));
    fill(&batch.spectrum, &rng);
    fill(&batch.mel, &rng);
    must(neume_parameters_prepare_training(neume_hear_net_parameters(net)));
    double peak, least_s = 0, flops = 0;
    must(neume_compute_measure_peak(c, dtype, &peak));
    neume_hear_logits said;
    neume_tensor nothing = {0};
    must(neume_tensor_shape(&nothing, NEUME_F32, NEUME_DIMS(B, T, NEUME_PITCHES, 1)));
    neume_tensor_zero(&nothing);
    neume_hear_place places[PLACES];
    for (int i = 0; i < PLACES; i++) places[i] = (neume_hear_place){i % B, i % T, i % NEUME_PITCHES};
    const neume_hear_pass pass = {c, true, dtype, true, true, places, PLACES, &nothing};
    for (int i = 0; i < 6; i++) {
        double before = neume_compute_flops(c), start_s = neume_clock_s();
        must(neume_hear_net_forward(net, &pass, &batch, &said));
        must(neume_hear_net_backward(net, c, &said));
        least_s = best(least_s, neume_clock_s() - start_s);
        flops = neume_compute_flops(c) - before;
    }
    double sound_s = (double)(B * T * NEUME_FEATURES_HOP_SAMPLES) / NEUME_FEATURES_RATE_HZ;
    printf("training step\t%s\t%.1f\tx real time\t%.0f GFLOP/s of %.0f\t%.0f %%\n", name_of(dtype), sound_s / least_s,
           flops / least_s / 1e9, peak / 1e9, 100 * flops / least_s / peak);
    neume_tensor_clear(&nothing);
    neume_hear_net_free(net);
    neume_compute_free(c);
    neume_tensor_clear(&batch.spectrum);
    neume_tensor_clear(&batch.mel);
}

/* Eight plucked notes a second over a little noise: about as many as music has. */
static void play(float *pcm, size_t count, neume_rng *rng) {
    const size_t step = NEUME_FEATURES_RATE_HZ / 8, length = NEUME_FEATURES_RATE_HZ;
    for (size_t i = 0; i < count; i++) pcm[i] = 0.001f * (float)neume_rng_normal(rng);
    for (size_t start = 0; start < count; start += step) {
        double radians = 2 * M_PI * 440 * exp2((double)(neume_rng_below(rng, 48) - 30) / 12) / NEUME_FEATURES_RATE_HZ;
        for (size_t i = 0; i < length && start + i < count; i++) {
            double level = 0.1 * exp(-3 * (double)i / NEUME_FEATURES_RATE_HZ);
            for (int h = 1; h <= 5; h++) pcm[start + i] += (float)(level / h * sin(h * radians * (double)i));
        }
    }
}

/* The whole way from samples to notes: features, network, decoder. */
static void bench_hearing(neume_dtype dtype, const char *path) {
    const size_t count = 120 * NEUME_FEATURES_RATE_HZ;
    neume_hear_model *model = NULL;
    neume_hear_options options = {.sensitivity = 0.5, .plain_f32 = dtype == NEUME_F32};
    float *pcm = malloc(count * sizeof *pcm);
    neume_rng rng = neume_rng_seeded(2, 1);
    if (!pcm) must(NEUME_ENOMEM);
    play(pcm, count, &rng);
    double load_s = neume_clock_s(), plan_s = 0;
    must(neume_hear_model_load(path, &model));
    load_s = neume_clock_s() - load_s;
    double least_s = 0, notes_a_second = 0;
    for (int i = 0; i < 3; i++) {
        neume_transcriber *transcriber = NULL;
        neume_notes notes = {0};
        double before_s = neume_clock_s();
        must(neume_transcriber_new(model, &options, &transcriber));
        if (!i) plan_s = neume_clock_s() - before_s; /* the first time makes tables that the others find */
        must(neume_transcriber_feed(transcriber, pcm, count / 4, &notes)); /* primitives are prepared here */
        double start_s = neume_clock_s();
        must(neume_transcriber_feed(transcriber, pcm + count / 4, count - count / 4, &notes));
        must(neume_transcriber_finish(transcriber, &notes));
        least_s = best(least_s, neume_clock_s() - start_s);
        notes_a_second = (double)notes.count / 120;
        neume_transcriber_free(transcriber);
        neume_notes_clear(&notes);
    }
    printf("hearing, samples to notes\t%s\t%.1f\tx real time\t%.0f notes a second\n", name_of(dtype), 90 / least_s,
           notes_a_second);
    printf("ready to hear\t%s\t%.1f\tms to load the model\t%.1f\tms to plan\n", name_of(dtype), 1e3 * load_s,
           1e3 * plan_s);
    neume_hear_model_free(model);
    free(pcm);
}

/* usage: bench_hear [MODEL]: hearing with that model; without one only training is measured, since a model that has
 * learnt nothing finds a note in every cell. */
int main(int argc, char **argv) {
    neume__flush_denormals();
    if (neume_compute_has_bf16()) {
        bench_training(NEUME_BF16);
        if (argc > 1) bench_hearing(NEUME_BF16, argv[1]);
    }
    bench_training(NEUME_F32);
    if (argc > 1) bench_hearing(NEUME_F32, argv[1]);
    return 0;
}
