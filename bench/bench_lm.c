/* How fast the language model learns, and what share of the machine's peak that is.
 *
 * The peak is the best rate of a 2048 x 2048 x 2048 product in the same type. A step is forward and backward over 16
 * rows of 512 tokens (the optimiser apart), packed with documents of some 200 as tunes are. */
#include "bench.h"

#include "neume/lm_net.h"

#include <stdlib.h>

enum { ROWS = 16, LENGTH = 512, COUNT = ROWS * LENGTH };

typedef struct packed {
    int32_t tokens[COUNT], targets[COUNT], starts[COUNT];
    float weights[COUNT];
} packed;

/* Documents of 100 .. 300 tokens fill each row. */
static void fill(packed *p, int64_t vocabulary) {
    neume_rng rng = neume_rng_seeded(1, 1);
    for (int i = 0; i < COUNT; i++) {
        p->tokens[i] = (int32_t)neume_rng_below(&rng, vocabulary);
        p->targets[i] = (int32_t)neume_rng_below(&rng, vocabulary);
        p->weights[i] = 1;
    }
    for (int row = 0; row < ROWS; row++)
        for (int64_t t = 0, start = 0, end = 0; t < LENGTH; t++) {
            if (t == end) start = t, end = t + 100 + neume_rng_below(&rng, 201);
            p->starts[row * LENGTH + t] = (int32_t)start;
        }
}

static void bench(const char *name, const neume_lm_shape *shape, neume_dtype dtype) {
    neume_lm_net *net = NULL;
    packed *p = malloc(sizeof *p);
    if (!p) must(NEUME_ENOMEM);
    neume_lm_pass pass = {.dtype = dtype, .dropout = .1F};
    must(neume_lm_net_new(shape, 1, &net));
    must(neume_compute_new(NEUME_FAST, &pass.compute));
    must(neume_parameters_prepare_training(neume_lm_net_parameters(net)));
    fill(p, shape->vocabulary);
    const neume_lm_batch batch = {ROWS, LENGTH, p->tokens, p->targets, p->weights, p->starts};
    double peak;
    must(neume_compute_measure_peak(pass.compute, dtype, &peak));
    double least_s = 0, losses_s = 0, flops = 0, loss;
    float *nll = malloc(COUNT * sizeof *nll);
    for (int i = 0; i < 6; i++) {
        const double before = neume_compute_flops(pass.compute), start_s = neume_clock_s();
        must(neume_lm_net_step(net, &pass, &batch, &loss));
        least_s = best(least_s, neume_clock_s() - start_s);
        flops = neume_compute_flops(pass.compute) - before;
        const double middle_s = neume_clock_s();
        must(neume_lm_net_losses(net, &pass, &batch, nll));
        losses_s = best(losses_s, neume_clock_s() - middle_s);
    }
    printf("training step, %s\t%s\t%.0f\ttokens/s\t%.0f GFLOP/s of %.0f\t%.0f %%\n", name,
           dtype == NEUME_F32 ? "f32" : "bf16", COUNT / least_s, flops / least_s / 1e9, peak / 1e9,
           100 * flops / least_s / peak);
    printf("evaluation, %s\t%s\t%.0f\ttokens/s\n", name, dtype == NEUME_F32 ? "f32" : "bf16", COUNT / losses_s);
    free(nll);
    free(p);
    neume_compute_free(pass.compute);
    neume_lm_net_free(net);
}

int main(void) {
    const neume_lm_shape small = NEUME_LM_SHAPE_DEFAULT, middle = {1280, 384, 6, 6, 6, 1024, 1024, 1e4F, 1e-5F};
    neume__flush_denormals();
    if (neume_compute_has_bf16()) {
        bench("S", &small, NEUME_BF16);
        bench("M", &middle, NEUME_BF16);
    }
    bench("S", &small, NEUME_F32);
    return 0;
}
