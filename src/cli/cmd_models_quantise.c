/* neume models quantise: a language model in fewer bits. */
#include "cli.h"

#include "neume/service.h"

#include <math.h>

typedef struct quantise_settings {
    cli_common common;
    const char *type;
} quantise_settings;

typedef struct report {
    neume_buffer text;
    neume_status status; /* of writing the text */
    bool json;
    int count;
} report;

static neume_status print_array(report *r, const char *name, const char *type, double snr_db) {
    if (!r->json && isinf(snr_db)) return neume_buffer_print(&r->text, "%s\t%s\texact\n", name, type);
    if (!r->json) return neume_buffer_print(&r->text, "%s\t%s\t%.1f dB\n", name, type, snr_db);
    NEUME_TRY(neume_buffer_print(&r->text, "%s\n  {\"name\": ", r->count ? "," : ""));
    NEUME_TRY(cli_json_string(&r->text, name));
    NEUME_TRY(neume_buffer_print(&r->text, ", \"type\": \"%s\", \"snr_db\": ", type));
    return isinf(snr_db) ? neume_buffer_print(&r->text, "null}") : neume_buffer_print(&r->text, "%.2f}", snr_db);
}

static void note_array(void *context, const char *name, const char *type, double snr_db) {
    report *r = context;
    if (!r->status) r->status = print_array(r, name, type, snr_db);
    r->count++;
}

static int run_quantise(const cli_call *call) {
    const quantise_settings *at = call->settings;
    report r = {.json = at->common.json};
    if (call->count != 2) return cli_usage_error("usage: neume models quantise IN.gguf OUT.gguf --type TYPE");
    if (r.json) r.status = neume_buffer_print(&r.text, "[");
    neume_status status = neume_lm_quantise(call->operands[0], call->operands[1], at->type, note_array, &r);
    if (!status) status = r.status;
    if (!status && r.json) status = neume_buffer_print(&r.text, "\n]\n");
    if (status) {
        cli_complain(call->operands[0]);
        neume_buffer_clear(&r.text);
        return cli_exit_reading(status);
    }
    if (at->common.quiet) neume_buffer_clear(&r.text);
    return cli_say(&r.text);
}

static const cli_option quantise_options[] = {
    {"type", 't', CLI_CHOICE, offsetof(quantise_settings, type), "TYPE",
     "type of the matrices: f32, f16, bf16, q8_0 (the default), q4_0 or q4_k", "f32 f16 bf16 q8_0 q4_0 q4_k", 0, 0},
    {0},
};

static void quantise_defaults(void *settings) {
    ((quantise_settings *)settings)->type = "q8_0";
}

const cli_verb cli_models_quantise = {
    "models quantise",
    "IN.gguf OUT.gguf",
    "write a language model with its weights in another type",
    "Prints the type that each array got and its signal-to-noise ratio; gains and biases stay as they are. A row that "
    "is no whole number of blocks (32 weights, 256 of q4_k) goes to a finer type: q4_k to q8_0, the others to f16.",
    "neume models quantise compose.gguf compose-q8.gguf --type q8_0",
    quantise_options,
    sizeof(quantise_settings),
    quantise_defaults,
    run_quantise};
