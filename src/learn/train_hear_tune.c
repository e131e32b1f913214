/* The decoder's thresholds, chosen on validation data when the weights are done: one after another, each at the value
 * that scores best with the others held. The shipped set is one for all music; which presets and pieces it is chosen
 * on, training never saw. */
#include "train_hear.h"

/* What a threshold is judged by. */
typedef double judge(const hear_validation *v);

static double by_onset(const hear_validation *v) {
    return v->mean;
}

static double by_offset(const hear_validation *v) {
    double sum = 0;
    for (int g = 0; g < HEAR_GROUPS; g++) sum += v->group[g].offset;
    return sum / HEAR_GROUPS;
}

static double by_drums(const hear_validation *v) {
    return v->group[HEAR_GROUPS - 1].drums;
}

static neume_status validate_config(const hear_validator *validator, neume_hear_net *net,
                                    const neume_hear_config *config, hear_validation *out) {
    neume_gguf_writer *writer = NULL;
    neume_gguf *gguf = NULL;
    neume_hear_model *model = NULL;
    neume_buffer file = {0};
    neume_status status = NEUME_OK;
    neume_hear_net_set_thresholds(net, config);
    NEUME_GO(neume_gguf_writer_new("neume-hear", &writer));
    NEUME_GO(neume_hear_net_save(net, writer, NULL));
    NEUME_GO(neume_gguf_print(writer, &file));
    NEUME_GO(neume_gguf_parse(file.data, file.size, &gguf));
    NEUME_GO(neume_hear_model_parse(gguf, &model));
    NEUME_GO(hear_validate(validator, model, out));
fail:
    neume_hear_model_free(model);
    neume_gguf_free(gguf);
    neume_buffer_clear(&file);
    neume_gguf_writer_free(writer);
    return status;
}

enum { CANDIDATES = 5 };

neume_status hear_tune(const hear_validator *validator, neume_hear_net *net, hear_validation *out) {
    neume_hear_config best = *neume_hear_net_config(net);
    const struct {
        const char *name;
        double *value;
        judge *score;
        double candidates[CANDIDATES];
    } knobs[] = {{"onset", &best.onset_threshold, by_onset, {0.25, 0.3, 0.35, 0.4, 0.5}},
                 {"frame", &best.frame_threshold, by_offset, {0.1, 0.2, 0.3, 0.4, 0.5}},
                 {"offset", &best.offset_threshold, by_offset, {0.2, 0.4, 0.6, 0.8, 0.98}},
                 {"drum", &best.drum_threshold, by_drums, {0.15, 0.2, 0.3, 0.4, 0.5}}};
    for (size_t k = 0; k < sizeof knobs / sizeof *knobs && validator->segments; k++) {
        double chosen = *knobs[k].value, highest = -2;
        for (int i = 0; i < CANDIDATES; i++) {
            hear_validation v;
            *knobs[k].value = knobs[k].candidates[i];
            if (neume_cancelled()) return neume_fail(NEUME_ECANCELLED, "stopped while choosing thresholds");
            NEUME_TRY(validate_config(validator, net, &best, &v));
            neume_log(NEUME_LOG_INFO, "%s threshold %.2f: %.4f", knobs[k].name, *knobs[k].value, knobs[k].score(&v));
            if (knobs[k].score(&v) <= highest) continue;
            highest = knobs[k].score(&v);
            chosen = *knobs[k].value;
        }
        *knobs[k].value = chosen;
    }
    return validate_config(validator, net, &best, out);
}
