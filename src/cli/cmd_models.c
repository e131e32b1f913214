/* neume models: what a model file is, and whether it is the one its card describes. */
#include "cli.h"

#include "neume/service.h"

#include <string.h>

/* --- info --------------------------------------------------------------------------------------------------------- */

/* "q8_0 5113856, f32 4096" */
static neume_status print_types(const neume_model_info *info, neume_buffer *out) {
    for (int i = 0; i < info->type_count; i++)
        NEUME_TRY(
            neume_buffer_print(out, "%s%s %lld", i ? ", " : "", info->types[i].label, (long long)info->types[i].value));
    return NEUME_OK;
}

static neume_status print_plain(const char *path, const neume_model_info *info, const neume_model_digest *digest,
                                neume_buffer *out) {
    NEUME_TRY(neume_buffer_print(out, "file     %s\nname     %s\nbytes    %zu\nSHA-256  %s\nkind     %s (%s)\n", path,
                                 info->name, digest->bytes, digest->actual, info->kind, info->architecture));
    NEUME_TRY(neume_buffer_print(out, "numbers  %lld: ", (long long)info->numbers));
    NEUME_TRY(print_types(info, out));
    for (int i = 0; i < info->fact_count; i++)
        NEUME_TRY(neume_buffer_print(out, "%s%s %lld", i ? ", " : "\nshape    ", info->facts[i].label,
                                     (long long)info->facts[i].value));
    return neume_buffer_print(out, "\n");
}

static neume_status print_facts(const char *key, const neume_model_fact *facts, int count, neume_buffer *out) {
    NEUME_TRY(neume_buffer_print(out, ", \"%s\": {", key));
    for (int i = 0; i < count; i++)
        NEUME_TRY(neume_buffer_print(out, "%s\"%s\": %lld", i ? ", " : "", facts[i].label, (long long)facts[i].value));
    return neume_buffer_print(out, "}");
}

static neume_status print_json(const char *path, const neume_model_info *info, const neume_model_digest *digest,
                               neume_buffer *out) {
    NEUME_TRY(neume_buffer_print(out, "{\"file\": "));
    NEUME_TRY(cli_json_string(out, path));
    NEUME_TRY(neume_buffer_print(out, ", \"name\": "));
    NEUME_TRY(cli_json_string(out, info->name));
    NEUME_TRY(neume_buffer_print(out,
                                 ", \"bytes\": %zu, \"sha256\": \"%s\", \"kind\": \"%s\", \"architecture\": \"%s\"",
                                 digest->bytes, digest->actual, info->kind, info->architecture));
    NEUME_TRY(neume_buffer_print(out, ", \"numbers\": %lld", (long long)info->numbers));
    NEUME_TRY(print_facts("types", info->types, info->type_count, out));
    NEUME_TRY(print_facts("shape", info->facts, info->fact_count, out));
    return neume_buffer_print(out, "}\n");
}

static int run_info(const cli_call *call) {
    const cli_common *common = call->settings;
    neume_buffer path = {0}, text = {0};
    neume_model_info info;
    neume_model_digest digest;
    if (call->count > 1) return cli_usage_error("usage: neume models info [FILE]");
    neume_status status = neume_model_find(call->count ? call->operands[0] : NULL, NEUME_MODEL_HEAR, &path);
    if (!status) status = neume_model_info_read(path.data, &info);
    if (!status) status = neume_model_digest_read(path.data, &digest);
    if (!status) status = (common->json ? print_json : print_plain)(path.data, &info, &digest, &text);
    if (status) cli_complain(path.data);
    neume_buffer_clear(&path);
    const int said = cli_say(&text);
    return status ? cli_exit_reading(status) : said;
}

const cli_verb cli_models_info = {
    "models info",
    "[FILE]",
    "say what a model file holds",
    "Its kind, how many numbers it has and in which types, and its shape: of models that hear, beat time or write "
    "(layers, width, vocabulary ..) and of models of taste. Without FILE it tells of the model that neume transcribe "
    "uses.",
    "neume models info models/neume-compose-2.gguf",
    NULL,
    0,
    NULL,
    run_info};

/* --- verify ------------------------------------------------------------------------------------------------------- */

static int verify_one(const char *path) {
    neume_model_digest digest;
    neume_buffer line = {0};
    neume_status status = neume_model_digest_read(path, &digest);
    if (status) {
        cli_complain(path);
        return cli_exit_reading(status);
    }
    const bool same = strcmp(digest.actual, digest.promised) == 0;
    if (!digest.promised[0]) {
        fprintf(stderr, "neume: %s: no card (the .md file beside it) names its SHA-256\n", path);
        return EXIT_BAD_INPUT;
    }
    if (!same) {
        fprintf(stderr, "neume: %s: its SHA-256 is %s, but its card says %s\n", path, digest.actual, digest.promised);
        return EXIT_BAD_INPUT;
    }
    return neume_buffer_print(&line, "%s: as its card says\n", path) ? EXIT_FAILED : cli_say(&line);
}

static int run_verify(const cli_call *call) {
    int result = EXIT_DONE;
    neume_buffer path = {0};
    for (size_t i = 0; i < call->count; i++) {
        const int one = verify_one(call->operands[i]);
        if (one) result = one;
    }
    if (call->count) return result;
    if (neume_model_find(NULL, NEUME_MODEL_HEAR, &path)) {
        cli_complain(NULL);
        return EXIT_BAD_INPUT;
    }
    result = verify_one(path.data);
    neume_buffer_clear(&path);
    return result;
}

const cli_verb cli_models_verify = {
    "models verify",
    "[FILE...]",
    "compare model files with the SHA-256 in their cards",
    "A model's card is the .md file beside it. Exit status 3 if a file is not what its card promises, or has no card.",
    "neume models verify models/neume-hear-2.gguf",
    NULL,
    0,
    NULL,
    run_verify};
