/* What a model file says of itself. One row a kind of model: who can load it, and which of its numbers tell its shape.
 */
#include "neume/hear_net.h"
#include "neume/lm.h"
#include "neume/nn.h"
#include "neume/score.h"
#include "neume/score_net.h"
#include "neume/service.h"
#include "neume/taste.h"

#include <string.h>

enum { TYPE_MOST = 32, KEY_BYTES = 96 };

static void add_fact(neume_model_info *info, const char *label, int64_t value) {
    if (value <= 0 || info->fact_count == NEUME_MODEL_FACTS_MOST) return;
    info->facts[info->fact_count++] = (neume_model_fact){label, value};
}

static neume_status load_hear(const char *path, neume_model_info *info) {
    (void)info;
    neume_hear_model *model = NULL;
    NEUME_TRY(neume_hear_model_load(path, &model));
    neume_hear_model_free(model);
    return NEUME_OK;
}

static neume_status load_cast(const char *path, neume_model_info *info) {
    (void)info;
    neume_cast_net *net = NULL;
    NEUME_TRY(neume_cast_net_load(path, NULL, &net));
    neume_cast_net_free(net);
    return NEUME_OK;
}

static neume_status load_kit(const char *path, neume_model_info *info) {
    (void)info;
    neume_kit_net *net = NULL;
    NEUME_TRY(neume_kit_net_load(path, NULL, &net));
    neume_kit_net_free(net);
    return NEUME_OK;
}

static neume_status load_lm(const char *path, neume_model_info *info) {
    (void)info;
    neume_lm_model *model = NULL;
    NEUME_TRY(neume_lm_model_load(path, &model));
    neume_lm_model_free(model);
    return NEUME_OK;
}

static neume_status load_beat(const char *path, neume_model_info *info) {
    (void)info;
    neume_beat_model *model = NULL;
    NEUME_TRY(neume_beat_model_load(path, &model));
    neume_beat_model_free(model);
    return NEUME_OK;
}

static neume_status load_pulse(const char *path, neume_model_info *info) {
    (void)info;
    neume_beat_net *net = NULL;
    NEUME_TRY(neume_beat_net_load(path, NEUME_BEAT_NET_EVENTS, NULL, &net));
    neume_beat_net_free(net);
    return NEUME_OK;
}

static neume_status load_bar(const char *path, neume_model_info *info) {
    (void)info;
    neume_bar_model *model = NULL;
    NEUME_TRY(neume_bar_model_load(path, &model));
    neume_bar_model_free(model);
    return NEUME_OK;
}

static neume_status load_taste(const char *path, neume_model_info *info) {
    neume_taste_model *model = NULL;
    NEUME_TRY(neume_taste_load(path, &model));
    add_fact(info, "users", neume_ids_count(neume_taste_users(model)));
    add_fact(info, "items", neume_ids_count(neume_taste_items(model)));
    add_fact(info, "tags", neume_ids_count(neume_taste_tags(model)));
    neume_taste_free(model);
    return NEUME_OK;
}

typedef struct shape_key {
    const char *label, *key; /* key: behind "ARCHITECTURE." */
} shape_key;

static const shape_key HEAR_KEYS[] = {{"channels", "channels"},
                                      {"blocks", "blocks"},
                                      {"timbre_channels", "timbre_channels"},
                                      {"drum_channels", "drum_channels"},
                                      {NULL, NULL}};
static const shape_key CAST_KEYS[] = {{"timbre_channels", "timbre_channels"}, {NULL, NULL}};
static const shape_key KIT_KEYS[] = {{"drum_channels", "drum_channels"}, {NULL, NULL}};
static const shape_key LM_KEYS[] = {{"width", "embedding_length"},
                                    {"layers", "block_count"},
                                    {"heads", "attention.head_count"},
                                    {"key_heads", "attention.head_count_kv"},
                                    {"hidden", "feed_forward_length"},
                                    {"context", "context_length"},
                                    {NULL, NULL}};
static const shape_key BEAT_KEYS[] = {{"width", "width"}, {"blocks", "blocks"}, {"features", "features"}, {NULL, NULL}};
static const shape_key NO_KEYS[] = {{NULL, NULL}};

static const struct {
    const char *architecture, *kind;
    neume_status (*load)(const char *path, neume_model_info *info); /* adds to info what only the loaded model tells */
    const shape_key *keys;
} KINDS[] = {{"neume-hear", "notes of recordings", load_hear, HEAR_KEYS},
             {"neume-cast", "players of notes", load_cast, CAST_KEYS},
             {"neume-kit", "drums of recordings", load_kit, KIT_KEYS},
             {"neume-beat", "beats of notes", load_beat, BEAT_KEYS},
             {"neume-pulse", "beats of chords", load_pulse, BEAT_KEYS},
             {"neume-bar", "bars of beats", load_bar, BEAT_KEYS},
             {"qwen2", "language", load_lm, LM_KEYS},
             {"llama", "language", load_lm, LM_KEYS},
             {"neume-taste", "taste", load_taste, NO_KEYS}};
enum { KIND_COUNT = sizeof KINDS / sizeof *KINDS };

/* By ggml's numbers; those that any of these models can have. */
static const char *type_name(uint32_t type) {
    static const char *const names[TYPE_MOST] = {[0] = "f32",  [1] = "f16",   [2] = "q4_0",  [6] = "q5_0",
                                                 [8] = "q8_0", [12] = "q4_k", [14] = "q6_k", [30] = "bf16"};
    return type < TYPE_MOST && names[type] ? names[type] : "other";
}

/* A file is read whole before it is believed: sizes are below its own. */
static void count_numbers(const neume_gguf *gguf, neume_model_info *info) {
    for (size_t i = 0; i < neume_gguf_array_count(gguf); i++) {
        const neume_gguf_array array = neume_gguf_array_at(gguf, i);
        const char *name = type_name(array.type);
        int64_t numbers = 1;
        int t = 0;
        for (int k = 0; k < array.rank; k++) numbers *= array.dim[k];
        while (t < info->type_count && strcmp(info->types[t].label, name) != 0) t++;
        if (t == NEUME_MODEL_FACTS_MOST) continue;
        if (t == info->type_count) info->types[info->type_count++] = (neume_model_fact){name, 0};
        info->types[t].value += numbers;
        info->numbers += numbers;
    }
}

static int find_kind(const neume_gguf *gguf) {
    const char *architecture = neume_gguf_string(gguf, "general.architecture");
    for (int i = 0; i < KIND_COUNT; i++)
        if (architecture && strcmp(architecture, KINDS[i].architecture) == 0) return i;
    return -1;
}

static void describe(const neume_gguf *gguf, int kind, neume_model_info *info) {
    const char *name = neume_gguf_string(gguf, "general.name");
    size_t tokens = 0;
    snprintf(info->name, sizeof info->name, "%s", name ? name : "");
    info->kind = KINDS[kind].kind;
    info->architecture = KINDS[kind].architecture;
    for (const shape_key *k = KINDS[kind].keys; k->label; k++) {
        char key[KEY_BYTES];
        snprintf(key, sizeof key, "%s.%s", info->architecture, k->key);
        add_fact(info, k->label, neume_gguf_integer(gguf, key, 0));
    }
    if (neume_gguf_texts(gguf, "tokenizer.ggml.tokens", &tokens)) add_fact(info, "vocabulary", (int64_t)tokens);
    count_numbers(gguf, info);
}

neume_status neume_model_info_read(const char *path, neume_model_info *out) {
    neume_gguf *gguf = NULL;
    neume_model_info info = {0};
    NEUME_TRY(neume_gguf_read(path, &gguf));
    const int kind = find_kind(gguf);
    neume_status status =
        kind < 0 ? neume_fail(NEUME_EFORMAT, "no model of a kind that neume knows") : KINDS[kind].load(path, &info);
    if (!status) describe(gguf, kind, &info);
    neume_gguf_free(gguf);
    if (!status) *out = info;
    return status;
}
