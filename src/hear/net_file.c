/* Networks to and from GGUF files of architecture "neume-hear". */
#include "architecture.h"

#include <stddef.h>
#include <string.h>

/* What is chosen after training: thresholds are probabilities, the confidence's numbers may be any within reason. */
static const struct {
    const char *key;
    size_t at;
    double least, most;
} numbers[] = {
    {"neume-hear.threshold.onset", offsetof(neume_hear_config, onset_threshold), 0.01, 0.99},
    {"neume-hear.threshold.frame", offsetof(neume_hear_config, frame_threshold), 0.01, 0.99},
    {"neume-hear.threshold.offset", offsetof(neume_hear_config, offset_threshold), 0.01, 0.99},
    {"neume-hear.threshold.drum", offsetof(neume_hear_config, drum_threshold), 0.01, 0.99},
    {"neume-hear.confidence.note_scale", offsetof(neume_hear_config, note_confidence_scale), 0.01, 10},
    {"neume-hear.confidence.note_shift", offsetof(neume_hear_config, note_confidence_shift), -10, 10},
    {"neume-hear.confidence.drum_scale", offsetof(neume_hear_config, drum_confidence_scale), 0.01, 10},
    {"neume-hear.confidence.drum_shift", offsetof(neume_hear_config, drum_confidence_shift), -10, 10},
};
enum { NUMBERS = sizeof numbers / sizeof *numbers };

static double *number_of(neume_hear_config *config, size_t i) {
    return (double *)(void *)((char *)config + numbers[i].at);
}

static neume_status save_config(neume_gguf_writer *writer, const neume_hear_config *config) {
    NEUME_TRY(neume_gguf_set_string(writer, "general.name", config->name));
    const struct {
        const char *key;
        int64_t value;
    } sizes[] = {{"neume-hear.channels", config->channels},
                 {"neume-hear.stem_channels", config->stem_channels},
                 {"neume-hear.blocks", config->blocks},
                 {"neume-hear.timbre_channels", config->timbre_channels},
                 {"neume-hear.drum_channels", config->drum_channels},
                 {"neume-hear.patch_frames", config->patch_frames},
                 {"neume-hear.patch_own", config->patch_own}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        NEUME_TRY(neume_gguf_set_integer(writer, sizes[i].key, sizes[i].value));
    for (size_t i = 0; i < NUMBERS; i++)
        NEUME_TRY(neume_gguf_set_number(writer, numbers[i].key, *number_of((neume_hear_config *)config, i)));
    return NEUME_OK;
}

neume_status neume_hear_net_save(neume_hear_net *net, neume_gguf_writer *writer, const neume_adamw *adam) {
    hear_layers *layers = hear_net_layers(net);
    NEUME_TRY(save_config(writer, &layers->config));
    return neume_parameters_save(&layers->parameters, writer, adam, false);
}

static neume_status load_config(const neume_gguf *gguf, neume_hear_config *out) {
    const char *architecture = neume_gguf_string(gguf, "general.architecture"),
               *name = neume_gguf_string(gguf, "general.name");
    if (!architecture || strcmp(architecture, "neume-hear") != 0)
        return neume_fail(NEUME_EFORMAT, "not a hear model: its architecture is '%.40s'",
                          architecture ? architecture : "unknown");
    neume_hear_config config = neume_hear_config_default();
    snprintf(config.name, sizeof config.name, "%s", name ? name : "unnamed");
    config.channels = neume_gguf_integer(gguf, "neume-hear.channels", 0);
    config.stem_channels = neume_gguf_integer(gguf, "neume-hear.stem_channels", 0);
    config.blocks = neume_gguf_integer(gguf, "neume-hear.blocks", 0);
    config.timbre_channels = neume_gguf_integer(gguf, "neume-hear.timbre_channels", 0);
    config.drum_channels = neume_gguf_integer(gguf, "neume-hear.drum_channels", 0);
    config.patch_frames = neume_gguf_integer(gguf, "neume-hear.patch_frames", 20); /* of files that do not say */
    config.patch_own = neume_gguf_integer(gguf, "neume-hear.patch_own", 0) == 1;
    for (size_t i = 0; i < NUMBERS; i++) {
        double value = neume_gguf_number(gguf, numbers[i].key, *number_of(&config, i));
        if (value >= numbers[i].least && value <= numbers[i].most) *number_of(&config, i) = value;
    }
    *out = config;
    return NEUME_OK;
}

neume_status neume_hear_net_load(const neume_gguf *gguf, neume_adamw *adam, neume_hear_net **out) {
    neume_hear_config config;
    neume_hear_net *net = NULL;
    NEUME_TRY(load_config(gguf, &config));
    NEUME_TRY(hear_net_make(&config, NULL, &net));
    neume_status status = neume_parameters_load(&hear_net_layers(net)->parameters, gguf, adam);
    if (status)
        neume_hear_net_free(net);
    else
        *out = net;
    return status;
}

neume_status neume_hear_model_random(const char *path, const neume_hear_config *config, uint64_t seed) {
    neume_hear_net *net = NULL;
    neume_gguf_writer *writer = NULL;
    neume_status status = NEUME_OK;
    NEUME_GO(neume_hear_net_new(config, seed, &net));
    NEUME_GO(neume_gguf_writer_new("neume-hear", &writer));
    NEUME_GO(neume_hear_net_save(net, writer, NULL));
    NEUME_GO(neume_gguf_write(writer, path));
fail:
    neume_gguf_writer_free(writer);
    neume_hear_net_free(net);
    return status;
}
