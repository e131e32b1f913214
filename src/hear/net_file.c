/* Networks to and from GGUF files of architecture "neume-hear". */
#include "architecture.h"

#include <string.h>

static neume_status save_config(neume_gguf_writer *writer, const neume_hear_config *config) {
    NEUME_TRY(neume_gguf_set_string(writer, "general.name", config->name));
    const struct {
        const char *key;
        int64_t value;
    } sizes[] = {{"neume-hear.channels", config->channels},
                 {"neume-hear.stem_channels", config->stem_channels},
                 {"neume-hear.blocks", config->blocks},
                 {"neume-hear.drum_channels", config->drum_channels}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        NEUME_TRY(neume_gguf_set_integer(writer, sizes[i].key, sizes[i].value));
    NEUME_TRY(neume_gguf_set_number(writer, "neume-hear.threshold.onset", config->onset_threshold));
    NEUME_TRY(neume_gguf_set_number(writer, "neume-hear.threshold.frame", config->frame_threshold));
    NEUME_TRY(neume_gguf_set_number(writer, "neume-hear.threshold.offset", config->offset_threshold));
    return neume_gguf_set_number(writer, "neume-hear.threshold.drum", config->drum_threshold);
}

neume_status neume_hear_net_save(neume_hear_net *net, neume_gguf_writer *writer, const neume_adamw *adam) {
    hear_layers *layers = hear_net_layers(net);
    NEUME_TRY(save_config(writer, &layers->config));
    return neume_parameters_save(&layers->parameters, writer, adam, false);
}

static double clamped(double x) {
    return x > 0.01 && x < 0.99 ? x : 0.5;
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
    config.drum_channels = neume_gguf_integer(gguf, "neume-hear.drum_channels", 0);
    config.onset_threshold = clamped(neume_gguf_number(gguf, "neume-hear.threshold.onset", config.onset_threshold));
    config.frame_threshold = clamped(neume_gguf_number(gguf, "neume-hear.threshold.frame", config.frame_threshold));
    config.offset_threshold = clamped(neume_gguf_number(gguf, "neume-hear.threshold.offset", config.offset_threshold));
    config.drum_threshold = clamped(neume_gguf_number(gguf, "neume-hear.threshold.drum", config.drum_threshold));
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
